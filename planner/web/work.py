"""What the worker process does: a function a kind of job, each by the verbs of the Python door.

A job gets the opened folder, plain arguments and a :class:`Teller`; it gives an :class:`Outcome` of
plain data and of what is presented (blocks), which the page renders. Errors become findings and
sentences here, as the command line says them.
"""

from __future__ import annotations

import pkgutil
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from planner.errors import ExitCode, Finding, NoPlanError, Place
from planner.messages import language, on_page, say
from planner.names import TIDY_STAGE
from planner.present.content import Block
from planner.solving import solution
from planner.solving.solution import Progress
from planner.system.disk import failure_of
from planner.system.process import listening

PHASES = ("waiting", "starting", "looking", *solution.PHASES)
"""What a job may be doing, as the page calls it: before it begins, in a search that tells no phase,
and all phases of the verbs."""


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    Attributes
    ----------
    code
        The exit code with which the command line would have ended.
    go
        Address of the page that shows the result; empty: the job's own.
    blocks
        What is said, to be rendered.
    findings, sentence
        What was wrong; one sentence more.
    data
        Anything else, plain.
    """

    code: int = 0
    go: str = ""
    blocks: tuple[Block, ...] = ()
    currency: str = "VND"
    findings: tuple[Finding, ...] = ()
    sentence: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


class Teller:
    """What a job tells of itself, and asks: whether to stop."""

    def __init__(self, number: str) -> None:
        self.number = number

    def tell(self, **told: Any) -> None:
        """Tells phase, share (0–1), stage, value, bound."""
        if self.number and _tell is not None:
            try:
                _tell.send((self.number, told))
            except OSError:
                return

    def progress(self, at: Progress) -> None:
        """Takes the progress of a verb."""
        phase = "tidying" if at.stage == TIDY_STAGE else at.phase
        lines = phase in ("tidying", "amending")  # the value counts lines
        value, bound = (None, None) if lines else (at.value, at.bound)
        self.tell(
            phase=phase, share=at.share, stage=at.stage or at.subject, value=value, bound=bound
        )

    def stop(self) -> bool:
        """Whether the job is to end with the best that it has."""
        return _stop is not None and _stop.is_set()

    def began(self, name: str) -> None:
        """A phase of the product begins."""
        if name in solution.SAID:
            self.tell(phase=solution.SAID[name])

    def reached(self, share: float) -> None:
        """How far a phase is, 0–1."""
        self.tell(share=share)

    def ended(self, name: str) -> None:
        """A phase ends; the next one tells itself."""


class Parts:
    """Hears of phases and tells nothing: of a job of several parts, or of one phase whatever is
    done in it, that alone is told."""

    def began(self, name: str) -> None:
        """A phase of a part begins."""

    def ended(self, name: str) -> None:
        """A phase of a part ends."""


@dataclass(frozen=True)
class Task:
    """What a kind of job is given."""

    root: Path
    args: Mapping[str, Any]
    lang: str
    teller: Teller

    def path(self, key: str) -> Path:
        """An argument that is a path within the opened folder (checked before it came here)."""
        return self.root / str(self.args[key])

    def listening(self) -> dict[str, Any]:
        """``progress`` and ``stop`` for a verb."""
        return {"progress": self.teller.progress, "stop": self.teller.stop}


_tell: Any = None
_stop: Any = None


def settle(tell: Any, stop: Any) -> None:
    """In a new worker: where to tell, and what says to stop."""
    global _tell, _stop
    _tell, _stop = tell, stop


def warm_up() -> None:
    """Imports what jobs need, so that none waits for it."""
    furnish()
    import planner.run.optimize
    import planner.solving.lagrangian.search  # noqa: F401


Done = Callable[[Task], Outcome]
JOBS: dict[str, Done] = {}
"""Kind of job → the function that does it, which has its name."""
KEEPS: dict[str, str] = {}
"""Kind of job → what of it is kept when it is stopped: the best ``plan``, the ``points`` that are
done, the ``part`` that was found, or ``nothing``."""


def job(keeps: str) -> Callable[[Done], Done]:
    """Registers a kind of job, and what a stop keeps of it."""

    def register(body: Done) -> Done:
        assert body.__name__ not in JOBS, f"two kinds of job named {body.__name__}"
        JOBS[body.__name__], KEEPS[body.__name__] = body, keeps
        return body

    return register


@cache
def furnish() -> None:
    """Imports every module of this package, so that all pages and kinds of job are known."""
    for room in pkgutil.iter_modules(import_module("planner.web").__path__, "planner.web."):
        import_module(room.name)


def perform(number: str, kind: str, root: str, args: dict[str, Any], lang: str) -> Outcome:
    """Does one job in the worker; whatever goes wrong is an outcome."""
    language(lang)
    teller = Teller(number)
    task = Task(Path(root), args, lang, teller)
    with on_page():
        try:
            with warnings.catch_warnings(), listening(teller):
                warnings.simplefilter("ignore")
                furnish()
                return JOBS[kind](task)
        except Exception as error:
            return failed(error, lang)


def failed(error: BaseException, lang: str) -> Outcome:
    """An error as the command line says it."""
    if isinstance(error, NoPlanError):
        return Outcome(int(error.exit_code), sentence=say(f"door_status_{error.status}", lang))
    code, findings, sentence = failure_of(error, lang)
    return Outcome(code, findings=findings, sentence=sentence)


def lost(error: BaseException) -> Outcome:
    """A worker that ended without a word: the system has ended it, most often for memory."""
    found = Finding("web.worker_lost", Place(), {"reason": type(error).__name__})
    return Outcome(int(ExitCode.INTERNAL), findings=(found,))
