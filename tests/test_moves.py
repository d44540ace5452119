"""What may be moved: every row's key is one that an override takes, at both ends and as it is."""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tiny import item, tiny

import planner
from planner.scenario.schema import GROUPS

SCENARIOS = Path(__file__).parent.parent / "scenarios"
SHIPPED = sorted(SCENARIOS.glob("*/*.yaml"))
SAMPLED = [SCENARIOS / name for name in ("ba-dinh", "capital-budget", "three-schools")]
OF_THE_MODEL = {"wish_without_price", "stock_upkeep_above_fund"}
"""Findings that say that the scenario asked for makes no sense, not that its key does not."""


def values(row: Any) -> list[Any]:
    """What a page may set a row to: both ends and now, a step from either; all choices. A rule is
    switched off by None, and on by saying nothing."""
    if row.kind == "rule_on":
        return [None]
    if row.choices:
        return list(row.choices)
    inner = [row.least + row.step, row.most - row.step]
    return [row.least, row.most, *([] if row.now is None else [row.now]), *inner]


@pytest.mark.parametrize("path", SAMPLED, ids=lambda p: p.name)
def test_every_key_is_taken(path: Path) -> None:
    """Proves that no slider of a page sets what does not exist: all rows at once at one end, at the
    other, and as they are; then all rules off. (A row alone, and every scenario: below.)"""
    rows = planner.moves(path)
    for column in ("least", "now", "most"):
        sure = rows[(rows["kind"] != "rule_on") & rows[column].notna()]
        found = planner.check(path, dict(zip(sure["key"], sure[column], strict=True)))
        wrong = set(found.loc[found["severity"] == "error", "code"])
        assert wrong <= OF_THE_MODEL, (column, wrong)
    off = dict.fromkeys(rows.loc[rows["kind"] == "rule_on", "key"])
    assert planner.load(path, off).settings.rules == {}


@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_every_row_is_taken(path: Path) -> None:
    """The same of every row of every shipped scenario by itself, and a step from either end."""
    for row in planner.moves(path).itertuples():
        for value in values(row):
            found = planner.check(path, {row.key: value})
            wrong = set(found.loc[found["severity"] == "error", "code"])
            assert wrong <= OF_THE_MODEL, (path.name, row.key, value, wrong)


@pytest.fixture(scope="module")
def base() -> planner.Scenario:
    """Ba Đình, read once."""
    return planner.load(SCENARIOS / "ba-dinh")


def test_what_is_moved_is_what_is_said(base: planner.Scenario) -> None:
    """Proves that the keys reach what the labels name: money of one year, the reserve, a group's
    points, a bound that is a share, and a rule that is off. A fund whose money is an envelope keeps
    that of the other years, those after the plan included."""
    rows = planner.moves(base, lang="en").set_index("key")
    assert rows.loc["rules.group-2-floor.at_least.share", ["now", "most", "unit"]].tolist() == [
        0.2, 1, "share",
    ]  # fmt: skip
    assert rows.loc["rules.requests-granted.at_least", ["most", "step"]].tolist() == [9, 1]
    assert rows.loc["rules.group-2-floor", "label"].startswith(
        "Each year, group 2 gets at least 20%"
    )
    assert set(rows.loc[rows["kind"] == "weight"].index) == {
        f"priority.weights.{g}" for g in GROUPS
    }
    moved = planner.load(SCENARIOS / "ba-dinh", {
        "funds.district-capital.amounts.2024": 5, "funds.district-capital.reserve": 0.25,
        "priority.weights.completed": 4, "rules.group-2-floor.at_least.share": 0.3,
        "rules.no-school-above": None,
    })  # fmt: skip
    assert moved.settings.funds["district-capital"].amounts == {
        2023: 6_240_000_000, 2024: 5, 2025: 6_480_000_000, 2026: 2_160_000_000,
    }  # fmt: skip
    assert moved.settings.funds["district-capital"].reserve == Decimal("0.25")
    assert moved.settings.priority.weights["completed"] == 4
    assert moved.settings.rules["group-2-floor"].at_least.share == Decimal("0.3")  # type: ignore[union-attr]
    assert set(base.settings.rules) - set(moved.settings.rules) == {"no-school-above"}


def test_a_slider_reaches_what_is_now(base: planner.Scenario) -> None:
    """A browser moves a slider to the nearest step: what is now must be one, or opening the page
    would change the scenario. 6.24 billion in steps of 100 million would become 6.2."""
    for row in planner.moves(base).itertuples():
        if row.step is not None and row.now is not None:
            steps = Decimal(str(row.now)) / Decimal(str(row.step))
            assert steps == steps.to_integral_value(), row
            assert row.least <= row.now <= row.most


def test_odd_numbers_have_a_slider_too() -> None:
    """No money at all, a prime amount, and a wish: no step is nought, and no end is before now."""
    rules = {"w": {"measure": "quantity", "at_least": 0, "firmness": "wish", "price": 0.3}}
    scenario = tiny(items=[item("pc")], cap={2025: 0, 2026: 999_983}, rules=rules)
    rows = planner.moves(scenario, lang="en").set_index("key")
    assert rows.loc["funds.cap.amounts.2026", ["most", "step"]].tolist() == [1_999_966, 1]
    assert rows.loc["rules.w.at_least", ["least", "now", "most"]].tolist() == [0, 0, 100]
    assert rows.loc["rules.w.price", "now"] == 0.3
    assert all(step is None or (step > 0 and math.isfinite(step)) for step in rows["step"])
