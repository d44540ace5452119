"""The scenario's own rules with their sums taken by columns; keys and bounds are the rules'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from planner.audit.bulk.arrays import Arrays
from planner.audit.bulk.coded import ROOM, Bools, Ints, certain, most
from planner.audit.bulk.decisions import Decided
from planner.audit.bulk.lines import PURCHASE, SETUP, Lines
from planner.audit.bulk.upkeep import UpkeepDue
from planner.audit.reading import KINDS
from planner.audit.select import (
    LINE_KEYS,
    Selection,
    item_fits,
    line_nature,
    school_fits,
    year_fits,
)
from planner.audit.statements import Key, Statements, accepted, named
from planner.audit.upkeep import Upkeep
from planner.scenario.schema import Rule


@dataclass
class Parts:
    """What a rule may count, ``[part]``: positions (−1: none), a kind, and two sums."""

    school: Ints
    item: Ints
    fund: Ints
    at: Ints
    kind: Ints
    amount: Ints
    base: Ints

    def taken(self, rows: Bools) -> Parts:
        """Some of the parts."""
        return Parts(*(column[rows] for column in vars(self).values()))


class ColumnStatements(Statements):
    """Evaluates the rules of a scenario on the lines by columns."""

    def __init__(self, arrays: Arrays, lines: Lines, decided: Decided, upkeep: UpkeepDue) -> None:
        super().__init__(arrays.facts, decided.requests, Upkeep())
        self.arrays, self.lines, self.decided, self.due = arrays, lines, decided, upkeep

    def _sums(
        self, rule: Rule, chosen: Selection, for_each: list[str]
    ) -> dict[Key, tuple[Fraction, Fraction]]:
        if rule.measure == "requests":
            return super()._sums(rule, chosen, for_each)
        parts = self._columns(rule.measure, chosen)
        parts = parts.taken(self._accepted(parts, chosen))
        found = self._by_key(parts, for_each)
        if rule.measure == "spend":
            for part in (self._part(line, line.amount) for line in self.decision.requested):
                if accepted(part, chosen):
                    key = tuple(part.text(k) for k in for_each)
                    found[key][0] += int(part.amount)
        return {key: (Fraction(a), Fraction(b)) for key, (a, b) in found.items()}

    def _columns(self, measure: str, chosen: Selection) -> Parts:
        if measure == "coverage":
            return self._covered_cells(chosen)
        lines = self.lines
        mine = lines.where(PURCHASE, *([SETUP] if measure == "spend" else []))
        amount = lines.amount if measure == "spend" else lines.quantity
        columns = [lines.school, lines.item, lines.fund, lines.at, lines.kind, amount]
        columns = [column[mine] for column in columns]
        if measure == "spend" and "upkeep" in chosen.get("kind", ()):
            due = self.due
            kind = np.full(len(due.amount), KINDS.index("upkeep"))
            more = [due.school, due.item, due.fund, due.at, kind, due.amount]
            columns = [np.concatenate(pair) for pair in zip(columns, more, strict=True)]
        school, item, fund, at, kinds, amounts = columns
        return Parts(school, item, fund, at, kinds, amounts, np.zeros(len(school), dtype=np.int64))

    def _covered_cells(self, chosen: Selection) -> Parts:
        """Needs and what is covered of them, where a building is ready."""
        arrays, facts = self.arrays, self.facts
        schools = np.array(
            [school_fits(chosen, s) and named(s, chosen) for s in arrays.schools], dtype=bool
        )
        items = np.array([item_fits(chosen, i) for i in arrays.items], dtype=bool)
        asked = [
            year_fits(chosen, t) if "year" in chosen else facts.first <= t <= facts.last
            for t in arrays.years.tolist()
        ]
        on_site = np.array([i.on_site for i in arrays.items], dtype=bool)
        cells = (arrays.need > 0) & schools[:, None, None] & items[None, :, None]
        cells &= np.array(asked, dtype=bool)[None, None, :]
        early = arrays.has_ready[:, None] & (arrays.years[None, :] < arrays.ready[:, None])
        cells &= ~(on_site[None, :, None] & early[:, None, :])
        school, item, at = np.nonzero(cells)
        need = arrays.need[cells]
        covered = np.minimum(arrays.stock[cells] + self.decided.new[cells], need)
        none = np.full(len(school), -1)
        return Parts(school, item, none, at, none, covered, need)

    def _accepted(self, parts: Parts, chosen: Selection) -> Bools:
        """``[part]`` whether the selection takes it; upkeep and proposals only when named."""
        upkeep = parts.kind == KINDS.index("upkeep")
        open_to = np.array([named(s, chosen) for s in self.arrays.schools], dtype=bool)
        taken = np.where(upkeep, "upkeep" in chosen.get("kind", ()), open_to[parts.school])
        for key, texts in chosen.items():
            codes, labels = self._coded(parts, key)
            taken &= np.array([label in texts for label in labels], dtype=bool)[codes]
        return np.asarray(taken, dtype=bool)

    def _coded(self, parts: Parts, key: str) -> tuple[Ints, Sequence[str]]:
        """``[part]`` the position of the key's text among the labels (−1: the last)."""
        arrays, funds = self.arrays, self.facts.funds
        if key not in LINE_KEYS:
            codes, labels = pd.factorize(arrays.texts(key))
            return codes[parts.school], list(labels)
        if key == "nature":
            natures = [line_nature(f.nature, i) for f in funds.values() for i in arrays.items]
            place = parts.fund * len(arrays.items) + parts.item
            return np.where(parts.fund < 0, -1, place), [*natures, ""]
        plain: dict[str, tuple[Ints, Callable[[], list[str]]]] = {
            "item": (parts.item, lambda: [i.item for i in arrays.items]),
            "pillar": (parts.item, lambda: [i.pillar for i in arrays.items]),
            "fund": (parts.fund, lambda: list(funds)),
            "year": (parts.at, lambda: [str(t) for t in arrays.years.tolist()]),
            "kind": (parts.kind, lambda: list(KINDS)),
            "request": (np.full(len(parts.school), -1), list),
        }
        places, texts = plain[key]
        return places, [*texts(), ""]

    def _by_key(self, parts: Parts, for_each: list[str]) -> dict[Key, list[int]]:
        """Key → exact sums of amount and base."""
        found: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
        count = len(parts.school)
        if not count:
            return found
        combined = np.zeros(count, dtype=np.int64)
        columns = []
        for key in for_each:
            codes, labels = self._coded(parts, key)
            codes = codes % len(labels)
            columns.append((codes, labels))
            certain((int(combined.max()) + 1) * len(labels) < ROOM)
            combined = pd.factorize(combined * len(labels) + codes)[0]
        size = int(combined.max()) + 1
        some = np.zeros(size, dtype=np.int64)
        some[combined] = np.arange(count)  # any part tells the texts of its key
        sums = []
        for values in (parts.amount, parts.base):
            certain(most(values) * count < ROOM)
            total = np.zeros(size, dtype=np.int64)
            np.add.at(total, combined, values)
            sums.append(total.tolist())
        texts = [[labels[c] for c in codes[some].tolist()] for codes, labels in columns]
        for k, pair in enumerate(zip(*sums, strict=True)):
            found[tuple(column[k] for column in texts)] = list(pair)
        return found
