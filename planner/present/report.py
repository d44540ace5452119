"""A package written in all its forms: complete and in agreement, or nothing at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from planner.beside import whole
from planner.present.check import check_content, check_plan
from planner.present.check_pdf import check_pdf
from planner.present.check_text import check_docx, check_html
from planner.present.check_xlsx import check_xlsx
from planner.present.content import view_content
from planner.present.content_types import ReportContent
from planner.present.content_view import View
from planner.present.docx_ import write_docx
from planner.present.html import write_html
from planner.present.pdf import write_pdf
from planner.present.xlsx_ import write_xlsx

STEM = "to-trinh"
FORMS = ("docx", "xlsx", "pdf", "html")


def write_report(
    view: View, out: Path, forms: Sequence[str] = FORMS, template: Path | None = None
) -> list[Path]:
    """One package: see :func:`write_reports`."""
    return write_reports([view], out, forms, template)


def write_reports(
    views: Sequence[View], out: Path, forms: Sequence[str] = FORMS, template: Path | None = None
) -> list[Path]:
    """Writes the forms of every package into ``out``, reopens them, compares every figure.

    Raises :class:`AuditError` where one disagrees, :class:`InputError` for a template or a font
    that cannot be used, :class:`OSError` where the disk fails; then nothing of any package is
    left behind. What killed writers left in ``out`` goes.
    """
    with whole(out, prefix=".report-", ours=_papers_alone) as place:
        names = [n for view in views for n in _package(view, place, forms, template)]
    return [out / name for name in names]


def _papers_alone(folder: Path) -> bool:
    """Whether there is nothing in a folder but papers of ours, or a beginning of them."""
    return all(path.name.startswith(STEM) for path in folder.iterdir())


def _package(view: View, place: Path, forms: Sequence[str], template: Path | None) -> list[str]:
    content = view_content(view)
    check_content(content)
    check_plan(content, view)
    stem = f"{STEM}-{view.owner}" if view.owner else STEM
    names = [f"{stem}.{form}" for form in FORMS if form in forms]
    for name in names:
        _write(content, view, place / name, template)
    return names


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
