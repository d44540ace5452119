"""Continuous amounts become whole money; what they were required for must still be allowed."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from tiny import item, norm, tiny

from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario


def _amounts(scenario: Scenario) -> dict[str, int]:
    lines = optimize(scenario, time_limit=20).plan.allocation
    return lines[lines["kind"] == "purchase"].groupby("item")["amount"].sum().to_dict()


def _lan(price: int, **more: object) -> dict[str, object]:
    return item("lan", price, whole=False, weight=Decimal("0.001"), **more)


def test_continuous_units_give_up_what_their_rounded_prerequisite_does_not_carry() -> None:
    """Wi-Fi at 7 needs a LAN at 3 for each 2.5 units: 10 đồng buy 1.22 Wi-Fi (8.5) and 0.49
    LAN (1.5). In whole money the LAN has 1 đồng, a third, which carries 0.83 Wi-Fi: 5 đồng.

    Rounding each down alone leaves 8 đồng of Wi-Fi (1.14) on a LAN for 0.83, and the audit
    refuses the plan.
    """
    wifi = item("wifi", 7, whole=False, requires=("lan",), capacity=(Decimal("2.5"),))
    bought = _amounts(tiny(items=[_lan(3), wifi], cap=10))
    assert bought["lan"] >= 1
    assert 3 * bought["wifi"] * 2 <= 7 * bought["lan"] * 5


def test_whole_units_get_the_prerequisite_that_they_need() -> None:
    """A computer at 7 needs half a LAN at 3: 1.5 đồng, so 2 in whole money; 9 đồng buy both.

    Rounding the LAN down to 1 đồng leaves a third for what needs a half; giving up the
    computer would leave a plan worth next to nothing.
    """
    computer = item("pc", 7, requires=("lan",), capacity=(Decimal(2),))
    norms = [norm("lan"), norm("pc", per="school")]
    bought = _amounts(tiny(items=[_lan(3), computer], norms=norms, cap=9))
    assert bought == {"lan": 2, "pc": 7}


def test_upkeep_of_continuous_units_counts_requests_and_no_proposals() -> None:
    """The upkeep of a year is that of 1.5 units bought and 2 that a request brings.

    Counting purchases alone charges 15 instead of 35, counting proposals too charges more.
    """
    lines = {
        "requests": [{"request": "r", "school": "a", "option": "x", "title": "x", "value": 9}],
        "request_items": [
            {"request": "r", "option": "x", "item": "pc", "quantity": 2, "year": 2023}
        ],
    }
    pc = item("pc", 100, whole=False, upkeep=Decimal("0.1"))
    run = {"nature": "recurrent", "amounts": {2023: 0, 2024: 1000}, "pays_upkeep": True}
    funds = {"cap": {"nature": "capital", "amounts": {2023: 150}}, "run": run}
    plan = optimize(tiny(items=[pc], funds=funds, tables=lines, tail_years=1)).plan
    upkeep = plan.allocation[plan.allocation["kind"] == "upkeep"]
    assert np.allclose(upkeep["quantity"], 3.5, atol=0.011)  # a đồng is 0.01 units
    assert upkeep["amount"].tolist() == [35]
