"""The table ``coverage``, and what follows from it: points, equipped pupil-years, means."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from planner.proof.cells import Near, Report, Row, Units, number_text, whole_if
from planner.proof.decision import Decision, alive, service_start
from planner.proof.inputs import Eligibility, Facts, School, covered
from planner.proof.ledgers import Upkeep
from planner.scenario.contracts import Item
from planner.scenario.schema import GROUPS


def _floats() -> defaultdict[Any, float]:
    return defaultdict(float)


@dataclass
class Lines:
    """How many purchase lines, visits (school × year) and funds of schools' items there are, and
    the smallest line in minor units (``None``: there is no line)."""

    lines: int = 0
    visits: int = 0
    sources: int = 0
    smallest: int | None = None

    def add(self, other: Lines) -> None:
        """Adds those of other schools."""
        self.lines += other.lines
        self.visits += other.visits
        self.sources += other.sources
        known = [n for n in (self.smallest, other.smallest) if n is not None]
        self.smallest = min(known, default=None)


def lines_bought(decision: Decision) -> Lines:
    """The purchase lines of some schools, counted."""
    bought = [line for lines in decision.purchases.values() for line in lines]
    return Lines(
        len(bought),
        len({(line.school.id, line.year) for line in bought}),
        len({(line.school.id, line.item.item, line.fund) for line in bought if line.item}),
        min((line.amount for line in bought), default=None),
    )


@dataclass
class Tally:
    """Sums over rows of coverage."""

    value: dict[tuple[str, int], float] = field(default_factory=_floats)
    """(group, tier) → points with the school's weight and discount, without the group's."""
    people: dict[str, float] = field(default_factory=_floats)
    """School → equipped pupil-years."""
    pillars: dict[str, float] = field(default_factory=_floats)
    """Pillar → equipped pupil-years, proposals left out."""
    final: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    """School → Σ ω, Σ ω × before, Σ ω × after in the final year."""

    def add(self, other: Tally) -> None:
        """Adds the rows of other schools."""
        for key, points in other.value.items():
            self.value[key] += points
        for pillar, people in other.pillars.items():
            self.pillars[pillar] += people
        self.people.update(other.people)
        self.final.update(other.final)


class Cover:
    """Walks through all schools, items and years with a need."""

    def __init__(self, facts: Facts, decision: Decision) -> None:
        self.facts = facts
        self.decision = decision
        self.tally = Tally()
        self._ratios: dict[tuple[Units, int], str] = {}
        self._tiers = tiers(facts)
        rate = 1 + float(facts.scenario.settings.discount)
        years = {t for school in facts.schools.values() for t in school.years}
        self._discount = {t: rate ** (facts.first - t) for t in years}

    def rows(self) -> Iterator[Row]:
        """Every row that must stand in ``coverage``, in order; fills the tally on the way."""
        for school in self.facts.schools.values():
            for item in self.facts.items.values():
                needs = self.facts.need(school, item.item)
                if needs is not None:
                    yield from self._item(school, item, needs)

    def _item(self, school: School, item: Item, needs: tuple[int, ...]) -> Iterator[Row]:
        """The rows of an item at a school; years in which nothing changes are counted once."""
        stock, new = self.facts.stock(school, item.item), self.decision.new(school, item.item)
        useful = self.facts.useful(school, item.item)
        pupils = self.facts.driver(school, "pupils")
        share = self.facts.shares.get((school.level, item.item), Fraction(0))
        ends = (school.id, school.group, item.item)
        last = final_year(self.facts, school)
        state: tuple[Units, ...] = ()
        cells: Row = ()
        gain, points = 0.0, list[tuple[int, float]]()
        for k, t in enumerate(school.years):
            need = needs[k]
            if not need:
                continue
            if (need, stock[k], new[k], pupils[k], useful[k]) != state:
                state = (need, stock[k], new[k], pupils[k], useful[k])
                serving = whole_if(stock[k] + new[k])
                had, has = covered(stock[k], need, useful[k]), covered(serving, need, useful[k])
                gained, parts = ((has - had) * pupils[k]).as_integer_ratio()
                part, whole = gained * share.numerator, parts * share.denominator * need
                cells = (
                    str(need), str(stock[k]), number_text(new[k]), number_text(serving),
                    self._ratio(had, need), self._ratio(has, need),
                    Near.ratio(part, whole, 3) if part else "0.000",
                )  # fmt: skip
                gain, before, after = part / whole, float(had / need), float(has / need)
                if gain:  # points by tier, before the discount of the year
                    worth = gain / (after - before) * float(school.weight)
                    points = [
                        (tier, worth * each * width)
                        for tier, (low, high, each) in enumerate(self._tiers)
                        if (width := min(after, high) - max(before, low)) > 0
                    ]
            if gain:
                self.tally.people[school.id] += gain
                if not school.preparing:
                    self.tally.pillars[item.pillar] += gain
                for tier, value in points:
                    self.tally.value[school.group, tier] += value * self._discount[t]
            if t == last:
                weight, *means = self.tally.final.get(school.id, (0.0, 0.0, 0.0))
                own = float(item.weight)
                self.tally.final[school.id] = (
                    weight + own, means[0] + own * before, means[1] + own * after,
                )  # fmt: skip
            yield (*ends, str(t), *cells)

    def _ratio(self, part: Units, need: int) -> str:
        key = (part, need)
        if key not in self._ratios:
            self._ratios[key] = Near.of(Fraction(part) / need, 6)
        return self._ratios[key]


def tiers(facts: Facts) -> list[tuple[float, float, float]]:
    """Lower end, upper end and points of each tier; full coverage from nothing counts 1."""
    low, found, total = Fraction(0), [], Fraction(0)
    for high, weight in facts.scenario.settings.tiers:
        found.append((low, Fraction(high), Fraction(weight)))
        total += (Fraction(high) - low) * Fraction(weight)
        low = Fraction(high)
    return [(float(a), float(b), float(w / total) if total else 0.0) for a, b, w in found]


def final_year(facts: Facts, school: School) -> int:
    """The year whose coverage is quoted: the last plan year, or later when ready later."""
    if school.preparing and school.ready is not None:
        return max(facts.last, school.ready)
    return facts.last


Bringing = dict[tuple[str, str], list[tuple[int, Units]]]
"""(School, item) → years and units."""


def lowest_coverage(facts: Facts, decision: Decision, tally: Tally) -> float | None:
    """The lowest coverage (0–1) in the last plan year among the schools that a purchase, a
    contract or a request can still help then; ``None`` where there is none, or where the
    priority does not ask for it. Preparing schools are left out."""
    if facts.scenario.settings.priority.mode != "maxmin":
        return None
    # (school, item) → from when what contracts and requests may bring serves, and how many units
    bringing: Bringing = defaultdict(list)
    for (name, item, _, year), contract in facts.contracts.items():
        start = service_start(facts.schools[name], facts.items[item], year)
        bringing[name, item].append((max(start, contract.serves or 0), contract.units))
    for option in decision.options.values():
        for item, quantity, year in option.items:
            if quantity > 0:
                start = service_start(option.school, facts.items[item], year)
                bringing[option.school.id, item].append((start, quantity * option.copies))
    funds, found = Eligibility(facts), []
    for school in facts.schools.values():
        weight, _, after = tally.final.get(school.id, (0.0, 0.0, 0.0))
        if school.preparing or weight <= 0:
            continue
        if any(_helps(facts, funds, bringing, school, i) for i in facts.items.values()):
            found.append(after / weight)
    return min(found, default=None)


def _helps(
    facts: Facts,
    funds: Eligibility,
    bringing: Bringing,
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
    # Units that are in service or signed or asked for, all of them, and the fewest of use.
    brought = [
        units
        for start, units in bringing.get((school.id, item.item), [])
        if alive(start, item.life, last)
    ]
    had = stock[school.years.index(last)] + sum(brought)
    useful = facts.useful(school, item.item)[school.years.index(last)]
    if brought and had >= useful:
        return True
    lot = item.lot if item.whole else 1
    closed = facts.scenario.settings.closed_until or 0
    for year in range(max(facts.first, closed + 1), last + 1):
        start = service_start(school, item, year)
        waits = start - year >= len(item.payments)
        if waits or not alive(start, item.life, last):
            continue
        most = max((n for t, n in left.items() if alive(start, item.life, t)), default=0)
        due = range(year, year + len(item.payments))
        if (
            most >= lot
            and had + most // lot * lot >= useful
            and any(
                fund.role == "general"
                and all(t in facts.declared[name] for t in due)
                and not facts.fixed(school.id, item.item, name, year)
                and not facts.bans(school.id, item.item, name, year)
                and funds.buys(name, school, item, year)
                for name, fund in facts.funds.items()
            )
        ):
            return True
    return False


def school_rows(facts: Facts, decision: Decision, upkeep: Upkeep, tally: Tally) -> Iterator[Row]:
    """Contracts, upkeep within the plan and coverage of each school, proposals apart."""
    spent: dict[str, int] = defaultdict(int)
    for line in decision.contracts():
        spent[line.school.id] += line.amount
    running: dict[str, int] = defaultdict(int)
    for line in upkeep.lines:
        if facts.first <= line.year <= facts.last:
            running[line.school.id] += line.amount
    for s in facts.schools.values():
        own = spent.get(s.id, 0)
        funded, proposed = (0, own) if s.preparing else (own, 0)
        weight, before, after = tally.final.get(s.id, (0.0, 0.0, 0.0))
        yield (
            s.id, s.name, s.level, s.group, str(s.pupils), str(funded), str(running.get(s.id, 0)),
            str(proposed),
            Near.of(before / weight, 6) if weight else "",
            Near.of(after / weight, 6) if weight else "",
            Near.of(tally.people.get(s.id, 0.0), 3),
        )  # fmt: skip


def request_rows(facts: Facts, decision: Decision) -> Iterator[Row]:
    """Every option of every request, whether and how often it is chosen, paid and worth what."""
    weights = {str(g): w for g, w in facts.scenario.settings.priority.weights.items()}
    for key, option in decision.options.items():
        times, paid, points = decision.chosen.get(key, 0), 0, Fraction(0)
        if key in decision.chosen:
            paid = sum(decision.given(option, cost) for cost in option.costs)
            points = Fraction(weights.get(option.school.group, 1)) * decision.points(option)
        yield (
            option.request, option.school.id, option.option, option.title,
            "yes" if key in decision.chosen else "no", plain(option.value),
            str(sum(cost.amount for cost in option.costs)), str(times), str(paid),
            number_text(points),
        )  # fmt: skip


def plain(value: Decimal) -> str:
    """A decimal without exponent and idle zeros."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


# --------------------------------------------------------------------------------------------------
# The claims of ``plan.json``: values, stages and equipped pupil-years are recomputed, gaps and
# statuses follow from them; only bounds and the settings of the run are taken on trust.

FILE = "plan.json"
STATUSES = ("optimal", "within_gap", "stopped")
"""Statuses under which a plan exists, the strongest first."""
STAGE_KEYS = ("name", "status", "value", "bound", "gap")
KEYS = (
    "schema", "scenario", "status", "value", "bound", "gap", "people", "people_proposed",
    "people_by_pillar", "stages", "settings", "illustrative", "tidy", "amend", "seconds",
    "versions", "inputs", "files",
)  # fmt: skip
"""All that ``plan.json`` may claim. ``files`` are compared with the folder; ``seconds``,
``versions`` and ``inputs`` (hashes of files that are not in it) are taken as they stand."""
TIDY_COUNTS = ("lines", "visits", "sources", "smallest")
TIDY_KEYS = (
    "within", "stages_before", "value_before", "people_before",
    *(f"{name}_before" for name in TIDY_COUNTS), *TIDY_COUNTS, "bound_of_lines", "sizes_before",
)  # fmt: skip
"""What a plan may claim of having been tidied. The plan before is not in the folder: its lines,
their sizes and pupil-years are taken on trust, its value as far as the bound and the plan allow.
Sizes are as many as the lines, and the smallest line is of the smallest; a folder may do without
them."""


AMEND_TEXTS = ("plan", "identity", "base", "at")
AMEND_COUNTS = ("changed", "bound_of_changes", "changed_by_best")
AMEND_KEYS = (
    *AMEND_TEXTS, *AMEND_COUNTS, "within", "stages_before", "value_before", "people_before",
    "base_people",
)  # fmt: skip
"""What an amended plan may claim (the plan before and what has happened: ``proof.chain``). The
best plan, which gave way, is in no folder: its pupil-years and changes are taken on trust."""


def _is_number(value: Any, least: float = 0.0) -> bool:
    number = _number(value)
    return number is not None and number >= least


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _are_texts(value: Any, least: int) -> bool:
    return (
        isinstance(value, Mapping)
        and len(value) >= least
        and all(isinstance(text, str) and text for text in value.values())
    )


SEALED: dict[str, Callable[[Any], bool]] = {
    "scenario": lambda name: _is_text(name) and bool(name),
    "seconds": _is_number,
    "versions": lambda names: _are_texts(names, 1),
    "inputs": lambda names: _are_texts(names, 0),
}
"""What is written when the plan is sealed, or only names it: taken on trust likewise."""
SETTINGS: dict[str, Callable[[Any], bool]] = {
    "gap": _is_number,
    "time_limit": _is_number,
    "threads": lambda n: n is None or (type(n) is int and n > 0),
    "solver": _is_text,
    "method": lambda m: m in ("whole", "by-school"),
    "method_why": _is_text,
}
"""What the run was asked: taken on trust, as long as it is of its kind."""
TOLERANCE = 1e-6
"""Relative tolerance of the value, which the optimizer computes in binary floats."""
NOISE = 1e-8
"""Relative gap that writing numbers with nine decimals may cost."""
WHOLE_MONEY = 1e-5
"""Relative gap that rounding continuous amounts to whole money may leave in a proven plan."""


def reached(
    facts: Facts, decision: Decision, tally: Tally, lowest: float | None, missed: Fraction
) -> dict[str, float]:
    """What the plan reaches in each priority stage, in their order: points of coverage gained,
    of requests chosen, of wishes missed; ``floor`` is a coverage, 0–1, and no points."""
    settings = facts.scenario.settings
    weights = {str(g): float(w) for g, w in settings.priority.weights.items()}
    gained = {key: weights.get(key[0], 1.0) * v for key, v in tally.value.items()}
    asked: dict[str, list[float]] = {g: [] for g in GROUPS}
    for key in sorted(decision.chosen):
        option = decision.options[key]
        group = option.school.group
        asked[group].append(weights.get(group, 1.0) * float(decision.points(option)))
    if settings.priority.mode != "strict":
        points = math.fsum(gained.values())
        for parts in asked.values():
            for part in parts:
                points += part
        floor = {} if lowest is None else {"floor": lowest}
        return floor | {"value": points - float(missed)}
    there = {school.group for school in facts.schools.values()}
    groups = [g for g in GROUPS if g in there]
    found: dict[str, float] = {}
    if settings.priority.by == "whole":
        for g in groups:
            mine = [v for (group, _), v in gained.items() if group == g]
            found[g] = math.fsum([*mine, *asked[g]])
    else:
        for k in range(len(settings.tiers)):
            for g in groups:
                own = asked[g] if k == 0 else []
                found[f"tier-{k + 1}:{g}"] = math.fsum([gained.get((g, k), 0.0), *own])
    if any(rule.firmness == "wish" for rule in settings.rules.values()):
        found["wishes"] = 0.0 - float(missed)
    return found


def check_claims(
    facts: Facts,
    claims: Mapping[str, Any],
    decision: Decision,
    tally: Tally,
    lowest: float | None,
    missed: Fraction,
    report: Report,
    lines: Lines,
) -> None:
    """Compare the claims with what the tables and inputs say.

    The bounds and the settings of the run are taken as they stand: no bound can be recomputed
    without a solver. Whatever follows from them must follow.
    """
    settings = facts.scenario.settings
    stages = reached(facts, decision, tally, lowest, missed)
    value = math.fsum(v for name, v in stages.items() if name != "floor")
    _same(claims, "schema", 1, report)
    _same(claims, "scenario", facts.scenario.id, report)
    _same(claims, "illustrative", settings.illustrative, report)
    _close(claims, "value", value, TOLERANCE * max(1.0, abs(value)), report)
    people = math.fsum(n for s, n in tally.people.items() if not facts.schools[s].preparing)
    proposed = math.fsum(n for s, n in tally.people.items() if facts.schools[s].preparing)
    _close(claims, "people", people, _room(people), report)
    _close(claims, "people_proposed", proposed, _room(proposed), report)
    _pillars(facts, claims, tally, report)
    _gap(claims, "", report)
    for key in claims:
        if key not in KEYS:
            report.add("audit_claim_unknown", FILE, column=str(key))
        elif key in SEALED and not SEALED[key](claims[key]):
            report.add("audit_claim_kind", FILE, column=key, found=str(claims[key])[:200])
    _settings(claims.get("settings"), settings.priority.mode, report)
    run = claims.get("settings")  # the gap asked for: what the run was given, else the scenario's
    given = _number(run.get("gap")) if isinstance(run, Mapping) else None
    asked = float(settings.solve.gap) if given is None else given
    if claims.get("status") not in STATUSES:
        report.add("audit_status", FILE, column="status", found=str(claims.get("status")))
    given = _number(run.get("tidy")) if isinstance(run, Mapping) else None
    within = float(settings.tidy.within) if given is None else given
    before: Mapping[str, float] = stages
    if "tidy" in claims:
        before = _tidy(claims, stages, lines, within, report)
    elif "amend" in claims:
        before = _amend(claims, stages, report)
    _stages(claims, stages, before, asked, report)


def _tidy(
    claims: Mapping[str, Any], due: Mapping[str, float], lines: Lines, most: float, report: Report
) -> Mapping[str, float]:
    """What tidying claims: the lines are those of the plan and no more than before, no stage gave
    up more than it might, which is the part ``most`` that was asked for. Returns what each stage
    reached before, which its proof is of."""
    tidy = claims["tidy"]
    if not isinstance(tidy, Mapping) or {*tidy, "sizes_before"} != set(TIDY_KEYS):
        text, expected = str(tidy)[:200], str(list(TIDY_KEYS))
        report.add("audit_claim", FILE, column="tidy", found=text, expected=expected)
        return due
    found = {name: getattr(lines, name) or 0 for name in TIDY_COUNTS}
    for name, count in found.items():
        _same(tidy, name, count, report, "tidy.")
        earlier = tidy[f"{name}_before"]
        if type(earlier) is not int or earlier < 0:
            column = f"tidy.{name}_before"
            report.add("audit_claim_kind", FILE, column=column, found=str(earlier))
    counted = [tidy[f"{name}_before"] for name in TIDY_COUNTS[:3]]
    if all(type(n) is int for n in counted) and [*found.values()][:3] > counted:
        text, expected = str(counted), f">= {[*found.values()][:3]}"
        report.add("audit_claim", FILE, column="tidy.lines_before", found=text, expected=expected)
    if "sizes_before" in tidy:
        _sizes(tidy["sizes_before"], tidy["lines_before"], tidy["smallest_before"], report)
    bound, within = tidy["bound_of_lines"], _number(tidy["within"])
    if bound is not None and (type(bound) is not int or not 0 <= bound <= lines.lines):
        text, expected = str(bound), f"<= {lines.lines}"
        report.add("audit_claim", FILE, column="tidy.bound_of_lines", found=text, expected=expected)
    if within is None or not 0 < within <= 1:
        report.add("audit_claim_kind", FILE, column="tidy.within", found=str(tidy["within"]))
        return due
    _close(tidy, "within", most, NOISE, report, "tidy.")
    if not _is_number(tidy["people_before"]):
        text = str(tidy["people_before"])
        report.add("audit_claim_kind", FILE, column="tidy.people_before", found=text)
    return _given_up("tidy", tidy, due, within, report)


def _amend(
    claims: Mapping[str, Any], due: Mapping[str, float], report: Report
) -> Mapping[str, float]:
    """What an amendment claims of the best plan, which gave way to one that changes fewer lines:
    no stage gave up more than it might. Returns what each stage reached in it."""
    amend, run = claims["amend"], claims.get("settings")
    if not isinstance(amend, Mapping) or set(amend) != set(AMEND_KEYS):
        text, expected = str(amend)[:200], str(list(AMEND_KEYS))
        report.add("audit_claim", FILE, column="amend", found=text, expected=expected)
        return due
    wrong = [k for k in AMEND_TEXTS if not (_is_text(amend[k]) and amend[k])]
    wrong += [k for k in AMEND_COUNTS if type(amend[k]) is not int or amend[k] < 0]
    wrong += [k for k in ("people_before", "base_people") if not _is_number(amend[k])]
    within = _number(amend["within"])
    wrong += ["within"] if within is None or not 0 <= within <= 1 else []
    for key in wrong:
        column, text = f"amend.{key}", str(amend[key])
        report.add("audit_claim_kind", FILE, column=column, found=text)
    if wrong or within is None:
        return due
    asked = _number(run.get("amend")) if isinstance(run, Mapping) else None
    _close(amend, "within", -1.0 if asked is None else asked, NOISE, report, "amend.")
    if amend["bound_of_changes"] > amend["changed"]:
        text, expected = str(amend["bound_of_changes"]), f"<= {amend['changed']}"
        column = "amend.bound_of_changes"
        report.add("audit_claim", FILE, column=column, found=text, expected=expected)
    return _given_up("amend", amend, due, within, report)


def _given_up(
    part: str, claim: Mapping[str, Any], due: Mapping[str, float], within: float, report: Report
) -> Mapping[str, float]:
    """Stage → what was reached in it before something was given up: no more than a part of it was,
    and all together is the value before."""
    stages, before = claim["stages_before"], dict[str, float]()
    if not isinstance(stages, Mapping) or list(stages) != list(due):
        text, expected, column = str(stages)[:200], str(list(due)), f"{part}.stages_before"
        report.add("audit_claim", FILE, column=column, found=text, expected=expected)
        return due
    for name, value in due.items():
        earlier, path = _number(stages[name]), f"{part}.stages_before.{name}"
        if earlier is None:
            report.add("audit_claim_kind", FILE, column=path, found=str(stages[name]))
            return due
        before[name] = earlier
        size = max(1.0, abs(earlier))
        if value < earlier - (within + TOLERANCE) * size:
            text, least = f"{value:.6f}", f">= {earlier - within * size:.6f}"
            report.add("audit_claim", FILE, column=path, found=text, expected=least)
    total = math.fsum(v for name, v in before.items() if name != "floor")
    room = TOLERANCE * max(1.0, abs(total))
    _close(claim, "value_before", total, room, report, f"{part}.")
    return before


SIZE = re.compile(r"0|[125]0*")


def _sizes(found: Any, lines: Any, smallest: Any, report: Report) -> None:
    """Lines by size before tidying: as many as there were, the smallest where it belongs."""
    column = "tidy.sizes_before"
    good = isinstance(found, Mapping) and all(
        SIZE.fullmatch(str(size)) and type(n) is int and n > 0 for size, n in found.items()
    )
    if not good:
        report.add("audit_claim_kind", FILE, column=column, found=str(found)[:200])
    elif sum(found.values()) != lines:
        report.add(
            "audit_claim", FILE, column=column, found=str(sum(found.values())), expected=str(lines)
        )
    elif found and type(smallest) is int:
        low = min(map(int, found))
        # the next size: 1, 2, 5, 10
        high = 1 if low == 0 else low * 5 // 2 if str(low)[0] == "2" else low * 2
        if not low <= smallest < high:
            text = f"{low}–{high}"
            report.add("audit_claim", FILE, column=column, found=text, expected=str(smallest))


def _settings(found: Any, mode: str, report: Report) -> None:
    """The settings of the run are of their kinds; only the priority is the scenario's own.
    ``tidy`` is there where it was asked for in place of the scenario's, ``amend`` (the part of the
    value that could be given up) of an amended plan."""
    if not isinstance(found, Mapping) or not found:
        report.add("audit_claim", FILE, column="settings", found=str(found), expected="{…}")
        return
    for key, right in SETTINGS.items():
        if not right(found.get(key)) or key not in found:
            column, text = f"settings.{key}", str(found.get(key))
            report.add("audit_claim_kind", FILE, column=column, found=text)
    _same(found, "priority", mode, report, "settings.")
    for key in found.keys() & {"tidy", "amend"}:
        if not (_is_number(found[key]) and found[key] <= 1):
            column, text = f"settings.{key}", str(found[key])
            report.add("audit_claim_kind", FILE, column=column, found=text)
    for key in found:
        if key not in SETTINGS and key not in ("priority", "tidy", "amend"):
            report.add("audit_claim_unknown", FILE, column=f"settings.{key}")


def _stages(
    claims: Mapping[str, Any],
    due: Mapping[str, float],
    before: Mapping[str, float],
    asked: float,
    report: Report,
) -> None:
    """Every stage is there under its name with what the plan reaches in it; no bound lies below
    that, nor below what was reached ``before`` it was tidied; gaps, statuses (of what was reached
    before) and the bound of all stages follow."""
    found = claims.get("stages")
    stages = [s for s in found if isinstance(s, Mapping)] if isinstance(found, list) else []
    names = [s.get("name") for s in stages]
    if not isinstance(found, list) or names != list(due) or len(stages) != len(found):
        text = str(found if found and not names else names)[:200]
        expected = str(list(due))
        report.add("audit_claim", FILE, column="stages", found=text, expected=expected)
        return
    wholly = max(1.0, abs(math.fsum(due.values())))
    worst, bounds = 0, []
    for k, stage in enumerate(stages):
        path, value = f"stages[{k}].", due[stage["name"]]
        for key in stage:
            if key not in STAGE_KEYS:
                report.add("audit_claim_unknown", FILE, column=f"{path}{key}")
        _close(stage, "value", value, TOLERANCE * wholly, report, path)
        _gap(stage, path, report)
        bound, most = _number(stage.get("bound")), max(value, before[stage["name"]])
        if bound is not None and bound < most - TOLERANCE * max(1.0, abs(most)):
            text = f"{most:.6f}"
            report.add("audit_bound", FILE, column=f"{path}bound", found=str(bound), value=text)
        # Stages keep each other up to a tolerance.
        room = TOLERANCE * wholly if len(due) > 1 else 0.0
        judged = dict(stage)
        if before is not due:
            judged |= {"value": before[stage["name"]]}
            judged |= {"gap": _gap_of(judged)}
        allowed = _fitting(judged, room, asked)
        own = None if bound is None else (bound - value - room) / max(1.0, abs(value))
        if "optimal" in allowed and own is not None:  # what gave up value is no optimum any more
            allowed |= {"within_gap"} if own > TOLERANCE - NOISE and before is not due else set()
            allowed -= {"optimal"} if own > TOLERANCE + NOISE else set()
        _status(judged, allowed, asked, path, report)
        if stage.get("status") in STATUSES:
            worst = max(worst, STATUSES.index(stage["status"]))
        if stage["name"] != "floor":
            bounds.append(bound)
    # The bound of the whole is that of its stages together, and never below the value.
    reached, claimed = _number(claims.get("value")), claims.get("bound")
    known = [b for b in bounds if b is not None]
    if len(known) == len(bounds):
        most = max(math.fsum(known), -math.inf if reached is None else reached)
        _close(claims, "bound", most, 1e-8 * len(known) + 1e-9 * abs(most) + 1e-8, report)
    elif claimed is not None:
        report.add("audit_claim", FILE, column="bound", found=str(claimed), expected="null")
    judged = dict(claims)
    if before is not due:
        judged |= {"value": math.fsum(v for name, v in before.items() if name != "floor")}
        judged |= {"gap": _gap_of(judged)}
    overall = _number(judged.get("gap"))
    due_status = {_lowered(worst, overall, asked, room) for room in (-NOISE, 0.0, NOISE)}
    _status(judged, due_status, asked, "", report)


def _gap_of(claims: Mapping[str, Any]) -> float | None:
    """The gap of a value and a bound; ``None`` where one of them is missing."""
    value, bound = _number(claims.get("value")), _number(claims.get("bound"))
    if value is None or bound is None:
        return None
    return max(0.0, bound - value) / max(1.0, abs(value))


def _fitting(stage: Mapping[str, Any], room: float, asked: float) -> set[str]:
    """The statuses that a stage's own gap allows, ``room`` points of it aside."""
    value, bound = _number(stage.get("value")), _number(stage.get("bound"))
    if value is None or bound is None:
        return {"stopped"}
    gap = max(0.0, bound - value - room) / max(1.0, abs(value))
    return {
        status
        for status, fits in (
            ("optimal", gap <= TOLERANCE + NOISE),
            ("within_gap", NOISE / 10 < gap <= max(asked, WHOLE_MONEY) + NOISE),
            ("stopped", gap > max(asked - NOISE, NOISE / 10)),
        )
        if fits
    }


def _lowered(worst: int, gap: float | None, asked: float, room: float) -> str:
    """The status of the whole: the weakest of its stages, or what its own gap leaves of it."""
    if gap is None or (worst and gap > max(asked, WHOLE_MONEY) + room):
        return "stopped"
    if gap > TOLERANCE + room:
        worst = max(worst, 1)
        if gap > max(asked, WHOLE_MONEY) + room:
            return "stopped"
    return STATUSES[worst]


def _room(people: float) -> float:
    return 0.0005 + 1e-6 + 1e-9 * abs(people)


def _pillars(facts: Facts, claims: Mapping[str, Any], tally: Tally, report: Report) -> None:
    claimed = claims.get("people_by_pillar")
    if not isinstance(claimed, Mapping):
        text = str(claimed)
        report.add("audit_claim", FILE, column="people_by_pillar", found=text, expected="{…}")
        return
    names = dict.fromkeys(item.pillar for item in facts.items.values())
    for name in names:
        due = tally.pillars.get(name, 0.0)
        _close(claimed, name, due, _room(due), report, "people_by_pillar.")
    for name in claimed:
        if name not in names:
            report.add("audit_claim_unknown", FILE, column=f"people_by_pillar.{name}")


def _same(claims: Mapping[str, Any], key: str, due: object, report: Report, path: str = "") -> None:
    found = claims.get(key)
    if found != due or type(found) is not type(due):
        text, column = str(found), f"{path}{key}"
        report.add("audit_claim", FILE, column=column, found=text, expected=str(due))


def _close(
    claims: Mapping[str, Any], key: str, due: float, room: float, report: Report, path: str = ""
) -> None:
    found = _number(claims.get(key))
    if found is None or not abs(found - due) <= room:
        text, expected = str(claims.get(key)), f"{due:.6f}"
        report.add("audit_claim", FILE, column=f"{path}{key}", found=text, expected=expected)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _gap(claims: Mapping[str, Any], path: str, report: Report) -> None:
    """gap = max(0, bound − value) ÷ max(1, |value|); a bound below the value is no bound."""
    value, bound = _number(claims.get("value")), _number(claims.get("bound"))
    if claims.get("bound") is None:
        if claims.get("gap") is not None:
            text = str(claims.get("gap"))
            report.add("audit_claim", FILE, column=f"{path}gap", found=text, expected="null")
        return
    if value is None or bound is None:
        name = "value" if value is None else "bound"
        text = str(claims.get(name))
        report.add("audit_claim", FILE, column=f"{path}{name}", found=text, expected="0.0")
        return
    size = max(1.0, abs(value))
    if bound < value - TOLERANCE * size:
        name = f"{path}bound"
        report.add("audit_bound", FILE, column=name, found=str(bound), value=str(value))
    gap = max(0.0, bound - value) / size
    _close(claims, "gap", gap, 1e-8 * (1 + gap), report, path)


def _status(
    claims: Mapping[str, Any], due: set[str], asked: float, path: str, report: Report
) -> None:
    """The status is one that the gap allows; ``optimal`` has closed it, ``within_gap`` has
    reached the one asked for, ``stopped`` has not."""
    status, gap = str(claims.get("status")), _number(claims.get("gap"))
    if claims.get("status") not in STATUSES:
        if path:
            report.add("audit_status", FILE, column=f"{path}status", found=status)
        return
    most = {"optimal": TOLERANCE, "within_gap": max(asked, WHOLE_MONEY)}.get(status)
    if status in due:
        return
    if most is not None and (gap is None or gap > most):
        text = str(claims.get("gap"))
        report.add(
            "audit_gap", FILE, column=f"{path}gap", found=text, most=str(most), status=status
        )
        return
    expected = " / ".join(s for s in STATUSES if s in due)
    report.add("audit_claim", FILE, column=f"{path}status", found=status, expected=expected)
