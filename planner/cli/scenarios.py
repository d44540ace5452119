"""Verbs on a scenario: ``planner new``, ``planner check``, ``planner show``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

import planner
from planner.errors import ExitCode, Finding, InputError, errors_in
from planner.messages import render, say
from planner.present.understanding import (
    futures_lines,
    next_steps,
    possible_code,
    possible_lines,
    steps_text,
    understood,
    understood_text,
)
from planner.scenario import write
from planner.scenario.load import inspect, load
from planner.scenario.new import adopt, starter
from planner.scenario.new.mapping import Inquiry, Stated
from planner.scenario.reading.sources import Log
from planner.scenario.scenario import Scenario

if TYPE_CHECKING:
    from planner.analysis.conflict import Possible

PROOF_SECONDS = 60.0
"""Time for each question of ``--prove`` unless another is asked for."""


def new(folder: str, given: dict[str, Any]) -> int:
    """Writes a starter, invented data or a scenario around raw tables; the exit code."""
    target, lang = Path(folder), given["lang"]
    # An option that would have no effect beside the others is a slip, not a wish.
    kind = "--from" if given["sources"] else "--synthetic" if given["synthetic"] else ""
    typed_as = click.get_current_context().get_parameter_source
    for name, option, needed in (
        ("schools", "--schools", ""),
        ("synthetic", "--synthetic", "--synthetic"),
        ("as_workbook", "--workbook", "--synthetic"),
        ("seed", "--seed", "--synthetic"),
        ("columns", "--column", "--from"),
        ("values", "--value", "--from"),
        ("encoding", "--encoding", "--from"),
        ("sheets", "--sheet", "--from"),
        ("mapping", "--mapping", "--from"),
        ("ask", "--ask", "--from"),
    ):
        typed = typed_as(name) is ParameterSource.COMMANDLINE
        if typed and kind != needed:
            code = "new_needs_option" if needed and not kind else "new_option_beside"
            raise click.UsageError(say(code, lang, option=option, needed=needed, kind=kind))
    try:
        if target.exists() and any(target.iterdir()):
            raise click.UsageError(say("new_exists", lang, folder=folder))
        write_new = _adopted if given["sources"] else _started
        return write_new(target, given["language"] or lang, given)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise click.UsageError(say("new_unwritable", lang, folder=folder, reason=reason)) from error


def _started(target: Path, language: str, given: dict[str, Any]) -> int:
    """Writes a starter, or invented data as a CSV a table or as one workbook; the exit code."""
    lang, count = given["lang"], given["synthetic"]
    more = {"invented": count, "seed": given["seed"], "workbook": given["as_workbook"]}
    try:
        first = starter.begin(target, language, given["schools"], **more)
    except InputError as error:
        full = error.findings[0]
        raise click.UsageError(say(full.code, lang, **full.params)) from error
    if count:
        following = say("new_next_synthetic", lang, folder=target)
    else:
        following = say("new_next", lang, folder=target, workbook=first.as_posix())
    click.echo(say("new_written", lang, folder=target))
    click.echo(following)
    return 0


def _adopted(target: Path, language: str, given: dict[str, Any]) -> int:
    """Writes a scenario around raw tables, and the mapping by which they were read; the exit
    code."""
    lang = given["lang"]
    paths = [Path(s) for s in given["sources"]]
    first = Log()
    asked_for = Stated(given["columns"], given["values"], given["sheets"])
    stated = adopt.stated_by(asked_for, given["mapping"], given["encoding"], first)
    while True:
        found = adopt.read_raw(paths, stated, first)
        log = found.log
        answered = _asked(log, stated, lang) if given["ask"] else stated
        if answered == stated:
            break
        stated = answered
    for note in log.notes:
        click.echo(render(note, lang))
    _complain(log.findings, lang)
    if log.failed:
        click.echo(say("door_findings", lang, count=len(log.findings)), err=True)
        return int(ExitCode.INPUT)
    workbook, gaps = adopt.written_into(found, target, language)
    click.echo(say("new_written", lang, folder=target))
    # What the workbook itself lacks or has doubtful, as `planner check` says it.
    _complain(gaps, lang)
    errors = errors_in(gaps)
    code = "adopt_workbook_gaps" if errors else "adopt_workbook_sound"
    click.echo(say(code, lang, **({"count": len(errors)} if errors else {})), err=bool(errors))
    # The main tables that the raw files did not hold, as people say them.
    held = found.held
    lacking = [n for n in ("inventory", "catalogue", "norms") if n not in held.tables]
    missing = ", ".join(say(f"table.{n}", lang) for n in lacking)
    rest = "new_example_tables" if held.funds else "new_example_rest"
    click.echo(say(rest, lang, missing=missing), err=True)
    click.echo(say("new_next", lang, folder=target, workbook=workbook.as_posix()))
    return 0


def _complain(findings: list[Finding], lang: str) -> None:
    """Says findings on stderr."""
    for finding in findings:
        click.echo(f"{say(f'check_{finding.severity}', lang)}: {render(finding, lang)}", err=True)


def _asked(log: Inquiry, stated: Stated, lang: str) -> Stated:
    """What the user answers in the terminal to the questions that are open."""
    if log.questions:
        click.echo(say("ask_head", lang, count=len(log.questions)))
    for question in log.questions:
        click.echo(render(question.finding, lang))
        for number, choice in enumerate(question.choices, start=1):
            click.echo(f"  {number}. {choice}")
        prompt = say("ask_choose" if question.choices else "ask_answer", lang)
        try:
            typed = click.prompt(prompt, default="", show_default=False).strip()
        except click.Abort:
            return stated
        number = int(typed) if typed.isdigit() and len(typed) < 4 else 0
        if 0 < number <= len(question.choices) and typed not in question.choices:
            typed = question.choices[number - 1]
        if typed:
            stated = stated.with_answer(question.option, question.key, typed)
    return stated


def check(scenario: str, given: dict[str, Any]) -> int:
    """Says what is wrong with a scenario and what was understood; the exit code."""
    lang = given["lang"]
    loaded, findings, notes = inspect(scenario, given["overrides"])
    failed = loaded is None or (given["strict"] and bool(findings))
    code = int(ExitCode.INPUT) if failed else 0
    proofs = _proofs(loaded, given) if loaded is not None and not failed else []
    code = code or possible_code(proofs)
    if given["as_json"]:

        def plain(finding: Finding) -> dict[str, Any]:
            return {**finding.as_dict(), "text": render(finding, lang)}

        body: dict[str, Any] = {
            "status": "findings" if failed else "sound",
            "scenario": loaded.id if loaded is not None else None,
            "next": [step.as_dict(lang) for step in next_steps(findings)],
            "findings": [plain(f) for f in findings],
            "notes": [plain(n) for n in notes] if given["verbose"] else len(notes),
            "understood": understood(loaded).as_dict() if loaded is not None else None,
        }
        if given["prove"]:
            body["possible"] = [asdict(p) for p in proofs]
        click.echo(json.dumps(body, ensure_ascii=False, default=int))
        return code
    if lead := steps_text(findings, lang):
        click.echo(lead, err=True)
    for finding in findings:
        kind = say(f"check_{finding.severity}", lang)
        click.echo(f"{kind}: {render(finding, lang)}", err=True)
    if given["verbose"]:
        for note in notes:
            click.echo(f"{say('check_note', lang)}: {render(note, lang)}")
    elif notes:
        click.echo(say("check_notes_hint", lang, count=len(notes)), err=True)
    if loaded is not None:
        click.echo(understood_text(understood(loaded), loaded, lang))
    for line in possible_lines(proofs, lang, loaded):
        click.echo(line)
    if findings:
        errors = len(errors_in(findings))
        counts = {"errors": errors, "warnings": len(findings) - errors}
        click.echo(say("check_findings", lang, **counts), err=True)
        if not errors and given["strict"]:
            click.echo(say("check_strict", lang), err=True)
    return code


def _proofs(loaded: Scenario, given: dict[str, Any]) -> list[Possible]:
    """With ``--prove``: whether each future has a plan, and all together with one decision."""
    if not given["prove"]:
        return []
    return planner.possible_futures(loaded, given["time_limit"] or PROOF_SECONDS)


def show(scenario: str, given: dict[str, Any]) -> None:
    """Says the merged scenario and who set each value."""
    loaded = load(scenario, given["overrides"])
    if given["as_json"]:
        click.echo(json.dumps(write.as_dict(loaded), ensure_ascii=False))
    else:
        click.echo("\n".join(write.lines(loaded, given["lang"])))
        if told := futures_lines(loaded, given["lang"]):
            for line in "\n".join(told).split("\n"):
                click.echo(f"# {line}".rstrip())
