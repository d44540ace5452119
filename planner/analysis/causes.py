"""Why a line of one plan differs from that of another, where the inputs can name it.

The causes are looked at in this order; the first that touches the line itself is given:

``hand_over``  the school's group or hand-over year differs;
``need``       what the school needs of the item, or has of it, differs;
``price``      the item's unit price or site works in a year of the line differ, or what an
               option of the request costs;
``money``      a fund of the line has other amounts, reserve, carry-over or scope;
``rule``       rules, priorities, requests, contracts, bans or capacities differ;
``indirect``   the inputs differ, but not where the line is: money was freed or taken elsewhere;
``gap``        the inputs are the same: both plans are within their gap of the best.

Each cause looks at both scenarios alike, so that it is the same whichever comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from planner.axes import Axes
from planner.funds import amounts
from planner.needs import need_array
from planner.prices import setup_price, unit_price
from planner.register import REGISTER
from planner.scenario.contracts import TABLES
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Settings
from planner.stock import stock_array

CAUSES = ("hand_over", "need", "price", "money", "rule", "indirect", "gap")
STATED = tuple(place for entry in REGISTER.values() for place in entry.settings)
"""Where the inputs state the standing rules."""
RULED = (
    "rules", "priority", "tiers", "discount", "years", "tail_years",
    *(place for place in STATED if place in Settings.model_fields and place not in TABLES),
)  # fmt: skip
"""Settings whose difference is told as ``rule``."""
ASKED = ("norms", "needs", "schools")
"""Tables whose difference is looked up before: they state needs and hand-overs."""
RULED_TABLES = (
    *dict.fromkeys(
        table
        for table in (place.partition(".")[0] for place in STATED if "catalogue" not in place)
        if table in TABLES and table not in ASKED
    ),
    "request_items",
)
"""Tables whose difference is told as ``rule``."""
PRICED = ("catalogue.setup",)
RULED_COLUMNS = tuple(
    place.partition(".")[2]
    for place in STATED
    if place.startswith("catalogue.") and place not in PRICED
)
"""Columns of the catalogue that state rules, not prices."""


@dataclass(frozen=True)
class Causes:
    """What differs between two scenarios, looked up line by line."""

    one: Scenario
    other: Scenario

    def of(self, school: str, item: str, funds: set[str], years: set[int]) -> str:
        """The cause of a difference in a line of ``item`` (or of a request) at ``school``."""
        if school in self.moved_schools:
            return "hand_over"
        if (school, item) in self.changed_needs:
            return "need"
        if item in self.repriced or any(self._price_differs(item, year) for year in years):
            return "price"
        if funds & self.changed_funds:
            return "money"
        if self.rules_differ:
            return "rule"
        return "indirect" if self.anything and school not in self.proposed else "gap"

    @cached_property
    def proposed(self) -> frozenset[str]:
        """Schools that draw on their own building project, so no other money reaches them."""
        pairs = [s.schools[s.schools["group"] == "preparing"] for s in (self.one, self.other)]
        return frozenset.intersection(*(frozenset(p["school"]) for p in pairs))

    @cached_property
    def moved_schools(self) -> frozenset[str]:
        """Schools with another group or hand-over year, or in one scenario alone."""
        found: list[dict[str, tuple[str, str]]] = []
        for scenario in (self.one, self.other):
            s = scenario.schools
            ready = s["ready"].astype("str")
            found.append(dict(zip(s["school"], zip(s["group"], ready, strict=True), strict=True)))
        first, second = found
        return frozenset(k for k in first | second if first.get(k) != second.get(k))

    @cached_property
    def changed_needs(self) -> frozenset[tuple[str, str]]:
        """(school, item) whose need or stock differs in a year that both know."""
        if all(
            self.one.table(t).equals(self.other.table(t))
            for t in ("schools", "drivers", "inventory", "catalogue", "norms", "needs")
        ):
            return frozenset()
        tables = [_needs(s) for s in (self.one, self.other)]
        first, second = tables
        return frozenset(k for k in first.keys() & second.keys() if first[k] != second[k])

    @cached_property
    def repriced(self) -> frozenset[str]:
        """Requests of both scenarios of which some option costs something else."""
        first, second = (_request_costs(s) for s in (self.one, self.other))
        return frozenset(k for k in first.keys() & second.keys() if first[k] != second[k])

    def _price_differs(self, item: str, year: int) -> bool:
        prices = []
        for scenario in (self.one, self.other):
            known = scenario.items.get(item)
            if known is None:
                return item in self.one.items or item in self.other.items
            prices.append((unit_price(scenario, known, year), setup_price(scenario, known, year)))
        return prices[0] != prices[1]

    @cached_property
    def changed_funds(self) -> frozenset[str]:
        """Funds with other money or scope, or in one scenario alone."""
        first, second = self.one.settings.funds, self.other.settings.funds
        changed = set(first) ^ set(second)
        for name in first.keys() & second.keys():
            a, b = first[name], second[name]
            scope: dict[str, object] = {"amounts": {}, "name": None}
            given = amounts(self.one, a) != amounts(self.other, b)
            if given or a.model_copy(update=scope) != b.model_copy(update=scope):
                changed.add(name)
        return frozenset(changed)

    @cached_property
    def rules_differ(self) -> bool:
        """Whether anything that :data:`RULED` names differs."""
        one, other = self.one, self.other
        return (
            any(getattr(one.settings, n) != getattr(other.settings, n) for n in RULED)
            or any(not one.table(t).equals(other.table(t)) for t in RULED_TABLES)
            or not _ruled(one).equals(_ruled(other))
        )

    @cached_property
    def anything(self) -> bool:
        """Whether the scenarios ask different things (titles and limits apart)."""
        quiet = {"title": None, "solve": None, "proposal": None, "data": None}
        first, second = (s.settings.model_copy(update=quiet) for s in (self.one, self.other))
        if first != second:
            return True
        tables = {*self.one.tables, *self.other.tables}
        return any(not self.one.table(t).equals(self.other.table(t)) for t in tables)


def _ruled(scenario: Scenario) -> pd.DataFrame:
    """What the catalogue states of rules, by item."""
    return scenario.table("catalogue")[["item", *RULED_COLUMNS]]


def _request_costs(scenario: Scenario) -> dict[str, frozenset[tuple[str, ...]]]:
    """Request → its costs as texts."""
    costs = scenario.table("request_costs")
    found: dict[str, set[tuple[str, ...]]] = {}
    for row in costs.itertuples(index=False):
        found.setdefault(str(row.request), set()).add(tuple(map(str, row)))
    return {name: frozenset(rows) for name, rows in found.items()}


def _needs(scenario: Scenario) -> dict[tuple[str, str], tuple[int, ...]]:
    """(school, item) → need and stock, year by year."""
    axes = Axes(scenario)
    need, stock = need_array(scenario, axes), stock_array(scenario, axes)
    both = np.concatenate([need, stock], axis=2)
    return {
        (school, item): tuple(both[a, b].tolist())
        for a, school in enumerate(axes.schools)
        for b, item in enumerate(axes.items)
    }
