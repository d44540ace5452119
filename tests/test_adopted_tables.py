"""Raw tables from offices and abroad, as a new user brings them: `planner new --from`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from planner.cli.commands import check, new
from planner.scenario.load import inspect, load


def _new(tmp_path: Path, source: Path, *options: str) -> Result:
    arguments = [str(tmp_path / "s"), "--from", str(source), "--lang", "en", *options]
    return CliRunner().invoke(new, arguments)


def _office_book(path: Path) -> Path:
    """Titles, a header over two merged rows, column numbers, headings, a total, notes, a hidden
    sheet, and stock by the names of schools and items."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "DS trường 2023"
    for row in (
        ["PHÒNG GIÁO DỤC VÀ ĐÀO TẠO"],
        ["DANH SÁCH TRƯỜNG"],
        ["TT", "Tên trường", "Mã trường", "Nhóm dự án", "Quy mô", "", "", "Năm bàn giao"],
        ["", "", "", "", "Số lớp", "Số học sinh", "Số giáo viên", ""],
        ["A", "B", 1, 2, 3, 4, 5, 6],
        ["I", "Khối tiểu học"],
        [1, "Trường Tiểu học Hoa Sen", "0071", "Nhóm 1", 30, "1.020", 45, None],
        [2, "Trường Tiểu học Hoa Mai", "0072", "Nhóm 2", 25, 850, 40, 2027],
        ["II", "Khối THCS"],
        [3, "Trường THCS Hoa Sữa", "0073", "Không", 20, 800, 38, None],
        ["", "Tổng cộng", "", "", 75, 2670],
        ["", "Ghi chú: số liệu tính đến 31/5/2023"],
    ):
        sheet.append(row)
    sheet.merge_cells("E3:G3")
    book.create_sheet("tam").sheet_state = "hidden"
    stock = book.create_sheet("Thống kê thiết bị")
    for row in (
        ["STT", "Tên trường", "Tên thiết bị", "Đơn vị tính", "Số lượng", "Năm trang bị"],
        [1, "Trường Tiểu học Hoa Sen", "Máy tính cho học sinh", "bộ", 20, 2023],
    ):
        stock.append(row)
    book.save(path)
    return path


def test_an_office_workbook_becomes_a_sound_scenario_at_once(tmp_path: Path) -> None:
    """Proves a usual office workbook needs no edit: every figure is the one in the file, ids
    keep their zeros, and what was made or left out is said."""
    made = _new(tmp_path, _office_book(tmp_path / "office.xlsx"))
    assert made.exit_code == 0, made.output
    scenario, findings, _ = inspect(tmp_path / "s")
    assert findings == []
    assert scenario is not None
    columns = ["school", "level", "group", "classes", "pupils", "teachers"]
    assert scenario.schools[columns].to_numpy().tolist() == [
        ["0071", "primary", "completed", 30, 1020, 45],
        ["0072", "primary", "under_construction", 25, 850, 40],
        ["0073", "lower_secondary", "none", 20, 800, 38],
    ]
    stock = scenario.table("inventory")[["school", "item", "quantity", "acquired"]]
    assert stock.to_numpy().tolist() == [["0071", "pupil-computer", 20, 2023]]
    assert scenario.settings.illustrative
    assert "no column of levels: taken from the names of 3 of 3 schools" in made.output
    assert made.output.count("is no data and was left out") == 4


ABROAD = (
    "S.No.;CODE;EstablishmentName;PhaseOfEducation (name);NumberOfPupils;Open;\n"
    '1;="007";St Mary’s;Primary;1,450;01-09-1999;\n'
    "2;008;Café Row;Secondary;900;;\n"
    "Source: register of schools;;;;;;\n"
)


def test_a_foreign_table_says_every_option_it_needs(tmp_path: Path) -> None:
    """Proves all that is missing is said at once, with the option that supplies it, and that
    nothing is written before; a guess would turn a code or a date into pupils."""
    source = tmp_path / "abroad.csv"
    source.write_bytes(ABROAD.encode("cp1252"))
    made = _new(tmp_path, source)
    assert made.exit_code == 3
    assert not (tmp_path / "s").exists()
    said = [line for line in made.stderr.splitlines() if line.startswith("error")]
    assert said == [
        "error: abroad.csv:1: Level: «Secondary» (1 row) is not one of preschool, primary, "
        'lower_secondary, upper_secondary, office; add --value "level:Secondary=…"',
        "error: abroad.csv:1: no column was found for «Classes»; add --column classes=HEADER, or "
        "--value classes=VALUE for all schools",
        "error: abroad.csv:1: no column was found for «Teachers»; add --column teachers=HEADER, or "
        "--value teachers=VALUE for all schools",
    ]
    assert "Windows-1252" in made.stderr
    assert "if the ids stand in «CODE», add --column school=CODE" in made.stderr
    options = ["--value", "level:Secondary=lower_secondary", "--value", "classes=0"]
    made = _new(tmp_path, source, *options, "--value", "teachers=0", "--column", "school=code")
    assert made.exit_code == 0, made.output
    schools = load(tmp_path / "s").schools
    assert schools[["school", "name", "level", "pupils"]].to_numpy().tolist() == [
        ["007", "St Mary’s", "primary", 1450],
        ["008", "Café Row", "lower_secondary", 900],
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--column", "pupil=x"], "--column: there is no field «pupil»; is it «pupils»?"),
        (["--value", "grup=none"], "--value: there is no field «grup»; is it «group»?"),
        (
            ["--column", "classes=NumberOfPupil"],
            "--column classes: no file has a column «NumberOfPupil»; is it «NumberOfPupils»?",
        ),
    ],
)
def test_mistyped_options_are_named(options: list[str], expected: str, tmp_path: Path) -> None:
    """Proves a field or header that does not exist is said with the nearest that does."""
    source = tmp_path / "abroad.csv"
    source.write_text(ABROAD, encoding="utf-8")
    made = _new(tmp_path, source, *options)
    assert made.exit_code == 3
    assert f"error: {expected}" in made.stderr


@pytest.mark.parametrize(
    ("typed", "value"), [("1.450", 1450), ("1 450", 1450), ("1450", 1450), (1450, 1450)]
)
def test_numbers_are_carried_over_as_typed(typed: Any, value: int, tmp_path: Path) -> None:
    """Proves what the raw cell says is what the scenario reads."""
    book = openpyxl.Workbook()
    book.active.append(["Tên trường", "Số lớp", "Số học sinh", "Số giáo viên"])
    book.active.append(["Trường THCS A", 12, typed, 20])
    book.save(tmp_path / "a.xlsx")
    assert _new(tmp_path, tmp_path / "a.xlsx").exit_code == 0
    assert load(tmp_path / "s").schools["pupils"].tolist() == [value]


@pytest.mark.parametrize("typed", ["12 bộ", "1,45,000", "30.5", "†"])
def test_cells_that_are_no_numbers_stay_findings(typed: str, tmp_path: Path) -> None:
    """Proves nothing is mended on the way: the cell stands in the workbook as it was typed."""
    book = openpyxl.Workbook()
    book.active.append(["Tên trường", "Số lớp", "Số học sinh", "Số giáo viên"])
    book.active.append(["Trường THCS A", 12, typed, 20])
    book.save(tmp_path / "a.xlsx")
    assert _new(tmp_path, tmp_path / "a.xlsx").exit_code == 0
    result = CliRunner().invoke(check, [str(tmp_path / "s"), "--lang", "en"])
    assert result.exit_code == 3
    assert f"data.xlsx:Schools!F3: «{typed}»" in result.stderr.replace("so-lieu", "data")


def test_excel_errors_stop_at_the_raw_file(tmp_path: Path) -> None:
    """Proves an error or a formula without a result is named in the file that holds it."""
    book = openpyxl.Workbook()
    book.active.append(["Tên trường", "Số lớp", "Số học sinh", "Số giáo viên"])
    book.active.append(["Trường THCS A", 12, "=20*30", 20])
    book.save(tmp_path / "a.xlsx")
    made = _new(tmp_path, tmp_path / "a.xlsx")
    assert made.exit_code == 3
    assert "error: a.xlsx:Sheet!C2: the formula has no stored result" in made.stderr


def test_two_files_make_one_scenario(tmp_path: Path) -> None:
    """Proves `--from` can be repeated, and that two tables of schools are refused."""
    schools = tmp_path / "schools.csv"
    schools.write_text("Tên trường,Số lớp,Số HS,Số GV\nTrường THCS A,12,400,20\n", encoding="utf-8")
    stock = tmp_path / "inventory.csv"
    stock.write_text("Tên trường,Mã thiết bị,SL,Năm mua\nTrường THCS A,lan,1,2020\n", "utf-8")
    assert _new(tmp_path, schools, "--from", str(stock)).exit_code == 0
    assert load(tmp_path / "s").table("inventory")["school"].tolist() == ["s001"]
    again = CliRunner().invoke(
        new, [str(tmp_path / "t"), "--from", str(schools), "--from", str(schools)]
    )
    assert again.exit_code == 3
    assert not (tmp_path / "t").exists()


def test_footnotes_of_a_wide_table_are_left_out(tmp_path: Path) -> None:
    """Proves a row of one cell is no school, though the header names few known columns."""
    source = tmp_path / "export.csv"
    source.write_text(
        "ELSI Export\nSchool Name,State,Students,Locale\nLincoln Elementary,CA,300,City\n"
        '"Source: register"\n',
        encoding="utf-8",
    )
    made = _new(tmp_path, source, "--value", "classes=0", "--value", "teachers=0")
    assert made.exit_code == 0, made.output
    assert load(tmp_path / "s").schools["name"].tolist() == ["Lincoln Elementary"]
    assert "export.csv:4:School Name: the row «Source: register» is no data" in made.stderr


def test_a_column_of_groups_is_named(tmp_path: Path) -> None:
    """Proves groups under a header that nobody could know are pointed at, not passed over: the
    priorities of every school hang on them."""
    source = tmp_path / "raw.csv"
    source.write_text(
        "Tên trường,Cấp học,Số lớp,Số học sinh,Số giáo viên,Tình trạng\n"
        "Trường A,Tiểu học,10,300,15,Nhóm 1\nTrường B,Tiểu học,12,350,18,Không có dự án\n",
        encoding="utf-8",
    )
    result = _new(tmp_path, source)
    assert 'if the groups stand in «Tình trạng», add --column "group=Tình trạng"' in result.stderr
    again = CliRunner().invoke(
        new,
        [str(tmp_path / "t"), "--from", str(source), "--column", "group=Tình trạng"],
    )
    assert again.exit_code == 0
    assert list(load(tmp_path / "t").schools["group"]) == ["completed", "none"]
