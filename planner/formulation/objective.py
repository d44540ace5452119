"""The objective: points of coverage gained, in priority stages.

.. math:: \\sum_{s,i,t,k} g_s w_s P_{st} \frac{\\omega_i}{\\Omega_{level}} w_k
          \frac{gain_{sitk}}{N_{sit}} (1+d)^{-(t-t_0)}

A gain column stands for all years of its span, so its coefficient sums their weights. Value
is kept as a *gain* over what existed before: the mirror image, weighted unmet need, was
measured to be far harder to solve (ARCHITECTURE.md#value).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.formulation.facts import Facts
from planner.formulation.model import ModelBuilder
from planner.formulation.service import Service
from planner.names import FLOOR_STAGE, VALUE_STAGE, WISHES_STAGE, Firmness, Link
from planner.scenario.schema import GROUPS
from planner.vocabulary.axes import Floats, Ints


def span_weights(facts: Facts, service: Service, per_year: Floats) -> Floats:
    """``[span]``: Σ over the span's years of a ``[school, year]`` weight."""
    spans = service.spans
    total = np.zeros((per_year.shape[0], per_year.shape[1] + 1))
    np.cumsum(per_year, axis=1, out=total[:, 1:])
    school = spans["school"].to_numpy()
    return np.asarray(total[school, spans["stop"]] - total[school, spans["year"]])


def gain_points(facts: Facts, service: Service) -> Floats:
    """``[gain, tier]``: points of one more unit, summed over the span's years."""
    spans, gains = service.spans, service.gains
    per_year = facts.people * facts.discount[None, :] * facts.school_points[:, None]
    at = spans["school"].to_numpy(), spans["item"].to_numpy(), spans["year"].to_numpy()
    need = np.maximum(facts.need[at], 1)
    per_unit = span_weights(facts, service, per_year) * facts.shares[at[0], at[1]] / need
    tiers = np.array(facts.tier_weights)
    return np.asarray(per_unit[gains["span"]][:, None] * service.parts * tiers[None, :])


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
#           \frac{\min(S_i, N_i) + gain_i}{N_i} \qquad \text{(last plan year)}


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
