"""What a frontier moves: a fund's money, a rule's bound, or the weights of the groups.

A path turns a position into changes of settings. Positions run from the tighter to the looser
problem, so that what is feasible at one stays feasible at the next (fairness apart, where only
the weights move).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from planner.errors import Finding, InputError, Place
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Share


@dataclass(frozen=True)
class Path:
    """A direction through the settings."""

    axis: str
    """``money``, ``rule`` or ``fairness``."""
    name: str
    """The fund (or ``all``), or the rule."""
    positions: tuple[float, ...]
    """From the tighter problem to the looser one."""

    def changes(self, scenario: Scenario, at: float) -> dict[str, Any]:
        """The settings at a position."""
        if self.axis == "money":
            return {
                f"funds.{fund}.amounts.{year}": round(money * (1 + at))
                for fund, years in moved_amounts(scenario, self.name).items()
                for year, money in years.items()
            }
        if self.axis == "rule":
            return {bound_key(scenario, self.name): Decimal(repr(at))}
        weights = scenario.settings.priority.weights
        mean = sum(weights.values(), Decimal(0)) / max(len(weights), 1)
        part = Decimal(repr(at))
        blend = {g: (1 - part) * w + part * mean for g, w in weights.items()}
        return {f"priority.weights.{g}": w.normalize() for g, w in blend.items()}

    def place(self, scenario: Scenario, at: float) -> float:
        """Where a position stands on the figure's axis: money in minor units, or itself."""
        if self.axis != "money":
            return at
        moved = moved_amounts(scenario, self.name)
        return float(sum(round(m * (1 + at)) for years in moved.values() for m in years.values()))


def moved_amounts(scenario: Scenario, fund: str) -> dict[str, dict[int, int]]:
    """Fund → plan year → amount: the money that a position scales."""
    settings = scenario.settings
    general = [k for k, f in settings.funds.items() if f.role == "general"]
    names = general if fund == "all" else [fund]
    if fund != "all" and fund not in general:
        known = ", ".join(general)
        raise InputError([Finding("frontier_fund", Place(key=fund), {"known": known})])
    years = settings.plan_years
    found = {
        name: {y: m for y, m in settings.amounts(settings.funds[name]).items() if y in years}
        for name in names
    }
    if not any(sum(years_.values()) for years_ in found.values()):
        raise InputError([Finding("frontier_no_money", Place(key=fund))])
    return found


def bound_key(scenario: Scenario, name: str) -> str:
    """The settings key of a rule's one bound."""
    rule = scenario.settings.rules.get(name)
    if rule is None:
        known = ", ".join(scenario.settings.rules) or "–"
        raise InputError([Finding("frontier_rule", Place(key=name), {"known": known})])
    bounds = [k for k in ("at_most", "at_least", "exactly") if getattr(rule, k) is not None]
    share = ".share" if isinstance(getattr(rule, bounds[0]), Share) else ""
    return f"rules.{name}.{bounds[0]}{share}"


def make_path(
    scenario: Scenario,
    *,
    fund: str | None,
    rule: str | None,
    fairness: bool,
    ends: tuple[float, float],
    points: int,
) -> Path:
    """The path that was asked for, its positions evenly spaced."""
    low, high = min(ends), max(ends)
    if points < 1 or (fund is not None and rule is None and low < -1):
        raise InputError([Finding("frontier_range", Place())])
    step = (high - low) / max(points - 1, 1)
    positions: Sequence[float] = [round(low + k * step, 12) for k in range(points)]
    if rule is not None:
        if ".at_least" in bound_key(scenario, rule):
            positions = positions[::-1]
        return Path("rule", rule, tuple(positions))
    if fairness:
        return Path("fairness", "", tuple(positions))
    moved_amounts(scenario, fund or "all")
    return Path("money", fund or "all", tuple(positions))
