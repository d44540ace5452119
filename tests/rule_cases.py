"""The cases of the standing rules: one entry a rule, which every test of rules reads.

A rule is broken, forgotten, lifted, solved and said here once; ``test_register`` looks at whether
each is there. To add a rule, add its entry to :data:`RULE_CASES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import audit_plans
import pandas as pd
from audit_plans import ASKED, HEADER, REQUESTED, REQUESTS, asked
from test_requests import GRANTS, ask, cost
from tiny import fund, item, norm, school, tiny

from planner.names import StandingRule
from planner.scenario.scenario import Scenario

D = Decimal
Tables = dict[str, dict[str, list[Any]]]


@dataclass(frozen=True)
class Broken:
    """A plan that keeps a rule as narrowly as can be, and one that breaks it, for the scenario of
    ``audit_plans`` with some tables and settings replaced."""

    tables: Tables
    settings: dict[str, Any]
    kept: Mapping[str, pd.DataFrame]
    """Tables of the right plan that are replaced."""
    broken: Mapping[str, pd.DataFrame]
    code: str = ""
    """The finding; ``""``: ``audit_`` and the name of the rule."""


@dataclass(frozen=True)
class RuleCase:
    """How a standing rule is tested.

    Money and units of ``solved`` are those of the two schools of :data:`SCHOOLS`.
    """

    quarrel: Scenario
    """It has no plan for this rule, which a formulation that forgets it would not know."""
    conflict: tuple[str, ...]
    """The rules that conflict in it, by hand."""
    lift: Callable[[Scenario, str], Scenario]
    """The scenario as it would read had nobody written the rule (of this key)."""
    broken: Broken
    """The audit finds the rule broken."""
    forgotten: Scenario | str
    """Without the function of the rule in ``formulation.build`` a plan comes out that the audit
    refuses; or why there is no such function."""
    solved: Mapping[str, tuple[float, float, dict[str, Any], dict[str, Any]]] = field(
        default_factory=dict
    )
    """Name → value with the rule, value without, tables that state it, more settings (where no
    table does, these state it)."""
    by_hand: str = ""
    """The test in which a plan under the rule is solved by hand, unless ``solved`` has it."""
    said: tuple[str, ...] = ()
    """What ``check`` says of the rules of :data:`STATED` in English."""


# --------------------------------------------------------------------------------------------------
# Lifting a rule by taking it out of the *inputs* (a table, a cell, an amount): neither the
# register's edits nor the rows that the product frees.

PLENTY = 10**6
"""More money, and more units, than any scenario here can use."""


def without(scenario: Scenario, name: str) -> Scenario:
    """The oracle: the scenario as it would read had nobody written the rule of this name."""
    rule, _, key = name.rstrip("]").partition("[")
    settings = scenario.settings
    if rule in settings.rules:
        kept = {k: r for k, r in settings.rules.items() if k != rule}
        return _settings(scenario, rules=kept)
    lift = RULE_CASES[StandingRule(rule)].lift
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
    found, requests = scenario, scenario.table("requests")
    first = requests.loc[requests["request"] == key, "option"].iloc[0]
    for table in ("requests", "request_costs", "request_items"):
        frame = found.table(table).copy()
        mine = (frame["request"] == key) & (frame["option"] != first)
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


# --------------------------------------------------------------------------------------------------
# Scenarios that one rule makes infeasible, or that a formulation without it would spoil.


def quarrel(**more: Any) -> Scenario:
    """One school in 2023 that must buy a ``pc`` (10 of 10 given), and what stands against it."""
    rules = {"bought": {"measure": "quantity", "where": {"item": "pc"}, "at_least": 1}}
    given = {"cap": 10, "rules": rules} | more
    return tiny(**given)


ONE_PC = {"school": "a", "item": "pc", "fund": "cap", "year": 2023, "quantity": 1}
WISH = {"school": "a", "option": "o", "title": "T", "value": 1, "mandatory": True}
COST = {"option": "o", "fund": "cap", "year": 2023, "amount": 0}
BRINGS = {"option": "o", "item": "pc", "quantity": 1, "year": 2023}


def _two_funds(**more: Any) -> Scenario:
    funds = {"cap": fund(10), "other": fund(10)}
    return tiny(funds=funds, **more)


def _requests(value: int, requires: tuple[str, ...] = ()) -> dict[str, Any]:
    """Request ``r`` with two options of 10; ``q`` costs more than there is."""
    rows = [("r", "x"), ("r", "y"), ("q", "z")]
    cost = {"r": 10, "q": 999}
    ask = {"school": "a", "title": "xin", "value": value}
    return {
        "requests": [
            ask | {"request": r, "option": o, "requires": requires if r == "r" else ()}
            for r, o in rows
        ],
        "request_costs": [
            {"request": r, "option": o, "fund": "cap", "year": 2023, "amount": cost[r]}
            for r, o in rows
        ],
    }


# --------------------------------------------------------------------------------------------------
# Plans of ``audit_plans`` as lines.

GROUP = {"a": ("completed", "priority"), "b": ("under_construction", "supplement")}
GROUP["p"] = ("preparing", "proposal")


def lines(*rows: str) -> pd.DataFrame:
    """An allocation from ``school item fund year kind quantity price amount [schedule]``."""
    found = []
    for number, row in enumerate(rows, start=1):
        school_, item_, fund_, year, kind, n, price, amount, *rest = row.split()
        group, standing = GROUP[school_]
        standing = "other" if kind == "upkeep" else standing
        schedule = rest[0] if rest else ""
        cells = [number, school_, group, item_, fund_, year, kind, "", "", n, price, amount]
        found.append("|".join(map(str, [*cells, schedule, standing])))
    return audit_plans.frame(HEADER, *found)


def bought(*rows: str) -> dict[str, pd.DataFrame]:
    """The allocation of a plan that buys these lines."""
    return {"allocation": lines(*rows)}


def requested(
    *rows: str, chosen: tuple[str, ...] = ("yes", "no", "yes")
) -> dict[str, pd.DataFrame]:
    """The tables of a plan that grants requests; all lines of ``ASKED`` where none are given."""
    return {"allocation": asked(*(rows or ASKED)), "requests": REQUESTED.assign(chosen=[*chosen])}


A23 = "a pc cap 2023 purchase 1 100 100 2023:30;2024:70"
A24 = "a pc cap 2024 purchase 1 110 110 2024:33;2025:77"
B23 = "b pc cap 2023 purchase 1 100 100 2023:30;2024:70"
B23_WORKS = "b pc cap 2023 setup 1 30 30"
NET = "a net rec 2023 purchase 0.5 40 20"
P26 = "p pc proj 2026 purchase 1 133 133"
CARRIES_91 = {"ledger": audit_plans.tables()["ledger"].replace({"carried_out": {"90": "91"}})}
RUN = ("a pc rec 2023 upkeep 1 5 5", "a pc rec 2024 upkeep 2 6 12", "a pc rec 2025 upkeep 1 6 6")


# --------------------------------------------------------------------------------------------------
# Two schools on which a rule is solved by hand: a unit is worth 25 points at ``a``, 15 at ``b``.

SCHOOLS = [school("a"), school("b", group="under_construction", ready=2023, pupils=60)]
TWO_YEARS = {"years": (2023, 2024), "cap": {2023: 40, 2024: 40}}
PC_AT_B = {"school": "b", "item": "pc", "fund": "cap", "year": 2023}

STATED = {
    "commitments": [{"school": "a", "item": "pc", "fund": "cap", "year": 2023, "quantity": 1}],
    "bans": [{"school": "a", "year": 2023}, {"item": "pc"}],
    "capacities": [{"item": "pc", "most": 3}, {"fund": "cap", "year": 2023, "most": 9}],
    "requests": [ask("g", 1, mandatory=True), ask("s", 1, copies=4, requires=("g:x",))],
    "request_costs": [GRANTS[0], cost("s", 2)],
}  # fmt: skip
"""Tables in which rules are stated: contracts, bans, capacities, requests and grants."""


RULE_CASES: dict[StandingRule, RuleCase] = {
    StandingRule.FUND: RuleCase(
        by_hand="test_formulation_money.py::test_money_to_the_last_dong",
        quarrel=quarrel(cap=9),
        conflict=("bought", "fund_within_budget[cap,2023]"),
        lift=_no_fund,
        broken=Broken(
            {"norms": {"every": [D(1), D(1)]}},
            {},
            bought("a pc cap 2023 purchase 3 100 300 2023:90;2024:210"),
            bought(
                "a pc cap 2024 purchase 3 110 330 2024:99;2025:231",
                "b pc cap 2024 purchase 2 110 220 2024:66;2025:154",
            ),
        ),
        forgotten=tiny(cap=25),
    ),
    StandingRule.CARRY: RuleCase(
        by_hand="test_formulation_money.py::test_carry_over_has_a_limit",
        quarrel=quarrel(
            years=(2023, 2024),
            funds={"cap": fund({2023: 10, 2024: 5}, carry_over="0.4")},
            rules={"then": {"measure": "quantity", "where": {"year": 2024}, "at_least": 1}},
        ),
        conflict=("then", "fund_within_budget[cap,2024]", "carry_within_limit"),
        lift=_no_carry,
        broken=Broken(
            {},
            {},
            {},
            CARRIES_91,
            code="audit_cell",
        ),
        forgotten="a bound of columns",
    ),
    StandingRule.PROJECT: RuleCase(
        by_hand="test_formulation_money.py::test_preparing_schools_draw_on_their_project",
        quarrel=quarrel(
            schools=[school("a", group="preparing", ready=2023, project_amount=9)],
            funds={"project": {"role": "project"}},
            tables={"locks": [{"school": "a", "item": "pc", "quantity": 1}]},
            rules={},
        ),
        conflict=("preparing_from_project[project,a]", "locked[a,pc]"),
        lift=_no_project,
        broken=Broken(
            {"schools": {"project_amount": [None, None, 140]}},
            {},
            bought(P26),
            bought(P26, "p pc proj 2026 setup 1 40 40"),
        ),
        forgotten=tiny(
            schools=[school("p", group="preparing", ready=2023, project_amount=15)],
            funds={"project": {"role": "project"}},
        ),
    ),
    StandingRule.SITE: RuleCase(
        by_hand="test_formulation_service.py::test_site_must_be_ready",
        quarrel=quarrel(
            schools=[school("a", group="under_construction", ready=2024)],
            items=[item("pc", on_site=True), item("kit", on_site=False)],
            tail_years=2,
        ),
        conflict=("bought", "site_ready"),
        lift=lambda s, _: _column(s, "catalogue", "on_site", False),
        broken=Broken(
            {"schools": {"ready": [None, 2025, 2026]}},
            {},
            bought("b pc cap 2024 purchase 1 110 110 2024:33;2025:77"),
            bought(B23),
        ),
        forgotten="purchases too early have no column",
    ),
    StandingRule.PREREQUISITE: RuleCase(
        by_hand="test_formulation_service.py::test_prerequisite_limits_by_capacity",
        quarrel=quarrel(
            cap=50,
            items=[item("lan", 5), item("pc", requires=("lan",)), item("kit")],
            tables={"bans": [{"item": "lan"}]},
        ),
        conflict=("bought", "banned", "prerequisite_in_service"),
        lift=lambda s, _: _column(
            _column(s, "catalogue", "requires", ()), "catalogue", "capacity", ()
        ),
        broken=Broken(
            {},
            {},
            bought(NET, A23),
            bought("b net rec 2023 purchase 0.5 40 20"),
        ),
        forgotten=tiny(items=[item("lan", price=30), item("pc", requires=("lan",))], cap=10),
    ),
    StandingRule.UPKEEP: RuleCase(
        by_hand="test_formulation_money.py::test_upkeep_limits_what_can_be_kept",
        quarrel=quarrel(
            items=[item("pc", upkeep="0.5")],
            years=(2023, 2024),
            rules={},
            funds={"cap": fund({2023: 10, 2024: 4}, pays_upkeep=True)},
            tables={"commitments": [ONE_PC]},
        ),
        conflict=("fund_within_budget[cap,2024]", "committed", "upkeep_funded"),
        lift=lambda s, _: _settings(s, upkeep="reported"),
        broken=Broken(
            {},
            {},
            bought(A23, *RUN),
            bought(A23, *RUN[1:]),
            code="audit_upkeep_funded_missing",
        ),
        forgotten="costs of purchases, no rows",
    ),
    StandingRule.NEED: RuleCase(
        by_hand="test_formulation_service.py::test_need_is_not_exceeded_even_by_a_lot",
        quarrel=quarrel(
            schools=[school("a", classes=1)],
            rules={},
            tables={
                "requests": [WISH | {"request": r} for r in ("r", "q")],
                "request_costs": [COST | {"request": r} for r in ("r", "q")],
                "request_items": [BRINGS | {"request": r} for r in ("r", "q")],
            },
        ),
        conflict=("one_option_per_request[r]", "one_option_per_request[q]", "need_not_exceeded"),
        lift=_no_need,
        broken=Broken(
            {},
            {},
            bought(A23, A24),
            bought("a pc cap 2023 purchase 3 100 300 2023:90;2024:210"),
        ),
        forgotten=tiny(
            cap=100,
            rules={"spend-it": {"measure": "spend", "at_least": 40}},
            tables={"bans": []},
            norms=[norm("pc", every=4)],
        ),
    ),
    StandingRule.WORKS: RuleCase(
        by_hand="test_formulation_money.py::test_setup_is_paid_with_the_first_purchase",
        quarrel=quarrel(items=[item("pc", setup=1)]),
        conflict=("bought", "fund_within_budget[cap,2023]", "works_before_purchase"),
        lift=lambda s, _: _column(s, "catalogue", "setup", 0),
        broken=Broken(
            {},
            {},
            bought(B23, B23_WORKS),
            bought(B23),
        ),
        forgotten=tiny(items=[item("pc", setup=5)], cap=25),
    ),
    StandingRule.ONCE: RuleCase(
        by_hand="test_formulation_service.py::test_one_delivery_within_the_life",
        quarrel=quarrel(
            years=(2023, 2024),
            items=[item("pc", once=True)],
            cap={2023: 20, 2024: 20},
            rules={},
            tables={"commitments": [ONE_PC, ONE_PC | {"year": 2024}]},
        ),
        conflict=("committed", "one_delivery"),
        lift=lambda s, _: _column(s, "catalogue", "once", False),
        broken=Broken(
            {"catalogue": {"once": [True, False]}},
            {},
            bought(A23),
            bought(A23, A24),
        ),
        forgotten=tiny(items=[item("pc", once=True)], cap={2023: 20, 2024: 20}, years=(2023, 2024)),
    ),
    StandingRule.LEAST: RuleCase(
        by_hand="test_least.py::test_no_crumbs",
        quarrel=quarrel(items=[item("pc", least=2)]),
        conflict=("bought", "fund_within_budget[cap,2023]", "least_delivery"),
        lift=lambda s, _: _column(s, "catalogue", "least", 1),
        broken=Broken(
            {"catalogue": {"least": [2, 1]}},
            {},
            bought("a pc cap 2023 purchase 2 100 200 2023:60;2024:140"),
            bought(A23),
        ),
        forgotten=tiny(items=[item("pc", least=3)], cap=20),
    ),
    StandingRule.OPTION: RuleCase(
        by_hand="test_requests.py::test_options_exclude_each_other",
        quarrel=quarrel(
            rules={"granted": {"measure": "requests", "at_least": 2}},
            tables={
                "requests": [WISH | {"request": "r", "option": o} for o in ("o", "p")],
                "request_costs": [COST | {"request": "r", "option": o} for o in ("o", "p")],
            },
        ),
        conflict=("granted", "one_option_per_request[r]"),
        lift=_no_option,
        broken=Broken(
            REQUESTS,
            {},
            requested(),
            requested(chosen=("yes", "yes", "yes")),
        ),
        forgotten=tiny(cap=100, tables=_requests(value=5)),
        said=(
            "one_option_per_request: at most one option of each request is chosen.",
            "one_option_per_request: g must be chosen.",
            "one_option_per_request[s]: the request s is chosen at most 4 times.",
        ),
    ),
    StandingRule.REQUIRES: RuleCase(
        by_hand="test_requests.py::test_an_option_requires_a_request_or_one_of_its_options",
        quarrel=quarrel(
            cap=50,
            rules={"few": {"measure": "requests", "at_most": 1}},
            tables={
                "requests": [
                    WISH | {"request": "r", "requires": ("q",)},
                    WISH | {"request": "q", "mandatory": False},
                ],
                "request_costs": [COST | {"request": r} for r in ("r", "q")],
            },
        ),
        conflict=("few", "one_option_per_request[r]", "request_requires"),
        lift=lambda s, _: _column(s, "requests", "requires", ()),
        broken=Broken(
            REQUESTS,
            {},
            requested(),
            requested(*ASKED[:2], chosen=("yes", "no", "no")),
        ),
        forgotten=tiny(cap=20, tables=_requests(value=99, requires=("q",))),
        said=("request_requires[s,g:x]: the request s is chosen only with g:x.",),
    ),
    StandingRule.GRANT: RuleCase(
        by_hand="test_requests.py::test_block_grants_lie_between_a_least_and_a_most",
        quarrel=quarrel(
            cap=90,
            items=[item("pc")],
            rules={"spent": {"measure": "spend", "at_least": 60}},
            tables={
                "requests": [WISH | {"request": "r"}],
                "request_costs": [COST | {"request": "r", "most": 10, "value": 1}],
                "bans": [{"item": "pc"}],
            },
        ),
        conflict=("spent", "banned", "grant_within_envelope"),
        lift=_more_grants,
        broken=Broken(
            REQUESTS | {"request_costs": REQUESTS["request_costs"] | {"most": [8, None, None]}},
            {},
            requested(),
            requested(ASKED[0].replace("|7|", "|9|"), *ASKED[1:]),
        ),
        forgotten="its rows only widen what a column is bounded by",
        said=(
            "grant_within_envelope[g:x,cap,2023]: Trường a is granted 20 VND to 90 VND (g, "
            "from cap, in 2023) to spend as it sees fit.",
        ),
    ),
    StandingRule.COMMITTED: RuleCase(
        quarrel=quarrel(cap=9, rules={}, tables={"commitments": [ONE_PC]}),
        conflict=("fund_within_budget[cap,2023]", "committed"),
        lift=lambda s, _: _table(s, "commitments", s.table("commitments").iloc[:0]),
        broken=Broken(
            {
                "commitments": {
                    "school": ["a"],
                    "item": ["pc"],
                    "fund": ["cap"],
                    "year": [2023],
                    "quantity": [1],
                }
            },
            {},
            bought(A23),
            bought(A24),
        ),
        forgotten="a bound of columns",
        solved={
            "one at b": (90, 100, {"commitments": [PC_AT_B | {"quantity": 1}]}, {}),
            "beyond the need": (
                0,
                100,
                {"commitments": [PC_AT_B | {"quantity": 4}]},
                {"schools": [SCHOOLS[0], SCHOOLS[1] | {"classes": 0}]},
            ),
        },
        said=(
            "committed[a,pc,cap,2023]: Trường a buys 1 “pc” from cap in 2023, "
            "as the signed contract says.",
        ),
    ),
    StandingRule.BANNED: RuleCase(
        quarrel=quarrel(items=[item("pc"), item("kit")], tables={"bans": [{"item": "pc"}]}),
        conflict=("bought", "banned"),
        lift=lambda s, _: _table(s, "bans", s.table("bans").iloc[:0]),
        broken=Broken(
            {"bans": {"school": ["a"], "item": ["pc"], "fund": [None], "year": [2024]}},
            {},
            bought(A23, "b pc cap 2024 purchase 1 110 110 2024:33;2025:77"),
            bought(A24),
        ),
        forgotten="what is banned has no column",
        solved={
            "of a school": (60, 100, {"bans": [{"school": "a"}]}, {}),
            "of an item": (0, 100, {"bans": [{"item": "pc"}]}, {}),
            "of a fund and year": (100, 260, {"bans": [{"fund": "cap", "year": 2023}]}, TWO_YEARS),
        },
        said=(
            "banned[a,2023]: nothing is bought at all for Trường a in 2023.",
            "banned[pc]: nothing is bought of “pc”.",
        ),
    ),
    StandingRule.CLOSED: RuleCase(
        quarrel=quarrel(closed_until=2023),
        conflict=("bought", "year_closed"),
        lift=lambda s, _: _settings(s, closed_until=None),
        broken=Broken({}, {"closed_until": 2023}, bought(A24), bought(A23)),
        forgotten="what is past has no column",
        by_hand="test_amend.py::test_a_past_year_is_closed",
        said=("year_closed: up to the end of 2023 nothing is bought but what is under contract.",),
    ),
    StandingRule.CAPACITY: RuleCase(
        quarrel=quarrel(cap=50, tables={"capacities": [{"fund": "cap", "year": 2023, "most": 9}]}),
        conflict=("bought", "capacity_within[cap,2023]"),
        lift=_no_capacity,
        broken=Broken(
            {"capacities": {"item": ["pc"], "fund": [None], "year": [2023], "most": [1]}},
            {},
            bought(A23, A24, P26),
            bought(A23, B23),
        ),
        forgotten=tiny(cap=40, tables={"capacities": [{"item": "pc", "year": 2023, "most": 2}]}),
        solved={
            "in units": (50, 100, {"capacities": [{"item": "pc", "most": 2}]}, {}),
            "in units of a fund": (
                75,
                100,
                {"capacities": [{"item": "pc", "fund": "cap", "most": 3}]},
                {},
            ),
            "in money": (75, 100, {"capacities": [{"most": 35}]}, {}),
            "in money of a fund and year": (
                25 * 2 + 25 * 3 + 15,
                260,
                {"capacities": [{"fund": "cap", "year": 2023, "most": 10}]},
                TWO_YEARS,
            ),
        },
        said=(
            "capacity_within[pc]: each year, at most 3 “pc” are bought.",
            "capacity_within[cap,2023]: in 2023, contracts from cap come to at most 9 VND.",
        ),
    ),
    StandingRule.ONE_SOURCE: RuleCase(
        quarrel=quarrel(
            funds={"cap": fund(10), "other": fund(10)},
            one_source=True,
            rules={},
            tables={"commitments": [ONE_PC, ONE_PC | {"fund": "other"}]},
        ),
        conflict=("committed", "one_source"),
        lift=lambda s, _: _settings(s, one_source=False),
        broken=Broken(
            {"catalogue": {"nature": [("capital", "recurrent"), ("recurrent",)]}},
            {"one_source": True},
            bought(A23),
            bought(A23, "a pc rec 2023 purchase 1 100 100 2023:30;2024:70"),
        ),
        forgotten=_two_funds(one_source=True),
        solved={
            # two units at a from one fund, one at b from the other; mixed, three at a
            "15 and 25 of two funds": (
                50 + 15,
                75,
                {},
                {"funds": {"cap": fund(15), "other": fund(25)}, "one_source": True},
            ),
        },
        said=("one_source: an item of a school is paid from one fund in a year.",),
    ),
    StandingRule.LOCKED: RuleCase(
        by_hand="test_locks.py::test_the_rest_is_planned_around_a_lock",
        quarrel=quarrel(tables={"locks": [{"school": "a", "item": "pc", "quantity": 0}]}),
        conflict=("bought", "locked[a,pc]"),
        lift=_no_lock,
        broken=Broken(
            {"locks": {"school": ["a"], "item": ["pc"], "quantity": [D(1)]}},
            {},
            bought(A23),
            bought(A23, A24),
        ),
        forgotten=tiny(cap=20, tables={"locks": [{"school": "a", "item": "pc", "quantity": D(1)}]}),
    ),
}
"""Every standing rule."""
