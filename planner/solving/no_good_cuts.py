"""What is learnt from a plan whose whole units and whole money break a row of the model.

An engine holds a row within its tolerance, the plan's ledger to the last minor unit. Where a
set of 0/1 decisions alone overruns a row, a *cover cut* forbids that set and nothing else: the
problem stays the one that was asked. Elsewhere the row is tightened by the overrun
(ARCHITECTURE.md#whole-money).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from planner.formulation.model import Model
from planner.solving import parameters
from planner.solving.highs import Engine
from planner.solving.program import Cut
from planner.vocabulary.axes import Floats

Broken = Mapping[tuple[str, str, str], float]
"""(rule, key, relation) → by how much a row is broken, in the row's unit."""


@dataclass
class NoGoodCuts:
    """Cuts and tightened rows of one model; what it learns holds for the solves that follow."""

    model: Model
    engine: Engine
    cuts: list[Cut] = field(default_factory=list)
    slack: dict[tuple[str, str, str], float] = field(default_factory=dict)
    rounds: int = 0
    """Rounds in which a row was tightened: from the first one on the problem is another."""
    cut_rounds: int = 0

    def learn(self, broken: Broken, columns: Floats) -> bool:
        """Makes the rows that ``columns`` broke bind; ``False`` when there were too many tries."""
        rows = self._rows(broken)
        covers = {
            key: None if key[2] == ">=" else _cover(self.model, row, columns)
            for key, row in rows.items()
        }
        if all(key in covers and covers[key] is not None for key in broken):
            self.cuts += [cut for cut in covers.values() if cut is not None]
            self.cut_rounds += 1
            return self.cut_rounds <= parameters.NO_GOOD_CUTS
        for key, amount in broken.items():
            self.slack[key] = self.slack.get(key, 0.0) + amount * parameters.HARDER**self.rounds
        self.rounds += 1
        for key, row in self._rows(self.slack).items():
            amount, lower, upper = self.slack[key], self.model.row_lower, self.model.row_upper
            if any(b.money for b in self.model.row_blocks if b.start <= row < b.stop):
                amount /= self.model.scale
            if key[2] == ">=":
                self.engine.set_row_lower(row, float(lower[row]) + amount)
            else:
                self.engine.set_row_upper(row, float(upper[row]) - amount)
        return self.rounds <= parameters.TIGHTENINGS

    def _rows(self, wanted: Broken) -> dict[tuple[str, str, str], int]:
        """The model's row of each (rule, key, relation); one with two bounds that differ says
        both."""
        found = {}
        for block in self.model.row_blocks:
            if not any(rule == block.name for rule, _, _ in wanted):
                continue
            for row in block.indices.tolist():
                key = self.model.row_label(row).removeprefix(block.name).strip("[]")
                lower, upper = self.model.row_lower[row], self.model.row_upper[row]
                ends = (("<=", np.isfinite(upper)), (">=", np.isfinite(lower)))
                relations = ["="] if lower == upper else [way for way, bound in ends if bound]
                for relation in relations:
                    if (block.name, key, relation) in wanted:
                        found[block.name, key, relation] = row
        return found


def _cover(model: Model, row: int, columns: Floats) -> Cut | None:
    """Σ of the 0/1 columns that alone overrun a money row ≤ their number − 1.

    Extended to every column that costs at least as much as the dearest of them: as many of these
    together overrun the row too. Sums are of whole minor units, so the cut forbids no plan that
    keeps the row.
    """
    if not np.isfinite(model.row_upper[row]):
        return None
    entries = np.flatnonzero(model.row_index == row)
    index = model.column_index[entries].astype(np.int64)
    exact = model.coefficient[entries] * model.scale
    amount = np.rint(exact)
    if np.any(np.abs(exact - amount) > 1e-3 + 1e-15 * np.abs(amount)):
        return None
    given = amount < 0
    most = float(np.rint(model.row_upper[row] * model.scale))
    most -= float((amount[given] * model.column_upper[index[given]]).sum())
    binary = model.integer[index] & (model.column_upper[index] == 1) & ~given
    taken = np.flatnonzero(binary & (columns[index] > 0.5))
    taken = taken[np.argsort(amount[taken], kind="stable")]
    # Running sums of whole amounts.
    enough = np.flatnonzero(np.cumsum(amount[taken].astype(np.int64)).astype(np.float64) > most)
    if not len(enough) or not np.isfinite(most):
        return None
    cover = taken[: int(enough[0]) + 1]
    dearer = np.flatnonzero(binary & (amount >= amount[cover[-1]]))
    chosen = index[np.union1d(cover, dearer)]
    return Cut(chosen, -np.ones(len(chosen)), 1.0 - len(cover))
