"""Runs of typst, and the lock of the library that reads PDF files.

typst is called in this process: nothing here needs another Python, which a program with Python
frozen into it cannot start. What it laid out (about 0.1 MB a row) it keeps for the next ten
documents; after each piece of a long package it is given blank ones, so that memory stays that
of a few pieces.
"""

from __future__ import annotations

import threading
from importlib.resources import as_file, files
from pathlib import Path

from planner.memory import give_back

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
    import typst

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
    import typst

    blank = folder / "blank.typ"
    blank.write_text("", encoding="utf-8")
    compiler = typst.Compiler(str(blank), root=str(folder), ignore_system_fonts=True)
    for _ in range(BLANKS):
        compiler.compile(format="svg")
    give_back()
