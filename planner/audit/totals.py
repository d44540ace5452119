"""The tables ``schools`` and ``requests``: sums by school, and what became of each request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from planner.audit.cells import Near, number_text
from planner.audit.coverage import Tally
from planner.audit.decision import Decision, Option
from planner.audit.facts import Facts
from planner.audit.tables import Row
from planner.audit.upkeep import Upkeep


def money_of_schools(
    facts: Facts, decision: Decision, upkeep: Upkeep
) -> tuple[dict[str, int], dict[str, int]]:
    """School → its contracts; school → its upkeep within the plan; minor units."""
    spent: dict[str, int] = defaultdict(int)
    for line in decision.contracts():
        spent[line.school.id] += line.amount
    running: dict[str, int] = defaultdict(int)
    for line in upkeep.lines:
        if facts.first <= line.year <= facts.last:
            running[line.school.id] += line.amount
    return spent, running


def school_rows(
    facts: Facts, spent: Mapping[str, int], running: Mapping[str, int], tally: Tally
) -> Iterator[Row]:
    """Money and coverage of each school, proposals apart."""
    for s in facts.schools.values():
        own = spent.get(s.id, 0)
        funded, proposed = (0, own) if s.preparing else (own, 0)
        weight, before, after = tally.final.get(s.id, (0.0, 0.0, 0.0))
        yield (
            s.id, s.name, s.level, s.group, str(s.pupils), str(funded), str(running.get(s.id, 0)),
            str(proposed),
            Near.of(before / weight, 6) if weight else "",
            Near.of(after / weight, 6) if weight else "",
            Near.of(tally.people.get(s.id, 0.0), 3),
        )  # fmt: skip


def request_rows(facts: Facts, decision: Decision) -> Iterator[Row]:
    """Every option of every request, whether and how often it is chosen, paid and worth what."""
    weights = {str(g): w for g, w in facts.scenario.settings.priority.weights.items()}
    for key, option in decision.options.items():
        yield (
            option.request, option.school.id, option.option, option.title,
            "yes" if key in decision.chosen else "no", plain(option.value),
            str(sum(cost.amount for cost in option.costs)), str(decision.chosen.get(key, 0)),
            *_reached(decision, option, Fraction(weights.get(option.school.group, 1))),
        )  # fmt: skip


def _reached(decision: Decision, option: Option, weight: Fraction) -> tuple[str, str]:
    """What the option is paid, and the points that it adds to the value."""
    if (option.request, option.option) not in decision.chosen:
        return "0", "0"
    paid = sum(decision.given(option, cost) for cost in option.costs)
    return str(paid), number_text(weight * decision.points(option))


def plain(value: Decimal) -> str:
    """A decimal without exponent and idle zeros."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
