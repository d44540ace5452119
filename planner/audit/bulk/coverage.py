"""The table ``coverage`` by columns, and the sums that follow from it."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from planner.audit import cells
from planner.audit.bulk.arrays import Arrays
from planner.audit.bulk.coded import ROOM, Coded, Floats, Ints, certain, most
from planner.audit.bulk.decisions import Decided
from planner.audit.coverage import Tally, final_year, tiers
from planner.audit.tables import TextTable
from planner.scenario.schema import GROUPS

BLOCK = 500_000
"""Rows that are looked at together."""


def fixed_point(places: int) -> Callable[[str], int | None]:
    """Reads a number with exactly ``places`` decimals, in units of the last one."""
    pattern = re.compile(rf"(0|[1-9][0-9]{{0,11}})\.([0-9]{{{places}}})\Z")

    def read(text: str) -> int | None:
        match = pattern.match(text)
        return int(match[1] + match[2]) if match else None

    return read


class Covered:
    """Every school, item and year with a need, in the order of the table, block by block."""

    def __init__(self, arrays: Arrays, decided: Decided) -> None:
        self.arrays, self.decided = arrays, decided
        self.cells = np.flatnonzero(arrays.need)
        self.tally = Tally()
        ids = [s.id for s in arrays.schools]
        self.people = np.zeros(len(ids))
        self.means = np.zeros((3, len(ids)))
        self.last = np.array([final_year(arrays.facts, s) for s in arrays.schools], dtype=np.int64)
        self.group = np.array([GROUPS.index(s.group) for s in arrays.schools], dtype=np.int64)
        self.weight = np.array([float(s.weight) for s in arrays.schools])
        self.shares = self._shares()

    def prove(self, table: TextTable) -> Tally:
        """The table has these rows and no others, in this order, and every cell is right; gives
        the points, equipped pupil-years and means of the plan, in binary floats as by rows."""
        certain(len(table.column("school")) == len(self.cells))
        told = _Told(self.arrays, table)
        for begin in range(0, len(self.cells), BLOCK):
            rows = slice(begin, begin + BLOCK)
            block = _Block(self, rows)
            block.prove(told, rows)
            self._count(block)
        ids = [s.id for s in self.arrays.schools]
        self.tally.people.update(zip(ids, self.people.tolist(), strict=True))
        means = zip(*self.means.tolist(), strict=True)
        self.tally.final.update(zip(ids, (list(mean) for mean in means), strict=True))
        return self.tally

    def _shares(self) -> tuple[Ints, Ints]:
        """``[school, item]`` ω of the item ÷ Σ ω of its level, as two whole numbers."""
        arrays = self.arrays
        levels = {
            level: k for k, level in enumerate(dict.fromkeys(s.level for s in arrays.schools))
        }
        part = np.zeros((len(levels), len(arrays.items)), dtype=np.int64)
        whole = np.ones_like(part)
        for (level, item), share in arrays.facts.shares.items():
            if level in levels and item in arrays.item_at:
                certain(share.numerator < 2**40 and share.denominator < 2**40)
                place = levels[level], arrays.item_at[item]
                part[place], whole[place] = share.numerator, share.denominator
        at = np.array([levels[s.level] for s in arrays.schools], dtype=np.int64)
        return part[at], whole[at]

    def _count(self, block: _Block) -> None:
        """Adds the rows of a block to all sums."""
        arrays, tally, count = self.arrays, self.tally, len(self.arrays.schools)
        people = block.gained / (block.need * block.whole)
        self.people += np.bincount(block.school, weights=people, minlength=count)
        funded = np.where(arrays.preparing[block.school], 0.0, people)
        by_item = np.bincount(block.item, weights=funded, minlength=len(arrays.items))
        for item, total in zip(arrays.items, by_item.tolist(), strict=True):
            tally.pillars[item.pillar] += total
        before, after = block.before / block.need, block.after / block.need
        self._points(block, before, after)
        mine = arrays.years[block.at] == self.last[block.school]
        weight = np.array([float(i.weight) for i in arrays.items])[block.item[mine]]
        parts = (np.ones(len(weight)), before[mine], after[mine])
        for k, part in enumerate(parts):
            self.means[k] += np.bincount(block.school[mine], weights=weight * part, minlength=count)

    def _points(self, block: _Block, before: Floats, after: Floats) -> None:
        """Group and tier → points, without the group's weight."""
        arrays = self.arrays
        rate = 1 + float(arrays.facts.scenario.settings.discount)
        discount = rate ** -(arrays.years - arrays.facts.first).astype(np.float64)
        weight = arrays.pupils[block.school, block.at] * (block.part / block.whole)
        weight = weight * self.weight[block.school] * discount[block.at]
        group = self.group[block.school]
        for k, (low, high, points) in enumerate(tiers(arrays.facts)):
            width = np.maximum(np.minimum(after, high) - np.maximum(before, low), 0.0)
            sums = np.bincount(group, weights=weight * points * width, minlength=len(GROUPS))
            for name, total in zip(GROUPS, sums.tolist(), strict=True):
                self.tally.value[name, k] += total


class _Told:
    """The cells of the table by column, each distinct text read once."""

    def __init__(self, arrays: Arrays, table: TextTable) -> None:
        places: dict[str, dict[str, int]] = {
            "school": {s.id: s.position for s in arrays.schools},
            "group": {g: k for k, g in enumerate(GROUPS)},
            "item": arrays.item_at,
            "year": {str(t): k for k, t in enumerate(arrays.years.tolist())},
        }
        ratio, people = fixed_point(6), fixed_point(3)
        reads: dict[str, Callable[[str], int | None]] = {
            name: known.get for name, known in places.items()
        }
        reads |= dict.fromkeys(("need", "stock", "new", "in_service"), cells.integer)
        reads |= {"before": ratio, "after": ratio, "people": people}
        coded = {name: Coded(table.column(name)) for name in reads}
        self.codes = {name: column.codes for name, column in coded.items()}
        self.values = {name: coded[name].read(read) for name, read in reads.items()}

    def at(self, name: str, rows: slice) -> Ints:
        """``[row]`` what some rows of a column say."""
        return self.values[name][self.codes[name][rows]]


class _Block:
    """Some rows as they must be, ``[row]``: positions, units, and the gain in equipped pupils as
    ``gained`` ÷ (``need`` × ``whole``)."""

    def __init__(self, cover: Covered, rows: slice) -> None:
        arrays = cover.arrays
        self.cover = cover
        self.school, self.item, self.at = np.unravel_index(cover.cells[rows], arrays.shape)
        cell = (self.school, self.item, self.at)
        self.need, self.stock = arrays.need[cell], arrays.stock[cell]
        self.new = cover.decided.new[cell]
        self.before = np.minimum(self.stock, self.need)
        self.after = np.minimum(self.stock + self.new, self.need)
        pupils = arrays.pupils[self.school, self.at]
        self.part, self.whole = (share[self.school, self.item] for share in cover.shares)
        certain(most(self.need) * max(most(pupils), 1) * max(most(self.part), 1) < ROOM)
        self.gained = (self.after - self.before) * pupils * self.part

    def prove(self, told: _Told, rows: slice) -> None:
        """Every cell of the rows is right."""
        due = {
            "school": self.school, "group": self.cover.group[self.school], "item": self.item,
            "year": self.at, "need": self.need, "stock": self.stock, "new": self.new,
            "in_service": self.stock + self.new,
        }  # fmt: skip
        for name, values in due.items():
            certain((told.at(name, rows) == values).all())
        _rounded(told.at("before", rows), 6, self.before, self.need)
        _rounded(told.at("after", rows), 6, self.after, self.need)
        certain(most(self.need) * most(self.whole) < ROOM)
        _rounded(told.at("people", rows), 3, self.gained, self.need * self.whole)


def _rounded(found: Ints, places: int, part: Ints, whole: Ints) -> None:
    """``found`` is ``part`` ÷ ``whole`` in units of the last of so many decimals; a tie may go
    either way."""
    one = 10**places
    certain(2 * (most(found) * most(whole) + one * most(part)) < ROOM)
    certain((found >= 0).all())
    certain((2 * np.abs(found * whole - one * part) <= whole).all())
