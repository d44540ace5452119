"""Ledgers and obligations: every fund's year added up in whole money."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pandas as pd

from planner.formulation.facts import Facts
from planner.funds import eligible_schools
from planner.plan.decisions import Decisions
from planner.plan.service import InService
from planner.plan.supplies import chosen_supplies

BUCKETS = {"purchase": "purchases", "setup": "setup", "request": "requests", "upkeep": "upkeep"}
LEDGER = [
    "fund", "school", "year", "amount", "reserve", "usable", "carried_in",
    "purchases", "setup", "requests", "upkeep", "spent", "carried_out", "lapsed",
]  # fmt: skip


TIE = 1e-5
"""Minor units within which a cost in floats may lie on either side of a half."""
FLOAT = 2.0**-48
"""Relative error that a product of floats may have, with room."""
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
    spent, proposed = by_year.to_dict(), by_school.sum().to_dict()
    rows: list[dict[str, Any]] = []
    for name, fund in facts.funds.items():
        if fund.role == "general":
            rows += _fund_rows(facts, name, spent)
        else:
            rows += _project_rows(facts, name, proposed)
    return pd.DataFrame(rows, columns=LEDGER).astype(
        {k: "int64" for k in LEDGER if k not in ("fund", "school")}
        | {"fund": "str", "school": "str"}
    )


def _spent(key: tuple[str, Any], amounts: dict[Any, int]) -> dict[str, int]:
    parts = {bucket: int(amounts.get((*key, kind), 0)) for kind, bucket in BUCKETS.items()}
    return parts | {"spent": sum(parts.values())}


def _fund_rows(facts: Facts, name: str, spent: dict[Any, int]) -> list[dict[str, Any]]:
    rows, carried = [], 0
    for at in sorted(y for y in facts.declared[name] if y >= 0):
        amount, usable = facts.declared[name][at], facts.usable(name, at)
        year = facts.axes.first + at
        if at - 1 not in facts.declared[name]:
            carried = 0
        parts = _spent((name, year), spent)
        left = usable + carried - parts["spent"]
        out = min(facts.carry_limit(name, at), max(0, left))
        if at + 1 not in facts.declared[name]:
            out = 0
        rows.append(
            {
                "fund": name,
                "school": "",
                "year": year,
                "amount": amount,
                "reserve": amount - usable,
                "usable": usable,
                "carried_in": carried,
                **parts,
                "carried_out": out,
                "lapsed": left - out,
            }
        )
        carried = out
    return rows


def _project_rows(facts: Facts, name: str, proposed: dict[Any, int]) -> list[dict[str, Any]]:
    rows = []
    schools = facts.scenario.schools
    served = eligible_schools(facts.scenario, facts.axes, facts.funds[name])
    for at in np.flatnonzero(served & schools["project_amount"].notna().to_numpy()):
        school, amount = facts.axes.schools[at], int(schools["project_amount"].iloc[at])
        parts = _spent((name, school), proposed)
        rows.append(
            {
                "fund": name,
                "school": school,
                "year": int(facts.axes.ready[at]),
                "amount": amount,
                "reserve": 0,
                "usable": amount,
                "carried_in": 0,
                **parts,
                "carried_out": 0,
                "lapsed": amount - parts["spent"],
            }
        )
    return rows


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
    upkeep = pd.DataFrame(_upkeep_rows(decisions, service), columns=OBLIGATIONS)
    table = pd.concat([instalments[OBLIGATIONS], upkeep], ignore_index=True)
    table = table.sort_values(OBLIGATIONS[:4], ignore_index=True)
    return table.astype(dict.fromkeys(("year", "amount", "funded"), "int64"))


OBLIGATIONS = ["year", "fund", "kind", "origin", "amount", "funded"]


def _upkeep_rows(
    decisions: Decisions, service: InService
) -> list[tuple[int, str, str, str, int, int]]:
    facts, rows = decisions.facts, []
    for at in range(facts.axes.plan_count, facts.axes.end):
        for fund in sorted({str(p) for p in facts.payers.ravel()} if facts.payers.size else {""}):
            mine = facts.payers == fund
            funded = bool(fund) and at in facts.declared[fund]
            rows += _upkeep_at(decisions, service, at, fund, mine, funded)
    for at in range(len(facts.axes.years)):
        counted = facts.axes.counted[:, at, None]
        amount = _money(decisions, service.older_proposed[:, :, at] * counted, at)
        if amount:
            rows.append((facts.axes.first + at, "", "upkeep", "proposal", amount, 0))
    return rows


def _upkeep_at(
    decisions: Decisions, service: InService, at: int, fund: str, mine: Any, funded: bool
) -> list[tuple[int, str, str, str, int, int]]:
    facts = decisions.facts
    stock = _money(decisions, facts.stock[:, :, at] * mine, at)
    both = _money(decisions, (facts.stock[:, :, at] + service.older[:, :, at]) * mine, at)
    year = facts.axes.first + at
    pairs = (("plan", both - stock), ("stock", stock))
    return [(year, fund, "upkeep", o, a, a if funded else 0) for o, a in pairs if a]


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
        amount[school, item] = float(floor(exact + Fraction(1, 2)))
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
