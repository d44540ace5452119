"""The dotted keys of the settings, walked without the code under test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def keys_of(model: Any, prefix: str = "") -> Iterator[str]:
    """Keys of a model and of the models directly below it."""
    for name, info in model.model_fields.items():
        key = f"{prefix}{info.alias or name}"
        yield key
        if hasattr(info.annotation, "model_fields"):
            yield from keys_of(info.annotation, key + ".")
