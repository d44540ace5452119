"""What several test files share: the doors through which a hand-solved scenario must agree."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest

if TYPE_CHECKING:  # not imported by the process that hands the tests out: it starts a second sooner
    from planner.proof import blocks
    from planner.proof.cells import TextTable
    from planner.proof.inputs import Facts
    from planner.run.result import Result
    from planner.scenario.scenario import Scenario

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Some containers forbid Python to keep what it compiled: each of some sixty processes that tests
# start would compile the product anew, and each worker every test file.

gc.disable()  # what importing and collecting make is kept (pytest_collection_finish)

SLOW = pytest.mark.slow
Solver = Callable[..., "Result"]


ONE_IN = {
    "test_broken_text_input": 6,
    "test_every_changed_cell_is_found": 6,
    "test_one_wrong_figure_is_found": 3,
    "test_a_cell_that_cannot_be_is_a_finding": 3,
    "test_subtotals_become_no_schools": 3,
    "test_every_standing_rule_can_be_named": 3,
    "test_a_list_of_one_value_says_what_the_value_says": 3,
    "test_check_says_a_floor_that_nothing_can_serve": 3,
    "test_what_is_changed_is_found": 3,
    "test_every_claim_is_recomputed": 2,
    "test_every_public_name_has_an_example_that_runs": 3,
    "test_a_verb_on_a_shipped_scenario": 2,
    "test_the_page_says_what_the_screen_says": 2,
    "test_rows_missing_doubled_or_out_of_order_are_never_proven": 2,
    "test_a_spoilt_cell_is_never_proven": 2,
    "test_answers_that_disagree_are_refused": 2,
    "test_the_cause_is_named": 2,
    "test_warm_is_fresh": 2,
    "test_an_attack_is_a_finding_and_nothing_is_written": 2,
    "test_the_audit_finds_every_kind_of_rule_spoiled": 2,
    "test_the_product_agrees_with_a_second_reading": 2,
    "test_large_faults_are_said_soon": 2,
    "test_no_drawn_file_ends_in_a_defect": 2,
    "test_same_bytes_and_agreement": 2,
    "test_nothing_is_left_of_a_package_that_disagrees": 2,
    "test_near_plans_are_as_near_as_they_say": 2,
    "test_hostile_workbooks": 2,
    "test_part_by_part_encloses_the_optimum": 2,
    "test_what_counts_as_money_alone": 2,
    "test_a_reader_who_leaves_ends_nothing": 2,
    "test_a_forged_chain_is_found": 4,
    "test_what_is_forged_is_found": 4,
    "test_what_is_executed_never_moves": 2,
    "test_the_fewest_changes_by_brute_force": 2,
    "test_pupil_years_that_cannot_be_are_found": 3,
    "test_letter_asks_for_an_adjustment": 2,
    "test_every_form_is_reopened": 2,
    "test_every_way_of_adding_up_agrees": 3,
    "test_an_own_title_is_not_adjusted_twice": 3,
    "test_the_sheet_of_an_amended_plan_tells_what_is_known": 2,
    "test_compare_says_who_amends_whom": 2,
    "test_every_forged_claim_is_found": 2,
    "test_killed_writer_leaves_the_old_plan_or_the_new": 2,
    "test_a_loss_that_says_nothing_is_no_figure": 2,
    "test_rules_solved_by_hand": 2,
    "test_broken_workbook": 2,
    "test_a_rule_left_out_is_found": 2,
    "test_a_falsified_fact_is_found": 2,
    "test_scenario_loads_and_can_run_what_it_has": 2,
    "test_no_plan_has_fewer_lines_than_is_proven": 2,
    "test_a_unit_of_money_in_a_header_is_applied_and_said": 2,
    "test_a_line_above_the_table_is_heeded": 2,
    "test_every_delivery_where_units_come_and_go": 2,
    "test_against_every_unit_in_every_year": 2,
}
"""Tests of many cases that stand beside each other: one in so many runs by default, drawn by its
name, so that the default tests stay under four minutes; all of them with ``-m slow`` and the
rest."""


HALVED = {
    *("alternatives", "amend", "amend_hard", "amendment_papers", "by_school", "claims_forged"),
    *("futures", "futures_solving", "least", "office_files", "office_mapping", "office_registers"),
    *("page_ask", "page_plan", "page_verbs", "policies", "repair", "subtotals", "sure_papers"),
    *("told", "useful_from", "why", "audit_blocks", "blocks", "criteria", "early", "edits"),
    *("exit_codes", "one_page", "session_moves", "within", "page_check", "report", "disk"),
    *("second_step", "compare", "formulation_service", "formulation_money", "summary", "status"),
    *("office_tables", "ranged_rows", "adopted_tables", "frontier"),
}
"""Files whose tests cost most and look at one topic from many sides: every second test of them,
drawn by its name, runs by default; all of them with ``-m slow`` and the rest."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Tests in a browser are not even imported by those that run none."""
    browser = collection_path.name == "test_browser.py"
    return True if browser and "not browser" in config.option.markexpr else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves the cases that are not drawn to the slow tests."""
    for item in items:
        name = item.nodeid.rpartition("/")[2].encode()
        part = ONE_IN.get(getattr(item, "originalname", ""), 1)
        half = item.path.stem.removeprefix("test_") in HALVED
        if crc32(name) % part or (half and crc32(name[::-1]) % 2):
            item.add_marker(SLOW)


SHARING = {
    *("amend", "amend_hard", "amendment_papers", "audit_blocks", "blocks", "claims_forged"),
    *("disk", "edits", "exact", "executed", "figures", "futures", "futures_solving"),
    *("futures_worth", "layers", "libreoffice", "moves", "page_ask", "readme", "report"),
    *("report_office", "report_requests", "rule_words", "scenarios_golden", "spoilt_folder"),
    *("status", "summary", "sure_papers", "within", "workbook"),
}
"""Files whose tests share a plan, a folder or a list that costs seconds: one process makes it and
runs them all. Groups of marks (``xdist_group``) have no effect with pytest 9.2 and xdist 3.8."""


def together(nodeid: str) -> str:
    """What a test is run with, by one process: its file, all verbs on one scenario, or itself."""
    file, _, test = nodeid.partition("::")
    stem = Path(file).stem.removeprefix("test_")
    if stem == "every_verb":
        return test.rpartition(" ")[2]
    return stem if stem in SHARING else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hands the tests out by :func:`together`: the largest groups first, single tests last, so
    that all processes end at once."""
    if config.getvalue("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        _split_scope = staticmethod(together)

    return Together(config, log)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What imports and collecting made stays: looking through it for cycles again and again was a
    tenth of the suite's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(400_000, 20, 50)
    gc.enable()


@pytest.fixture(autouse=True)
def _language_is_given_back() -> Iterator[None]:
    """A test that asks for another language leaves the default one to those after it."""
    yield
    from planner import messages

    messages.language("vi")


SAMPLED = 5
"""One test in so many audits its plans twice, or saves them: with all it would be a third of the
suite's time."""


def sampled(request: pytest.FixtureRequest) -> bool:
    """Whether a test is drawn, by its name alone: whoever runs it beside whom."""
    return crc32(f"tests/{request.path.name}::{request.node.name}".encode()) % SAMPLED == 0


@pytest.fixture(autouse=True)
def _blocks_add_up_to_the_whole(request: pytest.FixtureRequest) -> Iterator[None]:
    """Wherever a test, drawn by its name, audits a plan: three or four blocks of schools find
    nothing wrong only where all schools at once do, and add up to the same."""
    if not sampled(request):
        yield
        return
    from planner.proof import blocks
    from planner.proof.cells import Report

    def in_blocks(facts: Facts, texts: dict[str, TextTable]) -> blocks.Sums | None:
        patch.setattr(blocks, "SCHOOLS", max(1, len(facts.schools) // 3))
        sums = whole_in_blocks(facts, texts)
        if sums is not None:
            report = Report()
            whole = blocks.of_schools(facts, texts, report)
            assert report.findings() == []
            assert exact(sums) == exact(whole)
            for name in ("value", "people", "pillars"):
                assert getattr(sums.tally, name) == pytest.approx(getattr(whole.tally, name))
        return sums

    whole_in_blocks = blocks.in_blocks
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["planner.proof"], "in_blocks", in_blocks)  # not the function
        yield


def exact(sums: blocks.Sums) -> dict[str, Any]:
    """The sums that do not depend on the order in which they are added."""
    found = {name: getattr(sums, name) for name in vars(sums) if name != "tally"}
    return found | {"locks": sorted(map(repr, sums.locks)), "final": sums.tally.final}


DOORS = ("saved", "HiGHS", "CBC")


@pytest.fixture(params=["one of both", *(pytest.param(d, marks=SLOW) for d in DOORS)])
def solve(request: pytest.FixtureRequest, tmp_path: Path) -> Solver:
    """Solves a scenario to the optimum and as a linear relaxation, whose value it checks.

    ``HiGHS`` and ``CBC`` are engines; ``saved`` writes the scenario, loads and solves it with
    HiGHS, then writes the plan folder and gives back the plan that was read (and proven). By
    default a test, drawn by its name, goes that way, and the others through HiGHS alone, which
    takes a third of the time.
    """
    drawn = "saved" if sampled(request) else "HiGHS"
    return through(request.param if request.param in DOORS else drawn, tmp_path)


def through(door: str, tmp_path: Path) -> Solver:
    """The door itself, for files that take fewer of them by default."""
    from planner.run import folder
    from planner.run.optimize import optimize
    from planner.run.result import Result
    from planner.scenario import write
    from planner.scenario.load import load
    from planner.solving.solution import Status

    def solved(scenario: Scenario, relaxed: float | None = None) -> Result:
        if door == "saved":
            write.write(scenario, tmp_path / "scenario")
            loaded = load(tmp_path / "scenario" / write.FILE)
            assert loaded == scenario
            scenario = loaded
        engine = "CBC" if door == "CBC" else "HiGHS"
        result = optimize(scenario, gap=0, solver=engine, threads=1)
        if door == "saved" or relaxed is not None:
            loose = optimize(scenario, gap=0, solver=engine, threads=1, relax=True)
            if result.status is Status.OPTIMAL:
                kept = 1e-6 * max(1.0, result.value) * len(result.stages)  # what stages may give up
                assert loose.value >= result.value - kept, "the relaxation is never worse"
            assert relaxed is None or loose.value == pytest.approx(relaxed, abs=1e-4)
        if door == "saved" and result.maybe_plan is not None:
            written = folder.read(folder.write(result, tmp_path / "plan"))
            assert written.claims["value"] == pytest.approx(result.value, abs=1e-8)
            for name, table in result.plan.text_tables().items():
                assert written.plan.text_tables()[name].equals(table), name
            return Result(**{**vars(result), "maybe_plan": written.plan})
        return result

    return solved
