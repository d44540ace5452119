"""Which engines PuLP finds on this machine."""

from __future__ import annotations

from contextlib import nullcontext

from planner.errors import SolverError
from planner.interrupts import kept_back
from planner.solving.quiet import silent_stdout
from planner.solving.whole_pulp import pulp

SILENT = ("HiGHS", "PULP_CBC_CMD", "COIN_CMD")
"""Engines that print nothing when they are looked for."""


def engine_name(solver: str) -> str:
    """PuLP's name of an available engine; raises :class:`SolverError` when it is missing."""
    aliases = {"cbc": "PULP_CBC_CMD", "highs": "HiGHS"}
    with kept_back():  # PuLP looks for modules of engines here, and catches everything
        known = {name.casefold(): name for name in pulp.listSolvers()}
    name = known.get(aliases.get(solver.casefold(), solver).casefold())
    if name is None:
        raise SolverError("solver_unknown", f"{solver} ({', '.join(sorted(known.values()))})")
    try:
        with kept_back(), nullcontext() if name in SILENT else silent_stdout():
            available = bool(pulp.getSolver(name, msg=False).available())
    except Exception as error:
        raise SolverError("solver_missing", f"{name}: {error}") from error
    if not available:
        raise SolverError("solver_missing", name)
    return name
