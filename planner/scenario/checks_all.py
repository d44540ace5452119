"""Every check of a scenario, run in reading order."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from planner.errors import Place
from planner.scenario import (
    checks_locks,
    checks_money,
    checks_options,
    checks_requests,
    checks_rules,
    checks_sums,
    checks_tables,
)
from planner.scenario.checks import Checked, added_rows_differ, ids_are_declared, rows_are_unique
from planner.scenario.grid import Rows
from planner.scenario.log import Log
from planner.scenario.schema import Settings, Text
from planner.scenario.tree import Node


def run(c: Checked) -> None:
    """Every check, in reading order."""
    checks_money.years_in_order(c)
    if c.settings.years[1] < c.settings.years[0]:
        return
    steps: list[Callable[[Checked], None]] = [
        ids_are_declared,
        rows_are_unique,
        added_rows_differ,
        *checks_tables.CHECKS,
        *checks_money.CHECKS,
        *checks_options.CHECKS,
        *checks_requests.CHECKS,
        *checks_locks.CHECKS,
        *checks_rules.CHECKS,
        *checks_sums.CHECKS,
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
    for step in (ids_are_declared, rows_are_unique, *checks_tables.OF_TABLES):
        step(c)
