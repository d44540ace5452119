"""Named phases of a run, for whoever measures: free where nobody listens.

The product says where a phase begins and ends (``with phase("audit"):``); what is measured
(seconds, memory) is the listener's affair. Phases may nest; the listener sees the edges.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Listener(Protocol):
    """Hears when phases begin and end."""

    def began(self, name: str) -> None:
        """A phase begins (inside the one that is open, if any)."""

    def ended(self, name: str) -> None:
        """The innermost phase ends."""


_listener: ContextVar[Listener | None] = ContextVar("phase_listener", default=None)


@contextmanager
def phase(name: str) -> Iterator[None]:
    """Marks what is inside as a phase; also used as a decorator (``@phase("reading")``)."""
    listener = _listener.get()
    if listener is None:
        yield
        return
    listener.began(name)
    try:
        yield
    finally:
        listener.ended(name)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tells ``listener`` the phases of what runs inside (of this thread or task)."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
