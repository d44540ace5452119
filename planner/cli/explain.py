"""``planner explain``: the price of each policy, and why a school got what it got."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from planner.cli import options


@click.command("explain", short_help="The price of policies; why a school got what it got.")
@click.argument("folder", type=click.Path())
@click.option("--policies", is_flag=True, help="What each policy, wish and mandate costs.")
@click.option("--school", help="Id of a school: what it lacks, why, and what would fund it.")
@click.option("--out", type=click.Path(), help="Folder for tables and figures.")
@click.option("--gap", type=click.FloatRange(0, 1), help="Gap of each solve; default: its own.")
@click.option("--time-limit", type=click.FloatRange(min=0.01), help="Seconds for each solve.")
@click.option("--no-figures", is_flag=True, help="Write no figures.")
@options.lang
@options.as_json
def command(folder: str, policies: bool, school: str | None, **given: Any) -> None:
    """Explain the plan in FOLDER (which is proven first), from what it holds alone."""
    from planner.run.folder import read

    if not policies and school is None:
        raise click.UsageError("explain needs --policies or --school ID")
    options.writable(given["out"])
    found = read(Path(folder))
    bodies: dict[str, Any] = {}
    if policies:
        bodies["policies"] = _policies(found, given)
    if school is not None:
        bodies["school"] = _school(found, school, given)
    if given["as_json"]:
        click.echo(json.dumps(bodies, ensure_ascii=False))


def _policies(found: Any, given: dict[str, Any]) -> list[dict[str, Any]]:
    from planner.analysis.policies import prices
    from planner.messages import say
    from planner.present import explanation

    lang = given["lang"]

    def listener(_kind: str, name: str) -> None:
        click.echo(say("explain.solving", lang, name=name), err=True)

    claims = found.claims
    priced = prices(
        found.plan,
        float(claims["value"]),
        float(claims["bound"]),
        gap=given["gap"],
        time_limit=given["time_limit"],
        listener=listener,
    )
    body = explanation.policies_dict(priced)
    if given["out"]:
        from planner.system.disk import whole

        folder = Path(given["out"])
        with whole(folder) as place:
            explanation.write_csv(priced, place)
            text = json.dumps(body, ensure_ascii=False, indent=1)
            (place / "policies.json").write_text(text + "\n", encoding="utf-8")
        click.echo(say("explain.written", lang, folder=folder.as_posix()), err=True)
    if not given["as_json"]:
        click.echo(explanation.policies_text(priced, lang), nl=False)
    if given["out"] and not given["no_figures"]:
        _draw(priced, Path(given["out"]), lang)
    return body


def _draw(priced: Any, folder: Path, lang: str) -> None:
    """The figure, after all else stands and was told."""
    from planner.present.failing import tried, undrawn_in_words

    def draw() -> None:
        from planner.present.figures.compared import save_prices as save_all

        save_all(priced, folder, lang)

    if undrawn := tried(draw, (folder / "policies").as_posix()):
        click.echo(undrawn_in_words(undrawn, lang), err=True)


def _school(found: Any, school: str, given: dict[str, Any]) -> dict[str, Any]:
    from planner.analysis.explain import explain_school
    from planner.messages import say
    from planner.present import explanation
    from planner.scenario.reading.sources import nearest

    lang = given["lang"]
    known = list(found.scenario.schools["school"])
    if school not in known:
        close = nearest(school, known) or "-"
        raise click.UsageError(say("why.unknown_school", lang, school=school, nearest=close))

    def listener(item: str) -> None:
        click.echo(say("why.looking", lang, item=item), err=True)

    explained = explain_school(
        found.plan,
        school,
        float(found.claims["value"]),
        float(found.claims["bound"]),
        seconds=given["time_limit"] or 20.0,
        listener=listener,
    )
    body = explanation.why_dict(explained)
    if given["out"]:
        from planner.system.disk import write_file

        folder = Path(given["out"])
        text = json.dumps(body, ensure_ascii=False, indent=1)
        write_file(folder / f"school-{school}.json", (text + "\n").encode())
        click.echo(say("explain.written", lang, folder=folder.as_posix()), err=True)
    if not given["as_json"]:
        click.echo(explanation.why_text(explained, lang), nl=False)
    return body
