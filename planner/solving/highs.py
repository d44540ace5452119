"""PuLP as the modelling door: the only module that reads PuLP's (or HiGHS') status and values.

HiGHS is reached through :class:`~planner.solving.highs.BulkHighs`, and the proof (bound,
primal status) that PuLP leaves out is read here: PuLP calls a run "Optimal" whenever a time
limit ends it with any incumbent at all. Every other engine is reached through
:meth:`pulp.LpProblem.solve`.
"""

from __future__ import annotations

import contextlib
import gc
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from planner.errors import SolverError
from planner.formulation.model import Duals, Model
from planner.solving.parameters import settle_threads
from planner.solving.program import TOLERANCE, Program, highs_lp, silent_stdout
from planner.solving.solution import Limits, Outcome, Progress, Status, finite, proved
from planner.system.disk import beside, is_full
from planner.system.interrupts import kept_back
from planner.system.process import phase
from planner.vocabulary.axes import Floats, Ints

# --------------------------------------------------------------------------------------------------
# PuLP, imported whole: the only place that imports it.
#
# PuLP catches everything around its imports of engines, Ctrl-C included: pressed in that moment,
# HiGHS would count as not installed for as long as the process lives. So Ctrl-C is kept back.

with kept_back():
    import highspy  # noqa: F401 (first, so that a failure is told and not caught)
    import pulp
    from pulp import LpAffineExpression, LpConstraint

__all__ = ["LpAffineExpression", "LpConstraint", "pulp"]


# --------------------------------------------------------------------------------------------------
# The model as a PuLP problem, and its hand-over to HiGHS in one call.
#
# :class:`BulkHighs` is a subclass of PuLP's own wrapper that fills one ``HighsLp`` instead of
# adding columns and rows one by one.

SECOND = "low:"
"""Begins the name of the lower half of a row with two bounds."""
FREE = 1e30
"""What engines take for infinity: the bound of a row that has none."""


@contextlib.contextmanager
def paused_collector() -> Iterator[None]:
    """Millions of small objects are made and none is garbage: collecting costs half the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class BulkHighs(pulp.HiGHS):
    """PuLP's HiGHS with a bulk hand-over; keeps the engine's model warm between solves."""

    def buildSolverModel(self, lp: Any) -> None:  # noqa: N802 (PuLP's name)
        """Fills one ``HighsLp`` from the PuLP problem and passes it in one call."""
        import highspy

        columns = lp.planner_columns
        seconds = {name.removeprefix(SECOND): row for name, row in _seconds(lp)}
        named = [(name, r) for name, r in lp._constraints.items() if not name.startswith(SECOND)]
        rows = [row for _, row in named]
        index = {id(v): k for k, v in enumerate(columns)}
        counts = np.fromiter((len(r.expr) for r in rows), dtype=np.int64, count=len(rows))
        total = int(counts.sum())
        entries = (index[id(v)] for row in rows for v in row.expr)
        coefficients = (c for row in rows for c in row.expr.values())
        upper = [np.inf if v.upBound is None else v.upBound for v in columns]
        bounds = [_row_bounds(row, seconds.get(name)) for name, row in named]
        program = Program(
            np.array([v.lowBound for v in columns], dtype=np.float64),
            np.array(upper, dtype=np.float64),
            np.array([v.cat == pulp.LpInteger for v in columns], dtype=bool),
            np.array([b[0] for b in bounds], dtype=np.float64),
            np.array([b[1] for b in bounds], dtype=np.float64),
            np.repeat(np.arange(len(rows)), counts),
            np.fromiter(entries, dtype=np.int64, count=total),
            np.fromiter(coefficients, dtype=np.float64, count=total),
        )
        model = highs_lp(program, lp.planner_objective, mip=self.mip)
        if lp.solverModel.passModel(model) == highspy.HighsStatus.kError:
            raise SolverError("solver_rejected_model", "HiGHS")


def _seconds(problem: Any) -> list[tuple[str, Any]]:
    """The lower halves of rows with two bounds, by name."""
    return [(k, row) for k, row in problem._constraints.items() if k.startswith(SECOND)]


def _row_bounds(row: Any, second: Any = None) -> tuple[float, float]:
    """Both bounds of a row; ``second`` is its lower half, where it has two."""
    lower, upper = row.getLb() if second is None else second.getLb(), row.getUb()
    return (-np.inf if lower is None else lower, np.inf if upper is None else upper)


def row_duals(problem: pulp.LpProblem) -> Floats:
    """``[row]`` shadow prices; of a row with two bounds, that of the one that binds."""
    rows = problem._constraints
    duals = {name: row.pi or 0.0 for name, row in rows.items() if not name.startswith(SECOND)}
    for name, row in _seconds(problem):
        duals[name.removeprefix(SECOND)] += row.pi or 0.0
    return np.array(list(duals.values()))


@phase("hand-over")
def build_problem(model: Model, relax: bool = False) -> pulp.LpProblem:
    """The model as a PuLP problem: variables named by index, rows from (variable, coefficient)
    pairs; ``Model.row_label`` and ``column_label`` keep the readable names.

    PuLP's rows have one bound. One with two is split: ``r…`` holds the upper, ``SECOND + r…``
    the lower bound; HiGHS is given both as one row again.
    """
    problem = pulp.LpProblem("planner", pulp.LpMaximize)
    integer = np.zeros(model.columns, dtype=bool) if relax else model.integer
    kinds = np.where(integer, pulp.LpInteger, pulp.LpContinuous).tolist()
    bounds = zip(model.column_lower.tolist(), model.column_upper.tolist(), kinds, strict=True)
    with paused_collector():
        columns = [
            problem.add_variable(f"x{k:09d}", low, None if up == np.inf else up, kind)
            for k, (low, up, kind) in enumerate(bounds)
        ]
        problem.planner_columns = columns
        for k, (expression, lower, upper) in enumerate(_rows(model, columns)):
            problem.addConstraint(constraint(expression, lower, upper), row_name(k))
            if _has_two(lower, upper):
                bound_row(problem, k, lower, upper)
    return problem


def row_name(row: int) -> str:
    """PuLP's name of a model's row; in the order of the rows when sorted."""
    return f"r{row:09d}"


def _rows(model: Model, columns: list[Any]) -> Iterator[tuple[LpAffineExpression, float, float]]:
    counts = np.bincount(model.row_index, minlength=model.rows)
    stops = np.cumsum(counts).tolist()
    index, coefficient = model.column_index.tolist(), model.coefficient.tolist()
    bounds = zip(model.row_lower.tolist(), model.row_upper.tolist(), strict=True)
    start = 0
    for stop, (lower, upper) in zip(stops, bounds, strict=True):
        pairs = [(columns[index[e]], coefficient[e]) for e in range(start, stop)]
        yield LpAffineExpression(pairs), lower, upper
        start = stop


def _has_two(lower: float, upper: float) -> bool:
    """Whether a row has two bounds that differ, which one row of PuLP cannot hold."""
    return bool(np.isfinite(lower) and np.isfinite(upper) and lower != upper)


def constraint(expression: LpAffineExpression, lower: float, upper: float) -> Any:
    """One row of PuLP: equality, upper bound, or lower bound where there is no upper one.

    Of two bounds that differ it holds the upper; :func:`bound_row` adds the other.
    """
    if lower == upper:
        return LpConstraint(expression, pulp.LpConstraintEQ, rhs=upper)
    if np.isfinite(upper):
        return LpConstraint(expression, pulp.LpConstraintLE, rhs=upper)
    return LpConstraint(expression, pulp.LpConstraintGE, rhs=max(lower, -FREE))


def bound_row(problem: pulp.LpProblem, row: int, lower: float, upper: float) -> None:
    """Gives a row of the problem these bounds, whichever it had before."""
    name, rows = row_name(row), problem._constraints
    known = rows[name]
    new = constraint(known.expr, lower, upper)
    known.sense, known.constant, known.modified = new.sense, new.constant, True
    second = rows.get(SECOND + name)
    if not _has_two(lower, upper):
        if second is not None:
            del rows[SECOND + name]
    elif second is not None:
        second.constant = known.expr.constant - lower
    else:
        half = LpConstraint(known.expr.copy(), pulp.LpConstraintGE, rhs=lower)
        problem.addConstraint(half, SECOND + name)


# --------------------------------------------------------------------------------------------------
# Which engines PuLP finds on this machine.

SILENT = ("HiGHS", "PULP_CBC_CMD", "COIN_CMD")
"""Engines that print nothing when they are looked for."""


def engine_name(solver: str) -> str:
    """PuLP's name of an available engine; raises :class:`SolverError` when it is missing."""
    aliases = {"cbc": "PULP_CBC_CMD", "highs": "HiGHS"}
    with kept_back():  # PuLP looks for modules of engines here, and catches everything
        known = {name.casefold(): name for name in pulp.listSolvers()}
    name = known.get(aliases.get(solver.casefold(), solver).casefold())
    if name is None:
        raise SolverError("solver_unknown", f"{solver} ({', '.join(sorted(known.values()))})")
    try:
        with kept_back(), nullcontext() if name in SILENT else silent_stdout():
            available = bool(pulp.getSolver(name, msg=False).available())
    except Exception as error:
        raise SolverError("solver_missing", f"{name}: {error}") from error
    if not available:
        raise SolverError("solver_missing", name)
    return name


CBC = ("PULP_CBC_CMD", "COIN_CMD")
"""PuLP's names of CBC; their tolerances are set by options."""
EARLY = 0.5
"""Part of the time limit before which an engine that knows nothing was not stopped by it."""
EVERY = 2**31 - 1
"""Branch-and-bound nodes for no limit of work."""
LARGE_LP = 200_000
"""Columns from which an LP goes to the interior-point method: at 800 schools simplex took 150 s,
interior point 12 s."""

ProgressSink = Callable[[Progress], None]


class Engine:
    """A model held by an engine; objectives, kept stages and money bounds change in place."""

    begins = True
    """Whether a solve can begin from a plan."""

    def __init__(self, model: Model, limits: Limits, *, relax: bool = False) -> None:
        self.model = model
        self.limits = limits
        self.relax = relax or not model.integer.any()
        self.problem = build_problem(model, relax)
        self.stop: Callable[[], bool] = lambda: False
        self.kept: list[tuple[Ints, Floats, float]] = []
        self.upper = model.column_upper.copy()
        self.row_lower, self.row_upper = model.row_lower.copy(), model.row_upper.copy()
        self.target = np.inf
        self.nodes = EVERY

    def keep(self, columns: Ints, coefficients: Floats, lower: float) -> None:
        """A row that keeps what a stage achieved: Σ coefficient × column ≥ lower."""
        known = self.problem.planner_columns
        pairs = [
            (known[k], c) for k, c in zip(columns.tolist(), coefficients.tolist(), strict=True)
        ]
        row = constraint(LpAffineExpression(pairs), lower, np.inf)
        self.problem.addConstraint(row, f"k{len(self.kept):09d}")
        self.kept.append((columns, coefficients, lower))

    def forget(self) -> None:
        """Drops every kept row, so that the stages can start anew."""
        for number in range(len(self.kept)):
            del self.problem._constraints[f"k{number:09d}"]
        self.kept.clear()

    def set_upper(self, columns: Ints, upper: Floats) -> None:
        """Moves the upper bounds of some columns (the money that may be carried over)."""
        self.upper[columns] = upper
        known = self.problem.planner_columns
        for k, high in zip(columns.tolist(), upper.tolist(), strict=True):
            known[k].upBound = None if high == np.inf else high

    def set_row_upper(self, row: int, upper: float) -> None:
        """Moves the upper bound of a row (a fund's money)."""
        self.row_upper[row] = upper
        bound_row(self.problem, row, float(self.row_lower[row]), upper)

    def set_row_lower(self, row: int, lower: float) -> None:
        """Moves the lower bound of a row (a floor)."""
        self.row_lower[row] = lower
        bound_row(self.problem, row, lower, float(self.row_upper[row]))

    def set_lower(self, lower: Floats) -> None:
        """Moves the lower bounds of all columns."""
        for variable, low in zip(self.problem.planner_columns, lower.tolist(), strict=True):
            variable.lowBound = low

    def undecided(self) -> Outcome | None:
        """The outcome of a model without a column: its rows ask of nothing what they ask, so
        that there is a (bare) plan or, proven, none. ``None`` where there is something to decide.
        """
        if self.model.columns:
            return None
        floors = [lower for _, _, lower in self.kept]
        lower = np.concatenate([self.row_lower, floors])
        if (lower > TOLERANCE).any() or (self.row_upper < -TOLERANCE).any():
            return Outcome(Status.INFEASIBLE)
        none = np.zeros(0)
        return Outcome(Status.OPTIMAL, 0.0, 0.0, none, self._priced(np.zeros(len(lower)), none))

    def _priced(self, rows: Floats, columns: Floats) -> Duals | None:
        """Shadow prices as those of this engine's model; whole decisions have none."""
        return Duals.on(self.model, rows, columns) if self.relax else None

    def close(self) -> None:
        """Gives back what outlives a solve (worker processes); an engine alone has nothing."""

    def solve(
        self,
        objective: Floats,
        limits: Limits,
        *,
        start: Floats | None = None,
        progress: ProgressSink | None = None,
        stage: str = "value",
    ) -> Outcome:
        """Maximises ``objective``; see the engines."""
        raise NotImplementedError


class HighsEngine(Engine):
    """HiGHS through PuLP, warm between solves, with the proof it can give."""

    def __init__(self, model: Model, limits: Limits, *, relax: bool = False) -> None:
        super().__init__(model, limits, relax=relax)
        self.mip = not self.relax
        self.highs: Any = None

    @phase("hand-over")
    def _hand_over(self, objective: Floats) -> None:
        options = {
            "primal_feasibility_tolerance": TOLERANCE,
            "dual_feasibility_tolerance": TOLERANCE,
            "mip_feasibility_tolerance": TOLERANCE,
        }
        solver = BulkHighs(msg=False, mip=self.mip, threads=self.limits.threads, **options)
        self.problem.planner_objective = objective
        solver.createAndConfigureSolver(self.problem)
        with paused_collector():
            solver.buildSolverModel(self.problem)
        self.highs = self.problem.solverModel
        if self.relax and self.model.columns > LARGE_LP:
            self.highs.setOptionValue("solver", "ipm")

    def keep(self, columns: Ints, coefficients: Floats, lower: float) -> None:
        """See :meth:`Engine.keep`."""
        super().keep(columns, coefficients, lower)
        if self.highs is not None:
            self.highs.addRow(lower, np.inf, len(columns), columns.astype(np.int32), coefficients)

    def set_lower(self, lower: Floats) -> None:
        """See :meth:`Engine.set_lower`."""
        super().set_lower(lower)
        if self.highs is not None:
            index = np.arange(len(lower), dtype=np.int32)
            self.highs.changeColsBounds(len(lower), index, lower, self.upper)

    def forget(self) -> None:
        """See :meth:`Engine.forget`."""
        if self.highs is not None and self.kept:
            rows = self.model.rows + np.arange(len(self.kept), dtype=np.int32)
            self.highs.deleteRows(len(rows), rows.astype(np.int32))
        super().forget()

    def set_upper(self, columns: Ints, upper: Floats) -> None:
        """See :meth:`Engine.set_upper`."""
        super().set_upper(columns, upper)
        if self.highs is not None and len(columns):
            lower = self.model.column_lower[columns]
            self.highs.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)

    def set_row_lower(self, row: int, lower: float) -> None:
        """See :meth:`Engine.set_row_lower`."""
        super().set_row_lower(row, lower)
        if self.highs is not None:
            self.highs.changeRowBounds(row, lower, float(self.row_upper[row]))

    def set_row_upper(self, row: int, upper: float) -> None:
        """See :meth:`Engine.set_row_upper`."""
        super().set_row_upper(row, upper)
        if self.highs is not None:
            lower = float(self.row_lower[row])
            self.highs.changeRowBounds(row, lower, upper)

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
        bare = self.undecided()
        if bare is not None:  # HiGHS calls an empty model optimal whatever its rows ask
            return bare
        settle_threads(self.limits.threads)
        if self.highs is None:
            self._hand_over(objective)
        else:
            index = np.arange(self.model.columns, dtype=np.int32)
            self.highs.changeColsCost(len(index), index, objective)
        self.highs.setOptionValue("mip_rel_gap", float(limits.gap))
        self.highs.setOptionValue("mip_abs_gap", 0.0 if limits.gap == 0 else 1e-9)
        self.highs.setOptionValue("time_limit", max(limits.time_limit, 0.01))
        self.highs.setOptionValue("objective_target", float(self.target))
        self.highs.setOptionValue("mip_max_nodes", self.nodes)
        self.highs.setOptionValue("solve_relaxation", self.mip and self.relax)
        if start is not None and not self.relax:
            import highspy

            solution = highspy.HighsSolution()
            solution.col_value = start.tolist()
            self.highs.setSolution(solution)
        began = time.perf_counter()
        self._listen(progress, stage, began)
        self._run()
        return self._outcome(objective, limits, time.perf_counter() - began)

    def _run(self) -> None:
        """One run; another from nothing where a kept basis led the engine nowhere (it then
        says ``kNotset``)."""
        import highspy

        self.highs.run()
        if self.highs.getModelStatus() == highspy.HighsModelStatus.kNotset:
            self.highs.clearSolver()
            self.highs.run()

    def _listen(self, progress: ProgressSink | None, stage: str, began: float) -> None:
        """Progress lines and Ctrl-C through the engine's own callbacks."""
        import highspy

        kinds = highspy.cb.HighsCallbackType

        def heard(kind: Any, _message: str, out: Any, answer: Any, _data: Any) -> None:
            if kind == kinds.kCallbackMipLogging:
                if progress is not None:
                    value, bound = out.mip_primal_bound, out.mip_dual_bound
                    seconds = time.perf_counter() - began
                    progress(Progress(stage, seconds, finite(value), finite(bound)))
            elif self.stop():
                answer.user_interrupt = True

        # without its log switched on (to nowhere) the engine tells nobody of its progress
        self.highs.setOptionValue("log_to_console", False)
        self.highs.setOptionValue("output_flag", progress is not None)
        self.highs.setCallback(heard, None)
        for kind in (
            kinds.kCallbackMipLogging,
            kinds.kCallbackMipInterrupt,
            kinds.kCallbackSimplexInterrupt,
            kinds.kCallbackIpmInterrupt,
        ):
            self.highs.startCallback(kind)

    def _outcome(self, objective: Floats, limits: Limits, seconds: float) -> Outcome:
        import highspy

        ended, info = self.highs.getModelStatus(), self.highs.getInfo()
        statuses = highspy.HighsModelStatus
        if ended in (statuses.kInfeasible, statuses.kUnbounded, statuses.kUnboundedOrInfeasible):
            return Outcome(self._which(ended), seconds=seconds)
        limits_hit = (
            statuses.kTimeLimit,
            statuses.kInterrupt,
            statuses.kIterationLimit,
            statuses.kSolutionLimit,
            statuses.kObjectiveTarget,
            statuses.kHighsInterrupt if hasattr(statuses, "kHighsInterrupt") else None,
        )
        if ended not in (statuses.kOptimal, statuses.kModelEmpty, *limits_hit):
            raise SolverError("solver_failed", f"HiGHS: {ended.name}")
        feasible = info.primal_solution_status == int(
            highspy.SolutionStatus.kSolutionStatusFeasible
        )
        proven = ended in (statuses.kOptimal, statuses.kModelEmpty)
        if not (feasible or proven) or (self.relax and not proven):
            return Outcome(Status.NO_PLAN, seconds=seconds)
        solution = self.highs.getSolution()
        columns = np.array(solution.col_value, dtype=np.float64)
        value = float(objective @ columns)
        bound = value if self.relax else float(info.mip_dual_bound)
        bound = max(bound, value)
        duals = self._priced(np.array(solution.row_dual), np.array(solution.col_dual))
        status = proved(value, bound, proven, limits.gap)
        return Outcome(status, value, bound, columns, duals, seconds)

    def _which(self, ended: Any) -> Status:
        """Infeasible or unbounded, settled by a run without an objective where need be."""
        import highspy

        statuses = highspy.HighsModelStatus
        if ended == statuses.kInfeasible:
            return Status.INFEASIBLE
        index = np.arange(self.model.columns, dtype=np.int32)
        self.highs.changeColsCost(len(index), index, np.zeros(len(index)))
        self.highs.run()
        infeasible = self.highs.getModelStatus() == statuses.kInfeasible
        return Status.INFEASIBLE if infeasible else Status.UNBOUNDED


class PulpEngine(Engine):
    """Any engine that PuLP finds (``--solver PULP_CBC_CMD``, ``COIN_CMD``, ``GUROBI`` …)."""

    begins = False

    def __init__(
        self, model: Model, limits: Limits, *, relax: bool = False, solver: str = "PULP_CBC_CMD"
    ) -> None:
        super().__init__(model, limits, relax=relax)
        self.name = engine_name(solver)

    def _run(self, objective: Floats, limits: Limits, mip: bool) -> int:
        known = self.problem.planner_columns
        pairs = [(v, c) for v, c in zip(known, objective.tolist(), strict=True) if c]
        self.problem.setObjective(LpAffineExpression(pairs or [(known[0], 0.0)]))
        # engines differ in what they divide a gap by; asked like this, (bound − value) ÷ value
        # is at most the gap whether it was the bound or the value
        gap = limits.gap / (1 + limits.gap)
        wanted: dict[str, Any] = {
            "mip": mip,
            "msg": False,
            "timeLimit": limits.time_limit,
            "gapRel": gap,
        }
        if self.name in CBC:
            wanted["options"] = [f"primalTolerance {TOLERANCE}", f"integerTolerance {TOLERANCE}"]
        if limits.threads:
            wanted["threads"] = limits.threads
        try:
            engine = pulp.getSolver(self.name, **wanted)
            quiet = nullcontext() if self.name in CBC else silent_stdout()
            with quiet, beside(Path(tempfile.gettempdir()), "planner-engine-") as place:
                engine.tmpDir = str(place)  # its files go, now or with the next run
                self.problem.solve(engine)
        except (pulp.PulpSolverError, pulp.PulpError, OSError) as error:
            if isinstance(error, OSError) and is_full(error):
                error.filename = tempfile.gettempdir()
                raise
            raise SolverError("solver_failed", f"{self.name}: {error}") from error
        return int(self.problem.sol_status)

    def solve(
        self,
        objective: Floats,
        limits: Limits,
        *,
        start: Floats | None = None,
        progress: ProgressSink | None = None,
        stage: str = "value",
    ) -> Outcome:
        """Maximises ``objective``; only PuLP's ``sol_status`` is believed.

        PuLP passes no bound on: at a proven end it follows from the gap that was asked for,
        after a limit the linear relaxation gives one.
        """
        bare = self.undecided()
        if bare is not None:
            return bare
        began = time.perf_counter()
        proof = self._run(objective, limits, mip=not self.relax)
        seconds = time.perf_counter() - began
        if proof == pulp.LpSolutionInfeasible:
            return Outcome(Status.INFEASIBLE, seconds=seconds)
        if proof == pulp.LpSolutionUnbounded:
            return Outcome(Status.UNBOUNDED, seconds=seconds)
        if proof not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
            if seconds < EARLY * limits.time_limit:
                return self._handed_over(objective, limits, began)
            return Outcome(Status.NO_PLAN, seconds=seconds)
        columns = self._values()
        value = float(objective @ columns)
        proven = proof == pulp.LpSolutionOptimal
        if proven:
            bound = value + (0.0 if self.relax else limits.gap) * abs(value)
        else:
            self._run(objective, limits, mip=False)
            bound = float(objective @ self._values())
        duals = row_duals(self.problem)
        reduced = np.array([v.dj or 0.0 for v in self.problem.planner_columns])
        status = proved(value, max(bound, value), proven, limits.gap)
        prices = self._priced(duals, reduced)
        return Outcome(status, value, max(bound, value), columns, prices, seconds)

    def _handed_over(self, objective: Floats, limits: Limits, began: float) -> Outcome:
        """What HiGHS proves of a problem that this engine gave up before its time was over.

        More time would not help. CBC's "integer infeasible", which may mean unbounded too, comes
        from PuLP as no solution at all.
        """
        lower = [v.lowBound for v in self.problem.planner_columns]
        model = replace(
            self.model,
            column_lower=np.array(lower, dtype=np.float64),
            column_upper=self.upper,
            row_lower=self.row_lower,
            row_upper=self.row_upper,
        )
        left = max(limits.time_limit - (time.perf_counter() - began), 0.05)
        engine = HighsEngine(model, self.limits, relax=self.relax)
        for columns, coefficients, floor in self.kept:
            engine.keep(columns, coefficients, floor)
        found = engine.solve(objective, replace(limits, time_limit=left))
        return replace(found, seconds=time.perf_counter() - began)

    def _values(self) -> Floats:
        low = self.model.column_lower
        known = self.problem.planner_columns
        return np.array([low[k] if v.varValue is None else v.varValue for k, v in enumerate(known)])


def make_engine(
    model: Model, limits: Limits, *, solver: str = "HiGHS", relax: bool = False
) -> Engine:
    """An engine for the model; HiGHS keeps warm, others are called afresh each time."""
    if engine_name(solver) == "HiGHS":
        return HighsEngine(model, limits, relax=relax)
    return PulpEngine(model, limits, relax=relax, solver=solver)
