"""Prerequisites: what an item requires is in service wherever its new units serve."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.formulation.decision_columns import served
from planner.formulation.facts import Facts
from planner.formulation.model import ModelBuilder
from planner.formulation.service import Service
from planner.formulation.strengthening import VariableBounds, add_prerequisite_cuts
from planner.names import Link, StandingRule
from planner.vocabulary.axes import Bools, Floats, Ints

ROUND = 1e-9
"""Relative noise within which a number of lots counts as whole."""


def prerequisite_in_service(
    builder: ModelBuilder, facts: Facts, service: Service, bounds: VariableBounds
) -> None:
    """``prerequisite_in_service``: new_i ≤ capacity × new_j + (capacity × S_j − S_i)⁺.

    In every year in which new units of *i* serve; an empty capacity means that one unit of
    *j* serves any number. Dependents do not share capacity.
    """
    for at, item in enumerate(facts.items):
        for place, name in enumerate(item.requires):
            capacity = item.capacity[place] if place < len(item.capacity) else None
            other = facts.axes.item_at[name]
            _require(builder, facts, service, (at, other, capacity), bounds)


def _require(
    builder: ModelBuilder,
    facts: Facts,
    service: Service,
    pair: tuple[int, int, object],
    bounds: VariableBounds,
) -> None:
    """The rows of one prerequisite: item, required item, capacity."""
    item, other, capacity = pair
    spans, alive = service.spans, service.alive
    own = spans[(spans["item"] == item).to_numpy()]
    own = own[own.index.isin(alive["span"])]
    if own.empty:
        return
    rows = _prerequisite_years(facts, service, own, other)
    school, year = rows["school"].to_numpy(), rows["year"].to_numpy()
    most = facts.most_new[school, item]
    factor, free = served(facts, item, other, capacity)
    factor, free = factor[school], free[school, year]
    bind = np.isfinite(free)
    rows, factor, free = rows[bind], factor[bind], free[bind]
    if rows.empty:
        return
    keys = {
        "school": rows["school"].to_numpy(),
        "item": np.full(len(rows), item),
        "required": np.full(len(rows), other),
        "year": rows["year"].to_numpy(),
    }
    index = builder.add_rows(StandingRule.PREREQUISITE, keys, -np.inf, free)
    if facts.items[other].whole:
        unserved, required = rows[free == 0], facts.items[other].item
        bounds.unserved.append((required, unserved))
        add_prerequisite_cuts(builder, service, unserved, required, bounds)
        if capacity is not None:
            _in_whole_units(builder, facts, service, rows.assign(most=most[bind], free=free), other)
    _write(builder, alive, rows, index, -factor)


def _write(
    builder: ModelBuilder, alive: pd.DataFrame, rows: pd.DataFrame, index: Ints, weight: Floats
) -> None:
    """Own units with weight 1 and those of the required item with ``weight`` into rows."""
    for column, weights in (("own", np.ones(len(rows))), ("other", weight)):
        numbered = pd.DataFrame({"span": rows[column].to_numpy(), "row": index, "w": weights})
        pairs = numbered.merge(alive, on="span")
        builder.add_entries(pairs["row"], pairs["column"], pairs["w"] * pairs["units"])


def _in_whole_units(
    builder: ModelBuilder, facts: Facts, service: Service, rows: pd.DataFrame, other: int
) -> None:
    r"""``prerequisite_whole``: eighteen access points need two switches for twelve, never 1.5.

    With M the most new units and L whole lots of the required item, each for *c* units,
    :math:`M - free = qc + r`, :math:`0 < r < c`, rounding gives

    .. math:: new_i \le M - r (q + 1 - L)

    which with ``prerequisite_in_service`` is the hull of what whole lots allow. ``rows`` has
    ``most`` and ``free`` beside the spans.
    """
    lot = facts.items[other].lot
    item = int(service.spans["item"].iloc[rows["own"].iloc[0]])
    capacity = facts.items[item].capacity[facts.items[item].requires.index(facts.axes.items[other])]
    step = float(str(capacity)) * lot
    over = (rows["most"] - rows["free"]).to_numpy()
    full = np.floor(over / step + ROUND)
    rest = over - full * step
    cut = only_lots(service, rows["other"].to_numpy(), lot) & (over > 0) & (rest > ROUND * step)
    if not cut.any():
        return
    rows, rest, full = rows[cut], rest[cut], full[cut]
    keys = {"school": rows["school"].to_numpy(), "item": np.full(len(rows), item)}
    keys |= {"required": np.full(len(rows), other), "year": rows["year"].to_numpy()}
    upper = rows["most"].to_numpy() - rest * (full + 1)
    index = builder.add_rows(Link.WHOLE, keys, -np.inf, upper)
    _write(builder, service.alive, rows, index, -rest / lot)


def only_lots(service: Service, spans: Ints, lot: int) -> Bools:
    """Which spans are served in whole lots alone (−1, served by nothing, is)."""
    odd = service.alive.loc[service.alive["units"] % lot != 0, "span"]
    return np.isin(spans, odd, invert=True)


def _prerequisite_years(
    facts: Facts, service: Service, own: pd.DataFrame, other: int
) -> pd.DataFrame:
    """One row for each year in which the span of either item begins: own and other span."""
    school, start, stop = (own[k].to_numpy() for k in ("school", "year", "stop"))
    parts = []
    for year in range(len(facts.axes.years)):
        inside = (start <= year) & (year < stop) & facts.axes.counted[school, year]
        spans_j = service.span_of[school, other, year]
        begins_j = np.zeros(len(own), dtype=bool)
        known = spans_j >= 0
        begins_j[known] = service.spans["year"].to_numpy()[spans_j[known]] == year
        stock = facts.stock[:, other, :]
        changed = stock[school, year] != stock[school, max(year - 1, 0)]
        counted = facts.axes.counted
        before = counted[school, year - 1] if year else np.zeros(len(school), dtype=bool)
        first_counted = np.asarray(counted[school, year] & ~before)
        keep = inside & ((start == year) | begins_j | changed | first_counted)
        parts.append(
            pd.DataFrame(
                {
                    "school": school[keep],
                    "year": year,
                    "own": own.index.to_numpy()[keep],
                    "other": spans_j[keep],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


# --------------------------------------------------------------------------------------------------
# ``need_not_exceeded``: no purchase goes beyond the largest need left while its units live.

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
    rows = builder.add_rows(StandingRule.NEED, keys, -np.inf, bound + spare)
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
