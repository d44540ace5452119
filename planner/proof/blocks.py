"""The rules of the schools, in blocks of schools, and what they add up to.

One set of rules goes through a plan: those that speak of one school at a time here, and those that
tie schools together in :mod:`planner.proof`, on the sums that this module makes. A block of schools
has a scenario and tables of its own, so that few facts are in memory at a time and the blocks of
a large plan can be gone through on several cores.
"""

from __future__ import annotations

import gc
import multiprocessing
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.proof.cells import Report, RuleRow, TextTable, compare
from planner.proof.decision import Reader, request_lines
from planner.proof.inputs import Eligibility, Facts
from planner.proof.ledgers import Books, Used, books, capacity_used, upkeep_due, upkeep_funded
from planner.proof.rules import (
    SCHOOL_RULES,
    Counted,
    Counting,
    fund_eligible,
    locked,
    project_role,
    violated,
)
from planner.proof.value import (
    Cover,
    Lines,
    Tally,
    lines_bought,
    lowest_coverage,
    school_rows,
)
from planner.scenario.scenario import Scenario
from planner.system.worker_pool import WorkerPool, cores

SCHOOLS = 500
"""Schools of a block: their facts take a few dozen MiB."""
WORKERS_FROM = 4_000
"""Schools from which worker processes are faster: they take a second to start."""
MOST_WORKERS = 8
"""Each takes about 150 MiB."""

BY_SCHOOL = ("schools", "drivers", "needs", "inventory", "commitments", "locks", "requests")
BY_OPTION = ("request_costs", "request_items")
IN_ORDER = ("allocation", "coverage", "schools")
"""Tables of a plan whose rows stand school by school."""


@dataclass
class Sums:
    """What some schools add up to, for the rules that tie all of them together."""

    faulty: bool = False
    """Whether anything is wrong at one of the schools."""
    broken: dict[str, int] = field(default_factory=dict)
    """Name of a family of rules → its rows that are violated."""
    money: Books = field(default_factory=Books)
    after: dict[tuple[int, str, str], tuple[int, int]] = field(default_factory=dict)
    """Upkeep after the plan: (year, fund, origin) → amount, funded."""
    used: Used = field(default_factory=dict)
    locks: list[RuleRow] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)
    """What the rules of the scenario sum, in the order of :func:`rules.sums_asked`."""
    lines: Lines = field(default_factory=Lines)
    """Purchase lines, counted."""
    tally: Tally = field(default_factory=Tally)
    lowest: float | None = None
    """The lowest coverage at a school that could still gain (``maxmin`` alone)."""
    chosen: dict[tuple[str, str], int] = field(default_factory=dict)
    paid: dict[tuple[str, str, str, int], int] = field(default_factory=dict)

    def add(self, other: Sums) -> None:
        """Adds those of other schools."""
        self.faulty |= other.faulty
        for name, count in other.broken.items():
            self.broken[name] = self.broken.get(name, 0) + count
        self.money.add(other.money)
        for origin, (amount, funded) in other.after.items():
            before = self.after.get(origin, (0, 0))
            self.after[origin] = before[0] + amount, before[1] + funded
        for year, (units, first) in other.used.items():
            mine, earlier = self.used.get(year, (0, None))
            rows = [row for row in (earlier, first) if row is not None]
            self.used[year] = mine + units, min(rows, default=None)
        self.locks += other.locks
        self.counted = self.counted or [{} for _ in other.counted]
        for sums, more in zip(self.counted, other.counted, strict=True):
            for key, (measure, base) in more.items():
                known = sums.get(key, (0, 0))
                sums[key] = known[0] + measure, known[1] + base
        self.lines.add(other.lines)
        self.tally.add(other.tally)
        self.lowest = min((n for n in (self.lowest, other.lowest) if n is not None), default=None)
        self.chosen |= other.chosen
        self.paid |= other.paid


def of_schools(facts: Facts, texts: dict[str, TextTable], report: Report) -> Sums:
    """Everything that can be said of some schools by themselves: reports what is wrong, line by
    line and row by row, and sums up what the rules that tie schools together need."""
    funds, reader = Eligibility(facts), Reader(facts, texts, report)
    decision = reader.read()
    upkeep = upkeep_due(facts, decision, funds)
    request_lines(reader, decision)
    project_role(facts, decision, funds, report)
    fund_eligible(facts, decision, funds, report)
    broken = violated(SCHOOL_RULES, facts, decision, report)
    unpaid = upkeep_funded(reader, upkeep)
    if facts.scenario.settings.upkeep == "required" and any(
        funds.payer(s, i) is not None for i in facts.items.values() for s in facts.schools.values()
    ):
        broken["upkeep_funded"] = unpaid
    locks = locked(facts, decision, "school", report)
    cover = Cover(facts, decision)
    compare(texts["coverage"], cover.rows(), report)
    compare(texts["schools"], school_rows(facts, decision, upkeep, cover.tally), report)
    return Sums(
        faulty=bool(report.findings()),
        broken=broken,
        money=books(decision, upkeep),
        after=upkeep.after,
        used=capacity_used(facts, decision),
        locks=locks,
        counted=Counting(facts, decision, upkeep).sums(),
        lines=lines_bought(decision),
        tally=cover.tally,
        lowest=lowest_coverage(facts, decision, cover.tally),
        chosen=decision.chosen,
        paid=decision.paid,
    )


@dataclass(frozen=True)
class Block:
    """Some schools with their rows of the scenario and of the plan."""

    tables: dict[str, pd.DataFrame]
    texts: dict[str, TextTable]


@dataclass(frozen=True)
class Common:
    """What every block shares: the scenario without the tables of the schools, and the weight of
    each item among those that a level needs, which depends on all schools."""

    scenario: Scenario
    shares: dict[tuple[str, str], Fraction]

    def sums(self, block: Block) -> Sums:
        """What the schools of a block add up to; faulty where anything is wrong."""
        tables = {**self.scenario.tables, **block.tables}
        facts = Facts(replace(self.scenario, tables=tables))
        vars(facts)["shares"] = self.shares
        return of_schools(facts, block.texts, Report())


def in_blocks(facts: Facts, texts: Mapping[str, TextTable]) -> Sums | None:
    """The sums of all schools, block by block; ``None`` where something is wrong somewhere, the
    rows of a table do not stand school by school, or one block holds all schools.

    Which block a row belongs to is read off its school. As the blocks follow each other in every
    table, what is in order within each of them is in order throughout.
    """
    scenario = facts.scenario
    count = -(-len(scenario.schools) // SCHOOLS)
    if count < 2 or not all(table.complete for table in texts.values()):
        return None
    names = scenario.schools["school"]
    block_of = dict(zip(names, (np.arange(len(names)) // SCHOOLS).tolist(), strict=True))
    starts = {}
    for name in IN_ORDER:
        at = _blocks(texts[name].column("school"), block_of, -1)
        if len(at) and (at[0] < 0 or (np.diff(at) < 0).any()):
            return None
        starts[name] = np.searchsorted(at, np.arange(count + 1))
    own = {k for k in scenario.tables if k in BY_SCHOOL or k in BY_OPTION}
    shared = {name: frame for name, frame in scenario.tables.items() if name not in own}
    common = Common(replace(scenario, tables=shared, inputs={}, origins={}), facts.shares)
    blocks = _cut(scenario, texts, block_of, own, starts, count)
    total = Sums()
    for sums in _summed(common, blocks, len(names)):
        if sums.faulty:
            return None
        total.add(sums)
    return total


def _blocks(column: Any, block_of: Mapping[Any, int], unknown: int) -> npt.NDArray[np.int64]:
    """``[row]`` the block of the text that stands there."""
    codes, texts = pd.factorize(column)
    found = np.array([*(block_of.get(t, unknown) for t in texts), unknown], dtype=np.int64)
    return found[codes]


def _cut(
    scenario: Scenario,
    texts: Mapping[str, TextTable],
    block_of: Mapping[Any, int],
    own: set[str],
    starts: Mapping[str, npt.NDArray[np.int64]],
    count: int,
) -> Iterator[Block]:
    """The blocks, each cut when it is asked for. Rows of the scenario whose school there is not
    go to the first block, which finds a contract of theirs unmet."""
    requests = scenario.table("requests")
    request_at = _blocks(requests["school"], block_of, 0)
    keys = zip(requests["request"], requests["option"], strict=True)
    option_of = dict(zip(keys, request_at.tolist(), strict=True))
    rows = {}
    for name in own:
        frame = scenario.table(name)
        if name in BY_SCHOOL:
            at = _blocks(frame["school"], block_of, 0)
        else:
            keys = zip(frame["request"], frame["option"], strict=True)
            at = np.array([option_of.get(key, 0) for key in keys], dtype=np.int64)
        rows[name] = np.argsort(at, kind="stable"), at
    asked = _blocks(texts["requests"].column("school"), block_of, 0)
    ends = {
        name: np.searchsorted(at[order], np.arange(count + 1)) for name, (order, at) in rows.items()
    }
    for k in range(count):
        tables = {}
        for name, (order, _) in rows.items():
            mine = order[ends[name][k] : ends[name][k + 1]]
            tables[name] = scenario.table(name).iloc[mine].reset_index(drop=True)
        cut = {
            name: texts[name].part(slice(int(at[k]), int(at[k + 1]))) for name, at in starts.items()
        }
        cut["requests"] = texts["requests"].part(np.flatnonzero(asked == k))
        yield Block(tables, cut)


_held: list[Common] = []
"""In a worker process: what its blocks share."""


def _summed(common: Common, blocks: Iterator[Block], schools: int) -> Iterator[Sums]:
    """The sums of each block, in their order."""
    workers = min(cores(), MOST_WORKERS)
    if schools < WORKERS_FROM or workers < 2 or multiprocessing.parent_process() is not None:
        yield from map(common.sums, blocks)
        return
    waiting: deque[tuple[Block, Future[Sums]]] = deque()
    with WorkerPool(workers, _hold, (common,)) as pool:
        for block in blocks:
            try:
                task = pool.submit(_sums, block)
            except BrokenProcessPool as error:
                task = Future()
                task.set_exception(error)
            waiting.append((block, task))
            if len(waiting) > 2 * workers:  # no more blocks in memory than are worked on
                yield _awaited(common, *waiting.popleft())
        while waiting:
            yield _awaited(common, *waiting.popleft())


def _awaited(common: Common, block: Block, task: Future[Sums]) -> Sums:
    """What a worker found; where one died (the system kills for memory), what this process does."""
    try:
        return task.result()
    except BrokenProcessPool:
        return common.sums(block)


def _hold(common: Common) -> None:
    _held.append(common)
    gc.disable()  # as in the process that audits


def _sums(block: Block) -> Sums:
    return _held[0].sums(block)
