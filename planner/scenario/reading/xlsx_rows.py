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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from planner.errors import Place
from planner.messages import spellings, table_term
from planner.scenario.contracts import TABLES
from planner.scenario.reading import headers, values
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
    columns: int = 0
    too_wide: bool = False
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Merged ranges: first row, first column, last row, last column."""

    def reach(self, rows: int, columns: int) -> None:
        """Notes that so many rows and columns are filled, and whether that is too much."""
        self.rows, self.columns = max(self.rows, rows), max(self.columns, columns)
        self.too_wide |= self.rows * self.columns > CELLS_LIMIT

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


class LockedError(Exception):
    """The workbook has a password."""


class BrokenError(ValueError):
    """The workbook is not what its kind asks for."""


@contextmanager
def panics_told() -> Iterator[None]:
    """Where the reading library gives up over a damaged file (a panic, which is no ``Exception``),
    :class:`BrokenError`."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise BrokenError from error


class _RefusedError(Exception):
    """The workbook has its finding already."""


def scan(data: bytes, file: str, log: Log) -> dict[str, SheetScan] | None:
    """The sheets of a workbook by name; ``None`` after a finding."""
    try:
        if data[:4] == OLE:
            log.note("read_workbook_kind", Place(file), kind="XLS")
            return seen_in_xls(data)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if any(n.endswith(".iwa") for n in names):
                log.error("workbook_other_kind", Place(file), kind="Numbers")
                return None
            for kind, content, look in (
                ("XLSB", "xl/workbook.bin", seen_in_xlsb),
                ("ODS", "content.xml", seen_in_ods),
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


# --------------------------------------------------------------------------------------------------
# What XLS, XLSB and ODS say that the reading library leaves out.
#
# The library gives an empty cell where one of these holds an error, and opens what is hidden like
# everything else: errors, hidden rows and sheets, formulas and merged cells are read here. So is
# whether there is a password. Nothing is decrypted.

ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
          0x24: "#NUM!", 0x2A: "#N/A"}  # fmt: skip
OLE = b"\xd0\xcf\x11\xe0"
"""How an XLS begins, and whatever Office has encrypted."""


# ---- XLS: a file system of its own (OLE) with one stream of records (BIFF).

_END = 0xFFFFFFFA
"""From here on, numbers of sectors are marks."""
_SHORT = 4096
"""Streams below so many bytes lie in small sectors."""


class Ole:
    """The streams of an OLE file. Every chain of sectors is followed once round at most."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 512:
            raise BrokenError
        self.data = data
        self.size = 1 << _at(data, "<H", 30)
        self.small = 1 << _at(data, "<H", 32)
        if self.size not in (512, 4096) or self.small not in (64,):
            raise BrokenError
        tables = list(struct.unpack_from("<109I", data, 76))
        following, seen = _at(data, "<I", 68), 0
        while following < _END:
            more = self._sector(following)
            tables += struct.unpack(f"<{len(more) // 4 - 1}I", more[:-4])
            following, seen = _at(more, "<I", len(more) - 4), seen + 1
            if seen > len(data) // self.size:
                raise BrokenError
        self.next = self._numbers(t for t in tables if t < _END)
        self.entries: dict[str, tuple[int, int]] = {}
        root = (_END, 0)
        directory = self._chain(_at(data, "<I", 48))
        for at in range(0, len(directory) - 127, 128):
            length, kind = _at(directory, "<H", at + 64), directory[at + 66]
            name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
            found = (_at(directory, "<I", at + 116), _at(directory, "<I", at + 120))
            if kind == 5:
                root = found
            elif kind == 2:
                self.entries[name] = found
        self.packed = self._chain(root[0])
        self.next_small = self._numbers(self._links(_at(data, "<I", 60), self.next))

    def stream(self, name: str) -> bytes:
        """The bytes of a stream."""
        first, size = self.entries[name]
        if size >= _SHORT:
            return self._chain(first)[:size]
        pieces = (
            self.packed[k * self.small : (k + 1) * self.small]
            for k in self._links(first, self.next_small)
        )
        return b"".join(pieces)[:size]

    def _sector(self, number: int) -> bytes:
        begin = (number + 1) * self.size
        if begin >= len(self.data):
            raise BrokenError
        return self.data[begin : begin + self.size]

    def _numbers(self, sectors: Iterator[int]) -> tuple[int, ...]:
        raw = b"".join(map(self._sector, sectors))
        return struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])

    def _links(self, first: int, following: tuple[int, ...]) -> Iterator[int]:
        steps = 0
        while first < _END:
            if first >= len(following) or steps > len(following):
                raise BrokenError
            yield first
            first, steps = following[first], steps + 1

    def _chain(self, first: int) -> bytes:
        return b"".join(map(self._sector, self._links(first, self.next)))


def _at(data: bytes, form: str, place: int) -> int:
    return int(struct.unpack_from(form, data, place)[0])


_HOLD_CELLS = (0x06, 0x201, 0x203, 0x204, 0x205, 0x27E, 0xFD, 0xD6)
"""Records of one cell."""


def seen_in_xls(data: bytes) -> dict[str, SheetScan]:
    """The sheets of an XLS by name. Raises :class:`LockedError`, :class:`BrokenError`."""
    try:
        return _seen_in_xls(data)
    except (struct.error, IndexError, KeyError) as error:
        raise BrokenError from error


def _seen_in_xls(data: bytes) -> dict[str, SheetScan]:
    ole = Ole(data)
    if "EncryptedPackage" in ole.entries or "EncryptionInfo" in ole.entries:
        raise LockedError
    stream = ole.stream("Workbook" if "Workbook" in ole.entries else "Book")
    begins: dict[int, SheetScan] = {}
    begun: set[int] = set()
    mine: SheetScan | None = None
    at, wide = 0, True
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + length]
        if kind == 0x2F:
            raise LockedError
        if kind == 0x809:  # a part of the workbook begins
            mine = begins.get(at)
            begun.add(at)
            wide = wide if at else _at(body, "<H", 0) >= 0x600
        elif kind == 0x85:
            seen = SheetScan(_sheet_name(body[6:], wide), hidden=body[4] & 3 != 0)
            begins[_at(body, "<I", 0)] = seen
        elif mine is not None:
            _note_xls(kind, body, mine)
        at += 4 + length
    if not set(begins) <= begun:  # a sheet that is not where it is said to be
        raise BrokenError
    return {seen.name: seen for seen in begins.values()}


def _note_xls(kind: int, body: bytes, seen: SheetScan) -> None:
    """Notes what a record of a sheet says."""
    if kind == 0x200:
        # The library makes room for what is declared here, whatever there is.
        top, bottom, left, right = struct.unpack_from("<IIHH", body)
        if top > bottom or left > right:
            raise BrokenError
        seen.reach(bottom, right)
    elif kind in _HOLD_CELLS:
        row, column = struct.unpack_from("<HH", body)
        seen.reach(row + 1, column + 1)
        seen.formulas += kind == 0x06
        if kind == 0x205 and body[7]:
            seen.errors[row, column] = ERRORS.get(body[6], "#N/A")
        elif kind == 0x06 and body[12:14] == b"\xff\xff" and body[6] == 2:
            seen.errors[row, column] = ERRORS.get(body[8], "#N/A")
    elif kind in (0xBD, 0xBE):  # several cells of a row; the last column ends the record
        seen.reach(_at(body, "<H", 0) + 1, _at(body, "<H", len(body) - 2) + 1)
    elif kind == 0x208:
        seen.hidden_rows += bool(_at(body, "<H", 12) & 0x20)
    elif kind == 0xE5:
        for k in range(_at(body, "<H", 0)):
            a, c, b, d = struct.unpack_from("<4H", body, 2 + 8 * k)
            seen.merged.append((a, b, c, d))


def _sheet_name(body: bytes, wide: bool) -> str:
    """A short text after its length; before BIFF8 in one byte a letter."""
    length = body[0]
    if not wide:
        return body[1 : 1 + length].decode("cp1252", "replace")
    if body[1] & 1:
        return body[2 : 2 + 2 * length].decode("utf-16-le", "replace")
    return body[2 : 2 + length].decode("latin-1")


# ---- XLSB: parts like those of XLSX, in records.


def seen_in_xlsb(archive: zipfile.ZipFile) -> dict[str, SheetScan]:
    """The sheets of an XLSB by name. Raises :class:`BrokenError`."""
    try:
        targets = {
            node.attrib.get("Id", ""): node.attrib.get("Target", "").lstrip("/")
            for node in ElementTree.fromstring(archive.read("xl/_rels/workbook.bin.rels"))
        }
        found: dict[str, SheetScan] = {}
        for kind, body in _records(archive.read("xl/workbook.bin")):
            if kind == 156:
                link, after = _text(body, 8)
                name, _ = _text(body, after)
                path = targets.get(link, "")
                seen = SheetScan(name, hidden=_at(body, "<I", 0) != 0)
                _look_xlsb(archive.read(path if path.startswith("xl/") else f"xl/{path}"), seen)
                found[name] = seen
        return found
    except (struct.error, IndexError, KeyError, ElementTree.ParseError) as error:
        raise BrokenError from error


def _look_xlsb(data: bytes, seen: SheetScan) -> None:
    row = 0
    for kind, body in _records(data):
        if kind == 0:
            row = _at(body, "<I", 0)
            seen.hidden_rows += bool(body[11] & 0x10)
        elif 1 < kind <= 11:
            column = _at(body, "<I", 0)
            seen.reach(row + 1, column + 1)
            seen.formulas += kind >= 8
            if kind in (3, 11):
                seen.errors[row, column] = ERRORS.get(body[8], "#N/A")
        elif kind == 176:
            a, c, b, d = struct.unpack_from("<4I", body)
            seen.merged.append((a, b, c, d))


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each record: both its number and its length are of variable length."""
    at = 0
    while at < len(data):
        kind = data[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (data[at] & 0x7F) << 7
            at += 1
        length = shift = 0
        while True:
            piece = data[at]
            at += 1
            length |= (piece & 0x7F) << shift
            shift += 7
            if not piece & 0x80 or shift > 21:
                break
        yield kind, data[at : at + length]
        at += length


def _text(body: bytes, at: int) -> tuple[str, int]:
    length = _at(body, "<I", at)
    end = at + 4 + 2 * length
    return body[at + 4 : end].decode("utf-16-le", "replace"), end


# ---- ODS: one XML for all sheets; a cell may stand for many that are alike.

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_ODS_ERRORS = {"Err:502": "#VALUE!", "Err:503": "#NUM!", "Err:504": "#REF!", "Err:508": "#NAME?",
               "Err:522": "#REF!"}  # fmt: skip


def seen_in_ods(archive: zipfile.ZipFile) -> dict[str, SheetScan]:
    """The sheets of an ODS by name. Raises :class:`LockedError`, :class:`BrokenError`."""
    if "META-INF/manifest.xml" in archive.namelist():
        manifest = archive.read("META-INF/manifest.xml")
        if b"encryption-data" in manifest or b"EncryptedPackage" in manifest:
            raise LockedError
    found: dict[str, SheetScan] = {}
    hidden: set[str] = set()
    style, look = "", _OdsLook(SheetScan(""))
    try:
        with archive.open("content.xml") as stream:
            for event, node in ElementTree.iterparse(stream, ("start", "end")):
                if event == "end":
                    if node.tag == f"{_TABLE}table-row":
                        look.row(node)
                        node.clear()
                elif node.tag == f"{_STYLE}style":
                    style = node.attrib.get(f"{_STYLE}name", "")
                elif node.attrib.get(f"{_TABLE}display") == "false":
                    hidden.add(style)
                elif node.tag == f"{_TABLE}table":
                    name = node.attrib.get(f"{_TABLE}name", "")
                    shown = node.attrib.get(f"{_TABLE}style-name", "") not in hidden
                    look = _OdsLook(SheetScan(name, hidden=not shown))
                    found[name] = look.seen
    except (ElementTree.ParseError, KeyError) as error:
        raise BrokenError from error
    return found


@dataclass
class _OdsLook:
    """A sheet while its rows go by."""

    seen: SheetScan
    at: int = 0
    """Rows that have gone by."""

    def row(self, line: ElementTree.Element) -> None:
        """Notes what a row holds, which may stand for many."""
        seen, times = self.seen, _number(line, "number-rows-repeated")
        column, filled = 0, 0
        for cell in line:
            if cell.tag not in _CELLS:
                continue
            across = _number(cell, "number-columns-repeated")
            seen.formulas += f"{_TABLE}formula" in cell.attrib
            if cell.attrib.get(f"{_CALC}value-type") == "error":
                said = "".join(cell.itertext()).strip()
                said = said if said.startswith("#") else _ODS_ERRORS.get(said, "#N/A")
                rows, columns = range(min(times, ALIKE)), range(min(across, ALIKE))
                places = ((self.at + r, column + c) for r in rows for c in columns)
                seen.errors |= dict.fromkeys(places, said)
            down = _number(cell, "number-rows-spanned")
            wide = _number(cell, "number-columns-spanned")
            if down > 1 or wide > 1:
                last = self.at + down - 1, column + wide - 1
                seen.merged.append((self.at, column, *last))
            column += across
            if len(cell) or f"{_OFFICE}value-type" in cell.attrib:
                filled = column
        if filled and line.attrib.get(f"{_TABLE}visibility", "visible") != "visible":
            seen.hidden_rows += times
        self.at += times
        if filled:
            seen.reach(self.at, filled)


ALIKE = 1000
"""Errors that one cell of an ODS stands for which are noted, each way."""


def _number(node: ElementTree.Element, name: str) -> int:
    text: Any = node.attrib.get(f"{_TABLE}{name}", "1")
    return max(1, int(text)) if text.isdigit() and len(text) < 10 else 1


# --------------------------------------------------------------------------------------------------
# A workbook's sheets as raw rows of cells.

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
        with panics_told():
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
            with panics_told():
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


def _sheet(raw: list[list[Any]], file: str, seen: SheetScan, log: Log) -> Sheet:
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
