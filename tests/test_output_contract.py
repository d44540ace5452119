"""The contracts of output columns and of measures: who else speaks of them says the same."""

from __future__ import annotations

import re
from pathlib import Path

import audit_plans
import pandas as pd
import pytest
from measure_cases import CASES, SAID
from pandas.testing import assert_frame_equal

import planner
from planner.messages import sentences
from planner.plan.contract import KINDS, OUTPUT, coded_texts, fresh, from_texts
from planner.present.explanation import REPAIRED
from planner.proof.cells import COLUMNS
from planner.proof.rules import UNITS
from planner.scenario import contracts
from planner.scenario.contracts import TABLES as INPUTS
from planner.scenario.measures import MEASURES
from planner.scenario.schema import Rule, field_docs

BOUNDS = ("at_most", "at_least", "exactly")
ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", OUTPUT)
def test_a_column_has_all_that_it_needs(table: str) -> None:
    """Fails with every place that was forgotten. The README leaves out the first ones, which name
    what a row is about and stand in an input table too."""
    columns = list(OUTPUT[table])
    lacking = []
    if COLUMNS.get(table) != tuple(columns):
        lacking.append("planner/proof/cells.py: COLUMNS, the audit's own list, is another")
    if list(audit_plans.tables()[table].columns) != columns:
        lacking.append("tests/audit_plans.py: the plan worked out by hand has other columns")
    for name, column in OUTPUT[table].items():
        if column.kind not in KINDS or not column.meaning:
            lacking.append(f"planner/plan/contract.py: {name} has no meaning, or a kind of its own")
        if f"label.column.{name}" not in sentences():
            lacking.append(f"planner/messages/sentences/labels.toml: no label.column.{name}")
    (line,) = re.findall(rf"^\| `{table}` \|[^|]*\|(.*)\|$", README, re.M)
    told = re.findall(r"\b[a-z_]+\b", re.sub(r"\([^)]*\)", "", line))
    inputs = {name for model in INPUTS.values() for name in model.model_fields}
    untold = columns[: len(columns) - len(told)]
    if [*untold, *told] != columns or not set(untold) <= inputs:
        lacking.append("README.md: what the plan folder holds lists other columns")
    assert not lacking, f"{table}:\n" + "\n".join(lacking)


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


def test_a_measure_has_all_that_it_needs() -> None:
    """Fails with every place that was forgotten; in the order of the schema."""
    asked = contracts.kind_of(Rule.model_fields["measure"].annotation)[1]
    lacking = []
    for name in dict.fromkeys([*asked, *MEASURES]):
        if name not in asked or f"``{name}``" not in field_docs(Rule)["measure"]:
            lacking.append(
                f"planner/scenario/schema.py: Rule.measure, or its docstring, lacks {name}"
            )
        if name not in MEASURES:
            lacking.append(f"planner/scenario/measures.py: MEASURES has no {name}")
            continue
        measure = MEASURES[name]
        if UNITS.get(name) != measure.unit:
            lacking.append(
                f"planner/proof/rules.py: UNITS, the audit's own, says another of {name}"
            )
        unit = measure.unit
        codes = [f"rule.{name}", f"value.{name}", f"rule.unit.{unit}", f"label.sheet_unit.{unit}"]
        codes += [REPAIRED.get(unit, f"repair.{unit}")]
        codes += [f"rule.items.{name}"] if "item" in measure.keys else []
        unsaid = [code for code in codes if code not in sentences()]
        lacking += [f"planner/messages/sentences/ruling.toml: no {code}" for code in unsaid]
        if name not in {rule["measure"] for rule, _, _ in SAID}:
            lacking.append(f"tests/measure_cases.py: SAID has no {name}")
        lacking += [
            f"tests/measure_cases.py: no case of {name} has {what}" for what in unsolved(name)
        ]
    assert not lacking, "\n".join(lacking)
    assert tuple(MEASURES) == asked


def unsolved(measure: str) -> list[str]:
    """What no case of a measure solved by hand has: a row for each of something, each bound that
    it may have, a share."""
    mine = [rule for name, (_, _, rule, _) in CASES.items() if re.match(rf"{measure}\b", name)]
    found = {key for rule in mine for key in rule} | {
        "a share" for rule in mine for bound in BOUNDS if isinstance(rule.get(bound), dict)
    }
    due = ["for_each", *BOUNDS, "a share"]
    known = measure in MEASURES and MEASURES[measure].over in ("cells", "points", "levels")
    return [what for what in (due[:1] if known else due) if what not in found]
