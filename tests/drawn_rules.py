"""Random scenarios with rules that tie schools together, and with rules of one school alone."""

from __future__ import annotations

from typing import Any

from drawn import MILLION, parts
from hypothesis import strategies as st
from tiny import tiny

from planner.scenario.scenario import Scenario

RULES = ("floor", "must", "cap", "cap-year", "wish", "local-wish", "units", "share-of-school")


@st.composite
def ruled(draw: st.DrawFn, most_schools: int = 6) -> Scenario:
    """A scenario with some of: caps, share floors, wishes, requests, capacities, maxmin."""
    given = draw(parts(most_schools))
    names = draw(st.lists(st.sampled_from(RULES), max_size=3, unique=True))
    given["rules"] = {name: _rule(draw, name, given) for name in names}
    if draw(st.booleans()):
        given["tables"] = given["tables"] | _requests(draw, given)
    if draw(st.booleans()):
        given["tables"] = given["tables"] | {"capacities": [_capacity(draw, given)]}
    modes = [given["priority"], {"mode": "maxmin"}, {"mode": "strict", "by": "whole"}]
    given["priority"] = draw(st.sampled_from([*modes[:1] * 4, *modes[1:]]))
    return tiny(**given)


def _rule(draw: st.DrawFn, name: str, given: dict[str, Any]) -> dict[str, Any]:
    amount = draw(st.integers(5, 120)) * MILLION
    share = draw(st.sampled_from(["0.1", "0.3"]))
    item = given["items"][0]["item"]
    return {
        "floor": {
            "measure": "spend",
            "where": {"group": "under_construction"},
            "for_each": ["year"],
            "at_least": {"share": share},
        },
        "must": {"measure": "coverage", "where": {"item": item}, "at_least": "0.3"},
        "cap": {"measure": "spend", "for_each": ["school"], "at_most": amount},
        "cap-year": {"measure": "spend", "for_each": ["school", "year"], "at_most": amount},
        "wish": {
            "measure": "coverage",
            "for_each": ["item"],
            "at_least": "0.8",
            "firmness": "wish",
            "price": 7,
        },
        "local-wish": {
            "measure": "spend",
            "for_each": ["school"],
            "at_least": amount,
            "firmness": "wish",
            "price": "0.000001",
        },
        "units": {
            "measure": "quantity",
            "where": {"item": item},
            "at_most": draw(st.integers(1, 9)),
        },
        "share-of-school": {
            "measure": "spend",
            "where": {"school": given["schools"][0]["school"]},
            "at_most": {"share": "0.5"},
        },
    }[name]


def _requests(draw: st.DrawFn, given: dict[str, Any]) -> dict[str, Any]:
    """A request with two options, and one of another school that may require it."""
    schools = [s["school"] for s in given["schools"] if s["group"] != "preparing"]
    if not schools:
        return {}
    first, last = schools[0], schools[-1]
    requires = draw(st.sampled_from([(), ("r1",)]))
    rows = [
        ("r1", "a", first, ()),
        ("r1", "b", first, ()),
        ("r2", "a", last, requires),
    ]
    item = given["items"][0]["item"]
    return {
        "requests": [
            {
                "school": school,
                "request": request,
                "option": option,
                "title": f"{request} {option}",
                "value": draw(st.integers(-50, 4000)),
                "requires": needed,
            }
            for request, option, school, needed in rows
        ],
        "request_costs": [
            {
                "request": request,
                "option": option,
                "fund": "cap",
                "year": 2023,
                "amount": draw(st.integers(1, 60)) * MILLION,
            }
            for request, option, _, _ in rows
        ],
        "request_items": [
            {"request": "r1", "option": "b", "item": item, "quantity": 1, "year": 2023}
        ],
    }


def _capacity(draw: st.DrawFn, given: dict[str, Any]) -> dict[str, Any]:
    if draw(st.booleans()):
        return {"item": given["items"][0]["item"], "most": draw(st.integers(0, 8))}
    return {"fund": "cap", "year": 2023, "most": draw(st.integers(0, 200)) * MILLION}
