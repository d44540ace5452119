"""The axes that every table of a plan shares (schools, items, years, and when each counts), and
what a scenario says in numbers on them: prices, selections, money of funds, needs, stock and
measured points.

Needs, stock and the formulation work on dense arrays indexed ``[school, item, year]``; this module
fixes the order of those axes and the per-school facts that no rule may disagree on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.money import grown, part_half_up, share
from planner.scenario.contracts import MEASURED_LEVELS, Item, Norm
from planner.scenario.measures import schools_in, values_of
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Fund

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int32]
"""Rows and columns of a model in its coefficients: HiGHS counts no further either."""

PLACES = ("school", "item", "fund", "year", "start", "end", "stop", "span", "column", "buy")
"""Columns of the formulation's frames that hold positions."""
ALWAYS = -(10**6)
"""The ``ready`` year of a school whose building has always been usable."""


def text_column(labels: Sequence[str], at: Ints) -> pd.Series[Any]:
    """``labels[at]`` as a column of text: equal cells share one text, whatever their number."""
    return pd.Series(pd.Series(list(labels), dtype="str").array.take(at))


def positions(ids: pd.Series[Any], at: Mapping[str, int]) -> Ints:
    """``[row]`` the position, or other whole number, of each id; ten times as fast as ``map`` of a
    column of texts.

    Raises ``KeyError`` for an id that has none.
    """
    return np.fromiter(map(at.__getitem__, ids.to_numpy(dtype=object)), np.int64, len(ids))


class Axes:
    """Positions of schools, items and years in the arrays of one scenario.

    ``schools``, ``items``: ids in the order of the file and of the catalogue; ``school_at``,
    ``item_at``: id → position. ``first``: the first plan year, whose position is 0;
    ``plan_count``: plan years; ``end``: plan and tail years, so the position of the first year
    beyond; ``years``: these, extended to the last ``ready`` of a preparing school; ``shape``:
    (schools, items, years).

    ``[school]``: ``group``; ``level``; ``preparing``: whether it is served through its building
    project; ``ready``: first year with a usable building, ``ALWAYS`` where none is given.

    ``counted``: ``[school, year]`` whose service counts. Plan and tail years for everybody; for a
    preparing school its ``ready`` year too, so that a building handed over after the horizon still
    counts one year.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        settings, table = scenario.settings, scenario.schools
        self.schools: tuple[str, ...] = tuple(table["school"])
        self.items = tuple(scenario.items)
        self.school_at = {s: k for k, s in enumerate(self.schools)}
        self.item_at = {i: k for k, i in enumerate(self.items)}
        self.group: npt.NDArray[np.str_] = table["group"].to_numpy(dtype=str)
        self.level: npt.NDArray[np.str_] = table["level"].to_numpy(dtype=str)
        self.preparing: Bools = np.asarray(self.group == "preparing")
        self.ready: Ints = table["ready"].fillna(ALWAYS).to_numpy(dtype=np.int64)
        self.first, self.plan_count = settings.years[0], len(settings.plan_years)
        self.end = len(settings.all_years)
        last = max([settings.all_years[-1], *self.ready[self.preparing].tolist()])
        self.years = range(self.first, last + 1)
        self.shape = len(self.schools), len(self.items), len(self.years)
        years = np.array(self.years)
        self.counted: Bools = np.zeros((len(self.schools), len(years)), dtype=bool)
        self.counted[:, : self.end] = True
        self.counted |= self.preparing[:, None] & (years[None, :] == self.ready[:, None])

    def year_at(self, year: int) -> int:
        """Position of a year."""
        return year - self.first

    def usable_from(self, item: str) -> Ints:
        """``[school]``: position of the first year in which a unit of the item can serve."""
        on_site = self.scenario.items[item].on_site
        ready = np.maximum(self.ready - self.first, 0)
        return np.where(self.preparing | on_site, ready, 0)

    @cached_property
    def usable(self) -> Ints:
        """``[item, school]``: the same of every item."""
        found = np.array([self.usable_from(item) for item in self.items], dtype=np.int64)
        return found.reshape(len(self.items), len(self.schools))


FEW_ROWS = 4_096
"""Rows below which a frame's memory is nothing."""


def narrow(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with its positions in half the memory; money and units stay as they are.

    A small frame is left alone: the memory is nothing, and the copy takes as long as most of
    what is done with it.
    """
    if len(frame) < FEW_ROWS:
        return frame
    return frame.astype(dict.fromkeys([k for k in PLACES if k in frame], np.int32))


# --------------------------------------------------------------------------------------------------
# What a scenario says in numbers.

# --------------------------------------------------------------------------------------------------
# Prices: what a unit, its site works and its upkeep cost in a year, in whole minor units.


def late_service(scenario: Scenario) -> dict[tuple[str, str, str, int], int]:
    """(School, item, fund, year) of contracts that serve later than usual → from which year."""
    rows = scenario.table("commitments")
    rows = rows[rows["serves"].notna()]
    keys = zip(rows["school"], rows["item"], rows["fund"], rows["year"].tolist(), strict=True)
    return dict(zip(keys, rows["serves"].astype(int).tolist(), strict=True))


def contract_extra(scenario: Scenario) -> dict[tuple[str, str, str, int], int]:
    """(School, item, fund, year) of contracts with a price of their own, for whole units → minor
    units above the catalogue's price."""
    rows = scenario.table("commitments")
    rows = rows[rows["amount"].notna()]
    names = ("school", "item", "fund", "year", "quantity", "amount")
    return {
        (school, item, fund, year): (
            amount - units * unit_price(scenario, scenario.items[item], year)
        )
        for school, item, fund, year, units, amount in zip(
            *(rows[n].tolist() for n in names), strict=True
        )
        if item in scenario.items and scenario.items[item].whole
    }


def start_price(item: Item, choice: str) -> int:
    """The unit price of the first plan year under a price choice (low, base, high)."""
    chosen = {"low": item.price_low, "high": item.price_high}.get(choice)
    return item.price if chosen is None else chosen


def unit_price(scenario: Scenario, item: Item, year: int) -> int:
    """Unit price in ``year``: price × (1+growth)^(year − first), half up."""
    settings = scenario.settings
    start = start_price(item, settings.prices_in(year))
    return grown(start, item.price_growth, year - settings.years[0])


def setup_price(scenario: Scenario, item: Item, year: int) -> int:
    """One-off site works in ``year``; grown like the price."""
    return grown(item.setup, item.price_growth, year - scenario.settings.years[0])


def unit_upkeep(scenario: Scenario, item: Item, year: int) -> int:
    """Running cost of one unit in ``year``: half up of that year's unit price × share."""
    return part_half_up(unit_price(scenario, item, year), item.upkeep)


# --------------------------------------------------------------------------------------------------
# Selections (``where``) on a scenario: which schools and which lines a statement speaks of.
#
# Values are compared as text (:mod:`planner.scenario.measures`), so ``owner: 3`` and
# ``owner: "3"`` select the same schools.


def wanted(value: Any) -> frozenset[str]:
    """A selector's value or list of values as texts."""
    return frozenset(values_of(value))


def schools_matching(scenario: Scenario, where: Mapping[str, Any]) -> Bools:
    """``[school]``: the schools that satisfy every school key of ``where``."""
    return np.asarray(schools_in(scenario.schools, where), dtype=bool)


def fits(where: Mapping[str, Any], line: Mapping[str, str]) -> bool:
    """Whether a line satisfies ``where``; keys the line does not have are not looked at."""
    return all(line[key] in wanted(value) for key, value in where.items() if key in line)


# --------------------------------------------------------------------------------------------------
# Funds: how much money a fund has in a year, and what it may pay for.


def amounts(scenario: Scenario, fund: Fund) -> dict[int, int]:
    """Declared money by year; for ``envelope`` what its shares give."""
    return scenario.settings.amounts(fund)


def usable(amount: int, fund: Fund) -> int:
    """⌊amount × (1 − reserve)⌋."""
    return share(amount, Decimal(1) - fund.reserve)


def carry_limit(amount: int, fund: Fund) -> int:
    """⌊carry_over × usable⌋: the most that may move to the next year."""
    return share(usable(amount, fund), fund.carry_over)


def general_funds(scenario: Scenario) -> dict[str, Fund]:
    """Funds with a ledger by year."""
    return {k: f for k, f in scenario.settings.funds.items() if f.role == "general"}


def project_funds(scenario: Scenario) -> dict[str, Fund]:
    """Funds whose ledger is per school: the building projects."""
    return {k: f for k, f in scenario.settings.funds.items() if f.role == "project"}


def eligible_schools(scenario: Scenario, axes: Axes, fund: Fund) -> Bools:
    """``[school]``: schools that a fund may serve: its ``where``, and its role."""
    matching = schools_matching(scenario, fund.where)
    return matching & (axes.preparing if fund.role == "project" else ~axes.preparing)


def pays_for(fund: Fund, item: Item, year: int) -> bool:
    """Whether the fund's nature and the item keys of its ``where`` admit this purchase."""
    if fund.nature is not None and fund.nature not in item.nature:
        return False
    line = {
        "item": item.item,
        "pillar": item.pillar,
        "year": str(year),
        "nature": fund.nature or (item.nature[0] if len(item.nature) == 1 else ""),
        "kind": "purchase",
    }
    return fits(fund.where, line)


def upkeep_payer(scenario: Scenario, item: Item) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """``[school]``: the one general fund that pays an item's upkeep there, or ``""``.

    The fund's ``where`` must fit the school and, where it names them, the item and pillar.
    """
    payers = np.full(len(scenario.schools), "", dtype=object)
    line = {"item": item.item, "pillar": item.pillar}
    for name, fund in general_funds(scenario).items():
        if fund.pays_upkeep and fits(fund.where, line):
            payers[schools_matching(scenario, fund.where) & (payers == "")] = name
    return payers


# --------------------------------------------------------------------------------------------------
# Needs: how many units of each item each school needs in each year (norm × driver).


def driver_array(scenario: Scenario, axes: Axes, driver: str) -> np.ndarray[Any, np.dtype[Any]]:
    """``[school, year]``: a school's figure, as exact integers or :class:`Fraction`.

    The column of ``schools`` holds until the first row of ``drivers`` for that school; from
    there on the latest row counts. ``school`` is 1 for every school; a missing figure is 0.
    """
    count = len(axes.schools)
    if driver == "school":
        base = np.ones(count, dtype=object)
    else:
        column = scenario.schools[driver] if driver in scenario.schools else [None] * count
        base = np.array([_exact(v) for v in column], dtype=object)
    values = np.repeat(base[:, None], len(axes.years), axis=1)
    changes = scenario.table("drivers")
    mine = np.flatnonzero(changes["driver"].to_numpy(dtype=object) == driver)
    rows = (changes[k].to_numpy(dtype=object)[mine].tolist() for k in ("year", "school", "value"))
    for year, school, value in sorted(zip(*rows, strict=True), key=itemgetter(0)):
        values[axes.school_at[school], max(axes.year_at(year), 0) :] = _exact(value)
    if all(type(v) is int for v in values.flat):
        return values.astype(np.int64)
    return values


def _exact(value: Any) -> int | Fraction:
    if type(value) is int:
        return value
    if value is None or value is pd.NA or value == "":
        return 0
    exact = Fraction(Decimal(str(value)))
    return int(exact) if exact.denominator == 1 else exact


def _ceil_div(values: np.ndarray[Any, np.dtype[Any]], every: Decimal) -> Ints:
    """⌈value ÷ every⌉ without a float in between."""
    step = Fraction(every)
    if values.dtype != object and values.max(initial=0) < 2**62 // step.denominator:
        return np.asarray(-(-(values * step.denominator) // step.numerator), dtype=np.int64)
    ceil = np.frompyfunc(lambda v: -(-Fraction(v) // step), 1, 1)
    return np.asarray(ceil(values), dtype=np.int64)


def norm_applies(scenario: Scenario, axes: Axes, norm: Norm) -> Bools:
    """``[school]``: the schools that a norm speaks of (its level and its ``only``)."""
    applies = np.asarray(axes.level == norm.level)
    if norm.only:
        attribute, _, value = norm.only.partition("=")
        applies &= schools_matching(scenario, {attribute.strip(): value.strip()})
    return applies


def _ruling_norms(scenario: Scenario, axes: Axes) -> Iterator[tuple[Norm, Bools, int]]:
    """Norms with their schools and the position of their first year; each counts until a later
    one speaks of the same school and item."""
    for norm in sorted(scenario.norms, key=lambda n: n.from_year or 0):
        start = max(axes.year_at(norm.from_year), 0) if norm.from_year else 0
        yield norm, norm_applies(scenario, axes, norm), start


def useful_units(threshold: str, need: Ints) -> Ints:
    """Units in service from which coverage counts under a norm's ``useful_from``, for each need:
    units as they stand, a share of the need rounded up; never more than the need."""
    if not threshold:
        return np.zeros_like(need)
    if not threshold.endswith("%"):
        return np.minimum(need, int(threshold))
    share = Fraction(threshold[:-1]) / 100
    known, at = np.unique(need, return_inverse=True)
    units = [-(-int(n) * share.numerator // share.denominator) for n in known]
    return np.array(units, dtype=np.int64)[at].reshape(need.shape)


def useful_array(scenario: Scenario, axes: Axes, need: Ints) -> Ints:
    """``[school, item, year]``: units in service from which coverage counts, 0 where it does from
    the first on. The norm that gives the need says so; rows of ``needs`` replace the quantity and
    not the threshold."""
    useful = np.zeros(axes.shape, dtype=np.int64)
    if any(norm.useful_from for norm in scenario.norms):
        for norm, where, start in _ruling_norms(scenario, axes):
            at = axes.item_at[norm.item]
            useful[where, at, start:] = useful_units(norm.useful_from, need[where, at, start:])
    return useful


def covered_units(units: Any, need: Any, useful: Any) -> Floats:
    """Units of a need that are covered: as many as serve, but none below the threshold."""
    return np.where(units >= useful, np.minimum(units, need), 0).astype(np.float64)


def need_array(scenario: Scenario, axes: Axes) -> Ints:
    """``[school, item, year]``: units needed: ⌈driver ÷ every⌉ within [minimum, maximum].

    Rounded up, as the Vietnamese norms say. Of several norms for one school
    the latest ``from`` counts; rows of the table ``needs`` replace the norm.
    """
    need = np.zeros(axes.shape, dtype=np.int64)
    drivers: dict[str, np.ndarray[Any, np.dtype[Any]]] = {}
    for norm, where, start in _ruling_norms(scenario, axes):
        if norm.per not in drivers:
            drivers[norm.per] = driver_array(scenario, axes, norm.per)
        quantity = _ceil_div(drivers[norm.per][where], norm.every)
        quantity = np.clip(quantity, norm.minimum or 0, norm.maximum)
        need[where, axes.item_at[norm.item], start:] = quantity[:, start:]
    replaced = scenario.table("needs")
    replaced = replaced[replaced["year"].isin(list(axes.years))]
    if len(replaced):
        at = (
            positions(replaced["school"], axes.school_at),
            positions(replaced["item"], axes.item_at),
            replaced["year"].to_numpy() - axes.first,
        )
        need[at] = replaced["quantity"].to_numpy()
    return need


def item_shares(scenario: Scenario, axes: Axes) -> np.ndarray[Any, np.dtype[np.float64]]:
    """``[school, item]``: ω of an item ÷ Σ ω over the items that the school's level needs.

    A level needs an item when a norm names both, or when ``needs`` gives a school of that
    level a need of it. Every item counts for all pupils of its school
    (ARCHITECTURE.md#value).
    """
    level_of = dict(zip(axes.schools, axes.level.tolist(), strict=True))
    pairs = {(n.level, n.item) for n in scenario.norms}
    given = scenario.table("needs")
    pairs |= set(zip(given["school"].map(level_of), given["item"], strict=True))
    shares = np.zeros(axes.shape[:2])
    for level in sorted({lv for lv, _ in pairs}):
        items = [i for i in axes.items if (level, i) in pairs]
        weights = np.array([float(scenario.items[i].weight) for i in items])
        if weights.sum() > 0:
            at = [axes.item_at[i] for i in items]
            shares[np.ix_(axes.level == level, at)] = weights / weights.sum()
    return shares


# --------------------------------------------------------------------------------------------------
# Stock: what exists and is still usable, year by year.


def stock_array(scenario: Scenario, axes: Axes) -> Ints:
    """``[school, item, year]``: units acquired by that year whose service has not ended.

    A unit serves from ``acquired`` to ``usable_until``, by default acquired + life − 1, for
    good where the item has no life.
    """
    inventory = scenario.table("inventory")
    change = np.zeros((axes.shape[0], axes.shape[1], axes.shape[2] + 1), dtype=np.int64)
    if inventory.empty or 0 in axes.shape:
        return change[:, :, :-1]
    item = positions(inventory["item"], axes.item_at)
    school = positions(inventory["school"], axes.school_at)
    quantity = inventory["quantity"].to_numpy()
    acquired = inventory["acquired"].to_numpy()
    lives = np.array([it.life or 10**6 for it in scenario.items.values()])
    until = inventory["usable_until"].fillna(-1).to_numpy(dtype=np.int64)
    until = np.where(until < 0, acquired + lives[item] - 1, until)
    start = np.clip(acquired - axes.first, 0, axes.shape[2])
    end = np.clip(until - axes.first + 1, 0, axes.shape[2])
    lasting = end > start
    np.add.at(change, (school[lasting], item[lasting], start[lasting]), quantity[lasting])
    np.add.at(change, (school[lasting], item[lasting], end[lasting]), -quantity[lasting])
    return np.cumsum(change[:, :, :-1], axis=2)


# --------------------------------------------------------------------------------------------------
# Measured points: what schools were found to have of each criterion, and what equipment brings.

LEVEL_FROM = {2: Fraction(50), 3: Fraction(75_000_001, 10**6)}
"""Level of a school in a group of criteria → points from which it has it: level 2 from 50 on,
level 3 above 75, told from 75 by a millionth of a point."""


NOISE = 1e-9
"""Points that adding floats may lose."""


def level_of(points: float) -> int:
    """The level, 1 to 3, of a school with so many points in a group of criteria."""
    return max((n for n, least in LEVEL_FROM.items() if points + NOISE >= least), default=1)


@dataclass(frozen=True)
class Step:
    """Points of a criterion that an item brings all at once, from a coverage (0–1) on."""

    criterion: int
    item: int
    reached: Fraction
    points: float

    def units(self, need: Ints) -> Ints:
        """``[school, year]`` units covered from which its points count, of ``[school, item, year]``
        units needed."""
        own = need[:, self.item]
        return -(-own * self.reached.numerator // self.reached.denominator)


class Criteria:
    """The criteria of a scenario with points, and what schools were measured to have.

    An estimate throughout: equipment is a condition of what a criterion asks, not its use. After so
    much equipment a school has

        points = max(0, min(most, measured + Σ points of an item × coverage gained)),

    where coverage is gained over what the stock covers in the first plan year (the year itself,
    where nothing is needed in the first), and lost where it wears out and is not replaced. What no
    item brings stays as measured; what was not measured is not a number.

    ``names``: ids, in the file's order, without the conditions that have no points; ``group``,
    ``most``: ``[criterion]``; ``linear``: ``[criterion, item]`` points for coverage from 0 to 1;
    ``steps``: points all at once; ``applies``: ``[school, criterion]``; ``measured``: the same, the
    newest measurement, NaN where there is none; ``year``: of that measurement, 0 for none.
    """

    def __init__(self, scenario: Scenario, axes: Axes) -> None:
        self.axes = axes
        self.rows = [row for row in scenario.rows("criteria") if not row.mandatory]
        self.names = tuple(row.criterion for row in self.rows)
        self.at = {name: k for k, name in enumerate(self.names)}
        self.group: npt.NDArray[np.str_] = np.array([row.group for row in self.rows], dtype=str)
        self.most = np.array([float(row.most) for row in self.rows], dtype=np.float64)
        shape = len(axes.schools), len(self.rows)
        self.linear = np.zeros((len(self.rows), len(axes.items)))
        self.steps: list[Step] = []
        for row in scenario.rows("criterion_items"):
            k, i = self.at.get(row.criterion, -1), axes.item_at[row.item]
            if k < 0:
                continue
            if row.reached is None:
                self.linear[k, i] += float(row.points)
            else:
                self.steps.append(Step(k, i, Fraction(row.reached), float(row.points)))
        levels = [row.levels or MEASURED_LEVELS for row in self.rows]
        found = [[level in own for own in levels] for level in axes.level.tolist()]
        self.applies: Bools = np.array(found, dtype=bool).reshape(shape)
        self.measured, self.year = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
        for row in scenario.rows("indicators") if self.rows else ():
            school, k = axes.school_at[row.school], self.at.get(row.criterion, -1)
            if k >= 0 and self.applies[school, k] and row.year > self.year[school, k]:
                self.measured[school, k], self.year[school, k] = float(row.value), row.year

    @cached_property
    def bought(self) -> Bools:
        """``[criterion]`` whether equipment brings any points of it."""
        found = np.asarray(self.linear.any(axis=1), dtype=bool)
        found[[step.criterion for step in self.steps]] = True
        return found

    def had(self, covered: Floats, need: Ints) -> Floats:
        """``[school, item, year]`` coverage (0–1) that gains are counted from; of units covered by
        the stock and needed."""
        part = covered / np.maximum(need, 1)
        return np.where(need[:, :, :1] > 0, part[:, :, :1], part)

    def points(self, covered: Floats, need: Ints, had: Floats) -> Floats:
        """``[school, criterion, year]`` points when so many units of the need are covered; NaN of
        what was not measured."""
        return np.clip(self.unbounded(covered, need, had), 0.0, self.most[None, :, None])

    def unbounded(self, covered: Floats, need: Ints, had: Floats) -> Floats:
        """The same before they are kept between 0 and the most."""
        needed = need > 0
        gained = np.where(needed, covered / np.maximum(need, 1) - had, 0.0)
        found = self.measured[:, :, None] + np.einsum("ki,sit->skt", self.linear, gained)
        for step in self.steps:
            now = covered[:, step.item] >= step.units(need)
            before = had[:, step.item] >= float(step.reached)
            change = now.astype(float) - before.astype(float)
            found[:, step.criterion] += step.points * np.where(needed[:, step.item], change, 0.0)
        return found
