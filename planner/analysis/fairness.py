"""Fairness: how evenly the coverage of schools is spread within each group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.scenario.schema import GROUPS

if TYPE_CHECKING:
    from planner.plan import Plan

Floats = npt.NDArray[np.float64]


def gini(values: Floats) -> float:
    """Gini coefficient, Σ|x_i − x_j| ÷ (2 n² mean): 0 = all equal, towards 1 = one has all.

    No schools: not a number; all at zero: 0, as they are equal.
    """
    count = len(values)
    if count == 0:
        return float("nan")
    ordered = np.sort(values)
    total = float(ordered.sum())
    if total <= 0:
        return 0.0
    rank = np.arange(1, count + 1)
    return float(((2 * rank - count - 1) * ordered).sum() / (count * total))


def measures(values: Floats) -> dict[str, float]:
    """Mean, minimum, 10th percentile (linear between schools) and Gini of coverages."""
    if len(values) == 0:
        return dict.fromkeys(("mean", "min", "p10", "gini"), float("nan"))
    return {
        "mean": float(values.mean()),
        "min": float(values.min()),
        "p10": float(np.percentile(values, 10)),
        "gini": gini(values),
    }


def fairness(plan: Plan) -> pd.DataFrame:
    """Spread of school coverage, one row a group that occurs and one ``all``.

    Columns: group, schools, and for ``before`` and ``after`` the mean, min, p10 (0–1) and
    gini. Every school counts once, whatever its size; schools without a need are left out.
    ``all`` holds the funded groups only: proposals are not in it.
    """
    schools = plan.schools
    selections = {g: schools["group"] == g for g in GROUPS}
    selections["all"] = schools["group"] != "preparing"
    rows = []
    for group, chosen in selections.items():
        before = numbers(schools.loc[chosen, "coverage_before"])
        after = numbers(schools.loc[chosen, "coverage_after"])
        known = ~np.isnan(after)
        if not known.any():
            continue
        row: dict[str, object] = {"group": group, "schools": int(known.sum())}
        row |= {f"{k}_before": v for k, v in measures(before[known]).items()}
        row |= {f"{k}_after": v for k, v in measures(after[known]).items()}
        rows.append(row)
    names = [f"{k}_{w}" for w in ("before", "after") for k in ("mean", "min", "p10", "gini")]
    return pd.DataFrame(rows, columns=["group", "schools", *names])


def numbers(column: pd.Series) -> Floats:
    """A table's column of numbers (floats, decimals or missing) as floats."""
    return np.asarray(pd.to_numeric(column, errors="coerce"), dtype=np.float64)
