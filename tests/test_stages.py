"""Stages: each begins from the plan of the one before, and gives none of its value away."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from tiny import item, norm, school, tiny

from planner.formulation.build import formulate
from planner.solving.pulp_solver import HighsEngine
from planner.solving.session import feasible
from planner.solving.solution import Limits, Outcome, Status
from planner.solving.staged import KEPT, solve_stages, stage_objectives


class Heard(HighsEngine):
    """The engine, and what each of its solves began from: (stage, start)."""

    def __init__(self, model: Any, limits: Limits) -> None:
        super().__init__(model, limits)
        self.starts: list[tuple[str, Any]] = []

    def solve(self, objective: Any, limits: Limits, **more: Any) -> Outcome:
        """See :meth:`HighsEngine.solve`."""
        self.starts.append((more.get("stage", "value"), more.get("start")))
        return super().solve(objective, limits, **more)


def three_groups() -> Any:
    """A school in each group that competes for 70: none can have all that it needs."""
    groups = ("completed", "under_construction", "none")
    schools = [
        school(name, pupils=10 * (k + 1), rooms=4, classes=3, group=group, ready=2023)
        for k, (name, group) in enumerate(zip("abc", groups, strict=True))
    ]
    items = [item("pc", 10), item("wifi", 7, weight=Decimal("0.5"))]
    return tiny(
        schools=schools,
        items=items,
        norms=[norm("pc", per="classes"), norm("wifi", per="rooms")],
        cap=70,
        priority={"mode": "strict", "by": "tier"},
        tiers=[["0.5", 2], ["1.0", 1]],
    )


@pytest.mark.parametrize("gap", [0.0, 0.001])
def test_every_stage_begins_from_the_plan_before(gap: float) -> None:
    """Every solve after the first, of a stage or of a tie (gap 0), begins from a plan that is
    feasible; that of a stage is worth at the earlier stages what they reached.

    A stage from nothing has to find again what the one before knew, and ended without a plan
    where its part of the time was short.
    """
    model = formulate(three_groups()).model
    engine = Heard(model, Limits(gap, 30, 1))
    solution = solve_stages(engine, engine.limits)
    assert solution.status in (Status.OPTIMAL, Status.WITHIN_GAP)
    objectives = dict(stage_objectives(model))
    names = list(objectives)
    assert len(names) >= 4
    reached = {stage.name: stage.value for stage in solution.stages}
    asked = [name for name, _ in engine.starts]
    assert [name for name in asked if name in names] == names
    assert any(name.startswith("tie:") for name in asked) == (gap == 0)
    assert engine.starts[0][1] is None
    for name, start in engine.starts[1:]:
        assert start is not None
        assert feasible(model, start)
        for earlier in names[: names.index(name)] if name in names else ():
            value = float(objectives[earlier] @ start)
            assert value >= reached[earlier] - 2 * KEPT * max(1.0, abs(reached[earlier]))


def test_no_stage_gives_an_earlier_one_away() -> None:
    """The plan at the end is worth at every stage what that stage said, and no stage could have
    had more: solved alone under what is kept, each has the same optimum (but
    for what the tolerance of one stage buys at another)."""
    model = formulate(three_groups()).model
    limits = Limits(0.0, 30, 1)
    solution = solve_stages(Heard(model, limits), limits)
    assert solution.columns is not None
    alone = Heard(model, limits)
    for (_, objective), stage in zip(stage_objectives(model), solution.stages, strict=True):
        fresh = alone.solve(objective, limits)
        slack = 2 * KEPT * max(1.0, abs(stage.value))
        assert fresh.value == pytest.approx(stage.value, abs=50 * slack)
        assert float(objective @ solution.columns) >= stage.value - slack
        columns = np.flatnonzero(objective)
        alone.keep(columns, objective[columns], stage.value - slack)


class Slow(Heard):
    """An engine that finds nothing in a part of the time, and something in all of it."""

    def solve(self, objective: Any, limits: Limits, **more: Any) -> Outcome:
        """See :meth:`HighsEngine.solve`."""
        if limits.time_limit < 20:
            self.starts.append((more.get("stage", "value"), more.get("start")))
            return Outcome(Status.NO_PLAN)
        return super().solve(objective, limits, **more)


def test_the_first_stage_may_take_all_the_time() -> None:
    """The even part of 30 s finds no plan, the rest of them does: giving up after the part left
    most of the time unused and nobody with a plan. What is asked to stop does not try again."""
    model = formulate(three_groups()).model
    engine = Slow(model, Limits(0.001, 30, 1))
    solution = solve_stages(engine, engine.limits)
    assert solution.columns is not None
    assert feasible(model, solution.columns)
    first = next(stage_objectives(model))[0]
    assert [name for name, _ in engine.starts[:2]] == [first, first]
    stopped = Slow(model, Limits(0.001, 30, 1))
    stopped.stop = lambda: True
    assert solve_stages(stopped, stopped.limits).status is Status.NO_PLAN
    assert len(stopped.starts) == 1
