"""One decision for several futures, and for each of them a whole plan (ARCHITECTURE.md#futures).

Each future is solved alone first: its best plan says what perfect information would be worth, and
what a decision may regret. Then all are decided together as one model; what is decided now is the
same in every future's plan, which is audited on its own.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import AuditError, Finding, InputError, Place
from planner.formulation.build import Formulation, formulate
from planner.formulation.extensive import Aim, Extensive, extensive
from planner.formulation.facts import Facts
from planner.names import AimKind, row_name
from planner.plan import Outlook, build_plan
from planner.plan.contract import coded_texts
from planner.plan.decisions import NUDGE, decide, minor_units
from planner.plan.tables import NOBODY
from planner.proof import audit_decision
from planner.run.folder import DECIDED_TABLES, decided_claims, write
from planner.run.optimize import (
    WHOLE_MONEY,
    claims,
    limits_of,
    planned_result,
    prove_result,
    settings_of,
    solve_whole,
    tidied,
    tidy_seconds,
    unless_stopped,
)
from planner.run.result import Decided, Interval, Result, as_texts
from planner.scenario.cases import differences, weights_of
from planner.scenario.load import load as load_scenario
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Case, Futures, TailAim
from planner.solving import parameters
from planner.solving.choice import Choice, Method
from planner.solving.futures import FuturesSearch, How, SideBySide
from planner.solving.highs import Engine, ProgressSink
from planner.solving.neighbourhoods import NeighbourhoodSearch
from planner.solving.program import (
    Cut,
    Restrictions,
    ended,
    load,
    settle_threads,
    values,
)
from planner.solving.solution import (
    Solution,
    Stage,
    Status,
    Stop,
    never,
    proved,
    relative_gap,
    with_progress,
)
from planner.solving.stages import NoGoodCuts, overall, solve_stages
from planner.solving.within import FewestLines, Kept, Within
from planner.system.process import phase
from planner.system.worker_pool import Beside
from planner.vocabulary.axes import Bools, Floats

DECISION = ["school", "item", "fund", "year", "kind", "request", "option", "quantity", "amount"]
"""Columns of a line that is decided now."""
DECIDED = ("purchase", "setup", "request")
"""Kinds of lines that are decisions; upkeep follows from them."""


def decision_of(allocation: pd.DataFrame, until: int) -> pd.DataFrame:
    """The lines of a plan that are decided up to a year, in order."""
    now = allocation["kind"].isin(DECIDED) & (allocation["year"] <= until)
    return allocation.loc[now, DECISION].reset_index(drop=True)


@dataclass(frozen=True)
class Alone:
    """The best plan of one future by itself."""

    columns: Floats
    outlook: Outlook
    stages: tuple[Stage, ...]

    @property
    def bounds(self) -> dict[str, float]:
        """Stage → points that no plan of this future exceeds."""
        known = {s.name: s.bound for s in self.stages}
        return {n: max(known.get(n, v), v) for n, v in self.outlook.stages.items()}

    @property
    def most(self) -> float:
        """Points that no plan of this future exceeds, over all stages."""
        return max(self.outlook.value, sum(self.bounds.values()))


def aim_of(scenario: Scenario) -> Aim:
    """The aim that a scenario with futures names (``regret`` still without its references)."""
    assert scenario.settings.futures is not None
    aim = scenario.settings.futures.aim
    if isinstance(aim, TailAim):
        return Aim(AimKind.CVAR, float(aim.cvar))
    return Aim(AimKind(aim))


def decide_futures(  # noqa: PLR0913, PLR0915
    scenario: Scenario,
    *,
    gap: float | None = None,
    time_limit: float | None = None,
    threads: int | None = None,
    solver: str = "HiGHS",
    method: str | None = None,
    cluster: str | None = None,
    progress: ProgressSink | None = None,
    stop: Callable[[], bool] | None = None,
    chosen: Callable[[Choice], None] | None = None,
    tidy: float | None = None,
) -> Decided:
    """Decides now for all futures of a scenario.

    Parameters are those of :func:`planner.run.optimize.optimize`; ``time_limit`` is that of the
    decision, each future alone has at most as much. ``tidy`` is what later years of each future may
    give up for fewer lines.

    Raises
    ------
    AuditError
        The audit disagrees with a future's plan; nothing is returned.
    """
    began = time.perf_counter()
    assert scenario.settings.futures is not None
    until = scenario.settings.futures.decide_until
    if wrong := differences(scenario.cases, until, lambda key: Place(scenario.id, key=key)):
        raise InputError(wrong)
    limits = limits_of(scenario, gap, time_limit, threads)

    def heard(choice: Choice) -> None:
        settings["method"] = str(choice.method)
        if chosen is not None:
            chosen(choice)

    aim, names = aim_of(scenario), list(scenario.cases)
    asked = Method(method or scenario.settings.solve.method)
    how = How(limits, solver, asked, stop or never, progress, cluster)
    settings = settings_of(scenario, limits, solver, Choice(Method.WHOLE, "futures"))
    forms = unless_stopped(lambda: _formulated(scenario), stop)
    if forms is None:
        seconds = time.perf_counter() - began
        return Decided(scenario, Status.NO_PLAN, seconds=seconds, settings=settings)
    weights = list(weights_of(scenario).values())
    with SideBySide(forms, names, how) as side:
        early = None
        if aim.kind is not AimKind.REGRET:  # which must know the best plans first
            early = Together.of(extensive(names, weights, forms, until, aim), side)
        alone, blocked = _best_alone(side, early)
        if blocked is not None:
            name, status = blocked
            return Decided(
                scenario, status, seconds=time.perf_counter() - began, settings=settings,
                blocked=name if status is Status.INFEASIBLE else "",
            )  # fmt: skip
        if aim.kind is AimKind.REGRET:
            names_of = forms[0].model.stages
            best = {s: np.array([a.outlook.stages.get(s, 0.0) for a in alone]) for s in names_of}
            aim = replace(aim, best=best)
        together = early or Together.of(extensive(names, weights, forms, until, aim), side)
        heard(together.choice)
        (solution, outlooks), joint = _together(together, side), together.joint
        if outlooks is None or solution.columns is None:
            return Decided(
                scenario, solution.status, seconds=time.perf_counter() - began, settings=settings
            )
        within = float(scenario.settings.tidy.within) if tidy is None else tidy
        reached = [o.stages for o in outlooks]
        columns, outlooks = _fewer_lines(joint, solution, outlooks, how, within)
        within = max(0.0, within - _lost(joint, reached, [o.stages for o in outlooks]))
        standing = _standing(joint, columns, outlooks, alone, within, settings)
        polished = [
            _polished(forms[k], replace(how, stop=lambda: True), names[k], standing[k])
            if done is None
            else done
            for k, done in enumerate(side.each(_polished, dict(enumerate(standing))))
        ]
        plans = [outlook for _, outlook in polished]
        stages = _stages(joint, [o.stages for o in plans], reached, solution, limits.gap)
        value = sum(s.value for s in stages)
        bound = max(value, sum(s.bound for s in stages))
        base = _under_first(joint, alone, side)
    table = _futures_table(joint, [r for r, _ in polished], alone, base)
    worth, regret = _worth(joint, table, value, bound)
    settings |= {"aim": str(aim.kind), "tail": aim.tail, "decide_until": until}
    found = Decided(
        scenario, overall([s.status for s in stages]), value, bound, stages,
        time.perf_counter() - began, {n: r for n, (r, _) in zip(names, polished, strict=True)},
        table, _decision_table(joint, plans, alone, until), _waiting_table(joint, plans, until),
        worth, regret, joint.worth(reached),
        {n: dict(a.outlook.stages) for n, a in zip(names, alone, strict=True)}, settings,
    )  # fmt: skip
    with phase("audit"):
        if findings := audit_decided(found):
            raise AuditError(findings)
    return found


def _formulated(scenario: Scenario) -> list[Formulation]:
    """The futures, in one unit of money."""
    unit = max(Facts(case).scale for case in scenario.cases.values())
    return [formulate(case, unit=unit) for case in scenario.cases.values()]


def audit_decided(found: Decided) -> list[Finding]:
    """What is wrong with a decision whose futures' plans are proven, as its folder is read."""

    def plain(head: Mapping[str, object]) -> Any:
        return json.loads(json.dumps(head))

    plans = {
        name: (
            result.scenario,
            {"allocation": coded_texts("allocation", result.plan.allocation)},
            plain(claims(result)),
        )
        for name, result in found.results.items()
    }
    texts = {name: as_texts(getattr(found, name)) for name in DECIDED_TABLES}
    return audit_decision(plans, texts, plain(decided_claims(found)))


def _bounded(form: Formulation, bounds: tuple[Floats, Floats]) -> Formulation:
    """A future's formulation whose columns lie within bounds."""
    model = replace(form.model, column_lower=bounds[0], column_upper=bounds[1])
    return replace(form, model=model)


def _one(
    form: Formulation, how: How, name: str, bounds: tuple[Floats, Floats] | None
) -> tuple[Solution, Outlook | None]:
    """One future's best plan; with ``bounds`` (lower, upper of its columns) that keeps them."""
    if bounds is not None:
        form = _bounded(form, bounds)
    engine, _ = how.engine(form.model)
    try:
        return solve_whole(form, engine, how.limits, how.named(name))
    finally:
        engine.close()


@dataclass(frozen=True)
class Together:
    """The futures as one model, its engine, and how it is searched (``None``: by the engine)."""

    joint: Extensive
    engine: Engine
    choice: Choice
    near: FuturesSearch | NeighbourhoodSearch | None

    @classmethod
    def of(cls, joint: Extensive, side: SideBySide) -> Together:
        """With the engine that fits the model."""
        engine, choice = side.how.engine(joint.model)
        limits = side.how.limits
        near = FuturesSearch.of(joint, engine, limits, side)
        return cls(joint, engine, choice, near or NeighbourhoodSearch.of(engine, limits))


def _best_alone(
    side: SideBySide, early: Together | None
) -> tuple[list[Alone], tuple[str, Status] | None]:
    """Every future's best plan by itself, beside the relaxation of all; or the name of one that has
    none, and how its search ended."""

    def relax(gone: Callable[[], bool]) -> None:
        if early is not None and isinstance(early.near, FuturesSearch):
            early.near.relax_early(side.how.limits, gone)

    alone: list[Alone] = []
    with Beside(relax, side.how.limits.threads) as relaxed:
        solved = side.each(_one, dict.fromkeys(range(len(side.forms))))
        for name, one in zip(side.names, solved, strict=True):
            if one is None or one[1] is None or one[0].columns is None:
                if early is not None:
                    early.engine.close()
                return alone, (name, Status.NO_PLAN if one is None else one[0].status)
            alone.append(Alone(one[0].columns, one[1], one[0].stages))
        if relaxed.at_once:
            relaxed.answer()
    return alone, None


@phase("futures")
def _together(together: Together, side: SideBySide) -> tuple[Solution, list[Outlook] | None]:
    """The joint model decided, and every future's plan in whole money; what rounding overran in one
    of them is forbidden or tightened, and solved again."""
    limits, progress = side.how.limits, side.how.named("futures")
    joint, engine, near = together.joint, together.engine, together.near
    tightening = NoGoodCuts(joint.model, engine)
    began, first = time.perf_counter(), None
    settled: Floats | None = None
    try:
        while True:
            left = limits.time_limit - (time.perf_counter() - began)
            spare = limits if first is None else replace(limits, time_limit=max(left, 1.0))
            if first is not None and settled is not None:
                solution = replace(first, columns=settled)
            elif near is not None and not tightening.cuts:
                solution = near.solve(spare, progress)
            else:
                start = None if first is None else first.columns
                solution = solve_stages(
                    engine, spare, start=start, progress=progress, cuts=tightening.cuts
                )
            if solution.columns is None:
                if tightening.rounds and solution.status is Status.INFEASIBLE:
                    solution = replace(solution, status=Status.NUMERICS)
                return solution, None
            if first is None or not tightening.rounds:
                first = solution
            outlooks = [
                build_plan(decide(form, joint.of(solution.columns, at)))
                for at, form in enumerate(joint.forms)
            ]
            broken = {
                (rule, row_name("", [k for k in (key, name) if k]).strip("[]"), way): by
                for name, outlook in zip(joint.names, outlooks, strict=True)
                for (rule, key, way), by in outlook.broken.items()
            }
            if not broken:
                return _with_bounds(solution, first), outlooks
            if not tightening.learn(broken, solution.columns):
                return replace(solution, status=Status.NUMERICS), None
            settled = _settled(engine, solution.columns, tightening.cuts)
            if settled is None and left <= 0:
                return replace(solution, status=Status.NUMERICS), None
    finally:
        engine.close()


def _settled(engine: Engine, columns: Floats, cuts: Sequence[Cut]) -> Floats | None:
    """``[column]`` the same whole decisions under the rows that were tightened since, what is not
    whole decided anew; ``None`` where that does not fit. Rounding takes so little that this nearly
    always does."""
    model, now = engine.model, engine.restrictions
    whole = np.rint(columns)
    lower, upper = (np.where(model.integer, whole, end) for end in (now.lower, now.upper))
    fixed = replace(now, lower=lower, upper=upper, cuts=tuple(cuts))
    threads = settle_threads(engine.limits.threads)
    points = np.sum(model.stage_values, axis=0)
    highs = load(fixed.program(model), points, mip=False, threads=threads)
    highs.run()
    return values(highs) if ended(highs) == "optimal" else None


def _with_bounds(solution: Solution, asked: Solution) -> Solution:
    """A tightened problem's plan with the bounds of the problem that was asked."""
    if solution is asked:
        return solution
    pairs = zip(solution.stages, asked.stages, strict=False)
    stages = tuple(replace(s, bound=max(s.value, s.bound, a.bound)) for s, a in pairs)
    return replace(solution, stages=stages)


@phase("tidy")
def _fewer_lines(
    joint: Extensive, solution: Solution, outlooks: list[Outlook], how: How, within: float
) -> tuple[Floats, list[Outlook]]:
    """The joint columns and plans with the fewest lines that are decided now, for at most
    ``within`` of the aim (:mod:`planner.solving.within`); the same where none has fewer."""
    assert solution.columns is not None
    model, limits = joint.model, how.limits
    start = np.where(model.integer, np.rint(solution.columns), solution.columns)
    small = model.columns <= parameters.FUTURES_TIDIED_TO
    until = joint.forms[0].facts.axes.first + int(joint.last)
    count = len(decision_of(outlooks[0].plan.allocation, until))
    if within <= 0 or limits.gap <= 0 or not small or not count or how.stop():
        return start, outlooks
    values = {n: float(p @ start) for n, p in zip(model.stages, model.stage_values, strict=True)}
    bounds = {s.name: s.bound for s in solution.stages}
    kept = Kept.of(model, values, bounds, within)
    held: list[tuple[int, Floats, list[Outlook]]] = [(count, start, outlooks)]

    def accept(columns: Floats) -> bool:
        """Whether the columns make plans that break no rule, keep the aim and decide less often."""
        plans = [build_plan(decide(f, joint.of(columns, at))) for at, f in enumerate(joint.forms)]
        reached = joint.worth([plan.stages for plan in plans])
        if any(plan.broken for plan in plans) or not kept.holds(reached):
            return False
        lines = len(decision_of(plans[0].plan.allocation, until))
        if lines >= held[-1][0]:
            return False
        held.append((lines, columns, plans))
        return True

    spare = replace(limits, time_limit=tidy_seconds(limits))
    Within(kept, Restrictions.of(model), start, spare, how.stop).search(FewestLines(model), accept)
    return held[-1][1], held[-1][2]


def _lost(
    joint: Extensive, before: Sequence[Mapping[str, float]], after: Sequence[Mapping[str, float]]
) -> float:
    """The largest part of a stage's aim that was given up, 0–1."""
    first, then = joint.worth(before), joint.worth(after)
    return max([0.0, *((v - then[n]) / max(1.0, abs(v)) for n, v in first.items())])


@dataclass(frozen=True)
class Standing:
    """A future's plan once the decision stands: the columns and the plan as the joint model has
    them, the same with what is decided in whole money, which columns are decided, bounds that keep
    them (``near``: up to a minor unit above), and the bounds of its best plan alone by stage."""

    columns: Floats
    outlook: Outlook
    whole: Floats
    decided: Bools
    bounds: tuple[Floats, Floats]
    near: tuple[Floats, Floats]
    most: Mapping[str, float]
    within: float
    settings: Mapping[str, object]


def _standing(
    joint: Extensive,
    columns: Floats,
    outlooks: Sequence[Outlook],
    alone: Sequence[Alone],
    within: float,
    settings: Mapping[str, object],
) -> list[Standing]:
    """Every future's plan once the decision stands."""
    whole, unit = _in_whole_money(joint, columns)
    return [
        Standing(
            joint.of(columns, at), outlooks[at], joint.of(whole, at),
            joint.shared[joint.places[at]], joint.decided_bounds(whole, at),
            joint.decided_bounds(whole, at, unit), alone[at].bounds, within, settings,
        )
        for at in range(len(outlooks))
    ]  # fmt: skip


def _polished(form: Formulation, how: How, name: str, now: Standing) -> tuple[Result, Outlook]:
    """A future's plan: its later years are the best that were found, with fewer lines for a little
    value; audited."""
    if not how.stop():
        with suppress(AuditError):  # a trial: what breaks a row in it costs nobody the plan
            return _better_later(form, how, name, now)
    return _better_later(form, replace(how, stop=lambda: True), name, now)


def _better_later(form: Formulation, how: How, name: str, now: Standing) -> tuple[Result, Outlook]:
    """The same once; the plan as the joint model has it where that is to stop."""
    outlook, own, limits = now.outlook, now.columns, how.limits
    if not how.stop():
        found, _ = _one(form, how, name, now.near)
        if found.columns is not None:
            columns = np.where(now.decided, now.whole, found.columns)
            better = build_plan(decide(form, columns))
            if not better.broken and _is_better(better, outlook):
                outlook, own = better, columns
    proven = [
        Stage(n, Status.STOPPED, v, max(v, now.most.get(n, math.inf)), 0.0)
        for n, v in outlook.stages.items()
    ]
    asked = dict(now.settings) | {"tidy": now.within}  # what the decision has left of it
    result = planned_result(form.facts.scenario, outlook, proven, asked)
    if now.within > 0 and limits.gap > 0 and not how.stop():
        # decided columns have one value in the model itself: goals look at the model's own bounds
        form = _bounded(form, now.bounds)
        spare = replace(limits, time_limit=tidy_seconds(limits))
        result, outlook = tidied(
            form, Restrictions.of(form.model), own, (result, outlook), now.within, spare, NOBODY,
            stop=how.stop, progress=how.named(name),
        )  # fmt: skip
    prove_result(result, outlook)
    return result, outlook


def _in_whole_money(joint: Extensive, columns: Floats) -> tuple[Floats, Floats]:
    """``[column]`` of all: an assignment whose decisions of now cost whole minor units, rounded
    down as plans are, and what one minor unit of each is; nought where it is whole by itself."""
    place, own = joint.places[0], minor_units(joint.forms[0])
    mine = joint.shared[place] & (own > 0)
    whole, unit = columns.copy(), np.zeros(len(columns))
    unit[place[mine]] = own[mine]
    at = np.flatnonzero(unit)
    whole[at] = np.floor(np.maximum(columns[at], 0.0) / unit[at] + NUDGE) * unit[at]
    return whole, unit


def _is_better(one: Outlook, other: Outlook) -> bool:
    """Whether a plan is worth more, and in no stage less."""
    noise = parameters.PROVEN_GAP
    falls = any(one.stages[n] < v - noise * max(1.0, abs(v)) for n, v in other.stages.items())
    return one.value > other.value and not falls


def _stages(
    joint: Extensive,
    reached: Sequence[Mapping[str, float]],
    before: Sequence[Mapping[str, float]],
    solution: Solution,
    asked: float,
) -> tuple[Stage, ...]:
    """The aim stage by stage: what the plans reach, and what the joint model proved of them before
    they were tidied."""
    known, stages = {s.name: s for s in solution.stages}, []
    values, firsts = joint.worth(reached), joint.worth(before)
    for name, value in values.items():
        first, stage = max(value, firsts[name]), known.get(name)
        bound = first if stage is None else max(stage.bound, first)
        proven = stage is None or stage.status is not Status.STOPPED
        status = proved(first, bound, proven and asked == 0, asked)
        if status is Status.OPTIMAL and relative_gap(value, bound) > parameters.ROUNDING:
            status = Status.WITHIN_GAP
        # the part of the mean in an aim widens its bound: what is not proven is not said
        if status is Status.WITHIN_GAP and relative_gap(first, bound) > max(asked, WHOLE_MONEY):
            status = Status.STOPPED
        stages.append(Stage(name, status, value, bound, 0.0 if stage is None else stage.seconds))
    return tuple(stages)


@dataclass(frozen=True)
class Under:
    """A future under a decision that was made for another one."""

    how: str
    least: float = math.nan
    most: float = math.nan
    dropped: int = 0
    people: float = math.nan


def _under_first(joint: Extensive, alone: Sequence[Alone], side: SideBySide) -> list[Under]:
    """What becomes of each future if the decision of the first one's best plan is taken; lines that
    a future cannot buy are left out there, and counted."""
    wanted = np.zeros(joint.model.columns)
    place = joint.places[0]
    wanted[place] = alone[0].columns
    first, others = alone[0], range(1, len(joint.forms))
    found = [Under("plan", first.outlook.value, first.most, people=first.outlook.people)]
    if not others:
        return found
    whole, unit = _in_whole_money(joint, wanted)
    needs = {k: joint.decided_bounds(whole, k, unit) for k in others}
    for at, answer in zip(others, side.each(_one, needs), strict=True):
        knows = np.zeros(joint.model.columns, dtype=bool)
        knows[joint.places[at]] = True
        lost = int((joint.shared & ~knows & (wanted > 0.5)).sum())
        if answer is not None and answer[0].status is Status.INFEASIBLE:
            found.append(Under("infeasible", dropped=lost))
        elif answer is None or answer[1] is None:
            found.append(Under("open", dropped=lost))
        else:
            value, people = answer[1].value, answer[1].people
            found.append(Under("plan", value, max(value, answer[0].bound), lost, people))
    return found


def _futures_table(
    joint: Extensive, results: Sequence[Result], alone: Sequence[Alone], base: Sequence[Under]
) -> pd.DataFrame:
    rows = []
    for at, (name, result) in enumerate(zip(joint.names, results, strict=True)):
        own, most = alone[at].outlook, alone[at].most
        best, people = own.value, own.people
        if relative_gap(best, result.value) > WHOLE_MONEY:  # none better is known than this one
            people = result.people
        rows.append({
            "case": name, "weight": float(joint.weights[at]), "value": result.value,
            "people": result.people, "spent": result.plan.spent, "best": max(best, result.value),
            "most": max(most, result.value), "regret_least": max(0.0, best - result.value),
            "regret_most": max(0.0, most - result.value), "base": base[at].how,
            "base_least": base[at].least, "base_most": base[at].most, "dropped": base[at].dropped,
            "best_people": people, "base_people": base[at].people,
            "best_people_more": people - result.people,
            "base_people_less": result.people - base[at].people,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _worth(
    joint: Extensive, table: pd.DataFrame, value: float, bound: float
) -> tuple[dict[str, Interval], Interval]:
    """What deciding for all futures, and what knowing the future would be worth, by the aim."""
    stage = joint.model.stages[-1]
    aim = joint.aim if len(joint.model.stages) == 1 else Aim()

    def aimed(column: str) -> float:
        return aim.of(table[column].to_numpy(dtype=np.float64), joint.weights, stage)

    if len(joint.model.stages) > 1:  # of stages together the mean is what is told
        value = aimed("value")
        bound = max(bound, value)
    worth = {"information": (max(0.0, aimed("best") - bound), max(0.0, aimed("most") - value))}
    if (table["base"] == "plan").all():
        worth["stochastic"] = (value - aimed("base_most"), bound - aimed("base_least"))
    return worth, (float(table["regret_least"].max()), float(table["regret_most"].max()))


def _decision_table(
    joint: Extensive, plans: Sequence[Outlook], alone: Sequence[Alone], until: int
) -> pd.DataFrame:
    """The decision, with the futures whose own best plans buy some of each line by then."""
    lines = decision_of(plans[0].plan.allocation, until)
    keys = ["school", "item", "request", "option"]
    optima: dict[tuple[str, ...], list[str]] = {}
    for name, one in zip(joint.names, alone, strict=True):
        own = decision_of(one.outlook.plan.allocation, until)
        for key in dict.fromkeys(own[keys].itertuples(index=False, name=None)):
            optima.setdefault(key, []).append(name)
    those = [optima.get(key, []) for key in lines[keys].itertuples(index=False, name=None)]
    count = np.array([len(names) for names in those], dtype=np.int64)
    role = ["core" if n == len(alone) else "insurance" for n in count]
    return lines.assign(optima=count, in_optima=[", ".join(n) for n in those], role=role)


def _waiting_table(joint: Extensive, plans: Sequence[Outlook], until: int) -> pd.DataFrame:
    """What is bought later, in which futures, and what it waits for."""
    later = []
    for name, outlook in zip(joint.names, plans, strict=True):
        table = outlook.plan.allocation
        mine = table[(table["kind"] == "purchase") & (table["year"] > until)]
        sums = mine.groupby(["school", "item"], as_index=False)[["quantity", "amount"]].sum()
        later.append(sums.assign(case=name))
    every = pd.concat(later, ignore_index=True)
    rows = []
    for (school, item), some in every.groupby(["school", "item"], sort=True):
        cases = some["case"].tolist()
        rows.append({
            "school": school, "item": item, "cases": ", ".join(cases),
            "units_least": float(some["quantity"].min()) if len(cases) == len(plans) else 0.0,
            "units_most": float(some["quantity"].max()), "amount_most": int(some["amount"].max()),
            "why": _why(joint, str(school), str(item), set(cases), until),
        })  # fmt: skip
    names = ["school", "item", "cases", "units_least", "units_most", "amount_most", "why"]
    return pd.DataFrame(rows, columns=names).astype({"amount_most": np.int64})


def _why(joint: Extensive, school: str, item: str, cases: set[str], until: int) -> str:
    """What a purchase waits for: the building, where it is handed over after the decision in some
    future; nothing (``later``) where all futures have it; else what tells those that have it from
    all that have not: money, the item's price, both of them, or neither (``other``)."""
    facts = [f.facts for f in joint.forms]
    usable = [int(f.axes.usable_from(item)[f.axes.school_at[school]]) for f in facts]
    if max(usable) + facts[0].axes.first > until:
        return "handover"
    if len(cases) == len(facts):
        return "later"
    at = facts[0].axes.item_at[item]
    bought = facts[0].axes.plan_count  # in later years nothing is, and futures may have more
    money = [
        str([[paid.get(t, 0) for t in range(bought)] for _, paid in sorted(f.declared.items())])
        for f in facts
    ]
    prices = [str(f.price[at][:bought].tolist()) for f in facts]

    def apart(seen: Sequence[object]) -> bool:
        """Whether no future that has it looks like one that has it not."""
        pairs = list(zip(seen, joint.names, strict=True))
        return not {s for s, n in pairs if n in cases} & {s for s, n in pairs if n not in cases}

    if apart(money) != apart(prices):
        return "money" if apart(money) else "price"
    return "money_price" if apart(list(zip(money, prices, strict=True))) else "other"


@with_progress
def futures(  # noqa: PLR0913
    source: Scenario | str | Path,
    folder: str | Path | None = None,
    *,
    cases: Mapping[str, Scenario] | None = None,
    weights: Mapping[str, float] | None = None,
    decide_until: int | None = None,
    aim: str | Mapping[str, float] = "expected",
    progress: ProgressSink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
    **how: Any,
) -> Decided:
    """Decides now for several futures: those that a scenario knows (its key ``futures``), or
    scenarios in memory.

    Parameters
    ----------
    source : Scenario, str or Path
        A scenario, or a path.
    folder : str or Path, optional
        Where to write the decision's folder, with a whole plan folder of each future in it.
    cases : mapping of str to Scenario, optional
        Futures by name, the expected one first, in place of those that the scenario knows.
    weights : mapping of str to float, optional
        Of these futures; 1 where there is none.
    decide_until : int, optional
        With ``cases``: the last year that is decided now; default: the first plan year.
    aim : str or mapping, default "expected"
        With ``cases``: ``expected``, ``worst``, ``regret`` or ``{"cvar": 0.8}``.
    progress, stop, lang
        As in :func:`planner.solve`; a stage's name says which future it is of.
    **how
        ``gap``, ``time_limit``, ``threads``, ``solver``, ``method``, ``cluster``, ``tidy`` as in
        :func:`planner.solve`.

    Returns
    -------
    Decided
        ``decision``, ``futures`` and ``waiting`` are tidy tables; ``results`` holds each future's
        result, for :func:`planner.compare`; ``worth``, ``regret`` are intervals in points.

    Raises
    ------
    InputError
        The scenario has no futures or has findings, or they differ in what is decided now.
    SolverError, AuditError
        As in :func:`planner.solve`.

    Examples
    --------
    >>> import planner
    >>> base = planner.load("scenarios/three-schools")
    >>> less = base.with_("funds.district.amounts.2026", 10_000_000)
    >>> decided = planner.futures(base, cases={"same": base, "less": less}, gap=0)
    >>> decided
    <Decided scenario: optimal, 2 futures, 8,183.3 points, gap 0.00%>
    >>> decided.decision[["school", "quantity", "role"]].values.tolist()
    [['A', 4.0, 'core'], ['C', 1.0, 'core']]
    """
    scenario = load_scenario(source) if isinstance(source, (str, Path)) else source
    if cases is not None:
        shares = {n: Case(weight=Decimal(str((weights or {}).get(n, 1)))) for n in cases}
        until = decide_until or scenario.settings.years[0]
        given = {"decide_until": until, "cases": shares, "aim": aim}
        known = Futures.model_validate(given)
        settings = scenario.settings.model_copy(update={"futures": known})
        named = {n: replace(c, id=f"{scenario.id}-{n}") for n, c in cases.items()}
        scenario = replace(scenario, settings=settings, cases=named)
    if not scenario.cases:
        raise InputError([Finding("futures_missing", Place(file=scenario.id, key="futures"))])
    found = decide_futures(scenario, progress=progress, stop=stop, **how)
    if folder is not None and found.results:
        write(found, folder)
    return found
