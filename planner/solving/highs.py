"""PuLP as the modelling door: the only module that reads PuLP's (or HiGHS') status and values.

HiGHS is reached through :class:`~planner.solving.highs.BulkHighs`, and the proof (bound,
primal status) that PuLP leaves out is read here: PuLP calls a run "Optimal" whenever a time
limit ends it with any incumbent at all. Every other engine is reached through
:meth:`pulp.LpProblem.solve`.
"""

from __future__ import annotations

import contextlib
import gc
import gzip
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import SolverError
from planner.formulation.build import formulate
from planner.formulation.model import Duals, Model, legal_names
from planner.scenario.load import load
from planner.scenario.scenario import Scenario
from planner.solving import parameters
from planner.solving.program import (
    TOLERANCES,
    Cut,
    Program,
    Restrictions,
    changed,
    highs_lp,
    interrupts,
    listen,
    set_costs,
    set_start,
    settle_threads,
    values,
)
from planner.solving.solution import (
    Limits,
    Outcome,
    Progress,
    Sink,
    Status,
    Stop,
    finite,
    proved,
    stoppable,
)
from planner.system.disk import beside, is_full, refusals_as_findings, write_file
from planner.system.process import kept_back, phase
from planner.vocabulary.axes import Floats, Ints

# --------------------------------------------------------------------------------------------------
# PuLP, imported whole: the only place that imports it.
#
# PuLP catches everything around its imports of engines, Ctrl-C included: pressed in that moment,
# HiGHS would count as not installed for as long as the process lives. So Ctrl-C is kept back.

with kept_back():
    import highspy  # (first, so that a failure is told and not caught)
    import pulp
    from pulp import LpAffineExpression, LpConstraint

# --------------------------------------------------------------------------------------------------
# What engines print in C stays away from stdout, which belongs to our result.
#
# Some that PuLP loads into this process greet on file descriptor 1. It belongs to all threads: a
# line that another one writes meanwhile would be lost. So it is taken away only where no other
# thread runs; beside others such an engine is heard.


@contextlib.contextmanager
def silent_stdout() -> Iterator[None]:
    """Points file descriptor 1 to nowhere for a while, where nobody else can be writing to it."""
    saved = _taken() if threading.active_count() == 1 else None
    try:
        yield
    finally:
        if saved is not None:
            os.dup2(saved, 1)
            os.close(saved)


def _taken() -> int | None:
    """Takes stdout away; the descriptor that it goes back to, none where there is no stdout."""
    try:
        sys.stdout.flush()
        saved = os.dup(1)
    except (OSError, ValueError, AttributeError):
        return None
    with open(os.devnull, "wb") as sink:
        os.dup2(sink.fileno(), 1)
    return saved


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
        lower = [r.getLb() if name not in seconds else seconds[name].getLb() for name, r in named]
        most = [r.getUb() for r in rows]
        program = Program(
            np.array([v.lowBound for v in columns], dtype=np.float64),
            np.array(upper, dtype=np.float64),
            np.array([v.cat == pulp.LpInteger for v in columns], dtype=bool),
            np.array([-np.inf if bound is None else bound for bound in lower], dtype=np.float64),
            np.array([np.inf if bound is None else bound for bound in most], dtype=np.float64),
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


def row_duals(problem: pulp.LpProblem) -> Floats:
    """``[row]`` shadow prices; of a row with two bounds, that of the one that binds."""
    rows = problem._constraints
    duals = {name: row.pi or 0.0 for name, row in rows.items() if not name.startswith(SECOND)}
    for name, row in _seconds(problem):
        duals[name.removeprefix(SECOND)] += row.pi or 0.0
    return np.array(list(duals.values()))


@phase("hand-over")
def build_problem(
    model: Model,
    now: Restrictions,
    relax: bool = False,
    names: tuple[Sequence[str], Sequence[str]] | None = None,
) -> pulp.LpProblem:
    """The model under its restrictions of now as a PuLP problem: rows from (variable, coefficient)
    pairs, variables and rows named by index, or by ``names`` (of columns, of rows).

    PuLP's rows have one bound. One with two is split: ``r…`` holds the upper, ``SECOND + r…``
    the lower bound (``….low`` beside names); HiGHS is given both as one row again.
    """
    problem = pulp.LpProblem("planner", pulp.LpMaximize)
    integer = np.zeros(model.columns, dtype=bool) if relax else model.integer
    kinds = np.where(integer, pulp.LpInteger, pulp.LpContinuous).tolist()
    ends = zip(now.lower.tolist(), now.upper.tolist(), kinds, strict=True)
    stops = np.cumsum(np.bincount(model.row_index, minlength=model.rows)).tolist()
    index, coefficient = model.column_index.tolist(), model.coefficient.tolist()
    bounds = zip(now.row_lower.tolist(), now.row_upper.tolist(), strict=True)
    with paused_collector():
        columns = [
            problem.add_variable(
                f"x{k:09d}" if names is None else names[0][k],
                low,
                None if up == np.inf else up,
                kind,
            )
            for k, (low, up, kind) in enumerate(ends)
        ]
        problem.planner_columns = columns
        start = 0
        for k, (stop, (lower, upper)) in enumerate(zip(stops, bounds, strict=True)):
            pairs = [(columns[index[e]], coefficient[e]) for e in range(start, stop)]
            expression, start = LpAffineExpression(pairs), stop
            name = f"r{k:09d}" if names is None else names[1][k]
            if lower == upper:
                row = LpConstraint(expression, pulp.LpConstraintEQ, rhs=upper)
            elif np.isfinite(upper):
                row = LpConstraint(expression, pulp.LpConstraintLE, rhs=upper)
            else:
                row = LpConstraint(expression, pulp.LpConstraintGE, rhs=max(lower, -FREE))
            problem.addConstraint(row, name)
            if np.isfinite(lower) and np.isfinite(upper) and lower != upper:
                half = LpConstraint(expression.copy(), pulp.LpConstraintGE, rhs=lower)
                problem.addConstraint(half, SECOND + name if names is None else f"{name}.low")
        for k, cut in enumerate(now.cuts):
            terms = zip(cut.columns.tolist(), cut.coefficients.tolist(), strict=True)
            expression = LpAffineExpression([(columns[at], c) for at, c in terms])
            row = LpConstraint(expression, pulp.LpConstraintGE, rhs=max(cut.lower, -FREE))
            problem.addConstraint(row, f"k{k:09d}")
    return problem


# --------------------------------------------------------------------------------------------------
# The model for study elsewhere: files that other engines read, and a PuLP problem.

FORMATS = (".lp", ".mps", ".mps.gz")


@dataclass(frozen=True)
class Exported:
    """A model that stands in a file."""

    path: Path
    names: pd.DataFrame
    """A row a row and a column of the model: kind (``row``, ``column``), written (its name in the
    file), name (the product's own, as in ``rules.csv`` and shadow prices)."""


def _study(
    scenario: Scenario | str | Path, stage: str | None, implied: bool
) -> tuple[Model, Floats]:
    """The model of a scenario, and the points of a stage."""
    known = load(scenario) if isinstance(scenario, (str, Path)) else scenario
    model = formulate(known, implied=implied).model
    asked = model.stages[0] if stage is None else stage
    if asked not in model.stages:
        raise ValueError(f"stages are {', '.join(model.stages)}; got: {stage}")
    return model, model.stage_values[model.stages.index(asked)]


@stoppable
def export(
    scenario: Scenario | str | Path,
    path: str | Path,
    *,
    implied: bool = True,
    stage: str | None = None,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> Exported:
    """Writes the model of a scenario as an LP or MPS file, under its own names of rows and columns.

    To be maximised, in points; money in the model's unit (a power of ten of minor units). What an
    engine finds in it is not rounded to whole money and not audited: never a plan to sign.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A loaded scenario or a path; of one with futures what it is without them (each of
        ``scenario.cases`` is a scenario, too).
    path : str or Path
        Ends with ``.lp``, ``.mps`` or ``.mps.gz``; a file there is replaced, as a whole.
    implied : bool, default True
        With the rows that follow from the others for whole decisions and tighten the relaxation.
    stage : str, optional
        Of a scenario in stages (``strict``, ``maxmin``): whose points are the objective; default:
        the first. What earlier stages reached is not kept.
    progress, stop, lang
        As for :func:`planner.load`.

    Returns
    -------
    Exported
        ``path``, and ``names``: how each row and column is called in the file. Brackets become
        parentheses, letters lose their marks, other signs become ``_``, so that CPLEX, Gurobi, CBC,
        GLPK and HiGHS read them.

    Raises
    ------
    ValueError
        The suffix is another one, or the scenario has no such stage.
    InputError
        The scenario cannot be used, or the file cannot be written.

    Examples
    --------
    >>> import planner, tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     made = planner.export("scenarios/three-schools", f"{place}/three.lp")
    ...     made.path.read_text().splitlines()[1]
    'maximize'
    >>> made.names.iloc[0].tolist()
    ['column', 'buy(A,lab,district,2025)', 'buy[A,lab,district,2025]']
    """
    target = Path(path)
    ending = next((e for e in reversed(FORMATS) if target.name.lower().endswith(e)), None)
    if ending is None:
        raise ValueError(f"a model is written as {', '.join(FORMATS)}; got: {target.name}")
    model, points = _study(scenario, stage, implied)
    labels = model.column_labels(), model.row_labels()
    columns, rows = map(legal_names, labels)
    lp = highs_lp(Restrictions.of(model).program(model), points, mip=True)
    lp.col_names_, lp.row_names_, lp.model_name_ = columns, rows, "planner"
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.passModel(lp)
    plain = ".mps" if ending == ".mps.gz" else ending
    with refusals_as_findings(), beside(Path(tempfile.gettempdir()), "planner-export-") as place:
        if highs.writeModel(str(place / f"model{plain}")) == highspy.HighsStatus.kError:
            raise SolverError("solver_failed", "HiGHS: writeModel")
        body = (place / f"model{plain}").read_bytes()
        body = body if plain == ".mps" else _portable(body.decode()).encode()
        write_file(target, gzip.compress(body, mtime=0) if ending == ".mps.gz" else body)
    told = [("column", *pair) for pair in zip(columns, labels[0], strict=True)]
    told += [("row", *pair) for pair in zip(rows, labels[1], strict=True)]
    return Exported(target, pd.DataFrame(told, columns=["kind", "written", "name"], dtype="str"))


LINE = 250
"""Characters of a line that every reader of LP files takes."""


def _portable(text: str) -> str:
    """An LP file of HiGHS without empty sections, with their full names and short lines, as other
    readers want it."""
    text = re.sub(r"\n(?:bin|gen|semi)(?=\n(?:gen|semi|end)\n)", "", text)
    text = text.replace("\nst\n", "\nsubject to\n", 1).replace("\nmax\n", "\nmaximize\n", 1)
    text = text.replace("\nbin\n", "\nbinaries\n", 1).replace("\ngen\n", "\ngenerals\n", 1)
    lines = []
    for line in text.splitlines():
        short = len(line) <= LINE
        # A line goes on before any word; names hold no space.
        lines += [line] if short else wrap(
            line, LINE, break_long_words=False, break_on_hyphens=False, subsequent_indent=" "
        )  # fmt: skip
    return "\n".join(lines) + "\n"


@stoppable
def problem(
    scenario: Scenario | str | Path,
    *,
    implied: bool = True,
    stage: str | None = None,
    relax: bool = False,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> pulp.LpProblem:
    """The model of a scenario as a PuLP problem, to which rows of one's own may be added for study.

    Never a plan to sign: what PuLP finds is not rounded to whole money, not audited, and knows rows
    that no scenario states. A rule that is to hold in a plan belongs into the scenario.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A loaded scenario or a path.
    implied, stage
        As for :func:`planner.export`.
    relax : bool, default False
        Without the demand for whole decisions.
    progress, stop, lang
        As for :func:`planner.load`.

    Returns
    -------
    pulp.LpProblem
        To be maximised, in points. ``variablesDict()`` and ``get_constraint_by_name`` go by the
        names that :func:`planner.export` writes; a row with two bounds is two constraints, ``name``
        and ``name.low``.

    Examples
    --------
    >>> import planner, pulp
    >>> study = planner.problem("scenarios/three-schools")
    >>> status = study.solve(pulp.HiGHS(msg=False))
    >>> round(study.objective.value(), 2)
    8633.33
    >>> bought = [v for v in study.variables() if v.name.startswith("buy(A,")]
    >>> study += pulp.lpSum(bought) <= 2, "no_more_than_two_at_A"
    >>> status = study.solve(pulp.HiGHS(msg=False))
    >>> round(study.objective.value(), 2)
    6500.0
    """
    model, points = _study(scenario, stage, implied)
    names = legal_names(model.column_labels()), legal_names(model.row_labels())
    found = build_problem(model, Restrictions.of(model), relax, names)
    terms = [(v, c) for v, c in zip(found.planner_columns, points.tolist(), strict=True) if c]
    found.setObjective(LpAffineExpression(terms))
    return found


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
UNLIMITED = 2**31 - 1
"""Branch-and-bound nodes, or plans, for no limit of work."""

ProgressSink = Sink


@dataclass(frozen=True, eq=False)
class Task:
    """What one solve is asked for; ``start``: a feasible assignment to begin from."""

    objective: Floats
    limits: Limits
    start: Floats | None = None
    progress: ProgressSink | None = None
    stage: str = "value"
    began: float = field(default_factory=time.perf_counter)

    def seconds(self) -> float:
        """Seconds since it began."""
        return time.perf_counter() - self.began

    def left(self) -> Limits:
        """The limits with the time that is left."""
        left = max(self.limits.time_limit - self.seconds(), parameters.SHORTEST)
        return replace(self.limits, time_limit=left)

    def report(self, value: float, bound: float) -> None:
        """A line of progress."""
        if self.progress is not None:
            self.progress(Progress(self.stage, self.seconds(), finite(value), finite(bound)))


class Engine:
    """A model that is solved for one objective after another, under restrictions that change.

    ``restrictions`` are bounds and cuts of now, replaced and never written into; each engine
    compares them with what it holds when it is asked to solve.
    """

    begins = True
    """Whether a solve can begin from a plan."""

    def __init__(self, model: Model, limits: Limits, *, relax: bool = False) -> None:
        self.model = model
        self.limits = limits
        self.relax = relax or not model.integer.any()
        self.restrictions = Restrictions.of(model)
        self.stop: Callable[[], bool] = lambda: False

    def keep(self, cut: Cut) -> None:
        """Adds a cut, such as a row that keeps what a stage achieved."""
        now = self.restrictions
        self.restrictions = replace(now, cuts=(*now.cuts, cut))

    def forget(self) -> None:
        """Drops every cut, so that the stages can start anew."""
        if self.restrictions.cuts:
            self.restrictions = replace(self.restrictions, cuts=())

    def set_upper(self, columns: Ints, upper: Floats) -> None:
        """Moves the upper bounds of some columns (the money that may be carried over)."""
        now = self.restrictions
        self.restrictions = replace(now, upper=changed(now.upper, columns, upper))

    def set_lower(self, lower: Floats) -> None:
        """Moves the lower bounds of all columns."""
        self.restrictions = replace(self.restrictions, lower=lower.copy())

    def set_row_upper(self, row: int, upper: float) -> None:
        """Moves the upper bound of a row (a fund's money)."""
        now = self.restrictions
        self.restrictions = replace(now, row_upper=changed(now.row_upper, row, upper))

    def set_row_lower(self, row: int, lower: float) -> None:
        """Moves the lower bound of a row (a floor)."""
        now = self.restrictions
        self.restrictions = replace(now, row_lower=changed(now.row_lower, row, lower))

    def undecided(self) -> Outcome | None:
        """The outcome of a model without a column: its rows ask of nothing what they ask, so
        that there is a (bare) plan or, proven, none. ``None`` where there is something to decide.
        """
        if self.model.columns:
            return None
        now = self.restrictions
        lower = np.concatenate([now.row_lower, [cut.lower for cut in now.cuts]])
        least, most = parameters.TOLERANCE, -parameters.TOLERANCE
        if (lower > least).any() or (now.row_upper < most).any():
            return Outcome(Status.INFEASIBLE)
        none = np.zeros(0)
        return Outcome(Status.OPTIMAL, 0.0, 0.0, none, self._duals(np.zeros(len(lower)), none))

    def _duals(self, rows: Floats, columns: Floats) -> Duals | None:
        """Shadow prices as those of this engine's model; whole decisions have none."""
        return Duals.on(self.model, rows, columns) if self.relax else None

    def cool(self) -> None:
        """Forgets where the last solve ended, which the next would begin from."""

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
        """Maximises ``objective``; ``start`` is a feasible assignment to begin from."""
        # engines call an empty model optimal whatever its rows ask
        task = Task(objective, limits, start, progress, stage)
        return self.undecided() or self.run(task)

    def run(self, task: Task) -> Outcome:
        """Does a task of a model that has columns; each engine in its own way."""
        raise NotImplementedError


class HighsEngine(Engine):
    """HiGHS through PuLP, warm between solves, with the proof it can give."""

    def __init__(self, model: Model, limits: Limits, *, relax: bool = False) -> None:
        super().__init__(model, limits, relax=relax)
        self.mip = not self.relax
        self.highs: Any = None
        self.held, self.given = self.restrictions, model

    def cool(self) -> None:
        """See :meth:`Engine.cool`."""
        if self.highs is not None:
            self.highs.clearSolver()

    @phase("hand-over")
    def _hand_over(self, objective: Floats) -> None:
        """The model as it stands, given to a new HiGHS."""
        problem = build_problem(self.model, self.restrictions, relax=not self.mip)
        problem.planner_objective = objective
        options = dict.fromkeys(TOLERANCES, parameters.TOLERANCE)
        solver = BulkHighs(msg=False, mip=self.mip, threads=self.limits.threads, **options)
        solver.createAndConfigureSolver(problem)
        with paused_collector():
            solver.buildSolverModel(problem)
        self.highs, self.given = problem.solverModel, self.model
        if self.relax and self.model.columns > parameters.INTERIOR_POINT_FROM:
            self.highs.setOptionValue("solver", "ipm")

    def _reweigh(self) -> None:
        """Tells HiGHS in which coefficients its model differs from that of now."""
        places, values = [], []
        for model in (self.given, self.model):
            row = model.row_index.astype(np.int64)
            places.append(row * model.columns + model.column_index)
            values.append(model.coefficient)
        every = np.union1d(*places)
        old, new = np.zeros(len(every)), np.zeros(len(every))
        old[np.searchsorted(every, places[0])] = values[0]
        new[np.searchsorted(every, places[1])] = values[1]
        moved = np.flatnonzero(old != new)
        rows, columns = np.divmod(every[moved], self.model.columns)
        for row, column, value in zip(
            rows.tolist(), columns.tolist(), new[moved].tolist(), strict=True
        ):
            self.highs.changeCoeff(row, column, value)

    def _move(self) -> None:
        """Tells HiGHS in which bounds and cuts its model differs from the restrictions of now."""
        held, now, highs = self.held, self.restrictions, self.highs
        differ = (held.lower != now.lower) | (held.upper != now.upper)
        columns = np.flatnonzero(differ).astype(np.int32)
        if len(columns):
            highs.changeColsBounds(len(columns), columns, now.lower[columns], now.upper[columns])
        differ = (held.row_lower != now.row_lower) | (held.row_upper != now.row_upper)
        for row in np.flatnonzero(differ).tolist():
            highs.changeRowBounds(row, float(now.row_lower[row]), float(now.row_upper[row]))
        pairs = zip(held.cuts, now.cuts, strict=False)
        common = sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1], pairs))
        dropped = np.arange(common, len(held.cuts), dtype=np.int32) + self.model.rows
        if len(dropped):
            highs.deleteRows(len(dropped), dropped.astype(np.int32))
        for cut in now.cuts[common:]:
            index = cut.columns.astype(np.int32)
            highs.addRow(cut.lower, np.inf, len(index), index, cut.coefficients)

    def run(self, task: Task) -> Outcome:
        """One run of HiGHS, warm from the one before."""
        objective, limits = task.objective, task.limits
        settle_threads(self.limits.threads)
        if self.highs is None:
            self._hand_over(objective)
        else:
            if self.given.coefficient is not self.model.coefficient:
                self._reweigh()
            if self.held is not self.restrictions:
                self._move()
            set_costs(self.highs, objective)
        self.held, self.given = self.restrictions, self.model
        nodes = UNLIMITED if limits.nodes is None else limits.nodes
        plans = UNLIMITED if limits.plans is None else limits.plans
        self.highs.setOptionValue("mip_rel_gap", float(limits.gap))
        self.highs.setOptionValue("mip_abs_gap", 0.0 if limits.gap == 0 else 1e-9)
        self.highs.setOptionValue("time_limit", max(limits.time_limit, 0.01))
        self.highs.setOptionValue("objective_target", float(limits.target))
        self.highs.setOptionValue("mip_max_nodes", nodes)
        self.highs.setOptionValue("mip_max_improving_sols", plans)
        self.highs.setOptionValue("solve_relaxation", self.mip and self.relax)
        if task.start is not None and not self.relax:
            set_start(self.highs, task.start)
        task = replace(task, began=time.perf_counter())
        self._listen(task)
        self.highs.run()
        if self.highs.getModelStatus() == highspy.HighsModelStatus.kNotset:
            self.highs.clearSolver()  # a kept basis led the engine nowhere: once more from nothing
            self.highs.run()
        return self._outcome(objective, limits, task.seconds())

    def _listen(self, task: Task) -> None:
        """Progress lines and Ctrl-C through the engine's own callbacks."""
        kinds = highspy.cb.HighsCallbackType

        def heard(kind: Any, _message: str, out: Any, answer: Any, _data: Any) -> None:
            if kind == kinds.kCallbackMipLogging:
                task.report(out.mip_primal_bound, out.mip_dual_bound)
            elif self.stop():
                answer.user_interrupt = True

        # without its log switched on (to nowhere) the engine tells nobody of its progress
        self.highs.setOptionValue("log_to_console", False)
        self.highs.setOptionValue("output_flag", task.progress is not None)
        listen(self.highs, heard, kinds.kCallbackMipLogging, *interrupts())

    def _outcome(self, objective: Floats, limits: Limits, seconds: float) -> Outcome:
        ended, info = self.highs.getModelStatus(), self.highs.getInfo()
        statuses = highspy.HighsModelStatus
        if ended in (statuses.kInfeasible, statuses.kUnbounded, statuses.kUnboundedOrInfeasible):
            if ended != statuses.kInfeasible:  # a run without an objective settles which
                set_costs(self.highs, np.zeros(self.model.columns))
                self.highs.run()
                ended = self.highs.getModelStatus()
            infeasible = ended == statuses.kInfeasible
            return Outcome(Status.INFEASIBLE if infeasible else Status.UNBOUNDED, seconds=seconds)
        limits_hit = (
            statuses.kTimeLimit,
            statuses.kInterrupt,
            statuses.kIterationLimit,
            statuses.kSolutionLimit,
            statuses.kObjectiveTarget,
            statuses.kHighsInterrupt if hasattr(statuses, "kHighsInterrupt") else None,
        )
        proven = ended in (statuses.kOptimal, statuses.kModelEmpty)
        if not proven and ended not in limits_hit:
            raise SolverError("solver_failed", f"HiGHS: {ended.name}")
        feasible = info.primal_solution_status == int(
            highspy.SolutionStatus.kSolutionStatusFeasible
        )
        if not (feasible or proven) or (self.relax and not proven):
            return Outcome(Status.NO_PLAN, seconds=seconds)
        columns, solution = values(self.highs), self.highs.getSolution()
        value = float(objective @ columns)
        bound = value if self.relax else max(float(info.mip_dual_bound), value)
        duals = self._duals(np.array(solution.row_dual), np.array(solution.col_dual))
        status = proved(value, bound, proven, limits.gap)
        return Outcome(status, value, bound, columns, duals, seconds)


class PulpEngine(Engine):
    """Any engine that PuLP finds (``--solver PULP_CBC_CMD``, ``COIN_CMD``, ``GUROBI`` …)."""

    begins = False

    def __init__(
        self, model: Model, limits: Limits, *, relax: bool = False, solver: str = "PULP_CBC_CMD"
    ) -> None:
        super().__init__(model, limits, relax=relax)
        self.name = engine_name(solver)
        self.problem: Any = None
        self.held, self.given = self.restrictions, model

    def _run(self, objective: Floats, limits: Limits, mip: bool) -> int:
        same = self.held is self.restrictions and self.given is self.model
        if self.problem is None or not same:
            self.problem = build_problem(self.model, self.restrictions, self.relax)
            self.held, self.given = self.restrictions, self.model
        known = self.problem.planner_columns
        pairs = [(v, c) for v, c in zip(known, objective.tolist(), strict=True) if c]
        self.problem.setObjective(LpAffineExpression(pairs or [(known[0], 0.0)]))
        # engines differ in what they divide a gap by; asked like this, (bound − value) ÷ value
        # is at most the gap whether it was the bound or the value
        gap = limits.gap / (1 + limits.gap)
        wanted: dict[str, Any] = {"mip": mip, "msg": False, "gapRel": gap}
        wanted["timeLimit"] = limits.time_limit
        if self.name in CBC:
            fine = parameters.TOLERANCE
            wanted["options"] = [f"primalTolerance {fine}", f"integerTolerance {fine}"]
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

    def run(self, task: Task) -> Outcome:
        """One run of the engine; only PuLP's ``sol_status`` is believed.

        PuLP passes no bound on: at a proven end it follows from the gap that was asked for,
        after a limit the linear relaxation gives one.
        """
        objective, limits = task.objective, task.limits
        proof = self._run(objective, limits, mip=not self.relax)
        seconds = task.seconds()
        if proof == pulp.LpSolutionInfeasible:
            return Outcome(Status.INFEASIBLE, seconds=seconds)
        if proof == pulp.LpSolutionUnbounded:
            return Outcome(Status.UNBOUNDED, seconds=seconds)
        if proof not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
            if seconds < parameters.STOPPED_FROM * limits.time_limit:
                # More time would not help: HiGHS proves what it is. CBC's "integer infeasible",
                # which may mean unbounded too, comes from PuLP as no solution at all.
                engine = HighsEngine(self.model, self.limits, relax=self.relax)
                engine.restrictions = self.restrictions
                found = engine.solve(objective, task.left())
                return replace(found, seconds=task.seconds())
            return Outcome(Status.NO_PLAN, seconds=seconds)
        columns = self._values()
        value = float(objective @ columns)
        proven = proof == pulp.LpSolutionOptimal
        if proven:
            bound = value + (0.0 if self.relax else limits.gap) * abs(value)
        else:
            self._run(objective, limits, mip=False)
            bound = float(objective @ self._values())
        reduced = np.array([v.dj or 0.0 for v in self.problem.planner_columns])
        duals = self._duals(row_duals(self.problem), reduced)
        status = proved(value, max(bound, value), proven, limits.gap)
        return Outcome(status, value, max(bound, value), columns, duals, seconds)

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
