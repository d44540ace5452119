"""A plan's tables as the texts that a plan folder holds: one spelling for every value.

A column of millions of cells has few distinct values (or few for its length): each is told
once, and the column keeps its code. That is what pandas calls a categorical.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

RATIOS = ("before", "after", "coverage_before", "coverage_after")
PEOPLE = ("people",)
NUMBERS = frozenset({"quantity", "new", "in_service", "left", "bound", "slack", "points"})
"""Columns whose cells have at most six decimals and no idle zeros."""


def coded_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table with every column a categorical of texts."""
    return pd.DataFrame({c: _coded(c, frame[c]) for c in frame.columns}, copy=False)


def _coded(name: str, values: pd.Series[Any]) -> pd.Categorical:
    if values.dtype == object:  # equal values may be spelt differently: Decimal 1 and 1.0
        codes, distinct = np.arange(len(values)), values.tolist()
    else:
        codes, found = pd.factorize(values, use_na_sentinel=False)
        distinct = found.tolist()
    told = np.array([_text(name, v) for v in distinct], dtype=object)
    place, texts = pd.factorize(told)  # numbers that round alike share one text
    return pd.Categorical.from_codes(place[codes], pd.Index(texts, dtype="str"), validate=False)


def _text(name: str, value: Any) -> str:
    if name in RATIOS or name in PEOPLE:
        return "" if math.isnan(value) else f"{value:.{6 if name in RATIOS else 3}f}"
    if name in NUMBERS:
        return number_text(value)
    return "" if value is pd.NA or value is None else str(value)


def number_text(value: Any) -> str:
    """A quantity or bound: digits only, at most six decimals, no trailing zeros."""
    if value is None or math.isnan(value):
        return ""
    if float(value).is_integer():
        return str(int(value))
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
