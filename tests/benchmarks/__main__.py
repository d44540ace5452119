"""Runs cases by every method asked for: ``python -m tests.benchmarks`` (see ``--help``).

Each run is a process of its own, so that memory is its own. Results go to ``--out``:
``results.json`` (everything), ``table.md`` and ``gap.png``; they are rewritten after every run,
so a long run that is stopped leaves what it has.
"""

from __future__ import annotations

import itertools
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from tests.benchmarks.case import BARE_OPTIONS, METHODS, Asked
from tests.benchmarks.instances import PRIORITIES, UNITS, VARIANTS, Case
from tests.benchmarks.reporting import write_reports

TARGETS = {80: (0.0005, 5.0), 800: (0.001, 30.0), 2900: (0.001, 180.0)}
TARGETS |= {12_000: (0.002, 600.0), 60_000: (0.005, 1800.0)}
"""Schools → (relative gap, seconds) that the issue sets for 2 cores."""
LIBRARIES = ("planner", "pulp", "highspy", "pandas", "numpy")


@click.command()
@click.option("--sizes", default="80,800", show_default=True, help="Schools, by commas.")
@click.option("--variants", default="plain,rules", show_default=True)
@click.option("--units", default="whole", show_default=True, help="whole,continuous")
@click.option("--priorities", default="weighted", show_default=True, help="weighted,strict")
@click.option("--methods", default="auto,bare,greedy", show_default=True, help=", ".join(METHODS))
@click.option("--all", "whole_grid", is_flag=True, help="Every size, variant, unit and priority.")
@click.option("--gap", type=float, help="Relative gap; default: the target of the size.")
@click.option("--limit", type=float, help="Seconds for a solve; default: the target's.")
@click.option("--threads", type=int, default=2, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--without", default="", help="Links left out of `bare`'s model, by commas.")
@click.option("--figures/--no-figures", default=False, help="Draw the plan's figures too.")
@click.option("--timeout", type=float, default=7200, show_default=True, help="Seconds a process.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("plans/benchmarks"))
def main(**given: Any) -> None:
    """Seconds, memory, value, bound and gap over time of seeded instances, by every method."""
    out: Path = given["out"]
    out.mkdir(parents=True, exist_ok=True)
    runs: list[dict[str, Any]] = []
    for asked in _asked(given):
        click.echo(f"{asked.case.name:34s} {asked.method:10s} ", nl=False, err=True)
        runs.append(run(asked, given["timeout"]))
        click.echo(_line(runs[-1]), err=True)
        text = json.dumps({"machine": machine(), "runs": runs}, indent=1, ensure_ascii=False)
        (out / "results.json").write_text(text + "\n", encoding="utf-8")
        write_reports(runs, out)
    click.echo((out / "table.md").read_text(encoding="utf-8"))


def _asked(given: dict[str, Any]) -> list[Asked]:
    """Every run that the options name, smallest first."""
    axes = [_names(given[k]) for k in ("variants", "units", "priorities")]
    sizes = [int(n) for n in _names(given["sizes"])]
    if given["whole_grid"]:
        axes, sizes = [list(VARIANTS), list(UNITS), list(PRIORITIES)], list(TARGETS)
    without = tuple(_names(given["without"]))
    found = []
    for size, *kind in itertools.product(sizes, *axes):
        nearest = min(TARGETS, key=lambda n, size=size: (abs(n - size), n))
        gap, limit = TARGETS[nearest]
        for method in _names(given["methods"]):
            if method not in METHODS:
                raise click.UsageError(f"--methods: {method}; known: {', '.join(METHODS)}")
            left_out = without if method == "bare" else ()
            found.append(
                Asked(
                    Case(size, *kind, seed=given["seed"]),
                    method,
                    gap if given["gap"] is None else given["gap"],
                    limit if given["limit"] is None else given["limit"],
                    given["threads"],
                    given["figures"],
                    left_out,
                )
            )
    return found


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def run(asked: Asked, timeout: float) -> dict[str, Any]:
    """One case in a process of its own; what went wrong is part of the result."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "tests.benchmarks.case", json.dumps(asdict(asked))]
    head = {"case": asked.case.as_dict(), "name": asked.case.name, "method": asked.method}
    head |= {"gap_asked": asked.gap, "time_limit": asked.limit, "threads": asked.threads}
    head |= {"options": BARE_OPTIONS if asked.method == "bare" else {}}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=timeout, check=False, cwd=Path.cwd()
        )
    except subprocess.TimeoutExpired:
        return head | {"status": "timeout", "error": f"more than {timeout:.0f} s", "phases": {}}
    if done.returncode:
        tail = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        return head | {"status": "failed", "error": tail[0], "phases": {}}
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return head | told | {"wall": round(time.perf_counter() - began, 2)}


def _line(told: dict[str, Any]) -> str:
    gap = told.get("gap")
    shown = "–" if gap is None else f"{gap:.3%}"
    solve = told["phases"].get("solve", {}).get("seconds")
    return f"{told['status']:11s} gap {shown:8s} solve {solve} s {told.get('error', '')}"


def machine() -> dict[str, Any]:
    """Where it ran."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": os.getloadavg() if hasattr(os, "getloadavg") else None,
        "versions": {name: version(name) for name in LIBRARIES},
        "time": time.strftime("%Y-%m-%d %H:%M:%S"),
    }


if __name__ == "__main__":
    main()
