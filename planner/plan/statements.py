"""How the plan stands to the scenario's own rules and capacities, in whole money and units."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from planner.formulation.facts import Facts
from planner.plan.decisions import Decisions
from planner.plan.locks import lock_rows
from planner.plan.service import InService
from planner.plan.summaries import rule_row
from planner.rules import Firmness, Rule
from planner.scenario.schema import Share
from planner.statements import UNITS, Key, Reader, Statement, limit, statements


class Standing:
    """Evaluates every rule of the scenario on a plan's lines."""

    def __init__(self, decisions: Decisions, lines: pd.DataFrame, service: InService) -> None:
        self.decisions = decisions
        self.facts: Facts = decisions.facts
        self.service = service
        self.reader = Reader(self.facts.scenario, self.facts.axes)
        self.lines = _positions(self.facts, lines)

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
        amount = lines["amount" if measure == "spend" else "units"].tolist()
        upkeep = statement.counts_upkeep and measure == "spend"
        number = self.reader.numbers(lines, statement.rule.for_each, keys)
        number = np.where(self.reader.accepted(lines, where, upkeep), number, -1)
        sums: list[Any] = [0] * len(keys)
        for at, value in zip(number.tolist(), amount, strict=True):
            if at >= 0:
                sums[at] += value
        return sums

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
                    used = sum(bought["units"].tolist()) + self._requested(row, year)
                    yield rule_row(Rule.CAPACITY, key, used, row.most, "units")
                else:
                    used = sum(mine["amount"].tolist())
                    yield rule_row(Rule.CAPACITY, key, used, row.most, "money")

    def _requested(self, row: Any, year: int) -> int:
        scenario, axes = self.facts.scenario, self.facts.axes
        owner = {r.request: axes.school_at[r.school] for r in scenario.rows("requests")}
        paying = {
            (c.request, c.option) for c in scenario.rows("request_costs") if c.fund == row.fund
        }
        return sum(
            i.quantity * self.decisions.chosen.get((i.request, i.option), 0)
            for i in scenario.rows("request_items")
            if i.item == row.item
            and i.year == year
            and not axes.preparing[owner[i.request]]
            and (not row.fund or (i.request, i.option) in paying)
        )


def _positions(facts: Facts, lines: pd.DataFrame) -> pd.DataFrame:
    """The allocation with positions on the axes, as :class:`Reader` wants it."""
    items = facts.axes.item_at | {"": -1}
    return pd.DataFrame(
        {
            "school": lines["school"].map(facts.axes.school_at).astype(np.int64),
            "item": lines["item"].map(items).astype(np.int64),
            "fund": lines["fund"].map(facts.fund_at).astype(np.int64),
            "year": lines["year"],
            "kind": lines["kind"],
            "request": lines["request"],
            "amount": lines["amount"],
            "units": lines["quantity"].map(lambda q: int(q) if float(q).is_integer() else q),
        }
    )


def _plain(value: Decimal) -> int | float:
    """A bound as an integer where it is one."""
    return int(value) if value == value.to_integral_value() else float(value)
