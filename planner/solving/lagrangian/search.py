"""The search of the Lagrangian decomposition: multipliers of the rows that schools share, plans of
every block in whole units, one plan of them, and neighbourhoods until the gap asked is reached.

Its steps: ARCHITECTURE.md#solving. Nothing but the time limit depends on the clock: equal inputs
give equal plans, whatever the number of workers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from operator import is_

import numpy as np

from planner.formulation.model import Model
from planner.solving import parameters
from planner.solving.highs import Engine, HighsEngine, Task
from planner.solving.lagrangian import master
from planner.solving.lagrangian.structure import Problem, homes, take_apart
from planner.solving.lagrangian.subproblems import (
    GAVE_UP,
    UNSOLVED,
    Chunk,
    InProcess,
    Worker,
    Workers,
    cluster_workers,
)
from planner.solving.program import changed, settle_threads
from planner.solving.solution import Limits, Outcome, Status, enough, proved, relative_gap
from planner.system import worker_pool
from planner.system.process import give_back, phase, starts_python
from planner.vocabulary.axes import Floats, Ints


@dataclass
class Memory:
    """What one objective taught: multipliers, plans of blocks, and the bound they prove."""

    objective: Floats
    multipliers: Floats | None = None
    pool: master.ColumnPool | None = None
    scale: Floats = field(default_factory=lambda: np.zeros(0))


class Search:
    """The state of one solve; ``plan``, ``value`` and ``bound`` are its results.

    ``once``: it is tried once, with the smallest neighbourhood that has a plan, given up as soon
    as it cannot be enough.
    """

    def __init__(
        self,
        problem: Problem,
        memory: Memory,
        workers: InProcess | Workers,
        limits: Limits,
        began: float,
    ) -> None:
        self.problem, self.memory, self.workers, self.limits = problem, memory, workers, limits
        self.objective = memory.objective
        self.began = began
        self.stop: Callable[[], bool] = lambda: False
        self.report: Callable[[float, float], None] = lambda *_: None
        self.once = False
        self.plan: Floats | None = None
        self.split = 0
        """Blocks that the last relaxation splits."""
        self.early: Floats | None = None
        """The plan made of the first multipliers, while there is no better one."""
        self.value = -np.inf
        # What no plan is worth less than, and none more: every column at its own end.
        program, link = problem.program, problem.linking
        upper = program.upper.copy()
        upper[link.columns] = link.upper
        used = self.objective != 0
        sides = self.objective[used] * np.array([program.lower[used], upper[used]])
        least, most = float(sides.min(axis=0).sum()), float(sides.max(axis=0).sum())
        self.least = least if np.isfinite(least) else -np.inf
        self.bound = self.most = most if np.isfinite(most) else np.inf
        if memory.pool is None:
            memory.pool = master.ColumnPool(problem.structure, problem.linking, memory.objective)
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
        if self._halted():
            return "stopped"
        # Whether the plans of an earlier search make one that reaches the target.
        known = self.memory.multipliers is not None and self.pool.covers
        if np.isfinite(self.limits.target) and known:
            self._first_plan()
        if self.value >= self.limits.target:
            return "reached"
        failed = self._find_multipliers()
        if failed or self._reached():
            return failed or "reached"
        failed = self._whole_units()
        if failed or self._reached():
            return failed or "reached"
        # Neighbourhoods of the blocks that lose most against their multipliers.
        random = np.random.default_rng(0)
        size, tried = parameters.FIRST_NEIGHBOURHOOD, 0
        while not (self.once or self._halted() or self.plan is None):
            # Blocks by what they lose against their best at the multipliers, and by their margin.
            problem, multipliers = self.problem, self._multipliers
            reduced = problem.linking.reduced(self.objective, multipliers)
            best, margin = self.pool.best(multipliers)
            loss = self.pool.profits(multipliers)[best] - problem.block_sums(reduced * self.plan)
            blurred = margin * random.uniform(0.3, 3.0, len(margin))
            rankings = [np.argsort(key, kind="stable") for key in (-loss, blurred)]
            mixed = np.ravel(np.column_stack(rankings))
            losing = mixed[np.sort(np.unique(mixed, return_index=True)[1])]
            blocks = self._within(losing, size)
            before = self.value
            found = self._decide(blocks, self.plan, start=True)
            if self._is_all(blocks) and found.how == "optimal":
                return "proven" if self._proves(found) else "stopped"
            if self._reached():
                return "reached"
            tried += 1
            little = self.value - before < 0.1 * (self.bound - before)
            if little or tried == parameters.NEIGHBOURHOODS_A_SIZE:
                size, tried = 2 * size, 0
        return "stopped"

    def _find_multipliers(self) -> str:
        """Multipliers and bound; not empty where a block, or the whole, has no plan."""
        memory, link = self.memory, self.problem.linking
        if memory.multipliers is None:
            memory.multipliers = master.sample_multipliers(
                self.problem, self.objective, self._threads
            )
            give_back()
        if not len(link.rows):
            return ""
        first = self._evaluate(memory.multipliers)
        if isinstance(first, str):
            return first
        level, worth, use = first
        if not len(memory.scale):
            memory.scale = master.multiplier_scales(use.sum(axis=0), level)
        groups = min(len(worth), parameters.CUT_GROUPS)
        model = master.CuttingPlaneModel(link, self.objective, groups, self._threads)
        model.add(worth, use)
        radius = parameters.RADIUS_RELATIVE * np.abs(memory.multipliers)
        radius += parameters.RADIUS_ABSOLUTE * memory.scale
        box = master.Box(memory.multipliers, level, radius)
        # The box's centre moves to (nearly) the best multipliers of the relaxation.
        failed, near = "", max(1e-6, parameters.MULTIPLIER_SLACK * self.limits.gap)
        for number in range(1, parameters.ROUNDS + 1):
            if not number & (number - 1):  # 1, 2, 4, …: where one round's fails the next may not
                self._early_plan(box.centre)
            if failed or self._halted() or self._reached():
                break
            multipliers, low, held = model.minimum(box)
            predicted = box.bound - low
            if predicted <= near * max(1.0, abs(box.bound)):
                if not held:
                    break
                box.radius = box.radius * 4
                continue
            found = self._evaluate(multipliers)
            if isinstance(found, str):
                failed = "" if found == "stopped" else found
                break
            level, worth, use = found
            model.add(worth, use)
            box.move(multipliers, level, predicted, held)
            if self._no_plan_can_be():
                failed = "infeasible"
        memory.multipliers = box.centre
        return failed

    def _early_plan(self, multipliers: Floats) -> None:
        """A plan long before the bound that counts, where there is none: of the blocks' plans so
        far, and of nothing beyond what must be where that is one, as many as the money allows;
        those that tie last are decided together. What is found is nobody's proof."""
        if self.plan is not None or self.once or not self.pool.covers or self._halted():
            return
        problem = self.problem
        pool = self.pool.beside(problem.program.lower, problem.blocks_kept(problem.program.lower))
        penalty = 10 * np.abs(multipliers) + 0.1 * self.memory.scale
        columns, settled, _ = master.restricted_master(
            pool, multipliers, penalty, self.objective, self._threads, parameters.EARLY_BLOCKS
        )
        give_back()  # a program of every plan was there, and more rounds come
        _, margin = pool.best(multipliers)
        for size in parameters.EARLY_NEIGHBOURHOODS:
            blocks = self._within(np.lexsort((margin, settled)), size)
            if self.plan is not None or self._is_all(blocks) or self._halted():
                break
            self._decide(blocks, columns, start=False, hasty=True)
        self.early = self.plan

    def _evaluate(
        self, multipliers: Floats, slack: float | None = None
    ) -> tuple[float, Floats, Floats] | str:
        """(bound, ``[chunk]`` points, ``[chunk, linking row]`` use) at the multipliers; each block
        relaxed, or in whole units within ``slack`` points of its best."""
        problem, cover = self.problem, slack is None and not self.pool.covers
        solved = self.workers.solve(multipliers, slack=slack, halt=self._halted, cover=cover)
        if solved is None:
            return "stopped"
        failed = next((p.failed for p in solved.values() if p.failed), "")
        if failed:
            return failed
        level = sum(float(p.bounds.sum()) for p in solved.values())
        level += problem.linking.master_part(self.objective, multipliers)
        self.bound = min(self.bound, level)
        self.split = sum(p.split for p in solved.values())
        columns = problem.packing.joined(solved, problem.program.columns)
        self.pool.add(columns, problem.whole_blocks(columns, parameters.INTEGRAL))
        if cover:
            whole = problem.packing.joined(solved, problem.program.columns, whole=True)
            self.pool.add(whole, problem.whole_blocks(whole, parameters.INTEGRAL))
        problem.rest()
        self.report(self.value, self.bound)
        worth = np.array([p.worth for p in solved.values()])
        return level, worth, np.array([p.use for p in solved.values()]).reshape(len(worth), -1)

    def _whole_units(self) -> str:
        """Every block in whole units, which gives the bound that counts, and a plan of them: at
        first as closely as the gap asks for, then to the end. Not empty where there is no plan, or
        one is proven."""
        allowed = parameters.BLOCKS_SLACK * self.limits.gap * abs(self.bound)
        loose = allowed / max(self.split, 1) if np.isfinite(allowed) and not self.once else 0.0
        for slack in [loose, 0.0] if loose > 0 else [0.0]:
            found = self._evaluate(self._multipliers, slack)
            if isinstance(found, str) and found != "stopped":
                return found
            if self._no_plan_can_be():
                return "infeasible"
            if self._halted() or self._reached():
                break
            give_back()
            failed = self._first_plan()
            if failed or self._halted() or self._reached():
                return failed
        return ""

    def _no_plan_can_be(self) -> bool:
        """A bound clearly below what any plan is worth at least: the multipliers run away."""
        most = self.most if np.isfinite(self.most) else 0.0
        size = max(1.0, abs(self.least), abs(most))
        return self.bound < self.least - parameters.INFEASIBLE_BELOW * size

    def _first_plan(self) -> str:
        """The restricted master, and the blocks that it leaves open decided together."""
        if not self.pool.covers:
            return "stopped"
        multipliers = self._multipliers
        penalty = 10 * np.abs(multipliers) + 0.1 * self.memory.scale
        _, margin = self.pool.best(multipliers)
        several = np.count_nonzero(np.isfinite(margin))  # that have a second plan
        for most in (parameters.FIRST_BLOCKS, parameters.MASTER_BLOCKS):
            columns, settled, kept = master.restricted_master(
                self.pool, multipliers, penalty, self.objective, self._threads, most
            )
            give_back()
            if kept or most >= several:
                break
        size = parameters.FIRST_NEIGHBOURHOOD
        while not self._halted():
            blocks = self._within(np.lexsort((margin, settled)), size)
            every = self._is_all(blocks)
            if self.once and every and size > parameters.FIRST_NEIGHBOURHOOD:
                return ""
            found = self._decide(blocks, columns, start=False)
            if every and found.how in ("infeasible", "unbounded"):
                how = "infeasible" if found.how == "infeasible" else UNSOLVED
                return how if self.plan is None else ""
            if self.once and found.how != "infeasible":
                return ""
            if found.columns is not None or self.plan is not self.early or every:
                return "proven" if every and self._proves(found) else ""
            size *= 2
        return ""

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

    def _proves(self, found: master.Found) -> bool:
        """Whether the plan held is what an ended search found, or better."""
        if found.how != "optimal" or found.columns is None:
            return False
        return self.value >= float(self.objective @ found.columns)

    def _decide(
        self, blocks: Ints, columns: Floats, *, start: bool, hasty: bool = False
    ) -> master.Found:
        """Some blocks anew, the others as they are; ``hasty``: any good plan does. Columns that
        overrun a row are not found."""
        everything = self._is_all(blocks)
        gap, bound = self.limits.gap * parameters.SEARCH_GAP, self.bound
        wanted = master.Wanted(
            target=min(enough(bound, gap), self.limits.target),
            slack=0.05 * gap * max(1.0, abs(bound)) if np.isfinite(bound) else 0.0,
            seconds=self._left(),
            threads=self._threads,
            nodes=None if everything else parameters.SUBPROBLEM_NODES,
            hopeful=self.once,
        )

        if hasty:
            slack = parameters.EARLY_SLACK * max(1.0, abs(bound)) if np.isfinite(bound) else 0.0
            wanted = replace(wanted, slack=slack, nodes=parameters.EARLY_NODES)

        def heard(value: float, bound: float) -> None:
            self.report(max(value, self.value), min(bound, self.bound))

        found = master.decide(
            self.problem,
            self.objective,
            blocks,
            columns,
            wanted,
            start=start,
            stop=self._halted,
            heard=heard if everything else None,
        )
        if everything and found.how not in ("infeasible", "unbounded"):
            self.bound = min(self.bound, found.bound)
        if found.columns is not None and not self.problem.fits(found.columns):
            found = replace(found, columns=None)
        if found.columns is not None:
            self._take(found.columns)
        self.report(self.value, self.bound)
        return found

    def _take(self, columns: Floats) -> None:
        value = float(self.objective @ columns)
        if value > self.value:
            self.plan, self.value = columns, value

    @property
    def _multipliers(self) -> Floats:
        assert self.memory.multipliers is not None
        return self.memory.multipliers

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
        gap = relative_gap(self.value, max(self.bound, self.value))
        return self.value >= self.limits.target or gap <= self.limits.gap * parameters.SEARCH_GAP


class LagrangianEngine(Engine):
    """The decomposition behind the engine's interface; stages and tightenings work as ever.

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
        super().__init__(model, limits)
        self.relax = False
        self.workers, self.cluster = workers, cluster
        self.held = self.restrictions
        self._problem: Problem | None = None
        self._solvers: InProcess | Workers | None = None
        self._memory: Memory | None = None

    def apart(self) -> Problem | None:
        """The model under the restrictions of now, taken apart; ``None`` where it cannot be.

        Bounds of linking rows move in place; whatever else is new makes new blocks. What was let
        go after a large solve is taken apart again, and the multipliers learnt still count.
        """
        held, now, problem = self.held, self.restrictions, self._problem
        if problem is not None and held is now:
            return problem
        self.held = now
        moved = (held.row_lower != now.row_lower) | (held.row_upper != now.row_upper)
        same = len(held.cuts) == len(now.cuts) and all(map(is_, held.cuts, now.cuts))
        same &= np.array_equal(held.lower, now.lower) and np.array_equal(held.upper, now.upper)
        if problem is not None and same and problem.structure.linking[: len(moved)][moved].all():
            rows, program = slice(self.model.rows), problem.program
            lower = changed(program.row_lower, rows, now.row_lower)
            upper = changed(program.row_upper, rows, now.row_upper)
            self._problem = problem.with_rows(lower, upper)
            return self._problem
        learnt = self._memory if problem is None and same else None
        self._problem = self._memory = None
        self.close()
        with phase("hand-over"):
            program = now.program(self.model)
        self._problem = take_apart(program, homes(self.model))
        if self._problem is not None and self._problem.structure.linking[: len(moved)][moved].all():
            self._memory = learnt
        give_back()
        return self._problem

    def begin_at(self, objective: Floats, prices: Callable[[], Floats]) -> None:
        """Where the multipliers of an objective begin, of which nothing is known yet: at shadow
        prices (``[row]`` of the model; a cut's begins at nought)."""
        problem, known = self.apart(), self._memory
        if problem is None or (known is not None and np.array_equal(known.objective, objective)):
            return
        self.close()
        known_prices = np.zeros(problem.program.rows)
        known_prices[: self.model.rows] = prices()
        link = problem.linking
        self._memory = Memory(objective, link.allowed(known_prices[link.rows]))

    def close(self) -> None:
        """Ends the workers."""
        if self._solvers is not None:
            self._solvers.close()
            self._solvers = None

    def run(self, task: Task) -> Outcome:
        """One search, and the whole model where it proves too little."""
        limits = task.limits
        settle_threads(limits.threads)
        problem = self.apart()
        if problem is None:
            return self._whole(task)
        search = self._search(problem, task.objective, limits, task.began)
        search.report = task.report
        how = search.run(task.start)
        # What follows a large solve needs the memory more than another solve its workers, parts and
        # plans of blocks, unless a plan to keep is looked for.
        over = search.plan is not None or not self.stop()
        if over and not self.cluster and self.model.columns >= parameters.WORKERS_FROM:
            self.close()
            self._problem = None
            if self._memory is not None:
                self._memory.pool = None
            give_back()
        if how not in (UNSOLVED, GAVE_UP):
            return self._outcome(how, search, limits, task.seconds())
        # What this method cannot decide goes to the engine that can prove it: in the time that is
        # left, from the plan that was found, with the bound that was proven.
        found = self._whole(task if search.plan is None else replace(task, start=search.plan))
        if how == GAVE_UP:
            found = bounded(found, search.bound, limits.gap)
        if found.columns is None and found.status is Status.NO_PLAN and search.plan is not None:
            found = self._outcome(how, search, limits, found.seconds)
        return replace(found, seconds=task.seconds())

    def _search(self, problem: Problem, objective: Floats, limits: Limits, began: float) -> Search:
        """A search that knows what an earlier one learnt of the same objective, on workers where
        there is enough for them to do."""
        if self._memory is None or not np.array_equal(self._memory.objective, objective):
            self.close()
            self._memory = Memory(objective)
        numbers = range(problem.packing.count)
        if self._solvers is None and self.cluster:
            chunks_of = partial(problem.chunks, objective)
            self._solvers = cluster_workers(self.cluster, numbers, chunks_of)
        elif self._solvers is None:
            count = worker_count(self.workers, limits, problem)
            large = problem.program.columns >= parameters.WORKERS_FROM
            chunks = problem.chunk_file(objective) if large else problem.chunks(objective, numbers)
            give_back()

            def held(wanted: Sequence[int]) -> Mapping[int, Chunk]:
                return chunks if large else {k: chunks[k] for k in wanted}

            if count == 1:
                self._solvers = InProcess(numbers, held, limits.threads or 0)
            else:
                self._solvers = Workers([Worker(numbers[k::count], held) for k in range(count)])
        search = Search(problem, self._memory, self._solvers, limits, began)
        search.stop = self.stop
        return search

    def _outcome(self, how: str, search: Search, limits: Limits, seconds: float) -> Outcome:
        if how == "infeasible":
            return Outcome(Status.INFEASIBLE, seconds=seconds)
        if search.plan is None:
            return Outcome(Status.NO_PLAN, seconds=seconds)
        bound = max(search.bound, search.value)
        status = proved(search.value, bound, how == "proven", limits.gap)
        return Outcome(status, search.value, bound, search.plan, seconds=seconds)

    def _whole(self, task: Task) -> Outcome:
        """The whole model as it stands now, by the engine alone, in the time that is left."""
        engine = self._whole_engine(task.limits)
        engine.stop = self.stop
        return engine.run(replace(task, limits=task.left()))

    def _whole_engine(self, limits: Limits) -> HighsEngine:
        """An engine of the whole model under the restrictions of now."""
        engine = HighsEngine(self.model, limits)
        engine.restrictions = self.restrictions
        return engine


def bounded(found: Outcome, bound: float, gap: float) -> Outcome:
    """An outcome with the better of its bound and one known before."""
    if found.columns is None or bound >= found.bound:
        return found
    bound = max(bound, found.value)
    status = proved(found.value, bound, found.status is not Status.STOPPED, gap)
    return replace(found, status=status, bound=bound)


def worker_count(asked: int | None, limits: Limits, problem: Problem) -> int:
    """Workers for a problem: as many as asked for, or as cores where it is large enough; this
    process alone where no other Python can be started."""
    if not starts_python() or (asked is None and problem.program.columns < parameters.WORKERS_FROM):
        return 1
    cores = limits.threads or worker_pool.cores()
    return max(1, min(asked or cores, problem.packing.count))
