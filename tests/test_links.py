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

from planner.formulation import scenario_rules
from planner.formulation.build import formulate
from planner.formulation.model import Model
from planner.rules import Link
from planner.solving.pulp_solver import make_engine
from planner.solving.solution import Limits, Status
from planner.solving.staged import solve_stages
from tests.benchmarks.case import reduced
from tests.benchmarks.instances import Case, scenario_of

LINKS = (Link.WORKS_SERVICE, Link.AFTER, Link.DELIVERED, Link.WHOLE)


def optimum(model: Model, *, relax: bool = False) -> float:
    """The value at gap 0 (ties are not broken: only the value is asked for)."""
    limits = Limits(gap=1e-7, time_limit=60, threads=1)
    solution = solve_stages(make_engine(model, limits, relax=relax), limits)
    assert solution.status in (Status.OPTIMAL, Status.WITHIN_GAP)
    return sum(s.value for s in solution.stages)


@pytest.mark.parametrize("seed", range(4))
def test_the_optimum_is_the_same_without_the_links(seed: int) -> None:
    """Invented districts of four schools: works, deliveries, prerequisites, lots, requests."""
    model = formulate(scenario_of(Case(4, ("plain", "rules")[seed % 2], seed=seed))).model
    bare = reduced(model, tuple(str(link) for link in LINKS))
    assert optimum(model) == pytest.approx(optimum(bare), rel=1e-6)
    assert optimum(model, relax=True) < optimum(bare, relax=True) - 1e-6


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
