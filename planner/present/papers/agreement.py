"""No form may disagree with another or with the plan: what a content says of itself, and the
comparison of a written file, opened again, with the content.

A reader of a form gives what stands in the file as :class:`Seen` items in reading order; every
paragraph must be among them word for word and every table cell for cell.
"""

from __future__ import annotations

import re
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count, islice, takewhile, zip_longest
from pathlib import Path
from typing import Any, Literal

import pypdfium2
from lxml import etree

from planner.messages.numbers import minor_digits, money_words
from planner.plan.allocation import payments
from planner.present.amendment import Amendment
from planner.present.content import NUMERIC, Block, Paragraph, ReportContent, Table, differs
from planner.present.papers.pdf import PDFIUM
from planner.present.papers.view import View


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader found: a paragraph (one text) or a row of a table (a text a cell)."""

    kind: Literal["text", "row"]
    texts: tuple[str, ...]


def tables(content: ReportContent) -> list[Table]:
    """Every table: of the one page, the letter, the appendices."""
    letter = [b for b in content.letter.blocks if isinstance(b, Table)]
    page = list(content.page.tables()) if content.page else []
    return page + letter + [t for a in content.appendices for t in a.tables()]


def blocks(content: ReportContent, letter: bool = True) -> Iterator[Block]:
    """Every block in reading order."""
    if content.page is not None:
        yield from content.page.blocks
    if letter:
        yield from content.letter.blocks
    for part in content.appendices:
        yield from part.blocks


def check_content(content: ReportContent) -> None:
    """Every subtotal and total is the sum of the lines that it covers, to the last unit; the
    amounts that a paragraph carries stand in its text, in digits or in words."""
    for part in tables(content):
        for row in part.rows:
            for key, formula in row.formulas.items():
                if isinstance(formula, tuple):
                    at = part.at(key)
                    covered = part.rows[formula[0] : formula[1] + 1]
                    values = [
                        r.cells[at] for r in covered if not isinstance(r.formulas.get(key), tuple)
                    ]
                    total = sum(v for v in values if isinstance(v, (int, float)))
                    said = row.cells[at]
                    if not isinstance(said, (int, float)) or abs(total - said) > (
                        1e-3 if part.columns[at].kind == "people" else 1e-9
                    ):
                        raise differs("content", f"{part.key}.{key}", said, total)
    for block in blocks(content):
        if isinstance(block, Paragraph):
            for figure in block.figures:
                digits = content.text(figure.amount, "money")
                words = money_words(figure.amount, content.lang, "").strip()
                if digits not in block.text and words not in block.text:
                    raise differs("content", figure.name, block.text[:80], digits)


def check_plan(content: ReportContent, view: View) -> None:
    """Amounts that stand for lines are the plan's amounts of those lines; every fund-year is the
    plan's ledger (a fund shared with other packages has no ledger row of its own)."""
    amounts = dict(zip(view.plan.allocation["line"], view.plan.allocation["amount"], strict=True))
    for part in tables(content):
        if not part.key.startswith(("group.", "packages", "decision.lines.")):
            continue
        at = part.at("amount")
        for k, row in enumerate(part.rows):
            total = sum(int(amounts[n]) for n in row.lines)
            if row.cells[at] != total:
                raise differs("content", place(part, k, at), row.cells[at], total)
    if view.amendment is not None:
        check_amendment(content, view, view.amendment, amounts)
    ledger = view.plan.ledger
    spent = {
        (view.fund(f), str(y)): int(s)
        for f, y, s in zip(ledger["fund"], ledger["year"], ledger["spent"], strict=True)
        if f not in view.shared_funds
    }
    for part in tables(content):
        if part.key not in ("money.sources", "money.uses"):
            continue
        fund, at = "", part.at("spent")
        for row in part.rows:
            first = str(row.cells[0])
            fund = first if row.kind == "subtotal" else fund
            right = spent.get((fund, first), row.cells[at])
            if row.kind == "line" and row.cells[at] != right:
                raise differs("content", f"{part.key}[{fund}, {first}]", row.cells[at], right)


def check_amendment(
    content: ReportContent, view: View, found: Amendment, amounts: Mapping[int, int]
) -> None:
    """What an amended plan's tables say is after is the plan's own money, line by line and, by fund
    and year, that of its payments; what they say was before is that of the plan before."""
    mine = view.chosen if view.owner else frozenset(found.before["school"])
    lines = found.before[found.before["standing"] != "proposal"]
    gone = payments(lines[lines["school"].isin(mine)], ["fund", "year", "amount"])
    before, after = (
        {
            (view.fund(str(fund)), str(year)): int(amount)
            for (fund, year), amount in rows.groupby(["fund", "year"])["amount"].sum().items()
        }
        for rows in (gone, view.paid)
    )
    wanted = {"amend.money": {"amount_before": before, "amount_after": after}}
    if not view.owner:
        wanted["disbursed.funds"] = {"planned": after}
    for part in tables(content):
        if part.key == "amend.lines":
            at = part.at("amount_after")
            for k, row in enumerate(part.rows):
                total = sum(int(amounts[n]) for n in row.lines)
                if (row.cells[at] or 0) != total:
                    raise differs("content", place(part, k, at), row.cells[at], total)
        for column, due in wanted.get(part.key, {}).items():
            at, fund, left = part.at(column), "", dict(due)
            for k, row in enumerate(part.rows):
                fund = str(row.cells[0]) if row.kind == "subtotal" else fund
                right = left.pop((fund, str(row.cells[0])), 0)
                if row.kind == "line" and row.cells[at] != right:
                    raise differs("content", place(part, k, at), row.cells[at], right)
            if any(left.values()):
                raise differs("content", f"{part.key}.{column}", "–", str(next(iter(left))))


def place(part: Table, row: int, at: int) -> str:
    """``group.completed[12].amount``: the twelfth row's amount."""
    return f"{part.key}[{row + 1}].{part.columns[at].key}"


def compare(
    form: str, found: Iterable[Seen], content: ReportContent, wanted: Sequence[Block]
) -> None:
    """Everything wanted stands in the file, in order; tables have no row more or less.

    Raises :class:`AuditError` with the form, the first place that differs and both figures.
    """
    seen = iter(found)
    pending: Seen | None = None  # what was read after a table's last row
    all_heads = {tuple(c.head for c in t.columns) for t in tables(content)}
    for part in wanted:
        if isinstance(part, Paragraph):
            known = pending is not None and pending.texts == (part.text,)
            if not known and not any(s.kind == "text" and s.texts[0] == part.text for s in seen):
                raise differs(form, "text", "–", part.text[:200])
            pending = None
            continue
        heads = tuple(c.head for c in part.columns)
        known = pending is not None and pending.texts == heads
        if not known and not any(s.kind == "row" and s.texts == heads for s in seen):
            raise differs(form, part.key, "–", " | ".join(heads))
        for k, row in enumerate(part.rows):
            texts = [content.text(v, c.kind) for v, c in zip(row.cells, part.columns, strict=True)]
            item = next(seen, None)
            if item is None or item.kind != "row":
                raise differs(form, f"{part.key}[{k + 1}]", "–", " | ".join(texts))
            for at, (said, text) in enumerate(zip_longest(item.texts[: len(texts)], texts)):
                if said != text:
                    raise differs(form, place(part, k, at), "–" if said is None else said, text)
            if len(item.texts) > len(texts):
                where = f"{part.key}[{k + 1}]"
                raise differs(form, where, " | ".join(item.texts), " | ".join(texts))
        pending = next(seen, None)
        if pending is not None and pending.kind == "row" and pending.texts not in all_heads:
            said = " | ".join(pending.texts)
            raise differs(form, f"{part.key}[{len(part.rows) + 1}]", said, "–")


# ---- The pdf, opened again: the figures of its text, in reading order, against the content.
#
# A page's text has no cells, so the figures are compared as a sequence: between two figures stand
# exactly the numbers of the texts between them. Only heads that a new page repeats and a long word
# broken over lines may bring others.

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
    many a new page may bring besides: of its table's head (``page``), of the heads of tables
    without figures before it (``other``)."""

    text: str
    place: str
    known: int = 0
    page: int = 0
    loose: int = 0
    other: int = 0


def check_pdf(path: Path, content: ReportContent) -> None:
    """Every figure in order; the first that is missing is the finding."""
    _check_first_page(path, content)
    said = _said(path)
    ahead: deque[str] = deque()
    for wanted in _wanted(content):
        # Where in ahead the figure stands: of several that read like it, the one that leaves as
        # many numbers before it as the texts have.
        allowed, numbers, extra, shown = wanted.known + wanted.loose, -1, 0, "–"
        turned = 0
        best = least = -1
        for k in count():
            if k == len(ahead):
                ahead.extend(islice(said, 1))
            if k == len(ahead) or numbers >= allowed + extra + turned * wanted.other:
                break
            if ahead[k] == PAGE:
                extra, turned = extra + wanted.page, turned + 1
                continue
            numbers += 1
            shown = ahead[k] if numbers <= wanted.known else shown
            # a new page repeats the whole head of a table, or none of it
            heads = [
                a + b
                for a in range(0, extra + 1, wanted.page or 1)
                for b in range(0, turned * wanted.other + 1, wanted.other or 1)
            ]
            off = min(abs(numbers - wanted.known - brought) for brought in heads)
            if off <= wanted.loose and ahead[k] == wanted.text and (best < 0 or off < least):
                best, least = k, off
                if not off:
                    break
        if best < 0:
            raise differs("pdf", wanted.place, shown, wanted.text)
        for _ in range(best + 1):
            ahead.popleft()


def _check_first_page(path: Path, content: ReportContent) -> None:
    """All numbers of the one page stand on the first page, those in cells of words too."""
    if content.page is None:
        return
    first = iter(list(takewhile(lambda n: n != PAGE, islice(_said(path), 1, None))))
    for text in _texts(content.page.blocks, content):
        for number in NUMBER.findall(text):
            if number not in first:
                raise differs("pdf", "page", "–", f"{number}: {text[:80]}")


def _texts(parts: Iterable[Block], content: ReportContent) -> Iterator[str]:
    """The texts of paragraphs and cells."""
    for part in parts:
        if isinstance(part, Paragraph):
            yield part.text
        else:
            for row in part.rows:
                for value, column in zip(row.cells, part.columns, strict=True):
                    yield content.text(value, column.kind)


def _said(path: Path) -> Iterator[str]:
    """The numbers of the text, a mark before each page's; page numbers are left out."""
    with PDFIUM:
        document = pypdfium2.PdfDocument(str(path))
        pages = len(document)
    try:
        for number in range(pages):
            with PDFIUM:  # nothing of the library's is left open
                page = document[number]
                texts = page.get_textpage()
                text: str = texts.get_text_range()
                texts.close()
                page.close()
            yield PAGE
            yield from NUMBER.findall(PAGE_NUMBER.sub("", text.translate(MARKS)))
    finally:
        with PDFIUM:
            document.close()


@dataclass(slots=True)
class _Between:
    """The numbers of the texts since the last figure."""

    known: int = 0
    loose: int = 0
    heads: int = 0
    """Numbers in heads of tables without figures, which a new page repeats."""

    def add(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.known += len(NUMBER.findall(text))
            for word in LONG_WORD.findall(text):
                if found := NUMBER.findall(word):
                    self.loose += len(found) + len(word) // 9

    def before(self, wanted: Wanted) -> Wanted:
        made = replace(wanted, known=self.known, loose=self.loose, other=self.heads)
        self.known = self.loose = self.heads = 0
        return made


def _wanted(content: ReportContent) -> Iterator[Wanted]:
    """The figures in their order, each with what stands between it and the one before."""
    letter, between = content.letter, _Between()
    head = (letter.superior, letter.agency, letter.number, letter.place_date, letter.kind,
            letter.subject, *letter.addressees, *letter.bases)  # fmt: skip
    parts: list[tuple[tuple[str, ...], Sequence[Block]]] = [
        (head, letter.blocks),
        ((letter.name, letter.post, *letter.recipients), ()),
        *(((p.number, p.title, content.reference), p.blocks) for p in content.appendices),
    ]
    if content.page is not None:
        parts.insert(0, ((content.page.title, letter.subject), content.page.blocks))
    for texts, blocks in parts:
        between.add(texts)
        for block in blocks:
            if isinstance(block, Table):
                heads = [c.head for c in block.columns]
                passed = len(NUMBER.findall(" ".join(heads)))
                between.add([block.heading, block.unit_line, *heads])
                if not any(c.kind in NUMERIC for c in block.columns):
                    between.heads += passed
                for k, row in enumerate(block.rows):
                    for at, (value, column) in enumerate(
                        zip(row.cells, block.columns, strict=True)
                    ):
                        text = content.text(value, column.kind)
                        if column.kind in NUMERIC and isinstance(value, (int, float)):
                            number = NUMBER.findall(text)[0]
                            yield between.before(Wanted(number, place(block, k, at), page=passed))
                        else:
                            between.add([text])
                continue
            stated: dict[int, tuple[str, str]] = {}
            for figure in block.figures:
                text = content.text(figure.amount, "money")
                found = (m.start() for m in NUMBER.finditer(block.text) if m[0] == text)
                free = next((at for at in found if at not in stated), None)
                if free is not None:
                    stated[free] = text, figure.name
            begin = 0
            for at, (text, name) in sorted(stated.items()):
                between.add([block.text[begin:at]])
                yield between.before(Wanted(text, name))
                begin = at + len(text)
            between.add([block.text[begin:]])


# ---- Readers of docx and html: paragraphs and rows in reading order, a long file row by row.

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def check_docx(path: Path, content: ReportContent, whole: bool = True) -> None:
    """The document against the content. ``whole=False``: an office's own template may leave the
    letter's body out; what of it is there must be all there."""
    quoted = content.page.blocks if content.page else ()
    own = {b.text for b in content.letter.blocks if isinstance(b, Paragraph) and b not in quoted}
    letter = whole or any(s.kind == "text" and s.texts[0] in own for s in read_docx(path))
    compare("docx", read_docx(path), content, list(blocks(content, letter)))


def read_docx(path: Path) -> Iterator[Seen]:
    """Paragraphs and table rows of the document."""
    tags = (f"{WORD}p", f"{WORD}tr")
    depth = 0
    with zipfile.ZipFile(path) as archive, archive.open("word/document.xml") as source:
        for event, node in etree.iterparse(source, events=("start", "end"), tag=tags):
            row = node.tag == tags[1]
            depth += (1 if event == "start" else -1) if row else 0
            if event == "start" or depth:
                continue
            if row:
                yield Seen("row", tuple(_words(c) for c in node.iter(f"{WORD}tc")))
            else:
                yield Seen("text", (_words(node),))
            _forget(node)


def _words(node: Any) -> str:
    return "".join(t.text or "" for t in node.iter(f"{WORD}t"))


def _forget(node: Any) -> None:
    """Frees what has been read: the node's content and what stands before it."""
    node.clear(keep_tail=True)
    while node.getprevious() is not None:
        del node.getparent()[0]


def check_html(path: Path, content: ReportContent) -> None:
    """The page against the content, the table of schools included."""
    wanted = list(content.page.blocks) if content.page else []
    wanted += [*content.letter.blocks, content.schools]
    wanted += [b for a in content.appendices for b in a.blocks]
    compare("html", read_html(path), content, wanted)


def read_html(path: Path) -> Iterator[Seen]:
    """Paragraphs, headings and rows of the page."""
    events = etree.iterparse(str(path), events=("end",), tag=("tr", "p", "h3"), html=True,
                             encoding="utf-8", huge_tree=True)  # fmt: skip
    for _, node in events:
        if node.tag == "tr":
            yield Seen("row", tuple("".join(c.itertext()) for c in node.iter("td", "th")))
        else:
            yield Seen("text", ("".join(node.itertext()),))
        _forget(node)


# ---- The workbook, opened again: cached values and, computed anew, every live formula.

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
        strings: list[str] = []
        if "xl/sharedStrings.xml" in archive.namelist():
            with archive.open("xl/sharedStrings.xml") as source:
                for _, node in etree.iterparse(source, tag=f"{MAIN}si"):
                    text = "".join(t.text or "" for t in node.iter(f"{MAIN}t"))
                    strings.append(re.sub(r"_x([0-9A-F]{4})_", lambda m: chr(int(m[1], 16)), text))
                    node.clear()
        for n, (_, part) in enumerate(content.sheets(), start=1):
            sheet: dict[int, dict[int, Found]] = {}
            with archive.open(f"xl/worksheets/sheet{n}.xml") as source:
                for _, node in etree.iterparse(source, tag=f"{MAIN}row"):
                    own = sheet.setdefault(int(node.get("r")), {})
                    for cell in node:
                        value, formula = cell.find(f"{MAIN}v"), cell.find(f"{MAIN}f")
                        if value is None:
                            continue
                        read: str | float = value.text
                        if cell.get("t") == "s":
                            read = strings[int(value.text)]
                        else:
                            with suppress(ValueError):
                                read = float(value.text)
                        at = _column(cell.get("r").rstrip("0123456789"))
                        own[at] = Found(read, formula.text or "" if formula is not None else "")
                    _forget(node)
            row = 0
            for table in part.tables():
                row = _check_table(sheet, row, table, content)


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
        return float(sum(c.value for c in plain if isinstance(c.value, float)))
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
