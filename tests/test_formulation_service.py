"""Hand-solved instances of what counts and what may serve: one test a family of rules.

Each runs as whole-number and as linear program, through HiGHS and CBC, and again after
save → load (see ``conftest.solve``).
"""

from __future__ import annotations

import pytest
from conftest import Solver
from tiny import EQUAL, fund, item, lines, norm, school, tiny, units

from planner.run.optimize import optimize

YEARS = (2023, 2024)
HALVES = [(0.5, 2), (1, 1)]


def test_value_counts_whole_units(solve: Solver) -> None:
    """45 đồng buy 4 of 8 units: 100 points. The relaxation would claim 4.5 units, 112.5."""
    result = solve(tiny(schools=[school("a"), school("b")], cap=45), relaxed=112.5)
    assert result.value == pytest.approx(100)
    assert units(result.plan) == {"pc": 4}
    assert result.people == pytest.approx(100)


def test_every_pupil_counts_and_weights_multiply(solve: Solver) -> None:
    """b (30 pupils, group weight 3, own weight 2): 30 × 3 × 2 ÷ 4 = 45 beats a's 25.

    Without the group's weight a would win (25 to 15), without the school's too (25 to 22.5).
    Weights are not people: 7.5 pupils are equipped, not 45.
    """
    schools = [school("a"), school("b", pupils=30, group="none", weight=2)]
    weights = {"completed": 1, "none": 3}
    result = solve(tiny(schools=schools, cap=10, priority={"weights": weights}))
    assert lines(result.plan) == [("b", "pc", "cap", 2023, 1)]
    assert result.value == pytest.approx(45)
    assert result.people == pytest.approx(7.5)


def test_items_share_their_school_by_weight(solve: Solver) -> None:
    """ω 3 and 1: a unit of pc gains 100 × ¾ ÷ 4 = 18.75. Unweighted both would gain 12.5."""
    items = [item("net"), item("pc", weight=3)]
    result = solve(tiny(items=items, cap=10))
    assert units(result.plan) == {"pc": 1}
    assert result.value == pytest.approx(18.75)


def test_pupils_of_the_year(solve: Solver) -> None:
    """200 pupils from 2024 on: 25 + 50 = 75. With the first year's figure it were 50."""
    drivers = [{"school": "a", "driver": "pupils", "year": 2024, "value": 200}]
    result = solve(tiny(cap={2023: 10, 2024: 0}, years=YEARS, tables={"drivers": drivers}))
    assert result.value == pytest.approx(75)


def test_needs_round_up_within_bounds(solve: Solver) -> None:
    """4 classes ÷ 3 → 2 units, so one is worth 50. Rounded down the need were 1, worth 100."""
    result = solve(tiny(norms=[norm("pc", every=3)], cap=10))
    assert result.value == pytest.approx(50)


def test_minimum_of_a_norm_and_a_need_of_its_own(solve: Solver) -> None:
    """Minimum 5 at a, a need of 8 set for b: units are worth 20 and 12.5; a first.

    Without the minimum (need 4) a's unit were worth 25, without b's own need 20 as well.
    """
    needs = [{"school": "b", "item": "pc", "year": 2023, "quantity": 8}]
    scenario = tiny(
        schools=[school("a"), school("b")],
        norms=[norm("pc", minimum=5)],
        cap=60,
        tables={"needs": needs},
    )
    result = solve(scenario)
    assert result.value == pytest.approx(5 * 20 + 12.5)


def test_tiers_spread_before_they_fill(solve: Solver) -> None:
    """Four units for two schools: two each, 2 × 100 × ½ × 4/3 = 133.3.

    All at one school would be 100: the answer when tiers have no width or no scaled weight.
    """
    schools = [school("a"), school("b")]
    result = solve(tiny(schools=schools, cap=40, tiers=HALVES), relaxed=400 / 3)
    assert lines(result.plan) == [("a", "pc", "cap", 2023, 2), ("b", "pc", "cap", 2023, 2)]
    assert result.value == pytest.approx(400 / 3)


def test_tiers_start_where_stock_ends(solve: Solver) -> None:
    """a has half its need: its next unit is in the second tier (16.7), b's in the first (33.3).

    If gains were counted from zero, a would look as good as b and win the tie.
    """
    stock = [{"school": "a", "item": "pc", "quantity": 2, "acquired": 2022}]
    schools = [school("a"), school("b")]
    result = solve(tiny(schools=schools, cap=10, tiers=HALVES, tables={"inventory": stock}))
    assert lines(result.plan) == [("b", "pc", "cap", 2023, 1)]
    assert result.value == pytest.approx(100 / 3)


def test_tail_years_count_service(solve: Solver) -> None:
    """One unit serves 2023 and two tail years: 75. Without the tail 25."""
    result = solve(tiny(cap=10, tail_years=2))
    assert result.value == pytest.approx(75)


def test_nothing_is_bought_in_the_tail(solve: Solver) -> None:
    """Money of 2024, a tail year, buys nothing: 0. If the tail were planned: 25."""
    result = solve(tiny(cap={2024: 10}, tail_years=1), relaxed=0)
    assert result.value == pytest.approx(0)
    assert lines(result.plan) == []


def test_discount_shrinks_later_years(solve: Solver) -> None:
    """25 + 25 ÷ 1.25 = 45 points; people are not discounted: 50 pupil-years."""
    result = solve(tiny(cap=10, tail_years=1, discount=0.25))
    assert result.value == pytest.approx(45)
    assert result.people == pytest.approx(50)


def test_stock_survives_its_life_and_no_longer(solve: Solver) -> None:
    """4 old units of life 4 from 2020 end with 2023: their replacement gains 100, in 2024 only.

    If stock never died nothing would be needed (0); if it never counted, 200.
    """
    stock = [{"school": "a", "item": "pc", "quantity": 4, "acquired": 2020}]
    scenario = tiny(
        items=[item("pc", life=4)],
        cap={2023: 40, 2024: 0},
        years=YEARS,
        tables={"inventory": stock},
    )
    result = solve(scenario)
    assert result.value == pytest.approx(100)


def test_usable_until_replaces_the_life(solve: Solver) -> None:
    """Usable until 2024 although life 4 says 2023: nothing to gain. By its life: 100."""
    stock = [{"school": "a", "item": "pc", "quantity": 4, "acquired": 2020, "usable_until": 2024}]
    scenario = tiny(
        items=[item("pc", life=4)],
        cap={2023: 40, 2024: 0},
        years=YEARS,
        tables={"inventory": stock},
    )
    assert solve(scenario).value == pytest.approx(0)


def test_what_is_bought_dies_and_is_replaced(solve: Solver) -> None:
    """Life 1: one unit a year, 25 + 25 = 50. If it lived on: 25 + 50 = 75."""
    result = solve(tiny(items=[item("pc", life=1)], cap={2023: 10, 2024: 10}, years=YEARS))
    assert result.value == pytest.approx(50)
    assert lines(result.plan) == [("a", "pc", "cap", 2023, 1), ("a", "pc", "cap", 2024, 1)]


def test_need_is_not_exceeded_even_by_a_lot(solve: Solver) -> None:
    """Lots of 3 for a need of 4: one lot, 75. Two lots would cover all (100) and waste two."""
    result = solve(tiny(items=[item("pc", lot=3)], cap=100))
    assert units(result.plan) == {"pc": 3}
    assert result.value == pytest.approx(75)


def test_lots_are_bought_whole(solve: Solver) -> None:
    """25 đồng are less than a lot of 3: nothing. Unit by unit it would be 2, 50 points."""
    result = solve(tiny(items=[item("pc", lot=3)], cap=25))
    assert result.value == pytest.approx(0)


def test_loose_items_are_bought_by_the_dong(solve: Solver) -> None:
    """Not whole: 25 đồng buy 2.5 units, 62.5 points. In whole units: 50."""
    result = solve(tiny(items=[item("pc", whole=False)], cap=25), relaxed=62.5)
    assert lines(result.plan) == [("a", "pc", "cap", 2023, 2.5)]
    assert result.value == pytest.approx(62.5)


def test_site_must_be_ready(solve: Solver) -> None:
    """Ready in 2024, money in 2023 only: nothing can be put up. Without the gate: 8 × 25."""
    schools = [school("a", group="under_construction", ready=2024)]
    items = [item("pc", on_site=True)]
    scenario = tiny(schools=schools, items=items, cap={2023: 40, 2024: 0}, years=YEARS)
    assert solve(scenario, relaxed=0).value == pytest.approx(0)


def test_payment_may_precede_the_building(solve: Solver) -> None:
    """Paid half in 2023, half in 2024 when the building is ready: 4 units serve 2024, 100.

    If they served when ordered: 200; if early orders were forbidden: 0 (2025 has no money).
    """
    schools = [school("a", group="under_construction", ready=2024)]
    items = [item("pc", on_site=True, payments=(0.5, 0.5))]
    scenario = tiny(schools=schools, items=items, cap={2023: 20, 2024: 20}, years=YEARS)
    result = solve(scenario, relaxed=100)
    assert lines(result.plan) == [("a", "pc", "cap", 2023, 4)]
    assert result.value == pytest.approx(100)


def test_software_does_not_wait_for_the_building(solve: Solver) -> None:
    """An item that is not on site serves from 2023: 200. Gated like the others: 100."""
    schools = [school("a", group="under_construction", ready=2024)]
    scenario = tiny(schools=schools, cap={2023: 40, 2024: 40}, years=YEARS)
    assert solve(scenario).value == pytest.approx(200)


def test_prerequisite_limits_by_capacity(solve: Solver) -> None:
    """One lan serves 2 pc: 40 đồng give 1 lan + 2 pc, 50 points (a third pc needs a second lan).

    Without the rule 4 pc (100); with a lan that serves any number 3 pc (75).
    """
    items = [item("pc", requires=("lan",), capacity=(2,)), item("lan", weight=0)]
    norms = [norm("pc"), norm("lan", every=2)]
    result = solve(tiny(items=items, norms=norms, cap=40))
    assert units(result.plan) == {"lan": 1, "pc": 2}
    assert result.value == pytest.approx(50)


def test_prerequisite_without_capacity_serves_any_number(solve: Solver) -> None:
    """One lan opens the door to 3 pc: 75. Without the rule 100, with capacity 1 only 50."""
    items = [item("pc", requires=("lan",)), item("lan", weight=0)]
    norms = [norm("pc"), norm("lan", every=2)]
    result = solve(tiny(items=items, norms=norms, cap=40))
    assert units(result.plan) == {"lan": 1, "pc": 3}
    assert result.value == pytest.approx(75)


def test_prerequisite_in_stock_serves_what_it_has_left(solve: Solver) -> None:
    """One old lan (capacity 2) with one old pc leaves room for one more pc: 25.

    If stock did not count the pc could not serve (0); if old pc took no room, two (50).
    """
    items = [item("pc", requires=("lan",), capacity=(2,)), item("lan", weight=0)]
    stock = [{"school": "a", "item": i, "quantity": 1, "acquired": 2022} for i in ("pc", "lan")]
    norms = [norm("pc"), norm("lan", every=4)]
    result = solve(tiny(items=items, norms=norms, cap=40, tables={"inventory": stock}))
    assert units(result.plan) == {"pc": 1}
    assert result.value == pytest.approx(25)


def test_prerequisite_holds_every_year(solve: Solver) -> None:
    """The old lan dies after 2023 and money is gone: pc bought now would stand idle in 2024.

    The rule forbids them: 0. Checked in the year of purchase alone: 2 × 100.
    """
    items = [item("pc", requires=("lan",)), item("lan", weight=0, life=1)]
    stock = [{"school": "a", "item": "lan", "quantity": 1, "acquired": 2023}]
    norms = [norm("pc"), norm("lan", every=4)]
    scenario = tiny(
        items=items, norms=norms, cap={2023: 40, 2024: 0}, years=YEARS, tables={"inventory": stock}
    )
    assert solve(scenario).value == pytest.approx(0)


def test_one_delivery_within_the_life(solve: Solver) -> None:
    """`once`: either one unit now (50) or one later (25). Unit by unit: 75."""
    result = solve(tiny(items=[item("pc", once=True)], cap={2023: 10, 2024: 10}, years=YEARS))
    assert lines(result.plan) == [("a", "pc", "cap", 2023, 1)]
    assert result.value == pytest.approx(50)


def test_replacements_are_deliveries_of_their_own(solve: Solver) -> None:
    """`once` with life 1: a delivery in each year, 50. If ever only one: 25."""
    items = [item("pc", once=True, life=1)]
    result = solve(tiny(items=items, cap={2023: 10, 2024: 10}, years=YEARS))
    assert result.value == pytest.approx(50)


def test_strict_by_tier(solve: Solver) -> None:
    """First halves before any second half: a (10 pupils) 2 units, then b (1,000 pupils) 2.

    6.67 + 666.67 points. Weighted, b would take all four (1,000); by whole, a would (10).
    """
    schools = [school("a", pupils=10), school("b", pupils=1000, group="none")]
    priority = {"mode": "strict", "by": "tier", "weights": {"completed": 1, "none": 1}}
    result = solve(tiny(schools=schools, cap=40, tiers=HALVES, priority=priority))
    assert lines(result.plan) == [("a", "pc", "cap", 2023, 2), ("b", "pc", "cap", 2023, 2)]
    assert result.value == pytest.approx(20 / 3 + 2000 / 3)
    assert [s.name for s in result.stages] == [
        "tier-1:completed", "tier-1:none", "tier-2:completed", "tier-2:none",
    ]  # fmt: skip


def test_strict_by_whole(solve: Solver) -> None:
    """All of group 1 first: a takes all four units, 10 points. By tier it would be 673."""
    schools = [school("a", pupils=10), school("b", pupils=1000, group="none")]
    priority = {"mode": "strict", "by": "whole", "weights": {"completed": 1, "none": 1}}
    result = solve(tiny(schools=schools, cap=40, tiers=HALVES, priority=priority))
    assert lines(result.plan) == [("a", "pc", "cap", 2023, 4)]
    assert result.value == pytest.approx(10)


def test_strict_keeps_the_order_of_groups(solve: Solver) -> None:
    """Group 1, 2, 3, none: one unit goes to group 2 when group 1 needs nothing.

    b has far more pupils, yet has no group: it would win if `none` came earlier.
    """
    schools = [
        school("b", pupils=1000, group="none"),
        school("c", group="under_construction", ready=2023),
    ]
    result = solve(tiny(schools=schools, cap=10, priority={"mode": "strict", "by": "whole"}))
    assert lines(result.plan) == [("c", "pc", "cap", 2023, 1)]


def test_ties_are_broken_by_spending_less(solve: Solver) -> None:
    """Needed from 2024 on, half the price then: one of four years' choices costs 5, not 10."""
    items = [item("pc", price_growth=-0.5)]
    scenario = tiny(
        schools=[school("a", classes=1)],
        items=items,
        norms=[norm("pc", **{"from": 2024})],
        cap={2023: 10, 2024: 10},
        years=YEARS,
    )
    result = solve(scenario)
    assert lines(result.plan) == [("a", "pc", "cap", 2024, 1)]


def test_ties_are_broken_by_acting_earlier(solve: Solver) -> None:
    """Needed from 2024 on at the same price: bought in 2023. Late buying would be as good."""
    scenario = tiny(
        schools=[school("a", classes=1)],
        norms=[norm("pc", **{"from": 2024})],
        cap={2023: 10, 2024: 10},
        years=YEARS,
    )
    assert lines(solve(scenario).plan) == [("a", "pc", "cap", 2023, 1)]


def test_last_ties_go_by_order(solve: Solver) -> None:
    """Two equal schools and funds, money for one unit each: the first school, the first fund."""
    funds = {"x": fund(10), "y": fund(10)}
    schools = [school("a", classes=1), school("b", classes=1)]
    scenario = tiny(schools=schools, funds=funds)
    result = solve(scenario)
    assert [line[0] for line in lines(result.plan)] == ["a", "b"]
    one = tiny(schools=schools, funds={"x": fund(10), "y": fund(0)})
    assert lines(solve(one).plan) == [("a", "pc", "x", 2023, 1)]


def test_what_a_request_brings_serves_without_works(solve: Solver) -> None:
    """A request brings all four units for 4; bought, they would need works of 30 that nobody can
    pay. They serve all the same: 100 points.

    A link that lets gains follow site works alone would count none of them, and its bound would
    lie below the plan's own value.
    """
    request = {"request": "r", "school": "a", "option": "o", "title": "r"}
    result = solve(
        tiny(
            items=[item("pc", setup=30)],
            cap=4,
            tables={
                "requests": [request],
                "request_costs": [
                    {"request": "r", "option": "o", "fund": "cap", "year": 2023, "amount": 4}
                ],
                "request_items": [
                    {"request": "r", "option": "o", "item": "pc", "quantity": 4, "year": 2023}
                ],
            },
        )
    )
    assert result.value == 100.0
    assert result.bound == 100.0


def test_pupil_years_of_the_relaxation_bear_no_weight() -> None:
    """25 đồng buy 2.5 units at a, each for 25 pupils in two years: 125 pupil-years, whatever the
    group weighs, the second year is discounted by and the first half of coverage counts. What the
    preparing school proposes into its project is in no funded figure."""
    schools = [school("a"), school("p", group="preparing", ready=2023, project_amount=40)]
    funds = {"cap": fund({2023: 25, 2024: 0}), "project": {"role": "project"}}
    made = tiny(schools=schools, funds=funds, years=(2023, 2024), discount="0.5", tiers=HALVES,
                priority={"weights": EQUAL | {"completed": 3}})  # fmt: skip
    loose = optimize(made, relax=True).relaxation
    assert loose is not None
    assert loose.people == pytest.approx(125)
    whole = optimize(tiny(cap=40), relax=True).relaxation
    assert whole is not None
    assert whole.people == pytest.approx(optimize(tiny(cap=40)).people)
