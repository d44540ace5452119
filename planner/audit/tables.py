"""The plan's tables as they stand in the files, and their comparison with what must stand there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Any

from planner.audit.cells import agrees, well_formed
from planner.audit.report import Report

COLUMNS: dict[str, tuple[str, ...]] = {
    "allocation": (
        "line", "school", "group", "item", "fund", "year", "kind", "request", "option",
        "quantity", "unit_price", "amount", "schedule", "standing",
    ),
    "coverage": (
        "school", "group", "item", "year", "need", "stock", "new", "in_service", "before",
        "after", "people",
    ),
    "ledger": (
        "fund", "school", "year", "amount", "reserve", "usable", "carried_in", "purchases",
        "setup", "requests", "upkeep", "spent", "carried_out", "lapsed",
    ),
    "obligations": ("year", "fund", "kind", "origin", "amount", "funded"),
    "rules": ("rule", "key", "firmness", "left", "relation", "bound", "slack", "unit"),
    "schools": (
        "school", "name", "level", "group", "pupils", "spent", "upkeep", "proposed",
        "coverage_before", "coverage_after", "people",
    ),
    "requests": (
        "request", "school", "option", "title", "chosen", "value", "amount", "copies", "paid",
        "points",
    ),
}  # fmt: skip
"""Columns of every table of a plan, in order."""

KEYS: dict[str, tuple[int, ...]] = {
    "coverage": (0, 2, 3),
    "ledger": (0, 1, 2),
    "obligations": (0, 1, 2, 3),
    "rules": (0, 1, 4),
    "schools": (0,),
    "requests": (0, 2),
}
"""Positions of the columns that name a row."""

UNORDERED = frozenset({"rules", "obligations"})
"""Tables whose rows may come in any order."""

Row = tuple[str, ...]


class TextTable:
    """One table of a plan: cells as text, rows numbered as a person sees them."""

    def __init__(self, name: str, frame: Any, report: Report) -> None:
        self.name = name
        self.file = f"{name}.csv"
        self.columns = COLUMNS[name]
        self._found: dict[str, Any] = {}
        self.length = 0
        self.complete = False
        if frame is None:
            report.add("audit_missing_table", self.file)
            return
        self._read(frame, report)

    def _read(self, frame: Any, report: Report) -> None:
        found = [str(c) for c in frame.columns]
        self.length = len(frame)
        for column in self.columns:
            if found.count(column) != 1:
                code = "audit_duplicate_column" if column in found else "audit_missing_column"
                report.add(code, self.file, 1, column, name=column)
        for column in dict.fromkeys(found):
            if column not in self.columns:
                report.add("audit_extra_column", self.file, 1, column, name=column)
        if all(found.count(c) == 1 for c in self.columns):
            kept = [c for c in found if c in self.columns]
            if kept != list(self.columns):
                report.add("audit_column_order", self.file, 1, kept[0])
            self._found = {c: frame.iloc[:, found.index(c)] for c in self.columns}
            self.complete = True

    def column(self, name: str) -> Any:
        """A column as it was given: texts, or a categorical of texts."""
        return self._found[name]

    def rows(self) -> Iterator[Row]:
        """The rows in the file's order; cells that are not text count as empty."""
        return zip(*(_texts(cells.tolist()) for cells in self._found.values()), strict=True)


def _texts(cells: list[Any]) -> list[str]:
    if set(map(type, cells)) <= {str}:
        return cells
    return [c if isinstance(c, str) else "" for c in cells]


def compare(
    table: TextTable, expected: Iterable[Row], report: Report
) -> dict[tuple[str, ...], int]:
    """Report every cell, row and order that differs; give the file's row of each key.

    Rows are compared in step; what is out of step is matched by key afterwards, and what then
    is left is paired if as many rows are lacking as are too many (a spoilt key cell).
    """
    if not table.complete:
        for _ in expected:
            pass
        return {}
    where = KEYS[table.name]
    keep = table.name in SMALL
    rows: dict[tuple[str, ...], int] = {}
    odd: list[tuple[int, Row]] = []
    lacking: list[Row] = []
    for number, (found, due) in enumerate(zip_longest(table.rows(), expected), start=2):
        if found == due and not keep:
            continue
        if found is not None and due is not None and all(found[k] == due[k] for k in where):
            if found != due:
                report_cells(table, number, found, due, report)
            if keep:
                rows[tuple(due[k] for k in where)] = number
            continue
        if found is not None:
            odd.append((number, found))
        if due is not None:
            lacking.append(due)
    if odd or lacking:
        _match(table, odd, lacking, rows, report)
    return rows


SMALL = frozenset({"ledger", "rules", "requests"})
"""Tables whose rows other findings point to."""


def _match(
    table: TextTable,
    odd: list[tuple[int, Row]],
    lacking: list[Row],
    rows: dict[tuple[str, ...], int],
    report: Report,
) -> None:
    """Match rows that are out of step by key, then report what is left."""
    where = KEYS[table.name]
    by_key: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for due in reversed(lacking):
        by_key[tuple(due[k] for k in where)].append(due)
    unknown: list[tuple[int, Row]] = []
    moved: int | None = None
    for number, found in odd:
        key = tuple(found[k] for k in where)
        if by_key.get(key):
            due = by_key[key].pop()
            rows[key] = number
            moved = moved or number
            report_cells(table, number, found, due, report)
        else:
            unknown.append((number, found))
    left = [due for dues in by_key.values() for due in reversed(dues)]
    if moved is not None and not unknown and not left and table.name not in UNORDERED:
        report.add("audit_order", table.file, moved, table.columns[where[0]])
    _report_left(table, unknown, left, report)


def _report_left(
    table: TextTable, unknown: list[tuple[int, Row]], left: list[Row], report: Report
) -> None:
    where = KEYS[table.name]
    if len(unknown) == len(left):
        for (number, found), due in zip(unknown, left, strict=True):
            report_cells(table, number, found, due, report)
        return
    seen = Counter(tuple(r[k] for k in where) for r in table.rows())
    for number, found in unknown:
        key = ",".join(found[k] for k in where)
        twice = seen[tuple(found[k] for k in where)] > 1
        code = "audit_duplicate_row" if twice else "audit_extra_row"
        report.add(code, table.file, number, table.columns[where[0]], key, row_key=key)
    for due in left:
        key = ",".join(due[k] for k in where)
        column = table.columns[where[0]]
        report.add("audit_missing_row", table.file, None, column, key, row_key=key)


def report_cells(
    table: TextTable, number: int, found: Row, due: Row, report: Report, key: str = ""
) -> None:
    """Report the cells of a row that differ from what must stand there."""
    for column, text, expected in zip(table.columns, found, due, strict=True):
        if text == expected or agrees(text, expected):
            continue
        code = "audit_cell" if well_formed(text, expected) else "audit_malformed"
        report.add(code, table.file, number, column, key, found=text, expected=str(expected))


def read_tables(tables: Mapping[str, Any], report: Report) -> dict[str, TextTable]:
    """All tables of the contract; a table beyond it is a finding."""
    for name in tables:
        if name not in COLUMNS:
            report.add("audit_extra_table", f"{name}.csv")
    return {name: TextTable(name, tables.get(name), report) for name in COLUMNS}
