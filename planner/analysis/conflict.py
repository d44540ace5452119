"""One irreducible set of rules that cannot hold together (QuickXplain, Junker 2004).

A set is split in halves; a half is looked into only where the rest alone does not conflict
already. Every rule kept is needed: without it the others have a plan. What could not be
decided in the time is kept and the set is then not called irreducible.

Which rules there are, and how each is lifted, is read off the register of standing rules and
the scenario's own: none can be left out of the explanation.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from planner.analysis.resolve import find_plan
from planner.formulation.build import formulate
from planner.formulation.facts import Facts
from planner.formulation.model import Block, Model
from planner.names import Firmness, StandingRule, lock_key
from planner.scenario.contracts import Lock
from planner.scenario.scenario import Scenario
from planner.solving.solution import Limits
from planner.vocabulary.axes import Floats, Ints
from planner.vocabulary.register import REGISTER, present_rules

MODELS = 6
"""Models without some of the rules that are kept between questions."""


@dataclass(frozen=True)
class Conflict:
    """Names of rules that conflict, in the order of the scenario."""

    rules: tuple[str, ...]
    irreducible: bool
    """Proven: whichever of the rules is lifted, the others have a plan."""


class Lifting:
    """A scenario's problem with some of its rules lifted, as if they had never been asked for.

    ``names``: every rule that can be: the scenario's own first, then what somebody decided
    (money, contracts, bans, locks), then what a purchase is. A fund's year, a capacity, a lock
    and a request are rules by themselves (``fund_within_budget[cap,2024]``), others are lifted
    as a whole. Wishes cannot conflict. What no rule says is never lifted: which purchases a fund
    may pay at all, and that a share of nothing is nothing.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.limits = Limits(1.0, 10.0, scenario.settings.solve.threads)
        self.own = [k for k, r in scenario.settings.rules.items() if r.firmness != Firmness.WISH]
        self.known = sorted(present_rules(scenario), key=lambda entry: not entry.decided)
        self._models: dict[frozenset[StandingRule], Model] = {}
        whole = frozenset(e.rule for e in self.known if e.edit or e.rule is StandingRule.NEED)
        widest = self._model(whole)
        self.names = list(self.own)
        for entry in self.known:
            block = widest.row_block(entry.rule) if entry.by_row else None
            if block is not None:
                self.names += map(widest.row_label, block.indices.tolist())
            elif not entry.by_row:
                self.names.append(str(entry.rule))

    def _model(self, edited: frozenset[StandingRule]) -> Model:
        """The model of the scenario without the inputs that state some of its rules."""
        if edited not in self._models:
            if len(self._models) >= MODELS:
                self._models.pop(next(iter(self._models)))
            scenario = self.scenario
            for rule in edited:
                edit = REGISTER[rule].edit
                scenario = scenario if edit is None else edit(scenario)
            form = formulate(scenario, implied=False, beyond_need=StandingRule.NEED in edited)
            self._models[edited] = form.model
        return self._models[edited]

    def model(self, lifted: Iterable[str]) -> Model:
        """The model without the rules of these names."""
        names = set(lifted)
        gone = [e.rule for e in self.known if e.rule in names]
        model = self._model(
            frozenset(r for r in gone if REGISTER[r].edit or r is StandingRule.NEED)
        )
        free, ends = np.zeros(model.rows, dtype=bool), model.column_upper.copy()
        for block in model.row_blocks:
            rows = block.indices
            by_row = block.name in REGISTER and REGISTER[StandingRule(block.name)].by_row
            if by_row:
                rows = np.array([r for r in rows if model.row_label(r) in names], dtype=np.int64)
            if by_row or block.name in names:
                free[rows] = True
        kinds = {REGISTER[r].columns for r in gone}
        for block in model.column_blocks:
            if block.name in kinds:
                ends[block.indices] = np.inf
        # nothing in the freed rows: 0 ≤ 0
        kept = ~free[model.row_index]
        return replace(
            model,
            column_upper=ends,
            row_lower=np.where(free, -np.inf, model.row_lower),
            row_upper=np.where(free, 0.0, model.row_upper),
            row_index=model.row_index[kept],
            column_index=model.column_index[kept],
            coefficient=model.coefficient[kept],
        )

    def possible(self, lifted: Iterable[str] = (), seconds: float = 10.0) -> bool | None:
        """Whether a plan exists without these rules; ``None``: not known in the time."""
        model = self.model(lifted)
        return find_plan(model, replace(self.limits, time_limit=seconds))[0]


class _Search:
    def __init__(self, lifting: Lifting, seconds: float) -> None:
        self.lifting = lifting
        self.ends = time.perf_counter() + seconds
        self.sure = True

    def fails(self, kept: Sequence[str]) -> bool:
        """Whether the kept rules alone are proven to conflict."""
        left = self.ends - time.perf_counter()
        if left <= 0:
            self.sure = False
            return False
        known = set(kept)
        lifted = [n for n in self.lifting.names if n not in known]
        answer = self.lifting.possible(lifted, seconds=min(left, 10.0))
        if answer is None:
            self.sure = False
        return answer is False

    def needed(self, background: list[str], added: bool, candidates: list[str]) -> list[str]:
        """The candidates that conflict with the background, none of them for nothing."""
        if added and self.fails(background):
            return []
        if len(candidates) == 1:
            return candidates
        half = len(candidates) // 2
        first, second = candidates[:half], candidates[half:]
        right = self.needed([*background, *first], True, second)
        left = self.needed([*background, *right], bool(right), first)
        return [*left, *right]


def conflict(scenario: Scenario, seconds: float = 20.0) -> Conflict | None:
    """One conflict of an infeasible scenario; ``None`` where even lifting all of the rules
    leaves no plan, or nothing could be decided in the time."""
    search = _Search(Lifting(scenario), seconds)
    names = search.lifting.names
    if not names or search.fails([]):
        return None
    found = set(search.needed([], False, names))
    return Conflict(tuple(n for n in names if n in found), search.sure)


# --------------------------------------------------------------------------------------------------
# Why locks cannot be kept: the least change of the locked decisions that leaves a plan.
#
# Every lock is given a little room at its price, and the room is made as small as possible; what
# then still moves is what the rules do not allow. The answer is one of possibly several.

NOISE = 1e-6
"""Units below which a lock has not moved."""
SMALL = 1e-3
"""Relative weight of a unit that costs nothing, so that it is not moved for nothing."""


@dataclass(frozen=True)
class Moved:
    """A lock, and the quantity nearest to it that the other rules leave."""

    lock: Lock
    nearest: Decimal

    @property
    def key(self) -> str:
        """Its row key."""
        return lock_key(self.lock)


def lock_conflict(scenario: Scenario, *, time_limit: float = 30.0) -> list[Moved] | None:
    """The locks that must move, by how much; ``None`` where no plan exists even without locks
    (or none was found in ``time_limit`` seconds)."""
    form = formulate(scenario)
    rows = form.model.row_block(StandingRule.LOCKED)
    if rows is None:
        return None
    locks = list(scenario.rows("locks"))
    elastic, objective = _elastic(form.model, rows.indices, _worth(form.facts, locks))
    limits = Limits(1e-4, time_limit, scenario.settings.solve.threads)
    columns = find_plan(elastic, limits, objective)[1]
    if columns is None:
        return None
    room = columns[form.model.columns :].reshape(2, len(locks))
    moved, facts = [], form.facts
    for lock, change in zip(locks, (room[0] - room[1]).tolist(), strict=True):
        if abs(change) < NOISE:
            continue
        units = float(lock.quantity) + change
        whole = bool(lock.request) or facts.items[facts.axes.item_at[str(lock.item)]].whole
        nearest = Decimal(round(units)) if whole else Decimal(f"{units:.6f}").normalize()
        moved.append(Moved(lock, nearest))
    return moved


def _worth(facts: Facts, locks: list[Lock]) -> Floats:
    """What a unit of each lock is worth in money, at the price of its year (or the first)."""
    worth = np.ones(len(locks))
    costs = facts.scenario.table("request_costs").groupby(["request", "option"])["amount"].sum()
    for k, lock in enumerate(locks):
        if lock.request:
            worth[k] = float(costs.get((lock.request, lock.option), 0)) / facts.scale
            continue
        at = facts.axes.item_at[str(lock.item)]
        year = facts.axes.year_at(lock.year or facts.axes.first)
        worth[k] = facts.price[at, year] / facts.scale
    return worth + SMALL


def _elastic(model: Model, rows: Ints, worth: Floats) -> tuple[Model, Floats]:
    """The model with room above and below each locked row, and the objective −Σ worth × room.

    Room is in units: ``bought = lock + up − down``.
    """
    count, first = len(rows), model.columns
    new = np.arange(first, first + 2 * count)
    row = np.concatenate([model.row_index, rows, rows])
    column = np.concatenate([model.column_index, new])
    coefficient = np.concatenate([model.coefficient, np.full(count, -1.0), np.ones(count)])
    order = np.lexsort((column, row))
    keys = {"side": np.repeat(np.array(["up", "down"], dtype=object), count)}
    padded = np.zeros(2 * count)
    elastic = replace(
        model,
        column_blocks=(*model.column_blocks, Block("room", first, first + 2 * count, keys)),
        column_lower=np.concatenate([model.column_lower, padded]),
        column_upper=np.concatenate([model.column_upper, padded + np.inf]),
        integer=np.concatenate([model.integer, np.zeros(2 * count, dtype=bool)]),
        row_index=row[order],
        column_index=column[order],
        coefficient=coefficient[order],
        stage_values=tuple(np.concatenate([v, padded]) for v in model.stage_values),
        spend=np.concatenate([model.spend, padded]),
        lateness=np.concatenate([model.lateness, padded]),
    )
    objective = np.concatenate([np.zeros(first), -worth, -worth])
    return elastic, objective
