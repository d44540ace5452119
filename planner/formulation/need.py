"""``need_not_exceeded``: no purchase goes beyond the largest need left while its units live."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.axes import Floats, Ints
from planner.formulation.facts import Facts
from planner.formulation.model import ModelBuilder
from planner.rules import Link, Rule

SITE = ["school", "item"]


def need_not_exceeded(
    builder: ModelBuilder, facts: Facts, supplies: pd.DataFrame, buys: pd.DataFrame
) -> None:
    """``need_not_exceeded``: new units in service ≤ the largest need left while they live.

    One row for each school, item and year from which a purchase serves; units that serve
    there are those alive in that year. Commitments stand whatever the norm says. Where the
    need has fallen since earlier units were bought, they may stay; the row then binds only if
    something begins to serve (see :func:`_where_something_begins`).
    """
    entries = supplies[[*SITE, "start"]].drop_duplicates(ignore_index=True)
    if entries.empty:
        return
    limit = _limits(facts, entries)
    keyed = entries.assign(row=np.arange(len(entries)), at=entries["start"])
    pairs = keyed[[*SITE, "row", "at"]].merge(supplies, on=SITE)
    pairs = pairs[(pairs["start"] <= pairs["at"]) & (pairs["at"] < pairs["end"])]
    row = pairs["row"].to_numpy()
    counted = np.minimum(pairs["units"].to_numpy(), limit[row])
    weight = np.where(pairs["column"].isin(buys["column"]), pairs["units"], counted)
    committed = pd.Series(buys["committed"].to_numpy(), index=buys["column"])
    fixed = pairs["column"].map(committed).fillna(0).to_numpy()
    floor = np.bincount(row, weights=fixed, minlength=len(entries))
    bound = np.maximum(limit, floor)
    keys = {k: entries[k].to_numpy() for k in SITE} | {"year": entries["start"].to_numpy()}
    own = keyed.merge(pairs[[*SITE, "start"]].reset_index(), on=[*SITE, "start"])
    own_row = own.set_index("index")["row"].reindex(pairs.index).to_numpy(dtype=np.int64)
    spare = np.zeros(len(entries))
    np.maximum.at(spare, row, bound[own_row] - bound[row])
    rows = builder.add_rows(Rule.NEED, keys, -np.inf, bound + spare)
    builder.add_entries(rows[row], pairs["column"], weight)
    entering = pairs[(pairs["start"] == pairs["at"]).to_numpy() & (spare[row] > 0)]
    _where_something_begins(builder, entries, rows, spare, entering)


def _limits(facts: Facts, entries: pd.DataFrame) -> Ints:
    """``[entry]``: the largest need left in the years that units serving from there live."""
    limit = np.zeros(len(entries), dtype=np.int64)
    for (item, start), part in entries.groupby(["item", "start"]):
        life = facts.items[item].life or len(facts.axes.years)
        left = facts.left[part["school"], item, start : start + life]
        limit[part.index] = left.max(axis=1)
    return limit


def _where_something_begins(
    builder: ModelBuilder,
    entries: pd.DataFrame,
    rows: Ints,
    spare: Floats,
    entering: pd.DataFrame,
) -> None:
    """``begins``: 0/1, whether anything begins to serve where the need has fallen.

    Only then the row's spare room, which earlier units may take, is withdrawn. Where needs do
    not fall there is no such column.
    """
    falls = np.flatnonzero(spare > 0)
    if not len(falls):
        return
    keys = {k: entries[k].to_numpy()[falls] for k in SITE}
    keys["year"] = entries["start"].to_numpy()[falls]
    begins = np.full(len(entries), -1, dtype=np.int64)
    begins[falls] = builder.add_columns("begins", keys, 0, 1, integer=True)
    builder.add_entries(rows[falls], begins[falls], spare[falls])
    links = {"column": entering["column"].to_numpy()}
    index = builder.add_rows(Link.BEGINS, links, -np.inf, 0.0)
    builder.add_entries(index, entering["column"], entering["units"])
    builder.add_entries(index, begins[entering["row"]], -entering["most"])
