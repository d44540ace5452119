"""The sheets of an edited workbook as cells, within the limits that every workbook has."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner.audit.tables import COLUMNS
from planner.errors import Finding, InputError, Place
from planner.plan import TABLES
from planner.scenario.files import Folder
from planner.scenario.log import Log
from planner.scenario.zipscan import SheetScan, scan
from planner.workbook import GUIDE

HEADER_WITHIN = 20
"""Rows in which the header is looked for (somebody may write a title above it)."""
ERROR = "#"
"""What begins an Excel error (``#REF!``)."""


@dataclass(frozen=True)
class Cells:
    """One sheet: where its columns stand, and its rows below the header."""

    name: str
    columns: dict[str, int]
    """Header → position from 0; of a header that occurs twice the first."""
    body: list[tuple[int, list[Any]]] = field(default_factory=list)
    """Row as a person counts it, and its cells; rows without content are left out."""

    def letter(self, column: str) -> str:
        """The spreadsheet letter of a column."""
        from xlsxwriter.utility import xl_col_to_name

        return str(xl_col_to_name(self.columns[column])) if column in self.columns else ""

    def rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each row with its cells by header."""
        for number, cells in self.body:
            yield number, {c: cells[at] for c, at in self.columns.items()}


@dataclass(frozen=True)
class Book:
    """The sheets of a plan's workbook, and the mark of the plan that it belongs to."""

    names: tuple[str, ...]
    """All sheets of the file."""
    digest: str
    """SHA-256 of the file."""
    sheets: dict[str, Cells]
    mark: str = ""


def open_book(path: Path) -> Book:
    """The sheets that hold a plan's tables; raises :class:`InputError` where there are none."""
    from python_calamine import CalamineError, CalamineWorkbook

    log = Log()
    folder = Folder(path.parent, log)
    data = folder.read(path.name, Place(path.name))
    scans = scan(data, path.name, log) if data is not None else None
    if data is None or scans is None or any(s.too_wide for s in scans.values()):
        if not log.failed:
            log.error("sheet_too_wide", Place(path.name))
        raise InputError(log.findings)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = tuple(book.sheet_names)
        raw = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name in names
            if name in (*TABLES, GUIDE)
        }
    except (CalamineError, OSError, ValueError) as error:
        reason = type(error).__name__
        finding = Finding("workbook_broken", Place(path.name), {"reason": reason})
        raise InputError([finding]) from None
    sheets = {
        name: _cells(name, rows, scans.get(name) or SheetScan(name))
        for name, rows in raw.items()
        if name != GUIDE
    }
    return Book(names, folder.inputs[path.name], sheets, _mark(raw.get(GUIDE, [])))


def _cells(name: str, raw: list[list[Any]], seen: SheetScan) -> Cells:
    """A sheet from its raw rows; Excel errors stand in as text, stale formulas as nothing."""
    for (row, column), text in seen.errors.items():
        if row < len(raw) and column < len(raw[row]):
            raw[row][column] = text if text.startswith(ERROR) else ERROR + text
    for row, column in seen.unvalued:
        if row < len(raw) and column < len(raw[row]):
            raw[row][column] = ""
    header = _header(name, raw)
    columns: dict[str, int] = {}
    for at, cell in enumerate(raw[header] if raw else []):
        if isinstance(cell, str) and cell.strip():
            columns.setdefault(cell.strip(), at)
    body = [
        (number, cells)
        for number, cells in enumerate(raw[header + 1 :], start=header + 2)
        if not all(map(blank, cells))
    ]
    return Cells(name, columns, body)


def blank(cell: Any) -> bool:
    """Whether a cell holds nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _header(name: str, raw: list[list[Any]]) -> int:
    """The row that holds most of the table's columns: the header, below whatever title."""
    counts = [len(set(COLUMNS[name]) & set(map(str, row))) for row in raw[:HEADER_WITHIN]]
    return counts.index(max(counts)) if counts else 0


def _mark(guide: list[list[Any]]) -> str:
    """The mark on the guide's sheet, if it is still there."""
    for row in guide:
        if row and isinstance(row[0], str) and row[0].startswith("plan: "):
            return row[0].removeprefix("plan: ").strip()
    return ""
