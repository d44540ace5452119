"""Several searches abreast, ended together at a moment that no clock decides.

Each part of a problem is searched by an engine of its own, in a thread. What counts as time is
how often an engine has reported (a *tick*): at the first tick by which all of them together are
good enough they end, and each gives what it knew at that tick. Which thread ran faster makes no
difference, nor how many run at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from planner.axes import Floats
from planner.solving.decomposition.arrays import Program, ended, load, values

NEVER = 1 << 60
"""A tick that no search reaches; where those stand that have ended."""
PATIENCE = 0.5
"""Seconds between two looks at how far the searches are."""


@dataclass(frozen=True, eq=False)
class Known:
    """What one search knows: its best columns so far, and its bound."""

    columns: Floats | None = None
    bound: float = np.inf


@dataclass(frozen=True)
class Wanted:
    """When one search ends by itself: a relative gap at which it counts as proven, seconds."""

    gap: float
    seconds: float


@dataclass
class Track:
    """One search over its ticks: what it knew from when on, and how it ended (else empty)."""

    tick: int = 0
    known: list[tuple[int, Known]] = field(default_factory=lambda: [(0, Known())])
    how: str = ""

    def at(self, tick: int) -> Known:
        """What it knew at a tick."""
        return next(known for since, known in reversed(self.known) if since <= tick)


class Abreast:
    """Searches of programs, at most ``permits`` of them at a time.

    ``enough``: whether what all of them know is enough to end. After :meth:`run` ``tracks``
    tell how each ended.
    """

    def __init__(
        self, permits: int, enough: Callable[[list[Known]], bool], stop: Callable[[], bool]
    ) -> None:
        self.permits, self.enough, self.stop = permits, enough, stop
        self.tracks: list[Track] = []
        self.began = time.perf_counter()
        self.over = NEVER
        self.looked = 0
        self.running = 0
        self.waiting: dict[int, int] = {}
        self.turn = threading.Condition()

    def run(
        self,
        programs: Sequence[Program],
        points: Sequence[Floats],
        wanted: Wanted,
        heard: Callable[[list[Known]], None] = lambda _: None,
    ) -> list[Known]:
        """What each search knows once they are enough, have ended, or the time is up."""
        self.tracks = [Track() for _ in programs]
        self.began = time.perf_counter()
        with ThreadPoolExecutor(len(programs)) as pool:
            futures = {
                pool.submit(self._search, k, program, worth, wanted)
                for k, (program, worth) in enumerate(zip(programs, points, strict=True))
            }
            try:
                open_ = futures
                while open_:
                    _, open_ = wait(open_, timeout=PATIENCE)
                    with self.turn:
                        known = [track.at(self.over) for track in self.tracks]
                    heard(known)
            except BaseException:
                self._give_up()
                raise
        for future in futures:
            future.result()
        return known

    def _give_up(self) -> None:
        """Ends every search: what waits for them (Ctrl-C, a failure) wants none of them."""
        with self.turn:
            self.over = 0
            self.turn.notify_all()

    def _search(self, number: int, program: Program, points: Floats, wanted: Wanted) -> None:
        try:
            self._take_turn(number)
            highs = load(program, points, mip=True, threads=1)
            highs.setOptionValue("mip_rel_gap", wanted.gap)
            highs.setOptionValue("mip_abs_gap", 0.0)
            highs.setOptionValue("time_limit", max(wanted.seconds - self._waited(), 0.01))
            self._listen(highs, number, points)
            highs.run()
            self._finish(number, ended(highs), _known(highs, program, points))
        finally:
            with self.turn:
                self.tracks[number].tick = NEVER
                self.running -= 1
                self.turn.notify_all()

    def _waited(self) -> float:
        """Seconds since the first search began."""
        return time.perf_counter() - self.began

    def _listen(self, highs: Any, number: int, points: Floats) -> None:
        import highspy

        kinds = highspy.cb.HighsCallbackType
        known = Known()

        def heard(kind: Any, _message: str, out: Any, answer: Any, _data: Any) -> None:
            nonlocal known
            if kind == kinds.kCallbackMipImprovingSolution:
                columns = np.array(out.mip_solution, dtype=np.float64)
                if known.columns is None or points @ columns > points @ known.columns:
                    known = Known(columns, known.bound)
            elif kind == kinds.kCallbackMipInterrupt:
                bound = float(out.mip_dual_bound)
                if bound < known.bound:
                    known = Known(known.columns, bound)
                self._note(number, known)
                self._pass_on(number)
                answer.user_interrupt = self._halted()
            else:
                answer.user_interrupt = self._halted()

        highs.setCallback(heard, None)
        for kind in (
            kinds.kCallbackMipInterrupt,
            kinds.kCallbackMipImprovingSolution,
            kinds.kCallbackSimplexInterrupt,
        ):
            highs.startCallback(kind)

    def _halted(self) -> bool:
        return self.over < NEVER or self.stop()

    def _note(self, number: int, known: Known) -> None:
        """One more tick of a search, with what it knows now."""
        with self.turn:
            track = self.tracks[number]
            if known is not track.known[-1][1]:
                track.known.append((track.tick + 1, known))
            track.tick += 1
            self._look()

    def _finish(self, number: int, how: str, known: Known) -> None:
        with self.turn:
            track = self.tracks[number]
            if how != "stopped":
                track.how = how
                track.known.append((track.tick + 1, known))
                track.tick = NEVER
                self._look()

    def _look(self) -> None:
        """Whether some tick that every search has passed was enough."""
        horizon = min(track.tick for track in self.tracks)
        if self.over < NEVER or horizon <= self.looked:
            return
        ticks = {since for track in self.tracks for since, _ in track.known}
        for tick in sorted(t for t in ticks if self.looked < t <= horizon):
            if self.enough([track.at(tick) for track in self.tracks]):
                self.over = tick
                break
        self.looked = horizon

    # -- turns: the search that is farthest behind goes first

    def _take_turn(self, number: int) -> None:
        with self.turn:
            self.waiting[number] = self.tracks[number].tick
            self.turn.wait_for(lambda: self._is_next(number) or self._halted())
            del self.waiting[number]
            self.running += 1

    def _is_next(self, number: int) -> bool:
        behind = min(self.waiting, key=lambda k: (self.waiting[k], k))
        return self.running < self.permits and behind == number

    def _pass_on(self, number: int) -> None:
        """Lets another search run where there are more of them than permits."""
        if self.permits >= len(self.tracks):
            return
        with self.turn:
            self.running -= 1
            self.turn.notify_all()
        self._take_turn(number)


def _known(highs: Any, program: Program, points: Floats) -> Known:
    """What an engine knows at its end."""
    info = highs.getInfo()
    columns = values(highs) if info.primal_solution_status == 2 else None
    if program.integer.any():
        return Known(columns, float(info.mip_dual_bound))
    return Known(columns, np.inf if columns is None else float(points @ columns))
