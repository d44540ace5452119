"""``planner audit``: prove a plan folder again, or say what an edited workbook breaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from planner.cli import options


@click.command("audit", short_help="Prove a plan folder, or an edited plan.xlsx.")
@click.argument("folder", type=click.Path(), metavar="FOLDER|WORKBOOK")
@click.option("--plan", type=click.Path(), help="Plan folder of a WORKBOOK that lies elsewhere.")
@click.option(
    "--prove", is_flag=True, help="Solve FOLDER's inputs again: do the claimed bounds hold?"
)
@click.option("--time-limit", type=float, help="With --prove: seconds; default: the plan's own.")
@options.lang
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    folder: str,
    plan: str | None,
    prove: bool,
    time_limit: float | None,
    lang: str,
    as_json: bool,
) -> None:
    """Recompute FOLDER from its own inputs in whole money; ends with 6 if anything differs.

    No bound can be recomputed without a solver: it is taken on trust, unless --prove solves the
    inputs again. Then it ends with 6 if a plan beats a claimed bound, with 5 if the time was too
    short to tell.

    Of a plan's WORKBOOK in which quantities were edited, say what the edit breaks (rules with
    the amounts over) and what it changes in money and equipped pupil-years; ends with 6 if it
    breaks anything, with 3 if a cell cannot be.
    """
    if time_limit is not None and not prove:
        raise click.UsageError("--time-limit goes with --prove")
    if time_limit is not None and not 0 < time_limit < float("inf"):
        raise click.UsageError("--time-limit is a number of seconds above 0")
    if Path(folder).suffix.lower() in (".xlsx", ".xlsm", ".ods"):
        if prove:
            raise click.UsageError("--prove goes with a plan folder")
        from planner.analysis.edited import judge
        from planner.present.explanation import judged_dict, judged_text
        from planner.run.edits import read_edited

        judged = judge(read_edited(folder, plan))
        if as_json:
            click.echo(json.dumps(judged_dict(judged), ensure_ascii=False))
        else:
            click.echo(judged_text(judged, lang), nl=False)
        edited = 6 if judged.broken else 0
        ctx.exit(edited)
    if plan is not None:
        raise click.UsageError("--plan goes with a workbook")
    ctx.exit(_proven(folder, (prove, time_limit), lang, as_json))


def _proven(folder: str, again: tuple[bool, float | None], lang: str, as_json: bool) -> int:
    from planner.messages import render, say
    from planner.run.folder import prove

    findings, scenario, tables = prove(Path(folder))
    proofs = None
    if again[0] and scenario is not None and not findings:
        from planner.analysis.bounds import prove_bounds
        from planner.run.folder import read_claims

        proofs = prove_bounds(scenario, read_claims(Path(folder)), again[1])
    if as_json:
        body: dict[str, Any] = {"findings": [f.as_dict() for f in findings]}
        if proofs is not None:
            body["proof"] = [p.as_dict() for p in proofs]
        click.echo(json.dumps(body, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(render(finding, lang))
        rows = sum(len(t) for t in tables.values())
        key = "door_audit_failed" if findings else "door_audit_clean"
        click.echo(say(key, lang, count=len(findings), rows=rows))
        if not findings and proofs is None:
            click.echo(say("door_audit_trust", lang))
        for proof in proofs or []:
            click.echo("  " + say(f"door_proof_{proof.verdict}", lang, **proof.as_dict()))
        if proofs == []:
            click.echo(say("door_proof_none", lang))
    if findings:
        return 6
    return {"refuted": 6, "open": 5}.get(_verdict(proofs), 0)


def _verdict(proofs: list[Any] | None) -> str:
    from planner.analysis.bounds import verdict

    return verdict(proofs or [])
