"""Stages: strict priorities, the lowest coverage first, ties at gap 0, and no-good cuts.

A stage that is solved alone puts the money where it counts for that stage, anyhow; what it
leaves to the later ones no search mends in the time that they have (on Ba Đình the second of
nine stages kept a seventh of what it could have). So the first stage begins from a plan for all
stages together, and a plan with which a stage is within the gap stays. Where the schools of a model
are known (:class:`Schools`), each bounds a stage by itself, and what is looked for in a stage is
better for it and, next to that, for the later ones.

Each stage keeps the *achieved* value v of those before (≥ v − 1e-6·max(1,|v|)) and reports a
bound and gap of its own (ARCHITECTURE.md#priority).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Event
from typing import Protocol

import numpy as np

from planner.formulation.model import Model
from planner.names import FLOOR_STAGE, Link
from planner.solving import parameters
from planner.solving.highs import Engine, ProgressSink
from planner.solving.program import Cut, Restrictions
from planner.solving.solution import (
    Floor,
    Limits,
    Outcome,
    Progress,
    Solution,
    Stage,
    Status,
    enough,
    proved,
)
from planner.system.process import phase
from planner.system.worker_pool import Beside
from planner.vocabulary.axes import Floats, Ints

# --------------------------------------------------------------------------------------------------
# Leximin: the lowest coverage as high as it can be, then the next lowest, and so on.
#
# Each step raises one floor under all schools that are still free. Schools whose row has a shadow
# price are at the floor in every optimum: nothing can lift them without lowering another, so they
# keep it and are set free from the floors that follow. Only the linear relaxation does this; with
# whole units shadow prices prove nothing.


def raise_floors(
    engine: Engine, objective: Floats, limits: Limits, part: Callable[[int], Limits]
) -> tuple[Outcome, list[Stage], tuple[Floor, ...]]:
    """Floor after floor until every school keeps its own; rows are left in the engine.

    ``part`` gives the limits of a step when so many are left. When time is over the schools
    still free keep the last floor, and the stage says that it was stopped.
    """
    model, began = engine.model, time.perf_counter()
    block = model.row_block(Link.FLOOR)
    rows = block.indices if block is not None else np.zeros(0, dtype=np.int64)
    found = [b.indices for b in model.column_blocks if b.name == "released"]
    released = found[0] if found else np.zeros(0, dtype=np.int64)
    engine.set_upper(released, np.zeros(len(released)))
    free = np.ones(len(rows), dtype=bool)
    stages: list[Stage] = []
    floors: list[Floor] = []
    last = Outcome(Status.NO_PLAN)
    while free.any():
        name = FLOOR_STAGE if not stages else f"{FLOOR_STAGE}-{len(stages) + 1}"
        steps = min(int(free.sum()) + 1, parameters.FLOOR_STEPS)
        outcome = engine.solve(objective, part(steps), stage=name)
        if outcome.columns is None:
            if not stages:
                return outcome, [], ()
            outcome = replace(last, status=Status.STOPPED)
        stages.append(Stage(name, outcome.status, outcome.value, outcome.bound, outcome.seconds))
        over = time.perf_counter() - began > limits.time_limit
        # free schools that no plan can lift above this floor; all of them at the last one
        settled = free
        stopped = over or outcome.status is Status.STOPPED
        if not stopped and outcome.value < parameters.FULL_COVERAGE and outcome.duals is not None:
            priced = free & (np.abs(outcome.duals.rows[rows]) > parameters.SHADOW_PRICE)
            settled = priced if priced.any() else free
        for at in np.flatnonzero(settled).tolist():
            # The school of a row keeps its coverage from now on.
            entries = np.flatnonzero(model.row_index == rows[at])
            index = model.column_index[entries].astype(np.int64)
            coefficient = model.coefficient[entries]
            gains = (coefficient > 0) & ~np.isin(index, released)
            lower = outcome.value - parameters.FLOOR_KEPT + float(model.row_lower[rows[at]])
            engine.keep(Cut(index[gains], coefficient[gains], lower))
            floors.append(Floor(int(rows[at]), outcome.value, len(stages)))
        engine.set_upper(released[settled], np.ones(int(settled.sum())))
        free = free & ~settled
        last = outcome
    return last, stages, tuple(floors)


def stage_objectives(model: Model) -> Iterator[tuple[str, Floats]]:
    """(name, objective) of every stage that has any value to decide; the last if none has."""
    stages = list(zip(model.stages, model.stage_values, strict=True))
    yield from [(name, points) for name, points in stages if points.any()] or stages[-1:]


def tie_breakers(model: Model) -> Iterator[tuple[str, Floats]]:
    """Spend less, then earlier, then columns in the order of their ids."""
    if model.spend.any():
        yield "tie:spend", -model.spend
    if model.lateness.any():
        yield "tie:late", -model.lateness
    order = np.linspace(1.0, 0.0, model.columns) if model.columns else np.zeros(0)
    buys = model.column_block("buy")
    if buys is not None:
        objective = np.zeros(model.columns)
        objective[buys.start : buys.stop] = order[: buys.stop - buys.start]
        yield "tie:order", objective


class Schools(Protocol):
    """What the schools of an engine's model tell of several stages."""

    def plan(
        self, points: Floats, limits: Limits, progress: ProgressSink | None, stage: str
    ) -> Outcome:
        """A plan for ``points`` (``[column]``), near their relaxation; proven infeasible where that
        has none."""
        ...

    def bound(self, points: Floats, now: Restrictions, over: Callable[[], bool]) -> float:
        """What no plan under the restrictions of now is worth more than, by every school in whole
        units; infinite where it is ``over`` before."""
        ...


@phase("solve")
def solve_stages(
    engine: Engine,
    limits: Limits,
    *,
    start: Floats | None = None,
    progress: ProgressSink | None = None,
    cuts: Sequence[Cut] = (),
    schools: Schools | None = None,
) -> Solution:
    """Solves every stage in order within one time limit for all.

    A stage may use its even part of the time that is left; what it does not need rolls on.
    ``start``: an assignment to begin from, which need not fit every row. ``schools``: those of the
    engine's model, where they help.
    """
    run = _Run(engine, limits, progress, schools)
    engine.forget()
    for cut in cuts:
        engine.keep(cut)
    for number in range(len(run.plans)):
        ended = run.stage(number, start)
        if ended is not None:
            return Solution(ended, None, (), run.seconds())
    status, last = overall([s.status for s in run.stages]), run.last
    if limits.gap == 0 and status is Status.OPTIMAL and not engine.relax:
        kept = run.plans[-1][1], last.value
        for name, objective in tie_breakers(engine.model):
            keep_value(engine, *kept, parameters.TIE_KEPT)
            spare = replace(limits, time_limit=limits.time_limit - run.seconds(), target=np.inf)
            outcome = engine.solve(objective, spare, start=last.columns, stage=name)
            if outcome.columns is None or outcome.status is not Status.OPTIMAL:
                break
            last, kept = replace(outcome, status=last.status), (objective, outcome.value)
    return Solution(
        status, last.columns, tuple(run.stages), run.seconds(), last.duals, floors=run.floors
    )


class _Run:
    """The stages of one solve: what they reached, and the plan that they have so far."""

    def __init__(
        self,
        engine: Engine,
        limits: Limits,
        progress: ProgressSink | None,
        schools: Schools | None,
    ) -> None:
        self.engine, self.limits, self.progress, self.schools = engine, limits, progress, schools
        self.began = time.perf_counter()
        self.plans = list(stage_objectives(engine.model))
        self.stages: list[Stage] = []
        self.floors: tuple[Floor, ...] = ()
        self.last = Outcome(Status.NO_PLAN)
        self.alone = True
        """Whether the plan so far is a stage's own, found without a thought of the others."""

    def seconds(self) -> float:
        """Seconds since the first stage began."""
        return time.perf_counter() - self.began

    def stage(self, number: int, start: Floats | None) -> Status | None:
        """Solves a stage; returns how all of it ended where there is no plan to go on with."""
        engine, (name, objective) = self.engine, self.plans[number]
        if engine.relax and name == FLOOR_STAGE:
            self.last, self.stages, self.floors = raise_floors(
                self.engine, objective, self.limits, self._part
            )
            return self.last.status if self.last.columns is None else None
        if self.stages and not self.floors:
            keep_value(engine, self.plans[number - 1][1], self.last.value)
            if self.schools is None and self.alone and not engine.stop():
                spare = self._part(len(self.plans) - number)
                self.last = _built_on(engine, self.last, objective, spare, name)
        elif not self.stages and self._together(start) is Status.INFEASIBLE:
            return Status.INFEASIBLE
        if self.schools is not None and self.last.columns is not None:
            self._beside_schools(number, self.schools, self.last.columns)
            return None
        last, begin = self.last, start if self.last.columns is None else self.last.columns
        outcome = Outcome(Status.NO_PLAN)
        if last.columns is None or not engine.stop():
            outcome = self._solve(number, begin, self._part(len(self.plans) - number))
        only_lacks_time = outcome.status is Status.NO_PLAN and last.columns is None
        if only_lacks_time and len(self.plans) > 1 and not engine.stop():
            # a plan comes before the later stages: the first may take all the time there is
            outcome = self._solve(number, None, self._part(1))
        if last.columns is None and outcome.columns is None:
            return outcome.status
        self.alone = True
        if last.columns is not None and (outcome.columns is None or not engine.relax):
            begun = float(objective @ last.columns)
            if _stays(outcome, begun, self.limits.gap):
                # A stage that found nothing better keeps the plan that it began from.
                bound = max(begun, min(outcome.bound, most_worth(engine.model, objective)))
                status, seconds = proved(begun, bound, False, self.limits.gap), outcome.seconds
                outcome = replace(last, status=status, value=begun, bound=bound, seconds=seconds)
                self.alone = False
        self.stages.append(
            Stage(name, outcome.status, outcome.value, outcome.bound, outcome.seconds)
        )
        self.last = outcome
        return None

    def _beside_schools(self, number: int, schools: Schools, plan: Floats) -> None:
        """A stage that begins from a plan, which stays where the schools by themselves bound the
        stage closely enough; else a search from it, beside them where there is a second core, for
        more in this stage and, next to that, in the later ones. Which of the two ends first changes
        nothing."""
        engine, (name, objective) = self.engine, self.plans[number]
        began, stop, held = time.perf_counter(), engine.stop, engine.restrictions
        begun, enough_is_proven = float(objective @ plan), Event()
        limits = self._part(len(self.plans) - number)

        def bounded(given_up: Callable[[], bool]) -> float:
            late = self.limits.time_limit
            level = schools.bound(
                objective, held, lambda: given_up() or stop() or self.seconds() > late
            )
            if begun >= enough(level, self.limits.gap):
                enough_is_proven.set()
            return level

        def told(at: Progress) -> None:
            """A line of a search whose points are those of several stages."""
            assert self.progress is not None
            self.progress(replace(at, value=begun, bound=None))

        later = self.plans[number:]
        joint = together(engine.model, later)
        with Beside(bounded, limits.threads) as beside:
            if not beside.at_once:
                beside.answer()
            found = Outcome(Status.NO_PLAN)
            if not (enough_is_proven.is_set() or stop()):
                left = parameters.STAGED_TIME * limits.time_limit - (time.perf_counter() - began)
                limits = replace(limits, time_limit=max(left, parameters.SHORTEST))
                keep_value(engine, objective, begun)
                engine.cool()  # where a search before was ended depends on the clock
                engine.stop = lambda: stop() or enough_is_proven.is_set()
                try:
                    found = engine.solve(
                        joint, limits, start=plan, progress=self.progress and told, stage=name
                    )
                finally:
                    engine.stop, engine.restrictions = stop, held
                    engine.cool()
            bound = min(beside.answer(), most_worth(engine.model, objective))
        columns = plan
        if not enough_is_proven.is_set() and found.columns is not None:
            if float(objective @ found.columns) >= begun and joint @ found.columns > joint @ plan:
                columns = found.columns
            bound = min(bound, found.bound) if len(later) == 1 else bound
        value = float(objective @ columns)
        bound = max(value, bound)
        status, seconds = proved(value, bound, False, self.limits.gap), time.perf_counter() - began
        self.last = Outcome(status, value, bound, columns, seconds=seconds)
        self.stages.append(Stage(name, status, value, bound, seconds))

    def _solve(self, number: int, begin: Floats | None, limits: Limits) -> Outcome:
        name, objective = self.plans[number]
        return self.engine.solve(objective, limits, start=begin, progress=self.progress, stage=name)

    def _together(self, start: Floats | None) -> Status | None:
        """A plan for all stages together to begin from; how the search for it ended."""
        engine, limits, name = self.engine, self.limits, self.plans[0][0]
        small = len(self.plans) == 1 or engine.model.columns < parameters.TOGETHER_FROM
        if small or engine.relax or not engine.begins:
            return None
        seconds = limits.time_limit * parameters.TOGETHER_TIME
        short = replace(limits, time_limit=seconds, gap=max(limits.gap, parameters.TOGETHER_GAP))
        points, name = together(engine.model, self.plans), f"{name} (start)"
        found = Outcome(Status.NO_PLAN)
        if self.schools is not None and start is None:
            found = self.schools.plan(points, short, self.progress, name)
        if found.columns is None and found.status is not Status.INFEASIBLE:
            found = engine.solve(points, short, start=start, progress=self.progress, stage=name)
        self.last = replace(self.last, columns=found.columns)
        return found.status

    def _part(self, stages_left: int) -> Limits:
        left = self.limits.time_limit - self.seconds()
        return replace(self.limits, time_limit=max(left / stages_left, parameters.SHORTEST))


def most_worth(model: Model, points: Floats) -> float:
    """What nothing is worth more than: every column at its better end."""
    used = points != 0
    ends = np.where(points[used] > 0, model.column_upper[used], model.column_lower[used])
    return float(points[used] @ ends)


def _built_on(
    engine: Engine, last: Outcome, objective: Floats, limits: Limits, name: str
) -> Outcome:
    """A start for the next stage: the plan so far for less money, then added to.

    A stage does not care what it spends, so first its values are kept for the least money;
    then whole decisions may only grow, which leaves little to decide. The full problem starts
    from the plan found so.
    """
    if engine.relax or last.columns is None:
        return last
    model = engine.model
    seconds = limits.time_limit * parameters.BUILT_ON_TIME
    short = replace(limits, time_limit=seconds, gap=max(limits.gap, parameters.BUILT_ON_GAP))
    cheap = engine.solve(-model.spend, short, start=last.columns, stage=f"{name} (start)")
    base = last.columns if cheap.columns is None else cheap.columns
    settled = np.where(model.integer, np.rint(base), model.column_lower)
    engine.set_lower(np.maximum(settled, model.column_lower))
    grown = engine.solve(objective, short, start=base, stage=f"{name} (start)")
    engine.set_lower(model.column_lower)
    return max(
        (grown, cheap, last),
        key=lambda o: -np.inf if o.columns is None else float(objective @ o.columns),
    )


def keep_value(engine: Engine, objective: Floats, value: float, tolerance: float = 0.0) -> None:
    """Keeps the value that an objective has reached, scaled so that the tolerance (0: that of
    stages) is meant.

    A sum of whole decisions moves in steps, so half a step keeps it to the last point.
    """
    columns = np.flatnonzero(objective)
    coefficients = objective[columns]
    if not len(columns):
        return
    step = 0.0 if engine.relax else _step(engine.model, columns, coefficients)
    if step:
        engine.keep(Cut(columns, coefficients / step, value / step - 0.5))
        return
    size, tolerance = max(1.0, abs(value)), tolerance or parameters.STAGE_KEPT
    engine.keep(Cut(columns, coefficients / size, (value - tolerance * size) / size))


def _step(model: Model, columns: Ints, coefficients: Floats) -> float:
    """The largest step of 1, 0.1 … 0.001 that divides every coefficient of whole columns; 0
    where there is none."""
    for step in (1.0, 0.1, 0.01, 0.001) if model.integer[columns].all() else ():
        parts = coefficients / step
        if np.all(np.abs(parts - np.rint(parts)) <= 1e-9 * np.maximum(1.0, np.abs(parts))):
            return step if np.abs(parts).max() < parameters.LARGEST_WHOLE_SUM else 0.0
    return 0.0


def together(model: Model, plans: Sequence[tuple[str, Floats]]) -> Floats:
    """``[column]``: Σ of the stages' points, each stage worth many times the next.

    A floor is a share (0–1): at 1 it counts as much as all that the later stages could gain.
    """
    ends = np.where(np.isfinite(model.column_upper), model.column_upper, 0.0)
    reach = float(np.maximum(model.value, 0.0) @ ends)
    total, weight = np.zeros(model.columns), 1.0
    for name, points in plans:
        total += weight * points * (max(reach, 1.0) if name == FLOOR_STAGE else 1.0)
        weight /= parameters.STAGE_WEIGHT
    return total


def _stays(outcome: Outcome, begun: float, gap: float) -> bool:
    """Whether the plan that a stage began from stays: its own search found none that is as good,
    or proved this one to be within the gap, or found nothing that is better by more than the
    gap and is no proof either. At gap 0 every point counts."""
    size = max(1.0, abs(begun))
    if outcome.columns is None or outcome.value < begun - parameters.STAGE_KEPT * size:
        return True
    if gap == 0 or begun >= enough(outcome.bound, gap):
        return gap > 0
    return outcome.value <= begun + gap * size and outcome.status is Status.STOPPED


def overall(statuses: list[Status]) -> Status:
    """The status of all stages together: that of the weakest."""
    weak = (s for s in (Status.STOPPED, Status.WITHIN_GAP) if s in statuses)
    return next(weak, Status.OPTIMAL)


# --------------------------------------------------------------------------------------------------
# What is learnt from a plan whose whole units and whole money break a row of the model.
#
# An engine holds a row within its tolerance, the plan's ledger to the last minor unit. Where a
# set of 0/1 decisions alone overruns a row, a *cover cut* forbids that set and nothing else: the
# problem stays the one that was asked. Elsewhere the row is tightened by the overrun
# (ARCHITECTURE.md#whole-money).

Broken = Mapping[tuple[str, str, str], float]
"""(rule, key, relation) → by how much a row is broken, in the row's unit."""


@dataclass
class NoGoodCuts:
    """Cuts and tightened rows of one model; what it learns holds for the solves that follow."""

    model: Model
    engine: Engine
    cuts: list[Cut] = field(default_factory=list)
    slack: dict[tuple[str, str, str], float] = field(default_factory=dict)
    rounds: int = 0
    """Rounds in which a row was tightened: from the first one on the problem is another."""
    cut_rounds: int = 0

    def learn(self, broken: Broken, columns: Floats) -> bool:
        """Makes the rows that ``columns`` broke bind; ``False`` when there were too many tries."""
        rows = self._rows(broken)
        covers = {
            key: None if key[2] == ">=" else _cover(self.model, row, columns)
            for key, row in rows.items()
        }
        if all(key in covers and covers[key] is not None for key in broken):
            self.cuts += [cut for cut in covers.values() if cut is not None]
            self.cut_rounds += 1
            return self.cut_rounds <= parameters.NO_GOOD_CUTS
        for key, amount in broken.items():
            self.slack[key] = self.slack.get(key, 0.0) + amount * parameters.HARDER**self.rounds
        self.rounds += 1
        for key, row in self._rows(self.slack).items():
            amount, lower, upper = self.slack[key], self.model.row_lower, self.model.row_upper
            if any(b.money for b in self.model.row_blocks if b.start <= row < b.stop):
                amount /= self.model.scale
            if key[2] == ">=":
                self.engine.set_row_lower(row, float(lower[row]) + amount)
            else:
                self.engine.set_row_upper(row, float(upper[row]) - amount)
        return self.rounds <= parameters.TIGHTENINGS

    def _rows(self, wanted: Broken) -> dict[tuple[str, str, str], int]:
        """The model's row of each (rule, key, relation); one with two bounds that differ says
        both."""
        found = {}
        for block in self.model.row_blocks:
            if not any(rule == block.name for rule, _, _ in wanted):
                continue
            for row in block.indices.tolist():
                key = self.model.row_label(row).removeprefix(block.name).strip("[]")
                lower, upper = self.model.row_lower[row], self.model.row_upper[row]
                ends = (("<=", np.isfinite(upper)), (">=", np.isfinite(lower)))
                relations = ["="] if lower == upper else [way for way, bound in ends if bound]
                for relation in relations:
                    if (block.name, key, relation) in wanted:
                        found[block.name, key, relation] = row
        return found


def _cover(model: Model, row: int, columns: Floats) -> Cut | None:
    """Σ of the 0/1 columns that alone overrun a money row ≤ their number − 1.

    Extended to every column that costs at least as much as the dearest of them: as many of these
    together overrun the row too. Sums are of whole minor units, so the cut forbids no plan that
    keeps the row.
    """
    if not np.isfinite(model.row_upper[row]):
        return None
    entries = np.flatnonzero(model.row_index == row)
    index = model.column_index[entries].astype(np.int64)
    exact = model.coefficient[entries] * model.scale
    amount = np.rint(exact)
    if np.any(np.abs(exact - amount) > 1e-3 + 1e-15 * np.abs(amount)):
        return None
    given = amount < 0
    most = float(np.rint(model.row_upper[row] * model.scale))
    most -= float((amount[given] * model.column_upper[index[given]]).sum())
    binary = model.integer[index] & (model.column_upper[index] == 1) & ~given
    taken = np.flatnonzero(binary & (columns[index] > 0.5))
    taken = taken[np.argsort(amount[taken], kind="stable")]
    # Running sums of whole amounts.
    enough = np.flatnonzero(np.cumsum(amount[taken].astype(np.int64)).astype(np.float64) > most)
    if not len(enough) or not np.isfinite(most):
        return None
    cover = taken[: int(enough[0]) + 1]
    dearer = np.flatnonzero(binary & (amount >= amount[cover[-1]]))
    chosen = index[np.union1d(cover, dearer)]
    return Cut(chosen, -np.ones(len(chosen)), 1.0 - len(cover))


# --------------------------------------------------------------------------------------------------
# What must be kept of every stage where something else is looked for.


@dataclass(frozen=True)
class Kept:
    """What a plan reached in each stage of a model, and the part of it that may be given up.

    ``reached``: stage → points (``floor``: 0–1); ``within``: 0–1; ``most``: stage → a bound that no
    plan may pass, so that what was proven beside the stages before it stays true.
    """

    model: Model
    reached: Mapping[str, float]
    within: float
    most: Mapping[str, float]

    @classmethod
    def of(
        cls, model: Model, reached: Mapping[str, float], bounds: Mapping[str, float], within: float
    ) -> Kept:
        """Of a plan that reached so much in its stages, beside what was proven of each."""
        return cls(model, reached, within, bounds if len(reached) > 1 else {})

    @cached_property
    def stages(self) -> list[tuple[str, Floats]]:
        """(name, points) of the stages in which anything is decided."""
        pairs = zip(self.model.stages, self.model.stage_values, strict=True)
        return [(name, points) for name, points in pairs if points.any() and name in self.reached]

    def searched(self) -> Kept:
        """The same with a little less to give up, which whole money may take of what is found."""
        return replace(self, within=self.within * (1 - parameters.MONEY_ROOM))

    def least(self, name: str, part: float = 1.0) -> float:
        """What a stage must be worth once ``part`` of what may be given up is."""
        value = self.reached[name]
        return value - part * self.within * max(1.0, abs(value))

    def cuts(self, part: float = 1.0) -> tuple[Cut, ...]:
        """The kept rows, each scaled to the size of its stage; those of :attr:`most` last."""
        rows, caps = [], []
        for name, points in self.stages:
            size = max(1.0, abs(self.reached[name]))
            columns = np.flatnonzero(points)
            rows.append(Cut(columns, points[columns] / size, self.least(name, part) / size))
            if math.isfinite(self.most.get(name, math.inf)):
                top = max(self.most[name], self.reached[name])
                caps.append(Cut(columns, -points[columns] / size, -top / size))
        return (*rows, *caps)

    def holds(self, reached: Mapping[str, float]) -> bool:
        """Whether a plan that reaches so much keeps every stage."""
        noise = parameters.PROVEN_GAP
        return all(
            reached.get(name, -math.inf) >= self.least(name) - noise * max(1.0, abs(value))
            for name, value in self.reached.items()
        )
