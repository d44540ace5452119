"""The audit of a tiny plan worked out by hand: right is right, and every spoilt cell is found."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import audit_plans as tiny
import pandas as pd
import pytest
from drawn import LETTERS
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import Finding
from planner.messages import render, say, sentences
from planner.proof import audit

TABLES = tuple(tiny.tables())
CELLS = [
    (table, row, column)
    for table, frame in tiny.tables().items()
    for row in range(len(frame))
    for column in frame.columns
]
MALFORMED = ("1e3", " 5", "+5", "05", "5.0", "-0", "٥", "5\u00a0000", "NaN", "", "9" * 5000)


RIGHT = tiny.scenario()
"""The scenario is frozen: one for all tests."""


def found(**changes: Any) -> list[Finding]:
    """Findings of the tiny plan with some of its tables or claims replaced."""
    claims = changes.pop("claims", None) or tiny.claims()
    return audit(RIGHT, tiny.tables() | changes, claims)


def spoilt(table: str, row: int, column: str, text: str) -> list[Finding]:
    """Findings after one cell was overwritten (rows from 0)."""
    frame = tiny.tables()[table].copy()
    frame.loc[row, column] = text
    return found(**{table: frame})


def test_the_plan_worked_out_by_hand_is_right() -> None:
    """Proves that needs, stock, growth, instalments, works, upkeep, carry-over, proposals,
    coverage, tiers and points agree with paper; an audit that misread one would cry wolf and
    no plan could ever be published."""
    assert audit(RIGHT, tiny.tables(), tiny.claims()) == []


@pytest.mark.parametrize(
    ("table", "row", "column"),
    [pytest.param(*c, marks=[pytest.mark.slow] if k % 3 else []) for k, c in enumerate(CELLS)],
)
def test_every_changed_cell_is_found(table: str, row: int, column: str) -> None:
    """Proves that no cell of any table is taken on trust: another value of the same kind is
    reported with file, row and column. Without it a figure that nothing else depends on (a
    name, a slack, a lapsed amount) could be falsified."""
    text = str(tiny.tables()[table].loc[row, column])
    other = {"": "x", "yes": "no"}.get(text)
    if other is None:
        digits = [k for k, c in enumerate(text) if c.isdigit()]
        at = digits[-1] if digits else len(text) - 1
        new = str((int(text[at]) + 1) % 10) if digits else "z"
        other = text[:at] + new + text[at + 1 :]
    findings = spoilt(table, row, column, other)
    assert any(f.where.file.endswith(".csv") and f.where.column for f in findings)
    if table != "allocation":
        here = [f for f in findings if f.where.file == f"{table}.csv" and f.where.row == row + 2]
        assert column in {f.where.column for f in here}, findings


ALLOCATION = {
    "line": ("7", "line"),
    "group": ("none", "group"),
    "kind": ("gift", "kind"),
    "school": ("nowhere", "school"),
    "item": ("nothing", "item"),
    "fund": ("nobody", "fund"),
    "request": ("r", "request"),
    "option": ("o", "option"),
    "quantity": ("2", "quantity"),
    "unit_price": ("101", "unit_price"),
    "amount": ("101", "amount"),
    "schedule": ("2023:31;2024:69", "schedule"),
    "standing": ("other", "standing"),
    "year": ("2025", "year"),
}


@pytest.mark.parametrize("column", tuple(ALLOCATION))
def test_a_purchase_line_is_checked_cell_by_cell(column: str) -> None:
    """Proves that each cell of a purchase has its own check, at its own place; a wrong quantity
    with a right amount would otherwise pass unseen in the file that people sign."""
    text, where = ALLOCATION[column]
    places = {
        (f.where.file, f.where.row, f.where.column) for f in spoilt("allocation", 0, column, text)
    }
    assert ("allocation.csv", 2, where) in places


@pytest.mark.parametrize("text", MALFORMED)
def test_numbers_have_one_spelling(text: str) -> None:
    """Proves that ``1e3``, `` 5``, ``+5`` or ``05`` are findings, not numbers: a lenient reader
    would accept cells that a spreadsheet reads as something else."""
    columns = {"line", "quantity", "unit_price", "amount", "year"}
    for column in columns:
        findings = spoilt("allocation", 0, column, text)
        assert any(f.where.row == 2 and f.where.column == column for f in findings), column
    for column in ("amount", "lapsed", "spent"):
        findings = spoilt("ledger", 1, column, text)
        places = [(f.code, f.where.row, f.where.column) for f in findings]
        assert ("audit_malformed", 3, column) in places


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    cell=st.sampled_from(CELLS),
    text=st.one_of(
        st.text(LETTERS, max_size=8), st.integers().map(str), st.sampled_from(MALFORMED)
    ),
)
def test_any_text_in_any_cell_is_a_finding_and_never_an_error(
    cell: tuple[str, int, str], text: str
) -> None:
    """Proves that whatever stands in a cell the audit answers with findings; an exception would
    leave an office with a trace instead of the row that is wrong."""
    table, row, column = cell
    before = str(tiny.tables()[table].loc[row, column])
    assert (spoilt(table, row, column, text) == []) == (text == before)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.data())
def test_many_spoilt_cells_never_raise(data: st.DataObject) -> None:
    """Proves the same for a file spoilt in many places and with rows shuffled."""
    tables = tiny.tables()
    for _ in range(data.draw(st.integers(2, 12))):
        table, row, column = data.draw(st.sampled_from(CELLS))
        other = data.draw(st.sampled_from(CELLS))
        tables[table].loc[row, column] = tables[other[0]].loc[other[1], other[2]]
    name = data.draw(st.sampled_from(TABLES))
    tables[name] = tables[name].sample(frac=1, random_state=1)
    audit(RIGHT, tables, tiny.claims())


@pytest.mark.parametrize("table", [t for t in TABLES if t != "requests"])
def test_missing_extra_duplicated_and_moved_rows(table: str) -> None:
    """Proves that every table is complete, holds nothing else, and stands in order; a row left
    out of the ledger would otherwise hide a fund's year."""
    frame = tiny.tables()[table]
    last = len(frame) - 1
    without = found(**{table: frame.drop(index=last).reset_index(drop=True)})
    twice = found(**{table: pd.concat([frame, frame.tail(1)], ignore_index=True)})
    assert without
    assert any(f.where.row == last + 3 for f in twice)
    if table not in ("rules", "obligations"):
        moved = found(**{table: frame.iloc[::-1].reset_index(drop=True)})
        assert "audit_order" in {f.code for f in moved}


@pytest.mark.parametrize("table", TABLES)
def test_columns_are_exactly_those_of_the_contract(table: str) -> None:
    """Proves that a column missing, extra, doubled or moved is named; documents read columns by
    name, so a second ``amount`` would be printed or not by luck."""
    frame = tiny.tables()[table]
    name = frame.columns[-1]
    cases = {
        "audit_missing_column": frame.drop(columns=name),
        "audit_extra_column": frame.assign(note="x"),
        "audit_duplicate_column": pd.concat([frame, frame[[name]]], axis=1),
        "audit_column_order": frame[[*frame.columns[::-1]]],
    }
    for code, wrong in cases.items():
        assert code in {f.code for f in found(**{table: wrong})}
    tables = tiny.tables()
    del tables[table]
    findings = audit(RIGHT, tables, tiny.claims())
    assert "audit_missing_table" in {f.code for f in findings}
    assert "audit_extra_table" in {f.code for f in found(secret=frame)}


CLAIMS: dict[str, Any] = {
    "schema": 2,
    "scenario": "other",
    "status": "infeasible",
    "value": 1830.01,
    "bound": 1829.0,
    "gap": 0.01,
    "people": 262.6,
    "people_proposed": 0.0,
    "people_by_pillar": {"infrastructure": 226.0, "software": 37.5},
    "stages": [{"name": "value", "value": 1830.0, "bound": 1840.0, "gap": 0.0}],
    "illustrative": True,
}


@pytest.mark.parametrize("key", tuple(CLAIMS))
@pytest.mark.parametrize("value", [None, "x", float("nan"), 10**400, []])
def test_every_claim_is_recomputed(key: str, value: object) -> None:
    """Proves that value, people, gap and status follow from the tables; otherwise a stopped
    plan could call itself optimal, or a plan promise more equipped pupils than it equips."""
    for wrong in (CLAIMS[key], value):
        claims = copy.deepcopy(tiny.claims()) | {key: wrong}
        findings = found(claims=claims)
        assert any(f.where.file == "plan.json" for f in findings), (key, wrong)


def test_status_must_match_the_gap() -> None:
    """Proves that ``optimal`` needs a closed gap and ``within_gap`` the gap asked for, while a
    ``stopped`` plan may show any true gap."""
    gap = 18.3 / 1830
    stage = tiny.claims()["stages"][0] | {"bound": 1848.3, "gap": gap}
    wide = tiny.claims() | {"bound": 1848.3, "gap": gap, "stages": [stage]}
    for status, code in (
        ("optimal", {"audit_gap"}),
        ("within_gap", {"audit_gap"}),
        ("stopped", set()),
    ):
        told = wide | {"status": status, "stages": [stage | {"status": status}]}
        assert {f.code for f in found(claims=told)} == code
    within = {"status": "within_gap", "stages": [stage | {"status": "within_gap"}]}
    asked = wide | within | {"settings": tiny.claims()["settings"] | {"gap": 0.02}}
    assert found(claims=asked) == []


def test_ties_of_rounding_are_taken_either_way_and_nothing_else() -> None:
    """Proves the tolerance of ratios: a coverage of 1/128 (0.0078125) may read 0.007812 or
    0.007813, but a value that is no tie has one right text."""
    from planner.proof.cells import Near, agrees

    tie = Near.of(1 / 128, 6)
    assert tie == "0.007813"
    assert agrees("0.007812", tie)
    assert not agrees("0.007811", tie)
    third = Near.of(1 / 3, 6)
    assert agrees("0.333333", third)
    assert not agrees("0.333334", third)
    assert not agrees("0.333332", third)
    assert not agrees(".333333", third)


def test_findings_speak_both_languages() -> None:
    """Proves that every code the audit can raise has a sentence whose parameters it is given."""
    every = [f for cell in CELLS[::3] for f in spoilt(*cell, "x")]
    every += found(claims={}) + found(allocation=tiny.tables()["allocation"].iloc[:0])
    for finding in every:
        assert finding.code in sentences()
        for lang in ("vi", "en"):
            assert render(finding, lang)
        json.dumps(finding.as_dict(), ensure_ascii=False)
    assert say("audit_banned", "en")


def test_floods_of_findings_are_counted() -> None:
    """Proves that a ruined file gives a readable answer: 500 findings of a kind, then a count."""
    row = tiny.tables()["allocation"].iloc[[0]]
    flood = pd.concat([row] * 700, ignore_index=True).assign(school="nowhere")
    findings = found(allocation=flood)
    more = [f for f in findings if f.code == "audit_more"]
    assert {f.params["code"]: f.params["count"] for f in more}["audit_unknown"] == 200


def test_prices_low_and_high_change_the_plan() -> None:
    """Proves that the audit reads ``prices``: the same plan under high prices is wrong at the
    unit price; an audit blind to the choice would pass a plan that costs more than it says."""
    columns = {"catalogue": {"price_high": [120, None], "price_low": [None, 30]}}
    for choice, price in (("high", "120"), ("low", "30")):
        scenario = tiny.scenario(columns, prices=choice)
        findings = audit(scenario, tiny.tables(), tiny.claims())
        expected = {f.params.get("expected") for f in findings if f.where.column == "unit_price"}
        assert price in expected
    assert audit(tiny.scenario(columns, prices="base"), tiny.tables(), tiny.claims()) == []


def driver(name: str) -> dict[str, list[Any]]:
    """A row of ``drivers``: from 2024 on the figure of school ``a`` is 6."""
    return {"school": ["a"], "driver": [name], "year": [2024], "value": [Decimal(6)]}


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("inventory", {"quantity": [2]}),
        ("inventory", {"acquired": [2020]}),
        ("inventory", {"usable_until": [2025]}),
        ("norms", {"every": [Decimal(1), Decimal(1)]}),
        ("norms", {"minimum": [3, None]}),
        ("norms", {"maximum": [1, None]}),
        ("norms", {"only": ["group=completed", ""]}),
        ("norms", {"from_year": [2024, None]}),
        (
            "drivers",
            {"school": ["a"], "driver": ["classes"], "year": [2024], "value": [Decimal(6)]},
        ),
        ("drivers", {"school": ["a"], "driver": ["pupils"], "year": [2024], "value": [Decimal(6)]}),
        ("needs", {"school": ["a"], "item": ["pc"], "year": [2024], "quantity": [1]}),
        ("catalogue", {"weight": [Decimal(1), Decimal(1)]}),
        ("catalogue", {"life": [3, None]}),
        ("catalogue", {"price_growth": [Decimal(0), Decimal(0)]}),
        ("catalogue", {"upkeep": [Decimal("0.06"), Decimal(0)]}),
        ("catalogue", {"payments": [(Decimal("0.4"), Decimal("0.6")), (Decimal(1),)]}),
        ("catalogue", {"lot": [2, 1]}),
        ("schools", {"weight": [Decimal(2), Decimal(1), Decimal(1)]}),
        ("schools", {"pupils": [101, 50, 40]}),
    ],
)
def test_each_input_matters(table: str, change: dict[str, list[Any]]) -> None:
    """Proves that the audit reads this input itself: the plan that is right for the scenario is
    wrong once the input changes. Were it taken from the plan's tables, both would still agree."""
    findings = audit(tiny.scenario({table: change}), tiny.tables(), tiny.claims())
    assert findings


@pytest.mark.parametrize(
    "change",
    [
        {"discount": Decimal("0.05")},
        {"tiers": [(Decimal(1), Decimal(1))]},
        {"tail_years": 2},
        {"upkeep": "reported"},
        {"years": (2022, 2024)},
        {"priority": {"weights": {"completed": 8}}},
    ],
)
def test_each_setting_matters(change: dict[str, Any]) -> None:
    """Proves the same for the settings that needs, value and money depend on."""
    assert audit(tiny.scenario(**change), tiny.tables(), tiny.claims())
