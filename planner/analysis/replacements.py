"""What falls out of service: units by item and year, and what as many again would cost.

A unit falls out in the first year in which it no longer serves: one of the stock in the year
after ``usable_until`` (default: in ``acquired`` + ``life``), one of the plan ``life`` years after
it began to serve. How many are needed plays no part in it. What never falls out, an item without
a life, is in no row.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.formulation.facts import Facts
from planner.money import nearest
from planner.plan.coverage import exact
from planner.run import folder
from planner.run.result import Result
from planner.solving.solution import Sink, Stop, stoppable
from planner.vocabulary.axes import late_service, positions, unit_price

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.run.folder import PlanFolder

NEVER = 10**6
"""Years that a unit without a life serves: beyond any calendar."""
BIG = 2**63
KEYS = ["item", "year", "origin"]
ORIGINS = ("stock", "plan", "proposal")
COLUMNS = (*KEYS, "units", "bought", "unit_price", "amount")


@dataclass(frozen=True)
class Replacements:
    """What falls out of service from the first plan year on, until nothing is left that could.

    Without the plan: the rows of origin ``stock``. With it: all of them (``proposal``: what group 3
    is proposed, should it be approved).

    Examples
    --------
    >>> import planner
    >>> found = planner.replacements(planner.solve("scenarios/three-schools", gap=0))
    >>> found.table.empty, found.sums("stock")  # everything there serves for good
    (True, (0.0, 0))
    """

    plan: Plan
    ends: pd.DataFrame
    """A row a lot of equal units: school, item (ids), begin and end (the first year without them),
    origin, units (NaN where amount ÷ price says them), amount and price (minor units), and lines,
    the numbers of the plan's lines behind it."""

    @cached_property
    def table(self) -> pd.DataFrame:
        """What falls out, by item and year.

        ============ ======= ===============================================================
        column       dtype   meaning
        ============ ======= ===============================================================
        item         str     id
        year         int64   first year without these units
        origin       str     ``stock`` (there without the plan), ``plan`` or ``proposal``
        units        float64 units that fall out
        bought       float64 the same in whole lots at each school: what is to be bought
        unit_price   int64   minor units; after the last year with a price, that year's
        amount       int64   ``bought`` × ``unit_price``, half up; without site works or upkeep
        ============ ======= ===============================================================

        Sorted by year, then as the catalogue and :data:`ORIGINS`. Amounts above 2⁶³ are Python
        integers in a column of objects.
        """
        facts, scenario = self._facts, self.plan.scenario
        ends = self.ends[self.ends["end"] >= self.first].assign(year=lambda rows: rows["end"])
        loose = ends["units"].isna()
        lots = dict(zip(facts.axes.items, np.maximum(facts.lots, 1).tolist(), strict=True))
        rows: dict[tuple[str, int, str], list[Fraction]] = {}
        each = ends[~loose].groupby(["school", *KEYS], sort=False)["units"].sum().reset_index()
        lot = positions(each["item"], lots)
        units = each["units"].astype(np.int64)
        each = each.assign(units=units, bought=-(-units // lot) * lot)
        for key, part in each.groupby(KEYS, sort=False)[["units", "bought"]].sum().iterrows():
            rows[key] = [Fraction(int(part["units"])), Fraction(int(part["bought"]))]
        # Of what is bought by the đồng: amounts of one price together, then exact fractions.
        money = ends[loose].groupby([*KEYS, "price"], sort=False)["amount"].sum()
        for (item, year, origin, price), amount in money.items():
            found = rows.setdefault((item, year, origin), [Fraction(0), Fraction(0)])
            for k in range(2):
                found[k] += Fraction(int(amount), max(int(price), 1))
        places = facts.axes.item_at
        order = sorted(rows, key=lambda k: (k[1], places[k[0]], ORIGINS.index(k[2])))
        prices = [unit_price(scenario, scenario.items[i], min(y, self.priced)) for i, y, _ in order]
        amounts = [nearest(rows[k][1] * p) for k, p in zip(order, prices, strict=True)]
        return pd.DataFrame(
            {
                "item": pd.Series([k[0] for k in order], dtype="str"),
                "year": pd.Series([k[1] for k in order], dtype="int64"),
                "origin": pd.Series([k[2] for k in order], dtype="str"),
                "units": pd.Series([float(rows[k][0]) for k in order], dtype="float64"),
                "bought": pd.Series([float(rows[k][1]) for k in order], dtype="float64"),
                "unit_price": pd.Series(prices, dtype="int64"),
                "amount": pd.Series(amounts, dtype=_whole(amounts)),
            },
            columns=list(COLUMNS),
        )

    @property
    def first(self) -> int:
        """The first plan year."""
        return self.plan.scenario.settings.years[0]

    @property
    def last(self) -> int:
        """The last plan year."""
        return self.plan.scenario.settings.years[1]

    @property
    def priced(self) -> int:
        """The last year that has a price of its own: later ones are taken at this one's."""
        return self._facts.axes.years[-1]

    @property
    def held(self) -> bool:
        """Whether anything falls out in a year without a price of its own."""
        return bool((self.table["year"] > self.priced).any())

    @cached_property
    def earlier(self) -> int:
        """Units of the stock that had fallen out before the first plan year: in no row."""
        return int(self.ends.loc[self.ends["end"] < self.first, "units"].sum())

    @cached_property
    def renewed(self) -> float:
        """Of the stock's units that fall out in the plan years, those in whose place the plan has
        new units in service in the last one, proposals aside: at each school and of each item the
        fewer of both."""
        ends = self.ends
        units = ends["units"].astype(np.float64)
        units = units.where(units.notna(), ends["amount"] / ends["price"].clip(lower=1))
        stock = (ends["origin"] == "stock") & ends["end"].between(self.first, self.last)
        serving = (ends["origin"] == "plan") & (ends["begin"] <= self.last)
        serving &= ends["end"] > self.last
        at = [ends["school"], ends["item"]]
        out, new = (units.where(mine, 0.0).groupby(at).sum() for mine in (stock, serving))
        return float(np.minimum(out, new).sum())

    def sums(self, origin: str, years: range | None = None) -> tuple[float, int]:
        """Units and amount of one origin, in the years given (default: all)."""
        rows = self.table[self.table["origin"] == origin]
        if years is not None:
            rows = rows[rows["year"].isin(list(years))]
        return float(rows["units"].sum()), sum(int(a) for a in rows["amount"])

    def lines(self) -> dict[tuple[str, int], tuple[int, ...]]:
        """(item, year) → numbers of the plan's lines whose units fall out then."""
        made = self.ends[self.ends["lines"].map(bool)]
        found = made.groupby(["item", "end"])["lines"].agg(lambda each: sum(each, ()))
        return {(str(k[0]), int(k[1])): tuple(sorted(set(v))) for k, v in found.items()}

    @property
    def _facts(self) -> Facts:
        return exact(self.plan).facts

    def _repr_html_(self) -> str:
        return self.table.to_html(max_rows=12, index=False)


def _whole(amounts: Collection[int]) -> str:
    return "object" if max(amounts, default=0) >= BIG else "int64"


@stoppable
def replacements(
    source: Result | PlanFolder | Plan | str | Path,
    schools: Collection[str] | None = None,
    *,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> Replacements:
    """What falls out of service from the first plan year on, with and without the plan.

    Solves nothing.

    Parameters
    ----------
    source : Result, PlanFolder, Plan, str or Path
        A result, a plan, or a plan folder (one at a path is proven first).
    schools : collection of str, optional
        Only these schools (ids); default: all.
    progress, stop, lang
        As for :func:`planner.load`.

    Returns
    -------
    Replacements
        ``table``: a DataFrame of units and cost by item, year and origin (``stock``: without the
        plan; ``plan``, ``proposal``: what it adds); ``earlier``: units that had fallen out before
        the first plan year; ``renewed``: units of the stock that fall out in the plan years and in
        whose place the plan has new ones; ``priced``: the last year with a price of its own.

    Raises
    ------
    NoPlanError
        The result has no plan.
    InputError
        The folder is not as it was written.

    Examples
    --------
    >>> import planner
    >>> found = planner.replacements(planner.solve("scenarios/three-schools", gap=0))
    >>> list(found.table.columns)
    ['item', 'year', 'origin', 'units', 'bought', 'unit_price', 'amount']
    """
    known: Any = folder.read(source) if isinstance(source, (str, Path)) else source
    plan: Plan = known.plan if hasattr(known, "plan") else known
    ends = pd.concat([_stock(plan), _bought(plan), _requested(plan)], ignore_index=True)
    if schools is not None:
        ends = ends[ends["school"].isin(set(schools))]
    return Replacements(plan, ends[(ends["end"] < NEVER) & (ends["begin"] < ends["end"])])


def _stock(plan: Plan) -> pd.DataFrame:
    """The inventory, as :class:`Replacements` holds it."""
    rows = plan.scenario.table("inventory")
    begin = rows["acquired"].to_numpy(dtype=np.int64)
    end = begin + positions(rows["item"], _lives(plan))
    until = rows["usable_until"].fillna(-1).to_numpy(dtype=np.int64)
    end = np.where(until < 0, end, until + 1)
    frame = rows[["school", "item"]].assign(begin=begin, end=end, origin="stock")
    units = rows["quantity"].to_numpy(dtype=np.float64)
    return frame.assign(units=units, amount=0, price=0, lines=[()] * len(frame))


def _bought(plan: Plan) -> pd.DataFrame:
    """The purchases, as :class:`Replacements` holds them."""
    axes = exact(plan).facts.axes
    rows = plan.allocation[plan.allocation["kind"] == "purchase"]
    frame = _of_plan(plan, rows)
    loose = exact(plan).facts.by_money[positions(rows["item"], axes.item_at)]
    return frame.assign(
        units=np.where(loose, np.nan, rows["quantity"].to_numpy(dtype=np.float64)),
        amount=np.where(loose, rows["amount"].to_numpy(dtype=np.int64), 0),
        price=rows["unit_price"].fillna(0).to_numpy(dtype=np.int64),
        lines=[(int(n),) for n in rows["line"]],
    )


def _requested(plan: Plan) -> pd.DataFrame:
    """What chosen requests bring, as :class:`Replacements` holds it."""
    chosen = plan.requests
    if chosen.empty:
        return pd.DataFrame()
    chosen = chosen.loc[chosen["copies"] > 0, ["request", "option", "school", "copies"]]
    rows = plan.scenario.table("request_items").merge(chosen, on=["request", "option"])
    lines = plan.allocation[plan.allocation["kind"] == "request"]
    behind = lines.groupby(["request", "option"])["line"].agg(tuple).to_dict()
    frame = _of_plan(plan, rows)
    units = rows["quantity"].to_numpy(dtype=np.float64) * rows["copies"].to_numpy(dtype=np.float64)
    keys = zip(rows["request"], rows["option"], strict=True)
    return frame.assign(units=units, amount=0, price=0, lines=[behind.get(k, ()) for k in keys])


def _of_plan(plan: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """School and item of what is had in a ``year``, when it begins to serve (calendar years), its
    end and whose it is."""
    axes = exact(plan).facts.axes
    item = positions(rows["item"], axes.item_at)
    school = positions(rows["school"], axes.school_at)
    usable = axes.usable[item, school] + axes.first
    begin = np.maximum(rows["year"].to_numpy(dtype=np.int64), usable)
    late = late_service(plan.scenario) if "fund" in rows else {}
    if late:
        keys = zip(rows["school"], rows["item"], rows["fund"], rows["year"], strict=True)
        begin = np.maximum(begin, np.array([late.get(key, 0) for key in keys], dtype=np.int64))
    schools = plan.scenario.schools
    preparing = set(schools.loc[schools["group"] == "preparing", "school"])
    end = begin + positions(rows["item"], _lives(plan))
    origin = np.where(rows["school"].isin(preparing), "proposal", "plan")
    return rows[["school", "item"]].assign(begin=begin, end=end, origin=origin)


def _lives(plan: Plan) -> dict[str, int]:
    """Item → years that a unit serves."""
    return {name: item.life or NEVER for name, item in plan.scenario.items.items()}
