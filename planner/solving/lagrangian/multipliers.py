"""Multipliers of the linking rows: the Lagrangian dual by cutting planes in a moving box.

Every evaluation at multipliers :math:`\\lambda_k` gives, for each chunk of blocks, a plan with
worth :math:`v_k` and use :math:`a_k` of the linking rows, hence the cut
:math:`\\theta \\ge v_k - a_k \\lambda`. The *model* (a small LP over multipliers, one
:math:`\\theta` a group of chunks) is minimised inside a box around the best multipliers so far: the
box keeps it from jumping where no cut knows anything (Marsten's boxstep). Its minimum is never
above the true one, so a small difference ends the search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.solving import parameters
from planner.solving.lagrangian.structure import Linking, Problem
from planner.solving.program import Program, ended, load, values
from planner.vocabulary.axes import Floats


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
        """A cut for each group: ``worth [group]``, ``use [group, linking row]``."""
        theta = 2 * self.rows + len(self.linking.columns)
        for group in range(self.groups):
            used = np.flatnonzero(use[group])
            amounts = use[group, used]
            index = np.concatenate([used, self.rows + used, [theta + group]]).astype(np.int32)
            entries = np.concatenate([amounts, -amounts, [1.0]])
            self.highs.addRow(float(worth[group]), np.inf, len(index), index, entries)

    def minimum(self, box: Box) -> tuple[Floats, float, bool]:
        """(multipliers, model value, whether the box holds them back) of the model's minimum."""
        low, high = box.centre - box.radius, box.centre + box.radius
        up_free = np.isfinite(self.linking.row_upper)
        down_free = np.isfinite(self.linking.row_lower)
        index = np.arange(2 * self.rows, dtype=np.int32)
        lower, upper = (
            np.concatenate(
                [
                    np.where(up_free, np.maximum(p, 0), 0.0),
                    np.where(down_free, np.maximum(-q, 0), 0.0),
                ]
            )
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


def grouped(rows: Floats, groups: int) -> Floats:
    """Sums of chunks' rows by group; chunk k is in group k mod ``groups``."""
    total = np.zeros((groups, *rows.shape[1:]))
    np.add.at(total, np.arange(len(rows)) % groups, rows)
    return total


# --------------------------------------------------------------------------------------------------
# First multipliers: the linear relaxation of a sample of chunks with their share of the money.


def sample_multipliers(problem: Problem, objective: Floats, threads: int) -> Floats:
    """``[linking row]`` multipliers of a similar, smaller problem; zeros where that has none."""
    link, packing = problem.linking, problem.packing
    total = int(problem.structure.starts[-1])
    step = min(max(1, total // parameters.SAMPLE), packing.count)
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
    multipliers = np.array(highs.getSolution().row_dual, dtype=np.float64)[place]
    wrong = (multipliers > 0) & ~np.isfinite(link.row_upper)
    wrong |= (multipliers < 0) & ~np.isfinite(link.row_lower)
    return np.where(wrong, 0.0, multipliers)
