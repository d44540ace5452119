"""The tables that sum a plan up: by school, by request, by rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from planner.formulation.facts import Facts
from planner.plan.decisions import Decisions
from planner.plan.lines import Lines
from planner.plan.service import InService
from planner.register import standing
from planner.rules import Firmness, Rule

RULES = ["rule", "key", "firmness", "left", "relation", "bound", "slack", "unit"]


def schools_table(facts: Facts, lines: Lines, service: InService) -> pd.DataFrame:
    """``schools``: money, mean coverage before and after, equipped pupil-years."""
    schools = facts.scenario.schools
    upkeep = (lines.table["kind"] == "upkeep").to_numpy(dtype=bool)
    proposal = facts.axes.preparing[lines.school] & ~upkeep
    planned = lines.year <= facts.scenario.settings.years[1]
    before, after = mean_coverage(facts, service)
    return pd.DataFrame(
        {
            "school": schools["school"],
            "name": schools["name"],
            "level": schools["level"],
            "group": schools["group"],
            "pupils": schools["pupils"],
            "spent": lines.by_school(~upkeep & ~proposal, len(schools)),
            "upkeep": lines.by_school(upkeep & planned, len(schools)),
            "proposed": lines.by_school(proposal, len(schools)),
            "coverage_before": before,
            "coverage_after": after,
            "people": np.round(service.people.sum(axis=(1, 2)), 3) + 0.0,
        }
    )


def mean_coverage(facts: Facts, service: InService) -> tuple[Any, Any]:
    """``[school]`` ω-weighted mean coverage in the last plan year (preparing: when ready)."""
    last = np.full(len(facts.axes.schools), facts.axes.plan_count - 1)
    ready = facts.axes.ready - facts.axes.first
    last = np.where(facts.axes.preparing, np.maximum(last, ready), last)
    at = (np.arange(len(last)), slice(None), last)
    need = facts.need[at[0], :, last]
    weight = facts.shares * (need > 0)
    total = weight.sum(axis=1)
    means = []
    for covered in (service.covered_before, service.covered_after):
        part = covered[at[0], :, last] / np.maximum(need, 1)
        mean = (weight * part).sum(axis=1) / np.where(total > 0, total, 1)
        means.append(np.where(total > 0, np.round(mean, 6), np.nan))
    return means[0], means[1]


def requests_table(decisions: Decisions) -> pd.DataFrame:
    """``requests``: every option, whether and how often it was chosen, what it asked for, what it
    is paid, and the points that it adds to the value."""
    scenario = decisions.facts.scenario
    table = scenario.table("requests")
    costs = scenario.table("request_costs").groupby(["request", "option"])["amount"].sum()
    keys = list(zip(table["request"], table["option"], strict=True))
    copies = [decisions.chosen.get(k, 0) for k in keys]
    asked = [int(costs.get(k, 0)) for k in keys]
    beyond: dict[tuple[str, str], int] = defaultdict(int)
    for (request, option, _, _), money in decisions.granted.items():
        beyond[request, option] += money
    points = request_points(decisions)
    return pd.DataFrame(
        {
            "request": table["request"],
            "school": table["school"],
            "option": table["option"],
            "title": table["title"],
            "chosen": pd.Series(["yes" if n else "no" for n in copies], dtype="str"),
            "value": table["value"],
            "amount": pd.Series(asked, dtype="int64"),
            "copies": pd.Series(copies, dtype="int64"),
            "paid": pd.Series(
                [a * n + beyond[k] for a, n, k in zip(asked, copies, keys, strict=True)],
                dtype="int64",
            ),
            "points": pd.Series([points.get(k, 0.0) for k in keys], dtype="float64"),
        }
    )


def request_points(decisions: Decisions) -> dict[tuple[str, str], float]:
    """(request, option) chosen → group weight × its points, those of block grants included."""
    facts = decisions.facts
    weight = {}
    points: dict[tuple[str, str], float] = {}
    asking = facts.scenario.table("requests")
    cells = (asking[c] for c in ("request", "option", "school", "value"))
    for request, option, school, value in zip(*cells, strict=True):
        times = decisions.chosen.get((request, option), 0)
        weight[request] = float(facts.group_points[facts.axes.school_at[school]])
        if times:
            points[request, option] = weight[request] * float(value) * times
    if not any(decisions.granted.values()):
        return points
    for row in facts.scenario.rows("request_costs"):
        money = decisions.granted.get((row.request, row.option, row.fund, row.year), 0)
        if money:
            part = float(row.value) * money / (row.most - row.amount)
            points[row.request, row.option] += weight[row.request] * part
    return points


def rules_table(facts: Facts, ledger: pd.DataFrame, own: list[dict[str, Any]]) -> pd.DataFrame:
    """``rules``: every linking row, one summary row for each family of local rules."""
    rows = [*_fund_rows(facts, ledger), *own, *_local_rows(facts)]
    return pd.DataFrame(rows, columns=RULES)


def rule_row(
    rule: str, key: str, left: float, bound: float | Decimal, unit: str, **more: Any
) -> dict[str, Any]:
    """A row of ``rules``; slack is what is left before the rule binds."""
    relation = more.get("relation", "<=")
    room: Any = bound - left if not isinstance(bound, Decimal) else _difference(bound, left)
    slack = {"<=": room, ">=": -room, "=": -abs(room)}[relation]
    return {
        "rule": str(rule),
        "key": key,
        "firmness": str(more.get("firmness", Firmness.LAW)),
        "left": left,
        "relation": relation,
        "bound": float(bound) if isinstance(bound, Decimal) else bound,
        "slack": slack,
        "unit": unit,
    }


def _difference(bound: Decimal, left: float) -> float:
    """bound − left: of two large numbers that nearly agree a float keeps no digit, so whole numbers
    are taken off exactly; parts (of units, of a need) are floats themselves."""
    whole = float(left).is_integer()
    return float(Fraction(bound) - Fraction(left)) if whole else float(bound) - left


def _fund_rows(facts: Facts, ledger: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in ledger.itertuples():
        if row.school:
            yield rule_row(Rule.PROJECT, f"{row.fund},{row.school}", row.spent, row.usable, "money")
            continue
        key = f"{row.fund},{row.year}"
        firm, most = facts.funds[row.fund].firmness, row.usable + row.carried_in
        yield rule_row(Rule.FUND, key, row.spent, most, "money", firmness=firm)
        limit = facts.carry_limit(row.fund, row.year - facts.axes.first)
        before_last = row.year < facts.scenario.settings.years[1]
        if facts.funds[row.fund].carry_over > 0 and before_last:
            yield rule_row(Rule.CARRY, key, row.carried_out, limit, "money")


def _local_rows(facts: Facts) -> Iterator[dict[str, Any]]:
    """Families that hold school by school: the number of broken rows, which is none."""
    for rule in local_rules(facts):
        yield rule_row(rule, "", 0, 0, "count", relation="=")


def local_rules(facts: Facts) -> list[Rule]:
    """The local families that a scenario has, by what it declares."""
    return [entry.rule for entry in standing(facts.scenario) if entry.family]
