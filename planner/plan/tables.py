"""A plan: tidy tables of whole units and whole money, all derived from whole decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from planner.names import FLOOR_STAGE
from planner.plan.allocation import allocation, ledger_table, obligations_table
from planner.plan.contract import TABLES, coded_texts, described, from_texts
from planner.plan.coverage import Exact, InService, coverage_table, stage_values, supplies
from planner.plan.decisions import Decisions, Rounding, chosen_supplies
from planner.plan.rule_rows import (
    RuleEvaluation,
    request_points,
    requests_table,
    rules_table,
    schools_table,
)
from planner.scenario.scenario import Scenario
from planner.scenario.schema import GROUPS
from planner.system.process import phase
from planner.vocabulary.axes import Ints

NOBODY: Ints = np.zeros(0, dtype=np.int64)
SHARE_NOISE = 1e-12
"""Slack of a ratio that is noise of binary fractions, not a broken rule."""


@dataclass(frozen=True)
class Plan:
    """Who gets what, when, from which fund: seven tidy tables.

    Money is in whole minor units (đồng for VND), ratios are 0–1, ``people`` are equipped
    pupil-years. ``str`` is pandas' string dtype (``object`` before pandas 3); a ``number`` is
    ``int64`` where every row is whole, else as exact as it needs to be.

    Attributes
    ----------
    scenario : Scenario
        What the plan was made for.
    {tables}

    Examples
    --------
    >>> import planner
    >>> plan = planner.solve("scenarios/three-schools", gap=0).plan
    >>> plan.allocation.groupby("school")["amount"].sum().to_dict()
    {'A': 80000000, 'B': 60000000, 'C': 20000000}
    >>> plan.schools[["school", "coverage_before", "coverage_after"]].values.tolist()
    [['A', 0.0, 1.0], ['B', 0.0, 1.0], ['C', 0.0, 0.5]]
    """

    scenario: Scenario
    allocation: pd.DataFrame
    coverage: pd.DataFrame
    ledger: pd.DataFrame
    obligations: pd.DataFrame
    rules: pd.DataFrame
    schools: pd.DataFrame
    requests: pd.DataFrame

    def text_tables(self) -> dict[str, pd.DataFrame]:
        """The tables as the texts that a plan folder holds.

        Returns
        -------
        dict of DataFrame
            By table name; every column is text.

        Examples
        --------
        >>> import planner
        >>> tables = planner.solve("scenarios/three-schools", gap=0).plan.text_tables()
        >>> tables["coverage"]["after"].tolist()[:2]
        ['1.000000', '1.000000']
        """
        return {name: table.astype("str") for name, table in self.coded_tables().items()}

    def coded_tables(self) -> dict[str, pd.DataFrame]:
        """The same texts as categoricals, which take a tenth of the memory.

        Returns
        -------
        dict of DataFrame
            By table name; every column is a categorical of texts.

        Examples
        --------
        >>> import planner
        >>> tables = planner.solve("scenarios/three-schools", gap=0).plan.coded_tables()
        >>> tables["coverage"]["after"].tolist()[:2]
        ['1.000000', '1.000000']
        """
        return {name: coded_texts(name, getattr(self, name)) for name in TABLES}

    @cached_property
    def spent(self) -> int:
        """Funded money of the plan (minor units): everything but proposals and later years.

        Examples
        --------
        >>> import planner
        >>> planner.solve("scenarios/three-schools", gap=0).plan.spent
        160000000
        """
        general = self.ledger["school"] == ""
        planned = self.ledger["year"] <= self.scenario.settings.years[1]
        return int(self.ledger.loc[general & planned, "spent"].sum())

    @cached_property
    def exact(self) -> Exact:
        """Units, pupil-years and met needs as they are before the tables round them.

        Examples
        --------
        >>> import planner
        >>> plan = planner.solve("scenarios/three-schools", gap=0).plan
        >>> plan.exact.funded, plan.exact.met.tolist()[-1]
        (1300.0, False)
        """
        return Exact(self)

    def _repr_html_(self) -> str:
        return self.allocation.to_html(max_rows=12, index=False)


Plan.__doc__ = (Plan.__doc__ or "").replace("{tables}", described("    "))


@dataclass(frozen=True)
class Outlook:
    """A plan with what it is worth: points and equipped pupil-years."""

    plan: Plan
    value: float
    people: float
    people_proposed: float
    people_by_pillar: dict[str, float]
    stages: dict[str, float]
    """Priority stage → what the plan reaches in it."""
    broken: dict[tuple[str, str, str], float]
    """(rule, key, relation) → by how much rounding broke the row, in the row's unit."""


@phase("plan")
def build_plan(decisions: Decisions, floored: Ints = NOBODY) -> Outlook:
    """Every table of the plan, derived from the decisions alone; ``floored``: the schools whose
    lowest coverage comes first under ``maxmin``."""
    facts = decisions.facts
    service = InService(facts, supplies(decisions))
    lines = allocation(decisions, service)
    ledger = ledger_table(facts, lines.table)
    evaluated = RuleEvaluation(decisions, lines, service)
    plan = Plan(
        scenario=facts.scenario,
        allocation=lines.table,
        coverage=coverage_table(service),
        ledger=ledger,
        obligations=obligations_table(decisions, lines.table, service),
        rules=rules_table(facts, ledger, evaluated.rows()),
        schools=schools_table(facts, lines, service),
        requests=requests_table(decisions),
    )
    asked = _request_points(decisions)
    stages = stage_values(facts, service, asked, evaluated.penalty(), floored)
    funded = ~facts.axes.preparing
    people = service.people.sum(axis=2)
    pillars = np.array([i.pillar for i in facts.items], dtype=str)
    # Hard rows of rules that the rounded plan breaks; noise of ratios aside.
    noise = np.where(plan.rules["unit"] == "share", SHARE_NOISE, 0.0)
    hard = plan.rules[
        (plan.rules["slack"].astype(float) < -noise) & (plan.rules["firmness"] != "wish")
    ]
    keys = zip(hard["rule"], hard["key"], hard["relation"], strict=True)
    broken = dict(zip(keys, (-hard["slack"].astype(float)).tolist(), strict=True))
    return Outlook(
        plan=plan,
        value=sum(v for name, v in stages.items() if name != FLOOR_STAGE),
        people=float(people[funded].sum()),
        people_proposed=float(people[~funded].sum()),
        people_by_pillar={
            str(p): float(people[funded][:, pillars == p].sum()) for p in dict.fromkeys(pillars)
        },
        stages=stages,
        broken=broken | _short_of_prerequisites(decisions),
    )


def _request_points(decisions: Decisions) -> dict[str, float]:
    """Group → points of its schools' requests."""
    facts, found = decisions.facts, dict.fromkeys(GROUPS, 0.0)
    table = facts.scenario.table("requests")
    owner = dict(zip(table["request"], table["school"], strict=True))
    for (request, _), points in request_points(decisions).items():
        group = facts.axes.group[facts.axes.school_at[owner[request]]]
        found[str(group)] += points
    return found


def _short_of_prerequisites(decisions: Decisions) -> dict[tuple[str, str, str], float]:
    """Prerequisites that rounding continuous units down broke for whole ones."""
    facts = decisions.facts
    if all(i.whole for i in facts.items):
        return {}
    asked = chosen_supplies(facts, decisions.chosen)
    return Rounding(facts, decisions.purchases, asked).broken()


def typed_plan(scenario: Scenario, tables: Mapping[str, pd.DataFrame]) -> Plan:
    """A plan from the texts of a plan folder; they must have passed the audit."""
    return Plan(scenario, **{name: from_texts(name, tables[name]) for name in TABLES})
