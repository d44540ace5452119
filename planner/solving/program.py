"""Small programs as bare arrays, handed to HiGHS in one call.

The by-school method solves thousands of tiny programs; a modelling layer would cost more than
the engine. Only numpy and highspy are imported here, so that a worker process starts fast.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from planner.vocabulary.axes import Bools, Floats, Ints, Places

TOLERANCE = 1e-9
"""Feasibility and integrality tolerance. With the engine's default of 1e-6 a knapsack one
đồng short was overrun in 57 of 60 trials, with 1e-9 in none (ARCHITECTURE.md#solving)."""
PIECE = 2_000_000
"""Entries of a matrix that are looked at together."""


@dataclass(frozen=True)
class Program:
    """Bounds, kinds and coefficients (triplets sorted by row, then column) of a program."""

    lower: Floats
    upper: Floats
    integer: Bools
    row_lower: Floats
    row_upper: Floats
    row_index: Places
    column_index: Places
    coefficient: Floats

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.lower)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.row_lower)

    def activity(self, columns: Floats) -> Floats:
        """``[row]``: Σ coefficient × column."""
        total = np.zeros(self.rows)
        for some in pieces(len(self.row_index)):
            row, weights = self.row_index[some], columns[self.column_index[some]]
            sums = np.bincount(row - row[0], weights=self.coefficient[some] * weights)
            total[row[0] : row[0] + len(sums)] += sums
        return total

    def part(
        self,
        columns: Ints | Places,
        entries: Ints,
        rows: Ints | Places,
        scratch: Places | None = None,
    ) -> Program:
        """The program of some columns and rows; ``entries`` are the triplets inside it.

        Columns keep the order given, rows are in ascending order. ``scratch``: ``[column]``
        an array to write positions into, where many parts are made.
        """
        place = np.empty(self.columns, dtype=np.int32) if scratch is None else scratch
        place[columns] = np.arange(len(columns))
        row = np.searchsorted(rows, self.row_index[entries]).astype(np.int32)
        column, coefficient = place[self.column_index[entries]], self.coefficient[entries]
        order = np.lexsort((column, row))
        return Program(
            self.lower[columns],
            self.upper[columns],
            self.integer[columns],
            self.row_lower[rows],
            self.row_upper[rows],
            row[order],
            column[order],
            coefficient[order],
        )

    def with_rows(self, lower: Floats, upper: Floats) -> Program:
        """The same program with other row bounds."""
        return replace(self, row_lower=lower, row_upper=upper)


def pieces(count: int) -> Iterator[slice]:
    """Consecutive parts of so many entries: what is made of one is small beside the whole."""
    for first in range(0, count, PIECE):
        yield slice(first, min(first + PIECE, count))


def load(program: Program, objective: Floats, *, mip: bool, threads: int = 1) -> Any:
    """A silent HiGHS object that holds the program, to be maximised.

    ``threads`` 0 leaves the number to the engine: HiGHS refuses another number than that of
    its first run in a process.
    """
    import highspy

    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("primal_feasibility_tolerance", TOLERANCE)
    highs.setOptionValue("dual_feasibility_tolerance", TOLERANCE)
    highs.setOptionValue("mip_feasibility_tolerance", TOLERANCE)
    highs.setOptionValue("threads", threads)
    highs.passModel(highs_lp(program, objective, mip=mip))
    return highs


def highs_lp(program: Program, objective: Floats, *, mip: bool) -> Any:
    """The program as HiGHS takes it in one call, to be maximised."""
    import highspy

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = program.columns, program.rows
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = objective
    lp.col_lower_, lp.col_upper_ = program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    matrix = lp.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.num_col_, matrix.num_row_ = program.columns, program.rows
    counts = np.bincount(program.row_index, minlength=program.rows)
    matrix.start_ = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    matrix.index_ = program.column_index.astype(np.int32)
    matrix.value_ = program.coefficient
    if mip and program.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[whole] for whole in program.integer.tolist()]
    return lp


def set_costs(highs: Any, costs: Floats) -> None:
    """Other costs for the same program; its basis stays as a start."""
    highs.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs)


def values(highs: Any) -> Floats:
    """The column values of the last run."""
    return np.array(highs.getSolution().col_value, dtype=np.float64)


def ended(highs: Any) -> str:
    """How the last run ended: ``optimal``, ``infeasible``, ``unbounded`` or ``stopped``."""
    import highspy

    status, kinds = highs.getModelStatus(), highspy.HighsModelStatus
    if status in (kinds.kOptimal, kinds.kModelEmpty):
        return "optimal"
    if status == kinds.kInfeasible:
        return "infeasible"
    if status in (kinds.kUnbounded, kinds.kUnboundedOrInfeasible):
        return "unbounded"
    return "stopped"


def at_node_limit(highs: Any) -> bool:
    """Whether the last run ended at its node limit, so that its bound is one."""
    import highspy

    return bool(highs.getModelStatus() == highspy.HighsModelStatus.kSolutionLimit)


# --------------------------------------------------------------------------------------------------
# What engines print in C stays away from stdout, which belongs to our result.
#
# HiGHS is silent by its own options, CBC and its like are programs that write elsewhere. What is
# left are engines that PuLP loads into this process and that greet on file descriptor 1. It
# belongs to all threads: a line that another one writes meanwhile would be lost. So it is taken
# away only where no other thread runs; beside others such an engine is heard.


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
