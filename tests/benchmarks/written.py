"""A model as it stands in a file (:func:`planner.solving.highs.export`), read in exact numbers.

What engines find is checked against this reading, which shares no code with any of them, nor with
the product: names, rows, bounds and points come from the text of the file alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

number = cache(Fraction)
"""A number of the file as it is written there; few differ."""
ZERO = Fraction(0)


class Row(NamedTuple):
    """A sum of columns between two ends; ``None`` is no end."""

    terms: list[tuple[str, Fraction]]
    low: Fraction | None
    high: Fraction | None


class Column(NamedTuple):
    """What one column may be; ``None`` is no end."""

    whole: bool
    low: Fraction | None
    high: Fraction | None


class Checked(NamedTuple):
    """An assignment beside the file: what it is worth and what it breaks most."""

    value: float
    off: float
    """The widest breach of a row or bound, relative to the larger of 1 and the end broken."""
    where: str
    """The row or column of it."""
    unwhole: float
    """The largest distance of a whole column from a whole number."""
    unknown: int
    """Columns assigned that the file does not have."""


@dataclass(frozen=True)
class Written:
    """Columns and rows by name; to be maximised or minimised: the sum of ``points``."""

    columns: dict[str, Column]
    rows: dict[str, Row]
    points: dict[str, Fraction]
    offset: Fraction
    maximise: bool

    @classmethod
    def read(cls, path: Path) -> Written:
        """Reads an MPS file; raises :class:`ValueError` for a section or bound it does not know."""
        kinds: dict[str, str] = {}
        terms: dict[str, list[tuple[str, Fraction]]] = {}
        right: dict[str, Fraction] = {}
        ranges: dict[str, Fraction] = {}
        whole: dict[str, bool] = {}
        ends: dict[str, list[Fraction | None]] = {}
        maximise = marked = False
        for section, words in _lines(path):
            if section == "OBJSENSE":
                maximise = words[0].upper().startswith("MAX")
            elif section == "ROWS":
                kinds[words[1]], terms[words[1]] = words[0], []
            elif section == "COLUMNS" and words[1] == "'MARKER'":
                marked = words[2] == "'INTORG'"
            elif section == "COLUMNS":
                whole.setdefault(words[0], marked)
                for row, text in zip(words[1::2], words[2::2], strict=True):
                    terms[row].append((words[0], number(text)))
            elif section in ("RHS", "RANGES"):
                told = right if section == "RHS" else ranges
                told |= {r: number(t) for r, t in zip(words[1::2], words[2::2], strict=True)}
            elif section == "BOUNDS":
                _bound(ends.setdefault(words[2], [ZERO, None]), words)
            else:
                raise ValueError(f"{path.name}: {section} is not read")
        objective = next(name for name, kind in kinds.items() if kind == "N")
        rows = {
            name: Row(terms[name], *_ends(kind, right.get(name, ZERO), ranges.get(name)))
            for name, kind in kinds.items()
            if kind != "N"
        }
        columns = {name: Column(w, *ends.get(name, (ZERO, None))) for name, w in whole.items()}
        offset = -right.get(objective, ZERO)
        return cls(columns, rows, dict(terms[objective]), offset, maximise)

    def check(self, found: Mapping[str, float]) -> Checked:
        """What an assignment (columns left out are 0) is worth, and how far it breaks the file."""
        exact = {name: Fraction(x) for name, x in found.items() if x and name in self.columns}
        off, where, unwhole = ZERO, "", ZERO
        for name, column in self.columns.items():
            x = exact.get(name, ZERO)
            breach = _breach(x, column.low, column.high)
            if breach > off:
                off, where = breach, name
            if column.whole and x.denominator > 1:
                unwhole = max(unwhole, abs(x - round(x)))
        for name, row in self.rows.items():
            total = sum((a * exact[c] for c, a in row.terms if c in exact), ZERO)
            breach = _breach(total, row.low, row.high)
            if breach > off:
                off, where = breach, name
        value = sum((c * exact[n] for n, c in self.points.items() if n in exact), self.offset)
        unknown = sum(name not in self.columns for name in found)
        return Checked(float(value), float(off), where, float(unwhole), unknown)


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Section and words of every line that says something."""
    section = ""
    with path.open(encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if not words or line.startswith("*"):
                continue
            if line[0].isspace():
                yield section, words
            elif words[0] not in ("NAME", "ENDATA"):
                section = words[0]


def _bound(ends: list[Fraction | None], words: list[str]) -> None:
    """Takes one line of the bounds in."""
    kind = words[0]
    if kind not in ("LO", "LI", "UP", "UI", "FX", "BV", "MI", "PL", "FR"):
        raise ValueError(f"bound {kind} is not read")
    at = Fraction(1) if kind == "BV" else number(words[3]) if len(words) > 3 else None
    if kind in ("LO", "LI", "FX", "MI", "FR"):
        ends[0] = at
    if kind in ("UP", "UI", "FX", "BV", "PL", "FR"):
        ends[1] = at


def _ends(
    kind: str, right: Fraction, wide: Fraction | None
) -> tuple[Fraction | None, Fraction | None]:
    """The two ends of a row of a kind (``L``, ``G``, ``E``), by its right side and its range."""
    if wide is None:
        return (None if kind == "L" else right), (None if kind == "G" else right)
    if kind == "E":
        return min(right, right + wide), max(right, right + wide)
    return (right - abs(wide), right) if kind == "L" else (right, right + abs(wide))


def _breach(x: Fraction, low: Fraction | None, high: Fraction | None) -> Fraction:
    """How far a number is outside, relative to the larger of 1 and the end that it passes."""
    if low is not None and x < low:
        return (low - x) / max(1, abs(low))
    if high is not None and x > high:
        return (x - high) / max(1, abs(high))
    return ZERO
