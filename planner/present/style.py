"""What all figures and the summary share: colours, money scales, number formats, fonts."""

from __future__ import annotations

from collections.abc import Iterable
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
