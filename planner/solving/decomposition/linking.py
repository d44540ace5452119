r"""What ties the blocks together: the linking rows, and the master's own columns.

At prices :math:`\lambda` of the linking rows

.. math:: L(\lambda) = \sum_b \max_{x_b} (c_b - \lambda A_b) x_b
          + \sum_j \max_{l_j \le x_j \le u_j} (c_j - \lambda A_j) x_j
          + \sum_i \max_{l_i \le r_i \le u_i} \lambda_i r_i

is an upper bound on the value of every plan (Lagrangian duality), whatever the prices are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.axes import Floats, Ints, Places
from planner.solving.decomposition.arrays import Program, pieces
from planner.solving.decomposition.blocks import Structure


@dataclass(frozen=True)
class Linking:
    """Linking rows and master columns, with triplets of both and of the blocks' columns.

    ``rows``: their indices in the program; ``columns``: indices of the master's columns;
    ``place``: ``[row of the program]`` position among the linking rows, or −1;
    ``row``, ``column``, ``coefficient``: triplets, the row as a position.
    """

    program: Program
    rows: Ints
    columns: Ints
    row: Places
    column: Places
    coefficient: Floats
    upper: Floats
    """``[master column]``: a finite upper bound that no optimum needs to exceed."""

    @cached_property
    def matrix(self) -> Floats:
        """``[linking row, master column]`` coefficients."""
        place = np.full(self.program.columns, -1, dtype=np.int32)
        place[self.columns] = np.arange(len(self.columns))
        matrix = np.zeros((len(self.rows), len(self.columns)))
        for some in pieces(len(self.row)):
            at = place[self.column[some]]
            mine = at >= 0
            matrix[self.row[some][mine], at[mine]] = self.coefficient[some][mine]
        return matrix

    @property
    def row_lower(self) -> Floats:
        """Lower bounds of the linking rows."""
        return self.program.row_lower[self.rows]

    @property
    def row_upper(self) -> Floats:
        """Upper bounds of the linking rows."""
        return self.program.row_upper[self.rows]

    @property
    def lower(self) -> Floats:
        """``[master column]`` lower bounds."""
        return self.program.lower[self.columns]

    def activity(self, columns: Floats) -> Floats:
        """``[linking row]``: Σ coefficient × column over all columns."""
        total = np.zeros(len(self.rows))
        for some in pieces(len(self.row)):
            weights = self.coefficient[some] * columns[self.column[some]]
            total += np.bincount(self.row[some], weights=weights, minlength=len(total))
        return total

    def reduced(self, objective: Floats, prices: Floats) -> Floats:
        """``[column]``: points per unit once the prices are paid."""
        paid = np.zeros(len(objective))
        for some in pieces(len(self.row)):
            np.add.at(paid, self.column[some], prices[self.row[some]] * self.coefficient[some])
        return np.subtract(objective, paid, out=paid)

    def master_part(self, objective: Floats, prices: Floats) -> float:
        """The terms of L that belong to no block; infinite where a price has a wrong sign."""
        mine = objective[self.columns] - prices @ self.matrix
        ends = np.where(mine > 0, self.upper, self.lower)
        sides = np.where(prices > 0, self.row_upper, self.row_lower)
        used = prices != 0
        return float(mine @ ends + prices[used] @ sides[used])


def find_linking(program: Program, structure: Structure) -> Linking | None:
    """The linking part of a program; ``None`` where a master column has no natural end."""
    rows = np.flatnonzero(structure.linking)
    place = np.full(program.rows, -1, dtype=np.int32)
    place[rows] = np.arange(len(rows))
    inside = structure.linking[program.row_index]
    row, column = place[program.row_index[inside]], program.column_index[inside]
    coefficient, master = program.coefficient[inside], structure.master
    upper = _natural_ends(program, rows, master, (row, column, coefficient))
    if not np.isfinite(upper).all() or not np.isfinite(program.lower[master]).all():
        return None
    return Linking(program, rows, master, row, column, coefficient, upper)


def _natural_ends(
    program: Program, rows: Ints, master: Ints, triplets: tuple[Places, Places, Floats]
) -> Floats:
    """Upper bounds; a column without one (a miss) never exceeds what its row can miss.

    It stands in one row alone, at a price: the distance from the row's bounds to the farthest
    that all other columns can move it is enough.
    """
    row, column, coefficient = triplets
    upper = program.upper
    ends = upper[master].copy()
    for at in np.flatnonzero(~np.isfinite(ends)).tolist():
        mine = np.flatnonzero(column == master[at])
        if len(mine) != 1:
            continue
        i = row[mine[0]]
        others = np.flatnonzero((row == i) & np.isfinite(upper[column]))
        a, k = coefficient[others], column[others]
        moved = np.array([a * program.lower[k], a * upper[k]])
        reach = np.array([moved.min(axis=0).sum(), moved.max(axis=0).sum()])
        sides = np.array([program.row_lower[rows[i]], program.row_upper[rows[i]]])
        far = np.abs(reach[:, None] - sides[None, np.isfinite(sides)]).max(initial=0.0)
        ends[at] = far / abs(float(coefficient[mine[0]])) + 1.0
    return ends
