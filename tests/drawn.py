"""Small random scenarios for property tests: at most 8 schools, whole and loose items."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from tiny import fund, item, norm, school, tiny

from planner.scenario.scenario import Scenario

YEARS = (2023, 2024)
MILLION = 1_000_000
GROUPS = ("completed", "under_construction", "preparing", "none")

LETTERS = st.characters(exclude_categories=["Cs"])
"""What a text is drawn from: every character that UTF-8 has, which is the default too, but found
without encoding each of a million (1.5 s in every process of a fresh copy)."""


@st.composite
def scenarios(draw: st.DrawFn, most_schools: int = 6) -> Scenario:
    """A sound scenario in which every family of standing rules may bind."""
    return tiny(**draw(parts(most_schools)))


@st.composite
def parts(draw: st.DrawFn, most_schools: int = 6) -> dict[str, Any]:
    """The arguments of ``tiny``, so that a test may change one of them."""
    schools = [_school(draw, f"s{k}") for k in range(draw(st.integers(1, most_schools)))]
    items = _items(draw)
    money = st.integers(0, 400 * MILLION)
    funds = {
        "cap": fund(
            {2023: draw(money), 2024: draw(money), 2025: draw(money) // 4},
            nature="capital",
            reserve=draw(st.sampled_from(["0", "0.1"])),
            carry_over=draw(st.sampled_from(["0", "0.5"])),
        ),
        "rec": fund(
            {
                2023: 200 * MILLION + draw(money),
                2024: 200 * MILLION + draw(money),
                2025: 400 * MILLION,
            },
            nature="recurrent",
            pays_upkeep=draw(st.booleans()),
        ),
        "project": {"role": "project"},
    }
    return {
        "schools": schools,
        "items": items,
        "norms": [norm(i["item"], every=draw(st.integers(1, 3))) for i in items],
        "funds": funds,
        "years": YEARS,
        "tail_years": 1,
        "tiers": draw(st.sampled_from([[(1, 1)], [("0.5", 2), (1, 1)]])),
        "discount": draw(st.sampled_from(["0", "0.1"])),
        "priority": {"weights": {"completed": 9, "under_construction": 3, "none": 3}},
        "tables": {"inventory": _stock(draw, schools)},
    }


def _school(draw: st.DrawFn, name: str) -> dict[str, Any]:
    group = draw(st.sampled_from(GROUPS))
    more: dict[str, Any] = {"group": group, "pupils": draw(st.integers(0, 900))}
    if group in ("under_construction", "preparing"):
        more["ready"] = draw(st.integers(2023, 2026 if group == "preparing" else 2025))
    if group == "preparing":
        more["project_amount"] = draw(st.integers(0, 200 * MILLION))
    return school(name, classes=draw(st.integers(0, 6)), **more)


def _items(draw: st.DrawFn) -> list[dict[str, Any]]:
    lan = item(
        "lan",
        draw(st.integers(MILLION, 60 * MILLION)),
        setup=draw(st.sampled_from([0, 7_000_001])),
        on_site=True,
    )
    pc = item(
        "pc",
        draw(st.integers(MILLION, 40 * MILLION)),
        requires=("lan",),
        capacity=(draw(st.sampled_from([2, None])),),
        life=draw(st.sampled_from([None, 2])),
        upkeep=draw(st.sampled_from(["0", "0.1"])),
        price_growth=draw(st.sampled_from(["0", "0.07"])),
        lot=draw(st.sampled_from([1, 2])),
        payments=draw(st.sampled_from([("1",), ("0.5", "0.5")])),
        on_site=True,
        weight=3,
    )
    lms = item(
        "lms",
        draw(st.integers(MILLION, 30 * MILLION)),
        nature=("recurrent",),
        pillar="software",
        whole=draw(st.booleans()),
        life=1,
        once=draw(st.booleans()),
    )
    return draw(st.sampled_from([[lan, pc, lms], [lms, pc, lan], [lan, lms], [lan]]))


def _stock(draw: st.DrawFn, schools: list[dict[str, Any]]) -> list[dict[str, Any]]:
    have = draw(st.lists(st.sampled_from([s["school"] for s in schools]), max_size=3, unique=True))
    return [
        {
            "school": name,
            "item": "lan",
            "quantity": draw(st.integers(0, 3)),
            "acquired": draw(st.integers(2018, 2023)),
        }
        for name in have
    ]
