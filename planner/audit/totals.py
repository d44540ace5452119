"""The tables ``schools`` and ``requests``: sums by school, and what became of each request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from planner.audit.cells import Near
from planner.audit.coverage import Tally
from planner.audit.decision import Decision
from planner.audit.facts import Facts
from planner.audit.tables import Row
from planner.audit.upkeep import Upkeep


def school_rows(facts: Facts, decision: Decision, upkeep: Upkeep, tally: Tally) -> Iterator[Row]:
    """Money and coverage of each school, proposals apart."""
    spent: dict[str, int] = defaultdict(int)
    for line in decision.contracts():
        spent[line.school.id] += line.amount
    running: dict[str, int] = defaultdict(int)
    for line in upkeep.lines:
        if facts.first <= line.year <= facts.last:
            running[line.school.id] += line.amount
    for s in facts.schools.values():
        funded, proposed = (0, spent[s.id]) if s.preparing else (spent[s.id], 0)
        weight, before, after = tally.final.get(s.id, (0.0, 0.0, 0.0))
        yield (
            s.id, s.name, s.level, s.group, str(s.pupils), str(funded), str(running[s.id]),
            str(proposed),
            Near.of(before / weight, 6) if weight else "",
            Near.of(after / weight, 6) if weight else "",
            Near.of(tally.people.get(s.id, 0.0), 3),
        )  # fmt: skip


def request_rows(decision: Decision) -> Iterator[Row]:
    """Every option of every request and whether it is chosen."""
    for key, option in decision.options.items():
        yield (
            option.request, option.school.id, option.option, option.title,
            "yes" if key in decision.chosen else "no", plain(option.value),
            str(sum(amount for _, _, amount in option.costs)),
        )  # fmt: skip


def plain(value: Decimal) -> str:
    """A decimal without exponent and idle zeros."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
