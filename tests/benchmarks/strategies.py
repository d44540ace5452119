"""Which strategies of solving earn their place: ``python -m tests.benchmarks.strategies``.

Each scenario is solved to each gap with each seed of the engine, as the product does it (``auto``),
with one strategy left out at a time, and by the engine alone. What counts is the seconds of the
processor until the gap is proven and, where it is not, the gap that is left; every run stands in
``strategies.csv``. A busy machine disturbs the processor's seconds less than the clock's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import pandas as pd

from planner.run.optimize import optimize
from planner.scenario.load import load
from planner.scenario.new.synthetic import synthetic
from planner.scenario.scenario import Scenario
from planner.solving import choice, parameters
from planner.solving.choice import Method, RacingEngine
from planner.solving.highs import HighsEngine
from planner.solving.lagrangian import components

SHIPPED = Path(__file__).parents[2] / "scenarios"
BA_DINH = SHIPPED / "ba-dinh"
"""Where the futures of the district are."""
NEVER = 10**12
"""Columns that no model has."""

STRATEGIES: dict[str, tuple[Method, tuple[Callable[[], Any], ...]]] = {
    "auto": (Method.AUTO, ()),
    "no neighbourhoods": (
        Method.AUTO, (lambda: patch.object(parameters, "NEIGHBOURHOOD_FROM", NEVER),)
    ),
    "no closer bound": (Method.AUTO, (lambda: patch.object(parameters, "CLOSER_STEPS", 0),)),
    "no draws": (Method.AUTO, (lambda: patch.object(parameters, "DRAWN_IDLE", 0),)),
    "wards from nothing": (
        Method.AUTO, (lambda: patch.object(components, "plan_near", lambda *_: None),)
    ),
    "no race": (
        Method.AUTO,
        (
            lambda: patch.object(parameters, "NEIGHBOURHOOD_FROM", NEVER),
            lambda: patch.object(RacingEngine, "_race", lambda self, _, task: self._whole(task)),
        ),
    ),
    "no components": (Method.AUTO, (lambda: patch.object(choice, "find_components", nothing),)),
    "by school": (Method.BY_SCHOOL, ()),
    "whole": (Method.WHOLE, ()),
    "engine alone": (
        Method.WHOLE, (lambda: patch.object(parameters, "NEIGHBOURHOOD_FROM", NEVER),)
    ),
}  # fmt: skip
"""Strategy → the method asked for, and what is left out of it."""


def nothing(_: object) -> None:
    """A problem that has no components."""


def seeded(seed: int) -> Any:
    """The engine with a random seed of its own."""
    given = HighsEngine._hand_over

    def hand_over(self: HighsEngine, objective: Any) -> None:
        given(self, objective)
        self.highs.setOptionValue("random_seed", seed)

    return patch.object(HighsEngine, "_hand_over", hand_over)


def measured(scenario: Scenario, name: str, gap: float, seed: int, limit: float) -> dict[str, Any]:
    """One run: status, gap, seconds by the clock and of the processor, workers included."""
    method, left_out = STRATEGIES[name]
    with ExitStack() as patched:
        for each in (*left_out, lambda: seeded(seed)):
            patched.enter_context(each())
        began, clock = os.times(), time.perf_counter()
        result = optimize(scenario, gap=gap, time_limit=limit, threads=2, method=method, tidy=0)
        seconds, ended = time.perf_counter() - clock, os.times()
    return {
        "strategy": name, "asked": gap, "seed": seed, "status": str(result.status),
        "gap": result.gap, "seconds": seconds, "cpu": sum(ended[:4]) - sum(began[:4]),
    }  # fmt: skip


@click.command()
@click.option("--futures", default="base,cut-20,handover-slips,high-prices,wards-2026")
@click.option("--others", default="", help="Folders of scenarios/, such as california-1999.")
@click.option("--sizes", default="", help="Invented schools, such as 80,800.")
@click.option("--strategies", default=",".join(STRATEGIES))
@click.option("--gaps", default="0.001,0.0005", show_default=True)
@click.option("--seeds", default=3, show_default=True)
@click.option("--limit", default=60.0, show_default=True, help="Seconds of one run.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("plans/benchmarks"))
def main(
    futures: str,
    others: str,
    sizes: str,
    strategies: str,
    gaps: str,
    seeds: int,
    limit: float,
    out: Path,
) -> None:
    """Runs everything, writes each run as it ends, and prints the means."""
    out.mkdir(parents=True, exist_ok=True)
    problems: dict[str, Callable[[], Scenario]] = {
        n: lambda n=n: load(BA_DINH / f"{n}.yaml") for n in futures.split(",") if n
    }
    problems |= {n: lambda n=n: load(SHIPPED / n) for n in others.split(",") if n}
    problems |= {s: lambda s=s: synthetic(int(s)) for s in sizes.split(",") if s}
    rows: list[dict[str, Any]] = []
    for problem, made in problems.items():
        scenario = made()
        for gap in map(float, gaps.split(",")):
            for seed in range(seeds):
                for name in strategies.split(","):
                    row = measured(scenario, name, gap, seed, limit)
                    rows.append({"problem": problem} | row)
                    pd.DataFrame(rows).to_csv(out / "strategies.csv", index=False)
    table = pd.DataFrame(rows)
    table["missed"] = table["gap"] > table["asked"]
    keys = ["problem", "asked", "strategy"]
    means = table.groupby(keys, sort=False)[["cpu", "seconds", "gap", "missed"]].mean()
    click.echo(means.to_string(float_format=lambda v: f"{v:.5g}"))


if __name__ == "__main__":
    main()
