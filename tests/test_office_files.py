"""Files as offices have them, through `planner new --from`: registers, two header rows, sections,
columns of devices, cents, projects by year. All of them are invented."""

from __future__ import annotations

import csv
import datetime
import io
import re
import shlex
import time
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from planner.cli.commands import new
from planner.messages import render, sentences
from planner.run.optimize import optimize
from planner.scenario import contracts
from planner.scenario.contracts import TABLES
from planner.scenario.load import inspect, load
from planner.scenario.new import adopt, grids, words
from planner.scenario.new.answers import Inquiry, Stated
from planner.scenario.new.words import Schools
from planner.scenario.reading import sources, values
from planner.scenario.reading.sources import Log


def _new(folder: Path, *arguments: str, **more: Any) -> Result:
    return CliRunner().invoke(new, [str(folder), "--lang", "en", *arguments], **more)


def _files(folder: Path, **texts: str) -> list[str]:
    """Writes CSV files; the options that name them."""
    options: list[str] = []
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        options += ["--from", str(folder / f"{name}.csv")]
    return options


def _book(path: Path, *rows: list[Any], merged: tuple[str, ...] = ()) -> list[str]:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for part in merged:
        book.active.merge_cells(part)
    book.save(path)
    return ["--from", str(path)]


def _stock(folder: Path) -> list[list[Any]]:
    frame = load(folder).table("inventory")[["school", "item", "quantity", "acquired"]]
    return sorted(frame.to_numpy().tolist())


def _runs(folder: Path) -> bool:
    return optimize(load(folder), gap=0.2, threads=1).plan is not None


SCHOOLS = (
    "school,name,level,pupils,classes,teachers\n"
    "N,Northside Elementary,primary,400,16,25\n"
    "L,Lakeview Middle,lower_secondary,500,18,30\n"
)
REGISTER = (
    "Asset Tag;Item Name;Category;Model Name;Serial Number;Location;Purchase Date;Purchase Cost;"
    "Status\n"
    "A0001;PC lab 1;Desktop;OptiPlex;SN1;Northside Elementary;04/17/2019;612.50;In-service\n"
    "A0002;PC lab 2;Desktop;OptiPlex;SN2;Northside Elementary – Room 2;04/17/2019;612.50;"
    "In-service\n"
    "A0003;PC lab 3;Desktop;OptiPlex;SN3;Northside Elementary;08/02/2013;540.00;Retired\n"
    "A0004;Tablet cart;Tablet;iPad;SN4;Lakeview Middle;2021-01-12;329.00;Ready to Deploy\n"
    "A0005;AP gym;Access point;U6;SN5;Lakeview Middle;;179;Deployed\n"
)
PLAN = (
    "Project,School,Priority,Prior Years,FY25,FY26,FY27,FY28,Total\n"
    'Wi-Fi refresh,Northside Elementary,1,"$0","$120,000","$80,000","$0","$0","$200,000"\n'
    'Server room,Lakeview Middle,2,"$15,000","$45,500","$0","$0","$0","$60,500"\n'
    'Displays,Northside Elementary,3,,"(TBD)","$300,000","$150,000","$0","$450,000"\n'
    'Total,,,"$15,000","$165,500","$380,000","$150,000","$0","$710,500"\n'
)

# --------------------------------------------------------------------------------------------------
# The five files of a new user.


def test_a_register_is_counted_by_school_item_and_year(tmp_path: Path) -> None:
    """Proves every device of a register is counted or named with the reason: the retired one and
    the tablet are not in the stock, the one without a date takes the year that was said. A reader
    that takes the register for no table buys everything anew."""
    files = _files(tmp_path, register=REGISTER, schools=SCHOOLS)
    asked = _new(tmp_path / "s", *files)
    assert asked.exit_code == 3
    assert "1 of 3 devices have no year of acquisition; add --value acquired=YEAR" in asked.stderr
    assert not (tmp_path / "s").exists()
    made = _new(tmp_path / "s", *files, "--value", "acquired=2020")
    assert made.exit_code == 0, made.output
    assert _stock(tmp_path / "s") == [["L", "wifi", 1, 2020], ["N", "pupil-computer", 2, 2019]]
    said = made.stdout + made.stderr
    assert "the register has 5 devices: 3 were counted at 2 schools, 2 left out" in said
    assert "1 of 5 devices are left out by status: «Retired» (1)" in said
    assert "no item is known for «Tablet» (1)" in said
    assert "dates are mdy (d day, m month, y year), as the cell «04/17/2019» says" in said
    assert "the year of acquisition 2020 is assumed, as you said, for 1 of 3 devices" in said
    assert _runs(tmp_path / "s")


def test_two_header_rows_sections_and_units_of_an_office_report(tmp_path: Path) -> None:
    """Proves a report with «Máy tính · Hiện có, Hỏng», wards as headings and millions reaches its
    own totals again: 67 − 17 computers, 36 − 1 displays, 2,211,250,000 đồng. One that loses the
    second header row counts the broken ones, or nothing."""
    head = ["TT", "Tên trường", "Cấp học", "Số lớp", "Số HS", "Máy tính", None, "Máy chiếu/Tivi",
            None, "Dự toán"]  # fmt: skip
    rows: list[list[Any]] = [
        ["PHÒNG GD&ĐT QUẬN X (mẫu)"], ["HIỆN TRẠNG THIẾT BỊ"], ["(Đơn vị tính: triệu đồng)"], [],
        head, [None, None, None, None, None, "Hiện có", "Hỏng", "Hiện có", "Hỏng"],
        ["I", "Phường A"],
        [1, "TH Hoa Sen (mẫu)", "Tiểu học", 20, 680, 25, 5, 10, 1, 850.5],
        [2, "THCS Hoa Mai (mẫu)", "THCS", 24, "1.020", 40, 12, 14, None, "1.240,75"],
        ["II", "Phường B"],
        [1, "MN Hoa Hồng (mẫu)", "MN", 12, 310, 2, None, 12, 0, 120],
        [None, "Tổng cộng", None, 56, 2010, 67, 17, 36, 1, 2211.25],
    ]  # fmt: skip
    merged = ("A5:A6", "B5:B6", "C5:C6", "D5:D6", "E5:E6", "F5:G5", "H5:I5", "J5:J6")
    files = _book(tmp_path / "hien-trang.xlsx", *rows, merged=merged)
    made = _new(tmp_path / "s", *files, "--value", "teachers=30", "--value", "acquired=2020")
    assert made.exit_code == 0, made.output
    scenario = load(tmp_path / "s")
    assert _stock(tmp_path / "s") == [
        ["s001", "class-display", 9, 2020],
        ["s001", "pupil-computer", 20, 2020],
        ["s002", "class-display", 14, 2020],
        ["s002", "pupil-computer", 28, 2020],
        ["s003", "class-display", 12, 2020],
        ["s003", "pupil-computer", 2, 2020],
    ]
    assert scenario.schools["ward"].tolist() == ["Phường A", "Phường A", "Phường B"]
    assert scenario.schools["pupils"].tolist() == [680, 1020, 310]
    assert list(map(int, scenario.schools["Dự toán"])) == [850_500_000, 1_240_750_000, 120_000_000]
    assert "adopt_total_differs" not in made.output
    assert "states a total" not in made.stderr
    assert _runs(tmp_path / "s")
    # A total that is not what the rows add up to is said with both numbers.
    rows[-1][4] = 2100
    _book(tmp_path / "hien-trang.xlsx", *rows, merged=merged)
    made = _new(tmp_path / "t", *files, "--value", "teachers=30", "--value", "acquired=2020")
    assert "«Số HS» states a total of 2,100, but the rows add up to 2,010" in made.stderr


def test_words_of_groups_and_dates_of_handover(tmp_path: Path) -> None:
    """Proves «Đã xây xong», «Đang thi công» and «Quý III/2026» need no answer at all."""
    head = ["Mã trường", "Tên trường", "Cấp", "Nhóm", "Ngày bàn giao", "Học sinh", "Lớp",
            "Giáo viên"]  # fmt: skip
    files = _book(
        tmp_path / "nhom.xlsx", head,
        ["001", "TH Mẫu Một", "Tiểu học", "Đã xây xong", None, 600, 18, 30],
        ["002", "TH Mẫu Hai", "Tiểu học", "Đang thi công", datetime.date(2026, 9, 30), 640, 18, 31],
        ["003", "THCS Mẫu Ba", "THCS", "Chuẩn bị đầu tư", "Quý III/2027", 900, 22, 45],
    )  # fmt: skip
    made = _new(tmp_path / "s", *files)
    assert made.exit_code == 0, made.output
    schools = load(tmp_path / "s").schools
    assert schools["group"].tolist() == ["completed", "under_construction", "preparing"]
    assert schools["ready"].fillna(0).tolist() == [0, 2026, 2027]
    assert _runs(tmp_path / "s")


def test_prices_with_cents_need_their_currency_once(tmp_path: Path) -> None:
    """Proves 612.50 is 61,250 cents once the currency is said, and never 613 or 612 đồng."""
    prices = (
        "item,name,unit,pillar,nature,price\n"
        "pc,Desktop,each,infrastructure,capital,612.50\n"
        'ap,Access point,each,infrastructure,capital,"1,179.00"\n'
    )
    files = _files(tmp_path, prices=prices, schools=SCHOOLS)
    asked = _new(tmp_path / "s", *files)
    assert asked.exit_code == 3
    assert "VND has none; if it is another currency, add --value currency=USD" in asked.stderr
    made = _new(tmp_path / "s", *files, "--value", "currency=USD")
    assert made.exit_code == 0, made.output
    scenario = load(tmp_path / "s")
    assert scenario.settings.currency == "USD"
    assert scenario.table("catalogue")["price"].tolist() == [61_250, 117_900]
    assert _runs(tmp_path / "s")


def test_projects_by_fiscal_year_become_requests(tmp_path: Path) -> None:
    """Proves every dollar of the plan stands in the requests' costs, in its year: 165,500 in 2025,
    380,000 in 2026, 150,000 in 2027; «(TBD)» is no amount; what was paid before is none."""
    files = _files(tmp_path, plan=PLAN, schools=SCHOOLS)
    asked = _new(tmp_path / "s", *files)
    assert asked.exit_code == 3
    assert "add --value fund=…, one of capital, recurrent, projects" in asked.stderr
    assert "such as --value currency=USD" in asked.stderr
    made = _new(tmp_path / "s", *files, "--value", "currency=USD", "--value", "fund=capital")
    assert made.exit_code == 0, made.output
    scenario = load(tmp_path / "s")
    costs = scenario.table("request_costs")
    assert costs.groupby("year")["amount"].sum().to_dict() == {
        2025: 16_550_000,
        2026: 38_000_000,
        2027: 15_000_000,
    }
    assert scenario.table("requests")["school"].tolist() == ["N", "L", "N"]
    assert scenario.settings.years == (2025, 2028)
    assert "no amount in the cells «(TBD)» (1): missing, not zero" in made.stderr
    assert "states a total" not in made.stderr
    assert _runs(tmp_path / "s")


# --------------------------------------------------------------------------------------------------
# Kinds of sheet.


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (SCHOOLS, "schools"),
        (REGISTER, "register"),
        (PLAN, "projects"),
        ("School code,Desktops,Projectors\nN,3,1\n", "wide"),
        ("School,Item,Quantity,Year acquired\nN,lan,1,2020\n", "inventory"),
        ("Trường,Loại thiết bị,Số lượng\nA,Máy chiếu,2\n", "stock"),
        ("Tên thiết bị,ĐVT,Đơn giá\nMáy chiếu,bộ,1000\n", "prices"),
        ("Nguồn vốn,2026,2027\nNgân sách,100,200\n", "funds"),
        (
            "Name;Entity;Status;Manufacturer;Serial number;Type;Model;Location\n"
            "pc;Root > A;In use;Dell;S1;Desktop;30;A > Lab\n",
            "register",
        ),
    ],
)
def test_sheets_are_known_by_what_they_hold(text: str, kind: str) -> None:
    """Proves each kind is told by its columns, whatever the file is called."""
    sheet = sources.read(text.encode(), "x.csv", Log())
    assert sheet is not None
    grid = grids.grid_of(sheet, Log())
    assert grid is not None
    found = grids.recognise(grid, {}, "")
    assert isinstance(found, grids.Recognised)
    assert found.kind == kind


def test_the_content_of_a_sheet_counts_more_than_its_name(tmp_path: Path) -> None:
    """Proves a sheet called «Hiện trạng» (our name of the stock) that lists schools with their
    devices is a list of schools."""
    head = ["Mã trường", "Tên trường", "Cấp học", "Số HS", "Số lớp", "Số GV", "Máy tính"]
    book = openpyxl.Workbook()
    book.active.title = "Hiện trạng"
    for row in (head, ["a", "TH Mẫu", "TH", 400, 12, 20, 9]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    files = ["--from", str(tmp_path / "a.xlsx"), "--value", "acquired=2021"]
    assert _new(tmp_path / "s", *files).exit_code == 0
    assert _stock(tmp_path / "s") == [["a", "pupil-computer", 9, 2021]]


def test_marks_of_thousands_and_decimals_of_prices(tmp_path: Path) -> None:
    """Proves «15,450,750.00» and «26.000.000,00» are whole đồng, whichever mark is the decimal."""
    prices = (
        "Item,Name,Unit,Pillar,Nature,Price,Life\n"
        'pc,PC,unit,Infrastructure,Capital,"15,450,750.00",5\n'
        'tv,TV,unit,Infrastructure,Capital,"26.000.000,00",5\n'
    )
    assert _new(tmp_path / "s", *_files(tmp_path, prices=prices, schools=SCHOOLS)).exit_code == 0
    assert load(tmp_path / "s").table("catalogue")["price"].tolist() == [15_450_750, 26_000_000]


def test_a_sheet_of_no_use_says_what_it_lacks(tmp_path: Path) -> None:
    """Proves a list of rooms beside the schools is a warning that says what it lacks, not a
    catalogue; alone in a file it ends with exit 3, since the file would be missing in silence."""
    book = openpyxl.Workbook()
    book.active.title = "List"
    for line in SCHOOLS.splitlines():
        book.active.append(line.split(","))
    rooms = book.create_sheet("Rooms")
    for row in (["Name", "Capacity", "Floor"], ["Room 101", 35, 1], ["Room 102", 30, 1]):
        rooms.append(row)
    book.save(tmp_path / "list.xlsx")
    made = _new(tmp_path / "s", "--from", str(tmp_path / "list.xlsx"))
    assert made.exit_code == 0, made.output
    assert "list.xlsx:Rooms: the sheet cannot be used: it is most like" in made.stderr
    assert len(load(tmp_path / "s").table("catalogue")) > 2
    files = _files(tmp_path, schools=SCHOOLS, rooms="Name,Capacity,Floor\nRoom 101,35,1\n")
    made = _new(tmp_path / "t", *files)
    assert made.exit_code == 3
    assert "rooms.csv: the file cannot be used: it is most like" in made.stderr
    made = _new(tmp_path / "u", *_files(tmp_path, schools=SCHOOLS, notes="Kính gửi\nTrân trọng\n"))
    assert made.exit_code == 3
    assert "notes.csv: no sheet of the file was used" in made.stderr


def test_a_register_alone_says_that_the_list_of_schools_is_missing(tmp_path: Path) -> None:
    """Proves a register is never turned into schools, one a device."""
    made = _new(tmp_path / "s", *_files(tmp_path, register=REGISTER))
    assert made.exit_code == 3
    assert "no table of schools was found, though the files name «Northside Elem" in made.stderr
    assert "--column pupils" not in made.stderr


def test_which_of_two_sheets_is_meant_can_be_said(tmp_path: Path) -> None:
    """Proves two years of one list are asked about with an option that works, and that a hidden
    working copy is not taken, said."""
    book = openpyxl.Workbook()
    for number, title in enumerate(("2024", "2025")):
        sheet = book.create_sheet(title)
        for line in SCHOOLS.replace("400", str(400 + number)).splitlines():
            sheet.append([int(c) if c.isdigit() else c for c in line.split(",")])
    book.save(tmp_path / "lists.xlsx")
    asked = _new(tmp_path / "s", "--from", str(tmp_path / "lists.xlsx"))
    assert asked.exit_code == 3
    option = re.search(r"choose one by (--sheet \"[^\"]*\")", asked.stderr)
    assert option is not None
    for chosen, pupils in (([*shlex.split(option[1])], 400), (["--sheet", "2025"], 401)):
        folder = tmp_path / f"s{pupils}"
        made = _new(folder, "--from", str(tmp_path / "lists.xlsx"), *chosen)
        assert made.exit_code == 0, made.output
        assert load(folder).schools["pupils"].tolist() == [pupils, 500]
    book["2025"].sheet_state = "hidden"
    book.save(tmp_path / "lists.xlsx")
    made = _new(tmp_path / "h", "--from", str(tmp_path / "lists.xlsx"))
    assert made.exit_code == 0, made.output
    assert "lists.xlsx:2025: the sheet was not read" in made.stderr


def test_a_named_sheet_narrows_its_workbook_alone(tmp_path: Path) -> None:
    """Proves `--sheet 2025` chooses within its workbook, and a CSV file beside it is read whole: it
    would be missing without a word."""
    book = openpyxl.Workbook()
    for title in ("2024", "2025"):
        sheet = book.create_sheet(title)
        for line in SCHOOLS.splitlines():
            sheet.append([int(c) if c.isdigit() else c for c in line.split(",")])
    book.save(tmp_path / "lists.xlsx")
    files = ["--from", str(tmp_path / "lists.xlsx"), *_files(tmp_path, register=REGISTER)]
    made = _new(tmp_path / "s", *files, "--sheet", "2025", "--value", "acquired=2020")
    assert made.exit_code == 0, made.output
    assert len(_stock(tmp_path / "s")) == 2


@pytest.mark.parametrize(
    "answer", ["item:Tablet=tablet", "status:Retired=working", "dates=us", "currency=dollars"]
)
def test_an_answer_that_is_none_is_refused(answer: str, tmp_path: Path) -> None:
    """Proves a slip in an answer is said with what can be answered, and not taken for «leave
    out»."""
    files = _files(tmp_path, register=REGISTER, schools=SCHOOLS)
    made = _new(tmp_path / "s", *files, "--value", "acquired=2020", "--value", answer)
    assert made.exit_code == 3
    assert answer.partition("=")[2] in made.stderr


# --------------------------------------------------------------------------------------------------
# Stock beside schools, ids, levels, grades.


def test_columns_of_devices_become_stock(tmp_path: Path) -> None:
    """Proves a school with 30 desktops and 12 laptops has 42 computers, not 42 to buy anew."""
    text = (
        "School code,School name,Level,Group,Pupils,Classes,Teachers,Desktops,Laptops,Projectors\n"
        "A1,North Primary School,primary,none,420,14,20,30,12,8\n"
        "A2,South Primary School,primary,none,310,10,15,16,-,3\n"
    )
    made = _new(tmp_path / "s", *_files(tmp_path, list=text), "--value", "acquired=2021")
    assert made.exit_code == 0, made.output
    assert _stock(tmp_path / "s") == [
        ["A1", "class-display", 8, 2021],
        ["A1", "pupil-computer", 42, 2021],
        ["A2", "class-display", 3, 2021],
        ["A2", "pupil-computer", 16, 2021],
    ]
    assert "«Laptops»: «-» is no number of devices: missing, not zero" in made.stderr
    assert not set(load(tmp_path / "s").attributes) & {"Desktops", "Laptops", "Projectors"}


def test_three_header_rows_and_what_still_works(tmp_path: Path) -> None:
    """Proves three header rows and a row of column numbers are read in CSV, too, and that what
    works must be what exists less what is broken: 20 − 5 is 15, not 16."""
    text = (
        "STT,Tên trường,Cấp học,Số HS,Số lớp,Số GV,Thiết bị CNTT,,,,,\n"
        ",,,,,,Máy tính,,,Máy chiếu,,\n"
        ",,,,,,Tổng số,Hỏng,Còn sử dụng được,Tổng số,Hỏng,Còn sử dụng được\n"
        "A,B,C,1,2,3,4,5,6,7,8,9\n"
        "1,Tiểu học Một,TH,500,15,20,20,5,15,10,1,9\n2,THCS Hai,THCS,600,16,30,40,10,30,12,0,12\n"
    )
    made = _new(tmp_path / "s", *_files(tmp_path, a=text), "--value", "acquired=2021")
    assert made.exit_code == 0, made.output
    assert _stock(tmp_path / "s") == [
        ["s001", "class-display", 9, 2021],
        ["s001", "pupil-computer", 15, 2021],
        ["s002", "class-display", 12, 2021],
        ["s002", "pupil-computer", 30, 2021],
    ]
    wrong = _files(tmp_path, a=text.replace("20,5,15", "20,5,16"))
    made = _new(tmp_path / "t", *wrong, "--value", "acquired=2021")
    assert made.exit_code == 3
    assert "Máy tính: 20 existing less 5 broken is not 16 working" in made.stderr


@pytest.mark.parametrize("seed", range(3))
def test_a_register_is_counted_as_one_by_one(seed: int, tmp_path: Path) -> None:
    """Proves the counting by columns is what going through the rows one by one gives: whatever
    place, status, category and date the devices have, none is lost and none counts twice."""
    random = Random(seed)
    places = {"Northside Elementary": "N", "Lakeview Middle – Lab 2": "L", "Depot": "",
              "Root > Lakeview Middle": "L", "": ""}  # fmt: skip
    items = {"Desktop": "pupil-computer", "Laptops": "pupil-computer", "Projector": "class-display",
             "Printer": ""}  # fmt: skip
    states = {"In use": True, "Retired": False, "Lost": False, "": True, "Out for repair": False}
    dates = {"2019-03-01": 2019, "15/08/2021": 2021, "01/02/2022": 2022, "": 2020}
    lines, expected = ["Asset tag;Category;Location;Status;Purchase date"], dict[Any, int]()
    for number in range(400):
        place, item, state, date = (random.choice(list(p)) for p in (places, items, states, dates))
        lines.append(f"T{number:03d};{item};{place};{state};{date}")
        if places[place] and items[item] and states[state]:
            key = (places[place], items[item], dates[date])
            expected[key] = expected.get(key, 0) + 1
    files = _files(tmp_path, register="\n".join(lines), schools=SCHOOLS)
    made = _new(tmp_path / "s", *files, "--value", "acquired=2020")
    assert made.exit_code == 0, made.output
    assert _stock(tmp_path / "s") == sorted([s, i, n, y] for (s, i, y), n in expected.items())
    left = 400 - sum(expected.values())
    assert f"{sum(expected.values())} were counted at 2 schools, {left} left out" in made.stdout


def test_our_own_labels_are_always_understood() -> None:
    """Proves what papers and workbooks call a group, a level, a pillar or a nature can be copied
    back, in both languages; another reader asks what «Nhóm 1 (đã xây xong)» means."""
    lists = {"level": "schools", "group": "schools", "pillar": "catalogue", "nature": "catalogue"}
    families = {"level": ["level"], "group": ["group", "group_short"], "pillar": ["pillar"],
                "nature": ["nature"]}  # fmt: skip
    for name, table in lists.items():
        choices = contracts.columns(TABLES[table])[name].choices
        known = contracts.choice_names(choices)
        for choice in choices:
            codes = [f"value.{choice}", *(f"label.{f}.{choice}" for f in families[name])]
            for pair in (sentences()[c] for c in codes):
                for label in (pair.vi, pair.en):
                    assert known[values.folded(label)] == choice


@pytest.mark.parametrize(
    ("typed", "means"), [("✓", True), ("Rồi", True), ("Đã", True), ("Chưa", False), ("✗", False)]
)
def test_yes_and_no_as_offices_tick_them(typed: str, means: bool) -> None:
    """Proves a tick and «chưa» are read; neither is a finding a cell."""
    assert values.truth(typed).value is means


def test_registers_add_up_unless_a_device_is_in_both(tmp_path: Path) -> None:
    """Proves a register of computers and one of projectors are one stock, and that the same
    register twice is no stock of twice the size."""
    other = REGISTER.replace("A000", "B000").replace(";SN", ";TN")
    year = ["--value", "acquired=2020"]
    files = _files(tmp_path, one=REGISTER, two=other, schools=SCHOOLS)
    made = _new(tmp_path / "s", *files, *year)
    assert made.exit_code == 0, made.output
    assert _stock(tmp_path / "s") == [["L", "wifi", 2, 2020], ["N", "pupil-computer", 4, 2019]]
    made = _new(
        tmp_path / "t", *_files(tmp_path, one=REGISTER, two=REGISTER, schools=SCHOOLS), *year
    )
    assert made.exit_code == 3
    assert "stand in «one.csv», too, and would count twice" in made.stderr


def test_money_by_fund_and_year_becomes_funds(tmp_path: Path) -> None:
    """Proves 5.3 billion of two funds are in the scenario to the đồng, that «-» is no zero, that a
    total that is wrong is said, and that who pays the upkeep is asked, not guessed."""
    text = (
        "DỰ TOÁN NGÂN SÁCH,,,\n(Đơn vị: triệu đồng),,,\nNguồn vốn,2026,2027,2028\n"
        "Ngân sách quận,1.000,2.000,1.500\nNgân sách phường,500,-,300\n"
        "Tổng cộng,1.500,2.000,1.900\n"
    )
    files = _files(tmp_path, money=text, schools=SCHOOLS)
    asked = _new(tmp_path / "s", *files)
    assert asked.exit_code == 3
    assert "which fund pays the yearly upkeep?" in asked.stderr
    made = _new(tmp_path / "s", *files, "--value", "pays_upkeep=ngan-sach-quan")
    assert made.exit_code == 0, made.output
    funds = load(tmp_path / "s").settings.funds
    million = 1_000_000
    assert {n: f.amounts for n, f in funds.items()} == {
        "ngan-sach-quan": {2026: 1000 * million, 2027: 2000 * million, 2028: 1500 * million},
        "ngan-sach-phuong": {2026: 500 * million, 2028: 300 * million},
    }
    assert "states a total of 1,900,000,000, but the rows add up to 1,800,000,000" in made.stderr


def test_a_plan_by_stage_is_requests_under_their_headings(tmp_path: Path) -> None:
    """Proves stages of a plan are no projects: counted, their sums would double the money."""
    text = (
        "KẾ HOẠCH ĐẦU TƯ CÔNG,,,,,,,\n,,,,,,,Đơn vị: triệu đồng\n"
        "TT,Danh mục dự án,Đơn vị,Tổng mức đầu tư,Lũy kế vốn đã bố trí,Kế hoạch vốn,,\n"
        ",,,,,Năm 2026,Năm 2027,Năm 2028\nA,B,C,1,2,3,4,5\n"
        "A,Dự án hoàn thành,,1.500,1.000,500,,\n"
        "1,Phòng máy,Northside Elementary,1.500,1.000,500,,\n"
        "B,Dự án chuyển tiếp,,2.000,200,800,1.000,\n1,Mạng,Lakeview Middle,2.000,200,800,1.000,\n"
        "C,Khởi công mới,,900,,300,300,300\n1,Học liệu,Northside Elementary,900,,300,300,300\n"
        ",Tổng cộng,,4.400,1.200,1.600,1.300,300\n"
    )
    files = _files(tmp_path, plan=text, schools=SCHOOLS)
    made = _new(tmp_path / "s", *files, "--value", "fund=capital")
    assert made.exit_code == 0, made.output
    scenario = load(tmp_path / "s")
    costs = scenario.table("request_costs").groupby("year")["amount"].sum().to_dict()
    assert costs == {2026: 1_600_000_000, 2027: 1_300_000_000, 2028: 300_000_000}
    reasons = scenario.table("requests")["reason"].tolist()
    assert reasons == ["Dự án hoàn thành", "Dự án chuyển tiếp", "Khởi công mới"]
    assert "states a total" not in made.stderr


def test_totals_of_devices_do_not_count_twice(tmp_path: Path) -> None:
    """Proves «Computers» that are the sum of desktops and laptops count once (42, not 84), that two
    equal columns are asked about, and a total beside a part of it, too, each with its answers."""
    year = ["--value", "acquired=2021"]
    text = "School code,Computers,Desktops,Laptops\nN,42,30,12\nL,20,16,4\n"
    files = _files(tmp_path, schools=SCHOOLS, stock=text)
    made = _new(tmp_path / "s", *files, *year)
    assert made.exit_code == 0, made.output
    assert _stock(tmp_path / "s") == [
        ["L", "pupil-computer", 20, 2021],
        ["N", "pupil-computer", 42, 2021],
    ]
    text = (
        "Trường,Máy tính,,,Máy chiếu,\n,Tổng số,Trong đó hỏng,Giáo viên,Hiện có,Hỏng\n"
        "Northside Elementary,40,4,10,5,1\nLakeview Middle,50,0,5,6,\n"
    )
    files = _files(tmp_path, schools=SCHOOLS, stock=text)
    asked = _new(tmp_path / "t", *files, *year)
    assert asked.exit_code == 3
    remedies = re.findall(r'--value "(item:[^"]*)"', asked.stderr)
    assert remedies == ["item:Máy tính Giáo viên=-", "item:Máy tính Giáo viên=teacher-computer"]
    for number, remedy in enumerate(remedies):
        made = _new(tmp_path / f"t{number}", *files, *year, "--value", remedy)
        assert made.exit_code == 0, made.output
        stock = {(s, i): n for s, i, n, _ in _stock(tmp_path / f"t{number}")}
        assert (stock["N", "pupil-computer"], stock["N", "class-display"]) == (36, 4)
        assert stock.get(("N", "teacher-computer"), 0) == 10 * number


def test_stock_by_place_status_and_words(tmp_path: Path) -> None:
    """Proves a table of stock in an office's own words is counted as a register is: by the school
    in the place, without what is broken, with what is unknown named."""
    text = (
        "Đơn vị;Loại;Số lượng;Năm sử dụng;Tình trạng\n"
        "Northside Elementary - Phòng 1;Máy vi tính;20;2019;Tốt\n"
        "Northside Elementary - Phòng 2;Máy vi tính;4;2019;Hỏng\n"
        "Northside Elementary - Phòng 2;Máy in;2;2019;Tốt\nLakeview Middle;Máy chiếu;5;;Tốt\n"
    )
    files = _files(tmp_path, schools=SCHOOLS, stock=text)
    made = _new(tmp_path / "s", *files, "--value", "acquired=2021")
    assert made.exit_code == 0, made.output
    assert _stock(tmp_path / "s") == [
        ["L", "class-display", 5, 2021],
        ["N", "pupil-computer", 20, 2019],
    ]
    assert "4 of 31 devices are left out by status: «Hỏng» (4)" in made.stderr
    assert "no item is known for «Máy in» (2)" in made.stderr
    assert "2021 is assumed, as you said, for 5 of 25 devices" in made.stderr


@pytest.mark.parametrize(
    ("title", "year"),
    [("FY26", 2026), ("2026", 2026), ("Năm 2026", 2026), ("2025-26", 2025), ("2025-2026", 2025),
     ("2026-2030", None), ("Giai đoạn 2026-2030", None), ("Lũy kế đến 2025", None), ("26", None)],
)  # fmt: skip
def test_a_period_is_no_year(title: str, year: int | None) -> None:
    """Proves the total of 2026-2030 is no money of 2026."""
    assert words.year_in(title) == year


def test_more_broken_than_there_are_is_a_finding(tmp_path: Path) -> None:
    """Proves existing − broken is never below zero in silence."""
    text = "Trường,Máy tính,Máy tính hỏng\nNorthside Elementary,3,5\nLakeview Middle,4,1\n"
    files = _files(tmp_path, schools=SCHOOLS, stock=text)
    made = _new(tmp_path / "s", *files, "--value", "acquired=2021")
    assert made.exit_code == 3
    assert "Máy tính: 5 broken of 3 existing" in made.stderr


def test_ids_that_stand_twice_or_are_empty_are_said(tmp_path: Path) -> None:
    """Proves an id of two schools is named with its rows, that one empty id keeps all others, and
    that what was written is sound: before, `check` refused the workbook that `new` wrote."""
    head = "School ID,School Name,Level,Group,Pupils,Classes,Teachers\n"
    twice = head + "182,Lower,primary,none,312,12,20\n182,Upper,primary,none,209,9,14\n"
    made = _new(tmp_path / "s", *_files(tmp_path, twice=twice))
    assert made.exit_code == 0, made.output
    assert "in «School ID»: «182» (2, 3)" in made.stderr
    assert inspect(tmp_path / "s")[1] == []
    blank = head + "182,Lower,primary,none,312,12,20\n,Upper,primary,none,209,9,14\n"
    made = _new(tmp_path / "t", *_files(tmp_path, blank=blank))
    assert made.exit_code == 0, made.output
    assert "«School ID» is empty in row(s) 3: 1 school was given s002" in made.stderr
    assert load(tmp_path / "t").schools["school"].tolist() == ["182", "s002"]


def test_codes_of_levels_closed_schools_and_suppressed_figures(tmp_path: Path) -> None:
    """Proves ES, MS, HS are read, K-8 is named as several levels, a closed school is left out and
    said, and a suppressed figure stays missing: read as zero, the school would need nothing."""
    text = (
        "School code,School name,Level,Status,Pupils,Classes,Teachers\n"
        "101,Ash,ES,Open,312,12,20\n102,Birch,MS,Open,SUPP,9,14\n103,Cedar,HS,Open,150,6,9\n"
        "104,Dogwood,K-8,Open,300,12,18\n105,Elm,ES,Closed,0,0,0\n"
    )
    files = _files(tmp_path, us=text)
    asked = _new(tmp_path / "s", *files)
    assert asked.exit_code == 3
    assert "«K-8» has several levels (1 row)" in asked.stderr
    made = _new(tmp_path / "s", *files, "--value", "level:K-8=primary")
    assert made.exit_code == 0, made.output
    assert "1 school was left out, as «Status» says closed: «Closed» (1)" in made.stderr
    assert "«pupils»: 1 cell has no figure («SUPP» (1)): left empty, not zero" in made.stderr
    assert "the workbook that was written has 1 gap to fill" in made.stderr
    assert inspect(tmp_path / "s")[0] is None
    answers = ["--value", "level:K-8=primary", "--value", "pupils:SUPP=209"]
    assert _new(tmp_path / "t", *files, *answers).exit_code == 0
    schools = load(tmp_path / "t").schools
    assert schools["pupils"].tolist() == [312, 209, 150, 300]
    assert schools["level"].tolist() == ["primary", "lower_secondary", "upper_secondary", "primary"]


def test_pupils_by_grade_are_summed_and_said(tmp_path: Path) -> None:
    """Proves 80 + 82 + 79 pupils are 241; with one grade unknown the sum is unknown."""
    text = (
        "School code,School name,Level,Group,G1,G2,G3,Classes,Teachers\n"
        "A1,North Primary,primary,none,80,82,79,14,20\nA2,South,primary,none,60,*,64,10,15\n"
    )
    made = _new(tmp_path / "s", *_files(tmp_path, enrol=text))
    assert "pupils are the sum of «G1», «G2», «G3»: 241; 1 lacking a figure" in made.stderr
    assert "1 gap to fill" in made.stderr
    made = _new(tmp_path / "t", *_files(tmp_path, enrol=text.replace("*", "61")))
    assert load(tmp_path / "t").schools["pupils"].tolist() == [241, 185]


def test_stages_head_schools_as_their_groups(tmp_path: Path) -> None:
    """Proves «A. Hoàn thành, B. Chuyển tiếp, C. Chuẩn bị» are the groups of the schools below."""
    text = (
        "TT,Tên trường,Cấp học,Năm bàn giao,Số HS,Số lớp,Số GV\n"
        "A,Hoàn thành,,,600,18,30\n1,TH Mẫu Một,Tiểu học,,600,18,30\n"
        "B,Chuyển tiếp,,,650,18,31\n1,TH Mẫu Hai,Tiểu học,2026,640,18,31\n"
        "C,Chuẩn bị đầu tư,,,900,22,45\n1,THCS Mẫu Ba,THCS,2027,900,22,45\n"
    )
    made = _new(tmp_path / "s", *_files(tmp_path, stages=text))
    assert made.exit_code == 0, made.output
    groups = load(tmp_path / "s").schools["group"].tolist()
    assert groups == ["completed", "under_construction", "preparing"]
    assert "«Số HS» states a total of 650, but the rows add up to 640" in made.stderr


def test_a_column_of_small_numbers_is_no_group(tmp_path: Path) -> None:
    """Proves ranks 1, 2, 3 are not offered as priority groups; «Nhóm» with the same entries is."""
    text = "Mã trường,Tên trường,Cấp học,Số HS,Số lớp,Số GV,{}\na,A,TH,9,1,1,1\nb,B,TH,9,1,1,2\n"
    made = _new(tmp_path / "s", *_files(tmp_path, a=text.format("Hạng")))
    assert "no column of groups" in made.stderr
    assert "group=Hạng" not in made.stderr
    made = _new(tmp_path / "t", *_files(tmp_path, a=text.format("Nhóm đầu tư")))
    assert '--column "group=Nhóm đầu tư"' in made.stderr


# --------------------------------------------------------------------------------------------------
# Dates and names.


@pytest.mark.parametrize(
    ("cells", "order", "years", "opened"),
    [
        (["17/04/2019", "08/02/2013"], "dmy", [2019, 2013], []),
        (["04/17/2019", "08/02/2013"], "mdy", [2019, 2013], []),
        (["04/07/2019"], "", [2019], []),
        (["2019-04-17", "2019"], "", [2019, 2019], []),
        (["04/07/19", "08/02/13"], "", [], ["04/07/19", "08/02/13"]),
        (["04/07/19", "17/02/98"], "dmy", [2019, 1998], []),
        (["Apr 17, 2019", "17 April 2020"], "", [2019, 2020], []),
    ],
)
def test_the_column_decides_the_order_of_dates(
    cells: list[str], order: str, years: list[int], opened: list[str]
) -> None:
    """Proves a year of four digits needs no order, that one cell decides its column's, and that
    dates of three short numbers are open without one: 04/07/19 may be 2004."""
    found = words.dates(cells)
    assert (found.order, list(found.years.values()), found.open) == (order, years, opened)


def test_an_order_that_is_open_is_asked(tmp_path: Path) -> None:
    """Proves the question's remedies are the answers that work, each with its own years."""
    text = REGISTER.replace("04/17/2019", "04/07/19").replace("08/02/2013", "08/02/13")
    text = text.replace("2021-01-12", "01/02/21")
    files = _files(tmp_path, register=text, schools=SCHOOLS)
    asked = _new(tmp_path / "s", *files, "--value", "acquired=2020")
    assert asked.exit_code == 3
    assert "such as «04/07/19» can be read in several orders" in asked.stderr
    for order, year in (("dmy", 2019), ("mdy", 2019), ("ymd", 2004)):
        folder = tmp_path / order
        made = _new(folder, *files, "--value", "acquired=2020", "--value", f"dates={order}")
        assert made.exit_code == 0, made.output
        assert ["N", "pupil-computer", 2, year] in _stock(folder)


NAMED = {
    "th-1": "Trường Tiểu học Hoa Sen",
    "cs-1": "Trường THCS Hoa Sen",
    "th-2": "Trường Tiểu học Hòa Bình",
    "N": "Northside Elementary",
}


@pytest.mark.parametrize(
    ("text", "school", "candidates"),
    [
        ("TH Hoa Sen", "th-1", ()),
        ("TH. Hoa Sen", "th-1", ()),
        ("trường tiểu học  HOA SEN", "th-1", ()),
        ("THCS Hoa Sen", "cs-1", ()),
        ("TH Hoà Bình", "th-2", ()),
        ("Hoa Sen", "", ("cs-1", "th-1")),
        ("TH Hoa Bính", "", ("th-2",)),
        ("Northside Elem. School", "N", ()),
        ("Northside Elementary – Room 3", "N", ()),
        ("Root > Northside Elementary > Lab 1", "N", ()),
        ("Northside Elementary Lab 2", "N", ()),
        ("Northside", "", ("N",)),
        ("Warehouse", "", ()),
    ],
)
def test_names_are_matched_where_they_can_only_be_one(
    text: str, school: str, candidates: tuple[str, ...]
) -> None:
    """Proves kinds of school, marks and where a tone stands do not count, another tone does, and
    what may be several is never guessed."""
    found = Schools(NAMED, {}).locate(text)
    assert (found.school, found.candidates) == (school, candidates)


def test_a_doubtful_name_is_asked_and_its_answers_work(tmp_path: Path) -> None:
    """Proves «Lakeveiw Middle» is asked about, not counted at a school by likeness."""
    text = REGISTER.replace(";Lakeview Middle;2021", ";Lakeveiw Middle;2021")
    text = text.replace("Tablet;", "Projector;")
    files = [*_files(tmp_path, register=text, schools=SCHOOLS), "--value", "acquired=2020"]
    asked = _new(tmp_path / "s", *files)
    assert asked.exit_code == 3
    assert "is «Lakeveiw Middle» (1 row) Lakeview Middle (L)?" in asked.stderr
    remedies = re.findall(r'--value "(school:[^"]*)"', asked.stderr)
    assert remedies == ["school:Lakeveiw Middle=L", "school:Lakeveiw Middle=-"]
    for number, remedy in enumerate(remedies):
        made = _new(tmp_path / f"s{number}", *files, "--value", remedy)
        assert made.exit_code == 0, made.output
        assert (["L", "class-display", 1, 2021] in _stock(tmp_path / f"s{number}")) == (number == 0)


# --------------------------------------------------------------------------------------------------
# The mapping, the questions, the remedies, the size.


def test_the_mapping_gives_the_same_bytes_again(tmp_path: Path) -> None:
    """Proves answers are kept: with the mapping of the first time nothing is asked, and every byte
    is the same; an edited word changes what it says and nothing else."""
    text = REGISTER.replace(";Lakeview Middle;2021", ";Lakeveiw Middle;2021")
    files = _files(tmp_path, register=text, schools=SCHOOLS)
    answers = ["acquired=2020", "item:Tablet=teacher-computer", "school:Lakeveiw Middle=L"]
    options = [part for a in answers for part in ("--value", a)]
    assert _new(tmp_path / "s", *files, *options).exit_code == 0
    mapping = tmp_path / "s" / "mapping.yaml"
    again = _new(tmp_path / "t", *files, "--mapping", str(mapping))
    assert again.exit_code == 0, again.output
    names = sorted(p.name for p in (tmp_path / "s").iterdir())
    assert names == ["data.xlsx", "mapping.yaml", "scenario.yaml"]
    for name in names:
        assert (tmp_path / "t" / name).read_bytes() == (tmp_path / "s" / name).read_bytes()
    later = [o.replace("register.csv", "register-2027.csv") for o in files]
    (tmp_path / "register-2027.csv").write_text(text, encoding="utf-8")
    made = _new(tmp_path / "v", *later, "--mapping", str(mapping))
    assert made.exit_code == 0, made.output
    assert "--sheet" not in made.stderr
    assert _stock(tmp_path / "v") == _stock(tmp_path / "s")
    edited = mapping.read_text(encoding="utf-8").replace("teacher-computer", "class-display")
    mapping.write_text(edited, encoding="utf-8")
    assert _new(tmp_path / "u", *files, "--mapping", str(mapping)).exit_code == 0
    assert ["L", "class-display", 1, 2021] in _stock(tmp_path / "u")


@pytest.mark.parametrize("text", ["", "a: [", "mapping: 2\n", "mapping: 1\nfoo: {a: b}\n"])
def test_a_broken_mapping_is_a_finding(text: str, tmp_path: Path) -> None:
    """Proves a mapping that is none ends with exit 3, not with a traceback or without a word."""
    (tmp_path / "m.yaml").write_text(text, encoding="utf-8")
    files = _files(tmp_path, schools=SCHOOLS)
    made = _new(tmp_path / "s", *files, "--mapping", str(tmp_path / "m.yaml"))
    assert made.exit_code == 3
    assert "m.yaml" in made.stderr


def test_questions_are_asked_in_the_terminal(tmp_path: Path) -> None:
    """Proves `--ask` takes a number or a word for each question, goes on until none is left, and
    keeps the answers in the mapping; Enter everywhere ends as without it."""
    files = _files(tmp_path, plan=PLAN, schools=SCHOOLS)
    made = _new(tmp_path / "s", *files, "--ask", input="USD\n1\n")
    assert made.exit_code == 0, made.output
    assert "  1. capital" in made.output
    assert set(load(tmp_path / "s").table("request_costs")["fund"]) == {"capital"}
    mapping = (tmp_path / "s" / "mapping.yaml").read_text(encoding="utf-8")
    assert "currency: USD" in mapping
    assert "fund: capital" in mapping
    assert _new(tmp_path / "t", *files, "--ask", input="\n\n").exit_code == 3


NEEDY = {
    "register": (REGISTER, SCHOOLS),
    "plan": (PLAN, SCHOOLS),
    "twice": (
        "School code,School name,Level,Total students,Enrollment,Classes,Teachers\n"
        "A1,North,primary,9,420,14,20\nA2,South,primary,9,310,10,15\n",
    ),
    "levels": (
        "Code,School name,Level,Pupils,Classes,Staff count,State\n"
        "A1,North,K-8,9,420,14,Nhóm 1\nA2,South,Other,9,310,10,Nhóm 2\n",
    ),
    "names": (
        SCHOOLS,
        REGISTER.replace("Lakeview Middle", "Lakeveiw Middle").replace("Deployed", "Loaned"),
    ),
}


@pytest.mark.parametrize("name", NEEDY)
def test_every_remedy_works(name: str, tmp_path: Path) -> None:
    """Proves what `new` prints to add can be added: each option is accepted, and with all of them
    nothing is asked any more. A remedy that is itself refused sends people round in circles."""
    texts = {f"f{number}": text for number, text in enumerate(NEEDY[name])}
    files = _files(tmp_path, **texts)
    stand_ins = {"acquired": "2020", "pupils": "100", "teachers": "20", "classes": "9"}
    options: dict[str, list[str]] = {}
    for turn in range(4):
        made = _new(tmp_path / f"s{turn}", *files, *[o for part in options.values() for o in part])
        if made.exit_code == 0:
            break
        assert "there is no field" not in made.stderr
        new_ones = 0
        for line in made.stderr.splitlines():
            if not line.startswith("error"):
                continue
            found = re.findall(
                r'(--(?:value|column|sheet)) (?:"([^"]*)"|(\S+?))(?=[\s,;).]|$)', line
            )
            assert found, line
            # One that is complete as it stands, else the first with a value put in.
            pairs = [(o, *(a or b).partition("=")[::2]) for o, a, b in found]
            blanks = ("…", "VALUE", "YEAR", "CODE", "NUMBER", "HEADER", "SHEET")
            option, key, value = next((p for p in pairs if p[2] not in blanks), pairs[-1])
            if value in blanks:
                listed = re.search(r"one of ([\w-]+)|\(([\w-]+), ", line)
                value = stand_ins.get(key) or (listed and (listed[1] or listed[2])) or "primary"
            assert options.get(key) != [option, f"{key}={value}"], f"refused: {line}"
            options[key] = [option, f"{key}={value}"]
            new_ones += 1
        assert new_ones
    assert made.exit_code == 0, made.output


def _drawn(random: Random) -> str:
    """A file whose headers are mostly those of one kind of sheet, with cells of every sort."""
    kind = random.choice(grids.KINDS)
    roles = [random.choice(g) for g in kind.needs]
    roles += random.sample(kind.signs, min(len(kind.signs), kind.least + random.randint(0, 2)))
    head = [_header(r, random) for r in roles if r not in ("years", "devices", "grades")]
    head += random.sample(["FY25", "2026", "2027", "Desktops", "Máy tính", "Máy tính hỏng", "G1",
                           "G2", "", "STT", "Tổng số"], random.randint(0, 5))  # fmt: skip
    rows = [["(Đơn vị: triệu đồng)"]] * random.randint(0, 1) + [head]
    rows += [["", *random.choices(["Hỏng", "Hiện có", "2026", ""], k=len(head))]] * (
        random.random() < 0.2
    )
    cells = ["", "", "1", "12", "1.234", "1,5", "$12.50", "(TBD)", "*", "NA", "TH Hoa Sen", "Hoa",
             "01/02/03", "12/31/2020", "2020", "I", "A", "Tổng cộng", "Nhóm 1", "primary", "K-8",
             "Hỏng", "Active", "Loaned", "Desktop", "-5", "1e5", "—", "Phường A", "x" * 300,
             "Closed", "#N/A", "=1+1", "000", "Northside Elementary"]  # fmt: skip
    for _ in range(random.randint(0, 6)):
        short = random.random() < 0.2
        rows.append(random.choices(cells, k=random.randint(0, 9) if short else len(head)))
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _header(role: str, random: Random) -> str:
    found = words.WORDS["columns"].get(role)
    return random.choice(found) if found else sentences()[f"column.{role}"].vi


@pytest.mark.parametrize("seed", range(4))
def test_no_drawn_file_ends_in_a_defect(seed: int, tmp_path: Path) -> None:
    """Proves files of every kind with any cells end in tables or in findings that can be said, in
    both languages; 900 such files found a year of −5 and a row that ends before its year."""
    random = Random(seed)
    (tmp_path / "s.csv").write_text(SCHOOLS, encoding="utf-8")
    answers = {"acquired": "2020", "fund": "capital", "currency": "USD", "dates": "dmy",
               "unit": "bộ", "pillar": "software", "nature": "capital"}  # fmt: skip
    kinds: set[str] = set()
    for number in range(60):
        (tmp_path / "a.csv").write_text(_drawn(random) or "a,b\n", encoding="utf-8")
        paths = [tmp_path / "a.csv", tmp_path / "s.csv"][: 1 + number % 2]
        log = Inquiry()
        found = adopt.adopted(paths, Stated(values=answers if number % 3 else {}), log)
        kinds |= set(log.found["sheets"])
        for finding in (*log.findings, *log.notes):
            assert render(finding, "vi")
            assert render(finding, "en")
        assert log.failed or "schools" in found.tables
    assert len(kinds) > 3


@pytest.mark.slow
def test_a_register_of_100_000_devices_is_read_in_seconds(tmp_path: Path) -> None:
    """Proves the size of a city's register is no matter: the sum is reached again, in CPU seconds
    that leave room for a slow machine (3 were measured)."""
    places = [f"School {k} Elementary" for k in range(200)]
    schools = "school,name,level,pupils,classes,teachers\n" + "".join(
        f"S{k},{name},primary,400,16,25\n" for k, name in enumerate(places)
    )
    lines = [
        f"A{k:06d},{'Desktop' if k % 3 else 'Projector'},M{k % 40},SN{k},"
        f"{places[k % 200]} - Room {k % 57},0{k % 9 + 1}/15/20{12 + k % 12},"
        f"{'Retired' if k % 10 == 0 else 'In use'}\n"
        for k in range(100_000)
    ]
    head = "Asset Tag,Category,Model,Serial Number,Location,Purchase Date,Status\n"
    files = _files(tmp_path, register=head + "".join(lines), schools=schools)
    start = time.process_time()
    made = _new(tmp_path / "s", *files)
    assert time.process_time() - start < 15
    assert made.exit_code == 0, made.output
    assert sum(row[2] for row in _stock(tmp_path / "s")) == 90_000
