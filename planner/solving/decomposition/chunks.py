"""Blocks packed into chunks: the unit of pricing, and what a worker holds."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.axes import Bools, Floats, Ints, Places
from planner.solving.decomposition.arrays import Program, pieces
from planner.solving.decomposition.blocks import Structure
from planner.solving.decomposition.linking import Linking
from planner.solving.decomposition.pricing import Chunk, Priced

CHUNK = 1_700
"""Columns of a chunk, about sixteen schools: measured as the cheapest a school, warm (0.11 ms)
and cold (0.32 ms)."""
TOGETHER = 500
"""Chunks that are cut at a time: what says whose entry each one is takes as much memory as they."""


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

    def joined(self, priced: dict[int, Priced], size: int) -> Floats:
        """All chunks' columns as one assignment, the master's at 0."""
        columns = np.zeros(size)
        for chunk, found in priced.items():
            columns[self.columns(chunk)] = found.columns
        return columns


def pack(structure: Structure, size: int = CHUNK) -> Packing:
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
    program: Program,
    objective: Floats,
    linking: Linking,
    packing: Packing,
    numbers: Iterable[int],
) -> Iterator[tuple[int, Chunk]]:
    """Some of the chunks themselves, by number, in ascending order."""
    structure, wanted = packing.structure, sorted(numbers)
    place = np.full(program.columns, -1, dtype=np.int32)
    for first in range(0, len(wanted), TOGETHER):
        some = wanted[first : first + TOGETHER]
        local = _entries(packing, some, program.row_index, program.column_index, ~structure.linking)
        outer = _entries(packing, some, linking.row, linking.column)
        for k, inside, tied in zip(some, local, outer, strict=True):
            columns = packing.columns(k)
            rows = np.unique(program.row_index[inside])
            starts = structure.starts[packing.first[k] : packing.first[k + 1] + 1]
            part = program.part(columns, inside, rows, place)
            yield (
                k,
                Chunk(
                    part,
                    objective[columns],
                    starts - starts[0],
                    linking.row[tied],
                    place[linking.column[tied]],
                    linking.coefficient[tied],
                ),
            )


def _entries(
    packing: Packing, chunks: list[int], row: Places, column: Places, wanted: Bools | None = None
) -> list[Ints]:
    """For each of some chunks the entries in its columns, where the rows are wanted."""
    number = np.full(packing.count + 1, -1, dtype=np.int16)
    number[chunks] = np.arange(len(chunks))
    owners, members = [], []
    for some in pieces(len(row)):
        owner = number[packing.owner[column[some]]]
        inside = np.flatnonzero(
            (owner >= 0) if wanted is None else (owner >= 0) & wanted[row[some]]
        )
        owners.append(owner[inside])
        members.append(inside + some.start)
    owner = np.concatenate(owners) if owners else number[:0]
    member = np.concatenate(members) if members else np.zeros(0, dtype=np.int64)
    order = np.argsort(owner, kind="stable")
    stops = np.searchsorted(owner[order], np.arange(len(chunks) + 1))
    return [member[order[a:b]] for a, b in itertools.pairwise(stops)]
