"""The same proof by columns: what millions of lines and rows ask for, at once.

Nothing is reported here. Either every cell is what it must be, rule by rule and to the last
minor unit, or there is a :class:`DoubtError`, and the audit goes through the plan row by row and
says what it finds. So a doubt costs time and nothing else; whatever is out of the ordinary (items
that are not whole, locks, fractions, numbers near the machine's limit) may be one.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from planner.audit.bulk.arrays import Arrays
from planner.audit.bulk.coded import DoubtError, certain
from planner.audit.bulk.coverage import Covered
from planner.audit.bulk.decisions import Decided
from planner.audit.bulk.lines import Lines
from planner.audit.bulk.local import suspects
from planner.audit.bulk.money import bought_in_all, charged, spent_by_school
from planner.audit.bulk.statements import ColumnStatements
from planner.audit.bulk.upkeep import UpkeepDue
from planner.audit.capacity import capacity_within
from planner.audit.claims import check_claims
from planner.audit.facts import Facts
from planner.audit.families import local_rules, present
from planner.audit.ledgers import (
    carry_within_limit,
    entries,
    fund_within_budget,
    obligations,
    preparing_from_project,
)
from planner.audit.reading import request_lines
from planner.audit.report import Report
from planner.audit.rows import RuleRow, family_row
from planner.audit.select import Eligibility
from planner.audit.tables import TextTable, compare
from planner.audit.totals import request_rows, school_rows

__all__ = ["proven"]


def proven(facts: Facts, texts: Mapping[str, TextTable], claims: Mapping[str, Any]) -> bool:
    """Whether nothing is wrong with a plan, for certain; ``False`` says nothing."""
    try:
        _prove(facts, texts, claims)
    except DoubtError:
        return False
    return True


def _prove(facts: Facts, texts: Mapping[str, TextTable], claims: Mapping[str, Any]) -> None:
    certain(all(table.complete for table in texts.values()))
    certain(all(item.whole for item in facts.items.values()))
    certain(not len(facts.scenario.table("locks")))
    arrays, funds, report = Arrays(facts), Eligibility(facts), Report()
    lines = Lines(arrays, texts["allocation"])
    decided = Decided(arrays, lines, texts, report)
    request_lines(decided.reader, decided.requests)
    upkeep = UpkeepDue(arrays, decided, funds)
    upkeep.prove(lines)
    doubtful = suspects(arrays, lines, decided, funds)
    names = (arrays.schools[k].id for k in np.flatnonzero(doubtful))
    few = facts.of_few(frozenset(names))
    families = local_rules(few, decided.of_schools(doubtful), funds, report)
    families["upkeep_funded"] = 0
    certain(not report.findings())
    tally = Covered(arrays, decided).prove(texts["coverage"])
    ruled, rules = _linking(arrays, lines, decided, upkeep, funds, texts, report)
    named = present(facts, funds)
    stated = list(rules.rows())
    ruled += [row for row, _ in stated]
    ruled += [family_row(name, families[name]) for name in families if name in named]
    compare(texts["rules"], (row.row() for row in ruled), report)
    certain(all(row.slack >= 0 or row.firmness == "wish" for row, _ in stated))
    spent, running = spent_by_school(arrays, lines, decided), upkeep.by_school()
    compare(texts["schools"], school_rows(facts, spent, running, tally), report)
    compare(texts["requests"], request_rows(facts, decided.requests), report)
    missed = sum((cost for _, cost in stated), Fraction(0))
    check_claims(facts, claims, decided.requests, tally, missed, report)
    certain(not report.findings())


def _linking(
    arrays: Arrays,
    lines: Lines,
    decided: Decided,
    upkeep: UpkeepDue,
    funds: Eligibility,
    texts: Mapping[str, TextTable],
    report: Report,
) -> tuple[list[RuleRow], ColumnStatements]:
    """Ledgers, obligations and capacities; the scenario's own rules, to be evaluated."""
    facts = arrays.facts
    money = charged(arrays, lines, decided, upkeep)
    ledger = entries(facts, money, funds)
    rows = compare(texts["ledger"], (entry.row() for entry in ledger), report)
    compare(texts["obligations"], obligations(facts, money, upkeep.due), report)
    funded = iter(fund_within_budget(facts, ledger, rows, report))
    carried = {row.key: row for row in carry_within_limit(ledger)}
    proposed = iter(preparing_from_project(facts, money, ledger, rows, report))
    ruled: list[RuleRow] = []
    for entry in ledger:  # in the order of the file, so that it is compared in step
        ruled.append(next(proposed if entry.school else funded))
        key = f"{entry.fund},{entry.year}"
        ruled += [carried[key]] if not entry.school and key in carried else []
    ruled += capacity_within(facts, bought_in_all(arrays, lines, decided), report)
    return ruled, ColumnStatements(arrays, lines, decided, upkeep)
