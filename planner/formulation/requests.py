"""Schools' own requests: exclusive options, requirements, costs, and units that serve."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.formulation.facts import Facts
from planner.formulation.ledgers import COST
from planner.formulation.model import ModelBuilder
from planner.formulation.objective import stage_of
from planner.rules import Rule

OPTION = ["request", "option"]


def option_columns(builder: ModelBuilder, facts: Facts) -> pd.DataFrame:
    """``choose``: 0/1 for every option: request, option, school, value, mandatory, column."""
    table = facts.scenario.table("requests")
    names = (table["request"] + ":" + table["option"]).to_numpy(dtype=object)
    column = builder.add_columns("choose", {"choice": names}, 0, 1, integer=True)
    return table[[*OPTION, "mandatory", "requires"]].assign(
        school=table["school"].map(facts.axes.school_at).astype(np.int64),
        value=table["value"].map(float).astype(float),
        column=column,
    )


def one_option_per_request(builder: ModelBuilder, options: pd.DataFrame) -> None:
    """``one_option_per_request``: at most one option, exactly one if mandatory."""
    if options.empty:
        return
    groups = options.groupby("request", sort=False)
    mandatory = groups["mandatory"].any()
    keys = {"request": mandatory.index.to_numpy(dtype=object)}
    rows = builder.add_rows(Rule.OPTION, keys, np.where(mandatory, 1.0, -np.inf), 1.0)
    builder.add_entries(rows[groups.ngroup().to_numpy()], options["column"], 1.0)


def request_requires(builder: ModelBuilder, options: pd.DataFrame) -> None:
    """``request_requires``: a request is chosen only with those it requires."""
    pairs = [
        (request, wanted)
        for request, rows in options.groupby("request", sort=False)
        for wanted in sorted({w for names in rows["requires"] for w in names})
    ]
    if not pairs:
        return
    for request, wanted in pairs:
        needing = options[
            (options["request"] == request) & options["requires"].map(lambda n, w=wanted: w in n)
        ]
        granted = options[options["request"] == wanted]
        keys = {
            k: np.array([v], dtype=object)
            for k, v in zip(("request", "required"), (request, wanted), strict=True)
        }
        row = builder.add_rows(Rule.REQUIRES, keys, -np.inf, 0.0)[0]
        builder.add_entries(np.full(len(needing), row), needing["column"], 1.0)
        builder.add_entries(np.full(len(granted), row), granted["column"], -1.0)


def request_supplies(facts: Facts, options: pd.DataFrame) -> pd.DataFrame:
    """What options put into service: school, item, start, end, column, units."""
    items = facts.scenario.table("request_items")
    joined = items.merge(options[[*OPTION, "school", "column"]], on=OPTION)
    item = joined["item"].map(facts.axes.item_at).astype(np.int64)
    school = joined["school"].to_numpy(dtype=np.int64)
    usable = np.array([facts.axes.usable_from(i.item) for i in facts.items], dtype=np.int64)
    usable = usable.reshape(len(facts.items), len(facts.axes.schools))
    start = np.maximum(joined["year"] - facts.axes.first, usable[item, school])
    lives = np.array([i.life or 10**6 for i in facts.items], dtype=np.int64)
    end = np.minimum(start + lives[item], len(facts.axes.years))
    frame = pd.DataFrame(
        {
            "school": school,
            "item": item,
            "start": start,
            "end": end,
            "column": joined["column"],
            "units": joined["quantity"],
        }
    )
    return frame[(frame["start"] < frame["end"]) & (frame["units"] > 0)]


def request_costs(facts: Facts, options: pd.DataFrame) -> pd.DataFrame:
    """What options cost, one row a fund and year (minor units)."""
    costs = facts.scenario.table("request_costs")
    joined = costs.merge(options[[*OPTION, "school", "column"]], on=OPTION)
    return pd.DataFrame(
        {
            "column": joined["column"].astype(np.int64),
            "fund": joined["fund"].map(facts.fund_at).astype(np.int64),
            "year": joined["year"] - facts.axes.first,
            "school": joined["school"].astype(np.int64),
            "item": -1,
            "amount": joined["amount"].astype(float),
            "kind": "request",
        }
    )[COST]


def add_request_points(builder: ModelBuilder, facts: Facts, options: pd.DataFrame) -> None:
    """Group weight × the office's points, in the first stage of the school's group."""
    if options.empty:
        return
    school = options["school"].to_numpy(dtype=np.int64)
    columns = options["column"].to_numpy(dtype=np.int64)
    group = facts.group_points[school]
    stage = stage_of(facts, school, np.zeros(len(school), np.int64))
    builder.add_value(columns, group * options["value"].to_numpy(), stage)
