"""``maxmin``: the lowest coverage that a plan leaves at a school which could still gain."""

from __future__ import annotations

from planner.audit.coverage import Tally
from planner.audit.decision import Decision, alive, service_start
from planner.audit.facts import Facts, School
from planner.audit.select import Eligibility
from planner.scenario.contracts import Item


def lowest_coverage(facts: Facts, decision: Decision, tally: Tally) -> float | None:
    """The lowest coverage (0–1) in the last plan year among the schools that a purchase, a
    contract or a request can still help then; ``None`` where there is none, or where the
    priority does not ask for it. Preparing schools are left out."""
    if facts.scenario.settings.priority.mode != "maxmin":
        return None
    funds, bringing = Eligibility(facts), _brought(facts, decision)
    found = []
    for school in facts.schools.values():
        weight, _, after = tally.final.get(school.id, (0.0, 0.0, 0.0))
        if school.preparing or weight <= 0:
            continue
        if any(_helps(facts, funds, bringing, school, i) for i in facts.items.values()):
            found.append(after / weight)
    return min(found, default=None)


def _brought(facts: Facts, decision: Decision) -> dict[tuple[str, str], list[int]]:
    """(school, item) → the years in which contracts and requests may bring it."""
    found: dict[tuple[str, str], list[int]] = {}
    for school, item, _, year in decision.committed:
        found.setdefault((school, item), []).append(year)
    for option in decision.options.values():
        for item, quantity, year in option.items:
            if quantity > 0:
                found.setdefault((option.school.id, item), []).append(year)
    return found


def _helps(
    facts: Facts,
    funds: Eligibility,
    bringing: dict[tuple[str, str], list[int]],
    school: School,
    item: Item,
) -> bool:
    """Whether new units of an item could raise the school's coverage in the last plan year."""
    last = facts.last
    needs = facts.need(school, item.item)
    if item.weight <= 0 or needs is None:
        return False
    stock = facts.stock(school, item.item)
    left = {t: max(0, n - s) for t, n, s in zip(school.years, needs, stock, strict=True)}
    if left.get(last, 0) <= 0:
        return False
    if any(
        alive(service_start(school, item, year), item.life, last)
        for year in bringing.get((school.id, item.item), [])
    ):
        return True
    lot = item.lot if item.whole else 1
    for year in range(facts.first, last + 1):
        start = service_start(school, item, year)
        waits = start - year >= len(item.payments)
        if waits or not alive(start, item.life, last):
            continue
        most = max((n for t, n in left.items() if alive(start, item.life, t)), default=0)
        if most >= lot and any(_pays(facts, funds, f, school, item, year) for f in facts.funds):
            return True
    return False


def _pays(
    facts: Facts, funds: Eligibility, fund: str, school: School, item: Item, year: int
) -> bool:
    """Whether a fund may buy the item in the year, all its instalments declared, no ban."""
    due = range(year, year + len(item.payments))
    if facts.funds[fund].role != "general" or not all(t in facts.declared[fund] for t in due):
        return False
    have = (school.id, item.item, fund, year)
    for ban in facts.scenario.rows("bans"):
        asked = (ban.school or None, ban.item or None, ban.fund or None, ban.year)
        if all(a is None or a == h for a, h in zip(asked, have, strict=True)):
            return False
    return funds.buys(fund, school, item, year)
