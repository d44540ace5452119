"""The scenario's own rules: every statement summed anew over the lines and bounded again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from planner.audit.decision import Decision, Line
from planner.audit.exact import Units
from planner.audit.facts import Facts, School
from planner.audit.rows import RuleRow
from planner.audit.select import (
    LINE_KEYS,
    Selection,
    item_fits,
    line_nature,
    school_fits,
    selection,
    year_fits,
)
from planner.audit.upkeep import Upkeep
from planner.scenario.contracts import Item
from planner.scenario.schema import Bound, Rule, Share

ITEM_KEYS = ("item", "pillar")
UNITS = {"spend": "money", "quantity": "units", "coverage": "share", "requests": "count"}
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that a rule may count: a line, a chosen option, or an item's need in a year."""

    school: School
    item: Item | None
    nature: str
    fund: str
    year: str
    kind: str
    request: str
    amount: Units
    base: Units = 0

    def text(self, key: str) -> str:
        """Its value of a selector's key."""
        if key == "item":
            return "" if self.item is None else self.item.item
        if key == "pillar":
            return "" if self.item is None else self.item.pillar
        if key in LINE_KEYS:
            return str(getattr(self, key))
        return self.school.texts.get(key, "")


class Statements:
    """Evaluates the rules of a scenario on a decision."""

    def __init__(self, facts: Facts, decision: Decision, upkeep: Upkeep) -> None:
        self.facts = facts
        self.decision = decision
        self.upkeep = upkeep

    def rows(self) -> Iterator[tuple[RuleRow, Fraction]]:
        """Every row of every rule, with what a miss of it costs in points (wishes)."""
        for name, rule in self.facts.scenario.settings.rules.items():
            for row in self._of(name, rule):
                price = Fraction(rule.price or 0) if rule.firmness == "wish" else Fraction(0)
                percent = 100 if rule.measure == "coverage" else 1
                yield row, max(Fraction(0), -row.slack) * price * percent

    def _of(self, name: str, rule: Rule) -> Iterator[RuleRow]:
        chosen = selection(rule.where)
        sums = self._sums(rule, chosen, rule.for_each)
        if rule.measure == "coverage":
            keys = [k for k, (_, base) in sums.items() if base]
        else:
            keys = self._keys(rule, chosen)
        for relation, bound in (
            ("<=", rule.at_most), (">=", rule.at_least), ("=", rule.exactly)
        ):  # fmt: skip
            if bound is None:
                continue
            limits = self._limits(rule, chosen, bound, keys)
            for key in keys:
                amount, base = sums.get(key, (Fraction(0), Fraction(0)))
                left = amount / base if base else amount
                yield RuleRow(
                    name, ",".join(key), rule.firmness, left, relation, limits[key],
                    UNITS[rule.measure],
                )  # fmt: skip

    # ---- sums -----------------------------------------------------------------------------
    def _sums(
        self, rule: Rule, chosen: Selection, for_each: list[str]
    ) -> dict[Key, tuple[Fraction, Fraction]]:
        """Key → sum of the measure over ``chosen`` (and of its base, for coverage)."""
        sums: dict[Key, tuple[Units, Units]] = defaultdict(lambda: (0, 0))
        for part in self._parts(rule.measure, chosen):
            if not accepted(part, chosen):
                continue
            key = tuple(part.text(k) for k in for_each)
            amount, base = sums[key]
            sums[key] = (amount + part.amount, base + part.base)
        return {key: (Fraction(amount), Fraction(base)) for key, (amount, base) in sums.items()}

    def _parts(self, measure: str, chosen: Selection) -> Iterator[Part]:
        if measure == "coverage":
            yield from self._covered(chosen)
        elif measure == "requests":
            for name in sorted(self.decision.chosen):
                option = self.decision.options[name]
                times = Fraction(self.decision.chosen[name])
                yield Part(option.school, None, "", "", "", "request", option.request, times)
        elif measure == "quantity":
            for line in self.decision.bought():
                yield self._part(line, line.quantity)
        else:
            for line in self.decision.contracts():
                yield self._part(line, line.amount)
            if "upkeep" in chosen.get("kind", ()):
                for line in self.upkeep.lines:
                    yield self._part(line, line.amount)

    def _part(self, line: Line, amount: Units) -> Part:
        nature = line_nature(self.facts.funds[line.fund].nature, line.item)
        return Part(
            line.school, line.item, nature, line.fund, str(line.year), line.kind,
            line.request, amount,
        )  # fmt: skip

    def _covered(self, chosen: Selection) -> Iterator[Part]:
        """Needs and what is covered of them, where a building is ready."""
        items = [i for i in self.facts.items.values() if item_fits(chosen, i)]
        for school in self.facts.schools.values():
            if not school_fits(chosen, school) or not named(school, chosen):
                continue
            for item in items:
                yield from self._needs(school, item, chosen)

    def _needs(self, school: School, item: Item, chosen: Selection) -> Iterator[Part]:
        needs = self.facts.need(school, item.item)
        if needs is None:
            return
        stock, new = self.facts.stock(school, item.item), self.decision.new(school, item.item)
        for k, t in enumerate(school.years):
            waits = item.on_site and school.ready is not None and t < school.ready
            planned = self.facts.first <= t <= self.facts.last
            asked = year_fits(chosen, t) if "year" in chosen else planned
            if not needs[k] or waits or not asked:
                continue
            covered = min(stock[k] + new[k], needs[k])
            yield Part(school, item, "", "", str(t), "", "", covered, needs[k])

    # ---- bounds ---------------------------------------------------------------------------
    def _limits(
        self, rule: Rule, chosen: Selection, bound: Bound, keys: list[Key]
    ) -> dict[Key, Fraction]:
        if not isinstance(bound, Share):
            return dict.fromkeys(keys, Fraction(bound))
        share = Fraction(bound.share)
        if bound.of == "budget":
            return {k: share * self._budget(chosen, rule.for_each, k) for k in keys}
        of = selection(bound.of)
        sums = self._sums(rule, of, rule.for_each)
        none = (Fraction(0), Fraction(0))
        return {k: share * sums.get(k, none)[0] for k in keys}

    def _budget(self, chosen: Selection, for_each: list[str], key: Key) -> int:
        """Declared money of the general funds and years that the row speaks of."""
        asked = dict(zip(for_each, key, strict=True))
        total = 0
        for fund, amounts in self.facts.declared.items():
            if asked.get("fund", fund) != fund or not {fund} & chosen.get("fund", {fund}):
                continue
            for t, amount in amounts.items():
                if self.facts.first <= t <= self.facts.last and (
                    asked.get("year", str(t)) == str(t) and year_fits(chosen, t)
                ):
                    total += amount
        return total

    # ---- which rows -----------------------------------------------------------------------
    def _keys(self, rule: Rule, chosen: Selection) -> list[Key]:
        """One key for each combination of ``for_each`` that exists."""
        school_keys = [k for k in rule.for_each if k not in LINE_KEYS]
        item_keys = [k for k in rule.for_each if k in ITEM_KEYS]
        others = [k for k in rule.for_each if k in LINE_KEYS and k not in ITEM_KEYS]
        parts: list[list[dict[str, str]]] = []
        if school_keys:
            schools = [
                s
                for s in self.facts.schools.values()
                if school_fits(chosen, s) and named(s, chosen)
            ]
            parts.append([{k: s.texts.get(k, "") for k in school_keys} for s in schools])
        if item_keys:
            items = [i for i in self.facts.items.values() if item_fits(chosen, i)]
            parts.append([{k: str(getattr(i, k)) for k in item_keys} for i in items])
        parts += [[{k: value} for value in self._domain(k, chosen)] for k in others]
        found: dict[Key, None] = {}
        for combination in product(*parts):
            merged = {k: v for part in combination for k, v in part.items()}
            found[tuple(merged[k] for k in rule.for_each)] = None
        return list(found)

    def _domain(self, key: str, chosen: Selection) -> list[str]:
        if key == "fund":
            project = "preparing" in chosen.get("group", ())
            domain = [
                name for name, f in self.facts.funds.items() if project or f.role == "general"
            ]
        elif key == "year":
            years = self.facts.all_years
            domain = [str(t) for t in years if t <= self.facts.last or "year" in chosen]
        elif key == "kind":
            domain = ["purchase", "setup", "request"]
            domain += ["upkeep"] if "upkeep" in chosen.get("kind", ()) else []
        elif key == "request":
            domain = list(dict.fromkeys(o.request for o in self.decision.options.values()))
        else:
            domain = ["capital", "recurrent"]
        return [value for value in domain if value in chosen.get(key, {value})]


def named(school: School, chosen: Selection) -> bool:
    """Proposals count only where the selection names their group."""
    return not school.preparing or "preparing" in chosen.get("group", ())


def accepted(part: Part, chosen: Selection) -> bool:
    """Whether ``chosen`` takes ``part``; upkeep and proposals only when named."""
    if part.kind == "upkeep":
        if "upkeep" not in chosen.get("kind", ()):
            return False
    elif not named(part.school, chosen):
        return False
    keys = (k for k in chosen if not (k == "year" and not part.year))
    return all(part.text(k) in chosen[k] for k in keys)
