"""Selections (``where``): which schools and which lines of a plan a statement speaks of.

Values are compared as text, so ``owner: 3`` and ``owner: "3"`` select the same schools.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from planner.axes import Bools
from planner.scenario.scenario import Scenario

LINE_KEYS = ("item", "pillar", "nature", "fund", "year", "kind", "request")
"""Keys that speak of a line of the plan rather than of its school."""


def wanted(value: Any) -> frozenset[str]:
    """A selector's value or list of values as texts."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return frozenset(_text(v) for v in values)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def schools_matching(scenario: Scenario, where: Mapping[str, Any]) -> Bools:
    """``[school]``: the schools that satisfy every school key of ``where``."""
    schools = scenario.schools
    matching = np.ones(len(schools), dtype=bool)
    for key, value in where.items():
        if key in schools.columns:
            column = [_text(v) for v in schools[key]]
            matching &= np.isin(np.array(column, dtype=str), list(wanted(value)))
    return matching


def fits(where: Mapping[str, Any], line: Mapping[str, str]) -> bool:
    """Whether a line satisfies ``where``; keys the line does not have are not looked at."""
    return all(line[key] in wanted(value) for key, value in where.items() if key in line)
