"""What the formulation reads: needs, stock, shares, prices and money as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.scenario.contracts import Item
from planner.scenario.scenario import Scenario
from planner.scenario.schema import GROUPS, Fund
from planner.vocabulary.axes import (
    Axes,
    Bools,
    Criteria,
    Floats,
    Ints,
    amounts,
    carry_limit,
    covered_units,
    driver_array,
    item_shares,
    need_array,
    setup_price,
    stock_array,
    unit_price,
    unit_upkeep,
    upkeep_payer,
    usable,
    useful_array,
)

BEYOND = 10_000
"""Units of an item that a school may be given where the need is no bound."""
SPREAD = 6
"""Powers of ten that the model's unit of money may lie above the lowest price: the engine leaves
out what costs less than a billionth of the unit."""


@dataclass(frozen=True)
class Facts:
    """Everything derived from a scenario that columns, rows and objective share.

    ``beyond``: as if purchases were not bound by the need; what is covered still is. ``unit``: the
    model's unit of money in place of its own, where several models are to share money.
    """

    scenario: Scenario
    beyond: bool = False
    unit: int | None = None

    @cached_property
    def axes(self) -> Axes:
        """Order of schools, items and years."""
        return Axes(self.scenario)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The catalogue in order."""
        return tuple(self.scenario.items.values())

    @cached_property
    def funds(self) -> dict[str, Fund]:
        """All funds in order."""
        return self.scenario.settings.funds

    @cached_property
    def fund_at(self) -> dict[str, int]:
        """Fund id → position."""
        return {f: k for k, f in enumerate(self.funds)}

    @cached_property
    def place(self) -> dict[str, dict[str, int]]:
        """Key of a table (school, item, fund) → id → position."""
        return {"school": self.axes.school_at, "item": self.axes.item_at, "fund": self.fund_at}

    def placed(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows of a table with school, item, fund and year, where they have them, as positions."""
        keys = [k for k in self.place if k in rows]
        found = {k: rows[k].map(self.place[k]).astype(np.int64) for k in keys}
        years = {"year": rows["year"] - self.axes.first} if "year" in rows else {}
        return rows.assign(**found, **years)

    @cached_property
    def lives(self) -> Ints:
        """``[item]`` years that a unit serves; all there are where it has no life."""
        return np.array([i.life or len(self.axes.years) for i in self.items], dtype=np.int64)

    @cached_property
    def by_money(self) -> Bools:
        """``[item]`` whether it is bought by the đồng and not by the unit."""
        return np.array([not i.whole for i in self.items], dtype=bool)

    @cached_property
    def once(self) -> Bools:
        """``[item]`` whether it is delivered once in its life."""
        return np.array([i.once for i in self.items], dtype=bool)

    @cached_property
    def lots(self) -> Ints:
        """``[item]`` units of a lot; 0 where the item does not come in whole units."""
        return np.array([i.lot if i.whole else 0 for i in self.items], dtype=np.int64)

    @cached_property
    def least(self) -> Ints:
        """``[item]`` fewest units of a delivery, in whole lots; 0 where any purchase is enough."""
        lots = [(i.least, i.lot if i.whole else 1) for i in self.items]
        return np.array([-(-n // lot) * lot * (n > lot) for n, lot in lots], dtype=np.int64)

    @cached_property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """Axis of the model's keys → what its positions are called."""
        axes = self.axes
        years = tuple(str(y) for y in range(axes.first, axes.first + 200))
        tiers = tuple(str(k + 1) for k in range(len(self.tier_edges)))
        labels = {"school": axes.schools, "item": axes.items, "required": axes.items}
        labels["criterion"] = self.criteria.names
        return labels | {"fund": tuple(self.funds), "year": years, "tier": tiers}

    @cached_property
    def need(self) -> Ints:
        """``[school, item, year]`` units needed, 0 in years that do not count."""
        return need_array(self.scenario, self.axes) * self.axes.counted[:, None, :]

    @cached_property
    def stock(self) -> Ints:
        """``[school, item, year]`` usable units."""
        return stock_array(self.scenario, self.axes)

    @cached_property
    def useful(self) -> Ints:
        """``[school, item, year]`` units in service from which coverage counts, or 0."""
        return useful_array(self.scenario, self.axes, self.need)

    @cached_property
    def covered(self) -> Floats:
        """``[school, item, year]`` units of the need that the stock covers."""
        return covered_units(self.stock, self.need, self.useful)

    @cached_property
    def criteria(self) -> Criteria:
        """Criteria with points, and what schools were measured to have."""
        return Criteria(self.scenario, self.axes)

    @cached_property
    def had(self) -> Floats:
        """``[school, item, year]`` coverage (0–1) from which points are gained."""
        return self.criteria.had(self.covered, self.need)

    @cached_property
    def left(self) -> Ints:
        """``[school, item, year]`` need left by the stock, units."""
        return np.maximum(self.need - self.stock, 0)

    @cached_property
    def most_new(self) -> Ints:
        """``[school, item]`` new units that can serve at a time, whatever is bought: the largest
        need left, and what contracts and requests bring whatever the need is."""
        scenario, most = self.scenario, self.left.max(axis=2)
        if self.beyond:
            most = most + BEYOND
        signed = self.placed(scenario.table("commitments"))
        requests = scenario.table("requests")[["request", "option", "copies", "school"]]
        items = scenario.table("request_items").merge(requests, on=["request", "option"])
        asked = self.placed(items)
        for rows, units in (
            (signed, signed["quantity"]),
            (asked, asked["quantity"] * asked["copies"]),
        ):
            np.add.at(most, (rows["school"], rows["item"]), units.to_numpy(dtype=np.int64))
        return most

    @cached_property
    def closed(self) -> int:
        """How many plan years are past: positions below it are."""
        until = self.scenario.settings.closed_until
        past = 0 if until is None else until + 1 - self.axes.first
        return min(max(past, 0), self.axes.plan_count)

    @cached_property
    def signed(self) -> pd.DataFrame:
        """Contracts, a row each, in the order of purchases: school, item, fund, year (positions),
        units (of what is bought by the đồng with parts), extra (minor units above the catalogue's
        price), works (minor units above the catalogue's site works), own_works (whether it pays
        any), start (position of its first year of service), fixed (whether no more is bought on the
        line), executed (whether it has a price of its own)."""
        table = self.scenario.table("commitments")
        if table.empty:
            return _NOTHING_SIGNED
        rows = self.placed(table).sort_values(["school", "item", "fund", "year"])
        item, year = (rows[k].to_numpy(dtype=np.int64) for k in ("item", "year"))
        units = rows["quantity"].to_numpy(dtype=np.float64)
        plain = self.price[item, year]
        given = rows["amount"].notna().to_numpy(dtype=bool)
        amount = np.where(given, rows["amount"].fillna(0).to_numpy(dtype=np.int64), 0)
        loose = given & self.by_money[item]
        extra = np.where(given & ~loose, amount - plain * units.astype(np.int64), 0)
        works = rows["works"].fillna(-1).to_numpy(dtype=np.int64)
        own, served = works >= 0, rows["serves"].fillna(-1).to_numpy(dtype=np.int64)
        late = served > 0
        return pd.DataFrame(
            {k: rows[k].to_numpy(dtype=np.int64) for k in ("school", "item", "fund", "year")}
            | {
                "units": np.where(loose, amount / np.maximum(plain, 1), units),
                "extra": extra,
                "works": np.where(own, works - self.setup[item, year], 0),
                "own_works": own,
                "start": np.maximum(
                    np.maximum(self.axes.usable[item, rows["school"]], year),
                    np.where(late, served - self.axes.first, 0),
                ),
                "fixed": late | (year < self.closed),
                "executed": given,
            }
        )

    @cached_property
    def executed(self) -> Floats:
        """``[school, item, year]`` units in service that contracts of their own price bring: facts,
        which no prerequisite undoes."""
        found, rows = np.zeros(self.axes.shape), self.signed
        for row in rows[rows["executed"]].itertuples():
            end = row.start + self.lives[row.item]
            found[row.school, row.item, row.start : end] += row.units
        return found

    @cached_property
    def payers(self) -> npt.NDArray[np.object_]:
        """``[school, item]`` the fund that pays an item's upkeep, or ``""``."""
        if self.scenario.settings.upkeep != "required":
            return np.full(self.axes.shape[:2], "", dtype=object)
        columns = [upkeep_payer(self.scenario, item) for item in self.items]
        return np.array(columns, dtype=object).T.reshape(self.axes.shape[:2])

    @cached_property
    def declared(self) -> dict[str, dict[int, int]]:
        """Fund → year position → declared amount (minor units)."""
        first = self.axes.first
        return {
            name: {year - first: money for year, money in amounts(self.scenario, fund).items()}
            for name, fund in self.funds.items()
        }

    def usable(self, fund: str, at: int) -> int:
        """Usable money of a fund in a year (minor units); 0 where none is declared."""
        return usable(self.declared[fund].get(at, 0), self.funds[fund])

    def carry_limit(self, fund: str, at: int) -> int:
        """The most a fund may carry out of a year; nothing leaves the horizon."""
        if not 0 <= at < self.axes.plan_count - 1:
            return 0
        return carry_limit(self.declared[fund].get(at, 0), self.funds[fund])

    @cached_property
    def price(self) -> Ints:
        """``[item, year]`` unit price, minor units."""
        return self._by_year(unit_price)

    @cached_property
    def setup(self) -> Ints:
        """``[item, year]`` site works, minor units."""
        return self._by_year(setup_price)

    @cached_property
    def upkeep(self) -> Ints:
        """``[item, year]`` running cost of a unit, minor units."""
        return self._by_year(unit_upkeep)

    def _by_year(self, price: object) -> Ints:
        assert callable(price)
        rows = [[price(self.scenario, i, y) for y in self.axes.years] for i in self.items]
        return np.array(rows, dtype=np.int64).reshape(len(self.items), len(self.axes.years))

    @cached_property
    def scale(self) -> int:
        """Minor units per unit of the model's money: a power of ten near a typical price."""
        if self.unit is not None:
            return self.unit
        prices = self.price[self.price > 0]
        asked = self.scenario.table("request_costs")
        costs = asked["most"].fillna(asked["amount"]).to_numpy(dtype=np.int64)
        typical = np.concatenate([prices.ravel(), costs[costs > 0]])
        if not len(typical):
            return 1
        near = int(np.floor(np.log10(np.median(typical)))) - 1
        least = int(np.floor(np.log10(typical.min())))
        return int(10 ** max(0, min(near, least + SPREAD)))

    @cached_property
    def shares(self) -> Floats:
        """``[school, item]`` ω share of an item among those the level needs."""
        return item_shares(self.scenario, self.axes)

    @cached_property
    def people(self) -> Floats:
        """``[school, year]`` pupils, 0 in years that do not count."""
        pupils = driver_array(self.scenario, self.axes, "pupils")
        return np.asarray(pupils, dtype=np.float64) * self.axes.counted

    @cached_property
    def group_points(self) -> Floats:
        """``[school]`` group weight; a group that was left out counts 1."""
        weights = self.scenario.settings.priority.weights
        return np.array([float(weights.get(g, Decimal(1))) for g in self.axes.group.tolist()])

    @cached_property
    def school_points(self) -> Floats:
        """``[school]`` group weight × school weight."""
        weights = [float(w) for w in self.scenario.schools["weight"]]
        return self.group_points * np.array(weights)

    @cached_property
    def discount(self) -> Floats:
        """``[year]`` 1 ÷ (1+discount)^(t − first)."""
        rate = float(self.scenario.settings.discount)
        return np.asarray((1 + rate) ** -np.arange(len(self.axes.years), dtype=np.float64))

    @cached_property
    def tier_edges(self) -> tuple[Decimal, ...]:
        """Upper bounds of the tiers as shares of the need."""
        return tuple(edge for edge, _ in self.scenario.settings.tiers)

    @cached_property
    def tier_weights(self) -> tuple[float, ...]:
        """Weights per tier, scaled so that full coverage counts 1."""
        return tier_weights(self.scenario.settings.tiers)

    @cached_property
    def group_at(self) -> Ints:
        """``[school]`` position of its group in the priority order."""
        order = {g: k for k, g in enumerate(GROUPS)}
        return np.array([order[g] for g in self.axes.group], dtype=np.int64)


SHARED = (
    *("axes", "lives", "by_money", "once", "lots", "least", "need", "stock", "useful", "covered"),
    *("criteria", "had", "left", "most_new", "people", "group_at"),
)
"""What facts derive from a scenario that prices, money, rules and points do not change."""
PRICED = ("price", "price_low", "price_high", "price_growth", "upkeep", "setup", "weight")
"""Columns of the catalogue that are prices or points."""


def same_frame(one: Facts, other: Facts) -> bool:
    """Whether two scenarios differ in prices, amounts of money, rules and points alone, so that
    they have the same decisions and the same rows of other standing rules; then the other's facts
    share what is derived of that."""
    scenario, now = one.scenario, other.scenario
    if _unpriced_settings(scenario) != _unpriced_settings(now):
        return False
    for name in scenario.tables.keys() | now.tables.keys():
        tables = scenario.table(name), now.table(name)
        if tables[0] is tables[1]:
            continue
        free = {"catalogue": PRICED, "schools": ("weight",)}.get(name, ())
        apart = [t.drop(columns=[c for c in free if c in t]) for t in tables]
        if not apart[0].equals(apart[1]):
            return False
    other.__dict__.update({k: one.__dict__[k] for k in SHARED if k in one.__dict__})
    return _same_money(one, other) and _same_works(one, other)


def _unpriced_settings(scenario: Scenario) -> Any:
    """The settings without prices, amounts of money, rules, points, and how it is solved and
    shown."""
    settings = scenario.settings
    no_money: dict[str, Any] = {"amounts": {}, "reserve": 0, "carry_over": 0}
    apart: dict[str, Any] = {
        "funds": {k: f.model_copy(update=no_money) for k, f in settings.funds.items()},
        "tiers": [edge for edge, _ in settings.tiers],
        "discount": 0,
    }
    plain = ("prices", "prices_from", "envelope", "priority", "rules", "solve", "tidy", "title")
    return settings.model_copy(update=apart | dict.fromkeys((*plain, "data", "proposal", "names")))


def _same_money(one: Facts, other: Facts) -> bool:
    """Whether money is declared for, and may be carried out of, the same years, and counted in the
    same unit."""
    for name in one.funds:
        if one.declared[name].keys() != other.declared[name].keys():
            return False
        years = range(one.axes.plan_count)
        if any((one.carry_limit(name, y) > 0) != (other.carry_limit(name, y) > 0) for y in years):
            return False
    return one.scale == other.scale


def _same_works(one: Facts, other: Facts) -> bool:
    """Whether the same purchases have site works, and no row or contract holds a price."""
    works = [f.setup.max(axis=1, initial=0) > 0 for f in (one, other)]
    if not np.array_equal(*works):
        return False
    dearer = ((one.price != other.price) | (one.setup != other.setup)).any(axis=1)
    if not dearer.any():
        return True
    signed = other.scenario.table("commitments")
    own = bool(signed[["amount", "works"]].notna().to_numpy().any())
    return not (own or (dearer & other.by_money & (works[1] | (other.least > 0))).any())


def tier_weights(tiers: list[tuple[Decimal, Decimal]]) -> tuple[float, ...]:
    """Tier weights scaled so that Σ width × weight = 1."""
    edges = [Decimal(0), *(edge for edge, _ in tiers)]
    widths = [b - a for a, b in zip(edges, edges[1:], strict=False)]
    total = sum((w * t[1] for w, t in zip(widths, tiers, strict=True)), Decimal(0))
    return tuple(float(t[1] / total) if total else 0.0 for t in tiers)


_NOTHING_SIGNED = pd.DataFrame(
    {k: pd.Series([], dtype="int64") for k in ("school", "item", "fund", "year", "extra", "works")}
    | {"units": pd.Series([], dtype="float64"), "start": pd.Series([], dtype="int64")}
    | {k: pd.Series([], dtype="bool") for k in ("own_works", "fixed", "executed")}
)
"""Most scenarios have no contracts, and every solve asks."""
