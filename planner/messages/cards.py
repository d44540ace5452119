"""Small HTML cards for notebooks: tiles, tables and bars. Every text is escaped here.

The style stands in the markup itself, so that a card looks the same wherever a notebook is
shown, on light and on dark pages, and holds no script.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from html import escape
from math import isnan
from typing import NamedTuple

# --------------------------------------------------------------------------------------------------
# The language that notebooks read: of cards, figures and exceptions.

_chosen: ContextVar[str | None] = ContextVar("planner_language", default=None)
"""What this thread or task has chosen."""
_process = ["vi"]
"""What reads whoever has chosen nothing: what the owner of the process chose last."""


def language(lang: str | None = None) -> str:
    """The language that notebooks show cards and figures in; sets it where one is given.

    What a thread or an ``asyncio`` task chooses is its own: two users whom one process serves
    do not get each other's. What a script or a notebook chooses holds for the threads that it
    starts as well, as long as they choose nothing themselves.

    Parameters
    ----------
    lang
        ``"vi"`` or ``"en"``; nothing: leave it.

    Examples
    --------
    >>> import planner
    >>> planner.language("en")
    'en'
    """
    if lang is not None:
        if lang not in ("vi", "en"):
            raise ValueError(f"language must be 'vi' or 'en', not {lang!r}")
        _chosen.set(lang)
        if _owns_process():
            _process[:] = [lang]
    return _chosen.get() or _process[0]


def _owns_process() -> bool:
    """Whether the caller is the one for whom the process runs: the main thread outside of any
    task, or a notebook (whose every cell may be a task of its own)."""
    if threading.current_thread() is not threading.main_thread():
        return False
    shell = sys.modules.get("IPython")
    return (shell is not None and shell.get_ipython() is not None) or not _in_task()


def _in_task() -> bool:
    """Whether an ``asyncio`` task is running; nothing is imported to find out."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return False
    try:
        return asyncio.current_task() is not None
    except RuntimeError:
        return False


__all__ = ["Bar", "Markup", "card", "language", "note", "table", "tiles"]

FRAME = (
    "font-family:system-ui,'Segoe UI',Roboto,sans-serif;font-size:13px;line-height:1.4;"
    "border:1px solid #8884;border-radius:10px;padding:14px 18px;max-width:900px"
)
QUIET = "opacity:.65"


class Bar(NamedTuple):
    """A cell that shows a share before and after as a bar, 0–1."""

    before: float
    after: float
    text: str
    colour: str


class Markup(str):
    """Text that is markup already; only this module makes it."""

    __slots__ = ()


def card(title: str, badge: str, *parts: str) -> str:
    """A framed card: a title with a badge, then its parts."""
    head = (
        f'<div style="display:flex;justify-content:space-between;gap:16px;align-items:baseline">'
        f'<b style="font-size:15px">{escape(title)}</b>'
        f'<span style="{QUIET};white-space:nowrap">{escape(badge)}</span></div>'
    )
    return f'<div style="{FRAME}">{head}{"".join(parts)}</div>'


def tiles(pairs: Iterable[tuple[str, str]]) -> str:
    """Figures with their names, side by side."""
    cells = "".join(
        f'<div><div style="font-size:19px;font-weight:600">{escape(value)}</div>'
        f'<div style="{QUIET};font-size:11.5px">{escape(name)}</div></div>'
        for name, value in pairs
    )
    style = "display:flex;flex-wrap:wrap;gap:8px 30px;margin:10px 0"
    return f'<div style="{style}">{cells}</div>'


def note(text: str) -> str:
    """A quiet line."""
    return f'<div style="{QUIET};font-size:11.5px;margin-top:8px">{escape(text)}</div>'


def table(header: Sequence[str], rows: Iterable[Sequence[str | Bar]], words: int = 1) -> str:
    """A table; the first ``words`` columns flush left, the others flush right."""
    sides = ["left" if k < words else "right" for k in range(len(header))]
    cell = "padding:3px 12px 3px 0;border:0;background:none;text-align:"
    head = "".join(
        f'<th style="{cell}{side};{QUIET};font-weight:500">{escape(name)}</th>'
        for name, side in zip(header, sides, strict=True)
    )
    body = "".join(
        "<tr style='background:none'>"
        + "".join(
            f'<td style="{cell}{"left" if isinstance(value, Bar) else side};white-space:nowrap">'
            f"{_cell(value)}</td>"
            for value, side in zip(row, sides, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    style = "border-collapse:collapse;margin-top:8px;border:0"
    rows_of = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div style="overflow-x:auto"><table style="{style}">{rows_of}</table></div>'


def _cell(value: str | Bar) -> str:
    if not isinstance(value, Bar):
        return escape(value)
    before, after = (min(max(0.0 if isnan(x) else x, 0.0), 1.0) * 100 for x in value[:2])
    style = "display:inline-block;vertical-align:middle;width:150px;height:9px;border-radius:5px"
    fill = (
        f"linear-gradient(90deg,{value.colour} {before:.1f}%,{value.colour}88 {before:.1f}%,"
        f"{value.colour}88 {after:.1f}%,#8883 {after:.1f}%)"
    )
    shown = escape(value.text)
    return f'<span style="{style};background:{fill}"></span> {shown}'
