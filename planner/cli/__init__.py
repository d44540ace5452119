"""The command line: the verbs' options in one light module, their bodies imported when called."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from contextlib import nullcontext, suppress
from typing import Any, NoReturn

from planner.system.process import ENDED as INTERRUPTED
from planner.system.process import Ending, kept_back

try:
    with kept_back():
        import click
except KeyboardInterrupt:
    raise SystemExit(INTERRUPTED) from None


VERBS = {
    "open": "Open a folder of scenarios and plans in the browser.",
    "new": "Write a starter: scenario.yaml and a workbook to fill in.",
    "check": "Read a scenario and say everything that is wrong.",
    "run": "Solve a scenario: plan, figures, summary.",
    "audit": "Prove a plan folder again, without a solver.",
    "plot": "Draw the figures of a plan folder.",
    "report": "Write the letter and appendices of a plan folder.",
    "new-executed": "Write the sheet in which to say what has happened to a plan.",
    "status": "Say how far a plan has come: contracts, deliveries, payments.",
    "amend": "Change an approved plan as little as can be.",
    "show": "Show the merged scenario and who set each value.",
    "schema": "JSON Schema of scenario files, or the reference page.",
    "explain": "The price of each policy; why a school got what it got.",
    "compare": "Say what differs between plans, and why.",
    "alternatives": "Say what of a plan is sure and what is open.",
    "frontier": "Trace value against money, a rule or fairness.",
}
"""Verbs and their one-line help; the help needs no import."""


class Verbs(click.Group):
    """Verbs in the order of a planner's work; the list of them imports none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a verb."""
        from planner.cli import commands

        name = cmd_name.replace("-", "_")
        name += "_" * (name == "open")  # which is a function of Python's
        return getattr(commands, name) if cmd_name in VERBS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of verbs with their one-line help."""
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
            gc.freeze()  # on its way out Python need not look through all that was there
        try:
            sys.stdout.flush()
        except (OSError, ValueError) as error:  # what was said did not all get out
            code = _failed(error, args)
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
        code = _failed(error, args)
    return code if isinstance(code, int) else 0


def _failed(error: Exception, args: list[str] | None) -> int:
    """Says what went wrong: findings or one sentence on stderr, in the language that was asked
    for; a traceback only for those who ask for it. The exit code."""
    from planner.errors import FoundError, InputError
    from planner.messages import render, say
    from planner.system.disk import failure_of

    words = sys.argv[1:] if args is None else args
    lang = "en" if "--lang=en" in words else "vi"
    if "--lang" in words[:-1]:
        lang = words[words.index("--lang") + 1]
    if os.environ.get("PLANNER_DEBUG"):
        sys.__excepthook__(type(error), error, error.__traceback__)
    failed = failure_of(error, lang)
    # where the disk refuses everything, stderr may be refused too
    with suppress(OSError) if not isinstance(error, FoundError) else nullcontext():
        for finding in failed.findings:
            click.echo(render(finding, lang), err=True)
    if isinstance(error, FoundError):
        key = "door_findings" if isinstance(error, InputError) else "door_audit_failed"
        click.echo(say(key, lang, count=len(error.findings)), err=True)
    elif failed.sentence:
        click.echo(failed.sentence, err=True)
    return failed.code


def patient_streams() -> None:
    """Stdout and stderr in UTF-8, and into nothing once their reader has left.

    Streams of others (a test's, a notebook's) only get their encoding.
    """
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        try:  # is it the one that Python opened, on a pipe or a file?
            ours = stream in (sys.__stdout__, sys.__stderr__) and stream.fileno() == number
            ours = ours and not stream.isatty()
        except (AttributeError, OSError, ValueError):
            ours = False
        if ours:
            stream.flush()
            buffer = io.BufferedWriter(Patient(number, f"<{stream.name.strip('<>')}>"))
            lines = number == 2
            patient = io.TextIOWrapper(
                buffer, encoding="utf-8", errors="replace", line_buffering=lines
            )
            setattr(sys, name, patient)
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


class Patient(io.FileIO):
    """A descriptor to write to; when nobody reads it any more, what is written goes nowhere."""

    def __init__(self, number: int, said: str) -> None:
        super().__init__(number, "w", closefd=False)
        self.said = said

    def write(self, body: Any) -> int:
        """Bytes written. Where results cannot be said (a full disk), the error names the stream;
        what goes to stderr only accompanies them."""
        try:
            return super().write(body) or 0
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())  # what is still in the buffer goes there too
            os.close(nowhere)
            left = error.errno == errno.EPIPE or (os.name == "nt" and error.errno == errno.EINVAL)
            if not left and self.fileno() == 1:
                error.filename = self.said
                raise
        return len(body)
