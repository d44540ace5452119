"""The verbs as functions: what ``import planner`` offers to notebooks and scripts.

Thin on purpose: each function names the module that does the work. Money is in whole minor
units of the scenario's currency (đồng for VND), shares are 0–1, ``people`` are equipped
pupil-years.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from planner.analysis.compare import Comparison
    from planner.analysis.frontier import Frontier
    from planner.folder import PlanFolder
    from planner.result import Result
    from planner.scenario.scenario import Scenario
    from planner.solving.solution import Progress
    from planner.what_if import Session

Source = "Scenario | str | Path"


def load(path: str | Path, overrides: Mapping[str, Any] | None = None) -> Scenario:
    """Reads and checks a scenario.

    Parameters
    ----------
    path
        A YAML file, an XLSX workbook, or a folder that holds one.
    overrides
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
    from planner.scenario import load as loading

    return loading.load(path, overrides)


def _scenario(source: Any) -> Scenario:
    return load(source) if isinstance(source, (str, Path)) else source


def check(path: str | Path, overrides: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Everything that is wrong with a scenario, without solving it.

    Returns
    -------
    DataFrame
        One row a finding, all columns text: ``severity`` (``error``, ``warning``), ``code``,
        ``where`` (file, row, column), ``message`` in the language of :func:`language`.

    Examples
    --------
    >>> import planner
    >>> planner.check("scenarios/three-schools").empty
    True
    >>> planner.check("scenarios/three-schools", {"tial_years": 2})["code"].tolist()
    ['key_unknown']
    """
    from planner.scenario.load import inspect

    return findings_frame(inspect(path, overrides)[1])


def findings_frame(findings: Iterable[Any]) -> pd.DataFrame:
    """Findings as a table of text: severity, code, where, message."""
    import pandas as pd

    from planner.cards import language
    from planner.messages import say

    rows = [
        (str(f.severity), f.code, str(f.where), say(f.code, language(), **f.params))
        for f in findings
    ]
    return pd.DataFrame(rows, columns=["severity", "code", "where", "message"], dtype="str")


def solve(
    scenario: Scenario | str | Path,
    *,
    gap: float | None = None,
    time_limit: float | None = None,
    threads: int | None = None,
    solver: str = "HiGHS",
    relax: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Finds a plan, rounds it to whole units and whole money, and audits it.

    Parameters
    ----------
    scenario
        A loaded scenario or a path.
    gap
        Proven relative gap at which to stop, 0–1; default: the scenario's.
    time_limit
        Seconds; default: the scenario's.
    threads
        Cores; default: all.
    solver
        ``HiGHS``, ``CBC`` or another engine that PuLP finds.
    relax
        The linear relaxation: ``relaxation`` holds values and duals, and there is no plan.
    progress
        Called now and then with stage, seconds, value, bound.

    Returns
    -------
    Result
        ``status``, ``value``, ``bound``, ``gap``, ``people`` (equipped pupil-years) and
        ``plan`` with its tables; asking for a plan that does not exist raises ``NoPlanError``.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools")
    >>> result.status, round(result.value, 2)
    (<Status.OPTIMAL: 'optimal'>, 8633.33)
    >>> int(result.plan.allocation["amount"].sum())
    160000000
    """
    from planner.optimize import optimize

    return optimize(
        _scenario(scenario),
        gap=gap,
        time_limit=time_limit,
        threads=threads,
        solver=solver,
        relax=relax,
        progress=progress,
    )


def write(result: Result, folder: str | Path, figures: bool = True) -> Path:
    """Writes a plan folder (tables as CSV and XLSX, inputs, figures, ``plan.json``).

    Returns
    -------
    Path
        The folder: complete, or not there at all.

    Examples
    --------
    >>> import planner, tempfile
    >>> result = planner.solve("scenarios/three-schools")
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = planner.write(result, f"{place}/plan", figures=False)
    ...     planner.audit(folder).empty
    True
    """
    from planner import folder as folders
    from planner.cards import language
    from planner.present.figures import save_all

    def draw(to: Path) -> object:
        return save_all(result.plan, to / "figures", language())

    return folders.write(result, folder, [draw] if figures else [])


def read(folder: str | Path) -> PlanFolder:
    """A plan folder that was written earlier, proven again while it is read.

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
    from planner import folder as folders

    return folders.read(folder)


def audit(source: Result | str | Path) -> pd.DataFrame:
    """Proves a plan again from its inputs, in whole money and without a solver.

    Parameters
    ----------
    source
        A result, or a plan folder.

    Returns
    -------
    DataFrame
        Findings as in :func:`check`; empty: everything is proven.

    Examples
    --------
    >>> import planner
    >>> planner.audit(planner.solve("scenarios/three-schools")).empty
    True
    """
    import importlib

    if isinstance(source, (str, Path)):
        from planner.folder import prove

        return findings_frame(prove(source)[0])
    from planner.optimize import claims

    prover = importlib.import_module("planner.audit").audit
    tables = source.plan.text_tables()
    return findings_frame(prover(source.scenario, tables, claims(source)))


def session(scenario: Scenario | str | Path, **limits: Any) -> Session:
    """A session that keeps the model warm: what-ifs on money come back at once.

    Parameters
    ----------
    scenario
        A loaded scenario or a path.
    limits
        ``room`` (how far above today's money a what-if may go, 2 = double), ``threads``,
        ``gap`` (of each what-if, 0.005 unless given).

    Returns
    -------
    Session
        ``solve(amounts={"district": {2025: 90_000_000}}, relax=False)``, amounts in minor
        units.

    Examples
    --------
    >>> import planner
    >>> session = planner.session("scenarios/three-schools", gap=0)
    >>> less = session.solve(amounts={"district": {2025: 80_000_000}})
    >>> round(less.value, 2)
    8166.67
    """
    from planner.what_if import Session

    return Session(_scenario(scenario), **limits)


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
    scenarios
        E.g. ``[base.with_("funds.f.amounts.2025", x) for x in money]``.
    workers
        Spawned processes; 0: one after the other in this process; default 2.
    executor
        Any ``concurrent.futures.Executor`` instead, e.g. Dask's.
    options
        As in :func:`solve`.

    Returns
    -------
    list
        A result for each scenario in order; for one that failed, the exception.

    Examples
    --------
    >>> import planner
    >>> base = planner.load("scenarios/three-schools")
    >>> years = [base.with_("funds.district.amounts.2026", m * 10**6) for m in (0, 60)]
    >>> [round(r.value, 2) for r in planner.solve_many(years, workers=0)]
    [7733.33, 8633.33]
    """
    from planner.analysis.sweep import solve_many as many

    return many(scenarios, workers=workers, executor=executor, **options)


def compare(reference: Any, *others: Any) -> Comparison:
    """What differs between plans; the first is the reference.

    Parameters
    ----------
    reference, others
        Results, plan folders (read, or their paths) or scenario files (solved first).

    Returns
    -------
    Comparison
        ``summary``, ``money``, ``coverage``, ``lines``, ``schools`` as tidy DataFrames.

    Examples
    --------
    >>> import planner
    >>> base = planner.load("scenarios/three-schools")
    >>> less = base.with_("funds.district.amounts.2025", 80_000_000)
    >>> found = planner.compare(planner.solve(base), planner.solve(less))
    >>> int(found.money["difference"].sum())
    -20000000
    >>> found.lines[["school", "change", "cause"]].values.tolist()
    [['B', 'less', 'money'], ['C', 'moves_year', 'money']]
    """
    from planner.analysis.compare import compare as comparing

    return comparing(reference, *others)


def frontier(scenario: Scenario | str | Path, **what: Any) -> Frontier:
    """Value and coverage against money, against a rule's bound, or against fairness.

    Parameters
    ----------
    scenario
        A loaded scenario or a path.
    what
        ``fund`` (an id, or ``"all"``), ``start`` and ``stop`` (relative change of its money,
        −0.5 … 0.5), ``points``; or ``rule`` with absolute ``start`` and ``stop``; or
        ``fairness=True``. ``workers``, ``executor``, ``folder`` (to resume), ``gap``,
        ``time_limit`` (seconds a point), ``progress``.

    Returns
    -------
    Frontier
        ``table``: one row a point; ``kinks``: the corners of the LP; ``next_billion``.

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

    return tracing(_scenario(scenario), **what)
