"""Problems that their authors solved, entered as requests: their optimum and their prices."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest
from entered import YEAR, entered, knapsack

from planner.run.optimize import optimize
from planner.run.result import Result
from planner.scenario.load import load
from planner.scenario.scenario import Scenario

SLOW = [pytest.param(k, marks=pytest.mark.slow) for k in range(1, 12)]
PUBLISHED = Path(__file__).parent / "published"


QUICK = {
    "mknap1-1", "mknap1-5", "weing1", "weish01", "wyndor-glass", "dakota-furniture",
    "czestochowa-2020-lisiniec",
}  # fmt: skip
"""Instances of the default run; ``-m slow`` solves them all."""


def instances(file: str, key: str) -> list[Any]:
    found = json.loads((PUBLISHED / f"{file}.json").read_text(encoding="utf-8"))[key]
    slow = pytest.mark.slow
    return [pytest.param(i, id=i["name"], marks=() if i["name"] in QUICK else slow) for i in found]


def proven(scenario: Scenario, **options: Any) -> Result:
    """The optimum, proven; everything is checked by the audit on the way."""
    result = optimize(scenario, gap=0, threads=1, **options)
    assert result.status == "optimal"
    return result


@pytest.mark.parametrize("instance", instances("knapsacks", "knapsacks"))
def test_knapsacks_have_their_published_optimum(instance: dict[str, Any], tmp_path: Path) -> None:
    """A fund a constraint. A fund ignored, or an option taken by halves, would give more."""
    rows = [instance[k] for k in ("values", "weights", "capacities")]
    result = proven(knapsack(tmp_path, *rows))
    assert result.value == pytest.approx(instance["optimum"], abs=1e-9)
    assert result.bound == pytest.approx(instance["optimum"], abs=1e-6)


def test_years_are_constraints_too(tmp_path: Path) -> None:
    """Lorie and Savage's nine projects over two budget years: 70 whole, 70.27 in shares, and a
    unit of money is worth 0.136 in the first year and 1.864 in the second."""
    values = [14, 17, 17, 15, 40, 12, 14, 10, 12]
    weights = [[12, 54, 6, 6, 30, 6, 48, 36, 18], [3, 7, 6, 2, 35, 6, 4, 3, 3]]
    scenario = knapsack(tmp_path, values, weights, [50, 20], years=True)
    assert proven(scenario).value == pytest.approx(70)
    shared = proven(scenario, relax=True)
    assert shared.value == pytest.approx(70.2727, abs=1e-4)
    assert prices(shared) == pytest.approx([0.13636, 1.86364], abs=1e-5)


def prices(result: Result) -> list[float]:
    """Shadow prices of the funds' rows, points per unit of money."""
    assert result.relaxation is not None
    rows = result.relaxation.rows
    funds = rows[rows["name"].str.startswith("fund_within_budget[")]
    assert set(funds["unit"]) == {"money"}
    return [float(d) for d in funds["dual"]]


@pytest.mark.parametrize(
    ("engine", "times"),
    [
        ("HiGHS", 1),
        pytest.param("HiGHS", 10**9, marks=pytest.mark.slow),
        pytest.param("CBC", 1, marks=pytest.mark.slow),
        pytest.param("CBC", 10**9, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("lp", instances("lps", "lps"))
def test_textbook_programs_have_their_value_and_shadow_prices(
    lp: dict[str, Any], times: int, engine: str, tmp_path: Path
) -> None:
    """A product is a request of many copies, relaxed; its amounts are tiny (4, 12, 18) or a
    milliard times that. A price left in the model's own unit of money would be off by a power
    of ten, one of the wrong sign would be below nought."""
    rows = [[a * times for a in row] for row in lp["rows"]]
    limits = [b * times for b in lp["limits"]]
    scenario = knapsack(tmp_path, lp["profit"], rows, limits, copies=1000)
    result = proven(scenario, relax=True, solver=engine)
    assert result.value == pytest.approx(lp["value"])
    assert [p * times for p in prices(result)] == pytest.approx(lp["prices"], abs=1e-6)
    assert result.relaxation is not None
    levels = result.relaxation.columns["value"].tolist()
    assert levels == pytest.approx(lp["solution"])


def test_a_diet_has_its_published_cost_and_prices(tmp_path: Path) -> None:
    """Winston's diet: least cost under floors, as negative points and rules ``at_least``: 90
    cents (three scoops of ice cream, one cola); an ounce of chocolate costs 2.5, of sugar 7.5.

    Floors are negative prices: a higher bound would cost points. Read as ceilings, nothing would
    be eaten.
    """
    foods = {"brownie": 50, "ice-cream": 20, "cola": 30, "cheesecake": 80}
    holds = {
        "calories": ([400, 200, 150, 500], 500),
        "chocolate": ([3, 2, 0, 0], 6),
        "sugar": ([2, 2, 4, 4], 10),
        "fat": ([2, 4, 1, 5], 8),
    }
    requests = [{"request": f, "value": -c, "copies": 100} for f, c in foods.items()]
    costs = [
        (food, "x", name, YEAR, amount)
        for name, (row, _) in holds.items()
        for food, amount in zip(foods, row, strict=True)
    ]
    floors = ", ".join(
        f"{name}: {{measure: spend, where: {{fund: {name}}}, at_least: {least}}}"
        for name, (_, least) in holds.items()
    )
    ample = {name: {YEAR: 10**6} for name in holds}
    result = proven(entered(tmp_path, requests, costs, ample, rules=f"{{{floors}}}"), relax=True)
    assert result.value == pytest.approx(-90)
    assert result.relaxation is not None
    rows = result.relaxation.rows.set_index("name")["dual"]
    assert [rows[name] for name in holds] == pytest.approx([0, -2.5, -7.5, 0], abs=1e-6)


def test_a_row_with_minus_signs_is_a_share_of_its_other_side(tmp_path: Path) -> None:
    """Taha's Reddy Mikks: exterior paint earns 5, interior 4 (thousand dollars a ton), with
    6e + 4i ≤ 24, e + 2i ≤ 6, i ≤ e + 1, i ≤ 2: 21 at e = 3, i = 1.5, and prices of 0.75, 0.5, 0.
    With i ≤ ½e − 1 instead, it binds: e = 3.5, i = 0.75, which is 20.5.

    The third row as the README says: i's amounts are at most those of e and of a mandatory 1.
    Read without the constant on its side, i could be 2 in the second; without the rule, 21 again.
    """
    requests = [
        {"request": "e", "value": 5, "copies": 100},
        {"request": "i", "value": 4, "copies": 2},
        {"request": "one", "value": 0, "mandatory": "yes"},
    ]
    made = [("m1", 6, 4), ("m2", 1, 2)]
    costs = [(p, "x", m, YEAR, a) for m, *row in made for p, a in zip("ei", row, strict=True)]
    money = {"m1": {YEAR: 24}, "m2": {YEAR: 6}, "ample": {YEAR: 10**6}}

    def solved(name: str, e: int, i: int, left: str, right: str) -> Result:
        sides = zip(("e", "i", "one"), (e, i, abs(i)), strict=True)
        asked = [*costs, *((p, "x", "ample", YEAR, a) for p, a in sides)]
        of = f"{{share: 1, of: {{fund: ample, request: {right}}}}}"
        rule = f"{{measure: spend, where: {{fund: ample, request: {left}}}, at_most: {of}}}"
        given = entered(tmp_path / name, requests, asked, money, rules=f"{{third: {rule}}}")
        return proven(given, relax=True)

    free = solved("free", 1, 1, "i", "[e, one]")
    assert free.value == pytest.approx(21)
    assert prices(free)[:2] == pytest.approx([0.75, 0.5])
    bound = solved("bound", 1, 2, "[i, one]", "e")
    assert bound.value == pytest.approx(20.5)
    assert bound.relaxation is not None
    third = bound.relaxation.rows.set_index("name").loc["third", "dual"]
    assert third == pytest.approx(0.25)


def test_the_example_of_the_readme_is_as_published() -> None:
    """``scenarios/capital-budget``: 70 in whole projects."""
    scenario = load(Path(__file__).parent.parent / "scenarios" / "capital-budget")
    assert proven(scenario).value == pytest.approx(70)


@pytest.mark.parametrize("ballot", instances("ballots", "ballots"))
def test_ballots_buy_the_most_points(ballot: dict[str, Any], tmp_path: Path) -> None:
    """Participatory budgets with their costs: the best set, by dynamic programming over money.

    Taking the winners in order, as the cities did, never gives more (in Lisiniec less).
    """
    costs, scores, budget = ballot["cost"], ballot["score"], ballot["budget"]
    result = proven(knapsack(tmp_path, scores, [costs], [budget]))
    assert result.value == best_set(scores, costs, budget)
    assert result.value >= in_order(scores, costs, budget)
    assert result.plan.spent <= budget


def best_set(scores: list[int], costs: list[int], budget: int) -> int:
    """The most points that a budget buys: undominated (cost, points) pairs, one project a step."""
    front = {0: 0}
    for score, cost in zip(scores, costs, strict=True):
        grown = dict(front)
        for spent, points in front.items():
            if spent + cost <= budget:
                grown[spent + cost] = max(grown.get(spent + cost, 0), points + score)
        front, most = {}, -1
        for spent in sorted(grown):
            if grown[spent] > most:
                front[spent] = most = grown[spent]
    return max(front.values())


def in_order(scores: list[int], costs: list[int], budget: int) -> int:
    """Points of the projects funded from the top of the list while the money lasts."""
    total = 0
    for score, cost in sorted(zip(scores, costs, strict=True), reverse=True):
        if cost <= budget:
            budget, total = budget - cost, total + score
    return total


# ---- our own of each kind, against brute force --------------------------------------------------
@pytest.mark.parametrize("seed", [0, *SLOW])
def test_multiple_choice_knapsacks(seed: int, tmp_path: Path) -> None:
    """One option of each class, three classes mandatory, two resources; by enumeration.

    An option too many, or none of a mandatory class, would give another value.
    """
    chance = random.Random(seed)
    classes = [[_option(chance) for _ in range(chance.randint(2, 4))] for _ in range(5)]
    must = {0, 2, 3}
    limits = [60, 55]
    choices = [[*range(len(c)), *([] if k in must else [None])] for k, c in enumerate(classes)]
    sets = (
        [classes[k][p] for k, p in enumerate(q) if p is not None]
        for q in itertools.product(*choices)
    )
    fitting = (s for s in sets if all(sum(o[1][r] for o in s) <= limits[r] for r in (0, 1)))
    best = max((sum(o[0] for o in s) for s in fitting), default=None)
    requests, costs = [], []
    for k, options in enumerate(classes):
        for o, (value, weight) in enumerate(options):
            row = {"request": f"c{k}", "option": f"o{o}", "value": value}
            requests.append(row | {"mandatory": "yes" if k in must else "no"})
            costs += [(f"c{k}", f"o{o}", f"f{r}", YEAR, w) for r, w in enumerate(weight)]
    funds = {f"f{r}": {YEAR: limit} for r, limit in enumerate(limits)}
    result = optimize(entered(tmp_path, requests, costs, funds), gap=0, threads=1)
    if best is None:
        assert result.status == "infeasible"
    else:
        assert (result.status, result.value) == ("optimal", best)


def _option(chance: random.Random) -> tuple[int, tuple[int, int]]:
    return chance.randint(-5, 30), (chance.randint(3, 20), chance.randint(3, 20))


@pytest.mark.parametrize("seed", [0, *SLOW])
def test_projects_over_years_and_funds(seed: int, tmp_path: Path) -> None:
    """Eight projects paid over three years from two funds, two of them mandatory, one only
    after another, some of negative worth; all 2^8 sets by enumeration.

    A cost charged to the wrong year or fund would let another set win.
    """
    chance = random.Random(100 + seed)
    years, funds = (2025, 2026, 2027), ("capital", "recurrent")
    values = [chance.randint(-10, 40) for _ in range(8)]
    costs = {
        (p, f, y): chance.choice([0, 0, chance.randint(1, 30)])
        for p in range(8)
        for f in funds
        for y in years
    }
    costs |= {(p, "capital", 2025): 5 for p in range(8)}
    money = {f: {y: chance.randint(30, 60) for y in years} for f in funds}
    must, needs = {1, 4}, {3: 2, 6: 4}

    def allowed(chosen: set[int]) -> bool:
        kept = must <= chosen and all(w in chosen for p, w in needs.items() if p in chosen)
        return kept and all(
            sum(costs[p, f, y] for p in chosen) <= money[f][y] for f in funds for y in years
        )

    sets = ({p for p in range(8) if mask >> p & 1} for mask in range(256))
    worth = [sum(values[p] for p in s) for s in sets if allowed(s)]
    requests = [
        {
            "request": f"p{p}",
            "value": values[p],
            "mandatory": "yes" if p in must else "no",
            "requires": f"p{needs[p]}" if p in needs else "",
        }
        for p in range(8)
    ]
    lines = [(f"p{p}", "x", f, y, amount) for (p, f, y), amount in costs.items()]
    result = optimize(entered(tmp_path, requests, lines, money), gap=0, threads=1)
    if worth:
        assert (result.status, result.value) == ("optimal", max(worth))
    else:
        assert result.status == "infeasible"


@pytest.mark.parametrize(
    "top",
    [10**14, *(pytest.param(10**k, marks=pytest.mark.slow) for k in (3, 6, 9, 12))],
)
@pytest.mark.parametrize("kind", ["random", "one-short", "one-apart"])
def test_money_is_exact_to_the_last_dong(top: int, kind: str, tmp_path: Path) -> None:
    """Nine requests of up to 10^14 each under two budgets of up to 10^15, points up to a million:
    proven, and exactly the best of 2^9 sets.

    ``one-short``: the most wanted set costs one đồng too much in both funds. ``one-apart``:
    costs differ by a few đồng. An engine's tolerance alone would overrun the fund there.
    """
    chance = random.Random(f"{top}{kind}")
    weights = [[chance.randint(top // 10, top) for _ in range(9)] for _ in range(2)]
    values = [chance.randint(1, 10**6) for _ in range(9)]
    limits = [sum(row) // 2 for row in weights]
    if kind == "one-short":
        wanted = chance.sample(range(9), 5)
        values = [10**6 if k in wanted else v for k, v in enumerate(values)]
        limits = [sum(row[k] for k in wanted) - 1 for row in weights]
    if kind == "one-apart":
        weights = [[top + chance.randint(0, 3) for _ in range(9)] for _ in range(2)]
        limits = [4 * top + chance.randint(0, 4) for _ in range(2)]
    best = max(
        sum(values[k] for k in chosen)
        for size in range(10)
        for chosen in itertools.combinations(range(9), size)
        if all(sum(w[k] for k in chosen) <= m for w, m in zip(weights, limits, strict=True))
    )
    result = proven(knapsack(tmp_path, values, weights, limits))
    assert result.value == best


def test_a_set_that_overruns_by_one_is_cut_off_and_nothing_else(tmp_path: Path) -> None:
    """Twelve requests of 10^14 give or take three, six of them one đồng too dear together: many
    sets overrun by a few đồng, each is forbidden once, and the best that fits is found.

    Tightening the fund by the overrun (far below any tolerance) would end without a plan.
    """
    base = 10**14
    weights = [[base + k % 4 for k in range(12)]]
    values = [10**6 - 7 * k for k in range(12)]
    limit = 6 * base + 3
    best = max(
        sum(values[k] for k in chosen)
        for chosen in itertools.combinations(range(12), 6)
        if sum(weights[0][k] for k in chosen) <= limit
    )
    result = proven(knapsack(tmp_path, values, weights, [limit]))
    assert result.value == best
    assert result.plan.spent <= limit
