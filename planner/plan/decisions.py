"""Whole decisions: what is bought, which works are paid, which requests are chosen.

The only place where an engine's floating-point columns become integers. Whole items are
rounded to their lots (the engine holds them within 1e-9 of an integer); for the others the
integer *amount* is the decision, rounded down so that no fund is overrun.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.axes import Floats, Ints
from planner.formulation.build import Formulation
from planner.formulation.facts import Facts
from planner.plan.rounding import Rounding
from planner.plan.supplies import chosen_supplies

KEYS = ["school", "item", "fund", "year"]
NUDGE = 1e-3
"""Minor units that noise may take from a continuous amount before it is rounded down (ties are
broken at a relative 1e-8 of the value)."""
NEAR_WHOLE = 1e-7
"""Units within which a continuous quantity is a whole one and some noise of the engine."""


@dataclass(frozen=True)
class Decisions:
    """Decisions as positions on the axes of :class:`Facts`.

    ``purchases``: school, item, fund, year, quantity (float; whole where the item is),
    price, amount (int64). ``works``: school, item, fund, year, amount. ``chosen``: (request,
    option) → how many times. ``granted``: (request, option, fund, year) by name → what a block
    grant gives beyond its least, minor units.
    """

    facts: Facts
    purchases: pd.DataFrame
    works: pd.DataFrame
    chosen: Mapping[tuple[str, str], int]
    granted: Mapping[tuple[str, str, str, int], int]


def decide(form: Formulation, columns: Floats) -> Decisions:
    """The engine's columns as whole decisions."""
    facts, chosen = form.facts, _chosen(form, columns)
    purchases = _purchases(form, columns)
    if not all(i.whole for i in facts.items):
        purchases = _within_prerequisites(facts, purchases, chosen)
    granted = _granted(form, columns, chosen)
    works = _done(form, columns).merge(purchases[KEYS], on=KEYS)
    return Decisions(facts, purchases, works, chosen, granted)


def _within_prerequisites(
    facts: Facts, purchases: pd.DataFrame, chosen: Mapping[tuple[str, str], int]
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
    level = np.where(np.abs(level - np.rint(level)) < NEAR_WHOLE, np.rint(level), level)
    loose = np.floor(np.maximum(level, 0) * price + NUDGE).astype(np.int64)
    loose = np.maximum(loose, _with_works(form, columns))
    amount = np.where(whole, units * price, loose)
    quantity = np.where(whole, units, loose / np.maximum(price, 1))
    frame = buys[["school", "item", "fund", "year", "start", "end"]].assign(
        quantity=quantity, price=price, amount=amount
    )
    return frame[quantity > 0].reset_index(drop=True)


def _with_works(form: Formulation, columns: Floats) -> Ints:
    """``[purchase]`` the least amount: a minor unit where works are paid, which need a purchase
    beside them however small (see ``works_paid_with_purchase``), else 0."""
    keys = form.columns.buys[KEYS]
    paid = keys.merge(_done(form, columns)[KEYS], on=KEYS, how="left", indicator=True)
    return (paid["_merge"] == "both").to_numpy().astype(np.int64)


def _done(form: Formulation, columns: Floats) -> pd.DataFrame:
    """The works that are paid, with what they cost."""
    works = form.columns.works
    done = works[columns[works["column"].to_numpy()] > 0.5]
    frame = done[KEYS].reset_index(drop=True)
    return frame.assign(amount=form.facts.setup[frame["item"], frame["year"]])


def _chosen(form: Formulation, columns: Floats) -> dict[tuple[str, str], int]:
    options = form.options
    times = np.rint(columns[options["column"].to_numpy(dtype=np.int64)]).astype(np.int64)
    named = zip(options["request"], options["option"], times.tolist(), strict=True)
    return {(request, option): n for request, option, n in named if n > 0}


def _granted(
    form: Formulation, columns: Floats, chosen: Mapping[tuple[str, str], int]
) -> dict[tuple[str, str, str, int], int]:
    """Money beyond the least, rounded down so that no fund is overrun."""
    facts, funds = form.facts, tuple(form.facts.funds)
    found = {}
    for row in form.grants.itertuples():
        money = int(np.floor(max(columns[row.column], 0.0) * facts.scale + NUDGE))
        most = int(row.room) * chosen.get((row.request, row.option), 0)
        key = (row.request, row.option, funds[row.fund], facts.axes.first + row.year)
        found[key] = min(money, most)
    return found
