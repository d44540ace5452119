"""The verbs around a plan, as the page and scripts call them: what was understood, first scenarios,
repairs, edited plans, what is saved. All schools and figures are invented."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from openpyxl import Workbook

import planner
from planner.cli.commands import new
from planner.errors import Finding, InputError, Place, Severity
from planner.present.understanding import findings_frame

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
    from openpyxl import load_workbook

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


def office_list(place: Path) -> Path:
    """A list of schools with devices under a header of two rows, as offices keep it."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Tổng hợp"
    sheet.append(["TT", "Tên trường", "Cấp học", "Số lớp", "Số HS", "Máy tính", None])
    sheet.append([None] * 5 + ["Hiện có", "Hỏng"])
    for column in "ABCDE":
        sheet.merge_cells(f"{column}1:{column}2")
    sheet.merge_cells("F1:G1")
    sheet.append([1, "TH Mẫu Một", "Tiểu học", 20, 680, 25, 5])
    sheet.append([2, "THCS Mẫu Hai", "THCS", 24, 1020, 40, 12])
    path = place / "hien-trang.xlsx"
    book.save(path)
    return path


def test_an_office_list_asks_then_becomes_a_scenario(tmp_path: Path) -> None:
    """Proves that nothing is written while questions are open, that each question says which
    argument takes its answer, and that the folder is the one of ``planner new --from``, to the
    byte."""
    path = office_list(tmp_path)
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
    path = office_list(tmp_path)
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
