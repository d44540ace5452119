"""One content, four forms: a plan folder becomes a typed :class:`ReportContent`."""

from __future__ import annotations

from collections.abc import Mapping

from planner.folder import PlanFolder
from planner.present.content_assumptions import assumptions_appendix
from planner.present.content_coverage import coverage_appendix, unmet_appendix
from planner.present.content_groups import group_appendix
from planner.present.content_letter import letter
from planner.present.content_money import money_appendix
from planner.present.content_packages import packages_appendix
from planner.present.content_schools import schools_table
from planner.present.content_types import ReportContent, plain, roman
from planner.present.content_view import View

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
        reference=_reference(view),
        letter=letter(view, numbers),
        appendices=tuple(appendices),
        schools=schools_table(view),
        labels={k: view.say(f"label.{k}") for k in LABELS},
    )


def _reference(view: View) -> str:
    """«(Kèm theo Tờ trình số … ngày … của …)»; the number is filled in by hand."""
    agency = plain(view.proposal.agency) or view.say("letter.we")
    blank = dict.fromkeys(("day", "month", "year"), "     ")
    symbol = plain(view.proposal.symbol) or "TTr-…"
    return view.say("reference", symbol=symbol, agency=agency, **(view.dated or blank))


def appendix_numbers(view: View) -> dict[str, str]:
    """Appendix key → Roman number; I–VII are fixed, the rest follow as needed."""
    keys = ["completed", "under_construction", "preparing", "money", "coverage", "unmet",
            "assumptions"]  # fmt: skip
    if (view.schools["group"] == "none").any():
        keys.append("none")
    keys.append("packages")
    return {k: roman(n) for n, k in enumerate(keys, 1)}
