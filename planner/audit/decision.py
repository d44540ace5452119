"""What a plan decides, as the audit understands it: lines, chosen requests, units in service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from planner.audit.exact import Units, instalments, whole_if
from planner.audit.facts import Facts, School, values
from planner.scenario.contracts import Item

Spot = tuple[str, int | None, str]
"""File, row and column of a decision."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the allocation whose cells could be read; money in minor units."""

    row: int
    school: School
    item: Item | None
    fund: str
    year: int
    kind: str
    quantity: Units
    amount: int
    request: str = ""
    option: str = ""
    price: int = 0
    """Of an upkeep line: running cost of a unit."""

    @property
    def proposal(self) -> bool:
        """Whether it stands outside every funded total."""
        return self.school.preparing and self.kind != "upkeep"


@dataclass(frozen=True, slots=True)
class Cost:
    """What an option costs once; ``most`` makes it a block grant, worth ``value`` at most."""

    fund: str
    year: int
    amount: int
    most: int | None
    value: Decimal


@dataclass(frozen=True, slots=True)
class Unit:
    """Units that enter service together: from when, how many, bought when, found where."""

    start: int
    quantity: Units
    bought: int
    spot: Spot
    committed: int = 0
    requested: bool = False
    copies: int = 1
    """How many equal parts ``quantity`` is made of."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a request with its costs and its items (item, quantity, year)."""

    request: str
    option: str
    school: School
    title: str
    value: Decimal
    mandatory: bool
    requires: tuple[str, ...]
    copies: int
    costs: tuple[Cost, ...]
    items: tuple[tuple[str, int, int], ...]
    position: int

    @property
    def spot(self) -> Spot:
        """Its row in the plan's table ``requests``."""
        return "requests.csv", self.position + 2, "chosen"


def options_of(facts: Facts) -> dict[tuple[str, str], Option]:
    """Every option of every request, in the file's order."""
    costs: dict[tuple[str, str], list[Cost]] = defaultdict(list)
    for row in facts.scenario.rows("request_costs"):
        cost = Cost(row.fund, row.year, row.amount, row.most, row.value)
        costs[row.request, row.option].append(cost)
    items: dict[tuple[str, str], list[tuple[str, int, int]]] = defaultdict(list)
    for part in facts.scenario.rows("request_items"):
        items[part.request, part.option].append((part.item, part.quantity, part.year))
    found: dict[tuple[str, str], Option] = {}
    for k, row in enumerate(facts.scenario.rows("requests")):
        key = (row.request, row.option)
        if row.school in facts.schools:
            found[key] = Option(
                *key, facts.schools[row.school], row.title, row.value, row.mandatory,
                tuple(row.requires), row.copies, tuple(costs[key]), tuple(items[key]), k,
            )  # fmt: skip
    return found


@dataclass
class Decision:
    """The decisions of a plan, read from its allocation (and ``requests`` for free options)."""

    facts: Facts
    options: dict[tuple[str, str], Option]
    chosen: dict[tuple[str, str], int] = field(default_factory=dict)
    """Options chosen, and how many times."""
    paid: dict[tuple[str, str, str, int], int] = field(default_factory=dict)
    """(request, option, fund, year) → money on its line."""
    purchases: dict[tuple[str, str], list[Line]] = field(default_factory=dict)
    setups: dict[tuple[str, str], list[Line]] = field(default_factory=dict)
    upkeep: list[Line] = field(default_factory=list)
    """Lines that must be there: the audit counts what is due, not what is written."""

    @cached_property
    def requested(self) -> list[Line]:
        """The lines that the chosen options bring."""
        return [
            Line(
                o.position + 2, o.school, None, c.fund, c.year, "request", 0,
                self.given(o, c), o.request, o.option,
            )
            for key, o in self.options.items()
            if key in self.chosen
            for c in o.costs
        ]  # fmt: skip

    def given(self, option: Option, cost: Cost) -> int:
        """Money of a chosen option's cost: what it asks for, or what its block grant is paid."""
        least = cost.amount * self.chosen[option.request, option.option]
        if cost.most is None:
            return least
        return self.paid.get((option.request, option.option, cost.fund, cost.year), least)

    def granted(self, option: Option, cost: Cost) -> Fraction:
        """Points of what a block grant is paid beyond its least."""
        if cost.most is None or cost.most <= cost.amount:
            return Fraction(0)
        beyond = self.given(option, cost) - cost.amount * self.chosen[option.request, option.option]
        return Fraction(cost.value) * beyond / (cost.most - cost.amount)

    def points(self, option: Option) -> Fraction:
        """Points of a chosen option, before the weight of its group."""
        times = self.chosen[option.request, option.option]
        grants = sum((self.granted(option, c) for c in option.costs), Fraction(0))
        return Fraction(option.value) * times + grants

    def bought(self) -> Iterator[Line]:
        """All purchase lines."""
        for lines in self.purchases.values():
            yield from lines

    def works(self) -> Iterator[Line]:
        """All setup lines."""
        for lines in self.setups.values():
            yield from lines

    def contracts(self) -> Iterator[Line]:
        """Purchases, setup and requests: everything but upkeep."""
        yield from self.bought()
        yield from self.works()
        yield from self.requested

    @cached_property
    def committed(self) -> dict[tuple[str, str, str, int], int]:
        """Units under contract by school, item, fund and year."""
        frame = self.facts.scenario.table("commitments")
        found: dict[tuple[str, str, str, int], int] = defaultdict(int)
        names = ("school", "item", "fund", "year", "quantity")
        for s, i, f, t, n in zip(*(values(frame, c) for c in names), strict=True):
            found[s, i, f, t] += n
        return dict(found)

    @cached_property
    def units(self) -> dict[tuple[str, str], list[Unit]]:
        """(school, item) → everything that enters service."""
        found: dict[tuple[str, str], list[Unit]] = defaultdict(list)
        for key, lines in self.purchases.items():
            for line in lines:
                if line.item is None:
                    continue
                start = service_start(line.school, line.item, line.year)
                contract = self.committed.get((*key, line.fund, line.year), 0)
                spot = ("allocation.csv", line.row, "quantity")
                found[key].append(Unit(start, line.quantity, line.year, spot, contract))
        for name in sorted(self.chosen):
            option, times = self.options[name], self.chosen[name]
            for item, quantity, year in option.items:
                if quantity and item in self.facts.items:
                    start = service_start(option.school, self.facts.items[item], year)
                    unit = Unit(start, quantity * times, year, option.spot, 0, True, times)
                    found[option.school.id, item].append(unit)
        return dict(found)

    def new(self, school: School, item: str, funded_only: bool = False) -> tuple[Units, ...]:
        """New units in service in each of the school's years."""
        units = self.units.get((school.id, item))
        if not units or (funded_only and school.preparing):
            return (0,) * len(school.years)
        life = self.facts.items[item].life if item in self.facts.items else None
        return tuple(
            whole_if(sum(u.quantity for u in units if alive(u.start, life, t)))
            for t in school.years
        )


def alive(start: int, life: int | None, year: int) -> bool:
    """Whether what enters service in ``start`` still serves in ``year``."""
    return start <= year and (life is None or year < start + life)


def service_start(school: School, item: Item, year: int) -> int:
    """First year of service of a purchase: on-site items (of a preparing school: all items)
    wait for the building."""
    waits = item.on_site or school.preparing
    return max(year, school.ready) if waits and school.ready is not None else year


def schedule_text(line_amount: int, year: int, item: Item, proposal: bool) -> str:
    """The cell ``schedule``: ``2023:30;2024:70`` where payment is in several years."""
    if proposal or len(item.payments) < 2:
        return ""
    parts = instalments(line_amount, item.payments)
    return ";".join(f"{year + k}:{part}" for k, part in enumerate(parts))
