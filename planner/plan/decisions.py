"""Whole decisions: what is bought, which works are paid, which requests are chosen.

The only place where an engine's floating-point columns become integers. Whole items are
rounded to their lots (the engine holds them within 1e-9 of an integer); for the others the
integer *amount* is the decision, rounded down so that no fund is overrun (what other items
require is rounded up).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.axes import Bools, Floats
from planner.formulation.build import Formulation
from planner.formulation.facts import Facts

NUDGE = 1e-6
"""Minor units that noise may take from a continuous amount before it is rounded down."""
NEAR_WHOLE = 1e-7
"""Units within which a continuous quantity is a whole one and some noise of the engine."""


@dataclass(frozen=True)
class Decisions:
    """Decisions as positions on the axes of :class:`Facts`.

    ``purchases``: school, item, fund, year, quantity (float; whole where the item is),
    price, amount (int64). ``works``: school, item, fund, year, amount. ``chosen``: request,
    option.
    """

    facts: Facts
    purchases: pd.DataFrame
    works: pd.DataFrame
    chosen: frozenset[tuple[str, str]]


def decide(form: Formulation, columns: Floats) -> Decisions:
    """The engine's columns as whole decisions."""
    facts = form.facts
    return Decisions(
        facts, _purchases(form, columns), _works(form, columns), _chosen(form, columns)
    )


def _purchases(form: Formulation, columns: Floats) -> pd.DataFrame:
    buys = form.columns.buys
    level = columns[buys["column"].to_numpy()]
    price = buys["price"].to_numpy()
    whole = np.array([i.whole for i in form.facts.items], dtype=bool)[buys["item"].to_numpy()]
    units = np.rint(level).astype(np.int64) * buys["lot"].to_numpy()
    level = np.where(np.abs(level - np.rint(level)) < NEAR_WHOLE, np.rint(level), level)
    exact = np.maximum(level, 0) * price
    down, up = np.floor(exact + NUDGE), np.ceil(exact - NUDGE)
    loose = np.where(_needed_by_others(form.facts)[buys["item"]], up, down).astype(np.int64)
    amount = np.where(whole, units * price, loose)
    quantity = np.where(whole, units, loose / np.maximum(price, 1))
    frame = buys[["school", "item", "fund", "year", "start", "end"]].assign(
        quantity=quantity, price=price, amount=amount
    )
    return frame[quantity > 0].reset_index(drop=True)


def _needed_by_others(facts: Facts) -> Bools:
    """``[item]``: items that another one requires. Rounded down, the last đồng of theirs would
    be missing from what serves it; rounded up, it is a fund that may be short, which is tightened
    and solved again."""
    required = {name for item in facts.items for name in item.requires}
    return np.array([item.item in required for item in facts.items], dtype=bool)


def _works(form: Formulation, columns: Floats) -> pd.DataFrame:
    works = form.columns.works
    done = works[columns[works["column"].to_numpy()] > 0.5]
    frame = done[["school", "item", "fund", "year"]].reset_index(drop=True)
    return frame.assign(amount=form.facts.setup[frame["item"], frame["year"]])


def _chosen(form: Formulation, columns: Floats) -> frozenset[tuple[str, str]]:
    options = form.options
    picked = options[columns[options["column"].to_numpy(dtype=np.int64)] > 0.5]
    return frozenset(zip(picked["request"], picked["option"], strict=True))
