"""Checks of the settings' numbers, the funds and the upkeep that they must carry."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.money import grown, part_half_up, share
from planner.scenario.checks import Checked, records
from planner.scenario.log import nearest
from planner.scenario.schema import MOST_TOGETHER, Fund
from planner.scenario.selecting import (
    ITEM_KEYS,
    items_in,
    known_values,
    school_keys,
    schools_in,
    values_of,
)

Years = npt.NDArray[np.float64]
LONGEST = 50
"""Plan and tail years together."""


def years_in_order(c: Checked) -> None:
    """The plan ends after it begins."""
    first, last = c.settings.years
    if last < first:
        c.log.error("years_order", c.key("years"), first=str(first), last=str(last))
    elif len(c.settings.all_years) > LONGEST:
        c.log.error(
            "years_too_many", c.key("years"), count=len(c.settings.all_years), limit=LONGEST
        )


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
            c.log.error(
                "envelope_year_missing", c.of_key("envelope", "public_investment"), year=str(year)
            )
    if len(drawing) > 1:
        c.log.warn(
            "envelope_twice", c.key("funds", drawing[1], "amounts"), funds=", ".join(drawing)
        )


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
        if fund.amounts == "envelope":
            continue
        for year in amounts:
            if year not in c.settings.all_years:
                c.log.warn(
                    "fund_year_outside",
                    c.key("funds", name, "amounts", str(year)),
                    fund=name,
                    year=str(year),
                )


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
            c.log.error(
                "selector_unknown",
                c.of_key(*steps, key),
                name=key,
                nearest=nearest(key, keys) or "-",
            )
            continue
        if key in ("item", "pillar", "nature") and "catalogue" in c.unread:
            continue
        known = known_values(key, c.frames, list(c.settings.funds), c.settings.all_years)
        for text in values_of(value):
            if known is not None and text not in known:
                c.log.error(
                    "selector_matches_none",
                    c.key(*steps, key),
                    name=key,
                    value=text,
                    nearest=nearest(text, known) or "-",
                )


def upkeep_funds(c: Checked) -> dict[str, tuple[pd.Series, pd.Series]]:
    """Funds that pay upkeep → their schools and their items."""
    return {
        name: (
            schools_in(c.frames["schools"], fund.where),
            items_in(c.frames["catalogue"], fund.where),
        )
        for name, fund in c.settings.funds.items()
        if fund.pays_upkeep and fund.role == "general"
    }


def one_fund_pays_upkeep(c: Checked) -> None:
    """The upkeep of an item at a school has at most one payer."""
    paying = upkeep_funds(c)
    names = list(paying)
    for k, name in enumerate(names):
        for other in names[:k]:
            schools = paying[name][0] & paying[other][0]
            items = paying[name][1] & paying[other][1]
            if schools.any() and items.any():
                c.log.error(
                    "upkeep_twice",
                    c.key("funds", name, "pays_upkeep"),
                    fund=name,
                    other=other,
                    school=c.frames["schools"]["school"][schools.idxmax()],
                )
                break


def one_project_per_school(c: Checked) -> None:
    """A preparing school draws on one project fund: ``project_amount`` is one sum of money."""
    schools = c.frames["schools"]
    preparing = schools["group"] == "preparing"
    funds = [n for n, f in c.settings.funds.items() if f.role == "project"]
    serves = {n: preparing & schools_in(schools, c.settings.funds[n].where) for n in funds}
    for k, name in enumerate(funds):
        for other in funds[:k]:
            both = serves[name] & serves[other]
            if both.any():
                school = schools["school"][both.idxmax()]
                place = c.of_key("funds", name)
                c.log.error("project_twice", place, fund=name, other=other, school=school)
                break


def stock_upkeep_fits(c: Checked) -> None:
    """A fund can at least carry the upkeep of what exists."""
    if c.settings.upkeep != "required" or c.log.failed:
        return
    stock, catalogue = c.frames["inventory"], c.frames["catalogue"]
    items = {item.item: item for item in records(catalogue)}
    first, until = _service(stock, catalogue)
    for name, (schools, fits) in upkeep_funds(c).items():
        fund = c.settings.funds[name]
        mine = (
            stock["school"].isin(c.frames["schools"]["school"][schools])
            & stock["item"].isin(catalogue["item"][fits])
        ).to_numpy()
        amounts = amounts_of(c, fund)
        for year in sorted(set(amounts) & set(c.settings.all_years)):
            if str(year) not in values_of(fund.where.get("year", str(year))):
                continue
            usable_stock = stock[mine & (first <= year) & (until >= year)]
            units = usable_stock.groupby("item", sort=False)["quantity"].sum()
            owed = sum(
                _unit_upkeep(c, items[str(item)], year) * int(quantity)
                for item, quantity in units.items()
            )
            room = usable = share(amounts[year], 1 - fund.reserve)
            if year - 1 in amounts and c.settings.years[0] < year <= c.settings.years[1]:
                room += share(share(amounts[year - 1], 1 - fund.reserve), fund.carry_over)
            if owed > room:
                c.log.error(
                    "stock_upkeep_above_fund",
                    c.key("funds", name, "amounts", str(year)),
                    fund=name,
                    year=str(year),
                    owed=owed,
                    usable=usable,
                )


def _service(stock: pd.DataFrame, catalogue: pd.DataFrame) -> tuple[Years, Years]:
    """``[row]``: the first and the last year in which stock serves; for good is infinite."""
    life = stock["item"].map(catalogue.set_index("item")["life"]).astype("Int64")
    until = stock["usable_until"].fillna(stock["acquired"] + life - 1)
    first = stock["acquired"].to_numpy(dtype=np.float64, na_value=np.inf)
    return first, until.to_numpy(dtype=np.float64, na_value=np.inf)


def _unit_upkeep(c: Checked, item: Any, year: int) -> int:
    price = {"low": item.price_low, "high": item.price_high}.get(c.settings.prices, pd.NA)
    chosen = int(item.price if price is pd.NA else price)
    return part_half_up(grown(chosen, item.price_growth, year - c.settings.years[0]), item.upkeep)


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
