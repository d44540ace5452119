"""Blocks found in the model itself: what is local to a school, and what ties schools together.

A row that touches columns of more than one school is *linking*; what the other rows connect
is a *block* (a school, or a part of one whose items do not depend on the rest). Columns that
are no school's own (``carry``, the ``miss`` of a shared wish) belong to the *master*. Nothing
here knows a rule by name: a rule with ``for_each: [school]`` is local because its rows are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from planner.formulation.model import Model, arrays_in_file, most_needed
from planner.solving import parameters
from planner.solving.lagrangian.subproblems import BlockFile, Chunk, ChunkSolution
from planner.solving.program import Program, pieces
from planner.system.process import give_back
from planner.vocabulary.axes import Bools, Floats, Ints, Places

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
    parts = pieces(len(program.row_index))
    entries = [(program.row_index[some], program.column_index[some]) for some in parts]
    while True:
        # Of each row the schools of its columns, and whether one of these is shared; then of each
        # of nobody's columns the schools of its local rows.
        low, high = _ends(program.rows, ((row, home[column]) for row, column in entries))
        new_linking = linking | (low < high)
        for row, column in entries:
            new_linking[row[shared[column]]] = True
        owner = np.where(new_linking, NOBODY, low)
        adopters = (
            (column, np.where(home[column] == NOBODY, owner[row], NOBODY))
            for row, column in entries
        )
        first, last = _ends(program.columns, adopters)
        free = (home == NOBODY) & ~shared
        adopted = free & (first == last) & (last >= 0)
        new_shared = free & (first < last)
        settled = (new_linking == linking).all() and not adopted.any() and not new_shared.any()
        linking = new_linking
        if settled:
            break
        home[adopted] = last[adopted]
        shared |= new_shared
    label = connected(program.row_index, program.column_index, program.rows, len(home), ~linking)
    alone = np.ones(program.columns, dtype=bool)  # in no local row
    for some in pieces(len(program.row_index)):
        alone[program.column_index[some][~linking[program.row_index[some]]]] = False
    master = shared | (alone & (home == NOBODY) & ~program.integer)
    # Blocks numbered by school, then by their first column.
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


def _ends(size: int, schools: Iterable[tuple[Places | Ints, Places]]) -> tuple[Places, Places]:
    """The lowest and the highest school at each of ``size`` places (−1: none has one)."""
    low = np.full(size, np.iinfo(np.int32).max, dtype=np.int32)
    high = np.full(size, NOBODY, dtype=np.int32)
    for place, school in schools:
        known = school >= 0
        np.minimum.at(low, place[known], school[known])
        np.maximum.at(high, place[known], school[known])
    low[high < 0] = NOBODY
    return low, high


def connected(
    row: Places | Ints, node: Places | Ints, rows: int, nodes: int, wanted: Bools | None = None
) -> Places:
    """``[node]``: the lowest node that it is connected with by rows, of entries (row, node).

    ``wanted``: ``[row]`` whether it connects at all.
    """
    label = np.arange(nodes, dtype=np.int32)
    while True:
        lowest, new = np.full(rows, nodes, dtype=np.int32), label.copy()
        for some in pieces(len(row)):
            np.minimum.at(lowest, row[some], label[node[some]])
        if wanted is not None:
            lowest[~wanted] = nodes
        for some in pieces(len(row)):
            np.minimum.at(new, node[some], lowest[row[some]])
        new = new[new]
        if (new == label).all():
            return label
        label = new


# --------------------------------------------------------------------------------------------------
# What ties the blocks together: the linking rows, and the master's own columns.
#
# At multipliers :math:`\lambda` of the linking rows
#
# .. math:: L(\lambda) = \sum_b \max_{x_b} (c_b - \lambda A_b) x_b
#           + \sum_j \max_{l_j \le x_j \le u_j} (c_j - \lambda A_j) x_j
#           + \sum_i \max_{l_i \le r_i \le u_i} \lambda_i r_i
#
# is an upper bound on the value of every plan (Lagrangian duality), whatever the multipliers are.


@dataclass(frozen=True)
class Linking:
    """Linking rows and master columns, with triplets of both and of the blocks' columns.

    ``rows``: their indices in the program; ``columns``: indices of the master's columns;
    ``place``: ``[row of the program]`` position among the linking rows, or −1;
    ``row``, ``column``, ``coefficient``: triplets, the row as a position.
    """

    program: Program
    rows: Ints
    columns: Ints
    row: Places
    column: Places
    coefficient: Floats
    upper: Floats
    """``[master column]``: a finite upper bound that no optimum needs to exceed."""

    @cached_property
    def matrix(self) -> Floats:
        """``[linking row, master column]`` coefficients."""
        place = np.full(self.program.columns, -1, dtype=np.int32)
        place[self.columns] = np.arange(len(self.columns))
        matrix = np.zeros((len(self.rows), len(self.columns)))
        for some in pieces(len(self.row)):
            at = place[self.column[some]]
            mine = at >= 0
            matrix[self.row[some][mine], at[mine]] = self.coefficient[some][mine]
        return matrix

    @property
    def row_lower(self) -> Floats:
        """Lower bounds of the linking rows."""
        return self.program.row_lower[self.rows]

    @property
    def row_upper(self) -> Floats:
        """Upper bounds of the linking rows."""
        return self.program.row_upper[self.rows]

    @property
    def lower(self) -> Floats:
        """``[master column]`` lower bounds."""
        return self.program.lower[self.columns]

    def activity(self, columns: Floats) -> Floats:
        """``[linking row]``: Σ coefficient × column over all columns."""
        total = np.zeros(len(self.rows))
        for some in pieces(len(self.row)):
            weights = self.coefficient[some] * columns[self.column[some]]
            total += np.bincount(self.row[some], weights=weights, minlength=len(total))
        return total

    def reduced(self, objective: Floats, multipliers: Floats) -> Floats:
        """``[column]``: points a unit once the multipliers are paid."""
        paid = np.zeros(len(objective))
        for some in pieces(len(self.row)):
            np.add.at(paid, self.column[some], multipliers[self.row[some]] * self.coefficient[some])
        return np.subtract(objective, paid, out=paid)

    def allowed(self, prices: Floats) -> Floats:
        """``[linking row]`` multipliers from shadow prices: nought where a row has no bound on the
        side that its price speaks of."""
        multipliers = np.nan_to_num(prices)
        wrong = (multipliers > 0) & ~np.isfinite(self.row_upper)
        wrong |= (multipliers < 0) & ~np.isfinite(self.row_lower)
        return np.where(wrong, 0.0, multipliers)

    def master_part(self, objective: Floats, multipliers: Floats) -> float:
        """The terms of L that belong to no block; infinite where a multiplier has a wrong sign."""
        mine = objective[self.columns] - multipliers @ self.matrix
        ends = np.where(mine > 0, self.upper, self.lower)
        sides = np.where(multipliers > 0, self.row_upper, self.row_lower)
        used = multipliers != 0
        return float(mine @ ends + multipliers[used] @ sides[used])


def find_linking(program: Program, structure: Structure) -> Linking | None:
    """The linking part of a program; ``None`` where a master column has no natural end."""
    rows = np.flatnonzero(structure.linking)
    place = np.full(program.rows, -1, dtype=np.int32)
    place[rows] = np.arange(len(rows))
    inside = structure.linking[program.row_index]
    row, column = place[program.row_index[inside]], program.column_index[inside]
    coefficient, master = program.coefficient[inside], structure.master
    sides = program.row_lower[rows], program.row_upper[rows]
    upper = most_needed(master, (row, column, coefficient), (program.lower, program.upper), sides)
    if not np.isfinite(upper).all() or not np.isfinite(program.lower[master]).all():
        return None
    return Linking(program, rows, master, row, column, coefficient, upper)


# --------------------------------------------------------------------------------------------------
# Blocks packed into chunks: the unit of solving, and what a worker holds.


@dataclass(frozen=True)
class Packing:
    """Chunks in block order: chunk k holds blocks ``first[k]`` to ``first[k + 1]`` (not incl.)."""

    structure: Structure
    first: Ints

    @cached_property
    def owner(self) -> Places:
        """``[column]``: its chunk, or −1 in the master."""
        blocks = np.diff(self.first)
        chunk_of = np.append(np.repeat(np.arange(self.count, dtype=np.int32), blocks), np.int32(-1))
        return chunk_of[self.structure.block]

    @property
    def count(self) -> int:
        """Number of chunks."""
        return len(self.first) - 1

    def columns(self, chunk: int) -> Places:
        """The program's columns in a chunk, in its own order."""
        starts = self.structure.starts
        return self.structure.order[starts[self.first[chunk]] : starts[self.first[chunk + 1]]]

    def joined(self, solved: dict[int, ChunkSolution], size: int, *, whole: bool = False) -> Floats:
        """All chunks' columns as one assignment, the master's at 0; ``whole``: with plans in whole
        units where a relaxation splits a block."""
        columns = np.zeros(size)
        for chunk, found in solved.items():
            columns[self.columns(chunk)] = found.whole if whole else found.columns
        return columns


def pack(structure: Structure, size: int = parameters.CHUNK) -> Packing:
    """Consecutive blocks, about ``size`` columns a chunk."""
    ends = structure.starts[1:].tolist()
    first, begun = [0], 0
    for block, end in enumerate(ends):
        if end - begun >= size:
            first.append(block + 1)
            begun = end
    if first[-1] != structure.blocks:
        first.append(structure.blocks)
    return Packing(structure, np.array(first, dtype=np.int64))


def cut(
    program: Program, objective: Floats, linking: Linking, packing: Packing, numbers: Iterable[int]
) -> Iterator[tuple[int, Chunk]]:
    """Some of the chunks themselves, by number, in ascending order."""
    structure, wanted = packing.structure, sorted(numbers)
    place = np.full(program.columns, -1, dtype=np.int32)
    for first in range(0, len(wanted), parameters.CHUNKS_TOGETHER):
        some = wanted[first : first + parameters.CHUNKS_TOGETHER]
        local = _entries(packing, some, program.row_index, program.column_index, ~structure.linking)
        outer = _entries(packing, some, linking.row, linking.column)
        give_back()
        for k, inside, tied in zip(some, local, outer, strict=True):
            columns = packing.columns(k)
            rows = np.unique(program.row_index[inside])
            starts = structure.starts[packing.first[k] : packing.first[k + 1] + 1]
            part = program.part(columns, inside, rows, place)
            links = linking.row[tied], place[linking.column[tied]], linking.coefficient[tied]
            yield k, Chunk(part, objective[columns], starts - starts[0], *links)


def _entries(
    packing: Packing, chunks: list[int], row: Places, column: Places, wanted: Bools | None = None
) -> list[Ints]:
    """For each of some chunks the entries in its columns, where the rows are wanted."""
    number = np.full(packing.count + 1, -1, dtype=np.int16)
    number[chunks] = np.arange(len(chunks))
    owners, members = [], []
    for some in pieces(len(row)):
        owner = number[packing.owner[column[some]]]
        mine = owner >= 0
        inside = np.flatnonzero(mine if wanted is None else mine & wanted[row[some]])
        owners.append(owner[inside])
        members.append(inside + some.start)
    owner = np.concatenate(owners) if owners else number[:0]
    member = np.concatenate(members) if members else np.zeros(0, dtype=np.int64)
    order = np.argsort(owner, kind="stable")
    stops = np.searchsorted(owner[order], np.arange(len(chunks) + 1))
    return [member[order[a:b]] for a, b in itertools.pairwise(stops)]


# --------------------------------------------------------------------------------------------------
# A program taken apart: blocks, linking rows, chunks.


@dataclass(frozen=True)
class Problem:
    """A program and its parts; the objective comes with each solve."""

    program: Program
    structure: Structure
    linking: Linking
    packing: Packing

    def with_rows(self, lower: Floats, upper: Floats) -> Problem:
        """The same problem with other bounds of linking rows."""
        program = self.program.with_rows(lower, upper)
        return replace(self, program=program, linking=replace(self.linking, program=program))

    def chunks(self, objective: Floats, numbers: Sequence[int]) -> dict[int, Chunk]:
        """Some chunks, ready to be solved."""
        return dict(cut(self.program, objective, self.linking, self.packing, numbers))

    def chunk_file(self, objective: Floats) -> BlockFile | dict[int, Chunk]:
        """All chunks in a file, or in memory where there is no room for one."""
        every = range(self.packing.count)
        try:
            return BlockFile(cut(self.program, objective, self.linking, self.packing, every))
        except OSError:
            return self.chunks(objective, every)

    def part(self, columns: Ints) -> tuple[Program, Ints]:
        """The program of some columns with every linking row, and where those rows are in it."""
        program, link = self.program, self.linking
        inside = np.zeros(program.columns, dtype=bool)
        inside[columns] = True
        entries = np.flatnonzero(inside[program.column_index])
        rows = np.union1d(np.unique(program.row_index[entries]), link.rows)
        part = program.part(columns, entries, rows)
        self.rest()
        return part, np.searchsorted(rows, link.rows)

    def rest(self) -> None:
        """Gives memory back, of a country's problem: rounds leave a gigabyte of holes between what
        is kept, and the matrix has been read."""
        if self.program.columns >= parameters.WORKERS_FROM:
            give_back()

    def block_sums(self, worth: Floats) -> Floats:
        """``[block]``: Σ over its columns."""
        return np.add.reduceat(worth[self.structure.order], self.structure.starts[:-1])

    def whole_blocks(self, columns: Floats, tolerance: float) -> Bools:
        """``[block]``: whether its whole columns are whole."""
        off = self.program.integer & (np.abs(columns - np.rint(columns)) > tolerance)
        owner = self.structure.block
        count = np.bincount(owner[off & (owner >= 0)], minlength=self.structure.blocks)
        return np.asarray(count == 0)

    def blocks_kept(self, columns: Floats) -> Bools:
        """``[block]``: whether it keeps its own rows."""
        program, structure = self.program, self.structure
        broken = ~structure.linking & ~program.kept(columns)
        kept = np.ones(structure.blocks + 1, dtype=bool)
        for some in pieces(len(program.row_index)):
            mine = broken[program.row_index[some]]
            kept[structure.block[program.column_index[some][mine]]] = False
        self.rest()
        return kept[:-1]

    def columns_of(self, blocks: Ints) -> Ints:
        """Columns of some blocks, in ascending order."""
        wanted = np.zeros(self.structure.blocks + 1, dtype=bool)
        wanted[blocks] = True
        return np.flatnonzero(wanted[self.structure.block])

    @cached_property
    def hopeless(self) -> bool:
        """Whether a row that no column stands in asks for what nothing is not: no block has such
        a row, so none would say that there is no plan."""
        program = self.program
        bare = np.bincount(program.row_index, minlength=program.rows) == 0
        lower, upper = program.row_lower[bare], program.row_upper[bare]
        return bool((lower > parameters.ROW_NOISE).any() or (upper < -parameters.ROW_NOISE).any())

    def fits(self, columns: Floats) -> bool:
        """Whether an assignment satisfies every row, bound and whole column."""
        program, rows = self.program, self.program.kept(columns)
        slack = parameters.ROW_NOISE
        ends = (columns <= program.upper + slack) & (columns >= program.lower - slack)
        whole = ~program.integer | (np.abs(columns - np.rint(columns)) <= parameters.INTEGRAL)
        self.rest()
        return bool(rows.all() and ends.all() and whole.all())


def take_apart(program: Program, home: Places) -> Problem | None:
    """The parts of a program; ``None`` where a linking column has no natural end."""
    structure = find_structure(program, home)
    linking = find_linking(program, structure)
    if linking is None or not structure.blocks:
        return None
    if program.columns >= parameters.WORKERS_FROM:
        held = arrays_in_file([linking.row, linking.column, linking.coefficient])
        linking = replace(linking, row=held[0], column=held[1], coefficient=held[2])
    return Problem(program, structure, linking, pack(structure))
