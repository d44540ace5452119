"""``planner compare``: what differs between plans, and why."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli import options


@click.command("compare", short_help="Say what differs between plans, and why.")
@click.argument("plans", nargs=-1, required=True, type=click.Path())
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="What goes to stdout.",
)
@click.option("--out", type=click.Path(), help="Folder for compare.xlsx, .md, .json and figures.")
@click.option("--no-figures", is_flag=True, help="Write no figures.")
@options.lang
@options.as_json
def command(
    plans: tuple[str, ...],
    shape: str,
    out: str | None,
    no_figures: bool,
    lang: str,
    as_json: bool,
) -> None:
    """Compare PLANS (scenario files or plan folders) with the first of them.

    Scenario files are solved first; plan folders are proven before they are believed.
    """
    from planner.analysis.compare import compare
    from planner.messages import say
    from planner.present import comparison

    if len(plans) < 2:
        raise click.UsageError("compare needs at least two plans")
    options.writable(out)
    for path in plans:
        click.echo(say("compare.reading", lang, path=path), err=True)
    found = compare(*plans)
    if out:
        from planner.system.disk import whole

        with whole(Path(out)) as place:
            comparison.write_xlsx(found, place / "compare.xlsx", lang)
            (place / "compare.md").write_text(comparison.markdown(found, lang), encoding="utf-8")
            (place / "compare.json").write_text(comparison.as_json(found) + "\n", encoding="utf-8")
        click.echo(say("compare.written", lang, folder=Path(out).as_posix()), err=True)
    if as_json or shape == "json":
        click.echo(comparison.as_json(found))
    elif shape == "markdown":
        click.echo(comparison.markdown(found, lang), nl=False)
    else:
        click.echo(comparison.text(found, lang), nl=False)
    if out and not no_figures:
        # The figures, after all else stands and was told.
        folder = Path(out) / "figures"
        from planner.present.failing import tried, undrawn_in_words

        def draw() -> None:
            from planner.present.figures.compared import save_all

            save_all(found, folder, lang)

        if undrawn := tried(draw, folder.as_posix()):
            click.echo(undrawn_in_words(undrawn, lang), err=True)
