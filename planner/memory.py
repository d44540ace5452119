"""Memory that was freed and that the C library still holds, given back to the system."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Called after large things were let go: a third of what a country's model leaves in the
    process is holes between what is kept. Does nothing where the C library is not glibc."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
