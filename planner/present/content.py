"""What is presented is made of: typed figures, tables, paragraphs, appendices, the letter.

Renderers only lay these out: :mod:`planner.present.terminal` as plain text,
:mod:`planner.present.notebook` as cards, :mod:`planner.present.papers` as docx, xlsx, pdf, html.
In papers every figure has its unit (a column's ``kind`` and ``unit``, or a :class:`Figure`) and
the numbers of the plan's lines behind it (``lines``).
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, cast

from planner.errors import AuditError, Finding, Place
from planner.messages import say
from planner.messages.numbers import (
    DASH,
    MINUS,
    bare_money,
    grouped,
    minor_digits,
    money,
    percent,
    pupil_years,
    rounded,
    signed,
    trimmed,
)
from planner.scenario.scenario import Scenario

Kind = Literal[
    "text", "index", "year",
    "count", "number", "percent", "bar", "people", "points", "ratio",
    "money", "amount", "minor",
    "people_change", "minor_change", "share_change", "relative_change",
]  # fmt: skip
"""What the cells of a column are. Money in papers is ``money``; on screens ``money`` is in the
table's unit, ``amount`` says its unit in every cell, ``minor`` is whole minor units. A ``bar`` is
a percentage that papers draw as well. A change is
a difference of two plans, ``relative_change`` that of an input. :func:`cell_text` says how each
reads."""
Style = Literal["body", "lead", "heading", "words", "note", "item"]
Detail = Literal["brief", "full"]
"""What papers hold: what is decided upon, or every line too."""
"""What a paragraph is: a heading, what leads on to the next, a note apart, one of a list."""
RowKind = Literal["head", "school", "line", "subtotal", "total"]
Cell = str | int | float | None
Cells = tuple[Cell, ...]
Formula = str | tuple[int, int]
"""``"{amount}-{reserve}"`` over the row's own columns, or rows (first, last) to be summed."""

NUMERIC = (
    "count", "number", "percent", "bar", "people", "points", "ratio", "money", "amount", "minor",
    "people_change", "minor_change", "share_change", "relative_change",
)  # fmt: skip
"""Kinds that stand flush right."""
LONGEST_TEXT = 2000
"""Characters of one text that reach a document."""
UNPRINTABLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Categories of characters that no document shows."""
GROUP_COLOURS = {
    "completed": "#0072B2",
    "under_construction": "#E69F00",
    "preparing": "#009E73",
    "none": "#CC79A7",
}
"""Okabe–Ito: told apart with every common form of colour blindness."""


@dataclass(frozen=True)
class MoneyScale:
    """Money in readable units: ``amount`` minor units ÷ ``divisor``, shown with ``digits``."""

    divisor: int
    unit: str
    digits: int
    lang: str

    def number(self, amount: int) -> str:
        """The amount as a number of this unit (without the unit)."""
        return rounded(Decimal(int(amount)) / self.divisor, self.digits, self.lang)

    def text(self, amount: int) -> str:
        """The amount with its unit."""
        return f"{self.number(amount)} {self.unit}"

    def value(self, amount: float) -> float:
        """The amount as a coordinate on an axis."""
        return float(amount) / self.divisor


def money_scale(
    amounts: Iterable[int], currency: str, lang: str, *, most: int = 9, digits: int = 1
) -> MoneyScale:
    """The unit in which the largest of ``amounts`` reads well.

    ``most`` caps the unit's power of ten (6: never above millions, as tables like it).
    """
    largest = max((abs(int(a)) for a in amounts), default=0)
    base = minor_digits(currency)
    powers = (9, 6) if currency == "VND" else (9, 6, 3)
    for power in powers:
        if power <= most and largest >= 10 ** (base + power):
            break
    else:
        power = 0
    if power == most < 9 and largest >= 10 ** (base + power + 7):
        power, digits = most + 3, max(digits, 1)
    family = "vnd" if currency == "VND" else "other"
    unit = say(f"label.money.{family}.{power}", lang, currency=currency)
    shown = digits if power else base
    return MoneyScale(10 ** (base + power), unit, shown, lang)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``width`` is its share of the page in mm, ``kind`` says what its cells are.

    ``unit`` is what its figures count: a currency, a share, schools, pupil-years, the row's own
    unit (``row``); texts have none. ``scale`` is the unit of its money on a screen.
    """

    key: str
    head: str
    kind: Kind = "text"
    width: float = 20
    unit: str = ""
    scale: MoneyScale | None = None

    def side(self) -> str:
        """Where its cells stand: figures to the right."""
        if self.kind in NUMERIC:
            return "right"
        return "center" if self.kind in ("index", "year") else "left"


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
    full: bool = False
    """A list line by line: in the workbook, the page and full papers alone."""

    def at(self, key: str) -> int:
        """Position of a column."""
        return next(k for k, c in enumerate(self.columns) if c.key == key)

    def words(self) -> int:
        """Columns before the first one of figures."""
        return next((k for k, c in enumerate(self.columns) if c.kind in NUMERIC), len(self.columns))

    def texts(self, row: Row, lang: str, currency: str) -> list[str]:
        """A row's cells as they are printed; a row of one cell is a heading."""
        return [
            cell_text(value, column.kind, lang, currency, column.scale)
            for value, column in zip(row.cells, self.columns, strict=len(row.cells) > 1)
        ]


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
    style: Style = "body"
    figures: tuple[Figure, ...] = ()
    full: bool = False
    """As of a table."""


Block = Table | Paragraph


@dataclass(frozen=True)
class Appendix:
    """An appendix with a Roman number and page numbers of its own."""

    key: str
    number: str
    title: str
    blocks: tuple[Block, ...]
    landscape: bool = True

    def tables(self) -> Iterator[Table]:
        """Its tables in order."""
        return (b for b in self.blocks if isinstance(b, Table))

    @property
    def room(self) -> float:
        """Width of its text in mm: A4, margins of 30 and 15 mm."""
        return (297 if self.landscape else 210) - 45


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
    page: Appendix | None = None
    """The one page before the letter."""
    detail: Detail = "full"

    def brief(self) -> ReportContent:
        """The same without the lists line by line; each appendix says which they are, how long,
        and where they stand."""
        appendices = []
        for part in self.appendices:
            kept = tuple(b for b in part.blocks if not b.full)
            left = [b for b in part.blocks if b.full]
            names = [
                say("report.left_out_list", self.lang, name=b.heading or part.title.lower(),
                    rows=sum(r.kind == "line" for r in b.rows))
                for b in left if isinstance(b, Table)
            ]  # fmt: skip
            if rules := sum(isinstance(b, Paragraph) and b.style == "item" for b in left):
                names.insert(0, say("report.left_out_rules", self.lang, count=rules))
            if names:
                text = say(
                    "report.left_out", self.lang, lists="; ".join(names),
                    sheet=self.sheet_name(part, listed=True),
                )  # fmt: skip
                kept += (Paragraph(text, "note"),)
            appendices.append(replace(part, blocks=kept))
        laid = fitted_all(appendices, self.lang, self.currency)
        return replace(self, appendices=laid, detail="brief")

    def page_subject(self) -> str:
        """The letter's subject as the one page has it."""
        return shortened(self.letter.subject, 300)

    def joins(self, before: Letter | Appendix, part: Appendix) -> bool:
        """Whether an appendix begins on the page that another one ends."""
        same = isinstance(before, Appendix) and before.landscape == part.landscape
        return self.detail == "brief" and same and before is not self.page

    def sheet_name(self, part: Appendix, *, listed: bool = False) -> str:
        """The sheet of an appendix in the workbook, or that of its lists line by line."""
        if part is self.page:
            return self.labels["page"]
        name = f"{self.labels['appendix']} {part.number}"
        return f"{name} {self.labels['lists']}" if listed else name

    def sheets(self) -> Iterator[tuple[str, Appendix]]:
        """The sheets of the workbook in order: the one page, and of each appendix what sums up and,
        where there are any, its lists line by line."""
        if self.page is not None:
            yield self.sheet_name(self.page), self.page
        for part in self.appendices:
            lists = tuple(b for b in part.blocks if b.full)
            kept = tuple(b for b in part.blocks if not b.full)
            yield self.sheet_name(part), replace(part, blocks=kept)
            if lists:
                yield self.sheet_name(part, listed=True), replace(part, blocks=lists)

    def text(self, value: Cell, kind: Kind) -> str:
        """A cell as it is printed."""
        return cell_text(value, kind, self.lang, self.currency)


def points_moved(share: float, lang: str) -> str:
    """A difference of shares in percentage points; what reads as nought is ``0``."""
    size = rounded(abs(share) * 100, 1, lang)
    return signed(share, size) if size.strip("0.,") else "0"


PRINTED: Mapping[str, Callable[[Any, str], str]] = {
    "percent": lambda value, lang: percent(float(value), 1, lang),
    "bar": lambda value, lang: percent(float(value), 1, lang),
    "points": lambda value, lang: rounded(float(value), 1, lang),
    "ratio": lambda value, lang: rounded(float(value), 3, lang),
    "people": pupil_years,
    "people_change": lambda value, lang: pupil_years(value, lang).replace("-", MINUS),
    "minor": lambda value, lang: grouped(int(value), lang),
    "minor_change": lambda value, lang: grouped(int(value), lang).replace("-", MINUS),
    "share_change": points_moved,
    "relative_change": lambda value, lang: "+" * (value > 0) + percent(float(value), 1, lang),
}
"""Kinds of figures that are no money, and how each is printed; others: :func:`trimmed`."""


def cell_text(
    value: Cell, kind: Kind, lang: str, currency: str, scale: MoneyScale | None = None
) -> str:
    """A cell as it is printed in every form but the workbook."""
    if value is None or value == "":
        return ""
    if isinstance(value, str) or kind in ("text", "index", "year"):
        return str(value)
    if not math.isfinite(value):
        return DASH
    if kind in PRINTED:
        return PRINTED[kind](value, lang)
    if kind == "money":
        return scale.number(int(value)) if scale else bare_money(int(value), lang, currency)
    if kind == "amount":
        return scale.text(int(value)) if scale else money(int(value), lang, currency)
    exact = Decimal(str(value)).quantize(Decimal("0.001"))
    if not exact and value:  # what is little is not called nothing
        exact = Decimal(f"{value:.1g}")
    return trimmed(exact, lang)


def plain(text: object) -> str:
    """A text of users as one clean line: NFC, no control or direction marks, bounded length."""
    normal = unicodedata.normalize("NFC", str(text))
    kept = "".join(
        # joiners are parts of emoji
        c if c in "\u200d\ufe0f" or unicodedata.category(c) not in UNPRINTABLE else " "
        for c in normal
    )
    return " ".join(kept.split())[:LONGEST_TEXT]


def shortened(text: str, most: int) -> str:
    """A text of at most ``most`` characters, cut between words.

    >>> shortened("Ủy ban nhân dân quận", 12)
    'Ủy ban…'
    """
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    return (kept.rsplit(" ", 1)[0] if " " in kept else kept).rstrip(" ,;.") + "…"


def table(
    key: str, columns: Sequence[Column], rows: Sequence[Row], heading: str = "", unit_line: str = ""
) -> Table:
    """A table of a paper, whose texts are clean; a row of one cell, a heading, gets empty ones
    behind it."""
    cleaned = []
    for row in rows:
        cells = tuple(plain(c) if isinstance(c, str) and c else c for c in row.cells)
        if len(cells) == 1:
            cells += (None,) * (len(columns) - 1)
        same = cells == row.cells
        cleaned.append(row if same else Row(row.kind, cells, row.lines, row.formulas))
    return Table(key, tuple(columns), tuple(cleaned), heading, unit_line)


def listing(
    family: str,
    shape: str,
    rows: Iterable[Sequence[Cell]],
    lang: str,
    heading: str = "",
    *,
    scale: MoneyScale | None = None,
    totals: int = 0,
) -> Table:
    """A table of a screen or a card: ``shape`` is a word a column, ``heading:kind``; a column of
    texts has no kind. The heading is a sentence of the family, or a whole code; its ``{unit}`` is
    the scale's. The last ``totals`` rows sum up the others."""
    columns = []
    for word in shape.split():
        code, _, kind = word.partition(":")
        if kind not in ("", *NUMERIC):
            raise KeyError(f"no kind of figures: {kind}")
        code = code if "." in code or not family else f"{family}.{code}"
        head = say(code, lang, unit=scale.unit if scale else "")
        key = code.rpartition(".")[2]
        columns.append(Column(key, head, cast(Kind, kind or "text"), scale=scale))
    cells = [tuple(row) for row in rows]
    first = len(cells) - totals
    lines = (Row("total" if k >= first else "line", row) for k, row in enumerate(cells))
    return Table("", tuple(columns), tuple(lines), heading)


def illustrative(plan_title: str, lang: str) -> str:
    """«Dữ liệu minh họa», unless the title says so already."""
    note = say("label.illustrative", lang)
    return "" if note.casefold() in plan_title.casefold() else note


def fund_name(scenario: Scenario, name: str, lang: str) -> str:
    """A fund as people call it; one that the scenario does not know, or without a name: its id."""
    fund = scenario.settings.funds.get(name)
    return fund.name.say(lang) if fund is not None and fund.name else name


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


# ---- How wide texts are, and tables that fit their page.

ADVANCES = (
    {180: "'", 200: "|", 250: " ,.", 278: "/:;\\ijlt", 333: "!()-I[]`fr", 389: "Js", 408: '"',
     444: "?acez“”", 480: "{}", 500: "#$*0123456789_bdghknopquvxyđ–«»", 541: "~", 556: "FPS",
     564: "+<=>×−≥≤^", 611: "ELTZ", 667: "BCR", 722: "ADGHKNOQUVXYwĐ", 778: "&m", 833: "%",
     889: "M", 921: "@", 944: "W", 1000: "—…"},
    {220: "|", 250: " ,.", 278: "'/\\il", 333: "!()-:;[]`fjt", 389: "Is", 394: "{}", 444: "cerz",
     500: "#$*0123456789?J_agovxy–«»“”", 556: 'Sbdhknpquđ"~', 570: "+<=>×−≥≤^", 611: "FP",
     667: "BELTZ", 722: "ACDNRUVXYwĐ", 778: "GHKOQ", 833: "&m", 930: "@", 944: "M",
     1000: "%W—…"},
)  # fmt: skip
"""Thousandths of an em that letters of Times New Roman advance: upright, bold."""
CELL = 3.2
"""Millimetres of a column that its text cannot use."""
POINTS = 9.5
"""Points of the text of an appendix's tables."""
PAGE_POINTS = 11.5
"""Points of the text of the one page's tables, where it is set largest."""


@lru_cache(maxsize=10_000)
def _advance(letter: str, bold: bool) -> float:
    """Ems of a letter; of one that no table lists those of the letter below its marks, or an em."""
    known = {c: thousandths / 1000 for thousandths, cs in ADVANCES[bold].items() for c in cs}
    if letter in known:
        return known[letter]
    parts = unicodedata.normalize("NFD", letter)
    if unicodedata.combining(parts[0]):
        return 0.0
    return known.get(parts[0], 1.0) + 0.06 * ("\u031b" in parts)  # the horn of ơ and ư


def text_width(text: str, points: float, bold: bool = False) -> float:
    """Millimetres of a text on one line.

    >>> round(text_width("1.234", 10), 2)
    7.94
    """
    return sum(_advance(c, bold) for c in text) * points * 25.4 / 72


def lines_of(text: str, points: float, room: float, bold: bool = False) -> int:
    """Lines that a text takes in ``room`` mm, words kept whole where they fit; at least one."""
    lines, used, blank = 1, 0.0, text_width(" ", points, bold)
    for word in text.split(" "):
        need = text_width(word, points, bold)
        if used and used + blank + need > room:
            lines, used = lines + 1, 0.0
        elif used:
            used += blank
        lines += int(need // room)
        used += need % room
    return lines


def font_size(part: Table, content: ReportContent, base: float) -> float:
    """Points at which every figure of a table stays on one line of its column (at least 6)."""
    if part.size:
        return part.size
    size = base
    for at, column in enumerate(part.columns):
        if column.kind not in NUMERIC:
            continue
        texts = (content.text(r.cells[at], column.kind) for r in part.rows)
        widest = max((text_width(t, 1) for t in texts), default=0)
        size = min(size, (column.width - CELL) / widest if widest else base)
    return max(6.0, int(size * 2 + 1e-9) / 2)


@dataclass(frozen=True, slots=True)
class _Need:
    """Millimetres that a column asks for: the least, those at which no cell is wrapped, and of a
    column of words those of some of its texts."""

    least: float
    whole: float
    texts: tuple[float, ...] = ()


SAMPLE = 100
"""Rows that speak for all when the columns of words of a table are weighed."""
LONGEST_WORD, DIVIDED, WIDEST = 112.0, 30.0, 130.0
"""Millimetres above which a word is divided (a digest of 64 signs is not), or where there is no
room; and a column of words is no wider."""


def _need(part: Table, at: int, lang: str, currency: str, points: float) -> _Need:
    column = part.columns[at]
    if column.kind == "bar":
        return _Need(column.width, column.width)
    words, blank = column.head.split(), text_width(" ", points, bold=True)
    each = [text_width(w, points, bold=True) for w in words] or [0.0]
    halves = [
        max(sum(each[:k]) + blank * (k - 1), sum(each[k:]) + blank * (len(each) - k - 1))
        for k in range(1, len(each))
    ]
    head = max(*each, min(halves, default=each[0]))  # in two lines
    texts = [
        (cell_text(r.cells[at], column.kind, lang, currency, column.scale), r.kind != "line")
        for r in part.rows
    ]
    widths = [text_width(t, points, bold) for t, bold in texts]
    whole = max([head, *widths]) + CELL
    if column.kind != "text":
        return _Need(whole, whole)
    longest = max((text_width(w, points, b) for t, b in texts for w in t.split()), default=0.0)
    least = min(max(head, min(longest, LONGEST_WORD)) + CELL, whole)
    step = -(-len(widths) // SAMPLE) or 1
    return _Need(least, max(least, min(whole, WIDEST)), tuple(widths[::step]))


def fitted(part: Appendix, lang: str, currency: str, points: float = POINTS) -> Appendix:
    """The appendix with every table as wide as its text of ``points``: figures and heads get what
    they need, words what is left. Upright where no table needs more than that, its words in two
    lines."""
    needs = [
        [_need(t, at, lang, currency, points) for at in range(len(t.columns))]
        for t in part.tables()
    ]
    if needs and part.number:
        wide = max(sum(max(n.least, n.whole / 2) if c.kind == "text" else n.least
                       for c, n in zip(t.columns, own, strict=True))
                   for t, own in zip(part.tables(), needs, strict=True))  # fmt: skip
        part = replace(part, landscape=wide > replace(part, landscape=False).room)
    blocks: list[Block] = []
    asked = iter(needs)
    for block in part.blocks:
        if isinstance(block, Table):
            own = next(asked)
            if sum(n.least for n in own) > part.room:
                own = [replace(n, least=min(n.least, DIVIDED)) if n.texts else n for n in own]
            least, whole = sum(n.least for n in own), sum(n.whole for n in own)
            if part.room >= whole:
                widths = [n.whole * part.room / whole for n in own]
            elif part.room > least:
                widths = _shared(own, part.room)
            else:
                widths = [n.least * part.room / least for n in own]
            columns = (replace(c, width=w) for c, w in zip(block.columns, widths, strict=True))
            blocks.append(replace(block, columns=tuple(columns)))
        else:
            blocks.append(block)
    return replace(part, blocks=tuple(blocks))


def _shared(own: Sequence[_Need], room: float) -> list[float]:
    """Widths of ``room`` mm together: from the least on, each millimetre goes where it saves most
    lines."""
    widths = [n.least for n in own]
    left = room - sum(widths)
    while left > 0:
        saved = [
            sum(t for t in n.texts if t > w - CELL) / max(w - CELL, 1.0) ** 2 * (w < n.whole)
            for n, w in zip(own, widths, strict=True)
        ]
        at = max(range(len(own)), key=saved.__getitem__)
        widths[at] += min(1.0, left)
        left -= 1.0
    return widths


def fitted_all(parts: Iterable[Appendix], lang: str, currency: str) -> tuple[Appendix, ...]:
    """Appendices, each fitted; one without a table lies as the one before it."""
    made = list[Appendix]()
    for part in parts:
        new = fitted(part, lang, currency)
        if made and not any(part.tables()):
            new = replace(new, landscape=made[-1].landscape)
        made.append(new)
    return tuple(made)


def differs(form: str, place: str, found: object, expected: object) -> AuditError:
    """The error of a disagreement."""
    params = {"form": form, "place": place, "found": str(found), "expected": str(expected)}
    return AuditError([Finding("report_differs", Place(), params)])
