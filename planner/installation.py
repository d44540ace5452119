"""What this program stands on: versions, and whether Python can be started from here.

Both can be missing where Python is frozen into a program or embedded in one: there is no
metadata of packages then, and ``sys.executable`` is that program.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePath

UNKNOWN = "unknown"


def version_of(name: str) -> str:
    """The version of a package: of its metadata, else as the package itself says it, else
    ``unknown``."""
    found: object = None
    try:
        found = version(name)
    except (PackageNotFoundError, OSError, ValueError, KeyError):
        found = None
    if not found:
        try:
            package = import_module(name)
        except ImportError:
            return UNKNOWN
        found = getattr(package, "__version__", None)
        parts = [getattr(package, f"HIGHS_VERSION_{p}", "") for p in ("MAJOR", "MINOR", "PATCH")]
        if not found and all(p != "" for p in parts):
            found = ".".join(map(str, parts))
    return str(found) if found else UNKNOWN


def starts_python() -> bool:
    """Whether a process started from here is Python: in a frozen program it would be that program
    once more, and in an embedded one whatever has taken Python in."""
    from multiprocessing.spawn import get_executable

    if getattr(sys, "frozen", False):
        return False
    executable = get_executable() or ""
    path = executable.decode(errors="replace") if isinstance(executable, bytes) else executable
    return PurePath(path).name.lower().startswith(("python", "pypy"))
