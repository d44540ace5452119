"""Stock: what exists and is still usable, year by year."""

from __future__ import annotations

import numpy as np

from planner.axes import Axes, Ints
from planner.scenario.scenario import Scenario


def stock_array(scenario: Scenario, axes: Axes) -> Ints:
    """``[school, item, year]``: units acquired by that year whose service has not ended.

    A unit serves from ``acquired`` to ``usable_until``, by default acquired + life − 1, for
    good where the item has no life.
    """
    inventory = scenario.table("inventory")
    change = np.zeros((axes.shape[0], axes.shape[1], axes.shape[2] + 1), dtype=np.int64)
    if inventory.empty or 0 in axes.shape:
        return change[:, :, :-1]
    item = inventory["item"].map(axes.item_at).to_numpy()
    school = inventory["school"].map(axes.school_at).to_numpy()
    quantity = inventory["quantity"].to_numpy()
    acquired = inventory["acquired"].to_numpy()
    lives = np.array([it.life or 10**6 for it in scenario.items.values()])
    until = inventory["usable_until"].fillna(-1).to_numpy(dtype=np.int64)
    until = np.where(until < 0, acquired + lives[item] - 1, until)
    start = np.clip(acquired - axes.first, 0, axes.shape[2])
    end = np.clip(until - axes.first + 1, 0, axes.shape[2])
    lasting = end > start
    np.add.at(change, (school[lasting], item[lasting], start[lasting]), quantity[lasting])
    np.add.at(change, (school[lasting], item[lasting], end[lasting]), -quantity[lasting])
    return np.cumsum(change[:, :, :-1], axis=2)
