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


def fixed_point(places: int) -> Callable[[str], int | None]:
    """Reads a number with exactly ``places`` decimals, in units of the last one."""
    pattern = re.compile(rf"(0|[1-9][0-9]{{0,11}})\.([0-9]{{{places}}})\Z")

    def read(text: str) -> int | None:
        match = pattern.match(text)
        return int(match[1] + match[2]) if match else None

    return read


class Covered:
    """Every school, item and year with a need, ``[cell]`` in the order of the table."""

    def __init__(self, arrays: Arrays, decided: Decided) -> None:
        self.arrays = arrays
        cell = np.nonzero(arrays.need)
        self.school, self.item, self.at = (places.astype(np.int32) for places in cell)
        self.need, self.stock, self.new = arrays.need[cell], arrays.stock[cell], decided.new[cell]
        self.before = np.minimum(self.stock, self.need)
        self.after = np.minimum(self.stock + self.new, self.need)

    def prove(self, table: TextTable) -> None:
        """The table has these rows and no others, in this order, and every cell is right."""
        arrays = self.arrays
        certain(len(table.column("school")) == len(self.need))
        group = np.array([GROUPS.index(s.group) for s in arrays.schools], dtype=np.int32)
        for name, places, due in (
            ("school", {s.id: s.position for s in arrays.schools}, self.school),
            ("group", {g: k for k, g in enumerate(GROUPS)}, group[self.school]),
            ("item", arrays.item_at, self.item),
            ("year", {str(t): k for k, t in enumerate(arrays.years.tolist())}, self.at),
        ):
            certain((Coded(table.column(name)).places(places) == due).all())
        for name, units in (
            ("need", self.need), ("stock", self.stock), ("new", self.new),
            ("in_service", self.stock + self.new),
        ):  # fmt: skip
            certain((Coded(table.column(name)).numbers(cells.integer) == units).all())
        for name, part in (("before", self.before), ("after", self.after)):
            self._rounded(table, name, 6, part, self.need)
        weight, whole = self._shares()
        certain(most(self.need) * most(arrays.pupils) * max(most(weight), 1) < ROOM)
        gained = (self.after - self.before) * arrays.pupils[self.school, self.at]
        self._rounded(table, "people", 3, gained * weight, self.need * whole)

    def _rounded(self, table: TextTable, name: str, places: int, part: Ints, whole: Ints) -> None:
        """Cells are ``part`` ÷ ``whole`` with so many decimals; a tie may go either way."""
        found = Coded(table.column(name)).numbers(fixed_point(places))
        one = 10**places
        certain(2 * (most(found) * most(whole) + one * most(part)) < ROOM)
        certain((found >= 0).all())
        certain((2 * np.abs(found * whole - one * part) <= whole).all())

    def _shares(self) -> tuple[Ints, Ints]:
        """``[cell]`` ω of the item ÷ Σ ω of its level, as two whole numbers."""
        arrays = self.arrays
        levels = list(dict.fromkeys(s.level for s in arrays.schools))
        at = np.array([levels.index(s.level) for s in arrays.schools], dtype=np.int64)
        part = np.zeros((len(levels), len(arrays.items)), dtype=np.int64)
        whole = np.ones_like(part)
        for (level, item), share in arrays.facts.shares.items():
            if level in levels and item in arrays.item_at:
                certain(share.numerator < 2**40 and share.denominator < 2**40)
                place = levels.index(level), arrays.item_at[item]
                part[place], whole[place] = share.numerator, share.denominator
        cell = (at[self.school], self.item)
        return part[cell], whole[cell]

    def tally(self) -> Tally:
        """Points, equipped pupil-years and means, in binary floats as by rows."""
        arrays, tally = self.arrays, Tally()
        part, whole = self._shares()
        gain = (self.after - self.before) * arrays.pupils[self.school, self.at] * part
        people = gain / (self.need * whole)
        ids = [s.id for s in arrays.schools]
        sums = np.bincount(self.school, weights=people, minlength=len(ids))
        tally.people.update(zip(ids, sums.tolist(), strict=True))
        by_item = np.bincount(
            self.item,
            weights=np.where(arrays.preparing[self.school], 0.0, people),
            minlength=len(arrays.items),
        )
        for item, total in zip(arrays.items, by_item.tolist(), strict=True):
            tally.pillars[item.pillar] += total
        self._points(tally, part / whole)
        self._means(tally)
        return tally

    def _points(self, tally: Tally, share: Floats) -> None:
        """Group and tier → points, without the group's weight."""
        arrays = self.arrays
        rate = 1 + float(arrays.facts.scenario.settings.discount)
        discount = rate ** -(arrays.years - arrays.facts.first).astype(np.float64)
        school = np.array([float(s.weight) for s in arrays.schools])[self.school]
        weight = arrays.pupils[self.school, self.at] * share * school * discount[self.at]
        before, after = self.before / self.need, self.after / self.need
        group = np.array([GROUPS.index(s.group) for s in arrays.schools])[self.school]
        for k, (low, high, points) in enumerate(tiers(arrays.facts)):
            width = np.maximum(np.minimum(after, high) - np.maximum(before, low), 0.0)
            sums = np.bincount(group, weights=weight * points * width, minlength=len(GROUPS))
            for name, total in zip(GROUPS, sums.tolist(), strict=True):
                tally.value[name, k] += total

    def _means(self, tally: Tally) -> None:
        """School → Σ ω, Σ ω × before, Σ ω × after in its final year."""
        arrays = self.arrays
        last = np.array([final_year(arrays.facts, s) for s in arrays.schools], dtype=np.int64)
        mine = arrays.years[self.at] == last[self.school]
        school, need = self.school[mine], self.need[mine]
        weight = np.array([float(i.weight) for i in arrays.items])[self.item[mine]]
        ids = [s.id for s in arrays.schools]
        columns = [
            np.bincount(school, weights=weight * part, minlength=len(ids)).tolist()
            for part in (np.ones(len(need)), self.before[mine] / need, self.after[mine] / need)
        ]
        rows = zip(*columns, strict=True)
        tally.final.update(zip(ids, (list(row) for row in rows), strict=True))
