"""What the chosen options of requests put into service, as positions on the axes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.formulation.facts import Facts
from planner.formulation.requests import requested_units


def chosen_supplies(facts: Facts, chosen: Mapping[tuple[str, str], int]) -> pd.DataFrame:
    """The rows of :func:`requested_units` that belong to chosen options, times how often."""
    asked = requested_units(facts)
    keys = zip(asked["request"], asked["option"], strict=True)
    times = np.array([chosen.get(k, 0) for k in keys], dtype=np.int64)
    return asked.assign(quantity=asked["quantity"].astype(float) * times)[times > 0]
