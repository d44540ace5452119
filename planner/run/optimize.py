"""From a scenario to an audited plan; reads like the picture in the design."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.errors import AuditError, Finding, Place, Severity
from planner.formulation.build import Formulation, formulate
from planner.formulation.model import Duals
from planner.names import FLOOR_STAGE, Link
from planner.plan import Outlook, build_plan
from planner.plan.decisions import decide
from planner.plan.tables import NOBODY
from planner.proof import audit
from planner.run.result import Relaxation, Result
from planner.scenario.scenario import Scenario
from planner.solving import parameters
from planner.solving.choice import Choice, Method, choose_engine
from planner.solving.highs import Engine, ProgressSink, make_engine
from planner.solving.neighbourhoods import NeighbourhoodSearch
from planner.solving.no_good_cuts import NoGoodCuts
from planner.solving.solution import (
    Limits,
    Outcome,
    Solution,
    Stage,
    Status,
    enough,
    finite,
    relative_gap,
)
from planner.solving.stages import keep_value, overall, solve_stages, stage_objectives
from planner.solving.warm import WarmModel
from planner.system.process import phase
from planner.vocabulary.axes import Floats, Ints

# --------------------------------------------------------------------------------------------------
# The linear relaxation: values and shadow prices, never a plan.


def relaxed(
    form: Formulation,
    engine: Engine,
    limits: Limits,
    settings: dict[str, object],
    progress: ProgressSink | None,
) -> Result:
    """Solves the linear relaxation; a result without a plan."""
    solution = solve_stages(engine, limits, progress=progress)
    scenario, model = form.facts.scenario, form.model
    if solution.columns is None:
        return Result(scenario, solution.status, stages=solution.stages, settings=settings)
    duals = solution.duals
    if duals is None:
        duals = Duals(model.shape, np.full(model.rows, np.nan), np.full(model.columns, np.nan))
    prices = duals.of_model(model)
    return Result(
        scenario,
        solution.status,
        value=float(model.value @ solution.columns),
        bound=solution.bound,
        stages=solution.stages,
        seconds=solution.seconds,
        settings=settings,
        relaxation=Relaxation(
            model, solution.columns, prices.rows, prices.columns, solution.floors
        ),
    )


ROUNDING = 1e-6
"""Relative value that rounding to whole money may cost without shaking a proof."""
WHOLE_MONEY = 1e-5
"""Relative gap that whole money leaves where continuous amounts are rounded down and there is
little of it; a plan proven up to that is still within the gap."""


def optimize(  # noqa: PLR0913
    scenario: Scenario,
    *,
    gap: float | None = None,
    time_limit: float | None = None,
    threads: int | None = None,
    solver: str = "HiGHS",
    relax: bool = False,
    progress: ProgressSink | None = None,
    stop: Callable[[], bool] | None = None,
    warm: WarmModel | None = None,
    method: str | None = None,
    cluster: str | None = None,
    chosen: Callable[[Choice], None] | None = None,
) -> Result:
    """Finds, rounds and proves a plan.

    Parameters
    ----------
    gap, time_limit, threads
        Replace the scenario's ``solve`` settings (relative gap, seconds, cores).
    solver
        ``HiGHS``, ``CBC`` or any other engine that PuLP finds.
    relax
        Solve the linear relaxation: values and duals, no plan.
    progress, stop
        Called with each :class:`Progress`; asked now and then whether to stop (Ctrl-C).
    warm
        A model that is kept between solves which differ in the funds' amounts alone; it is
        always solved whole.
    method, cluster
        ``auto``, ``whole`` or ``by-school`` in place of the scenario's; address of a Dask
        cluster whose workers price the blocks.
    chosen
        Told which method is used, and why.

    Raises
    ------
    SolverError
        The engine is missing or crashed.
    AuditError
        The audit disagrees with the plan; nothing is returned.
    """
    began = time.perf_counter()
    limits = _limits(scenario, gap, time_limit, threads)
    if warm is None:
        # shadow prices belong to the rules, not to rows that only imply what the rules say
        form = formulate(scenario, implied=not relax)
        asked = Method(method or scenario.settings.solve.method)
        engine, choice = choose_engine(
            form.model, limits, solver=solver, relax=relax, method=asked, cluster=cluster
        )
    else:
        form, engine = warm.at(scenario, limits, relax=relax)
        choice = Choice(Method.WHOLE, "session")
    engine.stop = stop or engine.stop
    if chosen is not None:
        chosen(choice)
    settings = _settings(scenario, limits, solver, choice)
    if relax:
        return relaxed(form, engine, limits, settings, progress)
    try:
        solution, outlook = _solve_whole(form, engine, limits, progress, warm)
    finally:
        engine.close()
    if warm is not None:
        warm.remember(solution)
    solution = replace(solution, columns=None)
    del form, engine  # nothing below reads the model, which at a country's size is most of memory
    result = _result(scenario, solution, outlook, settings)
    return replace(result, seconds=time.perf_counter() - began)


def _settings(scenario: Scenario, limits: Limits, solver: str, choice: Choice) -> dict[str, object]:
    """How a plan was looked for, as ``plan.json`` says it."""
    return {
        "gap": limits.gap,
        "time_limit": limits.time_limit,
        "threads": limits.threads,
        "solver": solver,
        "method": str(choice.method),
        "method_why": choice.why,
        "priority": scenario.settings.priority.mode,
    }


def floored(form: Formulation) -> Ints:
    """Positions of the schools whose lowest coverage comes first (``maxmin``)."""
    block = form.model.row_block(Link.FLOOR)
    return NOBODY if block is None else np.asarray(block.keys["school"], dtype=np.int64)


def _limits(
    scenario: Scenario, gap: float | None, time_limit: float | None, threads: int | None
) -> Limits:
    solve = scenario.settings.solve
    return Limits(
        gap=float(solve.gap) if gap is None else gap,
        time_limit=float(solve.time_limit) if time_limit is None else time_limit,
        threads=solve.threads if threads is None else threads,
    )


def _solve_whole(
    form: Formulation,
    engine: Engine,
    limits: Limits,
    progress: ProgressSink | None,
    warm: WarmModel | None = None,
) -> tuple[Solution, Outlook | None]:
    """Solves; what rounding overran is forbidden or tightened, and solved again."""
    tightening = NoGoodCuts(form.model, engine)
    near = NeighbourhoodSearch.of(engine, limits) if warm is None else None
    began = time.perf_counter()
    asked: Solution | None = None
    late = 0
    while True:
        left = limits.time_limit - (time.perf_counter() - began)
        spare = limits if asked is None else replace(limits, time_limit=max(left, 1.0))
        if warm is not None and not tightening.cuts:
            solution = warm.solve(form, engine, spare, progress)
        elif near is not None and not tightening.cuts:
            solution = near.solve(spare, progress)
        elif asked is not None and tightening.rounds and limits.gap > 0:
            solution = _solve_again(engine, spare, progress, asked, tightening)
        else:
            solution = solve_stages(engine, spare, progress=progress, cuts=tightening.cuts)
        if solution.columns is None:
            if tightening.rounds and solution.status is Status.INFEASIBLE:
                solution = replace(solution, status=Status.NUMERICS)
            return solution, None
        if asked is None or not tightening.rounds:
            asked = solution
        outlook = build_plan(decide(form, solution.columns), floored(form))
        if not outlook.broken:
            return _bounded_by(asked, solution, limits.gap), outlook
        late += left <= 0
        if not tightening.learn(outlook.broken, solution.columns) or late > parameters.TIGHTENINGS:
            return replace(solution, status=Status.NUMERICS), None


def _solve_again(
    engine: Engine,
    limits: Limits,
    progress: ProgressSink | None,
    asked: Solution,
    tightening: NoGoodCuts,
) -> Solution:
    """Solves the tightened problem from the plan that rounding broke.

    Where there is one stage, the search may stop at a value that the bound of the problem asked
    for already proves to be within the gap.
    """
    if len(asked.stages) == 1:
        limits = replace(limits, target=enough(asked.stages[0].bound, limits.gap))
    return solve_stages(
        engine, limits, start=asked.columns, progress=progress, cuts=tightening.cuts
    )


def _bounded_by(untouched: Solution, solution: Solution, asked: float) -> Solution:
    """A tightened problem's plan with the bounds, and so the proof, of the problem asked.

    Bounds of later stages hold only beside the stages before them: there the weaker one counts.
    """
    if untouched is solution:
        return solution
    pairs = zip(solution.stages, untouched.stages, strict=False)
    alone = len(solution.stages) == 1
    stages = tuple(replace(s, bound=max(s.value if alone else s.bound, u.bound)) for s, u in pairs)
    if any(s.gap > max(asked, WHOLE_MONEY) for s in stages):
        return replace(solution, stages=stages, status=Status.STOPPED)
    if alone and solution.status is Status.STOPPED:
        stages = tuple(replace(s, status=Status.WITHIN_GAP) for s in stages)
        return replace(solution, stages=stages, status=Status.WITHIN_GAP)
    return replace(solution, stages=stages)


def _result(
    scenario: Scenario,
    solution: Solution,
    outlook: Outlook | None,
    settings: dict[str, object],
) -> Result:
    if outlook is None:
        return Result(scenario, solution.status, stages=solution.stages, settings=settings)
    asked = float(str(settings["gap"]))
    stages = planned_stages(solution.stages, outlook, asked)
    result = _planned(scenario, outlook, stages, asked, settings)
    tables = outlook.plan.coded_tables()
    with phase("audit"):
        findings = audit(scenario, tables, claims(result))
    if findings:
        raise AuditError(findings)
    return result


def planned_stages(solved: Sequence[Stage], outlook: Outlook, asked: float) -> tuple[Stage, ...]:
    """The stages with what the *plan* reaches in each, in whole units and whole money, and the
    status that is left of the proof; a stage in which nothing is to be decided is proven.

    Where there are several, each keeps the others up to a tolerance: so much a bound may lie
    above the value and still be closed.
    """
    known = {s.name: s for s in solved}
    several = len(outlook.stages) > 1
    room = ROUNDING * max(1.0, abs(outlook.value)) if several else 0.0
    found = []
    for name, value in outlook.stages.items():
        stage = known.get(name)
        bound = np.inf if not known else value if stage is None else max(stage.bound, value)
        proven = Status.OPTIMAL if stage is None else stage.status
        status = _rounded_status(proven, relative_gap(value, bound - room), asked)
        seconds = 0.0 if stage is None else stage.seconds
        found.append(Stage(name, status, value, bound, seconds))
    return tuple(found)


def _planned(
    scenario: Scenario,
    outlook: Outlook,
    stages: tuple[Stage, ...],
    asked: float,
    settings: dict[str, object],
) -> Result:
    """A plan with the proof of its stages together."""
    known = [s.bound for s in stages if s.name != FLOOR_STAGE]
    bound = max(float(np.sum(known)), outlook.value)
    gap = relative_gap(outlook.value, bound)
    return Result(
        scenario,
        _weakened(overall([s.status for s in stages]), gap, asked),
        value=outlook.value,
        bound=bound,
        stages=stages,
        people=outlook.people,
        people_proposed=outlook.people_proposed,
        people_by_pillar=outlook.people_by_pillar,
        settings=settings,
        maybe_plan=outlook.plan,
    )


def unproven(scenario: Scenario, outlook: Outlook) -> Result:
    """A plan that was not looked for, with no claim to be good."""
    settings = _settings(
        scenario, _limits(scenario, None, None, None), "", Choice(Method.WHOLE, "given")
    )
    asked = float(scenario.settings.solve.gap)
    return _planned(scenario, outlook, planned_stages((), outlook, asked), asked, settings)


def _weakened(status: Status, gap: float, asked: float) -> Status:
    """What is still proven once rounding to whole money has cost some of the value."""
    if status is Status.OPTIMAL and gap > ROUNDING:
        status = Status.WITHIN_GAP
    if status is Status.WITHIN_GAP and gap > max(asked, WHOLE_MONEY):
        status = Status.STOPPED
    return status


def _rounded_status(status: Status, gap: float, asked: float) -> Status:
    """The status of a stage by its own gap: no stronger than what was proven, and no weaker than
    what the gap says by itself."""
    if gap <= parameters.PROVEN_GAP:
        return Status.OPTIMAL
    if status is Status.STOPPED and gap <= asked:
        return Status.WITHIN_GAP
    return _weakened(status, gap, asked)


def claims(result: Result) -> dict[str, object]:
    """What a result claims about itself: the checked part of ``plan.json``."""
    return {
        "schema": 1,
        "scenario": result.scenario.id,
        "status": str(result.status),
        "value": _number(result.value),
        "bound": _number(result.bound),
        "gap": _number(result.gap),
        "people": _number(result.people),
        "people_proposed": _number(result.people_proposed),
        "people_by_pillar": {k: _number(v) for k, v in result.people_by_pillar.items()},
        "stages": [
            {
                "name": s.name,
                "status": str(s.status),
                "value": _number(s.value),
                "bound": _number(s.bound),
                "gap": _number(s.gap),
            }
            for s in result.stages
        ],
        "settings": result.settings,
        "illustrative": result.scenario.settings.illustrative,
    }


def _number(value: float) -> float | None:
    """A float with nine significant decimals; infinite or missing values are null."""
    return round(value, 9) if np.isfinite(value) else None


# --------------------------------------------------------------------------------------------------
# Whether the bounds that a plan claims hold: its own inputs, solved again stage by stage.
#
# A bound says what no plan can exceed that keeps the stages before as they were claimed. It holds
# where this solve proves one that is no higher; it is refuted by a plan in whole units and whole
# money that reaches more; otherwise it stays open.

ROOM = 1e-6
"""Relative to the whole value: what the tolerances of a solve may add to a bound."""
VERDICTS = ("holds", "open", "refuted")


@dataclass(frozen=True)
class Proof:
    """What a second solve says of the claimed bound of one stage."""

    stage: str
    claimed: float
    verdict: str
    """``holds``, ``refuted`` (a plan reaches more) or ``open``."""
    bound: float
    """The bound that this solve proved."""
    reached: float
    """The most that a plan of this solve reaches; NaN where it found none."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON and sentences: what is not known is ``None``."""
        numbers = {k: finite(getattr(self, k)) for k in ("claimed", "bound", "reached")}
        return {"stage": self.stage, "verdict": self.verdict} | numbers

    def finding(self) -> Finding | None:
        """What is wrong with the claimed bound, or not known; ``None`` where it holds."""
        if self.verdict == "holds":
            return None
        severity = Severity.ERROR if self.verdict == "refuted" else Severity.WARNING
        place = Place(file="plan.json", column=f"stages.{self.stage}.bound")
        return Finding(f"bound_{self.verdict}", place, self.as_dict(), severity)


def prove_bounds(
    scenario: Scenario, claims: Mapping[str, Any], time_limit: float | None = None
) -> list[Proof]:
    """A verdict on every stage that claims a bound, in order; stages of a proven plan folder.

    ``time_limit``: seconds for all of them; default: what the plan's own solve was given.
    """
    settings = claims["settings"]
    seconds = float(settings["time_limit"]) if time_limit is None else time_limit
    form = formulate(scenario)
    return list(_proofs(form, claims, seconds))


def _proofs(form: Formulation, claims: Mapping[str, Any], seconds: float) -> Iterator[Proof]:
    known = {str(s["name"]): s for s in claims["stages"]}
    objectives = dict(stage_objectives(form.model))
    ends = time.perf_counter() + seconds
    limits = Limits(0.0, seconds, form.facts.scenario.settings.solve.threads)
    engine = make_engine(form.model, limits)
    size = max(1.0, abs(float(claims["value"])))
    try:
        left = len(known)
        for name, stage in known.items():
            points = objectives.get(name)
            if stage["bound"] is not None and points is not None:
                claimed = float(stage["bound"])
                spare = max((ends - time.perf_counter()) / left, 0.05)
                gap = max(claimed - float(stage["value"]), 0.0) / 2 / size
                outcome = engine.solve(points, Limits(gap, spare, limits.threads), stage=name)
                before = list(known.values())[: len(known) - left]
                yield _judged(form, name, claimed, ROOM * size, before, outcome)
            elif stage["bound"] is not None:  # nothing is decided in it
                yield Proof(name, float(stage["bound"]), "holds", 0.0, 0.0)
            if points is not None:
                keep_value(engine, points, float(stage["value"]))
            left -= 1
    finally:
        engine.close()


def _judged(
    form: Formulation,
    name: str,
    claimed: float,
    room: float,
    before: Sequence[Mapping[str, Any]],
    outcome: Outcome,
) -> Proof:
    """The verdict of one solve; only a plan refutes that breaks nothing once it is rounded, and
    reaches in the stages before all that they were proven to allow."""
    reached = {} if outcome.columns is None else _reached(form, outcome.columns)
    found = reached.get(name, np.nan)
    kept = all(
        s["bound"] is not None and reached.get(str(s["name"]), -np.inf) >= s["bound"] - room
        for s in before
    )
    if kept and found > claimed + room:
        return Proof(name, claimed, "refuted", outcome.bound, found)
    held = np.isfinite(outcome.bound) and outcome.bound <= claimed + room
    return Proof(name, claimed, "holds" if held else "open", outcome.bound, found)


def _reached(form: Formulation, columns: Floats) -> dict[str, float]:
    """What the plan in whole units and money reaches by stage; nothing where it breaks a rule."""
    outlook = build_plan(decide(form, columns), floored(form))
    return {} if outlook.broken else outlook.stages


def verdict(proofs: Sequence[Proof]) -> str:
    """The verdict on all of them: ``refuted`` by one, ``holds`` if all hold, else ``open``;
    ``none`` where no bound is claimed."""
    found = {p.verdict for p in proofs}
    if not found:
        return "none"
    return max(found, key=VERDICTS.index)
