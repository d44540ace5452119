"""A model kept warm: solves that differ in the funds' amounts alone move bounds, nothing else.

The model is built once for a *roof*, more money than any what-if may give. What depends on an
amount is then the right-hand side of ``fund_within_budget`` and the upper bound of ``carry``;
columns and coefficients stay; so does a rule bounded by a share of the budget, whose own bound
moves with it. So the relaxation is a concave function of the money with the shadow prices as its
slope, and a plan that was found for less money is feasible for more: every solve starts from the
best plan so far that still fits, and first looks near it (:mod:`planner.solving.neighbourhoods`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from planner.formulation.build import Formulation, formulate
from planner.formulation.facts import Facts
from planner.formulation.ledgers import stock_upkeep
from planner.formulation.model import Model, Start
from planner.names import StandingRule
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Share
from planner.solving import parameters
from planner.solving.highs import Engine, ProgressSink, make_engine
from planner.solving.neighbourhoods import Blocks, Incumbent, Neighbourhoods, is_provable
from planner.solving.program import Restrictions
from planner.solving.solution import Limits, Solution
from planner.solving.stages import solve_stages
from planner.vocabulary.axes import Floats
from planner.vocabulary.statements import RuleReader, statements


class WarmModel:
    """One formulation and its engines, moved from one set of amounts to the next.

    Parameters
    ----------
    scenario
        The scenario whose amounts will change.
    room
        How much more money than the scenario's the model is built for (2 = double).
    """

    def __init__(self, scenario: Scenario, room: float = 2.0, solver: str = "HiGHS") -> None:
        self.room = room
        self.solver = solver
        self.roof = raised(scenario, room)
        self.form = formulate(self.roof)
        self.stated: Formulation | None = None
        """The same without implied rows, for shadow prices; built when first asked for."""
        self.engines: dict[str, Engine] = {}
        self.plans: list[Start] = []
        self._blocks: Blocks | None = None
        self._found: list[Incumbent] = []
        self._broken: Incumbent | None = None

    def fits(self, scenario: Scenario) -> bool:
        """Whether a scenario differs from the roof in amounts below it and in nothing else."""
        if not same_but_money(self.roof, scenario):
            return False
        for name, fund in scenario.settings.funds.items():
            roof = self.roof.settings.amounts(self.roof.settings.funds[name])
            amounts = scenario.settings.amounts(fund)
            if amounts.keys() != roof.keys() or any(m > roof[y] for y, m in amounts.items()):
                return False
        return True

    def at(self, scenario: Scenario, limits: Limits, *, relax: bool) -> tuple[Formulation, Engine]:
        """The formulation and a warm engine for the scenario's amounts."""
        if not self.fits(scenario):
            self.roof = raised(scenario, self.room)
            self.form, self.stated = formulate(self.roof), None
            self.plans = [p for p in self.plans if p.belongs_to(self.form.model)]
            self.engines.clear()
            self._blocks = self._broken = None
            self._found.clear()
        self._broken = None
        if relax:
            form = moved(self.loose, scenario)
            return form, self._engine("stated", form, limits, relax=True)
        form = moved(self.form, scenario)
        return form, self._engine("whole", form, limits, relax=False)

    @property
    def loose(self) -> Formulation:
        """What the relaxation is of: the roof without implied rows."""
        if self.stated is None:
            self.stated = formulate(self.roof, implied=False)
        return self.stated

    def _engine(self, name: str, form: Formulation, limits: Limits, *, relax: bool) -> Engine:
        """The warm engine of a name with exactly the bounds of ``form``, whatever was asked
        before."""
        engine = self.engines.get(name)
        if engine is None or engine.limits.threads != limits.threads:
            roof = self.form if name != "stated" or self.stated is None else self.stated
            engine = make_engine(roof.model, limits, solver=self.solver, relax=relax)
            self.engines[name] = engine
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
        relaxed = self._engine("bound", form, limits, relax=True)
        relaxed.stop = engine.stop
        # The plan to stay near: the one just broken, ``start`` if one fits, else the last.
        last = [p.values for p in self.plans if p.belongs_to(self.form.model)][-1:]
        plan = start if start is not None or not last else last[0]
        before = self._broken
        if before is None and plan is not None:
            before = next((b for b in self._found if b.columns is plan), Incumbent(plan))
        near = Neighbourhoods(
            lambda objective, within, stage: relaxed.solve(objective, within, stage=stage),
            engine,
            limits,
            self.blocks,
            before,
            start,
            progress,
        ).solve()
        self._broken = near.before
        return near.solution

    @property
    def blocks(self) -> Blocks:
        """The schools of the model; money does not move them."""
        if self._blocks is None:
            self._blocks = Blocks.of(self.form.model)
        return self._blocks

    def start(self, model: Model) -> Floats | None:
        """The most valuable plan so far that fits the model's bounds."""
        fitting = [p.values for p in self.plans if feasible(model, p)]
        return max(fitting, key=lambda p: float(model.value @ p), default=None)

    def remember(self, solution: Solution) -> None:
        """Keeps a plan as a possible start."""
        if solution.columns is not None:
            found = Start.on(self.form.model, solution.columns)
            self.plans = [*self.plans, found][-parameters.STARTS :]
            if self._broken is not None and self._broken.columns is solution.columns:
                self._found = [*self._found, self._broken][-parameters.STARTS :]


def raised(scenario: Scenario, room: float) -> Scenario:
    """The scenario with ``room`` times its amounts, written out year by year."""
    funds = {}
    for name, fund in scenario.settings.funds.items():
        amounts = scenario.settings.amounts(fund)
        roof = {y: int(np.ceil(m * room)) for y, m in amounts.items()}
        funds[name] = fund.model_copy(update={"amounts": roof})
    return replace(scenario, settings=scenario.settings.model_copy(update={"funds": funds}))


def same_but_money(one: Scenario, other: Scenario) -> bool:
    """Whether two scenarios agree in tables and in settings other than amounts and limits."""
    if one.tables is not other.tables and one != replace(other, settings=one.settings):
        return False
    return _without_money(one) == _without_money(other)


def _without_money(scenario: Scenario) -> Any:
    settings = scenario.settings
    funds = {k: f.model_copy(update={"amounts": {}}) for k, f in settings.funds.items()}
    return settings.model_copy(update={"funds": funds, "envelope": None, "solve": None})


def moved(form: Formulation, scenario: Scenario) -> Formulation:
    """The formulation with the money of ``scenario``: other bounds, the same columns."""
    facts, model = Facts(scenario), form.model
    # what was derived before and does not depend on money
    derived = ("need", "stock", "left", "price", "setup", "upkeep", "scale", "shares", "people")
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
    for carry in form.columns.carries.to_dict("records"):
        limit = facts.carry_limit(names[carry["fund"]], carry["year"])
        column_upper[carry["column"]] = limit / facts.scale
    model = replace(model, row_lower=row_lower, row_upper=row_upper, column_upper=column_upper)
    return replace(form, facts=facts, model=model)


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
