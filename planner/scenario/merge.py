"""Layers of settings: ``extends``, overrides, and who set what.

Mappings merge by key, lists and scalars replace, ``null`` removes. A layer may be another file
of the scenario's folder; cycles are findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from planner.errors import Place
from planner.scenario import yamlfile
from planner.scenario.decoding import decoded
from planner.scenario.files import Folder
from planner.scenario.log import Log
from planner.scenario.tree import Node, empty, node_of

CHAIN_LIMIT = 20
"""Files that may extend one another in a row."""


def layers(name: str, folder: Folder, log: Log) -> Node | None:
    """The file ``name`` merged over everything it extends; ``None`` after a finding."""
    chain: list[Node] = []
    seen: list[str] = []
    where = Place(name)
    current: str | None = name
    while current is not None:
        if current in seen:
            log.error("extends_cycle", where, chain=" → ".join([*seen, current]))
            return None
        if len(seen) >= CHAIN_LIMIT:
            log.error("extends_too_long", where, limit=CHAIN_LIMIT)
            return None
        seen.append(current)
        tree = _file(current, where, folder, log)
        if tree is None or not isinstance(tree.value, dict):
            return None
        parent = tree.value.pop("extends", None)
        chain.append(tree)
        where = parent.place if parent is not None else where
        current, failed = _parent(parent, current, folder, log)
        if failed:
            return None
    merged = chain.pop()
    while chain:
        merged = over(merged, chain.pop())
    return merged


def _parent(node: Node | None, base: str, folder: Folder, log: Log) -> tuple[str | None, bool]:
    """The file that is extended, and whether naming it failed."""
    if node is None or node.value is None:
        return None, False
    if not isinstance(node.value, str):
        log.error("value_not_scalar", node.place)
        return None, True
    located = folder.locate(node.value, base, node.place)
    return located, located is None


def _file(name: str, where: Place, folder: Folder, log: Log) -> Node | None:
    data = folder.read(name, where)
    if data is None:
        return None
    text = decoded(data, name, log)
    if text is None:
        return None
    tree = yamlfile.parse(text, name, log)
    if tree is not None and not isinstance(tree.value, dict):
        log.error("yaml_not_mapping", tree.place)
        return None
    if tree is not None:
        _locate_data(tree, name, folder, log)
    return tree


def _locate_data(tree: Node, base: str, folder: Folder, log: Log) -> None:
    """Make the paths under ``data`` relative to the folder, whichever file wrote them."""
    data = tree.value.get("data") if isinstance(tree.value, dict) else None
    if data is None or not isinstance(data.value, dict):
        return
    for key, node in list(data.value.items()):
        if isinstance(node.value, str):
            located = folder.locate(node.value, base, node.place)
            if located is None:
                folder.refused.add(key)
                del data.value[key]
            else:
                node.value = located


def over(below: Node, above: Node) -> Node:
    """``above`` merged over ``below``."""
    if not isinstance(below.value, dict) or not isinstance(above.value, dict):
        return above
    merged = dict(below.value)
    for key, child in above.value.items():
        merged[key] = over(merged[key], child) if key in merged else child
    return Node(merged, above.place, above.key_place)


def pruned(node: Node) -> Node:
    """The tree without what ``null`` removed."""
    if isinstance(node.value, dict):
        kept = {k: pruned(v) for k, v in node.value.items() if v.value is not None}
        return Node(kept, node.place, node.key_place)
    return node


def overridden(tree: Node, overrides: Mapping[str, Any], folder: Folder, log: Log) -> Node:
    """``tree`` with dotted keys set; a text value is read as YAML (as with ``--set``)."""
    for dotted, value in overrides.items():
        place = Place("--set", key=dotted)
        if not isinstance(value, str):
            node: Node | None = node_of(value, place)
        elif value.strip() == "":
            node = Node("", place)
        else:
            node = _read(value, place, log)
        if node is None:
            continue
        _relocate(node, place)
        steps = _steps(tree, dotted)
        if not all(steps):
            log.error("key_unknown", place, name=dotted, nearest="-")
            continue
        for step in reversed(steps):
            node = Node({step: node}, place, place)
        _locate_data(node, "", folder, log)
        tree = over(tree, node)
    return tree


def _read(value: str, place: Place, log: Log) -> Node | None:
    """A text as YAML; what cannot be read is said of its key, and ``#`` begins no comment."""
    if value.lstrip().startswith("#"):
        return Node(value.strip(), place)
    own = Log()
    node = yamlfile.parse(value, "--set", own)
    log.findings += [replace(f, where=place) for f in own.findings]
    return node


def _relocate(node: Node, place: Place) -> None:
    """Say of every part of an override that ``--set`` wrote it."""
    node.place = place
    if node.key_place is not None:
        node.key_place = place
    children = node.value.values() if isinstance(node.value, dict) else node.value
    if isinstance(children, str) or children is None:
        return
    for child in children:
        _relocate(child, place)


def _steps(tree: Node, dotted: str) -> list[str]:
    """The keys of a dotted path; an id that holds dots is recognised where it exists."""
    parts, steps, node = dotted.split("."), [], tree
    while parts:
        count = 1
        if isinstance(node.value, dict):
            for size in range(len(parts), 0, -1):
                if ".".join(parts[:size]) in node.value:
                    count = size
                    break
        step = ".".join(parts[:count])
        steps.append(step)
        parts = parts[count:]
        node = (
            node.value[step]
            if isinstance(node.value, dict) and step in node.value
            else empty(node.place)
        )
    return steps


def origins(tree: Node) -> dict[str, str]:
    """Dotted key → the place that set it."""
    return {key: str(place) for key, place in tree.leaves() if key}
