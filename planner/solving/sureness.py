"""What every plan within a part of the value has: bounds on the units of each school's item, many
at once, by the blocks that schools are.

At the multipliers λ of the rows that schools share no plan x is worth more than the sum of its
blocks' reduced worth and of the master's part (ARCHITECTURE.md#solving), and no other block adds
more than its best. So in a plan that is worth at least f, block b is worth at least
best_b − (L − f) by itself, L the bound of all together; and how few or how many units of an item
such a block may have is a linear program of one school. Nothing that is decided elsewhere has to be
looked at.

What a plan within such a part of the value is to be best by, a :class:`Goal`, has its room here.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from planner.formulation.model import Block, Model
from planner.solving import parameters
from planner.solving.lagrangian import master
from planner.solving.lagrangian.structure import Problem, homes, take_apart
from planner.solving.lagrangian.subproblems import branch
from planner.solving.program import (
    Program,
    Restrictions,
    at_node_limit,
    ended,
    load,
    set_costs,
    settle_threads,
    values,
)
from planner.vocabulary.axes import Bools, Floats, Ints

Measure = tuple[float, ...]
"""What a goal makes as small as it can, the first number before the second and so on."""


def purchases(model: Model) -> Block:
    """The purchases of a model; an empty block where it has none."""
    empty = {k: np.zeros(0, dtype=np.int64) for k in ("school", "item", "fund", "year")}
    return model.column_block("buy") or Block("buy", 0, 0, empty)


@dataclass(frozen=True)
class SchoolItem:
    """A school's item that may be bought, or an option of a request: positions (of an option −1),
    columns, and units that one lot is."""

    school: int
    item: int
    columns: Ints
    lot: float
    whole: bool
    option: str = ""
    """``request:option``; empty: it is an item."""

    def units(self, columns: Floats) -> float:
        """Units bought in an assignment of the model's columns."""
        return float(columns[self.columns].sum()) * self.lot


def school_items(model: Model) -> list[SchoolItem]:
    """Every school's item that may be bought, in the order of schools and items."""
    block = purchases(model)
    school, item = (np.asarray(block.keys[k], dtype=np.int64) for k in ("school", "item"))
    size = np.broadcast_to(np.asarray(block.size, dtype=np.float64), len(school))
    order = np.lexsort((item, school))
    firsts = np.flatnonzero(
        np.diff(school[order], prepend=-1).astype(bool)
        | np.diff(item[order], prepend=-1).astype(bool)
    )
    found = []
    for mine in np.split(order, firsts[1:]) if len(order) else []:
        columns = block.indices[mine]
        whole = bool(model.integer[columns].all())
        at = mine[0]
        found.append(SchoolItem(int(school[at]), int(item[at]), columns, float(size[at]), whole))
    return found


def options(model: Model) -> list[SchoolItem]:
    """Every option of a request, in the order of the inputs; its units are copies."""
    block = model.column_block("choose")
    names = [] if block is None else zip(block.indices, block.keys["choice"], strict=True)
    return [
        SchoolItem(-1, -1, np.array([column], dtype=np.int64), 1.0, True, str(name))
        for column, name in names
    ]


class BlockBounds:
    """Bounds on the blocks of a model for one linear worth of plans.

    Parameters
    ----------
    worth
        ``[column]`` points per unit: a stage, or any sum of stages with weights of nought or more.
    threads
        Cores of the one large relaxation.
    prices
        ``[row]`` shadow prices of that relaxation, where it was solved before.
    kept
        Whether the cuts of the restrictions count (what earlier stages keep); a bound holds without
        them, too.
    """

    def __init__(
        self,
        model: Model,
        restrictions: Restrictions,
        worth: Floats,
        threads: int | None,
        prices: Floats | None = None,
        kept: bool = False,
    ) -> None:
        self.model, self.worth = model, worth
        now = restrictions if kept else replace(restrictions, cuts=())
        program = now.program(model)
        self.problem: Problem | None = take_apart(program, homes(model))
        self.level = math.inf
        if self.problem is None:
            return
        link = self.problem.linking
        if prices is None:
            highs = load(program, worth, mip=False, threads=settle_threads(threads))
            highs.run()
            prices = np.zeros(program.rows)
            if ended(highs) == "optimal":
                prices = np.array(highs.getSolution().row_dual, dtype=np.float64)
        self._price(link.allowed(prices[link.rows]))
        self.threads = threads or 0
        structure = self.problem.structure
        owner = structure.block[program.column_index]
        local = np.flatnonzero(~structure.linking[program.row_index] & (owner >= 0))
        self._entries = local[np.argsort(owner[local], kind="stable")]
        self._starts = np.searchsorted(owner[self._entries], np.arange(structure.blocks + 1))
        self._plans: list[Floats | None] = [None] * structure.blocks

    def _price(self, multipliers: Floats) -> None:
        """Other multipliers, at which no block is decided yet."""
        assert self.problem is not None
        link = self.problem.linking
        self.multipliers, self.level = multipliers, math.inf
        self.reduced = link.reduced(self.worth, multipliers)
        self.steady = link.master_part(self.worth, multipliers)
        self.best = np.full(self.problem.structure.blocks, math.inf)

    def prepare(self, over: Callable[[], bool], at_once: int = 1, slack: float = 0.0) -> bool:
        """Decides every block in whole units once, some of them at once; whether that gave a
        bound, which may be ``slack`` points less close than blocks allow."""
        if self.problem is None:
            return False

        def decide(number: int) -> bool:
            if over():
                return False
            program, columns = self.block(number)
            costs, best = self.reduced[columns], None
            large = len(columns) >= parameters.FUTURES_BLOCK_FROM and program.integer.any()
            if slack and large:
                best = _bounded(program, costs, self.threads, slack / len(self.best))
            if best is None:
                begin = self._plans[number]
                self._plans[number], best = branch(program, costs, self.threads, begin=begin)
            self.best[number] = best
            return True

        numbers = range(len(self.best))
        if at_once == 1:
            decided = all(map(decide, numbers))
        else:
            with ThreadPoolExecutor(at_once) as pool:
                decided = all(pool.map(decide, numbers))
        if not decided:
            return False
        self.level = float(self.best.sum()) + self.steady
        return math.isfinite(self.level)

    def closer(self, plan: Floats, wanted: float, over: Callable[[], bool]) -> BlockBounds:
        """The same blocks at multipliers where they bound all plans more closely, by cutting planes
        until that is as much as ``wanted``, or little is gained.

        A relaxation meets a rule that counts decisions by parts of many, so that its multiplier is
        far from what one of them costs. ``plan`` is one of the whole: with what blocks are worth
        in it the cutting planes know from the beginning where no bound can be.
        """
        assert self.problem is not None
        link = self.problem.linking
        model = master.CuttingPlaneModel(link, self.worth, len(self.best), self.threads)
        model.add(self.problem.block_sums(self.worth * plan), self._use(plan))
        best, use = self, self._add_to(model)
        scale = master.multiplier_scales(use.sum(axis=0), self.level)
        radius = parameters.CLOSER_RELATIVE * np.abs(self.multipliers)
        radius += parameters.CLOSER_ABSOLUTE * scale
        box, levels = master.Box(self.multipliers, self.level, radius), [self.level]
        while len(levels) <= parameters.CLOSER_STEPS and best.level > wanted:
            multipliers, low, held = model.minimum(box)
            predicted = box.bound - low
            tried = copy.copy(best)
            tried._plans = list(best._plans)
            tried._price(multipliers)
            if predicted <= 0 or not tried.prepare(over):
                break
            tried._add_to(model)
            box.move(multipliers, tried.level, predicted, held)
            best = tried if tried.level < best.level else best
            levels.append(best.level)
            gained = levels[max(0, len(levels) - 1 - parameters.CLOSER_PATIENCE)] - best.level
            little = gained < parameters.CLOSER_GAIN * (best.level - wanted)
            if little and len(levels) > parameters.CLOSER_PATIENCE:
                break
        return best

    def _add_to(self, model: master.CuttingPlaneModel) -> Floats:
        """Tells the cutting planes what blocks are worth; ``[block, linking row]``: their use."""
        plans = np.zeros(len(self.worth))
        for number, plan in enumerate(self._plans):
            plans[self._columns(number)] = 0.0 if plan is None else plan
        use = self._use(plans)
        model.add(self.best + use @ self.multipliers, use)
        return use

    def _use(self, columns: Floats) -> Floats:
        """``[block, linking row]``: what an assignment uses of the rows that blocks share."""
        assert self.problem is not None
        link, owner = (
            self.problem.linking,
            self.problem.structure.block[self.problem.linking.column],
        )
        use, mine = np.zeros((len(self.best), len(link.rows))), owner >= 0
        amounts = link.coefficient[mine] * columns[link.column[mine]]
        np.add.at(use, (owner[mine], link.row[mine]), amounts)
        return use

    def _columns(self, number: int) -> Ints:
        """The model's columns in a block."""
        assert self.problem is not None
        structure = self.problem.structure
        first, stop = structure.starts[number], structure.starts[number + 1]
        return structure.order[first:stop].astype(np.int64)

    def block(self, number: int) -> tuple[Program, Ints]:
        """A block as a program of its own, and the model's columns in it."""
        assert self.problem is not None
        program, columns = self.problem.program, self._columns(number)
        entries = self._entries[self._starts[number] : self._starts[number + 1]]
        rows = np.unique(program.row_index[entries])
        return program.part(columns, entries, rows), columns

    def units(
        self, items: list[SchoolItem], least: float, over: Callable[[], bool]
    ) -> Iterator[tuple[SchoolItem, float, float]]:
        """(school's item, fewest units, most units) that any plan has which is worth at least
        ``least``; of items whose purchases stand in one block, block by block."""
        room = self.level - least + parameters.STAGE_KEPT * max(1.0, abs(least))
        known, highs = -1, None  # one program a block, whose basis serves its other items
        for one, number, program, columns in self._blocks_of(items, over):
            if number != known:
                known = number
                narrowed = _with_row(program, self.reduced[columns], self.best[number] - room)
                highs = self._loaded(narrowed, np.zeros(len(columns)))
            assert highs is not None
            counted = np.isin(columns, one.columns).astype(np.float64)
            ends = []
            for side in (-1.0, 1.0):
                set_costs(highs, side * counted)
                highs.run()
                solved = ended(highs) == "optimal"
                ends.append(float(counted @ values(highs)) if solved else side * math.inf)
            noise = parameters.RELAXED_INTEGRAL
            low, high = ends[0] - noise, ends[1] + noise
            if one.whole:
                low = math.ceil(low) if math.isfinite(low) else low
                high = math.floor(high) if math.isfinite(high) else high
            yield one, max(low, 0.0) * one.lot, high * one.lot

    def beside(self) -> BlockBounds:
        """The same blocks for another thread, on one core."""
        other = copy.copy(self)
        other.threads = 1
        return other

    def turned(
        self, items: Mapping[int, bool], of: list[SchoolItem], over: Callable[[], bool]
    ) -> Iterator[tuple[SchoolItem, float, int, float]]:
        """(school's item, points, column, level): what its block loses at the least by not having
        it, or by having some (``items``: number in ``of`` → whether it is to be had), the purchase
        by which it has some (−1: none), and how much of it; infinite points where its block has no
        plan of that kind."""
        wanted = {id(of[k]): had for k, had in items.items()}
        known, highs = -1, None  # one program a block, as above
        for one, number, program, columns in self._blocks_of([of[k] for k in items], over):
            mine, costs = np.isin(columns, one.columns), self.reduced[columns]
            if wanted[id(one)]:
                yield one, *self._some(number, program, columns, one)
                continue
            if number != known:
                known, highs = number, self._loaded(program, costs)
            assert highs is not None
            at = np.flatnonzero(mine).astype(np.int32)
            highs.changeColsBounds(len(at), at, program.lower[at], program.lower[at])
            highs.run()
            solved = ended(highs) == "optimal"
            loss = float(self.best[number] - costs @ values(highs)) if solved else math.inf
            highs.changeColsBounds(len(at), at, program.lower[at], program.upper[at])
            yield one, loss, -1, 0.0

    def _loaded(self, program: Program, costs: Floats) -> Any:
        """A block's relaxation, to be run again and again."""
        highs = load(program, costs, mip=False, threads=self.threads)
        highs.setOptionValue("presolve", "off")
        return highs

    def _some(
        self, number: int, program: Program, columns: Ints, one: SchoolItem
    ) -> tuple[float, int, float]:
        """(points, column, level): see :meth:`turned`, of an item that is to be had."""
        mine, costs = np.isin(columns, one.columns), self.reduced[columns]
        some = min(1.0, float(program.upper[mine].sum()))
        some *= 1.0 if one.whole else parameters.SMALLEST_SLOPE
        part = _with_row(program, mine.astype(np.float64), some)
        # what a school lacks may have no way in at all: that only whole units say
        highs = load(part, costs, mip=True, threads=self.threads)
        highs.setOptionValue("mip_max_nodes", 1)
        highs.run()
        if highs.getInfo().primal_solution_status != 2:
            return math.inf, -1, 0.0
        found = values(highs)
        place = int(np.argmax(np.where(mine, found, -1.0)))
        level = 1.0 if one.whole else float(found[place])
        return float(self.best[number] - costs @ found), int(columns[place]), level

    def _blocks_of(
        self, items: list[SchoolItem], over: Callable[[], bool]
    ) -> Iterator[tuple[SchoolItem, int, Program, Ints]]:
        """(school's item, number of its block, the block, the model's columns in it), block by
        block; without those whose purchases stand in several."""
        if self.problem is None or not math.isfinite(self.level):
            return
        owner, known = self.problem.structure.block, -1
        program, columns = self.problem.program, np.zeros(0, dtype=np.int64)
        for one in sorted(items, key=lambda i: int(owner[i.columns[0]])):
            numbers = np.unique(owner[one.columns])
            if over():
                return
            if len(numbers) == 1 and numbers[0] >= 0:
                if numbers[0] != known:
                    known = int(numbers[0])
                    program, columns = self.block(known)
                yield one, known, program, columns


def _bounded(program: Program, costs: Floats, threads: int, slack: float) -> float | None:
    """What no plan of a block is worth more than, by a short search of the engine's that ends
    ``slack`` points away; ``None`` where it says nothing."""
    highs = load(program, costs, mip=True, threads=threads)
    for option, value in (
        ("mip_rel_gap", 0.0), ("mip_abs_gap", slack), ("mip_max_nodes", parameters.SUBPROBLEM_NODES)
    ):  # fmt: skip
        highs.setOptionValue(option, value)
    highs.run()
    if ended(highs) == "optimal" or at_node_limit(highs):
        return float(highs.getInfo().mip_dual_bound)
    return None


def _with_row(program: Program, weights: Floats, least: float) -> Program:
    """A program with one row more: Σ weights × column ≥ least."""
    used = np.flatnonzero(weights)
    size = max(1.0, float(np.abs(weights).max(initial=0.0)))
    return replace(
        program,
        row_lower=np.append(program.row_lower, least / size),
        row_upper=np.append(program.row_upper, np.inf),
        row_index=np.append(program.row_index, np.full(len(used), program.rows)).astype(np.int32),
        column_index=np.append(program.column_index, used).astype(np.int32),
        coefficient=np.append(program.coefficient, weights[used] / size),
    )


# --------------------------------------------------------------------------------------------------
# What a plan is to be best by.


class Goal(Protocol):
    """Something that a plan is to have as little of as it can."""

    def costs(self, columns: Floats) -> Floats:
        """``[column]`` the linear costs of the next relaxation, where the last one is known."""
        ...

    def bounding(self) -> Floats | None:
        """``[column]`` costs whose sum is never above the first number of :meth:`measure`; the
        relaxation's least of it is a bound then. ``None``: there are none."""
        ...

    def measure(self, columns: Floats) -> Measure:
        """What is compared of assignments in whole units."""
        ...

    def box(self, columns: Floats) -> tuple[Floats, Floats]:
        """``[column]`` bounds that a relaxation's columns suggest for whole units."""
        ...


class FewestLines:
    """First as few purchase lines as can be (school × item × fund × year), then as few visits
    (school × year), then as few funds for a school's item.

    ``wanted``: ``[purchase]`` the lines that count; default all.
    """

    def __init__(self, model: Model, wanted: Bools | None = None) -> None:
        block = purchases(model)
        self.model, self.at = model, block.indices
        key = {k: np.asarray(v, dtype=np.int64) for k, v in block.keys.items()}
        years, funds = (int(key[k].max(initial=0)) + 1 for k in ("year", "fund"))
        items = int(key["item"].max(initial=0)) + 1
        visits = key["school"] * years + key["year"]
        pairs = (key["school"] * items + key["item"]) * funds + key["fund"]
        self.groups = [np.unique(g, return_inverse=True)[1] for g in (visits, pairs)]
        count = len(self.at)
        self.wanted = np.ones(count, dtype=bool) if wanted is None else wanted
        self.most = model.column_upper[self.at]
        self.given = model.column_lower[self.at] > 0
        whole = model.integer[self.at]
        self.least = np.where(whole, 1.0, np.maximum(self.most, 0.0) * parameters.SMALLEST_SLOPE)
        self.size = np.maximum(np.maximum(self.most, self.least), parameters.LINE_FROM)

    def bought(self, columns: Floats) -> Bools:
        """``[purchase]`` whether it is a line."""
        return np.asarray(columns[self.at] > parameters.LINE_FROM)

    def costs(self, columns: Floats) -> Floats:
        """A line costs 1, spread over what was bought of it last; a visit or a fund that has few
        lines makes each of them a little dearer."""
        bought, level = self.bought(columns), columns[self.at]
        self.size = np.where(
            bought, np.maximum(np.maximum(level, self.least), parameters.LINE_FROM), self.size
        )
        weight = np.ones(len(self.at))
        for group, part in zip(self.groups, parameters.GROUP_WEIGHTS, strict=True):
            count = np.bincount(group, weights=bought, minlength=int(group.max(initial=-1)) + 1)
            weight += part / np.maximum(count[group], 1.0)
        costs = np.zeros(self.model.columns)
        costs[self.at] = np.where(self.wanted & ~self.given, weight / self.size, 0.0)
        return costs

    def bounding(self) -> Floats | None:
        """A purchase is at most a line's worth of what it can be at most."""
        costs = np.zeros(self.model.columns)
        can = self.wanted & (self.most > 0)
        costs[self.at[can]] = 1.0 / self.most[can]
        return costs

    def measure(self, columns: Floats) -> Measure:
        """(lines, visits, funds of schools' items)."""
        bought = self.bought(columns)
        lines = int((bought & self.wanted).sum())
        return lines, *(float(len(np.unique(group[bought]))) for group in self.groups)

    def box(self, columns: Floats) -> tuple[Floats, Floats]:
        """Nothing is bought that the relaxation does not buy."""
        upper = self.model.column_upper.copy()
        left = ~self.bought(columns) & ~self.given
        upper[self.at[left]] = 0.0
        return self.model.column_lower, upper


class Weighted:
    """As little as can be of a weighted sum of purchases: ``costs`` ``[column]``."""

    def __init__(self, model: Model, costs: Floats) -> None:
        self.model, self.weights = model, costs

    def costs(self, columns: Floats) -> Floats:
        """The same at every step."""
        return self.weights

    def bounding(self) -> Floats | None:
        """It is linear itself."""
        return self.weights

    def measure(self, columns: Floats) -> Measure:
        """The sum."""
        return (float(self.weights @ columns),)

    def box(self, columns: Floats) -> tuple[Floats, Floats]:
        """What costs is bought no more than the relaxation buys it, what is sought no less; in
        whole units the nearest ones on the side of the goal that the relaxation reached."""
        model, near = self.model, parameters.RELAXED_INTEGRAL
        dear, sought = self.weights > 0, self.weights < 0
        most, least = np.ceil(columns - near), np.floor(columns + near)
        upper = np.where(dear & model.integer, np.minimum(most, model.column_upper), np.inf)
        lower = np.where(sought & model.integer, np.maximum(least, model.column_lower), -np.inf)
        return (
            np.maximum(lower, model.column_lower),
            np.maximum(np.minimum(upper, model.column_upper), model.column_lower),
        )


def units_of(model: Model, school: int, item: int) -> Floats:
    """``[column]`` units of a school's item that one unit of each purchase is; schools and items
    by their positions."""
    block, found = purchases(model), np.zeros(model.columns)
    mine = (block.keys["school"] == school) & (block.keys["item"] == item)
    sizes = np.broadcast_to(np.asarray(block.size, dtype=np.float64), len(mine))
    found[block.indices[mine]] = sizes[mine]
    return found


def fewest_lines(model: Model) -> Goal:
    """As few purchase lines as can be, then visits, then funds of schools' items."""
    return FewestLines(model)


def least_units(model: Model, *, school: int, item: int) -> Goal:
    """As few units of a school's item as can be."""
    return Weighted(model, units_of(model, school, item))


def most_units(model: Model, *, school: int, item: int) -> Goal:
    """As many units of a school's item as can be."""
    return Weighted(model, -units_of(model, school, item))


def farthest(model: Model, *, plans: Sequence[Floats]) -> Goal:
    """As few as can be of the lines that any of the plans has; ``plans``: assignments of the
    model's columns."""
    at = purchases(model).indices
    used = np.array([plan[at] > parameters.LINE_FROM for plan in plans])
    return FewestLines(model, wanted=np.asarray(used.any(axis=0)))


GOALS: dict[str, Callable[..., Goal]] = {
    "fewest_lines": fewest_lines,
    "least_units": least_units,
    "most_units": most_units,
    "farthest": farthest,
}
"""Name → what a plan is to be best by, made for a model."""
