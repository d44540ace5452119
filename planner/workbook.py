"""``plan.xlsx``: the plan's tables as one workbook, which offices open and edit."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

LONGEST = 1_048_575
"""Rows that a sheet can hold below its header."""
NUMBERS = {
    "line", "year", "quantity", "unit_price", "amount", "need", "stock", "new", "in_service",
    "before", "after", "people", "reserve", "usable", "carried_in", "purchases", "setup",
    "requests", "upkeep", "spent", "carried_out", "lapsed", "funded", "left", "bound", "slack",
    "pupils", "proposed", "coverage_before", "coverage_after", "value", "copies", "paid", "points",
}  # fmt: skip
MONEY = {
    "unit_price", "amount", "reserve", "usable", "carried_in", "purchases", "setup", "requests",
    "upkeep", "spent", "carried_out", "lapsed", "funded", "proposed", "paid",
}  # fmt: skip
SHARES = {"before", "after", "coverage_before", "coverage_after"}
EXACT = 10**15
"""Integers up to here are exact in a spreadsheet; longer ones are written as text."""


def write_tables(tables: Mapping[str, pd.DataFrame], path: Path, illustrative: bool) -> None:
    """One sheet a table, header frozen, numbers as numbers; the same bytes each time.

    A table longer than a sheet can be is left out (its CSV holds it).
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(
        str(path),
        {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"created": datetime.datetime(2000, 1, 1), "title": "planner"})
    formats = {
        "header": book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1}),
        "money": book.add_format({"num_format": "#,##0"}),
        "share": book.add_format({"num_format": "0.0%"}),
    }
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
        style = formats["money"] if column in MONEY else None
        style = formats["share"] if column in SHARES else style
        sheet.set_column(at, at, min(max(width + 2, 8), 40))
        sheet.write_string(0, at, column, formats["header"])
        _write_column(sheet, at, column, texts, style)
    if len(table):
        sheet.autofilter(0, 0, len(table), len(table.columns) - 1)


def _write_column(sheet: Any, at: int, column: str, texts: list[str], style: Any) -> None:
    number = column in NUMBERS
    for row, text in enumerate(texts, start=1):
        if not text:
            continue
        if number and _text(column, float(text)) == text and abs(float(text)) < EXACT:
            sheet.write_number(row, at, float(text), style)
        else:
            sheet.write_string(row, at, text)


def read_tables(path: Path) -> dict[str, pd.DataFrame]:
    """The sheets of ``plan.xlsx`` as the texts their CSV twins hold."""
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(str(path))
    tables = {}
    for name in book.sheet_names:
        header, *rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        columns = [str(h) for h in header]
        texts = {c: [_text(c, row[k]) for row in rows] for k, c in enumerate(columns)}
        tables[name] = pd.DataFrame(texts, columns=columns, dtype="str")
    return tables


def _text(column: str, value: Any) -> str:
    if value == "" or value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if column in SHARES:
            return f"{value:.6f}"
        if column == "people":
            return f"{value:.3f}"
        if float(value).is_integer():
            return str(int(value))
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value)
