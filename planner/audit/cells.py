"""Strict reading and writing of cells: one spelling for every value, and nothing ever raises.

A number that is not spelt as a plan spells it (``1e3``, `` 5``, ``+5``, ``05``) is not that
number: the reader returns ``None`` and the caller reports the cell.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from planner.audit.exact import Units

INTEGER = re.compile(r"(?:0|-?[1-9][0-9]{0,29})\Z")
YEAR = re.compile(r"[12][0-9]{3}\Z")
DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{0,5}[1-9])?\Z")
SLACK = Fraction(1, 10**6)
"""How far from a tie (in units of the last place) a value may lie to be rounded either way."""
RELATIVE = Fraction(1, 10**12)
"""Relative error that sums in binary floats are allowed."""


def integer(text: Any) -> int | None:
    """The whole number that ``text`` spells, or ``None``."""
    return int(text) if isinstance(text, str) and INTEGER.match(text) else None


def year(text: Any) -> int | None:
    """The year that ``text`` spells, or ``None``."""
    return int(text) if isinstance(text, str) and YEAR.match(text) else None


def decimal(text: Any) -> Fraction | None:
    """The number with at most six decimals and no idle zeros that ``text`` spells."""
    if isinstance(text, str) and DECIMAL.match(text) and text != "-0":
        return Fraction(text)
    return None


def fixed(part: int, whole: int, places: int) -> str:
    """``part`` ÷ ``whole`` with exactly ``places`` decimals, half up (away from zero)."""
    one = 10**places
    scaled = (2 * abs(part) * one + whole) // (2 * whole)
    sign = "-" if part < 0 and scaled else ""
    return f"{sign}{scaled // one}.{scaled % one:0{places}d}"


class Near(str):
    """The text expected for a rounded number, with the exact value behind it.

    It equals only its own text; :func:`agrees` also takes the other neighbour when the exact
    value is a tie within the error of floating point, and nothing else.
    """

    __slots__ = ("parts", "places", "stripped")

    parts: tuple[int, int]
    places: int
    stripped: bool

    @classmethod
    def of(cls, value: Fraction | float, places: int, stripped: bool = False) -> Near:
        """The expectation of ``value`` rounded to ``places``; ``stripped``: no idle zeros."""
        return cls.ratio(*value.as_integer_ratio(), places, stripped)

    @classmethod
    def ratio(cls, part: int, whole: int, places: int, stripped: bool = False) -> Near:
        """The expectation of ``part`` ÷ ``whole`` (above 0)."""
        text = fixed(part, whole, places)
        near = cls(text.rstrip("0").rstrip(".") if stripped else text)
        near.parts, near.places, near.stripped = (part, whole), places, stripped
        return near

    def well_formed(self, text: str) -> bool:
        """Whether ``text`` is spelt as this kind of number."""
        if self.stripped:
            return decimal(text) is not None
        pattern = rf"-?(?:0|[1-9][0-9]{{0,29}})\.[0-9]{{{self.places}}}\Z"
        negative_zero = text.startswith("-") and not text.strip("-0.")
        return re.match(pattern, text) is not None and not negative_zero

    def agrees(self, text: str) -> bool:
        """Whether ``text`` is the value rounded, either way at a tie."""
        if text == self:
            return True
        if not self.well_formed(text):
            return False
        exact = Fraction(*self.parts) * 10**self.places
        room = Fraction(1, 2) + SLACK + RELATIVE * abs(exact)
        return abs(Fraction(text) * 10**self.places - exact) <= room


def number_text(value: Units | float) -> str:
    """A quantity or bound as a cell: whole numbers plain, others with at most six decimals."""
    if isinstance(value, int):
        return str(value)
    exact = Fraction(value)
    if exact.denominator == 1:
        return str(exact.numerator)
    return Near.of(exact, 6, stripped=True)


def agrees(text: str, expected: str) -> bool:
    """Whether a cell holds what is expected of it."""
    return expected.agrees(text) if isinstance(expected, Near) else text == expected


def well_formed(text: str, expected: str) -> bool:
    """Whether a cell is at least spelt like the value expected of it."""
    if isinstance(expected, Near):
        return expected.well_formed(text)
    return not INTEGER.match(expected) or integer(text) is not None
