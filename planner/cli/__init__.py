"""The command line: one thin module a verb, imported only when it is called (layer 8)."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

from planner.system.interrupts import ENDED as INTERRUPTED
from planner.system.interrupts import Ending, kept_back

try:
    with kept_back():
        import click

        from planner.cli.streams import patient_streams
except KeyboardInterrupt:
    raise SystemExit(INTERRUPTED) from None

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
        from planner.system.process import version_of

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
    """Runs the command line; every error ends as a sentence and an exit code.

    Ctrl-C and SIGTERM end alike: with what is worth keeping, no remnant, and exit code 5.
    """
    ending = Ending()
    try:
        try:
            ending.begin()
            patient_streams()
            code = _ended(args)
        except KeyboardInterrupt:
            ending.deaf()
            # Nobody waits for workers that may be in the middle of something.
            known = sys.modules.get("planner.system.worker_pool")
            if known is not None:
                known.kill_all()
            click.echo("Ctrl-C", err=True)
            code = INTERRUPTED
        if args is None:
            ending.deaf()  # nothing is left to be interrupted
        code = _flushed(code, args)
    finally:
        if args is not None:
            ending.leave()  # called from a program that goes on
    sys.exit(code)


def _ended(args: list[str] | None) -> int:
    """Runs a verb; its exit code."""
    try:
        code = group.main(args=args, standalone_mode=False)
    except click.exceptions.Exit as ended:
        code = ended.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort as error:
        raise KeyboardInterrupt from error
    except Exception as error:
        code = _explain(error, _language(args))
    return code if isinstance(code, int) else 0


def _flushed(code: int, args: list[str] | None) -> int:
    """The exit code once everything is said; another where it could not be."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        return _explain(error, _language(args))
    return code


def _language(args: list[str] | None) -> str:
    words = sys.argv[1:] if args is None else args
    if "--lang" in words[:-1]:
        return words[words.index("--lang") + 1]
    return "en" if "--lang=en" in words else "vi"


def _explain(error: Exception, lang: str) -> int:
    """Findings or one sentence on stderr; a traceback only for those who ask for it."""
    from planner.errors import AuditError, ExitCode, InputError, PlannerError, SolverError

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
    if isinstance(error, MemoryError):
        click.echo(say("door_memory", lang), err=True)
        return int(ExitCode.INPUT)
    # Whether the system starts no more threads; Python says so in words alone.
    if isinstance(error, OSError) or (
        isinstance(error, RuntimeError) and "start new thread" in str(error)
    ):
        return _refused(error, lang)
    known: Any = error if isinstance(error, PlannerError) else None
    detail = f"{type(error).__name__}: {error}"
    click.echo(say("door_internal", lang, detail=detail), err=True)
    return int(known.exit_code) if known is not None else 1


def _refused(error: Exception, lang: str) -> int:
    """What the system refused (a full disk, a limit), where, and what to do."""
    import errno

    from planner.errors import ExitCode
    from planner.messages import render
    from planner.system.disk import finding_of

    known = error if isinstance(error, OSError) else OSError(errno.EAGAIN, str(error))
    with suppress(OSError):
        click.echo(render(finding_of(known), lang), err=True)
    return int(ExitCode.INPUT)
