"""``planner run``: a scenario in, a proven plan folder and a summary out."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from planner.analysis.conflict import Repair, amended, lock_conflict, repairs
from planner.messages import say
from planner.names import TIDY_STAGE
from planner.present import comparison
from planner.present.explanation import price_lines, repairs_dict, repairs_text
from planner.present.painting import Painters, add_figures, tried, undrawn_in_words
from planner.present.summary import files_written, summary
from planner.run import folder
from planner.run.deciding import decide_futures
from planner.run.edits import read_edited, with_locks
from planner.run.optimize import claims, optimize
from planner.run.result import Decided, Result
from planner.scenario.load import load
from planner.scenario.scenario import Scenario
from planner.system.disk import try_folder, whole, write_file

REPAIR_SECONDS = 60.0
"""Time for conflict and repairs unless a longer ``--time-limit`` was given."""


def run(scenario: str, given: dict[str, Any]) -> int:
    """Solves a scenario and publishes the plan, or says why there is none; the exit code."""
    loaded = load(scenario, given["overrides"])
    return _decide(loaded, given) if loaded.cases else _plan(loaded, scenario, given)


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
    listener = Listener(given["lang"])
    with listener:
        asked = ("gap", "time_limit", "threads", "solver", "relax", "method", "cluster", "tidy")
        result = optimize(
            loaded, progress=listener.progress, stop=listener.stop, chosen=listener.chosen,
            **{k: given[k] for k in asked},
        )  # fmt: skip
    if painters is not None and result.maybe_plan is None:
        painters.close()
    if result.relaxation is not None:
        # columns.csv, rows.csv and under maxmin floors.csv, beside where a plan would be
        beside = out / folder.BESIDE
        with whole(beside) as place:
            for name in folder.RELAXED:
                table = getattr(result.relaxation, name)
                if name != "floors" or not table.empty:
                    table.to_csv(place / f"{name}.csv", index=False, encoding="utf-8-sig")
        shown = _shown(beside.absolute())
        said = {"value": f"{result.value:.6f}", "folder": shown}
        if given["as_json"]:
            click.echo(_json(result, shown))
        else:
            click.echo(say("door_relaxed", given["lang"], **said))
            click.echo("\n".join(price_lines(result, given["lang"])))
    elif result.maybe_plan is not None:
        _publish(result, out, given, painters)
    else:
        _no_plan(result, given, None if given["relax"] else Path(scenario))
    return int(result.status.exit_code)


def _decide(loaded: Scenario, given: dict[str, Any]) -> int:
    """Decides now for all futures of a scenario; the exit code."""
    odd = [n for n in ("relax", "lock", "lock_all", "plan", "cluster", "apply_repair") if given[n]]
    if odd:
        raise click.UsageError(
            say("futures.no_option", given["lang"], name=odd[0].replace("_", "-"))
        )
    lang, out = given["lang"], Path(given["out"] or Path("plans") / loaded.id)
    folder.refuse_foreign(out.absolute())
    listener = Listener(lang)
    with listener:
        asked = ("gap", "time_limit", "threads", "solver", "method", "tidy")
        found = decide_futures(
            loaded, progress=listener.progress, stop=listener.stop, chosen=listener.chosen,
            **{k: given[k] for k in asked},
        )  # fmt: skip
    if found.results:
        written = folder.write(found, out.absolute())
        shown = _shown(written)
        if given["as_json"]:
            body = folder.decided_claims(found) | {"folder": shown}
            click.echo(json.dumps(body, ensure_ascii=False))
        else:
            click.echo(comparison.decided_text(found, lang))
            click.echo(files_written([shown, f"{shown}/decision.csv"], lang))
        if not given["no_figures"]:
            _draw_decided(found, written, lang)
        return int(found.status.exit_code)
    blocked = loaded.cases.get(found.blocked)
    click.echo(say(f"door_status_{found.status}", lang), err=True)
    if blocked is not None:
        click.echo(say("futures.blocked", lang, case=found.blocked), err=True)
    elif str(found.status) == "infeasible":
        click.echo(say("futures.none_for_all", lang), err=True)
    body = {"scenario": loaded.id, "status": str(found.status), "blocked": found.blocked}
    if blocked is not None:
        seconds = max(given["time_limit"] or 0.0, REPAIR_SECONDS)
        click.echo(say("repair.searching", lang, seconds=round(seconds)), err=True)
        mended = repairs(blocked, seconds=seconds)
        body |= repairs_dict(mended, blocked)
        if not given["as_json"]:
            click.echo(repairs_text(mended, blocked, lang))
    if given["as_json"]:
        click.echo(json.dumps(body, ensure_ascii=False))
    return int(found.status.exit_code)


def _draw_decided(found: Decided, written: Path, lang: str) -> None:
    """The figure of a decision, added to its folder; what cannot be drawn is a warning."""
    head = folder.read_claims(written)
    with folder.workplace(written) as made:

        def drawn() -> None:
            from planner.present.figures import comparison_charts as figures

            figures.save_decided(found, made / "figures", lang)
            folder.add(written, made, head)

        if undrawn := tried(drawn, written.as_posix()):
            click.echo(undrawn_in_words(undrawn, lang), err=True)


def _publish(result: Result, out: Path, given: dict[str, Any], painters: Painters | None) -> None:
    """The folder first; the summary once its tables stand; then the figures, whose failure
    costs nobody the plan."""
    lang = given["lang"]
    target = out.absolute()
    folder.refuse_foreign(target)
    undrawn = []
    with folder.workplace(target) as made, painters or nullcontext():
        drawn = None
        if painters is not None:
            drawn = painters.start(result.plan, made / "figures", lang)
        written = folder.write(result, target)
        shown = _shown(written)
        click.echo(_json(result, shown) if given["as_json"] else summary(result, lang))
        if drawn is not None:
            try:
                undrawn = add_figures(written, made, drawn, folder.read_claims(written))
            except KeyboardInterrupt:
                undrawn = [("", "Ctrl-C")]
    if not given["as_json"]:
        files = [shown, f"{shown}/plan.xlsx"]
        files += [f"{shown}/figures"] if (written / "figures").is_dir() else []
        click.echo(files_written(files, lang))
    if undrawn:
        click.echo(undrawn_in_words(undrawn, lang, shown), err=True)


def _shown(path: Path) -> str:
    """A path as short as it can be said from here."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def _json(result: Result, shown: str | None) -> str:
    head = claims(result)
    body = {k: head[k] for k in ("scenario", "status", "value", "bound", "gap", "people")}
    plan = result.maybe_plan
    body |= {"spent": plan.spent if plan is not None else None, "folder": shown}
    body |= {"seconds": round(result.seconds, 3), "stages": head["stages"]}
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
            lines = [say("lock_conflict_head", lang, count=len(moved))]
            sums = {m.key.rpartition(",")[0].rpartition(",")[0] for m in moved}
            for m in moved:
                if m.key not in sums:  # else the sum of a line that is said already
                    how = {"key": m.key, "asked": m.lock.quantity, "near": m.nearest}
                    lines.append("  " + say("lock_conflict_line", lang, **how))
            if given["lock"]:
                lines.append(say("lock_conflict_hint", lang, file=given["lock"]))
            click.echo("\n".join(lines))
        if found is not None:
            click.echo(repairs_text(found, scenario, lang))
    if found is not None and path is not None and (number := given["apply_repair"]):
        if number > len(found.found):
            few = say("repair.too_few", lang, number=number, found=len(found.found))
            raise click.UsageError(few)
        target = _write_repair(found.found[number - 1], path, number, given)
        click.echo(say("repair.written", lang, file=target.as_posix()), err=True)


def _write_repair(repair: Repair, path: Path, number: int, given: dict[str, Any]) -> Path:
    """Writes the amended scenario beside the old one; refused where the file exists."""
    source = path
    if not path.is_file():  # the scenario was given as its folder
        kinds = (".yaml", ".yml", ".xlsx")
        files = (p for p in sorted(path.iterdir()) if p.suffix in kinds)
        source = next(p for p in files if p.stem == repair.scenario.id)
    target = source.with_name(f"{source.stem}-repair-{number}.yaml")
    if target.exists():
        raise click.UsageError(say("repair.exists", given["lang"], file=target.as_posix()))
    write_file(target, amended(repair, source, given["overrides"]).encode())
    return target


class Listener:
    """Progress on stderr and Ctrl-C: the first stops the engine, the second the program."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.stopping = False
        self.last = 0.0
        self.tidying = False
        self.before: Any = None

    def __enter__(self) -> Listener:
        try:
            self.before = signal.signal(signal.SIGINT, self._pressed)
        except ValueError:
            self.before = None  # not the main thread: Ctrl-C is somebody else's
        return self

    def __exit__(self, *_: object) -> None:
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)

    def _pressed(self, number: int, frame: Any) -> None:
        if self.stopping and callable(self.before):
            self.before(number, frame)
        elif self.stopping:
            raise KeyboardInterrupt
        self.stopping = True
        line = say("door_stopping", self.lang)
        try:
            click.echo(line, err=True)
        except RuntimeError:  # a line of progress is half-way out
            os.write(2, f"{line}\n".encode())

    def stop(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self.stopping

    def chosen(self, choice: Any) -> None:
        """Says which method is used and why; nothing where it was asked for."""
        if choice.why == "asked":
            return
        counted = {k: getattr(choice, k) for k in ("columns", "blocks", "linking")}
        line = say(f"door_method_{choice.method}_{choice.why}", self.lang, **counted)
        click.echo(line, err=True)

    def progress(self, at: Any) -> None:
        """One line a second at most: stage, seconds, value, bound, gap; while a plan is tidied, and
        as soon as that begins, its lines."""
        now, tidying = time.monotonic(), at.stage == TIDY_STAGE
        if now - self.last < 1.0 and self.tidying == tidying:
            return
        self.last, self.tidying = now, tidying
        if tidying:
            how = {"seconds": f"{at.seconds:.0f}", "lines": int(at.value)}
            click.echo(say("door_progress_tidy", self.lang, **how), err=True)
            return

        def text(value: float | None, form: str) -> str:
            return "–" if value is None else format(value, form)

        line = say(
            "door_progress", self.lang, stage=at.stage, seconds=f"{at.seconds:.0f}",
            value=text(at.value, ".6g"), bound=text(at.bound, ".6g"), gap=text(at.gap, ".3%"),
        )  # fmt: skip
        click.echo(line, err=True)
