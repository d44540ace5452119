"""Whole decisions: what is bought, which works are paid, which requests are chosen.

The only place where an engine's floating-point columns become integers. Whole items are
rounded to their lots (the engine holds them within 1e-9 of an integer); for the others the
integer *amount* is the decision, rounded down so that no fund is overrun.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.axes import Floats
from planner.formulation.build import Formulation
from planner.formulation.facts import Facts
from planner.plan.rounding import Rounding
from planner.plan.supplies import chosen_supplies

NUDGE = 1e-6
"""Minor units that noise may take from a continuous amount before it is rounded down."""


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
    facts, chosen = form.facts, _chosen(form, columns)
    purchases = _purchases(form, columns)
    if not all(i.whole for i in facts.items):
        purchases = _within_prerequisites(facts, purchases, chosen)
    return Decisions(facts, purchases, _works(form, columns), chosen)


def _within_prerequisites(
    facts: Facts, purchases: pd.DataFrame, chosen: frozenset[tuple[str, str]]
) -> pd.DataFrame:
    """Amounts lowered where rounding down what they require asks for it."""
    amount = Rounding(facts, purchases, chosen_supplies(facts, chosen)).lowered()
    whole = np.array([i.whole for i in facts.items], dtype=bool)[purchases["item"].to_numpy()]
    paid = np.array(amount, dtype=np.int64)
    loose = paid / np.maximum(purchases["price"].to_numpy(), 1)
    quantity = np.where(whole, purchases["quantity"], loose)
    return purchases.assign(amount=paid, quantity=quantity)[paid > 0].reset_index(drop=True)


def _purchases(form: Formulation, columns: Floats) -> pd.DataFrame:
    buys = form.columns.buys
    level = columns[buys["column"].to_numpy()]
    price = buys["price"].to_numpy()
    whole = np.array([i.whole for i in form.facts.items], dtype=bool)[buys["item"].to_numpy()]
    units = np.rint(level).astype(np.int64) * buys["lot"].to_numpy()
    loose = np.floor(np.maximum(level, 0) * price + NUDGE).astype(np.int64)
    amount = np.where(whole, units * price, loose)
    quantity = np.where(whole, units, loose / np.maximum(price, 1))
    frame = buys[["school", "item", "fund", "year", "start", "end"]].assign(
        quantity=quantity, price=price, amount=amount
    )
    return frame[quantity > 0].reset_index(drop=True)


def _works(form: Formulation, columns: Floats) -> pd.DataFrame:
    works = form.columns.works
    done = works[columns[works["column"].to_numpy()] > 0.5]
    frame = done[["school", "item", "fund", "year"]].reset_index(drop=True)
    return frame.assign(amount=form.facts.setup[frame["item"], frame["year"]])


def _chosen(form: Formulation, columns: Floats) -> frozenset[tuple[str, str]]:
    options = form.options
    picked = options[columns[options["column"].to_numpy(dtype=np.int64)] > 0.5]
    return frozenset(zip(picked["request"], picked["option"], strict=True))
