"""Who solves the subproblems: this process alone, or workers that hold their chunks between rounds.

Rounds are bulk-synchronous: multipliers go out, every chunk's solution comes back. It depends on
the chunk's own history alone, never on which worker holds it, so that any number of workers gives
the same plan. A worker that dies is replaced, gets its chunks again, and its task is done again.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, wait
from typing import TYPE_CHECKING, Any

from planner.errors import SolverError
from planner.solving import parameters
from planner.solving.lagrangian.subproblems import Chunk, ChunkSolution, SubproblemSolver
from planner.system.worker_pool import WorkerPool

if TYPE_CHECKING:
    from planner.vocabulary.axes import Floats

LOST = (BrokenExecutor, CancelledError, OSError)
"""How a task ends whose worker died."""

ChunksOf = Callable[[Sequence[int]], Mapping[int, Chunk]]
Solutions = dict[int, ChunkSolution]
Halt = Callable[[], bool]
_held: dict[str, SubproblemSolver] = {}
"""In a worker: the chunks that it holds, by token."""
_tokens = itertools.count()


def hold(token: str, chunks: Mapping[int, Chunk]) -> None:
    """In a worker: keeps chunks between rounds."""
    _held[token] = SubproblemSolver(chunks)


def drop(token: str) -> None:
    """In a worker that serves others too: lets chunks go."""
    _held.pop(token, None)


def solve_held(
    token: str, numbers: Sequence[int], multipliers: Floats, relaxed: bool
) -> Solutions | None:
    """In a worker: solves some of its chunks; ``None`` if it holds none (it is a new one)."""
    solver = _held.get(token)
    return None if solver is None else solver.solve(multipliers, numbers, relaxed)


class InProcess:
    """Solves every chunk in this process."""

    def __init__(self, numbers: Sequence[int], chunks_of: ChunksOf, threads: int) -> None:
        self.numbers = list(numbers)
        self.solver = SubproblemSolver(chunks_of(self.numbers), threads)

    def solve(self, multipliers: Floats, *, relaxed: bool, halt: Halt) -> Solutions | None:
        """All chunks at the multipliers; ``None`` when halted."""
        found: Solutions = {}
        for batch in _batches(self.numbers):
            if halt():
                return None
            found |= self.solver.solve(multipliers, batch, relaxed)
        return found

    def close(self) -> None:
        """Lets the engines go."""
        self.solver = SubproblemSolver({})


class Worker:
    """One worker process and the chunks that it holds; renewed where the process dies."""

    def __init__(self, numbers: Sequence[int], chunks_of: ChunksOf) -> None:
        self.numbers = list(numbers)
        self.chunks_of = chunks_of
        self.token = f"worker-{next(_tokens)}"
        self.executor: Executor = self.start()

    def start(self) -> Executor:
        """A new process with the chunks."""
        pool = WorkerPool(1, hold, (self.token, self.chunks_of(self.numbers)))
        pool.submit(int)  # the process starts here
        return pool

    def submit(
        self, batch: Sequence[int], multipliers: Floats, relaxed: bool
    ) -> Future[Solutions | None] | None:
        """Sends it one task; ``None`` where it is lost."""
        try:
            return self.executor.submit(solve_held, self.token, batch, multipliers, relaxed)
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

    def solve(self, multipliers: Floats, *, relaxed: bool, halt: Halt) -> Solutions | None:
        """All chunks at the multipliers; ``None`` when halted."""
        tasks = [
            (worker, batch, 0) for worker in self.workers for batch in _batches(worker.numbers)
        ]
        found: Solutions = {}
        while tasks:
            futures = [worker.submit(batch, multipliers, relaxed) for worker, batch, _ in tasks]
            if not _await([w for w, _, _ in tasks], futures, halt):
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


def _await(
    workers: Sequence[Worker], futures: Sequence[Future[Solutions | None] | None], halt: Halt
) -> bool:
    """Waits for all; false when halted before. Tasks of a lost worker are given up."""
    worker_of = {f: worker for f, worker in zip(futures, workers, strict=True) if f is not None}
    waiting = set(worker_of)
    while waiting:
        _, waiting = wait(waiting, timeout=parameters.PATIENCE)
        lost = {w for w in {worker_of[f] for f in waiting} if not w.alive()}
        for future in [f for f in waiting if worker_of[f] in lost]:
            future.cancel()
            waiting.discard(future)
        if waiting and halt():
            for future in waiting:
                future.cancel()
            return False
    return True


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
