"""The ``.pdf`` by typst: data goes in as JSON, never as source; fonts come from the package.

A long package is set in pieces of about :data:`LIMIT` rows, and the pieces are put together:
memory stays that of a few pieces, pages are numbered through.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdfium2
import typst
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from planner.errors import Finding, InputError, Place
from planner.present.content import (
    NUMERIC,
    PAGE_POINTS,
    POINTS,
    Appendix,
    Block,
    Letter,
    ReportContent,
    Table,
    font_size,
    leads,
)
from planner.present.figures import FIGURES
from planner.present.figures.canvas import drawing
from planner.present.figures.comparison_charts import amended, trade_off
from planner.present.papers.view import View
from planner.system.disk import beside
from planner.system.process import give_back

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# ---- Runs of typst, and the lock of the library that reads PDF files.
#
# typst is called in this process: nothing here needs another Python, which a program with Python
# frozen into it cannot start. What it laid out (about 0.1 MB a row) it keeps for the next ten
# documents; after each piece of a long package it is given blank ones, so that memory stays that
# of a few pieces.

EPOCH = 946684800
"""2000-01-01: the time that every document carries."""
WRITTEN, WARNED = "out.pdf", "warnings.txt"
BLANKS = 10
"""Documents after which typst forgets one."""
PDFIUM = threading.RLock()
"""Held by whoever reads or joins PDF files: pdfium must not be called by two threads at a time,
not even for two files."""


def typeset(folder: Path) -> None:
    """Writes ``out.pdf`` and ``warnings.txt`` (a warning a line, none: an empty file) from
    ``report.typ`` and ``data.json`` of a folder."""
    with as_file(files("planner.present") / "fonts") as fonts:
        written, warnings = typst.compile_with_warnings(
            str(folder / "report.typ"), root=str(folder), font_paths=[str(fonts)],
            ignore_system_fonts=True, timestamp=EPOCH, pdf_tags=False,
        )  # fmt: skip
    (folder / WRITTEN).write_bytes(written)
    lines = [" ".join(str(w).split()) for w in warnings]
    (folder / WARNED).write_text("\n".join(lines), encoding="utf-8")


def forget(folder: Path) -> None:
    """Sets blank documents until typst has let go of what it laid out before."""
    blank = folder / "blank.typ"
    blank.write_text("", encoding="utf-8")
    compiler = typst.Compiler(str(blank), root=str(folder), ignore_system_fonts=True)
    for _ in range(BLANKS):
        compiler.compile(format="svg")
    give_back()


LIMIT = 1500
"""Rows that are set in one run of typst."""
LONG = 200
"""Characters of a cell from which its row may be divided by a page's end."""
LETTER = ("superior", "agency", "number", "place_date", "kind", "subject", "post", "name",
          "addressees", "bases", "recipients")  # fmt: skip
WORKERS = 2
"""Runs of typst at a time, for long packages."""


@dataclass(frozen=True)
class Piece:
    """The letter or (a part of) an appendix: begins on a new page."""

    part: Letter | Appendix
    blocks: tuple[Block, ...]
    first: bool = True
    last: bool = True

    @property
    def rows(self) -> int:
        """Rows of its tables."""
        return sum(len(b.rows) for b in self.blocks if isinstance(b, Table))


def write_pdf(content: ReportContent, path: Path) -> None:
    """Writes the package; a missing font is an error, not a warning."""
    # Runs whose pages count on: short sections together, a long appendix by itself.
    chains: list[list[list[Piece]]] = []
    parts: list[Letter | Appendix] = [content.letter, *content.appendices]
    if content.page is not None:
        parts.insert(0, content.page)
    short: list[Piece] = []
    for part in parts:
        section = Piece(part, part.blocks)
        if short and sum(p.rows for p in short) + section.rows > LIMIT:
            chains.append([short])
            short = []
        if section.rows <= LIMIT:
            short.append(section)
            continue
        # In pieces of at most about LIMIT rows, cut before a school's rows.
        pieces: list[list[Block]] = [[]]
        room = LIMIT
        for block in section.blocks:
            for k, slice_ in enumerate(_slices(block, room, content)):
                if k:
                    pieces.append([])
                    room = LIMIT
                pieces[-1].append(slice_)
                room = max(room - (len(slice_.rows) if isinstance(slice_, Table) else 0), 50)
        last = len(pieces) - 1
        chains.append([[Piece(part, tuple(p), k == 0, k == last)] for k, p in enumerate(pieces)])
    if short:
        chains.append([short])
    with beside(Path(tempfile.gettempdir()), "planner-pdf-") as folder:
        if len(chains) == 1 and len(chains[0]) == 1:
            path.write_bytes(_run(folder, content, chains[0][0], 0, apart=False)[0])
            return
        with ThreadPoolExecutor(WORKERS) as pool:
            jobs = [
                pool.submit(_chain, folder / str(k), content, chain)
                for k, chain in enumerate(chains)
            ]
            written = [pdf for job in jobs for pdf in job.result()]
    memory = io.BytesIO()
    with PDFIUM:
        whole = pypdfium2.PdfDocument.new()
        for pdf in written:
            document = pypdfium2.PdfDocument(pdf)
            whole.import_pages(document)
            document.close()
        whole.save(memory)
        whole.close()
    # Its date and identifier are those of its content, not of the moment.
    joined = re.sub(rb"/CreationDate\(D:\d{14}", b"/CreationDate(D:20000101000000",
                    memory.getvalue(), count=1)  # fmt: skip
    name = hashlib.sha256(b"".join(written)).hexdigest()[:32].upper().encode()
    identifier = b"/ID[<" + name + b"><" + name + b">]"
    path.write_bytes(re.sub(rb"/ID\[<\w{32}><\w{32}>\]", identifier, joined))


def _slices(block: Block, room: int, content: ReportContent) -> Iterator[Block]:
    if not isinstance(block, Table) or len(block.rows) <= room:
        yield block
        return
    block = replace(block, size=font_size(block, content, POINTS))
    begin, size = 0, room
    while begin < len(block.rows):
        end = min(begin + size, len(block.rows))
        back = end
        while begin < back < len(block.rows) and not leads(block, back):
            back -= 1
        end = back if back > begin else end
        rows = block.rows[begin:end]
        # A later slice: no heading or unit line, spans of rows counted from the slice.
        yield (
            replace(block, rows=rows)
            if not begin
            else replace(block, rows=rows, heading="", unit_line="", begins=begin)
        )
        begin, size = end, LIMIT


def _chain(folder: Path, content: ReportContent, runs: Sequence[list[Piece]]) -> list[bytes]:
    written, page = [], 0
    for k, run in enumerate(runs):
        pdf, pages = _run(folder / str(k), content, run, page, apart=True)
        written.append(pdf)
        page += pages
    return written


def _run(
    folder: Path, content: ReportContent, pieces: Sequence[Piece], page: int, *, apart: bool
) -> tuple[bytes, int]:
    """One run; the first page of a continued piece is ``page`` + 1."""
    folder.mkdir(parents=True, exist_ok=True)
    source = (files("planner.present") / "templates" / "report.typ").read_bytes()
    (folder / "report.typ").write_bytes(source)
    names = ("lang", "illustrative", "country", "motto", "reference")
    data: dict[str, Any] = {name: getattr(content, name) for name in names}
    sections: list[dict[str, Any]] = []
    for before, piece in zip((None, *pieces), pieces, strict=False):
        blocks: list[dict[str, Any]] = []
        for block in piece.blocks:
            if not isinstance(block, Table):
                blocks.append({"style": block.style, "text": soft(block.text)})
                continue
            rows = []
            for k, row in enumerate(block.rows):
                shown = zip(row.cells, block.columns, strict=True)
                cells = [soft(content.text(v, c.kind)) for v, c in shown]
                long = max(map(len, cells), default=0) > LONG
                marks = {"bold": row.kind != "line", "lead": leads(block, k) and not long}
                bars = {str(at): float(row.cells[at] or 0) for at in map(int, _bars(block))}
                rows.append(marks | {"long": long, "cells": cells, "bars": bars})
            columns = block.columns
            blocks.append({
                "size": font_size(
                    block, content, PAGE_POINTS if piece.part is content.page else POINTS
                ),
                "heading": block.heading, "unit_line": block.unit_line,
                "heads": [c.head for c in columns], "widths": [c.width for c in columns],
                "aligns": [c.side() for c in columns], "rows": rows, "bars": _bars(block),
            })  # fmt: skip
        at: dict[str, Any] = {"start": 1 if piece.first else page + 1, "joins": False}
        if isinstance(piece.part, Letter):
            texts = {k: getattr(piece.part, k) for k in LETTER}
            letter = {k: soft(v) if isinstance(v, str) else v for k, v in texts.items()}
            sections.append({"letter": letter | {"blocks": blocks}, "landscape": False} | at)
            continue
        if piece.part is content.page:
            page_heads = {"title": piece.part.title, "subject": soft(content.page_subject())}
            sections.append(page_heads | {"blocks": blocks, "landscape": False} | at)
            continue
        if before is not None and piece.first:
            at["joins"] = content.joins(before.part, piece.part)
        at |= {"landscape": piece.part.landscape, "last": piece.last, "blocks": blocks}
        heads = {"number": piece.part.number, "title": piece.part.title} if piece.first else {}
        sections.append({"number": ""} | at | heads)
    data |= {"labels": dict(content.labels), "sections": sections}
    text = json.dumps(data, ensure_ascii=False)
    (folder / "data.json").write_text(text, encoding="utf-8")
    typeset(folder)
    if apart:
        forget(folder)
    for warning in (folder / WARNED).read_text(encoding="utf-8").splitlines():
        if "font" in warning.lower():
            raise InputError([Finding("report_font", Place(), {"detail": warning})])
    written, pages = (folder / WRITTEN).read_bytes(), 0
    if apart:
        with PDFIUM:
            document = pypdfium2.PdfDocument(written)
            pages = len(document)
            document.close()
    shutil.rmtree(folder, ignore_errors=True)
    return written, pages


def _bars(part: Table) -> dict[str, str]:
    """Place of each column of bars → its tint."""
    return {
        str(at): "before" if c.key == "before" else "after"
        for at, c in enumerate(part.columns)
        if c.kind == "bar"
    }


def soft(text: str) -> str:
    """Long words get places where a line may break; numbers and «2023–2025» are left whole."""
    text = re.sub(r"(?<=\d)–(?=\d)", "\u2060–\u2060", text)
    return re.sub(r"\S{18,}", lambda m: "\u200b".join(re.findall(r".{1,9}", m[0])), text)


# ---- The ``.html``: one file with figures inline, a school table to sort and search, no network.

SHOWN = ("money", "coverage", "obligations", "replacements")


def write_html(content: ReportContent, view: View, path: Path) -> None:
    """Writes the page; all texts of users are escaped, and no script runs but the page's own."""
    templates = files("planner.present") / "templates"
    script = (templates / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    makers: dict[str, Callable[[], Figure]] = {}
    if not view.owner:  # they are of the whole plan, so there are none in an owner's package
        makers |= {name: partial(FIGURES[name], view.plan, view.lang) for name in SHOWN}
    if not view.owner and (found := view.amendment) is not None:
        makers["amended"] = partial(amended, found, view.lang)
        if found.amended.curve is not None and len(found.amended.curve):
            makers["trade-off"] = partial(trade_off, found, view.lang)
    pictures = []
    for name, make in makers.items():
        with drawing():
            memory = io.StringIO()
            quiet = {"Creator": "planner", "Date": None}
            make().savefig(memory, format="svg", metadata=quiet)
        drawn = memory.getvalue()
        drawn = re.sub(r'((?:id|href)="#?|url\(#)', rf"\1{name}-", drawn[drawn.index("<svg") :])
        pictures.append(Markup(drawn))
    page = environment.from_string((templates / "report.html").read_text(encoding="utf-8")).stream(
        c=content, numeric=NUMERIC, figures=pictures, row_class=_row_class,
        script=Markup(script), script_hash=digest,
    )  # fmt: skip
    page.enable_buffering(200)
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(page)


def _row_class(part: Table, at: int) -> Any:
    names = ["b"] * (part.rows[at].kind != "line") + ["lead"] * leads(part, at)
    return Markup(f' class="{" ".join(names)}"') if names else ""
