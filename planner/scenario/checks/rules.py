"""Checks of the scenario's own rules: each is a statement that can be formulated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pandas as pd

from planner.names import STAGES, Link, StandingRule
from planner.scenario.checks.across import Checked
from planner.scenario.checks.funding import amounts_of, selection_is_known
from planner.scenario.measures import (
    MEASURES,
    as_text,
    items_in,
    school_keys,
    schools_in,
    values_of,
)
from planner.scenario.reading import values
from planner.scenario.reading.sources import nearest
from planner.scenario.schema import DECIMALS, GROUPS, MOST_MONEY, Fund, Rule, Share

# --------------------------------------------------------------------------------------------------
# Which lines of money a selection can have at all, before anything is solved.
#
# A line may exist where school, item, fund and year go together; whether there is a need or
# money enough is not asked.

FEW = 60
"""Distinct values up to which a school key of ``for_each`` is looked at one by one."""
MOST = 2000
"""Rows of a rule that are looked at one by one."""


def named_schools(c: Checked, where: Mapping[str, Any]) -> pd.DataFrame:
    """The schools that a selection speaks of; preparing ones only where their group is named."""
    schools = c.frames["schools"]
    said = tuple((k, *values_of(v)) for k, v in where.items() if k in schools.columns)
    if said not in c.kept:
        mask = schools_in(schools, where)
        if "preparing" not in values_of(where.get("group", [])):
            mask &= schools["group"] != "preparing"
        c.kept[said] = schools[mask]
    found: pd.DataFrame = c.kept[said]
    return found


def can_have_lines(c: Checked, rule: Rule, where: Mapping[str, Any]) -> bool:
    """Whether any line that the rule's measure counts fits ``where``."""
    kinds = set(MEASURES[rule.measure].kinds)
    if "kind" in where:
        kinds &= set(values_of(where["kind"]))
    else:
        kinds.discard("upkeep")
    return (
        (bool(kinds & {"purchase", "setup"}) and bool(len(purchasable(c, where))))
        or ("request" in kinds and _requested(c, rule.measure, where))
        or ("upkeep" in kinds and any(f.pays_upkeep for f in c.settings.funds.values()))
    )


def unserved(c: Checked, rule: Rule, where: Mapping[str, Any]) -> bool:
    """Whether a row of a coverage rule asks of schools that need an item, have none of it, and
    can neither buy it by the rule's last year nor request it."""
    items, schools = _named_items(c, where), named_schools(c, where)
    years = _years_asked(c, where)
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
    # Whether a table of needs, or a norm with something to count, asks for any of the items.
    given = c.frames["needs"]
    own = given["school"].isin(schools["school"]) & given["item"].isin(names)
    own &= given["year"].isin(years)
    if (given.loc[own, "quantity"] > 0).any():
        return True
    left = schools[~schools["school"].isin(set(given.loc[own, "school"]))]
    for norm in c.records("norms"):
        starts = 0 if pd.isna(norm.from_year) else int(norm.from_year)
        if norm.item not in names or norm.only or starts > max(years):
            continue
        asked = left[left["level"] == norm.level]
        if norm.per == "school" and len(asked):
            return True
        if norm.per in asked and (pd.to_numeric(asked[norm.per], errors="coerce") > 0).any():
            return True
    return False


def short_of_sellers(c: Checked, where: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """Schools and items of a selection, each of which goes with some of the others that no fund
    can buy for it by the first year asked; rows of all others can be served."""
    schools, items = named_schools(c, where), _named_items(c, where)
    first, last = c.settings.years
    by_then = np.zeros((len(schools), len(items)), dtype=bool)
    asked = min(_years_asked(c, where), default=first)
    for fund in c.settings.funds.values():
        years = {y for y in amounts_of(c, fund) if first <= y <= min(asked, last)}
        if "year" in fund.where:
            years &= {int(v) for v in values_of(fund.where["year"]) if v.isdigit()}
        if years or fund.role == "project":
            own = (schools["group"] == "preparing") == (fund.role == "project")
            own &= schools_in(schools, fund.where)
            bought = _natures_fit(fund, items, {}) & items_in(items, fund.where)
            by_then |= np.outer(own.to_numpy(dtype=bool), bought.to_numpy(dtype=bool))
    short = ~by_then
    return set(schools["school"][short.any(axis=1)]), set(items["item"][short.any(axis=0)])


def _years_asked(c: Checked, where: Mapping[str, Any]) -> list[int]:
    """The years whose coverage a rule speaks of: those named, else all plan years."""
    if "year" not in where:
        return list(c.settings.plan_years)
    return [int(v) for v in values_of(where["year"]) if v.isdigit()]


def purchasable(c: Checked, where: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of the catalogue that some fund may buy for some school within ``where``."""
    schools, items = named_schools(c, where), _named_items(c, where)
    if "request" in where or schools.empty or items.empty:
        return items.iloc[:0]
    first, last = c.settings.years
    bought = pd.Series(False, index=items.index)
    for name, fund in c.settings.funds.items():
        if "fund" in where and name not in values_of(where["fund"]):
            continue
        own = schools[(schools["group"] == "preparing") == (fund.role == "project")]
        years = {y for y in amounts_of(c, fund) if first <= y <= last}
        for given in (where, fund.where):
            if "year" in given:
                years &= {int(v) for v in values_of(given["year"]) if v.isdigit()}
        if (years or fund.role == "project") and schools_in(own, fund.where).any():
            bought |= _natures_fit(fund, items, where) & items_in(items, fund.where)
    return items[bought]


def _named_items(c: Checked, where: Mapping[str, Any]) -> pd.DataFrame:
    """The rows of the catalogue that a selection's item and pillar allow."""
    items = c.frames["catalogue"]
    return items[items_in(items, {k: v for k, v in where.items() if k in ("item", "pillar")})]


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
    if MEASURES[measure].over == "options" or options.empty:
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
    """The selection of each row of a rule, as far as there are few; else of the whole rule.

    A school key with more than :data:`FEW` values is left as it is.
    """
    settings, frames = c.settings, c.frames
    named = {
        "year": [str(y) for y in settings.plan_years],
        "fund": [n for n, f in settings.funds.items() if f.role == "general"],
        "kind": ["purchase", "setup", "request"],
        "nature": ["capital", "recurrent"],
        "item": list(frames["catalogue"]["item"]),
        "pillar": list(frames["catalogue"]["pillar"].unique()),
        "request": list(frames["requests"]["request"].unique()),
    }
    parts: list[list[tuple[str, str]]] = []
    for key in rule.for_each:
        values = named.get(key)
        if values is None:
            column = named_schools(c, rule.where).get(key)
            values = [] if column is None else list(dict.fromkeys(column.map(as_text)))
            if len(values) > FEW:
                continue
        if key in rule.where:
            allowed = values_of(rule.where[key])
            values = [v for v in values if v in allowed]
        parts.append([(key, v) for v in values])
    if prod(map(len, parts)) > MOST:
        parts = []
    for row in product(*parts):
        yield rule.where | dict(row)


MOST_SHARE = 1000
"""The largest share that a rule may name, a thousand times its base."""
TAKEN = {
    **dict.fromkeys(GROUPS, "rule_named_like_stage"),
    **dict.fromkeys(STAGES, "rule_named_like_stage"),
    **dict.fromkeys(map(str, Link), "rule_named_like_link"),
    **dict.fromkeys(map(str, StandingRule), "rule_named_like_standing"),
}
"""Names that rows and stages of every plan bear → what is said of a rule called so."""


def rules_have_names_of_their_own(c: Checked) -> None:
    """No rule bears the name of a standing rule, of a row that every model has or of a stage:
    duals, reasons and tables name rows by them."""
    for name in c.settings.rules:
        if code := TAKEN.get(name):
            c.log.error(code, c.of_key("rules", name), rule=name)


def rules_can_be_read(c: Checked) -> None:
    """Measure, selection, keys and bounds of every rule fit together."""
    for name, rule in c.settings.rules.items():
        keys = [*school_keys(c.frames["schools"]), *MEASURES[rule.measure].keys]
        selection_is_known(c, dict(rule.where), keys, ("rules", name, "where"))
        for position, key in enumerate(rule.for_each):
            if key not in keys and "schools" not in c.unread:
                place, like = c.key("rules", name, "for_each", position), nearest(key, keys)
                c.log.error("selector_unknown", place, name=key, nearest=like or "-")
        _bounds(c, name, rule)
        if rule.firmness == "wish" and rule.price is None:
            c.log.error("wish_without_price", c.key("rules", name, "firmness"), rule=name)
        if rule.firmness != "wish" and rule.price is not None:
            c.log.warn("price_without_wish", c.key("rules", name, "price"), rule=name)
        if MEASURES[rule.measure].over == "cells":
            _coverage(c, name, rule)
        if MEASURES[rule.measure].over in ("points", "levels"):
            _points(c, name, rule)
        for bound in ("at_most", "at_least", "exactly"):
            value = getattr(rule, bound)
            if not isinstance(value, Share):
                continue
            steps = ("rules", name, bound, "of")
            if value.of == "budget":
                if MEASURES[rule.measure].unit != "money":
                    c.log.error("share_of_budget", c.key(*steps), rule=name)
            else:
                selection_is_known(c, dict(value.of), keys, steps)
        _has_lines(c, name, rule)


def _bounds(c: Checked, name: str, rule: Rule) -> None:
    given = [b for b in ("at_most", "at_least", "exactly") if getattr(rule, b) is not None]
    place = c.of_key("rules", name)
    if not given:
        c.log.error("rule_without_bound", place, rule=name)
    elif "exactly" in given and len(given) > 1:
        c.log.error("rule_bounds_clash", c.of_key("rules", name, "exactly"), rule=name)
    kinds = values_of(rule.where["kind"]) if "kind" in rule.where else ["purchase"]
    if (
        MEASURES[rule.measure].unit == "money"
        and "exactly" in given  # requests alone can be exact
        and {"purchase", "setup"} & set(kinds)
        and not purchasable(c, rule.where).empty
    ):
        c.log.error("rule_exact_spend", c.of_key("rules", name, "exactly"), rule=name)
    low, high = rule.at_least, rule.at_most
    if isinstance(low, Decimal) and isinstance(high, Decimal) and low > high:
        c.log.error("rule_bounds_cross", c.of_key("rules", name, "at_least"), rule=name)
    for bound in given:
        value = getattr(rule, bound)
        shared = isinstance(value, Share)
        amount, most = (value.share, MOST_SHARE) if shared else (value, MOST_MONEY)
        place = c.key("rules", name, bound, *(["share"] if shared else []))
        if amount < 0:
            c.log.error("value_below", place, value=f"{amount:f}", bound="0")
        elif amount > most:
            c.log.error("value_above", place, value=f"{amount:f}", bound=most)
        elif -int(amount.normalize().as_tuple().exponent) > DECIMALS:
            text = values.shown(f"{amount:f}")
            c.log.error("value_too_fine", place, value=text, bound=str(DECIMALS))


def _coverage(c: Checked, name: str, rule: Rule) -> None:
    if rule.at_most is not None or rule.exactly is not None:
        bound = "at_most" if rule.at_most is not None else "exactly"
        c.log.error("coverage_only_floor", c.of_key("rules", name, bound), rule=name)
    one = "item" in rule.where and len(values_of(rule.where["item"])) == 1
    if not one and "item" not in rule.for_each:
        c.log.error("coverage_one_item", c.of_key("rules", name), rule=name)
    if isinstance(rule.at_least, Share):
        c.log.error("coverage_no_share", c.key("rules", name, "at_least"), rule=name)
    elif rule.at_least is not None and rule.at_least > 1:
        place, value = c.key("rules", name, "at_least"), str(rule.at_least)
        c.log.error("value_above", place, value=value, bound="1")


def _points(c: Checked, name: str, rule: Rule) -> None:
    place = c.of_key("rules", name)
    for bound in ("at_most", "exactly", "at_least"):
        value = getattr(rule, bound)
        if value is not None and (bound != "at_least" or isinstance(value, Share)):
            c.log.error("points_only_floor", c.of_key("rules", name, bound), rule=name)
    criteria = c.frames["criteria"]
    if not (~criteria["mandatory"]).any():
        if "criteria" not in c.unread:
            c.log.error("points_without_criteria", place, rule=name)
        return
    if rule.measure == "schools":
        if len(values_of(rule.where.get("reaches", []))) != 1:
            c.log.error("points_level", place, rule=name)
        several = len(values_of(rule.where.get("year", "")))
        if several > 1 and "year" not in rule.for_each:
            c.log.error("points_one_year", c.key("rules", name, "where", "year"), rule=name)
    if named_schools(c, rule.where).empty:
        return
    asked = criteria[~criteria["mandatory"]]
    for key, column in (("criterion", "criterion"), ("criteria_group", "group")):
        if key in rule.where:
            asked = asked[asked[column].isin(values_of(rule.where[key]))]
    seen = c.frames["indicators"]
    seen = seen[seen["school"].isin(named_schools(c, rule.where)["school"])]
    if not seen["criterion"].isin(asked["criterion"]).any():
        c.log.warn("points_not_measured", place, rule=name)


def _has_lines(c: Checked, name: str, rule: Rule) -> None:
    """A selection matches something; a floor speaks of what can be bought in each of its rows."""
    if c.log.failed or c.unread or not _selects(c, name, rule):
        return
    over = MEASURES[rule.measure].over
    if over == "cells":
        _can_be_served(c, name, rule)
    if over in ("cells", "points", "levels"):
        return
    if not can_have_lines(c, rule, rule.where):
        # A floor that nothing can reach is an error; a ceiling over nothing is said.
        if _floor(rule):
            c.log.error("floor_without_lines", c.of_key("rules", name), rule=name)
        else:
            c.log.warn("rule_without_lines", c.of_key("rules", name), rule=name)
    elif _floor(rule) and not isinstance(rule.at_least or rule.exactly, Share):
        for where in rows_of(c, rule):
            if not can_have_lines(c, rule, where):
                key = ", ".join(str(where[k]) for k in rule.for_each if k in where)
                c.log.error("floor_row_without_lines", c.of_key("rules", name), rule=name, key=key)
                return


def _selects(c: Checked, name: str, rule: Rule) -> bool:
    """Whether each selection of a rule takes a school, and an item where it speaks of items."""
    selections = [("where", rule.where)]
    for bound in ("at_most", "at_least", "exactly"):
        value = getattr(rule, bound)
        if isinstance(value, Share) and value.of != "budget":
            selections.append((f"{bound}.of", value.of))
    for step, where in selections:
        no_item = {"item", "pillar"} & set(where) and _named_items(c, where).empty
        if named_schools(c, where).empty or no_item:
            place = c.of_key("rules", name, *step.split("."))
            c.log.error("selection_matches_none", place, rule=name)
            return False
    return True


def _can_be_served(c: Checked, name: str, rule: Rule) -> None:
    """A floor of coverage speaks of something that can be bought, requested or is there.

    Said, not refused: that there is no plan is then proven, and the rule named.
    """
    if not _floor(rule) or rule.firmness == "wish":
        return
    schools, items = short_of_sellers(c, rule.where)
    if not schools and not c.frames["schools"].empty and not c.frames["catalogue"].empty:
        return
    for where in rows_of(c, rule):
        if "school" in rule.for_each and where["school"] not in schools:
            continue
        if "item" in rule.for_each and where["item"] not in items:
            continue
        if unserved(c, rule, where):
            key = ", ".join(str(where[k]) for k in rule.for_each if k in where)
            code = "floor_row_unserved" if key else "floor_unserved"
            c.log.warn(code, c.of_key("rules", name), rule=name, key=key)
            return


def _floor(rule: Rule) -> bool:
    """Whether the rule asks for more than nothing."""
    floor = rule.at_least if rule.at_least is not None else rule.exactly
    return bool(floor.share if isinstance(floor, Share) else floor)


CHECKS = (rules_have_names_of_their_own, rules_can_be_read)
