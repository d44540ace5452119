"""Who prices: this process alone, or workers that hold their chunks between rounds.

Rounds are bulk-synchronous: prices go out, every chunk comes back. A chunk's answer depends on
its own history alone, never on which worker holds it, so that any number of workers gives the
same plan. A worker that dies is replaced, gets its chunks again, and its task is done again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, wait
from typing import TYPE_CHECKING, Any

from planner.errors import SolverError
from planner.solving.lagrangian.subproblems import Chunk, Priced, Pricer
from planner.system.worker_pool import WorkerPool

if TYPE_CHECKING:
    from planner.vocabulary.axes import Floats

BATCH = 24
"""Chunks of one task: how long a stop has to wait (a second or two)."""
PATIENCE = 0.2
"""Seconds between two looks at whether to stop."""
LOST = (BrokenExecutor, CancelledError, OSError)
"""How a task ends whose worker died."""
TRIES = 3
"""How often a task may lose its worker."""

Cut = Callable[[Sequence[int]], Mapping[int, Chunk]]
Halt = Callable[[], bool]
_held: dict[str, Pricer] = {}
"""In a worker: the chunks that it holds, by token."""
_tokens = itertools.count()


def hold(token: str, chunks: Mapping[int, Chunk]) -> None:
    """In a worker: keeps chunks between rounds."""
    _held[token] = Pricer(chunks)


def drop(token: str) -> None:
    """In a worker that serves others too: lets chunks go."""
    _held.pop(token, None)


def price_held(
    token: str, numbers: Sequence[int], prices: Floats, relaxed: bool
) -> dict[int, Priced] | None:
    """In a worker: prices some of its chunks; ``None`` if it holds none (it is a new one)."""
    pricer = _held.get(token)
    return None if pricer is None else pricer.price(prices, numbers, relaxed)


class Alone:
    """Prices in this process."""

    def __init__(self, numbers: Sequence[int], cut: Cut, threads: int) -> None:
        self.numbers = list(numbers)
        self.pricer = Pricer(cut(self.numbers), threads)

    def price(self, prices: Floats, *, relaxed: bool, halt: Halt) -> dict[int, Priced] | None:
        """All chunks at the prices; ``None`` when halted."""
        found: dict[int, Priced] = {}
        for batch in _batches(self.numbers):
            if halt():
                return None
            found |= self.pricer.price(prices, batch, relaxed)
        return found

    def close(self) -> None:
        """Lets the engines go."""
        self.pricer = Pricer({})


class Seat:
    """A place for one worker process and the chunks that it holds."""

    def __init__(self, numbers: Sequence[int], cut: Cut) -> None:
        self.numbers = list(numbers)
        self.cut = cut
        self.token = f"seat-{next(_tokens)}"
        self.pool: Executor = self.fill()

    def fill(self) -> Executor:
        """A new worker in the seat, with the chunks."""
        pool = WorkerPool(1, hold, (self.token, self.cut(self.numbers)))
        pool.submit(int)  # the process starts here
        return pool

    def ask(self, batch: Sequence[int], prices: Floats, relaxed: bool) -> Future[Any]:
        """Sends one task to the worker."""
        return self.pool.submit(price_held, self.token, batch, prices, relaxed)

    def renew(self) -> None:
        """Replaces a worker that died."""
        self.leave()
        self.pool = self.fill()

    def alive(self) -> bool:
        """Whether the worker still can answer; a pool of processes says so by itself."""
        return True

    def leave(self) -> None:
        """Sends the worker home, whatever it is doing."""
        if isinstance(self.pool, WorkerPool):
            self.pool.kill()


class Crew:
    """Prices on several workers, each with chunks of its own."""

    def __init__(self, seats: Sequence[Seat], after: Callable[[], None] = lambda: None) -> None:
        self.seats = list(seats)
        self.after = after

    def price(self, prices: Floats, *, relaxed: bool, halt: Halt) -> dict[int, Priced] | None:
        """All chunks at the prices; ``None`` when halted."""
        tasks = [(seat, batch, 0) for seat in self.seats for batch in _batches(seat.numbers)]
        found: dict[int, Priced] = {}
        while tasks:
            again: list[tuple[Seat, list[int], int]] = []
            futures = [_asked(seat, batch, prices, relaxed) for seat, batch, _ in tasks]
            seats = [seat for seat, _, _ in tasks]
            if not _awaited(futures, seats, halt):
                return None
            for (seat, batch, tries), future in zip(tasks, futures, strict=True):
                answer = _answer(future)
                if answer is None:
                    again.append((seat, batch, tries + 1))
                else:
                    found |= answer
            if any(tries > TRIES for _, _, tries in again):
                raise SolverError("solver_failed", "by-school: worker lost")
            for seat in {id(s): s for s, _, _ in again}.values():
                seat.renew()
            tasks = again
        return dict(sorted(found.items()))

    def close(self) -> None:
        """Sends every worker home."""
        for seat in self.seats:
            seat.leave()
        self.after()


def _asked(seat: Seat, batch: list[int], prices: Floats, relaxed: bool) -> Future[Any] | None:
    try:
        return seat.ask(batch, prices, relaxed)
    except LOST:
        return None


def _awaited(futures: Sequence[Future[Any] | None], seats: Sequence[Seat], halt: Halt) -> bool:
    """Waits for all; false when halted before. Tasks of a lost worker are given up."""
    seat_of = {f: seat for f, seat in zip(futures, seats, strict=True) if f is not None}
    waiting = set(seat_of)
    while waiting:
        _, waiting = wait(waiting, timeout=PATIENCE)
        gone = {s for s in {seat_of[f] for f in waiting} if not s.alive()}
        for future in [f for f in waiting if seat_of[f] in gone]:
            future.cancel()
            waiting.discard(future)
        if waiting and halt():
            for future in waiting:
                future.cancel()
            return False
    return True


def _answer(future: Future[Any] | None) -> dict[int, Priced] | None:
    """A task's answer; ``None`` if its worker was lost."""
    if future is None or not future.done():
        return None
    try:
        found: dict[int, Priced] | None = future.result()
    except LOST:
        return None
    return found


def _batches(numbers: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), BATCH):
        yield list(numbers[start : start + BATCH])


# --------------------------------------------------------------------------------------------------
# Workers on a Dask cluster: the same crew, its seats on somebody else's machines.
#
# Each seat is pinned to one worker of the cluster, which holds the seat's chunks. When that
# worker leaves, the seat moves to another and brings the chunks along.

CLUSTER_PATIENCE = 10.0
"""Seconds to wait for the cluster to answer, and for it to have a worker."""


class ClusterSeat(Seat):
    """A seat on one worker of a cluster."""

    def __init__(self, numbers: Sequence[int], cut: Cut, client: Any, at: int) -> None:
        self.client, self.at = client, at
        self.address = ""
        super().__init__(numbers, cut)

    def fill(self) -> Executor:
        """The chunks on a worker that is there."""
        present = workers_of(self.client)
        if not present:
            self.client.wait_for_workers(1, timeout=CLUSTER_PATIENCE)
            present = workers_of(self.client)
        self.address = present[self.at % len(present)]
        pool: Executor = self.client.get_executor(
            workers=[self.address], allow_other_workers=False, pure=False
        )
        pool.submit(hold, self.token, self.cut(self.numbers))
        return pool

    def alive(self) -> bool:
        """Whether the worker is still in the cluster."""
        return self.address in workers_of(self.client)

    def leave(self) -> None:
        """Frees the worker's memory; others may be using it."""
        if self.alive():
            self.pool.submit(drop, self.token)


def workers_of(client: Any) -> list[str]:
    """Addresses of the cluster's workers, in a steady order."""
    return sorted(client.scheduler_info(n_workers=-1)["workers"])


def cluster_crew(address: str, numbers: Sequence[int], cut: Cut) -> Crew:
    """A crew on the cluster at ``address``, one seat a worker."""
    try:
        from distributed import Client
    except ImportError as error:
        raise SolverError("cluster_missing", address) from error
    try:
        client = Client(address, timeout=CLUSTER_PATIENCE)
        client.wait_for_workers(1, timeout=CLUSTER_PATIENCE)
    except (OSError, TimeoutError, ValueError) as error:
        raise SolverError("cluster_unreachable", address) from error
    count = min(len(workers_of(client)), len(numbers))
    seats = [ClusterSeat(numbers[k::count], cut, client, k) for k in range(count)]
    return Crew(seats, after=client.close)
