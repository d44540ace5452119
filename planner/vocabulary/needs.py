"""Needs: how many units of each item each school needs in each year (norm × driver)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from planner.scenario.contracts import Norm
from planner.scenario.scenario import Scenario
from planner.vocabulary.axes import Axes, Bools, Ints
from planner.vocabulary.funds import schools_matching


def driver_array(scenario: Scenario, axes: Axes, driver: str) -> np.ndarray[Any, np.dtype[Any]]:
    """``[school, year]``: a school's figure, as exact integers or :class:`Fraction`.

    The column of ``schools`` holds until the first row of ``drivers`` for that school; from
    there on the latest row counts. ``school`` is 1 for every school; a missing figure is 0.
    """
    count = len(axes.schools)
    if driver == "school":
        base = np.ones(count, dtype=object)
    else:
        column = scenario.schools[driver] if driver in scenario.schools else [None] * count
        base = np.array([_exact(v) for v in column], dtype=object)
    values = np.repeat(base[:, None], len(axes.years), axis=1)
    changes = scenario.table("drivers")
    for row in changes[changes["driver"] == driver].sort_values("year").itertuples():
        start = max(axes.year_at(row.year), 0)
        values[axes.school_at[row.school], start:] = _exact(row.value)
    if all(type(v) is int for v in values.flat):
        return values.astype(np.int64)
    return values


def _exact(value: Any) -> int | Fraction:
    if value is None or value is pd.NA or value == "":
        return 0
    exact = Fraction(Decimal(str(value)))
    return int(exact) if exact.denominator == 1 else exact


def _ceil_div(values: np.ndarray[Any, np.dtype[Any]], every: Decimal) -> Ints:
    """⌈value ÷ every⌉ without a float in between."""
    step = Fraction(every)
    if values.dtype != object and values.max(initial=0) < 2**62 // step.denominator:
        return np.asarray(-(-(values * step.denominator) // step.numerator), dtype=np.int64)
    ceil = np.frompyfunc(lambda v: -(-Fraction(v) // step), 1, 1)
    return np.asarray(ceil(values), dtype=np.int64)


def norm_applies(scenario: Scenario, axes: Axes, norm: Norm) -> Bools:
    """``[school]``: the schools that a norm speaks of (its level and its ``only``)."""
    applies = np.asarray(axes.level == norm.level)
    if norm.only:
        attribute, _, value = norm.only.partition("=")
        applies &= schools_matching(scenario, {attribute.strip(): value.strip()})
    return applies


def need_array(scenario: Scenario, axes: Axes) -> Ints:
    """``[school, item, year]``: units needed: ⌈driver ÷ every⌉ within [minimum, maximum].

    Rounded up, as the Vietnamese norms say. Of several norms for one school
    the latest ``from`` counts; rows of the table ``needs`` replace the norm.
    """
    need = np.zeros(axes.shape, dtype=np.int64)
    drivers: dict[str, np.ndarray[Any, np.dtype[Any]]] = {}
    for norm in sorted(scenario.norms, key=lambda n: n.from_year or 0):
        if norm.per not in drivers:
            drivers[norm.per] = driver_array(scenario, axes, norm.per)
        where = norm_applies(scenario, axes, norm)
        start = max(axes.year_at(norm.from_year), 0) if norm.from_year else 0
        quantity = _ceil_div(drivers[norm.per][where], norm.every)
        quantity = np.clip(quantity, norm.minimum or 0, norm.maximum)
        need[where, axes.item_at[norm.item], start:] = quantity[:, start:]
    replaced = scenario.table("needs")
    replaced = replaced[replaced["year"].isin(list(axes.years))]
    if len(replaced):
        at = (
            replaced["school"].map(axes.school_at).to_numpy(),
            replaced["item"].map(axes.item_at).to_numpy(),
            replaced["year"].to_numpy() - axes.first,
        )
        need[at] = replaced["quantity"].to_numpy()
    return need


def item_shares(scenario: Scenario, axes: Axes) -> np.ndarray[Any, np.dtype[np.float64]]:
    """``[school, item]``: ω of an item ÷ Σ ω over the items that the school's level needs.

    A level needs an item when a norm names both, or when ``needs`` gives a school of that
    level a need of it. Every item counts for all pupils of its school
    (ARCHITECTURE.md#value).
    """
    level_of = dict(zip(axes.schools, axes.level.tolist(), strict=True))
    pairs = {(n.level, n.item) for n in scenario.norms}
    given = scenario.table("needs")
    pairs |= set(zip(given["school"].map(level_of), given["item"], strict=True))
    shares = np.zeros(axes.shape[:2])
    for level in sorted({lv for lv, _ in pairs}):
        items = [i for i in axes.items if (level, i) in pairs]
        weights = np.array([float(scenario.items[i].weight) for i in items])
        if weights.sum() > 0:
            at = [axes.item_at[i] for i in items]
            shares[np.ix_(axes.level == level, at)] = weights / weights.sum()
    return shares


# --------------------------------------------------------------------------------------------------
# Stock: what exists and is still usable, year by year.


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
