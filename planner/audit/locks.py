"""``locked``: the plan holds exactly what was decided beforehand."""

from __future__ import annotations

from fractions import Fraction

from planner.audit.cells import number_text
from planner.audit.decision import Decision, Line
from planner.audit.facts import Facts
from planner.audit.report import Report, rule_key
from planner.audit.rows import RuleRow
from planner.scenario.contracts import Lock

SIXTH = Fraction(5, 10**7)
"""A quantity of an item that is not whole is written to six decimals: half of the last one."""


def locked(facts: Facts, decision: Decision, report: Report) -> list[RuleRow]:
    """Units bought equal the quantity decided, options are chosen or not as decided.

    Of an item that is not whole the amount is what is decided: it may lie one minor unit, or
    half of the quantity's sixth decimal, from quantity × price.
    """
    found = []
    for lock in facts.scenario.rows("locks"):
        asked = Fraction(lock.quantity)
        left, place, unit = _held(facts, decision, lock, asked)
        parts = (lock.request, lock.option) if lock.request else (
            lock.school, lock.item, lock.fund, str(lock.year)
        )  # fmt: skip
        row = RuleRow("locked", ",".join(parts), "law", left, "=", asked, unit)
        found.append(row)
        if row.slack < 0:
            report.add(
                "audit_locked", *place, rule_key("locked", *parts),
                found=number_text(left), expected=number_text(asked),
            )  # fmt: skip
    return found


def _held(
    facts: Facts, decision: Decision, lock: Lock, asked: Fraction
) -> tuple[Fraction, tuple[str, int | None, str], str]:
    """What the plan holds of a lock, where it stands, and its unit."""
    if lock.request and lock.option:
        option = decision.options[lock.request, lock.option]
        times = decision.chosen.get((lock.request, lock.option), 0)
        return Fraction(times), option.spot, "count"
    lines = [
        line
        for line in decision.purchases.get((str(lock.school), str(lock.item)), [])
        if line.fund == lock.fund and line.year == lock.year
    ]
    place = ("allocation.csv", lines[0].row if lines else None, "quantity")
    return _units(facts, lines, asked), place, "units"


def _units(facts: Facts, lines: list[Line], asked: Fraction) -> Fraction:
    held = sum((Fraction(line.quantity) for line in lines), Fraction(0))
    if len(lines) == 1 and lines[0].item is not None and not lines[0].item.whole:
        price = facts.price(lines[0].item, lines[0].year)
        if abs(lines[0].amount - asked * price) <= max(Fraction(1), SIXTH * price):
            return asked
    return held
