"""``maxmin`` on instances solved by hand."""

from __future__ import annotations

from typing import Any

import pytest
from tiny import lines, school, tiny

from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario
from planner.solving.highs import HighsEngine, Task
from planner.solving.solution import Status


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


def test_many_schools_leave_the_first_floor_a_quarter_of_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nine schools could be nine steps. Given a tenth of the time, the first floor of the district
    (a fifty-second part of a minute) was not found, and a session had no relaxation."""
    given: list[float] = []
    run = HighsEngine.run

    def noted(self: HighsEngine, task: Task) -> Any:
        given.append(task.limits.time_limit)
        return run(self, task)

    monkeypatch.setattr(HighsEngine, "run", noted)
    schools = [school(f"s{k}", pupils=100 + k) for k in range(9)]
    scenario = tiny(schools=schools, cap=200, priority={"mode": "maxmin"})
    assert optimize(scenario, relax=True, time_limit=40).status is Status.OPTIMAL
    assert 9 < given[0] <= 10


def levels(scenario: Scenario, **options: Any) -> dict[str, float]:
    """School → coverage that leximin reaches in the relaxation."""
    result = optimize(scenario, relax=True, **options)
    assert result.relaxation is not None
    floors = result.relaxation.floors
    return dict(zip(floors["school"], floors["coverage"].round(6), strict=True))


def ceilings(**units: int) -> dict[str, Any]:
    """A rule for each school: at most so many units."""
    return {
        f"top-{s}": {"measure": "quantity", "where": {"school": s}, "at_most": n}
        for s, n in units.items()
    }


@pytest.mark.parametrize("engine", ["HiGHS", "CBC"])
def test_leximin_lifts_the_next_lowest_once_the_lowest_stands(engine: str) -> None:
    """``a`` may have one of its four units (25%): then ``b`` and ``c`` share the other 30 of 40
    money evenly, 37.5% each, although ``c`` weighs a hundred times ``b``.

    Maxmin alone would stop at 25% and give the rest to ``c`` (50%), leaving ``b`` at 25%.
    """
    schools = [school("a"), school("b", pupils=10), school("c", pupils=1000)]
    mode, rules = {"mode": "maxmin"}, ceilings(a=1)
    scenario = tiny(schools=schools, cap=40, priority=mode, rules=rules)
    assert levels(scenario, solver=engine) == {"a": 0.25, "b": 0.375, "c": 0.375}


def test_leximin_ends_with_value_above_the_floors() -> None:
    """With money for all the floors are 25%, 100% and 100% in two steps; the value is 9 points a
    pupil for what is covered, and the bound leaves the floors out."""
    schools = [school("a"), school("b", pupils=10), school("c", pupils=1000)]
    mode, rules = {"mode": "maxmin"}, ceilings(a=1)
    result = optimize(tiny(schools=schools, cap=400, priority=mode, rules=rules), relax=True)
    assert [s.name for s in result.stages] == ["floor", "floor-2", "value"]
    assert result.value == pytest.approx(9 * (25 + 10 + 1000))
    assert result.bound == pytest.approx(result.value, abs=1e-2)


def test_leximin_fills_like_vessels() -> None:
    """Ceilings of 1, 2, 3 and 4 units (of 4 needed each) and 80 money: 1, 2, 2.5 and 2.5 units.

    Any other eight units leave a smaller number in the sorted vector.
    """
    schools = [school(n, pupils=p) for n, p in zip("abcd", (500, 5, 50, 7), strict=True)]
    mode, rules = {"mode": "maxmin"}, ceilings(a=1, b=2, c=3, d=4)
    scenario = tiny(schools=schools, cap=80, priority=mode, rules=rules)
    assert levels(scenario) == {"a": 0.25, "b": 0.5, "c": 0.625, "d": 0.625}


def test_a_floor_without_points_is_proven() -> None:
    """A school without pupils is raised to full coverage, and there is no point to be had: the
    value of nought is proven. A bound left at infinity called the plan "stopped"."""
    scenario = tiny(schools=[school("a", pupils=0)], cap=40, priority={"mode": "maxmin"})
    result = optimize(scenario, gap=0, threads=1)
    assert (result.status, result.value, result.bound) == (Status.OPTIMAL, 0.0, 0.0)
    reached = [(s.name, round(s.value, 6)) for s in result.stages]
    assert reached == [("floor", 1.0), ("value", 0.0)]
