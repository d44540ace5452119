"""Why no plan exists, and what would let one.

*Conflict*: one irreducible set of rules that cannot hold together (QuickXplain, Junker 2004). A set
is split in halves; a half is looked into only where the rest alone does not conflict already. Every
rule kept is needed: without it the others have a plan. What could not be decided in the time is
kept and the set is then not called irreducible. Which rules there are, and how each is lifted, is
read off the register of standing rules and the scenario's own.

*Repair*: the cheapest changes of policies and fund amounts that leave a plan, at a cost of
Σ |change| ÷ max(|bound|, 1) × repair_weight. A repair must move something in the conflict: every
lever alone (the least move, by a cheapest plan of the elastic model and bisection), then all levers
together, leaving out in turn what was found. Changes are rounded outward, and a repair is offered
only after the amended scenario was solved in full and audited. A time-out is never taken for
infeasibility.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from planner.analysis.elastic import Elastic, Lever, Parts, moved
from planner.analysis.resolve import find_plan, solve_again, with_settings
from planner.formulation.build import formulate
from planner.formulation.extensive import extensive
from planner.formulation.facts import Facts
from planner.formulation.model import Model, Start
from planner.names import Firmness, StandingRule, lock_key
from planner.run.result import Result
from planner.scenario.contracts import Lock
from planner.scenario.load import layer_over, save_over, source_of
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Share
from planner.solving.solution import Job, Limits, Progress, Sink, Status, Stop, never, with_progress
from planner.vocabulary.axes import Floats
from planner.vocabulary.register import REGISTER, present_rules

MODELS = 6
"""Models without some of the rules that are kept between questions."""


@dataclass(frozen=True)
class Conflict:
    """Names of rules that conflict, in the order of the scenario."""

    rules: tuple[str, ...]
    irreducible: bool
    """Proven: whichever of the rules is lifted, the others have a plan."""
    useful: tuple[str, ...] = ()
    """Items whose thresholds (``useful_from``) are in it: proven, without them the rules have a
    plan, and none of them is named for nothing."""


class Lifting:
    """A scenario's problem with some of its rules lifted, as if they had never been asked for.

    ``names``: every rule that can be: the scenario's own first, then what somebody decided
    (money, contracts, bans, locks), then what a purchase is. A fund's year, a capacity, a lock
    and a request are rules by themselves (``fund_within_budget[cap,2024]``), others are lifted
    as a whole. Wishes cannot conflict. What no rule says is never lifted: which purchases a fund
    may pay at all, and that a share of nothing is nothing.
    """

    def __init__(self, scenario: Scenario, stop: Stop | None = None) -> None:
        self.scenario = scenario
        self.stop = stop
        self.limits = Limits(1.0, 10.0, scenario.settings.solve.threads)
        self.own = [k for k, r in scenario.settings.rules.items() if r.firmness != Firmness.WISH]
        self.known = sorted(present_rules(scenario), key=lambda entry: not entry.decided)
        self._models: dict[frozenset[StandingRule], Model] = {}
        whole = frozenset(e.rule for e in self.known if e.edit or e.rule is StandingRule.NEED)
        widest = self._model(whole)
        self.names = list(self.own)
        for entry in self.known:
            block = widest.row_block(entry.rule) if entry.by_row else None
            if block is not None:
                self.names += map(widest.row_label, block.indices.tolist())
            elif not entry.by_row:
                self.names.append(str(entry.rule))

    def _model(self, edited: frozenset[StandingRule]) -> Model:
        """The model of the scenario without the inputs that state some of its rules."""
        if edited not in self._models:
            if len(self._models) >= MODELS:
                self._models.pop(next(iter(self._models)))
            scenario = self.scenario
            for rule in edited:
                edit = REGISTER[rule].edit
                scenario = scenario if edit is None else edit(scenario)
            form = formulate(scenario, implied=False, beyond_need=StandingRule.NEED in edited)
            self._models[edited] = form.model
        return self._models[edited]

    def model(self, lifted: Iterable[str]) -> Model:
        """The model without the rules of these names."""
        names = set(lifted)
        gone = [e.rule for e in self.known if e.rule in names]
        model = self._model(
            frozenset(r for r in gone if REGISTER[r].edit or r is StandingRule.NEED)
        )
        free, ends = np.zeros(model.rows, dtype=bool), model.column_upper.copy()
        for block in model.row_blocks:
            rows = block.indices
            by_row = block.name in REGISTER and REGISTER[StandingRule(block.name)].by_row
            if by_row:
                rows = np.array([r for r in rows if model.row_label(r) in names], dtype=np.int64)
            if by_row or block.name in names:
                free[rows] = True
        kinds = {REGISTER[r].columns for r in gone}
        for block in model.column_blocks:
            if block.name in kinds:
                ends[block.indices] = np.inf
        # nothing in the freed rows: 0 ≤ 0
        kept = ~free[model.row_index]
        return replace(
            model,
            column_upper=ends,
            row_lower=np.where(free, -np.inf, model.row_lower),
            row_upper=np.where(free, 0.0, model.row_upper),
            row_index=model.row_index[kept],
            column_index=model.column_index[kept],
            coefficient=model.coefficient[kept],
        )

    def possible(self, lifted: Iterable[str] = (), seconds: float = 10.0) -> bool | None:
        """Whether a plan exists without these rules; ``None``: not known in the time."""
        model = self.model(lifted)
        return find_plan(model, replace(self.limits, time_limit=seconds), None, self.stop)[0]


class _Search:
    def __init__(self, lifting: Lifting, seconds: float) -> None:
        self.lifting = lifting
        self.ends = time.perf_counter() + seconds
        self.sure = True

    def fails(self, kept: Sequence[str]) -> bool:
        """Whether the kept rules alone are proven to conflict."""
        left = self.ends - time.perf_counter()
        if left <= 0 or (self.lifting.stop is not None and self.lifting.stop()):
            self.sure = False
            return False
        known = set(kept)
        lifted = [n for n in self.lifting.names if n not in known]
        answer = self.lifting.possible(lifted, seconds=min(left, 10.0))
        self.sure &= answer is not None
        return answer is False

    def needed(self, background: list[str], added: bool, candidates: list[str]) -> list[str]:
        """The candidates that conflict with the background, none of them for nothing."""
        if added and self.fails(background):
            return []
        if len(candidates) == 1:
            return candidates
        half = len(candidates) // 2
        first, second = candidates[:half], candidates[half:]
        right = self.needed([*background, *first], True, second)
        left = self.needed([*background, *right], bool(right), first)
        return [*left, *right]


def conflict(
    scenario: Scenario, seconds: float = 20.0, *, stop: Stop | None = None
) -> Conflict | None:
    """One conflict of an infeasible scenario; ``None`` where even lifting all of the rules
    leaves no plan, or nothing could be decided in the time (or before ``stop`` said so)."""
    search = _Search(Lifting(scenario, stop), seconds)
    names = search.lifting.names
    if not names or search.fails([]) or (stop is not None and stop()):
        return None
    found = set(search.needed([], False, names))
    rules = tuple(n for n in names if n in found)
    return Conflict(rules, search.sure, _thresholds(scenario, rules, search.ends, stop))


def _thresholds(
    scenario: Scenario,
    rules: tuple[str, ...],
    ends: float,
    stop: Stop | None,
) -> tuple[str, ...]:
    """Items without whose thresholds conflicting rules have a plan; none where that is not proven
    in the time."""
    norms = scenario.table("norms")

    def possible(items: Sequence[str]) -> bool:
        """Whether the rules have a plan once these items count from the first unit."""
        if not items or (left := ends - time.perf_counter()) <= 0:
            return False
        counts = norms["useful_from"].mask(norms["item"].isin(items), "")
        tables = {**scenario.tables, "norms": norms.assign(useful_from=counts)}
        lifting = Lifting(replace(scenario, tables=tables), stop)
        return lifting.possible([n for n in lifting.names if n not in rules], left) is True

    needed = list(dict.fromkeys(n.item for n in scenario.norms if n.useful_from))
    if not possible(needed):
        return ()
    for item in tuple(needed):
        rest = [i for i in needed if i != item]
        needed = rest if possible(rest) else needed
    return tuple(needed)


# --------------------------------------------------------------------------------------------------
# Why locks cannot be kept: the least change of the locked decisions that leaves a plan.
#
# Every lock is given a little room at its price, and the room is made as small as possible; what
# then still moves is what the rules do not allow. The answer is one of possibly several.

NOISE = 1e-6
"""Units below which a lock has not moved."""
SMALL = 1e-3
"""Relative weight of a unit that costs nothing, so that it is not moved for nothing."""


@dataclass(frozen=True)
class Moved:
    """A lock, and the quantity nearest to it that the other rules leave."""

    lock: Lock
    nearest: Decimal

    @property
    def key(self) -> str:
        """Its row key."""
        return lock_key(self.lock)


def lock_conflict(scenario: Scenario, *, time_limit: float = 30.0) -> list[Moved] | None:
    """The locks that must move, by how much; ``None`` where no plan exists even without locks
    (or none was found in ``time_limit`` seconds)."""
    form = formulate(scenario)
    rows = form.model.row_block(StandingRule.LOCKED)
    if rows is None:
        return None
    locks, facts, first = list(scenario.rows("locks")), form.facts, form.model.columns
    # what a unit of each lock is worth in money, at the price of its year (or the first)
    worth = np.full(len(locks), SMALL)
    costs = scenario.table("request_costs").groupby(["request", "option"])["amount"].sum()
    for k, lock in enumerate(locks):
        if lock.request:
            worth[k] += float(costs.get((lock.request, lock.option), 0)) / facts.scale
        else:
            at = (
                facts.axes.item_at[str(lock.item)],
                facts.axes.year_at(lock.year or facts.axes.first),
            )
            worth[k] += facts.price[at] / facts.scale
    parts = Parts(form.model)  # bought = lock + up − down, in units
    for k, row in enumerate(rows.indices.tolist()):
        parts.entries += [(row, first + k, -1.0), (row, first + len(locks) + k, 1.0)]
    elastic = parts.joined([False] * (2 * len(locks)))
    elastic.column_upper[first:] = np.inf
    limits = Limits(1e-4, time_limit, scenario.settings.solve.threads)
    objective = np.concatenate([np.zeros(first), -worth, -worth])
    columns = find_plan(elastic, limits, objective)[1]
    if columns is None:
        return None
    room = columns[first:].reshape(2, len(locks))
    moved = []
    for lock, change in zip(locks, (room[0] - room[1]).tolist(), strict=True):
        if abs(change) < NOISE:
            continue
        units = float(lock.quantity) + change
        whole = bool(lock.request) or facts.items[facts.axes.item_at[str(lock.item)]].whole
        nearest = Decimal(round(units)) if whole else Decimal(f"{units:.6f}").normalize()
        moved.append(Moved(lock, nearest))
    return moved


NODES = 12
"""Combinations of levers looked at."""
GAP = 0.01
"""Relative gap at which a repair's plan is good enough to be told."""


@dataclass(frozen=True)
class BoundChange:
    """One number moved."""

    lever: Lever
    new: Decimal

    @property
    def cost(self) -> float:
        """Its part of the repair's cost."""
        return self.lever.cost(self.new)


@dataclass(frozen=True)
class Repair:
    """Changes that together make the scenario feasible, solved again in full."""

    changes: tuple[BoundChange, ...]
    scenario: Scenario
    result: Result
    proven: bool
    """Whether moving these numbers any less is proven not to do."""

    @property
    def cost(self) -> float:
        """Σ |change| ÷ max(|bound|, 1) × repair_weight."""
        return sum(c.cost for c in self.changes)


@dataclass(frozen=True)
class Repairs:
    """What can be said of an infeasible scenario."""

    found: tuple[Repair, ...]
    conflict: Conflict | None
    reference: Result | None
    """The plan that pupil-years are compared with: the same money and laws without the policies
    in conflict (or without any, where that is not enough)."""
    lifted: tuple[str, ...]
    """The policies that the reference does without."""
    complete: bool
    """Whether the search ended before its time did."""
    singles: bool
    """Whether at least every change of a single number was looked at to the end."""


def feasible(scenario: Scenario, time_limit: float = 10.0, stop: Stop | None = None) -> bool | None:
    """Whether a plan satisfies every rule; ``None``: not known within the time."""
    return _witness(scenario, time_limit, stop)[0]


def _witness(
    scenario: Scenario, time_limit: float, stop: Stop | None = None
) -> tuple[bool | None, Start | None]:
    model = formulate(scenario).model
    limits = Limits(1.0, time_limit, scenario.settings.solve.threads)
    answer, columns = find_plan(model, limits, None, stop)
    return answer, None if columns is None else Start.on(model, columns)


@dataclass(frozen=True)
class Possible:
    """Whether a future, or all with one decision (``case`` empty), have a plan; ``None``: not known
    within the time. ``rules``: of a future without one, its conflict; of all together, the rules
    whose lifting in every future leaves a decision, each by itself."""

    case: str
    answer: bool | None
    rules: tuple[str, ...] = ()


@with_progress
def possible_futures(
    scenario: Scenario,
    seconds: float = 60.0,
    *,
    progress: Sink | None = None,
    stop: Stop = never,
    lang: str | None = None,
) -> list[Possible]:
    """Which futures of a scenario (without any: the scenario itself) have a plan, and whether one
    decision serves all; each answer is proven, or not given.

    ``seconds``: for each question. ``progress`` is told how many are answered; once ``stop`` says
    so, what is left is answered by ``None``: not known. ``lang``: for what is said on the way.
    """
    cases = dict(scenario.cases) or {scenario.id: scenario}
    found = list[Possible]()
    job = Job("deciding", len(cases) + bool(scenario.cases), progress)
    for name, case in cases.items():
        job.tell(name, len(found))
        if stop():
            found.append(Possible(name, None))
            continue
        answer = feasible(case, seconds)
        clash = conflict(case, seconds) if answer is False else None
        found.append(Possible(name, answer, clash.rules if clash is not None else ()))
    if not scenario.cases:
        return found
    if any(one.answer is False for one in found):
        return [*found, Possible("", False)]
    job.tell(done=len(found))
    if stop():
        return [*found, Possible("", None)]
    answer, blamed = _together(scenario, cases, seconds), []
    if answer is False:
        for rule in scenario.settings.rules:
            if stop():
                break
            fewer = {n: c.with_(f"rules.{rule}", None) for n, c in cases.items()}
            if _together(scenario, fewer, seconds):
                blamed.append(rule)
    return [*found, Possible("", answer, tuple(blamed))]


def _together(scenario: Scenario, cases: Mapping[str, Scenario], seconds: float) -> bool | None:
    """Whether one decision leaves every future a plan."""
    assert scenario.settings.futures is not None
    unit = max(Facts(case).scale for case in cases.values())
    forms = [formulate(case, unit=unit) for case in cases.values()]
    until = scenario.settings.futures.decide_until
    model = extensive(list(cases), [1.0] * len(forms), forms, until).model
    return find_plan(model, Limits(1.0, seconds, scenario.settings.solve.threads))[0]


def repairs(
    scenario: Scenario,
    most: int = 3,
    *,
    seconds: float = 60.0,
    progress: Sink | None = None,
    stop: Stop | None = None,
) -> Repairs:
    """The cheapest repairs of a scenario that is proven infeasible, within about ``seconds``.

    ``progress`` is told of the conflict and of each option; once ``stop`` says so, what was solved
    in full by then is all that is said.
    """
    search = _RepairSearch(Elastic(scenario), most, seconds, progress, stop)
    search.tell("conflict")
    clash = conflict(scenario, seconds * 0.35, stop=stop)
    # Levers that may resolve the conflict alone: its rules, and its funds in any year (money may
    # be carried over).
    known = list(search.elastic.slopes)
    if clash is not None:
        named = {n.partition("[")[2].partition(",")[0] if "[" in n else n for n in clash.rules}
        known = [x for x in known if x.name in named]
    search.alone(known, seconds * 0.5)
    alone = search.complete
    search.together(seconds * 0.6)
    kept: list[Repair] = []
    for option in search.ranked():
        if len(kept) == most:
            break
        if search.stopped():
            search.complete = False
            break
        repair = _solved(scenario, option, seconds / 3, stop)
        if repair is not None:
            kept.append(repair)
    kept.sort(key=lambda r: r.cost)
    compared = kept and not search.stopped()
    reference, lifted = _reference(scenario, clash, seconds / 3, stop) if compared else (None, ())
    return Repairs(tuple(kept), clash, reference, lifted, search.complete, alone)


@dataclass(frozen=True)
class _Option:
    """A way to repair: how far each lever moves (its own unit), rounded outward."""

    changes: Mapping[Lever, Decimal]
    proven: bool
    plan: Start | None
    """An assignment of a scenario's columns that the moves make feasible."""

    @property
    def cost(self) -> float:
        return sum(lever.cost(new) for lever, new in self.changes.items())


class _RepairSearch:
    """Options found so far, and the clock."""

    def __init__(
        self,
        elastic: Elastic,
        most: int,
        seconds: float,
        progress: Sink | None = None,
        stop: Stop | None = None,
    ) -> None:
        self.elastic = elastic
        self.most = most
        self.progress, self.stop = progress, stop
        elastic.engine.stop = stop or elastic.engine.stop
        self.began = time.perf_counter()
        self.seconds = seconds
        self.options: dict[frozenset[Lever], _Option] = {}
        self.complete = True

    def stopped(self) -> bool:
        """Whether whoever asked wants it to end."""
        return self.stop is not None and self.stop()

    def tell(self, subject: str) -> None:
        """Says what is looked for, and how many options are known."""
        if self.progress is not None:
            seconds, known = time.perf_counter() - self.began, len(self.options)
            how: dict[str, Any] = {"done": known, "subject": subject}
            self.progress(Progress("", seconds, None, None, "repairing", **how))

    def left(self, until: float) -> float:
        """Seconds left until a point of the search; none once it is to end."""
        if self.stopped():
            return 0.0
        return until - (time.perf_counter() - self.began)

    def ranked(self) -> list[_Option]:
        """Options by cost; one that moves all that another moves, and more, is left out."""
        kept = [s for s in self.options if not any(other < s for other in self.options)]
        return sorted((self.options[s] for s in kept), key=lambda option: option.cost)

    def worst(self) -> float:
        """Cost from which a further option is of no interest."""
        costs = sorted(o.cost for o in self.options.values())
        return costs[self.most - 1] if len(costs) >= self.most else float("inf")

    def add(self, steps: Mapping[Lever, int], proven: bool, plan: Start | None) -> None:
        """Remembers an option if it is the cheapest that moves these levers."""
        changes = {x: _moved(x, n) for x, n in steps.items() if n}
        option, support = _Option(changes, proven, plan), frozenset(changes)
        before = self.options.get(support)
        if before is None or option.cost < before.cost:
            self.options[support] = option

    def alone(self, levers: list[Lever], until: float) -> None:
        """The least move of each lever that suffices by itself."""
        for number, lever in enumerate(levers):
            self.tell("repair")
            spare = self.left(until) / (len(levers) - number) * 2
            if spare <= 0:
                self.complete = False
                return
            self._least(lever, spare)

    def _least(self, lever: Lever, seconds: float) -> None:
        ends = time.perf_counter() + seconds
        high = _steps(lever, min(float(lever.most), self.worst() / float(lever.cost_per_unit)))
        low, plan = 0, None
        if self.exact(lever):
            room = {lever: high * float(lever.step)}
            outcome = self.elastic.solve(opened=room, seconds=seconds / 2, gap=1e-6)
            if outcome.status is Status.INFEASIBLE:
                return
            cost = float(lever.cost_per_unit)
            if np.isfinite(outcome.bound):
                low = max(0, _steps(lever, -outcome.bound / cost) - 1)
            if outcome.columns is not None:
                high = min(high, _steps(lever, -outcome.value / cost))
                plan = self.elastic.plan(outcome.columns)
        if plan is None:
            answer, plan = self.possible({lever: high}, seconds / 2)
            self.complete &= answer is not None
        if plan is not None:
            high, plan, sure = self._bisect(lever, {}, (low, high), plan, ends)
            self.add({lever: high}, sure, plan)

    def _bisect(
        self,
        lever: Lever,
        others: Mapping[Lever, int],
        between: tuple[int, int],
        plan: Start | None,
        ends: float,
    ) -> tuple[int, Start | None, bool]:
        """Fewest steps of a lever that are enough, between too few and enough; proven or not."""
        (low, high), sure = between, True
        while high - low > 1:
            spare = ends - time.perf_counter()
            if spare <= 0:
                sure = False
                break
            middle = (low + high) // 2
            answer, found = self.possible({**others, lever: middle}, max(spare / 3, 0.5))
            sure &= answer is not None
            high, plan = (middle, found) if answer else (high, plan)
            low = low if answer else middle
        self.complete &= sure
        return high, plan, sure

    def start(self, without: frozenset[Lever]) -> Floats | None:
        """The cheapest option so far that leaves these levers alone, as an elastic assignment."""
        known = [o for s, o in self.options.items() if not s & without and o.plan is not None]
        best = min(known, key=lambda o: o.cost, default=None)
        if best is None or best.plan is None or not all(map(self.exact, best.changes)):
            return None
        return self.elastic.assignment(best.plan, best.changes)

    def exact(self, lever: Lever) -> bool:
        """Whether the elastic model means the lever exactly."""
        slope = self.elastic.slopes[lever]
        return slope is not None and not slope.estimated

    def possible(
        self, steps: Mapping[Lever, int], seconds: float
    ) -> tuple[bool | None, Start | None]:
        """Whether levers moved by so many steps leave a plan, and one."""
        if all(self.exact(x) for x in steps):
            room = {x: n * float(x.step) for x, n in steps.items()}
            return self.elastic.possible(room, seconds=seconds)
        new = {x: _moved(x, n) for x, n in steps.items()}
        return _witness(moved(self.elastic.scenario, new), seconds)

    def together(self, until: float) -> None:
        """Cheapest combinations, best first; each further one does without a part of another."""
        numbers, heap = count(), []  # type: ignore[var-annotated]
        seen: set[frozenset[Lever]] = set()

        def look(without: frozenset[Lever]) -> None:
            if without in seen or len(seen) >= NODES:
                return
            seen.add(without)
            opened = {x: float(x.most) for x in self.elastic.levers if x not in without}
            spare = self.left(until)
            if spare <= 0 or not opened:
                self.complete &= spare > 0
                return
            outcome = self.elastic.solve(
                opened=opened, seconds=spare / 2, gap=1e-6, start=self.start(without)
            )
            if outcome.columns is not None:
                self.complete &= outcome.status is Status.OPTIMAL or outcome.value > -1e-9
                change = self.elastic.changes(outcome)
                heapq.heappush(heap, (-outcome.bound, next(numbers), without, change))
            elif outcome.status is not Status.INFEASIBLE:
                self.complete = False

        look(frozenset())
        while heap and self.left(until) > 0:
            self.tell("repair")
            bound, _, without, change = heapq.heappop(heap)
            if bound >= self.worst():
                break
            self._settle(change, until)
            for lever in change:
                look(without | {lever})

    def _settle(self, change: Mapping[Lever, float], until: float) -> None:
        """Rounds a combination outward, then lets each lever fall back as far as it can."""
        if not change or (len(change) == 1 and frozenset(change) in self.options):
            return
        steps, plan = {x: _steps(x, c) for x, c in change.items()}, None
        for _ in range(8):
            answer, plan = self.possible(steps, max(self.left(until), 1.0))
            if answer or all(self.exact(x) for x in steps):
                break
            # enlarged where an estimated share was taken too small
            steps = {x: min(_steps(x, float(x.most)), n + n // 4 + 1) for x, n in steps.items()}
        if plan is None:
            return
        sure = True
        for lever in sorted(steps, key=lambda x: -float(x.cost_per_unit * x.step) * steps[x]):
            others = {x: n for x, n in steps.items() if x is not lever and n}
            ends = time.perf_counter() + max(self.left(until), 0.0) / 2
            answer, found = (
                self.possible(others, max(self.left(until), 0.5)) if others else (False, None)
            )
            if answer:
                steps[lever], plan = 0, found
                continue
            between = (0, steps[lever])
            steps[lever], plan, proven = self._bisect(lever, others, between, plan, ends)
            sure &= proven
        self.add(steps, sure, plan)


def _steps(lever: Lever, change: float) -> int:
    """Steps of at least a change, at most to the lever's end."""
    most = -(-lever.most // lever.step)
    wanted = np.ceil(change / float(lever.step) - 1e-6) if np.isfinite(change) else float(most)
    return int(min(max(wanted, 1), most))


def _moved(lever: Lever, steps: int) -> Decimal:
    new = lever.old + lever.sign * steps * lever.step
    return min(new, lever.end) if lever.sign > 0 else max(new, lever.end)


def _solved(
    scenario: Scenario, option: _Option, seconds: float, stop: Stop | None
) -> Repair | None:
    """The repair of an option: its scenario solved in full, audited; one step more where the
    last đồng of rounding stands in the way."""
    changes = dict(option.changes)
    for attempt in range(2):
        amended = moved(scenario, changes)
        result = solve_again(
            amended, start=option.plan, gap=_gap(scenario), time_limit=seconds, stop=stop
        )
        if result.maybe_plan is not None:
            parts = tuple(BoundChange(x, new) for x, new in changes.items())
            return Repair(parts, amended, result, option.proven and attempt == 0)
        changes = {
            x: (min if x.sign > 0 else max)(new + x.sign * x.step, x.end)
            for x, new in changes.items()
        }
    return None


def _gap(scenario: Scenario) -> float:
    """A small scenario is solved to its own gap, a large one loosely."""
    small = len(scenario.schools) * max(len(scenario.items), 1) < 200
    asked = float(scenario.settings.solve.gap)
    return asked if small else max(asked, GAP)


def _reference(
    scenario: Scenario,
    clash: Conflict | None,
    seconds: float,
    stop: Stop | None,
) -> tuple[Result | None, tuple[str, ...]]:
    """The plan without the policies in conflict; failing that, without any policy."""
    rules = scenario.settings.rules
    named = () if clash is None else tuple(n for n in clash.rules if n in rules)
    policies = tuple(n for n in rules if rules[n].firmness == "policy")
    for lifted in (tuple(n for n in named if n in policies), policies):
        if not lifted:
            continue
        kept = {k: r for k, r in rules.items() if k not in lifted}
        free = with_settings(scenario, rules=kept)
        result = solve_again(free, gap=_gap(scenario), time_limit=seconds, stop=stop)
        if result.maybe_plan is not None:
            return result, lifted
    return None, ()


def moved_keys(repair: Repair) -> dict[str, Any]:
    """Dotted settings keys → their values in the repaired scenario, as ``--set`` takes them."""
    settings, found = repair.scenario.settings, dict[str, Any]()
    for change in repair.changes:
        name, bounded = change.lever.name, change.lever.field
        if change.lever.kind == "fund":
            # all years: an amount that came from the envelope is replaced as a whole
            for year, money in sorted(settings.amounts(settings.funds[name]).items()):
                found[f"funds.{name}.amounts.{year}"] = money
            continue
        share = ".share" if isinstance(getattr(settings.rules[name], bounded), Share) else ""
        whole = change.new == int(change.new)
        found[f"rules.{name}.{bounded}{share}"] = int(change.new) if whole else change.new
    return found


def amended(repair: Repair, source: Path, overrides: Mapping[str, Any] | None = None) -> str:
    """YAML that makes ``source`` (a scenario file or workbook beside it) the repaired scenario.

    What ``--set`` changed for the run is written too: the repair was found with it.
    """
    return layer_over(source, source.parent, {**(overrides or {}), **moved_keys(repair)})


def write_repair(
    repair: Repair,
    path: str | Path,
    number: int,
    overrides: Mapping[str, Any] | None = None,
    target: Path | None = None,
) -> Path:
    """Writes the repaired scenario beside the one at ``path``, or as ``target``; the file.

    Raises :class:`InputError` where a file stands there already.
    """
    source = source_of(path)
    target = target or source.with_name(f"{source.stem}-repair-{number}.yaml")
    return save_over(source, target, {**(overrides or {}), **moved_keys(repair)})
