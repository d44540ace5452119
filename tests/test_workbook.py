"""``plan.xlsx`` in the office's language: names, words and sums are read back exactly, and
workbooks of earlier versions as they were.

Two schools need 4 units of 10 each; a has 100 pupils, b 50. With 40 in 2023 and 20 in 2024 a gets 4
in 2023 and b 2 in 2024: 60 spent, 4 × 25 × 2 + 2 × 12.5 = 225 equipped pupil-years.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from tiny import item, school, tiny

import planner
from planner.cli.commands import audit, run
from planner.plan.contract import OUTPUT, TABLES
from planner.run import folder
from planner.run.edits import read_edited
from planner.run.optimize import optimize
from planner.run.workbook import read_tables, titles, words
from planner.scenario.scenario import Scenario
from planner.scenario.write import write

REQUEST = {"request": "r", "school": "a", "option": "x", "title": "xin", "value": 1}
COST = {"request": "r", "option": "x", "fund": "cap", "year": 2024, "amount": 20}


def case() -> Scenario:
    cap = {"name": {"vi": "Ngân sách quận"}, "amounts": {2023: 40, 2024: 20}}
    a, b = school("a") | {"name": "Tiểu học A"}, school("b", pupils=50) | {"name": "Tiểu học B"}
    return tiny(
        schools=[a, b],
        funds={"cap": cap}, years=(2023, 2024),
        tables={"requests": [REQUEST], "request_costs": [COST]},
    )  # fmt: skip


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sealed")
    scenario = case()
    write(scenario, root / "scenario")
    return folder.write(optimize(scenario, threads=1), root / "plan")


def resealed(plan: Path) -> Path:
    """The folder as a forger leaves it: ``plan.json`` holds the digest of the changed workbook."""
    head = json.loads((plan / "plan.json").read_text("utf-8"))
    (plan / "plan.json").write_text(json.dumps(head | {"files": folder.hashes(plan)}), "utf-8")
    return plan


def changed(sealed: Path, to: Path, *edits: Callable[[Any], object]) -> Path:
    """A copy of the folder whose workbook was changed, and which says so to nobody."""
    shutil.copytree(sealed, to)
    book = openpyxl.load_workbook(to / "plan.xlsx")
    for edit in edits:
        edit(book)
    book.save(to / "plan.xlsx")
    return resealed(to)


def test_the_sheets_speak_vietnamese(sealed: Path) -> None:
    """Sheets, headers with units, names beside grey ids, words for closed lists, formats, frozen
    heads and filters. Fails where an id stands alone, or money has no unit or separator."""
    book = openpyxl.load_workbook(sealed / "plan.xlsx")
    assert book.sheetnames == [
        "Tổng hợp", "Hướng dẫn", "Phân bổ", "Mức đáp ứng", "Sổ vốn", "Nghĩa vụ sau kế hoạch",
        "Quy định", "Các trường", "Đề nghị", "Mã và tên gọi",
    ]  # fmt: skip
    lines = book["Phân bổ"]
    cells = {c.value: (lines.cell(1, c.column).value, lines.cell(3, c.column)) for c in lines[2]}
    assert [cells[n][0] for n in ("school", "item", "fund", "amount", "kind")] == [
        "Mã trường", "Mã hạng mục", "Mã nguồn vốn", "Thành tiền (đồng)", "Loại chi"
    ]  # fmt: skip
    assert [c.value for c in lines[3]][1:10] == [
        "Tiểu học A", "a", "Nhóm 1 (đã xây xong)", "pc", "pc", "Ngân sách quận", "cap", 2023,
        "Mua sắm",
    ]  # fmt: skip
    assert lines["A2"].font.color.rgb.endswith("808080")
    formats = [cells[n][1].number_format for n in ("unit_price", "amount", "year", "quantity")]
    assert formats == ["#,##0", "#,##0", "0", "#,##0"]
    assert lines.freeze_panes == "D3"
    assert lines.auto_filter.ref == "A2:Q4"
    coverage = book["Mức đáp ứng"]
    after = next(c.column for c in coverage[2] if c.value == "after")
    assert coverage.cell(3, after).number_format == "0.0%"


def ruled() -> Scenario:
    """Rules of every kind of key: of funds and years, of schools and items, of a group, of an
    attribute with words of its own, of requests, of a lock, of a capacity without a fund."""
    cap = {"name": {"vi": "Ngân sách quận"}, "amounts": {2023: 400, 2024: 200}}
    a, b = school("a") | {"name": "Tiểu học A"}, school("b", pupils=50) | {"name": "Tiểu học B"}
    spend: dict[str, Any] = {"measure": "spend", "at_most": 900}
    return tiny(
        schools=[a | {"owner": "w"}, b | {"owner": "w"}], items=[item("pc") | {"name": "Máy tính"}],
        funds={"cap": cap}, years=(2023, 2024),
        names={"owner": {"w": {"vi": "Phường Một"}}},
        rules={
            "fair": spend | {"title": {"vi": "Trần của phường"}, "for_each": ["owner", "year"]},
            "plain": spend | {"for_each": ["group", "level"]},
            "cells": {"measure": "coverage", "at_least": 0, "for_each": ["school", "item"]},
        },
        tables={
            "requests": [REQUEST], "request_costs": [COST],
            "capacities": [{"item": "pc", "year": 2023, "most": 99}, {"year": 2024, "most": 999}],
            "locks": [{"request": "r", "option": "x", "quantity": 1},
                      {"school": "a", "item": "pc", "year": 2023, "quantity": 1}],
        },
    )  # fmt: skip


def test_rules_are_said_in_words(tmp_path: Path) -> None:
    """Beside every rule what it asks or its title, beside every key its names; the ids and the
    sense are read back. A key that is named by the first axis alone would call «pc» of a capacity a
    school, the year a fund, and both ids of a request its lock."""
    path = folder.write(optimize(ruled(), threads=1), tmp_path / "plan") / "plan.xlsx"
    said = {tuple(row[:7:2]) for row in list(openpyxl.load_workbook(path)["Quy định"].values)[2:]}
    of = {(rule, key) for rule, key, *_ in said}
    assert {
        ("Trần của phường", "Phường Một, năm 2023"),
        ("plain", "Nhóm 1 (đã xây xong), Tiểu học"),
        ("cells", "Tiểu học B, Máy tính"),
        ("Các dòng đã chốt của phương án trước được giữ nguyên.", "xin"),
        ("Các dòng đã chốt của phương án trước được giữ nguyên.", "Tiểu học A, Máy tính, năm 2023"),
    } <= of
    capacity = "Số lượng hoặc số tiền thực hiện mỗi năm không vượt năng lực đã khai."
    assert {key for rule, key in of if rule == capacity} == {"Máy tính, năm 2023", "năm 2024"}
    assert {firm for _, _, firm, _ in said} == {"Bắt buộc", "Chủ trương"}
    assert {sense for *_, sense in said} == {"≤", "≥", "="}
    read = read_tables(path)["rules"]
    assert set(read["relation"]) == {"<=", ">=", "="}
    assert {"locked", "fair", "capacity_within"} <= set(read["rule"])
    assert folder.prove(path.parent)[0] == []


def test_a_sheet_of_rules_without_words_is_read(sealed: Path, tmp_path: Path) -> None:
    """As the version before wrote it: ids alone, the sense in its signs, a policy «Chính sách»,
    all by its own sheet of words. Nothing of the sheet differs, and a forged cell does."""

    def earlier(book: Any) -> None:
        sheet, last = book["Quy định"], book["Mã và tên gọi"]
        sheet.delete_cols(3)
        sheet.delete_cols(1)
        for row in (*sheet.iter_rows(), *last.iter_rows()):
            for cell in row:
                cell.value = {"≤": "<=", "≥": ">=", "Chủ trương": "Chính sách"}.get(
                    cell.value, cell.value
                )
        rows = [cell.row for cell in last["A"] if cell.value == "relation"]
        last.delete_rows(rows[0], len(rows))

    plan = changed(sealed, tmp_path / "plan", earlier)
    assert openpyxl.load_workbook(plan / "plan.xlsx")["Quy định"]["A2"].value == "rule"
    other = changed(plan, tmp_path / "other", lambda book: book["Quy định"].__setitem__("E3", ">="))
    for forged, due in ((plan, []), (other, [("workbook_cell_differs", "relation")])):
        # openpyxl keeps no value of a formula, which the sheet of lines has: found there alone
        found = [f for f in folder.prove(forged)[0] if f.where.key != "amount"]
        assert [(f.code, f.where.key) for f in found if f.where.sheet != "Tổng hợp"] == due


def test_every_table_is_read_back_exactly(sealed: Path) -> None:
    """Text for text what the CSV files hold: no name or word is taken for a cell."""
    result = planner.read(sealed)
    read = read_tables(sealed / "plan.xlsx")
    assert set(read) == set(TABLES)
    for name, table in result.plan.text_tables().items():
        assert list(read[name].columns) == list(OUTPUT[name])
        assert read[name].values.tolist() == table.astype(str).values.tolist(), name


def test_words_are_one_to_one() -> None:
    """Two codes of a column, or two sheets, with one word could not be told apart again; a title
    longer than 31 characters is none in a spreadsheet."""
    for column, of in words().items():
        assert of, column
        assert len({w.casefold() for w in of.values()}) == len(of), column
        assert not {w.casefold() for w in of.values()} & set(of), column
    assert len(set(titles().values())) == len(titles())
    assert max(map(len, titles().values())) <= 31


def test_the_first_sheet_sums_up(sealed: Path) -> None:
    """Solved by hand: 40 + 20 of 60; a's 4 units in 2023 for 200 pupil-years, b's 2 in 2024 for
    25. Twice the money (contract and instalment) or lines of another kind would show here."""
    book = openpyxl.load_workbook(sealed / "plan.xlsx")
    rows = [[c for c in row if c is not None] for row in book["Tổng hợp"].values]
    first: dict[str, list[Any]] = {}
    for row in rows:
        if row:
            first.setdefault(str(row[0]), row[1:])
    assert first["Số trường"] == [2]
    assert first["Số dòng mua sắm"] == [2]
    assert first["Tổng thành tiền các dòng (đồng)"] == ["=SUM('Phân bổ'!O3:O502)"]
    assert first["Chi từ các nguồn vốn trong các năm kế hoạch (đồng)"] == [60]
    assert first["Tổng cộng ba khoản trên (đồng)"] == [60]
    assert first["Lượt học sinh–năm được trang bị (chưa kể dự án nhóm 3)"] == [225]
    assert first["Lượt học sinh–năm ở dự án nhóm 3 được đề xuất"] == [0]
    by_fund = [row for row in rows if row[:2] == ["Ngân sách quận", "cap"]]
    assert by_fund == [["Ngân sách quận", "cap", 40, 20, 60]] * 2
    assert first["Nhóm 1 (đã xây xong)"] == ["completed", 2, 150, 60, 0, 0, 225]
    assert first["pc"] == ["pc", 2, 60, 6]
    cached = openpyxl.load_workbook(sealed / "plan.xlsx", data_only=True)["Tổng hợp"]
    assert [row[2] for row in cached.values if row[0] == "Tổng thành tiền các dòng (đồng)"] == [60]


def with_a_project() -> Scenario:
    """20 for a in 2023, upkeep of 2 units in 2024 (a tail year), 40 proposed for p's building."""
    preparing = school("p", group="preparing", ready=2023, project_amount=40)
    funds = {
        "cap": {"amounts": {2023: 20, 2024: 9}, "pays_upkeep": True},
        "project": {"role": "project"},
    }
    return tiny(schools=[school("a"), preparing], items=[item("pc", upkeep="0.1")], funds=funds,
                tail_years=1)  # fmt: skip


def test_proposals_and_later_years_stand_apart(tmp_path: Path) -> None:
    """Solved by hand: 20 in the plan's year, 2 units × 1 upkeep after it, 40 proposed. One sum of
    all three would not be the plan's money as papers have it, which is 20."""
    result = optimize(with_a_project(), threads=1)
    path = folder.write(result, tmp_path / "plan")
    assert folder.prove(path)[0] == []
    rows = list(openpyxl.load_workbook(path / "plan.xlsx")["Tổng hợp"].values)
    at = {row[0]: row[2] for row in reversed(rows)}
    assert at["Chi từ các nguồn vốn trong các năm kế hoạch (đồng)"] == 20 == result.plan.spent
    assert at["Chi từ các nguồn vốn sau các năm kế hoạch (đồng)"] == 2
    assert at["Đề xuất vào dự án xây dựng (đồng)"] == 40
    assert at["Tổng cộng ba khoản trên (đồng)"] == 62
    people = at["Lượt học sinh–năm được trang bị (chưa kể dự án nhóm 3)"]
    assert people == pytest.approx(result.people, abs=5e-4)
    assert at["Lượt học sinh–năm ở dự án nhóm 3 được đề xuất"] > 0


def test_sums_are_those_of_a_larger_plan(tmp_path: Path) -> None:
    """Of every fund and year, group and item: the rows add up to the tables to the đồng, also with
    where groups and years differ."""
    result = planner.solve("scenarios/three-schools")
    plan = result.plan
    path = planner.write(result, tmp_path / "plan", figures=False)
    rows = list(openpyxl.load_workbook(path / "plan.xlsx")["Tổng hợp"].values)
    totals = [row for row in rows if row[0] == "Tổng cộng"]
    spent = plan.ledger.groupby("year")["spent"].sum()
    declared = plan.ledger.groupby("year")["amount"].sum()
    assert [v for v in totals[0] if isinstance(v, int)] == [*declared, declared.sum()]
    assert [v for v in totals[1] if isinstance(v, int)] == [*spent, spent.sum()]
    groups = plan.schools.groupby("group")[["pupils", "spent", "people"]].sum()
    for group, word in words()["group"].items():
        mine = [row for row in rows if row[0] == word]
        assert len(mine) == (group in groups.index)
        for row in mine:
            assert (row[3], row[4], row[7]) == tuple(groups.loc[group])
    bought = plan.allocation.query("kind == 'purchase'")
    assert totals[3][2:4] == (len(bought), bought["amount"].sum())


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "code"),
    [
        ("Phân bổ", "B3", "Tiểu học B", "workbook_follows"),
        ("Phân bổ", "J3", "Khác", "workbook_cell_differs"),
        ("Phân bổ", "C3", "b", "workbook_cell_differs"),
        ("Các trường", "F3", 41, "workbook_cell_differs"),
        ("Tổng hợp", "C8", 61, "workbook_follows"),
        ("Tổng hợp", "A40", "thêm", "workbook_follows"),
        ("Mã và tên gọi", "C2", "Bảng khác", "workbook_differs"),
        ("Sổ vốn", "F2", "usable", "workbook_differs"),
        ("Quy định", "A3", "Được vượt.", "workbook_follows"),
        ("Quy định", "C3", "Ngân sách quận, năm 2024", "workbook_follows"),
        ("Quy định", "G3", "≥", "workbook_cell_differs"),
    ],
)
def test_a_forged_cell_is_found(
    sealed: Path, tmp_path: Path, sheet: str, cell: str, value: Any, code: str
) -> None:
    """A name, a word, an id, a figure, a sum that is not the plan's, with ``plan.json`` sealed
    anew: found at its cell."""
    plan = changed(sealed, tmp_path / "plan", lambda book: book[sheet].__setitem__(cell, value))
    found = folder.prove(plan)[0]
    assert code in [f.code for f in found if f.where.file == "plan.xlsx"]
    if not sheet.startswith("Mã"):
        assert {f.where.sheet for f in found if f.code == code} >= {sheet}


def test_the_chairman_edits_in_words(sealed: Path, tmp_path: Path) -> None:
    """3 instead of 4, the request chosen by «Có», a line added by ids without names, names of
    another line overwritten (they count for nothing): three changes and no finding."""
    path = Path(shutil.copytree(sealed, tmp_path / "plan")) / "plan.xlsx"
    book = openpyxl.load_workbook(path)
    lines = book["Phân bổ"]
    lines["M3"], lines["B4"] = 3, "ghi nhầm"
    for column, value in {
        "C": "b",
        "F": "pc",
        "H": "cap",
        "I": 2023,
        "J": "mua sắm",
        "M": 1,
    }.items():
        lines[f"{column}5"] = value
    book["Đề nghị"]["F3"] = "Có"
    book.save(path)
    changes = {c.key: (c.before, c.after) for c in read_edited(path).changes}
    assert changes == {
        ("a", "pc", "cap", 2023): (4, 3), ("b", "pc", "cap", 2023): (0, 1), ("r", "x"): (0, 1)
    }  # fmt: skip


def as_of_old(plan: Path) -> Path:
    """The folder with the workbook that earlier versions wrote: a guide, and a sheet a table with
    the ids of table and columns as title and header."""
    book = openpyxl.Workbook()
    guide = book.active
    assert guide is not None
    guide.title = "huong-dan"
    result = planner.read(plan)
    texts = result.plan.text_tables()
    mark = openpyxl.load_workbook(plan / "plan.xlsx")["Hướng dẫn"]
    guide["A1"] = next(c.value for c in mark["A"] if str(c.value).startswith("plan: "))
    for name, table in texts.items():
        sheet = book.create_sheet(name)
        sheet.append(list(table.columns))
        for row in table.astype(str).values.tolist():
            figures = [OUTPUT[name][c].of.figure for c in table.columns]
            sheet.append([float(v) if f and v else v or None
                          for v, f in zip(row, figures, strict=True)])  # fmt: skip
    book.save(plan / "plan.xlsx")
    return resealed(plan)


def test_workbooks_of_earlier_versions_are_read(sealed: Path, tmp_path: Path) -> None:
    """English sheets and one header row: the folder is proven, a cell that differs is found where
    it stands, an edit is judged and planned around, a yes chooses."""
    plan = as_of_old(Path(shutil.copytree(sealed, tmp_path / "plan")))
    assert folder.prove(plan)[0] == []
    path = plan / "plan.xlsx"
    book = openpyxl.load_workbook(path)
    book["allocation"]["J2"] = 3
    book["allocation"]["L2"] = 30
    book.save(path)
    found = {(f.code, f.where.sheet, f.where.row) for f in folder.prove(plan)[0]}
    assert ("workbook_cell_differs", "allocation", 2) in found
    changes = {c.key: (c.before, c.after) for c in read_edited(path).changes}
    assert changes == {("a", "pc", "cap", 2023): (4, 3)}
    shown = CliRunner().invoke(audit, [str(path), "--lang", "en"])
    assert "225 → 175" in shown.output
    command = [str(sealed.parent / "scenario"), "--lock", str(path), "--out", str(tmp_path / "new")]
    done = CliRunner().invoke(run, [*command, "--no-figures", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["value"] == pytest.approx(200)
    book["requests"]["E2"] = "yes"
    book.save(path)
    assert ("r", "x") in read_edited(path).chosen


def test_a_table_too_long_for_a_sheet_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two rows as the most, the four of ``coverage`` and the five of ``rules`` have no sheet;
    the folder is proven, and with one row the sum of the (missing) lines is a plain number."""
    monkeypatch.setattr("planner.run.workbook.LONGEST", 2)
    plan = folder.write(optimize(case(), threads=1), tmp_path / "plan")
    names = openpyxl.load_workbook(plan / "plan.xlsx").sheetnames
    assert {"Mức đáp ứng", "Quy định"}.isdisjoint(names)
    assert {"Phân bổ", "Các trường"} <= set(names)
    assert folder.prove(plan)[0] == []
    monkeypatch.setattr("planner.run.workbook.LONGEST", 1)
    plan = folder.write(optimize(case(), threads=1), tmp_path / "plan")
    book = openpyxl.load_workbook(plan / "plan.xlsx")
    assert "Phân bổ" not in book.sheetnames
    assert {row[0]: row[2] for row in book["Tổng hợp"].values}[
        "Tổng thành tiền các dòng (đồng)"
    ] == 60
    assert folder.prove(plan)[0] == []


def test_the_same_bytes(sealed: Path, tmp_path: Path) -> None:
    """Written twice, byte for byte: no clock and no order of a set is in the file."""
    again = folder.write(optimize(case(), threads=1), tmp_path / "plan")
    assert (again / "plan.xlsx").read_bytes() == (sealed / "plan.xlsx").read_bytes()
