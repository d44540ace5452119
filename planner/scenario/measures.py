"""What a scenario's rule can measure, and of what: measures and selections (``where``).

Selections are compared as text. A measure sums lines of money, chosen options of requests or cells
of need. The checks read here which selections it allows, the formulation and the plan what is
summed, documents and repairs its unit; its words are ``rule.<measure>`` and
``rule.items.<measure>``. The audit has its own list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.scenario.contracts import TABLES
from planner.scenario.schema import CRITERIA_GROUPS, GROUPS, LEVELS, NATURES, PILLARS

ITEM_KEYS = ("item", "pillar", "nature")
CRITERIA_KEYS = ("criterion", "criteria_group", "reaches")
"""Keys that speak of measured points: of which criteria, and the level that is to be reached."""
MONEY_KEYS = (*ITEM_KEYS, "fund", "year", "kind", "request")
LINE_KEYS = (*MONEY_KEYS, *CRITERIA_KEYS)
"""Keys that speak of a line of the plan, or of measured points, rather than of its school."""
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
        "criteria_group": list(CRITERIA_GROUPS),
        "reaches": ["2", "3"],
    }
    if key in fixed:
        return fixed[key]
    if key == "item":
        return list(frames["catalogue"]["item"])
    if key == "criterion":
        criteria = frames["criteria"]
        return list(criteria["criterion"][~criteria["mandatory"]])
    if key == "request":
        return list(frames["requests"]["request"].unique())
    if key in frames["schools"].columns:
        return list(frames["schools"][key].map(as_text).unique())
    return None


@dataclass(frozen=True)
class Measure:
    """A quantity that a rule bounds from above or below."""

    unit: str
    """``money`` (minor units), ``units``, ``share`` (0–1), ``count`` (of requests), ``points`` or
    ``schools``."""
    over: str
    """What is summed: ``lines`` of money, chosen ``options`` of requests, ``cells``: of what is
    needed in them the share that is in service, measured ``points``: the mean of schools, or
    ``levels``: schools that reach one."""
    keys: tuple[str, ...]
    """Keys of a selection that it understands beside the schools' own."""
    kinds: tuple[str, ...] = ()
    """Kinds of line that count; upkeep only where the selection's own ``kind`` names it."""

    @property
    def missed_by(self) -> int:
        """How many of the steps that a wish's price counts make one unit: percentage points of a
        share, else units."""
        return 100 if self.unit == "share" else 1


MEASURES: dict[str, Measure] = {
    "spend": Measure("money", "lines", MONEY_KEYS, KINDS),
    "quantity": Measure("units", "lines", (*ITEM_KEYS, "fund", "year"), ("purchase",)),
    "coverage": Measure("share", "cells", ("item", "pillar", "year")),
    "requests": Measure("count", "options", ("request",), ("request",)),
    "points": Measure("points", "points", ("criterion", "criteria_group", "year")),
    "schools": Measure("schools", "levels", ("criteria_group", "reaches", "year")),
}
"""Every measure of :class:`planner.scenario.schema.Rule`, by name."""
