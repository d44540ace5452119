"""A model kept warm: solves that differ in money alone move bounds, nothing else.

The model is built once for a *roof*, more money than any what-if may give. What depends on an
amount is then the right-hand side of ``fund_within_budget`` and the upper bound of ``carry``;
columns and coefficients stay; so does a rule bounded by a share of the budget, whose own bound
moves with it. So the relaxation is a concave function of the money with the shadow prices as its
slope, and a plan that was found for less money is feasible for more: every solve starts from the
best plan so far that still fits, and first looks near it (:mod:`planner.solving.neighbourhoods`).

A *movable* roof lets more be moved, and the columns still stay. It is written with a weight of 1
for every group, so that the points of a school's columns are those times its group's weight. Every
rule of the scenario's own may be missed in its columns, by nothing unless it is a wish; a rule that
is switched off bounds nothing. A bound is the right-hand side of the rule's rows, and the
coefficients of those alone where it is a share of another sum. Rows that follow from a floor
(``floor_needs_opening``) bind where the floor asks for more than the stock. What a fund keeps back
or may carry over moves as its money does.

Another roof is built where that is not enough: prices, points, another mode, one more rule. Then a
movable model is formulated on the frame of the one before, and plans and the relaxation's basis go
over to it by the names of columns and rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import highspy
import numpy as np

from planner.formulation.build import Formulation, formulate
from planner.formulation.facts import Facts
from planner.formulation.ledgers import stock_upkeep
from planner.formulation.model import Model, Start, matched, with_entries
from planner.formulation.scenario_rules import REACHED, Side
from planner.names import Firmness, Link, StandingRule
from planner.scenario.measures import values_of
from planner.scenario.scenario import Scenario
from planner.scenario.schema import GROUPS, Rule, Share
from planner.solving import parameters
from planner.solving.highs import (
    Engine,
    HighsEngine,
    ProgressSink,
    Task,
    engine_name,
    make_engine,
)
from planner.solving.neighbourhoods import Blocks, Incumbent, Neighbourhoods, is_provable
from planner.solving.program import Program, Restrictions, load, settle_threads
from planner.solving.solution import Limits, Outcome, Solution, Status, Stop
from planner.solving.stages import solve_stages, stage_objectives
from planner.system.process import phase
from planner.vocabulary.axes import Bools, Floats, Ints
from planner.vocabulary.statements import RuleReader, statements


class WarmModel:
    """One formulation and its engines, moved from one set of amounts to the next.

    Parameters
    ----------
    scenario
        The scenario whose amounts will change.
    room
        How much more money than the scenario's the model is built for (2 = double).
    movable
        Whether groups' weights and the scenario's own rules move too.
    """

    def __init__(
        self,
        scenario: Scenario,
        room: float = 2.0,
        solver: str = "HiGHS",
        movable: bool = False,
    ) -> None:
        self.room = room
        self.solver = solver
        self.movable = movable
        self.roof = raised(scenario, room, movable)
        self.form = formulate(self.roof, movable=movable)
        self.now = self.form
        """The formulation as it was last moved."""
        self.stated: Formulation | None = None
        """The same without implied rows, for shadow prices; built when first asked for."""
        self.engines: dict[str, WarmEngine | Engine] = {}
        self.plans: list[Start] = []
        self._blocks: Blocks | None = None
        self._found: list[Incumbent] = []
        self._broken: Incumbent | None = None
        self.most = np.inf
        """What no plan of the scenario at hand is worth more than, as somebody else has proven."""

    def fits(self, scenario: Scenario) -> bool:
        """Whether a scenario differs from the roof in amounts below it, where it is movable in what
        else moves, and in nothing more."""
        if not same_but_money(self.roof, scenario, self.movable):
            return False
        for name, fund in scenario.settings.funds.items():
            if fund.carry_over > 0 and not self.roof.settings.funds[name].carry_over:
                return False  # there are no columns for it
            roof = self.roof.settings.amounts(self.roof.settings.funds[name])
            amounts = scenario.settings.amounts(fund)
            if amounts.keys() != roof.keys() or any(m > roof[y] for y, m in amounts.items()):
                return False
        return True

    def at(self, scenario: Scenario, limits: Limits, *, relax: bool) -> tuple[Formulation, Engine]:
        """The formulation and a warm engine for the scenario's amounts."""
        if not self.fits(scenario):
            self._rebuild(raised(scenario, self.room, self.movable))
        self._broken = None
        if relax:
            form = moved(self.loose, scenario)
            return form, self._engine("stated", form, limits, relax=True)
        self.now = form = moved(self.form, scenario)
        return form, self._engine("whole", form, limits, relax=False)

    def bounding(self, form: Formulation, limits: Limits, stop: Stop) -> Engine:
        """The relaxation that bounds plans of ``form``, with implied rows; it stays warm."""
        relaxed = self._engine("bound", form, limits, relax=True)
        relaxed.stop = stop
        return relaxed

    def _rebuild(self, roof: Scenario) -> None:
        """The model of another roof: of a movable one, what prices, rules and points change of it.
        Plans go over to it by the names of columns."""
        # both together: a stop in the middle leaves the old roof with its own model
        form = formulate(roof, movable=self.movable, like=self.form if self.movable else None)
        old, self.roof, self.form = self.form.model, roof, form
        known, self._blocks, self._broken = matches(old, self.form.model), None, None
        self.__dict__.pop("harder", None)
        if known is None:
            self.plans, self._found = [], []
            return

        def there(columns: Floats) -> Floats:
            return np.where(known[0] >= 0, columns[known[0]], self.form.model.column_lower)

        plans = [there(p.values) for p in self.plans]
        at = {id(p.values): k for k, p in enumerate(self.plans)}
        self._found = [
            Incumbent(
                plans[at[id(b.columns)]] if id(b.columns) in at else there(b.columns),
                None if b.relaxed is None else there(b.relaxed),
            )
            for b in self._found
        ]
        self.plans = [Start.on(self.form.model, values) for values in plans]

    @property
    def loose(self) -> Formulation:
        """What the relaxation is of: the roof without implied rows."""
        if self.stated is None or self.stated.facts.scenario is not self.roof:
            like = self.stated if self.movable else None
            self.stated = formulate(self.roof, implied=False, movable=self.movable, like=like)
        return self.stated

    def _engine(self, name: str, form: Formulation, limits: Limits, *, relax: bool) -> Engine:
        """The warm engine of a name with exactly the bounds of ``form``, whatever was asked
        before."""
        engine = self.engines.get(name)
        roof = (self.form if name != "stated" else self.loose).model
        if engine is None or engine.limits.threads != limits.threads:
            if engine_name(self.solver) == "HiGHS":
                engine = WarmEngine(roof, limits, relax=relax)
            else:
                engine = make_engine(roof, limits, solver=self.solver, relax=relax)
            self.engines[name] = engine
        if isinstance(engine, WarmEngine) and engine.roof is not roof:
            engine.become(roof)
        engine.model = form.model
        engine.restrictions = Restrictions.of(form.model)
        return engine

    def solve(
        self, form: Formulation, engine: Engine, limits: Limits, progress: ProgressSink | None
    ) -> Solution:
        """A plan near the last one where that is proof enough; else a search from the best.

        ``engine`` is this model's own, as :meth:`at` gave it. Called again, it finds a row
        tightened that whole money broke: then the plan to stay near is the one just found.
        """
        start = self.start(form.model)
        if not is_provable(engine, limits):
            return solve_stages(engine, limits, start=start, progress=progress)
        relaxed = self.bounding(form, limits, engine.stop)
        # The plan to stay near: the one just broken, ``start`` if one fits, else the last.
        last = [p.values for p in self.plans if p.belongs_to(self.form.model)][-1:]
        plan = start if start is not None or not last else last[0]
        before = self._broken
        if before is None and plan is not None:
            known = (b for b in self._found if np.array_equal(b.columns, plan))
            before = next(known, Incumbent(plan))

        def relax(objective: Floats, within: Limits, stage: str) -> Outcome:
            outcome = relaxed.solve(objective, within, stage=stage)
            return replace(outcome, value=min(outcome.value, self.most))

        near = Neighbourhoods(
            relax, engine, limits, self.blocks, before, start, progress, self.harder
        ).solve()
        self._broken = near.before
        return near.solution

    @cached_property
    def harder(self) -> tuple[Floats, float]:
        """What is added to the rows' bounds where a plan is looked for: floors of spending of the
        scenario's own are a few minor units higher."""
        model = self.form.model
        lower = np.zeros(model.rows)
        for side in self.form.sides:
            if side.relation == ">=" and side.statement.measure.unit == "money":
                lower[side.rows] = parameters.NEIGHBOURHOOD_MONEY / model.scale
        return lower, 0.0

    @property
    def blocks(self) -> Blocks:
        """The schools of the model; nothing that is moved moves them."""
        if self._blocks is None:
            self._blocks = Blocks.of(self.form.model)
        model = self.now.model
        if model.coefficient is self.form.model.coefficient:
            return self._blocks
        return replace(self._blocks, program=Restrictions.of(model).program(model))

    def start(self, model: Model) -> Floats | None:
        """The most valuable plan so far that fits the model's bounds."""
        known = [p for p in self.plans if p.belongs_to(model)]
        plans = [missing(self.form.sides, model, p.values) for p in known]
        fitting = [p for p in plans if feasible(model, p)]
        return max(fitting, key=lambda p: float(model.value @ p), default=None)

    def stay_near(
        self,
        scenario: Scenario,
        plan: Start | None,
        limits: Limits,
        stop: Callable[[], bool] | None = None,
        most: float = np.inf,
    ) -> None:
        """Whatever was found before is forgotten: the next solve begins at this plan of the
        scenario's and looks near it first, at schools whose relaxation has moved since. Without a
        plan it begins with nothing. ``most``: what no plan of that solve is worth more than, where
        it is proven already."""
        self.most = most
        form, engine = self.at(scenario, limits, relax=False)
        begin = None if plan is None or not plan.belongs_to(form.model) else plan
        self.plans = [] if begin is None else [begin]
        self._found = [b for b in self._found if begin and b.columns is begin.values]
        if begin is not None and not self._found and is_provable(engine, limits):
            ((name, points),) = stage_objectives(form.model)
            relaxed = self.bounding(form, limits, stop or engine.stop)
            outcome = relaxed.solve(points, limits, stage=name)
            self._found = [Incumbent(begin.values, outcome.columns)]

    def remember(self, solution: Solution) -> None:
        """Keeps a plan as a possible start."""
        if solution.columns is not None:
            found = Start.on(self.form.model, solution.columns)
            self.plans = [*self.plans, found][-parameters.STARTS :]
            if self._broken is not None and self._broken.columns is solution.columns:
                self._found = [*self._found, self._broken][-parameters.STARTS :]


class WarmEngine(HighsEngine):
    """HiGHS for a model that is moved about, handed over as arrays; in whole units it is given no
    more of a neighbourhood than what is open in it. Another model may take the model's place."""

    def __init__(self, model: Model, limits: Limits, *, relax: bool = False) -> None:
        super().__init__(model, limits, relax=relax)
        self.roof = model
        self._basis: Any = None

    def become(self, model: Model) -> None:
        """Takes another model, and begins where the last solve of the one before ended, as far as
        they have columns and rows in common."""
        known = None if self.highs is None or self.mip else matches(self.roof, model)
        basis = None if known is None else self.highs.getBasis()
        self.highs, self.roof, self.model, self._basis = None, model, model, None
        self.restrictions = self.held = Restrictions.of(model)
        if basis is None or known is None or not basis.valid:
            return
        none, basic = highspy.HighsBasisStatus.kLower, highspy.HighsBasisStatus.kBasic
        columns, rows = basis.col_status, basis.row_status
        there = highspy.HighsBasis()
        there.col_status = [columns[k] if k >= 0 else none for k in known[0].tolist()]
        there.row_status = [rows[k] if k >= 0 else basic for k in known[1].tolist()]
        there.valid = there.alien = True
        self._basis = there

    @phase("hand-over")
    def _hand_over(self, objective: Floats) -> None:
        """See :class:`HighsEngine`."""
        program = self.restrictions.program(self.model)
        self.highs = self._loaded(program, objective)
        self.given = self.model
        if self._basis is not None:
            self.highs.setBasis(self._basis)

    def _loaded(self, program: Program, objective: Floats) -> Any:
        highs = load(program, objective, mip=self.mip, threads=self.limits.threads or 0)
        if self.relax and program.columns > parameters.INTERIOR_POINT_FROM:
            highs.setOptionValue("solver", "ipm")
        return highs

    def run(self, task: Task) -> Outcome:
        """See :meth:`Engine.run`."""
        now, integer = self.restrictions, self.model.integer
        free = now.upper > now.lower
        few = np.count_nonzero(free & integer) <= parameters.WARM_OPEN * np.count_nonzero(integer)
        if self.relax or now.cuts or not few or bool((now.lower > now.upper).any()):
            return super().run(task)
        return self._inside(task, free)

    def _inside(self, task: Task, free: Bools) -> Outcome:
        """The search of the open columns alone; one more, which is 1, is worth what is settled."""
        now, model = self.restrictions, self.model
        program = now.program(model)
        settled, columns = np.where(free, 0.0, now.lower), np.flatnonzero(free)
        entries = np.flatnonzero(free[model.column_index])
        rows = np.unique(model.row_index[entries])
        closed = np.ones(model.rows, dtype=bool)
        closed[rows] = False
        if not program.kept(settled)[closed].all():
            return Outcome(Status.INFEASIBLE, seconds=task.seconds())
        used = program.activity(settled)[rows]
        part = program.part(columns, entries, rows)
        part = part.with_rows(part.row_lower - used, part.row_upper - used)
        part = replace(
            part, lower=np.append(part.lower, 1.0), upper=np.append(part.upper, 1.0),
            integer=np.append(part.integer, False),
        )  # fmt: skip
        objective = np.append(task.objective[columns], float(task.objective @ settled))
        small = copy(self)
        settle_threads(self.limits.threads)
        small.highs = self._loaded(part, objective)
        for option in parameters.WARM_WITHOUT:
            small.highs.setOptionValue(option, False)
        small.model = small.given = replace(model, column_lower=part.lower)
        small.held = small.restrictions
        start = None if task.start is None else np.append(task.start[columns], 1.0)
        found = HighsEngine.run(small, replace(task, objective=objective, start=start))
        if found.columns is None:
            return found
        settled[columns] = found.columns[:-1]
        return replace(found, columns=settled, seconds=task.seconds())


def matches(old: Model, new: Model) -> tuple[Ints, Ints] | None:
    """``[column]`` and ``[row]`` of a model: where they stand in the one before, or −1; ``None``
    where names, or the unit of money, are not the same in both."""
    if old.labels != new.labels or old.scale != new.scale:
        return None
    return (
        matched(old.column_blocks, new.column_blocks, new.columns),
        matched(old.row_blocks, new.row_blocks, new.rows),
    )


def raised(scenario: Scenario, room: float, movable: bool = False) -> Scenario:
    """The scenario with ``room`` times its amounts, written out year by year; ``movable``: nothing
    of it kept back, and every group with a weight of 1."""
    settings, funds = scenario.settings, {}
    for name, fund in settings.funds.items():
        amounts = settings.amounts(fund)
        changes: dict[str, Any] = {
            "amounts": {y: int(np.ceil(m * room)) for y, m in amounts.items()}
        }
        if movable:
            changes["reserve"] = Decimal(0)
        funds[name] = fund.model_copy(update=changes)
    priority = settings.priority
    if movable:
        priority = priority.model_copy(update={"weights": dict.fromkeys(GROUPS, Decimal(1))})
    above = settings.model_copy(update={"funds": funds, "priority": priority})
    return replace(scenario, settings=above)


def same_but_money(one: Scenario, other: Scenario, movable: bool = False) -> bool:
    """Whether two scenarios agree in tables and in settings other than amounts and limits;
    ``movable``: other than all that a movable roof moves, the first being the roof."""
    if one.tables is not other.tables and one != replace(other, settings=one.settings):
        return False
    if not movable:
        return _without_money(one) == _without_money(other)
    rules, known = other.settings.rules, one.settings.rules
    wishes = [any(r.firmness == Firmness.WISH for r in x.values()) for x in (rules, known)]
    if other.settings.priority.mode == "strict" and wishes[0] != wishes[1]:
        return False  # they have a stage of their own
    if any(n not in known or _stated(r) != _stated(known[n]) for n, r in rules.items()):
        return False
    return _without_moves(one) == _without_moves(other)


def _without_money(scenario: Scenario) -> Any:
    settings = scenario.settings
    funds = {k: f.model_copy(update={"amounts": {}}) for k, f in settings.funds.items()}
    return settings.model_copy(update={"funds": funds, "envelope": None, "solve": None})


def _without_moves(scenario: Scenario) -> Any:
    settings = _without_money(scenario)
    none = {"reserve": Decimal(0), "carry_over": Decimal(0)}
    funds = {k: f.model_copy(update=none) for k, f in settings.funds.items()}
    priority = settings.priority.model_copy(update={"weights": {}})
    apart = {"funds": funds, "priority": priority, "rules": {}, "tidy": None, "title": None}
    return settings.model_copy(update=apart)


def _stated(rule: Rule) -> tuple[Any, ...]:
    """What a rule's rows and columns are made of: all but its numbers and how firm it is."""

    def chosen(where: Any) -> Any:
        return {k: values_of(v) for k, v in where.items()} if isinstance(where, dict) else where

    sides = (("<=", rule.at_most), (">=", rule.at_least), ("=", rule.exactly))
    ends = [
        (side, chosen(bound.of) if isinstance(bound, Share) else None)
        for side, bound in sides
        if bound is not None
    ]
    shares = [isinstance(bound, Share) for _, bound in sides]
    return rule.measure, chosen(rule.where), rule.for_each, ends, shares


def moved(form: Formulation, scenario: Scenario) -> Formulation:
    """The formulation with the money of ``scenario``: other bounds, the same columns."""
    facts, model = Facts(scenario), form.model
    # what was derived before and does not depend on what is moved
    derived = {"need", "stock", "left", "price", "setup", "upkeep", "scale", "shares", "people"}
    if form.movable:
        derived |= form.facts.__dict__.keys() - MOVED
    facts.__dict__.update((name, getattr(form.facts, name)) for name in derived)
    row_upper, column_upper = model.row_upper.copy(), model.column_upper.copy()
    block, names = model.row_block(StandingRule.FUND), tuple(facts.funds)
    if block is not None:
        owed = stock_upkeep(facts)
        for row in block.indices.tolist():
            fund, year = block.key(row)
            name, at = names[int(fund)], int(year)
            money = facts.usable(name, at) - owed.get((int(fund), at), 0)
            row_upper[row] = float(money) / facts.scale
    row_lower = model.row_lower.copy()
    for carry in form.columns.carries.to_dict("records"):
        limit = facts.carry_limit(names[carry["fund"]], carry["year"])
        column_upper[carry["column"]] = limit / facts.scale
    if form.movable:
        model = replace(model, row_lower=row_lower, row_upper=row_upper, column_upper=column_upper)
        model = _moved_rules(form, facts, model)
        model.__dict__["shape"] = form.model.shape
        return replace(form, facts=facts, model=model)
    # Rules that are bounded by a share of the budget move with it.
    readers = [RuleReader(f.scenario, f.axes) for f in (form.facts, facts)]
    requests = list(scenario.table("requests")["request"])
    for statement in statements(scenario):
        blocks = [b for b in model.row_blocks if b.name == statement.name]
        for block, (_, bound) in zip(blocks, statement.bounds, strict=False):
            if isinstance(bound, Share) and bound.of == "budget":
                keys = {",".join(k): k for k in readers[1].keys(statement.rule, requests)}
                for row in block.indices.tolist():
                    key = keys[str(block.key(row)[0])]
                    before, now = (r.budget(statement.rule, key) for r in readers)
                    change = float(bound.share) * (now - before) / facts.scale
                    row_lower[row] += change
                    row_upper[row] += change
    model = replace(model, row_lower=row_lower, row_upper=row_upper, column_upper=column_upper)
    return replace(form, facts=facts, model=model)


MOVED = {"scenario", "beyond", "unit", "funds", "declared", "group_points", "school_points"}
"""What facts hold that moves; all else is the roof's."""


def _moved_rules(form: Formulation, facts: Facts, model: Model) -> Model:
    """The model under other rules and weights: its rows, the columns of what is missed, and points.
    Bounds are written into; they are the model's own."""
    weights = np.ones(model.columns)
    gains = model.column_block("gain")
    if gains is not None:
        weights[gains.start : gains.stop] = facts.group_points[gains.keys["school"]]
    for frame in (form.options, form.grants):
        columns, schools = (frame[k].to_numpy(dtype=np.int64) for k in ("column", "school"))
        weights[columns] = facts.group_points[schools]
    values = [points * weights for points in model.stage_values]
    asked = dict[str, dict[str, bool]]()
    entries = model.row_index, model.column_index, model.coefficient
    for side in form.sides:
        lower, upper = side.ends(facts)
        model.row_lower[side.rows], model.row_upper[side.rows] = lower, upper
        lost = side.lost(facts)
        for column, _ in side.misses:
            model.column_upper[column] = 0.0 if lost is None else np.inf
            values[-1][column] = 0.0 if lost is None else -lost
        name = side.statement.name
        if side.left.need is not None and side.relation != "<=":
            hard = lost is None and np.isfinite(lower)
            binds = (hard & (lower > REACHED)).tolist()
            asked[name] = {",".join(k): bool(b) for k, b in zip(side.keys, binds, strict=True)}
        found = side.rule(facts.scenario)
        if side.share is not None and found is not None:
            share = float(found[1].share)  # type: ignore[union-attr]
            if share != side.share:
                entries = with_entries(entries, side.rows, side.entries(share))
    for block in model.row_blocks:
        if block.name == Link.OPENED:
            pairs = zip(block.keys["rule"].tolist(), block.keys["key"].tolist(), strict=True)
            binds = [asked.get(rule, {}).get(key, False) for rule, key in pairs]
            model.row_lower[block.start : block.stop] = np.where(binds, 1.0, -np.inf)
    rows, columns, coefficients = entries
    return replace(
        model, stage_values=tuple(values), row_index=rows, column_index=columns,
        coefficient=coefficients,
    )  # fmt: skip


def missing(sides: Sequence[Side], model: Model, plan: Floats) -> Floats:
    """The plan with every wish missed by as much as it is, and nothing else; itself where it is
    so."""
    if not any(side.misses for side in sides):
        return plan
    found = plan.copy()
    for side in sides:
        for column, _ in side.misses:
            found[column] = 0.0
    activity = model.activity(found)
    for side in sides:
        for column, sign in side.misses:
            at = activity[side.rows]
            short = model.row_lower[side.rows] - at if sign > 0 else at - model.row_upper[side.rows]
            found[column] = np.clip(short, 0.0, model.column_upper[column])
    return plan if np.array_equal(found, plan) else found


def feasible(model: Model, plan: Start | Floats) -> bool:
    """Whether an assignment satisfies every row and bound of the model; one that is known to be
    of other columns does not."""
    if isinstance(plan, Start) and not plan.belongs_to(model):
        return False
    columns = plan.values if isinstance(plan, Start) else plan
    if len(columns) != model.columns:
        return False
    activity = model.activity(columns)
    slack = parameters.START_SLACK
    room = slack * np.maximum(1.0, np.abs(activity))
    inside = (activity <= model.row_upper + room) & (activity >= model.row_lower - room)
    bounded = (columns <= model.column_upper + slack) & (columns >= model.column_lower - slack)
    return bool(inside.all() and bounded.all())
