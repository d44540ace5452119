"""planner: multi-year IT-infrastructure budgets of public schools, optimised and audited.

The verbs of the command line as functions, for notebooks and scripts::

    import planner

    result = planner.solve("scenarios/ba-dinh")
    planner.plots.coverage(result)

``planner.load``, ``check``, ``moves``, ``solve``, ``audit``, ``write``, ``read``, ``report``,
``replacements``, ``criteria`` and ``status`` speak of one plan, ``session``, ``solve_many``,
``compare``, ``frontier``, ``explain``, ``alternatives`` and ``within`` of several, ``futures`` of
one decision for several futures; ``planner.plots`` draws them, ``planner.language("en")`` chooses
the language of cards and figures.

Every name is imported when it is first used, so ``import planner`` costs nothing.
"""

from __future__ import annotations

from planner import system as _first  # noqa: F401 (before anything that takes time)

# isort: split
from importlib import import_module
from typing import Any

__version__ = "0.1.0"

NAMES = {
    name: f"planner.{module}"
    for module, names in {
        "api": "load check solve audit write read report "
        "understood starter save from_frames to_frames",
        "present.understanding": "adopt",
        "questions": "session solve_many compare frontier explain alternatives within",
        "messages": "language",
        "scenario.scenario": "Scenario",
        "run.result": "Result Relaxation Decided Amended",
        "run.deciding": "futures",
        "solving.solution": "Status",
        "solving.highs": "export problem",
        "plan.tables": "Plan",
        "run.folder": "PlanFolder",
        "run.optimize": "Session",
        "analysis.amending": "amend",
        "analysis.alternatives": "Nearby",
        "analysis.answers": "Alternatives",
        "analysis.compare": "Comparison",
        "analysis.conflict": "possible_futures Possible",
        "analysis.criteria": "criteria Measured",
        "analysis.frontier": "Frontier",
        "analysis.replacements": "replacements",
        "analysis.status": "status PlanStatus",
        "present.mending": "repairs edited",
        "present.moves": "moves",
        "errors": "PlannerError InputError NoPlanError AuditError SolverError StoppedError",
    }.items()
    for name in names.split()
}
"""Public names and the modules that hold them."""
CARDS = "planner.present.notebook"
"""The room that makes the cards of notebooks (:func:`planner.messages.card`)."""
__all__ = sorted([*NAMES, "plots"])  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name == "plots":
        return import_module("planner.plots")
    if name in NAMES:
        return getattr(import_module(NAMES[name]), name)
    raise AttributeError(f"module 'planner' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
