"""``planner run --lock``: the locks of an edited workbook, and what is said when they clash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


def applied(scenario: Any, given: dict[str, Any]) -> Any:
    """The scenario with the workbook's locks, where one is given."""
    if given["lock"] is None:
        for name in ("lock_all", "plan"):
            if given[name]:
                raise click.UsageError(f"--{name.replace('_', '-')} goes with --lock")
        return scenario
    from planner.edits import read_edited, with_locks
    from planner.messages import say

    edited = read_edited(given["lock"], given["plan"])
    locked = with_locks(scenario, edited, every=given["lock_all"])
    count, name = len(locked.locks), edited.path.name
    click.echo(say("lock_taken", given["lang"], count=count, file=name), err=True)
    return locked.scenario


def target(scenario: Any, given: dict[str, Any]) -> Path:
    """Where the plan goes: with locks beside the sealed plan, never over it by default."""
    if given["out"]:
        return Path(given["out"])
    return Path("plans") / (scenario.id if given["lock"] is None else f"{scenario.id}-locked")


def conflict(scenario: Any, given: dict[str, Any]) -> list[Any] | None:
    """The locks that must move so that a plan exists; ``None`` if they are not to blame."""
    if scenario.table("locks").empty:
        return None
    from planner.analysis.lock_conflict import lock_conflict

    limit = given["time_limit"] or float(scenario.settings.solve.time_limit)
    return lock_conflict(scenario, time_limit=limit)


def told(moved: list[Any], given: dict[str, Any]) -> str:
    """The locks that must move, as text."""
    from planner.messages import say

    lang = given["lang"]
    lines = [say("lock_conflict_head", lang, count=len(moved))]
    lines_moved = {m.key.rpartition(",")[0].rpartition(",")[0] for m in moved}
    for found in moved:
        if found.key in lines_moved:
            continue  # the sum of a line that is told already
        asked, near = found.lock.quantity, found.nearest
        lines.append("  " + say("lock_conflict_line", lang, key=found.key, asked=asked, near=near))
    if given["lock"]:
        lines.append(say("lock_conflict_hint", lang, file=given["lock"]))
    return "\n".join(lines)


def as_list(moved: list[Any]) -> list[dict[str, Any]]:
    """The locks that must move, as JSON values."""
    return [
        {"lock": f"locked[{m.key}]", "asked": str(m.lock.quantity), "nearest": str(m.nearest)}
        for m in moved
    ]
