"""What workbooks other than XLSX say that the reading library leaves out: XLS, XLSB and ODS.

The library gives an empty cell where one of these holds an error, and it opens what is hidden like
everything else: errors, hidden rows and sheets, formulas and merged cells are read here. So is
whether there is a password. Nothing is decrypted.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

CELLS_LIMIT = 40_000_000
"""Cells of the rectangle that a sheet spans."""
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
          0x24: "#NUM!", 0x2A: "#N/A"}  # fmt: skip
OLE = b"\xd0\xcf\x11\xe0"
"""How an XLS begins, and whatever Office has encrypted."""


@dataclass
class SheetSeen:
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


def seen_in_xls(data: bytes) -> dict[str, SheetSeen]:
    """The sheets of an XLS by name. Raises :class:`LockedError`, :class:`BrokenError`."""
    try:
        return _seen_in_xls(data)
    except (struct.error, IndexError, KeyError) as error:
        raise BrokenError from error


def _seen_in_xls(data: bytes) -> dict[str, SheetSeen]:
    ole = Ole(data)
    if "EncryptedPackage" in ole.entries or "EncryptionInfo" in ole.entries:
        raise LockedError
    stream = ole.stream("Workbook" if "Workbook" in ole.entries else "Book")
    begins: dict[int, SheetSeen] = {}
    begun: set[int] = set()
    mine: SheetSeen | None = None
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
            seen = SheetSeen(_sheet_name(body[6:], wide), hidden=body[4] & 3 != 0)
            begins[_at(body, "<I", 0)] = seen
        elif mine is not None:
            _note_xls(kind, body, mine)
        at += 4 + length
    if not set(begins) <= begun:  # a sheet that is not where it is said to be
        raise BrokenError
    return {seen.name: seen for seen in begins.values()}


def _note_xls(kind: int, body: bytes, seen: SheetSeen) -> None:
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


def seen_in_xlsb(archive: zipfile.ZipFile) -> dict[str, SheetSeen]:
    """The sheets of an XLSB by name. Raises :class:`BrokenError`."""
    try:
        targets = {
            node.attrib.get("Id", ""): node.attrib.get("Target", "").lstrip("/")
            for node in ElementTree.fromstring(archive.read("xl/_rels/workbook.bin.rels"))
        }
        found: dict[str, SheetSeen] = {}
        for kind, body in _records(archive.read("xl/workbook.bin")):
            if kind == 156:
                link, after = _text(body, 8)
                name, _ = _text(body, after)
                path = targets.get(link, "")
                seen = SheetSeen(name, hidden=_at(body, "<I", 0) != 0)
                _look_xlsb(archive.read(path if path.startswith("xl/") else f"xl/{path}"), seen)
                found[name] = seen
        return found
    except (struct.error, IndexError, KeyError, ElementTree.ParseError) as error:
        raise BrokenError from error


def _look_xlsb(data: bytes, seen: SheetSeen) -> None:
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


def seen_in_ods(archive: zipfile.ZipFile) -> dict[str, SheetSeen]:
    """The sheets of an ODS by name. Raises :class:`LockedError`, :class:`BrokenError`."""
    if "META-INF/manifest.xml" in archive.namelist():
        manifest = archive.read("META-INF/manifest.xml")
        if b"encryption-data" in manifest or b"EncryptedPackage" in manifest:
            raise LockedError
    found: dict[str, SheetSeen] = {}
    hidden: set[str] = set()
    style, look = "", _OdsLook(SheetSeen(""))
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
                    look = _OdsLook(SheetSeen(name, hidden=not shown))
                    found[name] = look.seen
    except (ElementTree.ParseError, KeyError) as error:
        raise BrokenError from error
    return found


@dataclass
class _OdsLook:
    """A sheet while its rows go by."""

    seen: SheetSeen
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
