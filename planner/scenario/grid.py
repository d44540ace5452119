"""A table as it stands in a file: columns of cells, and where each came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planner.errors import Place

MERGED_ROWS = 30
"""Rows at the top in which the header is looked for."""


@dataclass
class Sheet:
    """Raw rows of a CSV file or a sheet; cells are text, perhaps marked (:mod:`cells`)."""

    file: str
    sheet: str
    rows: Sequence[Sequence[str]]
    """All rows from the first on; they may differ in length."""
    first_row: int = 1
    """Number that a person sees on the first of ``rows``."""
    first_column: int = 0
    merged: Sequence[tuple[int, int, int, int]] = field(default=())
    """Merged ranges: first row, first column, last row, last column, from 0 in ``rows``."""

    def place(self, row: int | None = None, column: int | None = None, header: str = "") -> Place:
        """The place of a cell; ``row`` and ``column`` count from 0 in ``rows``."""
        number = None if row is None else row + self.first_row
        if self.sheet:
            letters = "" if column is None else letter(column + self.first_column)
            return Place(self.file, self.sheet, number, letters)
        name = header or ("" if column is None else str(column + 1))
        return Place(self.file, "", number, name)


@dataclass
class Rows:
    """Where the rows of a typed table came from; serves findings across tables."""

    source: Sheet
    numbers: np.ndarray
    """Index into ``source.rows`` for each row of the table."""
    positions: dict[str, tuple[int, str]]
    """Field → position of its column and its header as written."""

    def place(self, row: int | None = None, name: str = "") -> Place:
        """The place of row ``row`` of the table in the column of a field."""
        index = None if row is None else int(self.numbers[row])
        position, header = self.positions.get(name, (None, ""))
        return self.source.place(index, position, header or name)


def letter(column: int) -> str:
    """A spreadsheet's name of a column, counted from 0."""
    name, left = "", column + 1
    while left:
        left, rest = divmod(left - 1, 26)
        name = chr(65 + rest) + name
    return name


def unique_cells(column: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Codes and distinct cells of a column."""
    array = np.empty(len(column), dtype=object)
    array[:] = column
    codes, distinct = pd.factorize(array)
    return codes, list(distinct)
