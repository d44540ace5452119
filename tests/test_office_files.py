"""Files as offices have them, through `planner new --from`: two header rows, sections, cents,
projects by year. All of them are invented."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from office_texts import (
    PLAN,
    REGISTER,
    SCHOOLS,
    csv_files,
    from_files,
    has_a_plan,
    stock_of,
    workbook,
)
from scenario_samples import FILES, write_files

from planner.messages import render, sentences
from planner.run.optimize import optimize
from planner.scenario import contracts
from planner.scenario.contracts import TABLES
from planner.scenario.load import inspect, load
from planner.scenario.new import adopt, grids, words
from planner.scenario.new.mapping import Inquiry, Stated
from planner.scenario.new.synthetic import synthetic
from planner.scenario.reading import sources, values
from planner.scenario.reading.sources import Log


def test_a_register_is_counted_by_school_item_and_year(tmp_path: Path) -> None:
    """Proves every device of a register is counted or named with the reason: the retired one and
    the tablet are not in the stock, the one without a date takes the year that was said. A reader
    that takes the register for no table buys everything anew."""
    files = csv_files(tmp_path, register=REGISTER, schools=SCHOOLS)
    asked = from_files(tmp_path / "s", *files)
    assert asked.exit_code == 3
    assert "1 of 3 devices have no year of acquisition; add --value acquired=YEAR" in asked.stderr
    assert not (tmp_path / "s").exists()
    made = from_files(tmp_path / "s", *files, "--value", "acquired=2020")
    assert made.exit_code == 0, made.output
    assert stock_of(tmp_path / "s") == [["L", "wifi", 1, 2020], ["N", "pupil-computer", 2, 2019]]
    said = made.stdout + made.stderr
    assert "the register has 5 devices: 3 were counted at 2 schools, 2 left out" in said
    assert "1 of 5 devices are left out by status: «Retired» (1)" in said
    assert "no item is known for «Tablet» (1)" in said
    assert "dates are mdy (d day, m month, y year), as the cell «04/17/2019» says" in said
    assert "the year of acquisition 2020 is assumed, as you said, for 1 of 3 devices" in said
    assert has_a_plan(tmp_path / "s")


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
    files = workbook(tmp_path / "hien-trang.xlsx", *rows, merged=merged)
    made = from_files(tmp_path / "s", *files, "--value", "teachers=30", "--value", "acquired=2020")
    assert made.exit_code == 0, made.output
    scenario = load(tmp_path / "s")
    assert stock_of(tmp_path / "s") == [
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
    assert "became the attribute «ward» of the schools below" in made.stdout
    # A policy by ward binds the schools of that ward, and each ward has a sum of its own.
    with (tmp_path / "s" / "scenario.yaml").open("a", encoding="utf-8") as settings:
        settings.write(
            "rules:\n  a: {measure: spend, where: {ward: Phường A}, at_most: 300000000}\n"
            "  each: {measure: spend, for_each: [ward], at_most: 900000000}\n"
        )
    plan = optimize(load(tmp_path / "s"), gap=0.2, threads=1).plan
    assert plan is not None
    bought = plan.allocation[plan.allocation["kind"] != "upkeep"]
    spent = bought.groupby("school")["amount"].sum()
    rows_of = {(r.rule, r.key): int(r.left) for r in plan.rules.itertuples()}
    assert rows_of["each", "Phường A"] == spent[["s001", "s002"]].sum() == rows_of["a", ""]
    assert rows_of["each", "Phường B"] == spent["s003"]
    assert 0 < rows_of["a", ""] <= 300_000_000
    # A total that is not what the rows add up to is said with both numbers.
    rows[-1][4] = 2100
    workbook(tmp_path / "hien-trang.xlsx", *rows, merged=merged)
    made = from_files(tmp_path / "t", *files, "--value", "teachers=30", "--value", "acquired=2020")
    assert "«Số HS» states a total of 2,100, but the rows add up to 2,010" in made.stderr


def test_words_of_groups_and_dates_of_handover(tmp_path: Path) -> None:
    """Proves «Đã xây xong», «Đang thi công» and «Quý III/2026» need no answer at all."""
    head = ["Mã trường", "Tên trường", "Cấp", "Nhóm", "Ngày bàn giao", "Học sinh", "Lớp",
            "Giáo viên"]  # fmt: skip
    files = workbook(
        tmp_path / "nhom.xlsx", head,
        ["001", "TH Mẫu Một", "Tiểu học", "Đã xây xong", None, 600, 18, 30],
        ["002", "TH Mẫu Hai", "Tiểu học", "Đang thi công", datetime.date(2026, 9, 30), 640, 18, 31],
        ["003", "THCS Mẫu Ba", "THCS", "Chuẩn bị đầu tư", "Quý III/2027", 900, 22, 45],
    )  # fmt: skip
    made = from_files(tmp_path / "s", *files)
    assert made.exit_code == 0, made.output
    schools = load(tmp_path / "s").schools
    assert schools["group"].tolist() == ["completed", "under_construction", "preparing"]
    assert schools["ready"].fillna(0).tolist() == [0, 2026, 2027]
    assert has_a_plan(tmp_path / "s")


def test_prices_with_cents_need_their_currency_once(tmp_path: Path) -> None:
    """Proves 612.50 is 61,250 cents once the currency is said, and never 613 or 612 đồng."""
    prices = (
        "item,name,unit,pillar,nature,price\n"
        "pc,Desktop,each,infrastructure,capital,612.50\n"
        'ap,Access point,each,infrastructure,capital,"1,179.00"\n'
    )
    files = csv_files(tmp_path, prices=prices, schools=SCHOOLS)
    asked = from_files(tmp_path / "s", *files)
    assert asked.exit_code == 3
    assert "VND has none; if it is another currency, add --value currency=USD" in asked.stderr
    made = from_files(tmp_path / "s", *files, "--value", "currency=USD")
    assert made.exit_code == 0, made.output
    scenario = load(tmp_path / "s")
    assert scenario.settings.currency == "USD"
    assert scenario.table("catalogue")["price"].tolist() == [61_250, 117_900]
    assert has_a_plan(tmp_path / "s")


def test_projects_by_fiscal_year_become_requests(tmp_path: Path) -> None:
    """Proves every dollar of the plan stands in the requests' costs, in its year: 165,500 in 2025,
    380,000 in 2026, 150,000 in 2027; «(TBD)» is no amount; what was paid before is none."""
    files = csv_files(tmp_path, plan=PLAN, schools=SCHOOLS)
    asked = from_files(tmp_path / "s", *files)
    assert asked.exit_code == 3
    assert "add --value fund=…, one of capital, recurrent\n" in asked.stderr
    assert "such as --value currency=USD" in asked.stderr
    made = from_files(tmp_path / "s", *files, "--value", "currency=USD", "--value", "fund=capital")
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
    assert has_a_plan(tmp_path / "s")


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
    assert from_files(tmp_path / "s", *files).exit_code == 0
    assert stock_of(tmp_path / "s") == [["a", "pupil-computer", 9, 2021]]


def test_marks_of_thousands_and_decimals_of_prices(tmp_path: Path) -> None:
    """Proves «15,450,750.00» and «26.000.000,00» are whole đồng, whichever mark is the decimal."""
    prices = (
        "Item,Name,Unit,Pillar,Nature,Price,Life\n"
        'pc,PC,unit,Infrastructure,Capital,"15,450,750.00",5\n'
        'tv,TV,unit,Infrastructure,Capital,"26.000.000,00",5\n'
    )
    assert (
        from_files(tmp_path / "s", *csv_files(tmp_path, prices=prices, schools=SCHOOLS)).exit_code
        == 0
    )
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
    made = from_files(tmp_path / "s", "--from", str(tmp_path / "list.xlsx"))
    assert made.exit_code == 0, made.output
    assert "list.xlsx:Rooms: the sheet cannot be used: it is most like" in made.stderr
    assert len(load(tmp_path / "s").table("catalogue")) > 2
    files = csv_files(tmp_path, schools=SCHOOLS, rooms="Name,Capacity,Floor\nRoom 101,35,1\n")
    made = from_files(tmp_path / "t", *files)
    assert made.exit_code == 3
    assert "rooms.csv: the file cannot be used: it is most like" in made.stderr
    made = from_files(
        tmp_path / "u", *csv_files(tmp_path, schools=SCHOOLS, notes="Kính gửi\nTrân trọng\n")
    )
    assert made.exit_code == 3
    assert "notes.csv: no sheet of the file was used" in made.stderr


def test_our_own_labels_are_always_understood() -> None:
    """Proves what papers and workbooks call a group, a level, a pillar or a nature can be copied
    back, in both languages; another reader asks what «Nhóm 1 (đã xây xong)» means."""
    lists = {"level": "schools", "group": "schools", "pillar": "catalogue", "nature": "catalogue"}
    families = {"level": ["level"], "group": ["group", "group_short"], "pillar": ["pillar"],
                "nature": ["nature"]}  # fmt: skip
    for name, table in lists.items():
        choices = contracts.columns(TABLES[table])[name].choices
        known = values.choice_names(choices)
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


def test_money_by_fund_and_year_becomes_funds(tmp_path: Path) -> None:
    """Proves 5.3 billion of two funds are in the scenario to the đồng, that «-» is no zero, that a
    total that is wrong is said, and that who pays the upkeep is asked, not guessed."""
    text = (
        "DỰ TOÁN NGÂN SÁCH,,,\n(Đơn vị: triệu đồng),,,\nNguồn vốn,2026,2027,2028\n"
        "Ngân sách quận,1.000,2.000,1.500\nNgân sách phường,500,-,300\n"
        "Tổng cộng,1.500,2.000,1.900\n"
    )
    files = csv_files(tmp_path, money=text, schools=SCHOOLS)
    asked = from_files(tmp_path / "s", *files)
    assert asked.exit_code == 3
    assert "which fund pays the yearly upkeep?" in asked.stderr
    made = from_files(tmp_path / "s", *files, "--value", "pays_upkeep=ngan-sach-quan")
    assert made.exit_code == 0, made.output
    funds = load(tmp_path / "s").settings.funds
    million = 1_000_000
    assert {n: f.amounts for n, f in funds.items()} == {
        "ngan-sach-quan": {2026: 1000 * million, 2027: 2000 * million, 2028: 1500 * million},
        "ngan-sach-phuong": {2026: 500 * million, 2028: 300 * million},
    }
    assert "states a total of 1,900,000,000, but the rows add up to 1,800,000,000" in made.stderr


FUNDS = "Nguồn vốn,2026,2027,2028\n{}\n"
PAYS = ["--value", "pays_upkeep=ngan-sach-quan"]


def _funds(
    tmp_path: Path, rows: str, *answers: str, above: str = "", **more: str
) -> tuple[list[str], dict[str, Any]]:
    """What is said of funds by year, severity first, and their amounts; none where it is refused.
    No workbook is written."""
    files = csv_files(tmp_path, money=above + FUNDS.format(rows), schools=SCHOOLS, **more)
    given = dict(a.split("=", 1) for a in (PAYS[1], *answers))
    log = Inquiry()
    found = adopt.adopted([Path(f) for f in files[1::2]], Stated(values=given), log)
    said = [f"{f.severity}: {render(f, 'en')}" for f in log.findings]
    return said, {} if log.failed else {n: f.amounts for n, f in found.funds.items()}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("Ngân sách quận,1000,2000,1500", "4,500 in all, 2,000 at most, which is implausibly"),
        ("Ngân sách quận,49999999,0,0", "implausibly"),
        ("Ngân sách quận,50000000,0,0", ""),
        ("Ngân sách quận,1000 đồng,0,0", ""),  # said in a cell
        ("Ngân sách quận,1000 triệu,0,0", ""),
        ("Ngân sách quận,1000 triệu,20,30", "50 in all, 30 at most, which is implausibly small"),
        ("Ngân sách quận,1000 triệu,60000000,0", ""),
    ],
)
def test_money_that_is_too_small_is_asked_about(rows: str, said: str, tmp_path: Path) -> None:
    """Proves funds that no unit was stated for and of which none is 50 million đồng are said with
    their sum and how to state the unit; in silence a district would have 4,500 đồng."""
    findings, amounts = _funds(tmp_path, rows)
    assert amounts
    small = [f for f in findings if "states no unit of money" in f]
    assert len(small) == bool(said)
    assert said in "".join(small)


def test_the_unit_of_money_can_be_stated(tmp_path: Path) -> None:
    """Proves both remedies work, that the mapping keeps them, that what the table says itself is
    not multiplied again, and that a unit that is none is refused."""
    rows = "Ngân sách quận,1000,2000,1500"
    findings, _ = _funds(tmp_path, rows)
    remedies = re.findall(r'--value "(funds\.money_unit=[^"]*)"', "\n".join(findings))
    assert remedies == ["funds.money_unit=thousand VND", "funds.money_unit=VND"]
    for remedy, times in zip(remedies, (1000, 1), strict=True):
        findings, amounts = _funds(tmp_path, rows, remedy)
        assert amounts == {"ngan-sach-quan": {2026: 1000 * times, 2027: 2000 * times,
                                              2028: 1500 * times}}  # fmt: skip
        assert "states no unit of money" not in "".join(findings)
    findings, amounts = _funds(tmp_path, rows, remedies[0], above="(nghìn đồng),,,\n")
    assert amounts["ngan-sach-quan"][2026] == 1_000_000
    findings, amounts = _funds(tmp_path, rows, remedies[0], above="(triệu đồng),,,\n")
    assert "there are several units" in "".join(findings)
    assert not amounts
    findings, amounts = _funds(tmp_path, rows, "money_unit=củ")
    assert "is no unit of money that is understood" in "".join(findings)
    assert not amounts
    files = csv_files(tmp_path, money=FUNDS.format(rows), schools=SCHOOLS)
    made = from_files(tmp_path / "s", *files, *PAYS, "--value", remedies[0])
    assert made.exit_code == 0, made.output
    mapping = tmp_path / "s" / "mapping.yaml"
    assert "funds.money_unit: thousand VND" in mapping.read_text(encoding="utf-8")
    again = from_files(tmp_path / "t", *files, "--mapping", str(mapping))
    assert again.exit_code == 0, again.output
    assert load(tmp_path / "t").settings.funds["ngan-sach-quan"].amounts[2026] == 1_000_000


def test_prices_and_requests_too_small_are_said_alike(tmp_path: Path) -> None:
    """Proves a catalogue in thousands without a word and requests in millions are said by the
    same sentence, each with its own key; and that funds which do not buy one unit are, too."""
    items = "item,name,unit,pillar,nature,price,life\npc,PC,bộ,hardware,capital,{},5\n"
    items = items.replace("hardware", "infrastructure")
    costs = "request,option,fund,year,amount\nr1,a,capital,2026,850\n"
    requests = "request,school,option,title\nr1,N,a,Lab\n"
    files = csv_files(tmp_path, schools=SCHOOLS, catalogue=items.format(12500), requests=requests,
                      request_costs=costs)  # fmt: skip
    made = from_files(tmp_path / "s", *files)
    assert made.exit_code == 0, made.output
    assert "12,500 in all, 12,500 at most, which is implausibly" in made.stderr
    assert '--value "catalogue.money_unit=thousand VND"' in made.stderr
    assert '--value "request_costs.money_unit=thousand VND"' in made.stderr
    options = ["catalogue.money_unit=thousand VND", "request_costs.money_unit=million VND"]
    given = [part for o in options for part in ("--value", o)]
    made = from_files(tmp_path / "t", *files, *given)
    assert "states no unit of money" not in made.stderr
    assert load(tmp_path / "t").items["pc"].price == 12_500_000
    assert load(tmp_path / "t").table("request_costs")["amount"].tolist() == [850_000_000]
    rows = "Ngân sách quận,60000000,0,0"
    for price, few in ((61_000_000, True), (60_000_000, False)):
        findings, _ = _funds(tmp_path, rows, catalogue=items.format(price))
        said = "60,000,000 in all do not buy the cheapest item of the catalogue"
        assert (said in "".join(findings)) == few


OWN = [
    ("1.500 triệu", "VND", 1_500_000_000),
    ("2,5 tỷ", "VND", 2_500_000_000),
    ("1 tỷ 200 triệu", "VND", 1_200_000_000),
    ("15tr", "VND", 15_000_000),
    ("1.234.567 nghìn", "VND", 1_234_567_000),
    ("500 triệu đồng", "VND", 500_000_000),
    ("300.000.000đ", "VND", 300_000_000),
    ("$1.2M", "USD", 120_000_000),
    ("1,234K USD", "USD", 123_400_000),
    ("$1.234M", "USD", None),  # a thousand millions, or one
    ("1.500 tỷ", "VND", None),
    ("1,500 triệu", "VND", None),
    ("$1.2M", "VND", None),
    ("$1,200", "VND", None),  # another money
    ("~500 triệu", "VND", None),
    ("10-15 triệu", "VND", None),
    ("3 năm", "VND", None),
    ("200 triệu 1 tỷ", "VND", None),
]


DECIDED = {"$1.234M": 123_400_000, "1.500 tỷ": 1_500_000_000, "1,500 triệu": 1_500_000}
"""What they are where their mark is the decimal mark."""


@pytest.mark.parametrize(("cell", "currency", "amount"), OWN)
def test_a_unit_in_a_cell_multiplies(
    cell: str, currency: str, amount: int | None, tmp_path: Path
) -> None:
    """Proves what a cell names is what it counts, in minor units, once; and that what could be a
    thousand times as much is refused with the answer that decides it, and the answer works."""
    rows = f'Ngân sách quận,"{cell}",0,0'
    findings, amounts = _funds(tmp_path, rows, f"currency={currency}")
    if amount is not None:
        assert amounts["ngan-sach-quan"][2026] == amount, findings
        return
    assert not amounts
    if remedy := re.search(r'--value "(decimal:2026=[.,])"', "\n".join(findings)):
        _, amounts = _funds(tmp_path, rows, f"currency={currency}", remedy[1])
        assert amounts["ngan-sach-quan"][2026] == DECIDED[cell]


def test_units_in_cells_stand_before_the_columns_own_and_are_said_once(tmp_path: Path) -> None:
    """Proves «2,5 tỷ» below «(triệu đồng)» is two and a half billion, not millions of them; plain
    money there is a finding; and the sentence comes once a column, with the count."""
    text = "(triệu đồng),,,\n" + FUNDS.format('Ngân sách quận,"2,5 tỷ",300,"1 tỷ"')
    files = csv_files(tmp_path, money=text, schools=SCHOOLS)
    made = from_files(tmp_path / "s", *files, *PAYS)
    assert made.exit_code == 0, made.output
    amounts = load(tmp_path / "s").settings.funds["ngan-sach-quan"].amounts
    assert amounts == {2026: 2_500_000_000, 2027: 300_000_000, 2028: 1_000_000_000}
    assert made.stderr.count("its own unit") == 2  # in two columns, a cell each
    wrong = csv_files(tmp_path, money=text.replace('"1 tỷ"', "300000000đ"), schools=SCHOOLS)
    made = from_files(tmp_path / "t", *wrong, *PAYS)
    assert made.exit_code == 3
    assert "«300000000đ» names plain money" in made.stderr


def test_prices_name_their_units_in_cells_too(tmp_path: Path) -> None:
    """Proves a price list with «12,5 triệu» is read by `new` and by a scenario's own reading."""
    head = "item,name,unit,pillar,nature,price,life\n"
    items = head + 'pc,PC,bộ,infrastructure,capital,"12,5 triệu",5\n'
    items += "ap,AP,cái,infrastructure,capital,3.500.000,5\n"
    files = csv_files(tmp_path, schools=SCHOOLS, catalogue=items)
    made = from_files(tmp_path / "s", *files)
    assert made.exit_code == 0, made.output
    assert "1 cell names its own unit and is read in it, so «12,5 triệu» is 12,5" in made.stderr
    assert [i.price for i in load(tmp_path / "s").items.values()] == [12_500_000, 3_500_000]
    text = FILES["catalogue.csv"].replace(";15.450.000;", ";15,45 triệu;")
    scenario, findings, _ = inspect(
        write_files(tmp_path / "u", FILES | {"catalogue.csv": text}) / "base.yaml"
    )
    assert scenario is not None
    assert scenario.items["pc"].price == 15_450_000
    assert [f.code for f in findings] == ["unit_in_cells"]


def test_what_is_open_in_one_year_is_named(tmp_path: Path) -> None:
    """Proves a project with «(TBD)» in one year counts what is known and says which year is not,
    and that the remedy fills it: 90,000 more, said to be assumed."""
    files = csv_files(tmp_path, plan=PLAN, schools=SCHOOLS)
    options = ["--value", "currency=USD", "--value", "fund=capital"]
    made = from_files(tmp_path / "s", *files, *options)
    assert made.exit_code == 0, made.output
    assert "no amount in some years: «Displays» (FY25); Requests hold what is known" in made.stderr
    costs = load(tmp_path / "s").table("request_costs")["amount"]
    remedy = re.search(r'--value "(amount:Displays · FY25)=NUMBER"', made.stderr)
    assert remedy is not None
    more = from_files(tmp_path / "t", *files, *options, "--value", f"{remedy[1]}=90,000")
    assert more.exit_code == 0, more.output
    assert "USD 90,000.00 is assumed, as you said" in more.stderr
    assert "no amount in some years" not in more.stderr
    assert load(tmp_path / "t").table("request_costs")["amount"].sum() == costs.sum() + 9_000_000


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
    files = csv_files(tmp_path, plan=text, schools=SCHOOLS)
    made = from_files(tmp_path / "s", *files, "--value", "fund=capital")
    assert made.exit_code == 0, made.output
    scenario = load(tmp_path / "s")
    costs = scenario.table("request_costs").groupby("year")["amount"].sum().to_dict()
    assert costs == {2026: 1_600_000_000, 2027: 1_300_000_000, 2028: 300_000_000}
    reasons = scenario.table("requests")["reason"].tolist()
    assert reasons == ["Dự án hoàn thành", "Dự án chuyển tiếp", "Khởi công mới"]
    assert "states a total" not in made.stderr


@pytest.mark.parametrize(
    ("title", "year"),
    [("FY26", 2026), ("2026", 2026), ("Năm 2026", 2026), ("2025-26", 2025), ("2025-2026", 2025),
     ("2026-2030", None), ("Giai đoạn 2026-2030", None), ("Lũy kế đến 2025", None), ("26", None)],
)  # fmt: skip
def test_a_period_is_no_year(title: str, year: int | None) -> None:
    """Proves the total of 2026-2030 is no money of 2026."""
    assert words.year_in(title) == year


def test_ids_that_stand_twice_or_are_empty_are_said(tmp_path: Path) -> None:
    """Proves an id of two schools is named with its rows, that one empty id keeps all others, and
    that what was written is sound: before, `check` refused the workbook that `new` wrote."""
    head = "School ID,School Name,Level,Group,Pupils,Classes,Teachers\n"
    twice = head + "182,Lower,primary,none,312,12,20\n182,Upper,primary,none,209,9,14\n"
    made = from_files(tmp_path / "s", *csv_files(tmp_path, twice=twice))
    assert made.exit_code == 0, made.output
    assert "in «School ID»: «182» (2, 3)" in made.stderr
    assert inspect(tmp_path / "s")[1] == []
    blank = head + "182,Lower,primary,none,312,12,20\n,Upper,primary,none,209,9,14\n"
    made = from_files(tmp_path / "t", *csv_files(tmp_path, blank=blank))
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
    files = csv_files(tmp_path, us=text)
    asked = from_files(tmp_path / "s", *files)
    assert asked.exit_code == 3
    assert "«K-8» has several levels (1 row)" in asked.stderr
    made = from_files(tmp_path / "s", *files, "--value", "level:K-8=primary")
    assert made.exit_code == 0, made.output
    assert "1 school was left out, as «Status» says closed: «Closed» (1)" in made.stderr
    assert "«Pupils»: 1 cell has no figure («SUPP» (1)): left empty, not zero" in made.stderr
    assert "the workbook that was written has 1 gap to fill" in made.stderr
    assert inspect(tmp_path / "s")[0] is None
    answers = ["--value", "level:K-8=primary", "--value", "pupils:SUPP=209"]
    assert from_files(tmp_path / "t", *files, *answers).exit_code == 0
    schools = load(tmp_path / "t").schools
    assert schools["pupils"].tolist() == [312, 209, 150, 300]
    assert schools["level"].tolist() == ["primary", "lower_secondary", "upper_secondary", "primary"]


def test_pupils_by_grade_are_summed_and_said(tmp_path: Path) -> None:
    """Proves 80 + 82 + 79 pupils are 241; with one grade unknown the sum is unknown."""
    text = (
        "School code,School name,Level,Group,G1,G2,G3,Classes,Teachers\n"
        "A1,North Primary,primary,none,80,82,79,14,20\nA2,South,primary,none,60,*,64,10,15\n"
    )
    made = from_files(tmp_path / "s", *csv_files(tmp_path, enrol=text))
    assert "pupils are the sum of «G1», «G2», «G3»: 241; 1 lacking a figure" in made.stderr
    assert "1 gap to fill" in made.stderr
    made = from_files(tmp_path / "t", *csv_files(tmp_path, enrol=text.replace("*", "61")))
    assert load(tmp_path / "t").schools["pupils"].tolist() == [241, 185]


def test_stages_head_schools_as_their_groups(tmp_path: Path) -> None:
    """Proves «A. Hoàn thành, B. Chuyển tiếp, C. Chuẩn bị» are the groups of the schools below."""
    text = (
        "TT,Tên trường,Cấp học,Năm bàn giao,Số HS,Số lớp,Số GV\n"
        "A,Hoàn thành,,,600,18,30\n1,TH Mẫu Một,Tiểu học,,600,18,30\n"
        "B,Chuyển tiếp,,,650,18,31\n1,TH Mẫu Hai,Tiểu học,2026,640,18,31\n"
        "C,Chuẩn bị đầu tư,,,900,22,45\n1,THCS Mẫu Ba,THCS,2027,900,22,45\n"
    )
    made = from_files(tmp_path / "s", *csv_files(tmp_path, stages=text))
    assert made.exit_code == 0, made.output
    groups = load(tmp_path / "s").schools["group"].tolist()
    assert groups == ["completed", "under_construction", "preparing"]
    assert "«Số HS» states a total of 650, but the rows add up to 640" in made.stderr


def test_a_column_of_small_numbers_is_no_group(tmp_path: Path) -> None:
    """Proves ranks 1, 2, 3 are not offered as priority groups; «Nhóm» with the same entries is."""
    text = "Mã trường,Tên trường,Cấp học,Số HS,Số lớp,Số GV,{}\na,A,TH,9,1,1,1\nb,B,TH,9,1,1,2\n"
    made = from_files(tmp_path / "s", *csv_files(tmp_path, a=text.format("Hạng")))
    assert "no column of groups" in made.stderr
    assert "group=Hạng" not in made.stderr
    made = from_files(tmp_path / "t", *csv_files(tmp_path, a=text.format("Nhóm đầu tư")))
    assert '--column "group=Nhóm đầu tư"' in made.stderr


STAGES = [
    ["KẾ HOẠCH ĐẦU TƯ CÔNG TRUNG HẠN"],
    ["", "", "", "", "", "", "", "Đơn vị tính: triệu đồng"],
    [
        "TT",
        "Danh mục dự án",
        "Chủ đầu tư",
        "Giai đoạn 2021-2025",
        "",
        "Giai đoạn 2026-2030",
        "",
        "",
    ],
    ["", "", "", "Tổng số", "Trong đó: vốn ngân sách", "Tổng số", "Trong đó: vốn ngân sách", ""],
    ["", "TỔNG SỐ", "", 700, 600, 900, 800],
    ["A", "Dự án hoàn thành", "", 300, 300, 0, 0],
    [1, "Phòng máy", "Northside Elementary", 300, 300, "-", "-"],
    ["B", "Dự án chuyển tiếp", "", 400, 300, 900, 800],
    [1, "Mạng", "Northside Elementary", 400, 300, 500, 400],
    [2, "Máy chủ", "Lakeview Middle", "", "", 400, 400],
]
MERGED = ("A1:H1", "A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:G3")


def test_money_of_a_period_counts_in_the_year_that_was_said(tmp_path: Path) -> None:
    """Proves money by stage is asked about, that what is a part of a column beside it does not
    count twice, that a total above its rows is no false finding, and that a project without money
    is no free request."""
    plan = workbook(tmp_path / "plan.xlsx", *STAGES, merged=MERGED)
    files = [*csv_files(tmp_path, schools=SCHOOLS), *plan, "--value", "fund=capital"]
    made = from_files(tmp_path / "s", *files)
    assert made.exit_code == 3
    first, second = (f"year:Giai đoạn {y} · Tổng số" for y in ("2021-2025", "2026-2030"))
    assert f'--value "{second}=2026"' in made.stderr
    wrong = from_files(tmp_path / "s", *files, "--value", f"{second}=2040")
    assert "the answer is one of 2026, 2027, 2028, 2029, 2030, -" in wrong.stderr
    answers = ["--value", f"{first}=-", "--value", f"{second}=2027"]
    made = from_files(tmp_path / "s", *files, *answers)
    assert made.exit_code == 0, made.output
    costs = load(tmp_path / "s").table("request_costs")
    assert costs[["year", "amount"]].to_numpy().tolist() == [
        [2027, 500 * 10**6],
        [2027, 400 * 10**6],
    ]
    assert "VND 900,000,000 is assumed, as you said, to be money of 2027" in made.stderr
    assert "1 project without an amount in the planned years left out: «Phòng máy»" in made.stderr
    assert "(sum 700,000,000)" in made.stdout
    assert "states a total" not in made.stderr


def test_a_project_whose_money_is_open_is_no_free_request(tmp_path: Path) -> None:
    """Proves «(TBD)» in every year is missing, never a request that costs nothing."""
    text = (
        "Project,School,FY26,FY27\nRoof,Northside Elementary,(TBD),(TBD)\n"
        "Wall,Lakeview Middle,1000,\n"
    )
    files = csv_files(tmp_path, schools=SCHOOLS, plan=text)
    made = from_files(tmp_path / "s", *files, "--value", "fund=capital")
    assert made.exit_code == 0, made.output
    assert load(tmp_path / "s").table("requests")["title"].tolist() == ["Wall"]
    assert "left out: «Roof»" in made.stderr


def test_the_examples_money_is_of_the_files_currency(tmp_path: Path) -> None:
    """Proves the illustrative prices beside a plan in dollars are of dollars: 500 for a computer.
    The same figures in cents would be 125,000."""
    files = csv_files(tmp_path, plan=PLAN, schools=SCHOOLS)
    made = from_files(tmp_path / "s", *files, "--value", "currency=USD", "--value", "fund=capital")
    assert made.exit_code == 0, made.output
    dollars, dong = load(tmp_path / "s"), synthetic(2, 1)
    assert dollars.items["pupil-computer"].price == 50_000
    assert {i: item.price * 250 for i, item in dollars.items.items()} == {
        i: item.price for i, item in dong.items.items()
    }
    funds = dong.settings.funds
    assert dollars.settings.funds["capital"].amounts[2025] * 250 == funds["capital"].amounts[2026]
    made = from_files(tmp_path / "v", *csv_files(tmp_path, schools=SCHOOLS))
    assert load(tmp_path / "v").items["pupil-computer"].price == dong.items["pupil-computer"].price


SCHOOL_ROWS: list[list[Any]] = [
    ["Mã trường", "Tên trường", "Cấp học", "Số HS", "Số lớp", "Số GV"],
    ["th-01", "Trường Tiểu học Hoa Sen", "Tiểu học", 600, 18, 30],
    ["cs-01", "THCS Hoa Mai", "THCS", 700, 20, 30],
]
PRICE_ROWS: list[list[Any]] = [
    ["Mã thiết bị", "Tên thiết bị", "ĐVT", "Trụ cột", "Tính chất nguồn", "Đơn giá",
     "Thời gian sử dụng"],
    ["pc", "Máy tính", "bộ", "Hạ tầng", "Chi đầu tư", 12500, 5],
    ["tv", "Ti vi", "cái", "Hạ tầng", "Chi đầu tư", 26000, 5],
]  # fmt: skip


@pytest.mark.parametrize("placed", ["below", "beside"])
def test_two_tables_of_one_sheet_are_two_tables(placed: str, tmp_path: Path) -> None:
    """Proves schools and prices on one sheet are both read, the unit above the prices for them
    alone, and by the mapping again with the same bytes; a reader that takes the fuller header loses
    the schools, one that takes the first has two schools more."""
    unit = ["BẢNG 2 (ĐVT: nghìn đồng)"]
    if placed == "below":
        rows = [*SCHOOL_ROWS, [], unit, *PRICE_ROWS]
    else:
        rows = [[*a, None, *b] for a, b in zip(SCHOOL_ROWS, PRICE_ROWS, strict=True)]
        rows[0][12] = "Đơn giá (nghìn đồng)"
    files = workbook(tmp_path / "a.xlsx", *rows)
    made = from_files(tmp_path / "s", *files)
    assert made.exit_code == 0, made.output
    assert "the sheet holds 2 tables, read each by itself: «Sheet», «Sheet#2»" in made.stdout
    scenario = load(tmp_path / "s")
    assert scenario.schools["school"].tolist() == ["th-01", "cs-01"]
    assert {i: item.price for i, item in scenario.items.items()} == {
        "pc": 12_500_000,
        "tv": 26_000_000,
    }
    mapping = tmp_path / "s" / "mapping.yaml"
    again = from_files(tmp_path / "t", *files, "--mapping", str(mapping))
    assert again.exit_code == 0, again.output
    for name in ("data.xlsx", "mapping.yaml"):
        assert (tmp_path / "t" / name).read_bytes() == (tmp_path / "s" / name).read_bytes()
    one = from_files(tmp_path / "u", *files, "--sheet", "Sheet#2")
    assert "no table of schools was found" in one.stderr


def test_a_header_that_is_repeated_goes_on_with_its_table(tmp_path: Path) -> None:
    """Proves a list printed on two pages stays one list, its second header no school."""
    first, last = SCHOOL_ROWS[:2], [SCHOOL_ROWS[0], SCHOOL_ROWS[2]]
    made = from_files(tmp_path / "s", *workbook(tmp_path / "a.xlsx", *first, [], *last))
    assert made.exit_code == 0, made.output
    assert "tables, read each by itself" not in made.stdout
    assert "1 row repeats the header" in made.stdout
    assert load(tmp_path / "s").schools["school"].tolist() == ["th-01", "cs-01"]


def test_days_as_excel_counts_them_and_full_width_digits(tmp_path: Path) -> None:
    """Proves 43572 in a column of dates is 2019 and said, and «６００» is six hundred; refused, a
    register whose format was lost would need an answer for every device."""
    text = REGISTER.replace("04/17/2019", "43572").replace("2021-01-12", "44208")
    schools = SCHOOLS.replace("400", "６００")
    files = csv_files(tmp_path, register=text, schools=schools)
    made = from_files(tmp_path / "s", *files, "--value", "acquired=2020")
    assert made.exit_code == 0, made.output
    assert stock_of(tmp_path / "s") == [["L", "wifi", 1, 2020], ["N", "pupil-computer", 2, 2019]]
    assert "«Purchase Date»: 2 numbers such as «43572» are days as Excel counts" in made.stdout
    assert load(tmp_path / "s").schools["pupils"].tolist() == [600, 500]


def test_a_sheet_called_what_it_is_not(tmp_path: Path) -> None:
    """Proves «Danh mục» of projects is no catalogue, whose title's unit holds for all columns
    however far it is merged."""
    book = openpyxl.Workbook()
    book.active.title = "Danh mục"
    for row in (
        ["KẾ HOẠCH (ĐVT: tỷ đồng)"],
        ["TT", "Tên dự án", "Đơn vị thụ hưởng", "Kế hoạch vốn 2026", "Vốn đầu tư năm 2027", "Tổng"],
        [1, "Phòng máy", "Northside Elementary", "0,5", 1, "1,5"],
    ):
        book.active.append(row)
    book.active.merge_cells("A1:E1")
    book.save(tmp_path / "plan.xlsx")
    files = [*csv_files(tmp_path, schools=SCHOOLS), "--from", str(tmp_path / "plan.xlsx")]
    made = from_files(tmp_path / "s", *files, "--value", "fund=capital")
    assert made.exit_code == 0, made.output
    costs = load(tmp_path / "s").table("request_costs")
    assert costs[["year", "amount"]].to_numpy().tolist() == [[2026, 500_000_000], [2027, 10**9]]
    assert "has no unit" not in made.stderr
    assert "states a total" not in made.stderr
