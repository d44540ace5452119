"""A tree of settings → :class:`Settings`, or every finding with its line and column.

The tree is walked along the schema: unknown keys are named with the nearest known one, each
cell is read by the kind of its field, and what the models still refuse is said at its place.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from planner.errors import Place
from planner.scenario import contracts
from planner.scenario.contracts import ROWS, TABLES
from planner.scenario.reading import headers, sources, units
from planner.scenario.reading import values as cells
from planner.scenario.reading.body import is_total, like_total
from planner.scenario.reading.headers import Header
from planner.scenario.reading.sources import Log, Node, Sheet, nearest
from planner.scenario.reading.typed_rows import complain_of_header
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
            if _holds_unread(problem.get("input")) and problem["type"] != "missing":
                continue
            code, params = cells.explained(problem)
            steps = tuple(s for s in problem["loc"] if not str(s).startswith(_MEMBERS))
            node = tree.at(steps)
            if problem["type"] == "literal_error" and not isinstance(node.value, str):
                continue
            if any(f.where == node.place and f.severity == "error" for f in log.findings):
                continue
            of_key = steps[-1:] == ("[key]",)
            if problem["type"] == "string_pattern_mismatch" and of_key:
                node = tree.at(steps[:-1])
            if code == "key_missing":
                unsaid = ("function-", "dict[", "[key]")
                shown = (str(s) for s in steps if not str(s).startswith(unsaid))
                params = {"name": ".".join(shown)}
            place = node.key_place if of_key and node.key_place else node.place
            log.error("currency_malformed" if steps == ("currency",) else code, place, **params)
        return None
    return None if failed else settings


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
    core, _, inner = contracts.unwrapped(annotation)
    origin, arguments = typing.get_origin(core), typing.get_args(core)
    if core is Any:
        return node.plain
    if origin in (typing.Union, types.UnionType):
        fitting = [o for o in arguments if _fits(o, node)]
        if fitting:
            return _value(str if str in fitting else fitting[0], (), node, log)
        log.error("value_wrong_kind", node.place, value=_seen(node))
        return NOT_READ
    if isinstance(core, type) and issubclass(core, BaseModel):
        if core is Text and isinstance(node.value, str):
            return {"vi": _cell(str, (), node, log, cells.TEXT_LIMIT, table=True)}
        return _model(core, node, log)
    if origin is dict:
        return _mapping(arguments, node, log)
    if origin not in (list, tuple):
        return _cell(core, metadata + inner, node, log)
    if not isinstance(node.value, list):
        log.error("value_not_list", node.place, value=_seen(node))
        return NOT_READ
    if origin is list or Ellipsis in arguments:
        arguments = (arguments[0],) * len(node.value)
    if len(node.value) != len(arguments):
        log.error("list_length", node.place, count=len(arguments), found=len(node.value))
        return NOT_READ
    return [_value(kind, (), child, log) for kind, child in zip(arguments, node.value, strict=True)]


def _fits(option: Any, node: Node) -> bool:
    """Whether a member of a union is of the node's form."""
    origin = typing.get_origin(option)
    if isinstance(node.value, dict):
        return origin is dict or (isinstance(option, type) and issubclass(option, BaseModel))
    if isinstance(node.value, list):
        return origin is list
    return option in (str, int, bool, Decimal) or origin is typing.Literal


def _mapping(arguments: tuple[Any, ...], node: Node, log: Log) -> Any:
    """A mapping whose keys are of one kind, and so are its cells."""
    if not isinstance(node.value, dict):
        log.error("value_not_mapping", node.place, value=_seen(node))
        return NOT_READ
    found: dict[Any, Any] = {}
    kind, choices = contracts.kind_of(arguments[0])
    for key, child in node.value.items():
        reading = contracts.read_kind(kind, choices, key)
        if kind == "id" and (problem := cells.like_formula(key)):
            reading = cells.Reading(problem=problem)
        if reading.problem:
            known = nearest(key, choices) or ", ".join(choices)
            log.error(reading.problem, child.key_place or child.place, value=key, nearest=known)
        elif child.value is not None:
            found[reading.value] = _value(arguments[1], (), child, log)
    return found


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
    kind, choices = contracts.kind_of(core, metadata)
    if typing.get_origin(core) is typing.Literal and choices == ("1",):
        kind = "int"
    problem = cells.like_formula(node.value) if table or kind == "id" else ""
    if problem := problem or cells.trouble(node.value, limit):
        log.error(problem, node.place, value=_seen(node))
        return NOT_READ
    reading = contracts.read_kind(kind, choices, node.value)
    if reading.problem:
        known = nearest(cells.shown(node.value), choices) or ", ".join(choices)
        log.error(reading.problem, node.place, value=_seen(node), nearest=known)
        return NOT_READ
    if reading.note and reading.note != "read_date_as_text":
        said = reading.value
        said = f"{said:f}" if isinstance(said, Decimal) else str(said)
        log.note(reading.note, node.place, value=_seen(node), read=said)
    return reading.value


def _seen(node: Node) -> str:
    if isinstance(node.value, str):
        return cells.shown(node.value)
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
) -> Settings:
    """The settings in which a year's amount set over ``envelope`` leaves the others what the
    envelope gives; without one they would be lost, which is a finding."""
    funds = dict(settings.funds)
    for name, fund in settings.funds.items():
        if before.at(("funds", name, "amounts")).value != "envelope":
            continue
        start = f"funds.{name}.amounts."
        given = [k for k in overrides if k.startswith(start)]
        if not given or not isinstance(fund.amounts, dict):
            continue
        rest = settings.amounts(fund.model_copy(update={"amounts": "envelope"}))
        funds[name] = fund.model_copy(update={"amounts": rest | fund.amounts})
        missing = [str(y) for y in settings.plan_years if y not in rest | fund.amounts]
        if missing:
            place = Place("--set", key=given[0])
            log.error("set_loses_envelope", place, fund=name, years=", ".join(missing))
    return settings.model_copy(update={"funds": funds})


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
    key: contracts.columns(TABLES[table])[key]
    for table, keys in {"schools": ("group", "level"), "catalogue": ("pillar", "nature")}.items()
    for key in keys
}
"""Columns of closed lists that a selection may name."""
_SELECTABLE = (
    ("schools", ("school", "group", "level", "owner")),
    ("catalogue", ("item", "pillar", "nature")),
    ("request_costs", ("fund", "year", "request")),
)
"""Columns that selections and ``for_each`` may name by the headers' labels."""


_PARTS = ("role", "nature", "amounts", "reserve", "carry_over", "pays_upkeep", "firmness")
_NAMED_ROWS: dict[str, tuple[str, str, dict[str, str]]] = {
    "funds": ("fund", "name", {p: p for p in (*_PARTS, "repair_weight")}),
    "rules": ("rule", "title", {"measure": "measure", "firmness": "firmness", "penalty": "price",
                                "repair_weight": "repair_weight"}),
}  # fmt: skip
"""Sheet → column of the name, of the title, and other columns → keys of the settings."""


def tree(sheets: Mapping[str, Sheet], file: str, log: Log, currency: str = "") -> Node:
    """The settings that a workbook holds; an empty mapping where it holds none.

    Units of money are understood by ``currency``, else by the one that the settings name.
    """
    built = _Built(log)
    for name in ROWS:
        sheet = sheets.get(name)
        if sheet is None or not any(any(c.strip() for c in row) for row in sheet.rows):
            continue
        named = built.root["currency"].value if "currency" in built.root else "VND"
        for row in _rows(name, sheet, log, currency or str(named)):
            if name == "settings":
                steps = _words(row["key"]).split(".")
                if "value" in row:
                    value = valued(row["value"], annotation_at(steps), log)
                    built.put(steps, value, row["key"].place)
            elif name == "fund_amounts":
                built.amount(row)
            else:
                built.named(name, row)
    return Node(built.root, Place(file))


def _rows(name: str, sheet: Sheet, log: Log, currency: str) -> list[Cells]:
    """The filled cells of each row by column, with their places."""
    columns = contracts.columns(ROWS[name])
    header = headers.find(name, sheet, columns, log)
    if header is None:
        return []
    complain_of_header(name, header, columns, sheet, log)
    heads = {c: (sheet.place(header.last_row, *at), *at) for c, at in header.positions.items()}
    in_units: dict[str, units.Scale] = {}
    for column, unit in headers.units_of(name, sheet, header, columns, currency, log).items():
        place, position, text = heads[column]
        below = sheet.rows[header.last_row + 1 :]
        figures = [row[position] for row in below if position < len(row)]
        money = currency if units.measured(name, columns[column]) == units.MONEY else ""
        in_units[column] = units.scaled(columns[column], unit, figures, place, text, log, money)
    # What a row of amounts or of a rule needs; a key of the settings without a value says nothing.
    needed = [
        c
        for c in columns
        if c in heads and columns[c].required and name in ("fund_amounts", "rules")
    ]
    first = next(iter(columns))
    found: list[Cells] = []
    for index in range(header.last_row + 1, len(sheet.rows)):
        filled = _filled(sheet, index, header, in_units, log)
        if not filled:
            continue
        lead = next(iter(filled.values()))
        if is_total(str(lead.value)) or like_total(str(lead.value)):
            log.error("row_is_total", lead.place, value=cells.shown(str(lead.value)))
        elif first not in filled:
            log.error("cell_missing", sheet.place(index, header.positions.get(first, (0, ""))[0]))
        elif lacking := [c for c in needed if c not in filled]:
            for column in lacking:
                log.error("cell_missing", sheet.place(index, *header.positions[column]))
        else:
            found.append(filled)
    for column, scale in in_units.items():
        place, _, text = heads[column]
        scale.say(place, text, log)
    return found


def _filled(
    sheet: Sheet, index: int, header: Header, in_units: Mapping[str, units.Scale], log: Log
) -> Cells:
    """The filled cells of a row, figures in their column's own unit."""
    row, filled = sheet.rows[index], Cells()
    for column, (position, text) in header.positions.items():
        cell = row[position] if position < len(row) else ""
        if not cell.strip():
            continue
        place = sheet.place(index, position, text)
        if problem := cells.trouble(cell):
            log.error(problem, place, value=cells.shown(cell))
            cell = ""
        elif scale := in_units.get(column):
            if problem := scale.read(cell).problem:
                log.error(problem, place, value=cells.shown(cell), nearest="-")
            cell = scale.cell(cell)
        filled[column] = Node(cell, place)
    return filled


def _words(node: Node) -> str:
    return str(cells.words(str(node.value)).value)


class _Built:
    """The settings that the rows of sheets build up."""

    def __init__(self, log: Log) -> None:
        self.root: dict[str, Node] = {}
        self.log = log

    def put(self, steps: Sequence[str], node: Node, where: Place | None = None) -> None:
        """Sets a value under dotted steps; a second value for one key is a finding."""
        level, where = self.root, where or node.place
        for step in steps[:-1]:
            child = level.setdefault(step, Node({}, where, where))
            if not isinstance(child.value, dict):
                self.log.error("key_twice", where, name=".".join(steps), first=str(child.place))
                return
            level = child.value
        if steps[-1] in level:
            first = str(level[steps[-1]].place)
            self.log.error("key_twice", where, name=".".join(steps), first=first)
            return
        node.key_place = where
        level[steps[-1]] = node

    def named(self, sheet: str, row: Cells) -> None:
        """A row of the sheet of funds or of rules."""
        key, title, parts = _NAMED_ROWS[sheet]
        steps = (sheet, _words(row[key]))
        self.put(steps, Node({}, row[key].place))
        for column, part in parts.items():
            if column in row:
                self.put((*steps, part), row[column])
        for column, language in ((title, "vi"), (f"{title}_en", "en")):
            if column in row:
                self.put((*steps, title, language), row[column])
        if "where" in row:
            self.put((*steps, "where"), selection(row["where"], self.log))
        if "for_each" in row:
            keys = _listed(row["for_each"])
            for part_of in keys.value if isinstance(keys.value, list) else []:
                part_of.value = _selectable(str(part_of.value), part_of, self.log)
            self.put((*steps, "for_each"), keys)
        for column in ("at_most", "at_least", "exactly"):
            if column in row:
                bound = row[column]
                if of := row.get("share_of"):
                    share: dict[str, Node] = {"share": bound}
                    text = cells.folded(_words(of))
                    if text == "budget":
                        share["of"] = Node("budget", of.place)
                    elif text not in ("all", "tất cả"):
                        share["of"] = selection(of, self.log)
                    bound = Node(share, bound.place)
                self.put((*steps, column), bound)

    def amount(self, row: Cells) -> None:
        """A row of the sheet of a fund's amounts."""
        for column in ("year", "amount"):
            if column not in row:
                self.log.error("key_missing", row["fund"].place, name=column)
                return
        place, shown = row["year"].place, cells.shown(str(row["year"].value))
        reading = cells.year(str(row["year"].value))
        if reading.problem:
            self.log.error(reading.problem, place, value=shown)
            return
        if reading.note:
            self.log.note(reading.note, place, value=shown, read=str(reading.value))
        name, where = _words(row["fund"]), row["fund"].place
        funds = self.root.setdefault("funds", Node({}, where, where))
        if isinstance(funds.value, dict):
            funds.value.setdefault(name, Node({}, where, where))
        self.put(("funds", name, "amounts", str(reading.value)), row["amount"])


def selection(node: Node, log: Log) -> Node:
    """``group=completed|none; item=pc`` as a mapping; labels of closed lists mean their ids."""
    text = _words(node)
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
        ids = cells.choice_names(_LISTED[key].choices) if key in _LISTED else {}
        several: list[Node] = []
        for said in map(str.strip, value.split("|")):
            meant = ids.get(cells.folded(said), said)
            if meant != said:
                log.note("read_label", node.place, value=cells.shown(said), read=meant)
            several.append(Node(meant, node.place))
        inside = several if len(several) > 1 else several[0].value
        found[key] = Node(inside, node.place, node.place)
    return Node(found, node.place)


def _selectable(key: str, node: Node, log: Log) -> str:
    """The key that a header's label stands for; any other text is a key as it is."""
    found = key
    for table, keys in reversed(_SELECTABLE):
        columns = contracts.columns(TABLES[table])
        found = headers.names_of({k: columns[k] for k in keys}).get(cells.folded(key), found)
    if found != key:
        log.note("read_label", node.place, value=cells.shown(key), read=found)
    return found


def _yaml(text: str, node: Node, log: Log) -> Node:
    parsed = sources.parse(text, node.place.file, Log())
    if parsed is None:
        log.error("value_wrong_kind", node.place, value=cells.shown(text))
        return Node(None, node.place)
    sources.relocated(parsed, node.place)
    return parsed


def _listed(node: Node) -> Node:
    parts = [str(node.value)] if str(node.value)[:1] in cells.MARKS else str(node.value).split(";")
    return Node([Node(p.strip(), node.place) for p in parts if p.strip()], node.place)


def valued(node: Node, annotation: Any, log: Log) -> Node:
    """A cell of the settings sheet as its key takes it."""
    core = contracts.unwrapped(annotation)[0] if annotation is not None else str
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
    if typing.get_origin(contracts.unwrapped(inner)[0]) is tuple and isinstance(listed.value, list):
        for child in listed.value:
            parts = [Node(p.strip(), node.place) for p in str(child.value).split(":")]
            child.value = parts
    return listed


def annotation_at(steps: list[str]) -> Any:
    """The annotation of a dotted settings key; ``None`` where there is no such key."""
    current: Any = Settings
    for step in steps:
        core = contracts.unwrapped(current)[0]
        options = [core]
        if typing.get_origin(core) in (typing.Union, types.UnionType):
            options = [o for o in typing.get_args(core)
                       if typing.get_origin(o) is dict or hasattr(o, "model_fields")]  # fmt: skip
        core = options[0] if options else None
        if isinstance(core, type) and issubclass(core, BaseModel):
            by_name = {i.alias or n: i for n, i in core.model_fields.items()}
            current = by_name[step].annotation if step in by_name else None
        elif typing.get_origin(core) is dict:
            current = typing.get_args(core)[1]
        else:
            return None
    return current
