"""What ``planner run`` says of a scenario that is proven infeasible: conflict and repairs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

SECONDS = 60.0
"""Time for conflict and repairs unless a longer ``--time-limit`` was given."""


def found(scenario: Any, given: dict[str, Any]) -> Any:
    """Conflict and repairs, within ``--time-limit`` or a minute."""
    from planner.analysis.repair import repairs
    from planner.messages import say

    seconds = max(given["time_limit"] or 0.0, SECONDS)
    click.echo(say("repair.searching", given["lang"], seconds=round(seconds)), err=True)
    return repairs(scenario, seconds=seconds)


def apply(repairs: Any, path: Path, number: int, given: dict[str, Any]) -> None:
    """``--apply-repair``: writes the repair of that number and says where."""
    from planner.messages import say

    if number > len(repairs.found):
        few = say("repair.too_few", given["lang"], number=number, found=len(repairs.found))
        raise click.UsageError(few)
    target = write(repairs.found[number - 1], path, number, given)
    click.echo(say("repair.written", given["lang"], file=target.as_posix()), err=True)


def _file(path: Path, name: str) -> Path:
    """The file of a scenario that may have been given as its folder."""
    if path.is_file():
        return path
    kinds = (".yaml", ".yml", ".xlsx")
    return next(p for p in sorted(path.iterdir()) if p.stem == name and p.suffix in kinds)


def write(repair: Any, path: Path, number: int, given: dict[str, Any]) -> Path:
    """Writes the amended scenario beside the old one; refused where the file exists."""
    from planner.analysis.repair import amended
    from planner.cli import options
    from planner.messages import say
    from planner.system.disk import write_file

    source = _file(path, repair.scenario.id)
    target = source.with_name(f"{source.stem}-repair-{number}.yaml")
    if target.exists():
        raise click.UsageError(say("repair.exists", given["lang"], file=target.as_posix()))
    text = amended(repair, source, options.parsed(given["overrides"]))
    write_file(target, text.encode())
    return target
