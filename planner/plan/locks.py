"""How the plan stands to what was decided beforehand: one row of ``rules`` a lock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from planner.plan.decisions import Decisions
from planner.plan.summaries import rule_row
from planner.rules import Rule, lock_key

WORTH = 5e-7
"""Half of the sixth decimal, to which a quantity of an item that is not whole is written."""


def lock_rows(decisions: Decisions) -> Iterator[dict[str, Any]]:
    """``locked``: units bought (options: chosen or not) beside the quantity decided."""
    facts = decisions.facts
    if facts.scenario.table("locks").empty:
        return
    bought: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for row in decisions.purchases.itertuples():
        bought[row.school, row.item].append(row)
    for lock in facts.scenario.rows("locks"):
        asked, key = float(lock.quantity), lock_key(lock)
        if lock.request:
            left = float(decisions.chosen.get((lock.request, lock.option), 0))
            yield rule_row(Rule.LOCKED, key, left, asked, "count", relation="=")
            continue
        at = facts.axes.school_at[lock.school], facts.axes.item_at[lock.item]
        lines = [
            row
            for row in bought[at]
            if (not lock.fund or row.fund == facts.fund_at[lock.fund])
            and (lock.year is None or row.year == facts.axes.year_at(lock.year))
        ]
        left = float(sum(row.quantity for row in lines))
        if not facts.items[at[1]].whole:
            room = sum(max(1 / max(row.price, 1), WORTH) for row in lines)
            left = asked if abs(left - asked) <= room else left
        yield rule_row(Rule.LOCKED, key, left, asked, "units", relation="=")
