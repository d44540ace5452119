"""``maxmin`` on instances solved by hand."""

from __future__ import annotations

from tiny import lines, school, tiny

from planner.optimize import optimize


def plan_of(mode: str):
    schools = [school("a", pupils=1000), school("b", pupils=10)]
    return optimize(tiny(schools=schools, cap=40, priority={"mode": mode}))


def test_the_worst_off_school_comes_first() -> None:
    """Four units for two schools that need four each: half for either, floor 50%.

    By points alone all four go to the school with a hundred times the pupils: floor 0.
    """
    result = plan_of("maxmin")
    assert [(s, q) for s, _, _, _, q in lines(result.plan)] == [("a", 2.0), ("b", 2.0)]
    assert [(s.name, round(s.value, 6)) for s in result.stages] == [
        ("floor", 0.5),
        ("value", 4545.0),
    ]
    assert [(s, q) for s, _, _, _, q in lines(plan_of("weighted").plan)] == [("a", 4.0)]


def test_the_bound_is_points_alone() -> None:
    """Value and bound leave the floor out: 9 × (2/4 × 1000 + 2/4 × 10) = 4545 points.

    With the floor's half counted as points the bound would be 4545.5, and the gap not 0.
    """
    result = plan_of("maxmin")
    assert abs(result.value - 4545.0) < 1e-6
    assert abs(result.bound - 4545.0) < 0.01


def test_a_school_that_cannot_gain_does_not_hold_the_floor() -> None:
    """``b`` is excluded from every purchase; ``a`` is covered in full, floor 100%.

    If ``b`` counted, the floor would be 0 whatever is bought.
    """
    bans = [{"school": "b"}]
    schools = [school("a"), school("b")]
    scenario = tiny(schools=schools, cap=40, priority={"mode": "maxmin"}, tables={"bans": bans})
    result = optimize(scenario)
    assert result.stages[0].name == "floor"
    assert round(result.stages[0].value, 6) == 1.0
