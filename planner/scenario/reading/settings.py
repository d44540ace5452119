"""A tree of settings → :class:`Settings`, or every finding with its line and column.

The tree is walked along the schema: unknown keys are named with the nearest known one, each
cell is read by the kind of its field, and what the models still refuse is said at its place.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from planner.errors import Place
from planner.scenario import fields
from planner.scenario.contracts import TABLES
from planner.scenario.fields import ROWS
from planner.scenario.reading import headers, scales, values, yaml_tree
from planner.scenario.reading import values as cells
from planner.scenario.reading.body import is_total, like_total
from planner.scenario.reading.sources import Log, Sheet, nearest
from planner.scenario.reading.typed_rows import complain_of_header
from planner.scenario.reading.yaml_tree import Node
from planner.scenario.schema import Settings, Text

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
            found[key] = _cell(str, (), child, log, values.TEXT_LIMIT, table=True)
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
            return {"vi": _cell(str, (), node, log, values.TEXT_LIMIT, table=True)}
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
        if kind == "id" and (problem := values.like_formula(key)):
            reading = values.Reading(problem=problem)
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
    limit: int = values.LONG_TEXT_LIMIT,
    table: bool = False,
) -> Any:
    """A scalar of at most ``limit`` characters, read by the kind of its field; ``table``: a text
    that may stand in a table, and so must not look like a formula."""
    if not isinstance(node.value, str):
        log.error("value_not_scalar", node.place)
        return NOT_READ
    kind, choices = fields.kind_of(core, metadata)
    if (table or kind == "id") and (problem := values.like_formula(node.value)):
        log.error(problem, node.place, value=_seen(node))
        return NOT_READ
    if typing.get_origin(core) is typing.Literal and choices == ("1",):
        kind = "int"
    if problem := values.trouble(node.value, limit):
        log.error(problem, node.place, value=_seen(node))
        return NOT_READ
    reading = fields.read_kind(kind, choices, node.value)
    if reading.problem:
        known = nearest(values.shown(node.value), choices) or ", ".join(choices)
        log.error(reading.problem, node.place, value=_seen(node), nearest=known)
        return NOT_READ
    if reading.note and reading.note != "read_date_as_text":
        log.note(reading.note, node.place, value=_seen(node), read=_plain(reading.value))
    return reading.value


def _plain(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _seen(node: Node) -> str:
    if isinstance(node.value, str):
        return values.shown(node.value)
    if isinstance(node.value, dict):
        return "{…}"
    return "[…]" if isinstance(node.value, list) else ""


# --------------------------------------------------------------------------------------------------
# Names that an override or an amount refers to are declared somewhere: a slip makes no new one.

NAMED = ("funds", "rules")
"""Keys of the settings whose parts go by names of the user's own."""


def names_in(*trees: Node | None) -> dict[str, set[str]]:
    """The names of funds and of rules that the trees hold."""
    found: dict[str, set[str]] = {top: set() for top in NAMED}
    for tree in trees:
        for top in NAMED:
            found[top] |= set(_children(tree, top))
    return found


def overrides_name_what_is_there(
    overrides: Mapping[str, Any], declared: Mapping[str, Collection[str]], file: str, log: Log
) -> bool:
    """A key inside a fund or rule, or one that removes it, names one that exists."""
    sound = True
    for key, value in overrides.items():
        top, _, rest = key.partition(".")
        known = declared.get(top)
        if known is None or not rest or rest in known:
            continue
        removes = value is None or (isinstance(value, str) and value.strip() in ("null", "~"))
        inside = any(rest.startswith(f"{name}.") for name in known)
        if inside or not (removes or "." in rest):
            continue
        sound = False
        given = rest.split(".")[0]
        like = nearest(given, known) or "-"
        log.error("key_unknown", Place(file, key=key), name=f"{top}.{given}", nearest=like)
    return sound


def overrides_keep_the_envelope(
    overrides: Mapping[str, Any], before: Node, settings: Settings, log: Log
) -> None:
    """A year's amount set over ``envelope`` needs the other plan years too: they would be lost."""
    for name, fund in settings.funds.items():
        if before.at(("funds", name, "amounts")).value != "envelope":
            continue
        start = f"funds.{name}.amounts."
        given = [k for k in overrides if k.startswith(start)]
        if not given or not isinstance(fund.amounts, dict):
            continue
        missing = [str(y) for y in settings.plan_years if y not in fund.amounts]
        if missing:
            place = Place("--set", key=given[0])
            log.error("set_loses_envelope", place, fund=name, years=", ".join(missing))


def amounts_of_declared_funds(below: Node, above: Node, amounts: Sheet | None, log: Log) -> None:
    """The sheet of amounts names funds that the sheet of funds or the YAML declares, if any do."""
    if amounts is None:
        return
    funds = _children(below, "funds")
    loose = {
        name: node.key_place
        for name, node in funds.items()
        if node.key_place is not None and node.key_place.sheet == amounts.sheet
    }
    declared = (set(funds) - set(loose)) | names_in(above)["funds"]
    for name, place in loose.items():
        if declared and name not in declared:
            like = nearest(name, declared) or "-"
            log.error("id_unknown", place, name=name, table="funds", nearest=like)


def _children(tree: Node | None, top: str) -> dict[str, Node]:
    """What stands under a key of the settings; nothing where there is no such mapping."""
    inside = tree.value.get(top) if tree is not None and isinstance(tree.value, dict) else None
    return inside.value if inside is not None and isinstance(inside.value, dict) else {}


# --------------------------------------------------------------------------------------------------
# The sheets ``settings``, ``funds``, ``fund_amounts`` and ``rules`` as a tree of settings.
#
# A selection is written ``group=completed|none; item=pc``, a list ``2023; 2025``, tiers
# ``0,5: 2; 1: 1``; what YAML would say in ``[…]`` or ``{…}`` is understood as well.

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
        place = sheet.place(header.last_row, position, text)
        found[column] = scales.of_figures(columns[column], unit, figures, place, text, log)
    return found


def _in_unit(scale: scales.Scale, cell: str, place: Place, log: Log) -> str:
    """A cell in the column's own unit; as it stands after a finding."""
    if problem := scale.read(cell).problem:
        log.error(problem, place, value=cells.shown(cell), nearest="-")
    return scale.cell(cell)


def _plain_sheet_settings(node: Node) -> str:
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
    key = _plain_sheet_settings(row["key"])
    if "value" not in row:
        return
    steps = key.split(".")
    value = valued(row["value"], annotation_at(steps), log)
    _put(root, steps, value, row["key"].place, log)


def _fund(root: dict[str, Node], row: Cells, log: Log) -> None:
    name = _plain_sheet_settings(row["fund"])
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
    name, where = _plain_sheet_settings(row["fund"]), row["fund"].place
    funds = root.setdefault("funds", Node({}, where, where))
    if isinstance(funds.value, dict):
        funds.value.setdefault(name, Node({}, where, where))
    steps = ["funds", name, "amounts", str(reading.value)]
    _put(root, steps, row["amount"], row["amount"].place, log)


def _rule(root: dict[str, Node], row: Cells, log: Log) -> None:
    name = _plain_sheet_settings(row["rule"])
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
    text = _plain_sheet_settings(of)
    parts: dict[str, Node] = {"share": bound}
    if cells.folded(text) == "budget":
        parts["of"] = Node("budget", of.place)
    elif cells.folded(text) not in ("all", "tất cả"):
        parts["of"] = selection(of, log)
    return Node(parts, bound.place)


def selection(node: Node, log: Log) -> Node:
    """``group=completed|none; item=pc`` as a mapping."""
    text = _plain_sheet_settings(node)
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
    parsed = yaml_tree.parse(text, node.place.file, Log())
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
