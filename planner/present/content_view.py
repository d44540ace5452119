"""The part of a plan that a package speaks of: all of it, or the schools of one owner."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import pandas as pd

from planner.analysis.payments import payments
from planner.analysis.unmet import unmet
from planner.axes import Axes
from planner.errors import Finding, InputError, Place
from planner.folder import PlanFolder
from planner.funds import eligible_schools
from planner.messages import say
from planner.messages.numbers import money, percent, rounded
from planner.plan import Plan
from planner.present.content_types import Column, Kind, cell_text, plain
from planner.scenario.contracts import Item
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Proposal, Settings

AREA_COLUMNS = ("khu_vuc", "district", "ward", "owner")
"""Columns of ``schools`` that say where a school is; the first that has values is used."""


@dataclass(frozen=True)
class View:
    """A plan folder, a language and, where given, one budget owner."""

    folder: PlanFolder
    lang: str = "vi"
    owner: str = ""
    date: str = ""
    letter: Mapping[str, str] | None = None
    """Replacements of the letterhead's texts."""

    def __post_init__(self) -> None:
        if self.owner and self.owner not in owners(self.scenario):
            raise InputError([Finding("report_owner_unknown", Place(), {"owner": self.owner})])

    @property
    def plan(self) -> Plan:
        """The whole plan."""
        return self.folder.plan

    @property
    def scenario(self) -> Scenario:
        """The scenario of the plan."""
        return self.folder.scenario

    @property
    def settings(self) -> Settings:
        """The scenario's settings."""
        return self.scenario.settings

    @property
    def proposal(self) -> Proposal:
        """The letterhead, with the replacements given."""
        given = {k: v for k, v in (self.letter or {}).items() if v}
        return self.settings.proposal.model_copy(update=given)

    def say(self, code: str, **params: Any) -> str:
        """A sentence of the report."""
        return say(f"report.{code}", self.lang, **params)

    def label(self, family: str, value: str) -> str:
        """A word for a value of the tables."""
        return say(f"label.{family}.{value}", self.lang)

    def money(self, amount: int) -> str:
        """An amount with its unit."""
        return money(int(amount), self.lang, self.settings.currency)

    def bare(self, amount: int) -> str:
        """An amount without its unit."""
        return cell_text(int(amount), "money", self.lang, self.settings.currency)

    def percent(self, ratio: float) -> str:
        """A ratio as a percentage."""
        return "–" if math.isnan(ratio) else percent(float(ratio), 1, self.lang)

    def count(self, value: float) -> str:
        """A whole number."""
        return rounded(float(value), 0, self.lang)

    def columns(self, shape: Sequence[tuple[str, str, float]], **heads: str) -> list[Column]:
        """Columns from (key, kind, width); ``heads`` names another heading for a key."""
        return [
            Column(k, self.say(f"col.{heads.get(k, k)}"), cast(Kind, kind), width)
            for k, kind, width in shape
        ]

    def fund(self, name: str) -> str:
        """A fund's name in documents."""
        fund = self.settings.funds.get(name)
        return plain(fund.name.say(self.lang) if fund is not None and fund.name else name)

    def item(self, name: str) -> Item:
        """An item of the catalogue."""
        return self.scenario.items[name]

    @cached_property
    def chosen(self) -> frozenset[str]:
        """The schools of this package."""
        schools = self.scenario.schools
        if self.owner:
            schools = schools[schools["owner"] == self.owner]
        return frozenset(schools["school"])

    def _mine(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["school"].isin(self.chosen)] if self.owner else frame

    @cached_property
    def lines(self) -> pd.DataFrame:
        """Allocation lines."""
        return self._mine(self.plan.allocation)

    @cached_property
    def paid(self) -> pd.DataFrame:
        """Payments of funded lines, by the year of payment."""
        return self._mine(payments(self.plan))

    @cached_property
    def schools(self) -> pd.DataFrame:
        """The schools' table with their attributes."""
        own = self.plan.schools
        extra = [c for c in self.scenario.schools.columns if c not in own.columns]
        joined = own.merge(self.scenario.schools[["school", *extra]], on="school", how="left")
        return self._mine(joined)

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """Coverage rows."""
        return self._mine(self.plan.coverage)

    @cached_property
    def unmet(self) -> pd.DataFrame:
        """What stays unmet."""
        return self._mine(unmet(self.plan))

    @cached_property
    def names(self) -> dict[str, str]:
        """School → its name in documents."""
        schools = self.scenario.schools
        return {s: plain(n) for s, n in zip(schools["school"], schools["name"], strict=True)}

    @cached_property
    def shared_funds(self) -> frozenset[str]:
        """Funds that this package shares with schools outside it."""
        if not self.owner:
            return frozenset()
        axes = Axes(self.scenario)
        schools = list(self.scenario.schools["school"])
        outside = [s not in self.chosen for s in schools]
        return frozenset(
            name
            for name, fund in self.settings.funds.items()
            if (eligible_schools(self.scenario, axes, fund) & outside).any()
        )

    @cached_property
    def funds(self) -> tuple[str, ...]:
        """Funds of general role that pay for schools of this package."""
        axes = Axes(self.scenario)
        mine = [s in self.chosen for s in self.scenario.schools["school"]]
        return tuple(
            name
            for name, fund in self.settings.funds.items()
            if fund.role != "project" and (eligible_schools(self.scenario, axes, fund) & mine).any()
        )

    @cached_property
    def area_column(self) -> str:
        """The column that says where a school is; empty where there is none."""
        schools = self.schools
        for name in AREA_COLUMNS:
            if name in schools.columns and schools[name].fillna("").astype(str).ne("").any():
                return name
        return ""


def owners(scenario: Scenario) -> list[str]:
    """Budget owners in the order of the schools."""
    return [o for o in dict.fromkeys(scenario.schools["owner"].fillna("")) if o]
