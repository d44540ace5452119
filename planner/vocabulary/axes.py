"""The axes that every table of a plan shares: schools, items, years, and when each counts.

Needs, stock and the formulation work on dense arrays indexed ``[school, item, year]``; this
module fixes the order of those axes and the per-school facts that no rule may disagree on.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.scenario.scenario import Scenario

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int32]
"""Rows and columns of a model in its coefficients: HiGHS counts no further either."""

PLACES = ("school", "item", "fund", "year", "start", "end", "stop", "span", "column", "buy")
"""Columns of the formulation's frames that hold positions."""
ALWAYS = -(10**6)
"""The ``ready`` year of a school whose building has always been usable."""


def text_column(labels: Sequence[str], at: Ints) -> pd.Series[Any]:
    """``labels[at]`` as a column of text: equal cells share one text, whatever their number."""
    return pd.Series(pd.Series(list(labels), dtype="str").array.take(at))


class Axes:
    """Positions of schools, items and years in the arrays of one scenario.

    ``schools``, ``items``: ids in the order of the file and of the catalogue; ``school_at``,
    ``item_at``: id → position. ``first``: the first plan year, whose position is 0;
    ``plan_count``: plan years; ``end``: plan and tail years, so the position of the first year
    beyond; ``years``: these, extended to the last ``ready`` of a preparing school; ``shape``:
    (schools, items, years).

    ``[school]``: ``group``; ``level``; ``preparing``: whether it is served through its building
    project; ``ready``: first year with a usable building, ``ALWAYS`` where none is given.

    ``counted``: ``[school, year]`` whose service counts. Plan and tail years for everybody; for a
    preparing school its ``ready`` year too, so that a building handed over after the horizon still
    counts one year.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        settings, table = scenario.settings, scenario.schools
        self.schools: tuple[str, ...] = tuple(table["school"])
        self.items = tuple(scenario.items)
        self.school_at = {s: k for k, s in enumerate(self.schools)}
        self.item_at = {i: k for k, i in enumerate(self.items)}
        self.group: npt.NDArray[np.str_] = table["group"].to_numpy(dtype=str)
        self.level: npt.NDArray[np.str_] = table["level"].to_numpy(dtype=str)
        self.preparing: Bools = np.asarray(self.group == "preparing")
        self.ready: Ints = table["ready"].fillna(ALWAYS).to_numpy(dtype=np.int64)
        self.first, self.plan_count = settings.years[0], len(settings.plan_years)
        self.end = len(settings.all_years)
        last = max([settings.all_years[-1], *self.ready[self.preparing].tolist()])
        self.years = range(self.first, last + 1)
        self.shape = len(self.schools), len(self.items), len(self.years)
        years = np.array(self.years)
        self.counted: Bools = np.zeros((len(self.schools), len(years)), dtype=bool)
        self.counted[:, : self.end] = True
        self.counted |= self.preparing[:, None] & (years[None, :] == self.ready[:, None])

    def year_at(self, year: int) -> int:
        """Position of a year."""
        return year - self.first

    def usable_from(self, item: str) -> Ints:
        """``[school]``: position of the first year in which a unit of the item can serve."""
        on_site = self.scenario.items[item].on_site
        ready = np.maximum(self.ready - self.first, 0)
        return np.where(self.preparing | on_site, ready, 0)

    @cached_property
    def usable(self) -> Ints:
        """``[item, school]``: the same of every item."""
        found = np.array([self.usable_from(item) for item in self.items], dtype=np.int64)
        return found.reshape(len(self.items), len(self.schools))


FEW_ROWS = 4_096
"""Rows below which a frame's memory is nothing."""


def narrow(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with its positions in half the memory; money and units stay as they are.

    A small frame is left alone: the memory is nothing, and the copy takes as long as most of
    what is done with it.
    """
    if len(frame) < FEW_ROWS:
        return frame
    return frame.astype(dict.fromkeys([k for k in PLACES if k in frame], np.int32))
