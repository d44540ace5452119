"""Few schools: part by part where money is not shared, a trial by school where it is.

Whatever is tried, value and bound must hold against the whole method's optimum.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from apart import bytes_of, taken_apart
from drawn_rules import ruled
from hypothesis import HealthCheck, Phase, given, settings
from tiny import fund, item, norm, school, tiny

from planner.formulation.build import formulate
from planner.formulation.model import Model
from planner.names import Link
from planner.scenario.scenario import Scenario
from planner.solving import choice, parameters
from planner.solving.choice import RacingEngine
from planner.solving.highs import make_engine
from planner.solving.lagrangian import search
from planner.solving.lagrangian.components import (
    Known,
    ParallelSearches,
    Track,
    find_components,
    plan_near,
)
from planner.solving.program import Program, settle_threads
from planner.solving.solution import Limits, Outcome, Status
from planner.solving.stages import solve_stages

tried = settings(
    derandomize=True,
    deadline=None,
    max_examples=3,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)


@pytest.fixture(autouse=True)
def _even_the_smallest(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """So that tiny scenarios have parts, neighbourhoods and trials."""
    monkeypatch.setattr(parameters, "COMPONENT_FROM", 1)
    monkeypatch.setattr(parameters, "FIRST_NEIGHBOURHOOD", 30)
    monkeypatch.setattr(parameters, "RACING_GAP", 0.0)
    return


def wards(seed: int = 0, *, shared: bool = False, **rules: Any) -> Scenario:
    """Two wards of three schools, each with a fund of its own, or one for both."""
    random = np.random.default_rng(seed)
    schools = [
        school(
            f"s{k}",
            owner=f"w{k % 2}",
            pupils=int(random.integers(50, 400)),
            classes=int(random.integers(2, 9)),
            rooms=int(random.integers(1, 5)),
        )
        for k in range(6)
    ]
    items = [item("pc", 13, once=True, setup=20), item("tv", 17), item("lan", 31)]
    norms = [norm("pc"), norm("tv"), norm("lan", per="rooms")]
    money = {y: int(random.integers(60, 260)) for y in (2023, 2024)}
    funds: dict[str, Any] = {
        f"f{k}": fund({y: m * (2 - k) for y, m in money.items()}, where={"owner": f"w{k}"})
        for k in range(2)
    }
    if shared:
        funds = {"all": fund(money)}
    given: dict[str, Any] = {"schools": schools, "items": items, "norms": norms, "funds": funds}
    return tiny(**given, years=(2023, 2024), rules=rules)


def wish(price: str = "40", **more: Any) -> dict[str, Any]:
    """A wish that both wards share."""
    coverage = {"measure": "coverage", "where": {"item": "tv", "year": 2024}}
    return coverage | {"at_least": "0.8", "firmness": "wish", "price": price} | more


def optimum(model: Model) -> float:
    limits = Limits(1e-9, 30, 1)
    solution = solve_stages(make_engine(model, limits), limits)
    assert solution.status.has_plan
    return sum(s.value for s in solution.stages)


def few(model: Model, gap: float, threads: int = 2) -> Outcome:
    limits = Limits(gap, 30, threads)
    engine = RacingEngine(model, limits)
    try:
        return engine.solve(model.value, limits)
    finally:
        engine.close()


def check(model: Model, best: float, found: Outcome, gap: float) -> None:
    """A plan of the model, with a value and a bound that enclose the optimum."""
    room = 1e-6 * max(1.0, abs(best))
    assert found.columns is not None
    assert taken_apart(model).fits(found.columns)
    assert found.value == pytest.approx(float(model.value @ found.columns))
    assert found.value <= best + room
    assert found.bound >= best - room
    assert found.status in (Status.OPTIMAL, Status.WITHIN_GAP)
    assert found.bound - found.value <= gap * max(1.0, abs(found.value)) + room


def test_wards_that_share_a_wish_alone_are_parts() -> None:
    """Each part holds one ward's schools; the wish is priced, its miss belongs to neither."""
    model = formulate(wards(w=wish())).model
    parts = find_components(taken_apart(model))
    assert parts is not None
    assert len(parts.columns) == 2
    for part in parts.columns:
        owners = {k.split("[")[1].split(",")[0] for k in map(model.column_label, part.tolist())}
        assert owners in ({"s0", "s2", "s4"}, {"s1", "s3", "s5"})
    assert [model.column_label(k) for k in parts.misses] == ["miss[w,]"]


@pytest.mark.parametrize(
    "scenario",
    [wards(shared=True), wards(r={"measure": "quantity", "where": {"item": "tv"}, "at_most": 9})],
)
def test_what_shares_money_or_a_firm_rule_is_one(scenario: Scenario) -> None:
    assert find_components(taken_apart(formulate(scenario).model)) is None


@pytest.mark.parametrize("seed", range(4))
def test_part_by_part_encloses_the_optimum(seed: int) -> None:
    """At a price between nothing and what a wish costs, at the wish's own, and without any."""
    rules = ({}, {"w": wish("0.5")}, {"w": wish("400")}, {"w": wish(), "v": wish(at_least="0.3")})
    model = formulate(wards(seed, **rules[seed % 4])).model
    best = optimum(model)
    for gap in (0.02, 0.0):
        check(model, best, few(model, gap), gap)


@pytest.mark.parametrize("seed", range(2))
def test_equal_bytes_whatever_runs_at_a_time(seed: int) -> None:
    """One thread or two: the parts' own clock decides when they end."""
    model = formulate(wards(seed, w=wish())).model
    assert len({bytes_of(few(model, 0.01, threads)) for threads in (1, 2, 2)}) == 1


def test_a_ward_without_a_plan_proves_that_there_is_none() -> None:
    floor = {"measure": "coverage", "for_each": ["school", "item"], "at_least": 1}
    model = formulate(wards(rule=floor | {"where": {"year": 2023}})).model
    assert find_components(taken_apart(model)) is not None
    assert few(model, 0.01).status is Status.INFEASIBLE


@pytest.mark.parametrize(("part", "plan"), [(0.01, [3.0, 1.0, 0.0]), (0.005, None)])
def test_a_plan_near_takes_what_costs_little(
    monkeypatch: pytest.MonkeyPatch, part: float, plan: list[float] | None
) -> None:
    """x + y + z = 4 with 2x ≤ 7 and z ≤ 0.7, which need not be whole, worth 2, 1.9 and 1.95: the
    relaxation is 3½, 0, ½, worth 7.975, and at y = 0 nothing is whole. A unit of y costs 0.05,
    which is little at 1% of that and not at 0.5%."""
    monkeypatch.setattr(parameters, "COMPONENT_NEAR", part)
    most, whole = np.array([5.0, 5.0, 0.7]), np.array([True, True, False])
    rows = np.array([4.0, -np.inf]), np.array([4.0, 7.0])
    places = np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0])
    program = Program(np.zeros(3), most, whole, *rows, *places, np.array([1.0, 1.0, 1.0, 2.0]))
    worth, later = np.array([2.0, 1.9, 1.95]), time.perf_counter() + 30
    settle_threads(1)
    found = plan_near(program, worth, 0.0, later, lambda: False)
    assert (None if found is None else found.tolist()) == plan


def test_a_ward_without_a_plan_ends_the_searches_of_the_others() -> None:
    """One part asks 2 of a single unit, the other splits a market, which takes minutes: there is no
    plan, which is known at once. Who waits for the other ends only when time is over."""
    weights = np.random.default_rng(0).integers(1, 100, (4, 40)).astype(float)
    split, ones = weights.sum(axis=1) // 2, np.ones(40)
    places = np.repeat(np.arange(4), 40), np.tile(np.arange(40), 4)
    hard = Program(0 * ones, ones, ones > 0, split, split, *places, weights.ravel())
    one, at = np.ones(1), np.zeros(1, dtype=np.int64)
    none = Program(0 * one, one, one > 0, 2 * one, np.inf * one, at, at, one)
    both = ParallelSearches(2, lambda _: False, lambda: False)
    began = time.perf_counter()
    both.run([hard, none], [ones, one], Limits(0.0, 30))
    assert [track.how for track in both.tracks] == ["", "infeasible"]
    assert both.over == 0
    assert time.perf_counter() - began < 15


@tried
@given(ruled())
def test_a_trial_encloses_the_optimum(scenario: Scenario) -> None:
    """Drawn rules of all kinds: proven plans, or proven that there are none."""
    model = formulate(scenario).model
    if len(model.stages) > 1 or not model.integer.any():
        return
    limits = Limits(1e-9, 30, 1)
    whole = solve_stages(make_engine(model, limits), limits)
    for gap, threads in ((0.05, 2), (0.0, 1)):
        found = few(model, gap, threads)
        if whole.status is Status.INFEASIBLE:
            assert found.status is Status.INFEASIBLE
        else:
            check(model, whole.stages[0].value, found, gap)


def test_a_failed_trial_leaves_the_engine_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a trial that ends without success the whole method's plan stands, to the byte."""
    model = formulate(wards(shared=True)).model
    monkeypatch.setattr(search.Search, "run", lambda *_: "stopped")
    limits = Limits(0.1, 30, 1)
    alone = make_engine(model, limits).solve(model.value, limits)
    assert {bytes_of(few(model, 0.1, k)) for k in (1, 2)} == {bytes_of(alone)}


def test_a_tightened_row_reaches_the_engine_too() -> None:
    """Money moved down by 10 costs exactly the unit that it paid for, also when warm."""
    model = formulate(tiny(schools=[school("a"), school("b")], cap=50)).model
    engine, limits = RacingEngine(model, Limits()), Limits(0.0, 10, 1)
    money = next(b for b in model.row_blocks if b.name == "fund_within_budget")
    scale = model.row_upper[money.start] / 50
    before = engine.solve(model.value, limits)
    engine.set_row_upper(money.start, 40 * scale)
    after = engine.solve(model.value, limits)
    assert before.value - after.value == pytest.approx(25)
    engine.set_row_upper(money.start, 50 * scale)
    assert engine.solve(model.value, limits).value == pytest.approx(before.value)


def test_searches_abreast_end_at_the_first_tick_that_is_enough() -> None:
    """In whatever order two searches report, they end at tick 3: known by then is 2 and 1."""
    first = [Known(bound=4.0), Known(bound=3.0), Known(bound=2.0), Known(bound=0.0)]
    second = [Known(bound=5.0), Known(bound=1.0)]
    for order in set(itertools.permutations([0, 0, 0, 0, 1, 1, 1, 1])):
        both = ParallelSearches(2, lambda known: sum(k.bound for k in known) <= 3, lambda: False)
        both.tracks = [Track(), Track()]
        left = [list(first), [*second, second[-1], second[-1]]]
        for number in order:
            both._note(number, left[number].pop(0))
        assert both.over == 3
        assert [track.at(both.over).bound for track in both.tracks] == [2.0, 1.0]


def test_the_engine_is_given_the_stated_rows_alone() -> None:
    """The rows that only tighten come last and fall away; the others keep their places."""
    floor = {"measure": "coverage", "where": {"item": "pc", "year": 2024}, "at_least": 0.2}
    model = formulate(wards(f=floor)).model
    lean = choice.without_implied_rows(model)
    assert model.row_block(Link.OPENED) is not None
    assert lean.row_block(Link.OPENED) is None
    assert lean.rows < model.rows
    assert [lean.row_label(k) for k in range(lean.rows)] == [
        model.row_label(k) for k in range(lean.rows)
    ]
    assert optimum(lean) == pytest.approx(optimum(model))
