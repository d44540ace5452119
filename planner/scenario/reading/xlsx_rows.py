"""A workbook (XLSX, XLSB, XLS, ODS) → raw sheets of cells; numbers, dates and errors keep what they
are."""

from __future__ import annotations

import datetime
import io
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from planner.errors import Place
from planner.messages import spellings, table_term
from planner.scenario.contracts import TABLES
from planner.scenario.reading import headers, other_books, values
from planner.scenario.reading.other_books import CELLS_LIMIT, LockedError, SheetSeen
from planner.scenario.reading.sources import MEBIBYTE, Log, Sheet, as_meant, nearest

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
class SheetScan(SheetSeen):
    """What was seen in one sheet of an XLSX, piece by piece."""

    def look(self, chunk: bytes) -> None:
        """Notes errors, formulas and hidden rows in a piece of the sheet, and its size."""
        self.rows += chunk.count(b"<row")
        self.hidden_rows += chunk.count(b' hidden="1"') if b"<row" in chunk else 0
        for cell in _CELL.finditer(chunk) if any(m in chunk for m in _LOOK_CLOSER) else ():
            inner = cell[3] or b""
            error = _ERROR.search(cell[1]) is not None
            formula = re.search(rb"<(?:\w+:)?f[\s/>]", inner) is not None
            reference = _REFERENCE.search(cell[1]) if error or formula else None
            if reference is None:
                continue
            place = (int(reference[2]) - 1, column_number(reference[1].decode()))
            value = _VALUE.search(inner)
            self.formulas += formula
            if error:
                self.errors[place] = value[1].decode("utf-8", "replace") if value else "#N/A"
            elif value is None or not value[1]:
                text = re.search(rb"\bt=[\"']str[\"']", cell[1]) is not None
                if not (text and value is not None):
                    self.unvalued.add(place)
        self.measure(chunk)

    def measure(self, chunk: bytes) -> None:
        """Notes whether the cells with content span too large a rectangle."""
        last = chunk.rfind(b"<row")
        if last < 0:
            return
        number = re.search(rb"\br=[\"']([0-9]+)", chunk[last : last + 300])
        rows = int(number[1]) if number else self.rows
        if rows * 26 <= CELLS_LIMIT and (
            rows * 16_384 <= CELLS_LIMIT
            or not _TWO_LETTERS.search(chunk)
            or (rows * 702 <= CELLS_LIMIT and not _THREE_LETTERS.search(chunk))
        ):
            return
        filled = (_REFERENCE.search(cell[1]) for cell in _CELL.finditer(chunk) if cell[3])
        places = [(int(r[2]), column_number(r[1].decode()) + 1) for r in filled if r]
        most = [max(n) for n in zip(*places, strict=True)]
        self.too_wide |= bool(most) and most[0] * most[1] > CELLS_LIMIT


class _RefusedError(Exception):
    """The workbook has its finding already."""


def scan(data: bytes, file: str, log: Log) -> Mapping[str, SheetSeen] | None:
    """The sheets of a workbook by name; ``None`` after a finding."""
    try:
        if data[:4] == other_books.OLE:
            log.note("read_workbook_kind", Place(file), kind="XLS")
            return other_books.seen_in_xls(data)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if any(n.endswith(".iwa") for n in names):
                log.error("workbook_other_kind", Place(file), kind="Numbers")
                return None
            for kind, content, look in (
                ("XLSB", "xl/workbook.bin", other_books.seen_in_xlsb),
                ("ODS", "content.xml", other_books.seen_in_ods),
            ):
                if content in names:
                    log.note("read_workbook_kind", Place(file), kind=kind)
                    _refuse_swollen(archive, content, file, log)
                    return look(archive)
            return _scan(archive, file, log)
    except _RefusedError:
        return None
    except LockedError:
        log.error("workbook_locked", Place(file))
        return None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError,
            NotImplementedError, RuntimeError, ElementTree.ParseError, struct.error):  # fmt: skip
        log.error("workbook_broken", Place(file))
        return None


def _refuse_swollen(archive: zipfile.ZipFile, content: str, file: str, log: Log) -> None:
    """Unpacks everything once, counted, before anybody else does; entities are refused too."""
    left = TOTAL_LIMIT
    for member in _members(archive, file, log):
        for chunk in _chunks(archive, member, file, log, left, text=member.filename == content):
            left -= len(chunk)


def _members(archive: zipfile.ZipFile, file: str, log: Log) -> list[zipfile.ZipInfo]:
    members = archive.infolist()
    bomb = any(_swollen(m, m.file_size) for m in members)
    if len(members) > MEMBERS_LIMIT or sum(m.file_size for m in members) > TOTAL_LIMIT or bomb:
        log.error("workbook_too_large", Place(file), limit=TOTAL_LIMIT // MEBIBYTE)
        raise _RefusedError
    return members


def _scan(archive: zipfile.ZipFile, file: str, log: Log) -> dict[str, SheetScan]:
    members = _members(archive, file, log)
    book = _small(archive, "xl/workbook.xml", file, log)
    targets = {
        node.attrib.get("Id", ""): node.attrib.get("Target", "").lstrip("/")
        for node in _small(archive, "xl/_rels/workbook.xml.rels", file, log)
    }
    sheets: dict[str, SheetScan] = {}
    for node in book.iter(f"{_NAMES}sheet"):
        target = targets.get(node.attrib.get(_LINK, ""), "")
        hidden = node.attrib.get("state", "visible") != "visible"
        path = target if target.startswith("xl/") else f"xl/{target}"
        sheets[path] = SheetScan(node.attrib.get("name", ""), hidden)
    left = TOTAL_LIMIT
    for member in members:
        sheet = sheets.get(member.filename)
        for chunk in _chunks(archive, member, file, log, left):
            left -= len(chunk)
            if sheet is not None:
                sheet.look(chunk)
    links = [m.filename for m in members if "externalLinks/_rels/" in m.filename]
    if links:
        named = re.search(rb"Target=[\"']([^\"']+)", archive.read(links[0])[:10_000])
        name = named[1].decode("utf-8", "replace")[-60:] if named else links[0]
        log.warn("workbook_external_links", Place(file), count=len(links), name=name)
    return {sheet.name: sheet for sheet in sheets.values()}


def _swollen(member: zipfile.ZipInfo, size: int) -> bool:
    """Whether a member unpacks to many times what it takes in the archive."""
    return size > BOMB_SIZE and size > BOMB_RATIO * max(1, member.compress_size)


def _chunks(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: str, log: Log, left: int,
    *, text: bool = True,
) -> Iterator[bytes]:  # fmt: skip
    """A member's bytes cut after a whole cell, counted while they are unpacked; ``text``: XML, in
    which no entity may be declared."""
    carry, size = b"", 0
    with archive.open(member) as stream:
        while block := stream.read(_CHUNK):
            size += len(block)
            if size > left or _swollen(member, size):
                log.error("workbook_too_large", Place(file), limit=TOTAL_LIMIT // MEBIBYTE)
                raise _RefusedError
            if text:
                _refuse_doctype(block, file, log)
            block = carry + block
            cut = block.rfind(b"</row>") + 6
            if cut < 6:
                cut = len(block)
            carry = block[cut:]
            yield block[:cut]
    yield carry


def _refuse_doctype(data: bytes, file: str, log: Log) -> None:
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        log.error("workbook_doctype", Place(file))
        raise _RefusedError


def _small(archive: zipfile.ZipFile, name: str, file: str, log: Log) -> ElementTree.Element:
    if archive.getinfo(name).file_size > 4 * MEBIBYTE:
        log.error("workbook_too_large", Place(file), limit=4)
        raise _RefusedError
    data = archive.read(name)
    _refuse_doctype(data, file, log)
    return ElementTree.fromstring(data)


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
    found: dict[str, Sheet] = {}
    others: list[tuple[Sheet, Log]] = []
    names = table_names()
    for name, opened_sheet, said in opened:
        where, table = Place(file, name), names.get(values.folded(name))
        if table and values.folded(name) != table:
            log.note("read_sheet", where, read=table_term(table))
        if table in found:
            first = found[table].sheet
            log.error("sheet_twice", where, name=table_term(table), first=first)
        elif table:
            log.add(said)
            if opened_sheet is not None:
                found[table] = opened_sheet
        else:
            if like := nearest(name, names, 0.8):
                log.error("sheet_unknown", where, name=name, nearest=like)
            others += [] if opened_sheet is None else [(opened_sheet, said)]
    more = headers.tables_of([sheet for sheet, _ in others], found, log)
    of_others = {sheet.sheet: said for sheet, said in others}
    for sheet in more.values():
        log.add(of_others[sheet.sheet])
    return found | more


def sheets(data: bytes, file: str, log: Log) -> list[tuple[Sheet, Log]] | None:
    """Every sheet as it stands and what is to be said if it is used; ``None`` after a finding."""
    opened = _opened(data, file, log)
    if opened is None:
        return None
    return [(sheet, said) for _, sheet, said in opened if sheet is not None]


def _opened(data: bytes, file: str, log: Log) -> list[tuple[str, Sheet | None, Log]] | None:
    """Each sheet of a workbook with its name and what is to be said of it; ``None`` after a
    finding."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    scans = scan(data, file, log)
    if scans is None:
        return None
    if wide := [s for s in scans.values() if s.too_wide]:
        for seen in wide:
            log.error("sheet_too_wide", Place(file, seen.name))
        return None
    try:
        with other_books.panics_told():
            book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError:
        log.error("workbook_locked", Place(file))
        return None
    except (CalamineError, OSError, ValueError) as error:
        log.error("workbook_broken", Place(file), reason=type(error).__name__)
        return None
    found: list[tuple[str, Sheet | None, Log]] = []
    for name in book.sheet_names:
        said = Log(encoding=log.encoding)
        try:
            with other_books.panics_told():
                opened = book.get_sheet_by_name(name)
                raw = opened.to_python(skip_empty_area=False)
            merged = [(a, b, c, d) for (a, b), (c, d) in opened.merged_cell_ranges or ()]
        except (CalamineError, OSError, ValueError) as error:
            said.error("workbook_broken", Place(file, name), reason=type(error).__name__)
            found.append((name, None, said))
            continue
        seen = scans.get(name) or SheetScan(name)
        sheet = _sheet(raw, file, seen, said)
        sheet.merged = merged or seen.merged
        found.append((name, as_meant(sheet, said), said))
    return found


def table_names() -> dict[str, str]:
    """Folded sheet name → table."""
    names: dict[str, str] = {}
    for table in (*SETTING_SHEETS, *TABLES):
        for label in (table, *spellings(f"table.{table}")):
            names[values.folded(label)] = table
    return names


def _sheet(raw: list[list[Any]], file: str, seen: SheetSeen, log: Log) -> Sheet:
    """The cells of a sheet, with the errors and formulas that its XML holds."""
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
    marked = {place: values.ERROR + text for place, text in seen.errors.items()}
    marked |= dict.fromkeys(seen.unvalued, values.FORMULA + "=")
    for (row, column), cell in marked.items():
        rows += [[] for _ in range(row + 1 - len(rows))]
        rows[row] += [""] * (column + 1 - len(rows[row]))
        rows[row][column] = cell
    return Sheet(file, seen.name, rows)


def _cell(value: Any, known: dict[Any, str]) -> str:
    """A value of the reading library as a cell; ``known`` holds those seen before."""
    if isinstance(value, str):
        return "\0" + value if value and any(c in values.MARKS for c in value) else value
    key = (type(value), value)
    if key not in known:
        if isinstance(value, bool):
            cell = values.TRUTH + str(value).lower()
        elif isinstance(value, (int, float)):
            cell = values.number_cell(number_text(value))
        elif isinstance(value, datetime.date):  # a moment is one, too
            cell = values.DATE + value.isoformat()[:10]
        else:
            cell = "" if value is None else str(value)
        known[key] = cell
    return known[key]


def number_text(value: float) -> str:
    """A stored number with the 15 digits that a spreadsheet shows."""
    if math.isfinite(value) and abs(value) < 10**15 and value == int(value):
        return str(int(value))
    return f"{value:.15g}"
