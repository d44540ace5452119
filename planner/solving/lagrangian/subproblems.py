"""Subproblems: the best whole-unit plan of every block at given multipliers of the linking rows.

Blocks are packed into *chunks* of some fifteen schools; the relaxation of a chunk is one warm
simplex run. Where a block's part of the vertex is whole (almost everywhere, see the
formulation's hull over reachable units) it is that block's optimum; the others are settled by
branch and bound of their own. A block that is not settled within the node limit keeps its own
bound, so that the sum over blocks is always a bound. Nothing depends on the clock.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from planner.errors import SolverError
from planner.solving import parameters
from planner.solving.program import Program, at_node_limit, ended, load, set_costs, values
from planner.system.disk import Mark, sweep
from planner.system.worker_pool import WorkerPool

if TYPE_CHECKING:
    from planner.vocabulary.axes import Floats, Ints, Places

GAVE_UP = "gave up"
"""The method has nothing left to try, and time is not over: what it found proves too little."""
UNSOLVED = "unsolved"
"""A block without end or beyond the engine's numerics: the whole method has to do."""


@dataclass(frozen=True)
class Chunk:
    """Some blocks as one program without linking rows.

    ``starts``: first column of each block, and the end; ``link_*``: triplets of the linking
    rows (position among them, column of the chunk, coefficient).
    """

    program: Program
    objective: Floats
    starts: Ints
    link_row: Places
    link_column: Places
    link_coefficient: Floats

    def costs(self, multipliers: Floats) -> Floats:
        """Points per unit of each column once the linking rows' multipliers are paid."""
        paid = multipliers[self.link_row] * self.link_coefficient
        return self.objective - np.bincount(
            self.link_column, weights=paid, minlength=self.program.columns
        )

    def use(self, columns: Floats, rows: int) -> Floats:
        """``[linking row]``: Σ coefficient × column."""
        amounts = self.link_coefficient * columns[self.link_column]
        return np.bincount(self.link_row, weights=amounts, minlength=rows).astype(np.float64)


@dataclass(frozen=True)
class ChunkSolution:
    """A chunk solved at some multipliers: the best columns found, ``[block]`` bounds on what they
    are worth once the multipliers are paid, their points, and ``[linking row]`` what they use.

    ``failed`` is ``infeasible``, or :data:`UNSOLVED` where the engine gave up on a block; then
    there is nothing else. ``whole``: the same columns, and where it was asked for with a plan in
    whole units, not the best, of each block that the relaxation splits (where one was found).
    ``split``: how many blocks it splits.
    """

    columns: Floats
    bounds: Floats
    worth: float
    use: Floats
    failed: str = ""
    whole: Floats | None = None
    split: int = 0


@dataclass
class SubproblemSolver:
    """Solves the chunks of one worker, with engines kept warm between rounds."""

    chunks: Mapping[int, Chunk]
    threads: int = 1
    warm: dict[int, Any] = field(default_factory=dict)
    bases: dict[int, Any] = field(default_factory=dict)
    known: dict[tuple[int, int], Floats | None] = field(default_factory=dict)
    """(chunk, block) → a plan in whole units that was looked for; ``None``: none was found."""

    def solve(
        self,
        multipliers: Floats,
        numbers: Iterable[int],
        slack: float | None = 0.0,
        cover: bool = False,
    ) -> dict[int, ChunkSolution]:
        """Some chunks at the multipliers, by number: each block in whole units within ``slack``
        points of its best. ``None`` leaves fractional blocks so, with some whole plan of each
        beside them where they are to be covered."""
        return {k: self._solve(k, multipliers, slack, cover) for k in numbers}

    def _run(self, number: int, chunk: Chunk, costs: Floats) -> Any:
        """An engine that has solved the chunk's relaxation, begun where the last run ended."""
        highs = self.warm.get(number)
        if highs is None:
            highs = load(chunk.program, costs, mip=False, threads=self.threads)
            highs.setOptionValue("presolve", "off")
            if number in self.bases:
                highs.setBasis(self.bases[number])
        else:
            set_costs(highs, costs)
        highs.run()
        if ended(highs) != "optimal":  # a basis may lead nowhere; from nothing it says why
            highs.clearSolver()
            highs.run()
        if number < parameters.WARM_CHUNKS:
            self.warm[number] = highs
        elif ended(highs) == "optimal":
            self.bases[number] = highs.getBasis()
        return highs

    def _solve(
        self, number: int, multipliers: Floats, slack: float | None, cover: bool
    ) -> ChunkSolution:
        chunk = self.chunks[number]
        costs = chunk.costs(multipliers)
        highs = self._run(number, chunk, costs)
        how = ended(highs)
        if how != "optimal":
            return _failed(how if how == "infeasible" else UNSOLVED)
        columns = values(highs)
        bounds = np.add.reduceat(costs * columns, chunk.starts[:-1])
        program, starts, nearest = chunk.program, chunk.starts, np.rint(columns)
        off = program.integer & (np.abs(columns - nearest) > parameters.INTEGRAL)
        whole = np.where(program.integer & ~off, nearest, columns)
        fractional = np.unique(np.searchsorted(starts, np.flatnonzero(off), side="right") - 1)
        if cover or slack is not None:
            # Fractional blocks of the vertex are replaced by whole ones.
            for block in fractional.tolist():
                first, stop = int(starts[block]), int(starts[block + 1])
                mine = (program.column_index >= first) & (program.column_index < stop)
                entries = np.flatnonzero(mine)
                rows = np.unique(program.row_index[entries])
                alone = program.part(np.arange(first, stop), entries, rows)
                begin = self.known.get((number, block))
                if slack is None:
                    if (number, block) not in self.known:
                        begin = any_plan(alone, costs[first:stop], self.threads)
                        self.known[number, block] = begin
                    whole[first:stop] = columns[first:stop] if begin is None else begin
                    continue
                best, bound = branch(
                    alone, costs[first:stop], self.threads, begin=begin, slack=slack
                )
                if best is None:
                    return _failed("infeasible" if bound == -np.inf else UNSOLVED)
                whole[first:stop], bounds[block] = best, bound
        columns = columns if slack is None else whole
        use, worth = chunk.use(columns, len(multipliers)), float(chunk.objective @ columns)
        return ChunkSolution(columns, bounds, worth, use, whole=whole, split=len(fractional))


def _failed(how: str) -> ChunkSolution:
    return ChunkSolution(np.zeros(0), np.zeros(0), 0.0, np.zeros(0), how)


def any_plan(program: Program, costs: Floats, threads: int) -> Floats | None:
    """Some plan of a small program in whole units: the relaxation rounded down, or where that
    leaves none the first that a short search meets; ``None`` where that meets none either."""
    highs = load(program, costs, mip=False, threads=threads)
    highs.setOptionValue("presolve", "off")
    plan = _rounded_down(highs, program)
    if plan is None:
        plan, _ = branch(program, costs, threads, parameters.ANY_NODES, first=True)
    return plan


def _rounded_down(highs: Any, program: Program) -> Floats | None:
    """A plan in whole units by the relaxation, whose split decisions may be no more than they are,
    rounded down, and so on until it splits none; ``None`` where the rows ask for more."""
    upper = program.upper.copy()
    while True:
        highs.run()
        if ended(highs) != "optimal":
            return None
        columns = values(highs)
        off = program.integer & (np.abs(columns - np.rint(columns)) > parameters.INTEGRAL)
        split = np.flatnonzero(off).astype(np.int32)
        if not len(split):
            return np.where(program.integer, np.rint(columns), columns)
        upper[split] = np.floor(columns[split])
        highs.changeColsBounds(len(split), split, program.lower[split], upper[split])


def branch(
    program: Program,
    costs: Floats,
    threads: int = 1,
    nodes: int = parameters.BLOCK_NODES,
    *,
    begin: Floats | None = None,
    first: bool = False,
    slack: float = 0.0,
) -> tuple[Floats | None, float]:
    """Depth-first branch and bound on a small program; (best columns, bound).

    No columns: the program has no whole solution, or (bound infinite) the engine gave up. A
    search that ends at the node limit far from its bound is handed to the engine's own.
    ``begin``: a plan that is known; where none is, the relaxation is rounded down, which spares a
    quarter of the time. ``first``: any plan does, the first that is met, and no engine's search.
    ``slack``: points within which the plan need be the best.
    """
    highs = load(program, costs, mip=False, threads=threads)
    highs.setOptionValue("presolve", "off")
    best = begin if begin is not None or first else _rounded_down(highs, program)
    value, bound = -np.inf if best is None else float(costs @ best), -np.inf
    index = np.arange(program.columns, dtype=np.int32)
    open_nodes = [(np.inf, program.lower, program.upper)]
    while open_nodes:
        above, lower, upper = open_nodes.pop()
        if above <= value + _noise(value) + slack:
            bound = max(bound, above)
            continue
        if nodes <= 0:
            bound = max(bound, above, *(n[0] for n in open_nodes))
            break
        nodes -= 1
        highs.changeColsBounds(len(index), index, lower, upper)
        highs.run()
        how = ended(highs)
        if how != "optimal":
            bound = bound if how == "infeasible" else max(bound, above)
            continue
        columns = values(highs)
        worth = float(costs @ columns)
        if worth <= value + _noise(value) + slack:
            bound = max(bound, worth)
            continue
        off = np.where(program.integer, np.abs(columns - np.rint(columns)), 0.0)
        split = int(np.argmax(off))
        if off[split] <= parameters.INTEGRAL:
            columns = np.where(program.integer, np.rint(columns), columns)
            best, value = columns, worth
            if first:
                break
            continue
        # Both sides of a split; the nearer one comes last and is searched first.
        at = float(columns[split])
        down, up = upper.copy(), lower.copy()
        down[split], up[split] = np.floor(at), np.ceil(at)
        sides = [(worth, up, upper), (worth, lower, down)]
        children = sides if at - np.floor(at) < 0.5 else sides[::-1]
        open_nodes += children
    near = value + slack + parameters.BLOCK_GAP * max(1.0, abs(value))
    if first or (best is not None and bound <= near):
        return best, max(bound, value)
    return _engine_search(program, costs, (best, value, bound), threads, slack)


def _noise(value: float) -> float:
    """What two sums of the same terms may differ by."""
    return 1e-10 * max(1.0, abs(value)) if np.isfinite(value) else 0.0


def _engine_search(
    program: Program,
    costs: Floats,
    known: tuple[Floats | None, float, float],
    threads: int,
    slack: float,
) -> tuple[Floats | None, float]:
    """What the engine's own search adds to (best columns, their worth, bound) of a short one."""
    best, value, bound = known
    highs = load(program, costs, mip=True, threads=threads)
    highs.setOptionValue("mip_rel_gap", parameters.BLOCK_GAP / 10)
    if slack > 0:
        highs.setOptionValue("mip_abs_gap", slack)
    if best is not None:
        highs.setOptionValue("mip_max_nodes", parameters.BLOCK_ENGINE_NODES)
    highs.run()
    how, info = ended(highs), highs.getInfo()
    if how != "optimal" and best is None:
        return None, -np.inf if how == "infeasible" else np.inf
    if how != "optimal" and not at_node_limit(highs):
        return best, max(bound, value)
    found = float(info.mip_dual_bound)
    bound = min(bound, found) if bound > -np.inf else found
    if info.primal_solution_status == 2:
        columns = values(highs)
        columns = np.where(program.integer, np.rint(columns), columns)
        if float(costs @ columns) > value:
            best, value = columns, float(costs @ columns)
    return best, max(bound, value)


# --------------------------------------------------------------------------------------------------
# Chunks in a file: workers read what they solve, and nobody keeps a country in memory.
#
# The system's cache holds what is read round after round; it gives the memory back to whoever
# needs it. Read as a mapping from a chunk's number to the chunk.

PREFIX, SUFFIX = "planner-", ".chunks"


class BlockFile(Mapping[int, Chunk]):
    """Chunks by number. The file goes with the object that wrote it; copies sent to workers
    only read.

    Raises :class:`OSError` where there is no room.
    """

    def __init__(self, chunks: Iterable[tuple[int, Chunk]]) -> None:
        # Files of dead makers go first.
        sweep(Path(tempfile.gettempdir()), PREFIX, SUFFIX)
        while True:
            handle, self.path = tempfile.mkstemp(prefix=PREFIX, suffix=SUFFIX)
            mark = Mark(Path(self.path))
            mark.take(handle)
            if os.path.exists(self.path):
                break
            mark.release()  # a sweeper came in between
            os.close(handle)
        self._end = weakref.finalize(self, _remove, self.path, mark)
        self.places: dict[int, tuple[int, int]] = {}
        try:
            with open(handle, "wb") as file:
                for number, chunk in chunks:
                    start = file.tell()
                    pickle.dump(chunk, file, protocol=5)
                    self.places[number] = start, file.tell() - start
        except OSError:
            self.close()
            raise

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "places": self.places}

    def __getitem__(self, number: int) -> Chunk:
        start, size = self.places[number]
        with open(self.path, "rb") as file:
            file.seek(start)
            chunk: Chunk = pickle.loads(file.read(size))
        return chunk

    def __iter__(self) -> Iterator[int]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def close(self) -> None:
        """Removes the file; only in the process that wrote it."""
        self._end()


def _remove(path: str, mark: Mark) -> None:
    with suppress(OSError):
        os.unlink(path)
    mark.release()


# --------------------------------------------------------------------------------------------------
# Who solves the subproblems: this process alone, or workers that hold their chunks between rounds.
#
# Rounds are bulk-synchronous: multipliers go out, every chunk's solution comes back. It depends on
# the chunk's own history alone, never on which worker holds it, so that any number of workers gives
# the same plan. A worker that dies is replaced, gets its chunks again, and its task is done again.

LOST = (BrokenExecutor, CancelledError, OSError)
"""How a task ends whose worker died."""

ChunksOf = Callable[[Sequence[int]], Mapping[int, Chunk]]
Solutions = dict[int, ChunkSolution]
Halt = Callable[[], bool]
_held: dict[str, SubproblemSolver] = {}
"""In a worker: the chunks that it holds, by token."""


def hold(token: str, chunks: Mapping[int, Chunk]) -> None:
    """In a worker: keeps chunks between rounds."""
    _held[token] = SubproblemSolver(chunks)


def drop(token: str) -> None:
    """In a worker that serves others too: lets chunks go."""
    _held.pop(token, None)


def solve_held(
    token: str, numbers: Sequence[int], multipliers: Floats, slack: float | None, cover: bool
) -> Solutions | None:
    """In a worker: solves some of its chunks; ``None`` if it holds none (it is a new one)."""
    solver = _held.get(token)
    return None if solver is None else solver.solve(multipliers, numbers, slack, cover)


class InProcess:
    """Solves every chunk in this process."""

    def __init__(self, numbers: Sequence[int], chunks_of: ChunksOf, threads: int) -> None:
        self.numbers = list(numbers)
        self.solver = SubproblemSolver(chunks_of(self.numbers), threads)

    def solve(
        self, multipliers: Floats, *, slack: float | None, halt: Halt, cover: bool = False
    ) -> Solutions | None:
        """All chunks at the multipliers; ``None`` when halted."""
        found: Solutions = {}
        for batch in _batches(self.numbers):
            if halt():
                return None
            found |= self.solver.solve(multipliers, batch, slack, cover)
        return found

    def close(self) -> None:
        """Lets the engines go."""
        self.solver = SubproblemSolver({})


class Worker:
    """One worker process and the chunks that it holds; renewed where the process dies."""

    def __init__(self, numbers: Sequence[int], chunks_of: ChunksOf) -> None:
        self.numbers = list(numbers)
        self.chunks_of = chunks_of
        self.token = uuid4().hex  # others may keep chunks on the same cluster
        self.executor: Executor = self.start()

    def start(self) -> Executor:
        """A new process with the chunks."""
        pool = WorkerPool(1, hold, (self.token, self.chunks_of(self.numbers)))
        pool.submit(int)  # the process starts here
        return pool

    def submit(
        self, batch: Sequence[int], multipliers: Floats, slack: float | None, cover: bool
    ) -> Future[Solutions | None] | None:
        """Sends it one task; ``None`` where it is lost."""
        try:
            return self.executor.submit(solve_held, self.token, batch, multipliers, slack, cover)
        except LOST:
            return None

    def renew(self) -> None:
        """Replaces a process that died."""
        self.stop()
        self.executor = self.start()

    def alive(self) -> bool:
        """Whether it still can answer; a pool of processes says so by itself."""
        return True

    def stop(self) -> None:
        """Ends the process, whatever it is doing."""
        if isinstance(self.executor, WorkerPool):
            self.executor.kill()


class Workers:
    """Solves on several workers, each with chunks of its own."""

    def __init__(self, workers: Sequence[Worker], after: Callable[[], None] = lambda: None) -> None:
        self.workers = list(workers)
        self.after = after

    def solve(
        self, multipliers: Floats, *, slack: float | None, halt: Halt, cover: bool = False
    ) -> Solutions | None:
        """All chunks at the multipliers; ``None`` when halted."""
        tasks = [
            (worker, batch, 0) for worker in self.workers for batch in _batches(worker.numbers)
        ]
        found: Solutions = {}
        while tasks:
            futures = [
                worker.submit(batch, multipliers, slack, cover) for worker, batch, _ in tasks
            ]
            # Waits for all, or until halted; tasks of a worker that is lost are given up.
            worker_of = {f: w for f, (w, _, _) in zip(futures, tasks, strict=True) if f is not None}
            waiting = set(worker_of)
            while waiting:
                _, waiting = wait(waiting, timeout=parameters.PATIENCE)
                gone = {w for w in {worker_of[f] for f in waiting} if not w.alive()}
                stopped = bool(waiting) and halt()
                for given_up in [f for f in waiting if stopped or worker_of[f] in gone]:
                    given_up.cancel()
                    waiting.discard(given_up)
                if stopped:
                    return None
            lost: list[tuple[Worker, list[int], int]] = []
            for (worker, batch, tries), future in zip(tasks, futures, strict=True):
                answer = None
                if future is not None and future.done():
                    with contextlib.suppress(*LOST):
                        answer = future.result()
                if answer is None:
                    lost.append((worker, batch, tries + 1))
                else:
                    found |= answer
            if any(tries > parameters.TASK_TRIES for _, _, tries in lost):
                raise SolverError("solver_failed", "by-school: worker lost")
            for worker in {id(w): w for w, _, _ in lost}.values():
                worker.renew()
            tasks = lost
        return dict(sorted(found.items()))

    def close(self) -> None:
        """Ends every worker."""
        for worker in self.workers:
            worker.stop()
        self.after()


def _batches(numbers: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), parameters.TASK_CHUNKS):
        yield list(numbers[start : start + parameters.TASK_CHUNKS])


# --------------------------------------------------------------------------------------------------
# Workers on a Dask cluster: on somebody else's machines.
#
# Each is pinned to one worker of the cluster, which holds its chunks. When that one leaves, it
# moves to another and brings the chunks along.


class ClusterWorker(Worker):
    """A worker of a cluster."""

    def __init__(self, numbers: Sequence[int], chunks_of: ChunksOf, client: Any, at: int) -> None:
        self.client, self.at = client, at
        self.address = ""
        super().__init__(numbers, chunks_of)

    def start(self) -> Executor:
        """The chunks on a worker that is there."""
        present = addresses(self.client)
        if not present:
            self.client.wait_for_workers(1, timeout=parameters.CLUSTER_PATIENCE)
            present = addresses(self.client)
        self.address = present[self.at % len(present)]
        executor: Executor = self.client.get_executor(
            workers=[self.address], allow_other_workers=False, pure=False
        )
        executor.submit(hold, self.token, self.chunks_of(self.numbers))
        return executor

    def alive(self) -> bool:
        """Whether it is still in the cluster."""
        return self.address in addresses(self.client)

    def stop(self) -> None:
        """Frees its memory; others may be using it."""
        if self.alive():
            self.executor.submit(drop, self.token)


def addresses(client: Any) -> list[str]:
    """Addresses of a cluster's workers, in a steady order."""
    return sorted(client.scheduler_info(n_workers=-1)["workers"])


def cluster_workers(address: str, numbers: Sequence[int], chunks_of: ChunksOf) -> Workers:
    """As many workers as the cluster at ``address`` has."""
    try:
        from distributed import Client
    except ImportError as error:
        raise SolverError("cluster_missing", address) from error
    try:
        client = Client(address, timeout=parameters.CLUSTER_PATIENCE)
        client.wait_for_workers(1, timeout=parameters.CLUSTER_PATIENCE)
    except (OSError, TimeoutError, ValueError) as error:
        raise SolverError("cluster_unreachable", address) from error
    count = min(len(addresses(client)), len(numbers))
    found = [ClusterWorker(numbers[k::count], chunks_of, client, k) for k in range(count)]
    return Workers(found, after=client.close)
