"""How far a plan is from one that was approved before: which of its decisions differ, and by how
much money, as columns and rows beside those of the model.

A *line* is a purchase (school × item × fund × year), an option of a request, or the part of a block
grant beyond its least; what lies in a past year, or was delivered late, is a fact and none. A line
that is not exactly what it was before is marked by a 0/1 column:

.. math:: x \\le b + (u - b) z, \\qquad x \\ge b - (b - l) z

with *b* what was approved and *l*, *u* the bounds of the line. What moves is money: |x − b| at the
price of now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.formulation.build import Formulation
from planner.formulation.decision_columns import BUY_KEYS
from planner.formulation.model import Model, ModelBuilder
from planner.names import Link
from planner.vocabulary.axes import Bools, Floats, Ints, late_service

MARK, MOVED = "changed", "moved"
"""Kinds of columns: whether a line is not what it was, and what an approved one differs by."""
SAME = 1e-6
"""Part of a unit (of a line's column) within which it is what it was."""

Purchase = tuple[str, str, str, int]
"""School, item, fund, year."""


@dataclass(frozen=True)
class Approved:
    """What a plan had decided, by names: units of purchases (of what is bought by the đồng the
    amount in minor units), times that options are chosen, and what block grants give beyond their
    least (minor units)."""

    bought: Mapping[Purchase, float]
    amounts: Mapping[Purchase, int]
    chosen: Mapping[tuple[str, str], int]
    granted: Mapping[tuple[str, str, str, int], int]


@dataclass(frozen=True)
class Changes:
    """A model with what is changed in it.

    ``lines``: a row a line: ``column``, ``school``, ``before`` and ``money`` (of one unit of the
    column, in the model's unit), ``same`` (units by which it may differ and be what it was: whole
    money), ``mark`` (a column; −1: its bounds decide). ``gone``: lines that the plan had and the
    model does not know; ``outside``: lines that its bounds keep from being what they were.
    """

    form: Formulation
    model: Model
    lines: pd.DataFrame
    gone: int
    outside: int

    @property
    def marks(self) -> Ints:
        """Columns that mark a changed line."""
        marks = self.lines["mark"].to_numpy(dtype=np.int64)
        return marks[marks >= 0]

    @property
    def least(self) -> int:
        """Lines that change whatever is decided."""
        return self.gone + self.outside

    def differs(self, columns: Floats) -> Bools:
        """``[line]`` whether it is not what it was, in an assignment of the model's columns."""
        level = columns[self.lines["column"].to_numpy(dtype=np.int64)]
        far = np.abs(level - self.lines["before"].to_numpy())
        return np.asarray(far > self.lines["same"].to_numpy() + SAME)

    def changed(self, columns: Floats) -> int:
        """How many lines are not what they were."""
        return int(self.differs(columns).sum()) + self.gone

    def counting(self) -> Floats:
        """``[column]`` points whose sum is less by one for each line that is changed."""
        points = np.zeros(self.model.columns)
        points[self.marks] = -1.0
        return points

    def moving(self) -> Floats:
        """``[column]`` points whose sum is less by the money of the lines that differ."""
        points = np.zeros(self.model.columns)
        added = self.lines[(self.lines["before"] <= SAME).to_numpy()]
        points[added["column"].to_numpy(dtype=np.int64)] = -added["money"].to_numpy()
        block = self.model.column_block(MOVED)
        if block is not None:
            points[block.start : block.stop] = -1.0
        return points

    def with_marks(self, columns: Floats) -> Floats:
        """``[column]`` of this model, of an assignment of the formulation's columns (more are left
        out): the marks and what is moved follow."""
        found = np.zeros(self.model.columns)
        own = self.form.model.columns
        found[:own] = columns[:own]
        marks, differs = self.lines["mark"].to_numpy(dtype=np.int64), self.differs(found)
        found[marks[(marks >= 0) & differs]] = 1.0
        block = self.model.column_block(MOVED)
        if block is not None:
            kept = self.lines[_approved(self.lines)]
            level = found[kept["column"].to_numpy(dtype=np.int64)]
            far = np.abs(level - kept["before"].to_numpy()) * kept["money"].to_numpy()
            found[block.start : block.stop] = far
        return found


def _approved(lines: pd.DataFrame) -> Bools:
    """``[line]`` whether it was in the plan before and may differ now."""
    return np.asarray((lines["before"] > SAME) & (lines["mark"] >= 0))


def with_changes(form: Formulation, approved: Approved) -> Changes:
    """The model of a scenario, with what differs in it from an approved plan.

    What the plan had and the scenario does not know (a school that closed, a year that is past) is
    changed for certain.
    """
    lines, gone = _lines(form, approved)
    model = form.model
    at = lines["column"].to_numpy(dtype=np.int64)
    lower, upper = model.column_lower[at], model.column_upper[at]
    before, same = lines["before"].to_numpy(), lines["same"].to_numpy()
    room = same + SAME
    outside = (before < lower - room) | (before > upper + room)
    free = (upper - lower > SAME) & ~outside
    builder = ModelBuilder()
    builder.column_count, builder.row_count = model.columns, model.rows
    mark = np.full(len(lines), -1, dtype=np.int64)
    mark[free] = builder.add_columns(MARK, {"line": at[free]}, 0, 1, integer=True)
    lines = lines.assign(mark=mark)
    above, below = free & (upper > before + room), free & (lower < before - room)
    most, least = (before + same)[above], (before - same)[below]
    rows = builder.add_rows(Link.CHANGED, {"line": at[above]}, -np.inf, most)
    builder.add_entries(rows, at[above], 1.0)
    builder.add_entries(rows, mark[above], most - upper[above])
    rows = builder.add_rows(Link.CHANGED, {"line": at[below]}, least, np.inf)
    builder.add_entries(rows, at[below], 1.0)
    builder.add_entries(rows, mark[below], least - lower[below])
    kept = _approved(lines)
    if kept.any():
        money, had = lines["money"].to_numpy()[kept], before[kept]
        most = np.maximum(upper[kept] - had, had - lower[kept]) * money
        moved = builder.add_columns(MOVED, {"line": at[kept]}, 0, most, money=True)
        for sign in (1.0, -1.0):
            rows = builder.add_rows(
                Link.MOVED, {"line": at[kept]}, -np.inf, sign * had * money, money=True
            )
            builder.add_entries(rows, at[kept], sign * money)
            builder.add_entries(rows, moved, -1.0)
    extended = _joined(model, builder.freeze(model.scale, (), model.labels))
    return Changes(form, extended, lines, gone, int(outside.sum()))


def _joined(model: Model, more: Model) -> Model:
    """A model with more columns and rows behind its own; worth nothing."""
    count = len(more.column_lower)
    none = np.zeros(count)
    return replace(
        model,
        column_blocks=model.column_blocks + more.column_blocks,
        row_blocks=model.row_blocks + more.row_blocks,
        column_lower=np.concatenate([model.column_lower, more.column_lower]),
        column_upper=np.concatenate([model.column_upper, more.column_upper]),
        integer=np.concatenate([model.integer, more.integer]),
        row_lower=np.concatenate([model.row_lower, more.row_lower]),
        row_upper=np.concatenate([model.row_upper, more.row_upper]),
        row_index=np.concatenate([model.row_index, more.row_index]),
        column_index=np.concatenate([model.column_index, more.column_index]),
        coefficient=np.concatenate([model.coefficient, more.coefficient]),
        stage_values=tuple(np.concatenate([points, none]) for points in model.stage_values),
        spend=np.concatenate([model.spend, none]),
        lateness=np.concatenate([model.lateness, none]),
    )


def _lines(form: Formulation, approved: Approved) -> tuple[pd.DataFrame, int]:
    """The lines of the model with what they were before, and how many the plan had that the model
    does not know."""
    facts, parts, gone = form.facts, [], 0
    schools, items, funds = facts.axes.schools, facts.axes.items, tuple(facts.funds)
    buys, first = form.columns.buys, facts.axes.first
    buys = buys[~_facts(form)]
    loose = facts.by_money[buys["item"].to_numpy()]
    keys = [
        (schools[s], items[i], funds[f], first + t)
        for s, i, f, t in zip(
            *(buys[k].tolist() for k in ("school", "item", "fund", "year")), strict=True
        )
    ]
    price, lot = buys["price"].to_numpy(dtype=np.float64), buys["lot"].to_numpy(dtype=np.float64)
    units = np.array([approved.bought.get(key, 0.0) for key in keys])
    money = np.array([approved.amounts.get(key, 0) for key in keys], dtype=np.float64)
    before = np.where(loose, money / np.maximum(price, 1.0), units / lot)
    hair = np.where(loose, SAME + 1 / np.maximum(price, 1.0), 0.0)
    parts.append((buys["column"], buys["school"], before, price * lot / facts.scale, hair))
    late = late_service(facts.scenario)
    closed = first + facts.closed
    mine = {k for k in approved.bought if k[3] >= closed and k not in late}
    gone += len(mine - set(keys))
    options = form.options
    names = list(zip(options["request"], options["option"], strict=True))
    costs = facts.scenario.table("request_costs")
    past = costs.loc[costs["year"] < closed, ["request", "option"]]
    over = set(zip(past["request"], past["option"], strict=True))
    live = np.array([name not in over for name in names], dtype=bool)
    each = costs.groupby(["request", "option"])["amount"].sum().to_dict()
    before = np.array([approved.chosen.get(name, 0) for name in names], dtype=np.float64)
    worth = np.array([each.get(name, 0) for name in names], dtype=np.float64) / facts.scale
    none = np.zeros(int(live.sum()))
    asked = options[live]
    parts.append((asked["column"], asked["school"], before[live], worth[live], none))
    gone += len({k for k, n in approved.chosen.items() if n} - set(names))
    grants = form.grants[(form.grants["year"] >= facts.closed).to_numpy(dtype=bool)]
    known = [
        (row.request, row.option, funds[row.fund], first + row.year) for row in grants.itertuples()
    ]
    before = np.array([approved.granted.get(key, 0) for key in known], dtype=np.float64)
    ones = np.ones(len(known))
    hair = ones / facts.scale
    parts.append((grants["column"], grants["school"], before / facts.scale, ones, hair))
    joined = [np.concatenate([np.asarray(p[k], dtype=np.float64) for p in parts]) for k in range(5)]
    frame = pd.DataFrame(
        {"column": joined[0].astype(np.int64), "school": joined[1].astype(np.int64)}
    )
    return frame.assign(before=joined[2], money=joined[3], same=joined[4]), gone


def _facts(form: Formulation) -> Bools:
    """``[purchase]`` whether it is of a past year, or on the line of a contract that nothing may be
    added to."""
    buys, signed = form.columns.buys, form.facts.signed
    fixed = signed[signed["fixed"]]
    past = (buys["year"] < form.facts.closed).to_numpy(dtype=bool)
    if fixed.empty:
        return np.asarray(past)
    keys = (pd.MultiIndex.from_frame(f[BUY_KEYS]) for f in (buys, fixed))
    mine, theirs = keys
    return np.asarray(past | mine.isin(theirs))
