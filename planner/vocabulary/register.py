"""The register of the standing rules: one entry a rule.

:data:`REGISTER` says of every standing rule whether a scenario has it, where the inputs state
it and how it is lifted; who asks which rules conflict, differ or may move reads it there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from planner.names import Firmness, StandingRule
from planner.scenario.scenario import Scenario
from planner.vocabulary.axes import upkeep_payer


@dataclass(frozen=True)
class Entry:
    """What is known of a standing rule, whatever the scenario.

    It is lifted so that nothing of it is left: either the inputs that state it are taken away
    (``edit``), and with them every link and bound that only follows from the rule; or its rows
    bind no more, nor the upper bounds of the ``columns`` that say the same. What is bought beyond
    the need is asked for when the model is built.
    """

    rule: StandingRule
    has: Callable[[Scenario], bool]
    """Whether a scenario has the rule, by what it declares."""
    key: str
    """The axes of its row key; those in brackets may be left out."""
    stated: str
    """Where the inputs state it: ``table.column``, a table, or a key of the settings."""
    edit: Callable[[Scenario], Scenario] | None = None
    columns: str = ""
    """The kind of column whose upper bound is the rule, or says the same."""
    by_row: bool = False
    """Whether each row is named and lifted by itself: a fund's year, a capacity, a request."""
    family: bool = False
    """Whether the table ``rules`` sums it up in one row: how many of its rows are broken."""
    decided: bool = False
    """Whether somebody decided it (money, contracts, bans, locks). The others say what a purchase
    is; among rules that conflict in several ways, decisions are named before them."""
    firmness: str = Firmness.LAW
    """``law``, or ``fund``: as firm as the fund of its row."""
    lever: str = ""
    """The number that a repair may move; ``""``: it is a fact of the office."""

    @property
    def settings(self) -> tuple[str, ...]:
        """The places of ``stated``."""
        return tuple(self.stated.split())

    @property
    def switch(self) -> bool:
        """Whether a setting of its name turns it on, and nothing else is stated of it."""
        return self.stated == self.rule


def _with_table(table: str, **cells: Any) -> Callable[[Scenario], Scenario]:
    """Takes the rows of a table away, or gives some of its columns one value in every row."""

    def edit(scenario: Scenario) -> Scenario:
        frame = scenario.table(table)
        changed = frame.iloc[:0] if not cells else frame.copy()
        for column, value in cells.items():
            changed[column] = changed[column].map(lambda _, value=value: value)
        return _with_frame(scenario, table, changed)

    return edit


def _with_frame(scenario: Scenario, table: str, frame: Any) -> Scenario:
    return replace(scenario, tables={**scenario.tables, table: frame})


def _with_settings(scenario: Scenario, **values: Any) -> Scenario:
    return replace(scenario, settings=scenario.settings.model_copy(update=values))


def _larger_grants(scenario: Scenario) -> Scenario:
    """Envelopes a thousand times as large: more than there is to give."""
    costs = scenario.table("request_costs")
    return _with_frame(scenario, "request_costs", costs.assign(most=costs["most"] * 1000))


def _with_no_year_closed(scenario: Scenario) -> Scenario:
    """Every plan year lies ahead, and every contract serves as usual."""
    rows = scenario.table("commitments")
    rows = rows.assign(serves=rows["serves"].where(rows["serves"].isna()))
    return _with_frame(_with_settings(scenario, closed_until=None), "commitments", rows)


def _table(name: str) -> Callable[[Scenario], bool]:
    return lambda scenario: len(scenario.table(name)) > 0


def _any_item(column: str) -> Callable[[Scenario], bool]:
    return lambda scenario: any(getattr(i, column) for i in scenario.items.values())


def _role(role: str) -> Callable[[Scenario], bool]:
    return lambda scenario: any(f.role == role for f in scenario.settings.funds.values())


def _carries(scenario: Scenario) -> bool:
    first, last = scenario.settings.years
    funds = scenario.settings.funds.values()
    return first < last and any(f.carry_over > 0 and f.role == "general" for f in funds)


def _owes_upkeep(scenario: Scenario) -> bool:
    paid = (upkeep_payer(scenario, item) != "" for item in scenario.items.values())
    return scenario.settings.upkeep == "required" and any(payers.any() for payers in paid)


def _has_past(scenario: Scenario) -> bool:
    closed = (scenario.settings.closed_until or 0) >= scenario.settings.years[0]
    return closed or bool(scenario.table("commitments")["serves"].notna().any())


REGISTER: dict[StandingRule, Entry] = {
    entry.rule: entry
    for entry in (
        Entry(StandingRule.FUND, _role("general"), "fund year", "funds.amounts funds.reserve",
              by_row=True, decided=True, firmness="fund", lever="amounts"),
        Entry(StandingRule.CARRY, _carries, "fund year", "funds.carry_over", columns="carry"),
        Entry(StandingRule.PROJECT, _role("project"), "fund school", "schools.project_amount",
              by_row=True, decided=True),
        Entry(StandingRule.CAPACITY, _table("capacities"), "(item) (fund) year", "capacities",
              by_row=True, decided=True),
        Entry(StandingRule.LOCKED, _table("locks"), "school item (fund) (year)", "locks",
              by_row=True, decided=True),
        Entry(StandingRule.NEED, lambda s: len(s.items) > 0, "school item year", "norms needs",
              family=True),
        Entry(StandingRule.SITE, _any_item("on_site"), "school item year", "catalogue.on_site",
              edit=_with_table("catalogue", on_site=False), family=True),
        Entry(StandingRule.PREREQUISITE, _any_item("requires"), "school item required year",
              "catalogue.requires catalogue.capacity",
              edit=_with_table("catalogue", requires=(), capacity=()), family=True),
        Entry(StandingRule.WORKS, _any_item("setup"), "school item year", "catalogue.setup",
              edit=_with_table("catalogue", setup=0), family=True),
        Entry(StandingRule.ONCE, _any_item("once"), "school item year", "catalogue.once",
              edit=_with_table("catalogue", once=False), family=True),
        Entry(StandingRule.LEAST,
              lambda s: any(i.least > (i.lot if i.whole else 1) for i in s.items.values()),
              "school item year", "catalogue.least", edit=_with_table("catalogue", least=1),
              family=True),
        Entry(StandingRule.UPKEEP, _owes_upkeep, "fund year", "upkeep funds.pays_upkeep",
              edit=lambda s: _with_settings(s, upkeep="reported"), family=True),
        Entry(StandingRule.OPTION, _table("requests"), "request", "requests", by_row=True,
              decided=True, family=True),
        Entry(StandingRule.GRANT, lambda s: bool(s.table("request_costs")["most"].notna().any()),
              "choice fund year", "request_costs", edit=_larger_grants, family=True),
        Entry(StandingRule.REQUIRES,
              lambda s: bool(s.table("requests")["requires"].map(bool).any()), "request wanted",
              "requests.requires", decided=True, family=True),
        Entry(StandingRule.COMMITTED, _table("commitments"), "school item fund year", "commitments",
              edit=_with_table("commitments"), decided=True, family=True),
        Entry(StandingRule.BANNED, _table("bans"), "(school) (item) (fund) (year)", "bans",
              edit=_with_table("bans"), decided=True, family=True),
        Entry(StandingRule.CLOSED, _has_past, "school item fund year",
              "closed_until commitments.serves", edit=_with_no_year_closed, decided=True,
              family=True),
        Entry(StandingRule.ONE_SOURCE, lambda s: s.settings.one_source, "school item year",
              "one_source", decided=True, family=True),
    )
}  # fmt: skip
"""Every standing rule, in the order of the table ``rules``."""


def present_rules(scenario: Scenario) -> list[Entry]:
    """The standing rules that a scenario has."""
    return [entry for entry in REGISTER.values() if entry.has(scenario)]
