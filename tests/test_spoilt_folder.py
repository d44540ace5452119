"""Every cell of a written folder, spoilt with its hashes renewed, is found by file, row, column.

The finding is of the very cell, except where the spoilt cell says which decision a line is: a
purchase of another year is another purchase, and what is found is that the rest does not follow.
The folder holds every kind of line: purchases in instalments, site works, upkeep of whole units
and of parts, a request, a proposal, obligations after the plan, rules, locks.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from tiny import fund, item, school, tiny

from planner.errors import InputError
from planner.plan import TABLES
from planner.run import folder
from planner.run.optimize import optimize
from planner.run.workbook import titles
from planner.scenario.scenario import Scenario

YEARS = (2023, 2024)
IDENTITY = ("year", "request", "option")
"""Columns of the lines that can be spoilt into another decision."""


def everything() -> Scenario:
    """Three schools, three items, three funds, a request, a rule and a lock."""
    requests = {
        "requests": [
            {"request": "r", "school": "a", "option": o, "title": f"xin {o}", "value": v}
            for o, v in (("x", 9), ("y", 1))
        ],
        "request_costs": [
            {"request": "r", "option": o, "fund": "rec", "year": 2024, "amount": 7} for o in "xy"
        ],
        "request_items": [
            {"request": "r", "option": "x", "item": "lms", "quantity": 1, "year": 2024}
        ],
        "inventory": [{"school": "b", "item": "pc", "quantity": 1, "acquired": 2022}],
        "locks": [{"school": "b", "item": "lan", "quantity": 1}],
    }
    return tiny(
        schools=[
            school("a", classes=2),
            school("b", classes=2, group="under_construction", ready=2024),
            school("p", classes=1, group="preparing", ready=2025, project_amount=60),
        ],
        items=[
            item("lan", 20, setup=5, on_site=True, payments=("0.4", "0.3", "0.3")),
            item("pc", 10, upkeep="0.1", requires=("lan",), life=3),
            item("lms", 7, whole=False, nature=("recurrent",), upkeep="0.2", pillar="software"),
        ],
        norms=[{"item": i, "level": "primary", "per": p, "every": 1}
               for i, p in (("lan", "school"), ("pc", "classes"), ("lms", "classes"))],
        funds={
            "cap": fund({2023: 61, 2024: 44, 2025: 20}, nature="capital", reserve="0.1",
                        carry_over="0.5"),
            "rec": fund({2023: 11, 2024: 30, 2025: 9}, nature="recurrent", pays_upkeep=True),
            "project": {"role": "project"},
        },
        years=YEARS, tail_years=1, tables=requests,
        rules={"fair": {"measure": "spend", "for_each": ["group"], "at_most": 200}},
    )  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, proven once as it was written."""
    place = folder.write(optimize(everything(), threads=1), tmp_path_factory.mktemp("f") / "plan")
    assert folder.prove(place)[0] == []
    return place


def table(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def put(place: Path, name: str, rows: list[list[str]]) -> None:
    """Writes a table anew and renews its hash in ``plan.json``."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    (place / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8-sig", newline="")
    head = json.loads((place / "plan.json").read_text(encoding="utf-8"))
    head["files"] = folder.hashes(place)
    (place / "plan.json").write_text(json.dumps(head), encoding="utf-8")


def other(cell: str) -> str:
    """Something else that could stand in the cell."""
    if cell.replace(".", "").lstrip("-").isdigit():
        return f"{float(cell) + 1:.{len(cell.partition('.')[2])}f}"
    return {"": "9", "yes": "no", "no": "yes"}.get(cell, cell + "x")


def spoil(place: Path, name: str, row: int, column: int) -> bool:
    """Whether a finding points at the cell that was spoilt; the folder is put right again."""
    rows = table(place / f"{name}.csv")
    kept = rows[row][column]
    rows[row][column] = other(kept)
    put(place, name, rows)
    found = [f.where for f in folder.prove(place)[0]]
    rows[row][column] = kept
    put(place, name, rows)
    if name == "allocation" and rows[0][column] in IDENTITY:
        return any(p.file.endswith(".csv") and p.row and p.column for p in found)
    at = (f"{name}.csv", row + 1, rows[0][column])
    if at[2] == "amount" and rows[row][6:7] == ["purchase"] and rows[row][3] == "lms":
        at = (*at[:2], "quantity")  # of an item that is not whole the amount is the decision
    return any((p.file, p.row, p.column) == at for p in found)


def test_the_folder_holds_every_kind_of_row(written: Path) -> None:
    """Otherwise a cell of some kind would never be spoilt."""
    tables = {name: table(written / f"{name}.csv") for name in TABLES}
    assert {r[6] for r in tables["allocation"][1:]} == {"purchase", "setup", "upkeep", "request"}
    assert {r[2] for r in tables["obligations"][1:]} == {"instalment", "upkeep"}
    assert {"locked", "fair"} < {r[0] for r in tables["rules"][1:]}
    assert {r[4] for r in tables["requests"][1:]} == {"yes", "no"}
    assert any(r[0] == "project" for r in tables["ledger"][1:])


@pytest.mark.parametrize(
    "content", ["[" * 100_000, '{"files": ' * 100_000, '{"files": {}, "a": NaN']
)
def test_a_plan_json_beyond_reason_is_a_finding(tmp_path: Path, content: str) -> None:
    """Nested a hundred thousand deep, or cut off: a finding that names the file, no traceback."""
    place = tmp_path / "plan"
    place.mkdir()
    (place / "plan.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        folder.prove(place)
    assert [(f.code, f.where.file) for f in caught.value.findings] == [
        ("folder_damaged", "plan/plan.json")
    ]
    assert not folder.is_plan_folder(place)


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_every_cell_is_found(written: Path, name: str) -> None:
    """Every row, every column of a table: a finding with file, row and column of the cell."""
    rows = table(written / f"{name}.csv")
    missed = [
        (row + 1, rows[0][column], rows[row][column])
        for row in range(1, len(rows))
        for column in range(len(rows[0]))
        if not spoil(written, name, row, column)
    ]
    assert missed == []


@pytest.mark.slow
def test_every_cell_of_the_workbook_is_found(written: Path) -> None:
    """A cell of ``plan.xlsx`` that no longer says what its CSV says, in each column."""
    path, kept = written / "plan.xlsx", (written / "plan.xlsx").read_bytes()
    missed: list[Any] = []
    for name in TABLES:
        for head in table(written / f"{name}.csv")[0]:
            book = openpyxl.load_workbook(path)
            sheet = book[titles()[name]]
            at_column = [cell.value for cell in sheet[2]].index(head) + 1
            sheet.cell(3, at_column).value = "khác"
            book.save(path)
            found = [f.where for f in folder.prove(written)[0]]
            path.write_bytes(kept)
            at = ("plan.xlsx", titles()[name], 3, head)
            missed += [at] if at not in [(p.file, p.sheet, p.row, p.key) for p in found] else []
    assert missed == []


def test_a_cell_of_each_table_is_found(written: Path) -> None:
    """The quick part: the last cell that says something in each table."""
    for name in TABLES:
        rows = table(written / f"{name}.csv")
        column = max(k for k, cell in enumerate(rows[-1]) if cell)
        assert spoil(written, name, len(rows) - 1, column), name
