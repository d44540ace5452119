"""Slips that would change a plan without a word: a name mistyped, a quote left open, an idle
option."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from scenario_samples import FILES, write_files
from scenario_workbooks import sample_sheets, write_book

from planner.cli.commands import new
from planner.messages import render
from planner.scenario.load import inspect


def _said(path: Path, overrides: dict[str, str] | None = None) -> list[str]:
    return [render(f, "en") for f in inspect(path, overrides or {})[1]]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("funds.cpa.reserve", "0.2", "there is no key «funds.cpa»; is it «cap»?"),
        ("rules.pc-flor.at_least", "0.2", "there is no key «rules.pc-flor»; is it «pc-floor»?"),
        (
            "rules.group-2-flor",
            "null",
            "there is no key «rules.group-2-flor»; is it «group-2-floor»?",
        ),
    ],
)
def test_an_override_that_cannot_be_meant(
    key: str, value: str, expected: str, tmp_path: Path
) -> None:
    """Proves ``--set`` of a mistyped fund, rule or key is refused at its key; merged as a new one,
    or removing nothing, the what-if would be answered with the old plan."""
    said = _said(write_files(tmp_path / "s", FILES) / "base.yaml", {key: value})
    assert said == [f"--set [{key}]: {expected}"]


def test_overrides_of_what_is_there_and_of_new_funds(tmp_path: Path) -> None:
    """Proves names that exist, in the YAML or only in the workbook, and whole new ones pass."""
    path = write_files(tmp_path / "s", FILES) / "base.yaml"
    new = {"funds.gift": "{amounts: {2023: 5000000}}", "rules.group-2-floor": "null"}
    assert not [s for s in _said(path, new) if "--set" in s]
    book = write_book(tmp_path / "office.xlsx", sample_sheets())
    scenario, _, _ = inspect(book, {"funds.rec.reserve": "0.5"})
    assert scenario is not None
    assert str(scenario.settings.funds["rec"].reserve) == "0.5"


def test_a_year_set_over_the_envelope(tmp_path: Path) -> None:
    """Proves one year's amount does not take away the others: of 6, 6 and 7 billion a plain
    merge would leave the one of 2024. Where no envelope says what the others are, it is refused."""
    path = write_files(tmp_path / "s", FILES) / "base.yaml"
    one = {"funds.cap.amounts.2024": "900000000"}
    scenario, _, _ = inspect(path, one)
    before, _, _ = inspect(path)
    assert scenario is not None
    assert before is not None
    given = before.settings.amounts(before.settings.funds["cap"])
    assert scenario.settings.funds["cap"].amounts == given | {2024: 900_000_000}
    assert min(given.values()) > 900_000_000
    said = _said(path, one | {"envelope": "null"})
    assert any(s.startswith("--set [funds.cap.amounts.2024]:") and "2023, 2025" in s for s in said)


def test_money_of_a_fund_that_is_not_declared(tmp_path: Path) -> None:
    """Proves a mistyped fund beside an amount is a finding; it would become a fund of any nature
    that holds the money of the one that was meant."""
    sheets = sample_sheets()
    assert sheets["fund_amounts"][1][0] == "rec"
    sheets["fund_amounts"][1][0] = "rac"
    path = write_book(tmp_path / "office.xlsx", sheets)
    where = "office.xlsx:fund_amounts!A2"
    assert f"{where}: «rac» is not declared in funds; is it «rec»?" in _said(path)


@pytest.mark.parametrize("tail", ["", 'sms,lower_secondary,school,1,,,,,"x y",\n'])
def test_an_open_quote_swallows_nothing(tail: str, tmp_path: Path) -> None:
    """Proves the rows below an open quote are not taken for a remark: two norms would be lost."""
    old = "lan,primary,school,1,,,,,,\n"
    norms = FILES["norms.csv"].replace(old, 'lan,primary,school,1,,,,,"QĐ 12,\n') + tail
    said = _said(write_files(tmp_path / "s", {**FILES, "norms.csv": norms}) / "base.yaml")
    assert any(s.startswith("norms.csv:4: this row cannot be read: a double quote") for s in said)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--workbook"], "--workbook goes with --synthetic only"),
        (["--seed", "3"], "--seed goes with --synthetic only"),
        (["--column", "a=b"], "--column goes with --from only"),
        (["--synthetic", "5", "--schools", "9"], "--schools does not go with --synthetic"),
        (["--from", "x.csv", "--synthetic", "5"], "--synthetic does not go with --from"),
    ],
)
def test_an_idle_option_is_refused(options: list[str], expected: str, tmp_path: Path) -> None:
    """Proves options that would have no effect end with code 2, and nothing is written."""
    folder = tmp_path / "new"
    result = CliRunner().invoke(new, [str(folder), "--lang", "en", *options])
    assert result.exit_code == 2
    assert expected in result.output
    assert not folder.exists()


def test_a_table_that_cannot_be_read_is_one_finding(tmp_path: Path) -> None:
    """Proves attributes of schools are not called unknown when the schools could not be read."""
    files = {**FILES, "schools.csv": ""}
    said = _said(write_files(tmp_path / "s", files) / "base.yaml")
    assert said == ["schools.csv: the table is empty"]


@pytest.mark.parametrize("path", ["../schools.csv", "/etc/schools.csv", "~/schools.csv"])
def test_a_refused_path_is_one_finding(path: str, tmp_path: Path) -> None:
    """Proves rows are not called unknown because the path of their table was refused."""
    files = {
        **FILES,
        "base.yaml": FILES["base.yaml"].replace("schools: schools.csv", f"schools: {path}"),
    }
    said = _said(write_files(tmp_path / "s", files) / "base.yaml")
    assert len(said) == 1
    assert said[0].startswith("base.yaml:7:12: ")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "amounts: {2023: 900000000",
            "amounts: {2023: -5",
            "base.yaml:28:21: -5 is below the least value 0",
        ),
        (
            "amounts: {2023: 900000000",
            "amounts: {23: 900000000",
            "base.yaml:28:15: 23 is below the least value 1900",
        ),
        (
            "tail_years: 2",
            "currency: dong",
            "base.yaml:4:11: «dong» is not an ISO 4217 currency code; write three capital "
            "letters, such as VND",
        ),
    ],
)
def test_a_fault_inside_a_mapping_stands_at_its_own_place(
    old: str, new: str, expected: str, tmp_path: Path
) -> None:
    """Proves the amount or the year at fault is named, not the whole mapping of amounts."""
    files = {**FILES, "base.yaml": FILES["base.yaml"].replace(old, new, 1)}
    assert expected in _said(write_files(tmp_path / "s", files) / "base.yaml")


def test_labels_of_closed_lists_stand_in_selections(tmp_path: Path) -> None:
    """Proves a rule may name a group as the drop-down of the workbook shows it."""
    sheets = sample_sheets()
    sheets["Quy tắc"][1][2] = "group=Đang thực hiện đầu tư|Nhóm 1; level=Tiểu học"
    scenario, _, notes = inspect(write_book(tmp_path / "office.xlsx", sheets))
    assert scenario is not None
    where = scenario.settings.rules["group-2-floor"].where
    assert where == {"group": ["under_construction", "completed"], "level": "primary"}
    assert "«Tiểu học» was read as primary" in " ".join(render(n, "en") for n in notes)


def test_headers_labels_stand_in_selections_and_rows(tmp_path: Path) -> None:
    """Proves a planner may write «nhóm» and «năm», as the headers do, instead of the ids."""
    sheets = sample_sheets()
    head = sheets["Quy tắc"][0]
    rule = sheets["Quy tắc"][1]
    rule[2] = "Nhóm=Đang thực hiện đầu tư; cấp học=Tiểu học"
    rule[head.index("for_each")] = "Năm"
    scenario, _, notes = inspect(write_book(tmp_path / "office.xlsx", sheets))
    assert scenario is not None
    found = scenario.settings.rules["group-2-floor"]
    assert found.where == {"group": "under_construction", "level": "primary"}
    assert list(found.for_each) == ["year"]
    assert "«Nhóm» was read as group" in " ".join(render(n, "en") for n in notes)
