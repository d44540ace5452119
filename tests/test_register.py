"""The walk through the standing rules: whatever a rule needs, it has, or the place is named.

A rule is named in ``planner/names.py``; every other place that it needs is looked for from there.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rule_cases import RULE_CASES, RuleCase, without
from tiny import tiny

from planner.analysis.conflict import Lifting, feasible
from planner.formulation import build
from planner.formulation.build import formulate
from planner.formulation.works import PURCHASE_RULES
from planner.messages import sentences
from planner.names import StandingRule
from planner.present.rule_words import STATED_BY, stated_in_words
from planner.proof import ledgers, rules
from planner.scenario.contracts import TABLES
from planner.scenario.schema import Fund, Settings
from planner.vocabulary.register import REGISTER, Entry, present_rules

WALKED = (*rules.SCHOOL_RULES, *rules.REQUEST_RULES)


def unsaid(code: str) -> list[str]:
    """Languages in which a sentence is lacking."""
    pair = sentences().get(code)
    return [lang for lang in ("vi", "en") if not (pair and getattr(pair, lang))]


def registered(rule: StandingRule, entry: Entry | None, case: RuleCase | None) -> str:
    """Entry of the register: there, and its settings are places that there are."""
    if entry is None:
        return "planner/vocabulary/register.py: REGISTER has no entry"
    for place in entry.settings:
        table, _, column = place.partition(".")
        if table in TABLES:
            known = not column or column in TABLES[table].model_fields
        else:
            model = Fund if table == "funds" else Settings
            known = (column or table) in model.model_fields
        if not known:
            return f"planner/vocabulary/register.py: no input is called {place}"
    if case and rule not in {e.rule for e in present_rules(case.quarrel)}:
        return "planner/vocabulary/register.py: `has` does not see it in the quarrel of its case"
    return ""


def cased(rule: StandingRule, entry: Entry | None, case: RuleCase | None) -> str:
    """An entry in the table of cases."""
    return "" if case else "tests/rule_cases.py: RULE_CASES has no entry"


def formulated(rule: StandingRule, entry: Entry | None, case: RuleCase | None) -> str:
    """A scenario that it alone makes infeasible is infeasible."""
    if case is None:
        return ""
    if feasible(case.quarrel) is not False:
        return (
            "planner/formulation: the quarrel of its case has a plan, so nothing forbids it; does "
            "PURCHASE_RULES hold its function, or build.formulate call it?"
        )
    name = next((n for n in case.conflict if n.partition("[")[0] == rule), "")
    if rule != StandingRule.NEED and feasible(without(case.quarrel, name)) is not True:
        return "tests/rule_cases.py: without the rule its quarrel has no plan either"
    return ""


def solved(rule: StandingRule, entry: Entry | None, case: RuleCase | None) -> str:
    """What it does to the best plan is worked out by hand somewhere."""
    if case is None or case.solved:
        return ""
    file, _, name = case.by_hand.partition("::")
    path = Path(__file__).parent / file
    if path.is_file() and re.search(rf"^def {name}\(", path.read_text("utf-8"), re.M):
        return ""
    return "tests/rule_cases.py: neither `solved`, nor a test that is called as `by_hand` says"


def lifted(rule: StandingRule, entry: Entry | None, case: RuleCase | None) -> str:
    """Taken out of the model as the register says, it no longer makes the quarrel infeasible."""
    if entry is None or case is None:
        return ""
    lifting = Lifting(case.quarrel)
    name = next((n for n in case.conflict if n.partition("[")[0] == rule), "")
    if name not in lifting.names or lifting.possible([name]) is not True:
        return "planner/vocabulary/register.py: it is not lifted by its edit, columns or rows"
    return ""


def audited(rule: StandingRule, entry: Entry | None, case: RuleCase | None) -> str:
    """A function of the proof has its name, and the proof goes through it."""
    if not callable(getattr(rules, rule, None)) and not callable(getattr(ledgers, rule, None)):
        return "planner/proof: no function of rules.py or ledgers.py has its name"
    alone = entry is None or not entry.family or rule is StandingRule.UPKEEP
    if not alone and getattr(rules, rule, None) not in WALKED:
        return "planner/proof/rules.py: neither SCHOOL_RULES nor REQUEST_RULES holds it"
    return ""


def said(rule: StandingRule, entry: Entry | None, case: RuleCase | None) -> str:
    """The papers and the finding of the audit name it in both languages."""
    broken = case.broken.code if case and case.broken.code else f"audit_{rule}"
    for code in (f"report.standing.{rule}", broken):
        if langs := unsaid(code):
            return f"planner/messages/sentences/ruling.toml: no {code} ({', '.join(langs)})"
    return ""


NOT_STATED = {
    StandingRule.FUND, StandingRule.CARRY, StandingRule.PROJECT, StandingRule.SITE,
    StandingRule.PREREQUISITE, StandingRule.UPKEEP, StandingRule.NEED, StandingRule.WORKS,
    StandingRule.ONCE, StandingRule.LOCKED,
}  # fmt: skip
"""Rules of which nothing is said row by row: the papers' own tables of money, needs and the
catalogue show what states them, and locks are listed by themselves."""


def stated(rule: StandingRule, entry: Entry | None, case: RuleCase | None) -> str:
    """What its quarrel states of it is read back in both languages."""
    if entry is None:
        return ""
    if entry.switch and (langs := unsaid(f"stated.{rule}")):
        return f"planner/messages/sentences/ruling.toml: no stated.{rule} ({', '.join(langs)})"
    if (rule in STATED_BY) == (rule in NOT_STATED):
        return "planner/present/rule_words.py: STATED_BY (or NOT_STATED here) does not hold it"
    if case is None or rule in NOT_STATED:
        return ""
    for lang in ("vi", "en"):
        lines = stated_in_words(case.quarrel, lang)
        if not any(re.match(rf"{rule}\b", line) for line in lines):
            return "planner/present/rule_words.py: its function says nothing of its quarrel"
    return ""


def left_out(rule: StandingRule, entry: Entry | None, case: RuleCase | None) -> str:
    """Where a function of the formulation has its name, its case leaves it out once (what is
    granted beyond the envelope is cut off when the plan is read)."""
    named = hasattr(build, rule) or rule in {known.__name__ for known in PURCHASE_RULES}
    known = rule is StandingRule.GRANT
    if case and isinstance(case.forgotten, str) and named and not known:
        return "tests/rule_cases.py: `forgotten` has no scenario, though the formulation names it"
    return ""


WALK = (registered, cased, formulated, solved, left_out, lifted, audited, said, stated)


@pytest.mark.parametrize("rule", list(StandingRule))
def test_a_rule_has_all_that_it_needs(rule: StandingRule) -> None:
    """Fails with every place that was forgotten. (That the audit finds the rule broken, and that
    a formulation without it is refused: test_audit_rules and test_falsified, by the same cases.)"""
    entry, case = REGISTER.get(rule), RULE_CASES.get(rule)
    lacking = [place for look in WALK if (place := look(rule, entry, case))]
    assert not lacking, f"{rule} lacks:\n" + "\n".join(lacking)


def test_nothing_is_known_of_a_rule_that_has_no_name() -> None:
    """Register and cases hold named rules alone; what the proof walks through is named."""
    assert set(REGISTER) == set(RULE_CASES) == set(StandingRule)
    assert {rule.__name__ for rule in WALKED} <= set(StandingRule)


def test_a_scenario_without_rules_has_few() -> None:
    """``has`` says no where nothing states the rule, or the table ``rules`` would list it."""
    due = {StandingRule.FUND, StandingRule.NEED}
    assert {entry.rule for entry in present_rules(tiny(cap=1))} == due
    assert {b.name for b in formulate(tiny(cap=1)).model.row_blocks} >= {StandingRule.FUND}
