"""The verbs as click commands: what each takes and says of itself.

Nothing heavy is imported here, so that ``planner VERB --help`` is quick: the module of a verb's
body is imported when the verb is called.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

import click

from planner.system.process import loading

SHIPPED = os.path.join(os.path.dirname(os.path.dirname(__file__)), "scenario")
"""Where ``python -m planner.scenario.reference`` writes the two files; a test compares them."""

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def verb(body: Callable[..., int | None]) -> click.Command:
    """The command of a verb, which ends with the code that its body gives (nothing: 0)."""

    @click.pass_context
    @wraps(body)
    def run(ctx: click.Context, /, *args: Any, **given: Any) -> None:
        ctx.exit(body(*args, **given) or 0)

    return click.command(run)


def ended(module: str, body: str, *given: Any) -> int:
    """Runs the body of a verb, in a module of this package; its exit code."""
    with loading():
        run = getattr(import_module(f"planner.cli.{module}"), body)
    return run(*given) or 0


def pairs(_: click.Context, option: click.Parameter, texts: tuple[str, ...]) -> dict[str, str]:
    """``KEY=VALUE`` options as a mapping; a usage error names the one without ``=``."""
    found = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise click.UsageError(f"{option.opts[0]} needs KEY=VALUE, got: {text}")
        found[key.strip()] = value
    return found


class Change(click.ParamType):
    """``-50%`` or ``-0.5``: a relative change or a plain number."""

    name = "number"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """The number, or a usage error."""
        if isinstance(value, float):
            return value
        text = str(value).strip().replace("−", "-").replace(",", ".")
        try:
            number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            self.fail(f"not a number or a percentage: {value}", param, ctx)
        if not math.isfinite(number):
            self.fail(f"not a finite number: {value}", param, ctx)
        return number


class Part(Change):
    """``0.2%`` or ``0.002``: a part of the whole, from nothing to all of it."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """The part, or a usage error."""
        part = super().convert(value, param, ctx)
        if not 0 <= part <= 1:
            self.fail(f"{value} is not in the range 0% to 100%", param, ctx)
        return part


lang: Decorator = click.option(
    "--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True, help="Language."
)
as_json: Decorator = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on stdout."
)
overrides: Decorator = click.option(
    "--set", "overrides", multiple=True, callback=pairs, metavar="KEY=VALUE",
    help="Replace a setting, e.g. funds.district-capital.reserve=0.2; repeatable.",
)  # fmt: skip
threads: Decorator = click.option(
    "--threads", type=click.IntRange(1, 1024), help="Cores; default: all."
)
executed: Decorator = click.option(
    "--executed", type=click.Path(),
    help="Workbook or CSV of what has happened; default: FOLDER's own executed.csv, if there.",
)  # fmt: skip
no_figures: Decorator = click.option("--no-figures", is_flag=True, help="Write no figures.")
seconds_type = click.FloatRange(min=0.01)


@verb
@click.argument("folder", type=click.Path(), default=".")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="To listen on; default: a free one."
)
@click.option("--no-browser", is_flag=True, help="Only say the link.")
@click.option(
    "--shortcut", type=click.Path(file_okay=False),
    help="Instead: write a file into this folder (e.g. the desktop) that opens FOLDER by a click.",
)  # fmt: skip
@lang
def open_(folder: str, **given: Any) -> int:
    """Open FOLDER (default: the current one) as pages in the browser of this machine.

    The pages listen on 127.0.0.1 alone, end by a button, by Ctrl-C or half an hour after the last
    one was asked for; scenarios and plan folders in FOLDER are all that they keep.
    """
    return ended("opening", "open_folder", folder, given)


@verb
@click.argument("folder", type=click.Path(file_okay=False))
@click.option(
    "--language", type=click.Choice(["vi", "en"]), help="Language of the workbook; default: --lang."
)
@click.option(
    "--schools", type=click.IntRange(1, 100_000), default=100, show_default=True,
    help="Empty rows for schools.",
)  # fmt: skip
@click.option(
    "--synthetic", type=click.IntRange(1, 200_000),
    help="Instead: invented data of so many schools.",
)  # fmt: skip
@click.option(
    "--workbook", "as_workbook", is_flag=True, help="Invented data as one workbook, not as CSV."
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True,
    help="Seed of the invented data.",
)  # fmt: skip
@click.option(
    "--from", "sources", multiple=True, type=click.Path(),
    help="Instead: a scenario around raw tables (CSV or XLSX); repeatable.",
)  # fmt: skip
@click.option(
    "--column", "columns", multiple=True, callback=pairs, metavar="FIELD=HEADER",
    help="With --from: which column of the raw table holds a field; repeatable.",
)  # fmt: skip
@click.option(
    "--value", "values", multiple=True, callback=pairs, metavar="FIELD=VALUE",
    help="With --from: one value for every row, or FIELD:ENTRY=VALUE for one entry; repeatable.",
)  # fmt: skip
@click.option(
    "--encoding", type=click.Choice(["tcvn3", "vni"]),
    help="With --from: the old Vietnamese encoding that the texts are in (.VnTime, VNI-Times).",
)  # fmt: skip
@click.option(
    "--sheet", "sheets", multiple=True, metavar="[KIND=]SHEET",
    help="With --from: read this sheet only, or as this kind; repeatable.",
)  # fmt: skip
@click.option(
    "--mapping", type=click.Path(), help="With --from: the mapping.yaml of an earlier time."
)
@click.option("--ask", is_flag=True, help="With --from: ask in the terminal what is open.")
@lang
def new(folder: str, **given: Any) -> int:
    """Write a starter scenario into FOLDER, which must be new or empty."""
    from planner.cli.scenarios import new

    return new(folder, given)


@verb
@click.argument("scenario", type=click.Path())
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--verbose", "-v", is_flag=True, help="Also list what was interpreted.")
@click.option(
    "--prove",
    is_flag=True,
    help="Also: has it a plan? Of futures: which have, what breaks, and all as one.",
)
@click.option("--time-limit", type=seconds_type, help="With --prove: seconds for each question.")
@overrides
@lang
@as_json
def check(scenario: str, **given: Any) -> int:
    """Read SCENARIO without solving it: all findings, then what was understood."""
    from planner.cli.scenarios import check

    return check(scenario, given)


@verb
@click.argument("scenario", type=click.Path())
@click.option("--out", type=click.Path(), help="Plan folder; default: plans/<scenario>.")
@click.option("--gap", type=Part(), help="Proven relative gap to stop at.")
@click.option("--time-limit", type=seconds_type, help="Seconds.")
@threads
@click.option("--solver", default="HiGHS", show_default=True, help="HiGHS, CBC or PuLP's name.")
@click.option(
    "--method", type=click.Choice(["auto", "whole", "by-school"]),
    help="The engine alone, or blocks and prices; auto says which and why.",
)  # fmt: skip
@click.option("--cluster", metavar="ADDRESS", help="Dask scheduler whose workers price blocks.")
@click.option(
    "--tidy", type=Part(), help="Part of the value to give up for fewer lines, e.g. 0.2%; 0: none."
)
@click.option("--relax", is_flag=True, help="Linear relaxation: values and duals, no plan.")
@click.option("--apply-repair", type=click.IntRange(1), help="Infeasible: write this repair.")
@click.option("--lock", type=click.Path(), help="Edited plan.xlsx: keep its changed quantities.")
@click.option("--lock-all", is_flag=True, help="With --lock: keep all its purchases.")
@click.option("--plan", type=click.Path(), help="With --lock: the plan folder it belongs to.")
@no_figures
@overrides
@lang
@as_json
def run(scenario: str, **given: Any) -> int:
    """Solve SCENARIO (a YAML file or an XLSX workbook) and write an audited plan folder."""
    from planner.cli.run import run

    return run(scenario, given)


@verb
@click.argument("folder", type=click.Path(), metavar="FOLDER|WORKBOOK")
@click.option("--plan", type=click.Path(), help="Plan folder of a WORKBOOK that lies elsewhere.")
@click.option(
    "--prove", is_flag=True, help="Solve FOLDER's inputs again: do the claimed bounds hold?"
)
@click.option("--time-limit", type=float, help="With --prove: seconds; default: the plan's own.")
@lang
@as_json
def audit(folder: str, **given: Any) -> int:
    """Recompute FOLDER from its own inputs in whole money; ends with 6 if anything differs.

    No bound can be recomputed without a solver: it is taken on trust, unless --prove solves the
    inputs again. Then it ends with 6 if a plan beats a claimed bound, with 5 if the time was too
    short to tell.

    Of a plan's WORKBOOK in which quantities were edited, say what the edit breaks (rules with
    the amounts over) and what it changes in money and equipped pupil-years; ends with 6 if it
    breaks anything, with 3 if a cell cannot be.
    """
    return ended("folders", "audit", folder, given)


@verb
@click.argument("folder", type=click.Path())
@click.option("--out", type=click.Path(), help="Where to; default: <folder>-figures.")
@click.option(
    "--format", "formats", multiple=True, type=click.Choice(["png", "svg"]), help="Repeatable."
)
@lang
def plot(folder: str, **given: Any) -> int:
    """Draw the figures of the plan in FOLDER (which is proven first) as PNG and SVG."""
    return ended("folders", "plot", folder, given)


def write_template(ctx: click.Context, _: click.Parameter, path: str | None) -> None:
    """Writes the shipped template and ends."""
    if path and not ctx.resilient_parsing:
        ended("folders", "write_template", path)
        ctx.exit()


@verb
@click.argument("folder", type=click.Path())
@click.option("--out", type=click.Path(), help="Where to; default: <folder>-report.")
@click.option("--format", "forms", default="docx,xlsx,pdf,html", show_default=True)
@click.option(
    "--detail", type=click.Choice(["brief", "full"]), default="brief", show_default=True,
    help="Of docx and pdf: what is decided upon, or every line; xlsx and html hold everything.",
)  # fmt: skip
@click.option("--owner", "owners", multiple=True, help="One package a budget owner, or: all.")
@click.option("--template", type=click.Path(exists=True, dir_okay=False), help="Own .docx letter.")
@click.option(
    "--write-template", type=click.Path(dir_okay=False), is_eager=True, expose_value=False,
    callback=write_template, help="Write the shipped .docx letter there, to be edited; then end.",
)  # fmt: skip
@click.option(
    "--alternatives", type=click.Path(exists=True),
    help="What is sure, by planner alternatives; default: <folder>-alternatives, if there.",
)  # fmt: skip
@click.option(
    "--frontier", type=click.Path(exists=True),
    help="What a cut of money means, by planner frontier; default: <folder>-frontier, if there.",
)  # fmt: skip
@click.option(
    "--compare", "compared", multiple=True, type=click.Path(exists=True),
    help="Plan folder considered besides, to be shown with what differs; repeatable.",
)  # fmt: skip
@click.option("--choice-reason", help="Why this plan was chosen, instead of the scenario's.")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Date of the letter.")
@click.option("--superior", help="Superior agency, instead of the scenario's.")
@click.option("--addressee", help="Addressee, instead of the scenario's.")
@lang
def report(folder: str, **given: Any) -> int:
    """Write the plan in FOLDER (proven first) as docx, xlsx, pdf and html that agree."""
    return ended("folders", "report", folder, given)


@verb
@click.argument("folder", type=click.Path())
@click.option("--out", type=click.Path(dir_okay=False), help="Default: <folder>-executed.xlsx.")
@lang
def new_executed(folder: str, **given: Any) -> int:
    """Write the sheet in which to say what has happened to the plan in FOLDER (proven first).

    It lists the plan's lines; status, quantity, amount, date and document are to be filled in, and
    planner status reads it. A file that is there already is never replaced.
    """
    return ended("folders", "new_executed", folder, given)


@verb
@click.argument("folder", type=click.Path())
@executed
@click.option(
    "--at", type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]),
    help="Day to look from; default: the last date in the table.",
)  # fmt: skip
@click.option("--out", type=click.Path(), help="Folder for tables (CSV) and the figure.")
@no_figures
@lang
@as_json
def status(folder: str, **given: Any) -> int:
    """Say how far the plan in FOLDER (proven first) has come.

    Planned, contracted, delivered, disbursed and left, by fund and year, group, school and item;
    what is late; what money would lapse, and what of it could be carried over.
    """
    return ended("folders", "status", folder, given)


@verb
@click.argument("folder", type=click.Path())
@click.option(
    "--scenario", type=click.Path(),
    help="What is known now: money, prices, handovers; default: the plan's own scenario.",
)  # fmt: skip
@executed
@click.option(
    "--at", type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]),
    help="Day of the amendment: years before its own are closed; default: the last date told.",
)  # fmt: skip
@click.option(
    "--within", type=Part(), default="1%", show_default=True,
    help="Part of the value to give up for fewer changes.",
)  # fmt: skip
@click.option(
    "--points", type=click.IntRange(0, 20), default=5, show_default=True,
    help="Points of the trade-off curve; 0: none.",
)  # fmt: skip
@click.option("--out", type=click.Path(), help="Plan folder; default: <folder>-amended.")
@click.option("--gap", type=Part(), help="Proven relative gap of the best plan.")
@click.option("--time-limit", type=seconds_type, help="Seconds; the curve has as many again.")
@threads
@no_figures
@overrides
@lang
@as_json
def amend(folder: str, **given: Any) -> int:
    """Change the approved plan in FOLDER as little as can be.

    What is under contract stays, at its real price; the rest is planned anew. Of all plans within
    --within of the best, the one that changes the fewest lines, then moves the least money, is
    written as a new plan folder that names the one it amends.
    """
    return ended("run", "amend", folder, given)


@verb
@click.argument("scenario", type=click.Path())
@click.option("--resolved", is_flag=True, help="All keys, merged, with file and line (default).")
@overrides
@lang
@as_json
def show(scenario: str, **given: Any) -> None:
    """Show SCENARIO with everything it extends merged in, defaults marked."""
    from planner.cli.scenarios import show

    show(scenario, given)


@verb
@click.option("--markdown", is_flag=True, help="Every key, column, default and exit code.")
def schema(markdown: bool) -> None:
    """Print the JSON Schema of scenario files, or the reference as Markdown."""
    name = "reference.md" if markdown else "reference.json"
    with open(os.path.join(SHIPPED, name), encoding="utf-8") as page:
        click.echo(page.read(), nl=False)


@verb
@click.argument("folder", type=click.Path())
@click.option("--policies", is_flag=True, help="What each policy, wish and mandate costs.")
@click.option("--school", help="Id of a school: what it lacks, why, and what would fund it.")
@click.option("--out", type=click.Path(), help="Folder for tables and figures.")
@click.option("--gap", type=Part(), help="Gap of each solve; default: its own.")
@click.option("--time-limit", type=seconds_type, help="Seconds for each solve.")
@no_figures
@lang
@as_json
def explain(folder: str, **given: Any) -> int:
    """Explain the plan in FOLDER (which is proven first), from what it holds alone.

    Ctrl-C keeps what was answered.
    """
    from planner.cli.futures import explain

    return explain(folder, given)


@verb
@click.argument("folder", type=click.Path())
@click.option(
    "--within", type=Change(), default="0.5%", show_default=True,
    help="Part of the value that a plan may lack, e.g. 0.5%.",
)  # fmt: skip
@click.option("--plans", type=click.IntRange(0, 100), default=0, help="Diverse plans to write.")
@click.option("--time-limit", type=seconds_type, default=60, show_default=True, help="Seconds.")
@threads
@click.option("--out", type=click.Path(), help="Folder; default: <folder>-alternatives.")
@no_figures
@lang
@as_json
def alternatives(folder: str, **given: Any) -> int:
    """Say what of the plan in FOLDER (which is proven first) is sure and what is open.

    Among all plans within a part of the value: which schools' items are always bought, never, or
    open; Ctrl-C keeps what was decided.
    """
    from planner.cli.futures import alternatives

    return alternatives(folder, given)


@verb
@click.argument("plans", nargs=-1, required=True, type=click.Path())
@click.option(
    "--format", "shape", type=click.Choice(["text", "markdown", "json"]), default="text",
    show_default=True, help="What goes to stdout.",
)  # fmt: skip
@click.option("--out", type=click.Path(), help="Folder for compare.xlsx, .md, .json and figures.")
@no_figures
@lang
@as_json
def compare(plans: tuple[str, ...], **given: Any) -> None:
    """Compare PLANS (scenario files or plan folders) with the first of them.

    Scenario files are solved first; plan folders are proven before they are believed.
    """
    from planner.cli.futures import compare

    compare(plans, given)


@verb
@click.argument("scenario", type=click.Path())
@click.option("--fund", help="Whose money moves; default: all funds together.")
@click.option("--rule", help="Whose bound moves, instead of money.")
@click.option("--fairness", is_flag=True, help="Move the groups' weights towards equal ones.")
@click.option("--from", "start", type=Change(), help="E.g. -50%, or a bound.")
@click.option("--to", "stop", type=Change(), help="E.g. +50%, or a bound.")
@click.option("--points", type=click.IntRange(1, 1001), default=21, show_default=True)
@click.option("--gap", type=Part(), help="Proven relative gap of each point.")
@click.option("--time-limit", type=seconds_type, help="Seconds a point.")
@click.option("--workers", type=click.IntRange(0, 256), default=2, show_default=True)
@click.option("--cluster", help="Address of a Dask scheduler (needs the extra «cluster»).")
@click.option("--out", type=click.Path(), help="Folder; default: frontiers/<scenario>-<what>.")
@overrides
@lang
@as_json
def frontier(scenario: str, **given: Any) -> int:
    """Solve SCENARIO at several points; an interrupted run goes on where it stopped."""
    from planner.cli.futures import frontier

    return frontier(scenario, given)
