"""What a session builds anew, and what it takes over: decisions and standing rows, plans, bases."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_session_moves import several
from tiny import fund, item, school, tiny

from planner.formulation.build import Formulation, formulate
from planner.formulation.model import Block, Model, matched
from planner.run.optimize import Session, optimize
from planner.scenario.load import load
from planner.scenario.scenario import Scenario
from planner.solving.highs import HighsEngine
from planner.solving.program import Restrictions
from planner.solving.solution import Limits
from planner.solving.warm import WarmEngine

SCENARIOS = Path(__file__).parents[1] / "scenarios"
ARRAYS = (
    *("column_lower", "column_upper", "integer", "row_lower", "row_upper", "row_index"),
    *("column_index", "coefficient", "spend", "lateness", "people"),
)
FLOOR = {"measure": "coverage", "where": {"item": "kit"}, "for_each": ["school"], "at_least": 0.1}


def catalogue(base: Scenario, column: str, values: dict[str, Any]) -> Scenario:
    """A scenario with other values of items in one column of the catalogue."""
    table = base.table("catalogue")
    pairs = zip(table["item"], table[column], strict=True)
    new = table.assign(**{column: [values.get(name, value) for name, value in pairs]})
    new = new.astype(table.dtypes.to_dict())
    return replace(base, tables={**base.tables, "catalogue": new})


def same_model(one: Model, other: Model) -> bool:
    """Whether two models are equal in every number and name."""
    arrays = all(np.array_equal(getattr(one, k), getattr(other, k)) for k in ARRAYS)
    stages = zip(one.stage_values, other.stage_values, strict=True)
    points = one.stages == other.stages and all(np.array_equal(*pair) for pair in stages)
    return arrays and points and one.shape == other.shape and one.scale == other.scale


CHANGES: dict[str, Any] = {
    "price": lambda base: catalogue(base, "price", {"pc": 13}),
    "upkeep": lambda base: catalogue(base, "upkeep", {"kit": Decimal("0.3")}),
    "item weight": lambda base: catalogue(base, "weight", {"kit": Decimal(5)}),
    "level": lambda base: catalogue(base, "price_high", {"pc": 19}).with_("prices", "high"),
    "discount": lambda base: base.with_("discount", 0.1),
    "tiers": lambda base: base.with_("tiers", [[1.0, 3]]),
    "money": lambda base: base.with_("funds.cap.amounts.2024", 500),
    "strict": lambda base: base.with_("priority.mode", "strict"),
    "maxmin": lambda base: base.with_("priority.mode", "maxmin"),
    "rule added": lambda base: base.with_("rules.new", FLOOR),
    "rule of another kind": lambda base: base.with_("rules.cap.where", {"item": "pc"}),
    "rule left out": lambda base: base.with_("rules.basic", None),
}  # fmt: skip


def taken_over(kinds: list[str], implied: bool) -> None:
    """Asserts of some changes, one on top of the other, that the model is that of a new start."""
    base = several()
    form = formulate(base, implied=implied, movable=True)
    for kind in kinds:
        scenario = base if kind == "none" else CHANGES[kind](base)
        like = formulate(scenario, implied=implied, movable=True, like=form)
        assert like.frame is not None
        assert form.frame is not None
        assert like.frame.service is form.frame.service, kind
        new = formulate(scenario, implied=implied, movable=True)
        assert same_model(like.model, new.model), kind
        assert like.columns.buys.equals(new.columns.buys), kind
        form = like


def test_what_is_taken_over_gives_the_model_of_a_new_start() -> None:
    """Proves of prices, a mode and a rule more that decisions and standing rows are taken over, and
    that every bound, coefficient, point and name is that of a model built from nothing. Prices left
    in a row of money, rows that did not move up beside a rule more, or points of the old weights
    would each differ."""
    taken_over(["level", "maxmin", "rule added"], implied=True)


@pytest.mark.slow
@pytest.mark.parametrize("implied", [True, False])
def test_every_change_gives_the_model_of_a_new_start(implied: bool) -> None:
    """The same of every change, there and back."""
    taken_over([k for kind in CHANGES for k in (kind, "none")], implied)


def _taken(form: Formulation, scenario: Scenario) -> bool:
    like = formulate(scenario, movable=True, like=form)
    return like.frame.service is form.frame.service  # type: ignore[union-attr]


def test_what_changes_decisions_is_built_from_nothing() -> None:
    """Proves that other needs, the first site works, money declared for other years and the price
    of what is bought by the đồng with a least delivery are not answered from old decisions; nor is
    a model without the rows that are implied."""
    items = [item("pc", 10), item("fee", 4, whole=False, least=2)]
    base = tiny(items=items, years=(2023, 2024), funds={"cap": fund({2023: 80, 2024: 60})})
    form = formulate(base, movable=True)
    richer = base.with_("funds.cap.amounts.2023", 90)
    assert _taken(form, richer)
    assert _taken(form, catalogue(base, "price", {"pc": 12}))
    schools = base.schools.assign(classes=base.schools["classes"] + 1)
    others = [
        catalogue(base, "price", {"fee": 5}), catalogue(base, "setup", {"pc": 9}),
        catalogue(base, "life", {"pc": 1}), catalogue(base, "price", {"pc": 10_000_000}),
        replace(base, tables={**base.tables, "schools": schools}),
        base.with_("funds.cap.carry_over", 0.5), base.with_("tiers", [[0.5, 2], [1.0, 1]]),
        tiny(items=items, years=(2023, 2024), funds={"cap": fund({2023: 80})}),
    ]  # fmt: skip
    for other in others:
        assert not _taken(form, other)
    assert formulate(base, implied=False, movable=True, like=form).frame.service is not (  # type: ignore[union-attr]
        form.frame.service  # type: ignore[union-attr]
    )


def test_names_find_their_places_again() -> None:
    """Proves that a block pushed in, a block of the same name twice, and members left out or in
    another order are found by name and key; places taken by number would be others."""

    def block(name: str, start: int, keys: list[int]) -> Block:
        return Block(name, start, start + len(keys), {"year": np.array(keys)})

    old = (block("buy", 0, [1, 2]), block("side", 2, [1]), block("side", 3, [1]))
    new = (
        block("new", 0, [1]), block("buy", 1, [2, 3]), block("side", 3, [1]), block("side", 4, [1])
    )  # fmt: skip
    assert matched(old, new, 5).tolist() == [-1, 1, -1, 2, 3]


QUICK = ("level", "rule of another kind")


@pytest.mark.parametrize(
    "kind", [k if k in QUICK else pytest.param(k, marks=pytest.mark.slow) for k in CHANGES]
)
def test_a_session_goes_on_after_every_change(kind: str) -> None:
    """Proves that each change gives the optimum of a fresh solve, and the scenario before it, asked
    again, its own; a basis or a plan put in wrong places would lead elsewhere or nowhere."""
    base = several()
    session = Session(base, gap=0)
    first = session.solve()
    changed = CHANGES[kind](base)
    warm, cold = session.solve_scenario(changed), optimize(changed, gap=0)
    assert (warm.status, warm.value) == (cold.status, pytest.approx(cold.value, abs=1e-6))
    loose = session.solve_scenario(changed, relax=True)
    assert loose.value == pytest.approx(optimize(changed, relax=True).value, abs=1e-6)
    assert session.solve_scenario(base).value == pytest.approx(first.value, abs=1e-6)


def test_more_money_gives_no_less_with_a_rule_more() -> None:
    """Proves that a plan stays a start when a rule is added that it keeps: at a gap of 90%, where
    the first plan that comes is good enough, the value does not fall."""
    base = tiny(
        schools=[school("a"), school("b", classes=6, pupils=90)], items=[item("pc", 10)],
        funds={"cap": fund(60)},
    )  # fmt: skip
    session = Session(base, gap=0)
    best = session.solve().value
    rule = {"measure": "spend", "at_most": 1_000}
    for changes in ({"rules.new": rule}, {"rules.new": rule, "funds.cap.amounts.2023": 65}):
        assert session.solve_scenario(base.with_(changes), gap=0.9).value >= best - 1e-9
    assert len(session.model.plans) == 3


def test_a_relaxation_goes_on_where_the_last_one_ended() -> None:
    """Proves that the basis is taken over: a rule more that does not bind takes not one step of
    the simplex method; a new start takes many."""
    base = several()
    session = Session(base, gap=0)
    before = session.solve(relax=True)
    rule = {"measure": "spend", "for_each": ["school", "year"], "at_most": 100_000}
    after = session.solve_scenario(base.with_("rules.new", rule), relax=True)
    assert after.value == pytest.approx(before.value)
    assert session.model.engines["stated"].highs.getInfo().simplex_iteration_count == 0


def test_what_is_settled_is_left_out_of_a_search() -> None:
    """Proves that a search in a neighbourhood gives the value of the whole model under the same
    bounds, what is settled included, and that settled decisions which break a row are infeasible:
    left out, their money would be spent twice."""
    base = tiny(
        schools=[school("a"), school("b", classes=6, pupils=90)], items=[item("pc", 10)],
        years=(2023, 2024), funds={"cap": fund({2023: 30, 2024: 40})},
    )  # fmt: skip
    form = formulate(base, movable=True)
    model, limits = form.model, Limits(gap=0)
    plain = HighsEngine(model, limits)
    objective = model.value
    best = plain.solve(objective, limits)
    buys = form.columns.buys["column"].to_numpy()
    lower, upper = model.column_lower.copy(), model.column_upper.copy()
    lower[buys[:-1]] = upper[buys[:-1]] = [1, 0, 1]  # school b may buy in 2024 as it likes
    found = []
    for engine in (plain, WarmEngine(model, limits)):
        engine.restrictions = replace(Restrictions.of(model), lower=lower, upper=upper)
        found.append(engine.solve(objective, limits, start=None))
    assert found[1].value == pytest.approx(found[0].value)
    assert found[1].bound == pytest.approx(found[0].bound)
    assert found[0].value < best.value
    assert engine.highs is None  # the whole was never handed over
    # eleven units are needed, and there is money for seven
    lower[buys] = upper[buys] = model.column_upper[buys]
    engine.restrictions = replace(Restrictions.of(model), lower=lower, upper=upper)
    assert engine.solve(objective, limits).status == "infeasible"


@pytest.mark.slow
def test_the_district_is_built_anew_in_part() -> None:
    """Proves of Ba Đình that other prices, points, a mode and a rule more give the model of a new
    start, and, in seconds of the processor, that they take less than half as long."""
    import time

    base = load(SCENARIOS / "ba-dinh")
    form = formulate(base, movable=True)
    rule = {"measure": "coverage", "where": {"item": "wifi"}, "for_each": ["school"], "at_least": 0}
    spent = np.zeros(2)
    for changes in (
        {"prices": "high"}, {"prices": "low"}, {"discount": 0.05}, {"priority.mode": "maxmin"},
        {"priority.mode": "strict"}, {"rules.new": rule},
    ):  # fmt: skip
        scenario, models = base.with_(changes), []
        for k, like in enumerate((form, None)):
            began = time.process_time()
            models.append(formulate(scenario, movable=True, like=like).model)
            spent[k] += time.process_time() - began
        assert same_model(*models)
    assert spent[0] < spent[1] / 2


def test_a_stop_while_the_model_is_built_again_changes_no_answer() -> None:
    """Money 40, a unit is 10, then 5: four units, then eight, four for each of two schools. Stopped
    while the model of the new prices is built, a session kept the old one under the new roof, and
    answered the next question with what four units are worth."""
    scenario = tiny(schools=[school("a"), school("b")], cap=40)
    cheap = tiny(schools=[school("a"), school("b")], cap=40, items=[item("pc", 5)])
    session = Session(scenario, gap=0)
    before = session.solve_scenario(scenario)
    assert session.solve_scenario(cheap, stop=lambda: True).maybe_plan is None
    after = session.solve_scenario(cheap)
    assert after.value == pytest.approx(2 * before.value)
    assert session.solve_scenario(scenario).value == pytest.approx(before.value)
