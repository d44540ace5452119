"""``upkeep_funded``: every running cost that is due has its line, and no other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from planner.audit.cells import agrees, number_text
from planner.audit.decision import Decision, Line, Unit, alive
from planner.audit.exact import Units, half_up, whole_if
from planner.audit.facts import Facts, School
from planner.audit.reading import Reader, match_lines
from planner.audit.select import Eligibility
from planner.audit.tables import Row, report_cells
from planner.scenario.contracts import Item


@dataclass
class Upkeep:
    """What upkeep is due, by line, and what of it falls after the plan."""

    lines: list[Line] = field(default_factory=list)
    after: dict[tuple[int, str, str], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0])
    )
    """(year, fund, origin) → amount, funded."""


def upkeep_due(facts: Facts, decision: Decision, funds: Eligibility) -> Upkeep:
    """Running costs of stock and of what the plan buys, for every year of the plan and tail."""
    found = Upkeep()
    required = facts.scenario.settings.upkeep == "required"
    for school, item in _held(facts, decision):
        stock = facts.stock(school, item.item)
        proposed = school.preparing
        new = decision.units.get((school.id, item.item))
        for k, t in enumerate(school.years):
            unit = facts.unit_upkeep(item, t)
            older = _older(new, item, t) if new else 0
            if proposed and older and school.ready is not None and t > school.ready:
                found.after[t, "", "proposal"][0] += _cost(unit, older)
            if not unit or t not in facts.all_years:
                continue
            units = stock[k] if proposed else whole_if(stock[k] + older)
            if not units:
                continue
            amount = _cost(unit, units)
            payer = funds.payer(school, item) if required else None
            funded = payer is not None and t in facts.declared[payer]
            if funded and payer is not None:
                found.lines.append(
                    Line(0, school, item, payer, t, "upkeep", units, amount, price=unit)
                )
            if t > facts.last:
                _note(found, t, payer or "", unit * stock[k], amount, funded)
    return found


def _cost(unit: int, units: Units) -> int:
    """Running cost of ``units`` in minor units, half up."""
    cost = unit * units
    return cost if isinstance(cost, int) else half_up(cost)


def _note(found: Upkeep, year: int, fund: str, stock: int, amount: int, funded: bool) -> None:
    """Split the upkeep of a year after the plan into what existed and what the plan adds."""
    for origin, part in (("stock", stock), ("plan", amount - stock)):
        if part:
            totals = found.after[year, fund, origin]
            totals[0] += part
            totals[1] += part if funded else 0


def _held(facts: Facts, decision: Decision) -> Iterator[tuple[School, Item]]:
    """Every school and item with upkeep of which there is or will be a unit."""
    costly = [item for item in facts.items.values() if item.upkeep]
    for school in facts.schools.values():
        for item in costly:
            key = (school.id, item.item)
            if key in facts.inventory or key in decision.units:
                yield school, item


def _older(units: list[Unit], item: Item, year: int) -> Units:
    """New units whose service began before ``year`` and that are alive in it."""
    return sum(u.quantity for u in units if u.start < year and alive(u.start, item.life, year))


def upkeep_funded(reader: Reader, due: Upkeep) -> int:
    """Compare the upkeep lines of the allocation with those due; how many are wrong."""
    wrong = 0
    lacking: list[Row] = []
    for line in due.lines:
        row = _row(line)
        rows = reader.upkeep.get((row[1], row[3], row[5]))
        if not rows:
            lacking.append(row)
            continue
        number, raw = rows.pop(0)
        if raw[1:] != row[1:] and not _agree(raw, row):
            wrong += 1
            report_cells(reader.table, number, raw, (raw[0], *row[1:]), reader.report)
    odd = [pair for rows in reader.upkeep.values() for pair in rows]
    match_lines(reader, sorted(odd), lacking, "upkeep")
    return wrong + max(len(odd), len(lacking))


def _agree(raw: Row, row: Row) -> bool:
    """Whether a line's cells are those due, rounded either way at a tie."""
    return all(agrees(text, cell) for text, cell in zip(raw[1:], row[1:], strict=True))


def _row(line: Line) -> Row:
    """The upkeep line as it must stand in the file."""
    item = line.item
    name = "" if item is None else item.item
    return (
        "", line.school.id, line.school.group, name, line.fund, str(line.year), "upkeep", "", "",
        number_text(line.quantity), str(line.price), str(line.amount), "", "other",
    )  # fmt: skip
