"""What-ifs without files: a scenario with some of its settings replaced and checked anew."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import Finding, InputError, Place
from planner.messages import render
from planner.messages.language import language
from planner.scenario import checks as checks_all
from planner.scenario.checks import across, funding
from planner.scenario.contracts import TABLES
from planner.scenario.reading import settings, yaml_tree
from planner.scenario.reading.sources import Folder, Log, shortened
from planner.scenario.reading.yaml_tree import Node
from planner.scenario.schema import Settings
from planner.scenario.write import settings_yaml

if TYPE_CHECKING:
    from planner.scenario.scenario import Scenario

MADE_IN = "with_"
"""The place that findings and origins name for a value given in Python."""


def changed(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """``scenario`` with dotted settings keys replaced; raises ``InputError`` with all findings."""
    odd = [k for k in changes if not isinstance(k, str)]
    if odd:
        raise TypeError(f"with_ takes dotted settings keys as text, not {odd[0]!r}")
    refused = [k for k in changes if k.split(".")[0] in ("data", "extends")]
    if refused:
        raise InputError([Finding("what_if_tables", Place(MADE_IN, key=k)) for k in refused])
    log = Log()
    declared: dict[str, Collection[str]] = {
        "funds": scenario.settings.funds,
        "rules": scenario.settings.rules,
    }
    settings.overrides_name_what_is_there(changes, declared, MADE_IN, log)
    tree = None if log.failed else _tree(scenario, changes, log)
    typed = settings.validated(tree, log) if tree is not None else None
    if typed is not None and tree is not None:
        tables = {name: scenario.table(name) for name in TABLES}
        _check(scenario.settings, across.Checked(typed, tables, {}, tree, log))
    if typed is None or log.failed:
        raise InputError(shortened(map(_here, log.findings)))
    # Python warnings for money given here in a year too far: nothing would ever use it.
    for finding in map(_here, log.findings):
        if finding.where.file == MADE_IN and finding.code == "fund_year_outside":
            warnings.warn(render(finding, language()), stacklevel=4)
    origins = dict(scenario.origins) | dict.fromkeys(changes, MADE_IN)
    return replace(scenario, settings=typed, origins=origins)


def _check(before: Settings, c: across.Checked) -> None:
    """Every check, or those that can find something else than for the settings before."""
    if not _only_money(before, c.settings):
        checks_all.run(c)
        return
    for check in funding.OF_AMOUNTS:
        check(c)


def _only_money(before: Settings, now: Settings) -> bool:
    """Whether the settings differ in nothing but how much money a year of a fund brings."""
    funds = now.funds
    if before.funds.keys() != funds.keys():
        return False
    moved = {k: f.model_copy(update={"amounts": funds[k].amounts}) for k, f in before.funds.items()}
    if before.model_copy(update={"funds": moved}) != now:
        return False
    return all(before.amounts(f).keys() == now.amounts(funds[k]).keys()
               for k, f in before.funds.items())  # fmt: skip


def _here(finding: Finding) -> Finding:
    """Says of what was given here that it was, instead of naming the command line."""
    where = finding.where
    if where.file != "--set":
        return finding
    return replace(finding, where=replace(where, file=MADE_IN))


def _tree(scenario: Scenario, changes: Mapping[str, Any], log: Log) -> Node | None:
    """The settings as a tree, envelopes written out where a year of theirs is replaced."""
    tree, findings = _parsed(settings_yaml(scenario.settings, None), scenario.id)
    log.findings.extend(findings)
    if tree is None:
        return None
    folder = Folder(Path(), log)
    written: dict[str, Any] = {}
    for name, fund in scenario.settings.funds.items():
        years = f"funds.{name}.amounts."
        if fund.amounts == "envelope" and any(k.startswith(years) for k in changes):
            written |= {f"{years}{y}": m for y, m in scenario.settings.amounts(fund).items()}
    given = {k: plain(v, k) for k, v in changes.items()}
    tree = yaml_tree.overridden(tree, written | given, folder, log)
    # Says of what was given here that it was, instead of naming the command line.
    pending = [tree]
    while pending:
        node = pending.pop()
        if node.place.file == "--set":
            node.place = replace(node.place, file=MADE_IN)
        if node.key_place is not None and node.key_place.file == "--set":
            node.key_place = replace(node.key_place, file=MADE_IN)
        if isinstance(node.value, dict):
            pending += node.value.values()
        elif isinstance(node.value, list):
            pending += node.value
    placed = tree
    return yaml_tree.pruned(placed)


@lru_cache(maxsize=8)
def _parsed(text: str, name: str) -> tuple[Node | None, tuple[Finding, ...]]:
    """Settings as a tree that nobody changes, and what was found wrong in them.

    A session asks for the same settings again and again, and parsing them takes longer than a
    warm relaxation.
    """
    log = Log()
    return yaml_tree.parse(text, name, log), tuple(log.findings)


def plain(value: Any, key: str = "") -> Any:
    """A value of Python or numpy as the readers take it; money in whole minor units."""
    if isinstance(value, Mapping):
        return {str(k): plain(v, f"{key}.{k}") for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v, key) for v in value]
    if hasattr(value, "to_dict"):  # a Series: index to values
        return plain(value.to_dict(), key)
    if hasattr(value, "tolist"):  # of numpy: a scalar or an array
        return plain(value.tolist(), key)
    if isinstance(value, (float, Decimal)):
        exact = Decimal(repr(value)) if isinstance(value, float) else value
        if exact.is_finite() and (
            (".amounts." in key or ".public_investment." in key)
            or exact == exact.to_integral_value()
        ):
            return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
        return exact
    return value
