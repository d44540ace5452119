"""Figures drawn by processes of their own, while this one solves and writes.

Drawing a plan's figures costs more than reading, proving and writing it. The painters start
(and import what they need) as soon as a run begins, so that they are ready when there is a
plan. Equal plans give equal bytes, whoever draws them; whatever keeps a painter from its work,
the figures are then drawn here. They are a second step: they join a plan that stands already,
and one that cannot be drawn costs nobody the plan.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from planner.messages import say
from planner.present.amendment import amendment_of
from planner.run.folder import add
from planner.system.process import phase, reached, starts_python
from planner.system.worker_pool import WorkerPool

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.run.folder import PlanFolder
    from planner.run.result import Result

FEWEST_SCHOOLS, MOST_SCHOOLS = 20, 5_000
"""Below, figures are quick; above, handing the plan over costs more than is gained."""
PAINTERS = 2
SLOWEST = "coverage-map"
"""Drawn first, so that the others go beside it."""
POLITE = 5
"""How far painters step back (``nice``) behind the run that they draw for."""
KINDS = ("png", "svg")
"""Forms in which a figure of a plan folder is drawn."""
PATIENCE = 600.0
"""Seconds after which a painter is given up."""


Undrawn: TypeAlias = tuple[str, str]
"""A figure that could not be drawn and what kept it; no name: all of them."""


def error_line(error: BaseException) -> str:
    """An error on one line: its kind and what it says."""
    return " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")


def tried(draw: Callable[[Any], object], name: str = "") -> list[Undrawn]:
    """Draws what comes after the tables (``name``: the figure, with its path) with the charts of
    comparisons, which are imported only now: what keeps it from being drawn comes back, and no
    error takes away what stands already."""
    try:
        draw(import_module("planner.present.figures.comparison_charts"))
    except Exception as error:
        return [(name, error_line(error))]
    return []


def undrawn_in_words(undrawn: Sequence[Undrawn], lang: str, folder: str = "") -> str:
    """What could not be drawn, why, and what to do; empty where all was. ``folder``: the plan's,
    where there is one."""
    if not undrawn:
        return ""
    names = ", ".join(name or say("figures.all", lang) for name, _ in undrawn)
    reasons = "; ".join(dict.fromkeys(reason for _, reason in undrawn))
    code = "figures.undrawn" if folder else "figures.undrawn_tables"
    return say(code, lang, names=names, error=reasons, folder=folder)


class Painters:
    """A few processes that draw; ``start`` gives them a plan and returns how to wait for it."""

    def __init__(self, schools: int) -> None:
        self.pool: WorkerPool | None = None
        worth = FEWEST_SCHOOLS <= schools <= MOST_SCHOOLS and (os.cpu_count() or 1) > 1
        if worth and starts_python():
            try:
                # A forked painter has the imports already; it is safe where no thread runs yet.
                self.pool = WorkerPool(
                    PAINTERS,
                    _step_back,
                    forked=sys.platform == "linux" and threading.active_count() == 1,
                )
                for _ in range(PAINTERS):
                    self.pool.submit(_prepare)
            except (OSError, ValueError, RuntimeError):
                self.close()

    def start(self, plan: Plan, folder: Path, lang: str) -> Callable[[], list[Undrawn]]:
        """Begins to draw into ``folder``; calling what it returns waits until all is there, and
        gives the figures that could not be drawn."""
        jobs: dict[str, Future[None]] = {}
        if self.pool is not None:
            try:
                from planner.present.figures import figure_names

                folder.mkdir(parents=True, exist_ok=True)
                sent = pickle.dumps(plan, protocol=pickle.HIGHEST_PROTOCOL)
                for name in sorted(figure_names(plan), key=lambda name: name != SLOWEST):
                    jobs[name] = self.pool.submit(_draw, sent, name, str(folder), lang)
            except Exception:
                jobs = {}  # then all is drawn here

        def wait() -> list[Undrawn]:
            try:
                names = [n for n, job in jobs.items() if not _ended_well(job, folder / n)]
            finally:
                self.close()
            return draw(plan, folder, lang, names if jobs else None)[1]

        return wait

    def __enter__(self) -> Painters:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Shuts the pool down."""
        if self.pool is not None:
            self.pool.kill()
            self.pool = None


@phase("figures")
def draw(
    plan: Plan,
    folder: Path,
    lang: str,
    names: Iterable[str] | None = None,
    *,
    formats: Sequence[str] = KINDS,
    alone: bool = False,
) -> tuple[list[Path], list[Undrawn]]:
    """Draws figures (all of them unless some are named) here, and none takes the others along:
    the files written, in order, and the figures that failed, of which nothing is left behind.
    ``alone``: figures are all that was asked for, and what the disk refuses is raised
    (:class:`OSError`)."""
    from planner.present.figures import figure_names, save_one

    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    undrawn: list[Undrawn] = []
    wanted = list(figure_names(plan) if names is None else names)
    for number, name in enumerate(wanted):
        reached(number / len(wanted))
        try:
            written += save_one(plan, name, folder, lang, formats)
        except Exception as error:
            if alone and isinstance(error, OSError):
                raise
            undrawn.append((name, error_line(error)))
            for kind in formats:
                folder.joinpath(f"{name}.{kind}").unlink(missing_ok=True)
    return written, undrawn


def draw_amended(
    subject: Result | PlanFolder, folder: Path, lang: str, formats: Sequence[str] = KINDS
) -> tuple[list[Path], list[Undrawn]]:
    """Draws what an amended plan changes, and its trade-off, beside the figures of the plan: the
    files written, and what could not be drawn; nothing of a plan that amends none."""
    written: list[Path] = []
    found = amendment_of(subject)
    if found is None:
        return [], []

    undrawn = tried(
        lambda charts: written.extend(charts.save_amended(found, folder, lang, formats)), "amended"
    )
    return written, undrawn


def add_figures(
    written: Path, made: Path, wait: Callable[[], list[Undrawn]], head: Mapping[str, Any]
) -> list[Undrawn]:
    """Waits for the figures under ``made`` and adds them to the plan that says ``head``.

    Whatever keeps them from being drawn or added, the plan stands: what failed comes back.
    """
    undrawn: list[Undrawn] = []
    try:
        undrawn = wait()
        add(written, made, head)
    except Exception as error:
        return undrawn or [("", error_line(error))]
    return undrawn


def _ended_well(job: Future[None], stem: Path) -> bool:
    """Whether a painter drew its figure, and it is there: if not, it is tried here once more."""
    try:
        job.result(timeout=PATIENCE)
    except Exception:
        return False
    return all(stem.with_name(f"{stem.name}.{kind}").is_file() for kind in KINDS)


def _step_back() -> None:
    """Where cores are few, the run that owns the painters goes first: until its summary is out,
    nobody waits for a painter."""
    if hasattr(os, "nice"):
        os.nice(POLITE)


def _prepare() -> None:
    import planner.present.figures  # noqa: F401 (the import is what takes long)


@lru_cache(maxsize=1)
def _received(sent: bytes) -> Plan:
    plan: Plan = pickle.loads(sent)  # made by this program a moment ago, from its own memory
    return plan


def _draw(sent: bytes, name: str, folder: str, lang: str) -> None:
    from planner.present.figures import save_one

    save_one(_received(sent), name, Path(folder), lang)
