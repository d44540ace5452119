"""What is said of a figure that could not be drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from planner.messages import say

Undrawn: TypeAlias = tuple[str, str]
"""A figure that could not be drawn and what kept it; no name: all of them."""


def error_line(error: BaseException) -> str:
    """An error on one line: its kind and what it says."""
    return " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")


def tried(draw: Callable[[], object], name: str = "") -> list[Undrawn]:
    """Draws what comes after the tables (``name``: the figure, with its path): what keeps it from
    being drawn comes back, and no error takes away what stands already."""
    try:
        draw()
    except Exception as error:
        return [(name, error_line(error))]
    return []


def undrawn_in_words(undrawn: Sequence[Undrawn], lang: str, folder: str = "") -> str:
    """What could not be drawn, why, and what to do; empty where all was. ``folder``: the plan's,
    where there is one."""
    if not undrawn:
        return ""
    names = ", ".join(name or say("figures.all", lang) for name, _ in undrawn)
    reasons = "; ".join(dict.fromkeys(reason for _, reason in undrawn))
    code = "figures.undrawn" if folder else "figures.undrawn_tables"
    return say(code, lang, names=names, error=reasons, folder=folder)
