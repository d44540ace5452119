"""Reading, tables, audit and writing take time in proportion to the schools (slow, ratios only).

A loop over all schools for each of them once made reading four times as long as it had to be at
60,000 schools, and nothing at 300 told of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_audit_blocks import AUDIT, IN_BLOCKS, bought, ranked

from planner.plan import build_plan
from planner.proof import audit, blocks
from planner.proof.cells import Report, read_tables
from planner.proof.inputs import Facts
from planner.run import folder
from planner.run.optimize import claims
from planner.scenario.load import load
from planner.scenario.write import write

pytestmark = pytest.mark.slow
SMALL, LARGE = 400, 2_000
MOST = 1.5
"""Time for a school among many ÷ time for a school among few; the square would give 5."""


def seconds(work: Callable[[], Any]) -> float:
    """CPU seconds of the quickest of three runs."""
    taken = []
    for _ in range(3):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


def measured(schools: int, place: Path) -> dict[str, float]:
    """CPU seconds a school of each phase; the plan is a ranking's."""
    decisions = bought(schools, 0)
    write(decisions.facts.scenario, place / "in")
    scenario = replace(decisions.facts.scenario, inputs={})
    outlook = build_plan(decisions)
    result = ranked(scenario, outlook)
    tables, head = outlook.plan.coded_tables(), claims(result)
    assert schools <= blocks.SCHOOLS or IN_BLOCKS(Facts(scenario), read_tables(tables, Report()))
    phases = {
        "reading": lambda: load(place / "in" / "scenario.yaml"),
        "tables": lambda: build_plan(decisions),
        "texts": outlook.plan.coded_tables,
        "audit": lambda: audit(scenario, tables, head),
        "writing": lambda: folder.write(result, place / "plan"),
    }
    return {name: seconds(work) / schools for name, work in phases.items()}


def test_time_grows_with_the_schools_and_no_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails where a phase looks through all schools for each of them."""
    monkeypatch.setattr(AUDIT, "in_blocks", IN_BLOCKS)  # not followed by the whole, as elsewhere
    few, many = (measured(n, tmp_path / str(n)) for n in (SMALL, LARGE))
    slower = {name: many[name] / few[name] for name in few if many[name] > MOST * few[name]}
    assert not slower
