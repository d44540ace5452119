"""What every good plan buys, what none does, what could be otherwise: solved by hand and held
against every plan there is."""

from __future__ import annotations

import itertools
import json
import threading
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from test_requests import alone, ask, cost
from test_within import every_plan
from tiny import fund, item, norm, school, tiny

import planner
from planner.analysis.alternatives import Reference, Space, alternatives
from planner.analysis.answers import Alternatives
from planner.cli.commands import alternatives as command
from planner.errors import SolverError
from planner.formulation.build import formulate
from planner.run.folder import plan_id
from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario
from planner.solving import parameters
from planner.solving.solution import Limits
from planner.solving.sureness import purchases, school_items
from planner.solving.within import Chain, End, Within


def three(cap: int = 60, **settings: object) -> Scenario:
    """Six units at 10 for three schools that need four each: a unit is worth 25 points at a, 15 at
    b, 5 at c. The best is 4 + 2 + 0: 130 points."""
    schools = [school("a"), school("b", pupils=60), school("c", pupils=20, group="none")]
    return tiny(schools=schools, cap=cap, **settings)


def looked(scenario: Scenario, within: float, threads: int = 1, **options: object) -> Alternatives:
    return alternatives(optimize(scenario, threads=1), within=within, threads=threads, **options)  # type: ignore[arg-type]


def told(found: Alternatives) -> dict[str, tuple[str, float, float]]:
    """School → state, fewest and most units that plans have, proven."""
    return {
        row["school"]: (row["state"], row["least_proven"], row["most_proven"])
        for row in found.lines.to_dict("records")
    }


def test_always_never_and_open_by_hand() -> None:
    """Within 5% (123.5 points) nothing can change: the nearest plans are worth 120, so c is never
    bought. Within 10% (117) one unit may go from b to c, or from a to b: c is open, and b has one
    at least. A bound that forgot the money freed would call c never, one that forgot the value
    would call b open."""
    states = {k: v[0] for k, v in told(looked(three(), 0.05)).items()}
    assert states == {"a": "always", "b": "always", "c": "never"}
    found = looked(three(), 0.1)
    assert {k: v[0] for k, v in told(found).items()} == {"a": "always", "b": "always", "c": "open"}
    row = found.lines.set_index("school").loc["c"]
    assert (row["units"], row["least"], row["most"]) == (0, 0, 1)
    assert found.money == {"always": 60, "open": 0, "never": 0, "undecided": 0}


def ends(scenario: Scenario, within: float) -> dict[tuple[str, str], tuple[int, int]]:
    """(school, item) → fewest and most units over every plan whose stages are each within the
    share of what the optimum reaches in them."""
    best = {s.name: s.value for s in optimize(scenario, threads=1).stages}
    form = formulate(scenario)
    block, axes = purchases(form.model), form.facts.axes
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for levels, reached in every_plan(scenario):
        if any(reached[n] < v - within * max(1.0, abs(v)) - 1e-9 for n, v in best.items()):
            continue
        units: dict[tuple[str, str], int] = {}
        for k, level in enumerate(levels):
            s, i = int(block.keys["school"][k]), int(block.keys["item"][k])
            key = (axes.schools[s], axes.items[i])
            units[key] = units.get(key, 0) + level
        for key, count in units.items():
            low, high = found.get(key, (count, count))
            found[key] = min(low, count), max(high, count)
    return found


MODES = (
    {"mode": "weighted"},
    {"mode": "strict", "by": "whole"},
    {"mode": "maxmin"},
)


@pytest.mark.parametrize(
    "mode",
    [MODES[0], *(pytest.param(m, marks=pytest.mark.slow) for m in MODES[1:])],
    ids=lambda m: m["mode"],
)
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(k, marks=pytest.mark.slow) for k in range(1, 20))]
)
def test_against_every_plan(mode: dict[str, str], seed: int) -> None:
    """Random money, needs and prices of two items, the dearer of which requires the other: what is
    proven holds of every plan there is, and what is shown is a plan's. Always, never and open are
    what they are for all of them; with a bound on one stage alone, strict and maxmin would call
    too much open, with a cut too deep one of the ends would be a lie."""
    random = np.random.default_rng(seed)
    groups = ["completed", "none"]
    schools = [
        school(name, pupils=int(random.integers(20, 100)), classes=int(random.integers(1, 3)),
               group=groups[k])
        for k, name in enumerate("ab")
    ]  # fmt: skip
    items = [item("lan", int(random.integers(5, 12))), item("pc", 10, requires=("lan",))]
    norms = [norm("lan", per="school"), norm("pc")]
    funds = {"x": fund(int(random.integers(20, 45))), "y": fund(int(random.integers(0, 25)))}
    weights = {"completed": 2, "under_construction": 1, "preparing": 1, "none": 1}
    scenario = tiny(
        schools=schools, items=items, norms=norms, funds=funds,
        priority=mode | {"weights": weights},
    )  # fmt: skip
    within = float(random.choice([0.05, 0.2, 0.4]))
    true = ends(scenario, within)
    found = looked(scenario, within, threads=1 + seed % 2)
    for row in found.lines.to_dict("records"):
        low, high = true[row["school"], row["item"]]
        assert row["least_proven"] <= low <= row["least"] <= row["most"] <= high
        assert high <= row["most_proven"]
        right = {"always": low > 0, "never": high == 0, "open": low == 0 < high}
        assert row["state"] == "undecided" or right[row["state"]], row
    assert found.counts["undecided"] == 0


def test_diverse_plans_are_plans_that_differ() -> None:
    """Two schools of equal worth and money for one: the other plan buys at the other school, is
    audited, worth as much, and can be compared line by line."""
    schools = [school("a", classes=1), school("b", classes=1)]
    result = optimize(tiny(schools=schools, cap=10), threads=1)
    found = alternatives(result, within=0.001, plans=3, threads=1)
    assert found.counts == {"always": 0, "open": 2, "never": 0, "undecided": 0}
    assert len(found.plans) == 1  # there is no third
    other = found.plans[0]
    assert planner.audit(other).empty
    assert other.value == pytest.approx(result.value)
    bought = {r.plan.allocation["school"].iloc[0] for r in (result, other)}
    assert bought == {"a", "b"}
    assert len(planner.compare(result, other).lines) == 2


def test_what_is_stopped_is_not_decided() -> None:
    """Stopped before anything: nothing is claimed, every item is undecided."""
    found = looked(three(), 0.1, stop=lambda: True)
    assert (found.counts["undecided"], found.finished) == (3, False)


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing decided at first, all at last, never less than before, and often while the bounds are
    worked out; ``--time-limit`` of hours would otherwise pass in silence."""
    from planner.analysis import alternatives as module

    monkeypatch.setattr(module, "TOLD_EVERY", 0.0)
    told: list[tuple[int, int]] = []
    looked(three(), 0.1, progress=lambda decided, every: told.append((decided, every)))
    assert (told[0], told[-1]) == ((0, 3), (3, 3))
    assert told == sorted(told)
    assert len(told) > 6


def test_two_cores_say_what_one_says() -> None:
    """Plans are looked for in threads, but whoever is asked to stop and told how far it is, is
    asked and told in the caller's own: a notebook's bar, or a handler of Ctrl-C, is nobody else's.
    A core that forgot what another one holds would leave an item undecided."""
    heard = set[int]()

    def told(*_: int) -> None:
        heard.add(threading.get_ident())

    def stop() -> bool:
        told()
        return False

    scenario = four()
    one = looked(scenario, 0.3)
    two = looked(scenario, 0.3, threads=2, stop=stop, progress=told)
    assert two.lines["state"].tolist() == one.lines["state"].tolist()
    assert one.counts["undecided"] == 0
    assert heard == {threading.get_ident()}


def test_what_fails_on_a_core_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine's failure in a thread ends the whole with it, and no thread is left behind: a
    future that nobody asked would say "undecided" of everything."""

    def fails(*_: object) -> None:
        raise SolverError("test")

    result = optimize(four(), threads=1)
    before = threading.active_count()
    monkeypatch.setattr(Chain, "turn", fails)
    with pytest.raises(SolverError):
        alternatives(result, within=0.3, threads=2)
    assert threading.active_count() == before


def four(least: int = 3) -> Scenario:
    """Money for all that schools need, one unit each: 100 points at a, b, c and d, 1,000 at z; by a
    rule some of them are bought at least."""
    rule = {"some": {"measure": "quantity", "at_least": least}}
    schools = [*(school(s, classes=1) for s in "abcd"), school("z", pupils=1000, classes=1)]
    return tiny(schools=schools, cap=50, rules=rule)


def turning(within: float) -> tuple[Within, np.ndarray, dict[str, End]]:
    """The plans near the best of :func:`three`, which is 4 + 2 + 0 units; its columns; and bounds
    by which a has none, b one at the most, c one at the least."""
    result = optimize(three(), threads=1)
    space = Space(Reference.of(result), within, Limits(0.0, 20, 1), lambda: False)
    ones = {
        space.form.facts.axes.schools[one.school]: one for one in school_items(space.form.model)
    }
    ends = {"a": (-np.inf, 0.0), "b": (-np.inf, 1.0), "c": (1.0, np.inf)}
    bounds = {
        name: (ones[name].columns, np.full(len(ones[name].columns), low), np.full(1, high))
        for name, (low, high) in ends.items()
    }
    assert all(len(one.columns) == 1 for one in ones.values())
    model = space.form.model
    return space.search, space.start, {
        k: (at, np.maximum(low, model.column_lower[at]), np.minimum(high, model.column_upper[at]))
        for k, (at, low, high) in bounds.items()
    }  # fmt: skip


def test_one_school_after_another_is_turned_by_hand() -> None:
    """30% of 130 points may go, to 91. Nobody has left money for a unit at c, until b gives up one:
    115 points, then 120. Without any at a 100 points are lost, which is refused, and the plan stays
    as it is, worth what its columns say. A chain that forgot the money of the other schools would
    buy at c at once; one that forgot an earlier turn would buy at b again."""
    search, start, ends = turning(0.3)
    chain = Chain(search, start)
    assert chain.turn(ends["c"]) is None
    assert chain.columns is start
    least = search.kept.least("value")
    assert chain.turn(ends["b"]) == pytest.approx(115 - least)
    assert chain.turn(ends["c"]) == pytest.approx(120 - least)
    short = chain.turn(ends["a"])
    assert short is not None
    assert short < 0
    units = {k: float(chain.columns[at].sum()) for k, (at, _, _) in ends.items()}
    assert units == {"a": 4, "b": 1, "c": 1}
    assert search.kept_by({"value": float(search.model.value @ chain.columns)})
    assert np.allclose(chain.activity, search.program.activity(chain.columns))


def test_schools_are_turned_beside_the_others_by_hand() -> None:
    """Of c alone no plan has a unit, since a and b keep their money; where they are free too, it
    takes the place of one at b. What the relaxation leaves is counted from what must
    be kept, 117 points within 10%. One that let the money of a school that keeps its units be spent
    again would find seven."""
    search, start, ends = turning(0.1)
    model, (at, low, high) = search.model, ends["c"]
    lower, upper = model.column_lower.copy(), model.column_upper.copy()
    lower[at], upper[at] = low, high
    alone = search.local((lower, upper), start, at)
    assert alone is not None
    assert (alone.spare, alone.all_free) == (-np.inf, False)
    assert search.settled(alone) is None
    every = search.local((lower, upper), start, at, more=2)
    assert every is not None
    assert every.all_free
    assert every.spare == pytest.approx(120 - search.kept.least("value"))
    plan = search.settled(every)
    assert plan is not None
    assert float(model.value @ plan) == pytest.approx(120)
    assert sum(float(plan[end[0]].sum()) for end in ends.values()) == 6


def test_a_plan_that_gave_much_up_is_made_up_for() -> None:
    """From 3 + 1 + 0 units, 90 points where 130 were reached and half may go, a plan is found that
    lacks little; from the best itself none is looked for."""
    search, start, ends = turning(0.5)
    assert search.richer() is None
    chain = Chain(search, start)
    for name, units in (("a", 3), ("b", 1)):
        chain.turn((ends[name][0], np.zeros(1), np.full(1, float(units))))
    search.plan = chain.columns
    assert float(search.model.value @ search.plan) == pytest.approx(90)
    better = search.richer()
    assert better is not None
    assert float(search.model.value @ better) >= 130 - parameters.RICHER * 0.5 * 130


def test_what_cannot_be_otherwise_together_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 1,400 points 700 may be given up, and so any two of four schools go without, but not
    three: each is open, which two plans show. All four together have no plan, without exact
    searches: who took that for an answer about each would leave them undecided."""
    monkeypatch.setattr(parameters, "WHOLE_BELOW", 0)
    monkeypatch.setattr("planner.analysis.alternatives.NARROWER", 1.0)
    found = looked(four(), 0.5, time_limit=10)
    assert found.counts == {"always": 1, "open": 4, "never": 0, "undecided": 0}
    assert found.looked_at == 2


def test_what_only_the_whole_relaxation_proves(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the rule none of the five may go without, which no school's block knows: each fails alone
    and is bounded by the relaxation of the whole, in a large model on the side that decides. The
    other side would prove that one unit is the most, and leave them undecided."""
    monkeypatch.setattr(parameters, "WHOLE_BELOW", 0)
    found = looked(four(5), 0.5, time_limit=10)
    assert found.counts == {"always": 5, "open": 0, "never": 0, "undecided": 0}


def test_a_tidied_plan_is_asked_about_as_before() -> None:
    """What may be lacking is measured from the value before the plan was tidied: of 101 points,
    1% is more than the single point of z, which is open; measured from the 100 that tidying left,
    plans of 99 points would be let in."""
    schools = [school("a"), school("z", pupils=1, classes=1, group="none")]
    scenario = tiny(schools=schools, cap=50, solve={"gap": 1e-6})
    tidy = optimize(scenario, tidy=0.02, threads=1)
    assert tidy.value == pytest.approx(100)
    found = alternatives(tidy, within=0.0101, threads=1)
    assert {k: v[0] for k, v in told(found).items()} == {"a": "always", "z": "open"}
    sure = alternatives(tidy, within=0.5, threads=1).lines.set_index("school").loc["a"]
    assert sure["least_proven"] == 2  # 50.5 points of 25 each


def test_a_plan_that_lacks_more_is_no_plan_that_is_shown() -> None:
    """Of 101 points, 0.5% is less than the point of z: every such plan buys at z, and the tidied
    plan, which does not, is none of them. Counted among them it would show z with no unit."""
    schools = [school("a"), school("z", pupils=1, classes=1, group="none")]
    tidy = optimize(tiny(schools=schools, cap=50, solve={"gap": 1e-6}), tidy=0.02, threads=1)
    found = alternatives(tidy, within=0.005, threads=1).lines.set_index("school")
    row = found.loc["z"]
    assert (row["state"], row["units"], row["least"], row["most"]) == ("always", 0, 1, 1)
    assert (found.loc["a", "sure"], row["sure"]) == (40, 0)
    nothing = alternatives(tidy, within=0.005, threads=1, stop=lambda: True).lines
    assert nothing["least"].isna().all()


def asked() -> Scenario:
    """Money 40. Of request m the option big (9 points for 20) or small (5 for 10), of r 7 points
    for 20, of q 1 point for 20: the best is big and r, 16 points."""
    requests = [ask("m", 9, "big"), ask("m", 5, "small"), ask("r", 7), ask("q", 1)]
    costs = [cost("m", 20, "big"), cost("m", 10, "small"), cost("r", 20), cost("q", 20)]
    return alone(requests, costs, cap=40)


@pytest.mark.parametrize(
    ("within", "states", "sure"),
    [
        (0.05, ["always", "never", "always", "never"], 40),  # 15.2: nothing else is as good
        (0.3, ["open", "open", "always", "never"], 20),  # 11.2: small and r are worth 12
        (0.6, ["open", "open", "open", "open"], 0),  # 6.4: big and q are worth 10
    ],
)
def test_options_of_requests_by_hand(within: float, states: list[str], sure: int) -> None:
    """An option is sure where no plan without it keeps the value. Money ties them and nothing else,
    so no block of a school answers for them; left to the blocks all would be undecided."""
    found = looked(asked(), within)
    assert found.options["state"].tolist() == states
    assert found.options["copies"].tolist() == [1, 0, 1, 0]
    assert found.sure == sure


@pytest.mark.parametrize("seed", range(4))
def test_options_against_every_choice(seed: int) -> None:
    """Random requests with copies, options and money: what is said of each option holds of every
    choice there is that keeps the value, and what is shown is one of them."""
    random = np.random.default_rng(seed)
    names = [("m", "a"), ("m", "b"), ("r", "x"), ("q", "x")]
    worth, price = random.integers(1, 12, 4), random.integers(5, 20, 4)
    most = [1, 1, 2, 1]
    cap, within = int(random.integers(15, 45)), float(random.choice([0.1, 0.3, 0.5]))
    requests = [
        ask(r, int(v), o, copies=m) for (r, o), v, m in zip(names, worth, most, strict=True)
    ]
    costs = [cost(r, int(c), o) for (r, o), c in zip(names, price, strict=True)]
    choices = [
        np.array(c)
        for c in itertools.product(*(range(m + 1) for m in most))
        if c[0] + c[1] <= 1 and price @ c <= cap
    ]
    best = max(worth @ c for c in choices)
    good = np.array([c for c in choices if worth @ c >= best - within * max(1, best) - 1e-9])
    found = looked(alone(requests, costs, cap=cap), within).options
    for row, low, high in zip(found.to_dict("records"), good.min(0), good.max(0), strict=True):
        assert row["least_proven"] <= low <= row["least"] <= row["most"] <= high
        assert high <= row["most_proven"]
        right = "always" if low > 0 else "never" if high == 0 else "open"
        assert row["state"] == right


def test_what_tells_a_plan_from_others(tmp_path: Path) -> None:
    """A result, its folder, and the folder with figures are one plan; another plan of the same
    scenario is not, nor the same purchases under another rule."""
    scenario = three()
    result = optimize(scenario, threads=1)
    folder = planner.write(result, tmp_path / "plan", figures=False)
    same = [plan_id(result), plan_id(planner.read(folder))]
    planner.write(result, tmp_path / "drawn")
    same.append(plan_id(planner.read(tmp_path / "drawn")))
    assert len(set(same)) == 1
    rule = {"few": {"measure": "quantity", "at_most": 100}}
    others = [optimize(three(50), threads=1), optimize(three(rules=rule), threads=1)]
    assert plan_id(others[1]) != plan_id(others[0]) != same[0] != plan_id(others[1])


@pytest.mark.parametrize(
    ("goal", "details", "measure"),
    [
        ("least_units", {"school": "b", "item": "pc"}, 1),
        ("most_units", {"school": "c", "item": "pc"}, -1),
        ("fewest_lines", {}, 2),
    ],
)
def test_within_by_name(goal: str, details: dict[str, str], measure: float) -> None:
    """The best by a goal among plans of 117 points and more: one unit at b, one at c, two lines;
    no bound is above what was found."""
    result = optimize(three(), threads=1)
    found = planner.within(result, goal, within=0.1, threads=1, **details)
    assert found.measure == measure
    assert found.bound <= measure
    assert (found.result is None) == (goal == "fewest_lines")
    if found.result is not None:
        assert planner.audit(found.result).empty
        assert found.result.value >= 117


def test_within_refuses_what_it_does_not_know() -> None:
    """A goal that there is not, a part that is none, a school or item that nobody knows, a word
    that the goal has no use for: each in words, none as an error of an inner function."""
    result = optimize(three(), threads=1)
    with pytest.raises(ValueError, match="fewest_lines"):
        planner.within(result, "fewest_lane", within=0.1)
    with pytest.raises(ValueError, match="part of the value"):
        planner.within(result, "fewest_lines", within=0)
    with pytest.raises(ValueError, match="needs item"):
        planner.within(result, "least_units", within=0.1, school="a")
    with pytest.raises(ValueError, match="no school is called 'Z'"):
        planner.within(result, "least_units", within=0.1, school="Z", item="pc")
    for goal in ("fewest_lines", "farthest"):
        with pytest.raises(ValueError, match=f"{goal} takes .*got: colour"):
            planner.within(result, goal, within=0.1, colour="red")


def test_the_verb_writes_what_it_says(tmp_path: Path) -> None:
    """The folder holds a row for each item and the diverse plans as plan folders that are proven
    when they are read; both languages say the states."""
    schools = [school("a", classes=1), school("b", classes=1)]
    result = optimize(tiny(schools=schools, cap=10), threads=1)
    folder, out = planner.write(result, tmp_path / "plan", figures=False), tmp_path / "out"
    asked = [str(folder), "--within", "10%", "--plans", "1", "--out", str(out), "--threads", "1"]
    done = CliRunner().invoke(command, [*asked, "--lang", "en"])
    assert done.exit_code == 0, done.output
    assert "Open (shown both ways)" in done.output
    assert (out / "alternatives.png").exists()
    rows = (out / "alternatives.csv").read_text("utf-8-sig").splitlines()
    assert rows[0].startswith("school,item,state,units,amount")
    assert len(rows) == 3
    assert planner.read(out / "plan-1").plan.spent == 10
    said = json.loads(CliRunner().invoke(command, [*asked, "--json"]).stdout)
    assert said["counts"] == {"always": 0, "open": 2, "never": 0, "undecided": 0}
    assert "Có thể có, có thể không" in CliRunner().invoke(command, asked).output
    assert CliRunner().invoke(command, [str(folder), "--within", "0"]).exit_code == 2
