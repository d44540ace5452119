"""A package written in all its forms: complete and in agreement, or nothing at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from planner.present.check import check_docx, check_html, check_pdf, check_sums, check_xlsx
from planner.present.content import view_content
from planner.present.content_types import ReportContent
from planner.present.content_view import View
from planner.present.docx_ import write_docx
from planner.present.html import write_html
from planner.present.pdf import write_pdf
from planner.present.xlsx_ import write_xlsx

FORMS = ("docx", "xlsx", "pdf", "html")


def write_report(
    view: View, out: Path, forms: Sequence[str] = FORMS, template: Path | None = None
) -> list[Path]:
    """Writes the forms of a package into ``out``, reopens them and compares every figure.

    Raises :class:`AuditError` where one disagrees; then nothing is left behind.
    """
    content = view_content(view)
    check_sums(content)
    out.mkdir(parents=True, exist_ok=True)
    stem = f"to-trinh-{view.owner}" if view.owner else "to-trinh"
    beside = Path(tempfile.mkdtemp(prefix=".report-", dir=out))
    try:
        names = [f"{stem}.{form}" for form in FORMS if form in forms]
        for name in names:
            _write(content, view, beside / name, template)
        for name in names:
            os.replace(beside / name, out / name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return [out / name for name in names]


def _write(content: ReportContent, view: View, path: Path, template: Path | None) -> None:
    form = path.suffix[1:]
    if form == "docx":
        write_docx(content, path, template)
        check_docx(path, content, whole=template is None)
    elif form == "xlsx":
        write_xlsx(content, path)
        check_xlsx(path, content)
    elif form == "pdf":
        write_pdf(content, path)
        check_pdf(path, content)
    else:
        write_html(content, view, path)
        check_html(path, content)
