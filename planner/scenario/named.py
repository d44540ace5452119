"""Names that an override or an amount refers to are declared somewhere: a slip makes no new one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from planner.errors import Place
from planner.scenario.grid import Sheet
from planner.scenario.log import Log, nearest
from planner.scenario.schema import Settings
from planner.scenario.tree import Node

NAMED = ("funds", "rules")
"""Keys of the settings whose parts go by names of the user's own."""


def names_in(*trees: Node | None) -> dict[str, set[str]]:
    """The names of funds and of rules that the trees hold."""
    found: dict[str, set[str]] = {top: set() for top in NAMED}
    for tree in trees:
        for top in NAMED:
            found[top] |= set(_children(tree, top))
    return found


def overrides_name_what_is_there(
    overrides: Mapping[str, Any], declared: Mapping[str, Collection[str]], file: str, log: Log
) -> bool:
    """A key inside a fund or rule, or one that removes it, names one that exists."""
    sound = True
    for key, value in overrides.items():
        top, _, rest = key.partition(".")
        known = declared.get(top)
        if known is None or not rest or rest in known:
            continue
        removes = value is None or (isinstance(value, str) and value.strip() in ("null", "~"))
        inside = any(rest.startswith(f"{name}.") for name in known)
        if inside or not (removes or "." in rest):
            continue
        sound = False
        given = rest.split(".")[0]
        like = nearest(given, known) or "-"
        log.error("key_unknown", Place(file, key=key), name=f"{top}.{given}", nearest=like)
    return sound


def overrides_keep_the_envelope(
    overrides: Mapping[str, Any], before: Node, settings: Settings, log: Log
) -> None:
    """A year's amount set over ``envelope`` needs the other plan years too: they would be lost."""
    for name, fund in settings.funds.items():
        if before.at(("funds", name, "amounts")).value != "envelope":
            continue
        start = f"funds.{name}.amounts."
        given = [k for k in overrides if k.startswith(start)]
        if not given or not isinstance(fund.amounts, dict):
            continue
        missing = [str(y) for y in settings.plan_years if y not in fund.amounts]
        if missing:
            place = Place("--set", key=given[0])
            log.error("set_loses_envelope", place, fund=name, years=", ".join(missing))


def amounts_of_declared_funds(below: Node, above: Node, amounts: Sheet | None, log: Log) -> None:
    """The sheet of amounts names funds that the sheet of funds or the YAML declares, if any do."""
    if amounts is None:
        return
    funds = _children(below, "funds")
    loose = {
        name: node.key_place
        for name, node in funds.items()
        if node.key_place is not None and node.key_place.sheet == amounts.sheet
    }
    declared = (set(funds) - set(loose)) | names_in(above)["funds"]
    for name, place in loose.items():
        if declared and name not in declared:
            like = nearest(name, declared) or "-"
            log.error("id_unknown", place, name=name, table="funds", nearest=like)


def _children(tree: Node | None, top: str) -> dict[str, Node]:
    """What stands under a key of the settings; nothing where there is no such mapping."""
    inside = tree.value.get(top) if tree is not None and isinstance(tree.value, dict) else None
    return inside.value if inside is not None and isinstance(inside.value, dict) else {}
