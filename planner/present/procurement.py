"""Procurement thresholds by date, with source (domain.md §3.4–3.5).

A bracket whose limits are not verified names no method: the documents print «chưa đối chiếu».
"""

from __future__ import annotations

from dataclasses import dataclass

BILLION = 10**9
MILLION = 10**6


@dataclass(frozen=True)
class Bracket:
    """Amounts above the bracket before and up to ``most`` (None: no limit)."""

    most: int | None
    method: str
    """Code of the method; empty: not verified."""


@dataclass(frozen=True)
class Regime:
    """Brackets in force from ``start`` (YYYY-MM-DD) for one nature of money."""

    start: str
    nature: str
    brackets: tuple[Bracket, ...]
    source: str


LAW_2013 = "Luật 43/2013/QH13, Nghị định 63/2014/NĐ-CP"
LAW_2023 = "Luật 22/2023/QH15, Điều 24"
LAW_2024 = "Luật 57/2024/QH15"
DECREE_2025 = "Nghị định 214/2025/NĐ-CP, khoản 4 Điều 78"
UNKNOWN = (Bracket(None, ""),)

REGIMES: tuple[Regime, ...] = tuple(
    Regime(start, nature, brackets, source)
    for start, source, by_nature in (
        ("1900-01-01", LAW_2013, {"capital": UNKNOWN, "recurrent": UNKNOWN}),
        (
            "2024-01-01",
            LAW_2023,
            dict.fromkeys(
                ("capital", "recurrent"), (Bracket(5 * BILLION, ""), Bracket(None, "open"))
            ),
        ),
        ("2025-01-15", LAW_2024, {"capital": UNKNOWN, "recurrent": UNKNOWN}),
        (
            "2025-08-04",
            DECREE_2025,
            {
                "recurrent": (Bracket(500 * MILLION, "direct"), Bracket(None, "")),
                "capital": (Bracket(2 * BILLION, "direct"), Bracket(None, "")),
            },
        ),
    )
    for nature, brackets in by_nature.items()
)
"""2024: the direct limit was not found. 15/01/2025: the entry date is from memory. From
04/8/2025 the source read gives the direct limits only; that competitive shopping goes above
5 billion is inferred from one package, so nothing above the direct limit is named."""

OUTLINE_FROM = "2020-04-09"
OUTLINE_UNTIL = "2024-07-10"
"""Nghị định 82/2024 may have changed the limits of Thông tư 03/2020: not verified from then."""
OUTLINE_ABOVE = 200 * MILLION
PROJECT_ABOVE = 15 * BILLION


def regime(date: str, nature: str) -> Regime:
    """The thresholds in force on a date."""
    return [r for r in REGIMES if r.nature == nature and r.start <= date][-1]


def method(amount: int, date: str, nature: str) -> tuple[str, str]:
    """Code of the method (empty: not verified) and its source."""
    found = regime(date, nature)
    for bracket in found.brackets:
        if bracket.most is None or amount <= bracket.most:
            return bracket.method, found.source
    return "", found.source


def changes(year: int, date: str) -> str:
    """Date in ``year`` after ``date`` from which other thresholds apply; empty: none."""
    later = [r.start for r in REGIMES if r.start > date and r.start[:4] == str(year)]
    return min(later, default="")


def dossier(amount: int, date: str, nature: str) -> str:
    """Code of the dossier that follows: ``none``, ``outline``, ``project``; empty: unverified."""
    if nature != "recurrent" or not OUTLINE_FROM <= date < OUTLINE_UNTIL:
        return ""
    if amount > PROJECT_ABOVE:
        return "project"
    return "outline" if amount > OUTLINE_ABOVE else "none"
