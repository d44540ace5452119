"""CSV by columns holds the very bytes that Python's own writer gives by rows."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from unittest.mock import patch

import pandas as pd
import pytest
from drawn import LETTERS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.run import folder
from planner.scenario import write as module
from planner.scenario.write import csv_lines

CELLS = st.text(LETTERS, max_size=6) | st.sampled_from(
    ["", "a,b", 'nói "có"', "hai\ndòng", "\r", "Trường Tiểu học Nguyễn Trường Tộ", "\x00", "'"]
)


def by_rows(table: pd.DataFrame) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.itertuples(index=False))
    return buffer.getvalue().encode()


@pytest.mark.parametrize("few", [0, 100])
@pytest.mark.parametrize("coded", [False, True])
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine too
@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=30))
def test_the_bytes_are_those_of_the_csv_module(
    coded: bool, few: int, rows: list[tuple[str, ...]]
) -> None:
    """Fails where quoting, an empty cell, a wide letter or the end of a line goes wrong, by rows
    or by columns."""
    table = pd.DataFrame(rows, columns=["mã", "tên, đủ", "x"], dtype="str")
    told = table.astype("category") if coded else table
    with patch.object(module, "FEW", few):
        assert b"".join(csv_lines(told)) == by_rows(table)


def test_blocks_and_wide_columns_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows a block, and a column too wide to be laid out as a whole: the same lines."""
    cells = [f"{k % 7}" * (1 + k % 40) for k in range(50)]
    table = pd.DataFrame({"a": cells, "b": cells[::-1]}, dtype="str")
    monkeypatch.setattr(module, "FEW", 0)
    monkeypatch.setattr(module, "BLOCK", 250)
    monkeypatch.setattr(module, "WIDEST", 600)
    assert b"".join(csv_lines(table)) == by_rows(table)


def test_a_table_read_in_blocks_is_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of three rows, the last one shorter, texts that only some blocks have; and none."""
    table = pd.DataFrame({"a": list("xyzxyzw"), "b": ["", "1", "01", "NA", "1.0", "", "é"]})
    monkeypatch.setattr(folder, "BLOCK", 3)
    for rows in (7, 6, 0):
        for name in folder.TABLES:
            folder.write_csv(table.iloc[:rows].astype("str"), tmp_path / f"{name}.csv")
        tables, unreadable = folder.read_text_tables(tmp_path)
        assert not unreadable
        for found in tables.values():
            assert found.columns.tolist() == ["a", "b"]
            assert found.to_numpy().tolist() == table.iloc[:rows].to_numpy().tolist()


@pytest.mark.parametrize(
    "text", ["a,b\nz,ắ\nđ,A\nz,\n", "a,b\n", "a,b\n1,x\n2\n", "a,b\n1,2,3\n4,5,6\n"]
)
def test_a_short_table_is_read_like_a_long_one(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cells, codes and categories are the same either way, also of a file whose rows lack cells or
    have too many: its faults are then said by the audit, not lost or ended by an error."""
    for name in folder.TABLES:
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    short, _ = folder.read_text_tables(tmp_path)
    monkeypatch.setattr(folder, "FEW", -1)
    long, unreadable = folder.read_text_tables(tmp_path)
    assert not unreadable
    for name, table in long.items():
        pd.testing.assert_frame_equal(short[name], table)
