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

from planner.errors import SolverError
from planner.formulation.model import Model
from planner.phases import phase
from planner.solving.decomposition.arrays import Program, highs_lp
from planner.solving.whole_pulp import LpAffineExpression, LpConstraint, pulp


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

        columns, rows = lp.planner_columns, list(lp._constraints.values())
        index = {id(v): k for k, v in enumerate(columns)}
        counts = np.fromiter((len(r.expr) for r in rows), dtype=np.int64, count=len(rows))
        total = int(counts.sum())
        entries = (index[id(v)] for row in rows for v in row.expr)
        coefficients = (c for row in rows for c in row.expr.values())
        upper = [np.inf if v.upBound is None else v.upBound for v in columns]
        bounds = [_row_bounds(r) for r in rows]
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


def _row_bounds(row: Any) -> tuple[float, float]:
    lower, upper = row.getLb(), row.getUb()
    return (-np.inf if lower is None else lower, np.inf if upper is None else upper)


@phase("hand-over")
def build_problem(model: Model, relax: bool = False) -> pulp.LpProblem:
    """The model as a PuLP problem: variables named by index, rows from (variable, coefficient)
    pairs; ``Model.row_label`` and ``column_label`` keep the readable names."""
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
        for k, row in enumerate(_rows(model, columns)):
            problem.addConstraint(row, f"r{k:09d}")
    return problem


def _rows(model: Model, columns: list[Any]) -> Iterator[Any]:
    counts = np.bincount(model.row_index, minlength=model.rows)
    stops = np.cumsum(counts).tolist()
    index, coefficient = model.column_index.tolist(), model.coefficient.tolist()
    bounds = zip(model.row_lower.tolist(), model.row_upper.tolist(), strict=True)
    start = 0
    for stop, (lower, upper) in zip(stops, bounds, strict=True):
        pairs = [(columns[index[e]], coefficient[e]) for e in range(start, stop)]
        yield constraint(pairs, lower, upper)
        start = stop


def constraint(pairs: list[Any], lower: float, upper: float) -> Any:
    """One row from (variable, coefficient) pairs: equality, upper or lower bound."""
    expression = LpAffineExpression(pairs)
    if lower == upper:
        return LpConstraint(expression, pulp.LpConstraintEQ, rhs=upper)
    if np.isfinite(upper):
        return LpConstraint(expression, pulp.LpConstraintLE, rhs=upper)
    return LpConstraint(expression, pulp.LpConstraintGE, rhs=lower)
