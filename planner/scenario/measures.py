"""What a scenario's rule can measure: one entry a measure, read by whoever deals with rules.

A measure sums lines of money, chosen options of requests or cells of need. The checks read here
which selections it allows, the formulation and the plan what is summed, documents and repairs its
unit; its words are ``rule.<measure>`` and ``rule.items.<measure>``. The audit has its own list.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.scenario.selecting import ITEM_KEYS, KINDS, LINE_KEYS


@dataclass(frozen=True)
class Measure:
    """A quantity that a rule bounds from above or below."""

    unit: str
    """``money`` (minor units), ``units``, ``share`` (0–1) or ``count``."""
    over: str
    """What is summed: ``lines`` of money, chosen ``options`` of requests, or ``cells``: of what
    is needed in them the share that is in service."""
    keys: tuple[str, ...]
    """Keys of a selection that it understands beside the schools' own."""
    kinds: tuple[str, ...] = ()
    """Kinds of line that count; upkeep only where the selection's own ``kind`` names it."""

    @property
    def column(self) -> str:
        """The column of a frame of lines that is summed."""
        return "amount" if self.unit == "money" else "units"

    @property
    def missed_by(self) -> int:
        """How many of the steps that a wish's price counts make one unit: percentage points of a
        share, else units."""
        return 100 if self.unit == "share" else 1


MEASURES: dict[str, Measure] = {
    "spend": Measure("money", "lines", LINE_KEYS, KINDS),
    "quantity": Measure("units", "lines", (*ITEM_KEYS, "fund", "year"), ("purchase",)),
    "coverage": Measure("share", "cells", ("item", "pillar", "year")),
    "requests": Measure("count", "options", ("request",), ("request",)),
}
"""Every measure of :class:`planner.scenario.schema.Rule`, by name."""
