"""The audit shares no formula with the optimizer: falsify any one of them, and no plan appears.

Each test breaks one formula or leaves one rule out of the formulation on a scenario in which
that makes a difference; the intact scenario has a plan. If the audit borrowed the broken
formula, the wrong plan would be published.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from planner.errors import AuditError, NoPlanError
from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario
from tests.tiny import fund, item, norm, school, tiny

YEARS: dict[str, Any] = {"years": (2023, 2024)}


def refused(scenario: Scenario) -> bool:
    """Whether solving ends without a published plan."""
    try:
        _ = optimize(scenario).plan
    except (AuditError, NoPlanError):
        return True
    return False


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


def _two_funds(**more: Any) -> Scenario:
    funds = {"cap": fund(10), "other": fund(10)}
    return tiny(funds=funds, **more)


RULES: dict[str, Callable[[], Scenario]] = {
    "fund_within_budget": lambda: tiny(cap=25),
    "preparing_from_project": lambda: tiny(
        schools=[school("p", group="preparing", ready=2023, project_amount=15)],
        funds={"project": {"role": "project"}},
    ),
    "need_not_exceeded": lambda: tiny(
        cap=100,
        rules={"spend-it": {"measure": "spend", "at_least": 40}},
        tables={"bans": []},
        norms=[norm("pc", every=4)],
    ),
    "prerequisite_in_service": lambda: tiny(
        items=[item("lan", price=30), item("pc", requires=("lan",))], cap=10
    ),
    "works_before_purchase": lambda: tiny(items=[item("pc", setup=5)], cap=25),
    "one_delivery": lambda: tiny(items=[item("pc", once=True)], cap={2023: 20, 2024: 20}, **YEARS),
    "one_source": lambda: _two_funds(one_source=True),
    "capacity_within": lambda: tiny(
        cap=40, tables={"capacities": [{"item": "pc", "year": 2023, "most": 2}]}
    ),
    "one_option_per_request": lambda: tiny(cap=100, tables=_requests(value=5)),
    "request_requires": lambda: tiny(cap=20, tables=_requests(value=99, requires=("q",))),
}


def _requests(value: int, requires: tuple[str, ...] = ()) -> dict[str, Any]:
    """Request ``r`` with two options of 10; ``q`` costs more than there is."""
    rows = [("r", "x"), ("r", "y"), ("q", "z")]
    cost = {"r": 10, "q": 999}
    ask = {"school": "a", "title": "xin", "value": value}
    return {
        "requests": [
            ask | {"request": r, "option": o, "requires": requires if r == "r" else ()}
            for r, o in rows
        ],
        "request_costs": [
            {"request": r, "option": o, "fund": "cap", "year": 2023, "amount": cost[r]}
            for r, o in rows
        ],
    }


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_left_out_is_found(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The formulation forgets one rule; the plan that breaks it is refused."""
    scenario = RULES[rule]()
    if rule == "need_not_exceeded":  # the floor forces more than the norm allows
        assert optimize(scenario).status == "infeasible"
    else:
        assert not refused(scenario)
    monkeypatch.setattr(f"planner.formulation.build.{rule}", lambda *_: None)
    monkeypatch.setattr("planner.formulation.build.service_after_works", lambda *_: None)
    if rule == "need_not_exceeded":
        monkeypatch.setattr("planner.formulation.decision_columns.largest_left", _plenty)
    assert refused(scenario)


def _plenty(facts: Any, item: int, start: Any) -> Any:
    return start * 0 + 99
