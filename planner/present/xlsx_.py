"""The ``.xlsx``: one sheet an appendix, live formulas with their values, set up for print."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

from planner.present.content_types import Appendix, Formula, ReportContent, Table

FORMATS = {"money": "#,##0", "count": "#,##0.######", "people": "#,##0", "percent": "0.0%",
           "number": "#,##0.######"}  # fmt: skip


def write_xlsx(content: ReportContent, path: Path) -> None:
    """Writes the appendices; texts are never read as formulas or links."""
    import xlsxwriter

    book = xlsxwriter.Workbook(
        str(path),
        {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"created": datetime.datetime(2000, 1, 1), "title": content.title[:200]})
    book.set_calc_mode("auto")
    for part in content.appendices:
        _sheet(book, part, content)
    book.close()


def _styles(book: Any) -> dict[str, Any]:
    font = {"font_name": "Times New Roman", "font_size": 11, "valign": "top"}
    return {
        "name": book.add_format({**font, "bold": True, "font_size": 14, "align": "center"}),
        "title": book.add_format({**font, "bold": True, "align": "center", "text_wrap": True}),
        "italic": book.add_format({**font, "italic": True, "text_wrap": True}),
        "heading": book.add_format({**font, "bold": True}),
        "head": book.add_format(
            {**font, "bold": True, "border": 1, "align": "center", "text_wrap": True}
        ),
        "font": font,
        "book": book,
        "cells": {},
    }


def _style(styles: dict[str, Any], kind: str, bold: bool) -> Any:
    key = kind, bold
    if key not in styles["cells"]:
        extra: dict[str, Any] = (
            {"num_format": FORMATS[kind]} if kind in FORMATS else {"text_wrap": True}
        )
        extra |= {"align": "center"} if kind in ("index", "year") else {}
        styles["cells"][key] = styles["book"].add_format(
            {**styles["font"], **extra, "bold": bold, "border": 1}
        )
    return styles["cells"][key]


def _sheet(book: Any, part: Appendix, content: ReportContent) -> None:
    styles = _styles(book) if not hasattr(book, "planner_styles") else book.planner_styles
    book.planner_styles = styles
    name = f"{content.labels['appendix']} {part.number}"
    sheet = book.add_worksheet(name)
    sheet.set_paper(9)
    if part.landscape:
        sheet.set_landscape()
    sheet.set_margins(left=1.18, right=0.59, top=0.79, bottom=0.79)
    sheet.fit_to_pages(1, 0)
    sheet.set_header("&C&14&P")
    sheet.set_footer(f"&R&I{content.illustrative}" if content.illustrative else "")
    tables = list(part.tables())
    wide = max((len(t.columns) for t in tables), default=6)
    for at in range(wide):
        widths = [t.columns[at].width for t in tables if at < len(t.columns)]
        sheet.set_column(at, at, max(widths, default=20) / 1.9)
    for row, (text, style) in enumerate(
        ((name, "name"), (part.title, "title"), (content.reference, "title"))
    ):
        sheet.merge_range(row, 0, row, wide - 1, "", styles[style])
        sheet.write_string(row, 0, text, styles[style])
    row = 4
    for block in part.blocks:
        if isinstance(block, Table):
            row = _table(sheet, row, block, styles, len(tables) == 1)
        else:
            sheet.merge_range(row, 0, row, wide - 1, "", styles["italic"])
            sheet.write_string(row, 0, block.text, styles["italic"])
            row += 1


def _table(sheet: Any, row: int, part: Table, styles: dict[str, Any], repeat: bool) -> int:
    """Writes a table from ``row`` on; returns the row after it."""
    if part.heading:
        sheet.write_string(row, 0, part.heading, styles["heading"])
        row += 1
    if part.unit_line:
        sheet.write_string(row, len(part.columns) - 2, part.unit_line, styles["italic"])
        row += 1
    for at, column in enumerate(part.columns):
        sheet.write_string(row, at, column.head, styles["head"])
    if repeat:
        sheet.repeat_rows(row)
        sheet.freeze_panes(row + 1, 2)
    first = row + 1
    for k, line in enumerate(part.rows):
        for at, (column, value) in enumerate(zip(part.columns, line.cells, strict=True)):
            style = _style(styles, column.kind, line.kind != "line")
            formula = line.formulas.get(column.key)
            if value is None or value == "":
                sheet.write_blank(first + k, at, None, style)
            elif isinstance(value, str):
                sheet.write_string(first + k, at, value, style)
            elif formula is not None:
                sheet.write_formula(
                    first + k, at, _formula(formula, part, first, k, at), style, value
                )
            else:
                sheet.write_number(first + k, at, value, style)
    return first + len(part.rows) + 1


def _formula(formula: Formula, part: Table, first: int, k: int, at: int) -> str:
    from xlsxwriter.utility import xl_rowcol_to_cell as cell

    if isinstance(formula, tuple):
        low, high = cell(first + formula[0], at), cell(first + formula[1], at)
        return f"=SUBTOTAL(9,{low}:{high})"
    return "=" + re.sub(r"\{(\w+)\}", lambda m: cell(first + k, part.at(m[1])), formula)
