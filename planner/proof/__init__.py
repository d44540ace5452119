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
from planner.proof.blocks import Sums, in_blocks, of_schools
from planner.proof.cells import (
    Report,
    TextTable,
    compare,
    family_row,
    number_text,
    read_tables,
    rule_key,
)
from planner.proof.decision import Decision, options_of
from planner.proof.inputs import Eligibility, Facts
from planner.proof.ledgers import (
    capacity_within,
    carry_within_limit,
    entries,
    fund_within_budget,
    obligations,
    preparing_from_project,
)
from planner.proof.rules import REQUEST_RULES, Statements, locked, violated
from planner.proof.value import check_claims, request_rows
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
        sums = None if report.findings() else in_blocks(facts, texts)
        if sums is not None:
            tied_together(facts, sums, texts, claims, report)
            if not report.findings():
                return []
            report = Report()
        # All schools at once, so that findings come in one order however many blocks there are.
        sums = of_schools(facts, texts, report)
        tied_together(facts, sums, texts, claims, report)
        return report.findings()
    finally:
        if resting:
            gc.enable()


def tied_together(
    facts: Facts,
    sums: Sums,
    texts: Mapping[str, TextTable],
    claims: Mapping[str, Any],
    report: Report,
) -> None:
    """The rules that tie schools together, by the sums of all schools: money, capacities,
    requests, the scenario's own rules; and the claims of the plan."""
    funds = Eligibility(facts)
    decision = Decision(facts, options_of(facts), sums.chosen, sums.paid)
    broken = sums.broken | violated(REQUEST_RULES, facts, decision, report)
    # Every linking rule, in the order of the file, so that they are compared in step.
    ledger = entries(facts, sums.money, funds)
    rows = compare(texts["ledger"], (entry.row() for entry in ledger), report)
    compare(texts["obligations"], obligations(facts, sums.money, sums.after), report)
    funded = iter(fund_within_budget(facts, ledger, rows, report))
    carried = {row.key: row for row in carry_within_limit(ledger)}
    proposed = iter(preparing_from_project(facts, sums.money, ledger, rows, report))
    ruled = []
    for entry in ledger:
        ruled.append(next(proposed if entry.school else funded))
        key = f"{entry.fund},{entry.year}"
        ruled += [carried[key]] if not entry.school and key in carried else []
    ruled += capacity_within(facts, sums.used, report)
    ruled += sums.locks + locked(facts, decision, "request", report)
    stated = list(Statements(facts, decision.options, sums.counted).rows())
    ruled += [row for row, _ in stated]
    ruled += [family_row(name, count) for name, count in broken.items()]
    rows = compare(texts["rules"], (row.row() for row in ruled), report)
    for row, _ in stated:
        if row.slack < 0 and row.firmness != "wish":
            place = rows.get((row.rule, row.key, row.relation))
            report.add(
                "audit_rule", "rules.csv", place, "left", rule_key(row.rule, row.key),
                rule=row.rule, found=number_text(row.left), relation=row.relation,
                bound=number_text(row.bound),
            )  # fmt: skip
    compare(texts["requests"], request_rows(facts, decision), report)
    missed = sum((cost for _, cost in stated), Fraction(0))
    check_claims(facts, claims, decision, sums.tally, sums.lowest, missed, report, sums.lines)
