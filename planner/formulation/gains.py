r"""Gains: what is covered follows from what is bought (service), and is worth points (value).

Years in which neither need, stock nor any supply's life changes are one *span*: the same
units serve, so one set of gain columns stands for all of them, with their weights summed.

.. math:: \sum_k gain_{sitk} \le new_{sit}, \qquad 0 \le gain_{sitk} \le room_{sitk}

A gain is a segment of the curve of coverage over new units (see :func:`segments`). Where coverage
counts from a threshold only, the first segment reaches it, is taken whole or not at all, and the
others stand on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from planner.formulation.facts import Facts
from planner.formulation.model import ModelBuilder
from planner.names import FLOOR_STAGE, VALUE_STAGE, WISHES_STAGE, Firmness, Link
from planner.scenario.schema import GROUPS
from planner.vocabulary.axes import Bools, Floats, Ints, Places, covered_units, narrow

SPANS = 200_000
"""Spans whose curves are drawn at a time."""


@dataclass(frozen=True)
class Service:
    """Spans, the supplies alive in them, and the gain columns over them.

    ``spans``: school, item, year (first of the span), stop; ``alive``: span, column, units;
    ``gains``: span, column, room; ``parts``: ``[gain, tier]`` units of each tier covered by
    one unit of the gain column; ``span_of``: ``[school, item, year]`` → span or −1; ``opened``:
    ``[span]`` the gain column of its threshold, or −1. That column is 0/1, so its room is 1 and its
    parts are those of all units up to the threshold; ``threshold``: ``[span]`` so many new units.
    """

    spans: pd.DataFrame
    alive: pd.DataFrame
    gains: pd.DataFrame
    parts: Floats
    span_of: Places
    opened: Ints
    threshold: Floats

    @cached_property
    def gaining(self) -> Bools:
        """``[span]``: whether anything can be gained in it."""
        return np.isin(np.arange(len(self.spans)), self.gains["span"].to_numpy())

    @cached_property
    def lasting(self) -> tuple[Ints, Ints]:
        """``[span]``: the last and the first span in which all its supplies serve."""
        span, column = (self.alive[k].to_numpy(dtype=np.int64) for k in ("span", "column"))
        school, item = (self.spans[k].to_numpy(dtype=np.int64)[span] for k in ("school", "item"))
        start = self.alive["start"].to_numpy(dtype=np.int64)
        # A batch is what serves from one year on at one school and item: a purchase, or a part of
        # what a request brings (one column: several items, years and lives).
        part = (school * (item.max(initial=0) + 1) + item) * (start.max(initial=0) + 1) + start
        columns = int(column.max(initial=-1)) + 1
        low, high = np.full(columns, np.iinfo(np.int64).max), np.full(columns, -1)
        np.minimum.at(low, column, part)
        np.maximum.at(high, column, part)
        several = low[column] < high[column]
        mixed = column[several] * (part.max(initial=0) + 1) + part[several]
        batch = column.copy()
        batch[several] = columns + np.unique(mixed, return_inverse=True)[1]
        batches, spans = int(batch.max(initial=-1)) + 1, len(self.spans)
        last, first = np.full(batches, -1, np.int64), np.full(batches, spans, np.int64)
        np.maximum.at(last, batch, span)
        np.minimum.at(first, batch, span)
        until, since = np.full(spans, spans, np.int64), np.full(spans, -1, np.int64)
        np.minimum.at(until, span, last[batch])
        np.maximum.at(since, span, first[batch])
        return until, since

    @cached_property
    def lower(self) -> tuple[dict[int, list[int]], dict[int, int]]:
        """Span with a threshold → the spans before with lower ones whose units all still serve in
        it, in ascending order; and → the last one before whose threshold is no higher."""
        if not (self.opened >= 0).any():
            return {}, {}
        until, threshold = self.lasting[0], self.threshold
        site = self.spans["school"].to_numpy(dtype=np.int64) * (
            int(self.spans["item"].max()) + 1
        ) + self.spans["item"].to_numpy(dtype=np.int64)
        chains: dict[int, list[int]] = {}
        last: dict[int, int] = {}
        before: list[int] = []
        for span in np.flatnonzero(self.opened >= 0).tolist():
            before = [k for k in before if site[k] == site[span]]
            still = [k for k in before if until[k] >= span and threshold[k] <= threshold[span]]
            # of equal ones the last, in which most may serve
            latest = {threshold[k]: k for k in still if threshold[k] < threshold[span]}
            chains[span] = [latest[v] for v in sorted(latest)]
            if still:
                last[span] = still[-1]
            before.append(span)
        return chains, last

    def add_chains(self, builder: ModelBuilder, link: Link, spans: Ints, base: Ints) -> Ints:
        """Rows Σ units alive ≥ Σ over the thresholds up to a span's own (each the units that it
        asks for beyond the one before × its 0/1 gain) + Σ gains above; ``[span]`` → row or −1.

        Thresholds count from ``base`` (``[span]`` units) on; what stands for the units below is
        for the caller to write.
        """
        place = np.full(len(self.spans), -1, dtype=np.int64)
        if not len(spans):
            return place
        keys = self.spans[["school", "item", "year"]].take(spans)
        place[spans] = builder.add_rows(link, keys, 0.0, np.inf)
        for frame, weight in (
            (self.alive, self.alive["units"].to_numpy(dtype=np.float64)),
            (self.gains, np.full(len(self.gains), -1.0)),
        ):
            at = place[frame["span"]]
            used = (at >= 0) & ~np.isin(frame["column"], self.opened)
            builder.add_entries(at[used], frame["column"][used], weight[used])
        steps = []
        for span in spans.tolist():
            below = float(base[span])
            for k in (*self.lower[0][span], span):
                if self.threshold[k] > below:
                    steps.append((place[span], self.opened[k], below - self.threshold[k]))
                    below = self.threshold[k]
        builder.add_entries(*zip(*steps, strict=True))
        return place


def build_spans(facts: Facts, supplies: pd.DataFrame) -> tuple[pd.DataFrame, Places]:
    """The spans of every school and item that a supply can serve."""
    served = np.zeros(facts.axes.shape[:2], dtype=bool)
    school, item, end = (supplies[k].to_numpy() for k in ("school", "item", "end"))
    served[school, item] = True
    # A span begins where need, stock or the supplies alive change.
    starts = np.zeros(facts.axes.shape, dtype=bool)
    starts[:, :, 0] = True
    for array in (facts.need, facts.stock, facts.useful):
        starts[:, :, 1:] |= array[:, :, 1:] != array[:, :, :-1]
    starts[school, item, supplies["start"].to_numpy()] = True
    ends = end < len(facts.axes.years)
    starts[school[ends], item[ends], end[ends]] = True
    starts &= served[:, :, None]
    school, item, year = np.nonzero(starts)
    same = (school[1:] == school[:-1]) & (item[1:] == item[:-1])
    stop = np.full(len(year), len(facts.axes.years), dtype=np.int64)
    stop[:-1][same] = year[1:][same]
    number = np.cumsum(starts.ravel(), dtype=np.int32).reshape(starts.shape) - 1
    span_of = np.where(served[:, :, None], number, -1)
    frame = pd.DataFrame({"school": school, "item": item, "year": year, "stop": stop})
    return narrow(frame), span_of


def alive_in_spans(facts: Facts, spans: pd.DataFrame, supplies: pd.DataFrame) -> pd.DataFrame:
    """Pairs (span, supply) in which the supply's units serve."""
    key = "pair"
    width = facts.axes.shape[1]
    left = spans.assign(pair=spans["school"] * width + spans["item"])
    left["span"] = np.arange(len(spans), dtype=np.int32)
    right = supplies.assign(pair=supplies["school"] * width + supplies["item"])
    right = right[[key, "start", "end", "column", "units", "sure", "free"]]
    pairs = left[[key, "span", "year"]].merge(right, on=key)
    serving = (pairs["start"] <= pairs["year"]) & (pairs["year"] < pairs["end"])
    kept = ["span", "column", "units", "start", "sure", "free"]
    return pairs.loc[serving, kept].reset_index(drop=True)


@dataclass(frozen=True)
class Segments:
    """The curve of coverage over units bought, as segments of equal slope.

    ``room``: ``[span, segment]`` width in units; ``part``: ``[span, segment, tier]`` units of
    each tier that one unit in the segment covers; ``threshold``: ``[span]`` new units below which
    nothing is covered, 0 where there is none: the width of the first segment.
    """

    room: Floats
    part: Floats
    threshold: Floats


def segments(facts: Facts, spans: pd.DataFrame, step: Ints) -> Segments:
    """Segments of the coverage curve of each span.

    Where units come in steps (``step`` > 0: whole lots), the curve is the hull of the points
    that can be reached: half a computer room covers nothing, so a tier that ends between two
    points must not tempt the linear relaxation to buy half of it. Elsewhere (``step`` 0) the
    segments are the tiers themselves. Where the stock is below the threshold from which coverage
    counts, it covers nothing, and the first segment is the one that reaches the threshold.
    """
    at = spans["school"].to_numpy(), spans["item"].to_numpy(), spans["year"].to_numpy()
    need, stock = facts.need[at].astype(float)[:, None], facts.stock[at].astype(float)[:, None]
    edges = np.array([float(e) for e in facts.tier_edges])[None, :]
    breaks = np.maximum(edges * need - stock, 0.0)
    width = np.where(step > 0, step, 1)[:, None]
    lower = np.where(step[:, None] > 0, np.floor(breaks / width + 1e-9) * width, breaks)
    upper = np.where(step[:, None] > 0, np.ceil(breaks / width - 1e-9) * width, breaks)
    useful = facts.useful[at].astype(float)[:, None]
    lacking = np.where(stock < useful, useful - stock, 0.0)
    threshold = np.where(step[:, None] > 0, np.ceil(lacking / width - 1e-9) * width, lacking)
    above = [np.maximum(points, threshold) for points in (lower, upper)]
    first = [np.zeros_like(need), *([threshold] if facts.useful.any() else [])]
    points = np.sort(np.concatenate([*first, *above], axis=1), axis=1)
    room = np.diff(points, axis=1)
    tops = covered_units(stock + points, need, useful)[:, :, None]
    bottoms = np.concatenate([np.zeros((1, 1)), edges[:, :-1]], axis=1) * need
    reached = np.clip(tops, bottoms[:, None, :], (edges * need)[:, None, :])
    part = np.diff(reached, axis=1) / np.where(room > 0, room, 1.0)[:, :, None]
    covering = (part.sum(axis=2) > 0) & (room > 0)
    return Segments(np.where(covering, room, 0.0), part, threshold[:, 0])


def lattice_step(facts: Facts, supplies: pd.DataFrame, spans: pd.DataFrame) -> Ints:
    """``[span]``: the lot in which every supply of the school's item comes, or 0."""
    item = supplies["item"].to_numpy()
    lot = facts.lots[item]
    odd = (lot > 0) & (supplies["units"].to_numpy() % np.maximum(lot, 1) != 0)
    loose = np.zeros(facts.axes.shape[:2], dtype=bool)
    loose[supplies["school"].to_numpy()[odd], item[odd]] = True
    return np.where(loose[spans["school"], spans["item"]], 0, facts.lots[spans["item"]])


def build_service(builder: ModelBuilder, facts: Facts, supplies: pd.DataFrame) -> Service:
    """Gain columns, and ``coverage_within_service``: Σ_k gain ≤ units newly in service.

    A threshold that all that could serve does not reach leaves nothing to gain.
    """
    spans, span_of = build_spans(facts, supplies)
    alive, step = alive_in_spans(facts, spans, supplies), lattice_step(facts, supplies, spans)
    # The most new units of a span: what is signed or asked for, and what one purchase may be.
    most = np.bincount(alive["span"], weights=alive["sure"], minlength=len(spans))
    bought = np.zeros(len(spans))
    np.maximum.at(bought, alive["span"], alive["free"].to_numpy(dtype=np.float64))
    served = np.zeros(len(spans), dtype=bool)
    served[alive["span"]] = True
    # Some spans at a time: their curves are a hundred times as large as what is kept of them.
    found = []
    for first in range(0, max(len(spans), 1), SPANS):
        some = slice(first, first + SPANS)
        curve = segments(facts, spans[some], step[some])
        within = served[some] & (curve.threshold <= (most + bought)[some])
        span, segment = np.nonzero((curve.room > 0) & within[:, None])
        whole = (segment == 0) & (curve.threshold[span] > 0)
        part, room = curve.part[span, segment], curve.room[span, segment]
        found.append((span + first, segment, room, part, whole))
    span, segment, room, parts, whole = (
        np.concatenate(arrays) for arrays in zip(*found, strict=True)
    )
    del found, curve
    # Units of one unit of a column: all up to the threshold where it is taken whole or not at all.
    size = np.where(whole, room, 1.0)
    parts, room = parts * size[:, None], room / size
    places = spans[["school", "item", "year"]]
    keys = places.take(span).assign(segment=segment)
    column = builder.add_columns("gain", keys, 0, room, integer=whole, size=size)
    gains = narrow(pd.DataFrame({"span": span, "column": column, "room": room}))
    used = np.unique(gains["span"])
    row_of = np.full(len(spans), -1, dtype=np.int64)
    row_of[used] = builder.add_rows(Link.SERVICE, places.take(used), -np.inf, 0.0)
    builder.add_entries(row_of[gains["span"]], gains["column"], size)
    serving = alive[row_of[alive["span"]] >= 0]
    builder.add_entries(row_of[serving["span"]], serving["column"], -serving["units"])
    # ``useful_first``: what lies above a threshold is covered only with the threshold.
    opened = np.full(len(spans), -1, dtype=np.int64)
    opened[span[whole]] = column[whole]
    above = ~whole & (opened[span] >= 0)
    rows = builder.add_rows(Link.USEFUL, keys[above], -np.inf, 0.0)
    builder.add_entries(rows, column[above], 1.0)
    builder.add_entries(rows, opened[span[above]], -room[above])
    serving = alive[["span", "column", "units", "start"]]
    threshold = np.zeros(len(spans))
    threshold[span[whole]] = size[whole]
    service = Service(spans, serving, gains, parts, span_of, opened, threshold)
    _add_threshold_cuts(builder, service)
    return service


def _add_threshold_cuts(builder: ModelBuilder, service: Service) -> None:
    r"""``useful_after_lower``: units of the lower thresholds before count towards a higher one;
    ``useful_in_turn``: with no new supplies in between, a higher one is reached after a lower one.

    Stock wears out, and the threshold of new units rises. Units that serve in earlier spans still
    serve in this one, so that with :math:`V_1 < V_2 < \dots < V_k` of this span and those before

    .. math:: \sum units \ge V_1 u_1 + (V_2 - V_1) u_2 + \dots + (V_k - V_{k-1}) u_k + \sum gain

    Implied for whole decisions; the relaxation would count two thirds of the higher one beside the
    whole of the lower.
    """
    lower, before = service.lower
    turns = [(k, span) for span, k in before.items() if service.lasting[1][span] <= k]
    if turns:
        first, then = np.array(turns, dtype=np.int64).T
        keys = service.spans[["school", "item", "year"]].take(then)
        rows = builder.add_rows(Link.TURN, keys, -np.inf, 0.0)
        builder.add_entries(rows, service.opened[then], 1.0)
        builder.add_entries(rows, service.opened[first], -1.0)
    spans = np.array([span for span, chain in lower.items() if chain], dtype=np.int64)
    service.add_chains(builder, Link.LOWER, spans, np.zeros(len(service.spans), dtype=np.int64))


# --------------------------------------------------------------------------------------------------
# The objective: points of coverage gained, in priority stages.
#
# .. math:: \sum_{s,i,t,k} g_s w_s P_{st} \frac{\omega_i}{\Omega_{level}} w_k
#           \frac{gain_{sitk}}{N_{sit}} (1+d)^{-(t-t_0)}
#
# A gain column stands for all years of its span, so its coefficient sums their weights. Value
# is kept as a *gain* over what existed before: the mirror image, weighted unmet need, was
# measured to be far harder to solve (ARCHITECTURE.md#value).


def gain_points(facts: Facts, service: Service) -> Floats:
    """``[gain, tier]``: points of one more unit, summed over the span's years."""
    per_year = facts.people * facts.discount[None, :] * facts.school_points[:, None]
    tiers = np.array(facts.tier_weights)
    return _over_years(facts, service, per_year) * tiers[None, :]


def gain_people(facts: Facts, service: Service) -> Floats:
    """``[gain]``: equipped pupil-years of one more unit at a funded school, without any weight."""
    per_year = facts.people * ~facts.axes.preparing[:, None]
    return np.asarray(_over_years(facts, service, per_year).sum(axis=1))


def _over_years(facts: Facts, service: Service, per_year: Floats) -> Floats:
    """``[gain, tier]``: part of the need that one more unit covers, times what full coverage of all
    items counts a year (``[school, year]``), summed over the span's years."""
    spans, gains = service.spans, service.gains
    at = spans["school"].to_numpy(), spans["item"].to_numpy(), spans["year"].to_numpy()
    need = np.maximum(facts.need[at], 1)
    total = np.zeros((per_year.shape[0], per_year.shape[1] + 1))
    np.cumsum(per_year, axis=1, out=total[:, 1:])
    weights = total[at[0], spans["stop"]] - total[at[0], spans["year"]]
    per_unit = weights * facts.shares[at[0], at[1]] / need
    return np.asarray(per_unit[gains["span"]][:, None] * service.parts)


def stage_names(facts: Facts) -> tuple[str, ...]:
    """Priority stages in order: one for ``weighted``; group × tier or groups for ``strict``,
    where wishes come last."""
    priority, rules = facts.scenario.settings.priority, facts.scenario.settings.rules
    if priority.mode == "maxmin":
        return (FLOOR_STAGE, VALUE_STAGE)
    if priority.mode != "strict":
        return (VALUE_STAGE,)
    wishes = (WISHES_STAGE,) if any(r.firmness == Firmness.WISH for r in rules.values()) else ()
    if priority.by == "whole":
        return (*GROUPS, *wishes)
    tiers = range(1, len(facts.tier_edges) + 1)
    return (*(f"tier-{k}:{group}" for k in tiers for group in GROUPS), *wishes)


def stage_of(facts: Facts, school: Ints, tier: Ints) -> Ints:
    """Stage numbers of values by school and tier (from 0)."""
    priority = facts.scenario.settings.priority
    if priority.mode != "strict":
        return np.full(len(school), int(priority.mode == "maxmin"), dtype=np.int64)
    group = facts.group_at[school]
    return group if priority.by == "whole" else np.asarray(tier * len(GROUPS) + group)


def add_value(builder: ModelBuilder, facts: Facts, service: Service) -> None:
    """Points of the gain columns, each tier in its stage."""
    columns = service.gains["column"].to_numpy()
    school = service.spans["school"].to_numpy()[service.gains["span"]]
    points = gain_points(facts, service)
    for tier in range(points.shape[1]):
        stage = stage_of(facts, school, np.full(len(school), tier))
        builder.add_value(columns, points[:, tier], stage)
    builder.add_objective("people", columns, gain_people(facts, service))


def add_spend(builder: ModelBuilder, facts: Facts, costs: pd.DataFrame) -> None:
    """Money and money × years of delay: how ties are broken (spend less, then earlier)."""
    if costs.empty:
        return
    amount = costs["amount"].to_numpy() / facts.scale
    columns = costs["column"].to_numpy(dtype=np.int64)
    builder.add_objective("spend", columns, amount)
    builder.add_objective("lateness", columns, amount * costs["year"].to_numpy())


# --------------------------------------------------------------------------------------------------
# ``maxmin``: the lowest coverage among the schools that can still gain comes first.
#
# .. math:: floor \le \sum_i \frac{\omega_i}{\sum_j \omega_j}
#           \frac{covered(S_i) + gain_i}{N_i} \qquad \text{(last plan year)}


def lowest_coverage(builder: ModelBuilder, facts: Facts, service: Service) -> None:
    """``lowest_coverage``: the floor lies under every school that a purchase can still help.

    Preparing schools are left out (their purchases are proposals), and so are schools where
    nothing can be gained in the last plan year: they would hold the floor down for nothing.
    ``released`` (0, or up to 1) takes a school out from under the floor: see ``leximin``.
    """
    if facts.scenario.settings.priority.mode != "maxmin":
        return
    last = facts.axes.plan_count - 1
    # ``[school, item]`` coverage of one unit, ``[school]`` coverage that exists already.
    need = facts.need[:, :, last].astype(float)
    needed = need > 0
    total = (facts.shares * needed).sum(axis=1, keepdims=True)
    share = np.where(needed & (total > 0), facts.shares / np.where(total > 0, total, 1.0), 0.0)
    weight = share / np.where(needed, need, 1.0)
    before = (weight * facts.covered[:, :, last]).sum(axis=1)
    spans = service.spans
    gains = service.gains.assign(cover=service.parts.sum(axis=1))
    for key in ("school", "item"):
        gains[key] = spans[key].to_numpy()[gains["span"]]
    at = gains["school"].to_numpy(), gains["item"].to_numpy()
    serving = service.span_of[at[0], at[1], last] == gains["span"].to_numpy()
    helped = serving & ~facts.axes.preparing[at[0]] & (weight[at] > 0)
    gains = gains[helped]
    if gains.empty:
        return
    schools, row = np.unique(gains["school"].to_numpy(dtype=np.int64), return_inverse=True)
    floor = builder.add_columns("floor", {"year": np.array([last])}, 0.0, 1.0)
    rows = builder.add_rows(Link.FLOOR, {"school": schools}, -before[schools], np.inf)
    at = gains["school"].to_numpy(), gains["item"].to_numpy()
    builder.add_entries(rows[row], gains["column"], weight[at] * gains["cover"].to_numpy())
    builder.add_entries(rows, np.full(len(rows), floor[0]), -1.0)
    released = builder.add_columns("released", {"school": schools}, 0.0, 0.0)
    builder.add_entries(rows, released, 1.0)
    builder.add_value(floor, 1.0, np.zeros(1, dtype=np.int64))
