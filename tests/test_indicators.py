"""Measured criteria: whose means appendix V shows, and what ``check`` says of the figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scenario_samples import FILES, write_files
from tiny import school, tiny

from planner.messages import LANGUAGES, render
from planner.present.content import Paragraph, Table
from planner.present.papers.evidence import coverage_appendix
from planner.present.papers.view import View
from planner.run import folder
from planner.run.optimize import optimize
from planner.scenario.load import inspect

POINTS = "Học liệu số (điểm/10)"


def measured(school_: str, year: int, value: str, target: str | None = None) -> dict[str, Any]:
    return {"school": school_, "criterion": POINTS, "year": year, "value": value, "target": target}


def shown(tmp_path: Path, rows: list[dict[str, Any]], owner: str = "") -> tuple[Any, str]:
    """The one row of the table of indicators, and the notes above it."""
    schools = [school("a"), *(school(n, owner="w") for n in ("b", "c"))]
    result = optimize(tiny(schools=schools, cap=10, tables={"indicators": rows}))
    view = View(folder.read(folder.write(result, tmp_path / "plan")), "vi", owner)
    blocks = coverage_appendix(view, "V").blocks
    (table,) = (b for b in blocks if isinstance(b, Table) and b.key == "coverage.indicators")
    (row,) = table.rows
    notes = " ".join(b.text for b in blocks if isinstance(b, Paragraph))
    return dict(zip((c.key for c in table.columns), row.cells, strict=True)), notes


def test_the_newest_measurement_of_each_school_counts(tmp_path: Path) -> None:
    """a was measured in 2022 and 2023, b and c in 2022 only: three schools, (6 + 4 + 2) ÷ 3 = 4.
    The newest year of all schools would hide b and c: one school, 6."""
    rows = [measured("a", 2022, "1"), measured("a", 2023, "6"), measured("b", 2022, "4"),
            measured("c", 2022, "2")]  # fmt: skip
    row, notes = shown(tmp_path, rows)
    assert row["year"] == "2022 (2), 2023 (1)"
    assert (row["schools"], row["mean"]) == (3, 4.0)
    assert (row["targeted"], row["targeted_mean"], row["target"], row["reached"]) == (0,) + (
        None,
    ) * 3
    assert "3 trường của toàn kế hoạch" in notes


def test_targets_and_the_mean_beside_them_are_of_the_same_schools(tmp_path: Path) -> None:
    """Only a (6 of 8) and b (4 of 4) have a target: mean 5 against 6, one reaches it. The mean of
    all three (4) beside a target of two would say another distance."""
    rows = [measured("a", 2023, "6", "8"), measured("b", 2023, "4", "4"), measured("c", 2023, "2")]
    row, _ = shown(tmp_path, rows)
    assert (row["year"], row["schools"], row["mean"]) == ("2023", 3, 4.0)
    aimed = [row[k] for k in ("targeted", "targeted_mean", "target", "reached")]
    assert aimed == [2, 5.0, 6.0, 1]


def test_an_owners_package_says_whose_means_they_are(tmp_path: Path) -> None:
    """Of owner w two schools are measured: (4 + 2) ÷ 2 = 3."""
    rows = [measured("a", 2023, "6"), measured("b", 2023, "4"), measured("c", 2023, "2")]
    row, notes = shown(tmp_path, rows, "w")
    assert (row["schools"], row["mean"]) == (2, 3.0)
    assert "2 trường thuộc w" in notes


def findings(tmp_path: Path, text: str) -> list[str]:
    """What reading says of a table of indicators."""
    rows = text.replace("\na,", "\nd,")  # schools of the sample: 0071, b, c, d
    place = write_files(tmp_path / "s", FILES | {"indicators.csv": rows})
    _, found, _ = inspect(place / "base.yaml")
    mine = [f for f in found if "indicators" in str(f.where)]
    for lang in LANGUAGES:
        assert all("{" not in render(f, lang) for f in mine)
    return [f"{f.code}:{f.where.row}:{f.where.column}" for f in mine]


HEAD = "school,criterion,year,value,target,maximum\n"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,x (điểm/10),2023,10,10,\n", []),
        ("a,x (điểm/10),2023,10.5,11,\n", ["indicator_above:2:value", "indicator_above:2:target"]),
        ("a,x (points / 30),2023,30.1,,\n", ["indicator_above:2:value"]),
        ("a,x (thang điểm 5),2023,6,,\n", ["indicator_above:2:value"]),
        ("a,x,2023,12,,10\n", ["indicator_above:2:value"]),
        ("a,x (điểm/10),2023,12,,20\n", []),
        ("a,x (điểm/10),2023,-1,,\n", ["value_below:2:value"]),
        ("a,x theo QĐ 5/2023,2023,2024,,\n", []),
        ("a,x,2023,1,,10\nb,x,2023,1,,20\n", ["indicator_maxima:3:maximum"]),
    ],
)
def test_a_value_above_its_maximum_is_a_finding(tmp_path: Path, rows: str, said: list[str]) -> None:
    """The maximum is the column's, else the one that the criterion's name says."""
    assert findings(tmp_path, HEAD + rows) == said


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("Học bạ số", "học  bạ số", "criterion_spelt_twice:4:criterion"),
        ("Học bạ số", "Hoc ba so.", "criterion_spelt_twice:4:criterion"),
        ("Năng lực số của giáo viên", "Năng lực số của giáo viêm", "criterion_alike:4:criterion"),
        ("1.3 Học liệu số dùng chung", "1.4 Học liệu số dùng chung", ""),
        ("Học bạ số", "Hạ tầng", ""),
    ],
)
def test_a_criterion_in_two_spellings_is_a_finding(
    tmp_path: Path, one: str, other: str, said: str
) -> None:
    """Two spellings would be two criteria, each the mean of its own schools; other figures or
    other words are other criteria."""
    rows = f"a,{one},2022,1,,\na,{one},2023,1,,\nb,{other},2023,1,,\n"
    assert findings(tmp_path, HEAD + rows) == [said] * bool(said)


def test_criteria_of_the_same_school_are_two(tmp_path: Path) -> None:
    """Much alike, but a has both: two criteria, no warning."""
    rows = "a,Tỷ lệ giáo viên đạt chuẩn A,2023,1,,\na,Tỷ lệ giáo viên đạt chuẩn B,2023,1,,\n"
    assert findings(tmp_path, HEAD + rows) == []
