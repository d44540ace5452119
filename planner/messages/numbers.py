"""Numbers as people of a language write them: ``1.234.567,8`` in Vietnamese."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any


def grouped(value: int | Decimal, lang: str = "vi") -> str:
    """Digits in groups of three, with the language's marks; exact, nothing is rounded."""
    text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,d}"
    if lang == "en":
        return text
    return text.translate(str.maketrans(",.", ".,"))


def rounded(value: float | Decimal, digits: int, lang: str = "vi") -> str:
    """``value`` with ``digits`` decimals, halves away from zero."""
    exact = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    return grouped(exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP), lang)


def pupil_years(value: float, lang: str = "vi") -> str:
    """Equipped pupil-years, whole: one figure wherever it is printed.

    Sums of binary fractions differ in their last digits with the order of adding; they are
    cleared of those first, so that a half is a half in every paper.
    """
    return rounded(round(float(value), 6), 0, lang)


def percent(ratio: float | Decimal, digits: int = 1, lang: str = "vi") -> str:
    """A ratio as a percentage, ``0.125`` → ``12,5%``."""
    return rounded(Decimal(str(ratio)) * 100, digits, lang) + "%"


def money(amount: int, lang: str = "vi", currency: str = "VND") -> str:
    """An amount in minor units with the currency: ``1.234.567 đồng``, ``USD 12.34``."""
    if currency == "VND":
        return f"{grouped(amount, lang)} {'đồng' if lang == 'vi' else 'VND'}"
    digits = minor_digits(currency)
    text = grouped(Decimal(amount).scaleb(-digits), lang)
    return f"{text} {currency}" if lang == "vi" else f"{currency} {text}"


def minor_digits(currency: str) -> int:
    """Decimals of a currency's major unit: 0 for VND, 2 for USD (CLDR, through Babel)."""
    if currency == "VND":
        return 0
    from babel.numbers import get_currency_precision

    return get_currency_precision(currency)


def shown(value: Any, lang: str) -> Any:
    """A sentence's parameter as text: integers and decimals in the language's format."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return value
    return grouped(value, lang)
