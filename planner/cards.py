"""Small HTML cards for notebooks: tiles, tables and bars. Every text is escaped here.

The style stands in the markup itself, so that a card looks the same wherever a notebook is
shown, on light and on dark pages, and holds no script.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import isnan
from typing import NamedTuple

from planner.messages.language import language

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
