"""Mutated inputs never end in a traceback, and never change a number silently."""

from __future__ import annotations

import io
import tempfile
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from drawn import LETTERS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenario_samples import FILES, write_files
from scenario_workbooks import sample_sheets, write_book

from planner.messages import render
from planner.scenario.load import inspect
from planner.scenario.reading import values as cells

BOUNDED = settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
NASTY = [
    "",
    "-",
    "1e400",
    "NaN",
    "nan",
    "#REF!",
    "=1+1",
    "…",
    "\u202e",
    "\x00",
    "9" * 60,
    "1,2,3",
    "1.2.3",
    "0x10",
    "[",
    "{",
    "&a",
    "*a",
    "null",
    "~",
    "true",
    "::",
    "2023-13-45",
    "٣",
    "½",
    "1 000 00",
    "'",
    '"',
    ";",
    "|",
    "\t",
    "𝟙",
    "−5",
    "%",
    "5%%",
    ".",
    ",",
]


def _sound(folder: Path, name: str) -> None:
    """Reading ends, every finding has its sentence in both languages, and errors mean none."""
    scenario, findings, notes = inspect(folder / name)
    for finding in (*findings, *notes):
        assert render(finding, "vi")
        assert render(finding, "en")
    assert (scenario is None) == any(f.severity == "error" for f in findings)


@BOUNDED
@given(
    st.sampled_from(sorted(FILES)),
    st.integers(0, 5000),
    st.integers(0, 4),
    st.one_of(st.sampled_from(NASTY), st.text(LETTERS, max_size=6)),
)
def test_text_files_with_spoiled_characters(name: str, at: int, cut: int, put: str) -> None:
    """Proves no spot of a YAML or CSV file can bring the reader down."""
    text = FILES[name]
    at %= len(text)
    spoiled = text[:at] + put + text[at + cut :]
    with tempfile.TemporaryDirectory() as place:
        folder = write_files(Path(place), {k: v for k, v in FILES.items() if k != name})
        (folder / name).write_bytes(spoiled.encode("utf-8", "surrogatepass"))
        _sound(folder, "base.yaml")


@BOUNDED
@given(st.sampled_from(sorted(FILES)), st.integers(0, 5000), st.binary(max_size=4))
def test_text_files_with_spoiled_bytes(name: str, at: int, put: bytes) -> None:
    """Proves broken encodings are findings."""
    data = FILES[name].encode()
    at %= len(data)
    with tempfile.TemporaryDirectory() as place:
        folder = write_files(Path(place), {k: v for k, v in FILES.items() if k != name})
        (folder / name).write_bytes(data[:at] + put + data[at + 1 :])
        _sound(folder, "base.yaml")


@BOUNDED
@given(st.data())
def test_workbooks_with_spoiled_cells(data: st.DataObject) -> None:
    """Proves any cell of a workbook can hold anything."""
    sheets = sample_sheets()
    for _ in range(2):
        name = data.draw(st.sampled_from(sorted(sheets)))
        row = data.draw(st.sampled_from(sheets[name]))
        at = data.draw(st.integers(0, max(0, len(row) - 1)))
        row[at] = data.draw(
            st.one_of(
                st.sampled_from(NASTY),
                st.integers(-5, 10**18),
                st.floats(allow_nan=False, allow_infinity=False),
                st.booleans(),
            )
        )
    with tempfile.TemporaryDirectory() as place:
        write_book(Path(place) / "office.xlsx", sheets)
        _sound(Path(place), "office.xlsx")


@BOUNDED
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=6), st.booleans())
def test_workbooks_with_spoiled_bytes(at: int, put: bytes, inside: bool) -> None:
    """Proves a damaged archive, or damaged XML in it, is a finding."""
    with tempfile.TemporaryDirectory() as place:
        path = write_book(Path(place) / "office.xlsx", sample_sheets())
        raw = path.read_bytes()
        if inside:
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                members = {n: archive.read(n) for n in archive.namelist()}
            name = sorted(members)[at % len(members)]
            spot = at % max(1, len(members[name]))
            members[name] = members[name][:spot] + put + members[name][spot + len(put) :]
            with zipfile.ZipFile(path, "w") as archive:
                for key, value in members.items():
                    archive.writestr(key, value)
        else:
            spot = at % len(raw)
            path.write_bytes(raw[:spot] + put + raw[spot + len(put) :])
        _sound(Path(place), "office.xlsx")


def _vietnamese(value: int) -> str:
    return f"{value:,}".replace(",", ".")


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.integers(0, 10**15), st.sampled_from(["plain", "vi", "en", "space", "excel"]))
def test_whole_numbers_come_back(value: int, style: str) -> None:
    """Proves a whole number typed in any accepted way is read as itself; a reader that takes
    `15.450` for 15.45 would change it."""
    typed = {
        "plain": str(value),
        "vi": _vietnamese(value),
        "en": f"{value:,}",
        "space": f"{value:,}".replace(",", "\u00a0"),
        "excel": cells.number_cell(str(value)),
    }[style]
    assert cells.whole(typed).value == value


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.decimals(0, 10**9, places=3, allow_nan=False), st.sampled_from(["vi", "en", "comma"]))
def test_decimals_come_back_or_are_refused(value: Decimal, style: str) -> None:
    """Proves a decimal is read exactly or refused as ambiguous, never as another number."""
    typed = {"en": f"{value:,.3f}", "comma": f"{value:.3f}".replace(".", ",")}.get(
        style, f"{value:,.3f}".translate(str.maketrans(",.", ".,"))
    )
    reading = cells.decimal(typed)
    if reading.problem:
        assert reading.problem == "number_ambiguous"
        assert value < 1000
    else:
        assert reading.value == value
    assert cells.decimal(typed, ratio=True).value == value


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.text(st.characters(exclude_characters=cells.MARKS), max_size=12))
def test_no_text_becomes_a_number(text: str) -> None:
    """Proves that what is read as a whole number has only that number's digits in it."""
    reading = cells.whole(text)
    if not reading.problem:
        digits = "".join(c for c in text if c in "0123456789")
        assert str(abs(reading.value)) == (digits.lstrip("0") or "0")


@pytest.mark.parametrize(
    "typed", ["450,0", "450.0", "450,00", "1.234,00", "15.4", "1 5450", "15.45.750", "1,234.0"]
)
def test_decimals_in_a_whole_number_are_refused(typed: str) -> None:
    """Proves only full groups of three are thousands; a lenient reader gives 154 or 4500."""
    assert cells.whole(typed).problem == "number_not_whole"
    assert cells.whole(cells.number_cell("450.0")).value == 450
