"""Page 11, the amendment: what has happened to a plan, what changes because of it, before and
after; and its jobs.

Filled sheets of what has happened are kept beside the plan, in ``<plan>-executed``; one that lies
there as ``<plan>-executed.xlsx`` (where ``planner new-executed`` leaves it) is offered too.
"""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from starlette.responses import Response

from planner import api
from planner.analysis.amending import amend as amended_plan
from planner.analysis.amending import owed
from planner.analysis.compare import by_weight
from planner.analysis.status import PlanStatus
from planner.analysis.status import status as status_of
from planner.errors import Finding, InputError, Place
from planner.messages import say
from planner.messages.numbers import grouped
from planner.present import amendment, executing
from planner.present.content import Block, Column, Paragraph, Row, Table, fund_name
from planner.present.painting import add_figures, draw_amended, undrawn_in_words
from planner.present.painting import draw as draw_plan
from planner.run import folder as folders
from planner.run.execution import read_executed
from planner.run.result import Result
from planner.system.disk import beside, try_folder, whole, write_file
from planner.web.asking import (
    DRAWN,
    chosen_count,
    chosen_number,
    draw,
    ended,
    figures_in,
    mark,
    place_of,
    read_json,
    written,
)
from planner.web.opened import TABLES, Opened, file_name, state_of
from planner.web.pages import Ask, Told, go, link, page, shown
from planner.web.planning import clash
from planner.web.start import sound
from planner.web.work import Outcome, Task, job

OWN = "own"
"""Says that no sheet is meant: what the plan itself keeps of what has happened, or nothing."""


def day_of(ask: Ask) -> datetime.date | None:
    """The day that is asked for; raises :class:`InputError` where it is none."""
    text = ask.get("at").strip()
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        where = Place(key=ask.say("web.amend.at"))
        raise InputError([Finding("web.day", where, {"text": text[:60]})]) from None


def sheets_of(ask: Ask, of: str) -> list[str]:
    """Sheets of what has happened to a plan that lie beside it, the newest first."""
    place = place_of(ask, of, "executed")
    found = [place.with_name(f"{place.name}{suffix}") for suffix in (".xlsx", ".csv")]
    found += list(place.iterdir()) if place.is_dir() else []
    there = [p for p in found if p.is_file() and p.suffix.lower() in TABLES]
    there.sort(key=lambda p: (-p.stat().st_mtime, p.name))
    return [ask.opened.name(p) for p in there if not p.name.startswith((".", "~$"))]


def sheet_asked(ask: Ask, sheets: Sequence[str]) -> Path | None:
    """The sheet that is asked for, by default the newest; ``None``: no sheet."""
    given = ask.get("executed") or (sheets[0] if sheets else OWN)
    return None if given == OWN else ask.opened.there(given)


@dataclass(frozen=True)
class Stood:
    """How far a plan has come, and what is said of it."""

    found: PlanStatus
    told: Told


def stood(ask: Ask, of: str, sheet: Path | None, at: datetime.date | None) -> Stood:
    """How far a plan has come, by a sheet; raises :class:`InputError` with what is wrong in it."""
    base = ask.opened.read_plan(of)
    state = (state_of(base.path), state_of(sheet) if sheet else None, at)

    def make() -> Stood:
        found = status_of(base, sheet, at)
        return Stood(found, Told(lambda lang: executing.status_blocks(found, lang)))

    made: Stood = ask.opened.remember(f"status {of}", state, make)
    return made


def status_mark(found: PlanStatus) -> str:
    """What tells a status from any other."""
    execution = found.execution
    return mark("status", folders.plan_id(execution.base), execution.digest, str(found.at))


def changed_table(found: amendment.Amendment, rows: pd.DataFrame, lang: str) -> Table:
    """Lines that an amendment changes: school, item, what changes, and why."""
    heads = {name: say(f"web.amend.col.{name}", lang) for name in ("school", "item", "what", "why")}
    columns = tuple(Column(name, head) for name, head in heads.items())
    cells = [
        (
            found.schools.get(row["school"], row["school"]),
            found.item(row, lang),
            amendment.change_in_words(found, row, lang),
            amendment.cause_word(row["change"], row["cause"], lang),
        )
        for row in rows.to_dict("records")
    ]
    return Table("changes", columns, tuple(Row("line", row) for row in cells))


@dataclass(frozen=True)
class Changed:
    """What an amended plan changes, its lines in the order in which they are shown."""

    found: amendment.Amendment
    lines: pd.DataFrame
    texts: list[str]
    told: Told


def changed(ask: Ask, base: folders.PlanFolder, of: str) -> Changed | None:
    """What a plan folder changes of the plan that it amends; ``None`` where it amends none."""

    def make() -> tuple[Changed | None]:
        found = amendment.amendment_of(base)
        if found is None:
            return (None,)
        lines = by_weight(found.changes())
        told = Told(lambda lang: amendment.amendment_blocks(found, lang))
        return (Changed(found, lines, changed_texts(found, lines), told),)

    made: tuple[Changed | None] = ask.opened.remember(f"amendment {of}", state_of(base.path), make)
    return made[0]


def changed_texts(found: amendment.Amendment, lines: pd.DataFrame) -> list[str]:
    """What each changed line can be found by: ids and names, change and cause in both languages."""
    items = {k: f"{i.name} {i.name_en}" for k, i in found.scenario.items.items()}
    pairs = lines[["change", "cause"]].drop_duplicates().itertuples(index=False, name=None)
    words = {
        (change, cause): " ".join(
            f"{amendment.change_word(change, lang)} {amendment.cause_word(change, cause, lang)}"
            for lang in ("vi", "en")
        )
        for change, cause in pairs
    }
    columns = ["school", "item", "request", "fund", "fund_reference", "change", "cause"]
    return [
        " ".join([*row[:5], found.schools.get(row[0], ""), items.get(row[1], ""),
                  found.titles.get(row[2], ""), words[row[5:]]])
        for row in lines[columns].itertuples(index=False, name=None)
    ]  # fmt: skip


@page("/amend")
def amend_page(ask: Ask) -> Response:
    """What has happened to a plan, how it may be amended, and, of one that amends another, what
    it changes."""
    return shown_amend(ask, ask.get("of"))


def shown_amend(ask: Ask, of: str, wrong: Sequence[Finding] = ()) -> Response:
    """The page; ``wrong``: what was found in a sheet that was handed in and not kept."""
    base = ask.opened.read_plan(of)
    at, sheets, findings = day_of(ask), sheets_of(ask, of), list(wrong)
    sheet = sheet_asked(ask, sheets)
    stand = None
    if not wrong:
        try:
            stand = stood(ask, of, sheet, at)
        except InputError as error:
            findings += error.findings
    out = place_of(ask, of, "status")
    ours = stand and read_json(out / DRAWN) == {
        "of": status_mark(stand.found),
        "lang": ask.lang,
    }
    known = changed(ask, base, of)
    found = known.found if known else None
    rows = shown(ask, range(len(known.lines)), known.texts.__getitem__) if known else None
    part = known.lines.iloc[list(rows.rows)] if known and rows else None
    executed = OWN if sheet is None else ask.opened.name(sheet)
    about: dict[str, Any] = {
        "of": of, "findings": findings, "sheets": sheets, "executed": executed,
        "at": ask.get("at"), "currency": base.scenario.settings.currency,
        "stand": stand.told[ask.lang] if stand else [],
        "figures": figures_in(ask, out, "status") if ours else [], "found": found,
        "told": known.told[ask.lang] if known else [],
        "shown": rows, "part": changed_table(found, part, ask.lang) if found else None,
        "amended": figures_in(ask, base.path / "figures", "amended", "trade-off"),
        "scenarios": [ask.opened.name(p) for p in ask.opened.scenarios()],
        "before": found.amended.base if found else "",
    }  # fmt: skip
    return ask.show("amend.html", 422 if wrong else 200, **about)


@page("/amend/sheet", "POST", reads=True)
def sheet(ask: Ask) -> Response:
    """The sheet in which to say what has happened, as ``planner new-executed`` writes it."""
    of = ask.get("of")
    base = ask.opened.read_plan(of)
    name = f"{place_of(ask, of, 'executed').name}.xlsx"
    return written(lambda path: executing.write_sheet(base, path, ask.lang), name)


@page("/amend/executed", "POST")
def hand_in(ask: Ask) -> Response:
    """Takes a filled sheet, if it can be used, and shows how far the plan has come by it; one that
    cannot is not kept, and what is wrong in it is said cell by cell."""
    of = ask.get("of")
    base = ask.opened.read_plan(of)
    files = ask.files("sheet")
    if not files:
        return go(link("/amend", of=of))
    name, body = file_name(str(files[0].filename)), files[0].file.read()
    with beside(Path(tempfile.gettempdir()), "planner-page-") as place:
        (place / name).write_bytes(body)
        try:
            read_executed(place / name, base)
        except InputError as error:
            return shown_amend(ask, of, error.findings)
    kept = ask.opened.free(place_of(ask, of, "executed") / name)
    write_file(kept, body)
    return go(link("/amend", of=of, executed=ask.opened.name(kept)))


@page("/amend/status", "POST")
def ask_status(ask: Ask) -> Response:
    """Begins to write and draw how far a plan has come."""
    of, at = ask.get("of"), day_of(ask)
    sheet = sheet_asked(ask, sheets_of(ask, of))
    executed = "" if sheet is None else ask.opened.name(sheet)
    back = link("/amend", of=of, executed=executed or OWN, at=ask.get("at"))
    out = ask.opened.name(place_of(ask, of, "status"))
    return ask.start(
        "status", back, of=of, executed=executed, at=at.isoformat() if at else "", out=out
    )


@job("nothing")
def status(task: Task) -> Outcome:
    """Writes what ``planner status --out`` writes.

    Arguments: ``of`` (plan folder), ``executed`` (file; empty: none), ``at`` (day, ISO; empty: the
    last that is told), ``out`` (folder).
    """
    out, at, executed = task.path("out"), task.args["at"], task.args["executed"]
    try_folder(out, inside=True)
    sheet = task.path("executed") if executed else None
    found = status_of(folders.read(task.path("of")), sheet, at or None)
    task.teller.tell(phase="writing")
    with whole(out) as place:
        executing.write_csv(found, place)
    undrawn = draw(
        task, out, status_mark(found),
        lambda charts, place: charts.save_status(found, place, task.lang),
    )  # fmt: skip
    address = link("/amend", of=task.args["of"], executed=executed or OWN, at=at)
    return ended(task, address, undrawn)


@page("/amend", "POST")
def ask_amendment(ask: Ask) -> Response:
    """Begins to amend a plan."""
    of, at, scenario = ask.get("of"), day_of(ask), ask.get("scenario")
    source = ask.opened.plan(of)
    sheet = sheet_asked(ask, sheets_of(ask, of))
    if scenario:
        sound(ask, scenario)
    within = chosen_number(ask, "within", 0, 1)
    points = chosen_count(ask, "points", 5, 0, 20)
    out = ask.opened.free(place_of(ask, of, "amended"))
    executed = "" if sheet is None else ask.opened.name(sheet)
    back = link("/amend", of=ask.opened.name(source), executed=executed or OWN, at=ask.get("at"))
    return ask.start(
        "amend", back, of=of, scenario=scenario, executed=executed, out=ask.opened.name(out),
        at=at.isoformat() if at else "", within=0.01 if within is None else within,
        points=points, gap=chosen_number(ask, "gap", 0, 1),
        time_limit=chosen_number(ask, "seconds", 0.01),
    )  # fmt: skip


@job("plan")
def amend(task: Task) -> Outcome:
    """Amends a plan and writes the new one, as ``planner amend`` does; where there is none, why.

    Arguments: ``of`` (plan folder), ``scenario`` (empty: the plan's own), ``executed`` (file;
    empty: what the plan itself keeps), ``at`` (day, ISO), ``within`` (0–1), ``points``, ``gap``,
    ``time_limit``, ``out`` (the new plan's folder).
    """
    lang, args = task.lang, task.args
    out = Opened(task.root).free(task.path("out"))  # another job may have taken that name meanwhile
    base = folders.read(task.path("of"))
    scenario = api.load(task.path("scenario")) if args["scenario"] else None
    chosen: dict[str, Any] = {k: args[k] for k in ("within", "points", "gap", "time_limit")}
    result = amended_plan(
        base, scenario, executed=task.path("executed") if args["executed"] else None,
        at=args["at"] or None, **chosen, **task.listening(),
    )  # fmt: skip
    code = 5 if task.teller.stop() else int(result.status.exit_code)
    if result.maybe_plan is None:
        return no_plan(task, result, code)
    place = folders.write(result, out)
    with folders.workplace(place) as made:
        drawn = made / "figures"
        _, undrawn = draw_amended(result, drawn, lang)
        undrawn += add_figures(
            place, made, lambda: draw_plan(result.plan, drawn, lang)[1], folders.read_claims(place)
        )
    address = link("/amend", of=out.relative_to(task.root).as_posix())
    return ended(task, address, undrawn_in_words(undrawn, lang), code)


def no_plan(task: Task, result: Result, code: int) -> Outcome:
    """Why a plan cannot be amended: contracts that cost more than there is, locks that must move,
    or what conflicts, with its repairs."""
    lang, scenario, told = task.lang, result.scenario, list[Block]()
    for row in owed(scenario).itertuples():
        figures = {k: grouped(getattr(row, k), lang) for k in ("due", "usable", "lacking")}
        name = fund_name(scenario, str(row.fund), lang)
        words = say("amend.owed", lang, fund=name, year=str(row.year), **figures)
        told.append(Paragraph(words, "lead"))
    if str(result.status) == "infeasible":
        told += clash(task, scenario)[0]
    said = say(f"door_status_{result.status}", lang)
    currency = scenario.settings.currency
    return Outcome(code, sentence=said, blocks=tuple(told), currency=currency)
