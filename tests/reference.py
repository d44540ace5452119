"""ARCHITECTURE.md#standing-rules read anew and slowly: every plan of a tiny scenario, one by one.

Nothing of the product is used except the scenario's tables: a shared misreading of a rule by
formulation and audit shows as a better plan that only this enumeration knows, or as a plan that
it calls impossible. Whole items only; a decision maps (school, item, fund, year) to units.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

Cell = tuple[str, str, str, int]
Decision = dict[Cell, int]
GENERAL = ("primary", "lower_secondary", "upper_secondary")


def half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


@dataclass
class Reference:
    """A scenario of plain dictionaries, and what its plans are worth."""

    scenario: Any
    need_of: dict[tuple[str, str, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        s = self.scenario.settings
        self.first, self.last = s.years
        self.end = self.last + s.tail_years
        self.schools = {r.school: r for r in self.scenario.rows("schools")}
        self.items = self.scenario.items
        self.funds = s.funds
        for name, row in self.schools.items():
            for item in self.items:
                for t in self.counted(row):
                    self.need_of[name, item, t] = self._need(row, item, t)

    # ---- facts -----------------------------------------------------------------------------
    def counted(self, school: Any) -> list[int]:
        years = list(range(self.first, self.end + 1))
        late = school.group == "preparing" and school.ready > self.end
        return [*years, school.ready] if late else years

    def driver(self, school: Any, name: str, year: int) -> Fraction:
        rows = [
            r
            for r in self.scenario.rows("drivers")
            if (r.school, r.driver) == (school.school, name) and r.year <= year
        ]
        if rows:
            return Fraction(max(rows, key=lambda r: r.year).value)
        return Fraction(1) if name == "school" else Fraction(getattr(school, name) or 0)

    def _need(self, school: Any, item: str, year: int) -> int:
        for row in self.scenario.rows("needs"):
            if (row.school, row.item, row.year) == (school.school, item, year):
                return int(row.quantity)
        norm = self._norm(school, item, year)
        if norm is None:
            return 0
        units = math.ceil(self.driver(school, norm.per, year) / Fraction(norm.every))
        units = max(units, norm.minimum or 0)
        return units if norm.maximum is None else min(units, norm.maximum)

    def _norm(self, school: Any, item: str, year: int) -> Any:
        norms = [
            n
            for n in self.scenario.norms
            if (n.item, n.level) == (item, school.level) and (n.from_year or 0) <= year
        ]
        return max(norms, key=lambda n: n.from_year or 0) if norms else None

    def useful(self, school: Any, item: str, year: int) -> int:
        """Units below which nothing of the need counts as covered."""
        norm, need = self._norm(school, item, year), self.need_of[school.school, item, year]
        text = "" if norm is None else norm.useful_from
        if text.endswith("%"):
            return math.ceil(need * Fraction(text[:-1]) / 100)
        return min(int(text or 0), need)

    def stock(self, school: str, item: str, year: int) -> int:
        life, total = self.items[item].life, 0
        for row in self.scenario.rows("inventory"):
            if (row.school, row.item) == (school, item) and row.acquired <= year:
                until = row.usable_until
                if until is None and life is not None:
                    until = row.acquired + life - 1
                total += row.quantity if until is None or year <= until else 0
        return total

    def price(self, item: str, year: int) -> int:
        growth = 1 + Fraction(self.items[item].price_growth)
        return half_up(self.items[item].price * growth ** (year - self.first))

    def setup(self, item: str, year: int) -> int:
        growth = 1 + Fraction(self.items[item].price_growth)
        return half_up(self.items[item].setup * growth ** (year - self.first))

    def declared(self, fund: str) -> dict[int, int]:
        return {t: a for t, a in self.funds[fund].amounts.items() if t >= self.first}

    def where(self, fund: str, school: Any) -> bool:
        wanted = self.funds[fund].where
        return all(str(getattr(school, k)) == str(v) for k, v in wanted.items())

    # ---- contracts -------------------------------------------------------------------------
    def contract(self, cell: Cell) -> Any:
        rows = self.scenario.rows("commitments")
        return next((r for r in rows if (r.school, r.item, r.fund, r.year) == cell), None)

    def signed(self, cell: Cell) -> int:
        row = self.contract(cell)
        return 0 if row is None else row.quantity

    def fact(self, cell: Cell) -> bool:
        """Whether a contract says its own price."""
        row = self.contract(cell)
        return row is not None and row.amount is not None

    def closed(self, cell: Cell) -> bool:
        """Whether nothing may be added on a line: its year is past, or its delivery was late."""
        row = self.contract(cell)
        late = row is not None and row.serves is not None
        return late or cell[3] <= (self.scenario.settings.closed_until or 0)

    def held(self, cell: Cell) -> int:
        """Units that stand on a line whether or not they could be bought."""
        return self.signed(cell) if self.fact(cell) or self.closed(cell) else 0

    def cost(self, cell: Cell, units: int) -> int:
        """What units of a line cost: those of a contract by its own price, if it says one."""
        row, plain = self.contract(cell), self.price(cell[1], cell[3])
        own = 0 if row is None or row.amount is None else row.amount - row.quantity * plain
        return units * plain + own

    def paid_works(self, cell: Cell) -> int:
        row = self.contract(cell)
        own = None if row is None else row.works
        return self.setup(cell[1], cell[3]) if own is None else own

    # ---- one cell and one school's item ----------------------------------------------------
    def start(self, cell: Cell) -> int:
        school, item, row = self.schools[cell[0]], self.items[cell[1]], self.contract(cell)
        waits = item.on_site or school.group == "preparing"
        usual = max(cell[3], school.ready) if waits and school.ready else cell[3]
        return usual if row is None else max(usual, row.serves or 0)

    def alive(self, cell: Cell, year: int) -> bool:
        life, start = self.items[cell[1]].life, self.start(cell)
        return start <= year and (life is None or year < start + life)

    def may_buy(self, cell: Cell) -> bool:
        """Nature, ``where``, role, plan year, declared instalments, readiness, bans."""
        name, item_name, fund_name, year = cell
        school, item, fund = self.schools[name], self.items[item_name], self.funds[fund_name]
        if self.closed(cell):
            return False
        if fund.nature is not None and fund.nature not in item.nature:
            return False
        if not self.where(fund_name, school):
            return False
        if (fund.role == "project") != (school.group == "preparing"):
            return False
        if any(
            all(b in (None, "", v) for b, v in zip((x.school, x.item, x.fund, x.year), cell,
                                                   strict=True))
            for x in self.scenario.rows("bans")
        ):  # fmt: skip
            return False
        if school.group == "preparing":
            return bool(year == school.ready)
        if not self.first <= year <= self.last:
            return False
        parts = len(item.payments)
        if any(t not in self.declared(fund_name) for t in range(year, year + parts)):
            return False
        return self.start(cell) - year < parts

    def local(self, school: str, item: str, bought: Decision) -> bool:
        """Lots, the norm, one delivery, one source: what one school's item answers for alone."""
        made, line = [c for c, n in bought.items() if n], self.items[item]
        own = [c for c in made if self.held(c) == bought[c]]
        if not all(c in own or (self.may_buy(c) and bought[c] % line.lot == 0) for c in made):
            return False
        if not all(c in self.works(school, item, bought) for c in made if self.owes_works(c)):
            return False
        for cell in made:
            serving = [c for c in made if self.start(c) <= self.start(cell)]
            serving = [c for c in serving if self.alive(c, self.start(cell))]
            most = max(
                (max(self.need_of[school, item, t] - self.stock(school, item, t), 0)
                 for t in self.counted(self.schools[school]) if self.alive(cell, t)),
                default=0,
            )  # fmt: skip
            signed = sum(self.signed(c) for c in serving)
            if sum(bought[c] for c in serving) > max(most, signed):
                return False
            delivered = sum(bought[c] for c in made if c[3] == cell[3])
            signed = any(self.signed(c) for c in self.cells(school, item) if c[3] == cell[3])
            if delivered < line.least and not signed:
                before = [c for c in serving if c[3] <= cell[3]]
                most = max(most, sum(self.signed(c) for c in before))
                if sum(bought[c] for c in before) + line.lot <= most:
                    return False
        for one, other in itertools.combinations(made, 2):
            apart = abs(one[3] - other[3])
            if line.once and (line.life is None or apart < line.life):
                return False
            if self.scenario.settings.one_source and not apart:
                return False
        return True

    def owes_works(self, cell: Cell) -> bool:
        row = self.contract(cell)
        return row is not None and row.works is not None

    def works(self, school: str, item: str, bought: Decision) -> list[Cell]:
        """Who may pay the site works; none where none are due. A contract that says what they
        cost pays them itself, and they are paid once."""
        made = [c for c, n in bought.items() if n]
        own = [c for c in made if self.owes_works(c)]
        if not made or not self.items[item].setup or len(own) > 1:
            return []
        if self.stock(school, item, self.first):
            return own
        year = min(c[3] for c in made)
        return [c for c in own or made if c[3] == year]

    # ---- a whole plan ----------------------------------------------------------------------
    def feasible(self, plan: Decision, works: list[Cell]) -> bool:
        """Everything that schools and items share: contracts, capacities, locks, requirements,
        money."""
        for cell in {(r.school, r.item, r.fund, r.year) for r in self.scenario.rows("commitments")}:
            if plan.get(cell, 0) < self.signed(cell):
                return False
        for row in self.scenario.rows("locks"):
            key = (row.school, row.item, row.fund or None, row.year)
            mine = (n for c, n in plan.items()
                    if all(k in (None, v) for k, v in zip(key, c, strict=True)))  # fmt: skip
            if sum(mine) != row.quantity:
                return False
        if not all(self.kept(rule, plan) for rule in self.scenario.settings.rules.values()):
            return False
        return self._capacities(plan, works) and self._required(plan) and self._money(plan, works)

    # ---- measured points -------------------------------------------------------------------
    def points(self, plan: Decision, school: Any, criterion: Any, year: int) -> Fraction | None:
        """Estimated points of a criterion in a year; ``None``: never measured."""
        rows = [
            r for r in self.scenario.rows("indicators")
            if (r.school, r.criterion) == (school.school, criterion.criterion)
        ]  # fmt: skip
        if not rows:
            return None
        total = Fraction(max(rows, key=lambda r: r.year).value)
        for row in self.scenario.rows("criterion_items"):
            if row.criterion == criterion.criterion and self.need_of[school.school, row.item, year]:
                then = self.first if self.need_of[school.school, row.item, self.first] else year
                before = self.covered(school, row.item, then, {})
                after = self.covered(school, row.item, year, plan)
                if row.reached is None:
                    total += Fraction(row.points) * (after - before)
                else:
                    step = Fraction(row.reached)
                    total += Fraction(row.points) * ((after >= step) - (before >= step))
        return min(Fraction(criterion.most), max(Fraction(0), total))

    def covered(self, school: Any, item: str, year: int, plan: Decision) -> Fraction:
        units = self.stock(school.school, item, year)
        units += int(self.new(plan, school.school, item, year)) if plan else 0
        need = self.need_of[school.school, item, year]
        return (
            Fraction(min(units, need), need)
            if units >= self.useful(school, item, year)
            else Fraction(0)
        )

    def kept(self, rule: Any, plan: Decision) -> bool:
        """Whether a floor of points (each school's, of a group of criteria, at the end) or of
        schools that reach a level holds; other rules are not known here."""
        group, sums = rule.where.get("criteria_group"), []
        for school in self.schools.values():
            own = [
                c for c in self.scenario.rows("criteria")
                if group in (None, c.group) and school.level in (c.levels or GENERAL)
                and not c.mandatory
            ]  # fmt: skip
            points = [self.points(plan, school, c, self.last) for c in own]
            if own and None not in points and school.group != "preparing":
                by_group = defaultdict(Fraction)
                for c, n in zip(own, points, strict=True):
                    by_group[c.group] += n
                sums.append(by_group)
        if rule.measure == "points":
            return all(sum(s.values()) >= Fraction(rule.at_least) for s in sums)
        high = rule.where["reaches"] == 3
        reach = [all(n > 75 if high else n >= 50 for n in s.values()) for s in sums]
        return sum(reach) >= rule.at_least

    def _capacities(self, plan: Decision, works: list[Cell]) -> bool:
        for row in self.scenario.rows("capacities"):
            for t in [row.year] if row.year else range(self.first, self.last + 1):
                cells = [c for c in plan if c[3] == t and row.fund in (None, "", c[2])]
                cells = [c for c in cells if self.schools[c[0]].group != "preparing"]
                if row.item:
                    used = sum(plan[c] for c in cells if c[1] == row.item)
                else:
                    used = sum(self.cost(c, plan[c]) for c in cells)
                    used += sum(self.paid_works(c) for c in works if c in cells)
                if used > row.most:
                    return False
        return True

    def new(self, plan: Decision, school: str, item: str, year: int) -> int:
        mine = (c for c in plan if c[:2] == (school, item))
        return sum(plan[c] for c in mine if self.alive(c, year))

    def executed(self, plan: Decision, school: str, item: str, year: int) -> int:
        """Units in service that contracts of their own price bring."""
        mine = (c for c in plan if c[:2] == (school, item) and self.fact(c))
        return sum(self.signed(c) for c in mine if self.alive(c, year))

    def _required(self, plan: Decision) -> bool:
        for name, line in self.items.items():
            for k, other in enumerate(line.requires):
                each = line.capacity[k] if k < len(line.capacity) else None
                for school, row in self.schools.items():
                    for t in self.counted(row):
                        own, theirs = (self.new(plan, school, i, t) for i in (name, other))
                        held, there = (self.stock(school, i, t) for i in (name, other))
                        fact, stood = (self.executed(plan, school, i, t) for i in (name, other))
                        room: float | Fraction = math.inf if theirs + there > 0 else fact
                        if each is not None:
                            part = Fraction(each)
                            free = max(part * there - held, fact - part * stood, Fraction(0))
                            room = part * theirs + free
                        if own > room:
                            return False
        return True

    def _money(self, plan: Decision, works: list[Cell]) -> bool:
        spent: dict[tuple[str, int], int] = defaultdict(int)
        project: dict[str, int] = defaultdict(int)
        for cell, units in plan.items():
            cost = self.cost(cell, units)
            extra = self.paid_works(cell) if cell in works else 0
            if self.funds[cell[2]].role == "project":
                project[cell[0]] += cost + extra
                continue
            paid, upto = 0, Fraction(0)
            parts = self.items[cell[1]].payments
            for k, part in enumerate(parts):
                upto += Fraction(part)
                reached = cost if k == len(parts) - 1 else math.floor(cost * upto)
                spent[cell[2], cell[3] + k] += reached - paid
                paid = reached
            spent[cell[2], cell[3]] += extra
        if any(n > (self.schools[s].project_amount or 0) for s, n in project.items()):
            return False
        self._upkeep(plan, spent)
        return all(
            self._ledger(name, spent) for name, f in self.funds.items() if f.role != "project"
        )

    def _upkeep(self, plan: Decision, spent: dict[tuple[str, int], int]) -> None:
        if self.scenario.settings.upkeep != "required":
            return
        for name, fund in self.funds.items():
            if not fund.pays_upkeep:
                continue
            for t in range(self.first, self.end + 1):
                if t not in self.declared(name):
                    continue
                for school, row in self.schools.items():
                    if not self.where(name, row):
                        continue
                    for item, line in self.items.items():
                        each = half_up(self.price(item, t) * Fraction(line.upkeep))
                        older = [c for c in plan if c[:2] == (school, item) and self.start(c) < t]
                        older = [] if row.group == "preparing" else older
                        units = sum(plan[c] for c in older if self.alive(c, t))
                        spent[name, t] += each * (units + self.stock(school, item, t))

    def _ledger(self, name: str, spent: dict[tuple[str, int], int]) -> bool:
        fund, carried, declared = self.funds[name], 0, self.declared(name)
        for t in sorted(declared):
            if t - 1 not in declared:
                carried = 0
            usable = math.floor(declared[t] * (1 - Fraction(fund.reserve)))
            left = usable + carried - spent[name, t]
            if left < 0:
                return False
            limit = math.floor(usable * Fraction(fund.carry_over)) if t < self.last else 0
            carried = min(limit, left)
        return True

    # ---- what it is worth ------------------------------------------------------------------
    def value(self, plan: Decision) -> float:
        """Points of the coverage gained."""
        settings, total = self.scenario.settings, 0.0
        weights = {str(g): float(w) for g, w in settings.priority.weights.items()}
        for school, row in self.schools.items():
            level = {n.item for n in self.scenario.norms if n.level == row.level}
            level |= {
                r.item
                for r in self.scenario.rows("needs")
                if self.schools[r.school].level == row.level
            }
            for item in level:
                share = float(self.items[item].weight) / sum(
                    float(self.items[i].weight) for i in level
                )
                for t in self.counted(row):
                    need = self.need_of[school, item, t]
                    if not need:
                        continue
                    held = self.stock(school, item, t)
                    useful = self.useful(row, item, t)
                    serving = held + self.new(plan, school, item, t)
                    before, after = (
                        min(n, need) / need if n >= useful else 0.0 for n in (held, serving)
                    )
                    gain = self._tiers(after) - self._tiers(before)
                    people = float(self.driver(row, "pupils", t))
                    total += (
                        weights.get(row.group, 1.0) * float(row.weight) * people * share * gain
                        / (1 + float(settings.discount)) ** (t - self.first)
                    )  # fmt: skip
        return total

    def _tiers(self, coverage: float) -> float:
        low, points, scale = 0.0, 0.0, 0.0
        for edge, weight in self.scenario.settings.tiers:
            scale += (float(edge) - low) * float(weight)
            points += max(0.0, min(coverage, float(edge)) - low) * float(weight)
            low = float(edge)
        return points / scale

    # ---- every plan ------------------------------------------------------------------------
    def cells(self, school: str, item: str) -> list[Cell]:
        """Every fund and year."""
        years = range(self.first, max(self.last, self.schools[school].ready or 0) + 1)
        return [(school, item, f, t) for f in self.funds for t in years]

    def choices(self, school: str, item: str) -> list[tuple[Decision, list[Cell]]]:
        """What can be bought of an item at a school, and who may pay its works."""
        cells = [c for c in self.cells(school, item) if self.may_buy(c) or self.held(c)]
        most = max(self.need_of[school, item, t] for t in self.counted(self.schools[school]))
        found = []
        for units in itertools.product(
            *(
                range(0, max(most, self.signed(c)) + 1, self.items[item].lot)
                if self.may_buy(c)
                else (self.held(c),)
                for c in cells
            )
        ):
            bought = {c: n for c, n in zip(cells, units, strict=True) if n}
            if self.local(school, item, bought):
                payers = self.works(school, item, bought)
                found += [(bought, [p]) for p in payers] or [(bought, [])]
        return found

    def plans(self) -> Iterator[tuple[Decision, list[Cell]]]:
        """Every combination of what schools and items can do alone."""
        parts = [self.choices(s, i) for s in self.schools for i in self.items]
        for combination in itertools.product(*parts):
            plan: Decision = {}
            works: list[Cell] = []
            for bought, paid in combination:
                plan |= bought
                works += paid
            yield plan, works

    def best(self) -> float | None:
        """The value of the best plan; ``None`` where there is none."""
        values = (self.value(p) for p, w in self.plans() if self.feasible(p, w))
        return max(values, default=None)
