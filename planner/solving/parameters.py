"""How many threads HiGHS runs on: one number a process, until it is told otherwise.

HiGHS starts its pool of threads at the first run of a process and fails every later run that
asks for another number ("Not Solved"), unless the pool is given up first.
"""

from __future__ import annotations

_running: list[int] = []
"""The number of the pool that runs; empty before the first run."""


def settle_threads(threads: int | None) -> int:
    """Makes room for runs on ``threads`` (``None``: the engine's own choice); that number."""
    import highspy

    wanted = threads or 0
    if _running and _running[0] != wanted:
        highspy.Highs.resetGlobalScheduler(True)
    _running[:] = [wanted]
    return wanted
