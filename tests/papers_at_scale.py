"""A plan of thousands of schools without a solve: Ba Đình's plan, told many times over.

Every copy has its own schools and its own lines; funds hold as many times the money. All rules
that hold for one copy hold for the sum, so the audit accepts the folder like any other.

    python tests/papers_at_scale.py FOLDER [COPIES]
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from planner.plan import TABLES
from planner.run import folder
from planner.run.optimize import optimize
from planner.run.result import Result
from planner.scenario.load import load
from planner.scenario.scenario import Scenario

BASE = Path(__file__).parent.parent / "scenarios" / "ba-dinh" / "base.yaml"
MONEY = ("amount", "reserve", "usable", "carried_in", "purchases", "setup", "requests", "upkeep",
         "spent", "carried_out", "lapsed", "funded", "left", "bound", "slack")  # fmt: skip


def written(place: Path, copies: int = 50) -> Path:
    """Writes the plan folder."""
    left_out = ("rules", "data.requests", "data.request_costs", "data.request_items")
    base = optimize(
        load(BASE, overrides=dict.fromkeys(left_out)), gap=0.01, time_limit=30, threads=1
    )
    scenario = _scenario(base.scenario, copies)
    tables = {name: _table(base.plan, name, copies) for name in TABLES}
    plan = replace(base.plan, scenario=scenario, **tables)
    stages = tuple(replace(s, value=s.value * copies, bound=s.bound * copies) for s in base.stages)
    more: dict[str, Any] = {
        "scenario": scenario, "maybe_plan": plan, "stages": stages, "value": base.value * copies,
        "bound": base.bound * copies, "people": base.people * copies,
        "people_proposed": base.people_proposed * copies,
        "people_by_pillar": {k: v * copies for k, v in base.people_by_pillar.items()},
    }  # fmt: skip
    return folder.write(Result(**(vars(base) | more)), place)


def _scenario(base: Scenario, copies: int) -> Scenario:
    funds = {
        name: fund.model_copy(
            update={"amounts": {y: a * copies for y, a in base.settings.amounts(fund).items()}}
        )
        for name, fund in base.settings.funds.items()
    }
    settings = base.settings.model_copy(update={"funds": funds, "envelope": None})
    frames = {
        name: _copied(table, copies) if "school" in table else table
        for name, table in base.tables.items()
    }
    return replace(base, settings=settings, tables=frames)


def _copied(table: pd.DataFrame, copies: int) -> pd.DataFrame:
    parts = [table.assign(school=table["school"] + f"-{k:03d}") for k in range(copies)]
    return pd.concat(parts, ignore_index=True).astype(table.dtypes.to_dict())


def _table(plan: Any, name: str, copies: int) -> pd.DataFrame:
    table: pd.DataFrame = getattr(plan, name)
    if name == "rules":
        own = table["rule"] == "preparing_from_project"
        keys = [table[own].assign(key=table["key"] + f"-{k:03d}") for k in range(copies)]
        return pd.concat([_times(table[~own], copies), *keys], ignore_index=True)
    if name == "obligations":
        return _times(table, copies)
    if name == "ledger":
        own = table["school"] != ""
        parts = [_times(table[~own], copies), _copied(table[own], copies)]
        return pd.concat(parts, ignore_index=True)
    found = _copied(table, copies)
    return found.assign(line=range(1, len(found) + 1)) if "line" in found else found


def _times(table: pd.DataFrame, copies: int) -> pd.DataFrame:
    columns = [c for c in MONEY if c in table]
    return table.assign(**{c: table[c] * copies for c in columns})


if __name__ == "__main__":
    print(written(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 50))
