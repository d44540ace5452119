"""What all figures and the summary share: colours, money scales, number formats, fonts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from planner.messages import say
from planner.messages.numbers import minor_digits, rounded

GROUP_COLOURS = {
    "completed": "#0072B2",
    "under_construction": "#E69F00",
    "preparing": "#009E73",
    "none": "#CC79A7",
}
"""Okabe–Ito: told apart with every common form of colour blindness."""
KIND_COLOURS = {
    "purchases": "#0072B2",
    "setup": "#56B4E9",
    "requests": "#CC79A7",
    "upkeep": "#999999",
    "instalment": "#0072B2",
    "carried_out": "#F0E442",
    "lapsed": "#D55E00",
    "reserve": "#FFFFFF",
}
ORIGIN_COLOURS = {"stock": "#999999", "plan": "#E69F00", "proposal": "#009E73"}
INK = "#222222"
QUIET = "#6B6B6B"

RC: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.titlesize": 11.0,
    "axes.labelsize": 9.0,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "axes.axisbelow": True,
    "hatch.linewidth": 0.6,
    "figure.dpi": 150.0,
    "savefig.dpi": 150.0,
    "text.hinting": "no_hinting",
    "svg.hashsalt": "planner",
    "svg.fonttype": "path",
    "text.parse_math": False,
    "text.usetex": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}
"""Settings under which figures are made and saved: the same bytes whatever the user's own.
Without hinting a text takes the same part of the width at every resolution."""


@dataclass(frozen=True)
class MoneyScale:
    """Money in readable units: ``amount`` minor units ÷ ``divisor``, shown with ``digits``."""

    divisor: int
    unit: str
    digits: int
    lang: str

    def number(self, amount: int) -> str:
        """The amount as a number of this unit (without the unit)."""
        return rounded(Decimal(int(amount)) / self.divisor, self.digits, self.lang)

    def text(self, amount: int) -> str:
        """The amount with its unit."""
        return f"{self.number(amount)} {self.unit}"

    def value(self, amount: float) -> float:
        """The amount as a coordinate on an axis."""
        return float(amount) / self.divisor


def money_scale(
    amounts: Iterable[int], currency: str, lang: str, *, most: int = 9, digits: int = 1
) -> MoneyScale:
    """The unit in which the largest of ``amounts`` reads well.

    ``most`` caps the unit's power of ten (6: never above millions, as tables like it).
    """
    largest = max((abs(int(a)) for a in amounts), default=0)
    base = minor_digits(currency)
    powers = (9, 6) if currency == "VND" else (9, 6, 3)
    for power in powers:
        if power <= most and largest >= 10 ** (base + power):
            break
    else:
        power = 0
    if power == most < 9 and largest >= 10 ** (base + power + 7):
        power, digits = most + 3, max(digits, 1)
    family = "vnd" if currency == "VND" else "other"
    unit = say(f"label.money.{family}.{power}", lang, currency=currency)
    shown = digits if power else base
    return MoneyScale(10 ** (base + power), unit, shown, lang)


def short(text: str, most: int) -> str:
    """``text`` cut to ``most`` characters, with an ellipsis where something was cut."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip(" ,;.(") + "…"


def illustrative(plan_title: str, lang: str) -> str:
    """«Dữ liệu minh họa», unless the title says so already."""
    note = say("label.illustrative", lang)
    return "" if note.casefold() in plan_title.casefold() else note


# --------------------------------------------------------------------------------------------------
# Plain text that lines up on any console: display widths, wrapping, aligned tables.
#
# Text is normalised to NFC first, so that a Vietnamese letter takes one column whatever way it
# was typed; combining marks take none, East Asian wide characters two.


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
    heads = [(wrap(clean(h), max(widths[k], 7), "") or [""]) for k, h in enumerate(header)]
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


# --------------------------------------------------------------------------------------------------
# Whole numbers in words, as an amount is written under a table («Bằng chữ»).
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
