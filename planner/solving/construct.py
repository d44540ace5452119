"""A plan to keep where a solve was stopped before it had one: a short search of its own.

What is wanted is any good plan, within seconds. It is looked for where one is met first, whatever
method was asked for: near the relaxation, or by school in a larger model; several stages are one
sum. Nothing is claimed of it but what is proven: the bound of that search bounds the first stage,
and no stage is worth more than its columns at their best ends.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from planner.formulation.model import Model
from planner.names import FLOOR_STAGE, KEEP_STAGE
from planner.solving import parameters
from planner.solving.choice import Method, choose_engine
from planner.solving.highs import Engine, ProgressSink
from planner.solving.lagrangian.search import LagrangianEngine
from planner.solving.neighbourhoods import NeighbourhoodSearch
from planner.solving.solution import Limits, Outcome, Progress, Solution, Stage, Status, proved
from planner.solving.stages import overall, stage_objectives, together
from planner.vocabulary.axes import Floats


def plan_to_keep(engine: Engine, limits: Limits, progress: ProgressSink | None) -> Solution:
    """Some plan of the model under the engine's restrictions of now, and what is proven of it.

    Parameters
    ----------
    engine
        Was asked to stop and has no plan; it is not asked again whether to stop.
    limits
        What the solve was asked for; its gap is what the stages are judged by.
    progress
        Told at once (stage ``keep``), then whatever the search tells.
    """
    began, model = time.perf_counter(), engine.model
    seconds = max(parameters.KEEP_SECONDS, parameters.KEEP_A_COLUMN * model.columns)
    short = Limits(max(limits.gap, parameters.KEEP_GAP), seconds, limits.threads)
    if progress is not None:
        progress(Progress(stage=KEEP_STAGE, seconds=0.0, value=None, bound=None))
    plans = list(stage_objectives(model))
    points = plans[0][1] if len(plans) == 1 else together(model, plans)
    one = replace(model, stages=(KEEP_STAGE,), stage_values=(points,))
    if type(engine) is LagrangianEngine:
        again: Engine = engine  # which knows multipliers and holds the blocks
        stop = engine.stop
    else:
        small = model.columns <= parameters.NEIGHBOURHOOD_TO
        method = Method.WHOLE if small else Method.BY_SCHOOL
        (again, _), stop = choose_engine(one, short, method=method), engine.stop
        again.restrictions = engine.restrictions
    again.stop = lambda: False
    try:
        near = NeighbourhoodSearch.of(again, short)
        solution = None if near is None else near.nearby(short, progress)
        if solution is not None and solution.columns is not None:
            found = Outcome(solution.status, 0.0, solution.bound, solution.columns)
        elif solution is not None and solution.status is Status.INFEASIBLE:
            found = Outcome(solution.status)
        else:
            found = again.solve(points, short, progress=progress, stage=KEEP_STAGE)
    finally:
        again.stop = stop
        if again is not engine:
            again.close()
    columns = found.columns
    if columns is None:
        status = Status.INFEASIBLE if found.status is Status.INFEASIBLE else Status.NO_PLAN
        return Solution(status, None, (), time.perf_counter() - began)
    stages = []
    for number, (name, objective) in enumerate(plans):
        most = _ends(model, objective)
        if number == 0 and name != FLOOR_STAGE:
            most = min(most, found.bound + _ends(model, objective - points))
        value = float(objective @ columns)
        most = max(most, value)
        seconds = time.perf_counter() - began if number == 0 else 0.0
        stages.append(Stage(name, proved(value, most, False, limits.gap), value, most, seconds))
    return Solution(
        overall([s.status for s in stages]), columns, tuple(stages), time.perf_counter() - began
    )


def _ends(model: Model, points: Floats) -> float:
    """What nothing is worth more than: every column at its better end."""
    used = points != 0
    ends = np.where(points[used] > 0, model.column_upper[used], model.column_lower[used])
    return float(points[used] @ ends)
