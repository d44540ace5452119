"""Whole decisions: what is bought, which works are paid, which requests are chosen.

The only place where an engine's floating-point columns become integers. Whole items are
rounded to their lots (the engine holds them within 1e-9 of an integer); for the others the
integer *amount* is the decision, rounded down so that no fund is overrun.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd

from planner.formulation.build import Formulation
from planner.formulation.facts import Facts
from planner.formulation.ledgers import requested_units
from planner.names import StandingRule, row_name
from planner.vocabulary.axes import Floats, Ints, late_service


def chosen_supplies(facts: Facts, chosen: Mapping[tuple[str, str], int]) -> pd.DataFrame:
    """The rows of :func:`requested_units` that belong to chosen options, times how often."""
    asked = requested_units(facts)
    keys = zip(asked["request"], asked["option"], strict=True)
    times = np.array([chosen.get(k, 0) for k in keys], dtype=np.int64)
    return asked.assign(quantity=asked["quantity"].astype(float) * times)[times > 0]


# --------------------------------------------------------------------------------------------------
# What rounding to whole money does to prerequisites, and the đồng that set it right.
#
# An item that is not whole is bought for a whole amount, rounded down; what requires it may then
# be a hair more than ``capacity × new_j`` allows. Continuous dependents give up the đồng that it
# takes; whole ones cannot, and are told so that the row is tightened and solved again.

CLOSE = 1e-6
"""Units within which a prerequisite is looked at in exact fractions."""


@dataclass
class _Units:
    """New units of one item: ``[school, year]`` as floats, and the purchases of a school."""

    alive: Floats
    rows: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


@dataclass
class Rounding:
    """Purchases (with ``amount``) and supplies of requests, held against the prerequisites."""

    facts: Facts
    bought: pd.DataFrame
    asked: pd.DataFrame

    def __post_init__(self) -> None:
        self.amount: list[int] = self.bought["amount"].tolist()
        self.price: list[int] = self.bought["price"].tolist()
        self.start: list[int] = self.bought["start"].tolist()
        self.end: list[int] = self.bought["end"].tolist()

    def lowered(self) -> list[int]:
        """The amounts after continuous dependents gave up what they had to."""
        for item, other, capacity in _pairs(self.facts):
            if self.facts.items[item].whole:
                continue
            of_item = (self.bought["item"] == item).to_numpy()
            for school, year, over in self._overs(item, other, capacity):
                # in whole money, off the purchases that serve in the year, the latest first
                left = over
                rows = np.flatnonzero(of_item & (self.bought["school"] == school).to_numpy())
                for k in reversed(rows.tolist()):
                    if left > 0 and self.start[k] <= year < self.end[k]:
                        cost = left * self.price[k]
                        less = min(self.amount[k], -(-cost.numerator // cost.denominator))
                        self.amount[k] -= less
                        left -= Fraction(less, max(self.price[k], 1))
        return self.amount

    def broken(self) -> dict[tuple[str, str, str], float]:
        """(rule, key, relation) → units too many, where whole units require continuous ones."""
        axes, found = self.facts.axes, {}
        for item, other, capacity in _pairs(self.facts):
            for school, year, over in self._overs(item, other, capacity):
                key = (axes.schools[school], axes.items[item], axes.items[other])
                name = row_name("", (*key, str(axes.first + year))).strip("[]")
                found[str(StandingRule.PREREQUISITE), name, "<="] = float(over)
        return found

    def _overs(
        self, item: int, other: int, capacity: Fraction
    ) -> Iterator[tuple[int, int, Fraction]]:
        """(school, year, units too many), exact; the caller may lower amounts in between."""
        facts, own, theirs = self.facts, self._units(item), self._units(other)
        stock_i, stock_j = facts.stock[:, item, :], facts.stock[:, other, :]
        free = np.maximum(float(capacity) * stock_j - stock_i, 0.0)
        if facts.signed["executed"].any():
            fact = facts.executed[:, item, :] - float(capacity) * facts.executed[:, other, :]
            free = np.maximum(free, fact)
        near = (own.alive > 0) & (own.alive > float(capacity) * theirs.alive + free - CLOSE)
        for school, year in zip(*np.nonzero(near & facts.axes.counted), strict=True):
            room = capacity * int(stock_j[school, year]) - int(stock_i[school, year])
            at = school, year
            there = self._signed(item, *at) - capacity * self._signed(other, *at)
            room = max(Fraction(0), room, there)
            room += capacity * self._exact(other, school, year, theirs)
            over = self._exact(item, school, year, own) - room
            if over > 0:
                yield int(school), int(year), over

    def _units(self, item: int) -> _Units:
        shape = self.facts.axes.shape
        change = np.zeros((shape[0], shape[2] + 1))
        mine = np.flatnonzero(self.bought["item"].to_numpy() == item)
        school = self.bought["school"].to_numpy()[mine]
        units = np.array([self.amount[k] / max(self.price[k], 1) for k in mine])
        asked = self.asked[(self.asked["item"] == item).to_numpy()]
        for where, frame, quantity in (
            (school, self.bought.iloc[mine], units),
            (asked["school"].to_numpy(dtype=np.int64), asked, asked["quantity"].to_numpy()),
        ):
            np.add.at(change, (where, frame["start"].to_numpy(dtype=np.int64)), quantity)
            np.add.at(change, (where, frame["end"].to_numpy(dtype=np.int64)), -quantity)
        found = _Units(np.cumsum(change[:, :-1], axis=1))
        for k, at in zip(mine.tolist(), school.tolist(), strict=True):
            found.rows[at].append(k)
        return found

    def _signed(self, item: int, school: int, year: int) -> Fraction:
        """Units in service that contracts of their own price bring."""
        facts, signed, found = self.facts, self.facts.signed, Fraction(0)
        if not signed["executed"].any():
            return found
        mine = signed[(signed["school"] == school) & (signed["item"] == item) & signed["executed"]]
        for row in mine.itertuples():
            if row.start <= year < row.start + int(facts.lives[item]):
                price = int(facts.price[item, row.year])
                money = round(row.units * price)  # of the contract, exact again
                found += Fraction(money, max(price, 1)) if facts.by_money[item] else int(row.units)
        return found

    def _exact(self, item: int, school: int, year: int, units: _Units) -> Fraction:
        rows = [k for k in units.rows.get(school, ()) if self.start[k] <= year < self.end[k]]
        bought = sum((Fraction(self.amount[k], max(self.price[k], 1)) for k in rows), Fraction(0))
        asked = self.asked
        mine = (asked["school"] == school) & (asked["item"] == item)
        mine &= (asked["start"] <= year) & (year < asked["end"])
        return bought + int(asked.loc[mine, "quantity"].sum())


def short_deliveries(
    facts: Facts, bought: pd.DataFrame, asked: pd.DataFrame
) -> dict[tuple[str, str, str], float]:
    """(rule, key, relation) → units that rounding to whole money took from a least delivery of
    what is bought by the đồng; exact. ``bought``: purchases with amounts, ``asked``: supplies of
    requests."""
    axes, found = facts.axes, {}
    loose = np.flatnonzero(facts.by_money & (facts.least > 0))
    signed = facts.placed(facts.scenario.table("commitments"))
    exempt = set(zip(signed["school"], signed["item"], signed["year"], strict=True))
    for (s, i), lines in bought[bought["item"].isin(loose)].groupby(["school", "item"]):
        units = [Fraction(int(a), max(int(p), 1)) for a, p in zip(lines["amount"], lines["price"],
                                                                  strict=True)]  # fmt: skip
        rows = list(zip(lines.itertuples(), units, strict=True))
        extra = asked[((asked["school"] == s) & (asked["item"] == i)).to_numpy()]
        for t in sorted(set(lines["year"])):
            lacking = int(facts.least[i]) - sum(n for row, n in rows if row.year == t)
            if lacking <= 0 or (s, i, t) in exempt:
                continue
            start = next(row.start for row, _ in rows if row.year == t)
            serving = [(r, n) for r, n in rows if r.year <= t and r.start <= start < r.end]
            brought = extra[((extra["start"] <= start) & (start < extra["end"])).to_numpy()]
            most = int(facts.left[s, i, start : start + facts.lives[i]].max())
            there = sum((n for _, n in serving), Fraction(int(brought["quantity"].sum())))
            lost = sum(Fraction(1, max(int(row.price), 1)) for row, _ in serving)
            if there + lost < most:
                name = row_name("", (axes.schools[s], axes.items[i], str(axes.first + t)))
                found[str(StandingRule.LEAST), name.strip("[]"), ">="] = float(lacking)
    return found


def _pairs(facts: Facts) -> Iterator[tuple[int, int, Fraction]]:
    """(item, required item, capacity) where the required one is not whole, required first."""
    for item in required_first(facts):
        line = facts.items[item]
        for place, name in enumerate(line.requires):
            other = facts.axes.item_at[name]
            given = line.capacity[place] if place < len(line.capacity) else None
            if given is not None and not (line.whole and facts.items[other].whole):
                yield item, other, Fraction(given)


def required_first(facts: Facts) -> list[int]:
    """Positions of the items, each after all that it requires: by the length of their chains."""
    depth = np.zeros(len(facts.items), dtype=np.int64)
    for _ in facts.items:
        for at, line in enumerate(facts.items):
            below = [depth[facts.axes.item_at[name]] + 1 for name in line.requires]
            depth[at] = max(below, default=0)
    return np.argsort(depth, kind="stable").tolist()


KEYS = ["school", "item", "fund", "year"]
NUDGE = 1e-3
"""Minor units that noise may take from a continuous amount before it is rounded down (ties are
broken at a relative 1e-8 of the value)."""
NEAR_WHOLE = 1e-7
"""Units within which a continuous quantity is a whole one and some noise of the engine."""


@dataclass(frozen=True)
class Decisions:
    """Decisions as positions on the axes of :class:`Facts`.

    ``purchases``: school, item, fund, year, quantity (float; whole where the item is),
    price, amount (int64; at the catalogue's price). ``works``: school, item, fund, year, amount.
    ``chosen``: (request, option) → how many times. ``granted``: (request, option, fund, year) by
    name → what a block grant gives beyond its least, minor units.
    """

    facts: Facts
    purchases: pd.DataFrame
    works: pd.DataFrame
    chosen: Mapping[tuple[str, str], int]
    granted: Mapping[tuple[str, str, str, int], int]

    def contracts(self, column: str, rows: pd.DataFrame) -> Ints:
        """``[row]`` a column of :attr:`Facts.signed` at each row's school, item, fund and year; 0
        where there is no contract."""
        signed = self.facts.signed
        if not signed[column].any():
            return np.zeros(len(rows), dtype=np.int64)
        known = signed.set_index(KEYS)[column].to_dict()
        keys = zip(*(rows[k].tolist() for k in KEYS), strict=True)
        return np.array([known.get(key, 0) for key in keys], dtype=np.int64)


def decide(form: Formulation, columns: Floats) -> Decisions:
    """The engine's columns as whole decisions."""
    facts, options, buys, works = form.facts, form.options, form.columns.buys, form.columns.works
    times = np.rint(columns[options["column"].to_numpy(dtype=np.int64)]).astype(np.int64)
    named = zip(options["request"], options["option"], times.tolist(), strict=True)
    chosen = {(request, option): n for request, option, n in named if n > 0}
    works = works[columns[works["column"].to_numpy()] > 0.5][KEYS].reset_index(drop=True)
    works = works.assign(amount=facts.setup[works["item"], works["year"]])
    level, price = columns[buys["column"].to_numpy()], buys["price"].to_numpy()
    whole = ~facts.by_money[buys["item"].to_numpy()]
    units = np.rint(level).astype(np.int64) * buys["lot"].to_numpy()
    level = np.where(np.abs(level - np.rint(level)) < NEAR_WHOLE, np.rint(level), level)
    loose = np.floor(np.maximum(level, 0) * price + NUDGE).astype(np.int64)
    # At least a minor unit where works are paid, which need a purchase beside them however small
    # (see works_paid_with_purchase).
    schools, items, years = facts.axes.shape
    place = tuple(max(size, 1) for size in (schools, items, len(facts.funds), years))
    bought, built = (
        np.ravel_multi_index([f[k].to_numpy(dtype=np.int64) for k in KEYS], place)
        for f in (buys, works)
    )
    loose = np.maximum(loose, np.isin(bought, built).astype(np.int64))
    quantity = np.where(whole, units, loose / np.maximum(price, 1))
    purchases = buys[["school", "item", "fund", "year", "start", "end"]].assign(
        quantity=quantity, price=price, amount=np.where(whole, units * price, loose)
    )
    bought, purchases = bought[quantity > 0], purchases[quantity > 0].reset_index(drop=True)
    if facts.by_money.any():
        # Amounts lowered where rounding down what they require asks for it.
        lowered = Rounding(facts, purchases, chosen_supplies(facts, chosen)).lowered()
        amount = np.array(lowered, dtype=np.int64)
        quantity = np.where(
            facts.by_money[purchases["item"].to_numpy()],
            amount / np.maximum(purchases["price"].to_numpy(), 1),
            purchases["quantity"],
        )
        purchases = purchases.assign(amount=amount, quantity=quantity)
        bought, purchases = bought[amount > 0], purchases[amount > 0].reset_index(drop=True)
    # Money of block grants beyond the least, rounded down so that no fund is overrun.
    granted, funds = {}, tuple(facts.funds)
    for row in form.grants.itertuples():
        money = int(np.floor(max(columns[row.column], 0.0) * facts.scale + NUDGE))
        most = int(row.room) * chosen.get((row.request, row.option), 0)
        key = (row.request, row.option, funds[row.fund], facts.axes.first + row.year)
        granted[key] = min(money, most)
    works = works[np.isin(built, bought)].reset_index(drop=True)
    return Decisions(facts, purchases, works, chosen, granted)


def minor_units(form: Formulation) -> Floats:
    """``[column]`` how much of what is bought or granted by the đồng one minor unit of money is;
    nought for every other column."""
    buys = form.columns.buys
    loose = buys[form.facts.by_money[buys["item"].to_numpy()] & (buys["price"] > 0).to_numpy()]
    unit = np.zeros(form.model.columns)
    unit[loose["column"].to_numpy(dtype=np.int64)] = 1 / loose["price"].to_numpy()
    unit[form.grants["column"].to_numpy(dtype=np.int64)] = 1 / form.facts.scale
    return unit


def in_whole_money(form: Formulation) -> tuple[Formulation, Floats]:
    """The formulation with what is bought or granted by the đồng decided in whole minor units,
    and ``[column]`` how much of the original column one unit of the new one is.

    Rounding such a solution to whole money costs nothing, and its bound is one on plans in whole
    money: what rounding down takes is no part of the gap any more.
    """
    model, unit = form.model, minor_units(form)
    whole = unit > 0
    size = np.where(whole, unit, 1.0)
    lower, upper = model.column_lower / size, model.column_upper / size
    counted = replace(
        model,
        column_lower=np.where(whole, np.ceil(lower - NUDGE), lower),
        column_upper=np.where(whole, np.floor(upper + NUDGE), upper),
        integer=model.integer | whole,
        coefficient=model.coefficient * size[model.column_index],
        stage_values=tuple(points * size for points in model.stage_values),
        spend=model.spend * size,
        lateness=model.lateness * size,
    )
    return replace(form, model=counted), size


Purchase = tuple[str, str, str, int]
"""School, item, fund, year."""


def decisions_by_hand(
    facts: Facts,
    quantities: Mapping[Purchase, Decimal],
    amounts: Mapping[Purchase, int],
    chosen: Mapping[tuple[str, str], int],
    granted: Mapping[tuple[str, str, str, int], int],
    works_before: Mapping[tuple[str, str], str],
) -> Decisions:
    """The decisions that hold these purchases and options, whether or not rules allow them.

    ``works_before`` says which fund paid the site works of a (school, item) so far; it goes on
    paying them while it buys in the first year.
    """
    axes, last = facts.axes, len(facts.axes.years)
    rows, late = [], late_service(facts.scenario)
    for (school, item, fund, year), quantity in quantities.items():
        s, i, t = axes.school_at[school], axes.item_at[item], axes.year_at(year)
        start = max(int(axes.usable_from(item)[s]), t)
        start = max(start, late.get((school, item, fund, year), year) - axes.first)
        end = min(start + (facts.items[i].life or last), last)
        price = int(facts.price[i, t])
        amount = amounts[school, item, fund, year]
        if facts.items[i].whole:  # the catalogue's; a contract's own price comes on top
            amount, units = int(quantity * price), float(quantity)
        else:
            units = amount / max(price, 1)
        rows.append((s, i, facts.fund_at[fund], t, start, max(end, start), units, price, amount))
    names = [*KEYS, "start", "end", "quantity", "price", "amount"]
    frame = pd.DataFrame(rows, columns=names).sort_values(KEYS, ignore_index=True)
    whole = [*KEYS, "start", "end", "price", "amount"]
    frame = frame.astype(dict.fromkeys(whole, np.int64) | {"quantity": np.float64})
    works = []  # with the first purchase at a school without stock of the item
    for (s, i), lines in frame.groupby(["school", "item"]):
        if not facts.items[i].setup or facts.stock[s, i, 0]:
            continue
        first = int(lines["year"].min())
        funds = lines.loc[lines["year"] == first, "fund"].tolist()
        before = facts.fund_at.get(works_before.get((axes.schools[s], axes.items[i]), ""), -1)
        payer = before if before in funds else min(funds)
        works.append((s, i, payer, first, int(facts.setup[i, first])))
    paid = pd.DataFrame(works, columns=[*KEYS, "amount"], dtype=np.int64)
    return Decisions(facts, frame, paid, chosen, granted)
