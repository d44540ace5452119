"""``planner check`` as text: what was understood, and the rules in words."""

from __future__ import annotations

from planner.analysis.unmet import Understood
from planner.messages.numbers import trimmed
from planner.present.content import Cells
from planner.present.rule_words import (
    locks_in_words,
    rule_in_words,
    skipped_in_words,
    stated_in_words,
    value_in_words,
)
from planner.present.terminal import Screen, wrap
from planner.scenario.scenario import Scenario


def text(found: Understood, scenario: Scenario, lang: str) -> str:
    """The whole report."""
    settings, s = scenario.settings, Screen(scenario, lang)
    parts = [s.word("check_sound", title=settings.title.say(lang))]
    if settings.illustrative:
        parts.append(s.word("check_illustrative"))
    parts += _tables(found, s) + _request_points(s)
    rules = [rule_in_words(scenario, name, lang) for name in settings.rules]
    rules += skipped_in_words(scenario, lang) + stated_in_words(scenario, lang)
    if rules:
        parts += ["", s.word("check_rules"), *(x for rule in rules for x in wrap(rule, s.width))]
    if locks := locks_in_words(scenario, lang):
        parts += ["", locks[0], *(f"  {line}" for line in locks[1:])]
    norms, all_norms = found.unverified["norms"]
    prices, all_prices = found.unverified["catalogue"]
    if norms or prices:
        counts = {"norms": norms, "all_norms": all_norms, "prices": prices}
        parts += ["", s.word("check_unverified", **counts, all_prices=all_prices)]
    return "\n".join(parts)


def _tables(found: Understood, s: Screen) -> list[str]:
    """Schools, needs, money, upkeep."""
    rows: list[Cells] = [
        (
            value_in_words(r.group, s.lang),
            value_in_words(r.level, s.lang),
            int(r.schools),
            int(r.pupils),
        )
        for r in found.schools.itertuples(index=False)
    ]
    own = found.schools[found.schools["level"] != "office"]
    sums = (int(own[c].sum()) for c in ("schools", "pupils"))
    rows.append((s.word("check_head_total"), s.word("check_without_offices"), *sums))
    shape = "column.group column.level check_head_schools:minor column.pupils:minor"
    lines = ["", s.word("check_schools"), *s.table("", shape, rows)]
    if not found.items.empty:
        codes = ("need", "stock", "short", "cost")
        rows = [
            (s.scenario.items[r.item].label(s.lang), *(int(getattr(r, c)) for c in codes))
            for r in found.items.itertuples(index=False)
        ]
        shape = " ".join(["table.catalogue", *(f"check_head_{c}:minor" for c in codes)])
        title = s.word("check_items", year=str(s.scenario.settings.years[0]))
        lines += ["", title, *s.table("", shape, rows)]
    for key, amounts in (("money", ("amount", "usable")), ("upkeep", ("amount",))):
        frame = getattr(found, key)
        if key == "upkeep" and frame.empty:
            continue
        rows = [
            (s.fund(r.fund) if r.fund else s.word("check_nobody"), str(r.year),
             *(int(getattr(r, c)) for c in amounts))
            for r in frame.itertuples(index=False)
        ]  # fmt: skip
        shape = "table.funds column.year:number column.amount:minor"
        shape += " check_head_usable:minor" * ("usable" in amounts)
        lines += ["", s.word(f"check_{key}"), *s.table("", shape, rows)]
    return lines


def _request_points(s: Screen) -> list[str]:
    """What the office's points are multiplied by, where any group's weight is not 1."""
    schools = s.scenario.schools
    asking = schools[schools["school"].isin(s.scenario.table("requests")["school"])]
    weights = s.scenario.settings.priority.weights
    parts = [
        f"{value_in_words(group, s.lang)} × {trimmed(weights[group], s.lang)}"
        for group in dict.fromkeys(asking["group"])
        if weights.get(group, 1) != 1
    ]
    return ["", *s.say("check_request_points", "", weights=", ".join(parts))] if parts else []
