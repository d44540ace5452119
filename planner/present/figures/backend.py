"""matplotlib, imported whatever backend the environment names; before anything else of it is.

The package imports this room first: any other import of matplotlib would fail where the
environment names a backend that is not installed.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from typing import Any

BACKEND = "MPLBACKEND"
"""The variable by which a notebook hands its backend to every program that it starts."""
_lock = threading.Lock()


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
