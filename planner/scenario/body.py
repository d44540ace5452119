"""What stands below a header: its rows of data, apart from totals, notes and column numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.scenario import cells
from planner.scenario.fields import Column
from planner.scenario.grid import Sheet, unique_cells
from planner.scenario.headers import Header
from planner.scenario.log import SAME_KIND, Log

NOTE_COLUMNS = 3
"""Required columns that a table needs for a row of one or two cells to count as a note."""
_TOTAL = re.compile(
    r"(tổng( cộng| số| kinh phí| hợp)?|cộng|cộng dồn|totals?|grand total|sum|sub-?total)\s*:?"
)
_NUMBERED = re.compile(r"\(?([A-Z]|[0-9]{1,2})\)?")


def is_total(cell: str) -> bool:
    """Whether a cell says «Tổng cộng» or the like, and nothing else."""
    return bool(_TOTAL.fullmatch(cells.folded(cell)))


@dataclass
class Body:
    """The distinct cells of every column, and which rows count."""

    codes: dict[int, np.ndarray]
    distinct: dict[int, list[str]]
    rows: np.ndarray
    """Index into the sheet's rows."""


def body_of(sheet: Sheet, header: Header, columns: dict[str, Column], log: Log) -> Body:
    """Columns below the header; blank rows are left out, totals and notes are refused."""
    below = _Below(sheet, header, log)
    below.refuse_totals({n for n, c in columns.items() if c.kind in ("text", "id")})
    below.refuse_notes([n for n, c in columns.items() if c.required])
    below.refuse_strays()
    kept = np.flatnonzero(below.keep)
    return Body({p: c[kept] for p, c in below.codes.items()}, below.distinct, kept + below.first)


class _Below:
    """The cells below a header by column: codes, distinct cells, which are filled.

    Rows that end before the header does (spreadsheets leave out empty cells at the end, people
    leave out commas) are filled up with empty cells, so that each missing cell is one.
    """

    def __init__(self, sheet: Sheet, header: Header, log: Log) -> None:
        self.sheet, self.header, self.log = sheet, header, log
        self.first = header.last_row + 1
        if self.first < len(sheet.rows) and _numbers_columns(sheet.rows[self.first]):
            log.note("read_column_numbers", sheet.place(self.first))
            self.first += 1
        self.rows: Sequence[Sequence[str]] = sheet.rows[self.first :]
        named = (*header.positions.values(), *header.beside())
        width = max([len(r) for r in self.rows] + [p + 1 for p, _ in named] if self.rows else [0])
        if any(len(r) != width for r in self.rows):
            self.rows = [[*r, *[""] * (width - len(r))] for r in self.rows]
        self.codes: dict[int, np.ndarray] = {}
        self.distinct: dict[int, list[str]] = {}
        self.full: dict[int, np.ndarray] = {}
        for position, column in enumerate(zip(*self.rows, strict=True)):
            codes, distinct = unique_cells(column)
            self.codes[position], self.distinct[position] = codes, distinct
            self.full[position] = np.array([bool(c.strip()) for c in distinct], dtype=bool)[codes]
        self.count = self._sum(list(self.full))
        self.keep = self.count > 0

    def _sum(self, positions: Sequence[int]) -> np.ndarray:
        """How many of the columns are filled, by row."""
        found = np.zeros(len(self.rows), dtype=np.int64)
        for position in positions:
            if position in self.full:
                found += self.full[position]
        return found

    def _refuse(self, code: str, index: int, position: int, value: str) -> None:
        self.keep[index] = False
        pairs = (*self.header.positions.values(), *self.header.beside())
        name = next((text for p, text in pairs if p == position), "")
        self.log.error(code, self.sheet.place(self.first + index, position, name), value=value)

    def refuse_totals(self, texts: set[str]) -> None:
        """Rows that say «Tổng cộng» in a column of text, or in the first."""
        positions = {p for n, (p, _) in self.header.positions.items() if n in texts} | {0}
        for position in sorted(positions & set(self.codes)):
            said = [is_total(c) for c in self.distinct[position]]
            total = np.array(said, dtype=bool)[self.codes[position]]
            for index in map(int, np.flatnonzero(total & self.keep)):
                value = cells.shown(self.rows[index][position])
                self._refuse("row_is_total", index, position, value)

    def refuse_notes(self, required: list[str]) -> None:
        """Rows of one or two cells that fill next to nothing of what a row needs."""
        at = [self.header.positions[n][0] for n in required if n in self.header.positions]
        if len(at) < NOTE_COLUMNS:
            return
        notes = self.keep & (self._sum(at) <= 1) & (self.count <= 2)
        for index in map(int, np.flatnonzero(notes)):
            said = " ".join(cells.shown(c) for c in self.rows[index] if c.strip())
            position = next(p for p in self.full if self.full[p][index])
            self._refuse("row_is_note", index, position, said)

    def refuse_strays(self) -> None:
        """Cells in columns that have no header."""
        named = {p for p, _ in (*self.header.positions.values(), *self.header.beside())}
        for position in sorted(set(self.codes) - named):
            for index in map(int, np.flatnonzero(self.full[position] & self.keep)[:SAME_KIND]):
                place = self.sheet.place(self.first + index, position)
                value = cells.shown(self.rows[index][position])
                self.log.error("cell_without_header", place, value=value)


def _numbers_columns(row: Sequence[str]) -> bool:
    """Whether a row only numbers the columns, as official forms do: A, B, 1, 2, 3."""
    marks = [_NUMBERED.fullmatch(cells.clean(c.lstrip(cells.MARKS))) for c in row if c.strip()]
    if len(marks) < 4 or not all(marks):
        return False
    numbers = [int(m[1]) for m in marks if m is not None and m[1].isdigit()]
    return len(numbers) >= 2 and numbers == list(range(1, len(numbers) + 1))
