"""``planner frontier``: value and coverage against money, a rule's bound, or fairness."""

from __future__ import annotations

import json
import math
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from planner.cli import options


class Change(click.ParamType):
    """``-50%`` or ``-0.5``: a relative change or a plain number."""

    name = "number"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """The number, or a usage error."""
        if isinstance(value, float):
            return value
        text = str(value).strip().replace("−", "-").replace(",", ".")
        try:
            number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            self.fail(f"not a number or a percentage: {value}", param, ctx)
        if not math.isfinite(number):
            self.fail(f"not a finite number: {value}", param, ctx)
        return number


@click.command(
    "frontier",
    short_help="Trace value against money, a rule or fairness.",
    context_settings={"ignore_unknown_options": False},
)
@click.argument("scenario", type=click.Path())
@click.option("--fund", help="Whose money moves; default: all funds together.")
@click.option("--rule", help="Whose bound moves, instead of money.")
@click.option("--fairness", is_flag=True, help="Move the groups' weights towards equal ones.")
@click.option("--from", "start", type=Change(), help="E.g. -50%, or a bound.")
@click.option("--to", "stop", type=Change(), help="E.g. +50%, or a bound.")
@click.option("--points", type=click.IntRange(1, 1001), default=21, show_default=True)
@click.option("--gap", type=click.FloatRange(0, 1), help="Proven relative gap of each point.")
@click.option("--time-limit", type=click.FloatRange(min=0.01), help="Seconds a point.")
@click.option("--workers", type=click.IntRange(0, 256), default=2, show_default=True)
@click.option("--cluster", help="Address of a Dask scheduler (needs the extra «cluster»).")
@click.option("--out", type=click.Path(), help="Folder; default: frontiers/<scenario>-<what>.")
@options.overrides
@options.lang
@options.as_json
@click.pass_context
def command(ctx: click.Context, scenario: str, **given: Any) -> None:
    """Solve SCENARIO at several points; an interrupted run goes on where it stopped."""
    from planner.analysis.frontier import frontier
    from planner.scenario.load import load

    if sum([bool(given["fund"]), bool(given["rule"]), given["fairness"]]) > 1:
        raise click.UsageError("--fund, --rule and --fairness exclude each other")
    if given["rule"] and (given["start"] is None or given["stop"] is None):
        raise click.UsageError("--rule needs --from and --to")
    loaded = load(scenario, options.parsed(given["overrides"]))
    what = given["rule"] or given["fund"] or ("fairness" if given["fairness"] else "money")
    folder = Path(given["out"] or Path("frontiers") / f"{loaded.id}-{what}")
    options.writable(folder)
    asked = ("fund", "rule", "fairness", "start", "stop", "points", "gap", "time_limit")
    with _cluster(given["cluster"]) as executor, _bar(given) as progress:
        found = frontier(
            loaded, workers=given["workers"], executor=executor, folder=folder,
            progress=progress, **{k: given[k] for k in asked},
        )  # fmt: skip
    _write(found, folder)
    _tell(found, folder, given)
    # The figure, after all else stands and was told.
    lang = given["lang"]
    from planner.present.failing import tried, undrawn_in_words
    from planner.system.disk import whole

    def draw() -> None:
        from planner.present.figures.canvas import save
        from planner.present.figures.compared import frontier as figure

        with whole(folder) as place:
            save(figure(found, lang), place / "frontier", ("png", "svg"))

    if undrawn := tried(draw, (folder / "frontier").as_posix()):
        click.echo(undrawn_in_words(undrawn, lang), err=True)
    ctx.exit(5 if found.table["error"].astype(bool).any() else 0)


def _cluster(address: str | None) -> Any:
    """The executor of a cluster, or nothing: processes of our own then."""
    from planner.analysis.resolve import cluster

    return cluster(address) if address else nullcontext()


class _bar:  # noqa: N801
    """A progress bar on stderr; Ctrl-C says that nothing finished is lost."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.lang = given["lang"]
        self.count = given["points"]

    def __enter__(self) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.shown = Progress(*columns, console=Console(stderr=True), transient=False)
        self.shown.start()
        task = self.shown.add_task("", total=self.count)
        return lambda done, _: self.shown.update(task, completed=done)

    def __exit__(self, kind: Any, *_: object) -> None:
        self.shown.stop()
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            from planner.messages import say

            click.echo(say("frontier.resume", self.lang), err=True)


def _write(found: Any, folder: Path) -> None:
    from planner.system.disk import whole

    with whole(folder) as place:
        found.table.to_csv(place / "frontier.csv", index=False, encoding="utf-8-sig")
        found.kinks.to_csv(place / "kinks.csv", index=False, encoding="utf-8-sig")


def _tell(found: Any, folder: Path, given: dict[str, Any]) -> None:
    from planner.analysis.frontier import next_sentence, rows_of, title_of
    from planner.messages import say
    from planner.present.typography import table

    lang = given["lang"]
    for row in found.table[found.table["error"].astype(bool)].to_dict("records"):
        text = say("frontier.failed", lang, point=row["point"] + 1, error=row["error"])
        click.echo(text, err=True)
    if given["as_json"]:

        def clean(value: Any) -> Any:
            value = value.item() if hasattr(value, "item") else value
            return None if isinstance(value, float) and not math.isfinite(value) else value

        body: dict[str, Any] = {"axis": found.path.axis, "name": found.path.name}
        for name in ("table", "kinks"):
            records = getattr(found, name).to_dict("records")
            body[name] = [{k: clean(v) for k, v in r.items()} for r in records]
        plain = body | {"next": found.next_billion, "folder": folder.as_posix()}
        click.echo(json.dumps(plain, ensure_ascii=False, allow_nan=False))
        return
    heads, rows = rows_of(found, lang)
    words = heads.index(say("frontier.status", lang)) + 1
    sentence = next_sentence(found, lang)
    lines = [title_of(found, lang), "", *table(heads, rows, 118, words=words)]
    lines += ["", f"  {sentence}"] if sentence else []
    click.echo("\n".join([*lines, "", f"  {folder.as_posix()}"]))
