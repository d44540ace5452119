r"""Block grants: envelopes that a school spends as it sees fit, between a least and a most.

A grant is a cost of a request's option that names a ``most``: if the option is chosen, the
school gets its least and as much more as the plan decides.

.. math:: 0 \le grant_{roft} \le (most - least)_{roft} \cdot choose_{ro}
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.formulation.facts import Facts
from planner.formulation.ledgers import COST
from planner.formulation.model import ModelBuilder
from planner.formulation.objective import stage_of
from planner.rules import Rule


def grant_columns(builder: ModelBuilder, facts: Facts, options: pd.DataFrame) -> pd.DataFrame:
    """``grant``: money beyond the least, in units of ``scale``.

    A row a grant: request, option, school, fund, year (positions), room (minor units between
    least and most), value (points for all of it), choose (the option's column), column.
    """
    costs = facts.scenario.table("request_costs")
    costs = costs[(costs["most"] > costs["amount"]).fillna(False).to_numpy(dtype=bool)]
    chosen = options[["request", "option", "school", "copies", "column"]]
    frame = costs.merge(chosen.rename(columns={"column": "choose"}), on=["request", "option"])
    room = (frame["most"] - frame["amount"]).astype(np.int64)
    year = frame["year"] - facts.axes.first
    fund = frame["fund"].map(facts.fund_at).astype(np.int64)
    choice = (frame["request"] + ":" + frame["option"]).to_numpy(dtype=object)
    keys = {"choice": choice, "fund": fund.to_numpy(), "year": year.to_numpy()}
    most = room.to_numpy(dtype=np.float64) * frame["copies"].to_numpy() / facts.scale
    return pd.DataFrame(
        {
            "request": frame["request"],
            "option": frame["option"],
            "school": frame["school"].astype(np.int64),
            "fund": fund,
            "year": year,
            "room": room,
            "value": frame["value"].map(float).astype(float),
            "choose": frame["choose"].astype(np.int64),
            "column": builder.add_columns("grant", keys, 0.0, most, money=True),
        }
    )


def grant_within_envelope(builder: ModelBuilder, facts: Facts, grants: pd.DataFrame) -> None:
    """``grant_within_envelope``: money beyond the least ≤ (most − least) × times chosen."""
    if grants.empty:
        return
    choice = (grants["request"] + ":" + grants["option"]).to_numpy(dtype=object)
    keys = {"choice": choice} | {k: grants[k].to_numpy() for k in ("fund", "year")}
    rows = builder.add_rows(Rule.GRANT, keys, -np.inf, 0.0, money=True)
    builder.add_entries(rows, grants["column"], 1.0)
    builder.add_entries(rows, grants["choose"], -grants["room"].to_numpy() / facts.scale)


def grant_costs(facts: Facts, grants: pd.DataFrame) -> pd.DataFrame:
    """What a unit of each ``grant`` column costs: ``scale`` minor units."""
    frame = grants[["column", "fund", "year", "school"]]
    return frame.assign(item=-1, amount=float(facts.scale), kind="request")[COST]


def add_grant_points(builder: ModelBuilder, facts: Facts, grants: pd.DataFrame) -> None:
    """Group weight × points of the envelope × the part of it that is given beyond the least."""
    if grants.empty:
        return
    school = grants["school"].to_numpy(dtype=np.int64)
    each = grants["value"].to_numpy() / grants["room"].to_numpy() * facts.scale
    stage = stage_of(facts, school, np.zeros(len(school), np.int64))
    columns = grants["column"].to_numpy(dtype=np.int64)
    builder.add_value(columns, facts.group_points[school] * each, stage)
