"""Solving again: a scenario with something changed, from a plan that is known to fit it.

Whoever asks what a change would bring (a promise dropped, a bound moved, a need forced in) asks
here, and gets an audited result; so does whoever has decided already and wants it audited.
"""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, wait
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from planner.analysis.unmet import numbers
from planner.errors import AuditError, Finding, SolverError, StoppedError
from planner.formulation.build import Formulation, formulate
from planner.formulation.decision_columns import BUY_KEYS
from planner.formulation.model import Model, Start
from planner.plan import Outlook, Plan, build_plan
from planner.plan.coverage import exact
from planner.plan.decisions import NUDGE, decide
from planner.proof import audit
from planner.run.folder import PlanFolder
from planner.run.optimize import claims, floored, limits_of, optimize, unproven
from planner.run.result import Result
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Rule
from planner.solving import parameters
from planner.solving.highs import Engine, HighsEngine, make_engine
from planner.solving.lagrangian.master import Wanted
from planner.solving.lagrangian.master import decide as decide_anew
from planner.solving.lagrangian.structure import homes, take_apart
from planner.solving.neighbourhoods import (
    Incumbent,
    NeighbourhoodResult,
    Neighbourhoods,
    is_provable,
)
from planner.solving.program import Restrictions, has_run
from planner.solving.solution import Job, Limits, Outcome, Sink, Status, Stop, enough, never
from planner.solving.warm import WarmModel, moved
from planner.system import is_program
from planner.system.process import starts_python
from planner.system.worker_pool import WorkerPool
from planner.vocabulary.axes import Floats


def with_settings(scenario: Scenario, **values: Any) -> Scenario:
    """The scenario with other values of some settings, taken as they are (see
    :meth:`Scenario.with_` for what people ask for); tables are shared."""
    return replace(scenario, settings=scenario.settings.model_copy(update=values))


def with_rules(scenario: Scenario, rules: Mapping[str, Rule]) -> Scenario:
    """The scenario with some rules more."""
    return with_settings(scenario, rules=scenario.settings.rules | dict(rules))


def claimed(source: Result | PlanFolder) -> Mapping[str, Any]:
    """What ``plan.json`` says of a plan folder that was read, or would say of a result."""
    return claims(source) if isinstance(source, Result) else source.claims


@dataclass(frozen=True)
class Proven:
    """What was proven of a plan's value, for whoever compares it with what is solved again: no plan
    that is solved again is tidied, so what tidying gave up is no difference between the two."""

    value: float
    """Points that the plan reached before it was tidied."""
    bound: float
    """Points that no plan can pass."""
    tidied: bool
    """Whether another plan came of tidying it."""

    @classmethod
    def of(cls, source: Result | PlanFolder) -> Proven:
        """Of a result or of a plan folder that was read."""
        head = claimed(source)
        tidy = head.get("tidy") or {"value_before": head["value"]}
        bound = np.inf if head["bound"] is None else float(head["bound"])
        counts = ("lines", "visits", "sources")
        tidied = any(tidy.get(k) != tidy.get(f"{k}_before") for k in counts)
        return cls(float(tidy["value_before"]), bound, tidied)


def solve_again(
    scenario: Scenario,
    changes: Mapping[str, Any] | None = None,
    *,
    start: Plan | Start | None = None,
    warm: WarmModel | None = None,
    tolerant: bool = True,
    **options: Any,
) -> Result:
    """The audited plan of a scenario with some settings changed.

    Parameters
    ----------
    changes
        Dotted settings keys and their values, as in :meth:`Scenario.with_`.
    start
        A plan to begin from, as tables or as an assignment; one that does not fit is no harm.
    warm
        A model kept between solves; default: one of its own where there is a start.
    tolerant
        Where the audit disagrees, a result without a plan (``numerics``), so that one defect does
        not take every other answer with it; else :class:`AuditError` is raised.
    options
        Limits and the like, see :func:`~planner.run.optimize.optimize`. Unless ``tidy`` is asked
        for, no value is given up for fewer lines, so that values can be compared.
    """
    changed = scenario.with_(changes) if changes else scenario
    if start is not None:
        warm = warm or WarmModel(changed, room=1.0)
        begin = assignment_of(warm.form, start) if isinstance(start, Plan) else start
        if begin is not None and begin.belongs_to(warm.form.model):
            warm.plans.append(begin)
    try:
        return optimize(changed, warm=warm, **({"tidy": 0.0} | options))
    except AuditError:
        if not tolerant:
            raise
        return Result(changed, Status.NUMERICS)


def audited(scenario: Scenario, outlook: Outlook) -> tuple[Result, list[Finding]]:
    """A plan that nobody looked for, with no claim to be good, and what the audit finds in it."""
    result = unproven(scenario, outlook)
    return result, audit(scenario, outlook.plan.text_tables(), claims(result))


def as_decided(scenario: Scenario, assignment: Start, like: Formulation | None = None) -> Result:
    """An assignment of the scenario's columns as a rounded and audited plan, with no claim to be
    good; without a plan (``numerics``) where rounding or the audit stands against it, or the
    columns are those of another scenario. ``like``: the formulation whose columns they are, of a
    scenario that differs in amounts and rules alone; none is built then."""
    form = formulate(scenario) if like is None else moved(like, scenario)
    if assignment.belongs_to(form.model):
        outlook = build_plan(decide(form, assignment.values), floored(form))
        if not outlook.broken:
            result, findings = audited(scenario, outlook)
            if not findings:
                return result
    return Result(scenario, Status.NUMERICS)


def find_plan(
    model: Model,
    limits: Limits,
    objective: Floats | None = None,
    stop: Callable[[], bool] | None = None,
) -> tuple[bool | None, Floats | None]:
    """Whether an assignment satisfies every row of a model, and one; ``None``: not known in the
    time, or before ``stop`` said so. Without an objective the first that is found will do."""
    points = np.zeros(model.columns) if objective is None else objective
    limits = replace(limits, time_limit=max(limits.time_limit, 0.05))
    engine = make_engine(model, limits)
    if stop is not None:
        engine.stop = stop
    outcome = engine.solve(points, limits)
    if outcome.columns is not None:
        return True, outcome.columns
    return (False if outcome.status is Status.INFEASIBLE else None), None


SECONDS = 10.0
"""Limit of completing an assignment: with all whole decisions given little is left."""


def assignment_of(form: Formulation, plan: Plan, seconds: float = SECONDS) -> Start | None:
    """The plan as a feasible assignment of the formulation's columns; ``None`` where it is
    none (whole money may leave a rounded amount a đồng short)."""
    values, model = whole_decisions(form, plan), form.model
    columns = np.fromiter(values, dtype=np.int64, count=len(values))
    lower, upper = model.column_lower.copy(), model.column_upper.copy()
    lower[columns] = upper[columns] = list(values.values())
    fixed = replace(model, column_lower=lower, column_upper=upper)
    limits = Limits(1e-3, seconds, form.facts.scenario.settings.solve.threads)
    found = find_plan(fixed, limits, model.value)[1]
    return None if found is None else Start.on(model, found)


def whole_decisions(form: Formulation, plan: Plan) -> dict[int, float]:
    """Column → value of the whole decisions that the plan's tables name.

    Purchases in lots, deliveries, site works and requests; what the plan does not do is 0.
    Continuous columns are left out: they follow.
    """
    lines = _positions(form, plan.allocation[plan.allocation["kind"] == "purchase"])
    bought = lines.groupby(BUY_KEYS)["quantity"].sum().to_dict()
    works = _positions(form, plan.allocation[plan.allocation["kind"] == "setup"])
    paid = set(zip(*(works[k] for k in BUY_KEYS), strict=True))
    found: dict[int, float] = {}
    for frame in (form.columns.buys, form.columns.works, form.columns.deliveries):
        for row in frame.itertuples():
            key, column = (row.school, row.item, row.fund, row.year), int(row.column)
            if frame is form.columns.works:
                found[column] = float(key in paid)
            elif frame is form.columns.deliveries:
                found[column] = float(bought.get(key, 0.0) > 0)
            elif form.facts.items[row.item].whole:
                found[column] = float(bought.get(key, 0.0)) / int(row.lot)
    times = _times(plan)
    for row in form.options.itertuples():
        found[int(row.column)] = times.get((row.request, row.option), 0.0)
    return found


def continuous_decisions(form: Formulation, plan: Plan) -> dict[int, float]:
    """Column → value of what is bought or granted by the đồng, as the tables name it."""
    facts = form.facts
    bought = exact(plan).bought.groupby(BUY_KEYS)["units"].sum().to_dict()
    found: dict[int, float] = {}
    for row in form.columns.buys.itertuples():
        if not facts.items[row.item].whole:
            units = float(bought.get((row.school, row.item, row.fund, row.year), 0.0))
            found[int(row.column)] = max(units, 0.0)
    asked = plan.allocation[plan.allocation["kind"] == "request"]
    names = ["request", "option", "fund", "year"]
    paid = asked.groupby(names)["amount"].sum().to_dict()
    costs = facts.scenario.table("request_costs")
    least = costs.groupby(names)["amount"].sum().to_dict()
    times, funds = _times(plan), tuple(facts.funds)
    for row in form.grants.itertuples():
        key = (row.request, row.option, funds[row.fund], facts.axes.first + row.year)
        fixed = times.get(key[:2], 0.0) * float(least.get(key, 0))
        found[int(row.column)] = max(float(paid.get(key, 0)) - fixed, 0.0) / facts.scale
    return found


def just_below(form: Formulation, amounts: dict[int, float]) -> dict[int, float]:
    """The columns of :func:`continuous_decisions`, each a hair lower: the least of which rounding
    down to whole money still makes the plan's own amounts (:data:`NUDGE` minor units are given
    back there)."""
    prices = form.columns.buys.set_index("column")["price"].to_dict()
    hair = {k: NUDGE / 2 / prices.get(k, form.facts.scale) for k in amounts}
    return {k: max(v - hair[k], 0.0) for k, v in amounts.items()}


def _positions(form: Formulation, lines: pd.DataFrame) -> pd.DataFrame:
    facts = form.facts
    frame = pd.DataFrame(
        {
            "school": lines["school"].map(facts.axes.school_at),
            "item": lines["item"].map(facts.axes.item_at),
            "fund": lines["fund"].map(facts.fund_at),
            "year": lines["year"] - facts.axes.first,
            "quantity": numbers(lines["quantity"]),
        }
    )
    return frame.astype(dict.fromkeys(BUY_KEYS, np.int64))


def _times(plan: Plan) -> dict[tuple[str, str], float]:
    return {
        (str(row["request"]), str(row["option"])): float(row.get("copies", 1) or 1)
        * (row["chosen"] == "yes")
        for row in plan.requests.to_dict("records")
    }


# --------------------------------------------------------------------------------------------------
# Many scenarios like that of one plan, each solved again from the plan.


LIMITS = ("gap", "time_limit", "threads")


class Near:
    """Scenarios like a plan's, each solved again from the plan: on one model where they differ from
    it in weights or rules alone, which the model then knows all of.

    The plan need not fit what is asked. What is looked at first is what lies between it and the
    relaxation, at schools whose relaxation has moved.
    """

    def __init__(self, plan: Plan, rules: Mapping[str, Rule], seconds: float = SECONDS) -> None:
        self.plan, self.rules, self.seconds = plan, rules, seconds
        self._known: NeighbourhoodResult | None = None
        self._basis: Any = None

    @cached_property
    def model(self) -> WarmModel:
        """Knows every rule."""
        return WarmModel(with_rules(self.plan.scenario, self.rules), room=1.0, movable=True)

    @cached_property
    def _present(self) -> Start | None:
        """The plan as an assignment of the model's columns."""
        own = moved(self.model.form, self.plan.scenario)
        return assignment_of(own, self.plan, self.seconds)

    def solve(self, scenario: Scenario, stop: Stop, most: float = math.inf, **more: Any) -> Result:
        """The audited plan; ``more`` as in :func:`~planner.run.optimize.optimize`, ``most`` what no
        plan is worth more than, where that is proven already."""
        warm, own = self.model, self.plan.scenario
        if not (warm.fits(scenario) and warm.fits(own)):
            return solve_again(scenario, start=self.plan, stop=stop, **more)
        limits = limits_of(own, *(more.get(k) for k in LIMITS))
        warm.stay_near(own, self._present, limits, stop, most)
        return solve_again(scenario, start=self._present, warm=warm, stop=stop, **more)

    def forced(
        self, scenario: Scenario, stop: Stop, most: float = math.inf, **more: Any
    ) -> tuple[Result, float]:
        """The audited plan of a scenario that asks for more at a school, and what no plan of it is
        worth more than; as :meth:`solve`, but at first a few schools alone are decided anew."""
        limits = limits_of(self.plan.scenario, *(more.get(k) for k in LIMITS))
        few = self._by_few(scenario, limits, stop, most)
        if few is not None:
            return few
        result = self.solve(scenario, stop, most, **more)
        return result, result.bound

    def _by_few(
        self, scenario: Scenario, limits: Limits, stop: Stop, most: float
    ) -> tuple[Result, float] | None:
        """See :meth:`forced`; ``None`` where these schools hold no plan within the gap."""
        warm, own = self.model, self.plan.scenario
        if self._present is None or not (warm.fits(scenario) and warm.fits(own)):
            return None
        if self._known is None:
            form, engine = warm.at(own, limits, relax=False)
            engine.stop = stop
            if not is_provable(engine, replace(limits, gap=limits.gap / 2)):
                return None
            self._known = self._untidied(form, engine, replace(limits, gap=limits.gap / 2), most)
            relaxed = warm.bounding(form, limits, stop)
            if isinstance(relaxed, HighsEngine) and relaxed.highs is not None:
                self._basis = relaxed.highs.getBasis()
        form, engine = warm.at(scenario, limits, relax=False)
        plan, before = self._known.solution.columns, self._known.relaxed
        relaxed = warm.bounding(form, limits, stop)
        if isinstance(relaxed, HighsEngine) and self._basis is not None:
            relaxed.cool()  # whatever was asked before, the same is found
            relaxed.highs.setBasis(self._basis)
        after = relaxed.solve(form.model.value, limits)
        if plan is None or before is None or before.columns is None or after.columns is None:
            return None
        bound = min(after.value, most)
        target = enough(bound, limits.gap * parameters.FEW_TARGET)
        moved_by = np.abs(after.columns - before.columns)
        columns = few_schools(
            form.model, warm.harder, plan, (after.columns, moved_by), target, limits, stop
        )
        if columns is None:
            return None
        result = as_decided(scenario, Start.on(form.model, columns), warm.form)
        close = result.maybe_plan is not None and result.value >= enough(bound, limits.gap)
        return (result, bound) if close else None

    def _untidied(
        self, form: Formulation, engine: Engine, limits: Limits, most: float
    ) -> NeighbourhoodResult:
        """A plan near the present one that is worth more where tidying had given something up, and
        the relaxation; of the plan's own scenario."""
        assert self._present is not None
        warm, present = self.model, self._present.values

        def relax(points: Floats, within: Limits, stage: str) -> Outcome:
            outcome = warm.bounding(form, limits, engine.stop).solve(points, within, stage=stage)
            return replace(outcome, value=min(outcome.value, most))

        search = Neighbourhoods(
            relax, engine, limits, warm.blocks, Incumbent(present), present, harder=warm.harder
        ).search()
        found = search.solution.columns
        value = form.model.value
        if found is not None and value @ found > value @ present:
            return search
        return replace(search, solution=replace(search.solution, columns=present))


def few_schools(
    model: Model,
    harder: tuple[Floats | float, Floats | float],
    plan: Floats,
    relaxed: tuple[Floats, Floats],
    target: float,
    limits: Limits,
    stop: Stop,
) -> Floats | None:
    """A plan of a model in which all schools but a few are as in ``plan``, which misses some rows:
    those that miss them, and those whose relaxation moved the most; what they decide lies between
    plan and relaxation, in whole units. ``None`` where there is none, or none was met.

    ``relaxed``: ``[column]`` the relaxation, and how far it has moved; ``harder``: what is added to
    rows' lower and upper bounds; ``target``: a value that is enough.
    """
    columns, moved_by = relaxed
    whole, lower, upper = model.integer, model.column_lower, model.column_upper
    near = parameters.RELAXED_INTEGRAL
    plan = np.clip(np.where(whole, np.rint(plan), plan), lower, upper)
    least = np.clip(np.floor(columns + near), lower, plan)
    most = np.clip(np.ceil(columns - near), plan, upper)
    now = Restrictions(
        np.where(whole, least, lower), np.where(whole, most, upper),
        model.row_lower + harder[0], model.row_upper + harder[1],
    )  # fmt: skip
    program = now.program(model)
    problem = take_apart(program, homes(model))
    if problem is None:
        return None
    block, count = problem.structure.block, problem.structure.blocks
    short = ~program.kept(plan)
    missed = block[program.column_index[short[program.row_index]]]
    # Of what is missed a hair more than is asked for, where there is as much: rounding to whole
    # money would miss it again.
    low, high = (
        program.coefficient * end[program.column_index] for end in (program.lower, program.upper)
    )
    roof = np.bincount(program.row_index, np.maximum(low, high), program.rows)
    hair = np.where(short, parameters.FEW_HAIR, 0.0)
    floors = np.maximum(np.minimum(program.row_lower + hair, roof), program.row_lower)
    problem = problem.with_rows(floors, program.row_upper)
    far = np.flatnonzero(whole & (block >= 0) & (moved_by > parameters.RELAXED_MOVED))
    weight = np.bincount(block[far], weights=moved_by[far], minlength=count)
    farthest = np.argsort(-weight, kind="stable")[: parameters.FEW_SCHOOLS]
    chosen = np.union1d(missed[missed >= 0], farthest[weight[farthest] > 0])
    slack = parameters.FEW_SLACK * limits.gap * max(1.0, abs(target))
    how = Wanted(target, slack, limits.time_limit, limits.threads or 0)
    return decide_anew(problem, model.value, chosen, plan, how, start=False, stop=stop).columns


# --------------------------------------------------------------------------------------------------
# Many solves side by side on any ``concurrent.futures.Executor``; results keep their order.
#
# Each job is solved from scratch on one thread, so that its tables are the same whichever worker
# does it and whatever was solved before. A job that fails gives its exception and no other job
# is lost, not even where it kills its worker.

WORKERS = 2
"""Spawned processes unless somebody asks for more."""

ASKED_EVERY = 0.2
"""Seconds after which it is asked again whether to stop."""
PATIENCE = 20
"""Seconds that a cluster has to answer."""

Done = Callable[[int, Any], None]


def solve_many(
    scenarios: Sequence[Scenario],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Sink | None = None,
    stop: Stop = never,
    **options: Any,
) -> list[Any]:
    """See :func:`planner.solve_many`."""
    if executor is None and workers != 0:
        for name, value in options.items():
            if getattr(value, "__module__", "") == "__main__":
                # workers do not run the caller's script, so they cannot find what it defines
                raise ValueError(f"{name}: define it in a module of its own, or use workers=0")
    job, found = Job("solving", len(scenarios), progress), dict[int, Any]()

    def solved(scenario: Scenario) -> Result:
        """In this process: told and stopped as a solve alone."""
        job.tell(scenario.id)
        return optimize(scenario, progress=job.inside(scenario.id), stop=stop, **given)

    def done(number: int, outcome: Any) -> None:
        found[number] = outcome
        job.tell(done=len(found))

    given: dict[str, Any] = {"threads": 1} | options
    work, jobs = partial(optimize, **given), [(scenario,) for scenario in scenarios]
    run(work, jobs, workers=workers, executor=executor, done=done, stop=stop, here=solved)
    return [found.get(k, StoppedError("solving")) for k in range(len(jobs))]


def run(
    work: Callable[..., Any],
    jobs: Sequence[tuple[Any, ...]],
    *,
    done: Done,
    workers: int | None = None,
    executor: Executor | None = None,
    stop: Stop = never,
    here: Callable[..., Any] | None = None,
    settle: Callable[[], object] | None = None,
) -> None:
    """Calls ``work(*job)`` for every job; ``done(number, result or exception)`` as each ends.

    ``workers`` 0 works in this process, one job after the other; so does a program that has
    Python inside it and cannot start another one. ``here``: what is called then in place of
    ``work``. ``settle`` is called in each worker before its first job. Once ``stop`` says so no
    job is begun, and workers drop theirs.
    """
    count = WORKERS if workers is None else workers
    if executor is None and (count == 0 or len(jobs) < 2 or not starts_python()):
        for number, job in enumerate(jobs):
            if stop():
                return
            try:
                outcome = (here or work)(*job)
            except Exception as error:
                outcome = error
            done(number, outcome)
        return
    left = _side_by_side(work, dict(enumerate(jobs)), done, executor, count, stop, settle)
    while left and not stop():
        # a worker died and took the pool along: one at a time, the job that kills is found
        number = min(left)
        alone = _side_by_side(work, {number: left.pop(number)}, done, None, 1, stop, settle)
        if alone and not stop():
            done(number, BrokenExecutor("the worker died"))


def may_fork() -> bool:
    """Whether a worker may be forked, which has all that was imported already: in a program of
    ours where no thread runs, none of the engine's either. What threads a caller's libraries have
    nobody can tell."""
    alone = threading.active_count() == 1 and not has_run()
    return sys.platform == "linux" and is_program() and alone


def _side_by_side(
    work: Callable[..., Any],
    jobs: Mapping[int, tuple[Any, ...]],
    done: Done,
    executor: Executor | None,
    workers: int,
    stop: Stop,
    settle: Callable[[], object] | None,
) -> dict[int, tuple[Any, ...]]:
    """Works on the jobs; those that a broken pool left behind come back."""
    left: dict[int, tuple[Any, ...]] = {}
    patience = None if stop is never else ASKED_EVERY
    # an executor that was given stays open; whoever settles has nothing of a caller's script
    own = partial(WorkerPool, workers, settle, forked=settle is not None and may_fork())
    with nullcontext(executor) if executor is not None else own() as pool:
        waiting = {pool.submit(work, *job): number for number, job in jobs.items()}
        try:
            open_ = set(waiting)
            while open_:
                ended, open_ = wait(open_, timeout=patience, return_when=FIRST_COMPLETED)
                for future in sorted(ended, key=waiting.__getitem__):
                    number, failure = waiting[future], future.exception()
                    if isinstance(failure, BrokenExecutor):
                        left[number] = jobs[number]
                    else:
                        done(number, future.result() if failure is None else failure)
                if open_ and stop():
                    if isinstance(pool, WorkerPool):
                        pool.kill()
                    else:
                        for future in open_:
                            future.cancel()
                    return left
        except KeyboardInterrupt:
            for future in waiting:
                future.cancel()
            raise
    return left


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The executor of a Dask cluster (the extra ``cluster``), left when the work is done.

    Raises
    ------
    SolverError
        ``cluster_missing`` without the extra, ``cluster_unreachable`` where nobody answers.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise SolverError("cluster_missing", str(error)) from error
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise SolverError("cluster_unreachable", f"{address}: {error}") from error
    with client:
        executor: Executor = client.get_executor()
        yield executor
