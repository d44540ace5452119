"""``least``: the fewest units of one delivery, solved by hand.

A unit costs 10 and is worth 25 points at ``a``, which needs four.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from conftest import Solver
from tiny import fund, item, lines, norm, refused, school, tiny, units

from planner.analysis.conflict import conflict
from planner.analysis.explain import explain_school
from planner.analysis.unmet import unmet
from planner.formulation import facts
from planner.formulation.build import formulate
from planner.plan import Plan
from planner.present.rule_words import stated_in_words
from planner.proof import audit
from planner.run.optimize import claims, optimize
from planner.solving.program import Restrictions, load

YEARS: dict[str, Any] = {"years": (2023, 2024)}
PC = {"school": "a", "item": "pc", "fund": "cap", "year": 2023}


def pc(least: int, **more: Any) -> list[dict[str, Any]]:
    return [item("pc", least=least, **more)]


def by_year(plan: Plan) -> list[tuple[int, float]]:
    return [(year, n) for _, _, _, year, n in lines(plan)]


def test_no_crumbs(solve: Solver) -> None:
    """Money for two where three are the least: nothing is bought, and with 30 three are. Without
    the rule two would be, 50 points."""
    assert solve(tiny(items=pc(3), cap=20)).value == 0
    assert solve(tiny(items=pc(3), cap=30)).value == pytest.approx(75)


def test_a_relaxed_delivery_serves_as_little_of_every_tier(solve: Solver) -> None:
    """Four are the least, money for one, the first half counts double (33⅓ a unit). A quarter of a
    delivery serves a quarter of either half, 25 points; of the first half alone it were 33⅓."""
    scenario = tiny(items=pc(4), cap=10, tiers=[("0.5", 2), (1, 1)])
    assert solve(scenario, relaxed=25).value == 0


def test_fewer_where_the_need_left_is_fewer(solve: Solver) -> None:
    """Ten are the least and four are needed: four may come, three may not."""
    assert units(solve(tiny(items=pc(10), cap=99)).plan) == {"pc": 4}
    assert units(solve(tiny(items=pc(10), cap=39)).plan) == {}


def test_two_deliveries(solve: Solver) -> None:
    """Twelve are needed, five are the least. 70 in the first year and 50 in the second buy seven,
    then five; with 60 and 60 six and six; with 40 in the second (8 + 4 fill the need) eight, then
    the four that are left; with 30 nothing can follow seven, so that the second year lapses."""
    need = [norm("pc", minimum=12)]

    def bought(*money: int) -> list[tuple[int, float]]:
        cap = dict(zip((2023, 2024), money, strict=True))
        return by_year(solve(tiny(items=pc(5), norms=need, cap=cap, **YEARS)).plan)

    assert bought(70, 50) == [(2023, 7), (2024, 5)]
    assert bought(60, 60) == [(2023, 6), (2024, 6)]
    assert bought(80, 40) == [(2023, 8), (2024, 4)]
    assert bought(70, 40) == [(2023, 7)]


def test_what_waits_for_one_building_is_no_excuse() -> None:
    """Bought in 2023 and 2024 for a building that is ready in 2025; five are needed and the least.
    Three in the first year and two in the second fill the need only together: the first three are
    crumbs, as five are left to buy then."""
    given: dict[str, Any] = {
        "schools": [school("a", group="under_construction", ready=2025, classes=5)],
        "years": (2023, 2025), "cap": {2023: 12, 2024: 17, 2025: 15, 2026: 6},
        "rules": {"no": {"measure": "quantity", "where": {"year": 2025}, "at_most": 0}},
    }  # fmt: skip
    parts: dict[str, Any] = {"on_site": True, "payments": ("0.4", "0.3", "0.3")}
    free = optimize(tiny(items=pc(1, **parts), **given), gap=0)
    assert by_year(free.plan) == [(2023, 3), (2024, 2)]
    assert by_year(optimize(tiny(items=pc(5, **parts), **given), gap=0).plan) == []


def test_all_funds_together_make_a_delivery(solve: Solver) -> None:
    """Two from either fund are a delivery of four; one source a year leaves two, too few."""
    funds = {"cap": fund(20), "other": fund(20)}
    result = solve(tiny(items=pc(4), funds=funds))
    assert sorted((f, n) for _, _, f, _, n in lines(result.plan)) == [("cap", 2), ("other", 2)]
    norms = [norm("pc", minimum=5)]
    assert solve(tiny(items=pc(4), funds=funds, norms=norms, one_source=True)).value == 0


def test_a_year_with_a_contract_is_exempt(solve: Solver) -> None:
    """One is signed for 2023, three are the least: it stands, and one more of that year with it;
    in 2024 the two that are left fill the need, one does not."""
    tables = {"commitments": [PC | {"quantity": 1}]}
    result = solve(tiny(items=pc(3), cap={2023: 20, 2024: 0}, tables=tables, **YEARS))
    assert by_year(result.plan) == [(2023, 2)]
    result = solve(tiny(items=pc(3), cap={2023: 20, 2024: 10}, tables=tables, **YEARS))
    assert by_year(result.plan) == [(2023, 2)]
    result = solve(tiny(items=pc(3), cap={2023: 20, 2024: 20}, tables=tables, **YEARS))
    assert by_year(result.plan) == [(2023, 2), (2024, 2)]


def test_a_request_fills_the_need(solve: Solver) -> None:
    """A request brings three of four, so one may be bought where three are the least; a request
    itself is bound by no least."""
    key = {"request": "r", "option": "o"}
    tables = {
        "requests": [key | {"school": "a", "title": "Xin", "value": 1}],
        "request_items": [key | {"item": "pc", "quantity": 3, "year": 2023}],
    }
    assert units(solve(tiny(items=pc(3), cap=10, tables=tables)).plan) == {"pc": 1}
    small = tables | {"request_items": [tables["request_items"][0] | {"quantity": 1}]}
    result = solve(tiny(items=pc(3), cap=20, tables=small))
    assert result.value == pytest.approx(26)


def test_lots(solve: Solver) -> None:
    """In lots of two, three are the least, which two lots make. Of five that are needed, after a
    contract for two, one more lot fills what lots can."""
    norms = [norm("pc", minimum=5)]
    assert units(solve(tiny(items=pc(3, lot=2), cap=39, norms=norms)).plan) == {}
    assert units(solve(tiny(items=pc(3, lot=2), cap=40, norms=norms)).plan) == {"pc": 4}
    tables = {"commitments": [PC | {"quantity": 2}]}
    scenario = tiny(
        items=pc(3, lot=2), norms=norms, tables=tables, cap={2023: 20, 2024: 20}, **YEARS
    )
    assert by_year(solve(scenario).plan) == [(2023, 2), (2024, 2)]


def test_replacements_are_deliveries(solve: Solver) -> None:
    """Units live a year: each year's delivery is three at least, whatever was there before."""
    scenario = tiny(items=pc(3, life=1), cap={2023: 40, 2024: 20}, **YEARS)
    assert by_year(solve(scenario).plan) == [(2023, 4)]
    scenario = tiny(items=pc(3, life=1), cap={2023: 30, 2024: 30}, **YEARS)
    assert by_year(solve(scenario).plan) == [(2023, 3), (2024, 3)]


def test_proposals_are_deliveries(solve: Solver) -> None:
    """A building project has money for two of four, three are the least: none is proposed."""
    schools = [school("p", group="preparing", ready=2023, project_amount=20)]
    given: dict[str, Any] = {"schools": schools, "funds": {"project": {"role": "project"}}}
    assert units(solve(tiny(items=pc(3), **given)).plan) == {}
    assert units(solve(tiny(items=pc(2), **given)).plan) == {"pc": 2}


def test_by_the_dong(solve: Solver) -> None:
    """Records are bought by the đồng, 2.5 may come where two are the least, 1.9 may not; of a need
    of one and a half... the need is whole: where one is needed, one is enough."""
    given: dict[str, Any] = {"items": pc(2, whole=False)}
    assert units(solve(tiny(cap=25, **given)).plan) == {"pc": 2.5}
    assert units(solve(tiny(cap=19, **given)).plan) == {}
    one = [norm("pc", every=4)]
    assert units(solve(tiny(cap=25, norms=one, **given)).plan) == {"pc": 1}


def test_two_funds_by_the_dong_reach_it_to_the_last_dong() -> None:
    """A unit costs 3, the funds have 2 and 4 đồng: together two units to the đồng, which is the
    least. Rounded down one by one they would be a đồng short: whatever comes out is audited."""
    funds = {"cap": fund(2), "other": fund(4)}
    items = [item("pc", 3, whole=False, least=2)]
    result = optimize(tiny(items=items, funds=funds), gap=0)
    assert units(result.plan) == {"pc": pytest.approx(2)}
    assert result.value == pytest.approx(50)


def test_a_lock_of_fewer_quarrels_with_it() -> None:
    """Locks are not exempt: two decided where three are the least have no plan, and the conflict
    names both."""
    scenario = tiny(
        items=pc(3), cap=40, tables={"locks": [{"school": "a", "item": "pc", "quantity": 2}]}
    )
    assert optimize(scenario).status == "infeasible"
    found = conflict(scenario, 10)
    assert found is not None
    assert set(found.rules) == {"least_delivery", "locked[a,pc]"}


def test_both_traits_together(solve: Solver) -> None:
    """Three are of use, two are the least: money for two in each year. Two in 2023 reach nothing
    until two more come in 2024: 100 points in the second year."""
    given: dict[str, Any] = {"items": pc(2), "norms": [norm("pc", useful_from="3")]}
    result = solve(tiny(cap={2023: 20, 2024: 20}, **given, **YEARS))
    assert result.value == pytest.approx(100)


def test_every_plan_tried_one_by_one() -> None:
    """Two schools and two years: the best of all plans that buy nothing, three, or the rest."""
    schools = [school("a"), school("b", classes=7, pupils=90)]
    money = {2023: 50, 2024: 40}
    scenario = tiny(schools=schools, items=pc(3), cap=money, **YEARS)

    def right(need: int, first: int, then: int) -> bool:
        return (first in (0, need) or 3 <= first <= need) and (
            then == 0 or first + then == need or (then >= 3 and first + then <= need)
        )

    best = 0.0
    for a, b, c, d in product(range(5), range(5), range(8), range(8)):
        if 10 * (a + c) > 50 or 10 * (b + d) > 40 or not right(4, a, b) or not right(7, c, d):
            continue
        best = max(best, 100 * (2 * a + b) / 4 + 90 * (2 * c + d) / 7)
    result = optimize(scenario)
    assert result.value == pytest.approx(best)
    loose = optimize(scenario, relax=True)
    assert loose.value >= result.value - 1e-6


@pytest.mark.parametrize("by", [-1, 1])
def test_a_falsified_least_is_found(by: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The formulation takes one unit fewer for enough: the plan is refused. One more is only too
    careful, and with a lot to fill it changes nothing."""
    scenario = tiny(items=pc(3), cap=20)
    assert not refused(scenario)
    original = facts.Facts.least
    monkeypatch.setattr(
        facts.Facts,
        "least",
        property(lambda self: original.func(self) + by),  # type: ignore[attr-defined]
    )
    assert refused(scenario) == (by < 0)


def test_the_audit_knows_every_excuse() -> None:
    """A plan of one unit is a finding where three are the least, and none where the need left is
    one; the finding says how many more are needed."""
    free = tiny(cap=10)
    result = optimize(free)
    tables = result.plan.text_tables()
    assert audit(free, tables, claims(result)) == []
    bound = tiny(items=pc(3), cap=10)
    (finding,) = [f for f in audit(bound, tables, claims(result)) if "least" in f.code]
    assert finding.params == {"found": "1", "least": "3", "left": "3"}
    assert finding.where.key == "least_delivery[a,pc,2023]"


def test_it_is_said_and_told() -> None:
    """``check`` reads it back; a school that money for fewer cannot serve is told so."""
    scenario = tiny(items=pc(3), cap=20)
    said = stated_in_words(scenario, "en")
    assert any("a delivery of “pc” to a school is of 3 or more" in line for line in said)
    assert stated_in_words(tiny(items=pc(1), cap=20), "en") == []
    assert unmet(optimize(scenario).plan)["reason"].tolist() == ["least"]
    assert unmet(optimize(tiny(items=pc(3), cap=9)).plan)["reason"].tolist() == ["no_money"]


def test_a_school_is_told_that_smaller_deliveries_would_do() -> None:
    """Two in either year would meet the need, three are the least of a delivery: proven by the
    same model without the rule. With money for one a year the need is not met either way."""

    def why(money: int) -> str:
        result = optimize(tiny(items=pc(3), cap={2023: money, 2024: money}, **YEARS))
        (need,) = explain_school(result.plan, "a", result.value, result.bound).needs
        return need.reason

    assert why(20) == "least"
    assert why(10) != "least"


def test_all_or_nothing_is_not_relaxed_to_one(solve: Solver) -> None:
    """Two are needed and the least, money for one, then for a half: nothing. The relaxation buys
    half a delivery and a quarter, 50 points and 75. Excused by the first, the second would be whole
    at a quarter of its units, so that the first unit of two, which counts double, were there: 83⅓.
    """
    scenario = tiny(
        items=pc(2), norms=[norm("pc", every=2)], cap={2023: 10, 2024: 5},
        tiers=[("0.5", 2), (1, 1)], **YEARS,
    )  # fmt: skip
    assert solve(scenario, relaxed=50 + 75).value == 0


def test_a_delivery_stands_on_its_least_before_it_counts(solve: Solver) -> None:
    """Computers come once, two at least, and four are of use; a kit needs them. Money for two and
    the kit: 50 points. The relaxation takes 21/41 of everything; counting the two for the delivery
    and once more for half of the threshold, it would come to 75."""
    items = [*pc(2, once=True), item("kit", 1, requires=["pc"])]
    norms = [norm("pc", useful_from="4"), norm("kit", per="school")]
    scenario = tiny(items=items, norms=norms, cap=21)
    assert solve(scenario).value == pytest.approx(50)
    model = formulate(scenario).model
    highs = load(Restrictions.of(model).program(model), model.value, mip=False)
    highs.run()
    assert highs.getInfo().objective_function_value == pytest.approx(100 * 21 / 41)


@pytest.mark.parametrize("life", [1, 2, 3])
@pytest.mark.parametrize("until", [2022, 2023, 2024])
def test_every_delivery_where_units_come_and_go(life: int, until: int) -> None:
    """Five are needed, three are the least, three of the stock wear out; all plans of three years
    tried one by one. A rule that forgot who is excused (what is left of the need, others that are
    gone again) would miss the best one."""
    years, money = (2023, 2025), (30, 20, 30)
    stock = [{"school": "a", "item": "pc", "quantity": 3, "acquired": 2020, "usable_until": until}]
    scenario = tiny(
        items=pc(3, life=life), norms=[norm("pc", minimum=5)], tables={"inventory": stock},
        cap=dict(zip((2023, 2024, 2025), money, strict=True)), years=years,
    )  # fmt: skip
    had = [3 * (year <= until) for year in (2023, 2024, 2025)]
    best = 0
    for plan in product(range(4), range(3), range(4)):
        alive = [sum(plan[max(t - life + 1, 0) : t + 1]) for t in range(3)]
        left = [max(5 - s for s in had[t : t + life]) for t in range(3)]
        begun = [t for t in range(3) if plan[t]]
        if all(alive[t] <= left[t] and (plan[t] >= 3 or alive[t] >= left[t]) for t in begun):
            covered = [min(s + n, 5) - s for s, n in zip(had, alive, strict=True)]
            best = max(best, sum(covered))
    assert optimize(scenario, gap=0).value == pytest.approx(100 * best / 5)
