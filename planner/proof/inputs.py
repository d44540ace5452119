"""What the inputs say, computed anew from the scenario: schools, needs, stock, prices, money."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import pandas as pd

from planner.proof.cells import Units, floored, grown, half_up, whole_if
from planner.scenario.contracts import Item
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Fund


def values(frame: pd.DataFrame, column: str) -> list[Any]:
    """A column as plain Python values; whatever is missing is ``None``."""
    cells = frame[column].tolist()
    return [
        None if v is None or v is pd.NA or (isinstance(v, float) and math.isnan(v)) else v
        for v in cells
    ]


def text_of(value: Any) -> str:
    """A value as selectors compare it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True, eq=False)
class School:
    """A school with everything that is asked of it often."""

    id: str
    name: str
    level: str
    group: str
    ready: int | None
    pupils: int
    weight: Fraction
    project_amount: int | None
    texts: dict[str, str]
    """Every column and attribute as text."""
    years: tuple[int, ...]
    """Years in which it counts: plan and tail, and ``ready`` of a preparing school."""
    position: int

    @property
    def preparing(self) -> bool:
        """Whether its lines are proposals."""
        return self.group == "preparing"


@dataclass(frozen=True, slots=True, eq=False)
class NormRow:
    """A norm, ready to be evaluated."""

    attribute: str
    value: str
    per: str
    every: Fraction
    minimum: int | None
    maximum: int | None
    start: int
    useful_from: str


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A criterion with points: its group, most points, the levels of schooling that it applies to,
    and what items bring of it: item, points, and the coverage from which they come all at once."""

    id: str
    group: str
    most: Fraction
    levels: frozenset[str]
    brings: tuple[tuple[str, Fraction, Fraction | None], ...]


GENERAL = frozenset({"primary", "lower_secondary", "upper_secondary"})
"""Levels of schooling that a criterion applies to where it names none."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A signed contract: units, what it costs beyond the catalogue's price (minor units), when it
    serves and what its works cost where it says so, whether it has a price of its own, and whether
    nothing more may be bought on its line."""

    units: Units
    dearer: int
    serves: int | None
    works: int | None
    executed: bool
    fixed: bool


@dataclass
class Facts:
    """The scenario as the audit reads it; everything is derived on demand and kept."""

    scenario: Scenario
    _drivers: dict[tuple[str, str], tuple[Units, ...]] = field(default_factory=dict)
    _prices: dict[tuple[str, str, int], int] = field(default_factory=dict)
    _needed: dict[tuple[NormRow, Units], int] = field(default_factory=dict)
    _needs: dict[tuple[str, str], tuple[int, ...] | None] = field(default_factory=dict)
    _stocks: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    _useful: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)

    # ---- years and money ------------------------------------------------------------------
    @cached_property
    def first(self) -> int:
        """First plan year."""
        return self.scenario.settings.years[0]

    @cached_property
    def last(self) -> int:
        """Last plan year."""
        return self.scenario.settings.years[1]

    @cached_property
    def plan_years(self) -> range:
        """Plan years."""
        return range(self.first, self.last + 1)

    @cached_property
    def all_years(self) -> tuple[int, ...]:
        """Plan and tail years."""
        return tuple(self.scenario.settings.all_years)

    @cached_property
    def funds(self) -> dict[str, Fund]:
        """Funds by id, in the order of the settings."""
        return self.scenario.settings.funds

    @cached_property
    def declared(self) -> dict[str, dict[int, int]]:
        """Money that a general fund declares, by year from the first plan year on."""
        envelope, public = self.scenario.settings.envelope, dict[int, int]()
        if envelope is not None:
            share = Fraction(envelope.education_share) * Fraction(envelope.it_share)
            public = {t: floored(a * share) for t, a in envelope.public_investment.items()}
        found: dict[str, dict[int, int]] = {}
        for name, fund in self.funds.items():
            amounts = public if fund.amounts == "envelope" else fund.amounts
            own = {} if fund.role == "project" else amounts
            found[name] = {t: own[t] for t in sorted(own) if t >= self.first}
        return found

    def usable(self, fund: str, year: int) -> int:
        """⌊amount × (1 − reserve)⌋; nothing where no amount is declared."""
        amount = self.declared[fund].get(year, 0)
        return floored(amount * (1 - Fraction(self.funds[fund].reserve)))

    # ---- catalogue ------------------------------------------------------------------------
    @cached_property
    def items(self) -> dict[str, Item]:
        """The catalogue by id."""
        return dict(self.scenario.items)

    def price(self, item: Item, year: int) -> int:
        """Unit price in ``year``, minor units."""
        return self._grown("price", item, year)

    def setup(self, item: Item, year: int) -> int:
        """Site works in ``year``, minor units."""
        return self._grown("setup", item, year)

    def _grown(self, what: str, item: Item, year: int) -> int:
        key = (what, item.item, year)
        if key not in self._prices:
            base = item.setup
            if what == "price":
                said = self.scenario.settings
                late = said.prices_from is not None and year < said.prices_from
                choice = "base" if late else said.prices
                other = {"low": item.price_low, "high": item.price_high}.get(choice)
                base = item.price if other is None else other
            self._prices[key] = grown(base, item.price_growth, year - self.first)
        return self._prices[key]

    def unit_upkeep(self, item: Item, year: int) -> int:
        """Running cost of a unit in ``year``, minor units."""
        if not item.upkeep:
            return 0
        key = ("upkeep", item.item, year)
        if key not in self._prices:
            self._prices[key] = half_up(self.price(item, year) * Fraction(item.upkeep))
        return self._prices[key]

    # ---- schools --------------------------------------------------------------------------
    @cached_property
    def schools(self) -> dict[str, School]:
        """Schools by id, in the file's order."""
        frame = self.scenario.schools
        columns = {c: values(frame, c) for c in frame.columns}
        found: dict[str, School] = {}
        for k, name in enumerate(columns["school"]):
            row = {c: cells[k] for c, cells in columns.items()}
            ready = row["ready"]
            years = self.all_years
            if row["group"] == "preparing" and ready is not None and ready not in years:
                years = tuple(sorted((*years, ready)))
            weight = Decimal(1) if row["weight"] is None else row["weight"]
            found[name] = School(
                id=name, name=row["name"], level=row["level"], group=row["group"], ready=ready,
                pupils=row["pupils"], weight=Fraction(weight),
                project_amount=row["project_amount"],
                texts={c: text_of(v) for c, v in row.items()}, years=years, position=k,
            )  # fmt: skip
        return found

    @cached_property
    def driver_rows(self) -> dict[tuple[str, str], list[tuple[int, Decimal]]]:
        """(school, driver) → the years from which a figure counts, in order, and the figures."""
        frame = self.scenario.table("drivers")
        rows: dict[tuple[str, str], list[tuple[int, Decimal]]] = defaultdict(list)
        cells = (values(frame, c) for c in ("school", "driver", "year", "value"))
        for school, driver, year, value in zip(*cells, strict=True):
            rows[school, driver].append((year, value))
        for found in rows.values():
            found.sort(key=lambda pair: pair[0])
        return rows

    def driver(self, school: School, name: str) -> tuple[Units, ...]:
        """The driver's value in each of the school's years."""
        key = (school.id, name)
        if key not in self._drivers:
            start = figure(school.texts.get(name, ""))
            rows = self.driver_rows.get(key)
            if name == "school":
                self._drivers[key] = (1,) * len(school.years)
            elif not rows:
                self._drivers[key] = (start,) * len(school.years)
            else:
                latest = [(since, whole_if(Fraction(value))) for since, value in reversed(rows)]
                self._drivers[key] = tuple(
                    next((value for since, value in latest if since <= t), start)
                    for t in school.years
                )
        return self._drivers[key]

    # ---- needs and stock ------------------------------------------------------------------
    @cached_property
    def norms(self) -> dict[tuple[str, str], list[NormRow]]:
        """(item, level) → its norms by the year from which they count."""
        found: dict[tuple[str, str], list[NormRow]] = defaultdict(list)
        for norm in self.scenario.norms:
            attribute, _, value = norm.only.partition("=")
            start = -1 if norm.from_year is None else norm.from_year
            found[norm.item, norm.level].append(
                NormRow(
                    attribute.strip(), value.strip(), norm.per, Fraction(norm.every), norm.minimum,
                    norm.maximum, start, norm.useful_from or "",
                )
            )  # fmt: skip
        for rows in found.values():
            rows.sort(key=lambda row: row.start)
        return found

    @cached_property
    def overrides(self) -> dict[tuple[str, str], dict[int, int]]:
        """(school, item) → year → the need that replaces the norm's."""
        frame = self.scenario.table("needs")
        found: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
        cells = (values(frame, c) for c in ("school", "item", "year", "quantity"))
        for school, item, year, quantity in zip(*cells, strict=True):
            found[school, item][year] = quantity
        return found

    def need(self, school: School, item: str) -> tuple[int, ...] | None:
        """Units needed in each of the school's years; ``None`` if never any."""
        key = (school.id, item)
        if key not in self._needs:
            self._needs[key] = self._need(school, item)
        return self._needs[key]

    def _need(self, school: School, item: str) -> tuple[int, ...] | None:
        rows = [
            n
            for n in self.norms.get((item, school.level), ())
            if not n.attribute or school.texts.get(n.attribute, "") == n.value
        ]
        replaced = self.overrides.get((school.id, item))
        if not rows and not replaced:
            return None
        always = len(rows) == 1 and rows[0].start <= school.years[0]
        drivers = self.driver(school, rows[0].per) if always else ()
        if drivers and drivers.count(drivers[0]) == len(drivers):
            found = [self._units(rows[0], drivers[0])] * len(drivers)
        else:
            found = []
            for k, t in enumerate(school.years):
                ruling = [row for row in rows if row.start <= t]
                last = ruling[-1] if ruling else None
                found.append(self._units(last, self.driver(school, last.per)[k]) if last else 0)
        if replaced:
            found = [replaced.get(t, n) for t, n in zip(school.years, found, strict=True)]
        return tuple(found) if any(found) else None

    def useful(self, school: School, item: str) -> tuple[int, ...]:
        """Units in service below which a need counts as uncovered, in each of the school's years;
        0 where the first unit counts."""
        if not self._any_threshold:
            return (0,) * len(school.years)
        key = (school.id, item)
        if key not in self._useful:
            self._useful[key] = self._threshold(school, item)
        return self._useful[key]

    @cached_property
    def _any_threshold(self) -> bool:
        return any(row.useful_from for rows in self.norms.values() for row in rows)

    def _threshold(self, school: School, item: str) -> tuple[int, ...]:
        """What the norm in force in each year says of the need of that year."""
        rows = [
            n
            for n in self.norms.get((item, school.level), ())
            if not n.attribute or school.texts.get(n.attribute, "") == n.value
        ]
        needs = self.need(school, item) or ()
        if not needs or not any(row.useful_from for row in rows):
            return (0,) * len(school.years)
        found = []
        for t, need in zip(school.years, needs, strict=True):
            text = ([""] + [row.useful_from for row in rows if row.start <= t])[-1]
            if text.endswith("%"):
                units = math.ceil(need * Fraction(text.rstrip("%")) / 100)
            else:
                units = int(text or 0)
            found.append(min(units, need))
        return tuple(found)

    def _units(self, norm: NormRow, driver: Units) -> int:
        """⌈driver ÷ every⌉, kept between the norm's least and most."""
        key = (norm, driver)
        if key not in self._needed:
            units = Fraction(driver) / norm.every
            found = -(-units.numerator // units.denominator)
            if norm.minimum is not None:
                found = max(found, norm.minimum)
            self._needed[key] = found if norm.maximum is None else min(found, norm.maximum)
        return self._needed[key]

    @cached_property
    def inventory(self) -> dict[tuple[str, str], list[tuple[int, int, int | None]]]:
        """(school, item) → quantity, first and last usable year of each row."""
        frame = self.scenario.table("inventory")
        found: dict[tuple[str, str], list[tuple[int, int, int | None]]] = defaultdict(list)
        names = ("school", "item", "quantity", "acquired", "usable_until")
        for school, item, n, acquired, until in zip(
            *(values(frame, c) for c in names), strict=True
        ):
            life = self.items[item].life if item in self.items else None
            last = acquired + life - 1 if until is None and life is not None else until
            found[school, item].append((n, acquired, last))
        return found

    def stock(self, school: School, item: str) -> tuple[int, ...]:
        """Units that exist and are still usable in each of the school's years."""
        key = (school.id, item)
        if key not in self._stocks:
            rows = self.inventory.get(key)
            self._stocks[key] = (
                tuple(
                    sum(n for n, start, end in rows if start <= t and (end is None or t <= end))
                    for t in school.years
                )
                if rows
                else (0,) * len(school.years)
            )
        return self._stocks[key]

    # ---- measured points --------------------------------------------------------------------
    @cached_property
    def scored(self) -> tuple[Scored, ...]:
        """The criteria with points, in the file's order."""
        given = self.scenario.table("criterion_items")
        names = ("criterion", "item", "points", "reached")
        brings: dict[str, list[tuple[str, Fraction, Fraction | None]]] = defaultdict(list)
        for name, item, points, at in zip(*(values(given, c) for c in names), strict=True):
            brings[name].append((item, Fraction(points), None if at is None else Fraction(at)))
        frame = self.scenario.table("criteria")
        columns = ("criterion", "group", "most", "mandatory", "levels")
        return tuple(
            Scored(name, group, Fraction(most), frozenset(levels or GENERAL), tuple(brings[name]))
            for name, group, most, mandatory, levels in zip(
                *(values(frame, c) for c in columns), strict=True
            )
            if not mandatory
        )

    @cached_property
    def measured(self) -> dict[tuple[str, str], Fraction]:
        """(school, criterion) → its points by the newest measurement."""
        frame = self.scenario.table("indicators")
        rows = zip(
            *(values(frame, c) for c in ("year", "school", "criterion", "value")), strict=True
        )
        return {
            (school, name): Fraction(value)
            for _, school, name, value in sorted(rows, key=lambda row: int(row[0]))
        }

    # ---- what is decided beforehand ---------------------------------------------------------
    @cached_property
    def contracts(self) -> dict[tuple[str, str, str, int], Contract]:
        """Signed contracts by school, item, fund and year."""
        frame = self.scenario.table("commitments")
        found: dict[tuple[str, str, str, int], Contract] = {}
        names = ("school", "item", "fund", "year", "quantity", "amount", "serves", "works")
        for s, i, f, t, *told in zip(*(values(frame, c) for c in names), strict=True):
            units, amount, serves, works = told
            item, dearer = self.items.get(i), 0
            if amount is not None and item is not None:
                price = self.price(item, t)
                if item.whole:
                    dearer = amount - units * price
                else:
                    units = whole_if(Fraction(amount, price or 1))
            past = t <= (self.scenario.settings.closed_until or 0)
            found[s, i, f, t] = Contract(
                units, dearer, serves, works, amount is not None, past or serves is not None
            )
        return found

    @cached_property
    def committed(self) -> dict[tuple[str, str, str, int], Units]:
        """Units under contract by school, item, fund and year."""
        return {key: contract.units for key, contract in self.contracts.items()}

    def fixed(self, school: str, item: str, fund: str, year: int) -> bool:
        """Whether a contract stands on a line to which nothing may be added."""
        contract = self.contracts.get((school, item, fund, year))
        return contract is not None and contract.fixed

    @cached_property
    def kept_options(self) -> frozenset[tuple[str, str]]:
        """Options of requests that are decided beforehand: locked, or of a mandatory request."""
        locked = {(k.request, k.option) for k in self.scenario.rows("locks") if k.request}
        rows = list(self.scenario.rows("requests"))
        must = {row.request for row in rows if row.mandatory}
        return frozenset(
            (row.request, row.option)
            for row in rows
            if row.request in must or (row.request, row.option) in locked
        )

    @cached_property
    def _bans(self) -> dict[str, list[tuple[str | None, str | None, int | None]]]:
        """School (``""``: all) → item, fund and year of its bans; ``None``: any."""
        found: dict[str, list[tuple[str | None, str | None, int | None]]] = defaultdict(list)
        for ban in self.scenario.rows("bans"):
            found[ban.school or ""].append((ban.item or None, ban.fund or None, ban.year))
        return found

    def bans(self, school: str, item: str, fund: str, year: int) -> bool:
        """Whether a ban matches a purchase in every column that it gives."""
        have = (item, fund, year)
        return any(
            all(asked is None or asked == own for asked, own in zip(ban, have, strict=True))
            for name in ("", school)
            for ban in self._bans.get(name, ())
        )

    # ---- what an item counts --------------------------------------------------------------
    @cached_property
    def shares(self) -> dict[tuple[str, str], Fraction]:
        """(level, item) → ω of the item ÷ Σ ω over the items that the level needs."""
        needed: dict[str, set[str]] = defaultdict(set)
        for item, level in self.norms:
            needed[level].add(item)
        for school, item in self.overrides:
            if school in self.schools:
                needed[self.schools[school].level].add(item)
        found: dict[tuple[str, str], Fraction] = {}
        for level, names in needed.items():
            weights = {i: Fraction(self.items[i].weight) for i in names if i in self.items}
            total = sum(weights.values(), Fraction(0))
            for i, weight in weights.items():
                found[level, i] = weight / total if total else Fraction(0)
        return found


def covered(units: Units, need: int, useful: int) -> Units:
    """Units of a need that count as covered when so many serve: none while they are too few to be
    of use."""
    return 0 if units < useful else min(units, need)


def figure(text: str) -> Units:
    """A figure from a school's column; text that is no number counts nothing."""
    try:
        return whole_if(Fraction(text))
    except (ValueError, ZeroDivisionError):
        return 0


CRITERIA_KEYS = frozenset({"criterion", "criteria_group", "reaches"})
"""Keys that speak of measured points."""
LINE_KEYS = CRITERIA_KEYS | {"item", "pillar", "nature", "fund", "year", "kind", "request"}
"""Keys that speak of a line or of points; every other key names a column of ``schools``."""

Selection = dict[str, frozenset[str]]


def selection(where: Mapping[str, Any]) -> Selection:
    """A selector as sets of accepted texts."""
    found: Selection = {}
    for key, value in where.items():
        accepted = value if isinstance(value, list | tuple) else [value]
        found[key] = frozenset(text_of(v) for v in accepted)
    return found


def school_fits(chosen: Selection, school: School) -> bool:
    """Whether the keys of ``chosen`` that speak of schools accept ``school``."""
    return all(
        school.texts.get(key, "") in accepted
        for key, accepted in chosen.items()
        if key not in LINE_KEYS
    )


def item_fits(chosen: Selection, item: Item) -> bool:
    """Whether the keys ``item`` and ``pillar`` accept ``item``."""
    return ("item" not in chosen or item.item in chosen["item"]) and (
        "pillar" not in chosen or item.pillar in chosen["pillar"]
    )


def year_fits(chosen: Selection, year: int) -> bool:
    """Whether the key ``year`` accepts ``year``."""
    return "year" not in chosen or str(year) in chosen["year"]


def line_nature(of_fund: str | None, item: Item | None) -> str:
    """Nature of a line: the fund's, else the item's only one, else none."""
    if of_fund is not None:
        return of_fund
    natures = item.nature if item is not None else ()
    return natures[0] if len(natures) == 1 else ""


class Eligibility:
    """Which fund may pay for what."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._where = {name: selection(fund.where) for name, fund in facts.funds.items()}
        self._payers: dict[tuple[str, str], str | None] = {}

    def serves(self, fund: str, school: School) -> bool:
        """Whether the fund's role and school keys fit ``school``."""
        project = self._facts.funds[fund].role == "project"
        return project == school.preparing and school_fits(self._where[fund], school)

    def buys(self, fund: str, school: School, item: Item, year: int) -> bool:
        """Whether the fund may pay for a purchase of ``item`` at ``school`` in ``year``."""
        return self.accepts(fund, school) and self.admits(fund, item, year)

    def accepts(self, fund: str, school: School) -> bool:
        """Whether the school keys of the fund's ``where`` fit ``school``."""
        return school_fits(self._where[fund], school)

    def carries(self, fund: str, item: Item) -> bool:
        """Whether the item keys of the fund's ``where`` fit the upkeep of ``item``."""
        return item_fits(self._where[fund], item)

    def admits(self, fund: str, item: Item, year: int) -> bool:
        """Whether the fund's nature and the other keys of its ``where`` fit the purchase."""
        nature = self._facts.funds[fund].nature
        chosen = self._where[fund]
        return (
            (nature is None or nature in item.nature)
            and ("nature" not in chosen or line_nature(nature, item) in chosen["nature"])
            and item_fits(chosen, item)
            and year_fits(chosen, year)
        )

    def payer(self, school: School, item: Item) -> str | None:
        """The fund that is charged with the upkeep of ``item`` at ``school``."""
        key = (school.id, item.item)
        if key not in self._payers:
            funds = self._facts.funds.items()
            payers = (n for n, f in funds if f.pays_upkeep and f.role == "general")
            fitting = (n for n in payers if self.accepts(n, school) and self.carries(n, item))
            self._payers[key] = next(fitting, None)
        return self._payers[key]
