"""The proof of a plan: from the scenario and the written tables alone
(ARCHITECTURE.md#the-proof).

:func:`audit` recomputes everything that a plan states, with integers and fractions of its own,
and shares no arithmetic with the code that makes plans. What it finds nothing wrong with holds
to the last minor unit.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from planner.errors import Finding
from planner.proof.bulk import proven
from planner.proof.cells import (
    Report,
    RuleRow,
    TextTable,
    compare,
    family_row,
    number_text,
    read_tables,
    rule_key,
)
from planner.proof.decision import Decision, Reader, request_lines
from planner.proof.inputs import Eligibility, Facts
from planner.proof.ledgers import (
    Upkeep,
    books,
    capacity_within,
    carry_within_limit,
    entries,
    fund_within_budget,
    obligations,
    preparing_from_project,
    upkeep_due,
    upkeep_funded,
)
from planner.proof.rules import Statements, local_rules, locked, present
from planner.proof.value import Cover, check_claims, money_of_schools, request_rows, school_rows
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
        report = Report()
        facts = Facts(scenario)
        texts = read_tables(tables, report)
        if not texts["allocation"].complete:
            return report.findings()
        if not report.findings() and proven(facts, texts, claims):
            return []
        return by_rows(facts, texts, claims, report)
    finally:
        if resting:
            gc.enable()


def by_rows(
    facts: Facts, texts: dict[str, TextTable], claims: Mapping[str, Any], report: Report
) -> list[Finding]:
    """The audit line by line and row by row: whatever is wrong, each with its place."""
    funds = Eligibility(facts)
    reader = Reader(facts, texts, report)
    decision = reader.read()
    upkeep = upkeep_due(facts, decision, funds)
    request_lines(reader, decision)
    families = local_rules(facts, decision, funds, report)
    families["upkeep_funded"] = upkeep_funded(reader, upkeep)
    ruled = _money(facts, decision, upkeep, funds, texts, report)
    ruled += capacity_within(facts, decision, report)
    ruled += locked(facts, decision, report)
    named = present(facts, funds)
    ruled += [family_row(name, families[name]) for name in families if name in named]
    stated = list(Statements(facts, decision, upkeep).rows())
    ruled += [row for row, _ in stated]
    rows = compare(texts["rules"], (row.row() for row in ruled), report)
    _statements([row for row, _ in stated], rows, report)
    cover = Cover(facts, decision)
    compare(texts["coverage"], cover.rows(), report)
    spent, running = money_of_schools(facts, decision, upkeep)
    compare(texts["schools"], school_rows(facts, spent, running, cover.tally), report)
    compare(texts["requests"], request_rows(facts, decision), report)
    missed = sum((cost for _, cost in stated), Fraction(0))
    check_claims(facts, claims, decision, cover.tally, missed, report)
    return report.findings()


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
