"""``planner run``: a scenario in, a proven plan folder and a summary out."""

from __future__ import annotations

import json
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from planner.analysis.amending import amend as amended_plan
from planner.analysis.amending import owed
from planner.analysis.answers import beside_of
from planner.analysis.conflict import Repairs, lock_conflict, repairs, write_repair
from planner.cli.futures import REPAIR_SECONDS, decide, shown_path
from planner.errors import InputError
from planner.messages import say
from planner.messages.numbers import grouped
from planner.present.amendment import amendment_dict, amendment_text
from planner.present.content import fund_name
from planner.present.explanation import moved_lines, price_lines, repairs_dict, repairs_text
from planner.present.painting import (
    Painters,
    Undrawn,
    add_figures,
    draw_amended,
    undrawn_in_words,
)
from planner.present.summary import files_written, summary
from planner.present.terminal import Listener
from planner.run import folder
from planner.run.edits import read_edited, with_locks
from planner.run.optimize import claims, optimize
from planner.run.result import Result
from planner.scenario.load import load
from planner.scenario.scenario import Scenario
from planner.system.disk import try_folder, whole


def run(scenario: str, given: dict[str, Any]) -> int:
    """Solves a scenario and publishes the plan, or says why there is none; the exit code."""
    loaded = load(scenario, given["overrides"])
    return decide(loaded, given) if loaded.cases else _plan(loaded, scenario, given)


def _plan(loaded: Scenario, scenario: str, given: dict[str, Any]) -> int:
    """One plan of a scenario; the exit code."""
    if given["lock"] is not None:
        edited = read_edited(given["lock"], given["plan"])
        locked = with_locks(loaded, edited, every=given["lock_all"])
        count, name = len(locked.locks), edited.path.name
        click.echo(say("lock_taken", given["lang"], count=count, file=name), err=True)
        loaded = locked.scenario
    elif alone := [name for name in ("lock_all", "plan") if given[name]]:
        raise click.UsageError(f"--{alone[0].replace('_', '-')} goes with --lock")
    # With locks beside the sealed plan, never over it by default.
    name = loaded.id if given["lock"] is None else f"{loaded.id}-locked"
    out = Path(given["out"] or Path("plans") / name)
    if given["relax"]:
        try_folder(out / folder.BESIDE, inside=True)
    else:
        folder.refuse_foreign(out.absolute())  # before anybody waits for a solve
    # Painters get ready to draw while this process solves.
    painted = not (given["no_figures"] or given["relax"])
    painters = Painters(len(loaded.schools)) if painted else None
    with ExitStack() as listening:
        listener = listening.enter_context(Listener(given["lang"]))
        asked = ("gap", "time_limit", "threads", "solver", "relax", "method", "cluster", "tidy")
        result = optimize(
            loaded, progress=listener.progress, stop=listener.stop, chosen=listener.chosen,
            **{k: given[k] for k in asked},
        )  # fmt: skip
        if result.maybe_plan is not None:
            _publish(result, out, given, painters, (listener, listening))
            return int(result.status.exit_code)
    if painters is not None:
        painters.close()
    if result.relaxation is not None:
        # columns.csv, rows.csv and under maxmin floors.csv, beside where a plan would be
        beside = out / folder.BESIDE
        with whole(beside) as place:
            for name in folder.RELAXED:
                table = getattr(result.relaxation, name)
                if name != "floors" or not table.empty:
                    table.to_csv(place / f"{name}.csv", index=False, encoding="utf-8-sig")
        shown = shown_path(beside.absolute())
        said = {"value": f"{result.value:.6f}", "folder": shown}
        if given["as_json"]:
            click.echo(_json(result, shown))
        else:
            click.echo(say("door_relaxed", given["lang"], **said))
            click.echo("\n".join(price_lines(result, given["lang"])))
    else:
        _no_plan(result, given, None if given["relax"] else Path(scenario))
    return int(result.status.exit_code)


def amend(folder_name: str, given: dict[str, Any]) -> int:
    """Amends an approved plan and publishes the new one, or says why there is none; the exit
    code."""
    lang = given["lang"]
    source = Path(folder_name)
    out = Path(given["out"] or beside_of(source, "amended"))
    if out.absolute() == source.absolute():
        raise click.UsageError(say("amend.same_folder", lang))
    folder.refuse_foreign(out.absolute())
    base = folder.read(source)
    scenario = None
    if given["scenario"] is not None or given["overrides"]:
        if given["scenario"] is not None:
            scenario = load(given["scenario"], given["overrides"])
        else:
            scenario = load(source / "inputs" / "scenario.yaml", given["overrides"])
            scenario = replace(scenario, id=base.scenario.id)
    day = given["at"].date() if given["at"] else None
    with ExitStack() as listening:
        listener = listening.enter_context(Listener(lang))
        asked = ("within", "points", "gap", "time_limit", "threads")
        result = amended_plan(
            base, scenario, executed=given["executed"], at=day, progress=listener.progress,
            stop=listener.stop, chosen=listener.chosen, **{k: given[k] for k in asked},
        )  # fmt: skip
        stopped = listener.stopping  # not what comes while the plan is written
        if result.maybe_plan is not None:
            painters = None if given["no_figures"] else Painters(len(result.scenario.schools))
            _publish(result, out, given, painters, (listener, listening))
    if result.maybe_plan is None:
        for row in owed(result.scenario).itertuples() if not given["as_json"] else ():
            name = fund_name(result.scenario, row.fund, lang)
            figures = {k: grouped(getattr(row, k), lang) for k in ("due", "usable", "lacking")}
            said = say("amend.owed", lang, fund=name, year=str(row.year), **figures)
            click.echo(said, err=True)
        _no_plan(result, given | {"lock": None}, source)
    return 5 if stopped else int(result.status.exit_code)


def _publish(
    result: Result, out: Path, given: dict[str, Any], painters: Painters | None,
    stopping: tuple[Listener, ExitStack],
) -> None:  # fmt: skip
    """The folder first; the summary once its tables stand; then the figures, whose failure
    costs nobody the plan.

    ``stopping``: who hears Ctrl-C, and what ends that. Until the folder is there and told of, a
    first Ctrl-C only spares the figures, for what was found is to be kept.
    """
    lang = given["lang"]
    target = out.absolute()
    folder.refuse_foreign(target)
    undrawn = list[Undrawn]()
    listener, listening = stopping
    earlier = listener.stopping
    with folder.workplace(target) as made, painters or nullcontext():
        drawn = None
        if painters is not None:
            drawn = painters.start(result.plan, made / "figures", lang)
        written = folder.write(result, target)
        shown = shown_path(written)
        if given["as_json"]:
            click.echo(_json(result, shown))
        else:
            told = amendment_text(result, lang)
            click.echo(summary(result, lang) + (f"\n{told}" if told else ""))
        listening.close()
        if drawn is not None:
            try:
                if listener.stopping and not earlier:
                    raise KeyboardInterrupt
                _, undrawn = draw_amended(result, made / "figures", lang)
                undrawn += add_figures(written, made, drawn, folder.read_claims(written))
            except KeyboardInterrupt:
                undrawn = [("", "Ctrl-C")]
    if not given["as_json"]:
        files = [shown, f"{shown}/plan.xlsx"]
        files += [f"{shown}/figures"] if (written / "figures").is_dir() else []
        click.echo(files_written(files, lang))
    if undrawn:
        click.echo(undrawn_in_words(undrawn, lang, shown), err=True)


def _json(result: Result, shown: str | None) -> str:
    head = claims(result)
    body = {k: head[k] for k in ("scenario", "status", "value", "bound", "gap", "people")}
    plan = result.maybe_plan
    body |= {"spent": plan.spent if plan is not None else None, "folder": shown}
    body |= {"seconds": round(result.seconds, 3), "stages": head["stages"]}
    if result.amended is not None:
        body["amend"] = amendment_dict(result)
    return json.dumps(body, ensure_ascii=False)


def _no_plan(result: Result, given: dict[str, Any], path: Path | None) -> None:
    """Says why there is no plan. Of a scenario at ``path`` that is proven infeasible: the locks
    that must move if they are to blame, or else the conflict and its repairs."""
    lang, scenario = given["lang"], result.scenario
    infeasible = path is not None and str(result.status) == "infeasible"
    moved = None
    if infeasible and not scenario.table("locks").empty:
        limit = given["time_limit"] or float(scenario.settings.solve.time_limit)
        moved = lock_conflict(scenario, time_limit=limit)
    click.echo(say(f"door_status_{result.status}", lang), err=True)
    found = None
    if infeasible and moved is None:
        seconds = max(given["time_limit"] or 0.0, REPAIR_SECONDS)
        click.echo(say("repair.searching", lang, seconds=round(seconds)), err=True)
        found = repairs(scenario, seconds=seconds)
    if given["as_json"]:
        body = json.loads(_json(result, None)) | {"repairs": []}
        body |= repairs_dict(found, scenario) if found is not None else {}
        if moved is not None:
            body["locks_to_move"] = [
                {"lock": f"locked[{m.key}]"}
                | {"asked": str(m.lock.quantity), "nearest": str(m.nearest)}
                for m in moved
            ]
        click.echo(json.dumps(body, ensure_ascii=False))
    else:
        if moved is not None:
            click.echo("\n".join(moved_lines(moved, lang, given["lock"] or "")))
        if found is not None:
            click.echo(repairs_text(found, scenario, lang, applies="apply_repair" in given))
    if found is not None and path is not None and given.get("apply_repair"):
        _apply_repair(found, path, given)


def _apply_repair(found: Repairs, path: Path, given: dict[str, Any]) -> None:
    """Writes the repair that was asked for beside the scenario; refused where the file exists."""
    lang, number = given["lang"], given["apply_repair"]
    if number > len(found.found):
        few = say("repair.too_few", lang, number=number, found=len(found.found))
        raise click.UsageError(few)
    try:
        target = write_repair(found.found[number - 1], path, number, given["overrides"])
    except InputError as error:
        clash = next((f for f in error.findings if f.code == "save_exists"), None)
        if clash is None:
            raise
        raise click.UsageError(say("repair.exists", lang, **clash.params)) from error
    click.echo(say("repair.written", lang, file=target.as_posix()), err=True)
