"""The cheapest change of one policy or fund amount that makes a scenario feasible.

Each policy rule and each declared amount of a fund whose firmness is ``policy`` is looked at
alone; laws are never touched. The change is found by bisection on re-solves without an
objective, rounded outward, and solved again in full before it is offered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import Any

import numpy as np

from planner.formulation.build import formulate
from planner.optimize import optimize
from planner.result import Result
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Share
from planner.solving.pulp_solver import make_engine
from planner.solving.solution import Limits

STEPS = 12
"""Halvings of a bisection: the change is found to 1/4096 of the range looked at."""
MOST_MONEY = 8
"""A fund's amount is never proposed to grow beyond this many times itself."""


@dataclass(frozen=True)
class Repair:
    """One change: of ``bound`` (or ``year``) of ``name`` from ``old`` to ``new``."""

    kind: str
    """``rule`` or ``fund``."""
    name: str
    field: str
    """``at_least``, ``at_most``, ``exactly`` or the year of the amount."""
    old: Decimal
    new: Decimal
    cost: float
    """|change| ÷ max(|bound|, 1) × repair_weight; shares and coverage in percentage points."""
    scenario: Scenario
    result: Result | None = None


@dataclass(frozen=True)
class _Lever:
    scenario: Scenario
    kind: str
    name: str
    field: str
    old: Decimal
    end: Decimal
    step: Decimal
    weight: Decimal

    def at(self, new: Decimal) -> Scenario:
        """The scenario with the lever moved to ``new``."""
        settings = self.scenario.settings
        if self.kind == "fund":
            fund = settings.funds[self.name]
            amounts = settings.amounts(fund) | {int(self.field): int(new)}
            funds = settings.funds | {self.name: fund.model_copy(update={"amounts": amounts})}
            return _with(self.scenario, funds=funds)
        rule = settings.rules[self.name]
        bound = getattr(rule, self.field)
        moved = bound.model_copy(update={"share": new}) if isinstance(bound, Share) else new
        rules = settings.rules | {self.name: rule.model_copy(update={self.field: moved})}
        return _with(self.scenario, rules=rules)

    def cost(self, new: Decimal) -> float:
        """Relative size of the change times its weight."""
        unit = 100 if self.step == Decimal("0.01") else 1
        size = max(abs(self.old) * unit, Decimal(1))
        return float(abs(new - self.old) * unit / size * self.weight)

    def rounded(self, value: Decimal) -> Decimal:
        """``value`` moved away from ``old`` to the next sensible one, at most to the end."""
        steps = (abs(value - self.old) / self.step).to_integral_value(ROUND_CEILING)
        new = self.old + steps * self.step * (1 if self.end > self.old else -1)
        return min(new, self.end) if self.end > self.old else max(new, self.end)


def _with(scenario: Scenario, **changes: Any) -> Scenario:
    return replace(scenario, settings=scenario.settings.model_copy(update=changes))


def levers(scenario: Scenario) -> Iterator[_Lever]:
    """Everything a repair may move: bounds of policies, amounts of funds; never law."""
    settings = scenario.settings
    for name, rule in settings.rules.items():
        if rule.firmness != "policy":
            continue
        for field in ("at_least", "at_most"):
            bound = getattr(rule, field)
            if bound is None:
                continue
            part = isinstance(bound, Share) or rule.measure == "coverage"
            old = Decimal(bound.share if isinstance(bound, Share) else bound)
            top = Decimal(1) if part else max(old, Decimal(1)) * MOST_MONEY
            end = Decimal(0) if field == "at_least" else max(top, old)
            money = rule.measure == "spend" and not part
            step = Decimal("0.01") if part else _step(old) if money else Decimal(1)
            yield _Lever(scenario, "rule", name, field, old, end, step, rule.repair_weight)
    for name, fund in settings.funds.items():
        if fund.firmness != "policy" or fund.role != "general":
            continue
        for year, amount in sorted(settings.amounts(fund).items()):
            old = Decimal(amount)
            end = max(old, Decimal(1)) * MOST_MONEY
            yield _Lever(
                scenario, "fund", name, str(year), old, end, _step(old), fund.repair_weight
            )


def _step(money: Decimal) -> Decimal:
    """Money is rounded to four digits of the amount that changes."""
    return Decimal(10) ** max(0, len(str(int(money))) - 4)


def feasible(scenario: Scenario, time_limit: float = 10.0) -> bool:
    """Whether a plan that satisfies every rule was found within the time."""
    model = formulate(scenario).model
    limits = Limits(1.0, time_limit, scenario.settings.solve.threads)
    outcome = make_engine(model, limits).solve(np.zeros(model.columns), limits)
    return outcome.columns is not None


def _least(lever: _Lever) -> Decimal | None:
    """The least rounded move of one lever that makes the scenario feasible, if any does."""
    if lever.end == lever.old or not feasible(lever.at(lever.end)):
        return None
    bad, good = lever.old, lever.end
    for _ in range(STEPS):
        middle = lever.rounded((bad + good) / 2)
        if middle in (bad, good):
            break
        bad, good = (bad, middle) if feasible(lever.at(middle)) else (middle, good)
    return good


def repairs(scenario: Scenario, most: int = 3, *, time_limit: float | None = None) -> list[Repair]:
    """The cheapest repairs by a single change, each solved again and audited."""
    found = []
    for lever in levers(scenario):
        new = _least(lever)
        if new is not None:
            moved = lever.at(new)
            found.append(
                Repair(lever.kind, lever.name, lever.field, lever.old, new, lever.cost(new), moved)
            )
    kept: list[Repair] = []
    for repair in sorted(found, key=lambda r: r.cost):
        result = optimize(repair.scenario, time_limit=time_limit)
        if result.maybe_plan is not None:
            kept.append(replace(repair, result=result))
        if len(kept) == most:
            break
    return kept
