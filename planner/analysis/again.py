"""A changed scenario solved again from a plan that is known to fit it."""

from __future__ import annotations

from typing import Any

from planner.axes import Floats
from planner.errors import AuditError
from planner.optimize import optimize
from planner.result import Result
from planner.scenario.scenario import Scenario
from planner.solving.session import WarmModel
from planner.solving.solution import Status


def again(
    scenario: Scenario, begin: Floats | None, warm: WarmModel | None = None, **options: Any
) -> Result:
    """The audited result; where the audit disagrees, a result without a plan (``numerics``), so
    that one defect does not take every other answer with it."""
    warm = warm or WarmModel(scenario, room=1.0)
    if begin is not None and len(begin) == warm.form.model.columns:
        warm.plans.append(begin)
    try:
        return optimize(scenario, warm=warm, **options)
    except AuditError:
        return Result(scenario, Status.NUMERICS)
