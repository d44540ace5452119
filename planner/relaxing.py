"""The linear relaxation: values and shadow prices in the units people use, never a plan."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.axes import Floats
from planner.formulation.build import Formulation
from planner.formulation.model import Block, Model
from planner.result import Relaxation, Result
from planner.solving.pulp_solver import Engine, ProgressSink
from planner.solving.solution import Limits, Solution
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
    return Result(
        scenario,
        solution.status,
        value=float(model.value @ solution.columns),
        bound=solution.bound,
        stages=solution.stages,
        seconds=solution.seconds,
        settings=settings,
        relaxation=Relaxation(
            columns=_columns(form, solution),
            rows=_rows(model, solution),
        ),
    )


def _columns(form: Formulation, solution: Solution) -> pd.DataFrame:
    """Name, value and reduced cost of every decision; purchases in units, money in minor units."""
    model, values = form.model, solution.columns
    assert values is not None
    size = _size(model, model.column_blocks, model.columns)
    buys = form.columns.buys
    size[buys["column"].to_numpy(dtype=np.int64)] = buys["lot"].to_numpy(dtype=np.float64)
    reduced = solution.column_duals
    if reduced is None:
        reduced = np.full(model.columns, np.nan)
    return pd.DataFrame(
        {
            "name": [model.column_label(k) for k in range(model.columns)],
            "value": values * size,
            "reduced_cost": reduced / size + 0.0,
        }
    )


def _rows(model: Model, solution: Solution) -> pd.DataFrame:
    """Name, left side, bounds and shadow price of every row; money in minor units."""
    assert solution.columns is not None
    size = _size(model, model.row_blocks, model.rows)
    activity = np.bincount(
        model.row_index,
        weights=model.coefficient * solution.columns[model.column_index],
        minlength=model.rows,
    )
    duals = np.full(model.rows, np.nan)
    if solution.row_duals is not None:
        duals = solution.row_duals[: model.rows]
    upper = np.isfinite(model.row_upper)
    return pd.DataFrame(
        {
            "name": [model.row_label(k) for k in range(model.rows)],
            "unit": np.concatenate([_units(b) for b in model.row_blocks] or [[]]),
            "activity": activity * size,
            "bound": np.where(upper, model.row_upper, model.row_lower) * size,
            "dual": duals / size + 0.0,
        }
    )


def _units(block: Block) -> list[str]:
    """``money`` (minor units) or nothing (units, shares, counts) for each row of a block."""
    return ["money" if block.money else ""] * (block.stop - block.start)


def _size(model: Model, blocks: tuple[Block, ...], count: int) -> Floats:
    """How much one unit of each column or row of the model is in people's units."""
    size = np.ones(count)
    for block in blocks:
        if block.money:
            size[block.start : block.stop] = model.scale
    return size
