"""``locked``: what somebody has decided is held exactly, neither more nor less."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.formulation.columns import Columns
from planner.formulation.facts import Facts
from planner.formulation.model import ModelBuilder
from planner.rules import Rule, lock_key
from planner.scenario.contracts import Lock


def locked(builder: ModelBuilder, facts: Facts, columns: Columns, options: pd.DataFrame) -> None:
    """``locked``: units bought = the quantity decided; an option is chosen or it is not.

    No other rule gives way to a lock. Where no purchase like the locked one can exist (no such
    fund, banned, nothing needed), its units are a column fixed at 0, so that a lock above 0 is
    proven infeasible instead of being forgotten.
    """
    locks = list(facts.scenario.rows("locks"))
    if not locks:
        return
    keys = np.array([lock_key(lock) for lock in locks], dtype=object)
    quantity = np.array([float(lock.quantity) for lock in locks])
    chosen = dict(
        zip(zip(options["request"], options["option"], strict=True), options["column"], strict=True)
    )
    places = columns.buys.groupby(["school", "item"]).indices
    found: list[pd.DataFrame] = []
    for lock in locks:
        if lock.request:
            column = int(chosen[lock.request, lock.option])
            found.append(pd.DataFrame({"column": [column], "lot": [1]}))
        else:
            at = facts.axes.school_at[str(lock.school)], facts.axes.item_at[str(lock.item)]
            mine = columns.buys.iloc[places.get(at, [])]
            found.append(_meant(facts, mine, lock))
    nothing = np.array([part.empty for part in found])
    absent = builder.add_columns("impossible", {"lock": keys[nothing]}, 0.0, 0.0)
    rows = builder.add_rows(Rule.LOCKED, {"key": keys}, quantity, quantity)
    builder.add_entries(rows[nothing], absent, 1.0)
    for row, part in zip(rows, found, strict=True):
        builder.add_entries(np.full(len(part), row), part["column"], part["lot"])


def _meant(facts: Facts, buys: pd.DataFrame, lock: Lock) -> pd.DataFrame:
    """Those of a school's purchases of an item that a lock counts: of its fund and its year."""
    meant = np.ones(len(buys), dtype=bool)
    if lock.fund:
        meant &= (buys["fund"] == facts.fund_at[lock.fund]).to_numpy()
    if lock.year is not None:
        meant &= (buys["year"] == facts.axes.year_at(lock.year)).to_numpy()
    return buys[meant]
