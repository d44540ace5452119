"""Which method solves a model: the whole at once, or by school; and why.

``auto`` takes the by-school method where there is enough to take apart: enough columns, many
blocks, and few rows that tie them together. A district (fewer blocks) is looked for near its
relaxation where that can prove the gap; below, it is tried by school beside the engine; wards
with money of their own are searched part by part.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum

from planner.formulation.model import Model
from planner.names import Link
from planner.solving.highs import Engine, HighsEngine, ProgressSink, engine_name, make_engine
from planner.solving.lagrangian.components import ComponentSearch, Parts, find_parts
from planner.solving.lagrangian.search import LagrangianEngine, Search, bounded, usable_cores
from planner.solving.neighbourhoods import LEAST, MOST, SMALLEST_GAP
from planner.solving.parameters import settle_threads
from planner.solving.solution import Limits, Outcome, Progress, Status, finite, proved
from planner.vocabulary.axes import Floats, Ints

# --------------------------------------------------------------------------------------------------
# A district or a few: by school where that proves enough at once, else the engine alone.
#
# Wards whose money is their own are searched each by itself, side by side
# (:mod:`~planner.solving.lagrangian.components`). Where all share the same money, prices and one
# neighbourhood of the blocks that they leave open are *tried*: a second or two that often end
# the search. Where they do not, the engine's own search goes on; with two cores it has been
# running meanwhile. Its answer counts only once the trial has failed, so that no clock decides.

FINEST = 1e-4
"""Relative gap below which neither is tried: only the engine's own search proves that."""


@dataclass(frozen=True)
class _Asked:
    """What one solve is asked for."""

    objective: Floats
    limits: Limits
    start: Floats | None
    progress: ProgressSink | None
    stage: str
    began: float

    def left(self) -> Limits:
        """The limits with the time that is left."""
        passed = time.perf_counter() - self.began
        return replace(self.limits, time_limit=max(self.limits.time_limit - passed, 0.05))

    def tell(self, value: float, bound: float) -> None:
        """A line of progress."""
        if self.progress is not None:
            seconds = time.perf_counter() - self.began
            self.progress(Progress(self.stage, seconds, finite(value), finite(bound)))


class RacingEngine(LagrangianEngine):
    """The by-school method where it is quick, and the whole one behind it."""

    def __init__(self, model: Model, limits: Limits) -> None:
        super().__init__(model, limits)
        self._engine: HighsEngine | None = None

    def keep(self, columns: Ints, coefficients: Floats, lower: float) -> None:
        """See :meth:`Engine.keep`."""
        super().keep(columns, coefficients, lower)
        if self._engine is not None:
            self._engine.keep(columns, coefficients, lower)

    def forget(self) -> None:
        """See :meth:`Engine.forget`."""
        super().forget()
        if self._engine is not None:
            self._engine.forget()

    def set_upper(self, columns: Ints, upper: Floats) -> None:
        """See :meth:`Engine.set_upper`."""
        super().set_upper(columns, upper)
        if self._engine is not None:
            self._engine.set_upper(columns, upper)

    def set_lower(self, lower: Floats) -> None:
        """See :meth:`Engine.set_lower`."""
        super().set_lower(lower)
        if self._engine is not None:
            self._engine.set_lower(lower)

    def set_row_upper(self, row: int, upper: float) -> None:
        """See :meth:`Engine.set_row_upper`."""
        super().set_row_upper(row, upper)
        if self._engine is not None and row < self._engine.model.rows:
            self._engine.set_row_upper(row, upper)

    def set_row_lower(self, row: int, lower: float) -> None:
        """See :meth:`Engine.set_row_lower`."""
        super().set_row_lower(row, lower)
        if self._engine is not None and row < self._engine.model.rows:
            self._engine.set_row_lower(row, lower)

    def _whole_engine(self, limits: Limits) -> HighsEngine:
        """One engine for all solves, so that the later ones find it warm."""
        if self._engine is None:
            self._engine = super()._whole_engine(limits)
        return self._engine

    def _engine_model(self) -> Model:
        """Without the implied rows: the engine's presolve finds what they say, and its search
        is no shorter with them (measured on Ba Đình's scenarios)."""
        return stated(self.model)

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
        asked = _Asked(objective, limits, start, progress, stage, time.perf_counter())
        settle_threads(limits.threads)
        problem = self.apart()
        if problem is None or limits.gap < FINEST:
            return self._on(asked)
        parts = find_parts(problem)
        cores = limits.threads or usable_cores()
        if parts is not None:
            return self._apart(parts, asked, cores)
        if cores == 1:
            trial = self._trial(asked)
            how = trial.run(start)
            return self._tried(how, trial, asked) or self._on(asked)
        return self._side_by_side(asked)

    def _on(self, asked: _Asked) -> Outcome:
        """The engine's own search in the time that is left."""
        left = asked.left()
        return self._whole(asked.objective, left, asked.start, asked.progress, asked.stage)

    def _apart(self, parts: Parts, asked: _Asked, cores: int) -> Outcome:
        """Part by part; the whole from the plan found where that does not prove enough."""
        search = ComponentSearch(
            parts,
            asked.objective,
            asked.limits,
            cores,
            self.stop,
            asked.tell,
            self.target,
        )
        how = search.run(asked.began)
        if how == "infeasible":
            return Outcome(Status.INFEASIBLE, seconds=time.perf_counter() - asked.began)
        plan, bound, gap = search.plan, search.bound, asked.limits.gap
        late = self.stop() or asked.limits.time_limit <= time.perf_counter() - asked.began
        if how == "reached" or (late and plan is not None):
            assert plan is not None
            bound = max(bound, search.value)
            status = proved(search.value, bound, False, gap)
            seconds = time.perf_counter() - asked.began
            return Outcome(status, search.value, bound, plan, seconds=seconds)
        found = self._on(asked if plan is None else replace(asked, start=plan))
        found = bounded(found, bound, asked.limits.gap)
        return replace(found, seconds=time.perf_counter() - asked.began)

    def _trial(self, asked: _Asked, threads: int | None = None) -> Search:
        """A search by school that ends after its first neighbourhood."""
        problem, limits = self.apart(), asked.left()
        assert problem is not None
        if threads is not None:
            limits = replace(limits, threads=threads)
        memory, team = self._remembered(problem, asked.objective, limits)
        search = Search(problem, memory, team, limits, time.perf_counter())
        search.once, search.target, search.stop = True, self.target, self.stop
        return search

    def _tried(self, how: str, trial: Search, asked: _Asked) -> Outcome | None:
        """What a trial proved; ``None`` where that is not enough."""
        seconds = time.perf_counter() - asked.began
        if how not in ("reached", "proven", "infeasible"):
            return None
        found = self._outcome(how, trial, asked.limits, seconds)
        if found.columns is not None:
            asked.tell(found.value, found.bound)
        return found

    def _side_by_side(self, asked: _Asked) -> Outcome:
        """The trial in a thread beside the engine's own search, which it ends if it succeeds."""
        trial = self._trial(asked, threads=1)
        succeeded, left_alone = threading.Event(), threading.Event()

        def tried() -> Outcome | None:
            found = self._tried(trial.run(asked.start), trial, asked)
            if found is not None:
                succeeded.set()
            return found

        stop = self.stop
        trial.stop = lambda: stop() or left_alone.is_set()
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(tried)
            engine = self._whole_engine(asked.limits)
            try:
                engine.stop, engine.target = lambda: stop() or succeeded.is_set(), self.target
                left = asked.left()
                whole = engine.solve(
                    asked.objective,
                    left,
                    start=asked.start,
                    progress=asked.progress,
                    stage=asked.stage,
                )
            except BaseException:
                left_alone.set()  # Ctrl-C, a failure: nobody wants the trial any more
                raise
            finally:
                engine.stop = stop
        return future.result() or whole


def stated(model: Model) -> Model:
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


SMALL = 5_000
"""Columns below which the whole method is as fast (about 50 schools)."""
FEW_BLOCKS = 200
"""Blocks below which there is little to take apart."""
TIED = 400
"""Linking rows above which prices take longer to find than the whole relaxation."""
LUMP = 0.1
"""Part of all columns that one block may hold."""


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
    if method is Method.AUTO and model.columns < SMALL:
        return whole("small")
    engine = LagrangianEngine(model, limits, cluster=cluster)
    problem = engine.apart()
    if problem is None:
        return whole("tied")
    shape, rows = problem.structure, len(problem.linking.rows)
    counted = {"blocks": shape.blocks, "linking": rows}
    if method is Method.AUTO and shape.blocks < FEW_BLOCKS:
        if len(model.stages) > 1:
            return whole("stages", **counted)
        why = "few" if find_parts(problem) is None else "parts"
        if why == "few" and LEAST <= model.columns <= MOST and limits.gap >= SMALLEST_GAP:
            return whole("near", **counted)
        return RacingEngine(model, limits), Choice(Method.BY_SCHOOL, why, model.columns, **counted)
    if method is Method.AUTO and (rows > TIED or shape.largest > LUMP * model.columns):
        return whole("tied", **counted)
    why = "asked" if method is Method.BY_SCHOOL else "blocks"
    return engine, Choice(Method.BY_SCHOOL, why, model.columns, **counted)
