"""Several futures decided together: the exact answer of every aim, by brute force and by published
cases, and the search that large ones get, against it."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

import planner
from planner.formulation import extensive as extensive_form
from planner.formulation.build import formulate
from planner.formulation.extensive import Aim, Extensive, extensive
from planner.formulation.model import Model, ModelBuilder
from planner.names import AimKind
from planner.solving import parameters
from planner.solving.choice import Method, choose_engine
from planner.solving.futures import FuturesSearch, How, SideBySide, _Near
from planner.solving.highs import HighsEngine, make_engine
from planner.solving.lagrangian import subproblems
from planner.solving.program import Cut, Restrictions
from planner.solving.solution import Limits, Outcome, Progress, Solution, Status
from planner.solving.stages import solve_stages
from planner.solving.sureness import BlockBounds
from planner.vocabulary.axes import Floats

AIMS = [Aim(), Aim(AimKind.WORST), Aim(AimKind.CVAR, tail=0.5), Aim(AimKind.REGRET)]
FIRST = 2025


def as_form(model: Model) -> Any:
    """A future that is nothing but a model: what is bought in year 0 is decided now."""
    costs = pd.DataFrame(columns=["request", "option", "fund", "year", "amount", "most"])
    scenario = SimpleNamespace(table=lambda _: costs)
    return SimpleNamespace(
        model=model, facts=SimpleNamespace(scenario=scenario, axes=SimpleNamespace(first=FIRST))
    )


def future(
    now: Sequence[float],
    later: Sequence[float],
    rows: Sequence[tuple[Sequence[float], float]],
    *,
    most_now: Sequence[float] | float = 1.0,
    most_later: Sequence[float] | float = 1.0,
    whole: bool = True,
) -> Any:
    """A future of points for what is bought now and later, under rows Σ a·x ≤ b of both."""
    builder = ModelBuilder()
    counts = len(now), len(later)
    year = np.repeat([0, 1], counts)
    place = np.concatenate([np.arange(n) for n in counts])
    keys = {"school": place, "item": 0 * year, "fund": 0 * year, "year": year}
    most = [np.broadcast_to(m, n) for m, n in zip((most_now, most_later), counts, strict=True)]
    columns = builder.add_columns("buy", keys, 0.0, np.concatenate(most), integer=whole)
    builder.add_value(columns, np.array([*now, *later], float), 0 * year)
    added = builder.add_rows(
        "rule", {"row": np.arange(len(rows))}, -np.inf, np.array([b for _, b in rows], float)
    )
    for row, (weights, _) in zip(added, rows, strict=True):
        builder.add_entries(np.full(len(columns), row), columns, np.asarray(weights, float))
    return as_form(builder.freeze(1, ("value",), {}))


def joined(forms: Sequence[Any], weights: Sequence[float], aim: Aim | None = None) -> Extensive:
    return extensive([f"f{k}" for k in range(len(forms))], weights, forms, FIRST, aim)


def beside(form: Extensive, limits: Limits) -> SideBySide:
    """What solves the futures of a model apart, in this process."""
    how = How(limits, "HiGHS", Method.AUTO, lambda: False, None)
    return SideBySide(form.forms, form.names, how)


def exactly(form: Extensive) -> Solution:
    """The ordinary solve of a small model, to gap 0."""
    limits = Limits(0, 60, 1)
    engine, _ = choose_engine(form.model, limits)
    side = beside(form, limits)
    assert FuturesSearch.of(form, engine, limits, side) is None  # nothing but this proves gap 0
    return solve_stages(engine, limits)


def searched(form: Extensive, gap: float = 0.001, method: Method = Method.WHOLE) -> Solution:
    """The search of several futures, whatever their size."""
    limits = Limits(gap, 60, 1)
    engine, _ = choose_engine(form.model, limits, method=method)
    search = FuturesSearch.of(form, engine, limits, beside(form, limits))
    assert search is not None
    try:
        return search.solve(limits, None)
    finally:
        engine.close()


@pytest.fixture
def _any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a tiny model has the search of a large one, school by school."""
    monkeypatch.setattr(parameters, "FUTURES_FROM", 1)
    monkeypatch.setattr(parameters, "FUTURES_NEIGHBOURHOOD", 3)


def values(form: Extensive, columns: Floats) -> Floats:
    """``[future]`` what each is worth."""
    pairs = enumerate(form.forms)
    return np.array([f.model.stage_values[0] @ form.of(columns, k) for k, f in pairs])


def aimed(form: Extensive, columns: Floats) -> float:
    return form.aim.of(values(form, columns), form.weights, "value")


def fits(form: Extensive, columns: Floats) -> bool:
    """Whether every future's own rows and bounds hold, and what is decided now is one decision."""
    for k, part in enumerate(form.forms):
        model, own = part.model, form.of(columns, k)
        activity = np.zeros(model.rows)
        np.add.at(activity, model.row_index, model.coefficient * own[model.column_index])
        good = (activity <= model.row_upper + 1e-6) & (activity >= model.row_lower - 1e-6)
        inside = (own <= model.column_upper + 1e-6) & (own >= model.column_lower - 1e-6)
        whole = np.abs(own - np.rint(own))[model.integer] <= 1e-6
        if not (good.all() and inside.all() and whole.all()):
            return False
    return True


# --------------------------------------------------------------------------------------------------
# Brute force: every decision of now, and the best of every future after it.


def brute(form: Extensive) -> float:
    """The best aim of all decisions of now, each future answering to it as well as it can.

    A decision is the columns of year 0 of a future's own model, tried out one by one; every future
    is then decided by trying out all that is left of it.
    """
    models = [f.model for f in form.forms]
    now = [np.asarray(m.column_block("buy").keys["year"]) == 0 for m in models]
    best = -np.inf
    for decision in itertools.product((0.0, 1.0), repeat=int(now[0].sum())):
        worth = [best_after(m, n, np.array(decision)) for m, n in zip(models, now, strict=True)]
        if min(worth) > -np.inf:
            best = max(best, form.aim.of(np.array(worth), form.weights, "value"))
    return best


def best_after(model: Model, now: Any, decision: Floats) -> float:
    """The most that a future is worth after a decision; minus infinity where it has no plan."""
    matrix = np.zeros((model.rows, model.columns))
    matrix[model.row_index, model.column_index] = model.coefficient
    most = -np.inf
    for rest in itertools.product((0.0, 1.0), repeat=model.columns - len(decision)):
        plan = np.empty(model.columns)
        plan[now], plan[~now] = decision, rest
        level = matrix @ plan
        if (level <= model.row_upper + 1e-9).all() and (level >= model.row_lower - 1e-9).all():
            most = max(most, float(model.stage_values[0] @ plan))
    return most


@cache
def drawn(seed: int, futures: int = 3, size: int = 4) -> tuple[Any, ...]:
    """Futures with the same purchases now and later, other points later and other money; in each a
    promise: of two purchases one is bought, now or later."""
    random = np.random.default_rng(seed)
    now, costs = random.integers(1, 20, size), random.integers(1, 9, (2, size))
    found = []
    for _ in range(futures):
        later = random.integers(1, 30, size)
        money = random.integers(size, 4 * size, 2)
        rows = [
            ([*costs[0], *np.zeros(size)], float(costs[0].sum() // 2)),
            ([*costs[0], *costs[1]], float(costs[0].sum() // 2 + money[0])),
            ([-1, -1, *np.zeros(size - 2), -1, -1, *np.zeros(size - 2)], -1.0),
        ]
        rows += [(np.eye(2 * size)[k] + np.eye(2 * size)[size + k], 1.0) for k in range(size)]
        found.append(future(now, later, rows))
    return tuple(found)


def with_bests(aim: Aim, forms: Sequence[Any]) -> Aim:
    """The aim; of regret with what each future alone could be worth."""
    if aim.kind is not AimKind.REGRET:
        return aim
    alone = [brute(joined([f], [1.0])) for f in forms]
    return Aim(aim.kind, best={"value": np.array(alone)})


@pytest.mark.parametrize("aim", AIMS, ids=lambda aim: str(aim.kind))
@pytest.mark.parametrize("seed", range(4))
def test_no_decision_is_better_by_any_aim(
    aim: Aim, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan's aim is that of the best of all 16 decisions. Futures that each had a decision of
    their own would be worth more; an aim taken by the mean alone less in some draw."""
    monkeypatch.setattr(extensive_form, "MEAN", 1e-7)  # the mean must not outweigh one point
    forms = drawn(seed)
    form = joined(forms, [3, 2, 1], with_bests(aim, forms))
    found = exactly(form)
    assert found.status is Status.OPTIMAL
    assert fits(form, found.columns)
    assert aimed(form, found.columns) == pytest.approx(brute(form), abs=1e-4)


@pytest.mark.parametrize("aim", AIMS, ids=lambda aim: str(aim.kind))
@pytest.mark.parametrize("seed", range(4, 8))
@pytest.mark.usefixtures("_any_size")
def test_the_search_proves_what_it_says(aim: Aim, seed: int) -> None:
    """A plan of every future, within the gap of the best there is, under a bound that no plan
    passes: a bound of a neighbourhood alone lies below the best in some draw."""
    forms = drawn(seed)
    form = joined(forms, [3, 2, 1], with_bests(aim, forms))
    found, best = searched(form), exactly(form)
    assert found.status in (Status.OPTIMAL, Status.WITHIN_GAP)
    assert fits(form, found.columns)
    (stage,), (known,) = found.stages, best.stages
    assert stage.value == pytest.approx(float(form.model.stage_values[0] @ found.columns))
    assert stage.bound >= known.value - 1e-6
    assert known.value - 1e-6 <= stage.value * 1.001 + 1e-6


@pytest.fixture
def _decision_first(_any_size: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a plan comes of a decision and of later years by themselves, or not at all."""
    monkeypatch.setattr(parameters, "FUTURES_APART_FROM", 1)
    monkeypatch.setattr(_Near, "_inside", lambda *_: Outcome(Status.NO_PLAN))
    monkeypatch.setattr(_Near, "_improve", lambda _: None)
    monkeypatch.setattr(FuturesSearch, "_whole_search", lambda _, __, near, ___: near)


@pytest.mark.parametrize("aim", AIMS, ids=lambda aim: str(aim.kind))
@pytest.mark.usefixtures("_decision_first")
def test_a_decision_first_makes_a_plan_by_every_aim(aim: Aim) -> None:
    """The plan keeps every future's rows and one decision, and its value is what its futures are
    worth by the aim: a level left at its bound, or of another future than the worst, claims more
    or less. Its bound is above the best of all decisions."""
    for seed in range(4, 8):
        forms = drawn(seed)
        form = joined(forms, [3, 2, 1], with_bests(aim, forms))
        found, best = searched(form), exactly(form)
        assert found.columns is not None
        assert fits(form, found.columns)
        mean = float(form.weights @ (values(form, found.columns) - form.aim.references(
            "value", form.weights)))  # fmt: skip
        told = aimed(form, found.columns)
        if aim.kind is not AimKind.EXPECTED:
            away = float(form.weights @ form.aim.references("value", form.weights))
            told = (1 - extensive_form.MEAN) * told + extensive_form.MEAN * (mean + away)
        assert found.stages[0].value == pytest.approx(told)
        assert found.stages[0].bound >= best.stages[0].value - 1e-6


def lacking(seed: int) -> Extensive:
    """Futures of which each asks for some of two purchases, now or later, and another third one."""
    random, forms, costs = np.random.default_rng(seed), [], None
    for _ in range(3):
        now, later = random.integers(1, 9, 4), random.integers(1, 9, 4)
        cost = random.integers(1, 6, 8)
        costs = cost[:4] if costs is None else costs
        money = float(random.integers(2, 9))
        asked, row = random.integers(0, 4), np.zeros(8)
        random.integers(0, 4)
        row[[asked, 4 + asked]] -= 2
        row[(asked + 1) % 4] -= 1
        rows = [
            ([*costs, *np.zeros(4)], 7.0),
            ([*np.zeros(4), *cost[4:]], money),
            (row, -float(random.integers(1, 3))),
        ]
        forms.append(future(now, later, rows))
    return joined(forms, [3, 2, 1])


@pytest.mark.usefixtures("_decision_first")
@pytest.mark.parametrize("seed", [5, 9, 41])
def test_a_future_that_a_decision_leaves_without_a_plan_is_taken_in(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In these draws the best decision of one future alone leaves another one no plan in whole
    units; deciding for both there is one for all. A search that took what one future decided would
    have no plan, or one that breaks a promise."""
    asked: list[list[int]] = []
    decided_by = _Near._decided_by

    def heard(near: _Near, deciders: list[int], bounds: Any) -> Floats | None:
        asked.append(list(deciders))
        return decided_by(near, deciders, bounds)

    monkeypatch.setattr(_Near, "_decided_by", heard)
    form = lacking(seed)
    found = searched(form)
    assert [len(deciders) for deciders in asked] == [1, 1, 1, 2]
    assert found.columns is not None
    assert fits(form, found.columns)
    assert found.stages[0].bound >= exactly(form).stages[0].value - 1e-6


def two_knapsacks(seed: int, size: int = 40) -> Model:
    """Two schools, each with purchases whose points are nearly as their costs, and too little
    money."""
    random, builder = np.random.default_rng(seed), ModelBuilder()
    for school in range(2):
        costs = random.integers(100, 1000, size).astype(float)
        none = np.zeros(size, int)
        keys = {"school": none + school, "item": np.arange(size), "fund": none, "year": none}
        columns = builder.add_columns("buy", keys, 0.0, np.ones(size), integer=True)
        builder.add_value(columns, costs + random.integers(-20, 20, size), none)
        money = np.array([np.floor(costs.sum() * 0.4) + 0.5])
        rows = builder.add_rows("rule", {"row": np.array([school])}, -np.inf, money)
        builder.add_entries(np.full(size, rows[0]), columns, costs)
    return builder.freeze(1, ("value",), {})


def test_blocks_bounded_in_short_bound_no_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the engine says of a block that it has not decided to the end is its bound and not its
    plan's worth, which lies below the best of these knapsacks."""
    slack = 100.0
    for seed in range(3):
        model, levels = two_knapsacks(seed), []
        for least in (10**9, 1):
            monkeypatch.setattr(parameters, "FUTURES_BLOCK_FROM", least)
            now, points = Restrictions.of(model), model.stage_values[0]
            bounds = BlockBounds(model, now, points, 1, np.zeros(model.rows))
            assert bounds.prepare(lambda: False, 1, slack)
            levels.append(bounds.level)
        assert levels[0] - 1e-6 <= levels[1] <= levels[0] + slack + 1e-6


@pytest.mark.usefixtures("_any_size")
def test_a_relaxation_solved_early_is_that_of_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Solved beside other work it is not solved again; given up, it is, and nothing is kept of
    half a solve."""
    form = joined(drawn(1), [3, 2, 1])
    limits = Limits(0.001, 60, 1)
    began: list[int] = []
    basis = FuturesSearch._joined_basis
    monkeypatch.setattr(
        FuturesSearch, "_joined_basis", lambda self, task: began.append(1) or basis(self, task)
    )
    best = exactly(form).stages[0].value
    for gone, times in ((False, 1), (True, 2)):
        began.clear()
        search = FuturesSearch.of(
            form, HighsEngine(form.model, limits), limits, beside(form, limits)
        )
        assert search is not None
        search.relax_early(limits, lambda: gone)  # noqa: B023
        assert (search.relaxed is None) == gone
        (stage,) = search.solve(limits, None).stages
        assert len(began) == times
        assert best - 1e-6 <= stage.value * 1.001 + 1e-6


@pytest.mark.usefixtures("_any_size")
def test_the_search_by_school_proves_the_same() -> None:
    """By school, begun at the futures' own shadow prices, the same best is proven."""
    for seed in range(3):
        form = joined(drawn(seed), [3, 2, 1])
        found, best = searched(form, method=Method.BY_SCHOOL), exactly(form)
        assert fits(form, found.columns)
        assert found.stages[0].bound >= best.stages[0].value - 1e-6
        assert best.stages[0].value <= found.stages[0].value * 1.001 + 1e-6


@pytest.mark.usefixtures("_any_size")
@pytest.mark.parametrize("exact", [True, False])
def test_futures_that_no_decision_serves_have_no_plan(exact: bool) -> None:
    """One future asks for the purchase now, the other cannot afford it: each alone has a plan, both
    together have none, and that is proven."""
    asks = future([1.0], [1.0], [([-1, 0], -1.0)])
    poor = future([1.0], [1.0], [([1, 0], 0.0)])
    for alone in (asks, poor):
        assert exactly(joined([alone], [1.0])).status is Status.OPTIMAL
    both = joined([asks, poor], [1, 1])
    found = exactly(both) if exact else searched(both)
    assert found.status is Status.INFEASIBLE
    assert found.columns is None


@pytest.mark.usefixtures("_any_size")
def test_a_search_that_is_stopped_claims_no_more_than_it_knows() -> None:
    """Stopped at once it has no plan; stopped later it has the plan and the bound of then."""
    form = joined(drawn(1), [3, 2, 1])
    limits = Limits(0.001, 60, 1)
    engine = HighsEngine(form.model, limits)
    engine.stop = lambda: True
    search = FuturesSearch.of(form, engine, limits, beside(form, limits))
    assert search is not None
    assert search.solve(limits, None).status in (Status.NO_PLAN, Status.STOPPED)
    lines: list[Progress] = []
    engine.stop = lambda: False
    found = search.solve(limits, lines.append)
    best = exactly(form).stages[0].value
    assert found.status in (Status.OPTIMAL, Status.WITHIN_GAP)
    assert all(p.bound is None or p.bound >= best - 1e-6 for p in lines)
    assert all(p.value is None or p.value <= best + 1e-6 for p in lines)


@pytest.mark.usefixtures("_any_size")
def test_a_row_that_is_tightened_later_is_kept() -> None:
    """Solved again with less money than the plan found spends, the search keeps the new row: a
    search that trusted its plan of before would overrun it."""
    form = joined(drawn(2), [3, 2, 1])
    limits = Limits(0.001, 60, 1)
    engine = make_engine(form.model, limits)
    search = FuturesSearch.of(form, engine, limits, beside(form, limits))
    assert search is not None
    first = search.solve(limits, None)
    row = form.forms[0].model.rows + 1  # the second future's money of both years
    level = float(form.model.activity(first.columns)[row])
    engine.set_row_upper(row, level - 1.0)
    again = search.solve(limits, None)
    assert again.columns is not None
    assert fits(form, again.columns)
    assert form.model.activity(again.columns)[row] <= level - 1.0 + 1e-6
    best = solve_stages(engine, Limits(0, 60, 1)).stages[0].value
    assert again.stages[0].bound >= best - 1e-6
    assert best <= again.stages[0].value * 1.001 + 1e-6


@pytest.mark.usefixtures("_any_size")
@pytest.mark.parametrize("seed", [0, 11, 12, 13])
@pytest.mark.parametrize("method", [Method.WHOLE, Method.BY_SCHOOL])
def test_a_decision_that_is_forbidden_stays_so(seed: int, method: Method) -> None:
    """A cut that forbids the decision found is kept: the next plan has another one, and its bound
    is the best that is left."""
    form = joined(drawn(seed), [3, 2, 1])
    limits = Limits(0.001, 60, 1)
    engine, _ = choose_engine(form.model, limits, method=method)
    search = FuturesSearch.of(form, engine, limits, beside(form, limits))
    assert search is not None
    first = search.solve(limits, None)
    bought = np.flatnonzero(form.shared & (first.columns > 0.5))
    assert len(bought)
    forbidden = Cut(bought, -np.ones(len(bought)), 1.0 - len(bought))
    engine.keep(forbidden)
    again = search.solve(limits, None)
    assert again.columns is not None
    assert fits(form, again.columns)
    assert again.columns[bought].sum() <= len(bought) - 1 + 1e-6
    best = solve_stages(engine, Limits(0, 60, 1), cuts=[forbidden]).stages[0].value
    assert again.stages[0].bound >= best - 1e-6
    assert best <= again.stages[0].value * 1.001 + 1e-6


# --------------------------------------------------------------------------------------------------
# What holds of any futures.


def test_a_bigger_worst_never_comes_of_more_futures() -> None:
    """The worst of three futures is at most that of the first two, for any draw."""
    for seed in range(6):
        forms = drawn(seed)
        worsts = []
        for some in (forms[:1], forms[:2], forms):
            found = exactly(joined(some, [1.0] * len(some), Aim(AimKind.WORST)))
            worsts.append(aimed(joined(some, [1.0] * len(some), Aim(AimKind.WORST)), found.columns))
        assert worsts == sorted(worsts, reverse=True)


@pytest.mark.parametrize("aim", AIMS, ids=lambda aim: str(aim.kind))
def test_futures_that_are_all_alike_are_worth_the_plain_plan(aim: Aim) -> None:
    """Three times the same scenario, whatever the weights and the aim: its own value. A future
    alone: the same."""
    base = planner.load("scenarios/three-schools")
    plain = planner.solve(base, gap=0).value
    form = formulate(base, unit=1000)
    for some in ([form], [form] * 3):
        best = {"value": np.full(len(some), plain)}
        whole = joined(some, range(1, len(some) + 1), Aim(aim.kind, aim.tail, best))
        found = exactly(whole)
        assert aimed(whole, found.columns) == pytest.approx(plain, rel=1e-6)
        assert found.stages[0].value == pytest.approx(plain, rel=1e-6)


def test_the_decision_of_less_and_more_money_is_one() -> None:
    """Money of 2026 at 10 and at 120 million: the mean of both lies between what each is worth
    alone, and in each future the plan keeps that future's own rows."""
    base = planner.load("scenarios/three-schools")
    less, more = (base.with_("funds.district.amounts.2026", m * 10**6) for m in (10, 120))
    alone = [planner.solve(s, gap=0).value for s in (less, more)]
    form = joined([formulate(s, unit=1000) for s in (less, more)], [1, 1])
    found = exactly(form)
    assert fits(form, found.columns)
    each = values(form, found.columns)
    assert (each <= np.array(alone) + 1e-6).all()
    assert found.stages[0].value == pytest.approx(each.mean())


# --------------------------------------------------------------------------------------------------
# Published cases. Their numbers are theirs; how they are put into columns and rows is ours.


def test_news_vendor() -> None:
    """Papers are bought now at 10, sold at 25, returned at 5, for a demand of 50, 100 or 150 with
    chances 0.3, 0.4, 0.3: the critical ratio (25 − 10) ÷ (25 − 5) = 0.75 is above F(100), so
    150 are bought (Birge & Louveaux, *Introduction to Stochastic Programming*, 1.1: the order is
    the smallest with F(x) ≥ (q − c) ÷ (q − r)); with returns at nought the ratio is 0.6: 100."""
    for back, order, profit in ((5, 150, 1250.0), (0, 100, 1125.0)):
        forms = [
            future(
                [back - 10], [25 - back], [([-1, 1], 0.0)], most_now=[200], most_later=[demand]
            )
            for demand in (50, 100, 150)
        ]  # fmt: skip
        form = joined(forms, [0.3, 0.4, 0.3])
        found = exactly(form)
        assert found.columns[form.shared] == pytest.approx([order])
        assert found.stages[0].value == pytest.approx(profit)


def test_farmer() -> None:
    """Birge & Louveaux's farmer (1.1), as mpi-sppy solves it too: 170, 80 and 250 acres of wheat,
    corn and beets are worth 108,390; each harvest known before, 115,406 on average; after the mean
    harvest's own plan, 107,240."""
    prices = [170.0, 150.0, 36.0, 10.0, -238.0, -210.0]  # sold: wheat, corn, beets to 6000, above
    forms = []
    for crop in (0.8, 1.0, 1.2):
        grown = np.array([2.5, 3.0, 20.0]) * crop
        forms.append(
            future(
                [-150.0, -230.0, -260.0], prices,
                [([1, 1, 1, *[0.0] * 6], 500.0),
                 ([-grown[0], 0, 0, 1, 0, 0, 0, -1, 0], -200.0),
                 ([0, -grown[1], 0, 0, 1, 0, 0, 0, -1], -240.0),
                 ([0, 0, -grown[2], 0, 0, 1, 1, 0, 0], 0.0)],
                most_now=500.0, most_later=[1e5, 1e5, 6000, 1e5, 1e5, 1e5], whole=False,
            )
        )  # fmt: skip
    form = joined(forms, [1, 1, 1])
    found = exactly(form)
    assert found.stages[0].value == pytest.approx(108_390)
    assert found.columns[form.shared] == pytest.approx([170, 80, 250])
    alone = [exactly(joined([f], [1])).stages[0].value for f in forms]
    assert np.mean(alone) == pytest.approx(115_406, abs=1)


def test_furniture() -> None:
    """Higle's Dakota furniture (*Stochastic programming: optimization when uncertainty matters*,
    INFORMS TutORials 2005): lumber, finishing and carpentry are bought before the demand is known;
    1,300, 540 and 325 of them, worth 1,730."""
    use = np.array([[8, 6, 1], [4, 2, 1.5], [2, 1.5, 0.5]])
    forms = [
        future(
            [-2.0, -4.0, -5.2], [60.0, 40.0, 10.0],
            [([*(-np.eye(3)[k]), *use[k]], 0.0) for k in range(3)],
            most_now=1e5, most_later=demand, whole=False,
        )
        for demand in ([50, 20, 200], [150, 110, 225], [250, 250, 500])
    ]  # fmt: skip
    form = joined(forms, [0.3, 0.4, 0.3])
    found = exactly(form)
    assert found.stages[0].value == pytest.approx(1730)
    assert found.columns[form.shared] == pytest.approx([1300, 540, 325])


# LOGOS (https://github.com/idaholab/LOGOS, Apache 2.0), tests/CapitalInvestments: an order of
# projects is decided now, and each future buys a first part of it that its money allows. Their
# figures of projects, chances and money, and the answers in their gold files.

CHANCES = (0.012, 0.019, 0.032, 0.052, 0.086, 0.142, 0.235, 0.188, 0.141, 0.093)
MONEY = range(11, 21)
ORDERED = (18, 20, 17, 19, 25, 21, 27, 23, 25, 24), (1, 3, 7, 4, 8, 9, 6, 10, 2, 5)
"""skp/test_skp_scenarios.xml: values and costs of ten projects."""
PLANT = (
    (2.315, 0.824, 22.459, 60.589, 0.667, 5.173, 4.003, 0.582, 0.122,
     -2.870, -0.102, -0.278, -0.322, -3.996, -0.246, -20.155),
    ((0.219, 0.257, 0.085, 0, 0), (0, 0, 0.122, 0.103, 0.013), (5.044, 1.839, 0, 0, 0),
     (6.74, 6.134, 10.442, 0, 0), (0.425, 0, 0, 0, 0), (2.125, 2.122, 0, 0, 0),
     (2.387, 0.19, 0.012, 2.383, 0.192), (0, 0.95, 0, 0, 0), (0.03, 0.03, 0.688, 0, 0),
     (0, 0.2, 0.763, 0.739, 2.539), (0.081, 0.032, 0, 0, 0), (0.3, 0, 0, 0, 0),
     (0.347, 0, 0, 0, 0), (4.025, 0.297, 0, 0, 0), (0.095, 0.095, 0.095, 0, 0),
     (5.487, 5.664, 0.5, 6.803, 6.778)),
)  # fmt: skip
"""cvar/test_cvar_skp_scenario*.xml: values and costs of 16 projects in five years, the last seven
mandated."""


def in_order(points: Sequence[float], costs: Floats, money: float, mandated: int = 0) -> Any:
    """A future: ``y[i, j]`` (now) project i stands no later than j; ``x`` (later) what is bought:
    nothing before what stands no later."""
    count = len(points)
    pairs = list(itertools.permutations(range(count), 2))
    builder = ModelBuilder()
    i, j = np.array(pairs).T
    k = np.arange(count)
    year = np.repeat([0, 1], [len(pairs), count])
    keys = {"school": np.r_[i, k], "item": np.r_[j, k], "fund": 0 * year, "year": year}
    must = np.r_[0 * i, k >= count - mandated]
    columns = builder.add_columns("buy", keys, must.astype(float), 1.0, integer=True)
    y, x = columns[: len(pairs)], columns[len(pairs) :]
    builder.add_value(x, np.asarray(points), 0 * k)
    rows = builder.add_rows("order", {"row": np.arange(len(pairs))}, -np.inf, 1.0)
    builder.add_entries(rows, x[j], 1.0)
    builder.add_entries(rows, y, 1.0)
    builder.add_entries(rows, x[i], -1.0)
    place = {pair: at for at, pair in enumerate(pairs)}
    half = [pair for pair in pairs if pair[0] < pair[1]]
    rows = builder.add_rows("one", {"row": np.arange(len(half))}, 1.0, np.inf)
    for row, (a, b) in zip(rows, half, strict=True):
        builder.add_entries([row, row], [y[place[a, b]], y[place[b, a]]], 1.0)
    paid = np.asarray(costs, float).reshape(count, -1)
    rows = builder.add_rows("money", {"row": np.arange(paid.shape[1])}, -np.inf, money)
    for row, column in zip(rows, paid.T, strict=True):
        builder.add_entries(np.full(count, row), x, column)
    return as_form(builder.freeze(1, ("value",), {}))


@pytest.mark.slow
def test_logos_order_of_ten_projects() -> None:
    """skp/gold/test_skp_scenarios.csv: 70 at money 11–13, 94 at 14–16, 114 from 17 on."""
    forms = [in_order(ORDERED[0], np.array(ORDERED[1]), money) for money in MONEY]
    form = joined(forms, CHANCES)
    gold = np.repeat([70.0, 94.0, 114.0], [3, 3, 4])
    engine, _ = choose_engine(form.model, Limits(0, 20, 1))
    (stage,) = solve_stages(
        engine, Limits(0, 20, 1)
    ).stages  # orders that tie are not all looked at
    assert stage.value == pytest.approx(float(gold @ CHANCES))
    assert stage.bound >= stage.value


@pytest.mark.parametrize(
    ("part", "gold"),
    [
        (0.0, [-23.581, *[-23.459] * 6, 37.13, 37.13, 42.303]),
        (1.0, [*[-24.126] * 2, *[-18.953] * 8]),
    ],
)
def test_logos_order_by_conditional_value_at_risk(
    part: float, gold: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """cvar/gold/test_cvar_skp_scenario.csv (risk aversion 0: the mean) and …_II.csv (1: the mean of
    the worst 5%), of projects that their plant has to do and may do."""
    forms = [in_order(PLANT[0], np.array(PLANT[1]), money, mandated=7) for money in MONEY]
    monkeypatch.setattr(extensive_form, "MEAN", 1e-6)
    aim = Aim(AimKind.CVAR, tail=0.95) if part else Aim()
    form = joined(forms, CHANCES, aim)
    found = exactly(form)
    theirs = aim.of(np.array(gold), np.array(CHANCES), "value")
    assert aimed(form, found.columns) == pytest.approx(theirs, abs=1e-3)


# --------------------------------------------------------------------------------------------------
# On a cluster.


class Cluster:
    """A stand-in for ``distributed.Client``: two workers that are threads here."""

    asked: ClassVar[list[str]] = []
    """What ran on them."""

    def __init__(self, address: str, timeout: float) -> None:
        assert address == "tcp://here:8786"
        self.pools = {f"w{k}": ThreadPoolExecutor(1) for k in range(2)}

    def wait_for_workers(self, count: int, timeout: float) -> None:
        assert count <= len(self.pools)

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        return {"workers": dict.fromkeys(self.pools)}

    def get_executor(self, workers: list[str], **_: Any) -> Any:
        pool = self.pools[workers[0]]

        def submit(task: Callable[..., Any], *given: Any) -> Any:
            self.asked.append(task.__name__)
            return pool.submit(task, *given)

        return SimpleNamespace(submit=submit)

    def close(self) -> None:
        for pool in self.pools.values():
            pool.shutdown()


@pytest.mark.parametrize("which", ["joint", "alone"])
def test_a_cluster_prices_the_blocks_of_the_futures(
    which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Solved by school on a cluster, the joint model as well as each future alone is priced there,
    and the decision is that of this process. A run that forgot the address in either of the two
    would ask nobody: the other one is solved here."""
    cases = {"same": {"weight": 3}, "less": {"set": {"funds.district.amounts.2026": 10_000_000}}}
    futures = {"decide_until": 2025, "cases": cases}
    loaded = planner.load("scenarios/three-schools", {"futures": futures})
    near = planner.futures(loaded, gap=0.001, method="by-school")
    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(Client=Cluster))
    monkeypatch.setattr(Cluster, "asked", [])
    engine = How.engine

    def one_of_them(how: How, model: Model) -> Any:
        joint = "future" in model.labels
        return engine(how if joint == (which == "joint") else replace(how, cluster=None), model)

    monkeypatch.setattr(How, "engine", one_of_them)
    far = planner.futures(loaded, gap=0.001, method="by-school", cluster="tcp://here:8786")
    assert {"hold", "solve_held"} <= set(Cluster.asked)
    for name in ("futures", "decision", "waiting"):
        pd.testing.assert_frame_equal(getattr(near, name), getattr(far, name))


def test_two_runs_on_one_cluster_keep_their_chunks_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that count their workers each for itself would give the same name to chunks of two
    models, and one would be priced in the place of the other."""
    tokens = []
    for name in ("one", "two"):  # the module as two processes have it
        spec = importlib.util.spec_from_file_location(name, subproblems.__file__)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        client = Cluster("tcp://here:8786", 1)
        tokens.append(module.ClusterWorker([], lambda _: {}, client, 0).token)
        client.close()
    assert len(set(tokens)) == 2
