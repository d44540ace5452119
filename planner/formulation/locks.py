"""``locked``: what somebody has decided is held exactly, neither more nor less."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.formulation.columns import BUY_KEYS, Columns
from planner.formulation.facts import Facts
from planner.formulation.model import ModelBuilder
from planner.rules import Rule, lock_key


def locked(builder: ModelBuilder, facts: Facts, columns: Columns, options: pd.DataFrame) -> None:
    """``locked``: units bought = the quantity decided; an option is chosen or it is not.

    No other rule gives way to a lock. Where no purchase like the locked one can exist (no such
    fund, banned, nothing needed), its units are a column fixed at 0, so that a lock above 0 is
    proven infeasible instead of being forgotten.
    """
    locks = list(facts.scenario.rows("locks"))
    if not locks:
        return
    bought = columns.buys.set_index(BUY_KEYS)[["column", "lot"]].to_dict("index")
    chosen = dict(zip(zip(options["request"], options["option"], strict=True),
                      options["column"].tolist(), strict=True))  # fmt: skip
    keys = np.array([lock_key(lock) for lock in locks], dtype=object)
    found: list[tuple[int, float]] = []
    for lock in locks:
        if lock.request:
            found.append((int(chosen[lock.request, lock.option]), 1.0))
            continue
        at = (
            facts.axes.school_at[lock.school],
            facts.axes.item_at[lock.item],
            facts.fund_at[lock.fund],
            facts.axes.year_at(lock.year),
        )
        buy = bought.get(at)
        found.append((-1, 1.0) if buy is None else (int(buy["column"]), float(buy["lot"])))
    column, units = (np.array(part) for part in zip(*found, strict=True))
    missing = column < 0
    column[missing] = builder.add_columns("impossible", {"lock": keys[missing]}, 0.0, 0.0)
    quantity = np.array([float(lock.quantity) for lock in locks]) / units
    rows = builder.add_rows(Rule.LOCKED, {"key": keys}, quantity, quantity)
    builder.add_entries(rows, column, 1.0)
