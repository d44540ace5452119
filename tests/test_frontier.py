"""Frontiers: they never fall, their slopes are shadow prices, they resume."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tiny import fund, item, school, tiny

import planner
from planner.analysis import frontier as tracing
from planner.analysis.frontier import Curve, make_path, value_of
from planner.analysis.resolve import run
from planner.formulation.build import formulate
from planner.formulation.model import Duals, ForeignError, Moves, Start
from planner.present.comparison import next_sentence
from planner.scenario.scenario import Scenario
from planner.solving.warm import feasible

MILLION = 1_000_000
SCENARIOS = Path(__file__).parents[1] / "scenarios"


@pytest.fixture
def base() -> Scenario:
    return planner.load(SCENARIOS / "three-schools")


@pytest.mark.slow
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


def test_a_path_from_no_money_at_all(base: Scenario) -> None:
    """Proves that −100 % is a point like any other: nothing is bought, and the curve has a slope
    to its right only; a step to the left asked for negative money and lost every point."""
    table = planner.frontier(base, fund="district", start=-1, stop=0, points=2, workers=0).table
    assert table["spent"].tolist() == [0, 160 * MILLION]
    assert np.isnan(table["lp_left"][0])
    assert table["lp_right"][0] > 0


def test_kinks_are_where_the_hand_puts_them(base: Scenario) -> None:
    """Proves that the corners are found, and all of them. By hand, with money in the ratio 5:3
    of the two years: B has its third and last lab at 140 million, today's 160 million end C's
    first lab, and 192 million are where 72 million in 2026 meet the last need."""
    kinks = planner.frontier(base, fund="district", points=3, workers=0).kinks
    found = (kinks["x"] / 1e6).round(3).tolist()
    assert found == [100.0, 120.0, 128.0, 140.0, 160.0, 180.0, 192.0]
    assert (kinks["slope_before"] > kinks["slope_after"]).all()
    assert kinks["slope_after"].iloc[-1] == pytest.approx(0, abs=1e-15)


def one_school(**more: Any) -> Scenario:
    """Four units of 10 million each, cut at will; the first half counts twice the second."""
    half = {"tiers": [("0.5", 2), (1, 1)], "items": [item("pc", 10 * MILLION, whole=False)]}
    return tiny(cap=20 * MILLION, **half, **more)


def test_left_and_right_slopes_at_a_kink() -> None:
    """Proves the slopes on either side of today's 20 million, where the first half is full: 100
    pupils × 4/3 ÷ 40 before and × 2/3 ÷ 40 after; one dual for both sides would miss one."""
    table = planner.frontier(one_school(), fund="cap", points=3, workers=0).table
    today = table.iloc[1]
    assert today["x"] == 20 * MILLION
    assert today["lp_left"] == pytest.approx(100 * 4 / 3 / (40 * MILLION), rel=1e-6)
    assert today["lp_right"] == pytest.approx(100 * 2 / 3 / (40 * MILLION), rel=1e-6)


SLOPES: dict[str, Scenario] = {
    "carry": tiny(
        schools=[school("a"), school("b", group="under_construction", ready=2024, pupils=900)],
        items=[item("pc", 10 * MILLION, whole=False, on_site=True)],
        years=(2023, 2024),
        funds={
            "cap": fund(
                {2023: 3000 * MILLION, 2024: 1000 * MILLION}, carry_over="0.3", reserve="0.1"
            )
        },
        norms=[{"item": "pc", "level": "primary", "per": "pupils", "every": 1}],
    ),
    "share of the budget": tiny(
        schools=[school("a", pupils=100), school("b", pupils=300)],
        items=[item("pc", 1000 * MILLION, whole=False)],
        funds={"cap": fund(4000 * MILLION)},
        rules={
            "most-b": {
                "measure": "spend",
                "where": {"school": "b"},
                "at_most": {"share": "0.3", "of": "budget"},
            }
        },
    ),
}
"""Money that moves more than its own row: the limit of carrying over, a share of the budget."""


@pytest.mark.parametrize("name", SLOPES)
def test_the_slope_counts_every_bound_that_moves(name: str) -> None:
    """Proves that shadow prices sum to the difference quotient; the prices of the budget rows
    alone would be too low here."""
    scenario = SLOPES[name]
    path = make_path(scenario, fund="cap", rule=None, fairness=False, ends=(-0.2, 0.2), points=2)
    curve = Curve(scenario, path)
    (low, slope), (high, _) = (curve.value_and_slope(at) for at in (0.05, 0.06))
    assert slope == pytest.approx((high - low) / 0.01, rel=1e-6)


@pytest.mark.slow
def test_slopes_of_the_district_are_shadow_prices() -> None:
    """Proves the same on Ba Đình, left and right of five points and of every kink found."""
    base = planner.load(SCENARIOS / "ba-dinh")
    traced = {"rule": None, "fairness": False, "ends": (-0.1, 0.3), "points": 5}
    curve = Curve(base, make_path(base, fund="district-capital", **traced))
    for at in curve.path.positions:
        values = [curve.value_and_slope(at + d)[0] for d in (-2e-5, 0, 2e-5)]
        sample = curve.sample(at)
        assert sample.left == pytest.approx((values[1] - values[0]) / 2e-5, rel=1e-4)
        assert sample.right == pytest.approx((values[2] - values[1]) / 2e-5, rel=1e-4)


def test_a_rules_bound_is_moved_from_tight_to_loose() -> None:
    """Proves the rule's axis by hand: n units at most are worth 25 n points; and that tight ends
    which no plan meets lose no other point (two units are all the money buys)."""
    few = tiny(cap=40, rules={"few": {"measure": "quantity", "at_most": 2}})
    table = planner.frontier(few, rule="few", start=1, stop=4, points=4, workers=0).table
    assert table["at"].tolist() == [1, 2, 3, 4]
    assert table["value"].tolist() == pytest.approx([25, 50, 75, 100])
    rules = {"most": {"measure": "coverage", "for_each": ["item"], "at_least": 0.5}}
    floor = tiny(cap=20, rules=rules)
    table = planner.frontier(floor, rule="most", start=0, stop=1, points=5, workers=0).table
    assert table["at"].tolist() == [1, 0.75, 0.5, 0.25, 0]
    assert table["status"].tolist() == ["infeasible", "infeasible", *["optimal"] * 3]
    assert table["value"].tolist()[2:] == pytest.approx([50, 50, 50])
    assert not table["error"].astype(bool).any()


def test_fairness_costs_value() -> None:
    """Proves by hand that equal weights turn two units from a (weight 9, 25 points a unit and
    year of weight 1) to b, whose 300 pupils count more then, and that the value is told under
    the scenario's own weights: 2 × 225 before, 2 × 75 after."""
    base = tiny(
        schools=[school("a"), school("b", group="none", pupils=300)], cap=20,
        priority={"weights": {"completed": 9, "none": 1}},
    )  # fmt: skip
    table = planner.frontier(base, fairness=True, points=2, workers=0).table
    assert table["value"].tolist() == pytest.approx([450, 150])
    assert table["coverage_none"].tolist() == [0, 0.5]


def test_a_plans_value_is_told_with_requests_and_missed_wishes() -> None:
    """Proves that the value under a scenario's own weights is the plan's own: 2 units of 4 (50
    points), a request worth 7, and a wish for full coverage missed by 50 percentage points at
    0.1; leaving out the wish would say 57."""
    asked = {"request": "r", "school": "a", "option": "x"}
    base = tiny(
        cap=25,
        rules={"all": {"measure": "coverage", "for_each": ["item"], "at_least": 1,
                       "firmness": "wish", "price": 0.1}},
        tables={"requests": [asked | {"title": "r", "value": 7}],
                "request_costs": [{"request": "r", "option": "x", "fund": "cap", "year": 2023,
                                   "amount": 5}]},
    )  # fmt: skip
    result = planner.solve(base)
    assert result.value == pytest.approx(50 + 7 - 5)
    assert value_of(result.plan, base) == pytest.approx(result.value)


def test_it_resumes_and_a_failed_point_loses_no_other(
    base: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves that finished points are kept and only the failed one is solved again."""
    real, calls = tracing.solve_point, []

    def fails_once(*job: Any) -> Any:
        calls.append(job[2])
        if len(calls) == 2:
            raise RuntimeError("power cut")
        return real(*job)

    monkeypatch.setattr(tracing, "solve_point", fails_once)
    ask = {"fund": "district", "points": 4, "workers": 0, "folder": tmp_path}
    first = planner.frontier(base, **ask).table
    assert first["error"].astype(bool).sum() == 1
    again = planner.frontier(base, **ask).table
    assert calls[4:] == [calls[1]]
    assert not again["error"].astype(bool).any()


def dies(number: int) -> int:
    """Gives its number back; the third job kills its worker."""
    if number == 2:
        os._exit(1)
    return number


@pytest.mark.slow
def test_a_killed_worker_loses_its_own_point_only() -> None:
    """Proves that jobs which a dead worker took along are done again, and that the one which
    kills is told; a pool that stays broken would lose all that were waiting."""
    found: dict[int, Any] = {}
    run(dies, [(k,) for k in range(5)], workers=2, done=found.__setitem__)
    assert isinstance(found.pop(2), Exception)
    assert found == {k: k for k in (0, 1, 3, 4)}


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_done(base: Scenario, tmp_path: Path) -> None:
    """Proves with a real signal that an interrupted command goes on where it stopped and ends
    with the table of one that was not."""
    ask = [sys.executable, "-m", "planner", "frontier", str(SCENARIOS / "three-schools"),
           "--fund", "district", "--points", "25", "--workers", "0", "--out"]  # fmt: skip
    state = tmp_path / "broken" / tracing.STATE
    started = subprocess.Popen([*ask, str(state.parent)], stderr=subprocess.PIPE, text=True)
    while not state.exists() or len(state.read_text().splitlines()) < 4:
        time.sleep(0.05)
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=60)
    assert started.returncode == 5, said
    assert "Traceback" not in said
    done = len(state.read_text().splitlines())
    assert done < 26
    for out in (state.parent, tmp_path / "whole"):
        subprocess.run([*ask, str(out)], check=True, capture_output=True)
    again, whole = (pd.read_csv(tmp_path / p / "frontier.csv") for p in ("broken", "whole"))
    pd.testing.assert_frame_equal(again, whole)


@pytest.mark.slow
def test_the_district_itself_has_a_frontier(monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's command on the shipped district, whose model has rows that only tighten: the
    slopes are those of the relaxation without them. Prices of the one with the moved bounds of
    the other are arrays of different lengths, and the command ended there after all its solves.

    Within a time budget: two points, a wide gap, few corners looked for.
    """
    monkeypatch.setattr("planner.analysis.frontier.MOST_SOLVES", 2)
    district = planner.load(SCENARIOS / "ba-dinh" / "base.yaml")
    assert formulate(district).model.rows > formulate(district, implied=False).model.rows
    found = planner.frontier(
        district, fund="district-capital", start=-0.1, stop=0.1, points=2, gap=0.02,
        time_limit=90, workers=0,
    )  # fmt: skip
    table = found.table
    assert (table["error"] == "").all()
    assert table["value"].is_monotonic_increasing
    assert (table["lp_value"] >= table["value"] - 1e-6).all()
    chords = np.diff(table["lp_value"]) / np.diff(table["x"])
    assert (table["lp_right"].to_numpy()[:-1] >= chords * (1 - 1e-6)).all()
    assert (table["lp_left"].to_numpy()[1:] <= chords * (1 + 1e-6)).all()
    assert (table["lp_left"] >= table["lp_right"] * (1 - 1e-6)).all()
    assert (table["lp_right"] > 0).all()
    assert found.next_billion is not None


def test_a_slope_is_that_of_the_row_that_binds() -> None:
    """Proves that of a row whose two bounds move, each counts at its own price: the shadow price
    of a floor is below nought, and the ceiling moves elsewhere."""
    model = formulate(one_school()).model
    moved = replace(model, row_upper=model.row_upper + 2, row_lower=model.row_lower + 5)
    assert np.isinf(moved.row_lower).any()
    moves = Moves.between(model, moved)
    rows = np.zeros(model.rows)
    rows[0] = 3.0
    nothing = np.zeros(model.columns)
    assert Duals.on(model, rows, nothing).slope(moves) == pytest.approx(3 * 2)
    both = replace(model, row_lower=np.full(model.rows, -9.0))
    moves = Moves.between(both, replace(both, row_lower=both.row_lower + 5))
    assert Duals.on(model, rows, nothing).slope(moves) == 0
    assert Duals.on(model, -rows, nothing).slope(moves) == pytest.approx(-3 * 5)


def test_what_belongs_to_another_model_is_refused() -> None:
    """Duals, moved bounds and starts say whose they are. As long as lengths were all there was,
    what was longer crashed late, and what happened to be as long passed for its own."""
    district = tiny(
        schools=[school("a"), school("b")], items=[item("pc"), item("kit", once=True, setup=3)]
    )
    whole, loose = formulate(district).model, formulate(district, implied=False).model
    renamed = formulate(tiny(
        schools=[school("a"), school("c")], items=[item("pc"), item("kit", once=True, setup=3)]
    )).model  # fmt: skip
    assert whole.shape.columns == loose.shape.columns
    assert renamed.columns == whole.columns
    assert renamed.shape != whole.shape
    richer = formulate(district.with_("funds.cap.amounts.2023", 500)).model
    assert richer.shape.columns == whole.shape.columns or richer.columns != whole.columns

    start = Start.on(whole, np.zeros(whole.columns))
    assert start.belongs_to(loose)
    assert not start.belongs_to(renamed)
    assert not feasible(renamed, start)
    with pytest.raises(ForeignError):
        Start.on(whole, np.zeros(whole.columns + 1))
    moves = Moves.between(whole, whole)
    zeros = np.zeros(renamed.rows), np.zeros(renamed.columns)
    with pytest.raises(ForeignError):
        Duals.on(renamed, *zeros).slope(moves)
    with pytest.raises(ForeignError):
        Duals.on(renamed, *zeros).of_model(whole)
    with pytest.raises(ForeignError):
        Moves.between(whole, renamed)


@pytest.mark.parametrize(
    ("low", "said"), [(66.7, "(66.7 points, proven)"), (60.0, "proven: 60.0 to 66.7")]
)
def test_what_is_proven_exactly_is_no_range(low: float, said: str) -> None:
    """A worth whose two bounds read alike is one number; «66.7 to 66.7» would be a range of one."""
    more = {"money": 1e9, "people": 3, "value": 66.7, "value_at_least": low, "value_at_most": 66.7}
    settings = SimpleNamespace(currency="VND")
    found: Any = SimpleNamespace(next_billion=more, scenario=SimpleNamespace(settings=settings))
    assert said in next_sentence(found, "en")
