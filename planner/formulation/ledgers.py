r"""Ledgers: what every decision costs, in which year and from which fund.

All kinds of line (purchases, site works, requests, upkeep) are first gathered into one frame
of *costs* (column, fund, year, school, amount); the budget rows only add it up, so a new kind
of line needs no new ledger.

.. math:: \sum costs_{ft} + carry_{ft} \le A_{ft} + carry_{f,t-1}
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.formulation.decision_columns import Columns
from planner.formulation.facts import Facts
from planner.formulation.model import ModelBuilder
from planner.names import StandingRule
from planner.scenario.measures import KINDS
from planner.vocabulary.axes import narrow

COST = ["column", "fund", "year", "school", "item", "amount", "kind"]
KIND = pd.CategoricalDtype(KINDS)
"""Kinds of line; text for each of millions of lines would be most of their memory."""


def purchase_costs(facts: Facts, columns: Columns) -> pd.DataFrame:
    """Instalments of purchases, from the year of purchase on (minor units per column unit)."""
    buys = columns.buys
    parts = []
    for item in np.unique(buys["item"]):
        mine = buys[buys["item"] == item]
        whole = mine["price"] * mine["lot"]
        project = facts.axes.preparing[mine["school"]]
        for k, part in enumerate(facts.items[item].payments):
            amount = whole.astype(float) * np.where(project, float(k == 0), float(part))
            parts.append(_costs(mine, mine["year"] + k, amount, "purchase")[amount > 0])
    return _joined(parts)


def works_costs(facts: Facts, columns: Columns) -> pd.DataFrame:
    """Site works, paid in their year."""
    works = columns.works
    amount = facts.setup[works["item"], works["year"]].astype(float)
    return _costs(works, works["year"], pd.Series(amount, index=works.index), "setup")


def upkeep_costs(facts: Facts, columns: Columns) -> pd.DataFrame:
    """``upkeep_funded``: yearly cost of units whose service began in an earlier year.

    What is proposed into a building project is not a decision of this plan, so its upkeep is
    reported, not charged.
    """
    supplies = columns.supplies[~facts.axes.preparing[columns.supplies["school"]]]
    payer = facts.payers[supplies["school"], supplies["item"]]
    parts = []
    for name in sorted(set(payer) - {""}):
        paid = supplies[payer == name]
        for year in facts.declared[name]:
            if not 0 < year < facts.axes.end:
                continue
            due = paid[(paid["start"] < year) & (year < paid["end"])]
            amount = (facts.upkeep[due["item"], year] * due["units"]).astype(float)
            due = due.assign(fund=facts.fund_at[name])
            parts.append(_costs(due, year, amount, "upkeep")[amount > 0])
    return _joined(parts)


def stock_upkeep_lines(facts: Facts) -> pd.DataFrame:
    """Upkeep of the stock that exists before the plan: school, item, fund, year, amount."""
    parts = []
    for name in sorted(set(facts.payers.ravel()) - {""}):
        paid = facts.payers == name
        for at in sorted(y for y in facts.declared[name] if 0 <= y < facts.axes.end):
            amount = facts.stock[:, :, at] * facts.upkeep[None, :, at] * paid
            school, item = np.nonzero(amount)
            frame = pd.DataFrame({"school": school, "item": item})
            frame = frame.assign(fund=facts.fund_at[name], year=at + facts.axes.first)
            parts.append(frame.assign(amount=amount[school, item]))
    if not parts:
        names = ("school", "item", "fund", "year", "amount")
        return pd.DataFrame({k: np.zeros(0, np.int64) for k in names})
    return pd.concat(parts, ignore_index=True)


def stock_upkeep(facts: Facts) -> dict[tuple[int, int], int]:
    """(fund position, year position) → upkeep of the stock, minor units."""
    lines = stock_upkeep_lines(facts)
    sums = lines.groupby(["fund", "year"])["amount"].sum()
    return {(int(f), int(y) - facts.axes.first): int(m) for (f, y), m in sums.items()}


def _costs(frame: pd.DataFrame, year: object, amount: pd.Series, kind: str) -> pd.DataFrame:
    costs = frame[["column", "fund", "school", "item"]].assign(year=year, amount=amount, kind=kind)
    return costs[COST]


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    parts = [narrow(p.astype({"kind": KIND})) for p in parts if len(p)]
    if not parts:
        return pd.DataFrame({k: np.zeros(0, np.int64) for k in COST})
    return pd.concat(parts, ignore_index=True)


def all_costs(facts: Facts, columns: Columns, *requests: pd.DataFrame) -> pd.DataFrame:
    """Every cost of every column: column, fund, year, school, amount, kind."""
    own = (purchase_costs, works_costs, upkeep_costs)
    return _joined([*(costs(facts, columns) for costs in own), *requests])


def fund_within_budget(
    builder: ModelBuilder, facts: Facts, columns: Columns, costs: pd.DataFrame
) -> None:
    """``fund_within_budget``: costs + carried out ≤ usable money + carried in."""
    owed = stock_upkeep(facts)
    ledger = [
        (at, year, facts.usable(name, year) - owed.get((at, year), 0))
        for at, (name, fund) in enumerate(facts.funds.items())
        if fund.role == "general"
        for year in sorted(facts.declared[name])
        if year >= 0
    ]
    frame = pd.DataFrame(ledger, columns=["fund", "year", "money"])
    keys = frame[["fund", "year"]].astype(np.int64)
    upper = frame["money"].to_numpy(dtype=np.float64) / facts.scale
    rows = builder.add_rows(StandingRule.FUND, keys, -np.inf, upper, money=True)
    row_of = {(f, y): r for f, y, r in zip(keys["fund"], keys["year"], rows, strict=True)}
    general = np.array([f.role == "general" for f in facts.funds.values()], dtype=bool)
    mine = costs[general[costs["fund"].to_numpy()]] if len(costs) else costs
    for (fund, year), part in mine.groupby(["fund", "year"]):
        row = np.full(len(part), row_of[int(fund), int(year)])
        builder.add_entries(row, part["column"], part["amount"].to_numpy() / facts.scale)
    for carry in columns.carries.itertuples():
        builder.add_entries([row_of[carry.fund, carry.year]], [carry.column], 1.0)
        builder.add_entries([row_of[carry.fund, carry.year + 1]], [carry.column], -1.0)


def preparing_from_project(builder: ModelBuilder, facts: Facts, costs: pd.DataFrame) -> None:
    """``preparing_from_project``: a building project takes at most its declared IT amount."""
    project = np.array([f.role == "project" for f in facts.funds.values()], dtype=bool)
    mine = costs[project[costs["fund"].to_numpy()]] if len(costs) else costs
    if mine.empty:
        return
    groups = mine.groupby(["fund", "school"])
    keys = groups.size().reset_index()[["fund", "school"]]
    money = facts.scenario.schools["project_amount"].fillna(0).to_numpy(dtype=np.float64)
    upper = money[keys["school"]] / facts.scale
    rows = builder.add_rows(StandingRule.PROJECT, keys, -np.inf, upper, money=True)
    row = rows[groups.ngroup().to_numpy()]
    builder.add_entries(row, mine["column"], mine["amount"] / facts.scale)
