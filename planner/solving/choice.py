"""Which method solves a model: the whole at once, or by school; and why.

``auto`` takes the Lagrangian decomposition where there is enough to take apart: enough columns,
many blocks, and few rows that tie them together. A district (fewer blocks) is looked for in a
neighbourhood of its relaxation where that can prove the gap; below, the decomposition races the
engine; wards with money of their own are searched component by component.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from planner.formulation.model import Model
from planner.names import Link
from planner.solving import parameters
from planner.solving.highs import Engine, HighsEngine, Task, engine_name, make_engine
from planner.solving.lagrangian.components import ComponentSearch, find_components
from planner.solving.lagrangian.search import LagrangianEngine, Search, bounded
from planner.solving.lagrangian.structure import Problem
from planner.solving.program import settle_threads
from planner.solving.solution import Limits, Outcome, Status, proved
from planner.system import worker_pool

# --------------------------------------------------------------------------------------------------
# A district or a few: by school where that proves enough at once, else the engine alone.
#
# Wards whose money is their own are searched side by side. Where all share the same money,
# multipliers and one neighbourhood of the blocks that they leave open are *tried* for a second or
# two, while the engine's own search runs beside them where there are two cores. Its answer counts
# only once the trial has failed, so that no clock decides.


class RacingEngine(LagrangianEngine):
    """The decomposition where it is quick, racing the whole model's own search."""

    def __init__(self, model: Model, limits: Limits) -> None:
        super().__init__(model, limits)
        self._engine: HighsEngine | None = None

    def _whole_engine(self, limits: Limits) -> HighsEngine:
        """One engine for all solves, so that the later ones find it warm.

        It goes without the implied rows: its presolve finds what they say, and its search is no
        shorter with them (measured on Ba Đình's scenarios).
        """
        if self._engine is None:
            self._engine = HighsEngine(without_implied_rows(self.model), limits)
        now, rows = self.restrictions, slice(self._engine.model.rows)
        self._engine.restrictions = replace(
            now, row_lower=now.row_lower[rows], row_upper=now.row_upper[rows]
        )
        return self._engine

    def run(self, task: Task) -> Outcome:
        """By components, by a trial beside the engine's own search, or by that alone."""
        limits = task.limits
        settle_threads(limits.threads)
        problem = self.apart()
        if problem is None or limits.gap < parameters.RACING_GAP:
            return self._whole(task)
        components = find_components(problem)
        cores = limits.threads or worker_pool.cores()
        if components is not None:
            search = ComponentSearch(
                components, task.objective, limits, cores, self.stop, task.report
            )
            how = search.run(task.began)
            if how == "infeasible":
                return Outcome(Status.INFEASIBLE, seconds=task.seconds())
            plan, bound = search.plan, search.bound
            late = self.stop() or limits.time_limit <= task.seconds()
            if how == "reached" or (late and plan is not None):
                assert plan is not None
                bound = max(bound, search.value)
                status = proved(search.value, bound, False, limits.gap)
                return Outcome(status, search.value, bound, plan, seconds=task.seconds())
            # That does not prove enough: the whole, from the plan found.
            found = self._whole(task if plan is None else replace(task, start=plan))
            return replace(bounded(found, bound, limits.gap), seconds=task.seconds())
        if cores > 1:
            return self._race(problem, task)
        trial = self._trial(problem, task)
        return self._tried(trial, task) or self._whole(task)

    def _trial(self, problem: Problem, task: Task, threads: int | None = None) -> Search:
        """A search by school that ends after its first neighbourhood."""
        limits = task.left() if threads is None else replace(task.left(), threads=threads)
        search = self._search(problem, task.objective, limits, time.perf_counter())
        search.once = True
        return search

    def _tried(self, trial: Search, task: Task) -> Outcome | None:
        """What a trial proves; ``None`` where that is not enough."""
        how = trial.run(task.start)
        if how not in ("reached", "proven", "infeasible"):
            return None
        found = self._outcome(how, trial, task.limits, task.seconds())
        if found.columns is not None:
            task.report(found.value, found.bound)
        return found

    def _race(self, problem: Problem, task: Task) -> Outcome:
        """The trial in a thread beside the engine's own search, which it ends if it succeeds."""
        trial = self._trial(problem, task, threads=1)
        stop, succeeded = self.stop, threading.Event()

        def run_trial(given_up: Callable[[], bool]) -> Outcome | None:
            trial.stop = lambda: stop() or given_up()
            found = self._tried(trial, task)
            if found is not None:
                succeeded.set()
            return found

        with worker_pool.Beside(run_trial, task.limits.threads) as beside:
            engine = self._whole_engine(task.limits)
            engine.stop = lambda: stop() or succeeded.is_set()
            try:
                whole = engine.run(replace(task, limits=task.left()))
            finally:
                engine.stop = stop
            return beside.answer() or whole


def without_implied_rows(model: Model) -> Model:
    """A model without the last rows that only tighten its relaxation."""
    implied = [b for b in model.row_blocks if b.name in (Link.OPENING, Link.OPENED)]
    rows = min((b.start for b in implied), default=model.rows)
    if sum(b.stop - b.start for b in implied) < model.rows - rows:
        return model
    kept = model.row_index < rows
    return replace(
        model,
        row_blocks=tuple(b for b in model.row_blocks if b.start < rows),
        row_lower=model.row_lower[:rows],
        row_upper=model.row_upper[:rows],
        row_index=model.row_index[kept],
        column_index=model.column_index[kept],
        coefficient=model.coefficient[kept],
    )


class Method(StrEnum):
    """How to solve: ``auto`` chooses between the other two."""

    AUTO = "auto"
    WHOLE = "whole"
    BY_SCHOOL = "by-school"


@dataclass(frozen=True)
class Choice:
    """The method used and why: ``asked``, ``small``, ``stages``, ``near``, ``tied``,
    ``solver``, ``relaxation``, ``session`` (whole) or ``asked``, ``blocks``, ``parts``, ``few``
    (by school), with what was counted."""

    method: Method
    why: str
    columns: int = 0
    blocks: int = 0
    linking: int = 0


def choose_engine(
    model: Model,
    limits: Limits,
    *,
    solver: str = "HiGHS",
    relax: bool = False,
    method: Method = Method.AUTO,
    cluster: str | None = None,
) -> tuple[Engine, Choice]:
    """An engine for the model by the method asked for, or by the one that fits it."""

    def whole(why: str, **counted: int) -> tuple[Engine, Choice]:
        engine = make_engine(model, limits, solver=solver, relax=relax)
        return engine, Choice(Method.WHOLE, why, model.columns, **counted)

    if method is Method.WHOLE:
        return whole("asked")
    if engine_name(solver) != "HiGHS":
        return whole("solver")
    if relax or not model.integer.any():
        return whole("relaxation")
    if method is Method.AUTO and model.columns < parameters.WHOLE_BELOW:
        return whole("small")
    engine = LagrangianEngine(model, limits, cluster=cluster)
    problem = engine.apart()
    if problem is None:
        return whole("tied")
    shape, rows = problem.structure, len(problem.linking.rows)
    counted = {"blocks": shape.blocks, "linking": rows}
    if method is Method.AUTO and shape.blocks < parameters.FEWEST_BLOCKS:
        if len(model.stages) > 1:
            return whole("stages", **counted)
        why = "few" if find_components(problem) is None else "parts"
        sized = parameters.NEIGHBOURHOOD_FROM <= model.columns <= parameters.NEIGHBOURHOOD_TO
        if why == "few" and sized and limits.gap >= parameters.NEIGHBOURHOOD_GAP:
            return whole("near", **counted)
        return RacingEngine(model, limits), Choice(Method.BY_SCHOOL, why, model.columns, **counted)
    if method is Method.AUTO and (
        rows > parameters.MOST_LINKING_ROWS
        or shape.largest > parameters.LARGEST_BLOCK * model.columns
    ):
        return whole("tied", **counted)
    why = "asked" if method is Method.BY_SCHOOL else "blocks"
    return engine, Choice(Method.BY_SCHOOL, why, model.columns, **counted)
