"""Broken inputs, one test each: the exact sentence at the exact place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from scenario_samples import FILES, write_files
from scenario_workbooks import sample_sheets, write_book

from planner.messages import render
from planner.scenario.load import inspect

CASES = json.loads((Path(__file__).parent / "broken_inputs.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_broken_text_input(case: dict[str, Any], tmp_path: Path) -> None:
    """Proves one fault in YAML or CSV is named where it stands, with nothing else beside it
    but what follows from it; a reader that guesses would find nothing."""
    text = FILES[case["file"]]
    assert case["old"] in text
    files = {**FILES, case["file"]: text.replace(case["old"], case["new"], 1)}
    scenario, findings, _ = inspect(write_files(tmp_path / "s", files) / "base.yaml")
    assert scenario is None
    assert [f"{f.severity}: {render(f, 'en')}" for f in findings] == case["findings"]
    assert all(render(f, "vi") for f in findings)


Sheets = dict[str, list[list[Any]]]


def _cell(sheet: str, row: int, column: int, value: Any) -> Callable[[Sheets], None]:
    def edit(sheets: Sheets) -> None:
        cells = sheets[sheet][row]
        cells.extend([""] * (column + 1 - len(cells)))
        cells[column] = value

    return edit


def _row(sheet: str, row: list[Any]) -> Callable[[Sheets], None]:
    return lambda sheets: sheets[sheet].append(row)


def _rename(old: str, new: str) -> Callable[[Sheets], None]:
    return lambda sheets: sheets.update({new: sheets.pop(old)})


BOOKS: list[tuple[str, Callable[[Sheets], None], list[str]]] = [
    (
        "fraction stored as number",
        _cell("inventory", 1, 2, 12.5),
        [
            "error: office.xlsx:inventory!C2: «12.5» is not a whole number; groups "
            "of thousands have "
            "three digits"
        ],
    ),
    (
        "total row",
        _row("inventory", ["TỔNG CỘNG", "", 22]),
        ["error: office.xlsx:inventory!A5: the total row «TỔNG CỘNG» is not data; delete this row"],
    ),
    (
        "text after a number",
        _cell("inventory", 1, 2, "12 bộ"),
        [
            "error: office.xlsx:inventory!C2: «12 bộ» mixes text and a number; write the number "
            "alone"
        ],
    ),
    (
        "near sheet name",
        _rename("indicators", "indicaters"),
        ["error: office.xlsx:indicaters: there is no table «indicaters»; is it «indicators»?"],
    ),
    (
        "settings key",
        _cell("settings", 5, 0, "tale_years"),
        ["error: office.xlsx:settings!A6: there is no key «tale_years»; is it «tail_years»?"],
    ),
    (
        "settings value",
        _cell("settings", 10, 1, "6o%"),
        ["error: office.xlsx:settings!B11: «6o%» mixes text and a number; write the number alone"],
    ),
    (
        "fund nature",
        _cell("funds", 1, 4, "Chi đầu tu"),
        [
            "error: office.xlsx:funds!E2: «Chi đầu tu» is not on the list of "
            "allowed values; is it: "
            "capital, recurrent?"
        ],
    ),
    (
        "amount twice",
        _row("fund_amounts", ["rec", 2025, 5]),
        [
            "error: office.xlsx:fund_amounts!C5: the key «funds.rec.amounts.2025» "
            "stands twice (first "
            "at office.xlsx:fund_amounts!C4); keep one"
        ],
    ),
    (
        "total row of money",
        _row("fund_amounts", ["Tổng cộng", "", 2_700_000_000]),
        [
            "error: office.xlsx:fund_amounts!A5: the total row «Tổng cộng» is not data; delete "
            "this row"
        ],
    ),
    (
        "rule selection",
        _cell("Quy tắc", 1, 2, "group under_construction"),
        [
            "error: office.xlsx:Quy tắc!C2: «group under_construction» should be "
            "key=value, several "
            "divided by «;»"
        ],
    ),
    (
        "control character",
        _cell("schools", 2, 1, "Tr\x02ường"),
        [
            "error: office.xlsx:schools!B3: there is a hidden character in "
            "«Tr\\x02ường»; type this "
            "cell again"
        ],
    ),
]


@pytest.mark.parametrize(("edit", "expected"), [b[1:] for b in BOOKS], ids=[b[0] for b in BOOKS])
def test_broken_workbook(
    edit: Callable[[Sheets], None], expected: list[str], tmp_path: Path
) -> None:
    """Proves one fault in a workbook is named by sheet and cell."""
    sheets = sample_sheets()
    edit(sheets)
    scenario, findings, _ = inspect(write_book(tmp_path / "office.xlsx", sheets))
    assert scenario is None
    assert [f"{f.severity}: {render(f, 'en')}" for f in findings] == expected


def _special(path: Path, write: Callable[[Any, Any], None]) -> Path:
    """The sample with `write` applied to the book and its inventory sheet."""
    book = xlsxwriter.Workbook(str(path))
    for name, rows in sample_sheets().items():
        sheet = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                sheet.write(r, c, value) if not isinstance(value, str) else sheet.write_string(
                    r, c, value
                )
        if name == "inventory":
            write(book, sheet)
    book.close()
    return path


def _date(year: int, month: int, day: int, column: int = 3) -> Callable[[Any, Any], None]:
    import datetime

    def write(book: Any, sheet: Any) -> None:
        form = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_datetime(1, column, datetime.datetime(year, month, day), form)

    return write


SPECIAL: list[tuple[str, Callable[[Any, Any], None], list[str]]] = [
    (
        "Excel error",
        lambda b, s: s.write_formula(1, 2, "=1/0", None, "#DIV/0!"),
        [
            "error: office.xlsx:inventory!C2: the cell holds the Excel error "
            "#DIV/0!; mend the formula "
            "or type the number"
        ],
    ),
    (
        "formula without a value",
        lambda b, s: s.write_formula(1, 2, "=4+6", None, ""),
        [
            "error: office.xlsx:inventory!C2: the formula has no stored result; "
            "open the file in Excel "
            "or LibreOffice and save it"
        ],
    ),
    (
        "2023 shown as a date",
        _date(1905, 7, 15),
        [
            "error: office.xlsx:inventory!D2: the cell is formatted as a date "
            "(1905-07-15) but a year "
            "was probably typed; format it as a number"
        ],
    ),
    (
        "date for a quantity",
        _date(2020, 5, 1, 2),
        ["error: office.xlsx:inventory!C2: «2020-05-01» is not a number"],
    ),
    (
        "cells far away",
        lambda b, s: s.write(1_000_000, 15_000, 1),
        [
            "error: office.xlsx:inventory: the sheet spans too many cells; delete "
            "the cells far away "
            "from the table"
        ],
    ),
]


@pytest.mark.parametrize(
    ("write", "expected"), [b[1:] for b in SPECIAL], ids=[b[0] for b in SPECIAL]
)
def test_special_cells(
    write: Callable[[Any, Any], None], expected: list[str], tmp_path: Path
) -> None:
    """Proves what the reading library hides is found: an error read as empty would become 0."""
    scenario, findings, _ = inspect(_special(tmp_path / "office.xlsx", write))
    assert scenario is None
    assert [f"{f.severity}: {render(f, 'en')}" for f in findings] == expected


def test_date_counts_as_its_year(tmp_path: Path) -> None:
    """Proves a date in a year column is read as its year, and noted."""
    scenario, findings, notes = inspect(_special(tmp_path / "office.xlsx", _date(2019, 3, 2)))
    assert findings == []
    assert scenario is not None
    assert scenario.table("inventory")["acquired"][0] == 2019
    assert any(n.code == "read_date_as_year" for n in notes)


def test_hidden_sheet_is_said(tmp_path: Path) -> None:
    """Proves data on a hidden sheet is read but never silently."""
    path = write_book(tmp_path / "office.xlsx", sample_sheets(), hidden=("inventory",))
    scenario, findings, _ = inspect(path)
    assert scenario is not None
    assert [(f.code, str(f.where)) for f in findings] == [("sheet_hidden", "office.xlsx:inventory")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    """Proves BOM, UTF-16 and decomposed Vietnamese give the same names."""
    import unicodedata

    folder = write_files(tmp_path / "s", FILES)
    plain = inspect(folder / "base.yaml")[0]
    text = unicodedata.normalize("NFD", FILES["schools.csv"])
    (folder / "schools.csv").write_bytes(text.encode(encoding))
    scenario, findings, _ = inspect(folder / "base.yaml")
    assert findings == []
    assert scenario == plain


def test_windows_1258_is_a_warning(tmp_path: Path) -> None:
    """Proves the old Vietnamese code page is read, and said aloud."""
    import unicodedata

    folder = write_files(tmp_path / "s", FILES)
    plain = inspect(folder / "base.yaml")[0]
    text = "".join(_for_1258(c) for c in unicodedata.normalize("NFC", FILES["schools.csv"]))
    (folder / "schools.csv").write_bytes(text.encode("cp1258"))
    scenario, findings, _ = inspect(folder / "base.yaml")
    assert [f.code for f in findings] == ["encoding_windows"]
    assert scenario == plain


def _for_1258(character: str) -> str:
    """The code page has base letters and combining tones."""
    import unicodedata

    try:
        character.encode("cp1258")
    except UnicodeEncodeError:
        parts = unicodedata.normalize("NFD", character)
        tone = [c for c in parts[1:] if c in "\u0300\u0301\u0303\u0309\u0323"]
        rest = unicodedata.normalize("NFC", "".join(c for c in parts if c not in tone))
        return rest + "".join(tone)
    return character
