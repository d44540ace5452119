"""A sheet as an office keeps it → the same sheet with a header of one row, and which table it is.

Rows stay where they are, so that every place that is named is a place of the file: the rows of a
header become one («Máy tính · Hỏng») in its last row, cells merged downwards are filled.

A sheet is recognised by its columns: one table of kinds says what a sheet must have to be one, and
what else speaks for it. What is none of them is said with what it lacks.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from planner.messages import COUNTERS
from planner.scenario import contracts
from planner.scenario.contracts import TABLES
from planner.scenario.new import words
from planner.scenario.new.words import JOINED
from planner.scenario.reading import body, headers, units, values, xlsx_rows
from planner.scenario.reading.headers import Header
from planner.scenario.reading.sources import MERGED_ROWS, Log, Sheet
from planner.scenario.reading.units import Scale

ID = re.compile(r"[\w.-]{1,80}")
"""An id as it may stand in a file."""
MOST_ROWS = 3
"""Rows of a header."""
STATES = ("broken", "working", "needed", "existing")
"""What a column of a device may count."""


@dataclass(frozen=True)
class DeviceColumn:
    """A column that counts devices of one kind."""

    position: int
    device: str
    """The device as the header says it."""
    item: str
    """The item of the example catalogue that it means; empty where none is known."""
    state: str
    """``existing``, ``broken``, ``working`` or ``needed``."""


@dataclass
class Grid:
    """A sheet with a header of one row, and what its columns may hold."""

    sheet: Sheet
    row: int
    """Index of the header's row."""
    titles: dict[int, str]
    """Position → header."""
    roles: dict[str, list[int]] = field(init=False)
    """Field or role → positions of the columns that may hold it."""
    devices: list[DeviceColumn] = field(init=False)
    years: dict[int, int] = field(init=False)
    """Position → year, of columns that stand for one."""
    periods: dict[int, tuple[int, int]] = field(init=False)
    """Position → first and last year, of columns that stand for several."""
    grades: list[int] = field(init=False)
    """Positions of columns that count the pupils of one grade."""

    def __post_init__(self) -> None:
        self.roles = {}
        found = ((p, t, words.year_in(t)) for p, t in self.titles.items())
        self.years = {p: year for p, t, year in found if year is not None}
        spans = ((p, words.period_in(t)) for p, t in self.titles.items())
        self.periods = {p: span for p, span in spans if span is not None}
        self.grades = [p for p, t in self.titles.items() if words.is_grade(t)]
        self.devices = [d for p, t in self.titles.items() if (d := device_column(p, t)) is not None]
        counted = {d.position for d in self.devices} | {*self.periods}
        counted |= {p for p in self.years if JOINED in self.titles[p]}
        for position, title in self.titles.items():
            for role in words.roles_of(title) if position not in counted else ():
                self.roles.setdefault(role, []).append(position)

    def body(self) -> Iterator[tuple[int, Sequence[str]]]:
        """The rows below the header that hold anything but the numbers of the columns, with their
        index."""
        for index in range(self.row + 1, len(self.sheet.rows)):
            row = self.sheet.rows[index]
            numbered = index == self.row + 1 and body.numbers_columns(row)
            if not numbered and any(c.strip() for c in row):
                yield index, row

    def first(self, *roles: str) -> int | None:
        """The position of the first column that may hold one of the roles."""
        return next((self.roles[r][0] for r in roles if r in self.roles), None)


@dataclass
class RawRows:
    """The rows of data of a sheet: which column holds which field, and what was made."""

    sheet: Sheet
    header: Header
    numbers: np.ndarray
    """Index into the sheet's rows."""
    fields: dict[str, int]
    """Field → position of its column."""
    made: dict[str, list[str]] = field(default_factory=dict)
    """Field → values that no column holds."""
    translated: dict[str, dict[str, str]] = field(default_factory=dict)
    """Field → entry of its column, folded → what it means."""
    scales: dict[str, Scale] = field(default_factory=dict)
    """Field → how its figures are read, where they are in a unit of their own."""
    kind: str = ""
    """The kind of sheet that they stand in."""
    left_out: dict[int, str] = field(default_factory=dict)
    """Index into the sheet's rows → why it is no row of data: the code of its finding."""
    used: set[int] = field(default_factory=set)
    """Positions whose cells became something else than a field of these rows."""
    cleared: set[str] = field(default_factory=set)
    """Fields in which marks for a missing figure become empty cells."""
    titles: dict[int, str] = field(init=False)
    """Position → header as written."""

    def __post_init__(self) -> None:
        self.titles = dict((*self.header.positions.values(), *self.header.beside()))

    def __len__(self) -> int:
        return len(self.numbers)

    def make(self, name: str, values: list[str]) -> None:
        """Put values in the place of a column."""
        self.fields.pop(name, None)
        self.made[name] = values

    def translate(self, name: str, old: str, new: str) -> None:
        """Say what an entry of a column means."""
        self.translated.setdefault(name, {})[values.folded(old)] = new

    def column(self, position: int) -> Iterator[str]:
        """The cells of a column."""
        for number in map(int, self.numbers):
            row = self.sheet.rows[number]
            yield row[position] if position < len(row) else ""

    def texts(self, name: str) -> list[str]:
        """The cells of a field as texts, translated where the user said how."""
        return [str(self._said(name, c)) for c in self.column(self.fields[name])]

    def _said(self, name: str, cell: str) -> str:
        text = str(values.words(cell).value or "")
        return self.translated.get(name, {}).get(values.folded(text), text)

    def values(self, name: str) -> list[str]:
        """The texts of a field, whether a column holds them or they were made."""
        return self.made[name] if name in self.made else self.texts(name)

    def keep_only(self, kept: np.ndarray) -> None:
        """Leave out the rows for which ``kept`` is false."""
        self.numbers = self.numbers[kept]
        for name, texts in self.made.items():
            self.made[name] = [t for t, k in zip(texts, kept, strict=True) if k]

    def filled(self, position: int) -> bool:
        """Whether any cell of a column holds something."""
        return any(c.strip() for c in self.column(position))

    def are_ids(self, name: str) -> bool:
        """Whether the cells of a field identify the rows: well-formed, given and different."""
        return self.identify(self.fields[name])

    def identify(self, position: int, share: float = 1.0) -> bool:
        """Whether the cells of a column identify the rows, or ``share`` of them."""
        found = [str(values.words(c).value or "") for c in self.column(position)]
        if share < 1:
            found = [t for t in found if t] if sum(map(bool, found)) > share * len(found) else [""]
        return all(ID.fullmatch(t) for t in found) and len(set(found)) == len(found)

    def row(self, index: int) -> dict[str, Any]:
        """A row by field, cells with their marks."""
        source = self.sheet.rows[int(self.numbers[index])]
        found: dict[str, Any] = {}
        for name, position in self.fields.items():
            if position < len(source):
                cell = source[position]
                scale = self.scales.get(name)
                meant = self.translated.get(name, {})
                said = meant.get(values.folded(str(values.words(cell).value or "")), cell)
                if name in self.cleared and words.is_missing(said):
                    said = ""
                figure = words.figure_of(said, scale.currency) if scale else said
                found[name] = scale.cell(figure) if scale else said
        return found | {n: values[index] for n, values in self.made.items()}


_OF_WHICH = re.compile(r"^(?:trong đó|of which|including|số lượng|số|sl)\s*[:,–-]?\s*", re.I)


def device_column(position: int, title: str) -> DeviceColumn | None:
    """What a header says of a device that its column counts; ``None`` where it counts none."""
    parts = title.split(JOINED)
    if len(parts) > 1:
        last = set(words.roles_of(_OF_WHICH.sub("", parts[-1])))
        state = next((s for s in STATES if s in last), "")
        above = parts[:-1] if state else parts
        # «Thiết bị · Máy tính», «Máy tính · Giáo viên»: the last part, else the last two together.
        for device in (above[-1], " ".join(above[-2:])):
            if item := words.device_of(device):
                return DeviceColumn(position, device, item, state or "existing")
        known_too = any(words.roles_of(p) for p in above)
        named = state and (state == "broken" or not known_too)
        return DeviceColumn(position, above[-1], "", state) if named else None
    if item := words.device_of(title):
        plain, inside = units.brackets(title)
        states = {s for i in inside for s in STATES if s in words.roles_of(i)}
        # «Máy tính (hỏng)», «Máy tính (bộ)»; what a remark else says may well not be the stock.
        if not states and any(units.read(i, units.COUNT, "VND") is None for i in inside):
            return None
        return DeviceColumn(position, plain, item, next(iter(states), "existing"))
    # «Máy tính hỏng», «Broken desktops»: a device and its state in one.
    for state in ("broken", "working", "existing"):
        for word in words.WORDS["columns"][state]:
            device = re.sub(rf"^{re.escape(word)}\s+|\s+{re.escape(word)}$", "", title, flags=re.I)
            if device != title and (item := words.device_of(device)):
                return DeviceColumn(position, device, item, state)
    return None


def known(cell: str) -> bool:
    """Whether a cell is a header that is known."""
    text = values.clean(cell.lstrip(values.MARKS))
    return bool(text) and bool(
        words.roles_of(text)
        or words.device_of(text)
        or words.is_grade(text)
        or (cell[:1] != values.NUMBER and words.year_in(text))
    )


LEAST_KNOWN = 3
"""Headers that are known in the row that begins another table of a sheet."""
TITLES_ABOVE = 3
"""Rows between an empty row and such a header, at most."""


def tables(sheet: Sheet, log: Log) -> list[Sheet]:
    """The tables of a sheet, which may stand below each other after an empty row or beside each
    other with an empty column between: «Sheet1», «Sheet1#2»; rows and columns stay where they are
    in the file. The same header again goes on with its table."""
    blocks = [block for part in _below(sheet) for block in _beside(part)]
    if len(blocks) < 2:
        return [sheet]
    name = sheet.sheet or sheet.file
    blocks[1:] = [replace(b, sheet=f"{name}#{k}") for k, b in enumerate(blocks[1:], start=2)]
    names = ", ".join(f"«{b.sheet or b.file}»" for b in blocks)
    log.note("adopt_sheet_split", sheet.place(), count=len(blocks), names=names)
    return blocks


def _begins(row: Sequence[str]) -> bool:
    """Whether a row can only be the header of a table."""
    texts = [c for c in row if c.strip()]
    if len(texts) < LEAST_KNOWN or any(words.figure(c) is not None for c in texts):
        return False
    count = sum(map(known, texts))
    return count >= LEAST_KNOWN and count * 2 > len(texts)


def _below(sheet: Sheet) -> list[Sheet]:
    """The parts of a sheet that begin with a header of their own after an empty row."""
    rows = sheet.rows
    empty = [k for k, row in enumerate(rows) if not any(c.strip() for c in row)]
    starts, seen = [0], list[list[str]]()
    for blank in [-1, *empty]:
        near = range(blank + 1, min(blank + 2 + TITLES_ABOVE, len(rows)))
        head = next((k for k in near if _begins(rows[k])), None)
        texts = [values.folded(c) for c in rows[head] if c.strip()] if head is not None else []
        if not texts or texts in seen:
            continue
        if seen and blank >= 0:
            starts.append(blank + 1)
        seen.append(texts)
    found = []
    for start, end in pairwise([*starts, len(rows)]):
        merged = [(a - start, b, c - start, d) for a, b, c, d in sheet.merged if start <= a < end]
        part = replace(sheet, rows=rows[start:end], first_row=sheet.first_row + start)
        found.append(replace(part, merged=merged))
    return found


def _beside(sheet: Sheet) -> list[Sheet]:
    """The parts of a sheet between empty columns, where each has a header of its own."""
    head = next((row for row in sheet.rows[:MERGED_ROWS] if _begins(row)), [])
    filled = [p for p, c in enumerate(head) if c.strip()]
    gaps = [p for p in range(*(filled[:1] + filled[-1:])) if p not in filled] if filled else []
    gaps = [p for p in gaps if not any(p < len(r) and r[p].strip() for r in sheet.rows)]
    bounds = [-1, *gaps, max((len(r) for r in sheet.rows), default=0)]
    spans = [(a + 1, b) for a, b in pairwise(bounds) if b > a + 1]
    if len(spans) < 2 or not all(_begins(head[a:b]) for a, b in spans):
        return [sheet]
    found = []
    for begin, end in spans:
        rows = [[c if begin <= p < end else "" for p, c in enumerate(r)] for r in sheet.rows]
        merged = [m for m in sheet.merged if begin <= m[1] < end]
        found.append(replace(sheet, rows=rows, merged=merged))
    return found


def grid_of(sheet: Sheet, log: Log) -> Grid | None:
    """The grid of a sheet; ``None`` where it holds no two cells side by side in its first rows."""
    top = sheet.rows[:MERGED_ROWS]
    scores = [sum(map(known, row)) for row in top]
    filled = [sum(bool(c.strip()) for c in row) for row in top]
    if max(filled, default=0) < 2:
        return None
    best = max(scores)
    # A header that nobody knows: the first of the fullest rows.
    anchor = scores.index(best) if best >= 2 else filled.index(max(filled))
    first, last = _block(sheet, anchor)
    titles = _titles(sheet, first, last)
    rows = list(sheet.rows)
    if last > first:
        width = max(len(rows[r]) for r in range(first, last + 1))
        for row in range(first, last):
            rows[row] = [""] * width
        rows[last] = [titles.get(p, "") for p in range(width)]
        log.note("adopt_header_joined", sheet.place(last), rows=last - first + 1)
    # A header that is printed again on each page is no data.
    again = {tuple(sheet.rows[r]) for r in range(first, last + 1)}
    printed = [k for k in range(last + 1, len(rows)) if tuple(rows[k]) in again and any(rows[k])]
    for row in printed:
        rows[row] = []
    if printed:
        log.note("adopt_header_again", sheet.place(printed[0]), count=len(printed))
    merged = [m for m in sheet.merged if m[0] > last or m[2] < first]
    merged = _filled_down(sheet, rows, merged, last, log)
    return Grid(replace(sheet, rows=rows, merged=merged), last, titles)


def _block(sheet: Sheet, anchor: int) -> tuple[int, int]:
    """The first and the last row of the header that the row ``anchor`` belongs to."""
    if _merged_at(sheet, anchor):
        first = last = anchor
        while first > 0 and last - first + 1 < MOST_ROWS and _joined(sheet, first - 1):
            first -= 1
        while last - first + 1 < MOST_ROWS and _joined(sheet, last):
            last += 1
        return first, last
    for rows in range(MOST_ROWS, 1, -1):
        for first in range(max(0, anchor - rows + 1), anchor + 1):
            if first + rows <= len(sheet.rows) and _continued(sheet.rows[first : first + rows]):
                return first, first + rows - 1
    return anchor, anchor


def _merged_at(sheet: Sheet, row: int) -> bool:
    """Whether merged cells say how a row belongs to its neighbours."""
    return any(r0 <= row <= r1 for r0, _, r1, _ in sheet.merged)


def _joined(sheet: Sheet, upper: int) -> bool:
    """Whether merged cells make one header of the row ``upper`` and the next."""
    if upper + 1 >= len(sheet.rows):
        return False
    above, below = sheet.rows[upper], sheet.rows[upper + 1]
    if sum(bool(c.strip()) for c in above) < 2:
        return False
    for r0, c0, r1, c1 in sheet.merged:
        spans = c1 > c0 and r1 == upper and sum(bool(c.strip()) for c in below[c0 : c1 + 1]) > 1
        if spans or (r0 <= upper < r1 and r1 - r0 < MOST_ROWS):
            return True
    return False


def _continued(rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows without merged cells are one header: words only, two cells or more in each, the
    first alone over some columns that are known, each lower one below cells of the one above it,
    the last mostly of known words."""
    width = max(map(len, rows))
    filled = [[bool(c.strip()) for c in r] + [False] * (width - len(r)) for r in rows]
    cells = [c for r in rows for c in r if c.strip()]
    if min(map(sum, filled)) < 2 or any(c[:1] in values.MARKS for c in cells):
        return False
    if any(words.figure(c) is not None for c in cells):
        return False
    alone = [k for k in range(width) if filled[0][k] and not any(f[k] for f in filled[1:])]
    first = next((k for k in range(width) if filled[0][k]), width)
    below = [k for k in range(width) if any(f[k] for f in filled[1:])]
    under = [k for k in below if not filled[0][k]]
    last = [c for c in rows[-1] if c.strip()]
    return bool(
        under
        and any(known(rows[0][k]) for k in alone)
        and min(below) > first
        and sum(map(known, last)) * 2 >= len(last)
    )


def _titles(sheet: Sheet, first: int, last: int) -> dict[int, str]:
    """Position → the header in all rows from ``first`` to ``last``, joined."""
    width = max(len(sheet.rows[r]) for r in range(first, last + 1))
    rows = []
    for number in range(first, last + 1):
        row = [values.clean(c.lstrip(values.MARKS)) for c in sheet.rows[number]]
        row += [""] * (width - len(row))
        if number < last:
            row = _spread(sheet, row, number, last)
        rows.append(row)
    parts = [[p for p in dict.fromkeys(r[k] for r in rows) if p] for k in range(width)]
    single = Counter(p[-1] for p in parts if p)
    found: dict[int, str] = {}
    for position, texts in enumerate(parts):
        if not texts:
            continue
        found[position] = JOINED.join(texts)
        own = words.roles_of(texts[-1])
        alone = own and not set(own) & {*STATES, "total"} and single[texts[-1]] == 1
        if len(texts) > 1 and alone and not any(map(words.device_of, texts)):
            # «Quy mô (người)» over «Số HS»: the name alone says it, with the unit above it.
            inside = units.brackets(" ".join(texts[:-1]))[1]
            more = f" ({inside[-1]})" if inside and "(" not in texts[-1] else ""
            found[position] = texts[-1] + more
    return found


def _spread(sheet: Sheet, row: list[str], number: int, last: int) -> list[str]:
    """An upper row of a header, each cell over all columns that it spans."""
    found = list(row)
    over = [m for m in sheet.merged if m[0] <= number <= m[2] and m[3] > m[1]]
    for r0, c0, _, c1 in over:
        text = values.clean(sheet.rows[r0][c0].lstrip(values.MARKS)) if sheet.rows[r0] else ""
        found[c0 : c1 + 1] = [text] * (min(c1 + 1, len(found)) - c0)
    if not _merged_at(sheet, number):
        below = sheet.rows[number + 1 : last + 1]
        for k in range(1, len(found)):
            if not found[k] and any(k < len(b) and b[k].strip() for b in below):
                found[k] = found[k - 1]
    return found


def _filled_down(
    sheet: Sheet,
    rows: list[Sequence[str]],
    merged: list[tuple[int, int, int, int]],
    last: int,
    log: Log,
) -> list[tuple[int, int, int, int]]:
    """Fills words that are merged over several rows of data; figures stay in their first row, and
    stay merged, since each row would count them. The ranges that are left."""
    left, count = [], 0
    for r0, c0, r1, c1 in merged:
        cell = rows[r0][c0] if r0 < len(rows) and c0 < len(rows[r0]) else ""
        number = cell[:1] == values.NUMBER or words.figure(cell) is not None
        if r0 <= last or r1 == r0 or c1 > c0 or not cell.strip() or number:
            left.append((r0, c0, r1, c1))
            continue
        for index in range(r0 + 1, min(r1 + 1, len(rows))):
            row = list(rows[index])
            row += [""] * (c0 + 1 - len(row))
            row[c0] = row[c0] or cell
            rows[index] = row
        count += 1
    if count:
        log.note("adopt_merged_filled", sheet.place(), count=count)
    return left


# --------------------------------------------------------------------------------------------------
# Section rows: what a heading says of the rows below it.

_COUNTED = re.compile(r"^\(?([IVXLC]{1,6}|[A-ZĐ]|\d{1,3}(?:\.\d{1,3})*)\)?\s*[.)/:–-]\s*(\S.*)$")
_ROMAN = re.compile(r"[IVXLC]{1,6}")


@dataclass(frozen=True)
class Heading:
    """A row that heads others."""

    row: int
    """Index into the sheet's rows."""
    text: str
    """What it says, without its counter."""
    counter: str


def counters_of(titles: Mapping[int, str]) -> list[int]:
    """Positions of columns that count rows."""
    return [p for p, t in titles.items() if values.folded(t) in _COUNTERS]


_COUNTERS = frozenset(values.folded(t) for t in COUNTERS)


def heading(sheet: Sheet, row: int, counters: Sequence[int]) -> Heading:
    """A row as a heading; ``counters`` are the positions of columns that count rows."""
    cells = [(p, values.clean(c.lstrip(values.MARKS))) for p, c in enumerate(sheet.rows[row])]
    filled = [(p, c) for p, c in cells if c]
    texts = [c for p, c in filled if words.figure(c) is None and p not in counters]
    counter = next((c.strip("().:") for p, c in filled if p in counters), "")
    text = texts[0] if texts else " ".join(c for _, c in filled)
    if match := _COUNTED.match(text):
        counter, text = counter or match[1], match[2]
    return Heading(row, text, counter)


def series(headings: Sequence[Heading]) -> dict[str, list[Heading]]:
    """Headings by the kind of their counter (``A``, ``I``, ``1.1``), outermost first."""
    letters = {h.counter for h in headings if re.fullmatch(r"[A-ZĐ]", h.counter)}
    plain = "A" in letters
    found: dict[str, list[Heading]] = {}
    for one in headings:
        if plain and one.counter in letters and not (one.counter == "I" and "H" not in letters):
            kind = "letter"
        elif _ROMAN.fullmatch(one.counter):
            kind = "roman"
        else:
            kind = f"number {one.counter.count('.')}" if one.counter[:1].isdigit() else "letter"
            kind = kind if one.counter else "none"
        found.setdefault(kind, []).append(one)
    return found


def heads(grid: Grid) -> dict[int, Heading]:
    """Rows that hold one text beside a counter at most, above rows that hold more: what may head
    the rows below it."""
    counters = counters_of(grid.titles)
    rows = list(grid.body()) if len(grid.titles) >= HEADED else []
    found: dict[int, Heading] = {}
    for index, row in rows:
        filled = [c for p, c in enumerate(row) if c.strip() and p not in counters]
        one = heading(grid.sheet, index, counters) if len(filled) == 1 else None
        if one and not body.is_total(one.text) and any(c.isalpha() for c in one.text):
            found[index] = one
    below = [index for index, _ in rows if index not in found]
    return {i: h for i, h in found.items() if below and i < below[-1]}


HEADED = 4
"""Columns of a table in which a row of one cell may head others."""


# --------------------------------------------------------------------------------------------------
# Rows that sum up others, against those.

_MEAN = re.compile(
    r"\b(?:binh quan|trung binh|ty le|average|mean|percent|percentage|share|%|trong do|of which)"
)
TITLES = 3
"""Columns of one total that are named."""


def check_totals(
    sheet: Sheet,
    titles: Mapping[int, str],
    kept: Sequence[int],
    left_out: Collection[int],
    log: Log,
    aside: Collection[int] = (),
    gone: Collection[int] = (),
) -> None:
    """Rows that sum up others against those rows: a figure that none of the sums that could be
    meant gives is a finding with both numbers.

    ``kept`` are the rows of data and ``left_out`` the others, as indexes into the sheet's rows;
    ``aside`` are the positions of columns that are never summed, ``gone`` those rows of data that
    a total may leave out (closed schools). Cells without a figure count 0, and are said.
    """
    if not left_out or not len(kept):
        return
    counters, bounds = counters_of(titles), sorted(left_out)
    skipped = {*counters, *aside}
    skipped |= {p for p, t in titles.items() if _MEAN.search(units.plain(t)) or "%" in t}
    columns: dict[int, list[tuple[list[Decimal], list[int]]]] = {}
    for position in set(titles) - skipped:
        if all(words.figure(_cell(sheet.rows[k], position)) is None for k in bounds):
            continue
        cells = [_cell(sheet.rows[k], position) for k in kept]
        typed = [bool(c.strip()) and not words.is_missing(c) for c in cells]
        figures = [words.figure(c) for c in cells]
        if not any(typed) or any(t and f is None for t, f in zip(typed, figures, strict=True)):
            continue
        columns[position] = []
        for without in ((), gone) if gone else ((),):
            counts = [Decimal(0) if k in without else f or Decimal(0)
                      for k, f in zip(kept, figures, strict=True)]  # fmt: skip
            empty = [not t and k not in without for k, t in zip(kept, typed, strict=True)]
            sums = list(accumulate(counts, initial=Decimal(0)))
            columns[position].append((sums, list(accumulate(empty, initial=0))))
    for index in bounds if columns else ():
        one = heading(sheet, index, counters)
        if _MEAN.search(units.plain(one.text)):
            continue
        before, after = ([b for b in bounds if b < index], [b for b in bounds if b > index])
        above = bisect_left(kept, index)
        since = bisect_left(kept, before[-1]) if before else 0
        until = bisect_left(kept, after[0]) if after else len(kept)
        whole = body.is_total(one.text) or body.like_total(one.text)
        scopes = [(0, len(kept)), (0, above), (since, above), (above, until)]
        # Sections that hold sections: from or to any other such row.
        scopes += [(bisect_left(kept, b), above) for b in before]
        scopes += [(above, bisect_left(kept, b)) for b in after] + [(above, len(kept))]
        likely = (since, above) if whole else (above, until)
        if whole and (above == len(kept) or not above):
            likely = (0, len(kept))
        wrong = 0
        for position, sums_of in sorted(columns.items()):
            said = words.figure(_cell(sheet.rows[index], position))
            if said is None or any(
                sums[b] - sums[a] == said for sums, _ in sums_of for a, b in scopes if b > a
            ):
                continue
            wrong += 1
            if wrong <= TITLES:
                sums, empty_until = sums_of[0]
                begin, end = likely
                place = sheet.place(index, position, titles[position])
                params = {"name": titles[position], "said": said, "summed": sums[end] - sums[begin]}
                unknown = empty_until[end] - empty_until[begin] or "-"
                log.warn("adopt_total_differs", place, open=unknown, **params)


def _cell(row: Sequence[str], position: int) -> str:
    return row[position] if position < len(row) else ""


# --------------------------------------------------------------------------------------------------
# Which table a sheet holds.


@dataclass(frozen=True)
class Kind:
    """A kind of sheet."""

    name: str
    table: str
    """The table that it is read for (a sheet of projects fills two)."""
    needs: tuple[tuple[str, ...], ...]
    """What it must have: of each of these, one role or another."""
    signs: tuple[str, ...] = ()
    """What else speaks for it."""
    least: int = 0
    """Of the signs, so many it must have."""
    without: tuple[str, ...] = ()
    """Roles that speak against it."""


NAMED = ("school", "name", "location")
KINDS: tuple[Kind, ...] = (
    Kind(
        "register", "inventory", (("school", "location", "heads"), ("category", "model", "item")),
        ("tag", "serial", "model", "category", "maker", "bought", "acquired", "status", "location"),
        4, ("quantity", "years"),
    ),
    Kind("stock", "inventory", ((*NAMED, "heads"), ("item", "category", "model"), ("quantity",)),
         ("acquired", "bought")),
    Kind("prices", "catalogue", (("item", "name", "category"), ("price",)),
         ("unit", "pillar", "nature", "life"), 0, ("pupils", "school")),
    Kind("projects", "requests", (("project",), ("years",)),
         ("school", "before", "total", "order")),
    Kind("funds", "fund_amounts", (("fund",), ("years", "amount")), ("year", "years"), 1),
    Kind("schools", "schools", (("name", "school"),),
         ("pupils", "grades", "classes", "teachers", "level", "group", "rooms", "staff"), 1,
         ("price",)),
    Kind("wide", "inventory", (NAMED, ("devices",))),
)  # fmt: skip
"""Every kind, the most particular first."""


@dataclass(frozen=True)
class Recognised:
    """What a sheet was recognised as."""

    kind: str
    """A kind of :data:`KINDS`, or a table's name where the contract's own header stands there."""
    table: str
    evidence: tuple[str, ...]
    """The headers that speak for it."""


@dataclass(frozen=True)
class Unknown:
    """A sheet that is no table, the kind that it is nearest to, and what it lacks to be it."""

    kind: str
    lacks: tuple[tuple[str, ...], ...]
    """Of each of these, one role."""


def held(grid: Grid) -> dict[str, list[int]]:
    """Role → positions, the derived ones among them: years, grades, devices, heads (schools above
    their rows)."""
    found = dict(grid.roles)
    if len(grid.years) > 1 or grid.periods or (grid.years and "project" in grid.roles):
        found["years"] = [*grid.years, *grid.periods]
    if len(grid.grades) > 1:
        found["grades"] = grid.grades
    if not {"school", "location"} & set(found) and any(
        words.levels_in(h.text) for h in heads(grid).values()
    ):
        found["heads"] = []
    counted = [d for d in grid.devices if d.item or d.state != "existing"]
    if len(counted) > 1:
        found["devices"] = [d.position for d in counted]
    return found


def recognise(grid: Grid, stated: Mapping[str, str], meant: str) -> Recognised | Unknown:
    """The kind of a sheet.

    ``stated`` holds further spellings of fields (folded header → field), ``meant`` the kind or
    table that the user named for the sheet, or an empty text.
    """
    has = held(grid)
    for position, title in grid.titles.items():
        if name := stated.get(values.folded(title), ""):
            has.setdefault(name, []).append(position)
    by_name = {k.name: k for k in KINDS}
    if meant:
        kind = by_name.get(meant)
        return Recognised(meant, kind.table if kind else meant, ())
    fits = {k.name: k for k in KINDS if _fits(k, has)}
    if "register" in fits:
        return _as(fits["register"], has, grid)
    sheet = grid.sheet
    named = xlsx_rows.table_names().get(
        values.folded(sheet.sheet or sheet.file.rpartition("/")[2].rpartition(".")[0]), ""
    )
    scores = headers.scored(sheet, stated)
    # A sheet may be called what it is not: «Hiện trạng» may list schools with their devices.
    lacking = scores.get(named, (0, ["all"]))[1]
    barely = named in scores and scores[named][0] < 2  # next to nothing of that table is there
    other = fits and lacking
    if named in TABLES and not barely and not (other and _needs(named) >= headers.LIKELY):
        return Recognised(named, named, ())
    whole = {t: n for t, (n, missing) in scores.items() if not missing and n > 2}
    if whole and not {"projects"} & set(fits):
        table = max(whole, key=lambda t: (whole[t], t == "schools"))
        return Recognised(table, table, tuple(grid.titles.values()))
    if fits:
        # The first that fits; a list of schools beside whose figures devices are counted is one.
        return _as(next(iter(fits.values())), has, grid)
    said = {n for n in stated.values() if n in has}
    likely = {t: s for t, s in scores.items() if s[0] >= 2 and said & set(TABLES[t].model_fields)}
    if likely:
        table = min(likely, key=lambda t: (len(likely[t][1]), -likely[t][0], t != "schools"))
        return Recognised(table, table, tuple(grid.titles.values()))
    near = max(KINDS, key=lambda k: (_share(k, has), -len(_lacks(k, has))))
    if not _share(near, has):
        near = by_name["schools"]
    return Unknown(near.name, _lacks(near, has))


def _needs(table: str) -> int:
    """How many columns a table requires."""
    return sum(c.required for c in contracts.columns(TABLES[table]).values())


def _fits(kind: Kind, has: Mapping[str, list[int]]) -> bool:
    signs = sum(s in has for s in kind.signs)
    met = [[has[r] or [HEADS] for r in group if r in has] for group in kind.needs]
    needs = all(met) and _apart([{p for at in group for p in at} for group in met])
    return needs and signs >= kind.least and not any(r in has for r in kind.without)


HEADS = -1
"""Stands for the position of what no column holds: headings."""


def _apart(needed: Sequence[set[int]]) -> bool:
    """Whether each need has a column of its own: «Tên thiết bị» is no school beside its device."""
    first, *rest = needed
    return not rest or any(_apart([at - {p} for at in rest]) for p in first if all(rest))


def _as(kind: Kind, has: Mapping[str, list[int]], grid: Grid) -> Recognised:
    roles = dict.fromkeys([*(r for g in kind.needs for r in g), *kind.signs])
    positions = dict.fromkeys(p for r in roles for p in has.get(r, ()))
    return Recognised(kind.name, kind.table, tuple(grid.titles[p] for p in positions))


def _share(kind: Kind, has: Mapping[str, list[int]]) -> float:
    """How much of what a kind needs, and of the signs it must have, a sheet has."""
    met = sum(any(r in has for r in group) for group in kind.needs)
    signs = min(kind.least, sum(s in has for s in kind.signs))
    return (met + signs) / (len(kind.needs) + kind.least)


def _lacks(kind: Kind, has: Mapping[str, list[int]]) -> tuple[tuple[str, ...], ...]:
    lacking = tuple(g for g in kind.needs if not any(r in has for r in g))
    short = kind.least - sum(s in has for s in kind.signs)
    if short > 0:
        lacking += (tuple(s for s in kind.signs if s not in has),)
    return lacking
