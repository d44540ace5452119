"""The model as a PuLP problem, and its hand-over to HiGHS in one call.

:class:`BulkHighs` is a subclass of PuLP's own wrapper that fills one ``HighsLp`` instead of
adding columns and rows one by one.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from typing import Any

import numpy as np

from planner.axes import Floats
from planner.errors import SolverError
from planner.formulation.model import Model
from planner.phases import phase
from planner.solving.decomposition.arrays import Program, highs_lp
from planner.solving.whole_pulp import LpAffineExpression, LpConstraint, pulp

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
