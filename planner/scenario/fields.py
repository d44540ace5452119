"""What the models of the contracts ask of one value: its kind, its bounds, its default.

Derived from the pydantic annotations, once a model; the table readers, the settings reader,
the workbook template and the reference page all look here.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic import StringConstraints, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from planner.messages import sentences, spellings
from planner.scenario.reading import values
from planner.scenario.schema import Frozen

SHORT_TEXTS = ("name", "name_en", "title", "unit", "criterion")
"""Text columns that stand in headings and table cells; shorter than other text."""
_WRONG = {
    "greater_than_equal": ("value_below", "ge"),
    "greater_than": ("value_not_above", "gt"),
    "less_than_equal": ("value_above", "le"),
    "less_than": ("value_not_below", "lt"),
}


@dataclass(frozen=True)
class Column:
    """One column of a table, or one leaf of the settings."""

    name: str
    """Field of the model."""
    header: str
    """Header in a file: the alias where the field has one."""
    kind: str
    """``int`` ``year`` ``decimal`` ``ratio`` ``text`` ``id`` ``bool`` ``choice`` ``list``."""
    element: str
    """Kind of a list's elements."""
    choices: tuple[str, ...]
    """Closed list, for ``choice`` and lists of choices."""
    required: bool
    optional: bool
    """Whether the value may be missing (``None``)."""
    default: Any
    doc: str
    annotation: Any


def unwrapped(annotation: Any) -> tuple[Any, bool, tuple[Any, ...]]:
    """An annotation without ``Annotated`` and ``| None``: core, optional, metadata."""
    optional, metadata = False, ()
    while True:
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            annotation, *extra = typing.get_args(annotation)
            metadata += tuple(extra)
        elif origin in (typing.Union, types.UnionType):
            kinds = [a for a in typing.get_args(annotation) if a is not type(None)]
            if len(kinds) > 1:
                return annotation, optional, metadata
            optional, annotation = True, kinds[0]
        else:
            return annotation, optional, metadata


def bounds(metadata: tuple[Any, ...]) -> dict[str, Any]:
    """Bounds (``ge``, ``gt``, ``le``, ``lt``) in an annotation's metadata."""
    found: dict[str, Any] = {}
    for part in metadata:
        inner = part.metadata if isinstance(part, FieldInfo) else [part]
        for constraint in inner:
            for name in ("ge", "gt", "le", "lt"):
                if getattr(constraint, name, None) is not None:
                    found[name] = getattr(constraint, name)
    return found


def kind_of(annotation: Any, extra: tuple[Any, ...] = ()) -> tuple[str, tuple[str, ...]]:
    """The kind of a plain value and its closed list, if it has one."""
    core, _, metadata = unwrapped(annotation)
    metadata += extra
    limits = bounds(metadata)
    if typing.get_origin(core) is typing.Literal:
        return "choice", tuple(str(a) for a in typing.get_args(core))
    if core is int:
        return ("year" if limits.get("ge") == 1900 else "int"), ()
    if core is Decimal:
        upper = limits.get("le", limits.get("lt"))
        return ("ratio" if upper is not None and upper <= 10 else "decimal"), ()
    if core is bool:
        return "bool", ()
    is_id = any(isinstance(m, StringConstraints) and m.pattern for m in metadata)
    return ("id" if is_id else "text"), ()


@cache
def columns(model: type[Frozen]) -> dict[str, Column]:
    """The columns of a table's contract by field name, in order."""
    found = {}
    for name, info in model.model_fields.items():
        core, optional, _ = unwrapped(info.annotation)
        element = ""
        choices: tuple[str, ...] = ()
        if typing.get_origin(core) is tuple:
            kind = "list"
            element, choices = kind_of(typing.get_args(core)[0])
        else:
            kind, choices = kind_of(info.annotation, tuple(info.metadata))
        whole: Any = info.annotation
        for constraint in info.metadata:
            whole = typing.Annotated[whole, constraint]
        found[name] = Column(
            name=name,
            header=info.alias or name,
            kind=kind,
            element=element,
            choices=choices,
            required=info.is_required(),
            optional=optional,
            default=None if info.is_required() else info.get_default(call_default_factory=True),
            doc=" ".join((info.description or "").split()),
            annotation=whole,
        )
    return found


def label_like(column: Column, spoken: Iterable[str]) -> str:
    """What to call a column beside headers that are no ids but ``spoken``: its Vietnamese or
    English label; its id where there are none."""
    texts = [values.folded(t) for t in spoken]
    if not texts:
        return column.header
    pair = sentences()[f"column.{column.header}"]
    return pair.en if all(t.isascii() for t in texts) else pair.vi


@cache
def choice_names(choices: tuple[str, ...]) -> dict[str, str]:
    """Folded ids and labels of a closed list → its ids."""
    names: dict[str, str] = {}
    for choice in choices:
        for label in (choice, *spellings(f"value.{choice}")):
            names.setdefault(values.folded(label), choice)
    return names


def read(column: Column, cell: str) -> values.Reading:
    """What a non-empty cell says in this column, before its bounds are checked."""
    limit = values.TEXT_LIMIT if column.name in SHORT_TEXTS else values.LONG_TEXT_LIMIT
    if problem := values.trouble(cell, limit):
        return values.Reading(problem=problem)
    if column.kind == "list":
        return values.listed(cell, lambda part: _safe(column.element, column.choices, part))
    return _safe(column.kind, column.choices, cell)


def _safe(kind: str, choices: tuple[str, ...], cell: str) -> values.Reading:
    """What a cell says; a text or an id that a spreadsheet would calculate is a problem."""
    problem = values.like_formula(cell) if kind in ("text", "id") else ""
    return values.Reading(problem=problem) if problem else read_kind(kind, choices, cell)


def read_kind(kind: str, choices: tuple[str, ...], cell: str) -> values.Reading:
    """What a cell says as a plain value of ``kind``."""
    match kind:
        case "int":
            return values.whole(cell)
        case "year":
            return values.year(cell)
        case "decimal" | "ratio":
            return values.decimal(cell, ratio=kind == "ratio")
        case "bool":
            return values.truth(cell)
        case "choice":
            return values.choice(cell, choice_names(choices))
        case _:
            return values.words(cell)


@cache
def _adapter(column_annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(column_annotation)


def broken_bound(column: Column, value: Any) -> tuple[str, dict[str, Any]] | None:
    """The code and parameters of the finding, if ``value`` breaks the column's bounds."""
    try:
        _adapter(column.annotation).validate_python(value)
    except ValidationError as error:
        return explained(error.errors(include_url=False)[0])
    return None


def explained(error: Any) -> tuple[str, dict[str, Any]]:
    """Pydantic's complaint as a code of ours with its parameters."""
    context = error.get("ctx", {})
    kind = error["type"]
    given = error.get("input", "")
    value = values.shown(f"{given:f}" if isinstance(given, Decimal) else str(given))
    if kind in _WRONG:
        code, name = _WRONG[kind]
        return code, {"value": value, "bound": _number(context[name])}
    if kind == "too_fine":
        return "value_too_fine", {"value": value, "bound": str(context["places"])}
    if kind == "too_small":
        return "value_too_small", {"value": value, "bound": f"{context['least']:f}"}
    if kind == "string_pattern_mismatch":
        return "id_malformed", {"value": value}
    if kind == "string_too_long":
        return "text_too_long", {"value": value}
    if kind == "missing":
        return "key_missing", {"name": error["loc"][-1] if error["loc"] else ""}
    return "value_wrong_kind", {"value": value}


def _number(value: Any) -> Any:
    return (
        value if abs(value) >= 10000 else f"{value:f}" if isinstance(value, Decimal) else str(value)
    )


# --------------------------------------------------------------------------------------------------
# Columns of the sheets that hold settings; light, so that the reference starts at once.


class SettingRow(Frozen):
    """A key of the settings and its value."""

    key: str
    """Key; a key inside another is written with a dot, e.g. ``envelope.it_share``."""
    value: str
    """Value; a list is divided by ``;``."""


class FundRow(Frozen):
    """A source of money."""

    fund: str
    """Id of the fund."""
    name: str = ""
    """Name in documents."""
    name_en: str = ""
    """English name."""
    role: str = ""
    """``general`` or ``project`` (building projects of preparing schools)."""
    nature: str = ""
    """``capital``, ``recurrent`` or empty (any item)."""
    amounts: str = ""
    """``envelope``, or empty: the sheet of fund amounts says them."""
    reserve: str = ""
    """Share kept back each year, 0–1."""
    carry_over: str = ""
    """Largest share that may move to the next year, 0–1."""
    pays_upkeep: str = ""
    """Whether yearly upkeep is charged to this fund."""
    where: str = ""
    """What it may pay for, e.g. ``owner=ward-a; pillar=software``."""
    firmness: str = ""
    """``law`` or ``policy``."""
    repair_weight: str = ""
    """Relative cost of changing its amounts in a repair."""


class FundAmountRow(Frozen):
    """Money of a fund in a year."""

    fund: str
    """Id of the fund."""
    year: str
    """The year."""
    amount: str
    """Money, minor units."""


class RuleRow(Frozen):
    """A rule of the scenario."""

    rule: str
    """Name of the rule."""
    title: str = ""
    """Heading in documents."""
    title_en: str = ""
    """English heading."""
    measure: str
    """``spend``, ``quantity``, ``coverage`` or ``requests``."""
    where: str = ""
    """What is summed, e.g. ``group=under_construction; year=2023|2024``."""
    for_each: str = ""
    """One row for each combination, e.g. ``year; fund``."""
    at_most: str = ""
    """Upper bound: a number; a share where ``share_of`` is filled in."""
    at_least: str = ""
    """Lower bound."""
    exactly: str = ""
    """Both bounds at once."""
    share_of: str = ""
    """``budget``, ``all`` or a selection: the bounds are shares of it."""
    firmness: str = ""
    """``law``, ``policy`` or ``wish``."""
    penalty: str = ""
    """For a wish: points lost per unit missed."""
    repair_weight: str = ""
    """Relative cost of changing this rule in a repair."""


ROWS: dict[str, type[Frozen]] = {
    "settings": SettingRow,
    "funds": FundRow,
    "fund_amounts": FundAmountRow,
    "rules": RuleRow,
}
"""The sheets of settings and the columns they take."""
