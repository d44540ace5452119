"""A changed scenario solved again from a plan that is known to fit it, or that plan as it is."""

from __future__ import annotations

from typing import Any

from planner.audit import audit
from planner.errors import AuditError
from planner.formulation.build import formulate
from planner.formulation.model import Start
from planner.optimize import claims, floored, optimize, unproven
from planner.plan import build_plan
from planner.plan.decisions import decide
from planner.result import Result
from planner.scenario.scenario import Scenario
from planner.solving.session import WarmModel
from planner.solving.solution import Status


def again(
    scenario: Scenario, begin: Start | None, warm: WarmModel | None = None, **options: Any
) -> Result:
    """The audited result; where the audit disagrees, a result without a plan (``numerics``), so
    that one defect does not take every other answer with it."""
    warm = warm or WarmModel(scenario, room=1.0)
    if begin is not None and begin.belongs_to(warm.form.model):
        warm.plans.append(begin)
    try:
        return optimize(scenario, warm=warm, **options)
    except AuditError:
        return Result(scenario, Status.NUMERICS)


def as_it_is(scenario: Scenario, plan: Start) -> Result:
    """An assignment of the scenario's columns as a rounded and audited plan, with no claim to be
    good; without a plan (``numerics``) where rounding or the audit stands against it, or the
    columns are those of another scenario."""
    form = formulate(scenario)
    if not plan.belongs_to(form.model):
        return Result(scenario, Status.NUMERICS)
    outlook = build_plan(decide(form, plan.values), floored(form))
    result = unproven(scenario, outlook)
    if outlook.broken or audit(scenario, outlook.plan.text_tables(), claims(result)):
        return Result(scenario, Status.NUMERICS)
    return result
