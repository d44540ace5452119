"""How many new units of an item a school can have at most, by its need and its prerequisites."""

from __future__ import annotations

import numpy as np

from planner.axes import Floats, Ints
from planner.formulation.facts import Facts

ROUND = 1e-9
"""Units by which a product of decimals may miss a whole number and still mean it."""


def served(facts: Facts, item: int, other: int, capacity: object) -> tuple[Floats, Floats]:
    """What a prerequisite lets serve: new units of ``item`` for each new unit of ``other``
    (``[school]``), and without any (``[school, year]``; infinite: no limit)."""
    stock_i, stock_j = facts.stock[:, item, :], facts.stock[:, other, :]
    if capacity is None:
        factor = np.maximum(facts.most_new[:, item], 1).astype(float)
        return factor, np.where(stock_j > 0, np.inf, 0.0)
    factor = np.full(len(stock_i), float(str(capacity)))
    return factor, np.maximum(factor[:, None] * stock_j - stock_i, 0.0)


def most_served(facts: Facts, item: int, start: Ints) -> Floats:
    """``[school]``: new units from ``start`` that the prerequisites let serve all their life.

    Three servers stand on a network for four: a fourth can be bought as long as they live,
    never four at once, unless more of the network can be had.
    """
    known, years = facts.items[item], np.arange(len(facts.axes.years))
    end = start + (known.life or len(years))
    alive = (start[:, None] <= years) & (years < end[:, None]) & facts.axes.counted
    most = np.full(len(start), np.inf)
    for place, name in enumerate(known.requires):
        capacity = known.capacity[place] if place < len(known.capacity) else None
        other = facts.axes.item_at[name]
        factor, free = served(facts, item, other, capacity)
        room = factor[:, None] * facts.most_new[:, other][:, None] + free
        most = np.minimum(most, np.where(alive, room, np.inf).min(axis=1))
    return most
