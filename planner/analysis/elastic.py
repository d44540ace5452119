r"""The model of a scenario with room to give: a column a lever, and slack for rules of rows.

A lever's column :math:`\delta \ge 0` is shared by every row that its number stands in. How a
row or a column's bound moves with it is read off the formulation itself, by building it once
more with the number moved: whatever the rules come to mean, the elastic model follows.

A share multiplies a sum that is itself decided, so its column would be bilinear; the sum is
taken as the relaxation has it (``estimated``) and what follows is only a proposal, to be
refined on the true model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, Decimal
from typing import Any

import numpy as np

from planner.analysis.resolve import with_settings
from planner.formulation.build import Formulation, formulate
from planner.formulation.model import Block, Model, Start
from planner.names import Firmness, StandingRule
from planner.scenario.measures import MEASURES
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Share
from planner.solving import parameters
from planner.solving.highs import Engine, make_engine
from planner.solving.solution import Limits, Outcome, Status
from planner.solving.warm import moved as moved_to
from planner.vocabulary.axes import Floats, Ints
from planner.vocabulary.register import REGISTER

# --------------------------------------------------------------------------------------------------
# What a repair may move: bounds of policies and amounts of funds; never a law.
#
# Signed contracts, mandatory requests, bans and capacities are not levers either: they are facts
# of the office (tables), not choices of this plan. They are named where they conflict. The
# register of standing rules says of each which of its numbers may move (``lever``).

MOST = 8
"""An upper bound is never proposed to grow beyond this many times itself, an amount not beyond
this many times its fund's largest year."""
SHARE_STEP = Decimal("0.0001")
"""Shares and coverage move by hundredths of a percentage point."""
DIGITS = 4
"""Money moves in its fourth leading digit."""


@dataclass(frozen=True)
class Lever:
    """One number that a planner may change, in one direction."""

    kind: str
    """``rule`` or ``fund``."""
    name: str
    field: str
    """``at_least``, ``at_most``, ``exactly``, or the year of an amount."""
    old: Decimal
    end: Decimal
    """How far it may go."""
    step: Decimal
    unit: str
    """``money`` (minor units), ``units``, ``count`` or ``share`` (0–1)."""
    weight: Decimal

    @property
    def sign(self) -> int:
        """+1 where the number grows, −1 where it falls."""
        return 1 if self.end > self.old else -1

    @property
    def most(self) -> Decimal:
        """The largest change."""
        return abs(self.end - self.old)

    @property
    def cost_per_unit(self) -> Decimal:
        """repair_weight ÷ max(\\|bound\\|, 1); shares are counted in percentage points."""
        unit = 100 if self.unit == "share" else 1
        return self.weight * unit / max(abs(self.old) * unit, Decimal(1))

    def cost(self, new: Decimal) -> float:
        """\\|change\\| ÷ max(\\|bound\\|, 1) × repair_weight."""
        return float(abs(new - self.old) * self.cost_per_unit)

    def after(self, change: float) -> Decimal:
        """The number after a change of at least this size, rounded away from the old one."""
        steps = (Decimal(change) / self.step - Decimal("0.000001")).to_integral_value(ROUND_CEILING)
        moved = self.old + self.sign * max(steps, Decimal(1)) * self.step
        return min(moved, self.end) if self.sign > 0 else max(moved, self.end)


def levers(scenario: Scenario) -> tuple[Lever, ...]:
    """Every lever of a scenario: its policies in order, then its funds by year."""
    settings = scenario.settings
    found: list[Lever] = []
    for name, rule in settings.rules.items():
        for bounded in ("at_least", "at_most", "exactly"):
            bound = getattr(rule, bounded)
            if bound is None or rule.firmness != "policy":
                continue
            part = isinstance(bound, Share)
            unit = "share" if part else MEASURES[rule.measure].unit
            old = Decimal(bound.share if part else bound)
            step = {"share": SHARE_STEP, "money": _money_step(old)}.get(unit, Decimal(1))
            top = Decimal(1) if unit == "share" else max(old, Decimal(1)) * MOST
            ends = [Decimal(0)] if bounded != "at_most" and old > 0 else []
            ends += [top] if bounded != "at_least" and top > old else []
            found += [
                Lever("rule", name, bounded, old, end, step, unit, rule.repair_weight)
                for end in ends
            ]
    for name, fund in settings.funds.items():
        if fund.firmness != "policy" or fund.role != "general":
            continue
        amounts = settings.amounts(fund)
        end = Decimal(max([1, *amounts.values()])) * MOST
        for year, amount in sorted(amounts.items()):
            old = Decimal(amount)
            step = _money_step(old)
            found.append(
                Lever("fund", name, str(year), old, end, step, "money", fund.repair_weight)
            )
    return tuple(found)


def _money_step(money: Decimal) -> Decimal:
    return Decimal(10) ** max(0, len(str(int(money))) - DIGITS)


def moved(scenario: Scenario, changes: Mapping[Lever, Decimal]) -> Scenario:
    """The scenario with some levers at new values; all else, tables included, is shared."""
    settings = scenario.settings
    funds, rules = dict(settings.funds), dict(settings.rules)
    for lever, new in changes.items():
        if lever.kind == "fund":
            amounts = settings.amounts(funds[lever.name]) | {int(lever.field): int(new)}
            funds[lever.name] = funds[lever.name].model_copy(update={"amounts": amounts})
            continue
        rule = rules[lever.name]
        bound: Any = getattr(rule, lever.field)
        value = bound.model_copy(update={"share": new}) if isinstance(bound, Share) else new
        rules[lever.name] = rule.model_copy(update={lever.field: value})
    return with_settings(scenario, funds=funds, rules=rules)


# --------------------------------------------------------------------------------------------------
# How the model moves with a lever, read off the formulation itself.
#
# The scenario is formulated once more with the number moved; whatever the rules come to mean, the
# slopes follow. A second look half as far says whether the way there is straight: where it is
# not, a lever is only estimated, and what follows from it is refined on the true model.

STRAIGHT = 1e-9
"""Model units by which a bound may leave the straight line (besides two minor units of money)."""


Built = Callable[[Scenario], Model]
"""Makes the model of a scenario."""


@dataclass
class Slope:
    """How the model moves per unit of a lever: bounds of rows and columns, and, where the
    lever is a share, the coefficients whose sum multiplies it."""

    lower: dict[int, float] = field(default_factory=dict)
    upper: dict[int, float] = field(default_factory=dict)
    columns: dict[int, float] = field(default_factory=dict)
    products: dict[int, dict[int, float]] = field(default_factory=dict)
    floors: dict[int, float] = field(default_factory=dict)
    """Rows whose floor the formulation rounds up to whole units: the floor as it was meant."""
    curved: bool = False
    """Whether the bounds leave the straight line."""

    @property
    def estimated(self) -> bool:
        """Whether the lever multiplies something decided, or moves in steps."""
        return bool(self.products) or self.curved


def slopes(scenario: Scenario, base: Model, built: Built) -> dict[Lever, Slope | None]:
    """Each lever's slope; ``None`` where the model changes its shape with it. ``built`` makes the
    model of a scenario, as it made ``base``."""
    known = levers(scenario)
    rules = [x for x in known if x.kind == "rule"]
    funds = [x for x in known if x.kind == "fund"]
    groups: list[list[Lever]] = []
    for one in rules:
        spare = next((g for g in groups if all(x.name != one.name for x in g)), [])
        groups += [] if spare else [spare]
        spare.append(one)
    bounds = [
        b for r in scenario.settings.rules.values() for b in (r.at_most, r.at_least, r.exactly)
    ]
    shares_of_budget = any(isinstance(b, Share) and b.of == "budget" for b in bounds)
    groups += [[x] for x in funds] if shares_of_budget else [funds] if funds else []
    found: dict[Lever, Slope | None] = {}
    for group in groups:
        joint = _looked(scenario, base, group, built)
        if joint is None and len(group) > 1:
            for one in group:
                found |= _looked(scenario, base, [one], built) or {one: None}
        else:
            found |= joint or {group[0]: None}
    return {x: found[x] for x in known}


def _looked(
    scenario: Scenario, base: Model, group: list[Lever], built: Built
) -> dict[Lever, Slope | None] | None:
    """Slopes of a group, with what is stepped or curved."""
    far = _probed(scenario, base, group, 1, built)
    near = _probed(scenario, base, group, 2, built) if far is not None else None
    if far is None or near is None:
        return None
    for lever, slope in far.items():
        if _covers(scenario, lever):
            # A floor of coverage falls by as much as the number does; seen from 0, where nothing is
            # rounded up to whole units.
            for row, rise in slope.lower.items():
                nothing = float(base.row_lower[row]) + rise * float(lever.most)
                slope.floors[row] = nothing + float(lever.old)
                slope.lower[row] = -1.0
        else:
            # whether both looks agree
            size = float(_probe(lever, 2) - lever.old) / unit_scale(lever, base)
            room = STRAIGHT + (2.0 / base.scale if lever.unit == "money" else 0.0)
            slope.curved = any(
                abs(one.get(k, 0.0) - other.get(k, 0.0)) * abs(size) > room
                for name in ("lower", "upper", "columns")
                for one, other in [(getattr(slope, name), getattr(near[lever], name))]
                for k in one.keys() | other.keys()
            )
    return dict(far)


def _covers(scenario: Scenario, lever: Lever) -> bool:
    if lever.kind != "rule":
        return False
    return MEASURES[scenario.settings.rules[lever.name].measure].over == "cells"


def _probed(
    scenario: Scenario, base: Model, group: list[Lever], part: int, built: Built
) -> dict[Lever, Slope] | None:
    """The slopes of levers that touch different rows, from one formulation; ``None`` where
    a difference belongs to none of them or the shape differs."""
    far = {x: Decimal(0) if part == 1 and _covers(scenario, x) else _probe(x, part) for x in group}
    model = built(moved(scenario, far))
    places = ((model.row_index, base.row_index), (model.column_index, base.column_index))
    if model.shape != base.shape or not all(np.array_equal(a, b) for a, b in places):
        return None
    funds, first = list(scenario.settings.funds), scenario.settings.years[0]
    mine: dict[object, Lever] = {
        (funds.index(x.name), int(x.field) - first) if x.kind == "fund" else x.name: x
        for x in group
    }

    def owner(blocks: Sequence[Block], at: int) -> Lever | None:
        """Whose row or column this is, among levers that share none."""
        if len(group) == 1:
            return group[0]
        block, rows = next(b for b in blocks if b.start <= at < b.stop), blocks is base.row_blocks
        if block.name == (StandingRule.FUND if rows else "carry"):
            return mine.get(tuple(map(int, block.key(at))))
        return mine.get(block.name) if rows else None

    found = {x: Slope() for x in group}
    scale = {x: float(abs(far[x] - x.old)) / unit_scale(x, base) for x in group}
    for name in ("lower", "upper"):
        before, after = getattr(base, f"row_{name}"), getattr(model, f"row_{name}")
        with np.errstate(invalid="ignore"):
            changed = np.flatnonzero((before != after) & np.isfinite(before))
        for row in changed.tolist():
            lever = owner(base.row_blocks, row)
            if lever is None:
                return None
            getattr(found[lever], name)[row] = (after[row] - before[row]) / scale[lever]
    for column in np.flatnonzero(base.column_upper != model.column_upper).tolist():
        lever = owner(base.column_blocks, column)
        if lever is None:
            return None
        rise = model.column_upper[column] - base.column_upper[column]
        found[lever].columns[column] = rise / scale[lever]
    for entry in np.flatnonzero(base.coefficient != model.coefficient).tolist():
        row, column = int(base.row_index[entry]), int(base.column_index[entry])
        lever = owner(base.row_blocks, row)
        if lever is None:
            return None
        rise = (model.coefficient[entry] - base.coefficient[entry]) / scale[lever]
        found[lever].products.setdefault(row, {})[column] = rise
    return found


def _probe(lever: Lever, part: int) -> Decimal:
    """A number well off the old one (or a part of the way there), whole where only whole
    numbers can be."""
    way = min(lever.most / 2, max(lever.old, lever.step * 1000)) / part
    far = lever.old + lever.sign * way
    return far if lever.unit == "share" else far.to_integral_value(ROUND_CEILING)


def unit_scale(lever: Lever, model: Model) -> float:
    """Units of the lever in one unit of its column."""
    return float(model.scale) if lever.unit == "money" else 1.0


LOOSE = 1e7
"""Upper bound of a lifted rule's slack, in model units: more than any row can miss."""


class Elastic:
    """A scenario's model with a column for each lever, and slack for rules that may be lifted.

    All of them are shut at first; ``opened`` and ``lifted`` say which may move. ``groups``: the
    scenario's own rules and those that the register lifts row by row, with their rows. (Which
    rules conflict is asked of *all* rules, see :mod:`planner.analysis.conflict`.) ``rigid``:
    without levers, for who only lifts rules; how the model moves with each is not looked up then.
    ``movable``: a formulation without implied rows of a movable roof that the scenario fits (see
    :mod:`planner.solving.warm`), which is then moved in place of building others.
    """

    def __init__(
        self, scenario: Scenario, rigid: bool = False, movable: Formulation | None = None
    ) -> None:
        self.scenario = scenario

        def built(wanted: Scenario) -> Formulation:
            if movable is None:
                return formulate(wanted, implied=False)
            return moved_to(movable, wanted)

        self.form = built(scenario)
        self.base = self.form.model
        self.slopes = {} if rigid else slopes(scenario, self.base, lambda x: built(x).model)
        self.levers = [x for x, s in self.slopes.items() if s is not None]
        # Named rules and their rows: the scenario's own first, then those that are lifted row by
        # row (money, capacities, requests, locks). Wishes cannot conflict.
        own = scenario.settings.rules
        groups: dict[str, list[int]] = {
            k: [] for k, r in own.items() if r.firmness != Firmness.WISH
        }
        for block in self.base.row_blocks:
            by_row = block.name in REGISTER and REGISTER[StandingRule(block.name)].by_row
            for row in block.indices.tolist():
                name = self.base.row_label(row) if by_row else block.name
                if by_row or name in groups:
                    groups.setdefault(name, []).append(row)
        self.groups = {k: rows for k, rows in groups.items() if rows}
        self.limits = Limits(0.0, 60.0, scenario.settings.solve.threads)
        # The model with a column for each lever and two of slack for each group.
        model = self.base
        first = model.columns
        parts = Parts(model)
        self.lever_at = {x: first + k for k, x in enumerate(self.levers)}
        at = first + len(self.levers)
        self.slack_at: dict[str, list[int]] = {}
        for name, rows in self.groups.items():
            self.slack_at[name] = [at, at + 1]
            parts.lift(rows, at)
            at += 2
        # An assignment to take the sums of shares from: the relaxation without policies.
        sums = None
        if any(s is not None and s.estimated for s in self.slopes.values()):
            free = built(without_policies(scenario)).model
            if free.shape.columns == model.shape.columns:
                engine = make_engine(free, self.limits, relax=True)
                sums = engine.solve(free.value, self.limits).columns
        for lever, column in self.lever_at.items():
            slope = self.slopes[lever]
            assert slope is not None
            parts.move(slope, column, float(lever.most) / unit_scale(lever, model), sums)
        whole = [x.unit in ("units", "count") for x in self.levers]
        self.model = parts.joined(whole + [False] * (2 * len(self.groups)))
        self.engine: Engine = make_engine(self.model, self.limits)
        self.left = np.arange(self.model.columns)
        """The columns that the engine decides; the others are as in ``held``."""
        self.held = np.zeros(self.model.columns)

    def hold(self, lower: Mapping[int, float], upper: Mapping[int, float]) -> None:
        """Keeps some of the scenario's decisions between bounds in every solve from now on."""
        model, first = self.model, self.base.columns
        floor, roof = model.column_lower.copy(), model.column_upper.copy()
        floor[np.fromiter(lower, dtype=np.int64, count=len(lower))] = list(lower.values())
        roof[np.fromiter(upper, dtype=np.int64, count=len(upper))] = list(upper.values())
        roof[first:] = LOOSE
        for lever, column in self.lever_at.items():
            roof[column] = float(lever.most) / unit_scale(lever, self.base)
        held = replace(model, column_lower=floor, column_upper=roof)
        left, self.left, self.held = left_over(held, first)
        self.engine = make_engine(left, self.limits)

    def solve(
        self,
        *,
        opened: Mapping[Lever, float] | None = None,
        lifted: Iterable[str] = (),
        seconds: float = 20.0,
        gap: float = 0.0,
        priced: bool = True,
        by_size: bool = False,
        start: Floats | None = None,
    ) -> Outcome:
        """The cheapest moves of the opened levers (each to its most), some rules lifted for
        nothing; not ``priced``: any plan at all; ``by_size``: what counts is how much is moved,
        not how much of the bound."""
        upper = np.zeros(self.model.columns - self.base.columns)
        cost = np.zeros(self.model.columns)
        first = self.base.columns
        for lever, most in (opened or {}).items():
            column = self.lever_at[lever]
            upper[column - first] = most / unit_scale(lever, self.base)
            if priced:
                each = 1.0 if by_size else float(lever.cost_per_unit)
                cost[column] = each * (1.0 if by_size else unit_scale(lever, self.base))
        for name in lifted:
            upper[np.array(self.slack_at[name]) - first] = LOOSE
        self.engine.set_upper(np.flatnonzero(self.left >= first), upper)
        limits = replace(self.limits, time_limit=max(seconds, 0.05), gap=gap)
        begin = None if start is None else start[self.left]
        outcome = self.engine.solve(-cost[self.left], limits, start=begin)
        if outcome.columns is None:
            return outcome
        whole = self.held.copy()
        whole[self.left] = outcome.columns
        return replace(outcome, columns=whole)

    def possible(
        self,
        opened: Mapping[Lever, float] | None = None,
        lifted: Iterable[str] = (),
        seconds: float = 10.0,
    ) -> tuple[bool | None, Start | None]:
        """Whether a plan exists when levers may move so far, and one;
        ``None``: not known in the time."""
        outcome = self.solve(opened=opened, lifted=lifted, seconds=seconds, priced=False)
        if outcome.columns is not None:
            return True, self.plan(outcome.columns)
        return (False if outcome.status is Status.INFEASIBLE else None), None

    def plan(self, columns: Floats) -> Start:
        """The scenario's own columns of an elastic assignment."""
        return Start.on(self.base, columns[: self.base.columns])

    def assignment(self, plan: Start, changes: Mapping[Lever, Decimal]) -> Floats | None:
        """A plan of the scenario's columns with levers at new numbers, for a start; ``None``
        where the plan is one of other columns."""
        if not plan.belongs_to(self.base):
            return None
        whole = np.zeros(self.model.columns)
        whole[: self.base.columns] = plan.values
        for lever, new in changes.items():
            change = float(abs(new - lever.old)) / unit_scale(lever, self.base)
            whole[self.lever_at[lever]] = change
        return whole

    def changes(self, outcome: Outcome) -> dict[Lever, float]:
        """How far each lever moved, in its own unit."""
        assert outcome.columns is not None
        found = {}
        for lever, column in self.lever_at.items():
            change = float(outcome.columns[column]) * unit_scale(lever, self.base)
            if change > float(lever.step) * 1e-3:
                found[lever] = change
        return found


def left_over(model: Model, first: int) -> tuple[Model, Ints, Floats]:
    """What a model still has to decide where most of it is held: (the columns and rows that are
    left as a model without blocks, which columns these are, ``[column]`` the values of the others).

    For who moves columns from ``first`` on within their bounds, and asks nothing of those before
    but that the rows hold. So a row that holds whatever its columns are is left out; a row of one
    column is a bound of it; and a column that can go to one of its bounds without a row being the
    worse for it goes there, for with every plan the one with it there is a plan too. The columns
    from ``first`` on are all left.
    """
    lower, upper, whole = model.column_lower.copy(), model.column_upper.copy(), model.integer
    own, free = np.arange(model.columns) < first, np.ones(model.columns, dtype=bool)
    kept, steady = np.ones(model.rows, dtype=bool), np.zeros(model.rows)
    row, column, weight = model.row_index, model.column_index, model.coefficient
    known = -1
    while known != (known := int(kept.sum() + (free & (upper > lower)).sum())):
        settled = free & own & (upper <= lower)
        free &= ~settled
        at = settled[column]
        steady += np.bincount(row[at], weight[at] * lower[column[at]], minlength=model.rows)
        live = kept[row] & free[column]
        row, column, weight = row[live], column[live], weight[live]
        least, most = model.row_lower - steady, model.row_upper - steady
        # rows that hold whatever their columns are
        ends = weight * lower[column], weight * upper[column]
        low, high = (np.bincount(row, end(*ends), model.rows) for end in (np.minimum, np.maximum))
        room = parameters.TOLERANCE + parameters.ROW_SLACK * np.abs(steady)
        kept &= ~((low >= least - room) & (high <= most + room))
        # rows of one column
        count = np.bincount(row, minlength=model.rows)
        alone = np.flatnonzero(kept[row] & (count[row] == 1) & own[column])
        for r, c, w in zip(row[alone], column[alone], weight[alone], strict=True):
            bottom, top = sorted((least[r] / w, most[r] / w))
            if whole[c]:
                bottom = np.ceil(bottom - parameters.TOLERANCE)
                top = np.floor(top + parameters.TOLERANCE)
            bottom, top = max(lower[c], bottom), min(upper[c], top)
            if bottom <= top + parameters.TOLERANCE:  # else nothing holds the row, as is soon found
                lower[c], upper[c], kept[r] = min(bottom, top), top, False
        # columns that no row keeps from a bound
        live = kept[row]
        r, c, w = row[live], column[live], weight[live]
        upwards, downwards = np.isfinite(most[r]), np.isfinite(least[r])
        rises = np.where(w > 0, upwards, downwards), np.where(w > 0, downwards, upwards)
        up, down = (np.bincount(c[worse], minlength=model.columns) > 0 for worse in rises)
        falls = free & own & ~down & np.isfinite(lower)
        upper[falls] = lower[falls]
        climbs = free & own & ~falls & ~up & np.isfinite(upper)
        lower[climbs] = upper[climbs]
    left, rows = np.flatnonzero(free), np.flatnonzero(kept)
    live = kept[row]
    return (
        replace(
            model, column_blocks=(), row_blocks=(), column_lower=lower[left],
            column_upper=upper[left], integer=whole[left],
            row_lower=(model.row_lower - steady)[rows], row_upper=(model.row_upper - steady)[rows],
            row_index=np.searchsorted(rows, row[live]).astype(np.int32), coefficient=weight[live],
            column_index=np.searchsorted(left, column[live]).astype(np.int32),
        ),
        left, lower,
    )  # fmt: skip


class Parts:
    """Extra columns, rows and coefficients of the elastic model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.lower = model.column_lower.copy()
        self.upper = model.column_upper.copy()
        self.row_lower = model.row_lower.copy()
        self.entries: list[tuple[int, int, float]] = []
        self.rows: list[tuple[float, float]] = []

    def lift(self, rows: Iterable[int], at: int) -> None:
        """Slack that frees rows: column ``at`` lifts, ``at + 1`` lowers."""
        for row in rows:
            if np.isfinite(self.model.row_lower[row]):
                self.entries.append((row, at, 1.0))
            if np.isfinite(self.model.row_upper[row]):
                self.entries.append((row, at + 1, -1.0))

    def move(self, slope: Slope, at: int, most: float, sums: Floats | None) -> None:
        """A lever's column in every row that it moves."""
        for row, floor in slope.floors.items():
            self.row_lower[row] = floor
        for row in slope.lower.keys() | slope.upper.keys():
            rise = slope.lower.get(row, slope.upper.get(row, 0.0))
            self.entries.append((row, at, -rise))
        for column, rise in slope.columns.items():
            row = self.model.rows + len(self.rows)
            self.rows.append((-np.inf, float(self.model.column_upper[column])))
            self.entries += [(row, column, 1.0), (row, at, -rise)]
            self.upper[column] += rise * most
        for row, parts in slope.products.items():
            columns = np.fromiter(parts, dtype=np.int64)
            each = np.fromiter(parts.values(), dtype=np.float64)
            known = self.upper if sums is None else sums
            self.entries.append((row, at, float(each @ known[columns])))

    def joined(self, whole: list[bool]) -> Model:
        """The whole elastic model; the new columns, ``whole`` or not, are shut."""
        model, extra = self.model, len(whole)
        rows = np.array([e[0] for e in self.entries], dtype=np.int64)
        columns = np.array([e[1] for e in self.entries], dtype=np.int64)
        values = np.array([e[2] for e in self.entries])
        index = np.concatenate([model.row_index, rows])
        column = np.concatenate([model.column_index, columns])
        order = np.lexsort((column, index))
        integer = np.array(whole, dtype=bool)
        zeros = np.zeros(extra)
        bounds = np.array(self.rows, dtype=np.float64).reshape(-1, 2)
        block = Block("elastic", model.columns, model.columns + extra, {"at": np.arange(extra)})
        return replace(
            model,
            column_blocks=(*model.column_blocks, block),
            column_lower=np.concatenate([self.lower, zeros]),
            column_upper=np.concatenate([self.upper, zeros]),
            integer=np.concatenate([model.integer, integer]),
            row_lower=np.concatenate([self.row_lower, bounds[:, 0]]),
            row_upper=np.concatenate([model.row_upper, bounds[:, 1]]),
            row_index=index[order],
            column_index=column[order],
            coefficient=np.concatenate([model.coefficient, values])[order],
            stage_values=tuple(np.concatenate([v, zeros]) for v in model.stage_values),
            spend=np.concatenate([model.spend, zeros]),
            lateness=np.concatenate([model.lateness, zeros]),
        )


def without_policies(scenario: Scenario) -> Scenario:
    """The scenario without its policies: laws and wishes stay."""
    rules = scenario.settings.rules.items()
    return with_settings(scenario, rules={k: r for k, r in rules if r.firmness != "policy"})
