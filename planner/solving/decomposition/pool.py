"""Whole-unit plans of blocks, kept as columns for the restricted master problem."""

from __future__ import annotations

import numpy as np

from planner.axes import Bools, Floats, Ints
from planner.solving.decomposition.blocks import Structure
from planner.solving.decomposition.linking import Linking


class Pool:
    """Every different plan of each block that was found so far.

    ``block``: ``[plan]`` its block; ``worth``: ``[plan]`` points; ``use``: ``[plan, linking
    row]``; the columns themselves are kept end to end.
    """

    def __init__(self, structure: Structure, linking: Linking, objective: Floats) -> None:
        self.structure, self.linking = structure, linking
        self.objective = objective
        self.block: Ints = np.zeros(0, dtype=np.int64)
        self.worth: Floats = np.zeros(0)
        self.use: Floats = np.zeros((0, len(linking.rows)))
        self._columns: list[Floats] = []
        self._marks: list[Floats] = []
        random = np.random.default_rng(0)
        self._weights = random.random(linking.program.columns)

    def add(self, columns: Floats, fitting: Bools) -> None:
        """The plans of an assignment of all columns; only blocks that are ``fitting``."""
        structure = self.structure
        ordered = columns[structure.order]
        mark = self._sums(ordered * self._weights[structure.order])
        new = fitting.copy()
        for known in self._marks:
            new &= mark != known
        self._marks.append(np.where(fitting, mark, np.nan))
        blocks = np.flatnonzero(new)
        worth = self._sums(ordered * self.objective[structure.order])[blocks]
        self.block = np.concatenate([self.block, blocks])
        self.worth = np.concatenate([self.worth, worth])
        self.use = np.concatenate([self.use, self._use(columns, new)])
        sizes = np.diff(structure.starts)
        kept = ordered[np.repeat(new, sizes)]
        self._columns += np.split(kept, np.cumsum(sizes[blocks])[:-1]) if len(blocks) else []

    @property
    def covers(self) -> bool:
        """Whether every block has a plan."""
        return len(np.unique(self.block)) == self.structure.blocks

    def _sums(self, ordered: Floats) -> Floats:
        return np.add.reduceat(ordered, self.structure.starts[:-1])

    def _use(self, columns: Floats, wanted: Bools) -> Floats:
        link, at = self.linking, np.cumsum(wanted) - 1
        owner = self.structure.block[link.column]
        mine = (owner >= 0) & wanted[owner]
        use = np.zeros((int(wanted.sum()), len(link.rows)))
        amounts = link.coefficient[mine] * columns[link.column[mine]]
        np.add.at(use, (at[owner[mine]], link.row[mine]), amounts)
        return use

    def put(self, plan: int, columns: Floats) -> None:
        """Writes a plan of the pool into an assignment of all columns."""
        block = self.block[plan]
        starts = self.structure.starts
        where = self.structure.order[starts[block] : starts[block + 1]]
        columns[where] = self._columns[plan]

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
