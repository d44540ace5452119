"""The verbs that ask something of scenarios and plans: session, solve_many, compare, frontier,
explain, alternatives, within.

Thin as :mod:`planner.api`, with its units; each imports the module that does the work when called.

``progress``, ``stop`` and ``lang`` are those of :mod:`planner.api`. What solves several times tells
of each part: ``phase``, ``done`` of ``total`` parts, their ``share``, and ``subject``, the one at
hand. ``frontier`` and ``alternatives`` also take a ``progress`` of two numbers, (done, all).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from planner.api import read, scenario_of
from planner.scenario.scenario import Scenario
from planner.solving.solution import (
    Job,
    Progress,
    Sink,
    Stop,
    never,
    sink_of,
    stoppable,
    telling,
    with_progress,
)

if TYPE_CHECKING:
    from planner.analysis.alternatives import Nearby
    from planner.analysis.answers import Alternatives
    from planner.analysis.compare import Comparison
    from planner.analysis.explain import Prices, School
    from planner.analysis.frontier import Frontier
    from planner.run.folder import PlanFolder
    from planner.run.optimize import Session
    from planner.run.result import Result


def plan_of(source: Result | PlanFolder | str | Path, progress: Sink | None) -> Result | PlanFolder:
    """A result or a folder that was read, or the folder at a path, whose reading is told."""
    if not isinstance(source, (str, Path)):
        return source
    with telling(progress):
        return read(source)


SECONDS_A_SCHOOL = 20.0
"""For each solve of what would meet a school's needs."""


@stoppable
def session(
    scenario: Scenario | str | Path,
    *,
    room: float = 2.0,
    threads: int | None = None,
    gap: float = 0.005,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> Session:
    """A session that keeps the model warm: what-ifs on money come back at once, none tidied.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A loaded scenario or a path.
    room : float, default 2.0
        How much money, as a multiple of the scenario's, what-ifs may give before the model is
        built again.
    threads : int, optional
        Cores; default: all.
    gap : float, default 0.005
        Proven relative gap of a what-if (0–1) where none is asked for with it.
    progress, stop, lang
        As for :func:`planner.load`: told how far the model is built. Each solve of the session
        takes its own.

    Returns
    -------
    Session
        ``solve(amounts={"district": {2025: 90_000_000}}, relax=False)``, amounts in minor
        units.

    Raises
    ------
    InputError
        Where the scenario cannot be used; all findings at once.

    Examples
    --------
    >>> import planner
    >>> session = planner.session("scenarios/three-schools", gap=0)
    >>> less = session.solve(amounts={"district": {2025: 80_000_000}})
    >>> round(less.value, 2)
    8166.67
    """
    from planner.run.optimize import Session

    return Session(scenario_of(scenario), room=room, threads=threads, gap=gap)


@with_progress
def solve_many(
    scenarios: Sequence[Scenario],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
    **options: Any,
) -> list[Any]:
    """Solves many scenarios side by side, each from scratch: the tables do not depend on it.

    Parameters
    ----------
    scenarios : sequence of Scenario
        E.g. ``[base.with_("funds.f.amounts.2025", x) for x in money]``.
    workers : int, optional
        Spawned processes; 0: one after the other in this process; default 2.
    executor : concurrent.futures.Executor, optional
        Used instead of processes of our own, e.g. Dask's.
    progress : callable, optional
        Told, here, as each scenario ends how many have; in this process of the solves too.
    stop : callable, optional
        Asked now and then; then no scenario is begun any more and workers drop theirs: in the list
        stands :class:`planner.StoppedError`. A solve in this process keeps its best plan.
    lang : str, optional
        As for :func:`planner.solve`.
    **options
        As in :func:`planner.solve`; ``threads`` is 1 unless given. Functions that workers are
        to call come from a module: workers do not run the script that asks.

    Returns
    -------
    list of Result or Exception
        A result for each scenario in order; for one that failed, the exception.

    Examples
    --------
    >>> import planner
    >>> base = planner.load("scenarios/three-schools")
    >>> years = [base.with_("funds.district.amounts.2026", m * 10**6) for m in (0, 60)]
    >>> [round(r.value, 2) for r in planner.solve_many(years, workers=0)]
    [7733.33, 8633.33]
    """
    from planner.analysis.resolve import solve_many as many

    heeded: dict[str, Any] = {"progress": progress, "stop": stop or never}
    return many(scenarios, workers=workers, executor=executor, **heeded, **options)


def compare(
    reference: Result | PlanFolder | Scenario | str | Path,
    *others: Result | PlanFolder | Scenario | str | Path,
    names: Sequence[str] = (),
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> Comparison:
    """What differs between plans; the first is the reference.

    Parameters
    ----------
    reference, *others : Result, PlanFolder, Scenario, str or Path
        Results, plan folders (read, or their paths) or scenarios (solved first; the others tidied
        where the reference was, by as much).
    names : sequence of str, optional
        What to call the plans in the tables, in order; default: scenario or folder names.
    progress : callable, optional
        Told which plan is read or solved, and of the solves.
    stop : callable, optional
        Asked between plans and while one is solved; :class:`planner.StoppedError` is raised then,
        for half a solve is no plan to compare with.
    lang : str, optional
        As for :func:`planner.load`.

    Returns
    -------
    Comparison
        ``summary``, ``money``, ``coverage``, ``people``, ``schools``, ``lines`` as tidy
        DataFrames: money ``int64`` in minor units, coverage 0–1.

    Raises
    ------
    InputError
        Where a scenario or a folder cannot be used.
    NoPlanError
        Where one of them has no plan.

    Examples
    --------
    >>> import planner
    >>> base = planner.load("scenarios/three-schools")
    >>> less = base.with_("funds.district.amounts.2025", 80_000_000)
    >>> found = planner.compare(base, less, names=["today", "less"])
    >>> int(found.money["difference"].sum())
    -20000000
    >>> found.lines[["school", "change", "cause"]].values.tolist()
    [['B', 'less', 'money'], ['C', 'moves_year', 'money']]
    """
    from planner.analysis.compare import compare as comparing

    with telling(lang=lang):
        return comparing(reference, *others, names=names, progress=progress, stop=stop or never)


def frontier(  # noqa: PLR0913
    scenario: Scenario | str | Path,
    *,
    fund: str | None = None,
    rule: str | None = None,
    fairness: bool = False,
    start: float | None = None,
    stop: float | None = None,
    points: int = 11,
    gap: float | None = None,
    time_limit: float | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    folder: str | Path | None = None,
    progress: Callable[[Progress], object] | Callable[[int, int], object] | None = None,
    stopping: Stop | None = None,
    lang: str | None = None,
) -> Frontier:
    """Value and coverage against money, against a rule's bound, or against fairness.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A loaded scenario or a path.
    fund : str, optional
        Whose money moves; ``"all"`` (the default) moves all general funds alike.
    rule : str, optional
        Whose bound moves instead; ``start`` and ``stop`` are bounds in the rule's own unit
        (money: minor units; shares and coverage: 0–1).
    fairness : bool, default False
        Move the groups' weights from the scenario's (0) to equal ones (1) instead.
    start, stop : float, optional
        Ends of the path; for money relative changes, by default −0.5 and 0.5.
    points : int, default 11
        How many points, evenly spaced.
    gap : float, optional
        Proven relative gap of each point, 0–1; default: the scenario's.
    time_limit : float, optional
        Seconds a point; default: the scenario's.
    workers : int, optional
        Spawned processes; 0: one point after the other in this process; default 2.
    executor : concurrent.futures.Executor, optional
        Used instead of processes of our own, e.g. Dask's.
    folder : str or Path, optional
        Keeps finished points, so that an interrupted run goes on where it stopped.
    progress : callable, optional
        Told as each point ends: one :class:`~planner.solving.solution.Progress` (phase
        ``tracing``), or, where it takes two, (points done, points asked for).
    stopping : callable, optional
        What other verbs call ``stop``, which is the end of the path here: asked now and then; the
        points solved by then are kept.
    lang : str, optional
        As for :func:`planner.load`.

    Returns
    -------
    Frontier
        ``table``: one row a point; ``kinks``: the corners of the relaxation; ``next_billion``:
        what the next tỷ buys.

    Raises
    ------
    InputError
        Where the scenario cannot be used, or has no such fund or rule.

    Examples
    --------
    >>> import planner
    >>> found = planner.frontier(
    ...     "scenarios/three-schools", fund="district", start=-0.5, stop=0.5, points=3, workers=0
    ... )
    >>> found.table["value"].round(2).tolist()
    [5400.0, 8633.33, 8900.0]
    """
    from planner.analysis.frontier import frontier as tracing

    sink = sink_of(progress)
    job = Job("tracing", points, sink)
    with telling(lang=lang):
        with telling(sink):
            known = scenario_of(scenario)
        job.tell()
        return tracing(
            known, fund=fund, rule=rule, fairness=fairness, start=start, stop=stop,
            points=points, gap=gap, time_limit=time_limit, workers=workers, executor=executor,
            folder=folder, progress=lambda done, _: job.tell(done=done), stopping=stopping or never,
        )  # fmt: skip


@overload
def explain(
    source: Result | PlanFolder | str | Path,
    *,
    school: None = None,
    gap: float | None = None,
    time_limit: float | None = None,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> Prices: ...


@overload
def explain(
    source: Result | PlanFolder | str | Path,
    *,
    school: str,
    gap: float | None = None,
    time_limit: float | None = None,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> School: ...


def explain(
    source: Result | PlanFolder | str | Path,
    *,
    school: str | None = None,
    gap: float | None = None,
    time_limit: float | None = None,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> Prices | School:
    """The price of every policy of a plan; or why one school got what it got.

    Parameters
    ----------
    source : Result, PlanFolder, str or Path
        A result, or a plan folder (proven first).
    school : str, optional
        Id of a school: then its needs, each with the reason and what would meet it.
    gap : float, optional
        Proven relative gap of each solve without a policy, 0–1; default: the scenario's.
    time_limit : float, optional
        Seconds for each solve; default: the scenario's, for a school 20.
    progress : callable, optional
        Told of each policy (phase ``pricing``) or need (``explaining``) before it is looked into,
        how many are done, and of the solves.
    stop : callable, optional
        Asked now and then: what was answered by then is kept, and ``unanswered`` names the rest.
    lang : str, optional
        As for :func:`planner.load`.

    Returns
    -------
    Prices or School
        ``Prices.table``: one row a policy, wish, mandate, commitment and the priorities, with
        what it costs in points (``points_low`` to ``points_high``) and in equipped pupil-years
        (``people``: more in the plan without it).
        ``School``: ``needs`` with ``item``, ``year``, ``need``, ``in_service`` (units), ``cost``
        (minor units) and ``reason``; ``received``, the school's lines.

    Raises
    ------
    NoPlanError
        The result has no plan.
    InputError
        The folder is not as it was written.
    KeyError
        The plan knows no such school.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools")
    >>> planner.explain(result).table[["kind", "name"]].values.tolist()
    [['priority', 'weighted']]
    >>> lacking = planner.explain(result, school="C").needs[0]
    >>> lacking.item, lacking.need, lacking.in_service, lacking.reason
    ('lab', 2.0, 1.0, 'outbid')
    """
    from planner.analysis.explain import Proven, explain_school, prices

    with telling(lang=lang):
        known = plan_of(source, progress)
        plan, how = known.plan, asdict(Proven.of(known))
        how |= {"progress": progress, "stop": stop or never}
        if school is None:
            return prices(plan, **how, gap=gap, time_limit=time_limit)
        return explain_school(plan, school, **how, seconds=time_limit or SECONDS_A_SCHOOL)


def alternatives(
    source: Result | PlanFolder | str | Path,
    *,
    within: float = 0.005,
    plans: int = 0,
    time_limit: float = 60.0,
    threads: int | None = None,
    progress: Callable[[Progress], object] | Callable[[int, int], object] | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> Alternatives:
    """Which schools' items every good plan buys, which none does, and which could be otherwise.

    *Always* and *never* are proven by a bound, *open* by two audited plans; the rest is undecided.

    Parameters
    ----------
    source : Result, PlanFolder, str or Path
        A result, or a plan folder (proven first).
    within : float, default 0.005
        Part of each stage's value, 0–1, that a plan may lack against this one before tidying.
    plans : int, default 0
        How many plans to find that share as few lines as can be with this one and each other.
    time_limit : float, default 60
        Seconds.
    threads : int, optional
        Cores; default: all.
    progress : callable, optional
        Told about once a second: one :class:`~planner.solving.solution.Progress` (phase
        ``deciding``), or, where it takes two, (items decided, all).
    stop : callable, optional
        Asked now and then: what was decided by then is kept, and ``finished`` says that more could
        be.
    lang : str, optional
        As for :func:`planner.load`.

    Returns
    -------
    Alternatives
        ``lines``: a row a school and item, its state, its least and most units, shown and proven;
        ``options``: the same of requests; ``sure``: money that buys what every such plan buys;
        ``plans``: results, for :func:`planner.compare`; ``money``: that of the plan, by state.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools")
    >>> found = planner.alternatives(result, within=0.01)
    >>> found.lines[["school", "state", "least_proven", "most_proven"]].values.tolist()
    [['A', 'always', 4.0, 4.0], ['B', 'always', 2.0, 3.0], ['C', 'always', 1.0, 2.0]]
    """
    from planner.analysis import alternatives as looking

    sink = sink_of(progress)
    job = Job("deciding", 0, sink)

    def heard(decided: int, every: int) -> None:
        job.every = every
        job.tell(done=decided)

    with telling(lang=lang):
        known = plan_of(source, sink)
        return looking.alternatives(
            known, within=within, plans=plans, time_limit=time_limit, threads=threads,
            stop=stop or never, progress=heard,
        )  # fmt: skip


def within(
    source: Result | PlanFolder | str | Path,
    goal: str,
    *,
    within: float,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
    **details: Any,
) -> Nearby:
    """The best plan by something else than value, among those that keep the value.

    Parameters
    ----------
    source : Result, PlanFolder, str or Path
        A result, or a plan folder (proven first).
    goal : str
        ``fewest_lines``: purchase lines, then visits, then funds; ``farthest``: fewest of the lines
        that this plan, and the ``plans`` given (results or folders that were read), have;
        ``least_units``, ``most_units``: of an ``item`` at a ``school`` (ids).
    within : float
        Part of each stage's value that may be given up, 0–1.
    progress : callable, optional
        Told about once a second what part of the time is gone.
    stop : callable, optional
        Asked now and then: the best plan found by then is kept, and what is proven stays so.
    lang : str, optional
        As for :func:`planner.load`.
    **details
        What the goal asks for; ``time_limit`` (60 seconds), ``threads``.

    Returns
    -------
    Nearby
        ``result``, the plan, audited; ``before``, ``measure`` and ``bound``: the goal's number of
        this one, of that one, and of any such plan at the least, proven.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools")
    >>> found = planner.within(result, "fewest_lines", within=0.2)
    >>> found.before, found.measure, found.bound <= found.measure
    (3, 1, True)
    """
    from planner.analysis import alternatives as looking

    job = Job("deciding", 0, progress)

    def heard(share: float) -> None:
        if progress is not None:
            progress(Progress("", job.seconds, None, None, job.phase, share))

    with telling(lang=lang):
        known = plan_of(source, progress)
        return looking.within_goal(
            known, goal, within=within, stop=stop or never, progress=heard, **details
        )
