"""A plan's tables as an assignment of a model's columns, from which another solve can begin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from planner.analysis.fairness import numbers
from planner.formulation.build import Formulation
from planner.formulation.columns import BUY_KEYS
from planner.formulation.model import Model, Start
from planner.plan import Plan
from planner.plan.decisions import NUDGE
from planner.plan.exact import exact
from planner.solving.pulp_solver import make_engine
from planner.solving.solution import Limits

SECONDS = 10.0
"""Limit of completing an assignment: with all whole decisions given little is left."""


def decided(form: Formulation, plan: Plan) -> dict[int, float]:
    """Column → value of the whole decisions that the plan's tables name.

    Purchases in lots, deliveries, site works and requests; what the plan does not do is 0.
    Continuous columns are left out: they follow.
    """
    lines = _positions(form, plan.allocation[plan.allocation["kind"] == "purchase"])
    bought = lines.groupby(BUY_KEYS)["quantity"].sum().to_dict()
    works = _positions(form, plan.allocation[plan.allocation["kind"] == "setup"])
    paid = set(zip(*(works[k] for k in BUY_KEYS), strict=True))
    found: dict[int, float] = {}
    for row in form.columns.buys.itertuples():
        if form.facts.items[row.item].whole:
            units = bought.get((row.school, row.item, row.fund, row.year), 0.0)
            found[int(row.column)] = float(units) / int(row.lot)
    for row in form.columns.works.itertuples():
        key = (row.school, row.item, row.fund, row.year)
        found[int(row.column)] = float(key in paid)
    for row in form.columns.deliveries.itertuples():
        key = (row.school, row.item, row.fund, row.year)
        found[int(row.column)] = float(bought.get(key, 0.0) > 0)
    times = _times(plan)
    for row in form.options.itertuples():
        found[int(row.column)] = times.get((row.request, row.option), 0.0)
    return found


def loose(form: Formulation, plan: Plan) -> dict[int, float]:
    """Column → value of what is bought or granted by the đồng, as the tables name it."""
    facts = form.facts
    bought = exact(plan).bought.groupby(BUY_KEYS)["units"].sum().to_dict()
    found: dict[int, float] = {}
    for row in form.columns.buys.itertuples():
        if not facts.items[row.item].whole:
            units = float(bought.get((row.school, row.item, row.fund, row.year), 0.0))
            found[int(row.column)] = max(units, 0.0)
    asked = plan.allocation[plan.allocation["kind"] == "request"]
    names = ["request", "option", "fund", "year"]
    paid = asked.groupby(names)["amount"].sum().to_dict()
    costs = facts.scenario.table("request_costs")
    least = costs.groupby(names)["amount"].sum().to_dict()
    times, funds = _times(plan), tuple(facts.funds)
    for row in form.grants.itertuples():
        key = (row.request, row.option, funds[row.fund], facts.axes.first + row.year)
        fixed = times.get(key[:2], 0.0) * float(least.get(key, 0))
        found[int(row.column)] = max(float(paid.get(key, 0)) - fixed, 0.0) / facts.scale
    return found


def as_rounded(form: Formulation, amounts: dict[int, float]) -> dict[int, float]:
    """The columns of :func:`loose`, each a hair lower: the least of which rounding down to whole
    money still makes the plan's own amounts (:data:`NUDGE` minor units are given back there)."""
    prices = form.columns.buys.set_index("column")["price"].to_dict()
    hair = {k: NUDGE / 2 / prices.get(k, form.facts.scale) for k in amounts}
    return {k: max(v - hair[k], 0.0) for k, v in amounts.items()}


def _positions(form: Formulation, lines: pd.DataFrame) -> pd.DataFrame:
    facts = form.facts
    frame = pd.DataFrame(
        {
            "school": lines["school"].map(facts.axes.school_at),
            "item": lines["item"].map(facts.axes.item_at),
            "fund": lines["fund"].map(facts.fund_at),
            "year": lines["year"] - facts.axes.first,
            "quantity": numbers(lines["quantity"]),
        }
    )
    return frame.astype(dict.fromkeys(BUY_KEYS, np.int64))


def _times(plan: Plan) -> dict[tuple[str, str], float]:
    found = {}
    for row in plan.requests.to_dict("records"):
        copies = float(row.get("copies", 1) or 1)
        found[str(row["request"]), str(row["option"])] = copies if row["chosen"] == "yes" else 0.0
    return found


def held(model: Model, values: dict[int, float]) -> Model:
    """The model with some columns fixed."""
    columns = np.fromiter(values, dtype=np.int64, count=len(values))
    level = np.fromiter(values.values(), dtype=np.float64, count=len(values))
    lower, upper = model.column_lower.copy(), model.column_upper.copy()
    lower[columns] = upper[columns] = level
    return replace(model, column_lower=lower, column_upper=upper)


def start(form: Formulation, plan: Plan, seconds: float = SECONDS) -> Start | None:
    """The plan as a feasible assignment of the formulation's columns; ``None`` where it is
    none (whole money may leave a rounded amount a đồng short)."""
    model = held(form.model, decided(form, plan))
    limits = Limits(1e-3, seconds, form.facts.scenario.settings.solve.threads)
    found = make_engine(model, limits).solve(model.value, limits).columns
    return None if found is None else Start.on(form.model, found)
