"""Write a resolved scenario: one ``scenario.yaml`` and a CSV a table, which load to an equal one.

Nothing is left to defaults, so that the folder still means the same when defaults change.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.messages import say
from planner.scenario import contracts
from planner.scenario.contracts import TABLES
from planner.scenario.reading import values
from planner.scenario.reading.sources import Node
from planner.scenario.schema import Settings

if TYPE_CHECKING:
    from planner.scenario.scenario import Scenario


# --------------------------------------------------------------------------------------------------
# Tables of text as CSV lines, by columns: each distinct text is encoded once.
#
# The cells of a block of rows are laid side by side as bytes of equal width, filled up with a byte
# that UTF-8 never uses; taking that byte out again leaves the lines. The bytes are those of
# :mod:`csv` (comma, LF, quotes where needed).

FILL = 0xFF
"""No byte of UTF-8."""
BLOCK = 1 << 24
"""Bytes of a block of rows, filled up."""
WIDEST = 1 << 26
"""Bytes of a column's distinct texts, filled up; a larger one is filled up row by row."""
_MARKED = re.compile(r'[",\r\n]')


def csv_bytes(table: pd.DataFrame) -> bytes:
    """A small table as a CSV file: UTF-8 with BOM (Excel reads it); see :func:`csv_lines`."""
    return codecs.BOM_UTF8 + b"".join(csv_lines(table))


def csv_lines(table: pd.DataFrame) -> Iterator[bytes]:
    """The header and the rows of a table whose columns are texts or categoricals of texts."""
    names = [str(name) for name in table.columns]
    yield (",".join(map(_cell, names)) + "\n").encode()
    if not len(table):
        return
    ends = [","] * (len(names) - 1) + ["\n"]
    columns = [_Column(table.iloc[:, k], end) for k, end in enumerate(ends)]
    step = max(1, BLOCK // sum(c.width for c in columns))
    for begin in range(0, len(table), step):
        laid = np.concatenate([c.rows(begin, begin + step) for c in columns], axis=1).ravel()
        yield laid[laid != FILL].tobytes()


def _cell(text: str) -> str:
    """The text as a CSV cell."""
    if not _MARKED.search(text):
        return text
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([text])
    return buffer.getvalue()[:-1]


class _Column:
    """A column's distinct cells, encoded with the mark that ends them, and its codes."""

    def __init__(self, values: pd.Series[Any], end: str) -> None:
        if isinstance(values.dtype, pd.CategoricalDtype):
            self.codes, texts = values.cat.codes.to_numpy(), values.cat.categories.tolist()
        else:
            self.codes, found = pd.factorize(values)
            texts = found.tolist()
        self.cells = [(_cell(text) + end).encode() for text in texts]
        self.width = max(map(len, self.cells))
        small = self.width * len(self.cells) <= WIDEST
        self.filled = _filled(self.cells, self.width) if small else None

    def rows(self, begin: int, end: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """``[row, byte]`` the cells of some rows."""
        codes = self.codes[begin:end]
        if self.filled is not None:
            return self.filled[codes]
        return _filled([self.cells[c] for c in codes.tolist()], self.width)


def _filled(cells: Sequence[bytes], width: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """``[cell, byte]`` filled up to ``width``."""
    joined = b"".join(cell.ljust(width, bytes([FILL])) for cell in cells)
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(cells), width)


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
    return "\n".join(_lines(plain)) + "\n"


def _lines(
    mapping: Mapping[Any, Any],
    indent: str = "",
    prefix: str = "",
    origins: Mapping[str, str] = MappingProxyType({}),
    default: str = "",
) -> Iterator[str]:
    """YAML lines; with ``default``, who set each key, or that nobody did, as a remark."""
    for key, value in mapping.items():
        dotted = f"{prefix}{key}"
        name = str(key) if isinstance(key, int) or str(key).isidentifier() else _text(str(key))
        inside = any(o.startswith(dotted + ".") for o in origins)
        said = f"  # {origins.get(dotted, default)}" if default else ""
        if isinstance(value, Mapping) and value and (inside or dotted not in origins):
            yield f"{indent}{name}:{'' if inside else said}"
            yield from _lines(value, indent + "  ", dotted + ".", origins, default)
        else:
            yield f"{indent}{name}: {scalar(value)}{said}"


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


def layer_lines(node: Node, indent: str = "") -> Iterator[str]:
    """A tree of settings as YAML lines that read as the same tree; what was removed is ``null``."""
    inside = node.value if isinstance(node.value, dict) else {}
    for key, child in inside.items():
        plain = key.isascii() and (key.isidentifier() or key.isdigit())
        name = key if plain else _text(key)
        if isinstance(child.value, dict) and child.value:
            yield f"{indent}{name}:"
            yield from layer_lines(child, indent + "  ")
        else:
            yield f"{indent}{name}: {_leaf(child)}"


def _leaf(node: Node) -> str:
    """A cell or a list of settings in YAML's flow style."""
    value = node.value
    if isinstance(value, list):
        return "[" + ", ".join(map(_leaf, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(k)}: {_leaf(v)}" for k, v in value.items()) + "}"
    if value is None:
        return "null"
    if value[:1] == values.NUMBER:
        return values.plain_number(value[1:])
    if value[:1] == values.TRUTH:
        return value[1:]
    return value if _FILE_NAME.fullmatch(value) else _text(value.lstrip("\0"))


_FILE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_/-]*\.(?:yaml|yml|xlsx|csv)")
"""Names that need no quotes."""


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
    columns = contracts.columns(TABLES[table])
    headers = [columns[n].header if n in columns else n for n in frame.columns]
    texts = {}
    for name, header in zip(frame.columns, headers, strict=True):
        kind = columns[name].kind if name in columns else "text"
        codes, distinct = pd.factorize(frame[name].to_numpy(dtype=object), use_na_sentinel=False)
        shown = np.array([cell_text(v, kind) for v in distinct], dtype=object)
        place, different = pd.factorize(shown)
        texts[header] = pd.Categorical.from_codes(place[codes], pd.Index(different, dtype="str"))
    return csv_bytes(pd.DataFrame(texts, copy=False))


def frames_of(scenario: Scenario) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """The settings as a mapping, and the given tables under the headers of the template."""
    settings = scenario.settings.model_dump(by_alias=True, exclude_none=True)
    settings.pop("data", None)
    tables = {}
    for table in TABLES:
        frame = scenario.table(table)
        if len(frame) or table == "schools":
            headers = {n: c.header for n, c in contracts.columns(TABLES[table]).items()}
            tables[table] = frame.rename(columns=headers).copy()
    return settings, tables


def cell_text(value: Any, kind: str) -> str:
    """A typed value as the readers take it."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, tuple):
        return ";".join(cell_text(v, "ratio") for v in value)
    if kind == "bool":
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return values.safe_number(value) if kind == "decimal" else f"{value:f}"
    return str(value)


# --------------------------------------------------------------------------------------------------
# ``planner show --resolved``: the merged settings, each key with the place that set it.


def lines(scenario: Scenario, lang: str) -> Iterator[str]:
    """YAML lines ``key: value  # who set it``; keys nobody set are marked as defaults."""
    plain = scenario.settings.model_dump(by_alias=True, exclude_none=True)
    plain["data"] = {k: v for k, v in plain.get("data", {}).items() if v is not None}
    yield from _lines(plain, "", "", scenario.origins, say("show_default", lang))


def as_dict(scenario: Scenario) -> dict[str, Any]:
    """Settings, who set what, and the inputs' hashes, as JSON values."""
    return {
        "scenario": scenario.id,
        "settings": scenario.settings.model_dump(mode="json", by_alias=True, exclude_none=True),
        "origins": dict(scenario.origins),
        "inputs": dict(scenario.inputs),
        "tables": {n: len(f) for n, f in scenario.tables.items() if len(f)},
    }
