"""A plan: tidy tables of whole units and whole money, all derived from whole decisions; among them
how it stands to the scenario's own rules and capacities.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.formulation.facts import Facts
from planner.names import FLOOR_STAGE, Firmness, StandingRule, lock_key
from planner.plan.allocation import Lines, allocation, ledger_table, obligations_table
from planner.plan.contract import TABLES, coded_texts, described, fresh, from_texts
from planner.plan.coverage import Exact, InService, coverage_table, stage_values, supplies
from planner.plan.decisions import Decisions, Rounding, chosen_supplies, short_deliveries
from planner.scenario.measures import KINDS, values_of
from planner.scenario.scenario import Scenario
from planner.scenario.schema import GROUPS, Share
from planner.system.process import give_back, phase
from planner.vocabulary.axes import Ints, level_of, positions
from planner.vocabulary.register import present_rules
from planner.vocabulary.statements import Key, RuleReader, Statement, limit, statements


def schools_table(facts: Facts, lines: Lines, service: InService) -> pd.DataFrame:
    """``schools``: money, mean coverage before and after, equipped pupil-years."""
    schools = facts.scenario.schools
    upkeep = (lines.table["kind"] == "upkeep").to_numpy(dtype=bool)
    proposal = facts.axes.preparing[lines.school] & ~upkeep
    planned = lines.year <= facts.scenario.settings.years[1]
    before, after = mean_coverage(facts, service)
    return fresh(
        "schools",
        {c: schools[c] for c in ("school", "name", "level", "group", "pupils")}
        | {
            "spent": lines.by_school(~upkeep & ~proposal, len(schools)),
            "upkeep": lines.by_school(upkeep & planned, len(schools)),
            "proposed": lines.by_school(proposal, len(schools)),
            "coverage_before": before,
            "coverage_after": after,
            "people": np.round(service.people.sum(axis=(1, 2)), 3) + 0.0,
        },
    )


def mean_coverage(facts: Facts, service: InService) -> tuple[Any, Any]:
    """``[school]`` ω-weighted mean coverage in the last plan year (preparing: when ready)."""
    last = np.full(len(facts.axes.schools), facts.axes.plan_count - 1)
    ready = facts.axes.ready - facts.axes.first
    last = np.where(facts.axes.preparing, np.maximum(last, ready), last)
    at = (np.arange(len(last)), slice(None), last)
    need = facts.need[at[0], :, last]
    weight = facts.shares * (need > 0)
    total = weight.sum(axis=1)
    means = []
    for covered in (service.covered_before, service.covered_after):
        part = covered[at[0], :, last] / np.maximum(need, 1)
        mean = (weight * part).sum(axis=1) / np.where(total > 0, total, 1)
        means.append(np.where(total > 0, np.round(mean, 6), np.nan))
    return means[0], means[1]


def requests_table(decisions: Decisions) -> pd.DataFrame:
    """``requests``: every option, whether and how often it was chosen, what it asked for, what it
    is paid, and the points that it adds to the value."""
    scenario = decisions.facts.scenario
    table = scenario.table("requests")
    costs = scenario.table("request_costs").groupby(["request", "option"])["amount"].sum()
    keys = list(zip(table["request"], table["option"], strict=True))
    copies = [decisions.chosen.get(k, 0) for k in keys]
    asked = [int(costs.get(k, 0)) for k in keys]
    beyond: dict[tuple[str, str], int] = defaultdict(int)
    for (request, option, _, _), money in decisions.granted.items():
        beyond[request, option] += money
    points = request_points(decisions)
    return fresh(
        "requests",
        {c: table[c] for c in ("request", "school", "option", "title", "value")}
        | {
            "chosen": ["yes" if n else "no" for n in copies],
            "amount": asked,
            "copies": copies,
            "paid": [a * n + beyond[k] for a, n, k in zip(asked, copies, keys, strict=True)],
            "points": [points.get(k, 0.0) for k in keys],
        },
    )


def request_points(decisions: Decisions) -> dict[tuple[str, str], float]:
    """(request, option) chosen → group weight × its points, those of block grants included."""
    facts = decisions.facts
    weight = {}
    points: dict[tuple[str, str], float] = {}
    asking = facts.scenario.table("requests")
    cells = (asking[c] for c in ("request", "option", "school", "value"))
    for request, option, school, value in zip(*cells, strict=True):
        times = decisions.chosen.get((request, option), 0)
        weight[request] = float(facts.group_points[facts.axes.school_at[school]])
        if times:
            points[request, option] = weight[request] * float(value) * times
    if not any(decisions.granted.values()):
        return points
    for row in facts.scenario.rows("request_costs"):
        money = decisions.granted.get((row.request, row.option, row.fund, row.year), 0)
        if money:
            part = float(row.value) * money / (row.most - row.amount)
            points[row.request, row.option] += weight[row.request] * part
    return points


def rules_table(facts: Facts, ledger: pd.DataFrame, own: list[dict[str, Any]]) -> pd.DataFrame:
    """``rules``: every linking row, one summary row for each family of local rules."""
    rows = []
    for row in ledger.itertuples():
        key = f"{row.fund},{row.school or row.year}"
        if row.school:
            rows.append(rule_row(StandingRule.PROJECT, key, row.spent, row.usable, "money"))
            continue
        fund, most = facts.funds[row.fund], row.usable + row.carried_in
        firm = fund.firmness
        rows.append(rule_row(StandingRule.FUND, key, row.spent, most, "money", firmness=firm))
        if fund.carry_over > 0 and row.year < facts.scenario.settings.years[1]:
            carried = facts.carry_limit(row.fund, row.year - facts.axes.first)
            rows.append(rule_row(StandingRule.CARRY, key, row.carried_out, carried, "money"))
    # Of families that hold school by school the number of broken rows, which is none.
    families = [rule_row(rule, "", 0, 0, "count", relation="=") for rule in local_rules(facts)]
    return fresh("rules", [*rows, *own, *families])


def rule_row(
    rule: str, key: str, left: float, bound: float | Decimal, unit: str, **more: Any
) -> dict[str, Any]:
    """A row of ``rules``; slack is what is left before the rule binds."""
    relation = more.get("relation", "<=")
    room: Any
    if not isinstance(bound, Decimal):
        room = bound - left
    elif float(left).is_integer():
        # of two large numbers that nearly agree a float keeps no digit: whole ones exactly
        room = float(Fraction(bound) - Fraction(left))
    else:
        room = float(bound) - left
    slack = {"<=": room, ">=": -room, "=": -abs(room)}[relation]
    return {
        "rule": str(rule),
        "key": key,
        "firmness": str(more.get("firmness", Firmness.LAW)),
        "left": left,
        "relation": relation,
        "bound": float(bound) if isinstance(bound, Decimal) else bound,
        "slack": slack,
        "unit": unit,
    }


def local_rules(facts: Facts) -> list[StandingRule]:
    """The local families that a scenario has, by what it declares."""
    return [entry.rule for entry in present_rules(facts.scenario) if entry.family]


WORTH = 5e-7
"""Half of the sixth decimal, to which a quantity of an item that is not whole is written."""


def lock_rows(decisions: Decisions) -> Iterator[dict[str, Any]]:
    """``locked``: units bought (options: chosen or not) beside the quantity decided."""
    facts = decisions.facts
    if facts.scenario.table("locks").empty:
        return
    bought: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for row in decisions.purchases.itertuples():
        bought[row.school, row.item].append(row)
    for lock in facts.scenario.rows("locks"):
        asked, key = float(lock.quantity), lock_key(lock)
        if lock.request:
            left = float(decisions.chosen.get((lock.request, lock.option), 0))
            yield rule_row(StandingRule.LOCKED, key, left, asked, "count", relation="=")
            continue
        at = facts.axes.school_at[lock.school], facts.axes.item_at[lock.item]
        lines = [
            row
            for row in bought[at]
            if (not lock.fund or row.fund == facts.fund_at[lock.fund])
            and (lock.year is None or row.year == facts.axes.year_at(lock.year))
        ]
        left = float(sum(row.quantity for row in lines))
        if not facts.items[at[1]].whole:
            room = sum(max(1 / max(row.price, 1), WORTH) for row in lines)
            left = asked if abs(left - asked) <= room else left
        yield rule_row(StandingRule.LOCKED, key, left, asked, "units", relation="=")


MOST = 2**63
"""Sums of whole numbers stay below this, or are not added as machine integers."""


class RuleEvaluation:
    """Evaluates every rule of the scenario on a plan's lines."""

    def __init__(self, decisions: Decisions, lines: Lines, service: InService) -> None:
        self.decisions = decisions
        self.facts: Facts = decisions.facts
        self.service = service
        self.reader = RuleReader(self.facts.scenario, self.facts.axes)
        # The allocation with positions on the axes, as RuleReader wants it.
        self.lines = lines.table[["kind", "request", "amount"]].assign(
            units=lines.table["quantity"],
            school=lines.school, item=lines.item, fund=lines.fund, year=lines.year,
        )  # fmt: skip

    def rows(self) -> list[dict[str, Any]]:
        """Rows of the table ``rules``: capacities, locks, then the scenario's rules in order."""
        return [
            *self._capacities(),
            *lock_rows(self.decisions),
            *(row for s in statements(self.facts.scenario) for row in self._rows(s)),
        ]

    def penalty(self) -> float:
        """Points lost by misses of wishes."""
        lost = 0.0
        for statement in statements(self.facts.scenario):
            if statement.rule.firmness != Firmness.WISH:
                continue
            unit = statement.measure.missed_by
            for row in self._rows(statement):
                lost += max(0.0, -float(row["slack"])) * unit * float(statement.rule.price or 0)
        return lost

    def _rows(self, statement: Statement) -> Iterator[dict[str, Any]]:
        rule = statement.rule
        requests = list(self.facts.scenario.table("requests")["request"])
        keys = self.reader.keys(rule, requests)
        if statement.measure.over == "cells":
            cells = self.reader.cells(rule, self.facts.need)
            number = self.reader.numbers(cells, rule.for_each, keys)
            at = tuple(cells[k].to_numpy(dtype=np.int64) for k in ("school", "item", "at"))
            covered = self.service.covered_after[at]
            need = np.bincount(number, weights=self.facts.need[at], minlength=len(keys))
            covered = np.bincount(number, weights=covered, minlength=len(keys))
            used = np.flatnonzero(need > 0)
            keys, left = [keys[k] for k in used], [covered[k] / need[k] for k in used]
        elif statement.measure.over in ("points", "levels"):
            keys, left = self._measured(statement, keys)
        else:
            left = self._sums(statement, rule.where, keys)
        for relation, bound in statement.bounds:
            if not isinstance(bound, Share):
                limits = [_plain(bound)] * len(keys)
            else:
                bases: list[Any] = (
                    [self.reader.budget(rule, k) for k in keys]
                    if bound.of == "budget"
                    else self._sums(statement, bound.of, keys)
                )
                limits = [_plain(limit(bound, Decimal(str(b)))) for b in bases]
            for key, value, most in zip(keys, left, limits, strict=True):
                yield rule_row(
                    statement.name, ",".join(key), value, most, statement.measure.unit,
                    relation=relation, firmness=rule.firmness,
                )  # fmt: skip

    def _measured(self, statement: Statement, keys: list[Key]) -> tuple[list[Key], list[Any]]:
        """Mean points of schools, or how many reach a level, by row; of points rows without a
        measured school are skipped."""
        rule, criteria = statement.rule, self.facts.criteria
        cells, sets = self.reader.measured(rule, criteria), self.reader.sets(rule, criteria)
        number = self.reader.numbers(cells, rule.for_each, keys)
        count = np.bincount(number, minlength=len(keys))
        found = np.zeros(len(cells))
        names = (cells[k].tolist() for k in ("school", "at", "set"))
        for k, (school, at, one) in enumerate(zip(*names, strict=True)):
            own = np.where(criteria.applies[school], self.points[school, :, at], 0.0)
            if statement.measure.over == "points":
                found[k] = own[sets[one].mask].sum()
                continue
            level = min(level_of(float(own[mask].sum())) for mask in sets[one].groups(criteria))
            found[k] = str(level) >= values_of(rule.where["reaches"])[0]
        sums = np.bincount(number, weights=found, minlength=len(keys))
        if statement.measure.over == "levels":
            return keys, [int(n) for n in sums]
        used = np.flatnonzero(count > 0)
        return [keys[k] for k in used], [sums[k] / count[k] for k in used]

    @cached_property
    def points(self) -> npt.NDArray[np.float64]:
        """``[school, criterion, year]`` measured points with the plan."""
        facts = self.facts
        return facts.criteria.points(self.service.covered_after, facts.need, facts.had)

    def _sums(self, statement: Statement, where: Any, keys: list[Key]) -> list[Any]:
        measure, lines = statement.measure, self.lines
        if measure.over == "options":
            table = self.facts.scenario.table("requests")
            options = zip(table["request"], table["option"], strict=True)
            times = np.array([self.decisions.chosen.get(k, 0) for k in options], dtype=np.int64)
            mine = table[times > 0]
            school = positions(mine["school"], self.facts.axes.school_at)
            lines = mine[["request"]].assign(school=school, item=-1, fund=-1, year=0)
            lines = lines.assign(kind="request", units=times[times > 0], amount=0)
        elif measure.kinds != KINDS:
            lines = lines[lines["kind"].isin(measure.kinds)]
        number = self.reader.numbers(lines, statement.rule.for_each, keys)
        number = np.where(self.reader.accepted(lines, where), number, -1)
        return _added(number, self.reader.amounts(measure, lines), len(keys))

    def _capacities(self) -> Iterator[dict[str, Any]]:
        """``capacity_within``: units of an item, or money, by year; proposals left out."""
        preparing = self.facts.axes.preparing[self.lines["school"].to_numpy(dtype=np.int64)]
        funded = self.lines[~preparing & (self.lines["kind"] != "upkeep").to_numpy()]
        for row in self.facts.scenario.rows("capacities"):
            planned = self.facts.scenario.settings.plan_years
            for year in [row.year] if row.year is not None else planned:
                mine = funded[funded["year"] == year]
                if row.fund:
                    mine = mine[mine["fund"] == self.facts.fund_at[row.fund]]
                key = ",".join(p for p in (row.item, row.fund, str(year)) if p)
                if row.item:
                    at = self.facts.axes.item_at[row.item]
                    bought = mine[(mine["item"] == at) & (mine["kind"] == "purchase")]
                    units = bought["units"].to_numpy()
                    (used,) = _added(np.zeros(len(units), dtype=np.int64), units, 1)
                    used += sum(
                        int(quantity)
                        for item, when, quantity, payers in self._brought
                        if item == row.item
                        and when == year
                        and (not row.fund or row.fund in payers)
                    )
                    yield rule_row(StandingRule.CAPACITY, key, used, row.most, "units")
                else:
                    used = sum(mine["amount"].tolist())
                    yield rule_row(StandingRule.CAPACITY, key, used, row.most, "money")

    @cached_property
    def _brought(self) -> list[tuple[str, int, int, set[str]]]:
        """Item, year, units and paying funds of what chosen options bring; no proposals."""
        scenario, axes = self.facts.scenario, self.facts.axes
        asking, costs = scenario.table("requests"), scenario.table("request_costs")
        at = positions(asking["school"], axes.school_at)
        owner = dict(zip(asking["request"], axes.preparing[at].tolist(), strict=True))
        payers: dict[tuple[str, str], set[str]] = defaultdict(set)
        for request, option, fund in zip(
            costs["request"], costs["option"], costs["fund"], strict=True
        ):
            payers[request, option].add(fund)
        parts = scenario.table("request_items")
        names = ("request", "option", "item", "quantity", "year")
        return [
            (item, year, quantity * self.decisions.chosen[request, option], payers[request, option])
            for request, option, item, quantity, year in zip(
                *(parts[n].tolist() for n in names), strict=True
            )
            if (request, option) in self.decisions.chosen and not owner[request]
        ]


def _added(number: Ints, amounts: npt.NDArray[Any], count: int) -> list[Any]:
    """``[row]`` the sum of the amounts that count in it (``number``; −1: in none).

    Whole numbers are added exactly; whoever adds parts of units adds them in the lines' order.
    """
    counted = number >= 0
    number, amounts = number[counted], amounts[counted]
    whole = amounts.astype(np.int64) if np.array_equal(amounts, np.rint(amounts)) else None
    if whole is not None and np.abs(whole).max(initial=0) < MOST // max(len(whole), 1):
        total = np.zeros(count, dtype=np.int64)
        np.add.at(total, number, whole)
        return total.tolist()
    sums: list[Any] = [0] * count
    for at, value in zip(number.tolist(), amounts.tolist(), strict=True):
        sums[at] += int(value) if float(value).is_integer() else value
    return sums


def _plain(value: Decimal) -> int | Decimal:
    """A bound as an integer where it is one; any other stays exact until its slack is known."""
    return int(value) if value == value.to_integral_value() else value


NOBODY: Ints = np.zeros(0, dtype=np.int64)
SHARE_NOISE = 1e-12
"""Slack of a ratio that is noise of binary fractions, not a broken rule."""


@dataclass(frozen=True)
class Plan:
    """Who gets what, when, from which fund: seven tidy tables.

    Money is in whole minor units (đồng for VND), ratios are 0–1, ``people`` are equipped
    pupil-years. ``str`` is pandas' string dtype (``object`` before pandas 3); a ``number`` is
    ``int64`` where every row is whole, else as exact as it needs to be.

    Attributes
    ----------
    scenario : Scenario
        What the plan was made for.
    {tables}
    sizes_before : Mapping of int to int, optional
        Of a plan that was tidied: how many purchase lines of each size there were before
        (:func:`sizes_of`).

    Examples
    --------
    >>> import planner
    >>> plan = planner.solve("scenarios/three-schools", gap=0).plan
    >>> plan.allocation.groupby("school")["amount"].sum().to_dict()
    {'A': 80000000, 'B': 60000000, 'C': 20000000}
    >>> plan.schools[["school", "coverage_before", "coverage_after"]].values.tolist()
    [['A', 0.0, 1.0], ['B', 0.0, 1.0], ['C', 0.0, 0.5]]
    """

    scenario: Scenario
    allocation: pd.DataFrame
    coverage: pd.DataFrame
    ledger: pd.DataFrame
    obligations: pd.DataFrame
    rules: pd.DataFrame
    schools: pd.DataFrame
    requests: pd.DataFrame
    sizes_before: Mapping[int, int] | None = None

    def text_tables(self) -> dict[str, pd.DataFrame]:
        """The tables as the texts that a plan folder holds.

        Returns
        -------
        dict of DataFrame
            By table name; every column is text.

        Examples
        --------
        >>> import planner
        >>> tables = planner.solve("scenarios/three-schools", gap=0).plan.text_tables()
        >>> tables["coverage"]["after"].tolist()[:2]
        ['1.000000', '1.000000']
        """
        return {
            name: pd.DataFrame(
                {n: cells.astype("str").array for n, cells in table.items()}, copy=False
            )
            for name, table in self.coded_tables().items()
        }

    def coded_tables(self) -> dict[str, pd.DataFrame]:
        """The same texts as categoricals, which take a tenth of the memory.

        Returns
        -------
        dict of DataFrame
            By table name; every column is a categorical of texts.

        Examples
        --------
        >>> import planner
        >>> tables = planner.solve("scenarios/three-schools", gap=0).plan.coded_tables()
        >>> tables["coverage"]["after"].tolist()[:2]
        ['1.000000', '1.000000']
        """
        return {name: coded_texts(name, getattr(self, name)) for name in TABLES}

    @cached_property
    def spent(self) -> int:
        """Funded money of the plan (minor units): everything but proposals and later years.

        Examples
        --------
        >>> import planner
        >>> planner.solve("scenarios/three-schools", gap=0).plan.spent
        160000000
        """
        general = self.ledger["school"] == ""
        planned = self.ledger["year"] <= self.scenario.settings.years[1]
        return int(self.ledger.loc[general & planned, "spent"].sum())

    @cached_property
    def exact(self) -> Exact:
        """Units, pupil-years and met needs as they are before the tables round them.

        Examples
        --------
        >>> import planner
        >>> plan = planner.solve("scenarios/three-schools", gap=0).plan
        >>> plan.exact.funded, plan.exact.met.tolist()[-1]
        (1300.0, False)
        """
        return Exact(self)

    def _repr_html_(self) -> str:
        return self.allocation.to_html(max_rows=12, index=False)


Plan.__doc__ = (Plan.__doc__ or "").replace("{tables}", described("    "))


@dataclass(frozen=True)
class Outlook:
    """A plan with what it is worth: points and equipped pupil-years."""

    plan: Plan
    value: float
    people: float
    people_proposed: float
    people_by_pillar: dict[str, float]
    stages: dict[str, float]
    """Priority stage → what the plan reaches in it."""
    broken: dict[tuple[str, str, str], float]
    """(rule, key, relation) → by how much rounding broke the row, in the row's unit."""


@phase("plan")
def build_plan(decisions: Decisions, floored: Ints = NOBODY) -> Outlook:
    """Every table of the plan, derived from the decisions alone; ``floored``: the schools whose
    lowest coverage comes first under ``maxmin``."""
    facts = decisions.facts
    give_back()  # what was solved is let go by now, and a country's tables need the room
    service = InService(facts, supplies(decisions))
    lines = allocation(decisions, service)
    ledger = ledger_table(facts, lines.table)
    evaluated = RuleEvaluation(decisions, lines, service)
    plan = Plan(
        scenario=facts.scenario,
        allocation=lines.table,
        coverage=coverage_table(service),
        ledger=ledger,
        obligations=obligations_table(decisions, lines.table, service),
        rules=rules_table(facts, ledger, evaluated.rows()),
        schools=schools_table(facts, lines, service),
        requests=requests_table(decisions),
    )
    points = dict.fromkeys(GROUPS, 0.0)  # of requests, by group
    table = facts.scenario.table("requests")
    owner = dict(zip(table["request"], table["school"], strict=True))
    for (request, _), each in request_points(decisions).items():
        points[str(facts.axes.group[facts.axes.school_at[owner[request]]])] += each
    stages = stage_values(facts, service, points, evaluated.penalty(), floored)
    funded = ~facts.axes.preparing
    people = service.people.sum(axis=2)
    pillars = np.array([i.pillar for i in facts.items], dtype=str)
    # Hard rows of rules that the rounded plan breaks; noise of ratios aside.
    noise = np.where(plan.rules["unit"] == "share", SHARE_NOISE, 0.0)
    hard = plan.rules[
        (plan.rules["slack"].astype(float) < -noise) & (plan.rules["firmness"] != "wish")
    ]
    keys = zip(hard["rule"], hard["key"], hard["relation"], strict=True)
    broken = dict(zip(keys, (-hard["slack"].astype(float)).tolist(), strict=True))
    if facts.by_money.any():
        # Prerequisites of whole units, and deliveries, that rounding continuous ones down broke.
        asked = chosen_supplies(facts, decisions.chosen)
        broken |= Rounding(facts, decisions.purchases, asked).broken()
        broken |= short_deliveries(facts, decisions.purchases, asked)
    return Outlook(
        plan=plan,
        value=sum(v for name, v in stages.items() if name != FLOOR_STAGE),
        people=float(people[funded].sum()),
        people_proposed=float(people[~funded].sum()),
        people_by_pillar={
            str(p): float(people[funded][:, pillars == p].sum()) for p in dict.fromkeys(pillars)
        },
        stages=stages,
        broken=broken,
    )


def typed_plan(scenario: Scenario, tables: Mapping[str, pd.DataFrame]) -> Plan:
    """A plan from the texts of a plan folder; they must have passed the audit."""
    return Plan(scenario, **{name: from_texts(name, tables[name]) for name in TABLES})


SIZES = np.array([0, *(lead * 10**k for k in range(18) for lead in (1, 2, 5))], dtype=np.int64)
"""Lower ends of the sizes of lines, minor units: 1, 2, 5, 10, 20, 50 …"""


def sizes_of(allocation: pd.DataFrame) -> dict[int, int]:
    """Size (its lower end, minor units: 0, or 1, 2 or 5 times a power of ten) → how many purchase
    lines are as large as that and smaller than the next."""
    amounts = allocation.loc[allocation["kind"] == "purchase", "amount"].to_numpy(dtype=np.int64)
    found, count = np.unique(np.searchsorted(SIZES, amounts, side="right") - 1, return_counts=True)
    return {int(SIZES[k]): int(n) for k, n in zip(found, count, strict=True)}
