"""planner: multi-year IT-infrastructure budgets of public schools, optimised and audited.

The verbs of the command line as functions, for notebooks and scripts::

    import planner

    result = planner.solve("scenarios/ba-dinh")
    planner.plots.coverage(result)

Every name is imported when it is first used, so ``import planner`` costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

NAMES = {
    "load": "planner.door",
    "solve": "planner.door",
    "check": "planner.door",
    "audit": "planner.door",
    "session": "planner.door",
    "solve_many": "planner.door",
    "compare": "planner.door",
    "frontier": "planner.door",
    "write": "planner.door",
    "read": "planner.door",
    "language": "planner.cards",
}
"""Public functions and the modules that hold them."""

__all__ = [
    "audit",
    "check",
    "compare",
    "frontier",
    "language",
    "load",
    "plots",
    "read",
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


class _Door(ModuleType):
    """This module, with ``audit`` as a function although a package has that name too.

    Importing ``planner.audit`` binds the package here; it is still found by ``import``
    statements, which look in ``sys.modules``.
    """

    @property
    def audit(self) -> Any:
        """The function :func:`planner.door.audit`."""
        return import_module("planner.door").audit

    @audit.setter
    def audit(self, package: ModuleType) -> None:
        pass


sys.modules[__name__].__class__ = _Door
