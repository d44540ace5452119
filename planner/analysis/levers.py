"""What a repair may move: bounds of policies and amounts of funds; never a law.

Signed contracts, mandatory requests, bans and capacities are not levers either: they are facts
of the office (tables), not choices of this plan. They are named where they conflict. The
register of standing rules says of each which of its numbers may move (``lever``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import Any

from planner.scenario.scenario import Scenario
from planner.scenario.schema import Rule, Share

MOST = 8
"""An upper bound is never proposed to grow beyond this many times itself, an amount not beyond
this many times its fund's largest year."""
SHARE_STEP = Decimal("0.0001")
"""Shares and coverage move by hundredths of a percentage point."""
DIGITS = 4
"""Money moves in its fourth leading digit."""


@dataclass(frozen=True)
class Lever:
    """One number that a planner may change, in one direction."""

    kind: str
    """``rule`` or ``fund``."""
    name: str
    field: str
    """``at_least``, ``at_most``, ``exactly``, or the year of an amount."""
    old: Decimal
    end: Decimal
    """How far it may go."""
    step: Decimal
    unit: str
    """``money`` (minor units), ``units``, ``count`` or ``share`` (0–1)."""
    weight: Decimal

    @property
    def sign(self) -> int:
        """+1 where the number grows, −1 where it falls."""
        return 1 if self.end > self.old else -1

    @property
    def most(self) -> Decimal:
        """The largest change."""
        return abs(self.end - self.old)

    @property
    def cost_per_unit(self) -> Decimal:
        """repair_weight ÷ max(\\|bound\\|, 1); shares are counted in percentage points."""
        unit = 100 if self.unit == "share" else 1
        return self.weight * unit / max(abs(self.old) * unit, Decimal(1))

    def cost(self, new: Decimal) -> float:
        """\\|change\\| ÷ max(\\|bound\\|, 1) × repair_weight."""
        return float(abs(new - self.old) * self.cost_per_unit)

    def after(self, change: float) -> Decimal:
        """The number after a change of at least this size, rounded away from the old one."""
        steps = (Decimal(change) / self.step - Decimal("0.000001")).to_integral_value(ROUND_CEILING)
        moved = self.old + self.sign * max(steps, Decimal(1)) * self.step
        return min(moved, self.end) if self.sign > 0 else max(moved, self.end)


def levers(scenario: Scenario) -> tuple[Lever, ...]:
    """Every lever of a scenario: its policies in order, then its funds by year."""
    settings = scenario.settings
    found = [x for name, rule in settings.rules.items() for x in _of_rule(name, rule)]
    for name, fund in settings.funds.items():
        if fund.firmness != "policy" or fund.role != "general":
            continue
        amounts = settings.amounts(fund)
        end = Decimal(max([1, *amounts.values()])) * MOST
        for year, amount in sorted(amounts.items()):
            old = Decimal(amount)
            step = _money_step(old)
            found.append(
                Lever("fund", name, str(year), old, end, step, "money", fund.repair_weight)
            )
    return tuple(found)


def _of_rule(name: str, rule: Rule) -> Iterator[Lever]:
    if rule.firmness != "policy":
        return
    units = {"spend": "money", "quantity": "units", "coverage": "share", "requests": "count"}
    for field in ("at_least", "at_most", "exactly"):
        bound = getattr(rule, field)
        if bound is None:
            continue
        part = isinstance(bound, Share)
        unit = "share" if part else units[rule.measure]
        old = Decimal(bound.share if part else bound)
        step = {"share": SHARE_STEP, "money": _money_step(old)}.get(unit, Decimal(1))
        top = Decimal(1) if unit == "share" else max(old, Decimal(1)) * MOST
        if field != "at_most" and old > 0:
            yield Lever("rule", name, field, old, Decimal(0), step, unit, rule.repair_weight)
        if field != "at_least" and top > old:
            yield Lever("rule", name, field, old, top, step, unit, rule.repair_weight)


def _money_step(money: Decimal) -> Decimal:
    return Decimal(10) ** max(0, len(str(int(money))) - DIGITS)


def moved(scenario: Scenario, changes: Mapping[Lever, Decimal]) -> Scenario:
    """The scenario with some levers at new values; all else, tables included, is shared."""
    settings = scenario.settings
    funds, rules = dict(settings.funds), dict(settings.rules)
    for lever, new in changes.items():
        if lever.kind == "fund":
            amounts = settings.amounts(funds[lever.name]) | {int(lever.field): int(new)}
            funds[lever.name] = funds[lever.name].model_copy(update={"amounts": amounts})
            continue
        rule = rules[lever.name]
        bound: Any = getattr(rule, lever.field)
        value = bound.model_copy(update={"share": new}) if isinstance(bound, Share) else new
        rules[lever.name] = rule.model_copy(update={lever.field: value})
    changed = settings.model_copy(update={"funds": funds, "rules": rules})
    return replace(scenario, settings=changed)
