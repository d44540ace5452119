"""Worker processes: one kind everywhere, bound to the process that they work for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.analysis import resolve
from planner.system.process import fall_silent, listening, phase
from planner.system.worker_pool import Beside, WorkerPool

ROOT = Path(__file__).parent.parent
POSIX = pytest.mark.skipif(os.name == "nt", reason="signals to one process need POSIX")
UNGUARDED = """
import planner
print("started", flush=True)
base = planner.load("scenarios/three-schools")
years = [base.with_("funds.district.amounts.2026", m * 10**6) for m in (0, 60)]
print([round(r.value, 2) for r in planner.solve_many(years, workers=2)])
traced = planner.frontier(base, fund="district", start=-0.5, stop=0.5, points=3, workers=2)
print(len(traced.table))
"""
PARENT = """
import os, sys, time
from planner.system.worker_pool import WorkerPool

forked = sys.argv[1] == "forked"
pool = WorkerPool(2, forked=forked)
jobs = [pool.submit(os.getpid) for _ in range(2)]
print(*{job.result() for job in jobs}, flush=True)
waits = [pool.submit(time.sleep, 300) for _ in range(2)]
time.sleep(300)
"""


def child(*words: str, code: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *(["-c", code] if code else []), *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def alive(pid: int) -> bool:
    """Whether a process runs (one that ended and nobody waited for does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        try:
            os.kill(pid, 0)
        except OSError:
            return False
        return not Path("/proc/self").exists()
    return state != "Z"


@pytest.mark.slow
def test_a_script_without_a_guard_runs_once(tmp_path: Path) -> None:
    """Workers that imported the caller's script would print «started» four times more, and end
    in RuntimeErrors of multiprocessing."""
    script = tmp_path / "script.py"
    script.write_text(UNGUARDED, encoding="utf-8")
    out, err = child(str(script)).communicate(timeout=240)
    assert out.splitlines() == ["started", "[7733.33, 8633.33]", "3"]
    assert "Error" not in err


def test_what_a_script_defines_cannot_travel() -> None:
    """A function of the caller's script is refused at once: a worker that looked for it in vain
    would die, and every result would be «the worker died»."""
    import planner

    def heard(_: object) -> None:
        return None

    heard.__module__ = "__main__"
    base = planner.load(ROOT / "scenarios" / "three-schools")
    with pytest.raises(ValueError, match="chosen"):
        planner.solve_many([base, base], chosen=heard)
    assert planner.solve_many([base], workers=0, chosen=heard)[0].value > 0


@POSIX
@pytest.mark.parametrize("how", ["spawned", "forked"])
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_their_parent(how: str, sent: signal.Signals) -> None:
    """The parent is killed while its workers are at work for 300 s: seconds later none is left.

    A pool of the standard library leaves both behind, waiting for tasks for ever.
    """
    parent = child(how, code=PARENT)
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert pids
    assert all(map(alive, pids))
    parent.send_signal(sent)
    parent.wait(timeout=60)
    until = time.monotonic() + 30
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(alive, pids))


@POSIX
def test_workers_leave_signals_to_their_parent() -> None:
    """Ctrl-C and SIGTERM reach a whole group of processes: workers that took them would lose the
    work that their parent still wants, and print tracebacks."""
    with WorkerPool(1) as pool:
        pid = pool.submit(os.getpid).result(timeout=60)
        for sent in (signal.SIGINT, signal.SIGTERM):
            os.kill(pid, sent)
        assert pool.submit(os.getpid).result(timeout=60) == pid


def test_killed_workers_keep_nobody_waiting() -> None:
    """A failure beside a pool ends its work of 300 s at once; the standard pool waits for it."""
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), WorkerPool(1) as pool:  # noqa: PT012
        pool.submit(os.getpid).result(timeout=60)
        pool.submit(time.sleep, 300)
        raise KeyboardInterrupt
    assert time.monotonic() - began < 60


def test_a_cancelled_task_does_not_break_the_pool_that_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stop cancels what waits, then the workers go: the pool's own thread ends without a word (in
    Python's it ended with InvalidStateError on stderr), and what ran is broken off."""
    failures: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", failures.append)
    pool = WorkerPool(1)
    pool.submit(int).result()
    running, *waiting = [pool.submit(time.sleep, 60) for _ in range(6)]
    assert waiting[-1].cancel()
    pool.kill()
    assert running.exception(timeout=60) is not None
    pool.shutdown(wait=True)
    assert waiting[-1].cancelled()
    assert not failures


@POSIX
def test_a_broken_pool_ends_its_other_workers() -> None:
    """One worker dies of memory, the other is at work and deaf to SIGTERM: the pool, which sends
    just that and waits, must end all the same."""
    from concurrent.futures.process import BrokenProcessPool

    with WorkerPool(2) as pool:
        first = pool.submit(time.sleep, 300)
        pool.submit(int).result(timeout=60)  # the other one is there, and the pool looks at it
        pool.submit(os._exit, 1)
        with pytest.raises(BrokenProcessPool):
            first.result(timeout=60)


def test_work_beside_begins_at_once_only_on_a_second_core() -> None:
    """On one core it waits until it is asked for; who is never asked is told to give up (else the
    second of these blocks would not end)."""
    begun, seen = threading.Event(), []

    def work(gone: Callable[[], bool]) -> int:
        begun.set()
        while not (gone() or asked.is_set()):
            time.sleep(0.001)
        seen.append(gone())
        return 7

    asked = threading.Event()
    with Beside(work, 1):
        assert not begun.wait(0.05)
    with Beside(work, 2):
        assert begun.wait(10)
    assert seen == [True]
    asked.set()
    for threads in (1, 2):
        with Beside(work, threads) as beside:
            assert beside.answer() == 7
    assert seen == [True, False, False]


def test_what_fails_beside_fails_where_it_is_asked_for() -> None:
    def work(_: Callable[[], bool]) -> int:
        raise ZeroDivisionError

    with Beside(work, 2) as beside, pytest.raises(ZeroDivisionError):
        beside.answer()


def test_no_worker_is_forked_beside_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A forked process has none of the threads that hold locks and the engine's pool: it may be
    made on Linux alone, in a program of ours (a caller's libraries may have threads that Python
    does not know), where no other thread runs and the engine has not run yet. One that was forked
    then would wait for ever for a lock that nobody gives back."""
    monkeypatch.setattr(resolve, "is_program", lambda: True)
    monkeypatch.setattr(resolve, "has_run", lambda: False)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    assert resolve.may_fork() == (sys.platform == "linux")
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert not resolve.may_fork()
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(resolve, "has_run", lambda: True)
    assert not resolve.may_fork()
    monkeypatch.setattr(resolve, "has_run", lambda: False)
    monkeypatch.setattr(resolve, "is_program", lambda: False)
    assert not resolve.may_fork()


def test_nobody_hears_a_process_that_was_forked() -> None:
    """Else each worker's formulation would be told as the caller's own."""

    class Deaf:
        def began(self, name: str) -> None:
            raise AssertionError(name)

        ended = began

    with listening(Deaf()):
        fall_silent()
        with phase("build"):
            pass
