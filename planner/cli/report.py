"""``planner report``: the letter and its appendices from a proven plan folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from planner.cli import options


def _write_template(context: click.Context, _: click.Parameter, path: str | None) -> None:
    """Writes the shipped template and ends."""
    if not path or context.resilient_parsing:
        return
    from planner.present.papers.docx import shipped
    from planner.system.disk import write_file

    if Path(path).exists():
        raise click.UsageError(f"{path} exists; give another name")
    write_file(Path(path), shipped())
    click.echo(path)
    context.exit()


@click.command("report", short_help="Write the papers of a plan folder.")
@click.argument("folder", type=click.Path())
@click.option("--out", type=click.Path(), help="Where to; default: <folder>-report.")
@click.option("--format", "forms", default="docx,xlsx,pdf,html", show_default=True)
@click.option("--owner", "owners", multiple=True, help="One package a budget owner, or: all.")
@click.option("--template", type=click.Path(exists=True, dir_okay=False), help="Own .docx letter.")
@click.option(
    "--write-template", type=click.Path(dir_okay=False), is_eager=True, expose_value=False,
    callback=_write_template, help="Write the shipped .docx letter there, to be edited; then end.",
)  # fmt: skip
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Date of the letter.")
@click.option("--superior", help="Superior agency, instead of the scenario's.")
@click.option("--addressee", help="Addressee, instead of the scenario's.")
@options.lang
def command(folder: str, lang: str, **given: Any) -> None:
    """Write the plan in FOLDER (proven first) as docx, xlsx, pdf and html that agree."""
    from planner.present.papers.package import FORMS, write_reports
    from planner.present.papers.view import View, owners
    from planner.run.folder import read

    forms = [f.strip() for f in given["forms"].split(",") if f.strip()]
    unknown = [f for f in forms if f not in FORMS]
    if unknown or not forms:
        raise click.UsageError(f"--format takes {', '.join(FORMS)}; got: {given['forms']}")
    source = Path(folder)
    out = Path(given["out"]) if given["out"] else source.with_name(f"{source.name}-report")
    options.writable(out)
    plan = read(source)
    wanted = list(given["owners"]) or [""]
    wanted = owners(plan.scenario) if wanted == ["all"] else wanted
    date = given["date"].strftime("%Y-%m-%d") if given["date"] else ""
    letterhead = {k: given[k] for k in ("superior", "addressee") if given[k]}
    template = Path(given["template"]) if given["template"] else None
    views = [View(plan, lang, owner, date, letterhead) for owner in wanted]
    for path in write_reports(views, out, forms, template):
        click.echo(path.as_posix())
