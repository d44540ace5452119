"""One search: prices, a first plan, better plans, until the gap or a limit."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from planner.axes import Floats, Ints
from planner.memory import give_back
from planner.solving.decomposition.neighbourhood import NODES, Found, Wanted, decide
from planner.solving.decomposition.pool import Pool
from planner.solving.decomposition.prices import Box, PriceModel, grouped, price_scales
from planner.solving.decomposition.pricing import GAVE_UP, UNSOLVED, WHOLE
from planner.solving.decomposition.problem import Problem
from planner.solving.decomposition.restricted import restricted_master
from planner.solving.decomposition.sample import sample_prices
from planner.solving.decomposition.team import Alone, Crew
from planner.solving.solution import Limits, Progress, enough, finite, relative_gap

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
    pool: Pool | None = None
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
            memory.pool = Pool(problem.structure, problem.linking, memory.objective)
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
        if self._good_enough():
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

    def _good_enough(self) -> bool:
        """Whether the plans of an earlier search make one that reaches the target.

        So a row that rounding broke costs one more master problem, not all rounds again.
        """
        if np.isfinite(self.target) and self.memory.prices is not None and self.pool.covers:
            self._first_plan()
        return self.value >= self.target

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
            blocks = self._within(self._losing(random), size)
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

    def _losing(self, random: np.random.Generator) -> Ints:
        """Blocks by what they lose against their best at the prices, and by their margin."""
        assert self.plan is not None
        problem, prices = self.problem, self._prices
        reduced = problem.linking.reduced(self.objective, prices)
        best, margin = self.pool.best(prices)
        loss = self.pool.profits(prices)[best] - problem.block_sums(reduced * self.plan)
        blurred = margin * random.uniform(0.3, 3.0, len(margin))
        by_loss, by_margin = np.argsort(-loss, kind="stable"), np.argsort(blurred, kind="stable")
        mixed = np.ravel(np.column_stack([by_loss, by_margin]))
        _, firsts = np.unique(mixed, return_index=True)
        return np.asarray(mixed[np.sort(firsts)])

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
