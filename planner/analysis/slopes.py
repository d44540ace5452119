"""How the model moves with a lever, read off the formulation itself.

The scenario is formulated once more with the number moved; whatever the rules come to mean, the
slopes follow. A second look half as far says whether the way there is straight: where it is
not, a lever is only estimated, and what follows from it is refined on the true model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

import numpy as np

from planner.analysis.levers import Lever, levers, moved
from planner.formulation.build import formulate
from planner.formulation.model import Model
from planner.rules import Rule
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Share

STRAIGHT = 1e-9
"""Model units by which a bound may leave the straight line (besides two minor units of money)."""


@dataclass
class Slope:
    """How the model moves per unit of a lever: bounds of rows and columns, and, where the
    lever is a share, the coefficients whose sum multiplies it."""

    lower: dict[int, float] = field(default_factory=dict)
    upper: dict[int, float] = field(default_factory=dict)
    columns: dict[int, float] = field(default_factory=dict)
    products: dict[int, dict[int, float]] = field(default_factory=dict)
    floors: dict[int, float] = field(default_factory=dict)
    """Rows whose floor the formulation rounds up to whole units: the floor as it was meant."""
    curved: bool = False
    """Whether the bounds leave the straight line."""

    @property
    def estimated(self) -> bool:
        """Whether the lever multiplies something decided, or moves in steps."""
        return bool(self.products) or self.curved


def slopes(scenario: Scenario, base: Model) -> dict[Lever, Slope | None]:
    """Each lever's slope; ``None`` where the model changes its shape with it."""
    known = levers(scenario)
    rules = [x for x in known if x.kind == "rule"]
    funds = [x for x in known if x.kind == "fund"]
    groups: list[list[Lever]] = []
    for one in rules:
        spare = next((g for g in groups if all(x.name != one.name for x in g)), None)
        if spare is None:
            groups.append([one])
        else:
            spare.append(one)
    groups += [[x] for x in funds] if _shares_of_budget(scenario) else [funds] if funds else []
    found: dict[Lever, Slope | None] = {}
    for group in groups:
        joint = _looked(scenario, base, group)
        if joint is None and len(group) > 1:
            for one in group:
                found |= _looked(scenario, base, [one]) or {one: None}
        else:
            found |= joint or {group[0]: None}
    return {x: found[x] for x in known}


def _looked(
    scenario: Scenario, base: Model, group: list[Lever]
) -> dict[Lever, Slope | None] | None:
    """Slopes of a group, with what is stepped or curved."""
    far = _probed(scenario, base, group, 1)
    near = _probed(scenario, base, group, 2) if far is not None else None
    if far is None or near is None:
        return None
    for lever, slope in far.items():
        if _covers(scenario, lever):
            _as_meant(slope, lever, base)
        else:
            slope.curved = not _straight(slope, near[lever], lever, base)
    return dict(far)


def _covers(scenario: Scenario, lever: Lever) -> bool:
    return lever.kind == "rule" and scenario.settings.rules[lever.name].measure == "coverage"


def _as_meant(slope: Slope, lever: Lever, base: Model) -> None:
    """A floor of coverage falls by as much as the number does; seen from 0, where nothing is
    rounded up to whole units."""
    for row, rise in slope.lower.items():
        nothing = float(base.row_lower[row]) + rise * float(lever.most)
        slope.floors[row] = nothing + float(lever.old)
        slope.lower[row] = -1.0


def _straight(far: Slope, near: Slope, lever: Lever, base: Model) -> bool:
    """Whether both looks agree."""
    size = float(_probe(lever, 2) - lever.old) / unit_scale(lever, base)
    room = STRAIGHT + (2.0 / base.scale if lever.unit == "money" else 0.0)
    pairs = [(far.lower, near.lower), (far.upper, near.upper), (far.columns, near.columns)]
    return all(
        abs(one.get(k, 0.0) - other.get(k, 0.0)) * abs(size) <= room
        for one, other in pairs
        for k in one.keys() | other.keys()
    )


def _shares_of_budget(scenario: Scenario) -> bool:
    bounds = [
        b for r in scenario.settings.rules.values() for b in (r.at_most, r.at_least, r.exactly)
    ]
    return any(isinstance(b, Share) and b.of == "budget" for b in bounds)


def _probed(
    scenario: Scenario, base: Model, group: list[Lever], part: int
) -> dict[Lever, Slope] | None:
    """The slopes of levers that touch different rows, from one formulation; ``None`` where
    a difference belongs to none of them or the shape differs."""
    far = {x: Decimal(0) if part == 1 and _covers(scenario, x) else _probe(x, part) for x in group}
    model = formulate(moved(scenario, far), implied=False).model
    if model.shape != base.shape:
        return None
    if len(model.coefficient) != len(base.coefficient):
        return None
    if (model.row_index != base.row_index).any() or (model.column_index != base.column_index).any():
        return None
    owner = _Owner(base, scenario, group)
    found = {x: Slope() for x in group}
    scale = {x: float(abs(far[x] - x.old)) / unit_scale(x, base) for x in group}
    for name in ("lower", "upper"):
        before, after = getattr(base, f"row_{name}"), getattr(model, f"row_{name}")
        with np.errstate(invalid="ignore"):
            changed = np.flatnonzero((before != after) & np.isfinite(before))
        for row in changed.tolist():
            lever = owner.of_row(row)
            if lever is None:
                return None
            getattr(found[lever], name)[row] = (after[row] - before[row]) / scale[lever]
    for column in np.flatnonzero(base.column_upper != model.column_upper).tolist():
        lever = owner.of_column(column)
        if lever is None:
            return None
        rise = model.column_upper[column] - base.column_upper[column]
        found[lever].columns[column] = rise / scale[lever]
    for entry in np.flatnonzero(base.coefficient != model.coefficient).tolist():
        row, column = int(base.row_index[entry]), int(base.column_index[entry])
        lever = owner.of_row(row)
        if lever is None:
            return None
        rise = (model.coefficient[entry] - base.coefficient[entry]) / scale[lever]
        found[lever].products.setdefault(row, {})[column] = rise
    return found


def _probe(lever: Lever, part: int) -> Decimal:
    """A number well off the old one (or a part of the way there), whole where only whole
    numbers can be."""
    way = min(lever.most / 2, max(lever.old, lever.step * 1000)) / part
    far = lever.old + lever.sign * way
    return far if lever.unit == "share" else far.to_integral_value(ROUND_CEILING)


class _Owner:
    """Whose rows and columns these are, among levers that share none."""

    def __init__(self, model: Model, scenario: Scenario, group: list[Lever]) -> None:
        self.model, self.group = model, group
        self.single = group[0] if len(group) == 1 else None
        self.rules = {x.name: x for x in group if x.kind == "rule"}
        funds = list(scenario.settings.funds)
        first = scenario.settings.years[0]
        self.funds = {
            (funds.index(x.name), int(x.field) - first): x for x in group if x.kind == "fund"
        }

    def of_row(self, row: int) -> Lever | None:
        if self.single is not None:
            return self.single
        block = next(b for b in self.model.row_blocks if b.start <= row < b.stop)
        if block.name == Rule.FUND:
            fund, year = block.key(row)
            return self.funds.get((int(fund), int(year)))
        return self.rules.get(block.name)

    def of_column(self, column: int) -> Lever | None:
        if self.single is not None:
            return self.single
        block = next(b for b in self.model.column_blocks if b.start <= column < b.stop)
        if block.name != "carry":
            return None
        fund, year = block.key(column)
        return self.funds.get((int(fund), int(year)))


def unit_scale(lever: Lever, model: Model) -> float:
    """Units of the lever in one unit of its column."""
    return float(model.scale) if lever.unit == "money" else 1.0
