"""A program taken apart: blocks, linking rows, chunks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from planner.axes import Bools, Floats, Ints, Places
from planner.solving.decomposition.arrays import Program
from planner.solving.decomposition.blocks import Structure, find_structure
from planner.solving.decomposition.chunks import Packing, cut, pack
from planner.solving.decomposition.linking import Linking, find_linking
from planner.solving.decomposition.pricing import Chunk
from planner.solving.decomposition.shelf import ChunkFile

FITS = 1e-9
"""How far an assignment may overrun a row, relative to its size, and still satisfy it."""
NOISE = 1e-7
"""The same in the row's own unit: twice the engine's tolerance and some. Whole money is
counted afterwards, and a row that it breaks is tightened (:mod:`planner.optimize`)."""


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
        """Some chunks, ready to be priced."""
        return dict(cut(self.program, objective, self.linking, self.packing, numbers))

    def shelve(self, objective: Floats) -> ChunkFile | dict[int, Chunk]:
        """All chunks in a file, or in memory where there is no room for one."""
        every = range(self.packing.count)
        try:
            return ChunkFile(cut(self.program, objective, self.linking, self.packing, every))
        except OSError:
            return self.chunks(objective, every)

    def block_sums(self, worth: Floats) -> Floats:
        """``[block]``: Σ over its columns."""
        return np.add.reduceat(worth[self.structure.order], self.structure.starts[:-1])

    def whole_blocks(self, columns: Floats, tolerance: float) -> Bools:
        """``[block]``: whether its whole columns are whole."""
        off = self.program.integer & (np.abs(columns - np.rint(columns)) > tolerance)
        owner = self.structure.block
        count = np.bincount(owner[off & (owner >= 0)], minlength=self.structure.blocks)
        return np.asarray(count == 0)

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
        return bool((lower > NOISE).any() or (upper < -NOISE).any())

    def fits(self, columns: Floats) -> bool:
        """Whether an assignment satisfies every row, bound and whole column."""
        program = self.program
        activity = program.activity(columns)
        room = NOISE + FITS * np.abs(activity)
        rows = (activity <= program.row_upper + room) & (activity >= program.row_lower - room)
        ends = (columns <= program.upper + NOISE) & (columns >= program.lower - NOISE)
        whole = ~program.integer | (np.abs(columns - np.rint(columns)) <= FITS)
        return bool(rows.all() and ends.all() and whole.all())


def take_apart(program: Program, home: Places) -> Problem | None:
    """The parts of a program; ``None`` where a linking column has no natural end."""
    structure = find_structure(program, home)
    linking = find_linking(program, structure)
    if linking is None or not structure.blocks:
        return None
    return Problem(program, structure, linking, pack(structure))
