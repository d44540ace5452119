"""A first plan long before the proof, and one to keep wherever a solve is stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from test_reference import drawn, sound
from tiny import item, norm, school, tiny

from planner.cli.commands import run
from planner.formulation.build import formulate
from planner.names import KEEP_STAGE
from planner.present.terminal import Listener
from planner.run import folder
from planner.run.optimize import optimize
from planner.run.result import Result
from planner.scenario.new.synthetic import synthetic
from planner.scenario.scenario import Scenario
from planner.scenario.write import write
from planner.solving import parameters
from planner.solving.choice import Choice, Method
from planner.solving.construct import plan_to_keep
from planner.solving.lagrangian.search import LagrangianEngine, Search
from planner.solving.lagrangian.subproblems import SubproblemSolver, any_plan, branch
from planner.solving.program import Program
from planner.solving.solution import Limits, Outcome, Progress, Status, relative_gap
from planner.solving.warm import feasible
from tests.benchmarks.instances import Case, scenario_of


def stopped_solve(scenario: Scenario, **more: Any) -> Result:
    """A solve that is stopped as soon as its model stands and a method is chosen."""
    chosen: list[Choice] = []
    return optimize(scenario, chosen=chosen.append, stop=lambda: bool(chosen), **more)


def three_schools(mode: str, **more: Any) -> Scenario:
    """A school in each group that competes for 70: all that they need costs 174."""
    groups = ("completed", "under_construction", "none")
    schools = [
        school(name, pupils=10 * (k + 1), rooms=4, classes=3, group=group, ready=2023)
        for k, (name, group) in enumerate(zip("abc", groups, strict=True))
    ]
    items = [item("pc", 10), item("wifi", 7)]
    norms = [norm("pc", per="classes"), norm("wifi", per="rooms")]
    return tiny(
        schools=schools, items=items, norms=norms, cap=70, priority={"mode": mode}, **more
    )  # fmt: skip


def kept(stopped: Result, best: Result) -> None:
    """A stopped solve's plan is a plan, no better than the best, and its bound none below that:
    a greedy that overran a fund would be worth more, and a bound of the plan found alone less."""
    assert stopped.maybe_plan is not None
    assert stopped.value <= best.value + 1e-6
    assert stopped.bound >= best.value - 1e-6
    for stage, optimum in zip(stopped.stages[:1], best.stages[:1], strict=True):
        assert stage.value <= optimum.value + 1e-6
        assert stage.bound >= optimum.value - 1e-6
        assert np.isfinite(stage.bound)


@pytest.mark.parametrize("mode", ["weighted", "strict", "maxmin"])
def test_a_solve_stopped_at_once_keeps_a_plan(mode: str) -> None:
    """In every priority mode; where it ended without one, a stop threw everything away. Said are
    the gap that is proven, and that it was stopped unless that gap is the one asked for."""
    scenario = three_schools(mode)
    told: list[Progress] = []
    stopped = stopped_solve(scenario, gap=0, progress=told.append)
    kept(stopped, optimize(scenario, gap=0))
    assert mode != "weighted" or [at.stage for at in told].count(KEEP_STAGE) >= 1
    assert all(s.gap <= 1e-6 or s.status is Status.STOPPED for s in stopped.stages)
    if mode != "weighted":  # beside what the stages before keep nobody has proven anything
        assert stopped.status is Status.STOPPED


def test_a_stop_while_the_model_is_built_keeps_a_plan() -> None:
    """Whoever stops before anything is solved has one too: the model is built to its end for it."""
    scenario = three_schools("strict")
    kept(optimize(scenario, gap=0, stop=lambda: True), optimize(scenario, gap=0))


def test_a_stopped_run_publishes_its_plan(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 5, a folder that the audit passes, and one sentence that a plan is looked for."""
    monkeypatch.setattr(Listener, "chosen", lambda self, _: setattr(self, "stopping", True))
    write(synthetic(20, 3), tmp_path / "in")
    given = [str(tmp_path / "in" / "scenario.yaml"), "--out", str(tmp_path / "out")]
    ended = CliRunner().invoke(run, [*given, "--gap", "0", "--no-figures", "--lang", "en"])
    assert ended.exit_code == 5, ended.output
    assert ended.output.count("No plan to keep yet") == 1
    assert folder.prove(tmp_path / "out")[0] == []


def test_a_law_that_rounding_down_breaks_is_kept() -> None:
    """Five displays or more, in lots of two, where the relaxation would buy five: rounded down four
    are too few, so six it is, for 60 of the 70."""
    goods = [item("pc", 10), item("wifi", 7), item("tv", 10, lot=2)]
    rules = {"tvs": {"measure": "quantity", "where": {"item": "tv"}, "at_least": 5}}
    schools = [school("a", classes=6), school("b", classes=3)]
    scenario = tiny(schools=schools, items=goods, cap=70, rules=rules)
    stopped = stopped_solve(scenario, gap=0)
    kept(stopped, optimize(scenario, gap=0))
    bought = stopped.plan.allocation
    assert bought.loc[bought["item"] == "tv", "quantity"].sum() == 6


def test_a_law_that_nothing_serves_ends_as_ever() -> None:
    """Exactly five displays in lots of two: no plan is made up for whoever stops."""
    rules = {"tvs": {"measure": "quantity", "where": {"item": "tv"}, "exactly": 5}}
    scenario = tiny(
        schools=[school("a", classes=6)], items=[item("tv", lot=2)], cap=70, rules=rules
    )
    stopped = stopped_solve(scenario, gap=0)
    assert stopped.maybe_plan is None
    assert stopped.status in (Status.INFEASIBLE, Status.NO_PLAN)


def test_where_nothing_is_found_in_time_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """No second left for the search: no plan, and nothing is called infeasible."""
    monkeypatch.setattr(parameters, "KEEP_SECONDS", 0.0)
    monkeypatch.setattr(parameters, "KEEP_A_COLUMN", 0.0)
    scenario = synthetic(20, 3)
    stopped = stopped_solve(scenario, gap=0)
    assert (stopped.status, stopped.maybe_plan) == (Status.NO_PLAN, None)


def check_drawn(seeds: range) -> int:
    """Stopped solves of drawn scenarios against their optima; how many had a plan."""
    found = 0
    for seed in seeds:
        scenario = drawn(seed)
        if not sound(scenario):
            continue
        best, stopped = optimize(scenario, gap=0), stopped_solve(scenario, gap=0)
        assert (stopped.maybe_plan is None) == (best.maybe_plan is None), seed
        if best.maybe_plan is not None:
            kept(stopped, best)
            found += 1
    return found


def test_what_is_kept_is_never_better_than_the_optimum() -> None:
    assert check_drawn(range(6)) > 2


@pytest.mark.slow
@pytest.mark.parametrize("start", range(6, 206, 40))
def test_what_is_kept_is_never_better_than_the_optimum_thoroughly(start: int) -> None:
    assert check_drawn(range(start, start + 40)) > 20


# -- by school


def stopped_when(ready: Callable[[float | None], bool]) -> tuple[Any, Any, list[Progress]]:
    """Fifty schools by school, asked to stop once a line of progress tells of such a value."""
    model = formulate(synthetic(50, seed=1)).model
    told: list[Progress] = []
    engine = LagrangianEngine(model, Limits(0.001, 60, 1), workers=1)
    engine.stop = lambda: bool(told) and ready(told[-1].value)
    outcome = engine.solve(model.value, Limits(0.001, 60, 1), progress=told.append)
    return model, outcome, told


def test_the_first_multipliers_already_give_a_plan() -> None:
    """Stopped as soon as a value is told, before any block was decided for the bound that counts:
    a plan within 5% of a bound that is true, where there used to be none until all was proven."""
    model, outcome, told = stopped_when(lambda value: value is not None)
    assert outcome.status is Status.STOPPED
    assert feasible(model, outcome.columns)
    assert relative_gap(outcome.value, outcome.bound) < 0.05
    assert told[-1].value == pytest.approx(float(model.value @ outcome.columns))
    proven = LagrangianEngine(model, Limits(0.001, 60, 1), workers=1)
    best = proven.solve(model.value, Limits(0.001, 60, 1))
    assert best.status is Status.WITHIN_GAP
    assert outcome.value <= best.bound
    assert outcome.bound > best.bound


@pytest.mark.parametrize("mode", ["weighted", pytest.param("strict", marks=pytest.mark.slow)])
def test_a_large_model_stopped_at_once_keeps_a_plan(mode: str) -> None:
    """By school, in the engine that was stopped: within 5% of what is proven of the first stage."""
    scenario = synthetic(50, seed=1).with_("priority.mode", mode)
    result = stopped_solve(scenario, method=Method.BY_SCHOOL)
    assert result.status is Status.STOPPED
    assert result.maybe_plan is not None
    assert result.stages[0].gap < 0.05


def test_a_stop_in_the_middle_of_the_first_round_keeps_a_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two chunks of some are solved when the stop comes. What was learnt of their blocks must serve
    the round that is done again: forgotten, split blocks had no plan, and the whole had none."""
    monkeypatch.setattr(parameters, "TASK_CHUNKS", 1)
    solved: list[int] = []
    one = SubproblemSolver._solve

    def counted(self: SubproblemSolver, number: int, *given: Any) -> Any:
        solved.append(number)
        return one(self, number, *given)

    monkeypatch.setattr(SubproblemSolver, "_solve", counted)
    # no other way to whole blocks, and none to a plan
    monkeypatch.setattr(Search, "_whole_units", Search._first_plan)
    monkeypatch.setattr(parameters, "ROUNDS", 1)
    monkeypatch.setattr(LagrangianEngine, "_whole", lambda *_: Outcome(Status.NO_PLAN))
    model, limits = formulate(scenario_of(Case(50, "rules"))).model, Limits(0.001, 60, 1)
    engine = LagrangianEngine(model, limits, workers=1)
    engine.stop = lambda: len(solved) >= 2
    assert engine.solve(model.value, limits).columns is None
    assert solved == [0, 1]
    found = plan_to_keep(engine, limits, None)
    assert found.columns is not None
    assert feasible(model, found.columns)
    assert found.stages[0].gap < 0.05


def knapsack() -> Program:
    """2a + 2b + 2c ≥ 3 over 0/1."""
    return Program(
        np.zeros(3), np.ones(3), np.ones(3, dtype=bool), np.array([3.0]), np.array([np.inf]),
        np.zeros(3, dtype=np.int64), np.arange(3), np.full(3, 2.0),
    )  # fmt: skip


def test_some_plan_of_a_block() -> None:
    """At most 3 for costs 1, 2, 3 rounded down: the relaxation's half goes. At least 3 rounded down
    is too few, so that a search finds a plan; where there is none there is none."""
    costs = np.array([-1.0, -2.0, -3.0])
    plan = any_plan(knapsack(), costs, 1)
    assert plan is not None
    assert 2 * plan.sum() >= 3
    less = knapsack().with_rows(np.array([-np.inf]), np.array([3.0]))
    assert any_plan(less, -costs, 1).tolist() == [0, 0, 1]  # type: ignore[union-attr]
    odd = knapsack().with_rows(np.array([3.0]), np.array([3.0]))
    assert any_plan(odd, costs, 1) is None


@pytest.mark.parametrize("begin", [None, [1.0, 1.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
def test_a_known_plan_changes_no_optimum(begin: list[float] | None) -> None:
    """a + b costs 3, the least; begun from whatever plan, best, worse or none."""
    known = None if begin is None else np.array(begin)
    best, bound = branch(knapsack(), np.array([-1.0, -2.0, -3.0]), begin=known)
    assert best is not None
    assert best.tolist() == [1, 1, 0]
    assert bound == pytest.approx(-3)
