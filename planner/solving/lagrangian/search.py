"""By school: prices of the shared rows, whole-unit plans of every block, and one plan of them.

1. The blocks are found in the model (:mod:`~planner.solving.lagrangian.structure`).
2. Prices of the linking rows minimise the Lagrangian bound over the blocks' relaxations
   (cutting planes in a box, begun at the prices of a sample), then every block is priced once
   in whole units: the sum of the blocks' own bounds is the bound of the whole.
3. A restricted master picks one of the plans found for each block; the few blocks that its
   vertex mixes, and those nearest to another choice, are decided together as a small whole
   program within what the others leave.
4. While the gap asked is not reached, further blocks are decided anew: those that lose most
   against their price. The neighbourhoods grow, the last one is the whole model.

Nothing but the time limit depends on the clock: equal inputs give equal plans, whatever the
number of workers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from planner.formulation.model import Model
from planner.solving.highs import Engine, HighsEngine, ProgressSink
from planner.solving.lagrangian.master import (
    NODES,
    ColumnPool,
    Found,
    Wanted,
    decide,
    restricted_master,
)
from planner.solving.lagrangian.multipliers import (
    Box,
    PriceModel,
    grouped,
    price_scales,
    sample_prices,
)
from planner.solving.lagrangian.structure import Problem, homes, take_apart
from planner.solving.lagrangian.subproblems import GAVE_UP, UNSOLVED, WHOLE, Chunk
from planner.solving.lagrangian.workers import Alone, Crew, Seat, cluster_crew
from planner.solving.parameters import settle_threads
from planner.solving.program import Program
from planner.solving.solution import (
    Limits,
    Outcome,
    Progress,
    Status,
    enough,
    finite,
    proved,
    relative_gap,
)
from planner.system.process import give_back, phase, starts_python
from planner.vocabulary.axes import Floats, Ints

# --------------------------------------------------------------------------------------------------
# One search: prices, a first plan, better plans, until the gap or a limit.

ROUNDS = 60
"""Price rounds of the relaxation."""
GROUPS = 128
"""Cuts of one round: chunks are summed up to so many groups."""
PRICE_SHARE = 0.03
"""Part of the gap asked for that the prices may leave; at gap 0 a fixed 1e-6."""
RELATIVE, ABSOLUTE = 0.03, 0.001
"""First radius of the box: part of a price, and of what would use up the whole value."""
DISTANCE = 1e-3
"""How far below the least value, relative to all values, a bound proves infeasibility."""
MARGIN = 0.9
"""The search aims below the gap asked for, so that whole money does not lift it above."""
FIRST = 1_000
"""Columns of the first neighbourhood."""
POLISHED = 6
"""Neighbourhoods of one size before the size doubles."""


@dataclass
class Memory:
    """What one objective taught: prices, plans of blocks, and the bound they prove."""

    objective: Floats
    prices: Floats | None = None
    pool: ColumnPool | None = None
    scale: Floats = field(default_factory=lambda: np.zeros(0))


class Search:
    """The state of one solve; ``plan``, ``value`` and ``bound`` are its results.

    ``target``: a value that is enough whatever the bound; ``once``: it is tried once, with the
    smallest neighbourhood that has a plan, given up as soon as it cannot be enough.
    """

    def __init__(
        self,
        problem: Problem,
        memory: Memory,
        team: Alone | Crew,
        limits: Limits,
        began: float,
    ) -> None:
        self.problem, self.memory, self.team, self.limits = problem, memory, team, limits
        self.objective = memory.objective
        self.began = began
        self.stop: Callable[[], bool] = lambda: False
        self.progress: Callable[[Progress], None] | None = None
        self.stage = "value"
        self.once = False
        self.plan: Floats | None = None
        self.value = -np.inf
        self.target = np.inf
        """Value that is good enough, whatever bound this search would prove."""
        self.least, self.most = self._ends()
        self.bound = self.most
        if memory.pool is None:
            memory.pool = ColumnPool(problem.structure, problem.linking, memory.objective)
        self.pool = memory.pool
        self.pool.linking = problem.linking

    def run(self, start: Floats | None) -> str:
        """Searches; ``proven``, ``reached``, ``infeasible``, ``unsolved``; ``stopped`` by a limit
        or by somebody; or :data:`GAVE_UP`."""
        how = self._searched(start)
        return GAVE_UP if how == "stopped" and not self._halted() else how

    def _searched(self, start: Floats | None) -> str:
        if self.problem.hopeless:
            return "infeasible"
        if start is not None and self.problem.fits(start):
            self._take(start)
        # Whether the plans of an earlier search make one that reaches the target.
        if np.isfinite(self.target) and self.memory.prices is not None and self.pool.covers:
            self._first_plan()
        good_enough = self.value >= self.target
        if good_enough:
            return "reached"
        failed = self._find_prices()
        if failed:
            return failed
        if self._reached():
            return "reached"
        give_back()
        failed = self._first_plan()
        if failed or self._reached():
            return failed or "reached"
        return "stopped" if self.once else self._polish()

    # -- prices and bound

    def _find_prices(self) -> str:
        """Prices and bound; not empty where a block, or the whole, has no plan."""
        memory, link = self.memory, self.problem.linking
        if memory.prices is None:
            memory.prices = sample_prices(self.problem, self.objective, self._threads)
            give_back()
        if not len(link.rows):
            return self._whole_round(memory.prices)
        first = self._evaluate(memory.prices, relaxed=True)
        if isinstance(first, str):
            return first
        level, worth, use = first
        if not len(memory.scale):
            memory.scale = price_scales(use.sum(axis=0), level)
        groups = min(len(worth), GROUPS)
        model = PriceModel(link, self.objective, groups, self._threads)
        model.add(grouped(worth, groups), grouped(use, groups))
        radius = RELATIVE * np.abs(memory.prices) + ABSOLUTE * memory.scale
        box = Box(memory.prices, level, radius)
        failed = self._descend(model, box, groups)
        memory.prices = box.centre
        return failed or self._whole_round(box.centre)

    def _descend(self, model: PriceModel, box: Box, groups: int) -> str:
        """Moves the box's centre to (nearly) the best prices of the relaxation."""
        near = max(1e-6, PRICE_SHARE * self.limits.gap)
        for _ in range(ROUNDS):
            if self._halted():
                break
            prices, low, held = model.minimum(box)
            predicted = box.bound - low
            if predicted <= near * max(1.0, abs(box.bound)):
                if not held:
                    break
                box.radius = box.radius * 4
                continue
            found = self._evaluate(prices, relaxed=True)
            if isinstance(found, str):
                return "" if found == "stopped" else found
            level, worth, use = found
            model.add(grouped(worth, groups), grouped(use, groups))
            box.move(prices, level, predicted, held)
            if self._no_plan_can_be():
                return "infeasible"
        return ""

    def _evaluate(self, prices: Floats, *, relaxed: bool) -> tuple[float, Floats, Floats] | str:
        """(bound, ``[chunk]`` points, ``[chunk, linking row]`` use) at the prices."""
        problem = self.problem
        priced = self.team.price(prices, relaxed=relaxed, halt=self._halted)
        if priced is None:
            return "stopped"
        failed = next((p.failed for p in priced.values() if p.failed), "")
        if failed:
            return failed
        level = sum(float(p.bounds.sum()) for p in priced.values())
        level += problem.linking.master_part(self.objective, prices)
        self.bound = min(self.bound, level)
        columns = problem.packing.joined(priced, problem.program.columns)
        self.pool.add(columns, problem.whole_blocks(columns, WHOLE))
        self._tell()
        worth = np.array([p.worth for p in priced.values()])
        return level, worth, np.array([p.use for p in priced.values()]).reshape(len(worth), -1)

    def _whole_round(self, prices: Floats) -> str:
        """Every block in whole units once: the bound that counts."""
        found = self._evaluate(prices, relaxed=False)
        if isinstance(found, str) and found != "stopped":
            return found
        return "infeasible" if self._no_plan_can_be() else ""

    def _no_plan_can_be(self) -> bool:
        """A bound clearly below what any plan is worth at least (prices run off to infinity)."""
        most = self.most if np.isfinite(self.most) else 0.0
        return self.bound < self.least - DISTANCE * max(1.0, abs(self.least), abs(most))

    def _ends(self) -> tuple[float, float]:
        """What no plan is worth less than, and none more: every column at its own end."""
        program, link = self.problem.program, self.problem.linking
        upper = program.upper.copy()
        upper[link.columns] = link.upper
        used = self.objective != 0
        sides = self.objective[used] * np.array([program.lower[used], upper[used]])
        least, most = float(sides.min(axis=0).sum()), float(sides.max(axis=0).sum())
        return (least if np.isfinite(least) else -np.inf, most if np.isfinite(most) else np.inf)

    # -- plans

    def _first_plan(self) -> str:
        """The restricted master, and the blocks that it leaves open decided together."""
        if not self.pool.covers:
            return "stopped"
        prices = self._prices
        penalty = 10 * np.abs(prices) + 0.1 * self.memory.scale
        columns, settled = restricted_master(
            self.pool, prices, penalty, self.objective, self._threads
        )
        _, margin = self.pool.best(prices)
        size = FIRST
        while not self._halted():
            blocks = self._within(np.lexsort((margin, settled)), size)
            if self.once and self._is_all(blocks) and size > FIRST:
                return ""
            found = self._decide(blocks, columns, start=False)
            if found.how in ("infeasible", "unbounded") and self._is_all(blocks):
                how = "infeasible" if found.how == "infeasible" else UNSOLVED
                return how if self.plan is None else ""
            if self.once and found.how != "infeasible":
                return ""
            if self.plan is not None or self._is_all(blocks):
                return "proven" if self._is_all(blocks) and self._proves(found) else ""
            size *= 2
        return ""

    def _polish(self) -> str:
        """Neighbourhoods of the blocks that lose most against their prices."""
        random = np.random.default_rng(0)
        size, tried = FIRST, 0
        while not self._halted() and self.plan is not None:
            # Blocks by what they lose against their best at the prices, and by their margin.
            assert self.plan is not None
            problem, prices = self.problem, self._prices
            reduced = problem.linking.reduced(self.objective, prices)
            best, margin = self.pool.best(prices)
            loss = self.pool.profits(prices)[best] - problem.block_sums(reduced * self.plan)
            blurred = margin * random.uniform(0.3, 3.0, len(margin))
            by_loss, by_margin = (
                np.argsort(-loss, kind="stable"),
                np.argsort(blurred, kind="stable"),
            )
            mixed = np.ravel(np.column_stack([by_loss, by_margin]))
            _, firsts = np.unique(mixed, return_index=True)
            losing = np.asarray(mixed[np.sort(firsts)])
            blocks = self._within(losing, size)
            before = self.value
            found = self._decide(blocks, self.plan, start=True)
            if self._is_all(blocks) and found.how == "optimal":
                return "proven" if self._proves(found) else "stopped"
            if self._reached():
                return "reached"
            tried += 1
            little = self.value - before < 0.1 * (self.bound - before)
            if little or tried == POLISHED:
                size, tried = 2 * size, 0
        return "stopped"

    def _within(self, ranked: Ints, size: int) -> Ints:
        """The first blocks of a ranking, up to ``size`` columns; all if that is half of it."""
        structure = self.problem.structure
        sizes = np.diff(structure.starts)
        if 2 * size >= structure.starts[-1]:
            return np.arange(structure.blocks)
        stop = int(np.searchsorted(np.cumsum(sizes[ranked]), size)) + 1
        return np.asarray(np.sort(ranked[:stop]))

    def _is_all(self, blocks: Ints) -> bool:
        return len(blocks) == self.problem.structure.blocks

    def _proves(self, found: Found) -> bool:
        """Whether the plan held is what an ended search found, or better: one that overruns a
        row is not held, and its proof is none of the plan's that is."""
        if found.how != "optimal" or found.columns is None:
            return False
        return self.value >= float(self.objective @ found.columns)

    def _decide(self, blocks: Ints, columns: Floats, *, start: bool) -> Found:
        everything = self._is_all(blocks)
        gap, bound = self.limits.gap * MARGIN, self.bound
        aim = min(enough(bound, gap), self.target)
        wanted = Wanted(
            target=aim,
            slack=0.05 * gap * max(1.0, abs(bound)) if np.isfinite(bound) else 0.0,
            seconds=self._left(),
            threads=self._threads,
            nodes=None if everything else NODES,
            hopeful=self.once,
        )
        found = decide(
            self.problem,
            self.objective,
            blocks,
            columns,
            wanted,
            start=start,
            stop=self._halted,
            heard=self._heard if everything else None,
        )
        if everything and found.how not in ("infeasible", "unbounded"):
            self.bound = min(self.bound, found.bound)
        if found.columns is not None and self.problem.fits(found.columns):
            self._take(found.columns)
        self._tell()
        return found

    def _take(self, columns: Floats) -> None:
        value = float(self.objective @ columns)
        if value > self.value:
            self.plan, self.value = columns, value

    # -- limits and progress

    @property
    def _prices(self) -> Floats:
        assert self.memory.prices is not None
        return self.memory.prices

    @property
    def _threads(self) -> int:
        """A number for the engine; 0 leaves it to the engine."""
        return self.limits.threads or 0

    def _left(self) -> float:
        return self.limits.time_limit - (time.perf_counter() - self.began)

    def _halted(self) -> bool:
        return self.stop() or self._left() <= 0

    def _reached(self) -> bool:
        if self.plan is None or not np.isfinite(self.bound):
            return False
        if self.value >= self.target:
            return True
        return relative_gap(self.value, max(self.bound, self.value)) <= self.limits.gap * MARGIN

    def _heard(self, value: float, bound: float) -> None:
        self._tell(max(value, self.value), min(bound, self.bound))

    def _tell(self, value: float | None = None, bound: float | None = None) -> None:
        if self.progress is None:
            return
        value = self.value if value is None else value
        bound = self.bound if bound is None else bound
        seconds = time.perf_counter() - self.began
        self.progress(Progress(self.stage, seconds, finite(value), finite(bound)))


WORKERS_FROM = 250_000
"""Columns from which workers pay for their start (about 2,400 schools)."""


class LagrangianEngine(Engine):
    """The by-school method behind the engine's interface; stages and tightenings work as ever.

    What a solve cannot take apart (an unbounded block, a model without blocks), and what it
    gives up before its time is over, is handed to the whole method.
    """

    def __init__(
        self,
        model: Model,
        limits: Limits,
        *,
        workers: int | None = None,
        cluster: str | None = None,
    ) -> None:
        self.model = model
        self.limits = limits
        self.relax = False
        self.stop: Callable[[], bool] = lambda: False
        self.workers = workers
        self.cluster = cluster
        # never written into: a change makes new ones
        self.lower, self.upper = model.column_lower, model.column_upper
        self.row_lower, self.row_upper = model.row_lower, model.row_upper
        self.target = np.inf
        self.kept: list[tuple[Ints, Floats, float]] = []
        self._problem: Problem | None = None
        self._team: Alone | Crew | None = None
        self._memory: Memory | None = None

    def keep(self, columns: Ints, coefficients: Floats, lower: float) -> None:
        """See :meth:`Engine.keep`."""
        self.kept.append((columns, coefficients, lower))
        self._changed()

    def forget(self) -> None:
        """See :meth:`Engine.forget`."""
        if self.kept:
            self.kept.clear()
            self._changed()

    def set_upper(self, columns: Ints, upper: Floats) -> None:
        """See :meth:`Engine.set_upper`."""
        if not np.array_equal(self.upper[columns], upper):
            self.upper = _with(self.upper, columns, upper)
            self._changed()

    def set_lower(self, lower: Floats) -> None:
        """See :meth:`Engine.set_lower`."""
        if not np.array_equal(self.lower, lower):
            self.lower = lower.copy()
            self._changed()

    def set_row_upper(self, row: int, upper: float) -> None:
        """See :meth:`Engine.set_row_upper`."""
        self.row_upper = _with(self.row_upper, row, upper)
        self._row_changed(row)

    def set_row_lower(self, row: int, lower: float) -> None:
        """See :meth:`Engine.set_row_lower`."""
        self.row_lower = _with(self.row_lower, row, lower)
        self._row_changed(row)

    def apart(self) -> Problem | None:
        """The model taken apart as it stands now; ``None`` where it cannot be."""
        if self._problem is None:
            self._problem = take_apart(self.program(), homes(self.model))
            give_back()
        return self._problem

    def _row_changed(self, row: int) -> None:
        """A linking row's bound moves in place; a block's own row makes new chunks."""
        if self._problem is None or not self._problem.structure.linking[row]:
            self._changed()
            return
        program = self._problem.program
        lower = _with(program.row_lower, row, self.row_lower[row])
        upper = _with(program.row_upper, row, self.row_upper[row])
        self._problem = self._problem.with_rows(lower, upper)

    def _changed(self) -> None:
        self._problem = None
        self._memory = None
        self.close()

    def close(self) -> None:
        """Sends the workers home."""
        if self._team is not None:
            self._team.close()
            self._team = None

    @phase("hand-over")
    def program(self) -> Program:
        """The model with the bounds and kept rows of now."""
        model, kept = self.model, self.kept
        if not kept:
            ends = self.lower, self.upper, model.integer, self.row_lower, self.row_upper
            return Program(*ends, model.row_index, model.column_index, model.coefficient)
        sizes = [len(columns) for columns, _, _ in kept]
        rows = model.rows + np.repeat(np.arange(len(kept)), sizes)
        none = np.full(len(kept), np.inf)
        return Program(
            self.lower,
            self.upper,
            model.integer,
            np.concatenate([self.row_lower, [low for _, _, low in kept]]),
            np.concatenate([self.row_upper, none]),
            np.concatenate([model.row_index, rows]).astype(np.int32),
            np.concatenate([model.column_index, *(c for c, _, _ in kept)]).astype(np.int32),
            np.concatenate([model.coefficient, *(a for _, a, _ in kept)]),
        )

    def solve(
        self,
        objective: Floats,
        limits: Limits,
        *,
        start: Floats | None = None,
        progress: ProgressSink | None = None,
        stage: str = "value",
    ) -> Outcome:
        """Maximises ``objective``; ``start`` is a feasible assignment to begin from."""
        began = time.perf_counter()
        settle_threads(limits.threads)
        problem = self.apart()
        if problem is None:
            return self._whole(objective, limits, start, progress, stage)
        memory, team = self._remembered(problem, objective, limits)
        search = Search(problem, memory, team, limits, began)
        search.stop, search.progress, search.stage = self.stop, progress, stage
        search.target = self.target
        how = search.run(start)
        # What follows a large solve needs the memory more than another solve its workers.
        if not self.cluster and self.model.columns >= WORKERS_FROM:
            self.close()
            give_back()
        if how in (UNSOLVED, GAVE_UP):
            return self._handed_over(how, search, start, began)
        return self._outcome(how, search, limits, time.perf_counter() - began)

    def _handed_over(self, how: str, search: Search, start: Floats | None, began: float) -> Outcome:
        """What this method cannot decide goes to the engine that can prove it: in the time that
        is left, from the plan that was found, with the bound that was proven."""
        limits = search.limits
        left = max(limits.time_limit - (time.perf_counter() - began), 0.05)
        begin = start if search.plan is None else search.plan
        spare = replace(limits, time_limit=left)
        found = self._whole(search.objective, spare, begin, search.progress, search.stage)
        if how == GAVE_UP:
            found = bounded(found, search.bound, limits.gap)
        if found.columns is None and found.status is Status.NO_PLAN and search.plan is not None:
            found = self._outcome(how, search, limits, found.seconds)
        return replace(found, seconds=time.perf_counter() - began)

    def _remembered(
        self, problem: Problem, objective: Floats, limits: Limits
    ) -> tuple[Memory, Alone | Crew]:
        """What is known of an objective, and who prices it."""
        if self._memory is None or not np.array_equal(self._memory.objective, objective):
            self.close()
            self._memory = Memory(objective)
        if self._team is None:
            self._team = self._gathered(problem, objective, limits)
        return self._memory, self._team

    def _outcome(self, how: str, search: Search, limits: Limits, seconds: float) -> Outcome:
        if how == "infeasible":
            return Outcome(Status.INFEASIBLE, seconds=seconds)
        if search.plan is None:
            return Outcome(Status.NO_PLAN, seconds=seconds)
        bound = max(search.bound, search.value)
        status = proved(search.value, bound, how == "proven", limits.gap)
        return Outcome(status, search.value, bound, search.plan, seconds=seconds)

    def _gathered(self, problem: Problem, objective: Floats, limits: Limits) -> Alone | Crew:
        """Who prices: workers where there is enough for them to do."""
        numbers = range(problem.packing.count)
        if self.cluster:
            return cluster_crew(self.cluster, numbers, lambda k: problem.chunks(objective, k))
        workers = worker_count(self.workers, limits, problem)
        large = problem.program.columns >= WORKERS_FROM
        chunks = problem.shelve(objective) if large else problem.chunks(objective, numbers)
        give_back()

        def held(wanted: Sequence[int]) -> Mapping[int, Chunk]:
            return chunks if large else {k: chunks[k] for k in wanted}

        if workers == 1:
            return Alone(numbers, held, limits.threads or 0)
        return Crew([Seat(numbers[k::workers], held) for k in range(workers)])

    def _whole(
        self,
        objective: Floats,
        limits: Limits,
        start: Floats | None,
        progress: ProgressSink | None,
        stage: str,
    ) -> Outcome:
        """The whole method on the model as it stands now."""
        engine = self._whole_engine(limits)
        engine.stop, engine.target = self.stop, self.target
        return engine.solve(objective, limits, start=start, progress=progress, stage=stage)

    def _whole_engine(self, limits: Limits) -> HighsEngine:
        """An engine of the whole model with the bounds and kept rows of now."""
        # What the engine alone is given.
        model = self.model
        engine = HighsEngine(model, limits)
        engine.set_lower(self.lower)
        engine.set_upper(np.arange(model.columns), self.upper)
        for row in range(model.rows):  # which may leave out the last ones of all
            if self.row_lower[row] != self.model.row_lower[row]:
                engine.set_row_lower(row, float(self.row_lower[row]))
            if self.row_upper[row] != self.model.row_upper[row]:
                engine.set_row_upper(row, float(self.row_upper[row]))
        for columns, coefficients, lower in self.kept:
            engine.keep(columns, coefficients, lower)
        return engine


def bounded(found: Outcome, bound: float, gap: float) -> Outcome:
    """An outcome with the better of its bound and one known before."""
    if found.columns is None or bound >= found.bound:
        return found
    bound = max(bound, found.value)
    status = proved(found.value, bound, found.status is not Status.STOPPED, gap)
    return replace(found, status=status, bound=bound)


def _with(values: Floats, at: Ints | int, new: Floats | float) -> Floats:
    """A copy with other values somewhere."""
    changed = values.copy()
    changed[at] = new
    return changed


def worker_count(asked: int | None, limits: Limits, problem: Problem) -> int:
    """Workers for a problem: as many as asked for, or as cores where it is large enough; this
    process alone where no other Python can be started."""
    if not starts_python() or (asked is None and problem.program.columns < WORKERS_FROM):
        return 1
    cores = limits.threads or usable_cores()
    return max(1, min(asked or cores, problem.packing.count))


def usable_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
