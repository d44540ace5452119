"""The same proof by columns: what millions of lines and rows ask for, at once.

Nothing is reported here. Either every cell is what it must be, rule by rule and to the last
minor unit, or there is a :class:`DoubtError`, and the audit goes through the plan row by row and
says what it finds. So a doubt costs time and nothing else; whatever is out of the ordinary (items
that are not whole, locks, fractions, numbers near the machine's limit) may be one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.proof import cells
from planner.proof.cells import Report, Row, RuleRow, TextTable, compare, family_row
from planner.proof.decision import (
    KINDS,
    STANDING,
    Decision,
    Line,
    Reader,
    options_of,
    request_lines,
    schedule_text,
)
from planner.proof.inputs import (
    LINE_KEYS,
    Eligibility,
    Facts,
    NormRow,
    School,
    Selection,
    figure,
    item_fits,
    line_nature,
    school_fits,
    values,
    year_fits,
)
from planner.proof.ledgers import (
    Books,
    Upkeep,
    books,
    capacity_within,
    carry_within_limit,
    entries,
    fund_within_budget,
    obligations,
    preparing_from_project,
)
from planner.proof.rules import Key, Statements, accepted, local_rules, named, present
from planner.proof.value import Tally, check_claims, final_year, request_rows, school_rows, tiers
from planner.scenario.contracts import Item
from planner.scenario.schema import GROUPS, Rule

# --------------------------------------------------------------------------------------------------
# Columns of text as codes: each distinct text is read once, by the audit's strict spelling.

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

ROOM = 2**62
"""Products and sums of machine integers stay below this, or are in doubt."""
NONE = -(2**60)
"""Stands for a text that spells no number."""


class DoubtError(Exception):
    """Something that the proof by columns cannot settle; the audit by rows will."""


def certain(so: Any) -> None:
    """Go on only if ``so``."""
    if not so:
        raise DoubtError


def most(values: Ints) -> int:
    """The largest absolute value, as an unlimited integer."""
    return max(abs(int(values.max(initial=0))), abs(int(values.min(initial=0))))


class Coded:
    """A column: the code of each row's text, and the texts."""

    def __init__(self, column: Any) -> None:
        if isinstance(column.dtype, pd.CategoricalDtype):
            self.codes = column.cat.codes.to_numpy()
            self.texts: list[Any] = column.cat.categories.tolist()
        else:
            certain(set(map(type, column)) <= {str})
            self.codes, found = pd.factorize(column)
            self.texts = list(found)
        certain(all(type(text) is str for text in self.texts))
        certain(not len(self.codes) or self.codes.min() >= 0)

    def read(self, read: Callable[[str], int | None]) -> Ints:
        """``[text]`` what ``read`` makes of each text; :data:`NONE` where it makes nothing."""
        found = [read(text) for text in self.texts]
        certain(all(n is None or abs(n) < ROOM for n in found))
        return np.array([NONE if n is None else n for n in found], dtype=np.int64)

    def numbers(self, read: Callable[[str], int | None]) -> Ints:
        """``[row]`` what ``read`` makes of the text; :data:`NONE` where it makes nothing."""
        values = self.read(read)
        return values[self.codes] if len(values) else np.zeros(len(self.codes), dtype=np.int64)

    def places(self, known: Mapping[str, int]) -> Ints:
        """``[row]`` the place of the text; :data:`NONE` where it is not known."""
        return self.numbers(known.get)

    def all_are(self, text: str, rows: Bools) -> bool:
        """Whether ``rows`` hold nothing but ``text``."""
        same = np.array([t == text for t in self.texts], dtype=bool)
        return bool(same[self.codes[rows]].all()) if rows.any() else True

    def told(self, rows: Any) -> list[str]:
        """The texts of some rows."""
        return [self.texts[code] for code in self.codes[rows].tolist()]


# --------------------------------------------------------------------------------------------------
# Needs, stock and the axes as arrays ``[school, item, year]``, from the scenario alone.
#
# Years run from the first plan year to the last in which any school counts; cells of years that do
# not count for a school hold 0 in ``need``.

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


# --------------------------------------------------------------------------------------------------
# The allocation by columns; every cell of its purchases and site works is what it must be.

LINE_BLOCK = 100_000
"""Lines whose numbers are looked at together."""
PURCHASE, SETUP, UPKEEP, REQUEST = range(len(KINDS))


class Lines:
    """Positions, units and money of the lines, ``[line]``; ``item`` is −1 where there is none."""

    def __init__(self, arrays: Arrays, table: TextTable) -> None:
        self.arrays = arrays
        self.cells = {name: Coded(table.column(name)) for name in table.columns}
        facts, count = arrays.facts, len(self.cells["line"].codes)
        for begin in range(0, count, LINE_BLOCK):
            due = list(map(str, range(begin + 1, min(begin + LINE_BLOCK, count) + 1)))
            certain(self.cells["line"].told(slice(begin, begin + LINE_BLOCK)) == due)
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


# --------------------------------------------------------------------------------------------------
# What the plan decides, by columns; what it decides on requests, by rows (they are few).


class Decided:
    """Units in service as arrays, and :class:`Decision` for the requests or for some schools."""

    def __init__(
        self, arrays: Arrays, lines: Lines, texts: Mapping[str, TextTable], report: Report
    ) -> None:
        self.arrays, self.lines = arrays, lines
        self.reader = Reader(arrays.facts, dict(texts), report)
        self.reader.request = lines.raw(lines.where(REQUEST))
        options = options_of(arrays.facts)
        chosen, paid = self.reader.chosen(options), self.reader.paid()
        self.requests = Decision(arrays.facts, options, chosen, paid)

    def of_schools(self, schools: Bools) -> Decision:
        """The decision with the purchases and site works of some schools."""
        arrays, lines = self.arrays, self.lines
        found: dict[int, dict[tuple[str, str], list[Line]]] = {
            kind: defaultdict(list) for kind in (PURCHASE, SETUP)
        }
        mine = np.flatnonzero(lines.where(PURCHASE, SETUP) & schools[lines.school])
        names = ("school", "item", "fund", "year", "kind", "quantity", "amount")
        columns = (getattr(lines, name)[mine].tolist() for name in names)
        funds, kinds = list(arrays.facts.funds), {PURCHASE: "purchase", SETUP: "setup"}
        for row, s, i, f, year, kind, units, amount in zip(
            (mine + 2).tolist(), *columns, strict=True
        ):
            school, item = arrays.schools[s], arrays.items[i]
            line = Line(row, school, item, funds[f], year, kinds[kind], units, amount)
            found[kind][school.id, item.item].append(line)
        asked = self.requests
        contracts = dict(found[PURCHASE]), dict(found[SETUP])
        return Decision(arrays.facts, asked.options, asked.chosen, asked.paid, *contracts)

    def asking(self) -> Bools:
        """``[school]`` whether a chosen request is the school's."""
        found = np.zeros(len(self.arrays.schools), dtype=bool)
        found[[self.requests.options[key].school.position for key in self.requests.chosen]] = True
        return found

    @cached_property
    def new(self) -> Ints:
        """``[school, item, year]`` new units in service."""
        return self._serving(0)

    @cached_property
    def older(self) -> Ints:
        """``[school, item, year]`` new units in service since an earlier year."""
        return self._serving(1)

    def _serving(self, late: int) -> Ints:
        """New units in service for at least ``late`` years."""
        arrays, lines = self.arrays, self.lines
        bought = lines.where(PURCHASE)
        rows = [
            (option.school.position, arrays.item_at[item], year, quantity * times)
            for key, times in self.requests.chosen.items()
            for option in (self.requests.options[key],)
            for item, quantity, year in option.items
            if item in arrays.item_at
        ]
        asked = np.array(rows, dtype=np.int64).reshape(len(rows), 4)
        columns = (lines.school, lines.item, lines.year, lines.quantity)
        school, item, year, quantity = (
            np.concatenate([column[bought], asked[:, k]]) for k, column in enumerate(columns)
        )
        ready = np.maximum(year, arrays.ready[school])
        start = np.where(arrays.waits[school, item], ready, year)
        end = start + arrays.life[item]
        return arrays.alive(school, item, start + late, end, quantity)


# --------------------------------------------------------------------------------------------------
# The table ``coverage`` by columns, and the sums that follow from it.

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
            # Adds the rows of a block to all sums.
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
                self.means[k] += np.bincount(
                    block.school[mine], weights=weight * part, minlength=count
                )
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
        for name, wanted in due.items():
            certain((told.at(name, rows) == wanted).all())
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


# --------------------------------------------------------------------------------------------------
# Schools at which some standing rule is not plainly kept: the rules go through them by rows.
#
# Each function is named like its rule and gives ``[school]`` where the rule is in doubt. It may
# doubt where the rule holds, never the other way round.


def suspects(arrays: Arrays, lines: Lines, decided: Decided, funds: Eligibility) -> Bools:
    """``[school]`` those that the rules must go through by rows."""
    found = decided.asking()
    for name in ("commitments", "bans"):
        if len(arrays.facts.scenario.table(name)):
            found |= _spoken_of(arrays, name)
    found |= fund_eligible(arrays, lines, funds)
    for rule in RULES:
        found |= rule(arrays, lines, decided)
    return found


def _spoken_of(arrays: Arrays, table: str) -> Bools:
    """The schools that a table names; all of them where a row names none."""
    named = {str(name) for name in arrays.facts.scenario.table(table)["school"]}
    if "" in named:
        return np.ones(len(arrays.schools), dtype=bool)
    return np.array([school.id in named for school in arrays.schools], dtype=bool)


def _at(arrays: Arrays, schools: Ints) -> Bools:
    found = np.zeros(len(arrays.schools), dtype=bool)
    found[schools] = True
    return found


def project_role(arrays: Arrays, lines: Lines, decided: Decided) -> Bools:
    """A preparing school draws only on project funds, and no other school does."""
    project = np.array([f.role == "project" for f in arrays.facts.funds.values()], dtype=bool)
    wrong = project[lines.fund] != arrays.preparing[lines.school]
    return _at(arrays, lines.school[wrong & lines.where(PURCHASE, SETUP)])


def fund_eligible(arrays: Arrays, lines: Lines, funds: Eligibility) -> Bools:
    """A fund pays only for what its nature and ``where`` accept, in years it has money for."""
    facts, contract = arrays.facts, lines.where(PURCHASE, SETUP)
    shape = len(facts.funds), len(arrays.years)
    buys = np.zeros((shape[0], len(arrays.items), shape[1]), dtype=bool)
    serves = np.zeros((shape[0], len(arrays.schools)), dtype=bool)
    declared = np.zeros((shape[0], shape[1] + 100), dtype=bool)
    for k, name in enumerate(facts.funds):
        serves[k] = [funds.accepts(name, school) for school in arrays.schools]
        for i, item in enumerate(arrays.items):
            buys[k, i] = [funds.admits(name, item, int(year)) for year in arrays.years]
        since = np.array([t - facts.first for t in facts.declared[name]], dtype=np.int64)
        declared[k, since[since < declared.shape[1]]] = True
    fund, at = lines.fund[contract], lines.at[contract]
    fine = buys[fund, lines.item[contract], at] & serves[fund, lines.school[contract]]
    parts = np.array([len(i.payments) for i in arrays.items], dtype=np.int64)
    count = np.where(lines.kind[contract] == PURCHASE, parts[lines.item[contract]], 1)
    certain(most(count) < 100)
    general = ~arrays.preparing[lines.school[contract]]
    for n in range(int(count.max(initial=0))):
        fine &= ~general | (n >= count) | declared[fund, np.minimum(at + n, shape[1] + 99)]
    return _at(arrays, lines.school[contract][~fine])


def need_not_exceeded(arrays: Arrays, lines: Lines, decided: Decided) -> Bools:
    """All new units that serve in a year in which some begin fit the largest need left while
    those serve."""
    left = np.maximum(arrays.need - arrays.stock, 0)
    bought = lines.where(PURCHASE)
    school, item = lines.school[bought], lines.item[bought]
    start = lines.year[bought]
    start = np.where(arrays.waits[school, item], np.maximum(start, arrays.ready[school]), start)
    at = start - arrays.facts.first
    within = at < len(arrays.years)
    # [school, item, year] the largest of left in the years of a life that begins then.
    count = left.shape[2]
    found = left.copy()
    for ahead in range(1, count):
        longer = arrays.life > ahead
        found[:, longer, : count - ahead] = np.maximum(
            found[:, longer, : count - ahead], left[:, longer, ahead:]
        )
    largest = found
    inside = np.minimum(at, len(arrays.years) - 1)
    fine = within & (
        decided.new[school, item, inside] <= np.where(within, largest[school, item, inside], 0)
    )
    return _at(arrays, school[~fine])


def site_ready(arrays: Arrays, lines: Lines, decided: Decided) -> Bools:
    """What needs a building is bought before it is ready only if payments reach that year."""
    bought = lines.where(PURCHASE)
    school, item, year = lines.school[bought], lines.item[bought], lines.year[bought]
    parts = np.array([len(i.payments) for i in arrays.items], dtype=np.int64)
    early = arrays.waits[school, item] & ~arrays.preparing[school]
    early &= year + np.maximum(parts[item], 1) - 1 < arrays.ready[school]
    return _at(arrays, school[early])


def prerequisite_in_service(arrays: Arrays, lines: Lines, decided: Decided) -> Bools:
    """New units stay within what the required item's new units and spare stock can serve."""
    wrong = np.zeros((arrays.shape[0], arrays.shape[2]), dtype=bool)
    for i, item in enumerate(arrays.items):
        for k, required in enumerate(item.requires):
            certain(required in arrays.item_at)
            j = arrays.item_at[required]
            given = item.capacity[k] if k < len(item.capacity) else None
            new, added = decided.new[:, i], decided.new[:, j]
            own, held = arrays.stock[:, i], arrays.stock[:, j]
            if given is None:
                wrong |= (new > 0) & (held + added < 1)
                continue
            part, whole = given.as_integer_ratio()
            size = sum(most(n) for n in (new, added, own, held))
            certain(size * (abs(part) + whole) < ROOM)
            wrong |= whole * new > part * added + np.maximum(part * held - whole * own, 0)
    return np.any(wrong & arrays.counted, axis=1)


def works_before_purchase(arrays: Arrays, lines: Lines, decided: Decided) -> Bools:
    """The first purchase at a school without stock pays the works, once, from its own fund."""
    setup = np.array([item.setup > 0 for item in arrays.items], dtype=bool)
    due = setup[None, :] & (arrays.stock[:, :, 0] == 0)
    bought, works = lines.where(PURCHASE), lines.where(SETUP)
    first = np.full(arrays.shape[:2], len(arrays.years), dtype=np.int64)
    np.minimum.at(first, (lines.school[bought], lines.item[bought]), lines.at[bought])
    count = np.zeros(arrays.shape[:2], dtype=np.int64)
    np.add.at(count, (lines.school[works], lines.item[works]), 1)
    wrong = np.any(count != (due & (first < len(arrays.years))), axis=1)
    late = lines.at[works] != first[lines.school[works], lines.item[works]]
    key = ((lines.school * len(arrays.items) + lines.item) * len(arrays.years) + lines.at) * len(
        arrays.facts.funds
    ) + lines.fund
    alone = ~np.isin(key[works], key[bought])
    return wrong | _at(arrays, lines.school[works][late | alone])


def one_delivery(arrays: Arrays, lines: Lines, decided: Decided) -> Bools:
    """An item delivered once comes once within its life (from one fund, in one year)."""
    once = np.array([item.once for item in arrays.items], dtype=bool)
    mine = np.flatnonzero(lines.where(PURCHASE))
    mine = mine[once[lines.item[mine]]]
    before, after = mine[:-1], mine[1:]
    same = (lines.school[before] == lines.school[after]) & (lines.item[before] == lines.item[after])
    life = arrays.life[lines.item[after]]
    soon = (life == FOREVER) | (lines.year[after] < lines.year[before] + life)
    return _at(arrays, lines.school[after][same & soon])


def one_source(arrays: Arrays, lines: Lines, decided: Decided) -> Bools:
    """A school's item is paid from one fund in a year."""
    if not arrays.facts.scenario.settings.one_source:
        return np.zeros(len(arrays.schools), dtype=bool)
    mine = np.flatnonzero(lines.where(PURCHASE, SETUP))
    before, after = mine[:-1], mine[1:]
    same = lines.fund[before] != lines.fund[after]
    for column in (lines.school, lines.item, lines.year):
        same &= column[before] == column[after]
    return _at(arrays, lines.school[after][same])


LocalRule = Callable[[Arrays, Lines, Decided], Bools]
RULES: tuple[LocalRule, ...] = (
    project_role,
    need_not_exceeded,
    site_ready,
    prerequisite_in_service,
    works_before_purchase,
    one_delivery,
    one_source,
)
"""Rules that hold school by school; those of requests, contracts and bans go by rows."""


# --------------------------------------------------------------------------------------------------
# ``upkeep_funded`` by columns: every running cost that is due has its line, and no other.


class UpkeepDue:
    """The lines that are due, ``[line]`` by school, item and year, and what falls after the plan.

    ``school``, ``item``, ``fund`` and ``at`` are positions; ``units`` and ``amount`` whole.
    """

    def __init__(self, arrays: Arrays, decided: Decided, funds: Eligibility) -> None:
        self.arrays = arrays
        self.unit = arrays.by_item_year(arrays.facts.unit_upkeep)
        self.payer = self._payers(funds)
        older, stock, facts = decided.older, arrays.stock, arrays.facts
        units = stock + np.where(arrays.preparing[:, None, None], 0, older)
        within = np.isin(arrays.years, facts.all_years)
        due = (units != 0) & (self.unit != 0)[None] & within[None, None, :]
        self.declared = self._declared()
        charged = due & (self.payer >= 0)[:, :, None] & self.declared[self.payer]
        self.school, self.item, self.at = np.nonzero(charged)
        self.fund = self.payer[self.school, self.item]
        self.units = units[charged]
        self.price = self.unit[self.item, self.at]
        certain(most(self.units) * max(most(self.price), 1) < ROOM // max(len(self.units), 1))
        self.amount = self.units * self.price
        self.due = Upkeep()
        self._after_the_plan(stock, units, older)

    def _payers(self, funds: Eligibility) -> Ints:
        """``[school, item]`` the fund that is charged; −1: none."""
        arrays = self.arrays
        payer = np.full(arrays.shape[:2], -1, dtype=np.int64)
        if arrays.facts.scenario.settings.upkeep != "required":
            return payer
        for name, fund in reversed(arrays.facts.funds.items()):
            if not fund.pays_upkeep or fund.role != "general":
                continue
            serves = np.array([funds.accepts(name, s) for s in arrays.schools], dtype=bool)
            items = np.array([funds.carries(name, i) for i in arrays.items], dtype=bool)
            payer[serves[:, None] & items[None, :]] = arrays.fund_at[name]
        return payer

    def _declared(self) -> Bools:
        """``[fund, year]`` whether the fund declares an amount; no fund (−1) does not."""
        years, facts = self.arrays.years.tolist(), self.arrays.facts
        rows = [[t in facts.declared[name] for t in years] for name in facts.funds]
        return np.array([*rows, [False] * len(years)], dtype=bool)

    def prove(self, lines: Lines) -> None:
        """The upkeep lines of the allocation are those due, cell by cell."""
        mine = lines.where(UPKEEP)
        place = (lines.school[mine], lines.item[mine], lines.at[mine])
        order = np.lexsort(place[::-1])
        certain(len(order) == len(self.school))
        for found, due in zip(
            (*place, lines.fund[mine], lines.quantity[mine], lines.price[mine], lines.amount[mine]),
            (self.school, self.item, self.at, self.fund, self.units, self.price, self.amount),
            strict=True,
        ):
            certain((found[order] == due).all())

    def by_school(self) -> dict[str, int]:
        """School → its upkeep within the plan, minor units."""
        arrays = self.arrays
        total = np.zeros(len(arrays.schools), dtype=np.int64)
        planned = self.at <= arrays.facts.last - arrays.facts.first
        np.add.at(total, self.school[planned], self.amount[planned])
        ids = [school.id for school in arrays.schools]
        return dict(zip(ids, total.tolist(), strict=True))

    def _after_the_plan(self, stock: Ints, units: Ints, older: Ints) -> None:
        """Splits the upkeep after the plan into what existed and what the plan adds; what is
        proposed costs from the year after it is ready."""
        arrays, facts = self.arrays, self.arrays.facts
        for at, year in enumerate(arrays.years.tolist()):
            price = self.unit[:, at]
            late = arrays.preparing & arrays.has_ready & (year > arrays.ready)
            late &= arrays.counted[:, at]
            proposed = _cost(older[late][:, :, at], price)
            if proposed:
                self.due.after[year, "", "proposal"][0] += proposed
            if year <= facts.last or year not in facts.all_years:
                continue
            for fund in np.unique(self.payer).tolist():
                mine = self.payer == fund
                name = list(facts.funds)[fund] if fund >= 0 else ""
                existed = _cost(stock[:, :, at] * mine, price)
                added = _cost(units[:, :, at] * mine, price) - existed
                for origin, part in (("stock", existed), ("plan", added)):
                    if part:
                        totals = self.due.after[year, name, origin]
                        totals[0] += part
                        totals[1] += part if self.declared[fund, at] else 0


def _cost(units: Ints, price: Ints) -> int:
    """Σ units × price over schools ``[school, item]``, minor units."""
    each = units.sum(axis=0)
    return sum(int(n) * int(p) for n, p in zip(each, price, strict=True))


# --------------------------------------------------------------------------------------------------
# Sums of money and units over the lines, exact, for the ledgers and capacities.

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


# --------------------------------------------------------------------------------------------------
# The scenario's own rules with their sums taken by columns; keys and bounds are the rules'.


@dataclass
class Parts:
    """What a rule may count, ``[part]``: positions (−1: none), a kind, and two sums."""

    school: Ints
    item: Ints
    fund: Ints
    at: Ints
    kind: Ints
    amount: Ints
    base: Ints

    def taken(self, rows: Bools) -> Parts:
        """Some of the parts."""
        return Parts(*(column[rows] for column in vars(self).values()))


class ColumnStatements(Statements):
    """Evaluates the rules of a scenario on the lines by columns."""

    def __init__(self, arrays: Arrays, lines: Lines, decided: Decided, upkeep: UpkeepDue) -> None:
        super().__init__(arrays.facts, decided.requests, Upkeep())
        self.arrays, self.lines, self.decided, self.due = arrays, lines, decided, upkeep

    def _sums(
        self, rule: Rule, chosen: Selection, for_each: list[str]
    ) -> dict[Key, tuple[Fraction, Fraction]]:
        if rule.measure == "requests":
            return super()._sums(rule, chosen, for_each)
        parts = self._columns(rule.measure, chosen)
        parts = parts.taken(self._accepted(parts, chosen))
        found = self._by_key(parts, for_each)
        if rule.measure == "spend":
            for part in (self._part(line, line.amount) for line in self.decision.requested):
                if accepted(part, chosen):
                    key = tuple(part.text(k) for k in for_each)
                    found[key][0] += int(part.amount)
        return {key: (Fraction(a), Fraction(b)) for key, (a, b) in found.items()}

    def _columns(self, measure: str, chosen: Selection) -> Parts:
        if measure == "coverage":
            return self._covered_cells(chosen)
        lines = self.lines
        mine = lines.where(PURCHASE, *([SETUP] if measure == "spend" else []))
        amount = lines.amount if measure == "spend" else lines.quantity
        columns = [lines.school, lines.item, lines.fund, lines.at, lines.kind, amount]
        columns = [column[mine] for column in columns]
        if measure == "spend" and "upkeep" in chosen.get("kind", ()):
            due = self.due
            kind = np.full(len(due.amount), KINDS.index("upkeep"))
            more = [due.school, due.item, due.fund, due.at, kind, due.amount]
            columns = [np.concatenate(pair) for pair in zip(columns, more, strict=True)]
        school, item, fund, at, kinds, amounts = columns
        return Parts(school, item, fund, at, kinds, amounts, np.zeros(len(school), dtype=np.int64))

    def _covered_cells(self, chosen: Selection) -> Parts:
        """Needs and what is covered of them, where a building is ready."""
        arrays, facts = self.arrays, self.facts
        schools = np.array(
            [school_fits(chosen, s) and named(s, chosen) for s in arrays.schools], dtype=bool
        )
        items = np.array([item_fits(chosen, i) for i in arrays.items], dtype=bool)
        asked = [
            year_fits(chosen, t) if "year" in chosen else facts.first <= t <= facts.last
            for t in arrays.years.tolist()
        ]
        on_site = np.array([i.on_site for i in arrays.items], dtype=bool)
        cells = (arrays.need > 0) & schools[:, None, None] & items[None, :, None]
        cells &= np.array(asked, dtype=bool)[None, None, :]
        early = arrays.has_ready[:, None] & (arrays.years[None, :] < arrays.ready[:, None])
        cells &= ~(on_site[None, :, None] & early[:, None, :])
        school, item, at = np.nonzero(cells)
        need = arrays.need[cells]
        covered = np.minimum(arrays.stock[cells] + self.decided.new[cells], need)
        none = np.full(len(school), -1)
        return Parts(school, item, none, at, none, covered, need)

    def _accepted(self, parts: Parts, chosen: Selection) -> Bools:
        """``[part]`` whether the selection takes it; upkeep and proposals only when named."""
        upkeep = parts.kind == KINDS.index("upkeep")
        open_to = np.array([named(s, chosen) for s in self.arrays.schools], dtype=bool)
        taken = np.where(upkeep, "upkeep" in chosen.get("kind", ()), open_to[parts.school])
        for key, texts in chosen.items():
            codes, labels = self._coded(parts, key)
            taken &= np.array([label in texts for label in labels], dtype=bool)[codes]
        return np.asarray(taken, dtype=bool)

    def _coded(self, parts: Parts, key: str) -> tuple[Ints, Sequence[str]]:
        """``[part]`` the position of the key's text among the labels (−1: the last)."""
        arrays, funds = self.arrays, self.facts.funds
        if key not in LINE_KEYS:
            codes, labels = pd.factorize(arrays.texts(key))
            return codes[parts.school], list(labels)
        if key == "nature":
            natures = [line_nature(f.nature, i) for f in funds.values() for i in arrays.items]
            place = parts.fund * len(arrays.items) + parts.item
            return np.where(parts.fund < 0, -1, place), [*natures, ""]
        plain: dict[str, tuple[Ints, Callable[[], list[str]]]] = {
            "item": (parts.item, lambda: [i.item for i in arrays.items]),
            "pillar": (parts.item, lambda: [i.pillar for i in arrays.items]),
            "fund": (parts.fund, lambda: list(funds)),
            "year": (parts.at, lambda: [str(t) for t in arrays.years.tolist()]),
            "kind": (parts.kind, lambda: list(KINDS)),
            "request": (np.full(len(parts.school), -1), list),
        }
        places, texts = plain[key]
        return places, [*texts(), ""]

    def _by_key(self, parts: Parts, for_each: list[str]) -> dict[Key, list[int]]:
        """Key → exact sums of amount and base."""
        found: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
        count = len(parts.school)
        if not count:
            return found
        combined = np.zeros(count, dtype=np.int64)
        columns = []
        for key in for_each:
            codes, labels = self._coded(parts, key)
            codes = codes % len(labels)
            columns.append((codes, labels))
            certain((int(combined.max()) + 1) * len(labels) < ROOM)
            combined = pd.factorize(combined * len(labels) + codes)[0]
        size = int(combined.max()) + 1
        some = np.zeros(size, dtype=np.int64)
        some[combined] = np.arange(count)  # any part tells the texts of its key
        sums = []
        for part in (parts.amount, parts.base):
            certain(most(part) * count < ROOM)
            total = np.zeros(size, dtype=np.int64)
            np.add.at(total, combined, part)
            sums.append(total.tolist())
        texts = [[labels[c] for c in codes[some].tolist()] for codes, labels in columns]
        for k, pair in enumerate(zip(*sums, strict=True)):
            found[tuple(column[k] for column in texts)] = list(pair)
        return found


__all__ = ["proven"]


def proven(facts: Facts, texts: Mapping[str, TextTable], claims: Mapping[str, Any]) -> bool:
    """Whether nothing is wrong with a plan, for certain; ``False`` says nothing."""
    try:
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
    except DoubtError:
        return False
    return True


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
