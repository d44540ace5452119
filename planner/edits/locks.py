"""The locks that an edited workbook asks for, and a scenario that holds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pandas as pd

from planner.edits.reading import LINES, Change, Edited
from planner.errors import Finding, InputError, Place
from planner.rules import lock_key
from planner.scenario.contracts import Lock
from planner.scenario.log import nearest
from planner.scenario.scenario import Scenario, typed_frame

PURCHASE = ("school", "item", "fund", "year")
OPTION = ("request", "option")


@dataclass(frozen=True)
class Locked:
    """A scenario with locks, and which of them an edited workbook brought."""

    scenario: Scenario
    locks: tuple[Lock, ...]


def with_locks(scenario: Scenario, edited: Edited, *, every: bool = False) -> Locked:
    """``scenario`` with what was edited locked; ``every``: all purchases of the workbook.

    A changed line is locked, and so is the sum of its item at its school: what was struck out
    does not come back from another fund or in another year. A lock of the workbook replaces one
    of the scenario's own table on the same decision. Raises :class:`InputError` where a decision
    names what the scenario does not have.
    """
    decided = list(edited.changes)
    if every:
        known = {c.key for c in decided}
        decided += [
            Change(k, q, q, edited.rows.get(k))
            for k, q in edited.quantities.items()
            if k not in known
        ]
    if findings := [f for change in decided for f in _unknown(scenario, edited, change)]:
        raise InputError(findings)
    locks = (*map(_lock, decided), *_totals(edited, decided))
    named = {lock_key(lock) for lock in locks}
    kept = [lock for lock in scenario.rows("locks") if lock_key(lock) not in named]
    rows = [*kept, *locks]
    columns = {name: [getattr(row, name) for row in rows] for name in Lock.model_fields}
    tables = dict(scenario.tables) | {"locks": typed_frame("locks", _filled(columns))}
    inputs = dict(scenario.inputs) | {f"--lock {edited.path.name}": edited.digest}
    return Locked(replace(scenario, tables=tables, inputs=inputs), locks)


def _filled(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {
        name: [pd.NA if v is None and name == "year" else v for v in values]
        for name, values in columns.items()
    }


def _lock(change: Change) -> Lock:
    names = PURCHASE if len(change.key) == len(PURCHASE) else OPTION
    return Lock(**dict(zip(names, change.key, strict=True)), quantity=change.after)


def _totals(edited: Edited, decided: list[Change]) -> Iterator[Lock]:
    """The sum of each locked item at its school, over all funds and years of the workbook."""
    purchases = [c.key for c in decided if len(c.key) == len(PURCHASE)]
    for school, item in dict.fromkeys((key[0], key[1]) for key in purchases):
        units = (q for k, q in edited.quantities.items() if k[:2] == (school, item))
        yield Lock(school=school, item=item, quantity=sum(units, Decimal(0)))


def _unknown(scenario: Scenario, edited: Edited, change: Change) -> Iterator[Finding]:
    """What a change names that the scenario to be solved does not have, or cannot buy."""
    key: tuple[Any, ...] = change.key
    if len(key) == len(OPTION):
        requests = scenario.table("requests")
        known = set(zip(requests["request"], requests["option"], strict=True))
        if key not in known:
            place = Place(edited.path.name, "requests", change.row)
            yield Finding("edit_unknown", place, {"found": ":".join(key), "nearest": "-"})
        return
    schools = scenario.schools.set_index("school")
    lists: dict[str, Any] = {
        "school": list(schools.index), "item": list(scenario.items),
        "fund": list(scenario.settings.funds),
    }  # fmt: skip
    bad = False
    for column, name in zip(("school", "item", "fund"), key, strict=False):
        if name not in lists[column]:
            bad = True
            near = nearest(str(name), lists[column]) or "-"
            yield _finding("edit_unknown", edited, change, column, found=name, nearest=near)
    if bad:
        return
    first, last = scenario.settings.years
    ready = schools.loc[key[0], "ready"] if schools.loc[key[0], "group"] == "preparing" else None
    years = [int(str(ready))] if ready is not None else list(range(first, last + 1))
    if key[3] not in years:
        span = {"first": str(years[0]), "last": str(years[-1])}
        yield _finding("edit_year", edited, change, "year", found=str(key[3]), **span)
    item = scenario.items[key[1]]
    if item.whole and change.after % Decimal(item.lot):
        found, lot = str(change.after), str(item.lot)
        yield _finding("edit_quantity_lot", edited, change, "quantity", found=found, lot=lot)


def _finding(code: str, edited: Edited, change: Change, column: str, **params: str) -> Finding:
    letter = edited.letters.get(column, "") if change.row is not None else ""
    key = ",".join(str(part) for part in change.key)
    return Finding(code, Place(edited.path.name, LINES, change.row, letter, key), params)
