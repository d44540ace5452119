"""Rows and bounds that tighten the relaxation: the optimum of whole units stays what it was.

Each instance is solved to gap 0 with and without them; a link that cut off a plan would lower
the optimum, one that cut off nothing would leave the relaxation as it is.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from tiny import item, norm, school, tiny

from planner.analysis.elastic import Elastic
from planner.formulation import prerequisites, scenario_rules
from planner.formulation.build import formulate
from planner.formulation.model import Model
from planner.names import Link
from planner.run.optimize import optimize
from planner.scenario.new.synthetic import FIRST_YEAR
from planner.solving.highs import make_engine
from planner.solving.solution import Limits, Status
from planner.solving.stages import solve_stages
from planner.solving.warm import WarmModel
from tests.benchmarks.case import reduced
from tests.benchmarks.instances import Case, scenario_of

LINKS = (Link.WORKS_SERVICE, Link.AFTER, Link.DELIVERED, Link.WHOLE, Link.OPENING, Link.OPENED)


def optimum(model: Model, *, relax: bool = False) -> float:
    """The value at gap 0 (ties are not broken: only the value is asked for); −∞ if infeasible."""
    limits = Limits(gap=1e-7, time_limit=60, threads=1)
    solution = solve_stages(make_engine(model, limits, relax=relax), limits)
    if solution.status is Status.INFEASIBLE:
        return -np.inf
    assert solution.status in (Status.OPTIMAL, Status.WITHIN_GAP)
    return sum(s.value for s in solution.stages)


SEEDS = [1, *(pytest.param(k, marks=pytest.mark.slow) for k in (0, 2, 3))]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_the_optimum_is_the_same_without_the_links(seed: int) -> None:
    """Invented districts of four schools: works, deliveries, prerequisites, lots, requests."""
    model = formulate(scenario_of(Case(4, ("plain", "rules")[seed % 2], seed=seed))).model
    bare = reduced(model, tuple(str(link) for link in LINKS))
    assert optimum(model) == pytest.approx(optimum(bare), rel=1e-6)
    assert optimum(model, relax=True) < optimum(bare, relax=True) - 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_the_optimum_is_the_same_with_floors(seed: int) -> None:
    """A floor for every school and item in the second year: now feasible, now not."""
    plain = scenario_of(Case(4, ("plain", "rules")[seed % 2], seed=seed))
    floor = {"measure": "coverage", "for_each": ["school", "item"], "at_least": 0.4}
    floor["where"] = {"year": FIRST_YEAR + 1, "item": plain.table("catalogue")["item"].tolist()}
    scenario = plain.with_("rules.fairness", floor)
    model = formulate(scenario).model
    bare = reduced(formulate(scenario, implied=False).model, tuple(str(link) for link in LINKS))
    assert model.row_block(Link.OPENED) is not None
    assert optimum(model) == pytest.approx(optimum(bare), rel=1e-6)


def _half_at_once(**more: Any) -> Any:
    """Four computers needed, delivered once; half of them in 2023; 20 in each of two years."""
    rule = {"measure": "coverage", "where": {"item": "pc", "year": 2023}, "at_least": 0.5}
    base = {"years": (2023, 2024), "cap": {2023: 20, 2024: 20}, "rules": {"half": rule}}
    return tiny(items=[item("pc", once=True, **more.pop("item", {}))], **(base | more))


def test_a_floor_takes_a_whole_delivery() -> None:
    """The one delivery is in 2023, so 2024's money buys nothing: 2 units × 25 × 2 years = 100.

    The relaxation would deliver half in each year: 2 units, then 4, together 150.
    """
    model = formulate(_half_at_once()).model
    loose = formulate(_half_at_once(), implied=False).model
    assert optimum(model) == pytest.approx(optimum(loose)) == pytest.approx(100)
    assert optimum(loose, relax=True) == pytest.approx(150)
    assert optimum(model, relax=True) == pytest.approx(100)


def test_stock_and_requests_count_for_a_floor_without_delivery() -> None:
    """Two computers in stock, or two that a request brings, are half: nothing is delivered."""
    stock = {"school": "a", "item": "pc", "quantity": 2, "acquired": 2023}
    model = formulate(_half_at_once(cap=0, tables={"inventory": [stock]})).model
    assert optimum(model) == pytest.approx(0)
    asked = {"request": "r", "school": "a", "option": "o", "title": "Máy được tặng"}
    brought = {"request": "r", "option": "o", "item": "pc", "quantity": 2, "year": 2023}
    tables = {"requests": [asked], "request_items": [brought]}
    model = formulate(_half_at_once(cap=0, tables=tables)).model
    assert optimum(model) == pytest.approx(2 * 25 * 2)


def test_a_lifted_floor_takes_its_delivery_along() -> None:
    """Works cost 5 and there is no money: without the floor nothing is bought, and that is a
    plan. A row that stayed behind would still ask for works."""
    scenario = _half_at_once(cap=0, item={"setup": 5})
    assert optimum(formulate(scenario).model) == -np.inf
    assert Elastic(scenario).possible(lifted=["half"])[0] is True
    assert Elastic(scenario).possible()[0] is False


def test_a_moved_formulation_has_the_same_levers() -> None:
    """Proves that a lever moves the same rows by as much, and proposes the same, where a
    formulation is moved in place of built again: 4 units cost 40 and there are 20, so 20 more are
    needed, or the floor falls to a half. One moved wrongly proposes another sum, or nothing."""
    rule = {"measure": "coverage", "where": {"item": "pc"}, "at_least": 1}
    scenario = tiny(cap=20, rules={"half": rule})
    built = Elastic(scenario)
    moved = Elastic(scenario, movable=WarmModel(scenario, 1.0, movable=True).loose)
    assert moved.levers == built.levers
    found = []
    for elastic in (built, moved):
        for kind in ("fund", "rule"):
            opened = {x: float(x.most) for x in elastic.levers if x.kind == kind}
            changes = elastic.changes(elastic.solve(opened=opened))
            found.append({(x.name, x.field): round(c, 6) for x, c in changes.items()})
    assert found[0] == {("cap", "2023"): 20.0}
    assert found[1] == {("half", "at_least"): 0.5}
    assert found[2:] == found[:2]


def test_shadow_prices_belong_to_the_rules() -> None:
    """The relaxation that is shown has no row of a tightening floor: with it, the floor's price
    doubled and half of it stood at a row that nobody wrote. Solved for a plan, it has them."""
    scenario = _half_at_once()
    assert formulate(scenario).model.row_block(Link.OPENED) is not None
    session = WarmModel(scenario)
    for warm in (None, session):
        shown = optimize(scenario, relax=True, warm=warm).relaxation
        assert shown is not None
        assert shown.model.row_block(Link.OPENED) is None
        assert np.isfinite(shown.duals).all()
    assert optimize(scenario, warm=session).status.has_plan


def _licensed(**more: Any) -> Any:
    """Records need a licence; the school's own runs out after 2023, a new one costs 40."""
    records = item("records", 10, requires=("licence",))
    licence = item("licence", 40, weight=Decimal("0.01"))
    owned = {
        "school": "a",
        "item": "licence",
        "quantity": 1,
        "acquired": 2019,
        "usable_until": 2023,
    }
    norms = [norm("records"), norm("licence", per="school")]
    base = {"items": [records, licence], "norms": norms, "years": (2023, 2024)}
    tiers = {"tiers": ((Decimal("0.5"), 2), (1, 1))}
    return tiny(**(base | tiers | {"tables": {"inventory": [owned]}} | more))


def test_units_that_stay_need_their_prerequisite_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """For 50 there is one record and the licence that it needs from 2024; 10 more buy another.

    The relaxation may not have two records in 2023 with half a licence for 2024: both records
    of the first tier need the whole one.
    """
    cap = {2023: 50, 2024: 10}
    model = formulate(_licensed(cap=cap)).model
    monkeypatch.setattr(
        prerequisites, "_tied", lambda service, rows: rows.assign(first=rows["own"])
    )
    loose = formulate(_licensed(cap=cap)).model
    assert optimum(model) == pytest.approx(optimum(loose))
    assert optimum(model, relax=True) < optimum(loose, relax=True) - 1e-3


def test_a_part_of_a_required_delivery_serves_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server needs a switch; four switches come in one delivery, for 40 or for none of it.

    A quarter of the delivery would bring one switch and so the server.
    """
    server = item("server", 10, requires=("switch",), weight=Decimal(5))
    switch = item("switch", 10, once=True, weight=Decimal("0.01"))
    norms = [norm("server", per="school"), norm("switch")]
    money = {2023: 20, 2024: 30}
    scenario = tiny(items=[server, switch], norms=norms, years=(2023, 2024), cap=money)
    model = formulate(scenario).model
    monkeypatch.setattr(prerequisites, "_bounding", lambda *_: {})
    loose = formulate(scenario).model
    assert optimum(model) == pytest.approx(optimum(loose))
    assert optimum(model, relax=True) < optimum(loose, relax=True) - 1e-3


@pytest.mark.parametrize("later", [False, True])
def test_what_a_request_brings_lives_item_by_item(later: bool) -> None:
    """A request brings four licences for a year and the server that they need: 4 × 25 = 100.

    Licences of 2024 (bought, or brought for 2025 by the same request) are others: nobody needs
    a server in 2024 because of those of 2023. The server lasts as long as the request's latest.
    """
    licence = item("licence", requires=("server",), life=1)
    server = item("server", life=1, weight=Decimal("0.01"))
    asked = {"request": "r", "school": "a", "option": "o", "title": "Máy được tặng"}
    brought = {"request": "r", "option": "o"}
    items = [
        brought | {"item": name, "quantity": quantity, "year": year}
        for year in (2023, *([2025] if later else []))
        for name, quantity in (("licence", 4), ("server", 1))
    ]
    bans = [{"item": "licence", "year": 2023}, {"item": "licence", "year": 2025}]
    scenario = tiny(
        items=[licence, server],
        norms=[norm("licence"), norm("server", per="school")],
        years=(2023, 2025),
        cap=dict.fromkeys((2023, 2024, 2025), 0),
        tables={"requests": [asked], "request_items": items, "bans": bans},
    )
    best = optimum(formulate(scenario, implied=False).model)
    assert best == pytest.approx((2 if later else 1) * 100 * (1 / 1.01 + 0.01 / 1.01))
    assert optimum(formulate(scenario).model) == pytest.approx(best)


@pytest.mark.parametrize(("networks", "most"), [(2, {2023: 1, 2024: 4}), (3, {2023: 3, 2024: 4})])
def test_no_more_is_bought_than_its_prerequisite_lets_serve(
    networks: int, most: dict[int, int]
) -> None:
    """Three servers serve until 2023 on two networks for two each: one new one fits beside
    them, four from 2024 on. Where a third network is needed and can be had, three fit."""
    server = item("server", 10, requires=("lan",), capacity=(Decimal(2),))
    stock = [
        {"school": "a", "item": "server", "quantity": 3, "acquired": 2019, "usable_until": 2023},
        {"school": "a", "item": "lan", "quantity": 2, "acquired": 2023},
    ]
    lan = [norm("server"), norm("lan", per="rooms")]
    model = formulate(
        tiny(
            schools=[school("a", rooms=networks)],
            items=[server, item("lan", 10)],
            norms=lan,
            years=(2023, 2024),
            cap={2023: 100, 2024: 100},
            tables={"inventory": stock},
        )
    ).model
    found = {
        int(model.column_label(k).rstrip("]").split(",")[-1]): int(model.column_upper[k])
        for k in range(model.columns)
        if model.column_label(k).startswith("buy[a,server")
    }
    assert found == most
    bought = optimum(model)
    assert bought > 0


def _eighteen_points(**more: Any) -> Any:
    """A school needs 18 access points and 2 switches for 12 each; money for some of it."""
    points = item("wifi", 10, requires=("switch",), capacity=(Decimal(12),))
    switch = item("switch", 40, weight=Decimal("0.01"))
    norms = [norm("wifi", per="rooms"), norm("switch", every=2)]
    return tiny(schools=[school("a", rooms=18)], items=[points, switch], norms=norms, **more)


@pytest.mark.parametrize(
    ("money", "points", "relaxed"),
    [(160, 12, 12.0), (170, 12, 12.6), (220, 14, 15.6), (260, 18, 18.0)],
)
def test_prerequisite_in_whole_units(money: int, points: int, relaxed: float) -> None:
    """One switch serves 12 points (40 + 120 = 160), the second costs 40 before the 13th.

    With 170 nothing is added, with 220 there are 14. Half a switch would let the relaxation
    have 18 points for 240: on the hull the six beyond the twelfth cost 100, a sixth of a
    switch each, so 170 buy 12.6 and 220 buy 15.6.
    """
    model = formulate(_eighteen_points(cap=money)).model
    wifi = [k for k in range(model.columns) if model.column_label(k).startswith("buy[a,wifi")]
    for relax, expected in ((False, points), (True, relaxed)):
        limits = Limits(gap=0.0, time_limit=20, threads=1)
        columns = solve_stages(make_engine(model, limits, relax=relax), limits).columns
        assert columns is not None
        assert float(columns[wifi].sum()) == pytest.approx(expected, abs=1e-6)


def test_contracts_above_the_need_stay_possible() -> None:
    """A contract for 20 points stands above the need of 18: the hull of 18 would forbid it."""
    contract = {"school": "a", "item": "wifi", "fund": "cap", "year": 2023, "quantity": 20}
    model = formulate(_eighteen_points(cap=400, tables={"commitments": [contract]})).model
    assert model.row_block(Link.WHOLE) is not None
    assert optimum(model) == pytest.approx(optimum(reduced(model, (str(Link.WHOLE),))))


def test_floor_of_coverage_in_whole_units(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of five is three whole units: the relaxation may not stop at 2.5, the plan never did.

    Rounding down would let the floor be missed, rounding a met floor up would cost money.
    """
    rule = {"measure": "coverage", "where": {"item": "pc"}, "at_least": Decimal("0.5")}
    more = {"rules": {"half": rule}, "cap": 60}
    rich = school("b", pupils=900, classes=5)
    poor = school("a", pupils=10, classes=5)
    rule |= {"for_each": ["school"]}
    model = formulate(tiny(schools=[poor, rich], **more)).model
    monkeypatch.setattr(scenario_rules, "_whole_units", lambda limits, need: limits)
    loose = formulate(tiny(schools=[poor, rich], **more)).model
    assert np.isclose(model.row_lower, 0.6).any()
    assert np.isclose(loose.row_lower, 0.5).any()
    assert optimum(model) == pytest.approx(optimum(loose)) == pytest.approx(3 * 2 + 3 * 180)
    assert optimum(loose, relax=True) == pytest.approx(2.5 * 2 + 3.5 * 180)
    assert optimum(model, relax=True) == pytest.approx(optimum(model))


def test_a_wish_is_missed_by_what_it_says() -> None:
    """A wish for half of five is missed by 0.1 at two units, not by the 0.2 to the third."""
    rule = {"measure": "coverage", "where": {"item": "pc"}, "at_least": Decimal("0.5")}
    wish = rule | {"firmness": "wish", "price": Decimal(1)}
    scenario = tiny(schools=[school("a", classes=5)], cap=20, rules={"half": wish})
    assert optimum(formulate(scenario).model) == pytest.approx(2 * 20 - 10)
