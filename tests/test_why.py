"""Why a school got what it got: each reason and each least change, solved by hand."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from test_requests import alone, ask, cost
from tiny import EQUAL, Row, fund, item, norm, school, tiny

import planner
from planner.analysis import explain as module
from planner.analysis import resolve
from planner.analysis.elastic import left_over
from planner.analysis.explain import Need, School, explain_school
from planner.analysis.resolve import find_plan
from planner.formulation.model import Model, ModelBuilder
from planner.present import explanation as why
from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Rule
from planner.solving.solution import Limits, never
from planner.solving.warm import feasible

MONEY = {"cap": fund(20)}


def explained(scenario: Scenario, name: str = "a") -> School:
    """The school of the scenario's plan, explained."""
    result = optimize(scenario)
    return explain_school(result.plan, name, result.value, result.bound)


def only(scenario: Scenario, name: str = "a") -> Need:
    """Its one unmet need."""
    (need,) = explained(scenario, name).needs
    return need


def moved(remedy: Any) -> list[tuple[str, str, float]]:
    """(name, field, new) of a remedy's changes."""
    return [(c.lever.name, c.lever.field, float(c.new)) for c in remedy.changes]


def two_schools(**more: Any) -> Scenario:
    """Schools a (weight 1) and b (weight 2), each with a class: one unit of 10 is affordable."""
    return tiny(
        schools=[
            school("a", classes=1, group="none"),
            school("b", classes=1),
        ],
        cap=10,
        priority={"weights": EQUAL | {"completed": 2}},
        **more,
    )


def test_outbid_says_what_others_would_lose_and_what_money_would_do() -> None:
    """b has the unit, worth 200 points; at a it would be worth 100: forcing it costs 100. Ten
    more money is enough, and 100 pupil-years are won: b keeps its own.

    A reason «rule», a loss of 0, or a remedy that takes b's unit would each be wrong.
    """
    need = only(two_schools())
    assert need.reason == "outbid"
    assert need.loss == pytest.approx((100.0, 100.0))
    said = why.why_text(explained(two_schools()), "en")
    assert "100.0" in said
    assert "100.0 – 100.0" not in said, "one number is no range"
    assert moved(need.by_money) == [("cap", "2023", 20.0)]
    assert need.by_money is not None
    assert need.by_money.money == 10
    assert need.by_money.result.people == 200.0
    assert need.by_rule is None


@pytest.mark.parametrize(
    ("low", "high", "loss"),
    [
        (0, 100, None),
        (40, 100, None),
        (60, 100, (60, 100)),
        (0, 1.5, (0, 1.5)),
        (0, math.inf, None),
    ],
)
def test_a_loss_that_says_nothing_is_no_figure(
    low: float, high: float, loss: tuple[float, float] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The value is 200. «At most 100 points» says no more than that a search was weak: then it is
    not decided. Up to 1% of the value, or where most of it is proven, the interval is told. Begun
    from nothing, or told whatever it is, the loss would be as vague as the search."""
    starts = []

    def weak(scenario: Scenario, **options: Any) -> Any:
        starts.append(options.get("start"))
        return replace(optimize(scenario), value=200 - high, bound=200.0 - low)

    monkeypatch.setattr(module, "solve_again", weak)
    found = explained(two_schools())
    (need,) = found.needs
    assert (need.reason, need.loss, need.undecided) == ("outbid", loss, loss is None)
    assert starts[0] is not None
    assert ("not decided" in why.why_text(found, "en")) == (loss is None)
    assert ("chưa xác định" in why.why_text(found, "vi")) == (loss is None)
    assert why.why_dict(found)["unmet"][0]["undecided"] == (loss is None)


def test_least_money_of_the_next_useful_amount() -> None:
    """Two of four units are the least that counts, and there is money for one: the next useful
    amount is possible with 20, all of it with 40. Told of the whole alone, the paragraph names one
    amount and the money of another. Where the next useful amount is all that is missing, there is
    one figure."""
    found = explained(tiny(cap=10, norms=[norm("pc", useful_from="2")]))
    (need,) = found.needs
    assert need.next_useful == 2
    assert moved(need.by_money_next) == [("cap", "2023", 20.0)]
    assert moved(need.by_money) == [("cap", "2023", 40.0)]
    text = " ".join(why.why_text(found, "en").split())
    assert "next useful amount, 2 more" in text
    assert "meets all of it" in text
    need = only(tiny(cap=10, norms=[norm("pc", useful_from="100%")]))
    assert (moved(need.by_money), need.by_money_next) == ([("cap", "2023", 40.0)], None)


def test_a_cap_on_the_school_is_named_as_the_rule() -> None:
    """Money for four units of 10, but a school may take 20: two are missing. The cap must rise
    from 20 to 40; money is no remedy."""
    cap = {"measure": "spend", "for_each": ["school"], "at_most": 20}
    need = only(tiny(cap=100, rules={"no-school-above": cap}))
    assert (need.reason, need.rules) == ("rule", ("no-school-above",))
    assert need.by_money is None
    assert moved(need.by_rule) == [("no-school-above", "at_most", 40.0)]


def test_money_and_a_rule_together() -> None:
    """Money for two and a cap of 20: four units need both to move, so one remedy moves both."""
    cap = {"measure": "spend", "for_each": ["school"], "at_most": 20}
    need = only(tiny(cap=20, rules={"no-school-above": cap}))
    assert (need.reason, need.rules) == ("rule_and_money", ("no-school-above",))
    assert sorted(moved(need.by_money)) == [
        ("cap", "2023", 40.0),
        ("no-school-above", "at_most", 40.0),
    ]


def test_a_law_in_the_way_has_no_remedy() -> None:
    """The same cap as law is named, and nothing is offered."""
    cap = {"measure": "spend", "for_each": ["school"], "at_most": 20, "firmness": "law"}
    need = only(tiny(cap=100, rules={"fixed": cap}))
    assert (need.reason, need.rules) == ("rule", ("fixed",))
    assert need.by_money is need.by_rule is None


def test_what_is_promised_elsewhere_is_no_outbidding() -> None:
    """b's unit is demanded by a policy and the money is just enough for it: forcing a's need is
    infeasible, and the policy is named. Money or giving it up would do."""
    floor = {"measure": "quantity", "where": {"school": "b"}, "at_least": 1}
    need = only(two_schools(rules={"b-first": floor}))
    assert (need.reason, need.rules) == ("promised", ("b-first",))
    assert moved(need.by_money) == [("cap", "2023", 20.0)]


@pytest.mark.parametrize(
    ("reason", "more"),
    [
        (
            "not_ready",
            {
                "schools": [school("a", group="under_construction", ready=2024)],
                "items": [item("pc", on_site=True)],
                "cap": 100,
            },
        ),
        ("no_eligible_fund", {"funds": {"rec": fund(100, nature="recurrent")}}),
        ("banned", {"cap": 100, "tables": {"bans": [{"item": "pc"}]}}),
        ("lot", {"cap": 100, "items": [item("pc", lot=3)]}),
    ],
)
def test_reasons_that_nothing_can_change(reason: str, more: dict[str, Any]) -> None:
    """No building, no fund, a ban, less than a lot: told as such, without a remedy."""
    need = only(tiny(**more))
    assert need.reason == reason
    assert need.by_money is need.by_rule is None


def test_prerequisite_is_paid_with_what_needs_it() -> None:
    """pc needs lan (30, not affordable with 20): both are missing. What meets the pc need is
    money for lan and four pcs: 30 + 40 = 70."""
    items: list[Row] = [item("lan", 30), item("pc", requires=("lan",))]
    norms = [norm("lan", per="school"), norm("pc")]
    found = explained(tiny(items=items, norms=norms, cap=20)).needs
    assert [n.item for n in found] == ["lan", "pc"]
    lan, pc = found
    assert lan.reason == "no_money"
    assert moved(lan.by_money) == [("cap", "2023", 30.0)]
    assert (pc.reason, pc.blocked_by) == ("prerequisite", "lan")
    assert moved(pc.by_money) == [("cap", "2023", 70.0)]


def test_upkeep_and_works_are_in_the_money() -> None:
    """One unit of 10 with works of 5 and upkeep of 1 in the tail year, from a fund of 2: 13 more
    in 2023, and 1 more in 2024, when it has nothing for the upkeep."""
    scenario = tiny(
        schools=[school("a", classes=1)],
        items=[item("pc", setup=5, upkeep="0.1")],
        funds={"cap": fund({2023: 2, 2024: 0}, pays_upkeep=True)},
        tail_years=1,
    )
    need = only(scenario)
    assert need.by_money is not None
    assert need.by_money.money == 14
    assert {f: n for _, f, n in moved(need.by_money)} == {"2023": 15.0, "2024": 1.0}


def test_unknown_school_raises() -> None:
    """A slip of the id is an error, not an empty answer."""
    with pytest.raises(KeyError):
        explained(two_schools(), "z")


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_text_and_json_say_the_same(lang: str) -> None:
    """Every need has its sentence in both languages; JSON is plain and complete."""
    found = explained(two_schools())
    text = why.why_text(found, lang)
    assert "cap" in text
    assert "{" not in text
    body = json.loads(json.dumps(why.why_dict(found)))
    (need,) = body["unmet"]
    assert need["reason"] == "outbid"
    assert need["by_money"]["money"] == 10


def test_a_school_with_everything_has_nothing_to_explain() -> None:
    """All four units: no unmet need, and what it got is listed."""
    found = explained(tiny(cap=40))
    assert found.needs == ()
    assert "40" in why.why_text(found, "en")


def test_an_addition_takes_nothing_from_what_is_bought_by_the_dong() -> None:
    """b's records (continuous, weight 2) take all of 10; a lacks a unit of 10. What meets a's need
    is 10 more, not b's records cut short.

    A study that holds whole units alone would find the money in b's records: 0 more.
    """
    scenario = tiny(
        schools=[school("a", classes=1, group="none"), school("b", classes=1)],
        items=[item("rec", 1, whole=False)],
        norms=[norm("rec", every=1, per="classes", minimum=10)],
        cap=10,
        priority={"weights": EQUAL | {"completed": 2}},
    )
    need = only(scenario)
    assert need.reason == "outbid"
    assert moved(need.by_money) == [("cap", "2023", 20.0)]
    assert need.by_money is not None
    assert need.by_money.result.people == 200.0


def test_a_refused_request_has_its_reason_and_its_least_money() -> None:
    """15 pays for q (10, 9 points), not for r too (10, 5 points; or 8, 4 points): forced in, r
    costs at least 9 − 5 = 4 points; three more money buys its cheaper option, and q stays.

    Left out, as needs alone were looked at, the school would seem to have all it asked for.
    Judged by its dearer option, the money would be five.
    """
    requests = [ask("q", 9), ask("r", 5), ask("r", 4, "small")]
    need = only(alone(requests, [cost("q", 10), cost("r", 10), cost("r", 8, "small")], cap=15))
    assert (need.kind, need.item, need.cost, need.reason) == ("request", "r", 8, "outbid")
    assert need.loss == pytest.approx((4.0, 4.0))
    assert moved(need.by_money) == [("cap", "2023", 18.0)]


def test_a_refused_request_that_a_rule_stops_or_that_earns_nothing() -> None:
    """One request at most: r (2 points, there is money) is stopped by that rule, and two is the
    least change. Without the rule u (−1 point) is left out because it earns nothing, not
    because the plan fell short of its best (``gap``).
    """
    requests, costs = [ask("q", 9), ask("r", 2)], [cost("q", 10), cost("r", 5)]
    one = {"one": {"measure": "requests", "at_most": 1}}
    need = only(alone(requests, costs, cap=40, rules=one))
    assert (need.item, need.reason, need.rules) == ("r", "rule", ("one",))
    assert moved(need.by_rule) == [("one", "at_most", 2.0)]
    free = alone([*requests, ask("u", -1)], [*costs, cost("u", 5)], cap=40)
    need = only(free)
    assert (need.item, need.reason) == ("u", "no_points")
    assert need.by_money is None


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_school_without_needs_is_told_without_a_coverage(lang: str) -> None:
    """Requests alone: no «NaN%» in the text, none in JSON (which has no such number)."""
    found = explained(alone([ask("q", 9), ask("r", 5)], [cost("q", 10), cost("r", 10)], cap=15))
    text = why.why_text(found, lang)
    assert "nan" not in text.lower()
    assert "r (r)" in text
    assert json.loads(json.dumps(why.why_dict(found), allow_nan=False))["coverage_before"] is None


def test_what_tidying_left_out_is_said() -> None:
    """Money 50 for four units at a and one at the tiny z, 101 points; tidied within 2% the line of
    z goes. It would still fit, and the true reason is tidying or the gap, not the gap alone."""
    schools = [school("a"), school("z", pupils=1, classes=1, group="none")]
    result = optimize(tiny(schools=schools, cap=50, solve={"gap": 1e-6}), tidy=0.02)
    (need,) = planner.explain(result, school="z").needs
    assert (need.reason, need.by_money, need.by_rule) == ("tidied", None, None)
    assert "fewer lines" in why.why_text(planner.explain(result, school="z"), "en")


def test_the_loss_is_counted_from_the_value_before_tidying() -> None:
    """Money 50 for four units at a (100 points) and one at y (30); z needs a kit of 20 and one
    pupil. Forced in, it leaves 30 for y and two units at a: 81 of 130 points, a loss of 49.

    Tidied within 30% the line of y goes, and 10 that is left buys no kit; counted from the 100
    points of that plan, the loss would be said to be as little as 19.
    """
    schools = [school("a"), school("y", pupils=30, classes=1)]
    schools.append(school("z", pupils=1, classes=1, level="lower_secondary"))
    scenario = tiny(
        schools=schools, items=[item("pc"), item("kit", 20)], cap=50, solve={"gap": 1e-6},
        norms=[norm("pc"), norm("kit", level="lower_secondary")],
    )  # fmt: skip
    result = optimize(scenario, tidy=0.3)
    assert result.value == pytest.approx(100)
    (need,) = planner.explain(result, school="z").needs
    assert need.reason == "outbid"
    assert need.loss == (pytest.approx(49, abs=0.1), pytest.approx(49, abs=1))


def test_a_need_forced_in_is_first_looked_for_at_few_schools(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """a's unit forced in, worth 100, costs b its own: found without a search of the whole, and the
    relaxation proves that no plan is worth more. One that left b its unit would be worth 300 and
    spend 20 of 10."""
    near, with_need = forced_at_a()

    def searched(*_: Any, **__: Any) -> None:
        raise AssertionError("the whole was searched")

    monkeypatch.setattr(near, "solve", searched)
    result, bound = near.forced(with_need, never, 200.0, gap=module.GAP, time_limit=20.0)
    assert (result.value, bound) == (pytest.approx(100), pytest.approx(100))
    assert list(result.plan.allocation["school"]) == ["a"]


@pytest.mark.parametrize("nothing", [True, False])
def test_what_few_schools_do_not_hold_is_searched_as_a_whole(
    monkeypatch: pytest.MonkeyPatch, nothing: bool
) -> None:
    """Few schools may hold no plan, or, wrongly, one that leaves the need unmet: the audit does not
    let it pass, and the whole is searched. Believed, it would say 200: nobody loses anything."""
    near, with_need = forced_at_a()
    present = near._present
    assert present is not None
    found = None if nothing else present.values
    monkeypatch.setattr(resolve, "few_schools", lambda *_: found)
    result, bound = near.forced(with_need, never, 200.0, gap=module.GAP, time_limit=20.0)
    assert (result.value, bound) == (pytest.approx(100), pytest.approx(100))


def forced_at_a() -> tuple[resolve.Near, Scenario]:
    """The plan of two schools, and their scenario with a unit at a."""
    where = {"school": "a", "item": "pc", "year": 2023}
    rule = Rule(measure="coverage", where=where, at_least=Decimal(1), firmness="law")
    scenario = two_schools()
    near = resolve.Near(optimize(scenario).plan, {"need": rule})
    return near, resolve.with_rules(scenario, {"need": rule})


@pytest.mark.parametrize("seed", range(40))
def test_what_is_left_of_a_model_has_a_plan_where_the_whole_has_one(seed: int) -> None:
    """Forty small drawn models with two columns that are moved, by 0, 1 and 2: the part that is
    left over has a plan exactly where the whole model has one, and with the values of what was
    left out it is one of the whole model. A row left out that a moved column breaks, a bound
    rounded the wrong way or a column put at its wrong end would each differ somewhere."""
    model, first = drawn_model(np.random.default_rng(seed)), 8
    left, columns, held = left_over(model, first)
    limits = Limits(0.0, 20.0, 1)
    for most in (0.0, 1.0, 2.0):
        upper = model.column_upper.copy()
        upper[first:] = most
        whole = replace(model, column_upper=upper)
        fits, found = find_plan(
            replace(left, column_upper=np.minimum(left.column_upper, upper[columns])), limits
        )
        assert fits == find_plan(whole, limits)[0]
        if found is not None:
            plan = held.copy()
            plan[columns] = found
            assert feasible(whole, plan)


def drawn_model(random: np.random.Generator) -> Model:
    """Eight columns, some whole, some held, and two that are moved; nine rows."""
    builder = ModelBuilder()
    upper = random.integers(0, 4, size=8).astype(float)
    lower = np.where(random.random(8) < 0.2, upper, 0.0)
    builder.add_columns("one", {"at": np.arange(8)}, lower, upper, integer=random.random(8) < 0.6)
    builder.add_columns("moved", {"at": np.arange(2)}, 0.0, 2.0)
    ends = np.sort(random.integers(-3, 7, size=(9, 2)) + random.choice([0.0, 0.5], size=(9, 2)))
    kind = random.integers(0, 4, size=9)
    low = np.where(kind == 0, -np.inf, ends[:, 0])
    high = np.where(kind > 1, np.inf, ends[:, 1])
    rows = builder.add_rows("row", {"at": np.arange(9)}, low, high)
    for row in rows:
        at = random.choice(10, size=random.integers(1, 5), replace=False)
        builder.add_entries(
            np.full(len(at), row), np.sort(at), random.choice([-2.0, -1.0, 1.0, 1.0, 3.0], len(at))
        )
    return builder.freeze(1, ("value",), {})
