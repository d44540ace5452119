"""``planner check`` as text: what was understood, and the rules in words."""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.analysis.understood import Understood
from planner.messages import say, sentences
from planner.messages.numbers import grouped
from planner.present.rule_words import (
    locks_in_words,
    rule_in_words,
    skipped_in_words,
    stated_in_words,
)
from planner.present.typography import table, wrap
from planner.scenario.scenario import Scenario

WIDTH = 100
"""Columns of text."""


def text(found: Understood, scenario: Scenario, lang: str) -> str:
    """The whole report."""
    settings = scenario.settings
    parts = [say("check_sound", lang, title=settings.title.say(lang))]
    if settings.illustrative:
        parts.append(say("check_illustrative", lang))
    parts += _schools(found, lang) + _items(found, scenario, lang)
    parts += _money(found, scenario, lang) + _upkeep(found, scenario, lang)
    parts += _request_points(scenario, lang)
    rules = [rule_in_words(scenario, name, lang) for name in settings.rules]
    rules += skipped_in_words(scenario, lang) + stated_in_words(scenario, lang)
    if rules:
        parts += ["", say("check_rules", lang)]
        for rule in rules:
            parts += wrap(rule, WIDTH)
    if locks := locks_in_words(scenario, lang):
        parts += ["", locks[0], *(f"  {line}" for line in locks[1:])]
    norms, all_norms = found.unverified["norms"]
    prices, all_prices = found.unverified["catalogue"]
    if norms or prices:
        parts += [
            "",
            say(
                "check_unverified",
                lang,
                norms=norms,
                all_norms=all_norms,
                prices=prices,
                all_prices=all_prices,
            ),
        ]
    return "\n".join(parts)


def _request_points(scenario: Scenario, lang: str) -> list[str]:
    """What the office's points are multiplied by, where any group's weight is not 1."""
    asking = scenario.schools[scenario.schools["school"].isin(scenario.table("requests")["school"])]
    weights = scenario.settings.priority.weights
    parts = [
        f"{label(group, lang)} × {grouped(weights[group].normalize(), lang)}"
        for group in dict.fromkeys(asking["group"])
        if weights.get(group, 1) != 1
    ]
    if not parts:
        return []
    return ["", *wrap(say("check_request_points", lang, weights=", ".join(parts)), WIDTH, "")]


def label(value: str, lang: str) -> str:
    """A closed list's entry as a person says it."""
    pair = sentences().get(f"value.{value}")
    return (pair.en if lang == "en" else pair.vi) if pair else value


def _schools(found: Understood, lang: str) -> list[str]:
    heads = [
        say("column.group", lang),
        say("column.level", lang),
        say("check_head_schools", lang),
        say("column.pupils", lang),
    ]
    rows = [
        [
            label(r.group, lang),
            label(r.level, lang),
            grouped(int(r.schools), lang),
            grouped(int(r.pupils), lang),
        ]
        for r in _rows(found.schools)
    ]
    own = found.schools[found.schools["level"] != "office"]
    rows.append(
        [
            say("check_head_total", lang),
            say("check_without_offices", lang),
            grouped(int(own["schools"].sum()), lang),
            grouped(int(own["pupils"].sum()), lang),
        ]
    )
    return ["", say("check_schools", lang), *_table(heads, rows, 2)]


def _items(found: Understood, scenario: Scenario, lang: str) -> list[str]:
    if found.items.empty:
        return []
    codes = ("need", "stock", "short", "cost")
    heads = [say("table.catalogue", lang), *(say(f"check_head_{c}", lang) for c in codes)]
    rows = [
        [scenario.items[r.item].label(lang), *(grouped(int(getattr(r, c)), lang) for c in codes)]
        for r in _rows(found.items)
    ]
    title = say("check_items", lang, year=str(scenario.settings.years[0]))
    return ["", title, *_table(heads, rows, 1)]


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples(index=False))


def _fund(name: str, scenario: Scenario, lang: str) -> str:
    if not name:
        return say("check_nobody", lang)
    text = scenario.settings.funds[name].name
    return text.say(lang) if text else name


def _money(found: Understood, scenario: Scenario, lang: str) -> list[str]:
    heads = [
        say("table.funds", lang),
        say("column.year", lang),
        say("column.amount", lang),
        say("check_head_usable", lang),
    ]
    rows = [
        [
            _fund(r.fund, scenario, lang),
            str(r.year),
            grouped(int(r.amount), lang),
            grouped(int(r.usable), lang),
        ]
        for r in _rows(found.money)
    ]
    return ["", say("check_money", lang), *_table(heads, rows, 1)]


def _upkeep(found: Understood, scenario: Scenario, lang: str) -> list[str]:
    if found.upkeep.empty:
        return []
    heads = [say("table.funds", lang), say("column.year", lang), say("column.amount", lang)]
    rows = [
        [_fund(r.fund, scenario, lang), str(r.year), grouped(int(r.amount), lang)]
        for r in _rows(found.upkeep)
    ]
    return ["", say("check_upkeep", lang), *_table(heads, rows, 1)]


def _table(heads: list[str], rows: list[list[str]], words: int) -> list[str]:
    return table(heads, rows, WIDTH, words=words)
