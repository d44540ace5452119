"""Pages 5 and 6: a plan with its figures and files, its lines, its schools, one school."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup
from starlette.responses import Response

from planner import api
from planner.analysis.unmet import group_coverage, unmet
from planner.messages import say
from planner.messages.numbers import (
    DASH,
    bare_money,
    grouped,
    money,
    percent,
    pupil_years,
    rounded,
    trimmed,
)
from planner.plan.contract import number_text
from planner.present.amendment import Amendment, amendment_blocks, amendment_of
from planner.present.content import Block, Paragraph, fund_name, money_scale
from planner.present.page import html_blocks
from planner.present.summary import summary_blocks
from planner.run import folder as folders
from planner.run.folder import PlanFolder
from planner.system.disk import write_file
from planner.web.opened import NowhereError, head_of, state_of
from planner.web.pages import Ask, Shown, cut, go, link, page, taken_away, trouble
from planner.web.start import saved_whole

GOOD = ("optimal", "within_gap")
FIGURES = "figures/"
MAP = "coverage-map"
"""The figure that is a map; it stands first."""
TAKEN = re.compile(r"[A-Za-z0-9_.-]+\.(xlsx|csv)")
"""Names of files that can be taken along."""
TITLES = {
    MAP: "figure.map.title",
    "amended": "amend.figure.amended",
    "trade-off": "amend.figure.trade_off",
}
"""Figures whose title has another code than their name."""


@dataclass(frozen=True)
class Reading:
    """What a plan says to people of a language, made once and kept: tables with names instead of
    ids, and a column ``text`` that a search looks into."""

    folder: PlanFolder
    lang: str

    def told(self) -> dict[str, Any]:
        """What templates print its figures with; an amount is in whole major units."""
        lang, currency = self.lang, self.folder.scenario.settings.currency

        def units(count: float) -> str:
            text = number_text(count)
            return trimmed(Decimal(text), lang) if text else ""

        def exact(amount: Any) -> str:
            return DASH if amount is None or pd.isna(amount) else bare_money(amount, lang, currency)

        unit = money_scale([], currency, lang).unit
        told = {"plan": self, "currency": currency, "unit": unit}
        return told | {"units": units, "exact": exact}

    @cached_property
    def names(self) -> Mapping[str, str]:
        """School → name."""
        schools = self.folder.plan.schools
        return {
            str(k): str(n) or str(k)
            for k, n in zip(schools["school"], schools["name"].fillna(""), strict=True)
        }

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Request → its title."""
        asked = self.folder.scenario.table("requests")
        return {
            str(r): str(t) or str(r) for r, t in zip(asked["request"], asked["title"], strict=True)
        }

    def item(self, item: str) -> str:
        """An item's name in the language."""
        known = self.folder.scenario.items.get(item)
        return known.label(self.lang) if known else item

    def word(self, family: str, value: str) -> str:
        """An entry of a closed list; empty where there is none."""
        return say(f"label.{family}.{value}", self.lang) if value else ""

    @cached_property
    def lines(self) -> pd.DataFrame:
        """The plan's lines."""
        lines = self.folder.plan.allocation
        what = lines["item"].map(_each(lines["item"], self.item)).astype("object")
        asked = lines["request"] != ""
        what = what.mask(asked, lines["request"].map(_each(lines["request"], self._title)))
        fund = self._funds(lines["fund"])
        kinds = lines["kind"].map(_each(lines["kind"], lambda k: self.word("kind", k)))
        standing = lines["standing"].map(
            _each(lines["standing"], lambda k: self.word("standing", k))
        )
        made = lines.assign(
            name=lines["school"].map(self.names).fillna(lines["school"]), what=what,
            fund_name=fund, kind_word=kinds, standing_word=standing,
        )  # fmt: skip
        text = _joined(made, "name", "school", "what", "fund_name", "year", "kind_word")
        return made.assign(text=text)

    def _title(self, request: str) -> str:
        return self.titles.get(request, request)

    def _funds(self, funds: pd.Series) -> pd.Series:
        scenario = self.folder.scenario
        return funds.map(_each(funds, lambda f: fund_name(scenario, f, self.lang)))

    @cached_property
    def schools(self) -> pd.DataFrame:
        """The schools."""
        schools = self.folder.plan.schools
        made = schools.assign(
            name=schools["school"].map(self.names),
            group_word=schools["group"].map(
                _each(schools["group"], lambda g: self.word("group_short", g))
            ),
            level_word=schools["level"].map(
                _each(schools["level"], lambda g: self.word("level", g))
            ),
            received=schools["spent"] + schools["proposed"],
        )
        return made.assign(text=_joined(made, "name", "school", "group_word", "level_word"))

    @cached_property
    def lacking(self) -> pd.DataFrame:
        """Needs that stay unmet, each with its reason."""
        return unmet(self.folder.plan)

    @cached_property
    def amendment(self) -> Amendment | None:
        """What it changes of the plan before; nothing where it amends none."""
        return amendment_of(self.folder)

    @cached_property
    def changes(self) -> Sequence[Block]:
        """The same in words, as ``planner amend`` says it."""
        return amendment_blocks(self.amendment, self.lang) if self.amendment else ()

    @cached_property
    def blocks(self) -> Sequence[Block]:
        """The summary, as ``planner run`` says it."""
        return summary_blocks(self.folder, self.lang)


def _each(column: pd.Series, word: Any) -> dict[str, str]:
    """Each distinct entry's word."""
    return {str(v): word(str(v)) for v in column.unique()}


def _joined(table: pd.DataFrame, *columns: str) -> pd.Series:
    """What a search looks into: some columns of a row, in lower case."""
    text = table[columns[0]].astype("str")
    for column in columns[1:]:
        text = text + " " + table[column].astype("str")
    return text.str.casefold()


def reading(ask: Ask) -> Reading:
    """The plan that an address names, proven."""
    of = ask.get("of")
    folder = ask.opened.read_plan(of)
    state = state_of(folder.path)
    made = ask.opened.remember(f"reading {ask.lang} {of}", state, lambda: Reading(folder, ask.lang))
    assert isinstance(made, Reading)
    return made


def shown_rows(ask: Ask, table: pd.DataFrame, sorts: Mapping[str, str], default: str = "") -> Shown:
    """The rows of a table that the address asks for, as :func:`planner.web.pages.shown` has it.

    ``sorts``: key of the address → the table's column; ``table["text"]`` is searched.
    """
    search = ask.get("q")[:200]
    if search:
        table = table[table["text"].str.contains(search.casefold(), regex=False)]
    sort, down = ask.get("sort", default), ask.get("down") == "1"
    if sort in sorts:
        table = table.sort_values(sorts[sort], ascending=not down, kind="stable")
    at, pages, part = cut(ask, len(table))
    rows = table.iloc[part].drop(columns="text").to_dict("records")
    return Shown(rows, len(table), at, pages, sort, down, search)


# ---- Page 5.


@page("/plan")
def show_plan(ask: Ask) -> Response:
    """A plan: how it ended, its figures, its summary, its files."""
    of = ask.get("of")
    head = head_of(ask.opened.plan(of))
    if head.get("kind") == folders.KIND:
        return go(link("/decision", of=of))
    known = reading(ask)
    title, status, rest = sections(known.blocks)
    currency = known.folder.scenario.settings.currency
    amended = head.get("amend") is not None
    return ask.show(
        "plan_page.html", of=of, head=head, source=source_of(ask, of, head), amended=amended,
        title=title[0].text if isinstance(title[0], Paragraph) else of,
        about=blocks_html(ask, title[1:], currency), status=blocks_html(ask, status, currency),
        rest=blocks_html(ask, rest, currency),
        amendment=blocks_html(ask, known.changes, currency),
        good=head["status"] in GOOD, tiles=tiles(known, head), groups=groups(known),
        figures=figures(known, head), files=downloads(head),
        illustrative=known.folder.scenario.settings.illustrative, **known.told(),
    )  # fmt: skip


def blocks_html(ask: Ask, blocks: Sequence[Block], currency: str) -> Markup:
    """Blocks as the page's sections."""
    return Markup(html_blocks(blocks, ask.lang, currency, 2))


def sections(blocks: Sequence[Block]) -> tuple[list[Block], list[Block], list[Block]]:
    """A summary's title, how the run ended, and the rest, each with its heading first."""
    heads = [k for k, b in enumerate(blocks) if isinstance(b, Paragraph) and b.style == "heading"]
    first, second = (heads + [len(blocks)] * 3)[1:3]
    return list(blocks[:first]), list(blocks[first:second]), list(blocks[second:])


def tiles(known: Reading, head: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The figures of a plan's card, by name."""
    lang, plan = known.lang, known.folder.plan
    currency = known.folder.scenario.settings.currency
    facts = [(say("card.status", lang), say(f"label.status.{head['status']}", lang))]
    if head["value"] is not None and math.isfinite(head["value"]):
        gap = percent(head["gap"], 2, lang, up=True)
        facts.append((say("card.value", lang, gap=gap), rounded(head["value"], 1, lang)))
    facts.append((say("card.people", lang), pupil_years(head["people"], lang)))
    facts.append((say("card.spent", lang), money(plan.spent, lang, currency)))
    if (told := known.amendment) is not None:
        least = {"bound": told.amended.bound_of_changes}
        facts.append((say("card.changed", lang, **least), grouped(told.amended.changed, lang)))
    return facts


def groups(known: Reading) -> list[dict[str, Any]]:
    """Coverage by group before and after, with schools and money."""
    plan, lang = known.folder.plan, known.lang
    rows = []
    for means in group_coverage(plan).to_dict("records"):
        mine = plan.schools[plan.schools["group"] == means["group"]]
        amount = int(mine["spent"].sum() + mine["proposed"].sum())
        name = say(f"label.group_short.{means['group']}", lang)
        rows.append(means | {"name": name, "count": len(mine), "amount": amount})
    return rows


def files_of(head: Mapping[str, Any]) -> list[str]:
    """The files that ``plan.json`` lists."""
    files = head.get("files")
    return [str(f) for f in files] if isinstance(files, Mapping) else []


def figures(known: Reading, head: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The figures that the plan's folder holds: name and title, the map first."""
    names = [
        f.removeprefix(FIGURES).removesuffix(".png")
        for f in files_of(head)
        if f.startswith(FIGURES) and f.endswith(".png")
    ]
    return [(n, figure_title(known, n)) for n in sorted(names, key=lambda n: n != MAP)]


def figure_title(known: Reading, name: str) -> str:
    """What a figure shows."""
    if name.startswith("ledger-"):
        fund = fund_name(known.folder.scenario, name.removeprefix("ledger-"), known.lang)
        return say("figure.ledger.title", known.lang, fund=fund)
    code = TITLES.get(name, f"figure.{name.replace('-', '_')}.title")
    last = str(known.folder.scenario.settings.years[1])
    try:
        return say(code, known.lang, year=last)
    except KeyError:  # of an earlier version: by its file's name
        return name


def downloads(head: Mapping[str, Any]) -> list[str]:
    """Files of a plan's folder that can be taken along: the workbook first, then its tables."""
    names = [f for f in files_of(head) if TAKEN.fullmatch(f)]
    return sorted(names, key=lambda f: (f != folders.WORKBOOK, f))


def source_of(ask: Ask, of: str, head: Mapping[str, Any]) -> tuple[str, bool] | None:
    """The scenario of the opened folder that a plan was made of, and whether its files have
    changed since; nothing where there is none of its name and files, or where that is not known."""
    inputs = {str(k): str(v) for k, v in (head.get("inputs") or {}).items()}
    known: dict[str, dict[Path, str]] = {}
    for path in ask.opened.scenarios():
        if path.stem == head.get("scenario") and path.name in inputs:
            files = {path.parent / name: digest for name, digest in inputs.items()}
            if all(f.is_file() for f in files):
                known[ask.opened.name(path)] = files

    def look() -> tuple[str, bool] | None:
        for name, files in known.items():
            if all(folders.digest(f) == known_as for f, known_as in files.items()):
                return name, False
        # an amendment's inputs may be those of the plan that it amends
        return None if head.get("amend") else next(((name, True) for name in known), None)

    state = (
        inputs,
        bool(head.get("amend")),
        tuple(state_of(f) for files in known.values() for f in files),
    )
    found: tuple[str, bool] | None = ask.opened.remember(f"source {of}", state, look)
    return found


@page("/figure")
def show_figure(ask: Ask) -> Response:
    """A figure of a plan's folder, as PNG."""
    name = f"{FIGURES}{ask.get('name')}.png"
    return Response(_file(ask, name), media_type="image/png")


@page("/plan/file")
def take_file(ask: Ask) -> Response:
    """A table or the workbook of a plan's folder, to be kept."""
    name = ask.get("name")
    head = folders.read_claims(ask.opened.plan(ask.get("of")))
    if name not in downloads(head):
        raise NowhereError(name)
    kind = "text/csv" if name.endswith(".csv") else "application/octet-stream"
    return taken_away(_file(ask, name), name, kind)


def _file(ask: Ask, name: str) -> bytes:
    """A file that ``plan.json`` lists; any other is nowhere."""
    folder = ask.opened.plan(ask.get("of"))
    if name not in files_of(folders.read_claims(folder)):
        raise NowhereError(name)
    return ask.opened.there(f"{ask.get('of')}/{name}").read_bytes()


@page("/plan/draw", "POST")
def draw_plan(ask: Ask) -> Response:
    """Draws the figures of a plan that has none."""
    of = ask.get("of")
    ask.opened.plan(of)
    return ask.start("draw", link("/plan", of=of), of=of)


# ---- Lines and schools.


@page("/lines")
def show_lines(ask: Ask) -> Response:
    """The plan's lines, a hundred at a time."""
    known = reading(ask)
    sorts = {
        "line": "line", "school": "name", "what": "what", "fund": "fund_name", "year": "year",
        "kind": "kind_word", "quantity": "quantity", "amount": "amount",
    }  # fmt: skip
    rows = shown_rows(ask, known.lines, sorts, "line")
    return ask.show("lines.html", of=ask.get("of"), lines=rows, **known.told())


@page("/schools")
def show_schools(ask: Ask) -> Response:
    """The schools, what each got and how far its needs are covered."""
    known = reading(ask)
    sorts = {
        "school": "school", "name": "name", "group": "group_word", "level": "level_word",
        "pupils": "pupils", "received": "received", "before": "coverage_before",
        "after": "coverage_after",
    }  # fmt: skip
    rows = shown_rows(ask, known.schools, sorts)
    return ask.show("schools.html", of=ask.get("of"), schools=rows, **known.told())


@page("/school")
def show_school(ask: Ask) -> Response:
    """One school: what it got, what it lacks, how far its needs are covered."""
    known, school = reading(ask), ask.get("school")
    mine = known.schools[known.schools["school"] == school]
    if mine.empty:
        raise NowhereError(school)
    plan = known.folder.plan
    lines = known.lines[known.lines["school"] == school]
    running = lines["kind"] == "upkeep"
    lacking = known.lacking[known.lacking["school"] == school].to_dict("records")
    last = known.folder.scenario.settings.years[1]
    covered = plan.coverage[(plan.coverage["school"] == school) & (plan.coverage["year"] == last)]
    asked = plan.requests[plan.requests["school"] == school].to_dict("records")
    return ask.show(
        "school.html", of=ask.get("of"), school=mine.iloc[0].to_dict(), **known.told(),
        lines=lines[~running].to_dict("records"), running=lines[running].to_dict("records"),
        lacking=lacking, year=last,
        covered=covered.to_dict("records"), requests=asked,
    )  # fmt: skip


@page("/school/why", "POST", reads=True)
def ask_why(ask: Ask) -> Response:
    """Looks for the reason of each need of a school, and the least change that meets it."""
    of, school = ask.get("of"), ask.get("school")
    known = reading(ask)
    if school not in known.names:
        raise NowhereError(school)
    return ask.start("why", link("/school", of=of, school=school), of=of, school=school)


# ---- A repair of a scenario that has no plan.


@page("/repair/apply", "POST")
def apply_repair(ask: Ask) -> Response:
    """Writes a repaired scenario beside the old one, as ``planner run --apply-repair``, and leads
    to its page to try; a file that is there stays."""
    job = ask.jobs.jobs.get(ask.get("id"))
    outcome = job.outcome if job is not None else None
    known = outcome.data.get("repairs", []) if outcome is not None else []
    number = ask.number("number", 0)
    if not 1 <= number <= len(known):
        return trouble(ask, 404, ask.say("web.repair.gone"))
    repair = known[number - 1]
    if "whole" in repair:
        scenario = api.load(ask.opened.there(repair["of"]))
        path = saved_whole(ask, scenario, repair["whole"], repair["changes"])
        return go(link("/try", of=ask.opened.name(path)))
    of = repair["file"]
    target = ask.opened.path(of)
    try:
        write_file(target, repair["text"].encode(), new=True)
    except FileExistsError:
        return trouble(ask, 409, ask.say("web.repair.exists", file=of))
    return go(link("/try", of=of))
