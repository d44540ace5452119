"""Corners of the standing rules: where a right plan was once refused, lost, or a worse one called
best. Each runs through both engines and after save → load.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Solver
from tiny import fund, item, lines, norm, school, tiny, units

from planner.formulation.build import formulate
from planner.plan.decisions import decide
from planner.run.optimize import optimize
from planner.scenario.load import inspect
from planner.scenario.scenario import Scenario
from planner.scenario.write import write

YEARS = (2023, 2024)


def needs(*rows: tuple[int, int]) -> dict[str, Any]:
    """The table ``needs`` of pc at a: (year, units)."""
    base = {"school": "a", "item": "pc"}
    return {"needs": [base | {"year": t, "quantity": n} for t, n in rows]}


def test_a_falling_need_does_not_forbid_what_was_needed_before(solve: Solver) -> None:
    """4 are needed, then 2: the 4 may be bought and stay, 100 + 100. A row of 2024 that binds
    although nothing is bought then would leave 2 (150), and call that the optimum."""
    scenario = tiny(cap={2023: 40, 2024: 40}, years=YEARS, tables=needs((2023, 4), (2024, 2)))
    result = solve(scenario)
    assert result.value == pytest.approx(200)
    assert units(result.plan) == {"pc": 4}


def test_nothing_is_added_to_what_a_fallen_need_left_standing(solve: Solver) -> None:
    """4, 2 and 3 needed, and 30 each year to be spent: with 3 of 2023 in service nothing may
    begin in 2024 (need 3 until 2025, 3 serve); the floor of 2024 cannot be met."""
    spend = {"measure": "spend", "for_each": ["year"], "at_least": 10}
    tables = needs((2023, 4), (2024, 2), (2025, 3))
    money = {2023: 30, 2024: 30}
    free = solve(tiny(cap=money, years=YEARS, tail_years=1, tables=tables))
    assert free.value == pytest.approx(75 + 100 + 100)
    forced = solve(tiny(cap=money, years=YEARS, tail_years=1, tables=tables, rules={"s": spend}))
    bought = [(t, q) for *_, t, q in lines(forced.plan)]
    assert bought in ([(2023, 1), (2024, 2)], [(2023, 2), (2024, 1)])
    assert forced.value == pytest.approx(50 + 100 + 100)


def test_a_contract_beyond_the_norm_needs_one_prerequisite(solve: Solver) -> None:
    """9 pc are under contract where 4 are needed; any number is served by one lan: 90 + 10.

    With the need as «any number», three lan would be called for and none allowed: infeasible.
    """
    signed = {"school": "a", "item": "pc", "fund": "cap", "year": 2023, "quantity": 9}
    result = solve(
        tiny(
            items=[item("lan"), item("pc", requires=("lan",))],
            norms=[norm("lan", per="school"), norm("pc")],
            cap=100,
            tables={"commitments": [signed]},
        )
    )
    assert units(result.plan) == {"lan": 1, "pc": 9}


def test_contracts_of_two_funds_share_the_works(solve: Solver) -> None:
    """4 + 4 under contract, 4 needed, works of 5 once. As «most × works», 8 ≤ 4: infeasible."""
    signed = [
        {"school": "a", "item": "pc", "fund": f, "year": 2023, "quantity": 4} for f in ("x", "y")
    ]
    funds = {"x": fund(45), "y": fund(40)}
    result = solve(tiny(items=[item("pc", setup=5)], funds=funds, tables={"commitments": signed}))
    assert len(lines(result.plan, "setup")) == 1
    assert units(result.plan) == {"pc": 8}


def test_upkeep_ends_with_the_tail_even_where_a_project_comes_later(solve: Solver) -> None:
    """A preparing school is ready in 2027, after everything; a's stock is kept up in 2023 only.

    Written for 2024–2027 too, the audit refused the plan (exit 6).
    """
    schools = [school("a"), school("p", group="preparing", ready=2027, project_amount=100)]
    money = dict.fromkeys(range(2023, 2029), 100)
    funds = {"cap": fund(money, pays_upkeep=True), "project": {"role": "project"}}
    stock = [{"school": "a", "item": "pc", "quantity": 1, "acquired": 2020}]
    pc = [item("pc", upkeep="0.1")]
    result = solve(tiny(schools=schools, items=pc, funds=funds, tables={"inventory": stock}))
    assert [t for *_, t, _ in lines(result.plan, "upkeep")] == [2023]


def test_money_is_not_carried_into_a_year_without_an_amount(solve: Solver) -> None:
    """15 in 2023 and in 2025, all of it may be carried, but 2024 is not declared: 1 + 1 units.

    Carried over the gap there would be three (an internal error, once).
    """
    funds = {"cap": fund({2023: 15, 2025: 15}, carry_over="1")}
    result = solve(tiny(funds=funds, years=(2023, 2025)))
    assert units(result.plan) == {"pc": 2}


def test_a_request_serves_as_prerequisite_whatever_the_lot(solve: Solver) -> None:
    """The request brings 5 of an item sold in tens: 4 pc are served, 100 + 1 points.

    Counted as half a lot, it would cover half of the pc (51).
    """
    tables = {
        "requests": [{"request": "r", "school": "a", "option": "x", "title": "xin", "value": 1}],
        "request_costs": [
            {"request": "r", "option": "x", "fund": "cap", "year": 2023, "amount": 1}
        ],
        "request_items": [
            {"request": "r", "option": "x", "item": "lan", "quantity": 5, "year": 2023}
        ],
    }
    items = [item("lan", lot=10), item("pc", requires=("lan",))]
    result = solve(tiny(items=items, norms=[norm("pc")], cap=41, tables=tables))
    assert result.value == pytest.approx(101)


def test_a_hair_less_than_a_unit_is_a_unit() -> None:
    """The engine's 1.99999998 licences are 2: no office buys 7 đồng less than two of them."""
    scenario = tiny(items=[item("lms", 333_333_333, whole=False)], cap=10**9)
    form = formulate(scenario)
    columns = np.zeros(form.model.columns)
    columns[form.columns.buys["column"]] = 2 - 2e-8
    assert decide(form, columns).purchases["amount"].tolist() == [666_666_666]


def test_upkeep_of_parts_counts_what_a_request_brought(solve: Solver) -> None:
    """2 licences bought, 2 by request, 10% of 100 each: 40 in 2024. Without the request's units
    the line says 20 and the audit refuses it."""
    tables = {
        "requests": [{"request": "r", "school": "a", "option": "x", "title": "xin", "value": 1}],
        "request_costs": [
            {"request": "r", "option": "x", "fund": "cap", "year": 2023, "amount": 1}
        ],
        "request_items": [
            {"request": "r", "option": "x", "item": "lms", "quantity": 2, "year": 2023}
        ],
    }
    lms = [item("lms", 100, whole=False, upkeep="0.1")]
    funds = {"cap": fund({2023: 999, 2024: 999}, pays_upkeep=True)}
    result = solve(tiny(items=lms, years=YEARS, funds=funds, tables=tables))
    kept = result.plan.allocation.query("kind == 'upkeep'")
    assert kept["amount"].tolist() == [40]


@pytest.mark.parametrize(
    ("where", "served"),
    [({"big": True}, "a"), ({"big": "false"}, "b"), ({"ready": ""}, "b"), ({"owner": ["w"]}, "a")],
)
def test_selections_mean_the_same_to_everybody(where: dict[str, Any], served: str) -> None:
    """A yes/no attribute, an empty cell: the check, the model and the audit read them alike.

    Once ``true`` was «yes» to the model and an empty year «<NA>»: such a fund served nobody.
    """
    schools = [school("a", big="true", ready=2023, owner="w"), school("b", big="false")]
    result = optimize(tiny(schools=schools, funds={"cap": fund(80, where=where)}))
    assert lines(result.plan) == [(served, "pc", "cap", 2023, 4)]


def refused(scenario: Scenario, folder: Path) -> list[str]:
    """Codes of the errors that the reader finds."""
    write(scenario, folder)
    return [f.code for f in inspect(folder / "scenario.yaml")[1] if f.severity == "error"]


def test_what_has_no_meaning_is_refused_at_the_door(tmp_path: Path) -> None:
    """Two projects of one school; «any number» of a part of a unit; amounts without a price."""
    preparing = school("p", group="preparing", ready=2023, project_amount=20)
    twice = {"one": {"role": "project"}, "two": {"role": "project"}}
    assert refused(tiny(schools=[preparing], funds=twice), tmp_path / "a") == ["project_twice"]
    split = {n: f | {"where": {"school": n}} for n, f in twice.items()}
    schools = [preparing | {"school": n} for n in twice]
    assert refused(tiny(schools=schools, funds=split), tmp_path / "b") == []
    loose = [item("lms", whole=False), item("pc", requires=("lms",))]
    assert refused(tiny(items=loose, cap=9), tmp_path / "c") == ["capacity_needed"]
    signed = {"school": "a", "item": "pc", "fund": "cap", "year": 2023, "quantity": 1}
    later = [item("pc", payments=("0.3", "0.7"))]
    scenario = tiny(items=later, cap=9, tables={"commitments": [signed]})
    assert refused(scenario, tmp_path / "e") == ["fund_has_no_year"]
    free = [item("pc", 0, whole=False)]
    assert refused(tiny(items=free, cap=9), tmp_path / "d") == ["price_zero_not_whole"]


@pytest.mark.parametrize(("bought", "amount"), [(1.1e-8, 1), (0.0, 1), (0.5, 45_000_000)])
def test_works_always_have_a_purchase_beside_them(bought: float, amount: int) -> None:
    """Part of a unit so small that it was taken for noise, with its works paid: dropped alone,
    it left works without a purchase, and the audit refused the whole plan."""
    lab = item("lab", 90_000_000, setup=20, whole=False)
    form = formulate(tiny(schools=[school("a", classes=1)], items=[lab], cap=100_000_000))
    columns = np.zeros(form.model.columns)
    columns[form.columns.buys["column"].iloc[0]] = bought
    columns[form.columns.works["column"].iloc[0]] = 1.0
    decisions = decide(form, columns)
    assert decisions.purchases["amount"].tolist() == [amount]
    assert decisions.works["amount"].tolist() == [20]
    columns[form.columns.works["column"].iloc[0]] = 0.0
    kept = decide(form, columns)
    assert kept.purchases["amount"].sum() == (amount if bought == 0.5 else 0)
    assert kept.works.empty


def test_upkeep_of_half_a_dong_after_the_plan() -> None:
    """153 buy 153/70 units that cost 35 each a year: 76.5, half up 77. In floats the product is
    just below, which gave 76 among the obligations and a plan that the audit refused."""
    pc = item("pc", 70, whole=False, upkeep=Decimal("0.5"))
    result = optimize(tiny(items=[pc], cap=153, tail_years=1), gap=0.0, threads=1)
    owed = result.plan.obligations
    assert owed[["year", "kind", "origin", "amount"]].values.tolist() == [
        [2024, "upkeep", "plan", 77]
    ]
