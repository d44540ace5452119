"""What the reference says where a rule could be read in two ways, one small plan a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from tiny import Row, fund, item, norm, school, tiny

from planner.plan import Plan
from planner.run.optimize import optimize
from planner.scenario.reference import READINGS, markdown
from planner.solving.solution import Status


def solved(**given: Any) -> Plan:
    """The optimum of a tiny scenario."""
    return optimize(tiny(**given)).plan


def lines(plan: Plan, kind: str, *columns: str) -> list[tuple[Any, ...]]:
    """Some cells of the plan's lines of one kind."""
    table = plan.allocation[plan.allocation["kind"] == kind]
    return [tuple(row) for row in table[list(columns)].to_numpy().tolist()]


def asked(quantity: int, copies: int) -> dict[str, list[Row]]:
    """A request for so many computers a copy, a copy for 1."""
    request = {"request": "r", "option": "o", "school": "a", "title": "Máy", "value": 1}
    paid = {"request": "r", "option": "o", "fund": "cap", "year": 2023, "amount": 1}
    brings = {"request": "r", "option": "o", "item": "pc", "quantity": quantity, "year": 2023}
    return {
        "requests": [request | {"copies": copies}],
        "request_costs": [paid],
        "request_items": [brings],
    }


@pytest.mark.parametrize(
    ("quantity", "copies", "chosen", "bought"),
    [(6, 1, 1, 0), (6, 2, 1, 0), (3, 2, 1, 1), (2, 2, 2, 0), (2, 3, 2, 0)],
)
def test_need_is_counted_by_copy(quantity: int, copies: int, chosen: int, bought: int) -> None:
    """Four are needed and there is money for all: a copy of six is taken, a second never; two
    copies of two fill the need. Counted over all copies at once, two of three would pass as one
    of six does; counted in full, not even one of six would."""
    plan = solved(cap=100, tables=asked(quantity, copies))
    assert plan.requests["copies"].tolist() == [chosen]
    assert sum(q for (q,) in lines(plan, "purchase", "quantity")) == bought


def test_upkeep_begins_in_the_year_after_service_begins() -> None:
    """Bought in 2023 (paid in halves) into a building of 2024: upkeep from 2025 on (10 × 0.1 = 1 a
    unit, four units). From the purchase on, 2024 would be charged; from the first year of
    service on, too."""
    plan = solved(
        schools=[school("a", group="under_construction", ready=2024)],
        items=[item("pc", on_site=True, upkeep="0.1", payments=("0.5", "0.5"))],
        funds={
            "cap": fund(dict.fromkeys((2023, 2024, 2025), 20)),
            "run": fund(dict.fromkeys(range(2023, 2027), 9), nature="recurrent", pays_upkeep=True),
        },
        years=(2023, 2025),
        tail_years=1,
        tables={"bans": [{"item": "pc", "year": year} for year in (2024, 2025)]},
    )
    assert lines(plan, "purchase", "year", "quantity") == [(2023, 4.0)]
    assert lines(plan, "upkeep", "year", "amount") == [(2025, 4), (2026, 4)]


def test_two_funds_in_a_year_are_two_deliveries() -> None:
    """Four at 10; two funds of 20 each. An item delivered once takes two units from one of them;
    otherwise both pay, and all four stand there."""
    funds = {"one": fund(20), "two": fund(20)}
    for once, units in ((True, 2), (False, 4)):
        plan = solved(items=[item("pc", once=once)], funds=funds)
        assert sum(q for (q,) in lines(plan, "purchase", "quantity")) == units


@pytest.mark.parametrize(("until", "due"), [(2023, []), (None, []), (2022, [(2024, 5)])])
def test_setup_is_judged_by_the_first_plan_year(until: int | None, due: list[Any]) -> None:
    """One computer in stock: to the end of 2022 (none in the first plan year: works of 5 are paid
    with the purchase of 2024), to the end of 2023 or for good (none are)."""
    stock = {"school": "a", "item": "pc", "quantity": 1, "acquired": 2020, "usable_until": until}
    plan = solved(
        items=[item("pc", setup=5)],
        norms=[norm("pc", from_year=2024)],
        cap={2024: 100},
        years=(2023, 2024),
        tables={"inventory": [stock]},
    )
    assert lines(plan, "purchase", "year") == [(2024,)]
    assert lines(plan, "setup", "year", "amount") == due


def test_what_a_request_brings_does_not_spare_the_setup() -> None:
    """The request brings one of four; the first purchase still carries the works."""
    plan = solved(cap=100, items=[item("pc", setup=5)], tables=asked(1, 1))
    assert lines(plan, "purchase", "quantity") == [(3.0,)]
    assert lines(plan, "setup", "amount") == [(5,)]


def test_coverage_under_maxmin_is_the_weighted_mean_of_the_last_plan_year() -> None:
    """b has half of x (ω 3) and all of y (ω 1): (3 × ½ + 1) ÷ 4 = 62.5%. a has one of two x and
    no y: 37.5%. The one unit that money buys is a's: of x it makes 75%, of y 62.5%; then b's
    62.5% is the lowest either way, and points break the tie for x. By the last tier's need, the
    tail or the worst item alone the stage would be another."""
    plan_of = optimize(
        tiny(
            schools=[school("a", classes=2), school("b", classes=2)],
            items=[item("x", weight=3), item("y")],
            cap=10,
            tables={
                "inventory": [
                    {"school": s, "item": i, "quantity": q, "acquired": 2020}
                    for s, i, q in (("a", "x", 1), ("b", "x", 1), ("b", "y", 2))
                ]
            },
            priority={"mode": "maxmin", "weights": {}},
        )
    )
    after = plan_of.plan.schools.set_index("school")["coverage_after"]
    assert after.to_dict() == {"a": 0.75, "b": 0.625}
    assert plan_of.stages[0].value == pytest.approx(0.625)


def test_proposals_do_not_hold_the_lowest_coverage_down() -> None:
    """A preparing school without money stays at 0: the stage is that of the funded school, 1."""
    found = optimize(
        tiny(
            schools=[school("a"), school("p", group="preparing", ready=2023, project_amount=0)],
            funds={"cap": fund(40), "own": {"role": "project"}},
            priority={"mode": "maxmin", "weights": {}},
        )
    )
    assert found.status is Status.OPTIMAL
    assert found.stages[0].value == pytest.approx(1.0)


def test_every_reading_is_in_the_reference() -> None:
    """The page holds what the tests above pin."""
    page = markdown()
    assert len(READINGS) == 6
    assert all(f"**{name}.** {text}" in page for name, text in READINGS.items())
