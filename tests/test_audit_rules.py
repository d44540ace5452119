"""The audit against plans that break one rule each, and the sums behind a scenario's rules."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import audit_plans as tiny
import pandas as pd
import pytest
from audit_plans import ASKED, REQUESTED, REQUESTS, asked
from rule_cases import A23, A24, B23, B23_WORKS, P26, RULE_CASES, Broken, bought, lines

from planner.errors import Finding
from planner.proof import audit
from planner.scenario.scenario import Scenario

D = Decimal


def fires(
    scenario: Scenario, plan: pd.DataFrame | Mapping[str, pd.DataFrame], code: str, **more: Any
) -> list[Finding]:
    """The findings of one code; the tables that are not given are those of the right plan."""
    given = {"allocation": plan} if isinstance(plan, pd.DataFrame) else plan
    tables = tiny.tables() | given | more
    return [f for f in audit(scenario, tables, tiny.claims()) if f.code == code]


LINES: dict[str, Broken] = {
    "preparing_year": Broken({}, {}, bought(P26), bought("p pc proj 2024 purchase 1 110 110")),
    "project_role": Broken({}, {}, bought(P26), bought("p pc cap 2026 purchase 1 133 133")),
    "fund_eligible": Broken({}, {}, bought(A23), bought(A23.replace("cap", "rec"))),
    "undeclared": Broken(
        {"catalogue": {"payments": [(D("0.3"), D("0.3"), D("0.4")), (D(1),)]}}, {},
        bought("a pc cap 2023 purchase 1 100 100 2023:30;2024:30;2025:40"),
        bought("a pc cap 2024 purchase 1 110 110 2024:33;2025:33;2026:44"),
    ),
    "lots": Broken(
        {"catalogue": {"lot": [2, 1]}}, {},
        bought("a pc cap 2024 purchase 2 110 220 2024:66;2025:154"), bought(A23),
    ),
    "year": Broken(
        {}, {}, bought(A23), bought("a pc cap 2025 purchase 1 121 121 2025:36;2026:85")
    ),
}  # fmt: skip
"""What a line must be, beside the standing rules."""
BROKEN = LINES | {str(rule): case.broken for rule, case in RULE_CASES.items()}
ELSEWHERE = (
    "committed", "fund_within_budget", "preparing_from_project", "capacity_within",
    "upkeep_funded",
)  # fmt: skip
"""What is wrong stands in no single row."""


@pytest.mark.parametrize("rule", tuple(BROKEN))
def test_each_standing_rule_fires_where_it_is_broken(rule: str) -> None:
    """Proves that every rule has a finding of its own that names a row, and stays silent on a
    plan that keeps the rule as narrowly as can be. A rule left out of the audit would let the
    optimizer's own error through."""
    case = BROKEN[rule]
    code = case.code or f"audit_{rule}"
    scenario = tiny.scenario(case.tables, **case.settings)
    assert fires(scenario, case.kept, code) == []
    findings = fires(scenario, case.broken, code)
    assert findings
    assert all(f.where.file.endswith(".csv") and f.where.column for f in findings)
    if rule not in ELSEWHERE:
        assert all(f.where.row is not None for f in findings)


def test_row_keys_are_those_that_duals_and_repairs_cite() -> None:
    """Proves the names: a finding cites ``fund_within_budget[cap,2025]`` and its ledger row."""
    case = BROKEN["fund_within_budget"]
    scenario = tiny.scenario(case.tables, **case.settings)
    (finding,) = fires(scenario, case.broken, "audit_fund_within_budget")
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
