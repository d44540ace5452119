"""The benchmark's own parts: what it compares with must be right before it may be compared."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from click.testing import CliRunner

import planner
from planner.formulation.build import formulate
from planner.plan import build_plan
from planner.plan.decisions import decide
from planner.scenario.load import load
from planner.scenario.write import write
from planner.solving.highs import make_engine
from planner.solving.solution import Limits, Progress
from planner.solving.stages import solve_stages
from planner.solving.warm import feasible
from planner.system.process import listening, phase
from tests.benchmarks import engines, solvers
from tests.benchmarks.case import reduced
from tests.benchmarks.cpsat import Whole
from tests.benchmarks.district import PARTS, key_press, verbs, what_ifs
from tests.benchmarks.early import WAYS, Ended, First, held_to_promises, living
from tests.benchmarks.greedy import greedy
from tests.benchmarks.instances import PRIORITIES, UNITS, VARIANTS, Case, scenario_of
from tests.benchmarks.measuring import Meter, TreeWatch
from tests.benchmarks.reporting import steps
from tests.benchmarks.solvers import Task, cbc_answer, followed, product
from tests.benchmarks.written import Column, Row, Written
from tests.tiny import tiny


@pytest.mark.parametrize("variant", ["plain", "rules"])
def test_ranking_obeys_the_rules_and_stays_below_the_relaxation(variant: str) -> None:
    """The ranking's plan is feasible in every row, whole money included, and worth something.

    A ranking that overran a fund would look better than it is; one that bought next to nothing
    would make the optimizer look good.
    """
    form = formulate(scenario_of(Case(40, variant)))
    columns = greedy(form)
    assert feasible(form.model, columns)
    assert not build_plan(decide(form, columns)).broken
    limits = Limits(gap=0.0, time_limit=30, threads=1)
    relaxed = solve_stages(make_engine(form.model, limits, relax=True), limits)
    value = float(form.model.value @ columns)
    assert 0.7 * relaxed.bound < value < relaxed.bound


@pytest.mark.slow
def test_strict_ranking_serves_the_first_group_first() -> None:
    """Under ``strict`` the first stage gets more from the ranking than under ``weighted``."""
    firsts = []
    for priority in ("weighted", "strict"):
        form = formulate(scenario_of(Case(40, priority=priority)))
        strict = formulate(scenario_of(Case(40, priority="strict"))).model
        firsts.append(float(strict.stage_values[0] @ greedy(form)))
    assert firsts[1] > firsts[0]


def test_instances_are_seeded_and_differ_by_what_they_say() -> None:
    """Equal cases give equal scenarios; another seed, rules or units another one."""
    case = Case(30, "rules")
    assert scenario_of(case) == scenario_of(case)
    for other in (Case(30, "rules", seed=1), Case(30), Case(30, "rules", "continuous")):
        assert scenario_of(case) != scenario_of(other)


@pytest.mark.slow
@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize("priority", PRIORITIES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_kind_of_instance_is_read_back(
    variant: str, priority: str, units: str, tmp_path: Path
) -> None:
    """What the benchmark writes, the product reads without a finding, and can formulate."""
    case = Case(6, variant, units, priority)
    write(scenario_of(case), tmp_path)
    model = formulate(load(tmp_path / "scenario.yaml")).model
    assert (len(model.stages) > 2) == (priority == "strict")
    bought = next(block for block in model.column_blocks if block.name == "buy")
    assert model.integer[bought.start : bought.stop].all() == (units == "whole")


def test_links_are_left_out_by_name() -> None:
    """``--without`` empties the rows of that link and no other, and they still hold."""
    model = formulate(scenario_of(Case(10))).model
    freed = reduced(model, ("service_after_delivery",))
    block = model.row_block("service_after_delivery")
    assert block is not None
    gone = set(model.row_index) - set(freed.row_index)
    assert gone == set(block.indices)
    assert (freed.row_upper[block.start : block.stop] >= 0).all()


def test_phases_count_once() -> None:
    """Time inside an inner phase is not counted for the outer one as well."""
    meter = Meter()
    with listening(meter), phase("outer"):
        with phase("inner"):
            sum(range(200_000))
        outer = meter.phases["outer"].seconds
    assert meter.phases["inner"].seconds > 10 * outer
    assert list(meter.phases) == ["outer", "inner"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_memory_of_workers_counts() -> None:
    """A worker's 200 MiB belong to the run: by its own process alone, by school looked small."""
    with TreeWatch() as alone:
        pass
    hold = "import time; held = bytearray(b'x') * 2**21 * 100; time.sleep(1)"
    with TreeWatch() as tree:
        subprocess.run([sys.executable, "-c", hold], check=True)
    assert tree.mib > alone.mib + 190


def test_gap_over_time_is_the_proven_one() -> None:
    """A point needs a plan and a bound; the last one is the gap that was reported."""
    trace = [(0.5, "value", None, 10.0), (1.0, "value", 8.0, 10.0), (2.0, "value", 8.0, 9.0)]
    told = {"trace": trace, "phases": {"solve": {"seconds": 3.0}}, "gap": 0.1}
    assert steps(told) == [(1.0, 0.25), (2.0, 0.125), (3.0, 0.1)]


def test_the_first_plan_is_the_first_that_is_told() -> None:
    """At 3 of the seconds 1 to 11, in which 2 to 6 are solving, 10% from the last bound: a bound is
    no plan, and neither is what was looked for after a stop."""
    lines = [("value", None, 100.0), ("keep", 50.0, 100.0), ("value", 80.0, 95.0)]
    told = [(k + 1.0, Progress(s, 0.0, v, b)) for k, (s, v, b) in enumerate(lines)]
    told.append((5.0, Progress("value", 0.0, 87.0, 88.0)))
    assert First.of(told, (1.0, 11.0), (2.0, 6.0), 88.0) == First(0.2, 0.25, 0.1)
    assert First.of(told[:2], (1.0, 11.0), (2.0, 6.0), 88.0) is None


@pytest.mark.slow
def test_what_a_district_waits_for_is_measured() -> None:
    """The clock stops at the summary's first line, the plan being written after it; a session's
    answers are listed with their proof. A run that failed would have the shortest wait of all."""
    scenario = Path(__file__).parents[1] / "scenarios" / "three-schools" / "scenario.yaml"
    pressed = key_press(scenario, "--no-figures")
    assert pressed["exit"] == 0
    assert 0 < pressed["summary"] < pressed["end"]
    rows = what_ifs(scenario)
    assert [r["kind"] for r in rows[:2]] == ["built", "relaxed, first"]
    rules = load(scenario).settings.rules
    assert len(rows) == 1 + 2 * (1 + len(PARTS)) + 1 + len(rules)
    assert all(r["status"] in ("optimal", "within_gap") for r in rows[1:])
    typed = verbs(scenario, "A")
    assert [r["kind"] for r in typed] == ["run", "check", "explain --school", "explain --policies"]
    assert all(r["exit"] == 0 and r["cpu"] > 0 for r in typed)


# --------------------------------------------------------------------------------------------------
# Other engines on the written model.

HALVES = """\
NAME planner
OBJSENSE
  MAX
ROWS
 N Obj
 L room
 G least
COLUMNS
  MARK0000 'MARKER' 'INTORG'
  x Obj 1 room 1
  MARK0001 'MARKER' 'INTEND'
  y Obj 3 room 2
  miss Obj -7 least 1
RHS
  RHS_V room 3 least 0.5
RANGES
  RNG least 1
BOUNDS
  UP BOUND x 3
  UP BOUND y 0.75
ENDATA
"""
"""Whole x up to 3 and any y up to 0.75, x + 2y at most 3, and half a unit missed at 7 a unit: best
is x = 2 and y = 0.5, worth 3.5 less 3.5; in whole units y is 0 and x = 3 the best."""
BEST = {"x": 2.0, "y": 0.5, "miss": 0.5}


@pytest.fixture
def halves(tmp_path: Path) -> Path:
    """The model of halves as a file."""
    (tmp_path / "halves.mps").write_text(HALVES)
    return tmp_path / "halves.mps"


def task_of(engine: str, model: Path) -> Task:
    return Task(engine, "halves", model, 0.0, 20.0, 2)


def told(engine: str, says: str = "optimal", worth: float | None = None, **more: Any) -> Any:
    """A forged run; with a plan, one that holds."""
    head = {"case": "c", "engine": engine, "says": says, "gap_asked": 0.001, "load": 0.0}
    plan = {} if worth is None else {"value": worth, "worth": worth, "off": 0.0, "unwhole": 0.0}
    return head | plan | {"where": "", "seconds": 2.0, "trace": []} | more


def test_a_written_model_is_read_as_it_stands(halves: Path, tmp_path: Path) -> None:
    """Ends of rows and columns, kinds, points; and as the product means it: 4 classes, 25 points a
    unit at 10 of 25. A reader that took the range of a row for its right side would allow more."""
    read = Written.read(halves)
    assert read.rows["room"] == Row([("x", Fraction(1)), ("y", Fraction(2))], None, Fraction(3))
    assert read.rows["least"] == Row([("miss", Fraction(1))], Fraction(1, 2), Fraction(3, 2))
    assert read.columns["x"] == Column(True, Fraction(0), Fraction(3))
    assert read.columns["miss"] == Column(False, Fraction(0), None)
    assert read.maximise
    planner.export(tiny(cap=25), tmp_path / "tiny.mps")
    read = Written.read(tmp_path / "tiny.mps")
    (buy,) = (name for name in read.columns if name.startswith("buy"))
    (gain,) = (name for name in read.columns if name.startswith("gain"))
    assert read.check({buy: 2.0, gain: 2.0}).off == 0
    assert read.check({buy: 2.0, gain: 2.0}).value == 50
    assert read.check({buy: 3.0, gain: 3.0}).where == "fund_within_budget(cap,2023)"


def test_what_breaks_a_written_model_is_named(halves: Path) -> None:
    """A row too full by one unit, a bound passed, half of a whole unit, a column nobody knows."""
    read = Written.read(halves)
    found = read.check(BEST)
    assert (found.value, found.off, found.unwhole, found.unknown) == (0.0, 0.0, 0.0, 0)
    found = read.check({"x": 3.0, "y": 0.5, "miss": 0.5})
    assert (found.where, found.off) == ("room", pytest.approx(1 / 3))
    assert read.check({"y": 0.75 + 2**-10, "miss": 0.5}).where == "y"
    assert read.check({"x": 2.5, "miss": 0.5}).unwhole == 0.5
    assert read.check(BEST | {"z": 1.0}).unknown == 1


@pytest.mark.parametrize(
    ("engine", "package"),
    [("HiGHS", "highspy"), ("SCIP", "pyscipopt"), ("CBC", "pulp"), ("CP-SAT", "ortools")],
)
def test_each_engine_finds_the_optimum_of_the_file(engine: str, package: str, halves: Path) -> None:
    """The optimum known by hand, found by name, under a bound that holds. One that minimised would
    miss everything; one in whole steps would find 3 − 3.5."""
    pytest.importorskip(package)
    if not engines.installed(engine):
        pytest.skip(f"no {engine} for this machine")
    run = engines.run(task_of(engine, halves), Written.read(halves))
    assert run["says"] == "optimal", run
    assert run["worth"] == pytest.approx(0.0, abs=1e-3)
    assert run["value"] == pytest.approx(run["worth"], abs=1e-6)
    assert run["bound"] >= -1e-6
    assert engines.holds(run)
    assert not engines.wrong(run, [run])
    assert run["version"]
    assert run["options"]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["HiGHS", "SCIP", "CBC", "CP-SAT"])
def test_an_engine_without_time_claims_nothing(engine: str, tmp_path: Path) -> None:
    """Stopped at once, it has a bound only if it found one: HiGHS and CP-SAT give 0 for none, which
    would be below every plan."""
    if not engines.installed(engine):
        pytest.skip(f"no {engine} here")
    model = tmp_path / "six.mps"
    planner.export(scenario_of(Case(6, "rules")), model)
    run = engines.run(Task(engine, "six", model, 0.0, 1e-6, 1), Written.read(model))
    assert not engines.wrong(run, [run, told("other", worth=1.0)])


def test_a_conversion_in_whole_steps_is_found_wrong(halves: Path) -> None:
    """OR-Tools' own reader counts y in whole units and calls 3 − 3.5 optimal (or, as half a unit
    missed cannot be, worse); the plan with half a unit of another engine tells."""
    pytest.importorskip("ortools")
    read = Written.read(halves)
    run = engines.run(task_of("CP-SAT-reader", halves), read)
    assert run["says"] == "optimal"
    found = read.check(BEST)
    other = told("HiGHS", worth=found.value)
    assert engines.wrong(run, [run, other])
    assert engines.best_bound([run, other | {"bound": 0.0}]) == 0.0


def test_the_product_stands_beside_them(tmp_path: Path) -> None:
    """Its plan in the columns of the file is worth what it says: two units of 25 points."""
    write(tiny(cap=25), tmp_path)
    scenario = tmp_path / "scenario.yaml"
    planner.export(scenario, tmp_path / "tiny.mps")
    task = Task("auto", str(scenario), tmp_path / "tiny.mps", 0.0, 20.0, 1)
    answer = product(task)
    read = Written.read(task.model)
    run = engines.checked(told("auto") | vars(answer), answer.columns, read)
    assert (run["says"], run["worth"], run["bound"]) == ("optimal", *2 * [pytest.approx(50)])
    assert not engines.wrong(run, [run])
    bought = {name: x for name, x in answer.columns.items() if name.startswith("buy")}
    assert read.check(bought).value == 0
    assert read.check(followed(task.model, bought)).value == 50


def test_a_wrong_claim_is_reported_as_wrong() -> None:
    """“Optimal” at a seventh, a bound below a plan, “infeasible”, points that are not there, a plan
    that breaks the file: each is disproven, in the table too, and counts for no bound."""
    good = told("HiGHS", worth=700.0, bound=700.5)
    seventh = told("CP-SAT", worth=100.0, bound=100.0)
    low = told("CBC", "stopped", worth=600.0, bound=650.0)
    none = told("SCIP", "infeasible")
    boast = told("SCIP", "stopped", worth=600.0, bound=800.0) | {"value": 690.0}
    broken = told("CBC", "optimal", worth=900.0, bound=900.0) | {"off": 0.5, "where": "room"}
    runs = [good, seventh, low, none, boast, broken]
    assert engines.wrong(good, runs) == []
    (said,) = engines.wrong(seventh, runs)
    assert said == "“optimal”: nothing above 100.0, but HiGHS has a plan worth 700.0"
    assert "above 100.1" in engines.wrong(seventh | {"bound": None}, runs)[0]
    assert engines.wrong(low, runs)[0].startswith("its bound: nothing above 650.0")
    assert engines.wrong(none, runs) == ["“infeasible”, but HiGHS has a plan worth 700.0"]
    assert engines.wrong(boast, runs) == ["its 690.0 are worth 600.0"]
    assert engines.wrong(broken, runs) == ["no plan of the file: room is off by 5.0e-01"]
    assert engines.best_bound(runs) == 700.5
    lines = engines.table(runs).splitlines()[2:8]
    assert ["WRONG" in line for line in lines] == [False, True, True, True, True, True]
    # what engines allow themselves in rows is no contradiction
    assert not engines.wrong(told("CBC", worth=699.5, bound=699.999), [good])


def test_an_engine_that_is_missing_is_a_row(halves: Path) -> None:
    """It says so; the command goes on."""
    with patch.object(solvers, "find_spec", return_value=None):
        assert not any(map(engines.installed, engines.ENGINES))
        run = engines.run(task_of("SCIP", halves), Written.read(halves))
    assert "| SCIP | not installed |" in engines.table([run])


def test_the_command_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Runs of before are kept, of another limit not; without minutes left none begins, and the
    command says how many are open."""
    write(tiny(cap=25), tmp_path)
    given = ["--cases", str(tmp_path / "scenario.yaml"), "--engines", "HiGHS,CBC"]
    given += ["--out", str(tmp_path / "out"), "--limit"]
    runs = []

    def run(task: Task, _: Written) -> Any:
        runs.append((task.engine, task.limit))
        return told(task.engine, worth=50.0, bound=50.0, trace=[(1.0, 40.0, None)])

    with (
        patch.object(engines, "run", run),
        patch.object(engines.reporting, "figure") as drawn,
    ):
        late = CliRunner().invoke(engines.main, [*given, "60", "--minutes", "0"])
        assert not runs
        assert "2 runs are left" in late.output
        for limit in ("60", "60", "30"):
            shown = CliRunner().invoke(engines.main, [*given, limit])
            assert shown.exit_code == 0, shown.exception
    assert runs == [("HiGHS", 60.0), ("CBC", 60.0), ("HiGHS", 30.0), ("CBC", 30.0)]
    assert "| CBC | optimal | 50.0 | 50.0 |" in shown.output
    points = [(1.0, "value", 40.0, 50.0), (2.0, "value", 50.0, 50.0)]
    assert [line["trace"] for line in drawn.call_args.args[0]] == [points, points]
    assert len(json.loads((tmp_path / "out" / "engines.json").read_text())) == 4


def test_whole_numbers_say_what_they_lose(halves: Path) -> None:
    """Rows stay exact; y may lose a step of its 3 points, and the bound says so; a miss without an
    end gets one that no plan needs more of. A row of thirds with huge numbers is widened, never
    narrowed."""
    read = Written.read(halves)
    whole = Whole.of(read)
    assert (whole.steps, whole.rounded) == ([1, 10_000, 10_000], 0)
    assert whole.high[2] >= 5_000
    assert (whole.grid, whole.open, whole.lost) == (2, 1, Fraction(3, 10_000))
    assert whole.bound(0.0) == pytest.approx(3 / 10_000)
    assert whole.columns([2, 5_000, 5_000]) == BEST
    third = Fraction(333333333333333, 10**15)
    wide = read.rows | {"room": Row([("x", third), ("y", third * 10**6)], None, third * 10**6)}
    rounded = Whole.of(Written(read.columns, wide, read.points, Fraction(0), True))
    places, numbers, _, high = rounded.rows[0]
    assert rounded.rounded == 1
    at_most = {0: 1, 1: 9_999}  # third ÷ 1 + 999 900 thirds: within the row
    assert sum(a * at_most[k] for k, a in zip(places, numbers, strict=True)) <= high
    with pytest.raises(ValueError, match="maximised"):
        Whole.of(Written(read.columns, read.rows, read.points, Fraction(0), False))


def test_cbc_is_read_as_one_who_minimises() -> None:
    """Its log has signs turned, its end has not; stopped without a plan it keeps its bound only."""
    log = (
        "Version: 2.10.3 \n"
        "Cbc0012I Integer solution of -80 found by x after 0 iterations (1.5 seconds)\n"
        "Cbc0010I After 0 nodes, 1 on tree, -80 best solution, best possible -90.5 (2.5 seconds)\n"
        "Upper bound:                    90.25\n"
    )
    answer = cbc_answer(
        log, ["Stopped on time - objective value 80.0", " 7 x  80  1", "** 8 y 0 1"]
    )
    assert (answer.says, answer.value, answer.bound) == ("stopped", 80, 90.25)
    assert answer.columns == {"x": 80, "y": 0}
    assert answer.trace == [(1.5, 80, None), (2.5, 80, 90.5)]
    none = "Stopped on time (no integer solution - continuous used) - objective value 91.0"
    answer = cbc_answer(log, [none])
    assert (answer.says, answer.value, answer.bound, answer.columns) == ("no plan", None, 90.25, {})
    assert cbc_answer("", ["Infeasible - objective value 0"]).says == "infeasible"


def test_what_a_stop_leaves_behind_is_found(tmp_path: Path) -> None:
    """Half a folder, a file of chunks, a traceback, no plan and another exit code are each named;
    after a second signal having no plan is as promised, the rest is not."""
    (tmp_path / "temporary").mkdir()
    ended = Ended(1.0, 0.5, 5, "Ctrl-C")
    out, once, twice = tmp_path / "plan", WAYS["SIGTERM"], WAYS["SIGINT twice"]
    assert held_to_promises(ended, out, twice, []).broken == ()
    assert held_to_promises(ended, out, once, []).broken == ("no plan", "exit code 5, not []")
    (tmp_path / ".plan.new-01234567").mkdir()
    (tmp_path / "temporary" / "planner-abc.chunks").touch()
    spoilt = held_to_promises(replace(ended, code=1, said="Traceback"), out, twice, ["worker"])
    assert spoilt.broken == (
        "still runs: worker", "says 'Traceback'", "leaves .plan.new-01234567",
        "leaves temporary planner-abc.chunks", "exit code 1, not [5]",
    )  # fmt: skip


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are listed by Linux")
def test_a_process_that_lives_on_is_seen() -> None:
    """One of a session of its own is, until it has ended; this process is in none."""
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as child:
        seen = living(child.pid)
        child.kill()
    assert seen == ["sleep 60 "]
    assert living(child.pid) == []
