"""Amending an approved plan: contracts as facts, past years, the fewest changes, the chain.

Each test says what it proves, and which wrong answer a broken rule would give. The small scenarios
are those of ``tiny``: one unit at school ``a`` is worth 25 points a year and costs 10.
"""

from __future__ import annotations

from typing import Any

import pytest
from tiny import fund, item, lines, norm, school, tiny

from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario

DEAL = {"school": "a", "item": "pc", "fund": "cap", "year": 2023, "quantity": 2}
TWO = {"years": (2023, 2024), "cap": {2023: 40, 2024: 40}}


def two_years(*contracts: dict[str, Any], **more: Any) -> Scenario:
    tables = {"commitments": list(contracts)} | more.pop("tables", {})
    return tiny(**(TWO | {"tables": tables} | more))


# ---- contracts as facts


def test_a_past_year_is_closed() -> None:
    """With 2023 past and two units under contract there, the other two come in 2024: 2·25·2 + 2·25.
    Were the year open, all four would come in 2023 (200)."""
    plan = optimize(two_years(DEAL, closed_until=2023), gap=0).plan
    assert lines(plan) == [("a", "pc", "cap", 2023, 2.0), ("a", "pc", "cap", 2024, 2.0)]
    assert optimize(two_years(DEAL, closed_until=2023), gap=0).value == pytest.approx(150)
    assert optimize(two_years(DEAL), gap=0).value == pytest.approx(200)


def test_a_contract_costs_what_it_says() -> None:
    """Two units for 25 instead of 20, of 40 in all: 15 are left, which buy one more (were the price
    the catalogue's, two). The line is one, its amount the contract's and one unit at 10."""
    result = optimize(tiny(cap=40, tables={"commitments": [DEAL | {"amount": 25}]}), gap=0)
    (line,) = result.plan.allocation.to_dict("records")
    assert (line["quantity"], line["amount"], line["unit_price"]) == (3, 35, 12)
    assert result.plan.ledger["spent"].tolist() == [35]
    assert result.value == pytest.approx(75)


def test_a_cheap_contract_leaves_more() -> None:
    """Two units for 7 of 27: two more at 10 fit exactly. At 20 none would (27 − 20 < 10)."""
    result = optimize(tiny(cap=27, tables={"commitments": [DEAL | {"amount": 7}]}), gap=0)
    assert result.value == pytest.approx(100)
    assert result.plan.ledger["spent"].tolist() == [27]


def test_own_price_in_instalments_and_rules() -> None:
    """30 % and 70 % of 101: 30 in 2023, 71 in 2024, to the đồng; a rule on spending counts 101."""
    scenario = two_years(
        DEAL | {"amount": 101, "quantity": 4},
        items=[item("pc", payments=("0.3", "0.7"))],
        cap={2023: 30, 2024: 71},
        closed_until=2023,
        rules={"spent": {"measure": "spend", "at_most": 101}},
    )
    plan = optimize(scenario, gap=0).plan
    assert plan.ledger["spent"].tolist() == [30, 71]
    assert plan.allocation["schedule"].tolist() == ["2023:30;2024:71"]
    tight = scenario.with_("rules.spent.at_most", 100)
    assert optimize(tight, gap=0).status == "infeasible"
    short = scenario.with_("funds.cap.amounts", {2023: 29, 2024: 71})
    assert optimize(short, gap=0).status == "infeasible"


def test_what_is_delivered_late_serves_late() -> None:
    """Four units of 2023 delivered in 2024 serve one year (100 points), not two (200); and nothing
    more is bought on their line."""
    late = DEAL | {"quantity": 4, "serves": 2024}
    result = optimize(two_years(late), gap=0)
    assert result.value == pytest.approx(100)
    part = optimize(two_years(DEAL | {"serves": 2024}), gap=0)
    assert lines(part.plan) == [("a", "pc", "cap", 2023, 2.0), ("a", "pc", "cap", 2024, 2.0)]


def test_a_fact_needs_no_prerequisite() -> None:
    """Two computers were delivered, the network they stand on was not bought and never can be (no
    money): a plan all the same, and no third computer. A contract without a price of its own is a
    promise, which the rule denies."""
    tables = {"commitments": [DEAL | {"amount": 20}]}
    items = [item("pc", requires=("lan",)), item("lan", price=500)]
    result = optimize(tiny(cap=40, items=items, tables=tables), gap=0)
    assert lines(result.plan) == [("a", "pc", "cap", 2023, 2.0)]
    promise = {"commitments": [DEAL]}
    assert optimize(tiny(cap=40, items=items, tables=promise), gap=0).status == "infeasible"


def test_works_of_a_contract() -> None:
    """Site works for 3 instead of 8, beside a contract for two: 40 − 20 − 3 buys one more."""
    items = [item("pc", setup=8)]
    tables = {"commitments": [DEAL | {"works": 3}]}
    result = optimize(tiny(cap=33, items=items, tables=tables), gap=0)
    works = result.plan.allocation[result.plan.allocation["kind"] == "setup"]
    assert works["amount"].tolist() == [3]
    assert result.value == pytest.approx(75)


def test_a_contract_by_the_dong_says_its_units() -> None:
    """Of an item that is not whole, 25 at a price of 10 are two and a half units."""
    tables = {"commitments": [DEAL | {"quantity": 1, "amount": 25}]}
    result = optimize(tiny(cap=25, items=[item("pc", whole=False)], tables=tables), gap=0)
    assert lines(result.plan) == [("a", "pc", "cap", 2023, 2.5)]
    assert result.value == pytest.approx(62.5)


def test_a_request_paid_in_the_past() -> None:
    """An option that is paid in a closed year is gone, unless it is locked."""
    tables = {
        "requests": [{"request": "r", "school": "a", "option": "o", "title": "xin", "value": 9}],
        "request_costs": [
            {"request": "r", "option": "o", "fund": "cap", "year": 2023, "amount": 1}
        ],
    }
    past = two_years(tables=tables, closed_until=2023)
    assert optimize(past, gap=0).plan.requests["chosen"].tolist() == ["no"]
    lock = {"locks": [{"request": "r", "option": "o", "quantity": 1}]}
    kept = two_years(tables=tables | lock, closed_until=2023)
    assert optimize(kept, gap=0).plan.requests["chosen"].tolist() == ["yes"]
