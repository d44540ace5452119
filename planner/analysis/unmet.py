"""What stays unmet at the end of a plan, with the first true reason for each line of it.

The reasons are looked at in this order; the first that holds is the one given:

``not_ready``         the item needs the building and the building is handed over later;
``no_eligible_fund``  no fund may pay: nature, ``where``, role, or a year without an amount;
``banned``            a fund may pay, but the scenario excludes every such purchase;
``locked``            every such purchase is held at a quantity decided beforehand;
``expired``           a proposal of the hand-over year is worn out in the year looked at;
``prerequisite``      one more lot would lack a required item in service;
``lot``               less than one lot is missing, and need_not_exceeded forbids the lot;
``threshold``         whole lots within the need do not reach the units from which coverage counts;
``least``             the money left would pay for one more lot, in no fund for a least delivery;
``rule_or_gap``       the money left would pay for one more lot: another rule stands in the
                      way, the plan is within its gap of the best one, or it was given up when
                      the plan was tidied;
``no_money``          the money went to others that count more.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.money import half_up, instalments
from planner.plan import Plan
from planner.plan.allocation import PAID
from planner.plan.allocation import payments as unfolded
from planner.plan.coverage import FLOAT, exact
from planner.scenario.contracts import Item
from planner.scenario.schema import GROUPS, Fund
from planner.vocabulary.axes import (
    ALWAYS,
    Axes,
    amounts,
    eligible_schools,
    pays_for,
    positions,
    setup_price,
    unit_price,
    unit_upkeep,
    upkeep_payer,
)

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def gini(values: Floats) -> float:
    """Gini coefficient, Σ|x_i − x_j| ÷ (2 n² mean): 0 = all equal, towards 1 = one has all.

    No schools: not a number; all at zero: 0, as they are equal.
    """
    count = len(values)
    if count == 0:
        return float("nan")
    ordered = np.sort(values)
    total = float(ordered.sum())
    if total <= 0:
        return 0.0
    rank = np.arange(1, count + 1)
    return float(((2 * rank - count - 1) * ordered).sum() / (count * total))


def measures(values: Floats) -> dict[str, float]:
    """Mean, minimum, 10th percentile (linear between schools) and Gini of coverages."""
    if len(values) == 0:
        return dict.fromkeys(("mean", "min", "p10", "gini"), float("nan"))
    return {
        "mean": float(values.mean()),
        "min": float(values.min()),
        "p10": float(np.percentile(values, 10)),
        "gini": gini(values),
    }


def fairness(plan: Plan) -> pd.DataFrame:
    """Spread of school coverage, one row a group that occurs and one ``all``.

    Columns: group, schools, and for ``before`` and ``after`` the mean, min, p10 (0–1) and
    gini. Every school counts once, whatever its size; schools without a need are left out.
    ``all`` holds the funded groups only: proposals are not in it.
    """
    schools = plan.schools
    selections = {g: schools["group"] == g for g in GROUPS}
    selections["all"] = schools["group"] != "preparing"
    rows = []
    for group, chosen in selections.items():
        known = schools[chosen & schools["coverage_after"].notna()]
        if known.empty:
            continue
        row: dict[str, object] = {"group": group, "schools": len(known)}
        for when in ("before", "after"):
            spread = measures(numbers(known[f"coverage_{when}"]))
            row |= {f"{k}_{when}": v for k, v in spread.items()}
        rows.append(row)
    names = [f"{k}_{w}" for w in ("before", "after") for k in ("mean", "min", "p10", "gini")]
    return pd.DataFrame(rows, columns=["group", "schools", *names])


def numbers(column: pd.Series) -> Floats:
    """A table's column of numbers (floats, decimals or missing) as floats."""
    return np.asarray(pd.to_numeric(column, errors="coerce"), dtype=np.float64)


ROWS_KEPT = 4
"""Items whose coverage rows are kept as arrays, 15 MB each in a country."""
FOREVER = 10**6
"""Years that an item serves which does not wear out."""
REASONS = (
    "not_ready", "no_eligible_fund", "banned", "locked", "expired", "prerequisite", "lot",
    "threshold", "least", "rule_or_gap", "no_money",
)  # fmt: skip
COLUMNS = (
    "school", "group", "item", "year", "need", "in_service", "missing", "coverage", "cost",
    "reason", "blocked_by", "useful_from", "next_useful",
)  # fmt: skip


def unmet(plan: Plan) -> pd.DataFrame:
    """Lines (school × item) whose need is not met in the year looked at, but for the rounding of
    money (see :mod:`planner.plan.coverage`).

    The year is the last plan year; for a preparing school its hand-over year where that is
    later. ``missing`` units, ``coverage`` 0–1, ``cost`` minor units to buy what is missing at
    that year's price (site works included where there are none), ``blocked_by`` the missing
    prerequisite, ``useful_from`` units in service from which coverage counts (0: the first),
    ``next_useful`` how many more that takes, in whole lots (0: it counts already).

    Sorted by school and item in the order of the inputs.
    """
    last, units = last_rows(plan), exact(plan)
    at = last.index.to_numpy()
    missing, serving = units.missing[at], numbers(last["stock"]) + units.new[at]
    below = np.where(units.covered[at] > 0, 0.0, np.maximum(units.useful[at] - serving, 0.0))
    lines = last.assign(
        missing=missing, in_service=serving, useful_from=units.useful[at], below=below
    )[missing > 0]
    if lines.empty:
        return pd.DataFrame([], columns=list(COLUMNS))
    view = _View(plan)
    places, item = view.places(lines)
    handed = np.where(view.axes.preparing[places], view.axes.ready[places], ALWAYS)
    known = {
        key: np.empty(len(lines), dtype=kind)
        for key, kind in (
            ("cost", np.int64), ("reason", object), ("blocked_by", object),
            ("next_useful", np.float64),
        )
    }  # fmt: skip
    for kind in np.unique(np.column_stack([item, handed]), axis=0).tolist():
        mine = np.flatnonzero((item == kind[0]) & (handed == kind[1]))
        some, name = lines.iloc[mine], view.axes.items[kind[0]]
        group = _Lines(
            view, plan.scenario.items[name], places[mine], numbers(some["year"]).astype(np.int64),
            numbers(some["missing"]), numbers(some["below"]),
        )  # fmt: skip
        known["cost"][mine], known["next_useful"][mine] = group.cost(), group.next_useful
        known["reason"][mine], known["blocked_by"][mine] = group.reasons()
    whole = all(plan.scenario.items[view.axes.items[k]].whole for k in np.unique(item).tolist())
    known["next_useful"] = known["next_useful"].astype(np.int64 if whole else np.float64)
    found = lines.rename(columns={"after": "coverage"}).assign(**known)[list(COLUMNS)]
    return found.reset_index(drop=True)


def by_reason(lines: pd.DataFrame) -> pd.DataFrame:
    """Unmet lines summed by reason: reason, lines, schools, cost; the dearest first."""
    table = lines.groupby("reason", sort=False).agg(
        lines=("item", "size"), schools=("school", "nunique"), cost=("cost", "sum")
    )
    table = table.reset_index().sort_values("reason", key=lambda r: r.map(REASONS.index))
    return table.sort_values("cost", ascending=False, kind="stable", ignore_index=True)


def last_rows(plan: Plan) -> pd.DataFrame:
    """The coverage rows of the year looked at: the last plan year, or a later hand-over."""
    last = plan.scenario.settings.years[1]
    schools = plan.scenario.schools
    proposed = schools[schools["group"] == "preparing"]
    later = {
        s: int(r)
        for s, r in zip(proposed["school"], proposed["ready"].fillna(last), strict=True)
        if int(r) > last
    }
    coverage = plan.coverage
    looked_at = np.array(coverage["year"] == last)
    own = np.flatnonzero(coverage["school"].isin(later))
    some = coverage.iloc[own]
    looked_at[own] = some["year"].to_numpy(dtype=np.int64) == positions(some["school"], later)
    return coverage[looked_at]


@dataclass(frozen=True)
class _Rows:
    """Coverage rows of one item, ``[school, year]``; ``known``: whether there is one.

    ``room``: units of the need that the stock leaves, below all numbers where there is no row.
    """

    known: Bools
    stock: Floats
    new: Floats
    room: Floats


@dataclass(frozen=True)
class _View:
    """What the lines of one plan share, looked up once; schools, items and years as positions."""

    plan: Plan

    @property
    def axes(self) -> Axes:
        return exact(self.plan).facts.axes

    @property
    def stock(self) -> Ints:
        """``[school, item, year]`` units."""
        return exact(self.plan).facts.stock

    @cached_property
    def funds(self) -> dict[str, tuple[Fund, Bools, dict[int, int]]]:
        scenario = self.plan.scenario
        return {
            name: (fund, eligible_schools(scenario, self.axes, fund), amounts(scenario, fund))
            for name, fund in scenario.settings.funds.items()
        }

    def places(self, table: pd.DataFrame) -> tuple[Ints, Ints]:
        """``[row]`` school and item."""
        school = positions(table["school"], self.axes.school_at)
        return school, positions(table["item"], self.axes.item_at)

    @cached_property
    def covered(self) -> tuple[Ints, Ints, Floats, Floats, list[Ints]]:
        """``[coverage row]`` school, year, need, stock; the rows of each item."""
        table, (school, item, year) = self.plan.coverage, exact(self.plan).at
        rows = np.argsort(item, kind="stable")
        stops = np.searchsorted(item[rows], np.arange(1, len(self.axes.items)))
        split = np.split(rows, stops)
        return school, year, numbers(table["need"]), numbers(table["stock"]), split

    @cached_property
    def _held(self) -> dict[str, _Rows]:
        return {}

    def rows(self, item: str) -> _Rows:
        """The coverage rows of an item; those of the last few are kept."""
        if item in self._held:
            return self._held[item]
        shape = len(self.axes.schools), len(self.axes.years)
        school, year, needs, stocks, rows_of = self.covered
        rows = rows_of[self.axes.item_at[item]]
        at = school[rows], year[rows]
        known, stock = np.zeros(shape, dtype=bool), np.zeros(shape)
        new, room = np.zeros(shape), np.full(shape, -np.inf)
        known[at], stock[at], new[at] = True, stocks[rows], exact(self.plan).new[rows]
        room[at] = needs[rows] - stocks[rows]
        if len(self._held) == ROWS_KEPT:
            del self._held[next(iter(self._held))]
        self._held[item] = _Rows(known, stock, new, room)
        return self._held[item]

    @cached_property
    def purchases(self) -> tuple[Ints, Ints, Ints, Floats]:
        """``[purchase]`` school, item, year (not a position), units."""
        lines = self.plan.allocation
        lines = lines[(lines["kind"] == "purchase").to_numpy(dtype=bool)]
        years = lines["year"].to_numpy(dtype=np.int64)
        return *self.places(lines), years, numbers(lines["quantity"])

    def bought(self, item: str, year: int | None = None) -> Bools:
        """``[school]``: whether the item is bought there (in that year)."""
        school, kind, years, _ = self.purchases
        mine = kind == self.axes.item_at[item]
        found = np.zeros(len(self.axes.schools), dtype=bool)
        found[school[mine if year is None else mine & (years == year)]] = True
        return found

    def units(self, item: Item, at: Ints, year: Ints) -> tuple[Floats, Floats]:
        """``[line]`` stock and new units of an item at some schools in some years."""
        rows, place = self.rows(item.item), self.axes.item_at[item.item]
        then = at, year - self.axes.first
        # units bought of an item without a need row
        school, kind, years, quantity = self.purchases
        mine = kind == place
        school, years, quantity = school[mine], years[mine], quantity[mine]
        looked = np.full(len(self.axes.schools), ALWAYS, dtype=np.int64)
        looked[at] = year
        start, life = np.maximum(years, self.ready(item, school)), item.life or FOREVER
        alive = (start <= looked[school]) & (looked[school] < start + life)
        sums = np.bincount(school[alive], weights=quantity[alive], minlength=len(self.axes.schools))
        known = rows.known[then]
        stock = np.where(known, rows.stock[then], self.stock[at, place, then[1]])
        return stock, np.where(known, rows.new[then], sums[at])

    def ready(self, item: Item, at: Ints) -> Ints:
        """``[line]``: the first year in which the item can serve at some schools."""
        return np.where(self.axes.preparing[at] | item.on_site, self.axes.ready[at], ALWAYS)

    @cached_property
    def left(self) -> dict[tuple[str, str, int], int]:
        """(fund, school or "", year) → money left that nobody uses."""
        ledger = self.plan.ledger
        columns = (ledger["fund"], ledger["school"], ledger["year"], ledger["lapsed"])
        return {(f, s, int(y)): int(a) for f, s, y, a in zip(*columns, strict=True)}

    @cached_property
    def payers(self) -> dict[str, np.ndarray[Any, Any]]:
        scenario = self.plan.scenario
        if scenario.settings.upkeep != "required":
            return {}
        return {i: upkeep_payer(scenario, it) for i, it in scenario.items.items() if it.upkeep}

    @cached_property
    def bans(self) -> list[Any]:
        return list(self.plan.scenario.rows("bans"))

    @cached_property
    def locked(self) -> dict[tuple[str, str, int], list[int]]:
        """(item, fund, year) → schools where that quantity was decided beforehand."""
        found: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        for lock in self.plan.scenario.rows("locks"):
            if not lock.request:
                found[lock.item, lock.fund, lock.year].append(self.axes.school_at[lock.school])
        return dict(found)


@dataclass(frozen=True)
class _Lines:
    """Lines of one item that are short of something: all of funded schools, or those of the
    preparing schools of one hand-over year.

    ``[line]``: ``at`` its school, ``year`` looked at, ``missing`` units, ``below`` units until
    coverage counts.
    """

    view: _View
    item: Item
    at: Ints
    year: Ints
    missing: Floats
    below: Floats

    @cached_property
    def preparing(self) -> bool:
        return bool(self.view.axes.preparing[self.at[0]])

    @cached_property
    def ready(self) -> Ints:
        """``[line]``: first year in which the item can serve."""
        return self.view.ready(self.item, self.at)

    @cached_property
    def next_useful(self) -> Floats:
        """``[line]``: units until coverage counts, in whole lots; 0 where it does."""
        lot = self.item.lot
        return np.ceil(self.below / lot) * lot if self.item.whole else self.below

    def reasons(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """``[line]``: the first reason that holds, and the prerequisite that is missing."""
        view, item = self.view, self.item
        life, parts = item.life or FOREVER, len(item.payments)
        later = np.zeros(len(self.at), dtype=bool)
        if not self.preparing:
            later = self.ready > self.year
        # Years in which a purchase could still serve in the year looked at; then the ways, each a
        # fund and a year, that are left.
        years = view.plan.scenario.settings.plan_years
        timely, allowed, unbanned, unlocked = np.zeros((4, len(self.at)), dtype=bool)
        ways: list[tuple[str, int, Bools]] = []
        for year in [int(self.ready[0])] if self.preparing else years:
            serves = (np.maximum(year, self.ready) + life > self.year) & (year + parts > self.ready)
            timely |= serves
            for fund in view.funds:
                free = serves & self._may_pay(fund, year)
                allowed |= free
                free &= ~self._banned(fund, year)
                unbanned |= free
                free &= ~np.isin(self.at, view.locked.get((item.item, fund, year), []))
                unlocked |= free
                if free.any():
                    ways.append((fund, year, free))
        blocked_by = self._missing_prerequisite()
        lots, useful, payable, brought = np.zeros((4, len(self.at)), dtype=bool)
        for fund, year, free in ways:
            room = self._room(year)
            lots |= free & (item.lot <= room)
            fitting = np.flatnonzero(free & (self.next_useful <= room))
            useful[fitting] = True
            fitting = fitting[self._money_left(fund, year, self._more, fitting)]
            payable[fitting] = True
            fitting = fitting[self._money_left(fund, year, self._delivery(year, room), fitting)]
            brought[fitting] = True
        holds = {
            "not_ready": later, "expired": ~timely & self.preparing, "no_eligible_fund": ~allowed,
            "banned": ~unbanned, "locked": ~unlocked, "prerequisite": blocked_by != "",
            "lot": ~lots, "threshold": ~useful, "no_money": ~payable, "least": ~brought,
        }  # fmt: skip
        reason = np.full(len(self.at), "rule_or_gap", dtype=object)
        for name, mine in reversed(holds.items()):
            reason[mine] = name
        return reason, np.where(reason == "prerequisite", blocked_by, "")

    def cost(self) -> Ints:
        """``[line]``: money to buy what is missing at the prices of its year, minor units."""
        scenario = self.view.plan.scenario
        found = np.zeros(len(self.at), dtype=np.int64)
        for year in np.unique(self.year).tolist():
            mine = np.flatnonzero(self.year == year)
            price = unit_price(scenario, self.item, year)
            amounts, number = np.unique(self.missing[mine], return_inverse=True)
            costs = [half_up(Decimal(str(units)) * price) for units in amounts.tolist()]
            found[mine] = np.array(costs, dtype=np.int64)[number]
            found[mine] += self._works(year)[mine]
        return found

    def _works(self, year: int) -> Ints:
        """``[line]``: site works that the school would still have to pay."""
        if not self.item.setup:
            return np.zeros(len(self.at), dtype=np.int64)
        there = self.view.stock[self.at, self.view.axes.item_at[self.item.item], 0] > 0
        there |= self.view.bought(self.item.item)[self.at]
        return np.where(there, 0, setup_price(self.view.plan.scenario, self.item, year))

    def _may_pay(self, name: str, year: int) -> Bools:
        fund, schools, declared = self.view.funds[name]
        if not pays_for(fund, self.item, year):
            return np.zeros(len(self.at), dtype=bool)
        if fund.role == "project":
            ledgers = [key in self.view.left for key in self._ledgers(name)]
            return schools[self.at] & np.array(ledgers, dtype=bool)
        return schools[self.at] & all(year + k in declared for k in range(len(self.item.payments)))

    def _ledgers(self, fund: str) -> list[tuple[str, str, int]]:
        """``[line]``: the ledger of its building project."""
        ids = self.view.axes.schools
        return [
            (fund, ids[k], y) for k, y in zip(self.at.tolist(), self.ready.tolist(), strict=True)
        ]

    def _banned(self, fund: str, year: int) -> Bools:
        """``[line]``: whether the scenario excludes its purchases from a fund in a year."""
        mine = [
            ban for ban in self.view.bans
            if ban.item in (None, "", self.item.item) and ban.fund in (None, "", fund)
            and ban.year in (None, "", year)
        ]  # fmt: skip
        if any(ban.school in (None, "") for ban in mine):
            return np.ones(len(self.at), dtype=bool)
        return np.isin(self.at, [self.view.axes.school_at[ban.school] for ban in mine])

    def _missing_prerequisite(self) -> np.ndarray[Any, Any]:
        """``[line]``: the first required item that has no room for one more lot, if any."""
        view, item, items = self.view, self.item, self.view.plan.scenario.items
        missing = np.full(len(self.at), "", dtype=object)
        if not item.requires:
            return missing
        units = exact(view.plan)
        stock, new = view.units(item, self.at, self.year)
        own = units.dust_at(item.item, self.at, self.year)
        capacity = item.capacity or (None,) * len(item.requires)
        for required, each in zip(item.requires, capacity, strict=False):
            stock_j, new_j = view.units(items[required], self.at, self.year)
            if each is None:
                whole = items[required].whole
                served = stock_j + new_j >= 1 if whole else stock_j + new_j > 0
            else:
                rate = float(each)
                room = rate * new_j + np.maximum(0.0, rate * stock_j - stock) - new
                lost = rate * units.dust_at(required, self.at, self.year)
                # Whether room units serve one more lot, or any more of an item that is not whole.
                noise = FLOAT * np.maximum(1.0, np.abs(room))
                served = (
                    room + lost + noise >= item.lot if item.whole else room > own + lost + noise
                )
            missing[~served & (missing == "")] = required
        return missing

    def _room(self, year: int) -> Floats:
        """``[line]``: units that need_not_exceeded leaves for a purchase in ``year``; of what is
        not bought in whole units any number."""
        if not self.item.whole:
            return np.full(len(self.at), np.inf)
        rows, years = self._rows, np.array(self.view.axes.years)
        start = np.maximum(year, self.ready)[:, None]
        alive = (start <= years) & (years < start + (self.item.life or FOREVER))
        known = alive & rows.known[self.at]
        room = np.where(known, rows.room[self.at], -np.inf).max(axis=1)
        room[~known.any(axis=1)] = 0.0
        return room - np.where(years == start, rows.new[self.at], 0.0).sum(axis=1)

    @cached_property
    def _rows(self) -> _Rows:
        return self.view.rows(self.item.item)

    @cached_property
    def _more(self) -> Floats:
        """``[line]``: one more lot, or all that it takes until coverage counts; units."""
        lots = self.item.lot if self.item.whole else np.minimum(1.0, self.missing)
        return np.maximum(lots, self.next_useful)

    def _delivery(self, year: int, room: Floats) -> Floats:
        """``[line]``: the same, or as much as a first delivery of the year has to bring."""
        lot = self.item.lot if self.item.whole else 1
        most = (room if self.item.whole else self.missing) // lot * lot
        least = math.ceil(self.item.least / lot) * lot
        first = np.maximum(self._more, np.minimum(least, most))
        return np.where(self.view.bought(self.item.item, year)[self.at], self._more, first)

    def _money_left(self, name: str, year: int, units: Floats, lines: Ints) -> Bools:
        """Of some lines, whether money of a fund that nobody uses would pay for so many units,
        upkeep included."""
        if not len(lines):
            return np.zeros(0, dtype=bool)
        scenario, item, left = self.view.plan.scenario, self.item, self.view.left
        works, price = self._works(year)[lines], unit_price(scenario, item, year)
        if self.preparing:
            ledgers = self._ledgers(name)
            due = [math.ceil(price * n) + int(w) for n, w in zip(units[lines], works, strict=True)]
            known = [left[ledgers[k]] for k in lines.tolist()]
            return np.array([a >= b for a, b in zip(known, due, strict=True)], dtype=bool)
        # Lines of equal units, works, payer of upkeep and first year need the same money.
        payer = np.full(len(lines), "", dtype=object)
        if item.item in self.view.payers:
            payer = self.view.payers[item.item][self.at[lines]]
        start = np.maximum(year, self.ready)[lines]
        kinds = pd.DataFrame(
            {"units": units[lines], "works": works, "payer": payer, "start": start}
        )
        number = kinds.groupby(list(kinds), sort=False).ngroup().to_numpy()
        enough = [
            self._enough(name, year, price, *kind)
            for kind in kinds.drop_duplicates().itertuples(index=False)
        ]
        return np.array(enough, dtype=bool)[number]

    def _enough(
        self, name: str, year: int, price: int, units: float, works: int, payer: str, start: int
    ) -> bool:
        """Whether the ledgers have money for so many units of a funded school."""
        scenario, item = self.view.plan.scenario, self.item
        due: dict[tuple[str, int], float] = defaultdict(int)
        for k, part in enumerate(instalments(math.ceil(price * units), item.payments)):
            due[name, year + k] += part
        due[name, year] += works
        if payer:
            for t in scenario.settings.all_years:
                if start < t < start + (item.life or FOREVER):
                    due[payer, t] += unit_upkeep(scenario, item, t) * units
        known = {key: self.view.left.get((key[0], "", key[1])) for key in due}
        return all(known[key] is None or known[key] >= cost for key, cost in due.items())  # type: ignore[operator]


def payments(plan: Plan) -> pd.DataFrame:
    """Payments of funded lines: line, group, item, and as the ledger has them fund, school,
    year of payment, kind, amount (minor units). Proposals are left out: they have no payments
    until a project decides on them."""
    lines = plan.allocation[plan.allocation["standing"] != "proposal"]
    paid = unfolded(lines, ["line", "group", "item", *PAID])
    return paid.astype({"year": "int64", "amount": "int64"})


def group_coverage(plan: Plan, schools: pd.DataFrame | None = None) -> pd.DataFrame:
    """Mean coverage of schools by group, as in the summary of a run; ``schools``: of these rows of
    the plan's table alone."""
    rows, table = [], plan.schools if schools is None else schools
    for group in GROUPS:
        mine = table[(table["group"] == group) & table["coverage_after"].notna()]
        if len(mine):
            means = {w: float(mine[f"coverage_{w}"].mean()) for w in ("before", "after")}
            rows.append({"group": group, "schools": len(mine), **means})
    return pd.DataFrame(rows, columns=["group", "schools", "before", "after"])
