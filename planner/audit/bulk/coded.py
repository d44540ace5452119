"""Columns of text as codes: each distinct text is read once, by the audit's strict spelling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

ROOM = 2**62
"""Products and sums of machine integers stay below this, or are in doubt."""
NONE = -(2**60)
"""Stands for a text that spells no number."""


class DoubtError(Exception):
    """Something that the proof by columns cannot settle; the audit by rows will."""


def certain(so: Any) -> None:
    """Go on only if ``so``."""
    if not so:
        raise DoubtError


def most(values: Ints) -> int:
    """The largest absolute value, as an unlimited integer."""
    return max(abs(int(values.max(initial=0))), abs(int(values.min(initial=0))))


class Coded:
    """A column: the code of each row's text, and the texts."""

    def __init__(self, column: Any) -> None:
        if isinstance(column.dtype, pd.CategoricalDtype):
            self.codes = column.cat.codes.to_numpy()
            self.texts: list[Any] = column.cat.categories.tolist()
        else:
            certain(set(map(type, column)) <= {str})
            self.codes, found = pd.factorize(column)
            self.texts = list(found)
        certain(all(type(text) is str for text in self.texts))
        certain(not len(self.codes) or self.codes.min() >= 0)

    def read(self, read: Callable[[str], int | None]) -> Ints:
        """``[text]`` what ``read`` makes of each text; :data:`NONE` where it makes nothing."""
        found = [read(text) for text in self.texts]
        certain(all(n is None or abs(n) < ROOM for n in found))
        return np.array([NONE if n is None else n for n in found], dtype=np.int64)

    def numbers(self, read: Callable[[str], int | None]) -> Ints:
        """``[row]`` what ``read`` makes of the text; :data:`NONE` where it makes nothing."""
        values = self.read(read)
        return values[self.codes] if len(values) else np.zeros(len(self.codes), dtype=np.int64)

    def places(self, known: Mapping[str, int]) -> Ints:
        """``[row]`` the place of the text; :data:`NONE` where it is not known."""
        return self.numbers(known.get)

    def all_are(self, text: str, rows: Bools) -> bool:
        """Whether ``rows`` hold nothing but ``text``."""
        same = np.array([t == text for t in self.texts], dtype=bool)
        return bool(same[self.codes[rows]].all()) if rows.any() else True

    def told(self, rows: Any) -> list[str]:
        """The texts of some rows."""
        return [self.texts[code] for code in self.codes[rows].tolist()]
