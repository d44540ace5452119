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
from fractions import Fraction
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd

from planner.analysis.resolve import assignment_of, claimed
from planner.analysis.unmet import numbers
from planner.errors import Finding, InputError, Place
from planner.formulation.build import Formulation, formulate
from planner.messages import card
from planner.names import FLOOR_STAGE
from planner.plan import Plan
from planner.proof import audit
from planner.run.folder import PlanFolder, plan_id
from planner.run.optimize import claims, floored, planned_result
from planner.run.result import Result
from planner.run.tidy import TOLD_EVERY, Planned
from planner.scenario.scenario import Scenario
from planner.solving import parameters
from planner.solving.program import Restrictions
from planner.solving.solution import Limits, Stage, Status
from planner.solving.sureness import BlockBounds, SchoolItem, options, school_items
from planner.solving.within import GOALS, Found, Goal, Kept, Within
from planner.system.worker_pool import cores
from planner.vocabulary.axes import Floats

STATES = ("always", "open", "never", "undecided")
COLUMNS = {
    "school": "str", "item": "str", "state": "str", "units": "float64", "amount": "int64",
    "least": "float64", "least_proven": "float64", "most": "float64", "most_proven": "float64",
    "sure": "int64",
}  # fmt: skip
OPTION_COLUMNS = {
    "request": "str", "option": "str", "school": "str", "state": "str", "copies": "float64",
    "amount": "int64", "least": "float64", "least_proven": "float64", "most": "float64",
    "most_proven": "float64", "sure": "int64",
}  # fmt: skip
LEAST = 1e-9
"""Units from which something is bought."""
WRITTEN = 6
"""Decimals with which tables write units."""
FIRST_PART, LAST_PART = 0.75, 0.95
"""Part of what may be given up that the items which one plan has otherwise may cost together by
their blocks, at first and at most; the rest is left to whole units. On Ba Đình a part of 0.95
still gave plans, with 0.01 to 0.17 of it to spare."""
WIDER, NARROWER = 1.2, 0.85
"""What that part is multiplied by after a plan was found, and after none was."""


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
    **details: Any,
) -> Nearby:
    """See :func:`planner.within`."""
    if goal not in GOALS:
        raise ValueError(f"goals are {', '.join(GOALS)}; got: {goal}")
    asked = [name for name in signature(GOALS[goal]).parameters if name != "model"]
    if odd := [name for name in details if name not in asked]:
        raise ValueError(f"{goal} takes {', '.join(asked) or 'nothing'}; got: {', '.join(odd)}")
    if lacking := [n for n in asked if n not in details and goal != "farthest"]:
        raise ValueError(f"{goal} needs {', '.join(lacking)}")
    limits = Limits(0.0, time_limit, threads)
    space = Space(Reference.of(source), part_of_value(within), limits, stop)
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


def part_of_value(within: float) -> float:
    """A part of the value, 0–1; raises ``ValueError`` where it is none."""
    if not 0 < within <= 1:
        raise ValueError(f"within is a part of the value, more than 0 and at most 1; got: {within}")
    return within


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


def state_of(least: float, least_proven: float, most: float, most_proven: float) -> str:
    """``always``, ``open``, ``never`` or ``undecided``: what the fewest and the most units say,
    shown and proven."""
    if least_proven > LEAST:
        return "always"
    if most_proven <= LEAST:
        return "never"
    return "open" if least <= LEAST < most else "undecided"


@dataclass(frozen=True)
class Had:
    """What a plan has of a school's item, or of an option of a request: units or copies, what it
    pays for them, and what one copy costs at the least (0: an item), minor units."""

    units: float = 0.0
    amount: int = 0
    each: int = 0

    def sure(self, units: float) -> int:
        """Money that buys those of so many units that the plan has, minor units."""
        kept = min(units, self.units)
        if self.each or kept <= 0:
            return int(kept * self.each)
        return math.floor(self.amount * Fraction(kept) / Fraction(self.units))


def bought_units(plan: Plan) -> dict[tuple[str, str], Had]:
    """(school, item) → what a plan buys, as its tables write it."""
    lines = plan.allocation[plan.allocation["kind"] == "purchase"]
    lines = lines.assign(quantity=numbers(lines["quantity"]).round(WRITTEN))
    sums = lines.groupby(["school", "item"], sort=False)[["quantity", "amount"]].sum()
    return {
        (str(k[0]), str(k[1])): Had(round(float(u), WRITTEN), int(a))
        for k, u, a in sums.itertuples()
    }


def asked_units(plan: Plan) -> dict[tuple[str, str], Had]:
    """(request, option) → what a plan grants, of every option."""
    rows = plan.requests.to_dict("records")
    return {
        (str(r["request"]), str(r["option"])): Had(
            float(r["copies"]) * (r["chosen"] == "yes"), int(r["paid"]), int(r["amount"])
        )
        for r in rows
    }


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


@dataclass(frozen=True, repr=False)
class Alternatives:
    """Which schools' items every plan within a part of the value has.

    Attributes
    ----------
    scenario : Scenario
        What was planned.
    within : float
        Part of each stage's value that may be given up, 0–1.
    lines : DataFrame
        One row a school and item that may be bought.

        ============ ======= =====================================================================
        column       dtype   meaning
        ============ ======= =====================================================================
        school       str     id
        item         str     id
        state        str     ``always`` (proven: every plan buys it), ``never`` (proven: none does),
                             ``open`` (shown: one does, one does not), ``undecided`` in this time
        units        float64 units that the plan buys
        amount       int64   what the plan pays for them, minor units
        least        float64 fewest units of the plans that were found and audited
        least_proven float64 units that every plan buys at least, proven
        most         float64 most units of the plans that were found and audited
        most_proven  float64 units that no plan buys more of, proven; ``inf``: nothing is
        sure         int64   money of the plan, minor units, that buys what every plan buys: the
                             part of ``amount`` that ``least_proven`` is of ``units``
        ============ ======= =====================================================================
    options : DataFrame
        The same of schools' requests, one row an option: request, option, school, state,
        ``copies`` in the place of units, and the other columns as above; ``sure`` counts the least
        of a block grant.
    plans : tuple of Result
        Diverse plans, as many as were asked for and found; each audited, fit for
        :func:`planner.compare`.
    looked_at : int
        Plans that were found and audited, the diverse ones among them.
    seconds : float
        Time taken.
    finished : bool
        Whether it ended by itself; not where time was over or somebody stopped it.
    plan : str
        What tells the plan asked about from any other (:func:`planner.run.folder.plan_id`).

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools")
    >>> planner.alternatives(result, within=0.2)
    <Alternatives within 20.00%: 1 always, 2 open, 0 never, 0 undecided>
    """

    scenario: Scenario
    within: float
    lines: pd.DataFrame
    options: pd.DataFrame
    plans: tuple[Result, ...]
    looked_at: int
    seconds: float
    finished: bool
    plan: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """State → schools' items.

        Examples
        --------
        >>> import planner
        >>> result = planner.solve("scenarios/three-schools")
        >>> planner.alternatives(result, within=0.2).counts
        {'always': 1, 'open': 2, 'never': 0, 'undecided': 0}
        """
        return {state: int((self.lines["state"] == state).sum()) for state in STATES}

    @property
    def money(self) -> dict[str, int]:
        """State → money that the plan spends on it, minor units.

        Examples
        --------
        >>> import planner
        >>> result = planner.solve("scenarios/three-schools")
        >>> sum(planner.alternatives(result, within=0.05).money.values())
        160000000
        """
        sums = self.lines.groupby("state")["amount"].sum()
        return {state: int(sums.get(state, 0)) for state in STATES}

    @property
    def sure(self) -> int:
        """Money of the plan, minor units, that buys what every such plan buys.

        Examples
        --------
        >>> import planner
        >>> result = planner.solve("scenarios/three-schools")
        >>> planner.alternatives(result, within=0.2).sure
        60000000
        """
        return int(self.lines["sure"].sum() + self.options["sure"].sum())

    def __repr__(self) -> str:
        told = ", ".join(f"{n} {state}" for state, n in self.counts.items())
        return f"<Alternatives within {self.within:.2%}: {told}>"

    def _repr_html_(self) -> str:
        return card(self)


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
    blocks = _prove(space, seen)
    if seen and not seen[0].least <= seen[0].most and not space.over():
        # the plan itself lacks more than that: the first one seen is found near the relaxation
        plan = space.search.near(space.form.model.column_lower, space.form.model.column_upper)
        if plan is not None and space.take(plan):
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
        Turning(space, seen, blocks, told).run()
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


@dataclass(frozen=True)
class Turned:
    """Items that are to be otherwise in one plan than in every plan so far: their numbers, the
    bounds of columns that make them so, and what that costs at the least by their blocks."""

    items: tuple[int, ...]
    lower: Floats
    upper: Floats
    spent: float

    def work(self, search: Within) -> list[Floats]:
        """Such a plan, if one is found near the relaxation."""
        plan = search.near(self.lower, self.upper)
        return [] if plan is None else [plan]


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


class Turning:
    """Decides what blocks did not: plans in which undecided items are otherwise than in every plan
    so far, those that cost least first, as many in one plan as may be given up together. A set
    without a plan is halved; an item that has none alone is bounded by the whole relaxation. What
    no block has an answer for, such as options that only money ties to the rest, comes last, one
    at a time."""

    def __init__(
        self, space: Space, seen: list[Seen], blocks: BlockBounds | None, told: Callable[[], None]
    ) -> None:
        self.space, self.seen, self.told = space, seen, told
        self.costs: dict[int, tuple[float, int, float]] = {}
        number = {id(s.of): k for k, s in enumerate(seen)}
        undecided = [k for k, s in enumerate(seen) if s.state == "undecided"]
        if blocks is not None:
            wanted = {k: seen[k].least <= LEAST for k in undecided}
            turned = blocks.turned(wanted, [s.of for s in seen], space.over)
            for one, loss, column, level in turned:
                if math.isfinite(loss):
                    self.costs[number[id(one)]] = max(loss, 0.0), column, level
        self.cheap = sorted(self.costs, key=lambda k: self.costs[k][0])
        self.alone = [k for k in undecided if k not in self.costs]
        self.room = sum(
            value - space.kept.least(name)
            for name, value in space.reference.reached.items()
            if name != FLOOR_STAGE
        )
        self.part = FIRST_PART
        self.again: list[tuple[int, ...]] = []
        """Halves of sets that no plan was found for."""
        self.failed: list[int] = []
        """Items that no plan was found for alone."""
        self.busy: set[int] = set()

    def next(self) -> Turned | Proof | None:
        """What is to be worked on; ``None`` where nothing is left but what somebody works on."""
        if self.failed:
            return self._proof(self.failed.pop())
        while self.again:
            if items := self._left(self.again.pop()):
                return self._turned(items)
        self.cheap = [k for k in self.cheap if self.seen[k].state == "undecided"]
        together, spent = list[int](), 0.0
        for k in self._left(self.cheap):
            spent += self.costs[k][0]
            if together and spent > self.part * self.room:
                break
            together.append(k)
        if together:
            return self._turned(together)
        if self.busy.intersection(self.cheap):
            return None
        self.alone = self._left(self.alone)
        return self._turned(self.alone[:1]) if self.alone else None

    def _left(self, items: Sequence[int]) -> list[int]:
        return [k for k in items if k not in self.busy and self.seen[k].state == "undecided"]

    def _turned(self, items: Sequence[int]) -> Turned:
        model = self.space.form.model
        lower, upper = model.column_lower.copy(), model.column_upper.copy()
        for k in items:
            one, mine = self.seen[k], self.seen[k].of.columns
            column, level = self.costs.get(k, (0.0, -1, 1.0))[1:]
            if one.least > LEAST:
                upper[mine] = lower[mine]
                continue
            if column < 0 and one.of.whole and len(mine) == 1:
                column = int(mine[0])
            if column >= 0:
                lower[column] = min(max(lower[column], level), upper[column])
        self.busy.update(items)
        spent = sum(self.costs[k][0] for k in items if k in self.costs)
        return Turned(tuple(items), lower, upper, spent)

    def _proof(self, item: int) -> Proof:
        one, small = self.seen[item], self.space.form.model.columns < parameters.WHOLE_BELOW
        self.busy.add(item)
        if small or not one.least <= one.most:
            return Proof(item, one.of, (1.0, -1.0))
        return Proof(item, one.of, (1.0,) if one.least > LEAST else (-1.0,))

    def answer(self, job: Turned | Proof, plans: Sequence[Floats]) -> None:
        """Takes in what came of a job."""
        taken = False
        for plan in plans:
            if self.space.take(plan):
                _look(self.space, self.seen)
                taken = True
        if isinstance(job, Proof):  # once: what it leaves undecided stays so
            job.tell(self.seen[job.item])
            self.cheap = [k for k in self.cheap if k != job.item]
            self.alone = [k for k in self.alone if k != job.item]
            self.busy.discard(job.item)
        else:
            self.busy.difference_update(job.items)
            tight = job.spent > self.part * self.room / 2
            if taken and tight:
                self.part = min(self.part * WIDER, LAST_PART)
            elif tight and len(job.items) > 1 and not taken:
                self.part *= NARROWER  # for want of room, not of something else
            if not taken and len(job.items) > 1:
                self.again.append(job.items[: len(job.items) // 2])
            left = [k for k in job.items if self.seen[k].state == "undecided"]
            if len(job.items) == 1:
                self.failed += left
        self.told()

    def run(self) -> None:
        """Works until nothing is left or time is over, on every core: plans are looked for in
        threads, and audited in this one. A large model takes one search at a time."""
        space = self.space
        count = 1 if space.search.large else space.limits.threads or cores()
        if count == 1:
            while not space.over() and (job := self.next()) is not None:
                self.answer(job, job.work(space.search))
            return
        halted = threading.Event()
        idle = [space.search.beside(halted.is_set) for _ in range(count)]
        working: dict[Future[list[Floats]], tuple[Turned | Proof, Within]] = {}
        with ThreadPoolExecutor(count) as pool:
            try:
                while not space.over():
                    while idle and (job := self.next()) is not None:
                        search = idle.pop()
                        working[pool.submit(job.work, search)] = job, search
                    if not working:
                        break
                    done, _ = wait(working, parameters.PATIENCE, FIRST_COMPLETED)
                    for future in list(done)[:1]:
                        job, search = working.pop(future)
                        idle.append(search)
                        self.answer(job, future.result())
            finally:
                halted.set()


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
