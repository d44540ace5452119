"""A plan's tables back from the texts of a plan folder."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pandas as pd

from planner.plan.plan import TABLES, Plan
from planner.scenario.scenario import Scenario

WHOLE = {
    "line", "year", "amount", "need", "stock", "reserve", "usable", "carried_in", "purchases",
    "setup", "requests", "spent", "carried_out", "lapsed", "funded", "pupils", "proposed", "copies",
    "paid",
}  # fmt: skip
WHOLE_IN = {"ledger": {"upkeep"}, "schools": {"upkeep"}}
REAL = {
    "quantity", "new", "in_service", "before", "after", "people", "left", "bound", "slack",
    "coverage_before", "coverage_after", "points",
}  # fmt: skip


def typed_table(name: str, text: pd.DataFrame) -> pd.DataFrame:
    """One table with the dtypes of a fresh plan."""
    columns = {}
    for column in text.columns:
        values = text[column].tolist()
        if column in WHOLE or column in WHOLE_IN.get(name, ()):
            columns[column] = pd.Series([int(v) for v in values], dtype="int64")
        elif column == "unit_price":
            columns[column] = pd.Series([int(v) if v else None for v in values], dtype="Int64")
        elif column in REAL:
            reals = [float(v) if v else float("nan") for v in values]
            columns[column] = pd.Series(reals, dtype="float64")
        elif column == "value":
            columns[column] = pd.Series([Decimal(v) for v in values], dtype="object")
        else:
            columns[column] = pd.Series(values, dtype="str")
    return pd.DataFrame(columns)


def typed_plan(scenario: Scenario, tables: Mapping[str, pd.DataFrame]) -> Plan:
    """A plan from text tables; they must have passed the audit."""
    return Plan(scenario, **{name: typed_table(name, tables[name]) for name in TABLES})
