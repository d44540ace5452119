"""The verbs as functions: what ``import planner`` offers to notebooks and scripts.

Thin on purpose: each function names the module that does the work, and imports it where it brings
the solver, matplotlib or what papers are made with: reading and checking a scenario waits for none
of them. Money is in whole minor units of the scenario's currency (đồng for VND), shares are 0–1,
``people`` are equipped pupil-years.

First the verbs for one plan: load, check, solve, audit, write, read, report; then those for
several futures: session, solve_many, compare, frontier, explain, alternatives, within.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import pandas as pd

from planner import proof
from planner.errors import Finding
from planner.messages import language, say
from planner.present.painting import add_figures, draw, undrawn_in_words
from planner.run.result import Decided, Result
from planner.scenario import load as loading
from planner.scenario.scenario import Scenario
from planner.system.disk import beside

if TYPE_CHECKING:
    from planner.analysis.alternatives import Nearby
    from planner.analysis.answers import Alternatives
    from planner.analysis.compare import Comparison
    from planner.analysis.explain import Prices, School
    from planner.analysis.frontier import Frontier
    from planner.run.folder import PlanFolder
    from planner.run.optimize import Session
    from planner.solving.solution import Progress


def load(path: str | Path, overrides: Mapping[str, Any] | None = None) -> Scenario:
    """Reads and checks a scenario.

    Parameters
    ----------
    path : str or Path
        A YAML file, an XLSX workbook, or a folder that holds one.
    overrides : mapping, optional
        Dotted settings keys to values, as ``--set`` takes them (``{"tail_years": 2}``).

    Returns
    -------
    Scenario
        Frozen; ``schools`` and ``table(name)`` are typed DataFrames.

    Raises
    ------
    InputError
        With all findings at once.

    Examples
    --------
    >>> import planner
    >>> planner.load("scenarios/three-schools")
    <Scenario scenario: 3 schools, 1 items, 2025–2026>
    """
    return loading.load(path, overrides)


def scenario_of(source: Scenario | str | Path) -> Scenario:
    """A scenario that was loaded already, or the one at a path."""
    return load(source) if isinstance(source, (str, Path)) else source


def check(path: str | Path, overrides: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Everything that is wrong with a scenario, without solving it.

    Parameters
    ----------
    path : str or Path
        A YAML file, an XLSX workbook, or a folder that holds one.
    overrides : mapping, optional
        Dotted settings keys to values, as in :func:`planner.load`.

    Returns
    -------
    DataFrame
        One row a finding, empty where nothing is wrong:

        ============ ======= ==========================================================
        column       dtype   meaning
        ============ ======= ==========================================================
        severity     str     ``error`` stops a solve, ``warning`` does not
        code         str     stable name of what was found
        where        str     file, row, column, key
        message      str     a sentence in the language of :func:`planner.language`
        ============ ======= ==========================================================

    Examples
    --------
    >>> import planner
    >>> planner.check("scenarios/three-schools").empty
    True
    >>> planner.check("scenarios/three-schools", {"tial_years": 2})["code"].tolist()
    ['key_unknown']
    """
    return findings_frame(loading.inspect(path, overrides)[1])


def findings_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Findings as a table of text: severity, code, where, message."""
    rows = [
        (str(f.severity), f.code, str(f.where), say(f.code, language(), **f.params))
        for f in findings
    ]
    return pd.DataFrame(rows, columns=["severity", "code", "where", "message"], dtype="str")


def solve(  # noqa: PLR0913
    scenario: Scenario | str | Path,
    *,
    gap: float | None = None,
    time_limit: float | None = None,
    threads: int | None = None,
    solver: str = "HiGHS",
    relax: bool = False,
    progress: Callable[[Progress], None] | None = None,
    method: str | None = None,
    cluster: str | None = None,
    lock: str | Path | None = None,
    lock_all: bool = False,
    plan: str | Path | None = None,
    tidy: float | None = None,
) -> Result:
    """Finds a plan, rounds it to whole units and whole money, and audits it.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A loaded scenario or a path.
    gap : float, optional
        Proven relative gap at which to stop, 0–1; default: the scenario's.
    time_limit : float, optional
        Seconds; default: the scenario's.
    threads : int, optional
        Cores; default: all.
    solver : str, default ``HiGHS``
        ``HiGHS``, ``CBC`` or another engine that PuLP finds.
    relax : bool, default False
        The linear relaxation: ``relaxation`` holds values and duals, and there is no plan.
    progress : callable, optional
        Called now and then with stage, seconds, value, bound; of the stage ``tidy`` the value is
        how many purchase lines there are.
    method : str, optional
        ``auto``, ``whole`` or ``by-school``; default: the scenario's. ``result.settings``
        says which was used and why.
    cluster : str, optional
        Address of a Dask scheduler; its workers price the blocks of ``by-school``.
    lock : str or Path, optional
        The ``plan.xlsx`` of a plan folder, edited: its changed quantities are kept.
    lock_all : bool, default False
        With ``lock``: keep all its purchases.
    plan : str or Path, optional
        With ``lock``: the plan folder it belongs to; default: the folder it lies in.
    tidy : float, optional
        Part of the value (of each stage) that may be given up for fewer purchase lines, 0–1;
        default: the scenario's ``tidy.within``. At gap 0, nothing is. ``result.tidied`` says what
        was given up; ``bound`` and ``status`` are those of the value before.

    Returns
    -------
    Result
        ``status``, ``value``, ``bound``, ``gap``, ``people`` (equipped pupil-years) and
        ``plan`` with its tables; asking for a plan that does not exist raises
        :class:`planner.NoPlanError`.

    Raises
    ------
    InputError
        The scenario or the edited workbook cannot be used; all findings at once.
    ValueError
        ``lock_all`` or ``plan`` without ``lock``.
    SolverError
        The engine is missing or crashed.
    AuditError
        The audit disagrees with what was computed: there is no plan then.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools")
    >>> result.status, round(result.value, 2)
    (<Status.OPTIMAL: 'optimal'>, 8633.33)
    >>> int(result.plan.allocation["amount"].sum())
    160000000
    """
    from planner.run import edits, optimize

    known = scenario_of(scenario)
    if lock is not None:
        known = edits.with_locks(known, edits.read_edited(lock, plan), every=lock_all).scenario
    elif lock_all or plan is not None:
        raise ValueError("lock_all and plan go with lock")
    return optimize.optimize(
        known,
        gap=gap,
        time_limit=time_limit,
        threads=threads,
        solver=solver,
        relax=relax,
        progress=progress,
        method=method,
        cluster=cluster,
        tidy=tidy,
    )


def write(result: Result, folder: str | Path, figures: bool = True) -> Path:
    """Writes a plan folder (tables as CSV and XLSX, inputs, figures, ``plan.json``).

    Parameters
    ----------
    result : Result
        With a plan.
    folder : str or Path
        Where to; an earlier plan folder there is replaced.
    figures : bool, default True
        Draw the figures too (some seconds).

    Returns
    -------
    Path
        The folder: complete, or not there at all. The figures are a second step: one that
        cannot be drawn is a warning (``warnings``), and the plan stands without it.

    Raises
    ------
    NoPlanError
        The result has no plan.
    InputError
        Something else stands at that path.

    Examples
    --------
    >>> import planner, tempfile
    >>> result = planner.solve("scenarios/three-schools")
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = planner.write(result, f"{place}/plan", figures=False)
    ...     planner.audit(folder).empty
    True
    """
    from planner.run import folder as folders

    written = folders.write(result, folder)
    if figures:
        head = folders.read_claims(written)
        with folders.workplace(written) as made:
            undrawn = add_figures(
                written, made, lambda: draw(result.plan, made / "figures", language())[1], head
            )
        if undrawn:
            words = undrawn_in_words(undrawn, language(), written.as_posix())
            warnings.warn(words, stacklevel=2)
    return written


def read(folder: str | Path) -> PlanFolder:
    """A plan folder that was written earlier, proven again while it is read.

    Parameters
    ----------
    folder : str or Path
        As :func:`planner.write` or ``planner run`` made it.

    Returns
    -------
    PlanFolder
        ``plan``, ``scenario`` and ``claims`` (what ``plan.json`` says).

    Raises
    ------
    InputError
        With every finding, where anything in the folder is not as it was written.

    Examples
    --------
    >>> import planner, tempfile
    >>> result = planner.solve("scenarios/three-schools")
    >>> with tempfile.TemporaryDirectory() as place:
    ...     again = planner.read(planner.write(result, f"{place}/plan", figures=False))
    >>> again.plan.allocation.equals(result.plan.allocation)
    True
    """
    from planner.run import folder as folders

    return folders.read(folder)


def audit(
    source: Result | PlanFolder | str | Path,
    *,
    prove: bool = False,
    time_limit: float | None = None,
) -> pd.DataFrame:
    """Proves a plan again from its inputs, in whole money and without a solver.

    No bound can be recomputed without a solver: bounds are taken on trust, unless ``prove``
    solves the inputs again.

    Parameters
    ----------
    source : Result, PlanFolder, str or Path
        A result, or a plan folder.
    prove : bool, default False
        Solve the inputs again too, stage by stage. A bound that a plan beats is an error
        (``bound_refuted``), one that could not be decided in the time a warning
        (``bound_open``).
    time_limit : float, optional
        With ``prove``: seconds; default: what the plan's own solve was given.

    Returns
    -------
    DataFrame
        Findings as in :func:`planner.check`; empty: everything is as it was claimed.

    Raises
    ------
    NoPlanError
        The result has no plan.

    Examples
    --------
    >>> import planner
    >>> planner.audit(planner.solve("scenarios/three-schools")).empty
    True
    """
    from planner.run import folder, optimize

    if time_limit is not None and not prove:
        raise ValueError("time_limit goes with prove")
    if isinstance(source, folder.PlanFolder):
        source = source.path
    scenario: Scenario | None
    if isinstance(source, (str, Path)):
        findings, scenario, _ = folder.prove(source)
        head = folder.read_claims(Path(source).absolute())
    else:
        scenario, head = source.scenario, optimize.claims(source)
        findings = proof.audit(scenario, source.plan.text_tables(), head)
    if prove and scenario is not None and not findings:
        from planner.analysis.verdicts import prove_bounds

        findings = [f for p in prove_bounds(scenario, head, time_limit) if (f := p.finding())]
    return findings_frame(findings)


def report(
    source: Result | Decided | PlanFolder | str | Path,
    out: str | Path,
    *,
    forms: Sequence[str] = ("docx", "xlsx", "pdf", "html"),
    owner: str = "",
    lang: str | None = None,
    date: str = "",
    template: str | Path | None = None,
    alternatives: Alternatives | str | Path | None = None,
) -> list[Path]:
    """Writes the letter and its appendices; every form is reopened and its amounts compared.

    Parameters
    ----------
    source : Result, Decided, PlanFolder, str or Path
        A result, or a plan folder (proven first); of a decision, the first future's.
    out : str or Path
        Folder for the documents; made where there is none.
    forms : sequence of str
        Among ``docx``, ``xlsx``, ``pdf``, ``html``.
    owner : str, optional
        Only the schools of one budget owner.
    lang : str, optional
        ``vi`` or ``en``; default: that of :func:`planner.language`.
    date : str, optional
        Date of the letter, ``2026-03-01``.
    template : str or Path, optional
        The office's own ``.docx`` letter.
    alternatives : Alternatives, str or Path, optional
        What :func:`alternatives` found of this plan, or the folder that ``planner alternatives``
        wrote: papers then mark sure and open lines, and say how much money is sure.

    Returns
    -------
    list of Path
        The documents, complete and in agreement; or nothing was written.

    Raises
    ------
    ValueError
        A form that there is not.
    NoPlanError
        The result has no plan.
    InputError
        The folder is not as it was written, the owner is unknown, or what was found is of
        another plan.

    Examples
    --------
    >>> import planner, tempfile
    >>> result = planner.solve("scenarios/three-schools")
    >>> with tempfile.TemporaryDirectory() as place:
    ...     [path.name for path in planner.report(result, place, forms=["html"])]
    ['to-trinh.html']
    """
    from planner.analysis.answers import answers_of, read_future
    from planner.present.papers import package, view
    from planner.run import folder as folders

    if not forms or not set(forms) <= set(package.FORMS):
        raise ValueError(f"forms are {', '.join(package.FORMS)}; got: {', '.join(forms) or 'none'}")
    with beside(Path(tempfile.gettempdir()), "planner-report-") as place:
        if isinstance(source, (Result, Decided)):
            source = folders.write(source, place / source.scenario.id)
        known, decided, future = read_future(source)
        answers = answers_of(alternatives, known)
        mine = view.View(known, lang or language(), owner, date, None, answers, decided, future)
        own = Path(template) if template else None
        return package.write_report(mine, Path(out), list(forms), own)


# ---- Verbs for several futures.

SECONDS_A_SCHOOL = 20.0
"""For each solve of what would meet a school's needs."""


def session(
    scenario: Scenario | str | Path,
    *,
    room: float = 2.0,
    threads: int | None = None,
    gap: float = 0.005,
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


def solve_many(
    scenarios: Sequence[Scenario],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
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

    return many(scenarios, workers=workers, executor=executor, **options)


def compare(
    reference: Result | PlanFolder | Scenario | str | Path,
    *others: Result | PlanFolder | Scenario | str | Path,
    names: Sequence[str] = (),
) -> Comparison:
    """What differs between plans; the first is the reference.

    Parameters
    ----------
    reference, *others : Result, PlanFolder, Scenario, str or Path
        Results, plan folders (read, or their paths) or scenarios (solved first; the others tidied
        where the reference was, by as much).
    names : sequence of str, optional
        What to call the plans in the tables, in order; default: scenario or folder names.

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

    return comparing(reference, *others, names=names)


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
    progress: Callable[[int, int], None] | None = None,
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
        Called with (points done, points asked for) as each ends.

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

    return tracing(
        scenario_of(scenario), fund=fund, rule=rule, fairness=fairness, start=start, stop=stop,
        points=points, gap=gap, time_limit=time_limit, workers=workers, executor=executor,
        folder=folder, progress=progress,
    )  # fmt: skip


@overload
def explain(
    source: Result | PlanFolder | str | Path,
    *,
    school: None = None,
    gap: float | None = None,
    time_limit: float | None = None,
) -> Prices: ...


@overload
def explain(
    source: Result | PlanFolder | str | Path,
    *,
    school: str,
    gap: float | None = None,
    time_limit: float | None = None,
) -> School: ...


def explain(
    source: Result | PlanFolder | str | Path,
    *,
    school: str | None = None,
    gap: float | None = None,
    time_limit: float | None = None,
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

    known = read(source) if isinstance(source, (str, Path)) else source
    plan, proven = known.plan, Proven.of(known)
    if school is None:
        return prices(plan, **asdict(proven), gap=gap, time_limit=time_limit)
    return explain_school(plan, school, **asdict(proven), seconds=time_limit or SECONDS_A_SCHOOL)


def alternatives(
    source: Result | PlanFolder | str | Path,
    *,
    within: float = 0.005,
    plans: int = 0,
    time_limit: float = 60.0,
    **options: Any,
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
    **options
        ``threads``; ``stop``, asked whether to stop; ``progress``, told (items decided, all).

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

    known = read(source) if isinstance(source, (str, Path)) else source
    return looking.alternatives(known, within=within, plans=plans, time_limit=time_limit, **options)


def within(
    source: Result | PlanFolder | str | Path, goal: str, *, within: float, **details: Any
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

    known = read(source) if isinstance(source, (str, Path)) else source
    return looking.within_goal(known, goal, within=within, **details)
