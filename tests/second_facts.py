"""What the files of a scenario say: needs, stock, prices, money, read without the product."""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

Row = dict[str, str]

LINE_KEYS = (
    "item", "pillar", "nature", "fund", "year", "kind", "request", "criteria_group", "reaches",
)  # fmt: skip


def half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def number(text: Any) -> Fraction | None:
    return None if text is None or str(text) == "" else Fraction(str(text))


def whole(text: Any) -> int | None:
    found = number(text)
    return None if found is None else int(found)


def many(text: str) -> list[str]:
    return text.split(";") if text else []


def texts(value: Any) -> list[str]:
    """A selection's value or values as text."""
    values = value if isinstance(value, list) else [value]
    return [str(v).lower() if isinstance(v, bool) else str(v) for v in values]


@dataclass(frozen=True)
class Signed:
    """What a line has under contract: units, whether it says its own price and by how much that
    is dearer (minor units), from when it serves (0: as usual), its works, and whether nothing may
    be added to it."""

    units: Fraction = Fraction(0)
    fact: bool = False
    dearer: int = 0
    serves: int = 0
    works: int | None = None
    fixed: bool = False


@dataclass
class SecondFacts:
    """Tables and settings as plain text, and the figures that follow from them.

    ``without`` leaves out one family of rules, to see that a test would notice.
    """

    folder: Path
    without: str = ""

    def __post_init__(self) -> None:
        s = json.loads((self.folder / "scenario.yaml").read_text(encoding="utf-8"))
        self.s: dict[str, Any] = s
        self.tables: dict[str, list[Row]] = defaultdict(list)
        for name, file in s["data"].items():
            with (self.folder / file).open(encoding="utf-8", newline="") as lines:
                self.tables[name] = list(csv.DictReader(lines))
        self.first, self.last = s["years"]
        self.end = self.last + s.get("tail_years", 0)
        self.plan = range(self.first, self.last + 1)
        self.schools = {r["school"]: r for r in self.tables["schools"]}
        self.items = {r["item"]: r for r in self.tables["catalogue"]}
        self.funds: dict[str, Any] = s["funds"]
        self.need_of: dict[tuple[str, str, int], int] = {}
        self.stock_of: dict[tuple[str, str, int], int] = {}
        self.useful_of: dict[tuple[str, str, int], int] = {}
        for name, school in self.schools.items():
            for item in self.items:
                for t in range(self.first, self.horizon() + 1):
                    counts = t in self.years(school)
                    self.need_of[name, item, t] = self.need(school, item, t) if counts else 0
                    self.stock_of[name, item, t] = self.stock(name, item, t)
                    self.useful_of[name, item, t] = self.useful(school, item, t)
        self.declared = {f: self.amounts(f) for f in self.funds}

    # ---- facts -----------------------------------------------------------------------------
    @property
    def closed(self) -> int:
        """The last year that is past; 0: none."""
        return 0 if self.without == "closed" else int(self.s.get("closed_until") or 0)

    def contract(self, name: str, item: str, fund: str, year: int) -> Signed:
        """What a line has under contract."""
        for r in self.tables["commitments"]:
            if (r["school"], r["item"], r["fund"], int(r["year"])) != (name, item, fund, year):
                continue
            units, amount = Fraction(r["quantity"]), whole(r["amount"])
            serves, price, dearer = whole(r["serves"]) or 0, self.grown(item, "price", year), 0
            if amount is not None and self.items[item]["whole"] == "yes":
                dearer = amount - int(units) * price
            elif amount is not None:
                units = Fraction(amount, price)
            if self.without == "facts":
                return Signed(units, fixed=year <= self.closed)
            fixed = bool(serves) or year <= self.closed
            return Signed(units, amount is not None, dearer, serves, whole(r["works"]), fixed)
        return Signed()

    def horizon(self) -> int:
        late = [whole(r["ready"]) or 0 for r in self.schools.values() if self.preparing(r)]
        return max([self.end, *late])

    @staticmethod
    def preparing(school: Row) -> bool:
        return school["group"] == "preparing"

    def years(self, school: Row) -> list[int]:
        """The years in which a school's service counts."""
        found = list(range(self.first, self.end + 1))
        ready = whole(school["ready"])
        if self.preparing(school) and ready is not None and ready > self.end:
            found.append(ready)
        return found

    def driver(self, school: Row, name: str, year: int) -> Fraction:
        rows = [
            r
            for r in self.tables["drivers"]
            if r["school"] == school["school"] and r["driver"] == name and int(r["year"]) <= year
        ]
        if rows:
            return Fraction(max(rows, key=lambda r: int(r["year"]))["value"])
        return Fraction(1) if name == "school" else number(school.get(name)) or Fraction(0)

    def need(self, school: Row, item: str, year: int) -> int:
        for r in self.tables["needs"]:
            if (r["school"], r["item"], int(r["year"])) == (school["school"], item, year):
                return int(r["quantity"])
        norm = self.norm(school, item, year)
        if norm is None:
            return 0
        units = math.ceil(self.driver(school, norm["per"], year) / Fraction(norm["every"]))
        units = max(units, whole(norm["minimum"]) or 0)
        most = whole(norm["maximum"])
        return units if most is None else min(units, most)

    def norm(self, school: Row, item: str, year: int) -> Row | None:
        """The norm in force: of those that fit the one with the latest first year."""
        fitting = []
        for n in self.tables["norms"]:
            key, _, value = n["only"].partition("=")
            fits = not key or school.get(key, "") == value
            if (n["item"], n["level"]) == (item, school["level"]) and fits:
                fitting.append(n)
        fitting = [n for n in fitting if (whole(n["from"]) or 0) <= year]
        return max(fitting, key=lambda n: whole(n["from"]) or 0) if fitting else None

    def useful(self, school: Row, item: str, year: int) -> int:
        """Units below which nothing of the need counts as covered."""
        norm = self.norm(school, item, year)
        text = "" if norm is None or self.without == "useful" else norm.get("useful_from", "")
        need = self.need_of[school["school"], item, year]
        if text.endswith("%"):
            return math.ceil(need * Fraction(text[:-1]) / 100)
        return min(int(text or 0), need)

    def stock(self, school: str, item: str, year: int) -> int:
        life, total = whole(self.items[item]["life"]), 0
        for r in self.tables["inventory"]:
            if (r["school"], r["item"]) == (school, item) and int(r["acquired"]) <= year:
                until = whole(r["usable_until"])
                if until is None and life is not None:
                    until = int(r["acquired"]) + life - 1
                total += int(r["quantity"]) if until is None or year <= until else 0
        return total

    def grown(self, item: str, what: str, year: int) -> int:
        row = self.items[item]
        base = whole(row[what]) or 0
        if what == "price":
            other = {"low": "price_low", "high": "price_high"}.get(self.s.get("prices", "base"))
            base = (whole(row[other]) if other and row[other] else None) or base
        growth = 1 + (number(row["price_growth"]) or 0)
        return half_up(base * growth ** (year - self.first))

    def upkeep(self, item: str, year: int) -> int:
        share = number(self.items[item]["upkeep"]) or Fraction(0)
        return half_up(self.grown(item, "price", year) * share)

    def amounts(self, fund: str) -> dict[int, int]:
        given = self.funds[fund].get("amounts", {})
        if given == "envelope":
            e = self.s["envelope"]
            share = Fraction(str(e["education_share"])) * Fraction(str(e["it_share"]))
            given = {t: math.floor(a * share) for t, a in e["public_investment"].items()}
        return {int(t): int(a) for t, a in given.items() if int(t) >= self.first}

    def usable(self, fund: str, year: int) -> int:
        kept = 1 - Fraction(str(self.funds[fund].get("reserve", 0)))
        return math.floor(self.declared[fund].get(year, 0) * kept)

    def role(self, fund: str) -> str:
        return str(self.funds[fund].get("role", "general"))

    def serves(self, fund: str, school: Row) -> bool:
        where = self.funds[fund].get("where", {})
        return all(school.get(k, "") in texts(v) for k, v in where.items() if k not in LINE_KEYS)

    def nature(self, fund: str, item: str) -> str:
        single = many(self.items[item]["nature"]) if item else []
        return self.funds[fund].get("nature") or (single[0] if len(single) == 1 else "")

    def pays(self, fund: str, item: str, year: int) -> bool:
        natures, own = many(self.items[item]["nature"]), self.funds[fund].get("nature")
        if own is not None and own not in natures:
            return False
        have = {
            "item": item, "pillar": self.items[item]["pillar"], "year": str(year),
            "nature": self.nature(fund, item), "kind": "purchase",
        }  # fmt: skip
        where = self.funds[fund].get("where", {})
        return all(have[k] in texts(v) for k, v in where.items() if k in have)

    def payer(self, school: Row, item: str) -> str | None:
        """The fund that is charged with the upkeep of an item at a school."""
        if self.s.get("upkeep", "required") != "required" or self.without == "upkeep":
            return None
        line = {"item": item, "pillar": self.items[item]["pillar"]}
        for name, fund in self.funds.items():
            where = fund.get("where", {})
            admits = all(line[k] in texts(v) for k, v in where.items() if k in line)
            pays = fund.get("pays_upkeep") and self.role(name) == "general"
            if pays and admits and self.serves(name, school):
                return name
        return None

    def starts(self, school: Row, item: str, year: int) -> int:
        waits = self.items[item]["on_site"] == "yes" or self.preparing(school)
        ready = whole(school["ready"])
        return max(year, ready) if waits and ready is not None else year

    def alive(self, item: str, start: int, year: int) -> bool:
        life = whole(self.items[item]["life"])
        return start <= year and (life is None or year < start + life)

    def most_left(self, school: str, item: str, start: int) -> int:
        """The largest need that stock leaves open while units from ``start`` on live."""
        return max(
            (max(self.need_of[school, item, t] - self.stock_of[school, item, t], 0)
             for t in self.years(self.schools[school]) if self.alive(item, start, t)),
            default=0,
        )  # fmt: skip
