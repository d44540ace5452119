"""The ``.xlsx``: a sheet an appendix, another for its lists line by line, live formulas with
their values, set up for print."""

from __future__ import annotations

import datetime
import re
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from planner.messages.numbers import minor_digits
from planner.present.content import NUMERIC, Appendix, Column, Formula, Kind, ReportContent, Table

FONT = {"font_name": "Times New Roman", "font_size": 11, "valign": "top"}
LINE = 14.5
"""Height of a line of text in points."""
MM = 1.95
"""Millimetres of a column's unit of width."""
STYLES: dict[str, dict[str, Any]] = {
    "name": {"bold": True, "font_size": 14, "align": "center"},
    "title": {"bold": True, "font_size": 13, "align": "center", "text_wrap": True},
    "reference": {"italic": True, "font_size": 13, "align": "center", "text_wrap": True},
    "heading": {"bold": True, "font_size": 13},
    "unit": {"italic": True, "font_size": 12, "align": "right"},
    "words": {"italic": True, "align": "center", "text_wrap": True},
    "note": {"italic": True, "text_wrap": True},
    "item": {"text_wrap": True},
    "end": {"align": "right", "font_size": 14},
    "head": {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True},
}
BAR = {"type": "data_bar", "bar_solid": True, "min_type": "num", "max_type": "num",
       "min_value": 0, "max_value": 1}  # fmt: skip
NARROW, WIDE = "iltfjrI.,;:!|'()[]", "mwMW%@"
LONG = 25
"""Rows from which a table's head is repeated over the printed pages."""


class _Sheet(Worksheet):
    """A sheet without a page number on its first page, as the form wants it."""

    def _write_header_footer(self) -> None:
        self._xml_start_tag("headerFooter", [("differentFirst", 1)])
        self._write_odd_header()
        self._write_odd_footer()
        self._xml_data_element("firstFooter", self.footer)
        self._xml_end_tag("headerFooter")


class _Book:
    """A workbook being written: its formats, and money in units that people read."""

    def __init__(self, path: Path, content: ReportContent) -> None:
        self.content = content
        self.digits = minor_digits(content.currency)
        self.book = xlsxwriter.Workbook(
            str(path),
            {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        made = datetime.datetime(2000, 1, 1)
        self.book.set_properties({"created": made, "title": content.title[:200]})
        self.book.set_calc_mode("auto")
        self.cells: dict[tuple[str, bool], Any] = {}

    @cached_property
    def styles(self) -> dict[str, Any]:
        return {k: self.book.add_format({**FONT, **v}) for k, v in STYLES.items()}

    def style(self, kind: Kind, bold: bool) -> Any:
        """The format of a cell."""
        if (kind, bold) not in self.cells:
            decimals = "." + "0" * self.digits if self.digits else ""
            shown = {
                "money": "#,##0" + decimals, "count": "#,##0.###", "number": "#,##0.###",
                "people": "#,##0", "percent": "0.0%", "bar": "0.0%",
                "relative_change": "+0.0%;-0.0%;0.0%", "ratio": "#,##0.000", "points": "#,##0.0",
            }.get(kind, "@")  # fmt: skip
            mark = "[$-42A]" if self.content.lang == "vi" and shown != "@" else ""
            side = Column("", "", kind).side()
            extra = {
                "num_format": mark + shown, "border": 1, "bold": bold,
                "text_wrap": kind not in NUMERIC, "align": side, "indent": int(side != "center"),
            }  # fmt: skip
            self.cells[kind, bold] = self.book.add_format({**FONT, **extra})
        return self.cells[kind, bold]

    def number(self, value: float, kind: str) -> float:
        """A figure as its cell holds it."""
        return value / 10**self.digits if kind == "money" and self.digits else value


def write_xlsx(content: ReportContent, path: Path) -> None:
    """Writes the appendices; texts are never read as formulas or links."""
    book = _Book(path, content)
    for name, part in content.sheets():
        _Writer(book, name, part).write()
    book.book.close()


class _Writer:
    """One appendix on one sheet, from the top down."""

    def __init__(self, book: _Book, name: str, part: Appendix) -> None:
        self.book, self.part, self.row, self.name = book, part, 0, name
        self.sheet = book.book.add_worksheet(self.name, worksheet_class=_Sheet)
        tables = list(part.tables())
        main = max(tables, key=lambda t: (len(t.columns), len(t.rows)), default=None)
        # Millimetres of each sheet column, wider than the content asks where a figure needs it.
        self.widths = [c.width for c in main.columns] if main else [60.0] * 3
        edges = list(accumulate(self.widths))
        # First and last sheet column of each column: a table of fewer columns takes several.
        self.places: dict[str, list[tuple[int, int]]] = {}
        for table in tables:
            own = list(accumulate(c.width for c in table.columns))
            places, a = self.places.setdefault(table.key, []), 0
            for at, column in enumerate(table.columns):
                left, wanted = len(own) - at - 1, own[at] * (edges[-1] / own[-1])
                ends = range(a, len(edges) - left)
                b = min(ends, key=lambda e: abs(edges[e] - wanted)) if left else len(edges) - 1
                places.append((a, b))
                texts = (book.content.text(r.cells[at], column.kind) for r in table.rows)
                lack = 2.05 * max(map(len, texts), default=0) + 5 - sum(self.widths[a : b + 1])
                if column.kind in NUMERIC and lack > 0:
                    self.widths[b] += lack
                a = b + 1
        self.longest = max(tables, key=lambda t: len(t.rows), default=None)
        self.alone = len(tables) == 1

    def write(self) -> None:
        """Heading, blocks, the closing mark."""
        sheet = self.sheet
        sheet.set_paper(9)
        if self.part.landscape:
            sheet.set_landscape()
        sheet.set_margins(left=30 / 25.4, right=15 / 25.4, top=20 / 25.4, bottom=20 / 25.4)
        sheet.fit_to_pages(1, 0)
        sheet.set_start_page(1)
        mark = self.book.content.illustrative.replace("&", "&&")
        sheet.set_header('&C&"Times New Roman"&14&P')
        sheet.set_footer(f'&R&"Times New Roman,Italic"&11{mark}' if mark else "")
        for at, width in enumerate(self.widths):
            sheet.set_column(at, at, width / MM)
        if self.part is self.book.content.page:
            self._line(self.part.title, "name", 19)
            self._line(self.book.content.letter.subject, "title", 18)
        else:
            self._line(self.name, "name", 19)
            self._line(self.part.title, "title", 18)
            self._line(self.book.content.reference, "reference", 18)
        self.row += 1
        for block in self.part.blocks:
            if isinstance(block, Table):
                self._table(block)
            else:
                style = block.style if block.style in STYLES else "item"
                self._line(block.text, style, LINE + 2)
        if self.part is not self.book.content.page:
            self._line("./.", "end", 18)

    def _line(self, text: str, style: str, height: float) -> None:
        """A text over the whole width."""
        last = len(self.widths) - 1
        lines = _lines(text, sum(self.widths), height / LINE)
        self.sheet.set_row(self.row, height * lines)
        self.sheet.merge_range(self.row, 0, self.row, last, "", self.book.styles[style])
        self.sheet.write_string(self.row, 0, text, self.book.styles[style])
        self.row += 1

    def _table(self, part: Table) -> None:
        if part.heading:
            self._line(part.heading, "heading", 18)
        if part.unit_line:
            self._line(part.unit_line, "unit", 16)
        heads, places = [c.head for c in part.columns], self.places[part.key]
        self.sheet.set_row(self.row, self._height(heads, places) + 4)
        for head, place in zip(heads, places, strict=True):
            self._merge(self.row, place, self.book.styles["head"])
            self.sheet.write_string(self.row, place[0], head, self.book.styles["head"])
        if part is self.longest and len(part.rows) > LONG:
            self.sheet.repeat_rows(self.row)
        if self.alone:
            self.sheet.freeze_panes(self.row + 1, 2)
        first = self.row + 1
        indexes = f"A{first + 1}:A{first + len(part.rows)}"
        self.sheet.ignore_errors({"number_stored_as_text": indexes})
        for k in range(len(part.rows)):
            self._row(part, k, first, places)
        for column, (at, _) in zip(part.columns, places, strict=True):
            if column.kind == "bar":
                tint = "#C9C9C9" if column.key == "before" else "#8DBFE0"
                self.sheet.conditional_format(
                    first, at, first + len(part.rows) - 1, at, BAR | {"bar_color": tint}
                )
        self.row = first + len(part.rows) + 1

    def _row(self, part: Table, k: int, first: int, places: list[tuple[int, int]]) -> None:
        """A row of a table whose first one stands at ``first``."""
        row = part.rows[k]
        texts = [v if isinstance(v, str) else "" for v in row.cells]
        self.sheet.set_row(first + k, self._height(texts, places))
        for column, value, place in zip(part.columns, row.cells, places, strict=True):
            style = self.book.style(column.kind, row.kind != "line")
            formula = row.formulas.get(column.key)
            self._merge(first + k, place, style)
            where = first + k, place[0]
            if value is None or value == "":
                self.sheet.write_blank(*where, None, style)
            elif isinstance(value, str):
                self.sheet.write_string(*where, value, style)
            elif formula is not None:
                shown = self.book.number(value, column.kind)
                text = written_formula(formula, part, where, k, places)
                self.sheet.write_formula(*where, text, style, shown)
            else:
                self.sheet.write_number(*where, self.book.number(value, column.kind), style)

    def _merge(self, row: int, place: tuple[int, int], style: Any) -> None:
        if place[0] < place[1]:
            self.sheet.merge_range(row, place[0], row, place[1], "", style)

    def _height(self, texts: list[str], places: list[tuple[int, int]]) -> float:
        rooms = [sum(self.widths[a : b + 1]) for a, b in places]
        lines = (_lines(t, w) for t, w in zip(texts, rooms, strict=True) if t)
        return LINE * max(lines, default=1)


@lru_cache(maxsize=50_000)
def _lines(text: str, width: float, size: float = 1) -> int:
    """Lines that a text takes in a column of ``width`` mm, words kept whole where they fit."""
    room = (width - 4.5) / size
    lines, used = 1, 0.0
    for word in text.split(" "):
        # millimetres of a character at 11 points, rather too wide than too narrow
        need = sum(
            1.2 if c in NARROW else 2.8 if c.isupper() or c in WIDE or ord(c) > 0x2E80 else 1.9
            for c in word
        )
        if used and used + 1 + need > room:
            lines, used = lines + 1, 0.0
        lines += int(need // room)
        used += need % room + 1
    return lines


def written_formula(
    formula: Formula, part: Table, where: tuple[int, int], k: int, places: list[tuple[int, int]]
) -> str:
    """A formula of the content as the sheet holds it; ``where``: its cell, ``k``: its row."""
    row, at = where
    if isinstance(formula, tuple):
        low = xl_rowcol_to_cell(row - k + formula[0], at)
        high = xl_rowcol_to_cell(row - k + formula[1], at)
        return f"=SUBTOTAL(9,{low}:{high})"
    return "=" + re.sub(
        r"\{(\w+)\}", lambda m: xl_rowcol_to_cell(row, places[part.at(m[1])][0]), formula
    )
