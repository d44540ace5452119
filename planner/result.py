"""What a solve gives back: a status that says what was proven, and a plan where there is one."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planner.errors import NoPlanError
from planner.plan import Plan
from planner.scenario.scenario import Scenario
from planner.solving.solution import Stage, Status, relative_gap


@dataclass(frozen=True)
class Relaxation:
    """Values and duals of the linear relaxation: never a plan that can be signed.

    ``columns``: name, value, reduced_cost (points that one unit more would add); ``rows``: name,
    unit (``money`` or empty), activity (left side), bound, dual: the points that a bound one
    higher would add, so nought or more for ≤ and nought or less for ≥. Money is in minor units.
    """

    columns: pd.DataFrame
    rows: pd.DataFrame


@dataclass(frozen=True, repr=False)
class Result:
    """The outcome of ``optimize``; ``plan`` raises and says why where there is none."""

    scenario: Scenario
    status: Status
    value: float = float("nan")
    """Points reached."""
    bound: float = float("inf")
    """Points that no plan can exceed (strict: that keeps the stages before)."""
    stages: tuple[Stage, ...] = ()
    seconds: float = 0.0
    people: float = 0.0
    """Equipped pupil-years, funded."""
    people_proposed: float = 0.0
    """Equipped pupil-years of what is proposed into building projects."""
    people_by_pillar: dict[str, float] = field(default_factory=dict)
    settings: dict[str, object] = field(default_factory=dict)
    """Gap, time limit, threads, solver as used."""
    relaxation: Relaxation | None = None
    maybe_plan: Plan | None = None

    @property
    def plan(self) -> Plan:
        """The audited plan; :class:`NoPlanError` where none exists."""
        if self.maybe_plan is None:
            raise NoPlanError(str(self.status), self.status.exit_code)
        return self.maybe_plan

    @property
    def gap(self) -> float:
        """Proven relative gap: (bound − value) ÷ max(1, |value|); NaN without a value."""
        return relative_gap(self.value, self.bound) if np.isfinite(self.value) else math.nan

    def _repr_html_(self) -> str:
        from planner.result_card import result_card

        return result_card(self)

    def __repr__(self) -> str:
        if self.maybe_plan is None:
            return f"<Result {self.scenario.id}: {self.status}>"
        return (
            f"<Result {self.scenario.id}: {self.status}, {self.value:,.1f} points, "
            f"gap {self.gap:.2%}, {self.people:,.0f} equipped pupil-years>"
        )
