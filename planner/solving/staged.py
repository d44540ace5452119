"""Stages: strict priorities, the lowest coverage first, and ties broken at gap 0.

Each stage keeps the *achieved* value v of those before (≥ v − 1e-6·max(1,|v|)) and reports a
bound and gap of its own (design §5).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.axes import Floats, Ints
from planner.formulation.model import Model
from planner.phases import phase
from planner.rules import FLOOR_STAGE
from planner.solving.leximin import raise_floors
from planner.solving.pulp_solver import Engine, ProgressSink
from planner.solving.solution import Floor, Limits, Outcome, Solution, Stage, Status

KEPT = 1e-6
"""Relative tolerance at which a later stage keeps an earlier one."""
TIED = 1e-8
"""The same where ties are broken: no value worth naming is given up to spend less."""


WHOLE = 2.0**40
"""Size below which sums of whole coefficients are told apart by half a step."""
SKETCH = 0.01
"""Relative gap at which a start for the next stage is good enough."""


@dataclass(frozen=True)
class Cut:
    """Σ coefficient × column ≥ lower: a row learnt while solving."""

    columns: Ints
    coefficients: Floats
    lower: float


def stage_objectives(model: Model) -> Iterator[tuple[str, Floats]]:
    """(name, objective) of every stage that has any value to decide; the last if none has."""
    stages = list(zip(model.stages, model.stage_values, strict=True))
    yield from [(name, points) for name, points in stages if points.any()] or stages[-1:]


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


@phase("solve")
def solve_stages(
    engine: Engine,
    limits: Limits,
    *,
    start: Floats | None = None,
    progress: ProgressSink | None = None,
    cuts: Sequence[Cut] = (),
) -> Solution:
    """Solves every stage in order within one time limit for all.

    A stage may use its even part of the time that is left; what it does not need rolls on.
    """
    began = time.perf_counter()
    engine.forget()
    for cut in cuts:
        engine.keep(cut.columns, cut.coefficients, cut.lower)
    stages: list[Stage] = []
    last = Outcome(Status.NO_PLAN, columns=start)
    floors: tuple[Floor, ...] = ()
    plans = list(stage_objectives(engine.model))
    for number, (name, objective) in enumerate(plans):
        spare = _part(limits, began, len(plans) - number)
        if engine.relax and name == FLOOR_STAGE:
            last, stages, floors = raise_floors(
                engine, objective, limits, lambda left: _part(limits, began, left)
            )
            if last.columns is None:
                return Solution(last.status, None, (), time.perf_counter() - began)
            continue
        if stages and not floors:
            _keep(engine, *_support(plans[number - 1][1]), last.value)
            last = _built_on(engine, last, objective, spare, name)
            spare = _part(limits, began, len(plans) - number)
        outcome = engine.solve(objective, spare, start=last.columns, progress=progress, stage=name)
        if outcome.status is Status.NO_PLAN and not stages and len(plans) > 1 and not engine.stop():
            # a plan comes before the later stages: the first may take all the time there is
            spare = _part(limits, began, 1)
            outcome = engine.solve(objective, spare, progress=progress, stage=name)
        if outcome.columns is None:
            if not stages:
                return Solution(outcome.status, None, (), time.perf_counter() - began)
            outcome = _standing(engine, outcome, last, objective)
        stages.append(Stage(name, outcome.status, outcome.value, outcome.bound, outcome.seconds))
        last = outcome
    status = _overall([s.status for s in stages])
    if limits.gap == 0 and status is Status.OPTIMAL and not engine.relax:
        last = _break_ties(engine, limits, began, last, (plans[-1][1], last.value))
    return Solution(
        status,
        last.columns,
        tuple(stages),
        time.perf_counter() - began,
        last.row_duals,
        last.column_duals,
        floors=floors,
    )


def _part(limits: Limits, began: float, stages_left: int) -> Limits:
    left = limits.time_limit - (time.perf_counter() - began)
    return replace(limits, time_limit=max(left / stages_left, 0.05))


def _built_on(
    engine: Engine, last: Outcome, objective: Floats, limits: Limits, name: str
) -> Outcome:
    """A start for the next stage: the plan so far for less money, then added to.

    A stage does not care what it spends, so first its values are kept for the least money;
    then whole decisions may only grow, which leaves little to decide. The full problem starts
    from the plan found so.
    """
    if engine.relax or last.columns is None:
        return last
    model = engine.model
    short = replace(limits, time_limit=limits.time_limit / 4, gap=max(limits.gap, SKETCH))
    cheap = engine.solve(-model.spend, short, start=last.columns, stage=f"{name} (start)")
    base = last.columns if cheap.columns is None else cheap.columns
    settled = np.where(model.integer, np.rint(base), model.column_lower)
    engine.set_lower(np.maximum(settled, model.column_lower))
    grown = engine.solve(objective, short, start=base, stage=f"{name} (start)")
    engine.set_lower(model.column_lower)
    return max((grown, cheap, last), key=lambda o: _worth(o, objective))


def _worth(outcome: Outcome, objective: Floats) -> float:
    return -np.inf if outcome.columns is None else float(objective @ outcome.columns)


def _support(objective: Floats) -> tuple[Ints, Floats]:
    columns = np.flatnonzero(objective)
    return columns, objective[columns]


def _keep(
    engine: Engine,
    columns: Ints,
    coefficients: Floats,
    value: float,
    tolerance: float = KEPT,
) -> None:
    """Keeps an achieved stage value, scaled so that its tolerance is meant.

    A sum of whole decisions moves in steps, so half a step keeps it to the last point.
    """
    if not len(columns):
        return
    step = _step(engine.model, columns, coefficients)
    if step and not engine.relax:
        engine.keep(columns, coefficients / step, value / step - 0.5)
        return
    size = max(1.0, abs(value))
    engine.keep(columns, coefficients / size, (value - tolerance * size) / size)


def _step(model: Model, columns: Ints, coefficients: Floats) -> float:
    """The largest step of 1, 0.1 … 0.001 that divides every coefficient of whole columns; 0
    where there is none."""
    if not model.integer[columns].all():
        return 0.0
    for step in (1.0, 0.1, 0.01, 0.001):
        parts = coefficients / step
        if np.all(np.abs(parts - np.rint(parts)) <= 1e-9 * np.maximum(1.0, np.abs(parts))):
            return step if np.abs(parts).max() < WHOLE else 0.0
    return 0.0


def _standing(engine: Engine, outcome: Outcome, last: Outcome, objective: Floats) -> Outcome:
    """A stage that found nothing of its own keeps the plan of the stage before.

    That plan is feasible for it; its bound is what the engine proved, or else the sum of all
    that the stage could ever gain.
    """
    assert last.columns is not None
    value = float(objective @ last.columns)
    decided = objective != 0
    model, sign = engine.model, objective[decided] > 0
    ends = np.where(sign, model.column_upper[decided], model.column_lower[decided])
    bound = max(value, min(outcome.bound, float(objective[decided] @ ends)))
    return replace(last, status=Status.STOPPED, value=value, bound=bound)


def _break_ties(
    engine: Engine,
    limits: Limits,
    began: float,
    last: Outcome,
    kept: tuple[Floats, float],
) -> Outcome:
    for name, objective in tie_breakers(engine.model):
        _keep(engine, *_support(kept[0]), kept[1], TIED)
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
