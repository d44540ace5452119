"""Columns and dtypes of the tables that comparisons and frontiers give (the classes say what
they mean): the same whatever they hold, also where they hold nothing."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

Contract = Mapping[str, str]

COMPARISON: Mapping[str, Contract] = {
    "summary": {
        "plan": "str", "status": "str", "value": "float64", "gap": "float64",
        "people": "float64", "people_proposed": "float64", "spent": "int64",
        "proposed": "int64",
    },
    "money": {
        "plan": "str", "fund": "str", "year": "int64", "kind": "str", "amount": "int64",
        "amount_reference": "int64", "difference": "int64",
    },
    "coverage": {
        "plan": "str", "group": "str", "schools": "int64", "before": "float64",
        "after": "float64", "after_reference": "float64", "difference": "float64",
    },
    "people": {
        "plan": "str", "group": "str", "people": "float64", "people_reference": "float64",
        "difference": "float64",
    },
    "schools": {
        "plan": "str", "school": "str", "group": "str", "coverage": "float64",
        "coverage_reference": "float64", "difference": "float64",
    },
    "lines": {
        "plan": "str", "school": "str", "item": "str", "kind": "str", "request": "str",
        "change": "str", "cause": "str", "fund": "str", "fund_reference": "str",
        "year": "int64", "year_reference": "int64", "quantity": "float64",
        "quantity_reference": "float64", "amount": "int64", "amount_reference": "int64",
        "difference": "int64",
    },
}  # fmt: skip
FRONTIER: Contract = {
    "point": "int64", "at": "float64", "x": "float64", "status": "str", "value": "float64",
    "bound": "float64", "gap": "float64", "people": "float64", "people_proposed": "float64",
    "spent": "Int64", "coverage": "float64", "lowest": "float64", "gini": "float64",
    "lp_value": "float64", "lp_left": "float64", "lp_right": "float64", "error": "str",
}  # fmt: skip
KINKS: Contract = dict.fromkeys(("x", "value", "slope_before", "slope_after"), "float64")


def typed(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """The frame with the contract's columns first, in its dtypes: missing texts are empty,
    missing whole numbers 0 (``Int64``: missing), missing real ones NaN."""
    columns = {name: _column(frame, name, dtype) for name, dtype in contract.items()}
    more = {name: frame[name] for name in frame.columns if name not in contract}
    return pd.DataFrame(columns | more, index=frame.index)


def _column(frame: pd.DataFrame, name: str, dtype: str) -> pd.Series:
    values = frame[name] if name in frame else pd.Series(None, index=frame.index, dtype="object")
    if dtype == "str":
        return values.astype("object").where(values.notna(), "").astype("str")
    if dtype == "int64":
        return values.astype("object").where(values.notna(), 0).astype("int64")
    if dtype == "Int64":
        return values.astype("float64").astype("Int64")
    return values.astype("float64")
