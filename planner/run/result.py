"""What a solve gives back: a status that says what was proven, and a plan where there is one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import NoPlanError
from planner.formulation.model import Duals, Model
from planner.messages import card
from planner.messages.numbers import pupil_years
from planner.plan import Plan
from planner.plan.contract import number_text
from planner.scenario.scenario import Scenario
from planner.solving.solution import Floor, Stage, Status, relative_gap
from planner.vocabulary.axes import Floats


@dataclass(frozen=True, repr=False, eq=False)
class Relaxation:
    """Values and duals of the linear relaxation: never a plan that can be signed.

    The tables are written when they are asked for, in the units people use: purchases in units,
    money in minor units. A sweep reads the arrays only, which are in the model's units.

    Attributes
    ----------
    model : Model
        What was solved; its money is in units of ``model.scale`` minor units.
    values : ndarray of float64
        ``[column]`` what is decided.
    duals : ndarray of float64
        ``[row]`` shadow prices, points per unit of the row; NaN where the engine gives none.
    reduced_costs : ndarray of float64
        ``[column]`` points per unit of the column; NaN where the engine gives none.
    reached : tuple
        Under ``maxmin``: what each school reached, floor by floor.
    floors : DataFrame
        The same as a table, one row a school.

        ======== ======= ===============================
        column   dtype   meaning
        ======== ======= ===============================
        school   str     id
        coverage float64 reached, 0–1, last plan year
        step     int64   when its floor was settled
        ======== ======= ===============================
    columns : DataFrame
        One row a column of the model.

        ============ ======= =====================================
        column       dtype   meaning
        ============ ======= =====================================
        name         str     e.g. ``buy[A,lab,district,2025]``
        value        float64 what is decided: units, minor units of money, 0/1
        reduced_cost float64 points that one such unit more would add
        ============ ======= =====================================
    rows : DataFrame
        One row a row of the model.

        ======== ======= =========================================================
        column   dtype   meaning
        ======== ======= =========================================================
        name     str     e.g. ``fund_within_budget[district,2025]``
        unit     str     ``money`` (minor units) or empty (units, shares, counts)
        activity float64 left side
        bound    float64 right side; of two, the one that the dual belongs to
        lower    float64 what the left side is at least; NaN: no such bound
        upper    float64 what the left side is at most; NaN: no such bound
        dual     float64 points that a bound one unit higher would add: nought or
                         more for ≤, nought or less for ≥
        ======== ======= =========================================================

    Examples
    --------
    >>> import planner
    >>> base = planner.load("scenarios/three-schools")
    >>> less = base.with_("funds.district.amounts.2025", 90_000_000)
    >>> rows = planner.solve(less, relax=True).relaxation.rows
    >>> money = rows[rows["name"].str.startswith("fund_within_budget")]
    >>> (money["dual"] * 1_000_000).round(3).tolist()
    [23.333, 10.0]
    """

    model: Model
    values: Floats
    duals: Floats
    reduced_costs: Floats
    reached: tuple[Floor, ...] = ()

    @property
    def people(self) -> float:
        """Equipped pupil-years of funded schools by what is decided: of one best relaxed decision;
        another of the same value may have others.

        Examples
        --------
        >>> import planner
        >>> loose = planner.solve("scenarios/three-schools", relax=True).relaxation
        >>> round(loose.people)
        1300
        """
        return float(self.model.people @ self.values)

    @property
    def prices(self) -> Duals:
        """Shadow prices and reduced costs, as those of :attr:`model` and of no other.

        Examples
        --------
        >>> import planner
        >>> loose = planner.solve("scenarios/three-schools", relax=True).relaxation
        >>> loose.prices.of == loose.model.shape
        True
        """
        return Duals(self.model.shape, self.duals, self.reduced_costs)

    @cached_property
    def columns(self) -> pd.DataFrame:
        """The columns of the model, as the class describes them.

        Examples
        --------
        >>> import planner
        >>> loose = planner.solve("scenarios/three-schools", relax=True).relaxation
        >>> float(loose.columns["value"].max())
        4.0
        """
        model = self.model
        size = model.sizes(model.column_blocks, model.columns)
        return pd.DataFrame(
            {
                "name": [model.column_label(k) for k in range(model.columns)],
                "value": self.values * size,
                "reduced_cost": self.reduced_costs / size + 0.0,
            }
        )

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows of the model, as the class describes them.

        Examples
        --------
        >>> import planner
        >>> loose = planner.solve("scenarios/three-schools", relax=True).relaxation
        >>> loose.rows["name"].iloc[0]
        'coverage_within_service[A,lab,2025]'
        """
        model = self.model
        size = model.sizes(model.row_blocks, model.rows)
        ends = [np.where(np.isfinite(e), e, np.nan) for e in (model.row_lower, model.row_upper)]
        lower, upper = ends
        at_lower = np.isnan(upper) | ((self.duals < 0) & ~np.isnan(lower))
        units = ["money" if b.money else "" for b in model.row_blocks for _ in b.indices]
        return pd.DataFrame(
            {
                "name": [model.row_label(k) for k in range(model.rows)],
                "unit": pd.Series(units, dtype="str"),
                "activity": model.activity(self.values) * size,
                "bound": np.where(at_lower, lower, upper) * size,
                "lower": lower * size,
                "upper": upper * size,
                "dual": self.duals / size + 0.0,
            }
        )

    @cached_property
    def floors(self) -> pd.DataFrame:
        """What leximin reached, the lowest first; empty unless ``priority.mode`` is ``maxmin``.

        Examples
        --------
        >>> import planner
        >>> base = planner.load("scenarios/three-schools")
        >>> loose = planner.solve(base.with_("priority.mode", "maxmin"), relax=True).relaxation
        >>> loose.floors["step"].tolist()[0]
        1
        """
        rows = [
            (self.model.row_label(f.row).split("[", 1)[1].rstrip("]"), f.coverage, f.step)
            for f in self.reached
        ]
        frame = pd.DataFrame(rows, columns=["school", "coverage", "step"])
        return frame.astype({"school": "str", "coverage": "float64", "step": "int64"})

    def __repr__(self) -> str:
        return f"<Relaxation: {self.model.columns} columns, {self.model.rows} rows>"


@dataclass(frozen=True)
class LinesOf:
    """What a plan's purchases are made of.

    Attributes
    ----------
    lines : int
        Purchase lines: school × item × fund × year.
    visits : int
        Years in which a school is delivered to, summed over schools.
    sources : int
        Funds of a school's item, summed over both.
    smallest : int
        The smallest line, minor units; 0 without any.
    sizes : Mapping of int to int
        Size (its lower end, minor units: 1, 2, 5, 10 …) → lines of it.
    """

    lines: int
    visits: int
    sources: int
    smallest: int
    sizes: Mapping[int, int] = field(default_factory=dict)

    @property
    def counted(self) -> tuple[int, int, int]:
        """What is to be few, in order: lines, visits, funds of schools' items.

        Examples
        --------
        >>> from planner.run.result import LinesOf
        >>> LinesOf(3, 2, 3, 10_000).counted < LinesOf(4, 1, 1, 90_000).counted
        True
        """
        return self.lines, self.visits, self.sources


@dataclass(frozen=True)
class Tidied:
    """What tidying a plan gave up, and for what.

    Attributes
    ----------
    within : float
        The part of each stage's value that could be given up, 0–1.
    stages : dict
        Priority stage → what the plan before reached in it: the proof is of this.
    value, people : float
        Points and funded equipped pupil-years of the plan before.
    before, after : LinesOf
        Lines of the plan before and of this one.
    bound_of_lines : int or None
        Lines that every plan has that keeps so much value, proven; ``None``: not known.
    """

    within: float
    stages: dict[str, float]
    value: float
    people: float
    before: LinesOf
    after: LinesOf
    bound_of_lines: int | None


@dataclass(frozen=True)
class Amended:
    """What an amended plan changes of the one before, and what that was worth.

    Attributes
    ----------
    plan : str
        SHA-256 of the ``plan.json`` of the plan before.
    base, identity : str
        What that plan's scenario is called; what tells that plan from any other.
    at : str
        The day of the amendment (ISO); years before its own are closed.
    within : float
        The part of each stage's value that could be given up, 0–1.
    stages : dict
        Priority stage → what the best plan reached in it: the proof is of this.
    value, people : float
        Points and funded equipped pupil-years of the best plan, whatever it changes.
    base_people : float
        Equipped pupil-years of the plan before, as it was.
    changed, bound_of_changes : int
        Lines that differ from the plan before; lines that do in every plan that keeps as much,
        proven.
    changed_by_best : int
        Lines that the best plan changes.
    changes : DataFrame
        Before and after, a row a line, with its cause.
    curve : DataFrame or None
        Value given up against lines changed.
    files : mapping
        What the folder holds beside the plan: the plan before, and what has happened.

    Examples
    --------
    >>> import planner, tempfile
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> less = result.scenario.with_("funds.district.amounts.2025", 80_000_000)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = planner.write(result, f"{place}/plan", figures=False)
    ...     found = planner.amend(folder, less, points=0, gap=0).amended
    >>> found.changed, found.changed_by_best, found.changes["cause"].tolist()
    (1, 3, ['money'])
    """

    plan: str
    base: str
    identity: str
    at: str
    within: float
    stages: dict[str, float]
    value: float
    people: float
    base_people: float
    changed: int
    bound_of_changes: int
    changed_by_best: int
    changes: pd.DataFrame = field(repr=False)
    curve: pd.DataFrame | None = field(default=None, repr=False)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


CHANGED = {
    **dict.fromkeys(("school", "item", "kind", "request", "change", "cause"), "str"),
    **dict.fromkeys(("fund", "fund_reference"), "str"),
    **dict.fromkeys(("year", "year_reference"), "int64"),
    **dict.fromkeys(("quantity", "quantity_reference"), "float64"),
    **dict.fromkeys(("amount", "amount_reference", "difference"), "int64"),
}
"""Columns of ``changes.csv``; of the line now and before (``_reference``), 0 where there is none.
"""


def amended_in(folder: Path, claims: Mapping[str, Any]) -> Amended | None:
    """What the folder of an amended plan says that it changes; of any other ``None``. The folder
    was proven before."""
    said = claims.get("amend")
    if not isinstance(said, Mapping):
        return None
    read: dict[str, Any] = {"keep_default_na": False, "encoding": "utf-8-sig"}
    changes = pd.read_csv(folder / "changes.csv", dtype=str, **read).astype(CHANGED)
    curve = folder / "curve.csv"
    return Amended(
        plan=said["plan"], base=said["base"], identity=said["identity"], at=said["at"],
        within=said["within"], stages=dict(said["stages_before"]), value=said["value_before"],
        people=said["people_before"], base_people=said["base_people"], changed=said["changed"],
        bound_of_changes=said["bound_of_changes"], changed_by_best=said["changed_by_best"],
        changes=changes, curve=pd.read_csv(curve, **read) if curve.is_file() else None,
    )  # fmt: skip


def tidied_in(claims: Mapping[str, Any]) -> Tidied | None:
    """What ``plan.json`` says of what tidying gave up; where nothing could be, ``None``. The sizes
    of the lines that are left are those of the plan's table, and not told again."""
    said = claims.get("tidy")
    if not isinstance(said, Mapping):
        return None
    counts = ("lines", "visits", "sources", "smallest")
    sizes = {int(size): n for size, n in said.get("sizes_before", {}).items()}
    return Tidied(
        said["within"], dict(said["stages_before"]), said["value_before"], said["people_before"],
        LinesOf(**{name: said[f"{name}_before"] for name in counts}, sizes=sizes),
        LinesOf(**{name: said[name] for name in counts}), said["bound_of_lines"],
    )  # fmt: skip


@dataclass(frozen=True, repr=False)
class Result:
    """The outcome of a solve; ``plan`` raises and says why where there is none.

    Attributes
    ----------
    scenario : Scenario
        What was solved.
    status : Status
        What was proven.
    value : float
        Points reached; NaN without a plan.
    bound : float
        Points that no plan can exceed (strict: that keeps the stages before).
    stages : tuple of Stage
        Priority stages, each with a value, bound and gap of its own.
    seconds : float
        Time taken.
    people, people_proposed : float
        Equipped pupil-years: funded, and proposed into building projects.
    people_by_pillar : dict
        Pillar → funded equipped pupil-years.
    settings : dict
        Gap, time limit, threads, solver as used.
    relaxation : Relaxation or None
        Values and duals, where the relaxation was asked for.
    maybe_plan : Plan or None
        ``plan`` without the exception.
    tidied : Tidied or None
        What was given up for fewer lines; ``None`` where nothing could be.
    amended : Amended or None
        Of an amended plan: what it changes.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> result
    <Result scenario: optimal, 8,633.3 points, gap 0.00%, 1,300 equipped pupil-years>
    """

    scenario: Scenario
    status: Status
    value: float = float("nan")
    bound: float = float("inf")
    stages: tuple[Stage, ...] = ()
    seconds: float = 0.0
    people: float = 0.0
    people_proposed: float = 0.0
    people_by_pillar: dict[str, float] = field(default_factory=dict)
    settings: dict[str, object] = field(default_factory=dict)
    relaxation: Relaxation | None = None
    maybe_plan: Plan | None = None
    tidied: Tidied | None = None
    amended: Amended | None = None

    @property
    def plan(self) -> Plan:
        """The audited plan.

        Raises
        ------
        NoPlanError
            There is none; the status says why.

        Examples
        --------
        >>> import planner
        >>> planner.solve("scenarios/three-schools", relax=True).plan
        Traceback (most recent call last):
        ...
        planner.errors.NoPlanError: there is no plan: optimal
        """
        if self.maybe_plan is None:
            raise NoPlanError(str(self.status), self.status.exit_code)
        return self.maybe_plan

    @property
    def gap(self) -> float:
        """Proven relative gap: (bound − value) ÷ max(1, abs(value)); NaN without a value.

        Examples
        --------
        >>> import planner
        >>> planner.solve("scenarios/three-schools", gap=0).gap < 1e-9
        True
        """
        return relative_gap(self.value, self.bound) if np.isfinite(self.value) else math.nan

    def _repr_html_(self) -> str:
        return card(self)

    def __repr__(self) -> str:
        if self.maybe_plan is None:
            return f"<Result {self.scenario.id}: {self.status}>"
        people = pupil_years(self.people, "en")
        return (
            f"<Result {self.scenario.id}: {self.status}, {self.value:,.1f} points, "
            f"gap {self.gap:.2%}, {people} equipped pupil-years>"
        )


def result_in(folder: Path, scenario: Scenario, plan: Plan, claims: Mapping[str, Any]) -> Result:
    """The result that a plan folder was written of, by what its ``plan.json`` claims. The folder
    was proven before; seconds of the stages are not in it."""

    def ends(of: Mapping[str, Any]) -> tuple[float, float]:
        pairs = ((of["value"], math.nan), (of["bound"], math.inf))
        value, bound = (missing if v is None else float(v) for v, missing in pairs)
        return value, bound

    stages = tuple(
        Stage(str(s["name"]), Status(s["status"]), *ends(s), math.nan) for s in claims["stages"]
    )
    return Result(
        scenario, Status(claims["status"]), *ends(claims), stages,
        float(claims["seconds"]), float(claims["people"]), float(claims["people_proposed"]),
        {str(k): float(v) for k, v in claims["people_by_pillar"].items()},
        dict(claims["settings"]), maybe_plan=plan, tidied=tidied_in(claims),
        amended=amended_in(folder, claims),
    )  # fmt: skip


def as_texts(table: pd.DataFrame) -> pd.DataFrame:
    """A table of a decision as the texts that its folder holds."""
    return table.map(lambda v: number_text(v) if isinstance(v, float) else str(v)).astype("str")


Interval = tuple[float, float]
"""At least, at most: points."""


@dataclass(frozen=True, repr=False)
class Decided:
    """One decision for several futures.

    Attributes
    ----------
    scenario : Scenario
        With ``settings.futures`` and its ``cases``.
    status : Status
        What was proven of the aim.
    value, bound : float
        The aim, points: of the plans here, and what no decision exceeds.
    stages : tuple of Stage
        The same by priority stage.
    seconds : float
        Time taken.
    results : Mapping of str to Result
        Future → its whole, audited plan; empty where there is none.
    futures : DataFrame
        One row a future.

        ============ ======= =======================================================
        column       dtype   meaning
        ============ ======= =======================================================
        case         str     name of the future
        weight       float64 share of all weights, 0–1
        value        float64 points of its plan under the decision
        people       float64 funded equipped pupil-years
        spent        int64   minor units
        best         float64 points of the best plan known for it alone
        most         float64 points that no plan of it exceeds
        regret_least float64 points that it stays behind its best, at least …
        regret_most  float64 … and at most
        base         str     with the first future's own decision: ``infeasible``
                             (proven), ``plan`` or ``open``
        base_least   float64 points under that decision, at least; NaN without …
        base_most    float64 … and at most
        dropped      int64   lines of that decision which it cannot buy
        ============ ======= =======================================================

        In pupil-years of the plans found, which no bound is proven of: ``best_people`` (of the
        best plan known for it alone), ``best_people_more`` (than its plan here has),
        ``base_people`` (of its plan under the first one's decision; NaN without),
        ``base_people_less`` (than its plan here has). The plans here were given fewer lines for a
        little value (``tidy``), those others not.
    decision : DataFrame
        What is decided now, one row a line: ``school``, ``item``, ``fund``, ``year``, ``kind``,
        ``request``, ``option``, ``quantity`` (units), ``amount`` (minor units), ``optima`` (in
        how many futures' own best plans the school gets some of it by then), ``in_optima``
        (their names), ``role`` (``core``: in all of them; ``insurance``: in some or none).
    waiting : DataFrame
        What waits, one row a school's item that is bought later: ``school``, ``item``,
        ``cases`` (futures in which it is), ``units_least``, ``units_most`` (over all futures),
        ``amount_most`` (minor units, of the future that spends most on it), ``why``:
        ``handover`` (the building comes after the decision in some future), ``later`` (bought in
        all of them), ``money``, ``price``, ``money_price`` (no future that has it is in that like
        one that has it not), ``other``. A reason is read from the inputs, not proven.
    worth : Mapping of str to tuple
        ``stochastic``: what deciding for all futures is worth against the first one's decision;
        ``information``: what knowing the future would be worth: (at least, at most) points;
        ``stochastic`` is missing where that decision has no plan in some future.
    regret : tuple
        The largest regret: (at least, at most) points.
    settings : dict
        Gap, time limit, aim and the like as used.

    Examples
    --------
    >>> import planner
    >>> less = {"set": {"funds.district.amounts.2026": 10_000_000}}
    >>> futures = {"decide_until": 2025, "cases": {"same": {"weight": 3}, "less": less}}
    >>> base = planner.load("scenarios/three-schools", {"futures": futures})
    >>> found = planner.futures(base, gap=0)
    >>> found.futures[["case", "weight"]].values.tolist()
    [['same', 0.75], ['less', 0.25]]
    >>> found.decision[["school", "in_optima", "role"]].values.tolist()
    [['A', 'same, less', 'core'], ['C', 'same, less', 'core']]
    >>> found.waiting[["school", "cases", "why"]].values.tolist()
    [['B', 'same', 'handover']]
    """

    scenario: Scenario
    status: Status
    value: float = math.nan
    bound: float = math.inf
    stages: tuple[Stage, ...] = ()
    seconds: float = 0.0
    results: Mapping[str, Result] = field(default_factory=dict)
    futures: pd.DataFrame = field(default_factory=pd.DataFrame)
    decision: pd.DataFrame = field(default_factory=pd.DataFrame)
    waiting: pd.DataFrame = field(default_factory=pd.DataFrame)
    worth: Mapping[str, Interval] = field(default_factory=dict)
    regret: Interval = (math.nan, math.nan)
    before: Mapping[str, float] = field(default_factory=dict)
    """Stage → the aim before lines were made fewer: the proof is of this."""
    best: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Future → stage → points of the best plan known for it alone."""
    settings: dict[str, object] = field(default_factory=dict)
    blocked: str = ""
    """The future that has no plan even alone, if that is why there is none."""

    @property
    def gap(self) -> float:
        """Proven relative gap of the aim (0–1).

        Examples
        --------
        >>> import planner
        >>> less = {"set": {"funds.district.amounts.2026": 10_000_000}}
        >>> futures = {"decide_until": 2025, "cases": {"same": {"weight": 3}, "less": less}}
        >>> base = planner.load("scenarios/three-schools", {"futures": futures})
        >>> round(planner.futures(base, gap=0).gap, 6)
        0.0
        """
        return relative_gap(self.value, self.bound) if np.isfinite(self.value) else math.nan

    @property
    def worth_people(self) -> dict[str, float]:
        """What ``worth`` names in equipped pupil-years, the weighted mean over the futures:
        ``stochastic`` (how many more the plans here have than those found under the first one's
        decision; missing where one has none), ``information`` (how many more the best plans known
        for each alone have). Below nought: fewer. Differences of plans found, with no proven
        bounds: points are what was maximised.

        Examples
        --------
        >>> import planner
        >>> less = {"set": {"funds.district.amounts.2026": 10_000_000}}
        >>> futures = {"decide_until": 2025, "cases": {"same": {"weight": 3}, "less": less}}
        >>> base = planner.load("scenarios/three-schools", {"futures": futures})
        >>> planner.futures(base, gap=0).worth_people
        {'information': 0.0, 'stochastic': 0.0}
        """
        if self.futures.empty:
            return {}
        columns = {"information": "best_people_more", "stochastic": "base_people_less"}
        means = {k: float(self.futures["weight"] @ self.futures[c]) for k, c in columns.items()}
        return {k: mean for k, mean in means.items() if np.isfinite(mean)}

    @property
    def until(self) -> int:
        """The last year that is decided now.

        Examples
        --------
        >>> import planner
        >>> less = {"set": {"funds.district.amounts.2026": 10_000_000}}
        >>> futures = {"decide_until": 2025, "cases": {"same": {"weight": 3}, "less": less}}
        >>> base = planner.load("scenarios/three-schools", {"futures": futures})
        >>> planner.futures(base, gap=0).until
        2025
        """
        if self.scenario.settings.futures is None:  # read back from a folder
            return int(str(self.settings["decide_until"]))
        return self.scenario.settings.futures.decide_until

    def plan_of(self, case: str) -> Plan:
        """The audited plan of a future.

        Raises
        ------
        NoPlanError
            There is no decision, or no such future.

        Examples
        --------
        >>> import planner
        >>> less = {"set": {"funds.district.amounts.2026": 10_000_000}}
        >>> futures = {"decide_until": 2025, "cases": {"same": {"weight": 3}, "less": less}}
        >>> base = planner.load("scenarios/three-schools", {"futures": futures})
        >>> found = planner.futures(base, gap=0)
        >>> {case: found.plan_of(case).spent for case in found.results}
        {'same': 160000000, 'less': 100000000}
        """
        if case not in self.results:
            raise NoPlanError(str(self.status), self.status.exit_code)
        return self.results[case].plan

    def __repr__(self) -> str:
        if not self.results:
            return f"<Decided {self.scenario.id}: {self.status}>"
        return (
            f"<Decided {self.scenario.id}: {self.status}, {len(self.results)} futures, "
            f"{self.value:,.1f} points, gap {self.gap:.2%}>"
        )
