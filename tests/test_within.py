"""Fewer lines for a little value, and what is proven beside it: instances solved by hand, brute
force beside them."""

from __future__ import annotations

import copy
import itertools
import json
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from tiny import EQUAL, fund, item, lines, norm, school, tiny

import planner
from planner.analysis.verdicts import prove_bounds
from planner.cli.commands import run as command
from planner.formulation.build import formulate
from planner.plan.tables import sizes_of
from planner.proof import audit
from planner.run import optimize as module
from planner.run.folder import prove
from planner.run.optimize import claims, optimize
from planner.scenario.scenario import Scenario
from planner.solving import parameters
from planner.solving.neighbourhoods import Blocks
from planner.solving.program import Restrictions
from planner.solving.solution import Limits, Status
from planner.solving.stages import Kept
from planner.solving.sureness import GOALS, FewestLines, purchases
from planner.solving.within import Lots, Within


def four_ways(**settings: Any) -> Scenario:
    """Four units that are needed in 2024 alone, at 10: 100 points, whichever of two funds pays in
    whichever of two years; each has 40 a year."""
    funds = {name: fund({2023: 40, 2024: 40}) for name in ("a", "b")}
    norms = [norm("pc", **{"from": 2024})]
    return tiny(funds=funds, norms=norms, years=(2023, 2024), **settings)


def searched(scenario: Scenario, levels: list[float], within: float) -> tuple[Any, Any, Any]:
    """(what the search for fewest lines finds from a plan given by its purchases, the goal, the
    formulation)."""
    form = formulate(scenario)
    model, at = form.model, purchases(form.model).indices
    fixed = Restrictions.of(model)
    lower, upper = fixed.lower.copy(), fixed.upper.copy()
    lower[at] = upper[at] = levels
    bounds = Restrictions(lower, upper, fixed.row_lower, fixed.row_upper)
    limits = Limits(time_limit=20, threads=1)
    points = dict(zip(model.stages, model.stage_values, strict=True))
    free = Kept(model, dict.fromkeys(points, 0.0), 10**6, {})
    plan = Within(free, bounds, np.zeros(0), limits, lambda: False).relaxed(-model.value)
    assert plan is not None
    kept = Kept(model, {name: float(worth @ plan) for name, worth in points.items()}, within, {})
    goal = GOALS["fewest_lines"](model)
    search = Within(kept, fixed, plan, limits, lambda: False)
    return search.search(goal, lambda _: True), goal, form


def test_four_lines_become_one_at_no_cost() -> None:
    """A unit from each of two funds in each of two years is four lines, two visits, two funds; all
    from one fund in one year is worth as much. A search that counted units instead of lines would
    leave four."""
    found, goal, form = searched(four_ways(), [1, 1, 1, 1], 1e-6)
    assert goal.measure(found.columns) == found.measure == (1, 1, 1)
    assert float(form.model.value @ found.columns) == pytest.approx(100)
    assert 0 < found.bound <= 1


def two_schools(**settings: Any) -> Scenario:
    """Four units at school a are worth 100 points, one at the tiny school z a single point."""
    schools = [school("a"), school("z", pupils=1, classes=1, group="none")]
    return tiny(schools=schools, cap=50, **settings)


@pytest.mark.parametrize(("within", "left"), [(0.002, 2), (0.0098, 2), (0.0101, 1), (0.5, 1)])
def test_a_crumb_goes_where_it_is_worth_less_than_may_be_given_up(within: float, left: int) -> None:
    """The crumb is 1 of 101 points, 0.99%: within less than that nothing changes, within more the
    line goes. What is given up never exceeds what may be: with half of all value to give, the line
    of 100 points stays, for no plan has none."""
    result = optimize(two_schools(solve={"gap": 1e-6}), tidy=within)
    assert len(lines(result.plan)) == left
    assert result.tidied is not None
    assert (result.tidied.before.lines, result.tidied.after.lines) == (2, left)
    assert result.tidied.value == pytest.approx(101)
    assert result.value >= (1 - within) * 101 - 1e-6
    assert result.bound == pytest.approx(101)


def level_at_one(**settings: Any) -> Scenario:
    """One of schools a and b must reach level 2, 10 points away from each; four pc there bring 6 of
    them, four tv 5. A pc at 10 is worth 24.75 points at a and 22.275 at b, a tv at 1 a hundredth of
    that; 85 is enough for all but three of the tv."""
    names = ("a", "b")
    tables = {
        "criteria": [{"criterion": "t1", "name": "t1", "group": "teaching", "most": 100}],
        "criterion_items": [
            {"criterion": "t1", "item": k, "points": n} for k, n in (("pc", 6), ("tv", 5))
        ],
        "indicators": [{"school": n, "criterion": "t1", "year": 2022, "value": 40} for n in names],
    }
    schools = [school("a"), school("b", pupils=90)]
    items = [item("pc", weight=99), item("tv", price=1)]
    rule = {"measure": "schools", "where": {"reaches": 2}, "at_least": 1}
    return tiny(
        schools=schools, items=items, cap=85, tables=tables, rules={"one": rule}, **settings
    )


def test_lines_fall_where_a_rule_counts_schools() -> None:
    """The crumb of one tv at b goes: four lines become three, which a level at a school (both of
    its lines) beside the pc of the other needs at least. Relaxed, the pc of both schools are six
    tenths of a level each, more than the one that is asked for: a search among the lines of that
    finds no plan at any step, and all four stay. What is proven is of all plans, wherever the level
    is: two lines, not the three that are left with a level at a."""
    result = optimize(level_at_one(solve={"gap": 1e-6}), tidy=0.2)
    assert [line[:2] for line in lines(result.plan)] == [("a", "pc"), ("a", "tv"), ("b", "pc")]
    assert result.tidied is not None
    assert (result.tidied.before.lines, result.tidied.after.lines) == (4, 3)
    assert result.tidied.bound_of_lines == 2
    assert result.value == pytest.approx(4 * (25 + 22.5 * 0.99))
    assert audit(result.scenario, result.plan.text_tables(), claims(result)) == []


@pytest.mark.parametrize(
    ("rule", "kinds"),
    [
        ({"measure": "requests", "at_least": 1}, {"choose"}),
        ({"measure": "spend", "where": {"kind": "request"}, "at_least": 5}, {"choose"}),
        ({"measure": "spend", "where": {"kind": "request"}, "at_most": 15}, set()),
        ({"measure": "spend", "at_least": 5}, set()),
        ({"measure": "coverage", "at_least": 0.1}, set()),
        ({"measure": "requests", "for_each": ["school"], "at_least": 1}, set()),
    ],
)
def test_decisions_that_a_rule_counts_over_schools(rule: dict[str, Any], kinds: set[str]) -> None:
    """A request of a pc by each of two schools: counted where one must be granted, or a floor of
    money be met by requests alone. Not where purchases can meet it, nor where money is what there
    is at most, as in a fund, nor where each school has a rule of its own: held for those, other
    plans with fewer lines would be lost."""
    names = ("a", "b")
    wish = {"option": "x", "title": "t", "value": 1}
    cost = {"option": "x", "fund": "cap", "year": 2023, "amount": 5}
    brought = {"option": "x", "item": "pc", "year": 2023, "quantity": 1}
    tables = {
        "requests": [wish | {"request": f"r{n}", "school": n} for n in names],
        "request_costs": [cost | {"request": f"r{n}"} for n in names],
        "request_items": [brought | {"request": f"r{n}"} for n in names],
    }
    schools = [school(n) for n in names]
    model = formulate(tiny(schools=schools, cap=85, tables=tables, rules={"r": rule})).model
    counted = Blocks.of(model).counted
    assert {b.name for b in model.column_blocks if counted[b.indices].any()} == kinds


def test_what_gave_up_value_is_no_optimum() -> None:
    """101 points were proven best, 100 are left: the verdict stands for the plan before, and the
    gap is that of this plan. Without tidying it is called the optimum it is."""
    scenario = two_schools(solve={"gap": 1e-6})
    tidy, plain = (optimize(scenario, tidy=within) for within in (0.02, 0.0))
    assert (plain.status, plain.tidied) == ("optimal", None)
    assert (tidy.status, [s.status for s in tidy.stages]) == ("within_gap", ["within_gap"])
    assert tidy.gap == pytest.approx(0.01)


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_plan_that_the_time_limit_stopped_is_tidied(
    by_hand: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All time is gone with 101 points found and 110 not excluded: the crumb goes all the same,
    bound and verdict stay, and the audit proves what is said of it. Tidied only once proven, or in
    the time that is left, two lines stay. A plan that Ctrl-C stopped stays as it was."""
    whole, solved = module.solve_whole, []

    def late(form: Any, engine: Any, limits: Limits, *rest: Any, **more: Any) -> Any:
        solution, outlook = whole(form, engine, replace(limits, time_limit=20.0), *rest, **more)
        (stage,) = solution.stages
        stage = replace(stage, status=Status.STOPPED, bound=110.0)
        time.sleep(0.02)
        solved.append(by_hand)
        return replace(solution, status=Status.STOPPED, stages=(stage,)), outlook

    monkeypatch.setattr(module, "solve_whole", late)
    scenario = two_schools(solve={"gap": 1e-6})
    result = optimize(scenario, tidy=0.02, time_limit=0.01, stop=lambda: any(solved))
    assert (result.status, result.bound) == ("stopped", 110)
    assert len(lines(result.plan)) == (2 if by_hand else 1)
    said = claims(result).get("tidy")
    assert (said is None) == by_hand
    if not by_hand:
        assert isinstance(said, dict)
        assert (said["lines_before"], said["lines"]) == (2, 1)
        assert (said["value_before"], result.value) == (pytest.approx(101), pytest.approx(100))


def test_nothing_is_given_up_at_gap_0() -> None:
    """Gap 0 asks for the optimum, ties broken: all 101 points, whatever might be given up."""
    result = optimize(two_schools(solve={"gap": 0}), tidy=0.5)
    assert result.tidied is None
    assert result.value == pytest.approx(101)


@pytest.mark.parametrize(
    ("priority", "within", "left"),
    [
        ({"mode": "weighted"}, 0.4, 1),
        ({"mode": "strict", "by": "whole"}, 0.4, 2),  # the stage of z is worth 0.5 of a point
        ({"mode": "strict", "by": "whole"}, 0.6, 1),
        ({"mode": "maxmin"}, 0.4, 2),  # z would have nothing: a floor of 0 instead of 1
    ],
)
def test_every_stage_keeps_its_own(priority: dict[str, str], within: float, left: int) -> None:
    """Of the value alone, two fifths may be given up and the crumb with it; of its own stage, or of
    the lowest coverage, it is all there is. A stage of less than a point is measured by the
    point."""
    weights = {"completed": 1, "under_construction": 1, "preparing": 1, "none": 0.5}
    scenario = two_schools(solve={"gap": 1e-6}, priority=priority | {"weights": weights})
    result = optimize(scenario, tidy=within)
    assert len(lines(result.plan)) == left
    assert result.tidied is not None
    for stage in result.stages:
        size = max(1.0, abs(result.tidied.stages[stage.name]))
        assert stage.value >= result.tidied.stages[stage.name] - within * size - 1e-6


def every_plan(scenario: Scenario) -> Iterator[tuple[tuple[int, ...], dict[str, float]]]:
    """(lots of each purchase, what each stage can reach with them) of every plan there is."""
    form = formulate(scenario)
    model, at = form.model, purchases(form.model).indices
    bounds, limits = Restrictions.of(model), Limits(time_limit=20, threads=1)
    free = Kept(model, dict.fromkeys(model.stages, 0.0), 10**6, {})
    for levels in itertools.product(*(range(int(most) + 1) for most in model.column_upper[at])):
        lower, upper = bounds.lower.copy(), bounds.upper.copy()
        lower[at] = upper[at] = levels
        now = Restrictions(lower, upper, bounds.row_lower, bounds.row_upper)
        reached = {}
        for name, worth in zip(model.stages, model.stage_values, strict=True):
            plan = Within(free, now, np.zeros(0), limits, lambda: False).relaxed(-worth)
            if plan is not None:
                reached[name] = float(worth @ plan)
        if reached:
            yield levels, reached


def brute(scenario: Scenario, within: float) -> tuple[float, int]:
    """(most points, fewest lines within the share) of all plans, by trying every one."""
    worth = [(sum(r.values()), sum(n > 0 for n in levels)) for levels, r in every_plan(scenario)]
    best = max(value for value, _ in worth)
    return best, min(n for value, n in worth if value >= (1 - within) * best - 1e-9)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_narrowest_of_six_is_found_in_two_rounds(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of boxes 0 to 5 those up to the last that holds a plan do; whichever that is, it is found, on
    one core and on two. Halving would need three rounds."""
    form = formulate(four_ways())
    kept, now = Kept(form.model, {}, 0.01, {}), Restrictions.of(form.model)
    limits = Limits(time_limit=20, threads=threads)
    search = Within(kept, now, np.zeros(form.model.columns), limits, lambda: False)
    boxes = [(np.array([float(k)]), np.array([float(k)])) for k in range(6)]
    for last in range(-1, 6):

        def whole(_: Any, lower: Any, __: Any, last: int = last, **___: Any) -> Any:
            return lower if lower[0] <= last else None

        monkeypatch.setattr(Within, "whole", whole)
        found = search._narrowest(boxes, 2)
        assert (-1 if found is None else int(found[0])) == last


@pytest.mark.parametrize("seed", range(6))
def test_no_plan_has_fewer_lines_than_is_proven(seed: int) -> None:
    """Against every plan there is: what tidying finds is worth enough, has no fewer lines than the
    fewest there are, and no fewer than the bound says; and here it finds the fewest."""
    random = np.random.default_rng(seed)
    money = {name: {y: int(random.integers(0, 5)) * 10 for y in (2023, 2024)} for name in "ab"}
    money["a"][2023] += 10
    scenario = tiny(
        funds={name: fund(amounts) for name, amounts in money.items()}, years=(2023, 2024),
        schools=[school("a", classes=3)], solve={"gap": 1e-6},
    )  # fmt: skip
    within = float(random.choice([0.01, 0.2, 0.5]))
    best, fewest = brute(scenario, within)
    result = optimize(scenario, tidy=within)
    assert result.tidied is not None
    assert result.tidied.value == pytest.approx(best)
    assert result.value >= (1 - within) * best - 1e-6
    assert result.tidied.bound_of_lines is not None
    assert result.tidied.bound_of_lines <= fewest <= len(lines(result.plan))
    assert len(lines(result.plan)) == fewest


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tidied plan as a folder."""
    result = optimize(two_schools(solve={"gap": 1e-6}), tidy=0.02)
    return planner.write(result, tmp_path_factory.mktemp("tidy") / "plan", figures=False)


def forged(head: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Claims of a tidied plan that are not so, by what is wrong."""
    for key, wrong in (
        ("lines", 2), ("visits", 2), ("sources", 2), ("smallest", 10), ("lines_before", 0),
        ("bound_of_lines", 2), ("within", 0.001), ("within", 0), ("within", None),
        ("within", 0.5),  # the loss would be kept by that, but 0.02 was asked for
        ("value_before", 102.0), ("people_before", "x"), ("smallest_before", -1),
        ("stages_before", {}), ("stages_before", {"value": 103.0}), ("visits_before", True),
        ("sizes_before", {"10": 1}), ("sizes_before", {"10": 1, "20": 2}),
        ("sizes_before", {"5": 1, "20": 1}), ("sizes_before", {"20": 2}),
        ("sizes_before", {"10": 2, "15": 0}), ("sizes_before", {"12": 2}), ("sizes_before", 2),
    ):  # fmt: skip
        below = copy.deepcopy(head)
        below["tidy"][key] = wrong
        yield f"{key} {wrong}", below
    missing = copy.deepcopy(head)
    del missing["tidy"]["visits"]
    yield "a key is missing", missing
    yield (
        "no tidying, yet so wide a gap within the gap",
        {k: v for k, v in head.items() if k != "tidy"},
    )
    for asked in (0.5, "x", ...):  # without it the scenario's own 0.002 was asked for
        other = copy.deepcopy(head)
        other["settings"] |= {"tidy": asked}
        if asked is ...:
            del other["settings"]["tidy"]
        yield f"asked for {asked}", other
    proud = copy.deepcopy(head) | {"status": "optimal"}
    proud["stages"][0]["status"] = "optimal"
    yield "called an optimum", proud
    yield "more than there is", copy.deepcopy(head) | {"tidy": {**head["tidy"], "won": 3}}


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_false_claims_of_tidying_are_found(folder: Path, every: int) -> None:
    """Each claim on the lines and on what was given up, changed: the audit says so. Claims taken
    as they stand would let a plan promise any number of lines, or call any loss tidying."""
    file = folder / "plan.json"
    text = file.read_text("utf-8")
    assert prove(folder)[0] == []
    missed = []
    try:
        for what, head in list(forged(json.loads(text)))[::every]:
            file.write_text(json.dumps(head), encoding="utf-8")
            if not prove(folder)[0]:
                missed.append(what)
    finally:
        file.write_text(text, encoding="utf-8")
    assert not missed


def test_the_scenarios_own_tidying_is_held_to_it(tmp_path: Path) -> None:
    """Without ``--tidy`` nothing stands in the settings of the run, and what the plan gave up is
    held to what the scenario says: another part is found."""
    result = optimize(two_schools(solve={"gap": 1e-6}, tidy={"within": 0.02}))
    assert "tidy" not in result.settings
    said: dict[str, Any] = claims(result)
    tables = result.plan.text_tables()
    assert audit(result.scenario, tables, said) == []
    more = said | {"tidy": said["tidy"] | {"within": 0.03}}
    found = audit(result.scenario, tables, more)
    assert [f.where.column for f in found] == ["tidy.within"]


def test_sizes_before_are_kept_and_drawn(folder: Path) -> None:
    """Before, one line of 10 and one of 40 (size 20 to 50); now the one of 40. The figure has a bar
    for each size, before in grey, from the folder as from the result; a plan that was not tidied
    has bars of its own alone. A folder written without the sizes is a folder all the same."""
    head = json.loads((folder / "plan.json").read_text("utf-8"))
    assert head["tidy"]["sizes_before"] == {"10": 1, "20": 1}
    result = optimize(two_schools(solve={"gap": 1e-6}), tidy=0.02)
    for source in (result, planner.read(folder)):
        heights: dict[str, list[int]] = {}
        for bar in planner.plots.line_sizes(source, lang="en").patches:
            heights.setdefault(str(bar.get_gid()), []).append(int(bar.get_height()))
        assert heights == {"before": [1, 1], "after": [0, 1]}
    plain = optimize(two_schools(solve={"gap": 1e-6}), tidy=0.0)
    assert {b.get_gid() for b in planner.plots.line_sizes(plain).patches} == {"after"}
    tables = result.plan.text_tables()
    older = {k: v for k, v in claims(result)["tidy"].items() if k != "sizes_before"}  # type: ignore[attr-defined]
    assert audit(result.scenario, tables, claims(result) | {"tidy": older}) == []


def test_sizes_begin_at_one_two_and_five() -> None:
    """A line belongs to the largest of 1, 2, 5, 10 … that it reaches, 0 to 0, each counted; what is
    no purchase is left out. Logarithms in floats would put 999 with 1,000, or 1,000 with 500."""
    amounts = [0, 1, 2, 4, 5, 9, 10, 19, 999, 1_000, 4_999, 5 * 10**17, 10**15]
    frame = pd.DataFrame({"kind": "purchase", "amount": [*amounts, 7]})
    frame.loc[len(amounts), "kind"] = "upkeep"
    assert sizes_of(frame) == {
        0: 1, 1: 1, 2: 2, 5: 2, 10: 2, 500: 1, 1_000: 1, 2_000: 1, 10**15: 1, 5 * 10**17: 1,
    }  # fmt: skip


def test_the_summary_says_what_tidying_cost(folder: Path) -> None:
    """Lines before and after, the smallest line, points and pupil-years, in both languages; where
    nothing was found it says that. Where no pupil-year was lost nothing is said of them, and
    nowhere "None"."""
    from planner.present.summary import summary

    scenario = two_schools(solve={"gap": 1e-6})
    result = optimize(scenario, tidy=0.02)
    english, vietnamese = (" ".join(summary(result, lang).split()) for lang in ("en", "vi"))
    assert "from 2 purchase lines to 1; the smallest went from 10 VND to 40 VND" in english
    assert "That cost 1.0 points (1.00%); pupil-years equipped fell by 1." in english
    assert "từ 2 còn 1 dòng mua sắm" in vietnamese
    assert result.tidied is not None
    kept = replace(result, people=result.tidied.people)
    english, vietnamese = (" ".join(summary(kept, lang).split()) for lang in ("en", "vi"))
    assert "That cost 1.0 points (1.00%). No plan" in english
    assert "Đổi lại giảm 1,0 điểm (1,00%). Đã chứng minh" in vietnamese
    assert "no plan with fewer than 2 purchase lines" in " ".join(
        summary(optimize(scenario, tidy=0.002), "en").split()
    )


def test_a_tidied_plan_is_audited_as_it_stands() -> None:
    """The claims of a result in memory are those that the audit proves."""
    result = optimize(two_schools(solve={"gap": 1e-6}), tidy=0.02)
    assert audit(result.scenario, result.plan.text_tables(), claims(result)) == []
    assert claims(result)["tidy"]["lines"] == 1  # type: ignore[index]


def test_blocks_of_schools_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large plan is audited in blocks of schools: lines, visits and the smallest line are those
    of all of them, so that a false count is found there too."""
    from planner.proof import blocks

    monkeypatch.setattr(blocks, "SCHOOLS", 1)
    result = optimize(two_schools(solve={"gap": 1e-6}), tidy=0.002)
    tables, head = result.plan.text_tables(), claims(result)
    assert audit(result.scenario, tables, head) == []
    tidy = dict(head["tidy"]) | {"lines": 1}  # type: ignore[call-overload]
    assert audit(result.scenario, tables, head | {"tidy": tidy})


def test_bounds_of_later_stages_are_proven_beside_what_was_reached_before() -> None:
    """Money 60. Stage 1: four units at a (100 points) and the crumb at z (1); what is left, 10,
    buys stage 2 one unit at n, 25 points, its bound. Tidied within 2%, stage 1 keeps 100; beside
    those a second unit fits at n, which refutes nothing, for the bound was proven beside 101.

    Solved again beside the 100, the bound stays open.
    """
    schools = [school("a"), school("z", pupils=1, classes=1), school("n", group="none")]
    strict = {"mode": "strict", "by": "whole", "weights": EQUAL}
    scenario = tiny(schools=schools, cap=60, priority=strict, solve={"gap": 1e-6})
    result = optimize(scenario, tidy=0.02)
    assert [s.value for s in result.stages] == [pytest.approx(100), pytest.approx(25)]
    assert [p.verdict for p in prove_bounds(scenario, claims(result))] == ["holds", "holds"]


def heard(scenario: Scenario, **options: Any) -> tuple[Any, list[tuple[str, float | None]]]:
    """(result, stages and values of its progress); stopped as soon as tidying begins."""
    told: list[tuple[str, float | None]] = []
    result = optimize(
        scenario, progress=lambda at: told.append((at.stage, at.value)),
        stop=lambda: any(stage == "tidy" for stage, _ in told), **options,
    )  # fmt: skip
    return result, told


def test_who_stops_tidying_keeps_the_plan_before() -> None:
    """Stopped as it begins: both lines and all 101 points are kept, proven and audited as they
    were; what is said of tidying is that nothing was found. Losing the plan, or calling it worth
    less, would punish impatience."""
    scenario = two_schools(solve={"gap": 1e-6})
    result, told = heard(scenario, tidy=0.02)
    assert told[-1] == ("tidy", 2)
    assert (len(lines(result.plan)), result.value) == (2, pytest.approx(101))
    assert result.status == "optimal"
    assert result.tidied is not None
    assert (result.tidied.before, result.tidied.bound_of_lines) == (result.tidied.after, None)
    assert audit(scenario, result.plan.text_tables(), claims(result)) == []


def test_ctrl_c_while_tidying_writes_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real SIGINT as soon as the verb says that it tidies: exit code 0, for the plan was proven
    before, a folder that proves itself with every line in it, and it is said that it stops."""
    from planner.cli import run as door
    from planner.scenario import write

    said = door.Listener.progress

    def pressed(self: Any, at: Any) -> None:
        said(self, at)
        if at.stage == "tidy" and not self.stopping:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(door.Listener, "progress", pressed)
    write.write(two_schools(solve={"gap": 1e-6}, tidy={"within": 0.02}), tmp_path / "s")
    path = tmp_path / "s" / "scenario.yaml"
    asked = [str(path), "--out", str(tmp_path / "plan"), "--no-figures", "--lang", "en"]
    done = CliRunner().invoke(command, asked)
    assert done.exit_code == 0, done.output
    assert "Tidying: 0 s, 2 purchase lines" in done.stderr
    assert "Ctrl-C again" in done.stderr
    assert "no plan with fewer than 2 purchase lines" in " ".join(done.stdout.split())
    assert prove(tmp_path / "plan")[0] == []
    assert len(planner.read(tmp_path / "plan").plan.allocation) == 2


@pytest.mark.parametrize("option", ["--tidy", "--gap"])
@pytest.mark.parametrize("part", ["nan", "2", "101%", "-1%", "a little"])
def test_a_part_that_is_none_is_refused(part: str, option: str) -> None:
    """``nan`` is neither below nought nor above one: taken for a part, it would keep nothing, and
    no gap would ever be reached."""
    done = CliRunner().invoke(command, ["nowhere", option, part])
    assert done.exit_code == 2
    assert option in done.output


def test_a_part_is_typed_as_people_write_it(folder: Path, tmp_path: Path) -> None:
    """``0,5%`` as ``--within`` takes it, is what 0.005 is."""
    asked = [str(folder / "inputs" / "scenario.yaml"), "--no-figures"]
    for k, (gap, part) in enumerate([("0,0001%", "0,5%"), ("1e-6", "0.005")]):
        out = ["--out", str(tmp_path / str(k))]
        CliRunner().invoke(command, [*asked, "--gap", gap, "--tidy", part, *out])
        head = json.loads((tmp_path / str(k) / "plan.json").read_text("utf-8"))
        assert head["tidy"]["within"] == 0.005
        assert head["settings"]["gap"] == pytest.approx(1e-6)


def six_units() -> tuple[Any, Within]:
    """(the model, a search within 10% of the best): six units at 10 for three schools that need
    four each, 25 points a unit at a, 15 at b, 5 at c; the plan known is the best, 4 + 2 + 0 for
    130 points."""
    schools = [school("a"), school("b", pupils=60), school("c", pupils=20, group="none")]
    model = formulate(tiny(schools=schools, cap=60)).model
    known = Restrictions.of(model)
    limits = Limits(time_limit=20, threads=1)
    free = Kept(model, {"value": 130.0}, 10**6, {})
    best = Within(free, known, np.zeros(0), limits, lambda: False).relaxed(-model.value)
    assert best is not None
    assert model.value @ best == pytest.approx(130)
    return model, Within(Kept(model, {"value": 130.0}, 0.1, {}), known, best, limits, lambda: False)


def test_a_plan_near_the_relaxation_keeps_bounds_and_value() -> None:
    """With one unit at b at most, the best that is left is 4 + 1 + 1: 120 points, above the floor
    of 117. Without any at b it would be 4 + 0 + 2, 110 points: no such plan is given out, and none
    of the plan known, which the bounds forbid."""
    model, search = six_units()
    at = purchases(model).indices
    for most, units in ((1, [4, 1, 1]), (0, None)):
        upper = model.column_upper.copy()
        upper[at[1]] = most
        found = search.near(model.column_lower, upper)
        assert (found is None) == (units is None)
        assert units is None or found[at].tolist() == units  # type: ignore[index]


def test_searches_beside_each_other_share_nothing() -> None:
    """One is narrowed to nothing at b, the other still finds the best; the one is stopped, the
    other goes on."""
    model, search = six_units()
    at, stopped = purchases(model).indices, list[bool]()
    other = search.beside(lambda: bool(stopped))
    upper = model.column_upper.copy()
    upper[at[1]] = 1
    other.narrow(model.column_lower, upper)
    found, narrowed = search.relaxed(-model.value), other.relaxed(-model.value)
    assert found is not None
    assert narrowed is not None
    assert model.value @ found == pytest.approx(130)
    assert model.value @ narrowed == pytest.approx(120)
    stopped.append(True)
    assert other.relaxed(-model.value) is None
    assert search.relaxed(-model.value) is not None


def crumbs(within: float, *, refused: int = 0, stopped: bool = False) -> tuple[int, list[str]]:
    """(how often what was found was shown, schools that are left with a line): four units at school
    a are worth 100 points and one at each of x, y and z a single point, and the schools are decided
    one after the other. ``refused``: so many plans are called none; ``stopped``: at the first one
    with fewer lines."""
    schools = [school("a"), *(school(n, pupils=1, classes=1, group="none") for n in "xyz")]
    form = formulate(tiny(schools=schools, cap=70))
    model, at = form.model, purchases(form.model).indices
    limits, fixed = Limits(time_limit=20, threads=1), Restrictions.of(model)
    free = Kept(model, {"value": 103.0}, 10**6, {})
    plan = Within(free, fixed, np.zeros(0), limits, lambda: False).relaxed(-model.value)
    assert plan is not None
    assert model.value @ plan == pytest.approx(103)
    shown: list[Any] = []
    found: list[Any] = []

    def over() -> bool:
        return stopped and any(new is not None and bool((new != plan).any()) for new in found)

    lots = Lots(
        Within(Kept(model, {"value": 103.0}, within, {}), fixed, plan, limits, over),
        FewestLines(model),
    )
    fewer = lots._fewer
    lots._fewer = lambda *lot: found.append(new := fewer(*lot)) or new  # type: ignore[method-assign, func-returns-value]
    best = lots.run(lambda columns: shown.append(columns) or len(shown) > refused)  # type: ignore[func-returns-value]
    columns = plan if best.columns is None else best.columns
    assert model.value @ columns >= 103 * (1 - within)
    left = purchases(model).keys["school"][columns[at] > 0.5]
    return len(shown), [str(form.facts.scenario.schools["school"].iloc[k]) for k in left]


@pytest.fixture
def a_school_a_lot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every school is a lot of its own."""
    monkeypatch.setattr(parameters, "LOT", 1)
    monkeypatch.setattr(parameters, "LOTS_FROM", 0)


@pytest.mark.usefixtures("a_school_a_lot")
@pytest.mark.parametrize(
    ("within", "left"),
    [(0.9 / 103, "axyz"), (2.9 / 103, "ay"), (5 / 103, "a"), (0.5, "a")],
)
def test_what_a_lot_leaves_is_there_for_the_next(within: float, left: str) -> None:
    """Of 103 points 0.9, 2.9 or 5 may be given up, and no, two or all three crumbs go. Of 2.9, lots
    that had their own quarters alone could give up none, and with all of it for each of them all
    three."""
    assert crumbs(within)[1] == list(left)


@pytest.mark.usefixtures("a_school_a_lot")
def test_lots_go_on_from_the_last_plan() -> None:
    """Two crumbs may go. Where the plan without that of x is none in whole money, x keeps its own
    and y and z lose theirs: gone on from the refused plan, x and z would. Who stops at the first
    plan with fewer lines keeps that one."""
    assert crumbs(2.9 / 103, refused=1) == (3, ["a", "x"])
    assert crumbs(2.9 / 103, stopped=True) == (1, ["a", "y", "z"])


@pytest.mark.usefixtures("a_school_a_lot")
@pytest.mark.parametrize(
    ("mode", "within", "left"),
    [("weighted", 0.4, 1), ("strict", 0.4, 2), ("strict", 0.7, 1), ("maxmin", 0.4, 2)],
)
def test_lots_keep_every_stage(mode: str, within: float, left: int) -> None:
    """By one school after another too: the crumb goes where the value alone keeps 60%, or where its
    own stage, half a point, may lack 0.7; it stays where it is all that its stage or the lowest
    coverage has. Of lots nothing is proven of the lines of all plans; where they find none it is,
    together. The audit agrees."""
    weights = {"completed": 1, "under_construction": 1, "preparing": 1, "none": 0.5}
    priority = {"mode": mode, "weights": weights} | ({"by": "whole"} if mode == "strict" else {})
    result = optimize(two_schools(solve={"gap": 1e-6}, priority=priority), tidy=within)
    assert len(lines(result.plan)) == left
    assert result.tidied is not None
    assert (result.tidied.bound_of_lines is None) == (left == 1)
    assert audit(result.scenario, result.plan.text_tables(), claims(result)) == []


@pytest.mark.usefixtures("a_school_a_lot")
def test_what_no_lot_finds_is_looked_for_together() -> None:
    """Two schools with four units each, two from either of two funds that are empty then: four
    lines, and no school alone can do with fewer. Changed with each other each has all four from one
    fund. Left to the lots, four lines would stay."""
    funds = {name: fund({2023: 40}) for name in "fg"}
    found, goal, form = searched(
        tiny(schools=[school("a"), school("b")], funds=funds), [2] * 4, 0.1
    )
    assert found.columns is not None
    assert goal.measure(found.columns) == found.measure == (2, 2, 2)
    assert float(form.model.value @ found.columns) == pytest.approx(200)
