"""What stays unmet, and the first true reason for it: one small hand-made case each."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from stand_in import Plan

from planner.analysis.unmet import by_reason, unmet
from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario, typed_frame
from planner.scenario.schema import Settings
from tests.benchmarks.instances import Case, scenario_of

MILLION = 10**6


def case(  # noqa: PLR0917
    item: dict[str, Any] | None = None,
    school: dict[str, Any] | None = None,
    fund: dict[str, Any] | None = None,
    lapsed: int = 0,
    need: int = 10,
    stock: int = 4,
    new: int = 0,
    other: dict[str, Any] | None = None,
    tables: dict[str, pd.DataFrame] | None = None,
    rows: list[tuple[str, int, int, int, int]] | None = None,
    project: int | None = None,
) -> Plan:
    """One school ``s`` short of item ``pc``; ``other`` adds a second item ``lan``."""
    items = [{"item": "pc", **(item or {})}] + (
        [{"item": "lan", **other}] if other is not None else []
    )
    base = {
        "name": "x", "unit": "bộ", "pillar": "infrastructure", "nature": ("capital",),
        "price": MILLION,
    }  # fmt: skip
    keys = {k for row in items for k in row} | set(base)
    defaults = {"requires": (), "capacity": (), "life": None, "whole": True, "lot": 1, "setup": 0,
                "on_site": True, "upkeep": Decimal(0), "payments": (Decimal(1),)}  # fmt: skip
    catalogue = {k: [{**defaults, **base, **row}.get(k) for row in items] for k in sorted(keys)}
    known = {
        "school": "s", "name": "Trường S", "level": "primary", "group": "completed",
        "ready": None, "pupils": 100, "classes": 5, "teachers": 9, "project_amount": None,
        "owner": "ward-a", **(school or {}),
    }  # fmt: skip
    preparing = known["group"] == "preparing"
    declared = {"nature": "capital", "amounts": dict.fromkeys((2023, 2024, 2025), 10**9)}
    settings = Settings(
        **{"schema": 1, "title": "t", "years": (2023, 2025), "tail_years": 1},
        funds={"f": fund or declared, "p": {"role": "project"}},
    )
    made = Scenario(
        "case",
        settings,
        {
            "schools": typed_frame("schools", {k: [v] for k, v in known.items()}),
            "catalogue": typed_frame("catalogue", catalogue),
            **(tables or {}),
        },
    )
    rows = rows or [("pc", y, need, stock, new) for y in range(2023, 2027)]
    coverage = pd.DataFrame(
        [
            {
                "school": "s", "group": known["group"], "item": i, "year": y, "need": n,
                "stock": k, "new": w, "in_service": k + w, "before": k / n,
                "after": min((k + w) / n, 1.0), "people": 0.0,
            }
            for i, y, n, k, w in rows
        ]
    )  # fmt: skip
    columns = ["school", "item", "fund", "year", "kind", "quantity"]
    allocation = pd.DataFrame({c: [] for c in columns})
    keys_of = (
        [("p", "s", known["ready"])] if preparing else [("f", "", y) for y in (2023, 2024, 2025)]
    )
    if preparing and project is None:
        keys_of = []
    ledger = pd.DataFrame(
        [{"fund": f, "school": s, "year": y, "lapsed": project or lapsed} for f, s, y in keys_of],
        columns=["fund", "school", "year", "lapsed"],
    )
    none = pd.DataFrame()
    return Plan(made, allocation, coverage, ledger, none, none)


def reason(plan: Plan) -> tuple[str, str]:
    lines = unmet(plan)
    assert len(lines) == 1
    return lines["reason"].iloc[0], lines["blocked_by"].iloc[0]


def test_no_money_counts_units_and_cost() -> None:
    """6 of 10 units are missing: 6 million at a million each; a rule that read ``need`` alone
    would say 10 million."""
    line = unmet(case()).iloc[0]
    assert (line["reason"], line["missing"], line["cost"], line["year"]) == (
        "no_money", 6, 6 * MILLION, 2025,
    )  # fmt: skip


def test_met_need_is_not_listed() -> None:
    """In service equal to or above the need: nothing is unmet."""
    assert unmet(case(need=4)).empty
    assert unmet(case(need=3)).empty


def test_cost_includes_works_only_where_there_are_none() -> None:
    """Without stock the site works (5 million) are part of the cost; with stock they are not."""
    works = {"setup": 5 * MILLION}
    assert unmet(case(item=works, stock=0))["cost"].iloc[0] == 15 * MILLION
    known = {"school": ["s"], "item": ["pc"], "quantity": [4], "acquired": [2020]}
    tables = {"inventory": typed_frame("inventory", known)}
    assert unmet(case(item=works, tables=tables))["cost"].iloc[0] == 6 * MILLION


def test_not_ready_only_for_items_on_site() -> None:
    """A building of 2026 explains missing computers, never missing accounts."""
    late = {"group": "under_construction", "ready": 2026}
    assert reason(case(school=late))[0] == "not_ready"
    assert reason(case(school=late, item={"on_site": False}))[0] == "no_money"
    assert reason(case(school={**late, "ready": 2025}))[0] == "no_money"


@pytest.mark.parametrize(
    "fund",
    [
        {"nature": "recurrent", "amounts": {2025: 10**9}},
        {"nature": "capital", "amounts": {2025: 10**9}, "where": {"owner": "ward-b"}},
        {"nature": "capital", "amounts": {2025: 10**9}, "where": {"item": ["lan"]}},
        {"nature": "capital", "amounts": {2026: 10**9}},
        {"nature": "capital", "amounts": {2025: 10**9}, "role": "project"},
    ],
    ids=["nature", "school", "item", "year", "role"],
)
def test_no_eligible_fund(fund: dict[str, Any]) -> None:
    """Each of nature, school, item, year and role is enough to shut a fund out."""
    assert reason(case(fund=fund, lapsed=10**9))[0] == "no_eligible_fund"


def test_later_instalment_needs_a_declared_year() -> None:
    """30% now and 70% next year cannot be paid by a fund that only has 2025."""
    halves = {"payments": (Decimal("0.3"), Decimal("0.7"))}
    one = {"nature": "capital", "amounts": {2025: 10**9}}
    two = {"nature": "capital", "amounts": {2025: 10**9, 2026: 0}}
    assert reason(case(item=halves, fund=one))[0] == "no_eligible_fund"
    assert reason(case(item=halves, fund=two))[0] == "no_money"


def test_banned_only_if_every_way_is() -> None:
    """A ban of one year leaves the others; a ban of the item leaves none."""
    year = typed_frame("bans", {"school": ["s"], "item": ["pc"], "fund": [None], "year": [2025]})
    every = typed_frame("bans", {"school": [None], "item": ["pc"], "fund": [None], "year": [None]})
    assert reason(case(tables={"bans": year}))[0] == "no_money"
    assert reason(case(tables={"bans": every}))[0] == "banned"


def test_prerequisite_names_what_is_missing() -> None:
    """Without LAN no computer may be added; two LAN points of 3 carry 6 units, not the 7th."""
    rows = [("pc", y, 10, 0, 6) for y in range(2023, 2027)]
    lan = [("lan", y, 2, 2, 0) for y in range(2023, 2027)]
    needs = {"requires": ("lan",), "capacity": (None,)}
    without = [("pc", y, 10, 0, 0) for y in range(2023, 2027)]
    assert reason(case(item=needs, other={}, rows=without)) == ("prerequisite", "lan")
    full = {"requires": ("lan",), "capacity": (Decimal(3),)}
    assert reason(case(item=full, other={}, rows=rows + lan)) == ("prerequisite", "lan")
    roomy = {"requires": ("lan",), "capacity": (Decimal(4),)}
    assert reason(case(item=roomy, other={}, rows=rows + lan))[0] == "no_money"


def test_lot_larger_than_what_is_missing() -> None:
    """Six are missing: a lot of 7 would exceed the need, a lot of 6 would not."""
    assert reason(case(item={"lot": 7}))[0] == "lot"
    assert reason(case(item={"lot": 6}))[0] == "no_money"


def test_lot_fits_if_a_later_need_is_larger() -> None:
    """need_not_exceeded looks at the largest need of the years served: 11 in 2026 allows 7."""
    rows = [("pc", y, 10, 4, 0) for y in (2023, 2024, 2025)] + [("pc", 2026, 11, 4, 0)]
    assert reason(case(item={"lot": 7}, rows=rows))[0] == "no_money"


def test_money_that_is_left_is_not_called_missing() -> None:
    """A million is left and a unit costs a million: the reason cannot be money; one
    đồng less and it is. With upkeep that the fund cannot bear a year later it is money again."""
    assert reason(case(lapsed=MILLION))[0] == "rule_or_gap"
    assert reason(case(lapsed=MILLION - 1))[0] == "no_money"
    payer = {"nature": "capital", "amounts": dict.fromkeys((2023, 2024, 2025), 1)}
    dear = case(item={"upkeep": Decimal(1)}, lapsed=MILLION, fund={**payer, "pays_upkeep": True})
    assert reason(dear)[0] == "rule_or_gap"
    short = dear.ledger.assign(lapsed=[MILLION, MILLION - 1, MILLION - 1])
    assert reason(replace(dear, ledger=short))[0] == "no_money"


def test_preparing_school_is_judged_by_its_project() -> None:
    """A proposal is looked at in its hand-over year and against its own project's money."""
    late = {"group": "preparing", "ready": 2026}
    assert unmet(case(school=late, project=5))["year"].iloc[0] == 2026
    assert reason(case(school=late, project=5))[0] == "no_money"
    assert reason(case(school=late, project=MILLION))[0] == "rule_or_gap"
    assert reason(case(school=late))[0] == "no_eligible_fund"


def test_proposal_worn_out_before_the_end() -> None:
    """Handed over in 2023 with a life of a year, nothing it proposes can serve in 2025."""
    early = {"group": "preparing", "ready": 2023}
    assert reason(case(school=early, item={"life": 1}, project=5))[0] == "expired"


def test_each_line_has_its_own_reason_wherever_it_stands() -> None:
    """Lines of one item are looked at together: with the coverage rows in another order each has
    the cost, reason and prerequisite that it had (a reason written into a neighbour's line has
    not)."""
    plan = optimize(scenario_of(Case(30, "rules")), gap=0.1, tidy=0).plan
    order = np.random.default_rng(0).permutation(len(plan.coverage))
    mixed = plan.coverage.iloc[order].reset_index(drop=True)
    lines, again = unmet(plan), unmet(replace(plan, coverage=mixed))
    assert lines["reason"].nunique() > 2
    keys = ["school", "item"]
    pd.testing.assert_frame_equal(
        again.sort_values(keys, ignore_index=True), lines.sort_values(keys, ignore_index=True)
    )


def test_reasons_are_summed_dearest_first() -> None:
    """Two lines of one reason at one school count two lines, one school."""
    rows = [(i, y, 10, 4, 0) for i in ("pc", "lan") for y in range(2023, 2027)]
    table = by_reason(unmet(case(other={}, rows=rows)))
    assert table.to_dict("records") == [
        {"reason": "no_money", "lines": 2, "schools": 1, "cost": 12 * MILLION}
    ]
