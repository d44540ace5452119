"""YAML with the line and column of everything: text → :class:`Node`, nothing is executed.

Scalars keep their text: ``0.60`` becomes the decimal 0.60, never a binary float, and ``0071``
stays an id. Duplicate keys, merge keys and tags are findings; aliases are followed, within
limits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from planner.errors import Place
from planner.scenario.reading import values
from planner.scenario.reading.sources import Folder, Log, decoded
from planner.system.interrupts import kept_back

# --------------------------------------------------------------------------------------------------
# Settings before they are typed: a tree of mappings, lists and cells that know their place.


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
        return Node(values.TRUTH + str(value).lower(), place)
    if isinstance(value, (int, float, Decimal)):
        return Node(values.number_cell(str(value)), place)
    text = str(value)
    return Node("\0" + text if any(c in values.MARKS for c in text) else text, place)


NODES_LIMIT = 200_000
"""Values in a YAML file, aliases expanded."""
ENDS_LIMIT = 15_000
"""Line ends and commas in a YAML file: what is longer takes seconds to parse."""
_ENDS = ("\n", ",")
DEPTH_LIMIT = 30
"""Levels of nesting."""
_TAG = "tag:yaml.org,2002:"
_DEEP = re.compile(r"[\[{]\s*" * 60)


class _TooMuchError(Exception):
    """The tree is larger or deeper than a scenario can be."""


def parse(text: str, file: str, log: Log) -> Node | None:
    """The tree of a YAML text; ``None`` after a finding."""
    with kept_back():  # it catches everything around an import of its own
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if _DEEP.search(text) or sum(map(text.count, _ENDS)) > ENDS_LIMIT:
        log.error("yaml_too_large", Place(file))
        return None
    try:
        reader = YAML(typ="rt", pure=True)
        root = reader.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, "", mark.line + 1, str(mark.column + 1)) if mark else Place(file)
        log.error("yaml_syntax", place, problem=_short(error.problem or error.context or ""))
        return None
    except RecursionError:
        log.error("yaml_too_large", Place(file))
        return None
    except (YAMLError, ValueError, AttributeError, TypeError, IndexError, KeyError) as error:
        log.error("yaml_syntax", Place(file), problem=_short(str(error) or type(error).__name__))
        return None
    if root is None:
        log.error("yaml_empty", Place(file))
        return None
    if "!" in text:
        _refuse_tags(text, file, log)
    try:
        return _Converter(file, log).convert(root, 0)
    except (_TooMuchError, RecursionError):
        log.error("yaml_too_large", Place(file))
        return None


def _refuse_tags(text: str, file: str, log: Log) -> None:
    """A finding for every tag: they ask for what a scenario does not have, and composing leaves
    no trace of those on mappings, lists and plain values."""
    from ruamel.yaml import YAML
    from ruamel.yaml.tokens import TagToken

    for token in YAML(typ="rt", pure=True).scan(text):
        if isinstance(token, TagToken):
            start, end = token.start_mark, token.end_mark
            place = Place(file, "", start.line + 1, str(start.column + 1))
            said = text[start.index : end.index].strip() or "!"
            log.error("yaml_tag", place, tag=_short(said))


def _short(text: str) -> str:
    return values.shown(" ".join(text.split()))


class _Converter:
    """Turns ruamel's nodes into ours, counting."""

    def __init__(self, file: str, log: Log) -> None:
        self.file = file
        self.log = log
        self.count = 0

    def place(self, node: Any) -> Place:
        mark = node.start_mark
        return Place(self.file, "", mark.line + 1, str(mark.column + 1))

    def convert(self, node: Any, depth: int) -> Node:
        self.count += 1
        if self.count > NODES_LIMIT or depth > DEPTH_LIMIT:
            raise _TooMuchError
        place = self.place(node)
        if node.id == "mapping":
            found: dict[str, Node] = {}
            for key_node, value_node in node.value:
                where = self.place(key_node)
                if key_node.id != "scalar" or str(key_node.tag).endswith(":merge"):
                    self.log.error("yaml_key", where)
                    continue
                key = unicodedata.normalize("NFC", key_node.value).strip()
                marked = any(c in values.MARKS for c in key)
                problem = (
                    "text_hidden_character" if marked else values.trouble(key, values.TEXT_LIMIT)
                )
                if problem:
                    self.log.error(problem, where, value=values.shown(key))
                    continue
                if key in found:
                    self.log.error("key_twice", where, name=key, first=str(found[key].key_place))
                    continue
                found[key] = self.convert(value_node, depth + 1)
                found[key].key_place = where
            return Node(found, place)
        if node.id == "sequence":
            return Node([self.convert(child, depth + 1) for child in node.value], place)
        return Node(self._scalar(node, place), place)

    def _scalar(self, node: Any, place: Place) -> str | None:
        text = node.value
        tag = str(node.tag).removeprefix(_TAG)
        if tag == "null":
            return None
        if tag == "bool":
            return values.TRUTH + text.lower()
        if tag in ("int", "float"):
            digits = text.replace("_", "").lstrip("+-")
            if digits[:1] == "0" and digits[1:2].isdigit():
                return str(text)
            return values.number_cell(text)
        if tag in ("str", "timestamp", "value"):
            if any(c in values.MARKS for c in text):
                self.log.error("text_hidden_character", place, value=values.shown(text))
                return None
            return str(text)
        return None  # its tag was refused before


# --------------------------------------------------------------------------------------------------
# Layers of settings: ``extends``, overrides, and who set what.
#
# Mappings merge by key, lists and scalars replace, ``null`` removes. A layer may be another file
# of the scenario's folder; cycles are findings.

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
    tree = parse(text, name, log)
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
    node = parse(value, "--set", own)
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
