"""Rules said back: the sentence of each, in both languages, and where names must appear."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from entered import entered
from measure_cases import SAID
from rule_cases import RULE_CASES, STATED
from test_requests import ask, cost
from tiny import fund, item, norm, school, tiny

from planner.present.papers.package import view_content
from planner.present.papers.view import View
from planner.present.rule_words import rule_sentence, skipped_in_words, stated_in_words
from planner.present.summary import summary
from planner.present.understanding import understood, understood_text
from planner.run import folder
from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario
from planner.vocabulary.register import REGISTER

FUNDS = {"cap": fund(10, name={"vi": "Vốn đầu tư", "en": "Capital"}), "other": fund(10)}


def one(rule: dict[str, Any]) -> Scenario:
    """A scenario with one rule ``r``."""
    items = [item("pc", name_en="Computers") | {"name": "Máy vi tính"}, item("lan")]
    criterion = {"criterion": "t1", "name": "Phòng máy", "group": "teaching", "most": 9}
    return tiny(schools=[school("a", owner="p1"), school("b")], items=items, funds=FUNDS,
                rules={"r": rule}, tables={"criteria": [criterion]})  # fmt: skip


@pytest.mark.parametrize(("rule", "vi", "en"), SAID, ids=[en for _, _, en in SAID])
def test_each_rule_is_one_sentence(rule: dict[str, Any], vi: str, en: str) -> None:
    """The rule read back word by word; a part left out would change its meaning."""
    scenario = one(rule)
    assert rule_sentence(scenario, "r", "vi") == vi
    assert rule_sentence(scenario, "r", "en") == en


def test_tables_are_said_too() -> None:
    """Contracts, bans, capacities, requests, grants and settings that turn a rule on: name and
    sentence each."""
    switched = {str(rule): True for rule, entry in REGISTER.items() if entry.switch}
    said = stated_in_words(tiny(tables=STATED, closed_until=2023, **switched), "en")
    due = [line for case in RULE_CASES.values() for line in case.said]
    assert not set(said) ^ set(due), "tests/rule_cases.py: `said` of its case says something else"
    assert len(said) == len(due)


def test_what_a_rule_on_coverage_leaves_out_is_listed() -> None:
    """``b`` has no classes and so no need, ``c`` no building until 2025; ``a`` is counted."""
    schools = [school("a"), school("b", classes=0)]
    schools.append(school("c", group="under_construction", ready=2025))
    rule = {"measure": "coverage", "where": {"item": "pc"}, "at_least": "0.1"}
    scenario = tiny(schools=schools, items=[item("pc", on_site=True)], rules={"r": rule})
    assert skipped_in_words(scenario, "en") == [
        "r leaves out schools without a need (1): Trường b.",
        "r leaves out schools whose building is not ready (1): Trường c.",
    ]


def test_a_school_that_a_rule_on_coverage_counts_in_part_is_listed_too() -> None:
    """``c`` has no building in 2023: its computers (on site) are left out of the rule, its
    licences are not. Counted by school alone, ``c`` would be in no list."""
    schools = [school("a"), school("c", group="under_construction", ready=2025)]
    items = [item("pc", on_site=True), item("soft", on_site=False)]
    rule = {"measure": "coverage", "for_each": ["item"], "at_least": "0.1"}
    norms = [norm("pc"), norm("soft")]
    scenario = tiny(schools=schools, items=items, norms=norms, rules={"r": rule})
    assert skipped_in_words(scenario, "en") == [
        "r counts only what needs no building at schools whose building is not ready (1): "
        "Trường c.",
    ]


@pytest.fixture(scope="module")
def ruled() -> Scenario:
    """A scenario of requests and items with a rule, a wish that is missed and a capacity."""
    rules = {
        "few": {"measure": "requests", "at_most": 1},
        "dream": {"measure": "spend", "at_least": 99, "firmness": "wish", "price": "0.01"},
    }
    tables = {
        "capacities": [{"item": "pc", "most": 2}],
        "requests": [ask("r", 1), ask("q", 2)],
        "request_costs": [cost("r", 10), cost("q", 10)],
    }
    return tiny(cap=60, rules=rules, tables=tables)


def test_names_stand_in_table_terminal_and_documents(ruled: Scenario, tmp_path: Path) -> None:
    """Each rule's name in ``rules``, in the summary and in ``check``; in the appendix, which is
    signed, only where a rule has no title to be called by."""
    result = optimize(ruled)
    names = ("few", "dream", "capacity_within")
    assert set(names) <= set(result.plan.rules["rule"])
    told = summary(result, "en")
    assert "Kept; closest is few: 1 ≤ 1." in told
    assert "Missed in 1 of 1 row; furthest is dream: 30 VND, wished ≥ 99 VND." in told
    assert "1 of 2 requests is chosen, for 10 VND and 2.0 points." in told
    checked = understood_text(understood(ruled), ruled, "en")
    written = folder.read(folder.write(result, tmp_path / "plan"))
    paper = repr(view_content(View(written, "en")))
    for name in names:
        assert all(name in place for place in (told, checked)), name
    assert [name in paper for name in names] == [True, True, False]


@pytest.mark.parametrize("requests", [0, 2])
def test_requests_alone_or_none_say_nothing_silly(requests: int, tmp_path: Path) -> None:
    """Without needs: no empty tables, no coverage of nothing, no figures of it."""
    rows = [{"request": f"r{k}", "value": k + 1} for k in range(requests)]
    costs = [(f"r{k}", "x", "f", 2025, 10) for k in range(requests)]
    scenario = entered(tmp_path / "in", rows, costs, {"f": {2025: 15}})
    result = optimize(scenario)
    told = summary(result, "en")
    assert not any(head in told for head in ("COVERAGE", "FAIRNESS", "UNMET"))
    assert "–" not in told.replace("2025–2025", "")
    assert ("SCHOOLS' OWN REQUESTS" in told) == bool(requests)
    assert result.value == (2 if requests else 0)
    checked = understood_text(understood(scenario), scenario, "en")
    assert "Need and stock" not in checked
    written = folder.read(folder.write(result, tmp_path / "plan"))
    assert "–" not in repr(view_content(View(written, "vi")).letter)


def test_requests_of_group_3_are_told_outside_the_total() -> None:
    """A preparing school's request is a proposal: 10 funded for 1 of 1 request, 7 proposed; one
    sum of 17 would count what nobody has granted."""
    schools = [school("a"), school("p", group="preparing", ready=2023, project_amount=9)]
    requests = [ask("r", 2), ask("p1", 3) | {"school": "p"}]
    tables = {"requests": requests, "request_costs": [cost("r", 10), cost("p1", 7, fund="own")]}
    funds = {"cap": fund(10), "own": {"role": "project"}}
    told = summary(optimize(tiny(schools=schools, funds=funds, tables=tables, norms=[])), "en")
    assert "1 of 1 request is chosen, for 10 VND and 2.0 points." in told
    assert "1 request of group 3 is proposed into building projects (7 VND):" in told


def test_check_says_what_points_are_multiplied_by() -> None:
    """Default weights triple the points of a school without a project: said, so that nobody
    enters a ballot and wonders; at weight 1 there is nothing to say."""
    tables = {"requests": [ask("r", 2)], "request_costs": [cost("r", 1)]}
    schools = [school("a", group="none")]
    told = [
        understood_text(understood(s), s, "en")
        for s in (tiny(schools=schools, tables=tables, priority=p) for p in ({}, {"weights": {}}))
    ]
    assert "priority.weights): No project × 3" in " ".join(told[0].split())
    assert "priority.weights" not in told[1]
