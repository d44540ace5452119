"""``planner schema``: the reference, generated from the code and shipped with it."""

from __future__ import annotations

from pathlib import Path

import click

SHIPPED = Path(__file__).parents[1] / "scenario"
"""Where ``python -m planner.scenario.reference`` writes the two files; a test compares them."""


@click.command("schema", short_help="JSON Schema of a scenario, or the reference page.")
@click.option("--markdown", is_flag=True, help="Every key, column, default and exit code.")
def command(markdown: bool) -> None:
    """Print the JSON Schema of scenario files, or the reference as Markdown."""
    name = "reference.md" if markdown else "reference.json"
    click.echo((SHIPPED / name).read_text(encoding="utf-8"), nl=False)
