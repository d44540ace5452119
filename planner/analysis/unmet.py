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
    setup_price,
    stock_array,
    unit_price,
    unit_upkeep,
    upkeep_payer,
)

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
    last = last.assign(
        missing=missing, in_service=serving, useful_from=units.useful[at], below=below
    )
    short = last[missing > 0]
    view = _View(plan)
    rows = []
    for row in short.to_dict("records"):
        case = _Case(view, row)
        reason, blocked_by = case.reason()
        rows.append((
            case.school, row["group"], case.item.item, case.year, row["need"], row["in_service"],
            row["missing"], float(row["after"]), case.cost(), reason, blocked_by,
            row["useful_from"], case.next_useful,
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


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
    year_of = {
        s: max(last, int(r))
        for s, r in zip(proposed["school"], proposed["ready"].fillna(last), strict=True)
    }
    coverage = plan.coverage
    year = coverage["school"].map(year_of).fillna(last).astype("int64")
    return coverage[coverage["year"] == year]


@dataclass(frozen=True)
class _View:
    """What the cases of one plan share, looked up once."""

    plan: Plan

    @cached_property
    def axes(self) -> Axes:
        return Axes(self.plan.scenario)

    @cached_property
    def funds(self) -> dict[str, tuple[Fund, np.ndarray[Any, Any], dict[int, int]]]:
        scenario = self.plan.scenario
        return {
            name: (fund, eligible_schools(scenario, self.axes, fund), amounts(scenario, fund))
            for name, fund in scenario.settings.funds.items()
        }

    @cached_property
    def rows_of(self) -> dict[tuple[str, str], dict[int, tuple[float, float, float]]]:
        """(school, item) → year → (need, stock, new)."""
        c = self.plan.coverage
        found: dict[tuple[str, str], dict[int, tuple[float, float, float]]] = defaultdict(dict)
        units = (numbers(c["need"]), numbers(c["stock"]), exact(self.plan).new)
        columns = (c["school"], c["item"], c["year"], *units)
        for school, item, year, need, stock, new in zip(*columns, strict=True):
            found[school, item][int(year)] = (need, stock, new)
        return dict(found)

    @cached_property
    def stock(self) -> np.ndarray[Any, Any]:
        return stock_array(self.plan.scenario, self.axes)

    @cached_property
    def bought(self) -> dict[tuple[str, str], list[tuple[int, float]]]:
        """(school, item) → purchases as (year, units)."""
        lines = self.plan.allocation
        lines = lines[lines["kind"] == "purchase"]
        found: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
        columns = (lines["school"], lines["item"], lines["year"], numbers(lines["quantity"]))
        for school, item, year, units in zip(*columns, strict=True):
            found[school, item].append((int(year), float(units)))
        return dict(found)

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
    def locked(self) -> frozenset[tuple[str, str, str, int]]:
        """Purchases whose quantity was decided beforehand: school, item, fund, year."""
        locks = self.plan.scenario.rows("locks")
        return frozenset((k.school, k.item, k.fund, k.year) for k in locks if not k.request)


@dataclass(frozen=True)
class _Case:
    """One school and item that is short of something."""

    view: _View
    row: dict[Any, Any]

    @property
    def school(self) -> str:
        return str(self.row["school"])

    @property
    def year(self) -> int:
        return int(self.row["year"])

    @property
    def item(self) -> Item:
        return self.view.plan.scenario.items[self.row["item"]]

    @property
    def at(self) -> int:
        return self.view.axes.school_at[self.school]

    @property
    def preparing(self) -> bool:
        return bool(self.view.axes.preparing[self.at])

    @property
    def ready(self) -> int:
        """First year in which the item can serve at the school."""
        return self._ready(self.item)

    def _ready(self, item: Item) -> int:
        ready = int(self.view.axes.ready[self.at])
        return ready if self.preparing or item.on_site else ALWAYS

    @property
    def next_useful(self) -> float:
        """Units until coverage counts, in whole lots; 0 where it does."""
        below = float(self.row["below"])
        return math.ceil(below / self.item.lot) * self.item.lot if self.item.whole else below

    def reason(self) -> tuple[str, str]:
        """The first reason that holds, and the prerequisite that is missing."""
        if not self.preparing and self.ready > self.year:
            return "not_ready", ""
        # Years in which a purchase could still serve in the year looked at.
        life, parts = self.item.life or FOREVER, len(self.item.payments)
        plan_years = self.view.plan.scenario.settings.plan_years
        years = [
            u
            for u in ([self.ready] if self.preparing else plan_years)
            if max(u, self.ready) + life > self.year and u + parts > self.ready
        ]
        allowed = [(f, u) for u in years for f in self.view.funds if self._may_pay(f, u)]
        if not allowed:
            return ("expired" if self.preparing and not years else "no_eligible_fund"), ""
        line = self.school, self.item.item
        bans = [b for b in self.view.bans if b.school in (None, "", line[0])]
        bans = [b for b in bans if b.item in (None, "", line[1])]
        free = [
            (f, u)
            for f, u in allowed
            if not any(b.fund in (None, "", f) and b.year in (None, "", u) for b in bans)
        ]
        if not free:
            return "banned", ""
        free = [(f, u) for f, u in free if (*line, f, u) not in self.view.locked]
        if not free:
            return "locked", ""
        # The reason where some fund may pay in some year.
        blocked_by = self._missing_prerequisite()
        if blocked_by:
            return "prerequisite", blocked_by
        if not any(self.item.lot <= self._room(u) for _, u in free):
            return "lot", ""
        fitting = [(f, u) for f, u in free if self.next_useful <= self._room(u)]
        if not fitting:
            return "threshold", ""
        payable = [(f, u) for f, u in fitting if self._money_left(f, u, self._more)]
        if not payable:
            return "no_money", ""
        if not any(self._money_left(f, u, self._delivery(u)) for f, u in payable):
            return "least", ""
        return "rule_or_gap", ""

    def cost(self) -> int:
        """Money to buy what is missing at this year's prices, minor units."""
        scenario = self.view.plan.scenario
        missing = self.row["missing"]
        price = unit_price(scenario, self.item, self.year)
        return half_up(Decimal(str(missing)) * price) + self._works(self.year)

    def _works(self, year: int) -> int:
        """Site works that the school would still have to pay."""
        k = self.view.axes.item_at[self.item.item]
        if not self.item.setup or self.view.stock[self.at, k, 0] > 0:
            return 0
        if self.view.bought.get((self.school, self.item.item)):
            return 0
        return setup_price(self.view.plan.scenario, self.item, year)

    def _may_pay(self, name: str, year: int) -> bool:
        fund, schools, declared = self.view.funds[name]
        if not schools[self.at] or not pays_for(fund, self.item, year):
            return False
        if fund.role == "project":
            return (name, self.school, self.ready) in self.view.left
        return all(year + k in declared for k in range(len(self.item.payments)))

    def _missing_prerequisite(self) -> str:
        """The required item that has no room for one more lot, if any."""
        _, stock, new = self._units(self.item.item)
        units = exact(self.view.plan)
        own = units.dust_of(self.school, self.item.item, self.year)
        capacity = self.item.capacity or (None,) * len(self.item.requires)
        for required, each in zip(self.item.requires, capacity, strict=False):
            _, stock_j, new_j = self._units(required)
            if each is None:
                whole = self.view.plan.scenario.items[required].whole
                served = stock_j + new_j >= 1 if whole else stock_j + new_j > 0
            else:
                room = float(each) * new_j + max(0.0, float(each) * stock_j - stock) - new
                lost = float(each) * units.dust_of(self.school, required, self.year)
                # Whether room units serve one more lot, or any more of an item that is not whole.
                noise = FLOAT * max(1.0, abs(room))
                served = (
                    room + lost + noise >= self.item.lot
                    if self.item.whole
                    else room > own + lost + noise
                )
            if not served:
                return required
        return ""

    def _units(self, item: str) -> tuple[float, float, float]:
        """(need, stock, new) of an item at this school in the year looked at."""
        known = self.view.rows_of.get((self.school, item), {}).get(self.year)
        if known is not None:
            return known
        position = self.view.axes.year_at(self.year)
        stock = float(self.view.stock[self.at, self.view.axes.item_at[item], position])
        # units bought of an item without a need row
        line = self.view.plan.scenario.items[item]
        start, life = self._ready(line), line.life or FOREVER
        bought = self.view.bought.get((self.school, item), [])
        alive = sum(n for u, n in bought if max(u, start) <= self.year < max(u, start) + life)
        return 0.0, stock, alive

    def _room(self, year: int) -> float:
        """Units that need_not_exceeded leaves for a purchase in ``year``; of what is not bought in
        whole units any number."""
        if not self.item.whole:
            return math.inf
        rows = self.view.rows_of[self.school, self.item.item]
        start = max(year, self.ready)
        life = self.item.life or FOREVER
        room = max((n - s for t, (n, s, _) in rows.items() if start <= t < start + life), default=0)
        held = rows[start][2] if start in rows else 0.0
        return room - held

    @property
    def _more(self) -> float:
        """One more lot, or all that it takes until coverage counts; units."""
        units: float = self.item.lot if self.item.whole else min(1.0, float(self.row["missing"]))
        return max(units, self.next_useful)

    def _delivery(self, year: int) -> float:
        """The same, or as much as a first delivery of the year has to bring."""
        bought = self.view.bought.get((self.school, self.item.item), [])
        if any(u == year for u, _ in bought):
            return self._more
        lot = self.item.lot if self.item.whole else 1
        room = self._room(year) if self.item.whole else float(self.row["missing"])
        return max(self._more, min(math.ceil(self.item.least / lot) * lot, room // lot * lot))

    def _money_left(self, name: str, year: int, units: float) -> bool:
        """Whether money of a fund that nobody uses would pay for so many units, upkeep included."""
        scenario, item = self.view.plan.scenario, self.item
        price = math.ceil(unit_price(scenario, item, year) * units)
        if self.preparing:
            return self.view.left[name, self.school, self.ready] >= price + self._works(year)
        due: dict[tuple[str, int], float] = defaultdict(int)
        for k, part in enumerate(instalments(price, item.payments)):
            due[name, year + k] += part
        due[name, year] += self._works(year)
        payer = self.view.payers.get(item.item)
        if payer is not None and payer[self.at]:
            start = max(year, self.ready)
            for t in scenario.settings.all_years:
                if start < t < start + (item.life or FOREVER):
                    due[payer[self.at], t] += unit_upkeep(scenario, item, t) * units
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
