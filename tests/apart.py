"""The by-school engine without the product around it."""

from __future__ import annotations

import numpy as np

from planner.formulation.model import Model
from planner.solving.lagrangian.search import LagrangianEngine
from planner.solving.lagrangian.structure import Problem
from planner.solving.solution import Limits, Outcome


def taken_apart(model: Model) -> Problem:
    problem = LagrangianEngine(model, Limits()).apart()
    assert problem is not None
    return problem


def run_engine(model: Model, gap: float, workers: int, seconds: float = 60) -> Outcome:
    engine = LagrangianEngine(model, Limits(), workers=workers)
    try:
        return engine.solve(model.value, Limits(gap, seconds, 1))
    finally:
        engine.close()


def bytes_of(outcome: Outcome) -> bytes:
    assert outcome.columns is not None
    return np.ascontiguousarray(outcome.columns).tobytes()
