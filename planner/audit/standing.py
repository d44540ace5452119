"""The standing rules of a school (design §5): one function a rule, named like the rule.

Each reports every violation and returns how many rows of the rule are violated.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import pairwise

from planner.audit.cells import number_text
from planner.audit.decision import Decision, Line, Option, Unit, alive, service_start
from planner.audit.exact import Units
from planner.audit.facts import Facts, School
from planner.audit.report import Report, rule_key
from planner.audit.select import Eligibility
from planner.scenario.contracts import Item


def need_not_exceeded(facts: Facts, decision: Decision, report: Report) -> int:
    """New units alive when a purchase starts to serve never exceed the largest need left."""
    wrong = 0
    for (name, item_name), units in decision.units.items():
        school, item = facts.schools.get(name), facts.items.get(item_name)
        if school is None or item is None:
            continue
        left = _left(facts, school, item_name)
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


def _left(facts: Facts, school: School, item: str) -> list[tuple[int, int]]:
    """The need that stock leaves open in each of the school's years."""
    needs = facts.need(school, item) or (0,) * len(school.years)
    stock = facts.stock(school, item)
    return [(t, max(0, n - s)) for t, n, s in zip(school.years, needs, stock, strict=True)]


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
            limits = _limits(facts, decision, school, item, required, capacity)
            for t, new, most in zip(
                school.years, decision.new(school, item_name), limits, strict=True
            ):
                if most is not None and new > most:
                    wrong += 1
                    _report_unit(
                        report, "prerequisite_in_service", units[0], (name, item_name, t),
                        found=number_text(new), most=number_text(most), required=required,
                    )  # fmt: skip
    return wrong


def _limits(
    facts: Facts,
    decision: Decision,
    school: School,
    item: Item,
    required: str,
    capacity: Fraction | None,
) -> list[Units | None]:
    """The most new units that the required item allows in each year; ``None``: any number."""
    stock, held = facts.stock(school, item.item), facts.stock(school, required)
    new = decision.new(school, required)
    whole = facts.items[required].whole if required in facts.items else True
    found: list[Units | None] = []
    for own, theirs, added in zip(stock, held, new, strict=True):
        if capacity is None:
            serving = theirs + added
            found.append(None if (serving >= 1 if whole else serving > 0) else 0)
        else:
            found.append(capacity * added + max(Fraction(0), capacity * theirs - own))
    return found


def works_before_purchase(facts: Facts, decision: Decision, report: Report) -> int:
    """The first purchase at a school without stock pays the works, once, from its own fund."""
    wrong = 0
    for key in sorted(set(decision.purchases) | set(decision.setups)):
        item = facts.items[key[1]]
        due = item.setup > 0 and not facts.stock(facts.schools[key[0]], key[1])[0]
        bought, works = decision.purchases.get(key, []), decision.setups.get(key, [])
        first = min((line.year for line in bought), default=None)
        funds = {line.fund for line in bought if line.year == first}
        right = [w for w in works if due and w.year == first and w.fund in funds]
        if due and bought and not right:
            wrong += 1
            lead = next(line for line in bought if line.year == first)
            _report_line(report, "works_before_purchase", lead, "kind")
        for line in [w for w in works if w not in right] + right[1:]:
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
    for (school, item, fund, year), due in decision.committed.items():
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
    bans = list(facts.scenario.rows("bans"))
    wrong = 0
    for line in decision.bought() if bans else ():
        item = "" if line.item is None else line.item.item
        have = (line.school.id, item, line.fund, line.year)
        for ban in bans:
            asked = (ban.school or None, ban.item or None, ban.fund or None, ban.year)
            if all(a is None or a == h for a, h in zip(asked, have, strict=True)):
                wrong += 1
                _report_line(report, "banned", line, "item")
                break
    return wrong


def one_option_per_request(facts: Facts, decision: Decision, report: Report) -> int:
    """At most one option of a request is chosen, and no more often than its copies allow;
    exactly one of a mandatory one."""
    wrong = 0
    for name, options in _by_request(decision).items():
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


def _by_request(decision: Decision) -> dict[str, list[Option]]:
    found: dict[str, list[Option]] = defaultdict(list)
    for option in decision.options.values():
        found[option.request].append(option)
    return found
