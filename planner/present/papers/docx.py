"""The ``.docx``: a letter from a template that offices can replace, appendices written behind it.

The template runs in Jinja's sandbox with escaping on; its tag ``{{ appendices }}`` says where
the appendices stand.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, Template, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment, SecurityError
from lxml import etree
from markupsafe import Markup

from planner.errors import Finding, InputError, Place
from planner.present.content import (
    CELL,
    POINTS,
    Appendix,
    Block,
    Cell,
    Column,
    Paragraph,
    ReportContent,
    Table,
    font_size,
    leads,
    lines_of,
    text_width,
)

# ---- The template of the letter: read within limits, run in a sandbox that can only fill it in.
#
# A template may print the values that it is given, choose between them and repeat a part for each
# of a list. It reaches no attribute of Python, calls nothing, and its size bounds the result: no
# nested loops, no macros, no ranges, no repeated texts.

DOCUMENT = "word/document.xml"
LARGEST = 64 * 2**20
"""Bytes of a template, unpacked."""
FILTERS = ("capitalize", "default", "e", "escape", "first", "join", "last", "length", "lower",
           "replace", "title", "trim", "upper")  # fmt: skip
REFUSED = (nodes.Macro, nodes.CallBlock, nodes.Call, nodes.Include, nodes.Import,
           nodes.FromImport, nodes.Extends, nodes.FilterBlock)  # fmt: skip


def shipped() -> bytes:
    """The template of the package, to be edited and given back with ``--template``."""
    return (files("planner.present") / "templates" / "report.docx").read_bytes()


def template_bytes(path: Path | None) -> bytes:
    """The template: the office's own, or the shipped one.

    Raises :class:`InputError` for what is no plain .docx, is too large, holds macros or points
    outside itself (links that a reader clicks are allowed).
    """
    if path is None:
        return shipped()
    place = Place(file=path.name)
    source = path.read_bytes()
    left = LARGEST
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            archive.getinfo(DOCUMENT)
            for name in archive.namelist():
                if name.endswith("vbaProject.bin"):
                    raise InputError([Finding("report_template_macros", place, {})])
                with archive.open(name) as part:
                    data = part.read(left + 1)
                left -= len(data)  # counted as it comes out
                if left < 0:
                    raise InputError([Finding("report_template_size", place, {})])
                parser = etree.XMLParser(resolve_entities=False, no_network=True)
                for node in etree.fromstring(data, parser) if name.endswith(".rels") else ():
                    kind = str(node.get("Type", "")).rsplit("/", 1)[-1]
                    if node.get("TargetMode") == "External" and kind != "hyperlink":
                        raise InputError([Finding("report_template_outside", place, {})])
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, NotImplementedError) as error:
        detail = f"{type(error).__name__}: {error}"
        raise InputError([Finding("report_template", place, {"detail": detail})]) from error
    return source


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja that fills in: what is beyond that is refused before anything runs."""

    intercepted_binops = frozenset(("*", "**", "%", "+", "-", "/", "//"))

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        self.globals.clear()
        self.filters = {k: v for k, v in self.filters.items() if k in FILTERS}

    def from_string(self, source: Any, *args: Any, **more: Any) -> Template:
        """A template, once it was looked through."""
        tree = source if isinstance(source, nodes.Template) else self.parse(source)
        for node in tree.find_all(REFUSED):
            raise SecurityError(f"not allowed in a template: {type(node).__name__.lower()}")
        for loop in tree.find_all(nodes.For):
            inner = [p for p in (*loop.body, *loop.else_) if isinstance(p, nodes.For)]
            inner += [f for p in (*loop.body, *loop.else_) for f in p.find_all(nodes.For)]
            if loop.recursive or inner:
                raise SecurityError("not allowed in a template: a loop in a loop")
        return super().from_string(source, *args, **more)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic between numbers only: a text times a billion fills the memory."""
        if operator == "**" or not all(isinstance(v, int) for v in (left, right)):
            raise SecurityError(f"not allowed in a template: {operator}")
        return super().call_binop(context, operator, left, right)


# ---- WordprocessingML of blocks and appendices: written as text, so that long tables stay cheap.

TWIPS = 56.6929
"""Twentieths of a point in a millimetre."""
PAGE_SIZES = tuple(n / 2 for n in range(22, 9, -1))
"""Points that the one page's text may have: the first at which it fits."""
PAGE_ROOM = 710.0
"""Points of its height: those of A4 between its margins, less a line and a half."""
SMALL = 8
"""Rows of a table that is not divided by a page's end."""
GAP = '<w:p><w:pPr><w:spacing w:after="0" w:line="120" w:lineRule="exact"/></w:pPr></w:p>'
"""Between a table and what follows."""
TINY = '<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
"""Of a paragraph that only ends a section: it must not begin a page."""
LINES = '<w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/>'
"""Single lines in cells."""
WHOLE = "<w:trPr><w:cantSplit/></w:trPr>"
"""Of a row that no page divides."""
MARGIN = 80
"""Twips between a cell's text and its sides."""
SIDES = (f'<w:tblCellMar><w:left w:w="{MARGIN}" w:type="dxa"/><w:right w:w="{MARGIN}" '
         'w:type="dxa"/></w:tblCellMar>')  # fmt: skip
BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)


def run(text: str, size: float, bold: bool = False, italic: bool = False) -> str:
    """A run of text; ``size`` in points."""
    marks = ("<w:b/>" if bold else "") + ("<w:i/>" if italic else "")
    half = int(size * 2)
    return (
        f'<w:r><w:rPr>{marks}<w:sz w:val="{half}"/><w:szCs w:val="{half}"/></w:rPr>'
        f'<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
    )


def paragraph(
    runs: str, align: str = "both", after: int = 0, first: int = 0, keep: bool = False,
    pitch: str = "",
) -> str:  # fmt: skip
    """A paragraph of single lines, or of lines with the spacing ``pitch``; ``after`` in points,
    ``first`` line indent in twips."""
    kept = "<w:keepNext/>" if keep else ""
    lines = (pitch or LINES).replace('w:after="0"', f'w:after="{after * 20}"')
    return (
        f"<w:p><w:pPr>{kept}{lines}"
        f'<w:ind w:firstLine="{first}"/>'
        f'<w:jc w:val="{align}"/></w:pPr>{runs}</w:p>'
    )


def letter_body(content: ReportContent) -> str:
    """The letter's blocks; the last paragraph stays with the signature below it."""
    *most, last = content.letter.blocks
    pieces = [p for b in most for p in block(b, content, 12)]
    if isinstance(last, Paragraph):
        return "".join([*pieces, text(last, keep=True)])
    return "".join([*pieces, *block(last, content, 12)])


def block(part: Block, content: ReportContent, size: float) -> Iterator[str]:
    """A block of the letter or of an appendix."""
    if isinstance(part, Table):
        yield from table(part, content, size)
    else:
        yield text(part)


def text(part: Paragraph, keep: bool = False) -> str:
    """A paragraph in its style; ``keep``: on the page of what follows."""
    bold, italic = part.style == "heading", part.style in ("note", "words")
    align = "center" if part.style == "words" else "both"
    first = 0 if part.style in ("words", "note") else 720
    keep = keep or part.style in ("heading", "lead", "note")
    size = 12 if part.style == "note" else 13
    return paragraph(run(part.text, size, bold, italic), align, 6, first, keep)


def table(part: Table, content: ReportContent, size: float, pitch: str = "") -> Iterator[str]:
    """A table with its heading, unit line, repeated head and figures to the right; ``pitch``: the
    spacing of its lines, where they are not single."""
    heading, unit = run(part.heading, 13, bold=True), run(part.unit_line, 12, italic=True)
    room = sum(c.width for c in part.columns)
    needs = text_width(part.heading, 13, bold=True) + text_width(part.unit_line, 12)
    if part.heading and part.unit_line and needs < room - 10:  # both on one line
        tab = f'<w:tabs><w:tab w:val="right" w:pos="{round(room * TWIPS)}"/></w:tabs>'
        line = paragraph(heading + "<w:r><w:tab/></w:r>" + unit, "left", 3, keep=True)
        yield line.replace("<w:keepNext/>", f"<w:keepNext/>{tab}", 1)
    else:
        if part.heading:
            yield paragraph(heading, "left", 3, keep=True)
        if part.unit_line:
            yield paragraph(unit, "right", 2, keep=True)
    size = font_size(part, content, size)
    widths = [round(c.width * TWIPS) for c in part.columns]
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    yield (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblInd w:w="{MARGIN}" '
        f'w:type="dxa"/><w:tblBorders>{BORDERS}'
        f'</w:tblBorders><w:tblLayout w:type="fixed"/>{SIDES}</w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>"
    )
    heads = "".join(
        _cell(c.head, w, "center", size, True, False, pitch, '<w:vAlign w:val="center"/>')
        for c, w in zip(part.columns, widths, strict=True)
    )
    yield f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{heads}</w:tr>"
    for at, row in enumerate(part.rows):
        keep = at < len(part.rows) - 1 if len(part.rows) <= SMALL else leads(part, at)
        cells = "".join(
            _bar(value, c, content, w, size, row.kind != "line", keep, pitch) if c.kind == "bar"
            else _cell(content.text(value, c.kind), w, c.side(), size, row.kind != "line", keep,
                       pitch)
            for value, c, w in zip(row.cells, part.columns, widths, strict=True)
        )  # fmt: skip
        # A row of several lines is not divided. Not so the first two: LibreOffice loses all others
        # where such a row ends a page right below the head.
        wraps = at > 1 and any(
            lines_of(content.text(v, c.kind), size, c.width - CELL, row.kind != "line") > 1
            for v, c in zip(row.cells, part.columns, strict=True) if c.kind == "text"
        )  # fmt: skip
        yield f"<w:tr>{WHOLE if wraps else ''}{cells}</w:tr>"
    yield "</w:tbl>" + GAP


def heads(content: ReportContent) -> dict[str, Markup]:
    """The lines below the letter's heads, of the lengths that Nghị định 30/2020 has: as long as the
    motto, and two fifths of the agency's name and of the subject."""
    letter = content.letter
    texts = {"agency": (letter.agency, 12, 70, 0.4), "motto": (content.motto, 13, 95, 1.0),
             "subject": (letter.subject, 14, 165, 0.4)}  # fmt: skip
    return {
        key: Markup(rule(room, share * min(text_width(text, size, bold=True), room)))
        for key, (text, size, room, share) in texts.items()
    }


def rule(room: float, length: float = 45) -> str:
    """A centred line of ``length`` mm in a text width of ``room`` mm."""
    side = round((room - length) / 2 * TWIPS)
    return (
        '<w:p><w:pPr><w:keepNext/><w:pBdr><w:top w:val="single" w:sz="6" w:space="1" '
        'w:color="000000"/></w:pBdr>'
        '<w:spacing w:after="80" w:line="120" w:lineRule="exact"/>'
        f'<w:ind w:left="{side}" w:right="{side}"/></w:pPr></w:p>'
    )


def _cell(
    value: str, width: int, align: str, size: float, bold: bool, keep: bool = False,
    pitch: str = "", more: str = "",
) -> str:  # fmt: skip
    content = run(value, size, bold) if value else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{more}</w:tcPr><w:p><w:pPr>'
        f'{"<w:keepNext/>" if keep else ""}<w:keepLines/>{pitch or LINES}<w:jc w:val="{align}"/>'
        f"{_mark(size)}</w:pPr>"
        f"{content}</w:p></w:tc>"
    )


def _mark(size: float) -> str:
    """The paragraph's own mark as small as its text: an empty cell is no higher than its row."""
    return f'<w:rPr><w:sz w:val="{int(size * 2)}"/><w:szCs w:val="{int(size * 2)}"/></w:rPr>'


TINTS = {"before": "C9C9C9", "after": "8DBFE0"}


def _bar(
    value: Cell, column: Column, content: ReportContent, width: int, size: float, bold: bool,
    keep: bool, pitch: str = "",
) -> str:  # fmt: skip
    """A cell with a bar as long as its share, a shaded tab, and the share at the cell's right."""
    share = min(max(float(value or 0), 0.0), 1.0)
    right = width - 2 * MARGIN
    stop = max(round((right - 760) * share), 1)
    drawn = (
        f'<w:r><w:rPr><w:sz w:val="{int(size * 2)}"/><w:shd w:val="clear" w:color="auto" '
        f'w:fill="{TINTS["before" if column.key == "before" else "after"]}"/></w:rPr><w:tab/></w:r>'
        "<w:r><w:tab/></w:r>"
    )
    shown = drawn + run(content.text(value, column.kind), size, bold)
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:pPr>'
        f'{"<w:keepNext/>" if keep else ""}<w:tabs><w:tab w:val="left" w:pos="{stop}"/>'
        f'<w:tab w:val="right" w:pos="{right}"/></w:tabs>'
        f'{pitch or LINES}<w:jc w:val="left"/>{_mark(size)}</w:pPr>{shown}</w:p></w:tc>'
    )


def section(references: str, landscape: bool, kind: str = "nextPage") -> str:
    """A section's page: A4, margins 20/20/30/15 mm, numbers from 1, none on the first page;
    ``kind``: how it begins."""
    size = (
        'w:w="16838" w:h="11906" w:orient="landscape"' if landscape else 'w:w="11906" w:h="16838"'
    )
    return (
        f'<w:sectPr>{references}<w:type w:val="{kind}"/><w:pgSz {size}/>'
        '<w:pgMar w:top="1134" w:right="850" w:bottom="1134" w:left="1701" w:header="567" '
        'w:footer="567" w:gutter="0"/><w:pgNumType w:start="1"/><w:titlePg/></w:sectPr>'
    )


def appendix(part: Appendix, content: ReportContent) -> Iterator[str]:
    """An appendix's heading (khoản on Phụ lục of Nghị định 30/2020) and its blocks."""
    name = f"{content.labels['appendix']} {part.number}"
    yield paragraph(run(name, 14, bold=True), "center", 3, keep=True)
    yield paragraph(run(part.title, 13, bold=True), "center", 3, keep=True)
    yield paragraph(run(content.reference, 13, italic=True), "center", 3, keep=True)
    yield rule(part.room)
    for piece in part.blocks:
        yield from block(piece, content, POINTS)
    yield paragraph(run("./.", 14), "right")


def appendices(content: ReportContent, references: str) -> Iterator[str]:
    """All appendices, each a section; begins by closing the letter's section."""
    landscape, kind, before = False, "nextPage", None
    for part in content.appendices:
        yield f"<w:p><w:pPr>{TINY}{section(references, landscape, kind)}</w:pPr></w:p>"
        yield from appendix(part, content)
        joined = before is not None and content.joins(before, part)
        landscape, kind, before = part.landscape, "continuous" if joined else "nextPage", part
    yield section(references, landscape, kind)


def page(content: ReportContent, references: str) -> Iterator[str]:
    """The one page before the letter, a section of its own: as large as it fits, with lines of a
    fixed height, as nobody can ask Word whether it does."""
    part = content.page
    if part is None:
        return
    size = next(
        (s for s in PAGE_SIZES if page_height(part, content, s) <= PAGE_ROOM), PAGE_SIZES[-1]
    )
    yield paragraph(run(part.title, size + 3, bold=True), "center", 2, pitch=_exact(size + 3))
    subject = content.page_subject()
    yield paragraph(run(subject, size + 1), "center", 2, pitch=_exact(size + 1))
    yield rule(part.room)
    for piece in part.blocks:
        if isinstance(piece, Table):
            yield from table(piece, content, size, _exact(font_size(piece, content, size)))
        else:
            bold, italic = piece.style == "heading", piece.style == "note"
            text = run(piece.text, size, bold, italic)
            yield paragraph(text, "both", 3, keep=bold, pitch=_exact(size))
    yield f"<w:p><w:pPr>{TINY}{section(references, landscape=False)}</w:pPr></w:p>"


def _pitch(size: float) -> float:
    """Points from line to line."""
    return round(size * 1.16, 1)


def _exact(size: float) -> str:
    """Spacing of lines that no letter widens."""
    line = round(_pitch(size) * 20)
    return f'<w:spacing w:before="0" w:after="0" w:line="{line}" w:lineRule="exact"/>'


def page_height(part: Appendix, content: ReportContent, size: float) -> float:
    """Points that the one page takes when its text has ``size`` points, rather more than less."""

    def lines(text: str, points: float, room: float, bold: bool = False) -> float:
        return lines_of(text, points, room * 0.97, bold) * _pitch(points)

    total = lines(part.title, size + 3, part.room, bold=True) + 2
    total += lines(content.page_subject(), size + 1, part.room) + 2 + 12
    for piece in part.blocks:
        if not isinstance(piece, Table):
            total += lines(piece.text, size, part.room, piece.style == "heading") + 3
            continue
        points = font_size(piece, content, size)
        rooms = [c.width - 2 * MARGIN / TWIPS for c in piece.columns]
        total += max(lines(c.head, points, r, bold=True)
                     for c, r in zip(piece.columns, rooms, strict=True)) + 1  # fmt: skip
        for row in piece.rows:
            texts = (content.text(v, c.kind) for v, c in zip(row.cells, piece.columns, strict=True))
            total += max(lines(t, points, r, row.kind != "line")
                         for t, r in zip(texts, rooms, strict=True)) + 1  # fmt: skip
        total += 7
    return total


MARK = "planner-appendices-stand-here"
DATE = (2000, 1, 1, 0, 0, 0)


def write_docx(content: ReportContent, path: Path, template: Path | None = None) -> None:
    """Writes the package; the same content and template give the same bytes.

    Raises :class:`InputError` for a template that cannot be used: one finding, nothing written.
    """
    source = template_bytes(template)
    place = Place(file=template.name if template else "report.docx")
    rendered = io.BytesIO()
    try:
        document = DocxTemplate(io.BytesIO(source))
        context = {
            "letter": content.letter, "letter_body": Markup(letter_body(content)),
            "country": content.country, "motto": content.motto, "labels": content.labels,
            "title": content.title, "illustrative": content.illustrative, "owner": content.owner,
            "appendices": MARK, "rules": heads(content),
        }  # fmt: skip
        document.render(context, jinja_env=Sandbox())
        document.save(rendered)
    except Exception as error:  # whatever a foreign template does: one finding
        detail = f"{type(error).__name__}: {error}"
        raise InputError([Finding("report_template", place, {"detail": detail})]) from error
    with zipfile.ZipFile(rendered) as archive:
        body = archive.read(DOCUMENT).decode("utf-8")
        if MARK not in body:
            raise InputError([Finding("report_template_mark", place, {})])
        # The marked paragraph makes room for the appendices, whose section is the last one.
        marked = re.search(
            rf"<w:p(?: [^>]*)?>(?:(?!</w:p>).)*{MARK}(?:(?!</w:p>).)*</w:p>", body, re.S
        )
        if marked is None:
            raise ValueError("the mark of the appendices stands in no paragraph of its own")
        references = dict.fromkeys(re.findall(r"<w:(?:header|footer)Reference [^>]*/>", body))
        before, rest = body[: marked.start()], body[marked.end() :]
        last, end = rest.rfind("<w:sectPr"), "</w:sectPr>"
        after = rest[:last] + rest[rest.rfind(end) + len(end) :] if last >= 0 else rest
        start = before.index("<w:body>") + len("<w:body>")
        pieces = chain(
            [before[:start]], page(content, "".join(references)), [before[start:]],
            appendices(content, "".join(references)), [after],
        )  # fmt: skip
        with zipfile.ZipFile(path, "w") as target:
            for name in archive.namelist():
                entry = zipfile.ZipInfo(name, DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                with target.open(entry, "w", force_zip64=True) as out:
                    if name != DOCUMENT:
                        out.write(archive.read(name))
                        continue
                    for piece in pieces:
                        out.write(piece.encode("utf-8"))
