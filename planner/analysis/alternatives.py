"""What could as well be otherwise: among all plans within a part of the best value, which schools'
items and which options of requests are always there, never, or open, and plans that are as good and
differ.

*Always* and *never* are proven by bounds on the blocks of the model
(:mod:`planner.solving.sureness`), *open* by two audited plans, one with it and one without; what
neither a bound nor a plan decides in the time is *undecided*, and is called so.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd

from planner.analysis.answers import (
    COLUMNS,
    LEAST,
    OPTION_COLUMNS,
    Alternatives,
    Had,
    asked_units,
    bought_units,
    part_of_value,
    state_of,
)
from planner.analysis.resolve import assignment_of, claimed
from planner.errors import Finding, InputError, Place
from planner.formulation.build import Formulation, formulate
from planner.formulation.model import Model
from planner.names import FLOOR_STAGE
from planner.plan import Plan
from planner.proof import audit
from planner.run.folder import PlanFolder, plan_id
from planner.run.optimize import TOLD_EVERY, Planned, claims, floored, planned_result
from planner.run.result import Result
from planner.scenario.scenario import Scenario
from planner.solving import parameters
from planner.solving.program import Restrictions
from planner.solving.solution import Limits, Stage, Status
from planner.solving.stages import Kept
from planner.solving.sureness import (
    GOALS,
    BlockBounds,
    Goal,
    SchoolItem,
    options,
    school_items,
)
from planner.solving.within import Chain, End, Found, Within
from planner.system.worker_pool import Beside, cores
from planner.vocabulary.axes import Floats

FIRST_PART, LAST_PART = 0.75, 0.95
"""Part of what may be given up that the items which one plan has otherwise may cost together by
their blocks, at first and at most."""
WIDER, NARROWER = 1.2, 0.85
"""What that part is multiplied by after a plan was found, and after none was."""
TOGETHER = 40
"""Items that one plan has otherwise, at most."""
CHAIN_PART = 1.5
"""Part of what may be given up that the items cost together, at the least by their blocks, of which
a plan turns as many as it can, school after school."""
MOST_SHORT = 3
"""Items too dear for what is left after which such a plan is done."""
FORGOTTEN = 1.03
"""What the yield of the way not taken is multiplied by, so that it is tried again some time."""
CHAIN_TRIES = 2
"""How often an item that needs money of other schools is tried in such plans."""
SPARE, LEAST_SPARE, MOST_SPARE = 0.2, 0.08, 0.3
"""Part of what may be given up that the relaxation of the schools turned must leave to whole units,
at first, at the least and at most: on Ba Đình they take 0.05 to 0.35 of it."""
SPARE_MORE, SPARE_LESS = 0.04, 0.01
"""How much that changes where no plan was found, and where one was."""
OTHER_SCHOOLS = 8
"""Schools that are free beside those turned where these have no plan alone; then four times as
many, for a single item all."""


@dataclass(frozen=True)
class Reference:
    """The plan whose alternatives are asked for: what it reached in each stage before it was
    tidied, and the bounds that were proven."""

    scenario: Scenario
    plan: Plan
    own: dict[str, float]
    """What the plan itself reached."""
    reached: dict[str, float]
    bounds: dict[str, float]
    settings: dict[str, Any]

    @classmethod
    def of(cls, source: Result | PlanFolder) -> Reference:
        """Of a result or of a plan folder that was read."""
        head = claimed(source)
        stages = {str(s["name"]): s for s in head["stages"]}
        before: Mapping[str, float] = dict(head.get("tidy") or {}).get("stages_before") or {}
        return cls(
            source.scenario,
            source.plan,
            {name: float(s["value"]) for name, s in stages.items()},
            {name: float(before.get(name, s["value"])) for name, s in stages.items()},
            {n: np.inf if s["bound"] is None else float(s["bound"]) for n, s in stages.items()},
            dict(head["settings"]),
        )


@dataclass
class Space:
    """The plans within a part of the value of one, and what was found of them."""

    reference: Reference
    within: float
    limits: Limits
    stop: Callable[[], bool]
    tick: Callable[[], None] = lambda: None
    """Called whenever it is asked whether to end."""
    form: Formulation = field(init=False)
    plans: list[tuple[Floats, Result]] = field(default_factory=list)
    """(columns, audited result) of the plans found."""

    def __post_init__(self) -> None:
        self.began = time.perf_counter()
        self.form = formulate(self.reference.scenario)
        start = assignment_of(self.form, self.reference.plan)
        if start is None:
            raise InputError([Finding("alternatives_no_start", Place())])
        model = self.form.model
        self.start = np.where(model.integer, np.rint(start.values), start.values)
        known = self.reference
        self.kept = Kept.of(model, known.reached, known.bounds, self.within)
        own = Restrictions.of(model)
        self.search = Within(self.kept, own, self.start, self.limits, self.over)

    def over(self) -> bool:
        """Whether time is over, or somebody wants it to end."""
        self.tick()
        late = time.perf_counter() - self.began > self.limits.time_limit
        return late or self.stop()

    def take(self, columns: Floats) -> bool:
        """Whether the columns make a plan that is audited and keeps what must be kept."""
        planned = Planned(self.form, self.kept, floored(self.form))
        if not planned.accept(columns) or planned.outlook is None:
            return False
        stages = [
            Stage(n, Status.STOPPED, v, max(v, self.reference.bounds.get(n, np.inf)), 0.0)
            for n, v in planned.outlook.stages.items()
        ]
        result = planned_result(
            self.reference.scenario, planned.outlook, stages, self.reference.settings
        )
        if audit(result.scenario, result.plan.coded_tables(), claims(result)):
            return False
        self.plans.append((columns, result))
        return True

    def best_by(self, goal: Goal) -> Found:
        """The best plan found by a goal, kept among :attr:`plans`."""
        return self.search.search(goal, self.take)


def within_goal(
    source: Result | PlanFolder,
    goal: str,
    *,
    within: float,
    time_limit: float = 60.0,
    threads: int | None = None,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[float], None] | None = None,
    **details: Any,
) -> Nearby:
    """See :func:`planner.within`; ``progress`` hears about once a second how much of the time is
    gone, 0–1."""
    if goal not in GOALS:
        raise ValueError(f"goals are {', '.join(GOALS)}; got: {goal}")
    asked = [name for name in signature(GOALS[goal]).parameters if name != "model"]
    if odd := [name for name in details if name not in asked]:
        raise ValueError(f"{goal} takes {', '.join(asked) or 'nothing'}; got: {', '.join(odd)}")
    if lacking := [n for n in asked if n not in details and goal != "farthest"]:
        raise ValueError(f"{goal} needs {', '.join(lacking)}")
    limits = Limits(0.0, time_limit, threads)
    said = -math.inf

    def tick() -> None:
        nonlocal said
        now = time.perf_counter()
        if progress is not None and now - said >= TOLD_EVERY:
            said = now
            progress(min(1.0, (now - space.began) / time_limit))

    space = Space(Reference.of(source), part_of_value(within), limits, stop, tick)
    axes = space.form.facts.axes
    if goal in ("least_units", "most_units"):
        for key, known in (("school", axes.school_at), ("item", axes.item_at)):
            if details[key] not in known:
                raise ValueError(f"no {key} is called {details[key]!r}")
        details = {
            "school": axes.school_at[details["school"]], "item": axes.item_at[details["item"]],
        }  # fmt: skip
    elif goal == "farthest":
        details = {"plans": [space.start, *_others(space, details.get("plans", ()))]}
    made = GOALS[goal](space.form.model, **details)
    before = made.measure(space.start)
    found = space.best_by(made)
    result = space.plans[-1][1] if found.columns is not None else None
    return Nearby(goal, within, before[0], found.measure[0], found.bound, result)


def _others(space: Space, plans: Sequence[Result | PlanFolder]) -> Iterator[Floats]:
    for plan in plans:
        start = assignment_of(space.form, plan.plan)
        if start is not None:
            yield start.values


@dataclass(frozen=True)
class Nearby:
    """The best plan found by a goal among those within a part of the value.

    Attributes
    ----------
    goal : str
        Name of the goal.
    within : float
        Part of each stage's value that may be given up, 0–1.
    before, measure : float
        The goal's number of the plan asked about, and of the one found: lines or units (most units:
        below nought); the less the better.
    bound : float
        What the number of any such plan is at least, proven; ``-inf``: nothing is.
    result : Result or None
        The plan found, audited; ``None`` where none is better than the one asked about.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools")
    >>> near = planner.within(result, "least_units", within=0.2, school="C", item="lab")
    >>> near.before, near.measure, near.result.value >= 0.8 * result.value
    (1.0, 0.0, True)
    """

    goal: str
    within: float
    before: float
    measure: float
    bound: float
    result: Result | None


# --------------------------------------------------------------------------------------------------
# Which schools' items are sure, and which are open.


@dataclass
class Seen:
    """What is known of a school's item or of an option: units in the plan asked about and in those
    that were audited and keep what must be kept (none: infinite), and proven ends."""

    of: SchoolItem
    had: Had
    least: float = np.inf
    most: float = -np.inf
    least_proven: float = 0.0
    most_proven: float = np.inf

    @property
    def cells(self) -> tuple[str, float, int, float, float, float, float, int]:
        """The row of a table after its keys: state, units and money of the plan, fewest units seen
        and proven, most units seen and proven, sure money; what was not seen is NaN."""
        least, most = (self.least, self.most) if self.least <= self.most else (np.nan, np.nan)
        low, high = min(self.least_proven, self.least), max(self.most_proven, self.most)
        had = self.had
        return self.state, had.units, had.amount, least, low, most, high, had.sure(low)

    @property
    def state(self) -> str:
        """``always``, ``open``, ``never`` or ``undecided``."""
        return state_of(self.least, self.least_proven, self.most, self.most_proven)


def alternatives(
    source: Result | PlanFolder,
    *,
    within: float,
    plans: int = 0,
    time_limit: float = 60.0,
    threads: int | None = None,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] | None = None,
) -> Alternatives:
    """See :func:`planner.alternatives`; ``progress`` hears (decided, all) after every plan that was
    found, and about once a second."""
    limits = Limits(0.0, time_limit, threads)
    seen, said = list[Seen](), -math.inf

    def told() -> None:
        nonlocal said
        said = time.perf_counter()
        if progress is not None:
            progress(sum(s.state != "undecided" for s in seen), len(seen))

    def tick() -> None:
        if seen and time.perf_counter() - said >= TOLD_EVERY:
            told()

    space = Space(Reference.of(source), part_of_value(within), limits, stop, tick)
    seen += _first_seen(space)
    told()
    base = space.start if space.kept.holds(space.reference.own) else None
    with Beside(lambda gone: space.search.beside(gone).richer(), threads) as beside:
        blocks = _prove(space, seen)
        told()
        plan = beside.answer_unless(space.over, parameters.PATIENCE)
    if plan is None and base is None and seen and not space.over():
        # the plan itself lacks more than that: the first one seen is found near the relaxation
        plan = space.search.near(space.form.model.column_lower, space.form.model.column_upper)
    if plan is not None and space.take(plan):
        base = plan
        _look(space, seen)

    told()
    chosen: list[Result] = []
    for _ in range(plans):
        if space.over():
            break
        known = [space.start, *(columns for columns, _ in space.plans)]
        found = space.best_by(GOALS["farthest"](space.form.model, plans=known))
        _look(space, seen)
        told()
        if found.columns is None:
            break
        chosen.append(space.plans[-1][1])
    if not space.over():
        Turning(space, seen, blocks, base, told).run()
    return Alternatives(
        space.reference.scenario, within, _table(space, seen), _options_table(space, seen),
        tuple(chosen), len(space.plans), time.perf_counter() - space.began, not space.over(),
        plan_id(source),
    )  # fmt: skip


def _first_seen(space: Space) -> list[Seen]:
    """Every school's item and every option as the plan asked about has it."""
    axes, plan = space.form.facts.axes, space.reference.plan
    bought, asked, found = bought_units(plan), asked_units(plan), list[Seen]()
    for one in school_items(space.form.model):
        key = (axes.schools[one.school], axes.items[one.item])
        found.append(Seen(one, bought.get(key, Had())))
    for one in options(space.form.model):
        request, _, option = one.option.partition(":")
        found.append(Seen(one, asked[request, option]))
    if space.kept.holds(space.reference.own):
        for each in found:
            each.least = each.most = each.had.units
    return found


def _prove(space: Space, seen: list[Seen]) -> BlockBounds | None:
    """Proven ends of units: for each stage, and for all that are points together, by blocks;
    the blocks by the points of all stages, ``None`` where they could not be decided."""
    model, kept = space.form.model, space.kept
    valued = [(points, kept.least(n)) for n, points in kept.stages if n != FLOOR_STAGE]
    worths = [(points, kept.least(n)) for n, points in kept.stages if n == FLOOR_STAGE]
    worths += valued if len(valued) > 1 else []
    worths.append((sum((p for p, _ in valued), np.zeros(model.columns)), sum(v for _, v in valued)))
    bounds = None
    of = {id(s.of): s for s in seen}
    for worth, least in worths:
        if space.over():
            return None
        bounds = BlockBounds(model, Restrictions.of(model), worth, space.limits.threads)
        if not bounds.prepare(space.over):
            bounds = None
            continue
        for one, low, high in bounds.units([s.of for s in seen], least, space.over):
            mine = of[id(one)]
            mine.least_proven = max(mine.least_proven, low)
            mine.most_proven = min(mine.most_proven, high)
    return bounds


def _look(space: Space, seen: list[Seen]) -> None:
    """Takes the units of the last plan found into account."""
    if not space.plans:
        return
    columns = space.plans[-1][0]
    for one in seen:
        units = one.of.units(columns)
        one.least, one.most = min(one.least, units), max(one.most, units)


@dataclass
class Chained:
    """Items that are to be otherwise than in every plan so far, one school after another, as many
    as come into one plan.

    ``items``: their numbers; ``ends``: the bounds of columns that make them so; ``plan``: what it
    begins with; ``short``, ``none``: those that would have cost too much, and those that have no
    plan beside what other schools keep.
    """

    items: tuple[int, ...]
    ends: list[End]
    plan: Floats
    turned: list[int] = field(default_factory=list)
    short: list[int] = field(default_factory=list)
    none: list[int] = field(default_factory=list)

    def work(self, search: Within) -> list[Floats]:
        """The plan that comes of it."""
        chain = Chain(search, self.plan)
        for k, end in zip(self.items, self.ends, strict=True):
            if search.over or len(self.short) == MOST_SHORT:
                break
            spare = chain.turn(end)
            of = self.none if spare is None else self.turned if spare >= 0 else self.short
            of.append(k)
        return [chain.columns] if self.turned else []


@dataclass
class Turned:
    """Items that are to be otherwise in one plan than in every plan so far: their numbers, the
    bounds of columns that make them so, and what each costs at the least by its block.

    ``plan``: what the other schools keep (``None``: no plan is known); ``wanted``: points that the
    relaxation must leave to whole units; ``tried``: how many of the first items were turned.
    """

    items: tuple[int, ...]
    ends: list[End]
    costs: list[float]
    plan: Floats | None
    wanted: float
    tried: int = 0
    hopeless: bool = False
    """Whether the relaxation of all schools has no such plan."""
    searched: bool = False
    """Whether the relaxation left enough to whole units to look for them."""

    def __post_init__(self) -> None:
        self.tried = len(self.items)

    @property
    def spent(self) -> float:
        """What the items tried cost at the least by their blocks."""
        return sum(self.costs[: self.tried])

    def work(self, search: Within) -> list[Floats]:
        """Such a plan, if one is found: at the items' schools alone, beside the plan known; of a
        single item also near the relaxation of all."""
        found = None if self.plan is None else self._local(search, self.plan)
        alone = self.tried == 1 and not self.hopeless
        if found is None and (self.plan is None or alone):
            found = search.near(*self._bounds(search.model))
        return [] if found is None else [found]

    def _bounds(self, model: Model) -> tuple[Floats, Floats]:
        lower, upper = model.column_lower.copy(), model.column_upper.copy()
        for columns, low, high in self.ends[: self.tried]:
            lower[columns], upper[columns] = low, high
        return lower, upper

    def _local(self, search: Within, plan: Floats) -> Floats | None:
        """Those that cost most are left out until the relaxation leaves as much as is wanted."""
        more = 0
        while True:
            moved = np.concatenate([columns for columns, _, _ in self.ends[: self.tried]])
            local = search.local(self._bounds(search.model), plan, moved, more)
            if local is None:
                return None
            lack, count = self.wanted - local.spare, self.tried
            if local.spare == -np.inf or (count == 1 and local.spare < 0):
                self.hopeless = local.all_free
                if local.all_free or (more > OTHER_SCHOOLS and count > 1):
                    return None
                more = max(4 * more, OTHER_SCHOOLS)
            elif lack <= 0 or count == 1:
                self.searched = True
                return search.settled(local)
            else:
                while lack > 0 and self.tried > (count + 1) // 2:
                    self.tried -= 1
                    lack -= self.costs[self.tried]


@dataclass
class Proof:
    """Proven ends of an item's units by the relaxation of the whole: dearer than by blocks, and
    closer, since the multipliers are free. In a small model also by a search in whole units, whose
    plans are looked at."""

    item: int
    of: SchoolItem
    sides: tuple[float, ...]
    """1: the fewest units, −1: the most."""
    ends: dict[float, float] = field(default_factory=dict)
    """Side → the least of side × lots, proven."""

    def work(self, search: Within) -> list[Floats]:
        """Works out the ends; the plans found on the way."""
        model, found = search.model, list[Floats]()
        counted = np.zeros(model.columns)
        counted[self.of.columns] = 1.0
        search.narrow(model.column_lower, model.column_upper)
        for side in self.sides:
            loose = search.relaxed(side * counted, proof=True)
            proven = -math.inf if loose is None else float(side * counted @ loose)
            if model.columns < parameters.WHOLE_BELOW:
                plan, bound = search.exact(side * counted)
                proven = max(proven, bound)
                found += [] if plan is None else [plan]
            self.ends[side] = proven
        return found

    def tell(self, one: Seen) -> None:
        """Draws an item's proven ends closer by those found."""
        noise, unit = parameters.RELAXED_INTEGRAL, self.of.lot
        for side, least in self.ends.items():
            if not math.isfinite(least):
                continue
            lots = math.ceil(least - noise) if self.of.whole else least - noise
            if side > 0:
                one.least_proven = max(one.least_proven, lots * unit)
            else:
                one.most_proven = min(one.most_proven, -lots * unit)


Job = Chained | Turned | Proof


class Turning:
    """Decides what blocks did not: plans in which undecided items are otherwise than in every plan
    so far, those that cost least first, as many in one plan as may be given up together. A set
    without a plan is halved; an item that has none alone is bounded by the whole relaxation. What
    no block has an answer for, such as options that only money ties to the rest, comes last, one
    at a time."""

    def __init__(
        self,
        space: Space,
        seen: list[Seen],
        blocks: BlockBounds | None,
        plan: Floats | None,
        told: Callable[[], None],
    ) -> None:
        self.space, self.seen, self.blocks, self.plan, self.told = space, seen, blocks, plan, told
        undecided = [k for k, s in enumerate(seen) if s.state == "undecided"]
        self.costs = {} if blocks is None else self._turning_costs(blocks, undecided)
        self.cheap = sorted(self.costs, key=lambda k: self.costs[k][0])
        self.alone = [k for k in undecided if k not in self.costs]
        self.room = sum(
            value - space.kept.least(name)
            for name, value in space.reference.reached.items()
            if name != FLOOR_STAGE
        )
        self.part, self.spare = FIRST_PART, SPARE
        self.again: list[tuple[int, ...]] = []
        """Halves of sets that no plan was found for."""
        self.failed: list[int] = []
        """Items that no plan was found for alone."""
        self.rates: dict[type, float] = {Chained: math.inf, Turned: math.inf}
        """Items decided a second of work by plans school after school, and by plans at once."""
        self.missed: dict[int, int] = {}
        """Item → how often it did not come into a plan school after school."""
        self.busy: set[int] = set()

    def _turning_costs(
        self, blocks: BlockBounds, undecided: list[int]
    ) -> dict[int, tuple[float, int, float]]:
        """Item → points that its block loses at the least by turning it, the purchase by which it
        is had then (−1: none), and how much of it; half of them beside the others."""
        of, number = [s.of for s in self.seen], {id(s.of): k for k, s in enumerate(self.seen)}
        half, rest = (
            {k: self.seen[k].least <= LEAST for k in undecided if self.seen[k].of.school % 2 == odd}
            for odd in (0, 1)
        )
        with Beside(
            lambda gone: list(blocks.beside().turned(half, of, gone)), self.space.limits.threads
        ) as beside:
            turned = list(blocks.turned(rest, of, self.space.over))
            turned += beside.answer_unless(self.space.over, parameters.PATIENCE) or []
        return {
            number[id(one)]: (max(loss, 0.0), column, level)
            for one, loss, column, level in turned
            if math.isfinite(loss)
        }

    def next(self) -> Job | None:
        """What is to be worked on; ``None`` where nothing is left but what somebody works on."""
        if self.failed:
            return self._proof(self.failed.pop())
        while self.again:
            if items := self._left(self.again.pop()):
                return self._turned(items)
        self.cheap = [k for k in self.cheap if self.seen[k].state == "undecided"]
        easy = [k for k in self.cheap if self.missed.get(k, 0) < CHAIN_TRIES]
        chained = self.plan is not None and self.rates[Chained] >= self.rates[Turned]
        self.rates[Turned if chained else Chained] *= FORGOTTEN
        if self.plan is not None and chained and (some := self._first(easy, CHAIN_PART)):
            self.busy.update(some)
            return Chained(some, [self._end(k) for k in some], self.plan)
        together = self._first(self.cheap, self.part)
        if together:
            return self._turned(together)
        if self.busy.intersection(self.cheap):
            return None
        self.alone = self._left(self.alone)
        return self._turned(self.alone[:1]) if self.alone else None

    def _left(self, items: Sequence[int]) -> list[int]:
        return [k for k in items if k not in self.busy and self.seen[k].state == "undecided"]

    def _first(self, items: Sequence[int], part: float) -> tuple[int, ...]:
        """The first of them that nobody works on, as long as they cost no more together by their
        blocks than a part of what may be given up."""
        first, spent = list[int](), 0.0
        for k in self._left(items)[:TOGETHER]:
            spent += self.costs[k][0]
            if first and spent > part * self.room:
                break
            first.append(k)
        return tuple(first)

    def _end(self, k: int) -> End:
        """Bounds of columns with which an item is otherwise than in every plan so far."""
        one, model, mine = self.seen[k], self.space.form.model, self.seen[k].of.columns
        lower, upper = model.column_lower[mine], model.column_upper[mine]
        column, level = self.costs.get(k, (0.0, -1, 1.0))[1:]
        if one.least > LEAST:
            return mine, lower, lower
        at = np.flatnonzero(mine == column)
        if column < 0 and one.of.whole and len(mine) == 1:
            at = np.array([0])
        lower[at] = np.minimum(np.maximum(lower[at], level), upper[at])
        return mine, lower, upper

    def _turned(self, items: Sequence[int]) -> Turned:
        self.busy.update(items)
        costs = [self.costs.get(k, (0.0, -1, 1.0))[0] for k in items]
        ends = [self._end(k) for k in items]
        return Turned(tuple(items), ends, costs, self.plan, self.spare * self.room)

    def _proof(self, item: int) -> Proof:
        one, small = self.seen[item], self.space.form.model.columns < parameters.WHOLE_BELOW
        self.busy.add(item)
        if small or not one.least <= one.most:
            return Proof(item, one.of, (1.0, -1.0))
        return Proof(item, one.of, (1.0,) if one.least > LEAST else (-1.0,))

    def answer(self, job: Job, plans: Sequence[Floats], seconds: float) -> None:
        """Takes in what came of a job, and of how many seconds of work."""
        taken, began, before = False, time.thread_time(), self._undecided()
        for plan in plans:
            if self.space.take(plan):
                _look(self.space, self.seen)
                taken = True
        if isinstance(job, Proof):  # once: what it leaves undecided stays so
            job.tell(self.seen[job.item])
            self.cheap = [k for k in self.cheap if k != job.item]
            self.alone = [k for k in self.alone if k != job.item]
            self.busy.discard(job.item)
        elif isinstance(job, Chained):
            self.busy.difference_update(job.items)
            for k in job.none:
                self.missed[k] = self.missed.get(k, 0) + 1
            # what nothing came of has to be found in another way
            left = job.turned if taken else (*job.turned, *job.short)
            self.missed.update(dict.fromkeys(left, CHAIN_TRIES))
        else:
            self.busy.difference_update(job.items)
            items, tight = job.items[: job.tried], job.spent > self.part * self.room / 2
            if taken:
                self.part = min(self.part * WIDER, LAST_PART) if tight else self.part
                self.spare = max(self.spare - SPARE_LESS, LEAST_SPARE)
            elif len(items) > 1:
                self.again.append(items[: len(items) // 2])
                self.part *= NARROWER if tight else 1.0  # for want of room, not of something else
                if job.searched:
                    self.spare = min(self.spare + SPARE_MORE, MOST_SPARE)
            if len(items) == 1:
                self.failed += [k for k in items if self.seen[k].state == "undecided"]
        if not isinstance(job, Proof):
            seconds += time.thread_time() - began
            rate = (before - self._undecided()) / max(seconds, 1e-3)
            known = self.rates[type(job)]
            self.rates[type(job)] = (known + rate) / 2 if math.isfinite(known) else rate
        self.told()

    def _undecided(self) -> int:
        return sum(s.state == "undecided" for s in self.seen)

    def run(self) -> None:
        """Works until nothing is left or time is over, on every core: plans are looked for in
        threads, and audited in this one. A large model takes one search at a time."""
        space = self.space
        count = 1 if space.search.large else space.limits.threads or cores()
        if count == 1:
            while not space.over() and (job := self.next()) is not None:
                self.answer(job, *_timed(job, space.search))
            return
        halted = threading.Event()
        idle = [space.search.beside(halted.is_set) for _ in range(count)]
        working: dict[
            Future[tuple[list[Floats], float]], tuple[Chained | Turned | Proof, Within]
        ] = {}
        with ThreadPoolExecutor(count) as pool:
            try:
                while not space.over():
                    while idle and (job := self.next()) is not None:
                        search = idle.pop()
                        working[pool.submit(_timed, job, search)] = job, search
                    if not working:
                        break
                    done, _ = wait(working, parameters.PATIENCE, FIRST_COMPLETED)
                    for future in list(done)[:1]:
                        job, search = working.pop(future)
                        idle.append(search)
                        self.answer(job, *future.result())
            finally:
                halted.set()


def _timed(job: Job, search: Within) -> tuple[list[Floats], float]:
    """What a job finds, and the seconds of this thread that it took."""
    began = time.thread_time()
    return job.work(search), time.thread_time() - began


def _table(space: Space, seen: list[Seen]) -> pd.DataFrame:
    axes = space.form.facts.axes
    rows = [
        (axes.schools[one.of.school], axes.items[one.of.item], *one.cells)
        for one in seen
        if not one.of.option
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def _options_table(space: Space, seen: list[Seen]) -> pd.DataFrame:
    asked = space.reference.plan.requests
    school = dict(zip(asked["request"], asked["school"], strict=True))
    names = [(s.of.option.partition(":"), s) for s in seen if s.of.option]
    rows = [(request, option, school[request], *s.cells) for (request, _, option), s in names]
    return pd.DataFrame(rows, columns=list(OPTION_COLUMNS)).astype(OPTION_COLUMNS)
