"""How an error ends a command: findings or one sentence on stderr, and an exit code."""

from __future__ import annotations

import errno
import os
import traceback
from contextlib import suppress

import click

from planner.errors import ExitCode, FoundError, InputError, PlannerError, SolverError
from planner.messages import render, say
from planner.system.disk import finding_of


def explain(error: Exception, lang: str) -> int:
    """Says what went wrong; a traceback only for those who ask for it. The exit code."""
    if os.environ.get("PLANNER_DEBUG"):
        traceback.print_exc()
    if isinstance(error, FoundError):
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
    # The system starts no more threads; Python says so in words alone.
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        error = OSError(errno.EAGAIN, str(error))
    if isinstance(error, OSError):
        # What the system refused (a full disk, a limit), where, and what to do.
        with suppress(OSError):
            click.echo(render(finding_of(error), lang), err=True)
        return int(ExitCode.INPUT)
    detail = f"{type(error).__name__}: {error}"
    click.echo(say("door_internal", lang, detail=detail), err=True)
    return int(error.exit_code) if isinstance(error, PlannerError) else 1
