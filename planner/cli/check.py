"""``planner check``: every finding at once, then what was understood; ``planner show``."""

from __future__ import annotations

import json
from typing import Any

import click

from planner.analysis.unmet import understood
from planner.errors import ExitCode, Finding, errors_in
from planner.messages import render, say
from planner.present.understanding import text
from planner.scenario import write
from planner.scenario.load import inspect, load


def check(scenario: str, given: dict[str, Any]) -> int:
    """Says what is wrong with a scenario and what was understood; the exit code."""
    lang = given["lang"]
    loaded, findings, notes = inspect(scenario, given["overrides"])
    failed = loaded is None or (given["strict"] and bool(findings))
    code = int(ExitCode.INPUT) if failed else 0
    if given["as_json"]:

        def plain(finding: Finding) -> dict[str, Any]:
            return {**finding.as_dict(), "text": render(finding, lang)}

        body: dict[str, Any] = {
            "status": "findings" if failed else "sound",
            "scenario": loaded.id if loaded is not None else None,
            "findings": [plain(f) for f in findings],
            "notes": [plain(n) for n in notes] if given["verbose"] else len(notes),
            "understood": understood(loaded).as_dict() if loaded is not None else None,
        }
        click.echo(json.dumps(body, ensure_ascii=False, default=int))
        return code
    for finding in findings:
        kind = say(f"check_{finding.severity}", lang)
        click.echo(f"{kind}: {render(finding, lang)}", err=True)
    if given["verbose"]:
        for note in notes:
            click.echo(f"{say('check_note', lang)}: {render(note, lang)}")
    elif notes:
        click.echo(say("check_notes_hint", lang, count=len(notes)), err=True)
    if loaded is not None:
        click.echo(text(understood(loaded), loaded, lang))
    if findings:
        errors = len(errors_in(findings))
        counts = {"errors": errors, "warnings": len(findings) - errors}
        click.echo(say("check_findings", lang, **counts), err=True)
        if not errors and given["strict"]:
            click.echo(say("check_strict", lang), err=True)
    return code


def show(scenario: str, given: dict[str, Any]) -> None:
    """Says the merged scenario and who set each value."""
    loaded = load(scenario, given["overrides"])
    if given["as_json"]:
        click.echo(json.dumps(write.as_dict(loaded), ensure_ascii=False))
    else:
        click.echo("\n".join(write.lines(loaded, given["lang"])))
