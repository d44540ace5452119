"""Rows of a raw sheet under the fields of a table, cells untouched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from planner.scenario import body, cells
from planner.scenario.fields import Column
from planner.scenario.grid import MERGED_ROWS, Sheet
from planner.scenario.headers import Header
from planner.scenario.log import Log
from planner.scenario.scales import Scale
from planner.scenario.units import states_unit

WIDE = 4
"""Columns of a table in which a row of one cell is no data."""
_ID = re.compile(r"[\w.-]{1,80}")


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
        self.translated.setdefault(name, {})[cells.folded(old)] = new

    def column(self, position: int) -> Iterator[str]:
        """The cells of a column."""
        for number in map(int, self.numbers):
            row = self.sheet.rows[number]
            yield row[position] if position < len(row) else ""

    def texts(self, name: str) -> list[str]:
        """The cells of a field as texts, translated where the user said how."""
        return [str(self._said(name, c)) for c in self.column(self.fields[name])]

    def _said(self, name: str, cell: str) -> str:
        text = str(cells.words(cell).value or "")
        return self.translated.get(name, {}).get(cells.folded(text), text)

    def filled(self, position: int) -> bool:
        """Whether any cell of a column holds something."""
        return any(c.strip() for c in self.column(position))

    def are_ids(self, name: str) -> bool:
        """Whether the cells of a field identify the rows: well-formed, given and different."""
        return self.identify(self.fields[name])

    def identify(self, position: int, share: float = 1.0) -> bool:
        """Whether the cells of a column identify the rows, or ``share`` of them."""
        found = [str(cells.words(c).value or "") for c in self.column(position)]
        if share < 1:
            found = [t for t in found if t] if sum(map(bool, found)) > share * len(found) else [""]
        return all(_ID.fullmatch(t) for t in found) and len(set(found)) == len(found)

    def row(self, index: int) -> dict[str, Any]:
        """A row by field, cells with their marks."""
        source = self.sheet.rows[int(self.numbers[index])]
        found: dict[str, Any] = {}
        for name, position in self.fields.items():
            if position < len(source):
                cell = source[position]
                scale = self.scales.get(name)
                said = self._said(name, cell) if name in self.translated else cell
                found[name] = scale.cell(cell) if scale else said
        return found | {n: values[index] for n, values in self.made.items()}


LEFT_OUT = {
    **dict.fromkeys(("row_is_total", "row_is_note", "row_is_heading"), "adopt_row_left_out"),
    "row_is_sum": "adopt_sum_left_out",
    **{code: code for code in ("row_may_be_sum", "row_like_total", "cell_without_header")},
}
"""Finding on a row → the warning that stands for it where raw rows are carried over."""


def raw_rows(
    table: str, sheet: Sheet, header: Header, columns: dict[str, Column], log: Log
) -> RawRows:
    """The rows of data below a header; totals, headings and notes are left out and said."""
    refused = Log()
    found = body.body_of(table, sheet, header, columns, refused)
    used = {*header.positions.values(), *header.others}
    for position, text in sorted(used):
        for index in map(int, found.rows):
            row = sheet.rows[index]
            if position < len(row) and (problem := cells.trouble(row[position])):
                value = cells.shown(row[position])
                log.error(problem, sheet.place(index, position, text), value=value)
    for finding in refused.findings:
        if code := LEFT_OUT.get(finding.code):
            log.warn(code, finding.where, **finding.params)
        else:
            log.findings.append(finding)
    kept = [r for r in map(int, found.rows) if not _is_alone(sheet, r, header, log)]
    fields = {n: p for n, (p, _) in header.positions.items()}
    return RawRows(sheet, header, np.array(kept, dtype=np.int64), fields)


def _is_alone(sheet: Sheet, index: int, header: Header, log: Log) -> bool:
    """Whether a row of a wide table holds one cell: a footnote, left out and said."""
    filled = [p for p, c in enumerate(sheet.rows[index]) if c.strip()]
    if len(filled) != 1 or len(header.positions) + len(header.others) < WIDE:
        return False
    value = cells.shown(sheet.rows[index][filled[0]])
    pairs = (*header.positions.values(), *header.beside())
    title = next((t for p, t in pairs if p == filled[0]), "")
    if states_unit(value):
        log.error("note_holds_unit", sheet.place(index, filled[0], title), value=value)
    else:
        log.warn("adopt_row_left_out", sheet.place(index, filled[0], title), value=value)
    return True


def likely_header(sheet: Sheet, also: Mapping[str, str]) -> Header:
    """The fullest of the first rows, for a sheet whose header names nothing that is known.

    ``also`` holds what the user named: folded header → field.
    """
    top = sheet.rows[:MERGED_ROWS]
    counts = [sum(bool(c.strip()) for c in row) for row in top]
    row = counts.index(max(counts)) if counts else 0
    texts = [(p, cells.clean(c.lstrip(cells.MARKS))) for p, c in enumerate(top[row])] if top else []
    named = {also[f]: (p, t) for p, t in texts if (f := cells.folded(t)) in also}
    others = [(p, t) for p, t in texts if t and (p, t) not in named.values()]
    return Header(row, positions=named, others=others, first_row=row)
