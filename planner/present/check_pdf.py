"""The pdf, opened again: the figures of its text, in reading order, against the content.

A page's text has no cells, so the figures are compared as a sequence: between two figures stand
exactly the numbers of the texts between them. Only heads that a new page repeats and a long word
broken over lines may bring others.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path
from typing import Any

from planner.present.check import place
from planner.present.content_types import NUMERIC, Block, ReportContent, Table, differs
from planner.present.typeset import PDFIUM

NUMBER = re.compile(r"\d(?:[\d.,]*\d)?")
LONG_WORD = re.compile(r"\S{18,}")
MARKS = {0x200B: "", 0x2060: "", 0x00AD: "", 0xFFFE: " "}
"""Marks without width in an extracted text; the last one stands for a hyphen at a line's end."""
PAGE = "\f"
PAGE_NUMBER = re.compile(r"\A\s*\d+\s*[\r\n]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A figure as printed, where it stands, the numbers of texts that stand before it since the
    last one (``known``), how many of them a broken word may add or join (``loose``), and how
    many a new page may bring besides (``page``)."""

    text: str
    place: str
    known: int = 0
    page: int = 0
    loose: int = 0


def check_pdf(path: Path, content: ReportContent) -> None:
    """Every figure in order; the first that is missing is the finding."""
    said = _said(path)
    ahead: deque[str] = deque()
    for wanted in _wanted(content):
        for _ in range(_found(wanted, ahead, said) + 1):
            ahead.popleft()


def _found(wanted: Wanted, ahead: deque[str], said: Iterator[str]) -> int:
    """Where in ``ahead`` the figure stands: of several that read like it, the one that leaves
    as many numbers before it as the texts have."""
    allowed, numbers, extra, shown = wanted.known + wanted.loose, -1, 0, "–"
    best = least = -1
    for k in count():
        if k == len(ahead):
            ahead.extend(islice(said, 1))
        if k == len(ahead) or numbers >= allowed + extra:
            break
        if ahead[k] == PAGE:
            extra += wanted.page
            continue
        numbers += 1
        shown = ahead[k] if numbers <= wanted.known else shown
        off = max(wanted.known - numbers, numbers - wanted.known - extra, 0)
        if off <= wanted.loose and ahead[k] == wanted.text and (best < 0 or off < least):
            best, least = k, off
            if not off:
                break
    if best < 0:
        raise differs("pdf", wanted.place, shown, wanted.text)
    return best


def _said(path: Path) -> Iterator[str]:
    """The numbers of the text, a mark before each page's; page numbers are left out."""
    import pypdfium2

    with PDFIUM:
        document = pypdfium2.PdfDocument(str(path))
        pages = len(document)
    try:
        for number in range(pages):
            text = _page_text(document, number)
            yield PAGE
            yield from NUMBER.findall(PAGE_NUMBER.sub("", text.translate(MARKS)))
    finally:
        with PDFIUM:
            document.close()


def _page_text(document: Any, number: int) -> str:
    """The text of a page, and nothing of the library's left open."""
    with PDFIUM:
        page = document[number]
        texts = page.get_textpage()
        text: str = texts.get_text_range()
        texts.close()
        page.close()
    return text


def _numbers(text: str) -> list[str]:
    return NUMBER.findall(text)


@dataclass(slots=True)
class _Between:
    """The numbers of the texts since the last figure."""

    known: int = 0
    loose: int = 0

    def add(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.known += len(_numbers(text))
            words = LONG_WORD.findall(text)
            self.loose += sum(len(_numbers(w)) + len(w) // 9 for w in words if _numbers(w))

    def before(self, wanted: Wanted) -> Wanted:
        known, loose = self.known, self.loose
        self.known = self.loose = 0
        return replace(wanted, known=known, loose=loose)


def _wanted(content: ReportContent) -> Iterator[Wanted]:
    letter, between = content.letter, _Between()
    between.add((letter.superior, letter.agency, letter.number, letter.place_date, letter.kind,
                 letter.subject, *letter.addressees, *letter.bases))  # fmt: skip
    for block in letter.blocks:
        yield from _of(block, content, between)
    between.add((letter.name, letter.post, *letter.recipients))
    for part in content.appendices:
        between.add((part.number, part.title, content.reference))
        for block in part.blocks:
            yield from _of(block, content, between)


def _of(block: Block, content: ReportContent, between: _Between) -> Iterator[Wanted]:
    """The figures of a block; what follows the last of them stays in ``between``."""
    if isinstance(block, Table):
        yield from _of_table(block, content, between)
        return
    stated: dict[int, tuple[str, str]] = {}
    for figure in block.figures:
        text = content.text(figure.amount, "money")
        found = (m.start() for m in NUMBER.finditer(block.text) if m[0] == text)
        at = next((at for at in found if at not in stated), None)
        if at is not None:
            stated[at] = text, figure.name
    begin = 0
    for at, (text, name) in sorted(stated.items()):
        between.add([block.text[begin:at]])
        yield between.before(Wanted(text, name))
        begin = at + len(text)
    between.add([block.text[begin:]])


def _of_table(block: Table, content: ReportContent, between: _Between) -> Iterator[Wanted]:
    heads = [c.head for c in block.columns]
    page = len(_numbers(" ".join(heads)))
    between.add([block.heading, block.unit_line, *heads])
    for k, row in enumerate(block.rows):
        for at, (value, column) in enumerate(zip(row.cells, block.columns, strict=True)):
            text = content.text(value, column.kind)
            if column.kind in NUMERIC and isinstance(value, (int, float)):
                figure = _numbers(text)[0]
                yield between.before(Wanted(figure, place(block, k, at), page=page))
            else:
                between.add([text])
