"""Repairs of scenarios that are infeasible by construction."""

from __future__ import annotations

from tiny import tiny

from planner.analysis.repair import feasible, repairs

FLOOR = {"measure": "coverage", "where": {"item": "pc"}, "at_least": 1}


def test_the_cheapest_single_change_comes_first() -> None:
    """Four units of 10 are demanded, money for two: 50% → the floor falls by 50 of 100 points
    (cost 0.5), or the fund doubles from 20 to 40 (cost 1).

    A repair that stops short leaves the scenario infeasible; one in the wrong order offers
    the money first.
    """
    scenario = tiny(cap=20, rules={"all": FLOOR})
    assert not feasible(scenario)
    found = repairs(scenario)
    assert [(r.kind, float(r.old), float(r.new), r.cost) for r in found] == [
        ("rule", 1.0, 0.5, 0.5),
        ("fund", 20.0, 40.0, 1.0),
    ]
    assert [r.result.people for r in found if r.result] == [50.0, 100.0]


def test_law_is_never_moved() -> None:
    """The floor is law, so only the money may grow."""
    scenario = tiny(cap=20, rules={"all": FLOOR | {"firmness": "law"}})
    assert [r.kind for r in repairs(scenario)] == ["fund"]
