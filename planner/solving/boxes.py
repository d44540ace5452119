"""Where a plan is looked for first: few whole decisions may move, and each only a little.

The relaxation is whole almost everywhere, and the plan before is whole everywhere. A *box*
bounds each whole decision from both; continuous ones are free in every box. What is found
inside is a plan of the whole problem; what is not found proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from planner.axes import Bools, Floats, Ints
from planner.formulation.model import Model
from planner.solving.decomposition.arrays import Program, ended, load
from planner.solving.decomposition.blocks import Structure, find_structure, homes
from planner.solving.decomposition.neighbourhood import NODES
from planner.solving.pulp_solver import Engine

WHOLE = 1e-6
"""How near to a whole number a decision of the relaxation counts as one."""
MOVED = 1e-6
"""How far a decision of the relaxation must move for its school to count as touched."""

Box = tuple[Floats, Floats]
"""``[column]``: lower and upper bounds."""


@dataclass(frozen=True)
class Before:
    """The plan before, and the relaxation beside which it was found (``None``: not known)."""

    columns: Floats
    loose: Floats | None = None


@dataclass(frozen=True)
class Blocks:
    """A model's schools, as its rows show them, and the rows that only one school is in."""

    structure: Structure
    program: Program

    @classmethod
    def of(cls, model: Model) -> Blocks:
        """The blocks of a model; they do not depend on money."""
        program = Program(
            model.column_lower,
            model.column_upper,
            model.integer,
            model.row_lower,
            model.row_upper,
            model.row_index,
            model.column_index,
            model.coefficient,
        )
        return cls(find_structure(program, homes(model)), program)

    def touched(self, columns: Bools) -> Bools:
        """``[column]``: whether it is in a block with any of ``columns``, or in none."""
        block = self.structure.block
        marked = np.zeros(self.structure.blocks + 1, dtype=bool)
        marked[block[columns]] = True
        marked[-1] = True  # where block is −1
        return np.asarray(marked[block])

    def cramped(self, engine: Engine, box: Box, loose: Floats) -> Bools:
        """``[column]``: whether it is in a block whose own rows no plan in the box satisfies.

        Only blocks where the relaxation is not whole are asked; elsewhere it is such a plan
        itself. Each is a tiny program without an objective.
        """
        structure, program = self.structure, self.program
        cramped = np.zeros(structure.blocks + 1, dtype=bool)
        owner = structure.block[program.column_index]
        local = ~structure.linking[program.row_index]
        broken = program.integer & (np.abs(loose - np.rint(loose)) > WHOLE)
        for number in np.unique(structure.block[broken]).tolist():
            if number < 0 or engine.stop():
                continue
            entries = np.flatnonzero((owner == number) & local)
            columns = np.sort(_columns(structure, number))
            rows = np.unique(program.row_index[entries])
            part = program.part(columns, entries, rows).with_rows(
                engine.row_lower[rows], engine.row_upper[rows]
            )
            part = replace(part, lower=box[0][columns], upper=box[1][columns])
            highs = load(part, np.zeros(len(columns)), mip=True, threads=engine.limits.threads or 0)
            highs.setOptionValue("mip_max_nodes", NODES)
            highs.run()
            cramped[number] = ended(highs) == "infeasible"
        return np.asarray(cramped[structure.block])


def _columns(structure: Structure, number: int) -> Ints:
    return np.asarray(structure.order[structure.starts[number] : structure.starts[number + 1]])


def boxes(engine: Engine, loose: Floats, before: Before | None, blocks: Blocks) -> Iterator[Box]:
    """Boxes from the smallest to the largest that is worth a try, within the engine's bounds.

    1. Every whole decision between the plan before and the relaxation, rounded either way.
    2. At most the larger of the two, and as in the plan before at schools whose relaxation
       has not moved since.
    3. At most the larger of the two, at every school.

    Without a plan before there is only the last, at most the relaxation rounded up. A school
    that the second or third box leaves no plan of its own is not bounded at all.
    """
    whole, lower, upper = engine.model.integer, engine.model.column_lower, engine.upper
    most = _within(np.ceil(loose - WHOLE), lower, upper)

    def box(low: Floats, high: Floats) -> Box:
        return np.where(whole, low, lower), np.where(whole, high, upper)

    def opened(low: Floats, high: Floats) -> Box:
        least, greatest = box(low, high)
        free = blocks.cramped(engine, (least, greatest), loose)
        return np.where(free, lower, least), np.where(free, upper, greatest)

    if before is None:
        yield opened(lower, most)
        return
    plan = _within(np.rint(before.columns), lower, upper)
    most = np.maximum(most, plan)
    yield box(np.minimum(_within(np.floor(loose + WHOLE), lower, upper), plan), most)
    if before.loose is not None:
        moved = blocks.touched(whole & (np.abs(loose - before.loose) > MOVED))
        yield opened(np.where(moved, lower, plan), np.where(moved, most, plan))
    yield opened(lower, most)


def where_they_differ(engine: Engine, loose: Floats, plan: Floats) -> Box:
    """What a plan and the relaxation agree on stays; the other whole decisions are free."""
    whole, lower, upper = engine.model.integer, engine.model.column_lower, engine.upper
    kept = whole & (np.abs(loose - np.rint(plan)) <= WHOLE)
    return np.where(kept, np.rint(plan), lower), np.where(kept, np.rint(plan), upper)


def _within(values: Floats, lower: Floats, upper: Floats) -> Floats:
    return np.minimum(np.maximum(values, lower), upper)
