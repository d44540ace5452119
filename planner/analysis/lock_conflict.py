"""Why locks cannot be kept: the least change of the locked decisions that leaves a plan.

Every lock is given a little room at its price, and the room is made as small as possible; what
then still moves is what the rules do not allow. The answer is one of possibly several.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from planner.axes import Floats, Ints
from planner.formulation.build import formulate
from planner.formulation.facts import Facts
from planner.formulation.model import Block, Model
from planner.rules import Rule, lock_key
from planner.scenario.contracts import Lock
from planner.scenario.scenario import Scenario
from planner.solving.pulp_solver import make_engine
from planner.solving.solution import Limits

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
    rows = form.model.row_block(Rule.LOCKED)
    if rows is None:
        return None
    locks = list(scenario.rows("locks"))
    elastic, objective = _elastic(form.model, rows.indices, _worth(form.facts, locks))
    limits = Limits(1e-4, time_limit, scenario.settings.solve.threads)
    outcome = make_engine(elastic, limits).solve(objective, limits)
    if outcome.columns is None:
        return None
    room = outcome.columns[form.model.columns :].reshape(2, len(locks))
    return list(_moved(form.facts, locks, room[0] - room[1]))


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


def _moved(facts: Facts, locks: list[Lock], moved: Floats) -> Iterator[Moved]:
    for lock, change in zip(locks, moved.tolist(), strict=True):
        if abs(change) < NOISE:
            continue
        units = float(lock.quantity) + change
        whole = bool(lock.request) or facts.items[facts.axes.item_at[str(lock.item)]].whole
        text = f"{units:.6f}"
        yield Moved(lock, Decimal(round(units)) if whole else Decimal(text).normalize())
