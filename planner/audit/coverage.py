"""The table ``coverage``, and what follows from it: points, equipped pupil-years, means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from planner.audit.cells import Near, number_text
from planner.audit.decision import Decision
from planner.audit.exact import Units, whole_if
from planner.audit.facts import Facts, School
from planner.audit.tables import Row
from planner.scenario.contracts import Item

Pair = tuple[float, float]


@dataclass
class Tally:
    """Sums over all rows of coverage."""

    value: dict[tuple[str, int], float] = field(default_factory=lambda: defaultdict(float))
    """(group, tier) → points with the school's weight and discount, without the group's."""
    people: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """School → equipped pupil-years."""
    pillars: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Pillar → equipped pupil-years, proposals left out."""
    final: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0] * 3))
    """School → Σ ω, Σ ω × before, Σ ω × after in the final year."""


class Cover:
    """Walks through all schools, items and years with a need."""

    def __init__(self, facts: Facts, decision: Decision) -> None:
        self.facts = facts
        self.decision = decision
        self.tally = Tally()
        self._ratios: dict[tuple[Units, int], str] = {}
        self._tiers = tiers(facts)
        rate = 1 + float(facts.scenario.settings.discount)
        self._discount = {t: rate ** (facts.first - t) for t in _every_year(facts)}

    def rows(self) -> Iterator[Row]:
        """Every row that must stand in ``coverage``, in order; fills the tally on the way."""
        for school in self.facts.schools.values():
            last = final_year(self.facts, school)
            for item in self.facts.items.values():
                needs = self.facts.need(school, item.item)
                if needs is not None:
                    yield from self._of(school, item, needs, last)

    def _of(self, school: School, item: Item, needs: tuple[int, ...], last: int) -> Iterator[Row]:
        stock = self.facts.stock(school, item.item)
        new = self.decision.new(school, item.item)
        pupils = self.facts.driver(school, "pupils")
        share = self.facts.shares.get((school.level, item.item), Fraction(0))
        ends = (school.id, school.group, item.item)
        state: tuple[Units, ...] = ()
        cells: Row = ()
        for k, t in enumerate(school.years):
            need = needs[k]
            if not need:
                continue
            before, after = min(stock[k], need), min(stock[k] + new[k], need)
            if (need, stock[k], new[k], pupils[k]) != state:
                state = (need, stock[k], new[k], pupils[k])
                gain = (after - before) * pupils[k] * share / need if after != before else 0
                cells = self._cells(need, stock[k], new[k], gain)
            if after != before:
                self._count(school, item, float(gain), t, (before / need, float(after) / need))
            if t == last:
                self._finish(school, item, before / need, float(after) / need)
            yield (*ends, str(t), *cells)

    def _cells(self, need: int, stock: int, new: Units, gain: Fraction | int) -> Row:
        """The cells of a row from ``need`` on."""
        serving = whole_if(stock + new)
        before, after = min(stock, need), min(serving, need)
        return (
            str(need), str(stock), number_text(new), number_text(serving),
            self._ratio(before, need), self._ratio(after, need),
            Near.of(gain, 3) if gain else "0.000",
        )  # fmt: skip

    def _ratio(self, part: Units, need: int) -> str:
        key = (part, need)
        if key not in self._ratios:
            self._ratios[key] = Near.of(Fraction(part) / need, 6)
        return self._ratios[key]

    def _count(self, school: School, item: Item, people: float, year: int, ends: Pair) -> None:
        """Add a gain of coverage, in equipped pupils, to the sums."""
        self.tally.people[school.id] += people
        if not school.preparing:
            self.tally.pillars[item.pillar] += people
        before, after = ends
        weight = people / (after - before) * float(school.weight) * self._discount[year]
        for k, (low, high, points) in enumerate(self._tiers):
            width = min(after, high) - max(before, low)
            if width > 0:
                self.tally.value[school.group, k] += weight * points * width

    def _finish(self, school: School, item: Item, before: float, after: float) -> None:
        sums = self.tally.final[school.id]
        weight = float(item.weight)
        sums[0] += weight
        sums[1] += weight * before
        sums[2] += weight * after


def tiers(facts: Facts) -> list[tuple[float, float, float]]:
    """Lower end, upper end and points of each tier; full coverage from nothing counts 1."""
    low, found, total = Fraction(0), [], Fraction(0)
    for high, weight in facts.scenario.settings.tiers:
        found.append((low, Fraction(high), Fraction(weight)))
        total += (Fraction(high) - low) * Fraction(weight)
        low = Fraction(high)
    return [(float(a), float(b), float(w / total) if total else 0.0) for a, b, w in found]


def final_year(facts: Facts, school: School) -> int:
    """The year whose coverage is quoted: the last plan year, or later when ready later."""
    if school.preparing and school.ready is not None:
        return max(facts.last, school.ready)
    return facts.last


def _every_year(facts: Facts) -> set[int]:
    return {t for school in facts.schools.values() for t in school.years}
