r"""Variable-upper-bound cuts: gains bounded by the whole decisions that they depend on.

A delivery, site works or a unit of a required item bounds the gains that need it. For whole
decisions :math:`gain \le room \times \sum bounding` follows from the rules; the linear
relaxation, which would take a quarter of a delivery for a quarter of the units, has to be told.
The same dependencies tighten floors: a floor that the stock does not reach needs one of the
decisions that its gains depend on.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.formulation.decision_columns import Columns
from planner.formulation.model import ModelBuilder
from planner.formulation.service import Service
from planner.names import Link

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
    builder: ModelBuilder,
    name: Link,
    service: Service,
    links: pd.DataFrame,
    supplies: pd.DataFrame,
) -> pd.DataFrame:
    """Rows gain ≤ room × Σ supplies of the other span; returns gain, column, year."""
    links = links.reset_index(drop=True)
    first = links["first"].to_numpy()
    keys = {k: service.spans[k].to_numpy()[first] for k in ("school", "item", "year")}
    keys |= {"gain": links["gain"].to_numpy(), "by": links["year"].to_numpy()}
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
    keys = {"rule": np.full(len(reached), rule, dtype=object)}
    keys |= {"key": reached["key"].to_numpy(dtype=object), "number": reached.index.to_numpy()}
    rows = builder.add_rows(Link.OPENED, keys, 1.0, np.inf)
    needed = reached[kinds].assign(row=rows).merge(pairs, on=kinds)
    needed = needed[["row", "column"]].drop_duplicates()
    builder.add_entries(needed["row"], needed["column"], 1.0)
