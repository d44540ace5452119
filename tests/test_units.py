"""Units beside figures: in headers, above tables, below headers; applied and said, or refused."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from scenario_samples import FILES, write_files
from scenario_workbooks import sample_sheets, write_book

from planner.cli.commands import new
from planner.messages import render
from planner.scenario import contracts
from planner.scenario.contracts import ROWS, TABLES
from planner.scenario.load import inspect, load
from planner.scenario.reading import units

ITEM = "pc,Máy tính,bộ,infrastructure,capital"
HEAD = "item,name,unit,pillar,nature"


def _catalogue(tmp_path: Path, header: str, cell: str, above: str = "") -> Any:
    """What `check` makes of a catalogue of one item with one more column."""
    out = io.StringIO()
    out.write(above)
    csv.writer(out).writerow([*HEAD.split(","), header])
    csv.writer(out).writerow([*ITEM.split(","), cell])
    return _inspected(tmp_path, out.getvalue())


def _inspected(tmp_path: Path, catalogue: str) -> Any:
    """The scenario of invented schools with this catalogue alone, and its findings."""
    schools = "school,name,level,group,pupils,classes,teachers\na,A,primary,none,100,4,6\n"
    base = (
        "schema: 1\ntitle: T\nyears: [2026, 2027]\n"
        "data: {schools: schools.csv, catalogue: catalogue.csv}\n"
        "funds: {f: {amounts: {2026: 100000000}}}\n"
    )
    files = {"base.yaml": base, "schools.csv": schools, "catalogue.csv": catalogue}
    return inspect(write_files(tmp_path, files) / "base.yaml")


PRICES = [
    ("Đơn giá (nghìn đồng)", "12.500", 12_500_000),
    ("Đơn giá (NGHÌN ĐỒNG)", "12500", 12_500_000),
    ("Đơn giá (1.000 đ)", "12.500", 12_500_000),
    ("Đơn giá (1000đ)", "12500", 12_500_000),
    ("Đơn giá [ngàn đồng]", "12 500", 12_500_000),
    ("Đơn giá - nghìn đồng", "12,500", 12_500_000),
    ("Đơn giá, nghìn đồng", "12500", 12_500_000),
    ("Đơn giá: triệu VND", "12,5", 12_500_000),
    ("Đơn giá (triệu đồng)", "12,5", 12_500_000),
    ("Đơn giá (tr.đ)", "12.50", 12_500_000),
    ("Đơn giá (trđ)", "12", 12_000_000),
    ("Đơn giá (Tr. đồng/bộ)", "12", 12_000_000),
    ("Đơn giá (ĐVT: triệu đồng)", "12", 12_000_000),
    ("Đơn giá (đơn vị tính: triệu đồng)", "12", 12_000_000),
    ("Đơn giá triệu đồng", "12", 12_000_000),
    ("Đơn giá (nghìn đồng, đã có VAT)", "12.500", 12_500_000),
    ("Đơn giá (*) (nghìn đồng)", "12.500", 12_500_000),
    ("Đơn giá (nghìn đồng", "12.500", 12_500_000),
    ("Đơn giá (tỷ đồng)", "0,0125", 12_500_000),
    ("Đơn giá (tỉ)", "0,0125", 12_500_000),
    ("Price (thousand VND)", "12500", 12_500_000),
    ("Price (VND thousand)", "12,500", 12_500_000),
    ("Price (in thousands)", "12,500", 12_500_000),
    ("Price (VND '000)", "12500", 12_500_000),
    ("Price, million VND", "12.5", 12_500_000),
    ("Price in million VND", "12.5", 12_500_000),
    ("Price (VND, millions)", "12.5", 12_500_000),
    ("Price (thousands, VND)", "12500", 12_500_000),
    ("Price (VND mil)", "12.5", 12_500_000),
    ("Price (mil)", "12.5", 12_500_000),
    ("Price (VND m)", "12.5", 12_500_000),
    ("Price (kVND)", "12500", 12_500_000),
    ("price_kvnd", "12500", 12_500_000),
    ("Price (trieu dong)", "12.5", 12_500_000),
    ("Đơn giá (VNĐ)", "12.500.000", 12_500_000),
    ("Đơn giá (đồng)", "12.500.000", 12_500_000),
    ("Đơn giá (đ/chiếc)", "12.500.000", 12_500_000),
    ("Đơn giá *", "12.500.000", 12_500_000),
    ("Đơn giá (bắt buộc)", "12500000", 12_500_000),
]


@pytest.mark.parametrize(("header", "cell", "price"), PRICES)
def test_a_unit_of_money_in_a_header_is_applied_and_said(
    header: str, cell: str, price: int, tmp_path: Path
) -> None:
    """Proves a price is what its header says it is, and that a warning shows it; a reader that
    drops the brackets buys a computer for 12,500 đồng."""
    scenario, findings, _ = _catalogue(tmp_path, header, cell)
    assert scenario is not None, [render(f, "en") for f in findings]
    assert scenario.table("catalogue")["price"].tolist() == [price]
    said = [f.code for f in findings if f.code.startswith("unit_")]
    assert said == ([] if "12.500.000" in cell or "12500000" in cell else ["unit_applied"])


REFUSED = [
    ("Đơn giá (USD)", "500"),
    ("Đơn giá ($)", "500"),
    ("Price ($000)", "5"),
    ("Price ($m)", "5"),
    ("Price (thousands, millions)", "5"),
    ("Price (USD, millions)", "5"),
    ("Price (1000 USD)", "5"),
    ("Đơn giá (chưa VAT)", "12500000"),
    ("Đơn giá (đồng/tháng)", "500000"),
    ("Đơn giá (nghìn đồng/năm)", "500"),
    ("Đơn giá (tháng)", "5"),
    ("Đơn giá (%)", "5"),
    ("Đơn giá (2023)", "12500000"),
    ("Đơn giá (cũ)", "12500000"),
    ("Đơn giá (K)", "12500"),
    ("Đơn giá (nghìn đồng) (triệu đồng)", "12500"),
    ("Đơn giá (nghìn đồng)", "12,3456"),
    ("Đơn giá (tỷ đồng)", "1.200"),
    ("Đơn giá (nghìn đồng)", "5%"),
]


@pytest.mark.parametrize(("header", "cell"), REFUSED)
def test_what_is_no_known_unit_is_refused(header: str, cell: str, tmp_path: Path) -> None:
    """Proves nothing in brackets is passed over because it is not understood: another money,
    a price a month, a price before tax; nor is a figure of a thousand millions guessed."""
    scenario, findings, _ = _catalogue(tmp_path, header, cell)
    assert scenario is None
    codes = {f.code for f in findings if f.severity == "error"}
    assert codes & {"unit_unknown", "unit_of_several", "unit_not_whole", "number_ambiguous"} or (
        codes == {"unit_beside_percent"}
    )
    for finding in findings:
        assert render(finding, "vi")
        assert render(finding, "en")


@pytest.mark.parametrize("unit", ["bộ", "lớp", "Lớp học"])
def test_a_price_per_class_is_none_per_device(unit: str, tmp_path: Path) -> None:
    """Proves «đồng/lớp» is the price of what is counted in classes and of nothing else: twenty
    computers of a class would cost twenty times as much."""
    item = ITEM.replace("bộ", unit)
    text = f"{HEAD},Đơn giá (triệu đồng/lớp)\n{item},12\n"
    scenario, findings, _ = _inspected(tmp_path, text)
    wrong = [f.code for f in findings if f.severity == "error"]
    assert wrong == (["unit_per_other"] if unit == "bộ" else [])
    assert scenario is None or scenario.items["pc"].price == 12_000_000


@pytest.mark.parametrize("mixed", [("1.5", "1.200"), ("1,5", "1,200")])
def test_one_mark_is_not_read_in_two_ways(mixed: tuple[str, str], tmp_path: Path) -> None:
    """Proves «1.200» beside «1.5» in a column of millions is asked about: the same mark cannot
    be a decimal mark and group thousands."""
    second = ITEM.replace("pc", "tv")
    lines = f'{HEAD},Đơn giá (triệu đồng)\n{ITEM},"{mixed[0]}"\n{second},"{mixed[1]}"\n'
    _, findings, _ = _inspected(tmp_path, lines)
    assert [(f.code, f.where.row) for f in findings if f.severity == "error"] == [
        ("number_ambiguous", 3)
    ]


OTHERS = [
    ("life", "Thời gian sử dụng (tháng)", "60", 5),
    ("life", "Life (months)", "60", 5),
    ("life", "life_months", "60", 5),
    ("life", "Thời gian sử dụng (năm)", "5", 5),
    ("life", "Thời gian sử dụng (tháng)", "30", None),
    ("life", "Thời gian sử dụng (ngày)", "1825", None),
    ("accounting_life", "Thời gian hao mòn (tháng)", "96", 8),
    ("upkeep", "Chi thường xuyên mỗi năm (%)", "5", Decimal("0.05")),
    ("upkeep", "Upkeep (% of price per year)", "5", Decimal("0.05")),
    ("upkeep", "Chi thường xuyên mỗi năm (% đơn giá)", "2,5", Decimal("0.025")),
    ("upkeep", "Upkeep, %", "5%", Decimal("0.05")),
    ("upkeep", "Upkeep (‰)", "50", Decimal("0.05")),
    ("upkeep", "Upkeep (0-1)", "0.05", Decimal("0.05")),
    ("upkeep", "Upkeep (%)", "0.05", None),
    ("upkeep", "Upkeep (triệu đồng)", "5", None),
    ("price_growth", "Tăng giá mỗi năm (%)", "3", Decimal("0.03")),
    ("payments", "Tỷ lệ thanh toán (%)", "30;70", (Decimal("0.3"), Decimal("0.7"))),
    ("setup", "Chi phí lắp đặt ban đầu (nghìn đồng)", "250", 250_000),
    ("price_low", "Đơn giá thấp (triệu đồng)", "1", 1_000_000),
    ("capacity", "Phục vụ được (abc)", "", None),
]


@pytest.mark.parametrize(("name", "header", "cell", "value"), OTHERS)
def test_other_units_are_applied_too(
    name: str, header: str, cell: str, value: Any, tmp_path: Path
) -> None:
    """Proves months become years, percents shares and thousands money in every such column, and
    that what cannot be brought to the column's unit is refused (``None``): 30 months are no
    whole years, and 0.05 under «%» may be 5%."""
    lines = f"{HEAD},price (đồng),{header if ',' not in header else chr(34) + header + chr(34)}\n"
    scenario, findings, _ = _inspected(tmp_path, lines + f'{ITEM},9000000,"{cell}"\n')
    if value is None:
        assert scenario is None
        return
    assert scenario is not None, [render(f, "en") for f in findings]
    assert scenario.table("catalogue")[name].tolist() == [value]
    plain = cell.endswith("%") or "(năm)" in header or "0-1" in header
    assert plain or [f.code for f in findings] in (["unit_applied"], ["unit_divided"])


LINES = [
    (",,,,,,ĐVT: nghìn đồng\n", 1000),
    ("ĐVT: nghìn đồng\n", 1000),
    (",,,Đơn vị tính:,nghìn đồng\n", 1000),
    ("(Đơn vị tính: triệu đồng)\n", 1_000_000),
    ("Đơn vị: triệu đồng\n", 1_000_000),
    ("DANH MỤC THIẾT BỊ (ĐVT: 1.000đ)\n", 1000),
    ("DANH MỤC THIẾT BỊ (nghìn đồng)\n", 1000),
    ("Unit: thousand VND\n", 1000),
    ("(in thousands)\n", 1000),
    ("All figures in million VND\n", 1_000_000),
    ("Triệu đồng\n", 1_000_000),
    ("Đơn vị: Phòng Giáo dục và Đào tạo\n", 1),
    ("ĐVT: đồng\n", 1),
    ("Biểu số 01 (kèm theo Công văn số 12)\n", 1),
    ("Năm 2026\n", 1),
    ("ĐVT: USD\n", None),
    ("(in thousands of USD)\n", None),
    ("Đơn vị tính: xu vàng\n", None),
    ("ĐVT: nghìn đồng,,,(triệu đồng)\n", None),
    ("* Đơn vị: triệu đồng\n", 1_000_000),
    ("Kinh phí năm 2026 - đơn vị: triệu đồng\n", 1_000_000),
    ("Tiền: nghìn đồng\n", 1000),
    ("Hà Nội ngày 10/5/2026; ĐVT: 1.000 đ\n", 1000),
    ("Biểu 2. Kinh phí (đvt: tr.đ)\n", 1_000_000),
    ("Trường Tiểu học Kim Đồng\n", 1),
    ("Đồng Tháp\n", 1),
    ("PHỤ LỤC 10\n", 1),
    ("Số: 100/UBND\n", 1),
    ("Unit: Ministry of Education\n", 1),
    ("Đơn vị: triệu đồng; m2\n", None),
    ("Đơn vị tính: triệu đồng/năm\n", None),
    ("ĐVT: triệu đồng - Năm 2026\n", None),
]


@pytest.mark.parametrize(("above", "times"), LINES)
def test_a_line_above_the_table_is_heeded(above: str, times: int | None, tmp_path: Path) -> None:
    """Proves «ĐVT: nghìn đồng» above a table holds for its money, and only for that (5 years
    stay 5 years); one that is not understood is refused, an office's name is none."""
    text = f"{above}{HEAD},price,life\n{ITEM},12500,5\n"
    scenario, findings, _ = _inspected(tmp_path, text)
    if times is None:
        assert scenario is None
        assert {f.code for f in findings} <= {
            "unit_line_unknown",
            "unit_of_several",
            "unit_applied",
        }
        return
    assert scenario is not None, [render(f, "en") for f in findings]
    assert scenario.table("catalogue")["price"].tolist() == [12500 * times]
    assert scenario.table("catalogue")["life"].tolist() == [5]
    assert [f.code for f in findings] == (["unit_applied"] if times > 1 else [])


def test_a_columns_own_unit_comes_before_the_line(tmp_path: Path) -> None:
    """Proves a column that says its unit is not scaled twice by the line above the table."""
    text = f"ĐVT: nghìn đồng\n{HEAD},Đơn giá (đồng),Chi phí lắp đặt ban đầu\n{ITEM},12500,3\n"
    scenario, _, _ = _inspected(tmp_path, text)
    assert scenario is not None
    found = scenario.table("catalogue")[["price", "setup"]].to_numpy().tolist()
    assert found == [[12500, 3000]]


def test_a_column_without_a_unit_beside_one_that_has_it_is_said(tmp_path: Path) -> None:
    """Proves a price in thousands beside a low price without a unit is asked about: 10,000 đồng
    for a computer would be taken as its low estimate."""
    text = f"{HEAD},Đơn giá (nghìn đồng),Đơn giá thấp\n{ITEM},12500,10000\n"
    _, findings, _ = _inspected(tmp_path, text)
    said = [(f.code, f.where.column) for f in findings]
    assert ("unit_beside_none", "Đơn giá thấp") in said


@pytest.mark.parametrize("row", ["(nghìn đồng),(năm)", "nghìn đồng,năm", "(1.000đ),", "kVND,years"])
def test_a_row_of_units_below_the_header_belongs_to_it(row: str, tmp_path: Path) -> None:
    """Proves a row that holds units alone is neither data nor dropped."""
    text = f"{HEAD},price,life\n,,,,,{row}\n{ITEM},12500,5\n"
    scenario, findings, _ = _inspected(tmp_path, text)
    assert scenario is not None, [render(f, "en") for f in findings]
    assert scenario.table("catalogue")[["price", "life"]].to_numpy().tolist() == [[12_500_000, 5]]


def test_a_note_below_the_table_that_tells_the_unit_is_not_left_out(tmp_path: Path) -> None:
    """Proves a footnote with the unit is a finding that says so, not a row to be deleted."""
    text = f"{HEAD},price,life\n{ITEM},12500,5\nGhi chú: đơn vị tính nghìn đồng,,,,,,\n"
    _, findings, _ = _inspected(tmp_path, text)
    assert "note_holds_unit" in [f.code for f in findings]


def test_units_of_both_rows_of_a_header_count(tmp_path: Path) -> None:
    """Proves neither the label above the ids of the product's own template loses its unit, nor a
    heading over several columns of an office's."""
    book = openpyxl.Workbook()
    settings = book.active
    settings.title = "settings"
    for row in (["key", "value"], ["title.vi", "T"], ["years", "2026; 2027"]):
        settings.append(row)
    for name, rows in {
        "funds": [["fund", "name"], ["f", "F"]],
        "Số tiền nguồn vốn": [["Mã nguồn vốn", "Năm", "Số tiền (triệu đồng)"], ["f", 2026, 1.5]],
        "schools": [
            ["school", "name", "level", "group", "pupils", "classes", "teachers"],
            ["a", "A", "primary", "none", 100, 4, 6],
        ],
        "catalogue": [
            [*HEAD.split(","), "Giá (nghìn đồng)", "", ""],
            ["", "", "", "", "", "Đơn giá thấp", "Đơn giá", "Đơn giá cao"],
            [*ITEM.split(","), 10, 12.5, 15],
        ],
        "request_costs": [
            [
                "Mã đề xuất",
                "Phương án",
                "Nguồn",
                "Năm",
                "Kinh phí (triệu đồng)",
                "Nhiều nhất (tr.đ)",
            ],
            ["request", "option", "fund", "year", "amount", "most"],
            ["r", "o", "f", 2026, 850, 900],
        ],
        "requests": [["request", "school", "option", "title"], ["r", "a", "o", "Phòng máy"]],
    }.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book["catalogue"].merge_cells("F1:H1")
    for letter in "ABCDE":
        book["catalogue"].merge_cells(f"{letter}1:{letter}2")
    book.save(tmp_path / "a.xlsx")
    scenario, findings, _ = inspect(tmp_path / "a.xlsx")
    assert scenario is not None, [render(f, "en") for f in findings]
    prices = scenario.table("catalogue")[["price_low", "price", "price_high"]]
    assert prices.to_numpy().tolist() == [[10_000, 12_500, 15_000]]
    assert scenario.settings.funds["f"].amounts == {2026: 1_500_000}
    costs = scenario.table("request_costs")[["amount", "most"]].to_numpy().tolist()
    assert costs == [[850_000_000, 900_000_000]]
    assert [f.code for f in findings if f.code == "unit_applied"] == ["unit_applied"] * 6


def test_shares_and_bounds_in_the_sheets_of_settings(tmp_path: Path) -> None:
    """Proves «Dự phòng (%)» is a share, and that a bound whose measure hangs on its row takes no
    unit: 500 «triệu đồng» would be 500 đồng or 500 schools."""
    sheets = sample_sheets()
    funds = sheets["funds"]
    if "reserve" not in funds[0]:
        for row in funds:
            row.append("")
        funds[0][-1] = "reserve"
    at = funds[0].index("reserve")
    for row in funds[1:]:
        row[at] = 10
    funds[0][at] = "Dự phòng (%)"
    scenario, findings, _ = inspect(write_book(tmp_path / "a.xlsx", sheets))
    assert scenario is not None, [render(f, "en") for f in findings]
    assert {f.reserve for f in scenario.settings.funds.values()} == {Decimal("0.1")}
    sheets["Quy tắc"] = [["rule", "measure", "Không quá (triệu đồng)"], ["r", "spend", 500]]
    _, findings, _ = inspect(write_book(tmp_path / "b.xlsx", sheets))
    assert "unit_unknown" in [f.code for f in findings]


def test_counts_and_areas_have_units_too(tmp_path: Path) -> None:
    """Proves thousands of pupils are pupils, hectares square metres, «người» nothing; girls alone
    are not all pupils, and a class of grade 10 is no ten classes."""
    head = "school,name,level,group,{},classes,teachers,{}\na,A,primary,none,{},4,6,{}\n"
    cases: list[tuple[str, str, str, str, Any]] = [
        ("Số học sinh (người)", "Diện tích (m2)", "420", "80", (420, 80)),
        ("Số học sinh (nghìn người)", "Diện tích (m²)", "0,42", "80", (420, 80)),
        ("Pupils (thousands)", "Area (ha)", "1.5", "0.1", (1500, 1000)),
        ("Số học sinh (2023-2024)", "Diện tích (sqm)", "420", "80", (420, 80)),
        ("Số học sinh (nữ)", "Diện tích (m2)", "420", "80", None),
        ("Số học sinh (%)", "Diện tích (m2)", "42", "80", None),
        ("Số học sinh", "Diện tích (sào)", "420", "8", None),
    ]
    for number, (pupils, area, first, second, expected) in enumerate(cases):
        text = head.format(pupils, area, f'"{first}"', f'"{second}"')
        files = {
            "base.yaml": "schema: 1\ntitle: T\nyears: [2026, 2027]\ndata: {schools: s.csv}\n"
            "funds: {f: {amounts: {2026: 1}}}\n",
            "s.csv": text,
        }
        scenario, findings, _ = inspect(write_files(tmp_path / str(number), files) / "base.yaml")
        assert (scenario is None) == (expected is None), [render(f, "en") for f in findings]
        if scenario is not None and expected is not None:
            assert scenario.schools[["pupils", "area"]].to_numpy().tolist() == [list(expected)]


def test_dollars_are_cents_where_the_scenario_counts_in_dollars(tmp_path: Path) -> None:
    """Proves money is understood by the scenario's currency: 12.5 under «$000» are 12,500 dollars,
    which are 1,250,000 cents; đồng are refused there."""
    base = (
        "schema: 1\ntitle: T\nyears: [2026, 2027]\ncurrency: USD\n"
        "data: {schools: s.csv, catalogue: c.csv}\nfunds: {f: {amounts: {2026: 1}}}\n"
    )
    schools = "school,name,level,group,pupils,classes,teachers\na,A,primary,none,100,4,6\n"
    for header, price in {
        "Price ($000)": 1_250_000,
        "Price ($)": 1250,
        "Price (USD)": 1250,
        "Price (in thousands)": 1_250_000,
        "Price (cents)": None,
        "Price (đồng)": None,
        "Price (€)": None,
    }.items():
        files = {"base.yaml": base, "s.csv": schools, "c.csv": f"{HEAD},{header}\n{ITEM},12.5\n"}
        scenario, _, _ = inspect(write_files(tmp_path / header[:9], files) / "base.yaml")
        found = None if scenario is None else scenario.table("catalogue")["price"].tolist()
        assert found == (None if price is None else [price]), header


def test_money_of_capacities_is_not_units(tmp_path: Path) -> None:
    """Proves a unit of money is refused where a row counts units of an item."""
    for item, sound in (("", True), ("pc", False)):
        files = {
            **FILES,
            "capacities.csv": f"item,fund,year,Nhiều nhất (triệu đồng)\n{item},,2023,5\n",
        }
        files["base.yaml"] = files["base.yaml"].replace(
            "data:\n", "data:\n  capacities: capacities.csv\n"
        )
        _, findings, _ = inspect(write_files(tmp_path / f"x{item}", files) / "base.yaml")
        assert ("unit_on_units" in [f.code for f in findings]) == (not sound)


def test_every_column_of_figures_has_a_measure() -> None:
    """Proves no column is passed over because nobody thought of it: whatever is read as a number
    has a measure, and words in brackets that no measure knows are refused in each."""
    for table, model in TABLES.items():
        for column in contracts.columns(model).values():
            measures = units.measured(table, column)
            kind = column.element if column.kind == "list" else column.kind
            numeric = kind in ("int", "decimal", "ratio", "year")
            assert (measures != units.TEXT) == numeric, (table, column.name)
            if numeric:
                assert units.read("zwölf Dutzend", measures, "VND") is None
                assert units.read("*", measures, "VND") == units.HARMLESS
    figures = {"amount", "reserve", "carry_over", "at_most", "at_least", "exactly", "penalty"}
    for table, model in ROWS.items():
        for column in contracts.columns(model).values():
            if column.name in figures:
                assert units.measured(table, column) != units.TEXT


def _new(tmp_path: Path, source: Path, *options: str) -> Any:
    folder = tmp_path / "made"
    arguments = [str(folder), "--from", str(source), "--lang", "en", *options]
    return CliRunner().invoke(new, arguments), folder


SCHOOLS = "Mã trường,Tên trường,Cấp học,Số học sinh,Số lớp,Số giáo viên\na,A,Tiểu học,100,4,6\n"


@pytest.mark.parametrize(
    ("header", "cell", "price"),
    [
        ("Đơn giá (nghìn đồng)", "12.500", 12_500_000),
        ("Đơn giá - triệu đồng", "12,5", 12_500_000),
        ("Đơn giá (triệu đồng)", 12.5, 12_500_000),
        ("Đơn giá (đồng)", 12_500_000, 12_500_000),
        ("Đơn giá (USD)", 500, None),
        ("Đơn giá (nghìn đồng)", "12 bộ", None),
    ],
)
def test_new_carries_figures_over_in_the_columns_own_unit(
    header: str, cell: Any, price: int | None, tmp_path: Path
) -> None:
    """Proves `new --from` writes what the raw header means, since its own header has no unit."""
    (tmp_path / "truong.csv").write_text(SCHOOLS, encoding="utf-8")
    book = openpyxl.Workbook()
    heads = ["Mã thiết bị", "Tên thiết bị", "ĐVT", "Trụ cột", "Tính chất nguồn", header]
    book.active.append([*heads, "Thời gian sử dụng (tháng)"])
    book.active.append(["pc", "Máy tính", "bộ", "Hạ tầng", "Chi đầu tư", cell, 60])
    book.save(tmp_path / "gia.xlsx")
    made, folder = _new(tmp_path, tmp_path / "truong.csv", "--from", str(tmp_path / "gia.xlsx"))
    if price is None:
        assert made.exit_code == 3, made.output
        assert not folder.exists()
        return
    assert made.exit_code == 0, made.output
    found = load(folder).table("catalogue")[["price", "life"]].to_numpy().tolist()
    assert found == [[price, 5]]
    assert ("was multiplied by" in made.stderr) == ("(đồng)" not in header)
    assert "was divided by 12" in made.stderr


def test_a_header_that_the_user_names_is_taken_with_its_unit(tmp_path: Path) -> None:
    """Proves `--column price="Giá bán (nghìn đồng)"` heeds the unit in the header it names, and
    only warns of a remark that is none."""
    (tmp_path / "truong.csv").write_text(SCHOOLS, encoding="utf-8")
    heads = "Mã thiết bị,Tên thiết bị,ĐVT,Trụ cột,Tính chất nguồn"
    for number, (header, price, code) in enumerate(
        [("Giá bán (nghìn đồng)", 12_500_000, "multiplied"), ("Giá bán [Hà Nội]", 12_500, "stand")]
    ):
        raw = tmp_path / f"gia{number}.csv"
        raw.write_text(f"{heads},{header}\npc,Máy tính,bộ,Hạ tầng,Chi đầu tư,12.500\n", "utf-8")
        folder = tmp_path / f"made{number}"
        arguments = [str(folder), "--from", str(tmp_path / "truong.csv"), "--from", str(raw)]
        made = CliRunner().invoke(new, [*arguments, "--column", f"price={header}", "--lang", "en"])
        assert made.exit_code == 0, made.output
        assert load(folder).table("catalogue")["price"].tolist() == [price]
        assert code in made.stderr
