"""Measured points before and after a plan, and what a million of money buys in them.

Points after the plan are an estimate: equipment is a condition of what a criterion asks, not its
use (:class:`planner.vocabulary.axes.Criteria`). The newest measurement of a school counts; what was
not measured is listed, never guessed.
"""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.analysis.status import PlanStatus, status
from planner.formulation.facts import Facts
from planner.plan.coverage import InService, exact
from planner.run import folder
from planner.run.folder import PlanFolder
from planner.run.result import Result
from planner.solving.solution import Sink, Stop, stoppable
from planner.vocabulary.axes import (
    Bools,
    Criteria,
    Floats,
    Ints,
    late_service,
    level_of,
    positions,
)

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.scenario.scenario import Scenario

MILLION = 10**6
"""Minor units by which cost-effectiveness is told."""
ABOUT = ["school", "group", "level"]


@dataclass(frozen=True)
class Measured:
    """Measured points of schools before and after a plan: after is an estimate.

    Attributes
    ----------
    plan : Plan
        The plan.
    year : int
        The year that ``after`` is an estimate of: the last plan year (of a school whose building is
        being prepared, the year of its hand-over where that is later).
    status : PlanStatus or None
        What had been executed, where that was given.
    only : frozenset of str or None
        The schools (ids) that it speaks of; None: all.

    Examples
    --------
    >>> import planner
    >>> found = planner.criteria(planner.solve("scenarios/three-schools", gap=0))
    >>> found.points.empty, found.unmeasured  # it has no criteria
    (True, ())
    """

    plan: Plan
    year: int
    status: PlanStatus | None = None
    only: frozenset[str] | None = None

    @cached_property
    def points(self) -> pd.DataFrame:
        """A row for each school and criterion that was measured.

        ============== ======= =================================================
        column         dtype   meaning
        ============== ======= =================================================
        school         str     id
        group          str     priority group; of ``preparing`` after includes what is proposed
        level          str     level of schooling
        criterion      str     id
        criteria_group str     ``teaching`` or ``management``
        most           float64 most points
        year           int64   of the newest measurement
        before         float64 measured points
        after          float64 estimate for the last plan year
        ============== ======= =================================================

        Examples
        --------
        >>> import planner
        >>> found = planner.criteria(planner.solve("scenarios/three-schools", gap=0))
        >>> list(found.points.columns)[-3:]
        ['year', 'before', 'after']
        """
        criteria = self._facts.criteria
        school, k = np.nonzero(~np.isnan(criteria.measured) & self._mine[:, None])
        return self._about(school).assign(
            criterion=np.array(criteria.names, dtype=object)[k],
            criteria_group=criteria.group[k].astype(object),
            most=criteria.most[k],
            year=criteria.year[school, k],
            before=criteria.measured[school, k],
            after=self._after[school, k, self._last[school]],
        ).astype({"criterion": "str", "criteria_group": "str"})  # fmt: skip

    @cached_property
    def schools(self) -> pd.DataFrame:
        """A row for each school and group of criteria of which every criterion was measured:
        ``school``, ``group``, ``level``, ``criteria_group``, ``before`` and ``after`` (points),
        ``level_before`` and ``level_after`` (1 to 3), ``next`` (points lacking after the plan to
        50 or 75, NaN at level 3).

        Examples
        --------
        >>> import planner
        >>> found = planner.criteria(planner.solve("scenarios/three-schools", gap=0))
        >>> list(found.schools.columns)[-4:]
        ['after', 'level_before', 'level_after', 'next']
        """
        asked = self._asked
        sums = self.points.groupby([*ABOUT, "criteria_group"], sort=False)
        found = sums[["before", "after"]].sum().assign(count=sums.size()).reset_index()
        keys = zip(found["school"], found["criteria_group"], strict=True)
        found = found[[asked[k] == n for k, n in zip(keys, found["count"], strict=True)]]
        found = found.drop(columns="count").reset_index(drop=True)
        for when in ("before", "after"):
            found[f"level_{when}"] = [level_of(p) for p in found[when]]
        found = found.astype({"level_before": "int64", "level_after": "int64"})
        lacking = {1: 50.0, 2: 75.0}
        short = [lacking.get(n, np.nan) for n in found["level_after"]]
        return found.assign(next=np.array(short, dtype=np.float64) - found["after"])

    @cached_property
    def unmeasured(self) -> tuple[tuple[str, str, int], ...]:
        """(school, group of criteria, how many of its criteria were not measured), where any were
        not: such schools have no sum and no level.

        Examples
        --------
        >>> import planner
        >>> found = planner.criteria(planner.solve("scenarios/three-schools", gap=0))
        >>> found.unmeasured
        ()
        """
        seen = self.points.groupby(["school", "criteria_group"]).size().to_dict()
        missing = {key: count - seen.get(key, 0) for key, count in self._asked.items()}
        return tuple((*key, count) for key, count in missing.items() if count)

    @cached_property
    def criteria(self) -> pd.DataFrame:
        """A row a criterion with points: ``criterion``, ``criteria_group``, ``most``, ``bought``
        (whether equipment brings any of them), ``verified`` (whether a person has checked its
        points and those that equipment brings), ``schools`` (funded ones that were measured),
        ``before`` and ``after`` (their means; NaN of none).

        Examples
        --------
        >>> import planner
        >>> found = planner.criteria(planner.solve("scenarios/three-schools", gap=0))
        >>> list(found.criteria.columns)[:3]
        ['criterion', 'criteria_group', 'most']
        """
        criteria, funded = self._facts.criteria, self.points[self.points["group"] != "preparing"]
        items = self.plan.scenario.table("criterion_items")
        sure = {name: all(own["verified"]) for name, own in items.groupby("criterion")}
        means = funded.groupby("criterion")[["before", "after"]].mean()
        counts = funded.groupby("criterion").size()
        names = list(criteria.names)
        checked = [row.verified and sure.get(row.criterion, True) for row in criteria.rows]
        return pd.DataFrame(
            {
                "criterion": pd.array(names, dtype="str"),
                "criteria_group": pd.array(criteria.group.tolist(), dtype="str"),
                "most": criteria.most,
                "bought": criteria.bought,
                "verified": np.array(checked, dtype=bool),
                "schools": counts.reindex(names, fill_value=0).to_numpy(dtype=np.int64),
                "before": means["before"].reindex(names).to_numpy(dtype=np.float64),
                "after": means["after"].reindex(names).to_numpy(dtype=np.float64),
            }
        )

    @property
    def sums(self) -> pd.DataFrame:
        """A row a group of criteria: ``criteria_group``, ``schools`` (funded, all of it measured),
        ``before`` and ``after``: the means of their points; ``before_1`` … ``after_3``: how many of
        them are at each level.

        Examples
        --------
        >>> import planner
        >>> found = planner.criteria(planner.solve("scenarios/three-schools", gap=0))
        >>> list(found.sums.columns)[:4]
        ['criteria_group', 'schools', 'before', 'after']
        """
        funded = self.schools[self.schools["group"] != "preparing"]
        rows = []
        for group in dict.fromkeys(self._facts.criteria.group.tolist()):
            own = funded[funded["criteria_group"] == group]
            row: dict[str, Any] = {"criteria_group": group, "schools": len(own)}
            row |= {when: float(own[when].mean()) for when in ("before", "after")}
            for when, level in product(("before", "after"), (1, 2, 3)):
                row[f"{when}_{level}"] = int((own[f"level_{when}"] == level).sum())
            rows.append(row)
        levels = [f"{when}_{n}" for when in ("before", "after") for n in (1, 2, 3)]
        names = ["criteria_group", "schools", "before", "after", *levels]
        return pd.DataFrame(rows, columns=names)

    @cached_property
    def bought(self) -> pd.DataFrame:
        """What purchases buy, by item and kind of school: in this plan, and of what was executed.

        ================== ======= ==========================================================
        column             dtype   meaning
        ================== ======= ==========================================================
        item, level, group str     what, and for which schools
        amount             int64   purchases and their site works, minor units
        people             float64 equipped pupil-years that they bring
        points             float64 points that they bring in the last plan year, of measured schools
        measured           int64   of ``amount``, minor units spent at measured schools
        people_per_million float64 equipped pupil-years for a million minor units
        points_per_million float64 points for a million spent at measured schools
        done_…             …       the same of what had been delivered: units taken over, at the
                                   contract's price (only where a status was given)
        ================== ======= ==========================================================

        Each item by itself beside all others that the plan buys: what requests bring is not in it,
        nor is upkeep. Points are those that the school would lack in that year without the item's
        purchases, so what is renewed counts too.

        Examples
        --------
        >>> import planner
        >>> found = planner.criteria(planner.solve("scenarios/three-schools", gap=0))
        >>> found.bought[["item", "group", "amount"]].values.tolist()[0]
        ['lab', 'completed', 80000000]
        """
        keys = ["item", "level", "group"]
        found = self._worth(self._planned())
        if self.status is not None:
            done = self._worth(self._delivered(self.status)).set_index(keys)
            done = done.rename(columns=lambda name: f"done_{name}")
            found = found.merge(done, how="left", left_on=keys, right_index=True)
            whole = ["done_amount", "done_measured"]
            found[whole] = found[whole].fillna(0).astype(np.int64)
            sums = ["done_people", "done_points"]
            found[sums] = found[sums].fillna(0.0)
        return found

    @cached_property
    def by_item(self) -> pd.DataFrame:
        """``bought`` by item, over all kinds of funded schools (none of group 3): ``item``,
        ``amount``, ``people``, ``points``, ``measured``, ``people_per_million``,
        ``points_per_million``, and the same of what was delivered; what brings most pupil-years for
        its money first.

        Examples
        --------
        >>> import planner
        >>> found = planner.criteria(planner.solve("scenarios/three-schools", gap=0))
        >>> found.by_item[["item", "amount"]].values.tolist()
        [['lab', 160000000]]
        """
        found = self._rated("item")
        return found.sort_values(
            "people_per_million", ascending=False, kind="stable", ignore_index=True
        )

    @cached_property
    def by_level(self) -> pd.DataFrame:
        """The same by item and level of schooling (``item``, ``level``).

        Examples
        --------
        >>> import planner
        >>> found = planner.criteria(planner.solve("scenarios/three-schools", gap=0))
        >>> found.by_level[["item", "level", "amount"]].values.tolist()
        [['lab', 'primary', 160000000]]
        """
        return self._rated("item", "level")

    def by_money(self, group: str) -> bool:
        """Whether what is bought by the đồng brings any points of a group of criteria.

        Examples
        --------
        >>> import planner
        >>> found = planner.criteria(planner.solve("scenarios/three-schools", gap=0))
        >>> found.by_money("teaching")
        False
        """
        criteria = self._facts.criteria
        return bool(criteria.linear[criteria.group == group][:, self._facts.by_money].any())

    @property
    def reachable(self) -> dict[str, float]:
        """Group of criteria → the most points that equipment alone could bring a school, were every
        need met: of the first of ``only``.

        Examples
        --------
        >>> import planner
        >>> found = planner.criteria(planner.solve("scenarios/three-schools", gap=0))
        >>> found.reachable
        {}
        """
        facts, criteria = self._facts, self._facts.criteria
        if not len(criteria.names):
            return {}
        school = int(np.flatnonzero(self._mine)[0])
        full = criteria.points(facts.need.astype(np.float64), facts.need, facts.had)
        own = np.where(criteria.applies[school], full[school, :, self._last[school]], 0.0)
        groups = dict.fromkeys(criteria.group.tolist())
        return {group: float(own[criteria.group == group].sum()) for group in groups}

    # ---- what lies behind ---------------------------------------------------------------------
    @property
    def _facts(self) -> Facts:
        return exact(self.plan).facts

    @cached_property
    def _last(self) -> Ints:
        """``[school]`` position of the year that ``after`` speaks of."""
        axes = self._facts.axes
        last = np.full(len(axes.schools), axes.year_at(self.year))
        return np.where(axes.preparing, np.maximum(last, axes.ready - axes.first), last)

    def _rated(self, *keys: str) -> pd.DataFrame:
        """Sums of ``bought`` by ``keys``, of funded schools, and what a million of them buys."""
        funded = self.bought[self.bought["group"] != "preparing"]
        sums = [c for c in funded.columns if c not in ("item", "level", "group")]
        sums = [c for c in sums if not c.endswith("_million")]
        found = funded.groupby(list(keys), sort=False)[sums].sum().reset_index()
        for done in ("", "done_") if self.status is not None else ("",):
            for what, of in (("people", "amount"), ("points", "measured")):
                money = found[f"{done}{of}"].astype(np.float64)
                rate = (found[f"{done}{what}"] * MILLION / money.where(money > 0)).astype(
                    np.float64
                )
                found[f"{done}{what}_per_million"] = rate
        return found

    def _about(self, school: Ints) -> pd.DataFrame:
        axes = self._facts.axes
        names = np.array(axes.schools, dtype=object)[school]
        cells = (names, axes.group[school], axes.level[school])
        return pd.DataFrame(
            {k: pd.array(c, dtype="str") for k, c in zip(ABOUT, cells, strict=True)}
        )

    @cached_property
    def _asked(self) -> dict[tuple[str, str], int]:
        """(school, group of criteria) → how many criteria with points apply to it."""
        criteria = self._facts.criteria
        school, k = np.nonzero(criteria.applies & self._mine[:, None])
        names = self._facts.axes.schools
        pairs = ((names[s], str(criteria.group[c])) for s, c in zip(school, k, strict=True))
        return dict(Counter(pairs))

    @property
    def _mine(self) -> Bools:
        """``[school]`` whether it is spoken of."""
        names = self._facts.axes.schools
        return np.array([self.only is None or s in self.only for s in names], dtype=bool)

    @cached_property
    def _after(self) -> Floats:
        """``[school, criterion, year]`` points with the plan."""
        facts, covered = self._facts, np.zeros(self._facts.axes.shape)
        table, axes = self.plan.coverage, facts.axes
        school = positions(table["school"], axes.school_at)
        item = positions(table["item"], axes.item_at)
        year = table["year"].to_numpy(dtype=np.int64) - axes.first
        covered[school, item, year] = exact(self.plan).covered
        return facts.criteria.points(covered, facts.need, facts.had)

    def _planned(self) -> pd.DataFrame:
        """Lines of purchases and site works: school, item (ids), begin (calendar year), quantity,
        price and amount; works have no units."""
        lines = self.plan.allocation
        lines = lines[lines["kind"].isin(["purchase", "setup"])]
        late, first = late_service(self.plan.scenario), self._facts.axes.first
        keys = zip(lines["school"], lines["item"], lines["fund"], lines["year"], strict=True)
        begin = [max(int(key[3]), late.get(key, first)) for key in keys]
        bought = (lines["kind"] == "purchase").to_numpy(dtype=bool)
        return pd.DataFrame(
            {
                "school": lines["school"], "item": lines["item"], "begin": begin,
                "quantity": np.where(bought, lines["quantity"].astype(float), 0.0),
                "price": lines["unit_price"].fillna(0).astype(np.int64),
                "amount": lines["amount"],
            }
        )  # fmt: skip

    def _delivered(self, found: PlanStatus) -> pd.DataFrame:
        """The same of what had been taken over by the day of a status; units serve from the year of
        the last delivery."""
        lines = found.execution.lines
        lines = lines[lines["kind"].isin(["purchase", "setup"])]
        money = found.lines.set_index("line")["delivered"].reindex(lines["line"])
        bought = (lines["kind"] == "purchase").to_numpy(dtype=bool)
        units = np.where(bought, lines["delivered"].astype(float), 0.0)
        taken = lines.assign(amount=money.to_numpy(dtype=np.int64), quantity=units)
        begin = taken["last_delivery"].dt.year.fillna(taken["year"]).astype(np.int64)
        begin = np.maximum(begin, taken["year"].to_numpy(dtype=np.int64))
        taken = taken.assign(begin=begin, price=0)[
            ["school", "item", "begin", "quantity", "price", "amount"]
        ]
        return taken[(taken["amount"] > 0) | (taken["quantity"] > 0)]

    def _worth(self, lines: pd.DataFrame) -> pd.DataFrame:
        """Money and effect of lines, by item and kind of school."""
        facts, axes, criteria = self._facts, self._facts.axes, self._facts.criteria
        school = positions(lines["school"], axes.school_at)
        item = positions(lines["item"], axes.item_at)
        start = np.maximum(
            lines["begin"].to_numpy(dtype=np.int64) - axes.first, axes.usable[item, school]
        )
        supplies = pd.DataFrame({"school": school, "item": item, "start": start})
        supplies = supplies.assign(
            end=np.minimum(start + facts.lives[item], len(axes.years)), proposed=False,
            **{k: lines[k].to_numpy() for k in ("quantity", "price", "amount")},
        )  # fmt: skip
        loose = facts.by_money[item] & (supplies["price"] > 0).to_numpy(dtype=bool)
        units = supplies["amount"] / supplies["price"].clip(lower=1)
        supplies["quantity"] = np.where(loose, units, supplies["quantity"].astype(float))
        made = InService(facts, supplies)
        people = made.people.sum(axis=2)
        points = self._points_of(criteria, made.covered_after)
        money = np.zeros(axes.shape[:2], dtype=object)
        for s, i, amount in zip(school, item, lines["amount"].tolist(), strict=True):
            money[s, i] += int(amount)
        known = ~np.isnan(criteria.measured).all(axis=1) if len(criteria.names) else []
        rows = []
        place = {name: k for k, name in enumerate(axes.items)}
        kinds = dict.fromkeys(zip(axes.level.tolist(), axes.group.tolist(), strict=True))
        for name in sorted(set(lines["item"]), key=place.__getitem__):
            for level, group in kinds:
                own = (axes.level == level) & (axes.group == group) & self._mine
                spent = sum(money[own, place[name]].tolist())
                if not spent:
                    continue
                at = own & np.asarray(known, dtype=bool) if len(known) else own & False
                there = sum(money[at, place[name]].tolist())
                sums = (float(people[own, place[name]].sum()), float(points[at, place[name]].sum()))
                per = sums[0] * MILLION / spent, sums[1] * MILLION / there if there else np.nan
                rows.append((name, level, group, spent, *sums, there, *per))
        names = ["item", "level", "group", "amount", "people", "points", "measured",
                 "people_per_million", "points_per_million"]  # fmt: skip
        texts = dict.fromkeys(names[:3], "str")
        numbers = dict.fromkeys(("amount", "measured"), "int64")
        reals = dict.fromkeys((*names[4:6], *names[7:]), "float64")
        return pd.DataFrame(rows, columns=names).astype(texts | numbers | reals)

    def _points_of(self, criteria: Criteria, covered: Floats) -> Floats:
        """``[school, item]`` points that each item's purchases bring in the last plan year: what a
        school has with all of them less what it has without the item's."""
        facts, at = self._facts, self._last[:, None, None]
        found = np.zeros(facts.axes.shape[:2])
        items = set(np.flatnonzero(criteria.linear.any(axis=0)).tolist())
        items |= {step.item for step in criteria.steps}
        need = np.take_along_axis(facts.need, at, axis=2)
        had, now, stock = (
            np.take_along_axis(cells, at, axis=2) for cells in (facts.had, covered, facts.covered)
        )
        whole = criteria.points(now, need, had)
        for i in sorted(items):
            without = now.copy()
            without[:, i] = stock[:, i]
            lost = whole - criteria.points(without, need, had)
            found[:, i] = np.nansum(lost, axis=(1, 2))
        return found


@stoppable
def criteria(
    source: Result | PlanFolder | Plan | str | Path,
    executed: str | Path | None = None,
    at: datetime.date | str | None = None,
    *,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> Measured:
    """Measured points of schools before and after a plan, their levels, and what a million of
    money buys in pupil-years and points.

    Solves nothing. After the plan is an estimate: equipment is a condition, not its use.

    Parameters
    ----------
    source : Result, PlanFolder, Plan, str or Path
        A result, a plan, or a plan folder (one at a path is proven first).
    executed : str or Path, optional
        What has happened, as :func:`planner.status` takes it: ``bought`` then says beside the plan
        what was delivered and what that brings. Only with a plan folder.
    at : date or str, optional
        The day of ``executed``; default: its last date.
    progress, stop, lang
        As for :func:`planner.load`.

    Returns
    -------
    Measured
        DataFrames ``points`` (school × criterion), ``schools`` (school × group of criteria, with
        levels 1 to 3), ``criteria`` (means), ``sums`` (groups of criteria: means, schools at each
        level), ``bought`` (item × kind of school); ``unmeasured``: what has no sum and no level.

    Raises
    ------
    NoPlanError
        The result has no plan.
    InputError
        The folder is not as it was written, or the table of what happened is not in order.
    TypeError
        ``executed`` without a plan folder.

    Examples
    --------
    >>> import planner
    >>> found = planner.criteria(planner.solve("scenarios/three-schools", gap=0))
    >>> list(found.schools.columns)[4:8]
    ['before', 'after', 'level_before', 'level_after']
    >>> found.bought[["item", "amount"]].values.tolist()
    [['lab', 100000000], ['lab', 60000000]]
    """
    known: Any = folder.read(source) if isinstance(source, (str, Path)) else source
    if executed is not None and not isinstance(known, PlanFolder):
        raise TypeError("executed is told of a plan folder")
    found = status(known, executed, at) if executed is not None else None
    plan: Plan = known.plan if hasattr(known, "plan") else known
    return Measured(plan, plan.scenario.settings.years[1], found)


def has_criteria(scenario: Scenario) -> bool:
    """Whether a scenario measures schools by criteria with points: a set that nobody has been
    measured by yet says nothing of a plan."""
    criteria = scenario.table("criteria")
    scored = criteria["criterion"][~criteria["mandatory"]]
    return bool(scenario.table("indicators")["criterion"].isin(scored).any())
