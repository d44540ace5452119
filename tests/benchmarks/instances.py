"""Seeded instances of any size in the product's own tables (``planner new --synthetic``).

An instance is told by a :class:`Case`; equal cases give equal scenarios.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from planner.scenario.new.synthetic import FIRST_YEAR, YEARS, synthetic
from planner.scenario.scenario import Scenario, typed_frame
from planner.scenario.schema import Settings

LAST_YEAR = FIRST_YEAR + YEARS - 1
SCHOOLS_A_REQUEST = 20
SERVED = Decimal(200)
"""Units that one unit of a required item serves where units are continuous."""
VARIANTS = ("plain", "rules")
UNITS = ("whole", "continuous")
PRIORITIES = ("weighted", "strict")


@dataclass(frozen=True)
class Case:
    """One instance: how many schools, which rules, which units, which priority."""

    schools: int
    variant: str = "plain"
    units: str = "whole"
    priority: str = "weighted"
    seed: int = 0

    @property
    def name(self) -> str:
        """Short and unique: ``80-rules-whole-weighted``."""
        parts = [str(self.schools), self.variant, self.units, self.priority]
        return "-".join([*parts, f"seed{self.seed}"] if self.seed else parts)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def scenario_of(case: Case) -> Scenario:
    """The scenario of a case."""
    scenario = synthetic(case.schools, case.seed)
    changes: dict[str, Any] = {"rules": {}}
    if case.variant == "rules":
        scenario = _with_requests(scenario, case.seed)
        changes["rules"] = _rules(scenario)
    if case.units == "continuous":
        scenario = _continuous(scenario)
    if case.priority == "strict":
        changes["priority"] = {"mode": "strict", "by": "tier"}
    plain = scenario.settings.model_dump(by_alias=True, exclude_none=True) | changes
    return replace(scenario, id=case.name, settings=Settings.model_validate(plain))


def _continuous(scenario: Scenario) -> Scenario:
    """Any part of a unit; a required item without a capacity then needs one."""
    catalogue = scenario.table("catalogue").assign(whole=False, lot=1)
    served = zip(catalogue["requires"], catalogue["capacity"], strict=True)
    catalogue["capacity"] = [
        tuple(SERVED if k >= len(most) or most[k] is None else most[k] for k in range(len(needs)))
        for needs, most in served
    ]
    return replace(scenario, tables={**scenario.tables, "catalogue": catalogue})


def _rules(scenario: Scenario) -> dict[str, Any]:
    """Caps, share floors and a wish: rows that tie the schools together, and local ones."""
    capital = scenario.settings.funds["capital"].amounts
    assert isinstance(capital, dict)
    fair = capital[FIRST_YEAR] // len(scenario.schools)
    return {
        "group-2-floor": {
            "measure": "spend",
            "where": {"group": "under_construction", "fund": "capital"},
            "for_each": ["year"],
            "at_least": {"share": Decimal("0.1"), "of": {"fund": "capital"}},
        },
        "practice-floor": {
            "measure": "spend",
            "where": {"pillar": "digital_practice"},
            "for_each": ["year"],
            "at_least": {"share": Decimal("0.06")},
        },
        "primary-cap": {
            "measure": "spend",
            "where": {"level": "primary", "fund": "capital"},
            "for_each": ["year"],
            "at_most": {"share": Decimal("0.55"), "of": {"fund": "capital"}},
        },
        "school-cap": {
            "measure": "spend",
            "where": {"group": ["completed", "under_construction", "none"], "fund": "capital"},
            "for_each": ["school", "year"],
            "at_most": Decimal(4 * fair),
        },
        "everyone-managed": {
            "measure": "coverage",
            "where": {"item": "management", "year": LAST_YEAR},
            "at_least": Decimal("0.9"),
            "firmness": "wish",
            "price": Decimal(10 * len(scenario.schools)),
        },
    }


def _with_requests(scenario: Scenario, seed: int) -> Scenario:
    """Requests of two options from one school in twenty, and yearly capacities for displays."""
    random = np.random.default_rng([seed, 7])
    schools = scenario.schools
    open_now = np.flatnonzero(schools["group"].isin(["completed", "none"]).to_numpy())
    count = min(max(2, len(schools) // SCHOOLS_A_REQUEST), len(open_now))
    asking = np.sort(random.choice(open_now, count, replace=False))
    ids, pupils = schools["school"].tolist(), schools["pupils"].tolist()
    names = [f"r{k + 1:0{len(str(count))}d}" for k in range(count)]
    options: dict[str, list[Any]] = {
        k: [] for k in ("request", "school", "option", "title", "value")
    }
    costs: dict[str, list[Any]] = {k: [] for k in ("request", "option", "fund", "year", "amount")}
    items: dict[str, list[Any]] = {k: [] for k in ("request", "option", "item", "quantity", "year")}
    for name, at in zip(names, asking.tolist(), strict=True):
        year = FIRST_YEAR + int(random.integers(YEARS))
        for option, size in (("small", 1), ("large", 2)):
            points = Decimal(int(pupils[at] * size * float(random.uniform(0.2, 1.2))))
            cost = int(random.integers(20, 60)) * size * 1_000_000
            _append(options, name, ids[at], option, f"Phương án {option} (minh họa)", points)
            _append(costs, name, option, "capital", year, cost)
            _append(items, name, option, "class-display", size, year)
    shown = scenario.table("inventory")
    displays = int(shown.loc[shown["item"] == "class-display", "quantity"].sum())
    capacity = {
        "item": ["class-display"] * YEARS,
        "fund": [None] * YEARS,
        "year": list(range(FIRST_YEAR, LAST_YEAR + 1)),
        "most": [max(4, displays // 4)] * YEARS,
    }
    tables = {
        "requests": typed_frame("requests", options),
        "request_costs": typed_frame("request_costs", costs),
        "request_items": typed_frame("request_items", items),
        "capacities": typed_frame("capacities", capacity),
    }
    return replace(scenario, tables={**scenario.tables, **tables})


def _append(columns: dict[str, list[Any]], *values: Any) -> None:
    for column, value in zip(columns.values(), values, strict=True):
        column.append(value)
