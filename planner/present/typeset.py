"""One run of typst in a folder with ``report.typ`` and ``data.json``.

``python -m planner.present.typeset FOLDER`` is how long packages are set piece by piece: the
memory of a run (about 0.1 MB a row) is given back when its process ends.
"""

from __future__ import annotations

import sys
from importlib.resources import as_file, files
from pathlib import Path

EPOCH = 946684800
"""2000-01-01: the time that every document carries."""
WRITTEN, WARNED = "out.pdf", "warnings.txt"


def typeset(folder: Path) -> None:
    """Writes ``out.pdf`` and ``warnings.txt`` (a warning a line, none: an empty file)."""
    import typst

    with as_file(files("planner.present") / "fonts") as fonts:
        written, warnings = typst.compile_with_warnings(
            str(folder / "report.typ"), root=str(folder), font_paths=[str(fonts)],
            ignore_system_fonts=True, timestamp=EPOCH, pdf_tags=False,
        )  # fmt: skip
    (folder / WRITTEN).write_bytes(written)
    lines = [" ".join(str(w).split()) for w in warnings]
    (folder / WARNED).write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    typeset(Path(sys.argv[1]))
