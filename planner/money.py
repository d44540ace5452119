"""Whole-money arithmetic: integers of the currency's minor unit, rounded in one place.

All amounts of a plan are Python integers (đồng for VND, cents for USD). Growth, shares and
instalments are exact decimals until the single rounding named here.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from math import prod

PRECISION = 1300
"""Significant digits of decimal work: exact for 10^15 minor units that grow over 50 years by a
rate of 24 decimals."""


def half_up(value: Decimal) -> int:
    """The nearest whole unit, halves away from zero (the rule of Vietnamese accounting)."""
    with localcontext(prec=PRECISION):
        return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def nearest(value: Fraction) -> int:
    """The nearest whole unit of an exact fraction, halves up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def floor(value: Decimal) -> int:
    """The largest whole unit not above ``value``."""
    with localcontext(prec=PRECISION):
        return int(value.to_integral_value(rounding=ROUND_FLOOR))


def share(amount: int, part: Decimal) -> int:
    """⌊amount × part⌋ in whole units."""
    with localcontext(prec=PRECISION):
        return floor(amount * part)


def part_half_up(amount: int, part: Decimal) -> int:
    """amount × part to the nearest whole unit, halves away from zero."""
    with localcontext(prec=PRECISION):
        return half_up(amount * part)


def multiplied(*parts: Decimal) -> Decimal:
    """The exact product of shares."""
    with localcontext(prec=PRECISION):
        return prod(parts, start=Decimal(1))


@lru_cache(maxsize=65_536)
def grown(price: int, growth: Decimal, years: int) -> int:
    """A unit price after ``years`` of growth: price × (1+growth)^years, half up."""
    with localcontext(prec=PRECISION):
        return half_up(price * (1 + growth) ** years)


def instalments(amount: int, parts: Sequence[Decimal]) -> tuple[int, ...]:
    """``amount`` cut by ``parts`` (which sum to 1) into whole units that sum to it exactly.

    Cumulative amounts are rounded down, so an early instalment is never above its part and the
    last one takes the rest.
    """
    with localcontext(prec=PRECISION):
        reached = [floor(amount * sum(parts[: k + 1], Decimal(0))) for k in range(len(parts) - 1)]
    marks = [0, *reached, amount]
    return tuple(b - a for a, b in zip(marks, marks[1:], strict=False))
