"""Chunks in a file: workers read what they price, and nobody keeps a country in memory.

The system's cache holds what is read round after round; it gives the memory back to whoever
needs it. Read as a mapping from a chunk's number to the chunk.
"""

from __future__ import annotations

import os
import pickle
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from planner.beside import Mark, sweep
from planner.solving.decomposition.pricing import Chunk

PREFIX, SUFFIX = "planner-", ".chunks"


class ChunkFile(Mapping[int, Chunk]):
    """Chunks by number. The file goes with the object that wrote it; copies sent to workers
    only read.

    Raises :class:`OSError` where there is no room.
    """

    def __init__(self, chunks: Iterable[tuple[int, Chunk]]) -> None:
        handle, self.path, mark = _made()
        self._end = weakref.finalize(self, _gone, self.path, mark)
        self.places: dict[int, tuple[int, int]] = {}
        try:
            with open(handle, "wb") as file:
                for number, chunk in chunks:
                    start = file.tell()
                    pickle.dump(chunk, file, protocol=5)
                    self.places[number] = start, file.tell() - start
        except OSError:
            self.close()
            raise

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "places": self.places}

    def __getitem__(self, number: int) -> Chunk:
        start, size = self.places[number]
        with open(self.path, "rb") as file:
            file.seek(start)
            chunk: Chunk = pickle.loads(file.read(size))
        return chunk

    def __iter__(self) -> Iterator[int]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def close(self) -> None:
        """Removes the file; only in the process that wrote it."""
        self._end()


def _made() -> tuple[int, str, Mark]:
    """A new file (its descriptor, path and mark); those of dead makers go first."""
    sweep(Path(tempfile.gettempdir()), PREFIX, SUFFIX)
    while True:
        handle, path = tempfile.mkstemp(prefix=PREFIX, suffix=SUFFIX)
        mark = Mark(Path(path))
        mark.take(handle)
        if os.path.exists(path):
            return handle, path, mark
        mark.release()  # a sweeper came in between
        os.close(handle)


def _gone(path: str, mark: Mark) -> None:
    with suppress(OSError):
        os.unlink(path)
    mark.release()
