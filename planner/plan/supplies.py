"""What the options of requests put into service, as positions on the axes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.formulation.facts import Facts


def request_supplies(facts: Facts) -> pd.DataFrame:
    """What each option of each request would put into service, as positions."""
    owner = {r.request: r.school for r in facts.scenario.rows("requests")}
    rows = []
    for row in facts.scenario.rows("request_items"):
        school = facts.axes.school_at[owner[row.request]]
        item = facts.axes.item_at[row.item]
        usable = int(facts.axes.usable_from(row.item)[school])
        start = max(row.year - facts.axes.first, usable)
        end = min(start + (facts.items[item].life or 10**6), len(facts.axes.years))
        if row.quantity > 0 and start < end:
            rows.append((row.request, row.option, school, item, start, end, float(row.quantity)))
    names = ["request", "option", "school", "item", "start", "end", "quantity"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.astype(dict.fromkeys(("school", "item", "start", "end"), np.int64))


def chosen_supplies(facts: Facts, chosen: Mapping[tuple[str, str], int]) -> pd.DataFrame:
    """The rows of :func:`request_supplies` that belong to chosen options, times how often."""
    asked = request_supplies(facts)
    keys = zip(asked["request"], asked["option"], strict=True)
    times = np.array([chosen.get(k, 0) for k in keys], dtype=np.int64)
    return asked.assign(quantity=asked["quantity"] * times)[times > 0]
