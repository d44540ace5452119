"""Comparisons: empty with itself, mirrored, adding up, with the cause named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from drawn import parts
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from tiny import fund, item, school, tiny

from planner.analysis.compare import compare
from planner.cli.commands import compare as command
from planner.messages import say
from planner.present.comparison import as_json, markdown, text
from planner.run import folder
from planner.run.optimize import optimize
from planner.scenario import write
from planner.scenario.scenario import Scenario

MIRROR = {"appears": "disappears", "disappears": "appears", "more": "less", "less": "more"}


def base() -> Scenario:
    """Two schools that want four units each of something that costs 10."""
    return tiny(
        schools=[school("a"), school("b", pupils=50)],
        years=(2023, 2024),
        funds={"cap": fund({2023: 40, 2024: 20}), "other": fund({2023: 0, 2024: 10})},
    )


CHANGES: dict[str, Mapping[str, Any]] = {
    "money": {"funds.cap.amounts.2024": 0},
    "rule": {"priority.weights.completed": 5, "discount": 0.9},
}


@pytest.mark.parametrize("cause", CHANGES)
def test_differences_mirror_and_add_up(cause: str) -> None:
    """Proves that swapping the plans swaps signs and words, and that lines and funds add up to
    the whole; a line paired twice would break the sum."""
    one, other = optimize(base()), optimize(base().with_(CHANGES[cause]))
    there, back = compare(one, other), compare(other, one)
    whole = other.plan.allocation["amount"].sum() - one.plan.allocation["amount"].sum()
    for found, sign in ((there, 1), (back, -1)):
        assert found.lines["difference"].sum() == sign * whole
        assert found.money["difference"].sum() == sign * whole
    words = sorted(MIRROR.get(c, c) for c in back.lines["change"])
    assert sorted(there.lines["change"]) == words
    assert sorted(there.lines["cause"]) == sorted(back.lines["cause"])


def with_request(**more: Any) -> Scenario:
    """One school that asks for ``r``: option x for 5 (worth 9), or y for 8 (worth 10)."""
    values = {"x": 9, "y": 10} | more.get("values", {})
    costs = {"x": 5, "y": 8} | more.get("costs", {})
    tables = {
        "requests": [
            {"request": "r", "school": "a", "option": o, "title": o, "value": v}
            for o, v in values.items()
        ],
        "request_costs": [
            {"request": "r", "option": o, "fund": "cap", "year": 2023, "amount": m,
             "most": more.get("most", {}).get(o), "value": 1 if o in more.get("most", {}) else 0}
            for o, m in costs.items()
        ],
    }  # fmt: skip
    return tiny(cap=more.get("cap", 48), tables=tables)


FUTURES: dict[str, tuple[Scenario, Scenario, tuple[str, str]]] = {
    "money": (base(), base().with_(CHANGES["money"]), ("disappears", "money")),
    "price": (tiny(cap=40), tiny(cap=40, items=[item("pc", 20)]), ("less", "price")),
    "need": (tiny(cap=40), tiny(cap=40, schools=[school("a", classes=3)]), ("less", "need")),
    "stock": (
        tiny(cap=40),
        tiny(cap=40, tables={"inventory": [
            {"school": "a", "item": "pc", "quantity": 1, "acquired": 2023}]}),
        ("less", "need"),
    ),
    "hand-over": (
        tiny(cap={2023: 40, 2024: 40}, years=(2023, 2024), items=[item("pc", on_site=True)],
             schools=[school("a", group="under_construction", ready=2023)]),
        tiny(cap={2023: 40, 2024: 40}, years=(2023, 2024), items=[item("pc", on_site=True)],
             schools=[school("a", group="under_construction", ready=2024)]),
        ("moves_year", "hand_over"),
    ),
    "rule": (
        tiny(cap=40),
        tiny(cap=40, rules={"few": {"measure": "quantity", "at_most": 3}}),
        ("less", "rule"),
    ),
    "request granted": (
        with_request(values={"x": -1, "y": -1}), with_request(), ("appears", "rule"),
    ),
    "request too dear": (with_request(), with_request(costs={"x": 9, "y": 9}),
                         ("disappears", "price")),
    "option": (with_request(), with_request(values={"x": 11}), ("option", "rule")),
    "grant": (
        with_request(cap=45, costs={"x": 5, "y": 9}, most={"x": 6}, values={"y": -1}),
        with_request(cap=46, costs={"x": 5, "y": 9}, most={"x": 6}, values={"y": -1}),
        ("amount", "money"),
    ),
}  # fmt: skip
"""What differs, and how a line of the second plan is told: each solved by hand. Four units at
school a cost 40 and are worth 25 each, more than any request; what is left goes to requests."""


@pytest.mark.parametrize("name", FUTURES)
def test_the_cause_is_named(name: str) -> None:
    """Proves that each difference of the inputs is told where it touches a line, and the same
    when the plans change places; a cause looked up in one scenario only would miss it."""
    first, second, told = FUTURES[name]
    one, other = optimize(first), optimize(second)
    there, back = compare(one, other).lines, compare(other, one).lines
    assert told in set(zip(there["change"], there["cause"], strict=True))
    mirrored = (MIRROR.get(told[0], told[0]), told[1])
    assert mirrored in set(zip(back["change"], back["cause"], strict=True))


@settings(max_examples=3, deadline=None)
@given(parts(4), st.integers(0, 300), st.sampled_from([0, 1, 3]))
def test_any_two_plans_add_up_and_mirror(given_: dict[str, Any], money: int, weight: int) -> None:
    """Proves on random scenarios that the lines of every fund, year and kind sum to the change
    of the allocation, and that a plan beside itself is empty; a line that was paired twice, or
    not at all, would break a sum."""
    first = tiny(**given_)
    second = first.with_({"funds.cap.amounts.2023": money * 10**6, "priority.weights.none": weight})
    one, other = (optimize(s, gap=0.01) for s in (first, second))
    there, back = compare(one, other), compare(other, one)
    assert compare(one, one).empty
    for plan, column in ((other.plan, ""), (one.plan, "_reference")):
        for key in ("fund", "year"):
            sums = plan.allocation.groupby(key)["amount"].sum()
            shown = there.money.assign(amount=there.money[f"amount{column}"])
            assert shown.groupby(key)["amount"].sum().reindex(sums.index).equals(sums)
    assert there.lines["difference"].sum() == there.money["difference"].sum()
    assert there.lines["difference"].sum() == -back.lines["difference"].sum()
    assert sorted(MIRROR.get(c, c) for c in back.lines["change"]) == sorted(there.lines["change"])
    for table in ("coverage", "people", "schools"):
        mine, theirs = (getattr(c, table)["difference"].to_numpy() for c in (there, back))
        assert np.allclose(mine, -theirs, equal_nan=True)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_command_writes_every_form(lang: str, tmp_path: Path) -> None:
    """Proves that a scenario file and a plan folder stand beside each other, and that workbook,
    JSON and Markdown hold the same difference to the last unit."""
    one, other = base(), base().with_(CHANGES["money"])
    write.write(one, tmp_path / "scenario")
    planned = folder.write(optimize(other), tmp_path / "less")
    out = tmp_path / "out"
    ended = CliRunner().invoke(
        command, [str(tmp_path / "scenario"), str(planned), "--out", str(out),
               "--no-figures", "--lang", lang, "--json"],
    )  # fmt: skip
    assert ended.exit_code == 0, ended.output
    told = json.loads(ended.stdout)
    assert told == json.loads((out / "compare.json").read_text(encoding="utf-8"))
    total = sum(r["difference"] for r in told["lines"])
    assert total == sum(r["difference"] for r in told["money"]) == -20
    book = load_workbook(out / "compare.xlsx")
    sheet = book[say("compare.sheet.lines", lang)]
    head = [c.value for c in sheet[1]]
    at = head.index(say("compare.column.difference", lang))
    assert sum(row[at] for row in sheet.iter_rows(min_row=2, values_only=True)) == total
    assert say("compare.cause.money", lang) in (out / "compare.md").read_text(encoding="utf-8")


def test_nothing_differs_from_itself() -> None:
    """Proves that a plan beside itself is empty in every form."""
    result = optimize(base())
    found = compare(result, result)
    assert found.empty
    assert "Nothing differs" in text(found, "en")
    assert "Nothing differs" in markdown(found, "en")
    assert json.loads(as_json(found))["empty"] is True


def test_a_scenario_is_tidied_as_the_reference_was() -> None:
    """Four units at a are worth 100 points, the crumb at z one. A plan that left the crumb out is
    compared with its scenario: nothing differs, for that is tidied too; and one that kept it with a
    scenario that would be tidied: nothing again.

    Solved without tidying, the scenario seems to buy the crumb.
    """
    schools = [school("a"), school("z", pupils=1, classes=1, group="none")]
    scenario = tiny(schools=schools, cap=50, solve={"gap": 1e-6}, tidy={"within": 0.02})
    assert compare(optimize(scenario), scenario).empty
    assert compare(scenario, scenario).empty
    untidied = optimize(scenario, tidy=0.0)
    assert len(untidied.plan.allocation) == 2
    assert compare(untidied, scenario).empty


def offices() -> tuple[Scenario, Scenario]:
    """Two offices: of three schools each one is in both, and so is one of two items each."""
    names = ("a", "b", "c"), ("a", "x", "y")
    items = ("pc", "tv"), ("pc", "lan")
    one, other = (
        tiny(cap=200, schools=[school(s) for s in own], items=[item(i) for i in bought])
        for own, bought in zip(names, items, strict=True)
    )
    return one.with_("funds.cap.amounts.2023", 40), other


def test_two_offices_are_said_to_be_two() -> None:
    """Of a and pc alone is told what differs; the tables of money and lines are of them and add up.
    Held side by side whole, schools of one office would appear and disappear by «hand-over»."""
    one, other = (optimize(s) for s in offices())
    found = compare(one, other, names=("one", "other"))
    (strange,) = found.apart
    assert (strange.plan, strange.schools, strange.items) == ("other", {"a"}, {"pc"})
    assert set(found.lines["school"]) <= {"a"}
    assert set(found.lines["item"]) <= {"pc"}
    sums = [
        int(r.plan.allocation.query("school == 'a' and item == 'pc'")["amount"].sum())
        for r in (one, other)
    ]
    assert found.money["difference"].sum() == sums[1] - sums[0]
    assert found.lines["difference"].sum() == sums[1] - sums[0]
    assert set(found.lines["cause"]) <= {"money"}
    assert found.schools["school"].tolist() == ["a"]
    assert "hai kịch bản khác nhau: chỉ có 1 trường và 1 hạng mục chung" in " ".join(
        text(found, "vi").split()
    )
    assert json.loads(as_json(found))["apart"] == [{"plan": "other", "schools": 1, "items": 1}]


def test_nothing_common_is_no_sameness() -> None:
    """Without a common school there is nothing to compare line by line: not «nothing differs»."""
    one, other = (optimize(tiny(cap=40, schools=[school(s)])) for s in "ab")
    found = compare(one, other)
    assert not found.empty
    assert found.lines.empty
    told = " ".join(text(found, "en").split())
    assert "two different scenarios without a school in common" in told
    assert say("compare.same", "en") not in told
    assert say("compare.head.plans", "en") in told


def test_a_school_that_is_new_is_no_hand_over() -> None:
    """One scenario with one school more, and another item: what only one of them has is said so,
    whichever comes first; a hand-over is where both know the school."""
    schools = [school("a"), school("b"), school("n")]
    items = [item("pc"), item("tv", price=12)]
    one, other = (
        optimize(tiny(cap=400, schools=schools[:n], items=items[: n - 1])) for n in (2, 3)
    )
    for first, second, change in ((one, other, "appears"), (other, one, "disappears")):
        found = compare(first, second)
        assert not found.apart
        told = {(r.school, r.item): (r.change, r.cause) for r in found.lines.itertuples()}
        assert told["n", "pc"] == (change, "school")
        assert told["a", "tv"] == (change, "item")
