"""Rules across tables: what no single cell can tell. One function each, all of them run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Place
from planner.scenario.measures import schools_in
from planner.scenario.reading import values as cells
from planner.scenario.reading.sources import SAME_KIND, Log, Rows, nearest
from planner.scenario.reading.yaml_tree import Node
from planner.scenario.schema import Settings


def records(frame: pd.DataFrame) -> list[Any]:
    """The rows of a small table, cells by column name."""
    return list(frame.itertuples(index=False))


@dataclass
class Checked:
    """What the checks look at: settings, typed tables, the places of both, and the log."""

    settings: Settings
    frames: Mapping[str, pd.DataFrame]
    places: Mapping[str, Rows]
    tree: Node
    log: Log
    unread: frozenset[str] = field(default=frozenset())
    """Tables that were named but could not be read."""

    @cached_property
    def school_rows(self) -> dict[str, int]:
        """School id → the first row of ``schools`` that has it."""
        ids = self.frames["schools"]["school"].tolist()
        return dict(zip(reversed(ids), range(len(ids) - 1, -1, -1), strict=True))

    @cached_property
    def last_price_year(self) -> int:
        """The last year that a price is asked for: of the plan and its tail, or of a project."""
        schools = self.frames["schools"]
        ready = schools.loc[schools["group"] == "preparing", "ready"].dropna()
        return max([self.settings.all_years[-1], *map(int, ready)])

    @cached_property
    def served(self) -> dict[str, np.ndarray[Any, np.dtype[np.bool_]]]:
        """Fund → ``[school]`` whether its ``where`` admits the school."""
        schools = self.frames["schools"]
        return {
            name: schools_in(schools, fund.where).to_numpy(dtype=bool)
            for name, fund in self.settings.funds.items()
        }

    def cell(self, table: str, row: int, name: str) -> Place:
        """The place of a cell of a table."""
        rows = self.places.get(table)
        return Place(table, "", row + 1, name) if rows is None else rows.place(row, name)

    def table(self, table: str) -> Place:
        """The place of a whole table."""
        rows = self.places.get(table)
        return Place(table) if rows is None else rows.place()

    def called(self, table: str) -> str:
        """A table as the user calls it: its sheet, or its file; ``funds`` stand in the settings."""
        if table == "funds":
            return self.of_key("funds").sheet or table
        rows = self.places.get(table)
        return (rows.source.sheet or rows.source.file) if rows is not None else table

    def title(self, table: str, name: str) -> str:
        """A column's header as the user wrote it, or its id where the table has no such column."""
        rows = self.places.get(table)
        return (rows.positions.get(name, (0, ""))[1] if rows is not None else "") or name

    def said(self, table: str, row: int, name: str) -> str:
        """A cell as the user wrote it; what it was read as where there is none."""
        rows = self.places.get(table)
        if rows is not None and name in rows.positions:
            cells_of_row = rows.source.rows[int(rows.numbers[row])]
            position = rows.positions[name][0]
            text = cells.shown(cells_of_row[position]) if position < len(cells_of_row) else ""
            if text.strip():
                return " ".join(text.split())
        return str(self.frames[table][name].iloc[row])

    def each(
        self, code: str, cells: tuple[str, str], rows: Any, params: Callable[[int], dict[str, Any]]
    ) -> None:
        """An error for each of ``rows`` in a column of a table; beyond some they are counted."""
        table, column = cells
        for row in rows[:SAME_KIND]:
            self.log.error(code, self.cell(table, int(row), column), **params(int(row)))
        if len(rows) > SAME_KIND:
            where = self.cell(table, int(rows[0]), column)
            self.log.error(
                "more_of_the_same",
                Place(where.file, where.sheet, None, where.column),
                count=len(rows) - SAME_KIND,
                like=code,
            )

    def key(self, *steps: str | int) -> Place:
        """The place of a settings value, or of the nearest key above it."""
        node = self.tree.at(steps)
        if node is self.tree:
            return Place(node.place.file, "", None, "", ".".join(str(s) for s in steps))
        return node.place

    def of_key(self, *steps: str | int) -> Place:
        """The place of a settings key itself."""
        node = self.tree.at(steps)
        return node.key_place or node.place


REFERENCES: tuple[tuple[str, str, str], ...] = (
    ("drivers", "school", "schools"),
    ("inventory", "school", "schools"),
    ("inventory", "item", "catalogue"),
    ("norms", "item", "catalogue"),
    ("needs", "school", "schools"),
    ("needs", "item", "catalogue"),
    ("requests", "school", "schools"),
    ("request_costs", "request", "requests"),
    ("request_costs", "fund", "funds"),
    ("request_items", "request", "requests"),
    ("request_items", "item", "catalogue"),
    ("commitments", "school", "schools"),
    ("commitments", "item", "catalogue"),
    ("commitments", "fund", "funds"),
    ("bans", "school", "schools"),
    ("bans", "item", "catalogue"),
    ("bans", "fund", "funds"),
    ("capacities", "item", "catalogue"),
    ("capacities", "fund", "funds"),
    ("locks", "school", "schools"),
    ("locks", "item", "catalogue"),
    ("locks", "fund", "funds"),
    ("locks", "request", "requests"),
    ("indicators", "school", "schools"),
)
"""Columns that name an id of another table: (table, column, where it is declared)."""

UNIQUE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("schools", ("school",)),
    ("catalogue", ("item",)),
    ("drivers", ("school", "driver", "year")),
    ("needs", ("school", "item", "year")),
    ("requests", ("request", "option")),
    ("request_items", ("request", "option", "item", "year")),
    ("commitments", ("school", "item", "fund", "year")),
    ("indicators", ("school", "criterion", "year")),
)
"""Columns whose combination stands once in a table."""


def declared(c: Checked, kind: str) -> list[str]:
    """The ids that a table, or the settings for ``funds``, declares."""
    if kind == "funds":
        return list(c.settings.funds)
    column = {"schools": "school", "catalogue": "item", "requests": "request"}[kind]
    return list(c.frames[kind][column].unique())


def ids_are_declared(c: Checked) -> None:
    """Every id that a table names is declared where it belongs."""
    for table, column, target in REFERENCES:
        if target in c.unread or c.frames[table].empty:
            continue
        ids = declared(c, target)
        named = c.frames[table][column]
        unknown = ~named.isin([*ids, ""])
        rows = np.flatnonzero(unknown.to_numpy())
        unknown_id = partial(_unknown, named, ids, c.called(target))
        c.each("id_unknown", (table, column), rows, unknown_id)


def _unknown(named: pd.Series, ids: list[str], called: str, row: int) -> dict[str, Any]:
    name = named.iloc[row]
    return {"name": name, "table": called, "nearest": nearest(name, ids) or "-"}


def rows_are_unique(c: Checked) -> None:
    """What identifies a row stands once."""
    for table, names in UNIQUE:
        frame = c.frames[table]
        if frame.empty:
            continue
        given = (frame[names[0]] != "").to_numpy()
        keys = frame[list(names)]
        repeated = np.flatnonzero(keys.duplicated().to_numpy() & given)
        if len(repeated):
            c.each("row_twice", (table, names[0]), repeated, partial(_repeated, c, table, keys))


def _repeated(c: Checked, table: str, keys: pd.DataFrame, row: int) -> dict[str, Any]:
    values = keys.loc[row]
    said = [c.said(table, row, n) if str(v) else "" for n, v in values.items()]
    same = np.logical_and.reduce([(keys[n] == values[n]).to_numpy() for n in keys.columns])
    first = c.cell(table, int(np.argmax(same)), str(keys.columns[0])).row
    return {"value": ", ".join(said), "first": str(first)}


def added_rows_differ(c: Checked) -> None:
    """Two identical rows of stock, or of what a request costs, are most likely one row copied
    twice; both are counted."""
    for table, code, names in (
        ("inventory", "stock_row_repeated", ("school", "item")),
        ("request_costs", "cost_row_repeated", ("request", "option", "fund", "year")),
    ):
        frame = c.frames[table]
        repeated = np.flatnonzero(frame.duplicated().to_numpy())
        for row in repeated[:SAME_KIND]:
            params = {n: str(frame[n][row]) for n in names}
            c.log.warn(code, c.cell(table, int(row), names[0]), **params)
        if len(repeated) > SAME_KIND:
            count = len(repeated) - SAME_KIND
            c.log.warn("more_of_the_same", c.table(table), count=count, like=code)
