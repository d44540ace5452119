"""The verbs around a plan, as the page and scripts call them: what was understood, first scenarios,
repairs, edited plans, what is saved. All schools and figures are invented."""

from __future__ import annotations

import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from office_texts import office_list
from openpyxl import load_workbook
from tiny import tiny

import planner
from planner.analysis import resolve
from planner.cli.commands import audit, new, run
from planner.errors import Finding, InputError, Place, Severity
from planner.present.understanding import findings_frame
from planner.scenario.write import write
from planner.solving.solution import Outcome

THREE = "scenarios/three-schools"


@pytest.fixture(autouse=True)
def _root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(__file__.rsplit("/", 2)[0])


def copied(place: Path) -> Path:
    """The scenario of three schools in a folder of its own."""
    target = place / "three"
    target.mkdir()
    for path in sorted(Path(THREE).iterdir()):
        (target / path.name).write_bytes(path.read_bytes())
    return target


# ---- Findings as data.


def test_a_finding_of_a_csv_names_its_cell(tmp_path: Path) -> None:
    """Proves row, header and cell of a broken CSV cell: schools.csv has its header in row 1, and
    ``pupils`` is its fifth column. Counting rows from 0, or columns by their order in the contract,
    gives another cell."""
    folder = copied(tmp_path)
    lines = (folder / "schools.csv").read_text("utf-8-sig").splitlines()
    at = lines[0].split(",").index("pupils")
    cells = lines[2].split(",")
    cells[at] = "many"
    lines[2] = ",".join(cells)
    (folder / "schools.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = planner.check(folder, lang="en").iloc[0]
    letter = "ABCDEFGH"[at]
    assert (found["file"], found["sheet"], found["row"]) == ("schools.csv", "", 3)
    assert (found["column"], found["cell"]) == ("pupils", f"{letter}3")


def test_a_finding_of_a_workbook_names_its_cell(tmp_path: Path) -> None:
    """Proves that sheet, row and cell are those that Excel shows, headers in two rows."""
    made = planner.starter(tmp_path / "new", language="en", schools=1)
    book = load_workbook(made)
    sheet = book["Schools"]
    at = [c.value for c in sheet[2]].index("pupils") + 1
    sheet.cell(3, at).value = "many"
    book.save(made)
    found = planner.check(tmp_path / "new", lang="en").iloc[0]
    cell = sheet.cell(3, at).coordinate
    assert (found["sheet"], found["row"], found["cell"]) == ("Schools", 3, cell)
    assert "many" in found["message"]


def test_what_is_no_cell_has_none() -> None:
    """A place in YAML has a line and a position, no cell; a place without a row has none either. An
    implementation that joins column and row blindly says ``123`` and ``F``."""
    places = [Place("a.yaml", "", 3, "12"), Place("a.xlsx", "S", None, "F"), Place(key="funds.x")]
    found = findings_frame([Finding("key_twice", p, {"name": "-", "first": "-"}) for p in places],
                           "en")  # fmt: skip
    assert found["cell"].tolist() == ["", "", ""]
    assert found["row"].tolist() == [3, pd.NA, pd.NA]
    assert found["key"].tolist() == ["", "", "funds.x"]
    assert findings_frame([], "en")["row"].dtype == "Int64"


def test_what_an_audit_finds_names_its_cell(tmp_path: Path) -> None:
    """An amount that was changed in a plan folder: ``amount`` is the twelfth column of the lines
    in the CSV, and the fifteenth of the workbook beside it, which says another."""
    folder = planner.write(planner.solve(THREE), tmp_path / "plan", figures=False)
    path = folder / "allocation.csv"
    path.write_text(path.read_text("utf-8-sig").replace(",80000000", ",80000001"), "utf-8-sig")
    found = planner.audit(folder, lang="en").set_index("code")
    assert found.loc["audit_cell", ["file", "row", "cell"]].tolist() == ["allocation.csv", 2, "L2"]
    differs = found.loc["workbook_cell_differs"]
    assert differs[["file", "sheet", "cell"]].tolist() == ["plan.xlsx", "Phân bổ", "O3"]
    assert found.loc["folder_file_changed", "cell"] == ""


def test_the_language_of_one_call_stays_with_it() -> None:
    """Proves that ``lang`` changes this call's sentences alone."""
    before = planner.language()
    said = {x: planner.check(THREE, {"tial_years": 2}, lang=x)["message"][0] for x in ("vi", "en")}
    assert "tial_years" in said["en"]
    assert said["vi"] != said["en"]
    assert planner.language() == before
    assert planner.understood(THREE, lang="en").text.startswith("The input is sound")


def test_what_is_understood_of_a_path_has_its_notes(tmp_path: Path) -> None:
    """A semicolon between cells is interpreted and noted; the same scenario in memory has figures,
    but nobody read anything. The figures are those of ``planner check``: 4 + 3 + 2 rooms."""
    folder = copied(tmp_path)
    path = folder / "schools.csv"
    path.write_text(path.read_text("utf-8").replace(",", ";"), encoding="utf-8")
    found = planner.understood(folder, lang="en")
    assert "read_delimiter" in found.notes["code"].tolist()
    again = planner.understood(planner.load(folder), lang="en")
    assert again.notes.empty
    assert again.table("items")["need"].tolist() == [9]
    assert again.text == found.text
    with pytest.raises(InputError):
        planner.understood(folder, {"tial_years": 2})
    with pytest.raises(ValueError, match="path"):
        planner.understood(planner.load(folder), {"tail_years": 2})


# ---- First scenarios.


def listed(place: Path) -> Path:
    """The list of an office as a file."""
    path = place / "hien-trang.xlsx"
    path.write_bytes(office_list())
    return path


def test_an_office_list_asks_then_becomes_a_scenario(tmp_path: Path) -> None:
    """Proves that nothing is written while questions are open, that each question says which
    argument takes its answer, and that the folder is the one of ``planner new --from``, to the
    byte."""
    path = listed(tmp_path)
    asked = planner.adopt(path, tmp_path / "new", lang="en")
    assert asked.folder is None
    assert not (tmp_path / "new").exists()
    assert asked.questions[["option", "key"]].values.tolist() == [
        ["value", "acquired"],
        ["value", "teachers"],
    ]
    answers = {"acquired": "2020", "teachers": "30"}
    dry = planner.adopt([path], tmp_path / "new", values=answers, dry=True, lang="en")
    assert dry.folder is None
    assert dry.findings.query("severity == 'error'").empty
    made = planner.adopt(path, tmp_path / "new", values=answers, lang="en", language="vi")
    assert made.folder == tmp_path / "new"
    assert made.workbook == made.folder / "so-lieu.xlsx"
    assert planner.load(made.folder).schools["pupils"].tolist() == [680, 1020]
    assert made.gaps.equals(planner.check(made.folder, lang="en"))
    args = [str(tmp_path / "other"), "--from", str(path), "--language", "vi"]
    args += [f"--value={k}={v}" for k, v in answers.items()]
    done = CliRunner().invoke(new, args)
    assert done.exit_code == 0, done.output
    for name in ("so-lieu.xlsx", "mapping.yaml", "scenario.yaml"):
        mine, theirs = (made.folder / name).read_bytes(), (tmp_path / "other" / name).read_bytes()
        assert mine == theirs, name
    with pytest.raises(InputError, match="new_exists"):
        planner.adopt(path, tmp_path / "new", values=answers)


def test_each_column_says_what_it_was_taken_for(tmp_path: Path) -> None:
    """Proves the mapping of every column by its letter, and that what the user says is told from
    what a header says: here the classes are said to be the pupils, and the other way round."""
    path = listed(tmp_path)
    plain = planner.adopt(path, None, lang="en").mapping
    assert plain[["column", "field", "how"]].values.tolist() == [
        ["A", "", "aside"],
        ["B", "name", "header"],
        ["C", "level", "header"],
        ["D", "classes", "header"],
        ["E", "pupils", "header"],
        ["F", "pupil-computer", "device"],
        ["G", "pupil-computer", "device"],
    ]
    assert plain["samples"][4] == ("680", "1020")
    assert plain["label"][4] == "Pupils"
    swapped = {"schools.pupils": "Số lớp", "schools.classes": "Số HS"}
    said = planner.adopt(path, None, columns=swapped, lang="en")
    assert said.mapping[["field", "how"]].values.tolist()[3:5] == [
        ["pupils", "stated"],
        ["classes", "stated"],
    ]
    fields = said.fields.set_index("key")
    assert fields.loc["schools.pupils", "required"]
    assert not fields.loc["schools.weight", "required"]


def test_a_sheet_that_is_no_table_offers_every_kind(tmp_path: Path) -> None:
    """Columns of a sheet that nobody recognises are shown with what each could be, so that somebody
    can say it; an implementation that lists recognised sheets alone shows nothing."""
    path = tmp_path / "rooms.csv"
    path.write_text("Foo,Bar\n1,2\n3,4\n", encoding="utf-8")
    found = planner.adopt(path, None, lang="en")
    assert found.mapping[["header", "kind", "how"]].values.tolist() == [
        ["Foo", "", "none"],
        ["Bar", "", "none"],
    ]
    assert {"schools", "register", "projects"} <= set(found.fields["kind"])
    assert (found.findings["severity"] == str(Severity.ERROR)).any()


def test_a_starter_is_sound_and_never_overwrites(tmp_path: Path) -> None:
    """Invented data loads as it is; a folder that holds something is left alone."""
    made = planner.starter(tmp_path / "invented", synthetic=4, seed=3)
    assert made.name == "scenario.yaml"
    assert len(planner.load(made.parent).schools) == 4
    before = made.read_bytes()
    with pytest.raises(InputError, match="new_exists"):
        planner.starter(tmp_path / "invented", synthetic=5)
    assert made.read_bytes() == before


# ---- What-ifs that are saved.

SHIPPED = sorted(Path("scenarios").glob("*/*.yaml"))
MOVED: dict[str, Any] = {
    "tail_years": 2,
    "discount": 0.05,
    "solve.gap": "1%",
    "priority.mode": "weighted",
}
"""Whole numbers, a decimal of Python's, a text that ``--set`` reads, an entry of a closed list."""
SAMPLED = {"capital-budget/scenario.yaml", "three-schools/scenario.yaml"}


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(p, marks=[] if "/".join(p.parts[1:]) in SAMPLED else [pytest.mark.slow])
        for p in SHIPPED
    ],
    ids=lambda p: "/".join(p.parts[1:]),
)
def test_a_saved_what_if_loads_as_what_was_asked(path: Path, tmp_path: Path) -> None:
    """Proves of every shipped scenario that the saved file gives the settings, tables and futures
    of ``load(path, overrides)``, beside the scenario and in a folder above it; numbers that went
    through a text would not be equal."""
    folder = tmp_path / "copy"
    shutil.copytree(path.parent, folder)
    source = folder / path.name
    first = planner.load(source)
    fund, known = next(iter(first.settings.funds.items()))
    # of a fund whose amounts are ``envelope``, all years together
    amounts = first.settings.amounts(known).items()
    moved = MOVED | {f"funds.{fund}.amounts.{y}": a + 10**6 for y, a in amounts}
    if first.settings.futures is not None:
        moved = {"solve.gap": "1%"}  # what is decided now is one for all futures
    wanted = planner.load(source, moved)
    beside = planner.save(source, folder / "what-if", moved)
    assert beside == folder / "what-if.yaml"
    again = planner.load(beside)
    assert again == wanted
    assert again != first
    assert dict(again.cases) == dict(wanted.cases)
    named = planner.save(source, folder / "named.yaml", moved, title="Bớt: một nửa")
    assert planner.load(named).settings.title.say("en") == "Bớt: một nửa"
    if wanted.settings.futures is None:
        above = planner.save(source, tmp_path / "above.yaml", moved)
        assert planner.load(above) == wanted
        whole = planner.save(wanted, tmp_path / "whole", title="Bớt: một nửa")
        assert planner.load(whole) == planner.load(named)
    else:
        for where in (tmp_path / "above.yaml", tmp_path / "whole"):
            with pytest.raises(InputError, match="save_futures"):
                planner.save(source if where.suffix else wanted, where)


def test_futures_are_saved_beside_their_files(tmp_path: Path) -> None:
    """A future that lays a file over the scenario is read from beside it: a what-if saved there
    keeps it, one saved above or in a folder of its own would lose it and is refused. Futures that
    are settings alone go anywhere."""
    folder = copied(tmp_path)
    (folder / "late.yaml").write_text("tail_years: 0\n", encoding="utf-8")
    text = "extends: scenario.yaml\nfutures:\n  decide_until: 2025\n  cases:\n"
    plain = "    as-planned: {}\n    less: {set: {funds.district.amounts.2026: 0}}\n"
    (folder / "f.yaml").write_text(text + plain, encoding="utf-8")
    overlaid = text + plain + "    late: {scenario: late.yaml}\n"
    (folder / "g.yaml").write_text(overlaid, encoding="utf-8")
    beside = planner.load(planner.save(folder / "g.yaml", folder / "h", {"solve.gap": "1%"}))
    assert beside.settings.solve.gap == Decimal("0.01")
    assert list(beside.cases) == ["as-planned", "less", "late"]
    known = planner.load(folder / "g.yaml")
    for source, where in (
        (folder / "g.yaml", tmp_path / "above.yaml"),
        (known, tmp_path / "whole"),
    ):
        with pytest.raises(InputError, match="save_futures"):
            planner.save(source, where)
    with pytest.raises(InputError, match="frame_futures"):
        planner.from_frames(*planner.to_frames(known))
    free = planner.load(folder / "f.yaml")
    for made in (
        planner.load(planner.save(folder / "f.yaml", tmp_path / "above.yaml")),
        planner.load(planner.save(free, tmp_path / "whole")),
        planner.from_frames(*planner.to_frames(free)),
    ):
        assert list(made.cases) == ["as-planned", "less"]
        assert all(made.cases[n] == c for n, c in free.cases.items())


def test_saving_never_overwrites(tmp_path: Path) -> None:
    """A file that stands there, and a folder that holds something, stay as they are; what is not
    sound, lies elsewhere or is no YAML file is not saved at all."""
    folder = copied(tmp_path)
    made = planner.save(folder, folder / "less.yaml", {"tail_years": 1})
    before = made.read_bytes()
    for where, changes, code in (
        (made, {"tail_years": 2}, "save_exists"),
        (folder / "bad.yaml", {"tial_years": 2}, "key_unknown"),
        (tmp_path / "beside" / "new.yaml", {"tail_years": 2}, "save_elsewhere"),
        (folder / "new.csv", {"tail_years": 2}, "save_yaml"),
    ):
        with pytest.raises(InputError, match=code):
            planner.save(folder, where, changes)
    with pytest.raises(InputError, match="new_exists"):
        planner.save(planner.load(folder), folder)
    assert made.read_bytes() == before
    names = {p.name for p in Path(THREE).iterdir()} | {"less.yaml"}
    assert {p.name for p in folder.iterdir()} == names
    assert not (tmp_path / "beside").exists()


def test_a_workbook_and_a_removed_key_are_saved(tmp_path: Path) -> None:
    """Proves the layer over a workbook, whose settings stand in its sheets, and that ``None``
    removes a key in the file as it does in :func:`planner.load`: the tail falls back to its
    default."""
    made = planner.starter(tmp_path / "new", language="vi", schools=1)
    changes = {"tail_years": None, "discount": "0,04".replace(",", ".")}
    target = planner.save(made, made.parent / "what-if.yaml", changes)
    wanted = planner.load(made, changes)
    assert planner.load(target) == wanted
    assert wanted.settings.tail_years != planner.load(made).settings.tail_years


# ---- Repairs of what has no plan.

FLOOR = {"measure": "coverage", "where": {"item": "pc"}, "for_each": ["school"], "at_least": 1}


def poor(place: Path) -> Path:
    """One school needs four units at 10 and has 20: full coverage is out of reach, half is not."""
    write(tiny(cap=20, rules={"all": FLOOR}), place)
    return place / "scenario.yaml"


def test_repairs_are_tables_and_files(tmp_path: Path) -> None:
    """Solved by hand: the promise falls from 1 to 0.5, or the money grows from 20 to 40. The file
    that is written loads as the amended scenario, is the one of ``--apply-repair`` to the byte, and
    is not overwritten."""
    source = poor(tmp_path)
    found = planner.repairs(source, lang="en")
    assert found.infeasible is True
    assert found.irreducible
    one = found.table.sort_values("name")[["name", "field", "from", "to", "unit", "people"]]
    assert one.values.tolist() == [
        ["all", "at_least", 1.0, 0.5, "share", 50.0],
        ["cap", "2023", 20.0, 40.0, "money", 100.0],
    ]
    assert found.conflict["rule"].tolist() == ["all", "fund_within_budget[cap,2023]"]
    assert found.conflict["kind"].tolist() == ["policy", "fund"]
    assert all(found.conflict["said"])
    assert "100% → 50%" in found.text
    for number in (1, 2):
        assert planner.load(source, found.overrides(number)) == found.scenario(number)
    made = found.write(1)
    assert made == tmp_path / "scenario-repair-1.yaml"
    assert planner.load(made) == found.scenario(1)
    before = made.read_bytes()
    with pytest.raises(InputError, match="save_exists"):
        found.write(1)
    with pytest.raises(InputError, match=r"repair\.number"):
        found.write(3)
    assert made.read_bytes() == before
    made.unlink()
    done = CliRunner().invoke(run, [str(source), "--apply-repair", "1"])
    assert done.exit_code == 4
    assert made.read_bytes() == before
    memory = replace(found, source=None)  # as of a scenario in memory
    with pytest.raises(InputError, match="save_needs_path"):
        memory.write(1)
    assert planner.load(memory.write(1, tmp_path / "mended")) == found.scenario(1)


def test_what_was_given_before_is_kept_by_a_repair(tmp_path: Path) -> None:
    """Repairs of a what-if hold with it alone: with 10 in place of 20 one unit can be had, so that
    the promise falls to a quarter. A file without the override would promise a half."""
    source = poor(tmp_path)
    found = planner.repairs(source, {"funds.cap.amounts.2023": 10}, lang="vi")
    number = int(found.table.set_index("name").loc["all", "number"])
    again = planner.load(found.write(number, tmp_path / "mended.yaml"))
    assert again.settings.funds["cap"].amounts == {2023: 10}
    assert again.settings.rules["all"].at_least == Decimal("0.25")
    assert planner.solve(again).status.has_plan


def test_nothing_is_said_that_is_not_proven(tmp_path: Path) -> None:
    """A scenario with a plan has nothing to repair; where the proof was stopped, neither
    infeasibility nor a repair is claimed; what stops later keeps the proof and says that the search
    is open. An implementation that takes a stop for infeasibility claims it at once."""
    sound = planner.repairs(THREE, lang="en")
    assert (sound.infeasible, len(sound.table), len(sound.conflict)) == (False, 0, 0)
    scenario = planner.load(poor(tmp_path))
    at: list[str] = []
    stopped = planner.repairs(scenario, progress=lambda p: at.append(p.subject),
                              stop=lambda: "repair" in at, lang="en")  # fmt: skip
    assert stopped.infeasible is True
    assert stopped.table.empty
    assert not stopped.complete
    assert next(x for x in at if x) == "conflict"

    class Slow:
        def solve(self, *_: object, **__: object) -> Outcome:
            return Outcome(planner.Status.NO_PLAN)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resolve, "make_engine", lambda *_: Slow())
        unknown = planner.repairs(scenario, lang="en")
    assert unknown.infeasible is None
    assert unknown.table.empty
    assert "not known" in unknown.text


def test_locks_that_are_to_blame_are_said(tmp_path: Path) -> None:
    """Three units at 10 are locked and 20 is there: the lock must move to 2."""
    lock = {"school": "a", "item": "pc", "fund": "cap", "year": 2023, "quantity": 3}
    found = planner.repairs(tiny(cap=20, tables={"locks": [lock]}), lang="en")
    assert found.infeasible is True
    assert found.locks.values.tolist() == [["locked[a,pc,cap,2023]", "3", "2"]]
    assert found.table.empty
    assert "2" in found.text


def test_an_edited_plan_says_what_it_breaks(tmp_path: Path) -> None:
    """Solved by hand: 20 buys two units at 10; a third one, typed into the workbook, breaks the
    fund by 10 and would equip 25 pupils more. The finding stands at the line's cell."""
    folder = planner.write(planner.solve(tiny(cap=20)), tmp_path / "plan", figures=False)
    workbook = folder / "plan.xlsx"
    book = load_workbook(workbook)
    sheet = book["Phân bổ"]
    rows = [[c.value for c in row] for row in sheet.iter_rows()]
    head = next(k for k, row in enumerate(rows) if "quantity" in row)
    quantity = rows[head].index("quantity") + 1
    sheet.cell(head + 2, quantity).value = 3
    book.save(tmp_path / "edited.xlsx")
    found = planner.edited(tmp_path / "edited.xlsx", folder, lang="en")
    change = found.table("changes").iloc[0]
    assert (change["school"], change["before"], change["after"]) == ("a", 2, 3)
    assert change["row"] == head + 2
    assert "fund_within_budget" in " ".join(found.broken["key"])
    assert "10" in found.broken["over"].tolist()
    effect = found.table("effect").set_index("measure")
    assert effect.loc["people"].tolist() == [50.0, 75.0, 25.0]
    assert found.table("money")[["before", "after"]].values.tolist() == [[20, 30]]
    done = CliRunner().invoke(
        audit, [str(tmp_path / "edited.xlsx"), "--plan", str(folder), "--lang", "en"]
    )
    assert done.output == found.text
