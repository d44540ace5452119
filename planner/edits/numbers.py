"""The numbers of an edited workbook: what a person may type where units are asked for."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from planner.edits.sheet import blank
from planner.money import share
from planner.prices import unit_price
from planner.scenario.contracts import Item
from planner.scenario.scenario import Scenario
from planner.workbook import cell_text

MOST = 10**12
"""Units beyond which a number is a slip of the hand."""
PLACES = Decimal("0.000001")


def same(column: str, cell: Any, text: str) -> bool:
    """Whether a cell still holds what the plan's table says."""
    return cell_text(column, cell) == text


def year_of(cell: Any) -> int | None:
    """A year typed as a number or as text."""
    if isinstance(cell, str) and cell.strip().isdigit():
        cell = float(cell)
    if isinstance(cell, bool) or not isinstance(cell, (int, float)) or not math.isfinite(cell):
        return None
    if cell != int(cell):
        return None
    return int(cell)


def quantity_of(cell: Any, item: Item) -> tuple[Decimal | None, str]:
    """Units of a purchase, or the code of what is wrong with the cell."""
    if blank(cell):
        return None, "edit_quantity_empty"
    if isinstance(cell, bool) or not isinstance(cell, (int, float)) or not math.isfinite(cell):
        return None, "edit_quantity_text"
    units = Decimal(repr(cell)).quantize(PLACES)
    if units < 0:
        return None, "edit_quantity_negative"
    if units > MOST:
        return None, "edit_quantity_large"
    if item.whole and units != int(units):
        return None, "edit_quantity_part"
    if item.whole and units % item.lot:
        return None, "edit_quantity_lot"
    return Decimal(int(units)) if units == int(units) else units.normalize(), ""


def amount_of(scenario: Scenario, item: Item, year: int, quantity: Decimal) -> int:
    """Units × unit price in minor units; of items that are not whole rounded down."""
    return share(unit_price(scenario, item, year), quantity)
