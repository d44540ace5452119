"""Page 2, the check: what is wrong with a scenario cell by cell, and what was understood of it; and
of an office's own tables what each column was taken for, until a scenario can be made of them.

What somebody says of raw tables is kept beside them as the ``mapping.yaml`` that ``planner new
--from … --mapping`` takes, so that the page and the command line read them alike.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from starlette.responses import Response

from planner import api
from planner.analysis.conflict import Possible, possible_futures
from planner.errors import ExitCode, Finding, InputError, Place, errors_in
from planner.messages import render, say, sentences
from planner.present.content import Block, Paragraph
from planner.present.rule_words import value_in_words
from planner.present.understanding import (
    AdoptedFiles,
    adopted_files,
    possible_blocks,
    possible_code,
    steps_blocks,
    understood,
    understood_blocks,
)
from planner.scenario import write as writing_cells
from planner.scenario.load import source_of
from planner.scenario.new import adopt as adopting
from planner.scenario.new import mapping
from planner.scenario.new.adopt import Adoption
from planner.scenario.new.grids import KINDS as SHEETS
from planner.scenario.new.mapping import OUT, Inquiry, Question, Stated
from planner.scenario.new.synthetic import CATALOGUE
from planner.scenario.reading import values
from planner.scenario.reading.sources import ENCODINGS, Log, Sheet, letter
from planner.scenario.reading.values import folded
from planner.scenario.scenario import Scenario
from planner.scenario.write import FILE
from planner.system.disk import refusals_as_findings, whole, write_file
from planner.system.process import listening
from planner.web.opened import HANDED_IN, TABLES, NowhereError, first_place, folder_name, state_of
from planner.web.pages import Ask, go, link, page, shown
from planner.web.start import (
    RAW,
    SETTINGS,
    Known,
    is_raw,
    kept,
    known,
    language_asked,
    received,
    state_beside,
    writing,
)
from planner.web.work import Outcome, Parts, Task, job

LISTED_FILES = 40
"""Files of a scenario that are offered to be taken away at most."""
OLD_LISTED = 10
"""Old files that are offered to be taken back."""
PROOF = "proof.json"
"""What was proven of a scenario, in its folder among the plans."""
PROOF_SECONDS = 60.0
"""For each question of a proof."""
LEFT_OUT = "left-out"
"""Folder of files that were handed in and are not to be read."""
LACKING = ("inventory", "catalogue", "norms")
"""Main tables that raw files may not hold."""
RESTS = ("new_example_tables", "new_example_rest")
"""What is said of them."""


# ---- A scenario.


@page("/check")
def check(ask: Ask) -> Response:
    """Everything that is wrong with a scenario, and what was understood, as ``planner check``."""
    of = ask.get("of")
    path = ask.opened.there(of)
    if path.is_dir():
        return go(link("/check", of=ask.opened.name(source_of(path))))
    found = known(ask, of)
    notes = ask.get("show") == "notes"
    listed = found.notes if notes else found.findings
    sheets = sorted({_sheet(f) for f in listed})
    errors = len(errors_in(found.findings))
    counts = {"errors": errors, "warnings": len(found.findings) - errors}
    lacking = [n for n in ask.get("lacking").split() if n in LACKING]
    rest = ask.get("rest") if ask.get("rest") in RESTS else ""
    missing = ", ".join(ask.say(f"table.{n}") for n in lacking)
    raw = {f.code for f in found.findings} & {*RAW}
    return ask.show(
        "check.html", of=of, known=found, notes=notes, counts=counts, sheets=sheets,
        rows=shown(ask, list(_wanted(ask, listed)), lambda f: f"{f.where} {render(f, ask.lang)}"),
        steps=steps_blocks(found.findings, ask.lang), told=told(ask, of), raw=bool(raw),
        rest=ask.say(rest, missing=missing) if rest and missing else "",
        files=[_listed(ask, p) for p in files_of(path) if _of_scenario(found, path, p)],
        others=[_listed(ask, p) for p in files_of(path) if not _of_scenario(found, path, p)],
        old=list(old_files(path))[:OLD_LISTED], replaced=ask.get("kept"),
        may_change=may_change(ask, path),
        at=lambda found: _cell_of(of, path, found) if may_change(ask, path) else "",
        proof=proof_of(ask, of, found.scenario),
    )  # fmt: skip


def _listed(ask: Ask, path: Path) -> tuple[str, str, bool]:
    """A file as it is listed: its name, its address, whether its cells can be typed."""
    return path.name, ask.opened.name(path), path.suffix.lower() in TYPED


def _of_scenario(found: Known, scenario: Path, path: Path) -> bool:
    """Whether a file is one of those that a scenario was read from; of one that cannot be read,
    all beside it may be."""
    return found.scenario is None or path == scenario or path.name in found.scenario.inputs


def _cell_of(of: str, path: Path, found: Finding) -> str:
    """The address at which the cell of a finding can be typed anew; empty where it has none."""
    where = found.where
    if not where.cell or not where.file or Path(where.file).suffix.lower() not in TYPED:
        return ""
    if not (path.parent / where.file).is_file() or "/" in where.file:
        return ""
    query = {"of": of, "file": where.file, "sheet": where.sheet, "row": where.row}
    return f"{link('/table', **query)}#{where.cell}"


def _sheet(finding: Finding) -> str:
    return finding.where.sheet or finding.where.file or finding.where.key


def _wanted(ask: Ask, found: Sequence[Finding]) -> Iterator[Finding]:
    """Findings of the sheet and of the kind that the address asks for."""
    sheet, kind = ask.get("sheet"), ask.get("kind")
    for one in found:
        if sheet in ("", _sheet(one)) and kind in ("", str(one.severity)):
            yield one


def told(ask: Ask, of: str) -> list[Block]:
    """What was understood of a scenario; nothing of one that is not sound."""
    scenario = known(ask, of).scenario
    if scenario is None:
        return []
    state = state_beside(ask.opened.there(of))
    return ask.opened.remember(
        f"understood {of} {ask.lang}", state,
        lambda: understood_blocks(understood(scenario), scenario, ask.lang),
    )  # fmt: skip


def files_of(path: Path) -> list[Path]:
    """The files beside a scenario's that may be its own, itself first."""
    kinds = (*TABLES, *SETTINGS)
    beside = [
        p for p in sorted(path.parent.iterdir())
        if p.suffix.lower() in kinds and not p.name.startswith((".", "~$")) and _own(p)
    ]  # fmt: skip
    return sorted(beside, key=lambda p: p != path)[:LISTED_FILES]


def _own(path: Path) -> bool:
    """Whether a file stands there itself: a link may lead out of the opened folder."""
    return path.is_file() and not path.is_symlink()


@page("/check/mended", "POST")
def mended(ask: Ask) -> Response:
    """Puts mended files in the place of those of their names; the old ones stay beside them."""
    of = ask.get("of")
    path = own_scenario(ask)
    bodies = received(ask.files("files"), (*TABLES, *SETTINGS))
    there = {p.name.casefold(): p for p in files_of(path)}
    alike = [p for p in there.values() for name in bodies if p.suffix == Path(name).suffix]
    places, findings = {}, []
    for name, body in bodies.items():
        place = there.get(name.casefold())
        if place is None and len(bodies) == 1 and len(alike) == 1:
            place = alike[0]  # «so-lieu (1).xlsx», as browsers call what they fetch again
        if place is None:
            names = ", ".join(p.name for p in there.values())
            findings.append(Finding("web.check.no_such_file", Place(name), {"names": names}))
        else:
            places[place] = body
    if findings:
        raise InputError(findings)
    with writing:
        old = put_in_place(ask, places)
    return go(link("/check", of=of, kept=", ".join(old)))


def put_in_place(ask: Ask, bodies: Mapping[Path, bytes]) -> list[str]:
    """Writes files in the place of those that stand there, which stay beside them; the names that
    these have now."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    with refusals_as_findings():
        old = [(place, ask.opened.free(_as_old(place, stamp))) for place in bodies]
        for place, beside in old:
            write_file(beside, place.read_bytes())
        for place, _ in old:
            write_file(place, bodies[place])
    return [beside.name for _, beside in old]


_OLD = re.compile(r"(.+)\.\d{8}-\d{6}(-\d+)?\.old")


def old_files(path: Path) -> dict[str, Path]:
    """The old files that were kept beside a scenario, the newest first → the file that took the
    place of each."""
    there = {p.name: p for p in files_of(path)}
    found = ((p, _OLD.fullmatch(p.name)) for p in path.parent.iterdir() if _own(p))
    old = [(p, there[m[1]]) for p, m in found if m is not None and m[1] in there]
    old.sort(key=lambda pair: pair[0].stat().st_mtime_ns, reverse=True)
    return {p.name: place for p, place in old}


@page("/check/back", "POST")
def put_back(ask: Ask) -> Response:
    """Takes an old file back; the one that stands in its place is kept in turn."""
    of, name = ask.get("of"), ask.get("file")
    path = own_scenario(ask)
    with writing:
        place = old_files(path).get(name)
        if place is None:
            raise NowhereError(name)
        old = put_in_place(ask, {place: (path.parent / name).read_bytes()})
    return go(link("/check", of=of, kept=", ".join(old)))


def own_scenario(ask: Ask) -> Path:
    """The scenario of a request that may be changed: not one that is sealed in a plan folder, or
    that was handed in; raises :class:`~planner.web.opened.NowhereError`."""
    path = ask.opened.there(ask.get("of"))
    if not path.is_file() or not may_change(ask, path):
        raise NowhereError(ask.get("of"))
    return path


def may_change(ask: Ask, path: Path) -> bool:
    """Whether files beside a scenario may be changed by the page."""
    return not ask.opened.sealed(path)


def _as_old(path: Path, stamp: str) -> Path:
    """What a file that is replaced is kept as: no longer a scenario or a table by its name."""
    return path.with_name(f"{path.name}.{stamp}.old")


# ---- A table of a scenario, cell by cell.

TYPED = (*writing_cells.BOOKS, *writing_cells.LISTS)
"""Kinds of files whose cells can be typed anew."""
WIDEST = 45
"""Columns of a table that are shown: a hundred rows of them are the fields that a form may have."""


def table_of(ask: Ask) -> tuple[Path, bytes, dict[str, Sheet]]:
    """The file of a scenario that a request means: its bytes, its sheets."""
    path, name = own_scenario(ask), ask.get("file")
    files = (p for p in files_of(path) if p.suffix.lower() in TYPED)
    found = next((p for p in files if name in ("", p.name)), None)
    if found is None:
        raise NowhereError(name)
    known_sheets: tuple[bytes, dict[str, Sheet]] = ask.opened.remember(
        f"table {ask.opened.name(found)}", state_of(found), lambda: _opened_table(found)
    )
    return found, *known_sheets


def _opened_table(path: Path) -> tuple[bytes, dict[str, Sheet]]:
    data = path.read_bytes()
    return data, writing_cells.sheets_of(data, path.name)


@page("/table")
def table(ask: Ask) -> Response:
    """A sheet of a scenario, a hundred rows at a time, each cell of which can be typed anew."""
    of = ask.get("of")
    path, data, sheets = table_of(ask)
    if not sheets:
        raise InputError(known(ask, of).findings or [Finding("workbook_broken", Place(path.name))])
    name = ask.get("sheet") if ask.get("sheet") in sheets else next(iter(sheets))
    sheet = sheets[name]
    rows = [(sheet.first_row + k, row) for k, row in enumerate(sheet.rows)]
    if row := ask.number("row", 0):
        at = max(0, row - sheet.first_row) // PAGE_ROWS + 1
        ask.query = {**ask.query, "page": str(at), "row": ""}
    cut = shown(ask, rows, lambda r: " ".join(values.shown(c) for c in r[1]))
    wide = min(WIDEST, max((len(r) for _, r in cut.rows), default=0))
    letters = [letter(sheet.first_column + k) for k in range(wide)]
    found = [
        f for f in known(ask, of).findings
        if f.where.file == path.name and f.where.sheet == name and f.where.cell
    ]  # fmt: skip
    lines = [
        (number, [
            (f"{column}{number}", *_typed(row[k] if k < len(row) else ""))
            for k, column in enumerate(letters)
        ])
        for number, row in cut.rows
    ]  # fmt: skip
    return ask.show(
        "table.html", of=of, file=path.name, sheet=name, sheets=list(sheets), cut=cut, lines=lines,
        letters=letters, digest=sha256(data).hexdigest(),
        wrong={f.where.cell: f"{say(f.code, ask.lang, **f.params)}" for f in found},
        cropped=any(len(r) > WIDEST for _, r in cut.rows),
    )  # fmt: skip


PAGE_ROWS = 100
"""Rows of a page of a table."""


def _typed(cell: str) -> tuple[str, bool]:
    """A cell as it is typed, and whether it is a formula or an error, which stay as they are."""
    return cell.lstrip(values.MARKS + "\0"), cell[:1] in (values.FORMULA, values.ERROR)


@page("/table", "POST")
def type_cells(ask: Ask) -> Response:
    """Writes the cells that were typed anew and goes to the check; the old file stays beside."""
    of = ask.get("of")
    with writing:
        path, data, sheets = table_of(ask)
        sheet = sheets.get(ask.get("sheet"))
        if sheet is None:
            raise NowhereError(ask.get("sheet"))
        if sha256(data).hexdigest() != ask.get("digest"):
            raise InputError([Finding("web.table.changed", Place(path.name))])
        typed = {}
        for key, text in ask.form.multi_items():
            address = key.removeprefix("cell.")
            if address == key or not isinstance(text, str):
                continue
            if text.strip() != standing_in(sheet, address).strip():
                typed[address] = text
        if not typed:
            return go(link("/check", of=of))
        made = writing_cells.with_cells(data, path.name, ask.get("sheet"), typed)
        old = put_in_place(ask, {path: made})
    return go(link("/check", of=of, kept=", ".join(old)))


def standing_in(sheet: Sheet, address: str) -> str:
    """What stands in a cell as it is typed; empty where there is none."""
    place = writing_cells.place_in(address)
    if place is None:
        return ""
    row, column = place[0] + 1 - sheet.first_row, place[1] - sheet.first_column
    if not 0 <= row < len(sheet.rows) or not 0 <= column < len(sheet.rows[row]):
        return ""
    return _typed(sheet.rows[row][column])[0]


@page("/check/prove", "POST", reads=True)
def ask_for_proof(ask: Ask) -> Response:
    """Begins the search for a plan that keeps every rule, or the proof that there is none."""
    of = ask.get("of")
    ask.opened.there(of)
    keep = not ask.opened.read_only
    return ask.start("prove", link("/check", of=of), of=of, keep=keep)


@job("part")
def prove(task: Task) -> Outcome:
    """Whether there is a plan; of futures, which have one, and whether all have with one decision:
    what ``planner check --prove`` says. The answer stands in the folder of plans, and is shown for
    as long as the scenario's files are those that it was found of.

    Arguments: ``of`` (scenario), ``time_limit`` (seconds for each question; default: a minute),
    ``keep`` (whether it is written).
    """
    of, scenario = str(task.args["of"]), api.load(task.path("of"))
    seconds = task.args.get("time_limit") or PROOF_SECONDS
    with listening(Parts()):
        found = possible_futures(scenario, seconds, **task.listening())
    told, code = tuple(possible_blocks(found, task.lang, scenario)), possible_code(found)
    if not task.args.get("keep"):
        told = (*told, Paragraph(say("web.ask.not_kept", task.lang), "note"))
        clash = code == ExitCode.INFEASIBLE and not scenario.cases
        return Outcome(code, blocks=told, data={"next": link("/try", of=of)} if clash else {})
    body = {"of": of, "inputs": _read_from(scenario), "found": [asdict(one) for one in found]}
    with whole(place_of_proof(task.root, of, scenario.id)) as place:
        text = json.dumps(body, ensure_ascii=False, indent=1)
        (place / PROOF).write_text(text + "\n", encoding="utf-8")
    back = link("/futures" if scenario.cases else "/check", of=of)
    return Outcome(code, blocks=told, go=f"{back}#proof")


def place_of_proof(root: Path, of: str, scenario: str) -> Path:
    """The folder of what was proven of a scenario (its address and id): one of its own, where
    another scenario has the same id."""
    return first_place(root, f"{scenario}-proof", lambda place: _proven(place).get("of") == of)


def _proven(place: Path) -> dict[str, Any]:
    """What a folder says to have been proven; empty where that cannot be read."""
    try:
        found = json.loads((place / PROOF).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _read_from(scenario: Scenario) -> dict[str, dict[str, str]]:
    """Hashes of the files that a scenario and its futures were read from."""
    return {name: dict(case.inputs) for name, case in [("", scenario), *scenario.cases.items()]}


@dataclass(frozen=True)
class Proof:
    """What was proven of a scenario, as it is shown."""

    blocks: list[Block]
    infeasible: bool
    """Whether it was proven to have no plan: the page that solves says what clashes."""


def proof_of(ask: Ask, of: str, scenario: Scenario | None) -> Proof | None:
    """What was proven of a scenario as its files stand; ``None`` where nothing was."""
    if scenario is None:
        return None
    said = _proven(place_of_proof(ask.opened.root, of, scenario.id))
    if said.get("inputs") != _read_from(scenario):
        return None
    try:
        found = [
            Possible(str(one["case"]), {True: True, False: False}.get(one["answer"]),
                     tuple(map(str, one["rules"])))
            for one in said["found"]
        ]  # fmt: skip
        told = possible_blocks(found, ask.lang, scenario)
    except (KeyError, TypeError, ValueError):  # anybody may have written it
        return None
    clash = possible_code(found) == ExitCode.INFEASIBLE and not scenario.cases
    return Proof(told, clash)


# ---- An office's own tables.


@dataclass(frozen=True)
class Raw:
    """Raw files as they are read by what was said of them."""

    stated: Stated
    adoption: Adoption
    taken: AdoptedFiles
    devices: dict[tuple[str, str, str], tuple[str, str, bool]]
    """(file, sheet, letter or header) of a column that counts devices → the device as its header
    says it, the item that somebody said it is (empty: nobody said), whether it counts broken
    ones."""


def raw_folder(ask: Ask) -> Path:
    """The folder of files that were handed in that a request means."""
    of = ask.get("of")
    folder = ask.opened.there(of)
    if folder.parent != ask.opened.root / HANDED_IN or not is_raw(folder):
        raise NowhereError(of)
    return folder


def tables_in(folder: Path) -> list[Path]:
    """The tables of a folder, in the order in which they are read."""
    kinds = (p for p in folder.iterdir() if p.suffix.lower() in TABLES and _own(p))
    return sorted(p for p in kinds if not p.name.startswith((".", "~$")))


def read_raw(folder: Path, lang: str) -> Raw:
    """The tables of a folder, read by what its mapping says."""
    before, path = Log(), folder / mapping.FILE
    stated = adopting.stated_by(Stated(), path if path.is_file() else None, None, before)
    adoption = adopting.read_raw(tables_in(folder), stated, before)
    devices = {}
    said = stated.words("item")
    for source in adoption.held.sources:
        for device in source.grid.devices:
            grid = source.grid
            place = grid.sheet.place(grid.row, device.position, grid.titles[device.position])
            key = (place.file, place.sheet, place.letter or place.column)
            item = said.get(folded(device.device), "")
            devices[key] = (device.device, item, device.state == "broken")
    return Raw(stated, adoption, adopted_files(adoption, None, lang), devices)


@page("/adopt/begin", "POST")
def begin(ask: Ask) -> Response:
    """Takes a copy of a table of the opened folder to where its columns are looked through."""
    path = ask.opened.there(ask.get("of"))
    if not path.is_file() or path.suffix.lower() not in TABLES:
        raise NowhereError(ask.get("of"))
    folder = kept(ask, {path.name: path.read_bytes()}, path.stem)
    return go(link("/adopt", of=ask.opened.name(folder)))


@page("/adopt")
def adopt(ask: Ask) -> Response:
    """Raw files: what each column was taken for, what is asked, what was found."""
    folder = raw_folder(ask)
    of, lang = ask.opened.name(folder), ask.lang
    raw = ask.opened.remember(
        f"adopt {of} {lang}", state_of(folder), lambda: read_raw(folder, lang)
    )
    log, stated, taken = raw.adoption.log, raw.stated, raw.taken
    asked = {q.key for q in log.questions}
    said = ((k, v) for k, v in stated.values.items() if k not in asked and k != "encoding")
    answered = [(k, v, _label(k, lang)) for k, v in said]
    columns = [_column(raw, row, lang) for row in taken.mapping.to_dict("records")]
    sheets = dict.fromkeys((c["file"], c["sheet"], c["kind"]) for c in columns)
    fields: dict[str, list[dict[str, Any]]] = {}
    for row in taken.fields.to_dict("records"):
        fields.setdefault(row["kind"], []).append(row)
    listed, notes = log.findings[:ROWS], log.notes[:ROWS]
    left = folder / LEFT_OUT
    return ask.show(
        "adopt.html", of=of, name=folder.name, ready=not log.failed, errors=errors_in(log.findings),
        questions=_asked(log.questions, stated, lang),
        answered=answered, notes=notes, findings=listed,
        columns=shown(ask, columns, lambda c: f"{c['header']} {c['label']} {c['sheet']}"),
        sheets=[
            (*key, _kind(key[2], lang), stated.sheet_kind(key[0], key[1])) for key in sheets
        ], fields=fields,
        kinds=[(k.name, say(f"kind.{k.name}", lang)) for k in SHEETS], items=_items(raw, lang),
        encodings=ENCODINGS, encoding=stated.value("encoding"),
        more=len(log.findings) + len(log.notes) - len(listed) - len(notes),
        files=[p.name for p in tables_in(folder)],
        left=sorted(p.name for p in left.iterdir()) if left.is_dir() else [],
    )  # fmt: skip


ROWS = 100
"""Findings of raw files that are shown, and notes."""


def _kind(kind: str, lang: str) -> str:
    """What a kind of sheet is called."""
    return say(adopting.kind_term(kind).code, lang) if kind else ""


def _label(key: str, lang: str) -> str:
    """What is asked, as people call the column or the thing; else the key of the answer."""
    what, _, name = key.partition(":")
    asked = f"web.adopt.key.{what}"
    if asked in sentences():
        return say(asked, lang, name=name)
    code = adopting.column_term(key.rpartition(".")[2]).code
    return say(code, lang) if code in sentences() else key


def _column(raw: Raw, row: dict[str, Any], lang: str) -> dict[str, Any]:
    """A column as the page shows it: with what was said of it, and its device where it counts
    any."""
    key = (row["file"], row["sheet"], row["column"])
    none = ("", "", False)
    device, item, broken = raw.devices.get(key, none) if row["how"] in ("device", "left") else none
    said = raw.stated.headers(row["kind"]).get(folded(row["header"]), "")
    return {
        **row,
        "device": device,
        "item": item,
        "said": say("web.adopt.broken", lang) if broken and row["how"] == "device" else row["said"],
        "stated": f"{row['kind']}.{said}" if said else "",
    }


def _items(raw: Raw, lang: str) -> list[tuple[str, str]]:
    """The items that a device may be: those of the files' own catalogue, else of the example's."""
    own = raw.adoption.held.tables.get("catalogue")
    if own is not None:
        return [(str(r.get("item", "")), str(r.get("name") or r.get("item", ""))) for r in own.rows]
    return [(line.item, line.name_en if lang == "en" else line.name) for line in CATALOGUE]


def _asked(questions: Sequence[Question], stated: Stated, lang: str) -> list[dict[str, Any]]:
    """What is asked, once an answer, with all that it is asked for, and what was answered before
    and was of no use."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in questions:
        label = _kind(one.key, lang) if one.option == "--sheet" else _label(one.key, lang)
        how = {"option": one.option, "key": one.key, "label": label}
        before = stated.value(one.key) if one.option == "--value" else ""
        new = {**how, "choices": _choices(one, lang), "before": before, "findings": []}
        found.setdefault((one.option, one.key), new)["findings"].append(one.finding)
    return list(found.values())


def _choices(question: Question, lang: str) -> list[tuple[str, str]]:
    """What may be answered, with the words for it."""
    words = {OUT: say("web.adopt.out", lang), "above": say("web.adopt.above", lang)}
    found = []
    for choice in question.choices:
        code = f"web.adopt.choice.{choice}"
        plain = say(code, lang) if code in sentences() else value_in_words(choice, lang)
        found.append((choice, words.get(choice, plain)))
    return found


@page("/adopt", "POST")
def answer(ask: Ask) -> Response:
    """Keeps what was said of raw files; makes the scenario of them where that was asked for and
    nothing is open."""
    folder = raw_folder(ask)
    of = ask.opened.name(folder)
    log = Log()
    path = folder / mapping.FILE
    before = mapping.read(path, log) if path.is_file() else Stated()
    stated = answers(ask, before)
    if stated != before or log.failed:
        with refusals_as_findings():
            write_file(path, as_mapping(stated, ask.lang).encode())
    if ask.get("do") != "make":
        return go(link("/adopt", of=of))
    adoption = read_raw(folder, ask.lang).adoption
    if adoption.log.failed:
        return go(link("/adopt", of=of))
    wanted = folder_name(ask.get("name")) or folder.name
    with writing, refusals_as_findings():
        target = ask.opened.free(ask.opened.path(wanted))
        adopting.written_into(adoption, target, language_asked(ask))
    held = adoption.held
    lacking = " ".join(n for n in LACKING if n not in held.tables)
    rest = RESTS[0] if held.funds else RESTS[1]
    made = ask.opened.name(target / FILE)
    return go(link("/check", of=made, lacking=lacking, rest=rest))


def answers(ask: Ask, before: Stated) -> Stated:
    """What a form says of raw files, over what was said before of what it does not show."""
    columns, values = dict(before.columns), dict(before.values)
    sheets = list(before.sheets)
    shown_sheets = zip(ask.texts("sheet"), ask.texts("sheet_kind"), strict=False)
    for name, kind in shown_sheets:
        sheets = [s for s in sheets if folded(s.partition("=")[2]) != folded(name)]
        sheets += [f"{kind}={name}"] * (kind in {k.name for k in SHEETS})
    shown_columns = zip(
        ask.texts("kind"), ask.texts("header"), ask.texts("field"), strict=False
    )  # fmt: skip
    for kind, header, field in shown_columns:
        for key in [k for k, h in columns.items() if folded(h) == folded(header)]:
            if key.rpartition(".")[0] in ("", kind, field.rpartition(".")[0]):
                del columns[key]
        if field and field.rpartition(".")[0]:
            columns[field] = header
    for device, item in zip(ask.texts("device"), ask.texts("item"), strict=False):
        values.pop(f"item:{device}", None)
        if item:
            values[f"item:{device}"] = item
    stated = replace(before, columns=columns, values=values, sheets=tuple(sheets))
    keys, said = ask.texts("key"), ask.texts("value")
    for option, key, value in zip(ask.texts("option"), keys, said, strict=False):
        stated = _with(stated, option, key.strip(), value.strip())
    encoding = ask.get("encoding")
    return _with(stated, "--value", "encoding", encoding if encoding in ENCODINGS else "")


def _with(stated: Stated, option: str, key: str, value: str) -> Stated:
    """The same with an answer, or without the one that was emptied."""
    if not key:
        return stated
    if option == "--sheet":
        kept_sheets = tuple(s for s in stated.sheets if s.partition("=")[0] != key)
        stated = replace(stated, sheets=kept_sheets if value else stated.sheets)
    elif option != "--column":
        left = {k: v for k, v in stated.values.items() if k != key}
        stated = replace(stated, values=left)
    return stated.with_answer(option, key, value) if value else stated


def as_mapping(stated: Stated, lang: str) -> str:
    """What was said, and nothing else, as a ``mapping.yaml``."""
    log = Inquiry()
    for key, header in stated.columns.items():
        scope, _, name = key.rpartition(".")
        log.keep("columns", scope, name, header)
    for text in stated.sheets:
        kind, _, name = text.partition("=")
        log.found["sheets"].setdefault(kind, []).append(name)
    return mapping.written(log, stated, lang)


@page("/adopt/more", "POST")
def hand_in_more(ask: Ask) -> Response:
    """Takes further files to those that were handed in: a list of schools beside a register."""
    folder = raw_folder(ask)
    bodies = received(ask.files("files"), TABLES)
    with writing, refusals_as_findings():
        for name, body in bodies.items():
            write_file(ask.opened.free(folder / name), body, new=True)
    return go(link("/adopt", of=ask.opened.name(folder)))


@page("/adopt/leave", "POST")
def leave(ask: Ask) -> Response:
    """Puts a file that was handed in aside, so that it is not read; or back."""
    folder = raw_folder(ask)
    name, back = ask.get("file"), ask.get("back") == "1"
    source, target = (folder / LEFT_OUT, folder) if back else (folder, folder / LEFT_OUT)
    if name not in {p.name for p in source.iterdir() if p.is_file()} or (
        not back and len(tables_in(folder)) == 1
    ):
        raise NowhereError(name)
    with writing, refusals_as_findings():
        target.mkdir(exist_ok=True)
        os.rename(source / name, ask.opened.free(target / name))
    return go(link("/adopt", of=ask.opened.name(folder)))
