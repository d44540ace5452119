"""Random scenarios as files, small enough to be solved twice and wide enough for every rule.

``drawn(seed)`` gives settings and tables as plain text; ``tests/second_model.py`` reads them by
itself. Numbers are small and money comes in millions, so that bounds are often met exactly and a
good part of the scenarios is infeasible.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from second_model import write

from planner.scenario.contracts import TABLES

M = 1_000_000
MANDATORY_COPIES = True
"""Whether what may be chosen several times may be mandatory too (a row with two finite bounds)."""
GROUPS = ("completed", "completed", "under_construction", "preparing", "none")
COLUMNS = {
    name: [f.alias or key for key, f in model.model_fields.items()]
    for name, model in TABLES.items()
}
USEFUL = ("", "", "", "", "2", "3", "50%", "66.7%", "100%")
SITE = ("school", "item", "fund", "year")
Rows = list[dict[str, Any]]


@dataclass
class Draw:
    """A scenario in the making."""

    seed: int
    chance: random.Random = field(init=False)
    tables: dict[str, Rows] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.later = random.Random(-1 - self.seed)
        """For what is drawn since: the rest of a seed stays as it is."""
        self.scoring = random.Random(f"points {self.seed}")
        """For measured points."""
        self.past = random.Random(f"facts {self.seed}")
        """For what has happened already."""
        self.first = 2023
        self.last = self.first + self.some(0, 1, 1, 1, 2)
        self.tail = self.some(0, 0, 1, 2)
        self.plan = list(range(self.first, self.last + 1))
        self.one_source = self.maybe(0.3)
        self.schools()
        self.items()
        self.norms()
        self.funds()
        self.stock()
        self.requests()
        self.limits()
        self.facts()
        self.priorities()
        self.rules()
        self.measured()

    def some(self, *values: Any) -> Any:
        return self.chance.choice(values)

    def maybe(self, likely: float) -> bool:
        return self.chance.random() < likely

    def to(self, high: int, low: int = 0) -> int:
        return self.chance.randint(low, high)

    # ---- what there is ---------------------------------------------------------------------
    def schools(self) -> None:
        rows: Rows = []
        for k in range(self.some(1, 1, 2, 2, 3)):
            group = self.some(*GROUPS)
            row = {
                "school": f"s{k}", "name": f"S{k}", "group": group,
                "level": self.some("primary", "primary", "primary", "lower_secondary"),
                "pupils": self.some(0, *range(10, 100, 10)), "classes": self.to(4),
                "teachers": self.to(6), "owner": self.some("w1", "w2"),
                "weight": self.some("1", "1", "2", "0.5"),
            }  # fmt: skip
            if group in ("under_construction", "preparing"):
                row["ready"] = self.to(self.last + self.tail + 2, self.first)
            if group == "preparing":
                row["project_amount"] = self.to(90) * M
            rows.append(row)
        self.tables["schools"] = rows
        self.names = [r["school"] for r in rows]
        self.group = {r["school"]: r["group"] for r in rows}
        self.ready = {r["school"]: r.get("ready", 0) for r in rows}
        self.owner = {r["school"]: r["owner"] for r in rows}

    def items(self) -> None:
        rows: Rows = []
        for name in ("lan", "pc", "lms")[: self.some(1, 2, 2, 3)]:
            loose = name == "lms" and self.maybe(0.4)
            row = {
                "item": name, "name": name, "unit": "bộ",
                "pillar": self.some("infrastructure", "software"),
                "nature": self.some("capital", "capital", "recurrent", "capital;recurrent"),
                "price": self.to(25, 5) * M + self.some(0, 0, 0, self.to(999_999)),
                "price_growth": self.some("0", "0", "0.07", "-0.1"),
                "life": self.some("", "", 1, 2, 3), "on_site": self.some("yes", "no"),
                "whole": "no" if loose else "yes", "lot": 1 if loose else self.some(1, 1, 1, 2),
                "once": self.some("no", "no", "yes"), "weight": self.some("1", "2", "0.5"),
                "upkeep": self.some("0", "0", "0.1", "0.25"),
                "setup": self.some(0, 0, 0, 7 * M), "capacity": "",
                "payments": self.some("1", "1", "1", "0.3;0.7", "0.5;0.25;0.25"),
                "price_low": self.some("", 4 * M), "price_high": self.some("", 26 * M),
            }  # fmt: skip
            row["least"] = self.later.choice((1, 1, 1, 2, 3))
            before = [r["item"] for r in rows if r["whole"] == "yes"]
            if before and self.maybe(0.6):
                needed = before if self.maybe(0.3) else [self.some(*before)]
                row["requires"] = ";".join(needed)
                capacities = [self.some("", "1", "2", "0.5", "1.5") for _ in needed]
                row["capacity"] = ";".join(capacities) if any(capacities) else ""
            rows.append(row)
        self.tables["catalogue"] = rows
        self.goods = {r["item"]: r for r in rows}
        self.settings["prices"] = self.some("base", "base", "low", "high")

    def norms(self) -> None:
        rows: Rows = []
        for item in self.goods:
            for level in ("primary", "lower_secondary"):
                if self.maybe(0.15):
                    continue
                row = {
                    "item": item, "level": level, "every": self.some("1", "2", "1.5", "3"),
                    "per": self.some("classes", "classes", "teachers", "school"),
                    "minimum": self.some("", "", 1), "maximum": self.some("", "", 3),
                }  # fmt: skip
                row["useful_from"] = self.later.choice(USEFUL)
                if self.maybe(0.1):
                    row["only"] = "owner=" + self.some(*self.owner.values())
                rows.append(row)
                if self.maybe(0.15):
                    rows.append(row | {"from": self.first + 1, "every": "1"})
        self.tables["norms"] = rows or [
            {"item": next(iter(self.goods)), "level": "primary", "every": 1, "per": "school"}
        ]
        self.tables["needs"] = [
            {"school": s, "item": i, "year": t, "quantity": self.to(4)}
            for s in self.names for i in self.goods for t in self.plan if self.maybe(0.06)
        ]  # fmt: skip
        self.tables["drivers"] = [
            {"school": s, "driver": d, "year": self.to(self.last + 1, self.first - 1), "value": v}
            for s in self.names for d, v in (("classes", self.to(4)), ("pupils", self.to(99)))
            if self.maybe(0.12)
        ]  # fmt: skip

    def funds(self) -> None:
        def money(years: list[int], most: int) -> dict[str, int]:
            return {str(t): self.to(most) * M for t in years}

        later = self.plan + [self.last + k + 1 for k in range(self.some(0, 0, 1, 2))]
        cap = {"amounts": money(later, 90), "reserve": self.some(0, 0, "0.1"),
               "carry_over": self.some(0, 0, "0.5", 1)}  # fmt: skip
        if self.maybe(0.4):
            cap["nature"] = "capital"
        if self.maybe(0.1):
            cap["amounts"] = "envelope"
            self.settings["envelope"] = {
                "public_investment": money(self.plan, 2000),
                "education_share": "0.6", "it_share": "0.05",
            }  # fmt: skip
        funds: dict[str, Any] = {"cap": cap}
        if self.one_source or self.maybe(0.6):
            some = self.some(self.plan, self.plan, [self.last], later)
            funds["rec"] = {"amounts": money(some, 40)}
            if not self.one_source and self.maybe(0.3):
                funds["rec"]["nature"] = "recurrent"
            if not self.one_source and self.maybe(0.3):
                funds["rec"]["where"] = self.some(
                    {"owner": self.some(*self.owner.values())},
                    {"item": [self.some(*self.goods)]},
                    {"pillar": self.goods[self.some(*self.goods)]["pillar"]},
                )
        payer = self.some(None, *funds)
        if payer:
            funds[payer]["pays_upkeep"] = True
        if "preparing" in self.group.values():
            funds["project"] = {"role": "project"}
        self.settings["funds"] = funds
        self.general = [f for f in funds if f != "project"]

    def stock(self) -> None:
        self.tables["inventory"] = [
            {"school": s, "item": i, "quantity": self.to(3),
             "acquired": self.to(self.first, self.first - 3),
             "usable_until": self.some("", "", self.to(self.last + 1, self.first - 1))}
            for s in self.names for i in self.goods if self.maybe(0.3)
        ]  # fmt: skip
        for r in self.tables["inventory"]:
            if r["usable_until"] and r["usable_until"] < r["acquired"]:
                r["usable_until"] = r["acquired"]

    # ---- requests --------------------------------------------------------------------------
    def requests(self) -> None:
        options: Rows = []
        costs: Rows = []
        items: Rows = []
        for k in range(self.some(0, 0, 1, 2, 3)):
            self.request(f"r{k}", options, costs, items)
        self.tables |= {"requests": options, "request_costs": costs, "request_items": items}

    def request(self, name: str, options: Rows, costs: Rows, items: Rows) -> None:
        school = self.some(*self.names)
        own = self.group[school] == "preparing"
        several = self.maybe(0.4)
        copies = 1 if several else self.some(1, 1, 2, 3)
        mandatory = "yes" if self.maybe(0.15) else "no"
        if copies > 1 and not MANDATORY_COPIES:
            mandatory = "no"
        earlier = [o["request"] for o in options]
        pairs = [f"{o['request']}:{o['option']}" for o in options]
        for option in ("a", "b")[: 1 + several]:
            row = {"request": name, "option": option, "school": school, "title": name,
                   "value": self.to(300, -40), "mandatory": mandatory,
                   "copies": copies}  # fmt: skip
            if earlier and self.maybe(0.4):
                row["requires"] = self.some(*earlier, *pairs)
            options.append(row)
            funds = ["project"] if own else self.general
            for fund in self.chance.sample(funds, k=self.to(len(funds), 1)):
                years = [self.ready[school]] if own else self.paying(fund, school)
                if not years or self.maybe(0.1):
                    continue
                cost = {"request": name, "option": option, "fund": fund,
                        "year": self.some(*years), "amount": self.to(25) * M}  # fmt: skip
                if self.maybe(0.35):
                    cost |= {"most": cost["amount"] + self.to(30, 5) * M, "value": self.to(300)}
                costs.append(cost)
            for item in self.goods:
                if self.maybe(0.3):
                    year = self.ready[school] if own else self.some(*self.plan)
                    items.append({"request": name, "option": option, "item": item,
                                  "quantity": self.to(3, 1), "year": year})  # fmt: skip

    def carries(self, fund: str, school: str, item: str) -> bool:
        """Whether a contract may name the fund: nature, ``where`` and every instalment fit."""
        given, row = self.settings["funds"][fund], self.goods[item]
        have = {"owner": self.owner[school], "pillar": row["pillar"], "item": item}
        where = given.get("where", {})
        if any(have[k] not in (v if isinstance(v, list) else [v]) for k, v in where.items()):
            return False
        if given.get("nature", "capital") not in row["nature"] and "nature" in given:
            return False
        parts = len(row["payments"].split(";"))
        late = self.ready[school] > self.first and row["on_site"] == "yes"
        return parts == 1 and not late and len(self.paying(fund, school)) == len(self.plan)

    def paying(self, fund: str, school: str) -> list[int]:
        """Plan years in which a fund has money that may go to a school."""
        given = self.settings["funds"][fund]
        if given.get("where", {}).get("owner", self.owner[school]) != self.owner[school]:
            return []
        amounts = given["amounts"]
        return self.plan if amounts == "envelope" else [t for t in self.plan if str(t) in amounts]

    # ---- contracts, bans, capacities, locks ------------------------------------------------
    def limits(self) -> None:
        contracts: Rows = []
        for _ in range(self.some(0, 0, 0, 0, 1, 2)):
            school, item = self.some(*self.names), self.some(*self.goods)
            own = self.group[school] == "preparing"
            payers = [f for f in self.general if self.carries(f, school, item)]
            if not payers and not own:
                continue
            fund = self.some(*payers, "cap") if own else self.some(*payers)
            row = {"school": school, "item": item, "quantity": 2 * self.some(1, 1, 2)}
            row |= {"fund": "project" if own else fund}
            row |= {"year": self.ready[school] if own else self.some(*self.plan)}
            if all(any(c[k] != row[k] for k in SITE) for c in contracts):
                contracts.append(row)
        self.tables["commitments"] = contracts
        bans: Rows = []
        for _ in range(self.some(0, 0, 0, 1, 2)):
            row = {"school": self.some("", *self.names), "item": self.some("", *self.goods),
                   "fund": self.some("", *self.general),
                   "year": self.some("", *self.plan)}  # fmt: skip
            signed = [c for c in contracts if all(row[k] in ("", c[k]) for k in row)]
            if any(row.values()) and not signed and row not in bans:
                bans.append(row)
        self.tables["bans"] = bans
        capacities = [
            self.some(
                {"item": self.some(*self.goods), "fund": self.some("", *self.general),
                 "most": self.to(4)},
                {"fund": self.some("", *self.general), "most": self.to(60) * M},
            ) | {"year": self.some("", *self.plan)}
            for _ in range(self.some(0, 0, 0, 1, 2))
        ]  # fmt: skip
        once = {(c.get("item"), c["fund"], c["year"]): c for c in capacities}
        self.tables["capacities"] = list(once.values())
        locks: Rows = []
        if self.maybe(0.12):
            school = self.some(*self.names)
            own = self.group[school] == "preparing"
            locks.append({
                "school": school, "item": self.some(*self.goods), "quantity": self.some(0, 0, 2),
                "fund": self.some("", "project" if own else self.some(*self.general)),
                "year": "" if own else self.some("", *self.plan),
            })  # fmt: skip
        if self.tables["requests"] and self.maybe(0.12):
            o = self.some(*self.tables["requests"])
            locks.append({"request": o["request"], "option": o["option"],
                          "quantity": self.to(int(o["copies"]))})  # fmt: skip
        self.tables["locks"] = locks

    def facts(self) -> None:
        """Contracts with a price, a service and works of their own; years that are closed."""
        draw, contracts = self.past, self.tables["commitments"]
        if draw.random() < 0.6:
            return
        for _ in range(draw.choice((0, 1, 1, 2))):
            school, item = draw.choice(self.names), draw.choice([*self.goods])
            own, good = self.group[school] == "preparing", self.goods[item]
            funds = [f for f in self.general if self.paying(f, school)]
            if not funds and not own:
                continue
            fund = "project" if own else draw.choice(funds)
            years = [self.ready[school]] if own else self.paying(fund, school)
            row = {"school": school, "item": item, "fund": fund, "year": draw.choice(years),
                   "quantity": 2 * draw.choice((1, 1, 2))}  # fmt: skip
            if any(all(c[k] == row[k] for k in SITE) for c in contracts):
                continue
            row["amount"] = draw.randint(1, 30 * row["quantity"]) * M // 10
            late = draw.choice(("", "", "", row["year"], row["year"] + 1))
            row["serves"] = late
            row["works"] = draw.choice(("", 0, 2 * M, 9 * M)) if int(good["setup"] or 0) else ""
            contracts.append(row)
        if draw.random() < 0.5:
            self.settings["closed_until"] = draw.choice(self.plan)

    # ---- settings --------------------------------------------------------------------------
    def priorities(self) -> None:
        weights = self.some(
            {"completed": 9, "under_construction": 3, "preparing": 1, "none": 3},
            {"completed": 1, "under_construction": 1, "none": 1}, {"completed": 100, "none": "0.5"},
        )  # fmt: skip
        kind = self.some("weighted", "weighted", "weighted", "strict", "maxmin")
        priority: dict[str, Any] = {"mode": kind, "weights": weights}
        if kind == "strict":
            priority["by"] = self.some("tier", "whole")
        self.settings |= {
            "schema": 1, "title": {"vi": "Ngẫu nhiên", "en": "Random"},
            "years": [self.first, self.last], "tail_years": self.tail, "priority": priority,
            "discount": self.some(0, 0, "0.1"),
            "tiers": self.some([[1, 1]], [["0.5", 2], [1, 1]], [["0.3", 3], ["0.8", 2], [1, 1]]),
            "upkeep": self.some("required", "required", "reported"),
            "one_source": self.one_source, "solve": {"gap": 0, "time_limit": 60, "threads": 1},
        }  # fmt: skip

    def rules(self) -> None:
        found = {}
        for k in range(self.some(0, 0, 1, 1, 2)):
            measure = self.some("spend", "spend", "quantity", "coverage", "requests")
            if measure == "requests" and not self.tables["requests"]:
                continue
            rule = getattr(self, f"rule_{measure}")()
            firmness = self.some("law", "policy", "wish", "wish")
            rule["firmness"] = firmness
            if firmness == "wish":
                price = {"spend": "0.00001", "coverage": "3"}.get(measure, "20")
                rule["price"] = self.some(price, price, 0)
            found[f"rule-{k}"] = {"measure": measure} | rule
        self.settings["rules"] = found

    def measured(self) -> None:
        """Now and then criteria, some of them measured, and a rule on points."""
        chance = self.scoring
        if chance.random() < 0.6:
            return
        goods, names = list(self.goods), ["t1", "t2", "m1"]
        self.tables["criteria"] = [
            {"criterion": k, "name": k, "group": "management" if k == "m1" else "teaching",
             "most": chance.choice((50, 75, 100)), "mandatory": "no",
             "levels": chance.choice(("", "", "", "primary;preschool"))} for k in names
        ]  # fmt: skip
        pairs = [(k, i) for k in names for i in goods if chance.random() < 0.5]
        self.tables["criterion_items"] = [
            {"criterion": k, "item": i, "points": chance.choice((8, 12, "12.5")),
             "reached": chance.choice(("", "", "0.5", "1"))
             if self.goods[i]["whole"] == "yes" else ""} for k, i in pairs
        ]  # fmt: skip
        self.tables["indicators"] = [
            {"school": s, "criterion": k, "year": y, "value": chance.choice((0, 4, 20, 33.5, 38))}
            for s in self.names for k in names for y in (2020, 2021) if chance.random() < 0.7
        ]  # fmt: skip
        where: dict[str, Any] = chance.choice(({}, {"criteria_group": "teaching"}))
        each = [k for k in ("school", "criteria_group", "group") if chance.random() < 0.4]
        rule: dict[str, Any] = {"measure": "points", "where": where, "for_each": each,
                                "at_least": chance.choice((30, 45, "52.5"))}  # fmt: skip
        if chance.random() < 0.5:
            rule |= {"measure": "schools", "where": where | {"reaches": chance.choice((2, 3))},
                     "for_each": [k for k in each if k != "school"],
                     "at_least": chance.choice((1, 1, 2))}  # fmt: skip
        rule["firmness"] = chance.choice(("policy", "wish", "wish"))
        if rule["firmness"] == "wish":
            rule["price"] = chance.choice(("1", "40"))
        self.settings["rules"]["scored"] = rule

    def where(self, *keys: str) -> dict[str, Any]:
        """A selection over some of the keys."""
        values: dict[str, Any] = {
            "group": self.some(*self.group.values()),
            "owner": self.some(*self.owner.values()),
            "school": self.chance.sample(self.names, k=self.to(len(self.names), 1)),
            "item": self.some(*self.goods),
            "pillar": self.goods[self.some(*self.goods)]["pillar"],
            "fund": self.some(*self.general),
            "year": self.some(*self.plan),
            "nature": self.some("capital", "recurrent"),
            "kind": self.some("purchase", ["purchase", "setup"], "request", "upkeep",
                              ["purchase", "upkeep"]),
        }  # fmt: skip
        if self.tables["requests"]:
            values["request"] = self.some(*self.tables["requests"])["request"]
        found = {k: values[k] for k in keys if k in values and self.maybe(0.35)}
        of_schools = [k for k in ("group", "owner", "school") if k in found]
        for k in of_schools[1:]:  # two of them often leave no school
            del found[k]
        if "pillar" in found:
            found.pop("item", None)
        return found

    def each(self, *keys: str) -> list[str]:
        return [k for k in keys if self.maybe(0.2)]

    def sides(self, least: Any, most: Any) -> dict[str, Any]:
        return self.some({"at_most": most}, {"at_least": least}, {"at_most": most},
                         {"at_most": most},
                         {"at_least": least, "at_most": most})  # fmt: skip

    def rule_spend(self) -> dict[str, Any]:
        keys = ("group", "owner", "school", "item", "pillar", "fund", "year", "nature", "kind",
                "request")  # fmt: skip
        rule = {"where": self.where(*keys), "for_each": self.each(*keys)}
        if self.maybe(0.4):
            of: Any = self.some("budget", {}, self.where("group", "fund", "year", "item"))
            low, high = sorted((self.to(4), self.to(8)))
            return rule | self.sides(*({"share": f"0.{n}", "of": of} for n in (low, high)))
        low, high = sorted((self.to(30), self.to(50)))
        return rule | self.sides(low * M, high * M)

    def rule_quantity(self) -> dict[str, Any]:
        keys = ("group", "owner", "school", "item", "pillar", "fund", "year", "nature")
        rule = {"where": self.where(*keys), "for_each": self.each(*keys)}
        if self.maybe(0.25):
            return rule | self.some({"at_most": {"share": "0.6"}}, {"at_least": {"share": "0.3"}})
        low, high = sorted((self.to(4), self.to(6)))
        return rule | self.some(self.sides(low, high), {"exactly": self.to(3)})

    def rule_coverage(self) -> dict[str, Any]:
        where = self.where("group", "owner", "school", "year")
        each = self.each("group", "owner", "school", "level", "year")
        if self.maybe(0.6):
            where["item"] = self.some(*self.goods)
        else:
            each.append("item")
        return {"where": where, "for_each": each,
                "at_least": self.some("0.2", "0.4", "0.5", "0.8")}  # fmt: skip

    def rule_requests(self) -> dict[str, Any]:
        keys = ("group", "owner", "school", "request")
        rule = {"where": self.where(*keys), "for_each": self.each(*keys)}
        return rule | self.some(
            {"at_most": self.to(2)}, {"at_least": self.to(1)}, {"exactly": self.to(1)}
        )


def drawn(seed: int, folder: Path) -> Path:
    """Writes the scenario of a seed; gives its file."""
    made = Draw(seed)
    tables = {k: v for k, v in made.tables.items() if v or k in ("schools", "catalogue", "norms")}
    return write(folder, made.settings, tables, COLUMNS)


def traits(seed: int) -> set[str]:
    """What the scenario of a seed has in play, by names such as ``catalogue.once=yes``."""
    made = Draw(seed)
    found = {f"table {name}" for name, rows in made.tables.items() if rows}
    for table, columns in (
        ("schools", ("group", "weight", "level")),
        ("catalogue", ("nature", "price_growth", "life", "on_site", "whole", "lot", "least",
                       "once", "upkeep", "setup", "capacity", "payments")),
        ("norms", ("per", "every", "useful_from")),
    ):  # fmt: skip
        found |= {f"{table}.{c}={r.get(c, '')}" for r in made.tables[table] for c in columns}
    for table, columns in (
        ("catalogue", ("requires",)),
        ("inventory", ("usable_until",)),
        ("norms", ("minimum", "maximum", "only", "from")),
        ("requests", ("requires",)),
        ("request_costs", ("most",)),
        ("bans", SITE),
        ("capacities", ("item", "fund", "year")),
        ("locks", ("fund", "year", "request")),
        ("commitments", ("amount", "serves", "works")),
    ):
        found |= {f"{table}.{c}" for r in made.tables[table] for c in columns if r.get(c, "") != ""}
    rivals = [r["option"] for r in made.tables["requests"]]
    found |= {"rival options"} if "b" in rivals else set()
    found |= {"requests.copies" for r in made.tables["requests"] if r["copies"] > 1}
    found |= {"requests.mandatory" for r in made.tables["requests"] if r["mandatory"] == "yes"}
    s = made.settings
    found |= {f"prices={s['prices']}", f"upkeep={s['upkeep']}", f"one_source={s['one_source']}"}
    found |= {f"tail_years={s['tail_years']}", f"tiers={len(s['tiers'])}"}
    found |= {"discount"} if s["discount"] else set()
    found |= {"closed_until"} if s.get("closed_until") else set()
    found.add(" ".join(["priority", s["priority"]["mode"], s["priority"].get("by", "")]).strip())
    for fund in s["funds"].values():
        found |= {f"fund {key}" for key, value in fund.items() if value}
        found |= {"envelope"} if fund.get("amounts") == "envelope" else set()
    for rule in s["rules"].values():
        found |= {f"rule {rule['measure']}", f"rule {rule['firmness']}"}
        found |= {f"rule where {k}" for k in rule["where"]}
        found |= {f"rule for each {k}" for k in rule["for_each"]}
        for side in ("at_most", "at_least", "exactly"):
            if side in rule:
                found.add(f"rule {rule['measure']} {side}")
                of = rule[side].get("of", {}) if isinstance(rule[side], dict) else None
                share = "of budget" if of == "budget" else "of a selection" if of else "of all"
                found |= {f"rule share {share}"} if of is not None else set()
    return found
