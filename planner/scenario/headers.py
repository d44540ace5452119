"""Finding the header of a table: ids or labels, below titles, over one row or two."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from planner.messages import sentences
from planner.messages.columns import COUNTERS, NAMED, REMARKS, SYNONYMS
from planner.scenario import cells
from planner.scenario.fields import Column
from planner.scenario.grid import MERGED_ROWS, Sheet
from planner.scenario.log import Log

_ASIDE = re.compile(r"\s*[(\[][^)\]]*[)\]]|\s*\*+")


@dataclass
class Header:
    """Which column holds which field."""

    last_row: int
    """Index of the header's last row."""
    positions: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Field → position and header as written."""
    others: list[tuple[int, str]] = field(default_factory=list)
    """Columns that are not in the contract."""
    twice: list[tuple[int, str]] = field(default_factory=list)
    """Columns that repeat a field."""
    asides: list[tuple[int, str]] = field(default_factory=list)
    """Columns that offices add beside the data: row counters, remarks, names beside ids."""

    def beside(self) -> list[tuple[int, str]]:
        """Every column with a header that holds no field."""
        return [*self.others, *self.twice, *self.asides]


@cache
def known_names(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Folded header, label or synonym → field name."""
    names: dict[str, str] = {}
    for name, header in headers:
        names[cells.folded(header)] = name
    for name, header in headers:
        code = f"column.{header}"
        for label in (*sentences().get(code, ()), *SYNONYMS.get(code, ())):
            names.setdefault(cells.folded(label), name)
    return names


def names_of(columns: dict[str, Column]) -> dict[str, str]:
    """Every spelling of a table's headers → field."""
    return known_names(tuple((c.name, c.header) for c in columns.values()))


def recognised(text: str, names: dict[str, str]) -> str:
    """The field that a header cell names, or an empty text."""
    plain = cells.folded(text.lstrip(cells.MARKS))
    return names.get(plain) or names.get(cells.folded(_ASIDE.sub("", plain))) or ""


def find(
    table: str,
    sheet: Sheet,
    columns: dict[str, Column],
    log: Log,
    also: Mapping[str, str] | None = None,
) -> Header | None:
    """The header of a sheet that holds ``table``; ``None`` after a finding.

    ``also`` holds further spellings: folded header → field.
    """
    names = {**names_of(columns), **(also or {})}
    top = [list(row) for row in sheet.rows[:MERGED_ROWS]]
    single = [sum(bool(recognised(c, names)) for c in row) for row in top]
    pairs = [_paired(sheet, top, r, names) for r in range(len(top) - 1)]
    double = [_score(texts, names) for texts in pairs]
    enough = min(2, len(columns))
    best, best_double = max(single, default=0), max(double, default=0)
    if max(best, best_double) < enough:
        expected = ", ".join(c.header for c in columns.values() if c.required)
        log.error("header_missing", sheet.place(0), expected=expected or next(iter(columns)))
        return None
    if best_double > best:
        row = double.index(best_double)
        texts, last = pairs[row], row + 1
    else:
        row = single.index(best)
        texts, last = top[row], row
        if row + 1 < len(top) and single[row + 1] >= max(2, best - 1):
            last = row + 1
            texts = [
                a or b
                for a, b in zip(_padded(top[last], texts), _padded(texts, top[last]), strict=True)
            ]
    if row or last != row:
        log.note("read_header", sheet.place(row), rows=str(last - row + 1))
    return _without_asides(table, _positions(texts, last, names), columns)


def _paired(sheet: Sheet, top: list[list[str]], row: int, names: dict[str, str]) -> list[str]:
    """Two rows as one header: both texts together, or the lower alone where that is a name."""
    joined = _joined(sheet, top, row)
    lower = _padded(top[row + 1], joined)
    return [
        one if recognised(one, names) or not recognised(below, names) else cells.clean(below)
        for one, below in zip(joined, lower, strict=True)
    ]


def _padded(row: list[str], like: list[str]) -> list[str]:
    return row + [""] * max(0, len(like) - len(row))


def _positions(texts: list[str], last: int, names: dict[str, str]) -> Header:
    header = Header(last)
    for position, text in enumerate(texts):
        shown = cells.clean(text.lstrip(cells.MARKS))
        name = recognised(text, names)
        if name and name in header.positions:
            header.twice.append((position, shown))
        elif name:
            header.positions[name] = (position, shown)
        elif shown:
            header.others.append((position, shown))
    return header


def _without_asides(table: str, header: Header, columns: dict[str, Column]) -> Header:
    """Sets aside what belongs to no field though every office writes it."""
    for name, spellings in NAMED.items() if table != "schools" else ():
        named = {cells.folded(t) for t in spellings}
        if name in columns and name not in header.positions:
            pair = next((o for o in header.others if cells.folded(o[1]) in named), None)
            if pair is not None:
                header.positions[name] = pair
                header.others.remove(pair)
    left_out = [*COUNTERS, *(REMARKS if table != "schools" else ())]
    for name in header.positions:
        left_out += NAMED.get(name, ()) if table != "schools" else ()
    plain = {cells.folded(t) for t in left_out}
    for kind in (header.others, header.twice):
        found = [pair for pair in kind if cells.folded(pair[1]) in plain]
        header.asides += found
        kind[:] = [pair for pair in kind if pair not in found]
    return header


def _score(texts: list[str], names: dict[str, str]) -> int:
    return len({recognised(t, names) for t in texts} - {""})


def _joined(sheet: Sheet, top: list[list[str]], row: int) -> list[str]:
    """Two header rows as one: the upper cell, filled over its merged range, and the lower."""
    width = max(len(top[row]), len(top[row + 1]))
    upper = top[row] + [""] * (width - len(top[row]))
    lower = top[row + 1] + [""] * (width - len(top[row + 1]))
    for r0, c0, r1, c1 in sheet.merged:
        if r0 <= row <= r1 and c0 < width:
            for column in range(c0, min(c1 + 1, width)):
                upper[column] = top[row][c0] if c0 < len(top[row]) else ""
                if r1 > row:
                    lower[column] = ""
    if not sheet.merged:
        for column in range(1, width):
            if not upper[column] and lower[column]:
                upper[column] = upper[column - 1]
    return [
        " ".join(p for p in (cells.clean(a), cells.clean(b)) if p)
        for a, b in zip(upper, lower, strict=True)
    ]
