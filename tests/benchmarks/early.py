"""When a solve has its first plan, how near, and what a stop keeps: ``python -m
tests.benchmarks.early``.

Each instance is solved once to the end, without tidying, and once for each stop, at a part of the
seconds that the whole took. Seconds count from a scenario in memory to an audited plan; every run
stands in ``early.csv``.

``--real`` is what a user does: ``planner run`` with every default as a process of its own, from a
scenario on disk to figures, once to the end and once for each way to stop it at each part of the
seconds. What README promises of a stop is looked at from outside; every run stands in
``real.csv``, and a promise that is broken ends the command with exit code 1.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
import pandas as pd

from planner.names import KEEP_STAGE
from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario
from planner.scenario.write import write
from planner.solving.solution import Progress, Status, relative_gap
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


# --------------------------------------------------------------------------------------------------
# The command line, stopped from outside.

ROOT = Path(__file__).parent.parent.parent
WAYS: Mapping[str, tuple[signal.Signals, ...]] = {
    "SIGINT": (signal.SIGINT,), "SIGTERM": (signal.SIGTERM,),
    "SIGINT twice": (signal.SIGINT, signal.SIGINT),
}  # fmt: skip
"""How a run is stopped; two signals come :data:`BETWEEN` seconds apart."""
BETWEEN = 1.0
PATIENCE = 600.0
"""Seconds in which a run that was stopped must have ended."""
LINGER = 10.0
"""Seconds in which whatever it started must be gone as well."""


@dataclass(frozen=True)
class Ended:
    """How a run ended, as whoever waits for it sees it."""

    seconds: float
    after: float
    """Seconds from the last signal to the end; 0 where none was sent."""
    code: int
    said: str
    broken: tuple[str, ...] = ()
    """What README promises and was not kept, in words."""
    plan: Mapping[str, Any] = field(default_factory=dict)
    """``plan.json``; empty where there is no plan."""


def run_really(
    scenario: Path, out: Path, signals: Sequence[signal.Signals] = (), at: float = 0.0,
    options: Sequence[str] = (),
) -> Ended:  # fmt: skip
    """``planner run`` as a process of its own, sent ``signals`` from ``at`` seconds on; ``out`` is
    not there yet and stands alone in its folder, where ``temporary`` is made for what the run may
    leave behind.

    A Ctrl-C goes to every process of the run, as a terminal sends it, SIGTERM to the first alone.
    """
    place = out.parent
    (place / "temporary").mkdir(parents=True)
    command = ["run", str(scenario), "--out", str(out), "--lang", "en", *options]
    began = time.perf_counter()
    with tempfile.TemporaryFile() as told:  # not a pipe, which workers may keep open
        child = subprocess.Popen(
            [sys.executable, "-m", "planner", *command], stdout=told, stderr=told, cwd=place,
            start_new_session=True, env=os.environ
            | {"PYTHONPATH": str(ROOT), "TMPDIR": str(place / "temporary")},
        )  # fmt: skip
        sent = began
        try:
            for number, kind in enumerate(signals):
                wait = at + number * BETWEEN - (time.perf_counter() - began)
                with suppress(subprocess.TimeoutExpired):
                    child.wait(max(wait, 0.0))
                if child.poll() is None:
                    sent = time.perf_counter()
                    if kind == signal.SIGINT:
                        os.killpg(child.pid, kind)
                    else:
                        child.send_signal(kind)
            child.wait(PATIENCE)
            ended = time.perf_counter()
            left = living(child.pid)
            while left and time.perf_counter() - ended < LINGER:
                time.sleep(0.05)
                left = living(child.pid)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        told.seek(0)
        said = told.read().decode(errors="replace")
    after = ended - sent if sent > began else 0.0
    return held_to_promises(Ended(ended - began, after, child.returncode, said), out, signals, left)


def living(session: int) -> list[str]:
    """Command lines of the processes of a session that have not ended (Linux alone)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, mine = stat.read_text().rpartition(")")[2].split()[:4]
            if int(mine) == session and state not in "ZX":
                found.append((stat.parent / "cmdline").read_text().replace("\0", " ")[:100])
    return found


def held_to_promises(
    ended: Ended, out: Path, signals: Sequence[signal.Signals], left: Sequence[str]
) -> Ended:
    """What a run promised and did not keep.

    The first signal keeps the best plan: exit code 5, or 0 where the plan was proven already. A
    second one leaves at once, with a whole plan or none.
    """
    broken = [f"still runs: {line}" for line in left]
    words = ("Traceback", "Exception ignored", "Internal error", "leaked")
    broken += [f"says {word!r}" for word in words if word in ended.said]
    expected = {out.name, "temporary"}
    broken += [f"leaves {p.name}" for p in out.parent.iterdir() if p.name not in expected]
    broken += [f"leaves temporary {p.name}" for p in (out.parent / "temporary").iterdir()]
    plan: dict[str, Any] = {}
    if out.is_dir():
        with suppress(OSError, ValueError):
            plan = json.loads((out / "plan.json").read_text("utf-8"))
        audited = subprocess.run(
            [sys.executable, "-m", "planner", "audit", str(out), "--lang", "en"], check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True,
        )  # fmt: skip
        if audited.returncode:
            broken.append(f"audit: {(audited.stdout + audited.stderr).decode()[-600:]}")
    statuses = [Status(plan["status"])] if plan else []
    if len(signals) > 1:
        statuses.append(Status.STOPPED)
    elif not plan:
        broken.append("no plan")
    codes = sorted({int(status.exit_code) for status in statuses})
    if ended.code not in codes:
        broken.append(f"exit code {ended.code}, not {codes}")
    return replace(ended, broken=tuple(broken), plan=plan)


def really(case: Case, parts: Sequence[float], ways: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of a case: run to its end, and stopped in every way at every part of its seconds."""
    with tempfile.TemporaryDirectory(prefix="early-") as folder:
        place = Path(folder)
        write(scenario_of(case), place / "in")
        path = place / "in" / "scenario.yaml"
        rows = [_row(case, "–", "–", run_really(path, place / "whole" / "plan"))]
        seconds = rows[0]["seconds"]
        for way in ways:
            for part in parts:
                out = place / f"{way}-{part}" / "plan"
                ended = run_really(path, out, WAYS[way], part * seconds)
                rows.append(_row(case, way, f"{part:.0%}", ended))
    return rows


def _row(case: Case, way: str, part: str, ended: Ended) -> dict[str, Any]:
    row = {"case": case.name, "how": way, "stop": part, "seconds": ended.seconds}
    row |= {"after the stop": ended.after, "exit": ended.code}
    row |= {key: ended.plan.get(key) for key in ("status", "gap")}
    row |= {"lines": ended.plan.get("tidy", {}).get("lines"), "broken": "; ".join(ended.broken)}
    if way in WAYS and not ended.after:
        row["stop"] = f"{part}, not sent: had ended"
    last = [line for line in ended.said.splitlines() if line.strip()]
    if ended.broken:
        row["said"] = " | ".join(last[-3:])
    click.echo("  ".join(str(v) for v in row.values()), err=True)
    return row


@click.command()
@click.option("--sizes", default="800", show_default=True, help="Schools, by commas.")
@click.option("--variants", default="plain,rules", show_default=True)
@click.option("--priority", default="weighted", show_default=True, help="weighted or strict")
@click.option("--stops", default="0.25,0.5,0.75", show_default=True, help="Parts of the seconds.")
@click.option("--gap", default=0.001, show_default=True)
@click.option("--limit", default=180.0, show_default=True, help="Seconds of one run.")
@click.option("--real", is_flag=True, help="As a process of its own, from outside.")
@click.option("--ways", default=",".join(WAYS), show_default=True, help="How --real stops it.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("plans/benchmarks"))
def main(**given: Any) -> None:
    """Runs everything, writes each run as it ends, and prints them."""
    out, gap, limit, priority = (given[k] for k in ("out", "gap", "limit", "priority"))
    out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    parts = [float(part) for part in given["stops"].split(",") if part]
    for size in given["sizes"].split(","):
        for variant in given["variants"].split(","):
            case = Case(int(size), variant, priority=priority)
            if given["real"]:
                rows += really(case, parts, given["ways"].split(","))
                pd.DataFrame(rows).to_csv(out / "real.csv", index=False)
                continue
            scenario = scenario_of(case)
            row, seconds = whole(scenario, gap, limit)
            rows.append({"case": case.name} | row)
            for part in parts:
                row = stopped(scenario, gap, limit, part, part * seconds)
                rows.append({"case": case.name} | row)
                pd.DataFrame(rows).to_csv(out / "early.csv", index=False)
    table = pd.DataFrame(rows)
    click.echo(table.to_string(index=False, na_rep="–", float_format=lambda v: f"{v:.4g}"))
    if given["real"] and table["broken"].any():
        raise SystemExit(1)


if __name__ == "__main__":
    main()
