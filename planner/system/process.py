"""What belongs to the process itself: interrupts, named phases for whoever measures, memory.

Ctrl-C and SIGTERM have one end, never in the middle of an import: an interrupt that is raised while
a module is imported is lost where that module (or the one that imports it) catches everything, and
PuLP then believes for good that HiGHS is not installed.

The product says where a phase begins and ends (``with phase("audit"):``); what is measured
(seconds, memory) is the listener's affair, and free where nobody listens. Phases may nest.
"""

from __future__ import annotations

import _thread
import ctypes
import gc
import mmap
import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from importlib import import_module
from pathlib import PurePath
from types import FrameType
from typing import Any, Protocol

from planner.system import is_program


class Listener(Protocol):
    """Hears when phases begin and end."""

    def began(self, name: str) -> None:
        """A phase begins (inside the one that is open, if any)."""

    def ended(self, name: str) -> None:
        """The innermost phase ends."""


_listener: ContextVar[Listener | None] = ContextVar("phase_listener", default=None)


def heard_by() -> Listener | None:
    """Who listens now (in this thread or task)."""
    return _listener.get()


def fall_silent() -> None:
    """In a process that was forked: whoever listens does so in the one that it was forked from."""
    _listener.set(None)


def reached(share: float) -> None:
    """Says how far the innermost phase is, 0–1, to a listener that has ``reached`` too. It may end
    the phase there by raising."""
    if told := getattr(_listener.get(), "reached", None):
        told(share)


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


# Or that lies in a file anyway, and is read again when it is used.

_files: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()
"""Files of this process that stand in for memory."""


def in_file(parts: Sequence[memoryview]) -> memoryview | None:
    """The bytes of some buffers, end to end, in a nameless file that goes with what is given here,
    read only; ``None`` where there is no room for it.

    The system reads what is used, and :func:`give_back` lets it go again: a country's model is a
    gigabyte that is looked at now and then.
    """
    try:
        with import_module("tempfile").TemporaryFile() as file:
            for part in parts:
                file.write(part)
            file.flush()
            held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # an empty file cannot be mapped
        return None
    _files.add(held)
    return memoryview(held)


def give_back() -> None:
    """Called after large things were let go: a third of what a country's model leaves in the
    process is holes between what is kept. Does nothing where the C library is not glibc."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
    with suppress(AttributeError, OSError, ValueError, RuntimeError):  # another thread adds one
        for held in list(_files):
            held.madvise(mmap.MADV_DONTNEED)


@contextmanager
def loading() -> Iterator[None]:
    """What is imported inside is not looked through for cycles on the way; in a program of ours
    it stays, and is never looked through again, nor when the program ends: a tenth of what
    ``planner check`` takes."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_program():
            gc.freeze()
        if running:
            gc.enable()


# ---- What this program stands on: versions, and whether Python can be started from here.
#
# Both can be missing where Python is frozen into a program or embedded in one: there is no
# metadata of packages then, and ``sys.executable`` is that program.

UNKNOWN = "unknown"


def version_of(name: str) -> str:
    """The version of a package: of its metadata, else as the package itself says it, else
    ``unknown``."""
    metadata = import_module("importlib.metadata")  # slower than all else here
    with suppress(metadata.PackageNotFoundError, OSError, ValueError, KeyError):
        if found := metadata.version(name):
            return str(found)
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


# --------------------------------------------------------------------------------------------------
# Interrupts.

AGAIN = 0.02
"""Seconds after which an interrupt that came during an import is tried again."""
ENDED = 5
"""The exit code of a run that was stopped."""


@contextmanager
def kept_back() -> Iterator[None]:
    """Keeps Ctrl-C back while modules are imported; it comes right after."""
    pressed: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    main = threading.current_thread() is threading.main_thread()
    if not main or not callable(before):
        yield
        return
    signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if pressed:
            signal.raise_signal(signal.SIGINT)


class Ending:
    """How a program of ours ends on Ctrl-C or SIGTERM: the first raises ``KeyboardInterrupt``,
    the second ends the process at once. During an import nothing is raised: the process ends, or
    where something is being written the first comes again when the import is over."""

    def __init__(self) -> None:
        self.raised = False
        self.before: dict[int, Any] = {}

    def begin(self) -> None:
        """Takes both signals, where this is the main thread; an ignored Ctrl-C stays so."""
        with suppress(ValueError):
            if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
                self.before[signal.SIGINT] = signal.signal(signal.SIGINT, self._pressed)
            if hasattr(signal, "SIGTERM"):
                self.before[signal.SIGTERM] = signal.signal(signal.SIGTERM, self._asked)
        self.hook = sys.unraisablehook
        sys.unraisablehook = self._lost

    def leave(self) -> None:
        """Gives both signals back."""
        for number, handler in self.before.items():
            signal.signal(number, handler)
        sys.unraisablehook = self.hook

    def deaf(self) -> None:
        """The program is about to end: nothing disturbs it on its way out."""
        for number in self.before:
            signal.signal(number, signal.SIG_IGN)

    def _asked(self, _: int, frame: FrameType | None) -> None:
        """SIGTERM: whatever Ctrl-C would do now."""
        handler: Any = signal.getsignal(signal.SIGINT)
        (handler if callable(handler) else self._pressed)(signal.SIGINT, frame)

    def _pressed(self, _: int, frame: FrameType | None) -> None:
        if self.raised:
            os._exit(ENDED)
        while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
            frame = frame.f_back
        if frame is not None:  # an import is under way
            # Whether something half-written would be left behind.
            if not getattr(sys.modules.get("planner.system.disk"), "OPEN", None):
                os.write(2, b"Ctrl-C\n")
                os._exit(ENDED)
            _thread.start_new_thread(_once_more, ())
            return
        self.raised = True
        raise KeyboardInterrupt

    def _lost(self, what: Any) -> None:
        """An interrupt that came where nothing can be raised (a destructor) comes again."""
        if not issubclass(what.exc_type, KeyboardInterrupt):
            self.hook(what)
            return
        self.raised = False
        _thread.start_new_thread(_once_more, ())


def _once_more() -> None:
    """In a thread of its own: interrupts the main thread again, a little later."""
    time.sleep(AGAIN)
    heard = callable(signal.getsignal(signal.SIGINT))
    _thread.interrupt_main(signal.SIGINT if heard else signal.SIGTERM)
