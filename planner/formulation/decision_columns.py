"""Which decisions exist: purchases, deliveries, site works, carried money, coverage gained.

Only combinations that can exist become columns: the fund's nature and ``where`` fit, the
building can take the units in time, every instalment falls in a year with declared money, and
a need is left in the years the units would live (ARCHITECTURE.md#decisions).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from planner.formulation.facts import BEYOND, Facts
from planner.formulation.model import ModelBuilder
from planner.vocabulary.axes import (
    Floats,
    Ints,
    eligible_schools,
    general_funds,
    narrow,
    pays_for,
    project_funds,
)

# --------------------------------------------------------------------------------------------------
# How many new units of an item a school can have at most, by its need and its prerequisites.

ROUND = 1e-9
"""Units by which a product of decimals may miss a whole number and still mean it."""


def served(facts: Facts, item: int, other: int, capacity: object) -> tuple[Floats, Floats]:
    """What a prerequisite lets serve: new units of ``item`` for each new unit of ``other``
    (``[school]``), and without any (``[school, year]``; infinite: no limit)."""
    stock_i, stock_j = facts.stock[:, item, :], facts.stock[:, other, :]
    if capacity is None:
        factor = np.maximum(facts.most_new[:, item], 1).astype(float)
        free = np.where(stock_j > 0, np.inf, 0.0)
    else:
        factor = np.full(len(stock_i), float(str(capacity)))
        free = np.maximum(factor[:, None] * stock_j - stock_i, 0.0)
    if facts.signed["executed"].any():
        # what has been delivered serves, whatever it was to stand on
        there = facts.executed[:, item, :] - factor[:, None] * facts.executed[:, other, :]
        free = np.maximum(free, there)
    return factor, free


def most_served(facts: Facts, item: int, start: Ints) -> Floats:
    """``[school]``: new units from ``start`` that the prerequisites let serve all their life.

    Three servers stand on a network for four: a fourth can be bought as long as they live,
    never four at once, unless more of the network can be had.
    """
    known, years = facts.items[item], np.arange(len(facts.axes.years))
    end = start + facts.lives[item]
    alive = (start[:, None] <= years) & (years < end[:, None]) & facts.axes.counted
    most = np.full(len(start), np.inf)
    for place, name in enumerate(known.requires):
        capacity = known.capacity[place] if place < len(known.capacity) else None
        other = facts.axes.item_at[name]
        factor, free = served(facts, item, other, capacity)
        room = factor[:, None] * facts.most_new[:, other][:, None] + free
        most = np.minimum(most, np.where(alive, room, np.inf).min(axis=1))
    return most


BUY_KEYS = ["school", "item", "fund", "year"]


@dataclass(frozen=True)
class Columns:
    """The decision columns that rows are written over; frames of positions and indices.

    ``buys``: school, item, fund, year, start, end, price, lot, most (units), needed (units that
    the need leaves, whatever serves them), committed, column. ``works`` and ``deliveries``: the
    purchase keys and column. ``supplies``: everything that puts units into service: school, item,
    start, end, column, units (of one column unit), most (units); of these ``sure``, what contracts
    and requests bring, and ``free``, what a purchase may be by the need. ``contracts``: those that
    do not cost what the catalogue says: rows of :attr:`Facts.signed` with a column that is 1.
    """

    buys: pd.DataFrame
    works: pd.DataFrame
    deliveries: pd.DataFrame
    supplies: pd.DataFrame
    carries: pd.DataFrame
    contracts: pd.DataFrame

    def priced(self, facts: Facts) -> Columns:
        """The same columns at other prices, and with what the funds may now carry over."""

        def anew(rows: pd.DataFrame) -> pd.DataFrame:
            price = facts.price[rows["item"].to_numpy(), rows["year"].to_numpy()]
            return rows.assign(price=price)

        names = tuple(facts.funds)
        pairs = zip(self.carries["fund"].tolist(), self.carries["year"].tolist(), strict=True)
        limits = [facts.carry_limit(names[fund], year) for fund, year in pairs]
        return replace(
            self, buys=anew(self.buys), works=anew(self.works), deliveries=anew(self.deliveries),
            carries=self.carries.assign(limit=np.array(limits, dtype=np.int64)),
        )  # fmt: skip


def largest_left(facts: Facts, item: int, start: Ints) -> Ints:
    """``[school]``: the largest need left in the years a unit serving from ``start`` lives."""
    if facts.beyond:
        return np.where(start < len(facts.axes.years), BEYOND, 0).astype(np.int64)
    most = np.zeros(len(start), dtype=np.int64)
    for first in np.unique(start[start < len(facts.axes.years)]):
        at = start == first
        most[at] = facts.left[at, item, first : first + facts.lives[item]].max(axis=1)
    return most


def candidate_buys(facts: Facts) -> pd.DataFrame:
    """Every purchase that may be made, with the most units it may hold."""
    axes, parts = facts.axes, []
    for at, item in enumerate(facts.items):
        usable_from = axes.usable_from(item.item)
        for name, fund in general_funds(facts.scenario).items():
            schools = eligible_schools(facts.scenario, axes, fund)
            for year in range(facts.closed, axes.plan_count):  # ``year_closed``: none in the past
                dues = range(year, year + len(item.payments))
                declared = all(due in facts.declared[name] for due in dues)
                if declared and pays_for(fund, item, axes.first + year):
                    start = np.maximum(usable_from, year)
                    in_time = schools & (start - year < len(item.payments))
                    parts.append(_frame(facts, at, name, year, start, in_time))
        for name, fund in project_funds(facts.scenario).items():
            schools = eligible_schools(facts.scenario, axes, fund)
            for year in np.unique(usable_from[schools]).tolist():
                if year >= facts.closed and pays_for(fund, item, axes.first + year):
                    chosen = schools & (usable_from == year)
                    parts.append(_frame(facts, at, name, year, usable_from, chosen))
    parts = [part for part in parts if len(part)]
    if not parts:
        names = (*BUY_KEYS, "start", "most", "needed", "price", "lot")
        return pd.DataFrame({k: np.zeros(0, np.int64) for k in names})
    buys = pd.concat(parts, ignore_index=True)
    for ban in facts.scenario.rows("bans"):  # ``banned``
        hit = np.ones(len(buys), dtype=bool)
        for key, place in facts.place.items():
            if getattr(ban, key):
                hit &= (buys[key] == place[getattr(ban, key)]).to_numpy()
        if ban.year is not None:
            hit &= (buys["year"] == facts.axes.year_at(ban.year)).to_numpy()
        buys = buys[~hit]
    return buys.reset_index(drop=True)


def _frame(facts: Facts, at: int, fund: str, year: int, start: Ints, schools: Any) -> pd.DataFrame:
    item = facts.items[at]
    price = int(facts.price[at, year])
    needed, served = largest_left(facts, at, start), most_served(facts, at, start)
    most = np.minimum(needed, np.ceil(served - ROUND)).astype(np.int64)
    if item.whole:
        most = np.minimum(needed, np.floor(served + ROUND)).astype(np.int64) // item.lot * item.lot
        needed = needed // item.lot * item.lot
    chosen = np.flatnonzero(schools & (needed > 0))
    return pd.DataFrame(
        {
            "school": chosen,
            "item": at,
            "fund": facts.fund_at[fund],
            "year": year,
            "start": start[chosen],
            "most": most[chosen],
            "needed": needed[chosen],
            "price": price,
            "lot": item.lot if item.whole else 1,
        }
    )


def with_commitments(facts: Facts, buys: pd.DataFrame) -> pd.DataFrame:
    """``committed``: signed contracts as lower bounds, whatever the norm says."""
    whole = dict.fromkeys(["start", "most", "needed", "price", "lot"], np.int64)
    if facts.signed.empty:
        return buys.assign(committed=0).astype(whole).sort_values(BUY_KEYS, ignore_index=True)
    signed = facts.signed[[*BUY_KEYS, "units", "start", "fixed"]]
    signed = signed.rename(columns={"units": "committed", "start": "serves"})
    buys = buys.merge(signed, on=BUY_KEYS, how="outer")
    item, year = (buys[k].to_numpy(dtype=np.int64) for k in ("item", "year"))
    usual = {
        "start": 0,
        "price": facts.price[item, year],
        "lot": np.maximum(facts.lots, 1)[item],
        "most": 0,
        "needed": 0,
    }
    lacking, known = buys["price"].isna().to_numpy(), buys["committed"].notna().to_numpy()
    for name, values in usual.items():
        buys[name] = np.where(lacking, values, buys[name]).astype(np.int64)
    committed = buys["committed"].fillna(0).to_numpy(dtype=np.float64)
    fixed = known & (buys["fixed"] == True).to_numpy(dtype=bool)  # noqa: E712
    serves = buys["serves"].fillna(0).to_numpy(dtype=np.int64)
    most = np.maximum(np.where(fixed, 0, buys["most"]), np.ceil(committed)).astype(np.int64)
    if np.array_equal(committed, np.rint(committed)):
        committed = committed.astype(np.int64)
    buys = buys.assign(
        committed=committed, most=most, needed=np.where(fixed, 0, buys["needed"]),
        # what is delivered or handed over after the last year that counts never serves
        start=np.minimum(np.maximum(buys["start"], serves), len(facts.axes.years)),
    )  # fmt: skip
    buys = buys.drop(columns=["serves", "fixed"]).astype(whole)
    return buys.sort_values(BUY_KEYS, ignore_index=True)


def contract_columns(builder: ModelBuilder, facts: Facts) -> pd.DataFrame:
    """``signed``: 1, of each contract that says itself what it or its site works cost."""
    rows = facts.signed
    priced = rows["executed"] & ~facts.by_money[rows["item"].to_numpy(dtype=np.int64)]
    rows = rows[priced | (rows["works"] != 0)].reset_index(drop=True)
    if rows.empty:
        return rows.assign(column=0)
    return rows.assign(column=builder.add_columns("signed", rows[BUY_KEYS], 1, 1))


def buy_columns(builder: ModelBuilder, facts: Facts) -> pd.DataFrame:
    """``buy``: lots of whole items, units of the others."""
    buys = with_commitments(facts, candidate_buys(facts))
    item = buys["item"].to_numpy()
    end = np.minimum(buys["start"] + facts.lives[item], len(facts.axes.years))
    lots = buys["lot"].to_numpy()
    least, most = buys["committed"].to_numpy() / lots, buys["most"].to_numpy() / lots
    fixed = facts.signed[facts.signed["fixed"]]
    if len(fixed):
        hit = pd.MultiIndex.from_frame(buys[BUY_KEYS]).isin(
            pd.MultiIndex.from_frame(fixed[BUY_KEYS])
        )
        most = np.where(hit, least, most)
    column = builder.add_columns(
        "buy",
        buys[BUY_KEYS],
        least,
        most,
        integer=~facts.by_money[item],
        size=lots,
    )
    return narrow(buys.assign(end=end, column=column))


def works_columns(builder: ModelBuilder, facts: Facts, buys: pd.DataFrame) -> pd.DataFrame:
    """``works``: 0/1, site works paid with the first purchase at a school without stock, and those
    that a contract pays whatever is there."""
    school, item = buys["school"].to_numpy(), buys["item"].to_numpy()
    paid = facts.signed[facts.signed["own_works"]]
    own = np.zeros(len(buys), dtype=bool)
    if len(paid):
        keys, told = (pd.MultiIndex.from_frame(f[BUY_KEYS]) for f in (buys, paid))
        own = np.asarray(keys.isin(told))
    has_setup = facts.setup.max(axis=1, initial=0)[item] > 0
    due = has_setup & ((facts.stock[school, item, 0] == 0) | own)
    return _binary(builder, "works", buys[due], own[due].astype(np.float64))


def delivery_columns(builder: ModelBuilder, facts: Facts, buys: pd.DataFrame) -> pd.DataFrame:
    """``deliver``: 0/1, a purchase of an item that is delivered once."""
    return _binary(builder, "deliver", buys[facts.once[buys["item"].to_numpy()]])


def _binary(
    builder: ModelBuilder, kind: str, buys: pd.DataFrame, lower: Floats | int = 0
) -> pd.DataFrame:
    column = builder.add_columns(kind, buys[BUY_KEYS], lower, 1, integer=True)
    kept = [*BUY_KEYS, "start", "most", "committed", "lot", "price"]
    return narrow(buys[kept].assign(column=column, buy=buys["column"]))


def carry_columns(builder: ModelBuilder, facts: Facts) -> pd.DataFrame:
    """``carry``: money moved to the next year, within ``carry_within_limit`` by its bound."""
    pairs = [
        (facts.fund_at[name], year, facts.carry_limit(name, year))
        for name in general_funds(facts.scenario)
        for year in range(facts.axes.plan_count - 1)
        if facts.carry_limit(name, year) > 0 and year + 1 in facts.declared[name]
    ]
    frame = pd.DataFrame(pairs, columns=["fund", "year", "limit"], dtype=np.int64)
    keys = frame[["fund", "year"]]
    column = builder.add_columns("carry", keys, 0, frame["limit"] / facts.scale, money=True)
    return frame.assign(column=column)


def build_columns(builder: ModelBuilder, facts: Facts, requested: pd.DataFrame) -> Columns:
    """All decision columns except coverage gained, which follows from what can serve.

    ``requested`` are the units that options of requests put into service.
    """
    buys = buy_columns(builder, facts)
    supplies = buys[["school", "item", "start", "end", "column", "most"]]
    supplies = supplies.assign(units=buys["lot"], sure=buys["committed"], free=buys["needed"])
    supplies = supplies[supplies["start"] < len(facts.axes.years)]
    supplies = narrow(pd.concat([supplies, requested[supplies.columns]], ignore_index=True))
    return Columns(
        buys=buys,
        works=works_columns(builder, facts, buys),
        deliveries=delivery_columns(builder, facts, buys),
        supplies=supplies,
        carries=carry_columns(builder, facts),
        contracts=contract_columns(builder, facts),
    )
