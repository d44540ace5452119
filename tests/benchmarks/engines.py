"""Other engines on the same written model: ``uv run --group engines python -m
tests.benchmarks.engines``.

The model of each case is written once (:func:`planner.export`); HiGHS, SCIP, CBC and CP-SAT read
that file, one after the other, each in a process of its own, with the same gap, seconds and
threads; the product (``auto``) solves the same scenario. What each one found is read back by the
names of columns and checked against the file in exact numbers; what each one claims is held against
the plans of all. Runs that stand in ``--out`` already, of the same file and limits, are kept: a
command that was stopped, or came to the end of its ``--minutes``, is given again and goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

import planner
from tests.benchmarks import reporting
from tests.benchmarks.reporting import markdown, number
from tests.benchmarks.solvers import (
    ENGINES,
    INFEASIBLE,
    PROVEN,
    STOPPED,
    Task,
    installed,
    scenario_named,
)
from tests.benchmarks.written import Written

CASES = "base,80-plain,80-rules,800-rules,800-plain"
DEFAULT = "auto,HiGHS,SCIP,CBC,CP-SAT"
TOLERANCE = 1e-6
"""Relative breach of a row or bound, and distance of a whole column from a whole number, that
engines allow themselves."""
CONTRADICTS = 1e-5
"""Relative: by how much a plan must be above a bound, or a claim above what the plan is worth, to
prove it wrong; what the tolerance may gain in many rows together is less."""
MISSING = "not installed"
FAILED = "failed"
NEAR = 0.05
"""Relative distance from the best bound within which a plan is of use."""


def digest(files: Iterable[Path]) -> str:
    """A fingerprint of files."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


SOURCE = digest(sorted(Path(planner.__file__).parent.rglob("*.py")))
"""Of which source the product is."""
HERE = digest(Path(__file__).with_name(f"{name}.py") for name in ("cpsat", "solvers", "written"))
"""Of which source what runs and checks the engines is."""
TALLEST = 10.0
"""Relative gaps from here on are left out of the figure."""
Told = dict[str, Any]
"""One run: what was asked (``case``, ``engine``, ``gap_asked``), the engine's answer, and what
:func:`checked` found."""


def checked(told: Told, columns: dict[str, float], written: Written) -> Told:
    """A run with its plan beside the file: ``worth``, ``off``, ``where``, ``unwhole``."""
    if told["says"] not in (PROVEN, STOPPED):
        return told
    found = written.check(columns)
    off = max(found.off, 1.0 if found.unknown else 0.0)
    return told | {
        "worth": found.value, "off": off, "where": found.where, "unwhole": found.unwhole,
    }  # fmt: skip


def holds(told: Told) -> bool:
    """Whether a run has a plan that the file allows."""
    return "worth" in told and max(told["off"], told["unwhole"]) <= TOLERANCE


def claimed(told: Told) -> float | None:
    """The bound that a run claims; whoever says *optimal* claims at least the gap asked for."""
    bound, value = told.get("bound"), told.get("value")
    if told["says"] != PROVEN or value is None:
        return bound
    least = value + told["gap_asked"] * max(1.0, abs(value))
    return least if bound is None else min(bound, least)


def wrong(told: Told, runs: Iterable[Told]) -> list[str]:
    """What of a run's claims is disproven by its own plan or by one of the runs of its case."""
    found = []
    if "worth" in told and not holds(told):
        where = f"{told['where']} is off by {told['off']:.1e}" if told["off"] else "not whole"
        found.append(f"no plan of the file: {where}")
    if "worth" in told and told["value"] - told["worth"] > _slack(told["worth"]):
        found.append(f"its {told['value']:,.1f} are worth {told['worth']:,.1f}")
    sound = [run for run in runs if holds(run)]
    best = max(sound, key=lambda run: run["worth"], default=None)
    if best is None:
        return found
    known = f"{best['engine']} has a plan worth {best['worth']:,.1f}"
    bound = claimed(told)
    if told["says"] == INFEASIBLE:
        found.append(f"“infeasible”, but {known}")
    elif bound is not None and best["worth"] - bound > _slack(best["worth"]):
        says = "“optimal”" if told["says"] == PROVEN else "its bound"
        found.append(f"{says}: nothing above {bound:,.1f}, but {known}")
    return found


def _slack(worth: float) -> float:
    return CONTRADICTS * max(1.0, abs(worth))


def best_bound(runs: Sequence[Told]) -> float | None:
    """The lowest bound of a case that nothing contradicts."""
    bounds = [run["bound"] for run in runs if run.get("bound") is not None and not wrong(run, runs)]
    return min(bounds, default=None)


def gap(value: float | None, bound: float | None) -> float | None:
    """(bound − value) ÷ max(1, |value|), never below 0; none without both."""
    if value is None or bound is None:
        return None
    return max(0.0, bound - value) / max(1.0, abs(value))


def first(told: Told, least: float) -> float | None:
    """Seconds of solving after which the engine told of a plan worth at least so much."""
    at = (s for s, value, _ in told.get("trace", ()) if value is not None and value >= least)
    ended = told.get("seconds") if holds(told) and told["worth"] >= least else None
    return min((s for s in (next(at, None), ended) if s is not None), default=None)


HEADS = (
    "case", "engine", "says", "worth", "own bound", "own gap", "to best bound",
    "first plan s", "within 5% s", "read s", "solve s", "CPU s", "MiB", "judged",
)  # fmt: skip
NOTE = (
    f"*worth*: by the file's own points, where no row of it is broken by more than {TOLERANCE:g}. "
    "*own gap*: by the engine's word; *optimal*: also within the gap asked for. *to best bound*: "
    "to the lowest bound of any engine that no plan contradicts. *read*: the file, or the scenario "
    "(`auto`), and what the engine makes of it. *solve*: from there to its end, of `auto` with "
    "formulation, plan and audit. *CPU*, *MiB*: of the process and its workers, from start to end. "
    "*judged*: **WRONG** where a claim is disproven by the file or by another engine's plan, and "
    "*holds* where nothing does."
)
"""What the columns of the table are."""


def table(runs: Sequence[Told]) -> str:
    """Every run judged, and with which versions and options it was."""
    rows = []
    for told in runs:
        mine = [run for run in runs if run["case"] == told["case"]]
        best, faults = best_bound(mine), wrong(told, mine)
        worth = told["worth"] if holds(told) else None
        near = None if best is None else best - NEAR * abs(best)
        judged = "**WRONG**: " + "; ".join(faults) if faults else "holds"
        if told["says"] in (MISSING, FAILED):
            judged = told.get("error", "–")
        rows.append([
            told["case"], told["engine"], told["says"],
            number(worth, ",.1f"), number(told.get("bound"), ",.1f"),
            number(gap(told.get("value"), told.get("bound")), ".3%"),
            number(gap(worth, best), ".3%"),
            number(first(told, float("-inf")), ".1f"),
            number(None if near is None else first(told, near), ".1f"),
            *(number(told.get(k), ".1f") for k in ("read", "seconds", "cpu")),
            number(told.get("mib"), ".0f"), judged,
        ])  # fmt: skip
    how = [
        [t["case"], t["engine"], t.get("version", "–"), t.get("options", "–"), f"{t['load']:.1f}"]
        for t in runs
        if t["says"] != MISSING
    ]
    heads = ("case", "engine", "version", "options", "load")
    return f"{markdown(HEADS, rows)}\n{NOTE}\n\n{markdown(heads, how)}"


def figure(runs: Sequence[Told], path: Path) -> None:
    """How far each engine's plan is from the best bound, against seconds of solving, by case."""
    drawn = []
    for told in (t for t in runs if holds(t)):
        best = best_bound([t for t in runs if t["case"] == told["case"]])
        if best is None:
            continue
        seen = [(s, v) for s, v, _ in told["trace"] if v is not None and gap(v, best) < TALLEST]
        points = [*seen, (told["seconds"], told["worth"])]
        drawn.append({
            "name": told["case"], "method": told["engine"], "gap_asked": told["gap_asked"],
            "phases": {}, "trace": [(s, "value", v, best) for s, v in points],
        })  # fmt: skip
    reporting.figure(drawn, path, "gap to the best bound")


def run(task: Task, written: Written) -> Told:
    """One engine in a process of its own; what went wrong is part of what is told."""
    head = {"case": label(task.case), "engine": task.engine, "gap_asked": task.gap, "load": _load()}
    if not installed(task.engine):
        return head | {"says": MISSING, "error": "uv run --group engines …"}
    with tempfile.TemporaryDirectory() as place:
        answer = Path(place, "answer.json")
        asked = json.dumps(asdict(task) | {"model": str(task.model)})
        command = [sys.executable, "-m", "tests.benchmarks.solvers", asked, str(answer)]
        most = 2 * task.limit + 120
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        ) as child:  # fmt: skip
            try:
                _, errors = child.communicate(timeout=most)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                return head | {"says": FAILED, "error": f"not ended after {most:.0f} s"}
            except BaseException:
                os.killpg(child.pid, signal.SIGKILL)
                raise
        if not answer.exists():
            lines = errors.strip().splitlines() or [f"exit code {child.returncode}"]
            return head | {"says": FAILED, "error": lines[-1]}
        told = json.loads(answer.read_text(encoding="utf-8"))
    columns = told.pop("columns")
    return checked(head | told, columns, written)


def label(case: str) -> str:
    """What a case is called; a scenario by its folder."""
    path = Path(case)
    return path.parent.name if path.stem == "scenario" else path.stem


def _load() -> float:
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def kept(path: Path) -> dict[str, Told]:
    """The runs of earlier commands by what they were asked; none where there is no file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def key_of(task: Task) -> str:
    """What makes two runs the same: the file, the engine's version (of the product its source),
    gap, seconds, threads."""
    module = ENGINES[task.engine][1]
    of = SOURCE if module == "planner" else version(module) if installed(task.engine) else MISSING
    limits = f"{task.gap:g} {task.limit:g} {task.threads}"
    return f"{digest([task.model])} {task.engine} {of} {HERE} {limits}"


@click.command()
@click.option("--cases", default=CASES, show_default=True, help="80-rules, 80-plain: 80 invented "
              "schools with rules and without; else a future of Ba Đình, or a path.")  # fmt: skip
@click.option("--engines", default=DEFAULT, show_default=True, help=", ".join(ENGINES))
@click.option("--gap", "asked_gap", default=0.001, show_default=True, help="Relative gap.")
@click.option("--limit", default=60.0, show_default=True, help="Seconds of one run.")
@click.option("--threads", default=2, show_default=True)
@click.option(
    "--minutes", default=12.0, show_default=True, help="No run begins that may end later."
)
@click.option("--again", is_flag=True, help="Forget what was run before.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("plans/benchmarks"))
def main(
    cases: str, engines: str, asked_gap: float, limit: float, threads: int, minutes: float,
    again: bool, out: Path,
) -> None:  # fmt: skip
    """Runs what is not run yet, and prints the table of all."""
    unknown = [name for name in engines.split(",") if name not in ENGINES]
    if unknown:
        raise click.UsageError(f"--engines: {', '.join(unknown)}; known: {', '.join(ENGINES)}")
    out.mkdir(parents=True, exist_ok=True)
    began, file = time.perf_counter(), out / "engines.json"
    runs = {} if again else kept(file)
    shown: list[Told] = []
    left = 0
    for case in cases.split(","):
        model = out / f"engines-{label(case)}.mps"
        planner.export(scenario_named(case), model)
        tasks = [Task(e, case, model, asked_gap, limit, threads) for e in engines.split(",")]
        written = None
        for task in tasks:
            key = key_of(task)
            known = runs.get(key)
            if known is None or known["says"] in (MISSING, FAILED):
                if time.perf_counter() - began + limit > 60 * minutes:
                    left += 1
                    continue
                written = written or Written.read(model)
                runs[key] = run(task, written)
                file.write_text(json.dumps(runs, indent=1), encoding="utf-8")
            shown.append(runs[key])
            click.echo(f"{case:10s} {task.engine:8s} {runs[key]['says']}", err=True)
    (out / "engines.md").write_text(table(shown), encoding="utf-8")
    figure(shown, out / "engines.png")
    click.echo(table(shown))
    if left:
        click.echo(f"{left} runs are left: the same command goes on with them.", err=True)


if __name__ == "__main__":
    main()
