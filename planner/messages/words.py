"""Words that are no sentences: headers that stand beside a table's columns, what columns mean.

Both are data beside this module: ``headers.toml`` and ``meanings.toml``.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _read(name: str) -> dict[str, Any]:
    path = Path(__file__).with_name(name)
    return tomllib.loads(path.read_text(encoding="utf-8"))


COUNTERS: tuple[str, ...] = tuple(_read("headers.toml")["counters"])
"""Headers of columns that only count rows; left out of every table."""
REMARKS: tuple[str, ...] = tuple(_read("headers.toml")["remarks"])
"""Headers of remarks; left out of every table but ``schools``, where they are attributes."""
NAMED: dict[str, list[str]] = _read("headers.toml")["named"]
"""Headers of names beside the ids that they belong to: the id counts, the name is left out."""


def key_meaning(key: str) -> str:
    """What a dotted settings key means, in Vietnamese: its own, or that of a key above it."""
    keys: dict[str, str] = _read("meanings.toml")["keys"]
    steps = key.split(".")
    known = (".".join(steps[:k]) for k in range(len(steps), 0, -1))
    return next((keys[k] for k in known if k in keys), "")


def meaning(table: str, header: str) -> str:
    """What a column of a table means, in Vietnamese: there, or in every table."""
    columns: dict[str, str] = _read("meanings.toml")["columns"]
    return columns.get(f"{table}.{header}") or columns.get(header, "")
