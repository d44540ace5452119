"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

lang: Decorator = click.option(
    "--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True, help="Language."
)
as_json: Decorator = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on stdout."
)
overrides: Decorator = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Replace a setting, e.g. funds.district-capital.reserve=0.2; repeatable.",
)


def writable(out: str | Path | None) -> Path | None:
    """``--out``, tried before anybody waits: raises :class:`planner.InputError` where no files
    can be written there."""
    if out is None:
        return None
    from planner.errors import InputError
    from planner.system.disk import finding_of, try_folder

    try:
        try_folder(Path(out), inside=True)
    except OSError as error:
        raise InputError([finding_of(error)]) from error
    return Path(out)


def parsed(pairs: tuple[str, ...], option: str = "--set") -> dict[str, str]:
    """``KEY=VALUE`` options as a mapping; a usage error names the one without ``=``."""
    found = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key.strip():
            raise click.UsageError(f"{option} needs KEY=VALUE, got: {pair}")
        found[key.strip()] = value
    return found
