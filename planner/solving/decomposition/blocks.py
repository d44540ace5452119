"""Blocks found in the model itself: what is local to a school, and what ties schools together.

A row that touches columns of more than one school is *linking*; what the other rows connect
is a *block* (a school, or a part of one whose items do not depend on the rest). Columns that
are no school's own (``carry``, the ``miss`` of a shared wish) belong to the *master*. Nothing
here knows a rule by name: a rule with ``for_each: [school]`` is local because its rows are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.axes import Bools, Ints, Places
from planner.formulation.model import Model
from planner.solving.decomposition.arrays import Program, pieces

NOBODY = -1


@dataclass(frozen=True)
class Structure:
    """The blocks of a program.

    ``linking``: ``[row]``; ``block``: ``[column]`` number of its block, or −1 in the master;
    ``order``: columns of all blocks, block by block; ``starts``: where each block begins in
    ``order`` (one more at the end).
    """

    linking: Bools
    block: Places
    order: Places
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


def homes(model: Model) -> Places:
    """``[column]``: position of the school that a column belongs to, or −1."""
    home = np.full(model.columns, NOBODY, dtype=np.int32)
    for block in model.column_blocks:
        if "school" in block.keys:
            home[block.start : block.stop] = block.keys["school"]
    return home


def find_structure(program: Program, home: Places) -> Structure:
    """Linking rows, master columns and blocks (see the module)."""
    home = home.copy()
    linking = np.zeros(program.rows, dtype=bool)
    shared = np.zeros(program.columns, dtype=bool)
    while True:
        low, high, tied = _owners(program, home, shared)
        new_linking = linking | (low < high) | tied
        first, last = _adopters(program, home, low, ~new_linking)
        free = (home == NOBODY) & ~shared
        adopted = free & (first == last) & (last >= 0)
        new_shared = free & (first < last)
        settled = (new_linking == linking).all() and not adopted.any() and not new_shared.any()
        linking = new_linking
        if settled:
            break
        home[adopted] = last[adopted]
        shared |= new_shared
    label, alone = _connected(program, ~linking)
    master = shared | (alone & (home == NOBODY) & ~program.integer)
    return _numbered(linking, label, home, master)


def _owners(program: Program, home: Places, shared: Bools) -> tuple[Places, Places, Bools]:
    """``[row]``: the lowest and highest school among its columns (−1: none has one), and
    whether one of them is shared."""
    low, high = _nobody(program.rows)
    tied = np.zeros(program.rows, dtype=bool)
    for some in pieces(len(program.row_index)):
        row, column = program.row_index[some], program.column_index[some]
        tied[row[shared[column]]] = True
        known = home[column] >= 0
        np.minimum.at(low, row[known], home[column[known]])
        np.maximum.at(high, row[known], home[column[known]])
    low[high < 0] = NOBODY
    return low, high, tied


def _adopters(program: Program, home: Places, owner: Places, local: Bools) -> tuple[Places, Places]:
    """``[column]``: of nobody's columns, the lowest and highest school of their local rows."""
    first, last = _nobody(program.columns)
    for some in pieces(len(program.row_index)):
        row, column = program.row_index[some], program.column_index[some]
        asked = (home[column] == NOBODY) & local[row] & (owner[row] >= 0)
        np.minimum.at(first, column[asked], owner[row[asked]])
        np.maximum.at(last, column[asked], owner[row[asked]])
    first[last < 0] = NOBODY
    return first, last


def _nobody(count: int) -> tuple[Places, Places]:
    """A lowest and a highest of nothing, ``count`` times."""
    return np.full(count, np.iinfo(np.int32).max, dtype=np.int32), np.full(count, NOBODY, np.int32)


def _connected(program: Program, local: Bools) -> tuple[Places, Bools]:
    """``[column]``: the lowest column that it is connected with by local rows, and whether it
    stands in none."""
    label = np.arange(program.columns, dtype=np.int32)
    alone = np.ones(program.columns, dtype=bool)
    while True:
        lowest = np.full(program.rows, program.columns, dtype=np.int32)
        new = label.copy()
        for some in pieces(len(program.row_index)):
            row, column = program.row_index[some], program.column_index[some]
            np.minimum.at(lowest, row, label[column])
        for some in pieces(len(program.row_index)):
            row, column = program.row_index[some], program.column_index[some]
            inside = local[row]
            row, column = row[inside], column[inside]
            alone[column] = False
            np.minimum.at(new, column, lowest[row])
        new = new[new]
        if (new == label).all():
            return label, alone
        label = new


def _numbered(linking: Bools, label: Places, home: Places, master: Bools) -> Structure:
    """Blocks numbered by school, then by their first column."""
    owned = np.flatnonzero(~master)
    firsts, inverse = np.unique(label[owned], return_inverse=True)
    school = home[firsts]
    rank = np.empty(len(firsts), dtype=np.int32)
    rank[np.lexsort((firsts, school))] = np.arange(len(firsts))
    block = np.full(len(label), NOBODY, dtype=np.int32)
    block[owned] = rank[inverse]
    order = owned[np.argsort(block[owned], kind="stable")].astype(np.int32)
    counts = np.bincount(block[owned], minlength=len(firsts))
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Structure(linking, block, order, starts)
