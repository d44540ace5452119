"""A plan near the one before: whole units in a moment, with the relaxation as their proof.

A what-if moves some money, and most decisions stay as they are. The relaxation, warm, is solved
in hundredths of a second; a plan between it and the plan before is a small problem
(:mod:`planner.solving.boxes`). The relaxation also bounds every plan, so that a plan close
enough to it is proven without a search. Where it is not, the whole problem is solved from
there, and then has little left to do but to draw its bound down.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from planner.axes import Floats
from planner.phases import phase
from planner.solving.boxes import Before, Blocks, Box, boxes
from planner.solving.pulp_solver import Engine, ProgressSink
from planner.solving.solution import Limits, Outcome, Solution, Stage, Status, enough, proved
from planner.solving.staged import stage_objectives

SMALLEST_GAP = 0.002
"""Relative gap below which this is not tried: whole units cost more than that against the
relaxation (0.3–0.5% on Ba Đình), and the search has to find its own better plans anyway."""
SHARE = 0.4
"""Part of the gap asked for at which a small problem's own search may end."""
MOST = 0.25
"""Part of the time limit that the small problems may take."""


@dataclass(frozen=True)
class Near:
    """What was found near: a solution, proven or not, and the relaxation's columns, if any."""

    solution: Solution
    loose: Floats | None = None


def is_worth_it(engine: Engine, limits: Limits) -> bool:
    """Whether there is one stage of whole units, and a gap that the relaxation can prove."""
    stages = list(stage_objectives(engine.model))
    return len(stages) == 1 and limits.gap >= SMALLEST_GAP and not engine.relax


@phase("solve")
def solve_near(
    relaxed: Engine,
    engine: Engine,
    limits: Limits,
    *,
    blocks: Blocks,
    before: Before | None,
    start: Floats | None,
    progress: ProgressSink | None = None,
) -> Near:
    """A plan beside the one before, proven by the relaxation or not; see :func:`is_worth_it`.

    Parameters
    ----------
    relaxed, engine
        The same problem as a relaxation and with whole units, both at the money asked for.
    blocks
        The schools of the problem.
    before
        The plan before, which need not fit the money any more; ``None``: there is none.
    start
        A plan that fits, to begin from.

    Returns
    -------
    Near
        Its solution is within the gap asked for, or ``stopped`` with the plan found, or
        without any: the caller then solves the whole problem.
    """
    ((name, objective),) = stage_objectives(engine.model)
    nothing = Solution(Status.NO_PLAN, None, (), 0.0)
    relaxed.stop = engine.stop
    began = time.perf_counter()
    loose = relaxed.solve(objective, limits, stage=name)
    if loose.columns is None:
        return Near(nothing)
    engine.target = enough(loose.value, limits.gap)
    try:
        found = Outcome(Status.NO_PLAN)
        for box in boxes(engine, loose.columns, before, blocks):
            left = limits.time_limit * MOST - (time.perf_counter() - began)
            if left <= 0 or engine.stop():
                break
            small = replace(limits, gap=limits.gap * SHARE, time_limit=left)
            found = _inside(engine, objective, small, box, start, progress)
            if found.columns is not None:
                break
    finally:
        engine.target = np.inf
    seconds = time.perf_counter() - began
    if found.columns is None:
        return Near(replace(nothing, seconds=seconds), loose.columns)
    bound = max(loose.value, found.value)
    status = proved(found.value, bound, False, limits.gap)
    stage = Stage(name, status, found.value, bound, seconds)
    return Near(Solution(status, found.columns, (stage,), seconds), loose.columns)


def _inside(
    engine: Engine,
    objective: Floats,
    limits: Limits,
    box: Box,
    start: Floats | None,
    progress: ProgressSink | None,
) -> Outcome:
    """Solves with the columns' bounds drawn closer, and sets them back."""
    every, upper = np.arange(engine.model.columns), engine.upper.copy()
    engine.set_upper(every, box[1])
    engine.set_lower(box[0])
    try:
        return engine.solve(objective, limits, start=start, progress=progress)
    finally:
        engine.set_upper(every, upper)
        engine.set_lower(engine.model.column_lower)
