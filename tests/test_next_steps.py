"""What `planner check` says to do first, where there is more than a few findings."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from planner.cli import main
from planner.errors import Finding, Place, Severity
from planner.messages import sentences
from planner.present.understanding import HIDES, next_steps
from planner.scenario.reading.sources import SAME_KIND, shortened

ROOT = Path(__file__).parent.parent


def cells(code: str, column: str, rows: Iterable[int], severity: str = "error") -> list[Finding]:
    """One finding a row of a column of ``schools.csv``."""
    places = (Place("schools.csv", "", row, column) for row in rows)
    return [Finding(code, place, {"value": "x"}, Severity(severity)) for place in places]


def ordered(findings: list[Finding]) -> list[tuple[str, str, int]]:
    return [(s.first.code, s.first.where.column, s.count) for s in next_steps(findings)]


def test_what_hides_others_then_what_most_places_share_then_warnings() -> None:
    """A table that cannot be read comes first though it was found last and once; then the column
    with three errors, before the one with two that was found before it. Twenty warnings come after
    them all. By number alone the warnings would lead; by place, the two errors."""
    findings = [
        *cells("row_is_total", "name", range(2, 22), "warning"),
        *cells("number_unreadable", "pupils", (2, 3)),
        *cells("number_unreadable", "classes", (2, 3, 4)),
        Finding("file_missing", Place("scenario.yaml", "", 9), {"path": "norms.csv"}),
    ]
    assert ordered(findings) == [
        ("file_missing", "", 1),
        ("number_unreadable", "classes", 3),
        ("number_unreadable", "pupils", 2),
    ]
    assert ordered(findings[:22]) == [
        ("number_unreadable", "pupils", 2), ("row_is_total", "name", 20),
    ]  # fmt: skip
    assert ordered([]) == []


def test_places_that_are_only_counted_count() -> None:
    """Of 200 errors in a column thirty are listed and 170 counted: 200, before one of 31. Without
    them both would be thirty, and the one found first would lead."""
    few = cells("number_unreadable", "pupils", range(2, 2 + SAME_KIND + 1))
    many = cells("number_unreadable", "classes", range(2, 202))
    listed = shortened([*few, *many])
    assert ordered(listed) == [
        ("number_unreadable", "classes", 200), ("number_unreadable", "pupils", SAME_KIND + 1),
    ]  # fmt: skip


def test_what_hides_others_is_known_by_codes_that_exist() -> None:
    """A begin of a code that no sentence has would put nothing first."""
    assert [p for p in HIDES if not any(code.startswith(p) for code in sentences())] == []


def checked(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["check", str(folder), *more])
    assert ended.value.code == 3
    said = capsys.readouterr()
    return said.out, said.err


def broken(folder: Path, rows: int) -> Path:
    """``three-schools`` with unreadable numbers in its first ``rows`` schools, and a table that is
    not there, which is found after them."""
    shutil.copytree(ROOT / "scenarios" / "three-schools", folder)
    header, *schools = (folder / "schools.csv").read_text("utf-8").splitlines()
    at = header.split(",").index("pupils")
    for k in range(rows):
        row = schools[k].split(",")
        row[at] = "nhiều"
        schools[k] = ",".join(row)
    text = "\n".join([header, *schools])
    (folder / "schools.csv").write_text(text, encoding="utf-8")
    (folder / "norms.csv").unlink()
    return folder


@pytest.mark.parametrize(
    ("lang", "first", "more"),
    [
        ("vi", "Việc cần làm trước, theo thứ tự:\n1. lỗi: ", "(và 2 chỗ nữa như vậy)"),
        ("en", "What to do next, in this order:\n1. error: ", "(and 2 more places like it)"),
    ],
)
def test_the_list_is_led_by_what_to_do_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, first: str, more: str
) -> None:
    """The missing table is told first, then the three numbers in one line, then the whole list;
    `--json` has the same."""
    folder = broken(tmp_path / "s", 3)
    _, said = checked(folder, capsys, "--lang", lang)
    lead = said.splitlines()
    assert said.startswith(first)
    assert "norms.csv" in lead[1]
    assert lead[2].startswith("2. ")
    assert "pupils" in lead[2]
    assert lead[2].endswith(more)
    out, _ = checked(folder, capsys, "--lang", lang, "--json")
    body = json.loads(out)
    assert [(s["code"], s["count"]) for s in body["next"]] == [
        ("file_missing", 1), ("number_unreadable", 3),
    ]  # fmt: skip
    assert [f"{k}. {s['text']}" for k, s in enumerate(body["next"], 1)] == lead[1:3]
    assert [f["code"] for f in body["findings"]] == ["number_unreadable"] * 3 + ["file_missing"]


def test_few_findings_are_their_own_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three findings are not said twice."""
    _, said = checked(broken(tmp_path / "s", 2), capsys, "--lang", "en")
    assert "in this order" not in said
    assert len(said.splitlines()) == 4  # and how many there are
