"""``useful_from``: units in service from which coverage counts, solved by hand.

Unless a test says otherwise school ``a`` has 100 pupils, one fund pays 10 a unit.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import Solver
from tiny import item, lines, norm, refused, school, tiny, units

from planner.analysis.conflict import conflict, repairs
from planner.analysis.explain import explain_school
from planner.analysis.unmet import unmet
from planner.formulation import facts
from planner.names import FLOOR_STAGE
from planner.plan import Plan
from planner.present.explanation import repairs_dict, repairs_text
from planner.present.rule_words import useful_in_words
from planner.present.understanding import understood, understood_text
from planner.proof import audit
from planner.run.optimize import claims, optimize
from planner.run.result import Result
from planner.scenario.contracts import TABLES, columns, read
from planner.scenario.load import inspect, load
from planner.scenario.new.starter import write_workbook
from planner.scenario.reading import values
from planner.scenario.write import FILE, write
from planner.vocabulary.axes import useful_units


def stock(quantity: int, until: int | None = None, at: str = "a") -> dict[str, Any]:
    """Units of ``pc`` that there are."""
    row = {"school": at, "item": "pc", "quantity": quantity, "acquired": 2020}
    return {"inventory": [row | {"usable_until": until}]}


def coverage(plan: Plan, school_: str = "a") -> list[tuple[float, float]]:
    """Coverage before and after of a school's item ``pc``, year by year."""
    rows = plan.coverage[(plan.coverage["school"] == school_) & (plan.coverage["item"] == "pc")]
    return list(zip(rows["before"].tolist(), rows["after"].tolist(), strict=True))


def test_a_computer_in_a_room_for_77_teaches_nobody(solve: Solver) -> None:
    """Need 77 (a share of ¾) and money for five: none is bought, and the licence (¼: 25 points)
    is. Without the threshold five computers (5/77 of 75 points: 4.87) and no licence would be."""
    items = [item("pc", weight=3), item("kit", 50)]
    norms = [norm("pc", minimum=77, useful_from="18"), norm("kit", per="school")]
    result = solve(tiny(items=items, norms=norms, cap=50))
    assert units(result.plan) == {"kit": 1}
    assert result.value == pytest.approx(25)


def test_money_for_the_threshold_goes_to_the_school_that_reaches_it(solve: Solver) -> None:
    """``b`` needs 10 units of which 5 are of use, and there is money for 4: ``a`` (need 4, counted
    from the first) gets them all, although a unit at ``b`` covers 100 pupils more."""
    schools = [school("a"), school("b", classes=10, pupils=1000)]
    norms = [norm("pc", useful_from="5")]
    result = solve(tiny(schools=[schools[0], schools[1]], norms=norms, cap=40))
    # at a the threshold is the need of 4
    assert [(s, n) for s, _, _, _, n in lines(result.plan)] == [("a", 4.0)]
    assert result.value == pytest.approx(100)
    richer = solve(tiny(schools=schools, norms=norms, cap=50))
    assert [(s, n) for s, _, _, _, n in lines(richer.plan)] == [("b", 5.0)]
    assert richer.value == pytest.approx(500)


def test_stock_below_the_threshold_counts_nothing_before(solve: Solver) -> None:
    """Ten of 40 are there, 18 are of use: eight more gain 18/40 of 100 pupils, seven nothing."""
    given = {"norms": [norm("pc", minimum=40, useful_from="18")], "tables": stock(10)}
    assert solve(tiny(cap=70, **given)).value == 0
    result = solve(tiny(cap=80, **given))
    assert result.value == pytest.approx(45)
    assert coverage(result.plan) == [(0.0, 0.45)]
    assert result.people == pytest.approx(45)
    lacking = unmet(optimize(tiny(cap=70, **given)).plan).iloc[0]
    assert (lacking["useful_from"], lacking["next_useful"], lacking["missing"]) == (18, 8, 30)


def test_stock_that_wears_out_falls_below_it(solve: Solver) -> None:
    """Three of four until 2023, one from 2024 on; two are of use: in 2024 nothing is covered
    before, and one unit (of 2023) gains 25 in 2023 and the half, 50, in 2024."""
    tables = stock(2, 2023)
    tables["inventory"] += stock(1)["inventory"]
    scenario = tiny(
        years=(2023, 2024), cap={2023: 10, 2024: 0}, norms=[norm("pc", useful_from="50%")],
        tables=tables,
    )  # fmt: skip
    result = solve(scenario)
    assert coverage(result.plan) == [(0.75, 1.0), (0.0, 0.5)]
    assert result.value == pytest.approx(25 + 50)


def test_a_higher_threshold_stands_on_the_lower_one(solve: Solver) -> None:
    """One unit reaches two of use in 2023 (one is there), and one in 2024, when it is gone: 50
    points. The relaxation counts half of either threshold and half a unit above the first, 62.5;
    without the first one's unit in the second one's sum it would count the first in full, 75."""
    scenario = tiny(
        years=(2023, 2024), cap={2023: 10, 2024: 0}, norms=[norm("pc", useful_from="2")],
        tables=stock(1, 2023),
    )  # fmt: skip
    assert solve(scenario, relaxed=62.5).value == pytest.approx(50)


def test_it_works_with_lots(solve: Solver) -> None:
    """Three of four are of use and units come in twos: two lots are needed (100 points), for one
    lot nothing is gained. Held against single units 30 of money would seem to reach it."""
    given = {"items": [item("pc", lot=2)], "norms": [norm("pc", useful_from="75%")]}
    assert solve(tiny(cap=30, **given)).value == 0
    assert solve(tiny(cap=40, **given)).value == pytest.approx(100)


def test_whole_lots_that_do_not_reach_it(solve: Solver) -> None:
    """Five are needed, all of them of use only, in lots of two: four are the most."""
    scenario = tiny(
        cap=100, items=[item("pc", lot=2)], norms=[norm("pc", minimum=5, useful_from="100%")]
    )
    result = solve(scenario)
    assert units(result.plan) == {}
    lacking = unmet(result.plan).iloc[0]
    assert (lacking["reason"], lacking["next_useful"]) == ("threshold", 6)
    (need,) = explain_school(result.plan, "a", result.value, result.bound).needs
    assert need.reason == "threshold"


def asked(quantity: int, copies: int = 1) -> dict[str, Any]:
    """A request that brings units for nothing."""
    key = {"request": "r", "option": "o"}
    return {
        "requests": [key | {"school": "a", "title": "Xin", "copies": copies}],
        "request_items": [key | {"item": "pc", "quantity": quantity, "year": 2023}],
    }


def test_requests_and_contracts_reach_it_too(solve: Solver) -> None:
    """Three of four are of use: two asked for and one bought gain 75; with a contract for two
    (which alone gains nothing) one bought does."""
    given: dict[str, Any] = {"norms": [norm("pc", useful_from="3")]}
    result = solve(tiny(cap=10, tables=asked(2), **given))
    assert result.value == pytest.approx(75)
    signed = {"school": "a", "item": "pc", "fund": "cap", "year": 2023, "quantity": 2}
    assert solve(tiny(cap=20, tables={"commitments": [signed]}, **given)).value == 0
    assert solve(tiny(cap=30, tables={"commitments": [signed]}, **given)).value == pytest.approx(75)


def test_replacements_and_tail_years(solve: Solver) -> None:
    """Units live a year; two of four are of use. Money for two in 2023 and one in 2024: 50 points
    in 2023, none in 2024 (one alone); the year after the plan is covered by nothing."""
    scenario = tiny(
        years=(2023, 2024), tail_years=1, cap={2023: 20, 2024: 10},
        items=[item("pc", life=1)], norms=[norm("pc", useful_from="2")],
    )  # fmt: skip
    result = solve(scenario)
    assert result.value == pytest.approx(50)
    assert coverage(result.plan) == [(0.0, 0.5), (0.0, 0.0), (0.0, 0.0)]
    lasting = tiny(
        years=(2023, 2024),
        tail_years=1,
        cap={2023: 10, 2024: 10},
        norms=[norm("pc", useful_from="2")],
    )
    assert solve(lasting).value == pytest.approx(50 + 50)  # one in 2023, of use from 2024 on


def test_tiers_above_it(solve: Solver) -> None:
    """The first half counts double, three of four are of use: three units reach 2/3 + 1/6 of 100
    points, one more another 1/6; two reach nothing."""
    given: dict[str, Any] = {"tiers": [("0.5", 2), (1, 1)], "norms": [norm("pc", useful_from="3")]}
    values_ = [solve(tiny(cap=money, **given)).value for money in (20, 30, 40)]
    assert values_ == pytest.approx([0, 250 / 3, 100])


def test_a_coverage_rule_counts_from_it(solve: Solver) -> None:
    """A floor of a quarter at ``b`` asks for the three units that are of use there, so three are
    left for ``a`` (75 points); without the threshold one at ``b`` would do, and ``a`` gain 100."""
    where = {"school": "b", "item": "pc"}
    rules = {"some": {"measure": "coverage", "where": where, "at_least": "0.25"}}
    schools = [school("a"), school("b", pupils=0)]
    norms = [norm("pc", useful_from="3")]
    floored = tiny(schools=schools, cap=60, norms=norms, rules=rules)
    result = solve(floored)
    assert {s: n for s, _, _, _, n in lines(result.plan)} == {"a": 3.0, "b": 3.0}
    left = result.plan.rules.set_index("rule").loc["some", "left"]
    assert left == pytest.approx(0.75)
    assert solve(tiny(schools=schools, cap=20, norms=norms, rules=rules)).status == "infeasible"


def test_the_lowest_coverage_counts_from_it() -> None:
    """Money for five; three of four are of use. The floor of both would be 0 either way, so it
    says 0 and points decide: all four at ``a``; with six units both have three, a floor of ¾."""
    schools = [school("a", pupils=1000), school("b")]
    given: dict[str, Any] = {
        "schools": schools, "norms": [norm("pc", useful_from="3")], "priority": {"mode": "maxmin"}
    }  # fmt: skip
    poor, rich = (optimize(tiny(cap=money, **given)) for money in (50, 60))
    assert {s.name: round(s.value, 6) for s in poor.stages}[FLOOR_STAGE] == 0
    assert [(s, n) for s, _, _, _, n in lines(poor.plan)] == [("a", 4.0)]
    assert {s.name: round(s.value, 6) for s in rich.stages}[FLOOR_STAGE] == 0.75


def test_a_school_that_cannot_reach_it_does_not_hold_the_floor(solve: Solver) -> None:
    """``b`` may only be given two units, by a request, and three are of use: it is left out, and
    the floor is that of ``a``. If it counted, the floor would be 0 whatever is bought."""
    request = asked(2)
    request["requests"][0]["school"] = "b"
    scenario = tiny(
        schools=[school("a"), school("b")], cap=40, norms=[norm("pc", useful_from="3")],
        priority={"mode": "maxmin"}, tables=request | {"bans": [{"school": "b"}]},
    )  # fmt: skip
    result = solve(scenario)
    assert result.stages[0].value == pytest.approx(1.0)


def test_units_bought_by_the_dong(solve: Solver) -> None:
    """Of records that are bought by the đồng three of four are of use. 30 buy exactly three; 29
    reach nothing, though a relaxation would count 2.9."""
    given: dict[str, Any] = {
        "items": [item("pc", whole=False)],
        "norms": [norm("pc", useful_from="3")],
    }
    assert solve(tiny(cap=29, **given)).value == 0
    assert solve(tiny(cap=30, **given)).value == pytest.approx(75)


def test_a_need_of_its_own_keeps_the_threshold_of_the_norm(solve: Solver) -> None:
    """``needs`` says 8 in place of 4: half of it, four, are of use. A norm from 2024 on that says
    no threshold takes it away."""
    own = [{"school": "a", "item": "pc", "year": 2023, "quantity": 8}]
    norms = [norm("pc", useful_from="50%")]
    assert solve(tiny(cap=30, norms=norms, tables={"needs": own})).value == 0
    assert solve(tiny(cap=40, norms=norms, tables={"needs": own})).value == pytest.approx(50)
    later = [*norms, norm("pc", **{"from": 2024})]
    result = solve(tiny(cap={2023: 10, 2024: 0}, years=(2023, 2024), norms=later))
    assert coverage(result.plan) == [(0.0, 0.0), (0.0, 0.25)]


def test_every_plan_tried_one_by_one() -> None:
    """Two schools, three years of life, stock, money for six: the best of all plans."""
    schools = [school("a"), school("b", pupils=70, classes=5)]
    norms = [norm("pc", useful_from="60%")]
    scenario = tiny(schools=schools, cap=60, norms=norms, tables=stock(1))

    def worth(a: int, b: int) -> float:
        one = min(1 + a, 4) / 4 if 1 + a >= 3 else 0  # ⌈60% of 4⌉
        other = b / 5 if b >= 3 else 0
        return 100 * one + 70 * other

    best = max(worth(a, b) for a, b in product(range(4), range(6)) if a + b <= 6)
    assert optimize(scenario).value == pytest.approx(best)


# ---- the audit --------------------------------------------------------------------------------


@pytest.mark.parametrize(("by", "money", "held"), [(-1, 20, 0), (1, 0, 3)])
def test_a_falsified_threshold_is_found(
    by: int, money: int, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three are of use. A formulation that takes two for enough counts what is not there; one that
    asks for four gives the plan a gain for the stock of three. No plan comes out."""
    more = {"rules": {"buy": {"measure": "quantity", "at_least": 1}}, "cap": 10} if by > 0 else {}
    scenario = tiny(**{"cap": money, "norms": [norm("pc", useful_from="3")],
                       "tables": stock(held)} | more)  # fmt: skip
    assert not refused(scenario)
    original = facts.useful_array
    monkeypatch.setattr(
        facts, "useful_array", lambda *given: original(*given) + by * (original(*given) > 0)
    )
    assert refused(scenario)


def published(result: Result) -> dict[str, pd.DataFrame]:
    return {k: v.copy() for k, v in result.plan.text_tables().items()}


def test_coverage_below_it_is_a_finding() -> None:
    """A plan that counts two of four as half a coverage where three are of use is refused: cells,
    pupil-years and points are computed anew."""
    scenario = tiny(cap=20, norms=[norm("pc", useful_from="3")],
                    rules={"buy": {"measure": "quantity", "exactly": 2}})  # fmt: skip
    result = optimize(scenario)
    tables = published(result)
    assert audit(scenario, tables, claims(result)) == []
    tables["coverage"]["after"] = "0.500000"
    tables["coverage"]["people"] = "50.000"
    found = {f.where.column for f in audit(scenario, tables, claims(result))}
    assert {"after", "people"} <= found
    claimed = claims(result) | {"value": 50.0, "bound": 50.0}
    found = {f.where.column for f in audit(scenario, published(result), claimed)}
    assert "value" in found


# ---- cells and words --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "value"),
    [("18", "18"), ("50%", "50%"), ("0,5", "50%"), ("12,5 %", "12.5%"), ("100%", "100%"),
     (values.NUMBER + "0.5", "50%"), (values.NUMBER + "18", "18")],
)  # fmt: skip
def test_a_cell_is_units_or_a_share(cell: str, value: str) -> None:
    """A workbook keeps 50% as the number 0.5."""
    column = columns(TABLES["norms"])["useful_from"]
    assert read(column, cell).value == value


@pytest.mark.parametrize(
    "cell", ["1", values.NUMBER + "1", "0", "1.5", "150%", "0%", "-2", "12.500"]
)
def test_a_cell_that_may_be_either_is_a_finding(cell: str) -> None:
    """A workbook keeps 100% as the number 1: read as one unit it would mean nothing."""
    column = columns(TABLES["norms"])["useful_from"]
    assert read(column, cell).problem == "threshold_unclear"
    assert read(column, "nửa").problem == "number_unreadable"


def test_shares_are_exact() -> None:
    """⌈0.7 × 10⌉ is 7: in binary floats 0.7 × 10 lies a hair above it, and 70% of 10 were 8."""
    import numpy as np

    need = np.array([[0, 10, 3], [77, 1, 100]])
    assert useful_units("70%", need).tolist() == [[0, 7, 3], [54, 1, 70]]
    assert useful_units("18", need).tolist() == [[0, 10, 3], [18, 1, 18]]


def test_it_is_said() -> None:
    """``check`` tells it, and a school is told the next useful amount."""
    scenario = tiny(cap=20, norms=[norm("pc", minimum=40, useful_from="45%")], tables=stock(5))
    text = understood_text(understood(scenario), scenario, "en")
    assert "coverage counts from 45% of the need" in text
    result = optimize(scenario)
    (need,) = explain_school(result.plan, "a", result.value, result.bound).needs
    assert (need.useful_from, need.next_useful) == (18, 13)


def test_a_workbook_gives_back_both_columns(tmp_path: Path) -> None:
    """Typed into the template's cells, 50% stays a share and 18 a number of units."""
    items = [item("pc", least=3), item("kit")]
    norms = [norm("pc", useful_from="50%"), norm("kit", useful_from="18")]
    write_workbook(tiny(items=items, norms=norms, cap=10), tmp_path / "s.xlsx", "vi")
    loaded = load(tmp_path / "s.xlsx")
    assert loaded.table("norms")["useful_from"].tolist() == ["50%", "18"]
    assert loaded.table("catalogue")["least"].tolist() == [3, 1]


def test_figures_that_no_school_reaches_are_warned_of(tmp_path: Path) -> None:
    """Four is the most that a school needs: five of use, or of a delivery, is a doubtful figure."""
    scenario = tiny(items=[item("pc", least=5)], norms=[norm("pc", useful_from="5")], cap=10)
    write(scenario, tmp_path)
    _, findings, _ = inspect(tmp_path / FILE)
    assert [(f.code, f.where.column) for f in findings] == [
        ("useful_beyond_need", "useful_from"),
        ("least_beyond_need", "least"),
    ]
    fine = tiny(items=[item("pc", least=4)], norms=[norm("pc", useful_from="4")], cap=10)
    write(fine, tmp_path / "fine")
    assert inspect(tmp_path / "fine" / FILE)[1] == []


def test_papers_say_it_of_the_norms() -> None:
    """The appendix of assumptions gives the threshold beside the norm, in both languages."""
    assert useful_in_words("50%", "en") == "50% of the need"
    assert useful_in_words("12.5%", "vi") == "12,5% nhu cầu"
    assert [useful_in_words(n, "en") for n in ("18", "2")] == ["18 units", "2 units"]


def test_a_threshold_is_named_in_the_conflict_that_it_makes() -> None:
    """Half of four is to be covered, and there is money for two: they would do, were it not that
    coverage counts from three. Named without it, rule and money do not conflict at all. With money
    for one nothing of the threshold stands in the way, nor does that of another item."""
    rules = {"half": {"measure": "coverage", "where": {"item": "pc"}, "at_least": 0.5}}
    items = [item("pc"), item("kit")]
    norms = [norm("pc", useful_from="75%"), norm("kit", per="school", useful_from="1")]
    scenario = tiny(cap=20, items=items, norms=norms, rules=rules)
    found = conflict(scenario)
    assert found is not None
    assert (set(found.rules), found.useful) == ({"half", "fund_within_budget[cap,2023]"}, ("pc",))
    said = repairs(scenario)
    for lang, words in (("vi", "có từ 75% nhu cầu"), ("en", "counts from 75% of the need")):
        assert words in " ".join(repairs_text(said, scenario, lang).split())
    body = repairs_dict(said, scenario)["conflict"]
    assert body["useful_from"] == ["pc"]
    poor = tiny(cap=10, items=items, norms=norms, rules=rules)
    clash = conflict(poor)
    assert clash is not None
    assert clash.useful == ()
    other = repairs(poor)
    assert not any("75%" in repairs_text(other, poor, lang) for lang in ("vi", "en"))
