"""A plan near the one before: whole units in a moment, with the relaxation as their proof.

A what-if moves some money, and most decisions stay as they are. The relaxation, warm, is solved
in hundredths of a second; a plan that nowhere goes beyond both it, rounded up, and the plan
before is a small problem. The relaxation also bounds every plan, so that a plan close enough to
it is proven without a search. Where it is not, the whole problem is solved from there, and then
has little left to do but to draw its bound down.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.axes import Floats
from planner.phases import phase
from planner.solving.pulp_solver import Engine, ProgressSink
from planner.solving.solution import Limits, Outcome, Solution, Stage, Status, enough, proved
from planner.solving.staged import stage_objectives

SMALLEST_GAP = 0.002
"""Relative gap below which this is not tried: whole units cost more than that against the
relaxation (0.3–0.5% on Ba Đình), and the search has to find its own better plans anyway."""
WHOLE = 1e-6
"""How near to a whole number a decision of the relaxation counts as one."""
SHARE = 0.4
"""Part of the gap asked for at which the small problem's own search may end."""
MOST = 0.25
"""Part of the time limit that the small problem may take."""


@phase("solve")
def solve_near(
    relaxed: Engine,
    engine: Engine,
    limits: Limits,
    *,
    last: Floats | None,
    start: Floats | None,
    progress: ProgressSink | None = None,
) -> Solution:
    """A plan beside ``last``, proven by the relaxation or not.

    Parameters
    ----------
    relaxed, engine
        The same problem as a relaxation and with whole units, both at the money asked for.
    last
        The plan before, which need not fit the money any more; ``None``: there is none.
    start
        A plan that fits, to begin from.

    Returns
    -------
    Solution
        Within the gap asked for, or ``stopped`` with the plan found, or without any: the
        caller then solves the whole problem.
    """
    stages = list(stage_objectives(engine.model))
    nothing = Solution(Status.NO_PLAN, None, (), 0.0)
    if len(stages) != 1 or limits.gap < SMALLEST_GAP or engine.relax:
        return nothing
    name, objective = stages[0]
    relaxed.stop = engine.stop
    loose = relaxed.solve(objective, limits, stage=name)
    if loose.columns is None:
        return nothing
    small = replace(limits, gap=limits.gap * SHARE, time_limit=limits.time_limit * MOST)
    engine.target = enough(loose.value, limits.gap)
    try:
        most = _most(engine, loose.columns, last)
        found = _below(engine, objective, small, most, start, progress)
    finally:
        engine.target = np.inf
    if found.columns is None:
        return replace(nothing, seconds=loose.seconds + found.seconds)
    seconds, bound = loose.seconds + found.seconds, max(loose.value, found.value)
    status = proved(found.value, bound, False, limits.gap)
    stage = Stage(name, status, found.value, bound, seconds)
    return Solution(status, found.columns, (stage,), seconds)


def _most(engine: Engine, loose: Floats, last: Floats | None) -> Floats:
    """Upper bounds: whole decisions at most the relaxation's, rounded up, or the plan's before."""
    most = np.ceil(loose - WHOLE)
    if last is not None:
        most = np.maximum(most, np.rint(last))
    most = np.maximum(most, engine.model.column_lower)
    return np.where(engine.model.integer, np.minimum(engine.upper, most), engine.upper)


def _below(
    engine: Engine,
    objective: Floats,
    limits: Limits,
    most: Floats,
    start: Floats | None,
    progress: ProgressSink | None,
) -> Outcome:
    """Solves with the columns' upper bounds drawn closer, and sets them back."""
    every, upper = np.arange(engine.model.columns), engine.upper.copy()
    engine.set_upper(every, most)
    try:
        return engine.solve(objective, limits, start=start, progress=progress)
    finally:
        engine.set_upper(every, upper)
