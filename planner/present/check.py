"""No form may disagree with another: every written file is opened again and compared.

Tables of docx, xlsx and html are compared cell by cell with the content; in the text of the pdf
every row that sums others must be found in order. Sums of the content itself are recomputed.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path

from planner.present.content_types import NUMERIC, ReportContent, Row, Table, differs

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def tables(content: ReportContent) -> list[Table]:
    """Every table, the letter's first."""
    letter = [b for b in content.letter.blocks if isinstance(b, Table)]
    return letter + [t for a in content.appendices for t in a.tables()]


def check_sums(content: ReportContent) -> None:
    """Every subtotal and total is the sum of the lines that it covers, to the last unit."""
    for part in tables(content):
        for row in part.rows:
            for key, formula in row.formulas.items():
                if isinstance(formula, tuple):
                    _check_sum(part, row, key, formula)


def _check_sum(part: Table, row: Row, key: str, span: tuple[int, int]) -> None:
    at = part.at(key)
    covered = part.rows[span[0] : span[1] + 1]
    values = [r.cells[at] for r in covered if not isinstance(r.formulas.get(key), tuple)]
    total = sum(v for v in values if isinstance(v, (int, float)))
    said = row.cells[at]
    if not isinstance(said, (int, float)) or abs(total - said) > (
        1e-3 if part.columns[at].kind == "people" else 1e-9
    ):
        raise differs("content", f"{part.key}.{key}", said, total)


def _texts(part: Table, content: ReportContent) -> list[list[str]]:
    return [
        [content.text(v, c.kind) for v, c in zip(r.cells, part.columns, strict=True)]
        for r in part.rows
    ]


def check_docx(path: Path, content: ReportContent, whole: bool = True) -> None:
    """Tables of the document in order; ``whole``: the shipped template, letter included."""
    found = list(_docx_tables(path))
    wanted = tables(content)
    heads = {tuple(c.head for c in t.columns) for t in wanted}
    found = [t for t in found if t and tuple(t[0]) in heads]
    if not whole:
        wanted = wanted[len(wanted) - len(found) :] if len(found) < len(wanted) else wanted
    _compare("docx", [t[1:] for t in found], wanted, content)


def _docx_tables(path: Path) -> Iterator[list[list[str]]]:
    from lxml import etree

    with zipfile.ZipFile(path) as archive, archive.open("word/document.xml") as source:
        for _, node in etree.iterparse(source, tag=f"{WORD}tbl"):
            yield [
                [
                    "".join(t.text or "" for t in cell.iter(f"{WORD}t"))
                    for cell in row.iter(f"{WORD}tc")
                ]
                for row in node.iter(f"{WORD}tr")
            ]
            node.clear()


def _compare(
    form: str, found: list[list[list[str]]], wanted: list[Table], content: ReportContent
) -> None:
    if len(found) != len(wanted):
        raise differs(form, "tables", len(found), len(wanted))
    for got, part in zip(found, wanted, strict=True):
        texts = _texts(part, content)
        if len(got) != len(texts):
            raise differs(form, part.key, len(got), len(texts))
        for k, (one, other) in enumerate(zip(got, texts, strict=True)):
            if one != other:
                raise differs(form, f"{part.key}[{k + 1}]", " | ".join(one), " | ".join(other))


class _Page(HTMLParser):
    """Tables that carry a key, as rows of texts."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.open = self.cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.open = any(k == "data-key" for k, _ in attrs)
            if self.open:
                self.tables.append([])
        elif self.open and tag == "tr":
            self.tables[-1].append([])
        elif self.open and tag == "td":
            self.tables[-1][-1].append("")
            self.cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self.cell = False

    def handle_data(self, data: str) -> None:
        if self.open and self.cell:
            self.tables[-1][-1][-1] += data


def check_html(path: Path, content: ReportContent) -> None:
    """Tables of the page in order, every cell."""
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    _compare("html", [t[1:] for t in page.tables], tables(content), content)


def check_xlsx(path: Path, content: ReportContent) -> None:
    """Cached values of every figure, sheet by sheet in order."""
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(str(path))
    for name, part in zip(book.sheet_names, content.appendices, strict=True):
        rows = iter(book.get_sheet_by_name(name).to_python(skip_empty_area=False))
        for table in part.tables():
            heads = [c.head for c in table.columns]
            next((r for r in rows if [str(v) for v in r[: len(heads)]] == heads), None)
            for k, line in enumerate(table.rows):
                _check_sheet_row(f"{name} {table.key}[{k + 1}]", next(rows, []), line, table)


def _check_sheet_row(place: str, found: Sequence[object], line: Row, part: Table) -> None:
    for at, column in enumerate(part.columns):
        value = line.cells[at]
        got = found[at] if at < len(found) else ""
        if column.kind not in NUMERIC or not isinstance(value, (int, float)):
            continue
        if not isinstance(got, (int, float)) or abs(got - value) > 1e-9 * max(1.0, abs(value)):
            raise differs("xlsx", place, got, value)


def check_pdf(path: Path, content: ReportContent) -> None:
    """Amounts of every row that sums others, in reading order."""
    import pypdfium2

    document = pypdfium2.PdfDocument(str(path))
    said = [n for page in document for n in _numbers(page.get_textpage().get_text_bounded())]
    document.close()
    at = 0
    for part in tables(content):
        for row in part.rows:
            for amount in _sums(part, row, content):
                try:
                    at = said.index(amount, at) + 1
                except ValueError:
                    raise differs("pdf", part.key, "–", amount) from None


def _numbers(text: str) -> list[str]:
    return re.findall(r"-?\d[\d.,]*\d|\d", text)


def _sums(part: Table, row: Row, content: ReportContent) -> Iterator[str]:
    summed = row.kind in ("school", "subtotal", "total") or part.key.startswith(("money", "letter"))
    for value, column in zip(row.cells, part.columns, strict=True):
        if summed and column.kind == "money" and isinstance(value, int):
            yield content.text(value, "money")
