"""Stages: strict priorities, the lowest coverage first, and ties broken at gap 0.

Each stage keeps the *achieved* value v of those before (≥ v − 1e-6·max(1,|v|)) and reports a
bound and gap of its own (design §5).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from planner.axes import Floats
from planner.formulation.model import Model
from planner.solving.pulp_solver import Engine, ProgressSink
from planner.solving.solution import Limits, Outcome, Solution, Stage, Status

KEPT = 1e-6
"""Relative tolerance at which a later stage keeps an earlier one."""


def stage_objectives(model: Model) -> Iterator[tuple[str, Floats]]:
    """(name, objective) of every stage that has any value to decide."""
    for name, objective in zip(model.stages, model.stage_values, strict=True):
        if objective.any() or len(model.stages) == 1:
            yield name, objective


def tie_breakers(model: Model) -> Iterator[tuple[str, Floats]]:
    """Spend less, then earlier, then columns in the order of their ids."""
    if model.spend.any():
        yield "tie:spend", -model.spend
    if model.lateness.any():
        yield "tie:late", -model.lateness
    order = np.linspace(1.0, 0.0, model.columns) if model.columns else np.zeros(0)
    buys = next((b for b in model.column_blocks if b.name == "buy"), None)
    if buys is not None:
        objective = np.zeros(model.columns)
        objective[buys.start : buys.stop] = order[: buys.stop - buys.start]
        yield "tie:order", objective


def solve_stages(
    engine: Engine,
    limits: Limits,
    *,
    start: Floats | None = None,
    progress: ProgressSink | None = None,
) -> Solution:
    """Solves every stage in order within one time limit for all."""
    began = time.perf_counter()
    stages: list[Stage] = []
    last = Outcome(Status.NO_PLAN, columns=start)
    plans = list(stage_objectives(engine.model))
    for name, objective in plans:
        spare = replace(limits, time_limit=limits.time_limit - (time.perf_counter() - began))
        if stages:
            _keep(engine, *_support(kept_objective), kept_value)
        outcome = engine.solve(
            objective, spare, start=last.columns, progress=progress, stage=name
        )
        if outcome.columns is None:
            if not stages:
                return Solution(outcome.status, None, (), time.perf_counter() - began)
            outcome = _standing(outcome, last, objective)
        stages.append(Stage(name, outcome.status, outcome.value, outcome.bound, outcome.seconds))
        last, kept_objective, kept_value = outcome, objective, outcome.value
    status = _overall([s.status for s in stages])
    if limits.gap == 0 and status is Status.OPTIMAL and not engine.relax:
        last = _break_ties(engine, limits, began, last, (kept_objective, kept_value))
    return Solution(
        status,
        last.columns,
        tuple(stages),
        time.perf_counter() - began,
        last.row_duals,
        last.column_duals,
    )


def _support(objective: Floats) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Floats]:
    columns = np.flatnonzero(objective)
    return columns, objective[columns]


def _keep(
    engine: Engine,
    columns: np.ndarray[tuple[int], np.dtype[np.int64]],
    coefficients: Floats,
    value: float,
) -> None:
    """Keeps an achieved stage value, scaled so that its tolerance is meant."""
    if not len(columns):
        return
    size = max(1.0, abs(value))
    engine.keep(columns, coefficients / size, (value - KEPT * size) / size)


def _standing(outcome: Outcome, last: Outcome, objective: Floats) -> Outcome:
    """A stage that found nothing of its own keeps the plan of the stage before.

    That plan is feasible for it; its bound is what the engine could prove, which may be
    nothing: then the sum of all that the stage could ever gain.
    """
    assert last.columns is not None
    value = float(objective @ last.columns)
    return replace(last, status=Status.STOPPED, value=value, bound=outcome.bound)


def _break_ties(
    engine: Engine,
    limits: Limits,
    began: float,
    last: Outcome,
    kept: tuple[Floats, float],
) -> Outcome:
    for name, objective in tie_breakers(engine.model):
        _keep(engine, *_support(kept[0]), kept[1])
        spare = replace(limits, time_limit=limits.time_limit - (time.perf_counter() - began))
        outcome = engine.solve(objective, spare, start=last.columns, stage=name)
        if outcome.columns is None or outcome.status is not Status.OPTIMAL:
            return last
        last = replace(outcome, status=last.status)
        kept = (objective, outcome.value)
    return last


def _overall(statuses: list[Status]) -> Status:
    if any(s is Status.STOPPED for s in statuses):
        return Status.STOPPED
    if any(s is Status.WITHIN_GAP for s in statuses):
        return Status.WITHIN_GAP
    return Status.OPTIMAL
