"""Every check of a scenario, run in reading order."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from planner.errors import Place
from planner.scenario.checks import across, funding, proposals, rules
from planner.scenario.checks.across import (
    Checked,
    added_rows_differ,
    ids_are_declared,
    rows_are_unique,
)
from planner.scenario.reading.sources import Log, Node, Rows
from planner.scenario.schema import Settings, Text


def run(c: Checked) -> None:
    """Every check, in reading order."""
    funding.years_in_order(c)
    if c.settings.years[1] < c.settings.years[0]:
        return
    steps: list[Callable[[Checked], None]] = [
        ids_are_declared,
        rows_are_unique,
        added_rows_differ,
        *across.CHECKS,
        *funding.CHECKS,
        *proposals.OPTION_CHECKS,
        *proposals.CHECKS,
        *proposals.LOCK_CHECKS,
        *rules.CHECKS,
        *funding.SUM_CHECKS,
    ]
    for step in steps:
        step(c)


def run_on_tables(frames: Mapping[str, pd.DataFrame], places: Mapping[str, Rows], log: Log) -> None:
    """The checks that need no settings, for when the settings have findings of their own: so
    that the tables' faults are said in the same run."""
    unread = frozenset(n for n, f in frames.items() if f.empty) | {"funds"}
    nothing = Settings.model_construct(
        schema_version=1, title=Text(vi="-"), years=(1900, 1900), funds={}
    )
    c = Checked(nothing, frames, places, Node({}, Place()), log, unread)
    for step in (ids_are_declared, rows_are_unique, *across.OF_TABLES):
        step(c)
