"""The command line: the verbs' options in one light module, their bodies imported when called."""

from __future__ import annotations

import sys
from typing import NoReturn

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
    """Verbs in the order of a planner's work; the list of them imports none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a verb."""
        from planner.cli import commands

        return getattr(commands, cmd_name) if cmd_name in VERBS else None

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
    """Says an error in the language that was asked for; the exit code."""
    from planner.cli.failures import explain

    words = sys.argv[1:] if args is None else args
    if "--lang" in words[:-1]:
        return explain(error, words[words.index("--lang") + 1])
    return explain(error, "en" if "--lang=en" in words else "vi")
