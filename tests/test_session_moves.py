"""A warm session against a fresh solve: money, weights and rules moved about in any order."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest
from test_requests import ask, cost
from tiny import fund, item, school, tiny

from planner.errors import InputError
from planner.run.optimize import Session, optimize
from planner.scenario.load import load
from planner.scenario.scenario import Scenario

SCENARIOS = Path(__file__).parents[1] / "scenarios"

CAP = fund({2023: 80, 2024: 60}, reserve=0.1, carry_over=0.5)
RULES: dict[str, Any] = {
    "cap": {"measure": "spend", "for_each": ["school"], "at_most": 60},
    "part": {"measure": "spend", "where": {"school": "b"}, "at_least": {"share": 0.2}},
    "budget": {"measure": "spend", "where": {"item": "kit"},
               "at_most": {"share": 0.6, "of": "budget"}},
    "basic": {"measure": "coverage", "where": {"item": "pc", "year": 2024},
              "for_each": ["school"], "at_least": 0.3},
    "few": {"measure": "quantity", "where": {"item": "kit"}, "at_most": 6},
    "even": {"measure": "quantity", "where": {"school": "c"}, "exactly": 2, "firmness": "wish",
             "price": 4},
    "asked": {"measure": "requests", "at_least": 1},
}  # fmt: skip


def several(**settings: Any) -> Scenario:
    """Three schools of three groups, two items, one of them delivered at once, a request, a fund
    that keeps back and carries over, and a rule of every kind."""
    schools = [
        school("a"), school("b", group="under_construction", classes=3, ready=2023),
        school("c", group="none", classes=5, pupils=70),
    ]  # fmt: skip
    priority = {"weights": {"completed": 3, "under_construction": 2, "none": 1, "preparing": 1}}
    return tiny(
        schools=schools, items=[item("pc", 10, once=True), item("kit", 7, weight=2)],
        years=(2023, 2024),
        tables={"requests": [ask("r", 30)], "request_costs": [cost("r", 20)]},
        **({"rules": RULES, "priority": priority, "funds": {"cap": CAP}} | settings),
    )  # fmt: skip


KINDS: dict[str, list[dict[str, Any]]] = {
    "money": [{"funds.cap.amounts.2024": m} for m in (0, 30, 110)],
    "reserve": [{"funds.cap.reserve": r} for r in (0, 0.4)],
    "carry": [{"funds.cap.carry_over": 0.05}, {"funds.cap.carry_over": 0}],
    "weights": [{"priority.weights.completed": 0}, {"priority.weights.none": 9}],
    "bound": [
        {"rules.cap.at_most": 25}, {"rules.cap.at_most": 90}, {"rules.basic.at_least": 0},
        {"rules.basic.at_least": 0.8}, {"rules.few.at_most": 1}, {"rules.asked.at_least": 0},
        {"rules.even.exactly": 4},
    ],
    "share": [
        {"rules.part.at_least.share": 0.5}, {"rules.part.at_least.share": 0},
        {"rules.budget.at_most.share": 0.1},
    ],
    "off": [{f"rules.{name}": None} for name in RULES],
    "firm": [
        {"rules.basic.firmness": "wish", "rules.basic.price": 0.1},
        {"rules.even.firmness": "policy", "rules.even.price": None},
        {"rules.asked.firmness": "wish", "rules.asked.price": 5}, {"rules.even.price": 40},
        {"rules.part.firmness": "law"}, {"rules.cap.firmness": "wish", "rules.cap.price": 0.5},
    ],
}  # fmt: skip


def same(session: Session, moved: Scenario, loose: bool = True) -> str:
    """Asserts that the warm session says of a scenario what fresh solves say, of its relaxation
    too where asked; how it ended."""
    warm, cold = session.solve_scenario(moved, gap=0), optimize(moved, gap=0)
    assert warm.status == cold.status
    if cold.maybe_plan is not None:
        assert warm.value == pytest.approx(cold.value, abs=1e-6)
    if loose:
        relaxed, plain = session.solve_scenario(moved, relax=True), optimize(moved, relax=True)
        assert relaxed.status == plain.status
        assert relaxed.value == pytest.approx(plain.value, abs=1e-6, nan_ok=True)
    return str(cold.status)


def test_what_is_moved_is_solved_as_if_fresh() -> None:
    """Proves of each kind of move that the same roof gives the optimum, and the relaxation, of a
    new model. A row left binding, a floor's delivery still asked for, points of the old weights or
    a wish's price at nought would each give another value."""
    base = several()
    session = Session(base, gap=0)
    roof = session.model.form
    for kind, moves in KINDS.items():
        same(session, base.with_(moves[0]), loose=kind in ("weights", "share", "firm"))
    assert session.model.form is roof


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_move_is_solved_as_if_fresh(kind: str) -> None:
    """The same of every move that is written down here."""
    base = several()
    session = Session(base, gap=0)
    roof = session.model.form
    for changes in KINDS[kind]:
        same(session, base.with_(changes))
    assert session.model.form is roof
    same(session, base)


def walk(rounds: int, seed: int) -> list[str]:
    """Several things moved at once, and again, in any order; how the solves ended."""
    rng = random.Random(seed)
    base, ended = several(), []
    session = Session(base, gap=0)
    roof = session.model.form
    for _ in range(rounds):
        changes: dict[str, Any] = {}
        for moves in rng.sample(list(KINDS.values()), rng.randint(1, 4)):
            changes |= rng.choice(moves)
        off = [k for k, v in changes.items() if v is None and k.count(".") == 1]
        within = [k for k in changes if any(k.startswith(f"{o}.") for o in off)]
        try:
            moved = base.with_({k: v for k, v in changes.items() if k not in within})
        except InputError:
            continue
        ended.append(same(session, moved, loose=rounds > 4))
    assert session.model.form is roof
    return ended


def test_the_order_of_moves_does_not_matter() -> None:
    """Proves that nothing of a move is left behind by the next, an infeasible one included."""
    assert "optimal" in walk(4, 3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_long_walks(seed: int) -> None:
    """The same of forty moves each; some of them leave no plan."""
    assert set(walk(40, seed)) == {"optimal", "infeasible"}


def test_a_rule_tightened_comes_back() -> None:
    """Proves that infeasible stays infeasible, warm as fresh, and that the rule, loosened again,
    gives the first value: a tightened row that stayed would leave it lower."""
    base = several()
    session = Session(base, gap=0)
    first = session.solve()
    hard = base.with_({"rules.few.at_most": 0, "rules.budget.at_most.share": 0.0})
    none = base.with_({"rules.basic.at_least": 1, "funds.cap.amounts.2023": 0})
    assert session.solve_scenario(hard).value < first.value
    for relax in (False, True):
        assert session.solve_scenario(none, relax=relax).status == "infeasible"
    again = session.solve_scenario(base)
    assert (again.status, again.value) == ("optimal", pytest.approx(first.value))


@pytest.mark.parametrize("mode", [{"mode": "strict", "by": "whole"}, {"mode": "maxmin"}])
def test_other_priorities_are_moved_too(mode: dict[str, str]) -> None:
    """Proves the points of every stage, and that a wish more, which makes a stage of its own, is
    not answered from a model without it."""
    plain = {k: v for k, v in RULES.items() if k in ("cap", "basic")}
    base = several(priority=mode, rules=plain)
    session = Session(base, gap=0)
    for changes in (
        {"priority.weights.none": 4, "rules.cap.at_most": 40},
        {"rules.basic.firmness": "wish", "rules.basic.price": 1},
    ):  # fmt: skip
        moved = base.with_(changes)
        warm, cold = session.solve_scenario(moved), optimize(moved, gap=0)
        assert [(s.name, pytest.approx(s.value, abs=1e-6)) for s in warm.stages] == [
            (s.name, s.value) for s in cold.stages
        ]


def test_what_cannot_be_moved_is_built_again() -> None:
    """Proves that a rule with another selection, a bound on its other side, one more rule and a
    fund that may carry over for the first time are not answered from the old model."""
    base = several(funds={"cap": fund({2023: 80, 2024: 60})})
    session = Session(base, gap=0)
    rule = {"measure": "quantity", "where": {"item": "pc"}, "at_most": 9}
    others = [
        {"rules.cap.where": {"school": "a"}}, {"rules.cap.at_least": 20},
        {"funds.cap.carry_over": 1, "rules.new": rule},
    ]  # fmt: skip
    for changes in others:
        assert not session.model.fits(base.with_(changes))
    moved = base.with_(others[-1])
    assert session.solve_scenario(moved).value == pytest.approx(optimize(moved, gap=0).value)


DISTRICT: list[dict[str, Any]] = [
    {"funds.district-capital.reserve": 0.15},
    {"priority.weights.none": 0, "priority.weights.preparing": 2},
    {"rules.basic-within-two-years.at_least": 0.4},
    {"rules.no-school-above.at_most": 900_000_000},
    {"rules.group-2-floor.at_least.share": 0.25},
    {"rules.group-2-floor": None},
    {"rules.basic-within-two-years": None},
    {"rules.requests-granted.firmness": "wish", "rules.requests-granted.price": 100},
    {"rules.displays-by-level.firmness": "policy", "rules.displays-by-level.price": None,
     "rules.displays-by-level.at_least": 0.3},
    {"rules.requests-granted.at_least": 20},
]  # fmt: skip


@pytest.mark.slow
def test_the_district_is_moved_at_once() -> None:
    """Proves of each kind of move that the relaxation is that of a new model (10⁻⁹ relative), that
    bounds and plans fit together, and, in seconds of the processor, that it comes sooner than one
    from a new model."""
    base = load(SCENARIOS / "ba-dinh")
    session = Session(base)
    session.solve()
    session.solve(relax=True)
    roof, spent = session.model.form, {"warm": 0.0, "cold": 0.0}
    for changes in DISTRICT:
        moved, began = base.with_(changes), time.process_time()
        loose = session.solve_scenario(moved, relax=True)
        spent["warm"] += time.process_time() - began
        began = time.process_time()
        plain = optimize(moved, relax=True)
        spent["cold"] += time.process_time() - began
        assert loose.status == plain.status
        warm = session.solve_scenario(moved, gap=0.005, time_limit=600)
        if plain.relaxation is None:
            assert warm.status == plain.status == "infeasible"
            continue
        assert loose.value == pytest.approx(plain.value, rel=1e-9)
        assert warm.gap <= 0.005
        assert warm.value <= plain.value * (1 + 1e-9)
        assert warm.bound <= plain.value * (1 + 1e-9)
    assert session.model.form is roof
    assert spent["warm"] < spent["cold"] / 3
