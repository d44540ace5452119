"""The axes that every table of a plan shares: schools, items, years, and when each counts.

Needs, stock and the formulation work on dense arrays indexed ``[school, item, year]``; this
module fixes the order of those axes and the per-school facts that no rule may disagree on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Axes:
    """Positions of schools, items and years in the arrays of one scenario."""

    scenario: Scenario

    @cached_property
    def schools(self) -> tuple[str, ...]:
        """School ids in the file's order."""
        return tuple(self.scenario.schools["school"])

    @cached_property
    def items(self) -> tuple[str, ...]:
        """Item ids in the catalogue's order."""
        return tuple(self.scenario.items)

    @cached_property
    def school_at(self) -> dict[str, int]:
        """School id → position."""
        return {s: k for k, s in enumerate(self.schools)}

    @cached_property
    def item_at(self) -> dict[str, int]:
        """Item id → position."""
        return {i: k for k, i in enumerate(self.items)}

    @property
    def first(self) -> int:
        """The first plan year: year position 0."""
        return self.scenario.settings.years[0]

    @cached_property
    def plan_count(self) -> int:
        """Number of plan years."""
        return len(self.scenario.settings.plan_years)

    @cached_property
    def end(self) -> int:
        """Number of plan and tail years: the position of the first year beyond them."""
        return len(self.scenario.settings.all_years)

    @cached_property
    def years(self) -> range:
        """Plan and tail years, extended to the last ``ready`` of a preparing school."""
        last = self.scenario.settings.all_years[-1]
        ready = self.ready[self.preparing]
        return range(self.first, max([last, *ready.tolist()]) + 1)

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """(schools, items, years)."""
        return len(self.schools), len(self.items), len(self.years)

    @cached_property
    def group(self) -> npt.NDArray[np.str_]:
        """Group of each school."""
        return self.scenario.schools["group"].to_numpy(dtype=str)

    @cached_property
    def level(self) -> npt.NDArray[np.str_]:
        """Level of each school."""
        return self.scenario.schools["level"].to_numpy(dtype=str)

    @cached_property
    def preparing(self) -> Bools:
        """Which schools are served through their building project."""
        return np.asarray(self.group == "preparing")

    @cached_property
    def ready(self) -> Ints:
        """First year with a usable building; ``ALWAYS`` where none is given."""
        column = self.scenario.schools["ready"]
        return column.fillna(ALWAYS).to_numpy(dtype=np.int64)

    @cached_property
    def counted(self) -> Bools:
        """``[school, year]``: the years whose service counts.

        Plan and tail years for everybody; for a preparing school its ``ready`` year too, so
        that a building handed over after the horizon still counts one year.
        """
        years = np.array(self.years)
        counted = np.zeros((len(self.schools), len(years)), dtype=bool)
        counted[:, : self.end] = True
        counted |= self.preparing[:, None] & (years[None, :] == self.ready[:, None])
        return counted

    def year_at(self, year: int) -> int:
        """Position of a year."""
        return year - self.first

    def usable_from(self, item: str) -> Ints:
        """``[school]``: position of the first year in which a unit of the item can serve."""
        on_site = self.scenario.items[item].on_site
        ready = np.maximum(self.ready - self.first, 0)
        return np.where(self.preparing | on_site, ready, 0)


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
