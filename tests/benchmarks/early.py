"""When a solve has its first plan, how near, and what a stop keeps: ``python -m
tests.benchmarks.early``.

Each instance is solved once to the end, without tidying, and once for each stop, at a part of the
seconds that the whole took. Seconds count from a scenario in memory to an audited plan; every run
stands in ``early.csv``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pandas as pd

from planner.names import KEEP_STAGE
from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario
from planner.solving.solution import Progress, relative_gap
from planner.system.process import listening
from tests.benchmarks.instances import Case, scenario_of
from tests.benchmarks.measuring import Meter


@dataclass(frozen=True)
class First:
    """The first plan of a solve: after which part of all seconds, and of those of the phase
    ``solve``, it was there, and how far it is from the last bound."""

    of_all: float
    of_solving: float
    away: float

    @classmethod
    def of(
        cls, told: Sequence[tuple[float, Progress]], all_: tuple[float, float],
        solving: tuple[float, float], bound: float,
    ) -> First | None:  # fmt: skip
        """From (clock, line) of progress and the clocks at which all and the solving began and
        ended; ``None`` where no line tells of a plan."""
        known = ((at, line.value) for at, line in told if line.stage != KEEP_STAGE)
        first = next(((at, value) for at, value in known if value is not None), None)
        if first is None:
            return None
        shares = ((first[0] - start) / (end - start) for start, end in (all_, solving))
        return cls(*shares, relative_gap(first[1], bound))


def whole(scenario: Scenario, gap: float, limit: float) -> tuple[dict[str, Any], float]:
    """A solve to its end; its seconds."""
    told: list[tuple[float, Progress]] = []
    meter, began = Meter(), time.perf_counter()
    with listening(meter):
        result = optimize(
            scenario, gap=gap, time_limit=limit, threads=2, tidy=0,
            progress=lambda line: told.append((time.perf_counter(), line)),
        )  # fmt: skip
    ended, solve = time.perf_counter(), meter.firsts["solve"]
    solving = solve, solve + meter.phases["solve"].seconds
    first = First.of(told, (began, ended), solving, result.bound)
    row = {"stop": "–", "status": str(result.status), "gap": result.gap, "seconds": ended - began}
    return row | ({} if first is None else vars(first)), ended - began


def stopped(scenario: Scenario, gap: float, limit: float, part: float, after: float) -> Any:
    """A solve that is stopped after so many seconds; how long it took from there."""
    began = time.perf_counter()
    result = optimize(
        scenario, gap=gap, time_limit=limit, threads=2, tidy=0,
        stop=lambda: time.perf_counter() - began >= after,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    row = {"stop": f"{part:.0%}", "status": str(result.status), "gap": result.gap}
    return row | {"seconds": seconds, "after the stop": seconds - after}


@click.command()
@click.option("--sizes", default="800", show_default=True, help="Schools, by commas.")
@click.option("--variants", default="plain,rules", show_default=True)
@click.option("--priority", default="weighted", show_default=True, help="weighted or strict")
@click.option("--stops", default="0.25,0.5,0.75", show_default=True, help="Parts of the seconds.")
@click.option("--gap", default=0.001, show_default=True)
@click.option("--limit", default=180.0, show_default=True, help="Seconds of one run.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("plans/benchmarks"))
def main(
    sizes: str, variants: str, priority: str, stops: str, gap: float, limit: float, out: Path
) -> None:
    """Runs everything, writes each run as it ends, and prints them."""
    out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for size in sizes.split(","):
        for variant in variants.split(","):
            case = Case(int(size), variant, priority=priority)
            scenario = scenario_of(case)
            row, seconds = whole(scenario, gap, limit)
            rows.append({"case": case.name} | row)
            for part in map(float, stops.split(",") if stops else ()):
                row = stopped(scenario, gap, limit, part, part * seconds)
                rows.append({"case": case.name} | row)
                pd.DataFrame(rows).to_csv(out / "early.csv", index=False)
    table = pd.DataFrame(rows)
    click.echo(table.to_string(index=False, na_rep="–", float_format=lambda v: f"{v:.4g}"))


if __name__ == "__main__":
    main()
