"""The linear relaxation: values and shadow prices, never a plan."""

from __future__ import annotations

import numpy as np

from planner.formulation.build import Formulation
from planner.formulation.model import Duals
from planner.result import Relaxation, Result
from planner.solving.pulp_solver import Engine, ProgressSink
from planner.solving.solution import Limits
from planner.solving.staged import solve_stages


def relaxed(
    form: Formulation,
    engine: Engine,
    limits: Limits,
    settings: dict[str, object],
    progress: ProgressSink | None,
) -> Result:
    """Solves the linear relaxation; a result without a plan."""
    solution = solve_stages(engine, limits, progress=progress)
    scenario, model = form.facts.scenario, form.model
    if solution.columns is None:
        return Result(scenario, solution.status, stages=solution.stages, settings=settings)
    duals = solution.duals
    if duals is None:
        duals = Duals(model.shape, np.full(model.rows, np.nan), np.full(model.columns, np.nan))
    prices = duals.of_model(model)
    return Result(
        scenario,
        solution.status,
        value=float(model.value @ solution.columns),
        bound=solution.bound,
        stages=solution.stages,
        seconds=solution.seconds,
        settings=settings,
        relaxation=Relaxation(
            model, solution.columns, prices.rows, prices.columns, solution.floors
        ),
    )
