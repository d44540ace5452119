"""Ctrl-C and SIGTERM in the first second: one quiet end, nothing swallowed on an import."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from click.testing import CliRunner

from planner.cli import commands
from planner.present import comparison
from planner.run import folder
from planner.system.process import kept_back
from planner.web.serve import QuietServer

ROOT = Path(__file__).parent.parent
SMALL = str(ROOT / "scenarios" / "three-schools")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals to one process need POSIX")

SWALLOWING = """
import sys, types
import planner.cli

class Finder:
    # stands for any module that catches everything around an import, as PuLP does
    def find_spec(self, name, path, target=None):
        if name != "highspy":
            return None
        import os, signal
        os.kill(os.getpid(), signal.{sent})
        for _ in range(1000):
            pass
        return None

sys.meta_path.insert(0, Finder())
sys.argv = ["planner", "run", "scenarios/three-schools", "--no-figures", "--out", {out!r}]
planner.cli.main()
"""


@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM"])
def test_an_interrupted_import_is_an_interrupt(sent: str, tmp_path: Path) -> None:
    """The signal comes while PuLP imports HiGHS. Swallowed there, the run would say that HiGHS
    is not installed (exit 1); raised there, it would print a traceback."""
    code = SWALLOWING.format(sent=sent, out=str(tmp_path / "plan"))
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (5, "", "Ctrl-C\n")
    assert list(tmp_path.iterdir()) == []


LIBRARY = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path, target=None):
        if name == "highspy" and not self.done:
            self.done = True
            os.kill(os.getpid(), signal.SIGINT)
        return None
    done = False

sys.meta_path.insert(0, Finder())
import planner
try:
    planner.solve("scenarios/three-schools")
except KeyboardInterrupt:
    print("interrupted")
print(round(planner.solve("scenarios/three-schools", gap=0).value, 2))
"""


def test_a_notebook_goes_on_after_an_interrupt() -> None:
    """In Python the interrupt is raised once, after the import; the next solve works. PuLP alone
    would have lost HiGHS until the kernel is started again."""
    ended = subprocess.run(
        [sys.executable, "-c", LIBRARY],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert ended.stdout.splitlines()[0] == "interrupted", ended.stderr
    assert float(ended.stdout.splitlines()[1]) > 0


def test_kept_back_is_not_lost() -> None:
    """Ctrl-C in the middle comes at the end: what was inside was done."""
    done = []
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 (the order is what is tested)
        with kept_back():
            signal.raise_signal(signal.SIGINT)
            done.append("inside")
        done.append("after")
    assert done == ["inside"]


@pytest.mark.parametrize(
    "after", [0.25, 0.6, *(pytest.param(s, marks=pytest.mark.slow) for s in (0.1, 0.4, 0.9))]
)
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_the_first_second_is_quiet(after: float, sent: signal.Signals, tmp_path: Path) -> None:
    """Whenever it comes: exit 5 (or the plan was there already), at most the words «Ctrl-C» and
    what a run says, and no remnant."""
    child = subprocess.Popen(
        [sys.executable, "-m", "planner", "run", "scenarios/three-schools", "--no-figures",
         "--out", str(tmp_path / "plan"), "--lang", "en"],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    time.sleep(after)
    child.send_signal(sent)
    _, err = child.communicate(timeout=120)
    python = "Traceback" in err and f"{os.sep}planner{os.sep}" not in err
    if child.returncode == -sent or python:  # none of our lines is on the way to it
        pytest.skip("so early that Python itself was still starting")
    assert child.returncode in (0, 5)
    for word in ("Traceback", "Exception ignored", "not installed", "Internal"):
        assert word not in err
    assert {p.name for p in tmp_path.iterdir()} <= {"plan"}


def test_our_handlers_go_when_the_command_line_does() -> None:
    """A program that calls the command line has its own Ctrl-C again afterwards."""
    from planner.cli import main

    before = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(SystemExit):
        main(["schema", "--nonsense"])
    assert [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_page_that_is_still_being_made_is_left_quietly(caplog: pytest.LogCaptureFixture) -> None:
    """Ctrl-C while the page takes longer than its second of grace: it is cut short, and nothing is
    said of it; the server's log had a traceback of the cancelled page."""
    asked = threading.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        asked.set()
        await asyncio.sleep(30)

    config = uvicorn.Config(slow, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server, log = QuietServer(config), logging.getLogger("uvicorn.error")
    before = log.level
    with socket.create_server(("127.0.0.1", 0)) as door:
        serving = threading.Thread(target=server.run, args=([door],), daemon=True)
        serving.start()
        with socket.create_connection(door.getsockname()) as reader:
            reader.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            heard = asked.wait(20)
            server.should_exit = True
            serving.join(20)
    log.setLevel(before)
    assert heard
    assert not serving.is_alive()
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []


# --------------------------------------------------------------------------------------------------
# Between the end of a search and the folder that is written of it.


def pressing(work: Callable[..., Any]) -> Callable[..., Any]:
    """The same with one Ctrl-C as it begins for the first time."""
    presses = iter([signal.SIGINT])

    def pressed(*given: Any, **options: Any) -> Any:
        for number in presses:
            signal.raise_signal(number)
        return work(*given, **options)

    return pressed


def test_ctrl_c_while_a_plan_is_written_spares_the_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The solve is over, and a country's tables take a while: the first Ctrl-C then keeps the plan,
    which is proven (exit 0), and draws no figure. Heard by nobody, it threw all of it away."""
    out = tmp_path / "plan"
    monkeypatch.setattr(folder, "write", pressing(folder.write))
    done = CliRunner().invoke(commands.run, [SMALL, "--out", str(out), "--lang", "en"])
    assert done.exit_code == 0, done.output
    assert "Ctrl-C again" in done.stderr
    assert folder.prove(out)[0] == []
    assert not (out / "figures").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["plan"]


def test_two_ctrl_c_while_a_plan_is_written_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second leaves at once: neither a folder nor half of one."""
    monkeypatch.setattr(folder, "write_csv", pressing(pressing(folder.write_csv)))
    given = [SMALL, "--out", str(tmp_path / "plan"), "--lang", "en"]
    assert CliRunner().invoke(commands.run, given).exit_code != 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_ctrl_c_while_other_answers_are_written_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same of an amended plan, of alternatives and of a decision for several futures. What was
    whole before the signal came is whole: exit 0, not 5."""
    plan = tmp_path / "plan"
    given = ["--no-figures", "--lang", "en"]
    assert CliRunner().invoke(commands.run, [SMALL, "--out", str(plan), *given]).exit_code == 0
    monkeypatch.setattr(folder, "write", pressing(folder.write))
    asked = [str(plan), "--out", str(tmp_path / "amended"), *given]
    done = CliRunner().invoke(commands.amend, asked)
    assert done.exit_code == 0, done.output
    assert folder.prove(tmp_path / "amended")[0] == []
    written = pressing(comparison.write_alternatives)
    monkeypatch.setattr(comparison, "write_alternatives", written)
    asked = [str(plan), "--out", str(tmp_path / "others"), *given]
    done = CliRunner().invoke(commands.alternatives, asked)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "others" / "alternatives.json").is_file()
    monkeypatch.setattr(folder, "write", pressing(folder.write))
    shutil.copytree(SMALL, tmp_path / "in")
    cases = "{less: {set: {funds.district.amounts.2026: 10000000}}, same: {}}"
    (tmp_path / "in" / "futures.yaml").write_text(
        f"extends: scenario.yaml\nfutures: {{decide_until: 2025, cases: {cases}}}\n"
    )
    asked = [str(tmp_path / "in" / "futures.yaml"), "--out", str(tmp_path / "decided"), *given]
    done = CliRunner().invoke(commands.run, asked)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "decided" / "decision.csv").is_file()
