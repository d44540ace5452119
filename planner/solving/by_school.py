r"""By school: prices of the shared rows, whole-unit plans of every block, and one plan of them.

1. The blocks are found in the model (:mod:`~planner.solving.decomposition.blocks`).
2. Prices of the linking rows minimise the Lagrangian bound over the blocks' relaxations
   (cutting planes in a box, begun at the prices of a sample), then every block is priced once
   in whole units: the sum of the blocks' own bounds is the bound of the whole.
3. A restricted master picks one of the plans found for each block; the few blocks that its
   vertex mixes, and those nearest to another choice, are decided together as a small whole
   program within what the others leave.
4. While the gap asked is not reached, further blocks are decided anew: those that lose most
   against their price. The neighbourhoods grow, the last one is the whole model.

Nothing but the time limit depends on the clock: equal inputs give equal plans, whatever the
number of workers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from planner.axes import Floats, Ints
from planner.formulation.model import Model
from planner.installation import starts_python
from planner.memory import give_back
from planner.phases import phase
from planner.solving.decomposition.arrays import Program
from planner.solving.decomposition.blocks import homes
from planner.solving.decomposition.cluster import cluster_crew
from planner.solving.decomposition.pricing import GAVE_UP, UNSOLVED, Chunk
from planner.solving.decomposition.problem import Problem, take_apart
from planner.solving.decomposition.search import Memory, Search
from planner.solving.decomposition.team import Alone, Crew, Seat
from planner.solving.pulp_solver import Engine, HighsEngine, ProgressSink
from planner.solving.solution import Limits, Outcome, Status, proved
from planner.solving.threads import settle_threads

WORKERS_FROM = 250_000
"""Columns from which workers pay for their start (about 2,400 schools)."""


class BySchoolEngine(Engine):
    """The by-school method behind the engine's interface; stages and tightenings work as ever.

    What a solve cannot take apart (an unbounded block, a model without blocks), and what it
    gives up before its time is over, is handed to the whole method.
    """

    def __init__(
        self,
        model: Model,
        limits: Limits,
        *,
        workers: int | None = None,
        cluster: str | None = None,
    ) -> None:
        self.model = model
        self.limits = limits
        self.relax = False
        self.stop: Callable[[], bool] = lambda: False
        self.workers = workers
        self.cluster = cluster
        # never written into: a change makes new ones
        self.lower, self.upper = model.column_lower, model.column_upper
        self.row_lower, self.row_upper = model.row_lower, model.row_upper
        self.target = np.inf
        self.kept: list[tuple[Ints, Floats, float]] = []
        self._problem: Problem | None = None
        self._team: Alone | Crew | None = None
        self._memory: Memory | None = None

    def keep(self, columns: Ints, coefficients: Floats, lower: float) -> None:
        """See :meth:`Engine.keep`."""
        self.kept.append((columns, coefficients, lower))
        self._changed()

    def forget(self) -> None:
        """See :meth:`Engine.forget`."""
        if self.kept:
            self.kept.clear()
            self._changed()

    def set_upper(self, columns: Ints, upper: Floats) -> None:
        """See :meth:`Engine.set_upper`."""
        if not np.array_equal(self.upper[columns], upper):
            self.upper = _with(self.upper, columns, upper)
            self._changed()

    def set_lower(self, lower: Floats) -> None:
        """See :meth:`Engine.set_lower`."""
        if not np.array_equal(self.lower, lower):
            self.lower = lower.copy()
            self._changed()

    def set_row_upper(self, row: int, upper: float) -> None:
        """See :meth:`Engine.set_row_upper`."""
        self.row_upper = _with(self.row_upper, row, upper)
        self._row_changed(row)

    def set_row_lower(self, row: int, lower: float) -> None:
        """See :meth:`Engine.set_row_lower`."""
        self.row_lower = _with(self.row_lower, row, lower)
        self._row_changed(row)

    def apart(self) -> Problem | None:
        """The model taken apart as it stands now; ``None`` where it cannot be."""
        if self._problem is None:
            self._problem = take_apart(self.program(), homes(self.model))
            give_back()
        return self._problem

    def _row_changed(self, row: int) -> None:
        """A linking row's bound moves in place; a block's own row makes new chunks."""
        if self._problem is None or not self._problem.structure.linking[row]:
            self._changed()
            return
        program = self._problem.program
        lower = _with(program.row_lower, row, self.row_lower[row])
        upper = _with(program.row_upper, row, self.row_upper[row])
        self._problem = self._problem.with_rows(lower, upper)

    def _changed(self) -> None:
        self._problem = None
        self._memory = None
        self.close()

    def close(self) -> None:
        """Sends the workers home."""
        if self._team is not None:
            self._team.close()
            self._team = None

    @phase("hand-over")
    def program(self) -> Program:
        """The model with the bounds and kept rows of now."""
        model, kept = self.model, self.kept
        if not kept:
            ends = self.lower, self.upper, model.integer, self.row_lower, self.row_upper
            return Program(*ends, model.row_index, model.column_index, model.coefficient)
        sizes = [len(columns) for columns, _, _ in kept]
        rows = model.rows + np.repeat(np.arange(len(kept)), sizes)
        none = np.full(len(kept), np.inf)
        return Program(
            self.lower,
            self.upper,
            model.integer,
            np.concatenate([self.row_lower, [low for _, _, low in kept]]),
            np.concatenate([self.row_upper, none]),
            np.concatenate([model.row_index, rows]).astype(np.int32),
            np.concatenate([model.column_index, *(c for c, _, _ in kept)]).astype(np.int32),
            np.concatenate([model.coefficient, *(a for _, a, _ in kept)]),
        )

    def solve(
        self,
        objective: Floats,
        limits: Limits,
        *,
        start: Floats | None = None,
        progress: ProgressSink | None = None,
        stage: str = "value",
    ) -> Outcome:
        """Maximises ``objective``; ``start`` is a feasible assignment to begin from."""
        began = time.perf_counter()
        settle_threads(limits.threads)
        problem = self.apart()
        if problem is None:
            return self._whole(objective, limits, start, progress, stage)
        memory, team = self._remembered(problem, objective, limits)
        search = Search(problem, memory, team, limits, began)
        search.stop, search.progress, search.stage = self.stop, progress, stage
        search.target = self.target
        how = search.run(start)
        self._rest()
        if how in (UNSOLVED, GAVE_UP):
            return self._handed_over(how, search, start, began)
        return self._outcome(how, search, limits, time.perf_counter() - began)

    def _handed_over(self, how: str, search: Search, start: Floats | None, began: float) -> Outcome:
        """What this method cannot decide goes to the engine that can prove it: in the time that
        is left, from the plan that was found, with the bound that was proven."""
        limits = search.limits
        left = max(limits.time_limit - (time.perf_counter() - began), 0.05)
        begin = start if search.plan is None else search.plan
        spare = replace(limits, time_limit=left)
        found = self._whole(search.objective, spare, begin, search.progress, search.stage)
        if how == GAVE_UP:
            found = bounded(found, search.bound, limits.gap)
        if found.columns is None and found.status is Status.NO_PLAN and search.plan is not None:
            found = self._outcome(how, search, limits, found.seconds)
        return replace(found, seconds=time.perf_counter() - began)

    def _remembered(
        self, problem: Problem, objective: Floats, limits: Limits
    ) -> tuple[Memory, Alone | Crew]:
        """What is known of an objective, and who prices it."""
        if self._memory is None or not np.array_equal(self._memory.objective, objective):
            self.close()
            self._memory = Memory(objective)
        if self._team is None:
            self._team = self._gathered(problem, objective, limits)
        return self._memory, self._team

    def _rest(self) -> None:
        """What follows a large solve needs the memory more than another solve its workers."""
        if not self.cluster and self.model.columns >= WORKERS_FROM:
            self.close()
            give_back()

    def _outcome(self, how: str, search: Search, limits: Limits, seconds: float) -> Outcome:
        if how == "infeasible":
            return Outcome(Status.INFEASIBLE, seconds=seconds)
        if search.plan is None:
            return Outcome(Status.NO_PLAN, seconds=seconds)
        bound = max(search.bound, search.value)
        status = proved(search.value, bound, how == "proven", limits.gap)
        return Outcome(status, search.value, bound, search.plan, seconds=seconds)

    def _gathered(self, problem: Problem, objective: Floats, limits: Limits) -> Alone | Crew:
        """Who prices: workers where there is enough for them to do."""
        numbers = range(problem.packing.count)
        if self.cluster:
            return cluster_crew(self.cluster, numbers, lambda k: problem.chunks(objective, k))
        workers = worker_count(self.workers, limits, problem)
        large = problem.program.columns >= WORKERS_FROM
        chunks = problem.shelve(objective) if large else problem.chunks(objective, numbers)
        give_back()

        def held(wanted: Sequence[int]) -> Mapping[int, Chunk]:
            return chunks if large else {k: chunks[k] for k in wanted}

        if workers == 1:
            return Alone(numbers, held, limits.threads or 0)
        return Crew([Seat(numbers[k::workers], held) for k in range(workers)])

    def _whole(
        self,
        objective: Floats,
        limits: Limits,
        start: Floats | None,
        progress: ProgressSink | None,
        stage: str,
    ) -> Outcome:
        """The whole method on the model as it stands now."""
        engine = self._whole_engine(limits)
        engine.stop, engine.target = self.stop, self.target
        return engine.solve(objective, limits, start=start, progress=progress, stage=stage)

    def _engine_model(self) -> Model:
        """What the engine alone is given."""
        return self.model

    def _whole_engine(self, limits: Limits) -> HighsEngine:
        """An engine of the whole model with the bounds and kept rows of now."""
        model = self._engine_model()
        engine = HighsEngine(model, limits)
        engine.set_lower(self.lower)
        engine.set_upper(np.arange(model.columns), self.upper)
        for row in range(model.rows):  # which may leave out the last ones of all
            if self.row_lower[row] != self.model.row_lower[row]:
                engine.set_row_lower(row, float(self.row_lower[row]))
            if self.row_upper[row] != self.model.row_upper[row]:
                engine.set_row_upper(row, float(self.row_upper[row]))
        for columns, coefficients, lower in self.kept:
            engine.keep(columns, coefficients, lower)
        return engine


def bounded(found: Outcome, bound: float, gap: float) -> Outcome:
    """An outcome with the better of its bound and one known before."""
    if found.columns is None or bound >= found.bound:
        return found
    bound = max(bound, found.value)
    status = proved(found.value, bound, found.status is not Status.STOPPED, gap)
    return replace(found, status=status, bound=bound)


def _with(values: Floats, at: Ints | int, new: Floats | float) -> Floats:
    """A copy with other values somewhere."""
    changed = values.copy()
    changed[at] = new
    return changed


def worker_count(asked: int | None, limits: Limits, problem: Problem) -> int:
    """Workers for a problem: as many as asked for, or as cores where it is large enough; this
    process alone where no other Python can be started."""
    if not starts_python() or (asked is None and problem.program.columns < WORKERS_FROM):
        return 1
    cores = limits.threads or usable_cores()
    return max(1, min(asked or cores, problem.packing.count))


def usable_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
