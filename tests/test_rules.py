"""A hand-solved case for each measure × bound × ``for_each`` × share, and what the rule costs: the
cases of ``measure_cases``, and those of standing rules in ``rule_cases``.
"""

from __future__ import annotations

from typing import Any

import pytest
from measure_cases import CASES, WISHES, share
from rule_cases import RULE_CASES, SCHOOLS
from test_money_checks import checked
from tiny import fund, item, tiny

from planner.names import StandingRule
from planner.run.optimize import optimize
from planner.scenario.checks.rules import rules_can_be_read
from planner.scenario.scenario import Scenario


def scenario(rule: dict[str, Any] | None, more: dict[str, Any]) -> Scenario:
    """The two schools with a rule or without."""
    rules = {} if rule is None else {"r": rule}
    return tiny(**({"schools": SCHOOLS, "cap": 40} | more), rules=rules)


def value(given: Scenario) -> float:
    """The proven optimum; the audit has agreed with every row."""
    result = optimize(given, gap=0, threads=1)
    assert result.status == "optimal"
    return result.value


FREE: dict[str, float] = {}


def without(more: dict[str, Any]) -> float:
    """The value without a rule; equal scenarios are solved once."""
    key = repr(more)
    if key not in FREE:
        FREE[key] = value(scenario(None, more))
    return FREE[key]


@pytest.mark.parametrize("name", CASES)
def test_rules_solved_by_hand(name: str) -> None:
    """With the rule the hand's value, without it ``free``; the table ``rules`` holds its rows."""
    hand, free, rule, more = CASES[name]
    rule = {"measure": name.split(" ", maxsplit=1)[0].rstrip(","), **rule}
    asked = scenario(rule, more)
    c = checked(asked)
    rules_can_be_read(c)
    assert not c.log.failed, "a rule that can be kept is refused before it is solved"
    result = optimize(asked, gap=0, threads=1)
    assert (result.status, result.value) == ("optimal", pytest.approx(hand))
    rows = result.plan.rules[result.plan.rules["rule"] == "r"]
    assert len(rows)
    assert (rows["slack"].astype(float) >= 0).all()
    assert without(more) == pytest.approx(free)


@pytest.mark.parametrize("name", WISHES)
def test_a_wish_is_missed_at_its_price_or_kept(name: str) -> None:
    """Whichever is cheaper. Priced per scale of money, per lot or per 0–1 of coverage, the
    choice would turn; a miss not charged would give the value without the wish (100 or 20)."""
    hand, price, rule, more = WISHES[name]
    rule = rule | {"firmness": "wish", "price": price}
    assert value(scenario(rule, more)) == pytest.approx(hand)


STATED = [(rule, name) for rule, case in RULE_CASES.items() for name in case.solved]


@pytest.mark.parametrize(("rule", "name"), STATED)
def test_standing_rules_solved_by_hand(rule: StandingRule, name: str) -> None:
    """Rows of tables, and settings, bind like rules, and stand in ``rules`` by their name."""
    hand, free, tables, more = RULE_CASES[rule].solved[name]
    asked = scenario(None, more | {"tables": tables})
    result = optimize(asked, gap=0, threads=1)
    assert (result.status, result.value) == ("optimal", pytest.approx(hand))
    assert str(rule) in set(result.plan.rules["rule"])
    lifted = without(more) if tables else value(RULE_CASES[rule].lift(asked, ""))
    assert lifted == pytest.approx(free)


@pytest.mark.parametrize(
    ("rule", "points"),
    [
        ({"where": {"kind": "upkeep"}, "at_most": share("0.25")}, 75),
        ({"at_most": share("0.8", kind=["purchase", "upkeep"])}, 100),
    ],
)
def test_a_share_counts_upkeep_where_its_own_selection_names_it(
    rule: dict[str, Any], points: float
) -> None:
    """Two units stand, two are missing; each costs 1 a year once it has served a year.

    Upkeep (4 for the stock, 2 for two units of 2023) at most a quarter of what is bought: one
    unit of each year, 5 of 20; were upkeep in the base too, both in 2023 would do: 100. And
    purchases at most 80% of purchases and upkeep: 20 of 26; without upkeep in the base nothing
    could be bought: 0. Read by the optimizer in one way and by the audit in the other, there
    was no plan at all.
    """
    scenario = tiny(
        items=[item("pc", upkeep="0.1")],
        years=(2023, 2024),
        funds={"cap": fund({2023: 40, 2024: 40}, pays_upkeep=True)},
        tables={"inventory": [{"school": "a", "item": "pc", "quantity": 2, "acquired": 2022}]},
        rules={"r": {"measure": "spend"} | rule},
    )
    assert optimize(scenario, gap=0, threads=1).value == pytest.approx(points)
