"""Which engines PuLP finds on this machine."""

from __future__ import annotations

from contextlib import nullcontext

import pulp

from planner.errors import SolverError
from planner.solving.quiet import silent_stdout

SILENT = ("HiGHS", "PULP_CBC_CMD", "COIN_CMD")
"""Engines that print nothing when they are looked for."""


def engine_name(solver: str) -> str:
    """PuLP's name of an available engine; raises :class:`SolverError` when it is missing."""
    aliases = {"cbc": "PULP_CBC_CMD", "highs": "HiGHS"}
    known = {name.casefold(): name for name in pulp.listSolvers()}
    name = known.get(aliases.get(solver.casefold(), solver).casefold())
    if name is None:
        raise SolverError("solver_unknown", f"{solver} ({', '.join(sorted(known.values()))})")
    try:
        with nullcontext() if name in SILENT else silent_stdout():
            available = bool(pulp.getSolver(name, msg=False).available())
    except Exception as error:
        raise SolverError("solver_missing", f"{name}: {error}") from error
    if not available:
        raise SolverError("solver_missing", name)
    return name
