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

    Of an item that is not whole the amount is what is decided: each line may lie one minor
    unit, or half of the quantity's sixth decimal, from what was asked.
    """
    found = []
    for lock in facts.scenario.rows("locks"):
        asked = Fraction(lock.quantity)
        left, place, unit = _held(facts, decision, lock, asked)
        named = (
            (lock.request, lock.option)
            if lock.request
            else (lock.school, lock.item, lock.fund, lock.year)
        )
        parts = [str(p) for p in named if p]
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
        if lock.fund in (None, "", line.fund) and lock.year in (None, line.year)
    ]
    place = ("allocation.csv", lines[0].row if lines else None, "quantity")
    held = sum((Fraction(line.quantity) for line in lines), Fraction(0))
    if abs(held - asked) <= sum((_room(facts, line) for line in lines), Fraction(0)):
        held = asked
    return held, place, "units"


def _room(facts: Facts, line: Line) -> Fraction:
    """How far a line may lie from a quantity that whole money cannot meet exactly, in units."""
    if line.item is None or line.item.whole:
        return Fraction(0)
    return max(Fraction(1, facts.price(line.item, line.year) or 1), SIXTH)
