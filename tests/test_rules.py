"""A hand-solved case for each measure × bound × ``for_each`` × share, and what the rule costs.

Schools ``a`` (group 1, 100 pupils) and ``b`` (group 2, 60 pupils) need four computers each at
10: a unit is worth 25 points at ``a`` and 15 at ``b``. From 40 and without a rule all four go
to ``a``: 100. ``free`` is what the same scenario gives without the rule, so a rule that was not
formulated would give that; other wrong answers are said beside the case.
"""

from __future__ import annotations

from typing import Any

import pytest
from rule_cases import RULE_CASES, SCHOOLS, TWO_YEARS
from test_money_checks import checked
from test_requests import ask, cost
from tiny import fund, item, school, tiny

from planner.names import StandingRule
from planner.run.optimize import optimize
from planner.scenario.checks.rules import rules_can_be_read
from planner.scenario.measures import MEASURES
from planner.scenario.scenario import Scenario

UC = {"group": "under_construction"}


def share(part: str, **of: Any) -> dict[str, Any]:
    """A share of all, or of what ``of`` selects."""
    return {"share": part, "of": of} if of else {"share": part}


BUDGET = {"share": "0.5", "of": "budget"}
C = school("c", classes=1, pupils=10)
REQUESTS = {
    "requests": [ask("r", 9), ask("q", 8), ask("s", 3) | {"school": "b"}, ask("t", -1)],
    "request_costs": [cost("r", 10), cost("q", 10), cost("s", 10), cost("t", 5)],
}
ALONE = {"items": [], "norms": [], "tables": {"catalogue": [], **REQUESTS}, "cap": 30}


def scored(most: int = 100, **found: tuple[int, int]) -> dict[str, Any]:
    """School → points measured in teaching, to which each of its four units adds 10, and in
    management."""
    points = [(s, k, n) for s, both in found.items() for k, n in zip("tm", both, strict=True)]
    group = {"t": "teaching", "m": "management"}
    return {"tables": {
        "criteria": [{"criterion": k, "name": k, "group": g, "most": most}
                     for k, g in group.items()],
        "criterion_items": [{"criterion": "t", "item": "pc", "points": 40}],
        "indicators": [{"school": s, "criterion": k, "year": 2022, "value": n}
                       for s, k, n in points],
    }}  # fmt: skip


TEACHING = {"criteria_group": "teaching"}
CASES: dict[str, tuple[float, float, dict[str, Any], dict[str, Any]]] = {
    # name: value, free, rule, other arguments of ``tiny``
    # ---- spend
    "spend at most": (80, 100, {"where": {"school": "a"}, "at_most": 20}, {}),
    "spend at least": (80, 100, {"where": UC, "at_least": 20}, {}),
    "spend at least, up to the next unit (not 90)": (80, 100, {"where": UC, "at_least": 11}, {}),
    "spend exactly, of requests": (
        9 + 8 - 1, 20, {"where": {"kind": "request"}, "exactly": 25}, ALONE),
    "spend each school": (90, 100, {"for_each": ["school"], "at_most": 30}, {}),
    "spend each year (50 + 25 of a unit each)": (
        150 + 25 + 30, 260, {"for_each": ["year"], "at_most": 30}, TWO_YEARS),
    "spend each school and year": (
        100 + 60 + 50 + 30, 320, {"for_each": ["school", "year"], "at_most": 20},
        TWO_YEARS | {"cap": {2023: 80, 2024: 40}}),
    "spend a year of each group": (
        100 + 60 + 50 + 30, 260, {"where": {"year": 2023}, "for_each": ["group"], "at_most": 20},
        TWO_YEARS),
    "spend at least a share": (90, 100, {"where": UC, "at_least": share("0.25")}, {}),
    "spend at most a share": (80, 100, {"where": {"school": "a"}, "at_most": share("0.5")}, {}),
    "spend a share of a selection": (
        80, 100, {"where": UC, "at_least": share("0.5", school="a")}, {}),
    "spend a share of the budget": (80, 100, {"where": UC, "at_least": BUDGET}, {}),
    "spend a share each year (once over both years: 245)": (
        200 - 50 + 30 + 25 + 45, 260, {"where": UC, "for_each": ["year"],
        "at_least": share("0.25")}, TWO_YEARS),
    # ---- quantity
    "quantity at most": (70, 100, {"where": {"school": "a"}, "at_most": 1}, {}),
    "quantity at least": (90, 100, {"where": UC, "at_least": 1}, {}),
    "quantity exactly": (70, 100, {"where": UC, "exactly": 3}, {}),
    "quantity each school": (90, 100, {"for_each": ["school"], "at_least": 1}, {}),
    "quantity each group and item": (90, 100, {"for_each": ["group", "item"], "at_most": 3}, {}),
    "quantity each level (both are primary)": (
        75, 100, {"for_each": ["level"], "at_most": 3}, {}),
    "quantity at most a share": (
        80, 100, {"where": {"school": "a"}, "at_most": share("0.5")}, {}),
    "quantity exactly a share": (
        80, 100, {"where": {"school": "a"}, "exactly": share("0.5")}, {}),
    "quantity a share of a selection": (
        80, 100, {"where": UC, "at_least": share("1", school="a")}, {}),
    # ---- coverage
    "coverage at least": (80, 100, {"where": UC | {"item": "pc"}, "at_least": "0.5"}, {}),
    "coverage each school": (
        90, 100, {"where": {"item": "pc"}, "for_each": ["school"], "at_least": "0.25"}, {}),
    "coverage each item": (
        80, 100, {"where": UC, "for_each": ["item"], "at_least": "0.5"}, {}),
    "coverage weighed by need (the mean of both schools: 75)": (
        70, 100, {"where": {"item": "pc", "school": ["b", "c"]}, "at_least": "0.6"},
        {"schools": [*SCHOOLS, C]}),
    "coverage each year (in 2024 alone: 260)": (
        200 - 50 + 30 + 25 + 45, 260,
        {"where": UC | {"item": "pc"}, "for_each": ["year"], "at_least": "0.25"}, TWO_YEARS),
    "coverage skips a school without need": (
        90, 100, {"where": {"item": "pc"}, "for_each": ["school"], "at_least": "0.25"},
        {"schools": [*SCHOOLS, school("d", classes=0)]}),
    "coverage skips a school that is not ready (else infeasible)": (
        100, 100, {"where": {"item": "pc"}, "for_each": ["school"], "at_least": "0.75"},
        {"schools": [SCHOOLS[0], SCHOOLS[1] | {"ready": 2024}],
         "items": [item("pc", on_site=True)]}),
    # ---- points
    "points of one school (two units)": (
        80, 100, {"where": TEACHING | {"school": "b"}, "at_least": 60},
        scored(a=(40, 55), b=(40, 55))),
    "points each school": (
        90, 100, {"where": TEACHING, "for_each": ["school"], "at_least": 50},
        scored(a=(40, 55), b=(40, 55))),
    "points each school and group (the sum of both would do)": (
        90, 100, {"for_each": ["school", "criteria_group"], "at_least": 50},
        scored(a=(40, 55), b=(40, 55))),
    "points by criterion": (
        90, 100, {"where": {"criterion": "t"}, "for_each": ["school"], "at_least": 50},
        scored(a=(40, 55), b=(40, 55))),
    "points within the most (a mean of 60 with 80 and 40: 100)": (
        80, 100, {"where": TEACHING, "at_least": 60}, scored(60, a=(40, 55), b=(40, 55))),
    "points each year (at the end alone: 260)": (
        75 + 15 + 100 + 60, 260, {"where": TEACHING, "for_each": ["school", "year"],
        "at_least": 50}, TWO_YEARS | scored(a=(40, 55), b=(40, 55))),
    "points skips a school that is not measured (else 90)": (
        100, 100, {"where": TEACHING, "for_each": ["school"], "at_least": 50},
        scored(a=(40, 55))),
    # ---- schools
    "schools at level 2": (
        90, 100, {"where": TEACHING | {"reaches": 2}, "at_least": 2},
        scored(a=(40, 55), b=(40, 55))),
    "schools at level 3, above 75 (three units, 75: 45 + 25)": (
        60, 100, {"where": TEACHING | {"reaches": 3, "school": "b"}, "at_least": 1},
        scored(a=(40, 55), b=(45, 55))),
    "schools at a level in every group (a has it in one: 100)": (
        90, 100, {"where": {"reaches": 2}, "at_least": 1}, scored(a=(40, 30), b=(40, 55))),
    "schools each group": (
        90, 100, {"where": TEACHING | {"reaches": 2}, "for_each": ["group"], "at_least": 1},
        scored(a=(40, 55), b=(40, 55))),
    # ---- requests
    "requests at most": (9, 20, {"at_most": 1}, ALONE),
    "requests at least": (19, 20, {"at_least": 4}, ALONE | {"cap": 35}),
    "requests exactly": (17, 20, {"exactly": 2}, ALONE),
    "requests each school": (12, 20, {"for_each": ["school"], "at_most": 1}, ALONE),
    "requests named": (
        3, 20, {"where": {"request": ["r", "q"]}, "at_most": 0}, ALONE),
    "requests at most a share": (
        12, 20, {"where": {"school": "a"}, "at_most": share("0.5")}, ALONE),
    "requests a share of a selection": (
        12, 20, {"where": {"school": "b"}, "at_least": share("1", school="a")}, ALONE),
}  # fmt: skip


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


def test_every_measure_and_bound_is_there() -> None:
    """The table has each measure with each bound that it may have, alone, in rows, as a share."""
    seen = {
        (
            name.split(" ", maxsplit=1)[0],
            bound,
            bool(rule.get("for_each")),
            type(rule[bound]) is dict,
        )
        for name, (_, _, rule, _) in CASES.items()
        for bound in ("at_most", "at_least", "exactly")
        if bound in rule
    }
    for measure in MEASURES:
        mine = {s[1:] for s in seen if s[0] == measure}
        assert any(each for _, each, _ in mine), measure
        if MEASURES[measure].over not in ("cells", "points", "levels"):
            assert {bound for bound, _, _ in mine} == {"at_most", "at_least", "exactly"}, measure
            assert any(shared for _, _, shared in mine), measure


WISHES: dict[str, tuple[float, str, dict[str, Any], dict[str, Any]]] = {
    # name: value, price, rule, other arguments; obeyed it would cost 20 points
    "money, cheap to miss: 20 × 0.5": (90, "0.5", {"measure": "spend", "where": UC,
                                                  "at_least": 20}, {}),
    "money, dear to miss": (80, "2", {"measure": "spend", "where": UC, "at_least": 20}, {}),
    "money above": (90, "0.5", {"measure": "spend", "where": {"school": "a"}, "at_most": 20}, {}),
    "units": (94, "3", {"measure": "quantity", "where": UC, "at_least": 2}, {}),
    "units exactly": (94, "3", {"measure": "quantity", "where": UC, "exactly": 2}, {}),
    "percentage points: 50 × 0.1": (95, "0.1", {"measure": "coverage", "at_least": "0.5",
                                                "where": UC | {"item": "pc"}}, {}),
    "percentage points, dear": (80, "1", {"measure": "coverage", "at_least": "0.5",
                                          "where": UC | {"item": "pc"}}, {}),
    "points: 20 × 0.5": (90, "0.5", {"measure": "points", "at_least": 60,
                                    "where": TEACHING | {"school": "b"}},
                         scored(a=(40, 55), b=(40, 55))),
    "schools": (94, "6", {"measure": "schools", "at_least": 2, "where": TEACHING | {"reaches": 2}},
                scored(a=(40, 55), b=(40, 55))),
    "requests": (20 - 2, "2", {"measure": "requests", "at_least": 4}, ALONE),
    "a share, missed by 20 đồng": (90, "0.5", {"measure": "spend", "where": UC,
                                              "at_least": share("0.5")}, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", WISHES)
def test_a_wish_is_missed_at_its_price_or_kept(name: str) -> None:
    """Whichever is cheaper. Priced per scale of money, per lot or per 0–1 of coverage, the
    choice would turn; a miss not charged would give the value without the wish (100 or 20)."""
    hand, price, rule, more = WISHES[name]
    rule = rule | {"firmness": "wish", "price": price}
    assert value(scenario(rule, more)) == pytest.approx(hand)


STATED = [(rule, name) for rule, case in RULE_CASES.items() for name in case.solved]


@pytest.mark.parametrize(("rule", "name"), STATED)
def test_contracts_bans_and_capacities(rule: StandingRule, name: str) -> None:
    """Rows of tables bind like rules, and stand in ``rules`` by their name."""
    hand, free, tables, more = RULE_CASES[rule].solved[name]
    result = optimize(scenario(None, more | {"tables": tables}), gap=0, threads=1)
    assert (result.status, result.value) == ("optimal", pytest.approx(hand))
    assert str(rule) in set(result.plan.rules["rule"])
    assert without(more) == pytest.approx(free)


def test_one_source() -> None:
    """15 and 25 of two funds: from one fund two units at ``a`` (50) and one at ``b`` from the
    other (15); mixed, three at ``a`` (75)."""
    funds = {"cap": fund(15), "other": fund(25)}
    assert value(tiny(schools=SCHOOLS, funds=funds, one_source=True)) == pytest.approx(65)
    assert value(tiny(schools=SCHOOLS, funds=funds)) == pytest.approx(75)


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
