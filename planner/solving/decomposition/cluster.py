"""Workers on a Dask cluster: the same crew, its seats on somebody else's machines.

Each seat is pinned to one worker of the cluster, which holds the seat's chunks. When that
worker leaves, the seat moves to another and brings the chunks along.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

from planner.errors import SolverError
from planner.solving.decomposition.team import Crew, Cut, Seat, drop, hold

PATIENCE = 10.0
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
            self.client.wait_for_workers(1, timeout=PATIENCE)
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
        client = Client(address, timeout=PATIENCE)
        client.wait_for_workers(1, timeout=PATIENCE)
    except (OSError, TimeoutError, ValueError) as error:
        raise SolverError("cluster_unreachable", address) from error
    count = min(len(workers_of(client)), len(numbers))
    seats = [ClusterSeat(numbers[k::count], cut, client, k) for k in range(count)]
    return Crew(seats, after=client.close)
