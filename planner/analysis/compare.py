"""What differs between plans: status, money, coverage, people, lines and their causes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from planner.analysis.changes import changed_lines
from planner.analysis.frames import COMPARISON, typed
from planner.plan import Plan
from planner.plan.exact import exact
from planner.scenario.scenario import Scenario
from planner.scenario.schema import GROUPS


@dataclass(frozen=True)
class Told:
    """A plan with what was claimed of it: the common ground of results and plan folders."""

    name: str
    plan: Plan
    status: str
    value: float
    gap: float
    people: float
    people_proposed: float


@dataclass(frozen=True, repr=False)
class Comparison:
    """Plans beside a reference: what differs, line by line and summed up.

    Money is in whole minor units, shares are 0–1. Only the reference and nothing beside it
    gives empty tables.

    Attributes
    ----------
    plans : tuple of Told
        The plans as they were given, the reference first.
    summary : DataFrame
        One row a plan, the reference first.

        =============== ======= =========================================
        column          dtype   meaning
        =============== ======= =========================================
        plan            str     name
        status          str     as claimed
        value           float64 points
        gap             float64 proven relative gap, 0–1
        people          float64 equipped pupil-years, funded
        people_proposed float64 the same, proposed into building projects
        spent           int64   funded in the plan years, minor units
        proposed        int64   into building projects, minor units
        =============== ======= =========================================
    money : DataFrame
        Every line of both allocations is in exactly one row: differences add up to the đồng.

        ================ ===== =========================
        column           dtype meaning
        ================ ===== =========================
        plan             str   name
        fund             str   id
        year             int64 year of the line
        kind             str   of line
        amount           int64 minor units
        amount_reference int64 minor units
        difference       int64 amount − amount_reference
        ================ ===== =========================
    coverage : DataFrame
        Mean coverage of schools by group, last plan year.

        =============== ======= ==========================
        column          dtype   meaning
        =============== ======= ==========================
        plan            str     name
        group           str     as in a plan
        schools         int64   schools that need anything
        before          float64 0–1
        after           float64 0–1
        after_reference float64 0–1
        difference      float64 after − after_reference
        =============== ======= ==========================
    people : DataFrame
        Equipped pupil-years by group, proposals included.

        ================ ======= =========================
        column           dtype   meaning
        ================ ======= =========================
        plan             str     name
        group            str     as in a plan
        people           float64 equipped pupil-years
        people_reference float64 equipped pupil-years
        difference       float64 people − people_reference
        ================ ======= =========================
    schools : DataFrame
        One row a school; NaN where it needs nothing, or is in one plan alone.

        ================== ======= =============================
        column             dtype   meaning
        ================== ======= =============================
        plan               str     name
        school             str     id
        group              str     as in a plan
        coverage           float64 0–1
        coverage_reference float64 0–1
        difference         float64 coverage − coverage_reference
        ================== ======= =============================
    lines : DataFrame
        Lines that appear, disappear, move or change; 0 and empty where there is none.

        ================== ======= ==============================================================
        column             dtype   meaning
        ================== ======= ==============================================================
        plan               str     name
        school             str     id
        item               str     id; empty for a request
        kind               str     of line
        request            str     id, empty otherwise
        change             str     ``appears``, ``disappears``, ``moves_year``, ``moves_fund``, …
        cause              str     ``hand_over``, ``need``, ``price``, ``money``, ``rule``, …
        fund               str     id
        fund_reference     str     id
        year               int64   year of the line
        year_reference     int64   year of the line
        quantity           float64 units
        quantity_reference float64 units
        amount             int64   minor units
        amount_reference   int64   minor units
        difference         int64   amount − amount_reference
        ================== ======= ==============================================================

    Examples
    --------
    >>> import planner
    >>> base = planner.load("scenarios/three-schools")
    >>> less = base.with_("funds.district.amounts.2025", 80_000_000)
    >>> found = planner.compare(base, less)
    >>> found
    <Comparison of scenario (2) with scenario: 2 lines>
    >>> found.coverage[["group", "difference"]].values.tolist()
    [['completed', 0.0], ['under_construction', -0.333333], ['none', 0.0]]
    """

    plans: tuple[Told, ...] = field(repr=False)
    summary: pd.DataFrame
    money: pd.DataFrame
    coverage: pd.DataFrame
    people: pd.DataFrame
    schools: pd.DataFrame
    lines: pd.DataFrame

    @property
    def reference(self) -> Told:
        """The plan that the others are held against.

        Examples
        --------
        >>> import planner
        >>> result = planner.solve("scenarios/three-schools")
        >>> planner.compare(result, result).reference.name
        'scenario'
        """
        return self.plans[0]

    @property
    def empty(self) -> bool:
        """Whether nothing differs.

        Examples
        --------
        >>> import planner
        >>> result = planner.solve("scenarios/three-schools")
        >>> planner.compare(result, result).empty
        True
        """
        tables = (self.money, self.coverage, self.people, self.schools)
        return self.lines.empty and not any((t["difference"].fillna(0) != 0).any() for t in tables)

    def __repr__(self) -> str:
        names = ", ".join(t.name for t in self.plans[1:])
        return f"<Comparison of {names} with {self.reference.name}: {len(self.lines)} lines>"

    def _repr_html_(self) -> str:
        from planner.analysis.compare_card import comparison_card

        return comparison_card(self)


def compare(reference: Any, *others: Any, names: Sequence[str] = ()) -> Comparison:
    """Compares plans with a reference; see :func:`planner.compare`.

    ``names`` are the plans' names in the tables; default: folder or scenario names.
    """
    sources = [reference, *others]
    plans = _named([_told(s) for s in sources], names)
    first, rest = plans[0], plans[1:]
    return Comparison(
        plans=tuple(plans),
        summary=typed(pd.DataFrame([_summary(p) for p in plans]), COMPARISON["summary"]),
        money=_stacked("money", [_money(first.plan, p) for p in rest]),
        coverage=_stacked("coverage", [_coverage(first.plan, p) for p in rest]),
        people=_stacked("people", [_people(first.plan, p) for p in rest]),
        schools=_stacked("schools", [_schools(first.plan, p) for p in rest]),
        lines=_stacked("lines", [changed_lines(p.name, first.plan, p.plan) for p in rest]),
    )


def _stacked(name: str, frames: list[pd.DataFrame]) -> pd.DataFrame:
    contract = COMPARISON[name]
    joined = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return typed(joined, contract)[list(contract)]


def _told(source: Any) -> Told:
    """A result, a plan folder that was read, a scenario, or a path to either of the two."""
    if isinstance(source, (str, Path)):
        from planner.folder import is_plan_folder, read

        path = Path(source)
        if is_plan_folder(path):
            return _told(read(path))
        from planner.scenario.load import load

        source = load(path)
    if isinstance(source, Scenario):
        from planner.optimize import optimize

        source = optimize(source)
    if hasattr(source, "claims"):
        said = source.claims
        numbers = {k: _number(said.get(k)) for k in ("value", "gap", "people", "people_proposed")}
        return Told(source.path.name, source.plan, str(said["status"]), **numbers)
    return Told(
        source.scenario.id,
        source.plan,
        str(source.status),
        source.value,
        source.gap,
        source.people,
        source.people_proposed,
    )


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _named(plans: list[Told], names: Sequence[str]) -> list[Told]:
    """The plans under names that differ."""
    seen: dict[str, int] = {}
    named = []
    for number, told in enumerate(plans):
        name = names[number] if number < len(names) else told.name
        seen[name] = seen.get(name, 0) + 1
        named.append(replace(told, name=name if seen[name] == 1 else f"{name} ({seen[name]})"))
    return named


def _summary(told: Told) -> dict[str, Any]:
    plan = told.plan
    return {
        "plan": told.name,
        "status": told.status,
        "value": told.value,
        "gap": told.gap,
        "people": told.people,
        "people_proposed": told.people_proposed,
        "spent": plan.spent,
        "proposed": int(plan.schools["proposed"].sum()),
    }


def _beside(
    name: str, keys: list[str], new: pd.DataFrame, old: pd.DataFrame, value: str
) -> pd.DataFrame:
    """Two tables side by side by their keys, with the difference of ``value``."""
    joined = new.merge(old[[*keys, value]], on=keys, how="outer", suffixes=("", "_reference"))
    joined.insert(0, "plan", name)
    if keys != ["group"]:
        return joined
    order = {g: k for k, g in enumerate(GROUPS)}
    return joined.sort_values("group", key=lambda g: g.map(order), ignore_index=True)


def _money(reference: Plan, told: Told) -> pd.DataFrame:
    keys = ["fund", "year", "kind"]
    new, old = (
        p.allocation.groupby(keys, as_index=False)["amount"].sum() for p in (told.plan, reference)
    )
    frame = _beside(told.name, keys, new, old, "amount")
    for column in ("amount", "amount_reference"):
        frame[column] = frame[column].fillna(0).astype("int64")
    return frame.assign(difference=frame["amount"] - frame["amount_reference"])


def _coverage(reference: Plan, told: Told) -> pd.DataFrame:
    new, old = (_group_coverage(p) for p in (told.plan, reference))
    frame = _beside(told.name, ["group"], new, old, "after")
    return frame.assign(difference=(frame["after"] - frame["after_reference"]).round(6))


def _group_coverage(plan: Plan) -> pd.DataFrame:
    """Mean coverage of schools by group, as in the summary of a run."""
    rows = []
    for group in GROUPS:
        mine = plan.schools[(plan.schools["group"] == group)]
        mine = mine[mine["coverage_after"].notna()]
        if len(mine):
            means = {w: float(mine[f"coverage_{w}"].mean()) for w in ("before", "after")}
            rows.append({"group": group, "schools": len(mine), **means})
    return pd.DataFrame(rows, columns=["group", "schools", "before", "after"])


def _people(reference: Plan, told: Told) -> pd.DataFrame:
    new, old = (
        p.schools[["group"]]
        .assign(people=exact(p).people_by_school.to_numpy())
        .groupby("group", as_index=False)["people"]
        .sum()
        for p in (told.plan, reference)
    )
    frame = _beside(told.name, ["group"], new, old, "people")
    frame = frame.fillna({"people": 0.0, "people_reference": 0.0})
    return frame.assign(difference=(frame["people"] - frame["people_reference"]).round(6))


def _schools(reference: Plan, told: Told) -> pd.DataFrame:
    new, old = (
        p.schools[["school", "group", "coverage_after"]].rename(
            columns={"coverage_after": "coverage"}
        )
        for p in (told.plan, reference)
    )
    frame = _beside(told.name, ["school"], new, old, "coverage")
    return frame.assign(difference=(frame["coverage"] - frame["coverage_reference"]).round(6))
