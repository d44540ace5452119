"""A search part by part: each ward on its own, at a price for what they share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from planner.solving.lagrangian.multipliers import sample_prices
from planner.solving.lagrangian.structure import Linking, Problem
from planner.solving.lagrangian.subproblems import UNSOLVED
from planner.solving.program import Program, ended, load, values
from planner.solving.solution import Limits, relative_gap
from planner.vocabulary.axes import Bools, Floats, Ints

# --------------------------------------------------------------------------------------------------
# Several searches abreast, ended together at a moment that no clock decides.
#
# Each part of a problem is searched by an engine of its own, in a thread. What counts as time is
# how often an engine has reported (a *tick*): at the first tick by which all of them together are
# good enough they end, and each gives what it knew at that tick. Which thread ran faster makes no
# difference, nor how many run at a time.

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
                # Ends every search: what waits for them (Ctrl-C, a failure) wants none of them.
                with self.turn:
                    self.over = 0
                    self.turn.notify_all()
                raise
        for future in futures:
            future.result()
        return known

    def _search(self, number: int, program: Program, points: Floats, wanted: Wanted) -> None:
        try:
            self._take_turn(number)
            highs = load(program, points, mip=True, threads=1)
            highs.setOptionValue("mip_rel_gap", wanted.gap)
            highs.setOptionValue("mip_abs_gap", 0.0)
            # Seconds since the first search began.
            highs.setOptionValue(
                "time_limit", max(wanted.seconds - (time.perf_counter() - self.began), 0.01)
            )
            self._listen(highs, number, points)
            highs.run()
            how = ended(highs)
            known = _known(highs, program, points)
            with self.turn:
                track = self.tracks[number]
                if how != "stopped":
                    track.how = how
                    track.known.append((track.tick + 1, known))
                    track.tick = NEVER
                    self._look()
        finally:
            with self.turn:
                self.tracks[number].tick = NEVER
                self.running -= 1
                self.turn.notify_all()

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


# --------------------------------------------------------------------------------------------------
# Parts of a problem that share nothing but wishes: wards with money of their own.
#
# A linking row is *yielding* where a column of its own (the ``miss`` of a wish) makes good
# whatever it lacks; every other linking row joins the blocks that stand in it. What is joined is
# a *part*: a program of its own once the yielding rows are priced.

SMALLEST = 2_000
"""Columns below which pieces that touch nobody are put together into one part."""
LARGEST = 0.75
"""Part of all columns that one part may hold, so that taking apart pays."""


@dataclass(frozen=True)
class Parts:
    """``columns``: of each part, ascending; ``yielding``: positions among the linking rows;
    ``misses``: the columns that make good what those rows lack."""

    problem: Problem
    columns: tuple[Ints, ...]
    yielding: Ints
    misses: Ints

    def programs(self) -> Iterator[Program]:
        """The program of each part: all rows but the yielding ones."""
        program, link = self.problem.program, self.problem.linking
        kept = np.ones(program.rows, dtype=bool)
        kept[link.rows[self.yielding]] = False
        for columns in self.columns:
            inside = np.zeros(program.columns, dtype=bool)
            inside[columns] = True
            entries = np.flatnonzero(inside[program.column_index] & kept[program.row_index])
            yield program.part(columns, entries, np.unique(program.row_index[entries]))

    def completed(self, columns: Floats) -> Floats:
        """The assignment with every miss as small as its row allows."""
        link = self.problem.linking
        found = columns.copy()
        found[self.misses] = self.problem.program.lower[self.misses]
        level = link.activity(found)
        for k, row, coefficient in _own_rows(link, self.misses):
            lacks = link.row_lower[row] - level[row], level[row] - link.row_upper[row]
            found[k] += max(lacks[0] if coefficient > 0 else lacks[1], 0.0) / abs(coefficient)
        return found


def find_parts(problem: Problem) -> Parts | None:
    """The parts of a problem; ``None`` where there is one alone, or one holds nearly all."""
    program, link, structure = problem.program, problem.linking, problem.structure
    misses, yielding = _yielding(problem)
    blocks, masters = structure.blocks, len(link.columns)
    node = np.where(structure.block >= 0, structure.block, 0)
    node[link.columns] = blocks + np.arange(masters)
    firm = ~yielding[link.row] & ~np.isin(link.column, misses)
    joined = node[link.column[firm]].astype(np.int64)
    label = _joined(link.row[firm].astype(np.int64), joined, len(link.rows), blocks + masters)
    own = label[node]
    own[misses] = -1
    numbers, sizes = np.unique(own[own >= 0], return_counts=True)
    groups = _grouped(numbers, sizes)
    if len(groups) < 2 or max(s for _, s in groups) > LARGEST * program.columns:
        return None
    columns = tuple(np.flatnonzero(np.isin(own, members)) for members, _ in groups)
    return Parts(problem, columns, np.flatnonzero(yielding), misses)


def _yielding(problem: Problem) -> tuple[Ints, Bools]:
    """(misses, ``[linking row]`` whether its misses make good all that it can lack)."""
    link, program = problem.linking, problem.program
    count = np.bincount(link.column, minlength=program.columns)
    free = link.columns[(count[link.columns] == 1) & np.isinf(program.upper[link.columns])]
    raised, lowered = np.zeros((2, len(link.rows)), dtype=bool)
    for _, row, coefficient in _own_rows(link, free):
        (raised if coefficient > 0 else lowered)[row] = True
    yielding = (raised | ~np.isfinite(link.row_lower)) & (lowered | ~np.isfinite(link.row_upper))
    misses = [k for k, row, _ in _own_rows(link, free) if yielding[row]]
    return np.array(sorted(misses), dtype=np.int64), yielding


def _own_rows(link: Linking, columns: Ints) -> Iterator[tuple[int, int, float]]:
    """(column, its linking row, coefficient) of columns that stand in one row each."""
    mine = np.flatnonzero(np.isin(link.column, columns))
    for at in mine.tolist():
        yield int(link.column[at]), int(link.row[at]), float(link.coefficient[at])


def _joined(row: Ints, node: Ints, rows: int, nodes: int) -> Ints:
    """``[node]``: the lowest node that it is connected with by rows."""
    label = np.arange(nodes)
    while True:
        lowest = np.full(rows, nodes)
        np.minimum.at(lowest, row, label[node])
        new = label.copy()
        np.minimum.at(new, node, lowest[row])
        new = new[new]
        if (new == label).all():
            return label
        label = new


def _grouped(numbers: Ints, sizes: Ints) -> list[tuple[list[int], int]]:
    """Pieces, and small ones put together: (numbers, columns), the largest first."""
    order = np.lexsort((numbers, -sizes))
    groups = [([int(numbers[k])], int(sizes[k])) for k in order if sizes[k] >= SMALLEST]
    small = [k for k in order if sizes[k] < SMALLEST]
    if small:
        groups.append(([int(numbers[k]) for k in small], int(sizes[small].sum())))
    return groups


MARGIN = 0.98
"""The search aims below the gap asked for, so that whole money does not lift it above."""
SLACK = 0.02
"""Part of the gap asked for within which one part counts as proven."""


@dataclass
class ComponentSearch:
    """The state of one solve; ``plan``, ``value`` and ``bound`` are its results."""

    parts: Parts
    objective: Floats
    limits: Limits
    workers: int
    stop: Callable[[], bool]
    heard: Callable[[float, float], None]
    target: float = np.inf
    plan: Floats | None = None
    value: float = -np.inf
    bound: float = np.inf

    shared: float = 0.0
    """Points of what no part holds: the prices' own terms and the misses at their best."""

    def run(self, began: float) -> str:
        """Searches; ``reached``, ``infeasible``, ``unsolved`` or ``stopped``."""
        if self.parts.problem.hopeless:
            return "infeasible"
        reduced = self._priced()
        search = Abreast(self.workers, self._enough, self.stop)
        left = self.limits.time_limit - (time.perf_counter() - began)
        points = [reduced[columns] for columns in self.parts.columns]
        programs = list(self.parts.programs())
        known = search.run(programs, points, Wanted(SLACK * self.limits.gap, left), self._tell)
        hows = {track.how for track in search.tracks}
        if "infeasible" in hows:
            return "infeasible"
        if "unbounded" in hows:
            return UNSOLVED
        self._take(known)
        return (
            "reached"
            if (self.plan is not None and self._within(self.value, self.bound))
            else "stopped"
        )

    def _priced(self) -> Floats:
        """``[column]`` points once the yielding rows are paid; sets ``shared``."""
        parts, link = self.parts, self.parts.problem.linking
        prices = np.zeros(len(link.rows))
        if len(parts.yielding):
            known = sample_prices(parts.problem, self.objective, self.limits.threads or 0)
            prices[parts.yielding] = known[parts.yielding]
        reduced = link.reduced(self.objective, prices)
        upper = np.full(len(reduced), np.inf)
        upper[link.columns] = link.upper
        mine, lower = reduced[parts.misses], parts.problem.program.lower[parts.misses]
        ends = np.where(mine > 0, upper[parts.misses], lower)
        used = prices != 0
        sides = np.where(prices > 0, link.row_upper, link.row_lower)
        self.shared = float(mine @ ends + prices[used] @ sides[used])
        return reduced

    def _assembled(self, known: list[Known]) -> tuple[Floats | None, float]:
        """The plan that the parts' plans make together, and the bound that theirs prove."""
        bound = self.shared + sum(k.bound for k in known)
        problem = self.parts.problem
        columns = np.zeros(problem.program.columns)
        for part, each in zip(self.parts.columns, known, strict=True):
            if each.columns is None:
                return None, bound
            columns[part] = each.columns
        columns = np.where(problem.program.integer, np.rint(columns), columns)
        return self.parts.completed(columns), bound

    def _enough(self, known: list[Known]) -> bool:
        plan, bound = self._assembled(known)
        return plan is not None and self._within(float(self.objective @ plan), bound)

    def _within(self, value: float, bound: float) -> bool:
        if value >= self.target:
            return True
        return bool(np.isfinite(bound)) and (
            relative_gap(value, max(value, bound)) <= self.limits.gap * MARGIN
        )

    def _take(self, known: list[Known]) -> None:
        plan, self.bound = self._assembled(known)
        if plan is not None and self.parts.problem.fits(plan):
            self.plan, self.value = plan, float(self.objective @ plan)

    def _tell(self, known: list[Known]) -> None:
        plan, bound = self._assembled(known)
        self.heard(-np.inf if plan is None else float(self.objective @ plan), bound)
