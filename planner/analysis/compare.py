"""What differs between plans: status, money, coverage, people, lines and their causes."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from planner.analysis.resolve import claimed, solve_again
from planner.analysis.unmet import group_coverage
from planner.errors import StoppedError
from planner.messages import card
from planner.plan import Plan
from planner.plan.coverage import exact
from planner.run import folder
from planner.run.result import Amended, amended_in
from planner.scenario.contracts import TABLES
from planner.scenario.load import load
from planner.scenario.scenario import Scenario
from planner.scenario.schema import GROUPS, Settings
from planner.solving.solution import Job, Sink, Stop, never
from planner.vocabulary.axes import Axes, amounts, need_array, setup_price, stock_array, unit_price
from planner.vocabulary.register import REGISTER

# --------------------------------------------------------------------------------------------------
# Why a line of one plan differs from that of another, where the inputs can name it.
#
# The causes are looked at in this order; the first that touches the line itself is given:
#
# ``school``     the school is in one scenario alone;
# ``item``       so is the item;
# ``hand_over``  the school's group or hand-over year differs;
# ``need``       what the school needs of the item, or has of it, differs;
# ``price``      the item's unit price or site works in a year of the line differ, or what an
#                option of the request costs;
# ``money``      a fund of the line has other amounts, reserve, carry-over or scope;
# ``rule``       rules, priorities, requests, contracts, bans or capacities differ;
# ``indirect``   the inputs differ, but not where the line is: money was freed or taken elsewhere;
# ``gap``        the inputs are the same: both plans are within their gap of the best, or of what
#                could be given up for fewer lines.
#
# Each cause looks at both scenarios alike, so that it is the same whichever comes first. A plan
# that amends the reference says itself why its lines changed (``contract``, ``cancelled``, ``past``
# are causes that only an amendment has), and is believed: contracts and past years are no rules.

CAUSES = ("school", "item", "hand_over", "need", "price", "money", "rule", "indirect", "gap")
STATED = tuple(place for entry in REGISTER.values() for place in entry.settings)
"""Where the inputs state the standing rules."""
RULED = (
    "rules", "priority", "tiers", "discount", "years", "tail_years",
    *(place for place in STATED if place in Settings.model_fields and place not in TABLES),
)  # fmt: skip
"""Settings whose difference is said to be a ``rule``."""
ASKED = ("norms", "needs", "schools")
"""Tables whose difference is looked up before: they state needs and hand-overs."""
RULED_TABLES = (
    *dict.fromkeys(
        table
        for table in (place.partition(".")[0] for place in STATED if "catalogue" not in place)
        if table in TABLES and table not in ASKED
    ),
    "request_items",
)
"""Tables whose difference is said to be a ``rule``."""
PRICED = ("catalogue.setup",)
RULED_COLUMNS = tuple(
    place.partition(".")[2]
    for place in STATED
    if place.startswith("catalogue.") and place not in PRICED
)
"""Columns of the catalogue that state rules, not prices."""


@dataclass(frozen=True)
class Causes:
    """What differs between two scenarios, looked up line by line."""

    one: Scenario
    other: Scenario

    def of(self, school: str, item: str, funds: set[str], years: set[int]) -> str:
        """The cause of a difference in a line of ``item`` (or of a request) at ``school``."""
        for kind, name in (("school", school), ("item", item)):
            if (kind, name) in self.apart:
                return kind
        if school in self.moved_schools:
            return "hand_over"
        if (school, item) in self.changed_needs:
            return "need"
        prices = [{year: _price(s, item, year) for year in years} for s in (self.one, self.other)]
        if item in self.repriced or prices[0] != prices[1]:
            return "price"
        if funds & self.changed_funds:
            return "money"
        if self.rules_differ:
            return "rule"
        return "indirect" if self.anything and school not in self.proposed else "gap"

    @cached_property
    def proposed(self) -> frozenset[str]:
        """Schools that draw on their own building project, so no other money reaches them."""
        pairs = [s.schools[s.schools["group"] == "preparing"] for s in (self.one, self.other)]
        return frozenset.intersection(*(frozenset(p["school"]) for p in pairs))

    @cached_property
    def apart(self) -> frozenset[tuple[str, str]]:
        """What is in one scenario alone: ``school`` or ``item``, and its id."""
        one, other = ({*s.schools["school"]} for s in (self.one, self.other))
        items = self.one.items.keys() ^ self.other.items.keys()
        return frozenset({*product(["school"], one ^ other), *product(["item"], items)})

    @cached_property
    def moved_schools(self) -> frozenset[str]:
        """Schools of both scenarios with another group or hand-over year."""
        known = []
        for s in (self.one.schools, self.other.schools):
            state = zip(s["group"], s["ready"].astype("str"), strict=True)
            known.append(dict(zip(s["school"], state, strict=True)))
        first, second = known
        return frozenset(k for k in first.keys() & second.keys() if first[k] != second[k])

    @cached_property
    def changed_needs(self) -> frozenset[tuple[str, str]]:
        """(school, item) whose need or stock differs in a year that both know."""
        if all(
            self.one.table(t).equals(self.other.table(t))
            for t in ("schools", "drivers", "inventory", "catalogue", "norms", "needs")
        ):
            return frozenset()
        known: list[dict[tuple[str, str], list[int]]] = []
        for scenario in (self.one, self.other):
            axes = Axes(scenario)
            both = [need_array(scenario, axes), stock_array(scenario, axes)]
            cells = np.concatenate(both, axis=2).reshape(-1, 2 * both[0].shape[2])
            known.append(dict(zip(product(axes.schools, axes.items), cells.tolist(), strict=True)))
        first, second = known
        return frozenset(k for k in first.keys() & second.keys() if first[k] != second[k])

    @cached_property
    def repriced(self) -> frozenset[str]:
        """Requests of both scenarios of which some option costs something else."""
        first, second = (
            {
                str(name): {tuple(map(str, row)) for row in rows.itertuples(index=False)}
                for name, rows in scenario.table("request_costs").groupby("request")
            }
            for scenario in (self.one, self.other)
        )
        return frozenset(k for k in first.keys() & second.keys() if first[k] != second[k])

    @cached_property
    def changed_funds(self) -> frozenset[str]:
        """Funds with other money or scope, or in one scenario alone."""
        first, second = self.one.settings.funds, self.other.settings.funds
        changed = set(first) ^ set(second)
        for name in first.keys() & second.keys():
            a, b = first[name], second[name]
            scope: dict[str, object] = {"amounts": {}, "name": None}
            given = amounts(self.one, a) != amounts(self.other, b)
            if given or a.model_copy(update=scope) != b.model_copy(update=scope):
                changed.add(name)
        return frozenset(changed)

    @cached_property
    def rules_differ(self) -> bool:
        """Whether anything that :data:`RULED` names differs."""
        one, other = self.one, self.other
        catalogues = [s.table("catalogue")[["item", *RULED_COLUMNS]] for s in (one, other)]
        return (
            any(getattr(one.settings, n) != getattr(other.settings, n) for n in RULED)
            or any(not one.table(t).equals(other.table(t)) for t in RULED_TABLES)
            or not catalogues[0].equals(catalogues[1])
        )

    @cached_property
    def anything(self) -> bool:
        """Whether the scenarios ask different things (titles, limits and tidying apart)."""
        quiet = {"title": None, "solve": None, "tidy": None, "proposal": None, "data": None}
        first, second = (s.settings.model_copy(update=quiet) for s in (self.one, self.other))
        if first != second:
            return True
        tables = {*self.one.tables, *self.other.tables}
        return any(not self.one.table(t).equals(self.other.table(t)) for t in tables)


def _price(scenario: Scenario, item: str, year: int) -> tuple[int, int] | None:
    """Unit price and site works of an item; ``None`` where there is none such."""
    known = scenario.items.get(item)
    if known is None:
        return None
    return unit_price(scenario, known, year), setup_price(scenario, known, year)


# --------------------------------------------------------------------------------------------------
# Which lines appear, disappear or move between two plans.
#
# Lines of one school, item, kind and request are paired: first those of the same fund and year,
# then what is left of the same fund (the year moved), then of the same year (the fund moved),
# then the rest. The pairing takes both plans alike, so that swapping them mirrors the result.

COLUMNS = [
    "plan", "school", "item", "kind", "request", "change", "cause", "fund", "fund_reference",
    "year", "year_reference", "quantity", "quantity_reference", "amount", "amount_reference",
    "difference",
]  # fmt: skip
CHANGES = (
    "appears", "disappears", "moves_year", "moves_fund", "moves", "more", "less", "option",
    "amount",
)  # fmt: skip
"""What can happen to a line; ``moves`` is year and fund, ``option`` another option of a request,
``amount`` the same units (or the same request) for other money."""


class Line(NamedTuple):
    """A line of a plan (several of the same fund, year and option are one); ``dust`` is what one
    more minor unit of money buys of an item that is not whole, of others 0."""

    fund: str
    year: int
    option: str
    quantity: float
    amount: int
    dust: float = 0.0


Key = tuple[str, str, str, str]
Pair = tuple[Line | None, Line | None]


def changed_lines(name: str, reference: Plan, plan: Plan) -> pd.DataFrame:
    """Lines of ``plan`` that differ from those of ``reference``, in the order of the inputs.

    Columns: plan, school, item, kind, request, change (see :data:`CHANGES`), cause, then for
    ``plan`` and ``reference`` fund, year, quantity, amount (minor units, 0 where there is no
    line), and difference = amount − amount_reference.
    """
    before, after = _lines(reference), _lines(plan)
    causes = Causes(reference.scenario, plan.scenario)
    rows = []
    for key in [*before, *(k for k in after if k not in before)]:
        for old, new in pairs(before.get(key, []), after.get(key, []), key[2] == "upkeep"):
            change = _change(old, new)
            if not change:
                continue
            school, item, kind, request = key
            there = [x for x in (old, new) if x is not None]
            funds, years = {x.fund for x in there}, {x.year for x in there}
            row: dict[str, Any] = {
                "plan": name, "school": school, "item": item, "kind": kind, "request": request,
                "change": change, "cause": causes.of(school, item or request, funds, years),
            }  # fmt: skip
            for line, suffix in ((new, ""), (old, "_reference")):
                row[f"fund{suffix}"] = line.fund if line else ""
                row[f"year{suffix}"] = line.year if line else 0
                row[f"quantity{suffix}"] = line.quantity if line else 0.0
                row[f"amount{suffix}"] = line.amount if line else 0
            row["difference"] = row["amount"] - row["amount_reference"]
            rows.append(row)
    frame = pd.DataFrame(rows, columns=COLUMNS)
    order = {s: k for k, s in enumerate(reference.scenario.schools["school"])}
    frame = frame.assign(_place=frame["school"].map(order).fillna(len(order)))
    frame = frame.sort_values(["_place", "item", "kind", "year", "year_reference"])
    return frame.drop(columns="_place").reset_index(drop=True)


def by_weight(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines but upkeep, those first that matter most: by the money that moves or differs."""
    shown = lines[lines["kind"] != "upkeep"]
    whole = shown[["amount", "amount_reference"]].max(axis=1)
    moved = shown["change"].isin(("moves", "moves_year", "moves_fund", "option"))
    weight = shown["difference"].abs().where(~moved, whole)
    return shown.loc[weight.sort_values(ascending=False, kind="stable").index]


def _lines(plan: Plan) -> dict[Key, list[Line]]:
    found: dict[Key, list[Line]] = defaultdict(list)
    loose = {name for name, item in plan.scenario.items.items() if not item.whole}
    for row in plan.allocation.to_dict("records"):
        key = tuple(str(row[c] or "") for c in ("school", "item", "kind", "request"))
        units = 0.0 if pd.isna(row["quantity"]) else float(row["quantity"])
        amount = int(row["amount"])
        dust = 1 / int(row["unit_price"]) if key[1] in loose and row["unit_price"] else 0.0
        if dust and key[2] == "purchase":
            units = amount * dust
        line = Line(
            str(row["fund"]), int(row["year"]), str(row["option"] or ""), units, amount, dust
        )
        found[key].append(line)  # type: ignore[index]
    return found


def pairs(old: list[Line], new: list[Line], fixed: bool) -> Iterator[Pair]:
    """Pairs of lines that stand for each other; ``fixed``: fund and year never move."""
    left, right = sorted(old), sorted(new)
    keys: list[Any] = [lambda x: (x.fund, x.year), lambda x: x.fund, lambda x: x.year]
    for same in keys[:1] if fixed else [*keys, lambda _: 0]:
        rest: list[Line] = []
        groups: dict[Any, list[Line]] = defaultdict(list)
        for line in right:
            groups[same(line)].append(line)
        for line in left:
            waiting = groups[same(line)]
            if waiting:
                yield line, waiting.pop(0)
            else:
                rest.append(line)
        left, right = rest, sorted(x for g in groups.values() for x in g)
    yield from ((line, None) for line in left)
    yield from ((None, line) for line in right)


def _change(old: Line | None, new: Line | None) -> str:
    if old is None or new is None:
        return "appears" if old is None else "disappears"
    if old.year != new.year:
        return "moves" if old.fund != new.fund else "moves_year"
    if old.fund != new.fund:
        return "moves_fund"
    if abs(old.quantity - new.quantity) > max(old.dust, new.dust):
        return "more" if new.quantity > old.quantity else "less"
    if old.option != new.option:
        return "option"
    return "amount" if old.amount != new.amount else ""


# --------------------------------------------------------------------------------------------------
# Columns and dtypes of the tables that comparisons and frontiers give (the classes say what
# they mean): the same whatever they hold, also where they hold nothing.

Contract = Mapping[str, str]

COMPARISON: Mapping[str, Contract] = {
    "summary": {
        "plan": "str", "status": "str", "value": "float64", "gap": "float64",
        "people": "float64", "people_proposed": "float64", "spent": "int64",
        "proposed": "int64",
    },
    "money": {
        "plan": "str", "fund": "str", "year": "int64", "kind": "str", "amount": "int64",
        "amount_reference": "int64", "difference": "int64",
    },
    "coverage": {
        "plan": "str", "group": "str", "schools": "int64", "before": "float64",
        "after": "float64", "after_reference": "float64", "difference": "float64",
    },
    "people": {
        "plan": "str", "group": "str", "people": "float64", "people_reference": "float64",
        "difference": "float64",
    },
    "schools": {
        "plan": "str", "school": "str", "group": "str", "coverage": "float64",
        "coverage_reference": "float64", "difference": "float64",
    },
    "lines": {
        "plan": "str", "school": "str", "item": "str", "kind": "str", "request": "str",
        "change": "str", "cause": "str", "fund": "str", "fund_reference": "str",
        "year": "int64", "year_reference": "int64", "quantity": "float64",
        "quantity_reference": "float64", "amount": "int64", "amount_reference": "int64",
        "difference": "int64",
    },
}  # fmt: skip


def typed(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """The frame with the contract's columns first, in its dtypes: missing texts are empty,
    missing whole numbers 0 (``Int64``: missing), missing real ones NaN."""
    columns: dict[Any, pd.Series] = {}
    for name, dtype in contract.items():
        nothing = pd.Series(None, index=frame.index, dtype="object")
        values = frame.get(name, nothing)
        if dtype in ("str", "int64"):
            values = values.astype("object").where(values.notna(), "" if dtype == "str" else 0)
        elif dtype == "Int64":
            values = values.astype("float64")
        columns[name] = values.astype(dtype)
    more = {name: frame[name] for name in frame.columns if name not in contract}
    return pd.DataFrame(columns | more, index=frame.index)


class Apart(NamedTuple):
    """A plan whose scenario is no change of the reference's: less than half of the smaller one's
    schools (by id, name and level) or items are in both; ``schools`` and ``items`` (ids) are."""

    plan: str
    schools: frozenset[str]
    items: frozenset[str]


def apart(name: str, *both: Scenario) -> Apart | None:
    """What two scenarios have in common, where that is too little to be changes of one another."""
    named = [{*s.schools[["school", "name", "level"]].itertuples(index=False)} for s in both]
    schools, items = named[0] & named[1], both[0].items.keys() & both[1].items.keys()
    few = min(map(len, named)), min(len(s.items) for s in both)
    if 2 * len(schools) >= few[0] and 2 * len(items) >= few[1]:
        return None
    return Apart(name, frozenset(str(row[0]) for row in schools), frozenset(items))


class Amends(NamedTuple):
    """One plan of a comparison amends another: their names, the day (ISO), and how many amendments
    lie between (1: none but this one)."""

    plan: str
    base: str
    at: str
    steps: int


@dataclass(frozen=True)
class ClaimedPlan:
    """A plan with what was claimed of it: the common ground of results and plan folders."""

    name: str
    plan: Plan
    status: str
    value: float
    gap: float
    people: float
    people_proposed: float
    amended: Amended | None = None
    """What it changes of the plan that it amends, if it amends one."""
    identity: str = ""
    """What tells the plan from any other; empty where no plan of the comparison amends one."""
    before: tuple[str, ...] = ()
    """Identities of the plans that it amends, the nearest first."""


@dataclass(frozen=True, repr=False)
class Comparison:
    """Plans beside a reference: what differs, line by line and summed up.

    Money is in whole minor units, shares are 0–1. Only the reference and nothing beside it
    gives empty tables.

    Attributes
    ----------
    plans : tuple of ClaimedPlan
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
    apart : tuple of Apart
        Plans of another scenario altogether, with the schools and items (ids) that both have: of
        these the tables but ``summary`` hold only what is in both.
    chain : tuple of Amends
        Which of the plans amends which, the hash of its inputs, tables and stages being the one
        that the amended plan names: ``plan``, ``base`` (names), ``at`` (ISO date), ``steps`` (1:
        directly).

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

    plans: tuple[ClaimedPlan, ...] = field(repr=False)
    summary: pd.DataFrame
    money: pd.DataFrame
    coverage: pd.DataFrame
    people: pd.DataFrame
    schools: pd.DataFrame
    lines: pd.DataFrame
    chain: tuple[Amends, ...] = ()
    apart: tuple[Apart, ...] = ()

    @property
    def reference(self) -> ClaimedPlan:
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
        """Whether nothing differs; of two scenarios that are not one, something does.

        Examples
        --------
        >>> import planner
        >>> result = planner.solve("scenarios/three-schools")
        >>> planner.compare(result, result).empty
        True
        """
        tables = (self.money, self.coverage, self.people, self.schools)
        if self.apart:
            return False
        return self.lines.empty and not any((t["difference"].fillna(0) != 0).any() for t in tables)

    def __repr__(self) -> str:
        names = ", ".join(t.name for t in self.plans[1:])
        return f"<Comparison of {names} with {self.reference.name}: {len(self.lines)} lines>"

    def _repr_html_(self) -> str:
        return card(self)


def compare(
    reference: Any,
    *others: Any,
    names: Sequence[str] = (),
    progress: Sink | None = None,
    stop: Stop = never,
) -> Comparison:
    """Compares plans with a reference; see :func:`planner.compare`.

    ``names`` are the plans' names in the tables; default: folder or scenario names.
    """
    job = Job("comparing", 1 + len(others), progress)
    plans: list[ClaimedPlan] = []
    sources: list[Any] = []
    seen = dict[str, int]()
    numbers = ("value", "gap", "people", "people_proposed")
    values: dict[str, Any]
    tidy: float | None = None
    for number, given in enumerate((reference, *others)):
        # a result, a plan folder that was read, a scenario, or a path to either of the two
        source = given
        job.tell(_called(given), number)
        if stop():
            raise StoppedError("comparing")
        if isinstance(source, (str, Path)):
            path = Path(source)
            source = folder.read(path) if folder.is_plan_folder(path) else load(path)
        if isinstance(source, Scenario):
            # the reference is tidied as its scenario says, the others as the reference was
            inside = job.inside(source.id)
            source = solve_again(source, tolerant=False, tidy=tidy, progress=inside, stop=stop)
            if stop():  # half a solve is no plan to compare with
                raise StoppedError("comparing")
        if number == 0:
            tidy = float(dict(claimed(source).get("tidy") or {}).get("within", 0.0))
        if hasattr(source, "claims"):
            said, name = source.claims, source.path.name
            status = str(said["status"])
            values = {k: np.nan if said.get(k) is None else float(said[k]) for k in numbers}
        else:
            name, status = source.scenario.id, str(source.status)
            values = {k: getattr(source, k) for k in numbers}
        name = names[number] if number < len(names) else name
        seen[name] = seen.get(name, 0) + 1
        name = name if seen[name] == 1 else f"{name} ({seen[name]})"
        plans.append(ClaimedPlan(name, source.plan, status, **values))
        sources.append(source)
    job.tell(done=len(plans))
    plans, chain = _chained(plans, sources)
    first, rest = plans[0], plans[1:]
    own = first.plan.scenario
    strange = {p.name: x for p in rest if (x := apart(p.name, own, p.plan.scenario))}
    frames = {
        name: [_beside(p, first.plan, strange.get(p.name), *how) for p in rest]
        for name, how in BESIDE.items()
    }
    lines = [_said(p, first, changed_lines(p.name, first.plan, p.plan)) for p in rest]
    frames["lines"] = [_common(x, strange.get(p.name)) for p, x in zip(rest, lines, strict=True)]
    summary = [
        {"plan": p.name, "spent": p.plan.spent, "proposed": int(p.plan.schools["proposed"].sum())}
        | {k: getattr(p, k) for k in ("status", *numbers)}
        for p in plans
    ]
    tables = {
        name: pd.concat(of, ignore_index=True) if of else pd.DataFrame()
        for name, of in (frames | {"summary": [pd.DataFrame(summary)]}).items()
    }
    return Comparison(
        tuple(plans),
        **{name: typed(tables[name], kinds)[list(kinds)] for name, kinds in COMPARISON.items()},
        chain=chain,
        apart=tuple(strange.values()),
    )


def _called(given: Any) -> str:
    """What is compared, by its path or its scenario."""
    named = given if isinstance(given, (str, Path)) else getattr(given, "path", None)
    scenario = given if isinstance(given, Scenario) else getattr(given, "scenario", None)
    return str(getattr(scenario, "id", "")) if named is None else Path(named).name


def _chained(
    plans: Sequence[ClaimedPlan], sources: Sequence[Any]
) -> tuple[list[ClaimedPlan], tuple[Amends, ...]]:
    """The plans with what they amend, and which of them amends which."""
    known = []
    for source in sources:
        found, before = None, list[str]()
        if hasattr(source, "claims"):
            found = amended_in(source.path, source.claims)
            names = sorted(n for n in source.claims["files"] if EARLIER.fullmatch(n))
            heads = [(source.path / n).read_bytes() for n in sorted(names, key=len)]
        elif (found := getattr(source, "amended", None)) is not None:
            names = [n for n in found.files if EARLIER.fullmatch(n)]
            heads = [found.files[n] for n in sorted(names, key=len)]
        if found is not None:
            earlier = [dict(json.loads(head)).get("amend") for head in heads]
            before = [found.identity, *(str(said["identity"]) for said in earlier if said)]
        known.append((found, tuple(before)))
    if not any(before for _, before in known):
        return list(plans), ()
    own = [folder.plan_id(source) for source in sources]
    told = [
        replace(plan, amended=found, identity=identity, before=before)
        for plan, (found, before), identity in zip(plans, known, own, strict=True)
    ]
    chain = [
        Amends(plan.name, base.name, plan.amended.at, plan.before.index(base.identity) + 1)
        for plan in told
        for base in told
        if plan.amended is not None and base.identity in plan.before
    ]
    return told, tuple(chain)


def _said(claimed: ClaimedPlan, reference: ClaimedPlan, lines: pd.DataFrame) -> pd.DataFrame:
    """The lines with the causes that an amendment of the reference itself gives; running costs have
    the cause of what they are for."""
    if claimed.amended is None or claimed.before[0] != reference.identity:
        return lines
    keys = [c for c in COLUMNS if c not in ("plan", "cause", "difference")]
    keys = [c for c in keys if not c.startswith("quantity")]
    changes = claimed.amended.changes
    known = dict(zip(zip(*(changes[k] for k in keys), strict=True), changes["cause"], strict=True))
    whole = zip(changes["school"], changes["item"], strict=True)
    followed = dict(zip(whole, changes["cause"], strict=True))
    facts = claimed.plan.scenario.table("commitments")
    facts = facts[facts["amount"].notna()]
    signed = set(zip(facts["school"], facts["item"], strict=True))
    causes = []
    for row in lines.to_dict("records"):
        place = (row["school"], row["item"])
        cause = known.get(tuple(row[k] for k in keys)) or followed.get(place)
        if cause is None and row["cause"] == "rule":
            cause = "contract" if place in signed else "indirect"
        causes.append(cause or row["cause"])
    return lines.assign(cause=causes)


EARLIER = re.compile(r"(amends/)+plan\.json")
"""What the plans before an amended one said, in its folder: the nearest has the shortest path."""


def _common(rows: pd.DataFrame, both: Apart | None) -> pd.DataFrame:
    """Rows of schools (and items) that two scenarios have in common; all, where they are one."""
    if both is None:
        return rows
    kept = rows["school"].isin(both.schools)
    if "item" in rows:
        kept &= rows["item"].isin([*both.items, ""]) | rows["item"].isna()
    return rows[kept]


def _people(plan: Plan, both: Apart | None) -> pd.DataFrame:
    """Equipped pupil-years by group."""
    own = plan.schools[["school", "group"]].assign(people=exact(plan).people_by_school.to_numpy())
    return _common(own, both).groupby("group", as_index=False)["people"].sum()


Beside = Callable[[Plan, Apart | None], pd.DataFrame]
BESIDE: dict[str, tuple[list[str], str, float | None, Beside]] = {
    "money": (
        ["fund", "year", "kind"], "amount", 0,
        lambda p, both: _common(p.allocation, both)
        .groupby(["fund", "year", "kind"], as_index=False)["amount"].sum(),
    ),
    "coverage": (["group"], "after", None,
                 lambda p, both: group_coverage(p, _common(p.schools, both))),
    "people": (["group"], "people", 0.0, _people),
    "schools": (
        ["school"], "coverage", None,
        lambda p, both: _common(p.schools, both)[["school", "group", "coverage_after"]]
        .set_axis(["school", "group", "coverage"], axis=1),
    ),
}  # fmt: skip
"""Table of a comparison → the columns that name a row, the one that is compared, what stands for
a row that is not there (``None``: nothing), and the table of one plan."""


def _beside(
    claimed: ClaimedPlan, reference: Plan, both: Apart | None, keys: list[str], value: str,
    missing: float | None, table: Beside,
) -> pd.DataFrame:  # fmt: skip
    """The tables of two plans side by side by their keys, with the difference of ``value``."""
    old, pair = table(reference, both), [value, f"{value}_reference"]
    joined = table(claimed.plan, both).merge(
        old[[*keys, value]], on=keys, how="outer", suffixes=("", "_reference")
    )
    joined.insert(0, "plan", claimed.name)
    if keys == ["group"]:
        joined = joined.sort_values("group", key=lambda g: g.map(GROUPS.index), ignore_index=True)
    if missing is not None:
        joined[pair] = joined[pair].fillna(missing)
    return joined.assign(difference=(joined[value] - joined[pair[1]]).round(6))
