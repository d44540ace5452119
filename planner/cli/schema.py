"""``planner schema``: the reference, generated from the code."""

from __future__ import annotations

import json

import click


@click.command("schema", short_help="JSON Schema of a scenario, or the reference page.")
@click.option("--markdown", is_flag=True, help="Every key, column, default and exit code.")
def command(markdown: bool) -> None:
    """Print the JSON Schema of scenario files, or the reference as Markdown."""
    from planner.scenario import reference

    if markdown:
        click.echo(reference.markdown(), nl=False)
    else:
        click.echo(json.dumps(reference.json_schema(), ensure_ascii=False, indent=2))
