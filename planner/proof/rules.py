"""The standing rules of a school (ARCHITECTURE.md#standing-rules): one function a rule, named
like the rule.

Each reports every violation and returns how many rows of the rule are violated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise, product

from planner.proof.cells import Report, RuleRow, Units, number_text, rule_key
from planner.proof.decision import Decision, Line, Option, Unit, alive, service_start
from planner.proof.inputs import (
    CRITERIA_KEYS,
    LINE_KEYS,
    Eligibility,
    Facts,
    School,
    Scored,
    Selection,
    covered,
    item_fits,
    line_nature,
    school_fits,
    selection,
    year_fits,
)
from planner.proof.ledgers import Upkeep
from planner.scenario.schema import Bound, Rule, Share


def need_not_exceeded(facts: Facts, decision: Decision, report: Report) -> int:
    """New units alive when a purchase starts to serve never exceed the largest need left."""
    wrong = 0
    for (name, item_name), units in decision.units.items():
        school, item = facts.schools.get(name), facts.items.get(item_name)
        if school is None or item is None:
            continue
        # The need that stock leaves open in each of the school's years.
        needs = facts.need(school, item_name) or (0,) * len(school.years)
        stock = facts.stock(school, item_name)
        left = [(t, max(0, n - s)) for t, n, s in zip(school.years, needs, stock, strict=True)]
        for bought, start in sorted({(u.bought, u.start) for u in units}):
            most = max((n for t, n in left if alive(start, item.life, t)), default=0)
            serving = [u for u in units if u.bought <= bought and alive(u.start, item.life, start)]
            count = sum(
                min(u.quantity // u.copies, most) * u.copies if u.requested else u.quantity
                for u in serving
            )
            if count > max(most, sum(u.committed for u in serving)):
                wrong += 1
                last = [u for u in units if u.bought == bought][-1]
                _report_unit(
                    report, "need_not_exceeded", last, (name, item_name, bought),
                    found=number_text(count), most=str(most),
                )  # fmt: skip
    return wrong


def _report_unit(
    report: Report, rule: str, unit: Unit, key: tuple[object, ...], **params: str
) -> None:
    file, row, column = unit.spot
    report.add(f"audit_{rule}", file, row, column, rule_key(rule, *key), **params)


def site_ready(facts: Facts, decision: Decision, report: Report) -> int:
    """What needs a building is bought before it is ready only if payments reach that year."""
    wrong = 0
    for line in decision.bought():
        item, school = line.item, line.school
        if item is None or school.ready is None or school.preparing:
            continue
        if service_start(school, item, line.year) == line.year:
            continue
        signed = facts.contracts.get((school.id, item.item, line.fund, line.year))
        if signed is not None and signed.executed and line.quantity <= signed.units:
            continue  # a fact: it waits for the building
        if line.year + len(item.payments) - 1 < school.ready:
            wrong += 1
            key = rule_key("site_ready", school.id, item.item, line.year)
            report.add(
                "audit_site_ready", "allocation.csv", line.row, "year", key,
                found=str(line.year), ready=str(school.ready),
            )  # fmt: skip
    return wrong


def prerequisite_in_service(facts: Facts, decision: Decision, report: Report) -> int:
    """In every year what an item requires is in service at its school."""
    wrong = 0
    for (name, item_name), units in decision.units.items():
        school, item = facts.schools.get(name), facts.items.get(item_name)
        if school is None or item is None:
            continue
        for k, required in enumerate(item.requires):
            given = item.capacity[k] if k < len(item.capacity) else None
            capacity = None if given is None else Fraction(given)
            whole = facts.items[required].whole if required in facts.items else True
            both = (item_name, required)
            reads = (decision.new, facts.stock, decision.executed)
            cells = [of(school, name) for of in reads for name in both]
            for t, new, added, own, held, fact, stood in zip(school.years, *cells, strict=True):
                if not new:
                    continue
                # The most new units that the required item allows; without a capacity any number.
                # What was delivered under a contract serves in any case.
                most: Units = 0
                if capacity is not None:
                    free = max(Fraction(0), capacity * held - own, fact - capacity * stood)
                    most = capacity * added + free
                elif held + added >= 1 or (held + added > 0 and not whole):
                    continue
                else:
                    most = fact
                if new > most:
                    wrong += 1
                    _report_unit(
                        report, "prerequisite_in_service", units[0], (name, item_name, t),
                        found=number_text(new), most=number_text(most), required=required,
                    )  # fmt: skip
    return wrong


def _own_works(facts: Facts, line: Line) -> bool:
    """Whether a purchase has a contract that says what its site works cost."""
    name = "" if line.item is None else line.item.item
    contract = facts.contracts.get((line.school.id, name, line.fund, line.year))
    return contract is not None and contract.works is not None


def works_before_purchase(facts: Facts, decision: Decision, report: Report) -> int:
    """The first purchase at a school without stock pays the works, once, from its own fund; a
    contract those that it says."""
    wrong = 0
    for key in sorted(set(decision.purchases) | set(decision.setups)):
        item = facts.items[key[1]]
        due = item.setup > 0 and not facts.stock(facts.schools[key[0]], key[1])[0]
        bought, works = decision.purchases.get(key, []), decision.setups.get(key, [])
        # a contract that says what its works cost pays them, whatever is there
        own = {(line.fund, line.year) for line in bought if _own_works(facts, line)}
        first = min((line.year for line in bought), default=None)
        funds = {line.fund for line in bought if line.year == first}
        right = [w for w in works if due and w.year == first and w.fund in funds]
        if not due:
            right = [w for w in works if (w.fund, w.year) in own]
        lacking = own - {(w.fund, w.year) for w in works}
        for line in [line for line in bought if (line.fund, line.year) in lacking]:
            wrong += 1
            _report_line(report, "works_before_purchase", line, "kind")
        if due and bought and not right:
            wrong += 1
            lead = next(line for line in bought if line.year == first)
            _report_line(report, "works_before_purchase", lead, "kind")
        for line in [w for w in works if w not in right] + (right[1:] if due else []):
            wrong += 1
            _report_line(report, "works_before_purchase", line, "kind")
    return wrong


def _report_line(report: Report, rule: str, line: Line, column: str, **params: str) -> None:
    name = "" if line.item is None else line.item.item
    key = rule_key(rule, line.school.id, name, line.year)
    report.add(f"audit_{rule}", "allocation.csv", line.row, column, key, **params)


def one_delivery(facts: Facts, decision: Decision, report: Report) -> int:
    """An item delivered once comes once within its life (from one fund, in one year)."""
    wrong = 0
    for (_, name), lines in decision.purchases.items():
        item = facts.items[name]
        if not item.once:
            continue
        ordered = sorted(lines, key=lambda line: (line.year, line.row))
        for before, after in pairwise(ordered):
            if item.life is None or after.year < before.year + item.life:
                wrong += 1
                _report_line(report, "one_delivery", after, "year")
    return wrong


def least_delivery(facts: Facts, decision: Decision, report: Report) -> int:
    """What a school gets of an item in a year is no less than the item's least, unless with it the
    need is filled: not one lot more would fit, or of what is not bought in whole units nothing
    that its purchases did not lose to rounding. Years of a contract are left out."""
    wrong = 0
    signed = {(school, item, year) for school, item, _, year in facts.committed}
    for (name, item_name), lines in decision.purchases.items():
        school, item = facts.schools[name], facts.items[item_name]
        if item.least <= (item.lot if item.whole else 1):
            continue
        needs = facts.need(school, item_name) or (0,) * len(school.years)
        stock = facts.stock(school, item_name)
        for year in sorted({line.year for line in lines}):
            mine = [line for line in lines if line.year == year]
            units = sum(line.quantity for line in mine)
            if units >= item.least or (name, item_name, year) in signed:
                continue
            start = service_start(school, item, year)
            left = [
                max(0, need - had)
                for t, need, had in zip(school.years, needs, stock, strict=True)
                if alive(start, item.life, t)
            ]
            most: Units = max(left, default=0)
            serving = [
                unit
                for unit in decision.units[name, item_name]
                if alive(unit.start, item.life, start) and (unit.requested or unit.bought <= year)
            ]
            there = sum(
                min(u.quantity // u.copies, most) * u.copies if u.requested else u.quantity
                for u in serving
            )
            most = max(most, sum(u.committed for u in serving))
            lacking = most - there
            if item.whole:
                filled = lacking < item.lot
            else:
                prices = [facts.price(item, u.bought) for u in serving if not u.requested]
                filled = lacking <= sum(Fraction(1, price) for price in prices if price)
            if not filled:
                wrong += 1
                _report_line(
                    report, "least_delivery", mine[-1], "quantity", found=number_text(units),
                    least=str(item.least), left=number_text(lacking),
                )  # fmt: skip
    return wrong


def fund_eligible(facts: Facts, decision: Decision, funds: Eligibility, report: Report) -> int:
    """A fund pays only for what its nature and ``where`` accept, in years it has money for."""
    wrong = 0
    for line in [*decision.bought(), *decision.works()]:
        if line.item is None:
            continue
        if not funds.buys(line.fund, line.school, line.item, line.year):
            wrong += 1
            _report_line(report, "fund_eligible", line, "fund", found=line.fund)
        elif not line.school.preparing:
            count = len(line.item.payments) if line.kind == "purchase" else 1
            wrong += _money_declared(facts, line, count, report)
    for line in decision.requested:
        if not line.school.preparing and facts.funds[line.fund].role == "general":
            wrong += _money_declared(facts, line, 1, report)
    return wrong


def _money_declared(facts: Facts, line: Line, payments: int, report: Report) -> int:
    """Every year of payment needs an amount that the fund declares."""
    declared = facts.declared[line.fund]
    missing = [t for t in range(line.year, line.year + payments) if t not in declared]
    file = "requests.csv" if line.kind == "request" else "allocation.csv"
    for t in missing:
        key = rule_key("fund_within_budget", line.fund, t)
        column = "amount" if line.kind == "request" else "year"
        report.add("audit_undeclared", file, line.row, column, key, fund=line.fund, year=str(t))
    return len(missing)


def project_role(facts: Facts, decision: Decision, funds: Eligibility, report: Report) -> int:
    """A preparing school draws only on project funds, and no other school does."""
    wrong = 0
    for line in decision.contracts():
        if (facts.funds[line.fund].role == "project") != line.school.preparing:
            wrong += 1
            file = "requests.csv" if line.kind == "request" else "allocation.csv"
            column = "amount" if line.kind == "request" else "fund"
            key = rule_key("preparing_from_project", line.fund, line.school.id)
            report.add("audit_project_role", file, line.row, column, key, fund=line.fund)
    return wrong


def one_source(facts: Facts, decision: Decision, report: Report) -> int:
    """A school's item is paid from one fund in a year."""
    sources: dict[tuple[str, str, int], list[Line]] = defaultdict(list)
    for line in [*decision.bought(), *decision.works()]:
        if line.item is not None:
            sources[line.school.id, line.item.item, line.year].append(line)
    wrong = 0
    for lines in sources.values():
        other = [line for line in lines if line.fund != lines[0].fund]
        if other:
            wrong += 1
            _report_line(report, "one_source", other[0], "fund", found=other[0].fund)
    return wrong


def committed(facts: Facts, decision: Decision, report: Report) -> int:
    """Signed contracts are in the plan, from their fund and in their year."""
    wrong = 0
    for (school, item, fund, year), due in facts.committed.items():
        lines = decision.purchases.get((school, item), [])
        found = [line for line in lines if line.fund == fund and line.year == year]
        if sum(line.quantity for line in found) < due:
            wrong += 1
            row = found[0].row if found else None
            key = rule_key("committed", school, item, fund, year)
            total = number_text(sum(line.quantity for line in found))
            report.add(
                "audit_committed", "allocation.csv", row, "quantity", key,
                found=total, least=str(due),
            )  # fmt: skip
    return wrong


def banned(facts: Facts, decision: Decision, report: Report) -> int:
    """Nothing is bought that a ban matches in every column it gives."""
    wrong = 0
    for line in decision.bought() if len(facts.scenario.table("bans")) else ():
        item = "" if line.item is None else line.item.item
        if facts.bans(line.school.id, item, line.fund, line.year):
            wrong += 1
            _report_line(report, "banned", line, "item")
    return wrong


def year_closed(facts: Facts, decision: Decision, report: Report) -> int:
    """In a past year nothing is bought beyond the contracts, and what was delivered late has no
    more on its line; no request is paid in one that was not decided beforehand."""
    wrong, until = 0, facts.scenario.settings.closed_until or 0
    for line in decision.bought():
        name = "" if line.item is None else line.item.item
        signed = facts.contracts.get((line.school.id, name, line.fund, line.year))
        fixed = line.year <= until if signed is None else signed.fixed
        most = 0 if signed is None else signed.units
        if fixed and line.quantity > most:
            wrong += 1
            found = {"found": number_text(line.quantity), "most": number_text(most)}
            _report_line(report, "year_closed", line, "quantity", **found)
    for key in sorted(decision.chosen):
        option = decision.options[key]
        early = [c.year for c in option.costs if c.year <= until]
        if early and key not in facts.kept_options:
            wrong += 1
            file, row, column = option.spot
            name = rule_key("year_closed", *key)
            report.add("audit_year_closed_request", file, row, column, name, year=str(early[0]))
    return wrong


def one_option_per_request(facts: Facts, decision: Decision, report: Report) -> int:
    """At most one option of a request is chosen, and no more often than its copies allow;
    exactly one of a mandatory one."""
    wrong = 0
    found: dict[str, list[Option]] = defaultdict(list)
    for option in decision.options.values():
        found[option.request].append(option)
    by_request = found
    for name, options in by_request.items():
        chosen = [o for o in options if (o.request, o.option) in decision.chosen]
        mandatory = any(o.mandatory for o in options)
        times = sum(decision.chosen[o.request, o.option] for o in chosen)
        over = bool(chosen) and times > chosen[0].copies
        if len(chosen) > 1 or over or (mandatory and not chosen):
            wrong += 1
            file, row, column = (chosen[-1] if chosen else options[0]).spot
            key = rule_key("one_option_per_request", name)
            report.add("audit_one_option_per_request", file, row, column, key, found=str(times))
    return wrong


def request_requires(facts: Facts, decision: Decision, report: Report) -> int:
    """A chosen option has every request, or option, that it requires chosen too."""
    wrong = 0
    taken = {request for request, _ in decision.chosen}
    taken |= {f"{request}:{option}" for request, option in decision.chosen}
    for name in sorted(decision.chosen):
        option = decision.options[name]
        for required in option.requires:
            if required not in taken:
                wrong += 1
                key = rule_key("request_requires", option.request, required)
                report.add("audit_request_requires", *option.spot, key, required=required)
    return wrong


def grant_within_envelope(facts: Facts, decision: Decision, report: Report) -> int:
    """A block grant is paid no less than its least and no more than its most."""
    wrong = 0
    for key in sorted(decision.chosen):
        option, times = decision.options[key], decision.chosen[key]
        for cost in option.costs:
            if cost.most is None:
                continue
            paid = decision.given(option, cost)
            if not cost.amount * times <= paid <= cost.most * times:
                wrong += 1
                name = rule_key("grant_within_envelope", ":".join(key), cost.fund, cost.year)
                report.add(
                    "audit_grant_within_envelope", "requests.csv", option.position + 2, "paid",
                    name, found=str(paid), least=str(cost.amount * times),
                    most=str(cost.most * times),
                )  # fmt: skip
    return wrong


Family = Callable[[Facts, Decision, Report], int]
Has = Callable[[Facts], bool]

SCHOOL_RULES: dict[Family, Has] = {
    need_not_exceeded: lambda f: bool(f.items),
    site_ready: lambda f: any(i.on_site for i in f.items.values()),
    prerequisite_in_service: lambda f: any(i.requires for i in f.items.values()),
    works_before_purchase: lambda f: any(i.setup for i in f.items.values()),
    one_delivery: lambda f: any(i.once for i in f.items.values()),
    least_delivery: lambda f: any(i.least > (i.lot if i.whole else 1) for i in f.items.values()),
    committed: lambda f: len(f.scenario.table("commitments")) > 0,
    banned: lambda f: len(f.scenario.table("bans")) > 0,
    year_closed: lambda f: (
        (f.scenario.settings.closed_until or 0) >= f.first
        or bool(f.scenario.table("commitments")["serves"].notna().any())
    ),
    one_source: lambda f: f.scenario.settings.one_source,
}
"""Every family of rules that speaks of one school at a time → whether a scenario has it."""
REQUEST_RULES: dict[Family, Has] = {
    one_option_per_request: lambda f: len(f.scenario.table("requests")) > 0,
    request_requires: lambda f: any(f.scenario.table("requests")["requires"].tolist()),
    grant_within_envelope: lambda f: bool(f.scenario.table("request_costs")["most"].notna().any()),
}
"""The same of those that speak of requests, whose schools may be several."""


def violated(
    rules: Mapping[Family, Has], facts: Facts, decision: Decision, report: Report
) -> dict[str, int]:
    """Name of a family that the scenario has → its rows that are violated."""
    return {
        rule.__name__: rule(facts, decision, report) for rule, has in rules.items() if has(facts)
    }


SIXTH = Fraction(5, 10**7)
"""A quantity of an item that is not whole is written to six decimals: half of the last one."""


def locked(facts: Facts, decision: Decision, of: str, report: Report) -> list[RuleRow]:
    """Units bought equal the quantity decided (``of="school"``), options are chosen or not as
    decided (``of="request"``).

    Of an item that is not whole the amount is what is decided: each line may lie one minor
    unit, or half of the quantity's sixth decimal, from what was asked.
    """
    found = []
    for lock in facts.scenario.rows("locks"):
        if not getattr(lock, of):
            continue
        asked = Fraction(lock.quantity)
        place: tuple[str, int | None, str]
        if lock.request and lock.option:
            key = lock.request, lock.option
            left, unit = Fraction(decision.chosen.get(key, 0)), "count"
            place = decision.options[key].spot
        else:
            lines = [
                line
                for line in decision.purchases.get((str(lock.school), str(lock.item)), [])
                if lock.fund in (None, "", line.fund) and lock.year in (None, line.year)
            ]
            place = ("allocation.csv", lines[0].row if lines else None, "quantity")
            left, unit = sum((Fraction(line.quantity) for line in lines), Fraction(0)), "units"
            # what whole money cannot meet exactly
            room = sum(
                max(Fraction(1, facts.price(line.item, line.year) or 1), SIXTH)
                for line in lines
                if line.item is not None and not line.item.whole
            )
            left = asked if abs(left - asked) <= room else left
        named = (
            (lock.request, lock.option)
            if lock.request
            else (lock.school, lock.item, lock.fund, lock.year)
        )
        parts = [str(p) for p in named if p]
        row = RuleRow("locked", ",".join(parts), "law", left, "=", asked, unit)
        found.append(row)
        if row.slack < 0:
            report.add(
                "audit_locked", *place, rule_key("locked", *parts),
                found=number_text(left), expected=number_text(asked),
            )  # fmt: skip
    return found


# --------------------------------------------------------------------------------------------------
# The scenario's own rules: every statement summed anew over the lines and bounded again.

ITEM_KEYS = ("item", "pillar")
UNITS = {
    "spend": "money", "quantity": "units", "coverage": "share", "requests": "count",
    "points": "points", "schools": "schools",
}  # fmt: skip
MEASURED = ("points", "schools")
"""Measures of measured points."""
LEVELS = {"2": Fraction(50), "3": 75 + Fraction(1, 10**6)}
"""Level → points of a group of criteria from which a school has it: 50, and what is above 75 by a
millionth or more."""
Key = tuple[str, ...]


WORDS = (
    "item", "pillar", "nature", "fund", "year", "kind", "request", "criterion", "criteria_group",
)  # fmt: skip
"""The keys of a line, in the order in which a part has their texts."""
KIND = WORDS.index("kind")
Part = tuple[School, tuple[str, ...], Units, Units]
"""Something that a rule may count (a line, a chosen option, an item's need in a year): its school,
its texts by :data:`WORDS`, the measure, and for coverage the need, for points 1."""
Counted = dict[Key, tuple[Units, Units]]
"""Key of a row → sum of the measure, and of its base for coverage and points."""


def sums_asked(facts: Facts) -> Iterator[tuple[Rule, Selection]]:
    """Every sum that the rules of the scenario need: of a rule's own selection, and of those that
    its bounds are shares of."""
    for rule in facts.scenario.settings.rules.values():
        yield rule, selection(rule.where)
        for bound in (rule.at_most, rule.at_least, rule.exactly):
            if isinstance(bound, Share) and bound.of != "budget":
                yield rule, selection(bound.of)


class Counting:
    """Sums what the rules of a scenario ask for over the schools of a decision."""

    def __init__(self, facts: Facts, decision: Decision, upkeep: Upkeep) -> None:
        self.facts = facts
        self.decision = decision
        self.upkeep = upkeep
        self._words: dict[tuple[str, str, int, str, str], tuple[str, ...]] = {}

    def sums(self) -> list[Counted]:
        """The sums that are asked for, in their order: key → sum of the measure over what the
        selection accepts; upkeep and proposals only when named."""
        found = []
        for rule, chosen in sums_asked(self.facts):
            school_keys = [k for k in rule.for_each if k not in LINE_KEYS]
            line_keys = [WORDS.index(k) for k in rule.for_each if k in LINE_KEYS]
            asked = {k: v for k, v in chosen.items() if k in LINE_KEYS and k not in CRITERIA_KEYS}
            lines = {WORDS.index(k): texts for k, texts in asked.items()}
            upkeep = "upkeep" in chosen.get("kind", ())
            schools = {
                s.id: tuple(s.texts.get(k, "") for k in school_keys)
                for s in self.facts.schools.values()
                if school_fits(chosen, s)
            }
            outside = {s for s in schools if not named(self.facts.schools[s], chosen)}
            fitting: dict[tuple[str, ...], tuple[str, ...] | None] = {}
            sums: dict[tuple[Key, Key], tuple[Units, Units]] = {}
            found_by = self._measured if rule.measure in MEASURED else self._parts
            for school, words, amount, base in found_by(rule, chosen):
                if words not in fitting:
                    fits = (upkeep or words[KIND] != "upkeep") and all(
                        words[k] in texts or (WORDS[k] == "year" and not words[k])
                        for k, texts in lines.items()
                    )
                    fitting[words] = tuple(words[k] for k in line_keys) if fits else None
                mine, its = schools.get(school.id), fitting[words]
                if mine is None or its is None:
                    continue
                if school.id in outside and words[KIND] != "upkeep":
                    continue
                before = sums.get((mine, its), (0, 0))
                sums[mine, its] = before[0] + amount, before[1] + base
            counted: Counted = {}
            for (mine, its), total in sums.items():
                parts = iter(mine), iter(its)
                counted[tuple(next(parts[k in LINE_KEYS]) for k in rule.for_each)] = total
            found.append(counted)
        return found

    def _parts(self, rule: Rule, chosen: Selection) -> Iterator[Part]:
        measure = rule.measure
        if measure == "coverage":
            # Needs and what is covered of them, where a building is ready.
            items = [i for i in self.facts.items.values() if item_fits(chosen, i)]
            for school, item in product(schools_of(self.facts, chosen), items):
                needs = self.facts.need(school, item.item)
                stock = self.facts.stock(school, item.item)
                new = self.decision.new(school, item.item)
                useful = self.facts.useful(school, item.item)
                for k, t in enumerate(school.years if needs else ()):
                    waits = item.on_site and school.ready is not None and t < school.ready
                    planned = self.facts.first <= t <= self.facts.last
                    asked = year_fits(chosen, t) if "year" in chosen else planned
                    if needs and needs[k] and asked and not waits:
                        words = (item.item, item.pillar, "", "", str(t), "", "", "", "")
                        units = covered(stock[k] + new[k], needs[k], useful[k])
                        yield school, words, units, needs[k]
        elif measure == "requests":
            for name in sorted(self.decision.chosen):
                option, times = self.decision.options[name], self.decision.chosen[name]
                yield option.school, ("",) * 5 + ("request", option.request, "", ""), times, 0
        elif measure == "quantity":
            for line in self.decision.bought():
                yield line.school, self._texts(line), line.quantity, 0
        elif measure == "spend":
            for line in self.decision.contracts():
                yield line.school, self._texts(line), line.amount, 0
            if "upkeep" in chosen.get("kind", ()):
                for line in self.upkeep.lines:
                    yield line.school, self._texts(line), line.amount, 0

    def _measured(self, rule: Rule, chosen: Selection) -> Iterator[Part]:
        """Points of schools of which all criteria of a row are measured, or whether they reach the
        level in each of its groups; in the last plan year unless the rule says which."""
        sets: dict[tuple[str, str], list[Scored]] = defaultdict(list)
        for of in self.facts.scored:
            own = {"criterion": of.id, "criteria_group": of.group}
            if all(text in chosen.get(key, {text}) for key, text in own.items()):
                name, group = (text if key in rule.for_each else "" for key, text in own.items())
                sets[name, group].append(of)
        for school, (label, asked) in product(schools_of(self.facts, chosen), sets.items()):
            mine = [of for of in asked if school.level in of.levels]
            if not mine or any((school.id, of.id) not in self.facts.measured for of in mine):
                continue
            for k, t in enumerate(school.years):
                named = "year" in chosen or "year" in rule.for_each
                planned = t <= self.facts.last if named else t == self.facts.last
                if not (year_fits(chosen, t) if "year" in chosen else planned):
                    continue
                words = ("",) * 4 + (str(t), "", "", *label)
                points = {of.id: self.decision.measured(school, of, k) for of in mine}
                if rule.measure == "points":
                    yield school, words, sum(points.values(), Fraction(0)), 1
                    continue
                (level,) = chosen["reaches"]
                sums: dict[str, Fraction] = defaultdict(Fraction)
                for of in mine:
                    sums[of.group] += points[of.id]
                yield school, words, int(min(sums.values()) >= LEVELS[level]), 0

    def _texts(self, line: Line) -> tuple[str, ...]:
        """What a line is, by :data:`WORDS`."""
        item = line.item
        name = "" if item is None else item.item
        key = (name, line.fund, line.year, line.kind, line.request)
        if key not in self._words:
            nature = line_nature(self.facts.funds[line.fund].nature, item)
            pillar = "" if item is None else item.pillar
            self._words[key] = (
                name, pillar, nature, line.fund, str(line.year), line.kind, line.request, "", "",
            )  # fmt: skip
        return self._words[key]


class Statements:
    """Evaluates the rules of a scenario: its bounds against the sums that they ask for."""

    def __init__(
        self, facts: Facts, options: Mapping[tuple[str, str], Option], sums: list[Counted]
    ) -> None:
        self.facts = facts
        self.options = options
        self._counted = iter(sums)

    def rows(self) -> Iterator[tuple[RuleRow, Fraction]]:
        """Every row of every rule, with what a miss of it costs in points (wishes)."""
        for name, rule in self.facts.scenario.settings.rules.items():
            chosen, sums = selection(rule.where), next(self._counted)
            price = Fraction(rule.price or 0) if rule.firmness == "wish" else Fraction(0)
            if rule.measure in ("coverage", "points"):
                keys = [k for k, (_, base) in sums.items() if base]
                price *= 100 if rule.measure == "coverage" else 1  # of a percent
            else:
                keys = self._keys(rule, chosen)
            for relation, bound in (
                ("<=", rule.at_most), (">=", rule.at_least), ("=", rule.exactly)
            ):  # fmt: skip
                if bound is None:
                    continue
                limits = self._limits(rule, chosen, bound, keys)
                for key in keys:
                    amount, base = sums.get(key, (0, 0))
                    left = Fraction(amount) / base if base else Fraction(amount)
                    row = RuleRow(
                        name, ",".join(key), rule.firmness, left, relation, limits[key],
                        UNITS[rule.measure],
                    )  # fmt: skip
                    yield row, max(Fraction(0), -row.slack) * price

    def _limits(
        self, rule: Rule, chosen: Selection, bound: Bound, keys: list[Key]
    ) -> dict[Key, Fraction]:
        if not isinstance(bound, Share):
            return dict.fromkeys(keys, Fraction(bound))
        share = Fraction(bound.share)
        if bound.of == "budget":
            # Declared money of the general funds and years that each row speaks of.
            found = {}
            for key in keys:
                asked = dict(zip(rule.for_each, key, strict=True))
                found[key] = share * sum(
                    amount
                    for fund, amounts in self.facts.declared.items()
                    if asked.get("fund", fund) == fund and fund in chosen.get("fund", {fund})
                    for t, amount in amounts.items()
                    if self.facts.first <= t <= self.facts.last
                    and asked.get("year", str(t)) == str(t)
                    and year_fits(chosen, t)
                )
            return found
        sums = next(self._counted)
        return {k: share * sums.get(k, (0, 0))[0] for k in keys}

    def _keys(self, rule: Rule, chosen: Selection) -> list[Key]:
        """One key for each combination of ``for_each`` that exists."""
        school_keys = [k for k in rule.for_each if k not in LINE_KEYS]
        item_keys = [k for k in rule.for_each if k in ITEM_KEYS]
        others = [k for k in rule.for_each if k in LINE_KEYS and k not in ITEM_KEYS]
        parts: list[list[dict[str, str]]] = []
        if school_keys:
            schools = schools_of(self.facts, chosen)
            parts.append([{k: s.texts.get(k, "") for k in school_keys} for s in schools])
        if item_keys:
            items = [i for i in self.facts.items.values() if item_fits(chosen, i)]
            parts.append([{k: str(getattr(i, k)) for k in item_keys} for i in items])
        project = "preparing" in chosen.get("group", ())
        years = [t for t in self.facts.all_years if t <= self.facts.last or "year" in chosen]
        kinds = ["purchase", "setup", "request"]
        domains = {
            "fund": [n for n, f in self.facts.funds.items() if project or f.role == "general"],
            "year": [str(t) for t in years],
            "kind": [*kinds, "upkeep"] if "upkeep" in chosen.get("kind", ()) else kinds,
            "request": list(dict.fromkeys(o.request for o in self.options.values())),
            "nature": ["capital", "recurrent"],
            "criterion": [of.id for of in self.facts.scored],
            "criteria_group": list(dict.fromkeys(of.group for of in self.facts.scored)),
        }
        parts += [[{k: v} for v in domains[k] if v in chosen.get(k, {v})] for k in others]
        found: dict[Key, None] = {}
        for combination in product(*parts):
            merged = {k: v for part in combination for k, v in part.items()}
            found[tuple(merged[k] for k in rule.for_each)] = None
        return list(found)


def schools_of(facts: Facts, chosen: Selection) -> list[School]:
    """The schools that a selection speaks of."""
    return [s for s in facts.schools.values() if school_fits(chosen, s) and named(s, chosen)]


def named(school: School, chosen: Selection) -> bool:
    """Proposals count only where the selection names their group."""
    return not school.preparing or "preparing" in chosen.get("group", ())
