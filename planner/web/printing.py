"""Pages 12 and 13: the papers of a plan, and its workbook edited by hand."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from starlette.responses import Response

from planner.analysis.answers import answers_beside, beside_of
from planner.analysis.verdicts import Judged, judge
from planner.errors import Finding, InputError, Place
from planner.messages import LANGUAGES, say
from planner.present.explanation import judged_blocks
from planner.present.papers.view import owners, views_of
from planner.present.understanding import bases_told
from planner.run import folder as folders
from planner.run.edits import read_edited
from planner.system.disk import try_folder
from planner.web.asking import COMPARED, plan_folders
from planner.web.opened import HANDED_IN, NowhereError, folder_name, head_of, state_of
from planner.web.pages import Ask, go, link, page, taken_away
from planner.web.start import kept, known, received
from planner.web.work import Outcome, Task, job

FORMS = ("docx", "xlsx", "pdf", "html")
"""As ``planner report --format`` takes them."""
STEM = "to-trinh"
"""How papers' names begin."""
EVERY = "all"
"""A package each budget owner, as ``--owner all``."""
BOOK = "plan.xlsx"
EDITED = "edited"
"""Folder of edited workbooks among what was handed in: of each plan those of its name."""
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
"""Kinds of edited workbooks that ``planner audit`` takes."""
SAME_NAME = 20
"""Scenarios of a plan's name that are looked at."""


# ---- 12: papers.


def place_of_papers(ask: Ask, plan: Path) -> Path:
    """Where a plan's papers are, as ``planner report`` writes them; raises
    :class:`~planner.web.opened.NowhereError` where that is outside the opened folder."""
    return ask.opened.path(ask.opened.name(beside_of(plan, "report")))


def papers_in(place: Path) -> list[Path]:
    """The papers that stand in a folder."""
    if not place.is_dir():
        return []
    found = (p for p in sorted(place.iterdir()) if p.is_file() and not p.is_symlink())
    return [p for p in found if p.name.startswith(STEM) and p.suffix[1:] in FORMS]


def when(path: Path, lang: str) -> str:
    """When a file was written, on the clock of this machine."""
    moment = datetime.fromtimestamp(path.stat().st_mtime)
    return moment.strftime("%d/%m/%Y %H:%M" if lang == "vi" else "%Y-%m-%d %H:%M")


@page("/papers")
def papers(ask: Ask) -> Response:
    """The papers that are there, and what is asked to write them anew."""
    of = ask.get("of")
    plan = ask.opened.plan(of)
    read = ask.opened.read_plan(of)
    place = place_of_papers(ask, plan)
    made = (plan / folders.CLAIMS).stat().st_mtime
    rows = [
        (p.name, ask.opened.name(p), when(p, ask.lang), p.stat().st_size, p.stat().st_mtime < made)
        for p in papers_in(place)
    ]
    scenario = read.scenario
    names = scenario.settings.names.get("owner", {})
    whose = [(o, names[o].say(ask.lang) if o in names else o) for o in owners(scenario)]
    proposal = scenario.settings.proposal
    to, day = proposal.addressee, ask.get("day")
    return ask.show(
        "papers.html", of=of, scenario=scenario, rows=rows, owners=whose, forms=FORMS, place=place,
        stale=any(row[-1] for row in rows), superior=proposal.superior, date=proposal.date,
        addressee=to if isinstance(to, str) else ", ".join(to), left=ask.get("left") == "1",
        answers=answers_beside(plan) is not None,
        bases=bases_told(scenario, ask.lang, day if _is_day(day) else ""),
        others=[name for name in plan_folders(ask) if name != of], reason=proposal.choice_reason,
    )  # fmt: skip


@page("/papers", "POST")
def write_papers(ask: Ask) -> Response:
    """Begins to write the papers."""
    of = ask.get("of")
    plan = ask.opened.plan(of)
    wrong: list[Finding] = []
    forms = [f for f in FORMS if f in ask.texts("form")]
    if not forms:
        wrong.append(Finding("web.papers.no_form"))
    day = ask.get("date")
    if day and not _is_day(day):
        wrong.append(Finding("web.papers.no_day", Place(), {"value": day}))
    owner = ask.get("owner")
    if owner and owner not in (EVERY, *owners(ask.opened.read_plan(of).scenario)):
        wrong.append(Finding("report_owner_unknown", Place(), {"owner": owner}))
    others = [name for name in ask.texts("with") if ask.opened.plan(name) != plan]
    if len(others) > COMPARED:
        wrong.append(Finding("web.compare.most", Place(), {"most": COMPARED}))
    if wrong:
        raise InputError(wrong)
    template = ""
    if own := ask.files("template"):
        bodies = received(own[:1], (".docx",))
        folder = kept(ask, bodies, ask.say("web.papers.template.folder"), "templates")
        template = ask.opened.name(folder / next(iter(bodies)))
    wanted = ask.get("papers_lang")
    return ask.start(
        "report", link("/papers", of=of), of=of, out=ask.opened.name(place_of_papers(ask, plan)),
        papers_lang=wanted if wanted in LANGUAGES else ask.lang, owner=owner, date=day, forms=forms,
        template=template, superior=ask.get("superior"), addressee=ask.get("addressee"),
        detail="full" if ask.get("detail") == "full" else "brief",
        choice_reason=ask.get("choice_reason"), compared=others,
    )  # fmt: skip


def _is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, ``2026-03-01``."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@job("nothing")
def report(task: Task) -> Outcome:
    """Writes the papers of a plan, as ``planner report`` does.

    Arguments: ``of`` (plan folder), ``out`` (folder), ``papers_lang``, ``owner`` (empty, one, or
    ``all``), ``date``, ``forms``, ``template`` (a file, or empty), ``superior``, ``addressee``,
    ``choice_reason``, ``detail`` (``brief`` or ``full``), ``compared`` (plan folders).
    """
    args = task.args
    package = import_module("planner.present.papers.package")
    out = task.path("out")
    try_folder(out, inside=True)
    texts = ("superior", "addressee", "choice_reason")
    letter = {k: str(args[k]) for k in texts if args.get(k)}
    names = [str(args["owner"])] if args["owner"] else []
    told = str(args["papers_lang"]), names, str(args["date"]), letter
    compared = [task.root / str(name) for name in args.get("compared", ())]
    views, outdated = views_of(task.path("of"), *told, compared=compared)
    template = task.path("template") if args["template"] else None
    package.write_reports(views, out, list(args["forms"]), template, args.get("detail", "brief"))
    of = str(args["of"])
    told_of = {"left": "1" if outdated else "", "day": str(args["date"])}
    return Outcome(go=link("/papers", of=of, **told_of) + "#there")


@page("/papers.zip")
def zipped(ask: Ask) -> Response:
    """All papers that are there, in one file."""
    plan = ask.opened.plan(ask.get("of"))
    place = place_of_papers(ask, plan)
    found = papers_in(place)
    if not found:
        raise NowhereError(ask.get("of"))
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as packed:
        for path in found:
            packed.write(path, path.name)
    return taken_away(body.getvalue(), f"{place.name}.zip")


@page("/papers/template")
def template(ask: Ask) -> Response:
    """The letter that the product ships, to be edited and given back."""
    shipped: bytes = import_module("planner.present.papers.docx").shipped()
    return taken_away(shipped, f"{say('web.papers.template.folder', ask.lang)}.docx")


# ---- 13: edited by hand.


@page("/edit")
def edit(ask: Ask) -> Response:
    """The plan's workbook to take away; of one that came back, what it breaks and costs."""
    of, book = ask.get("of"), ask.get("book")
    plan = ask.opened.plan(of)
    name = re.compile(re.escape(folder_name(plan.name) or "1") + r"(-\d+)?")
    place = ask.opened.root / HANDED_IN / EDITED
    given = (p for p in place.glob("*/*") if name.fullmatch(p.parent.name))
    books = [p for p in given if p.suffix.lower() in WORKBOOKS]
    mine = sorted(books, key=lambda p: -p.stat().st_mtime)
    earlier = [(p.name, ask.opened.name(p), when(p, ask.lang)) for p in mine[:20]]
    context: dict[str, Any] = {"of": of, "book": book, "earlier": earlier, "blocks": ()}
    context["file"] = ask.opened.name(plan / BOOK) if (plan / BOOK).is_file() else ""
    context |= {"currency": "VND", "broken": (), "wrong": ()}
    if not book:
        return ask.show("edit.html", **context)
    try:
        judged = judged_of(ask, of, book)
    except InputError as error:  # cells that cannot be: said beside the form that takes another
        return ask.show("edit.html", 422, **context | {"wrong": error.findings})
    currency = judged.edited.sealed.scenario.settings.currency
    context |= {"blocks": judged_blocks(judged, ask.lang), "currency": currency}
    return ask.show("edit.html", **context | {"broken": judged.broken})


def judged_of(ask: Ask, of: str, book: str) -> Judged:
    """What an edited workbook does to a plan; once for as long as neither changes."""
    plan, path = ask.opened.plan(of), ask.opened.there(book)
    if not path.is_file() or path.suffix.lower() not in WORKBOOKS:
        raise NowhereError(book)
    state = (state_of(plan), state_of(path))
    return ask.opened.remember(f"edit {of} {book}", state, lambda: judge(read_edited(path, plan)))


@page("/edit", "POST")
def take_edited(ask: Ask) -> Response:
    """Keeps an edited workbook and goes to what it does."""
    of = ask.get("of")
    plan = ask.opened.plan(of)
    bodies = received(ask.files("files")[:1], WORKBOOKS)
    folder = kept(ask, bodies, plan.name, EDITED)
    return go(link("/edit", of=of, book=ask.opened.name(folder / next(iter(bodies)))))


@page("/edit/keep", "POST")
def keep_edited(ask: Ask) -> Response:
    """Begins a plan that keeps what was edited (or all of the workbook), and plans the rest: as
    ``planner run --lock``."""
    of, book = ask.get("of"), ask.get("book")
    plan = ask.opened.plan(of)
    judged_of(ask, of, book)
    out = ask.opened.free(ask.opened.path(ask.opened.name(beside_of(plan, "locked"))))
    return ask.start(
        "run", link("/edit", of=of, book=book), of=scenario_of(ask, plan), lock=book, plan=of,
        lock_all=ask.get("all") == "1", out=ask.opened.name(out),
    )  # fmt: skip


def scenario_of(ask: Ask, plan: Path) -> str:
    """The scenario that a plan was made of, as it stands in the opened folder; where none does any
    more, the plan's own copy of it."""
    head = head_of(plan)
    alike = [p for p in ask.opened.scenarios() if p.stem == head.get("scenario")]
    for path in alike[:SAME_NAME]:
        found = known(ask, ask.opened.name(path)).scenario
        if found is not None and dict(found.inputs) == dict(head.get("inputs") or {}):
            return ask.opened.name(path)
    return ask.opened.name(plan / "inputs" / "scenario.yaml")
