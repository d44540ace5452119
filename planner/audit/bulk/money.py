"""Sums of money and units over the lines, exact, for the ledgers and capacities."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from planner.audit.bulk.arrays import Arrays
from planner.audit.bulk.coded import ROOM, Bools, Ints, certain, most
from planner.audit.bulk.decisions import Decided
from planner.audit.bulk.lines import PURCHASE, SETUP, Lines
from planner.audit.bulk.upkeep import UpkeepDue
from planner.audit.decision import Decision, Line
from planner.audit.ledgers import Books, books
from planner.audit.upkeep import Upkeep

PARTS = {PURCHASE: 0, SETUP: 1}
UPKEEP_PART = 3


def added(places: tuple[Any, ...], amounts: Ints, shape: tuple[int, ...]) -> Ints:
    """The sums of ``amounts`` by place."""
    total = np.zeros(shape, dtype=np.int64)
    np.add.at(total, places, amounts)
    return total


def charged(arrays: Arrays, lines: Lines, decided: Decided, upkeep: UpkeepDue) -> Books:
    """Every line in its ledger in the year it is paid."""
    found = books(arrays.facts, decided.requests, Upkeep())
    proposal = arrays.preparing[lines.school]
    for kind, part in PARTS.items():
        mine = lines.where(kind)
        general = mine & ~proposal
        _by_year(arrays, found, part, lines.fund, lines.at, lines.amount, general & ~lines.cut)
        _by_school(arrays, found, part, lines, mine & proposal)
    every = np.ones(len(upkeep.amount), dtype=bool)
    _by_year(arrays, found, UPKEEP_PART, upkeep.fund, upkeep.at, upkeep.amount, every)
    for k, item in enumerate(arrays.items):
        mine = lines.cut & (lines.item == k)
        for late, amounts in enumerate(_instalments(lines.amount[mine], item.payments)):
            every = np.ones(len(amounts), dtype=bool)
            _by_year(arrays, found, 0, lines.fund[mine], lines.at[mine] + late, amounts, every)
    return found


def _by_year(
    arrays: Arrays, found: Books, part: int, fund: Ints, at: Ints, amount: Ints, rows: Bools
) -> None:
    """Adds money of general funds by the year of payment."""
    names, ahead = list(arrays.facts.funds), int(at.max(initial=0)) + 1
    total = added((fund[rows], at[rows]), amount[rows], (len(names), ahead))
    for k, year in zip(*np.nonzero(total), strict=True):
        found.general[names[k], arrays.facts.first + int(year)][part] += int(total[k, year])


def _by_school(arrays: Arrays, found: Books, part: int, lines: Lines, rows: Bools) -> None:
    """Adds what is proposed into building projects, by school."""
    names, shape = list(arrays.facts.funds), (len(arrays.facts.funds), len(arrays.schools))
    total = added((lines.fund[rows], lines.school[rows]), lines.amount[rows], shape)
    for k, s in zip(*np.nonzero(total), strict=True):
        found.project[names[k], arrays.schools[s].id][part] += int(total[k, s])


def _instalments(amount: Ints, parts: Any) -> list[Ints]:
    """The payments: each running total is rounded down, the last takes the rest."""
    paid, upto, cuts = np.zeros_like(amount), Fraction(0), []
    for part in parts[:-1]:
        upto += Fraction(part)
        certain(most(amount) * max(upto.numerator, 1) < ROOM and upto >= 0)
        reached = amount * upto.numerator // upto.denominator
        cuts.append(reached - paid)
        paid = reached
    return [*cuts, amount - paid]


def spent_by_school(arrays: Arrays, lines: Lines, decided: Decided) -> dict[str, int]:
    """School → its contracts, minor units."""
    contract = lines.where(PURCHASE, SETUP)
    total = added((lines.school[contract],), lines.amount[contract], (len(arrays.schools),))
    found = dict(zip((s.id for s in arrays.schools), total.tolist(), strict=True))
    for line in decided.requests.requested:
        found[line.school.id] += line.amount
    return found


def bought_in_all(arrays: Arrays, lines: Lines, decided: Decided) -> Decision:
    """The decision with the funded lines of an item, fund and year added up: enough for rules
    that ask for no school."""
    asked, facts = decided.requests, arrays.facts
    found: dict[int, dict[tuple[str, str], list[Line]]] = {PURCHASE: {}, SETUP: {}}
    shape = (len(arrays.items), len(facts.funds), len(arrays.years))
    names = list(facts.funds)
    for kind, word in ((PURCHASE, "purchase"), (SETUP, "setup")):
        mine = lines.where(kind) & ~arrays.preparing[lines.school]
        places = (lines.item[mine], lines.fund[mine], lines.at[mine])
        units, money = (added(places, n[mine], shape) for n in (lines.quantity, lines.amount))
        for i, f, at in zip(*np.nonzero((units != 0) | (money != 0)), strict=True):
            item, year = arrays.items[i], facts.first + int(at)
            someone = next(s for s in arrays.schools if not s.preparing)
            line = Line(
                0, someone, item, names[f], year, word, int(units[i, f, at]), int(money[i, f, at])
            )
            found[kind].setdefault((someone.id, item.item), []).append(line)
    return Decision(facts, asked.options, asked.chosen, asked.paid, found[PURCHASE], found[SETUP])
