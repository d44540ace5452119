"""The workbook, opened again: cached values and, computed anew, every live formula."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.messages.numbers import minor_digits
from planner.present.check import place
from planner.present.content_types import ReportContent, Table, differs

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
REFERENCE = re.compile(r"([A-Z]+)(\d+)")
SUM = re.compile(r"SUBTOTAL\(9,([A-Z]+)(\d+):\1(\d+)\)")


@dataclass(frozen=True, slots=True)
class Found:
    """A cell: its cached value and its formula without the sign (empty: none)."""

    value: str | float
    formula: str = ""


Sheet = Mapping[int, Mapping[int, Found]]
"""Row number (from 1) → column number (from 1) → cell."""


def check_xlsx(path: Path, content: ReportContent) -> None:
    """Sheet by sheet: every cell of every table, and what its formula gives when computed."""
    with zipfile.ZipFile(path) as archive:
        strings = _strings(archive)
        for n, part in enumerate(content.appendices, start=1):
            sheet = _sheet(archive, f"xl/worksheets/sheet{n}.xml", strings)
            row = 0
            for table in part.tables():
                row = _check_table(sheet, row, table, content)


def _strings(archive: zipfile.ZipFile) -> list[str]:
    from lxml import etree

    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    found = []
    with archive.open("xl/sharedStrings.xml") as source:
        for _, node in etree.iterparse(source, tag=f"{MAIN}si"):
            found.append(_unescaped("".join(t.text or "" for t in node.iter(f"{MAIN}t"))))
            node.clear()
    return found


def _unescaped(text: str) -> str:
    return re.sub(r"_x([0-9A-F]{4})_", lambda m: chr(int(m[1], 16)), text)


def _sheet(archive: zipfile.ZipFile, name: str, strings: list[str]) -> Sheet:
    from lxml import etree

    rows: dict[int, dict[int, Found]] = {}
    with archive.open(name) as source:
        for _, node in etree.iterparse(source, tag=f"{MAIN}row"):
            rows[int(node.get("r"))] = dict(_cells(node, strings))
            node.clear()
            while node.getprevious() is not None:
                del node.getparent()[0]
    return rows


def _cells(row: Any, strings: list[str]) -> Iterator[tuple[int, Found]]:
    for cell in row:
        value, formula = cell.find(f"{MAIN}v"), cell.find(f"{MAIN}f")
        if value is None:
            continue
        shared = cell.get("t") == "s"
        read: str | float = strings[int(value.text)] if shared else _number(value.text)
        letters = REFERENCE.fullmatch(cell.get("r"))
        assert letters is not None
        yield _column(letters[1]), Found(read, formula.text or "" if formula is not None else "")


def _number(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _check_table(sheet: Sheet, after: int, part: Table, content: ReportContent) -> int:
    """Finds the table's head below row ``after`` and compares it; gives back its last row."""
    heads = [c.head for c in part.columns]
    for first in sorted(r for r in sheet if r > after):
        columns = sorted(sheet[first])
        if [sheet[first][c].value for c in columns] == heads:
            break
    else:
        raise differs("xlsx", part.key, "–", " | ".join(heads))
    scale = 10 ** minor_digits(content.currency)
    for k, row in enumerate(part.rows):
        found = sheet.get(first + 1 + k, {})
        for at, (column, cell) in enumerate(zip(columns, row.cells, strict=True)):
            got = found.get(column, Found(""))
            factor = scale if part.columns[at].kind == "money" else 1
            _check_cell(got, cell, factor, place(part, k, at))
            if got.formula:
                computed = _computed(got.formula, sheet, column)
                _check_cell(Found(computed), cell, factor, f"{place(part, k, at)} ={got.formula}")
            elif part.columns[at].key in row.formulas and cell is not None:
                raise differs("xlsx", place(part, k, at), got.value, "=")
    extra = sheet.get(first + 1 + len(part.rows), {})
    if len(extra) > 1:
        said = " | ".join(str(f.value) for f in extra.values())
        raise differs("xlsx", f"{part.key}[{len(part.rows) + 1}]", said, "–")
    return first + len(part.rows)


def _check_cell(got: Found, cell: object, factor: int, where: str) -> None:
    wanted = "" if cell is None else cell
    if isinstance(wanted, (int, float)):
        said = got.value * factor if isinstance(got.value, float) else None
        if said is None or abs(said - wanted) > 1e-9 * max(1.0, abs(wanted)):
            raise differs("xlsx", where, got.value, cell)
    elif got.value != wanted:
        raise differs("xlsx", where, got.value, wanted)


def _computed(formula: str, sheet: Sheet, column: int) -> float:
    """What a formula of the two kinds that are written gives: a subtotal that leaves other
    subtotals out, or sums, differences, products and quotients from left to right."""
    total = SUM.fullmatch(formula)
    if total:
        cells = (sheet.get(r, {}).get(column) for r in range(int(total[2]), int(total[3]) + 1))
        plain = (c for c in cells if c is not None and not c.formula.startswith("SUBTOTAL"))
        return sum(c.value for c in plain if isinstance(c.value, float))
    parts = re.split(r"([-+*/])", formula)
    value = _value(parts[0], sheet)
    for sign, name in zip(parts[1::2], parts[2::2], strict=True):
        other = _value(name, sheet)
        value = {
            "+": value + other, "-": value - other, "*": value * other,
            "/": value / other if other else float("nan"),
        }[sign]  # fmt: skip
    return value


def _value(name: str, sheet: Sheet) -> float:
    found = REFERENCE.fullmatch(name)
    if found is None:
        return float("nan")
    cell = sheet.get(int(found[2]), {}).get(_column(found[1]))
    return cell.value if cell is not None and isinstance(cell.value, float) else 0.0
