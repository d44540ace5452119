"""Write a resolved scenario: one ``scenario.yaml`` and a CSV a table, which load to an equal one.

Nothing is left to defaults, so that the folder still means the same when defaults change.
"""

from __future__ import annotations

import codecs
import json
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.csv_lines import csv_lines
from planner.scenario import cells, fields
from planner.scenario.contracts import TABLES
from planner.scenario.schema import Settings

if TYPE_CHECKING:
    from planner.scenario.scenario import Scenario

FILE = "scenario.yaml"


def write(scenario: Scenario, folder: str | Path) -> list[Path]:
    """Write ``scenario`` into ``folder`` (made if need be) and return the files written."""
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    given = [t for t in TABLES if not scenario.table(t).empty or t == "schools"]
    for table in given:
        path = root / f"{table}.csv"
        path.write_bytes(table_csv(table, scenario.table(table)))
        written.append(path)
    path = root / FILE
    path.write_bytes(settings_yaml(scenario.settings, given).encode())
    return [path, *written]


def settings_yaml(settings: Settings, tables: list[str] | None = None) -> str:
    """The settings as YAML, every key with its value; ``tables`` are named under ``data``."""
    plain = settings.model_dump(by_alias=True, exclude_none=True)
    if tables is not None:
        plain["data"] = {t: f"{t}.csv" for t in tables}
    return "\n".join(_lines(plain, "")) + "\n"


def _lines(mapping: Mapping[Any, Any], indent: str) -> Iterator[str]:
    for key, value in mapping.items():
        name = key if isinstance(key, int) or str(key).isidentifier() else _text(str(key))
        if isinstance(value, Mapping) and value:
            yield f"{indent}{name}:"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{name}: {scalar(value)}"


def scalar(value: Any) -> str:
    """A value in YAML's flow style; decimals keep every digit."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(k)}: {scalar(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(scalar(v) for v in value) + "]"
    return _text(str(value))


def _text(value: str) -> str:
    """A double-quoted YAML text."""
    return (
        json.dumps(value, ensure_ascii=False)
        .replace("\x85", "\\N")
        .replace("\u2028", "\\L")
        .replace("\u2029", "\\P")
    )


def table_csv(table: str, frame: pd.DataFrame) -> bytes:
    """A typed table as CSV (UTF-8 with BOM, so that Excel shows Vietnamese)."""
    columns = fields.columns(TABLES[table])
    headers = [columns[n].header if n in columns else n for n in frame.columns]
    texts = {}
    for name, header in zip(frame.columns, headers, strict=True):
        kind = columns[name].kind if name in columns else "text"
        codes, distinct = pd.factorize(frame[name].to_numpy(dtype=object), use_na_sentinel=False)
        shown = np.array([cell_text(v, kind) for v in distinct], dtype=object)
        place, different = pd.factorize(shown)
        texts[header] = pd.Categorical.from_codes(place[codes], pd.Index(different, dtype="str"))
    return codecs.BOM_UTF8 + b"".join(csv_lines(pd.DataFrame(texts, copy=False)))


def cell_text(value: Any, kind: str) -> str:
    """A typed value as the readers take it."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, tuple):
        return ";".join(cell_text(v, "ratio") for v in value)
    if kind == "bool":
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return cells.safe_number(value) if kind == "decimal" else f"{value:f}"
    return str(value)
