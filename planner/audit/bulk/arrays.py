"""Needs, stock and the axes as arrays ``[school, item, year]``, from the scenario alone.

Years run from the first plan year to the last in which any school counts; cells of years that do
not count for a school hold 0 in ``need``.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.audit.bulk.coded import ROOM, Bools, Ints, certain, most
from planner.audit.facts import Facts, NormRow, School, figure, values
from planner.scenario.contracts import Item

FOREVER = 10**6
"""Years: the life of an item that lasts."""


class Arrays:
    """The facts of all schools side by side."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.schools: list[School] = list(facts.schools.values())
        self.items: list[Item] = list(facts.items.values())
        certain(len(self.schools) == len(facts.scenario.schools))
        self.item_at = {item.item: k for k, item in enumerate(self.items)}
        self.fund_at = {name: k for k, name in enumerate(facts.funds)}
        self.preparing: Bools = np.array([s.preparing for s in self.schools], dtype=bool)
        self.has_ready: Bools = np.array([s.ready is not None for s in self.schools], dtype=bool)
        self.ready: Ints = np.array([s.ready or 0 for s in self.schools], dtype=np.int64)
        late = self.ready[self.preparing & self.has_ready]
        certain(not len(late) or late.min() >= facts.first)
        end = max([facts.all_years[-1], *late.tolist()])
        self.years: Ints = np.arange(facts.first, end + 1)
        self.shape = (len(self.schools), len(self.items), len(self.years))
        self.life: Ints = np.array([i.life or FOREVER for i in self.items], dtype=np.int64)

    @cached_property
    def counted(self) -> Bools:
        """``[school, year]`` the years in which a school counts."""
        asked = np.isin(self.years, self.facts.all_years)
        own = self.preparing & self.has_ready
        return asked[None, :] | (own[:, None] & (self.years[None, :] == self.ready[:, None]))

    @cached_property
    def waits(self) -> Bools:
        """``[school, item]`` whether service waits for the school's building."""
        on_site = np.array([i.on_site for i in self.items], dtype=bool)
        return self.has_ready[:, None] & (on_site[None, :] | self.preparing[:, None])

    def texts(self, key: str) -> npt.NDArray[np.object_]:
        """``[school]`` a column or attribute of the schools as text."""
        return np.array([s.texts.get(key, "") for s in self.schools], dtype=object)

    def driver(self, name: str) -> Ints:
        """``[school, year]`` a figure of the schools; in doubt where it is not whole."""
        if name == "school":
            return np.ones((self.shape[0], self.shape[2]), dtype=np.int64)
        codes, distinct = pd.factorize(self.texts(name))
        start = [figure(text) for text in distinct]
        certain(all(isinstance(n, int) and abs(n) < 2**40 for n in start))
        column = np.array(start, dtype=np.int64)[codes]
        found = np.repeat(column[:, None], len(self.years), axis=1)
        for (school, driver), rows in self.facts.driver_rows.items():
            if driver != name or school not in self.facts.schools:
                continue
            for since, value in rows:
                certain(value == int(value) and abs(value) < 2**40)
                at = max(since - self.facts.first, 0)
                found[self.facts.schools[school].position, at:] = int(value)
        return found

    @cached_property
    def pupils(self) -> Ints:
        """``[school, year]``."""
        return self.driver("pupils")

    @cached_property
    def need(self) -> Ints:
        """``[school, item, year]`` units needed."""
        need = np.zeros(self.shape, dtype=np.int64)
        drivers: dict[str, Ints] = {}
        level, attributes = self.texts("level"), {}
        for (item, name), rows in self.facts.norms.items():
            if item not in self.item_at:
                continue
            for row in rows:
                if row.attribute and row.attribute not in attributes:
                    attributes[row.attribute] = self.texts(row.attribute)
                if row.per not in drivers:
                    drivers[row.per] = self.driver(row.per)
                mine = level == name
                if row.attribute:
                    mine = mine & (attributes[row.attribute] == row.value)
                at = np.flatnonzero(mine)
                since = min(max(row.start - self.facts.first, 0), len(self.years))
                units = _units(row, drivers[row.per][at])
                need[at, self.item_at[item], since:] = units[:, since:]
        self._replaced(need)
        certain(need.min(initial=0) >= 0)
        return need * self.counted[:, None, :]

    def _replaced(self, need: Ints) -> None:
        """Puts the rows of the table ``needs`` in the norms' place."""
        last = len(self.years)
        for (school, item), years in self.facts.overrides.items():
            if school in self.facts.schools and item in self.item_at:
                for year, quantity in years.items():
                    if 0 <= year - self.facts.first < last:
                        at = self.facts.schools[school].position
                        need[at, self.item_at[item], year - self.facts.first] = quantity

    @cached_property
    def stock(self) -> Ints:
        """``[school, item, year]`` units that exist and are still usable."""
        frame = self.facts.scenario.table("inventory")
        places = {name: school.position for name, school in self.facts.schools.items()}
        school = _placed(frame["school"], places)
        item = _placed(frame["item"], self.item_at)
        quantity, acquired = (
            np.array(values(frame, c), dtype=np.int64) for c in ("quantity", "acquired")
        )
        known = (school >= 0) & (item >= 0)
        given = frame["usable_until"]
        end = given.fillna(0).to_numpy(dtype=np.int64)
        lasting = acquired + self.life[item] - 1 if len(frame) else end
        end = np.where(given.isna().to_numpy(dtype=bool), lasting, end)
        return self.alive(
            school[known], item[known], acquired[known], end[known] + 1, quantity[known]
        )

    def alive(self, school: Ints, item: Ints, start: Ints, end: Ints, quantity: Ints) -> Ints:
        """``[school, item, year]`` units that serve from ``start`` to before ``end``."""
        certain(most(quantity) * max(len(quantity), 1) < ROOM)
        count = len(self.years)
        change = np.zeros((*self.shape[:2], count + 1), dtype=np.int64)
        begin = np.clip(start - self.facts.first, 0, count)
        stop = np.clip(end - self.facts.first, 0, count)
        used = stop > begin
        np.add.at(change, (school[used], item[used], begin[used]), quantity[used])
        np.add.at(change, (school[used], item[used], stop[used]), -quantity[used])
        return np.cumsum(change[:, :, :-1], axis=2)

    def by_item_year(self, price: Any) -> Ints:
        """``[item, year]`` minor units by one of the price functions of the facts."""
        rows = [[price(item, int(year)) for year in self.years] for item in self.items]
        certain(all(abs(n) < 2**60 for row in rows for n in row))
        return np.array(rows, dtype=np.int64).reshape(len(self.items), len(self.years))


def _units(norm: NormRow, driver: Ints) -> Ints:
    """⌈driver ÷ every⌉ between the norm's least and most."""
    part, whole = norm.every.numerator, norm.every.denominator
    certain(part > 0 and most(driver) * whole < ROOM and part < ROOM)
    units: Any = -(-(driver * whole) // part)
    if norm.minimum is not None:
        units = np.maximum(units, norm.minimum)
    if norm.maximum is not None:
        units = np.minimum(units, norm.maximum)
    return np.asarray(units, dtype=np.int64)


def _placed(column: pd.Series[Any], places: dict[str, int]) -> Ints:
    codes, distinct = pd.factorize(column)
    found = np.array([places.get(str(name), -1) for name in distinct], dtype=np.int64)
    return found[codes] if len(found) else np.zeros(0, dtype=np.int64)
