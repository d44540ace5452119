"""What stands below a header: its rows of data, apart from totals, notes and column numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.errors import Place
from planner.messages.columns import COUNTERS
from planner.scenario import cells
from planner.scenario.fields import Column
from planner.scenario.grid import Sheet, unique_cells
from planner.scenario.headers import Header
from planner.scenario.log import SAME_KIND, Log
from planner.scenario.subtotals import (
    FEW,
    SUMMED,
    heading_counters,
    is_headed,
    is_total,
    like_group,
    like_total,
    sums,
)
from planner.scenario.units import states_unit

NAMES = ("school", "item", "fund", "request", "name")
"""Fields by which a person knows a row."""
MOST_FILLED = 0.6
"""Share of the rows that have a text, from which on a row without it stands out."""
_COUNTERS = {cells.folded(t) for t in COUNTERS}
NOTE_COLUMNS = 3
"""Required columns that a table needs for a row of one or two cells to count as a note."""
_NUMBERED = re.compile(r"\(?([A-Z]|[0-9]{1,2})\)?")


@dataclass
class Body:
    """The distinct cells of every column, and which rows count."""

    codes: dict[int, np.ndarray]
    distinct: dict[int, list[str]]
    rows: np.ndarray
    """Index into the sheet's rows."""


def body_of(table: str, sheet: Sheet, header: Header, columns: dict[str, Column], log: Log) -> Body:
    """Columns below the header; blank rows are left out; totals, headings, rows that sum up
    others, notes and merged cells are refused."""
    below = _Below(table, sheet, header, columns, log)
    below.refuse_totals({n for n, c in columns.items() if c.kind in ("text", "id")})
    below.refuse_notes([n for n, c in columns.items() if c.required])
    below.refuse_headings()
    if table == "schools":
        below.refuse_sums()
    below.refuse_strays()
    below.refuse_merged()
    kept = np.flatnonzero(below.keep)
    return Body({p: c[kept] for p, c in below.codes.items()}, below.distinct, kept + below.first)


class _Below:
    """The cells below a header by column: codes, distinct cells, which are filled.

    Rows that end before the header does (spreadsheets leave out empty cells at the end, people
    leave out commas) are filled up with empty cells, so that each missing cell is one.
    """

    def __init__(
        self, table: str, sheet: Sheet, header: Header, columns: dict[str, Column], log: Log
    ) -> None:
        self.table, self.sheet, self.header, self.log = table, sheet, header, log
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
        self.at = {n: p for n, (p, _) in header.positions.items() if p in self.codes}
        needed = [self.at[n] for n, c in columns.items() if c.required and n in self.at]
        self.lacking = self._sum(needed) < len(needed)
        """Rows that lack a required cell."""

    def _sum(self, positions: Sequence[int]) -> np.ndarray:
        """How many of the columns are filled, by row."""
        found = np.zeros(len(self.rows), dtype=np.int64)
        for position in positions:
            if position in self.full:
                found += self.full[position]
        return found

    def _place(self, index: int, position: int) -> Place:
        pairs = (*self.header.positions.values(), *self.header.beside())
        name = next((text for p, text in pairs if p == position), "")
        return self.sheet.place(self.first + index, position, name)

    def _refuse(self, code: str, index: int, position: int, value: str, **more: str) -> None:
        self.keep[index] = False
        self.log.error(code, self._place(index, position), value=value, **more)

    def _refuse_all(self, code: str, position: int, said: Sequence[bool]) -> None:
        """Refuses the rows whose cell of a column is one of the distinct cells in ``said``."""
        found = np.array(said, dtype=bool)[self.codes[position]]
        for index in map(int, np.flatnonzero(found & self.keep)):
            self._refuse(code, index, position, self._shown(index, position))

    def _shown(self, index: int, position: int) -> str:
        return cells.shown(self.rows[index][position])

    def refuse_totals(self, texts: set[str]) -> None:
        """Rows that say «Tổng cộng», or begin or end like it.

        A school's name or id that does is a total; elsewhere a total lacks a required cell, and
        a row that lacks none is asked about.
        """
        named = {p for n, p in self.at.items() if n in NAMES} | {0}
        exact = {p for n, p in self.at.items() if n in texts} | {0}
        beside = {p for p, _ in (*self.header.asides, *self.header.others)}
        for position in sorted((exact | named | beside) & set(self.codes)):
            distinct = self.distinct[position]
            if position in exact:
                self._refuse_all("row_is_total", position, [is_total(c) for c in distinct])
            like = np.array([like_total(c) for c in distinct], dtype=bool)[self.codes[position]]
            for index in map(int, np.flatnonzero(like & self.keep)):
                value = self._shown(index, position)
                if self.lacking[index] or (position in named and self.table == "schools"):
                    self._refuse("row_is_total", index, position, value)
                elif position in named:
                    self.log.warn("row_like_total", self._place(index, position), value=value)

    def refuse_notes(self, required: list[str]) -> None:
        """Rows of one or two cells that fill next to nothing of what a row needs."""
        at = [self.header.positions[n][0] for n in required if n in self.header.positions]
        if len(at) < NOTE_COLUMNS:
            return
        notes = self.keep & (self._sum(at) <= 1) & (self.count <= 2)
        for index in map(int, np.flatnonzero(notes)):
            said = " ".join(cells.shown(c) for c in self.rows[index] if c.strip())
            position = next(p for p in self.full if self.full[p][index])
            code = "note_holds_unit" if states_unit(said) else "row_is_note"
            self._refuse(code, index, position, said)

    def refuse_headings(self) -> None:
        """Rows with a counter that only headings bear, or a roman one before their name."""
        at = {p for p, t in self.header.beside() if cells.folded(t) in _COUNTERS}
        named = [self.at[n] for n in ("name", "school", "item") if n in self.at]
        for position in sorted(at & set(self.codes)):
            codes = self.codes[position]
            used = {self.distinct[position][c] for c in np.unique(codes[self.keep])}
            heads = heading_counters(used)
            if not heads:
                continue
            said = [cells.clean(c.lstrip(cells.MARKS)) in heads for c in self.distinct[position]]
            for index in map(int, np.flatnonzero(np.array(said)[codes] & self.keep)):
                words = [self._shown(index, p) for p in (position, *named[:1])]
                text = " ".join(w for w in words if w.strip())
                self._refuse("row_is_heading", index, position, text)
        for position in named[:1]:
            said = [is_headed(c) for c in self.distinct[position]]
            if not all(np.array(said, dtype=bool)[self.codes[position]][self.keep]):
                self._refuse_all("row_is_heading", position, said)

    def refuse_sums(self) -> None:
        """Schools whose figures are the sum of others': refused where the row is no school by
        its words or by what it lacks, or where sums cover the whole table and no row has an id;
        else asked about. One column alone is no evidence but for a whole table."""
        kept = [int(k) for k in np.flatnonzero(self.keep)]
        figures = self._figures()
        if figures is None or len(kept) < 2:
            return
        found = sums(figures, kept)
        covered = {r for s in found for r in (s.row, *s.members)}
        plainly = len(covered) == len(kept) and (len(found) > 1 or len(kept) > 3)
        sure = figures.shape[1] > 1
        for one in found:
            if not (plainly or one.whole) and (len(one.members) == 1 or not sure):
                continue
            if self._no_school(one.row) or (plainly and not self._has_id(one.row)):
                self._refuse_sum(one.row, one.members)
            elif len(one.members) > 1 and (len(kept) <= FEW or one.whole or plainly):
                self._ask_of_sum(one.row, one.members)
        self._refuse_lone(figures)

    def _refuse_lone(self, figures: np.ndarray) -> None:
        """A heading over one school, by its words: equal to the row below it."""
        kept = [int(k) for k in np.flatnonzero(self.keep)]
        for row, below in zip(kept, kept[1:], strict=False):
            same = (figures[row] == figures[below]).all() and (figures[row] > 0).sum() > 1
            if same and self._no_school(row) and not self._no_school(below):
                self._refuse_sum(row, (below,))

    def _figures(self) -> np.ndarray | None:
        """``[row, column]`` the figures that subtotals sum, 0 where a cell holds none."""
        columns = []
        for position in (self.at[n] for n in SUMMED if n in self.at):
            values = [_figure(c) for c in self.distinct[position]]
            columns.append(np.array([*values, 0], dtype=np.int64)[self.codes[position]])
        return np.stack(columns, axis=1) if columns else None

    def _title(self, index: int) -> int:
        """The position of the cell by which a person knows a row."""
        named = [self.at[n] for n in ("name", "school") if n in self.at]
        texts = [p for p in (*named, *sorted(self.full)) if self.full[p][index]]
        return texts[0] if texts else 0

    def _has_id(self, index: int) -> bool:
        position = self.at.get("school", -1)
        return position >= 0 and bool(self.full[position][index])

    def _no_school(self, index: int) -> bool:
        """Whether a row names a group of schools, or lacks a text that nearly all others have."""
        if like_group(self._shown(index, self._title(index))):
            return True
        counters = {p for p, t in self.header.asides if cells.folded(t) in _COUNTERS}
        summed = {self.at[n] for n in SUMMED if n in self.at}
        for position in {*self.at.values(), *counters, *(p for p, _ in self.header.others)}:
            full = self.full.get(position)
            if full is None or position in summed or full[index]:
                continue
            if full[self.keep].mean() >= MOST_FILLED:
                return True
        return False

    def _refuse_sum(self, row: int, members: Sequence[int]) -> None:
        position = self._title(row)
        value = self._shown(row, position)
        self._refuse("row_is_sum", row, position, value, rows=self._rows_said(members))

    def _ask_of_sum(self, row: int, members: Sequence[int]) -> None:
        position = self._title(row)
        said = {"value": self._shown(row, position), "rows": self._rows_said(members)}
        self.log.warn("row_may_be_sum", self._place(row, position), **said)

    def _rows_said(self, members: Sequence[int]) -> str:
        """The rows of the file as a person counts them: ``5–8``."""
        numbers = [self.sheet.first_row + self.first + m for m in members]
        low, high = min(numbers), max(numbers)
        return str(low) if low == high else f"{low}–{high}"

    def refuse_merged(self) -> None:
        """Cells merged over several rows: only the first row would have their content."""
        named = {p for p, _ in (*self.header.positions.values(), *self.header.others)}
        for r0, c0, r1, _ in self.sheet.merged:
            index = r0 - self.first
            if r1 > r0 and 0 <= index < len(self.keep) and c0 in named and self.full[c0][index]:
                rows = f"{r0 + self.sheet.first_row}–{r1 + self.sheet.first_row}"
                if self.keep[index : r1 - self.first + 1].sum() > 1:
                    place, value = self._place(index, c0), self._shown(index, c0)
                    self.log.error("cell_merged", place, value=value, rows=rows)

    def refuse_strays(self) -> None:
        """Cells in columns that have no header."""
        named = {p for p, _ in (*self.header.positions.values(), *self.header.beside())}
        for position in sorted(set(self.codes) - named):
            for index in map(int, np.flatnonzero(self.full[position] & self.keep)[:SAME_KIND]):
                place = self.sheet.place(self.first + index, position)
                value = cells.shown(self.rows[index][position])
                self.log.error("cell_without_header", place, value=value)


def _figure(cell: str) -> int:
    """A count in a cell; 0 where it holds none, or one too large to be a school's."""
    value = cells.whole(cell).value if cell.strip() else 0
    return value if isinstance(value, int) and 0 <= value < 10**12 else 0


def _numbers_columns(row: Sequence[str]) -> bool:
    """Whether a row only numbers the columns, as official forms do: A, B, 1, 2, 3."""
    marks = [_NUMBERED.fullmatch(cells.clean(c.lstrip(cells.MARKS))) for c in row if c.strip()]
    if len(marks) < 4 or not all(marks):
        return False
    numbers = [int(m[1]) for m in marks if m is not None and m[1].isdigit()]
    return len(numbers) >= 2 and numbers == list(range(1, len(numbers) + 1))
