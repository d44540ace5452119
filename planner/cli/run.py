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

from planner.cli import options

# --------------------------------------------------------------------------------------------------
# ``planner run --lock``: the locks of an edited workbook, and what is said when they clash.


def applied(scenario: Any, given: dict[str, Any]) -> Any:
    """The scenario with the workbook's locks, where one is given."""
    if given["lock"] is None:
        for name in ("lock_all", "plan"):
            if given[name]:
                raise click.UsageError(f"--{name.replace('_', '-')} goes with --lock")
        return scenario
    from planner.messages import say
    from planner.run.edits import read_edited, with_locks

    edited = read_edited(given["lock"], given["plan"])
    locked = with_locks(scenario, edited, every=given["lock_all"])
    count, name = len(locked.locks), edited.path.name
    click.echo(say("lock_taken", given["lang"], count=count, file=name), err=True)
    return locked.scenario


def target(scenario: Any, given: dict[str, Any]) -> Path:
    """Where the plan goes: with locks beside the sealed plan, never over it by default."""
    if given["out"]:
        return Path(given["out"])
    return Path("plans") / (scenario.id if given["lock"] is None else f"{scenario.id}-locked")


def conflict(scenario: Any, given: dict[str, Any]) -> list[Any] | None:
    """The locks that must move so that a plan exists; ``None`` if they are not to blame."""
    if scenario.table("locks").empty:
        return None
    from planner.analysis.conflict import lock_conflict

    limit = given["time_limit"] or float(scenario.settings.solve.time_limit)
    return lock_conflict(scenario, time_limit=limit)


def told(moved: list[Any], given: dict[str, Any]) -> str:
    """The locks that must move, as text."""
    from planner.messages import say

    lang = given["lang"]
    lines = [say("lock_conflict_head", lang, count=len(moved))]
    lines_moved = {m.key.rpartition(",")[0].rpartition(",")[0] for m in moved}
    for found in moved:
        if found.key in lines_moved:
            continue  # the sum of a line that is told already
        asked, near = found.lock.quantity, found.nearest
        lines.append("  " + say("lock_conflict_line", lang, key=found.key, asked=asked, near=near))
    if given["lock"]:
        lines.append(say("lock_conflict_hint", lang, file=given["lock"]))
    return "\n".join(lines)


def as_list(moved: list[Any]) -> list[dict[str, Any]]:
    """The locks that must move, as JSON values."""
    return [
        {"lock": f"locked[{m.key}]", "asked": str(m.lock.quantity), "nearest": str(m.nearest)}
        for m in moved
    ]


@click.command("run", short_help="Solve a scenario.")
@click.argument("scenario", type=click.Path())
@click.option("--out", type=click.Path(), help="Plan folder; default: plans/<scenario>.")
@click.option("--gap", type=click.FloatRange(0, 1), help="Proven relative gap to stop at.")
@click.option("--time-limit", type=click.FloatRange(min=0.01), help="Seconds.")
@click.option("--threads", type=click.IntRange(1, 1024), help="Cores; default: all.")
@click.option("--solver", default="HiGHS", show_default=True, help="HiGHS, CBC or PuLP's name.")
@click.option(
    "--method",
    type=click.Choice(["auto", "whole", "by-school"]),
    help="The engine alone, or blocks and prices; auto says which and why.",
)
@click.option("--cluster", metavar="ADDRESS", help="Dask scheduler whose workers price blocks.")
@click.option("--relax", is_flag=True, help="Linear relaxation: values and duals, no plan.")
@click.option("--apply-repair", type=click.IntRange(1), help="Infeasible: write this repair.")
@click.option("--lock", type=click.Path(), help="Edited plan.xlsx: keep its changed quantities.")
@click.option("--lock-all", is_flag=True, help="With --lock: keep all its purchases.")
@click.option("--plan", type=click.Path(), help="With --lock: the plan folder it belongs to.")
@click.option("--no-figures", is_flag=True, help="Write no figures.")
@options.overrides
@options.lang
@options.as_json
@click.pass_context
def command(ctx: click.Context, scenario: str, **given: Any) -> None:
    """Solve SCENARIO (a YAML file or an XLSX workbook) and write an audited plan folder."""
    from planner.run import folder
    from planner.run.optimize import optimize
    from planner.scenario.load import load

    loaded = applied(load(scenario, options.parsed(given["overrides"])), given)
    out = target(loaded, given)
    if given["relax"]:
        options.writable(out / folder.BESIDE)
    else:
        folder.refuse_foreign(out.absolute())  # before anybody waits for a solve
    painters = _painters(loaded, given)
    listener = Listener(given["lang"])
    with listener:
        result = optimize(
            loaded,
            gap=given["gap"],
            time_limit=given["time_limit"],
            threads=given["threads"],
            solver=given["solver"],
            relax=given["relax"],
            progress=listener.progress,
            stop=listener.stop,
            method=given["method"],
            cluster=given["cluster"],
            chosen=listener.chosen,
        )
    if painters is not None and result.maybe_plan is None:
        painters.close()
    if given["relax"]:
        _relaxation(result, out, given)
    elif result.maybe_plan is None:
        _no_plan(result, given, scenario)
    else:
        _publish(result, out, given, painters)
    ctx.exit(int(result.status.exit_code))


def _painters(scenario: Any, given: dict[str, Any]) -> Any:
    """Processes that get ready to draw while this one solves; ``None`` where nothing is drawn."""
    if given["no_figures"] or given["relax"]:
        return None
    from planner.present.painting import Painters

    return Painters(len(scenario.schools))


def _publish(result: Any, out: Path, given: dict[str, Any], painters: Any) -> None:
    """The folder first; the summary once its tables stand; then the figures, whose failure
    costs nobody the plan."""
    from planner.present.painting import add_figures
    from planner.present.summary import files_written, summary
    from planner.present.undrawn import undrawn_in_words
    from planner.run import folder

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


def _json(result: Any, shown: str | None) -> str:
    from planner.run.optimize import claims

    head = claims(result)
    body = {k: head[k] for k in ("scenario", "status", "value", "bound", "gap", "people")}
    plan = result.maybe_plan
    body |= {"spent": plan.spent if plan is not None else None, "folder": shown}
    body |= {"seconds": round(result.seconds, 3), "stages": head["stages"]}
    return json.dumps(body, ensure_ascii=False)


def _no_plan(result: Any, given: dict[str, Any], path: str | None = None) -> None:
    from planner.cli import repairs
    from planner.messages import say
    from planner.present import explanation

    lang = given["lang"]
    asked = path is not None and str(result.status) == "infeasible"
    moved = conflict(result.scenario, given) if asked else None
    click.echo(say(f"door_status_{result.status}", lang), err=True)
    found = repairs.found(result.scenario, given) if asked and moved is None else None
    if given["as_json"]:
        body = json.loads(_json(result, None)) | {"repairs": []}
        body |= explanation.repairs_dict(found, result.scenario) if found is not None else {}
        body |= {"locks_to_move": as_list(moved)} if moved is not None else {}
        click.echo(json.dumps(body, ensure_ascii=False))
    if moved is not None and not given["as_json"]:
        click.echo(told(moved, given))
    if found is not None and not given["as_json"]:
        click.echo(explanation.repairs_text(found, result.scenario, lang))
    if found is not None and given["apply_repair"]:
        repairs.apply(found, Path(str(path)), given["apply_repair"], given)


def _relaxation(result: Any, out: Path, given: dict[str, Any]) -> None:
    """Writes ``relaxation/columns.csv``, ``rows.csv`` and under maxmin ``floors.csv`` beside
    where a plan would be."""
    from planner.messages import say
    from planner.present.explanation import price_lines
    from planner.run.folder import BESIDE, RELAXED
    from planner.system.disk import whole

    if result.relaxation is None:
        _no_plan(result, given)
        return
    folder = out / BESIDE
    with whole(folder) as place:
        for name in RELAXED:
            table = getattr(result.relaxation, name)
            if name == "floors" and table.empty:
                continue
            table.to_csv(place / f"{name}.csv", index=False, encoding="utf-8-sig")
    shown = _shown(folder.absolute())
    if given["as_json"]:
        click.echo(_json(result, shown))
    else:
        click.echo(say("door_relaxed", given["lang"], value=f"{result.value:.6f}", folder=shown))
        click.echo("\n".join(price_lines(result, given["lang"])))


class Listener:
    """Progress on stderr and Ctrl-C: the first stops the engine, the second the program."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.stopping = False
        self.last = 0.0
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
        from planner.messages import say

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
        from planner.messages import say

        if choice.why == "asked":
            return
        counted = {k: getattr(choice, k) for k in ("columns", "blocks", "linking")}
        line = say(f"door_method_{choice.method}_{choice.why}", self.lang, **counted)
        click.echo(line, err=True)

    def progress(self, at: Any) -> None:
        """One line a second at most: stage, seconds, value, bound, gap."""
        now = time.monotonic()
        if now - self.last < 1.0:
            return
        self.last = now
        from planner.messages import say

        def text(value: float | None, form: str) -> str:
            return "–" if value is None else format(value, form)

        line = say(
            "door_progress",
            self.lang,
            stage=at.stage,
            seconds=f"{at.seconds:.0f}",
            value=text(at.value, ".6g"),
            bound=text(at.bound, ".6g"),
            gap=text(at.gap, ".3%"),
        )
        click.echo(line, err=True)
