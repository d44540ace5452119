"""The command line: one thin module a verb, imported only when it is called (layer 8)."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

VERBS = {
    "new": "Write a starter: scenario.yaml and a workbook to fill in.",
    "check": "Read a scenario and say everything that is wrong.",
    "run": "Solve a scenario: plan, figures, summary.",
    "audit": "Prove a plan folder again, without a solver.",
    "plot": "Draw the figures of a plan folder.",
    "report": "Write the letter and appendices of a plan folder.",
    "show": "Show the merged scenario and who set each value.",
    "schema": "JSON Schema of scenario files, or the reference page.",
    "explain": "The price of each policy; why a school got what it got.",
    "compare": "Say what differs between plans, and why.",
    "frontier": "Trace value against money, a rule or fairness.",
}
"""Verbs and their one-line help; the help needs no import."""


class Verbs(click.Group):
    """Commands that are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Verbs in the order of a planner's work."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports one verb."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"planner.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of verbs, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    """Says the version, in a program without metadata of packages too."""
    if asked and not ctx.resilient_parsing:
        from planner.installation import version_of

        click.echo(f"{ctx.info_name}, version {version_of('planner')}")
        ctx.exit()


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def group() -> None:
    """Multi-year IT-infrastructure budgets of public schools, optimised and audited.

    Exit codes: 0 a plan within the gap asked for; 1 internal error; 2 usage; 3 invalid
    input; 4 proven infeasible; 5 stopped by a limit or Ctrl-C; 6 the audit found something.
    """


def main(args: list[str] | None = None) -> NoReturn:
    """Runs the command line; every error ends as a sentence and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        code = group.main(args=args, standalone_mode=False)
    except click.exceptions.Exit as ended:
        code = ended.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("Ctrl-C", err=True)
        code = 5
    except Exception as error:
        code = _explain(error, _language(args))
    sys.exit(code if isinstance(code, int) else 0)


def _language(args: list[str] | None) -> str:
    words = sys.argv[1:] if args is None else args
    if "--lang" in words[:-1]:
        return words[words.index("--lang") + 1]
    return "en" if "--lang=en" in words else "vi"


def _explain(error: Exception, lang: str) -> int:
    """Findings or one sentence on stderr; a traceback only for those who ask for it."""
    from planner.errors import AuditError, InputError, PlannerError, SolverError

    if os.environ.get("PLANNER_DEBUG"):
        import traceback

        traceback.print_exc()
    from planner.messages import render, say

    if isinstance(error, (InputError, AuditError)):
        for finding in error.findings:
            click.echo(render(finding, lang), err=True)
        key = "door_findings" if isinstance(error, InputError) else "door_audit_failed"
        click.echo(say(key, lang, count=len(error.findings)), err=True)
        return int(error.exit_code)
    if isinstance(error, SolverError):
        click.echo(say(f"door_{error.code}", lang, detail=error.detail), err=True)
        return int(error.exit_code)
    known: Any = error if isinstance(error, PlannerError) else None
    detail = f"{type(error).__name__}: {error}"
    click.echo(say("door_internal", lang, detail=detail), err=True)
    return int(known.exit_code) if known is not None else 1
