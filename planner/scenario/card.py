"""How a scenario shows itself in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner import cards
from planner.messages import say
from planner.messages.numbers import grouped, money
from planner.scenario.schema import GROUPS

if TYPE_CHECKING:
    from planner.scenario.scenario import Scenario


def scenario_card(scenario: Scenario) -> str:
    """Title, sizes, schools by group and money by fund and year, as HTML."""
    lang, settings = cards.language(), scenario.settings
    schools = scenario.schools
    own = schools["pupils"].where(schools["level"] != "office", 0)  # an office's are others' too
    first, last = settings.years
    facts = [
        ("card.schools", grouped(len(schools), lang)),
        ("card.pupils", grouped(int(own.sum()), lang)),
        ("card.items", grouped(len(scenario.table("catalogue")), lang)),
        ("card.years", f"{first}–{last}"),
    ]
    sizes = [(g, schools["group"] == g) for g in GROUPS]
    groups = [
        (say(f"label.group.{g}", lang), grouped(int(at.sum()), lang),
         grouped(int(own[at].sum()), lang))
        for g, at in sizes if at.any()
    ]  # fmt: skip
    heads = [say(f"card.{k}", lang) for k in ("group", "schools", "pupils")]
    badge = say("label.illustrative", lang) if settings.illustrative else scenario.id
    return cards.card(
        settings.title.say(lang),
        badge,
        cards.tiles((say(code, lang), text) for code, text in facts),
        cards.table(heads, groups),
        _funds(scenario, lang),
    )


def _funds(scenario: Scenario, lang: str) -> str:
    settings = scenario.settings
    years = list(settings.plan_years)
    rows = []
    for name, fund in settings.funds.items():
        if fund.role != "general":
            continue
        given = settings.amounts(fund)
        shown = [money(given.get(y, 0), lang, settings.currency) for y in years]
        rows.append((fund.name.say(lang) if fund.name else name, *shown))
    return cards.table([say("card.fund", lang), *map(str, years)], rows) if rows else ""
