"""Verbs on a plan folder: ``planner audit``, ``plot``, ``report``, ``new-executed``, ``status``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from planner.analysis.answers import beside_of
from planner.analysis.status import status as status_of
from planner.analysis.verdicts import judge, prove_bounds, verdict
from planner.messages import render, say
from planner.present import executing
from planner.present.explanation import judged_dict, judged_text, proven_lines
from planner.present.painting import draw, draw_amended, tried, undrawn_in_words
from planner.run.edits import read_edited
from planner.run.folder import prove, read, read_claims
from planner.system.disk import try_folder, whole, write_file


def audit(folder: str, given: dict[str, Any]) -> int:
    """Proves a plan folder again, or says what an edited workbook breaks; the exit code."""
    lang, limit = given["lang"], given["time_limit"]
    if limit is not None and not given["prove"]:
        raise click.UsageError("--time-limit goes with --prove")
    if limit is not None and not 0 < limit < float("inf"):
        raise click.UsageError("--time-limit is a number of seconds above 0")
    if Path(folder).suffix.lower() in (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"):
        if given["prove"]:
            raise click.UsageError("--prove goes with a plan folder")
        judged = judge(read_edited(folder, given["plan"]))
        if given["as_json"]:
            click.echo(json.dumps(judged_dict(judged), ensure_ascii=False))
        else:
            click.echo(judged_text(judged, lang), nl=False)
        return 6 if judged.broken else 0
    if given["plan"] is not None:
        raise click.UsageError("--plan goes with a workbook")
    return _proven(Path(folder), given)


def _proven(folder: Path, given: dict[str, Any]) -> int:
    """Says whether a plan folder, and with ``--prove`` its bounds, are as it claims; the exit
    code."""
    lang = given["lang"]
    findings, scenario, tables = prove(folder)
    proofs = None
    if given["prove"] and scenario is not None and not findings:
        proofs = prove_bounds(scenario, read_claims(folder), given["time_limit"])
    if given["as_json"]:
        body: dict[str, Any] = {"findings": [f.as_dict() for f in findings]}
        if proofs is not None:
            body["proof"] = [p.as_dict() for p in proofs]
        click.echo(json.dumps(body, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(render(finding, lang))
        rows = sum(len(t) for t in tables.values())
        click.echo("\n".join(proven_lines(len(findings), rows, proofs, lang)))
    return 6 if findings else {"refuted": 6, "open": 5}.get(verdict(proofs or []), 0)


def plot(folder: str, given: dict[str, Any]) -> int:
    """Draws the figures of a plan folder again; the exit code."""
    source = Path(folder)
    target = Path(given["out"] or beside_of(source, "figures"))
    try_folder(target, inside=True)
    base = read(source)
    with whole(target) as place:
        formats = given["formats"] or ("png", "svg")
        written, undrawn = draw(base.plan, place, given["lang"], formats=formats, alone=True)
        more = draw_amended(base, place, given["lang"], formats)
        written, undrawn = written + more[0], undrawn + more[1]
    for path in written:
        click.echo((target / path.name).as_posix())
    if undrawn:
        click.echo(undrawn_in_words(undrawn, given["lang"]), err=True)
    return 1 if undrawn else 0


def report(folder: str, given: dict[str, Any]) -> None:
    """Writes the letter and its appendices from a plan folder."""
    from planner.present.papers import package, view

    forms = [f.strip() for f in given["forms"].split(",") if f.strip()]
    if not forms or not set(forms) <= set(package.FORMS):
        known = ", ".join(package.FORMS)
        raise click.UsageError(f"--format takes {known}; got: {given['forms']}")
    source = Path(folder)
    out = Path(given["out"] or beside_of(source, "report"))
    try_folder(out, inside=True)
    date = given["date"].strftime("%Y-%m-%d") if given["date"] else ""
    texts = ("superior", "addressee", "choice_reason")
    letterhead = {k: given[k] for k in texts if given[k]}
    template = Path(given["template"]) if given["template"] else None
    beside = (given["alternatives"], given["frontier"], given["compared"])
    views, outdated = view.views_of(
        source, given["lang"], given["owners"], date, letterhead, *beside
    )
    for finding in outdated:
        click.echo(render(finding, given["lang"]), err=True)
    if any(finding.code != "frontier_other" for finding in outdated):
        click.echo(say("answers_left_out", given["lang"]), err=True)
    if all(v.frontier is None and not v.owner for v in views):
        lacking = beside_of(source, "frontier").as_posix()
        click.echo(say("report_no_frontier", given["lang"], folder=lacking), err=True)
    for text in dict.fromkeys(render(f, given["lang"]) for v in views for f in v.bases[1]):
        click.echo(text, err=True)
    for path in package.write_reports(views, out, forms, template, given["detail"]):
        click.echo(path.as_posix())


def write_template(path: str) -> None:
    """Writes the shipped letter, to be edited."""
    from planner.present.papers.docx import shipped

    if Path(path).exists():
        raise click.UsageError(f"{path} exists; give another name")
    write_file(Path(path), shipped())
    click.echo(path)


def new_executed(folder: str, given: dict[str, Any]) -> None:
    """Writes the sheet in which an office says what has happened to a plan."""
    beside = beside_of(folder, "executed")
    path = Path(given["out"] or beside.with_name(f"{beside.name}.xlsx"))
    if path.suffix.lower() != ".xlsx":
        raise click.UsageError(say("new_executed.suffix", given["lang"], file=path.name))
    base = read(Path(folder))
    if path.exists():
        raise click.UsageError(say("new_executed.exists", given["lang"], file=path.as_posix()))
    with whole(path.parent) as place:
        executing.write_sheet(base, place / path.name, given["lang"])
    click.echo(path.as_posix())


def status(folder: str, given: dict[str, Any]) -> int:
    """Says how far a plan has come; the exit code."""
    lang, out = given["lang"], Path(given["out"]) if given["out"] else None
    if out is not None:
        try_folder(out, inside=True)
    at = given["at"].date() if given["at"] else None
    found = status_of(Path(folder), given["executed"], at)
    if out is not None:
        with whole(out) as place:
            executing.write_csv(found, place)
        click.echo(say("status.written", lang, folder=out.as_posix()), err=True)
    if given["as_json"]:
        click.echo(json.dumps(executing.status_dict(found), ensure_ascii=False, allow_nan=False))
    else:
        click.echo(executing.status_text(found, lang), nl=False)
    if out is None or given["no_figures"]:
        return 0

    def draw_it(charts: Any) -> None:
        with whole(out) as place:
            charts.save_status(found, place, lang)

    if undrawn := tried(draw_it, (out / "status").as_posix()):
        click.echo(undrawn_in_words(undrawn, lang), err=True)
    return 0
