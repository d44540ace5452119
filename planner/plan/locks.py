"""How the plan stands to what was decided beforehand: one row of ``rules`` a lock."""

from __future__ import annotations

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
    bought = {
        (row.school, row.item, row.fund, row.year): (row.quantity, row.amount, row.price)
        for row in decisions.purchases.itertuples()
    }
    for lock in facts.scenario.rows("locks"):
        asked = float(lock.quantity)
        if lock.request:
            left, unit = float(decisions.chosen.get((lock.request, lock.option), 0)), "count"
        else:
            at = (
                facts.axes.school_at[lock.school], facts.axes.item_at[lock.item],
                facts.fund_at[lock.fund], facts.axes.year_at(lock.year),
            )  # fmt: skip
            quantity, amount, price = bought.get(at, (0.0, 0, 1))
            near = abs(amount - asked * price) <= max(1.0, WORTH * price)
            loose = not facts.items[at[1]].whole
            left, unit = (asked if loose and near else float(quantity)), "units"
        yield rule_row(Rule.LOCKED, lock_key(lock), left, asked, unit, relation="=")
