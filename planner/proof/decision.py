"""What a plan decides, as the audit understands it: lines, chosen requests, units in service."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from planner.proof import cells
from planner.proof.cells import (
    Report,
    Row,
    TextTable,
    Units,
    half_up,
    instalments,
    report_cells,
    rule_key,
    whole_if,
)
from planner.proof.inputs import Facts, School, Scored, covered
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
    committed: Units = 0
    requested: bool = False
    copies: int = 1
    """How many equal parts ``quantity`` is made of."""
    executed: Units = 0
    """Of them what a contract with a price of its own brings."""


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
    _new: dict[tuple[str, str], tuple[Units, ...]] = field(default_factory=dict)

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
    def units(self) -> dict[tuple[str, str], list[Unit]]:
        """(school, item) → everything that enters service."""
        found: dict[tuple[str, str], list[Unit]] = defaultdict(list)
        for key, lines in self.purchases.items():
            for line in lines:
                if line.item is None:
                    continue
                start = service_start(line.school, line.item, line.year)
                signed = self.facts.contracts.get((*key, line.fund, line.year))
                spot = ("allocation.csv", line.row, "quantity")
                if signed is None:
                    found[key].append(Unit(start, line.quantity, line.year, spot))
                    continue
                fact = min(signed.units, line.quantity) if signed.executed else 0
                found[key].append(
                    Unit(
                        max(start, signed.serves or 0), line.quantity, line.year, spot,
                        signed.units, executed=fact,
                    )
                )  # fmt: skip
        for name in sorted(self.chosen):
            option, times = self.options[name], self.chosen[name]
            for item, quantity, year in option.items:
                if quantity and item in self.facts.items:
                    start = service_start(option.school, self.facts.items[item], year)
                    unit = Unit(start, quantity * times, year, option.spot, 0, True, times)
                    found[option.school.id, item].append(unit)
        return dict(found)

    def new(self, school: School, item: str) -> tuple[Units, ...]:
        """New units in service in each of the school's years."""
        key = (school.id, item)
        if key not in self.units:
            return (0,) * len(school.years)
        if key not in self._new:
            self._new[key] = self._serving(school, item, 0)
        return self._new[key]

    def measured(self, school: School, of: Scored, k: int) -> Fraction:
        """Points of a criterion that was measured at a school, in its year at position ``k``: more
        by what coverage is beyond that of the stock in the first year (in the year itself where
        nothing is needed in the first), less by what it falls short of it; 0 to the most."""
        found = self.facts.measured[school.id, of.id]
        for item, points, step in of.brings:
            needs = self.facts.need(school, item)
            if not needs or not needs[k]:
                continue
            stock, useful = self.facts.stock(school, item), self.facts.useful(school, item)
            new, at = self.new(school, item), 0 if needs[0] else k
            now = Fraction(covered(stock[k] + new[k], needs[k], useful[k])) / needs[k]
            before = Fraction(covered(stock[at], needs[at], useful[at])) / needs[at]
            found += points * (now - before if step is None else (now >= step) - (before >= step))
        return max(Fraction(0), min(of.most, found))

    def older(self, school: School, item: str) -> tuple[Units, ...]:
        """New units in service since an earlier year, in each of the school's years."""
        if (school.id, item) not in self.units:
            return (0,) * len(school.years)
        return self._serving(school, item, 1)

    def executed(self, school: School, item: str) -> tuple[Units, ...]:
        """Units in service in each of the school's years that contracts with a price of their own
        bring."""
        units = [u for u in self.units.get((school.id, item), ()) if u.executed]
        if not units:
            return (0,) * len(school.years)
        life = self.facts.items[item].life if item in self.facts.items else None
        return tuple(
            whole_if(sum([u.executed for u in units if alive(u.start, life, t)]))
            for t in school.years
        )

    def _serving(self, school: School, item: str, since: int) -> tuple[Units, ...]:
        """New units that have served for at least ``since`` years."""
        life = self.facts.items[item].life if item in self.facts.items else None
        units = [
            (u.start + since, math.inf if life is None else u.start + life, u.quantity)
            for u in self.units[school.id, item]
        ]
        return tuple(
            whole_if(sum([n for start, end, n in units if start <= t < end])) for t in school.years
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


STANDING = {
    "completed": "priority",
    "under_construction": "supplement",
    "preparing": "proposal",
    "none": "other",
}
KINDS = ("purchase", "setup", "upkeep", "request")
FILE = "allocation.csv"


class Reader:
    """Turns the text of the allocation into a :class:`Decision`; reports what is not right."""

    def __init__(self, facts: Facts, tables: dict[str, TextTable], report: Report) -> None:
        self.facts = facts
        self.table = tables["allocation"]
        self.requests = tables["requests"]
        self.report = report
        self.upkeep: dict[tuple[str, str, str], list[tuple[int, Row]]] = defaultdict(list)
        self.request: list[tuple[int, Row]] = []
        self._funds = {name: k for k, name in enumerate(facts.funds)}
        self._items = {name: k for k, name in enumerate(facts.items)}
        self._placed: dict[tuple[str, ...], tuple[int, ...]] = {}
        self._seen: set[tuple[str, str, str, int, str]] = set()
        self._purchases: dict[tuple[str, str], list[Line]] = defaultdict(list)
        self._setups: dict[tuple[str, str], list[Line]] = defaultdict(list)

    def read(self) -> Decision:
        """All lines; upkeep and request lines are kept as text for their own checks."""
        last: tuple[int, tuple[int, ...]] | None = None
        disordered = False
        for number, raw in enumerate(self.table.rows(), start=self.table.start):
            if raw[0] != str(number - 1):
                self._cell(number, "line", raw[0], str(number - 1))
            school, within = self.facts.schools.get(raw[1]), self._within(raw)
            if school is not None and within:
                place = (school.position, within)
                if last is not None and place < last and not disordered:
                    disordered = True
                    self.report.add("audit_order", FILE, number, "school")
                last = place
            _, name, _, item_name, fund, year_text, kind, *_ = raw
            if kind == "upkeep":
                self.upkeep[name, item_name, year_text].append((number, raw))
                continue
            if kind == "request":
                self.request.append((number, raw))
                continue
            item, year = self.facts.items.get(item_name), cells.year(year_text)
            known = True
            for column, text, right in (
                ("kind", kind, kind in KINDS),
                ("school", name, school is not None),
                ("item", item_name, item is not None),
                ("fund", fund, fund in self._funds),
            ):
                if not right:
                    known = False
                    self.report.add("audit_unknown", FILE, number, column, found=text)
            if year is None:
                self._cell(number, "year", year_text, None)
            elif known and school is not None and item is not None:
                self._contract(number, raw, school, item, year)
        options = options_of(self.facts)
        return Decision(
            self.facts, options, self.chosen(options), self.paid(), dict(self._purchases),
            dict(self._setups),
        )  # fmt: skip

    def _within(self, raw: Row) -> tuple[int, ...]:
        """Where the line belongs among its school's: by item, year, fund, kind, as the inputs
        stand; ``()``: nowhere."""
        key = item, fund, year, kind = raw[3:7]
        if key not in self._placed:
            where, when = self._items.get(item, -1), cells.year(year)
            known = kind in KINDS and fund in self._funds and (where >= 0 or not item)
            place = (
                (where, when, self._funds[fund], KINDS.index(kind))
                if known and when is not None
                else ()
            )
            self._placed[key] = place
        return self._placed[key]

    def _contract(self, number: int, raw: Row, school: School, item: Item, year: int) -> None:
        """A purchase or setup line whose ids and year could be read."""
        fund, kind = raw[4], raw[6]
        # Purchases are made in plan years; a preparing school's in the year it is ready.
        if school.preparing and year != school.ready:
            rule = rule_key("preparing_from_project", fund, school.id)
            ready = "" if school.ready is None else str(school.ready)
            self.report.add(
                "audit_preparing_year", FILE, number, "year", rule, found=str(year), expected=ready
            )
            return
        if not school.preparing and not self.facts.first <= year <= self.facts.last:
            name = f"{school.id},{item.item}"
            self.report.add("audit_year", FILE, number, "year", name, found=str(year))
            return
        key = (school.id, item.item, fund, year, kind)
        if key in self._seen:
            text = ",".join(str(k) for k in key)
            self.report.add("audit_duplicate_row", FILE, number, "year", text, row_key=text)
            return
        self._seen.add(key)
        signed = self.facts.contracts.get((school.id, item.item, fund, year))
        if kind == "setup":
            price = self.facts.setup(item, year)
            if signed is not None and signed.works is not None:
                price = signed.works
            amounts: tuple[Units, str, int, int] | None = (1, "1", price, price)
        else:
            amounts = self._purchase(number, raw, item, year)
            if amounts is not None and signed is not None and signed.dearer and amounts[0]:
                # the contract's own price, in a line whose unit price is a mean
                paid = amounts[3] + signed.dearer
                amounts = *amounts[:2], half_up(Fraction(paid) / Fraction(amounts[0])), paid
        if amounts is None:
            return
        quantity, quantity_text, price, amount = amounts
        proposal = school.preparing
        schedule = "" if kind == "setup" else schedule_text(amount, year, item, proposal)
        due = (
            raw[0], school.id, school.group, item.item, fund, str(year), kind, "", "",
            quantity_text, str(price), str(amount), schedule, STANDING[school.group],
        )  # fmt: skip
        if raw != due:
            report_cells(self.table, number, raw, due, self.report)
            if raw[11] != due[11]:
                params = {"found": raw[9], "amount": raw[11], "price": str(price)}
                self.report.add("audit_quantity", FILE, number, "quantity", **params)
        line = Line(number, school, item, fund, year, kind, quantity, amount)
        lines = self._setups if kind == "setup" else self._purchases
        lines[school.id, item.item].append(line)

    def _purchase(
        self, number: int, raw: Row, item: Item, year: int
    ) -> tuple[Units, str, int, int] | None:
        """Quantity, its text, unit price and amount of a purchase; ``None`` if unreadable."""
        price = self.facts.price(item, year)
        if item.whole:
            units, amount = cells.integer(raw[9]), cells.integer(raw[11])
            if units is None and price and amount and amount % price == 0:
                units = amount // price
            if units is None:
                self._cell(number, "quantity", raw[9], None)
                return None
            if units <= 0 or units % item.lot:
                self.report.add(
                    "audit_lots", FILE, number, "quantity", found=raw[9], lot=str(item.lot)
                )
            return units, str(units), price, units * price
        amount = cells.integer(raw[11])
        if amount is None:
            self._cell(number, "amount", raw[11], None)
            return None
        if amount <= 0 or price <= 0:
            self.report.add("audit_lots", FILE, number, "amount", found=raw[11], lot="1")
            return None
        quantity = whole_if(Fraction(amount, price))
        return quantity, cells.number_text(quantity), price, amount

    def chosen(self, options: dict[tuple[str, str], Option]) -> dict[tuple[str, str], int]:
        """Options with lines, and how often ``requests`` says that each is chosen (once, unless
        it may be taken in copies); those that cost nothing are chosen where it says so."""
        lined = {(raw[7], raw[8]) for _, raw in self.request} & set(options)
        chosen = dict.fromkeys(lined, 1)
        for row in self.requests.rows():
            key = (row[0], row[2])
            option = options.get(key)
            if option is None:
                continue
            if not option.costs and row[4] == "yes":
                chosen[key] = 1
            if key in chosen and option.copies > 1:
                chosen[key] = max(1, cells.integer(row[7]) or 1)
        return chosen

    def paid(self) -> dict[tuple[str, str, str, int], int]:
        """Money on the lines of requests, where it can be read."""
        paid = {}
        for _, raw in self.request:
            year, amount = cells.year(raw[5]), cells.integer(raw[11])
            if year is not None and amount is not None:
                paid[raw[7], raw[8], raw[4], year] = amount
        return paid

    def _cell(self, number: int, column: str, found: str, expected: str | None) -> None:
        if expected is not None and cells.integer(found) is not None:
            self.report.add("audit_cell", FILE, number, column, found=found, expected=expected)
        else:
            self.report.add(
                "audit_malformed", FILE, number, column, found=found, expected=expected or ""
            )


def request_lines(reader: Reader, decision: Decision) -> None:
    """Each cost of a chosen option is one line; no other request line exists."""
    due: dict[tuple[str, str, str, str], list[Row]] = defaultdict(list)
    for line in decision.requested:
        key = (line.request, line.option, line.fund, str(line.year))
        standing = STANDING[line.school.group]
        due[key].append(
            ("", line.school.id, line.school.group, "", line.fund, str(line.year), "request",
             line.request, line.option, "", "", str(line.amount), "", standing)
        )  # fmt: skip
    odd: list[tuple[int, Row]] = []
    for exact in (True, False):
        waiting = reader.request if exact else odd
        odd = []
        for number, raw in waiting:
            rows = due.get((raw[7], raw[8], raw[4], raw[5]), [])
            match = next((r for r in rows if r[1:] == raw[1:] or not exact), None)
            if match is None:
                odd.append((number, raw))
                continue
            rows.remove(match)
            if not exact:
                report_cells(reader.table, number, raw, (raw[0], *match[1:]), reader.report)
    match_lines(reader, odd, [row for rows in due.values() for row in rows], "request")


def match_lines(reader: Reader, odd: list[tuple[int, Row]], lacking: list[Row], kind: str) -> None:
    """Report lines that nothing calls for and lines that are not there."""
    code = "audit_upkeep_funded" if kind == "upkeep" else "audit_request_lines"
    if len(odd) == len(lacking):
        for (number, raw), due in zip(odd, lacking, strict=True):
            report_cells(reader.table, number, raw, (raw[0], *due[1:]), reader.report)
        return
    for number, raw in odd:
        key = ",".join(t for t in (raw[1], raw[3], raw[7], raw[8], raw[4], raw[5]) if t)
        reader.report.add(f"{code}_extra", FILE, number, "kind", key, row_key=key)
    for due in lacking:
        key = ",".join(t for t in (due[1], due[3], due[7], due[8], due[4], due[5]) if t)
        reader.report.add(f"{code}_missing", FILE, None, "kind", key, row_key=key)
