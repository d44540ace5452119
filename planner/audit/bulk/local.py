"""Schools at which some standing rule is not plainly kept: the rules go through them by rows.

Each function is named like its rule and gives ``[school]`` where the rule is in doubt. It may
doubt where the rule holds, never the other way round.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from planner.audit.bulk.arrays import FOREVER, Arrays
from planner.audit.bulk.coded import ROOM, Bools, Ints, certain, most
from planner.audit.bulk.decisions import Decided
from planner.audit.bulk.lines import PURCHASE, SETUP, Lines
from planner.audit.select import Eligibility


def suspects(arrays: Arrays, lines: Lines, decided: Decided, funds: Eligibility) -> Bools:
    """``[school]`` those that the rules must go through by rows."""
    found = decided.asking()
    for name in ("commitments", "bans"):
        if len(arrays.facts.scenario.table(name)):
            found |= _spoken_of(arrays, name)
    found |= fund_eligible(arrays, lines, funds)
    for rule in RULES:
        found |= rule(arrays, lines, decided)
    return found


def _spoken_of(arrays: Arrays, table: str) -> Bools:
    """The schools that a table names; all of them where a row names none."""
    named = {str(name) for name in arrays.facts.scenario.table(table)["school"]}
    if "" in named:
        return np.ones(len(arrays.schools), dtype=bool)
    return np.array([school.id in named for school in arrays.schools], dtype=bool)


def _at(arrays: Arrays, schools: Ints) -> Bools:
    found = np.zeros(len(arrays.schools), dtype=bool)
    found[schools] = True
    return found


def project_role(arrays: Arrays, lines: Lines, decided: Decided) -> Bools:
    """A preparing school draws only on project funds, and no other school does."""
    project = np.array([f.role == "project" for f in arrays.facts.funds.values()], dtype=bool)
    wrong = project[lines.fund] != arrays.preparing[lines.school]
    return _at(arrays, lines.school[wrong & lines.where(PURCHASE, SETUP)])


def fund_eligible(arrays: Arrays, lines: Lines, funds: Eligibility) -> Bools:
    """A fund pays only for what its nature and ``where`` accept, in years it has money for."""
    facts, contract = arrays.facts, lines.where(PURCHASE, SETUP)
    shape = len(facts.funds), len(arrays.years)
    buys = np.zeros((shape[0], len(arrays.items), shape[1]), dtype=bool)
    serves = np.zeros((shape[0], len(arrays.schools)), dtype=bool)
    declared = np.zeros((shape[0], shape[1] + 100), dtype=bool)
    for k, name in enumerate(facts.funds):
        serves[k] = [funds.accepts(name, school) for school in arrays.schools]
        for i, item in enumerate(arrays.items):
            buys[k, i] = [funds.admits(name, item, int(year)) for year in arrays.years]
        since = np.array([t - facts.first for t in facts.declared[name]], dtype=np.int64)
        declared[k, since[since < declared.shape[1]]] = True
    fund, at = lines.fund[contract], lines.at[contract]
    fine = buys[fund, lines.item[contract], at] & serves[fund, lines.school[contract]]
    parts = np.array([len(i.payments) for i in arrays.items], dtype=np.int64)
    count = np.where(lines.kind[contract] == PURCHASE, parts[lines.item[contract]], 1)
    certain(most(count) < 100)
    general = ~arrays.preparing[lines.school[contract]]
    for n in range(int(count.max(initial=0))):
        fine &= ~general | (n >= count) | declared[fund, np.minimum(at + n, shape[1] + 99)]
    return _at(arrays, lines.school[contract][~fine])


def need_not_exceeded(arrays: Arrays, lines: Lines, decided: Decided) -> Bools:
    """All new units that serve in a year in which some begin fit the largest need left while
    those serve."""
    left = np.maximum(arrays.need - arrays.stock, 0)
    bought = lines.where(PURCHASE)
    school, item = lines.school[bought], lines.item[bought]
    start = lines.year[bought]
    start = np.where(arrays.waits[school, item], np.maximum(start, arrays.ready[school]), start)
    at = start - arrays.facts.first
    within = at < len(arrays.years)
    largest = _largest_ahead(left, arrays.life)
    inside = np.minimum(at, len(arrays.years) - 1)
    fine = within & (
        decided.new[school, item, inside] <= np.where(within, largest[school, item, inside], 0)
    )
    return _at(arrays, school[~fine])


def _largest_ahead(left: Ints, life: Ints) -> Ints:
    """``[school, item, year]`` the largest of ``left`` in the years of a life that begins then."""
    count = left.shape[2]
    found = left.copy()
    for ahead in range(1, count):
        longer = life > ahead
        found[:, longer, : count - ahead] = np.maximum(
            found[:, longer, : count - ahead], left[:, longer, ahead:]
        )
    return found


def site_ready(arrays: Arrays, lines: Lines, decided: Decided) -> Bools:
    """What needs a building is bought before it is ready only if payments reach that year."""
    bought = lines.where(PURCHASE)
    school, item, year = lines.school[bought], lines.item[bought], lines.year[bought]
    parts = np.array([len(i.payments) for i in arrays.items], dtype=np.int64)
    early = arrays.waits[school, item] & ~arrays.preparing[school]
    early &= year + np.maximum(parts[item], 1) - 1 < arrays.ready[school]
    return _at(arrays, school[early])


def prerequisite_in_service(arrays: Arrays, lines: Lines, decided: Decided) -> Bools:
    """New units stay within what the required item's new units and spare stock can serve."""
    wrong = np.zeros((arrays.shape[0], arrays.shape[2]), dtype=bool)
    for i, item in enumerate(arrays.items):
        for k, required in enumerate(item.requires):
            certain(required in arrays.item_at)
            j = arrays.item_at[required]
            given = item.capacity[k] if k < len(item.capacity) else None
            new, added = decided.new[:, i], decided.new[:, j]
            own, held = arrays.stock[:, i], arrays.stock[:, j]
            if given is None:
                wrong |= (new > 0) & (held + added < 1)
                continue
            part, whole = given.as_integer_ratio()
            size = sum(most(n) for n in (new, added, own, held))
            certain(size * (abs(part) + whole) < ROOM)
            wrong |= whole * new > part * added + np.maximum(part * held - whole * own, 0)
    return np.any(wrong & arrays.counted, axis=1)


def works_before_purchase(arrays: Arrays, lines: Lines, decided: Decided) -> Bools:
    """The first purchase at a school without stock pays the works, once, from its own fund."""
    setup = np.array([item.setup > 0 for item in arrays.items], dtype=bool)
    due = setup[None, :] & (arrays.stock[:, :, 0] == 0)
    bought, works = lines.where(PURCHASE), lines.where(SETUP)
    first = np.full(arrays.shape[:2], len(arrays.years), dtype=np.int64)
    np.minimum.at(first, (lines.school[bought], lines.item[bought]), lines.at[bought])
    count = np.zeros(arrays.shape[:2], dtype=np.int64)
    np.add.at(count, (lines.school[works], lines.item[works]), 1)
    wrong = np.any(count != (due & (first < len(arrays.years))), axis=1)
    late = lines.at[works] != first[lines.school[works], lines.item[works]]
    key = ((lines.school * len(arrays.items) + lines.item) * len(arrays.years) + lines.at) * len(
        arrays.facts.funds
    ) + lines.fund
    alone = ~np.isin(key[works], key[bought])
    return wrong | _at(arrays, lines.school[works][late | alone])


def one_delivery(arrays: Arrays, lines: Lines, decided: Decided) -> Bools:
    """An item delivered once comes once within its life (from one fund, in one year)."""
    once = np.array([item.once for item in arrays.items], dtype=bool)
    mine = np.flatnonzero(lines.where(PURCHASE))
    mine = mine[once[lines.item[mine]]]
    before, after = mine[:-1], mine[1:]
    same = (lines.school[before] == lines.school[after]) & (lines.item[before] == lines.item[after])
    life = arrays.life[lines.item[after]]
    soon = (life == FOREVER) | (lines.year[after] < lines.year[before] + life)
    return _at(arrays, lines.school[after][same & soon])


def one_source(arrays: Arrays, lines: Lines, decided: Decided) -> Bools:
    """A school's item is paid from one fund in a year."""
    if not arrays.facts.scenario.settings.one_source:
        return np.zeros(len(arrays.schools), dtype=bool)
    mine = np.flatnonzero(lines.where(PURCHASE, SETUP))
    before, after = mine[:-1], mine[1:]
    same = lines.fund[before] != lines.fund[after]
    for column in (lines.school, lines.item, lines.year):
        same &= column[before] == column[after]
    return _at(arrays, lines.school[after][same])


Rule = Callable[[Arrays, Lines, Decided], Bools]
RULES: tuple[Rule, ...] = (
    project_role,
    need_not_exceeded,
    site_ready,
    prerequisite_in_service,
    works_before_purchase,
    one_delivery,
    one_source,
)
"""Rules that hold school by school; those of requests, contracts and bans go by rows."""
