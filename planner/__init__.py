"""planner: multi-year IT-infrastructure budgets of public schools, optimised and audited.

The verbs of the command line as functions, for notebooks and scripts::

    import planner

    result = planner.solve("scenarios/ba-dinh")
    planner.plots.coverage(result)

``planner.load``, ``check``, ``solve``, ``audit``, ``write``, ``read`` and ``report`` speak of one
plan, ``session``, ``solve_many``, ``compare``, ``frontier`` and ``explain`` of several;
``planner.plots`` draws them, ``planner.language("en")`` chooses the language of cards and figures.

Every name is imported when it is first used, so ``import planner`` costs nothing.
"""

from __future__ import annotations

from planner.system import quiet_start as _first  # noqa: F401 (before anything that takes time)

# isort: split
from importlib import import_module
from typing import Any

__version__ = "0.1.0"

NAMES = {
    "load": "planner.api",
    "check": "planner.api",
    "solve": "planner.api",
    "audit": "planner.api",
    "write": "planner.api",
    "read": "planner.api",
    "report": "planner.api",
    "session": "planner.api",
    "solve_many": "planner.api",
    "compare": "planner.api",
    "frontier": "planner.api",
    "explain": "planner.api",
    "language": "planner.messages.language",
    "Scenario": "planner.scenario.scenario",
    "Result": "planner.run.result",
    "Relaxation": "planner.run.result",
    "Status": "planner.solving.solution",
    "Plan": "planner.plan.tables",
    "PlanFolder": "planner.run.folder",
    "Session": "planner.run.optimize",
    "Comparison": "planner.analysis.compare",
    "Frontier": "planner.analysis.frontier",
    "PlannerError": "planner.errors",
    "InputError": "planner.errors",
    "NoPlanError": "planner.errors",
    "AuditError": "planner.errors",
    "SolverError": "planner.errors",
}
"""Public names and the modules that hold them."""

__all__ = [
    "AuditError",
    "Comparison",
    "Frontier",
    "InputError",
    "NoPlanError",
    "Plan",
    "PlanFolder",
    "PlannerError",
    "Relaxation",
    "Result",
    "Scenario",
    "Session",
    "SolverError",
    "Status",
    "audit",
    "check",
    "compare",
    "explain",
    "frontier",
    "language",
    "load",
    "plots",
    "read",
    "report",
    "session",
    "solve",
    "solve_many",
    "write",
]


def __getattr__(name: str) -> Any:
    if name == "plots":
        return import_module("planner.plots")
    if name in NAMES:
        return getattr(import_module(NAMES[name]), name)
    raise AttributeError(f"module 'planner' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
