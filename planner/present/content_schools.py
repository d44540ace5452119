"""School by school: who is where, what it gets, how well its needs are met."""

from __future__ import annotations

import math

from planner.present.content_types import Cell, Row, Table, table
from planner.present.content_view import View

SHAPE = (
    ("school", "text", 60.0), ("level", "text", 30.0), ("group", "text", 40.0),
    ("area", "text", 30.0), ("pupils", "count", 20.0), ("spent", "money", 35.0),
    ("proposed", "money", 35.0), ("before", "percent", 20.0), ("after", "percent", 20.0),
)  # fmt: skip
FIGURES = ("pupils", "spent", "proposed", "coverage_before", "coverage_after")


def schools_table(view: View) -> Table:
    """A row a school; ``spent`` with upkeep in the plan years, ``proposed`` for group 3."""
    rows = []
    for r in view.schools.to_dict("records"):
        area = view.named(view.area_column, str(r[view.area_column])) if view.area_column else ""
        cells: tuple[Cell, ...] = (
            view.names[r["school"]], view.label("level", r["level"]),
            view.label("group_short", r["group"]), area, *(_figure(r[k]) for k in FIGURES),
        )  # fmt: skip
        rows.append(Row("line", cells, view.lines_of.get(r["school"], ())))
    return table("schools", view.columns(SHAPE), rows)


def _figure(value: float) -> Cell:
    return None if math.isnan(value) else value
