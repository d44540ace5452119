"""The shipped scenarios: what must stay so, each number with its reason.

Solved with a loose gap for speed; a plan is therefore judged by its proof, not by its cells.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from planner.optimize import optimize
from planner.result import Result
from planner.scenario.load import load

FOLDER = Path(__file__).parent.parent / "scenarios" / "ba-dinh"


@cache
def solved(name: str) -> Result:
    """A scenario within 1%, solved once a process."""
    return optimize(load(FOLDER / f"{name}.yaml"), gap=0.01, time_limit=60)


@pytest.mark.xdist_group("ba-dinh")
@pytest.mark.parametrize("name", ["cut-20", pytest.param("high-prices", marks=pytest.mark.slow)])
def test_scarcer_scenarios_are_worth_less(name: str) -> None:
    """Less money, or dearer units, from the same funds: below what the base can reach.

    The comparison is of proofs: the bound of the base must exceed the value of the scarcer.
    """
    base, scarcer = solved("base"), solved(name)
    assert scarcer.status.has_plan
    assert base.status.has_plan
    assert scarcer.value < base.bound
    assert scarcer.bound < base.bound


@pytest.mark.xdist_group("ba-dinh")
def test_base_is_scarce_and_within_its_money() -> None:
    """Money binds (some need stays unmet) and no fund's year is overspent.

    An overspent ledger has a negative lapse; with ample money priorities would say nothing.
    """
    plan = solved("base").plan
    assert (plan.ledger["lapsed"] >= 0).all()
    assert (plan.coverage["after"] < 1).any()
    assert 0 < plan.spent <= plan.ledger.loc[plan.ledger["school"] == "", "amount"].sum()
    proposed = plan.allocation[plan.allocation["standing"] == "proposal"]
    assert set(proposed["group"]) == {"preparing"}
