"""``planner audit``: prove a plan folder again from what is written."""

from __future__ import annotations

import json
from pathlib import Path

import click

from planner.cli import options


@click.command("audit", short_help="Prove a plan folder.")
@click.argument("folder", type=click.Path())
@options.lang
@options.as_json
@click.pass_context
def command(ctx: click.Context, folder: str, lang: str, as_json: bool) -> None:
    """Recompute FOLDER from its own inputs in whole money; ends with 6 if anything differs."""
    from planner.folder import prove
    from planner.messages import render, say

    findings, _, tables = prove(Path(folder))
    if as_json:
        click.echo(json.dumps({"findings": [f.as_dict() for f in findings]}, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(render(finding, lang))
        rows = sum(len(t) for t in tables.values())
        key = "door_audit_failed" if findings else "door_audit_clean"
        click.echo(say(key, lang, count=len(findings), rows=rows))
    ctx.exit(6 if findings else 0)
