"""Hand-solved instances of what money may do: one test a family of rules.

Each runs as whole-number and as linear program, through HiGHS and CBC, and again after
save → load (see ``conftest.solve``).
"""

from __future__ import annotations

import pandas as pd
import pytest
from conftest import Solver
from tiny import fund, item, lines, school, tiny, units

from planner.plan import Plan

YEARS = (2023, 2024)


def ledger(plan: Plan, name: str, year: int) -> pd.Series:
    """The ledger of a fund in a year."""
    table = plan.ledger
    return table[(table["fund"] == name) & (table["year"] == year)].iloc[0]


def test_natures_do_not_mix(solve: Solver) -> None:
    """Recurrent money buys no equipment: one pc from 10 of capital, not eleven units, 25 points.

    If natures were ignored, the 40 of recurrent money would complete the need (100).
    """
    funds = {"cap": fund(10, nature="capital"), "rec": fund(40, nature="recurrent")}
    result = solve(tiny(funds=funds))
    assert lines(result.plan) == [("a", "pc", "cap", 2023, 1)]
    assert result.value == pytest.approx(25)


def test_an_item_of_both_natures_takes_either_money(solve: Solver) -> None:
    """15 + 15 of two natures: one unit each, 50. With one nature only: 25; pooled: 75."""
    funds = {"cap": fund(15, nature="capital"), "rec": fund(15, nature="recurrent")}
    result = solve(tiny(items=[item("pc", nature=("capital", "recurrent"))], funds=funds))
    assert [line[2] for line in lines(result.plan)] == ["cap", "rec"]
    assert result.value == pytest.approx(50)


def test_a_fund_stays_where_it_belongs(solve: Solver) -> None:
    """Ward B's money is for B: a's need stays unmet, 50 of 125 points.

    Without ``where`` the richer school a (100 pupils against 50) would be served first.
    """
    schools = [school("a", owner="ward-a"), school("b", pupils=50, owner="ward-b")]
    result = solve(tiny(schools=schools, funds={"b": fund(40, where={"owner": "ward-b"})}))
    assert lines(result.plan) == [("b", "pc", "b", 2023, 4)]
    assert result.value == pytest.approx(50)


def test_a_fund_buys_what_it_is_for(solve: Solver) -> None:
    """The fund is for software only: the pc, worth three times as much, must wait (12.5).

    Without ``where`` the pc would be bought: 37.5.
    """
    items = [item("pc", weight=3), item("lms", pillar="software")]
    funds = {"city": fund(10, where={"pillar": ["software", "digital_practice"]})}
    result = solve(tiny(items=items, funds=funds))
    assert units(result.plan) == {"lms": 1}
    assert result.value == pytest.approx(25 / 4)


def test_envelope_is_rounded_down(solve: Solver) -> None:
    """999 × 0.6 × 0.05 = 29.97 → 29 đồng, two units. Rounded to 30 it would be three (75)."""
    envelope = {"public_investment": {2023: 999}, "education_share": 0.6, "it_share": 0.05}
    envelope = {k: str(v) if isinstance(v, float) else v for k, v in envelope.items()}
    result = solve(tiny(funds={"cap": {"amounts": "envelope"}}, envelope=envelope))
    assert ledger(result.plan, "cap", 2023)["amount"] == 29
    assert result.value == pytest.approx(50)


def test_reserve_is_kept_back(solve: Solver) -> None:
    """39 less a quarter: ⌊29.25⌋ = 29 usable, two units, 10 lapse at once. Without it: three."""
    result = solve(tiny(funds={"cap": fund(39, reserve="0.25")}))
    row = ledger(result.plan, "cap", 2023)
    assert (row["reserve"], row["usable"], row["spent"], row["lapsed"]) == (10, 29, 20, 9)
    assert result.value == pytest.approx(50)


def test_money_is_carried_over(solve: Solver) -> None:
    """15 + 15 with half to carry (⌊7.5⌋ = 7 ≥ 5): one unit, then two, 25 + 75 = 100.

    Without carry-over one unit a year: 75.
    """
    scenario = tiny(funds={"cap": fund({2023: 15, 2024: 15}, carry_over="0.5")}, years=YEARS)
    result = solve(scenario)
    assert result.value == pytest.approx(100)
    assert ledger(result.plan, "cap", 2023)["carried_out"] == 5
    assert ledger(result.plan, "cap", 2024)["carried_in"] == 5


def test_carry_over_has_a_limit(solve: Solver) -> None:
    """At most ⌊0.3 × 15⌋ = 4 may move, one đồng too few for a second unit in 2024: 75.

    Unlimited, or rounded up to 5: 100.
    """
    scenario = tiny(funds={"cap": fund({2023: 15, 2024: 15}, carry_over="0.3")}, years=YEARS)
    result = solve(scenario)
    assert result.value == pytest.approx(75)
    assert ledger(result.plan, "cap", 2023)["lapsed"] == 1


def test_carried_money_lapses_after_a_year(solve: Solver) -> None:
    """Money of 2023 may not wait for 2025: nothing can be bought, 0.

    The school is closed to purchases until 2025; if money moved twice, one unit (25).
    """
    bans = [{"year": 2023}, {"year": 2024}]
    funds = {"cap": fund({2023: 10, 2024: 0, 2025: 0}, carry_over=1)}
    scenario = tiny(funds=funds, years=(2023, 2025), tables={"bans": bans})
    assert solve(scenario).value == pytest.approx(0)


def test_preparing_schools_draw_on_their_project(solve: Solver) -> None:
    """Ready in 2026, two years after the plan: one unit at 13 (10 × 1.1³) from 25, 25 points.

    From the general fund it would be four units; at today's price two; if only plan years
    counted, none would be worth anything. None of it is in a funded total.
    """
    schools = [school("p", group="preparing", ready=2026, project_amount=25)]
    funds = {"cap": fund({2023: 900, 2024: 900}), "project": {"role": "project"}}
    scenario = tiny(
        schools=schools, items=[item("pc", price_growth="0.1")], funds=funds, years=YEARS
    )
    result = solve(scenario)
    assert lines(result.plan) == [("p", "pc", "project", 2026, 1)]
    assert result.value == pytest.approx(25)
    assert result.plan.spent == 0
    assert (result.people, result.people_proposed) == (0, pytest.approx(25))
    assert set(result.plan.allocation["standing"]) == {"proposal"}


def test_preparing_counts_the_years_it_has(solve: Solver) -> None:
    """Ready in 2024 of 2023–2024 with a tail year: two years count, 50. From 2023 on: 75."""
    schools = [school("p", group="preparing", ready=2024, project_amount=10)]
    funds = {"project": {"role": "project"}}
    result = solve(tiny(schools=schools, funds=funds, years=YEARS, tail_years=1))
    assert result.value == pytest.approx(50)


def test_projects_serve_nobody_else(solve: Solver) -> None:
    """A completed school gets nothing from the building projects: 0; else 100."""
    schools = [school("a", project_amount=40)]
    result = solve(tiny(schools=schools, funds={"project": {"role": "project"}}))
    assert result.value == pytest.approx(0)


def test_a_project_pays_no_other_school(solve: Solver) -> None:
    """25 for p, 5 for q: two units at p. One purse of 30 would buy three, worth 75."""
    schools = [
        school("p", group="preparing", ready=2023, project_amount=25),
        school("q", group="preparing", ready=2023, project_amount=5),
    ]
    result = solve(tiny(schools=schools, funds={"project": {"role": "project"}}))
    assert result.value == pytest.approx(50)


def test_setup_is_paid_with_the_first_purchase(solve: Solver) -> None:
    """24 đồng: works 5 and one unit, 25 points. Without the works two units (50)."""
    result = solve(tiny(items=[item("pc", setup=5)], cap=24))
    assert lines(result.plan, "setup") == [("a", "pc", "cap", 2023, 1)]
    assert result.value == pytest.approx(25)


def test_setup_is_paid_once(solve: Solver) -> None:
    """15 then 10: works and a unit, then a unit: 25 + 50 = 75. Paid again in 2024: 50."""
    result = solve(tiny(items=[item("pc", setup=5)], cap={2023: 15, 2024: 10}, years=YEARS))
    assert result.value == pytest.approx(75)
    assert len(lines(result.plan, "setup")) == 1


def test_setup_is_not_needed_where_the_item_stands(solve: Solver) -> None:
    """b has the item already: its unit costs 10. a's would cost 15 with works: b gets it.

    Were works due everywhere, nothing could be bought; nowhere, a (first in order) would win.
    """
    schools = [school("a"), school("b")]
    stock = [{"school": "b", "item": "pc", "quantity": 1, "acquired": 2022}]
    scenario = tiny(
        schools=schools, items=[item("pc", setup=5)], cap=10, tables={"inventory": stock}
    )
    result = solve(scenario)
    assert lines(result.plan) == [("b", "pc", "cap", 2023, 1)]
    assert lines(result.plan, "setup") == []


def test_setup_grows_like_the_price(solve: Solver) -> None:
    """In 2024 the works cost 15 and the unit 15: 29 are too little (0). Ungrown works: 25."""
    items = [item("pc", setup=10, price_growth="0.5")]
    scenario = tiny(items=items, cap={2023: 0, 2024: 29}, years=YEARS)
    assert solve(scenario).value == pytest.approx(0)


def test_setup_comes_from_the_fund_that_buys(solve: Solver) -> None:
    """10 + 5 in two funds do not make 15: nothing is bought. Mixed, one unit (25)."""
    result = solve(tiny(items=[item("pc", setup=5)], funds={"x": fund(10), "y": fund(5)}))
    assert result.value == pytest.approx(0)


def test_upkeep_limits_what_can_be_kept(solve: Solver) -> None:
    """Each unit costs 5 in 2024; 10 are there: two units, 50 + 50. Without the rule four, 200."""
    funds = {
        "cap": fund({2023: 40, 2024: 0}, nature="capital"),
        "rec": fund({2023: 0, 2024: 10}, nature="recurrent", pays_upkeep=True),
    }
    scenario = tiny(items=[item("pc", upkeep="0.5")], funds=funds, years=YEARS)
    result = solve(scenario)
    assert lines(result.plan, "upkeep") == [("a", "pc", "rec", 2024, 2)]
    assert result.value == pytest.approx(100)


def test_reported_upkeep_binds_nobody(solve: Solver) -> None:
    """The same with ``upkeep: reported``: four units, 200. Charged it would be 100."""
    funds = {
        "cap": fund({2023: 40, 2024: 0}, nature="capital"),
        "rec": fund({2023: 0, 2024: 10}, nature="recurrent", pays_upkeep=True),
    }
    scenario = tiny(items=[item("pc", upkeep="0.5")], funds=funds, years=YEARS, upkeep="reported")
    assert solve(scenario).value == pytest.approx(200)


def test_stock_has_upkeep_too(solve: Solver) -> None:
    """The old unit takes 5 of 2024's 10: one new unit, 25 + 25. If stock ran free: two."""
    funds = {
        "cap": fund({2023: 40, 2024: 0}, nature="capital"),
        "rec": fund({2023: 5, 2024: 10}, nature="recurrent", pays_upkeep=True),
    }
    stock = [{"school": "a", "item": "pc", "quantity": 1, "acquired": 2022}]
    scenario = tiny(
        items=[item("pc", upkeep="0.5")], funds=funds, years=YEARS, tables={"inventory": stock}
    )
    result = solve(scenario)
    assert result.value == pytest.approx(50)
    assert ledger(result.plan, "rec", 2023)["upkeep"] == 5


def test_upkeep_grows_with_the_price_and_rounds_half_up(solve: Solver) -> None:
    """10 × 1.5 = 15 in 2024, half of it 7.5 → 8: 15 pay for one unit, not two (100 → 50)."""
    funds = {
        "cap": fund({2023: 40, 2024: 0}, nature="capital"),
        "rec": fund({2023: 0, 2024: 15}, nature="recurrent", pays_upkeep=True),
    }
    items = [item("pc", upkeep="0.5", price_growth="0.5")]
    assert solve(tiny(items=items, funds=funds, years=YEARS)).value == pytest.approx(50)


def test_instalments_fall_due_later(solve: Solver) -> None:
    """Two units of 11: ⌊6.6⌋ = 6 now, the other 16 next year; 7 + 16 pay them, 100 points.

    Paid at once nothing could be bought (0); with halves one unit (50).
    """
    items = [item("pc", price=11, payments=("0.3", "0.7"))]
    scenario = tiny(items=items, cap={2023: 7, 2024: 16}, years=YEARS)
    result = solve(scenario)
    assert lines(result.plan) == [("a", "pc", "cap", 2023, 2)]
    assert set(result.plan.allocation["schedule"]) == {"2023:6;2024:16"}
    assert result.value == pytest.approx(100)


def test_instalments_after_the_plan_need_declared_money(solve: Solver) -> None:
    """Half falls due in 2024, after the plan, where 10 are declared: two units, 50 + 50.

    If debts after the plan cost nothing: four units, 200.
    """
    items = [item("pc", payments=("0.5", "0.5"))]
    result = solve(tiny(items=items, cap={2023: 20, 2024: 10}, tail_years=1))
    assert result.value == pytest.approx(100)
    due = result.plan.obligations
    assert due[due["kind"] == "instalment"]["amount"].tolist() == [10]


def test_no_debt_without_a_declared_year(solve: Solver) -> None:
    """2024 is not declared: nothing may be ordered that falls due then, 0. Else up to 200."""
    items = [item("pc", payments=("0.5", "0.5"))]
    assert solve(tiny(items=items, cap=20, tail_years=1), relaxed=0).value == pytest.approx(0)


@pytest.mark.parametrize(("choice", "value"), [("low", 100), ("base", 50), ("high", 25)])
def test_price_choice(solve: Solver, choice: str, value: float) -> None:
    """20 đồng buy 4 at 5, 2 at 10, 1 at 20. The wrong column of prices gives another count."""
    items = [item("pc", price_low=5, price_high=20)]
    assert solve(tiny(items=items, cap=20, prices=choice)).value == pytest.approx(value)


def test_prices_grow_and_round_half_up(solve: Solver) -> None:
    """15 × 1.1 = 16.5 → 17 in 2024: 33 buy one unit. At 16 (rounded down) they buy two (50)."""
    items = [item("pc", price=15, price_growth="0.1")]
    result = solve(tiny(items=items, cap={2023: 0, 2024: 33}, years=YEARS))
    assert lines(result.plan) == [("a", "pc", "cap", 2024, 1)]
    assert result.plan.allocation["unit_price"].tolist() == [17]
    assert result.value == pytest.approx(25)


def test_money_to_the_last_dong(solve: Solver) -> None:
    """Four units of 10 for 39 đồng: three. A feasibility tolerance of 1e-6 buys the fourth."""
    price = 250_000_000
    result = solve(tiny(items=[item("pc", price=price)], cap=4 * price - 1))
    assert result.value == pytest.approx(75)


def test_funds_are_separate_ledgers(solve: Solver) -> None:
    """9 + 11 in two funds buy one unit (25); in one purse they would buy two (50)."""
    result = solve(tiny(funds={"x": fund(9), "y": fund(11)}))
    assert lines(result.plan) == [("a", "pc", "y", 2023, 1)]


def test_years_are_separate_ledgers(solve: Solver) -> None:
    """9 + 11 in two years: one unit in 2024 (25). Pooled they would buy two (≥ 50)."""
    result = solve(tiny(cap={2023: 9, 2024: 11}, years=YEARS))
    assert lines(result.plan) == [("a", "pc", "cap", 2024, 1)]
