"""Where a session looks first: boxes around the plan before and the relaxation."""

from __future__ import annotations

import numpy as np
import pytest
from tiny import fund, item, school, tiny

from planner.axes import Floats
from planner.optimize import optimize
from planner.solving.boxes import Before, boxes
from planner.solving.near import is_worth_it, solve_near
from planner.solving.pulp_solver import HighsEngine
from planner.solving.session import WarmModel
from planner.solving.solution import Limits

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
    ((low, most),) = boxes(whole, loose, None, warm.blocks)
    assert bought(warm, most) == [bought(warm, warm.form.model.column_upper)[0], [3, 3, 0]]
    assert (low == warm.form.model.column_lower).all()


def test_a_first_plan_is_near_the_relaxation() -> None:
    """Proves a plan without one before it: 2, 2, 1 at ``a`` by its rule, 2, 2 at ``b``; bounds
    that were left behind would hide the better plan (2, 2, 1 at both) from the next solve."""
    warm = crowded()
    relaxed, whole, _ = engines(warm)
    near = solve_near(relaxed, whole, LIMITS, blocks=warm.blocks, before=None, start=None)
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
    between, still, below = boxes(whole, loose, Before(plan, then), warm.blocks)
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
    assert is_worth_it(whole, LIMITS)
    assert not is_worth_it(whole, Limits(gap=0.001))
    optimize(warm.roof, warm=warm, gap=0.001)
    assert list(warm.engines) == [False]
