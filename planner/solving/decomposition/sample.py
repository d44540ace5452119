"""First prices: the linear relaxation of a sample of chunks with their share of the money."""

from __future__ import annotations

import numpy as np

from planner.axes import Bools, Floats, Ints
from planner.solving.decomposition.arrays import Program, ended, load
from planner.solving.decomposition.problem import Problem

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
