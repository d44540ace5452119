"""Whoever solves a model solves the same one: rows with two bounds, models without a column, and
problems without a plan, by every method and engine against the model's bare arrays.
"""

from __future__ import annotations

import random
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from test_reference import drawn
from tiny import fund, item, norm, school, tiny

from planner.formulation.build import formulate
from planner.formulation.model import Model, ModelBuilder
from planner.run.optimize import optimize
from planner.scenario.load import inspect
from planner.scenario.scenario import Scenario
from planner.scenario.write import write
from planner.solving.choice import RacingEngine
from planner.solving.highs import make_engine
from planner.solving.lagrangian.search import LagrangianEngine, Search
from planner.solving.program import Cut, Program, ended, load, values
from planner.solving.solution import Limits, Status
from planner.vocabulary.axes import Floats

WAYS: tuple[dict[str, Any], ...] = (
    {"method": "whole"},
    {"method": "by-school"},
    {"solver": "CBC"},
)
LIMITS = Limits(0.0, 20.0, 1)


def program(model: Model) -> Program:
    """The model's own arrays, past every hand-over."""
    return Program(
        model.column_lower,
        model.column_upper,
        model.integer,
        model.row_lower,
        model.row_upper,
        model.row_index,
        model.column_index,
        model.coefficient,
    )


def bare(model: Model, *, whole: bool, objective: Floats | None = None) -> float | None:
    """The best value of the model's arrays; ``None`` where they have no solution."""
    if not model.columns:
        broken = (model.row_lower > 0).any() or (model.row_upper < 0).any()
        return None if broken else 0.0
    points = model.value if objective is None else objective
    highs = load(program(model), points, mip=whole)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.run()
    assert ended(highs) in ("optimal", "infeasible")
    return float(points @ values(highs)) if ended(highs) == "optimal" else None


def asking(value: int, copies: int, **more: Any) -> Scenario:
    """A mandatory request of 250 that may be taken in copies, and a fund of 1,000."""
    request = {"request": "r", "school": "a", "option": "o", "title": "T", "value": value}
    cost = {"request": "r", "option": "o", "fund": "cap", "year": 2023, "amount": 250}
    tables = {
        "requests": [request | {"mandatory": True, "copies": copies}],
        "request_costs": [cost],
    }
    return tiny(schools=[school("a")], norms=[], cap=1000, tables=tables, **more)


@pytest.mark.parametrize("way", WAYS)
def test_a_mandatory_request_in_copies_is_granted_at_least_once(way: dict[str, Any]) -> None:
    """1 ≤ choose ≤ 2 at −1 point: once. A hand-over that keeps one bound alone chooses 0 times
    (the audit then refuses the plan), or, the other one lost, more than twice at +1 point."""
    once = optimize(asking(-1, 2), **way)
    assert (once.status, once.value) == (Status.OPTIMAL, pytest.approx(-1))
    assert once.plan.allocation["amount"].tolist() == [250]
    assert optimize(asking(1, 2), **way).value == pytest.approx(2)


@pytest.mark.parametrize("solver", ["HiGHS", "CBC"])
@pytest.mark.parametrize(("value", "bound"), [(-1, 1.0), (1, 2.0)])
def test_a_relaxation_shows_both_bounds_and_prices_the_one_that_binds(
    solver: str, value: int, bound: float
) -> None:
    """At −1 point the lower bound of 1 ≤ choose ≤ 2 binds, at −1 a unit; at +1 the column's own
    bound says as much as the row's upper one. With one bound the value would be 0 and −1's
    price nothing."""
    loose = optimize(asking(value, 2), relax=True, solver=solver)
    assert loose.value == pytest.approx(value * bound)
    assert loose.relaxation is not None
    rows = loose.relaxation.rows.set_index("name")
    row = rows.loc["one_option_per_request[r]"]
    assert (row["lower"], row["upper"], row["activity"]) == (1.0, 2.0, pytest.approx(bound))
    if value < 0:
        assert (row["bound"], row["dual"]) == (1.0, pytest.approx(-1))
    money = rows.loc["fund_within_budget[cap,2023]"]
    assert np.isnan(money["lower"])
    assert (money["bound"], money["upper"]) == (1000, 1000)


def ranged(lower: float, upper: float) -> Model:
    """x ≤ 9 and y ≤ 9, whole, each worth a point, with one row lower ≤ x + y ≤ upper."""
    builder = ModelBuilder()
    columns = builder.add_columns("buy", {"k": np.arange(2)}, 0.0, 9.0, integer=True)
    row = builder.add_rows("sum", {"k": np.arange(1)}, lower, upper)
    builder.add_entries(np.repeat(row, 2), columns, 1.0)
    builder.add_value(columns, 1.0, np.zeros(2, dtype=np.int64))
    return builder.freeze(1, ("value",), {})


@pytest.mark.parametrize("solver", ["HiGHS", "CBC"])
@pytest.mark.parametrize("warm", [False, True])
def test_bounds_of_a_row_move_alone(solver: str, warm: bool) -> None:
    """4 ≤ x + y ≤ 7 from both sides, then as 6 ≤ … ≤ 7, 6 ≤ … ≤ 6, … ≤ 6 and 2 ≤ …: whichever
    bound a row had before, moving one leaves the other where it is."""
    model = ranged(4, 7)
    engine = make_engine(model, LIMITS, solver=solver)

    def ends() -> tuple[float, float]:
        most = engine.solve(np.ones(2), LIMITS).value
        return -engine.solve(-np.ones(2), LIMITS).value, most

    if warm:
        assert ends() == (4, 7)
    engine.set_row_lower(0, 6.0)
    assert ends() == (6, 7)
    engine.set_row_upper(0, 6.0)
    assert ends() == (6, 6)
    engine.set_row_lower(0, -np.inf)
    assert ends() == (0, 6)
    engine.set_row_upper(0, np.inf)
    assert ends() == (0, 18)
    engine.set_row_lower(0, 2.0)
    assert ends() == (2, 18)
    engine.set_row_upper(0, 1.0)
    assert engine.solve(np.ones(2), LIMITS).status is Status.INFEASIBLE


@pytest.mark.parametrize("solver", ["HiGHS", "CBC"])
@pytest.mark.parametrize("relax", [False, True])
@pytest.mark.parametrize(
    ("lower", "upper", "status"),
    [
        (0.5, np.inf, Status.INFEASIBLE),
        (-np.inf, -0.5, Status.INFEASIBLE),
        (-1.0, 1.0, Status.OPTIMAL),
        (0.0, 0.0, Status.OPTIMAL),
    ],
)
def test_a_model_without_columns_is_what_its_rows_ask(
    solver: str, relax: bool, lower: float, upper: float, status: Status
) -> None:
    """Nothing is decided, so every left side is 0: HiGHS alone calls each of them optimal. The
    same where a bound was moved, or a stage is kept that asks for more."""
    builder = ModelBuilder()
    builder.add_columns("buy", {"k": np.arange(0)}, 0.0, 1.0)
    builder.add_rows("sum", {"k": np.arange(1)}, lower, upper)
    model = builder.freeze(1, ("value",), {})
    engine = make_engine(model, LIMITS, solver=solver, relax=relax)
    none = np.zeros(0)
    assert engine.solve(none, LIMITS).status is status
    engine.set_row_lower(0, -np.inf)
    engine.set_row_upper(0, np.inf)
    assert engine.solve(none, LIMITS).status is Status.OPTIMAL
    engine.keep(Cut(np.zeros(0, dtype=np.int64), none, 1.0))
    assert engine.solve(none, LIMITS).status is Status.INFEASIBLE


def unserved(**more: Any) -> Scenario:
    """Half of what a school needs of an item that its only fund may not buy."""
    rule = {"measure": "coverage", "where": {"item": "pc"}, "at_least": "0.5"}
    return tiny(
        items=[item("pc", on_site=False)], norms=[norm("pc")],
        funds={"cap": fund(800, nature="recurrent")}, rules={"half": rule}, **more,
    )  # fmt: skip


@pytest.mark.parametrize("way", [*WAYS, {"relax": True}, {"relax": True, "solver": "CBC"}])
def test_a_floor_that_nothing_can_serve_has_no_plan(way: dict[str, Any]) -> None:
    """No purchase can exist, so the model has no column; half of 4 units is not nothing."""
    assert formulate(unserved()).model.columns == 0
    assert optimize(unserved(), **way).status is Status.INFEASIBLE


def test_a_row_without_columns_is_not_forgotten_by_school() -> None:
    """The same floor beside a school that can buy another item: no block holds the row, so a
    search block by block alone would find a plan for each and never say what is wrong."""
    rule = {"measure": "coverage", "where": {"item": "pc"}, "at_least": "0.5"}
    scenario = tiny(
        schools=[school("a"), school("b")], items=[item("pc"), item("kit", nature=("recurrent",))],
        funds={"cap": fund(100, nature="recurrent")}, rules={"half": rule},
    )  # fmt: skip
    model = formulate(scenario).model
    assert model.columns
    for way in WAYS:
        assert optimize(scenario, **way).status is Status.INFEASIBLE, way
    engine = RacingEngine(model, Limits(0.001, 20.0, 1))
    assert engine.solve(model.value, engine.limits).status is Status.INFEASIBLE


def said(scenario: Scenario) -> set[str] | None:
    """Codes of what reading the scenario found; ``None`` where it is refused."""
    with TemporaryDirectory() as folder:
        write(scenario, folder)
        loaded, findings, _ = inspect(f"{folder}/scenario.yaml")
        return None if loaded is None else {f.code for f in findings}


UNSERVED = {"floor_unserved", "floor_row_unserved"}
PC = {"measure": "coverage", "where": {"item": "pc"}, "at_least": "0.5"}
STOCK = {"school": "a", "item": "pc", "quantity": 2, "acquired": 2023}
BRINGS = {
    "requests": [{"request": "r", "school": "a", "option": "o", "title": "T", "value": 1}],
    "request_costs": [{"request": "r", "option": "o", "fund": "cap", "year": 2023, "amount": 5}],
    "request_items": [{"request": "r", "option": "o", "item": "pc", "quantity": 4, "year": 2023}],
}
RECURRENT = {"nature": ("recurrent",)}


@pytest.mark.parametrize(
    ("code", "rule", "more"),
    [
        ("floor_unserved", PC, {}),
        ("floor_row_unserved", PC | {"where": {}, "for_each": ["item"]}, {}),
        ("floor_unserved", PC | {"where": {"item": ["pc"], "school": ["a"]}}, {}),
        ("floor_unserved", PC, {"tables": {"inventory": [STOCK | {"quantity": 0}]}}),
        ("floor_unserved", PC, {"norms": [norm("pc", minimum=1, per="school")]}),
        ("", PC, {"items": [item("pc", **RECURRENT), item("kit", **RECURRENT)]}),
        ("", PC, {"tables": {"inventory": [STOCK]}}),
        ("", PC, {"tables": BRINGS}),
        ("", PC, {"schools": [school("a", classes=0)]}),
        ("", PC, {"norms": [norm("pc", **{"from": 2030})]}),
        ("", PC | {"firmness": "wish", "price": 1}, {}),
        ("", PC | {"at_least": 0}, {}),
    ],
)  # fmt: skip
def test_check_says_a_floor_that_nothing_can_serve(
    code: str, rule: dict[str, Any], more: dict[str, Any]
) -> None:
    """Said where the only fund may not buy the item, no request brings it and none is there; not
    where any of them can, nothing is needed, or the rule asks for nothing or is a wish. What is
    said is proven: the scenario has no plan."""
    given = {"items": [item("pc"), item("kit", **RECURRENT)], "norms": [norm("pc"), norm("kit")]}
    money = {"cap": fund(800, nature="recurrent")}
    scenario = tiny(**{"funds": money, "rules": {"half": rule}} | given | more)
    found = said(scenario)
    assert found is not None
    assert found & UNSERVED == ({code} if code else set())
    ended = optimize(scenario, gap=0).status
    assert not code or ended is Status.INFEASIBLE


LISTED = {
    "school": "a", "group": "completed", "level": "primary", "owner": "w", "item": "pc",
    "pillar": "infrastructure", "fund": "cap", "nature": "capital", "kind": "purchase",
    "year": 2023, "request": "r",
}  # fmt: skip


@pytest.mark.parametrize(
    "measure",
    [
        "spend",
        "coverage",
        *(pytest.param(m, marks=pytest.mark.slow) for m in ("quantity", "requests")),
    ],
)
@pytest.mark.parametrize("key", LISTED)
@pytest.mark.parametrize("each", [[], pytest.param(["school"], marks=pytest.mark.slow)])
def test_a_list_of_one_value_says_what_the_value_says(
    measure: str, key: str, each: list[str]
) -> None:
    """In every place of a selection, for every measure: a list that some check takes for a name
    of its own ends in a failure, or in other findings."""
    found = []
    for value in (LISTED[key], [LISTED[key]]):
        where = {"item": "pc"} if measure == "coverage" else {}
        rule = {"measure": measure, "where": where | {key: value}, "for_each": each}
        bound = {"at_least": "0.5"} if measure == "coverage" else {"at_least": 1}
        schools = [school("a", owner="w"), school("b", owner="w")]
        nothing = {"cap": fund(0, nature="recurrent")}
        scenario = tiny(
            schools=schools, funds=nothing, rules={"own": rule | bound}, tables=BRINGS
        )  # fmt: skip
        found.append(said(scenario))
    assert found[0] == found[1]


# ---- random scenarios ---------------------------------------------------------------------------


def with_requests(scenario: Scenario, seed: int) -> Scenario:
    """A drawn scenario with what makes rows of two bounds and rows in conflict: mandatory
    requests in copies, rivals, floors of spending, of units and of coverage."""
    chance = random.Random(seed)
    pick = chance.choice
    names = list(scenario.schools["school"])
    funds = [k for k, f in scenario.settings.funds.items() if f.role == "general"]
    asked, costs = [], []
    for k in range(chance.randint(0, 3)):
        rivals = pick((1, 1, 2))
        row = {"request": f"r{k}", "school": pick(names), "title": "T"}
        forced = chance.random() < 0.6
        for o in range(rivals):
            copies = pick((1, 2, 3)) if rivals == 1 else 1
            asked.append(
                row | {"option": f"o{o}", "value": chance.randint(-5, 9), "mandatory": forced,
                       "copies": copies}
            )  # fmt: skip
            place = {"request": f"r{k}", "option": f"o{o}", "fund": pick(funds)}
            costs.append(place | {"year": pick((2023, 2024)), "amount": chance.randint(1, 40)})
    rules: dict[str, Any] = {}
    if chance.random() < 0.4:
        floor = {"at_least": chance.randint(1, 40), "at_most": chance.randint(40, 90)}
        rules["spent"] = {"measure": "spend"} | floor
    if chance.random() < 0.4:
        rules["units"] = {"measure": "quantity", "at_least": 1, "at_most": chance.randint(1, 4)}
    if chance.random() < 0.4:
        one = {"item": pick(list(scenario.items)), "year": 2024}
        rules["half"] = {"measure": "coverage", "where": one, "at_least": pick(("0.25", "0.5"))}
    from tiny import _frame

    tables = dict(scenario.tables)
    tables |= {
        "requests": _frame("requests", asked),
        "request_costs": _frame("request_costs", costs),
    }
    settings = scenario.settings.model_dump(by_alias=True, exclude_unset=True) | {"rules": rules}
    typed = type(scenario.settings).model_validate(settings)
    return replace(scenario, settings=typed, tables=tables)


def check_ways(seed: int) -> str | None:
    """Every method, engine and relaxation against the bare arrays; how it ended."""
    scenario = with_requests(drawn(seed), seed)
    findings = said(scenario)
    if findings is None:
        return None
    model = formulate(scenario).model
    best = bare(model, whole=True)
    assert best is None or not findings & UNSERVED, seed
    for way in WAYS:
        found = optimize(scenario, gap=0, threads=1, time_limit=20, **way)
        if best is None:
            assert found.status is Status.INFEASIBLE, (seed, way, found.status)
        else:
            assert found.status is Status.OPTIMAL, (seed, way, found.status)
            assert found.value == pytest.approx(best, rel=1e-6, abs=1e-6), (seed, way)
    loose_model = formulate(scenario, implied=False).model
    level = bare(loose_model, whole=False)
    for solver in ("HiGHS", "CBC"):
        loose = optimize(scenario, relax=True, solver=solver)
        if level is None:
            assert loose.status is Status.INFEASIBLE, (seed, solver)
            continue
        assert loose.value == pytest.approx(level, rel=1e-6, abs=1e-6), (seed, solver)
        assert loose.relaxation is not None
        assert dual_value(loose_model, loose.relaxation.prices.rows) == pytest.approx(
            level, rel=1e-5, abs=1e-5
        ), (seed, solver)
    return "infeasible" if best is None else "planned"


def wide(seed: int) -> Scenario:
    """Four to seven schools tied by money, capacities and floors that often cannot hold: enough
    to be taken apart."""
    chance = random.Random(seed)
    pick = chance.choice
    names = [f"s{k}" for k in range(chance.randint(4, 7))]
    rows = [
        school(n, pupils=chance.randint(1, 9) * 10, classes=chance.randint(0, 4)) for n in names
    ]
    goods = [
        item("lan", chance.randint(5, 15), once=pick((True, False)), setup=pick((0, 6))),
        item("pc", chance.randint(3, 9), requires=("lan",), capacity=(pick((1, 2)),)),
        item("app", 4, nature=("recurrent",)),
    ]
    money = {t: chance.randint(10, 90) for t in (2023, 2024)}
    capital = {"nature": pick(("capital", "capital", None))}
    rules: dict[str, Any] = {}
    if chance.random() < 0.6:
        rules["units"] = {"measure": "quantity", "at_least": chance.randint(1, 12)}
    if chance.random() < 0.5:
        low = chance.randint(1, 60)
        more = {"for_each": ["year"]} if chance.random() < 0.5 else {}
        rules["spent"] = {"measure": "spend", "at_least": low, "at_most": low + 9} | more
    for name in ("pc", "app"):
        if chance.random() < 0.3:
            one = {"item": name, "year": 2024}
            floor = pick(("0.2", "0.5", "0.8"))
            rules[f"half-{name}"] = {"measure": "coverage", "where": one, "at_least": floor}
    most = [{"item": "lan", "year": 2023, "most": chance.randint(0, 3)}]
    return tiny(
        schools=rows, items=goods, years=(2023, 2024), rules=rules,
        funds={"cap": fund(money, carry_over=pick(("0", "0.5")), **capital)},
        tables={"capacities": most if chance.random() < 0.4 else []},
    )  # fmt: skip


def check_by_school(seed: int, gap: float) -> str:
    """By school, the way of a district and the engine alone against the bare arrays."""
    model = formulate(wide(seed)).model
    best, limits = bare(model, whole=True), Limits(gap, 30.0, 1)
    engines = LagrangianEngine(model, limits, workers=1), RacingEngine(model, limits)
    for engine in engines:
        found = engine.solve(model.value, limits)
        how = (seed, type(engine).__name__, found.status)
        if best is None:
            assert found.status is Status.INFEASIBLE, how
            continue
        assert found.status in (Status.OPTIMAL, Status.WITHIN_GAP), how
        room = 1e-6 * max(1.0, abs(best))
        assert found.value <= best + room, how
        assert found.bound >= best - room, how
        assert found.bound - found.value <= max(gap, 1e-6) * max(1.0, abs(best)) + room, how
    return "infeasible" if best is None else "planned"


@pytest.mark.parametrize("gap", [0.0, pytest.param(0.001, marks=pytest.mark.slow)])
def test_by_school_proves_what_the_whole_proves(gap: float) -> None:
    """A problem without a plan is proven so, and a plan within the gap asked for: a method that
    has tried all it knows is not out of time, and said so after a moment of thirty seconds."""
    ends = [check_by_school(seed, gap) for seed in range(14)]
    assert ends.count("planned") > 3
    assert ends.count("infeasible") > 3


@pytest.mark.slow
@pytest.mark.parametrize("start", range(20, 420, 50))
def test_by_school_proves_what_the_whole_proves_thoroughly(start: int) -> None:
    ends = [
        check_by_school(seed, (0.0, 0.001, 0.01)[seed % 3]) for seed in range(start, start + 50)
    ]
    assert ends.count("planned") > 10
    assert ends.count("infeasible") > 10


class GivesUp(Search):
    """A search that has nothing to try once its prices are found."""

    def _first_plan(self) -> str:
        return "stopped"


def test_giving_up_is_not_running_out_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search without a plan, with all its time before it, hands over: the optimum, or the proof
    that there is none. Who was asked to stop, or has no time left, hands nothing over."""
    monkeypatch.setattr("planner.solving.lagrangian.search.Search", GivesUp)
    sound_one = formulate(tiny(schools=[school("a"), school("b")], cap=50)).model
    floor = {"all": {"measure": "quantity", "at_least": 6}}
    none = formulate(tiny(schools=[school("a"), school("b")], cap=50, rules=floor)).model
    for model, status in ((sound_one, Status.OPTIMAL), (none, Status.INFEASIBLE)):
        assert (
            LagrangianEngine(model, LIMITS, workers=1).solve(model.value, LIMITS).status is status
        )
    engine = LagrangianEngine(sound_one, LIMITS, workers=1)
    engine.stop = lambda: True
    assert engine.solve(sound_one.value, LIMITS).status is Status.NO_PLAN


def dual_value(model: Model, duals: Floats) -> float:
    """The bound that shadow prices prove: Σ dual × its own bound + what the columns add."""
    paid = np.bincount(
        model.column_index, weights=duals[model.row_index] * model.coefficient,
        minlength=model.columns,
    )  # fmt: skip
    left = model.value - paid
    ends = np.where(left > 1e-9, model.column_upper, model.column_lower)
    sides = np.where(duals > 0, model.row_upper, model.row_lower)
    used, moved = np.abs(duals) > 1e-9, np.abs(left) > 1e-9
    return float(duals[used] @ sides[used] + left[moved] @ ends[moved])


@pytest.mark.slow
def test_every_way_solves_the_same_problem() -> None:
    """A bound, a row or a proof lost on the way shows as another value or status; shadow prices
    that belong to another bound do not add up to the value."""
    ends = [check_ways(seed) for seed in range(1, 6)]
    assert ends.count("planned") > 1
    assert ends.count("infeasible") > 0


@pytest.mark.slow
@pytest.mark.parametrize("start", range(16, 616, 50))
def test_every_way_solves_the_same_problem_thoroughly(start: int) -> None:
    ends = [check_ways(seed) for seed in range(start, start + 50)]
    assert ends.count("planned") > 5
    assert ends.count("infeasible") > 3
