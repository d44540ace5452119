"""Ledgers and obligations, rebuilt from the lines: ``fund_within_budget`` and its kin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

from planner.proof.cells import (
    Report,
    Row,
    RuleRow,
    Units,
    agrees,
    floored,
    half_up,
    instalments,
    money_row,
    number_text,
    report_cells,
    rule_key,
    whole_if,
)
from planner.proof.decision import Decision, Line, Reader, match_lines
from planner.proof.inputs import Eligibility, Facts

Used = dict[tuple[int, int], tuple[Units, int | None]]
"""(row of ``capacities``, year) → what counts of it, and the first line of the allocation that
does."""


def capacity_used(facts: Facts, decision: Decision) -> Used:
    """Units of an item, or money, that each capacity counts in its years; proposals left out."""
    capacities = list(facts.scenario.rows("capacities"))
    if not capacities:
        return {}
    # (year, item, fund, kind) → units, money, first line
    sums: dict[tuple[int, str, str, str], tuple[Units, int, int]] = {}
    for line in decision.contracts():
        if not line.proposal:
            key = (line.year, "" if line.item is None else line.item.item, line.fund, line.kind)
            units, money, first = sums.get(key, (0, 0, line.row))
            sums[key] = units + line.quantity, money + line.amount, min(first, line.row)
    chosen = ((decision.options[key], times) for key, times in decision.chosen.items())
    asked = [(option, times) for option, times in chosen if not option.school.preparing]
    found: Used = {}
    for k, capacity in enumerate(capacities):
        years = [capacity.year] if capacity.year is not None else facts.plan_years
        for t in years:
            used: Units = 0
            lines = []
            for (year, item, fund, kind), (units, money, first) in sums.items():
                if year != t or capacity.fund not in (None, "", fund):
                    continue
                if capacity.item and capacity.item != item:
                    continue
                if kind != "request":
                    lines.append(first)
                if not capacity.item:
                    used += money
                elif kind == "purchase":
                    used += units
            if capacity.item:
                # and what chosen requests bring
                used += sum(
                    brought * times
                    for option, times in asked
                    if not capacity.fund or capacity.fund in {cost.fund for cost in option.costs}
                    for item, brought, when in option.items
                    if item == capacity.item and when == t
                )
            found[k, t] = used, min(lines, default=None)
    return found


def capacity_within(facts: Facts, counted: Used, report: Report) -> list[RuleRow]:
    """Units of an item, or money, in a year stay within what a capacity names."""
    found = []
    capacities = list(facts.scenario.rows("capacities"))
    for (k, t), (used, first) in counted.items():
        capacity = capacities[k]
        parts = [p for p in (capacity.item, capacity.fund, str(t)) if p]
        unit = "units" if capacity.item else "money"
        row = RuleRow(
            "capacity_within", ",".join(parts), "law", Fraction(used), "<=",
            Fraction(capacity.most), unit,
        )  # fmt: skip
        found.append(row)
        if row.slack < 0:
            report.add(
                "audit_capacity_within", "allocation.csv", first,
                "quantity" if capacity.item else "amount",
                rule_key("capacity_within", *parts), found=number_text(used),
                most=str(capacity.most),
            )  # fmt: skip
    return found


@dataclass
class Upkeep:
    """What upkeep is due, by line, and what of it falls after the plan."""

    lines: list[Line] = field(default_factory=list)
    after: dict[tuple[int, str, str], tuple[int, int]] = field(default_factory=dict)
    """(year, fund, origin) → amount, funded."""

    def add_after(self, key: tuple[int, str, str], amount: int, funded: int) -> None:
        """Adds to what falls after the plan."""
        before = self.after.get(key, (0, 0))
        self.after[key] = before[0] + amount, before[1] + funded


def upkeep_due(facts: Facts, decision: Decision, funds: Eligibility) -> Upkeep:
    """Running costs of stock and of what the plan buys, for every year of the plan and tail."""
    found = Upkeep()
    required = facts.scenario.settings.upkeep == "required"
    costly = [item for item in facts.items.values() if item.upkeep]
    for school, item in product(facts.schools.values(), costly):
        key = (school.id, item.item)
        if key not in facts.inventory and key not in decision.units:
            continue
        stock = facts.stock(school, item.item)
        proposed = school.preparing
        payer = funds.payer(school, item) if required else None
        for k, (t, older) in enumerate(
            zip(school.years, decision.older(school, item.item), strict=True)
        ):
            unit = facts.unit_upkeep(item, t)
            if proposed and older and school.ready is not None and t > school.ready:
                found.add_after((t, "", "proposal"), _cost(unit, older), 0)
            if not unit or t not in facts.all_years:
                continue
            units = stock[k] if proposed else whole_if(stock[k] + older)
            if not units:
                continue
            amount = _cost(unit, units)
            funded = payer is not None and t in facts.declared[payer]
            if funded and payer is not None:
                found.lines.append(
                    Line(0, school, item, payer, t, "upkeep", units, amount, price=unit)
                )
            if t > facts.last:
                # What existed, and what the plan adds.
                for origin, part in (
                    ("stock", unit * stock[k]),
                    ("plan", amount - unit * stock[k]),
                ):
                    if part:
                        found.add_after((t, payer or "", origin), part, part if funded else 0)
    return found


def _cost(unit: int, units: Units) -> int:
    """Running cost of ``units`` in minor units, half up."""
    cost = unit * units
    return cost if isinstance(cost, int) else half_up(cost)


def upkeep_funded(reader: Reader, due: Upkeep) -> int:
    """Compare the upkeep lines of the allocation with those due; how many are wrong."""
    wrong = 0
    lacking: list[Row] = []
    for line in due.lines:
        item = "" if line.item is None else line.item.item
        row = (
            "", line.school.id, line.school.group, item, line.fund, str(line.year), "upkeep", "",
            "", number_text(line.quantity), str(line.price), str(line.amount), "", "other",
        )  # fmt: skip
        rows = reader.upkeep.get((row[1], row[3], row[5]))
        if not rows:
            lacking.append(row)
            continue
        number, raw = rows.pop(0)
        # Whether a line's cells are those due, rounded either way at a tie.
        if raw[1:] != row[1:] and not all(
            agrees(text, cell) for text, cell in zip(raw[1:], row[1:], strict=True)
        ):
            wrong += 1
            report_cells(reader.table, number, raw, (raw[0], *row[1:]), reader.report)
    odd = [pair for rows in reader.upkeep.values() for pair in rows]
    match_lines(reader, sorted(odd), lacking, "upkeep")
    return wrong + max(len(odd), len(lacking))


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

    general: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    project: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def add(self, other: Books) -> None:
        """Adds the money of other schools."""
        both: list[tuple[dict[Any, list[int]], Mapping[Any, list[int]]]] = [
            (self.general, other.general),
            (self.project, other.project),
        ]
        for mine, more in both:
            for key, costs in more.items():
                before = mine.setdefault(key, [0, 0, 0, 0])
                before[:] = [a + b for a, b in zip(before, costs, strict=True)]


def books(decision: Decision, upkeep: Upkeep) -> Books:
    """Charge every line to its ledger in the year it is paid."""
    found = Books()
    for line in [*decision.contracts(), *upkeep.lines]:
        part = COLUMN[line.kind]
        if line.proposal:
            found.project.setdefault((line.fund, line.school.id), [0] * 4)[part] += line.amount
            continue
        for t, amount in payments(line):
            found.general.setdefault((line.fund, t), [0] * 4)[part] += amount
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


def obligations(facts: Facts, money: Books, after: Mapping[Any, tuple[int, int]]) -> list[Row]:
    """What is owed after the plan: instalments by fund, upkeep by fund and origin."""
    found: list[tuple[int, str, str, str, int, int]] = []
    for (fund, t), costs in money.general.items():
        if t > facts.last:
            due = costs[0]
            found.append((t, fund, "instalment", "plan", due, due))
    for (t, fund, origin), (amount, funded) in after.items():
        found.append((t, fund, "upkeep", origin, amount, funded))
    place = {name: k for k, name in enumerate(facts.funds)}
    found.sort(key=lambda row: (row[0], place.get(row[1], -1), row[2], row[3]))
    return [(str(t), f, kind, o, str(a), str(p)) for t, f, kind, o, a, p in found if a]
