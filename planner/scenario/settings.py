"""A tree of settings → :class:`Settings`, or every finding with its line and column.

The tree is walked along the schema: unknown keys are named with the nearest known one, each
cell is read by the kind of its field, and what the models still refuse is said at its place.
"""

from __future__ import annotations

import types
import typing
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from planner.scenario import cells, fields
from planner.scenario.log import Log, nearest
from planner.scenario.schema import Settings, Text
from planner.scenario.tree import Node

_MEMBERS = ("literal[", "dict[")
"""How pydantic names the members of a union in the path of a complaint."""
NOT_READ = object()
"""Stands for a value that has its finding already."""


def validated(tree: Node, log: Log) -> Settings | None:
    """The settings of a merged tree; ``None`` after findings."""
    before = len(log.findings)
    if not isinstance(tree.value, dict):
        log.error("yaml_not_mapping", tree.place)
        return None
    plain = _model(Settings, tree, log)
    failed = any(f.severity == "error" for f in log.findings[before:])
    try:
        settings = Settings.model_validate(plain)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            _refused(problem, tree, plain, log)
        return None
    return None if failed else settings


def _refused(problem: Any, tree: Node, plain: Any, log: Log) -> None:
    """A complaint of pydantic as a finding, unless its place has one already."""
    steps = tuple(problem["loc"])
    reached: Any = plain
    for step in steps:
        reached = reached.get(step) if isinstance(reached, dict) else None
    if _holds_unread(problem.get("input")) and problem["type"] != "missing":
        return
    code, params = fields.explained(problem)
    steps = tuple(s for s in steps if not str(s).startswith(_MEMBERS))
    node = tree.at(steps)
    if problem["type"] == "literal_error" and not isinstance(node.value, str):
        return
    if steps == ("currency",):
        code = "currency_malformed"
    key = ".".join(str(s) for s in steps if not str(s).startswith(("function-", "dict[", "[key]")))
    if any(f.where == node.place and f.severity == "error" for f in log.findings):
        return
    if problem["type"] == "string_pattern_mismatch" and steps[-1:] == ("[key]",):
        node = tree.at(steps[:-1])
    place = node.key_place if steps[-1:] == ("[key]",) and node.key_place else node.place
    if code == "key_missing":
        log.error(code, place, name=key)
    else:
        log.error(code, place, **params)


def _holds_unread(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_unread(v) for v in value.values())
    if isinstance(value, (list, tuple)):
        return any(_holds_unread(v) for v in value)
    return value is NOT_READ


def _model(model: type[BaseModel], node: Node, log: Log) -> Any:
    """A mapping read by the fields of ``model``."""
    if not isinstance(node.value, dict):
        log.error("value_not_mapping", node.place, value=_seen(node))
        return NOT_READ
    known = {info.alias or name: info for name, info in model.model_fields.items()}
    found: dict[str, Any] = {}
    for key, child in node.value.items():
        if key not in known:
            place = child.key_place or child.place
            log.error("key_unknown", place, name=key, nearest=nearest(key, known) or "-")
            continue
        info = known[key]
        if child.value is None:
            continue
        if model is Text:
            found[key] = _cell(str, (), child, log, cells.TEXT_LIMIT, table=True)
        else:
            found[key] = _value(info.annotation, tuple(info.metadata), child, log)
    return found


def _value(annotation: Any, metadata: tuple[Any, ...], node: Node, log: Log) -> Any:
    """A node read by an annotation."""
    core, _, inner = fields.unwrapped(annotation)
    metadata += inner
    origin = typing.get_origin(core)
    arguments = typing.get_args(core)
    if origin in (typing.Union, types.UnionType):
        return _union(arguments, node, log)
    if isinstance(core, type) and issubclass(core, BaseModel):
        if core is Text and isinstance(node.value, str):
            return {"vi": _cell(str, (), node, log, cells.TEXT_LIMIT, table=True)}
        return _model(core, node, log)
    if origin is dict:
        return _mapping(arguments, node, log)
    if origin in (list, tuple):
        return _list(arguments, node, log, pair=origin is tuple and Ellipsis not in arguments)
    return _cell(core, metadata, node, log)


def _union(options: tuple[Any, ...], node: Node, log: Log) -> Any:
    """The member of a union that fits the node's form."""
    if isinstance(node.value, dict):
        models = [o for o in options if isinstance(o, type) and issubclass(o, BaseModel)]
        mappings = [o for o in options if typing.get_origin(o) is dict]
        return (
            _value((models + mappings)[0], (), node, log) if models + mappings else _odd(node, log)
        )
    lists = [o for o in options if typing.get_origin(o) is list]
    if isinstance(node.value, list):
        return _value(lists[0], (), node, log) if lists else _odd(node, log)
    plain = [
        o
        for o in options
        if o in (str, int, bool, Decimal) or typing.get_origin(o) is typing.Literal
    ]
    if str in plain:
        return _cell(str, (), node, log)
    return _cell(plain[0], (), node, log) if plain else _odd(node, log)


def _odd(node: Node, log: Log) -> Any:
    log.error("value_wrong_kind", node.place, value=_seen(node))
    return NOT_READ


def _mapping(arguments: tuple[Any, ...], node: Node, log: Log) -> Any:
    if not isinstance(node.value, dict):
        log.error("value_not_mapping", node.place, value=_seen(node))
        return NOT_READ
    found: dict[Any, Any] = {}
    kind, choices = fields.kind_of(arguments[0])
    for key, child in node.value.items():
        place = child.key_place or child.place
        reading = fields.read_kind(kind, choices, key)
        if kind == "id" and (problem := cells.like_formula(key)):
            reading = cells.Reading(problem=problem)
        if reading.problem:
            known = nearest(key, choices) or ", ".join(choices)
            log.error(reading.problem, place, value=key, nearest=known)
        elif child.value is not None:
            found[reading.value] = _value(arguments[1], (), child, log)
    return found


def _list(arguments: tuple[Any, ...], node: Node, log: Log, pair: bool) -> Any:
    if not isinstance(node.value, list):
        log.error("value_not_list", node.place, value=_seen(node))
        return NOT_READ
    if pair and len(node.value) != len(arguments):
        log.error("list_length", node.place, count=len(arguments), found=len(node.value))
        return NOT_READ
    kinds = arguments if pair else (arguments[0],) * len(node.value)
    return [_value(kind, (), child, log) for kind, child in zip(kinds, node.value, strict=True)]


def _cell(
    core: Any,
    metadata: tuple[Any, ...],
    node: Node,
    log: Log,
    limit: int = cells.LONG_TEXT_LIMIT,
    table: bool = False,
) -> Any:
    """A scalar of at most ``limit`` characters, read by the kind of its field; ``table``: a text
    that may stand in a table, and so must not look like a formula."""
    if not isinstance(node.value, str):
        log.error("value_not_scalar", node.place)
        return NOT_READ
    kind, choices = fields.kind_of(core, metadata)
    if (table or kind == "id") and (problem := cells.like_formula(node.value)):
        log.error(problem, node.place, value=_seen(node))
        return NOT_READ
    if typing.get_origin(core) is typing.Literal and choices == ("1",):
        kind = "int"
    if problem := cells.trouble(node.value, limit):
        log.error(problem, node.place, value=_seen(node))
        return NOT_READ
    reading = fields.read_kind(kind, choices, node.value)
    if reading.problem:
        known = nearest(cells.shown(node.value), choices) or ", ".join(choices)
        log.error(reading.problem, node.place, value=_seen(node), nearest=known)
        return NOT_READ
    if reading.note and reading.note != "read_date_as_text":
        log.note(reading.note, node.place, value=_seen(node), read=_plain(reading.value))
    return reading.value


def _plain(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _seen(node: Node) -> str:
    if isinstance(node.value, str):
        return cells.shown(node.value)
    if isinstance(node.value, dict):
        return "{…}"
    return "[…]" if isinstance(node.value, list) else ""
