"""Comparisons: empty with itself, mirrored, adding up, with the cause named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from tiny import fund, school, tiny

from planner.analysis.compare import compare
from planner.optimize import optimize
from planner.present.compared import as_json, markdown, text
from planner.scenario.scenario import Scenario

MIRROR = {"appears": "disappears", "disappears": "appears", "more": "less", "less": "more"}


def base() -> Scenario:
    """Two schools that want four units each of something that costs 10."""
    return tiny(
        schools=[school("a"), school("b", pupils=50)],
        years=(2023, 2024),
        funds={"cap": fund({2023: 40, 2024: 20}), "other": fund({2023: 0, 2024: 10})},
    )


CHANGES: dict[str, Mapping[str, Any]] = {
    "money": {"funds.cap.amounts.2024": 0},
    "rule": {"priority.weights.completed": 5, "discount": 0.9},
}


@pytest.mark.parametrize("cause", CHANGES)
def test_differences_mirror_and_add_up(cause: str) -> None:
    """Proves that swapping the plans swaps signs and words, and that lines and funds add up to
    the whole; a line paired twice would break the sum."""
    one, other = optimize(base()), optimize(base().with_(CHANGES[cause]))
    there, back = compare(one, other), compare(other, one)
    whole = other.plan.allocation["amount"].sum() - one.plan.allocation["amount"].sum()
    for found, sign in ((there, 1), (back, -1)):
        assert found.lines["difference"].sum() == sign * whole
        assert found.money["difference"].sum() == sign * whole
    words = sorted(MIRROR.get(c, c) for c in back.lines["change"])
    assert sorted(there.lines["change"]) == words
    assert sorted(there.lines["cause"]) == sorted(back.lines["cause"])


def test_the_cause_is_named() -> None:
    """Proves that a line lost with its fund's money says so."""
    found = compare(optimize(base()), optimize(base().with_(CHANGES["money"])))
    assert not found.lines.empty
    assert set(found.lines["cause"]) == {"money"}


def test_nothing_differs_from_itself() -> None:
    """Proves that a plan beside itself is empty in every form."""
    result = optimize(base())
    found = compare(result, result)
    assert found.empty
    assert "Nothing differs" in text(found, "en")
    assert "Nothing differs" in markdown(found, "en")
    assert json.loads(as_json(found))["empty"] is True
