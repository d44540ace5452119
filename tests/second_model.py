"""Every rule of a scenario read a second time, as a small integer program of its own.

Nothing of the product is used: the tables and settings are read here from the scenario's files,
needs, stock, prices and ledgers are computed in exact fractions, and the rows are written year by
year and unit by unit as the rules are told in ``design`` words, without spans, tightened links or
segments. HiGHS decides the program; ``tests/reference.py`` tries every plan of still smaller
scenarios one by one, with no engine at all.

Money is in millions inside the program. A continuous amount stays continuous here: the product
rounds it down to whole minor units, so values agree up to what a few minor units are worth.
"""

from __future__ import annotations

import csv
import itertools
import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from second_facts import LINE_KEYS, Row, SecondFacts, many, number, texts, whole
from second_points import summed_points
from small_program import FREE, Program, Terms, summed

MONEY = 1_000_000
"""Minor units of one unit of the program's money."""
GROUPS = ("completed", "under_construction", "preparing", "none")
KEEPS = 1e-8
"""Relative part of a stage's value that later stages may cost."""


@dataclass
class Supply:
    """Something that puts units of an item into service at a school."""

    start: int
    units: Terms
    """Units by variable."""
    most: float
    """The most units that it can be."""
    bought: int
    counted: float | None = None
    """Of a request: units of one copy."""
    committed: float = 0
    switch: int = -1
    fact: float = 0
    """Of a contract that says its own price: its units."""
    free: bool = True
    """Whether it may be more than a contract."""


@dataclass
class Line:
    """A line of money that rules may count."""

    school: str
    keys: dict[str, str]
    money: Terms
    units: Terms
    fixed: float = 0.0
    """Money that is owed whatever is decided."""


@dataclass
class Answer:
    """What the second reading says of a scenario: stage by stage, and all together."""

    stages: list[tuple[str, float]] | None
    """``None``: no plan satisfies every rule."""

    @property
    def value(self) -> float:
        assert self.stages is not None
        return sum(v for name, v in self.stages if name != "floor")


@dataclass
class SecondModel(SecondFacts):
    """A scenario's facts, and the program that its rules make of them."""

    program: Program = field(default_factory=Program)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.lines: list[Line] = []
        self.due: dict[tuple[str, int], Terms] = defaultdict(lambda: defaultdict(float))
        self.owed: dict[tuple[str, int], float] = defaultdict(float)
        self.project: dict[tuple[str, str], Terms] = defaultdict(lambda: defaultdict(float))
        self.buys: dict[tuple[str, str, str, int], tuple[int, float]] = {}
        self.supplies: dict[tuple[str, str], list[Supply]] = defaultdict(list)
        self.chosen: dict[tuple[str, str], int] = {}
        self.points: dict[str, Terms] = defaultdict(lambda: defaultdict(float))
        self.covers: dict[tuple[str, str, int], list[int]] = {}
        self.scored: dict[tuple[str, str], int] = {}
        self.build()

    # ---- decisions -------------------------------------------------------------------------
    def build(self) -> None:
        self.purchases()
        self.requests()
        self.needs_not_exceeded()
        self.least_deliveries()
        self.prerequisites()
        self.coverage()
        self.running_costs()
        self.ledgers()
        self.capacities()
        self.locks()
        self.rules()
        self.lowest()

    def payments(self, item: str) -> list[Fraction]:
        return [Fraction(p) for p in many(self.items[item]["payments"])] or [Fraction(1)]

    def may_buy(self, name: str, item: str, fund: str, year: int) -> bool:
        school = self.schools[name]
        if year <= self.closed:
            return False
        if not self.serves(fund, school) or not self.pays(fund, item, year):
            return False
        if (self.role(fund) == "project") != self.preparing(school):
            return False
        cell = {"school": name, "item": item, "fund": fund, "year": str(year)}
        if self.without != "bans" and any(
            all(ban[k] in ("", v) for k, v in cell.items()) for ban in self.tables["bans"]
        ):
            return False
        if self.preparing(school):
            return year == max(whole(school["ready"]) or 0, self.first)
        if year not in self.plan:
            return False
        parts = len(self.payments(item))
        if any(t not in self.declared[fund] for t in range(year, year + parts)):
            return False
        return self.starts(school, item, year) - year < parts

    def purchases(self) -> None:
        for name in self.schools:
            for item in self.items:
                self.purchases_of(name, item)

    def purchases_of(self, name: str, item: str) -> None:
        p, school, row = self.program, self.schools[name], self.items[item]
        is_whole = row["whole"] == "yes"
        lot = (whole(row["lot"]) or 1) if is_whole else 1
        years = range(self.first, self.horizon() + 1)
        contracts = {(f, t): self.contract(name, item, f, t) for f in self.funds for t in years}
        promised = sum(float(c.units) for c in contracts.values())
        mine: dict[tuple[str, int], int] = {}
        for (fund, year), contract in contracts.items():
            free = self.may_buy(name, item, fund, year) and not contract.fixed
            stands = contract.units if contract.fact or contract.fixed else 0
            if not free and not stands:
                continue
            start = max(self.starts(school, item, year), contract.serves)
            most = max(self.most_left(name, item, start), promised) if free else float(stands)
            if not most // lot and not contract.units:
                continue  # no whole lot fits under the need
            due = 0 if self.without == "commitments" else float(contract.units)
            x = p.var(most // lot if is_whole else most, is_whole, due / lot)
            mine[fund, year] = x
            self.buys[name, item, fund, year] = (x, lot)
            fact = float(contract.units) if contract.fact else 0
            supply = Supply(start, {x: float(lot)}, most, year, committed=float(contract.units),
                            fact=fact, free=free)  # fmt: skip
            self.supplies[name, item].append(supply)
            price = self.grown(item, "price", year)
            money = {x: price * lot / MONEY}
            if contract.dearer:
                money[p.var(1, True, 1)] = contract.dearer / MONEY
            self.charge("purchase", name, item, fund, year, money, {x: lot})
        self.works(name, item, mine)
        life = whole(row["life"])
        for (f, t), (g, u) in itertools.combinations(mine, 2):
            once = row["once"] == "yes" and (life is None or abs(t - u) < life)
            source = self.s.get("one_source", False) and t == u and f != g
            if (once and self.without != "once") or (source and self.without != "one_source"):
                p.row({self.used(name, item, f, t): 1, self.used(name, item, g, u): 1}, high=1)

    def used(self, name: str, item: str, fund: str, year: int) -> int:
        """0/1: whether anything is bought there."""
        supply = next(
            s for s in self.supplies[name, item] if self.buys[name, item, fund, year][0] in s.units
        )
        return self.switch(supply)

    def switch(self, supply: Supply) -> int:
        if supply.switch < 0:
            supply.switch = self.program.var(1, True)
            self.program.row(
                summed([(supply.units, 1), ({supply.switch: supply.most}, -1)]), high=0
            )
        return supply.switch

    def charge(
        self, kind: str, name: str, item: str, fund: str, year: int, money: Terms, units: Terms
    ) -> None:
        """A line of money, in the ledgers and for the rules."""
        self.note(kind, name, item, fund, year, money, units)
        if self.role(fund) == "project":
            for k, v in money.items():
                self.project[fund, name][k] += v
            return
        parts = self.payments(item) if kind == "purchase" else [Fraction(1)]
        for later, part in enumerate(parts):
            for k, v in money.items():
                self.due[fund, year + later][k] += v * float(part)

    def note(
        self, kind: str, name: str, item: str, fund: str, year: int, money: Terms, units: Terms,
        *, request: str = "", fixed: float = 0.0,
    ) -> None:  # fmt: skip
        keys = {
            "item": item, "pillar": self.items[item]["pillar"] if item else "", "fund": fund,
            "nature": self.nature(fund, item), "year": str(year), "kind": kind, "request": request,
        }  # fmt: skip
        self.lines.append(Line(name, keys, money, units, fixed))

    def works(self, name: str, item: str, mine: Mapping[tuple[str, int], int]) -> None:
        """The first purchase at a school without stock pays the site works, from its own fund."""
        p = self.program
        if not (whole(self.items[item]["setup"]) or 0):
            return
        there = self.stock_of[name, item, self.first]
        own = {cell: self.contract(name, item, *cell).works for cell in mine}
        done: dict[tuple[str, int], int] = {}
        for fund, year in mine:
            told = own[fund, year]
            if there and told is None:
                continue
            w = done[fund, year] = p.var(1, True, 0 if told is None else 1)
            x, _ = self.buys[name, item, fund, year]
            price = self.grown(item, "price", year)
            least = 1.0 if self.items[item]["whole"] == "yes" else 1.0 / max(price, 1)
            p.row({x: 1.0, w: -least}, low=0)
            cost = (self.grown(item, "setup", year) if told is None else told) / MONEY
            self.charge("setup", name, item, fund, year, {w: cost}, {})
        p.row(dict.fromkeys(done.values(), 1.0), high=1)
        if there:
            return
        for supply in [] if self.without == "works" else self.supplies[name, item]:
            before = {w: 1.0 for (_, t), w in done.items() if t <= supply.bought}
            p.row(summed([(supply.units, 1), (before, -supply.most)]), high=0)

    # ---- requests --------------------------------------------------------------------------
    def requests(self) -> None:
        p = self.program
        rivals: dict[str, list[Row]] = defaultdict(list)
        for r in self.tables["requests"]:
            rivals[r["request"]].append(r)
            self.chosen[r["request"], r["option"]] = p.var(whole(r["copies"]) or 1, True)
        for request, rows in rivals.items():
            picks = [self.chosen[request, r["option"]] for r in rows]
            asked = any(r["mandatory"] == "yes" for r in rows) and self.without != "mandatory"
            most = FREE if self.without == "rivals" else max(whole(r["copies"]) or 1 for r in rows)
            p.row(dict.fromkeys(picks, 1.0), low=1 if asked else 0, high=most)
            for r in rows:
                self.request(r)

    def request(self, r: Row) -> None:
        p, name = self.program, r["school"]
        x, copies = self.chosen[r["request"], r["option"]], whole(r["copies"]) or 1
        key = (r["request"], r["option"])
        past = any(
            (c["request"], c["option"]) == key and int(c["year"]) <= self.closed
            for c in self.tables["request_costs"]
        )
        kept = r["mandatory"] == "yes" or any(
            (k["request"], k["option"]) == key for k in self.tables["locks"]
        )
        if past and not kept:
            p.row({x: 1.0}, high=0)
        for wanted in [] if self.without == "requires" else many(r["requires"]):
            request, _, option = wanted.partition(":")
            there = {v: 1.0 for (q, o), v in self.chosen.items()
                     if q == request and option in ("", o)}  # fmt: skip
            p.row(summed([({x: 1.0}, 1), (there, -copies)]), high=0)
        group = self.weight_of(name)
        stage = self.stage(name, 0)
        self.points[stage][x] += group * float(number(r["value"]) or 0)
        mine = [c for c in self.tables["request_costs"]
                if (c["request"], c["option"]) == (r["request"], r["option"])]  # fmt: skip
        for c in mine:
            money = {x: int(c["amount"]) / MONEY}
            room = (whole(c["most"]) or 0) - int(c["amount"])
            if room > 0:
                g = p.var(room * copies / MONEY)
                p.row({g: 1.0, x: -room / MONEY}, high=0)
                money[g] = 1.0
                value = float(number(c["value"]) or 0)
                self.points[stage][g] += group * value / room * MONEY
            fund, year = c["fund"], int(c["year"])
            self.note("request", name, "", fund, year, money, {}, request=r["request"])
            ledger = (self.project[fund, name] if self.role(fund) == "project"
                      else self.due[fund, year])  # fmt: skip
            for k, v in money.items():
                ledger[k] += v
        for i in self.tables["request_items"]:
            if (i["request"], i["option"]) == (r["request"], r["option"]) and int(i["quantity"]):
                start = self.starts(self.schools[name], i["item"], int(i["year"]))
                units = int(i["quantity"])
                supply = Supply(start, {x: float(units)}, units * copies, int(i["year"]), units)
                self.supplies[name, i["item"]].append(supply)

    # ---- standing rules --------------------------------------------------------------------
    def needs_not_exceeded(self) -> None:
        """Whenever something begins to serve, what is new and alive fits the largest need left
        while it lives (or what contracts bring); a copy of a request counts no more than that."""
        if self.without == "need":
            return
        for (name, item), supplies in self.supplies.items():
            for start in sorted({s.start for s in supplies}):
                most = self.most_left(name, item, start)
                serving = [s for s in supplies
                           if s.start <= start and self.alive(item, s.start, start)]  # fmt: skip
                most = max(most, sum(s.committed for s in serving))
                left = self.most_left(name, item, start)
                parts = [
                    (s.units, 1.0 if s.counted is None else min(s.counted, left) / s.counted)
                    for s in serving
                ]
                room = sum(s.most for s in serving)
                for begun in (s for s in supplies if s.start == start):
                    b = self.switch(begun)
                    self.program.row(summed([*parts, ({b: room}, 1.0)]), high=most + room)

    def least_deliveries(self) -> None:
        """What a school gets in a year is the least delivery at least, or the need is filled by
        it, by what was bought before and by what requests bring."""
        p = self.program
        for name, item in itertools.product(self.schools, self.items):
            row = self.items[item]
            lot = (whole(row["lot"]) or 1) if row["whole"] == "yes" else 1
            least = whole(row.get("least", "")) or 1
            if least <= lot or self.without == "least":
                continue
            bought = [s for s in self.supplies[name, item] if s.counted is None]
            for year in sorted({s.bought for s in bought}):
                mine = [s for s in bought if s.bought == year]
                if any(s.committed for s in mine):
                    continue
                start = mine[0].start
                left = self.most_left(name, item, start)
                serving = [s for s in self.supplies[name, item]
                           if s.start <= start and self.alive(item, s.start, start)
                           and (s.counted is not None or s.bought <= year)]  # fmt: skip
                most = max(left, sum(s.committed for s in serving))
                count = summed(
                    (s.units, 1.0 if s.counted is None else min(s.counted, left) / s.counted)
                    for s in serving
                )
                units = summed((s.units, 1.0) for s in mine)
                some, filled = p.var(1, True), p.var(1, True)
                p.row(summed([(units, 1), ({some: sum(s.most for s in mine)}, -1)]), high=0)
                p.row(summed([(units, 1), ({some: -least, filled: least}, 1)]), low=0)
                enough = most - lot + 1 if row["whole"] == "yes" else most
                p.row(summed([(count, 1), ({filled: enough}, -1)]), low=0)

    def new(self, name: str, item: str, year: int) -> Terms:
        alive = (s for s in self.supplies[name, item] if self.alive(item, s.start, year))
        return summed((s.units, 1.0) for s in alive)

    def prerequisites(self) -> None:
        for name, school in self.schools.items():
            for item, row in self.items.items():
                given = row["capacity"].split(";") if row["capacity"] else []
                for k, other in enumerate(many(row["requires"])):
                    each = number(given[k]) if k < len(given) else None
                    if self.without == ("prerequisites" if each is None else "capacity"):
                        continue
                    for t in self.years(school):
                        self.prerequisite((name, item, other, t), each)

    def prerequisite(self, cell: tuple[str, str, str, int], each: Fraction | None) -> None:
        name, item, other, t = cell
        own, theirs = self.new(name, item, t), self.new(name, other, t)
        held, there = self.stock_of[name, item, t], self.stock_of[name, other, t]
        # what was delivered under a contract of its own price serves in any case
        fact, stood = (
            sum(s.fact for s in self.supplies[name, i] if self.alive(i, s.start, t))
            for i in (item, other)
        )
        if each is not None:
            free = max(float(each * there - held), fact - float(each) * stood, 0.0)
            self.program.row(summed([(own, 1), (theirs, -float(each))]), high=free)
        elif not there:
            most = max(sum(s.most for s in self.supplies[name, item]), 1)
            free = max(0.0, fact - most * stood)
            self.program.row(summed([(own, 1), (theirs, -most)]), high=free)

    def coverage(self) -> None:
        """Units that cover a need, tier by tier of the need, and what they are worth."""
        tiers = [(Fraction(str(e)), Fraction(str(w))) for e, w in self.s.get("tiers", [[1, 1]])]
        lows = [Fraction(0), *(edge for edge, _ in tiers)]
        scale = sum(((e - low) * w for (e, w), low in zip(tiers, lows, strict=False)), Fraction(0))
        rate = 1 + float(self.s.get("discount", 0))
        for name, school in self.schools.items():
            for item, t in itertools.product(self.items, self.years(school)):
                need, held = self.need_of[name, item, t], self.stock_of[name, item, t]
                if not need:
                    continue
                worth = self.weight_of(name) * float(number(school["weight"]) or 1)
                worth *= float(self.driver(school, "pupils", t)) * float(self.share(school, item))
                worth /= need * rate ** (t - self.first)
                useful = self.useful_of[name, item, t]
                enough = self.program.var(1, True) if useful else -1
                if useful:  # units are of use, or none of them counts
                    low = summed([(self.new(name, item, t), 1), ({enough: useful}, -1)])
                    self.program.row(low, low=-held)
                counted = held if held >= useful else 0
                parts = []
                for k, ((edge, weight), low) in enumerate(zip(tiers, lows, strict=False)):
                    c = self.program.var(float((edge - low) * need))
                    parts.append(c)
                    if useful:
                        self.program.row({c: 1.0, enough: -float((edge - low) * need)}, high=0)
                    stage, points = self.stage(name, k), worth * float(weight / scale)
                    self.points[stage][c] += points
                    before = max(Fraction(0), min(Fraction(counted), edge * need) - low * need)
                    self.points[stage][-1] = self.points[stage].get(-1, 0) - points * float(before)
                self.covers[name, item, t] = parts
                served = summed([(dict.fromkeys(parts, 1.0), 1), (self.new(name, item, t), -1)])
                self.program.row(served, high=held)

    def share(self, school: Row, item: str) -> Fraction:
        """ω of an item among those that the school's level needs."""
        level = {n["item"] for n in self.tables["norms"] if n["level"] == school["level"]}
        level |= {
            r["item"]
            for r in self.tables["needs"]
            if self.schools[r["school"]]["level"] == school["level"]
        }
        weights = {i: number(self.items[i]["weight"]) or Fraction(1) for i in level}
        return weights[item] / sum(weights.values())

    def weight_of(self, name: str) -> float:
        weights = self.s.get("priority", {}).get("weights")
        if weights is None:
            weights = {"completed": 9, "under_construction": 3, "preparing": 1, "none": 3}
        return float(weights.get(self.schools[name]["group"], 1))

    def stage(self, name: str, tier: int) -> str:
        priority = self.s.get("priority", {})
        if priority.get("mode", "weighted") != "strict":
            return "value"
        group = self.schools[name]["group"]
        return group if priority.get("by") == "whole" else f"tier-{tier + 1}:{group}"

    def running_costs(self) -> None:
        for (name, school), item in itertools.product(self.schools.items(), self.items):
            payer = self.payer(school, item)
            if payer is None:
                continue
            for t in sorted(set(self.declared[payer]) & set(range(self.first, self.end + 1))):
                each = self.upkeep(item, t) / MONEY
                older = [s for s in self.supplies[name, item]
                         if s.start < t and self.alive(item, s.start, t)]  # fmt: skip
                units = summed((s.units, each) for s in older)
                units = {} if self.preparing(school) else units
                fixed = each * self.stock_of[name, item, t]
                if each:
                    self.note("upkeep", name, item, payer, t, units, {}, fixed=fixed)
                    self.owed[payer, t] += fixed
                    for k, v in units.items():
                        self.due[payer, t][k] += v

    def ledgers(self) -> None:
        for name in self.funds:
            if self.role(name) == "project":
                continue
            carried: int | None = None
            for t in sorted(self.declared[name]):
                left: Terms = dict(self.due[name, t])
                if carried is not None and t - 1 in self.declared[name]:
                    left[carried] = -1.0
                carried = None
                usable = self.usable(name, t)
                part = Fraction(str(self.funds[name].get("carry_over", 0)))
                if self.first <= t < self.last and self.without != "carry":
                    carried = self.program.var(math.floor(usable * part) / MONEY)
                    left[carried] = 1.0
                if self.without != "funds":
                    self.program.row(left, high=usable / MONEY - self.owed[name, t])
        for (_, school), terms in self.project.items():
            most = whole(self.schools[school]["project_amount"]) or 0
            if self.without != "project":
                self.program.row(dict(terms), high=most / MONEY)

    def capacities(self) -> None:
        for r in [] if self.without == "capacities" else self.tables["capacities"]:
            for t in [int(r["year"])] if r["year"] else self.plan:
                mine = [
                    line
                    for line in self.lines
                    if line.keys["year"] == str(t)
                    and line.keys["fund"] in (r["fund"] or line.keys["fund"],)
                    and line.keys["kind"] != "upkeep"
                    and not self.preparing(self.schools[line.school])
                ]
                if not r["item"]:
                    total = summed((line.money, 1) for line in mine)
                    self.program.row(total, high=int(r["most"]) / MONEY)
                    continue
                parts = [(line.units, 1.0) for line in mine if line.keys["item"] == r["item"]]
                parts += self.brought(r, t)
                self.program.row(summed(parts), high=int(r["most"]))

    def brought(self, r: Row, year: int) -> Iterator[tuple[Terms, float]]:
        """Units of an item that requests (which draw on the fund) bring in a year."""
        owner = {q["request"]: q["school"] for q in self.tables["requests"]}
        for i in self.tables["request_items"]:
            key = (i["request"], i["option"])
            payers = {c["fund"] for c in self.tables["request_costs"]
                      if (c["request"], c["option"]) == key}  # fmt: skip
            if (i["item"], int(i["year"])) == (r["item"], year) and (
                not r["fund"] or r["fund"] in payers
            ) and not self.preparing(self.schools[owner[i["request"]]]):  # fmt: skip
                yield {self.chosen[key]: 1.0}, float(i["quantity"])

    def locks(self) -> None:
        for r in self.tables["locks"]:
            if r["request"]:
                terms: Terms = {self.chosen[r["request"], r["option"]]: 1.0}
            else:
                terms = {
                    x: float(lot)
                    for (s, i, f, t), (x, lot) in self.buys.items()
                    if (s, i) == (r["school"], r["item"])
                    and f in (r["fund"] or f,)
                    and str(t) in (r["year"] or str(t),)
                }
            if self.without != "locks":
                due = float(Fraction(r["quantity"]))
                self.program.row(terms, low=due, high=due)

    # ---- the scenario's own rules ----------------------------------------------------------
    def rules(self) -> None:
        for name, rule in self.s.get("rules", {}).items():
            if self.without in (name, f"rule:{rule['measure']}"):
                continue
            keys = self.keys(rule)
            for relation in ("at_most", "at_least", "exactly"):
                if rule.get(relation) is not None:
                    for key in keys:
                        self.rule_row(rule, relation, key)

    def rule_row(self, rule: dict[str, Any], relation: str, key: dict[str, str]) -> None:
        money = MONEY if rule["measure"] == "spend" else 1
        found = self.measured(rule, rule.get("where", {}), key)
        if found is None:
            return
        terms, fixed = found
        bound = rule[relation]
        if not isinstance(bound, dict):
            limit = float(Fraction(str(bound))) / money
        elif bound.get("of") == "budget":
            limit = float(Fraction(str(bound["share"]))) * self.budget(rule, key) / MONEY
        else:
            share = float(Fraction(str(bound["share"])))
            base = self.measured(rule, bound.get("of", {}), key)
            assert base is not None
            terms = summed([(terms, 1), (base[0], -share)])
            limit = share * base[1]
        terms, limit = dict(terms), limit - fixed
        if rule.get("firmness") == "wish":
            stage = "wishes" if self.mode == "strict" else "value"
            percent = 100 if rule["measure"] == "coverage" else 1
            for sign in {"at_most": (-1,), "at_least": (1,), "exactly": (-1, 1)}[relation]:
                miss = self.program.var(FREE)
                terms[miss] = float(sign)
                price = float(Fraction(str(rule.get("price", 0))))
                self.points[stage][miss] = -price * money * percent
        low = -FREE if relation == "at_most" else limit
        high = FREE if relation == "at_least" else limit
        self.program.row(terms, low, high)

    @property
    def mode(self) -> str:
        return str(self.s.get("priority", {}).get("mode", "weighted"))

    def named(self, where: Mapping[str, Any], name: str) -> bool:
        """Preparing schools count only where their group is named."""
        return not self.preparing(self.schools[name]) or "preparing" in texts(
            where.get("group", [])
        )

    def fits(self, where: Mapping[str, Any], name: str) -> bool:
        school = self.schools[name]
        return all(school.get(k, "") in texts(v) for k, v in where.items() if k not in LINE_KEYS)

    def text(self, line: Line, key: str) -> str:
        return line.keys[key] if key in LINE_KEYS else self.schools[line.school].get(key, "")

    def taken(self, where: Mapping[str, Any], line: Line) -> bool:
        if line.keys["kind"] == "upkeep":
            if "upkeep" not in texts(where.get("kind", [])):
                return False
        elif not self.named(where, line.school):
            return False
        return all(self.text(line, k) in texts(v) for k, v in where.items())

    def measured(
        self, rule: dict[str, Any], where: Mapping[str, Any], key: Mapping[str, str]
    ) -> tuple[Terms, float] | None:
        """What a rule's row sums; ``None`` where it speaks of nothing."""
        if rule["measure"] == "coverage":
            return self.covered(where, key)
        if rule["measure"] in ("points", "schools"):
            return summed_points(self, rule, where, key)
        if rule["measure"] == "requests":
            picks = {}
            for r in self.tables["requests"]:
                keys = {"request": r["request"], "kind": "request"}
                line = Line(r["school"], dict.fromkeys(LINE_KEYS, "") | keys, {}, {})
                asked = {k: v for k, v in where.items() if k != "year"}
                if self.taken(asked, line) and all(self.text(line, k) == v for k, v in key.items()):
                    picks[self.chosen[r["request"], r["option"]]] = 1.0
            return picks, 0.0
        mine = [
            line
            for line in self.lines
            if self.taken(where, line) and all(self.text(line, k) == v for k, v in key.items())
        ]
        if rule["measure"] == "quantity":
            return summed((line.units, 1) for line in mine), 0.0
        return summed((line.money, 1) for line in mine), sum(line.fixed for line in mine)

    def covered(
        self, where: Mapping[str, Any], key: Mapping[str, str]
    ) -> tuple[Terms, float] | None:
        """Need-weighted mean coverage; what has no need, or no building yet, is skipped."""
        total, parts = 0, []
        for (name, item, t), tiers in self.covers.items():
            school, row = self.schools[name], self.items[item]
            have = school | {"item": item, "pillar": row["pillar"], "year": str(t)}
            ready = whole(school["ready"])
            if not self.named(where, name) or not self.fits(where, name):
                continue
            if any(have[k] not in texts(where[k]) for k in ("item", "pillar") if k in where):
                continue
            if str(t) not in texts(where.get("year", list(self.plan))):
                continue
            if row["on_site"] == "yes" and ready is not None and t < ready:
                continue
            if any(have.get(k, "") != v for k, v in key.items()):
                continue
            total += self.need_of[name, item, t]
            parts += tiers
        return (dict.fromkeys(parts, 1 / total), 0.0) if total else None

    def keys(self, rule: dict[str, Any]) -> list[dict[str, str]]:
        """One key for each combination of ``for_each`` that there is."""
        where, each = rule.get("where", {}), rule.get("for_each", [])
        named = "preparing" in texts(where.get("group", []))
        domains: list[list[dict[str, str]]] = []
        of_school = [k for k in each if k not in LINE_KEYS]
        of_item = [k for k in each if k in ("item", "pillar")]
        if of_school:
            names = [n for n in self.schools if self.fits(where, n) and self.named(where, n)]
            domains.append([{k: self.schools[n].get(k, "") for k in of_school} for n in names])
        if of_item:
            rows = [
                r
                for r in self.items.values()
                if all(r[k] in texts(where[k]) for k in ("item", "pillar") if k in where)
            ]
            domains.append([{k: r[k] for k in of_item} for r in rows])
        asked = "upkeep" in texts(where.get("kind", []))
        years = range(self.first, self.end + 1) if "year" in where else self.plan
        values = {
            "fund": [f for f in self.funds if named or self.role(f) == "general"],
            "year": [str(t) for t in years],
            "kind": ["purchase", "setup", "request", *(["upkeep"] if asked else [])],
            "request": list(dict.fromkeys(r["request"] for r in self.tables["requests"])),
            "nature": ["capital", "recurrent"],
            "criteria_group": list(dict.fromkeys(r["group"] for r in self.tables["criteria"])),
        }
        for k in each:
            if k in values:
                allowed = texts(where[k]) if k in where else values[k]
                domains.append([{k: v} for v in values[k] if v in allowed])
        found = {}
        for parts in itertools.product(*domains):
            key = {k: v for part in parts for k, v in part.items()}
            found[tuple(sorted(key.items()))] = key
        return list(found.values())

    def budget(self, rule: dict[str, Any], key: Mapping[str, str]) -> int:
        """Declared money of the general funds and plan years that a row speaks of."""
        where = rule.get("where", {})
        return sum(
            amount
            for fund, years in self.declared.items()
            if self.role(fund) == "general"
            for t, amount in years.items()
            if t in self.plan
            and fund in texts(where.get("fund", fund))
            and str(t) in texts(where.get("year", t))
            and key.get("fund", fund) == fund
            and key.get("year", str(t)) == str(t)
        )

    # ---- priorities ------------------------------------------------------------------------
    def lowest(self) -> None:
        """``maxmin``: the lowest coverage of the last plan year among schools that can gain."""
        if self.mode != "maxmin":
            return
        floor, under = None, 0
        for name, school in self.schools.items():
            cells = [(i, self.covers[name, i, self.last]) for i in self.items
                     if (name, i, self.last) in self.covers]  # fmt: skip
            gains = any(self.helps(name, i) for i, _ in cells)
            if self.preparing(school) or not gains:
                continue
            floor = self.program.var(1.0) if floor is None else floor
            total = sum(self.share(school, i) for i, _ in cells)
            parts = [
                (dict.fromkeys(c, 1.0),
                 float(self.share(school, i) / total / self.need_of[name, i, self.last]))
                for i, c in cells
            ]  # fmt: skip
            self.program.row(summed([*parts, ({floor: 1.0}, -1.0)]), low=0)
            under += 1
        if floor is not None:
            self.points["floor"][floor] = 1.0

    def helps(self, name: str, item: str) -> bool:
        """Whether anything could still be gained of an item in the last plan year: all that is
        signed or asked for and the largest purchase come to units of use."""
        held, t = self.stock_of[name, item, self.last], self.last
        alive = [s for s in self.supplies[name, item] if self.alive(item, s.start, t)]
        if not alive or self.need_of[name, item, t] <= held:
            return False
        given = sum(s.committed if s.counted is None else s.most for s in alive)
        row = self.items[item]
        lot = (whole(row["lot"]) or 1) if row["whole"] == "yes" else 1
        bought = [self.most_left(name, item, s.start) // lot * lot
                  for s in alive if s.counted is None and s.free]  # fmt: skip
        return held + given + max(bought, default=0) >= self.useful_of[name, item, t]

    def order(self) -> list[str]:
        if self.mode == "maxmin":
            return ["floor", "value"]
        if self.mode != "strict":
            return ["value"]
        tiers = range(1, len(self.s.get("tiers", [[1, 1]])) + 1)
        whole_groups = self.s["priority"].get("by") == "whole"
        names = [*GROUPS] if whole_groups else [f"tier-{k}:{g}" for k in tiers for g in GROUPS]
        return [*names, "wishes"]

    def answer(self) -> Answer:
        """The best value of each stage, each beside what those before it keep."""
        stages: list[tuple[str, float]] = []
        for name in self.order():
            points = dict(self.points[name])
            fixed = points.pop(-1, 0.0)
            if name != "value" and stages and not any(points.values()):
                continue
            best = self.program.best(points)
            if best is None:
                assert not stages, "a stage was kept that cannot be kept"
                return Answer(None)
            stages.append((name, best + fixed))
            size = max(1.0, abs(best))
            self.program.row({k: v / size for k, v in points.items()}, low=best / size - KEEPS)
        return Answer(stages)

    @property
    def decides(self) -> bool:
        """Whether there is anything to decide at all."""
        return bool(self.buys or self.chosen)


def write(folder: Path, settings: dict[str, Any], tables: Mapping[str, Sequence[dict[str, Any]]],
          columns: Mapping[str, Sequence[str]]) -> Path:  # fmt: skip
    """Writes a scenario's files; JSON is YAML, cells are text."""
    folder.mkdir(parents=True, exist_ok=True)
    data = {}
    for name, rows in tables.items():
        data[name] = f"{name}.csv"
        with (folder / data[name]).open("w", encoding="utf-8", newline="") as file:
            lines = csv.DictWriter(file, columns[name], restval="")
            lines.writeheader()
            lines.writerows(rows)
    text = json.dumps(settings | {"data": data}, ensure_ascii=False, indent=1)
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    return path
