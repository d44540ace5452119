"""Prices: what a unit, its site works and its upkeep cost in a year, in whole minor units."""

from __future__ import annotations

from planner.money import grown, part_half_up
from planner.scenario.contracts import Item
from planner.scenario.scenario import Scenario


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
