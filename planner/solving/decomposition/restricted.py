"""The restricted master: one plan of the pool for each block, within the linking rows.

Only blocks whose second plan is nearly as good as the first at the prices take part; the
others keep their best. A vertex mixes plans in at most as many blocks as there are linking
rows (Shapley–Folkman), so nearly every block gets one whole plan.
"""

from __future__ import annotations

import numpy as np

from planner.axes import Bools, Floats, Ints
from planner.solving.decomposition.arrays import Program, ended, load, values
from planner.solving.decomposition.pool import Pool

CORE = 100_000
"""Blocks that take part. Few of them tie at the end, but it takes many to move what a country
spends: with a third of the blocks that have a second plan, floors could not be met; all 14,000
of 12,000 schools take two seconds."""
ROUND = 1e-6


def restricted_master(
    pool: Pool, prices: Floats, penalty: Floats, objective: Floats, threads: int
) -> tuple[Floats, Bools]:
    """(columns, ``[block]`` whether its plan is settled); the linking rows may be missed.

    ``penalty``: ``[linking row]`` points for a unit by which it is missed.
    """
    best, margin = pool.best(prices)
    core = np.argsort(margin, kind="stable")[:CORE]
    core = core[np.isfinite(margin[core])]
    link = pool.linking
    columns = np.zeros(link.program.columns)
    pool.put(best, columns)
    chosen = np.isin(pool.block, core)
    plans = np.flatnonzero(chosen)
    fixed = pool.use[best].sum(axis=0) - pool.use[best[core]].sum(axis=0)
    program, points = _program(pool, plans, core, fixed, penalty, objective)
    highs = load(program, points, mip=False, threads=threads)
    highs.run()
    settled = np.ones(pool.structure.blocks, dtype=bool)
    if ended(highs) != "optimal":
        settled[core] = False
        return columns, settled
    weight = values(highs)
    share = weight[: len(plans)]
    order = np.lexsort((-share, pool.block[plans]))
    firsts = order[np.searchsorted(pool.block[plans][order], np.sort(core))]
    pool.put(plans[firsts], columns)
    settled[pool.block[plans[firsts]]] = share[firsts] > 1 - ROUND
    master = weight[len(plans) : len(plans) + len(link.columns)]
    columns[link.columns] = master
    return columns, settled


def _program(
    pool: Pool, plans: Ints, core: Ints, fixed: Floats, penalty: Floats, objective: Floats
) -> tuple[Program, Floats]:
    """Columns: plans, the master's, short and over; rows: linking, then one a block."""
    link, rows = pool.linking, len(pool.linking.rows)
    place = np.full(pool.structure.blocks, -1, dtype=np.int64)
    place[np.sort(core)] = np.arange(len(core))
    at = np.full(link.program.columns, -1, dtype=np.int64)
    at[link.columns] = len(plans) + np.arange(len(link.columns))
    mine = at[link.column] >= 0
    plan, used = np.nonzero(pool.use[plans])
    slack = len(plans) + len(link.columns)
    each = np.arange(rows)
    tied = link.row[mine].astype(np.int64)
    row = [used, rows + place[pool.block[plans]], tied, each, each]
    column = [plan, np.arange(len(plans)), at[link.column[mine]], slack + each, slack + rows + each]
    coefficient = [
        pool.use[plans][plan, used],
        np.ones(len(plans)),
        link.coefficient[mine],
        np.ones(rows),
        -np.ones(rows),
    ]
    joined = np.concatenate(row), np.concatenate(column), np.concatenate(coefficient)
    order = np.lexsort((joined[1], joined[0]))
    size = slack + 2 * rows
    lower = np.concatenate([np.zeros(len(plans)), link.lower, np.zeros(2 * rows)])
    upper = np.concatenate([np.ones(len(plans)), link.upper, np.full(2 * rows, np.inf)])
    program = Program(
        lower,
        upper,
        np.zeros(size, dtype=bool),
        np.concatenate([link.row_lower - fixed, np.ones(len(core))]),
        np.concatenate([link.row_upper - fixed, np.ones(len(core))]),
        joined[0][order].astype(np.int32),
        joined[1][order].astype(np.int32),
        joined[2][order],
    )
    points = np.concatenate([pool.worth[plans], objective[link.columns], -penalty, -penalty])
    return program, points
