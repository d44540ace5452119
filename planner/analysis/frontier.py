"""Value and coverage against money, against a rule's bound, or against fairness."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from decimal import Decimal
from heapq import heappop, heappush
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import pandas as pd

from planner.analysis.compare import Contract, typed
from planner.analysis.resolve import run, solve_again
from planner.analysis.unmet import fairness, numbers
from planner.errors import Finding, InputError, Place, PlannerError, StoppedError
from planner.formulation.facts import Facts
from planner.formulation.model import Moves, Start
from planner.messages import card
from planner.money import half_up
from planner.plan import Plan
from planner.plan.coverage import exact
from planner.scenario.scenario import Scenario, settings_yaml
from planner.scenario.schema import GROUPS, Share
from planner.scenario.write import table_csv
from planner.solving.solution import Stop, never
from planner.solving.warm import WarmModel, moved
from planner.system.disk import naming, write_file
from planner.vocabulary.axes import positions

# --------------------------------------------------------------------------------------------------
# What a frontier moves: a fund's money, a rule's bound, or the weights of the groups.
#
# A path turns a position into changes of settings. Positions run from the tighter to the looser
# problem, so that what is feasible at one stays feasible at the next (fairness apart, where only
# the weights move).


@dataclass(frozen=True)
class Path:
    """A direction through the settings."""

    axis: str
    """``money``, ``rule`` or ``fairness``."""
    name: str
    """The fund (or ``all``), or the rule."""
    positions: tuple[float, ...]
    """From the tighter problem to the looser one."""

    def changes(self, scenario: Scenario, at: float) -> dict[str, Any]:
        """The settings at a position."""
        if self.axis == "money":
            return {
                f"funds.{fund}.amounts.{year}": round(money * (1 + at))
                for fund, years in moved_amounts(scenario, self.name).items()
                for year, money in years.items()
            }
        if self.axis == "rule":
            return {bound_key(scenario, self.name): Decimal(repr(at))}
        weights = scenario.settings.priority.weights
        mean = sum(weights.values(), Decimal(0)) / max(len(weights), 1)
        part = Decimal(repr(at))
        blend = {g: (1 - part) * w + part * mean for g, w in weights.items()}
        return {f"priority.weights.{g}": w.normalize() for g, w in blend.items()}

    def place(self, scenario: Scenario, at: float) -> float:
        """Where a position stands on the figure's axis: money in minor units, or itself."""
        if self.axis != "money":
            return at
        moved = moved_amounts(scenario, self.name)
        return float(sum(round(m * (1 + at)) for years in moved.values() for m in years.values()))


def moved_amounts(scenario: Scenario, fund: str) -> dict[str, dict[int, int]]:
    """Fund → plan year → amount: the money that a position scales."""
    settings = scenario.settings
    general = [k for k, f in settings.funds.items() if f.role == "general"]
    names = general if fund == "all" else [fund]
    if fund != "all" and fund not in general:
        known = ", ".join(general)
        raise InputError([Finding("frontier_fund", Place(key=fund), {"known": known})])
    years = settings.plan_years
    found = {
        name: {y: m for y, m in settings.amounts(settings.funds[name]).items() if y in years}
        for name in names
    }
    if not any(sum(years_.values()) for years_ in found.values()):
        raise InputError([Finding("frontier_no_money", Place(key=fund))])
    return found


def bound_key(scenario: Scenario, name: str) -> str:
    """The settings key of a rule's one bound."""
    rule = scenario.settings.rules.get(name)
    if rule is None:
        known = ", ".join(scenario.settings.rules) or "–"
        raise InputError([Finding("frontier_rule", Place(key=name), {"known": known})])
    bounds = [k for k in ("at_most", "at_least", "exactly") if getattr(rule, k) is not None]
    share = ".share" if isinstance(getattr(rule, bounds[0]), Share) else ""
    return f"rules.{name}.{bounds[0]}{share}"


FARTHEST = 10**16
"""An end of a path at most: above any amount and bound that a scenario takes."""


def make_path(
    scenario: Scenario,
    *,
    fund: str | None,
    rule: str | None,
    fairness: bool,
    ends: tuple[float, float],
    points: int,
) -> Path:
    """The path that was asked for, its positions evenly spaced."""
    low, high = min(ends), max(ends)
    if points < 1 or (fund is not None and rule is None and low < -1):
        raise InputError([Finding("frontier_range", Place())])
    if not max(-low, high) <= FARTHEST:
        raise InputError([Finding("frontier_far", Place(), {"most": FARTHEST})])
    step = (high - low) / max(points - 1, 1)
    positions: Sequence[float] = [round(low + k * step, 12) for k in range(points)]
    if rule is not None:
        if ".at_least" in bound_key(scenario, rule):
            positions = positions[::-1]
        return Path("rule", rule, tuple(positions))
    if fairness:
        return Path("fairness", "", tuple(positions))
    moved_amounts(scenario, fund or "all")
    return Path("money", fund or "all", tuple(positions))


def solve_point(
    scenario: Scenario, path: Path, at: float, options: dict[str, Any], start: Start | None = None
) -> tuple[dict[str, Any], Start | None]:
    """Solves the scenario at a position, beginning from a plan of the tightest problem: the row
    of the point (without a plan only its status), and its plan as a start for looser ones."""
    changed = scenario.with_(path.changes(scenario, at))
    warm = WarmModel(changed, room=1.0)
    result = solve_again(changed, start=start, warm=warm, tolerant=False, **options)
    row: dict[str, Any] = {"status": str(result.status)}
    if result.maybe_plan is None:
        return row, None
    plan = result.plan
    proof = ("value", "bound", "gap", "people", "people_proposed")
    row |= {k: getattr(result, k) for k in proof} | {"spent": plan.spent}
    if path.axis == "fairness":
        row["value"] = row["bound"] = value_of(plan, scenario)
    spread = fairness(plan).set_index("group")
    for group in GROUPS:
        if group in spread.index:
            row[f"coverage_{group}"] = float(spread.loc[group, "mean_after"])
    if "all" in spread.index:
        whole = spread.loc["all"]
        names = {"coverage": "mean_after", "lowest": "min_after", "gini": "gini_after"}
        row |= {k: float(whole[v]) for k, v in names.items()}
    return row, warm.plans[-1]


def _row_of_point(*job: Any) -> dict[str, Any]:
    """What a worker sends back: a row of numbers."""
    return solve_point(*job)[0]


def value_of(plan: Plan, scenario: Scenario) -> float:
    """Points of a plan under another scenario's weights (same schools, items and years), what its
    missed wishes cost taken off."""
    facts, rows = Facts(scenario), plan.coverage
    axes = facts.axes
    school = positions(rows["school"], axes.school_at)
    item = positions(rows["item"], axes.item_at)
    year = rows["year"].to_numpy(dtype=np.int64) - axes.first
    need = numbers(rows["need"])
    before, after = facts.covered[school, item, year] / need, exact(plan).covered / need
    gained, low = np.zeros(len(rows)), 0.0
    for edge, weight in zip(facts.tier_edges, facts.tier_weights, strict=True):
        high = float(edge)
        gained += weight * (np.clip(after, low, high) - np.clip(before, low, high))
        low = high
    worth = facts.school_points[school] * facts.people[school, year] * facts.discount[year]
    total = float((worth * facts.shares[school, item] * gained).sum())
    mine = Facts(plan.scenario)
    chosen = plan.requests[plan.requests["chosen"] == "yes"]
    for row in chosen.to_dict("records"):
        at = axes.school_at[row["school"]]
        own = mine.group_points[at]
        total += facts.group_points[at] * (row["points"] / own if own else float(row["value"]))
    return total - missed(plan)


def missed(plan: Plan) -> float:
    """Points that the plan's missed wishes cost."""
    rules, total = plan.scenario.settings.rules, 0.0
    rows = plan.rules[plan.rules["firmness"] == "wish"]
    for row in rows.to_dict("records"):
        price = float(rules[row["rule"]].price or 0)
        left, bound = float(row["left"]), float(row["bound"])
        short = {"<=": left - bound, ">=": bound - left}.get(row["relation"], abs(left - bound))
        total += price * max(0.0, short) * (100 if row["unit"] == "share" else 1)
    return total


def one_more(scenario: Scenario, fund: str, options: dict[str, Any]) -> dict[str, float] | None:
    """What one more tỷ buys: the difference of two solves, the second from the first's plan."""
    moved = moved_amounts(scenario, fund)
    money = 10**9 if scenario.settings.currency == "VND" else 10**8
    total = sum(m for years in moved.values() for m in years.values())
    changes = {
        f"funds.{name}.amounts.{year}": amount + half_up(Decimal(money) * amount / total)
        for name, years in moved.items()
        for year, amount in years.items()
    }
    warm = WarmModel(scenario, room=1.0 + money / total + 1e-6)
    try:
        now, more = (solve_again(scenario, c, warm=warm, **options) for c in (None, changes))
    except PlannerError:
        return None
    if now.maybe_plan is None or more.maybe_plan is None:
        return None
    return {
        "money": float(money),
        "people": more.people - now.people,
        "value": more.value - now.value,
        "value_at_least": max(0.0, more.value - now.bound),
        "value_at_most": more.bound - now.value,
    }


# --------------------------------------------------------------------------------------------------
# The linear relaxation along a line of money: values, slopes on both sides, kinks.
#
# Value is a concave, piecewise linear function of the money. Its slope is the sum of the shadow
# prices of the years moved, each times the share of the money that goes there; where carrying
# over is at its limit, that limit moves with the money and its price counts too, and so does a
# rule that is bounded by a share of the budget.

STEP = 1e-6
"""Relative step to either side of a point at which its slopes are taken; at least one minor
unit of money."""
MOST_SOLVES = 120
"""Relaxations spent on looking for kinks: some ten seconds on a district."""
SAME = 1e-7
"""Relative difference below which two values or slopes are the same."""


@dataclass(frozen=True)
class Sample:
    """The relaxation at one position: points, and points per unit of position."""

    at: float
    value: float
    left: float
    right: float


class Curve:
    """The relaxation of a scenario along a money path, on one warm model."""

    def __init__(self, scenario: Scenario, path: Path) -> None:
        self.scenario = scenario
        self.path = path
        money = moved_amounts(scenario, path.name)
        self.total = float(sum(m for years in money.values() for m in years.values()))
        smallest = min(m for years in money.values() for m in years.values() if m)
        self.step = max(STEP, 1.0 / smallest)
        self.warm = WarmModel(scenario, room=1.0 + max(*path.positions, 0.0) + 0.01)
        # How fast bounds move with the position: the usable money of the years moved, limits of
        # carrying over, rules bounded by a share of the budget. Of the rows that the relaxation
        # has: those that only tighten the whole decisions are not among them.
        form = self.warm.loose
        now, double = (
            moved(form, scenario.with_(path.changes(scenario, at))).model for at in (0.0, 1.0)
        )
        self.moves = Moves.between(now, double)

    def value_and_slope(self, at: float) -> tuple[float, float]:
        """Points and points per unit of position (1 = doubling the money): shadow prices times
        what each bound moves by."""
        changes = self.path.changes(self.scenario, at)
        result = solve_again(self.scenario, changes, relax=True, warm=self.warm)
        loose = result.relaxation
        if loose is None:
            return float("nan"), float("nan")
        return result.value, loose.prices.slope(self.moves)

    def sample(self, at: float) -> Sample:
        """Value and both slopes at a position; without money there is no slope to the left."""
        value, _ = self.value_and_slope(at)
        left, right = (
            self.value_and_slope(at + d)[1] if at + d >= -1.0 else float("nan")
            for d in (-self.step, self.step)
        )
        return Sample(at, value, left, right)


def kinks(
    samples: list[Sample], value_and_slope: Callable[[float], tuple[float, float]]
) -> pd.DataFrame:
    """Corners of the curve between the samples, those nearest to today first.

    Where two tangents meet on the curve there is a corner; where they meet above it, there are
    corners on both sides. Columns: at (position), value, slope_before, slope_after (points per
    unit of position). At most :data:`MOST_SOLVES` relaxations are spent: a large scenario has
    more corners than that, and those far from position 0 are then left out.
    """
    waiting: list[tuple[float, float, Sample, Sample]] = []
    found: dict[float, tuple[float, float, float, float]] = {}

    def look(one: Sample, other: Sample) -> None:
        drop = (one.right - other.left) * (other.at - one.at)
        if drop > SAME * max(1.0, abs(one.value)):
            heappush(waiting, (min(abs(one.at), abs(other.at)), one.at, one, other))

    for one, other in zip(samples, samples[1:], strict=False):
        look(one, other)
    for inner in samples[1:-1]:
        _note(found, inner)
    spent = 0
    while waiting and spent < MOST_SOLVES:
        _, _, one, other = heappop(waiting)
        meet = one.value - one.right * one.at - other.value + other.left * other.at
        at = float(np.clip(meet / (other.left - one.right), one.at, other.at))
        if min(at - one.at, other.at - at) < 3 * STEP:
            continue
        value, slope = value_and_slope(at)
        spent += 1
        on_line = one.value + one.right * (at - one.at)
        if on_line - value <= SAME * max(1.0, abs(on_line)):
            _note(found, Sample(at, value, one.right, other.left))
        else:
            middle = Sample(at, value, slope, slope)
            look(one, middle)
            look(middle, other)
    rows = [found[k] for k in sorted(found)]
    return pd.DataFrame(rows, columns=["at", "value", "slope_before", "slope_after"])


def _note(found: dict[float, tuple[float, float, float, float]], sample: Sample) -> None:
    if sample.left - sample.right > SAME * max(1.0, abs(sample.left)):
        found[sample.at] = (sample.at, sample.value, sample.left, sample.right)


STATE = "frontier.jsonl"


FRONTIER: Contract = {
    "point": "int64", "at": "float64", "x": "float64", "status": "str", "value": "float64",
    "bound": "float64", "gap": "float64", "people": "float64", "people_proposed": "float64",
    "spent": "Int64", "coverage": "float64", "lowest": "float64", "gini": "float64",
    "lp_value": "float64", "lp_left": "float64", "lp_right": "float64", "error": "str",
}  # fmt: skip
KINKS: Contract = dict.fromkeys(("x", "value", "slope_before", "slope_after"), "float64")


@dataclass(frozen=True, repr=False)
class Frontier:
    """Plans along a path, from the tighter problem to the looser one.

    Attributes
    ----------
    scenario : Scenario
        Where the path starts from.
    path : Path
        What was moved: ``axis`` (``money``, ``rule``, ``fairness``), ``name``, ``positions``.
    table : DataFrame
        One row a point, from the tighter problem to the looser one; NaN where one failed.

        ================ ======= ===============================================================
        column           dtype   meaning
        ================ ======= ===============================================================
        point            int64   number, from 0
        at               float64 relative change of the money, the bound, or the part of the way
        x                float64 money in the plan years (minor units); else ``at``
        status           str     what was proven of the point
        value            float64 points (fairness: under the scenario's own weights)
        bound            float64 points that no plan can exceed
        gap              float64 proven relative gap, 0–1
        people           float64 equipped pupil-years, funded
        people_proposed  float64 the same, proposed into building projects
        spent            Int64   funded in the plan years, minor units
        coverage         float64 mean coverage of funded schools, 0–1
        coverage_<group> float64 the same of one group
        lowest           float64 lowest coverage of a funded school, 0–1
        gini             float64 inequality of coverage, 0 (equal) to 1
        lp_value         float64 points of the relaxation (money only)
        lp_left          float64 its slope below the point, points per minor unit
        lp_right         float64 its slope above the point
        error            str     why a point failed, empty otherwise
        ================ ======= ===============================================================
    kinks : DataFrame
        Corners of the relaxation (money only).

        ============ ======= ====================================
        column       dtype   meaning
        ============ ======= ====================================
        x            float64 money in the plan years, minor units
        value        float64 points
        slope_before float64 points per minor unit
        slope_after  float64 points per minor unit
        ============ ======= ====================================
    next_billion : mapping or None
        What one more tỷ (10⁹ minor units; 10⁸ for currencies other than VND) buys at the
        present point: ``money``, ``people`` (equipped pupil-years), ``value`` (points) and its
        proven range, ``value_at_least`` and ``value_at_most``.
    finished : bool
        Whether every point was solved; if not (``stopping``), the table holds those that were, and
        there are no kinks.

    Examples
    --------
    >>> import planner
    >>> found = planner.frontier("scenarios/three-schools", fund="district", points=3, workers=0)
    >>> found
    <Frontier: money of district, 3 points>
    >>> round(found.next_billion["people"])
    200
    """

    scenario: Scenario
    path: Path
    table: pd.DataFrame
    kinks: pd.DataFrame
    next_billion: Mapping[str, float] | None
    finished: bool = True

    def __repr__(self) -> str:
        name = f" of {self.path.name}" if self.path.name else ""
        return f"<Frontier: {self.path.axis}{name}, {len(self.table)} points>"

    def _repr_html_(self) -> str:
        return card(self)


def frontier(  # noqa: PLR0913
    scenario: Scenario,
    *,
    fund: str | None = None,
    rule: str | None = None,
    fairness: bool = False,
    start: float | None = None,
    stop: float | None = None,
    points: int = 11,
    gap: float | None = None,
    time_limit: float | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    folder: str | FilePath | None = None,
    progress: Callable[[int, int], None] | None = None,
    stopping: Stop = never,
) -> Frontier:
    """See :func:`planner.frontier`; ``folder`` keeps finished points for a later run."""
    default = (0.0, 1.0) if fairness or rule else (-0.5, 0.5)
    ends = (default[0] if start is None else start, default[1] if stop is None else stop)
    path = make_path(scenario, fund=fund, rule=rule, fairness=fairness, ends=ends, points=points)
    options = {"gap": gap, "time_limit": time_limit, "threads": 1}
    state = State(scenario, path, options, folder)
    _solve_points(scenario, path, options, state, (workers, executor), progress, stopping)
    # The points in order; a plan of a tighter point that is better here is kept here too.
    records: list[dict[str, Any]] = []
    best: dict[str, Any] | None = None
    for number, at in enumerate(path.positions):
        if number not in state.rows:  # stopped before it was solved
            continue
        row = {"point": number, "at": at, "x": path.place(scenario, at)} | state.rows[number]
        value = row.get("value")
        carried = path.axis != "fairness" and value is not None
        if carried and best is not None and value < best["value"]:
            bound = max(row["bound"], best["value"])
            size = max(1.0, abs(best["value"]))
            keep = {k: v for k, v in best.items() if k not in ("point", "at", "x")}
            row |= keep | {"bound": bound, "gap": max(0.0, bound - best["value"]) / size}
        best = best if value is None else row
        records.append(row)
    table = typed(pd.DataFrame(records), FRONTIER)
    finished = len(records) == len(path.positions)
    if path.axis != "money" or not finished or stopping():
        return Frontier(scenario, path, table, typed(pd.DataFrame(), KINKS), None, finished)
    # The relaxation at the points and its kinks, in points per minor unit.
    curve = Curve(scenario, path)
    samples = [curve.sample(at) for at in path.positions]
    table = table.assign(
        lp_value=[s.value for s in samples],
        lp_left=[s.left / curve.total for s in samples],
        lp_right=[s.right / curve.total for s in samples],
    )
    corners = kinks([s for s in samples if s.value == s.value], curve.value_and_slope)
    corners.insert(0, "x", [(1 + at) * curve.total for at in corners["at"]])
    for name in ("slope_before", "slope_after"):
        corners[name] = corners[name] / curve.total
    corners = typed(corners.drop(columns="at"), KINKS)
    return Frontier(scenario, path, table, corners, one_more(scenario, path.name, options))


def _solve_points(
    scenario: Scenario,
    path: Path,
    options: dict[str, Any],
    state: State,
    how: tuple[int | None, Executor | None],
    progress: Callable[[int, int], None] | None,
    stop: Stop,
) -> None:
    """Solves what is missing: first the tightest point that has a plan, which the others start
    from; those before it have none, or failed."""
    missing = [k for k in range(len(path.positions)) if k not in state.rows]
    count = len(path.positions)

    def done(number: int, outcome: Any) -> None:
        state.add(number, outcome)
        if progress is not None:
            progress(len(state.rows), count)

    if progress is not None and state.rows:
        progress(len(state.rows), count)
    start = None
    while missing and start is None and not stop():
        first = missing.pop(0)
        outcome: Any = None
        try:
            outcome, start = solve_point(
                scenario, path, path.positions[first], options | {"stop": stop}
            )
        except Exception as error:
            outcome = error
        if stop():  # it may have ended before its gap
            return
        done(first, outcome)
    jobs = [(scenario, path, path.positions[k], options, start) for k in missing]

    def here(*job: Any) -> dict[str, Any]:
        """In this process, where a point can be stopped."""
        row = _row_of_point(*job[:3], options | {"stop": stop}, start)
        if stop():
            raise StoppedError("tracing")
        return row

    def ended(number: int, outcome: Any) -> None:
        if not isinstance(outcome, StoppedError):
            done(missing[number], outcome)

    run(
        _row_of_point, jobs, workers=how[0], executor=how[1], done=ended, stop=stop, here=here,
    )  # fmt: skip


class State:
    """Finished points, kept as JSON lines in a folder; a changed question starts anew."""

    def __init__(
        self, scenario: Scenario, path: Path, options: dict[str, Any], folder: Any
    ) -> None:
        self.rows: dict[int, dict[str, Any]] = {}
        self.file = None if folder is None else FilePath(folder) / STATE
        if self.file is None:
            return
        key = question(scenario, path, options)
        lines = self.file.read_text(encoding="utf-8").splitlines() if self.file.exists() else []
        if lines and _record(lines[0]).get("key") == key:
            records = [_record(line) for line in lines[1:]]
            good = [r for r in records if "row" in r and not r["row"].get("error")]
            self.rows = {int(r["point"]): r["row"] for r in good}
        kept = [{"key": key}, *({"point": k, "row": r} for k, r in self.rows.items())]
        write_file(self.file, "".join(json.dumps(r) + "\n" for r in kept).encode())

    def add(self, number: int, outcome: Any) -> None:
        """Takes the row of a point, or the exception that it ended with."""
        row: dict[str, Any] = outcome
        if isinstance(outcome, BaseException):
            # codes, not sentences: the table is the same in both languages
            coded = isinstance(outcome, PlannerError) and outcome.args
            detail = outcome.args[0] if coded else outcome
            row = {"error": f"{type(outcome).__name__}: {detail}"}
        self.rows[number] = row
        if self.file is not None:
            with naming(self.file), self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"point": number, "row": row}) + "\n")


def _record(line: str) -> dict[str, Any]:
    """A line of the state; one that was cut off while it was written counts for nothing."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def question(scenario: Scenario, path: Path, options: dict[str, Any]) -> str:
    """A hash of everything that the points depend on."""
    digest = hashlib.sha256(repr((path, sorted(options.items()))).encode())
    digest.update(settings_yaml(scenario.settings, None).encode())
    for name in sorted(scenario.tables):
        digest.update(table_csv(name, scenario.table(name)))
    return digest.hexdigest()
