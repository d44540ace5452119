"""The warm session: what it gives is what a fresh solve gives."""

from __future__ import annotations

import pytest
from tiny import fund, item, school, tiny

from planner.optimize import optimize
from planner.scenario.scenario import Scenario
from planner.solving.session import feasible
from planner.what_if import Session


def two_years(**settings: object) -> Scenario:
    """Two schools, two years, carry-over: 4 and 6 units worth having."""
    return tiny(
        schools=[school("a"), school("b", classes=6, pupils=90)],
        items=[item("pc", 10, upkeep=0.1)],
        years=(2023, 2024),
        funds={"cap": fund({2023: 30, 2024: 40}, carry_over=0.5, pays_upkeep=True)},
        **settings,
    )


@pytest.mark.parametrize("relax", [False, True])
@pytest.mark.parametrize("money", [(0, 40), (20, 20), (60, 80), (90, 10), (300, 10)])
def test_warm_is_fresh(money: tuple[int, int], relax: bool) -> None:
    """Proves that moved bounds say the same as a new model, below, at and above the roof; a
    carry limit left where it was would give another value at (90, 10)."""
    session = Session(two_years())
    session.solve({"cap": {2023: 10}})
    warm = session.solve({"cap": dict(zip((2023, 2024), money, strict=True))}, relax=relax)
    fresh = optimize(warm.scenario, relax=relax)
    assert warm.value == pytest.approx(fresh.value, abs=1e-9)
    assert warm.status == fresh.status


def test_strict_stages_are_forgotten() -> None:
    """Proves that what a stage kept under more money does not bind under less; kept rows left
    behind would make the second solve infeasible."""
    session = Session(two_years(priority={"mode": "strict", "by": "whole"}))
    rich = session.solve({"cap": {2023: 60}})
    poor = session.solve({"cap": {2023: 10}})
    assert poor.status == "optimal"
    assert poor.value == pytest.approx(optimize(poor.scenario).value)
    assert poor.value < rich.value


def test_more_money_is_never_worse() -> None:
    """Proves the start from the best plan that fits; at a loose gap a fresh solve may stop at
    a worse plan than the one for less money."""
    session = Session(two_years())
    values = [session.solve({"cap": {2023: m}}, gap=0.2).value for m in range(10, 60, 10)]
    assert values == sorted(values)


def test_a_start_must_fit() -> None:
    """Proves that a plan for more money is no start for less."""
    session = Session(two_years())
    session.solve({"cap": {2023: 60}})
    amounts = two_years().with_("funds.cap.amounts.2023", 0)
    form, _ = session.model.at(amounts, _limits(), relax=False)
    assert not feasible(form.model, session.model.plans[-1])
    assert session.model.start(form.model) is None


def _limits() -> object:
    from planner.solving.solution import Limits

    return Limits()


def test_another_rule_builds_the_model_again() -> None:
    """Proves that a session does not answer a changed question from the old model."""
    session = Session(two_years())
    now = session.solve()
    cheap = session.solve_scenario(two_years(discount=0.5))
    assert cheap.value == pytest.approx(optimize(two_years(discount=0.5)).value)
    assert cheap.value < now.value
