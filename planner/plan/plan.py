"""A plan: tidy tables of whole units and whole money, all derived from whole decisions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from planner.phases import phase
from planner.plan.decisions import Decisions
from planner.plan.ledger import ledger_table, obligations_table
from planner.plan.lines import allocation
from planner.plan.rounding import Rounding
from planner.plan.service import InService, coverage_table, supplies
from planner.plan.statements import Standing
from planner.plan.summaries import requests_table, rules_table, schools_table
from planner.plan.supplies import chosen_supplies
from planner.scenario.scenario import Scenario

TABLES = ("allocation", "coverage", "ledger", "obligations", "rules", "schools", "requests")
"""The tables of a plan folder, in reading order."""
RATIOS = ("before", "after", "coverage_before", "coverage_after")
PEOPLE = ("people",)
SHARE_NOISE = 1e-12
"""Slack of a ratio that is noise of binary fractions, not a broken rule."""


@dataclass(frozen=True)
class Plan:
    """Who gets what, when, from which fund; see the README for every column.

    Money is ``int64`` in minor units, ratios are 0–1, ``people`` are equipped pupil-years.
    """

    scenario: Scenario
    allocation: pd.DataFrame
    """Lines of money: purchases, site works, upkeep, requests."""
    coverage: pd.DataFrame
    """Need, stock and service of each school, item and year."""
    ledger: pd.DataFrame
    """Each fund's year; each building project."""
    obligations: pd.DataFrame
    """What falls due after the plan."""
    rules: pd.DataFrame
    """Left side, bound and slack of every linking rule."""
    schools: pd.DataFrame
    """One row a school."""
    requests: pd.DataFrame
    """Every option of every request."""

    def text_tables(self) -> dict[str, pd.DataFrame]:
        """The tables as the texts that a plan folder holds."""
        return {name: _as_text(getattr(self, name)) for name in TABLES}

    @cached_property
    def spent(self) -> int:
        """Funded money of the plan (minor units): everything but proposals and later years."""
        general = self.ledger["school"] == ""
        planned = self.ledger["year"] <= self.scenario.settings.years[1]
        return int(self.ledger.loc[general & planned, "spent"].sum())

    def _repr_html_(self) -> str:
        return self.allocation.to_html(max_rows=12, index=False)


@dataclass(frozen=True)
class Outlook:
    """A plan with what it is worth: points and equipped pupil-years."""

    plan: Plan
    value: float
    people: float
    people_proposed: float
    people_by_pillar: dict[str, float]
    broken: dict[tuple[str, str, str], float]
    """(rule, key, relation) → by how much rounding broke the row, in the row's unit."""


@phase("plan")
def build_plan(decisions: Decisions) -> Outlook:
    """Every table of the plan, derived from the decisions alone."""
    facts = decisions.facts
    service = InService(facts, supplies(decisions))
    lines = allocation(decisions, service)
    ledger = ledger_table(facts, lines)
    standing = Standing(decisions, lines, service)
    plan = Plan(
        scenario=facts.scenario,
        allocation=lines,
        coverage=coverage_table(service),
        ledger=ledger,
        obligations=obligations_table(facts, lines, service),
        rules=rules_table(facts, ledger, standing.rows()),
        schools=schools_table(facts, lines, service),
        requests=requests_table(decisions),
    )
    funded = ~facts.axes.preparing
    people = service.people.sum(axis=2)
    pillars = np.array([i.pillar for i in facts.items], dtype=str)
    return Outlook(
        plan=plan,
        value=float(service.points.sum()) + _request_points(decisions) - standing.penalty(),
        people=float(people[funded].sum()),
        people_proposed=float(people[~funded].sum()),
        people_by_pillar={
            str(p): float(people[funded][:, pillars == p].sum()) for p in dict.fromkeys(pillars)
        },
        broken=_broken(plan.rules) | _short_of_prerequisites(decisions),
    )


def _request_points(decisions: Decisions) -> float:
    facts = decisions.facts
    points = 0.0
    for row in facts.scenario.rows("requests"):
        if (row.request, row.option) in decisions.chosen:
            points += facts.group_points[facts.axes.school_at[row.school]] * float(row.value)
    return points


def _short_of_prerequisites(decisions: Decisions) -> dict[tuple[str, str, str], float]:
    """Prerequisites that rounding continuous units down broke for whole ones."""
    facts = decisions.facts
    if all(i.whole for i in facts.items):
        return {}
    asked = chosen_supplies(facts, decisions.chosen)
    return Rounding(facts, decisions.purchases, asked).broken()


def _broken(rules: pd.DataFrame) -> dict[tuple[str, str, str], float]:
    """Hard rows of ``rules`` that the rounded plan breaks; noise of ratios aside."""
    noise = np.where(rules["unit"] == "share", SHARE_NOISE, 0.0)
    hard = rules[(rules["slack"].astype(float) < -noise) & (rules["firmness"] != "wish")]
    keys = zip(hard["rule"], hard["key"], hard["relation"], strict=True)
    return dict(zip(keys, (-hard["slack"].astype(float)).tolist(), strict=True))


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({c: _texts(c, frame[c]) for c in frame.columns}, dtype="str")


def _texts(name: str, values: pd.Series[Any]) -> list[str]:
    if name in RATIOS or name in PEOPLE:
        digits = 6 if name in RATIOS else 3
        return ["" if math.isnan(v) else f"{v:.{digits}f}" for v in values.tolist()]
    if name in ("quantity", "new", "in_service", "left", "bound", "slack"):
        return [number_text(v) for v in values.tolist()]
    return ["" if v is pd.NA or v is None else str(v) for v in values.tolist()]


def number_text(value: Any) -> str:
    """A quantity or bound: digits only, at most six decimals, no trailing zeros."""
    if value is None or math.isnan(value):
        return ""
    if float(value).is_integer():
        return str(int(value))
    return f"{value:.6f}".rstrip("0").rstrip(".")
