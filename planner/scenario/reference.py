"""The reference, generated from the models: JSON Schema and a Markdown page.

``python -m planner.scenario.reference`` writes both beside this module, so that they can be
printed without importing the models; a test fails when they are out of date.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from planner.errors import ExitCode
from planner.messages import sentences
from planner.scenario import contracts
from planner.scenario.contracts import BESIDE_PLANS, ROWS, TABLES
from planner.scenario.schema import Frozen, Settings, field_docs

EXAMPLES = {
    "schema": "1",
    "years": "[2023, 2025]",
    "tail_years": "3",
    "currency": "VND",
    "envelope.public_investment": "{2023: 1200000000000}",
    "envelope.education_share": "0.60",
    "envelope.it_share": "0.05",
    "funds.<id>.amounts": "{2023: 5000000000}",
    "funds.<id>.where": "{owner: phuong-1}",
    "tiers": "[[0.5, 2], [1.0, 1]]",
    "rules.<id>.where": "{group: under_construction}",
    "rules.<id>.for_each": "[year]",
    "rules.<id>.at_least": "{share: 0.20}",
    "title": "{vi: Kế hoạch 2023–2025}",
    "names": "{owner: {ward-a: {vi: Phường A, en: Ward A}}}",
    "proposal.legal_bases": "[{text: Căn cứ Luật Đầu tư công năm 2019, number: 39/2019/QH14, "
    "in_force_to: 2024-12-31, verified: yes}]",
    "proposal.owners.<id>.superior": "ỦY BAN NHÂN DÂN PHƯỜNG A",
}
"""Examples of keys whose form a default does not show."""


READINGS = {
    "A need is met": "when no more of it is missing than what one more minor unit of money buys "
    "in each purchase of the item there: an item that is not bought in whole units is bought for "
    "a whole amount, rounded down. Of whole units nothing may be missing.",
    "Need and requests": "What a chosen option brings takes up need copy by copy, each copy at "
    "most the need left by stock. So one copy may bring more than is needed and stays possible; "
    "a further copy, or a purchase beside it, finds no need left.",
    "Upkeep": "of a bought unit is charged from its start of service on, not from its purchase: "
    "its first year of service is free, each later one costs its share of that year's unit "
    "price until its life ends. Stock pays from the first plan year. Of proposals it is "
    "reported only.",
    "`once`": "counts deliveries: a school's purchase of the item from one fund in one year is "
    "one. Two funds in the same year are two, so that one fund pays the whole delivery.",
    "`setup`": "is due where the stock of the first plan year has none of the item, whatever "
    "the stock is in later years, and whatever requests bring. It is paid once, with the first "
    "purchase, by the same fund, at the price of that year.",
    "Coverage of a school under `maxmin`": "is that of the last plan year (not of the years "
    "after): Σ ω × covered ÷ need over the items needed then, ÷ Σ ω (covered: what is in "
    "service, at most the need, nothing below `useful_from`). Tiers, "
    "pupils and weights of groups play no part. Raised is the lowest among the funded schools "
    "that a purchase or request can still help; preparing schools are left out.",
}
"""What the product decided where words leave it open; each is pinned by a test."""


def json_schema() -> dict[str, Any]:
    """JSON Schema of a scenario file, the tables' rows under ``$defs``; for editors."""
    schema = _documented(Settings)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "planner scenario"
    properties = schema["properties"]
    properties["extends"] = {
        "type": "string",
        "description": "Another scenario file of the folder to inherit from.",
    }
    definitions = schema.setdefault("$defs", {})
    for table, model in TABLES.items():
        row = _documented(model)
        definitions.update(row.pop("$defs", {}))
        definitions[f"table_{table}"] = row
    schema["required"] = [] if "extends" in properties else schema.get("required", [])
    return schema


def _documented(model: type[Frozen]) -> dict[str, Any]:
    """The JSON Schema of a model, the docstrings of its fields in it and in all that it holds."""
    schema = model.model_json_schema(by_alias=True)
    models, waiting = {model.__name__: model}, [*Frozen.__subclasses__()]
    while waiting:
        one = waiting.pop()
        models[one.__name__] = one
        waiting += one.__subclasses__()
    for name, part in {**schema.get("$defs", {}), model.__name__: schema}.items():
        docs = field_docs(models[name]) if name in models else {}
        for key, field in part.get("properties", {}).items():
            if docs.get(key):
                described = {**field, "description": docs[key]}
                part["properties"][key] = dict(sorted(described.items()))
    return schema


def markdown() -> str:
    """Every key, column, default, example and exit code on one page."""
    parts = [
        "# planner: reference",
        "",
        "Generated by `planner schema --markdown`.",
        "",
        "## Scenario file",
        "",
        "| key | kind | default | example | meaning |",
        "|---|---|---|---|---|",
    ]
    parts.append(
        "| `extends` | text | | `base.yaml` | Another scenario file of the folder to "
        "inherit from; mappings merge, lists and values replace, `null` removes. |"
    )
    parts += list(_keys(Settings, ""))
    parts += ["", "## Tables", ""]
    for table, model in TABLES.items():
        parts += _table(table, model)
    parts += ["## Tables that are given beside a plan folder", ""]
    for table, model in BESIDE_PLANS.items():
        parts += _table(table, model)
    parts += ["## Sheets of a workbook that is a scenario by itself", ""]
    for table, model in ROWS.items():
        parts += _table(table, model)
    parts += ["## Where a rule could be read in two ways", ""]
    parts += [f"- **{name}.** {text}" for name, text in READINGS.items()]
    parts += ["", "## Exit codes", "", "| code | meaning |", "|---|---|"]
    docs = {
        "OK": "A plan within the gap asked for, or nothing found.",
        "INTERNAL": "A defect of the product.",
        "USAGE": "The command line could not be understood.",
        "INPUT": "The input has findings; nothing was written.",
        "INFEASIBLE": "Proven: no plan satisfies every rule.",
        "STOPPED": "Stopped by a limit or Ctrl-C, or whole money costs more than the gap asked "
        "for; a plan, if any, is written with its true gap.",
        "AUDIT": "The audit found something; no plan is published.",
    }
    parts += [f"| {int(code)} | {docs[code.name]} |" for code in ExitCode]
    return "\n".join(parts) + "\n"


def key_docs(model: type[BaseModel] = Settings, prefix: str = "") -> dict[str, str]:
    """Dotted settings key → its meaning in English."""
    docs = {name: " ".join(text.split()) for name, text in field_docs(model).items()}
    found: dict[str, str] = {}
    for name, info in model.model_fields.items():
        key = f"{prefix}{info.alias or name}"
        found[key] = docs[info.alias or name].replace("`", "")
        inner, entry = _inner(info.annotation)
        if inner is not None and not entry:
            found |= key_docs(inner, f"{key}.")
    return found


def _keys(model: type[BaseModel], prefix: str) -> Iterator[str]:
    docs = {name: " ".join(text.split()) for name, text in field_docs(model).items()}
    for name, info in model.model_fields.items():
        key = f"{prefix}{info.alias or name}"
        default = "" if info.is_required() else _shown(info.get_default(call_default_factory=True))
        required = " (required)" if info.is_required() else ""
        example = f"`{EXAMPLES[key]}`" if key in EXAMPLES else ""
        meaning = docs[info.alias or name].replace("|", "\\|")
        kind = _kind(info.annotation, tuple(info.metadata))
        yield f"| `{key}` | {kind}{required} | {default} | {example} | {meaning} |"
        inner, entry = _inner(info.annotation)
        if inner is not None:
            yield from _keys(inner, f"{key}.<id>." if entry else f"{key}.")


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The model inside an annotation, and whether it stands under ids."""
    core = contracts.unwrapped(annotation)[0]
    if typing.get_origin(core) in (typing.Union, types.UnionType):
        core = next((a for a in typing.get_args(core) if _is_model(a)), None)
    entry = typing.get_origin(core) is dict
    core = typing.get_args(core)[1] if entry else core
    return (core, entry) if _is_model(core) else (None, False)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _kind(annotation: Any, metadata: tuple[Any, ...]) -> str:
    core, _, inner = contracts.unwrapped(annotation)
    origin = typing.get_origin(core)
    if origin is dict or _is_model(core):
        return "mapping"
    if origin in (list, tuple):
        return "list"
    if origin in (typing.Union, types.UnionType):
        several = (_kind(a, ()) for a in typing.get_args(core) if a is not type(None))
        return " or ".join(dict.fromkeys(several))
    kind, choices = contracts.kind_of(core, metadata + inner)
    return " \\| ".join(f"`{c}`" for c in choices) if choices else _kind_name(kind)


def _kind_name(kind: str) -> str:
    names = {"int": "whole number", "ratio": "decimal", "bool": "yes/no"}
    return (names | {contracts.THRESHOLD: "units or share"}).get(kind, kind)


def _table(table: str, model: type[Frozen]) -> list[str]:
    label = sentences()[f"table.{table}"]
    doc = " ".join((model.__doc__ or "").split())
    head = ["| column | Vietnamese header | kind | default | meaning |", "|---|---|---|---|---|"]
    rows = []
    for column in contracts.columns(model).values():
        vi = sentences()[f"column.{column.header}"].vi
        named = _kind_name(column.element or column.kind)
        kind = " \\| ".join(f"`{c}`" for c in column.choices) or named
        kind = f"list of {kind}" if column.kind == "list" else kind
        default = "required" if column.required else _shown(column.default)
        doc_text = column.doc.replace("|", "\\|")
        rows.append(f"| `{column.header}` | {vi} | {kind} | {default} | {doc_text} |")
    return [f"### `{table}` ({label.vi})", "", doc, "", *head, *rows, ""]


def _shown(value: Any) -> str:
    if value is None or isinstance(value, BaseModel):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return ", ".join(f"{k}: {_shown(v)}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return "; ".join(_shown(v) for v in value)
    return str(value)


def written() -> dict[str, str]:
    """The shipped files: name → text."""
    schema = json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
    return {"reference.json": schema, "reference.md": markdown()}


if __name__ == "__main__":
    for file_name, text in written().items():
        Path(__file__).with_name(file_name).write_text(text, encoding="utf-8", newline="\n")
