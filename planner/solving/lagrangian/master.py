"""Whole-unit plans of blocks, kept as columns for the restricted master problem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from planner.solving import parameters
from planner.solving.lagrangian.structure import Linking, Problem, Structure
from planner.solving.program import Program, ended, listen, load, pieces, set_start, values
from planner.vocabulary.axes import Bools, Floats, Ints, Places


class ColumnPool:
    """Every different plan of each block that was found so far.

    ``block``: ``[plan]`` its block; ``worth``: ``[plan]`` points; ``use``: ``[plan, linking
    row]``; the columns themselves are kept end to end.
    """

    def __init__(self, structure: Structure, linking: Linking, objective: Floats) -> None:
        self.structure, self.linking = structure, linking
        self.objective = objective
        self.block: Places = np.zeros(0, dtype=np.int32)
        self.worth: Floats = np.zeros(0)
        self.use: Floats = np.zeros((0, len(linking.rows)))
        self._columns: Floats = np.zeros(0)
        self._starts: Ints = np.zeros(0, dtype=np.int64)
        self._marks: list[Floats] = []
        random = np.random.default_rng(0)
        self._weights = random.random(linking.program.columns)[structure.order]

    def add(self, columns: Floats, fitting: Bools) -> None:
        """The plans of an assignment of all columns; only blocks that are ``fitting``."""
        structure = self.structure
        ordered = columns[structure.order]
        mark = self._sums(ordered * self._weights)
        new = fitting.copy()
        for known in self._marks:
            new &= mark != known
        self._marks.append(np.where(fitting, mark, np.nan))
        blocks = np.flatnonzero(new).astype(np.int32)
        if not len(blocks):
            return
        sizes = np.diff(structure.starts)
        worth = self._sums(ordered * self.objective[structure.order])[blocks]
        starts = len(self._columns) + np.cumsum(sizes[blocks]) - sizes[blocks]
        self._starts = np.concatenate([self._starts, starts])
        self._columns = np.concatenate([self._columns, ordered[np.repeat(new, sizes)]])
        self.block = np.concatenate([self.block, blocks])
        self.worth = np.concatenate([self.worth, worth])
        self.use = np.concatenate([self.use, self._use(columns, new)])

    @property
    def covers(self) -> bool:
        """Whether every block has a plan."""
        return len(np.unique(self.block)) == self.structure.blocks

    def _sums(self, ordered: Floats) -> Floats:
        return np.add.reduceat(ordered, self.structure.starts[:-1])

    def _use(self, columns: Floats, wanted: Bools) -> Floats:
        link = self.linking
        at = np.append(np.where(wanted, np.cumsum(wanted) - 1, -1), -1)
        use = np.zeros((int(wanted.sum()), len(link.rows)))
        for some in pieces(len(link.row)):
            plan = at[self.structure.block[link.column[some]]]
            mine = plan >= 0
            column = link.column[some][mine]
            amounts = link.coefficient[some][mine] * columns[column]
            np.add.at(use, (plan[mine], link.row[some][mine]), amounts)
        return use

    def put(self, plans: Ints, columns: Floats) -> None:
        """Writes plans of the pool into an assignment of all columns."""
        structure = self.structure
        for first in range(0, len(plans), parameters.PLANS_TOGETHER):
            some = plans[first : first + parameters.PLANS_TOGETHER]
            block = self.block[some]
            sizes = np.diff(structure.starts)[block]
            within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            places = structure.order[np.repeat(structure.starts[block], sizes) + within]
            columns[places] = self._columns[np.repeat(self._starts[some], sizes) + within]

    def profits(self, multipliers: Floats) -> Floats:
        """``[plan]``: points once the multipliers are paid."""
        return np.asarray(self.worth - self.use @ multipliers)

    def best(self, multipliers: Floats) -> tuple[Ints, Floats]:
        """``[block]``: its most profitable plan, and how far behind the second one is.

        Infinite where there is no second plan.
        """
        profit = self.profits(multipliers)
        order = np.lexsort((-profit, self.block))
        firsts = np.searchsorted(self.block[order], np.arange(self.structure.blocks))
        best = order[firsts]
        margin = np.full(self.structure.blocks, np.inf)
        second = firsts + 1
        known = second < len(order)
        known[known] = self.block[order[second[known]]] == np.flatnonzero(known)
        margin[known] = profit[best[known]] - profit[order[second[known]]]
        return best, margin


# --------------------------------------------------------------------------------------------------
# The restricted master: one plan of the pool for each block, within the linking rows.
#
# Only blocks whose second plan is nearly as good as the first at the multipliers take part; the
# others keep their best. A vertex mixes plans in at most as many blocks as there are linking
# rows (Shapley–Folkman), so nearly every block gets one whole plan.


def restricted_master(
    pool: ColumnPool, multipliers: Floats, penalty: Floats, objective: Floats, threads: int
) -> tuple[Floats, Bools]:
    """(columns, ``[block]`` whether its plan is settled); the linking rows may be missed.

    ``penalty``: ``[linking row]`` points for a unit by which it is missed.
    """
    best, margin = pool.best(multipliers)
    core = np.argsort(margin, kind="stable")[: parameters.MASTER_BLOCKS]
    core = core[np.isfinite(margin[core])]
    link = pool.linking
    columns = np.zeros(link.program.columns)
    pool.put(best, columns)
    chosen = np.isin(pool.block, core)
    plans = np.flatnonzero(chosen)
    fixed = pool.use[best].sum(axis=0) - pool.use[best[core]].sum(axis=0)
    program, points = _program(pool, plans, core, fixed, penalty, objective)
    highs = load(program, points, mip=False, threads=threads)
    highs.run()
    settled = np.ones(pool.structure.blocks, dtype=bool)
    if ended(highs) != "optimal":
        settled[core] = False
        return columns, settled
    weight = values(highs)
    share = weight[: len(plans)]
    order = np.lexsort((-share, pool.block[plans]))
    firsts = order[np.searchsorted(pool.block[plans][order], np.sort(core))]
    pool.put(plans[firsts], columns)
    settled[pool.block[plans[firsts]]] = share[firsts] > 1 - parameters.MASTER_INTEGRAL
    master = weight[len(plans) : len(plans) + len(link.columns)]
    columns[link.columns] = master
    return columns, settled


def _program(
    pool: ColumnPool, plans: Ints, core: Ints, fixed: Floats, penalty: Floats, objective: Floats
) -> tuple[Program, Floats]:
    """Columns: plans, the master's, short and over; rows: linking, then one a block."""
    link, rows = pool.linking, len(pool.linking.rows)
    place = np.full(pool.structure.blocks, -1, dtype=np.int64)
    place[np.sort(core)] = np.arange(len(core))
    at = np.full(link.program.columns, -1, dtype=np.int64)
    at[link.columns] = len(plans) + np.arange(len(link.columns))
    mine = at[link.column] >= 0
    plan, used = np.nonzero(pool.use[plans])
    slack = len(plans) + len(link.columns)
    each = np.arange(rows)
    tied = link.row[mine].astype(np.int64)
    row = [used, rows + place[pool.block[plans]], tied, each, each]
    column = [plan, np.arange(len(plans)), at[link.column[mine]], slack + each, slack + rows + each]
    coefficient = [
        pool.use[plans][plan, used],
        np.ones(len(plans)),
        link.coefficient[mine],
        np.ones(rows),
        -np.ones(rows),
    ]
    joined = np.concatenate(row), np.concatenate(column), np.concatenate(coefficient)
    order = np.lexsort((joined[1], joined[0]))
    size = slack + 2 * rows
    lower = np.concatenate([np.zeros(len(plans)), link.lower, np.zeros(2 * rows)])
    upper = np.concatenate([np.ones(len(plans)), link.upper, np.full(2 * rows, np.inf)])
    program = Program(
        lower,
        upper,
        np.zeros(size, dtype=bool),
        np.concatenate([link.row_lower - fixed, np.ones(len(core))]),
        np.concatenate([link.row_upper - fixed, np.ones(len(core))]),
        joined[0][order].astype(np.int32),
        joined[1][order].astype(np.int32),
        joined[2][order],
    )
    points = np.concatenate([pool.worth[plans], objective[link.columns], -penalty, -penalty])
    return program, points


# --------------------------------------------------------------------------------------------------
# Some blocks decided anew together, everything else as it is: a small whole program.
#
# Feasible by construction: the linking rows keep what the other blocks use, so a solution of the
# part is a solution of the whole.

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
    nodes: int | None = parameters.SUBPROBLEM_NODES
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
    # the linking rows keep what the other blocks use
    program, place = problem.part(free)
    used = problem.linking.activity(fixed)
    lower, upper = program.row_lower.copy(), program.row_upper.copy()
    lower[place] -= used
    upper[place] -= used
    program = program.with_rows(lower, upper)
    steady = float(objective @ fixed)
    highs = load(program, objective[free], mip=True, threads=wanted.threads)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", float(wanted.slack))
    highs.setOptionValue("time_limit", max(wanted.seconds, 0.01))
    if np.isfinite(wanted.target):
        highs.setOptionValue("objective_target", wanted.target - steady)
    if wanted.nodes is not None:
        highs.setOptionValue("mip_max_nodes", wanted.nodes)
    if start:
        set_start(highs, columns[free])
    hoped = wanted.target if wanted.hopeful else -np.inf
    kinds = highspy.cb.HighsCallbackType

    def called(kind: Any, _message: str, out: Any, answer: Any, _data: Any) -> None:
        """Progress and Ctrl-C; an end where the value hoped for is out of reach."""
        if kind == kinds.kCallbackMipLogging:
            if heard is not None:
                heard(steady + out.mip_primal_bound, steady + out.mip_dual_bound)
        else:
            late = kind == kinds.kCallbackMipInterrupt and steady + out.mip_dual_bound < hoped
            answer.user_interrupt = late or stop()

    listen(
        highs,
        called,
        kinds.kCallbackMipLogging,
        kinds.kCallbackMipInterrupt,
        kinds.kCallbackSimplexInterrupt,
        kinds.kCallbackIpmInterrupt,
    )
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
