"""What the decisions put into service, year by year, and what that covers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from planner.axes import Floats, named
from planner.formulation.facts import Facts
from planner.plan.decisions import Decisions
from planner.plan.supplies import chosen_supplies
from planner.scenario.schema import GROUPS

PLACES = 10**6
"""Coverage is written in millionths, halves up."""


def supplies(decisions: Decisions) -> pd.DataFrame:
    """Everything that serves: school, item, start, end, quantity, proposed."""
    facts = decisions.facts
    bought = decisions.purchases[["school", "item", "start", "end", "quantity"]]
    mine = chosen_supplies(facts, decisions.chosen)
    frame = pd.concat([bought, mine[bought.columns]], ignore_index=True)
    return frame.assign(proposed=facts.axes.preparing[frame["school"].to_numpy(dtype=np.int64)])


@dataclass(frozen=True)
class InService:
    """Dense ``[school, item, year]`` views of a plan's service."""

    facts: Facts
    supplies: pd.DataFrame

    @cached_property
    def new(self) -> Floats:
        """Units newly in service."""
        return self._alive(self.supplies, "start")

    @cached_property
    def older(self) -> Floats:
        """Funded units whose service began in an earlier year: those with upkeep."""
        return self._alive(self.supplies[~self.supplies["proposed"].to_numpy(bool)], "later")

    @cached_property
    def older_proposed(self) -> Floats:
        """The same for units proposed into building projects."""
        return self._alive(self.supplies[self.supplies["proposed"].to_numpy(bool)], "later")

    def _alive(self, supplies: pd.DataFrame, begin: str) -> Floats:
        schools, items, years = self.facts.axes.shape
        change = np.zeros((schools, items, years + 1))
        start = supplies["start"].to_numpy(dtype=np.int64) + (begin == "later")
        end = np.maximum(supplies["end"].to_numpy(dtype=np.int64), start)
        at = (supplies["school"].to_numpy(np.int64), supplies["item"].to_numpy(np.int64))
        quantity = supplies["quantity"].to_numpy(dtype=np.float64)
        inside = start <= years
        np.add.at(change, (*(a[inside] for a in at), start[inside]), quantity[inside])
        np.add.at(change, (*(a[inside] for a in at), end[inside]), -quantity[inside])
        return _clean(np.cumsum(change[:, :, :-1], axis=2))

    @cached_property
    def covered_before(self) -> Floats:
        """min(S, N)."""
        return np.minimum(self.facts.stock, self.facts.need).astype(np.float64)

    @cached_property
    def covered_after(self) -> Floats:
        """min(S + new, N)."""
        return np.minimum(self.facts.stock + self.new, self.facts.need)

    @cached_property
    def people(self) -> Floats:
        """Equipped pupils: pupils × ω share × coverage gained."""
        need = np.maximum(self.facts.need, 1)
        gained = (self.covered_after - self.covered_before) / need
        return np.asarray(gained * self.facts.people[:, None, :] * self.facts.shares[:, :, None])

    @cached_property
    def points(self) -> Floats:
        """Value of the coverage gained, by ``[school, item, year]``."""
        total = np.zeros(self.facts.axes.shape)
        for tier in range(len(self.facts.tier_edges)):
            total += self.points_of(tier)
        return total

    def points_of(self, tier: int) -> Floats:
        """Value of the coverage gained in one tier (from 0), by ``[school, item, year]``."""
        facts = self.facts
        need = np.maximum(facts.need, 1)
        edges = [0.0, *(float(e) for e in facts.tier_edges)]
        bottom, top, weight = edges[tier], edges[tier + 1], facts.tier_weights[tier]
        after = np.clip(self.covered_after, bottom * need, top * need)
        before = np.clip(self.covered_before, bottom * need, top * need)
        weights = facts.people * facts.discount[None, :] * facts.school_points[:, None]
        gained = weight * (after - before) / need
        return np.asarray(gained * weights[:, None, :] * facts.shares[:, :, None])


def _clean(units: Floats) -> Floats:
    """Removes the noise that adding and subtracting fractions leaves."""
    nearest = np.rint(units)
    return np.where(np.abs(units - nearest) < 1e-9, nearest, units)


def ratio(part: Floats, whole: Any) -> Floats:
    """part ÷ whole in millionths, halves up (exact for whole units)."""
    return np.asarray(np.floor((2 * PLACES * part + whole) / (2 * whole)) / PLACES)


def coverage_table(service: InService) -> pd.DataFrame:
    """``coverage``: one row for each school, item and year with a need."""
    facts = service.facts
    school, item, year = np.nonzero(facts.need)
    at = (school, item, year)
    need = facts.need[at]
    return pd.DataFrame(
        {
            "school": named(facts.axes.schools, school),
            "group": named(GROUPS, facts.group_at[school]),
            "item": named(facts.axes.items, item),
            "year": year + facts.axes.first,
            "need": need,
            "stock": facts.stock[at],
            "new": service.new[at],
            "in_service": facts.stock[at] + service.new[at],
            "before": ratio(service.covered_before[at], need),
            "after": ratio(service.covered_after[at], need),
            "people": np.round(service.people[at], 3) + 0.0,
        },
        copy=False,
    )
