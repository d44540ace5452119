"""YAML with the line and column of everything: text → :class:`Node`, nothing is executed.

Scalars keep their text: ``0.60`` becomes the decimal 0.60, never a binary float, and ``0071``
stays an id. Duplicate keys, merge keys and tags are findings; aliases are followed, within
limits.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from planner.errors import Place
from planner.interrupts import kept_back
from planner.scenario import cells
from planner.scenario.log import Log
from planner.scenario.tree import Node

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
    return cells.shown(" ".join(text.split()))


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
            return self._mapping(node, place, depth)
        if node.id == "sequence":
            return Node([self.convert(child, depth + 1) for child in node.value], place)
        return Node(self._scalar(node, place), place)

    def _mapping(self, node: Any, place: Place, depth: int) -> Node:
        found: dict[str, Node] = {}
        for key_node, value_node in node.value:
            where = self.place(key_node)
            if key_node.id != "scalar" or str(key_node.tag).endswith(":merge"):
                self.log.error("yaml_key", where)
                continue
            key = unicodedata.normalize("NFC", key_node.value).strip()
            marked = any(c in cells.MARKS for c in key)
            problem = "text_hidden_character" if marked else cells.trouble(key, cells.TEXT_LIMIT)
            if problem:
                self.log.error(problem, where, value=cells.shown(key))
                continue
            if key in found:
                self.log.error("key_twice", where, name=key, first=str(found[key].key_place))
                continue
            found[key] = self.convert(value_node, depth + 1)
            found[key].key_place = where
        return Node(found, place)

    def _scalar(self, node: Any, place: Place) -> str | None:
        text = node.value
        tag = str(node.tag).removeprefix(_TAG)
        if tag == "null":
            return None
        if tag == "bool":
            return cells.TRUTH + text.lower()
        if tag in ("int", "float"):
            digits = text.replace("_", "").lstrip("+-")
            if digits[:1] == "0" and digits[1:2].isdigit():
                return str(text)
            return cells.number_cell(text)
        if tag in ("str", "timestamp", "value"):
            if any(c in cells.MARKS for c in text):
                self.log.error("text_hidden_character", place, value=cells.shown(text))
                return None
            return str(text)
        return None  # its tag was refused before
