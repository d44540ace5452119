"""Selections (``where``) on a scenario: which schools and which lines a statement speaks of.

Values are compared as text (:mod:`planner.scenario.selecting`), so ``owner: 3`` and
``owner: "3"`` select the same schools.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from planner.axes import Bools
from planner.scenario.scenario import Scenario
from planner.scenario.selecting import schools_in, values_of

LINE_KEYS = ("item", "pillar", "nature", "fund", "year", "kind", "request")
"""Keys that speak of a line of the plan rather than of its school."""


def wanted(value: Any) -> frozenset[str]:
    """A selector's value or list of values as texts."""
    return frozenset(values_of(value))


def schools_matching(scenario: Scenario, where: Mapping[str, Any]) -> Bools:
    """``[school]``: the schools that satisfy every school key of ``where``."""
    return np.asarray(schools_in(scenario.schools, where), dtype=bool)


def fits(where: Mapping[str, Any], line: Mapping[str, str]) -> bool:
    """Whether a line satisfies ``where``; keys the line does not have are not looked at."""
    return all(line[key] in wanted(value) for key, value in where.items() if key in line)
