"""Tables as offices keep them: counters, remarks, names for ids, notes, sheets of any name."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from office_texts import SCHOOLS, csv_files, from_files
from scenario_samples import FILES, write_files
from scenario_workbooks import sample_sheets, write_book

from planner.cli.commands import check, new
from planner.messages import meaning, render
from planner.scenario import contracts
from planner.scenario.contracts import ROWS, TABLES
from planner.scenario.load import inspect, load
from planner.scenario.new.synthetic import synthetic


def _said(findings: list[Any]) -> list[str]:
    return [f"{f.severity}: {render(f, 'en')}" for f in findings]


def _sample(tmp_path: Path) -> Any:
    return load(write_files(tmp_path / "plain", FILES) / "base.yaml")


@pytest.mark.parametrize("counter", ["STT", "TT", "No."])
def test_counters_and_remarks_stand_in_every_table(counter: str, tmp_path: Path) -> None:
    """Proves a column that counts rows or holds remarks is left out of every table and noted;
    a reader that knows it in `schools` alone refuses the office's other tables."""
    sheets = sample_sheets()
    for rows in sheets.values():
        width = max(map(len, rows))
        for number, row in enumerate(rows):
            row[:] = [number or counter, *row, *[""] * (width - len(row))]
            row.append("" if number else "Ghi chú")
        rows[1][-1] = "đã kiểm tra"
    scenario, findings, notes = inspect(write_book(tmp_path / "office.xlsx", sheets))
    assert findings == []
    left_out = {(n.where.sheet, n.params["name"]) for n in notes if n.code == "read_aside"}
    assert left_out >= {(name, counter) for name in sheets}
    assert ("inventory", "Ghi chú") in left_out
    assert scenario is not None
    expected = _sample(tmp_path)
    assert scenario.table("inventory").equals(expected.table("inventory"))
    assert set(scenario.attributes) == {"zone", "labs", "Ghi chú"}


def test_names_stand_for_ids_where_they_are_unmistakable(tmp_path: Path) -> None:
    """Proves a school's or item's name is read as its id, exactly and noted, and that a name of
    two schools or of none is a finding; a guess would move computers to another school."""
    files = {
        **FILES,
        "inventory.csv": "Tên trường,Tên thiết bị,quantity,acquired\n"
        "TRƯỜNG  B,Máy tính,12,2020\nd,Mạng LAN,1,2018\n",
    }
    scenario, findings, notes = inspect(write_files(tmp_path / "a", files) / "base.yaml")
    assert findings == []
    assert scenario is not None
    assert scenario.table("inventory")[["school", "item"]].to_numpy().tolist() == [
        ["b", "pc"],
        ["d", "lan"],
    ]
    assert "inventory.csv:2:Tên trường: the name «TRƯỜNG  B» was read as the id b" in [
        render(n, "en") for n in notes
    ]
    files["schools.csv"] = FILES["schools.csv"].replace("Trường D", "Trường B")
    files["inventory.csv"] += "Trường Bx,pc,1,2020\n"
    _, findings, _ = inspect(write_files(tmp_path / "b", files) / "base.yaml")
    assert _said(findings) == [
        "error: inventory.csv:2:Tên trường: «TRƯỜNG  B» is the name of 2 rows; write the id",
        "error: inventory.csv:4:Tên trường: «Trường Bx» is neither a declared id nor a name; is it "
        "«Trường B»?",
    ]


def test_names_beside_ids_are_left_out(tmp_path: Path) -> None:
    """Proves `Mã trường | Tên trường` is one field, not an unknown column."""
    text = "Mã trường,Tên trường,item,quantity,acquired\n0071,Trường A,pc,10,2020\n"
    files = {**FILES, "inventory.csv": text}
    scenario, findings, _ = inspect(write_files(tmp_path, files) / "base.yaml")
    assert findings == []
    assert scenario is not None
    assert scenario.table("inventory")["school"].tolist() == ["0071"]


def test_notes_and_headings_among_the_rows_are_one_finding_each(tmp_path: Path) -> None:
    """Proves a note below the table or a heading inside it is named once, not once a column."""
    lines = FILES["inventory.csv"].splitlines()
    lines[1:1] = ["I. Khối tiểu học,,,,"]
    lines += ["Người lập biểu,,,,", "Tổng cộng,,22,,"]
    files = {**FILES, "inventory.csv": "\n".join(lines)}
    _, findings, _ = inspect(write_files(tmp_path, files) / "base.yaml")
    assert [(f.code, f.where.row) for f in findings] == [
        ("row_is_total", 7),
        ("row_is_note", 2),
        ("row_is_note", 6),
    ]


def test_a_row_that_numbers_the_columns_is_left_out(tmp_path: Path) -> None:
    """Proves the row «A B 1 2» below an official form's header is noted and not data."""
    lines = FILES["inventory.csv"].splitlines()
    lines.insert(1, "A,B,(1),(2),(3)")
    files = {**FILES, "inventory.csv": "\n".join(lines)}
    scenario, findings, notes = inspect(write_files(tmp_path, files) / "base.yaml")
    assert findings == []
    assert scenario is not None
    assert len(scenario.table("inventory")) == 3
    assert [n.where.row for n in notes if n.code == "read_column_numbers"] == [2]


def test_a_sheet_of_any_name_is_known_by_its_header(tmp_path: Path) -> None:
    """Proves a sheet that can only be one table is read as it and noted; two such sheets are a
    finding, and one that lacks columns is said, never dropped in silence."""
    sheets = sample_sheets()
    sheets["Biểu 02 (2023)"] = sheets.pop("inventory")
    scenario, findings, notes = inspect(write_book(tmp_path / "a.xlsx", sheets))
    assert findings == []
    assert scenario is not None
    assert len(scenario.table("inventory")) == 3
    assert ("read_sheet_by_header", "Biểu 02 (2023)") in {(n.code, n.where.sheet) for n in notes}
    sheets["Biểu 02 (2022)"] = sheets["Biểu 02 (2023)"]
    scenario, findings, _ = inspect(write_book(tmp_path / "b.xlsx", sheets))
    assert scenario is None
    assert [(f.code, f.where.sheet) for f in findings] == [
        ("sheet_of_several", "Biểu 02 (2023)"),
        ("sheet_of_several", "Biểu 02 (2022)"),
    ]
    del sheets["Biểu 02 (2022)"]
    sheets["Biểu 02 (2023)"] = [row[:3] for row in sheets["Biểu 02 (2023)"]]
    _, findings, _ = inspect(write_book(tmp_path / "c.xlsx", sheets))
    assert _said(findings) == [
        "warning: c.xlsx:Biểu 02 (2023): the sheet was not read, as its name is no table; it looks "
        "like the table Inventory: if it is, rename the sheet to «Inventory» and add the columns: "
        "acquired"
    ]


def _archive(path: Path, *names: str) -> Path:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    path.write_bytes(buffer.getvalue())
    return path


@pytest.mark.parametrize(
    ("name", "members", "expected"),
    [
        ("a.numbers", ("Index/Document.iwa",), "Numbers"),
        ("a.xlsx", ("Index/Document.iwa",), "Numbers"),
    ],
)
def test_other_workbooks_are_named(
    name: str, members: tuple[str, ...], expected: str, tmp_path: Path
) -> None:
    """Proves a workbook of another program is said to be one, with what to do."""
    _, findings, _ = inspect(_archive(tmp_path / name, *members))
    assert _said(findings) == [
        f"error: {name}: the file is {expected}; open it in Excel or LibreOffice and save it as "
        ".xlsx"
    ]


def test_tables_alone_are_no_scenario_and_say_how_to_go_on(tmp_path: Path) -> None:
    """Proves a bare CSV, or a workbook without settings, points to `planner new --from`."""
    (tmp_path / "t.csv").write_text(FILES["schools.csv"], encoding="utf-8")
    write_book(tmp_path / "t.xlsx", {"Sheet1": sample_sheets()["schools"]})
    for name in ("t.csv", "t.xlsx"):
        _, findings, _ = inspect(tmp_path / name)
        assert len(findings) == 1
        assert "planner new my-office --from" in render(findings[0], "vi")


def test_every_column_has_its_meaning_in_vietnamese() -> None:
    """Proves no header comment of the template is left without a meaning."""
    missing = [
        f"{table}.{column.header}"
        for table, model in {**TABLES, **ROWS}.items()
        for column in contracts.columns(model).values()
        if not meaning(table, column.header)
    ]
    assert missing == []


def test_invented_data_comes_as_one_workbook_too(tmp_path: Path) -> None:
    """Proves `--synthetic N --seed K --workbook` gives the same tables as CSV does."""
    runner = CliRunner()
    options = ["--synthetic", "25", "--seed", "3", "--workbook", "--language", "en"]
    made = runner.invoke(new, [str(tmp_path / "w"), *options])
    assert made.exit_code == 0, made.output
    assert sorted(p.name for p in (tmp_path / "w").iterdir()) == ["data.xlsx", "scenario.yaml"]
    assert load(tmp_path / "w") == synthetic(25, 3)
    checked = runner.invoke(check, [str(tmp_path / "w"), "--strict"])
    assert checked.exit_code == 0, checked.output


CODES = ("060001200011", "060001200012", "060001200013")


def _public(codes: str, total: int, pupils: tuple[str, str, str]) -> str:
    rows = zip(CODES, "ABC", pupils, ("Open", "Open", "Closed"), strict=True)
    lines = (f"{c},{n} Elementary,primary,{p},10,12,{s}\n" for c, n, p, s in rows)
    head = f"{codes},School name,Level,Pupils,Classes,Teachers (FTE),Status\n"
    return head + "".join(lines) + f"Total,,,{total},30,36,\n"


def test_codes_of_every_row_are_taken_or_named(tmp_path: Path) -> None:
    """Proves a column of codes of their own is never passed over: a known header is taken, another
    is named with the option that takes it."""
    known = csv_files(tmp_path, known=_public("NCESSCH", 60, ("10", "20", "30")))
    made = from_files(tmp_path / "k", *known)
    assert made.exit_code == 0, made.output
    assert load(tmp_path / "k").schools["school"].tolist() == list(CODES[:2])
    other = csv_files(tmp_path, other=_public("State registry", 60, ("10", "20", "30")))
    made = from_files(tmp_path / "o", *other)
    option = 'if the ids stand in «State registry», add --column "school=State registry"'
    assert option in made.stderr
    made = from_files(tmp_path / "t", *other, "--column", "school=State registry")
    assert load(tmp_path / "t").schools["school"].tolist() == list(CODES[:2])


@pytest.mark.parametrize(
    ("total", "pupils", "said"),
    [
        (60, ("10", "20", "30"), ""),  # closed schools among them
        (30, ("10", "20", "30"), ""),  # closed schools left out
        (50, ("10", "20", "30"), "a total of 50, but the rows add up to 60; check"),
        (60, ("10", "*", "30"), "a total of 60, but the rows add up to 40 (1 cell has no figure)"),
    ],
)
def test_totals_over_closed_and_suppressed_rows(
    total: int, pupils: tuple[str, str, str], said: str, tmp_path: Path
) -> None:
    """Proves one suppressed cell does not silence the check of a total, and that a total may or
    may not hold the closed schools."""
    files = csv_files(tmp_path, list=_public("School id", total, pupils))
    made = from_files(tmp_path / "s", *files)
    assert said in made.stderr
    assert ("states a total" in made.stderr) == bool(said)


def test_a_price_list_with_quantities_is_no_stock(tmp_path: Path) -> None:
    """Proves «Tên thiết bị» beside «Số lượng» and «Đơn giá» is a list of prices, whose devices are
    to be bought: as stock twenty computers would stand at a school. A footnote's mark behind a
    price is no figure, «Liên hệ» is a price that is missing."""
    text = (
        "STT,Tên thiết bị,ĐVT,Số lượng,Đơn giá,Trụ cột,Tính chất nguồn,Thời gian sử dụng\n"
        "I,Máy tính,,,,,,\n1,Máy tính để bàn,bộ,20,12.500.000*,Hạ tầng,Chi đầu tư,5\n"
        "2,Tivi,cái,10,Liên hệ,Hạ tầng,Chi đầu tư,5\n"
    )
    files = csv_files(tmp_path, quote=text, schools=SCHOOLS)
    made = from_files(tmp_path / "s", *files)
    assert "quote.csv: read as a table of prices" in made.stdout
    assert "«Đơn giá»: 1 cell has no figure («Liên hệ» (1)): left empty, not zero" in made.stderr
    more = from_files(tmp_path / "t", *files, "--value", "price:Liên hệ=9000000")
    assert more.exit_code == 0, more.output
    assert [i.price for i in load(tmp_path / "t").items.values()] == [12_500_000, 9_000_000]


def test_totals_of_prices_and_money_are_checked(tmp_path: Path) -> None:
    """Proves the total of a table of prices, of a fund's years and of a year's funds are each
    compared with what they sum up."""
    prices = "Item,Price\nLaptop,500\nSwitch,300\nTotal,900\n"
    funds = "Fund,2026,2027,Total\nCapital,100,200,350\nRecurrent,10,20,30\nTotal,110,230,340\n"
    files = csv_files(tmp_path, prices=prices, funds=funds, schools=SCHOOLS)
    made = from_files(tmp_path / "s", *files)
    for said, summed in ((900, 800), (350, 300), (230, 220)):
        assert f"states a total of {said}, but the" in made.stderr
        assert f"add up to {summed}; check" in made.stderr


def test_devices_of_closed_schools_are_said_by_school(tmp_path: Path) -> None:
    """Proves stock of a school that was left out as closed is left out with it and counted by
    school, room by room or as a line of stock, instead of a place that no school fits."""
    schools = _public("School id", 60, ("10", "20", "30"))
    register = (
        "Asset tag,Category,Location,Status,Purchase date\n"
        "1,Desktop,A Elementary > Room 1,In use,2020-01-01\n"
        "2,Desktop,C Elementary > Room 1,In use,2020-01-01\n"
        "3,Desktop,C Elementary > Room 2,In use,2020-01-01\n"
    )
    stock = (
        "School name,Item,Quantity,Year acquired\n"
        "A Elementary,Desktop,5,2020\nC Elementary,Desktop,7,2020\n"
    )
    for name, text, rows in (("r", register, "2 rows"), ("s", stock, "1 row")):
        made = from_files(tmp_path / name, *csv_files(tmp_path, schools=schools, stock=text))
        assert made.exit_code == 0, made.output
        assert f"{rows} of closed schools left out: «C Elementary»" in made.stderr
        assert "no school fits" not in made.stderr
        assert load(tmp_path / name).table("inventory")["school"].tolist() == [CODES[0]]


def test_what_a_sheet_lacks_is_said_in_the_language_of_the_reader(tmp_path: Path) -> None:
    """Proves an official reads the columns that are lacking in Vietnamese, with the field that the
    option needs, and that the option then works."""
    odd = "Thiết bị;Số tiền mua\nMáy tính;3000\n"
    files = csv_files(tmp_path, odd=odd, schools=SCHOOLS)
    made = CliRunner().invoke(new, [str(tmp_path / "s"), *files])
    assert made.exit_code == 3
    assert "thiếu cột Đơn giá;" in made.stderr
    assert "--column TÊN=TIÊU_ĐỀ (TÊN là price)" in made.stderr
    made = CliRunner().invoke(new, [str(tmp_path / "s"), *files, "--column", "price=Số tiền mua"])
    assert "odd.csv: đọc là" in made.stdout
    assert "không thấy cột «Trụ cột»; hãy thêm --column pillar=TIÊU_ĐỀ" in made.stderr


STOCK_IN_VIETNAMESE = (
    "STT;Tên thiết bị;ĐVT;Số lượng;Đơn vị sử dụng;Tình trạng\n"
    "1;Máy tính để bàn HP 280;bộ;20;Tiểu học Kim Liên;Tốt\n"
    "2;Tivi 65 inch;cái;5;TH Kim Liên;Hỏng\n"
    "3;Máy chiếu Epson;cái;3;Trường TH Kim Liên;Tốt\n"
    ";Tổng cộng;;31;;\n"
)


def test_stock_with_names_of_devices_is_counted(tmp_path: Path) -> None:
    """Proves a list of devices by name and number is stock, the name no school; broken ones are
    left out, a wrong total said, and a year of all rows is asked once and said to be assumed."""
    schools = (
        "Mã trường,Tên trường,Cấp học,Số HS,Số lớp,Số GV\nA,Trường Tiểu học Kim Liên,TH,60,2,3\n"
    )
    files = csv_files(tmp_path, stock=STOCK_IN_VIETNAMESE, schools=schools)
    made = from_files(tmp_path / "s", *files)
    assert made.stderr.count("no year of acquisition") == 1
    assert "23 of 23 devices have no year" in made.stderr
    made = from_files(tmp_path / "s", *files, "--value", "acquired=2019", "--value", "teachers=7")
    assert made.exit_code == 0, made.output
    found = load(tmp_path / "s").table("inventory")[["item", "quantity", "acquired"]]
    assert sorted(found.to_numpy().tolist()) == [
        ["class-display", 3, 2019],
        ["pupil-computer", 20, 2019],
    ]
    assert "2019 is assumed, as you said, for 23 of 23 devices" in made.stderr
    assert "«Teachers» is «7» in 1 row: assumed, as you said" in made.stderr
    assert "a total of 31, but the rows add up to 28" in made.stderr
