"""Whole numbers in words, as an amount is written under a table («Bằng chữ»).

Vietnamese: groups of three digits with nghìn, triệu, tỷ; above a thousand tỷ the count of tỷ is
itself read as a number (một nghìn hai trăm ba mươi bốn tỷ). A group after the first one is read
in full, «không trăm» and «lẻ» included; a group of zeros is silent.
"""

from __future__ import annotations

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
    if abs(number) >= LARGEST:
        raise ValueError(f"too large to be read: {number}")
    if lang == "en":
        return ("minus " if number < 0 else "") + _english(abs(number))
    return ("âm " if number < 0 else "") + _vietnamese(abs(number))


def money_words(amount: int, lang: str = "vi", unit: str = "đồng") -> str:
    """An amount in words with its unit, the first letter in upper case: ``Một triệu đồng``."""
    text = f"{words(amount, lang)} {unit}"
    return text[0].upper() + text[1:]


def _vietnamese(number: int) -> str:
    if number == 0:
        return DIGITS[0]
    billions, rest = divmod(number, BILLION)
    parts = [_below_billion(billions, first=True), "tỷ"] if billions else []
    if rest:
        parts.append(_below_billion(rest, first=not billions))
    return " ".join(parts)


def _below_billion(number: int, *, first: bool) -> str:
    """The groups of a number below 10^9; ``first``: nothing was read before it."""
    parts: list[str] = []
    for size, scale in SCALES:
        group, number = divmod(number, size)
        if group:
            parts += [_group(group, first=first and not parts), scale]
    return " ".join(p for p in parts if p)


def _group(number: int, *, first: bool) -> str:
    """Three digits; a group that is not the first one says its hundreds even if none."""
    hundreds, rest = divmod(number, 100)
    parts = [] if first and not hundreds else [DIGITS[hundreds], "trăm"]
    tens, ones = divmod(rest, 10)
    if not rest:
        return " ".join(parts)
    if tens == 0:
        parts += ["lẻ", DIGITS[ones]] if parts else [DIGITS[ones]]
        return " ".join(parts)
    parts += ["mười"] if tens == 1 else [DIGITS[tens], "mươi"]
    if ones == 5:
        parts.append("lăm")
    elif ones == 1 and tens > 1:
        parts.append("mốt")
    elif ones:
        parts.append(DIGITS[ones])
    return " ".join(parts)


def _english(number: int) -> str:
    if number == 0:
        return ONES[0]
    parts = []
    for size, scale in EN_SCALES:
        group, number = divmod(number, size)
        if group:
            parts += [_english_group(group), scale]
    return " ".join(p for p in parts if p)


def _english_group(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    parts = [ONES[hundreds], "hundred"] if hundreds else []
    if rest:
        tens, ones = divmod(rest, 10)
        if rest < 20:
            parts.append(ONES[rest])
        else:
            parts.append(TENS[tens] + (f"-{ONES[ones]}" if ones else ""))
    return " ".join(parts)
