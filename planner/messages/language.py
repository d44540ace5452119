"""The language that notebooks read, and where they find the card of a scenario or a result."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from importlib import import_module
from typing import Any

_chosen: ContextVar[str | None] = ContextVar("planner_language", default=None)
"""What this thread or task has chosen."""
_process = ["vi"]
"""What reads whoever has chosen nothing: what the owner of the process chose last."""


def language(lang: str | None = None) -> str:
    """The language that notebooks show cards and figures in; sets it where one is given.

    What a thread or an ``asyncio`` task chooses is its own: two users whom one process serves
    do not get each other's. What a script or a notebook chooses holds for the threads that it
    starts as well, as long as they choose nothing themselves.

    Parameters
    ----------
    lang
        ``"vi"`` or ``"en"``; nothing: leave it.

    Examples
    --------
    >>> import planner
    >>> planner.language("en")
    'en'
    """
    if lang is not None:
        if lang not in ("vi", "en"):
            raise ValueError(f"language must be 'vi' or 'en', not {lang!r}")
        _chosen.set(lang)
        if _owns_process():
            _process[:] = [lang]
    return _chosen.get() or _process[0]


def _owns_process() -> bool:
    """Whether the caller is the one for whom the process runs: the main thread outside of any
    task, or a notebook (whose every cell may be a task of its own)."""
    if threading.current_thread() is not threading.main_thread():
        return False
    # Nothing is imported to find out.
    shell, asyncio = (sys.modules.get(name) for name in ("IPython", "asyncio"))
    if asyncio is None or (shell is not None and shell.get_ipython() is not None):
        return True
    try:
        return asyncio.current_task() is None
    except RuntimeError:
        return True


def card(subject: Any) -> str:
    """The HTML by which a notebook shows a subject; :mod:`planner.present.notebook` makes it.

    It is looked up when a notebook asks: a scenario and a result stand below the room that
    presents them.
    """
    card_of: Callable[[Any], str] = import_module("planner.present.notebook").card_of
    return card_of(subject)
