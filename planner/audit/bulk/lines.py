"""The allocation by columns; every cell of its purchases and site works is what it must be."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.audit import cells
from planner.audit.bulk.arrays import Arrays
from planner.audit.bulk.coded import NONE, ROOM, Bools, Coded, Ints, certain, most
from planner.audit.decision import schedule_text
from planner.audit.reading import KINDS, STANDING
from planner.audit.tables import Row, TextTable
from planner.scenario.schema import GROUPS

BLOCK = 100_000
"""Lines whose numbers are looked at together."""
PURCHASE, SETUP, UPKEEP, REQUEST = range(len(KINDS))


class Lines:
    """Positions, units and money of the lines, ``[line]``; ``item`` is −1 where there is none."""

    def __init__(self, arrays: Arrays, table: TextTable) -> None:
        self.arrays = arrays
        self.cells = {name: Coded(table.column(name)) for name in table.columns}
        facts, count = arrays.facts, len(self.cells["line"].codes)
        for begin in range(0, count, BLOCK):
            due = list(map(str, range(begin + 1, min(begin + BLOCK, count) + 1)))
            certain(self.cells["line"].told(slice(begin, begin + BLOCK)) == due)
        places = {name: school.position for name, school in facts.schools.items()}
        self.school = self.cells["school"].places(places)
        self.item = self.cells["item"].places(arrays.item_at | {"": -1})
        self.fund = self.cells["fund"].places(arrays.fund_at)
        self.kind = self.cells["kind"].places({kind: k for k, kind in enumerate(KINDS)})
        self.year = self.cells["year"].numbers(cells.year)
        for found in (self.school, self.item, self.fund, self.kind, self.year):
            certain((found != NONE).all())
        self.quantity = self.cells["quantity"].numbers(cells.integer)
        self.price = self.cells["unit_price"].numbers(cells.integer)
        self.amount = self.cells["amount"].numbers(cells.integer)
        certain(((self.item >= 0) | (self.kind == REQUEST)).all())
        certain(most(self.amount) * max(count, 1) < ROOM)
        self.at = self.year - facts.first
        self._in_order()
        self._alike()
        self._contracts()

    def where(self, *kinds: int) -> Bools:
        """``[line]`` whether a line is of one of the kinds."""
        return np.isin(self.kind, kinds)

    def raw(self, rows: Bools) -> list[tuple[int, Row]]:
        """Some lines as the file has them, with their row (the header is row 1)."""
        at = np.flatnonzero(rows)
        texts = [self.cells[name].told(at) for name in self.cells]
        return list(zip((at + 2).tolist(), zip(*texts, strict=True), strict=True))

    def _in_order(self) -> None:
        """By school, item, year, fund and kind, as the inputs stand; contracts stand once."""
        if not len(self.kind):
            return
        since = self.year - self.year.min()
        key = self.school
        for part in (self.item + 1, since, self.fund, self.kind):
            certain((int(key.max()) + 1) * (int(part.max()) + 1) < ROOM)
            key = key * (int(part.max()) + 1) + part
        certain((key[1:] >= key[:-1]).all())
        contract = self.where(PURCHASE, SETUP)
        certain(not (contract[1:] & (key[1:] == key[:-1])).any())

    def _alike(self) -> None:
        """Group and standing are those of the school; only requests name request and option."""
        groups = {group: k for k, group in enumerate(GROUPS)}
        own = np.array([groups[s.group] for s in self.arrays.schools], dtype=np.int64)[self.school]
        certain((self.cells["group"].places(groups) == own).all())
        stands = {text: k for k, text in enumerate(dict.fromkeys([*STANDING.values(), "other"]))}
        due = np.array([stands[STANDING[group]] for group in GROUPS], dtype=np.int64)[own]
        due = np.where(self.kind == UPKEEP, stands["other"], due)
        certain((self.cells["standing"].places(stands) == due).all())
        for name in ("request", "option"):
            certain(self.cells[name].all_are("", self.kind != REQUEST))

    def _contracts(self) -> None:
        """Purchases and site works: year, lots, price, amount and schedule."""
        arrays, facts = self.arrays, self.arrays.facts
        contract, bought = self.where(PURCHASE, SETUP), self.where(PURCHASE)
        at, school = self.at[contract], self.school[contract]
        certain(((at >= 0) & (at < len(arrays.years))).all())
        ready = arrays.has_ready[school] & (self.year[contract] == arrays.ready[school])
        planned = self.year[contract] <= facts.last
        certain(np.where(arrays.preparing[school], ready, planned).all())
        price = arrays.by_item_year(facts.price)
        lots = np.array([item.lot for item in arrays.items], dtype=np.int64)
        self._priced(bought, price[self.item[bought], self.at[bought]])
        units = self.quantity[bought]
        certain((units > 0).all() and (units % lots[self.item[bought]] == 0).all())
        works = self.where(SETUP)
        setup = arrays.by_item_year(facts.setup)
        self._priced(works, setup[self.item[works], self.at[works]])
        certain((self.quantity[works] == 1).all())
        self._scheduled(bought)

    def _priced(self, rows: Bools, price: Ints) -> None:
        units = self.quantity[rows]
        certain(most(units) * max(most(price), 1) < ROOM)
        certain((self.price[rows] == price).all())
        certain((self.amount[rows] == units * price).all())

    def _scheduled(self, bought: Bools) -> None:
        """``schedule`` names the instalments of purchases that have some; all others none."""
        parts = np.array([len(item.payments) for item in self.arrays.items], dtype=np.int64)
        cut = bought & ~self.arrays.preparing[self.school]
        cut[cut] = parts[self.item[cut]] > 1
        self.cut: Bools = cut
        certain(self.cells["schedule"].all_are("", ~cut))
        found = (column[cut].tolist() for column in (self.item, self.year, self.amount))
        told: dict[tuple[Any, ...], str] = {}
        for key, text in zip(
            zip(*found, strict=True), self.cells["schedule"].told(cut), strict=True
        ):
            if key not in told:
                item, year, amount = key
                told[key] = schedule_text(amount, year, self.arrays.items[item], False)
            certain(told[key] == text)
