"""``planner show``: the merged scenario and who set what."""

from __future__ import annotations

import json
from typing import Any

import click

from planner.cli import options


@click.command("show", short_help="Show the merged scenario and who set each value.")
@click.argument("scenario", type=click.Path())
@click.option("--resolved", is_flag=True, help="All keys, merged, with file and line (default).")
@options.overrides
@options.lang
@options.as_json
def command(scenario: str, **given: Any) -> None:
    """Show SCENARIO with everything it extends merged in, defaults marked."""
    from planner.scenario import write
    from planner.scenario.load import load

    loaded = load(scenario, options.parsed(given["overrides"]))
    if given["as_json"]:
        click.echo(json.dumps(write.as_dict(loaded), ensure_ascii=False))
        return
    for line in write.lines(loaded, given["lang"]):
        click.echo(line)
