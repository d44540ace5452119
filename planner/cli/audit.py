"""``planner audit``: prove a plan folder again, or say what an edited workbook breaks."""

from __future__ import annotations

import json
from pathlib import Path

import click

from planner.cli import options


@click.command("audit", short_help="Prove a plan folder, or an edited plan.xlsx.")
@click.argument("folder", type=click.Path(), metavar="FOLDER|WORKBOOK")
@click.option("--plan", type=click.Path(), help="Plan folder of a WORKBOOK that lies elsewhere.")
@options.lang
@options.as_json
@click.pass_context
def command(ctx: click.Context, folder: str, plan: str | None, lang: str, as_json: bool) -> None:
    """Recompute FOLDER from its own inputs in whole money; ends with 6 if anything differs.

    Of a plan's WORKBOOK in which quantities were edited, say what the edit breaks (rules with
    the amounts over) and what it changes in money and equipped pupil-years; ends with 6 if it
    breaks anything, with 3 if a cell cannot be.
    """
    if Path(folder).suffix.lower() in (".xlsx", ".xlsm", ".ods"):
        ctx.exit(_edited(folder, plan, lang, as_json))
    if plan is not None:
        raise click.UsageError("--plan goes with a workbook")
    ctx.exit(_proven(folder, lang, as_json))


def _proven(folder: str, lang: str, as_json: bool) -> int:
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
    return 6 if findings else 0


def _edited(path: str, plan: str | None, lang: str, as_json: bool) -> int:
    from planner.analysis.edited import judge
    from planner.edits import read_edited
    from planner.present.edited import judged_dict, judged_text

    judged = judge(read_edited(path, plan))
    if as_json:
        click.echo(json.dumps(judged_dict(judged), ensure_ascii=False))
    else:
        click.echo(judged_text(judged, lang), nl=False)
    return 6 if judged.broken else 0
