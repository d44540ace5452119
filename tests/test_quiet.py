"""Engines are silent, and stdout belongs to whoever writes to it."""

from __future__ import annotations

import gc
import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from tiny import tiny

from planner.run.optimize import optimize
from planner.scenario.load import load
from planner.solving.highs import silent_stdout
from planner.system.process import loading

SCENARIOS = Path(__file__).parent.parent / "scenarios"


def test_stdout_comes_back(capfd: pytest.CaptureFixture[str]) -> None:
    """Proves that an engine that greets is not heard, and that stdout is there again after it,
    after an error too: else the plan's summary would be lost."""
    with silent_stdout():
        os.write(1, b"a greeting")

    def fails() -> None:
        with silent_stdout():
            os.write(1, b"a greeting")
            raise ValueError("engine")

    with pytest.raises(ValueError, match="engine"):
        fails()
    os.write(1, b"the summary")
    assert capfd.readouterr().out == "the summary"


def test_stdout_is_not_taken_from_another_thread(capfd: pytest.CaptureFixture[str]) -> None:
    """Proves that beside another thread the descriptor stays where it is, whatever an engine
    prints: it is that thread's as well."""
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        with silent_stdout():
            os.write(1, b"another's line")
    finally:
        done.set()
        other.join()
    assert capfd.readouterr().out == "another's line"


@pytest.mark.parametrize("solver", ["HiGHS", "CBC"])
def test_a_printing_thread_loses_no_line(solver: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Proves that what another thread prints during solves is all there, and nothing else: no
    line of an engine between. 11 of 20 lines were lost while each solve took descriptor 1."""
    over = threading.Event()
    said: list[str] = []

    def speak() -> None:
        while not over.wait(0.002):
            said.append(f"line {len(said)}\n")
            os.write(1, said[-1].encode())

    speaker = threading.Thread(target=speak)
    speaker.start()
    try:
        for _ in range(4):
            optimize(tiny(cap=20), gap=0, threads=1, solver=solver)
            optimize(tiny(cap=20), relax=True, threads=1, solver=solver)
    finally:
        over.set()
        speaker.join()
    assert len(said) > 20
    assert capfd.readouterr().out == "".join(said)


METHODS = ("whole", "auto", "by-school")


@pytest.mark.parametrize(
    ("method", "name"),
    [(m, "three-schools") for m in METHODS]
    + [pytest.param(m, "ba-dinh", marks=pytest.mark.slow) for m in METHODS],
)
def test_engines_are_silent_by_themselves(
    method: str, name: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves that HiGHS says nothing in any method, with progress asked for and without, where
    no descriptor is taken at all: a word of it would stand in the middle of our JSON."""
    monkeypatch.setattr("planner.solving.highs._taken", lambda: None)
    scenario = load(SCENARIOS / name)
    heard = {"progress": lambda _: None}
    optimize(scenario, gap=0.02, time_limit=6, threads=1, method=method, tidy=0, **heard)
    optimize(scenario, relax=True, threads=1)
    optimize(tiny(cap=20), gap=0, threads=1, method=method)
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("running", [True, False])
def test_loading_leaves_the_collector_of_others_as_it_was(running: bool) -> None:
    """Proves that what a verb imports is not looked through, after an error too, and that a program
    that only uses the command line keeps its own collector: one that was switched on for it, or
    whose objects were put aside for good, would be the host's affair."""
    (gc.enable if running else gc.disable)()
    aside = gc.get_freeze_count()
    try:
        with suppress(ValueError), loading():
            assert not gc.isenabled()
            raise ValueError("import")
        assert gc.isenabled() is running
        assert gc.get_freeze_count() == aside
    finally:
        gc.enable()
