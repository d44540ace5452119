"""Which mark is the decimal: where one cell leaves it open, the scenario or the column decides."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scenario_samples import FILES, write_files

from planner.errors import Finding
from planner.messages import render
from planner.scenario.load import inspect
from planner.scenario.reading import values
from planner.scenario.scenario import Scenario

Read = tuple[Scenario | None, list[Finding], list[Finding]]


def read(folder: Path, cells: list[str], **settings: Any) -> Read:
    """The sample with these measurements of one criterion, a row each."""
    rows = "".join(f'b,Điểm,{2015 + k},"{cell}",\n' for k, cell in enumerate(cells))
    files = dict(FILES) | {"indicators.csv": f"school,criterion,year,value,target\n{rows}"}
    return inspect(write_files(folder, files) / "base.yaml", settings)


def measured(scenario: Scenario | None) -> list[Decimal]:
    assert scenario is not None
    return scenario.table("indicators")["value"].tolist()


DECIDED = [
    (["2.31", "2.315", "12.5"], ".", "2.31", "2.315"),
    (["2.315", "0.315"], ".", "0.315", "2.315"),
    (["2.315", "1,234.5"], ".", "1,234.5", "2.315"),
    (["2,315", "12,5"], ",", "12,5", "2.315"),
    (["2.315", "12,5"], ",", "12,5", "2315"),
    (["2.315", "1.234.567"], ",", "1.234.567", "2315"),
    (["-2.315", "-2.3"], ".", "-2.3", "-2.315"),
]


@pytest.mark.parametrize(("cells", "mark", "shown", "value"), DECIDED)
def test_another_cell_of_the_column_decides(
    cells: list[str], mark: str, shown: str, value: str, tmp_path: Path
) -> None:
    """Proves that an open figure is read as the others of its column show, and that it is said
    once, with the cell that shows it. Read the other way it would be a thousand times as much."""
    scenario, findings, notes = read(tmp_path, cells)
    assert not [f for f in findings if f.code.startswith("number")]
    doubtful = next(k for k, c in enumerate(cells) if "315" in c and c != shown)
    assert measured(scenario)[doubtful] == Decimal(value)
    said = [n for n in notes if n.code == "read_mark_decided"]
    assert [(n.where.row, n.params["mark"], n.params["value"]) for n in said] == [
        (2 + cells.index(shown), mark, shown)
    ]
    assert (said[0].params["count"], said[0].params["read"]) == (1, value)


@pytest.mark.parametrize("cells", [["2.315"], ["2.315", "7"], ["2.315", "2.31", "2,31"]])
def test_an_open_column_stays_refused_with_the_remedy(cells: list[str], tmp_path: Path) -> None:
    """Proves that nothing is guessed where no cell decides, or two disagree; the finding says what
    to state, and that works."""
    _, findings, _ = read(tmp_path / "a", cells)
    assert [f.code for f in findings] == ["number_ambiguous"]
    assert 'numbers: {decimal: "."}' in render(findings[0], "en")
    assert 'khai numbers: {decimal: "."}' in render(findings[0], "vi")
    for mark, value in ((".", "2.315"), (",", "2315")):
        stated = {"numbers.decimal": f'"{mark}"'}
        scenario, findings, notes = read(tmp_path / f"b{mark}", cells, **stated)
        assert measured(scenario)[0] == Decimal(value)
        said = [n for n in notes if n.code == "read_mark_stated"]
        assert len(said) == 1
        assert f'numbers: {{decimal: "{mark}"}}' in render(said[0], "en")
        assert said[0].params["read"] == value


def test_what_is_stated_leaves_clear_figures_alone(tmp_path: Path) -> None:
    """Proves that the setting is about open figures: 12,5 is what it is, and so is 1.234,5."""
    scenario, _, _ = read(tmp_path, ["12,5", "1.234,5", "2,315"], **{"numbers.decimal": '"."'})
    assert measured(scenario) == [Decimal("12.5"), Decimal("1234.5"), Decimal(2315)]


def test_counts_and_money_are_whole_whatever_is_stated(tmp_path: Path) -> None:
    """Proves that 1.800 pupils and 15.450.000 đồng stay what they are: in a column of whole numbers
    no mark is open. If the setting reached them, a school would have 1.8 pupils."""
    scenario, findings, _ = read(tmp_path, ["45.5"], **{"numbers.decimal": '"."'})
    assert not findings
    assert scenario is not None
    assert scenario.schools["pupils"].tolist()[0] == 1800
    assert scenario.items["pc"].price == 15_450_000


def test_parts_of_a_list_and_numbers_of_a_workbook() -> None:
    """Proves that each part of a list is read so, and that a number that a file holds as such, or
    with a percent sign, neither is open nor shows anything."""
    assert values.decided("1.234;0.5", ".") == "1.2340;0.5"
    assert values.decided("1.234; 2.345", ",") == "1234;2345"
    for cell in ("\x012.315", "2.315%", "1.5", "1234", "a"):
        assert values.decided(cell, ".") == cell
    assert values.decimal_mark(["\x012.31", "5", "2.315", "12,5%"]) == ("", "")
    assert values.decimal_mark(["1;2.5", "7,5"]) == ("", "")
    assert values.decimal_mark([".5", "2.315"]) == (".", ".5")
    assert values.decimal_mark(["1 234,5"]) == (",", "1 234,5")


def test_the_setting_is_one_of_two(tmp_path: Path) -> None:
    """Proves that another mark is a finding, not a scenario in which every cell is refused."""
    _, findings, _ = read(tmp_path, ["45.5"], **{"numbers.decimal": '"x"'})
    assert [f.where.key for f in findings if f.code == "value_not_listed"] == ["numbers.decimal"]
