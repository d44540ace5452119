"""Another question of a model whose value is known: among the plans whose every stage stays within
ε of what a plan reached, the best by something else.

What is given up is a part ε of each stage: a *kept row* says that the stage is worth at least
v − ε · max(1, |v|), where v is what the plan reached in it. What the plan is then to be best by is
a :class:`~planner.solving.sureness.Goal`. The relaxation under the kept rows bounds every goal
that is linear. A plan in whole units is found by narrowing: the relaxation of the goal says which
purchases are worth having (a goal that counts is made linear at what the last relaxation bought,
so that a small purchase is dear by the unit: dynamic slope scaling), the kept rows are let down in
small steps, and the model restricted to the purchases that are left is decided in whole units. The
narrowest restriction that still holds a plan is looked for by halving.

In a large model each relaxation takes longer than the value took to find. There the lines are made
fewer in one lot of schools after another, all others as they are: what one lot leaves of what may
be given up is there for the next, and the work grows with the schools and no faster. Where no lot
has fewer, which needs what others have, they are looked for together.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import highspy
import numpy as np

from planner.formulation.model import Model
from planner.solving import parameters
from planner.solving.highs import UNLIMITED, HighsEngine
from planner.solving.lagrangian.search import LagrangianEngine
from planner.solving.neighbourhoods import Blocks
from planner.solving.program import (
    Program,
    Restrictions,
    agreed,
    ended,
    interrupts,
    listen,
    load,
    set_costs,
    set_start,
    settle_threads,
    values,
)
from planner.solving.solution import Limits
from planner.solving.stages import Kept
from planner.solving.sureness import FewestLines, Goal, Measure
from planner.system.worker_pool import Beside
from planner.vocabulary.axes import Floats, Ints, Places

End = tuple[Ints, Floats, Floats]
"""Columns, and their lower and upper bounds."""
Accept = Callable[[Floats], bool]
"""Whether an assignment, rounded to whole money, is a plan that keeps what must be kept."""


@dataclass(frozen=True)
class Found:
    """What was found: an assignment and its measure, and a proven bound on the first number of any
    plan's measure (``-inf``: none)."""

    columns: Floats | None
    measure: Measure
    bound: float = -math.inf


@dataclass(frozen=True, eq=False)
class Local:
    """Some schools of a model, everything else as in a plan, as a program of its own.

    ``fixed``: ``[column of the model]`` what others have; ``target``: points that must be reached;
    ``spare``: how much more the relaxation reaches (``-inf``: it has no plan; infinite: rows keep
    what must be kept); ``all_free``: nothing is fixed.
    """

    program: Program
    columns: Ints
    fixed: Floats
    points: Floats
    target: float
    spare: float
    all_free: bool
    highs: Any
    relaxed: Floats | None


class Within:
    """The plans of a model that keep what must be kept.

    Parameters
    ----------
    kept
        What each stage must be worth.
    restrictions
        Bounds of columns and rows; cuts are left out, since those of stages would keep more.
    plan
        ``[column]`` a plan that keeps it all.
    limits
        Seconds and threads; the gap is not looked at.
    stop
        Asked now and then whether to stop.

    What is searched keeps a little more than it must (``MONEY_ROOM``, ``FLOOR_ROOM``), since whole
    money takes a little of what a plan is worth; what is proven is proven of all that keeps what
    it must.
    """

    def __init__(
        self,
        kept: Kept,
        restrictions: Restrictions,
        plan: Floats,
        limits: Limits,
        stop: Callable[[], bool],
    ) -> None:
        self.full, self.plan, self.limits, self.stop = kept, plan, limits, stop
        self.kept = kept.searched()
        self.model, self.given = kept.model, replace(restrictions, cuts=())
        self.now = _apart_from_floors(self.model, self.given)
        self.began = time.perf_counter()
        self.inside = self.now.lower, self.now.upper
        self._highs: Any = None
        self._parts: dict[tuple[int, ...], tuple[Ints, Ints, Program]] = {}
        settle_threads(limits.threads)

    def beside(self, stop: Callable[[], bool]) -> Within:
        """A search of the same plans for another thread, on one core: nothing that either changes
        is shared."""
        other = copy.copy(self)
        other.limits = replace(self.limits, threads=1)
        other.stop, other._blocks, other._highs, other._parts = stop, self._blocks, None, {}
        return other

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.limits.time_limit - (time.perf_counter() - self.began)

    @property
    def over(self) -> bool:
        """Whether time is over, or somebody wants it to end."""
        return self.left <= 0 or self.stop()

    @cached_property
    def program(self) -> Program:
        """The model without what must be kept."""
        return self.now.program(self.model)

    def relaxed(self, costs: Floats, part: float = 1.0, *, proof: bool = False) -> Floats | None:
        """The relaxation of least ``costs`` once ``part`` of what may be given up is; ``None``
        where there is none, or no time for it. ``proof``: of all plans that keep what they must."""
        if self.over:
            return None
        cuts = self.full.cuts() if proof else self.kept.cuts(part)
        lower, upper = self.inside
        if self._highs is None:
            under = replace(self.now, lower=lower, upper=upper, cuts=cuts).program(self.model)
            self._highs = load(under, -costs, mip=False, threads=self.limits.threads or 0)
            self._listen(self._highs)
        set_costs(self._highs, -costs)
        for number, cut in enumerate(cuts):
            cap = number >= len(self.kept.stages)
            least = -np.inf if proof and cap else cut.lower
            self._highs.changeRowBounds(self.model.rows + number, least, np.inf)
        rows = self.given if proof else self.now
        for row in np.flatnonzero(self.given.row_lower != self.now.row_lower).tolist():
            self._highs.changeRowBounds(row, float(rows.row_lower[row]), float(rows.row_upper[row]))
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + max(self.left, 0.05))
        self._highs.run()
        return values(self._highs) if ended(self._highs) == "optimal" else None

    def bound(self, goal: Goal) -> float:
        """What the first number of any plan's measure is at least; ``-inf`` where nothing is
        proven."""
        costs = goal.bounding()
        found = None if costs is None else self.relaxed(costs, proof=True)
        if costs is None or found is None:
            return -math.inf
        least = float(costs @ found)
        return least - parameters.ROW_NOISE * max(1.0, abs(least))

    def exact(self, costs: Floats) -> tuple[Floats | None, float]:
        """(a plan of least ``costs`` in whole units, a bound on the costs of every plan that keeps
        what it must), as far as a search comes in :data:`~planner.solving.parameters.EXACT_NODES`
        nodes."""
        if self.over:
            return None, -math.inf
        cuts = self.full.cuts()[: len(self.full.stages)]
        program = replace(self.given, cuts=cuts).program(self.model)
        highs = load(program, -costs, mip=True, threads=self.limits.threads or 0)
        highs.setOptionValue("mip_rel_gap", 0.0)
        highs.setOptionValue("mip_max_nodes", parameters.EXACT_NODES)
        highs.setOptionValue("time_limit", max(self.left, 0.05))
        listen(highs, self._stopping, *interrupts())
        highs.run()
        info = highs.getInfo()
        proven = float(info.mip_dual_bound) if self.model.integer.any() else math.inf
        found = values(highs) if info.primal_solution_status == 2 else None
        if found is not None:
            found = np.where(self.model.integer, np.rint(found), found)
        return found, -proven if math.isfinite(proven) else -math.inf

    def _stopping(self, _kind: Any, _message: str, _out: Any, answer: Any, _data: Any) -> None:
        answer.user_interrupt = self.stop()

    def _lowest_part(self) -> float:
        """The part of what may be given up that the relaxation of a single stage gives up where
        it gives up least: below nought where it is worth more than the plan. Nought where there
        are several stages, or the model is large."""
        if len(self.kept.stages) != 1 or self.large:
            return 0.0
        ((name, points),) = self.kept.stages
        found = self.relaxed(-points)
        if found is None:
            return 0.0
        value, step = self.kept.reached[name], self.kept.within
        return (value - float(points @ found)) / (step * max(1.0, abs(value)))

    @property
    def large(self) -> bool:
        """Whether each relaxation takes seconds."""
        return self.model.columns > parameters.NEIGHBOURHOOD_TO

    def narrow(self, lower: Floats, upper: Floats) -> None:
        """Bounds of columns for the relaxations that follow."""
        self.inside = lower, upper
        if self._highs is not None:
            index = np.arange(self.model.columns, dtype=np.int32)
            self._highs.changeColsBounds(len(index), index, lower, upper)

    def near(self, lower: Floats, upper: Floats) -> Floats | None:
        """A plan of much value in whole units within bounds of columns; ``None``: none found.

        Every whole decision between the relaxation and the plan known; where that has no plan, at
        most the relaxation rounded up, but in schools that have no plan of their own then. Where
        there are several stages the latter alone: under strict priority the former took seconds
        for nothing."""
        self.narrow(lower, upper)
        loose = self.relaxed(-self.model.value)
        if loose is None:
            return None
        whole, noise = self.model.integer, parameters.RELAXED_INTEGRAL
        if len(self.kept.stages) == 1:
            known = np.minimum(np.maximum(self.plan, lower), upper)
            least = np.maximum(np.minimum(np.floor(loose + noise), known), lower)
            most = np.minimum(np.maximum(np.ceil(loose - noise), known), upper)
            found = self.whole(np.where(whole, least, lower), np.where(whole, most, upper))
            if found is not None:
                return found
        most = np.minimum(np.ceil(loose - noise), upper)
        most = np.where(whole, np.maximum(most, lower), upper)
        engine = HighsEngine(self.model, self.limits)
        engine.restrictions, engine.stop = self.now, self.stop
        free = self._blocks.cramped(engine, (lower, most), loose)
        return self.whole(lower, np.where(free, upper, most))

    @cached_property
    def _blocks(self) -> Blocks:
        return Blocks.of(self.model)

    def richer(self) -> Floats | None:
        """A plan of much more value than the one known, where that gave much of it up: what it and
        the relaxation agree on stays. Not where there are several stages, or the model is large;
        ``None``: none found."""
        if len(self.kept.stages) != 1 or self.large:
            return None
        ((name, points),) = self.kept.stages
        wanted = self.kept.least(name, parameters.RICHER)
        if points @ self.plan >= wanted:
            return None
        self.narrow(self.now.lower, self.now.upper)
        loose = self.relaxed(-points)
        if loose is None:
            return None
        ends = agreed(self.model.integer, loose, self.plan, (self.now.lower, self.now.upper))
        return self.whole(*ends, start=self.plan, part=parameters.RICHER)

    def local(
        self, bounds: tuple[Floats, Floats], plan: Floats, moved: Ints, more: int = 0
    ) -> Local | None:
        """The schools that some columns are in, under bounds of columns, all others as in a plan;
        and its relaxation. ``more``: as many other schools are free too. ``None``: no time is left.
        """
        if self.over:
            return None
        structure, kept = self._blocks.structure, self.kept
        touched = np.unique(structure.block[moved])
        rest = np.setdiff1d(np.arange(structure.blocks), touched)
        first = int(np.searchsorted(rest, touched[-1]))
        touched = np.append(touched, np.roll(rest, -first)[:more])
        columns, rows, part = self.part(touched)
        fixed = plan.copy()
        fixed[columns] = 0.0
        single, points = len(kept.stages) == 1, self._points
        target = kept.least(kept.stages[0][0]) - float(points @ fixed) if single else -np.inf
        used = self._keeping.activity(fixed)[rows]
        part = replace(
            part, lower=bounds[0][columns], upper=bounds[1][columns],
            row_lower=part.row_lower - used, row_upper=part.row_upper - used,
        )  # fmt: skip
        highs, relaxed = self._loaded(part, points[columns])
        spare = -np.inf if relaxed is None else float(points[columns] @ relaxed) - target
        return Local(part, columns, fixed, points[columns], target, spare, more >= len(rest),
                     highs, relaxed)  # fmt: skip

    def part(self, blocks: Ints | Places) -> tuple[Ints, Ints, Program]:
        """Some schools, and what is no school's: their columns, all rows that these are in, and
        both as a program."""
        key = tuple(np.unique(blocks).tolist())
        if key not in self._parts:
            if len(self._parts) >= parameters.PARTS_KEPT:
                self._parts.clear()
            self._parts[key] = self._part_of(self._keeping, key)
        return self._parts[key]

    def _part_of(self, whole: Program, blocks: Sequence[int] | Ints) -> tuple[Ints, Ints, Program]:
        structure = self._blocks.structure
        free = np.zeros(structure.blocks + 1, dtype=bool)
        free[list(blocks)] = free[-1] = True  # the last: of columns in no block
        mine = free[structure.block]
        columns, entries = np.flatnonzero(mine), np.flatnonzero(mine[whole.column_index])
        rows = np.unique(whole.row_index[entries]).astype(np.int64)
        return columns, rows, whole.part(columns, entries, rows)

    @property
    def _points(self) -> Floats:
        """What a search looks for: the points of a single stage, else of all together."""
        stages = self.kept.stages
        return stages[0][1] if len(stages) == 1 else self.model.value

    def settled(self, local: Local) -> Floats | None:
        """A plan in whole units of some schools, beside all others."""
        if self.over or local.spare < 0:
            return None
        found = self._branched(
            local.highs, local.program, local.points, local.target, local.relaxed, None
        )
        if found is None:
            return None
        plan = local.fixed.copy()
        plan[local.columns] = np.where(local.program.integer, np.rint(found), found)
        reached = {name: float(worth @ plan) for name, worth in self.kept.stages}
        return plan if self.kept_by(reached) else None

    @cached_property
    def _keeping(self) -> Program:
        """The model with what must be kept of several stages; that of a single one is a target."""
        single = len(self.kept.stages) == 1
        cuts = () if single else self.kept.cuts()
        return replace(self.now, cuts=cuts).program(self.model)

    def whole(
        self, lower: Floats, upper: Floats, *, start: Floats | None = None, part: float = 1.0
    ) -> Floats | None:
        """A plan in whole units within narrower bounds of columns that keeps what must be kept;
        with a ``start`` that does, one of as much value as a short search finds, or of what is left
        once ``part`` of what may be given up is."""
        if self.over or bool((lower > upper).any()):
            return None
        model, kept = self.model, self.kept
        bounds = replace(self.now, lower=lower, upper=upper)
        single = len(kept.stages) == 1
        points = self._points
        # one stage: the search for value ends where enough is kept; several: at its first plan
        valued = single and (start is None or part < 1.0)
        target = kept.least(kept.stages[0][0], part) if valued else np.inf
        if not single:
            bounds = replace(bounds, cuts=kept.cuts())
        if self.large and single:
            limits = replace(self.limits, time_limit=self.left, target=target)
            limits = replace(limits, gap=parameters.WITHIN_GAP)
            engine = LagrangianEngine(model, limits)
            engine.restrictions, engine.stop = bounds, self.stop
            try:
                columns = engine.solve(points, limits, start=start).columns
            finally:
                engine.close()
        else:
            program = bounds.program(model)
            highs, relaxed = self._loaded(program, points, relax=valued)
            if valued and (relaxed is None or points @ relaxed < target):
                return None
            columns = self._branched(highs, program, points, target, relaxed, start)
        if columns is None:
            return None
        columns = np.where(model.integer, np.rint(columns), columns)
        reached = {name: float(worth @ columns) for name, worth in kept.stages}
        return columns if self.kept_by(reached) else None

    def kept_by(self, reached: Mapping[str, float]) -> bool:
        """Whether an assignment that reaches so much keeps every stage that the model decides."""
        noise = parameters.STAGE_KEPT * self.kept.within + parameters.PROVEN_GAP
        return all(
            reached[name] >= self.kept.least(name) - noise * max(1.0, abs(self.kept.reached[name]))
            for name, _ in self.kept.stages
        )

    def _loaded(
        self, program: Program, points: Floats, *, relax: bool = True
    ) -> tuple[Any, Floats | None]:
        """An engine for the first plan of a short search, and the relaxation, if it is asked for
        and there is one."""
        highs = load(program, points, mip=True, threads=self.limits.threads or 0)
        highs.setOptionValue("mip_rel_gap", parameters.WITHIN_GAP)
        highs.setOptionValue("mip_max_nodes", parameters.WITHIN_NODES)
        highs.setOptionValue("mip_allow_restart", False)
        if not relax:
            return highs, None
        highs.setOptionValue("solve_relaxation", True)
        highs.run()
        relaxed = values(highs) if ended(highs) == "optimal" else None
        highs.setOptionValue("solve_relaxation", False)
        return highs, relaxed

    def _branched(
        self,
        highs: Any,
        program: Program,
        points: Floats,
        target: float,
        relaxed: Floats | None,
        start: Floats | None,
    ) -> Floats | None:
        """What the engine's own search finds in few nodes: its first plan; or where a value is
        looked for, what is found between that plan and the relaxation."""
        valued = bool(np.isfinite(target))
        if valued:
            highs.setOptionValue("objective_target", target)

        def searched(plan: Floats | None) -> Floats | None:
            if self.over:
                return None
            self._listen(highs, target if valued else -np.inf)
            highs.setOptionValue("time_limit", highs.getRunTime() + max(self.left, 0.05))
            if plan is not None:
                set_start(highs, plan)
            highs.run()
            return values(highs) if highs.getInfo().primal_solution_status == 2 else None

        if start is None:
            highs.setOptionValue("mip_max_improving_sols", 1)
        found = searched(start)
        if found is None or relaxed is None or points @ found >= target:
            return found
        index = np.arange(program.columns, dtype=np.int32)
        plan = np.where(program.integer, np.rint(found), found)
        lower, upper = agreed(program.integer, relaxed, plan, (program.lower, program.upper))
        highs.changeColsBounds(len(index), index, lower, upper)
        highs.setOptionValue("mip_max_improving_sols", UNLIMITED)
        return searched(found)

    def _listen(self, highs: Any, target: float = -np.inf) -> None:
        """Ends a run where somebody wants it to end; a search also where it has done its work, or
        its bound is below what is looked for."""
        asked = 0

        def heard(kind: Any, _message: str, out: Any, answer: Any, _data: Any) -> None:
            nonlocal asked
            done = False
            if kind == highspy.cb.HighsCallbackType.kCallbackMipInterrupt:
                asked += 1
                done = asked > parameters.WITHIN_ASKED or out.mip_dual_bound < target
            answer.user_interrupt = done or self.stop()

        listen(highs, heard, *interrupts())

    def search(self, goal: Goal, accept: Accept) -> Found:
        """The best plan found by a goal among those that are accepted; without columns where none
        is better than the plan known."""
        if isinstance(goal, FewestLines) and self.model.columns > parameters.LOTS_FROM:
            found = Lots(self, goal).run(accept)
            if found.columns is not None:
                return found
        bound, best = None, Found(None, goal.measure(self.plan))
        columns, rounds = self.plan, parameters.WITHIN_LARGE
        for steps, tries in rounds if self.large else parameters.WITHIN_ROUNDS:
            known = best
            for hold in (True, False):
                wide = self.inside
                boxes = self._boxes(goal, columns, steps, hold=hold)
                held = self.inside is not wide
                if held:
                    self.narrow(*wide)
                bound = self.bound(goal) if bound is None else bound  # warm from the relaxations
                better = self._narrowest(boxes, tries)
                if better is not None and goal.measure(better) < best.measure and accept(better):
                    best = Found(better, goal.measure(better))
                if not held or (best is not known and self.model.columns >= parameters.WHOLE_BELOW):
                    break
            if best is known or best.columns is None:
                break
            columns = best.columns
            self.narrow(*goal.box(columns))
        self.narrow(self.now.lower, self.now.upper)
        if best.columns is not None and self.model.columns < parameters.WHOLE_BELOW:
            # the lines that the plan has, and no other, for as much value as they can give
            dear = self.whole(*goal.box(best.columns), start=best.columns)
            if dear is not None and goal.measure(dear) <= best.measure and accept(dear):
                best = Found(dear, goal.measure(dear))
        return replace(best, bound=-math.inf if bound is None else bound)

    def _boxes(
        self, goal: Goal, plan: Floats, steps: int, *, hold: bool
    ) -> list[tuple[Floats, Floats]]:
        """From a plan to narrower and narrower bounds of columns: the kept value is let down step
        by step. ``hold``: once a relaxation splits what rules count, that is as in the plan, and
        the relaxations that follow are narrowed to it."""
        boxes, columns = [], plan
        parts = np.linspace(min(self._lowest_part(), 1.0), 1.0, steps + 1)[1:]
        for part in parts.tolist():
            for _ in range(1 if self.large else parameters.WITHIN_TIMES):
                found = self.relaxed(goal.costs(columns), part)
                columns = columns if found is None else found
                split = np.abs(columns - np.rint(columns)) > parameters.RELAXED_INTEGRAL
                if hold and bool((split & self._blocks.counted).any()):
                    self.narrow(*(np.where(self._blocks.counted, plan, e) for e in self.inside))
                    return self._boxes(goal, plan, steps, hold=False)
            if self.over:
                break
            lower, upper = goal.box(columns)
            boxes.append((np.maximum(lower, self.inside[0]), np.minimum(upper, self.inside[1])))
        return boxes

    def _narrowest(self, boxes: list[tuple[Floats, Floats]], tries: int) -> Floats | None:
        """A plan in the narrowest bounds that still hold one: what is left of them is halved, or
        parted in three where two searches run side by side."""
        known, low, high = None, -1, len(boxes)
        parts = 2 if self.large else 3
        for _ in range(tries):
            asked = sorted({low + (high - low) * k // parts for k in range(1, parts)} - {low})
            if not asked or self.over:
                break
            at, plan = self._last_with_a_plan(boxes, asked)
            high = min((wider for wider in asked if wider > at), default=high)
            low, known = (low, known) if plan is None else (at, plan)
        return known

    def _last_with_a_plan(
        self, boxes: list[tuple[Floats, Floats]], asked: list[int]
    ) -> tuple[int, Floats | None]:
        """The last of one or two bounds that holds a plan, and the plan; −1 where neither does. The
        first of two is searched beside the last, and given up where that holds one."""
        if len(asked) == 1:
            plan = self.whole(*boxes[asked[0]])
            return (-1 if plan is None else asked[0]), plan
        wide, narrow = asked
        with Beside(
            lambda gone: self.beside(gone).whole(*boxes[wide]), self.limits.threads
        ) as other:
            plan = self.whole(*boxes[narrow])
            if plan is not None:
                return narrow, plan
            if self.over:
                return -1, None
            plan = other.answer()
            return (-1 if plan is None else wide), plan


class Lots:
    """A plan whose lines are made fewer in one lot of schools after another, all others as they
    are: cheap, and every step is a plan of the whole.

    Each lot gives up its part of what may be given up, and what it leaves is there for the next.
    """

    def __init__(self, search: Within, goal: FewestLines) -> None:
        self.search, self.goal, self.plan = search, goal, search.plan
        self.whole = replace(search.now, cuts=search.kept.cuts()).program(search.model)
        structure = search._blocks.structure
        ends = np.flatnonzero(np.diff((structure.starts[1:] - 1) // parameters.LOT)) + 1
        self.lots = np.split(np.arange(structure.blocks), ends)

    def run(self, accept: Accept) -> Found:
        """The best plan that is accepted; without columns where none has fewer lines. Now and then,
        and whenever somebody wants it to end, it is asked whether what is found is a plan; where it
        is none, the search goes on from the last that was. No bound of all plans is proven."""
        search, measure, lots = self.search, self.goal.measure, len(self.lots)
        best = Found(None, measure(self.plan))
        looks = {lots * k // parameters.LOT_LOOKS for k in range(1, parameters.LOT_LOOKS + 1)}
        for number, lot in enumerate(self.lots, 1):
            ahead = min(number + parameters.LOT_AHEAD, lots)
            fewer = self._fewer(lot, number / lots, ahead / lots)
            if fewer is not None and measure(fewer) < measure(self.plan):
                self.plan = fewer
            if number in looks or search.over:
                if measure(self.plan) < best.measure and accept(self.plan):
                    best = Found(self.plan, measure(self.plan))
                else:
                    self.plan = search.plan if best.columns is None else best.columns
            if search.over:
                break
        return best

    def _fewer(self, lot: Ints, due: float, most: float) -> Floats | None:
        """A plan with fewer lines in a lot, all others as they are, once ``due`` of what may be
        given up is, and ``most`` of it at the most; ``None``: none found."""
        search, goal, plan = self.search, self.goal, self.plan.copy()
        columns, rows, program = search._part_of(self.whole, lot)
        mine, held = plan[columns], search._blocks.counted[columns]  # what rules count stays
        own = program.activity(mine)
        others = self.whole.activity(plan)[rows] - own
        program = replace(
            program, row_lower=program.row_lower - others, row_upper=program.row_upper - others,
            lower=np.where(held, mine, program.lower), upper=np.where(held, mine, program.upper),
        )  # fmt: skip
        keeping = np.flatnonzero(rows >= search.model.rows)
        least = {
            part: np.array([cut.lower for cut in search.kept.cuts(part)])[
                rows[keeping] - search.model.rows
            ]
            - others[keeping]
            for part in (due, most)
        }
        highs = load(program, np.zeros(len(columns)), mip=False, threads=search.limits.threads or 0)
        boxes, relaxed = [], plan.copy()
        for step in parameters.LOT_STEPS:
            down = own[keeping] - step * np.maximum(own[keeping] - least[due], 0.0)
            for row, lowest in zip(keeping.tolist(), down.tolist(), strict=True):
                highs.changeRowBounds(row, lowest, np.inf)
            set_costs(highs, -goal.costs(relaxed)[columns])
            highs.run()
            if ended(highs) != "optimal":
                break
            relaxed[columns] = values(highs)
            boxes.append([end[columns] for end in goal.box(relaxed)])
        # A single stage is looked for until enough of it is kept; several are rows.
        single, points = len(search.kept.stages) == 1, search._points[columns]
        target, enough = np.inf, -np.inf
        if single:
            (name, worth), before = search.kept.stages[0], float(points @ mine)
            spare = [float(worth @ plan) - search.kept.least(name, part) for part in (due, most)]
            target, enough = (before - more for more in spare)
        program.row_lower[keeping] = -np.inf if single else least[most]
        for lower, upper in reversed(boxes):
            inside = replace(
                program, lower=np.maximum(lower, program.lower),
                upper=np.minimum(upper, program.upper),
            )  # fmt: skip
            highs, best = search._loaded(inside, points, relax=single)
            if search.over or (single and (best is None or points @ best < enough)):
                continue
            found = search._branched(highs, inside, points, target, best, None)
            if found is not None and points @ found >= enough:
                plan[columns] = np.where(program.integer, np.rint(found), found)
                return plan
        return None


class Chain:
    """A plan in which one school after another is decided anew, all others as they are, as long as
    it keeps what must be kept.

    What each frees is there for the next, and every step is a plan of the whole: cheap, and nothing
    has to fit together afterwards. What needs money of others has no plan here.
    """

    def __init__(self, search: Within, plan: Floats) -> None:
        self.search, self.columns = search, plan
        self.activity = search._keeping.activity(plan)
        self.ends: dict[int, list[End]] = {}
        """School's block → bounds of columns that it keeps."""

    def turn(self, end: End) -> float | None:
        """Points to spare once a school's columns are within bounds, those before kept; below
        nought, or ``None`` where the school has no plan beside the others: nothing is changed."""
        search, (moved, low, high) = self.search, end
        block = int(search._blocks.structure.block[moved[0]])
        ends = [*self.ends.get(block, []), end]
        now = self.columns[moved]
        if bool(((now >= low) & (now <= high)).all()):
            self.ends[block] = ends
            return self.spare(self.columns)
        columns, rows, part = search.part(np.array([block]))
        lower, upper = part.lower.copy(), part.upper.copy()
        for mine, least, most in ends:
            at = np.searchsorted(columns, mine)
            lower[at], upper[at] = least, most
        others = self.activity[rows] - part.activity(self.columns[columns])
        part = replace(
            part, lower=lower, upper=upper,
            row_lower=part.row_lower - others, row_upper=part.row_upper - others,
        )  # fmt: skip
        highs, _ = search._loaded(part, search._points[columns], relax=False)
        highs.setOptionValue("mip_rel_gap", parameters.TURN_GAP)
        highs.setOptionValue("time_limit", max(search.left, 0.05))
        highs.run()
        if highs.getInfo().primal_solution_status != 2:
            return None
        found = values(highs)
        plan = self.columns.copy()
        plan[columns] = np.where(part.integer, np.rint(found), found)
        spare = self.spare(plan)
        if spare >= 0:
            self.activity[rows] = others + part.activity(plan[columns])
            self.columns, self.ends[block] = plan, ends
        return spare

    def spare(self, columns: Floats) -> float:
        """By how many points an assignment keeps more than it must in the stage in which that is
        least."""
        kept = self.search.kept
        return min(float(points @ columns) - kept.least(name) for name, points in kept.stages)


def _apart_from_floors(model: Model, restrictions: Restrictions) -> Restrictions:
    """Restrictions that leave floors of money some minor units of room, since amounts are rounded
    down to whole money."""
    lower = restrictions.row_lower.copy()
    room = parameters.FLOOR_ROOM / model.scale
    for block in model.row_blocks:
        if block.money:
            mine = slice(block.start, block.stop)
            most = restrictions.row_upper[mine]
            raised = np.minimum(lower[mine] + room, most)
            lower[mine] = np.where(lower[mine] < most, raised, lower[mine])
    return replace(restrictions, row_lower=lower)
