"""Conflicts of infeasible scenarios, and the register of standing rules that they are read off.

The oracle lifts a rule by taking it out of the *inputs* (a table, a cell, an amount) in a way of
its own and formulates what is left anew; it shares neither the register's edits nor the freed
rows with the product.
"""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from rule_cases import RULE_CASES, without
from test_reference import sound
from tiny import fund, item, norm, school, tiny

import planner
from planner.analysis.compare import Causes
from planner.analysis.conflict import Lifting, conflict, feasible
from planner.analysis.elastic import levers
from planner.formulation.build import formulate
from planner.names import Link, StandingRule
from planner.scenario.scenario import Scenario
from planner.vocabulary.register import REGISTER, present_rules


def possible(scenario: Scenario, lifted: set[str]) -> bool:
    """Whether a plan exists without these rules, by the oracle."""
    beyond = str(StandingRule.NEED) in lifted
    counts = any(r.measure == "coverage" for k, r in scenario.settings.rules.items()
                 if k not in lifted)  # fmt: skip
    # what may be carried is a part of the year's money: lifted after it
    last = str(StandingRule.CARRY)
    for name in sorted(lifted - {str(StandingRule.NEED)}, key=lambda n: (n == last, n)):
        scenario = without(scenario, name)
    if beyond and not counts:
        scenario = without(scenario, str(StandingRule.NEED))
    if beyond and counts:  # coverage counts the need as it is: no input says it
        answer = Lifting(scenario).possible([str(StandingRule.NEED)])
    else:
        answer = feasible(scenario)
    assert answer is not None
    return answer


def drawn(seed: int) -> Scenario:
    """Small, and mostly infeasible: contracts, locks, floors and requests against everything."""
    chance = random.Random(seed)

    def some(*values: Any) -> Any:
        return chance.choice(values)

    def maybe(likely: float, **row: Any) -> list[dict[str, Any]]:
        return [row] if chance.random() < likely else []

    names = ["s0", "s1"][: some(1, 2)]
    groups = [some("completed", "completed", "under_construction", "preparing") for _ in names]
    schools = [
        school(n, classes=chance.randint(1, 3), group=g,
               **({"ready": some(2024, 2025)} if g != "completed" else {}),
               **({"project_amount": chance.randint(0, 40)} if g == "preparing" else {}))
        for n, g in zip(names, groups, strict=True)
    ]  # fmt: skip
    goods = [
        item("lan", some(5, 10), setup=some(0, 7), on_site=some(True, False),
             once=some(True, False), upkeep=some("0", "0.4"), life=some(None, 1, 2)),
        item("pc", some(6, 10), once=some(True, False), on_site=some(True, False),
             requires=some((), ("lan",)), upkeep=some("0", "0.5"), setup=some(0, 0, 5),
             payments=some(("1",), ("0.5", "0.5")), life=some(None, 2)),
    ]  # fmt: skip
    for good in goods:
        if good.get("requires"):
            good["capacity"] = some((), (1,), (2,))
    funds: dict[str, Any] = {
        "cap": fund({t: chance.randint(0, 40) for t in (2023, 2024, 2025)}, pays_upkeep=True,
                    carry_over=some("0", "0.5"), reserve=some("0", "0.1"))
    }  # fmt: skip
    if chance.random() < 0.5:
        funds["other"] = fund({2023: chance.randint(0, 20), 2024: chance.randint(0, 20)})
    if "preparing" in groups:
        funds["project"] = {"role": "project"}
    funded = [n for n, g in zip(names, groups, strict=True) if g != "preparing"]
    place = some(*(funded or names))
    what, paid, when = some("lan", "pc"), some(*[f for f in funds if f != "project"]), 2023
    signed = {"school": place, "item": what, "fund": paid}
    tables: dict[str, Any] = {
        "commitments": [] if not funded else
        maybe(0.5, **signed, year=2023, quantity=some(1, 2))
        + maybe(0.4, **signed, year=2024, quantity=some(1, 2))
        + maybe(0.2, **(signed | {"fund": some(*[f for f in funds if f != "project"])}), year=2024,
                quantity=1),
        "bans": maybe(0.4, item=some("lan", "pc"), year=some(None, 2023)),
        "capacities": maybe(0.3, item=some("lan", "pc"), most=some(1, 2))
        + maybe(0.2, fund=paid, year=2024, most=12),
        "locks": maybe(0.4, school=some(*names), item=some("lan", "pc"), quantity=some(0, 1, 3),
                       year=some(None, None, 2024)),
        "inventory": maybe(0.3, school=some(*names), item="lan", quantity=1, acquired=2021),
        "requests": [], "request_costs": [], "request_items": [],
    }  # fmt: skip
    for k in range(some(0, 1, 2) if funded else 0):
        request = f"r{k}"
        needs = ("r1",) if k == 0 and chance.random() < 0.5 else ()
        for option in ["o0", "o1"][: some(1, 1, 2) if k == 0 else 1]:
            tables["requests"].append(
                {"request": request, "school": place, "option": option, "title": "T",
                 "value": some(1, 5), "mandatory": some(True, True, False) if option == "o0" else
                 tables["requests"][-1]["mandatory"], "requires": needs, "copies": 1}
            )  # fmt: skip
            amount = some(5, 15, 30)
            tables["request_costs"].append(
                {"request": request, "option": option, "fund": paid, "year": some(2023, 2024),
                 "amount": amount, **({"most": amount + 10, "value": 1} if chance.random() < 0.3
                                      else {})}
            )  # fmt: skip
            tables["request_items"] += maybe(
                0.5, request=request, option=option, item=some("lan", "pc"), quantity=1, year=when
            )
    if tables["requests"] and not any(r["request"] == "r1" for r in tables["requests"]):
        tables["requests"] = [r | {"requires": ()} for r in tables["requests"]]
    pool: dict[str, dict[str, Any]] = {
        "covered": {"measure": "coverage", "where": {"item": "pc"}, "at_least": some(0.5, 1)},
        "bought": {"measure": "quantity", "where": {"item": "pc"}, "at_least": some(1, 3, 6)},
        "spent": {"measure": "spend", "at_least": some(10, 40), "firmness": some("law", "policy")},
        "capped": {"measure": "spend", "for_each": ["school"], "at_most": some(5, 20)},
        "one-a-year": {"measure": "quantity", "for_each": ["year"], "at_most": some(0, 1)},
    }
    kept = chance.sample(sorted(pool), k=some(0, 1, 2))
    return tiny(
        schools=schools, items=goods, funds=funds, years=(2023, 2024), tail_years=some(0, 1),
        norms=[norm(g["item"], maximum=some(None, 1)) for g in goods], tables=tables,
        rules={k: pool[k] for k in kept}, one_source=some(True, False),
    )  # fmt: skip


def check(seed: int) -> tuple[str, ...] | None:
    """What conflicts in a drawn scenario; ``None`` where nothing does, or no rule is to blame."""
    scenario = drawn(seed)
    if not sound(scenario) or feasible(scenario):
        return None
    lifting = Lifting(scenario)
    every = set(lifting.names)
    found = conflict(scenario)
    if found is None:
        assert not possible(scenario, every), seed
        return None
    assert found.irreducible, seed
    assert set(found.rules) <= every, seed
    assert not possible(scenario, every - set(found.rules)), (seed, found.rules)
    for name in found.rules:
        assert possible(scenario, every - set(found.rules) | {name}), (seed, found.rules, name)
    return found.rules


def families_in(found: list[tuple[str, ...] | None]) -> set[str]:
    """Which standing rules are named in some conflict."""
    names = {n.partition("[")[0] for rules in found if rules for n in rules}
    return {n for n in names if n in REGISTER}


@pytest.mark.slow
def test_each_named_rule_is_needed_and_together_they_conflict() -> None:
    """Brute force on drawn scenarios: with the named rules alone there is no plan, without any
    one of them there is. A rule left out of the explanation would break the first, one that does
    not belong the second."""
    found = [check(seed) for seed in range(6)]
    assert sum(f is not None for f in found) > 2
    assert len(families_in(found)) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1_000, 3_000, 200))
def test_each_named_rule_is_needed_thoroughly(start: int) -> None:
    """The same on two thousand."""
    found = [check(seed) for seed in range(start, start + 200)]
    assert len(families_in(found)) >= 10


def test_a_contract_against_one_delivery_names_both() -> None:
    """Two contracts of an item that is delivered once: neither alone is wrong. A list of rules
    kept by hand, without the delivery, called the contracts a conflict by themselves."""
    signed = {"school": "a", "item": "pc", "fund": "cap", "quantity": 1}
    scenario = tiny(
        items=[item("pc", once=True)], years=(2023, 2024), cap={2023: 20, 2024: 20},
        tables={"commitments": [signed | {"year": y} for y in (2023, 2024)]},
    )  # fmt: skip
    found = conflict(scenario)
    assert found is not None
    assert (found.rules, found.irreducible) == (("committed", "one_delivery"), True)


@pytest.mark.parametrize("rule", list(StandingRule))
def test_every_standing_rule_can_be_named(rule: StandingRule) -> None:
    """A case a rule: its conflict holds it and nothing that does not belong, and the scenario is
    one that has the rule. A rule that the register cannot lift would vanish from the list."""
    scenario, due = RULE_CASES[rule].quarrel, RULE_CASES[rule].conflict
    assert feasible(scenario) is False
    found = conflict(scenario)
    assert found is not None
    assert set(found.rules) == set(due)
    assert found.irreducible
    assert rule in {entry.rule for entry in present_rules(scenario)}


def test_rows_of_a_model_are_rules_or_links() -> None:
    """Each row belongs to a standing rule, to a link that defines something, or to a rule of the
    scenario: what is none of them could not be explained, and would never be lifted."""
    for scenario in (case.quarrel for case in RULE_CASES.values()):
        known = {*map(str, StandingRule), *map(str, Link), *scenario.settings.rules}
        assert {b.name for b in formulate(scenario).model.row_blocks} <= known


def test_the_formulation_names_no_rule_by_hand() -> None:
    """Names are written in the register's file alone, so that none escapes it."""
    root = Path(planner.__file__).parent / "formulation"
    for path in root.glob("*.py"):
        assert not re.findall(r"add_rows\(\s*[\"']", path.read_text("utf-8")), path.name


def test_levers_move_what_the_register_says() -> None:
    """Of standing rules only the money of funds may move."""
    assert [e.rule for e in REGISTER.values() if e.lever] == [StandingRule.FUND]
    kinds = {x.kind for c in RULE_CASES.values() for x in levers(c.quarrel)}
    assert kinds == {"rule", "fund"}


def test_a_rule_of_the_catalogue_is_a_cause() -> None:
    """Two scenarios that differ in ``once`` alone differ by a rule; a list by hand, without the
    columns of the catalogue, called it indirect."""
    one, other = tiny(cap=20), tiny(cap=20, items=[item("pc", once=True)])
    assert Causes(one, other).of("a", "pc", {"cap"}, {2023}) == "rule"
