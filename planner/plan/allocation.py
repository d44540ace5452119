"""The allocation: every line of money in the plan, with its kind and standing; ledgers and
obligations, added up of them in whole money."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from planner.formulation.facts import Facts
from planner.money import instalments, nearest
from planner.plan.contract import OUTPUT, fresh
from planner.plan.coverage import InService
from planner.plan.decisions import Decisions, chosen_supplies
from planner.scenario.schema import GROUPS
from planner.vocabulary.axes import Bools, Ints, eligible_schools, positions, text_column

STANDING = {
    "completed": "priority",
    "under_construction": "supplement",
    "preparing": "proposal",
    "none": "other",
}
"""Standing of a line by the group of its school (the article's own verbs)."""
KINDS = ("purchase", "setup", "upkeep", "request")


def purchase_lines(decisions: Decisions) -> pd.DataFrame:
    """One line a purchase; ``schedule`` says when its instalments fall due."""
    bought = decisions.purchases
    extra = decisions.contracts("extra", bought)
    money = bought["amount"].to_numpy(dtype=np.int64) + extra
    dear = np.flatnonzero(extra)
    price = bought["price"].to_numpy(dtype=np.int64).copy()
    for k in dear.tolist():  # a contract's own price, as a mean of the line
        price[k] = nearest(Fraction(int(money[k])) / Fraction(bought["quantity"].iloc[k]))
    bought = bought.assign(amount=money)
    schedule = [""] * len(bought)
    parts = [i.payments for i in decisions.facts.items]
    first = decisions.facts.axes.first
    split = np.array([len(p) > 1 for p in parts], dtype=bool)[bought["item"].to_numpy()]
    split &= ~decisions.facts.axes.preparing[bought["school"].to_numpy()]
    at = np.flatnonzero(split)
    cells = (bought[c].to_numpy()[at].tolist() for c in ("item", "year", "amount"))
    told: dict[tuple[int, int, int], str] = {}
    for k, key in zip(at.tolist(), zip(*cells, strict=True), strict=True):
        if key not in told:
            item, year, amount = key
            due = enumerate(instalments(amount, parts[item]), start=first + year)
            told[key] = ";".join(f"{when}:{money}" for when, money in due)
        schedule[k] = told[key]
    frame = bought[["school", "item", "fund", "year", "quantity", "amount"]]
    return frame.assign(kind="purchase", unit_price=price, schedule=schedule)


def works_lines(decisions: Decisions) -> pd.DataFrame:
    """One line for the site works of an item at a school."""
    works = decisions.works
    works = works.assign(amount=works["amount"] + decisions.contracts("works", works))
    return works.assign(kind="setup", quantity=1.0, unit_price=works["amount"], schedule="")


def upkeep_lines(decisions: Decisions, service: InService) -> pd.DataFrame:
    """Upkeep of stock and of funded units from their second year of service on."""
    facts = decisions.facts
    units = facts.stock + service.older
    names = ["school", "item", "fund", "year", "quantity", "unit_price"]
    rows = []
    for name in sorted(set(facts.payers.ravel()) - {""}):
        paid = facts.payers == name
        for year in sorted(y for y in facts.declared[name] if 0 <= y < facts.axes.end):
            due = units[:, :, year] * paid * (facts.upkeep[None, :, year] > 0)
            school, item = np.nonzero(due)
            cells = (
                school, item, facts.fund_at[name], year, due[school, item],
                facts.upkeep[item, year],
            )  # fmt: skip
            rows.append(pd.DataFrame(dict(zip(names, cells, strict=True))))
    nothing = pd.DataFrame({name: np.zeros(0, dtype=np.int64) for name in names})
    frame = pd.concat(rows, ignore_index=True) if rows else nothing
    # Of items that are not whole, half up of the exact product.
    by_money = facts.by_money
    loose = np.flatnonzero(by_money[frame["item"].to_numpy(dtype=np.int64)])
    amount = (frame["quantity"] * frame["unit_price"]).to_numpy(np.float64).astype(np.int64)
    supplied = defaultdict[tuple[int, int], list[tuple[int, int, Fraction]]](list)
    if len(loose):
        # (school, item) → (start, end, units): amount ÷ price of what is bought, the quantity of
        # what a chosen request brings; no proposals (their upkeep is reported, not charged).
        preparing, bought = facts.axes.preparing, decisions.purchases
        bought = bought[by_money[bought["item"].to_numpy()]]
        for row in bought[~preparing[bought["school"].to_numpy()]].itertuples():
            part = (row.start, row.end, Fraction(row.amount, row.price))
            supplied[row.school, row.item].append(part)
        for row in chosen_supplies(facts, decisions.chosen).itertuples():
            if not preparing[row.school] and by_money[row.item]:
                part = (row.start, row.end, Fraction(int(row.quantity)))
                supplied[row.school, row.item].append(part)
    mine = frame.iloc[loose]
    keys = zip(*(mine[c].tolist() for c in ("school", "item", "year", "unit_price")), strict=True)
    for k, (s, i, t, price) in zip(loose.tolist(), keys, strict=True):
        served = (n for start, end, n in supplied.get((s, i), ()) if start < t < end)
        cost = sum(served, Fraction(int(facts.stock[s, i, t]))) * price
        amount[k] = nearest(cost)
    return frame.assign(kind="upkeep", amount=amount, schedule="")


def request_lines(decisions: Decisions) -> pd.DataFrame:
    """What the chosen options of requests cost, by fund and year."""
    facts = decisions.facts
    asking = facts.scenario.table("requests")
    owner = dict(zip(asking["request"], asking["school"].map(facts.axes.school_at), strict=True))
    costs = facts.scenario.table("request_costs")
    keys = zip(costs["request"], costs["option"], strict=True)
    times = np.array([decisions.chosen.get(k, 0) for k in keys], dtype=np.int64)
    names = zip(costs["request"], costs["option"], costs["fund"], costs["year"], strict=True)
    beyond = [decisions.granted.get(name, 0) for name in names]
    costs = costs.assign(amount=costs["amount"] * times + np.array(beyond, dtype=np.int64))
    costs = costs[times > 0]
    return costs[["request", "option", "amount"]].assign(
        school=costs["request"].map(owner).astype(np.int64),
        fund=positions(costs["fund"], facts.fund_at),
        year=costs["year"] - facts.axes.first,
        item=-1, kind="request", quantity=np.nan, schedule="",
    )  # fmt: skip


@dataclass(frozen=True)
class Lines:
    """The allocation, and the same lines as positions on the axes.

    ``school``, ``item`` and ``fund`` (−1: none) are positions, ``year`` is a calendar year.
    """

    table: pd.DataFrame
    school: Ints
    item: Ints
    fund: Ints
    year: Ints

    def by_school(self, counted: Bools, schools: int) -> Ints:
        """``[school]`` money of the lines ``counted``, minor units."""
        total = np.zeros(schools, dtype=np.int64)
        np.add.at(total, self.school[counted], self.table["amount"].to_numpy()[counted])
        return total


def allocation(decisions: Decisions, service: InService) -> Lines:
    """All lines in the order of the inputs: school, item, year, fund, kind."""
    facts = decisions.facts
    asked, upkeep = request_lines(decisions), upkeep_lines(decisions, service)
    parts = [purchase_lines(decisions), works_lines(decisions), upkeep, asked]
    lines = pd.concat(parts, ignore_index=True)
    lines[["request", "option"]] = lines.reindex(columns=["request", "option"]).fillna("")
    # [line] where each line of the table stands: by school, item, year, fund, kind, then by request
    # and option.
    rank = lines["kind"].map({k: n for n, k in enumerate(KINDS)}).to_numpy(dtype=np.int64)
    texts = (pd.factorize(lines[c], sort=True)[0] for c in ("option", "request"))
    places = (lines[c].to_numpy() for c in ("fund", "year", "item", "school"))
    order = np.lexsort((*texts, rank, *places))
    at = {k: lines.pop(k).to_numpy(np.int64)[order] for k in ("school", "item", "fund", "year")}
    lines = lines.take(order)
    lines.index = pd.RangeIndex(len(lines))
    group = facts.group_at[at["school"]]
    stands = np.where(lines["kind"].to_numpy() == "upkeep", GROUPS.index("none"), group)
    year = at["year"] + facts.axes.first
    kept = ("kind", "request", "option", "quantity", "unit_price", "amount", "schedule")
    table = fresh(
        "allocation",
        {c: lines[c] for c in kept}
        | {
            "line": np.arange(1, len(lines) + 1),
            "school": text_column(facts.axes.schools, at["school"]),
            "group": text_column(GROUPS, group),
            "item": text_column([*facts.axes.items, ""], at["item"]),
            "fund": text_column([*facts.funds, ""], at["fund"]),
            "year": year,
            "standing": text_column([STANDING[g] for g in GROUPS], stands),
        },
    )
    return Lines(table, at["school"], at["item"], at["fund"], year)


TIE = 1e-5
"""Minor units within which a cost in floats may lie on either side of a half."""
FLOAT = 2.0**-48
"""Relative error that a product of floats may have, with room."""
BUCKETS = ("purchase", "setup", "request", "upkeep")
"""Kinds of lines in the order of the ledger's columns."""
PAID = ["fund", "school", "year", "kind", "amount"]


def instalment_parts(schedule: str) -> list[tuple[int, int]]:
    """A line's ``schedule`` as (year, amount) pairs: ``2023:30;2024:70``; empty: no parts."""
    pairs = (part.split(":") for part in schedule.split(";") if part)
    return [(int(year), int(amount)) for year, amount in pairs]


def payments(lines: pd.DataFrame, columns: list[str] = PAID) -> pd.DataFrame:
    """When money leaves a fund: ``year`` and ``amount`` are those of the payment (instalments
    unfolded), the other columns those of the line."""
    cut = (lines["schedule"] != "").to_numpy(dtype=bool)
    single = lines.loc[~cut, columns]
    if not cut.any():
        return single
    parts = [instalment_parts(schedule) for schedule in lines["schedule"][cut].tolist()]
    rows = lines.loc[cut, columns].iloc[np.repeat(np.arange(len(parts)), [len(p) for p in parts])]
    due = [part for each in parts for part in each]
    rows = rows.assign(year=[year for year, _ in due], amount=[amount for _, amount in due])
    return pd.concat([single, rows], ignore_index=True)


def ledger_table(facts: Facts, lines: pd.DataFrame) -> pd.DataFrame:
    """``ledger``: a row for each fund and declared year; for projects one for each school."""
    paid = payments(lines)
    general = [n for n, f in facts.funds.items() if f.role == "general"]
    by_year = paid[paid["fund"].isin(general)].groupby(["fund", "year", "kind"])["amount"].sum()
    by_school = paid[~paid["fund"].isin(general)].groupby(["fund", "school", "kind"])["amount"]
    spent = by_year.to_dict() | by_school.sum().to_dict()
    rows: list[tuple[Any, ...]] = []
    for name, fund in facts.funds.items():
        if fund.role == "project":
            projects = facts.scenario.schools["project_amount"]
            served = eligible_schools(facts.scenario, facts.axes, fund)
            for s in np.flatnonzero(served & projects.notna().to_numpy()).tolist():
                school, amount = facts.axes.schools[s], int(projects.iloc[s])
                parts = [int(spent.get((name, school, kind), 0)) for kind in BUCKETS]
                rows.append((
                    name, school, int(facts.axes.ready[s]), amount, 0, amount, 0, *parts,
                    sum(parts), 0, amount - sum(parts),
                ))  # fmt: skip
            continue
        carried, declared = 0, facts.declared[name]
        for at in sorted(y for y in declared if y >= 0):
            amount, usable, year = declared[at], facts.usable(name, at), facts.axes.first + at
            carried = carried if at - 1 in declared else 0
            parts = [int(spent.get((name, year, kind), 0)) for kind in BUCKETS]
            left = usable + carried - sum(parts)
            out = min(facts.carry_limit(name, at), max(0, left)) if at + 1 in declared else 0
            rows.append((
                name, "", year, amount, amount - usable, usable, carried, *parts, sum(parts), out,
                left - out,
            ))  # fmt: skip
            carried = out
    return fresh("ledger", rows)


OBLIGATIONS = list(OUTPUT["obligations"])


def obligations_table(
    decisions: Decisions, lines: pd.DataFrame, service: InService
) -> pd.DataFrame:
    """``obligations``: what the plan and the stock cost after the plan's last year.

    Upkeep of what is proposed into building projects is listed from its own ``ready`` year on
    and is never charged to a fund.
    """
    facts = decisions.facts
    last = facts.scenario.settings.years[1]
    due = payments(lines)
    late = due[(due["year"] > last) & (due["kind"] == "purchase")]
    late = late[late["fund"].isin([n for n, f in facts.funds.items() if f.role == "general"])]
    sums = late.groupby(["year", "fund"], as_index=False)["amount"].sum()
    sums = sums[sums["amount"] > 0]  # instalments of what is free are no obligation
    instalments = sums.assign(kind="instalment", origin="plan", funded=sums["amount"])
    rows: list[tuple[int, str, str, str, int, int]] = []
    payers = sorted({str(p) for p in facts.payers.ravel()} if facts.payers.size else {""})
    for at, fund in product(range(facts.axes.plan_count, facts.axes.end), payers):
        mine, year = facts.payers == fund, facts.axes.first + at
        funded = bool(fund) and at in facts.declared[fund]
        stock = _money(decisions, facts.stock[:, :, at] * mine, at)
        both = _money(decisions, (facts.stock[:, :, at] + service.older[:, :, at]) * mine, at)
        pairs = (("plan", both - stock), ("stock", stock))
        rows += [(year, fund, "upkeep", o, a, a if funded else 0) for o, a in pairs if a]
    for at in range(len(facts.axes.years)):
        counted = facts.axes.counted[:, at, None]
        amount = _money(decisions, service.older_proposed[:, :, at] * counted, at)
        if amount:
            rows.append((facts.axes.first + at, "", "upkeep", "proposal", amount, 0))
    upkeep = pd.DataFrame(rows, columns=OBLIGATIONS)
    table = pd.concat([instalments[OBLIGATIONS], upkeep], ignore_index=True)
    table = table.sort_values(OBLIGATIONS[:4], ignore_index=True)
    return fresh("obligations", table)


def _money(decisions: Decisions, units: Any, at: int) -> int:
    """Σ units × unit upkeep, each school's item rounded half up.

    Where a part of a unit costs nearly half a minor unit, floats cannot tell which side it is
    on: those few are counted in fractions.
    """
    facts, whole = decisions.facts, np.rint(units)
    if np.array_equal(whole, units):
        return int(whole.sum(axis=0).astype(np.int64) @ facts.upkeep[:, at])
    cost = units * facts.upkeep[None, :, at] + 0.5
    amount = np.floor(cost)
    doubt = TIE + FLOAT * np.abs(cost)
    tied = np.argwhere((np.abs(cost - np.rint(cost)) < doubt) & (whole != units))
    for school, item in tied.tolist():
        exact = _exact_older(decisions, school, item, at) * int(facts.upkeep[item, at])
        amount[school, item] = float(nearest(exact))
    return int(amount.sum())


def _exact_older(decisions: Decisions, school: int, item: int, at: int) -> Fraction:
    """Units of an item at a school that cause upkeep in a year: what it had, unless they are
    proposed into a building project, and what began to serve in an earlier year."""
    facts, bought = decisions.facts, decisions.purchases
    proposed = bool(facts.axes.preparing[school])
    units = Fraction(0 if proposed else int(facts.stock[school, item, at]))
    mine = bought[((bought["school"] == school) & (bought["item"] == item)).to_numpy()]
    mine = mine[((mine["start"] < at) & (at < mine["end"])).to_numpy()]
    for amount, price in zip(mine["amount"].tolist(), mine["price"].tolist(), strict=True):
        units += Fraction(amount, price)
    asked = chosen_supplies(facts, decisions.chosen)
    asked = asked[((asked["school"] == school) & (asked["item"] == item)).to_numpy()]
    asked = asked[((asked["start"] < at) & (at < asked["end"])).to_numpy()]
    return units + sum((Fraction(int(q)) for q in asked["quantity"]), Fraction(0))
