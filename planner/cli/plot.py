"""``planner plot``: the figures of a plan folder, drawn again."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli import options


@click.command("plot", short_help="Draw the figures of a plan folder.")
@click.argument("folder", type=click.Path())
@click.option("--out", type=click.Path(), help="Where to; default: <folder>-figures.")
@click.option(
    "--format", "formats", multiple=True, type=click.Choice(["png", "svg"]), help="Repeatable."
)
@options.lang
@click.pass_context
def command(
    ctx: click.Context, folder: str, out: str | None, formats: tuple[str, ...], lang: str
) -> None:
    """Draw the figures of the plan in FOLDER (which is proven first) as PNG and SVG."""
    from planner.present.failing import undrawn_in_words
    from planner.present.figures import draw_all
    from planner.run.folder import read
    from planner.system.disk import whole

    source = Path(folder)
    target = Path(out) if out else source.with_name(f"{source.name}-figures")
    options.writable(target)
    plan = read(source).plan
    with whole(target) as place:
        asked = formats or ("png", "svg")
        written, undrawn = draw_all(plan, place, lang, formats=asked, alone=True)
    for path in written:
        click.echo((target / path.name).as_posix())
    if undrawn:
        click.echo(undrawn_in_words(undrawn, lang), err=True)
        ctx.exit(1)
