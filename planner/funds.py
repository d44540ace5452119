"""Funds: how much money a fund has in a year, and what it may pay for."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from planner.axes import Axes, Bools
from planner.money import share
from planner.scenario.contracts import Item
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Fund
from planner.selection import fits, schools_matching


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
