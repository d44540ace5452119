"""``planner new``: a starter that runs, with a workbook to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

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
@options.lang
def command(folder: str, **given: Any) -> None:
    """Write a starter scenario into FOLDER, which must be new or empty."""
    from planner.messages import say

    target, lang = Path(folder), given["lang"]
    if target.exists() and any(target.iterdir()):
        raise click.UsageError(say("new_exists", lang, folder=folder))
    language = given["language"] or lang
    if given["synthetic"]:
        _invented(target, language, given)
        click.echo(say("new_written", lang, folder=folder))
        click.echo(say("new_next_synthetic", lang, folder=folder))
        return
    from planner.scenario.starter import starter

    workbook = starter(target, language, given["schools"])
    click.echo(say("new_written", lang, folder=folder))
    click.echo(say("new_next", lang, folder=folder, workbook=workbook.as_posix()))


def _invented(target: Path, language: str, given: dict[str, Any]) -> None:
    """Write invented data: a CSV a table, or one workbook."""
    from planner.messages import say
    from planner.scenario.synthetic import synthetic

    scenario = synthetic(given["synthetic"], given["seed"])
    if not given["as_workbook"]:
        from planner.scenario.write import write

        write(scenario, target)
        return
    from planner.scenario import starter

    if table := starter.too_long(scenario):
        raise click.UsageError(
            say("new_sheet_full", given["lang"], table=table, limit=starter.SHEET_ROWS)
        )
    starter.written(scenario, target, language)
