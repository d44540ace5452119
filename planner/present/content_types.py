"""What a report is made of: typed figures, tables, paragraphs, appendices, the letter.

Renderers only lay these out. Every figure has its unit (a column's ``kind`` and ``unit``, or a
:class:`Figure`) and the numbers of the plan's lines behind it (``lines``).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from planner.errors import AuditError, Finding, Place
from planner.messages.numbers import grouped, minor_digits, percent, pupil_years, rounded

Kind = Literal["text", "index", "count", "money", "percent", "year", "people", "number"]
RowKind = Literal["head", "school", "line", "subtotal", "total"]
Cell = str | int | float | None
Formula = str | tuple[int, int]
"""``"{amount}-{reserve}"`` over the row's own columns, or rows (first, last) to be summed."""

NUMERIC = ("count", "money", "percent", "people", "number")
LONGEST_TEXT = 2000
"""Characters of one text that reach a document."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``width`` is its share of the page in mm, ``kind`` says what its cells are.

    ``unit`` is what its figures count: a currency, a share, schools, pupil-years, the row's own
    unit (``row``); texts have none.
    """

    key: str
    head: str
    kind: Kind = "text"
    width: float = 20
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row; ``lines`` are the numbers of the plan's allocation lines behind its figures."""

    kind: RowKind
    cells: tuple[Cell, ...]
    lines: tuple[int, ...] = ()
    formulas: Mapping[str, Formula] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A table with a heading (may be empty), a unit line and the figures' columns."""

    key: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    heading: str = ""
    unit_line: str = ""
    begins: int = 0
    """Rows before its first one, where it is a slice of a longer table."""
    size: float = 0
    """Points of its text, where it is a slice: those of the whole table."""

    def at(self, key: str) -> int:
        """Position of a column."""
        return next(k for k, c in enumerate(self.columns) if c.key == key)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that the documents state: a name, an amount, its unit and the lines behind."""

    name: str
    amount: int
    unit: str
    lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``figures`` are the amounts its text states."""

    text: str
    style: Literal["body", "lead", "heading", "words", "note", "item"] = "body"
    figures: tuple[Figure, ...] = ()


Block = Table | Paragraph


@dataclass(frozen=True)
class Appendix:
    """An appendix with a Roman number, numbered and paginated by itself."""

    key: str
    number: str
    title: str
    blocks: tuple[Block, ...]
    landscape: bool = True

    def tables(self) -> Iterator[Table]:
        """Its tables in order."""
        return (b for b in self.blocks if isinstance(b, Table))


@dataclass(frozen=True)
class Letter:
    """The letter (Tờ trình), Mẫu 1.4 of Nghị định 30/2020/NĐ-CP."""

    superior: str
    agency: str
    number: str
    place_date: str
    kind: str
    subject: str
    addressees: tuple[str, ...]
    bases: tuple[str, ...]
    blocks: tuple[Block, ...]
    post: str
    name: str
    recipients: tuple[str, ...]


@dataclass(frozen=True)
class ReportContent:
    """One package: a letter and its appendices, in one language and one currency."""

    lang: str
    currency: str
    title: str
    owner: str
    illustrative: str
    """The mark on every page; empty where the data is real."""
    country: str
    motto: str
    reference: str
    """The line under an appendix's title."""
    letter: Letter
    appendices: tuple[Appendix, ...]
    schools: Table
    """School by school, for the page that sorts and searches."""
    labels: Mapping[str, str]
    """Fixed words that renderers need: addressee, recipients, page."""

    def text(self, value: Cell, kind: Kind) -> str:
        """A cell as it is printed."""
        return cell_text(value, kind, self.lang, self.currency)


def cell_text(value: Cell, kind: Kind, lang: str, currency: str) -> str:
    """A cell as it is printed in every form but the workbook."""
    if value is None or value == "":
        return ""
    if isinstance(value, str) or kind in ("text", "index", "year"):
        return str(value)
    if kind == "money":
        digits = minor_digits(currency)
        return grouped(Decimal(int(value)).scaleb(-digits) if digits else int(value), lang)
    if kind == "percent":
        return percent(float(value), 1, lang)
    if kind == "people":
        return pupil_years(float(value), lang)
    if kind == "count" and float(value).is_integer():
        return rounded(float(value), 0, lang)
    exact = Decimal(str(value)).quantize(Decimal("0.001")).normalize()
    if not exact and value:  # what is little is not called nothing
        exact = Decimal(f"{value:.1g}").normalize()
    return grouped(exact, lang)


def plain(text: object) -> str:
    """A text of users as one clean line: NFC, no control or direction marks, bounded length."""
    normal = unicodedata.normalize("NFC", str(text))
    kept = "".join(c if _printable(c) else " " for c in normal)
    return " ".join(kept.split())[:LONGEST_TEXT]


def _printable(char: str) -> bool:
    if char in "\u200d\ufe0f":
        return True  # parts of emoji
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def table(
    key: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
    heading: str = "",
    unit_line: str = "",
) -> Table:
    """A table whose texts are clean."""
    return Table(key, tuple(columns), tuple(_clean(r) for r in rows), heading, unit_line)


def _clean(row: Row) -> Row:
    if not any(isinstance(c, str) and c for c in row.cells):
        return row
    cells = tuple(plain(c) if isinstance(c, str) else c for c in row.cells)
    return row if cells == row.cells else Row(row.kind, cells, row.lines, row.formulas)


def leads(part: Table, at: int) -> bool:
    """Whether the rows after this one belong to it: it must not end a page."""
    row = part.rows[at]
    if at == len(part.rows) - 1:
        return False
    spans = (f for f in row.formulas.values() if isinstance(f, tuple))
    return row.kind in ("school", "head") or any(first > at + part.begins for first, _ in spans)


def roman(number: int) -> str:
    """1 → I, 9 → IX (to 39)."""
    return "X" * (number // 10) + (
        "", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX",
    )[number % 10]  # fmt: skip


def font_size(part: Table, content: ReportContent, base: float) -> float:
    """Points at which every figure of a table stays on one line of its column (at least 6)."""
    if part.size:
        return part.size
    size = base
    for at, column in enumerate(part.columns):
        if column.kind not in NUMERIC:
            continue
        texts = (content.text(r.cells[at], column.kind) for r in part.rows)
        ems = max((sum(0.25 if c in ".," else 0.5 for c in t) for t in texts), default=0)
        room = (column.width - 2.2) * 72 / 25.4
        size = min(size, room / ems if ems else base)
    return max(6.0, int(size * 2) / 2)


def differs(form: str, place: str, found: object, expected: object) -> AuditError:
    """The error of a disagreement."""
    params = {"form": form, "place": place, "found": str(found), "expected": str(expected)}
    return AuditError([Finding("report_differs", Place(), params)])
