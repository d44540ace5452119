"""Registers of devices and columns that count them, through `planner new --from`: every device is
counted or named with the reason. All of them are invented."""

from __future__ import annotations

import re
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from office_texts import (
    REGISTER,
    SCHOOLS,
    csv_files,
    from_files,
    stock_of,
)

from planner.scenario.load import load
from planner.scenario.new import words
from planner.scenario.new.words import Schools


def test_a_register_alone_says_that_the_list_of_schools_is_missing(tmp_path: Path) -> None:
    """Proves a register is never turned into schools, one a device."""
    made = from_files(tmp_path / "s", *csv_files(tmp_path, register=REGISTER))
    assert made.exit_code == 3
    assert "no table of schools was found, though the files name «Northside Elem" in made.stderr
    assert "--column pupils" not in made.stderr


def test_a_register_of_which_nothing_counts_is_a_finding(tmp_path: Path) -> None:
    """Proves a register of other places ends with exit 3: the stock would be empty in silence."""
    text = REGISTER.replace("Northside Elementary", "Depot").replace("Lakeview Middle", "Depot")
    files = csv_files(tmp_path, register=text, schools=SCHOOLS)
    made = from_files(tmp_path / "s", *files, "--value", "acquired=2020")
    assert made.exit_code == 3
    assert "no school fits: «Depot»" in made.stderr
    assert "no row was carried over" in made.stderr
    answer = ["--value", "school:Depot=N", "--value", "acquired=2020"]
    assert from_files(tmp_path / "s", *files, *answer).exit_code == 0


REGISTERS = {
    "French": (
        "N° inventaire;Type de matériel;Marque;Site d'affectation;Date de mise en service;État\n"
        "1;Ordinateur portable;HP;Collège Moulin - Salle 12;03/09/2021;En service\n"
        "2;Vidéoprojecteur;Epson;École primaire Hugo;15/01/2018;En panne\n"
        "3;Borne Wi-Fi;Aruba;École primaire Hugo;15/01/2022;En service\n",
        "UAI;Nom;Niveau;Effectif;Classes;Enseignants;Statut\n"
        "A;Collège Moulin;Collège;450;18;32;Ouvert\n"
        "B;École primaire Hugo;École primaire;220;9;12;Ouvert\n"
        "C;École Ferry;École primaire;*;0;0;Fermé\n",
        [["A", "pupil-computer", 1, 2021], ["B", "wifi", 1, 2022]],
    ),
    "Spanish": (
        "Nº de inventario,Categoría,Marca,Modelo,Ubicación,Fecha de compra,Estado\n"
        "1,Computadora de escritorio,HP,400,Escuela Primaria Juárez / Aula 1,15/08/2019,En uso\n"
        "2,Computadora de escritorio,HP,400,Escuela Primaria Juárez,15/08/2019,Dado de baja\n"
        "3,Proyector,Epson,X,Esc. Prim. Hidalgo,02/03/2021,Activo\n",
        "Clave,Nombre,Nivel,Alumnos,Grupos,Docentes\n"
        "A,Escuela Primaria Juárez,Primaria,300,12,15\n"
        "B,Escuela Primaria Hidalgo,Primaria,500,15,25\n",
        [["A", "pupil-computer", 1, 2019], ["B", "class-display", 1, 2021]],
    ),
    "Vietnamese": (
        "STT,Mã tài sản,Loại thiết bị,Đơn vị sử dụng,Năm sử dụng,Tình trạng,Nguyên giá\n"
        "1,TS1,Máy tính để bàn,TH. Hoa Sen,2019,Đang sử dụng,12.500.000\n"
        "2,TS2,Máy tính để bàn,TH Hoa Sen,2019,Hỏng,12.500.000\n"
        "3,TS3,Máy chiếu,Trường THCS Hoa Mai,2017,Tốt,22.000.000\n",
        "STT,Mã trường,Tên trường,Cấp học,Số HS,Số lớp,Số GV\n"
        "1,A,Trường Tiểu học Hoa Sen,TH,600,18,30\n2,B,THCS Hoa Mai,THCS,700,18,40\n",
        [["A", "pupil-computer", 1, 2019], ["B", "class-display", 1, 2017]],
    ),
}


@pytest.mark.parametrize("language", REGISTERS)
def test_registers_of_three_languages_need_no_answer(language: str, tmp_path: Path) -> None:
    """Proves words of other languages are data, not code: each register beside its list of schools
    runs as it is, the closed school and what does not serve left out."""
    register, schools, stock = REGISTERS[language]
    made = from_files(tmp_path / "s", *csv_files(tmp_path, register=register, schools=schools))
    assert made.exit_code == 0, made.output
    assert stock_of(tmp_path / "s") == stock
    assert load(tmp_path / "s").schools["school"].tolist() == ["A", "B"]


@pytest.mark.parametrize(
    ("places", "answer"),
    [
        (("Annex - Room 1", "Annex - Room 2"), "Annex"),
        (("Annex Room 1", "Annex Lab 2"), "Annex"),
        (("Root > Annex > Room 1", "Root > Annex > Room 2"), "Annex"),
        (("Annex, phòng 1", "Annex"), "Annex"),
    ],
)
def test_one_answer_places_all_rooms(places: tuple[str, str], answer: str, tmp_path: Path) -> None:
    """Proves the remedy for a place that no list holds names the place, not one of its rooms, that
    it reaches all of them, and none of the schools beside it."""
    text = REGISTER.replace("Northside Elementary – Room 2", places[0])
    text = text.replace(";Northside Elementary;", f";{places[1]};")
    text = text.replace("Lakeview Middle;2021", "Root > Lakeview Middle;2021")
    files = csv_files(tmp_path, register=text, schools=SCHOOLS)
    year = ["--value", "acquired=2020"]
    made = from_files(tmp_path / "s", *files, *year)
    assert f'add --value "school:{answer}=SCHOOL_ID"' in made.stderr
    made = from_files(tmp_path / "t", *files, *year, "--value", f"school:{answer}=N")
    assert made.exit_code == 0, made.output
    assert "no school fits" not in made.stderr
    assert stock_of(tmp_path / "t") == [["L", "wifi", 1, 2020], ["N", "pupil-computer", 2, 2019]]


STOCK = (
    "Trường,Thiết bị,SL,Năm SD,Tình trạng\nNorthside Elementary,Máy tính để bàn,20,2019,Tốt\n"
    ",Máy chiếu,5,2018,Tốt\n,Máy tính để bàn,3,2019,Hỏng\n"
    "Lakeview Middle,Máy tính để bàn,30,2020,Tốt\n,Máy chiếu,2,2018,Tốt\n,Tổng cộng,60,,\n"
)


def test_rows_below_a_school_that_leave_it_empty_are_asked_about(tmp_path: Path) -> None:
    """Proves devices below a school's name are that school's only where the user says so, that both
    answers work, and that the mapping keeps them; unasked, they would be nobody's."""
    files = csv_files(tmp_path, stock=STOCK, schools=SCHOOLS)
    made = from_files(tmp_path / "s", *files)
    assert "3 rows of devices leave «Trường» empty" in made.stderr
    made = from_files(tmp_path / "t", *files, "--value", "empty_school=above")
    assert made.exit_code == 0, made.output
    assert stock_of(tmp_path / "t") == [
        ["L", "class-display", 2, 2018],
        ["L", "pupil-computer", 30, 2020],
        ["N", "class-display", 5, 2018],
        ["N", "pupil-computer", 20, 2019],
    ]
    kept = from_files(tmp_path / "u", *files, "--mapping", str(tmp_path / "t" / "mapping.yaml"))
    assert kept.exit_code == 0, kept.output
    assert stock_of(tmp_path / "u") == stock_of(tmp_path / "t")
    made = from_files(tmp_path / "v", *files, "--value", "empty_school=-")
    assert made.exit_code == 0, made.output
    assert [row[1] for row in stock_of(tmp_path / "v")] == ["pupil-computer", "pupil-computer"]
    assert "7 devices left out" in made.stderr


VIETNAMESE = (
    "STT,Mã trường,Tên trường,Cấp học,Số HS,Số lớp,Số GV\n"
    "1,A,Trường Tiểu học Hoa Sen,TH,600,18,30\n2,B,THCS Hoa Mai,THCS,700,18,40\n"
)
HEADED = {
    "counters": (
        "STT,Mã tài sản,Loại thiết bị,Nhãn hiệu,Năm sử dụng,Tình trạng\n"
        "I,,TH Hoa Sen,,,\n1,TS1,Máy tính để bàn,Dell,2019,Tốt\n"
        "a,,Phòng học,,,\n2,TS3,Máy chiếu,Epson,2018,Tốt\n"
        "II,,Trường THCS Hoa Mai,,,\n1,TS4,Máy chiếu,Sony,2017,Tốt\n"
        "III,,Kho phòng giáo dục,,,\n1,TS5,Máy chiếu,Sony,2017,Tốt\n"
    ),
    "rooms": (
        "Mã tài sản,Loại thiết bị,Nhãn hiệu,Năm sử dụng,Tình trạng,Vị trí\n"
        "TH Hoa Sen,,,,,\nTS1,Máy tính để bàn,Dell,2019,Tốt,Phòng máy 1\n"
        "Phòng 12,,,,,\nTS3,Máy chiếu,Epson,2018,Tốt,\n"
        "THCS Hoa Mai,,,,,\nTS4,Máy chiếu,Sony,2017,Tốt,\n"
        "Kho trung tâm,,,,,\nTS5,Máy chiếu,Sony,2017,Tốt,\n"
    ),
    "stock": (
        "STT,Tên thiết bị,ĐVT,Số lượng,Năm sử dụng\nI,Trường Tiểu học Hoa Sen,,,\n"
        "1,Máy tính để bàn,bộ,1,2019\n2,Máy chiếu,cái,1,2018\n"
        "II,THCS Hoa Mai,,,\n1,Máy chiếu,cái,1,2017\n"
    ),
}


@pytest.mark.parametrize("name", HEADED)
def test_headings_that_name_schools_own_the_rows_below(name: str, tmp_path: Path) -> None:
    """Proves devices below a school's name are that school's, a room's heading stays within it, and
    a depot's ends it: its projector would be a school's otherwise."""
    files = csv_files(tmp_path, schools=VIETNAMESE, list=HEADED[name])
    made = from_files(tmp_path / "s", *files)
    assert made.exit_code == 0, made.output
    assert stock_of(tmp_path / "s") == [
        ["A", "class-display", 1, 2018],
        ["A", "pupil-computer", 1, 2019],
        ["B", "class-display", 1, 2017],
    ]
    assert "2 headings are names of schools" in made.stdout
    assert ("1 row left out, as no school fits: «Kho" in made.stderr) == (name != "stock")


def test_headings_of_unknown_schools_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    """Proves a register below names that no list holds ends with exit 3 and with the answers that
    place it, which work."""
    text = HEADED["counters"].replace("Hoa Sen", "Lê Lợi").replace("Hoa Mai", "Lý Tự Trọng")
    files = csv_files(tmp_path, schools=VIETNAMESE, list=text)
    made = from_files(tmp_path / "s", *files)
    assert made.exit_code == 3
    assert "no row was carried over" in made.stderr
    assert "«TH Lê Lợi» (2)" in made.stderr
    answer = ["--value", "school:TH Lê Lợi=A"]
    made = from_files(tmp_path / "s", *files, *answer)
    assert made.exit_code == 0, made.output
    assert [row[0] for row in stock_of(tmp_path / "s")] == ["A", "A"]


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
    files = csv_files(tmp_path, register="\n".join(lines), schools=SCHOOLS)
    made = from_files(tmp_path / "s", *files, "--value", "acquired=2020")
    assert made.exit_code == 0, made.output
    assert stock_of(tmp_path / "s") == sorted([s, i, n, y] for (s, i, y), n in expected.items())
    left = 400 - sum(expected.values())
    assert f"{sum(expected.values())} were counted at 2 schools, {left} left out" in made.stdout


def test_registers_add_up_unless_a_device_is_in_both(tmp_path: Path) -> None:
    """Proves a register of computers and one of projectors are one stock, and that the same
    register twice is no stock of twice the size."""
    other = REGISTER.replace("A000", "B000").replace(";SN", ";TN")
    year = ["--value", "acquired=2020"]
    files = csv_files(tmp_path, one=REGISTER, two=other, schools=SCHOOLS)
    made = from_files(tmp_path / "s", *files, *year)
    assert made.exit_code == 0, made.output
    assert stock_of(tmp_path / "s") == [["L", "wifi", 2, 2020], ["N", "pupil-computer", 4, 2019]]
    made = from_files(
        tmp_path / "t", *csv_files(tmp_path, one=REGISTER, two=REGISTER, schools=SCHOOLS), *year
    )
    assert made.exit_code == 3
    assert "stand in «one.csv», too, and would count twice" in made.stderr


def test_columns_of_devices_become_stock(tmp_path: Path) -> None:
    """Proves a school with 30 desktops and 12 laptops has 42 computers, not 42 to buy anew."""
    text = (
        "School code,School name,Level,Group,Pupils,Classes,Teachers,Desktops,Laptops,Projectors\n"
        "A1,North Primary School,primary,none,420,14,20,30,12,8\n"
        "A2,South Primary School,primary,none,310,10,15,16,-,3\n"
    )
    made = from_files(tmp_path / "s", *csv_files(tmp_path, list=text), "--value", "acquired=2021")
    assert made.exit_code == 0, made.output
    assert stock_of(tmp_path / "s") == [
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
    made = from_files(tmp_path / "s", *csv_files(tmp_path, a=text), "--value", "acquired=2021")
    assert made.exit_code == 0, made.output
    assert stock_of(tmp_path / "s") == [
        ["s001", "class-display", 9, 2021],
        ["s001", "pupil-computer", 15, 2021],
        ["s002", "class-display", 12, 2021],
        ["s002", "pupil-computer", 30, 2021],
    ]
    wrong = csv_files(tmp_path, a=text.replace("20,5,15", "20,5,16"))
    made = from_files(tmp_path / "t", *wrong, "--value", "acquired=2021")
    assert made.exit_code == 3
    assert "Máy tính: 20 existing less 5 broken is not 16 working" in made.stderr


def test_totals_of_devices_do_not_count_twice(tmp_path: Path) -> None:
    """Proves «Computers» that are the sum of desktops and laptops count once (42, not 84), that two
    equal columns are asked about, and a total beside a part of it, too, each with its answers."""
    year = ["--value", "acquired=2021"]
    text = "School code,Computers,Desktops,Laptops\nN,42,30,12\nL,20,16,4\n"
    files = csv_files(tmp_path, schools=SCHOOLS, stock=text)
    made = from_files(tmp_path / "s", *files, *year)
    assert made.exit_code == 0, made.output
    assert stock_of(tmp_path / "s") == [
        ["L", "pupil-computer", 20, 2021],
        ["N", "pupil-computer", 42, 2021],
    ]
    text = (
        "Trường,Máy tính,,,Máy chiếu,\n,Tổng số,Trong đó hỏng,Giáo viên,Hiện có,Hỏng\n"
        "Northside Elementary,40,4,10,5,1\nLakeview Middle,50,0,5,6,\n"
    )
    files = csv_files(tmp_path, schools=SCHOOLS, stock=text)
    asked = from_files(tmp_path / "t", *files, *year)
    assert asked.exit_code == 3
    remedies = re.findall(r'--value "(item:[^"]*)"', asked.stderr)
    assert remedies == ["item:Máy tính Giáo viên=-", "item:Máy tính Giáo viên=teacher-computer"]
    for number, remedy in enumerate(remedies):
        made = from_files(tmp_path / f"t{number}", *files, *year, "--value", remedy)
        assert made.exit_code == 0, made.output
        stock = {(s, i): n for s, i, n, _ in stock_of(tmp_path / f"t{number}")}
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
    files = csv_files(tmp_path, schools=SCHOOLS, stock=text)
    made = from_files(tmp_path / "s", *files, "--value", "acquired=2021")
    assert made.exit_code == 0, made.output
    assert stock_of(tmp_path / "s") == [
        ["L", "class-display", 5, 2021],
        ["N", "pupil-computer", 20, 2019],
    ]
    assert "4 of 31 devices are left out by status: «Hỏng» (4)" in made.stderr
    assert "no item is known for «Máy in» (2)" in made.stderr
    assert "2021 is assumed, as you said, for 5 of 25 devices" in made.stderr


def test_more_broken_than_there_are_is_a_finding(tmp_path: Path) -> None:
    """Proves existing − broken is never below zero in silence."""
    text = "Trường,Máy tính,Máy tính hỏng\nNorthside Elementary,3,5\nLakeview Middle,4,1\n"
    files = csv_files(tmp_path, schools=SCHOOLS, stock=text)
    made = from_files(tmp_path / "s", *files, "--value", "acquired=2021")
    assert made.exit_code == 3
    assert "Máy tính: 5 broken of 3 existing" in made.stderr


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
    files = csv_files(tmp_path, register=text, schools=SCHOOLS)
    asked = from_files(tmp_path / "s", *files, "--value", "acquired=2020")
    assert asked.exit_code == 3
    assert "such as «04/07/19» can be read in several orders" in asked.stderr
    for order, year in (("dmy", 2019), ("mdy", 2019), ("ymd", 2004)):
        folder = tmp_path / order
        made = from_files(folder, *files, "--value", "acquired=2020", "--value", f"dates={order}")
        assert made.exit_code == 0, made.output
        assert ["N", "pupil-computer", 2, year] in stock_of(folder)


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
    files = [*csv_files(tmp_path, register=text, schools=SCHOOLS), "--value", "acquired=2020"]
    asked = from_files(tmp_path / "s", *files)
    assert asked.exit_code == 3
    assert "is «Lakeveiw Middle» (1 row) Lakeview Middle (L)?" in asked.stderr
    remedies = re.findall(r'--value "(school:[^"]*)"', asked.stderr)
    assert remedies == ["school:Lakeveiw Middle=L", "school:Lakeveiw Middle=-"]
    for number, remedy in enumerate(remedies):
        made = from_files(tmp_path / f"s{number}", *files, "--value", remedy)
        assert made.exit_code == 0, made.output
        assert (["L", "class-display", 1, 2021] in stock_of(tmp_path / f"s{number}")) == (
            number == 0
        )


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
    files = csv_files(tmp_path, register=head + "".join(lines), schools=schools)
    start = time.process_time()
    made = from_files(tmp_path / "s", *files)
    assert time.process_time() - start < 15
    assert made.exit_code == 0, made.output
    assert sum(row[2] for row in stock_of(tmp_path / "s")) == 90_000


NAMED_DEVICES = (
    "Tên thiết bị;Nhãn hiệu;Đơn vị sử dụng;Ngày mua;Nguyên giá (nghìn đồng);Tình trạng\n"
    "Tivi 65 inch;Samsung;Tiểu học Kim Liên;15/03/2019;18000;Tốt\n"
    "Máy tính xách tay Dell Vostro 3400;Dell;Tiểu học Kim Liên;20/03/2020;14000;Đang dùng\n"
    "Máy tính bảng;Samsung;Tiểu học Kim Liên;20/03/2020;9000;Tốt\n"
    "Túi máy tính xách tay HP;HP;Tiểu học Kim Liên;20/03/2020;300;Tốt\n"
    "Tổng cộng;;;;41000;\n"
)
KIM_LIEN = (
    "Mã trường,Tên trường,Cấp học,Số HS,Số lớp,Số GV\nA,Trường Tiểu học Kim Liên,TH,600,18,30\n"
)


def test_a_device_is_known_by_its_name_never_by_its_make(tmp_path: Path) -> None:
    """Proves a device's own name says its item, with a make or a size behind it; a make alone
    counted nothing, and a tablet or a bag is no computer. A total that its rows do not add up to
    is said with both numbers."""
    files = csv_files(tmp_path, register=NAMED_DEVICES, schools=KIM_LIEN)
    made = from_files(tmp_path / "s", *files)
    assert made.exit_code == 0, made.output
    assert stock_of(tmp_path / "s") == [
        ["A", "class-display", 1, 2019],
        ["A", "pupil-computer", 1, 2020],
    ]
    lost = "no item is known for «Máy tính bảng» (1), «Túi máy tính xách tay HP» (1)"
    assert lost in made.stderr
    assert "states a total of 41,000, but the rows add up to 41,300; check" in made.stderr


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("Tivi 65 inch", "class-display"),
        ("Máy chiếu Epson EB-X05", "class-display"),
        ("Switch 24 port", "switch"),
        ("Epson Projector", "class-display"),
        ("Dell Latitude 3420 Laptop", "pupil-computer"),
        ("HP Chromebook 11 G8", "pupil-computer"),
        ("HP Print Server", ""),
        ("Aten CS1782 KVM Switch", ""),
        ("HP Elite 1012 Tablet PC", ""),
        ("Laptop HP charger", ""),
        ("Máy tính bảng Samsung", ""),
        ("Máy tính cầm tay", ""),
        ("Projector screen 100 inch", ""),
        ("Laptop 15 inch sleeve", ""),
        ("Samsung", ""),
    ],
)
def test_what_follows_a_device_may_make_it_another(name: str, item: str) -> None:
    """Proves only a make or a size may follow: a tablet is no computer."""
    assert words.device_named(name) == item
