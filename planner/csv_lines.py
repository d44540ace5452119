"""Tables of text as CSV lines, by columns: each distinct text is encoded once.

The cells of a block of rows are laid side by side as bytes of equal width, filled up with a byte
that UTF-8 never uses; taking that byte out again leaves the lines. The bytes are those of
:mod:`csv` (comma, LF, quotes where needed).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

FILL = 0xFF
"""No byte of UTF-8."""
BLOCK = 1 << 24
"""Bytes of a block of rows, filled up."""
WIDEST = 1 << 26
"""Bytes of a column's distinct texts, filled up; a larger one is filled up row by row."""
_MARKED = re.compile(r'[",\r\n]')


def csv_lines(table: pd.DataFrame) -> Iterator[bytes]:
    """The header and the rows of a table whose columns are texts or categoricals of texts."""
    names = [str(name) for name in table.columns]
    yield (",".join(map(_cell, names)) + "\n").encode()
    if not len(table):
        return
    ends = [","] * (len(names) - 1) + ["\n"]
    columns = [_Column(table.iloc[:, k], end) for k, end in enumerate(ends)]
    step = max(1, BLOCK // sum(c.width for c in columns))
    for begin in range(0, len(table), step):
        laid = np.concatenate([c.rows(begin, begin + step) for c in columns], axis=1).ravel()
        yield laid[laid != FILL].tobytes()


def _cell(text: str) -> str:
    """The text as a CSV cell."""
    if not _MARKED.search(text):
        return text
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([text])
    return buffer.getvalue()[:-1]


class _Column:
    """A column's distinct cells, encoded with the mark that ends them, and its codes."""

    def __init__(self, values: pd.Series[Any], end: str) -> None:
        if isinstance(values.dtype, pd.CategoricalDtype):
            self.codes, texts = values.cat.codes.to_numpy(), values.cat.categories.tolist()
        else:
            self.codes, found = pd.factorize(values)
            texts = found.tolist()
        self.cells = [(_cell(text) + end).encode() for text in texts]
        self.width = max(map(len, self.cells))
        small = self.width * len(self.cells) <= WIDEST
        self.filled = _filled(self.cells, self.width) if small else None

    def rows(self, begin: int, end: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """``[row, byte]`` the cells of some rows."""
        codes = self.codes[begin:end]
        if self.filled is not None:
            return self.filled[codes]
        return _filled([self.cells[c] for c in codes.tolist()], self.width)


def _filled(cells: Sequence[bytes], width: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """``[cell, byte]`` filled up to ``width``."""
    joined = b"".join(cell.ljust(width, bytes([FILL])) for cell in cells)
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(cells), width)
