r"""``maxmin``: the lowest coverage among the schools that can still gain comes first.

.. math:: floor \le \sum_i \frac{\omega_i}{\sum_j \omega_j}
          \frac{\min(S_i, N_i) + gain_i}{N_i} \qquad \text{(last plan year)}
"""

from __future__ import annotations

import numpy as np

from planner.axes import Floats
from planner.formulation.facts import Facts
from planner.formulation.model import ModelBuilder
from planner.formulation.service import Service
from planner.rules import Link


def lowest_coverage(builder: ModelBuilder, facts: Facts, service: Service) -> None:
    """``lowest_coverage``: the floor lies under every school that a purchase can still help.

    Preparing schools are left out (their purchases are proposals), and so are schools where
    nothing can be gained in the last plan year: they would hold the floor down for nothing.
    ``released`` (0, or up to 1) takes a school out from under the floor: see ``leximin``.
    """
    if facts.scenario.settings.priority.mode != "maxmin":
        return
    last = facts.axes.plan_count - 1
    weight, before = _weights(facts, last)
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


def _weights(facts: Facts, year: int) -> tuple[Floats, Floats]:
    """``[school, item]`` coverage of one unit, ``[school]`` coverage that exists already."""
    need = facts.need[:, :, year].astype(float)
    needed = need > 0
    total = (facts.shares * needed).sum(axis=1, keepdims=True)
    share = np.where(needed & (total > 0), facts.shares / np.where(total > 0, total, 1.0), 0.0)
    unit = share / np.where(needed, need, 1.0)
    stock = np.minimum(facts.stock[:, :, year], need)
    return np.asarray(unit), np.asarray((unit * stock).sum(axis=1))
