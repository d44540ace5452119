"""Blocks packed into chunks: the unit of pricing, and what a worker holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.axes import Floats, Ints
from planner.solving.decomposition.arrays import Program
from planner.solving.decomposition.blocks import Structure
from planner.solving.decomposition.linking import Linking
from planner.solving.decomposition.pricing import Chunk, Priced

CHUNK = 1_700
"""Columns of a chunk, about sixteen schools: measured as the cheapest a school, warm (0.11 ms)
and cold (0.32 ms)."""


@dataclass(frozen=True)
class Packing:
    """Chunks in block order: chunk k holds blocks ``first[k]`` to ``first[k + 1]`` (not incl.)."""

    structure: Structure
    first: Ints

    @cached_property
    def owner(self) -> Ints:
        """``[column]``: its chunk, or −1 in the master."""
        chunk_of = np.repeat(np.arange(self.count), np.diff(self.first))
        block = self.structure.block
        return np.where(block >= 0, chunk_of[block], -1)

    @property
    def count(self) -> int:
        """Number of chunks."""
        return len(self.first) - 1

    def columns(self, chunk: int) -> Ints:
        """The program's columns in a chunk, in its own order."""
        starts = self.structure.starts
        return self.structure.order[starts[self.first[chunk]] : starts[self.first[chunk + 1]]]

    def joined(self, priced: dict[int, Priced], size: int) -> tuple[Floats, Floats]:
        """All chunks' columns as one assignment (the master's at 0), and ``[block]`` bounds."""
        columns = np.zeros(size)
        bounds = np.zeros(self.structure.blocks)
        for chunk, found in priced.items():
            columns[self.columns(chunk)] = found.columns
            bounds[self.first[chunk] : self.first[chunk + 1]] = found.bounds
        return columns, bounds


def pack(structure: Structure, size: int = CHUNK) -> Packing:
    """Consecutive blocks, about ``size`` columns a chunk."""
    ends = structure.starts[1:]
    first, begun = [0], 0
    for block in range(structure.blocks):
        if ends[block] - begun >= size:
            first.append(block + 1)
            begun = int(ends[block])
    if first[-1] != structure.blocks:
        first.append(structure.blocks)
    return Packing(structure, np.array(first, dtype=np.int64))


def cut(
    program: Program,
    objective: Floats,
    linking: Linking,
    packing: Packing,
    numbers: Iterable[int],
) -> dict[int, Chunk]:
    """Some of the chunks themselves, by number."""
    structure, wanted = packing.structure, sorted(numbers)
    number = np.full(packing.count + 1, -1, dtype=np.int64)
    number[wanted] = np.arange(len(wanted))
    owner = number[packing.owner]
    local = np.flatnonzero(~structure.linking[program.row_index])
    inner = _by_owner(owner[program.column_index[local]], local, len(wanted))
    entries = np.arange(len(linking.row))
    outer = _by_owner(owner[linking.column], entries, len(wanted))
    place = np.full(program.columns, -1, dtype=np.int64)
    chunks = {}
    for at, k in enumerate(wanted):
        columns = packing.columns(k)
        rows = np.unique(program.row_index[inner[at]])
        starts = structure.starts[packing.first[k] : packing.first[k + 1] + 1]
        part = program.part(columns, inner[at], rows, place)
        chunks[k] = Chunk(
            part,
            objective[columns],
            starts - starts[0],
            linking.row[outer[at]],
            place[linking.column[outer[at]]],
            linking.coefficient[outer[at]],
        )
    return chunks


def _by_owner(owner: Ints, members: Ints, count: int) -> list[Ints]:
    """Members split by their owner; nobody's (−1) are left out."""
    order = np.argsort(owner, kind="stable")
    stops = np.searchsorted(owner[order], np.arange(count + 1))
    return [members[order[stops[k] : stops[k + 1]]] for k in range(count)]
