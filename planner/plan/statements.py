"""How the plan stands to the scenario's own rules and capacities, in whole money and units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.axes import Ints
from planner.formulation.facts import Facts
from planner.plan.decisions import Decisions
from planner.plan.lines import Lines
from planner.plan.locks import lock_rows
from planner.plan.service import InService
from planner.plan.summaries import rule_row
from planner.rules import Firmness, Rule
from planner.scenario.schema import Share
from planner.statements import UNITS, Key, Reader, Statement, limit, names_upkeep, statements

MOST = 2**63
"""Sums of whole numbers stay below this, or are not added as machine integers."""


class Standing:
    """Evaluates every rule of the scenario on a plan's lines."""

    def __init__(self, decisions: Decisions, lines: Lines, service: InService) -> None:
        self.decisions = decisions
        self.facts: Facts = decisions.facts
        self.service = service
        self.reader = Reader(self.facts.scenario, self.facts.axes)
        self.lines = _positions(lines)

    def rows(self) -> list[dict[str, Any]]:
        """Rows of the table ``rules``: capacities, locks, then the scenario's rules in order."""
        return [
            *self._capacities(),
            *lock_rows(self.decisions),
            *(row for s in statements(self.facts.scenario) for row in self._rows(s)),
        ]

    def penalty(self) -> float:
        """Points lost by misses of wishes."""
        lost = 0.0
        for statement in statements(self.facts.scenario):
            if statement.rule.firmness != Firmness.WISH:
                continue
            unit = 100 if statement.rule.measure == "coverage" else 1
            for row in self._rows(statement):
                lost += max(0.0, -float(row["slack"])) * unit * float(statement.rule.price or 0)
        return lost

    def _rows(self, statement: Statement) -> Iterator[dict[str, Any]]:
        rule = statement.rule
        requests = list(self.facts.scenario.table("requests")["request"])
        keys = self.reader.keys(rule, requests)
        if rule.measure == "coverage":
            keys, left = self._coverage(statement, keys)
        else:
            left = self._sums(statement, rule.where, keys)
        for relation, bound in statement.bounds:
            limits = self._limits(statement, keys, bound)
            for key, value, most in zip(keys, left, limits, strict=True):
                yield rule_row(
                    statement.name,
                    ",".join(key),
                    value,
                    most,
                    UNITS[rule.measure],
                    relation=relation,
                    firmness=rule.firmness,
                )

    def _sums(self, statement: Statement, where: Any, keys: list[Key]) -> list[Any]:
        measure = statement.rule.measure
        lines = self.lines
        if measure == "requests":
            lines = self._chosen_lines()
            where = {k: v for k, v in where.items() if k != "year"}
        elif measure == "quantity":
            lines = lines[lines["kind"] == "purchase"]
        amount = lines["amount" if measure == "spend" else "units"]
        upkeep = names_upkeep(where) and measure == "spend"
        number = self.reader.numbers(lines, statement.rule.for_each, keys)
        number = np.where(self.reader.accepted(lines, where, upkeep), number, -1)
        return _added(number, amount.to_numpy(), len(keys))

    def _chosen_lines(self) -> pd.DataFrame:
        table = self.facts.scenario.table("requests")
        keys = zip(table["request"], table["option"], strict=True)
        times = np.array([self.decisions.chosen.get(k, 0) for k in keys], dtype=np.int64)
        mine = table[times > 0]
        school = mine["school"].map(self.facts.axes.school_at).astype(np.int64)
        frame = mine[["request"]].assign(school=school, item=-1, fund=-1, year=0)
        return frame.assign(kind="request", units=times[times > 0], amount=0)

    def _coverage(self, statement: Statement, keys: list[Key]) -> tuple[list[Key], list[Any]]:
        cells = self.reader.cells(statement.rule, self.facts.need)
        number = self.reader.numbers(cells, statement.rule.for_each, keys)
        at = tuple(cells[k].to_numpy(dtype=np.int64) for k in ("school", "item", "at"))
        count = len(keys)
        need = np.bincount(number, weights=self.facts.need[at], minlength=count)
        covered = np.bincount(number, weights=self.service.covered_after[at], minlength=count)
        used = np.flatnonzero(need > 0)
        return [keys[k] for k in used], [covered[k] / need[k] for k in used]

    def _limits(self, statement: Statement, keys: list[Key], bound: Any) -> list[Any]:
        if not isinstance(bound, Share):
            return [_plain(bound)] * len(keys)
        if bound.of == "budget":
            bases: list[Any] = [self.reader.budget(statement.rule, k) for k in keys]
        else:
            bases = self._sums(statement, bound.of, keys)
        return [_plain(limit(bound, Decimal(str(b)))) for b in bases]

    def _capacities(self) -> Iterator[dict[str, Any]]:
        """``capacity_within``: units of an item, or money, by year; proposals left out."""
        preparing = self.facts.axes.preparing[self.lines["school"].to_numpy(dtype=np.int64)]
        funded = self.lines[~preparing & (self.lines["kind"] != "upkeep").to_numpy()]
        for row in self.facts.scenario.rows("capacities"):
            planned = self.facts.scenario.settings.plan_years
            for year in [row.year] if row.year is not None else planned:
                mine = funded[funded["year"] == year]
                if row.fund:
                    mine = mine[mine["fund"] == self.facts.fund_at[row.fund]]
                key = ",".join(p for p in (row.item, row.fund, str(year)) if p)
                if row.item:
                    at = self.facts.axes.item_at[row.item]
                    bought = mine[(mine["item"] == at) & (mine["kind"] == "purchase")]
                    units = bought["units"].to_numpy()
                    (used,) = _added(np.zeros(len(units), dtype=np.int64), units, 1)
                    used += self._requested(row, year)
                    yield rule_row(Rule.CAPACITY, key, used, row.most, "units")
                else:
                    used = sum(mine["amount"].tolist())
                    yield rule_row(Rule.CAPACITY, key, used, row.most, "money")

    def _requested(self, row: Any, year: int) -> int:
        return sum(
            int(quantity)
            for item, when, quantity, payers in self._brought
            if item == row.item and when == year and (not row.fund or row.fund in payers)
        )

    @cached_property
    def _brought(self) -> list[tuple[str, int, int, set[str]]]:
        """Item, year, units and paying funds of what chosen options bring; no proposals."""
        scenario, axes = self.facts.scenario, self.facts.axes
        asking, costs = scenario.table("requests"), scenario.table("request_costs")
        at = asking["school"].map(axes.school_at).to_numpy(dtype=np.int64)
        owner = dict(zip(asking["request"], axes.preparing[at].tolist(), strict=True))
        payers: dict[tuple[str, str], set[str]] = defaultdict(set)
        for request, option, fund in zip(
            costs["request"], costs["option"], costs["fund"], strict=True
        ):
            payers[request, option].add(fund)
        parts = scenario.table("request_items")
        names = ("request", "option", "item", "quantity", "year")
        return [
            (item, year, quantity * self.decisions.chosen[request, option], payers[request, option])
            for request, option, item, quantity, year in zip(
                *(parts[n].tolist() for n in names), strict=True
            )
            if (request, option) in self.decisions.chosen and not owner[request]
        ]


def _added(number: Ints, amounts: npt.NDArray[Any], count: int) -> list[Any]:
    """``[row]`` the sum of the amounts that count in it (``number``; −1: in none).

    Whole numbers are added exactly; whoever adds parts of units adds them in the lines' order.
    """
    counted = number >= 0
    number, amounts = number[counted], amounts[counted]
    whole = amounts.astype(np.int64) if np.array_equal(amounts, np.rint(amounts)) else None
    if whole is not None and np.abs(whole).max(initial=0) < MOST // max(len(whole), 1):
        total = np.zeros(count, dtype=np.int64)
        np.add.at(total, number, whole)
        return total.tolist()
    sums: list[Any] = [0] * count
    for at, value in zip(number.tolist(), amounts.tolist(), strict=True):
        sums[at] += int(value) if float(value).is_integer() else value
    return sums


def _positions(lines: Lines) -> pd.DataFrame:
    """The allocation with positions on the axes, as :class:`Reader` wants it."""
    table = lines.table
    return pd.DataFrame(
        {
            "school": lines.school,
            "item": lines.item,
            "fund": lines.fund,
            "year": lines.year,
            "kind": table["kind"],
            "request": table["request"],
            "amount": table["amount"],
            "units": table["quantity"],
        }
    )


def _plain(value: Decimal) -> int | Decimal:
    """A bound as an integer where it is one; any other stays exact until its slack is known."""
    return int(value) if value == value.to_integral_value() else value
