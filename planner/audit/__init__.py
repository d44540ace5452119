"""The proof of a plan: from the scenario and the written tables alone (design §1, §7).

:func:`audit` recomputes everything that a plan states, with integers and fractions of its own,
and shares no arithmetic with the code that makes plans. What it finds nothing wrong with holds
to the last minor unit.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from planner.audit.capacity import capacity_within
from planner.audit.cells import number_text
from planner.audit.claims import check_claims, value_of
from planner.audit.coverage import Cover
from planner.audit.decision import Decision
from planner.audit.facts import Facts
from planner.audit.ledgers import (
    books,
    carry_within_limit,
    entries,
    fund_within_budget,
    obligations,
    preparing_from_project,
)
from planner.audit.locks import locked
from planner.audit.reading import Reader, request_lines
from planner.audit.report import Report, rule_key
from planner.audit.rows import RuleRow, family_row
from planner.audit.select import Eligibility
from planner.audit.standing import (
    banned,
    committed,
    fund_eligible,
    grant_within_envelope,
    need_not_exceeded,
    one_delivery,
    one_option_per_request,
    one_source,
    prerequisite_in_service,
    project_role,
    request_requires,
    site_ready,
    works_before_purchase,
)
from planner.audit.statements import Statements
from planner.audit.tables import TextTable, compare, read_tables
from planner.audit.totals import request_rows, school_rows
from planner.audit.upkeep import Upkeep, upkeep_due, upkeep_funded
from planner.errors import Finding
from planner.scenario.scenario import Scenario

__all__ = ["audit"]


def audit(
    scenario: Scenario, tables: Mapping[str, Any], claims: Mapping[str, Any]
) -> list[Finding]:
    """Everything that is wrong with a plan; an empty list proves it right.

    Parameters
    ----------
    scenario
        The scenario that the plan answers.
    tables
        Table name → frame of text, exactly as in the plan folder's CSV files.
    claims
        The content of ``plan.json``.

    Returns
    -------
    list of Finding
        Each with the file, row (the header is row 1) and column it was found at and, for
        rules, the row key such as ``fund_within_budget[district-capital,2024]``. Malformed
        cells are findings; nothing in a plan makes the audit raise.
    """
    resting = gc.isenabled()
    gc.disable()  # nothing here makes cycles, and looking for them costs a third of the time
    try:
        return _audit(scenario, tables, claims)
    finally:
        if resting:
            gc.enable()


def _audit(
    scenario: Scenario, tables: Mapping[str, Any], claims: Mapping[str, Any]
) -> list[Finding]:
    report = Report()
    facts = Facts(scenario)
    texts = read_tables(tables, report)
    if not texts["allocation"].complete:
        return report.findings()
    funds = Eligibility(facts)
    reader = Reader(facts, texts, report)
    decision = reader.read()
    upkeep = upkeep_due(facts, decision, funds)
    request_lines(reader, decision)
    families = _local_rules(facts, decision, funds, report)
    families["upkeep_funded"] = upkeep_funded(reader, upkeep)
    ruled = _money(facts, decision, upkeep, funds, texts, report)
    ruled += capacity_within(facts, decision, report)
    ruled += locked(facts, decision, report)
    present = _present(facts, funds)
    ruled += [family_row(name, families[name]) for name in families if name in present]
    stated = list(Statements(facts, decision, upkeep).rows())
    ruled += [row for row, _ in stated]
    rows = compare(texts["rules"], (row.row() for row in ruled), report)
    _statements([row for row, _ in stated], rows, report)
    cover = Cover(facts, decision)
    compare(texts["coverage"], cover.rows(), report)
    compare(texts["schools"], school_rows(facts, decision, upkeep, cover.tally), report)
    compare(texts["requests"], request_rows(facts, decision), report)
    missed = sum((cost for _, cost in stated), Fraction(0))
    value = value_of(facts, decision, cover.tally, missed)
    check_claims(facts, claims, value, cover.tally, report)
    return report.findings()


def _local_rules(
    facts: Facts, decision: Decision, funds: Eligibility, report: Report
) -> dict[str, int]:
    """Every rule that speaks of one school at a time: name → violated rows."""
    project_role(facts, decision, funds, report)
    fund_eligible(facts, decision, funds, report)
    found = {
        rule.__name__: rule(facts, decision, report)
        for rule in (
            need_not_exceeded,
            site_ready,
            prerequisite_in_service,
            works_before_purchase,
            one_delivery,
            one_option_per_request,
            request_requires,
            grant_within_envelope,
            committed,
            banned,
        )
    }
    if facts.scenario.settings.one_source:
        found["one_source"] = one_source(facts, decision, report)
    return found


def _present(facts: Facts, funds: Eligibility) -> set[str]:
    """The local families of rules that a scenario has, by what it declares."""
    scenario, items = facts.scenario, facts.items.values()
    requests = scenario.table("requests")
    charged = scenario.settings.upkeep == "required" and any(
        funds.payer(school, item) is not None for item in items for school in facts.schools.values()
    )
    present = {
        "need_not_exceeded": bool(items),
        "site_ready": any(i.on_site for i in items),
        "prerequisite_in_service": any(i.requires for i in items),
        "works_before_purchase": any(i.setup for i in items),
        "one_delivery": any(i.once for i in items),
        "upkeep_funded": charged,
        "one_option_per_request": len(requests) > 0,
        "request_requires": any(requests["requires"].tolist()),
        "grant_within_envelope": bool(scenario.table("request_costs")["most"].notna().any()),
        "committed": len(scenario.table("commitments")) > 0,
        "banned": len(scenario.table("bans")) > 0,
        "one_source": scenario.settings.one_source,
    }
    return {family for family, has in present.items() if has}


def _money(
    facts: Facts,
    decision: Decision,
    upkeep: Upkeep,
    funds: Eligibility,
    texts: dict[str, TextTable],
    report: Report,
) -> list[RuleRow]:
    """Ledgers, obligations and the rules that keep money in bounds."""
    money = books(facts, decision, upkeep)
    ledger = entries(facts, money, funds)
    rows = compare(texts["ledger"], (entry.row() for entry in ledger), report)
    compare(texts["obligations"], obligations(facts, money, upkeep), report)
    return [
        *fund_within_budget(facts, ledger, rows, report),
        *carry_within_limit(ledger),
        *preparing_from_project(facts, money, ledger, rows, report),
    ]


def _statements(ruled: list[RuleRow], rows: dict[tuple[str, ...], int], report: Report) -> None:
    """Report every statement of the scenario that does not hold; a wish may be missed."""
    for row in ruled:
        if row.slack < 0 and row.firmness != "wish":
            place = rows.get((row.rule, row.key, row.relation))
            report.add(
                "audit_rule", "rules.csv", place, "left", rule_key(row.rule, row.key),
                rule=row.rule, found=number_text(row.left), relation=row.relation,
                bound=number_text(row.bound),
            )  # fmt: skip
