"""The ``.pdf`` by typst: data goes in as JSON, never as source; fonts come from the package."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from planner.errors import Finding, InputError, Place
from planner.present.content_types import NUMERIC, Block, ReportContent, Row, Table, font_size

CHUNK = 200
"""Rows of one typst table: short ones are laid out faster and with less memory."""


def write_pdf(content: ReportContent, path: Path) -> None:
    """Writes the package; a missing font is an error, not a warning."""
    import typst

    present = files("planner.present")
    with as_file(present / "fonts") as fonts, tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with as_file(present / "templates" / "report.typ") as source:
            shutil.copyfile(source, folder / "report.typ")
        data = json.dumps(_data(content), ensure_ascii=False)
        (folder / "data.json").write_text(data, encoding="utf-8")
        written, warnings = typst.compile_with_warnings(
            str(folder / "report.typ"), root=str(folder), font_paths=[str(fonts)],
            ignore_system_fonts=True, timestamp=946684800, pdf_tags=False,
        )  # fmt: skip
    for warning in warnings:
        if "font" in str(warning).lower():
            raise InputError([Finding("report_font", Place(), {"detail": str(warning)})])
    path.write_bytes(written)


def _data(content: ReportContent) -> dict[str, Any]:
    letter = content.letter
    names = ("superior", "agency", "number", "place_date", "kind", "subject", "post", "name",
             "addressees", "bases", "recipients")  # fmt: skip
    return {
        "lang": content.lang, "illustrative": content.illustrative, "country": content.country,
        "motto": content.motto, "reference": content.reference, "labels": dict(content.labels),
        "letter": {k: getattr(letter, k) for k in names}
        | {"blocks": [d for b in letter.blocks for d in _blocks(b, content)]},
        "appendices": [
            {"number": a.number, "title": a.title, "landscape": a.landscape,
             "blocks": [d for b in a.blocks for d in _blocks(b, content)]}
            for a in content.appendices
        ],
    }  # fmt: skip


def _blocks(block: Block, content: ReportContent) -> list[dict[str, Any]]:
    if not isinstance(block, Table):
        return [{"style": block.style, "text": block.text}]
    shape = {
        "size": font_size(block, content, 10),
        "heads": [c.head for c in block.columns],
        "widths": [c.width for c in block.columns],
        "aligns": [_align(c.kind) for c in block.columns],
    }
    parts = [block.rows[k : k + CHUNK] for k in range(0, len(block.rows), CHUNK)]
    return [
        shape
        | {"heading": "" if n else block.heading, "unit_line": "" if n else block.unit_line}
        | {"rows": [_row(r, block, content) for r in part]}
        for n, part in enumerate(parts)
    ]


def _align(kind: str) -> str:
    if kind in NUMERIC:
        return "right"
    return "center" if kind in ("index", "year") else "left"


def _row(row: Row, block: Table, content: ReportContent) -> dict[str, Any]:
    cells = [soft(content.text(v, c.kind)) for v, c in zip(row.cells, block.columns, strict=True)]
    return {"bold": row.kind != "line", "cells": cells}


def soft(text: str) -> str:
    """Long words get places where a line may break; numbers are left whole."""
    return re.sub(r"\S{18,}", lambda m: "\u200b".join(re.findall(r".{1,9}", m[0])), text)
