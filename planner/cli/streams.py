"""What we say: a reader who leaves (``planner run | head -1``) ends no run."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Any


def patient_streams() -> None:
    """Stdout and stderr in UTF-8, and into nothing once their reader has left.

    Streams of others (a test's, a notebook's) only get their encoding.
    """
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if _is_ours(stream, number):
            stream.flush()
            buffer = io.BufferedWriter(Patient(number, f"<{stream.name.strip('<>')}>"))
            lines = number == 2
            patient = io.TextIOWrapper(
                buffer, encoding="utf-8", errors="replace", line_buffering=lines
            )
            setattr(sys, name, patient)
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _is_ours(stream: Any, number: int) -> bool:
    """Whether a stream is the one that Python opened, on a pipe or a file."""
    try:
        plain = stream in (sys.__stdout__, sys.__stderr__) and stream.fileno() == number
    except (AttributeError, OSError, ValueError):
        return False
    return plain and not stream.isatty()


class Patient(io.FileIO):
    """A descriptor to write to; when nobody reads it any more, what is written goes nowhere."""

    def __init__(self, number: int, said: str) -> None:
        super().__init__(number, "w", closefd=False)
        self.said = said

    def write(self, body: Any) -> int:
        """Bytes written. Where results cannot be said (a full disk), the error names the stream;
        what goes to stderr only accompanies them."""
        try:
            return super().write(body) or 0
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())  # what is still in the buffer goes there too
            os.close(nowhere)
            left = error.errno == errno.EPIPE or (os.name == "nt" and error.errno == errno.EINVAL)
            if not left and self.fileno() == 1:
                error.filename = self.said
                raise
        return len(body)
