"""What ``planner check`` understood of a scenario, before anything is solved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from planner.money import half_up
from planner.scenario.scenario import Scenario
from planner.scenario.schema import GROUPS, LEVELS
from planner.vocabulary.axes import Axes
from planner.vocabulary.quantities import (
    amounts,
    general_funds,
    need_array,
    stock_array,
    unit_price,
    upkeep_payer,
    usable,
)


@dataclass(frozen=True)
class Understood:
    """Counts and sums a planner checks against the files at hand; money in minor units."""

    schools: pd.DataFrame
    """group, level, schools, pupils."""
    items: pd.DataFrame
    """item, name, need, stock, short, cost: units in the first plan year, cost at its price."""
    money: pd.DataFrame
    """fund, year, amount, usable."""
    upkeep: pd.DataFrame
    """fund, year, amount: yearly upkeep of what exists already ("" = nobody pays)."""
    unverified: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Table → rows not marked as verified, all rows."""
    rules: tuple[str, ...] = ()
    """Names of the scenario's own rules."""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        tables = {
            n: getattr(self, n).to_dict("records") for n in ("schools", "items", "money", "upkeep")
        }
        unverified = {t: {"unverified": n, "rows": m} for t, (n, m) in self.unverified.items()}
        return {**tables, "unverified": unverified, "rules": list(self.rules)}


def understood(scenario: Scenario) -> Understood:
    """The figures of a sound scenario."""
    axes = Axes(scenario)
    stock = stock_array(scenario, axes)
    grouped = scenario.schools.groupby(["group", "level"], sort=False)["pupils"]
    table = grouped.agg(schools="size", pupils="sum").reset_index()
    order = table["group"].map(GROUPS.index) * len(LEVELS) + table["level"].map(LEVELS.index)
    money = [
        (name, year, amount, usable(amount, fund))
        for name, fund in general_funds(scenario).items()
        for year, amount in sorted(amounts(scenario, fund).items())
        if year in scenario.settings.all_years
    ]
    verified = {t: scenario.table(t)["verified"] for t in ("norms", "catalogue")}
    return Understood(
        schools=table.iloc[order.argsort(kind="stable")].reset_index(drop=True),
        items=_items(scenario, axes, stock),
        money=pd.DataFrame(money, columns=["fund", "year", "amount", "usable"]),
        upkeep=_upkeep(scenario, axes, stock),
        unverified={t: (int((~v).sum()), len(v)) for t, v in verified.items()},
        rules=tuple(scenario.settings.rules),
    )


def _items(scenario: Scenario, axes: Axes, stock: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Units in the first plan year, summed over schools; a surplus covers no other school."""
    need, have = need_array(scenario, axes)[:, :, 0], stock[:, :, 0]
    short = np.maximum(need - have, 0).sum(axis=0)
    rows = []
    for i, item in enumerate(scenario.items.values()):
        price = unit_price(scenario, item, axes.first)
        rows.append(
            {
                "item": item.item,
                "name": item.name,
                "need": int(need[:, i].sum()),
                "stock": int(have[:, i].sum()),
                "short": int(short[i]),
                "cost": int(short[i]) * price,
            }
        )
    return pd.DataFrame(rows, columns=["item", "name", "need", "stock", "short", "cost"])


def _upkeep(scenario: Scenario, axes: Axes, stock: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Upkeep of stock by payer and year, rounded per school and item as the plan does."""
    owed: dict[tuple[str, int], int] = {}
    for i, item in enumerate(scenario.items.values()):
        payers = upkeep_payer(scenario, item)
        for t, year in enumerate(scenario.settings.all_years):
            unit = half_up(unit_price(scenario, item, year) * item.upkeep)
            if not unit:
                continue
            for payer in sorted(set(payers)):
                units = int(stock[payers == payer, i, t].sum())
                key = (str(payer), year)
                owed[key] = owed.get(key, 0) + unit * units
    rows = [{"fund": f, "year": y, "amount": a} for (f, y), a in sorted(owed.items()) if a]
    return pd.DataFrame(rows, columns=["fund", "year", "amount"])
