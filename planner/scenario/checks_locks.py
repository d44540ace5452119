"""Checks of the table ``locks``: each row names one decision, in a quantity that can be bought.

Whether the locks can be kept together is not asked here: that takes a solver.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.scenario.checks import Checked, records
from planner.scenario.log import nearest

PURCHASE = ("school", "item", "fund", "year")
OPTION = ("request", "option")


def locks_name_a_decision(c: Checked) -> None:
    """A row gives school and item (fund, year), or request and option; never parts of both."""
    seen: dict[tuple[Any, ...], int] = {}
    for row, lock in enumerate(records(c.frames["locks"])):
        values = {n: getattr(lock, n) for n in (*PURCHASE, *OPTION)}
        given = {n: v for n, v in values.items() if not _empty(v)}
        if {"school", "item"} <= set(given) <= set(PURCHASE):
            _purchase(c, row, lock)
        elif set(given) == set(OPTION):
            _option(c, row, lock)
        else:
            c.log.error("lock_incomplete", c.cell("locks", row, "quantity"))
            continue
        key = tuple(given.items())
        if key in seen:
            place, value = c.cell("locks", row, "quantity"), ", ".join(map(str, given.values()))
            first = str(c.cell("locks", seen[key], "quantity").row)
            c.log.error("row_twice", place, value=value, first=first)
        seen.setdefault(key, row)


def _empty(value: Any) -> bool:
    return value is pd.NA or value in ("", None, 0)


def _purchase(c: Checked, row: int, lock: Any) -> None:
    """Whole items in whole lots, in a year in which the school's purchases are made."""
    catalogue = c.frames["catalogue"]
    items = catalogue[catalogue["item"] == lock.item]
    if len(items):
        item = items.iloc[0]
        lot = int(item["lot"] or 1) if item["whole"] else 0
        if lot and lock.quantity % lot:
            place = c.cell("locks", row, "quantity")
            c.log.error("quantity_not_lots", place, quantity=lock.quantity, lot=lot, item=lock.item)
    found = c.school_rows.get(lock.school)
    if found is None or _empty(lock.year):
        return
    school, place = c.frames["schools"].iloc[found], c.cell("locks", row, "year")
    first, last = c.settings.years
    if school["group"] == "preparing":
        if school["ready"] is not pd.NA and lock.year != school["ready"]:
            ready = str(school["ready"])
            c.log.error(
                "year_not_ready", place, year=str(lock.year), school=lock.school, ready=ready
            )
    elif not first <= lock.year <= last:
        c.log.error(
            "year_outside_plan", place, year=str(lock.year), first=str(first), last=str(last)
        )


def _option(c: Checked, row: int, lock: Any) -> None:
    """The option exists; it is chosen (1), not chosen (0), or as often as its copies allow."""
    frame = c.frames["requests"]
    options = list(frame.loc[frame["request"] == lock.request, "option"])
    if options and lock.option not in options:
        near = nearest(lock.option, options) or "-"
        place = c.cell("locks", row, "option")
        c.log.error("option_unknown", place, name=lock.option, request=lock.request, nearest=near)
    copies = int(frame.loc[frame["request"] == lock.request, "copies"].max()) if options else 1
    if lock.quantity % 1 or not 0 <= lock.quantity <= copies:
        c.log.error(
            "lock_option_quantity", c.cell("locks", row, "quantity"), quantity=lock.quantity
        )


CHECKS = (locks_name_a_decision,)
