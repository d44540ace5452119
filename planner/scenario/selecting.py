"""Selections (``where``): which keys there are, what they match, compared as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.scenario.contracts import TABLES
from planner.scenario.schema import GROUPS, LEVELS, NATURES, PILLARS

ITEM_KEYS = ("item", "pillar", "nature")
LINE_KEYS = (*ITEM_KEYS, "fund", "year", "kind", "request")
"""Keys that speak of a line of the plan rather than of its school."""
KINDS = ("purchase", "setup", "request", "upkeep")
"""Kinds of line."""


def values_of(value: Any) -> list[str]:
    """The values that a selection's entry allows, as text."""
    many = isinstance(value, list | tuple)
    return [as_text(v) for v in value] if many else [as_text(value)]


def as_text(value: Any) -> str:
    """A cell of a school or a selection's value as comparable text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or value is pd.NA else str(value)


def school_keys(schools: pd.DataFrame) -> list[str]:
    """Keys of a selection that speak of schools."""
    return [
        *TABLES["schools"].model_fields,
        *(c for c in schools.columns if c not in TABLES["schools"].model_fields),
    ]


def schools_in(schools: pd.DataFrame, where: Mapping[str, Any]) -> pd.Series:
    """Which rows of ``schools`` a selection's school keys allow."""
    mask = pd.Series(True, index=schools.index)
    for key, value in where.items():
        if key in schools.columns:
            mask &= schools[key].map(as_text).isin(values_of(value))
    return mask


def items_in(catalogue: pd.DataFrame, where: Mapping[str, Any]) -> pd.Series:
    """Which rows of ``catalogue`` a selection's item keys allow."""
    mask = pd.Series(True, index=catalogue.index)
    for key in ("item", "pillar"):
        if key in where:
            mask &= catalogue[key].isin(values_of(where[key]))
    if "nature" in where:
        wanted = set(values_of(where["nature"]))
        mask &= catalogue["nature"].map(lambda natures: bool(wanted & set(natures or ())))
    return mask


def known_values(
    key: str, frames: Mapping[str, pd.DataFrame], funds: list[str], years: range
) -> list[str] | None:
    """The values that a key can have; ``None`` where any text may stand."""
    fixed = {
        "group": list(GROUPS),
        "level": list(LEVELS),
        "pillar": list(PILLARS),
        "nature": list(NATURES),
        "kind": list(KINDS),
        "fund": funds,
        "year": [str(y) for y in years],
    }
    if key in fixed:
        return fixed[key]
    if key == "item":
        return list(frames["catalogue"]["item"])
    if key == "request":
        return list(frames["requests"]["request"].unique())
    if key in frames["schools"].columns:
        return list(frames["schools"][key].map(as_text).unique())
    return None
