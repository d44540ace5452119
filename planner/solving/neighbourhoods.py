"""A plan near the one before: whole units in a moment, with the relaxation as their proof.

A what-if moves some money, and most decisions stay as they are. The relaxation, warm, is solved
in hundredths of a second; a plan between it and the plan before is a small problem
(see the boxes below), and so is what the plan found and the relaxation differ in. The
relaxation also bounds every plan, so that a plan close enough to it is proven without a search.
Where it is not, the whole problem is solved from there, and then has little left to do but to
draw its bound down. A problem that is solved once is treated alike, without a plan before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from planner.errors import SolverError
from planner.formulation.model import Model
from planner.solving.highs import EVERY, Engine, HighsEngine, ProgressSink
from planner.solving.lagrangian.master import NODES
from planner.solving.lagrangian.structure import Structure, find_structure, homes
from planner.solving.program import Program, ended, load
from planner.solving.solution import (
    Limits,
    Outcome,
    Progress,
    Solution,
    Stage,
    Status,
    enough,
    proved,
    relative_gap,
)
from planner.solving.stages import solve_stages, stage_objectives
from planner.system.process import phase
from planner.vocabulary.axes import Bools, Floats

# --------------------------------------------------------------------------------------------------
# Where a plan is looked for first: few whole decisions may move, and each only a little.
#
# The relaxation is whole almost everywhere, and the plan before is whole everywhere. A *box*
# bounds each whole decision from both; continuous ones are free in every box. What is found
# inside is a plan of the whole problem; what is not found proves nothing.

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
            columns = np.sort(
                np.asarray(structure.order[structure.starts[number] : structure.starts[number + 1]])
            )
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


SMALLEST_GAP = 0.001
"""Relative gap below which this is not tried: whole units cost more than that against the
relaxation (0.06–0.4% on Ba Đình), and the search has to find its own better plans anyway."""
LEAST, MOST = 5_000, 50_000
"""Columns of a model that is solved but once between which this pays: smaller ones are searched
as fast, and of larger ones the relaxation alone takes long."""
SHARE = 0.4
"""Part of the gap asked for at which a small problem's own search may end."""
FINE = 0.1
"""The same for the problem of what a plan and the relaxation differ in."""
CLOSE = 2.0
"""How many times the gap asked for a plan may be away for that problem to be tried."""
TIME = 0.25
"""Part of the time limit that the small problems may take."""
ROOT = 1
"""Nodes of a small problem: what its root does not find, the whole problem's search will."""

Loosened = Callable[[Floats, Limits, str], Outcome]
"""Solves the relaxation: objective, limits, name of the stage."""


@dataclass(frozen=True)
class Near:
    """What was found near: a solution, proven or not, and the relaxation, if it was solved."""

    solution: Solution
    loose: Outcome | None = None

    @property
    def before(self) -> Before | None:
        """The plan found, as what the next solve stays near."""
        if self.solution.columns is None:
            return None
        return Before(self.solution.columns, None if self.loose is None else self.loose.columns)


def is_worth_it(engine: Engine, limits: Limits) -> bool:
    """Whether there is one stage of whole units, and a gap that the relaxation can prove."""
    stages = list(stage_objectives(engine.model))
    return len(stages) == 1 and limits.gap >= SMALLEST_GAP and not engine.relax


class NeighbourhoodSearch:
    """A problem that is solved once, near its relaxation; and once more, near the plan found,
    where whole money broke a row that is tightened since."""

    def __init__(self, engine: HighsEngine) -> None:
        self.engine = engine
        self.blocks = Blocks.of(engine.model)
        self.last: Near | None = None

    @classmethod
    def of(cls, engine: Engine, limits: Limits) -> NeighbourhoodSearch | None:
        """``None`` where the whole problem is searched as fast."""
        if not isinstance(engine, HighsEngine) or not LEAST <= engine.model.columns <= MOST:
            return None
        return cls(engine) if is_worth_it(engine, limits) else None

    def solve(self, limits: Limits, progress: ProgressSink | None) -> Solution:
        """A plan within the gap, or the best that the time limit allows."""
        loose = None if self.last is None else self.last.loose
        self.last = near_or_searched(
            self._loosen if loose is None else lambda *_: loose,
            self.engine,
            limits,
            blocks=self.blocks,
            before=None if self.last is None else self.last.before,
            start=None,
            progress=progress,
        )
        return self.last.solution

    def _loosen(self, objective: Floats, limits: Limits, stage: str) -> Outcome:
        """The relaxation by the same engine: no second copy of the model is handed over."""
        self.engine.relax = True
        try:
            return self.engine.solve(objective, limits, stage=stage)
        finally:
            self.engine.relax = False


def near_or_searched(
    loosen: Loosened,
    engine: Engine,
    limits: Limits,
    *,
    blocks: Blocks,
    before: Before | None,
    start: Floats | None,
    progress: ProgressSink | None = None,
) -> Near:
    """What :func:`solve_near` proves; where that is too little, a search that begins there.

    The relaxation bounds the search's plan too.
    """
    near = solve_near(
        loosen, engine, limits, blocks=blocks, before=before, start=start, progress=progress
    )
    found = near.solution
    proven = (Status.OPTIMAL, Status.WITHIN_GAP, Status.INFEASIBLE)
    if found.status in proven or engine.stop():
        return near
    left = replace(limits, time_limit=max(limits.time_limit - found.seconds, 0.05))
    start = start if found.columns is None else found.columns

    told = None if progress is None else lambda at: progress(_continued(at, near))
    searched = solve_stages(engine, left, start=start, progress=told)
    if searched.columns is None and found.columns is not None:
        return near  # stopped before it had even looked at where it begins
    searched = replace(searched, seconds=searched.seconds + found.seconds)
    return replace(near, solution=_bounded(searched, near.loose, limits.gap))


def _continued(at: Progress, near: Near) -> Progress:
    """A line of the search's progress as one of the whole solve: its seconds go on, and the
    relaxation's bound holds until the search has a better one."""
    bounds = [at.bound, None if near.loose is None else near.loose.value]
    bound = min((b for b in bounds if b is not None and np.isfinite(b)), default=None)
    return replace(at, seconds=at.seconds + near.solution.seconds, bound=bound)


def _bounded(searched: Solution, loose: Outcome | None, gap: float) -> Solution:
    """A search's plan with the better of its own bound and the relaxation's."""
    if loose is None or loose.columns is None or searched.columns is None:
        return searched
    (stage,) = searched.stages
    if stage.status is Status.OPTIMAL or stage.bound <= loose.value:
        return searched
    bound = max(stage.value, loose.value)
    status = proved(stage.value, bound, stage.status is not Status.STOPPED, gap)
    return replace(searched, status=status, stages=(replace(stage, status=status, bound=bound),))


@phase("solve")
def solve_near(
    loosen: Loosened,
    engine: Engine,
    limits: Limits,
    *,
    blocks: Blocks,
    before: Before | None,
    start: Floats | None,
    progress: ProgressSink | None = None,
) -> Near:
    """A plan beside the one before, proven by the relaxation or not; see :func:`is_worth_it`.

    Parameters
    ----------
    loosen, engine
        The same problem as a relaxation and with whole units, both at the money asked for.
    blocks
        The schools of the problem.
    before
        The plan before, which need not fit the money any more; ``None``: there is none.
    start
        A plan that fits, to begin from.

    Returns
    -------
    Near
        Its solution is within the gap asked for, or ``stopped`` with the plan found, or
        without any.
    """
    ((name, objective),) = stage_objectives(engine.model)
    began = time.perf_counter()
    loose = loosen(objective, limits, name)
    if loose.columns is None:
        none = loose.status is Status.INFEASIBLE  # then no plan of whole units is there either
        status = Status.INFEASIBLE if none else Status.NO_PLAN
        return Near(Solution(status, None, (), time.perf_counter() - began), loose)

    def inside(box: Box, start: Floats | None, share: float) -> Outcome:
        left = limits.time_limit * TIME - (time.perf_counter() - began)
        if left <= 0 or engine.stop():
            return Outcome(Status.NO_PLAN)
        small = replace(limits, gap=limits.gap * share, time_limit=left)
        return _inside(engine, objective, small, box, start, progress and told)

    def told(at: Progress) -> None:
        assert progress is not None
        # a small problem's own bound is none of the whole one's
        progress(replace(at, seconds=time.perf_counter() - began, bound=loose.value))

    engine.target, engine.nodes = enough(loose.value, limits.gap), ROOT
    try:
        found = _first(boxes(engine, loose.columns, before, blocks), inside, start)
        if found.columns is not None and _is_close(found.value, loose.value, limits.gap):
            box = where_they_differ(engine, loose.columns, found.columns)
            better = inside(box, found.columns, FINE)
            found = better if better.columns is not None else found
    finally:
        engine.target, engine.nodes = np.inf, EVERY
    seconds = time.perf_counter() - began
    if found.columns is None:
        return Near(Solution(Status.NO_PLAN, None, (), seconds), loose)
    bound = max(loose.value, found.value)
    status = proved(found.value, bound, False, limits.gap)
    stage = Stage(name, status, found.value, bound, seconds)
    return Near(Solution(status, found.columns, (stage,), seconds), loose)


def _first(
    tried: Iterator[Box],
    inside: Callable[[Box, Floats | None, float], Outcome],
    start: Floats | None,
) -> Outcome:
    """The plan of the first box that has one."""
    for box in tried:
        found = inside(box, start, SHARE)
        if found.columns is not None:
            return found
    return Outcome(Status.NO_PLAN)


def _is_close(value: float, bound: float, gap: float) -> bool:
    """Whether a plan is not yet near enough to the bound, but close."""
    return gap < relative_gap(value, bound) <= CLOSE * gap


def _inside(
    engine: Engine,
    objective: Floats,
    limits: Limits,
    box: Box,
    start: Floats | None,
    progress: ProgressSink | None,
) -> Outcome:
    """Solves with the columns' bounds drawn closer, and sets them back."""
    every, upper = np.arange(engine.model.columns), engine.upper.copy()
    engine.set_upper(every, box[1])
    engine.set_lower(box[0])
    try:
        return engine.solve(objective, limits, start=start, progress=progress)
    except SolverError:  # a box is a trial: what fails in it says nothing of the whole problem
        return Outcome(Status.NO_PLAN)
    finally:
        engine.set_upper(every, upper)
        engine.set_lower(engine.model.column_lower)
