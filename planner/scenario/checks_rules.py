"""Checks of the scenario's own rules: each is a statement that can be formulated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.rules import STAGES, Link
from planner.rules import Rule as Standing
from planner.scenario import cells
from planner.scenario.checks import Checked
from planner.scenario.checks_money import selection_is_known
from planner.scenario.log import nearest
from planner.scenario.reach import can_have_lines, named_schools, purchasable, rows_of, unserved
from planner.scenario.schema import DECIMALS, GROUPS, MOST_MONEY, Rule, Share
from planner.scenario.selecting import ITEM_KEYS, LINE_KEYS, items_in, school_keys, values_of

KEYS = {
    "spend": (*ITEM_KEYS, *LINE_KEYS),
    "quantity": (*ITEM_KEYS, "fund", "year"),
    "coverage": ("item", "pillar", "year"),
    "requests": ("request",),
}
"""Selection keys beside the schools' own, by measure."""


MOST_SHARE = 1000
"""The largest share that a rule may name, a thousand times its base."""
TAKEN = {
    **dict.fromkeys(GROUPS, "rule_named_like_stage"),
    **dict.fromkeys(STAGES, "rule_named_like_stage"),
    **dict.fromkeys(map(str, Link), "rule_named_like_link"),
    **dict.fromkeys(map(str, Standing), "rule_named_like_standing"),
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
        _has_lines(c, name, rule)


def _bounds(c: Checked, name: str, rule: Rule) -> None:
    given = [b for b in ("at_most", "at_least", "exactly") if getattr(rule, b) is not None]
    place = c.of_key("rules", name)
    if not given:
        c.log.error("rule_without_bound", place, rule=name)
    elif "exactly" in given and len(given) > 1:
        c.log.error("rule_bounds_clash", c.of_key("rules", name, "exactly"), rule=name)
    if rule.measure == "spend" and "exactly" in given and _buys_units(c, rule):
        c.log.error("rule_exact_spend", c.of_key("rules", name, "exactly"), rule=name)
    low, high = rule.at_least, rule.at_most
    plain = not isinstance(low, Share) and not isinstance(high, Share)
    if low is not None and high is not None and plain and low > high:  # type: ignore[operator]
        c.log.error("rule_bounds_cross", c.of_key("rules", name, "at_least"), rule=name)
    for bound in given:
        value = getattr(rule, bound)
        amount = value.share if isinstance(value, Share) else value
        steps = (
            ("rules", name, bound, "share") if isinstance(value, Share) else ("rules", name, bound)
        )
        most = MOST_SHARE if isinstance(value, Share) else MOST_MONEY
        if amount < 0:
            c.log.error("value_below", c.key(*steps), value=f"{amount:f}", bound="0")
        elif amount > most:
            c.log.error("value_above", c.key(*steps), value=f"{amount:f}", bound=most)
        elif -int(amount.normalize().as_tuple().exponent) > DECIMALS:
            text = cells.shown(f"{amount:f}")
            c.log.error("value_too_fine", c.key(*steps), value=text, bound=str(DECIMALS))


def _buys_units(c: Checked, rule: Rule) -> bool:
    """Whether purchases or site works are among what the rule sums; requests alone can be exact."""
    kinds = values_of(rule.where["kind"]) if "kind" in rule.where else ["purchase"]
    return bool({"purchase", "setup"} & set(kinds)) and not purchasable(c, rule.where).empty


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


def _has_lines(c: Checked, name: str, rule: Rule) -> None:
    """A selection matches something; a floor speaks of what can be bought in each of its rows."""
    if c.log.failed or c.unread:
        return
    selections = [("where", rule.where)]
    for bound in ("at_most", "at_least", "exactly"):
        value = getattr(rule, bound)
        if isinstance(value, Share) and value.of != "budget":
            selections.append((f"{bound}.of", value.of))
    for step, where in selections:
        if named_schools(c, where).empty or not _items_match(c, where):
            place = c.of_key("rules", name, *step.split("."))
            c.log.error("selection_matches_none", place, rule=name)
            return
    if rule.measure == "coverage":
        _can_be_served(c, name, rule)
        return
    if not can_have_lines(c, rule, rule.where):
        _without_lines(c, name, rule)
    elif _floor(rule) and not isinstance(rule.at_least or rule.exactly, Share):
        for where in rows_of(c, rule):
            if not can_have_lines(c, rule, where):
                key = ", ".join(str(where[k]) for k in rule.for_each if k in where)
                c.log.error("floor_row_without_lines", c.of_key("rules", name), rule=name, key=key)
                return


def _can_be_served(c: Checked, name: str, rule: Rule) -> None:
    """A floor of coverage speaks of something that can be bought, requested or is there.

    Said, not refused: that there is no plan is then proven, and the rule named.
    """
    if not _floor(rule) or rule.firmness == "wish":
        return
    for where in rows_of(c, rule):
        if unserved(c, rule, where):
            key = ", ".join(str(where[k]) for k in rule.for_each if k in where)
            code = "floor_row_unserved" if key else "floor_unserved"
            c.log.warn(code, c.of_key("rules", name), rule=name, key=key)
            return


def _items_match(c: Checked, where: Mapping[str, Any]) -> bool:
    asked = {k: v for k, v in where.items() if k in ITEM_KEYS[:2]}
    return not asked or bool(items_in(c.frames["catalogue"], asked).any())


def _without_lines(c: Checked, name: str, rule: Rule) -> None:
    """A floor that nothing can reach is an error; a ceiling over nothing is said."""
    if _floor(rule):
        c.log.error("floor_without_lines", c.of_key("rules", name), rule=name)
    else:
        c.log.warn("rule_without_lines", c.of_key("rules", name), rule=name)


def _floor(rule: Rule) -> bool:
    """Whether the rule asks for more than nothing."""
    floor = rule.at_least if rule.at_least is not None else rule.exactly
    return bool(floor.share if isinstance(floor, Share) else floor)


CHECKS = (rules_have_names_of_their_own, rules_can_be_read)
