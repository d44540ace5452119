"""Prices of the linking rows: the Lagrangian dual by cutting planes in a moving box.

Every evaluation at prices :math:`\\lambda_k` gives, for each chunk of blocks, a plan with worth
:math:`v_k` and use :math:`a_k` of the linking rows, hence the cut
:math:`\\theta \\ge v_k - a_k \\lambda`. The *model* (a small LP over prices, one
:math:`\\theta` a group of chunks) is minimised inside a box around the best prices so far: the
box keeps it from jumping where no cut knows anything (Marsten's boxstep). Its minimum is never
above the true one, so a small difference ends the search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.solving.lagrangian.structure import Linking, Problem
from planner.solving.program import Program, ended, load, values
from planner.vocabulary.axes import Bools, Floats, Ints

WIDEN, SHRINK = 2.0, 0.5
SERIOUS = 0.1
"""Part of the predicted fall that must come true before the centre moves."""


@dataclass
class Box:
    """The best prices so far, their bound, and how far the next may be from them."""

    centre: Floats
    bound: float
    radius: Floats

    def move(self, prices: Floats, level: float, predicted: float, held: bool) -> None:
        """Takes over better prices; the box grows where it was right and too small."""
        if level > self.bound - SERIOUS * predicted:
            self.radius = self.radius * SHRINK
            if level >= self.bound:
                return
        elif held and level < self.bound - 0.5 * predicted:
            self.radius = self.radius * WIDEN
        self.centre, self.bound = prices, level


class PriceModel:
    """The cutting-plane model of L over prices; groups of chunks share a cut each."""

    def __init__(self, linking: Linking, objective: Floats, groups: int, threads: int) -> None:
        self.linking = linking
        self.rows = len(linking.rows)
        self.groups = groups
        self.steady = float(objective[linking.columns] @ linking.lower)
        # −(cost) of p, q, w, θ: HiGHS maximises here, the dual is a minimum.
        link = self.linking
        upper, lower = link.row_upper, link.row_lower
        steady = link.matrix @ link.lower
        p = np.where(np.isfinite(upper), upper, 0.0) - steady
        q = np.where(np.isfinite(lower), -lower, 0.0) + steady
        costs = -np.concatenate([p, q, link.upper - link.lower, np.ones(self.groups)])
        self.highs = load(self._start(objective), costs, mip=False, threads=threads)
        self.highs.setOptionValue("presolve", "off")

    def _start(self, objective: Floats) -> Program:
        """Columns p, q ≥ 0 (price = p − q), w ≥ reduced value of a master column, θ."""
        link, count = self.linking, len(self.linking.columns)
        i, k = np.nonzero(link.matrix)
        entry = link.matrix[i, k]
        row = np.concatenate([np.arange(count), k, k])
        column = np.concatenate([2 * self.rows + np.arange(count), i, self.rows + i])
        coefficient = np.concatenate([np.ones(count), entry, -entry])
        order = np.lexsort((column, row))
        size = 2 * self.rows + count + self.groups
        lower = np.concatenate([np.zeros(size - self.groups), np.full(self.groups, -np.inf)])
        return Program(
            lower,
            np.full(size, np.inf),
            np.zeros(size, dtype=bool),
            objective[link.columns],
            np.full(count, np.inf),
            row[order],
            column[order],
            coefficient[order],
        )

    def add(self, worth: Floats, use: Floats) -> None:
        """A cut for each group: ``worth [group]``, ``use [group, linking row]``."""
        theta = 2 * self.rows + len(self.linking.columns)
        for group in range(self.groups):
            used = np.flatnonzero(use[group])
            amounts = use[group, used]
            index = np.concatenate([used, self.rows + used, [theta + group]]).astype(np.int32)
            entries = np.concatenate([amounts, -amounts, [1.0]])
            self.highs.addRow(float(worth[group]), np.inf, len(index), index, entries)

    def minimum(self, box: Box) -> tuple[Floats, float, bool]:
        """(prices, model value, whether the box holds them back) of the model's minimum."""
        low, high = box.centre - box.radius, box.centre + box.radius
        up_free = np.isfinite(self.linking.row_upper)
        down_free = np.isfinite(self.linking.row_lower)
        p = np.where(up_free, np.maximum(low, 0), 0.0), np.where(up_free, np.maximum(high, 0), 0.0)
        q = (
            np.where(down_free, np.maximum(-high, 0), 0.0),
            np.where(down_free, np.maximum(-low, 0), 0.0),
        )
        index = np.arange(2 * self.rows, dtype=np.int32)
        lower, upper = np.concatenate([p[0], q[0]]), np.concatenate([p[1], q[1]])
        self.highs.changeColsBounds(len(index), index, lower, upper)
        self.highs.run()
        if ended(self.highs) != "optimal":
            return box.centre, box.bound, False
        solution = values(self.highs)
        prices = solution[: self.rows] - solution[self.rows : 2 * self.rows]
        value = -float(self.highs.getInfo().objective_function_value) + self.steady
        held = np.isclose(prices, low, rtol=0, atol=1e-12) & (low != 0)
        held |= np.isclose(prices, high, rtol=0, atol=1e-12) & (high != 0)
        return prices, value, bool((held & (box.radius > 0)).any())


def price_scales(use: Floats, value: float) -> Floats:
    """``[linking row]``: a price at which the use of the row would cost the whole value."""
    least = 1e-6 * max(1.0, float(np.abs(use).max(initial=0.0)))
    return max(1.0, abs(value)) / np.maximum(np.abs(use), least)


def grouped(rows: Floats, groups: int) -> Floats:
    """Sums of chunks' rows by group; chunk k is in group k mod ``groups``."""
    total = np.zeros((groups, *rows.shape[1:]))
    np.add.at(total, np.arange(len(rows)) % groups, rows)
    return total


# --------------------------------------------------------------------------------------------------
# First prices: the linear relaxation of a sample of chunks with their share of the money.

SAMPLE = 12_000
"""Columns of the sample, some hundred schools: its relaxation takes a third of a second."""


def sample_prices(problem: Problem, objective: Floats, threads: int) -> Floats:
    """``[linking row]`` prices of a similar, smaller problem; zeros where that has none."""
    link, packing = problem.linking, problem.packing
    total = int(problem.structure.starts[-1])
    step = min(max(1, total // SAMPLE), packing.count)
    chosen = range(step // 2, packing.count, step)
    columns = np.concatenate([*(packing.columns(k) for k in chosen), link.columns])
    inside = np.zeros(problem.program.columns, dtype=bool)
    inside[columns] = True
    program, place = _sampled(problem, columns, inside)
    highs = load(program, objective[columns], mip=False, threads=threads)
    highs.run()
    if ended(highs) != "optimal":
        return np.zeros(len(link.rows))
    prices = np.array(highs.getSolution().row_dual, dtype=np.float64)[place]
    wrong = (prices > 0) & ~np.isfinite(link.row_upper)
    wrong |= (prices < 0) & ~np.isfinite(link.row_lower)
    return np.where(wrong, 0.0, prices)


def _sampled(problem: Problem, columns: Ints, inside: Bools) -> tuple[Program, Ints]:
    """The sample's program, and where its linking rows are."""
    program, link = problem.program, problem.linking
    entries = np.flatnonzero(inside[program.column_index])
    rows = np.union1d(np.unique(program.row_index[entries]), link.rows)
    part = program.part(columns, entries, rows)
    place = np.searchsorted(rows, link.rows)
    share = _shares(problem, inside)
    lower, upper = part.row_lower.copy(), part.row_upper.copy()
    lower[place] *= share
    upper[place] *= share
    return part.with_rows(lower, upper), place


def _shares(problem: Problem, inside: Bools) -> Floats:
    """``[linking row]``: the sample's part of all that the blocks could use of it."""
    program, link = problem.program, problem.linking
    reach = np.where(np.isfinite(program.upper), program.upper, 0.0)[link.column]
    amount = np.abs(link.coefficient) * reach * (problem.structure.block[link.column] >= 0)
    every = np.bincount(link.row, weights=amount, minlength=len(link.rows))
    mine = amount * inside[link.column]
    sampled = np.bincount(link.row, weights=mine, minlength=len(link.rows))
    return np.where(every > 0, sampled / np.where(every > 0, every, 1.0), 1.0)
