"""One number of a sound input is typed anew: it is read as typed, or it is a finding.

What a text means is said here by an oracle of its own: full groups of
three are thousands, everything else in a whole number is refused.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenario_samples import FILES, write_files
from scenario_workbooks import sample_sheets, write_book

from planner.scenario.contracts import TABLES
from planner.scenario.load import inspect, load

BOUNDED = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
WHOLE = [
    ("schools", "pupils", 1),
    ("schools", "classes", 2),
    ("inventory", "quantity", 0),
    ("catalogue", "price", 2),
    ("commitments", "quantity", 0),
    ("request_costs", "amount", 1),
    ("capacities", "most", 0),
]
"""Table, column of whole numbers, row of the sample."""
RATIO = [("catalogue", "upkeep", 0), ("catalogue", "upkeep", 1)]
TYPED = st.one_of(
    st.integers(0, 10**7).map(str),
    st.integers(0, 10**7).map(lambda n: f"{n:,}"),
    st.integers(0, 10**7).map(lambda n: f"{n:,}".replace(",", ".")),
    st.integers(0, 10**7).map(lambda n: f"{n:,}".replace(",", " ")),
    st.text("0123456789.,  -+%eE'", min_size=1, max_size=9),
    st.text("0123456789.,", min_size=1, max_size=8),
    st.sampled_from(
        ["1,23,456", "12 bộ", "1.2.3", "1O0", "٣", "½", "1_000", "0x1F", "1e3", "−5", "5%%", "5% %"]
    ),
)


def _whole(text: str) -> int | None:
    """The whole number that a text is, by the rule; ``None`` where it must be refused."""
    text = re.sub(r"[\u00a0\u202f]", " ", text).strip()
    if re.fullmatch(r"\+?[0-9]+", text):
        return int(text)
    for mark in (".", ",", " ", "'"):
        head, *groups = text.removeprefix("+").split(mark)
        digits = all(len(g) == 3 and g.isdigit() and g.isascii() for g in groups)
        if groups and digits and re.fullmatch(r"[1-9][0-9]{0,2}", head):
            return int(head + "".join(groups))
    return None


def _ratio(text: str) -> Decimal | None:
    """The share that a text is: one mark is the decimal mark, ``%`` a hundredth."""
    text = text.strip()
    percent = text.endswith("%")
    found = re.fullmatch(r"\+?([0-9]*)(?:[.,]([0-9]+))?", text.removesuffix("%").strip())
    if found is None or not (found[1] or found[2]):
        return None
    value = Decimal(f"{found[1] or 0}.{found[2] or 0}")
    return value / 100 if percent else value


def _retyped(table: str, column: str, row: int, text: str) -> dict[str, str]:
    """The sample's files with one cell typed anew."""
    mark = ";" if table == "catalogue" else ","
    rows = list(csv.reader(io.StringIO(FILES[f"{table}.csv"]), delimiter=mark))
    rows[row + 1][rows[0].index(column)] = text
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=mark, lineterminator="\n").writerows(rows)
    return {**FILES, f"{table}.csv": buffer.getvalue()}


with tempfile.TemporaryDirectory() as _place:
    PLAIN = load(write_files(Path(_place), FILES) / "base.yaml")


def _others_unchanged(scenario: Any, table: str, column: str) -> None:
    """Nothing but the cell that was typed differs from the sample."""
    for name in TABLES:
        mine, plain = scenario.table(name), PLAIN.table(name)
        if name == table:
            mine, plain = mine.drop(columns=column), plain.drop(columns=column)
        assert mine.equals(plain), name
    assert scenario.settings.model_copy(update={"data": PLAIN.settings.data}) == PLAIN.settings


def whole_numbers(where: tuple[str, str, int], text: str) -> None:
    """Proves no text in a column of whole numbers becomes another number than the one typed,
    and changes nothing else; a lenient reader gives 154 for `15.4` and 12 for `12 bộ`."""
    table, column, row = where
    with tempfile.TemporaryDirectory() as place:
        files = _retyped(table, column, row, text)
        scenario, findings, _ = inspect(write_files(Path(place), files) / "base.yaml")
    expected = _whole(text)
    if scenario is None:
        assert findings
        if expected is None:
            assert any(f.where.file == f"{table}.csv" for f in findings)
        return
    assert expected is not None, text
    assert int(scenario.table(table)[column][row]) == expected
    _others_unchanged(scenario, table, column)


def shares(where: tuple[str, str, int], text: str) -> None:
    """Proves the same of a column of shares: `0,05`, `5%` and `.05` are one number."""
    table, column, row = where
    with tempfile.TemporaryDirectory() as place:
        files = _retyped(table, column, row, text)
        scenario, findings, _ = inspect(write_files(Path(place), files) / "base.yaml")
    expected = _ratio(text)
    if scenario is None:
        assert findings
        return
    if text.strip():
        assert expected is not None or _whole(text) is not None, text
        read = scenario.table(table)[column][row]
        assert read in (expected, _whole(text))
    _others_unchanged(scenario, table, column)


def workbook_cells(where: tuple[str, str, int], value: Any) -> None:
    """Proves the same of workbooks, where a cell may be a number, a text or yes/no."""
    table, column, row = where
    sheets = sample_sheets()
    sheets[table][row + 1][sheets[table][0].index(column)] = value
    with tempfile.TemporaryDirectory() as place:
        scenario, findings, _ = inspect(write_book(Path(place) / "office.xlsx", sheets))
    if scenario is None:
        assert findings
        return
    if isinstance(value, str):
        expected: Any = _whole(value)
    else:
        assert not isinstance(value, bool)
        expected = value
    assert scenario.table(table)[column][row] == expected


CELLS = st.one_of(TYPED, st.integers(0, 10**9), st.floats(0, 10**6, allow_nan=False), st.booleans())
PROOFS: dict[str, tuple[Callable[..., None], tuple[Any, ...]]] = {
    "whole numbers": (whole_numbers, (st.sampled_from(WHOLE), TYPED)),
    "shares": (shares, (st.sampled_from(RATIO), TYPED)),
    "workbook cells": (workbook_cells, (st.sampled_from(WHOLE), CELLS)),
}


@pytest.mark.parametrize("name", PROOFS)
@pytest.mark.parametrize("examples", [8, pytest.param(500, marks=pytest.mark.slow)])
def test_a_number_is_read_as_typed_or_refused(name: str, examples: int) -> None:
    """Proves what each function in `PROOFS` says, on so many drawn cells."""
    proof, drawn = PROOFS[name]
    settings(BOUNDED, max_examples=examples)(given(*drawn)(proof))()
