"""The scenario's folder: nothing outside it is read, nothing too large is opened."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from planner.errors import Place
from planner.scenario.log import Log, nearest

MEBIBYTE = 1 << 20
_WORKBOOK = 150 * MEBIBYTE
LIMITS = {".yaml": 2 * MEBIBYTE, ".yml": 2 * MEBIBYTE} | dict.fromkeys(
    (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".numbers"), _WORKBOOK
)
"""Largest file by suffix, bytes."""
CSV_LIMIT = 400 * MEBIBYTE
"""Largest CSV file, bytes."""
_DRIVE = re.compile(r"^([A-Za-z]:|[\\/~])")


@dataclass
class Folder:
    """Reads files below ``root`` and remembers their SHA-256."""

    root: Path
    log: Log
    inputs: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    """Tables whose path has its finding: what refers to their rows is not called unknown."""

    def locate(self, name: str, base: str, where: Place) -> str | None:
        """``name`` as written in file ``base`` → path relative to the root, if it is allowed."""
        text = name.strip()
        if not text or any(ord(c) < 32 for c in text) or len(text) > 1000:
            self.log.error("path_unreadable", where, path=ascii(text[:60]))
            return None
        if _DRIVE.match(text) or "://" in text:
            self.log.error("path_absolute", where, path=text)
            return None
        joined = PurePosixPath(base).parent / text.replace("\\", "/")
        if ".." in joined.parts:
            self.log.error("path_outside", where, path=text)
            return None
        return str(joined)

    def read(self, name: str, where: Place) -> bytes | None:
        """The bytes of a file; anything that forbids reading it is a finding."""
        try:
            return self._read(name, where)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            self.log.error("file_unreadable", where, path=name, reason=reason)
            return None

    def _read(self, name: str, where: Place) -> bytes | None:
        path = self.root / name
        if not path.resolve().is_relative_to(self.root.resolve()):
            self.log.error("path_outside", where, path=name)
            return None
        if not path.exists():
            self.log.error("file_missing", where, path=name, nearest=self.nearest_to(path))
            return None
        if not path.is_file():
            self.log.error("file_not_regular", where, path=name)
            return None
        limit = LIMITS.get(path.suffix.lower(), CSV_LIMIT)
        size = path.stat().st_size
        if size > limit:
            self.log.error(
                "file_too_large", where, path=name, size=size // MEBIBYTE, limit=limit // MEBIBYTE
            )
            return None
        data = path.read_bytes()
        self.inputs[name] = hashlib.sha256(data).hexdigest()
        return data

    def nearest_to(self, path: Path) -> str:
        """The name in a path's folder that is most like it; ``-`` for none."""
        folder = path.parent
        names = [p.name for p in sorted(folder.iterdir())[:500]] if folder.is_dir() else []
        return nearest(path.name, names) or "-"
