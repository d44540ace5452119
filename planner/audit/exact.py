"""Exact arithmetic of the audit: fractions and whole minor units, written on its own.

Nothing here is shared with the code that makes plans, so an error in either shows up as a
disagreement instead of being repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

Units = int | Fraction
"""A quantity: whole units, or an exact fraction for items that are not whole."""


def half_up(value: Fraction) -> int:
    """The nearest whole number, halves upwards."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def floored(value: Fraction) -> int:
    """The largest whole number not above ``value``."""
    return value.numerator // value.denominator


def grown(price: int, growth: Decimal, years: int) -> int:
    """``price`` (minor units) after ``years`` of yearly ``growth``, half up."""
    if not years or not growth:
        return price
    return half_up(price * (1 + Fraction(growth)) ** years)


def instalments(amount: int, parts: Sequence[Decimal]) -> list[int]:
    """``amount`` in payments: each running total is rounded down, the last takes the rest."""
    paid, upto, cuts = 0, Fraction(0), []
    for part in parts[:-1]:
        upto += Fraction(part)
        reached = floored(amount * upto)
        cuts.append(reached - paid)
        paid = reached
    return [*cuts, amount - paid]


def whole_if(value: Units) -> Units:
    """``value`` as an ``int`` where it is one."""
    if isinstance(value, Fraction) and value.denominator == 1:
        return value.numerator
    return value
