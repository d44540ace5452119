"""What a solve gives back: a status that says what was proven, and a plan where there is one."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from planner.axes import Floats
from planner.errors import NoPlanError
from planner.formulation.model import Model
from planner.plan import Plan
from planner.scenario.scenario import Scenario
from planner.solving.solution import Stage, Status, relative_gap


@dataclass(frozen=True, repr=False, eq=False)
class Relaxation:
    """Values and duals of the linear relaxation: never a plan that can be signed.

    The tables are written when they are asked for, in the units people use: purchases in units,
    money in minor units. A sweep reads the arrays only, which are in the model's units.
    """

    model: Model
    """The model that was solved; its money is in units of ``model.scale`` minor units."""
    values: Floats
    """``[column]`` what is decided."""
    duals: Floats
    """``[row]`` shadow prices, points per unit of the row; NaN where the engine gives none."""
    reduced_costs: Floats
    """``[column]`` points per unit of the column; NaN where the engine gives none."""

    @cached_property
    def columns(self) -> pd.DataFrame:
        """``name`` (text), ``value``, ``reduced_cost`` (points that one unit more would add)."""
        model = self.model
        size = model.sizes(model.column_blocks, model.columns)
        return pd.DataFrame(
            {
                "name": [model.column_label(k) for k in range(model.columns)],
                "value": self.values * size,
                "reduced_cost": self.reduced_costs / size + 0.0,
            }
        )

    @cached_property
    def rows(self) -> pd.DataFrame:
        """``name`` (text), ``unit`` (``money`` or empty: units, shares, counts), ``activity``
        (the left side), ``bound``, ``dual``: the points that a bound one unit higher would add,
        so nought or more for ≤ and nought or less for ≥."""
        model = self.model
        size = model.sizes(model.row_blocks, model.rows)
        bound = np.where(np.isfinite(model.row_upper), model.row_upper, model.row_lower)
        units = ["money" if b.money else "" for b in model.row_blocks for _ in b.indices]
        return pd.DataFrame(
            {
                "name": [model.row_label(k) for k in range(model.rows)],
                "unit": pd.Series(units, dtype="str"),
                "activity": model.activity(self.values) * size,
                "bound": bound * size,
                "dual": self.duals / size + 0.0,
            }
        )

    def __repr__(self) -> str:
        return f"<Relaxation: {self.model.columns} columns, {self.model.rows} rows>"


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
