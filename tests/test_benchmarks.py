"""The benchmark's own parts: what it compares with must be right before it may be compared."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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
from tests.benchmarks.case import reduced
from tests.benchmarks.district import PARTS, key_press, what_ifs
from tests.benchmarks.early import First
from tests.benchmarks.greedy import greedy
from tests.benchmarks.instances import PRIORITIES, UNITS, VARIANTS, Case, scenario_of
from tests.benchmarks.measuring import Meter, TreeWatch
from tests.benchmarks.reporting import steps


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
    assert len(rows) == 1 + 2 * (1 + len(PARTS))
    assert all(r["status"] in ("optimal", "within_gap") for r in rows[1:])
