"""What has happened to a plan is read against its folder: by line or by ids, in both languages,
every fault at once (the plan and its fifteen lines: :mod:`living`)."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from living import A_YEAR, HEADERS, happened, living_folder, written

from planner.errors import Finding, InputError, errors_in
from planner.messages import LANGUAGES, render, say
from planner.run.execution import Execution, nothing_executed, read_executed
from planner.run.folder import PlanFolder, read


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> PlanFolder:
    return read(living_folder(tmp_path_factory.mktemp("living")))


def reading(rows: list[dict[str, Any]], base: PlanFolder, place: Path) -> Execution:
    return read_executed(written(rows, place / "executed.csv"), base)


def findings(rows: list[dict[str, Any]], base: PlanFolder, place: Path) -> list[Finding]:
    with pytest.raises(InputError) as error:
        reading(rows, base, place)
    return list(error.value.findings)


def test_a_year_by_hand(base: PlanFolder, tmp_path: Path) -> None:
    """Sums of every line by hand: contracts in parts, a cancellation that takes a third of the
    money with it (900 of 2700), works that count whole without a quantity."""
    found = reading(A_YEAR, base, tmp_path)
    assert found.warnings == ()
    assert found.latest == datetime.date(2024, 2, 1)
    lines = found.lines.set_index("line")
    columns = ["contracted", "contract_amount", "delivered", "disbursed", "cancelled"]
    assert {n: tuple(row) for n, *row in lines[columns].itertuples()} == {
        2: (4, 3950, 3, 2000, 0),
        3: (0, 0, 0, 390, 0),
        5: (1, 1900, 0, 570, 0),
        6: (1, 501, 1, 501, 0),
        7: (2, 1800, 2, 1800, 1),
    }
    assert lines["document"][2] == "HD-1; HD-2; BB-1; UNC-1"
    assert lines["last_delivery"][7] == pd.Timestamp("2024-01-10")
    assert pd.isna(lines["last_delivery"][5])
    assert lines["first_contract"][2] == pd.Timestamp("2023-03-01")
    assert lines["planned_amount"].to_dict() == {2: 4000, 3: 400, 5: 2000, 6: 501, 7: 3000}
    until = found.until(datetime.date(2023, 9, 1)).lines.set_index("line")
    assert (until["contracted"][7], until["contract_amount"][7]) == (3, 2700)


def test_by_line_and_by_ids_alike(base: PlanFolder, tmp_path: Path) -> None:
    """What is written by ids (as an amended folder keeps it) reads back to the same rows: the
    request by its own ids, works apart from the purchase beside them."""
    rows = [
        *A_YEAR,
        happened(1, "contracted", "", 700, "2024-03-01"),
        happened(1, "disbursed", "", 700, "2024-04-01"),
    ]
    found = reading(rows, base, tmp_path)
    found.write(tmp_path / "again.csv")
    text = (tmp_path / "again.csv").read_text(encoding="utf-8-sig")
    assert "line" not in text.splitlines()[0].split(",")
    again = read_executed(tmp_path / "again.csv", base)
    pd.testing.assert_frame_equal(again.rows, found.rows)
    pd.testing.assert_frame_equal(again.lines, found.lines)
    assert found.digest != again.digest


def test_by_names(base: PlanFolder, tmp_path: Path) -> None:
    """Names of school, item and fund in the place of ids, as offices write them; a name that is
    nobody's is a finding with the nearest."""
    head = "Tên trường,Tên thiết bị,Nguồn vốn,Năm,Trạng thái,Số lượng,Số tiền,Ngày\n"
    path = tmp_path / "executed.csv"
    line = "Trường a,pc,{fund},2023,Đã ký hợp đồng,4,3.950,01/03/2023\n"
    path.write_text(head + line.format(fund="Vốn đầu tư"), encoding="utf-8")
    assert read_executed(path, base).lines[["line", "contract_amount"]].values.tolist() == [
        [2, 3950]
    ]
    path.write_text(head + line.format(fund="Vốn dầu tư"), encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_executed(path, base)
    (only,) = error.value.findings
    assert (only.code, only.params["nearest"]) == ("name_unknown", "Vốn đầu tư")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_offices_workbook(base: PlanFolder, tmp_path: Path, lang: str) -> None:
    """A workbook with labels, a title above, money in thousands, real dates and names of schools:
    the same rows as the plain table. A serial number that is no date is a finding."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Tình hình thực hiện"])
    money = {"vi": " (nghìn đồng)", "en": " (thousand VND)"}[lang]
    sheet.append(
        [say(f"column.{c}", lang) + (money if c == "amount" else "") for c in HEADERS]
        + [{"vi": "Ghi chú", "en": "Notes"}[lang]]
    )
    for row in A_YEAR:
        cells = dict(row)
        cells["status"] = say(f"value.{row['status']}", lang)
        cells["date"] = datetime.datetime.fromisoformat(row["date"])
        cells["amount"] = "" if row["amount"] == "" else row["amount"] / 1000
        sheet.append([cells.get(c, "") if cells.get(c) != "" else None for c in HEADERS])
    sheet.cell(3, HEADERS.index("school") + 1, "Trường a")
    sheet.append([8, *[None] * 12])  # a line that is listed and nothing more
    path = tmp_path / "executed.xlsx"
    book.save(path)
    plain = reading(A_YEAR, base, tmp_path)
    pd.testing.assert_frame_equal(read_executed(path, base).rows, plain.rows)
    cell = sheet.cell(3, HEADERS.index("date") + 1, 45000)
    cell.number_format = "0"
    book.save(path)
    with pytest.raises(InputError) as error:
        read_executed(path, base)
    (only,) = errors_in(error.value.findings)
    assert (only.code, only.where.row, only.where.column) == ("date_unreadable", 3, "L")


@pytest.mark.parametrize(
    ("text", "day"),
    [("15/03/2023", "2023-03-15"), ("5.3.2023", "2023-03-05"), ("2023-3-5", "2023-03-05"),
     ("15/3/23", ""), ("03/15/2023", ""), ("31/02/2023", ""), ("2023", ""), ("hôm qua", "")],
)  # fmt: skip
def test_dates(base: PlanFolder, tmp_path: Path, text: str, day: str) -> None:
    """Day before month, four digits of the year; nothing is guessed."""
    rows = [happened(2, "contracted", 4, 4000, text)]
    if day:
        assert reading(rows, base, tmp_path).rows["date"].tolist() == [pd.Timestamp(day)]
    else:
        assert [f.code for f in findings(rows, base, tmp_path)] == ["date_unreadable"]


SIGNED = happened(2, "contracted", 4, 4000, "2023-03-01")
BY_IDS: dict[str, Any] = {"school": "a", "item": "pc", "fund": "cap", "year": 2023}
FAULTS: dict[str, tuple[list[dict[str, Any]], list[tuple[str, int, str]]]] = {
    "no such line": (
        [happened(16, "contracted", 1, 1, "2023-03-01")], [("executed_line_unknown", 2, "line")]),
    "ids without a line": (
        [happened(0, "contracted", 1, 1, "2023-03-01", **BY_IDS | {"year": 2024})],
        [("executed_no_line", 2, "item")]),
    "too few ids": (
        [happened(0, "contracted", 1, 1, "2023-03-01", school="a", item="pc")],
        [("executed_ids_missing", 2, "line")]),
    "line and ids disagree": (
        [happened(2, "contracted", 1, 1, "2023-03-01", **BY_IDS | {"school": "b", "fund": "run"})],
        [("executed_ids_disagree", 2, "school"), ("executed_ids_disagree", 2, "fund")]),
    "line and kind disagree": (
        [happened(5, "contracted", 1, 1, "2023-03-01", kind="setup")],
        [("executed_ids_disagree", 2, "kind")]),
    "figures without a status": (
        [happened(2, "", 3)], [("executed_status_missing", 2, "status")]),
    "what the status asks for": (
        [happened(2, "contracted"), happened(2, "delivered"), happened(2, "disbursed")],
        [("executed_needs", 2, "quantity"), ("executed_needs", 2, "amount"),
         ("executed_needs", 2, "date"), ("executed_needs", 3, "quantity"),
         ("executed_needs", 3, "date"), ("executed_needs", 4, "amount"),
         ("executed_needs", 4, "date")]),
    "nothing of it": (
        [happened(2, "contracted", 0, 0, "2023-03-01")],
        [("executed_zero", 2, "quantity"), ("executed_zero", 2, "amount")]),
    "a part of a unit": (
        [happened(2, "contracted", "2,5", 1, "2023-03-01")], [("executed_part", 2, "quantity")]),
    "before the plan": (
        [happened(2, "contracted", 4, 1, "2022-12-31")], [("executed_date_outside", 2, "date")]),
    "after the plan": (
        [happened(2, "contracted", 4, 1, "2027-01-01")], [("executed_date_outside", 2, "date")]),
    "a row twice": ([SIGNED, SIGNED], [("executed_twice", 3, "status")]),
    "no contract": (
        [happened(2, "delivered", 1, "", "2023-04-01"),
         happened(2, "disbursed", "", 1, "2023-04-01")],
        [("executed_no_contract", 2, "status"), ("executed_no_contract", 3, "status")]),
    "delivered before it was contracted": (
        [SIGNED, happened(2, "delivered", 1, "", "2023-02-28")],
        [("executed_before_contract", 3, "date")]),
    "more delivered than contracted": (
        [SIGNED, happened(2, "delivered", 3, "", "2023-04-01"),
         happened(2, "delivered", 2, "", "2023-05-01")],
        [("executed_over_delivered", 4, "quantity")]),
    "delivered before the second part was contracted": (
        [happened(2, "contracted", 1, 1000, "2023-03-01"),
         happened(2, "delivered", 2, "", "2023-04-01"),
         happened(2, "contracted", 3, 3000, "2023-05-01")],
        [("executed_over_delivered", 3, "quantity")]),
    "more delivered than is left of a contract": (
        [SIGNED, happened(2, "cancelled", 2, "", "2023-03-15"),
         happened(2, "delivered", 3, "", "2023-04-01")],
        [("executed_over_delivered", 4, "quantity")]),
    "more paid than contracted": (
        [SIGNED, happened(2, "disbursed", "", 4000, "2023-04-01"),
         happened(2, "disbursed", "", 1, "2023-05-01")],
        [("executed_over_paid", 4, "amount")]),
    "more cancelled than contracted": (
        [SIGNED, happened(2, "cancelled", 5, "", "2023-04-01")],
        [("executed_over_cancelled", 3, "quantity")]),
    "cancelled what was delivered": (
        [SIGNED, happened(2, "delivered", 3, "", "2023-04-01"),
         happened(2, "cancelled", 2, "", "2023-05-01")],
        [("executed_over_cancelled", 4, "quantity")]),
    "cancelled what was paid": (
        [SIGNED, happened(2, "disbursed", "", 3001, "2023-04-01"),
         happened(2, "cancelled", 1, "", "2023-05-01")],
        [("executed_cancelled_paid", 4, "amount")]),
    "contracted after all was delivered": (
        [SIGNED, happened(2, "delivered", 4, "", "2023-04-01"),
         happened(2, "contracted", 1, 900, "2023-05-01")],
        [("executed_backwards", 4, "status")]),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_by_itself(base: PlanFolder, tmp_path: Path, fault: str) -> None:
    """Each is said at its row and cell, alone (nothing follows from it), in both languages; a
    reader without the rule would give an execution."""
    rows, expected = FAULTS[fault]
    found = findings(rows, base, tmp_path)
    assert [(f.code, f.where.row, f.where.column) for f in found] == expected
    assert all(f.where.file == "executed.csv" for f in found)
    for lang in LANGUAGES:
        assert all(len(render(f, lang)) > 40 for f in found)


def test_all_faults_at_once(base: PlanFolder, tmp_path: Path) -> None:
    """Cells that cannot be read, rows without a line and sums of other lines are said together; a
    line of which a row is broken gets no sum that would be wrong."""
    rows = [
        happened(5, "contracted", 1, "nhiều", "2023-03-01"),
        happened(5, "delivered", 1, "", "2023-04-01"),
        happened(7, "đã ký", 3, 2700, "2023-03-01"),
        happened(7, "delivered", 3, "", "2023-04-01"),
        happened(99, "delivered", 3, "", "2023-04-01"),
        happened(2, "delivered", 4, "", "2023-04-01"),
    ]
    found = findings(rows, base, tmp_path)
    assert {(f.code, f.where.row) for f in found} == {
        ("number_unreadable", 2),
        ("value_not_listed", 4),
        ("executed_line_unknown", 6),
        ("executed_no_contract", 7),
    }


def test_facts_beyond_the_plan_are_warnings(base: PlanFolder, tmp_path: Path) -> None:
    """More contracted than planned, more running cost paid than planned: it happened, so it is
    read, and said. Neither is said where the plan is just reached."""
    least = [
        happened(8, "contracted", 1, 1500, "2024-03-01"),
        happened(3, "disbursed", "", 400, "2024-03-01"),
        happened(1, "disbursed", "", 777, "2024-03-01"),
    ]
    assert reading(least, base, tmp_path).warnings == ()
    more = [
        *least,
        happened(8, "contracted", 1, 1000, "2024-03-02"),
        happened(3, "disbursed", "", 1, "2024-04-01"),
        happened(1, "disbursed", "", 1, "2024-04-01"),
    ]
    found = reading(more, base, tmp_path)
    assert [(f.code, f.where.row, f.where.column) for f in found.warnings] == [
        ("executed_over_planned", 5, "quantity"),
        ("executed_over_amount", 6, "amount"),
        ("executed_over_amount", 7, "amount"),
    ]
    assert all(f.severity == "warning" for f in found.warnings)
    assert found.lines.set_index("line")["contracted"][8] == 2


def test_cancelled_money(base: PlanFolder, tmp_path: Path) -> None:
    """Without an amount a cancellation takes its part of the money, half up (1 of 3 units of 1000:
    333; then 1 of 2 of 667: 334); all of it at the end, so that nothing is left of the contract;
    with an amount what it says, as where an advance was paid and is kept."""
    rows = [happened(7, "contracted", 3, 1000, "2023-03-01")]
    rows += [happened(7, "cancelled", 1, "", f"2023-0{4 + k}-01") for k in range(3)]
    found = reading(rows, base, tmp_path)
    assert found.rows["amount"].tolist() == [1000, 333, 334, 333]
    assert found.lines[["contracted", "contract_amount", "cancelled"]].values.tolist() == [
        [0, 0, 3]
    ]
    rows = [happened(2, "contracted", 6, 3, "2023-03-01")]
    rows += [happened(2, "cancelled", 5, "", "2023-04-01")]  # 2.5, which a division of decimals
    assert reading(rows, base, tmp_path).rows["amount"].tolist() == [3, 3]  # has as 2.4999…
    kept = [
        happened(7, "contracted", 3, 1000, "2023-03-01"),
        happened(7, "disbursed", "", 300, "2023-03-02"),
        happened(7, "cancelled", 3, 700, "2023-04-01"),
    ]
    found = reading(kept, base, tmp_path)
    assert found.lines[["contracted", "contract_amount", "disbursed"]].values.tolist() == [
        [0, 300, 300]
    ]


def test_on_one_day_in_the_order_of_things(base: PlanFolder, tmp_path: Path) -> None:
    """Contracted, delivered and paid on one day, in whatever order the rows stand."""
    rows = [
        happened(2, "disbursed", "", 4000, "2023-03-01"),
        happened(2, "delivered", 4, "", "2023-03-01"),
        SIGNED,
    ]
    found = reading(rows, base, tmp_path)
    assert found.rows["status"].tolist() == ["contracted", "delivered", "disbursed"]


def test_the_sheet_of_another_plan(base: PlanFolder, tmp_path: Path) -> None:
    """The planned figures that the sheet to fill in carries are compared: the same line number of
    another plan is not taken for this one's."""
    rows = [[2, 4, 4000, "contracted", 4, 3900, "2023-03-01"],
            [5, 1, 2001, "contracted", 1, 1900, "2023-03-01"]]  # fmt: skip
    head = "line,planned_quantity,planned_amount,status,quantity,amount,date"
    path = tmp_path / "executed.csv"
    path.write_text("\n".join([head, *(",".join(map(str, r)) for r in rows)]), encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_executed(path, base)
    (only,) = error.value.findings
    assert (only.code, only.where.row, only.where.column) == (
        "executed_other_plan", 3, "planned_amount",
    )  # fmt: skip


HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "no workbook": ("e.xlsx", b"PK\x03\x04 nothing", "workbook_broken"),
    "a picture": ("e.png", b"\x89PNG", "executed_unknown_kind"),
    "nothing": ("e.csv", b"", "table_empty"),
    "no header": ("e.csv", b"1,2,3\n4,5,6\n", "header_missing"),
    "no status": ("e.csv", b"line,quantity\n2,3\n", "column_missing"),
    "unknown column": ("e.csv", b"line,status,colour\n2,,red\n", "column_unknown"),
    "a control character": ("e.csv", b"line,status\n2,\x01\n", "text_hidden_character"),
    "a formula": (
        "e.csv", b"line,status,document\n2,contracted,=1+1\n", "text_like_formula"),
    "a long number": (
        "e.csv", b"line,status,amount\n2,disbursed,1" + b"0" * 30 + b"\n", "value_above"),
    "less than nothing": ("e.csv", b"line,status,amount\n2,disbursed,-5\n", "value_below"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(base: PlanFolder, tmp_path: Path, name: str) -> None:
    """Whatever the file is, it ends in a finding."""
    file, data, code = HOSTILE[name]
    (tmp_path / file).write_bytes(data)
    with pytest.raises(InputError) as error:
        read_executed(tmp_path / file, base)
    assert code in {f.code for f in error.value.findings}


def test_what_is_not_there(base: PlanFolder, tmp_path: Path) -> None:
    """A missing file, a workbook without such a sheet, and a folder that is no plan."""
    for path, code in ((tmp_path / "none.csv", "file_missing"), (base.path / "plan.xlsx", "-")):
        with pytest.raises(InputError) as error:
            read_executed(path, base)
        codes = {f.code for f in error.value.findings}
        assert code in codes or codes & {"executed_no_sheet", "column_missing", "column_unknown"}
    with pytest.raises(InputError):
        read_executed(written(A_YEAR, tmp_path / "e.csv"), tmp_path)


def test_nothing_has_happened(base: PlanFolder) -> None:
    """Typed tables without rows."""
    nothing = nothing_executed(base)
    assert nothing.latest is None
    assert list(nothing.lines.columns[:2]) == ["line", "kind"]
    assert (len(nothing.rows), len(nothing.lines)) == (0, 0)
    assert nothing.lines.dtypes["contract_amount"] == "int64"
