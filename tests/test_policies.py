"""The price of policies, solved by hand: what each promise costs and what is bought instead."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tiny import EQUAL, fund, item, norm, school, tiny, units

import planner
from planner import plots
from planner.analysis import explain as module
from planner.analysis import resolve
from planner.analysis.explain import Price, Prices, Proven, prices, promises
from planner.analysis.resolve import assignment_of, solve_again
from planner.cli.commands import explain as command
from planner.formulation.build import formulate
from planner.messages import say
from planner.present import explanation as explained
from planner.run import folder
from planner.run.optimize import optimize
from planner.run.result import Result
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Rule
from planner.solving import neighbourhoods
from planner.solving.solution import Status
from planner.solving.warm import feasible


def priced(scenario: Scenario, **options: Any) -> dict[tuple[str, str], Price]:
    """(kind, name) → price."""
    result = optimize(scenario)
    found = prices(result.plan, result.value, result.bound, **options)
    return {(p.kind, p.name): p for p in found.found}


def two_items(**settings: Any) -> Scenario:
    """Money 40; pc 10, needed four times, kit 10 worth twice as much, needed four times."""
    items = [item("pc"), item("kit", weight=2)]
    return tiny(items=items, cap=40, **settings)


def test_a_policy_costs_what_the_best_plan_without_it_gains() -> None:
    """One unit of kit gives 100 ÷ 4 × 2/3 points, one of pc half. Two pcs are demanded: two kits
    less, so 2 × 25 × (2/3 − 1/3) = 16.67 points and as many pupil-years.

    Taking the value *with* the policy twice gives 0; a wrong sign gives −16.67.
    """
    rule = {"measure": "quantity", "where": {"item": "pc"}, "at_least": 2}
    (price,) = (p for k, p in priced(two_items(rules={"pcs": rule})).items() if k[0] == "policy")
    assert price.low == pytest.approx(50 / 3)
    assert price.high == pytest.approx(50 / 3)
    assert price.people == pytest.approx(50 / 3, abs=1e-2)
    assert not price.at_most
    bought = {r["item"]: (r["quantity"], r["amount"]) for r in price.by_item().to_dict("records")}
    assert bought == {"kit": (2, 20), "pc": (-2, -20)}


def test_a_policy_that_binds_nothing_costs_nothing() -> None:
    """At most four kits: what is bought anyway. Price 0, nothing else would be bought."""
    rule = {"measure": "quantity", "where": {"item": "kit"}, "at_most": 4}
    price = priced(two_items(rules={"few": rule}))["policy", "few"]
    assert (price.low, price.high, price.people) == (0.0, 0.0, 0.0)
    assert price.at_most
    assert price.by_item().empty


def test_a_wish_never_costs_more_than_its_price_says() -> None:
    """Two pcs wished for at 10 points a unit: missing both costs 20, buying them 16.67: they are
    bought and the wish costs 16.67. At 5 points a unit it is missed and costs 10."""
    wish = {"measure": "quantity", "where": {"item": "pc"}, "at_least": 2, "firmness": "wish"}
    dear = priced(two_items(rules={"pcs": wish | {"price": 10}}))["wish", "pcs"]
    assert dear.high == pytest.approx(50 / 3)
    cheap = priced(two_items(rules={"pcs": wish | {"price": 5}}))["wish", "pcs"]
    assert cheap.high == pytest.approx(10)
    assert cheap.people == 0


def test_mandates_and_contracts_have_a_price_and_laws_have_none() -> None:
    """The mandatory request takes 10 (one kit, 16.67 points); the contract buys one pc where a
    kit would be worth 8.33 more. A law is not listed."""
    request = {"request": "r", "school": "a", "option": "o", "title": "r", "mandatory": True}
    cost = {"request": "r", "option": "o", "fund": "cap", "year": 2023, "amount": 10}
    signed = {"school": "a", "item": "pc", "fund": "cap", "year": 2023, "quantity": 1}
    scenario = two_items(
        tables={"requests": [request], "request_costs": [cost], "commitments": [signed]},
        rules={"fixed": {"measure": "quantity", "at_most": 9, "firmness": "law"}},
    )
    found = priced(scenario)
    assert set(found) == {
        ("mandate", "r"),
        ("commitment", "a,pc,cap,2023"),
        ("priority", "weighted"),
    }
    assert found["mandate", "r"].high == pytest.approx(50 / 3)
    assert found["commitment", "a,pc,cap,2023"].high == pytest.approx(25 / 3)


def ranked(mode: str, **more: Any) -> Scenario:
    """School a (completed, 10 pupils) before b (100 pupils): one unit of 10 can be bought."""
    weights = EQUAL | {"completed": 100}
    return tiny(
        schools=[
            school("a", pupils=10, classes=1),
            school("b", group="under_construction", ready=2023, classes=1),
        ],
        cap=10,
        priority={"mode": mode, "weights": weights if mode == "weighted" else EQUAL},
        **more,
    )


def test_the_priority_mode_costs_pupils_elsewhere() -> None:
    """Weight 100 sends the unit to a: 10 pupil-years. Without ranks b has it: 100, so the order
    costs 90, in points of a planner without ranks and in pupil-years alike."""
    price = priced(ranked("weighted"))["priority", "weighted"]
    assert (price.low, price.high, price.people) == (90.0, 90.0, 90.0)
    strict = priced(ranked("strict"))["priority", "strict:tier"]
    assert strict.people == 90.0
    assert strict.high == pytest.approx(90.0, abs=1e-3)


def test_a_missed_wish_does_not_change_the_price_of_priorities() -> None:
    """The same with a wish for two units at 5 points, missed by one in both plans: 90 again.

    Counting the miss in one of the two plans alone, or twice, gives 85 or 95.
    """
    wish = {"measure": "quantity", "at_least": 2, "firmness": "wish", "price": 5}
    price = priced(ranked("weighted", rules={"two": wish}))["priority", "weighted"]
    assert (price.low, price.high) == (90.0, 90.0)


def test_with_a_gap_the_price_is_an_interval() -> None:
    """With value 50 and a bound of 60 the price without the rule (value 66.67 proven) lies
    between 66.67 − 60 and 66.67 − 50; with a bound above 66.67 it is only «at most»."""
    rule = {"measure": "quantity", "where": {"item": "pc"}, "at_least": 2}
    result = optimize(two_items(rules={"pcs": rule}))
    between = prices(result.plan, 50.0, 60.0).found[0]
    assert (between.low, between.high) == (pytest.approx(20 / 3), pytest.approx(50 / 3))
    loose = prices(result.plan, 50.0, 70.0).found[0]
    assert (loose.low, loose.at_most) == (0.0, True)


def test_a_plan_is_a_start_for_the_problem_without_a_promise() -> None:
    """Tables → columns → the same units: the assignment is feasible with and without the rule."""
    rule = {"measure": "quantity", "where": {"item": "pc"}, "at_least": 2}
    scenario = tiny(
        items=[item("pc", setup=3, life=1), item("kit", once=True, weight=2)],
        norms=[norm("pc"), norm("kit")],
        years=(2023, 2024),
        funds={"cap": fund({2023: 33, 2024: 20}, carry_over="1")},
        rules={"pcs": rule},
    )
    plan = optimize(scenario).plan
    assert units(plan)["pc"] >= 2
    for promise in promises(scenario):
        form = formulate(promise.without)
        begin = assignment_of(form, plan)
        assert begin is not None
        assert feasible(form.model, begin)


def test_the_table_has_a_row_a_promise() -> None:
    """One row each, in the order of a planner; a promise without a plan keeps its status."""
    rule = {"measure": "quantity", "where": {"item": "pc"}, "at_least": 2}
    result = optimize(two_items(rules={"pcs": rule}))
    frame = prices(result.plan, result.value, result.bound).table
    assert frame["kind"].tolist() == ["policy", "priority"]
    assert frame["points_high"].tolist()[0] == pytest.approx(50 / 3)


def test_figure_and_text_say_the_intervals() -> None:
    """A bar a promise, its full part as long as what is certain; text in both languages."""
    rule = {"measure": "quantity", "where": {"item": "pc"}, "at_least": 2}
    result = optimize(two_items(rules={"pcs": rule}))
    found = prices(result.plan, 50.0, 60.0)
    ax = plots.policies(found, lang="en")
    bars = {b.get_gid(): b.get_width() for b in ax.patches}
    assert bars["pcs:low"] == pytest.approx(20 / 3)
    assert bars["pcs:high"] == pytest.approx(50 / 3)
    assert "6.7 – 16.7" in explained.policies_text(found, "en")
    assert "6,7 – 16,7" in explained.policies_text(found, "vi")
    body = explained.policies_dict(found)
    assert [b["kind"] for b in body] == ["policy", "priority"]
    assert {i["item"] for i in body[0]["instead"]} == {"pc", "kit"}


def test_the_verb_works_from_a_plan_folder_alone(tmp_path: Path) -> None:
    """A folder is written, then explained by the command: table, files, JSON, exit code 0."""
    rule = {"measure": "quantity", "where": {"item": "pc"}, "at_least": 2}
    folder.write(optimize(two_items(rules={"pcs": rule})), tmp_path / "plan")
    asked = [str(tmp_path / "plan"), "--policies", "--school", "a", "--json"]
    done = CliRunner().invoke(command, [*asked, "--out", str(tmp_path / "out"), "--no-figures"])
    assert done.exit_code == 0, done.output
    body = json.loads(done.stdout)
    assert body["policies"][0]["points_high"] == pytest.approx(50 / 3)
    assert {n["item"] for n in body["school"]["unmet"]} == {"pc", "kit"}
    assert (tmp_path / "out" / "policies.csv").exists()
    assert CliRunner().invoke(command, [str(tmp_path / "plan"), "--school", "z"]).exit_code == 2
    assert CliRunner().invoke(command, [str(tmp_path / "plan")]).exit_code == 2


def crumb(**settings: Any) -> Scenario:
    """Money 50: four units at school a are worth 100 points, a crumb at the tiny school z one; a
    tidied plan leaves the crumb out."""
    schools = [school("a"), school("z", pupils=1, classes=1, group="none")]
    return tiny(schools=schools, cap=50, solve={"gap": 1e-6}, **settings)


def test_what_tidying_gave_up_is_no_price() -> None:
    """At most five units is what would be bought anyway: the promise costs nothing, and nothing
    would be bought instead, in points, pupil-years, money and lines.

    Compared with the tidied plan, 100 of 101 points, every promise seems to cost up to 1 point and
    1 pupil-year, and the crumb seems to be bought in its place.
    """
    scenario = crumb(rules={"few": {"measure": "quantity", "at_most": 5}})
    result = optimize(scenario, tidy=0.02)
    assert (units(result.plan)["pc"], result.value) == (4, pytest.approx(100))
    proven = Proven.of(result)
    assert (proven.value, proven.tidied) == (pytest.approx(101), True)
    heard: list[str] = []
    found = planner.explain(result)
    told = prices(
        result.plan, **asdict(proven), listener=lambda kind, name: heard.append(f"{kind} {name}")
    )
    assert heard[:2] == ["tidy scenario", "policy few"]
    for each in (found, told):
        price = each.found[0]
        assert price.high == pytest.approx(0, abs=1e-3)
        assert price.people == pytest.approx(0, abs=1e-3)
        assert (price.spent, price.instead.empty) == (0, True)
    naive = prices(result.plan, result.value, result.bound).found[0]
    assert (naive.high, naive.people) == (pytest.approx(1, abs=1e-3), pytest.approx(1, abs=1e-2))
    for lang in ("vi", "en"):
        note = say("explain.policies.untidied", lang)
        assert note[:40] in explained.policies_text(found, lang)
        assert note[:40] not in explained.policies_text(Prices(found.plan, found.found), lang)


def test_a_plan_that_nothing_was_taken_from_is_compared_as_it_is() -> None:
    """Within half a point's worth nothing is given up: no solve more."""
    result = optimize(crumb(), tidy=0.005)
    assert result.tidied is not None
    assert not Proven.of(result).tidied
    assert planner.explain(result).untidied is None


def three_promises() -> Scenario:
    """Two kits at most, two pcs at least, and a wish for a third pc."""
    where = {"measure": "quantity", "where": {"item": "pc"}}
    rules = {
        "few": {"measure": "quantity", "where": {"item": "kit"}, "at_most": 2},
        "pcs": where | {"at_least": 2},
        "more": where | {"at_least": 3, "firmness": "wish", "price": 5},
    }
    return two_items(rules=rules)


def test_rules_and_weights_are_priced_on_one_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rules and the weights dropped, each alone: one model is built for all of them, and what
    comes of it is what each scenario gives that is solved from nothing. A rule that stayed on, or
    one that an earlier promise switched off and nobody switched on again, gives another value."""
    built, scenario = [], three_promises()

    class Counted(resolve.WarmModel):
        def __init__(self, *given: Any, **more: Any) -> None:
            built.append(given)
            super().__init__(*given, **more)

    monkeypatch.setattr(resolve, "WarmModel", Counted)
    plan = optimize(scenario).plan
    near = resolve.Near(plan, {})
    for promise in [*promises(scenario), *reversed(list(promises(scenario)))]:
        warm = near.solve(promise.without, stop=lambda: False, gap=0.0)
        assert warm.value == pytest.approx(solve_again(promise.without, gap=0.0).value)
    assert len(built) == 1


def test_a_bound_that_is_known_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proves that what no plan of the scenario is worth more than (50: two units for 25) proves a
    plan of it with one rule more too, where the relaxation alone (2.5 units) does not: nothing else
    is searched. A bound that was not handed on leaves 62.5 to a search of the whole."""
    rule = Rule(measure="quantity", where={"item": "pc"}, at_least=Decimal(1), firmness="law")
    scenario = tiny(cap=25)
    with_rule = resolve.with_rules(scenario, {"one": rule})
    near = resolve.Near(optimize(scenario).plan, {"one": rule})

    def searched(*_: Any, **__: Any) -> None:
        raise AssertionError("the whole was searched")

    monkeypatch.setattr(neighbourhoods, "solve_stages", searched)
    found = near.solve(with_rule, stop=lambda: False, most=50.0, gap=0.01)
    assert (found.value, found.bound) == pytest.approx((50.0, 50.0))
    with pytest.raises(AssertionError, match="searched"):
        near.solve(with_rule, stop=lambda: False, gap=0.01)


def test_what_is_not_proven_near_the_plan_is_solved_from_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the search near the plan ends without one, the price is that of a search from nothing:
    16.67, as by hand above. Told as it ended, the promise would have no price."""
    near, tried = resolve.Near.solve, list[float]()

    def lost(self: Any, scenario: Scenario, **options: Any) -> Result:
        tried.append(options["time_limit"])
        return replace(near(self, scenario, **options), status=Status.NO_PLAN, maybe_plan=None)

    monkeypatch.setattr(resolve.Near, "solve", lost)
    rule = {"measure": "quantity", "where": {"item": "pc"}, "at_least": 2}
    found = priced(two_items(rules={"pcs": rule}), time_limit=20)
    assert found["policy", "pcs"].low == pytest.approx(50 / 3)
    assert tried[0] == pytest.approx(3)  # a part of the time: the rest is for the other


@pytest.mark.slow
def test_several_at_once_give_what_one_after_the_other_gives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two workers price the promises and explain a school as this process does, in the same order.
    Answers given to another number would change places."""
    result = optimize(three_promises())
    known = (result.plan, result.value, result.bound)
    columns = ["kind", "name", "points_low", "points_high", "people", "spent"]
    alone, why = prices(*known), module.explain_school(result.plan, "a", *known[1:])
    monkeypatch.setattr(module, "_workers", lambda *_: 2)
    heard: list[str] = []
    both = prices(*known, listener=lambda _, name: heard.append(name))
    assert both.table[columns].equals(alone.table[columns])
    assert heard == alone.table["name"].tolist()
    needs = module.explain_school(result.plan, "a", *known[1:]).needs
    assert [(n.item, n.reason, n.loss) for n in needs] == [
        (n.item, n.reason, n.loss) for n in why.needs
    ]
    assert prices(*known, stop=lambda: True).found == ()


@pytest.mark.slow
def test_intervals_from_one_model_and_from_nothing_overlap() -> None:
    """Ba Đình without its cap on a school's share: the value and bound found on the warm model
    and those found from nothing are both proven of the same best plan. A bound below what
    the other solve reaches would be a false one."""
    scenario = planner.load(Path("scenarios/ba-dinh/base.yaml"))
    plan = optimize(scenario, gap=0.01, tidy=0.0).plan
    (without,) = (p.without for p in promises(scenario) if p.name == "no-school-above")
    warm = resolve.Near(plan, {}).solve(without, stop=lambda: False, gap=0.005, time_limit=60)
    cold = solve_again(without, gap=0.005, time_limit=60)
    assert warm.value <= cold.bound * (1 + 1e-9)
    assert cold.value <= warm.bound * (1 + 1e-9)
    assert str(warm.status) in ("within_gap", "optimal")
