"""Checks of the scenario's own rules: each is a statement that can be formulated."""

from __future__ import annotations

from planner.scenario.checks import Checked
from planner.scenario.checks_money import selection_is_known
from planner.scenario.log import nearest
from planner.scenario.schema import Rule, Share
from planner.scenario.selecting import (
    ITEM_KEYS,
    LINE_KEYS,
    items_in,
    school_keys,
    schools_in,
    values_of,
)

KEYS = {
    "spend": (*ITEM_KEYS, *LINE_KEYS),
    "quantity": (*ITEM_KEYS, "fund", "year"),
    "coverage": (*ITEM_KEYS, "year"),
    "requests": ("request",),
}
"""Selection keys beside the schools' own, by measure."""


def rules_can_be_read(c: Checked) -> None:
    """Measure, selection, keys and bounds of every rule fit together."""
    for name, rule in c.settings.rules.items():
        keys = [*school_keys(c.frames["schools"]), *KEYS[rule.measure]]
        selection_is_known(c, dict(rule.where), keys, ("rules", name, "where"))
        for position, key in enumerate(rule.for_each):
            if key not in keys and "schools" not in c.unread:
                c.log.error(
                    "selector_unknown",
                    c.key("rules", name, "for_each", position),
                    name=key,
                    nearest=nearest(key, keys) or "-",
                )
        _bounds(c, name, rule)
        _firmness(c, name, rule)
        if rule.measure == "coverage":
            _coverage(c, name, rule)
        _shares(c, name, rule, keys)
        _floor_can_be_met(c, name, rule)


def _bounds(c: Checked, name: str, rule: Rule) -> None:
    given = [b for b in ("at_most", "at_least", "exactly") if getattr(rule, b) is not None]
    place = c.of_key("rules", name)
    if not given:
        c.log.error("rule_without_bound", place, rule=name)
    elif "exactly" in given and len(given) > 1:
        c.log.error("rule_bounds_clash", c.of_key("rules", name, "exactly"), rule=name)
    if rule.measure == "spend" and "exactly" in given:
        c.log.error("rule_exact_spend", c.of_key("rules", name, "exactly"), rule=name)
    low, high = rule.at_least, rule.at_most
    plain = not isinstance(low, Share) and not isinstance(high, Share)
    if low is not None and high is not None and plain and low > high:  # type: ignore[operator]
        c.log.error("rule_bounds_cross", c.of_key("rules", name, "at_least"), rule=name)
    for bound in given:
        value = getattr(rule, bound)
        amount = value.share if isinstance(value, Share) else value
        if amount < 0:
            c.log.error("value_below", c.key("rules", name, bound), value=str(amount), bound="0")


def _firmness(c: Checked, name: str, rule: Rule) -> None:
    if rule.firmness == "wish" and rule.price is None:
        c.log.error("wish_without_price", c.key("rules", name, "firmness"), rule=name)
    if rule.firmness != "wish" and rule.price is not None:
        c.log.warn("price_without_wish", c.key("rules", name, "price"), rule=name)


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
        c.log.error(
            "value_above", c.key("rules", name, "at_least"), value=str(rule.at_least), bound="1"
        )


def _shares(c: Checked, name: str, rule: Rule, keys: list[str]) -> None:
    for bound in ("at_most", "at_least", "exactly"):
        value = getattr(rule, bound)
        if not isinstance(value, Share):
            continue
        steps = ("rules", name, bound, "of")
        if value.of == "budget":
            if rule.measure != "spend":
                c.log.error("share_of_budget", c.key(*steps), rule=name)
        else:
            selection_is_known(c, dict(value.of), keys, steps)


def _floor_can_be_met(c: Checked, name: str, rule: Rule) -> None:
    """A floor speaks of something that can be bought."""
    floor = rule.at_least if rule.at_least is not None else rule.exactly
    amount = floor.share if isinstance(floor, Share) else floor
    if not amount or rule.measure not in ("spend", "quantity") or c.log.failed:
        return
    where = rule.where
    if set(where) & {"request", "kind"}:
        return
    schools = c.frames["schools"][schools_in(c.frames["schools"], where)]
    reach = {k: v for k, v in where.items() if k in ("item", "pillar")}
    items = c.frames["catalogue"][items_in(c.frames["catalogue"], reach)]
    requested = bool(set(c.frames["requests"]["school"]) & set(schools["school"]))
    if requested and not reach and rule.measure == "spend":
        return
    wanted = values_of(where["nature"]) if "nature" in where else []
    named = values_of(where["fund"]) if "fund" in where else list(c.settings.funds)
    for fund_name in named:
        fund = c.settings.funds[fund_name]
        mine = items[items_in(items, fund.where)]
        if fund.nature is not None:
            mine = mine[mine["nature"].map(lambda n, f=fund: f.nature in n)]
        if wanted and fund.nature is not None and fund.nature not in wanted:
            continue
        if not mine.empty and schools_in(schools, fund.where).any():
            return
    c.log.error("floor_without_lines", c.of_key("rules", name), rule=name)


CHECKS = (rules_can_be_read,)
