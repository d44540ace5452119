"""Neighbourhoods of the relaxation and of the plan before: whole units in a moment, with the
relaxation as their proof.

A what-if moves some money, and most decisions stay as they are. A plan between the relaxation and
the plan before is a small problem, and so is what the plan found and the relaxation differ in
(RINS). A problem that is solved once is treated alike, without a plan before (RENS). What is found
in a neighbourhood is a plan of the whole problem, which a search goes on from where it is not close
enough to the relaxation; what is not found proves nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from planner.errors import SolverError
from planner.formulation.model import Model
from planner.names import FLOOR_STAGE
from planner.solving import parameters
from planner.solving.highs import Engine, HighsEngine, ProgressSink
from planner.solving.lagrangian import master
from planner.solving.lagrangian.structure import Problem, Structure, find_structure, homes
from planner.solving.program import Program, Restrictions, agreed, ended, load
from planner.solving.solution import (
    Limits,
    Outcome,
    Progress,
    Solution,
    Stage,
    Status,
    enough,
    proved,
    relative_gap,
)
from planner.solving.stages import solve_stages, stage_objectives
from planner.solving.sureness import BlockBounds
from planner.system import worker_pool
from planner.system.process import phase
from planner.system.worker_pool import Beside
from planner.vocabulary.axes import Bools, Floats, Ints

Bounds = tuple[Floats, Floats]
"""``[column]``: lower and upper bounds."""


@dataclass(frozen=True)
class Incumbent:
    """The plan before, and the relaxation beside which it was found (``None``: not known)."""

    columns: Floats
    relaxed: Floats | None = None


@dataclass(frozen=True)
class Blocks:
    """A model's schools, as its rows show them, and the rows that only one school is in."""

    structure: Structure
    program: Program
    model: Model

    @classmethod
    def of(cls, model: Model) -> Blocks:
        """The blocks of a model; they do not depend on money."""
        program = Restrictions.of(model).program(model)
        return cls(find_structure(program, homes(model)), program, model)

    @cached_property
    def counted(self) -> Bools:
        """``[column]``: whether it is a yes-or-no decision that a rule counts over schools: which
        of them reach a level, which requests are granted, which works a floor of money is met by.

        A relaxation meets such a rule by a part of the way at each of many schools, and with what
        it buys no school goes all of it. Rows in which units of items stand are not meant, since a
        unit more here or there meets them; nor is what money there is.
        """
        model, program = self.model, self.program
        units, rows = np.zeros(model.columns, dtype=bool), self.structure.linking.copy()
        for block in model.column_blocks:
            units[block.start : block.stop] = block.name in ("buy", "gain")
        for block in model.row_blocks:
            mine = slice(block.start, block.stop)
            rows[mine] &= np.isfinite(model.row_lower[mine]) if block.money else True
        rows[program.row_index[units[program.column_index]]] = False
        found = np.zeros(model.columns, dtype=bool)
        found[program.column_index[rows[program.row_index]]] = True
        return found & model.integer & (model.column_upper - model.column_lower <= 1)

    def touched(self, columns: Bools) -> Bools:
        """``[column]``: whether it is in a block with any of ``columns``, or in none."""
        block = self.structure.block
        marked = np.zeros(self.structure.blocks + 1, dtype=bool)
        marked[block[columns]] = True
        marked[-1] = True  # where block is −1
        return np.asarray(marked[block])

    def cramped(self, engine: Engine, inside: Bounds, relaxed: Floats) -> Bools:
        """``[column]``: whether it is in a block whose own rows no plan inside satisfies.

        Only blocks where the relaxation is not whole are asked; elsewhere it is such a plan
        itself. Each is a tiny program without an objective.
        """
        structure, program, now = self.structure, self.program, engine.restrictions
        cramped = np.zeros(structure.blocks + 1, dtype=bool)
        owner = structure.block[program.column_index]
        local = ~structure.linking[program.row_index]
        off = np.abs(relaxed - np.rint(relaxed)) > parameters.RELAXED_INTEGRAL
        broken = program.integer & off
        for number in np.unique(structure.block[broken]).tolist():
            if number < 0 or engine.stop():
                continue
            entries = np.flatnonzero((owner == number) & local)
            columns = np.flatnonzero(structure.block == number)
            rows = np.unique(program.row_index[entries])
            part = replace(
                program.part(columns, entries, rows),
                row_lower=now.row_lower[rows],
                row_upper=now.row_upper[rows],
                lower=inside[0][columns],
                upper=inside[1][columns],
            )
            highs = load(part, np.zeros(len(columns)), mip=True, threads=engine.limits.threads or 0)
            highs.setOptionValue("mip_max_nodes", parameters.SUBPROBLEM_NODES)
            highs.run()
            cramped[number] = ended(highs) == "infeasible"
        return np.asarray(cramped[structure.block])


def neighbourhoods(
    engine: Engine, relaxed: Floats, before: Incumbent | None, blocks: Blocks
) -> Iterator[Bounds]:
    """Bounds from the tightest to the widest that is worth a try, within the engine's own.

    1. Every whole decision between the plan before and the relaxation, rounded either way.
    2. At most the larger of the two, and as in the plan before at schools whose relaxation
       has not moved since.
    3. At most the larger of the two, at every school.

    Without a plan before there is only the last, at most the relaxation rounded up. A school
    that the second or third leaves no plan of its own is not bounded at all.
    """
    whole, lower, upper = engine.model.integer, engine.model.column_lower, engine.restrictions.upper
    most = _within(np.ceil(relaxed - parameters.RELAXED_INTEGRAL), lower, upper)

    def bounded(low: Floats, high: Floats) -> Bounds:
        return np.where(whole, low, lower), np.where(whole, high, upper)

    def opened(low: Floats, high: Floats) -> Bounds:
        least, greatest = bounded(low, high)
        free = blocks.cramped(engine, (least, greatest), relaxed)
        return np.where(free, lower, least), np.where(free, upper, greatest)

    if before is None:
        yield opened(lower, most)
        return
    plan = _within(np.rint(before.columns), lower, upper)
    most = np.maximum(most, plan)
    least = _within(np.floor(relaxed + parameters.RELAXED_INTEGRAL), lower, upper)
    yield bounded(np.minimum(least, plan), most)
    if before.relaxed is not None:
        far = np.abs(relaxed - before.relaxed) > parameters.RELAXED_MOVED
        moved = blocks.touched(whole & far)
        yield opened(np.where(moved, lower, plan), np.where(moved, most, plan))
    yield opened(lower, most)


def rins(engine: Engine, relaxed: Floats, plan: Floats) -> Bounds:
    """What a plan and the relaxation agree on stays; the other whole decisions are free."""
    model = engine.model
    ends = model.column_lower, engine.restrictions.upper
    return agreed(model.integer, relaxed, np.rint(plan), ends)


def _within(values: Floats, lower: Floats, upper: Floats) -> Floats:
    return np.minimum(np.maximum(values, lower), upper)


# --------------------------------------------------------------------------------------------------
# Schools that lose most against their own best.
#
# What a plan lacks to the bound by blocks is the sum of what each block of it loses against its own
# best at the same multipliers, and of what the rows that they share leave unused. So the few blocks
# that lose most are where a better plan is to be looked for.


@dataclass(frozen=True)
class Losing:
    """Schools of a plan decided anew, the others as they are: some lots of them from the same plan,
    side by side where there is a second core. How many cores there are changes no plan.

    Parameters
    ----------
    bounds
        Each school by itself, decided at the multipliers.
    now
        Bounds of rows and columns; cuts are not known.
    threads
        ``None``: all cores.
    slack, nodes
        Points within which a lot need not be proven, and branch-and-bound nodes that it may take.
    hopeful
        Whether a lot ends as soon as it cannot be worth what is wanted: with what it has by then.
    """

    bounds: BlockBounds
    now: Restrictions
    objective: Floats
    threads: int | None
    slack: float
    nodes: int
    stop: Callable[[], bool]
    hopeful: bool = False

    @cached_property
    def problem(self) -> Problem:
        """The schools under the bounds of now."""
        assert self.bounds.problem is not None
        return self.bounds.problem.with_rows(self.now.row_lower, self.now.row_upper)

    def losses(self, plan: Floats) -> Floats:
        """``[block]`` points by which it is behind its own best."""
        best = np.where(np.isfinite(self.bounds.best), self.bounds.best, 0.0)
        return np.maximum(best - self.problem.block_sums(self.bounds.reduced * plan), 0.0)

    def better(
        self, plan: Floats, key: Floats, size: int, wanted: float, seconds: float, lots: int = 1
    ) -> Floats | None:
        """A plan that is worth more; ``None`` where ``lots`` (one or two) of about ``size``
        columns, of the blocks with the largest ``key`` (``[block]``), hold none. ``wanted``: a
        value that is enough."""
        order = np.argsort(-key, kind="stable")
        sizes = np.diff(self.problem.structure.starts)[order]
        ends = np.searchsorted(np.cumsum(sizes), size * np.arange(1, lots + 1)) + 1
        apart = np.split(order[: ends[-1]], ends[:-1])
        anew = partial(self._anew, plan, wanted=wanted, seconds=seconds)
        with ThreadPoolExecutor(min(lots, cores_of(self.threads))) as pool:
            found = [columns for columns in pool.map(anew, apart) if columns is not None]
        if len(found) == 2:
            # what both changed together, where the rows that schools share allow it
            both = found[0] + found[1] - plan
            found += [both] if self.problem.fits(both) else []
        best = max(found, key=self._worth, default=None)
        return best if best is not None and self._worth(best) > self._worth(plan) else None

    def _worth(self, plan: Floats) -> float:
        return float(self.objective @ plan)

    def _anew(self, plan: Floats, blocks: Ints, wanted: float, seconds: float) -> Floats | None:
        how = master.Wanted(
            wanted, self.slack, seconds, self.threads or 0, self.nodes, self.hopeful
        )
        found = master.decide(
            self.problem, self.objective, np.sort(blocks), plan, how, start=True, stop=self.stop
        )
        good = found.columns is not None and self.problem.fits(found.columns)
        return found.columns if good else None


def cores_of(threads: int | None) -> int:
    """Cores that so many threads are; ``None``: all there are."""
    return max(1, threads or worker_pool.cores())


Relax = Callable[[Floats, Limits, str], Outcome]
"""Solves the relaxation: objective, limits, name of the stage."""


@dataclass(frozen=True)
class NeighbourhoodResult:
    """What was found near: a solution, proven or not, and the relaxation, if it was solved."""

    solution: Solution
    relaxed: Outcome | None = None

    @property
    def before(self) -> Incumbent | None:
        """The plan found, as what the next solve stays near."""
        if self.solution.columns is None:
            return None
        relaxed = None if self.relaxed is None else self.relaxed.columns
        return Incumbent(self.solution.columns, relaxed)


def is_provable(engine: Engine, limits: Limits) -> bool:
    """Whether there is one stage of whole units, and a gap that the relaxation can prove."""
    stages = list(stage_objectives(engine.model))
    return len(stages) == 1 and limits.gap >= parameters.NEIGHBOURHOOD_GAP and not engine.relax


@dataclass(frozen=True)
class Neighbourhoods:
    """One problem, whose plan is looked for beside the one before.

    Parameters
    ----------
    relax, engine
        The same problem as a relaxation and with whole units, both at the money asked for.
    blocks
        The schools of the problem.
    before
        The plan before, which need not fit the money any more; ``None``: there is none.
    start
        A plan that fits, to begin from.
    harder
        How much is added to the rows' lower and upper bounds inside neighbourhoods, so that whole
        money does not break what is found there. What is proven is of the problem as it is.
    drawing
        Whether schools are drawn and decided anew where everything else falls short; not where
        somebody waits for an answer near the plan before.
    """

    relax: Relax
    engine: Engine
    limits: Limits
    blocks: Blocks
    before: Incumbent | None = None
    start: Floats | None = None
    progress: ProgressSink | None = None
    harder: tuple[Floats | float, Floats | float] = (0.0, 0.0)
    drawing: bool = False

    def solve(self) -> NeighbourhoodResult:
        """What :meth:`search` proves; where that is too little, a search of the whole problem that
        begins there. The relaxation bounds its plan too."""
        near = self.search()
        found, limits = near.solution, self.limits
        proven = (Status.OPTIMAL, Status.WITHIN_GAP, Status.INFEASIBLE)
        if found.status in proven or self.engine.stop():
            return near
        left = max(limits.time_limit - found.seconds, parameters.SHORTEST)
        start = self.start if found.columns is None else found.columns

        def report(at: Progress) -> None:
            """A line of the search's as one of the whole solve: its seconds go on, and the
            relaxation's bound holds until the search has a better one."""
            assert self.progress is not None
            bounds = [at.bound, None if near.relaxed is None else near.relaxed.value]
            bound = min((b for b in bounds if b is not None and np.isfinite(b)), default=None)
            self.progress(replace(at, seconds=at.seconds + found.seconds, bound=bound))

        # it may stop at a value that the relaxation already proves to be within the gap
        proof = np.inf if near.relaxed is None else enough(near.relaxed.value, limits.gap)
        searched = solve_stages(
            self.engine,
            replace(limits, time_limit=left, target=min(limits.target, proof)),
            start=start,
            progress=self.progress and report,
        )
        if searched.columns is None and found.columns is not None:
            return near  # stopped before it had even looked at where it begins
        searched = replace(searched, seconds=searched.seconds + found.seconds)
        return replace(near, solution=_bounded(searched, near.relaxed, limits.gap))

    @phase("solve")
    def search(self) -> NeighbourhoodResult:
        """A plan within the gap asked for; or ``stopped`` with the plan found, or without any."""
        ((name, objective),) = stage_objectives(self.engine.model)
        began = time.perf_counter()
        relaxed = self.relax(objective, self.limits, name)
        if relaxed.columns is None:
            # Without a plan of the relaxation there is none of whole units either.
            none = relaxed.status is Status.INFEASIBLE
            status = Status.INFEASIBLE if none else Status.NO_PLAN
            solution = Solution(status, None, (), time.perf_counter() - began)
            return NeighbourhoodResult(solution, relaxed)
        return _Search(self, name, objective, began, relaxed).run()


class _Search:
    """One search of neighbourhoods; ``relaxed``, whose value is the bound, and ``blocks`` are what
    it knows so far."""

    def __init__(
        self, problem: Neighbourhoods, name: str, objective: Floats, began: float, relaxed: Outcome
    ) -> None:
        assert relaxed.columns is not None
        self.problem, self.engine, self.limits = problem, problem.engine, problem.limits
        self.name, self.objective, self.began = name, objective, began
        self.relaxed, self.near = relaxed, relaxed.columns
        self.blocks: BlockBounds | None = None
        self.share = parameters.NEIGHBOURHOOD_TIME

    def run(self) -> NeighbourhoodResult:
        """What it finds and proves."""
        problem, limits = self.problem, self.limits
        found = Outcome(Status.NO_PLAN)
        # without a plan before, any plan: what it and the relaxation differ in is soon decided
        first = problem.before is None and problem.start is None
        # the other thread bounds all plans: not what this one draws closer meanwhile
        bounding = partial(self._by_blocks, self.engine.restrictions)
        with Beside(bounding, limits.threads if first else 1) as beside:
            for bounds in neighbourhoods(self.engine, self.near, problem.before, problem.blocks):
                plans = 1 if first else None
                found = self._inside(bounds, problem.start, parameters.NEIGHBOURHOOD_SLACK, plans)
                if found.columns is not None:
                    break
            away = relative_gap(found.value, self.bound) if found.columns is not None else 0.0
            if away > limits.gap and (first or away <= parameters.BLOCKS_WITHIN * limits.gap):
                self.blocks = beside.answer()
                self._lower(self.blocks)
        within = np.inf if first else parameters.RINS_WITHIN * limits.gap
        if relative_gap(found.value, self.bound) > parameters.LOSING_BEYOND * self._gap:
            found = self._anew(found, parameters.LOSING_FIRST)
        found = self._nearer(found, within)
        seconds = time.perf_counter() - self.began
        if found.columns is None:
            return NeighbourhoodResult(Solution(Status.NO_PLAN, None, (), seconds), self.relaxed)
        bound = max(self.bound, found.value)
        status = proved(found.value, bound, False, limits.gap)
        stage = Stage(self.name, status, found.value, bound, seconds)
        solution = Solution(status, found.columns, (stage,), seconds)
        return NeighbourhoodResult(solution, self.relaxed)

    def _nearer(self, found: Outcome, within: float) -> Outcome:
        """What rounds of a search near a plan make of it. Where the first leaves little missing,
        multipliers that bound all plans more closely are looked for beside the others; they count
        once those have failed, so that no clock decides. Where the gap is too close to be proven
        here a plan is all that is wanted."""
        found = self._rounds(found, within, 1)
        if not self._is_near(found) or self.limits.gap < parameters.NEIGHBOURHOOD_GAP:
            return self._rounds(found, within, parameters.RINS_ROUNDS - 1)
        with Beside(partial(self._closer, found), self.limits.threads) as beside:
            found = self._rounds(found, within, parameters.RINS_ROUNDS - 1)
            if self._missing(found) > 0:
                self.blocks = beside.answer()
                self._lower(self.blocks)
        return self._drawn(self._rounds(found, within, 1))

    def _drawn(self, found: Outcome) -> Outcome:
        """A few schools at a time decided anew, drawn by what they lose, until the plan is within
        the gap or many draws in a row have gained next to nothing."""
        random, idle = np.random.default_rng(0), 0
        if not self.problem.drawing:
            return found
        self.share = parameters.DRAWN_TIME
        while self._is_near(found) and idle < parameters.DRAWN_IDLE and not self._late():
            before = found.value
            found = self._anew(found, parameters.DRAWN, draw=random)
            little = parameters.DRAWN_LITTLE * self._missing(found)
            idle = idle + 1 if found.value - before <= little else 0
        return found

    def _rounds(self, found: Outcome, within: float, count: int) -> Outcome:
        """Some rounds: where little is missing the schools that lose most, then what relaxation and
        plan differ in; until it is within the gap, or as much as the last round gained would not do
        again. Of a plan that is farther from the bound than ``within`` nothing."""
        for _ in range(count):
            if found.columns is None or relative_gap(found.value, self.bound) > within:
                break
            if self._is_near(found):
                within_reach = parameters.LOSING_WITHIN * self.limits.gap
                hopeful = relative_gap(found.value, self.bound) <= within_reach
                found = self._anew(found, parameters.LOSING_LAST, hopeful=hopeful)
            if self._missing(found) <= 0 or found.columns is None:
                break
            better = self._between(found.columns)
            if better.columns is None or better.value <= found.value:
                break
            gained, found = better.value - found.value, better
            if gained < self._missing(found):
                break
        return found

    def _is_near(self, found: Outcome) -> bool:
        """Whether there is a plan that lacks little."""
        near = parameters.LOSING_WITHIN * self._gap
        lacks = found.columns is not None and self._missing(found) > 0
        return lacks and relative_gap(found.value, self.bound) <= near

    @property
    def _gap(self) -> float:
        """The gap by which far and near are told apart."""
        asked = self.limits.gap
        provable = asked >= parameters.NEIGHBOURHOOD_GAP
        return max(asked, parameters.LOSING_GAP) if provable else asked

    def _missing(self, found: Outcome) -> float:
        """Points that a plan lacks to be within the gap."""
        return enough(self.bound, self.limits.gap) - found.value

    def _lower(self, bounds: BlockBounds | None) -> None:
        """Takes over what every school by itself bounds all plans by, where that is closer."""
        if bounds is not None:
            self.relaxed = replace(self.relaxed, value=min(self.bound, bounds.level))

    @property
    def bound(self) -> float:
        """What no plan is worth more than."""
        return self.relaxed.value

    def _report(self, at: Progress) -> None:
        assert self.problem.progress is not None
        # a small problem's own bound is none of the whole one's
        seconds = time.perf_counter() - self.began
        self.problem.progress(replace(at, seconds=seconds, bound=self.bound))

    def _left(self) -> float:
        spent = time.perf_counter() - self.began
        return self.limits.time_limit * self.share - spent

    def _late(self) -> bool:
        return self._left() <= 0 or self.engine.stop()

    def _inside(
        self, bounds: Bounds, start: Floats | None, slack: float, plans: int | None = None
    ) -> Outcome:
        """What the engine finds with the columns' bounds drawn closer, which it then sets back."""
        if self._late():
            return Outcome(Status.NO_PLAN)
        engine, limits = self.engine, self.limits
        target, nodes = enough(self.bound, limits.gap), parameters.NEIGHBOURHOOD_NODES
        small = Limits(limits.gap * slack, self._left(), limits.threads, target, nodes, plans)
        told = self.problem.progress and self._report
        held = engine.restrictions
        engine.restrictions = replace(self._harder(held), lower=bounds[0], upper=bounds[1])
        try:
            return engine.solve(self.objective, small, start=start, progress=told, stage=self.name)
        except SolverError:  # a trial: what fails in it says nothing of the whole problem
            return Outcome(Status.NO_PLAN)
        finally:
            engine.restrictions = held

    def _harder(self, now: Restrictions) -> Restrictions:
        """Restrictions with rows that whole money does not break."""
        low, high = self.problem.harder
        return replace(now, row_lower=now.row_lower + low, row_upper=now.row_upper + high)

    def _between(self, plan: Floats) -> Outcome:
        """Near a plan and the relaxation."""
        return self._inside(rins(self.engine, self.near, plan), plan, parameters.RINS_SLACK)

    def _by_blocks(self, now: Restrictions, given_up: Callable[[], bool]) -> BlockBounds | None:
        """Every school in whole units at the relaxation's multipliers, which bounds all plans."""
        prices = self.relaxed.duals
        if prices is None:
            return None
        of = BlockBounds(self.engine.model, now, self.objective, 1, prices.rows)
        return of if of.prepare(lambda: given_up() or self._late()) else None

    def _closer(self, found: Outcome, given_up: Callable[[], bool]) -> BlockBounds | None:
        """The same at multipliers that bound all plans more closely, so that ``found`` is within
        the gap."""
        if self.blocks is None or found.columns is None:
            return self.blocks
        wanted = found.value + self.limits.gap * max(1.0, abs(found.value))
        return self.blocks.closer(found.columns, wanted, lambda: given_up() or self._late())

    def _anew(
        self,
        found: Outcome,
        size: int,
        *,
        hopeful: bool = False,
        draw: np.random.Generator | None = None,
    ) -> Outcome:
        """What a search of the schools that lose most, about ``size`` columns, makes of a plan; of
        two lots of schools that ``draw`` draws, each the likelier the more it loses."""
        known, now = self.blocks, self.engine.restrictions
        if known is None or found.columns is None or now.cuts or self._late():
            return found
        slack = parameters.LOSING_SLACK * self.limits.gap * max(1.0, abs(self.bound))
        losing = Losing(
            known, self._harder(now), self.objective, self.limits.threads,
            slack, parameters.NEIGHBOURHOOD_NODES, self._late, hopeful,
        )  # fmt: skip
        key, wanted = losing.losses(found.columns), enough(self.bound, self.limits.gap)
        if draw is not None:
            key = draw.exponential(key + parameters.DRAWN_ANY * key.mean())
        lots = 1 if draw is None else 2
        better = losing.better(found.columns, key, size, wanted, self._left(), lots)
        if better is None:
            return found
        value = float(self.objective @ better)
        if self.problem.progress is not None:
            self._report(Progress(self.name, 0.0, value, None))
        return Outcome(Status.STOPPED, value, self.bound, better)


def _bounded(searched: Solution, relaxed: Outcome | None, gap: float) -> Solution:
    """A search's plan with the better of its own bound and the relaxation's."""
    if relaxed is None or relaxed.columns is None or searched.columns is None:
        return searched
    (stage,) = searched.stages
    if stage.status is Status.OPTIMAL or stage.bound <= relaxed.value:
        return searched
    bound = max(stage.value, relaxed.value)
    status = proved(stage.value, bound, stage.status is not Status.STOPPED, gap)
    return replace(searched, status=status, stages=(replace(stage, status=status, bound=bound),))


class NeighbourhoodSearch:
    """A problem that is solved once, near its relaxation; and once more, near the plan found,
    where whole money broke a row that is tightened since."""

    def __init__(self, engine: HighsEngine) -> None:
        self.engine = engine
        self.blocks = Blocks.of(engine.model)
        self.last: NeighbourhoodResult | None = None

    @classmethod
    def of(cls, engine: Engine, limits: Limits) -> NeighbourhoodSearch | None:
        """``None`` where the whole problem is searched as fast."""
        least, most = parameters.NEIGHBOURHOOD_FROM, parameters.NEIGHBOURHOOD_TO
        if not isinstance(engine, HighsEngine) or not least <= engine.model.columns <= most:
            return None
        return cls(engine) if is_provable(engine, limits) else None

    def solve(self, limits: Limits, progress: ProgressSink | None) -> Solution:
        """A plan within the gap, or the best that the time limit allows."""
        relaxed = None if self.last is None else self.last.relaxed
        relax = self._relax if relaxed is None else lambda *_: relaxed
        before = None if self.last is None else self.last.before
        problem = Neighbourhoods(
            relax, self.engine, limits, self.blocks, before, progress=progress,
            drawing=before is None,
        )  # fmt: skip
        self.last = problem.solve()
        return self.last.solution

    def nearby(self, limits: Limits, progress: ProgressSink | None) -> Solution:
        """What the neighbourhoods hold, without a search of the whole after them; they may take
        all of the time limit."""
        longer = replace(limits, time_limit=limits.time_limit / parameters.NEIGHBOURHOOD_TIME)
        problem = Neighbourhoods(self._relax, self.engine, longer, self.blocks, progress=progress)
        return problem.search().solution

    def _relax(self, objective: Floats, limits: Limits, stage: str) -> Outcome:
        """The relaxation by the same engine: no second copy of the model is handed over."""
        self.engine.relax = True
        try:
            return self.engine.solve(objective, limits, stage=stage)
        finally:
            self.engine.relax = False


class StagedSchools:
    """The schools of a model with several stages: a plan near the relaxation of all stages, and
    bounds of each by every school in whole units, beside what the stages before it keep."""

    def __init__(self, engine: HighsEngine) -> None:
        self.engine = engine

    @classmethod
    def of(cls, engine: Engine, limits: Limits) -> StagedSchools | None:
        """``None`` where there is one stage, a lowest coverage that comes first, or a model that is
        searched as fast as a whole."""
        least, most = parameters.NEIGHBOURHOOD_FROM, parameters.NEIGHBOURHOOD_TO
        if not isinstance(engine, HighsEngine) or not least <= engine.model.columns <= most:
            return None
        names = [name for name, _ in stage_objectives(engine.model)]
        close = limits.gap < parameters.NEIGHBOURHOOD_GAP or engine.relax
        return None if close or len(names) == 1 or FLOOR_STAGE in names else cls(engine)

    def plan(
        self, points: Floats, limits: Limits, progress: ProgressSink | None, stage: str
    ) -> Outcome:
        """See :class:`~planner.solving.stages.Schools`."""
        engine, model = self.engine, self.engine.model
        engine.model = replace(model, stages=(stage,), stage_values=(points,))
        limits = replace(limits, gap=parameters.STAGED_GAP)
        try:
            found = NeighbourhoodSearch(engine).nearby(limits, progress)
        finally:
            engine.model = model
        return Outcome(found.status, columns=found.columns, seconds=found.seconds)

    def bound(self, points: Floats, now: Restrictions, over: Callable[[], bool]) -> float:
        """See :class:`~planner.solving.stages.Schools`."""
        if over():
            return np.inf
        of = BlockBounds(self.engine.model, now, points, self.engine.limits.threads, kept=True)
        return of.level if of.prepare(over) else np.inf
