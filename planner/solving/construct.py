"""A plan to keep where a solve was stopped before it had one: a short search of its own.

What is wanted is any good plan, within seconds. It is looked for where one is met first, whatever
method was asked for: near the relaxation, or by school in a larger model; several stages are one
sum. Nothing is claimed of it but what is proven: the bound of that search bounds the first stage,
and no stage is worth more than its columns at their best ends.
"""

from __future__ import annotations

import time
from dataclasses import replace

from planner.names import FLOOR_STAGE, KEEP_STAGE
from planner.solving import parameters
from planner.solving.choice import Method, choose_engine
from planner.solving.highs import Engine, ProgressSink
from planner.solving.lagrangian.search import LagrangianEngine
from planner.solving.neighbourhoods import NeighbourhoodSearch
from planner.solving.solution import Limits, Outcome, Progress, Solution, Stage, Status, proved
from planner.solving.stages import most_worth, overall, stage_objectives, together
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
    if progress is not None:
        progress(Progress(stage=KEEP_STAGE, seconds=0.0, value=None, bound=None))
    plans = list(stage_objectives(model))
    points = plans[0][1] if len(plans) == 1 else together(model, plans)
    found = _searched(engine, points, limits, progress)
    columns, seconds = found.columns, time.perf_counter() - began
    if columns is None:
        status = Status.INFEASIBLE if found.status is Status.INFEASIBLE else Status.NO_PLAN
        return Solution(status, None, (), seconds)
    stages: list[Stage] = []
    for name, objective in plans:
        value, bound = float(objective @ columns), most_worth(model, objective)
        if not stages and name != FLOOR_STAGE:
            bound = min(bound, found.bound + most_worth(model, objective - points))
        bound = max(bound, value)
        status = proved(value, bound, False, limits.gap)
        stages.append(Stage(name, status, value, bound, 0.0 if stages else seconds))
    return Solution(overall([s.status for s in stages]), columns, tuple(stages), seconds)


def _searched(
    engine: Engine, points: Floats, limits: Limits, progress: ProgressSink | None
) -> Outcome:
    """A plan for some points: near the relaxation, else by a search of the whole as long again; of
    a large model by school, in the engine that was stopped where it knows multipliers and holds
    the blocks."""
    model = engine.model
    seconds = max(parameters.KEEP_SECONDS, parameters.KEEP_A_COLUMN * model.columns)
    short = Limits(max(limits.gap, parameters.KEEP_GAP), seconds, limits.threads)
    again, stop = engine, engine.stop
    if type(engine) is not LagrangianEngine:
        small = model.columns <= parameters.NEIGHBOURHOOD_TO
        method = Method.WHOLE if small else Method.BY_SCHOOL
        alone = replace(model, stages=(KEEP_STAGE,), stage_values=(points,))
        again, _ = choose_engine(alone, short, method=method)
        again.restrictions = engine.restrictions
    again.stop = lambda: False
    try:
        near = NeighbourhoodSearch.of(again, short)
        found = None if near is None else near.nearby(short, progress)
        if found is not None and (found.columns is not None or found.status is Status.INFEASIBLE):
            return Outcome(found.status, bound=found.bound, columns=found.columns)
        return again.solve(points, short, progress=progress, stage=KEEP_STAGE)
    finally:
        again.stop = stop
        if again is not engine:
            again.close()
