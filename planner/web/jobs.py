"""Long work: one warm worker process, the jobs that it does one after the other, what it tells.

Language, matplotlib's settings and stdout are state of a process, and a solve would hold up every
page: so jobs run in a process of their own, which is started with the page (its imports take
seconds) and kept warm between jobs. *Stop and keep* asks the job to end with the best it has;
*cancel* ends the process at once, and a new one takes its place: what is written is written beside
its place first, so nothing half-written is left.
"""

from __future__ import annotations

import multiprocessing
import secrets
import threading
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner.system.worker_pool import WorkerPool
from planner.web import work
from planner.web.work import Outcome

KEPT = 50
"""Jobs that are remembered."""
POINTS = 400
"""Points of a job's gap line."""


@dataclass
class Job:
    """One piece of long work and how far it is.

    Attributes
    ----------
    state
        ``waiting``, ``running``, ``ended`` or ``cancelled``.
    phase, share
        What it does now (a code of :mod:`planner.web.work`), and how much of that is done, 0–1.
    points
        ``(seconds, value, bound)`` of the search, oldest first; what is not known is ``None``.
    """

    kind: str
    args: dict[str, Any]
    lang: str
    back: str
    """Address of the page that it was started from."""
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    state: str = "waiting"
    phase: str = "waiting"
    stage: str = ""
    share: float | None = None
    points: list[tuple[float, float | None, float | None]] = field(default_factory=list)
    asked: float = field(default_factory=time.monotonic)
    began: float | None = None
    over: float | None = None
    keeping: bool = False
    outcome: Outcome | None = None

    @property
    def seconds(self) -> float:
        """Seconds it has run."""
        return 0.0 if self.began is None else (self.over or time.monotonic()) - self.began

    @property
    def keeps(self) -> str:
        """What is kept where it is stopped (:data:`planner.web.work.KEEPS`)."""
        return work.KEEPS.get(self.kind, "nothing")

    @property
    def live(self) -> bool:
        """Whether it has not ended."""
        return self.state in ("waiting", "running")

    @property
    def best(self) -> tuple[float | None, float | None]:
        """Value and bound of the search as they stand; ``None`` where there is none yet."""
        return self.points[-1][1:] if self.points else (None, None)

    def hear(self, told: dict[str, Any]) -> None:
        """Takes what the worker tells."""
        self.phase = told.get("phase") or self.phase
        self.share = told.get("share")
        self.stage = told.get("stage") or self.stage
        if told.get("value") is not None or told.get("bound") is not None:
            self.points.append((self.seconds, told.get("value"), told.get("bound")))
            if len(self.points) > POINTS:
                self.points[1::2] = []


class Jobs:
    """The jobs of an opened folder, done one after the other by one worker.

    Parameters
    ----------
    root
        The opened folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.jobs: dict[str, Job] = {}
        self._queue: deque[Job] = deque()
        self._running: Job | None = None
        self._lock = threading.RLock()
        self._begun = False
        self.over = 0
        """Jobs that have ended."""

    def begin(self) -> None:
        """Starts the worker, unless there is one."""
        with self._lock:
            if not self._begun:
                self._begun = True
                self._fresh()

    def _fresh(self) -> None:
        """A new worker, which begins to import what it needs."""
        context = multiprocessing.get_context("spawn")
        hear, tell = context.Pipe(duplex=False)
        self._stop = context.Event()
        self._pool = WorkerPool(1, work.settle, (tell, self._stop))
        self._pool.submit(work.warm_up)
        tell.close()  # the worker's own end stays: who listens hears when it is gone
        threading.Thread(target=self._listen, args=(hear,), daemon=True).start()

    def _listen(self, hear: Any) -> None:
        """Takes what one worker tells, for as long as it is the worker."""
        with suppress(EOFError, OSError):
            while True:
                number, told = hear.recv()
                with self._lock:
                    job = self._running
                    if job is not None and job.id == number:
                        job.hear(told)

    def start(self, kind: str, args: dict[str, Any], lang: str, back: str) -> Job:
        """Begins a job, or puts it after those that wait."""
        job = Job(kind, args, lang, back)
        with self._lock:
            self.jobs[job.id] = job
            over = [k for k, j in self.jobs.items() if not j.live]
            for old in over[: max(0, len(self.jobs) - KEPT)]:
                del self.jobs[old]
            self._queue.append(job)
            self._next()
        return job

    def _next(self) -> None:
        """Gives the worker the next job, if it has none."""
        if self._running is not None or not self._queue:
            return
        self.begin()
        job = self._queue.popleft()
        self._stop.clear()
        job.state, job.began, job.phase = "running", time.monotonic(), "starting"
        self._running = job
        sent = (job.id, job.kind, str(self.root), job.args, job.lang)
        future = self._submit(*sent)
        future.add_done_callback(lambda done: self._ended(job, done))

    def _submit(self, *sent: Any) -> Future[Outcome]:
        """Gives work to the worker; to a new one where it died while it had nothing to do (killed,
        no memory)."""
        try:
            return self._pool.submit(work.perform, *sent)
        except RuntimeError:
            self._pool.kill()
            self._fresh()
            return self._pool.submit(work.perform, *sent)

    def _ended(self, job: Job, done: Future[Outcome]) -> None:
        """Takes a job's outcome; a worker that died has said nothing."""
        with self._lock:
            if job.state != "running":
                return
            job.over, job.state = time.monotonic(), "ended"
            self.over += 1
            try:
                job.outcome = done.result()
            except BaseException as error:  # the process is gone: killed by the system
                job.outcome = work.lost(error)
                self._pool.kill()
                self._fresh()
            if self._running is job:
                self._running = None
            self._next()

    def keep(self, job: Job) -> None:
        """Asks a job to end with the best that it has."""
        with self._lock:
            job.keeping = True
            if job.state == "waiting":
                self.cancel(job)
            elif self._running is job:
                self._stop.set()

    def cancel(self, job: Job) -> None:
        """Ends a job at once; nothing of it is kept."""
        with self._lock:
            if not job.live:
                return
            job.state, job.over = "cancelled", time.monotonic()
            if self._running is job:
                self._running = None
                self._pool.kill()
                self._fresh()
            else:
                self._queue.remove(job)
            self._next()

    def quick(self, kind: str, args: dict[str, Any], lang: str, seconds: float) -> Outcome | None:
        """A short answer of the worker; ``None`` where it does something else or needs longer."""
        with self._lock:
            if self._running is not None:
                return None
            self.begin()
            self._stop.clear()
            future = self._submit("", kind, str(self.root), args, lang)
        try:
            return future.result(timeout=seconds)
        except Exception:
            return None

    @property
    def busy(self) -> bool:
        """Whether anything is being done or waits."""
        return any(job.live for job in list(self.jobs.values()))

    def close(self) -> None:
        """Ends the worker."""
        with self._lock:
            for job in self.jobs.values():
                if job.live:
                    job.state, job.over = "cancelled", time.monotonic()
            self._queue.clear()
            self._running = None
            if self._begun:
                self._pool.kill()
            self._begun = True  # a worker that was to begin does not
