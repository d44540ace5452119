"""Seconds, CPU seconds and peak memory of each phase of a run, and its progress over time."""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
"""Linux: the high-water mark of resident memory, and the file that resets it."""


@dataclass
class Measured:
    """One phase: wall and CPU seconds without the phases inside it, peak memory in MiB."""

    seconds: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0


@dataclass
class Meter:
    """Listens to :mod:`planner.system.process` and adds up."""

    phases: dict[str, Measured] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    at: tuple[float, float] = (0.0, 0.0)
    firsts: dict[str, float] = field(default_factory=dict)
    """Phase → clock when it first began."""

    def began(self, name: str) -> None:
        """See :class:`planner.system.process.Listener`."""
        self._settle()
        self.open.append(name)
        self.firsts.setdefault(name, self.at[0])

    def ended(self, name: str) -> None:
        """See :class:`planner.system.process.Listener`."""
        self._settle()
        self.open.remove(name)

    def _settle(self) -> None:
        """Books what passed since the last edge to the phase that was open."""
        now = (time.perf_counter(), time.process_time())
        peak = peak_memory()
        if self.open:
            mine = self.phases.setdefault(self.open[-1], Measured())
            mine.seconds += now[0] - self.at[0]
            mine.cpu += now[1] - self.at[1]
            mine.peak = max(mine.peak, peak)
        reset_peak()
        self.at = (time.perf_counter(), time.process_time())

    def as_dict(self) -> dict[str, Any]:
        """For JSON: rounded, in the order in which the phases first began."""
        return {
            name: {"seconds": round(m.seconds, 4), "cpu": round(m.cpu, 4), "mib": round(m.peak, 1)}
            for name, m in self.phases.items()
        }


def peak_memory() -> float:
    """Peak resident memory in MiB since the last reset (where the system can reset it)."""
    try:
        for line in STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return whole_peak()


def whole_peak() -> float:
    """Peak resident memory of the process in MiB as the operating system counts it."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024**2 if sys.platform == "darwin" else peak / 1024


def reset_peak() -> None:
    """Starts a new high-water mark; without Linux the mark only ever rises."""
    try:
        CLEAR.write_text("5")
    except OSError:
        return


def tree_memory(process: int) -> int:
    """Resident KiB of a process and all that it started, now; 0 once it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
        tasks = Path(f"/proc/{process}/task").glob("*/children")
        children = [int(c) for t in tasks for c in t.read_text().split()]
    except OSError:
        return 0
    own = next((w.split()[1] for w in status.splitlines() if w.startswith("VmRSS")), "0")
    return int(own) + sum(map(tree_memory, children))


def workers_cpu() -> float:
    """CPU seconds of the processes started so far that have ended."""
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN)
    return theirs.ru_utime + theirs.ru_stime


class TreeWatch:
    """Peak memory in MiB of this process and its workers together, sampled while it is open."""

    SECONDS = 0.1

    def __init__(self) -> None:
        self.mib = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> TreeWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.mib = max(self.mib, tree_memory(os.getpid()) / 1024)
            if self._over.wait(self.SECONDS):
                return
