"""What holds for every rule, tried on drawn scenarios, and every kind of rule spoiled once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from drawn import parts
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from test_requests import ask, cost
from tiny import fund, item, school, tiny

from planner.formulation.build import formulate
from planner.formulation.facts import Facts
from planner.plan import Outlook, build_plan
from planner.plan.decisions import decide
from planner.proof import audit
from planner.run.optimize import claims, optimize, unproven
from planner.run.result import Result
from planner.scenario.scenario import Scenario
from planner.solving.highs import make_engine
from planner.solving.solution import Limits, Status
from planner.solving.stages import solve_stages

tried = settings(
    derandomize=True,
    deadline=None,
    max_examples=3,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
thorough = settings(tried, max_examples=100, phases=[Phase.generate, Phase.shrink])
MILLION = 1_000_000
SAME = 1e-6
"""Relative difference that binary floats and whole money leave between two optima."""


@st.composite
def ruled(draw: st.DrawFn) -> dict[str, Any]:
    """The arguments of a drawn scenario with two to four rules of any measure."""
    drawn = draw(parts(4))
    drawn["solve"] = {"gap": 0, "time_limit": 20}
    items = [i["item"] for i in drawn["items"]]
    count = draw(st.integers(2, 4))
    return drawn | {"rules": {f"rule-{k}": draw(rules(items)) for k in range(count)}}


@st.composite
def rules(draw: st.DrawFn, items: list[str], wish: bool = False) -> dict[str, Any]:
    """A rule that a plan may well break: tight ceilings and low floors."""
    measure = draw(st.sampled_from(["spend", "quantity", "coverage"]))
    where: dict[str, Any] = {}
    if measure == "coverage" or draw(st.booleans()):
        where["item"] = draw(st.sampled_from(items))
    if draw(st.booleans()):
        where["group"] = draw(st.sampled_from([["completed", "none"], ["under_construction"]]))
    each = draw(st.sampled_from([[], ["year"], ["school"], ["group", "year"]]))
    high = {"spend": st.integers(0, 100).map(lambda n: n * MILLION), "quantity": st.integers(0, 6)}
    rule: dict[str, Any] = {"measure": measure, "where": where, "for_each": each}
    if measure == "coverage":
        rule["at_least"] = draw(st.sampled_from(["0.1", "0.3", "0.6"]))
    elif draw(st.booleans()):
        rule["at_most"] = draw(high[measure])
    else:
        part = draw(st.sampled_from(["0.2", "0.5"]))
        rule[draw(st.sampled_from(["at_least", "at_most"]))] = {"share": part}
    if wish:
        prices = {"spend": "0.000001", "quantity": "3", "coverage": "0.7"}
        rule |= {"firmness": "wish", "price": prices[measure]}
    return rule


def best(scenario: Scenario) -> Result:
    result = optimize(scenario, gap=0, threads=1, time_limit=30)
    assert result.status in (Status.OPTIMAL, Status.WITHIN_GAP, Status.INFEASIBLE)
    return result


def check_dropping(drawn: dict[str, Any]) -> None:
    """Every rule in turn is dropped; the proven value never falls."""
    whole = best(tiny(**drawn))
    if whole.status is Status.INFEASIBLE:
        return
    room = SAME * max(1.0, abs(whole.value)) + (whole.bound - whole.value)
    for name in drawn["rules"]:
        fewer = {k: r for k, r in drawn["rules"].items() if k != name}
        without = best(tiny(**(drawn | {"rules": fewer})))
        assert without.status is not Status.INFEASIBLE
        assert without.value >= whole.value - room, name


@tried
@given(ruled())
def test_dropping_a_rule_never_lowers_the_value(drawn: dict[str, Any]) -> None:
    """At gap 0. A rule formulated the wrong way round, or one that adds value, would."""
    check_dropping(drawn)


@pytest.mark.slow
@thorough
@given(ruled())
def test_dropping_a_rule_never_lowers_the_value_thoroughly(drawn: dict[str, Any]) -> None:
    """The same on many more scenarios."""
    check_dropping(drawn)


def carried_over(free: Scenario, bound: Scenario) -> Outlook | None:
    """The best plan of ``free`` written out, honestly, as a plan of ``bound``."""
    form = formulate(free)
    limits = Limits(gap=0.0, time_limit=30, threads=1)
    solution = solve_stages(make_engine(form.model, limits), limits)
    if solution.columns is None:
        return None
    return build_plan(replace(decide(form, solution.columns), facts=Facts(bound)))


def audited(scenario: Scenario, outlook: Outlook) -> list[Any]:
    """What the audit finds in a plan that claims no more than it reaches."""
    return audit(scenario, outlook.plan.text_tables(), claims(unproven(scenario, outlook)))


def check_spoiled(drawn: dict[str, Any]) -> None:
    """The best plan without the rules, held against them: each broken row is a finding."""
    scenario = tiny(**drawn)
    outlook = carried_over(tiny(**(drawn | {"rules": {}})), scenario)
    if outlook is None:
        return
    table = outlook.plan.rules
    mine = table[table["rule"].isin(drawn["rules"]) & (table["firmness"] != "wish")]
    broken = mine[mine["slack"].astype(float) < -1e-9]
    due = {f"{r.rule}[{r.key}]" if r.key else r.rule for r in broken.itertuples()}
    found = audited(scenario, outlook)
    assert {f.where.key for f in found if f.code == "audit_rule"} == due
    assert {f.code for f in found} <= {"audit_rule"}


@tried
@given(ruled())
def test_the_audit_finds_every_violated_rule(drawn: dict[str, Any]) -> None:
    """And nothing else: the plan states its own violations, so only the rules speak."""
    check_spoiled(drawn)


@pytest.mark.slow
@thorough
@given(ruled())
def test_the_audit_finds_every_violated_rule_thoroughly(drawn: dict[str, Any]) -> None:
    """The same on many more scenarios."""
    check_spoiled(drawn)


def check_wish(drawn: dict[str, Any], rule: dict[str, Any]) -> None:
    """v(without) − price × miss of that plan ≤ v(with the wish) ≤ v(without)."""
    without = tiny(**(drawn | {"rules": {}}))
    wished = tiny(**(drawn | {"rules": {"wish": rule}}))
    free, held = best(without), best(wished)
    if free.status is Status.INFEASIBLE:
        return
    outlook = carried_over(without, wished)
    assert outlook is not None
    room = SAME * max(1.0, abs(free.value)) + (held.bound - held.value) + (free.bound - free.value)
    assert held.value <= free.value + room
    assert held.value >= outlook.value - room
    assert outlook.value <= free.value + room


@tried
@given(parts(4), st.data())
def test_a_wish_never_costs_more_than_its_price(drawn: dict[str, Any], data: st.DataObject) -> None:
    """The plan that ignores the wish pays for its misses and no more; priced per scale of money
    or twice, a wish would press the value below that."""
    items = [i["item"] for i in drawn["items"]]
    check_wish(drawn, data.draw(rules(items, wish=True)))


@pytest.mark.slow
@thorough
@given(parts(4), st.data())
def test_a_wish_never_costs_more_than_its_price_thoroughly(
    drawn: dict[str, Any], data: st.DataObject
) -> None:
    """The same on many more scenarios."""
    items = [i["item"] for i in drawn["items"]]
    check_wish(drawn, data.draw(rules(items, wish=True)))


PC = {"school": "a", "item": "pc", "fund": "cap", "year": 2023}
ASKED = {
    "requests": [ask("r", 99), ask("q", 0)],
    "request_costs": [cost("r", 10), cost("q", 10)],
}
STANDING: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    # name: code, arguments without the rule, arguments with it
    "committed": (
        "audit_committed", {},
        {"tables": {"commitments": [PC | {"school": "b", "quantity": 4}]}}),
    "banned": ("audit_banned", {}, {"tables": {"bans": [{"school": "a"}]}}),
    "capacity in units": (
        "audit_capacity_within", {}, {"tables": {"capacities": [{"item": "pc", "most": 2}]}}),
    "capacity in money": (
        "audit_capacity_within", {}, {"tables": {"capacities": [{"fund": "cap", "most": 19}]}}),
    "one source": ("audit_one_source", {}, {"one_source": True}),
    "fund": ("audit_fund_within_budget", {}, {"funds": {"cap": fund(15), "other": fund(14)}}),
    "one option": (
        "audit_one_option_per_request",
        {"tables": {"requests": [ask("r", 50), ask("q", 50)], "request_costs": [
            cost("r", 1), cost("q", 1)]}},
        {"tables": {"requests": [ask("r", 50), ask("q", 50), ask("m", 0, mandatory=True)],
                    "request_costs": [cost("r", 1), cost("q", 1), cost("m", 1)]}}),
    "requirement": (
        "audit_request_requires", {"tables": ASKED},
        {"tables": ASKED | {"requests": [ask("r", 99, requires=("q:x",)), ask("q", 0)]}}),
    "copies": (
        "audit_one_option_per_request",
        {"tables": {"requests": [ask("r", 99, copies=3)], "request_costs": [cost("r", 1)]}},
        {"tables": {"requests": [ask("r", 99, copies=2)], "request_costs": [cost("r", 1)]}}),
    "grant": (
        "audit_grant_within_envelope",
        {"tables": {"requests": [ask("g", 99)],
                    "request_costs": [cost("g", 1, most=9, value=99)]}},
        {"tables": {"requests": [ask("g", 99)],
                    "request_costs": [cost("g", 1, most=8, value=99)]}}),
    "prerequisite": (
        "audit_prerequisite_in_service", {},
        {"items": [item("pc", requires=("lan",)), item("lan", 999)]}),
    "need": ("audit_need_not_exceeded", {}, {"schools": [school("a", classes=1), school("b")]}),
    "delivery": (
        "audit_one_delivery", {}, {"items": [item("pc", once=True), item("lan", 999)]}),
    "works": (
        "audit_works_before_purchase", {}, {"items": [item("pc", setup=3), item("lan", 999)]}),
    "law": ("audit_rule", {}, {"rules": {"law": {
        "measure": "quantity", "at_most": 2, "firmness": "law"}}}),
}  # fmt: skip


@pytest.mark.parametrize("name", STANDING)
def test_the_audit_finds_every_kind_of_rule_spoiled(name: str) -> None:
    """The best plan of the scenario without one rule, held against the scenario with it."""
    code, less, more = STANDING[name]
    base: dict[str, Any] = {
        "schools": [school("a"), school("b", pupils=50)],
        "items": [item("pc"), item("lan", 999)],
        "funds": {"cap": fund(25), "other": fund(15)},
    }
    scenario = tiny(**(base | more))
    outlook = carried_over(tiny(**(base | less)), scenario)
    assert outlook is not None
    assert code in {f.code for f in audited(scenario, outlook)}
