"""What a solve proved: statuses told apart by evidence, never by an engine's good word."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from planner.errors import ExitCode
from planner.formulation.model import Duals
from planner.names import FLOOR_STAGE
from planner.solving import parameters
from planner.vocabulary.axes import Floats


class Status(StrEnum):
    """How a solve ended; compares equal to its text.

    Examples
    --------
    >>> import planner
    >>> planner.solve("scenarios/three-schools", gap=0).status == "optimal"
    True
    """

    OPTIMAL = "optimal"
    """Proven: no plan is better."""
    WITHIN_GAP = "within_gap"
    """Proven to be within the gap asked for."""
    STOPPED = "stopped"
    """A plan whose gap is wider than the one asked for: a limit or Ctrl-C stopped the solve, or
    rounding to whole money cost more."""
    NO_PLAN = "no_plan"
    """Stopped by a limit or by Ctrl-C before any plan was found."""
    INFEASIBLE = "infeasible"
    """Proven: no plan satisfies every rule."""
    UNBOUNDED = "unbounded"
    """The value has no bound: a defect of the formulation."""
    NUMERICS = "numerics"
    """Rounding broke a rule three times over; no plan is given."""

    @property
    def has_plan(self) -> bool:
        """Whether a plan goes with this status.

        Examples
        --------
        >>> import planner
        >>> planner.Status("infeasible").has_plan
        False
        """
        return self in (Status.OPTIMAL, Status.WITHIN_GAP, Status.STOPPED)

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of a command that ends with this status.

        Examples
        --------
        >>> import planner
        >>> int(planner.Status("infeasible").exit_code)
        4
        """
        return {
            Status.OPTIMAL: ExitCode.OK,
            Status.WITHIN_GAP: ExitCode.OK,
            Status.STOPPED: ExitCode.STOPPED,
            Status.NO_PLAN: ExitCode.STOPPED,
            Status.INFEASIBLE: ExitCode.INFEASIBLE,
        }.get(self, ExitCode.INTERNAL)


def relative_gap(value: float, bound: float) -> float:
    """(bound − value) ÷ max(1, |value|), never below 0."""
    return max(0.0, bound - value) / max(1.0, abs(value))


def finite(value: float) -> float | None:
    """A number to be told; ``None`` where an engine has none yet (infinite, or 1e30 for it)."""
    return float(value) if np.isfinite(value) and abs(value) < 1e30 else None


def enough(bound: float, gap: float) -> float:
    """The value from which on a plan is within ``gap`` of ``bound``; not finite without a bound.

    A search may stop there: :func:`relative_gap` of it and the bound is at most ``gap``.
    """
    return bound - gap * max(1.0, abs(bound)) / (1 + gap) if np.isfinite(bound) else np.inf


def proved(value: float, bound: float, proven: bool, asked: float) -> Status:
    """The status that a value, a bound and the engine's own word (``proven``) amount to."""
    gap = relative_gap(value, bound)
    if gap <= parameters.PROVEN_GAP or (proven and asked == 0):
        return Status.OPTIMAL
    if proven or gap <= asked:
        return Status.WITHIN_GAP
    return Status.STOPPED


@dataclass(frozen=True)
class Limits:
    """When to stop: a relative gap, seconds, threads (``None`` = all cores).

    ``target``: a value that is good enough, whatever bound is proven; ``nodes``: of branch and
    bound, ``plans``: each better than the last, after which a search ends (``None``: without
    limit).
    """

    gap: float = 0.001
    time_limit: float = 60.0
    threads: int | None = None
    target: float = np.inf
    nodes: int | None = None
    plans: int | None = None


@dataclass(frozen=True)
class Outcome:
    """One run of an engine on one objective."""

    status: Status
    value: float = float("nan")
    bound: float = float("inf")
    columns: Floats | None = None
    duals: Duals | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Stage:
    """A priority stage with its own proof."""

    name: str
    status: Status
    value: float
    bound: float
    seconds: float

    @property
    def gap(self) -> float:
        """Relative gap of the stage."""
        return relative_gap(self.value, self.bound)


@dataclass(frozen=True)
class Floor:
    """What leximin reached for one school: its row, its coverage (0–1) and in which step."""

    row: int
    coverage: float
    step: int


@dataclass(frozen=True)
class Solution:
    """The last columns found and the stages that led there."""

    status: Status
    columns: Floats | None
    stages: tuple[Stage, ...]
    seconds: float
    duals: Duals | None = None
    conflict: tuple[str, ...] = field(default=())
    floors: tuple[Floor, ...] = ()

    @property
    def bound(self) -> float:
        """Upper bound on the value among plans that keep the stages before.

        A floor that was reached where no point is to be had leaves a value of nought, proven.
        """
        bounds = [s.bound for s in self.stages if not s.name.startswith(FLOOR_STAGE)]
        return float(np.sum(bounds)) if self.stages else float("inf")


@dataclass(frozen=True)
class Progress:
    """A line of progress: stage, seconds since its start, best value, bound and gap."""

    stage: str
    seconds: float
    value: float | None
    bound: float | None

    @property
    def gap(self) -> float | None:
        """Relative gap, once there is a plan."""
        if self.value is None or self.bound is None:
            return None
        return relative_gap(self.value, self.bound)
