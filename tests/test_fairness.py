"""Fairness measures against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from stand_in import Plan, scenario

from planner.analysis.unmet import fairness, gini


def test_gini_by_hand() -> None:
    """Equal: 0; one has all of four: 3/4; (1, 3): Σ|xi−xj| = 4 over 2·4·2 = 1/4."""
    assert gini(np.array([0.5, 0.5, 0.5])) == pytest.approx(0)
    assert gini(np.array([0.0, 0.0, 0.0, 1.0])) == pytest.approx(0.75)
    assert gini(np.array([3.0, 1.0])) == pytest.approx(0.25)
    assert gini(np.zeros(3)) == 0
    assert np.isnan(gini(np.array([])))


def test_gini_agrees_with_its_definition() -> None:
    """The sorted formula equals the mean absolute difference over twice the mean."""
    x = np.random.default_rng(1).random(40)
    slow = np.abs(x[:, None] - x[None, :]).sum() / (2 * len(x) ** 2 * x.mean())
    assert gini(x) == pytest.approx(slow)


def test_groups_and_total_without_proposals() -> None:
    """Ten schools at 0.1 … 1.0: p10 is 0.19 by linear interpolation; a proposal at 0 moves
    neither the total nor its minimum; a school without a need is left out."""
    values = [k / 10 for k in range(1, 11)]
    schools = pd.DataFrame(
        {
            "group": ["completed"] * 10 + ["preparing", "none"],
            "coverage_before": [0.0] * 10 + [0.0, None],
            "coverage_after": [*values, 0.0, None],
        }
    )
    none = pd.DataFrame()
    table = fairness(Plan(scenario(4), none, none, none, none, schools)).set_index("group")
    assert list(table.index) == ["completed", "preparing", "all"]
    assert table.loc["all", "schools"] == 10
    assert table.loc["all", "min_after"] == pytest.approx(0.1)
    assert table.loc["all", "p10_after"] == pytest.approx(0.19)
    assert table.loc["preparing", "min_after"] == 0
