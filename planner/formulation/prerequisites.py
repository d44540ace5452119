"""Prerequisites: what an item requires is in service wherever its new units serve."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.axes import Bools, Floats, Ints
from planner.formulation.facts import Facts
from planner.formulation.model import ModelBuilder
from planner.formulation.openings import Openings, gain_after_prerequisite
from planner.formulation.reach import served
from planner.formulation.service import Service
from planner.rules import Link, Rule

ROUND = 1e-9
"""Relative noise within which a number of lots counts as whole."""


def prerequisite_in_service(
    builder: ModelBuilder, facts: Facts, service: Service, openings: Openings
) -> None:
    """``prerequisite_in_service``: new_i ≤ capacity × new_j + (capacity × S_j − S_i)⁺.

    In every year in which new units of *i* serve; an empty capacity means that one unit of
    *j* serves any number. Dependents do not share capacity.
    """
    for at, item in enumerate(facts.items):
        for place, name in enumerate(item.requires):
            capacity = item.capacity[place] if place < len(item.capacity) else None
            other = facts.axes.item_at[name]
            _require(builder, facts, service, (at, other, capacity), openings)


def _require(
    builder: ModelBuilder,
    facts: Facts,
    service: Service,
    pair: tuple[int, int, object],
    openings: Openings,
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
    index = builder.add_rows(Rule.PREREQUISITE, keys, -np.inf, free)
    if facts.items[other].whole:
        unserved, required = rows[free == 0], facts.items[other].item
        openings.unserved.append((required, unserved))
        gain_after_prerequisite(builder, service, unserved, required, openings)
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
        keep = inside & ((start == year) | begins_j | changed | _first_counted(facts, school, year))
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


def _first_counted(facts: Facts, school: Ints, year: int) -> Bools:
    counted = facts.axes.counted
    before = counted[school, year - 1] if year else np.zeros(len(school), dtype=bool)
    return np.asarray(counted[school, year] & ~before)
