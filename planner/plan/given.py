"""Decisions that a person made instead of the engine, with what must follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pandas as pd

from planner.formulation.facts import Facts
from planner.plan.decisions import Decisions

Purchase = tuple[str, str, str, int]
"""School, item, fund, year."""
KEYS = ["school", "item", "fund", "year"]


def given_decisions(
    facts: Facts,
    quantities: Mapping[Purchase, Decimal],
    amounts: Mapping[Purchase, int],
    chosen: Mapping[tuple[str, str], int],
    granted: Mapping[tuple[str, str, str, int], int],
    works_before: Mapping[tuple[str, str], str],
) -> Decisions:
    """The decisions that hold these purchases and options, whether or not rules allow them.

    ``works_before`` says which fund paid the site works of a (school, item) so far; it goes on
    paying them while it buys in the first year.
    """
    axes, last = facts.axes, len(facts.axes.years)
    rows = []
    for (school, item, fund, year), quantity in quantities.items():
        s, i, t = axes.school_at[school], axes.item_at[item], axes.year_at(year)
        start = max(int(axes.usable_from(item)[s]), t)
        end = min(start + (facts.items[i].life or last), last)
        amount = amounts[school, item, fund, year]
        units = float(quantity) if facts.items[i].whole else amount / max(facts.price[i, t], 1)
        price = int(facts.price[i, t])
        rows.append((s, i, facts.fund_at[fund], t, start, max(end, start), units, price, amount))
    names = [*KEYS, "start", "end", "quantity", "price", "amount"]
    frame = pd.DataFrame(rows, columns=names).sort_values(KEYS, ignore_index=True)
    whole = [*KEYS, "start", "end", "price", "amount"]
    frame = frame.astype(dict.fromkeys(whole, np.int64) | {"quantity": np.float64})
    return Decisions(facts, frame, _works(facts, frame, works_before), chosen, granted)


def _works(
    facts: Facts, bought: pd.DataFrame, before: Mapping[tuple[str, str], str]
) -> pd.DataFrame:
    """Site works with the first purchase at a school without stock of the item."""
    rows = []
    for (school, item), lines in bought.groupby(["school", "item"]):
        if not facts.items[item].setup or facts.stock[school, item, 0]:
            continue
        year = int(lines["year"].min())
        funds = lines.loc[lines["year"] == year, "fund"].tolist()
        paid = before.get((facts.axes.schools[school], facts.axes.items[item]), "")
        fund = facts.fund_at.get(paid, -1)
        fund = fund if fund in funds else min(funds)
        rows.append((school, item, fund, year, int(facts.setup[item, year])))
    return pd.DataFrame(rows, columns=[*KEYS, "amount"], dtype=np.int64)
