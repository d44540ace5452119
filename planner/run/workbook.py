"""``plan.xlsx``: the plan's tables as one workbook, which offices open and edit.

Two columns are there to be edited and are yellow: the quantity of a purchase, and whether an
option of a request is chosen. The first sheet says so, and names the plan that the workbook
belongs to; :mod:`planner.run.edits` reads what comes back.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from planner.messages import LANGUAGES, say
from planner.plan.contract import KINDS, kind_of, number_text
from planner.scenario.write import csv_lines

LONGEST = 250_000
"""Rows of the longest sheet (a sheet can hold a million, but takes minutes to write and to open
from here on). A longer table is left out; its CSV holds it."""
EDITABLE = {"allocation": "quantity", "requests": "chosen"}
"""Table → the column that a person may change."""
GUIDE = "huong-dan"
"""The sheet that explains the workbook (hướng dẫn: instructions)."""
STYLES = {"money": "money", "price": "money", "share": "share"}
"""Kind of column → its format in the workbook; the others have none."""
EXACT = 10**15
"""Integers up to here are exact in a spreadsheet; longer ones are written as text."""


def fingerprint(allocation: pd.DataFrame) -> str:
    """What tells one plan's workbook from another's: SHA-256 of the lines, 16 hex digits."""
    digest = hashlib.sha256()
    for lines in csv_lines(allocation):
        digest.update(lines)
    return digest.hexdigest()[:16]


def write_tables(tables: Mapping[str, pd.DataFrame], path: Path, illustrative: bool) -> None:
    """One sheet a table, header frozen, numbers as numbers; the same bytes each time.

    A table longer than a sheet can be is left out (its CSV holds it).
    """
    from xlsxwriter import Workbook

    book = Workbook(
        str(path),
        {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"created": datetime.datetime(2000, 1, 1), "title": "planner"})
    formats = {
        "header": book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1}),
        "money": book.add_format({"num_format": "#,##0"}),
        "share": book.add_format({"num_format": "0.0%"}),
        "edit": book.add_format({"bg_color": "#FFF2CC", "locked": False}),
        "edit_header": book.add_format({"bold": True, "bg_color": "#FFD966", "border": 1}),
        "title": book.add_format({"bold": True, "font_size": 14}),
        "prose": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    if "allocation" in tables:
        # The first sheet: what may be edited and what to do then, in both languages.
        mark = fingerprint(tables["allocation"])
        sheet = book.add_worksheet(GUIDE)
        sheet.set_column(0, 0, 110)
        sheet.set_paper(9)
        if illustrative:
            sheet.set_header("&Rdữ liệu minh họa")
        row = 0
        for lang in LANGUAGES:
            sheet.write_string(row, 0, say("edit_guide_title", lang), formats["title"])
            for step in range(1, 7):
                text = say(f"edit_guide_{step}", lang)
                sheet.write_string(row + step, 0, f"{step}. {text}", formats["prose"])
            row += 8
        sheet.write_string(row, 0, f"plan: {mark}")
    for name, table in tables.items():
        if len(table) <= LONGEST:
            _write_sheet(book, name, table, formats, illustrative)
    book.close()


def _write_sheet(
    book: Any, name: str, table: pd.DataFrame, formats: Mapping[str, Any], illustrative: bool
) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    if illustrative:
        sheet.set_header("&Rdữ liệu minh họa")
    for at, column in enumerate(table.columns):
        texts = table[column].tolist()
        width = max([len(column), *(len(t) for t in texts[:200])])
        style = formats.get(STYLES.get(kind_of(name, column), ""))
        sheet.set_column(at, at, min(max(width + 2, 8), 40))
        edited = EDITABLE.get(name) == column
        sheet.write_string(0, at, column, formats["edit_header" if edited else "header"])
        numbers = _numbers(name, column, texts)
        for row, text in enumerate(texts, start=1):
            if not text:
                continue
            number = numbers.get(text)
            if number is not None:
                sheet.write_number(row, at, number, style)
            else:
                sheet.write_string(row, at, text)
    if name in EDITABLE and len(table):
        _open_for_edits(sheet, name, table, formats)
    if len(table):
        sheet.autofilter(0, 0, len(table), len(table.columns) - 1)


def _open_for_edits(sheet: Any, name: str, table: pd.DataFrame, formats: Mapping[str, Any]) -> None:
    """Marks the cells that may be edited; amounts of purchases follow by formula."""
    columns = list(table.columns)
    at = columns.index(EDITABLE[name])
    note = "\n".join(say(f"edit_note_{name}", lang) for lang in LANGUAGES)
    sheet.write_comment(0, at, note, {"x_scale": 3, "y_scale": 1.5, "author": "planner"})
    if name == "requests":
        for row, text in enumerate(table["chosen"].tolist(), start=1):
            sheet.write_string(row, at, text, formats["edit"])
        sheet.data_validation(1, at, len(table), at, {"validate": "list", "source": ["yes", "no"]})
        return
    rule = {"validate": "decimal", "criteria": ">=", "value": 0, "ignore_blank": True}
    sheet.data_validation(1, at, len(table) + 500, at, rule | {"error_type": "warning"})
    price, amount = columns.index("unit_price"), columns.index("amount")
    rows = zip(table["kind"], table["quantity"], table["unit_price"], table["amount"], strict=True)
    for row, (kind, units, each, money) in enumerate(rows, start=1):
        if kind != "purchase":
            continue
        sheet.write_number(row, at, float(units), formats["edit"])
        if units.isdigit() and int(units) * int(each) == int(money) < EXACT:
            formula = f"={_cell(row, at)}*{_cell(row, price)}"
            sheet.write_formula(row, amount, formula, formats["money"], int(money))


def _cell(row: int, column: int) -> str:
    """``J2`` for row 1, column 9 (both from 0)."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    return str(xl_rowcol_to_cell(row, column))


def _numbers(table: str, column: str, texts: list[str]) -> dict[str, float]:
    """Text → number, for the cells that a spreadsheet's number holds exactly."""
    if not KINDS[kind_of(table, column)].figure:
        return {}
    pairs = ((text, float(text)) for text in set(texts) if text)
    return {t: n for t, n in pairs if abs(n) < EXACT and cell_text(table, column, n) == t}


def read_tables(path: Path) -> dict[str, pd.DataFrame]:
    """The sheets of ``plan.xlsx`` as the texts their CSV twins hold."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    tables = {}
    for name in book.sheet_names:
        if name == GUIDE:
            continue
        header, *rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        columns = [str(h) for h in header]
        texts = {c: [cell_text(name, c, row[k]) for row in rows] for k, c in enumerate(columns)}
        tables[name] = pd.DataFrame(texts, columns=columns, dtype="str")
    return tables


def cell_text(table: str, column: str, value: Any) -> str:
    """A value of a spreadsheet as the text that the CSV twin holds."""
    if value == "" or value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    kind = kind_of(table, column)
    return KINDS[kind].text(value) if kind in ("share", "people") else number_text(value)
