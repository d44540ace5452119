r"""Service: what is covered follows from what is bought.

Years in which neither need, stock nor any supply's life changes are one *span*: the same
units serve, so one set of gain columns stands for all of them, with their weights summed.

.. math:: \sum_k gain_{sitk} \le new_{sit}, \qquad 0 \le gain_{sitk} \le room_{sitk}

A gain is a segment of the concave curve of coverage over new units (see :func:`segments`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.axes import Bools, Floats, Ints
from planner.formulation.facts import Facts
from planner.formulation.model import ModelBuilder
from planner.rules import Link, Rule


@dataclass(frozen=True)
class Service:
    """Spans, the supplies alive in them, and the gain columns over them.

    ``spans``: school, item, year (first of the span), stop; ``alive``: span, column, units;
    ``gains``: span, column, room; ``parts``: ``[gain, tier]`` units of each tier covered by
    one unit of the gain; ``span_of``: ``[school, item, year]`` → span or −1.
    """

    spans: pd.DataFrame
    alive: pd.DataFrame
    gains: pd.DataFrame
    parts: Floats
    span_of: Ints


def _span_starts(facts: Facts, supplies: pd.DataFrame) -> Bools:
    """``[school, item, year]``: where a new span begins."""
    starts = np.zeros(facts.axes.shape, dtype=bool)
    starts[:, :, 0] = True
    for array in (facts.need, facts.stock):
        starts[:, :, 1:] |= array[:, :, 1:] != array[:, :, :-1]
    school, item = supplies["school"].to_numpy(), supplies["item"].to_numpy()
    starts[school, item, supplies["start"].to_numpy()] = True
    end = supplies["end"].to_numpy()
    ends = end < len(facts.axes.years)
    starts[school[ends], item[ends], end[ends]] = True
    return starts


def build_spans(facts: Facts, supplies: pd.DataFrame) -> tuple[pd.DataFrame, Ints]:
    """The spans of every school and item that a supply can serve."""
    served = np.zeros(facts.axes.shape[:2], dtype=bool)
    served[supplies["school"], supplies["item"]] = True
    starts = _span_starts(facts, supplies) & served[:, :, None]
    school, item, year = np.nonzero(starts)
    same = (school[1:] == school[:-1]) & (item[1:] == item[:-1])
    stop = np.full(len(year), len(facts.axes.years), dtype=np.int64)
    stop[:-1][same] = year[1:][same]
    number = np.cumsum(starts.ravel()).reshape(starts.shape) - 1
    span_of = np.where(served[:, :, None], number, -1)
    frame = pd.DataFrame({"school": school, "item": item, "year": year, "stop": stop})
    return frame, span_of


def alive_in_spans(facts: Facts, spans: pd.DataFrame, supplies: pd.DataFrame) -> pd.DataFrame:
    """Pairs (span, supply) in which the supply's units serve."""
    key = "pair"
    width = facts.axes.shape[1]
    left = spans.assign(span=np.arange(len(spans)), pair=spans["school"] * width + spans["item"])
    right = supplies.assign(pair=supplies["school"] * width + supplies["item"])
    right = right[[key, "start", "end", "column", "units"]]
    pairs = left[[key, "span", "year"]].merge(right, on=key)
    serving = (pairs["start"] <= pairs["year"]) & (pairs["year"] < pairs["end"])
    return pairs.loc[serving, ["span", "column", "units", "start"]].reset_index(drop=True)


@dataclass(frozen=True)
class Segments:
    """The concave curve of coverage over units bought, as segments of equal slope.

    ``room``: ``[span, segment]`` width in units; ``part``: ``[span, segment, tier]`` units of
    each tier that one unit in the segment covers.
    """

    room: Floats
    part: Floats


def segments(facts: Facts, spans: pd.DataFrame, step: Ints) -> Segments:
    """Segments of the coverage curve of each span.

    Where units come in steps (``step`` > 0: whole lots), the curve is the hull of the points
    that can be reached: half a computer room covers nothing, so a tier that ends between two
    points must not tempt the linear relaxation to buy half of it. Elsewhere (``step`` 0) the
    segments are the tiers themselves.
    """
    at = spans["school"].to_numpy(), spans["item"].to_numpy(), spans["year"].to_numpy()
    need, stock = facts.need[at].astype(float)[:, None], facts.stock[at].astype(float)[:, None]
    edges = np.array([float(e) for e in facts.tier_edges])[None, :]
    breaks = np.maximum(edges * need - stock, 0.0)
    width = np.where(step > 0, step, 1)[:, None]
    lower = np.where(step[:, None] > 0, np.floor(breaks / width + 1e-9) * width, breaks)
    upper = np.where(step[:, None] > 0, np.ceil(breaks / width - 1e-9) * width, breaks)
    points = np.sort(np.concatenate([np.zeros_like(need), lower, upper], axis=1), axis=1)
    room = np.diff(points, axis=1)
    tops = np.minimum(stock + points, need)[:, :, None]
    bottoms = np.concatenate([np.zeros((1, 1)), edges[:, :-1]], axis=1) * need
    reached = np.clip(tops, bottoms[:, None, :], (edges * need)[:, None, :])
    part = np.diff(reached, axis=1) / np.where(room > 0, room, 1.0)[:, :, None]
    useful = (part.sum(axis=2) > 0) & (room > 0)
    return Segments(np.where(useful, room, 0.0), part)


def lattice_step(facts: Facts, supplies: pd.DataFrame, spans: pd.DataFrame) -> Ints:
    """``[span]``: the lot in which every supply of the school's item comes, or 0."""
    lots = np.array([i.lot if i.whole else 0 for i in facts.items], dtype=np.int64)
    item = supplies["item"].to_numpy()
    lot = lots[item]
    odd = (lot > 0) & (supplies["units"].to_numpy() % np.maximum(lot, 1) != 0)
    loose = np.zeros(facts.axes.shape[:2], dtype=bool)
    loose[supplies["school"].to_numpy()[odd], item[odd]] = True
    step = lots[spans["item"].to_numpy()] if len(lots) else np.zeros(len(spans), np.int64)
    return np.where(loose[spans["school"], spans["item"]], 0, step)


def build_service(builder: ModelBuilder, facts: Facts, supplies: pd.DataFrame) -> Service:
    """Gain columns and the rows that tie them to the units in service."""
    spans, span_of = build_spans(facts, supplies)
    alive = alive_in_spans(facts, spans, supplies)
    curve = segments(facts, spans, lattice_step(facts, supplies, spans))
    room = curve.room
    room[~np.isin(np.arange(len(spans)), alive["span"])] = 0
    span, segment = np.nonzero(room > 0)
    keys = {
        "school": spans["school"].to_numpy()[span],
        "item": spans["item"].to_numpy()[span],
        "year": spans["year"].to_numpy()[span],
        "segment": segment,
    }
    column = builder.add_columns("gain", keys, 0, room[span, segment])
    gains = pd.DataFrame({"span": span, "column": column, "room": room[span, segment]})
    _tie_gain_to_service(builder, spans, alive, gains)
    return Service(spans, alive, gains, curve.part[span, segment], span_of)


def _tie_gain_to_service(
    builder: ModelBuilder, spans: pd.DataFrame, alive: pd.DataFrame, gains: pd.DataFrame
) -> None:
    """``coverage_within_service``: Σ_k gain ≤ units newly in service."""
    used = np.unique(gains["span"])
    keys = {k: spans[k].to_numpy()[used] for k in ("school", "item", "year")}
    rows = builder.add_rows(Link.SERVICE, keys, -np.inf, 0.0)
    row_of = np.full(len(spans), -1, dtype=np.int64)
    row_of[used] = rows
    builder.add_entries(row_of[gains["span"]], gains["column"], 1.0)
    serving = alive[row_of[alive["span"]] >= 0]
    builder.add_entries(row_of[serving["span"]], serving["column"], -serving["units"])


def prerequisite_in_service(builder: ModelBuilder, facts: Facts, service: Service) -> None:
    """``prerequisite_in_service``: new_i ≤ capacity × new_j + (capacity × S_j − S_i)⁺.

    In every year in which new units of *i* serve; an empty capacity means that one unit of
    *j* serves any number. Dependents do not share capacity.
    """
    for at, item in enumerate(facts.items):
        for place, name in enumerate(item.requires):
            capacity = item.capacity[place] if place < len(item.capacity) else None
            _require(builder, facts, service, at, facts.axes.item_at[name], capacity)


def units_beyond_need(facts: Facts, item: int) -> Ints:
    """``[school]``: units of an item that contracts and requests bring whatever the need is."""
    scenario, name = facts.scenario, facts.items[item].item
    beyond = np.zeros(len(facts.axes.schools), dtype=np.int64)
    signed = scenario.table("commitments")
    owner = {r.request: r.school for r in scenario.rows("requests")}
    copies = scenario.table("requests")[["request", "option", "copies"]]
    asked = scenario.table("request_items").merge(copies, on=["request", "option"])
    schools = [*signed["school"], *asked["request"].map(owner)]
    items = [*signed["item"], *asked["item"]]
    units = [*signed["quantity"], *asked["quantity"] * asked["copies"]]
    for school, which, quantity in zip(schools, items, units, strict=True):
        if which == name:
            beyond[facts.axes.school_at[school]] += quantity
    return beyond


def _require(
    builder: ModelBuilder, facts: Facts, service: Service, item: int, other: int, capacity: object
) -> None:
    spans, alive = service.spans, service.alive
    own = spans[(spans["item"] == item).to_numpy()]
    own = own[own.index.isin(alive["span"])]
    if own.empty:
        return
    rows = _prerequisite_years(facts, service, own, other)
    school, year = rows["school"].to_numpy(), rows["year"].to_numpy()
    stock_i, stock_j = facts.stock[school, item, year], facts.stock[school, other, year]
    most = (facts.left[:, item, :].max(axis=1) + units_beyond_need(facts, item))[school]
    if capacity is None:
        factor, free = np.maximum(most, 1).astype(float), np.where(stock_j > 0, np.inf, 0.0)
    else:
        factor = np.full(len(rows), float(str(capacity)))
        free = np.maximum(factor * stock_j - stock_i, 0.0)
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
        _gain_after_prerequisite(builder, facts, service, rows[free == 0], other)
    for column, weights in (("own", np.ones(len(rows))), ("other", -factor)):
        numbered = pd.DataFrame({"span": rows[column].to_numpy(), "row": index, "w": weights})
        pairs = numbered.merge(alive, on="span")
        builder.add_entries(pairs["row"], pairs["column"], pairs["w"] * pairs["units"])


def _gain_after_prerequisite(
    builder: ModelBuilder, facts: Facts, service: Service, rows: pd.DataFrame, other: int
) -> None:
    """``service_after_prerequisite``: gain ≤ room × lots and requests of the required item.

    Implied for whole units where nothing serves without the required item; like
    ``service_after_works`` it forbids the linear relaxation half a prerequisite for the first
    half of the units.
    """
    links = rows[["own", "other"]].merge(
        service.gains.rename(columns={"span": "own", "column": "gain"}), on="own"
    )
    if links.empty:
        return
    own = links["own"].to_numpy()
    keys = {k: service.spans[k].to_numpy()[own] for k in ("school", "item", "year")}
    index = builder.add_rows(Link.AFTER, keys | {"gain": links["gain"].to_numpy()}, -np.inf, 0.0)
    builder.add_entries(index, links["gain"], 1.0)
    pairs = links.assign(row=index).merge(
        service.alive.rename(columns={"span": "other"}), on="other"
    )
    builder.add_entries(pairs["row"], pairs["column"], -pairs["room"])


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
