"""How a result shows itself in a notebook."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner import cards
from planner.messages import say
from planner.messages.numbers import grouped, money, percent, pupil_years, rounded
from planner.scenario.schema import GROUPS

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.result import Result

COLOURS = dict(zip(GROUPS, ("#0072B2", "#E69F00", "#009E73", "#CC79A7"), strict=True))


def result_card(result: Result) -> str:
    """Status, value with its proof, money, and coverage by group before and after."""
    lang, scenario = cards.language(), result.scenario
    status = say(f"label.status.{result.status}", lang)
    facts = [(say("card.status", lang), status)]
    if math.isfinite(result.value):
        gap = percent(result.gap, 2, lang) if math.isfinite(result.gap) else "–"
        facts.append((say("card.value", lang, gap=gap), rounded(result.value, 1, lang)))
    parts = []
    if result.maybe_plan is not None:
        spent = money(result.plan.spent, lang, scenario.settings.currency)
        facts.append((say("card.people", lang), pupil_years(result.people, lang)))
        facts.append((say("card.spent", lang), spent))
        parts.append(coverage_table(result.plan, lang))
    elif result.relaxation is not None:
        parts.append(cards.note(say("card.relaxed", lang)))
    seconds = say("card.seconds", lang, seconds=rounded(result.seconds, 1, lang))
    badge = say("label.illustrative", lang) if scenario.settings.illustrative else scenario.id
    title = scenario.settings.title.say(lang)
    return cards.card(title, badge, cards.tiles(facts), *parts, cards.note(seconds))


def coverage_table(plan: Plan, lang: str) -> str:
    """Coverage by group: schools, money, a bar from before to after."""
    schools, currency = plan.schools, plan.scenario.settings.currency
    rows = []
    for group in GROUPS:
        mine = schools[schools["group"] == group]
        known = mine[mine["coverage_after"].notna()]
        if known.empty:
            continue
        before, after = (float(known[f"coverage_{w}"].mean()) for w in ("before", "after"))
        text = f"{percent(before, 0, lang)} → {percent(after, 0, lang)}"
        amount = int(mine["spent"].sum() + mine["proposed"].sum())
        rows.append(
            (
                say(f"label.group_short.{group}", lang),
                grouped(len(mine), lang),
                money(amount, lang, currency),
                cards.Bar(before, after, text, COLOURS[group]),
            )
        )
    heads = [say(f"card.{k}", lang) for k in ("group", "schools", "amount", "coverage")]
    return cards.table(heads, rows)
