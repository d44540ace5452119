"""Several futures as one model: the extensive form of a two-stage stochastic program
(Birge & Louveaux, *Introduction to Stochastic Programming*, 2nd ed. 2011, ch. 1 and 2).

What is bought up to the year of the decision is one column for all futures; whatever comes later,
and everything that follows (coverage, carried money, missed wishes), is a column of each. Every row
stands once a future. A purchase that some future does not know (its building is handed over too
late there) cannot be decided now: nobody knows yet which future comes.

What the futures are worth together is the *aim* (ARCHITECTURE.md#futures):

=========== =======================================================================
``expected`` the weighted mean of what the futures' plans are worth
``worst``    what the worst of them is worth
``regret``   the mean of the best that each future could be worth, less the largest
             regret: how far a plan stays behind the best of its own future
``cvar``     the mean of the worst part (1 − α) of the weights (Rockafellar & Uryasev,
             *Optimization of conditional value-at-risk*, J. of Risk 2, 2000)
=========== =======================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.formulation.build import Formulation
from planner.formulation.model import Block, Model, ModelBuilder, most_needed
from planner.names import AimKind, Link
from planner.vocabulary.axes import Bools, Floats, Ints

MEAN = 1e-3
"""Part of the mean in an aim that looks at the worst alone, so that the other futures are not left
as they fall. The mean is never below the aim, so that a bound on both together bounds the aim."""
BY_YEAR = ("buy", "works", "deliver", "grant")
"""Kinds of columns that are decisions of one year."""
LEVEL, SHORT = "level", "short"
"""Kinds of columns: what the futures are worth by the aim, and how far one lies below it."""
CHOICES = "choose"
"""The kind of column that is an option of a request, decided with the first money it costs."""


@dataclass(frozen=True)
class Aim:
    """What the futures are worth together.

    ``tail``: of ``cvar`` its α, 0–1: the mean is of the worst part 1 − α. ``best``: of ``regret``
    stage → ``[future]`` what the best plan of each future alone is worth (known plans; the least
    regret is then bounded from below).
    """

    kind: AimKind = AimKind.EXPECTED
    tail: float = 0.0
    best: Mapping[str, Floats] | None = None

    def references(self, stage: str, weights: Floats) -> Floats:
        """``[future]`` what is taken off a future's value before the aim looks at it: its best, but
        for the mean of all bests, so that the aim stays a value."""
        if self.kind is not AimKind.REGRET or self.best is None:
            return np.zeros(len(weights))
        best = np.asarray(self.best[stage], dtype=np.float64)
        return np.asarray(best - weights @ best)

    def of(self, values: Floats, weights: Floats, stage: str) -> float:
        """The aim of futures that are worth so much (``[future]``, points)."""
        away = values - self.references(stage, weights)
        if self.kind is AimKind.EXPECTED:
            return float(weights @ away)
        if self.kind is not AimKind.CVAR:
            return float(away.min())
        order = np.argsort(away, kind="stable")
        part = 1.0 - self.tail
        before = np.concatenate([[0.0], np.cumsum(weights[order])[:-1]])
        taken = np.clip(part - before, 0.0, weights[order])
        return float(taken @ away[order]) / part


@dataclass(frozen=True)
class Extensive:
    """Futures as one model.

    ``names``, ``weights``: ``[future]``, weights sum to 1. ``places``: future → ``[column]`` of its
    own model the joint column. ``shared``: ``[column]`` whether it is decided now.
    """

    names: tuple[str, ...]
    weights: Floats
    forms: tuple[Formulation, ...]
    model: Model
    places: tuple[Ints, ...]
    shared: Bools
    aim: Aim
    last: int
    """Position of the last year that is decided now."""

    def of(self, columns: Floats, future: int) -> Floats:
        """``[column]`` of one future's own model, of an assignment of all."""
        return np.asarray(columns[self.places[future]])

    def worth(self, reached: Sequence[Mapping[str, float]]) -> dict[str, float]:
        """Stage → the aim of futures whose plans reach so much in each stage."""
        found = {}
        for name in self.model.stages:
            values = np.array([stages.get(name, 0.0) for stages in reached])
            found[name] = self.aim.of(values, self.weights, name)
        return found

    def levelled(self, columns: Floats) -> Floats:
        """``[column]`` an assignment whose columns of the aim itself are the best that what the
        futures are worth in it allows, in the only stage."""
        block = self.model.column_block(LEVEL)
        if block is None:
            return columns
        at, found = block.indices[0], columns.copy()
        worth = [
            f.model.stage_values[0] @ self.of(columns, k) for k, f in enumerate(self.forms)
        ] - self.aim.references(self.model.stages[0], self.weights)
        found[at] = worth.min()
        if (short := self.model.column_block(SHORT)) is not None:
            order = np.argsort(worth, kind="stable")
            reached = np.cumsum(self.weights[order]) >= 1.0 - self.aim.tail - 1e-12
            found[at] = worth[order][reached][0]
            found[short.indices] = np.maximum(found[at] - worth, 0.0)
        return found

    def decided_bounds(
        self, columns: Floats, future: int, room: Floats | float = 0.0
    ) -> tuple[Floats, Floats]:
        """(lower, upper) ``[column]`` of one future's model once what is decided now is as in an
        assignment of all, or up to ``room`` (``[column]`` of all) above it where it is not whole:
        no engine hits a number to its last digit."""
        model, place = self.forms[future].model, self.places[future]
        fixed, now = self.shared[place], columns[place]
        above = np.broadcast_to(np.asarray(room, dtype=np.float64), len(columns))[place]
        now = np.where(model.integer, np.rint(now), now)
        high = np.where(model.integer, now, now + above)
        high = np.minimum(high, np.maximum(model.column_upper, now))
        return (
            np.where(fixed, now, model.column_lower),
            np.where(fixed, high, model.column_upper),
        )


def extensive(
    names: Sequence[str],
    weights: Sequence[float],
    forms: Sequence[Formulation],
    until: int,
    aim: Aim | None = None,
) -> Extensive:
    """The extensive form of futures whose schools, items, funds and years are the same.

    Parameters
    ----------
    weights
        ``[future]`` above 0, of any sum.
    forms
        ``[future]``, in one unit of money.
    until
        The last year of the decision (a calendar year).
    """
    aim = aim or Aim()
    share = np.asarray(weights, dtype=np.float64) / float(np.sum(weights))
    builder, first = ModelBuilder(), forms[0].facts.axes.first
    places = [np.full(f.model.columns, -1, dtype=np.int64) for f in forms]
    now = [_decided(form, until - first, forms) for form in forms]
    shared = _shared_columns(builder, forms, now, places, until - first)
    for at, form in enumerate(forms):
        uppers = form.model.column_upper
        if aim.kind is not AimKind.EXPECTED:
            uppers = _uppers(form.model)
        for block in form.model.column_blocks:
            mine = block.indices[places[at][block.start : block.stop] < 0]
            if len(mine):
                places[at][mine] = _own_columns(builder, form.model, block, mine, at, uppers)
        _rows(builder, form.model, places[at], at)
    stages = forms[0].model.stages
    for number, stage in enumerate(stages):
        _add_aim(builder, aim, stage, number, share, [f.model for f in forms], places)
    for name in ("spend", "lateness"):
        for part, form, place in zip(share, forms, places, strict=True):
            builder.add_objective(name, place, part * getattr(form.model, name))
    labels = dict(forms[0].model.labels) | {"future": tuple(names)}
    model = builder.freeze(forms[0].model.scale, stages, labels)
    decided = np.zeros(model.columns, dtype=bool)
    decided[shared] = True
    last = until - first
    parts = tuple(forms), model, tuple(places), decided, aim, last
    return Extensive(tuple(names), share, *parts)


def _decided(form: Formulation, last: int, forms: Sequence[Formulation]) -> Bools:
    """``[column]`` whether a column is a decision of the years up to position ``last``."""
    model, found = form.model, np.zeros(form.model.columns, dtype=bool)
    for kind in BY_YEAR:
        if (block := model.column_block(kind)) is not None:
            found[block.start : block.stop] = np.asarray(block.keys["year"]) <= last
    if (block := model.column_block(CHOICES)) is not None:
        costs = pd.concat([f.facts.scenario.table("request_costs") for f in forms])
        early = costs[costs["year"] <= form.facts.axes.first + last]
        names = set(early["request"] + ":" + early["option"])
        found[block.start : block.stop] = [name in names for name in block.keys["choice"]]
    return found


def _shared_columns(
    builder: ModelBuilder,
    forms: Sequence[Formulation],
    now: Sequence[Bools],
    places: Sequence[Ints],
    last: int,
) -> Ints:
    """Adds one column a decision of now, says where it is in each future, and gives all of them;
    those that some future does not know are bounded by nought."""
    every = []
    for kind in (CHOICES, *BY_YEAR):
        parts = []
        for at, form in enumerate(forms):
            if (block := form.model.column_block(kind)) is None:
                continue
            mine = block.indices[now[at][block.start : block.stop]]
            model, inside = form.model, mine - block.start
            size = np.broadcast_to(np.asarray(block.size, dtype=np.float64), len(block.indices))
            parts.append(
                pd.DataFrame({axis: np.asarray(keys)[inside] for axis, keys in block.keys.items()})
                .assign(own=mine, future=at, size=size[inside], money=block.money)
                .assign(lower=model.column_lower[mine], upper=model.column_upper[mine])
                .assign(integer=model.integer[mine])
            )
        if not parts or not sum(map(len, parts)):
            continue
        frame = pd.concat(parts, ignore_index=True)
        axes = [c for c in frame.columns if c not in _OF_COLUMNS]
        groups = frame.groupby(axes, sort=True)
        together = groups.agg(
            lower=("lower", "max"), upper=("upper", "min"), integer=("integer", "any"),
            size=("size", "first"), known=("future", "size"),
        ).reset_index()  # fmt: skip
        lacking = (together["known"] < len(forms)).to_numpy() | _costs_differ(
            kind, forms, last, together
        )
        upper = np.where(lacking, np.minimum(together["lower"], 0.0), together["upper"])
        lower = np.where(lacking, np.minimum(together["lower"], 0.0), together["lower"])
        columns = builder.add_columns(
            kind, together[axes], lower, upper, integer=together["integer"].to_numpy(),
            money=bool(frame["money"].iloc[0]), size=together["size"].to_numpy(),
        )  # fmt: skip
        number = groups.ngroup().to_numpy()
        for at, place in enumerate(places):
            mine = (frame["future"] == at).to_numpy()
            place[frame["own"].to_numpy()[mine]] = columns[number[mine]]
        every.append(columns)
    return np.concatenate([np.zeros(0, dtype=np.int64), *every])


_OF_COLUMNS = ("own", "future", "size", "money", "lower", "upper", "integer")


def _costs_differ(kind: str, forms: Sequence[Formulation], last: int, rows: pd.DataFrame) -> Bools:
    """``[row]`` whether an option of a request does not cost the same up to position ``last`` in
    all futures; of other decisions the price is one."""
    found = np.zeros(len(rows), dtype=bool)
    if kind != CHOICES:
        return found
    costs: list[dict[str, set[tuple[Any, ...]]]] = []
    for form in forms:
        table = form.facts.scenario.table("request_costs")
        table = table[table["year"] <= form.facts.axes.first + last]
        mine: dict[str, set[tuple[Any, ...]]] = {}
        for row in table[["request", "option", "fund", "year", "amount", "most"]].itertuples():
            mine.setdefault(f"{row.request}:{row.option}", set()).add(tuple(map(str, row[3:])))
        costs.append(mine)
    for at, name in enumerate(rows["choice"].tolist()):
        found[at] = any(mine.get(name) != costs[0].get(name) for mine in costs)
    return found


def _uppers(model: Model) -> Floats:
    """``[column]`` upper bounds; of a column without one, which would stand in its own row alone,
    what no plan needs to exceed: an aim looks at all that a future is worth in another row."""
    entries = model.row_index, model.column_index, model.coefficient
    bounds, sides = (model.column_lower, model.column_upper), (model.row_lower, model.row_upper)
    return most_needed(np.arange(model.columns), entries, bounds, sides)


def _own_columns(
    builder: ModelBuilder, model: Model, block: Block, mine: Ints, at: int, uppers: Floats
) -> Ints:
    """Adds the columns of a block that one future has for itself, under upper bounds."""
    inside = mine - block.start
    keys = {axis: np.asarray(values)[inside] for axis, values in block.keys.items()}
    size = np.broadcast_to(np.asarray(block.size, dtype=np.float64), block.stop - block.start)
    return builder.add_columns(
        block.name, keys | {"future": np.full(len(mine), at)},
        model.column_lower[mine], uppers[mine],
        integer=model.integer[mine], money=block.money, size=size[inside],
    )  # fmt: skip


def _rows(builder: ModelBuilder, model: Model, place: Ints, at: int) -> None:
    """Adds the rows of one future."""
    start = builder.row_count
    for block in model.row_blocks:
        keys = {axis: np.asarray(values) for axis, values in block.keys.items()}
        some = slice(block.start, block.stop)
        builder.add_rows(
            block.name, keys | {"future": np.full(block.stop - block.start, at)},
            model.row_lower[some], model.row_upper[some], money=block.money,
        )  # fmt: skip
    builder.add_entries(model.row_index + start, place[model.column_index], model.coefficient)


def _add_aim(
    builder: ModelBuilder,
    aim: Aim,
    stage: str,
    number: int,
    weights: Floats,
    models: Sequence[Model],
    places: Sequence[Ints],
) -> None:
    """Adds what the futures are worth together in a stage.

    .. math:: level \\le v_f - r_f \\quad (worst, regret) \\qquad
       \\eta - \\frac{1}{1-\\alpha} \\sum_f w_f s_f,\\; s_f \\ge \\eta - v_f,\\; s_f \\ge 0
       \\quad (cvar)
    """
    expected = aim.kind is AimKind.EXPECTED
    for weight, model, place in zip(weights, models, places, strict=True):
        points = model.stage_values[number]
        part = weight * (1.0 if expected else MEAN) * points
        used = np.flatnonzero(points)
        builder.add_value(place[used], part[used], np.full(len(used), number))
    if expected:
        return
    values = [m.stage_values[number] for m in models]
    ends = np.array([_ends(points, model) for points, model in zip(values, models, strict=True)])
    away = aim.references(stage, weights)
    lowest, highest = float((ends[:, 0] - away).min()), float((ends[:, 1] - away).max())
    level = builder.add_columns(LEVEL, {"stage": np.array([stage], dtype=object)}, lowest, highest)
    builder.add_value(level, 1.0 - MEAN, np.array([number]))
    keys = {
        "stage": np.full(len(models), stage, dtype=object), "future": np.arange(len(models))
    }  # fmt: skip
    rows = builder.add_rows(Link.AIM, keys, away, np.inf)
    for row, points, place in zip(rows, values, places, strict=True):
        used = np.flatnonzero(points)
        builder.add_entries(np.full(len(used), row), place[used], points[used])
    builder.add_entries(rows, np.full(len(rows), level[0]), -1.0)
    if aim.kind is AimKind.CVAR:
        short = builder.add_columns(SHORT, keys, 0.0, max(highest - lowest, 0.0))
        builder.add_entries(rows, short, 1.0)
        lost = -(1.0 - MEAN) * weights / (1.0 - aim.tail)
        builder.add_value(short, lost, np.full(len(short), number))


def _ends(points: Floats, model: Model) -> tuple[float, float]:
    """The least and the most that any plan of a future needs to be worth in a stage."""
    sides = points * model.column_lower, points * _uppers(model)
    return float(np.minimum(*sides).sum()), float(np.maximum(*sides).sum())
