"""Some blocks decided anew together, everything else as it is: a small whole program.

Feasible by construction: the linking rows keep what the other blocks use, so a solution of the
part is a solution of the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.axes import Floats, Ints
from planner.solving.decomposition.arrays import Program, ended, load, values
from planner.solving.decomposition.problem import Problem

NODES = 100
"""Branch-and-bound nodes of a neighbourhood: a limit of work, not of time."""

Heard = Callable[[float, float], None]


@dataclass(frozen=True)
class Wanted:
    """When a search may end.

    ``target``: value at which the plan is good enough; ``slack``: points within which the
    neighbourhood itself need not be proven; ``nodes``: ``None`` for no limit of work;
    ``hopeful``: it ends as soon as its bound is below the target.
    """

    target: float
    slack: float
    seconds: float
    threads: int
    nodes: int | None = NODES
    hopeful: bool = False


@dataclass(frozen=True)
class Found:
    """What a neighbourhood gave: the whole assignment, or how it ended without one.

    ``bound``: on the value of the whole problem if only these blocks could move.
    """

    columns: Floats | None
    how: str
    bound: float


def decide(
    problem: Problem,
    objective: Floats,
    blocks: Ints,
    columns: Floats,
    wanted: Wanted,
    *,
    start: bool,
    stop: Callable[[], bool] = lambda: False,
    heard: Heard | None = None,
) -> Found:
    """The best columns of ``blocks`` and the master, the others as in ``columns``.

    ``start``: ``columns`` are feasible and the search begins from them.
    """
    free = np.concatenate([problem.columns_of(blocks), problem.linking.columns])
    fixed = columns.copy()
    fixed[free] = 0.0
    program = _part(problem, free, fixed)
    steady = float(objective @ fixed)
    highs = load(program, objective[free], mip=True, threads=wanted.threads)
    _limit(highs, wanted, steady)
    if start:
        _begin(highs, columns[free])
    _listen(highs, stop, steady, heard, wanted.target if wanted.hopeful else -np.inf)
    highs.run()
    how, info = ended(highs), highs.getInfo()
    if how in ("infeasible", "unbounded"):
        return Found(None, how, -np.inf)
    bound = steady + float(info.mip_dual_bound if program.integer.any() else np.inf)
    if how == "optimal" and not program.integer.any():
        bound = steady + float(info.objective_function_value)
    if info.primal_solution_status != 2:
        return Found(None, how, bound)
    fixed[free] = values(highs)
    return Found(np.where(problem.program.integer, np.rint(fixed), fixed), how, bound)


def _part(problem: Problem, free: Ints, fixed: Floats) -> Program:
    program, link = problem.program, problem.linking
    inside = np.zeros(program.columns, dtype=bool)
    inside[free] = True
    entries = np.flatnonzero(inside[program.column_index])
    rows = np.union1d(np.unique(program.row_index[entries]), link.rows)
    part = program.part(free, entries, rows)
    place, used = np.searchsorted(rows, link.rows), link.activity(fixed)
    lower, upper = part.row_lower.copy(), part.row_upper.copy()
    lower[place] -= used
    upper[place] -= used
    return part.with_rows(lower, upper)


def _limit(highs: Any, wanted: Wanted, steady: float) -> None:
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", float(wanted.slack))
    highs.setOptionValue("time_limit", max(wanted.seconds, 0.01))
    if np.isfinite(wanted.target):
        highs.setOptionValue("objective_target", wanted.target - steady)
    if wanted.nodes is not None:
        highs.setOptionValue("mip_max_nodes", wanted.nodes)


def _begin(highs: Any, columns: Floats) -> None:
    import highspy

    solution = highspy.HighsSolution()
    solution.col_value = columns.tolist()
    highs.setSolution(solution)


def _listen(
    highs: Any, stop: Callable[[], bool], steady: float, heard: Heard | None, hoped: float
) -> None:
    """Ctrl-C and progress through the engine's callbacks; an end where the value ``hoped`` for
    is out of reach."""
    import highspy

    kinds = highspy.cb.HighsCallbackType

    def called(kind: Any, _message: str, out: Any, answer: Any, _data: Any) -> None:
        if kind == kinds.kCallbackMipLogging:
            if heard is not None:
                heard(steady + out.mip_primal_bound, steady + out.mip_dual_bound)
        else:
            late = kind == kinds.kCallbackMipInterrupt and steady + out.mip_dual_bound < hoped
            answer.user_interrupt = late or stop()

    highs.setCallback(called, None)
    for kind in (
        kinds.kCallbackMipLogging,
        kinds.kCallbackMipInterrupt,
        kinds.kCallbackSimplexInterrupt,
        kinds.kCallbackIpmInterrupt,
    ):
        highs.startCallback(kind)
