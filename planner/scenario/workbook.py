"""An XLSX workbook → raw sheets of cells; numbers, dates and errors keep what they are."""

from __future__ import annotations

import datetime
import io
import math
from typing import Any

from planner.errors import Place
from planner.messages import sentences, table_term
from planner.messages.columns import SYNONYMS
from planner.scenario import by_header, cells
from planner.scenario.contracts import TABLES
from planner.scenario.grid import Sheet
from planner.scenario.log import Log, nearest
from planner.scenario.zipscan import SheetScan, scan

SETTING_SHEETS = ("settings", "funds", "fund_amounts", "rules")
EMPTY_ROWS = 100_000
"""Formatted rows without content that are worth a warning."""


def read(data: bytes, file: str, log: Log) -> dict[str, Sheet] | None:
    """The sheets that hold a table or settings, by table; ``None`` after a finding."""
    opened = _opened(data, file, log)
    if opened is None:
        return None
    book, scans = opened
    found: dict[str, Sheet] = {}
    others: list[Sheet] = []
    said: dict[str, Log] = {}
    for name in book.sheet_names:
        table = _table(name, file, log)
        if table in found:
            log.error(
                "sheet_twice", Place(file, name), name=table_term(table), first=found[table].sheet
            )
            continue
        said[name] = log if table else Log()
        sheet = _raw(book, name, file, scans.get(name) or SheetScan(name), said[name])
        if sheet is not None and table:
            found[table] = sheet
        elif sheet is not None:
            others.append(sheet)
    more = by_header.tables_of(others, found, log)
    for sheet in more.values():
        log.findings += said[sheet.sheet].findings
        log.notes += said[sheet.sheet].notes
    return found | more


def sheets(data: bytes, file: str, log: Log) -> list[tuple[Sheet, Log]] | None:
    """Every sheet as it stands and what is to be said if it is used; ``None`` after a finding."""
    opened = _opened(data, file, log)
    if opened is None:
        return None
    book, scans = opened
    found: list[tuple[Sheet, Log]] = []
    for name in book.sheet_names:
        said = Log()
        sheet = _raw(book, name, file, scans.get(name) or SheetScan(name), said)
        if sheet is not None:
            found.append((sheet, said))
    return found


def _opened(data: bytes, file: str, log: Log) -> tuple[Any, dict[str, SheetScan]] | None:
    """A workbook and what its XML says beside the cells; ``None`` after a finding."""
    from python_calamine import CalamineError, CalamineWorkbook

    scans = scan(data, file, log)
    if scans is None:
        return None
    if wide := [s for s in scans.values() if s.too_wide]:
        for seen in wide:
            log.error("sheet_too_wide", Place(file, seen.name))
        return None
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data)), scans
    except (CalamineError, OSError, ValueError) as error:
        log.error("workbook_broken", Place(file), reason=type(error).__name__)
        return None


def _raw(book: Any, name: str, file: str, seen: SheetScan, log: Log) -> Sheet | None:
    """The cells of a sheet; ``None`` after a finding."""
    from python_calamine import CalamineError

    try:
        sheet = book.get_sheet_by_name(name)
        raw = sheet.to_python(skip_empty_area=False)
        merged = [(a, b, c, d) for (a, b), (c, d) in sheet.merged_cell_ranges or ()]
    except (CalamineError, OSError, ValueError) as error:
        log.error("workbook_broken", Place(file, name), reason=type(error).__name__)
        return None
    return _sheet(raw, merged, file, seen, log)


def table_names() -> dict[str, str]:
    """Folded sheet name → table."""
    names: dict[str, str] = {}
    for table in (*SETTING_SHEETS, *TABLES):
        code = f"table.{table}"
        for label in (table, *sentences()[code], *SYNONYMS.get(code, ())):
            names[cells.folded(label)] = table
    return names


def _table(name: str, file: str, log: Log) -> str | None:
    names = table_names()
    table = names.get(cells.folded(name))
    if table is not None:
        if cells.folded(name) != table:
            log.note("read_sheet", Place(file, name), read=table_term(table))
        return table
    if like := nearest(name, names, 0.8):
        log.error("sheet_unknown", Place(file, name), name=name, nearest=like)
    return None


def _sheet(
    raw: list[list[Any]],
    merged: list[tuple[int, int, int, int]],
    file: str,
    seen: SheetScan,
    log: Log,
) -> Sheet:
    where = Place(file, seen.name)
    if seen.hidden:
        log.warn("sheet_hidden", where)
    if seen.hidden_rows:
        log.warn("read_hidden_rows", where, count=seen.hidden_rows)
    if seen.formulas:
        log.note("read_formulas", where, count=seen.formulas)
    if seen.rows - len(raw) > EMPTY_ROWS:
        log.warn("sheet_empty_rows", where, count=seen.rows - len(raw), last=len(raw))
    known: dict[Any, str] = {}
    rows = [[_cell(value, known) for value in row] for row in raw]
    for (row, column), text in seen.errors.items():
        _put(rows, row, column, cells.ERROR + text)
    for row, column in seen.unvalued:
        _put(rows, row, column, cells.FORMULA + "=")
    return Sheet(file, seen.name, rows, merged=merged)


def _put(rows: list[list[str]], row: int, column: int, cell: str) -> None:
    while len(rows) <= row:
        rows.append([])
    rows[row].extend([""] * (column + 1 - len(rows[row])))
    rows[row][column] = cell


def _cell(value: Any, known: dict[Any, str]) -> str:
    """A value of the reading library as a cell."""
    if isinstance(value, str):
        if value and any(c in cells.MARKS for c in value):
            return "\0" + value
        return value
    key = (type(value), value)
    if key not in known:
        known[key] = _marked(value)
    return known[key]


def _marked(value: Any) -> str:
    if isinstance(value, bool):
        return cells.TRUTH + str(value).lower()
    if isinstance(value, (int, float)):
        return cells.number_cell(number_text(value))
    if isinstance(value, datetime.datetime):
        return cells.DATE + value.date().isoformat()
    if isinstance(value, datetime.date):
        return cells.DATE + value.isoformat()
    return "" if value is None else str(value)


def number_text(value: float) -> str:
    """A stored number with the 15 digits that a spreadsheet shows."""
    if math.isfinite(value) and abs(value) < 10**15 and value == int(value):
        return str(int(value))
    return f"{value:.15g}"
