"""Ledgers and obligations, rebuilt from the lines: ``fund_within_budget`` and its kin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from planner.audit.decision import Decision, Line
from planner.audit.exact import floored, instalments
from planner.audit.facts import Facts
from planner.audit.report import Report, rule_key
from planner.audit.rows import RuleRow, money_row
from planner.audit.select import Eligibility
from planner.audit.tables import Row
from planner.audit.upkeep import Upkeep

PARTS = ("purchases", "setup", "requests", "upkeep")
COLUMN = {"purchase": 0, "setup": 1, "request": 2, "upkeep": 3}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a ledger; money in minor units."""

    fund: str
    school: str
    year: int | None
    amount: int
    usable: int
    carried_in: int
    costs: tuple[int, int, int, int]
    carried_out: int
    limit: int | None
    """Most that may be carried out; ``None`` where nothing ever is."""

    @property
    def spent(self) -> int:
        """All costs of the row."""
        return sum(self.costs)

    def row(self) -> Row:
        """The row as it must stand in the file."""
        lapsed = self.usable + self.carried_in - self.spent - self.carried_out
        numbers = (
            self.amount, self.amount - self.usable, self.usable, self.carried_in, *self.costs,
            self.spent, self.carried_out, lapsed,
        )  # fmt: skip
        year = "" if self.year is None else str(self.year)
        return (self.fund, self.school, year, *map(str, numbers))


@dataclass
class Books:
    """All money that the lines cost: by general fund and year, by project and school."""

    general: dict[tuple[str, int], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0, 0, 0])
    )
    project: dict[tuple[str, str], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0, 0, 0])
    )


def books(facts: Facts, decision: Decision, upkeep: Upkeep) -> Books:
    """Charge every line to its ledger in the year it is paid."""
    found = Books()
    for line in [*decision.contracts(), *upkeep.lines]:
        part = COLUMN[line.kind]
        if line.proposal:
            found.project[line.fund, line.school.id][part] += line.amount
            continue
        for t, amount in payments(line):
            found.general[line.fund, t][part] += amount
    return found


def payments(line: Line) -> Iterator[tuple[int, int]]:
    """Years and amounts in which a line is paid."""
    if line.kind != "purchase" or line.item is None or len(line.item.payments) < 2:
        yield line.year, line.amount
        return
    for k, part in enumerate(instalments(line.amount, line.item.payments)):
        yield line.year + k, part


def entries(facts: Facts, money: Books, funds: Eligibility) -> list[Entry]:
    """Every row of the ledger, funds and their years (projects: schools) in order.

    Money moves to the next year only where the fund declares an amount for it.
    """
    found: list[Entry] = []
    for name, fund in facts.funds.items():
        if fund.role == "project":
            found += [
                Entry(
                    name, s.id, s.ready, s.project_amount, s.project_amount, 0,
                    _four(money.project.get((name, s.id))), 0, None,
                )
                for s in facts.schools.values()
                if s.project_amount is not None and funds.serves(name, s)
            ]  # fmt: skip
            continue
        carried: dict[int, int] = {}
        for t, amount in facts.declared[name].items():
            usable, costs = facts.usable(name, t), _four(money.general.get((name, t)))
            brought = carried.get(t - 1, 0)
            limit = None
            if fund.carry_over and t < facts.last:
                limit = floored(usable * Fraction(fund.carry_over))
            out = min(limit or 0, max(0, usable + brought - sum(costs)))
            carried[t] = out if t + 1 in facts.declared[name] else 0
            found.append(Entry(name, "", t, amount, usable, brought, costs, carried[t], limit))
    return found


def _four(costs: list[int] | None) -> tuple[int, int, int, int]:
    a, b, c, d = costs or (0, 0, 0, 0)
    return a, b, c, d


def fund_within_budget(
    facts: Facts, found: list[Entry], rows: dict[tuple[str, ...], int], report: Report
) -> list[RuleRow]:
    """Costs of a fund in a year never exceed what is usable and was carried in."""
    ruled = []
    for entry in found:
        if entry.school:
            continue
        bound = entry.usable + entry.carried_in
        key, firm = f"{entry.fund},{entry.year}", facts.funds[entry.fund].firmness
        ruled.append(money_row("fund_within_budget", key, entry, bound, firm))
        _over("fund_within_budget", entry, str(entry.year), bound, rows, report)
    return ruled


def preparing_from_project(
    facts: Facts, money: Books, found: list[Entry], rows: dict[tuple[str, ...], int],
    report: Report,
) -> list[RuleRow]:  # fmt: skip
    """What is proposed for a preparing school fits its building project."""
    ruled: list[RuleRow] = []
    listed: set[tuple[str, str]] = set()
    total: dict[str, int] = defaultdict(int)
    for entry in [e for e in found if e.school]:
        key = f"{entry.fund},{entry.school}"
        ruled.append(money_row("preparing_from_project", key, entry, entry.usable))
        _over("preparing_from_project", entry, entry.school, entry.usable, rows, report)
        listed.add((entry.fund, entry.school))
        total[entry.school] += min(entry.spent, entry.usable)
    for (fund, school), costs in money.project.items():
        if (fund, school) not in listed and any(costs):
            key = rule_key("preparing_from_project", fund, school)
            report.add(
                "audit_preparing_from_project", "allocation.csv", None, "amount", key,
                found=str(sum(costs)), most="0",
            )  # fmt: skip
    for school, spent in total.items():
        most = facts.schools[school].project_amount or 0
        if spent > most:
            key = rule_key("preparing_from_project", school)
            report.add(
                "audit_preparing_from_project", "ledger.csv", None, "spent", key,
                found=str(spent), most=str(most),
            )  # fmt: skip
    return ruled


def carry_within_limit(found: list[Entry]) -> list[RuleRow]:
    """What is carried to the next year stays within its share of the usable money.

    The audit computes the amount carried; a plan that states another is a wrong cell of the
    ledger, so only the row of the table ``rules`` is made here.
    """
    return [
        RuleRow("carry_within_limit", f"{e.fund},{e.year}", "law", Fraction(e.carried_out), "<=",
                Fraction(e.limit), "money")
        for e in found
        if e.limit is not None
    ]  # fmt: skip


def _over(
    rule: str, entry: Entry, key: str, bound: int, rows: dict[tuple[str, ...], int], report: Report
) -> None:
    if entry.spent > bound:
        row = rows.get(entry.row()[:3])
        name = rule_key(rule, entry.fund, key)
        report.add(
            f"audit_{rule}", "ledger.csv", row, "spent", name,
            found=str(entry.spent), most=str(bound),
        )  # fmt: skip


def obligations(facts: Facts, money: Books, upkeep: Upkeep) -> list[Row]:
    """What is owed after the plan: instalments by fund, upkeep by fund and origin."""
    found: list[tuple[int, str, str, str, int, int]] = []
    for (fund, t), costs in money.general.items():
        if t > facts.last:
            due = costs[0]
            found.append((t, fund, "instalment", "plan", due, due))
    for (t, fund, origin), (amount, funded) in upkeep.after.items():
        found.append((t, fund, "upkeep", origin, amount, funded))
    place = {name: k for k, name in enumerate(facts.funds)}
    found.sort(key=lambda row: (row[0], place.get(row[1], -1), row[2], row[3]))
    return [(str(t), f, kind, o, str(a), str(p)) for t, f, kind, o, a, p in found if a]
