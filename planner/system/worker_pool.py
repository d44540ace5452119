"""Worker processes: one kind everywhere (frontiers, many solves, by-school teams, painters).

A worker never runs the caller's script again, so that a script needs no ``__main__`` guard. It
takes neither Ctrl-C nor SIGTERM, which are for the process that it works for; and it ends with
that process, however that ends (a killed one cannot send its workers home).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import types
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import (
    Future,
    InvalidStateError,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager, suppress
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, Generic, TypeVar

from planner.system.process import fall_silent

IGNORED = (signal.SIGINT, signal.SIGTERM)
_starting = threading.Lock()
_pools: weakref.WeakSet[WorkerPool] = weakref.WeakSet()


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


Answer = TypeVar("Answer")
T = TypeVar("T")


class Beside(Generic[Answer]):
    """Work in a thread beside other work, begun at once where there is a second core, else when its
    answer is asked for; given up where it never is.

    Parameters
    ----------
    work
        Called with what says whether to give up.
    threads
        Cores that may be used.
    """

    def __init__(self, work: Callable[[Callable[[], bool]], Answer], threads: int | None) -> None:
        self.work, self.at_once = work, (threads or cores()) > 1
        self._gone = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self._future: Future[Answer] | None = None

    def __enter__(self) -> Beside[Answer]:
        if self.at_once:
            self._future = self._pool.submit(self.work, self._gone.is_set)
        return self

    def __exit__(self, *_: object) -> None:
        self._gone.set()
        self._pool.shutdown()

    def answer(self) -> Answer:
        """What the work says, once it has ended."""
        return self._asked().result()

    def answer_unless(self, over: Callable[[], bool], patience: float) -> Answer | None:
        """The same, asking every so many seconds whether it is over; ``None`` where it is."""
        future = self._asked()
        while not over():
            if wait([future], patience).done:
                return future.result()
        return None

    def _asked(self) -> Future[Answer]:
        if self._future is None:
            self._future = self._pool.submit(self.work, self._gone.is_set)
        return self._future


class WorkerPool(ProcessPoolExecutor):
    """A pool of worker processes.

    Parameters
    ----------
    count : int
        Processes at most; each starts when there is work for it.
    settle, args
        Called in each worker before its first task: ``settle(*args)``.
    forked : bool, default False
        Forked instead of spawned: starts at once, but is safe only while no thread runs.
    """

    def __init__(
        self,
        count: int,
        settle: Callable[..., object] | None = None,
        args: tuple[Any, ...] = (),
        *,
        forked: bool = False,
    ) -> None:
        self.crew = _forked() if forked else _Spawned()
        super().__init__(count, self.crew, _begin, (settle, args))
        _pools.add(self)

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """A task. Python's own pool breaks off with a traceback on stderr where its workers are
        killed after a task was cancelled: such a one has its end already."""
        future = super().submit(fn, *args, **kwargs)
        told = future.set_exception

        def tell(error: BaseException | None) -> None:
            with suppress(InvalidStateError):
                told(error)

        setattr(future, "set_exception", tell)  # noqa: B010 (a method, for a type checker)
        return future

    def kill(self) -> None:
        """Sends every worker home at once, whatever it is doing; tasks not begun are broken with
        it."""
        self.shutdown(wait=False)
        for process in self.crew.started:
            with suppress(AttributeError, ValueError, OSError):  # not started, closed, gone
                process.kill()

    def __exit__(self, kind: Any, *rest: Any) -> None:
        """Waits for the work; where something else failed, for nothing."""
        if kind is not None:
            self.kill()
        super().__exit__(kind, *rest)


def kill_all() -> None:
    """Ends the workers of every pool of this process: nobody waits for them any more."""
    for pool in list(_pools):
        pool.kill()


class _Remembering:
    """A context that remembers the workers it made."""

    worker: Callable[..., Any]

    def __init__(self) -> None:
        self.started: list[Any] = []

    def Process(self, *args: Any, **kwargs: Any) -> Any:  # noqa: N802
        """A worker, not yet started."""
        self.started.append(self.worker(*args, **kwargs))
        return self.started[-1]


class _SpawnedWorker(SpawnProcess):
    """A process that starts without the caller's main module."""

    def start(self) -> None:
        """Starts the worker."""
        from multiprocessing import resource_tracker

        if os.name == "posix":
            resource_tracker.ensure_running()  # which lets signals through again when it starts
        # Spawning imports the main module in the child; the workers need nothing of it, and a
        # script without a ``__main__`` guard would start over.
        main = sys.modules["__main__"]
        with _starting, _signals_kept_back():
            sys.modules["__main__"] = _Faceless(main)
            try:
                super().start()
            finally:
                sys.modules["__main__"] = main

    def terminate(self) -> None:
        """Ends the worker, which does not listen to SIGTERM."""
        self.kill()


class _Spawned(_Remembering, SpawnContext):  # type: ignore[misc]
    worker = _SpawnedWorker


def _forked() -> Any:
    """A context that forks workers (POSIX alone)."""
    from multiprocessing.context import ForkContext, ForkProcess

    class Worker(ForkProcess):
        def start(self) -> None:
            with _signals_kept_back():
                super().start()

        terminate = ForkProcess.kill

    class Forked(_Remembering, ForkContext):  # type: ignore[misc]
        worker = Worker

    return Forked()


class _Faceless(types.ModuleType):
    """The main module without its file: all that it holds is found, nothing to run again is."""

    def __init__(self, main: types.ModuleType) -> None:
        super().__init__("__main__")
        self.__dict__["_main"] = main

    def __getattr__(self, name: str) -> Any:
        if name == "__file__":
            raise AttributeError(name)
        return getattr(self.__dict__["_main"], name)


@contextmanager
def _signals_kept_back() -> Iterator[None]:
    """A process inherits what its parent keeps back: from its first moment on, Ctrl-C does not
    reach the worker (the parent gets it as soon as the worker has started)."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, IGNORED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(settle: Callable[..., object] | None, args: tuple[Any, ...]) -> None:
    """In a worker, first of all: deaf to Ctrl-C, bound to the parent, unheard by its listener."""
    fall_silent()
    for name in IGNORED:
        signal.signal(name, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    if settle is not None:
        settle(*args)


def _end_with(parent: Any) -> None:
    """Ends this process when its parent is gone: nobody waits for what it does."""
    parent.join()
    os._exit(1)
