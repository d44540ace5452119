"""Small workbooks as XLS, XLSB and ODS, written byte by byte: nothing installed here writes them.

What the reading library finds in them shows that they are what they say.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

Rows = Sequence[Sequence[Any]]
CODES = {"#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D,
         "#NUM!": 0x24, "#N/A": 0x2A}  # fmt: skip
"""A text that is one of these is written as that error."""
END, FREE = 0xFFFFFFFE, 0xFFFFFFFF


def write_other(
    path: Path,
    sheets: Mapping[str, Rows],
    *,
    hidden: Sequence[str] = (),
    hidden_rows: Sequence[int] = (),
    merged: Sequence[tuple[int, int, int, int]] = (),
    formulas: bool = False,
) -> Path:
    """Writes sheets by the kind that the path's suffix names. ``hidden_rows`` (from 0) and
    ``merged`` (first row, first column, last row, last column) are those of every sheet;
    ``formulas``: errors are results of formulas."""
    look = {"hidden_rows": set(hidden_rows), "merged": merged, "formulas": formulas}
    write = {".xls": _xls, ".xlsb": _xlsb, ".ods": _ods}[path.suffix]
    path.write_bytes(write(sheets, set(hidden), look))
    return path


# ---- XLS


def record(kind: int, body: bytes = b"") -> bytes:
    """A record of an XLS."""
    return struct.pack("<HH", kind, len(body)) + body


def _xls(sheets: Mapping[str, Rows], hidden: set[str], look: Mapping[str, Any]) -> bytes:
    begin = struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 0x07CC, 0, 6)
    parts = [_xls_sheet(rows, look) for rows in sheets.values()]
    heads = [bytes([name in hidden, 0, len(name), 1]) + name.encode("utf-16-le") for name in sheets]
    place = len(record(0x809, begin)) + sum(len(record(0x85, h)) + 4 for h in heads) + 4
    stream = record(0x809, begin)
    for head, part in zip(heads, parts, strict=True):
        stream += record(0x85, struct.pack("<I", place) + head)
        place += len(part)
    return ole({"Workbook": stream + record(0x0A) + b"".join(parts)})


def _xls_sheet(rows: Rows, look: Mapping[str, Any]) -> bytes:
    out = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x0DBB, 0x07CC, 0, 6))
    wide = max(map(len, rows), default=0)
    out += record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, wide, 0))
    for r in sorted(look["hidden_rows"]):
        out += record(0x208, struct.pack("<HHHHHHHH", r, 0, wide, 255, 0, 0, 0x20, 0x0F))
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            at = struct.pack("<HHH", r, c, 0)
            if isinstance(value, str) and value in CODES:
                result = struct.pack("<BBBBBBH", 2, 0, CODES[value], 0, 0, 0, 0xFFFF)
                if look["formulas"]:
                    done = struct.pack("<HIH", 0, 0, 2) + bytes([0x1C, CODES[value]])
                    out += record(0x06, at + result + done)
                else:
                    out += record(0x205, at + bytes([CODES[value], 1]))
            elif isinstance(value, str) and value:
                text = value.encode("utf-16-le")
                out += record(0x204, at + struct.pack("<HB", len(text) // 2, 1) + text)
            elif isinstance(value, bool):
                out += record(0x205, at + bytes([value, 0]))
            elif isinstance(value, (int, float)):
                out += record(0x203, at + struct.pack("<d", value))
    if look["merged"]:
        ranges = b"".join(struct.pack("<4H", a, c, b, d) for a, b, c, d in look["merged"])
        out += record(0xE5, struct.pack("<H", len(look["merged"])) + ranges)
    return out + record(0x0A)


def ole(streams: Mapping[str, bytes]) -> bytes:
    """An OLE file with these streams; short ones lie in the small sectors, as Office has it."""
    sectors: list[bytes] = []
    chain: list[int] = []

    def add(data: bytes) -> int:
        if not data:
            return END
        first = len(sectors)
        pieces = [data[k : k + 512].ljust(512, b"\0") for k in range(0, len(data), 512)]
        sectors.extend(pieces)
        chain.extend([*range(first + 1, first + len(pieces)), END])
        return first

    packed, links, entries = b"", list[int](), list[tuple[str, int, int, int]]()
    for name, data in streams.items():
        if len(data) >= 4096:
            entries.append((name, 2, add(data), len(data)))
            continue
        first, count = len(links), max(1, -(-len(data) // 64))
        links += [*range(first + 1, first + count), END]
        packed += data.ljust(count * 64, b"\0")
        entries.append((name, 2, first, len(data)))
    root = ("Root Entry", 5, add(packed), len(packed))
    small = add(struct.pack(f"<{len(links)}I", *links).ljust(512, b"\xff")) if links else END
    directory = b"".join(_entry(e, len(entries)) for e in (root, *entries))
    begins = add(directory.ljust(-(-len(directory) // 512) * 512, b"\0"))
    count = -(-(len(chain) + 8) // 128)
    at = len(sectors)
    numbers = [*chain, *[0xFFFFFFFD] * count]
    numbers += [FREE] * (count * 128 - len(numbers))
    fat = struct.pack(f"<{len(numbers)}I", *numbers)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, count, begins, 0, 4096,
                        small, int(small != END), END, 0, at)  # fmt: skip
    head = head[:76] + struct.pack("<109I", *[at + k for k in range(count)],
                                   *[FREE] * (109 - count))  # fmt: skip
    return head + b"".join(sectors) + fat


def _entry(entry: tuple[str, int, int, int], count: int) -> bytes:
    name, kind, first, size = entry
    text = (name + "\0").encode("utf-16-le")
    child = 1 if kind == 5 and count else FREE
    body = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, FREE, FREE, child)
    return body + bytes(16 + 4 + 16) + struct.pack("<III", first, size, 0)


# ---- XLSB


def _binary(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, left = b"", len(body)
    while True:
        length += bytes([left & 0x7F | (0x80 if left > 127 else 0)])
        left >>= 7
        if not left:
            return head + length + body


def _wide(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return struct.pack("<I", len(data) // 2) + data


def _xlsb(sheets: Mapping[str, Rows], hidden: set[str], look: Mapping[str, Any]) -> bytes:
    book = _binary(131) + _binary(143)
    links = ""
    members: dict[str, bytes] = {}
    for k, (name, rows) in enumerate(sheets.items(), start=1):
        state = struct.pack("<II", int(name in hidden), k)
        book += _binary(156, state + _wide(f"rId{k}") + _wide(name))
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
        links += f'<Relationship Id="rId{k}" Type="{kind}" Target="worksheets/sheet{k}.bin"/>'
        members[f"xl/worksheets/sheet{k}.bin"] = _xlsb_sheet(rows, look)
    members["xl/workbook.bin"] = book + _binary(144) + _binary(132)
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    text = f'<Relationships xmlns="{space}">{links}</Relationships>'
    members["xl/_rels/workbook.bin.rels"] = text.encode()
    return zipped(members)


def _xlsb_sheet(rows: Rows, look: Mapping[str, Any]) -> bytes:
    wide = max(map(len, rows), default=1)
    out = _binary(129) + _binary(148, struct.pack("<4I", 0, max(0, len(rows) - 1), 0, wide - 1))
    out += _binary(145)
    for r, row in enumerate(rows):
        flags = 0x10 if r in look["hidden_rows"] else 0
        out += _binary(0, struct.pack("<IIHBBBI", r, 0, 300, 0, flags, 0, 0))
        for c, value in enumerate(row):
            at = struct.pack("<II", c, 0)
            if isinstance(value, str) and value in CODES:
                error = at + bytes([CODES[value]])
                done = struct.pack("<HI", 0, 2) + bytes([0x1C, CODES[value]]) + struct.pack("<I", 0)
                out += _binary(11, error + done) if look["formulas"] else _binary(3, error)
            elif isinstance(value, str) and value:
                out += _binary(6, at + _wide(value))
            elif isinstance(value, bool):
                out += _binary(4, at + bytes([value]))
            elif isinstance(value, (int, float)):
                out += _binary(5, at + struct.pack("<d", value))
    out += _binary(146)
    if look["merged"]:
        out += _binary(177, struct.pack("<I", len(look["merged"])))
        for a, b, c, d in look["merged"]:
            out += _binary(176, struct.pack("<4I", a, c, b, d))
        out += _binary(178)
    return out + _binary(130)


# ---- ODS

SPACES = "".join(
    f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
    for short in ("office", "table", "text", "style")
)
SPACES += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'


def _ods(sheets: Mapping[str, Rows], hidden: set[str], look: Mapping[str, Any]) -> bytes:
    body = "".join(_ods_sheet(name, rows, name in hidden, look) for name, rows in sheets.items())
    return ods_of(body)


def ods_of(tables: str) -> bytes:
    """An ODS whose sheets are these elements."""
    styles = "".join(
        f'<style:style style:name="ta{shown}" style:family="table">'
        f'<style:table-properties table:display="{shown}"/></style:style>'
        for shown in ("true", "false")
    )
    text = (
        f"<?xml version='1.0' encoding='UTF-8'?><office:document-content{SPACES}>"
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body>"
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    members = {"mimetype": kind, "META-INF/manifest.xml": manifest(), "content.xml": text}
    return zipped({name: words.encode() for name, words in members.items()})


def manifest(more: str = "") -> str:
    """What an ODS says it holds; ``more`` stands in the entry of its content."""
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entry = '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"'
    said = f"{entry}>{more}</manifest:file-entry></manifest:manifest>"
    return f'<manifest:manifest xmlns:manifest="{space}">{said}'


def _ods_sheet(name: str, rows: Rows, hidden: bool, look: Mapping[str, Any]) -> str:
    shown = "false" if hidden else "true"
    out = f'<table:table table:name="{escape(name)}" table:style-name="ta{shown}">'
    spans = {(a, b): (c - a + 1, d - b + 1) for a, b, c, d in look["merged"]}
    for r, row in enumerate(rows):
        out += "<table:table-row"
        out += ' table:visibility="collapse">' if r in look["hidden_rows"] else ">"
        for c, value in enumerate(row):
            more = ""
            if (r, c) in spans:
                down, wide = spans[r, c]
                more = f' table:number-rows-spanned="{down}"'
                more += f' table:number-columns-spanned="{wide}"'
            out += _ods_cell(value, more, look["formulas"])
        out += "</table:table-row>"
    return out + "</table:table>"


def _ods_cell(value: Any, more: str, formulas: bool) -> str:
    said = f"<text:p>{escape(str(value))}</text:p></table:table-cell>"
    if value is None or value == "":
        return f"<table:table-cell{more}/>"
    if isinstance(value, str) and value in CODES:
        more += ' table:formula="of:=NA()"' if formulas else ""
        kind = 'office:value-type="string" office:string-value="" calcext:value-type="error"'
        return f"<table:table-cell{more} {kind}>{said}"
    if isinstance(value, str):
        return f'<table:table-cell{more} office:value-type="string">{said}'
    if isinstance(value, bool):
        truth = f'office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
        return f"<table:table-cell{more} {truth}>{said}"
    return f'<table:table-cell{more} office:value-type="float" office:value="{value}">{said}'


def zipped(members: Mapping[str, bytes]) -> bytes:
    """An archive of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            alone = {"compress_type": zipfile.ZIP_STORED} if name == "mimetype" else {}
            archive.writestr(name, data, **alone)
    return buffer.getvalue()
