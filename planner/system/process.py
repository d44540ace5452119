"""Named phases of a run, for whoever measures: free where nobody listens.

The product says where a phase begins and ends (``with phase("audit"):``); what is measured
(seconds, memory) is the listener's affair. Phases may nest; the listener sees the edges.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePath
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


# ---- Memory that was freed and that the C library still holds, given back to the system.


def give_back() -> None:
    """Called after large things were let go: a third of what a country's model leaves in the
    process is holes between what is kept. Does nothing where the C library is not glibc."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


# ---- What this program stands on: versions, and whether Python can be started from here.
#
# Both can be missing where Python is frozen into a program or embedded in one: there is no
# metadata of packages then, and ``sys.executable`` is that program.

UNKNOWN = "unknown"


def version_of(name: str) -> str:
    """The version of a package: of its metadata, else as the package itself says it, else
    ``unknown``."""
    with suppress(PackageNotFoundError, OSError, ValueError, KeyError):
        if found := version(name):
            return found
    try:
        package = import_module(name)
    except ImportError:
        return UNKNOWN
    parts = [getattr(package, f"HIGHS_VERSION_{p}", "") for p in ("MAJOR", "MINOR", "PATCH")]
    told = "" if "" in parts else ".".join(map(str, parts))
    return str(getattr(package, "__version__", None) or told or UNKNOWN)


def starts_python() -> bool:
    """Whether a process started from here is Python: in a frozen program it would be that program
    once more, and in an embedded one whatever has taken Python in."""
    from multiprocessing.spawn import get_executable

    if getattr(sys, "frozen", False):
        return False
    executable = get_executable() or ""
    path = executable.decode(errors="replace") if isinstance(executable, bytes) else executable
    return PurePath(path).name.lower().startswith(("python", "pypy"))
