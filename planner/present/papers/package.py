"""A package written in all its forms: complete and in agreement, or nothing at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from planner.present.content import ReportContent, plain, roman
from planner.present.papers.agreement import (
    check_content,
    check_docx,
    check_html,
    check_pdf,
    check_plan,
    check_xlsx,
)
from planner.present.papers.annexes import (
    group_appendix,
    money_appendix,
    packages_appendix,
    schools_table,
)
from planner.present.papers.docx import write_docx
from planner.present.papers.evidence import assumptions_appendix, coverage_appendix, unmet_appendix
from planner.present.papers.letter import letter
from planner.present.papers.pdf import write_html, write_pdf
from planner.present.papers.view import View
from planner.present.papers.xlsx import write_xlsx
from planner.run.folder import PlanFolder
from planner.system.disk import whole

# --------------------------------------------------------------------------------------------------
# One content, four forms: a plan folder becomes a typed :class:`ReportContent`.

LABELS = ("addressee", "recipients", "appendix", "search", "sort", "figures", "schools", "contents")


def report_content(
    folder: PlanFolder,
    lang: str = "vi",
    *,
    owner: str = "",
    date: str = "",
    letterhead: Mapping[str, str] | None = None,
) -> ReportContent:
    """The package of a proven plan; ``owner``: only that budget owner's schools.

    Raises :class:`InputError` for an owner that no school has.
    """
    return view_content(View(folder, lang, owner, date, letterhead))


def view_content(view: View) -> ReportContent:
    """The package of a view."""
    numbers = appendix_numbers(view)
    # «(Kèm theo Tờ trình số … ngày … của …)»; the number is filled in by hand.
    agency = plain(view.proposal.agency) or view.say("letter.we")
    blank = dict.fromkeys(("day", "month", "year"), "     ")
    symbol = plain(view.proposal.symbol) or "TTr-…"
    appendices = [
        group_appendix(view, g, numbers[g])
        for g in ("completed", "under_construction", "preparing")
    ]
    appendices += [
        money_appendix(view, numbers["money"]),
        coverage_appendix(view, numbers["coverage"]),
        unmet_appendix(view, numbers["unmet"]),
        assumptions_appendix(view, numbers["assumptions"]),
    ]
    if "none" in numbers:
        appendices.append(group_appendix(view, "none", numbers["none"]))
    appendices.append(packages_appendix(view, numbers["packages"]))
    return ReportContent(
        lang=view.lang,
        currency=view.settings.currency,
        title=plain(view.settings.title.say(view.lang)),
        owner=plain(view.owner),
        illustrative=view.say("illustrative") if view.settings.illustrative else "",
        country=view.say("country"),
        motto=view.say("motto"),
        reference=view.say("reference", symbol=symbol, agency=agency, **(view.dated or blank)),
        letter=letter(view, numbers),
        appendices=tuple(appendices),
        schools=schools_table(view),
        labels={k: view.say(f"label.{k}") for k in LABELS},
    )


def appendix_numbers(view: View) -> dict[str, str]:
    """Appendix key → Roman number; I–VII are fixed, the rest follow as needed."""
    keys = ["completed", "under_construction", "preparing", "money", "coverage", "unmet",
            "assumptions"]  # fmt: skip
    if (view.schools["group"] == "none").any():
        keys.append("none")
    keys.append("packages")
    return {k: roman(n) for n, k in enumerate(keys, 1)}


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
    """The names of the package's files, each written, opened again and compared."""
    content = view_content(view)
    check_content(content)
    check_plan(content, view)
    stem = f"{STEM}-{view.owner}" if view.owner else STEM
    names = [f"{stem}.{form}" for form in FORMS if form in forms]
    for path in map(place.joinpath, names):
        if path.suffix == ".docx":
            write_docx(content, path, template)
            check_docx(path, content, whole=template is None)
        elif path.suffix == ".xlsx":
            write_xlsx(content, path)
            check_xlsx(path, content)
        elif path.suffix == ".pdf":
            write_pdf(content, path)
            check_pdf(path, content)
        else:
            write_html(content, view, path)
            check_html(path, content)
    return names
