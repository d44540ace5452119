"""Which lines of money a selection can have at all, before anything is solved.

A line may exist where school, item, fund and year go together; whether there is a need or
money enough is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from planner.scenario.checks import Checked, records
from planner.scenario.checks_money import amounts_of
from planner.scenario.schema import Fund, Rule
from planner.scenario.selecting import as_text, items_in, schools_in, values_of

FEW = 60
"""Distinct values up to which a school key of ``for_each`` is looked at one by one."""
MOST = 2000
"""Rows of a rule that are looked at one by one."""
MEASURED = {
    "spend": ("purchase", "setup", "request", "upkeep"),
    "quantity": ("purchase",),
    "requests": ("request",),
}
"""Kinds of line that each measure counts."""


def named_schools(c: Checked, where: Mapping[str, Any]) -> pd.DataFrame:
    """The schools that a selection speaks of; preparing ones only where their group is named."""
    schools = c.frames["schools"]
    schools = schools[schools_in(schools, where)]
    if "preparing" not in values_of(where.get("group", [])):
        schools = schools[schools["group"] != "preparing"]
    return schools


def can_have_lines(c: Checked, rule: Rule, where: Mapping[str, Any]) -> bool:
    """Whether any line that the rule's measure counts fits ``where``."""
    kinds = set(MEASURED[rule.measure])
    if "kind" in where:
        kinds &= set(values_of(where["kind"]))
    elif rule.measure == "spend":
        kinds.discard("upkeep")
    return (
        (bool(kinds & {"purchase", "setup"}) and bool(len(purchasable(c, where))))
        or ("request" in kinds and _requested(c, rule.measure, where))
        or ("upkeep" in kinds and any(f.pays_upkeep for f in c.settings.funds.values()))
    )


def unserved(c: Checked, rule: Rule, where: Mapping[str, Any]) -> bool:
    """Whether a row of a coverage rule asks of schools that need an item, have none of it, and
    can neither buy it by the rule's last year nor request it."""
    asked = {k: v for k, v in where.items() if k in ("item", "pillar")}
    items = c.frames["catalogue"]
    items = items[items_in(items, asked)]
    years = _years_asked(c, where)
    schools = named_schools(c, where)
    if not years or schools.empty or items.empty:
        return False
    ready = schools["ready"].fillna(0).astype(int) <= max(years)
    if items["on_site"].all():
        schools = schools[ready]
    ids, names = set(schools["school"]), set(items["item"])
    by_then = [str(y) for y in c.settings.plan_years if y <= max(years)]
    others = {k: v for k, v in where.items() if k != "year"}
    if not purchasable(c, others | {"year": by_then}).empty:
        return False
    requests = c.frames["requests"]
    mine = set(requests.loc[requests["school"].isin(ids), "request"])
    brought = c.frames["request_items"]
    if (brought["request"].isin(mine) & brought["item"].isin(names)).any():
        return False
    stock = c.frames["inventory"]
    if (stock["school"].isin(ids) & stock["item"].isin(names) & (stock["quantity"] > 0)).any():
        return False
    return _is_needed(c, schools, names, years)


def _years_asked(c: Checked, where: Mapping[str, Any]) -> list[int]:
    """The years whose coverage a rule speaks of: those named, else all plan years."""
    if "year" not in where:
        return list(c.settings.plan_years)
    return [int(v) for v in values_of(where["year"]) if v.isdigit()]


def _is_needed(c: Checked, schools: pd.DataFrame, items: set[str], years: list[int]) -> bool:
    """Whether a table of needs, or a norm with something to count, asks for any of the items."""
    given = c.frames["needs"]
    mine = given["school"].isin(schools["school"]) & given["item"].isin(items)
    mine &= given["year"].isin(years)
    if (given.loc[mine, "quantity"] > 0).any():
        return True
    replaced = set(given.loc[mine, "school"])
    for norm in records(c.frames["norms"]):
        starts = 0 if pd.isna(norm.from_year) else int(norm.from_year)
        if norm.item not in items or norm.only or starts > max(years):
            continue
        own = schools[(schools["level"] == norm.level) & ~schools["school"].isin(replaced)]
        if norm.per == "school" and len(own):
            return True
        if norm.per in own and (pd.to_numeric(own[norm.per], errors="coerce") > 0).any():
            return True
    return False


def purchasable(c: Checked, where: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of the catalogue that some fund may buy for some school within ``where``."""
    schools = named_schools(c, where)
    items = c.frames["catalogue"]
    items = items[items_in(items, {k: v for k, v in where.items() if k in ("item", "pillar")})]
    if "request" in where or schools.empty or items.empty:
        return items.iloc[:0]
    bought = pd.Series(False, index=items.index)
    for name, fund in c.settings.funds.items():
        if "fund" in where and name not in values_of(where["fund"]):
            continue
        if _serves(fund, schools) and _pays_in(c, fund, where):
            bought |= _natures_fit(fund, items, where) & items_in(items, fund.where)
    return items[bought]


def _serves(fund: Fund, schools: pd.DataFrame) -> bool:
    own = schools[(schools["group"] == "preparing") == (fund.role == "project")]
    return bool(schools_in(own, fund.where).any())


def _pays_in(c: Checked, fund: Fund, where: Mapping[str, Any]) -> bool:
    """Whether the fund has money in a plan year of the selection."""
    if fund.role == "project":
        return True
    first, last = c.settings.years
    years = {y for y in amounts_of(c, fund) if first <= y <= last}
    for given in (where, fund.where):
        if "year" in given:
            years &= {int(v) for v in values_of(given["year"]) if v.isdigit()}
    return bool(years)


def _natures_fit(fund: Fund, items: pd.DataFrame, where: Mapping[str, Any]) -> pd.Series:
    wanted = set(values_of(where["nature"])) if "nature" in where else set()

    def fits(natures: tuple[str, ...]) -> bool:
        if fund.nature is not None:
            return fund.nature in natures and (not wanted or fund.nature in wanted)
        return not wanted or (len(natures) == 1 and natures[0] in wanted)

    return items["nature"].map(lambda n: fits(tuple(n or ()))).astype(bool)


def _requested(c: Checked, measure: str, where: Mapping[str, Any]) -> bool:
    """Whether an option of a request is counted by ``where``."""
    if set(where) & {"item", "pillar"}:
        return False
    options = c.frames["requests"]
    options = options[options["school"].isin(named_schools(c, where)["school"])]
    if "request" in where:
        options = options[options["request"].isin(values_of(where["request"]))]
    if measure == "requests" or options.empty:
        return not options.empty
    costs = c.frames["request_costs"]
    costs = costs[costs["request"].isin(options["request"])]
    if "nature" in where:
        wanted = values_of(where["nature"])
        funds = [n for n, f in c.settings.funds.items() if f.nature in wanted]
        costs = costs[costs["fund"].isin(funds)]
    for key in ("fund", "year"):
        if key in where:
            costs = costs[costs[key].astype(str).isin(values_of(where[key]))]
    return not costs.empty


def rows_of(c: Checked, rule: Rule) -> Iterator[dict[str, Any]]:
    """The selection of each row of a rule, as far as there are few; else of the whole rule."""
    where = dict(rule.where)
    found = (_values(c, rule, key) for key in rule.for_each)
    parts = [p for p in found if p is not None]
    if not parts or np.prod([len(p) for p in parts], dtype=float) > MOST:
        yield where
        return
    for row in product(*parts):
        yield where | dict(row)


def _values(c: Checked, rule: Rule, key: str) -> list[tuple[str, str]] | None:
    """The values that a key of ``for_each`` takes; ``None`` where there are too many."""
    settings, frames = c.settings, c.frames
    first, last = settings.years
    named = {
        "year": [str(y) for y in range(first, last + 1)],
        "fund": [n for n, f in settings.funds.items() if f.role == "general"],
        "kind": ["purchase", "setup", "request"],
        "nature": ["capital", "recurrent"],
        "item": list(frames["catalogue"]["item"]),
        "pillar": list(frames["catalogue"]["pillar"].unique()),
        "request": list(frames["requests"]["request"].unique()),
    }
    values = named.get(key)
    if values is None:
        column = named_schools(c, rule.where).get(key)
        values = [] if column is None else list(dict.fromkeys(column.map(as_text)))
        if len(values) > FEW:
            return None
    if key in rule.where:
        allowed = values_of(rule.where[key])
        values = [v for v in values if v in allowed]
    return [(key, v) for v in values]
