"""Conflicts of infeasible scenarios, and the register of standing rules that they are read off.

The oracle lifts a rule by taking it out of the *inputs* (a table, a cell, an amount) in a way of
its own and formulates what is left anew; it shares neither the register's edits nor the freed
rows with the product.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from test_reference import sound
from tiny import fund, item, norm, school, tiny

import planner
from planner.analysis.compare import Causes
from planner.analysis.conflict import Lifting, conflict
from planner.analysis.elastic import levers
from planner.analysis.repair import feasible
from planner.formulation.build import formulate
from planner.messages import say
from planner.names import Link, StandingRule
from planner.proof import ledgers
from planner.proof import rules as families
from planner.proof.ledgers import capacity_within, upkeep_funded
from planner.proof.rules import locked
from planner.scenario.contracts import TABLES
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Settings
from planner.vocabulary.register import REGISTER, standing

PLENTY = 10**6
"""More money, and more units, than any scenario here can use."""


def without(scenario: Scenario, name: str) -> Scenario:
    """The oracle: the scenario as it would read had nobody written the rule of this name."""
    rule, _, key = name.rstrip("]").partition("[")
    settings = scenario.settings
    if rule in settings.rules:
        kept = {k: r for k, r in settings.rules.items() if k != rule}
        return _settings(scenario, rules=kept)
    lift = ORACLE[StandingRule(rule)]
    return lift(scenario, key)


def _settings(scenario: Scenario, **values: Any) -> Scenario:
    return replace(scenario, settings=scenario.settings.model_copy(update=values))


def _table(scenario: Scenario, name: str, frame: pd.DataFrame) -> Scenario:
    return replace(scenario, tables={**scenario.tables, name: frame.reset_index(drop=True)})


def _column(scenario: Scenario, table: str, column: str, value: Any) -> Scenario:
    frame = scenario.table(table).copy()
    values = [value] * len(frame)
    frame[column] = pd.Series(values, index=frame.index, dtype=frame[column].dtype)
    return _table(scenario, table, frame)


def _no_fund(scenario: Scenario, key: str) -> Scenario:
    """Plenty of money in the year; what may leave it stays what it was."""
    name, year = key.split(",")
    known = scenario.settings.funds[name]
    amounts = scenario.settings.amounts(known)
    change: dict[str, Any] = {"amounts": amounts | {int(year): PLENTY}}
    if int(year) == 2023:
        usable = int(amounts[2023] * (1 - known.reserve))
        change |= {"carry_over": Decimal(int(usable * known.carry_over)) / PLENTY, "reserve": 0}
        later = {y: int(m * (1 - known.reserve)) for y, m in amounts.items() if y != 2023}
        change["amounts"] = later | {2023: PLENTY}
    fund_ = known.model_copy(update=change)
    return _settings(scenario, funds={**scenario.settings.funds, name: fund_})


def _no_carry(scenario: Scenario, _: str) -> Scenario:
    funds = {
        k: f.model_copy(update={"carry_over": Decimal(1)}) if f.carry_over > 0 else f
        for k, f in scenario.settings.funds.items()
    }
    return _settings(scenario, funds=funds)


def _no_project(scenario: Scenario, key: str) -> Scenario:
    schools = scenario.schools.copy()
    schools.loc[schools["school"] == key.split(",")[1], "project_amount"] = PLENTY
    return _table(scenario, "schools", schools)


def _no_capacity(scenario: Scenario, key: str) -> Scenario:
    """Rows of every year are written year by year, and this one left out."""
    rows = []
    for row in scenario.table("capacities").to_dict("records"):
        for year in [row["year"]] if pd.notna(row["year"]) else scenario.settings.plan_years:
            if ",".join(p for p in (row["item"], row["fund"], str(year)) if p) != key:
                rows.append(row | {"year": year})
    frame = pd.DataFrame(rows, columns=scenario.table("capacities").columns)
    return _table(scenario, "capacities", frame.astype(scenario.table("capacities").dtypes))


def _no_lock(scenario: Scenario, key: str) -> Scenario:
    frame = scenario.table("locks")
    names = [
        ",".join(str(c) for c in (row.school, row.item, row.fund, row.year) if pd.notna(c) and c)
        for row in frame.itertuples()
    ]
    return _table(scenario, "locks", frame[[n != key for n in names]])


def _no_option(scenario: Scenario, key: str) -> Scenario:
    """Not mandatory, and each of its options a request of its own."""
    found = scenario
    for table in ("requests", "request_costs", "request_items"):
        frame = found.table(table).copy()
        mine = (frame["request"] == key) & (frame["option"] != "o0")
        frame.loc[mine, "request"] = f"{key}-other"
        if table == "requests":
            frame.loc[frame["request"].isin([key, f"{key}-other"]), "mandatory"] = False
        found = _table(found, table, frame)
    return found


def _no_need(scenario: Scenario, _: str) -> Scenario:
    """Everything is needed in any number; only where no rule counts coverage is that the same."""
    rows = [
        {"school": s, "item": i, "year": y, "quantity": 9_000}
        for s in scenario.schools["school"]
        for i in scenario.items
        for y in (2023, 2024, 2025, 2026)
    ]
    return replace(scenario, tables={**scenario.tables, "needs": pd.DataFrame(rows)})


def _more_grants(scenario: Scenario, _: str) -> Scenario:
    frame = scenario.table("request_costs").copy()
    frame.loc[frame["most"].notna(), "most"] = PLENTY
    return _table(scenario, "request_costs", frame)


ORACLE: dict[StandingRule, Any] = {
    StandingRule.FUND: _no_fund,
    StandingRule.CARRY: _no_carry,
    StandingRule.PROJECT: _no_project,
    StandingRule.CAPACITY: _no_capacity,
    StandingRule.LOCKED: _no_lock,
    StandingRule.NEED: _no_need,
    StandingRule.SITE: lambda s, _: _column(s, "catalogue", "on_site", False),
    StandingRule.PREREQUISITE: lambda s, _: _column(
        _column(s, "catalogue", "requires", ()), "catalogue", "capacity", ()
    ),
    StandingRule.WORKS: lambda s, _: _column(s, "catalogue", "setup", 0),
    StandingRule.ONCE: lambda s, _: _column(s, "catalogue", "once", False),
    StandingRule.UPKEEP: lambda s, _: _settings(s, upkeep="reported"),
    StandingRule.OPTION: _no_option,
    StandingRule.GRANT: _more_grants,
    StandingRule.REQUIRES: lambda s, _: _column(s, "requests", "requires", ()),
    StandingRule.COMMITTED: lambda s, _: _table(s, "commitments", s.table("commitments").iloc[:0]),
    StandingRule.BANNED: lambda s, _: _table(s, "bans", s.table("bans").iloc[:0]),
    StandingRule.ONE_SOURCE: lambda s, _: _settings(s, one_source=False),
}


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


def test_each_named_rule_is_needed_and_together_they_conflict() -> None:
    """Brute force on drawn scenarios: with the named rules alone there is no plan, without any
    one of them there is. A rule left out of the explanation would break the first, one that does
    not belong the second."""
    found = [check(seed) for seed in range(24)]
    assert sum(f is not None for f in found) > 10
    assert len(families_in(found)) >= 6


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


def quarrel(**more: Any) -> Scenario:
    """One school in 2023 that must buy a ``pc`` (10 of 10 given), and what stands against it."""
    rules = {"bought": {"measure": "quantity", "where": {"item": "pc"}, "at_least": 1}}
    given = {"cap": 10, "rules": rules} | more
    return tiny(**given)


ONE_PC = {"school": "a", "item": "pc", "fund": "cap", "year": 2023, "quantity": 1}
ASKED = {"school": "a", "option": "o", "title": "T", "value": 1, "mandatory": True}
COST = {"option": "o", "fund": "cap", "year": 2023, "amount": 0}
BRINGS = {"option": "o", "item": "pc", "quantity": 1, "year": 2023}

QUARRELS: dict[StandingRule, tuple[Scenario, tuple[str, ...]]] = {
    StandingRule.FUND: (quarrel(cap=9), ("bought", "fund_within_budget[cap,2023]")),
    StandingRule.CARRY: (
        quarrel(
            years=(2023, 2024), funds={"cap": fund({2023: 10, 2024: 5}, carry_over="0.4")},
            rules={"then": {"measure": "quantity", "where": {"year": 2024}, "at_least": 1}},
        ),
        ("then", "fund_within_budget[cap,2024]", "carry_within_limit"),
    ),
    StandingRule.PROJECT: (
        quarrel(
            schools=[school("a", group="preparing", ready=2023, project_amount=9)],
            funds={"project": {"role": "project"}}, tables={"locks": [
                {"school": "a", "item": "pc", "quantity": 1}]}, rules={},
        ),
        ("preparing_from_project[project,a]", "locked[a,pc]"),
    ),
    StandingRule.CAPACITY: (
        quarrel(cap=50, tables={"capacities": [{"fund": "cap", "year": 2023, "most": 9}]}),
        ("bought", "capacity_within[cap,2023]"),
    ),
    StandingRule.LOCKED: (
        quarrel(tables={"locks": [{"school": "a", "item": "pc", "quantity": 0}]}),
        ("bought", "locked[a,pc]"),
    ),
    StandingRule.NEED: (
        quarrel(
            schools=[school("a", classes=1)], rules={},
            tables={
                "requests": [ASKED | {"request": r} for r in ("r", "q")],
                "request_costs": [COST | {"request": r} for r in ("r", "q")],
                "request_items": [BRINGS | {"request": r} for r in ("r", "q")],
            },
        ),
        ("one_option_per_request[r]", "one_option_per_request[q]", "need_not_exceeded"),
    ),
    StandingRule.SITE: (
        quarrel(
            schools=[school("a", group="under_construction", ready=2024)],
            items=[item("pc", on_site=True), item("kit", on_site=False)], tail_years=2,
        ),
        ("bought", "site_ready"),
    ),
    StandingRule.PREREQUISITE: (
        quarrel(
            cap=50, items=[item("lan", 5), item("pc", requires=("lan",)), item("kit")],
            tables={"bans": [{"item": "lan"}]},
        ),
        ("bought", "banned", "prerequisite_in_service"),
    ),
    StandingRule.WORKS: (
        quarrel(items=[item("pc", setup=1)]),
        ("bought", "fund_within_budget[cap,2023]", "works_before_purchase"),
    ),
    StandingRule.ONCE: (
        quarrel(
            years=(2023, 2024), items=[item("pc", once=True)], cap={2023: 20, 2024: 20}, rules={},
            tables={"commitments": [ONE_PC, ONE_PC | {"year": 2024}]},
        ),
        ("committed", "one_delivery"),
    ),
    StandingRule.UPKEEP: (
        quarrel(
            items=[item("pc", upkeep="0.5")], years=(2023, 2024), rules={},
            funds={"cap": fund({2023: 10, 2024: 4}, pays_upkeep=True)},
            tables={"commitments": [ONE_PC]},
        ),
        ("fund_within_budget[cap,2024]", "committed", "upkeep_funded"),
    ),
    StandingRule.OPTION: (
        quarrel(
            rules={"granted": {"measure": "requests", "at_least": 2}},
            tables={
                "requests": [ASKED | {"request": "r", "option": o} for o in ("o", "p")],
                "request_costs": [COST | {"request": "r", "option": o} for o in ("o", "p")],
            },
        ),
        ("granted", "one_option_per_request[r]"),
    ),
    StandingRule.GRANT: (
        quarrel(
            cap=90, items=[item("pc")], rules={"spent": {"measure": "spend", "at_least": 60}},
            tables={
                "requests": [ASKED | {"request": "r"}],
                "request_costs": [COST | {"request": "r", "most": 10, "value": 1}],
                "bans": [{"item": "pc"}],
            },
        ),
        ("spent", "banned", "grant_within_envelope"),
    ),
    StandingRule.REQUIRES: (
        quarrel(
            cap=50, rules={"few": {"measure": "requests", "at_most": 1}},
            tables={
                "requests": [
                    ASKED | {"request": "r", "requires": ("q",)},
                    ASKED | {"request": "q", "mandatory": False},
                ],
                "request_costs": [COST | {"request": r} for r in ("r", "q")],
            },
        ),
        ("few", "one_option_per_request[r]", "request_requires"),
    ),
    StandingRule.COMMITTED: (
        quarrel(cap=9, rules={}, tables={"commitments": [ONE_PC]}),
        ("fund_within_budget[cap,2023]", "committed"),
    ),
    StandingRule.BANNED: (
        quarrel(items=[item("pc"), item("kit")], tables={"bans": [{"item": "pc"}]}),
        ("bought", "banned"),
    ),
    StandingRule.ONE_SOURCE: (
        quarrel(
            funds={"cap": fund(10), "other": fund(10)}, one_source=True, rules={},
            tables={"commitments": [ONE_PC, ONE_PC | {"fund": "other"}]},
        ),
        ("committed", "one_source"),
    ),
}  # fmt: skip
"""For each standing rule a scenario that it makes infeasible, and the conflict by hand."""


@pytest.mark.parametrize("rule", list(StandingRule))
def test_every_standing_rule_can_be_named(rule: StandingRule) -> None:
    """A case a rule: its conflict holds it and nothing that does not belong, and the scenario is
    one that has the rule. A rule that the register cannot lift would vanish from the list."""
    scenario, due = QUARRELS[rule]
    assert feasible(scenario) is False
    found = conflict(scenario)
    assert found is not None
    assert set(found.rules) == set(due)
    assert found.irreducible
    assert rule in {entry.rule for entry in standing(scenario)}


@pytest.mark.parametrize("rule", list(StandingRule))
def test_the_register_is_whole(rule: StandingRule) -> None:
    """Of every standing rule: where the inputs state it (places that there are), that the audit
    proves it by its name, and that it is called in both languages."""
    entry = REGISTER[rule]
    for place in entry.settings:
        table, _, column = place.partition(".")
        if table in TABLES:
            assert not column or column in TABLES[table].model_fields, place
        elif table == "funds":
            assert column in type(tiny(cap=1).settings.funds["cap"]).model_fields, place
        else:
            assert table in Settings.model_fields, place
    proofs = {
        *vars(families), *vars(ledgers), capacity_within.__name__, locked.__name__,
        upkeep_funded.__name__,
    }  # fmt: skip
    assert str(rule) in proofs
    for lang in ("vi", "en"):
        assert say(f"report.standing.{rule}", lang)


def test_rows_of_a_model_are_rules_or_links() -> None:
    """Each row belongs to a standing rule, to a link that defines something, or to a rule of the
    scenario: what is none of them could not be explained, and would never be lifted."""
    for scenario, _ in QUARRELS.values():
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
    kinds = {x.kind for s, _ in QUARRELS.values() for x in levers(s)}
    assert kinds == {"rule", "fund"}


def test_a_rule_of_the_catalogue_is_a_cause() -> None:
    """Two scenarios that differ in ``once`` alone differ by a rule; a list by hand, without the
    columns of the catalogue, called it indirect."""
    one, other = tiny(cap=20), tiny(cap=20, items=[item("pc", once=True)])
    assert Causes(one, other).of("a", "pc", {"cap"}, {2023}) == "rule"
