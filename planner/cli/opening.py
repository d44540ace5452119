"""``planner open``: a folder as pages in the browser, and the shortcut that opens it by a click."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from planner.errors import Finding, InputError, Place
from planner.messages import say
from planner.web.serve import LockedError, Served, show_in_browser
from planner.web.shortcut import write_shortcut


def open_folder(folder: str, given: dict[str, Any]) -> int:
    """Serves a folder until it is ended, or writes its shortcut; the exit code."""
    lang, root = given["lang"], Path(folder)
    if not root.is_dir():
        raise InputError([Finding("web.open.no_folder", Place(file=folder))])
    if given["shortcut"] is not None:
        click.echo(write_shortcut(root, Path(given["shortcut"]), lang).as_posix())
        return 0

    def told(code: str, link: str) -> None:
        click.echo(say(code, lang, link=link))
        if not given["no_browser"]:
            show_in_browser(link)

    try:
        served = Served(root, given["port"])
    except LockedError as locked:
        told("web.open.already", locked.link)
        return 0

    def opened(link: str) -> None:
        told("web.open.at", link)
        click.echo(say("web.open.hint", lang), err=True)
        if served.opened.read_only:
            click.echo(say("web.read_only.why", lang), err=True)

    served.run(opened)
    return 0
