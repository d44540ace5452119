"""Quantities decided beforehand, as sentences for summaries and documents."""

from __future__ import annotations

from planner.messages import say
from planner.messages.numbers import grouped
from planner.scenario.scenario import Scenario

MOST = 30
"""Locks that are told one by one; the table ``rules`` holds them all."""


def locks_in_words(scenario: Scenario, lang: str, most: int = MOST) -> list[str]:
    """One sentence that says how many there are, then one for each; nothing without locks."""
    locks = list(scenario.rows("locks"))
    if not locks:
        return []
    names = dict(zip(scenario.schools["school"], scenario.schools["name"], strict=True))
    asked = {(r.request, r.option): (names[r.school], r.title) for r in scenario.rows("requests")}
    lines = [say("locks_head", lang, count=len(locks))]
    for lock in locks[:most]:
        if lock.request:
            school, title = asked[lock.request, lock.option]
            code = "locks_chosen" if lock.quantity else "locks_not_chosen"
            lines.append(say(code, lang, school=school, title=title))
            continue
        item = scenario.items[lock.item]
        fund = scenario.settings.funds.get(lock.fund or "")
        paid = [fund.name.say(lang) if fund.name else lock.fund] if fund is not None else []
        where = "".join(f", {part}" for part in [*paid, lock.year] if part)
        quantity, label = grouped(lock.quantity.normalize(), lang), item.label(lang)
        lines.append(
            say(
                "locks_purchase" if lock.fund and lock.year else "locks_total", lang,
                school=names[lock.school], item=label, where=where, quantity=quantity,
                unit=item.unit,
            )
        )  # fmt: skip
    if more := len(locks) - len(locks[:most]):
        lines.append(say("edit_more", lang, count=more))
    return lines
