"""Checks of the settings' numbers, the funds and the upkeep that they must carry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
import pandas as pd

from planner.money import grown, part_half_up, share
from planner.scenario.checks.across import Checked, Exact
from planner.scenario.measures import (
    ITEM_KEYS,
    MEASURES,
    items_in,
    known_values,
    school_keys,
    schools_in,
    values_of,
)
from planner.scenario.reading.sources import nearest
from planner.scenario.schema import MOST_MONEY, MOST_TOGETHER, MOST_UNITS, Fund

Reach = dict[str, tuple[pd.Series, pd.Series]]
"""Fund → ``[school]`` and ``[item]``, which of them it reaches."""
LONGEST = 50
"""Plan and tail years together."""


def years_in_order(c: Checked) -> None:
    """The plan ends after it begins."""
    first, last = c.settings.years
    if last < first:
        c.log.error("years_order", c.key("years"), first=str(first), last=str(last))
    elif len(c.settings.all_years) > LONGEST:
        count = len(c.settings.all_years)
        c.log.error("years_too_many", c.key("years"), count=count, limit=LONGEST)


def tiers_fall(c: Checked) -> None:
    """Tiers reach from nothing to full coverage; a later one never counts more."""
    tiers = c.settings.tiers
    tops = [t for t, _ in tiers]
    if not tiers or tops[-1] != 1 or any(b <= a for a, b in pairwise(tops)):
        c.log.error("tiers_bounds", c.key("tiers"))
    weights = [w for _, w in tiers]
    if any(b > a for a, b in pairwise(weights)):
        c.log.error("tiers_rise", c.key("tiers"))
    if not any(weights):
        c.log.error("tiers_zero", c.key("tiers"))


def envelope_funds(c: Checked) -> None:
    """Funds of the envelope have one, with a figure for every plan year."""
    envelope = c.settings.envelope
    drawing = [n for n, f in c.settings.funds.items() if f.amounts == "envelope"]
    if not drawing:
        return
    if envelope is None:
        for name in drawing:
            c.log.error("envelope_missing", c.key("funds", name, "amounts"), fund=name)
        return
    for year in c.settings.plan_years:
        if year not in envelope.public_investment:
            place = c.of_key("envelope", "public_investment")
            c.log.error("envelope_year_missing", place, year=str(year))
    if len(drawing) > 1:
        place = c.key("funds", drawing[1], "amounts")
        c.log.warn("envelope_twice", place, funds=", ".join(drawing))


def fund_amounts(c: Checked) -> None:
    """General funds have money in some plan year; project funds have none of their own."""
    for name, fund in c.settings.funds.items():
        if fund.role == "project":
            if fund.amounts:
                c.log.error("project_fund_amounts", c.key("funds", name, "amounts"), fund=name)
            if fund.pays_upkeep:
                c.log.error("project_fund_upkeep", c.key("funds", name, "pays_upkeep"), fund=name)
            continue
        if fund.amounts == "envelope" and c.settings.envelope is None:
            continue
        amounts = amounts_of(c, fund)
        if not any(amounts.get(y) for y in c.settings.plan_years):
            c.log.warn("fund_without_money", c.of_key("funds", name), fund=name)
        for year in amounts if fund.amounts != "envelope" else ():
            if year not in c.settings.all_years:
                place = c.key("funds", name, "amounts", str(year))
                c.log.warn("fund_year_outside", place, fund=name, year=str(year))


def amounts_of(c: Checked, fund: Fund) -> dict[int, int]:
    """A fund's amounts by year, minor units; the envelope's shares rounded down."""
    return fund.amounts if isinstance(fund.amounts, dict) else c.settings.amounts(fund)


def money_adds_up(c: Checked) -> None:
    """All amounts of all funds and building projects sum to what is exact."""
    total = sum(sum(amounts_of(c, f).values()) for f in c.settings.funds.values())
    total += int(c.frames["schools"]["project_amount"].fillna(0).sum())
    if total > MOST_TOGETHER:
        c.log.error("sum_of_funds", c.of_key("funds"), total=total, bound=MOST_TOGETHER)


def fund_selections(c: Checked) -> None:
    """What a fund may pay for is said in known keys and matches something."""
    keys = [*school_keys(c.frames["schools"]), *ITEM_KEYS, "year"]
    for name, fund in c.settings.funds.items():
        selection_is_known(c, dict(fund.where), keys, ("funds", name, "where"))


def selection_is_known(
    c: Checked, where: dict[str, object], keys: list[str], steps: tuple[str, ...]
) -> None:
    """Keys of a selection are known, and each of its values matches something."""
    if "schools" in c.unread:
        return
    for key, value in where.items():
        if key not in keys:
            like = nearest(key, keys) or "-"
            c.log.error("selector_unknown", c.of_key(*steps, key), name=key, nearest=like)
            continue
        if key in ("item", "pillar", "nature") and "catalogue" in c.unread:
            continue
        known = known_values(key, c.frames, list(c.settings.funds), c.settings.all_years)
        for text in values_of(value):
            if known is not None and text not in known:
                said = {"name": key, "value": text, "nearest": nearest(text, known) or "-"}
                c.log.error("selector_matches_none", c.key(*steps, key), **said)


def upkeep_funds(c: Checked) -> Reach:
    """Funds that pay upkeep → their schools and their items."""
    return {
        name: (
            schools_in(c.frames["schools"], fund.where),
            items_in(c.frames["catalogue"], fund.where),
        )
        for name, fund in c.settings.funds.items()
        if fund.pays_upkeep and fund.role == "general"
    }


def _overlaps(c: Checked, reach: Reach) -> Iterator[tuple[str, dict[str, Any]]]:
    """Funds that reach a school and an item that an earlier one reaches, with that and the
    school."""
    names = list(reach)
    for k, name in enumerate(names):
        for other in names[:k]:
            schools, items = (a & b for a, b in zip(reach[name], reach[other], strict=True))
            if schools.any() and items.any():
                school = c.frames["schools"]["school"][schools.idxmax()]
                yield name, {"fund": name, "other": other, "school": school}
                break


def one_fund_pays_upkeep(c: Checked) -> None:
    """The upkeep of an item at a school has at most one payer."""
    for name, said in _overlaps(c, upkeep_funds(c)):
        c.log.error("upkeep_twice", c.key("funds", name, "pays_upkeep"), **said)


def one_project_per_school(c: Checked) -> None:
    """A preparing school draws on one project fund: ``project_amount`` is one sum of money."""
    schools, projects = c.frames["schools"], pd.Series([True])
    preparing = schools["group"] == "preparing"
    funds = {n: f for n, f in c.settings.funds.items() if f.role == "project"}
    reach = {n: (preparing & schools_in(schools, f.where), projects) for n, f in funds.items()}
    for name, said in _overlaps(c, reach):
        c.log.error("project_twice", c.of_key("funds", name), **said)


def stock_upkeep_fits(c: Checked) -> None:
    """A fund can at least carry the upkeep of what exists."""
    if c.settings.upkeep != "required" or c.log.failed:
        return
    stock, catalogue = c.frames["inventory"], c.frames["catalogue"]
    items = {item.item: item for item in c.records("catalogue")}
    # [row]: the first and the last year in which stock serves; for good is infinite.
    life = stock["item"].map(catalogue.set_index("item")["life"]).astype("Int64")
    last = stock["usable_until"].fillna(stock["acquired"] + life - 1)
    first = stock["acquired"].to_numpy(dtype=np.float64, na_value=np.inf)
    until = last.to_numpy(dtype=np.float64, na_value=np.inf)
    begins, ends = c.settings.years

    def upkeep_of(item: Any, year: int) -> int:
        price = {"low": item.price_low, "high": item.price_high}.get(
            c.settings.prices_in(year), pd.NA
        )
        chosen = int(item.price if price is pd.NA else price)
        return part_half_up(grown(chosen, item.price_growth, year - begins), item.upkeep)

    for name, (schools, fits) in upkeep_funds(c).items():
        fund = c.settings.funds[name]
        mine = stock["school"].isin(c.frames["schools"]["school"][schools])
        mine &= stock["item"].isin(catalogue["item"][fits])
        amounts = amounts_of(c, fund)
        for year in sorted(set(amounts) & set(c.settings.all_years)):
            if str(year) not in values_of(fund.where.get("year", str(year))):
                continue
            usable_stock = stock[mine.to_numpy() & (first <= year) & (until >= year)]
            units = usable_stock.groupby("item", sort=False)["quantity"].sum()
            owed = sum(upkeep_of(items[str(i)], year) * int(n) for i, n in units.items())
            room = usable = share(amounts[year], 1 - fund.reserve)
            if year - 1 in amounts and begins < year <= ends:
                room += share(share(amounts[year - 1], 1 - fund.reserve), fund.carry_over)
            if owed > room:
                place = c.key("funds", name, "amounts", str(year))
                said = {"fund": name, "year": str(year), "owed": owed, "usable": usable}
                c.log.error("stock_upkeep_above_fund", place, **said)


CHECKS = (
    tiers_fall,
    envelope_funds,
    fund_amounts,
    money_adds_up,
    fund_selections,
    one_fund_pays_upkeep,
    one_project_per_school,
    stock_upkeep_fits,
)
OF_AMOUNTS = (envelope_funds, fund_amounts, money_adds_up, stock_upkeep_fits)
"""Checks that look at how much money a fund brings, not only at the years it has."""


# --------------------------------------------------------------------------------------------------
# Checks that what is made of the numbers stays exact: sums of money below 2^53, prices of later
# years and needs within what a single amount or quantity may be, points within what the engine
# can tell apart. Each cell is within its own bounds by now (:mod:`planner.scenario.schema`).

MOST_VALUE = 10**15
"""The most points that all needs together, or one request, may count."""


def prices_stay_within(c: Checked) -> None:
    """Prices and site works of every year, and the price of a lot, are amounts of money."""
    if c.log.failed:
        return
    for row, item in enumerate(c.records("catalogue")):
        for name in ("price", "price_low", "price_high", "setup"):
            amount = getattr(item, name)
            if amount is pd.NA or not amount:
                continue
            year = c.last_price_year
            then = grown(int(amount), item.price_growth, year - c.settings.years[0])
            if then > MOST_MONEY:
                place = c.cell("catalogue", row, "price_growth")
                said = {"item": item.item, "year": str(year), "amount": then}
                c.log.error("price_grows_above", place, **said, bound=MOST_MONEY)
        if item.lot > 1 and item.lot * _dearest(c, item) > MOST_TOGETHER:
            place = c.cell("catalogue", row, "lot")
            total = item.lot * _dearest(c, item)
            c.log.error("lot_too_dear", place, item=item.item, total=total, bound=MOST_TOGETHER)


def _dearest(c: Checked, item: Any) -> int:
    """The highest price that a unit has in any year, minor units."""
    start = max(int(p) for p in (item.price, item.price_low, item.price_high) if p is not pd.NA)
    years = max(0, c.last_price_year - c.settings.years[0]) if item.price_growth > 0 else 0
    return grown(start, item.price_growth, years)


def needs_stay_within(c: Checked) -> None:
    """No norm asks a school for more units than a quantity may be."""
    if c.log.failed:
        return
    for row, norm in enumerate(c.records("norms")):
        most = int(c.needs.of_norm(norm).max(initial=0))
        if most > MOST_UNITS:
            place = c.cell("norms", row, "every")
            c.log.error("need_too_large", place, item=norm.item, units=most, bound=MOST_UNITS)


def thresholds_are_reached(c: Checked) -> None:
    """Some school needs as many units as coverage counts from, and as a delivery is of."""
    if c.log.failed:
        return
    given = c.frames["needs"]
    most: dict[str, int] = given.groupby("item")["quantity"].max().to_dict()
    for row, norm in enumerate(c.records("norms")):
        units = int(c.needs.of_norm(norm).max(initial=0))
        most[norm.item] = max(int(most.get(norm.item, 0)), units)
        least = norm.useful_from
        if units and least and not least.endswith("%") and int(least) > units:
            place = c.cell("norms", row, "useful_from")
            c.log.warn("useful_beyond_need", place, units=int(least), most=units)
    for row, item in enumerate(c.records("catalogue")):
        units, least = int(most.get(item.item, 0)), int(item.least)
        if units and least > max(units, int(item.lot)):
            place = c.cell("catalogue", row, "least")
            c.log.warn("least_beyond_need", place, least=least, most=units)


def requested_units_stay_within(c: Checked) -> None:
    """What all copies of an option bring is a quantity."""
    if c.log.failed:
        return
    asked = c.frames["requests"]
    copies = dict(zip(zip(asked["request"], asked["option"], strict=True), asked["copies"],
                      strict=True))  # fmt: skip
    for row, part in enumerate(c.records("request_items")):
        units = int(part.quantity) * int(copies.get((part.request, part.option), 1))
        if units > MOST_UNITS:
            place = c.cell("request_items", row, "quantity")
            c.log.error("copies_bring_too_many", place, units=units, bound=MOST_UNITS)


def worth_adds_up(c: Checked) -> None:
    """Everything that is needed, in stock, signed or requested is worth what is exact."""
    if c.log.failed:
        return
    norms = c.records("norms")
    schools, years = len(c.frames["schools"]), max(0, c.last_price_year - c.settings.years[0])
    brought: dict[str, int] = defaultdict(int)
    for table in ("inventory", "needs", "commitments", "request_items"):
        rows = c.frames[table]
        sums = {} if rows.empty else rows.groupby("item")["quantity"].sum()
        for name, count in sums.items():
            brought[str(name)] += int(count)
    worth: list[int] = []
    for item in c.records("catalogue"):
        units: Exact = np.zeros(schools, dtype=object)
        for norm in (n for n in norms if n.item == item.item):
            units = np.maximum(units, c.needs.of_norm(norm))
        total = int(units.sum()) + brought[item.item]
        works = grown(int(item.setup), max(item.price_growth, Decimal(0)), years) * schools
        worth.append(total * _dearest(c, item) + (works if total else 0))
    costs = c.frames["request_costs"]
    asked = zip(costs["amount"], costs["most"], strict=True)
    everything = sum(worth) + sum(int(a if m is pd.NA else m) for a, m in asked)
    if everything <= MOST_TOGETHER:
        return
    most = max(range(len(worth)), key=worth.__getitem__, default=-1)
    place = c.cell("catalogue", most, "price") if worth else c.table("request_costs")
    name = c.frames["catalogue"]["item"][most] if worth else "-"
    c.log.error("worth_together", place, total=everything, bound=MOST_TOGETHER, item=name)


def points_add_up(c: Checked) -> None:
    """Points stay within what the engine can tell apart."""
    if c.log.failed:
        return
    weights = {str(g): float(w) for g, w in c.settings.priority.weights.items()}
    schools = c.frames["schools"]
    group = schools["group"].map(lambda g: weights.get(g, 1.0)).to_numpy(dtype=np.float64)
    points = group * schools["weight"].map(float).to_numpy(dtype=np.float64)
    years = len(c.settings.all_years)
    codes, distinct = c.needs.figures("pupils")
    total = float((points * np.array(distinct, dtype=np.float64)[codes]).sum()) * years
    if total > MOST_VALUE:
        place = c.of_key("priority", "weights")
        c.log.error("points_together", place, total=ceil(total), bound=MOST_VALUE)
    of_group = dict(zip(schools["school"], group.tolist(), strict=True))
    asking = c.frames["requests"]
    owner = dict(zip(asking["request"], asking["school"], strict=True))
    for table in ("requests", "request_costs"):
        for row, line in enumerate(c.records(table)):
            value = abs(float(line.value)) * of_group.get(owner.get(line.request), 1.0)
            if value > MOST_VALUE:
                place = c.cell(table, row, "value")
                c.log.error("points_together", place, total=ceil(value), bound=MOST_VALUE)
    # What a wish loses per minor unit of money is within points for the dearest unit too.
    prices = [_dearest(c, item) for item in c.records("catalogue")]
    for name, rule in c.settings.rules.items():
        unit = max([1, *prices]) if MEASURES[rule.measure].unit == "money" else 100
        if rule.price is not None and rule.price * unit > MOST_VALUE:
            lost, place = ceil(rule.price * unit), c.key("rules", name, "price")
            c.log.error("points_together", place, total=lost, bound=MOST_VALUE)


SUM_CHECKS = (
    prices_stay_within,
    needs_stay_within,
    thresholds_are_reached,
    requested_units_stay_within,
    worth_adds_up,
    points_add_up,
)
