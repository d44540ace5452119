"""Hand-solved instances of schools' own requests: options, requirements, copies, block grants.

School ``a`` weighs 1, so points are those that the office set. Each runs as whole-number and as
linear program, through HiGHS and CBC, and again after save → load (see ``conftest.solve``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Solver, through
from tiny import fund, item, lines, tiny

from planner.plan import Plan
from planner.proof import audit
from planner.run.optimize import claims, optimize
from planner.scenario.scenario import Scenario

Row = dict[str, Any]
YEARS = (2023, 2024)


def ask(request: str, value: float, option: str = "x", **more: Any) -> Row:
    """An option of a request of school ``a``."""
    row = {"request": request, "school": "a", "option": option, "title": request, "value": value}
    return row | more


def cost(request: str, amount: int, option: str = "x", **more: Any) -> Row:
    """What it costs in 2023 from the fund ``cap``."""
    row = {"request": request, "option": option, "fund": "cap", "year": 2023, "amount": amount}
    return row | more


def alone(requests: list[Row], costs: list[Row], **more: Any) -> Scenario:
    """A scenario of requests and nothing else: no items, norms or stock."""
    tables = {"catalogue": [], "requests": requests, "request_costs": costs}
    tables |= more.pop("tables", {})
    return tiny(norms=[], tables=tables, **more)


def chosen(plan: Plan) -> dict[str, int]:
    """``request:option`` → how many times, of what was chosen."""
    rows = plan.requests[plan.requests["chosen"] == "yes"]
    names = rows["request"] + ":" + rows["option"]
    return dict(zip(names, rows["copies"].tolist(), strict=True))


def test_options_exclude_each_other(solve: Solver) -> None:
    """The better of two options, 9 points from 30; both together would be 14."""
    requests = [ask("r", 9, "big"), ask("r", 5, "small")]
    costs = [cost("r", 20, "big"), cost("r", 10, "small")]
    result = solve(alone(requests, costs, cap=30))
    assert chosen(result.plan) == {"r:big": 1}
    assert result.value == pytest.approx(9)


def test_a_mandatory_request_is_met_at_a_loss(solve: Solver) -> None:
    """Its cheapest harm, −2, leaves 20 for the other request (7): 5. Optional, it would be left
    out (7); with its dearer option nothing is left for the other (−1)."""
    requests = [ask("m", -2, "a", mandatory=True), ask("m", -1, "b", mandatory=True), ask("r", 7)]
    costs = [cost("m", 10, "a"), cost("m", 25, "b"), cost("r", 20)]
    result = solve(alone(requests, costs, cap=30))
    assert chosen(result.plan) == {"m:a": 1, "r:x": 1}
    assert result.value == pytest.approx(5)


def test_points_of_any_sign(solve: Solver) -> None:
    """What is worth less than nothing is refused although the money is there: 3, not 1."""
    result = solve(
        alone([ask("good", 3), ask("bad", -2)], [cost("good", 1), cost("bad", 1)], cap=9)
    )
    assert result.value == pytest.approx(3)


@pytest.mark.parametrize(
    ("requires", "money", "value", "picked"),
    [
        (("lan",), 20, 5, {"room:big": 1}),
        (("lan",), 30, 11, {"lan:wifi": 1, "room:full": 1}),
        (("lan:fibre",), 30, 6, {"lan:wifi": 1, "room:big": 1}),
        (("lan:fibre",), 40, 12, {"lan:fibre": 1, "room:full": 1}),
    ],
)
def test_an_option_requires_a_request_or_one_of_its_options(
    requires: tuple[str, ...], money: int, value: int, picked: dict[str, int], solve: Solver
) -> None:
    """ "Only after the LAN" of one option: the full room (10) needs a LAN, the big one (5) does
    not. With 20 the full room (20) cannot pay for a LAN too: 5. With 30 it takes the wi-fi (10,
    1 point); if it needs the fibre (20, 2 points), it must wait for 40.

    Ignored, the requirement would give 10 from 20. Asked of both options, 1 from 20; read as any
    LAN, ``lan:fibre`` would give 11 from 30.
    """
    requests = [ask("room", 10, "full", requires=requires), ask("room", 5, "big")]
    requests += [ask("lan", 1, "wifi"), ask("lan", 2, "fibre")]
    costs = [cost("room", 20, "full"), cost("room", 20, "big")]
    costs += [cost("lan", 10, "wifi"), cost("lan", 20, "fibre")]
    result = solve(alone(requests, costs, cap=money))
    assert chosen(result.plan) == picked
    assert result.value == pytest.approx(value)


def test_copies_are_counted_paid_and_worth_each(solve: Solver) -> None:
    """Three of at most five sets at 10, 2 points each, and one at 5 for 1.5: 7.5 from 35.

    Once only: 3.5. Without the limit of two on the other (1.5 for 5): 10.5.
    """
    requests = [ask("sets", 2, copies=5), ask("kits", 1.5, copies=1)]
    result = solve(alone(requests, [cost("sets", 10), cost("kits", 5)], cap=35), relaxed=7.5)
    assert chosen(result.plan) == {"sets:x": 3, "kits:x": 1}
    assert result.plan.spent == 35
    assert result.value == pytest.approx(7.5)


def test_copies_have_a_limit_and_what_they_need(solve: Solver) -> None:
    """Two of two copies, and they need the base (−1): 2 × 3 − 1 = 5. Without the limit 14,
    without the requirement 6."""
    requests = [ask("sets", 3, copies=2, requires=("base",)), ask("base", -1)]
    result = solve(alone(requests, [cost("sets", 10), cost("base", 5)], cap=100))
    assert chosen(result.plan) == {"sets:x": 2, "base:x": 1}
    assert result.value == pytest.approx(5)


def test_a_request_is_paid_over_years_and_funds(solve: Solver) -> None:
    """10 + 10 from two funds and 10 a year later: one of two such requests fits every ledger,
    4. If all were charged to the first fund and year, none would; pooled, both (8)."""
    costs = [cost(r, 10) for r in ("r", "q")]
    costs += [cost(r, 10, fund="rec") for r in ("r", "q")]
    costs += [cost(r, 10, year=2024) for r in ("r", "q")]
    funds = {"cap": fund({2023: 15, 2024: 30}), "rec": fund({2023: 30, 2024: 0})}
    result = solve(alone([ask("r", 4), ask("q", 3)], costs, funds=funds, years=YEARS))
    assert chosen(result.plan) == {"r:x": 1}
    assert sorted(result.plan.allocation["amount"]) == [10, 10, 10]


def test_what_a_request_brings_is_not_bought_again(solve: Solver) -> None:
    """The request brings 3 of the 4 needed for 15 (75 points and its own 1), and the money left
    buys the fourth: 101 and 25 spent. Counted apart, four more would be bought (45)."""
    scenario = tiny(
        cap=100,
        tables={
            "requests": [ask("r", 1)],
            "request_costs": [cost("r", 15)],
            "request_items": [
                {"request": "r", "option": "x", "item": "pc", "quantity": 3, "year": 2023}
            ],
        },
    )
    result = solve(scenario)
    assert lines(result.plan) == [("a", "pc", "cap", 2023, 1)]
    assert result.value == pytest.approx(101)
    assert result.plan.spent == 25


def test_what_a_request_brings_keeps_prerequisites(solve: Solver) -> None:
    """The request brings pcs, which need a LAN in service: the LAN (30) is bought with it, 200
    points in all. From 20 the request alone may not be taken: 0, not 100."""
    items = [item("lan", 30), item("pc", requires=("lan",))]
    tables = {
        "requests": [ask("r", 0)],
        "request_costs": [cost("r", 20)],
        "request_items": [
            {"request": "r", "option": "x", "item": "pc", "quantity": 4, "year": 2023}
        ],
    }
    norms = [
        {"item": i, "level": "primary", "per": p, "every": 1}
        for i, p in (("lan", "school"), ("pc", "classes"))
    ]
    assert solve(tiny(items=items, norms=norms, cap=20, tables=tables)).value == pytest.approx(0)
    assert solve(tiny(items=items, norms=norms, cap=50, tables=tables)).value == pytest.approx(100)


GRANTS = [cost("g", 20, most=90, value=7), cost("h", 30, most=60, value=6)]


@pytest.mark.parametrize(
    ("money", "value", "paid"),
    [
        pytest.param(19, 0, [0, 0], marks=pytest.mark.slow),
        (45, 1 + 3, [0, 45]),
        pytest.param(60, 1 + 6, [0, 60], marks=pytest.mark.slow),
        (79, 1 + 5.8, [20, 59]),
        pytest.param(90, 1 + 6 + 1, [30, 60], marks=pytest.mark.slow),
        (200, 1 + 6 + 7, [90, 60]),
    ],
)
def test_block_grants_lie_between_a_least_and_a_most(
    money: int, value: float, paid: list[int], solve: Solver
) -> None:
    """``h`` gives a point for being chosen at 30 and a fifth of a point for each đồng more up to
    60; ``g`` (mandatory once it can be paid) a tenth for each from 20 to 90.

    Below their least neither is given. With 79 the mandatory least of ``g`` takes a đồng that
    ``h`` would use: 6.8, not 7. Without a least, 45 would be split; without a most, ``h`` would
    take all of 200 (35 points).
    """
    requests = [ask("g", 0, mandatory=money >= 79), ask("h", 1)]
    result = solve(alone(requests, GRANTS, cap=money))
    assert result.plan.requests["paid"].tolist() == paid
    assert result.value == pytest.approx(value)
    assert result.plan.requests["points"].sum() == pytest.approx(value)


def test_grants_and_copies_are_written_and_read_back(tmp_path: Path) -> None:
    """Through files, plan folder and audit: a grant of 50 in 20–90 and three of five copies."""
    requests = [ask("g", 0), ask("sets", 2, copies=5)]
    scenario = alone(requests, [GRANTS[0], cost("sets", 10)], cap=80)
    result = through("saved", tmp_path)(scenario)
    assert chosen(result.plan) == {"sets:x": 5, "g:x": 1}
    assert result.plan.requests["paid"].tolist() == [30, 50]
    assert result.value == pytest.approx(11)


def test_grants_are_paid_from_their_funds_and_years(solve: Solver) -> None:
    """An envelope over two years: 30–60 now and 0–100 next year (9 points), from 40 and 50: the
    ledgers allow 40 and 50, 1 + 2 + 4.5 = 7.5. One purse of 90 would give 60 + 30: 9.7."""
    costs = [cost("g", 30, most=60, value=6), cost("g", 0, most=100, value=9, year=2024)]
    result = solve(alone([ask("g", 1)], costs, cap={2023: 40, 2024: 50}, years=YEARS))
    assert result.plan.allocation["amount"].tolist() == [40, 50]
    assert result.value == pytest.approx(7.5)


def test_rules_see_grants_and_copies(solve: Solver) -> None:
    """A cap on one request's money binds its grant (50), a rule on the number counts copies (2):
    1 + 4 + 2 × 2 = 9. Without the rules: 1 + 6 + 2 × 5 = 17."""
    rules = {
        "cap-on-h": {"measure": "spend", "where": {"request": "h"}, "at_most": 50},
        "few": {"measure": "requests", "where": {"request": "sets"}, "at_most": 2},
    }
    requests = [ask("h", 1), ask("sets", 2, copies=5)]
    result = solve(alone(requests, [GRANTS[1], cost("sets", 10)], cap=200, rules=rules))
    assert result.plan.requests["paid"].tolist() == [50, 20]
    assert result.value == pytest.approx(9)


@pytest.mark.parametrize(
    ("column", "row", "cell"),
    [
        ("paid", 0, "91"), ("points", 0, "1"), ("copies", 1, "3"), ("chosen", 1, "no"),
        ("amount", 0, "21"),
    ],
)  # fmt: skip
def test_the_audit_reads_every_cell_of_requests(column: str, row: int, cell: str) -> None:
    """A spoiled cell of the table ``requests`` never passes."""
    requests = [ask("g", 0), ask("sets", 2, copies=5)]
    scenario = alone(requests, [GRANTS[0], cost("sets", 10)], cap=110)
    result = optimize(scenario)
    tables = result.plan.text_tables()
    assert audit(scenario, tables, claims(result)) == []
    tables["requests"].loc[row, column] = cell
    found = audit(scenario, tables, claims(result))
    assert any(f.where.file == "requests.csv" and f.where.row == row + 2 for f in found)


@pytest.mark.parametrize(("paid", "fires"), [(19, True), (20, False), (90, False), (91, True)])
def test_the_audit_holds_a_grant_to_its_envelope(paid: int, fires: bool) -> None:
    """The line of a block grant may say any amount from 20 to 90 and no other."""
    scenario = alone([ask("g", 0)], [GRANTS[0]], cap=200)
    result = optimize(scenario)
    tables = result.plan.text_tables()
    tables["allocation"].loc[0, "amount"] = str(paid)
    codes = {f.code for f in audit(scenario, tables, claims(result))}
    assert ("audit_grant_within_envelope" in codes) == fires


def test_the_audit_counts_copies() -> None:
    """Six copies of at most five, with lines and ledger to match, break one option a request."""
    five = alone([ask("s", 2, copies=5)], [cost("s", 10)], cap=60)
    six = alone([ask("s", 2, copies=6)], [cost("s", 10)], cap=60)
    result = optimize(six)
    found = audit(five, result.plan.text_tables(), claims(result))
    codes = [f.code for f in found if f.where.file == "requests.csv"]
    assert codes == ["audit_one_option_per_request"]
