"""What engines print in C stays away from stdout, which belongs to our result.

HiGHS is silent by its own options, CBC and its like are programs that write elsewhere. What is
left are engines that PuLP loads into this process and that greet on file descriptor 1. It
belongs to all threads: a line that another one writes meanwhile would be lost. So it is taken
away only where no other thread runs; beside others such an engine is heard.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def silent_stdout() -> Iterator[None]:
    """Points file descriptor 1 to nowhere for a while, where nobody else can be writing to it."""
    saved = _taken() if threading.active_count() == 1 else None
    try:
        yield
    finally:
        if saved is not None:
            os.dup2(saved, 1)
            os.close(saved)


def _taken() -> int | None:
    """Takes stdout away; the descriptor that it goes back to, none where there is no stdout."""
    try:
        sys.stdout.flush()
        saved = os.dup(1)
    except (OSError, ValueError, AttributeError):
        return None
    with open(os.devnull, "wb") as sink:
        os.dup2(sink.fileno(), 1)
    return saved
