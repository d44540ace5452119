"""Prerequisites and needs as rows, and the cuts that whole decisions imply."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.formulation.decision_columns import Columns, served
from planner.formulation.facts import Facts
from planner.formulation.gains import Service
from planner.formulation.model import ModelBuilder
from planner.names import Link, StandingRule
from planner.vocabulary.axes import Bools, Floats, Ints

# --------------------------------------------------------------------------------------------------
# Variable-upper-bound cuts: gains bounded by the whole decisions that they depend on.
#
# A delivery, site works or a unit of a required item bounds the gains that need it. For whole
# decisions :math:`gain \le room \times \sum bounding` follows from the rules; the linear
# relaxation, which would take a quarter of a delivery for a quarter of the units, has to be told.
# The same dependencies tighten floors: a floor that the stock does not reach needs one of the
# decisions that its gains depend on.

SITE = ["school", "item"]
PAIR = ["kind", "year", "gain", "column"]
"""A frame of dependencies: a gain column and one column that bounds it. All columns of one kind
(and year, where a gain is tied to several) bound a gain together."""


class VariableBounds:
    """Which whole decisions bound which gains, gathered from the rules while they are written.

    ``unserved``: required item, and the frame (own and other span, year) of where nothing
    serves without it.
    """

    def __init__(self) -> None:
        self.parts: list[pd.DataFrame] = []
        self.unserved: list[tuple[str, pd.DataFrame]] = []

    def add(self, kind: str, pairs: pd.DataFrame) -> None:
        """Decisions of one kind that bound gains; ``pairs``: gain, column, and year where it
        matters."""
        frame = pd.DataFrame({"year": 0} | dict(pairs.items())).assign(kind=kind)
        self.parts.append(frame[PAIR])

    @property
    def pairs(self) -> pd.DataFrame:
        """The dependencies of every kind in one frame."""
        nothing = pd.DataFrame({k: np.zeros(0, np.int64) for k in PAIR})
        return pd.concat(self.parts, ignore_index=True) if self.parts else nothing


def add_prerequisite_cuts(
    builder: ModelBuilder,
    service: Service,
    rows: pd.DataFrame,
    required: str,
    bounds: VariableBounds,
) -> None:
    """``service_after_prerequisite``: gain ≤ room × lots and requests of the required item.

    ``rows``: own and other span, year; nothing serves in the own one without new units of the
    other.
    """
    links = _with_gains(service, rows[["own", "other", "year"]].assign(first=rows["own"]))
    if links.empty:
        return
    tied_to = _add_cuts(builder, Link.AFTER, service, links, _supplies(service, links))
    bounds.add(f"lots {required}", tied_to)


def add_dependency_cuts(
    builder: ModelBuilder, columns: Columns, service: Service, bounds: VariableBounds
) -> None:
    """``service_after_opening``: gain ≤ room × what must be there as well.

    Units of the required item must be there as long as the own units live, so that gains of
    earlier years are tied too: half a licence for the last years does not do for records that
    stay. What the required item depends on (deliveries, works) bounds these gains as well.
    """
    for required, rows in bounds.unserved:
        links = _with_gains(service, _minimal(service, _tied(service, rows)))
        if links.empty:
            continue
        supplies = _supplies(service, links)
        found = {"lots": supplies} | _bounding(columns, service, supplies)
        for kind, column in found.items():
            new = links["first"] < links["own"] if kind == "lots" else True
            tied = links[links["other"].isin(column["other"]) & new]
            tied_to = _add_cuts(builder, Link.OPENING, service, tied, column)
            bounds.add(f"{kind} {required}", tied_to)


def _with_gains(service: Service, links: pd.DataFrame) -> pd.DataFrame:
    """Links of spans (``first``) as links of their gains."""
    gains = service.gains.rename(columns={"span": "first", "column": "gain"})
    return links.merge(gains, on="first").reset_index(drop=True)


def _supplies(service: Service, links: pd.DataFrame) -> pd.DataFrame:
    """What can serve in the other spans of links: ``other``, column."""
    alive = service.alive
    some = alive.loc[alive["span"].isin(links["other"]), ["span", "column"]]
    return some.rename(columns={"span": "other"})


def _bounding(
    columns: Columns, service: Service, supplies: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Spans (``other``) whose supplies need a delivery or works: the columns that bound them.

    ``supplies``: span and column; requests serve without works or delivery and stay. Where no
    purchase can bring more than one lot, the lots themselves say as much.
    """
    buys = columns.buys.assign(lots=columns.buys["most"] / columns.buys["lot"])
    bought = supplies.merge(buys[["column", "lots"]], on="column")
    several = bought.loc[bought["lots"] > 1, "other"].unique()
    supplies = supplies[supplies["other"].isin(several)]
    asked = supplies[~supplies["column"].isin(columns.buys["column"])]
    delivered = columns.deliveries[["buy", "column"]].rename(columns={"column": "delivery"})
    delivered = delivered.merge(supplies, left_on="buy", right_on="column")
    delivered = delivered[["other", "delivery"]].rename(columns={"delivery": "column"})
    site = ["school", "item"]
    spans = service.spans.loc[several, [*site, "year"]].rename_axis("other").reset_index()
    worked = spans.merge(columns.works[[*site, "start", "column"]], on=site)
    worked = worked.loc[worked["start"] <= worked["year"], ["other", "column"]]
    return {
        kind: pd.concat([own, asked[asked["other"].isin(own["other"])]], ignore_index=True)
        for kind, own in (("deliveries", delivered), ("works", worked))
        if len(own)
    }


def _add_cuts(
    builder: ModelBuilder, name: Link, service: Service, links: pd.DataFrame, supplies: pd.DataFrame
) -> pd.DataFrame:
    """Rows gain ≤ room × Σ supplies of the other span; returns gain, column, year."""
    links = links.reset_index(drop=True)
    keys = (
        service.spans[[*SITE, "year"]]
        .take(links["first"])
        .assign(gain=links["gain"].to_numpy(), by=links["year"].to_numpy())
    )
    index = builder.add_rows(name, keys, -np.inf, 0.0)
    builder.add_entries(index, links["gain"], 1.0)
    pairs = links.assign(row=index).merge(supplies, on="other")
    builder.add_entries(pairs["row"], pairs["column"], -pairs["room"])
    return pairs


def _tied(service: Service, rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` also for the earlier spans (``first``) whose units all still serve in them."""
    until, _ = service.lasting
    spans = service.spans.loc[rows["own"].unique(), ["school", "item"]]
    same = service.spans["item"].isin(spans["item"].unique()) & service.gaining
    earlier = service.spans.loc[same, ["school", "item"]].rename_axis("first").reset_index()
    pairs = spans.rename_axis("own").reset_index().merge(earlier, on=["school", "item"])
    first, own = pairs["first"].to_numpy(), pairs["own"].to_numpy()
    pairs = pairs[(first <= own) & (own <= until[first])]
    return rows[["own", "other", "year"]].merge(pairs[["first", "own"]], on="own")


def _minimal(service: Service, links: pd.DataFrame) -> pd.DataFrame:
    """The links that no neighbour in time implies: one with fewer supplies is the tighter one."""
    until, since = service.lasting
    links = links.sort_values(["first", "year"], kind="stable", ignore_index=True)
    first, other = links["first"].to_numpy(), links["other"].to_numpy()
    implied = np.zeros(len(links), dtype=bool)
    same = first[1:] == first[:-1]
    before, after = other[:-1], other[1:]
    never = (before < 0), (after < 0)
    grown = never[0] | (~never[1] & (after <= until[before]))
    shrunk = ~grown & (never[1] | (~never[0] & (before >= since[after])))
    implied[1:] |= same & grown
    implied[:-1] |= same & shrunk
    return links[~implied]


def thresholds_open(service: Service, bounds: VariableBounds) -> None:
    """Nothing is gained in a span below its threshold: the threshold bounds all gains there."""
    opened = service.opened[service.gains["span"]]
    gains = service.gains["column"].to_numpy(dtype=np.int64)[opened >= 0]
    if len(gains):
        bounds.add("thresholds", pd.DataFrame({"gain": gains, "column": opened[opened >= 0]}))


def add_floor_cuts(
    builder: ModelBuilder, rule: str, floors: pd.DataFrame, bounding: pd.DataFrame
) -> None:
    r"""``floor_needs_opening``: where a floor asks for more than the stock, one of them is taken.

    ``floors``: key, gain; the gains of a key are to reach more than 0 together. If each of them
    depends on one kind of decision, :math:`\sum bounding \ge 1` over all of them: half the
    computers within two years take a whole delivery within two years, not a quarter of one.
    """
    kinds = ["key", "kind", "year"]
    pairs = floors.merge(bounding, on="gain")
    gains = floors.groupby("key")["gain"].nunique()
    reached = pairs.groupby(kinds)["gain"].nunique().rename("gains").reset_index()
    reached = reached[reached["gains"] == reached["key"].map(gains)].reset_index(drop=True)
    if reached.empty:
        return
    keys = pd.DataFrame({"rule": rule, "key": reached["key"], "number": reached.index})
    rows = builder.add_rows(Link.OPENED, keys, 1.0, np.inf)
    needed = reached[kinds].assign(row=rows).merge(pairs, on=kinds)
    needed = needed[["row", "column"]].drop_duplicates()
    builder.add_entries(needed["row"], needed["column"], 1.0)


ROUND = 1e-9
"""Relative noise within which a number of lots counts as whole."""


def prerequisite_in_service(
    builder: ModelBuilder, facts: Facts, service: Service, bounds: VariableBounds
) -> None:
    """``prerequisite_in_service``: new_i ≤ capacity × new_j + (capacity × S_j − S_i)⁺.

    In every year in which new units of *i* serve; an empty capacity means that one unit of
    *j* serves any number. Dependents do not share capacity.
    """
    pairs = (
        (at, facts.axes.item_at[name], item.capacity[place] if place < len(item.capacity) else None)
        for at, item in enumerate(facts.items)
        for place, name in enumerate(item.requires)
    )
    alive = service.alive
    served_spans = service.spans[service.spans.index.isin(alive["span"])]
    for item, other, capacity in pairs:
        own = served_spans[(served_spans["item"] == item).to_numpy()]
        if own.empty:
            continue
        rows = _prerequisite_years(facts, service, own, other)
        school, year = rows["school"].to_numpy(), rows["year"].to_numpy()
        factor, free = served(facts, item, other, capacity)
        factor, free = factor[school], free[school, year]
        bind = np.isfinite(free)
        rows = rows[bind].assign(most=facts.most_new[school[bind], item], free=free[bind])
        if rows.empty:
            continue
        rows = rows.assign(item=item, required=other)
        keys = rows[["school", "item", "required", "year"]]
        index = builder.add_rows(StandingRule.PREREQUISITE, keys, -np.inf, rows["free"])
        if facts.items[other].whole:
            unserved, required = rows[rows["free"] == 0], facts.items[other].item
            bounds.unserved.append((required, unserved))
            add_prerequisite_cuts(builder, service, unserved, required, bounds)
            if capacity is not None:
                step = float(str(capacity)) * facts.items[other].lot
                _in_whole_units(builder, service, rows, step, facts.items[other].lot)
        _write(builder, alive, rows, index, -factor[bind])


def _write(
    builder: ModelBuilder, alive: pd.DataFrame, rows: pd.DataFrame, index: Ints, weight: Floats
) -> None:
    """Own units with weight 1 and those of the required item with ``weight`` into rows."""
    for column, weights in (("own", np.ones(len(rows))), ("other", weight)):
        numbered = pd.DataFrame({"span": rows[column].to_numpy(), "row": index, "w": weights})
        pairs = numbered.merge(alive, on="span")
        builder.add_entries(pairs["row"], pairs["column"], pairs["w"] * pairs["units"])


def _in_whole_units(
    builder: ModelBuilder, service: Service, rows: pd.DataFrame, step: float, lot: int
) -> None:
    r"""``prerequisite_whole``: eighteen access points need two switches for twelve, never 1.5.

    With M the most new units and L whole lots of the required item, each for *c* units,
    :math:`M - free = qc + r`, :math:`0 < r < c`, rounding gives

    .. math:: new_i \le M - r (q + 1 - L)

    which with ``prerequisite_in_service`` is the hull of what whole lots allow. ``rows`` has
    ``most`` and ``free`` beside keys and spans; ``step``: units that a ``lot`` serves.
    """
    over = (rows["most"] - rows["free"]).to_numpy()
    full = np.floor(over / step + ROUND)
    rest = over - full * step
    cut = only_lots(service, rows["other"].to_numpy(), lot) & (over > 0) & (rest > ROUND * step)
    if not cut.any():
        return
    rows, rest, full = rows[cut], rest[cut], full[cut]
    upper = rows["most"].to_numpy() - rest * (full + 1)
    keys = rows[["school", "item", "required", "year"]]
    index = builder.add_rows(Link.WHOLE, keys, -np.inf, upper)
    _write(builder, service.alive, rows, index, -rest / lot)


def only_lots(service: Service, spans: Ints, lot: int) -> Bools:
    """Which spans are served in whole lots alone (−1, served by nothing, is)."""
    odd = service.alive.loc[service.alive["units"] % lot != 0, "span"]
    return np.isin(spans, odd, invert=True)


def _prerequisite_years(
    facts: Facts, service: Service, own: pd.DataFrame, other: int
) -> pd.DataFrame:
    """One row for each year in which the span of either item begins: own and other span."""
    school, start, stop = (own[k].to_numpy() for k in ("school", "year", "stop"))
    counted, stock = facts.axes.counted[school], facts.stock[school, other]
    begins = np.append(service.spans["year"].to_numpy(), -1)  # where there is no span: never
    parts = []
    for year in range(len(facts.axes.years)):
        spans_j = service.span_of[school, other, year]
        before = counted[:, year - 1] if year else np.zeros(len(school), dtype=bool)
        changed = stock[:, year] != stock[:, max(year - 1, 0)]
        keep = (start == year) | (begins[spans_j] == year) | changed | ~before
        keep &= (start <= year) & (year < stop) & counted[:, year]
        found = {"school": school[keep], "year": year}
        found |= {"own": own.index.to_numpy()[keep], "other": spans_j[keep]}
        parts.append(pd.DataFrame(found))
    return pd.concat(parts, ignore_index=True)


# --------------------------------------------------------------------------------------------------
# ``need_not_exceeded``: no purchase goes beyond the largest need left while its units live.


def need_not_exceeded(
    builder: ModelBuilder, facts: Facts, supplies: pd.DataFrame, buys: pd.DataFrame
) -> None:
    """``need_not_exceeded``: new units in service ≤ the largest need left while they live.

    One row for each school, item and year from which a purchase serves; units that serve
    there are those alive in that year. Commitments stand whatever the norm says. Where the
    need has fallen since earlier units were bought, they may stay; the row then binds only if
    something begins to serve (see :func:`_where_something_begins`).
    """
    entries = supplies[[*SITE, "start"]].drop_duplicates(ignore_index=True)
    if entries.empty:
        return
    pairs, bound = serving_together(facts, supplies, buys, entries)
    keyed = entries.assign(row=np.arange(len(entries)))
    row = pairs["row"].to_numpy()
    keys = entries.rename(columns={"start": "year"})
    own = keyed.merge(pairs[[*SITE, "start"]].reset_index(), on=[*SITE, "start"])
    own_row = own.set_index("index")["row"].reindex(pairs.index).to_numpy(dtype=np.int64)
    spare = np.zeros(len(entries))
    np.maximum.at(spare, row, bound[own_row] - bound[row])
    rows = builder.add_rows(StandingRule.NEED, keys, -np.inf, bound + spare)
    builder.add_entries(rows[row], pairs["column"], pairs["weight"])
    entering = pairs[(pairs["start"] == pairs["at"]).to_numpy() & (spare[row] > 0)]
    _where_something_begins(builder, entries, rows, spare, entering)


def serving_together(
    facts: Facts, supplies: pd.DataFrame, buys: pd.DataFrame, entries: pd.DataFrame
) -> tuple[pd.DataFrame, Floats]:
    """What serves at a school in the year of each entry (school, item, start; and ``year`` where
    purchases of later years are left out), and ``[entry]`` the units that may.

    The pairs are supplies with ``row``, the entry's number, ``at``, its start, and ``weight``, what
    one unit of the column counts against the need: of a request no more than is needed.
    """
    limit = np.zeros(len(entries), dtype=np.int64)
    for (item, start), part in entries.groupby(["item", "start"]):
        left = facts.left[part["school"], item, start : start + facts.lives[item]]
        limit[part.index] = left.max(axis=1)
    keyed = entries.assign(row=np.arange(len(entries)), at=entries["start"])
    if "year" in entries:
        keyed["until"], supplies = (
            entries["year"],
            supplies.merge(
                buys[["column", "year"]].rename(columns={"year": "bought"}), on="column", how="left"
            ),
        )
    columns = [c for c in ("row", "at", "until") if c in keyed]
    pairs = keyed[[*SITE, *columns]].merge(supplies, on=SITE)
    pairs = pairs[(pairs["start"] <= pairs["at"]) & (pairs["at"] < pairs["end"])]
    if "until" in pairs:
        pairs = pairs[~(pairs["bought"] > pairs["until"])]
    row = pairs["row"].to_numpy()
    counted = np.minimum(pairs["units"].to_numpy(), limit[row])
    committed = pd.Series(buys["committed"].to_numpy(), index=buys["column"])
    fixed = pairs["column"].map(committed).fillna(0).to_numpy()
    floor = np.bincount(row, weights=fixed, minlength=len(entries))
    weight = np.where(pairs["column"].isin(buys["column"]), pairs["units"], counted)
    return pairs.assign(weight=weight), np.maximum(limit, floor).astype(np.float64)


def _where_something_begins(
    builder: ModelBuilder, entries: pd.DataFrame, rows: Ints, spare: Floats, entering: pd.DataFrame
) -> None:
    """``begins``: 0/1, whether anything begins to serve where the need has fallen.

    Only then the row's spare room, which earlier units may take, is withdrawn. Where needs do
    not fall there is no such column.
    """
    falls = np.flatnonzero(spare > 0)
    if not len(falls):
        return
    keys = entries.take(falls).rename(columns={"start": "year"})
    begins = np.full(len(entries), -1, dtype=np.int64)
    begins[falls] = builder.add_columns("begins", keys, 0, 1, integer=True)
    builder.add_entries(rows[falls], begins[falls], spare[falls])
    index = builder.add_rows(Link.BEGINS, entering[["column"]], -np.inf, 0.0)
    builder.add_entries(index, entering["column"], entering["units"])
    builder.add_entries(index, begins[entering["row"]], -entering["most"])
