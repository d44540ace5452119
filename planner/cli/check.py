"""``planner check``: every finding at once, then what was understood."""

from __future__ import annotations

import json
from typing import Any

import click

from planner.cli import options


@click.command("check", short_help="Read a scenario and say everything that is wrong.")
@click.argument("scenario", type=click.Path())
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--verbose", "-v", is_flag=True, help="Also list what was interpreted.")
@options.overrides
@options.lang
@options.as_json
@click.pass_context
def command(ctx: click.Context, scenario: str, **given: Any) -> None:
    """Read SCENARIO without solving it: all findings, then what was understood."""
    from planner.errors import ExitCode, errors_in
    from planner.scenario.load import inspect

    loaded, findings, notes = inspect(scenario, options.parsed(given["overrides"]))
    failed = loaded is None or (given["strict"] and bool(findings))
    if given["as_json"]:
        _json(loaded, findings, notes, {**given, "failed": failed})
    else:
        _text(loaded, findings, notes, given)
    errors = len(errors_in(findings))
    if findings and not given["as_json"]:
        from planner.messages import say

        counts = say(
            "check_findings", given["lang"], errors=errors, warnings=len(findings) - errors
        )
        click.echo(counts, err=True)
        if not errors and given["strict"]:
            click.echo(say("check_strict", given["lang"]), err=True)
    ctx.exit(int(ExitCode.INPUT) if failed else 0)


def _text(loaded: Any, findings: list[Any], notes: list[Any], given: dict[str, Any]) -> None:
    from planner.messages import render, say

    lang = given["lang"]
    for finding in findings:
        kind = say(f"check_{finding.severity}", lang)
        click.echo(f"{kind}: {render(finding, lang)}", err=True)
    if given["verbose"]:
        for note in notes:
            click.echo(f"{say('check_note', lang)}: {render(note, lang)}")
    elif notes:
        click.echo(say("check_notes_hint", lang, count=len(notes)), err=True)
    if loaded is not None:
        from planner.analysis.understood import understood
        from planner.present.understanding import text

        click.echo(text(understood(loaded), loaded, lang))


def _json(loaded: Any, findings: list[Any], notes: list[Any], given: dict[str, Any]) -> None:
    from planner.analysis.understood import understood
    from planner.messages import render

    def plain(finding: Any) -> dict[str, Any]:
        return {**finding.as_dict(), "text": render(finding, given["lang"])}

    body: dict[str, Any] = {
        "status": "findings" if given["failed"] else "sound",
        "scenario": loaded.id if loaded is not None else None,
        "findings": [plain(f) for f in findings],
        "notes": [plain(n) for n in notes] if given["verbose"] else len(notes),
        "understood": understood(loaded).as_dict() if loaded is not None else None,
    }
    click.echo(json.dumps(body, ensure_ascii=False, default=int))
