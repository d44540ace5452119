"""What the plan decides, by columns; what it decides on requests, by rows (they are few)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from planner.audit.bulk.arrays import Arrays
from planner.audit.bulk.coded import Bools, Ints
from planner.audit.bulk.lines import PURCHASE, REQUEST, SETUP, Lines
from planner.audit.decision import Decision, Line, options_of
from planner.audit.reading import Reader
from planner.audit.report import Report
from planner.audit.tables import TextTable


class Decided:
    """Units in service as arrays, and :class:`Decision` for the requests or for some schools."""

    def __init__(
        self, arrays: Arrays, lines: Lines, texts: Mapping[str, TextTable], report: Report
    ) -> None:
        self.arrays, self.lines = arrays, lines
        self.reader = Reader(arrays.facts, dict(texts), report)
        self.reader.request = lines.raw(lines.where(REQUEST))
        options = options_of(arrays.facts)
        chosen, paid = self.reader.chosen(options), self.reader.paid()
        self.requests = Decision(arrays.facts, options, chosen, paid)

    def of_schools(self, schools: Bools) -> Decision:
        """The decision with the purchases and site works of some schools."""
        arrays, lines = self.arrays, self.lines
        found: dict[int, dict[tuple[str, str], list[Line]]] = {
            kind: defaultdict(list) for kind in (PURCHASE, SETUP)
        }
        mine = np.flatnonzero(lines.where(PURCHASE, SETUP) & schools[lines.school])
        names = ("school", "item", "fund", "year", "kind", "quantity", "amount")
        columns = (getattr(lines, name)[mine].tolist() for name in names)
        funds, kinds = list(arrays.facts.funds), {PURCHASE: "purchase", SETUP: "setup"}
        for row, s, i, f, year, kind, units, amount in zip(
            (mine + 2).tolist(), *columns, strict=True
        ):
            school, item = arrays.schools[s], arrays.items[i]
            line = Line(row, school, item, funds[f], year, kinds[kind], units, amount)
            found[kind][school.id, item.item].append(line)
        asked = self.requests
        contracts = dict(found[PURCHASE]), dict(found[SETUP])
        return Decision(arrays.facts, asked.options, asked.chosen, asked.paid, *contracts)

    def asking(self) -> Bools:
        """``[school]`` whether a chosen request is the school's."""
        found = np.zeros(len(self.arrays.schools), dtype=bool)
        found[[self.requests.options[key].school.position for key in self.requests.chosen]] = True
        return found

    @cached_property
    def new(self) -> Ints:
        """``[school, item, year]`` new units in service."""
        return self._serving(0)

    @cached_property
    def older(self) -> Ints:
        """``[school, item, year]`` new units in service since an earlier year."""
        return self._serving(1)

    def _serving(self, late: int) -> Ints:
        """New units in service for at least ``late`` years."""
        arrays, lines = self.arrays, self.lines
        bought = lines.where(PURCHASE)
        rows = [
            (option.school.position, arrays.item_at[item], year, quantity * times)
            for key, times in self.requests.chosen.items()
            for option in (self.requests.options[key],)
            for item, quantity, year in option.items
            if item in arrays.item_at
        ]
        asked = np.array(rows, dtype=np.int64).reshape(len(rows), 4)
        columns = (lines.school, lines.item, lines.year, lines.quantity)
        school, item, year, quantity = (
            np.concatenate([column[bought], asked[:, k]]) for k, column in enumerate(columns)
        )
        ready = np.maximum(year, arrays.ready[school])
        start = np.where(arrays.waits[school, item], ready, year)
        end = start + arrays.life[item]
        return arrays.alive(school, item, start + late, end, quantity)
