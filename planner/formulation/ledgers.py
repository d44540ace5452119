r"""Ledgers: what every decision costs, in which year and from which fund.

All kinds of line (purchases, site works, requests, upkeep) are first gathered into one frame
of *costs* (column, fund, year, school, amount); the budget rows only add it up, so a new kind
of line needs no new ledger.

.. math:: \sum costs_{ft} + carry_{ft} \le A_{ft} + carry_{f,t-1}

Schools' own requests stand here, too: exclusive options, requirements, costs, and units that serve.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from planner.formulation.decision_columns import Columns
from planner.formulation.facts import Facts
from planner.formulation.gains import stage_of
from planner.formulation.model import ModelBuilder
from planner.money import instalments
from planner.names import StandingRule
from planner.scenario.measures import KINDS
from planner.vocabulary.axes import Bools, narrow, positions

COST = ["column", "fund", "year", "school", "item", "amount", "kind"]
KIND = pd.CategoricalDtype(KINDS)
"""Kinds of line; text for each of millions of lines would be most of their memory."""


def purchase_costs(facts: Facts, columns: Columns) -> pd.DataFrame:
    """Instalments of purchases, from the year of purchase on (minor units per column unit)."""
    buys = columns.buys
    parts = []
    for item in np.unique(buys["item"]):
        mine = buys[buys["item"] == item]
        whole = mine["price"] * mine["lot"]
        project = facts.axes.preparing[mine["school"]]
        for k, part in enumerate(facts.items[item].payments):
            amount = whole.astype(float) * np.where(project, float(k == 0), float(part))
            parts.append(_costs(mine, mine["year"] + k, amount, "purchase")[amount > 0])
    return _joined(parts)


def works_costs(facts: Facts, columns: Columns) -> pd.DataFrame:
    """Site works, paid in their year."""
    works = columns.works
    amount = facts.setup[works["item"], works["year"]].astype(float)
    return _costs(works, works["year"], pd.Series(amount, index=works.index), "setup")


def contract_costs(facts: Facts, columns: Columns) -> pd.DataFrame:
    """What contracts cost beyond the catalogue's prices, by their instalments in whole money; site
    works in their year."""
    rows, parts = columns.contracts, []
    for item in np.unique(rows["item"]):
        mine = rows[rows["item"] == item]
        project = facts.axes.preparing[mine["school"]]
        plain = mine["units"] * facts.price[item, mine["year"]]
        shares = facts.items[item].payments
        dues = np.array(
            [
                [int(money), *([0] * (len(shares) - 1))] if own else instalments(int(money), shares)
                for money, own in zip(plain + mine["extra"], project, strict=True)
            ]
        )
        for k, part in enumerate(shares):
            share = np.where(project, float(k == 0), float(part))
            amount = pd.Series(dues[:, k] - plain * share, index=mine.index)
            parts.append(_costs(mine, mine["year"] + k, amount, "purchase")[amount != 0])
    works = rows[rows["works"] != 0]
    parts.append(_costs(works, works["year"], works["works"].astype(float), "setup"))
    return _joined(parts)


def upkeep_costs(facts: Facts, columns: Columns) -> pd.DataFrame:
    """``upkeep_funded``: yearly cost of units whose service began in an earlier year.

    What is proposed into a building project is not a decision of this plan, so its upkeep is
    reported, not charged.
    """
    supplies = columns.supplies[~facts.axes.preparing[columns.supplies["school"]]]
    payer = facts.payers[supplies["school"], supplies["item"]]
    parts = []
    for name in sorted(set(payer) - {""}):
        paid = supplies[payer == name]
        for year in facts.declared[name]:
            if not 0 < year < facts.axes.end:
                continue
            due = paid[(paid["start"] < year) & (year < paid["end"])]
            amount = (facts.upkeep[due["item"], year] * due["units"]).astype(float)
            due = due.assign(fund=facts.fund_at[name])
            parts.append(_costs(due, year, amount, "upkeep")[amount > 0])
    return _joined(parts)


def stock_upkeep_lines(facts: Facts) -> pd.DataFrame:
    """Upkeep of the stock that exists before the plan: school, item, fund, year, amount."""
    parts = []
    for name in sorted(set(facts.payers.ravel()) - {""}):
        paid = facts.payers == name
        for at in sorted(y for y in facts.declared[name] if 0 <= y < facts.axes.end):
            amount = facts.stock[:, :, at] * facts.upkeep[None, :, at] * paid
            school, item = np.nonzero(amount)
            frame = pd.DataFrame({"school": school, "item": item})
            frame = frame.assign(fund=facts.fund_at[name], year=at + facts.axes.first)
            parts.append(frame.assign(amount=amount[school, item]))
    if not parts:
        names = ("school", "item", "fund", "year", "amount")
        return pd.DataFrame({k: np.zeros(0, np.int64) for k in names})
    return pd.concat(parts, ignore_index=True)


def stock_upkeep(facts: Facts) -> dict[tuple[int, int], int]:
    """(fund position, year position) → upkeep of the stock, minor units."""
    lines = stock_upkeep_lines(facts)
    sums = lines.groupby(["fund", "year"])["amount"].sum()
    return {(int(f), int(y) - facts.axes.first): int(m) for (f, y), m in sums.items()}


def _costs(frame: pd.DataFrame, year: object, amount: pd.Series, kind: str) -> pd.DataFrame:
    costs = frame[["column", "fund", "school", "item"]].assign(year=year, amount=amount, kind=kind)
    return costs[COST]


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    parts = [narrow(p.astype({"kind": KIND})) for p in parts if len(p)]
    if not parts:
        return pd.DataFrame({k: np.zeros(0, np.int64) for k in COST})
    return pd.concat(parts, ignore_index=True)


def all_costs(facts: Facts, columns: Columns, *requests: pd.DataFrame) -> pd.DataFrame:
    """Every cost of every column: column, fund, year, school, amount, kind."""
    own = (purchase_costs, works_costs, contract_costs, upkeep_costs)
    return _joined([*(costs(facts, columns) for costs in own), *requests])


def fund_within_budget(
    builder: ModelBuilder, facts: Facts, columns: Columns, costs: pd.DataFrame
) -> None:
    """``fund_within_budget``: costs + carried out ≤ usable money + carried in."""
    owed = stock_upkeep(facts)
    ledger = [
        (at, year, facts.usable(name, year) - owed.get((at, year), 0))
        for at, (name, fund) in enumerate(facts.funds.items())
        if fund.role == "general"
        for year in sorted(facts.declared[name])
        if year >= 0
    ]
    frame = pd.DataFrame(ledger, columns=["fund", "year", "money"])
    keys = frame[["fund", "year"]].astype(np.int64)
    upper = frame["money"].to_numpy(dtype=np.float64) / facts.scale
    rows = builder.add_rows(StandingRule.FUND, keys, -np.inf, upper, money=True)
    row_of = {(f, y): r for f, y, r in zip(keys["fund"], keys["year"], rows, strict=True)}
    general = np.array([f.role == "general" for f in facts.funds.values()], dtype=bool)
    mine = costs[general[costs["fund"].to_numpy()]] if len(costs) else costs
    for (fund, year), part in mine.groupby(["fund", "year"]):
        row = np.full(len(part), row_of[int(fund), int(year)])
        builder.add_entries(row, part["column"], part["amount"].to_numpy() / facts.scale)
    for carry in columns.carries.itertuples():
        builder.add_entries([row_of[carry.fund, carry.year]], [carry.column], 1.0)
        builder.add_entries([row_of[carry.fund, carry.year + 1]], [carry.column], -1.0)


def preparing_from_project(builder: ModelBuilder, facts: Facts, costs: pd.DataFrame) -> None:
    """``preparing_from_project``: a building project takes at most its declared IT amount."""
    project = np.array([f.role == "project" for f in facts.funds.values()], dtype=bool)
    mine = costs[project[costs["fund"].to_numpy()]] if len(costs) else costs
    if mine.empty:
        return
    groups = mine.groupby(["fund", "school"])
    keys = groups.size().reset_index()[["fund", "school"]]
    money = facts.scenario.schools["project_amount"].fillna(0).to_numpy(dtype=np.float64)
    upper = money[keys["school"]] / facts.scale
    rows = builder.add_rows(StandingRule.PROJECT, keys, -np.inf, upper, money=True)
    row = rows[groups.ngroup().to_numpy()]
    builder.add_entries(row, mine["column"], mine["amount"] / facts.scale)


# --------------------------------------------------------------------------------------------------
# Requests: options, what they require, cost and supply.

OPTION = ["request", "option"]
SUPPLY = ["school", "item", "start", "end", "column", "units", "most", "sure", "free"]


def option_columns(builder: ModelBuilder, facts: Facts) -> pd.DataFrame:
    """``choose``: how many times each option is chosen (0/1 unless it may be taken in copies).

    Columns: request, option, mandatory, requires, copies, school, value (points), column.
    """
    table = facts.scenario.table("requests")
    names = (table["request"] + ":" + table["option"]).to_numpy(dtype=object)
    most = table["copies"].to_numpy(dtype=np.float64)
    if facts.closed:
        most = np.where(_past(facts, table), 0.0, most)
    column = builder.add_columns("choose", {"choice": names}, 0, most, integer=True)
    return table[[*OPTION, "mandatory", "requires", "copies"]].assign(
        school=positions(table["school"], facts.axes.school_at),
        value=table["value"].map(float).astype(float),
        column=column,
    )


def _past(facts: Facts, table: pd.DataFrame) -> Bools:
    """``year_closed``: ``[option]`` whether it is paid in a past year and neither locked nor
    mandatory."""
    costs = facts.scenario.table("request_costs")
    early = costs[costs["year"] < facts.axes.first + facts.closed]
    paid = set(zip(early["request"], early["option"], strict=True))
    kept = {(lock.request, lock.option) for lock in facts.scenario.rows("locks")}
    keys = zip(table["request"], table["option"], strict=True)
    past = np.array([k in paid and k not in kept for k in keys], dtype=bool)
    return past & ~table.groupby("request")["mandatory"].transform("any").to_numpy(dtype=bool)


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
