"""One point of a frontier: solved in a worker, told as plain numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.analysis.fairness import fairness, numbers
from planner.analysis.paths import Path, moved_amounts
from planner.errors import PlannerError
from planner.formulation.facts import Facts
from planner.formulation.model import Start
from planner.money import half_up
from planner.optimize import optimize
from planner.plan import Plan
from planner.result import Result
from planner.scenario.scenario import Scenario
from planner.scenario.schema import GROUPS
from planner.solving.session import WarmModel


def point(
    scenario: Scenario, path: Path, at: float, options: dict[str, Any], start: Start | None
) -> dict[str, Any]:
    """Solves the scenario at a position, beginning from a plan of the tightest problem."""
    changed = scenario.with_(path.changes(scenario, at))
    warm = WarmModel(changed, room=1.0)
    if start is not None:
        warm.plans.append(start)
    return told(optimize(changed, warm=warm, **options), scenario, path)


def told(result: Result, scenario: Scenario, path: Path) -> dict[str, Any]:
    """The row of a point; without a plan only its status."""
    row: dict[str, Any] = {"status": str(result.status)}
    if result.maybe_plan is None:
        return row
    plan = result.plan
    value, bound = result.value, result.bound
    if path.axis == "fairness":
        value = bound = value_of(plan, scenario)
    spread = fairness(plan).set_index("group")
    row |= {
        "value": value,
        "bound": bound,
        "gap": result.gap,
        "people": result.people,
        "people_proposed": result.people_proposed,
        "spent": plan.spent,
    }
    for group in GROUPS:
        if group in spread.index:
            row[f"coverage_{group}"] = float(spread.loc[group, "mean_after"])
    if "all" in spread.index:
        whole = spread.loc["all"]
        names = {"coverage": "mean_after", "lowest": "min_after", "gini": "gini_after"}
        row |= {k: float(whole[v]) for k, v in names.items()}
    return row


def value_of(plan: Plan, scenario: Scenario) -> float:
    """Points of a plan under another scenario's weights (same schools, items and years), what its
    missed wishes cost taken off."""
    facts, rows = Facts(scenario), plan.coverage
    axes = facts.axes
    school = rows["school"].map(axes.school_at).to_numpy(dtype=np.int64)
    item = rows["item"].map(axes.item_at).to_numpy(dtype=np.int64)
    year = rows["year"].to_numpy(dtype=np.int64) - axes.first
    need = numbers(rows["need"])
    before, after = (np.minimum(numbers(rows[c]), need) / need for c in ("stock", "in_service"))
    gained, low = np.zeros(len(rows)), 0.0
    for edge, weight in zip(facts.tier_edges, facts.tier_weights, strict=True):
        high = float(edge)
        gained += weight * (np.clip(after, low, high) - np.clip(before, low, high))
        low = high
    worth = facts.school_points[school] * facts.people[school, year] * facts.discount[year]
    total = float((worth * facts.shares[school, item] * gained).sum())
    mine = Facts(plan.scenario)
    chosen = plan.requests[plan.requests["chosen"] == "yes"]
    for row in chosen.to_dict("records"):
        at = axes.school_at[row["school"]]
        own = mine.group_points[at]
        total += facts.group_points[at] * (row["points"] / own if own else float(row["value"]))
    return total - missed(plan)


def missed(plan: Plan) -> float:
    """Points that the plan's missed wishes cost."""
    rules, total = plan.scenario.settings.rules, 0.0
    rows = plan.rules[plan.rules["firmness"] == "wish"]
    for row in rows.to_dict("records"):
        price = float(rules[row["rule"]].price or 0)
        left, bound = float(row["left"]), float(row["bound"])
        short = {"<=": left - bound, ">=": bound - left}.get(row["relation"], abs(left - bound))
        total += price * max(0.0, short) * (100 if row["unit"] == "share" else 1)
    return total


def one_more(scenario: Scenario, fund: str, options: dict[str, Any]) -> dict[str, float] | None:
    """What one more tỷ buys: the difference of two solves, the second from the first's plan."""
    moved = moved_amounts(scenario, fund)
    money = 10**9 if scenario.settings.currency == "VND" else 10**8
    total = sum(m for years in moved.values() for m in years.values())
    changes = {
        f"funds.{name}.amounts.{year}": amount + int(half_up_share(money, amount, total))
        for name, years in moved.items()
        for year, amount in years.items()
    }
    warm = WarmModel(scenario, room=1.0 + money / total + 1e-6)
    try:
        now = optimize(scenario, warm=warm, **options)
        more = optimize(scenario.with_(changes), warm=warm, **options)
    except PlannerError:
        return None
    if now.maybe_plan is None or more.maybe_plan is None:
        return None
    return {
        "money": float(money),
        "people": more.people - now.people,
        "value": more.value - now.value,
        "value_at_least": max(0.0, more.value - now.bound),
        "value_at_most": more.bound - now.value,
    }


def half_up_share(money: int, part: int, total: int) -> int:
    """The part of ``money`` that goes where ``part`` of ``total`` stands."""
    from decimal import Decimal

    return half_up(Decimal(money) * part / total)
