"""Parts of a problem that share nothing but wishes: wards with money of their own.

A linking row is *yielding* where a column of its own (the ``miss`` of a wish) makes good
whatever it lacks; every other linking row joins the blocks that stand in it. What is joined is
a *part*: a program of its own once the yielding rows are priced.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.axes import Bools, Floats, Ints
from planner.solving.decomposition.arrays import Program
from planner.solving.decomposition.linking import Linking
from planner.solving.decomposition.problem import Problem

SMALLEST = 2_000
"""Columns below which pieces that touch nobody are put together into one part."""
LARGEST = 0.75
"""Part of all columns that one part may hold, so that taking apart pays."""


@dataclass(frozen=True)
class Parts:
    """``columns``: of each part, ascending; ``yielding``: positions among the linking rows;
    ``misses``: the columns that make good what those rows lack."""

    problem: Problem
    columns: tuple[Ints, ...]
    yielding: Ints
    misses: Ints

    def programs(self) -> Iterator[Program]:
        """The program of each part: all rows but the yielding ones."""
        program, link = self.problem.program, self.problem.linking
        kept = np.ones(program.rows, dtype=bool)
        kept[link.rows[self.yielding]] = False
        for columns in self.columns:
            inside = np.zeros(program.columns, dtype=bool)
            inside[columns] = True
            entries = np.flatnonzero(inside[program.column_index] & kept[program.row_index])
            yield program.part(columns, entries, np.unique(program.row_index[entries]))

    def completed(self, columns: Floats) -> Floats:
        """The assignment with every miss as small as its row allows."""
        link = self.problem.linking
        found = columns.copy()
        found[self.misses] = self.problem.program.lower[self.misses]
        level = link.activity(found)
        for k, row, coefficient in _own_rows(link, self.misses):
            lacks = link.row_lower[row] - level[row], level[row] - link.row_upper[row]
            found[k] += max(lacks[0] if coefficient > 0 else lacks[1], 0.0) / abs(coefficient)
        return found


def find_parts(problem: Problem) -> Parts | None:
    """The parts of a problem; ``None`` where there is one alone, or one holds nearly all."""
    program, link, structure = problem.program, problem.linking, problem.structure
    misses, yielding = _yielding(problem)
    blocks, masters = structure.blocks, len(link.columns)
    node = np.where(structure.block >= 0, structure.block, 0)
    node[link.columns] = blocks + np.arange(masters)
    firm = ~yielding[link.row] & ~np.isin(link.column, misses)
    joined = node[link.column[firm]].astype(np.int64)
    label = _joined(link.row[firm].astype(np.int64), joined, len(link.rows), blocks + masters)
    own = label[node]
    own[misses] = -1
    numbers, sizes = np.unique(own[own >= 0], return_counts=True)
    groups = _grouped(numbers, sizes)
    if len(groups) < 2 or max(s for _, s in groups) > LARGEST * program.columns:
        return None
    columns = tuple(np.flatnonzero(np.isin(own, members)) for members, _ in groups)
    return Parts(problem, columns, np.flatnonzero(yielding), misses)


def _yielding(problem: Problem) -> tuple[Ints, Bools]:
    """(misses, ``[linking row]`` whether its misses make good all that it can lack)."""
    link, program = problem.linking, problem.program
    count = np.bincount(link.column, minlength=program.columns)
    free = link.columns[(count[link.columns] == 1) & np.isinf(program.upper[link.columns])]
    raised, lowered = np.zeros((2, len(link.rows)), dtype=bool)
    for _, row, coefficient in _own_rows(link, free):
        (raised if coefficient > 0 else lowered)[row] = True
    yielding = (raised | ~np.isfinite(link.row_lower)) & (lowered | ~np.isfinite(link.row_upper))
    misses = [k for k, row, _ in _own_rows(link, free) if yielding[row]]
    return np.array(sorted(misses), dtype=np.int64), yielding


def _own_rows(link: Linking, columns: Ints) -> Iterator[tuple[int, int, float]]:
    """(column, its linking row, coefficient) of columns that stand in one row each."""
    mine = np.flatnonzero(np.isin(link.column, columns))
    for at in mine.tolist():
        yield int(link.column[at]), int(link.row[at]), float(link.coefficient[at])


def _joined(row: Ints, node: Ints, rows: int, nodes: int) -> Ints:
    """``[node]``: the lowest node that it is connected with by rows."""
    label = np.arange(nodes)
    while True:
        lowest = np.full(rows, nodes)
        np.minimum.at(lowest, row, label[node])
        new = label.copy()
        np.minimum.at(new, node, lowest[row])
        new = new[new]
        if (new == label).all():
            return label
        label = new


def _grouped(numbers: Ints, sizes: Ints) -> list[tuple[list[int], int]]:
    """Pieces, and small ones put together: (numbers, columns), the largest first."""
    order = np.lexsort((numbers, -sizes))
    groups = [([int(numbers[k])], int(sizes[k])) for k in order if sizes[k] >= SMALLEST]
    small = [k for k in order if sizes[k] < SMALLEST]
    if small:
        groups.append(([int(numbers[k]) for k in small], int(sizes[small].sum())))
    return groups
