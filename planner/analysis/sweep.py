"""Many solves side by side on any ``concurrent.futures.Executor``; results keep their order.

Each job is solved from scratch on one thread, so that its tables are the same whichever worker
does it and whatever was solved before. A job that fails gives its exception and no other job
is lost, not even where it kills its worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, as_completed
from contextlib import contextmanager
from typing import Any

from planner.errors import SolverError
from planner.installation import starts_python
from planner.optimize import optimize
from planner.scenario.scenario import Scenario
from planner.workers import Workers

WORKERS = 2
"""Spawned processes unless somebody asks for more."""

PATIENCE = 20
"""Seconds that a cluster has to answer."""

Done = Callable[[int, Any], None]


def solve_many(
    scenarios: Sequence[Scenario],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    **options: Any,
) -> list[Any]:
    """See :func:`planner.solve_many`."""
    if executor is None and workers != 0:
        for name, value in options.items():
            if getattr(value, "__module__", "") == "__main__":
                # workers do not run the caller's script, so they cannot find what it defines
                raise ValueError(f"{name}: define it in a module of its own, or use workers=0")
    jobs = [(scenario, {"threads": 1} | options) for scenario in scenarios]
    found: dict[int, Any] = {}
    run(_solve, jobs, workers=workers, executor=executor, done=found.__setitem__)
    return [found[k] for k in range(len(jobs))]


def _solve(scenario: Scenario, options: dict[str, Any]) -> Any:
    return optimize(scenario, **options)


def run(
    work: Callable[..., Any],
    jobs: Sequence[tuple[Any, ...]],
    *,
    done: Done,
    workers: int | None = None,
    executor: Executor | None = None,
) -> None:
    """Calls ``work(*job)`` for every job; ``done(number, result or exception)`` as each ends.

    ``workers`` 0 works in this process, one job after the other; so does a program that has
    Python inside it and cannot start another one.
    """
    count = WORKERS if workers is None else workers
    if executor is None and (count == 0 or len(jobs) < 2 or not starts_python()):
        for number, outcome in _in_turn(work, jobs):
            done(number, outcome)
        return
    left = _side_by_side(work, dict(enumerate(jobs)), done, executor, count)
    while left:
        # a worker died and took the pool along: one at a time, the job that kills is found
        number = min(left)
        alone = _side_by_side(work, {number: left.pop(number)}, done, None, 1)
        if alone:
            done(number, BrokenExecutor("the worker died"))


def _side_by_side(
    work: Callable[..., Any],
    jobs: Mapping[int, tuple[Any, ...]],
    done: Done,
    executor: Executor | None,
    workers: int,
) -> dict[int, tuple[Any, ...]]:
    """Works on the jobs; those that a broken pool left behind come back."""
    left: dict[int, tuple[Any, ...]] = {}
    with _pool(executor, workers) as pool:
        waiting = {pool.submit(work, *job): number for number, job in jobs.items()}
        try:
            for future in as_completed(waiting):
                number, failure = waiting[future], future.exception()
                if isinstance(failure, BrokenExecutor):
                    left[number] = jobs[number]
                else:
                    done(number, future.result() if failure is None else failure)
        except KeyboardInterrupt:
            for future in waiting:
                future.cancel()
            raise
    return left


def _in_turn(
    work: Callable[..., Any], jobs: Iterable[tuple[Any, ...]]
) -> Iterator[tuple[int, Any]]:
    for number, job in enumerate(jobs):
        try:
            outcome = work(*job)
        except Exception as error:
            outcome = error
        yield number, outcome


@contextmanager
def _pool(executor: Executor | None, workers: int) -> Iterator[Executor]:
    """The executor that was given, left open; or a pool of spawned processes of our own."""
    if executor is not None:
        yield executor
        return
    with Workers(workers) as pool:
        yield pool


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The executor of a Dask cluster (the extra ``cluster``), left when the work is done.

    Raises
    ------
    SolverError
        ``cluster_missing`` without the extra, ``cluster_unreachable`` where nobody answers.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise SolverError("cluster_missing", str(error)) from error
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise SolverError("cluster_unreachable", f"{address}: {error}") from error
    with client:
        executor: Executor = client.get_executor()
        yield executor
