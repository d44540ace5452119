"""The scenario's own rules and capacities as rows over the decisions
(ARCHITECTURE.md#own-rules).

A row keeps its rule's name and key. A wish gets a ``miss`` column at the rule's price; every
other rule is hard. Shares become one row: Σ measure − share × Σ of ≤ or ≥ 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from planner.formulation.decision_columns import Columns
from planner.formulation.facts import Facts
from planner.formulation.gains import Service
from planner.formulation.ledgers import KIND, stock_upkeep_lines
from planner.formulation.model import Entries, ModelBuilder
from planner.names import Firmness, Link, StandingRule
from planner.scenario.measures import KINDS, values_of
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Bound, Rule, Share
from planner.vocabulary.axes import LEVEL_FROM, NOISE, Bools, Floats, Ints
from planner.vocabulary.statements import CriteriaSet, Key, RuleReader, Statement, statements

WHOLE = 1e-7
"""Units by which a floor may miss a whole number and still mean it."""
REACHED = 1e-9
"""Coverage above which a floor asks for something."""
LINE = ["column", "school", "item", "fund", "year", "kind", "request", "amount", "units"]


@dataclass(frozen=True)
class Terms:
    """Σ coefficient × column + constant, by row."""

    row: Ints
    column: Ints
    coefficient: Floats
    constant: Floats
    need: Floats | None = None
    """Of coverage: units needed by row where only whole units can cover them, else 0."""


@dataclass(frozen=True)
class Side:
    """One side of a rule as its rows stand in a model, for who moves the rule about.

    ``relation``: of the side; ``share``: the share of another sum that its coefficients were
    written with (``None``: they hold no share); ``misses``: columns and signs of what a wish may
    miss.
    """

    statement: Statement
    relation: str
    keys: tuple[Key, ...]
    rows: Ints
    left: Terms
    base: Terms | None
    share: float | None
    misses: tuple[tuple[Ints, float], ...]

    def rule(self, scenario: Scenario) -> tuple[Rule, Bound] | None:
        """The rule and this side's bound in a scenario; ``None`` where it has no such rule."""
        rule = scenario.settings.rules.get(self.statement.name)
        if rule is None:
            return None
        bounds = dict(Statement(self.statement.name, rule).bounds)
        return rule, bounds[self.relation]

    def ends(self, facts: Facts) -> tuple[Floats, Floats]:
        """Lower and upper bounds of the rows under the scenario of ``facts``; a rule that is not
        there bounds nothing."""
        count, found = len(self.keys), self.rule(facts.scenario)
        free = np.full(count, -np.inf), np.full(count, np.inf)
        if found is None:
            return free
        rule, bound = found
        limits = self._limits(facts, rule, bound)
        if self.left.need is not None and rule.firmness != Firmness.WISH:
            limits = _whole_units(limits, self.left.need)
        right = limits - self.left.constant
        return (
            free[0] if self.relation == "<=" else right,
            free[1] if self.relation == ">=" else right,
        )

    def _limits(self, facts: Facts, rule: Rule, bound: Bound) -> Floats:
        scale = facts.scale if self.statement.measure.unit == "money" else 1
        if not isinstance(bound, Share):
            return np.full(len(self.keys), float(bound) / scale)
        if self.base is not None:
            return float(bound.share) * self.base.constant
        reader = RuleReader(facts.scenario, facts.axes)
        money = [reader.budget(rule, k) for k in self.keys]
        return float(bound.share) * np.array(money, dtype=float) / scale

    def lost(self, facts: Facts) -> float | None:
        """Points that a unit missed costs; ``None`` where nothing may be missed."""
        found = self.rule(facts.scenario)
        if found is None or found[0].firmness != Firmness.WISH:
            return None
        measure = self.statement.measure
        unit = (facts.scale if measure.unit == "money" else 1) * measure.missed_by
        return float(found[0].price or 0) * unit

    def entries(self, share: float) -> Entries:
        """Row, column and coefficient of all entries of the rows, with another share."""
        assert self.base is not None
        parts = [(self.left.row, self.left.column, self.left.coefficient)]
        parts.append((self.base.row, self.base.column, -share * self.base.coefficient))
        at = np.arange(len(self.rows))
        parts += [(at, column, np.full(len(at), sign)) for column, sign in self.misses]
        row, column, coefficient = (np.concatenate([p[k] for p in parts]) for k in range(3))
        return self.rows[row].astype(np.int32), column.astype(np.int32), coefficient


def decision_lines(
    facts: Facts, columns: Columns, requests: pd.DataFrame, costs: pd.DataFrame
) -> pd.DataFrame:
    """Everything a rule may count, per column unit; ``column`` −1 is money already owed.

    Years are calendar years of the line (a contract counts whole in its year); amounts are
    minor units, units are units bought. ``requests`` says which request a column belongs to.
    """
    buys, works = columns.buys, columns.works
    purchase = buys.assign(
        kind="purchase", request="", amount=buys["price"] * buys["lot"], units=buys["lot"]
    )
    setup = works.assign(
        kind="setup", request="", amount=facts.setup[works["item"], works["year"]], units=0
    )
    signed = columns.contracts.assign(request="", units=0)
    dearer = [
        signed.assign(kind=kind, amount=signed[of])
        for kind, of in (("purchase", "extra"), ("setup", "works"))
    ]
    asked = costs[costs["kind"] == "request"].merge(requests, on="column")
    asked = asked.assign(item=-1, units=0)
    running = costs[costs["kind"] == "upkeep"].assign(request="", units=0)
    owed = stock_upkeep_lines(facts).assign(column=-1, kind="upkeep", request="", units=0)
    owed["year"] -= facts.axes.first
    names = pd.CategoricalDtype(["", *dict.fromkeys(requests["request"])])
    kinds = {"kind": KIND, "request": names, "amount": float, "units": float}
    kinds |= dict.fromkeys(("column", "school", "item", "fund", "year"), np.int32)
    every = (purchase, setup, *dearer, asked, running, owed)
    parts = [p for p in every if len(p)] or [purchase]
    lines = pd.concat([p[LINE].astype(kinds) for p in parts], ignore_index=True)
    lines["year"] += facts.axes.first
    return lines


class RuleRows:
    """Writes the rows of every rule of a scenario.

    ``floors``: rule, and the gains (by key) that are to reach more than 0 in it. ``sides``: of a
    model whose rules will be moved about (``movable``), what is needed for it: there every rule has
    columns of what it may miss, and every floor its gains.
    """

    def __init__(
        self,
        builder: ModelBuilder,
        facts: Facts,
        service: Service,
        options: pd.DataFrame,
        lines: pd.DataFrame,
        movable: bool = False,
    ) -> None:
        self.movable = movable
        self.sides: list[Side] = []
        self.builder, self.facts, self.service = builder, facts, service
        self.options, self.lines = options, lines
        self.floors: list[tuple[str, pd.DataFrame]] = []
        self.points = PointColumns(builder, facts, service)
        self.reader = RuleReader(facts.scenario, facts.axes)

    def add_all(self, wish_stage: int) -> None:
        """Rows of all rules; misses of wishes lose points in ``wish_stage``."""
        for statement in statements(self.facts.scenario):
            keys = self.reader.keys(statement.rule, list(self.options["request"]))
            if statement.measure.over == "cells":
                keys, left = self._coverage(statement, keys)
            elif statement.measure.over in ("points", "levels"):
                keys, left = self._measured(statement, keys)
            else:
                left = self._sums(statement, statement.rule.where, keys)
            for relation, bound in statement.bounds if keys else ():
                self._add(statement, keys, left, (relation, bound), wish_stage)

    def _add(
        self,
        statement: Statement,
        keys: list[Key],
        left: Terms,
        side: tuple[str, Bound],
        wish_stage: int,
    ) -> None:
        """The rows of one side of a rule: relation and bound."""
        relation, bound = side
        limits, base = self._limits(statement, keys, bound)
        wish = statement.rule.firmness == Firmness.WISH
        if left.need is not None and not wish:
            limits = _whole_units(limits, left.need)
        right = limits - left.constant
        lower = np.where(relation == "<=", -np.inf, right)
        upper = np.where(relation == ">=", np.inf, right)
        names = np.array([",".join(k) for k in keys], dtype=object)
        measure, builder = statement.measure, self.builder
        money = measure.unit == "money"
        rows = builder.add_rows(statement.name, {"key": names}, lower, upper, money=money)
        builder.add_entries(rows[left.row], left.column, left.coefficient)
        if base is not None and isinstance(bound, Share):
            weights = -float(bound.share) * base.coefficient
            builder.add_entries(rows[base.row], base.column, weights)
        misses = list[tuple[Ints, float]]()
        if wish or self.movable:
            # ``miss``: what a wish falls short by, in model units, at its price.
            unit = self._scale(statement) * measure.missed_by
            points = -float(statement.rule.price or 0) * unit * wish
            stage = np.full(len(keys), wish_stage, dtype=np.int64)
            label = {"rule": np.full(len(keys), statement.name, dtype=object), "key": names}
            most = np.inf if wish else 0.0
            for sign, sides in ((-1.0, ("<=", "=")), (1.0, (">=", "="))):
                if relation in sides:
                    column = builder.add_columns("miss", label, 0.0, most, money=money)
                    builder.add_entries(rows, column, sign)
                    builder.add_value(column, points, stage)
                    misses.append((column, sign))
        if self.movable:
            of = bound.share if base is not None and isinstance(bound, Share) else None
            share = None if of is None else float(of)
            kept = Side(statement, relation, tuple(keys), rows, left, base, share, tuple(misses))
            self.sides.append(kept)
        if (not wish or self.movable) and left.need is not None and relation != "<=":
            asked = (right[left.row] > REACHED) | self.movable
            floors = pd.DataFrame({"key": names[left.row], "gain": left.column})[asked]
            self.floors.append((statement.name, floors))

    def _scale(self, statement: Statement) -> int:
        """Units of the measure in one of the model's: money is counted in units of ``scale``."""
        return self.facts.scale if statement.measure.unit == "money" else 1

    def _sums(self, statement: Statement, where: Any, keys: list[Key]) -> Terms:
        """Spend (model money), quantity (units) or requests (count) by row."""
        measure, lines = statement.measure, self.lines
        if measure.over == "options":
            lines = self.options.assign(item=-1, fund=-1, year=0, kind="request", units=1.0)
        elif measure.kinds != KINDS:
            lines = lines[lines["kind"].isin(measure.kinds)]
        amount = self.reader.amounts(measure, lines) / self._scale(statement)
        number = self.reader.numbers(lines, statement.rule.for_each, keys)
        taken = self.reader.accepted(lines, where) & (number >= 0)
        column = lines["column"].to_numpy(dtype=np.int64)
        fixed = taken & (column < 0)
        constant = np.bincount(number[fixed], weights=amount[fixed], minlength=len(keys))
        free = taken & (column >= 0)
        return Terms(number[free], column[free], amount[free], constant.astype(np.float64))

    def _coverage(self, statement: Statement, keys: list[Key]) -> tuple[list[Key], Terms]:
        """Need-weighted mean coverage by row; rows without need are skipped."""
        facts, spans = self.facts, self.service
        cells = self.reader.cells(statement.rule, facts.need)
        number = self.reader.numbers(cells, statement.rule.for_each, keys)
        at = tuple(cells[k].to_numpy(dtype=np.int64) for k in ("school", "item", "at"))
        need = facts.need[at].astype(float)
        total = np.bincount(number, weights=need, minlength=len(keys))
        before = np.bincount(number, weights=facts.covered[at], minlength=len(keys))
        span = spans.span_of[at]
        pairs = pd.DataFrame({"row": number, "span": span})[span >= 0].merge(
            spans.gains.assign(cover=spans.parts.sum(axis=1)), on="span"
        )
        used = np.flatnonzero(total > 0)
        place = np.full(len(keys), -1, dtype=np.int64)
        place[used] = np.arange(len(used))
        row = pairs["row"].to_numpy(dtype=np.int64)
        coefficient = pairs["cover"].to_numpy() / total[row]
        column = pairs["column"].to_numpy(dtype=np.int64)
        loose = np.bincount(number, weights=facts.by_money[at[1]], minlength=len(keys)) > 0
        units = np.where(loose, 0.0, total)[used]
        terms = Terms(place[row], column, coefficient, before[used] / total[used], units)
        return [keys[k] for k in used], terms

    def _measured(self, statement: Statement, keys: list[Key]) -> tuple[list[Key], Terms]:
        """Mean points of schools, or how many reach a level, by row; of points rows without a
        measured school are skipped."""
        rule, criteria = statement.rule, self.facts.criteria
        cells = self.reader.measured(rule, criteria)
        number = self.reader.numbers(cells, rule.for_each, keys)
        sets = self.reader.sets(rule, criteria)
        if statement.measure.over == "levels":
            (level,) = (int(v) for v in values_of(rule.where["reaches"]))
            column, constant = self.points.reaching(cells, sets, level)
            asked = column >= 0
            total = np.bincount(number, weights=constant, minlength=len(keys))
            ones = np.ones(int(asked.sum()))
            return keys, Terms(number[asked], column[asked], ones, total.astype(np.float64))
        parts = self.points.of(cells, [one.mask for one in sets])
        constant = np.array([sum(n for _, n in own) for own in parts], dtype=np.float64)
        free = [(k, y) for k, own in enumerate(parts) for y, _ in own if y >= 0]
        cell, column = np.array(free, dtype=np.int64).reshape(len(free), 2).T
        count = np.bincount(number, minlength=len(keys))
        used = np.flatnonzero(count > 0)
        place = np.full(len(keys), -1, dtype=np.int64)
        place[used] = np.arange(len(used))
        mean = np.bincount(number, weights=constant, minlength=len(keys))[used] / count[used]
        row = number[cell]
        terms = Terms(place[row], column, 1.0 / count[row], mean.astype(np.float64))
        return [keys[k] for k in used], terms

    def _limits(
        self, statement: Statement, keys: list[Key], bound: Any
    ) -> tuple[Floats, Terms | None]:
        """Constant right sides, and the terms that a share is taken of."""
        scale = self._scale(statement)
        if not isinstance(bound, Share):
            return np.full(len(keys), float(bound) / scale), None
        share = float(bound.share)
        if bound.of == "budget":
            money = [self.reader.budget(statement.rule, k) for k in keys]
            return share * np.array(money, dtype=float) / scale, None
        base = self._sums(statement, bound.of, keys)
        return share * base.constant, base


MARGIN = 1e-5
"""Points that a level asks for beyond its own where the coverage of what is bought by the đồng
brings some: whole money may leave it that little short."""


Cell = tuple[int, int, int]
"""School, criterion and year, as positions."""


class PointColumns:
    """Measured points as columns, made for the cells that rules ask for.

    ``points`` y of a school, criterion and year, between 0 and the most; ``step`` w of a school,
    criterion, item, step and year, 0/1; ``reached`` z of a school, level and year, 0/1; where worn
    out stock may cost more points than were measured also ``left`` b, 0/1:

        y ≤ L + Σ points of an item ÷ need · units gained + Σ points of a step · w
        units of the step · w ≤ units covered
        Σ y of each group ≥ B + (level − B) · z, B what the group has if nothing is bought
        where L < 0: y ≤ most · b, and L·b in the place of L

    L is what there would be if nothing were bought. Nothing pushes a column up but a floor, so each
    is as high as it may be wherever that counts.
    """

    def __init__(self, builder: ModelBuilder, facts: Facts, service: Service) -> None:
        self.builder, self.facts, self.service = builder, facts, service
        self._columns: dict[Cell, tuple[int, float]] = {}
        self._levels: dict[tuple[int, int, int, bytes], tuple[int, float]] = {}

    @cached_property
    def stock(self) -> Floats:
        """``[school, criterion, year]`` points if nothing were bought, not kept within bounds."""
        facts = self.facts
        return facts.criteria.unbounded(facts.covered, facts.need, facts.had)

    @cached_property
    def gains(self) -> dict[int, list[tuple[int, float]]]:
        """Span → its gain columns, with the units of the need that one unit of each covers."""
        found: dict[int, list[tuple[int, float]]] = defaultdict(list)
        cover = self.service.parts.sum(axis=1).tolist()
        spans, columns = (self.service.gains[k].tolist() for k in ("span", "column"))
        for span, column, units in zip(spans, columns, cover, strict=True):
            found[span].append((column, units))
        return found

    def of(self, cells: pd.DataFrame, masks: Sequence[Bools]) -> list[list[tuple[int, float]]]:
        """Of each cell (school, at, set) its criteria: the column of points that may be gained, or
        −1, and what there is without one. Criteria that do not apply to a school are left out."""
        applies = self.facts.criteria.applies
        names = (cells[k].tolist() for k in ("school", "at", "set"))
        asked: list[list[Cell]] = [
            [(school, k, at) for k in np.flatnonzero(masks[one] & applies[school]).tolist()]
            for school, at, one in zip(*names, strict=True)
        ]
        new = {key: None for keys in asked for key in keys if key not in self._columns}
        self._add(list(new))
        return [[self._columns[key] for key in keys] for keys in asked]

    def reaching(
        self, cells: pd.DataFrame, sets: Sequence[CriteriaSet], level: int
    ) -> tuple[Ints, Floats]:
        """``[cell]`` the column that is 1 where a school reaches a level in every group of a set,
        −1 where that does not depend on what is bought, and whether it does in any case."""
        criteria, least = self.facts.criteria, float(LEVEL_FROM[level])
        loose = np.asarray((criteria.linear[:, self.facts.by_money] > 0).any(axis=1))
        self.of(cells, [one.mask for one in sets])
        names = (cells[k].tolist() for k in ("school", "at", "set"))
        asked = list(zip(*names, strict=True))
        keys = [(school, at, level, sets[one].mask.tobytes()) for school, at, one in asked]
        waiting: dict[Any, list[tuple[list[int], float, float]]] = {}
        for key, (school, at, one) in zip(keys, asked, strict=True):
            if key in self._levels or key in waiting:
                continue
            rows: list[tuple[list[int], float, float]] = []
            sure = True
            for mask in sets[one].groups(criteria):
                mine = np.flatnonzero(mask & criteria.applies[school]).tolist()
                own = [self._columns[school, k, at] for k in mine]
                fixed, free = sum(n for _, n in own), [column for column, _ in own if column >= 0]
                margin = MARGIN if free and loose[mine].any() else 0.0
                there = np.clip(self.stock[school, mine, at], 0.0, criteria.most[mine])
                base = float(there.sum()) - fixed  # what the columns reach in any case
                rows.append((free, base, least + margin - fixed - base))
                sure &= fixed + base + NOISE >= least
            if not sure and all(free or short <= 0 for free, _, short in rows):
                waiting[key] = rows
            else:
                self._levels[key] = -1, float(sure)
        if waiting:
            label = _keys([key[:3] for key in waiting], ("school", "year", "level"))
            columns = self.builder.add_columns("reached", label, 0, 1, integer=True)
            self._levels |= {k: (int(z), 0.0) for k, z in zip(waiting, columns, strict=True)}
            made = [(k, int(z), row) for (k, rows), z in zip(waiting.items(), columns, strict=True)
                    for row in rows if row[2] > 0]  # fmt: skip
            label = _keys([key[:3] for key, _, _ in made], ("school", "year", "level"))
            bases = [base for _, _, (_, base, _) in made]
            places = self.builder.add_rows(Link.LEVEL, label, bases, np.inf)
            for place, (_, z, (free, _, short)) in zip(places.tolist(), made, strict=True):
                ones = [1.0] * len(free)
                self.builder.add_entries([place] * (len(free) + 1), [*free, z], [*ones, -short])
        pairs = [self._levels[key] for key in keys]
        return np.array([z for z, _ in pairs], np.int64), np.array([n for _, n in pairs], float)

    def _add(self, keys: list[Cell]) -> None:
        """The columns of some schools, criteria and years, and what there is without one."""
        criteria, builder = self.facts.criteria, self.builder
        steps = self._steps(keys)
        found: dict[Cell, list[tuple[int, float]]] = {}
        for school, criterion, at in keys:
            entries = steps.get((school, criterion, at), [])
            for item in np.flatnonzero(criteria.linear[criterion]).tolist():
                span = int(self.service.span_of[school, item, at])
                need = max(int(self.facts.need[school, item, at]), 1)
                share = criteria.linear[criterion, item] / need
                entries += [(column, share * units) for column, units in self.gains.get(span, ())]
            before, full = float(self.stock[school, criterion, at]), float(criteria.most[criterion])
            if entries and before < full:
                found[school, criterion, at] = entries
            else:
                self._columns[school, criterion, at] = -1, min(max(before, 0.0), full)
        if not found:
            return
        names, made = ("school", "criterion", "year"), list(found)
        there = np.array([self.stock[key] for key in made], dtype=np.float64)
        most = criteria.most[[criterion for _, criterion, _ in made]]
        columns = builder.add_columns("points", _keys(made, names), 0.0, most)
        rows = builder.add_rows(Link.POINTS, _keys(made, names), -np.inf, np.maximum(there, 0.0))
        builder.add_entries(rows, columns, 1.0)
        for row, entries in zip(rows.tolist(), found.values(), strict=True):
            gained, points = zip(*entries, strict=True)
            builder.add_entries([row] * len(entries), gained, [-p for p in points])
        self._columns |= {k: (int(y), 0.0) for k, y in zip(made, columns, strict=True)}
        worn = np.flatnonzero(there < 0)
        if len(worn):
            label = _keys([made[k] for k in worn], names)
            left = builder.add_columns("left", label, 0, 1, integer=True)
            builder.add_entries(rows[worn], left, -there[worn])
            other = builder.add_rows(Link.POINTS, label, -np.inf, 0.0)
            builder.add_entries(other, columns[worn], 1.0)
            builder.add_entries(other, left, -most[worn])

    def _steps(self, keys: list[Cell]) -> dict[Cell, list[tuple[int, float]]]:
        """The 0/1 columns of steps that may be reached, with their points: not those that the stock
        reaches, nor those that nothing can."""
        facts, made = self.facts, list[tuple[int, int, int, int]]()
        waiting: list[tuple[float, list[tuple[int, float]]]] = []
        units = [step.units(facts.need) for step in facts.criteria.steps]
        for school, criterion, at in keys:
            for number, step in enumerate(facts.criteria.steps):
                missing = units[number][school, at] - facts.covered[school, step.item, at]
                gains = self.gains.get(int(self.service.span_of[school, step.item, at]), [])
                if step.criterion == criterion and missing > 0 and gains:
                    made.append((school, criterion, at, number))
                    waiting.append((float(missing), gains))
        found: dict[Cell, list[tuple[int, float]]] = defaultdict(list)
        if made:
            names = ("school", "criterion", "year", "step")
            columns = self.builder.add_columns("step", _keys(made, names), 0, 1, integer=True)
            rows = self.builder.add_rows(Link.STEP, _keys(made, names), 0.0, np.inf)
            for key, w, row, (missing, gains) in zip(
                made, columns.tolist(), rows.tolist(), waiting, strict=True
            ):
                gained, cover = zip(*gains, strict=True)
                places = [row] * (len(gains) + 1)
                self.builder.add_entries(places, [*gained, w], [*cover, -missing])
                found[key[:3]].append((w, facts.criteria.steps[key[3]].points))
        return found


def _keys(rows: Sequence[tuple[int, ...]], names: Sequence[str]) -> dict[str, Ints]:
    """Keys of columns or rows by axis."""
    values = np.array(list(rows), dtype=np.int64).reshape(len(rows), len(names))
    return {name: values[:, k] for k, name in enumerate(names)}


def _whole_units(limits: Floats, need: Floats) -> Floats:
    """Floors of coverage as what whole units can reach: half of 25 means 13, never 12.5.

    A wish keeps its own bound, from which its miss is counted.
    """
    reached = np.ceil(limits * need - WHOLE) / np.maximum(need, 1.0)
    return np.where((need > 0) & (limits <= 1), np.maximum(reached, 0.0), limits)


def capacity_within(
    builder: ModelBuilder, facts: Facts, options: pd.DataFrame, lines: pd.DataFrame
) -> None:
    """``capacity_within``: units of an item, or money, that a year can take; no proposals."""
    preparing = facts.axes.preparing
    funded = lines[~preparing[lines["school"]] & (lines["column"] >= 0)]
    funded = funded[funded["kind"] != "upkeep"]
    for row in facts.scenario.rows("capacities"):
        years = [row.year] if row.year is not None else facts.scenario.settings.plan_years
        for year in years:
            mine = funded[funded["year"] == year]
            if row.fund:
                mine = mine[mine["fund"] == facts.fund_at[row.fund]]
            key = ",".join(p for p in (row.item, row.fund, str(year)) if p)
            if row.item:
                bought = mine[(mine["item"] == facts.axes.item_at[row.item])]
                bought = bought[bought["kind"] == "purchase"]
                pairs = [(bought["column"], bought["units"])]
                # Options that bring the item in that year (and draw on the fund).
                items = facts.scenario.table("request_items")
                items = items[(items["item"] == row.item) & (items["year"] == year)]
                if row.fund:
                    costs = facts.scenario.table("request_costs")
                    drawing = costs.loc[costs["fund"] == row.fund, ["request", "option"]]
                    items = items.merge(drawing.drop_duplicates(), on=["request", "option"])
                joined = items.merge(options[["request", "option", "school", "column"]])
                joined = joined[~preparing[joined["school"].to_numpy(dtype=np.int64)]]
                pairs.append((joined["column"], joined["quantity"].astype(float)))
                most = float(row.most)
            else:
                pairs = [(mine["column"], mine["amount"] / facts.scale)]
                most = row.most / facts.scale
            rows = builder.add_rows(
                StandingRule.CAPACITY,
                {"key": np.array([key], dtype=object)},
                -np.inf,
                most,
                money=not row.item,
            )
            for column, weight in pairs:
                builder.add_entries(np.full(len(column), rows[0]), column, weight)
