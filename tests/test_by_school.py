"""The by-school method: its blocks, its proof, its plans, its workers.

What it proves must hold against the whole method at gap 0, and against optima known by hand.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from apart import bytes_of, run_engine, taken_apart
from click.testing import CliRunner
from drawn_rules import ruled
from hypothesis import HealthCheck, Phase, given, settings
from tiny import fund, item, school, tiny

from planner.cli import main as cli
from planner.cli.commands import run as command
from planner.formulation.build import formulate
from planner.formulation.model import Model
from planner.run.optimize import optimize
from planner.run.result import Result
from planner.scenario.new.synthetic import synthetic
from planner.scenario.scenario import Scenario
from planner.solving import parameters
from planner.solving.choice import Method, choose_engine
from planner.solving.lagrangian.search import LagrangianEngine, Search
from planner.solving.lagrangian.structure import Problem
from planner.solving.lagrangian.subproblems import InProcess, Workers, branch
from planner.solving.program import Program
from planner.solving.solution import Limits, Outcome, Status

tried = settings(
    derandomize=True,
    deadline=None,
    max_examples=3,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
thorough = settings(tried, max_examples=300, phases=[Phase.generate, Phase.shrink])
MONEY = 2e-5
"""What rounding to whole money may cost two plans of equal value (relative)."""


@pytest.fixture(autouse=True)
def _small_neighbourhoods(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """So that even a tiny scenario needs more than one."""
    monkeypatch.setattr(parameters, "FIRST_NEIGHBOURHOOD", 30)
    return


def solved(scenario: Scenario, method: str, gap: float = 0.0) -> Result:
    return optimize(scenario, gap=gap, threads=1, time_limit=30, method=method)


# -- blocks


def test_items_that_need_nothing_of_each_other_are_blocks_of_their_own() -> None:
    """Two schools × (pc with its lan | lms): four blocks, tied by the two funds' rows alone."""
    items = [item("lan"), item("pc", requires=("lan",)), item("lms", nature=("recurrent",))]
    funds = {"cap": fund(50, nature="capital"), "rec": fund(50, nature="recurrent")}
    model = formulate(tiny(schools=[school("a"), school("b")], items=items, funds=funds)).model
    problem = taken_apart(model)
    assert problem.structure.blocks == 4
    rows = [model.row_label(r) for r in problem.linking.rows.tolist()]
    assert rows == ["fund_within_budget[cap,2023]", "fund_within_budget[rec,2023]"]


def test_a_rule_of_each_school_is_local_and_a_shared_one_is_not() -> None:
    """The cap of a school joins its blocks; the shared wish's miss belongs to the master."""
    rules = {
        "cap": {"measure": "spend", "for_each": ["school"], "at_most": 30},
        "wish": {"measure": "spend", "at_least": 70, "firmness": "wish", "price": 1},
        "own": {
            "measure": "spend",
            "for_each": ["school"],
            "at_least": 5,
            "firmness": "wish",
            "price": 1,
        },
    }
    items = [item("lan"), item("pc")]
    scenario = tiny(schools=[school("a"), school("b")], items=items, cap=60, rules=rules)
    model = formulate(scenario).model
    problem = taken_apart(model)
    assert problem.structure.blocks == 2
    rows = {model.row_label(r).split("[")[0] for r in problem.linking.rows.tolist()}
    assert rows == {"fund_within_budget", "wish"}
    assert [model.column_label(j) for j in problem.linking.columns] == ["miss[wish,]"]
    # 16 units cost 160: the row's sum is never more than 90 away from 70, and one to spare
    assert problem.linking.upper.tolist() == [91.0]


# -- values and proofs


def test_money_goes_where_the_whole_method_puts_it_by_hand() -> None:
    """Unit worth: a 25 (100 pupils, 4 classes), b 30 (300 pupils, 10 classes); 6 units affordable.

    All six at b (180) beat any mix; a method that shared the money by school would give 3 + 3.
    """
    schools = [school("a"), school("b", pupils=300, classes=10)]
    result = solved(tiny(schools=schools, cap=60), "by-school")
    assert result.status is Status.OPTIMAL
    assert result.value == pytest.approx(180)
    assert result.settings["method"] == "by-school"


def test_a_knapsack_that_no_price_can_solve() -> None:
    """Lots of 3 (30 money, worth 75) and of 2 (20, worth 60): 50 money buys one of each, 135.

    At any single price of money the linear relaxation mixes; the optimum needs the last,
    joint neighbourhood.
    """
    items = [item("pc", lot=3), item("tv", lot=2, weight=1)]
    schools = [school("a", classes=3, pupils=75), school("b", classes=2, pupils=60)]
    norms = None
    scenario = tiny(schools=schools, items=items, norms=norms, cap=50)
    whole, parts = solved(scenario, "whole"), solved(scenario, "by-school")
    assert parts.status is Status.OPTIMAL
    assert parts.value == pytest.approx(whole.value)


def check_both_methods(scenario: Scenario) -> None:
    """Equal optima at gap 0; at a loose gap the bound stays above and the plan below."""
    whole, parts = solved(scenario, "whole"), solved(scenario, "by-school")
    assert whole.status.has_plan == parts.status.has_plan
    if not whole.status.has_plan:
        assert parts.status is Status.INFEASIBLE
        return
    for one, other in zip(whole.stages, parts.stages, strict=True):
        assert other.value == pytest.approx(one.value, rel=MONEY, abs=MONEY)
    loose = solved(scenario, "by-school", gap=0.3)
    assert loose.status.has_plan
    if len(whole.stages) == 1:
        room = MONEY * max(1.0, abs(whole.value))
        assert loose.bound >= whole.value - room
        assert loose.value <= whole.value + room


@tried
@given(ruled())
def test_both_methods_agree(scenario: Scenario) -> None:
    check_both_methods(scenario)


@pytest.mark.slow
@thorough
@given(ruled(8))
def test_both_methods_agree_thoroughly(scenario: Scenario) -> None:
    check_both_methods(scenario)


def test_the_gap_asked_for_is_reached_and_true() -> None:
    """30 schools: within 0.25 %, and the bound is not below what the whole method finds."""
    model = formulate(synthetic(30, seed=3)).model
    found = run_engine(model, 0.0025, workers=1)
    assert found.status is Status.WITHIN_GAP
    assert 0 <= found.bound - found.value <= 0.0025 * found.value
    engine, _ = choose_engine(model, Limits(), method=Method.WHOLE)
    whole = engine.solve(model.value, Limits(0.01, 4, 1))
    assert whole.value <= found.bound * (1 + 1e-9)
    assert found.value <= whole.bound * (1 + 1e-9)


@pytest.mark.parametrize(
    "rules",
    [
        {"all": {"measure": "spend", "at_least": 90}},
        {"own": {"measure": "spend", "for_each": ["school"], "at_least": 41}},
    ],
    ids=["shared", "local"],
)
def test_infeasible_is_proven(rules: dict[str, Any]) -> None:
    """More than the money allows, for all together or for one school: no plan, and said so."""
    scenario = tiny(schools=[school("a"), school("b")], cap=80, rules=rules)
    assert solved(scenario, "by-school").status is Status.INFEASIBLE


def test_a_short_search_of_a_block_is_finished_by_the_engine() -> None:
    """8a + 5b + 3c ≤ 12, worth 12, 7, 4: the best is a + c = 16, its relaxation 17.6.

    Stopped after one node, the search alone would keep 17.6 as the block's bound for ever (that
    cost 0.25 % on 800 schools with requests).
    """
    program = Program(
        np.zeros(3), np.ones(3), np.ones(3, dtype=bool), np.array([-np.inf]), np.array([12.0]),
        np.zeros(3, dtype=np.int64), np.arange(3), np.array([8.0, 5.0, 3.0]),
    )  # fmt: skip
    for nodes in (1, 2, 100):
        best, bound = branch(program, np.array([12.0, 7.0, 4.0]), nodes=nodes)
        assert best is not None
        assert best.tolist() == [1, 0, 1]
        assert bound == pytest.approx(16)


def test_a_block_that_need_not_be_its_best_keeps_a_true_bound() -> None:
    """2a + 2b + 2c ≤ 3, worth 3, 2, 1: the best is a = 3, the relaxation 4. Within three points c
    alone, worth 1, is good enough: the bound is then 4, and 1 or 2 would be false. Within half a
    point both are 3."""
    program = Program(
        np.zeros(3), np.ones(3), np.ones(3, dtype=bool), np.array([-np.inf]), np.array([3.0]),
        np.zeros(3, dtype=np.int64), np.arange(3), np.full(3, 2.0),
    )  # fmt: skip
    worth, only_c = np.array([3.0, 2.0, 1.0]), np.array([0.0, 0.0, 1.0])
    best, bound = branch(program, worth, begin=only_c, slack=3.0)
    assert best is only_c
    assert bound == pytest.approx(4)
    best, bound = branch(program, worth, begin=only_c, slack=0.5)
    assert best is not None
    assert best.tolist() == [1, 0, 0]
    assert bound == pytest.approx(3)


def test_blocks_are_decided_to_the_end_where_the_first_look_does_not_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With ten times the gap to spare the first round proves too little (0.25 % is asked): a second
    one decides every block to its end, and the gap is reached. Without it the bound stays loose."""
    monkeypatch.setattr(parameters, "BLOCKS_SLACK", 10.0)
    slacks: list[float | None] = []
    evaluate = Search._evaluate

    def noted(self: Search, multipliers: Any, slack: float | None = None) -> Any:
        slacks.append(slack)
        return evaluate(self, multipliers, slack)

    monkeypatch.setattr(Search, "_evaluate", noted)
    found = run_engine(formulate(synthetic(30, seed=3)).model, 0.0005, workers=1)
    loose, exact = [slack for slack in slacks if slack is not None]
    assert loose is not None
    assert loose > 0 == exact
    assert found.bound - found.value <= 0.0005 * found.value


# -- workers


def test_equal_bytes_whatever_the_number_of_workers() -> None:
    """Twice alone and once on two workers: the same columns, value and bound."""
    model = formulate(synthetic(50, seed=1)).model
    outcomes = [run_engine(model, 0.002, workers=w) for w in (1, 1, 2)]
    assert len({bytes_of(o) for o in outcomes}) == 1
    assert len({o.bound for o in outcomes}) == 1


@pytest.mark.parametrize("filed", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_killed_worker_is_replaced(monkeypatch: pytest.MonkeyPatch, filed: bool) -> None:
    """A worker dies in the third round: its chunks are priced again, the proof is the same,
    whether the new one gets them from memory or from a file."""
    if filed:
        monkeypatch.setattr(parameters, "WORKERS_FROM", 1)
    model = formulate(synthetic(50, seed=1)).model
    price, rounds, killed = Workers.solve, [0], []

    def price_and_kill(self: Workers, *given: Any, **more: Any) -> Any:
        rounds[0] += 1
        if rounds[0] == 3:
            killed.extend(self.workers[1].executor._processes)  # type: ignore[attr-defined]
            os.kill(killed[0], signal.SIGKILL)
        return price(self, *given, **more)

    monkeypatch.setattr(Workers, "solve", price_and_kill)
    found = run_engine(model, 0.002, workers=2)
    monkeypatch.setattr(Workers, "solve", price)
    assert killed
    assert rounds[0] > 3
    assert found.status is Status.WITHIN_GAP
    alone = run_engine(model, 0.002, workers=1)
    assert found.bound == pytest.approx(alone.bound, rel=1e-4)


@pytest.mark.parametrize("gap", [0.0, 0.01])
def test_a_plan_that_overruns_a_row_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, gap: float
) -> None:
    """Five units of 25 are the optimum. Where this method refuses the plan of them, the empty plan
    that the search began from is no optimum: the engine alone is asked, and where it has no time
    left the empty plan's gap is told, and nothing is proven."""
    model = formulate(tiny(schools=[school("a"), school("b")], cap=50)).model
    fits = Problem.fits
    monkeypatch.setattr(Problem, "fits", lambda self, c: fits(self, c) and not c.any())
    engine = LagrangianEngine(model, Limits(gap, 10, 1), workers=1)
    found = engine.solve(model.value, Limits(gap, 10, 1), start=np.zeros(model.columns))
    assert (found.value, found.bound) == (pytest.approx(125), pytest.approx(125))
    monkeypatch.setattr(LagrangianEngine, "_whole", lambda *_: Outcome(Status.NO_PLAN))
    found = engine.solve(model.value, Limits(gap, 10, 1), start=np.zeros(model.columns))
    assert (found.status, found.value, found.bound) == (Status.STOPPED, 0.0, pytest.approx(125))


@pytest.mark.cluster
def test_a_dask_cluster_gives_the_same_bytes_and_survives_a_killed_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two local workers price what this process does; one of them dies in a second solve."""
    distributed = pytest.importorskip("distributed")
    model = formulate(synthetic(50, seed=1)).model
    alone = run_engine(model, 0.002, workers=1)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as workers:
        address = workers.scheduler_address
        assert bytes_of(on_cluster(model, address)) == bytes_of(alone)
        price, rounds = Workers.solve, [0]

        def price_and_kill(self: Workers, *given: Any, **more: Any) -> Any:
            rounds[0] += 1
            if rounds[0] == 3:
                one = self.workers[1]
                os.kill(one.executor.submit(os.getpid).result(), signal.SIGKILL)
            return price(self, *given, **more)

        monkeypatch.setattr(Workers, "solve", price_and_kill)
        found = on_cluster(model, address)
    assert rounds[0] > 3
    assert found.status is Status.WITHIN_GAP
    assert found.bound == pytest.approx(alone.bound, rel=1e-4)


def on_cluster(model: Model, address: str) -> Outcome:
    engine = LagrangianEngine(model, Limits(), cluster=address)
    try:
        return engine.solve(model.value, Limits(0.002, 60, 1))
    finally:
        engine.close()


# -- limits and doors


@pytest.mark.parametrize("futures", ["null", "{decide_until: 2025, cases: {a: {}, b: {}}}"])
def test_a_cluster_that_is_not_there_is_said_in_a_sentence(
    futures: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No traceback: what to check (or to install), and nothing written, whether a scenario has
    futures or not."""
    monkeypatch.setattr(parameters, "CLUSTER_PATIENCE", 1.0)
    address = "tcp://127.0.0.1:1"
    arguments = ["run", "scenarios/three-schools", "--method", "by-school", "--cluster", address]
    arguments += ["--set", f"futures={futures}"]
    with pytest.raises(SystemExit) as ended:
        cli([*arguments, "--out", str(tmp_path / "x"), "--lang", "en"])
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert "cluster" in said
    assert "Traceback" not in said
    assert not (tmp_path / "x").exists()


@pytest.mark.slow
def test_another_number_of_threads_in_the_same_process() -> None:
    """HiGHS alone would end the second solve as "Not Set"."""
    model = formulate(synthetic(10)).model
    for threads in (1, 2, None):
        limits = Limits(0.01, 20, threads)
        assert LagrangianEngine(model, limits).solve(model.value, limits).status.has_plan
        engine, _ = choose_engine(model, limits, method=Method.WHOLE)
        assert engine.solve(model.value, limits).status.has_plan


def test_a_stop_keeps_the_plan_found_so_far() -> None:
    """Stopped as soon as there is a plan: it is kept, with its true gap."""
    model = formulate(synthetic(60, seed=3)).model
    engine = LagrangianEngine(model, Limits())
    seen: list[float] = []
    engine.stop = lambda: bool(seen)

    def hear(at: Any) -> None:
        seen.extend([at.value] if at.value is not None else [])

    found = engine.solve(model.value, Limits(1e-7, 60, 1), progress=hear)
    assert found.status is Status.STOPPED
    assert found.value == pytest.approx(seen[0])
    assert found.bound > found.value


def test_no_time_gives_no_plan_and_no_claim() -> None:
    model = formulate(synthetic(60, seed=3)).model
    assert run_engine(model, 0.001, workers=1, seconds=0.0).status is Status.NO_PLAN


def test_a_tightened_row_is_kept() -> None:
    """The engine's interface: a fund moved down by 10 costs exactly the unit that it paid for."""
    scenario = tiny(schools=[school("a"), school("b")], cap=50)
    model = formulate(scenario).model
    engine = LagrangianEngine(model, Limits())
    row = model.row_blocks[0]
    money = next(b for b in model.row_blocks if b.name == "fund_within_budget")
    assert row is not None
    before = engine.solve(model.value, Limits(0.0, 10, 1))
    scale = model.row_upper[money.start] / 50
    engine.set_row_upper(money.start, 40 * scale)
    after = engine.solve(model.value, Limits(0.0, 10, 1))
    assert before.value - after.value == pytest.approx(25)


def test_auto_says_which_and_why(tmp_path: Path) -> None:
    """Small: whole. Many schools: by school. Both on stderr and in plan.json."""
    source = "scenarios/three-schools"
    for more, method, why in (
        ([], "whole", "small"),
        (["--method", "by-school"], "by-school", "asked"),
    ):
        out = tmp_path / method
        arguments = [source, "--out", str(out), "--no-figures", "--lang", "en", *more]
        ran = CliRunner().invoke(command, arguments)
        assert ran.exit_code == 0, ran.output
        settings_used = json.loads((out / "plan.json").read_text("utf-8"))["settings"]
        assert (settings_used["method"], settings_used["method_why"]) == (method, why)
        assert ("Method: whole (" in ran.stderr) == (why == "small")
    many = formulate(synthetic(60)).model
    engine, choice = choose_engine(many, Limits())
    assert isinstance(engine, LagrangianEngine)
    assert (choice.method, choice.why) == (Method.BY_SCHOOL, "blocks")


def test_auto_takes_stages_apart_too() -> None:
    """Strict priorities of many schools go by school: whole, 800 schools had no plan in 100 s."""
    staged = formulate(synthetic(60).with_({"priority": {"mode": "strict", "by": "whole"}})).model
    assert len(staged.stages) > 1
    engine, choice = choose_engine(staged, Limits())
    assert isinstance(engine, LagrangianEngine)
    assert (choice.method, choice.why) == (Method.BY_SCHOOL, "blocks")


def test_few_columns_need_no_workers() -> None:
    model = formulate(synthetic(20)).model
    engine = LagrangianEngine(model, Limits())
    engine.solve(model.value, Limits(0.01, 20, 2))
    assert isinstance(engine._solvers, InProcess)
