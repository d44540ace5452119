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
from planner.names import STAGES, Link, StandingRule
from planner.scenario.load import inspect
from planner.scenario.schema import GROUPS

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


def _spoilt(folder: Path, *changes: tuple[str, str, str]) -> list[str]:
    """What is said of the sample with some of its texts replaced: (file, old, new)."""
    files = dict(FILES)
    for file, old, new in changes:
        assert old in files[file]
        files[file] = files[file].replace(old, new, 1)
    _, findings, _ = inspect(write_files(folder, files) / "base.yaml")
    assert all(render(f, "vi") for f in findings)
    return [f"{f.severity}: {render(f, 'en')}" for f in findings]


REC = "{2023: 900000000, 2024: 900000000, 2025: 900000000}"
RICH = "{2023: 900000000000000, 2024: 900000000000000, 2025: 900000000000000}"
TOGETHER: list[tuple[str, list[tuple[str, str, str]], list[str]]] = [
    (
        "price that grows",
        [
            ("catalogue.csv", ";setup\n", ";price_growth\n"),
            ("catalogue.csv", ";yes;5000000", ";yes;"),
            ("catalogue.csv", ";8000000;;;1;0;;;;no;\n", ";800000000000;;;1;0;;;;no;10\n"),
        ],
        [
            "error: catalogue.csv:4:price_growth: by 2027 the price of sms grows to "
            "11,712,800,000,000,000, above the most that is supported, 1,000,000,000,000,000"
        ],
    ),
    (
        "lot",
        [
            ("catalogue.csv", ";setup\n", ";lot\n"),
            ("catalogue.csv", ";yes;5000000", ";yes;1000000000"),
        ],
        [
            "error: catalogue.csv:3:lot: one lot of lan costs 30,000,000,000,000,000, above the "
            "most that is supported, 9,000,000,000,000,000"
        ],
    ),
    (
        "need of a school",
        [
            ("norms.csv", "pc,primary,pupils,24,", "pc,primary,pupils,0.001,"),
            ("schools.csv", "1.800", "2.000.000"),
        ],
        [
            "error: norms.csv:2:every: this norm asks for 2,000,000,000 units of pc at one school, "
            "above the most that is supported, 1,000,000,000"
        ],
    ),
    (
        "copies",
        [
            ("requests.csv", "mandatory,requires\n", "mandatory,requires,copies\n"),
            (
                "requests.csv",
                "12.5,no,\nr1,0071,half,Phòng thu nhỏ,5,no,\n",
                "12.5,no,,300000000\n",
            ),
            ("request_costs.csv", "r1,half,cap,2024,90000000\n", ""),
        ],
        [
            "error: request_items.csv:2:quantity: all copies of the option bring 1,500,000,000 "
            "units, above the most that is supported, 1,000,000,000"
        ],
    ),
    (
        "worth of all needs",
        [
            ("norms.csv", "sms,primary,school,1,", "sms,primary,pupils,0.001,"),
            ("catalogue.csv", ";8000000;", ";9000000000;"),
        ],
        [
            "error: catalogue.csv:4:price: all that is needed, in stock and asked for is worth "
            "22,050,013,095,000,000, above the most that is supported, 9,000,000,000,000,000; the "
            "largest part is sms"
        ],
    ),
    (
        "points of all pupils",
        [
            (
                "base.yaml",
                "{completed: 9, under_construction: 3",
                "{completed: 1000000, under_construction: 3",
            ),
            ("schools.csv", "1.800", "200.000.000"),
        ],
        [
            "error: base.yaml:31:28: these weights make 1,000,000,000,021,250 points, above the "
            "most that is supported, 1,000,000,000,000,000; divide all weights by the same number"
        ],
    ),
]


@pytest.mark.parametrize(
    ("changes", "expected"), [t[1:] for t in TOGETHER], ids=[t[0] for t in TOGETHER]
)
def test_what_numbers_make_together_has_bounds(
    changes: list[tuple[str, str, str]], expected: list[str], tmp_path: Path
) -> None:
    """Proves numbers that are each within bounds, and make together what is not exact, are a
    finding with the bound; a reader of single cells lets them overflow in the model."""
    assert _spoilt(tmp_path / "s", *changes) == expected


@pytest.mark.parametrize("thorough", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_names_of_rules_are_taken_from_the_vocabulary(tmp_path: Path, thorough: int) -> None:
    """Proves every standing rule, link, stage and group is refused as a rule's name, so that one
    which is added to `planner.names` later is refused too; a list by hand would miss it."""
    taken = [*StandingRule, *Link, *STAGES, *GROUPS]
    for name in taken[:: thorough or 8]:
        said = _spoilt(tmp_path / name, ("base.yaml", "group-2-floor:", f"{name}:"))
        assert [t.split(": ")[2].split(" ")[0] for t in said] == [f"«{name}»"]


def test_short_rows_take_defaults(tmp_path: Path) -> None:
    """Proves cells that every row leaves out read as empty ones do: the default, not nothing; a
    reader that stops at the longest row leaves a weight of none in every school."""
    header, *rows = FILES["schools.csv"].splitlines()
    for end in ("", ","):
        text = "\n".join([header + ",weight", *(r + end for r in rows)]) + "\n"
        files = {**FILES, "schools.csv": text}
        scenario, findings, _ = inspect(write_files(tmp_path / f"s{end}", files) / "base.yaml")
        assert findings == []
        assert scenario is not None
        assert scenario.schools["weight"].tolist() == [1, 1, 1, 1]


def test_a_formula_in_a_letterhead_or_a_number_is_none(tmp_path: Path) -> None:
    """Proves what never reaches a table may begin with a dash, as lists of recipients do, and a
    negative number is no formula."""
    letter = 'tail_years: 2\nproposal: {recipients: ["- Như trên;", "- Lưu: VT."]}'
    points = ("requests.csv", "Phòng thu,12.5,", "Phòng thu,-12.5,")
    assert _spoilt(tmp_path / "s", ("base.yaml", "tail_years: 2", letter), points) == []


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
        "rows that end before the header",
        lambda sheets: sheets.update(capacities=[["item", "fund", "year", "most"], ["pc"]]),
        ["error: office.xlsx:capacities!D2: the cell is empty; a value is needed"],
    ),
    (
        "amount left out",
        _row("fund_amounts", ["rec", 2026]),
        ["error: office.xlsx:fund_amounts!C5: the cell is empty; a value is needed"],
    ),
    (
        "measure left out",
        _row("Quy tắc", ["cap", "", "", "", 5]),
        ["error: office.xlsx:Quy tắc!B4: the cell is empty; a value is needed"],
    ),
    (
        "unknown id, sheet of another name",
        lambda sheets: (
            sheets.update({"Danh sách trường": sheets.pop("schools")}),
            sheets["bans"].append(["zz", "pc", "", 2023]),
        )[0],
        [
            "error: office.xlsx:bans!A3: «zz» is not declared in Danh sách trường",
        ],
    ),
    (
        "column left out beside Vietnamese headers",
        lambda sheets: sheets.update(needs=[["Trường", "Mã thiết bị", "Năm"], ["d", "sms", 2024]]),
        ["error: office.xlsx:needs!1: the column «Số lượng» is missing"],
    ),
    (
        "formula typed as text",
        _cell("schools", 2, 1, "'=A1".lstrip("'")),
        [
            "error: office.xlsx:schools!B3: «=A1» begins like a formula (=, +, -, @ or a tab), "
            "which a spreadsheet would calculate instead of showing the text; leave the sign at "
            "its beginning off"
        ],
    ),
    (
        "formula in a setting",
        _cell("settings", 2, 1, "+Kịch bản"),
        [
            "error: office.xlsx:settings!B3: «+Kịch bản» begins like a formula (=, +, -, @ or a "
            "tab), which a spreadsheet would calculate instead of showing the text; leave the "
            "sign at its beginning off"
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
