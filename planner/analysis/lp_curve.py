"""The linear relaxation along a line of money: values, slopes on both sides, kinks.

Value is a concave, piecewise linear function of the money. Its slope is the sum of the shadow
prices of the years moved, each times the share of the money that goes there; where carrying
over is at its limit, that limit moves with the money and its price counts too, and so does a
rule that is bounded by a share of the budget.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
import pandas as pd

from planner.analysis.paths import Path, moved_amounts
from planner.formulation.model import Moves
from planner.optimize import optimize
from planner.scenario.scenario import Scenario
from planner.solving.session import WarmModel, moved

STEP = 1e-6
"""Relative step to either side of a point at which its slopes are taken; at least one minor
unit of money."""
MOST_SOLVES = 120
"""Relaxations spent on looking for kinks: some ten seconds on a district."""
SAME = 1e-7
"""Relative difference below which two values or slopes are the same."""


@dataclass(frozen=True)
class Sample:
    """The relaxation at one position: points, and points per unit of position."""

    at: float
    value: float
    left: float
    right: float


class Curve:
    """The relaxation of a scenario along a money path, on one warm model."""

    def __init__(self, scenario: Scenario, path: Path) -> None:
        self.scenario = scenario
        self.path = path
        money = moved_amounts(scenario, path.name)
        self.total = float(sum(m for years in money.values() for m in years.values()))
        smallest = min(m for years in money.values() for m in years.values() if m)
        self.step = max(STEP, 1.0 / smallest)
        self.warm = WarmModel(scenario, room=1.0 + max(*path.positions, 0.0) + 0.01)
        self.moves = self._moves()

    def _moves(self) -> Moves:
        """How fast bounds move with the position: the usable money of the years moved, limits of
        carrying over, rules bounded by a share of the budget. Of the rows that the relaxation
        has: those that only tighten the whole decisions are not among them."""
        form = self.warm.loose
        now, double = (moved(form, self._at(at)).model for at in (0.0, 1.0))
        return Moves.between(now, double)

    def _at(self, at: float) -> Scenario:
        return self.scenario.with_(self.path.changes(self.scenario, at))

    def value_and_slope(self, at: float) -> tuple[float, float]:
        """Points and points per unit of position (1 = doubling the money): shadow prices times
        what each bound moves by."""
        result = optimize(self._at(at), relax=True, warm=self.warm)
        loose = result.relaxation
        if loose is None:
            return float("nan"), float("nan")
        return result.value, loose.prices.slope(self.moves)

    def sample(self, at: float) -> Sample:
        """Value and both slopes at a position; without money there is no slope to the left."""
        value, _ = self.value_and_slope(at)
        left, right = (
            self.value_and_slope(at + d)[1] if at + d >= -1.0 else float("nan")
            for d in (-self.step, self.step)
        )
        return Sample(at, value, left, right)


def kinks(
    samples: list[Sample], value_and_slope: Callable[[float], tuple[float, float]]
) -> pd.DataFrame:
    """Corners of the curve between the samples, those nearest to today first.

    Where two tangents meet on the curve there is a corner; where they meet above it, there are
    corners on both sides. Columns: at (position), value, slope_before, slope_after (points per
    unit of position). At most :data:`MOST_SOLVES` relaxations are spent: a large scenario has
    more corners than that, and those far from position 0 are then left out.
    """
    waiting: list[tuple[float, float, Sample, Sample]] = []
    found: dict[float, tuple[float, float, float, float]] = {}

    def look(one: Sample, other: Sample) -> None:
        drop = (one.right - other.left) * (other.at - one.at)
        if drop > SAME * max(1.0, abs(one.value)):
            heappush(waiting, (min(abs(one.at), abs(other.at)), one.at, one, other))

    for one, other in zip(samples, samples[1:], strict=False):
        look(one, other)
    for inner in samples[1:-1]:
        _note(found, inner)
    spent = 0
    while waiting and spent < MOST_SOLVES:
        _, _, one, other = heappop(waiting)
        meet = one.value - one.right * one.at - other.value + other.left * other.at
        at = float(np.clip(meet / (other.left - one.right), one.at, other.at))
        if min(at - one.at, other.at - at) < 3 * STEP:
            continue
        value, slope = value_and_slope(at)
        spent += 1
        on_line = one.value + one.right * (at - one.at)
        if on_line - value <= SAME * max(1.0, abs(on_line)):
            _note(found, Sample(at, value, one.right, other.left))
        else:
            middle = Sample(at, value, slope, slope)
            look(one, middle)
            look(middle, other)
    rows = [found[k] for k in sorted(found)]
    return pd.DataFrame(rows, columns=["at", "value", "slope_before", "slope_after"])


def _note(found: dict[float, tuple[float, float, float, float]], sample: Sample) -> None:
    if sample.left - sample.right > SAME * max(1.0, abs(sample.left)):
        found[sample.at] = (sample.at, sample.value, sample.left, sample.right)
