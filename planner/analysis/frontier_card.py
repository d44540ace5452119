"""How a frontier shows itself in a notebook, and the sentences it is told with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from planner import cards
from planner.messages import say
from planner.messages.numbers import money, percent, pupil_years, rounded

if TYPE_CHECKING:
    from planner.analysis.frontier import Frontier

COLOUR = "#0072B2"


def title_of(frontier: Frontier, lang: str) -> str:
    """What is traced, by the name that people know."""
    name = frontier.path.name
    fund = frontier.scenario.settings.funds.get(name)
    if frontier.path.axis == "money":
        known = fund.name.say(lang) if fund is not None and fund.name else name
        name = say("frontier.all", lang) if name == "all" else known
    return say(f"frontier.title.{frontier.path.axis}", lang, name=name)


def next_sentence(frontier: Frontier, lang: str) -> str:
    """«The next 1 tỷ buys …»; empty where it is not known."""
    more = frontier.next_billion
    if more is None:
        return ""
    currency = frontier.scenario.settings.currency
    whole = round(more["money"])
    shown = {"vi": "1 tỷ đồng", "en": "1 billion VND"}[lang] if currency == "VND" else ""
    return say(
        "frontier.next", lang, money=shown or money(whole, lang, currency),
        people=pupil_years(more["people"], lang), value=rounded(more["value"], 1, lang),
        low=rounded(more["value_at_least"], 1, lang), high=rounded(more["value_at_most"], 1, lang),
    )  # fmt: skip


def rows_of(frontier: Frontier, lang: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the table that people read."""
    axis = frontier.path.axis
    heads = ["change", "money"] if axis == "money" else ["bound"]
    heads += ["status", "value", "people", "coverage", "lowest", "gini"]
    rows = []
    for row in frontier.table.to_dict("records"):
        cells = _place(frontier, row, lang)
        if row["error"]:
            cells += [str(row["error"])[:60], *["–"] * 5]
        else:
            cells += [say(f"label.status.{row['status']}", lang), *_numbers(row, lang)]
        rows.append(cells)
    return [say(f"frontier.{h}", lang) for h in heads], rows


def _place(frontier: Frontier, row: dict[str, Any], lang: str) -> list[str]:
    if frontier.path.axis != "money":
        return [rounded(float(row["at"]), 3, lang)]
    currency = frontier.scenario.settings.currency
    sign = "+" if row["at"] > 0 else ""
    change = sign + percent(float(row["at"]), 1, lang)
    return [change, money(round(row["x"]), lang, currency)]


def _numbers(row: dict[str, Any], lang: str) -> list[str]:
    def shown(name: str, digits: int) -> str:
        value = row.get(name)
        if value is None or not math.isfinite(value):
            return "–"
        return rounded(round(float(value), 6), digits, lang)

    def share(name: str) -> str:
        value = row.get(name)
        known = value is not None and math.isfinite(value)
        return percent(float(value), 1, lang) if known and value is not None else "–"

    numbers = [shown("value", 1), shown("people", 0), share("coverage")]
    return [*numbers, share("lowest"), shown("gini", 3)]


def frontier_card(frontier: Frontier) -> str:
    """The sentence on the next tỷ, and a row a point."""
    lang = cards.language()
    heads, rows = rows_of(frontier, lang)
    bars: list[list[str | cards.Bar]] = [list(row) for row in rows]
    at = heads.index(say("frontier.coverage", lang))
    for cells, row in zip(bars, frontier.table.to_dict("records"), strict=True):
        value = row.get("coverage")
        if value is not None and math.isfinite(value):
            cells[at] = cards.Bar(float(value), float(value), str(cells[at]), COLOUR)
    count = say("frontier.points", lang, count=len(rows))
    sentence = next_sentence(frontier, lang)
    parts = [cards.note(sentence)] if sentence else []
    return cards.card(title_of(frontier, lang), count, *parts, cards.table(heads, bars))
