"""The contracts of output columns and of measures: who else speaks of them says the same."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import planner
from planner.messages import meaning, sentences
from planner.plan.contract import KINDS, OUTPUT, coded_texts, fresh, from_texts
from planner.proof.cells import COLUMNS
from planner.proof.rules import UNITS
from planner.scenario import contracts, reference
from planner.scenario.contracts import TABLES as INPUTS
from planner.scenario.measures import MEASURES
from planner.scenario.schema import Rule

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_audit_expects_the_columns_of_the_contract() -> None:
    """The audit keeps a list of its own: a column that only one side knows fails here."""
    assert {table: tuple(columns) for table, columns in OUTPUT.items()} == COLUMNS


def test_every_column_is_of_a_known_kind_and_has_a_label() -> None:
    """In Vietnamese and in English, for whoever prints a table."""
    for table, columns in OUTPUT.items():
        for name, column in columns.items():
            assert column.kind in KINDS, (table, name)
            label = sentences()[f"label.column.{name}"]
            assert all((label.vi, label.en, column.meaning)), (table, name)


@pytest.mark.parametrize("table", OUTPUT)
def test_the_readme_lists_the_columns(table: str) -> None:
    """In order; left out are only the first ones, which name what a row is about and stand in an
    input table too."""
    (line,) = re.findall(rf"^\| `{table}` \|[^|]*\|(.*)\|$", README, re.M)
    told = re.findall(r"\b[a-z_]+\b", re.sub(r"\([^)]*\)", "", line))
    columns = list(OUTPUT[table])
    assert told == columns[len(columns) - len(told) :]
    inputs = {name for model in INPUTS.values() for name in model.model_fields}
    assert set(columns[: len(columns) - len(told)]) <= inputs


def test_help_describes_every_column() -> None:
    """``help(planner.Plan)`` is made of the contract."""
    for columns in OUTPUT.values():
        for name, column in columns.items():
            line = rf"^        {name} +{column.of.dtype} +{re.escape(column.meaning)}$"
            assert re.search(line, planner.Plan.__doc__ or "", re.M), name


def test_texts_of_a_plan_mean_the_plan() -> None:
    """What a folder holds reads back as the tables of a fresh plan, dtype by dtype."""
    plan = planner.solve(ROOT / "scenarios" / "three-schools", gap=0).plan
    for table, columns in OUTPUT.items():
        due: pd.DataFrame = getattr(plan, table)
        numbers = {n: c.of.read_as for n, c in columns.items() if c.of.read_as}
        found = from_texts(table, coded_texts(table, due))
        assert_frame_equal(found, due.astype(numbers), check_exact=False, rtol=1e-6)
        assert list(fresh(table, []).columns) == list(columns)


def test_every_measure_can_be_asked_for_and_said() -> None:
    """The register of measures is the list that the schema allows; each has its words, and those
    of its unit, in both languages."""
    assert tuple(MEASURES) == contracts.kind_of(Rule.model_fields["measure"].annotation)[1]
    rows = re.findall(
        r"^\| `(?:rules.<id>.)?measure` .*$", reference.written()["reference.md"], re.M
    )
    assert len(rows) == 2
    for name, measure in MEASURES.items():
        assert all(f"``{name}``" in row for row in rows), (name, "a docstring does not name it")
        assert sentences()[f"value.{name}"].vi.lower() in meaning("rules", "measure").lower()
        codes = [f"rule.{name}", f"value.{name}", f"rule.unit.{measure.unit}"]
        codes += [f"rule.items.{name}"] if "item" in measure.keys else []
        assert all(sentences()[code].vi and sentences()[code].en for code in codes), name
        assert UNITS[name] == measure.unit, "the audit says another unit"
