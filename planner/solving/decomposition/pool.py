"""Whole-unit plans of blocks, kept as columns for the restricted master problem."""

from __future__ import annotations

import numpy as np

from planner.axes import Bools, Floats, Ints, Places
from planner.solving.decomposition.arrays import pieces
from planner.solving.decomposition.blocks import Structure
from planner.solving.decomposition.linking import Linking

PLANS = 50_000
"""Plans that are written into an assignment together."""


class Pool:
    """Every different plan of each block that was found so far.

    ``block``: ``[plan]`` its block; ``worth``: ``[plan]`` points; ``use``: ``[plan, linking
    row]``; the columns themselves are kept end to end.
    """

    def __init__(self, structure: Structure, linking: Linking, objective: Floats) -> None:
        self.structure, self.linking = structure, linking
        self.objective = objective
        self.block: Places = np.zeros(0, dtype=np.int32)
        self.worth: Floats = np.zeros(0)
        self.use: Floats = np.zeros((0, len(linking.rows)))
        self._columns: Floats = np.zeros(0)
        self._starts: Ints = np.zeros(0, dtype=np.int64)
        self._marks: list[Floats] = []
        random = np.random.default_rng(0)
        self._weights = random.random(linking.program.columns)[structure.order]

    def add(self, columns: Floats, fitting: Bools) -> None:
        """The plans of an assignment of all columns; only blocks that are ``fitting``."""
        structure = self.structure
        ordered = columns[structure.order]
        mark = self._sums(ordered * self._weights)
        new = fitting.copy()
        for known in self._marks:
            new &= mark != known
        self._marks.append(np.where(fitting, mark, np.nan))
        blocks = np.flatnonzero(new).astype(np.int32)
        if not len(blocks):
            return
        sizes = np.diff(structure.starts)
        worth = self._sums(ordered * self.objective[structure.order])[blocks]
        starts = len(self._columns) + np.cumsum(sizes[blocks]) - sizes[blocks]
        self._starts = np.concatenate([self._starts, starts])
        self._columns = np.concatenate([self._columns, ordered[np.repeat(new, sizes)]])
        self.block = np.concatenate([self.block, blocks])
        self.worth = np.concatenate([self.worth, worth])
        self.use = np.concatenate([self.use, self._use(columns, new)])

    @property
    def covers(self) -> bool:
        """Whether every block has a plan."""
        return len(np.unique(self.block)) == self.structure.blocks

    def _sums(self, ordered: Floats) -> Floats:
        return np.add.reduceat(ordered, self.structure.starts[:-1])

    def _use(self, columns: Floats, wanted: Bools) -> Floats:
        link = self.linking
        at = np.append(np.where(wanted, np.cumsum(wanted) - 1, -1), -1)
        use = np.zeros((int(wanted.sum()), len(link.rows)))
        for some in pieces(len(link.row)):
            plan = at[self.structure.block[link.column[some]]]
            mine = plan >= 0
            column = link.column[some][mine]
            amounts = link.coefficient[some][mine] * columns[column]
            np.add.at(use, (plan[mine], link.row[some][mine]), amounts)
        return use

    def put(self, plans: Ints, columns: Floats) -> None:
        """Writes plans of the pool into an assignment of all columns."""
        structure = self.structure
        for first in range(0, len(plans), PLANS):
            some = plans[first : first + PLANS]
            block = self.block[some]
            sizes = np.diff(structure.starts)[block]
            within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            places = structure.order[np.repeat(structure.starts[block], sizes) + within]
            columns[places] = self._columns[np.repeat(self._starts[some], sizes) + within]

    def profits(self, prices: Floats) -> Floats:
        """``[plan]``: points once the prices are paid."""
        return np.asarray(self.worth - self.use @ prices)

    def best(self, prices: Floats) -> tuple[Ints, Floats]:
        """``[block]``: its most profitable plan, and how far behind the second one is.

        Infinite where there is no second plan.
        """
        profit = self.profits(prices)
        order = np.lexsort((-profit, self.block))
        firsts = np.searchsorted(self.block[order], np.arange(self.structure.blocks))
        best = order[firsts]
        margin = np.full(self.structure.blocks, np.inf)
        second = firsts + 1
        known = second < len(order)
        known[known] = self.block[order[second[known]]] == np.flatnonzero(known)
        margin[known] = profit[best[known]] - profit[order[second[known]]]
        return best, margin
