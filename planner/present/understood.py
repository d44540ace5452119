"""``planner check`` as text: what was understood, and the rules in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.analysis.understood import Understood
from planner.messages import say, sentences
from planner.messages.numbers import grouped, percent
from planner.present.locks import locks_in_words
from planner.present.text_table import table
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Rule, Share

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
    if settings.rules:
        parts += ["", say("check_rules", lang)]
        parts += ["  " + rule_in_words(n, r, lang) for n, r in settings.rules.items()]
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


def rule_in_words(name: str, rule: Rule, lang: str) -> str:
    """A rule of the scenario as one sentence."""
    bounds = [
        say(f"rule_{kind}", lang, bound=_bound(getattr(rule, kind), rule, lang))
        for kind in ("at_least", "at_most", "exactly")
        if getattr(rule, kind) is not None
    ]
    each = ", ".join(_key(k, lang) for k in rule.for_each)
    return say(
        "rule_says",
        lang,
        name=name,
        firmness=label(rule.firmness, lang).lower(),
        measure=label(rule.measure, lang).lower(),
        where=say("rule_where", lang, where=where_in_words(rule.where, lang)) if rule.where else "",
        each=say("rule_each", lang, each=each) if each else "",
        bounds=say("rule_and", lang).join(bounds),
    )


def _bound(bound: Any, rule: Rule, lang: str) -> str:
    if not isinstance(bound, Share):
        return percent(bound, 1, lang) if rule.measure == "coverage" else grouped(bound, lang)
    share = percent(bound.share, 1, lang)
    if bound.of == "budget":
        return say("rule_share_of_budget", lang, share=share)
    if not bound.of:
        return say("rule_share_of_all", lang, share=share)
    return say("rule_share_of_where", lang, share=share, where=where_in_words(bound.of, lang))


def where_in_words(where: Mapping[str, Any], lang: str) -> str:
    """A selection as people say it."""
    parts = []
    for key, value in where.items():
        values = value if isinstance(value, list) else [value]
        parts.append(f"{_key(key, lang)} = {' | '.join(label(str(v), lang) for v in values)}")
    return ", ".join(parts)


def _key(key: str, lang: str) -> str:
    pair = sentences().get(f"column.{key}")
    return (pair.en if lang == "en" else pair.vi).lower() if pair else key
