"""Plain text that lines up on any console: display widths, wrapping, aligned tables.

Text is normalised to NFC first, so that a Vietnamese letter takes one column whatever way it
was typed; combining marks take none, East Asian wide characters two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence


def clean(text: str) -> str:
    """NFC, on one line, without control characters (no escape code reaches a console)."""
    kept = (
        c if unicodedata.category(c)[0] != "C" else " " for c in unicodedata.normalize("NFC", text)
    )
    return " ".join("".join(kept).split())


def display_width(text: str) -> int:
    """Columns that a text takes on a console."""
    return sum(_columns(c) for c in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` columns, with ``…`` where something was cut."""
    if display_width(text) <= width:
        return text
    kept, used = "", 0
    for char in text:
        used += _columns(char)
        if used > width - 1:
            break
        kept += char
    return kept.rstrip(" ,;(") + "…"


def pad(text: str, width: int, right: bool = False) -> str:
    """``text`` filled with spaces to ``width`` columns."""
    space = " " * max(0, width - display_width(text))
    return space + text if right else text + space


def wrap(text: str, width: int, indent: str = "  ") -> list[str]:
    """Lines of at most ``width`` columns, broken between words, each after ``indent``."""
    lines: list[str] = []
    line = ""
    for word in clean(text).split(" "):
        longer = f"{line} {word}" if line else word
        if line and display_width(indent + longer) > width:
            lines.append(indent + line)
            line = word
        else:
            line = longer
    return [*lines, indent + line] if line else lines


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    width: int,
    *,
    words: int = 1,
    totals: int = 0,
    indent: str = "  ",
) -> list[str]:
    """Lines of a table: the first ``words`` columns flush left, the numbers flush right.

    A heading longer than its column is broken into lines. Where the table is wider than
    ``width``, the widest column of words is cut. A row of one cell is a heading over the full
    width. A rule is drawn above the last ``totals`` rows.
    """
    cells = [[clean(c) for c in row] for row in rows]
    full = [row for row in cells if len(row) == len(header)]
    widths = [max([0, *(display_width(r[k]) for r in full)]) for k in range(len(header))]
    heads = [_heading(clean(h), max(widths[k], 7)) for k, h in enumerate(header)]
    widths = [max(w, *map(display_width, h)) for w, h in zip(widths, heads, strict=True)]
    spare = width - len(indent) - 2 * (len(widths) - 1) - sum(widths)
    while spare < 0 and max(widths[:words]) > 8:
        widest = max(range(words), key=lambda k: widths[k])
        widths[widest] -= 1
        spare += 1
    lines = [_line(row, widths, words, indent) for row in _bottom(heads)]
    ruler = indent + "-" * (sum(widths) + 2 * (len(widths) - 1))
    body = [_line(row, widths, words, indent) for row in cells]
    if totals:
        body[len(body) - totals : len(body) - totals] = [ruler]
    return [*lines, ruler, *body]


def _heading(text: str, width: int) -> list[str]:
    return wrap(text, width, "") or [""]


def _bottom(heads: Sequence[list[str]]) -> list[list[str]]:
    """Headings of several lines, set on the same bottom line."""
    height = max(len(h) for h in heads)
    full = [[""] * (height - len(h)) + h for h in heads]
    return [[h[k] for h in full] for k in range(height)]


def _line(row: Sequence[str], widths: Sequence[int], words: int, indent: str) -> str:
    if len(row) == 1 < len(widths):
        return indent + cut(row[0], sum(widths) + 2 * (len(widths) - 1))
    cells = [
        pad(cut(c, w), w, right=k >= words)
        for k, (c, w) in enumerate(zip(row, widths, strict=True))
    ]
    return (indent + "  ".join(cells)).rstrip()
