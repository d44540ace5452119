"""What a plan reaches in each priority stage, from its whole decisions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from planner.axes import Ints
from planner.formulation.facts import Facts
from planner.formulation.objective import stage_names
from planner.plan.service import InService
from planner.rules import FLOOR_STAGE
from planner.scenario.schema import GROUPS


def stage_values(
    facts: Facts, service: InService, requested: Mapping[str, float], lost: float, floored: Ints
) -> dict[str, float]:
    """Stage → points that the plan reaches in it; ``floor``: the lowest coverage (0–1).

    ``requested``: points of requests by group; ``lost``: points lost by missed wishes;
    ``floored``: the schools under the floor. Groups without a school have no stage.
    """
    priority, names = facts.scenario.settings.priority, stage_names(facts)
    if priority.mode != "strict":
        value = float(service.points.sum()) + sum(requested.values()) - lost
        return _floor(facts, service, floored) | {"value": value}
    there = [GROUPS[k] for k in sorted(set(facts.group_at.tolist()))]
    found = {n: 0.0 for n in names if n == "wishes" or n.rpartition(":")[2] in there}
    for tier in range(len(facts.tier_edges)):
        points = service.points_of(tier).sum(axis=(1, 2))
        for group in there:
            own = float(points[facts.group_at == GROUPS.index(group)].sum())
            own += requested.get(group, 0.0) if tier == 0 else 0.0
            found[group if priority.by == "whole" else f"tier-{tier + 1}:{group}"] += own
    if "wishes" in found:
        found["wishes"] -= lost
    return found


def _floor(facts: Facts, service: InService, floored: Ints) -> dict[str, float]:
    """The lowest coverage in the last plan year among some schools; nothing without any."""
    if not len(floored):
        return {}
    last = facts.axes.plan_count - 1
    need = facts.need[floored, :, last]
    weight = facts.shares[floored] * (need > 0)
    part = service.covered_after[floored, :, last] / np.maximum(need, 1)
    return {FLOOR_STAGE: float(((weight * part).sum(axis=1) / weight.sum(axis=1)).min())}
