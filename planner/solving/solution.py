"""What a solve proved: statuses told apart by evidence, never by an engine's good word."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

import numpy as np

from planner.errors import ExitCode, FoundError, StoppedError
from planner.formulation.model import Duals
from planner.messages import speaking
from planner.names import FLOOR_STAGE
from planner.solving import parameters
from planner.system.process import heard_by, listening
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
    """A line of progress; one kind for every verb.

    While something is solved: stage, seconds since its start, best value, bound and gap. As a phase
    begins: its name and no value. Of a job of several parts: how many of them are done.
    """

    stage: str
    """Of the priority, or ``tidy``, ``amend``; empty where nothing is being solved."""
    seconds: float
    """Since the stage, the phase or the job began."""
    value: float | None
    bound: float | None
    phase: str = "solving"
    """One of :data:`PHASES`."""
    share: float | None = None
    """How far the phase or the job is, 0–1; ``None``: not known."""
    done: int | None = None
    """Parts of the job that are done (policies, needs, points, scenarios, items)."""
    total: int | None = None
    """All its parts."""
    subject: str = ""
    """The part at hand: a policy's name, an item, a scenario."""

    @property
    def gap(self) -> float | None:
        """Relative gap, once there is a plan."""
        if self.value is None or self.bound is None:
            return None
        return relative_gap(self.value, self.bound)


# --------------------------------------------------------------------------------------------------
# Who is told how far a verb is, who may end it, and in which language it speaks.

SAID = {
    "reading": "reading",
    "build": "building",
    "hand-over": "solving",
    "solve": "solving",
    "plan": "rounding",
    "tidy": "tidying",
    "amend": "amending",
    "audit": "auditing",
    "writing": "writing",
    "figures": "drawing",
    "report": "reporting",
}
"""The phases that the product marks (:func:`planner.system.process.phase`) and what whoever asked
is told of them: the outermost one, nothing of those inside it."""
JOBS = ("pricing", "explaining", "comparing", "tracing", "deciding", "repairing")
"""Phases of verbs that solve several times: their parts are counted."""
PHASES = (*dict.fromkeys(SAID.values()), *JOBS)
"""Codes of :attr:`Progress.phase`; they stay."""

Sink = Callable[[Progress], object]
Stop = Callable[[], bool]


def never() -> bool:
    """Nobody wants it to end."""
    return False


class Teller:
    """Hears of the phases of what runs inside and tells ``progress``; where ``stop`` says so, a
    phase that begins or is under way ends with :class:`~planner.errors.StoppedError`. Who listened
    before hears as before."""

    def __init__(self, progress: Sink | None, stop: Stop | None) -> None:
        self.progress, self.stop = progress, stop
        self.outer = heard_by()
        self.open: list[str] = []
        self.phase, self.since = "", 0.0

    def began(self, name: str) -> None:
        """A phase begins."""
        self._ask(name)
        if self.outer is not None:
            self.outer.began(name)
        told = name in SAID and not any(inside in SAID for inside in self.open)
        self.open.append(name)
        if told:
            self.phase, self.since = SAID[name], time.perf_counter()
            self._tell(None)

    def ended(self, name: str) -> None:
        """The innermost phase ends."""
        self.open.pop()
        if self.outer is not None:
            self.outer.ended(name)

    def reached(self, share: float) -> None:
        """The innermost phase is so far, 0–1."""
        self._ask(self.open[-1] if self.open else "")
        if outer := getattr(self.outer, "reached", None):
            outer(share)
        if self.open and SAID.get(self.open[-1]) == self.phase:
            self._tell(share)

    def _ask(self, name: str) -> None:
        if self.stop is not None and self.stop():
            raise StoppedError(SAID.get(name, name))

    def _tell(self, share: float | None) -> None:
        if self.progress is not None:
            seconds = time.perf_counter() - self.since
            self.progress(Progress("", seconds, None, None, self.phase, share))


@contextmanager
def telling(
    progress: Sink | None = None, stop: Stop | None = None, lang: str | None = None
) -> Iterator[None]:
    """Tells ``progress`` of the phases inside, ends them where ``stop`` says so, and lets all
    inside speak ``lang``; for this thread or task alone."""
    with speaking(lang):
        try:
            if progress is None and stop is None:
                yield
            else:
                with listening(Teller(progress, stop)):
                    yield
        except FoundError as error:
            error.lang = lang or error.lang
            raise


P = ParamSpec("P")
R = TypeVar("R")


def with_progress(verb: Callable[P, R]) -> Callable[P, R]:
    """A verb of the Python door whose ``progress`` hears of phases and that speaks ``lang``; what
    ``stop`` ends is its own affair, for it keeps what was found."""

    @wraps(verb)
    def asked(*args: P.args, **options: P.kwargs) -> R:
        given: Any = options
        with telling(given.get("progress"), None, given.get("lang")):
            return verb(*args, **options)

    return asked


def stoppable(verb: Callable[P, R]) -> Callable[P, R]:
    """The same of a verb that has nothing to keep: ``stop`` ends it with
    :class:`~planner.errors.StoppedError` where a phase begins or says how far it is."""

    @wraps(verb)
    def asked(*args: P.args, **options: P.kwargs) -> R:
        given: Any = options
        with telling(given.get("progress"), given.get("stop"), given.get("lang")):
            return verb(*args, **options)

    return asked


@dataclass
class Job:
    """A job of several parts that tells of each before it begins, and of their end.

    ``every``: how many parts there are.
    """

    phase: str
    every: int
    progress: Sink | None
    done: int = 0

    def __post_init__(self) -> None:
        self.began = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return time.perf_counter() - self.began

    def tell(self, subject: str = "", done: int | None = None) -> None:
        """Says what is at hand; ``done``: how many parts are done by now."""
        self.done = self.done if done is None else done
        if self.progress is not None:
            share = min(1.0, self.done / self.every) if self.every else 1.0
            counted = (self.done, self.every, subject)
            self.progress(Progress("", self.seconds, None, None, self.phase, share, *counted))

    def inside(self, subject: str) -> Sink | None:
        """Who is told of a solve that is one of the parts."""
        tell = self.progress
        if tell is None:
            return None
        share = self.done / max(self.every, 1)
        more: dict[str, Any] = {
            "phase": self.phase,
            "share": share,
            "done": self.done,
            "total": self.every,
        }
        return lambda at: tell(replace(at, subject=subject, **more))


def sink_of(progress: Callable[..., object] | None) -> Sink | None:
    """What is to be told of parts done: takes one :class:`Progress`, or, as ``frontier`` and
    ``alternatives`` have always called it, (done, all)."""
    if progress is None:
        return None
    try:
        signature(progress).bind(0, 0)
    except TypeError:
        return progress
    except ValueError:  # a builtin that does not say what it takes
        return progress
    return lambda at: None if at.total is None else progress(at.done, at.total)
