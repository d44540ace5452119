"""An XLSX workbook → raw sheets of cells; numbers, dates and errors keep what they are."""

from __future__ import annotations

import datetime
import io
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from planner.errors import Place
from planner.messages import spellings, table_term
from planner.scenario.contracts import TABLES
from planner.scenario.reading import headers, values
from planner.scenario.reading.sources import MEBIBYTE, Log, Sheet, nearest

# --------------------------------------------------------------------------------------------------
# What a workbook's XML says that the reading library leaves out, within strict limits.
#
# One streamed pass over the archive: sizes are counted as they come out (a declared size proves
# nothing), Excel errors, formulas without a stored result, hidden rows and sheets are noted, and
# nothing is ever unpacked to disk.

MEMBERS_LIMIT = 5000
TOTAL_LIMIT = 1200 * MEBIBYTE
BOMB_SIZE = 16 * MEBIBYTE
BOMB_RATIO = 200
CELLS_LIMIT = 40_000_000
"""Cells of the rectangle that a sheet spans."""
_CHUNK = 4 * MEBIBYTE
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(/>|>(.*?)</(?:\w+:)?c>)", re.S)
_REFERENCE = re.compile(rb"\br=[\"']([A-Z]+)([0-9]+)[\"']")
_ERROR = re.compile(rb"\bt=[\"']e[\"']")
_LOOK_CLOSER = (b't="e"', b"t='e'", b"<f", b":f>")
"""Plain searches, which cost a hundredth of an expression's."""
_TWO_LETTERS = re.compile(rb" r=[\"'][A-Z]{2}")
_THREE_LETTERS = re.compile(rb" r=[\"'][A-Z]{3}")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)</")
_NAMES = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass
class SheetScan:
    """What was seen in one sheet; rows and columns count from 0."""

    name: str
    hidden: bool = False
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    unvalued: set[tuple[int, int]] = field(default_factory=set)
    """Formulas without a stored result."""
    formulas: int = 0
    hidden_rows: int = 0
    rows: int = 0
    too_wide: bool = False


class _RefusedError(Exception):
    """The workbook has its finding already."""


def scan(data: bytes, file: str, log: Log) -> dict[str, SheetScan] | None:
    """The sheets of a workbook by name; ``None`` after a finding."""
    if data[:4] == b"\xd0\xcf\x11\xe0":
        log.error("workbook_old_or_locked", Place(file))
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if kind := _other_kind(archive):
                log.error("workbook_other_kind", Place(file), kind=kind)
                return None
            return _scan(archive, file, log)
    except _RefusedError:
        return None
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        KeyError,
        NotImplementedError,
        RuntimeError,
        ElementTree.ParseError,
        struct.error,
    ):
        log.error("workbook_broken", Place(file))
        return None


def _other_kind(archive: zipfile.ZipFile) -> str:
    """The name of a kind of workbook that is not read; empty for XLSX."""
    names = set(archive.namelist())
    if "xl/workbook.bin" in names:
        return "XLSB"
    if "content.xml" in names and "mimetype" in names:
        return "ODS"
    return "Numbers" if any(n.endswith(".iwa") for n in names) else ""


def _scan(archive: zipfile.ZipFile, file: str, log: Log) -> dict[str, SheetScan]:
    members = archive.infolist()
    declared = sum(m.file_size for m in members)
    bomb = any(
        m.file_size > BOMB_SIZE and m.file_size > BOMB_RATIO * max(1, m.compress_size)
        for m in members
    )
    if len(members) > MEMBERS_LIMIT or declared > TOTAL_LIMIT or bomb:
        log.error("workbook_too_large", Place(file), limit=TOTAL_LIMIT // MEBIBYTE)
        raise _RefusedError
    sheets = _sheets(archive, file, log)
    left = TOTAL_LIMIT
    found: dict[str, SheetScan] = {}
    for member in members:
        sheet = sheets.get(member.filename)
        for chunk in _chunks(archive, member, file, log, left):
            left -= len(chunk)
            if sheet is not None:
                _look(chunk, sheet)
    for sheet in sheets.values():
        found[sheet.name] = sheet
    links = [m.filename for m in members if "externalLinks/_rels/" in m.filename]
    if links:
        targets = re.findall(rb"Target=[\"']([^\"']+)", archive.read(links[0])[:10_000])
        name = targets[0].decode("utf-8", "replace")[-60:] if targets else links[0]
        log.warn("workbook_external_links", Place(file), count=len(links), name=name)
    return found


def _chunks(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: str, log: Log, left: int
) -> Iterator[bytes]:
    """A member's bytes cut after a whole cell, counted while they are unpacked."""
    carry, size = b"", 0
    with archive.open(member) as stream:
        while block := stream.read(_CHUNK):
            size += len(block)
            if size > left or (
                size > BOMB_SIZE and size > BOMB_RATIO * max(1, member.compress_size)
            ):
                log.error("workbook_too_large", Place(file), limit=TOTAL_LIMIT // MEBIBYTE)
                raise _RefusedError
            if b"<!DOCTYPE" in block or b"<!ENTITY" in block:
                log.error("workbook_doctype", Place(file))
                raise _RefusedError
            block = carry + block
            cut = block.rfind(b"</row>") + 6
            if cut < 6:
                cut = len(block)
            carry = block[cut:]
            yield block[:cut]
    yield carry


def _sheets(archive: zipfile.ZipFile, file: str, log: Log) -> dict[str, SheetScan]:
    """Path in the archive → its sheet."""
    book = _small(archive, "xl/workbook.xml", file, log)
    links = {
        node.attrib.get("Id", ""): node.attrib.get("Target", "")
        for node in _small(archive, "xl/_rels/workbook.xml.rels", file, log)
    }
    found: dict[str, SheetScan] = {}
    for node in book.iter(f"{_NAMES}sheet"):
        target = links.get(node.attrib.get(_LINK, ""), "").lstrip("/")
        path = target if target.startswith("xl/") else f"xl/{target}"
        hidden = node.attrib.get("state", "visible") != "visible"
        found[path] = SheetScan(node.attrib.get("name", ""), hidden)
    return found


def _small(archive: zipfile.ZipFile, name: str, file: str, log: Log) -> ElementTree.Element:
    if archive.getinfo(name).file_size > 4 * MEBIBYTE:
        log.error("workbook_too_large", Place(file), limit=4)
        raise _RefusedError
    data = archive.read(name)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        log.error("workbook_doctype", Place(file))
        raise _RefusedError
    return ElementTree.fromstring(data)


def _look(chunk: bytes, sheet: SheetScan) -> None:
    """Errors, formulas and hidden rows in a piece of a sheet."""
    sheet.rows += chunk.count(b"<row")
    sheet.hidden_rows += chunk.count(b' hidden="1"') if b"<row" in chunk else 0
    if any(mark in chunk for mark in _LOOK_CLOSER):
        for cell in _CELL.finditer(chunk):
            _cell_zipscan(cell, sheet)
    _width(chunk, sheet)


def _cell_zipscan(cell: re.Match[bytes], sheet: SheetScan) -> None:
    inner = cell[3] or b""
    error = _ERROR.search(cell[1]) is not None
    formula = re.search(rb"<(?:\w+:)?f[\s/>]", inner) is not None
    if not error and not formula:
        return
    reference = _REFERENCE.search(cell[1])
    if reference is None:
        return
    place = (int(reference[2]) - 1, column_number(reference[1].decode()))
    value = _VALUE.search(inner)
    sheet.formulas += formula
    if error:
        sheet.errors[place] = value[1].decode("utf-8", "replace") if value else "#N/A"
    elif value is None or not value[1]:
        text = re.search(rb"\bt=[\"']str[\"']", cell[1]) is not None
        if not (text and value is not None):
            sheet.unvalued.add(place)


def _width(chunk: bytes, sheet: SheetScan) -> None:
    """Whether the cells with content span too large a rectangle."""
    last = chunk.rfind(b"<row")
    if last < 0:
        return
    number = re.search(rb"\br=[\"']([0-9]+)", chunk[last : last + 300])
    rows = int(number[1]) if number else sheet.rows
    if rows * 26 <= CELLS_LIMIT and (
        rows * 16_384 <= CELLS_LIMIT
        or not _TWO_LETTERS.search(chunk)
        or (rows * 702 <= CELLS_LIMIT and not _THREE_LETTERS.search(chunk))
    ):
        return
    most_rows = most_columns = 0
    for cell in _CELL.finditer(chunk):
        reference = _REFERENCE.search(cell[1])
        if cell[3] and reference:
            most_rows = max(most_rows, int(reference[2]))
            most_columns = max(most_columns, column_number(reference[1].decode()) + 1)
    if most_rows * most_columns > CELLS_LIMIT:
        sheet.too_wide = True


def column_number(letters: str) -> int:
    """A column's number from its letters, counted from 0."""
    number = 0
    for character in letters:
        number = number * 26 + ord(character) - 64
    return number - 1


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
    more = headers.tables_of(others, found, log)
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
        for label in (table, *spellings(f"table.{table}")):
            names[values.folded(label)] = table
    return names


def _table(name: str, file: str, log: Log) -> str | None:
    names = table_names()
    table = names.get(values.folded(name))
    if table is not None:
        if values.folded(name) != table:
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
        _put(rows, row, column, values.ERROR + text)
    for row, column in seen.unvalued:
        _put(rows, row, column, values.FORMULA + "=")
    return Sheet(file, seen.name, rows, merged=merged)


def _put(rows: list[list[str]], row: int, column: int, cell: str) -> None:
    while len(rows) <= row:
        rows.append([])
    rows[row].extend([""] * (column + 1 - len(rows[row])))
    rows[row][column] = cell


def _cell(value: Any, known: dict[Any, str]) -> str:
    """A value of the reading library as a cell."""
    if isinstance(value, str):
        if value and any(c in values.MARKS for c in value):
            return "\0" + value
        return value
    key = (type(value), value)
    if key not in known:
        known[key] = _marked(value)
    return known[key]


def _marked(value: Any) -> str:
    if isinstance(value, bool):
        return values.TRUTH + str(value).lower()
    if isinstance(value, (int, float)):
        return values.number_cell(number_text(value))
    if isinstance(value, datetime.datetime):
        return values.DATE + value.date().isoformat()
    if isinstance(value, datetime.date):
        return values.DATE + value.isoformat()
    return "" if value is None else str(value)


def number_text(value: float) -> str:
    """A stored number with the 15 digits that a spreadsheet shows."""
    if math.isfinite(value) and abs(value) < 10**15 and value == int(value):
        return str(int(value))
    return f"{value:.15g}"
