"""Site works and single deliveries: the 0/1 decisions around a purchase.

``works[s,i,f,t]`` is 1 when the site works of an item are paid in that year from that fund,
together with the first purchase at a school that had no stock of it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from planner.formulation.decision_columns import BUY_KEYS, Columns
from planner.formulation.facts import Facts
from planner.formulation.gains import Service
from planner.formulation.model import ModelBuilder
from planner.formulation.prerequisites import VariableBounds, serving_together
from planner.names import Link, StandingRule, lock_key
from planner.vocabulary.axes import Bools, Floats, Ints

SITE = ["school", "item"]


def works_before_purchase(builder: ModelBuilder, columns: Columns) -> None:
    """``works_before_purchase``: units bought in t ≤ most × works paid up to t."""
    works = columns.works
    if works.empty:
        return
    sites = works.groupby([*SITE, "year"], as_index=False)
    firsts = sites.agg(most=("most", "max"), committed=("committed", "sum"))
    firsts["most"] = firsts[["most", "committed"]].max(axis=1)  # contracts of several funds
    keys = firsts[[*SITE, "year"]]
    firsts = firsts.assign(row=builder.add_rows(StandingRule.WORKS, keys, -np.inf, 0.0))
    bought = firsts.merge(columns.buys[[*BUY_KEYS, "column", "lot"]], on=[*SITE, "year"])
    builder.add_entries(bought["row"], bought["column"], bought["lot"])
    done = firsts.merge(works[[*SITE, "year", "column"]], on=SITE, suffixes=("", "_works"))
    done = done[done["year_works"] <= done["year"]]
    builder.add_entries(done["row"], done["column"], -done["most"])


def works_once(builder: ModelBuilder, columns: Columns) -> None:
    """``works_once``: the works of an item at a school are paid once."""
    works = columns.works
    if works.empty:
        return
    number, firsts = _numbered(works, SITE)
    rows = builder.add_rows(Link.WORKS_ONCE, firsts, -np.inf, 1.0)
    builder.add_entries(rows[number], works["column"], 1.0)


def works_paid_with_purchase(builder: ModelBuilder, facts: Facts, columns: Columns) -> None:
    """``works_paid_with_purchase``: the fund that pays the works buys in that year too."""
    works = columns.works
    if works.empty:
        return
    rows = builder.add_rows(Link.WORKS_PAID, works[BUY_KEYS], 0.0, np.inf)
    whole = ~facts.by_money[works["item"]]
    price = np.maximum(works["price"].to_numpy(), 1)
    builder.add_entries(rows, works["buy"], 1.0)
    builder.add_entries(rows, works["column"], -np.where(whole, 1.0, 1.0 / price))


def service_after_works(
    builder: ModelBuilder, facts: Facts, columns: Columns, service: Service, bounds: VariableBounds
) -> None:
    """``service_after_works``: gain ≤ room × works of purchases that serve by then.

    Implied for whole units (requests put units into service without works); it keeps the
    linear relaxation from paying half the works for half the units, the same strengthening as
    in facility location (disaggregated links).
    """
    works = columns.works
    if works.empty:
        return
    gains = _bounded_gains(builder, Link.WORKS_SERVICE, service, works)
    done = gains.merge(works[[*SITE, "start", "column"]], on=SITE)
    done = done[done["start"] <= done["year"]]
    builder.add_entries(done["row"], done["column"], -done["room"])
    asked = gains.merge(_requested(columns), on=SITE)
    asked = asked[(asked["start"] <= asked["year"]) & (asked["year"] < asked["end"])]
    builder.add_entries(asked["row"], asked["column"], -asked["room"])
    if len(gains):
        bounds.add("works", pd.concat([done, asked], ignore_index=True)[["gain", "column"]])


def _bounded_gains(
    builder: ModelBuilder,
    rule: Link,
    service: Service,
    decisions: pd.DataFrame,
    but: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """A row of ``rule`` for every gain where there are ``decisions``: school, item, year, room,
    row, gain; none where anything of ``but`` serves. What bounds the gain is still to come."""
    at = service.gains["span"].to_numpy()
    place = {k: service.spans[k].to_numpy()[at] for k in (*SITE, "year")}
    gains = service.gains.assign(**place).rename(columns={"column": "gain"})
    gains = gains.merge(decisions[SITE].drop_duplicates(), on=SITE)
    if but is not None:
        there = gains[[*SITE, "year", "gain"]].merge(but[[*SITE, "start", "end"]], on=SITE)
        there = there[(there["start"] <= there["year"]) & (there["year"] < there["end"])]
        gains = gains[~gains["gain"].isin(there["gain"])]
    gains = gains.reset_index(drop=True)
    keys = gains[[*SITE, "year", "gain"]]
    gains = gains.assign(row=builder.add_rows(rule, keys, -np.inf, 0.0))
    builder.add_entries(gains["row"], gains["gain"], 1.0)
    return gains[[*SITE, "year", "room", "row", "gain"]]


def _requested(columns: Columns) -> pd.DataFrame:
    """Supplies that requests bring, without a purchase: school, item, start, end, column."""
    others = columns.supplies[~columns.supplies["column"].isin(columns.buys["column"])]
    return others[[*SITE, "start", "end", "column"]]


def one_delivery(builder: ModelBuilder, facts: Facts, columns: Columns) -> None:
    """``one_delivery``: a purchase needs a delivery; one delivery within an item's life."""
    deliveries = columns.deliveries
    if deliveries.empty:
        return
    rows = builder.add_rows(Link.PURCHASE_DELIVERED, deliveries[BUY_KEYS], -np.inf, 0.0)
    builder.add_entries(rows, deliveries["buy"], deliveries["lot"])
    builder.add_entries(rows, deliveries["column"], -deliveries["most"])
    windows = deliveries[[*SITE, "year"]].drop_duplicates(ignore_index=True)
    windows["row"] = builder.add_rows(StandingRule.ONCE, windows, -np.inf, 1.0)
    each = deliveries[[*SITE, "year", "column"]]
    pairs = windows.merge(each, on=SITE, suffixes=("", "_delivery"))
    age = pairs["year"] - pairs["year_delivery"]
    inside = (age >= 0) & (age < facts.lives[pairs["item"]])
    builder.add_entries(pairs["row"][inside], pairs["column"][inside], 1.0)


def service_after_delivery(
    builder: ModelBuilder, columns: Columns, service: Service, bounds: VariableBounds
) -> None:
    """``service_after_delivery``: gain ≤ room × deliveries whose units serve in the span.

    Implied for whole deliveries (requests put units into service without one); it keeps the
    linear relaxation from taking half a delivery in each of two years. Measured on the three
    wards: the relaxation falls from 0.74% above the bound of the whole problem to 0.12%.
    """
    deliveries = columns.deliveries
    if deliveries.empty:
        return
    gains = _bounded_gains(builder, Link.DELIVERED, service, deliveries)
    if gains.empty:
        return
    ends = columns.buys[["column", "end"]].rename(columns={"column": "buy"})
    supplied = deliveries[[*SITE, "start", "column", "buy"]].merge(ends, on="buy")
    asked = _requested(columns)
    pairs = gains.merge(pd.concat([supplied[asked.columns], asked], ignore_index=True), on=SITE)
    pairs = pairs[(pairs["start"] <= pairs["year"]) & (pairs["year"] < pairs["end"])]
    builder.add_entries(pairs["row"], pairs["column"], -pairs["room"])
    bounds.add("deliveries", pairs[["gain", "column"]])


# --------------------------------------------------------------------------------------------------
# ``least_delivery``: a school gets no crumbs.


def least_delivery(
    builder: ModelBuilder, facts: Facts, columns: Columns, service: Service, bounds: VariableBounds
) -> None:
    """``least_delivery``: units bought in a year ≥ least × brought − (least − lot) × excused.

    ``brought`` (0/1): anything is delivered; of what is delivered once its deliveries say so.
    ``excused`` (0/1): fewer than the least are, and no further lot fits the need left when they
    begin to serve; of what is not bought in whole units, no more than rounding to whole money may
    take is left of the need. What excuses is there without the delivery: the need, but for fewer
    than the least, is filled by others. Where these, the least that they may be, leave no place,
    nothing is excused.
    """
    buys = columns.buys[facts.least[columns.buys["item"]] > 0]
    if buys.empty:
        return
    keys = [*SITE, "year"]
    all_sites = buys.groupby(keys, as_index=False).agg(
        start=("start", "first"), end=("end", "max"), lot=("lot", "first"), most=("most", "sum"),
        needed=("needed", "max"), signed=("committed", "sum"),
    )  # fmt: skip
    sites = all_sites[all_sites["signed"] == 0].reset_index(drop=True)
    if sites.empty:
        return
    pairs, bound = serving_together(
        facts, columns.supplies, columns.buys, sites[[*SITE, "start", "year"]]
    )
    row, lot = pairs["row"].to_numpy(), sites["lot"].to_numpy()
    price = pd.Series(columns.buys["price"].to_numpy(), index=columns.buys["column"])
    dust = (1.0 / price.clip(lower=1)).reindex(pairs["column"]).fillna(0.0).to_numpy()
    lost = np.bincount(row, weights=dust, minlength=len(sites))
    whole, asked = ~facts.by_money[sites["item"]], facts.least[sites["item"]]
    unit = np.where(whole, lot, 0)
    filled = np.maximum(np.where(whole, bound - lot + 1, bound - lost), 0.0)
    # Where even all that is needed is less than the least, only an excuse will do.
    most = np.minimum(sites["most"], sites["needed"]).to_numpy()
    least = np.minimum(asked, most + lot)
    other = (pairs["bought"] != pairs["until"]).to_numpy()
    given = np.maximum(filled - asked + unit, 0.0)
    there = _least_of_others(facts, sites, pairs, other, np.minimum(asked, filled))
    given = np.where(given > 0, np.maximum(given, there), 0.0)
    excusable = np.isfinite(given) if facts.beyond else given <= bound - unit
    once = facts.once[sites["item"]]

    brought, excused = (np.full(len(sites), -1, dtype=np.int64) for _ in range(2))
    brought[~once] = builder.add_columns("brought", sites.loc[~once, keys], 0, 1, integer=True)
    excused[excusable] = builder.add_columns(
        "excused", sites.loc[excusable, keys], 0, 1, integer=True
    )
    numbered = sites[[*keys, "start", "end"]].assign(row=np.arange(len(sites)))
    mine = numbered.merge(buys[[*keys, "column", "lot"]], on=keys)
    delivered = pd.concat(
        [
            numbered.assign(column=brought)[~once],
            numbered.merge(columns.deliveries[[*keys, "column"]], on=keys),
        ],
        ignore_index=True,
    )
    rows = builder.add_rows(StandingRule.LEAST, sites[keys], 0.0, np.inf)
    builder.add_entries(rows[mine["row"]], mine["column"], mine["lot"])
    builder.add_entries(rows[delivered["row"]], delivered["column"], -least[delivered["row"]])
    builder.add_entries(rows[excusable], excused[excusable], (least - unit)[excusable])
    # What is excused is fewer than the least.
    at = np.flatnonzero(~once | excusable)
    links = np.full(len(sites), -1, dtype=np.int64)
    links[at] = builder.add_rows(Link.BROUGHT, sites[keys].take(at), -np.inf, 0.0)
    for frame, weights in ((mine, mine["lot"]), (delivered, -most[delivered["row"]])):
        used = links[frame["row"]] >= 0
        builder.add_entries(links[frame["row"]][used], frame["column"][used], weights[used])
    fewer = most - np.minimum(asked - unit, most)
    builder.add_entries(links[excusable], excused[excusable], fewer[excusable])
    for link, counted, due in (
        (Link.FILLED, np.ones(len(pairs), dtype=bool), filled),
        (Link.EXCUSED, other, given),
    ):
        at = np.flatnonzero((due > 0) & excusable)
        place = np.full(len(sites), -1, dtype=np.int64)
        place[at] = builder.add_rows(link, sites[keys].take(at), 0.0, np.inf)
        used = counted & (place[row] >= 0)
        builder.add_entries(place[row[used]], pairs["column"][used], pairs["weight"][used])
        builder.add_entries(place[at], excused[at], -due[at])
    several = delivered[~once[delivered["row"]]]
    _service_after_least(
        builder, columns, service, bounds, several, all_sites[all_sites["signed"] > 0]
    )
    sure = once & ~excusable
    _useful_after_least(builder, facts, service, delivered[sure[delivered["row"]]])


def _least_of_others(
    facts: Facts, sites: pd.DataFrame, pairs: pd.DataFrame, other: Bools, totals: Floats
) -> Floats:
    """``[site]`` the fewest units that can be there from others when something is delivered as
    well; infinite where there can be no others.

    A delivery in an earlier year left ``totals`` (``[site]``: its least, or the need filled) or
    more in service, all of which is still there unless some of it ends before. What is delivered
    once is no other within its life. Of contracts and requests nothing is known.
    """
    row = pairs["row"].to_numpy()
    ends = np.full(len(sites), np.iinfo(np.int64).max)
    np.minimum.at(ends, row, pairs["end"].to_numpy(dtype=np.int64))
    place = sites[[*SITE, "year"]].rename(columns={"year": "bought"})
    found = pairs.loc[other, [*SITE, "bought", "row"]].merge(
        place.assign(at=np.arange(len(sites))), on=[*SITE, "bought"], how="left"
    )
    row, known = found["row"].to_numpy(), found["at"].notna().to_numpy()
    at = found["at"].fillna(0).to_numpy(dtype=np.int64)
    item, year = sites["item"].to_numpy()[row], sites["year"].to_numpy()
    lasting = known & (ends[at] > sites["start"].to_numpy()[row])
    barred = known & facts.once[item] & (year[row] - year[at] < facts.lives[item])
    fewest = np.full(len(sites), np.inf)
    np.minimum.at(fewest, row, np.where(barred, np.inf, np.where(lasting, totals[at], 0.0)))
    return fewest


def _useful_after_least(
    builder: ModelBuilder, facts: Facts, service: Service, delivered: pd.DataFrame
) -> None:
    """``useful_after_least``: what is delivered once brings its least in any case, and counts
    towards a threshold above it.

    ``delivered``: deliveries of which none is excused. As long as all that may serve in a span
    come in one delivery, units ≥ least × delivery + (threshold − least) × its 0/1 gain + the gains
    above. The relaxation would count five of thirteen computers for a delivery, and the same five
    for five thirteenths of the threshold.
    """
    least = facts.least[service.spans["item"]]
    spans = np.flatnonzero((service.opened >= 0) & (least > 0) & (service.threshold > least))
    pairs = service.spans.iloc[spans][[*SITE, "year"]].assign(span=spans)
    pairs = pairs.merge(delivered.rename(columns={"year": "bought"}), on=SITE)
    pairs = pairs[(pairs["start"] <= pairs["year"]) & (pairs["year"] < pairs["end"])]
    years = pairs.groupby("span")["bought"].agg(["min", "max"])
    lives = facts.lives[service.spans["item"].to_numpy()[years.index]]
    together = years.index[(years["max"] - years["min"] < lives).to_numpy()]
    rows = service.add_chains(builder, Link.USEFUL_LEAST, np.asarray(together), least)
    pairs = pairs[pairs["span"].isin(together)]
    builder.add_entries(rows[pairs["span"]], pairs["column"], -least[pairs["span"]])


def _service_after_least(
    builder: ModelBuilder, columns: Columns, service: Service, bounds: VariableBounds,
    brought: pd.DataFrame, signed: pd.DataFrame,
) -> None:  # fmt: skip
    """``service_after_least``: gain ≤ room × deliveries and requests that serve in the span.

    Implied for whole deliveries; it keeps the linear relaxation from a tenth of a delivery for a
    tenth of the units. Where a contract serves (``signed``) something is there in any case.
    """
    gains = _bounded_gains(builder, Link.LEAST_SERVICE, service, brought, signed)
    asked = _requested(columns)
    pairs = gains.merge(pd.concat([brought[asked.columns], asked], ignore_index=True), on=SITE)
    pairs = pairs[(pairs["start"] <= pairs["year"]) & (pairs["year"] < pairs["end"])]
    builder.add_entries(pairs["row"], pairs["column"], -pairs["room"])
    if len(gains):
        bounds.add("least deliveries", pairs[["gain", "column"]])


def one_source(builder: ModelBuilder, facts: Facts, columns: Columns) -> None:
    """``one_source``: a school's item is paid from one fund in a year, where asked for."""
    buys = columns.buys
    if not facts.scenario.settings.one_source or buys.empty:
        return
    key = [*SITE, "year"]
    shared = buys[buys.duplicated(key, keep=False)].reset_index(drop=True)
    if shared.empty:
        return
    keys = shared[BUY_KEYS]
    column = builder.add_columns("source", keys, 0, 1, integer=True)
    rows = builder.add_rows(Link.SOURCE, keys, -np.inf, 0.0)
    builder.add_entries(rows, shared["column"], shared["lot"])
    builder.add_entries(rows, column, -shared["most"])
    number, firsts = _numbered(shared, key)
    once = builder.add_rows(StandingRule.ONE_SOURCE, firsts, -np.inf, 1.0)
    builder.add_entries(once[number], column, 1.0)


PURCHASE_RULES: tuple[Callable[[ModelBuilder, Facts, Columns], None], ...] = (one_source,)
"""Rules that speak of nothing but what is bought, in the order of their rows."""


def _numbered(frame: pd.DataFrame, key: list[str]) -> tuple[Ints, pd.DataFrame]:
    """A number for each distinct key, and the keys in number order."""
    groups = frame.groupby(key, sort=True)
    return groups.ngroup().to_numpy(), groups.size().reset_index()[key]


# --------------------------------------------------------------------------------------------------
# ``locked``: what somebody has decided is held exactly, neither more nor less.


def locked(builder: ModelBuilder, facts: Facts, columns: Columns, options: pd.DataFrame) -> None:
    """``locked``: units bought = the quantity decided; an option is chosen or it is not.

    No other rule gives way to a lock. Where no purchase like the locked one can exist (no such
    fund, banned, nothing needed), its units are a column fixed at 0, so that a lock above 0 is
    proven infeasible instead of being forgotten.
    """
    locks = list(facts.scenario.rows("locks"))
    if not locks:
        return
    keys = np.array([lock_key(lock) for lock in locks], dtype=object)
    quantity = np.array([float(lock.quantity) for lock in locks])
    chosen = options.set_index(["request", "option"])["column"].to_dict()
    places = columns.buys.groupby(SITE).indices
    found: list[pd.DataFrame] = []
    for lock in locks:
        if lock.request:
            column = int(chosen[lock.request, lock.option])
            found.append(pd.DataFrame({"column": [column], "lot": [1]}))
        else:
            at = facts.axes.school_at[str(lock.school)], facts.axes.item_at[str(lock.item)]
            mine = columns.buys.iloc[places.get(at, [])]
            if lock.fund:
                mine = mine[mine["fund"] == facts.fund_at[lock.fund]]
            if lock.year is not None:
                mine = mine[mine["year"] == facts.axes.year_at(lock.year)]
            found.append(mine)
    nothing = np.array([part.empty for part in found])
    absent = builder.add_columns("impossible", {"lock": keys[nothing]}, 0.0, 0.0)
    rows = builder.add_rows(StandingRule.LOCKED, {"key": keys}, quantity, quantity)
    builder.add_entries(rows[nothing], absent, 1.0)
    for row, part in zip(rows, found, strict=True):
        builder.add_entries(np.full(len(part), row), part["column"], part["lot"])
