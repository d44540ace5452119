"""The linear relaxation along a line of money: values, slopes on both sides, kinks.

Value is a concave, piecewise linear function of the money. Its slope is the sum of the shadow
prices of the years moved, each times the share of the money that goes there; where carrying
over is at its limit, that limit moves with the money and its price counts too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
import pandas as pd

from planner.analysis.paths import Path, moved_amounts
from planner.optimize import optimize
from planner.rules import row_name
from planner.scenario.scenario import Scenario
from planner.solving.session import WarmModel

STEP = 1e-6
"""Relative step to either side of a point at which its slopes are taken."""
MOST_SOLVES = 120
"""Relaxations spent on looking for kinks."""
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
        self.money = moved_amounts(scenario, path.name)
        room = 1.0 + max(*path.positions, 0.0) + 0.01
        self.warm = WarmModel(scenario, room=room)
        self.total = float(sum(m for years in self.money.values() for m in years.values()))

    def value_and_slope(self, at: float) -> tuple[float, float]:
        """Points and points per unit of position (1 = doubling the money)."""
        changed = self.scenario.with_(self.path.changes(self.scenario, at))
        result = optimize(changed, relax=True, warm=self.warm)
        if result.relaxation is None:
            return float("nan"), float("nan")
        duals = dict(
            zip(result.relaxation.rows["name"], result.relaxation.rows["dual"], strict=True)
        )
        columns = result.relaxation.columns
        carry = columns[columns["name"].str.startswith("carry[")]
        reduced = dict(zip(carry["name"], carry["reduced_cost"], strict=True))
        slope = 0.0
        for fund, years in self.money.items():
            known = self.scenario.settings.funds[fund]
            for year, money in years.items():
                usable = money * float(1 - known.reserve)
                key = (fund, str(year))
                slope += usable * duals.get(row_name("fund_within_budget", key), 0.0)
                limit = usable * float(known.carry_over)
                slope += limit * max(reduced.get(row_name("carry", key), 0.0), 0.0)
        return result.value, slope

    def sample(self, at: float) -> Sample:
        """Value and both slopes at a position."""
        value, _ = self.value_and_slope(at)
        left, right = (self.value_and_slope(at + d)[1] for d in (-STEP, STEP))
        return Sample(at, value, left, right)


def kinks(samples: list[Sample], probe: Callable[[float], Sample]) -> pd.DataFrame:
    """Corners of the curve between the samples, those nearest to today first.

    Where two lines meet on the curve there is a corner; where they meet above it, there are
    corners on both sides. Columns: at (position), value, slope_before, slope_after (points per
    unit of position). At most :data:`MOST_SOLVES` relaxations are spent: a large scenario has
    more corners than that, and those far from position 0 are then left out.
    """
    waiting: list[tuple[float, float, Sample, Sample]] = []
    found: dict[float, tuple[float, float, float, float]] = {}

    def look(one: Sample, other: Sample) -> None:
        drop = (one.right - other.left) * (other.at - one.at)
        if drop > SAME * max(1.0, abs(one.value)):
            heappush(waiting, (max(abs(one.at), abs(other.at)), one.at, one, other))

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
        middle = probe(at)
        spent += 3
        _note(found, middle)
        on_line = one.value + one.right * (at - one.at)
        if on_line - middle.value > SAME * max(1.0, abs(on_line)):
            look(one, middle)
            look(middle, other)
    rows = [found[k] for k in sorted(found)]
    return pd.DataFrame(rows, columns=["at", "value", "slope_before", "slope_after"])


def _note(found: dict[float, tuple[float, float, float, float]], sample: Sample) -> None:
    if sample.left - sample.right > SAME * max(1.0, abs(sample.left)):
        found[sample.at] = (sample.at, sample.value, sample.left, sample.right)
