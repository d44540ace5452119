"""What a planner of a district waits for: ``python -m tests.benchmarks.district``.

``planner run`` from key press to summary and to the end, then ``check`` and ``explain`` on what
it wrote, and what-ifs of a session: money, weights, rules, prices, modes. A command is a process of
its own, and its clock starts with it; a session is measured by clock and by seconds of the
processor, which a busy machine disturbs less. ``--stages`` instead tells of a scenario in stages
what its late bounds are made of.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

BA_DINH = Path(__file__).parents[2] / "scenarios" / "ba-dinh" / "base.yaml"
PARTS = (0.97, 1.05, 0.9, 1.1)
"""Money of a what-if, as a part of the scenario's."""
FUNDS = 2
"""Funds that are moved, the first ones."""


def key_press(scenario: Path, *options: str) -> dict[str, float]:
    """Seconds from key press to the first line of the summary, and to the end."""
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "planner", "run", str(scenario), "--out", f"{place}/plan"]
        began = time.perf_counter()
        with subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as run:
            assert run.stdout is not None
            run.stdout.readline()
            summary = time.perf_counter() - began
            run.stdout.read()
        return {"summary": summary, "end": time.perf_counter() - began, "exit": run.returncode}


def verbs(scenario: Path, school: str | None) -> list[dict[str, Any]]:
    """Seconds from key press to the end of ``check``, and of ``explain`` for a school and for all
    promises, on the plan of a run that is not measured."""
    with tempfile.TemporaryDirectory() as place:
        plan = f"{place}/plan"
        asked: dict[str, list[str]] = {
            "run": ["run", str(scenario), "--out", plan, "--no-figures"],
            "check": ["check", str(scenario)],
            "explain --school": ["explain", plan, "--school", str(school)],
            "explain --policies": ["explain", plan, "--policies", "--out", f"{place}/policies"],
        }
        if school is None:
            del asked["explain --school"]
        rows: list[dict[str, Any]] = []
        for kind, words in asked.items():
            work, began = os.times(), time.perf_counter()
            command = [sys.executable, "-m", "planner", *words]
            done = subprocess.run(command, capture_output=True, check=False)
            now, seconds = os.times(), time.perf_counter() - began
            cpu = now.children_user + now.children_system
            cpu -= work.children_user + work.children_system
            rows.append({"kind": kind, "seconds": seconds, "cpu": cpu, "exit": done.returncode})
        return rows


def moved(scenario: Any) -> dict[str, Any]:
    """What-ifs of every kind that is no money of one fund: the scenario changed."""
    settings = scenario.settings
    funded = settings.priority.weights["completed"]
    money = {
        f"funds.{name}.amounts.{year}": int(0.95 * most)
        for name, fund in settings.funds.items()
        for year, most in settings.amounts(fund).items()
    }
    item = next(iter(scenario.items))
    every = {"measure": "spend", "for_each": ["level"], "at_least": {"share": 0.05}}
    changes: dict[str, dict[str, Any]] = {
        "all funds ×0.95": money,
        "weight of completed": {"priority.weights.completed": float(funded) * 1.5},
        "a rule added": {"rules.benchmark": every},
        "a rule added, others": {"rules.benchmark": every | {"for_each": ["group"]}},
        "prices low": {"prices": "low"},
        "prices base": {"prices": "base"},
        "discount": {"discount": 0.05},
    }
    for name, rule in settings.rules.items():
        changes[f"without {name}"] = {f"rules.{name}": None}
        for side in ("at_most", "at_least"):
            bound, key = getattr(rule, side), f"rules.{name}.{side}"
            if bound is not None and rule.measure in ("spend", "coverage") and bound != 1:
                share = float(getattr(bound, "share", bound)) * (1.1 if side == "at_most" else 0.9)
                whole = {"share": share} if hasattr(bound, "share") else share
                changes[f"bound of {name}"] = {key: int(share) if share > 1 else whole}
        if rule.firmness == "policy" and rule.measure == "coverage":
            wish = {f"rules.{name}.firmness": "wish", f"rules.{name}.price": 100}
            changes[f"{name} as a wish"] = wish
    found = {kind: scenario.with_(change) for kind, change in changes.items()}
    table = scenario.table("catalogue")
    weights = [w * (2 if k == 0 else 1) for k, w in enumerate(table["weight"])]
    tables = {**scenario.tables, "catalogue": table.assign(weight=weights)}
    return found | {f"weight of {item}": replace(scenario, tables=tables)}


MODES = ("maxmin", "strict", "weighted")


def what_ifs(scenario: Path) -> list[dict[str, Any]]:
    """A session's answers: kind, money, seconds, processor seconds, status and gap."""
    import planner

    base = planner.load(scenario)
    rows: list[dict[str, Any]] = []

    def measured(kind: str, money: float, ask: Any) -> Any:
        clock, work = time.perf_counter(), time.process_time()
        answer = ask()
        row = {"kind": kind, "money": money, "seconds": time.perf_counter() - clock}
        row["cpu"] = time.process_time() - work
        if isinstance(answer, planner.Result):
            row |= {"status": str(answer.status), "gap": answer.gap}
        rows.append(row)
        return answer

    funds = {name: base.settings.amounts(fund) for name, fund in base.settings.funds.items()}
    session = measured("built", 1.0, lambda: planner.session(base))
    for kind, relax in (("relaxed", True), ("whole", False)):
        measured(f"{kind}, first", 1.0, lambda relax=relax: session.solve(relax=relax))
        for fund, amounts in list(funds.items())[:FUNDS]:
            for part in PARTS:
                money = {fund: {year: part * most for year, most in amounts.items()}}
                measured(
                    f"{kind}, {fund}", part,
                    lambda money=money, relax=relax: session.solve(money, relax=relax),
                )  # fmt: skip
    for kind, other in moved(base).items():
        measured(kind, 1.0, lambda other=other: session.solve_scenario(other))
    measured("gap of 0.2%", 1.0, lambda: session.solve(gap=0.002))
    for mode in MODES:  # in whole units their stages take minutes
        other = base.with_("priority.mode", mode)
        measured(
            f"{mode}, relaxed", 1.0, lambda other=other: session.solve_scenario(other, relax=True)
        )
    return rows


NEARER = 0.9
"""Part of the way to their own bounds that earlier stages are taken, to see what a late bound is
made of."""


def late_stages(scenario: Path, seconds: float) -> list[dict[str, Any]]:
    """Of each stage its value and gap, and the gap that the schools would prove of plans whose
    earlier stages are :data:`NEARER` to their own bounds than any plan that is known.

    What of a late gap goes away by that was never the late stage's: it is what the bound buys for
    points of earlier stages that perhaps no plan in whole units has.
    """
    import planner
    from planner.formulation.build import formulate
    from planner.solving.highs import HighsEngine
    from planner.solving.neighbourhoods import StagedSchools
    from planner.solving.solution import Limits, relative_gap
    from planner.solving.stages import keep_value, solve_stages, stage_objectives

    model = formulate(planner.load(scenario)).model
    limits = Limits(time_limit=seconds)
    engine = HighsEngine(model, limits)
    schools = StagedSchools.of(engine, limits)
    assert schools is not None, "no stages, or too few or too many columns"
    solution = solve_stages(engine, limits, schools=schools)
    engine.forget()
    rows: list[dict[str, Any]] = []
    for (name, points), stage in zip(stage_objectives(model), solution.stages, strict=False):
        bound = schools.bound(points, engine.restrictions, lambda: False)
        bound = max(min(bound, stage.bound), stage.value)
        nearer = relative_gap(stage.value, bound)
        rows.append({"stage": name, "value": stage.value, "gap": stage.gap, "nearer": nearer})
        keep_value(engine, points, stage.value + NEARER * (bound - stage.value))
    return rows


@click.command()
@click.option("--stages", type=float, help="Seconds for a scenario in stages, instead of the rest.")
@click.option("--runs", default=3, show_default=True, help="Runs of the command.")
@click.option("--school", help="A school to explain.")
@click.option("--json", "as_json", is_flag=True)
@click.argument("scenario", type=click.Path(path_type=Path), default=BA_DINH)
def main(
    stages: float | None, runs: int, school: str | None, as_json: bool, scenario: Path
) -> None:
    """Seconds from key press to summary, of check and explain, and of a session's what-ifs, of
    SCENARIO."""
    if stages is not None:
        rows = late_stages(scenario, stages)
        if as_json:
            click.echo(json.dumps(rows, indent=1))
            return
        for row in rows:
            gaps = f"{row['gap']:10.3%}  {row['nearer']:10.3%}"
            click.echo(f"{row['stage']:28s} {row['value']:12.0f} {gaps}")
        return
    pressed = [key_press(scenario) for _ in range(runs)]
    typed = verbs(scenario, school)
    asked = what_ifs(scenario)
    if as_json:
        told = {"run": pressed, "verbs": typed, "session": asked}
        click.echo(json.dumps(told, indent=1))
        return
    for row in pressed:
        click.echo(f"run: summary after {row['summary']:.2f} s, end {row['end']:.2f} s")
    for row in typed:
        took = f"{row['seconds']:.2f} s, {row['cpu']:.2f} CPU, exit {row['exit']}"
        click.echo(f"{row['kind']:28s} {took}")
    for row in asked:
        proof = f"  {row['status']}, gap {row['gap']:.3%}" if "gap" in row else ""
        waited = f"{row['seconds']:.2f} s, {row['cpu']:.2f} CPU"
        click.echo(f"{row['kind']:28s} ×{row['money']:<5g} {waited}{proof}")


if __name__ == "__main__":
    main()
