"""The sheets ``settings``, ``funds``, ``fund_amounts`` and ``rules`` as a tree of settings.

A selection is written ``group=completed|none; item=pc``, a list ``2023; 2025``, tiers
``0,5: 2; 1: 1``; what YAML would say in ``[…]`` or ``{…}`` is understood as well.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from planner.errors import Place
from planner.scenario import cells, fields, headers, scales, yamlfile
from planner.scenario.contracts import TABLES
from planner.scenario.grid import Sheet
from planner.scenario.log import Log
from planner.scenario.schema import Settings, Text
from planner.scenario.sheet_rows import ROWS
from planner.scenario.subtotals import is_total, like_total
from planner.scenario.tree import Node

Cells = dict[str, Node]
_LISTED = {
    key: fields.columns(TABLES[table])[key]
    for table, key in (
        ("schools", "group"),
        ("schools", "level"),
        ("catalogue", "pillar"),
        ("catalogue", "nature"),
    )
}
"""Columns of closed lists that a selection may name."""
_SELECTABLE = (
    ("schools", ("school", "group", "level", "owner")),
    ("catalogue", ("item", "pillar", "nature")),
    ("request_costs", ("fund", "year", "request")),
)
"""Columns that selections and ``for_each`` may name by the headers' labels."""


def tree(sheets: Mapping[str, Sheet], file: str, log: Log, currency: str = "") -> Node:
    """The settings that a workbook holds; an empty mapping where it holds none.

    Units of money are understood by ``currency``, else by the one that the settings name.
    """
    root: dict[str, Node] = {}
    builders: dict[str, Callable[[dict[str, Node], Cells, Log], None]] = {
        "settings": _setting,
        "funds": _fund,
        "fund_amounts": _amount,
        "rules": _rule,
    }
    for name, build in builders.items():
        sheet = sheets.get(name)
        if sheet is None or not any(any(c.strip() for c in row) for row in sheet.rows):
            continue
        named = root["currency"].value if "currency" in root else "VND"
        for row in _rows(name, sheet, log, currency or str(named)):
            build(root, row, log)
    return Node(root, Place(file))


def _rows(name: str, sheet: Sheet, log: Log, currency: str) -> list[Cells]:
    """The filled cells of each row by column, with their places."""
    columns = fields.columns(ROWS[name])
    header = headers.find(name, sheet, columns, log)
    if header is None:
        return []
    from planner.scenario.tables import complain_of_header

    complain_of_header(name, header, columns, sheet, log)
    found: list[Cells] = []
    in_units = _scales(name, sheet, header, columns, currency, log)
    for index in range(header.last_row + 1, len(sheet.rows)):
        row = sheet.rows[index]
        filled: Cells = {}
        for column, (position, text) in header.positions.items():
            cell = row[position] if position < len(row) else ""
            if cell.strip():
                place = sheet.place(index, position, text)
                problem = cells.trouble(cell)
                if problem:
                    log.error(problem, place, value=cells.shown(cell))
                elif column in in_units:
                    cell = _in_unit(in_units[column], cell, place, log)
                filled[column] = Node("" if problem else cell, place)
        first = next(iter(columns))
        lead = next(iter(filled.values()), None)
        said = "" if lead is None else str(lead.value)
        if lead is not None and (is_total(said) or like_total(said)):
            log.error("row_is_total", lead.place, value=cells.shown(said))
        elif filled and first not in filled:
            log.error("cell_missing", sheet.place(index, header.positions.get(first, (0, ""))[0]))
        elif lacking := _lacking(name, header, columns, filled):
            for position, text in lacking:
                log.error("cell_missing", sheet.place(index, position, text))
        elif filled:
            found.append(filled)
    for column, scale in in_units.items():
        position, text = header.positions[column]
        scales.say(scale, sheet.place(header.last_row, position, text), text, log)
    return found


def _lacking(
    name: str, header: headers.Header, columns: Mapping[str, fields.Column], filled: Cells
) -> list[tuple[int, str]]:
    """The columns that a row of funds' amounts or of a rule needs and leaves empty; a key of the
    settings without a value says nothing."""
    if not filled or name not in ("fund_amounts", "rules"):
        return []
    needed = [n for n, c in columns.items() if c.required and n in header.positions]
    return [header.positions[n] for n in needed if n not in filled]


def _scales(
    name: str,
    sheet: Sheet,
    header: headers.Header,
    columns: dict[str, fields.Column],
    currency: str,
    log: Log,
) -> dict[str, scales.Scale]:
    """Column → how its figures are read, where they are in a unit of their own."""
    found: dict[str, scales.Scale] = {}
    for column, unit in scales.of_sheet(name, sheet, header, columns, currency, log).items():
        position, text = header.positions[column]
        below = sheet.rows[header.last_row + 1 :]
        figures = [row[position] for row in below if position < len(row)]
        if scales.doubtful(unit, figures):
            place = sheet.place(header.last_row, position, text)
            log.error("unit_percent_doubtful", place, name=text, unit=unit.text)
        found[column] = scales.Scale(columns[column], unit, figures)
    return found


def _in_unit(scale: scales.Scale, cell: str, place: Place, log: Log) -> str:
    """A cell in the column's own unit; as it stands after a finding."""
    if problem := scale.read(cell).problem:
        log.error(problem, place, value=cells.shown(cell), nearest="-")
    return scale.cell(cell)


def _plain(node: Node) -> str:
    return str(cells.words(str(node.value)).value)


def _put(root: dict[str, Node], steps: list[str], node: Node, where: Place, log: Log) -> None:
    """Set a value under dotted steps; a second value for one key is a finding."""
    level = root
    for step in steps[:-1]:
        child = level.setdefault(step, Node({}, where, where))
        if not isinstance(child.value, dict):
            log.error("key_twice", where, name=".".join(steps), first=str(child.place))
            return
        level = child.value
    if steps[-1] in level:
        log.error("key_twice", where, name=".".join(steps), first=str(level[steps[-1]].place))
        return
    node.key_place = where
    level[steps[-1]] = node


def _setting(root: dict[str, Node], row: Cells, log: Log) -> None:
    key = _plain(row["key"])
    if "value" not in row:
        return
    steps = key.split(".")
    value = valued(row["value"], annotation_at(steps), log)
    _put(root, steps, value, row["key"].place, log)


def _fund(root: dict[str, Node], row: Cells, log: Log) -> None:
    name = _plain(row["fund"])
    where = row["fund"].place
    _put(root, ["funds", name], Node({}, where), where, log)
    for column in (
        "role",
        "nature",
        "amounts",
        "reserve",
        "carry_over",
        "pays_upkeep",
        "firmness",
        "repair_weight",
    ):
        if column in row:
            _put(root, ["funds", name, column], row[column], row[column].place, log)
    _texts(root, ["funds", name, "name"], row, ("name", "name_en"), log)
    if "where" in row:
        _put(root, ["funds", name, "where"], selection(row["where"], log), row["where"].place, log)


def _texts(
    root: dict[str, Node], steps: list[str], row: Cells, names: tuple[str, str], log: Log
) -> None:
    for column, language in zip(names, ("vi", "en"), strict=True):
        if column in row:
            _put(root, [*steps, language], row[column], row[column].place, log)


def _amount(root: dict[str, Node], row: Cells, log: Log) -> None:
    if "year" not in row or "amount" not in row:
        missing = "year" if "year" not in row else "amount"
        log.error("key_missing", row["fund"].place, name=missing)
        return
    reading = cells.year(str(row["year"].value))
    if reading.problem:
        log.error(reading.problem, row["year"].place, value=cells.shown(str(row["year"].value)))
        return
    if reading.note:
        log.note(
            reading.note,
            row["year"].place,
            value=cells.shown(str(row["year"].value)),
            read=str(reading.value),
        )
    name, where = _plain(row["fund"]), row["fund"].place
    funds = root.setdefault("funds", Node({}, where, where))
    if isinstance(funds.value, dict):
        funds.value.setdefault(name, Node({}, where, where))
    steps = ["funds", name, "amounts", str(reading.value)]
    _put(root, steps, row["amount"], row["amount"].place, log)


def _rule(root: dict[str, Node], row: Cells, log: Log) -> None:
    name = _plain(row["rule"])
    where = row["rule"].place
    _put(root, ["rules", name], Node({}, where), where, log)
    for column, key in (
        ("measure", "measure"),
        ("firmness", "firmness"),
        ("penalty", "price"),
        ("repair_weight", "repair_weight"),
    ):
        if column in row:
            _put(root, ["rules", name, key], row[column], row[column].place, log)
    _texts(root, ["rules", name, "title"], row, ("title", "title_en"), log)
    if "where" in row:
        _put(root, ["rules", name, "where"], selection(row["where"], log), row["where"].place, log)
    if "for_each" in row:
        keys = _listed(row["for_each"])
        for part in keys.value if isinstance(keys.value, list) else []:
            part.value = _selectable(str(part.value), part, log)
        _put(root, ["rules", name, "for_each"], keys, row["for_each"].place, log)
    for bound in ("at_most", "at_least", "exactly"):
        if bound in row:
            node = _bound(row[bound], row.get("share_of"), log)
            _put(root, ["rules", name, bound], node, row[bound].place, log)


def _bound(bound: Node, of: Node | None, log: Log) -> Node:
    """A bound, or a share of what the column ``share_of`` names."""
    if of is None:
        return bound
    text = _plain(of)
    parts: dict[str, Node] = {"share": bound}
    if cells.folded(text) == "budget":
        parts["of"] = Node("budget", of.place)
    elif cells.folded(text) not in ("all", "tất cả"):
        parts["of"] = selection(of, log)
    return Node(parts, bound.place)


def selection(node: Node, log: Log) -> Node:
    """``group=completed|none; item=pc`` as a mapping."""
    text = _plain(node)
    if text.startswith("{"):
        return _yaml(text, node, log)
    found: dict[str, Node] = {}
    for part in text.split(";"):
        key, mark, value = (p.strip() for p in part.partition("="))
        if not part.strip():
            continue
        if not mark or not key or not value:
            log.error("selection_unreadable", node.place, value=cells.shown(part))
            continue
        key = _selectable(key, node, log)
        values = [Node(_listed_id(key, v.strip(), node, log), node.place) for v in value.split("|")]
        found[key] = (
            Node(values, node.place, node.place)
            if len(values) > 1
            else Node(values[0].value, node.place, node.place)
        )
    return Node(found, node.place)


def _selectable(key: str, node: Node, log: Log) -> str:
    """The key that a header's label stands for; any other text is a key as it is."""
    found = _selectable_names().get(cells.folded(key), key)
    if found != key:
        log.note("read_label", node.place, value=cells.shown(key), read=found)
    return found


@cache
def _selectable_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for table, keys in _SELECTABLE:
        columns = fields.columns(TABLES[table])
        for label, name in headers.names_of({k: columns[k] for k in keys}).items():
            names.setdefault(label, name)
    return names


def _listed_id(key: str, text: str, node: Node, log: Log) -> str:
    """The id that a label of a closed list stands for, as the drop-downs show it."""
    column = _LISTED.get(key)
    found = fields.choice_names(column.choices).get(cells.folded(text)) if column else None
    if found is None or found == text:
        return text
    log.note("read_label", node.place, value=cells.shown(text), read=found)
    return found


def _yaml(text: str, node: Node, log: Log) -> Node:
    parsed = yamlfile.parse(text, node.place.file, Log())
    if parsed is None:
        log.error("value_wrong_kind", node.place, value=cells.shown(text))
        return Node(None, node.place)
    relocated(parsed, node.place)
    return parsed


def relocated(node: Node, place: Place) -> None:
    """Say of a whole tree that it stands at ``place``."""
    node.place = place
    if node.key_place is not None:
        node.key_place = place
    if isinstance(node.value, dict):
        for child in node.value.values():
            relocated(child, place)
    elif isinstance(node.value, list):
        for child in node.value:
            relocated(child, place)


def _listed(node: Node) -> Node:
    parts = [str(node.value)] if str(node.value)[:1] in cells.MARKS else str(node.value).split(";")
    return Node([Node(p.strip(), node.place) for p in parts if p.strip()], node.place)


def valued(node: Node, annotation: Any, log: Log) -> Node:
    """A cell of the settings sheet as its key takes it."""
    core = fields.unwrapped(annotation)[0] if annotation is not None else str
    text = str(node.value)
    many = typing.get_origin(core) in (list, tuple)
    grouped = typing.get_origin(core) in (dict, typing.Union, types.UnionType) or (
        isinstance(core, type) and issubclass(core, BaseModel) and core is not Text
    )
    if (many and text.startswith("[")) or (grouped and text.startswith(("[", "{"))):
        return _yaml(text, node, log)
    if not many:
        return node
    listed = _listed(node)
    inner = typing.get_args(core)[0]
    if typing.get_origin(fields.unwrapped(inner)[0]) is tuple and isinstance(listed.value, list):
        for child in listed.value:
            parts = [Node(p.strip(), node.place) for p in str(child.value).split(":")]
            child.value = parts
    return listed


def annotation_at(steps: list[str]) -> Any:
    """The annotation of a dotted settings key; ``None`` where there is no such key."""
    current: Any = Settings
    for step in steps:
        core = fields.unwrapped(current)[0]
        if typing.get_origin(core) in (typing.Union, types.UnionType):
            options = [
                a
                for a in typing.get_args(core)
                if typing.get_origin(a) is dict or hasattr(a, "model_fields")
            ]
            core = options[0] if options else None
        if isinstance(core, type) and issubclass(core, BaseModel):
            by_name = {i.alias or n: i for n, i in core.model_fields.items()}
            current = by_name[step].annotation if step in by_name else None
        elif typing.get_origin(core) is dict:
            current = typing.get_args(core)[1]
        else:
            return None
    return current
