"""``locked``: what somebody has decided is held exactly, in the model, the plan and the audit.

School ``a`` has 100 pupils, ``b`` 50; each needs 4 units of 10, worth 25 and 12.5 points.
"""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Solver
from tiny import fund, item, lines, school, tiny

from planner.proof import audit
from planner.run.optimize import claims, optimize
from planner.scenario.scenario import Scenario
from planner.scenario.write import write

TWO = [school("a"), school("b", pupils=50)]


def lock(name: str, quantity: float, **more: Any) -> dict[str, Any]:
    """A lock of a purchase of ``pc`` from ``cap`` in 2023."""
    base = {"school": name, "item": "pc", "fund": "cap", "year": 2023}
    return base | {"quantity": quantity} | more


def with_locks(*locks: dict[str, Any], **more: Any) -> Scenario:
    """40 of money for two schools that need 80, with locks."""
    tables = {"locks": list(locks)} | more.pop("tables", {})
    return tiny(**({"schools": TWO, "cap": 40} | more), tables=tables)


@pytest.mark.parametrize(
    ("quantity", "bought", "value"), [(1, [1, 3], 62.5), (0, [0, 4], 50), (4, [4, 0], 100)]
)
def test_the_rest_is_planned_around_a_lock(
    solve: Solver, quantity: int, bought: list[int], value: float
) -> None:
    """a gets what was decided, b what is left. As a lower bound, a would always get 4 (100)."""
    result = solve(with_locks(lock("a", quantity)))
    found = {s: q for s, _, _, _, q in lines(result.plan)}
    assert [found.get("a", 0), found.get("b", 0)] == bought
    assert result.value == pytest.approx(value)


def test_a_lock_is_a_row_of_the_rules(solve: Solver) -> None:
    """The table ``rules`` names it, with both sides."""
    rules = solve(with_locks(lock("b", 2))).plan.rules
    row = rules[rules["rule"] == "locked"].iloc[0]
    assert row["key"] == "b,pc,cap,2023"
    assert (row["left"], row["relation"], row["bound"], row["slack"]) == (2, "=", 2, 0)


@pytest.mark.parametrize(
    "locks",
    [
        [lock("a", 5)],
        [lock("a", 3), lock("b", 2)],
        [lock("a", 1, fund="rec")],
        [lock("a", 1, item="lms")],
    ],
    ids=["more than needed", "more than the money", "a fund of another nature", "never needed"],
)
def test_no_rule_gives_way_to_a_lock(solve: Solver, locks: list[dict[str, Any]]) -> None:
    """Proven infeasible. Forgotten, or excused like a contract, there would be a plan."""
    funds = {"cap": fund(40, nature="capital"), "rec": fund(40, nature="recurrent")}
    items = [item("pc"), item("lms")]
    norms = [{"item": "pc", "level": "primary", "per": "classes", "every": 1}]
    scenario = with_locks(*locks, funds=funds, items=items, norms=norms)
    assert solve(scenario).status == "infeasible"


def test_lots_and_amounts(solve: Solver) -> None:
    """Two lots of 2 are 4 units; 2.5 units at 7 are ⌊17.5⌋ = 17 đồng, a's other need is met."""
    result = solve(with_locks(lock("a", 4), items=[item("pc", lot=2)]))
    assert [q for s, *_, q in lines(result.plan) if s == "a"] == [4]
    loose = [item("pc", 7, whole=False)]
    result = solve(with_locks(lock("a", 2.5), items=loose, schools=[school("a")], cap=100))
    line = result.plan.allocation.iloc[0]
    assert line["amount"] == 17
    assert result.plan.rules.query("rule == 'locked'")["slack"].tolist() == [0]


def test_a_sum_is_locked_over_funds_and_years(solve: Solver) -> None:
    """Of 20 a year a may have one unit, whenever: 2 × 25 + 3 × 12.5 over two years.

    Locked in 2023 alone it would come again in 2024, when b's units are worth half of a's.
    """
    one = {"school": "a", "item": "pc", "quantity": 1}
    result = solve(with_locks(one, cap={2023: 20, 2024: 20}, years=(2023, 2024)))
    assert sum(q for s, *_, q in lines(result.plan) if s == "a") == 1
    assert result.value == pytest.approx(2 * 25 + (2 + 1 + 1) * 12.5)
    assert result.plan.rules.query("rule == 'locked'")["key"].tolist() == ["a,pc"]
    free = optimize(with_locks(lock("a", 1), cap={2023: 20, 2024: 20}, years=(2023, 2024)))
    assert sum(q for s, *_, q in lines(free.plan) if s == "a") == 3


REQUESTS = {
    "requests": [
        {"request": "r", "school": "a", "option": o, "title": "xin", "value": v}
        for o, v in (("x", 30), ("y", 20))
    ],
    "request_costs": [
        {"request": "r", "option": o, "fund": "cap", "year": 2023, "amount": 10} for o in "xy"
    ],
}


@pytest.mark.parametrize(("option", "chosen", "value"), [("y", 1, 20), ("x", 0, 25), ("x", 1, 30)])
def test_a_request_is_decided_too(solve: Solver, option: str, chosen: int, value: float) -> None:
    """10 of money: x is worth 30, a unit 25, y 20; the lock decides which is had."""
    lock = {"request": "r", "option": option, "quantity": chosen}
    result = solve(with_locks(lock, cap=10, tables=REQUESTS))
    assert result.value == pytest.approx(value)


def test_the_audit_knows_locks_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A formulation that forgets the locks makes a plan that the audit refuses, by cell."""
    scenario = with_locks(lock("a", 1))
    free = optimize(with_locks())
    tables = free.plan.text_tables()
    found = audit(scenario, tables, claims(free) | {"scenario": scenario.id})
    assert {f.code for f in found} == {"audit_locked", "audit_missing_row"}
    wrong = next(f for f in found if f.code == "audit_locked")
    assert wrong.where.key == "locked[a,pc,cap,2023]"
    assert (wrong.where.file, wrong.where.row) == ("allocation.csv", 2)
    assert wrong.params == {"found": "4", "expected": "1"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"item": None}, "lock_incomplete"),
        ({"request": "r", "option": "x"}, "lock_incomplete"),
        ({"school": "z"}, "id_unknown"),
        ({"fund": "z"}, "id_unknown"),
        ({"year": 2031}, "year_outside_plan"),
        ({"quantity": 1.5}, "quantity_not_lots"),
    ],
)
def test_a_lock_that_names_nothing_is_a_finding(
    change: dict[str, Any], code: str, tmp_path: Any
) -> None:
    """Each of these would otherwise be a lock that nobody keeps."""
    from planner.scenario.load import inspect

    write(with_locks(lock("a", 1) | change, tables=REQUESTS), tmp_path)
    scenario, findings, _ = inspect(tmp_path / "scenario.yaml")
    assert scenario is None
    assert [f.code for f in findings if f.severity == "error"] == [code]


def test_options_are_chosen_or_not(tmp_path: Any) -> None:
    """2 of an option, an option that is not there, and the same option twice: findings."""
    from planner.scenario.load import inspect

    rows = [("x", 2), ("z", 1), ("y", 1), ("y", 0)]
    locks = [{"request": "r", "option": o, "quantity": q} for o, q in rows]
    write(with_locks(*locks, tables=REQUESTS), tmp_path)
    _, findings, _ = inspect(tmp_path / "scenario.yaml")
    codes = ["lock_option_quantity", "option_unknown", "row_twice"]
    assert [f.code for f in findings] == codes
