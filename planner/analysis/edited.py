"""What an edited plan breaks, and what the edit costs: proven by the audit's own code.

The edited decisions are written out as a plan, with everything that follows from them, and
audited like any other. What the audit then finds are rules that the edit breaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from planner.analysis.resolve import audited
from planner.errors import AuditError, Finding, Place
from planner.formulation.build import formulate
from planner.formulation.facts import Facts
from planner.plan import Outlook, Plan, build_plan
from planner.plan.decisions import decisions_by_hand
from planner.plan.rule_rows import local_rules
from planner.plan.tables import NOBODY
from planner.run.edits import Edited
from planner.run.optimize import floored

CELL_CODES = frozenset(
    {
        "audit_cell", "audit_malformed", "audit_extra_row", "audit_missing_row", "audit_order",
        "audit_claim", "audit_bound", "audit_gap", "audit_status",
    }
)  # fmt: skip
"""Findings that say that a table disagrees with the decisions, not that a rule is broken."""


@dataclass(frozen=True)
class Judged:
    """An edited plan: what it breaks, and what it reaches beside the sealed one."""

    edited: Edited
    outlook: Outlook
    broken: tuple[Finding, ...]
    """Every rule that does not hold, placed in the workbook where a line is to blame."""

    @property
    def plan(self) -> Plan:
        """The edited plan's tables."""
        return self.outlook.plan

    @property
    def people(self) -> tuple[float, float]:
        """Equipped pupil-years, funded: sealed and edited."""
        return float(self.edited.sealed.claims["people"]), self.outlook.people

    @property
    def people_proposed(self) -> tuple[float, float]:
        """Equipped pupil-years of proposals: sealed and edited."""
        return float(self.edited.sealed.claims["people_proposed"]), self.outlook.people_proposed

    @property
    def value(self) -> tuple[float, float]:
        """Points: sealed and edited."""
        return float(self.edited.sealed.claims["value"]), self.outlook.value

    @property
    def money(self) -> pd.DataFrame:
        """fund, school, year, before, after, usable (carried money included), in minor units."""
        keys = ["fund", "school", "year"]
        before = self.edited.sealed.plan.ledger[[*keys, "spent"]]
        after = self.plan.ledger.assign(usable=lambda t: t["usable"] + t["carried_in"])
        both = after[[*keys, "spent", "usable"]].merge(before, on=keys, suffixes=("", "_before"))
        named = both.rename(columns={"spent": "after", "spent_before": "before"})
        return named[[*keys, "before", "after", "usable"]]


def judge(edited: Edited) -> Judged:
    """Audits an edited plan.

    Raises :class:`AuditError` if the audit disagrees with a table that follows from the edit:
    a defect of ours.
    """
    scenario = edited.sealed.scenario
    facts = Facts(scenario)
    lines = edited.sealed.plan.allocation
    works = lines[lines["kind"] == "setup"]
    paid = dict(zip(zip(works["school"], works["item"], strict=True), works["fund"], strict=True))
    chosen, granted = _options(edited)
    quantities, amounts = edited.quantities, edited.amounts
    decisions = decisions_by_hand(facts, quantities, amounts, chosen, granted, paid)
    maxmin = scenario.settings.priority.mode == "maxmin"
    outlook = build_plan(decisions, floored(formulate(scenario)) if maxmin else NOBODY)
    _, found = audited(scenario, outlook)
    counted = {str(rule) for rule in local_rules(facts)}
    rules = outlook.plan.rules["rule"].tolist()
    broken, cells = [], []
    for finding in found:
        where = finding.where
        if finding.code not in CELL_CODES:
            broken.append(finding)
        # what only says how many rows of a local family of rules are broken is no cell of ours
        elif (
            where.file != "rules.csv"
            or where.row is None
            or rules[where.row - 2] not in counted
            or where.column not in ("left", "slack")
        ):
            cells.append(finding)
    if cells:
        raise AuditError(cells)
    return Judged(edited, outlook, tuple(_placed(broken, edited, outlook.plan)))


def _options(
    edited: Edited,
) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str, str, int], int]]:
    """How often each chosen option is taken and what its block grants are paid beyond the
    least: as in the sealed plan, or once and the least where the edit chooses it."""
    plan = edited.sealed.plan
    table = plan.requests
    before = dict(
        zip(zip(table["request"], table["option"], strict=True), table["copies"], strict=True)
    )
    chosen = {key: max(int(before.get(key, 0)), 1) for key in edited.chosen}
    lines = plan.allocation[plan.allocation["kind"] == "request"]
    names = zip(lines["request"], lines["option"], lines["fund"], lines["year"], strict=True)
    paid = dict(zip(names, lines["amount"], strict=True))
    granted = {}
    for cost in edited.sealed.scenario.rows("request_costs"):
        key = (cost.request, cost.option, cost.fund, cost.year)
        if cost.most is not None and key in paid and key[:2] in chosen:
            granted[key] = int(paid[key]) - cost.amount * chosen[key[:2]]
    return chosen, granted


def _placed(findings: list[Finding], edited: Edited, plan: Plan) -> Iterator[Finding]:
    """Findings with their place in the workbook instead of the tables that were audited."""
    lines = plan.allocation[["school", "item", "fund", "year"]]
    for finding in findings:
        where, row = finding.where, None
        if where.file == "allocation.csv" and where.row is not None:
            line = lines.iloc[where.row - 2]
            key = str(line["school"]), str(line["item"]), str(line["fund"]), int(line["year"])
            row = edited.rows.get(key)
        sheet = where.file.removesuffix(".csv")
        column = "" if row is None else edited.letters.get(where.column, "")
        place = Place(edited.path.name, sheet, row, column, where.key)
        yield replace(finding, where=place)
