"""Funds: how much money a fund has in a year, and what it may pay for."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from planner.money import grown, part_half_up, share
from planner.scenario.contracts import Item
from planner.scenario.measures import schools_in, values_of
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Fund
from planner.vocabulary.axes import Axes, Bools

# --------------------------------------------------------------------------------------------------
# Prices: what a unit, its site works and its upkeep cost in a year, in whole minor units.


def start_price(item: Item, choice: str) -> int:
    """The unit price of the first plan year under a price choice (low, base, high)."""
    chosen = {"low": item.price_low, "high": item.price_high}.get(choice)
    return item.price if chosen is None else chosen


def unit_price(scenario: Scenario, item: Item, year: int) -> int:
    """Unit price in ``year``: price × (1+growth)^(year − first), half up."""
    settings = scenario.settings
    start = start_price(item, settings.prices)
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
