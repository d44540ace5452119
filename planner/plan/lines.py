"""The allocation: every line of money in the plan, with its kind and standing."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from planner.axes import Bools, Ints, named
from planner.money import instalments
from planner.plan.decisions import Decisions
from planner.plan.service import InService
from planner.plan.supplies import chosen_supplies
from planner.scenario.schema import GROUPS

STANDING = {
    "completed": "priority",
    "under_construction": "supplement",
    "preparing": "proposal",
    "none": "other",
}
"""Standing of a line by the group of its school (the article's own verbs)."""
COLUMNS = [
    "line", "school", "group", "item", "fund", "year", "kind", "request", "option",
    "quantity", "unit_price", "amount", "schedule", "standing",
]  # fmt: skip
KINDS = ("purchase", "setup", "upkeep", "request")


def purchase_lines(decisions: Decisions) -> pd.DataFrame:
    """One line a purchase; ``schedule`` says when its instalments fall due."""
    bought = decisions.purchases
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
    return frame.assign(kind="purchase", unit_price=bought["price"], schedule=schedule)


def works_lines(decisions: Decisions) -> pd.DataFrame:
    """One line for the site works of an item at a school."""
    works = decisions.works
    return works.assign(kind="setup", quantity=1.0, unit_price=works["amount"], schedule="")


def upkeep_lines(decisions: Decisions, service: InService) -> pd.DataFrame:
    """Upkeep of stock and of funded units from their second year of service on."""
    facts = decisions.facts
    units = facts.stock + service.older
    rows = []
    for name in sorted(set(facts.payers.ravel()) - {""}):
        paid = facts.payers == name
        for year in sorted(y for y in facts.declared[name] if 0 <= y < facts.axes.end):
            due = units[:, :, year] * paid * (facts.upkeep[None, :, year] > 0)
            school, item = np.nonzero(due)
            rows.append(
                pd.DataFrame(
                    {
                        "school": school,
                        "item": item,
                        "fund": facts.fund_at[name],
                        "year": year,
                        "quantity": due[school, item],
                        "unit_price": facts.upkeep[item, year],
                    }
                )
            )
    frame = pd.concat(rows, ignore_index=True) if rows else _nothing()
    amount = frame["quantity"] * frame["unit_price"]
    frame = frame.assign(kind="upkeep", amount=amount, schedule="")
    return _exact_upkeep(decisions, frame)


def _nothing() -> pd.DataFrame:
    names = ["school", "item", "fund", "year", "quantity", "unit_price"]
    return pd.DataFrame({k: np.zeros(0, dtype=np.int64) for k in names})


def _exact_upkeep(decisions: Decisions, frame: pd.DataFrame) -> pd.DataFrame:
    """Amounts of items that are not whole: half up of the exact product."""
    facts = decisions.facts
    whole = np.array([i.whole for i in facts.items], dtype=bool)
    loose = np.flatnonzero(~whole[frame["item"].to_numpy(dtype=np.int64)])
    amount = frame["amount"].to_numpy(dtype=np.float64).astype(np.int64)
    supplied = _exact_supplies(decisions, whole) if len(loose) else {}
    mine = frame.iloc[loose]
    keys = zip(*(mine[c].tolist() for c in ("school", "item", "year", "unit_price")), strict=True)
    for k, (school, item, year, price) in zip(loose.tolist(), keys, strict=True):
        exact = Fraction(int(facts.stock[school, item, year]))
        for start, end, units in supplied.get((school, item), ()):
            if start < year < end:
                exact += units
        cost = exact * price
        amount[k] = (2 * cost.numerator + cost.denominator) // (2 * cost.denominator)
    return frame.assign(amount=amount)


def _exact_supplies(
    decisions: Decisions, whole: Bools
) -> dict[tuple[int, int], list[tuple[int, int, Fraction]]]:
    """(school, item) → (start, end, units) of items that are not whole: amount ÷ price of what
    is bought, the quantity of what a chosen request brings; no proposals (their upkeep is
    reported, not charged)."""
    found: dict[tuple[int, int], list[tuple[int, int, Fraction]]] = {}
    preparing = decisions.facts.axes.preparing
    bought = decisions.purchases[~whole[decisions.purchases["item"].to_numpy()]]
    bought = bought[~preparing[bought["school"].to_numpy()]]
    names = ("school", "item", "start", "end", "amount", "price")
    for school, item, start, end, amount, price in zip(
        *(bought[c].tolist() for c in names), strict=True
    ):
        found.setdefault((school, item), []).append((start, end, Fraction(amount, price)))
    for row in chosen_supplies(decisions.facts, decisions.chosen).itertuples():
        if not preparing[row.school] and not whole[row.item]:
            part = (row.start, row.end, Fraction(int(row.quantity)))
            found.setdefault((row.school, row.item), []).append(part)
    return found


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
    return pd.DataFrame(
        {
            "school": costs["request"].map(owner).astype(np.int64),
            "item": -1,
            "fund": costs["fund"].map(facts.fund_at).astype(np.int64),
            "year": costs["year"] - facts.axes.first,
            "kind": "request",
            "request": costs["request"],
            "option": costs["option"],
            "quantity": np.nan,
            "amount": costs["amount"],
            "schedule": "",
        }
    )


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
    lines = pd.concat(
        [
            purchase_lines(decisions),
            works_lines(decisions),
            upkeep_lines(decisions, service),
            request_lines(decisions),
        ],
        ignore_index=True,
    )
    lines[["request", "option"]] = lines.reindex(columns=["request", "option"]).fillna("")
    order = _reading_order(lines)
    at = {k: lines.pop(k).to_numpy(np.int64)[order] for k in ("school", "item", "fund", "year")}
    lines = lines.take(order)
    lines.index = pd.RangeIndex(len(lines))
    group = facts.group_at[at["school"]]
    stands = np.where(lines["kind"].to_numpy() == "upkeep", GROUPS.index("none"), group)
    year = at["year"] + facts.axes.first
    table = pd.DataFrame(
        {
            "line": np.arange(1, len(lines) + 1),
            "school": named(facts.axes.schools, at["school"]),
            "group": named(GROUPS, group),
            "item": named([*facts.axes.items, ""], at["item"]),
            "fund": named([*facts.funds, ""], at["fund"]),
            "year": year,
            "kind": lines["kind"].astype("str"),
            "request": lines["request"].astype("str"),
            "option": lines["option"].astype("str"),
            "quantity": lines["quantity"].astype("float64"),
            "unit_price": lines["unit_price"].astype("Int64"),
            "amount": lines["amount"].astype("int64"),
            "schedule": lines["schedule"].astype("str"),
            "standing": named([STANDING[g] for g in GROUPS], stands),
        },
        columns=COLUMNS,
        copy=False,
    )
    return Lines(table, at["school"], at["item"], at["fund"], year)


def _reading_order(lines: pd.DataFrame) -> Ints:
    """``[line]`` where each line of the table stands: by school, item, year, fund, kind, then by
    request and option."""
    rank = lines["kind"].map({k: n for n, k in enumerate(KINDS)}).to_numpy(dtype=np.int64)
    texts = (pd.factorize(lines[c], sort=True)[0] for c in ("option", "request"))
    places = (lines[c].to_numpy() for c in ("fund", "year", "item", "school"))
    return np.lexsort((*texts, rank, *places))
