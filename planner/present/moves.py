"""What may be moved of a scenario: the list behind the sliders and switches of a page.

A row a thing; its ``key`` is what ``--set``, ``overrides`` and :meth:`Scenario.with_` take. Ends
and steps are what a slider needs: the schema allows more, and whoever types it is told so by
:func:`planner.check`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from planner.messages import language, say
from planner.present.content import fund_name
from planner.present.rule_words import rule_sentence, rule_title, value_in_words
from planner.scenario.load import load
from planner.scenario.measures import MEASURES
from planner.scenario.scenario import Scenario
from planner.scenario.schema import GROUPS, MOST_MONEY, MOST_POINTS, Fund, Rule, Share
from planner.solving.solution import Sink, Stop, stoppable
from planner.vocabulary.axes import general_funds

COLUMNS = (
    "key", "kind", "label", "unit", "now", "least", "most", "step", "choices", "fund", "year",
    "rule",
)  # fmt: skip
TWICE = 2
"""How many times what is now a slider reaches."""
STEPS = 100
"""Steps of a slider, at the least."""
FEWEST_POINTS = 10
"""The most points of a group where all have less."""
MOST_GROUP = 100
"""Points of a group of criteria, where a slider of measured points ends."""
UNITS = 100
"""Where a slider of units or of points for a miss ends that has nought now."""
LOSS = {"money": Decimal("0.00005")}
"""Points lost that are offered where a rule becomes a wish: per minor unit of money; of a
percentage point, a unit, a measured point, a school or a request a hundred."""
WHOLE = ("money", "units", "count", "schools")
"""Units of which there are no parts."""

Row = dict[str, Any]


@stoppable
def moves(
    scenario: Scenario | str | Path,
    *,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> pd.DataFrame:
    """What a planner may move of a scenario, in the order of a page.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A loaded scenario or a path.
    progress, stop
        As for :func:`planner.load`.
    lang : str, optional
        ``vi`` or ``en``: the language of ``label`` and of the words in ``choices``.

    Returns
    -------
    DataFrame
        One row a thing:

        ======= ====== ==========================================================================
        column  dtype  meaning
        ======= ====== ==========================================================================
        key     str    what ``overrides`` and ``Scenario.with_`` take
        kind    str    ``money``, ``reserve``, ``carry_over``, ``price_level``, ``discount``,
                       ``priority``, ``weight``, ``tidy``, ``rule_on``, ``rule_bound``,
                       ``firmness``, ``rule_price``
        label   str    in words; of ``rule_on`` the rule's sentence
        unit    str    ``money`` (minor units), ``share`` (0–1), ``points``, ``units``, ``count``;
                       empty for choices
        now     object a number, a choice, or ``None``: there is none
        least   object the left end of a slider; the first of the choices
        most    object the right end; the last of the choices
        step    object what a slider moves by, and what is now is a multiple of; ``None``: a choice
        choices object dict of value → words; empty for numbers
        fund    str    whose money it is; else empty
        year    Int64  of which year; else missing
        rule    str    name of the rule; else empty
        ======= ====== ==========================================================================

        A rule is switched off by ``{key: None}`` and on again by leaving its ``rule_on`` out; its
        other rows say nothing while it is off. ``firmness`` ``wish`` needs a ``rule_price`` too.

    Raises
    ------
    InputError
        Where the scenario cannot be used.

    Examples
    --------
    >>> import planner
    >>> found = planner.moves("scenarios/three-schools", lang="en")
    >>> found.loc[1, ["key", "label", "now", "most", "step"]].tolist()[1:]
    ['Money of district, 2026', 60000000, 200000000, 1000000]
    >>> less = planner.load("scenarios/three-schools", {found["key"][1]: 50_000_000})
    >>> less.settings.funds["district"].amounts
    {2025: 100000000, 2026: 50000000}
    """
    known = load(scenario) if isinstance(scenario, (str, Path)) else scenario
    rows = [*_money(known), *_whole(known), *_rules(known)]
    made = [_row(**row) for row in rows]
    frame = pd.DataFrame({c: pd.Series([r[c] for r in made], dtype="object") for c in COLUMNS})
    kinds = dict.fromkeys(("key", "kind", "label", "unit", "fund", "rule"), "str")
    objects = dict.fromkeys(("now", "least", "most", "step", "choices"), "object")
    return frame.astype(kinds | objects | {"year": "Int64"})


def _row(
    key: str, kind: str, label: str, unit: str = "", *, now: Any = None, most: Any = None,
    choices: Mapping[Any, str] | None = None, **where: Any,
) -> Row:  # fmt: skip
    """A row; numbers as whole ones where they are whole, else as floats."""
    row = {"key": key, "kind": kind, "label": label, "unit": unit, "fund": "", "rule": ""}
    if choices is not None:
        first, *_, last = choices
        ends = {"now": now, "least": first, "most": last, "step": None}
        return row | ends | {"choices": dict(choices), "year": pd.NA} | where
    at, end = Decimal(str(now or 0)), Decimal(str(most))
    step = max(_step(at, end), Decimal(unit in WHOLE))
    numbers = {"least": 0, "most": _number(-(-end // step) * step), "step": _number(step)}
    said = None if now is None else _number(at)
    return row | numbers | {"now": said, "choices": {}, "year": pd.NA} | where


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _step(now: Decimal, most: Decimal) -> Decimal:
    """The largest power of ten that is a hundredth of the way at most and divides what is now."""
    power = math.floor(math.log10(most / STEPS)) if most > 0 else 0
    while now % Decimal(10) ** power:
        power -= 1
    return Decimal(10) ** power


def _word(code: str, **params: Any) -> str:
    return say(f"move.{code}", language(), **params)


def _chosen(*values: str) -> dict[str, str]:
    return {value: value_in_words(value, language()) for value in values}


def _money(scenario: Scenario) -> Iterator[Row]:
    """Of every fund with money of its own: the money of each year, what is kept back and what may
    be carried over."""
    for name, fund in general_funds(scenario).items():
        called = fund_name(scenario, name, language())
        amounts = scenario.settings.amounts(fund)
        largest = max(amounts.values(), default=0)
        for year, money in sorted(amounts.items()):
            most = min(max(TWICE * largest, STEPS), MOST_MONEY)
            yield {
                "key": f"funds.{name}.amounts.{year}", "kind": "money", "unit": "money",
                "label": _word("money", fund=called, year=str(year)), "now": money, "most": most,
                "fund": name, "year": year,
            }  # fmt: skip
        yield from _shares(name, fund, called)


def _shares(name: str, fund: Fund, called: str) -> Iterator[Row]:
    for kind in ("reserve", "carry_over"):
        yield {
            "key": f"funds.{name}.{kind}", "kind": kind, "unit": "share",
            "label": _word(kind, fund=called), "now": getattr(fund, kind), "most": 1, "fund": name,
        }  # fmt: skip


def _whole(scenario: Scenario) -> Iterator[Row]:
    """What is of the whole scenario: prices, the groups' rank and points, what tidying may give."""
    settings, lang = scenario.settings, language()
    yield {
        "key": "prices", "kind": "price_level", "label": _word("price_level"),
        "now": settings.prices, "choices": _chosen("low", "base", "high"),
    }  # fmt: skip
    yield {
        "key": "discount", "kind": "discount", "label": _word("discount"), "unit": "share",
        "now": settings.discount, "most": max(Decimal("0.2"), settings.discount),
    }  # fmt: skip
    rank = settings.priority
    yield {
        "key": "priority.mode", "kind": "priority", "label": _word("priority"),
        "now": rank.mode, "choices": _chosen("weighted", "strict", "maxmin"),
    }  # fmt: skip
    yield {
        "key": "priority.by", "kind": "priority", "label": _word("priority_by"),
        "now": rank.by, "choices": _chosen("tier", "whole"),
    }  # fmt: skip
    points = {group: rank.weights.get(group, Decimal(1)) for group in GROUPS}  # type: ignore[call-overload]
    most = min(max(TWICE * max(points.values()), FEWEST_POINTS), MOST_POINTS)
    for group, weight in points.items():
        yield {
            "key": f"priority.weights.{group}", "kind": "weight", "unit": "points",
            "label": _word("weight", group=say(f"label.group.{group}", lang)),
            "now": weight, "most": most,
        }  # fmt: skip
    yield {
        "key": "tidy.within", "kind": "tidy", "label": _word("tidy"), "unit": "share",
        "now": settings.tidy.within, "most": max(Decimal("0.05"), settings.tidy.within),
    }  # fmt: skip


def _rules(scenario: Scenario) -> Iterator[Row]:
    """Of every rule of the scenario's own: whether it holds, its bounds, how firm it is, and what
    missing it costs."""
    lang = language()
    for name, rule in scenario.settings.rules.items():
        key, title = f"rules.{name}", rule_title(scenario, name, lang)
        yield {
            "key": key, "kind": "rule_on", "label": rule_sentence(scenario, name, lang),
            "now": True, "choices": {False: _word("off"), True: _word("on")}, "rule": name,
        }  # fmt: skip
        for side in ("at_least", "at_most", "exactly"):
            bound = getattr(rule, side)
            if bound is not None:
                share = isinstance(bound, Share)
                now = bound.share if isinstance(bound, Share) else bound
                yield {
                    "key": f"{key}.{side}.share" if share else f"{key}.{side}",
                    "kind": "rule_bound", "label": _word(side, rule=title),
                    "unit": "share" if share else MEASURES[rule.measure].unit,
                    "now": now, "most": _farthest(scenario, rule, share, now), "rule": name,
                }  # fmt: skip
        yield {
            "key": f"{key}.firmness", "kind": "firmness", "label": _word("firmness", rule=title),
            "now": rule.firmness, "choices": _chosen("law", "policy", "wish"), "rule": name,
        }  # fmt: skip
        unit = MEASURES[rule.measure].unit
        lost = rule.price or LOSS.get(unit, Decimal(UNITS))
        yield {
            "key": f"{key}.price", "kind": "rule_price", "unit": "points", "rule": name,
            "label": _word("rule_price", rule=title, unit=say(f"rule.unit.{unit}", lang)),
            "now": rule.price, "most": TWICE * lost,
        }  # fmt: skip


def _farthest(scenario: Scenario, rule: Rule, share: bool, now: Decimal) -> Decimal:
    """Where the slider of a bound ends."""
    unit = MEASURES[rule.measure].unit
    if share or unit == "share":
        return max(Decimal(1), now)
    if unit == "points":
        return max(Decimal(MOST_GROUP), now)
    if unit == "schools":
        return max(Decimal(len(scenario.schools)), now)
    if unit == "count":
        return max(Decimal(scenario.table("requests")["request"].nunique()), now, Decimal(1))
    if now > 0:
        return min(TWICE * now, Decimal(MOST_MONEY))
    funds = general_funds(scenario).values()
    money = sum(sum(scenario.settings.amounts(fund).values()) for fund in funds)
    return Decimal(max(money, STEPS) if unit == "money" else UNITS)
