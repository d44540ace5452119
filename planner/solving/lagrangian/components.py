"""Components that share nothing but wishes (wards with money of their own), each searched alone,
from a plan near its own relaxation.

A linking row is *soft* where a column of its own (the ``miss`` of a wish) makes good whatever it
lacks; every other linking row joins the blocks that stand in it. What is joined is a *component*:
a program of its own once the multipliers of the soft rows are paid.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Any

import highspy
import numpy as np

from planner.solving import parameters
from planner.solving.lagrangian.master import sample_multipliers
from planner.solving.lagrangian.structure import Linking, Problem, connected
from planner.solving.lagrangian.subproblems import UNSOLVED
from planner.solving.program import (
    Program,
    agreed,
    ended,
    interrupts,
    listen,
    load,
    set_start,
    values,
)
from planner.solving.solution import Limits, relative_gap
from planner.vocabulary.axes import Floats, Ints

# --------------------------------------------------------------------------------------------------
# Several searches in parallel, ended together at a moment that no clock decides.
#
# Each component is searched by an engine of its own, in a thread. What counts as time is how often
# an engine has reported (a *tick*): at the first tick by which all of them together are good enough
# they end, and each gives what it knew at that tick. Which thread ran faster makes no difference,
# nor how many run at a time.

NEVER = 1 << 60
"""A tick that no search reaches; where those stand that have ended."""


@dataclass(frozen=True, eq=False)
class Known:
    """What one search knows: its best columns so far, and its bound."""

    columns: Floats | None = None
    bound: float = np.inf


@dataclass
class Track:
    """One search over its ticks: what it knew from when on, and how it ended (else empty)."""

    tick: int = 0
    known: list[tuple[int, Known]] = field(default_factory=lambda: [(0, Known())])
    how: str = ""

    def at(self, tick: int) -> Known:
        """What it knew at a tick."""
        return next(known for since, known in reversed(self.known) if since <= tick)


class ParallelSearches:
    """Searches of programs, at most ``permits`` of them at a time.

    ``enough``: whether what all of them know is enough to end. After :meth:`run` ``tracks``
    tell how each ended.
    """

    def __init__(
        self, permits: int, enough: Callable[[list[Known]], bool], stop: Callable[[], bool]
    ) -> None:
        self.permits, self.enough, self.stop = permits, enough, stop
        self.tracks: list[Track] = []
        self.deadline = np.inf
        self.over = NEVER
        self.looked = 0
        self.running = 0
        self.waiting: dict[int, int] = {}
        self.turn = threading.Condition()

    def run(
        self,
        programs: Sequence[Program],
        points: Sequence[Floats],
        limits: Limits,
        heard: Callable[[list[Known]], None] = lambda _: None,
    ) -> list[Known]:
        """What each search knows once they are enough, have ended, or the time is up; the gap of
        ``limits`` is that at which one search ends by itself."""
        self.tracks = [Track() for _ in programs]
        self.deadline = time.perf_counter() + limits.time_limit
        with ThreadPoolExecutor(len(programs)) as pool:
            futures = {
                pool.submit(self._search, k, program, worth, limits.gap)
                for k, (program, worth) in enumerate(zip(programs, points, strict=True))
            }
            try:
                open_ = futures
                while open_:
                    _, open_ = wait(open_, timeout=parameters.PATIENCE)
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

    def _search(self, number: int, program: Program, points: Floats, gap: float) -> None:
        try:
            self._take_turn(number)
            if self._halted():
                return
            near = None
            if program.columns >= parameters.COMPONENT_FROM and program.integer.any():
                near = plan_near(program, points, gap, self.deadline, self._halted)
            highs = load(program, points, mip=True, threads=1)
            highs.setOptionValue("mip_rel_gap", gap)
            highs.setOptionValue("mip_abs_gap", 0.0)
            highs.setOptionValue("time_limit", _left(self.deadline))
            if near is not None:
                set_start(highs, near)
                with self.turn:
                    self.tracks[number].known[0] = (0, Known(near))
            self._listen(highs, number, points, near)
            highs.run()
            how, info = ended(highs), highs.getInfo()
            columns = values(highs) if info.primal_solution_status == 2 else None
            bound = np.inf if columns is None else float(points @ columns)
            if program.integer.any():
                bound = float(info.mip_dual_bound)
            if how != "stopped":
                with self.turn:
                    track = self.tracks[number]
                    track.how = how
                    track.known.append((track.tick + 1, Known(columns, bound)))
                    track.tick = NEVER
                    if how == "optimal":
                        self._look()
                    else:  # no plan of the whole, whatever the others find
                        self.over = 0
        finally:
            with self.turn:
                self.tracks[number].tick = NEVER
                self.running -= 1
                self.turn.notify_all()

    def _listen(self, highs: Any, number: int, points: Floats, near: Floats | None) -> None:
        """Notes what the engine reports, and passes its turn on where others wait."""
        kinds = highspy.cb.HighsCallbackType
        known = Known(near)

        def heard(kind: Any, _message: str, out: Any, answer: Any, _data: Any) -> None:
            nonlocal known
            if kind == kinds.kCallbackMipImprovingSolution:
                columns = np.array(out.mip_solution, dtype=np.float64)
                if known.columns is None or points @ columns > points @ known.columns:
                    known = Known(columns, known.bound)
                return
            if kind == kinds.kCallbackMipInterrupt:
                bound = float(out.mip_dual_bound)
                if bound < known.bound:
                    known = Known(known.columns, bound)
                self._note(number, known)
                if self.permits < len(self.tracks):
                    with self.turn:
                        self.running -= 1
                        self.turn.notify_all()
                    self._take_turn(number)
            answer.user_interrupt = self._halted()

        interrupts = (kinds.kCallbackMipInterrupt, kinds.kCallbackSimplexInterrupt)
        listen(highs, heard, *interrupts, kinds.kCallbackMipImprovingSolution)

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

    def _take_turn(self, number: int) -> None:
        """Waits for a permit; the search that is farthest behind goes first."""

        def is_next() -> bool:
            behind = min(self.waiting, key=lambda k: (self.waiting[k], k))
            return self.running < self.permits and behind == number

        with self.turn:
            self.waiting[number] = self.tracks[number].tick
            self.turn.wait_for(lambda: is_next() or self._halted())
            del self.waiting[number]
            self.running += 1


def _left(deadline: float) -> float:
    """Seconds until then, some at the least."""
    return max(deadline - time.perf_counter(), 0.01)


def plan_near(
    program: Program, points: Floats, slack: float, deadline: float, halted: Callable[[], bool]
) -> Floats | None:
    """A plan near a program's relaxation, ``None`` where none is met: at most that rounded
    up or, where that holds none, more of what costs little there; then what that plan and the
    relaxation differ in is decided anew. ``slack``: a relative gap that is close enough."""
    loose = load(program, points, mip=False)
    loose.run()
    if ended(loose) != "optimal":
        return None
    relaxed, whole = values(loose), program.integer
    # negative where a unit more than the relaxation has would cost points
    prices = np.array(loose.getSolution().col_dual, dtype=np.float64)
    noise = parameters.RELAXED_INTEGRAL

    def searched(lower: Floats, upper: Floats, start: Floats | None) -> Floats | None:
        highs = load(replace(program, lower=lower, upper=upper), points, mip=True)
        highs.setOptionValue("mip_rel_gap", slack)
        highs.setOptionValue("mip_max_nodes", parameters.NEIGHBOURHOOD_NODES)
        highs.setOptionValue("time_limit", _left(deadline))
        if start is None:
            highs.setOptionValue("mip_max_improving_sols", 1)
        else:
            set_start(highs, start)

        def heard(_kind: Any, _message: str, _out: Any, answer: Any, _data: Any) -> None:
            answer.user_interrupt = halted()

        listen(highs, heard, *interrupts())
        highs.run()
        found = values(highs) if highs.getInfo().primal_solution_status == 2 else None
        return found if found is None else np.where(whole, np.rint(found), found)

    most = np.where(whole, np.minimum(np.ceil(relaxed - noise), program.upper), program.upper)
    little = parameters.COMPONENT_NEAR * abs(float(points @ relaxed))
    plan = searched(program.lower, most, None)
    if plan is None:
        plan = searched(program.lower, np.where(prices > -little, program.upper, most), None)
    if plan is None or halted():
        return plan
    better = searched(*agreed(whole, relaxed, plan, (program.lower, program.upper)), plan)
    return plan if better is None or points @ better < points @ plan else better


# --------------------------------------------------------------------------------------------------
# The components of a problem.


@dataclass(frozen=True)
class Components:
    """``columns``: of each component, ascending; ``soft``: positions among the linking rows;
    ``misses``: the columns that make good what those rows lack."""

    problem: Problem
    columns: tuple[Ints, ...]
    soft: Ints
    misses: Ints

    def programs(self) -> Iterator[Program]:
        """The program of each component: all rows but the soft ones."""
        program, link = self.problem.program, self.problem.linking
        kept = np.ones(program.rows, dtype=bool)
        kept[link.rows[self.soft]] = False
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


def find_components(problem: Problem) -> Components | None:
    """The components; ``None`` where there is one alone, or one holds nearly all."""
    program, link, structure = problem.program, problem.linking, problem.structure
    count = np.bincount(link.column, minlength=program.columns)
    free = link.columns[(count[link.columns] == 1) & np.isinf(program.upper[link.columns])]
    raised, lowered = np.zeros((2, len(link.rows)), dtype=bool)
    for _, row, coefficient in _own_rows(link, free):
        (raised if coefficient > 0 else lowered)[row] = True
    soft = (raised | ~np.isfinite(link.row_lower)) & (lowered | ~np.isfinite(link.row_upper))
    misses = np.array(sorted(k for k, row, _ in _own_rows(link, free) if soft[row]), dtype=np.int64)

    blocks, masters = structure.blocks, len(link.columns)
    node = np.where(structure.block >= 0, structure.block, 0)
    node[link.columns] = blocks + np.arange(masters)
    firm = ~soft[link.row] & ~np.isin(link.column, misses)
    label = connected(link.row[firm], node[link.column[firm]], len(link.rows), blocks + masters)
    own = label[node]
    own[misses] = -1
    numbers, sizes = np.unique(own[own >= 0], return_counts=True)
    # the largest first; small ones are put together
    order = np.lexsort((numbers, -sizes))
    large = sizes[order] >= parameters.COMPONENT_FROM
    groups = [(numbers[[k]], int(sizes[k])) for k in order[large]]
    small = order[~large]
    if len(small):
        groups.append((numbers[small], int(sizes[small].sum())))
    largest = parameters.COMPONENT_LARGEST * program.columns
    if len(groups) < 2 or max(size for _, size in groups) > largest:
        return None
    columns = tuple(np.flatnonzero(np.isin(own, members)) for members, _ in groups)
    return Components(problem, columns, np.flatnonzero(soft), misses)


def _own_rows(link: Linking, columns: Ints) -> Iterator[tuple[int, int, float]]:
    """(column, its linking row, coefficient) of columns that stand in one row each."""
    mine = np.flatnonzero(np.isin(link.column, columns))
    for at in mine.tolist():
        yield int(link.column[at]), int(link.row[at]), float(link.coefficient[at])


# --------------------------------------------------------------------------------------------------
# A search by components.


@dataclass
class ComponentSearch:
    """The state of one solve; ``plan``, ``value`` and ``bound`` are its results."""

    components: Components
    objective: Floats
    limits: Limits
    threads: int
    stop: Callable[[], bool]
    heard: Callable[[float, float], None]
    plan: Floats | None = None
    value: float = -np.inf
    bound: float = np.inf
    shared: float = 0.0
    """Points of what no component holds: the multipliers' terms and the misses at their best."""

    def run(self, began: float) -> str:
        """Searches; ``reached``, ``infeasible``, ``unsolved`` or ``stopped``."""
        components, problem, limits = self.components, self.components.problem, self.limits
        link, misses, soft = problem.linking, components.misses, components.soft
        if problem.hopeless:
            return "infeasible"
        # Points once the soft rows' multipliers are paid.
        multipliers = np.zeros(len(link.rows))
        if len(soft):
            known = sample_multipliers(problem, self.objective, limits.threads or 0)
            multipliers[soft] = known[soft]
        reduced = link.reduced(self.objective, multipliers)
        upper = np.full(len(reduced), np.inf)
        upper[link.columns] = link.upper
        mine = reduced[misses]
        ends = np.where(mine > 0, upper[misses], problem.program.lower[misses])
        used = multipliers != 0
        sides = np.where(multipliers > 0, link.row_upper, link.row_lower)
        self.shared = float(mine @ ends + multipliers[used] @ sides[used])

        def enough(known: list[Known]) -> bool:
            plan, bound = self._assembled(known)
            return plan is not None and self._within(float(self.objective @ plan), bound)

        def tell(known: list[Known]) -> None:
            plan, bound = self._assembled(known)
            self.heard(-np.inf if plan is None else float(self.objective @ plan), bound)

        search = ParallelSearches(self.threads, enough, self.stop)
        left = limits.time_limit - (time.perf_counter() - began)
        found = search.run(
            list(components.programs()),
            [reduced[columns] for columns in components.columns],
            Limits(parameters.COMPONENT_SLACK * limits.gap, left),
            tell,
        )
        hows = {track.how for track in search.tracks}
        if hows & {"infeasible", "unbounded"}:
            return "infeasible" if "infeasible" in hows else UNSOLVED
        plan, self.bound = self._assembled(found)
        if plan is not None and problem.fits(plan):
            self.plan, self.value = plan, float(self.objective @ plan)
        within = self.plan is not None and self._within(self.value, self.bound)
        return "reached" if within else "stopped"

    def _assembled(self, known: list[Known]) -> tuple[Floats | None, float]:
        """The plan that the components' plans make together, and the bound that theirs prove."""
        bound = self.shared + sum(k.bound for k in known)
        problem = self.components.problem
        columns = np.zeros(problem.program.columns)
        for component, each in zip(self.components.columns, known, strict=True):
            if each.columns is None:
                return None, bound
            columns[component] = each.columns
        columns = np.where(problem.program.integer, np.rint(columns), columns)
        return self.components.completed(columns), bound

    def _within(self, value: float, bound: float) -> bool:
        gap = self.limits.gap * parameters.COMPONENT_GAP
        near = bool(np.isfinite(bound)) and relative_gap(value, max(value, bound)) <= gap
        return value >= self.limits.target or near
