"""A model kept warm: solves that differ in the funds' amounts alone move bounds, nothing else.

The model is built once for a *roof*, more money than any what-if may give. What depends on an
amount is then the right-hand side of ``fund_within_budget`` and the upper bound of ``carry``;
columns and coefficients stay. So the relaxation is a concave function of the money with the
shadow prices as its slope, and a plan that was found for less money is feasible for more: every
solve starts from the best plan so far that still fits.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from planner.axes import Floats, Ints
from planner.formulation.build import Formulation, formulate
from planner.formulation.facts import Facts
from planner.formulation.ledgers import stock_upkeep
from planner.formulation.model import Model
from planner.rules import Rule
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Share
from planner.solving.pulp_solver import Engine, make_engine
from planner.solving.solution import Limits, Solution

FITS = 1e-9
"""How far a remembered plan may overrun a row (relative to its bound) and still be a start."""
REMEMBERED = 12
"""Plans kept as possible starts."""


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
        self.engines: dict[bool, Engine] = {}
        self.plans: list[Floats] = []

    def fits(self, scenario: Scenario) -> bool:
        """Whether a scenario differs from the roof in amounts below it and in nothing else."""
        if not same_but_money(self.roof, scenario) or _money_moves_rules(scenario):
            return False
        for name, fund in scenario.settings.funds.items():
            roof = self.roof.settings.amounts(self.roof.settings.funds[name])
            given = scenario.settings.amounts(fund)
            if given.keys() != roof.keys() or any(m > roof[y] for y, m in given.items()):
                return False
        return True

    def at(self, scenario: Scenario, limits: Limits, *, relax: bool) -> tuple[Formulation, Engine]:
        """The formulation and a warm engine for the scenario's amounts."""
        if not self.fits(scenario):
            self._build(scenario)
        form = moved(self.form, scenario)
        engine = self.engines.get(relax)
        if engine is None or engine.limits.threads != limits.threads:
            engine = make_engine(self.form.model, limits, solver=self.solver, relax=relax)
            self.engines[relax] = engine
        engine.forget()
        for row in money_rows(form.model).tolist():
            engine.set_row_upper(row, float(form.model.row_upper[row]))
        carries = form.columns.carries["column"].to_numpy(dtype=np.int64)
        engine.set_upper(carries, form.model.column_upper[carries])
        return form, engine

    def _build(self, scenario: Scenario) -> None:
        self.roof = scenario if _money_moves_rules(scenario) else raised(scenario, self.room)
        form = formulate(self.roof)
        if form.model.columns != self.form.model.columns:
            self.plans.clear()
        self.form = form
        self.engines.clear()

    def start(self, model: Model) -> Floats | None:
        """The most valuable plan so far that fits the model's bounds."""
        fitting = [p for p in self.plans if feasible(model, p)]
        return max(fitting, key=lambda p: float(model.value @ p), default=None)

    def remember(self, solution: Solution) -> None:
        """Keeps a plan as a possible start."""
        if solution.columns is not None:
            self.plans = [*self.plans, solution.columns][-REMEMBERED:]


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
    if one.tables is not other.tables and one != _like(one, other):
        return False
    return _without_money(one) == _without_money(other)


def _like(one: Scenario, other: Scenario) -> Scenario:
    return replace(other, settings=one.settings)


def _without_money(scenario: Scenario) -> Any:
    settings = scenario.settings
    funds = {k: f.model_copy(update={"amounts": {}}) for k, f in settings.funds.items()}
    return settings.model_copy(update={"funds": funds, "envelope": None, "solve": None})


def _money_moves_rules(scenario: Scenario) -> bool:
    """Whether a rule's own bound is a share of the budget: then rows depend on amounts."""
    bounds = [
        b for r in scenario.settings.rules.values() for b in (r.at_most, r.at_least, r.exactly)
    ]
    return any(isinstance(b, Share) and b.of == "budget" for b in bounds)


def money_rows(model: Model) -> Ints:
    """Indices of the ``fund_within_budget`` rows."""
    block = model.row_block(Rule.FUND)
    return block.indices if block is not None else np.zeros(0, dtype=np.int64)


def moved(form: Formulation, scenario: Scenario) -> Formulation:
    """The formulation with the money of ``scenario``: other bounds, the same columns."""
    facts, model = Facts(scenario), form.model
    facts.__dict__.update(_kept(form.facts))
    row_upper, column_upper = model.row_upper.copy(), model.column_upper.copy()
    block, names = model.row_block(Rule.FUND), tuple(facts.funds)
    if block is not None:
        owed = stock_upkeep(facts)
        for row in block.indices.tolist():
            fund, year = block.key(row)
            name, at = names[int(fund)], int(year)
            money = facts.usable(name, at) - owed.get((int(fund), at), 0)
            row_upper[row] = float(money) / facts.scale
    for carry in form.columns.carries.to_dict("records"):
        limit = facts.carry_limit(names[carry["fund"]], carry["year"])
        column_upper[carry["column"]] = limit / facts.scale
    model = replace(model, row_upper=row_upper, column_upper=column_upper)
    return replace(form, facts=facts, model=model)


def _kept(facts: Facts) -> dict[str, Any]:
    """What was derived before and does not depend on money."""
    names = ("need", "stock", "left", "price", "setup", "upkeep", "scale", "shares", "people")
    return {n: getattr(facts, n) for n in names}


def feasible(model: Model, columns: Floats) -> bool:
    """Whether an assignment satisfies every row and bound of the model."""
    if len(columns) != model.columns:
        return False
    activity = np.bincount(
        model.row_index,
        weights=model.coefficient * columns[model.column_index],
        minlength=model.rows,
    )
    room = FITS * np.maximum(1.0, np.abs(activity))
    inside = (activity <= model.row_upper + room) & (activity >= model.row_lower - room)
    bounded = (columns <= model.column_upper + FITS) & (columns >= model.column_lower - FITS)
    return bool(inside.all() and bounded.all())
