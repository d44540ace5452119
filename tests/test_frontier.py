"""Frontiers: they never fall, their slopes are shadow prices, they resume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import planner
from planner.analysis import frontier as tracing
from planner.scenario.scenario import Scenario


@pytest.fixture
def base() -> Scenario:
    return planner.load(Path(__file__).parents[1] / "scenarios" / "three-schools")


def test_value_never_falls_and_slopes_bound_the_chords(base: Scenario) -> None:
    """Proves monotony, concavity and that shadow prices are the slopes on either side; a dual
    with the wrong sign or year weight would leave the chords."""
    table = planner.frontier(base, fund="district", points=11, workers=0).table
    x, lp = table["x"].to_numpy(), table["lp_value"].to_numpy()
    assert (np.diff(table["value"]) >= 0).all()
    assert (lp >= table["value"] - 1e-6).all()
    chords = np.diff(lp) / np.diff(x)
    assert (chords <= table["lp_right"].to_numpy()[:-1] + 1e-12).all()
    assert (chords >= table["lp_left"].to_numpy()[1:] - 1e-12).all()


def test_kinks_are_where_the_hand_puts_them(base: Scenario) -> None:
    """Proves that each corner lies on the curve: today's money (160 million) is one."""
    kinks = planner.frontier(base, fund="district", points=3, workers=0).kinks
    assert 160_000_000 in kinks["x"].round().tolist()
    assert (kinks["slope_before"] > kinks["slope_after"]).all()


def test_it_resumes_and_a_failed_point_loses_no_other(
    base: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves that finished points are kept and only the failed one is solved again."""
    real, calls = tracing.point, []

    def fails_once(*job: Any) -> Any:
        calls.append(job[2])
        if len(calls) == 2:
            raise RuntimeError("power cut")
        return real(*job)

    monkeypatch.setattr(tracing, "point", fails_once)
    ask = {"fund": "district", "points": 4, "workers": 0, "folder": tmp_path}
    first = planner.frontier(base, **ask).table
    assert first["error"].astype(bool).sum() == 1
    again = planner.frontier(base, **ask).table
    assert len(calls) == 3  # the missing point is then the tightest, solved before the others
    assert not again["error"].astype(bool).any()
