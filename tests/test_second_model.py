"""The product against a second reading of every rule (``tests/second_model.py``).

Random scenarios are written as files, read and solved by both, with either method, at gap 0.
A rule that the product forgets, adds or misreads shows as another value of a stage, as a plan
where none is possible, or as none where there is one; the audit has accepted every plan besides.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from drawn_files import drawn, traits
from second_model import Answer, SecondModel

from planner.formulation.build import formulate
from planner.run.optimize import optimize
from planner.run.result import Result
from planner.scenario.load import inspect
from planner.scenario.scenario import Scenario
from planner.solving.solution import Status

RELATIVE = 2e-6
"""What a stage may give up for those after it (1e-6 in the product), once more for the floats."""
MINOR = 2e-3
"""Points that rounding continuous amounts down to whole minor units may cost here."""
NO_COLUMNS = True
"""Whether scenarios in which nothing can be decided are among them."""
BY_SCHOOL_INFEASIBLE = True
"""Whether infeasible ones are solved by school too."""
PROVEN = (Status.OPTIMAL, Status.WITHIN_GAP)
"""``WITHIN_GAP``: proven but for what whole money costs."""
FAMILIES = (
    "funds", "carry", "project", "prerequisites", "capacity", "upkeep", "need", "works", "once",
    "one_source", "rivals", "mandatory", "requires", "commitments", "bans", "capacities", "locks",
    "closed", "facts", "useful", "least",
    "rule:spend", "rule:quantity", "rule:coverage", "rule:requests", "rule:points", "rule:schools",
)  # fmt: skip

TABLES = (
    "drivers", "inventory", "needs", "requests", "request_costs", "request_items", "commitments",
    "bans", "capacities", "locks", "criteria", "criterion_items", "indicators",
)  # fmt: skip
EXPECTED = (
    *(f"table {name}" for name in TABLES),
    *(f"schools.group={g}" for g in ("completed", "under_construction", "preparing", "none")),
    "catalogue.nature=capital;recurrent", "catalogue.price_growth=-0.1", "catalogue.life=1",
    "catalogue.life=", "catalogue.on_site=yes", "catalogue.whole=no", "catalogue.lot=2",
    "catalogue.once=yes", "catalogue.least=2", "catalogue.least=3", "catalogue.upkeep=0.25",
    "catalogue.setup=7000000", "catalogue.requires",
    "catalogue.capacity=0.5", "catalogue.payments=0.3;0.7", "catalogue.payments=0.5;0.25;0.25",
    "inventory.usable_until", "norms.minimum", "norms.maximum", "norms.only", "norms.from",
    "norms.every=1.5", "norms.useful_from=3", "norms.useful_from=50%",
    "requests.requires", "requests.copies", "requests.mandatory",
    "rival options", "request_costs.most", "bans.school", "bans.item", "bans.fund", "bans.year",
    "commitments.amount", "commitments.serves", "commitments.works", "closed_until",
    "capacities.item", "capacities.fund", "locks.fund", "locks.year", "locks.request",
    "prices=low", "prices=high", "upkeep=required", "upkeep=reported", "one_source=True",
    "tail_years=0", "tail_years=2", "tiers=1", "tiers=3", "discount", "priority weighted",
    "priority strict tier", "priority strict whole", "priority maxmin", "fund reserve",
    "fund carry_over", "fund nature", "fund where", "fund pays_upkeep", "fund role", "envelope",
    *(f"rule {m}" for m in ("spend", "quantity", "coverage", "requests", "points", "schools", "law",
                              "policy", "wish")),
    *(f"rule spend {side}" for side in ("at_most", "at_least")),
    *(f"rule quantity {side}" for side in ("at_most", "at_least", "exactly")),
    *(f"rule requests {side}" for side in ("at_most", "at_least", "exactly")),
    "rule coverage at_least", "rule share of budget", "rule share of a selection",
    "rule share of all",
    *(f"rule where {k}" for k in ("group", "item", "pillar", "fund", "year", "kind", "request")),
    *(f"rule for each {k}" for k in ("group", "school", "item", "fund", "year", "nature", "kind")),
)  # fmt: skip


def sound(first: int, folder: Path) -> Iterator[tuple[int, Scenario, Path]]:
    """The scenarios from a seed on that the reader accepts."""
    for seed in range(first, first + 1000):
        path = drawn(seed, folder / str(seed))
        scenario = inspect(path)[0]
        decides = NO_COLUMNS or SecondModel(path.parent).decides
        if scenario is not None and decides:
            yield seed, scenario, path.parent


def check(seed: int, scenario: Scenario, folder: Path, methods: tuple[str, ...]) -> str:
    """The product and the second reading agree; gives what they agree on."""
    model = SecondModel(folder)
    due = model.answer()
    if due.stages is None and not BY_SCHOOL_INFEASIBLE:
        methods = methods[:1]
    for method in methods:
        result = optimize(scenario, gap=0, threads=1, method=method, time_limit=60)
        agree((seed, method), result, due)
    return "infeasible" if due.stages is None else model.mode


def agree(case: tuple[int, str], result: Result, due: Answer) -> None:
    if due.stages is None:
        assert result.status is Status.INFEASIBLE, (case, result.value)
        return
    assert result.status in PROVEN, (case, result.status, due.stages)
    room = RELATIVE * len(due.stages)
    assert result.value == pytest.approx(due.value, rel=room, abs=MINOR), (case, due.stages)
    stages = dict(due.stages)
    # what an early stage gave up of a tier is found in a later one: it counts by the whole value
    little = max(MINOR, RELATIVE * sum(abs(v) for v in stages.values()))
    for stage in result.stages:
        best = stages.pop(stage.name, 0.0)
        assert stage.value == pytest.approx(best, rel=room, abs=little), (case, stage, due.stages)
        least = best - room * max(1.0, abs(best)) - little
        assert stage.bound >= least, (case, stage, due.stages)
    left = {name: v for name, v in stages.items() if abs(v) > little}
    assert not left, (case, "stages that the product left out", left)


def checked(first: int, count: int, folder: Path, both: int = 1) -> Counter[str]:
    """Holds ``count`` sound scenarios against the second reading, each ``both``-th of them with
    both methods; gives how they ended."""
    ends: Counter[str] = Counter()
    for seed, scenario, where in sound(first, folder):
        more = () if ends.total() % both else ("by-school",)
        ends[check(seed, scenario, where, ("whole", *more))] += 1
        if ends.total() == count:
            break
    return ends


@pytest.fixture
def _formulated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both methods solve one model: writing it takes longer than solving it."""
    kept: list[tuple[Scenario, Any]] = []

    def formulated(scenario: Scenario, *, implied: bool = True) -> Any:
        if not kept or kept[0][0] is not scenario:
            kept[:] = [(scenario, formulate(scenario, implied=implied))]
        return kept[0][1]

    monkeypatch.setattr("planner.run.optimize.formulate", formulated)


@pytest.mark.usefixtures("_formulated_once")
@pytest.mark.parametrize(
    "chunk", [*range(12), *(pytest.param(k, marks=pytest.mark.slow) for k in range(12, 20))]
)
def test_the_product_agrees_with_a_second_reading(chunk: int, tmp_path: Path) -> None:
    """Twelve scenarios, with both methods."""
    assert checked(1000 * chunk, 1, tmp_path, both=1).total() == 1


@pytest.mark.slow
@pytest.mark.usefixtures("_formulated_once")
@pytest.mark.parametrize("chunk", range(100))
def test_the_product_agrees_with_a_second_reading_thoroughly(chunk: int, tmp_path: Path) -> None:
    """5,000 scenarios, both methods; every way to end is among each fifty."""
    ends = checked(1_000_000 + 1000 * chunk, 50, tmp_path)
    assert ends.total() == 50
    assert set(ends) >= {"infeasible", "weighted"}, ends


@pytest.mark.slow
def test_every_rule_decides_some_scenario() -> None:
    """Each family of rules, left out of the second reading, changes an answer: a product that
    forgot it would be found out by the scenarios drawn here."""
    silent = set(FAMILIES)
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(400):
            where = drawn(seed, Path(folder) / str(seed)).parent
            due = SecondModel(where).answer().stages
            silent -= {f for f in sorted(silent) if differs(due, SecondModel(where, f).answer())}
            if not silent:
                break
    assert not silent


def differs(due: list[tuple[str, float]] | None, other: Answer) -> bool:
    if due is None or other.stages is None:
        return due is not other.stages
    room = 1e-3 * max(1.0, *(abs(v) for _, v in due))
    return any(abs(a - b) > room for (_, a), (_, b) in zip(due, other.stages, strict=False))


def test_every_trait_is_drawn() -> None:
    """The default scenarios have every optional column and key in play, several times each."""
    counts: Counter[str] = Counter()
    for chunk in range(20):
        for seed in range(1000 * chunk, 1000 * chunk + 12):
            counts.update(traits(seed))
    assert not {name: counts[name] for name in EXPECTED if counts[name] < 3}
