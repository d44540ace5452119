"""From a scenario to an audited plan (reads like ARCHITECTURE.md#the-picture), once or, with other
money, again and again on a warm model: the session of the Python door.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from planner.errors import AuditError, StoppedError
from planner.formulation.build import Formulation, formulate
from planner.formulation.model import Duals
from planner.names import FLOOR_STAGE, TIDY_STAGE, Link
from planner.plan import Outlook, Plan, build_plan
from planner.plan.decisions import NUDGE, decide, in_whole_money
from planner.plan.tables import NOBODY, sizes_of
from planner.proof import audit
from planner.run.result import Amended, LinesOf, Relaxation, Result, Tidied
from planner.scenario.scenario import Scenario
from planner.solving import parameters
from planner.solving.choice import Choice, Method, choose_engine
from planner.solving.construct import plan_to_keep
from planner.solving.highs import Engine, ProgressSink, make_engine
from planner.solving.neighbourhoods import NeighbourhoodSearch, StagedSchools
from planner.solving.program import Restrictions
from planner.solving.solution import (
    Limits,
    Progress,
    Solution,
    Stage,
    Status,
    enough,
    relative_gap,
    telling,
)
from planner.solving.stages import Kept, NoGoodCuts, overall, solve_stages
from planner.solving.sureness import GOALS, Goal
from planner.solving.warm import WarmModel
from planner.solving.within import Within
from planner.system.process import give_back, phase
from planner.vocabulary.axes import Floats, Ints


def relaxed(
    form: Formulation,
    engine: Engine,
    limits: Limits,
    settings: dict[str, object],
    progress: ProgressSink | None,
) -> Result:
    """Solves the linear relaxation; a result without a plan."""
    solution = solve_stages(engine, limits, progress=progress)
    scenario, model, columns = form.facts.scenario, form.model, solution.columns
    found = Result(scenario, solution.status, stages=solution.stages, settings=settings)
    if columns is None:
        return found
    unknown = Duals(model.shape, np.full(model.rows, np.nan), np.full(model.columns, np.nan))
    prices = (solution.duals or unknown).of_model(model)
    return replace(
        found,
        value=float(model.value @ columns),
        bound=solution.bound,
        seconds=solution.seconds,
        relaxation=Relaxation(model, columns, prices.rows, prices.columns, solution.floors),
    )


WHOLE_MONEY = 1e-5
"""Relative gap that whole money leaves where continuous amounts are rounded down and there is
little of it; a plan proven up to that is still within the gap."""
LARGEST_SCALE = 10**6
"""Minor units in the model's unit of money beyond which the engine's tolerance is no longer far
below one of them; whole money costs next to nothing there."""


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
    tidy: float | None = None,
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
        Called with each :class:`Progress` (of tidying too: stage ``tidy``, whose value is the
        number of purchase lines); asked now and then whether to stop (Ctrl-C), which keeps the
        best plan; where there is none yet, one is looked for first. A relaxation or a warm model
        that is stopped while it is built has none: ``no_plan``.
    warm
        A model that is kept between solves which differ in the funds' amounts alone; it is
        always solved whole.
    method, cluster
        ``auto``, ``whole`` or ``by-school`` in place of the scenario's; address of a Dask
        cluster whose workers price the blocks.
    chosen
        Told which method is used, and why.
    tidy
        In place of the scenario's ``tidy.within``. Nothing is given up at gap 0, which asks for the
        optimum, nor on a warm model, whose answers are to come at once and to be compared.

    Raises
    ------
    SolverError
        The engine is missing or crashed.
    AuditError
        The audit disagrees with the plan; nothing is returned.
    """
    began = time.perf_counter()
    limits = limits_of(scenario, gap, time_limit, threads)
    if warm is None:
        # shadow prices belong to the rules, not to rows that only imply what the rules say;
        # who stops wants a plan to keep, which needs the model: a relaxation alone ends at once
        ending = stop if relax else None
        built = unless_stopped(lambda: _formulated(scenario, implied=not relax), ending)
        if built is None:
            return stopped_early(scenario, limits, solver, began)
        form, asked = built, Method(method or scenario.settings.solve.method)
        engine, choice = choose_engine(
            form.model, limits, solver=solver, relax=relax, method=asked, cluster=cluster
        )
    else:
        ready = unless_stopped(lambda: warm.at(scenario, limits, relax=relax), stop)
        if ready is None:
            return stopped_early(scenario, limits, solver, began)
        form, engine = ready
        choice = Choice(Method.WHOLE, "session")
    engine.stop = stop or engine.stop
    if chosen is not None:
        chosen(choice)
    settings = settings_of(scenario, limits, solver, choice)
    settings |= {} if tidy is None else {"tidy": tidy}
    if relax:
        return relaxed(form, engine, limits, settings, progress)
    try:
        keep = 0 if warm is not None else 1 + parameters.TIGHTENINGS
        solution, outlook = solve_whole(form, engine, limits, progress, warm, keep=keep)
    finally:
        engine.close()
    if warm is not None:
        warm.remember(solution)
    left = limits.time_limit - (time.perf_counter() - began)
    if outlook is not None and left > 0 and not engine.stop():
        spare = replace(limits, time_limit=left)
        solution, outlook = _to_the_last_unit(form, (solution, outlook), spare, solver, progress)
    result = Result(scenario, solution.status, stages=solution.stages, settings=settings)
    if outlook is not None:
        result = _planned(scenario, outlook, solution.stages, limits.gap, settings)
        within = float(scenario.settings.tidy.within) if tidy is None else tidy
        if within > 0 and warm is None and limits.gap > 0 and not engine.stop():
            assert solution.columns is not None
            left = limits.time_limit - (time.perf_counter() - began)
            # time of its own: a plan that the limit stopped has crumbs like any other
            spare = replace(limits, time_limit=max(left, tidy_seconds(limits)))
            now, free = engine.restrictions, Restrictions.of(form.model)
            under = replace(free, row_lower=now.row_lower, row_upper=now.row_upper)
            result, outlook = tidied(
                form, under, solution.columns, (result, outlook), within, spare, floored(form),
                stop=engine.stop, progress=progress,
            )  # fmt: skip
    # Of a country, most of memory: nothing below reads the model.
    built = ready = None
    del form, engine, solution
    give_back()
    if outlook is not None:
        prove_result(result, outlook)
        give_back()
    return replace(result, seconds=time.perf_counter() - began)


def _formulated(scenario: Scenario, *, implied: bool) -> Formulation:
    """The scenario as a model, that of a country in a file."""
    form = formulate(scenario, implied=implied)
    if form.model.columns < parameters.WORKERS_FROM:
        return form
    form = replace(form, model=form.model.in_file())
    give_back()
    return form


T = TypeVar("T")


def unless_stopped(make: Callable[[], T], stop: Callable[[], bool] | None) -> T | None:
    """What ``make`` makes; ``None`` where ``stop`` ended a phase of it."""
    try:
        with telling(stop=stop):
            return make()
    except StoppedError:
        return None


def stopped_early(scenario: Scenario, limits: Limits, solver: str, began: float) -> Result:
    """What a solve gives that was stopped while its model was built: no plan, and no method yet."""
    settings = settings_of(scenario, limits, solver, Choice(Method.AUTO, "stopped"))
    return Result(scenario, Status.NO_PLAN, settings=settings, seconds=time.perf_counter() - began)


def settings_of(
    scenario: Scenario, limits: Limits, solver: str, choice: Choice
) -> dict[str, object]:
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


def tidy_seconds(limits: Limits) -> float:
    """Seconds that tidying has for itself."""
    return max(parameters.TIDY_SHARE * limits.time_limit, parameters.TIDY_SECONDS)


def limits_of(
    scenario: Scenario, gap: float | None, time_limit: float | None, threads: int | None
) -> Limits:
    """The scenario's limits, with what was asked for in place of its own."""
    solve = scenario.settings.solve
    return Limits(
        gap=float(solve.gap) if gap is None else gap,
        time_limit=float(solve.time_limit) if time_limit is None else time_limit,
        threads=solve.threads if threads is None else threads,
    )


def solve_whole(
    form: Formulation,
    engine: Engine,
    limits: Limits,
    progress: ProgressSink | None,
    warm: WarmModel | None = None,
    *,
    start: Floats | None = None,
    size: Floats | float = 1.0,
    keep: int = 0,
) -> tuple[Solution, Outlook | None]:
    """Solves; what rounding overran is forbidden or tightened, and solved again.

    ``size``: what one unit of each of the model's columns is in those that are decided from.
    ``keep``: how often one is looked for where it is stopped without any
    (:mod:`planner.solving.construct`).
    """
    tightening = NoGoodCuts(form.model, engine)
    near = NeighbourhoodSearch.of(engine, limits) if warm is None and start is None else None
    schools = StagedSchools.of(engine, limits) if warm is None else None
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
            # From the plan that rounding broke. Where there is one stage, the search may stop at a
            # value that the bound of the problem asked for already proves to be within the gap.
            if len(asked.stages) == 1:
                spare = replace(spare, target=enough(asked.stages[0].bound, limits.gap))
            solution = solve_stages(
                engine, spare, start=asked.columns, progress=progress, cuts=tightening.cuts,
                schools=schools,
            )  # fmt: skip
        else:
            solution = solve_stages(
                engine, spare, start=start, progress=progress, cuts=tightening.cuts,
                schools=schools,
            )  # fmt: skip
        if solution.status is Status.NO_PLAN and keep > 0 and engine.stop():
            keep -= 1
            solution = plan_to_keep(engine, limits, progress)
        if solution.columns is None:
            if tightening.rounds and solution.status is Status.INFEASIBLE:
                solution = replace(solution, status=Status.NUMERICS)
            return solution, None
        if asked is None or not tightening.rounds:
            asked = solution
        outlook = build_plan(decide(form, solution.columns * size), floored(form))
        if not outlook.broken:
            return _bounded_by(asked, solution, limits.gap), outlook
        late += left <= 0
        if not tightening.learn(outlook.broken, solution.columns) or late > parameters.TIGHTENINGS:
            return replace(solution, status=Status.NUMERICS), None


def _to_the_last_unit(
    form: Formulation,
    found: tuple[Solution, Outlook],
    limits: Limits,
    solver: str,
    progress: ProgressSink | None,
) -> tuple[Solution, Outlook]:
    """The plan as it was found, or, where nothing but rounding to whole money keeps a proven one
    from the gap asked for, the better one of a search in whole money."""
    solution, _ = found

    def rank(solved: Solution, plan: Outlook) -> tuple[bool, float]:
        """Whether it is left open, and its gap."""
        result = _planned(form.facts.scenario, plan, solved.stages, limits.gap, {})
        return result.status is Status.STOPPED, result.gap

    known = rank(*found)
    proven = all(s.status is not Status.STOPPED for s in solution.stages)
    if not (known[0] and proven) or form.facts.scale > LARGEST_SCALE:
        return found
    assert solution.columns is not None
    counted, size = in_whole_money(form)
    start = solution.columns / size
    start = np.where(counted.model.integer & ~form.model.integer, np.floor(start + NUDGE), start)
    engine = make_engine(counted.model, limits, solver=solver)
    try:
        exact, plan = solve_whole(counted, engine, limits, progress, start=start, size=size)
    finally:
        engine.close()
    if plan is None or rank(exact, plan) > known:
        return found
    assert exact.columns is not None
    return replace(exact, columns=exact.columns * size), plan


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


def prove_result(result: Result, outlook: Outlook) -> None:
    """Raises :class:`AuditError` where the audit disagrees with a plan."""
    tables = outlook.plan.coded_tables()
    with phase("audit"):
        findings = audit(result.scenario, tables, claims(result))
    if findings:
        raise AuditError(findings)


def _planned(
    scenario: Scenario, outlook: Outlook, solved: Sequence[Stage], asked: float,
    settings: dict[str, object],
) -> Result:  # fmt: skip
    """A plan with the proof of its stages together: what the *plan* reaches in each, in whole units
    and whole money, and the status that is left of the proof; a stage in which nothing is to be
    decided is proven.

    Where there are several, each keeps the others up to a tolerance: so much a bound may lie
    above the value and still be closed.
    """
    known = {s.name: s for s in solved}
    several = len(outlook.stages) > 1
    room = parameters.ROUNDING * max(1.0, abs(outlook.value)) if several else 0.0
    stages = []
    for name, value in outlook.stages.items():
        stage = known.get(name)
        bound = np.inf if not known else value if stage is None else max(stage.bound, value)
        proven = Status.OPTIMAL if stage is None else stage.status
        status = _rounded_status(proven, relative_gap(value, bound - room), asked)
        seconds = 0.0 if stage is None else stage.seconds
        stages.append(Stage(name, status, value, bound, seconds))
    bounds = [s.bound for s in stages if s.name != FLOOR_STAGE]
    bound = max(float(np.sum(bounds)), outlook.value)
    gap = relative_gap(outlook.value, bound)
    return Result(
        scenario, _weakened(overall([s.status for s in stages]), gap, asked),
        value=outlook.value, bound=bound, stages=tuple(stages), people=outlook.people,
        people_proposed=outlook.people_proposed, people_by_pillar=outlook.people_by_pillar,
        settings=settings, maybe_plan=outlook.plan,
    )  # fmt: skip


def planned_result(
    scenario: Scenario, outlook: Outlook, stages: Sequence[Stage], settings: Mapping[str, Any]
) -> Result:
    """A plan with bounds that were proven before, in the settings of that solve."""
    return _planned(scenario, outlook, stages, float(settings["gap"]), dict(settings))


def unproven(scenario: Scenario, outlook: Outlook) -> Result:
    """A plan that was not looked for, with no claim to be good."""
    limits = limits_of(scenario, None, None, None)
    settings = settings_of(scenario, limits, "", Choice(Method.WHOLE, "given"))
    return _planned(scenario, outlook, (), limits.gap, settings)


def _weakened(status: Status, gap: float, asked: float) -> Status:
    """What is still proven once rounding to whole money has cost some of the value."""
    if status is Status.OPTIMAL and gap > parameters.ROUNDING:
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
    proof = ("value", "bound", "gap")
    return {
        "schema": 1,
        "scenario": result.scenario.id,
        "status": str(result.status),
        **{key: number(getattr(result, key)) for key in (*proof, "people", "people_proposed")},
        "people_by_pillar": {k: number(v) for k, v in result.people_by_pillar.items()},
        "stages": [
            {"name": s.name, "status": str(s.status)} | {k: number(getattr(s, k)) for k in proof}
            for s in result.stages
        ],
        "settings": result.settings,
        "illustrative": result.scenario.settings.illustrative,
        **({} if result.tidied is None else {"tidy": _tidy_claims(result.tidied)}),
        **({} if result.amended is None else {"amend": _amend_claims(result.amended)}),
    }


def _amend_claims(amended: Amended) -> dict[str, object]:
    """What ``plan.json`` says of the plan before, and of what the fewest changes cost."""
    exact = ("plan", "identity", "base", "at", "within", "changed", "bound_of_changes")
    return {
        **{key: getattr(amended, key) for key in exact},
        "changed_by_best": amended.changed_by_best,
        "stages_before": {name: number(value) for name, value in amended.stages.items()},
        "value_before": number(amended.value),
        "people_before": number(amended.people),
        "base_people": number(amended.base_people),
    }


def _tidy_claims(tidied: Tidied) -> dict[str, object]:
    """What ``plan.json`` says of the lines, before and after, and of what they cost."""
    counts = ("lines", "visits", "sources", "smallest")
    return {
        "within": tidied.within,
        "stages_before": {name: number(value) for name, value in tidied.stages.items()},
        "value_before": number(tidied.value),
        "people_before": number(tidied.people),
        **{f"{key}_before": getattr(tidied.before, key) for key in counts},
        **{key: getattr(tidied.after, key) for key in counts},
        "bound_of_lines": tidied.bound_of_lines,
        "sizes_before": {str(size): n for size, n in sorted(tidied.before.sizes.items())},
    }


def number(value: float) -> float | None:
    """A float with nine significant decimals; infinite or missing values are null."""
    return round(float(value), 9) if np.isfinite(value) else None


Amounts = Mapping[str, Mapping[int, float]]

SESSION_GAP = 0.005
"""Proven relative gap of a what-if; a plan to be signed is solved at the scenario's own."""


class Session:
    """A scenario whose funds' amounts change from one solve to the next.

    The model is built once. Each solve moves the money bounds and starts from the best earlier
    plan that still fits, so that more money never gives less. What agrees with the relaxation
    stays as it was; the plan is proven against the relaxation's bound where that is close
    enough, and by a search where it is not.

    Parameters
    ----------
    scenario
        The reference scenario.
    room
        How much money, as a multiple of the scenario's, what-ifs may give before the model is
        built again.
    threads
        Cores; default: all.
    gap
        Proven relative gap of a what-if, unless one is asked for with it: looser than the
        scenario's, so that an answer comes at once.

    Examples
    --------
    >>> import planner
    >>> session = planner.session("scenarios/three-schools", gap=0)
    >>> [round(session.solve({"district": {2026: m * 10**6}}).value) for m in (40, 60, 80)]
    [8433, 8633, 8767]
    >>> round(session.solve({"district": {2026: 50_000_000}}, relax=True).value)
    8533
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        room: float = 2.0,
        threads: int | None = None,
        gap: float = SESSION_GAP,
    ) -> None:
        self.scenario = scenario
        self.threads = threads
        self.gap = gap
        self.model = WarmModel(scenario, room, movable=True)

    def solve(
        self,
        amounts: Amounts | None = None,
        *,
        relax: bool = False,
        gap: float | None = None,
        time_limit: float | None = None,
        progress: ProgressSink | None = None,
        stop: Callable[[], bool] | None = None,
        lang: str | None = None,
    ) -> Result:
        """The plan under other amounts.

        Parameters
        ----------
        amounts
            Fund → year → money in minor units; what is left out stays as in the scenario.
        relax
            Values and duals of the linear relaxation instead of a plan.
        gap
            Proven relative gap; default: the session's.
        time_limit, progress, stop, lang
            As in :func:`planner.solve`.

        Returns
        -------
        Result
            Audited, with the changed scenario as its ``scenario``.

        Examples
        --------
        >>> import planner
        >>> planner.session("scenarios/three-schools").solve(gap=0).status
        <Status.OPTIMAL: 'optimal'>
        """
        changes: dict[str, Any] = {
            f"funds.{fund}.amounts.{year}": money
            for fund, years in (amounts or {}).items()
            for year, money in years.items()
        }
        return self.solve_scenario(
            self.scenario.with_(changes) if changes else self.scenario,
            relax=relax, gap=gap, time_limit=time_limit, progress=progress, stop=stop, lang=lang,
        )  # fmt: skip

    def solve_scenario(self, scenario: Scenario, **options: Any) -> Result:
        """The plan of a scenario that differs from this one's: warm where money, weights, rules,
        prices or points do, built anew where needs, schools or years do.

        Examples
        --------
        >>> import planner
        >>> base = planner.load("scenarios/three-schools")
        >>> session = planner.session(base, gap=0)
        >>> more = base.with_("funds.district.amounts.2025", 120_000_000)
        >>> round(session.solve_scenario(more).value)
        8900
        """
        if options.get("gap") is None:
            options["gap"] = self.gap
        with telling(options.get("progress"), lang=options.pop("lang", None)):
            return optimize(scenario, threads=self.threads, warm=self.model, **options)


# --------------------------------------------------------------------------------------------------
# Fewer lines for a little value: what a plan gives up so that fewer, larger purchases are left.
#
# The last points of value are bought in crumbs, one computer here and one there, which nobody would
# propose. So once the value is found, proven or as far as a time limit let it come, up to
# ``tidy.within`` of it is given up for first fewer purchase lines, then fewer visits, then fewer
# funds for a school's item (:mod:`planner.solving.within`). What was proven of the value stays
# true: the bound is that of all plans, and how the solve ended is judged by the value before.

TOLD_EVERY = 0.9
"""Seconds between two lines of progress."""


def lines_of(plan: Plan) -> LinesOf:
    """How many lines, visits and funds of schools' items a plan's purchases are, and the smallest
    of them in minor units (0: there is none)."""
    bought = plan.allocation[plan.allocation["kind"] == "purchase"]
    return LinesOf(
        lines=len(bought),
        visits=len(bought[["school", "year"]].drop_duplicates()),
        sources=len(bought[["school", "item", "fund"]].drop_duplicates()),
        smallest=int(bought["amount"].min()) if len(bought) else 0,
        sizes=sizes_of(bought),
    )


@dataclass
class Planned:
    """A goal's plans in whole money: what is accepted is a plan that breaks nothing and keeps what
    must be kept, and the last one accepted is held."""

    form: Formulation
    kept: Kept
    floored: Ints
    fewer: LinesOf | None = None
    """Lines, visits and funds that a plan must have less of; ``None``: whatever it has."""
    outlook: Outlook | None = None

    def accept(self, columns: Floats) -> bool:
        """Whether the columns make such a plan."""
        outlook = build_plan(decide(self.form, columns), self.floored)
        if outlook.broken or not self.kept.holds(outlook.stages):
            return False
        if self.fewer is not None:
            lines = lines_of(outlook.plan)
            if lines.counted > self.fewer.counted:
                return False
            self.fewer = lines
        self.outlook = outlook
        return True


@phase("tidy")
def tidied(  # noqa: PLR0913
    form: Formulation,
    restrictions: Restrictions,
    columns: Floats,
    found: tuple[Result, Outlook],
    within: float,
    limits: Limits,
    floored: Ints,
    *,
    stop: Callable[[], bool],
    progress: ProgressSink | None = None,
) -> tuple[Result, Outlook]:
    """A result with the fewest lines found that keep its value up to ``within`` (0–1), and its
    plan; where none has fewer, the same plan, and what is said of its lines.

    A plan that a time limit stopped is tidied against its own value. Left as it is where nothing
    may be given up, and above :data:`~planner.solving.parameters.WITHIN_LARGEST` columns.

    Parameters
    ----------
    restrictions
        The bounds that the plan was found under.
    columns
        ``[column]`` the plan as the engine found it.
    limits
        Seconds that are left.
    stop
        Asked now and then whether to stop; then what was found so far is kept.
    progress
        Told at once, and about once a second, the lines of the best plan so far.
    """
    result, outlook = found
    model = form.model
    before = lines_of(outlook.plan)
    small = model.columns <= parameters.WITHIN_LARGEST
    if within <= 0 or not (small and before.lines):
        return found
    reached = {s.name: s.value for s in result.stages}
    kept = Kept.of(model, reached, {s.name: s.bound for s in result.stages}, within)
    planned = Planned(form, kept, floored, before)
    start = np.where(model.integer, np.rint(columns), columns)
    began, said = time.perf_counter(), -math.inf

    def heard() -> bool:
        """Whether to stop; whoever asks lets us say how far it is."""
        nonlocal said
        now = time.perf_counter() - began
        if progress is not None and now - said >= TOLD_EVERY:
            said, fewest = now, planned.fewer or before
            progress(Progress(TIDY_STAGE, now, float(fewest.lines), None, "tidying"))
        return stop()

    search = Within(kept, restrictions, start, limits, heard)
    goal: Goal = GOALS["fewest_lines"](model)
    best = search.search(goal, planned.accept)
    least = int(np.ceil(best.bound - parameters.ROW_NOISE)) if np.isfinite(best.bound) else None
    after = planned.outlook or outlook
    lines = lines_of(after.plan)
    what = Tidied(
        within, reached, result.value, result.people, before, lines,
        None if least is None else min(least, lines.lines),
    )  # fmt: skip
    after = replace(after, plan=replace(after.plan, sizes_before=before.sizes))
    if planned.outlook is None:
        return replace(result, tidied=what, maybe_plan=after.plan), after
    return replace(giving_up(result, after), tidied=what), after


def giving_up(result: Result, after: Outlook) -> Result:
    """A result whose plan gave way to one that is worth less: the bounds stay, and what gave up
    some of its value is no optimum any more."""
    several = len(result.stages) > 1  # which keep each other up to a tolerance
    room = parameters.ROUNDING * max(1.0, abs(after.value)) if several else 0.0
    stages = tuple(_given_up(s, after.stages[s.name], room) for s in result.stages)
    return replace(
        result, status=overall([result.status, *(s.status for s in stages)]),
        value=after.value, bound=max(result.bound, after.value), stages=stages,
        people=after.people, people_proposed=after.people_proposed,
        people_by_pillar=after.people_by_pillar, maybe_plan=after.plan,
    )  # fmt: skip


def _given_up(stage: Stage, value: float, room: float) -> Stage:
    """A stage that is worth another value now, ``room`` points of its gap aside: what gave up some
    of it is no optimum any more."""
    bound, status = max(stage.bound, value), stage.status
    if status is Status.OPTIMAL and relative_gap(value, bound - room) > parameters.ROUNDING:
        status = Status.WITHIN_GAP
    return replace(stage, value=value, bound=bound, status=status)
