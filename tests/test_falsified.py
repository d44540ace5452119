"""The audit shares no formula with the optimizer: falsify any one of them, and no plan appears.

Each test breaks one formula or leaves one rule out of the formulation on a scenario in which
that makes a difference; the intact scenario has a plan. If the audit borrowed the broken
formula, the wrong plan would be published.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rule_cases import RULE_CASES
from tiny import fund, item, refused, school, tiny

from planner.formulation.works import PURCHASE_RULES
from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario

YEARS: dict[str, Any] = {"years": (2023, 2024)}


def shifted(function: Callable[..., Any], by: int) -> Callable[..., Any]:
    """The function with every result moved by ``by``."""
    return lambda *given: function(*given) + by


STOCKED = {"inventory": [{"school": "a", "item": "pc", "quantity": 1, "acquired": 2020}]}
FACTS = {
    "needs": ("planner.formulation.facts.need_array", 1),
    "stock": ("planner.formulation.facts.stock_array", 1),
    "price": ("planner.formulation.facts.unit_price", 1),
    "upkeep": ("planner.formulation.facts.unit_upkeep", 1),
    "works": ("planner.formulation.facts.setup_price", 1),
    "usable": ("planner.formulation.facts.usable", 3),
}


@pytest.mark.parametrize("name", FACTS)
def test_a_falsified_fact_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One unit more need, stock, price, upkeep, works or money: the plan is refused."""
    path, by = FACTS[name]
    pc = item("pc", life=10, upkeep="0.1", setup=2)
    money = {2023: 45, 2024: 45}
    funds = {"cap": fund(money, pays_upkeep=True, reserve="0.1")}
    two = [school("a"), school("b")]
    scenario = tiny(schools=two, items=[pc], funds=funds, tables=STOCKED, **YEARS)
    assert not refused(scenario)
    module, _, function = path.rpartition(".")
    original = getattr(__import__(module, fromlist=[function]), function)
    monkeypatch.setattr(path, shifted(original, by))
    assert refused(scenario)


FORGOTTEN = {
    str(rule): case.forgotten
    for rule, case in RULE_CASES.items()
    if isinstance(case.forgotten, Scenario)
}


@pytest.mark.parametrize("rule", FORGOTTEN)
def test_a_rule_left_out_is_found(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The formulation forgets one rule; the plan that breaks it is refused."""
    scenario = FORGOTTEN[rule]
    if rule == "need_not_exceeded":  # the floor forces more than the norm allows
        assert optimize(scenario).status == "infeasible"
    else:
        assert not refused(scenario)
    kept = tuple(known for known in PURCHASE_RULES if known.__name__ != rule)
    monkeypatch.setattr("planner.formulation.build.PURCHASE_RULES", kept)
    for name in (rule, "service_after_works"):
        monkeypatch.setattr(f"planner.formulation.build.{name}", lambda *_: None, raising=False)
    if rule == "need_not_exceeded":
        monkeypatch.setattr("planner.formulation.decision_columns.largest_left", _plenty)
    assert refused(scenario)


def _plenty(facts: Any, item: int, start: Any) -> Any:
    return start * 0 + 99
