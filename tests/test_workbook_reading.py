"""Workbooks: three forms of one scenario, and what offices do to sheets."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenario_samples import BASE, FILES, write_files
from scenario_workbooks import sample_sheets, write_book

from planner.scenario.load import inspect


def test_three_forms_are_one_scenario(tmp_path: Path) -> None:
    """Proves YAML+CSV, YAML+workbook and the workbook alone give the identical scenario; a
    number read through a float or a lost default would make them differ."""
    write_files(tmp_path / "csv", FILES)
    (tmp_path / "mixed").mkdir()
    head, tail = BASE.split("data:\n")
    settings = tail[tail.index("envelope:") :]
    (tmp_path / "mixed" / "base.yaml").write_text(f"{head}data: {{workbook: b.xlsx}}\n{settings}")
    write_book(tmp_path / "mixed" / "b.xlsx", sample_sheets(settings=False))
    write_book(tmp_path / "office.xlsx", sample_sheets())
    results = [inspect(tmp_path / p) for p in ("csv/base.yaml", "mixed/base.yaml", "office.xlsx")]
    assert [r[1] for r in results] == [[], [], []]
    first, second, third = (r[0] for r in results)
    assert first == second
    assert first == third


@pytest.mark.parametrize("kind", ["title rows", "two header rows", "ids below labels"])
def test_headers_as_offices_write_them(tmp_path: Path, kind: str) -> None:
    """Proves titles above the header, a header over two rows and the template's double header
    are found; a reader that takes row 1 would refuse all three."""
    sheets = sample_sheets()
    rows = sheets["norms"]
    if kind == "title rows":
        sheets["norms"] = [["BẢNG ĐỊNH MỨC", ""], ["Đơn vị tính: bộ"], [], *rows]
    elif kind == "two header rows":
        top = ["item", "level", "per", "every", "only", "Từ", "", "Từ", "source", "verified"]
        low = ["", "", "", "", "", "", "", "năm", "", ""]
        top[5], top[6] = "minimum", "maximum"
        sheets["norms"] = [top, low, *rows[1:]]
    else:
        labels = [
            "Mã thiết bị",
            "Cấp học",
            "Tính theo",
            "Mỗi",
            "Chỉ áp dụng khi",
            "Tối thiểu",
            "Tối đa",
            "Từ năm",
            "Nguồn số liệu",
            "Đã đối chiếu",
        ]
        sheets["norms"] = [labels, *rows]
    write_book(tmp_path / "office.xlsx", sheets)
    scenario, findings, _ = inspect(tmp_path / "office.xlsx")
    assert findings == []
    assert scenario is not None
    assert len(scenario.norms) == len(rows) - 1
    assert scenario.norms[3].from_year == 2024
