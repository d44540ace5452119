"""Blocks found in the model itself: what is local to a school, and what ties schools together.

A row that touches columns of more than one school is *linking*; what the other rows connect
is a *block* (a school, or a part of one whose items do not depend on the rest). Columns that
are no school's own (``carry``, the ``miss`` of a shared wish) belong to the *master*. Nothing
here knows a rule by name: a rule with ``for_each: [school]`` is local because its rows are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.axes import Bools, Ints
from planner.formulation.model import Model
from planner.solving.decomposition.arrays import Program

NOBODY = -1


@dataclass(frozen=True)
class Structure:
    """The blocks of a program.

    ``linking``: ``[row]``; ``block``: ``[column]`` number of its block, or −1 in the master;
    ``order``: columns of all blocks, block by block; ``starts``: where each block begins in
    ``order`` (one more at the end).
    """

    linking: Bools
    block: Ints
    order: Ints
    starts: Ints

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return len(self.starts) - 1

    @property
    def master(self) -> Ints:
        """Columns of the master."""
        return np.flatnonzero(self.block < 0)

    @property
    def largest(self) -> int:
        """Columns of the largest block."""
        return int(np.diff(self.starts).max(initial=0))


def homes(model: Model) -> Ints:
    """``[column]``: position of the school that a column belongs to, or −1."""
    home = np.full(model.columns, NOBODY, dtype=np.int64)
    for block in model.column_blocks:
        if "school" in block.keys:
            home[block.start : block.stop] = block.keys["school"]
    return home


def find_structure(program: Program, home: Ints) -> Structure:
    """Linking rows, master columns and blocks (see the module)."""
    home = home.copy()
    row, column = program.row_index, program.column_index
    linking = np.zeros(program.rows, dtype=bool)
    shared = np.zeros(program.columns, dtype=bool)
    while True:
        low, high = _span(row, home[column], program.rows)
        tied = np.zeros(program.rows, dtype=bool)
        tied[row[shared[column]]] = True
        new_linking = linking | (low < high) | tied
        local = ~new_linking[row]
        first, last = _span(column[local], low[row[local]], program.columns)
        free = (home == NOBODY) & ~shared
        adopted = free & (first == last) & (last >= 0)
        new_shared = free & (first < last)
        settled = (new_linking == linking).all() and not adopted.any() and not new_shared.any()
        linking = new_linking
        if settled:
            break
        home[adopted] = last[adopted]
        shared |= new_shared
    local = ~linking[row]
    label = _connected(row[local], column[local], program.rows, program.columns)
    alone = np.ones(program.columns, dtype=bool)
    alone[column[local]] = False
    master = shared | (alone & (home == NOBODY) & ~program.integer)
    return _numbered(linking, label, home, master)


def _span(group: Ints, owner: Ints, count: int) -> tuple[Ints, Ints]:
    """The lowest and highest owner (≥ 0) of each group; nobody's count for none.

    A group without any owner gets (−1, −1).
    """
    low, high = np.full(count, np.iinfo(np.int64).max), np.full(count, NOBODY)
    known = owner >= 0
    np.minimum.at(low, group[known], owner[known])
    np.maximum.at(high, group[known], owner[known])
    low[high < 0] = NOBODY
    return low, high


def _connected(row: Ints, column: Ints, rows: int, columns: int) -> Ints:
    """``[column]``: the lowest column that it is connected with by rows."""
    label = np.arange(columns)
    while True:
        lowest = np.full(rows, columns)
        np.minimum.at(lowest, row, label[column])
        new = label.copy()
        np.minimum.at(new, column, lowest[row])
        new = new[new]
        if (new == label).all():
            return label
        label = new


def _numbered(linking: Bools, label: Ints, home: Ints, master: Bools) -> Structure:
    """Blocks numbered by school, then by their first column."""
    owned = np.flatnonzero(~master)
    firsts, inverse = np.unique(label[owned], return_inverse=True)
    school = home[firsts]
    rank = np.empty(len(firsts), dtype=np.int64)
    rank[np.lexsort((firsts, school))] = np.arange(len(firsts))
    block = np.full(len(label), NOBODY, dtype=np.int64)
    block[owned] = rank[inverse]
    order = owned[np.argsort(block[owned], kind="stable")]
    counts = np.bincount(block[owned], minlength=len(firsts))
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Structure(linking, block, order, starts)
