"""``planner new``: a starter that runs, with a workbook to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from planner.cli import options


@click.command("new", short_help="Write a starter: scenario.yaml and a workbook to fill in.")
@click.argument("folder", type=click.Path(file_okay=False))
@click.option(
    "--language",
    "language",
    type=click.Choice(["vi", "en"]),
    help="Language of the workbook; default: --lang.",
)
@click.option(
    "--schools",
    type=click.IntRange(1, 100_000),
    default=100,
    show_default=True,
    help="Empty rows for schools.",
)
@click.option(
    "--synthetic",
    type=click.IntRange(1, 200_000),
    help="Instead: invented data of so many schools.",
)
@click.option(
    "--workbook", "as_workbook", is_flag=True, help="Invented data as one workbook, not as CSV."
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Seed of the invented data.",
)
@click.option(
    "--from",
    "sources",
    multiple=True,
    type=click.Path(),
    help="Instead: a scenario around raw tables (CSV or XLSX); repeatable.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=HEADER",
    help="With --from: which column of the raw table holds a field; repeatable.",
)
@click.option(
    "--value",
    "values",
    multiple=True,
    metavar="FIELD=VALUE",
    help="With --from: one value for every school; repeatable.",
)
@options.lang
@click.pass_context
def command(ctx: click.Context, folder: str, **given: Any) -> None:
    """Write a starter scenario into FOLDER, which must be new or empty."""
    from planner.messages import say

    target, lang = Path(folder), given["lang"]
    _refuse_idle_options(ctx, given)
    try:
        if target.exists() and any(target.iterdir()):
            raise click.UsageError(say("new_exists", lang, folder=folder))
        ctx.exit(_written(target, given["language"] or lang, given))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise click.UsageError(say("new_unwritable", lang, folder=folder, reason=reason)) from error


def _refuse_idle_options(ctx: click.Context, given: dict[str, Any]) -> None:
    """An option that would have no effect beside the others is a slip, not a wish."""
    from planner.messages import say

    kind = "--from" if given["sources"] else "--synthetic" if given["synthetic"] else ""
    for name, option, fits in (
        ("schools", "--schools", ("",)),
        ("synthetic", "--synthetic", ("--synthetic",)),
        ("as_workbook", "--workbook", ("--synthetic",)),
        ("seed", "--seed", ("--synthetic",)),
        ("columns", "--column", ("--from",)),
        ("values", "--value", ("--from",)),
    ):
        typed = ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if typed and kind not in fits:
            needed = fits[0]
            code = "new_needs_option" if needed and not kind else "new_option_beside"
            raise click.UsageError(
                say(code, given["lang"], option=option, needed=needed, kind=kind)
            )


def _written(target: Path, language: str, given: dict[str, Any]) -> int:
    """Write what was asked for; the exit code."""
    from planner.messages import say
    from planner.scenario.new import starter

    lang = given["lang"]
    if given["sources"]:
        return _adopted(target, language, given)
    with starter.complete(target) as folder:
        if given["synthetic"]:
            _invented(folder, language, given)
            following = say("new_next_synthetic", lang, folder=target)
        else:
            name = starter.starter(folder, language, given["schools"]).name
            workbook = (target / name).as_posix()
            following = say("new_next", lang, folder=target, workbook=workbook)
    click.echo(say("new_written", lang, folder=target))
    click.echo(following)
    return 0


def _invented(target: Path, language: str, given: dict[str, Any]) -> None:
    """Write invented data: a CSV a table, or one workbook."""
    from planner.messages import say
    from planner.scenario.new import starter
    from planner.scenario.new.synthetic import synthetic
    from planner.scenario.write import write

    scenario = synthetic(given["synthetic"], given["seed"])
    if not given["as_workbook"]:
        write(scenario, target)
        return
    if table := starter.too_long(scenario):
        raise click.UsageError(
            say("new_sheet_full", given["lang"], table=table, limit=starter.SHEET_ROWS)
        )
    starter.written(scenario, target, language)


def _adopted(target: Path, language: str, given: dict[str, Any]) -> int:
    """Write a scenario around raw tables; the exit code."""
    from planner.errors import ExitCode
    from planner.messages import render, say
    from planner.scenario.new import adopt, starter
    from planner.scenario.reading.sources import Log

    log, lang = Log(), given["lang"]
    stated = adopt.Stated(
        options.parsed(given["columns"], "--column"), options.parsed(given["values"], "--value")
    )
    paths = [Path(s) for s in given["sources"]]
    tables = adopt.adopted(paths, stated, log)
    for note in log.notes:
        click.echo(render(note, lang))
    for finding in log.findings:
        click.echo(f"{say(f'check_{finding.severity}', lang)}: {render(finding, lang)}", err=True)
    if log.failed:
        click.echo(say("door_findings", lang, count=len(log.findings)), err=True)
        return int(ExitCode.INPUT)
    with starter.complete(target) as folder:
        workbook = target / starter.around(tables, folder, language, paths[0].name).name
    click.echo(say("new_written", lang, folder=target))
    click.echo(say("new_example_rest", lang, missing=_missing(tables, lang)), err=True)
    click.echo(say("new_next", lang, folder=target, workbook=workbook.as_posix()))
    return 0


def _missing(tables: Any, lang: str) -> str:
    """The main tables that the raw files did not hold, as people say them."""
    from planner.messages import say

    names = ("inventory", "catalogue", "norms")
    return ", ".join(say(f"table.{n}", lang) for n in names if n not in tables)
