"""Value and coverage against money, against a rule's bound, or against fairness."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import pandas as pd

from planner.analysis.frames import FRONTIER, KINKS, typed
from planner.analysis.lp_curve import Curve, kinks
from planner.analysis.paths import Path, make_path
from planner.analysis.points import one_more, point, told
from planner.analysis.sweep import run
from planner.beside import naming, write_file
from planner.errors import PlannerError
from planner.optimize import optimize
from planner.scenario.scenario import Scenario
from planner.scenario.write import settings_yaml, table_csv
from planner.solving.session import WarmModel

STATE = "frontier.jsonl"


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

    def __repr__(self) -> str:
        name = f" of {self.path.name}" if self.path.name else ""
        return f"<Frontier: {self.path.axis}{name}, {len(self.table)} points>"

    def _repr_html_(self) -> str:
        from planner.analysis.frontier_card import frontier_card

        return frontier_card(self)


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
) -> Frontier:
    """See :func:`planner.frontier`; ``folder`` keeps finished points for a later run."""
    default = (0.0, 1.0) if fairness or rule else (-0.5, 0.5)
    ends = (default[0] if start is None else start, default[1] if stop is None else stop)
    path = make_path(scenario, fund=fund, rule=rule, fairness=fairness, ends=ends, points=points)
    options = {"gap": gap, "time_limit": time_limit, "threads": 1}
    state = State(scenario, path, options, folder)
    _solve_points(scenario, path, options, state, (workers, executor), progress)
    table = _table(scenario, path, state.rows)
    if path.axis != "money":
        return Frontier(scenario, path, table, typed(pd.DataFrame(), KINKS), None)
    table, corners = _relaxed(scenario, path, table)
    return Frontier(scenario, path, table, corners, one_more(scenario, path.name, options))


def _solve_points(
    scenario: Scenario,
    path: Path,
    options: dict[str, Any],
    state: State,
    how: tuple[int | None, Executor | None],
    progress: Callable[[int, int], None] | None,
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
    if not missing:
        return
    columns = None
    while missing and columns is None:
        first = missing.pop(0)
        begin, columns = _tightest(scenario, path, first, options)
        done(first, begin)
    jobs = [(scenario, path, path.positions[k], options, columns) for k in missing]
    run(
        point, jobs, workers=how[0], executor=how[1],
        done=lambda number, outcome: done(missing[number], outcome),
    )  # fmt: skip


def _tightest(
    scenario: Scenario, path: Path, number: int, options: dict[str, Any]
) -> tuple[Any, Any]:
    try:
        changed = scenario.with_(path.changes(scenario, path.positions[number]))
        warm = WarmModel(changed, room=1.0)
        result = optimize(changed, warm=warm, **options)
    except Exception as error:
        return error, None
    return told(result, scenario, path), (warm.plans[-1] if warm.plans else None)


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
        row = outcome if isinstance(outcome, dict) else {"error": _said(outcome)}
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


def _said(error: Any) -> str:
    # codes, not sentences: the table is the same in both languages
    said = error.args[0] if isinstance(error, PlannerError) and error.args else error
    return f"{type(error).__name__}: {said}"


def question(scenario: Scenario, path: Path, options: dict[str, Any]) -> str:
    """A hash of everything that the points depend on."""
    digest = hashlib.sha256(repr((path, sorted(options.items()))).encode())
    digest.update(settings_yaml(scenario.settings, None).encode())
    for name in sorted(scenario.tables):
        digest.update(table_csv(name, scenario.table(name)))
    return digest.hexdigest()


def _table(scenario: Scenario, path: Path, rows: Mapping[int, dict[str, Any]]) -> pd.DataFrame:
    """The points in order; a plan of a tighter point that is better here is kept here too."""
    records: list[dict[str, Any]] = []
    best: dict[str, Any] | None = None
    for number, at in enumerate(path.positions):
        row = {"point": number, "at": at, "x": path.place(scenario, at)} | rows[number]
        value = row.get("value")
        carried = path.axis != "fairness" and best is not None
        if carried and best is not None and value is not None and value < best["value"]:
            bound = max(row["bound"], best["value"])
            size = max(1.0, abs(best["value"]))
            keep = {k: v for k, v in best.items() if k not in ("point", "at", "x")}
            row |= keep | {"bound": bound, "gap": max(0.0, bound - best["value"]) / size}
        if row.get("value") is not None:
            best = row
        records.append(row)
    return typed(pd.DataFrame(records), FRONTIER)


def _relaxed(
    scenario: Scenario, path: Path, table: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The relaxation at the points and its kinks, in points per minor unit."""
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
    return table, typed(corners.drop(columns="at"), KINKS)
