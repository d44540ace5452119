"""Page 1, the beginning: the scenarios and plans of the opened folder, and how new ones come in.

What is handed in is kept as it came in a folder of its own (``handed-in/<name>``), whole or not at
all; nothing that is there is ever overwritten.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, Response

from planner import api
from planner.errors import Finding, InputError, Place, errors_in
from planner.messages import LANGUAGES
from planner.scenario.load import WORKBOOKS, inspect
from planner.scenario.new import starter as starting
from planner.scenario.scenario import Scenario, settings_yaml
from planner.scenario.write import FILE
from planner.system.disk import refusals_as_findings
from planner.web.opened import (
    HANDED_IN,
    HEAD,
    TABLES,
    NowhereError,
    Opened,
    file_name,
    folder_name,
    head_of,
    state_of,
)
from planner.web.pages import Ask, go, link, page

SETTINGS = (".yaml", ".yml")
RAW = ("workbook_without_settings", "scenario_is_table")
"""Findings of a file that is an office's own table, no scenario."""
DOWNLOADS = (*TABLES, *SETTINGS, ".docx", ".pdf", ".html", ".zip")
"""Kinds of files that are given out, as files to be kept, never shown."""
STARTER_SCHOOLS, INVENTED_SCHOOLS = 100_000, 200_000
"""Schools of a new scenario at most, as ``planner new`` takes them."""
writing = threading.Lock()
"""Held while a free name is looked for and taken: two browsers may hand in the same at once."""
_NAMED_FILE = re.compile(r"\"([^\"\n]+)\"|'([^'\n]+)'|([^\s:{},\[\]\"']+\.\w+)")
"""What may be the name of a file in a YAML file."""


@dataclass(frozen=True)
class Known:
    """A scenario that was read: what it is, and what was found and interpreted."""

    scenario: Scenario | None
    findings: list[Finding]
    notes: list[Finding]


def known(ask: Ask, of: str) -> Known:
    """A scenario by its path, read once for as long as nothing beside it changes."""
    path = ask.opened.there(of)
    return ask.opened.remember(f"scenario {of}", state_beside(path), lambda: Known(*inspect(path)))


def sound(ask: Ask, of: str) -> Scenario:
    """A scenario; raises :class:`InputError` with what was found where it cannot be used."""
    found = known(ask, of)
    if found.scenario is None:
        raise InputError(found.findings)
    return found.scenario


def state_beside(path: Path) -> tuple[Any, ...]:
    """Changes whenever a file does that a scenario may be read from: those beside it, and those
    beside the files that it names in folders below."""
    places: dict[Path, None] = {}
    waiting = [path]
    while waiting and len(places) < 20:
        one = waiting.pop()
        if one.parent in places and one != path:
            continue
        places[one.parent] = None
        yaml = [p for p in one.parent.iterdir() if p.suffix.lower() in SETTINGS and p.is_file()]
        for name in (n for p in yaml for n in _files_named(p)):
            other = one.parent / name
            if other.parent not in places and other.is_file():
                waiting.append(other)
    files = (p for place in places for p in sorted(place.iterdir()) if p.is_file())
    return tuple(state_of(p) for p in files)


def _files_named(path: Path) -> Iterator[str]:
    """What may be names of files in folders below, at the head of a YAML file."""
    for found in _NAMED_FILE.finditer(_head(path)):
        name = next(part for part in found.groups() if part)
        below = "/" in name and not name.startswith("/") and ".." not in name
        if below and len(name) < 300 and "\0" not in name:
            yield name


@page("/")
def start(ask: Ask) -> Response:
    """Scenarios and plans; what each is comes by itself, one after the other."""
    scenarios = [ask.opened.name(p) for p in alone(ask.opened.scenarios())]
    plans = [ask.opened.name(p) for p in ask.opened.plans()]
    place = ask.opened.root / HANDED_IN
    raw = [p for p in place.iterdir() if is_raw(p)] if place.is_dir() else []
    raw.sort(key=lambda p: -p.stat().st_mtime)
    kept = [(p.name, ask.opened.name(p)) for p in raw[:100]]
    return ask.show("start.html", scenarios=scenarios, plans=plans, raw=kept)


def alone(scenarios: Sequence[Path]) -> list[Path]:
    """Scenarios without the workbooks that a YAML file beside them names as theirs."""
    named = {
        (p.parent, next(part for part in found.groups() if part))
        for p in scenarios
        if p.suffix.lower() in SETTINGS
        for found in _NAMED_FILE.finditer(_head(p))
    }
    return [
        p for p in scenarios
        if p.suffix.lower() not in WORKBOOKS or (p.parent, p.name) not in named
    ]  # fmt: skip


def _head(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(HEAD).decode("utf-8", errors="replace")


def is_raw(place: Path) -> bool:
    """Whether a folder holds an office's tables that were handed in."""
    if not place.is_dir() or place.is_symlink() or place.name.startswith("."):
        return False
    return any(p.is_file() and p.suffix.lower() in TABLES for p in place.iterdir())


# ---- What is handed in.


def received(uploads: Sequence[UploadFile], kinds: Sequence[str]) -> dict[str, bytes]:
    """Files of a form by the names that they get here.

    Raises :class:`~planner.errors.InputError` where there is none or one is none of ``kinds``.
    """
    bodies: dict[str, bytes] = {}
    findings = [] if uploads else [Finding("web.hand.none")]
    for upload in uploads:
        try:
            name = file_name(upload.filename or "")
        except InputError as error:
            findings += error.findings
            continue
        if Path(name).suffix.lower() not in kinds:
            found = {"kinds": ", ".join(kinds)}
            findings.append(Finding("web.file_kind", Place(name), found))
            continue
        path, number = Path(name), 2
        while name.casefold() in {known.casefold() for known in bodies}:
            name, number = f"{path.stem}-{number}{path.suffix}", number + 1
        bodies[name] = upload.file.read()
    if findings:
        raise InputError(findings)
    return bodies


def kept(ask: Ask, bodies: Mapping[str, bytes], wanted: str, within: str = "") -> Path:
    """A new folder of what was handed in, with all of the files: ``handed-in/<name>``, or what is
    no office's table ``handed-in/<within>/<name>``."""
    name = folder_name(wanted) or folder_name(Path(next(iter(bodies))).stem) or "1"
    wanted_at = "/".join(part for part in (HANDED_IN, within, name) if part)
    with writing, refusals_as_findings():
        folder = ask.opened.free(ask.opened.path(wanted_at))
        with starting.complete(folder) as place:
            for file, body in bodies.items():
                (place / file).write_bytes(body)
    return folder


@page("/hand-in", "POST")
def hand_in(ask: Ask) -> Response:
    """Takes an office's tables to where their columns are looked through; what is a scenario
    already, to its check."""
    bodies = received(ask.files("files"), (*TABLES, *SETTINGS))
    folder = kept(ask, bodies, ask.get("name"))
    found = scenarios_in(folder)
    if not found:
        return go(link("/adopt", of=ask.opened.name(folder)))
    with writing, refusals_as_findings():
        target = ask.opened.free(ask.opened.root / folder.name)
        os.rename(folder, target)
    if len(found) > 1:
        return go("/#scenarios")
    return go(link("/check", of=ask.opened.name(target / found[0].name)))


def scenarios_in(folder: Path) -> list[Path]:
    """The scenarios among files that were handed in; none where they are tables alone."""
    files = Opened(folder).scenarios()
    settings = [p for p in files if p.suffix.lower() in SETTINGS]
    if settings:
        return settings
    known = ((p, {f.code for f in inspect(p)[1]}) for p in files)
    return [p for p, codes in known if not codes & {*RAW, *UNREAD}]


UNREAD = ("workbook_broken", "file_unreadable")
"""Findings of a file of which nothing can be said."""


# ---- New scenarios.


def number_in(ask: Ask, key: str, least: int, most: int) -> int:
    """A whole number of a form; raises :class:`~planner.errors.InputError` outside its limits."""
    text = ask.get(key).strip()
    if text.isascii() and text.isdigit() and len(text) < 19 and least <= int(text) <= most:
        return int(text)
    said = {"value": text or "-", "least": least, "most": most}
    raise InputError([Finding("web.number", Place(key=ask.say(f"web.new.{key}")), said)])


def language_asked(ask: Ask) -> str:
    """The language of a workbook that a form asks for; the page's where it asks for none."""
    wanted = ask.get("language")
    return wanted if wanted in LANGUAGES else ask.lang


@page("/new", "POST")
def new(ask: Ask) -> Response:
    """A workbook to fill in, or invented data, as ``planner new`` writes them."""
    language = language_asked(ask)
    more: dict[str, Any] = {}
    if ask.get("kind") == "invented":
        more["synthetic"] = number_in(ask, "schools", 1, INVENTED_SCHOOLS)
        more["seed"] = number_in(ask, "seed", 0, 10**18)
        more["workbook"] = ask.get("workbook") == "1"
    else:
        more["schools"] = number_in(ask, "schools", 1, STARTER_SCHOOLS)
    plain = ask.say(f"web.new.folder_{'invented' if 'synthetic' in more else 'starter'}")
    name = folder_name(ask.get("name")) or folder_name(plain)
    with writing:
        target = ask.opened.free(ask.opened.path(name))
        api.starter(target, language=language, lang=ask.lang, **more)
    return go(link("/check", of=ask.opened.name(target / FILE)))


def saved_whole(
    ask: Ask, scenario: Scenario, name: str, changes: Mapping[str, Any], title: str | None = None
) -> Path:
    """A scenario with changes as a new folder of the opened one, of a name; its file."""
    with writing:
        place = ask.opened.free(ask.opened.path(name))
        return api.save(scenario, place, changes, title=title)


# ---- Files to take away.


@page("/file")
def file(ask: Ask) -> Response:
    """A file of the opened folder, to be kept; what it holds is never shown as a page."""
    path = ask.opened.there(ask.get("of"))
    if not path.is_file() or path.suffix.lower() not in DOWNLOADS:
        raise NowhereError(ask.get("of"))
    return FileResponse(path, media_type="application/octet-stream", filename=path.name)


@page("/row/scenario")
def scenario_row(ask: Ask) -> Response:
    """One scenario of the list: title, schools, years, whether it is invented, its last plan."""
    of = ask.get("of")
    found = known(ask, of)
    scenario = found.scenario
    plan = None if scenario is None else last_plan(ask, scenario)
    errors = len(errors_in(found.findings))
    return ask.show("row_scenario.html", of=of, scenario=scenario, plan=plan, errors=errors)


@page("/row/plan")
def plan_row(ask: Ask) -> Response:
    """One plan of the list, by what its ``plan.json`` says: it is proven when it is opened."""
    of = ask.get("of")
    head = head_of(ask.opened.plan(of))
    return ask.show("row_plan.html", of=of, head=head)


def last_plan(ask: Ask, scenario: Scenario) -> dict[str, Any] | None:
    """The plan of a scenario as its files are now, else the newest that was made of a scenario of
    its name, title and files: its path, its gap, and whether the scenario's files have changed
    since."""
    named = list[tuple[Path, dict[str, Any]]]()
    for path in ask.opened.plans()[:PLANS_READ]:
        with suppress(InputError):  # a damaged one is a row of its own, and says so
            head = head_of(path)
            if head.get("scenario") == scenario.id:
                named.append((path, head))
    wanted = dict(scenario.inputs)
    fresh = [one for one in named if dict(one[1].get("inputs") or {}) == wanted]
    older = (one for one in named if not fresh and _made_of(*one, scenario))
    found = fresh[0] if fresh else next(older, None)
    if found is None:
        return None
    path, head = found
    of = ask.opened.name(path)
    address = link("/plan", of=of)
    return {"of": of, "gap": head.get("gap"), "stale": not fresh, "address": address}


def _made_of(plan: Path, head: Mapping[str, Any], scenario: Scenario) -> bool:
    """Whether a plan was made of files and under a title like a scenario's: many are called
    ``scenario``."""
    if {k for k in head.get("inputs") or {} if not k.startswith("--")} != set(scenario.inputs):
        return False
    try:
        sealed = _head(plan / "inputs" / FILE)
    except OSError:
        return False
    titles = (text.partition("\nyears:")[0] for text in (sealed, settings_yaml(scenario.settings)))
    return next(titles) == next(titles)


PLANS_READ = 100
"""The newest plans, among which a scenario's is looked for."""
