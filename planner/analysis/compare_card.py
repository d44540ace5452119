"""How a comparison shows itself in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner import cards
from planner.analysis.changes import by_weight
from planner.messages import say
from planner.messages.numbers import money, percent, pupil_years, rounded

if TYPE_CHECKING:
    from planner.analysis.compare import Comparison

MOST = 12
"""Lines shown; the biggest differences first."""


def comparison_card(comparison: Comparison) -> str:
    """Plans side by side, coverage by group, and the lines that differ most."""
    lang = cards.language()
    title = say("compare.title", lang, name=comparison.reference.name)
    if comparison.empty:
        return cards.card(title, "", cards.note(say("compare.same", lang)))
    return cards.card(
        title,
        say("compare.count", lang, count=len(comparison.lines)),
        _plans(comparison, lang),
        _coverage(comparison, lang),
        _lines(comparison, lang),
    )


def _plans(comparison: Comparison, lang: str) -> str:
    currency = comparison.reference.plan.scenario.settings.currency
    rows = [
        (
            str(row["plan"]),
            say(f"label.status.{row['status']}", lang),
            rounded(float(row["value"]), 1, lang),
            pupil_years(float(row["people"]), lang),
            money(int(row["spent"]), lang, currency),
        )
        for row in comparison.summary.to_dict("records")
    ]
    heads = [say(f"compare.{k}", lang) for k in ("plan", "status", "value", "people", "spent")]
    return cards.table(heads, rows, words=2)


def _coverage(comparison: Comparison, lang: str) -> str:
    rows = [
        (
            str(row["plan"]),
            say(f"label.group_short.{row['group']}", lang),
            percent(float(row["after_reference"]), 1, lang),
            percent(float(row["after"]), 1, lang),
            signed(float(row["difference"]) * 100, lang),
        )
        for row in comparison.coverage.dropna(subset=["difference"]).to_dict("records")
    ]
    heads = ["plan", "group", "coverage_reference", "coverage", "points"]
    return cards.table([say(f"compare.{k}", lang) for k in heads], rows, words=2)


def signed(value: float, lang: str, digits: int = 1) -> str:
    """A number with its sign; nothing much is ``0``."""
    text = rounded(abs(value), digits, lang)
    if not text.strip("0.,"):
        return "0"
    return ("+" if value > 0 else "−") + text


def _lines(comparison: Comparison, lang: str) -> str:
    lines = by_weight(comparison.lines)
    currency = comparison.reference.plan.scenario.settings.currency
    rows = [
        (
            str(row["plan"]),
            str(row["school"]),
            str(row["item"] or row["request"]),
            say(f"compare.change.{row['change']}", lang),
            say(f"compare.cause.{row['cause']}", lang),
            money(int(row["difference"]), lang, currency).replace("-", "−"),
        )
        for row in lines.head(MOST).to_dict("records")
    ]
    heads = ["plan", "school", "item", "change", "cause", "difference"]
    shown = cards.table([say(f"compare.{k}", lang) for k in heads], rows, words=5)
    rest = len(comparison.lines) - len(rows)  # upkeep is counted, not shown
    return shown + (cards.note(say("compare.more", lang, count=rest)) if rest > 0 else "")
