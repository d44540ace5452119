"""A row that rounding broke is tightened: what the search after it begins from and may claim."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tiny import item, school, tiny

from planner.names import StandingRule
from planner.run import optimize as door
from planner.solving.highs import HighsEngine
from planner.solving.solution import Status


def test_the_search_after_a_rounding_break_begins_from_the_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Proves that the second search starts from the plan that broke and stops where the first
    one's bound proves enough; begun from nothing it searched the whole problem twice, and lost
    the plan altogether where the time ran out.

    Ten computers at 4 for 41: the fund is said to be overrun by 1, so 40 are left, and the ten
    still fit.
    """
    searches: list[tuple[bool, float]] = []
    solve, build = HighsEngine.solve, door.build_plan
    plans: list[Any] = []

    def heard(self: HighsEngine, *args: Any, start: Any = None, **more: Any) -> Any:
        searches.append((start is not None, args[1].target))
        return solve(self, *args, start=start, **more)

    def broken_once(*args: Any) -> Any:
        outlook = build(*args)
        plans.append(outlook)
        if len(plans) == 1:
            return replace(outlook, broken={(StandingRule.FUND, "cap,2023", "<="): 1.0})
        return outlook

    monkeypatch.setattr(HighsEngine, "solve", heard)
    monkeypatch.setattr(door, "build_plan", broken_once)
    scenario = tiny(schools=[school("a", classes=20)], items=[item("pc", 4)], cap=41)
    result = door.optimize(scenario, gap=0.05, time_limit=20)

    assert len(plans) == 2
    assert [started for started, _ in searches] == [False, True]
    assert searches[0][1] == np.inf
    assert result.plan.allocation["amount"].sum() == 40
    assert searches[1][1] == pytest.approx(result.bound / 1.05)
    assert result.status in (Status.OPTIMAL, Status.WITHIN_GAP)
    assert result.gap <= 0.05
