"""Where a session looks first: boxes around the plan before and the relaxation."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from tiny import fund, item, norm, school, tiny

from planner.formulation.build import formulate
from planner.formulation.model import Model, ModelBuilder
from planner.run.optimize import optimize
from planner.scenario.load import load
from planner.solving import neighbourhoods as near_plans
from planner.solving import parameters
from planner.solving.choice import choose_engine
from planner.solving.highs import HighsEngine
from planner.solving.neighbourhoods import (
    Incumbent,
    Losing,
    Neighbourhoods,
    NeighbourhoodSearch,
    is_provable,
    neighbourhoods,
    rins,
)
from planner.solving.program import Restrictions
from planner.solving.solution import Limits, Outcome, Progress, Solution, Stage, Status
from planner.solving.sureness import BlockBounds
from planner.solving.warm import WarmModel
from planner.vocabulary.axes import Floats

LIMITS = Limits(gap=0.05, threads=None)
YEARS = (2023, 2024, 2025)


def crowded(money: int = 100) -> WarmModel:
    """Two schools may spend 10 a year on units of 4 that they need 5 of; ``a`` must get all 5.

    The relaxation buys 2½ in each of the first two years. Rounded up that is at most 2 and 2,
    one short for ``a``, which has to buy a fifth in 2025.
    """
    rules = {
        "yearly": {"measure": "spend", "for_each": ["school", "year"], "at_most": 10},
        "five": {"measure": "quantity", "where": {"school": "a"}, "at_least": 5},
    }
    scenario = tiny(
        schools=[school("a", classes=5), school("b", classes=5)],
        items=[item("pc", 4)],
        years=(2023, 2025),
        funds={"cap": fund(dict.fromkeys(YEARS, money))},
        rules=rules,
    )
    return WarmModel(scenario, room=1.0)


def engines(warm: WarmModel) -> tuple[HighsEngine, HighsEngine, Floats]:
    """The relaxation, the problem in whole units, and the relaxation's columns."""
    model = warm.form.model
    relaxed, whole = HighsEngine(model, LIMITS, relax=True), HighsEngine(model, LIMITS)
    loose = relaxed.solve(model.value, LIMITS).columns
    assert loose is not None
    return relaxed, whole, loose


def bought(warm: WarmModel, columns: Floats) -> list[list[float]]:
    """``[school][year]``: units bought."""
    table = warm.form.columns.buys
    found = np.zeros((2, len(YEARS)))
    for row in table.itertuples():
        found[row.school, row.year] += columns[row.column]
    return found.tolist()


def test_only_a_school_without_room_is_let_out() -> None:
    """Proves that ``a``, whose own rows no rounding satisfies, is free, and ``b``, which may
    buy less, is not: with ``a`` bounded there is no plan near, with ``b`` free it is not near."""
    warm = crowded()
    _, whole, loose = engines(warm)
    assert bought(warm, loose) == [[2.5, 2.5, 0], [2.5, 2.5, 0]]
    ((low, most),) = neighbourhoods(whole, loose, None, warm.blocks)
    assert bought(warm, most) == [bought(warm, warm.form.model.column_upper)[0], [3, 3, 0]]
    assert (low == warm.form.model.column_lower).all()


def test_a_first_plan_is_near_the_relaxation() -> None:
    """Proves a plan without one before it: 2, 2, 1 at ``a`` by its rule, 2, 2 at ``b``; bounds
    that were left behind would hide the better plan (2, 2, 1 at both) from the next solve."""
    warm = crowded()
    _, whole, _ = engines(warm)
    relax = NeighbourhoodSearch(whole)._relax
    near = Neighbourhoods(relax, whole, LIMITS, warm.blocks).search()
    assert near.solution.columns is not None
    assert bought(warm, near.solution.columns) == [[2, 2, 1], [2, 2, 0]]
    free = whole.solve(warm.form.model.value, Limits(gap=0)).columns
    assert free is not None
    assert bought(warm, free) == [[2, 2, 1], [2, 2, 1]]


def test_schools_that_the_money_did_not_touch_stay() -> None:
    """Proves the three boxes after a plan: between it and the relaxation; as before where the
    relaxation did not move; at most the larger of both."""
    warm = crowded()
    _, whole, loose = engines(warm)
    plan, then = np.zeros_like(loose), loose.copy()
    for row in warm.form.columns.buys.itertuples():
        plan[row.column] = [[2, 2, 1], [1, 0, 1]][row.school][row.year]
        if row.school == 0:
            then[row.column] += 1  # at a, and only there, another relaxation
    between, still, below = neighbourhoods(whole, loose, Incumbent(plan, then), warm.blocks)
    assert bought(warm, between[0]) == [[2, 2, 0], [1, 0, 0]]
    assert bought(warm, between[1]) == [[3, 3, 1], [3, 3, 1]]
    assert bought(warm, still[0]) == [[0, 0, 0], [1, 0, 1]]
    assert bought(warm, still[1]) == [[3, 3, 1], [1, 0, 1]]
    assert bought(warm, below[0]) == [[0, 0, 0], [0, 0, 0]]
    assert bought(warm, below[1]) == [[3, 3, 1], [3, 3, 1]]


@pytest.mark.parametrize("gap", [0.05, 0.3])
def test_what_is_near_is_audited_and_proven(gap: float) -> None:
    """Proves status and bound of a session's first plan: never above the optimum, the bound
    never below it. The small problem's own bound taken for the whole one's would be."""
    warm = crowded()
    near = optimize(warm.roof, warm=warm, gap=gap)
    best = optimize(warm.roof, gap=0)
    assert near.status in ("within_gap", "optimal")
    assert near.value <= best.value + 1e-9 <= near.bound + 2e-9
    assert near.gap <= gap


def test_a_tight_gap_is_searched() -> None:
    """Proves that nothing near is tried where the relaxation proves too little, and that both
    engines of a session are built only where both are asked."""
    warm = crowded()
    _, whole, _ = engines(warm)
    assert is_provable(whole, LIMITS)
    assert not is_provable(whole, Limits(gap=0.0002))
    optimize(warm.roof, warm=warm, gap=0.0002)
    assert list(warm.engines) == ["whole"]


def test_what_a_plan_and_the_relaxation_agree_on_stays() -> None:
    """Proves the box of their differences: ``a``'s first two years, where the plan says 2 and
    the relaxation 2½, and the third, where it says 1 and 0, are free; nothing else is."""
    warm = crowded()
    _, whole, loose = engines(warm)
    plan = loose.copy()
    for row in warm.form.columns.buys.itertuples():
        if row.school == 0:
            plan[row.column] = [2, 2, 1][row.year]
        else:  # as if the relaxation were whole there
            loose[row.column] = plan[row.column] = [2, 2, 0][row.year]
    low, most = rins(whole, loose, plan)
    assert bought(warm, low) == [[0, 0, 0], [2, 2, 0]]
    assert bought(warm, most) == [bought(warm, whole.restrictions.upper)[0], [2, 2, 0]]


def test_one_engine_relaxes_and_returns() -> None:
    """Proves that an engine's own relaxation is the relaxation, and that whole decisions are
    whole again afterwards; left relaxed it would buy 2½."""
    warm = crowded()
    relaxed, whole, _ = engines(warm)
    objective = warm.form.model.value
    best = relaxed.solve(objective, LIMITS)
    own = NeighbourhoodSearch(whole)._relax(objective, LIMITS, "value")
    assert own.value == pytest.approx(best.value, abs=1e-9)
    assert own.status == "optimal"
    after = whole.solve(objective, Limits(gap=0))
    assert after.columns is not None
    assert bought(warm, after.columns) == [[2, 2, 1], [2, 2, 1]]


@pytest.mark.parametrize("gap", [0.001, 0.05, 0.3])
def test_a_single_solve_near_is_a_solve(monkeypatch: pytest.MonkeyPatch, gap: float) -> None:
    """Proves that a plan looked for near the relaxation is within its bound, and the bound above
    the optimum, whether it was proven there (0.3) or by the search that follows (0.001)."""
    monkeypatch.setattr(parameters, "NEIGHBOURHOOD_FROM", 0)
    scenario = crowded().roof
    heard: list[Progress] = []
    found = optimize(scenario, gap=gap, progress=heard.append)
    best = optimize(scenario, gap=0)
    assert found.status in ("within_gap", "optimal")
    assert found.gap <= gap
    assert found.value <= best.value + 1e-9 <= found.bound + 2e-9
    assert all(at.bound is None or at.bound >= best.value - 1e-9 for at in heard)


def test_what_cannot_be_is_infeasible_near_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proves that finding nothing near is no verdict and an infeasible problem is one: with 15
    a year five units at ``a`` are 20 of 45, with 6 a year 18 are not enough."""
    monkeypatch.setattr(parameters, "NEIGHBOURHOOD_FROM", 0)
    assert optimize(crowded(15).roof, gap=0.1).status.has_plan
    assert optimize(crowded(6).roof, gap=0.1).status == "infeasible"


def test_a_search_is_bounded_by_the_relaxation_too() -> None:
    """Proves that the better of two true bounds counts: a search that stopped at 100 of 140
    is within 5% where the relaxation says 104; its own 102 is not given up for 104."""
    loose = Outcome(Status.OPTIMAL, 104.0, 104.0, np.zeros(1))

    def searched(bound: float) -> Solution:
        stage = Stage("value", Status.STOPPED, 100.0, bound, 1.0)
        return Solution(Status.STOPPED, np.zeros(1), (stage,), 1.0)

    weak, strong = (near_plans._bounded(searched(b), loose, 0.05) for b in (140.0, 102.0))
    assert (weak.status, weak.bound) == ("within_gap", 104.0)
    assert (strong.status, strong.bound) == ("stopped", 102.0)


def test_auto_solves_a_district_near_its_relaxation() -> None:
    """Proves which gap chooses: 0.05% is looked for near the relaxation, less is not."""
    model = formulate(load(Path(__file__).parents[1] / "scenarios" / "ba-dinh")).model
    chosen = [choose_engine(model, Limits(gap=gap))[1] for gap in (0.0005, 0.0002)]
    assert [(c.method, c.why) for c in chosen] == [("whole", "near"), ("by-school", "few")]


@pytest.mark.parametrize(
    ("money", "lots", "units"),
    [(60, 1, [0, 3]), (60, 2, [3, 3]), (30, 2, [0, 3]), (10, 2, [0, 1])],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_schools_that_lose_most_are_decided_anew(
    money: int, lots: int, units: list[int], threads: int
) -> None:
    """Two schools need 3 units of 10; ``b`` has twice the pupils, so it loses most of a plan that
    buys nothing. One lot is ``b`` alone; of two, both are taken together where there is money
    for both, else the better one: their sum would overrun the fund."""
    scenario = tiny(
        schools=[school("a", pupils=10, classes=3), school("b", pupils=20, classes=3)],
        norms=[norm("pc", per="classes")],
        cap=money,
    )
    form = formulate(scenario)
    model = form.model
    bounds = BlockBounds(model, Restrictions.of(model), model.value, threads)
    assert bounds.prepare(lambda: False)
    losing = Losing(bounds, Restrictions.of(model), model.value, threads, 0.0, 100, lambda: False)
    nothing = model.column_lower.copy()
    size = int(np.diff(losing.problem.structure.starts)[0])
    key = np.array([1.0, 2.0])
    found = losing.better(nothing, key, size, np.inf, 10.0, lots)
    assert found is not None
    buys = form.columns.buys
    assert [round(found[buys[buys.school == k].column].sum()) for k in (0, 1)] == units
    best = losing.better(found, key[::-1], size, np.inf, 10.0, lots)
    assert (best is None) == (lots == 2 or money < 60)


def test_what_a_plan_loses_is_what_it_lacks() -> None:
    """With money for all, a plan that buys nothing lacks to the bound what its schools lose,
    twice as much where there are twice the pupils; the best plan loses nothing."""
    scenario = tiny(
        schools=[school("a", pupils=10, classes=3), school("b", pupils=20, classes=3)],
        norms=[norm("pc", per="classes")],
        cap=60,
    )
    model = formulate(scenario).model
    bounds = BlockBounds(model, Restrictions.of(model), model.value, 1)
    assert bounds.prepare(lambda: False)
    losing = Losing(bounds, Restrictions.of(model), model.value, 1, 0.0, 100, lambda: False)
    lost = losing.losses(model.column_lower)
    assert lost[1] == pytest.approx(2 * lost[0])
    assert lost.sum() == pytest.approx(bounds.level)
    best = HighsEngine(model, LIMITS).solve(model.value, Limits(gap=0)).columns
    assert best is not None
    assert losing.losses(best) == pytest.approx([0.0, 0.0])


def one_of_two() -> Model:
    """Two schools have 10 each; a unit costs 4 and is worth 4, and one of them must have a request
    for all of its 10 granted. Best: one is, the other buys 2 units, worth 8.

    The relaxation grants halves and buys 1¼ each, worth 10; to it a grant costs 10 points, where in
    whole units it costs 8.
    """
    builder, schools, none = ModelBuilder(), np.arange(2), np.zeros(2, int)
    keys = {"school": schools, "item": none, "fund": none, "year": none}
    units = builder.add_columns("buy", keys, 0.0, 10.0, integer=True)
    grants = builder.add_columns("choose", {"school": schools}, 0.0, 1.0, integer=True)
    builder.add_value(units, 4.0, none)
    money = builder.add_rows("money", {"row": schools}, -np.inf, 10.0)
    builder.add_entries(money, units, 4.0)
    builder.add_entries(money, grants, 10.0)
    count = builder.add_rows("granted", {"row": none[:1]}, 1.0, np.inf)
    builder.add_entries(count[[0, 0]], grants, 1.0)
    return builder.freeze(1, ("value",), {})


@pytest.mark.parametrize(("wanted", "most"), [(9.5, 9.5), (0.0, 8.0)])
def test_schools_bound_more_closely_at_what_a_count_costs_in_whole_units(
    wanted: float, most: float
) -> None:
    """Proves that multipliers move to where schools bound all plans by what is wanted, or by the
    best there is, 8, and never by less than that, which terms of two different multipliers would
    say (2 × 8 − 10); what was known before stays as it was."""
    model = one_of_two()
    bounds = BlockBounds(model, Restrictions.of(model), model.value, 1)
    assert bounds.prepare(lambda: False)
    plan = np.array([0.0, 2.0, 1.0, 0.0])
    closer = bounds.closer(plan, wanted, lambda: False)
    assert 8 - 1e-6 <= closer.level <= most + 1e-6
    assert bounds.level == pytest.approx(10)
    assert bounds.closer(plan, 0.0, lambda: True).level == pytest.approx(10)  # stopped at once


def test_a_closer_bound_proves_a_plan_near() -> None:
    """Proves that a plan of 8, 25% from what schools bound at the relaxation's multipliers, is
    within 13% of what they bound at others, without a search of the whole: at none other is that
    proven, and 8 is the true bound's end."""
    model = one_of_two()
    for threads in (1, 2):
        engine = HighsEngine(model, Limits(threads=threads))
        near = NeighbourhoodSearch(engine).nearby(Limits(gap=0.13, threads=threads), None)
        assert near.status == "within_gap"
        assert near.stages[0].value == pytest.approx(8)
        assert 8 <= near.stages[0].bound <= 8 * 1.13


def test_schools_are_drawn_until_a_plan_is_within_the_gap() -> None:
    """Proves that a plan for ``a`` alone, a third of the best, becomes one for both where the gap
    asks for more, and that nothing is drawn where nobody asks for it."""
    schools = [school("a", pupils=10, classes=3), school("b", pupils=20, classes=3)]
    form = formulate(tiny(schools=schools, norms=[norm("pc", per="classes")], cap=60))
    model = form.model
    engine = HighsEngine(model, LIMITS)
    search = NeighbourhoodSearch(engine)
    at_b = form.columns.buys.query("school == 1").column.to_numpy()
    engine.set_upper(at_b, at_b * 0.0)
    half = engine.solve(model.value, Limits(gap=0))
    engine.restrictions = Restrictions.of(model)
    relaxed = search._relax(model.value, LIMITS, "value")
    for drawing, times in ((True, 3.0), (False, 1.0)):
        problem = Neighbourhoods(
            search._relax, engine, Limits(1.0, 60, 2), search.blocks, drawing=drawing
        )
        near = near_plans._Search(problem, "value", model.value, time.perf_counter(), relaxed)
        near.blocks = near._by_blocks(engine.restrictions, lambda: False)
        assert near._drawn(half).value == pytest.approx(times * half.value)
