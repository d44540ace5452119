"""Engines are silent, and stdout comes back."""

from __future__ import annotations

import os

import pytest

from planner.solving.quiet import silent_stdout


@pytest.mark.parametrize("first_out", [0, 1])
def test_stdout_comes_back_in_any_order(capfd: pytest.CaptureFixture[str], first_out: int) -> None:
    """Proves that two engines side by side, whichever ends first, say nothing and leave stdout
    as it was. Each restoring what it had found, the second would lose the plan's summary."""
    engines = [silent_stdout(), silent_stdout()]
    for number, engine in enumerate(engines):
        engine.__enter__()
        os.write(1, f"inside {number}".encode())
    engines[first_out].__exit__(None, None, None)
    os.write(1, b"still one inside")
    engines[1 - first_out].__exit__(None, None, None)
    os.write(1, b"the summary")
    assert capfd.readouterr().out == "the summary"


def test_an_engine_that_fails_gives_stdout_back(capfd: pytest.CaptureFixture[str]) -> None:
    """Proves the same after an error inside."""
    with pytest.raises(ValueError, match="engine"), silent_stdout():
        raise ValueError("engine")
    os.write(1, b"heard")
    assert capfd.readouterr().out == "heard"
