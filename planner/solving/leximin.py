r"""Leximin: the lowest coverage as high as it can be, then the next lowest, and so on.

Each step raises one floor under all schools that are still free. Schools whose row has a shadow
price are at the floor in every optimum: nothing can lift them without lowering another, so they
keep it and are set free from the floors that follow. Only the linear relaxation does this; with
whole units shadow prices prove nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from planner.axes import Bools, Floats, Ints
from planner.formulation.model import Model
from planner.rules import FLOOR_STAGE, Link
from planner.solving.pulp_solver import Engine
from planner.solving.solution import Floor, Limits, Outcome, Stage, Status

PRICED = 1e-9
"""Size from which a shadow price is one."""
KEPT = 1e-9
"""How far a school may fall below the floor that it has reached (0–1)."""
FULL = 1.0 - 1e-9
"""A floor at which every school has all it needs."""


def raise_floors(
    engine: Engine, objective: Floats, limits: Limits, part: Callable[[int], Limits]
) -> tuple[Outcome, list[Stage], tuple[Floor, ...]]:
    """Floor after floor until every school keeps its own; rows are left in the engine.

    ``part`` gives the limits of a step when so many are left. When time is over the schools
    still free keep the last floor, and the stage says that it was stopped.
    """
    model, began = engine.model, time.perf_counter()
    rows = _rows(model)
    released = _released(model)
    engine.set_upper(released, np.zeros(len(released)))
    free = np.ones(len(rows), dtype=bool)
    stages: list[Stage] = []
    floors: list[Floor] = []
    last = Outcome(Status.NO_PLAN)
    while free.any():
        name = FLOOR_STAGE if not stages else f"{FLOOR_STAGE}-{len(stages) + 1}"
        outcome = engine.solve(objective, part(int(free.sum()) + 1), stage=name)
        if outcome.columns is None:
            if not stages:
                return outcome, [], ()
            outcome = replace(last, status=Status.STOPPED)
        stages.append(Stage(name, outcome.status, outcome.value, outcome.bound, outcome.seconds))
        over = time.perf_counter() - began > limits.time_limit
        settled = (
            free if over or outcome.status is Status.STOPPED else _settled(outcome, rows, free)
        )
        for at in np.flatnonzero(settled).tolist():
            _keep(engine, int(rows[at]), outcome.value)
            floors.append(Floor(int(rows[at]), outcome.value, len(stages)))
        engine.set_upper(released[settled], np.ones(int(settled.sum())))
        free = free & ~settled
        last = outcome
    return last, stages, tuple(floors)


def _rows(model: Model) -> Ints:
    block = model.row_block(Link.FLOOR)
    return block.indices if block is not None else np.zeros(0, dtype=np.int64)


def _released(model: Model) -> Ints:
    found = [b.indices for b in model.column_blocks if b.name == "released"]
    return found[0] if found else np.zeros(0, dtype=np.int64)


def _settled(outcome: Outcome, rows: Ints, free: Bools) -> Bools:
    """Free schools that no plan can lift above this floor; all of them at the last one."""
    if outcome.value >= FULL or outcome.duals is None:
        return free
    priced = free & (np.abs(outcome.duals.rows[rows]) > PRICED)
    return priced if priced.any() else free


def _keep(engine: Engine, row: int, floor: float) -> None:
    """The school of a row keeps its coverage from now on."""
    model = engine.model
    entries = np.flatnonzero(model.row_index == row)
    index = model.column_index[entries].astype(np.int64)
    coefficient = model.coefficient[entries]
    gains = coefficient > 0
    gains &= ~np.isin(index, _released(model))
    lower = floor - KEPT + float(model.row_lower[row])
    engine.keep(index[gains], coefficient[gains], lower)
