"""One matplotlib for every thread: how it is imported, its settings, and the lock around both.

matplotlib keeps its settings, its fonts and the outlines of its letters in globals of the
process, and none of them may be used by two threads at a time. So whoever makes or saves a
figure of ours does it inside :func:`drawing`: one at a time, under settings of our own.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from planner.present.style import RC

BACKEND = "MPLBACKEND"
"""The variable by which a notebook hands its backend to every program that it starts."""
OTHERS = (
    "backend", "date", "docstring", "figure.max_open_warning", "figure.raise_window",
    "interactive", "keymap", "savefig.directory", "timezone", "tk", "toolbar", "webagg",
)  # fmt: skip
"""Settings (or what their names begin with) that say nothing of how a figure looks."""
_lock = threading.RLock()


def _imported() -> Any:
    """matplotlib, whatever backend the environment names: files are drawn without one.

    A name that is no backend here (a notebook's, in an installation that lacks it) keeps
    matplotlib from being imported at all; the name is then left out.
    """
    try:
        return importlib.import_module("matplotlib")
    except ValueError:
        named = os.environ.pop(BACKEND, None)
        if named is None:
            raise
    for name in [n for n in sys.modules if n.split(".")[0] == "matplotlib"]:
        del sys.modules[name]  # what the failed import left behind
    try:
        return importlib.import_module("matplotlib")
    finally:
        os.environ[BACKEND] = named


with _lock:
    mpl: Any = _imported()


@cache
def _own() -> dict[str, Any]:
    """matplotlib's own settings with ours on top: nothing of a user's style, on any machine."""
    plain = {k: v for k, v in mpl.rcParamsDefault.items() if not k.startswith(OTHERS)}
    return plain | RC


@contextmanager
def drawing(*, style: bool = False) -> Iterator[None]:
    """The only thread that draws, under our settings; those of the process come back after.

    ``style=True``: under the user's own settings where ours say nothing, as a notebook wants it.
    """
    with _lock, mpl.rc_context(RC if style else _own()):
        yield
