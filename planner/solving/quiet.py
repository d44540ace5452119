"""What engines print in C stays away from stdout, which belongs to our result."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator


class _Silence:
    """Who is silent now, and the descriptor that stdout goes back to."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside = 0
        self.saved: int | None = None

    def enter(self) -> None:
        """The first to come takes stdout away."""
        with self.lock:
            self.inside += 1
            if self.inside > 1:
                return
            try:
                sys.stdout.flush()
                self.saved = os.dup(1)
            except (OSError, ValueError, AttributeError):
                return
            with open(os.devnull, "wb") as sink:
                os.dup2(sink.fileno(), 1)

    def leave(self) -> None:
        """The last to go gives it back."""
        with self.lock:
            self.inside -= 1
            if self.inside == 0 and self.saved is not None:
                os.dup2(self.saved, 1)
                os.close(self.saved)
                self.saved = None


_silence = _Silence()


@contextlib.contextmanager
def silent_stdout() -> Iterator[None]:
    """Points file descriptor 1 to nowhere for a while.

    Engines that run side by side share the descriptor, and end in any order: one that restored
    what it had found would leave stdout closed to everybody where another was silent already.
    """
    _silence.enter()
    try:
        yield
    finally:
        _silence.leave()
