"""A plan near the one before: whole units in a moment, with the relaxation as their proof.

A what-if moves some money, and most decisions stay as they are. The relaxation, warm, is solved
in hundredths of a second; where it agrees with the plan before, whole decisions are pinned, and
what is left is small. The relaxation also bounds every plan, so that a plan close enough to it
is proven without a search. Where that is not enough, the whole problem is solved from there.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.axes import Bools, Floats
from planner.phases import phase
from planner.solving.pulp_solver import Engine, ProgressSink
from planner.solving.solution import Limits, Outcome, Solution, Stage, Status, proved
from planner.solving.staged import stage_objectives

SMALLEST_GAP = 0.002
"""Relative gap below which the relaxation is not expected to be proof enough: whole units
cost more than that (0.3–0.4% on Ba Đình), and the search is needed anyway."""
AGREES = 1e-6
"""How near a whole decision of the relaxation is to one of the plan before."""
SHARE = 0.1
"""Part of the gap asked for at which the small problem's own search may end."""
MOST = 0.25
"""Part of the time limit that one small problem may take."""


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
    engine.target = loose.value - limits.gap * abs(loose.value) / (1 + limits.gap)
    seconds = loose.seconds
    if last is None:
        first = _within(engine, objective, small, _rounded_up(engine, loose.columns), progress)
        last, seconds = first.columns, seconds + first.seconds
        start = last
    found = Outcome(Status.NO_PLAN, columns=start)
    if last is not None:
        box = _pinned(engine, loose.columns, last)
        found = _within(engine, objective, small, box, progress, start)
    engine.target = np.inf
    if found.columns is None:
        return nothing
    value = float(objective @ found.columns)
    seconds += found.seconds
    bound = max(loose.value, value)
    status = proved(value, bound, False, limits.gap)
    return Solution(status, found.columns, (Stage(name, status, value, bound, seconds),), seconds)


Box = tuple[Floats, Floats]
"""Lower and upper bounds of all columns."""


def _whole(engine: Engine) -> Bools:
    return engine.model.integer


def _pinned(engine: Engine, loose: Floats, last: Floats) -> Box:
    """Whole decisions on which the relaxation and the plan before agree stay as they are."""
    agreed = _whole(engine) & (np.abs(loose - last) <= AGREES)
    low, high = engine.model.column_lower, engine.upper
    settled = np.clip(np.rint(last), low, high)
    return np.where(agreed, settled, low), np.where(agreed, settled, high)


def _rounded_up(engine: Engine, loose: Floats) -> Box:
    """Whole decisions at most as large as the relaxation's, rounded up."""
    low, high = engine.model.column_lower, engine.upper
    most = np.maximum(np.ceil(loose - AGREES), low)
    return low, np.where(_whole(engine), np.minimum(high, most), high)


def _within(
    engine: Engine,
    objective: Floats,
    limits: Limits,
    box: Box,
    progress: ProgressSink | None,
    start: Floats | None = None,
) -> Outcome:
    """Solves with the columns' bounds drawn closer, and sets them back."""
    every, upper = np.arange(engine.model.columns), engine.upper.copy()
    engine.set_upper(every, box[1])
    engine.set_lower(box[0])
    try:
        return engine.solve(objective, limits, start=start, progress=progress, stage="value")
    finally:
        engine.set_upper(every, upper)
        engine.set_lower(engine.model.column_lower)
