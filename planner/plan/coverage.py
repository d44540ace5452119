"""What the decisions put into service, year by year, and what that covers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.formulation.facts import Facts
from planner.formulation.gains import stage_names
from planner.names import FLOOR_STAGE
from planner.plan.contract import fresh
from planner.plan.decisions import Decisions, chosen_supplies, required_first
from planner.scenario.contracts import Item
from planner.scenario.scenario import Scenario
from planner.scenario.schema import GROUPS
from planner.vocabulary.axes import (
    Bools,
    Floats,
    Ints,
    late_service,
    positions,
    text_column,
    unit_price,
)
from planner.vocabulary.statements import RuleReader, Statement

PLACES = 10**6
"""Coverage is written in millionths, halves up."""


def supplies(decisions: Decisions) -> pd.DataFrame:
    """Everything that serves: school, item, start, end, quantity, proposed; of purchases price and
    amount (0 of what requests bring)."""
    facts = decisions.facts
    bought = decisions.purchases[["school", "item", "start", "end", "quantity", "price", "amount"]]
    mine = chosen_supplies(facts, decisions.chosen).assign(price=0, amount=0)
    frame = pd.concat([bought, mine[bought.columns]], ignore_index=True)
    return frame.assign(proposed=facts.axes.preparing[frame["school"].to_numpy(dtype=np.int64)])


@dataclass(frozen=True)
class InService:
    """Dense ``[school, item, year]`` views of a plan's service."""

    facts: Facts
    supplies: pd.DataFrame

    @cached_property
    def new(self) -> Floats:
        """Units newly in service."""
        return self._alive(self.supplies, "start")

    @cached_property
    def older(self) -> Floats:
        """Funded units whose service began in an earlier year: those with upkeep."""
        return self._alive(self.supplies[~self.supplies["proposed"].to_numpy(bool)], "later")

    @cached_property
    def older_proposed(self) -> Floats:
        """The same for units proposed into building projects."""
        return self._alive(self.supplies[self.supplies["proposed"].to_numpy(bool)], "later")

    def _alive(self, supplies: pd.DataFrame, begin: str) -> Floats:
        schools, items, years = self.facts.axes.shape
        change = np.zeros((schools, items, years + 1))
        start = supplies["start"].to_numpy(dtype=np.int64) + (begin == "later")
        end = np.maximum(supplies["end"].to_numpy(dtype=np.int64), start)
        at = (supplies["school"].to_numpy(np.int64), supplies["item"].to_numpy(np.int64))
        quantity = supplies["quantity"].to_numpy(dtype=np.float64)
        inside = start <= years
        np.add.at(change, (*(a[inside] for a in at), start[inside]), quantity[inside])
        np.add.at(change, (*(a[inside] for a in at), end[inside]), -quantity[inside])
        # Removes the noise that adding and subtracting fractions leaves.
        units = np.cumsum(change[:, :, :-1], axis=2)
        nearest = np.rint(units)
        return np.where(np.abs(units - nearest) < 1e-9, nearest, units)

    @cached_property
    def covered_before(self) -> Floats:
        """Units of the need that the stock covers: min(S, N), none below the threshold."""
        return self.facts.covered

    @cached_property
    def covered_after(self) -> Floats:
        """The same of S + new."""
        need = np.minimum(self.facts.stock + self.new, self.facts.need)
        return np.where(self.reached, need, 0.0)

    @cached_property
    def reached(self) -> Bools:
        """Whether so many units serve that coverage counts.

        Units of what is bought by the đồng are held against a threshold as amount ÷ price, in
        fractions where floats cannot tell.
        """
        facts = self.facts
        lacking = facts.useful - facts.stock - self.new
        reached = lacking <= 0
        loose = facts.by_money
        near = loose[None, :, None] & (facts.useful > 0) & (np.abs(lacking) < NEAR)
        if not near.any():
            return reached
        lines = defaultdict[tuple[int, int], list[tuple[int, int, Fraction]]](list)
        names = ("school", "item", "start", "end", "quantity", "price", "amount")
        for s, i, start, end, quantity, price, amount in zip(
            *(self.supplies[k].tolist() for k in names), strict=True
        ):
            if loose[i]:
                units = Fraction(int(amount), int(price)) if price else Fraction(int(quantity))
                lines[s, i].append((start, end, units))
        for s, i, t in np.argwhere(near).tolist():
            serving = (n for start, end, n in lines[s, i] if start <= t < end)
            lacks = int(facts.useful[s, i, t] - facts.stock[s, i, t])
            reached[s, i, t] = sum(serving, Fraction(0)) >= lacks
        return reached

    @cached_property
    def people(self) -> Floats:
        """Equipped pupils: pupils × ω share × coverage gained."""
        need = np.maximum(self.facts.need, 1)
        gained = (self.covered_after - self.covered_before) / need
        return np.asarray(gained * self.facts.people[:, None, :] * self.facts.shares[:, :, None])

    @cached_property
    def points(self) -> Floats:
        """Value of the coverage gained, by ``[school, item, year]``."""
        total = np.zeros(self.facts.axes.shape)
        for tier in range(len(self.facts.tier_edges)):
            total += self.points_of(tier)
        return total

    def points_of(self, tier: int) -> Floats:
        """Value of the coverage gained in one tier (from 0), by ``[school, item, year]``."""
        facts = self.facts
        need = np.maximum(facts.need, 1)
        edges = [0.0, *(float(e) for e in facts.tier_edges)]
        bottom, top, weight = edges[tier], edges[tier + 1], facts.tier_weights[tier]
        after = np.clip(self.covered_after, bottom * need, top * need)
        before = np.clip(self.covered_before, bottom * need, top * need)
        weights = facts.people * facts.discount[None, :] * facts.school_points[:, None]
        gained = weight * (after - before) / need
        return np.asarray(gained * weights[:, None, :] * facts.shares[:, :, None])


def ratio(part: Floats, whole: Any) -> Floats:
    """part ÷ whole in millionths, halves up (exact for whole units)."""
    return np.asarray(np.floor((2 * PLACES * part + whole) / (2 * whole)) / PLACES)


def coverage_table(service: InService) -> pd.DataFrame:
    """``coverage``: one row for each school, item and year with a need."""
    facts = service.facts
    school, item, year = np.nonzero(facts.need)
    at = (school, item, year)
    need = facts.need[at]
    return fresh(
        "coverage",
        {
            "school": text_column(facts.axes.schools, school),
            "group": text_column(GROUPS, facts.group_at[school]),
            "item": text_column(facts.axes.items, item),
            "year": year + facts.axes.first,
            "need": need,
            "stock": facts.stock[at],
            "new": service.new[at],
            "in_service": facts.stock[at] + service.new[at],
            "before": ratio(service.covered_before[at], need),
            "after": ratio(service.covered_after[at], need),
            "people": np.round(service.people[at], 3) + 0.0,
        },
    )


# --------------------------------------------------------------------------------------------------
# What a plan's tables stand for before they are rounded for paper: units, pupil-years, and
# when a need is *met*.
#
# An item that is not bought in whole units is bought for a whole amount of money, rounded down so
# that no fund is overrun: each purchase may lack up to what one more minor unit of money buys of
# it, 1 ÷ unit price. That is the only slack there is. A need that lacks no more than its purchases
# lost so is met; of whole items, and where nothing was bought, not one part of a unit may lack.
# Whoever asks whether a need is met, a prerequisite has room or a wish is kept asks here.

FLOAT = 1e-9
"""Relative noise of sums of binary fractions, beside the slack that is meant."""

NEAR = 1e-6
"""Units within which floats cannot tell whether a threshold is reached."""

SIXTH = 5e-7
"""Half a millionth: coverage is written in six decimals."""


class Covered(Protocol):
    """What coverage is read from: a plan, or whatever holds its scenario and these tables."""

    @property
    def scenario(self) -> Scenario:
        """The scenario that was planned."""

    @property
    def allocation(self) -> pd.DataFrame:
        """The plan's table ``allocation``."""

    @property
    def coverage(self) -> pd.DataFrame:
        """The plan's table ``coverage``."""

    @property
    def requests(self) -> pd.DataFrame:
        """The plan's table ``requests``."""

    @property
    def schools(self) -> pd.DataFrame:
        """The plan's table ``schools``."""


@dataclass(frozen=True)
class Exact:
    """A plan's coverage row by row, from the money of its purchases.

    The same from a plan in memory and from its folder, whose cells hold six decimals of units
    and three of pupil-years.
    """

    plan: Covered

    @cached_property
    def facts(self) -> Facts:
        """The arrays of the plan's scenario."""
        return Facts(self.plan.scenario)

    @cached_property
    def new(self) -> Floats:
        """``[coverage row]`` units newly in service."""
        table = self.plan.coverage
        units = _reals(table["in_service"]) - _reals(table["stock"])
        if not self.facts.by_money.any():
            return units
        return np.where(self.facts.by_money[self.at[1]], self._service("units")[self.at], units)

    @cached_property
    def missing(self) -> Floats:
        """``[coverage row]`` units of the need that are not in service; 0 where it is met."""
        table = self.plan.coverage
        lacking = _reals(table["need"]) - _reals(table["stock"]) - self.new
        return np.where(lacking <= self.dust * (1 + FLOAT), 0.0, lacking)

    @cached_property
    def met(self) -> Bools:
        """``[coverage row]`` whether the need is met, but for the rounding of money."""
        return self.missing == 0

    @cached_property
    def dust(self) -> Floats:
        """``[coverage row]`` units that rounding to whole money may have taken."""
        if not self.facts.by_money.any():
            return np.zeros(len(self.plan.coverage))
        return self._dust[self.at]

    def dust_at(self, item: str, school: Ints, year: Ints) -> Floats:
        """``[line]`` the same of an item at some schools (positions) in some years, with a need or
        without one."""
        axes, at = self.facts.axes, self.facts.axes.item_at[item]
        if self.facts.items[at].whole:
            return np.zeros(len(school))
        return np.asarray(self._dust[school, at, year - axes.first], dtype=np.float64)

    @cached_property
    def people(self) -> Floats:
        """``[coverage row]`` equipped pupil-years: pupils × ω share × coverage gained."""
        school, item, year = self.at
        pupils = self.facts.people[school, year] * self.facts.shares[school, item]
        gained = self.covered - self.covered_before
        return np.asarray(gained / _reals(self.plan.coverage["need"]) * pupils)

    @cached_property
    def covered(self) -> Floats:
        """``[coverage row]`` units of the need that are covered: as many as serve, but none below
        the threshold from which coverage counts."""
        table, threshold = self.plan.coverage, self.facts.useful[self.at]
        need, serving = _reals(table["need"]), _reals(table["stock"]) + self.new
        reached = serving >= threshold
        if self.facts.by_money.any() and threshold.any():
            bought = self._in_service("units").reached[self.at]
            reached = np.where(self.facts.by_money[self.at[1]], bought, reached)
        return np.where(reached, np.minimum(serving, need), 0.0)

    @cached_property
    def covered_before(self) -> Floats:
        """``[coverage row]`` the same of the stock alone."""
        return self.facts.covered[self.at]

    @cached_property
    def useful(self) -> Floats:
        """``[coverage row]`` units in service from which coverage counts; 0: from the first."""
        return self.facts.useful[self.at].astype(np.float64)

    @cached_property
    def people_by_school(self) -> pd.Series[Any]:
        """School → its equipped pupil-years; every school of the plan, in its order."""
        found = pd.Series(self.people).groupby(self.plan.coverage["school"].to_numpy()).sum()
        return found.reindex(list(self.plan.schools["school"]), fill_value=0.0)

    def people_of(self, schools: Iterable[str]) -> float:
        """Equipped pupil-years of some schools together."""
        return float(self.people_by_school.reindex(list(schools), fill_value=0.0).sum())

    @property
    def funded(self) -> float:
        """Equipped pupil-years of the funded schools: ``people`` of ``plan.json``."""
        schools = self.plan.schools
        return self.people_of(schools.loc[schools["group"] != "preparing", "school"])

    @property
    def proposed(self) -> float:
        """The same of proposals: ``people_proposed`` of ``plan.json``."""
        schools = self.plan.schools
        return self.people_of(schools.loc[schools["group"] == "preparing", "school"])

    @cached_property
    def coverage_dust(self) -> pd.Series[Any]:
        """School → by how much rounding may have lowered its mean coverage (0–1), at most."""
        table, (school, item, _) = self.plan.coverage, self.at
        share = self.facts.shares[school, item]
        dust = self.dust / np.maximum(_reals(table["need"]), 1) * share
        pieces = table[["school", "year"]].assign(share=share, dust=dust)
        sums = pieces.groupby(["school", "year"])[["share", "dust"]].sum()
        part = sums["dust"] / sums["share"].where(sums["share"] > 0, 1.0)
        most = part.groupby("school").max()
        return most.reindex(list(self.plan.schools["school"]), fill_value=0.0)

    def short(self, statement: Statement) -> dict[str, float]:
        """Row key of a rule → by how much rounding may have kept its left side down, in the
        row's unit: money, units or a share. Where all is bought in whole units there are none."""
        facts, rule = self.facts, statement.rule
        if not facts.by_money.any():
            return {}
        reader = RuleReader(self.plan.scenario, facts.axes)
        keys = reader.keys(rule, list(self.plan.scenario.table("requests")["request"]))
        lost: Floats = np.zeros(len(keys))
        if statement.measure.over == "cells":
            cells = reader.cells(rule, facts.need)
            number = reader.numbers(cells, rule.for_each, keys)
            at = tuple(cells[k].to_numpy(dtype=np.int64) for k in ("school", "item", "at"))
            need = np.bincount(number, weights=facts.need[at], minlength=len(keys))
            sums = np.bincount(number, weights=self._dust[at], minlength=len(keys))
            lost = np.asarray(sums / np.maximum(need, 1), dtype=np.float64)
        elif "purchase" in statement.measure.kinds:
            lines = self.bought.assign(kind="purchase", request="")
            lines = lines.assign(year=lines["year"] + facts.axes.first)
            number = reader.numbers(lines, rule.for_each, keys)
            number = np.where(reader.accepted(lines, rule.where), number, -1)
            money = statement.measure.unit == "money"
            each = np.ones(len(lines)) if money else lines["dust"].to_numpy()
            used = number >= 0
            sums = np.bincount(number[used], weights=each[used], minlength=len(keys))
            lost = np.asarray(sums, dtype=np.float64)
        return {",".join(key): float(n) for key, n in zip(keys, lost, strict=True)}

    # ---- purchases of items that are not whole ------------------------------------------------
    @cached_property
    def at(self) -> tuple[Ints, Ints, Ints]:
        """``[coverage row]`` positions of school, item and year."""
        axes, table = self.facts.axes, self.plan.coverage
        school = positions(table["school"], axes.school_at)
        item = positions(table["item"], axes.item_at)
        return school, item, table["year"].to_numpy(dtype=np.int64) - axes.first

    @cached_property
    def bought(self) -> pd.DataFrame:
        """Purchases of such items as positions: school, item, fund, year, start, end, units, and
        ``dust``, what one more minor unit of money buys."""
        facts, lines = self.facts, self.plan.allocation
        axes = facts.axes
        mine = lines[(lines["kind"] == "purchase").to_numpy(dtype=bool)]
        item = positions(mine["item"], axes.item_at)
        mine, item = mine[self.facts.by_money[item]], item[self.facts.by_money[item]]
        school = positions(mine["school"], axes.school_at)
        year = mine["year"].to_numpy(dtype=np.int64) - axes.first
        price = np.maximum(mine["unit_price"].to_numpy(dtype=np.float64), 1.0)
        start = np.maximum(year, axes.usable[item, school])
        if late := late_service(facts.scenario):
            keys = zip(mine["school"], mine["item"], mine["fund"], mine["year"], strict=True)
            served = [late.get(key, axes.first) - axes.first for key in keys]
            start = np.maximum(start, np.array(served, dtype=np.int64))
        fund = positions(mine["fund"], facts.fund_at)
        frame = pd.DataFrame({"school": school, "item": item, "fund": fund, "year": year})
        return frame.assign(
            start=start,
            end=np.minimum(start + facts.lives[item], len(axes.years)),
            units=mine["amount"].to_numpy(dtype=np.float64) / price,
            dust=1.0 / price,
            price=mine["unit_price"].to_numpy(dtype=np.int64),
            amount=mine["amount"].to_numpy(dtype=np.int64),
        )

    def _service(self, column: str) -> Floats:
        """``[school, item, year]`` a column of the purchases, summed over those in service."""
        return self._in_service(column).new

    def _in_service(self, column: str) -> InService:
        frame = self.bought.rename(columns={column: "quantity"})
        frame = frame[["school", "item", "start", "end", "quantity", "price", "amount"]]
        if column == "units":
            names = ("request", "option", "chosen", "copies")
            rows = self.plan.requests.reindex(columns=list(names)).itertuples(index=False)
            chosen = {(r.request, r.option): int(r.copies) for r in rows if r.chosen == "yes"}
            asked = chosen_supplies(self.facts, chosen).assign(price=0, amount=0)
            frame = pd.concat([frame, asked[frame.columns]], ignore_index=True)
        return InService(self.facts, frame.assign(proposed=False))

    @cached_property
    def _dust(self) -> Floats:
        """``[school, item, year]`` units lost to rounding, at most.

        What depends on another such item with a capacity also loses what serves on the units
        that the other lost, once more rounded.
        """
        own = self._service("dust")
        lost, items = np.zeros_like(own), self.facts.axes.item_at
        for at in required_first(self.facts):
            line = self.facts.items[at]
            lost[:, at] = own[:, at]
            each = line.capacity or (None,) * len(line.requires)
            for name, capacity in zip(line.requires, each, strict=False):
                other = items[name]
                if self.facts.by_money[at] and self.facts.by_money[other] and capacity is not None:
                    lost[:, at] += own[:, at] + float(capacity) * lost[:, other]
        return lost


def exact(plan: Covered) -> Exact:
    """The plan's own (looked up once), or that of any object with a plan's tables."""
    known = getattr(plan, "exact", None)
    return known if isinstance(known, Exact) else Exact(plan)


def coverage_moves(one: Covered, other: Covered, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with a ``school`` and a ``difference`` of coverage, those only that differ by more
    than the rounding of money, and of the sixth decimal, can make it."""
    dust = sum(rows["school"].map(exact(p).coverage_dust).fillna(0.0) for p in (one, other))
    spared = np.where(dust > 0, dust + 2 * SIXTH, SIXTH)
    return rows[rows["difference"].abs().to_numpy() > spared]


def one_more_buys(scenario: Scenario, item: Item, year: int) -> float:
    """Units of an item that one more minor unit of money buys in a year; 0 where they are whole."""
    return 0.0 if item.whole else 1 / max(unit_price(scenario, item, year), 1)


def _reals(column: pd.Series[Any]) -> npt.NDArray[np.float64]:
    return column.to_numpy(dtype=np.float64)


def stage_values(
    facts: Facts, service: InService, requested: Mapping[str, float], lost: float, floored: Ints
) -> dict[str, float]:
    """Stage → points that the plan reaches in it; ``floor``: the lowest coverage (0–1).

    ``requested``: points of requests by group; ``lost``: points lost by missed wishes;
    ``floored``: the schools under the floor. Groups without a school have no stage.
    """
    priority, names = facts.scenario.settings.priority, stage_names(facts)
    if priority.mode != "strict":
        value = float(service.points.sum()) + sum(requested.values()) - lost
        if not len(floored):
            return {"value": value}
        last = facts.axes.plan_count - 1
        need = facts.need[floored, :, last]
        weight = facts.shares[floored] * (need > 0)
        part = service.covered_after[floored, :, last] / np.maximum(need, 1)
        lowest = float(((weight * part).sum(axis=1) / weight.sum(axis=1)).min())
        return {FLOOR_STAGE: lowest, "value": value}
    there = [GROUPS[k] for k in sorted(set(facts.group_at.tolist()))]
    found = {n: 0.0 for n in names if n == "wishes" or n.rpartition(":")[2] in there}
    for tier in range(len(facts.tier_edges)):
        points = service.points_of(tier).sum(axis=(1, 2))
        for group in there:
            own = float(points[facts.group_at == GROUPS.index(group)].sum())
            own += requested.get(group, 0.0) if tier == 0 else 0.0
            found[group if priority.by == "whole" else f"tier-{tier + 1}:{group}"] += own
    if "wishes" in found:
        found["wishes"] -= lost
    return found
