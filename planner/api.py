"""The verbs as functions: what ``import planner`` offers to notebooks and scripts.

Thin on purpose: each function names the module that does the work, and imports it where it brings
the solver, matplotlib or what papers are made with: reading and checking a scenario waits for none
of them. Money is in whole minor units of the scenario's currency (đồng for VND), shares are 0–1,
``people`` are equipped pupil-years.

These are the verbs of one plan: load, check, solve, write, read, audit, report. Those that ask
something of scenarios and plans stand in :mod:`planner.questions`.

Every verb takes ``progress``, ``stop`` and ``lang``. ``progress`` is called with one
:class:`~planner.solving.solution.Progress` as each phase begins and, about once a second, on the
way. ``stop`` is asked now and then; once it says so, a verb that searches keeps what it has found,
and one that only reads or writes ends with :class:`planner.StoppedError`. ``lang`` (``vi``,
``en``) is the language of this call alone; by default that of :func:`planner.language`.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from planner import proof
from planner.errors import InputError, StoppedError
from planner.messages import language
from planner.messages import language as spoken
from planner.present.painting import add_figures, draw, undrawn_in_words
from planner.present.understanding import Understanding, findings_frame, lettered, understanding
from planner.run.result import Decided, Result
from planner.scenario import load as loading
from planner.scenario import write as writing
from planner.scenario.new import starter as starting
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Text
from planner.solving.solution import Sink, Stop, stoppable, with_progress
from planner.system.disk import beside, refusals_as_findings
from planner.system.process import phase

if TYPE_CHECKING:
    from planner.analysis.answers import Alternatives
    from planner.analysis.frontier import Frontier
    from planner.run.folder import PlanFolder


@stoppable
def load(
    path: str | Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> Scenario:
    """Reads and checks a scenario.

    Parameters
    ----------
    path : str or Path
        A YAML file, an XLSX workbook, or a folder that holds one.
    overrides : mapping, optional
        Dotted settings keys to values, as ``--set`` takes them (``{"tail_years": 2}``).
    progress : callable, optional
        Told when reading begins, and what part of the tables is read.
    stop : callable, optional
        Asked as often: there is nothing to keep then, and :class:`planner.StoppedError` is raised.
    lang : str, optional
        ``vi`` or ``en``: the language of the error's findings.

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


@stoppable
def check(
    path: str | Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> pd.DataFrame:
    """Everything that is wrong with a scenario, without solving it.

    Parameters
    ----------
    path : str or Path
        A YAML file, an XLSX workbook, or a folder that holds one.
    overrides : mapping, optional
        Dotted settings keys to values, as in :func:`planner.load`.
    progress, stop, lang
        As for :func:`planner.load`; ``message`` is in this language.

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
        message      str     a sentence in the language asked for
        file         str     the file, relative to the scenario's folder; ``--set``
        sheet        str     the sheet of a workbook
        row          Int64   the row as people count it; the header of a CSV is row 1
        column       str     letter (of a sheet), header (of a CSV), position (of YAML)
        cell         str     the cell as a spreadsheet names it (``F7``), where known
        key          str     dotted settings key
        ============ ======= ==========================================================

    Examples
    --------
    >>> import planner
    >>> planner.check("scenarios/three-schools").empty
    True
    >>> planner.check("scenarios/three-schools", {"tial_years": 2})["code"].tolist()
    ['key_unknown']
    """
    return findings_frame(loading.inspect(path, overrides)[1], language())


@with_progress
def solve(  # noqa: PLR0913
    scenario: Scenario | str | Path,
    *,
    gap: float | None = None,
    time_limit: float | None = None,
    threads: int | None = None,
    solver: str = "HiGHS",
    relax: bool = False,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
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
        how many purchase lines there are. Phases say when they begin (``phase``: reading,
        building, solving, rounding, tidying, auditing), and how far the model is (``share``, 0–1).
    stop : callable, optional
        Asked now and then; once it says so, the best plan found so far is kept, with its true gap.
        Before there is one the status is ``no_plan``.
    lang : str, optional
        ``vi`` or ``en``: the language of an error's findings.
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
        stop=stop,
        method=method,
        cluster=cluster,
        tidy=tidy,
    )


@stoppable
def write(
    result: Result,
    folder: str | Path,
    figures: bool = True,
    *,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> Path:
    """Writes a plan folder (tables as CSV and XLSX, inputs, figures, ``plan.json``).

    Parameters
    ----------
    result : Result
        With a plan.
    folder : str or Path
        Where to; an earlier plan folder there is replaced.
    figures : bool, default True
        Draw the figures too (some seconds).
    progress : callable, optional
        Told of the phases writing and drawing, and what part of the figures is drawn.
    stop : callable, optional
        Asked as often. Before the folder is written :class:`planner.StoppedError` is raised; once
        the plan stands there, it stays without the figures.
    lang : str, optional
        ``vi`` or ``en``: the language of figures and warnings.

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
            warnings.warn(words, stacklevel=3)
    return written


@stoppable
def read(
    folder: str | Path,
    *,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> PlanFolder:
    """A plan folder that was written earlier, proven again while it is read.

    Parameters
    ----------
    folder : str or Path
        As :func:`planner.write` or ``planner run`` made it.
    progress, stop, lang
        As for :func:`planner.load`; the phases are reading and auditing.

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


@stoppable
def audit(
    source: Result | PlanFolder | str | Path,
    *,
    prove: bool = False,
    time_limit: float | None = None,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
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
    progress, stop, lang
        As for :func:`planner.load`; ``message`` is in this language.

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
        findings, scenario, tables = folder.prove(source)
        head = folder.read_claims(Path(source).absolute())
    else:
        scenario, head = source.scenario, optimize.claims(source)
        with phase("audit"):
            tables = source.plan.text_tables()
            findings = proof.audit(scenario, tables, head)
    if prove and scenario is not None and not findings:
        from planner.analysis.verdicts import prove_bounds

        proofs = prove_bounds(scenario, head, time_limit, progress, stop)
        if stop is not None and stop():
            raise StoppedError("solving")
        findings = [f for p in proofs if (f := p.finding())]
    return findings_frame(lettered(findings, tables), lang or language())


@stoppable
def report(  # noqa: PLR0913
    source: Result | Decided | PlanFolder | str | Path,
    out: str | Path,
    *,
    forms: Sequence[str] = ("docx", "xlsx", "pdf", "html"),
    detail: Literal["brief", "full"] = "brief",
    owner: str = "",
    lang: str | None = None,
    date: str = "",
    template: str | Path | None = None,
    alternatives: Alternatives | str | Path | None = None,
    frontier: Frontier | str | Path | None = None,
    compare: Sequence[Result | PlanFolder | str | Path] = (),
    progress: Sink | None = None,
    stop: Stop | None = None,
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
    detail : str, optional
        What docx and pdf hold: ``brief``, sums by fund, year, group, item and school, or ``full``,
        every line too. The workbook and the page always hold everything.
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
    frontier : Frontier, str or Path, optional
        What :func:`frontier` found of the same inputs, or the folder that ``planner frontier``
        wrote: papers then say what less money would reach.
    compare : sequence, optional
        Plans that were considered besides, results or plan folders (proven first): papers then hold
        each beside the plan, with what differs and what proven figures say of the choice. The plans
        of ``alternatives`` and of a decision's other futures are among them anyway.
    progress, stop
        As for :func:`planner.load`: told of each document as it begins; nothing is written where
        it was stopped.

    Returns
    -------
    list of Path
        The documents, complete and in agreement; or nothing was written.

    Raises
    ------
    ValueError
        A form or a level of detail that there is not.
    NoPlanError
        The result has no plan.
    InputError
        A folder is not as it was written, the owner is unknown, what was found is of another plan
        or other inputs, or a plan to compare is of other years, money or schools.

    Examples
    --------
    >>> import planner, tempfile
    >>> result = planner.solve("scenarios/three-schools")
    >>> with tempfile.TemporaryDirectory() as place:
    ...     [path.name for path in planner.report(result, place, forms=["html"])]
    ['to-trinh.html']
    """
    from planner.analysis.answers import answers_of, considered, read_future
    from planner.present.papers import package, view
    from planner.run import folder as folders

    if not forms or not set(forms) <= set(package.FORMS):
        raise ValueError(f"forms are {', '.join(package.FORMS)}; got: {', '.join(forms) or 'none'}")
    if detail not in ("brief", "full"):
        raise ValueError(f"detail is brief or full; got: {detail}")
    with beside(Path(tempfile.gettempdir()), "planner-report-") as place:
        if isinstance(source, (Result, Decided)):
            source = folders.write(source, place / source.scenario.id)
        known, decided, future = read_future(source)
        answers = answers_of(alternatives, known)
        cut = None if frontier is None else view.frontier_of(frontier, known)
        named = alternatives if isinstance(alternatives, (str, Path)) else None
        besides = [*compare, *(() if answers is None or named else answers.plans)]
        others = [
            folders.write(p, place / f"{p.scenario.id}-{n}") if isinstance(p, Result) else p
            for n, p in enumerate(besides, start=1)
        ]
        choices = considered(known, others, named)
        said = lang or language()
        mine = view.View(known, said, owner, date, None, answers, decided, future, cut, choices)
        own = Path(template) if template else None
        return package.write_report(mine, Path(out), list(forms), own, detail)


# --------------------------------------------------------------------------------------------------
# Around a plan: what was understood, first scenarios, repairs, edited plans, what is saved.


@stoppable
def understood(
    scenario: Scenario | str | Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> Understanding:
    """What was understood of a scenario: counts and sums to hold against the files at hand.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A loaded scenario or a path.
    overrides : mapping, optional
        Dotted settings keys to values, as in :func:`planner.load`; with a path.
    progress, stop, lang
        As for :func:`planner.load`.

    Returns
    -------
    Understanding
        ``text``, as ``planner check`` says it; ``tables`` (``schools``, ``items``, ``money``,
        ``upkeep``, ``futures``, ``unverified``) with ``table(name)``; ``notes``, what was
        interpreted, a row each as in :func:`planner.check`; money in minor units.

    Raises
    ------
    InputError
        The scenario cannot be used; all findings at once.
    ValueError
        ``overrides`` with a loaded scenario.

    Examples
    --------
    >>> import planner
    >>> found = planner.understood("scenarios/three-schools", lang="en")
    >>> found.table("items")[["item", "need", "stock", "short"]].values.tolist()
    [['lab', 9, 0, 9]]
    >>> found.notes.empty
    True
    """
    told = lang or language()
    if isinstance(scenario, Scenario):
        if overrides:
            raise ValueError("overrides go with a path")
        return understanding(scenario, (), told)
    loaded, findings, notes = loading.inspect(scenario, overrides)
    if loaded is None:
        raise InputError(findings)
    return understanding(loaded, notes, language())


@stoppable
def starter(  # noqa: PLR0913
    folder: str | Path,
    *,
    language: str | None = None,
    schools: int = 100,
    synthetic: int | None = None,
    seed: int = 0,
    workbook: bool = False,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> Path:
    """A scenario to begin with, as ``planner new FOLDER``: a workbook to fill in, or invented data.

    Parameters
    ----------
    folder : str or Path
        New or empty; complete in the end, or as it was.
    language : str, optional
        Of the workbook, ``vi`` or ``en``; default: ``lang``.
    schools : int, default 100
        Empty rows for schools.
    synthetic : int, optional
        Instead: invented data of so many schools, said to be invented.
    seed : int, default 0
        Of the invented data.
    workbook : bool, default False
        Invented data as one workbook, not as a CSV a table.
    progress, stop, lang
        As for :func:`planner.load`.

    Returns
    -------
    Path
        The workbook, or the YAML file where there is none.

    Raises
    ------
    InputError
        The folder holds something already or cannot be written, or a table is too long for a
        sheet.

    Examples
    --------
    >>> import planner, tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     made = planner.starter(f"{place}/first", language="en", schools=5)
    ...     made.name, len(planner.check(made.parent).query("severity == 'error'"))
    ('data.xlsx', 0)
    """
    target = Path(folder)
    starting.vacant(target)
    known = language or spoken()
    more: dict[str, Any] = {"invented": synthetic, "seed": seed, "workbook": workbook}
    with refusals_as_findings():
        return starting.begin(target, known, schools, **more)


@stoppable
def save(
    scenario: Scenario | str | Path,
    path: str | Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    title: str | None = None,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> Path:
    """Saves a what-if as a scenario of its own; nothing is overwritten, nothing half-written.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A path: a small YAML file that extends it is written. A loaded scenario: a whole folder.
    path : str or Path
        The new ``.yaml`` file, in the folder of the scenario or above it; or the new folder.
    overrides : mapping, optional
        Dotted settings keys to values, as in :func:`planner.load`; ``None`` removes.
    title : str, optional
        What the new scenario is called; default: as the old one.
    progress, stop, lang
        As for :func:`planner.load`.

    Returns
    -------
    Path
        The YAML file: :func:`planner.load` of it gives ``load(scenario, overrides)``, but for the
        title asked for.

    Raises
    ------
    InputError
        The changed scenario is not sound, something stands at ``path`` or it lies elsewhere.

    Examples
    --------
    >>> import planner, tempfile
    >>> base = planner.load("scenarios/three-schools")
    >>> with tempfile.TemporaryDirectory() as place:
    ...     whole = planner.save(base, f"{place}/three")
    ...     less = planner.save(whole, f"{place}/less.yaml", {"funds.district.amounts.2025": 80})
    ...     print(less.read_text(), end="")
    ...     planner.load(less).settings.funds["district"].amounts
    extends: three/scenario.yaml
    funds:
      district:
        amounts:
          2025: 80
    {2025: 80, 2026: 60000000}
    """
    changes = dict(overrides or {})
    if not isinstance(scenario, Scenario):
        return loading.save_over(scenario, Path(path), changes, title)
    changed = scenario.with_(changes) if changes else scenario
    if title is not None:
        settings = changed.settings.model_copy(update={"title": Text(vi=title)})
        changed = replace(changed, settings=settings)
    return starting.saved(changed, Path(path))


@stoppable
def from_frames(
    settings: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    *,
    id: str = "scenario",
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> Scenario:
    """A scenario from a mapping and DataFrames in memory; no file is read.

    Parameters
    ----------
    settings : mapping
        What a scenario's YAML file holds, without ``data``.
    tables : mapping of DataFrame
        By name (``schools``, ``catalogue``, ``norms`` …), under the template's headers or others
        that the readers know. Numbers, texts, dates, yes/no of any dtype; missing values are empty
        cells. A named index counts as columns.
    id : str, default ``scenario``
        Name of the scenario.
    progress, stop, lang
        As for :func:`planner.load`.

    Returns
    -------
    Scenario
        As read from CSV files that hold the same.

    Raises
    ------
    InputError
        With all findings at once, each at table, row and header as in a CSV file: the first row of
        a frame is row 2, below its header.

    Examples
    --------
    >>> import planner
    >>> settings, tables = planner.to_frames(planner.load("scenarios/three-schools"))
    >>> tables["schools"].loc[0, "pupils"] = 500
    >>> planner.from_frames(settings, tables).schools["pupils"].tolist()
    [500, 300, 200]
    """
    scenario, findings = loading.of_frames(settings, tables, id)
    if scenario is None:
        raise InputError(findings)
    return scenario


@stoppable
def to_frames(
    scenario: Scenario | str | Path,
    *,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """A scenario as a mapping of settings and a DataFrame a table, for :func:`planner.from_frames`.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A loaded scenario or a path.
    progress, stop, lang
        As for :func:`planner.load`.

    Returns
    -------
    tuple of dict, dict of DataFrame
        All settings, defaults filled in; copies of the tables that hold anything, under the
        template's headers: money ``int64`` in minor units, decimals exact. Together they give an
        equal scenario again, unless its futures are read from files.

    Examples
    --------
    >>> import planner
    >>> known = planner.load("scenarios/three-schools")
    >>> planner.from_frames(*planner.to_frames(known)) == known
    True
    """
    return writing.frames_of(scenario_of(scenario))
