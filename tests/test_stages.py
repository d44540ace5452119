"""Stages: each begins from the plan of the one before, and gives none of its value away."""

from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from tiny import item, norm, school, tiny

from planner.analysis.verdicts import prove_bounds
from planner.formulation.build import formulate
from planner.run.optimize import claims, optimize
from planner.solving import parameters
from planner.solving.highs import HighsEngine
from planner.solving.neighbourhoods import StagedSchools
from planner.solving.program import Cut
from planner.solving.solution import Limits, Outcome, Status
from planner.solving.stages import _stays, keep_value, solve_stages, stage_objectives
from planner.solving.warm import feasible


class Heard(HighsEngine):
    """The engine, and what each of its solves began from: (stage, start)."""

    def __init__(self, model: Any, limits: Limits) -> None:
        super().__init__(model, limits)
        self.starts: list[tuple[str, Any]] = []

    def solve(self, objective: Any, limits: Limits, **more: Any) -> Outcome:
        """See :meth:`HighsEngine.solve`."""
        self.starts.append((more.get("stage", "value"), more.get("start")))
        return super().solve(objective, limits, **more)


def three_groups(money: int = 70) -> Any:
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
        cap=money,
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
            room = 2 * parameters.STAGE_KEPT * max(1.0, abs(reached[earlier]))
            assert value >= reached[earlier] - room


class Careless(Heard):
    """An engine whose stages end at a plan that is worst for every other stage."""

    def solve(self, objective: Any, limits: Limits, **more: Any) -> Outcome:
        """The bound is that of the stage, the plan is 1% below it and spends on nobody else."""
        found = super().solve(objective, limits, **more)
        if more["stage"].endswith("(start)") or found.columns is None:
            return found
        worst = HighsEngine(self.model, limits)
        worst.restrictions = self.restrictions
        chosen = np.flatnonzero(objective)
        worst.keep(Cut(chosen, objective[chosen], 0.99 * found.value))
        plan = worst.solve(-self.model.value, limits).columns
        assert plan is not None
        return replace(found, columns=plan, value=float(objective @ plan))


def test_the_first_stage_begins_from_a_plan_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan with which a stage is within the gap (here 2%) stays, as it is good for the later
    stages too: it is the lexicographic optimum here, and every stage begins from it. The
    stage's own plan, taken in its place, left the next one a seventh of what it could have."""
    model = formulate(three_groups()).model
    monkeypatch.setattr("planner.solving.parameters.TOGETHER_FROM", 0)
    engine = Careless(model, Limits(0.02, 30, 1))
    solution = solve_stages(engine, engine.limits)
    names = [name for name, _ in engine.starts]
    stages = [name for name, _ in stage_objectives(model)]
    assert names == ["tier-1:completed (start)", *stages]
    first = engine.starts[1][1]
    assert first is not None
    assert all(start is first for _, start in engine.starts[1:])
    assert solution.columns is first
    exact = Heard(model, Limits(0.0, 30, 1))
    for best, stage in zip(solve_stages(exact, exact.limits).stages, solution.stages, strict=True):
        assert stage.value == pytest.approx(best.value, rel=1e-4)
        assert stage.bound >= stage.value


@pytest.mark.parametrize(
    ("value", "bound", "status", "gap", "stays"),
    [
        (102.0, 102.0, Status.OPTIMAL, 0.0, False),  # at gap 0 every point counts
        (100.0, 100.0, Status.OPTIMAL, 0.0, False),  # as good: the proof's own plan
        (99.0, 103.0, Status.STOPPED, 0.0, True),  # the engine lost the start
        (101.0, 101.0, Status.OPTIMAL, 0.05, True),  # the start is proven within the gap
        (104.0, 120.0, Status.STOPPED, 0.05, True),  # better by less than the gap, no proof
        (106.0, 120.0, Status.STOPPED, 0.05, False),  # better by more than the gap
        (104.0, 109.0, Status.WITHIN_GAP, 0.05, False),  # proven, which the start is not
    ],
)
def test_when_the_plan_that_a_stage_began_from_stays(
    value: float, bound: float, status: Status, gap: float, stays: bool
) -> None:
    """A stage began from a plan worth 100."""
    outcome = Outcome(status, value, bound, np.zeros(1))
    assert _stays(outcome, 100.0, gap) is stays
    assert _stays(Outcome(Status.NO_PLAN), 100.0, gap)


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
        slack = 2 * parameters.STAGE_KEPT * max(1.0, abs(stage.value))
        assert fresh.value == pytest.approx(stage.value, abs=50 * slack)
        assert float(objective @ solution.columns) >= stage.value - slack
        columns = np.flatnonzero(objective)
        alone.keep(Cut(columns, objective[columns], stage.value - slack))


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


# --------------------------------------------------------------------------------------------------
# Beside the schools by themselves.


def two_that_round_down() -> Any:
    """``a`` (first) and ``b`` need 4 units of 10 each, and a school may spend 25: the relaxation
    buys 2½ at each, whole units are 2. Money is for both, with nothing to spare."""
    return tiny(
        schools=[
            school("a", pupils=10, classes=4, group="completed", ready=2023),
            school("b", pupils=10, classes=4, group="none", ready=2023),
        ],
        cap=50,
        norms=[norm("pc", per="classes")],
        rules={"each": {"measure": "spend", "for_each": ["school"], "at_most": 25}},
        priority={"mode": "strict", "by": "whole"},
    )


def test_schools_by_themselves_bound_a_stage_that_the_relaxation_does_not() -> None:
    """Each stage, beside what the one before keeps, is bounded by its optimum of two units, where
    the relaxation says two and a half: a quarter more. A bound that left out the kept row, or
    that took another stage's points, would be another number."""
    model = formulate(two_that_round_down()).model
    limits = Limits(0.0, 30, 1)
    whole, loose = HighsEngine(model, limits), HighsEngine(model, limits, relax=True)
    for _, points in stage_objectives(model):
        best = whole.solve(points, limits).value
        bound = StagedSchools(whole).bound(points, whole.restrictions, lambda: False)
        assert bound == pytest.approx(best)
        assert loose.solve(points, limits).value == pytest.approx(1.25 * best)
        for engine in (whole, loose):
            keep_value(engine, points, best)
    assert StagedSchools(whole).bound(points, whole.restrictions, lambda: True) == np.inf


@pytest.mark.parametrize("money", [35, 55, 70, 95])
def test_no_stage_is_worth_more_than_its_schools_say(money: int) -> None:
    """Where all stages compete for the same money, no bound is below the stage's optimum beside
    what the earlier ones keep."""
    model = formulate(three_groups(money)).model
    limits = Limits(0.0, 30, 1)
    engine = HighsEngine(model, limits)
    for _, points in stage_objectives(model):
        best = engine.solve(points, limits).value
        bound = StagedSchools(engine).bound(points, engine.restrictions, lambda: False)
        assert bound >= best - 1e-6 * max(1.0, abs(best))
        keep_value(engine, points, best)


@pytest.mark.parametrize("threads", [1, 2])
def test_stages_beside_their_schools(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    """The same lexicographic optimum, every stage proven to be within the gap, from an engine whose
    own plans are the worst for every other stage."""
    monkeypatch.setattr(parameters, "TOGETHER_FROM", 0)
    model = formulate(two_that_round_down()).model
    engine = Careless(model, Limits(0.02, 30, threads))
    solution = solve_stages(engine, engine.limits, schools=StagedSchools(engine))
    exact = Heard(model, Limits(0.0, 30, threads))
    for best, stage in zip(solve_stages(exact, exact.limits).stages, solution.stages, strict=True):
        assert stage.value == pytest.approx(best.value)
        assert stage.bound == pytest.approx(best.value)
        assert stage.status in (Status.OPTIMAL, Status.WITHIN_GAP)


class Told:
    """Schools that give a plan, and bounds once the engine has begun (or at once)."""

    def __init__(self, plan: Any, bounds: dict[str, float], asked: threading.Event) -> None:
        self.first, self.bounds, self.asked = plan, iter(bounds.values()), asked

    def plan(self, points: Any, *_: Any) -> Outcome:
        """The plan to begin from."""
        return Outcome(Status.STOPPED, float(points @ self.first), np.inf, self.first)

    def bound(self, *_: Any) -> float:
        """The next stage's."""
        self.asked.wait(10)
        return next(self.bounds)


class Ahead(Heard):
    """An engine that ends each search before the schools tell their bound."""

    def __init__(self, model: Any, limits: Limits) -> None:
        super().__init__(model, limits)
        self.ended = threading.Event()

    def solve(self, objective: Any, limits: Limits, **more: Any) -> Outcome:
        """See :meth:`HighsEngine.solve`."""
        found = super().solve(objective, limits, **more)
        self.ended.set()
        return found


@pytest.mark.parametrize(("slack", "stays"), [(0.005, True), (0.5, False)])
def test_who_is_first_decides_nothing(
    monkeypatch: pytest.MonkeyPatch, slack: float, stays: bool
) -> None:
    """A plan that the schools prove to be within the gap stays, even if the engine had a better
    one before they had spoken; where they do not, the engine's is taken, with their bound."""
    monkeypatch.setattr(parameters, "TOGETHER_FROM", 0)
    model = formulate(three_groups()).model
    limits = Limits(0.01, 30, 2)
    engine = Ahead(model, limits)
    stages = dict(stage_objectives(model))
    nothing = model.column_lower.copy()
    begun = float(stages["tier-1:completed"] @ nothing)
    bounds = dict.fromkeys(stages, begun + slack)
    solution = solve_stages(engine, limits, schools=Told(nothing, bounds, engine.ended))
    assert engine.ended.is_set()
    first = solution.stages[0]
    assert (first.value == begun) is stays
    assert first.bound == (begun + slack if stays else first.value)


def test_a_run_in_stages_and_the_proof_of_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole run beside the schools gives the audited lexicographic optimum of two units each, and
    its bounds are proven again by the schools, without the engine; a bound below what a plan has is
    refuted, by the engine."""
    for name in ("NEIGHBOURHOOD_FROM", "TOGETHER_FROM"):
        monkeypatch.setattr(parameters, name, 0)
    bounded: list[float] = []
    bound = StagedSchools.bound

    def heard(self: StagedSchools, *how: Any) -> float:
        bounded.append(bound(self, *how))
        return bounded[-1]

    monkeypatch.setattr(StagedSchools, "bound", heard)
    scenario = two_that_round_down()
    found = optimize(scenario, gap=0.01, tidy=0, threads=1)
    exact = optimize(scenario, gap=0)
    assert found.stages
    assert len(bounded) == len(found.stages)
    for one, best in zip(found.stages, exact.stages, strict=True):
        assert one.value == pytest.approx(best.value)
        assert one.bound == pytest.approx(best.value)
    told = claims(found)
    solved: list[str] = []
    solve = HighsEngine.solve

    def asked(self: HighsEngine, *how: Any, **more: Any) -> Outcome:
        solved.append(more["stage"])
        return solve(self, *how, **more)

    monkeypatch.setattr(HighsEngine, "solve", asked)
    assert {p.verdict for p in prove_bounds(scenario, told)} == {"holds"}
    assert not solved
    first, *others = told["stages"]  # type: ignore[misc]
    low = dict(told) | {"stages": [first | {"bound": first["value"] - 1}, *others]}
    assert prove_bounds(scenario, low)[0].verdict == "refuted"
    assert solved == [first["name"]]
