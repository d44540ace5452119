"""A scenario's own rules as selections of lines and rows: which line counts in which row.

The formulation asks with lines that may be bought, the plan with lines that were; both get
the same rows and keys from here, so a rule means one thing. Amounts and bounds are theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from planner.money import multiplied
from planner.scenario.contracts import Item
from planner.scenario.measures import KINDS, LINE_KEYS, MEASURES, Measure
from planner.scenario.scenario import Scenario
from planner.scenario.schema import NATURES, Bound, Rule, Share
from planner.vocabulary.axes import (
    Axes,
    Bools,
    Criteria,
    Ints,
    amounts,
    general_funds,
    schools_matching,
    wanted,
)

Key = tuple[str, ...]


@dataclass(frozen=True)
class CriteriaSet:
    """Criteria whose points are summed: the criterion or the group that a row is of, where it is of
    one, and ``mask``, ``[criterion]`` which they are."""

    criterion: str
    group: str
    mask: Bools

    def groups(self, criteria: Criteria) -> list[Bools]:
        """The same for each group of criteria in it."""
        names = dict.fromkeys(criteria.group[self.mask].tolist())
        return [self.mask & (criteria.group == name) for name in names]


@dataclass(frozen=True)
class Statement:
    """One rule of a scenario, by name."""

    name: str
    rule: Rule

    @property
    def measure(self) -> Measure:
        """What the rule measures."""
        return MEASURES[self.rule.measure]

    @property
    def bounds(self) -> list[tuple[str, Bound]]:
        """(relation, bound) of the rule's sides."""
        sides = (("<=", self.rule.at_most), (">=", self.rule.at_least), ("=", self.rule.exactly))
        return [(relation, bound) for relation, bound in sides if bound is not None]


def statements(scenario: Scenario) -> list[Statement]:
    """The scenario's rules in order."""
    return [Statement(name, rule) for name, rule in scenario.settings.rules.items()]


def names_upkeep(where: Mapping[str, Any]) -> bool:
    """Upkeep lines count only where a selection's own ``kind`` says so, be it the rule's
    selection or the one that a share is taken of."""
    return "upkeep" in wanted(where.get("kind", ()))


def names_proposals(where: Mapping[str, Any]) -> bool:
    """Proposals of preparing schools count only where a selection names their group."""
    return "preparing" in wanted(where.get("group", ()))


@dataclass(frozen=True)
class RuleReader:
    """Reads the keys of lines: frames with positions ``school``, ``item``, ``fund`` (−1: none),
    a calendar ``year`` and the texts ``kind`` and ``request``."""

    scenario: Scenario
    axes: Axes

    def coded(self, lines: pd.DataFrame, key: str) -> tuple[Ints, list[str]]:
        """``[line]`` a key's value as a position in the list of texts that comes with it."""
        if key in ("kind", "request", "year", "criterion", "criteria_group"):
            codes, values = pd.factorize(lines[key])
            return codes.astype(np.int64), [str(v) for v in values]
        if key == "nature":  # the fund's, else the item's single one, else none
            texts = ["", *NATURES]
            funds = [f.nature or "" for f in self.scenario.settings.funds.values()]
            items = self.scenario.items.values()
            single = [i.nature[0] if len(i.nature) == 1 else "" for i in items]
            of_fund = np.array([texts.index(n) for n in [*funds, ""]])[lines["fund"]]
            of_item = np.array([texts.index(n) for n in [*single, ""]])[lines["item"]]
            return np.where(of_fund > 0, of_fund, of_item), texts
        if key == "fund":
            at, texts = "fund", [*self.scenario.settings.funds, ""]
        elif key in ("item", "pillar"):
            at = "item"
            texts = [*(str(getattr(i, key)) for i in self.scenario.items.values()), ""]
        else:
            at, column = "school", self.scenario.schools[key]
            texts = ["" if v is pd.NA or v is None else str(v) for v in column]
        positions = lines[at].to_numpy(dtype=np.int64)
        return np.where(positions < 0, len(texts) - 1, positions), texts

    def schools(self, where: Mapping[str, Any]) -> Bools:
        """``[school]`` whether a selection takes it; one that prepares only where it is named."""
        matching = schools_matching(self.scenario, where)
        return matching if names_proposals(where) else matching & ~self.axes.preparing

    def accepted(self, lines: pd.DataFrame, where: Mapping[str, Any]) -> Bools:
        """``[line]`` whether a selection takes the line."""
        schools = schools_matching(self.scenario, where)
        taken = schools[lines["school"].to_numpy(dtype=np.int64)]
        is_upkeep = (lines["kind"] == "upkeep").to_numpy()
        if not names_proposals(where):
            preparing = self.axes.preparing[lines["school"].to_numpy(dtype=np.int64)]
            taken &= ~preparing | is_upkeep
        if not names_upkeep(where):
            taken &= ~is_upkeep
        for key in where:
            if key in LINE_KEYS:
                codes, texts = self.coded(lines, key)
                values = wanted(where[key])
                taken &= np.array([text in values for text in texts], dtype=bool)[codes]
        return np.asarray(taken)

    def amounts(self, measure: Measure, lines: pd.DataFrame) -> Any:
        """``[line]`` what a measure sums: the columns ``amount`` (minor units), ``units``, or what
        follows from them and the positions."""
        return lines["amount" if measure.unit == "money" else "units"].to_numpy()

    def numbers(self, lines: pd.DataFrame, for_each: Sequence[str], keys: Sequence[Key]) -> Ints:
        """``[line]`` the row that a line counts in, −1 for none."""
        line, row = np.zeros(len(lines), np.int64), np.zeros(len(keys), np.int64)
        for place, name in enumerate(for_each):
            codes, texts = self.coded(lines, name)
            known = {text: k for k, text in enumerate(dict.fromkeys(key[place] for key in keys))}
            mine = np.array([known.get(text, -1) for text in texts], dtype=np.int64)[codes]
            line = np.where((line < 0) | (mine < 0), -1, line * len(known) + mine)
            row = row * len(known) + np.array([known[key[place]] for key in keys], dtype=np.int64)
            row, line = _renumbered(row, line)
        number = np.full(int(row.max(initial=-1)) + 2, -1, dtype=np.int64)
        number[row] = np.arange(len(keys))
        return number[line]

    def keys(self, rule: Rule, requests: Sequence[str]) -> list[Key]:
        """One key for each combination of ``for_each`` that the selection has."""
        for_each = rule.for_each
        parts: list[list[dict[str, str]]] = []
        school_keys = [k for k in for_each if k not in LINE_KEYS]
        if school_keys:
            lines = pd.DataFrame({"school": np.flatnonzero(self.schools(rule.where))})
            columns = []
            for k in school_keys:
                codes, texts = self.coded(lines, k)
                columns.append([texts[c] for c in codes.tolist()])
            rows = zip(*columns, strict=True)
            parts.append([dict(zip(school_keys, row, strict=True)) for row in rows])
        item_keys = [k for k in for_each if k in ("item", "pillar")]
        if item_keys:
            items = self._items(rule)
            parts.append([{k: str(getattr(i, k)) for k in item_keys} for i in items])
        for key in for_each:
            if key in LINE_KEYS and key not in ("item", "pillar"):
                parts.append([{key: v} for v in self._domain(rule, key, requests)])
        found: dict[Key, None] = {}
        for combination in product(*parts):
            merged = {k: v for part in combination for k, v in part.items()}
            found[tuple(merged[k] for k in for_each)] = None
        return list(found)

    def _items(self, rule: Rule) -> list[Item]:
        """The items that a rule's selection takes."""
        chosen = {k: wanted(rule.where[k]) for k in ("item", "pillar") if k in rule.where}
        items = self.scenario.items.values()
        return [i for i in items if all(str(getattr(i, k)) in v for k, v in chosen.items())]

    def _domain(self, rule: Rule, key: str, requests: Sequence[str]) -> list[str]:
        settings = self.scenario.settings
        if key == "fund":
            named = names_proposals(rule.where)
            domain = [n for n, f in settings.funds.items() if named or f.role == "general"]
        elif key == "year":
            years = settings.all_years if "year" in rule.where else settings.plan_years
            domain = [str(y) for y in years]
        elif key == "kind":
            domain = [k for k in KINDS if k != "upkeep" or names_upkeep(rule.where)]
        elif key == "request":
            domain = list(dict.fromkeys(requests))
        elif key == "criterion":
            rows = [*self.scenario.rows("criteria")]
            domain = [row.criterion for row in rows if not row.mandatory]
        elif key == "criteria_group":
            domain = list(dict.fromkeys(row.group for row in self.scenario.rows("criteria")))
        else:
            domain = ["capital", "recurrent"]
        allowed = wanted(rule.where[key]) if key in rule.where else None
        return [v for v in domain if allowed is None or v in allowed]

    def budget(self, rule: Rule, key: Key) -> int:
        """Declared money of the general funds and plan years that a row speaks of."""
        asked = dict(zip(rule.for_each, key, strict=True))
        total = 0
        for name, fund in general_funds(self.scenario).items():
            if not _allows(rule.where, asked, "fund", name):
                continue
            for year, money in amounts(self.scenario, fund).items():
                planned = year in self.scenario.settings.plan_years
                if planned and _allows(rule.where, asked, "year", str(year)):
                    total += money
        return total

    def cells(self, rule: Rule, need: Ints) -> pd.DataFrame:
        """School, item and year positions whose coverage a rule speaks of.

        Cells without need are skipped, and those of an item that needs a building where it is
        not ready yet.
        """
        items, years = self._items_and_years(rule)
        mask = np.zeros(need.shape, dtype=bool)
        mask[:, items] = self.schools(rule.where)[:, None, None] & years
        school, item, year = np.nonzero(mask & (need > 0))
        on_site = np.array([i.on_site for i in self.scenario.items.values()], dtype=bool)
        waits = on_site[item] & (year + self.axes.first < self.axes.ready[school])
        frame = pd.DataFrame({"school": school, "item": item, "at": year})[~waits]
        return frame.assign(
            year=frame["at"] + self.axes.first, fund=-1, kind="", request=""
        ).reset_index(drop=True)

    def sets(self, rule: Rule, criteria: Criteria) -> list[CriteriaSet]:
        """The criteria whose points a rule's rows sum, or in which a level is to be reached: of one
        row for each criterion or group where the rule says so, else all that it names."""
        taken = np.ones(len(criteria.names), dtype=bool)
        names = {
            "criterion": np.array(criteria.names, dtype=object),
            "criteria_group": criteria.group,
        }
        for key, own in names.items():
            if key in rule.where:
                values = wanted(rule.where[key])
                taken &= np.array([str(name) in values for name in own], dtype=bool)
        split = [key for key in names if key in rule.for_each]
        found: dict[tuple[str, str], Bools] = {}
        for k in np.flatnonzero(taken):
            one, group = (str(names[key][k]) if key in split else "" for key in names)
            found.setdefault((one, group), np.zeros(len(taken), dtype=bool))[k] = True
        return [CriteriaSet(one, group, mask) for (one, group), mask in found.items()]

    def measured(self, rule: Rule, criteria: Criteria) -> pd.DataFrame:
        """Schools, years and sets of criteria (positions in :meth:`sets`) that a rule on measured
        points speaks of: funded schools, or those named, with all of a set's criteria measured. The
        last plan year, unless the rule names years or has a row for each."""
        last = self.scenario.settings.years[1]
        years = list(self.scenario.settings.plan_years) if "year" in rule.for_each else [last]
        if "year" in rule.where:
            years = [y for y in self.axes.years if str(y) in wanted(rule.where["year"])]
        schools, parts = self.schools(rule.where), []
        for at, one in enumerate(self.sets(rule, criteria)):
            own = schools & self.complete(one, criteria)
            school, year = np.meshgrid(np.flatnonzero(own), years, indexing="ij")
            labels = {"criterion": one.criterion, "criteria_group": one.group}
            part = pd.DataFrame({"school": school.ravel(), "year": year.ravel()})
            parts.append(part.assign(set=at, **labels))
        names = ["school", "year", "set", "criterion", "criteria_group"]
        found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)
        found = found.astype(dict.fromkeys(names[:3], "int64"))
        return found.assign(
            at=found["year"] - self.axes.first, item=-1, fund=-1, kind="", request=""
        )

    def complete(self, one: CriteriaSet, criteria: Criteria) -> Bools:
        """``[school]`` whether any of a set's criteria applies to it, and all that do were
        measured."""
        applies = criteria.applies[:, one.mask]
        seen = ~np.isnan(criteria.measured[:, one.mask])
        return np.asarray(applies.any(axis=1) & (seen | ~applies).all(axis=1), dtype=bool)

    def unmeasured(self, rule: Rule, criteria: Criteria) -> list[str]:
        """Schools that a rule on measured points selects, to which a set's criteria apply, and of
        which not all were measured."""
        schools = np.zeros(len(self.axes.schools), dtype=bool)
        for one in self.sets(rule, criteria):
            schools |= criteria.applies[:, one.mask].any(axis=1) & ~self.complete(one, criteria)
        return [self.axes.schools[k] for k in np.flatnonzero(schools & self.schools(rule.where))]

    def skipped(self, rule: Rule, need: Ints) -> dict[str, list[str]]:
        """Schools of a coverage rule's selection that its rows do not speak of, by the reason:
        ``no_need``, ``not_ready`` (a need, but no usable building in the years asked), or
        ``off_site_only`` (some of its items need the building, others do not)."""
        schools, cells = self.schools(rule.where), self.cells(rule, need)
        counted = np.zeros(need.shape[:2], dtype=bool)
        counted[cells["school"].to_numpy(np.int64), cells["item"].to_numpy(np.int64)] = True
        items, years = self._items_and_years(rule)
        needed = (need[:, items][:, :, years] > 0).any(axis=2)
        missed, spoken = np.any(needed & ~counted[:, items], axis=1), np.any(counted, axis=1)
        names = np.array(self.axes.schools, dtype=object)
        return {
            "no_need": names[schools & ~np.any(needed, axis=1)].tolist(),
            "not_ready": names[schools & missed & ~spoken].tolist(),
            "off_site_only": names[schools & missed & spoken].tolist(),
        }

    def _items_and_years(self, rule: Rule) -> tuple[list[int], Bools]:
        """Positions of the items of a rule's selection, and ``[year]`` whether it takes it."""
        items = [self.axes.item_at[i.item] for i in self._items(rule)]
        asked = map(str, self.scenario.settings.plan_years)
        taken = wanted(rule.where["year"]) if "year" in rule.where else frozenset(asked)
        return items, np.array([str(y) in taken for y in self.axes.years])


def _renumbered(row: Ints, line: Ints) -> tuple[Ints, Ints]:
    """Numbers of rows made consecutive again, and those of lines with them; −1 for no row."""
    used, row = np.unique(row, return_inverse=True)
    if not len(used):
        return row.astype(np.int64), np.full(len(line), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(used, line), len(used) - 1)
    return row.astype(np.int64), np.where(used[at] == line, at, -1)


def _allows(where: Mapping[str, Any], asked: Mapping[str, str], key: str, value: str) -> bool:
    if key in where and value not in wanted(where[key]):
        return False
    return asked.get(key, value) == value


def limit(bound: Bound, share_base: float | Decimal) -> Decimal:
    """A bound as a number: itself, or its share of ``share_base``."""
    if isinstance(bound, Share):
        return multiplied(bound.share, Decimal(share_base))
    return bound
