"""The audit against plans that break one rule each, and the sums behind a scenario's rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import audit_plans as tiny
import pandas as pd
import pytest

from planner.audit import audit
from planner.audit.facts import Facts
from planner.audit.reading import Reader
from planner.audit.report import Report
from planner.audit.select import Eligibility
from planner.audit.statements import Statements
from planner.audit.tables import read_tables
from planner.audit.upkeep import upkeep_due
from planner.errors import Finding
from planner.scenario.scenario import Scenario

D = Decimal
HEADER = "|".join(tiny.tables()["allocation"].columns)
GROUP = {"a": ("completed", "priority"), "b": ("under_construction", "supplement")}
GROUP["p"] = ("preparing", "proposal")


def lines(*rows: str) -> pd.DataFrame:
    """An allocation from ``school item fund year kind quantity price amount [schedule]``."""
    found = []
    for number, row in enumerate(rows, start=1):
        school, item, fund, year, kind, n, price, amount, *rest = row.split()
        group, standing = GROUP[school]
        schedule = rest[0] if rest else ""
        cells = [number, school, group, item, fund, year, kind, "", "", n, price, amount]
        found.append("|".join(map(str, [*cells, schedule, standing])))
    return tiny.frame(HEADER, *found)


def fires(scenario: Scenario, allocation: pd.DataFrame, code: str, **more: Any) -> list[Finding]:
    """The findings of one code; the other tables are those of the right plan."""
    tables = tiny.tables() | {"allocation": allocation} | more
    return [f for f in audit(scenario, tables, tiny.claims()) if f.code == code]


A23 = "a pc cap 2023 purchase 1 100 100 2023:30;2024:70"
A24 = "a pc cap 2024 purchase 1 110 110 2024:33;2025:77"
B23 = "b pc cap 2023 purchase 1 100 100 2023:30;2024:70"
B23_WORKS = "b pc cap 2023 setup 1 30 30"
NET = "a net rec 2023 purchase 0.5 40 20"
P26 = "p pc proj 2026 purchase 1 133 133"

BROKEN: dict[str, tuple[dict[str, Any], dict[str, Any], list[str], list[str]]] = {
    # code: tables, settings, lines that keep the rule, lines that break it
    "audit_need_not_exceeded": (
        {}, {}, [A23, A24], ["a pc cap 2023 purchase 3 100 300 2023:90;2024:210"],
    ),
    "audit_site_ready": (
        {"schools": {"ready": [None, 2025, 2026]}}, {},
        ["b pc cap 2024 purchase 1 110 110 2024:33;2025:77"], [B23],
    ),
    "audit_prerequisite_in_service": (
        {}, {}, [NET, A23], ["b net rec 2023 purchase 0.5 40 20"],
    ),
    "audit_works_before_purchase": ({}, {}, [B23, B23_WORKS], [B23]),
    "audit_one_delivery": (
        {"catalogue": {"once": [True, False]}}, {}, [A23], [A23, A24],
    ),
    "audit_preparing_year": ({}, {}, [P26], ["p pc proj 2024 purchase 1 110 110"]),
    "audit_project_role": (
        {}, {}, [P26], ["p pc cap 2026 purchase 1 133 133"],
    ),
    "audit_preparing_from_project": (
        {"schools": {"project_amount": [None, None, 140]}}, {}, [P26],
        [P26, "p pc proj 2026 setup 1 40 40"],
    ),
    "audit_fund_eligible": ({}, {}, [A23], [A23.replace("cap", "rec")]),
    "audit_undeclared": (
        {"catalogue": {"payments": [(D("0.3"), D("0.3"), D("0.4")), (D(1),)]}}, {},
        ["a pc cap 2023 purchase 1 100 100 2023:30;2024:30;2025:40"],
        ["a pc cap 2024 purchase 1 110 110 2024:33;2025:33;2026:44"],
    ),
    "audit_fund_within_budget": (
        {"norms": {"every": [D(1), D(1)]}}, {},
        ["a pc cap 2023 purchase 3 100 300 2023:90;2024:210"],
        [A24.replace(" 1 110 110 2024:33;2025:77", " 3 110 330 2024:99;2025:231"),
         "b pc cap 2024 purchase 2 110 220 2024:66;2025:154"],
    ),
    "audit_committed": (
        {"commitments": {"school": ["a"], "item": ["pc"], "fund": ["cap"], "year": [2023],
                         "quantity": [1]}},
        {}, [A23], [A24],
    ),
    "audit_banned": (
        {"bans": {"school": ["a"], "item": ["pc"], "fund": [None], "year": [2024]}},
        {}, [A23, "b pc cap 2024 purchase 1 110 110 2024:33;2025:77"], [A24],
    ),
    "audit_one_source": (
        {"catalogue": {"nature": [("capital", "recurrent"), ("recurrent",)]}},
        {"one_source": True}, [A23],
        [A23, "a pc rec 2023 purchase 1 100 100 2023:30;2024:70"],
    ),
    "audit_capacity_within": (
        {"capacities": {"item": ["pc"], "fund": [None], "year": [2023], "most": [1]}},
        {}, [A23, A24, P26], [A23, B23],
    ),
    "audit_lots": (
        {"catalogue": {"lot": [2, 1]}}, {},
        ["a pc cap 2024 purchase 2 110 220 2024:66;2025:154"], [A23],
    ),
    "audit_year": ({}, {}, [A23], ["a pc cap 2025 purchase 1 121 121 2025:36;2026:85"]),
}  # fmt: skip


@pytest.mark.parametrize("code", tuple(BROKEN))
def test_each_standing_rule_fires_where_it_is_broken(code: str) -> None:
    """Proves that every rule has a finding of its own that names a row, and stays silent on a
    plan that keeps the rule as narrowly as can be. A rule left out of the audit would let the
    optimizer's own error through."""
    tables, settings, kept, broken = BROKEN[code]
    scenario = tiny.scenario(tables, **settings)
    assert fires(scenario, lines(*kept), code) == []
    findings = fires(scenario, lines(*broken), code)
    assert findings
    assert all(f.where.file.endswith(".csv") and f.where.column for f in findings)
    if code not in ("audit_committed", "audit_fund_within_budget", "audit_preparing_from_project"):
        assert all(f.where.row is not None for f in findings)


def test_row_keys_are_those_that_duals_and_repairs_cite() -> None:
    """Proves the names: a finding cites ``fund_within_budget[cap,2025]`` and its ledger row."""
    tables, settings, _, broken = BROKEN["audit_fund_within_budget"]
    scenario = tiny.scenario(tables, **settings)
    (finding,) = fires(scenario, lines(*broken), "audit_fund_within_budget")
    assert finding.where.key == "fund_within_budget[cap,2025]"
    assert (finding.where.file, finding.where.row, finding.where.column) == (
        "ledger.csv",
        4,
        "spent",
    )
    assert finding.params == {"found": "385", "most": "270"}


def test_commitments_excuse_the_need_and_nothing_else() -> None:
    """Proves that a signed contract may exceed the need, and one unit more may not; a blanket
    excuse would let a contract for 3 cover a purchase of 30."""
    deal = {"school": ["a"], "item": ["pc"], "fund": ["cap"], "year": [2023], "quantity": [3]}
    scenario = tiny.scenario({"commitments": deal})
    three, four = (
        f"a pc cap 2023 purchase {n} 100 {n}00 2023:{n * 30};2024:{n * 70}" for n in (3, 4)
    )
    assert fires(scenario, lines(three), "audit_need_not_exceeded") == []
    assert fires(scenario, lines(four), "audit_need_not_exceeded")


def test_need_counts_units_that_serve_together() -> None:
    """Proves that replacing old by new within the life is allowed and doubling is not: 2 in 2023
    and 1 more in 2024 are 3 alive, while the need left is at most 2."""
    two = "a pc cap 2023 purchase 2 100 200 2023:60;2024:140"
    findings = fires(tiny.scenario(), lines(two, A24), "audit_need_not_exceeded")
    assert [f.where.key for f in findings] == ["need_not_exceeded[a,pc,2024]"]
    short = tiny.scenario({"catalogue": {"life": [1, None]}, "inventory": {"usable_until": [2023]}})
    again = "a pc cap 2024 purchase 2 110 220 2024:66;2025:154"
    assert fires(short, lines(A23, again), "audit_need_not_exceeded") == []


@pytest.mark.parametrize(
    ("capacity", "quantity", "broken"),
    [(D(1), "1", False), (D("0.5"), "1", False), (D("0.4"), "1", True), (None, "1", False)],
)
def test_capacity_of_a_prerequisite(capacity: Decimal | None, quantity: str, broken: bool) -> None:
    """Proves new_i ≤ c·new_j + max(0, c·S_j − S_i) in every year: with one old and one new
    computer in 2023–2024 but two new ones from 2025 on, half a licence a computer carries one
    licence, 0.4 carries 0.8. Counting stock twice, or only one year, would miss the second."""
    scenario = tiny.scenario({"catalogue": {"capacity": [(), (capacity,)]}})
    net = f"a net rec 2023 purchase {quantity} 40 40"
    findings = fires(scenario, lines(A23, A24, net), "audit_prerequisite_in_service")
    assert bool(findings) == broken


def test_works_are_paid_once_by_a_fund_of_the_first_purchase() -> None:
    """Proves the three ways in which works can be wrong: twice, a year late, and for a school
    that has stock of the item."""
    late = "b pc cap 2024 setup 1 33 33"
    needless = "a pc cap 2023 setup 1 30 30"
    code = "audit_works_before_purchase"
    for wrong in ([B23, late], [B23, B23_WORKS, late], [A23, needless], [B23_WORKS]):
        assert fires(tiny.scenario(), lines(*wrong), code), wrong


def test_upkeep_lines_are_complete_and_exact() -> None:
    """Proves that an upkeep line missing, doubled or for a unit that began this year is found;
    a plan without them would promise equipment that nobody can run."""
    right = tiny.tables()["allocation"]
    without = right.drop(index=1).reset_index(drop=True)
    without["line"] = [str(k + 1) for k in range(len(without))]
    assert fires(tiny.scenario(), without, "audit_upkeep_funded_missing")
    more = pd.concat([right, right.iloc[[1]].assign(line="12")], ignore_index=True)
    assert fires(tiny.scenario(), more, "audit_upkeep_funded_extra")


def test_unfunded_upkeep_is_reported_not_charged() -> None:
    """Proves that with ``upkeep: reported`` no line may charge it."""
    scenario = tiny.scenario(upkeep="reported")
    codes = fires(scenario, tiny.tables()["allocation"], "audit_upkeep_funded_extra")
    assert len(codes) == 4


# ---- requests -----------------------------------------------------------------------------------
REQUESTS: dict[str, dict[str, list[Any]]] = {
    "requests": {
        "request": ["r", "r", "q"],
        "school": ["a", "a", "b"],
        "option": ["1", "2", "1"],
        "title": ["Phòng học", "Thư viện", "Sân"],
        "value": [D(4), D("-2.5"), D(0)],
        "requires": [("q",), (), ()],
        "mandatory": [False, False, True],
    },
    "request_costs": {
        "request": ["r", "r", "q"],
        "option": ["1", "1", "1"],
        "fund": ["cap", "rec", "cap"],
        "year": [2023, 2024, 2024],
        "amount": [7, 8, 9],
    },
    "request_items": {
        "request": ["r"], "option": ["1"], "item": ["pc"], "quantity": [1], "year": [2024],
    },
}  # fmt: skip
ASKED = [
    "a|completed||cap|2023|request|r|1|||7||priority",
    "a|completed||rec|2024|request|r|1|||8||priority",
    "b|under_construction||cap|2024|request|q|1|||9||supplement",
]
REQUESTED = tiny.frame(
    "request|school|option|title|chosen|value|amount",
    "r|a|1|Phòng học|yes|4|15",
    "r|a|2|Thư viện|no|-2.5|0",
    "q|b|1|Sân|yes|0|9",
)


def asked(*rows: str) -> pd.DataFrame:
    """An allocation of request lines."""
    return tiny.frame(HEADER, *(f"{n}|{row}" for n, row in enumerate(rows, start=1)))


def request_codes(allocation: pd.DataFrame, requests: pd.DataFrame) -> set[tuple[str, str]]:
    """Codes and columns of findings in the two tables that speak of requests."""
    tables = tiny.tables() | {"allocation": allocation, "requests": requests}
    findings = audit(tiny.scenario(REQUESTS), tables, tiny.claims())
    files = ("allocation.csv", "requests.csv")
    skipped = "audit_upkeep"
    return {
        (f.code, f.where.column)
        for f in findings
        if f.where.file in files and not f.code.startswith(skipped)
    }


def test_chosen_requests_are_whole_and_exclusive() -> None:
    """Proves the families of requests: every cost line of a chosen option, one option each,
    mandatory ones, and requirements. A plan could otherwise count a request's points and leave
    out what it costs."""
    assert request_codes(asked(*ASKED), REQUESTED) == set()
    missing = request_codes(asked(ASKED[0], ASKED[2]), REQUESTED)
    assert ("audit_request_lines_missing", "kind") in missing
    cheaper = request_codes(asked(ASKED[0].replace("|7|", "|6|"), *ASKED[1:]), REQUESTED)
    assert cheaper == {("audit_cell", "amount")}
    other = REQUESTED.assign(chosen=["yes", "yes", "yes"])
    assert ("audit_one_option_per_request", "chosen") in request_codes(asked(*ASKED), other)
    none = request_codes(asked(*ASKED[:2]), REQUESTED.assign(chosen=["yes", "no", "no"]))
    assert ("audit_one_option_per_request", "chosen") in none
    assert ("audit_request_requires", "chosen") in none


def test_units_of_requests_serve_and_count_in_the_need() -> None:
    """Proves that a request's items are in service like purchases, so that nothing is funded
    twice: with two computers bought, the request's third exceeds the need left."""
    scenario = tiny.scenario(REQUESTS)
    one = pd.concat([lines(A23), asked(*ASKED)], ignore_index=True)
    two = pd.concat([lines(A23, A24), asked(*ASKED)], ignore_index=True)
    assert fires(scenario, one, "audit_need_not_exceeded", requests=REQUESTED) == []
    assert fires(scenario, two, "audit_need_not_exceeded", requests=REQUESTED)


# ---- the scenario's own rules -------------------------------------------------------------------
def rows(
    rules: dict[str, Any], tables: dict[str, Any] | None = None, **more: Any
) -> dict[str, tuple[Any, ...]]:
    """Key → (left, relation, bound, slack, points missed) of rules on the right plan."""
    scenario = tiny.scenario(tables, rules=rules)
    facts, report = Facts(scenario), Report()
    texts = read_tables(tiny.tables() | more, report)
    reader = Reader(facts, texts, report)
    decision = reader.read()
    upkeep = upkeep_due(facts, decision, Eligibility(facts))
    found = {}
    for row, missed in Statements(facts, decision, upkeep).rows():
        name = f"{row.rule}[{row.key}]" + ("" if row.relation == "<=" else row.relation)
        found[name] = (float(row.left), float(row.bound), float(row.slack), float(missed))
    return found


def one(measure: str, **rule: Any) -> dict[str, tuple[Any, ...]]:
    """Rows of a single rule ``x``."""
    return rows({"x": {"measure": measure} | rule})


def test_spend_counts_contracts_by_year_and_leaves_proposals_out() -> None:
    """Proves that spend is purchases + works (360 in all: 100 + 110 + 20 + 100 + 30) in the year
    of the line, not of payment; with instalments instead, 2024 would hold 173 and not 110."""
    assert one("spend", at_most=400) == {"x[]": (360, 400, 40, 0)}
    assert one("spend", for_each=["year"], at_most=250) == {
        "x[2023]": (250, 250, 0, 0), "x[2024]": (110, 250, 140, 0),
    }  # fmt: skip
    named = one("spend", where={"group": ["preparing"]}, at_most=0)
    assert named == {"x[]": (173, 0, -173, 0)}
    assert one("spend", where={"kind": "upkeep"}, at_most=100)["x[]"][0] == 5 + 12 + 12 + 6


@pytest.mark.parametrize(
    ("where", "left"),
    [
        ({"school": "a"}, 230),
        ({"group": "under_construction"}, 130),
        ({"item": "net"}, 20),
        ({"pillar": ["infrastructure"]}, 340),
        ({"nature": "recurrent"}, 20),
        ({"fund": "cap"}, 340),
        ({"year": 2024}, 110),
        ({"kind": "setup"}, 30),
        ({"school": "a", "year": [2023], "kind": "purchase"}, 120),
        ({"level": "office"}, 0),
    ],
)
def test_selections(where: dict[str, Any], left: int) -> None:
    """Proves each key of a selection; one that was ignored would sum everything (360)."""
    assert one("spend", where=where, at_most=0)["x[]"][0] == left


def test_for_each_makes_one_row_for_every_combination() -> None:
    """Proves that rows exist even where nothing is spent: a floor for a group that gets nothing
    must not vanish with the group."""
    found = one("spend", for_each=["group", "year"], at_least=100)
    assert found == {
        "x[completed,2023]>=": (120, 100, 20, 0),
        "x[completed,2024]>=": (110, 100, 10, 0),
        "x[under_construction,2023]>=": (130, 100, 30, 0),
        "x[under_construction,2024]>=": (0, 100, -100, 0),
    }
    by_item = one("quantity", for_each=["item"], at_most=3)
    assert by_item == {"x[pc]": (3, 3, 0, 0), "x[net]": (0.5, 3, 2.5, 0)}
    by_fund = one("spend", for_each=["fund"], at_most=340)
    assert by_fund == {"x[cap]": (340, 340, 0, 0), "x[rec]": (20, 340, 320, 0)}


def test_shares() -> None:
    """Proves the three bases of a share: all that shares the row's key (250 in 2023), a
    selection (capital: 230 in 2023), the funds' amounts before reserve (300, 500)."""
    where, each = {"group": "under_construction"}, ["year"]
    plain = one("spend", where=where, for_each=each, at_least={"share": D("0.2")})
    assert plain == {"x[2023]>=": (130, 50, 80, 0), "x[2024]>=": (0, 22, -22, 0)}
    of = {"share": D("0.5"), "of": {"fund": "cap"}}
    chosen = one("spend", where=where, for_each=each, at_least=of)
    assert chosen == {"x[2023]>=": (130, 115, 15, 0), "x[2024]>=": (0, 55, -55, 0)}
    budget = {"share": D("0.1"), "of": "budget"}
    funds = one("spend", where=where, for_each=each, at_least=budget)
    assert funds == {"x[2023]>=": (130, 30, 100, 0), "x[2024]>=": (0, 50, -50, 0)}
    cap = one("spend", where={"fund": "cap"}, at_most=budget)
    assert cap == {"x[]": (340, 60, -280, 0)}


def test_coverage_is_weighted_by_need_and_skips_what_cannot_be() -> None:
    """Proves Σ min(I, N) ÷ Σ N over ready school-years: in 2023 only ``a`` (2 of 2), in 2024
    also ``b`` (1 of 1); counting ``b`` before its building is ready would give 2 of 3."""
    found = one("coverage", where={"item": "pc"}, for_each=["year"], at_least=D("0.5"))
    assert found == {"x[2023]>=": (1, 0.5, 0.5, 0), "x[2024]>=": (1, 0.5, 0.5, 0)}
    net = one("coverage", where={"item": "net"}, for_each=["school", "item"], at_least=D("0.5"))
    assert net == {"x[a,net]>=": (0.5, 0.5, 0, 0), "x[b,net]>=": (0, 0.5, -0.5, 0)}
    mean = one("coverage", where={"item": "net", "year": 2025}, at_least=D("0.4"))
    assert mean == {"x[]>=": (0.25, 0.4, pytest.approx(-0.15), 0)}


def test_wishes_cost_their_price_and_are_no_violation() -> None:
    """Proves price × miss in money, units and percentage points, and that the claimed value
    falls by it; a miss that was not charged would make wishes free to break."""
    for measure, where, bound, points in (
        ("spend", {}, D(400), 40 * 0.5),
        ("quantity", {"item": "pc"}, D(5), 2 * 0.5),
        ("coverage", {"item": "net", "year": 2025}, D("0.4"), 15 * 0.5),
    ):
        wish = {"measure": measure, "where": where, "at_least": bound}
        rule = wish | {"firmness": "wish", "price": D("0.5")}
        (found,) = rows({"x": rule}).values()
        assert found[3] == pytest.approx(points)
        findings = audit(tiny.scenario(rules={"x": rule}), tiny.tables(), tiny.claims())
        assert "audit_rule" not in {f.code for f in findings}
        value = next(f for f in findings if f.where.column == "value")
        assert float(str(value.params["expected"])) == pytest.approx(1830 - points)


def test_requests_are_counted() -> None:
    """Proves the measure ``requests``: chosen options, by school; without a chosen one it is 0."""
    rule = {"x": {"measure": "requests", "for_each": ["school"], "at_most": 0}}
    more = {"allocation": asked(*ASKED), "requests": REQUESTED}
    found = rows(rule, REQUESTS, **more)
    assert found == {"x[a]": (1, 0, -1, 0), "x[b]": (1, 0, -1, 0)}


@pytest.mark.parametrize("firmness", ["law", "policy"])
@pytest.mark.parametrize("bound", ["at_most", "at_least", "exactly"])
def test_a_broken_rule_is_a_finding_at_its_row(firmness: str, bound: str) -> None:
    """Proves that each bound fires, with the rule's own name and its row in ``rules``."""
    broken = {"at_most": 2, "at_least": 4, "exactly": 2}[bound]
    relation = {"at_most": "<=", "at_least": ">=", "exactly": "="}[bound]
    slack = {"at_most": -1, "at_least": -1, "exactly": -1}[bound]
    rule = {"measure": "quantity", "where": {"item": "pc"}, bound: broken, "firmness": firmness}
    stated = tiny.tables()["rules"]
    row = ["few", "", firmness, "3", relation, str(broken), str(slack), "units"]
    stated.loc[len(stated)] = row
    findings = audit(
        tiny.scenario(rules={"few": rule}), tiny.tables() | {"rules": stated}, tiny.claims()
    )
    assert [(f.code, f.where.row, f.where.key) for f in findings] == [
        ("audit_rule", len(stated) + 1, "few")
    ]
    rule |= {bound: 3}
    stated.loc[len(stated) - 1] = ["few", "", firmness, "3", relation, "3", "0", "units"]
    kept = audit(
        tiny.scenario(rules={"few": rule}), tiny.tables() | {"rules": stated}, tiny.claims()
    )
    assert kept == []
