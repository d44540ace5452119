"""What rounding to whole money does to prerequisites, and the đồng that set it right.

An item that is not whole is bought for a whole amount, rounded down; what requires it may then
be a hair more than ``capacity × new_j`` allows. Continuous dependents give up the đồng that it
takes; whole ones cannot, and are told so that the row is tightened and solved again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pandas as pd

from planner.axes import Floats, Ints
from planner.formulation.facts import Facts
from planner.rules import Rule, row_name

CLOSE = 1e-6
"""Units within which a prerequisite is looked at in exact fractions."""


@dataclass
class _Units:
    """New units of one item: ``[school, year]`` as floats, and the purchases of a school."""

    alive: Floats
    rows: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


@dataclass
class Rounding:
    """Purchases (with ``amount``) and supplies of requests, held against the prerequisites."""

    facts: Facts
    bought: pd.DataFrame
    asked: pd.DataFrame

    def __post_init__(self) -> None:
        self.amount: list[int] = self.bought["amount"].tolist()
        self.price: list[int] = self.bought["price"].tolist()
        self.start: list[int] = self.bought["start"].tolist()
        self.end: list[int] = self.bought["end"].tolist()

    def lowered(self) -> list[int]:
        """The amounts after continuous dependents gave up what they had to."""
        for item, other, capacity in _pairs(self.facts):
            if self.facts.items[item].whole:
                continue
            for school, year, over in self._overs(item, other, capacity):
                self._give_up(item, school, year, over)
        return self.amount

    def broken(self) -> dict[tuple[str, str, str], float]:
        """(rule, key, relation) → units too many, where whole units require continuous ones."""
        axes, found = self.facts.axes, {}
        for item, other, capacity in _pairs(self.facts):
            for school, year, over in self._overs(item, other, capacity):
                key = (axes.schools[school], axes.items[item], axes.items[other])
                name = row_name("", (*key, str(axes.first + year))).strip("[]")
                found[str(Rule.PREREQUISITE), name, "<="] = float(over)
        return found

    def _overs(
        self, item: int, other: int, capacity: Fraction
    ) -> Iterator[tuple[int, int, Fraction]]:
        """(school, year, units too many), exact; the caller may lower amounts in between."""
        facts, own, theirs = self.facts, self._units(item), self._units(other)
        stock_i, stock_j = facts.stock[:, item, :], facts.stock[:, other, :]
        free = np.maximum(float(capacity) * stock_j - stock_i, 0.0)
        near = (own.alive > 0) & (own.alive > float(capacity) * theirs.alive + free - CLOSE)
        for school, year in zip(*np.nonzero(near & facts.axes.counted), strict=True):
            room = capacity * int(stock_j[school, year]) - int(stock_i[school, year])
            room = max(Fraction(0), room) + capacity * self._exact(other, school, year, theirs)
            over = self._exact(item, school, year, own) - room
            if over > 0:
                yield int(school), int(year), over

    def _units(self, item: int) -> _Units:
        shape = self.facts.axes.shape
        change = np.zeros((shape[0], shape[2] + 1))
        mine = np.flatnonzero(self.bought["item"].to_numpy() == item)
        school = self.bought["school"].to_numpy()[mine]
        units = np.array([self.amount[k] / max(self.price[k], 1) for k in mine])
        asked = self.asked[(self.asked["item"] == item).to_numpy()]
        for where, frame, quantity in (
            (school, self.bought.iloc[mine], units),
            (asked["school"].to_numpy(dtype=np.int64), asked, asked["quantity"].to_numpy()),
        ):
            np.add.at(change, (where, frame["start"].to_numpy(dtype=np.int64)), quantity)
            np.add.at(change, (where, frame["end"].to_numpy(dtype=np.int64)), -quantity)
        found = _Units(np.cumsum(change[:, :-1], axis=1))
        for k, at in zip(mine.tolist(), school.tolist(), strict=True):
            found.rows[at].append(k)
        return found

    def _exact(self, item: int, school: int, year: int, units: _Units) -> Fraction:
        rows = [k for k in units.rows.get(school, ()) if self.start[k] <= year < self.end[k]]
        bought = sum((Fraction(self.amount[k], max(self.price[k], 1)) for k in rows), Fraction(0))
        asked = self.asked
        mine = (asked["school"] == school) & (asked["item"] == item)
        mine &= (asked["start"] <= year) & (year < asked["end"])
        return bought + int(asked.loc[mine, "quantity"].sum())

    def _give_up(self, item: int, school: int, year: int, over: Fraction) -> None:
        """Takes ``over`` units, in whole money, off the purchases that serve in the year."""
        rows = np.flatnonzero(
            (self.bought["item"] == item).to_numpy() & (self.bought["school"] == school).to_numpy()
        )
        for k in reversed(rows.tolist()):
            if over > 0 and self.start[k] <= year < self.end[k]:
                cost = over * self.price[k]
                less = min(self.amount[k], -(-cost.numerator // cost.denominator))
                self.amount[k] -= less
                over -= Fraction(less, max(self.price[k], 1))


def _pairs(facts: Facts) -> Iterator[tuple[int, int, Fraction]]:
    """(item, required item, capacity) where the required one is not whole, required first."""
    depth = _depths(facts)
    for item in np.argsort(depth, kind="stable").tolist():
        line = facts.items[item]
        for place, name in enumerate(line.requires):
            other = facts.axes.item_at[name]
            given = line.capacity[place] if place < len(line.capacity) else None
            if given is not None and not (line.whole and facts.items[other].whole):
                yield item, other, Fraction(given)


def _depths(facts: Facts) -> Ints:
    """``[item]``: how long its chain of requirements is."""
    depth = np.zeros(len(facts.items), dtype=np.int64)
    for _ in facts.items:
        for at, line in enumerate(facts.items):
            below = [depth[facts.axes.item_at[name]] + 1 for name in line.requires]
            depth[at] = max(below, default=0)
    return depth
