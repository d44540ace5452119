"""``capacity_within``: no more is bought or handled than can be."""

from __future__ import annotations

from fractions import Fraction

from planner.audit.cells import number_text
from planner.audit.decision import Decision
from planner.audit.exact import Units
from planner.audit.facts import Facts
from planner.audit.report import Report, rule_key
from planner.audit.rows import RuleRow
from planner.scenario.contracts import Capacity


def capacity_within(facts: Facts, decision: Decision, report: Report) -> list[RuleRow]:
    """Units of an item, or money, in a year stay within what a capacity names."""
    found = []
    for capacity in facts.scenario.rows("capacities"):
        named = [capacity.year] if capacity.year is not None else range(facts.first, facts.last + 1)
        for t in named:
            used = _units(decision, capacity, t) if capacity.item else _money(decision, capacity, t)
            parts = [p for p in (capacity.item, capacity.fund, str(t)) if p]
            unit = "units" if capacity.item else "money"
            row = RuleRow(
                "capacity_within", ",".join(parts), "law", Fraction(used), "<=",
                Fraction(capacity.most), unit,
            )  # fmt: skip
            found.append(row)
            if row.slack < 0:
                report.add(
                    "audit_capacity_within", "allocation.csv", _first(decision, capacity, t),
                    "quantity" if capacity.item else "amount",
                    rule_key("capacity_within", *parts), found=number_text(used),
                    most=str(capacity.most),
                )  # fmt: skip
    return found


def _units(decision: Decision, capacity: Capacity, year: int) -> Units:
    """Units bought or brought by chosen requests in ``year``; proposals left out."""
    total: Units = 0
    for line in decision.bought():
        if line.proposal or line.year != year or line.item is None:
            continue
        if line.item.item == capacity.item and capacity.fund in (None, "", line.fund):
            total += line.quantity
    for key in decision.chosen:
        option = decision.options[key]
        paid_by = {cost.fund for cost in option.costs}
        if option.school.preparing or (capacity.fund and capacity.fund not in paid_by):
            continue
        brought = sum(n for item, n, t in option.items if item == capacity.item and t == year)
        total += brought * decision.chosen[key]
    return total


def _money(decision: Decision, capacity: Capacity, year: int) -> int:
    """Contracts of ``year`` in minor units; proposals left out."""
    return sum(
        line.amount
        for line in decision.contracts()
        if not line.proposal and line.year == year and capacity.fund in (None, "", line.fund)
    )


def _first(decision: Decision, capacity: Capacity, year: int) -> int | None:
    """The first line of the allocation that the capacity counts."""
    rows = [
        line.row
        for line in [*decision.bought(), *decision.works()]
        if line.year == year
        and not line.proposal
        and capacity.fund in (None, "", line.fund)
        and (not capacity.item or (line.item is not None and line.item.item == capacity.item))
    ]
    return min(rows, default=None)
