"""The product against a slow second reading of the rules
(ARCHITECTURE.md#standing-rules, ``tests/reference.py``).

Scenarios are drawn with every optional column in play; the optimum at gap 0 must be the best of
all plans, and the audit must call a plan right exactly when the second reading does.
"""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from reference import Decision, Reference
from tiny import fund, item, norm, school, tiny

from planner.formulation.facts import Facts
from planner.plan import build_plan
from planner.plan.decisions import decisions_by_hand
from planner.plan.tables import local_rules
from planner.proof import audit
from planner.run.optimize import claims, optimize, unproven
from planner.scenario.scenario import Scenario
from planner.solving.solution import Status

YEARS = (2023, 2024)
SHAPES = ((1, 2), (2, 1), (1, 1))
"""Schools and items; with two funds and two years more would take too long to enumerate."""


def drawn(seed: int) -> Scenario:
    """A tiny scenario; small numbers, so that everything binds now and then."""
    chance, later = random.Random(seed), random.Random(-1 - seed)
    pick, some = chance.choice, lambda *values: chance.choice(values)
    schools, items = pick(SHAPES)
    names = [f"s{k}" for k in range(schools)]
    rows = [_school(chance, n) for n in names]
    goods = [_item(chance, n, k) for k, n in enumerate(("lan", "pc")[:items])]
    goods = [g | {"least": later.choice((1, 1, 2, 3))} for g in goods]
    funds: dict[str, Any] = {
        "cap": fund(
            {t: chance.randint(0, 60) for t in range(2023, some(2025, 2026, 2027))},
            nature=some("capital", None), reserve=some("0", "0.1"),
            carry_over=some("0", "0.5", "1"), pays_upkeep=some(True, False),
        )
    }  # fmt: skip
    if chance.random() < 0.5:
        more = {"where": {"owner": "w1"}} if chance.random() < 0.4 else {}
        years = some((2023, 2024), (2024,), (2023, 2024, 2025))
        funds["other"] = fund({t: chance.randint(0, 40) for t in years}, **more)
    if any(r["group"] == "preparing" for r in rows):
        funds["project"] = {"role": "project"}
    ids = [g["item"] for g in goods]
    tables = _tables(chance, names, ids, [f for f in funds if f != "project"])
    past = _facts(random.Random(f"facts {seed}"), rows, goods, list(funds), tables)
    return tiny(
        schools=rows, items=goods, funds=funds, years=YEARS, tail_years=some(0, 1, 2),
        norms=[
            norm(i, every=some(1, 2, 3), minimum=some(None, 1), maximum=some(None, 3),
                 useful_from=later.choice(("", "", "", "2", "50%", "100%")))
            for i in ids
        ],
        tiers=some([(1, 1)], [("0.5", 2), (1, 1)]), discount=some("0", "0.1"),
        priority={"weights": some({"completed": 9, "under_construction": 3}, {})},
        upkeep=some("required", "required", "reported"), one_source=some(False, False, True),
        tables=tables, closed_until=past,
    )  # fmt: skip


def _facts(
    chance: random.Random, schools: list[dict[str, Any]], items: list[dict[str, Any]],
    funds: list[str], tables: dict[str, Any],
) -> int | None:  # fmt: skip
    """Contracts with what they cost, when they serve and what their works cost, in ``tables``;
    gives the last year that is closed."""
    if chance.random() < 0.5:
        return None
    for _ in range(chance.choice((0, 1, 1, 2))):
        place, good = chance.choice(schools), chance.choice(items)
        own = place["group"] == "preparing"
        fund = "project" if own else chance.choice([f for f in funds if f != "project"])
        year = place["ready"] if own else chance.choice(YEARS)
        units = good["lot"] * chance.choice((1, 1, 2))
        row = {"school": place["school"], "item": good["item"], "fund": fund, "year": year,
               "quantity": units, "amount": chance.randint(0, 30 * units)}  # fmt: skip
        row |= {"serves": chance.choice((None, None, None, year, year + 1))}
        row |= {"works": chance.choice((None, 0, 3, 12))} if good["setup"] else {}
        known = [{k: r[k] for k in ("school", "item", "fund", "year")}
                 for r in tables["commitments"]]  # fmt: skip
        if {k: row[k] for k in ("school", "item", "fund", "year")} not in known:
            tables["commitments"].append(row)
    return chance.choice((None, 2023, 2023, 2024))


def _school(chance: random.Random, name: str) -> dict[str, Any]:
    group = chance.choice(("completed", "completed", "under_construction", "preparing", "none"))
    more: dict[str, Any] = {"group": group, "pupils": chance.randint(1, 9) * 10}
    if group in ("under_construction", "preparing"):
        more["ready"] = chance.choice((2023, 2024, 2025, 2026))
    if group == "preparing":
        more["project_amount"] = chance.randint(0, 60)
    more |= {"owner": chance.choice(("w1", "w2")), "weight": chance.choice((1, 2))}
    return school(name, classes=chance.randint(0, 3), **more)


def _item(chance: random.Random, name: str, place: int) -> dict[str, Any]:
    def some(*values: Any) -> Any:
        return chance.choice(values)

    needed = {"requires": ("lan",), "capacity": some((), (1,), (2,), (None,), ("0.5",))}
    return item(
        name, chance.randint(5, 25), nature=some(("capital",), ("capital", "recurrent")),
        price_growth=some("0", "0.07", "-0.1"), life=some(None, 1, 2), on_site=some(True, False),
        lot=some(1, 1, 2), once=some(False, False, True), weight=some(1, 3),
        upkeep=some("0", "0.1", "0.25"), setup=some(0, 0, 7),
        payments=some(("1",), ("1",), ("0.3", "0.7")),
        **(needed if place and chance.random() < 0.7 else {}),
    )  # fmt: skip


def _tables(
    chance: random.Random, schools: list[str], items: list[str], funds: list[str]
) -> dict[str, Any]:
    def maybe(likely: float, **row: Any) -> list[dict[str, Any]]:
        return [row] if chance.random() < likely else []

    s, i, f = (chance.choice(x) for x in (schools, items, funds))
    year = chance.choice(YEARS)
    deal = {"school": s, "item": i, "fund": f, "year": year}
    until = chance.choice((None, 2023, 2024))
    return {
        "inventory": maybe(
            0.6, school=s, item=chance.choice(items), quantity=chance.randint(0, 2),
            acquired=chance.choice((2021, 2022, 2023)), usable_until=until,
        ),
        "drivers": maybe(0.4, school=s, driver="classes", year=2024, value=chance.randint(0, 3))
        + maybe(0.3, school=s, driver="pupils", year=2024, value=chance.randint(0, 99)),
        "needs": maybe(0.3, school=s, item=i, year=2024, quantity=chance.randint(0, 3)),
        "commitments": maybe(0.15, **deal, quantity=2),
        "bans": maybe(0.15, item=chance.choice(items), fund=chance.choice((None, *funds)),
                      year=chance.choice((None, *YEARS))),
        "capacities": maybe(0.15, item=i, fund=chance.choice((None, f)), most=2)
        + maybe(0.15, year=2023, most=30),
        "locks": maybe(0.15, school=s, item=i, fund=chance.choice((None, f)),
                       year=chance.choice((None, year)), quantity=chance.choice((0, 2))),
    }  # fmt: skip


def sound(scenario: Scenario) -> bool:
    """Whether the reader accepts it: contracts that nobody may sign are not of interest."""
    from tempfile import TemporaryDirectory

    from planner.scenario.load import inspect
    from planner.scenario.write import write

    with TemporaryDirectory() as folder:
        write(scenario, folder)
        return inspect(f"{folder}/scenario.yaml")[0] is not None


def check_optimum(seed: int) -> bool:
    """The proven optimum is the best of all plans; gives whether there was a plan."""
    scenario = drawn(seed)
    if not sound(scenario):
        return False
    result = optimize(scenario, gap=0, threads=1, time_limit=60)
    best = Reference(scenario).best()
    if best is None:
        assert result.status is Status.INFEASIBLE, seed
        return False
    assert result.status is Status.OPTIMAL, seed
    assert result.value == pytest.approx(best, rel=1e-6, abs=1e-6), seed
    return True


def right(scenario: Scenario, plan: Decision, works: dict[tuple[str, str], str]) -> bool:
    """Whether the audit finds nothing wrong with a plan that is written out for it."""
    facts = Facts(scenario)
    units = {c: Decimal(n) for c, n in plan.items()}
    money = {
        c: n * int(facts.price[facts.axes.item_at[c[1]], c[3] - 2023]) for c, n in plan.items()
    }
    outlook = build_plan(decisions_by_hand(facts, units, money, {}, {}, works))
    result = unproven(scenario, outlook)
    found = audit(scenario, outlook.plan.text_tables(), claims(result))
    counted = {str(r) for r in local_rules(facts)}
    rules = outlook.plan.rules["rule"].tolist()
    cells = {"audit_cell", "audit_malformed", "audit_extra_row", "audit_missing_row", "audit_claim"}
    odd = [
        f
        for f in found
        if f.code in cells
        and not (f.where.file == "rules.csv" and rules[(f.where.row or 2) - 2] in counted)
    ]
    assert not odd, odd
    return all(f.code in cells for f in found)


def check_verdicts(seed: int, count: int = 6) -> tuple[int, int]:
    """Plans at random, most of them wrong: both readings agree; gives how many were right."""
    scenario = drawn(seed)
    if not sound(scenario):
        return 0, 0
    chance, slow = random.Random(seed), Reference(scenario)
    good = 0
    for _ in range(count):
        plan: Decision = {}
        for name, row in slow.schools.items():
            for good_name in slow.items:
                own = row.group == "preparing"
                years = [row.ready] if own else list(YEARS)
                funds = [f for f, v in slow.funds.items() if (v.role == "project") == own]
                cells = [(name, good_name, f, t) for f in funds for t in years]
                for cell in chance.sample(cells, k=chance.randint(0, min(2, len(cells)))):
                    if not slow.closed(cell):
                        plan[cell] = max(chance.randint(1, 2), slow.held(cell))
                plan |= {c: slow.held(c) for c in cells if slow.held(c) and c not in plan}
        parts = [{c: n for c, n in plan.items() if c[:2] == (s, i)}
                 for s in slow.schools for i in slow.items]  # fmt: skip
        paid = []
        for part in parts:
            for s, i in {c[:2] for c in part}:
                payers = slow.works(s, i, part)
                paid += [min(payers, key=lambda c: list(slow.funds).index(c[2]))] if payers else []
        local = all(slow.local(*next(iter(p))[:2], p) for p in parts if p)
        due = local and slow.feasible(plan, paid)
        works = {c[:2]: c[2] for c in paid}
        assert right(scenario, plan, works) is due, (seed, plan)
        good += due
    return good, count


def test_the_optimum_is_the_best_of_all_plans() -> None:
    """A wrong bound, a rule forgotten or a right plan refused would show as another value."""
    assert sum(check_optimum(seed) for seed in range(8)) > 3


def test_the_audit_agrees_with_a_second_reading() -> None:
    """Five scenarios, six plans each; some of the plans are right, most are not."""
    counts = [check_verdicts(seed) for seed in range(5)]
    assert 0 < sum(g for g, _ in counts) < sum(n for _, n in counts)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 400, 50))
def test_the_optimum_is_the_best_of_all_plans_thoroughly(start: int) -> None:
    planned = [check_optimum(seed) for seed in range(start, start + 50)]
    assert sum(planned) > 15


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 400, 50))
def test_the_audit_agrees_with_a_second_reading_thoroughly(start: int) -> None:
    counts = [check_verdicts(seed, 12) for seed in range(start, start + 50)]
    assert sum(g for g, _ in counts) > 20
