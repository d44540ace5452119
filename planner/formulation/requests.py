"""Schools' own requests: exclusive options, requirements, costs, and units that serve."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from planner.formulation.facts import Facts
from planner.formulation.gains import stage_of
from planner.formulation.ledgers import COST
from planner.formulation.model import ModelBuilder
from planner.names import StandingRule

OPTION = ["request", "option"]
SUPPLY = ["school", "item", "start", "end", "column", "units", "most", "sure", "free"]


def option_columns(builder: ModelBuilder, facts: Facts) -> pd.DataFrame:
    """``choose``: how many times each option is chosen (0/1 unless it may be taken in copies).

    Columns: request, option, mandatory, requires, copies, school, value (points), column.
    """
    table = facts.scenario.table("requests")
    names = (table["request"] + ":" + table["option"]).to_numpy(dtype=object)
    column = builder.add_columns("choose", {"choice": names}, 0, table["copies"], integer=True)
    return table[[*OPTION, "mandatory", "requires", "copies"]].assign(
        school=table["school"].map(facts.axes.school_at).astype(np.int64),
        value=table["value"].map(float).astype(float),
        column=column,
    )


def one_option_per_request(builder: ModelBuilder, options: pd.DataFrame) -> None:
    """``one_option_per_request``: at most one option, exactly one if mandatory.

    An option without rivals that nothing makes mandatory is bounded by its column alone: a row
    that says the same would share its shadow price with that bound.
    """
    if options.empty:
        return
    rivals = options.groupby("request")["option"].transform("size") > 1
    asked = options[rivals | options.groupby("request")["mandatory"].transform("any")]
    if asked.empty:
        return
    groups = asked.groupby("request", sort=False)
    mandatory = groups["mandatory"].any()
    keys = {"request": mandatory.index.to_numpy(dtype=object)}
    lower, upper = np.where(mandatory, 1.0, -np.inf), groups["copies"].max()
    rows = builder.add_rows(StandingRule.OPTION, keys, lower, upper)
    builder.add_entries(rows[groups.ngroup().to_numpy()], asked["column"], 1.0)


def request_requires(builder: ModelBuilder, options: pd.DataFrame) -> None:
    """``request_requires``: an option is chosen only with the requests or options it requires.

    Options of one request exclude each other, so those that require the same share a row.
    """
    if options.empty:
        return
    pairs = [
        (request, wanted)
        for request, rows in options.groupby("request", sort=False)
        for wanted in sorted({w for names in rows["requires"] for w in names})
    ]
    for request, wanted in pairs:
        needing = options[
            (options["request"] == request) & options["requires"].map(lambda n, w=wanted: w in n)
        ]
        # ``request`` or ``request:option``
        of, _, option = wanted.partition(":")
        granted = options[options["request"] == of]
        granted = granted[granted["option"] == option] if option else granted
        keys = pd.DataFrame({"request": [request], "wanted": [wanted]})
        row = builder.add_rows(StandingRule.REQUIRES, keys, -np.inf, 0.0)[0]
        builder.add_entries(np.full(len(needing), row), needing["column"], 1.0)
        most = -float(needing["copies"].max())
        builder.add_entries(np.full(len(granted), row), granted["column"], most)


@cache
def _nothing(*names: str) -> pd.DataFrame:
    """A frame without rows: texts of an option, whole numbers of all else. Most scenarios have no
    requests, and every solve asks."""
    kinds = {n: "str" if n in OPTION else "int64" for n in names}
    return pd.DataFrame({n: pd.Series([], dtype=kind) for n, kind in kinds.items()})


def requested_units(facts: Facts) -> pd.DataFrame:
    """What one copy of each option puts into service, as positions: request, option, school,
    item, start, end, quantity; what never serves is left out."""
    if facts.scenario.table("request_items").empty:
        return _nothing(*OPTION, "school", "item", "quantity", "start", "end")
    axes = facts.axes
    owner = facts.scenario.table("requests").drop_duplicates("request").set_index("request")
    asked = facts.scenario.table("request_items")
    asked = facts.placed(asked.assign(school=asked["request"].map(owner["school"])))
    item, school = asked["item"].to_numpy(), asked["school"].to_numpy()
    start = np.maximum(asked["year"].to_numpy(dtype=np.int64), axes.usable[item, school])
    end = np.minimum(start + facts.lives[item], len(axes.years))
    frame = asked[[*OPTION, "school", "item", "quantity"]].assign(start=start, end=end)
    frame = frame[(frame["start"] < frame["end"]) & (frame["quantity"] > 0)]
    return frame.reset_index(drop=True)


def request_supplies(facts: Facts, options: pd.DataFrame) -> pd.DataFrame:
    """What options put into service: school, item, start, end, column, units, most, sure, free
    (see :class:`planner.formulation.decision_columns.Columns`)."""
    if facts.scenario.table("request_items").empty:
        return _nothing(*SUPPLY)
    joined = requested_units(facts).merge(options[[*OPTION, "column", "copies"]], on=OPTION)
    most = joined["quantity"] * joined["copies"]
    named = joined.rename(columns={"quantity": "units"})
    return named.assign(most=most, sure=most, free=0)[SUPPLY]


def request_costs(facts: Facts, options: pd.DataFrame) -> pd.DataFrame:
    """What options cost, one row a fund and year (minor units)."""
    if options.empty:
        return _nothing(*COST)
    costs = facts.placed(facts.scenario.table("request_costs"))
    joined = costs.merge(options[[*OPTION, "school", "column"]], on=OPTION)
    amount = joined["amount"].astype(float)
    return joined.assign(item=-1, amount=amount, kind="request")[COST]


def add_request_points(
    builder: ModelBuilder, facts: Facts, options: pd.DataFrame, grants: pd.DataFrame
) -> None:
    """Group weight × the office's points, in the first stage of the school's group: of an option,
    and of the part of an envelope that is given beyond the least."""
    given = grants["value"].to_numpy() / grants["room"].to_numpy() * facts.scale
    for frame, each in ((options, options["value"].to_numpy()), (grants, given)):
        if len(frame):
            school = frame["school"].to_numpy(dtype=np.int64)
            stage = stage_of(facts, school, np.zeros(len(school), np.int64))
            columns = frame["column"].to_numpy(dtype=np.int64)
            builder.add_value(columns, facts.group_points[school] * each, stage)


# --------------------------------------------------------------------------------------------------
# Block grants: envelopes that a school spends as it sees fit, between a least and a most.
#
# A grant is a cost of a request's option that names a ``most``: if the option is chosen, the
# school gets its least and as much more as the plan decides.
#
# .. math:: 0 \le grant_{roft} \le (most - least)_{roft} \cdot choose_{ro}


def grant_columns(builder: ModelBuilder, facts: Facts, options: pd.DataFrame) -> pd.DataFrame:
    """``grant``: money beyond the least, in units of ``scale``.

    A row a grant: request, option, school, fund, year (positions), room (minor units between
    least and most), value (points for all of it), choose (the option's column), column.
    """
    if not facts.scenario.table("request_costs")["most"].notna().any():
        return _nothing(*OPTION, "school", "fund", "year", "choose", "room", "value", "column")
    costs = facts.placed(facts.scenario.table("request_costs"))
    costs = costs[(costs["most"] > costs["amount"]).fillna(False).to_numpy(dtype=bool)]
    chosen = options[[*OPTION, "school", "copies", "column"]]
    frame = costs.merge(chosen.rename(columns={"column": "choose"}), on=OPTION)
    room = (frame["most"] - frame["amount"]).astype(np.int64)
    choice = (frame["request"] + ":" + frame["option"]).to_numpy(dtype=object)
    keys = frame[["fund", "year"]].assign(choice=choice)[["choice", "fund", "year"]]
    most = room.to_numpy(dtype=np.float64) * frame["copies"].to_numpy() / facts.scale
    column = builder.add_columns("grant", keys, 0.0, most, money=True)
    value = frame["value"].map(float).astype(float)
    kept = frame[[*OPTION, "school", "fund", "year", "choose"]]
    return kept.assign(room=room, value=value, column=column)


def grant_within_envelope(builder: ModelBuilder, facts: Facts, grants: pd.DataFrame) -> None:
    """``grant_within_envelope``: money beyond the least ≤ (most − least) × times chosen."""
    if grants.empty:
        return
    keys = grants.assign(choice=grants["request"] + ":" + grants["option"])
    keys = keys[["choice", "fund", "year"]]
    rows = builder.add_rows(StandingRule.GRANT, keys, -np.inf, 0.0, money=True)
    builder.add_entries(rows, grants["column"], 1.0)
    builder.add_entries(rows, grants["choose"], -grants["room"].to_numpy() / facts.scale)


def grant_costs(facts: Facts, grants: pd.DataFrame) -> pd.DataFrame:
    """What a unit of each ``grant`` column costs: ``scale`` minor units."""
    if grants.empty:
        return _nothing(*COST)
    frame = grants[["column", "fund", "year", "school"]]
    return frame.assign(item=-1, amount=float(facts.scale), kind="request")[COST]
