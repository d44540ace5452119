"""Small programs as bare arrays, handed to HiGHS in one call.

The Lagrangian decomposition solves thousands of tiny programs; a modelling layer would cost more
than the engine. Little more than numpy and highspy is imported here, so that a worker process
starts fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np

from planner.solving import parameters

if TYPE_CHECKING:
    from planner.formulation.model import Model
    from planner.vocabulary.axes import Bools, Floats, Ints, Places


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

    def kept(self, columns: Floats) -> Bools:
        """``[row]``: whether an assignment satisfies it."""
        activity = self.activity(columns)
        room = parameters.ROW_NOISE + parameters.ROW_SLACK * np.abs(activity)
        return (activity <= self.row_upper + room) & (activity >= self.row_lower - room)

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


@dataclass(frozen=True, eq=False)
class Cut:
    """A row kept beside the model's own: Σ coefficient × column ≥ lower."""

    columns: Ints
    coefficients: Floats
    lower: float


@dataclass(frozen=True, eq=False)
class Restrictions:
    """What a model is solved under: bounds of its columns and rows, and the cuts kept beside them.

    Nothing in it is ever written into; an engine compares it with what it holds.
    """

    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    cuts: tuple[Cut, ...] = ()

    @classmethod
    def of(cls, model: Model) -> Restrictions:
        """A model's own bounds, and no cuts."""
        return cls(model.column_lower, model.column_upper, model.row_lower, model.row_upper)

    def program(self, model: Model) -> Program:
        """The model under these restrictions, its cuts as the last rows."""
        kinds = model.integer
        rows, columns, weights = model.row_index, model.column_index, model.coefficient
        if not self.cuts:
            ends = self.lower, self.upper, kinds, self.row_lower, self.row_upper
            return Program(*ends, rows, columns, weights)
        count = len(self.cuts)
        places = model.rows + np.repeat(np.arange(count), [len(c.columns) for c in self.cuts])
        return Program(
            self.lower,
            self.upper,
            kinds,
            np.concatenate([self.row_lower, [c.lower for c in self.cuts]]),
            np.concatenate([self.row_upper, np.full(count, np.inf)]),
            np.concatenate([rows, places]).astype(np.int32),
            np.concatenate([columns, *(c.columns for c in self.cuts)]).astype(np.int32),
            np.concatenate([weights, *(c.coefficients for c in self.cuts)]),
        )


def changed(values: Floats, at: Ints | int | slice, new: Floats | float) -> Floats:
    """A copy with other values in some places."""
    copy = values.copy()
    copy[at] = new
    return copy


def pieces(count: int) -> Iterator[slice]:
    """Consecutive parts of so many entries: what is made of one is small beside the whole."""
    size = parameters.ENTRIES_TOGETHER
    for first in range(0, count, size):
        yield slice(first, min(first + size, count))


_pool: list[int] = []
"""Threads of the pool that HiGHS runs on in this process; empty before the first run."""


def settle_threads(threads: int | None) -> int:
    """Makes room for runs on ``threads`` (``None``: the engine's own choice); that number.

    HiGHS starts its pool of threads at the first run of a process and fails every later run that
    asks for another number ("Not Solved"), unless the pool is given up first.
    """
    wanted = threads or 0
    if _pool and _pool[0] != wanted:
        highspy.Highs.resetGlobalScheduler(True)
    _pool[:] = [wanted]
    return wanted


def has_run() -> bool:
    """Whether HiGHS has threads in this process, or had: a forked process has none of them."""
    return bool(_pool)


TOLERANCES = tuple(f"{kind}_feasibility_tolerance" for kind in ("primal", "dual", "mip"))
"""HiGHS's names of the options that take a tolerance of feasibility."""


def load(program: Program, objective: Floats, *, mip: bool, threads: int = 1) -> Any:
    """A silent HiGHS object that holds the program, to be maximised.

    ``threads`` 0 leaves the number to the engine: HiGHS refuses another number than that of
    its first run in a process.
    """
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    for option in TOLERANCES:
        highs.setOptionValue(option, parameters.TOLERANCE)
    highs.setOptionValue("threads", threads)
    highs.passModel(highs_lp(program, objective, mip=mip))
    return highs


def highs_lp(program: Program, objective: Floats, *, mip: bool) -> Any:
    """The program as HiGHS takes it in one call, to be maximised."""
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


def agreed(
    whole: Bools, relaxed: Floats, plan: Floats, ends: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """``[column]`` bounds within ``ends``: whole decisions on which a plan and a relaxation agree
    stay as they are, the others are free (RINS)."""
    kept = whole & (np.abs(relaxed - plan) <= parameters.RELAXED_INTEGRAL)
    return np.where(kept, plan, ends[0]), np.where(kept, plan, ends[1])


def set_start(highs: Any, columns: Floats) -> None:
    """An assignment for the next search to begin from."""
    solution = highspy.HighsSolution()
    solution.col_value = columns.tolist()
    highs.setSolution(solution)


def interrupts() -> tuple[Any, ...]:
    """HiGHS's callbacks that may end a run."""
    kinds = highspy.cb.HighsCallbackType
    return kinds.kCallbackMipInterrupt, kinds.kCallbackSimplexInterrupt, kinds.kCallbackIpmInterrupt


def listen(highs: Any, heard: Callable[..., None], *kinds: Any) -> None:
    """Calls ``heard`` with the engine's callbacks of some kinds."""
    highs.setCallback(heard, None)
    for kind in kinds:
        highs.startCallback(kind)


def values(highs: Any) -> Floats:
    """The column values of the last run."""
    return np.array(highs.getSolution().col_value, dtype=np.float64)


def ended(highs: Any) -> str:
    """How the last run ended: ``optimal``, ``infeasible``, ``unbounded`` or ``stopped``."""
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
    return bool(highs.getModelStatus() == highspy.HighsModelStatus.kSolutionLimit)
