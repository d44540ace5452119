"""The price of policies: what each promise costs, by solving again without it.

For every policy, wish, mandatory request, signed contract and the priority mode the scenario is
solved without it, beginning from the present plan (still feasible, for nothing was added). With
value v and bound b of the plan, v′ and b′ without the promise, its price in points lies between
v′ − b and b′ − v; below 0 only noise is possible while the measure of value stays the same.
Pupil-years are those of the two plans found. Laws have no price: nobody may drop them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pandas as pd

from planner.analysis.compare import changed_lines
from planner.analysis.frontier import value_of
from planner.analysis.resolve import solve_again, with_settings
from planner.plan import Plan
from planner.plan.coverage import exact
from planner.scenario.scenario import Scenario, typed_frame
from planner.scenario.schema import GROUPS

KINDS = ("policy", "wish", "mandate", "commitment", "priority")
COLUMNS = (
    "kind", "name", "status", "gap", "points_low", "points_high", "people", "people_proposed",
    "spent", "seconds",
)  # fmt: skip

Listener = Callable[[str, str], object]
"""Told kind and name before each solve."""


@dataclass(frozen=True)
class Promise:
    """Something the office promised, and the scenario without it."""

    kind: str
    name: str
    without: Scenario


@dataclass(frozen=True)
class Price:
    """What a promise costs."""

    kind: str
    name: str
    status: str
    """How the solve without it ended."""
    gap: float = float("nan")
    low: float = float("nan")
    """Points that the promise costs at least."""
    high: float = float("nan")
    """Points that it costs at most."""
    people: float = float("nan")
    """Equipped pupil-years more in the plan found without it (negative: fewer)."""
    people_proposed: float = float("nan")
    """The same for proposals into building projects."""
    spent: int = 0
    """Money more spent without it, minor units."""
    instead: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Item, units and money more (or less) bought without it, school by school."""
    seconds: float = 0.0

    @property
    def at_most(self) -> bool:
        """Whether it may cost nothing at all: the interval contains zero."""
        return self.low <= 0

    def by_item(self) -> pd.DataFrame:
        """``instead`` summed over schools: item, quantity, amount; the dearest change first."""
        if self.instead.empty:
            return pd.DataFrame({"item": [], "quantity": [], "amount": []})
        sums = self.instead.groupby("item", as_index=False)[["quantity", "amount"]].sum()
        order = sums["amount"].abs().sort_values(ascending=False).index
        return sums.loc[order].reset_index(drop=True)


@dataclass(frozen=True)
class Prices:
    """What every promise of a plan's scenario costs."""

    plan: Plan
    found: tuple[Price, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row a promise; points and pupil-years as floats, money in minor units."""
        rows = [
            (p.kind, p.name, p.status, p.gap, p.low, p.high, p.people, p.people_proposed, p.spent,
             p.seconds)
            for p in self.found
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=list(COLUMNS))


def promises(scenario: Scenario) -> Iterator[Promise]:
    """Every promise of a scenario that may be dropped, in a planner's order."""
    rules = scenario.settings.rules
    for firmness in ("policy", "wish"):
        for name, rule in rules.items():
            if rule.firmness == firmness:
                kept = {k: r for k, r in rules.items() if k != name}
                yield Promise(firmness, name, with_settings(scenario, rules=kept))
    table = scenario.table("requests")
    for name in dict.fromkeys(table.loc[table["mandatory"], "request"]):
        free = table.assign(mandatory=table["mandatory"] & (table["request"] != name))
        yield Promise("mandate", name, _with_table(scenario, "requests", free))
    table = scenario.table("commitments")
    for row, line in enumerate(table.to_dict("records")):
        name = ",".join(str(line[k]) for k in ("school", "item", "fund", "year"))
        kept = table.drop(index=table.index[row]).reset_index(drop=True)
        kept = kept if len(kept) else typed_frame("commitments", {})
        yield Promise("commitment", name, _with_table(scenario, "commitments", kept))
    # Without the priority mode every group counts the same; without strict or maxmin the same
    # weights count in one sum.
    priority, equal = scenario.settings.priority, dict.fromkeys(GROUPS, Decimal(1))
    weighted = priority.mode == "weighted"
    plain = priority.model_copy(update={"weights": equal} if weighted else {"mode": "weighted"})
    mode = f"{priority.mode}:{priority.by}" if priority.mode == "strict" else priority.mode
    yield Promise("priority", mode, with_settings(scenario, priority=plain))


def _with_table(scenario: Scenario, name: str, table: pd.DataFrame) -> Scenario:
    return replace(scenario, tables={**scenario.tables, name: table})


def price(
    promise: Promise, plan: Plan, between: tuple[float, float], options: dict[str, Any]
) -> Price:
    """One promise's price; ``between`` are the plan's value and bound."""
    result = solve_again(promise.without, start=plan, **options)
    head = (promise.kind, promise.name, str(result.status))
    if result.maybe_plan is None:
        return Price(*head, seconds=result.seconds)
    value, bound = between
    ranked = promise.kind == "priority" and plan.scenario.settings.priority.mode == "weighted"
    if ranked:
        # another measure: the present plan is worth the same to a planner without ranks
        value = bound = value_of(plan, promise.without)
    low, high = result.value - bound, result.bound - value
    if plan.scenario.settings.priority.mode == "weighted":
        low, high = max(0.0, low), max(0.0, high)
    before, after = _people(plan), _people(result.plan)
    # Lines of the other plan that are more or less than the present one's: school, item (a
    # request's id where it is one), year, fund, quantity, amount; upkeep left out.
    lines = changed_lines("without", plan, result.plan)
    lines = lines[lines["kind"] != "upkeep"]
    item = lines["item"].where(lines["item"] != "", lines["request"])
    year = lines["year"].where(lines["year"] > 0, lines["year_reference"])
    fund = lines["fund"].where(lines["fund"] != "", lines["fund_reference"])
    setup = lines["kind"] == "setup"
    frame = pd.DataFrame(
        {
            "school": lines["school"],
            "item": item,
            "year": year,
            "fund": fund,
            "quantity": (lines["quantity"] - lines["quantity_reference"]).where(~setup, 0.0),
            "amount": lines["difference"],
        }
    )
    moved = (frame["amount"] != 0) | (frame["quantity"].abs() > 1e-9)
    instead = frame[moved].reset_index(drop=True)
    return Price(
        *head,
        gap=result.gap,
        low=low,
        high=high,
        people=after[0] - before[0],
        people_proposed=after[1] - before[1],
        spent=result.plan.spent - plan.spent,
        instead=instead,
        seconds=result.seconds,
    )


def _people(plan: Plan) -> tuple[float, float]:
    """Equipped pupil-years, funded and proposed."""
    return exact(plan).funded, exact(plan).proposed


def prices(
    plan: Plan,
    value: float,
    bound: float,
    *,
    gap: float | None = None,
    time_limit: float | None = None,
    listener: Listener | None = None,
) -> Prices:
    """The price of every promise of a plan's scenario.

    Parameters
    ----------
    value, bound
        Points that the plan reached, and that none can pass (``plan.json``).
    gap, time_limit
        Of each solve; default: the scenario's own.
    """
    found = []
    options = {"gap": gap, "time_limit": time_limit}
    for promise in promises(plan.scenario):
        if listener is not None:
            listener(promise.kind, promise.name)
        found.append(price(promise, plan, (value, bound), options))
    return Prices(plan, tuple(found))
