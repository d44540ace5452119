"""Numbers as people of a language write them: ``1.234.567,8`` in Vietnamese; nowhere else is a
number made a text of.

What is not known (``None``, NaN, infinite) reads «–».
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from math import isfinite
from typing import Any

DASH = "–"
MINUS = "−"
"""The minus sign of typography."""


def grouped(value: int | Decimal, lang: str = "vi") -> str:
    """Digits in groups of three, with the language's marks; exact, nothing is rounded."""
    text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,d}"
    if lang == "en":
        return text
    return text.translate(str.maketrans(",.", ".,"))


def trimmed(value: Decimal, lang: str = "vi") -> str:
    """A decimal with no more digits than it has: ``0.50`` → ``0,5``."""
    return grouped(value.normalize(), lang)


def rounded(
    value: float | Decimal | None, digits: int, lang: str = "vi", *, up: bool = False
) -> str:
    """``value`` with ``digits`` decimals, halves away from zero; ``up``: never below the value,
    as a proven bound needs it."""
    if value is None or not isfinite(value):
        return DASH
    rounding = ROUND_CEILING if up else ROUND_HALF_UP
    return grouped(
        Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=rounding), lang
    )


def pupil_years(value: float, lang: str = "vi") -> str:
    """Equipped pupil-years, whole: one figure wherever it is printed.

    Sums of binary fractions differ in their last digits with the order of adding; they are
    cleared of those first, so that a half is a half in every paper.
    """
    return rounded(round(float(value), 6), 0, lang)


def percent(
    ratio: float | Decimal | None, digits: int = 1, lang: str = "vi", *, up: bool = False
) -> str:
    """A ratio as a percentage, ``0.125`` → ``12,5%``."""
    if ratio is None or not isfinite(ratio):
        return DASH
    return rounded(Decimal(str(ratio)) * 100, digits, lang, up=up) + "%"


def careful_percent(ratio: float, lang: str, digits: int = 0) -> str:
    """A percentage that says 0% or 100% only where it is exactly that."""
    steps = 10 ** (digits + 2)
    reached = round(ratio * steps)
    if 0 < ratio < 1:
        reached = min(max(reached, 1), steps - 1)
    return percent(reached / steps, digits, lang)


def signed(change: float | Decimal, size: str) -> str:
    """``size`` (an amount as a text, without a sign) after the sign of ``change``."""
    return ("+" if change >= 0 else MINUS) + size


def money(amount: int, lang: str = "vi", currency: str = "VND") -> str:
    """An amount in minor units with the currency: ``1.234.567 đồng``, ``USD 12.34``."""
    text = bare_money(amount, lang, currency)
    if currency == "VND":
        return f"{text} {'đồng' if lang == 'vi' else 'VND'}"
    return f"{text} {currency}" if lang == "vi" else f"{currency} {text}"


def bare_money(amount: int, lang: str = "vi", currency: str = "VND") -> str:
    """An amount in minor units as a number of the currency's major unit."""
    digits = minor_digits(currency)
    return grouped(Decimal(int(amount)).scaleb(-digits) if digits else int(amount), lang)


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


# ---- Whole numbers in words, as an amount is written under a table («Bằng chữ»).
#
# Vietnamese: groups of three digits with nghìn, triệu, tỷ; above a thousand tỷ the count of tỷ is
# itself read as a number (một nghìn hai trăm ba mươi bốn tỷ). A group after the first one is read
# in full, «không trăm» and «lẻ» included; a group of zeros is silent.

LARGEST = 10**18
"""Numbers below this can be read."""
DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
SCALES = ((10**6, "triệu"), (10**3, "nghìn"), (1, ""))
BILLION = 10**9

ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
EN_SCALES = (
    (10**15, "quadrillion"),
    (10**12, "trillion"),
    (10**9, "billion"),
    (10**6, "million"),
    (10**3, "thousand"),
    (1, ""),
)


def words(number: int, lang: str = "vi") -> str:
    """``number`` in words, in lower case.

    Raises ``ValueError`` at 10^18 and beyond (the promise is 10^15).
    """
    size = abs(number)
    if size >= LARGEST:
        raise ValueError(f"too large to be read: {number}")
    if not number:
        return ONES[0] if lang == "en" else DIGITS[0]
    if lang == "en":
        parts = ["minus"] if number < 0 else []
        for scale, name in EN_SCALES:
            group, size = divmod(size, scale)
            hundreds, rest = divmod(group, 100)
            tens, ones = divmod(rest, 10)
            parts += [ONES[hundreds], "hundred"] if hundreds else []
            if rest:
                below = TENS[tens] + (f"-{ONES[ones]}" if ones else "")
                parts.append(ONES[rest] if rest < 20 else below)
            parts += [name] if group and name else []
        return " ".join(parts)
    billions, rest = divmod(size, BILLION)
    parts = [*_below_billion(billions, first=True), "tỷ"] if billions else []
    parts += _below_billion(rest, first=not billions)
    return " ".join(["âm", *parts] if number < 0 else parts)


def money_words(amount: int, lang: str = "vi", unit: str = "đồng") -> str:
    """An amount in words with its unit, the first letter in upper case: ``Một triệu đồng``."""
    text = f"{words(amount, lang)} {unit}"
    return text[0].upper() + text[1:]


def _below_billion(number: int, *, first: bool) -> list[str]:
    """The words of a number below 10^9; ``first``: nothing was read before it. A group of three
    digits that is not the first one says its hundreds even if there are none."""
    parts: list[str] = []
    for size, scale in SCALES:
        group, number = divmod(number, size)
        if not group:
            continue
        hundreds, rest = divmod(group, 100)
        tens, ones = divmod(rest, 10)
        if hundreds or parts or not first:
            parts += [DIGITS[hundreds], "trăm"]
            parts += ["lẻ"] if ones and not tens else []
        if tens:
            parts += ["mười"] if tens == 1 else [DIGITS[tens], "mươi"]
        if ones == 5 and tens:
            parts.append("lăm")
        elif ones == 1 and tens > 1:
            parts.append("mốt")
        elif ones:
            parts.append(DIGITS[ones])
        parts += [scale] if scale else []
    return parts
