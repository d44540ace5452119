r"""The model of a scenario with room to give: a column a lever, and slack for rules of rows.

A lever's column :math:`\delta \ge 0` is shared by every row that its number stands in. How a
row or a column's bound moves with it is read off the formulation itself, by building it once
more with the number moved: whatever the rules come to mean, the elastic model follows.

A share multiplies a sum that is itself decided, so its column would be bilinear; the sum is
taken as the relaxation has it (``estimated``) and what follows is only a proposal, to be
refined on the true model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

import numpy as np

from planner.analysis.levers import Lever
from planner.analysis.slopes import Slope, slopes, unit_scale
from planner.axes import Floats
from planner.formulation.build import formulate
from planner.formulation.model import Block, Model, Start
from planner.register import REGISTER
from planner.rules import Firmness, Rule
from planner.scenario.scenario import Scenario
from planner.solving.pulp_solver import Engine, make_engine
from planner.solving.solution import Limits, Outcome, Status

LOOSE = 1e7
"""Upper bound of a lifted rule's slack, in model units: more than any row can miss."""


class Elastic:
    """A scenario's model with a column for each lever, and slack for rules that may be lifted.

    All of them are shut at first; ``opened`` and ``lifted`` say which may move. ``groups``: the
    scenario's own rules and those that the register lifts row by row, with their rows. (Which
    rules conflict is asked of *all* rules, see :mod:`planner.analysis.conflict`.)
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.form = formulate(scenario, implied=False)
        self.base = self.form.model
        self.slopes = slopes(scenario, self.base)
        self.levers = [x for x, s in self.slopes.items() if s is not None]
        self.groups = _rows_of_rules(self.base, scenario)
        self.limits = Limits(0.0, 60.0, scenario.settings.solve.threads)
        self._assemble()
        self.engine: Engine = make_engine(self.model, self.limits)

    def _assemble(self) -> None:
        model = self.base
        first = model.columns
        parts = _Parts(model)
        self.lever_at = {x: first + k for k, x in enumerate(self.levers)}
        at = first + len(self.levers)
        self.slack_at: dict[str, list[int]] = {}
        for name, rows in self.groups.items():
            self.slack_at[name] = [at, at + 1]
            parts.lift(rows, at)
            at += 2
        sums = self._sums()
        for lever, column in self.lever_at.items():
            slope = self.slopes[lever]
            assert slope is not None
            parts.move(slope, column, float(lever.most) / unit_scale(lever, model), sums)
        whole = [x.unit in ("units", "count") for x in self.levers]
        self.model = parts.joined(whole + [False] * (2 * len(self.groups)))

    def _sums(self) -> Mapping[int, Floats]:
        """An assignment to take the sums of shares from: the relaxation without policies."""
        if not any(s is not None and s.estimated for s in self.slopes.values()):
            return {}
        lifted = without_policies(self.scenario)
        model = formulate(lifted, implied=False).model
        if model.shape.columns != self.base.shape.columns:
            return {}
        outcome = make_engine(model, self.limits, relax=True).solve(model.value, self.limits)
        return {} if outcome.columns is None else {0: outcome.columns}

    def hold(self, lower: Mapping[int, float], upper: Mapping[int, float]) -> None:
        """Keeps some of the scenario's decisions between bounds in every solve from now on."""
        columns = np.fromiter(upper, dtype=np.int64, count=len(upper))
        level = np.fromiter(upper.values(), dtype=np.float64, count=len(upper))
        self.engine.set_upper(columns, level)
        floor = self.model.column_lower.copy()
        floor[np.fromiter(lower, dtype=np.int64, count=len(lower))] = list(lower.values())
        self.engine.set_lower(floor)

    def solve(
        self,
        *,
        opened: Mapping[Lever, float] | None = None,
        lifted: Iterable[str] = (),
        seconds: float = 20.0,
        gap: float = 0.0,
        priced: bool = True,
        by_size: bool = False,
        start: Floats | None = None,
    ) -> Outcome:
        """The cheapest moves of the opened levers (each to its most), some rules lifted for
        nothing; not ``priced``: any plan at all; ``by_size``: what counts is how much is moved,
        not how much of the bound."""
        upper = np.zeros(self.model.columns - self.base.columns)
        cost = np.zeros(self.model.columns)
        first = self.base.columns
        for lever, most in (opened or {}).items():
            column = self.lever_at[lever]
            upper[column - first] = most / unit_scale(lever, self.base)
            if priced:
                each = 1.0 if by_size else float(lever.cost_per_unit)
                cost[column] = each * (1.0 if by_size else unit_scale(lever, self.base))
        for name in lifted:
            upper[np.array(self.slack_at[name]) - first] = LOOSE
        self.engine.set_upper(np.arange(first, self.model.columns), upper)
        limits = replace(self.limits, time_limit=max(seconds, 0.05), gap=gap)
        return self.engine.solve(-cost, limits, start=start)

    def possible(
        self,
        opened: Mapping[Lever, float] | None = None,
        lifted: Iterable[str] = (),
        seconds: float = 10.0,
    ) -> tuple[bool | None, Start | None]:
        """Whether a plan exists when levers may move so far, and one;
        ``None``: not known in the time."""
        outcome = self.solve(opened=opened, lifted=lifted, seconds=seconds, priced=False)
        if outcome.columns is not None:
            return True, self.plan(outcome.columns)
        return (False if outcome.status is Status.INFEASIBLE else None), None

    def plan(self, columns: Floats) -> Start:
        """The scenario's own columns of an elastic assignment."""
        return Start.on(self.base, columns[: self.base.columns])

    def assignment(self, plan: Start, changes: Mapping[Lever, Decimal]) -> Floats | None:
        """A plan of the scenario's columns with levers at new numbers, for a start; ``None``
        where the plan is one of other columns."""
        if not plan.belongs_to(self.base):
            return None
        whole = np.zeros(self.model.columns)
        whole[: self.base.columns] = plan.values
        for lever, new in changes.items():
            change = float(abs(new - lever.old)) / unit_scale(lever, self.base)
            whole[self.lever_at[lever]] = change
        return whole

    def changes(self, outcome: Outcome) -> dict[Lever, float]:
        """How far each lever moved, in its own unit."""
        assert outcome.columns is not None
        found = {}
        for lever, column in self.lever_at.items():
            change = float(outcome.columns[column]) * unit_scale(lever, self.base)
            if change > float(lever.step) * 1e-3:
                found[lever] = change
        return found


class _Parts:
    """Extra columns, rows and coefficients of the elastic model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.lower = model.column_lower.copy()
        self.upper = model.column_upper.copy()
        self.row_lower = model.row_lower.copy()
        self.entries: list[tuple[int, int, float]] = []
        self.rows: list[tuple[float, float]] = []

    def lift(self, rows: Iterable[int], at: int) -> None:
        """Slack that frees rows: column ``at`` lifts, ``at + 1`` lowers."""
        for row in rows:
            if np.isfinite(self.model.row_lower[row]):
                self.entries.append((row, at, 1.0))
            if np.isfinite(self.model.row_upper[row]):
                self.entries.append((row, at + 1, -1.0))

    def move(self, slope: Slope, at: int, most: float, sums: Mapping[int, Floats]) -> None:
        """A lever's column in every row that it moves."""
        for row, floor in slope.floors.items():
            self.row_lower[row] = floor
        for row in slope.lower.keys() | slope.upper.keys():
            rise = slope.lower.get(row, slope.upper.get(row, 0.0))
            self.entries.append((row, at, -rise))
        for column, rise in slope.columns.items():
            row = self._row(-np.inf, float(self.model.column_upper[column]))
            self.entries += [(row, column, 1.0), (row, at, -rise)]
            self.upper[column] += rise * most
        for row, parts in slope.products.items():
            columns = np.fromiter(parts, dtype=np.int64)
            each = np.fromiter(parts.values(), dtype=np.float64)
            known = sums[0] if sums else self.upper
            self.entries.append((row, at, float(each @ known[columns])))

    def _row(self, lower: float, upper: float) -> int:
        self.rows.append((lower, upper))
        return self.model.rows + len(self.rows) - 1

    def joined(self, whole: list[bool]) -> Model:
        """The whole elastic model; the new columns, ``whole`` or not, are shut."""
        model, extra = self.model, len(whole)
        rows = np.array([e[0] for e in self.entries], dtype=np.int64)
        columns = np.array([e[1] for e in self.entries], dtype=np.int64)
        values = np.array([e[2] for e in self.entries])
        index = np.concatenate([model.row_index, rows])
        column = np.concatenate([model.column_index, columns])
        order = np.lexsort((column, index))
        integer = np.array(whole, dtype=bool)
        zeros = np.zeros(extra)
        bounds = np.array(self.rows, dtype=np.float64).reshape(-1, 2)
        block = Block("elastic", model.columns, model.columns + extra, {"at": np.arange(extra)})
        return replace(
            model,
            column_blocks=(*model.column_blocks, block),
            column_lower=np.concatenate([self.lower, zeros]),
            column_upper=np.concatenate([self.upper, zeros]),
            integer=np.concatenate([model.integer, integer]),
            row_lower=np.concatenate([self.row_lower, bounds[:, 0]]),
            row_upper=np.concatenate([model.row_upper, bounds[:, 1]]),
            row_index=index[order],
            column_index=column[order],
            coefficient=np.concatenate([model.coefficient, values])[order],
            stage_values=tuple(np.concatenate([v, zeros]) for v in model.stage_values),
            spend=np.concatenate([model.spend, zeros]),
            lateness=np.concatenate([model.lateness, zeros]),
        )


def without_policies(scenario: Scenario) -> Scenario:
    """The scenario without its policies: laws and wishes stay."""
    rules = {k: r for k, r in scenario.settings.rules.items() if r.firmness != "policy"}
    return replace(scenario, settings=scenario.settings.model_copy(update={"rules": rules}))


def _rows_of_rules(model: Model, scenario: Scenario) -> dict[str, list[int]]:
    """Named rules and their rows: the scenario's own first, then those that are lifted row by row
    (money, capacities, requests, locks). Wishes cannot conflict."""
    own = scenario.settings.rules
    groups: dict[str, list[int]] = {k: [] for k, r in own.items() if r.firmness != Firmness.WISH}
    for block in model.row_blocks:
        by_row = block.name in REGISTER and REGISTER[Rule(block.name)].by_row
        for row in block.indices.tolist():
            name = model.row_label(row) if by_row else block.name
            if by_row or name in groups:
                groups.setdefault(name, []).append(row)
    return {k: rows for k, rows in groups.items() if rows}
