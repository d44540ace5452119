"""The two masters: blocks' plans as columns (primal), multipliers of the linking rows (dual)."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from planner.solving import parameters
from planner.solving.lagrangian.structure import Linking, Problem, Structure
from planner.solving.program import (
    Program,
    ended,
    interrupts,
    listen,
    load,
    pieces,
    set_start,
    values,
)
from planner.vocabulary.axes import Bools, Floats, Ints, Places


class ColumnPool:
    """Every different plan of each block that was found so far.

    ``block``: ``[plan]`` its block; ``worth``: ``[plan]`` points; ``use``: ``[plan, linking
    row]``; of the columns themselves those that are not 0 are kept, end to end: a few of a hundred.
    """

    def __init__(self, structure: Structure, linking: Linking, objective: Floats) -> None:
        self.structure, self.linking = structure, linking
        self.objective = objective
        self.block: Places = np.zeros(0, dtype=np.int32)
        self.worth: Floats = np.zeros(0)
        self.use: Floats = np.zeros((0, len(linking.rows)))
        self._places: Places = np.zeros(0, dtype=np.int32)
        self._amounts: Floats = np.zeros(0)
        self._starts: Ints = np.zeros(1, dtype=np.int64)
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
        used = np.repeat(new, sizes) & (ordered != 0)
        counts = np.add.reduceat(used, structure.starts[:-1], dtype=np.int64)[blocks]
        self._starts = np.concatenate([self._starts, self._starts[-1] + np.cumsum(counts)])
        self._places = np.concatenate([self._places, np.flatnonzero(used).astype(np.int32)])
        self._amounts = np.concatenate([self._amounts, ordered[used]])
        self.block = np.concatenate([self.block, blocks])
        self.worth = np.concatenate([self.worth, worth])
        # What the new plans use of the linking rows.
        link, at = self.linking, np.append(np.where(new, np.cumsum(new) - 1, -1), -1)
        use = np.zeros((len(blocks), len(link.rows)))
        for some in pieces(len(link.row)):
            plan = at[structure.block[link.column[some]]]
            mine = plan >= 0
            amounts = link.coefficient[some][mine] * columns[link.column[some][mine]]
            np.add.at(use, (plan[mine], link.row[some][mine]), amounts)
        self.use = np.concatenate([self.use, use])

    def beside(self, columns: Floats, fitting: Bools) -> ColumnPool:
        """Another pool: these plans, and the plans of an assignment."""
        pool = copy(self)
        pool._marks = list(self._marks)
        pool.add(columns, fitting)
        return pool

    @property
    def covers(self) -> bool:
        """Whether every block has a plan."""
        return len(np.unique(self.block)) == self.structure.blocks

    def _sums(self, ordered: Floats) -> Floats:
        return np.add.reduceat(ordered, self.structure.starts[:-1])

    def put(self, plans: Ints, columns: Floats) -> None:
        """Writes plans of the pool into an assignment of all columns."""
        structure = self.structure
        for first in range(0, len(plans), parameters.PLANS_TOGETHER):
            some = plans[first : first + parameters.PLANS_TOGETHER]
            block = self.block[some]
            columns[structure.order[_ranges(structure.starts, block)]] = 0.0
            at = _ranges(self._starts, some)
            columns[structure.order[self._places[at]]] = self._amounts[at]

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


def _ranges(starts: Ints, wanted: Ints | Places) -> Ints:
    """The places from ``starts[k]`` to before ``starts[k + 1]`` of every k wanted, end to end."""
    sizes = starts[wanted + 1] - starts[wanted]
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.asarray(np.repeat(starts[wanted], sizes) + within)


# --------------------------------------------------------------------------------------------------
# The restricted master: one plan of the pool for each block, within the linking rows.
#
# Only blocks whose second plan is nearly as good as the first at the multipliers take part; the
# others keep their best. A vertex mixes plans in at most as many blocks as there are linking
# rows (Shapley–Folkman), so nearly every block gets one whole plan.


def restricted_master(
    pool: ColumnPool,
    multipliers: Floats,
    penalty: Floats,
    objective: Floats,
    threads: int,
    most: int = parameters.MASTER_BLOCKS,
) -> tuple[Floats, Bools, bool]:
    """(columns, ``[block]`` whether its plan is settled, whether mixed plans keep every linking
    row); the linking rows may be missed.

    ``penalty``: ``[linking row]`` points for a unit by which it is missed; ``most``: blocks that
    take part.
    """
    best, margin = pool.best(multipliers)
    core = np.argsort(margin, kind="stable")[:most]
    core = core[np.isfinite(margin[core])]
    link = pool.linking
    columns = np.zeros(link.program.columns)
    pool.put(best, columns)
    chosen = np.isin(pool.block, core)
    plans = np.flatnonzero(chosen)
    fixed = pool.use[best].sum(axis=0) - pool.use[best[core]].sum(axis=0)
    program, points = _program(pool, plans, core, fixed, penalty, objective)
    highs = load(program, points, mip=False, threads=threads)
    del program, points
    highs.setOptionValue("presolve", "off")  # takes ten times as long as what follows
    highs.run()
    settled = np.ones(pool.structure.blocks, dtype=bool)
    if ended(highs) != "optimal":
        settled[core] = False
        return columns, settled, False
    weight = values(highs)
    share = weight[: len(plans)]
    order = np.lexsort((-share, pool.block[plans]))
    firsts = order[np.searchsorted(pool.block[plans][order], np.sort(core))]
    pool.put(plans[firsts], columns)
    settled[pool.block[plans[firsts]]] = share[firsts] > 1 - parameters.MASTER_INTEGRAL
    slack = len(plans) + len(link.columns)
    columns[link.columns] = weight[len(plans) : slack]
    return columns, settled, bool((weight[slack:] <= parameters.ROW_NOISE).all())


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
    row = np.concatenate([used, rows + place[pool.block[plans]], tied, each, each])
    column = np.concatenate(
        [plan, np.arange(len(plans)), at[link.column[mine]], slack + each, slack + rows + each]
    )
    weights = pool.use[plans][plan, used], np.ones(len(plans)), link.coefficient[mine]
    coefficient = np.concatenate([*weights, np.ones(rows), -np.ones(rows)])
    order = np.lexsort((column, row))
    size = slack + 2 * rows
    lower = np.concatenate([np.zeros(len(plans)), link.lower, np.zeros(2 * rows)])
    upper = np.concatenate([np.ones(len(plans)), link.upper, np.full(2 * rows, np.inf)])
    ones = np.ones(len(core))
    program = Program(
        lower, upper, np.zeros(size, dtype=bool),
        np.concatenate([link.row_lower - fixed, ones]), np.concatenate([link.row_upper - fixed, ones]),  # noqa: E501
        row[order].astype(np.int32), column[order].astype(np.int32), coefficient[order],
    )  # fmt: skip
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

    listen(highs, called, kinds.kCallbackMipLogging, *interrupts())
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


# --------------------------------------------------------------------------------------------------
# Multipliers of the linking rows: the Lagrangian dual by cutting planes in a moving box.
#
# Every evaluation at multipliers :math:`\lambda_k` gives, for each chunk of blocks, a plan with
# worth :math:`v_k` and use :math:`a_k` of the linking rows, hence the cut
# :math:`\theta \ge v_k - a_k \lambda`. The *model* (a small LP over multipliers, one
# :math:`\theta` a group of chunks) is minimised inside a box around the best multipliers so far,
# which keeps it from jumping where no cut knows anything (Marsten's boxstep). Its minimum is
# never above the true one, so a small difference ends the search.


@dataclass
class Box:
    """The best multipliers so far, their bound, and how far the next may be from them."""

    centre: Floats
    bound: float
    radius: Floats

    def move(self, multipliers: Floats, level: float, predicted: float, held: bool) -> None:
        """Takes over better multipliers; the box grows where it was right and too small."""
        if level > self.bound - parameters.SERIOUS_STEP * predicted:
            self.radius = self.radius * parameters.BOX_SHRINKS
            if level >= self.bound:
                return
        elif held and level < self.bound - 0.5 * predicted:
            self.radius = self.radius * parameters.BOX_WIDENS
        self.centre, self.bound = multipliers, level


class CuttingPlaneModel:
    """The cutting-plane model of L over multipliers; groups of chunks share a cut each."""

    def __init__(self, linking: Linking, objective: Floats, groups: int, threads: int) -> None:
        self.linking = linking
        self.rows = len(linking.rows)
        self.groups = groups
        self.steady = float(objective[linking.columns] @ linking.lower)
        # Columns p, q ≥ 0 (multiplier = p − q), w ≥ reduced value of a master column, θ.
        i, k = np.nonzero(linking.matrix)
        entry, rows, count = linking.matrix[i, k], self.rows, len(linking.columns)
        row = np.concatenate([np.arange(count), k, k])
        column = np.concatenate([2 * rows + np.arange(count), i, rows + i])
        coefficient = np.concatenate([np.ones(count), entry, -entry])
        order = np.lexsort((column, row))
        size = 2 * rows + count + groups
        start = Program(
            np.concatenate([np.zeros(size - groups), np.full(groups, -np.inf)]),
            np.full(size, np.inf),
            np.zeros(size, dtype=bool),
            objective[linking.columns],
            np.full(count, np.inf),
            row[order],
            column[order],
            coefficient[order],
        )
        # Their costs, negative: HiGHS maximises here, the dual is a minimum.
        upper, lower = linking.row_upper, linking.row_lower
        steady = linking.matrix @ linking.lower
        p = np.where(np.isfinite(upper), upper, 0.0) - steady
        q = np.where(np.isfinite(lower), -lower, 0.0) + steady
        costs = -np.concatenate([p, q, linking.upper - linking.lower, np.ones(groups)])
        self.highs = load(start, costs, mip=False, threads=threads)
        self.highs.setOptionValue("presolve", "off")

    def add(self, worth: Floats, use: Floats) -> None:
        """A cut for each group of chunks (k is in group k mod their number): ``worth [chunk]``,
        ``use [chunk, linking row]``."""
        of = np.arange(len(worth)) % self.groups
        points, sums = np.zeros(self.groups), np.zeros((self.groups, self.rows))
        np.add.at(points, of, worth)
        np.add.at(sums, of, use)
        theta = 2 * self.rows + len(self.linking.columns)
        for group in range(self.groups):
            used = np.flatnonzero(sums[group])
            amounts = sums[group, used]
            index = np.concatenate([used, self.rows + used, [theta + group]]).astype(np.int32)
            entries = np.concatenate([amounts, -amounts, [1.0]])
            self.highs.addRow(float(points[group]), np.inf, len(index), index, entries)

    def minimum(self, box: Box) -> tuple[Floats, float, bool]:
        """(multipliers, model value, whether the box holds them back) of the model's minimum."""
        low, high = box.centre - box.radius, box.centre + box.radius
        link, index = self.linking, np.arange(2 * self.rows, dtype=np.int32)
        free = np.isfinite(np.concatenate([link.row_upper, link.row_lower]))
        lower, upper = (
            np.where(free, np.maximum(np.concatenate([p, -q]), 0), 0.0)
            for p, q in ((low, high), (high, low))
        )
        self.highs.changeColsBounds(len(index), index, lower, upper)
        self.highs.run()
        if ended(self.highs) != "optimal":
            return box.centre, box.bound, False
        solution = values(self.highs)
        multipliers = solution[: self.rows] - solution[self.rows : 2 * self.rows]
        value = -float(self.highs.getInfo().objective_function_value) + self.steady
        held = np.isclose(multipliers, low, rtol=0, atol=1e-12) & (low != 0)
        held |= np.isclose(multipliers, high, rtol=0, atol=1e-12) & (high != 0)
        return multipliers, value, bool((held & (box.radius > 0)).any())


def multiplier_scales(use: Floats, value: float) -> Floats:
    """``[linking row]``: a multiplier at which the use of the row would cost the whole value."""
    least = 1e-6 * max(1.0, float(np.abs(use).max(initial=0.0)))
    return max(1.0, abs(value)) / np.maximum(np.abs(use), least)


# --------------------------------------------------------------------------------------------------
# First multipliers: the linear relaxation of a sample of chunks with their share of the money.


def sample_multipliers(problem: Problem, objective: Floats, threads: int) -> Floats:
    """``[linking row]`` multipliers of a similar, smaller problem; zeros where that has none."""
    link, packing = problem.linking, problem.packing
    total = int(problem.structure.starts[-1])
    part = min(int(parameters.SAMPLE_PART * total), parameters.SAMPLE_MOST)
    step = min(max(1, total // max(parameters.SAMPLE, part)), packing.count)
    chosen = range(step // 2, packing.count, step)
    columns = np.concatenate([*(packing.columns(k) for k in chosen), link.columns])
    program, place = problem.part(columns)
    # the sample's share of all that the blocks could use of each linking row
    inside = np.zeros(problem.program.columns, dtype=bool)
    inside[columns] = True
    whole = problem.program.upper
    reach = np.where(np.isfinite(whole), whole, 0.0)[link.column]
    amount = np.abs(link.coefficient) * reach * (problem.structure.block[link.column] >= 0)
    every = np.bincount(link.row, weights=amount, minlength=len(link.rows))
    mine = amount * inside[link.column]
    sampled = np.bincount(link.row, weights=mine, minlength=len(link.rows))
    share = np.where(every > 0, sampled / np.where(every > 0, every, 1.0), 1.0)
    lower, upper = program.row_lower.copy(), program.row_upper.copy()
    lower[place] *= share
    upper[place] *= share
    program = program.with_rows(lower, upper)
    highs = load(program, objective[columns], mip=False, threads=threads)
    highs.run()
    if ended(highs) != "optimal":
        return np.zeros(len(link.rows))
    return link.allowed(np.array(highs.getSolution().row_dual, dtype=np.float64)[place])
