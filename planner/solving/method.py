"""Which method solves a model: the whole at once, or by school; and why.

``auto`` takes the by-school method where there is enough to take apart: enough columns, many
blocks, and few rows that tie them together. A district (fewer blocks) is looked for near its
relaxation where that can prove the gap; below, it is tried by school beside the engine; wards
with money of their own are searched part by part.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from planner.formulation.model import Model
from planner.solving.by_school import BySchoolEngine
from planner.solving.decomposition.parts import find_parts
from planner.solving.few_schools import FewSchoolsEngine
from planner.solving.installed import engine_name
from planner.solving.near import LEAST, MOST, SMALLEST_GAP
from planner.solving.pulp_solver import Engine, make_engine
from planner.solving.solution import Limits

SMALL = 5_000
"""Columns below which the whole method is as fast (about 50 schools)."""
FEW_BLOCKS = 200
"""Blocks below which there is little to take apart."""
TIED = 400
"""Linking rows above which prices take longer to find than the whole relaxation."""
LUMP = 0.1
"""Part of all columns that one block may hold."""


class Method(StrEnum):
    """How to solve: ``auto`` chooses between the other two."""

    AUTO = "auto"
    WHOLE = "whole"
    BY_SCHOOL = "by-school"


@dataclass(frozen=True)
class Choice:
    """The method used and why: ``asked``, ``small``, ``stages``, ``near``, ``tied``,
    ``solver``, ``relaxation``, ``session`` (whole) or ``asked``, ``blocks``, ``parts``, ``few``
    (by school), with what was counted."""

    method: Method
    why: str
    columns: int = 0
    blocks: int = 0
    linking: int = 0


def choose_engine(
    model: Model,
    limits: Limits,
    *,
    solver: str = "HiGHS",
    relax: bool = False,
    method: Method = Method.AUTO,
    cluster: str | None = None,
) -> tuple[Engine, Choice]:
    """An engine for the model by the method asked for, or by the one that fits it."""

    def whole(why: str, **counted: int) -> tuple[Engine, Choice]:
        engine = make_engine(model, limits, solver=solver, relax=relax)
        return engine, Choice(Method.WHOLE, why, model.columns, **counted)

    if method is Method.WHOLE:
        return whole("asked")
    if engine_name(solver) != "HiGHS":
        return whole("solver")
    if relax or not model.integer.any():
        return whole("relaxation")
    if method is Method.AUTO and model.columns < SMALL:
        return whole("small")
    engine = BySchoolEngine(model, limits, cluster=cluster)
    problem = engine.apart()
    if problem is None:
        return whole("tied")
    shape, rows = problem.structure, len(problem.linking.rows)
    counted = {"blocks": shape.blocks, "linking": rows}
    if method is Method.AUTO and shape.blocks < FEW_BLOCKS:
        if len(model.stages) > 1:
            return whole("stages", **counted)
        why = "few" if find_parts(problem) is None else "parts"
        if why == "few" and LEAST <= model.columns <= MOST and limits.gap >= SMALLEST_GAP:
            return whole("near", **counted)
        return FewSchoolsEngine(model, limits), Choice(
            Method.BY_SCHOOL, why, model.columns, **counted
        )
    if method is Method.AUTO and (rows > TIED or shape.largest > LUMP * model.columns):
        return whole("tied", **counted)
    why = "asked" if method is Method.BY_SCHOOL else "blocks"
    return engine, Choice(Method.BY_SCHOOL, why, model.columns, **counted)
