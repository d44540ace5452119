"""The sums behind a scenario's own rules, worked out by hand on the tiny plan."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import audit_plans as tiny
import pytest
from audit_plans import ASKED, REQUESTED, REQUESTS, asked

from planner.proof import audit
from planner.proof.cells import Report, read_tables
from planner.proof.decision import Reader
from planner.proof.inputs import Eligibility, Facts
from planner.proof.ledgers import upkeep_due
from planner.proof.rules import Counting, Statements

D = Decimal


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
    sums = Counting(facts, decision, upkeep).sums()
    for row, missed in Statements(facts, decision.options, sums).rows():
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
