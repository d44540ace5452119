"""Settings before they are typed: a tree of mappings, lists and cells that know their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from planner.errors import Place
from planner.scenario import cells


@dataclass
class Node:
    """A mapping (``dict``), a list, a cell (``str``, see :mod:`cells`) or nothing (``None``)."""

    value: dict[str, Node] | list[Node] | str | None
    place: Place
    """Where the value stands."""
    key_place: Place | None = None
    """Where its key stands, for an entry of a mapping."""

    def at(self, steps: tuple[Any, ...]) -> Node:
        """The node below, following keys and positions as far as they exist."""
        node = self
        for step in steps:
            if isinstance(node.value, dict) and str(step) in node.value:
                node = node.value[str(step)]
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            else:
                break
        return node

    def leaves(self, prefix: str = "") -> Iterator[tuple[str, Place]]:
        """Dotted keys and the places that set them; a list counts as one value."""
        if isinstance(self.value, dict) and self.value:
            for key, child in self.value.items():
                yield from child.leaves(f"{prefix}.{key}" if prefix else key)
        else:
            yield prefix, self.place


def empty(place: Place) -> Node:
    """A mapping with nothing in it."""
    return Node({}, place)


def node_of(value: Any, place: Place) -> Node:
    """A plain Python value as a tree, all of it at one place (overrides)."""
    if isinstance(value, Mapping):
        return Node({str(k): node_of(v, place) for k, v in value.items()}, place)
    if isinstance(value, (list, tuple, range)):
        return Node([node_of(v, place) for v in value], place)
    if value is None:
        return Node(None, place)
    if isinstance(value, bool):
        return Node(cells.TRUTH + str(value).lower(), place)
    if isinstance(value, (int, float, Decimal)):
        return Node(cells.number_cell(str(value)), place)
    text = str(value)
    return Node("\0" + text if any(c in cells.MARKS for c in text) else text, place)
