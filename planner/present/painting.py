"""Figures drawn by processes of their own, while this one solves and writes.

Drawing a plan's figures costs more than reading, proving and writing it. The painters start
(and import what they need) as soon as a run begins, so that they are ready when there is a
plan. Equal plans give equal bytes, whoever draws them; whatever keeps a painter from its work,
the figures are then drawn here.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from planner.workers import Workers

if TYPE_CHECKING:
    from planner.plan import Plan

FEWEST_SCHOOLS, MOST_SCHOOLS = 20, 5_000
"""Below, figures are quick; above, handing the plan over costs more than is gained."""
PAINTERS = 2
SLOWEST = "coverage-map"
"""Drawn first, so that the others go beside it."""
POLITE = 5
"""How far painters step back (``nice``) behind the run that they draw for."""
PATIENCE = 600.0
"""Seconds after which a painter is given up."""


class Painters:
    """A few processes that draw; ``start`` gives them a plan and returns how to wait for it."""

    def __init__(self, schools: int) -> None:
        self.pool: Workers | None = None
        if FEWEST_SCHOOLS <= schools <= MOST_SCHOOLS and (os.cpu_count() or 1) > 1:
            try:
                self.pool = Workers(PAINTERS, _step_back, forked=_alone())
                for _ in range(PAINTERS):
                    self.pool.submit(_prepare)
            except (OSError, ValueError, RuntimeError):
                self.close()

    def start(self, plan: Plan, folder: Path, lang: str) -> Callable[[], None]:
        """Begins to draw into ``folder``; calling what it returns waits until all is there."""
        from planner.present.figures import figure_names, save_all

        names = sorted(figure_names(plan), key=lambda name: name != SLOWEST)
        jobs: list[Future[None]] = []
        if self.pool is not None:
            folder.mkdir(parents=True, exist_ok=True)
            try:
                sent = pickle.dumps(plan, protocol=pickle.HIGHEST_PROTOCOL)
                jobs = [self.pool.submit(_draw, sent, name, str(folder), lang) for name in names]
            except (OSError, RuntimeError, TypeError, AttributeError, pickle.PicklingError):
                jobs = []

        def wait() -> None:
            try:
                for job in jobs:
                    job.result(timeout=PATIENCE)
            except (OSError, RuntimeError, TimeoutError, pickle.PickleError):
                jobs.clear()  # a painter died: everything is drawn here instead
            finally:
                self.close()
            if not jobs:
                save_all(plan, folder, lang)

        return wait

    def close(self) -> None:
        """Lets the painters go."""
        if self.pool is not None:
            self.pool.kill()
            self.pool = None


def _alone() -> bool:
    """A forked painter has the imports already; it is safe where no thread runs yet."""
    return sys.platform == "linux" and threading.active_count() == 1


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
