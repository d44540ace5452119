"""Write a resolved scenario: one ``scenario.yaml`` and a CSV a table, which load to an equal one.

Nothing is left to defaults, so that the folder still means the same when defaults change.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import posixpath
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from planner.errors import Finding, InputError, Place
from planner.messages import say
from planner.scenario import contracts
from planner.scenario.contracts import TABLES
from planner.scenario.reading import sources, values, xlsx_rows
from planner.scenario.reading.sources import Log, Node, Sheet
from planner.scenario.scenario import Scenario, quoted, setting_lines, settings_yaml

# --------------------------------------------------------------------------------------------------
# Tables of text as CSV lines, by columns: each distinct text is encoded once.
#
# The cells of a block of rows are laid side by side as bytes of equal width, filled up with a byte
# that UTF-8 never uses; taking that byte out again leaves the lines. The bytes are those of
# :mod:`csv` (comma, LF, quotes where needed).

FEW = 100
"""Rows up to which a table is written row by row: laying it out by columns costs more."""
FILL = 0xFF
"""No byte of UTF-8."""
BLOCK = 1 << 24
"""Bytes of a block of rows, filled up."""
WIDEST = 1 << 26
"""Bytes of a column's distinct texts, filled up; a larger one is filled up row by row."""
_MARKED = re.compile(r'[",\r\n]')


def csv_bytes(table: pd.DataFrame) -> bytes:
    """A small table as a CSV file: UTF-8 with BOM (Excel reads it); see :func:`csv_lines`."""
    return codecs.BOM_UTF8 + b"".join(csv_lines(table))


def csv_lines(table: pd.DataFrame) -> Iterator[bytes]:
    """The header and the rows of a table whose columns are texts or categoricals of texts."""
    names = [str(name) for name in table.columns]
    yield _line(names)
    if len(table) <= FEW:
        cells = (table.iloc[:, k].tolist() for k in range(len(names)))
        yield b"".join(map(_line, zip(*cells, strict=True)))
        return
    ends = [","] * (len(names) - 1) + ["\n"]
    columns = [_Column(table.iloc[:, k], end) for k, end in enumerate(ends)]
    step = max(1, BLOCK // sum(c.width for c in columns))
    for begin in range(0, len(table), step):
        laid = np.concatenate([c.rows(begin, begin + step) for c in columns], axis=1).ravel()
        yield laid[laid != FILL].tobytes()


def _line(cells: Iterable[str]) -> bytes:
    """A row of CSV."""
    return (",".join(map(_cell, cells)) + "\n").encode()


def _cell(text: str) -> str:
    """The text as a CSV cell."""
    if not _MARKED.search(text):
        return text
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([text])
    return buffer.getvalue()[:-1]


class _Column:
    """A column's distinct cells, encoded with the mark that ends them, and its codes."""

    def __init__(self, values: pd.Series[Any], end: str) -> None:
        if isinstance(values.dtype, pd.CategoricalDtype):
            self.codes, texts = values.cat.codes.to_numpy(), values.cat.categories.tolist()
        else:
            self.codes, found = pd.factorize(values)
            texts = found.tolist()
        self.cells = [(_cell(text) + end).encode() for text in texts]
        self.width = max(map(len, self.cells))
        small = self.width * len(self.cells) <= WIDEST
        self.filled = _filled(self.cells, self.width) if small else None

    def rows(self, begin: int, end: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """``[row, byte]`` the cells of some rows."""
        codes = self.codes[begin:end]
        if self.filled is not None:
            return self.filled[codes]
        return _filled([self.cells[c] for c in codes.tolist()], self.width)


def _filled(cells: Sequence[bytes], width: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """``[cell, byte]`` filled up to ``width``."""
    joined = b"".join(cell.ljust(width, bytes([FILL])) for cell in cells)
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(cells), width)


FILE = "scenario.yaml"


def write(scenario: Scenario, folder: str | Path) -> list[Path]:
    """Write ``scenario`` into ``folder`` (made if need be) and return the files written."""
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    given = [t for t in TABLES if not scenario.table(t).empty or t == "schools"]
    for table in given:
        path = root / f"{table}.csv"
        path.write_bytes(table_csv(table, scenario.table(table)))
        written.append(path)
    path = root / FILE
    path.write_bytes(settings_yaml(scenario.settings, given).encode())
    return [path, *written]


def layer_lines(node: Node, indent: str = "") -> Iterator[str]:
    """A tree of settings as YAML lines that read as the same tree; what was removed is ``null``."""
    inside = node.value if isinstance(node.value, dict) else {}
    for key, child in inside.items():
        plain = key.isascii() and (key.isidentifier() or key.isdigit())
        name = key if plain else quoted(key)
        if isinstance(child.value, dict) and child.value:
            yield f"{indent}{name}:"
            yield from layer_lines(child, indent + "  ")
        else:
            yield f"{indent}{name}: {_leaf(child)}"


def _leaf(node: Node) -> str:
    """A cell or a list of settings in YAML's flow style."""
    value = node.value
    if isinstance(value, list):
        return "[" + ", ".join(map(_leaf, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(k)}: {_leaf(v)}" for k, v in value.items()) + "}"
    if value is None:
        return "null"
    if value[:1] == values.NUMBER:
        return values.plain_number(value[1:])
    if value[:1] == values.TRUTH:
        return value[1:]
    return value if _FILE_NAME.fullmatch(value) else quoted(value.lstrip("\0"))


_FILE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_/-]*\.(?:yaml|yml|xlsx|csv)")
"""Names that need no quotes."""


def table_csv(table: str, frame: pd.DataFrame) -> bytes:
    """A typed table as CSV (UTF-8 with BOM, so that Excel shows Vietnamese)."""
    columns = contracts.columns(TABLES[table])
    kinds = {n: columns[n].kind if n in columns else "text" for n in frame.columns}
    texts: dict[str, Any] = {}
    for name, kind in kinds.items():
        header = columns[name].header if name in columns else name
        if len(frame) <= FEW:
            texts[header] = [cell_text(v, kind) for v in frame[name].tolist()]
            continue
        codes, distinct = pd.factorize(frame[name].to_numpy(dtype=object), use_na_sentinel=False)
        shown = np.array([cell_text(v, kind) for v in distinct], dtype=object)
        place, different = pd.factorize(shown)
        texts[header] = pd.Categorical.from_codes(place[codes], pd.Index(different, dtype="str"))
    if len(frame) <= FEW:
        rows = zip(*texts.values(), strict=True)
        return codecs.BOM_UTF8 + b"".join(map(_line, (list(texts), *rows)))
    return csv_bytes(pd.DataFrame(texts, copy=False))


def frames_of(scenario: Scenario) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """The settings as a mapping, and the given tables under the headers of the template."""
    settings = scenario.settings.model_dump(by_alias=True, exclude_none=True)
    settings.pop("data", None)
    tables = {}
    for table in TABLES:
        frame = scenario.table(table)
        if len(frame) or table == "schools":
            headers = {n: c.header for n, c in contracts.columns(TABLES[table]).items()}
            tables[table] = frame.rename(columns=headers).copy()
    return settings, tables


def cell_text(value: Any, kind: str) -> str:
    """A typed value as the readers take it."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, tuple):
        return ";".join(cell_text(v, "ratio") for v in value)
    if kind == "bool":
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return values.safe_number(value) if kind == "decimal" else f"{value:f}"
    return str(value)


# --------------------------------------------------------------------------------------------------
# ``planner show --resolved``: the merged settings, each key with the place that set it.


def lines(scenario: Scenario, lang: str) -> Iterator[str]:
    """YAML lines ``key: value  # who set it``; keys nobody set are marked as defaults."""
    plain = scenario.settings.model_dump(by_alias=True, exclude_none=True)
    plain["data"] = {k: v for k, v in plain.get("data", {}).items() if v is not None}
    yield from setting_lines(plain, "", "", scenario.origins, say("show_default", lang))


def as_dict(scenario: Scenario) -> dict[str, Any]:
    """Settings, who set what, and the inputs' hashes, as JSON values."""
    return {
        "scenario": scenario.id,
        "settings": scenario.settings.model_dump(mode="json", by_alias=True, exclude_none=True),
        "origins": dict(scenario.origins),
        "inputs": dict(scenario.inputs),
        "tables": {n: len(f) for n, f in scenario.tables.items() if len(f)},
    }


# --------------------------------------------------------------------------------------------------
# Cells of a file that is there, typed anew; everything else in it stays byte for byte where the
# file's form allows it. What is made is read again before it is given out.

BOOKS = (".xlsx", ".xlsm")
"""Workbooks in which a cell can be set."""
LISTS = (".csv", ".tsv", ".txt")
"""Lists in which one can."""
_CELL = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_WHOLE = re.compile(r"0|-?[1-9]\d{0,14}")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def sheets_of(data: bytes, file: str) -> dict[str, Sheet]:
    """The sheets of a workbook by name, or a list under an empty name; nothing where it cannot be
    read."""
    if file.lower().endswith(BOOKS):
        return {s.sheet: s for s, _ in xlsx_rows.sheets(data, file, Log()) or ()}
    found = sources.read(data, file, Log())
    return {} if found is None else {"": found}


def with_cells(data: bytes, file: str, sheet: str, typed: Mapping[str, str]) -> bytes:
    """A workbook or a list with cells set to what somebody typed.

    Parameters
    ----------
    data, file
        The file's bytes and name (``.xlsx``, ``.xlsm``, ``.csv``, ``.tsv``, ``.txt``).
    sheet
        Name of a workbook's sheet; empty for a list.
    typed
        Cell (``F7``) → text; an empty one empties the cell.

    Raises
    ------
    InputError
        What comes out does not read as this one with these cells: a formula stands there, the file
        is of an unusual form, a text cannot be written.

    Examples
    --------
    >>> with_cells(b"school,pupils\\nA,\\n", "schools.csv", "", {"B2": "400"})
    b'school,pupils\\nA,400\\n'
    """
    before = sheets_of(data, file)
    wanted = {
        address: unicodedata.normalize("NFC", text.strip()) for address, text in typed.items()
    }
    places = {place: text for a, text in wanted.items() if (place := place_in(a)) is not None}
    made = None
    plain = not any(_UNWRITTEN.search(text) for text in wanted.values())
    near = sheet in before and all(_near(before[sheet], place) for place in places)
    if plain and near and len(places) == len(wanted):
        if file.lower().endswith(BOOKS):
            made = _book_with(data, sheet, wanted)
        else:
            made = _list_with(data, before[""], places)
    if made is None or not _reads_so(before, sheets_of(made, file), sheet, places):
        said = {"cells": ", ".join(wanted)}
        raise InputError([Finding("cells_unwritable", Place(file, sheet), said)])
    return made


_UNWRITTEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]|^=")
"""What no cell is to hold: signs that control, and formulas."""


BEYOND = 1000
"""Rows and columns after a table's last in which a cell may be set: what lies between is filled."""


def _near(sheet: Sheet, place: tuple[int, int]) -> bool:
    """Whether a cell stands in a table or not far after it."""
    last = sheet.first_row + len(sheet.rows), max((len(r) for r in sheet.rows), default=0)
    return place[0] < last[0] + BEYOND and place[1] < sheet.first_column + last[1] + BEYOND


def place_in(address: str) -> tuple[int, int] | None:
    """Row and column of a cell, from 0; nothing where it is the name of none."""
    found = _CELL.fullmatch(address)
    return None if found is None else (int(found[2]) - 1, xlsx_rows.column_number(found[1]))


def _reads_so(
    before: Mapping[str, Sheet],
    after: Mapping[str, Sheet],
    sheet: str,
    wanted: Mapping[tuple[int, int], str],
) -> bool:
    """Whether one file reads as the other but for cells, which read as they were typed."""
    if list(before) != list(after):
        return False
    for name, one in before.items():
        other, own = after[name], wanted if name == sheet else {}
        last = max(s.first_row + len(s.rows) for s in (one, other))
        for number in range(last):
            row, again = _row_at(one, number), _row_at(other, number)
            for column in range(max(len(row), len(again))) if row != again else ():
                was, now = (r[column] if column < len(r) else "" for r in (row, again))
                if was != now and (number, column) not in own:
                    return False
        for (number, column), text in own.items():
            row = _row_at(other, number)
            now = row[column] if column < len(row) else ""
            if now.lstrip(values.MARKS + "\0") != text:
                return False
    return True


def _row_at(sheet: Sheet, number: int) -> Sequence[str]:
    """A row by its number in the file, from 0, from its first column on."""
    at = number + 1 - sheet.first_row
    if not 0 <= at < len(sheet.rows):
        return ()
    row = sheet.rows[at]
    return row if not sheet.first_column else [*[""] * sheet.first_column, *row]


def _list_with(data: bytes, read: Sheet, typed: Mapping[tuple[int, int], str]) -> bytes | None:
    """A list in UTF-8 with cells set anew."""
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    try:
        text = data[len(mark) :].decode()
    except UnicodeDecodeError:
        return None
    end = "\r\n" if "\r\n" in text else "\n"
    for delimiter in ",;\t|":
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        if [len(r) for r in rows] != [len(r) for r in read.rows]:
            continue
        for (row, column), value in typed.items():
            rows += [[] for _ in range(row + 1 - len(rows))]
            rows[row] += [""] * (column + 1 - len(rows[row]))
            rows[row][column] = value
        body = io.StringIO(newline="")
        csv.writer(body, delimiter=delimiter, lineterminator=end).writerows(rows)
        return mark + body.getvalue().encode()
    return None


def _book_with(data: bytes, sheet: str, typed: Mapping[str, str]) -> bytes | None:
    """A workbook with cells of a sheet set anew: its other parts are copied as they are."""
    body = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(body, "w") as new:
        part = _part_of(old, sheet)
        if part is None:
            return None
        for member in old.infolist():
            content = old.read(member)
            if member.filename == part:
                text: str | None = content.decode("utf-8-sig")
                for address, value in typed.items():
                    text = None if text is None else _sheet_with(text, address, value)
                if text is None:
                    return None
                content = text.encode()
            new.writestr(member, content, member.compress_type)
    return body.getvalue()


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of a workbook that holds a sheet."""
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, ElementTree.ParseError):
        return None
    named = {node.get("name"): node.get(_LINK) for node in book.iter(f"{_MAIN}sheet")}
    targets = {node.get("Id"): node.get("Target", "") for node in links}
    target = targets.get(named.get(sheet))
    found = None if target is None else posixpath.normpath(posixpath.join("/xl", target))[1:]
    return found if found in archive.namelist() else None


def _sheet_with(text: str, address: str, value: str) -> str | None:
    """A sheet's XML with one cell set anew; nothing where a formula stands there."""
    letters = address.rstrip("0123456789")
    number = int(address[len(letters) :])
    column = xlsx_rows.column_number(letters)
    row = re.search(rf'<row\b(?=[^>]*\sr="{number}")[^>]*?(/?)>', text)
    if row is None:
        later = next(
            (m for m in re.finditer(r'<row\b[^>]*?\sr="(\d+)"', text) if int(m[1]) > number), None
        )
        at = text.find("</sheetData>") if later is None else later.start()
        if at < 0:
            return None
        return f'{text[:at]}<row r="{number}">{_cell_xml(address, value)}</row>{text[at:]}'
    if row[1]:
        opened = row[0][:-2].rstrip()
        made = f"{opened}>{_cell_xml(address, value)}</row>"
        return text[: row.start()] + made + text[row.end() :]
    end = text.index("</row>", row.end())
    inside = text[row.end() : end]
    known = re.search(rf'<c\b(?=[^>]*\sr="{address}")([^>]*?)(?:/>|>(.*?)</c>)', inside, re.DOTALL)
    if known is not None:
        if "<f" in (known[2] or ""):
            return None
        style = re.search(r'\ss="\d+"', known[1])
        made = _cell_xml(address, value, style[0] if style else "")
        inside = inside[: known.start()] + made + inside[known.end() :]
    else:
        cells = re.finditer(r'<c\b[^>]*?\sr="([A-Z]+)\d+"', inside)
        later = next((m for m in cells if xlsx_rows.column_number(m[1]) > column), None)
        at = len(inside) if later is None else later.start()
        inside = inside[:at] + _cell_xml(address, value) + inside[at:]
    return text[: row.end()] + inside + text[end:]


def _cell_xml(address: str, value: str, style: str = "") -> str:
    """A cell of a sheet: a whole number, or text as it was typed."""
    if not value:
        return f'<c r="{address}"{style}/>'
    if _WHOLE.fullmatch(value):
        return f'<c r="{address}"{style}><v>{value}</v></c>'
    text = f'<is><t xml:space="preserve">{escape(value, quote=False)}</t></is>'
    return f'<c r="{address}"{style} t="inlineStr">{text}</c>'
