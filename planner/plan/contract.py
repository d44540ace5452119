"""The contract of the output columns: every table of a plan, column by column, in order.

A column that is declared here has its dtype, its text in a plan folder, its format in
``plan.xlsx``, its way back from a folder and its line in ``help(planner.Plan)``. Beside that it
costs what computes it, its label (:mod:`planner.messages.labels`) and the audit's own list.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd


def number_text(value: Any) -> str:
    """A quantity or bound: digits only, at most six decimals, no trailing zeros."""
    if value is None or math.isnan(value):
        return ""
    if float(value).is_integer():
        return str(int(value))
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _fixed(places: int) -> Callable[[Any], str]:
    return lambda value: "" if math.isnan(value) else f"{value:.{places}f}"


def _real(text: str) -> float:
    return float(text) if text else math.nan


@dataclass(frozen=True)
class Kind:
    """What columns of one kind hold, and how their cells are written and read."""

    unit: str
    dtype: str
    """In a fresh plan; ``number``: ``int64`` where every row is whole, else as exact as it needs
    to be."""
    text: Callable[[Any], str] = lambda value: "" if value is pd.NA or value is None else str(value)
    """A cell as the text that a plan folder holds."""
    value: Callable[[str], Any] = str
    """The cell that such a text means."""
    read_as: str = ""
    """Dtype of a column that is read from a folder; empty: that of a fresh one."""
    figure: bool = True
    """Whether a spreadsheet holds it as a number."""


KINDS: dict[str, Kind] = {
    "text": Kind("", "str", figure=False),
    "count": Kind("", "int64", value=int),
    "money": Kind("minor units", "int64", value=int),
    "price": Kind("minor units", "Int64", value=lambda text: int(text) if text else None),
    "units": Kind("units", "float64", number_text, _real),
    "share": Kind("0–1", "float64", _fixed(6), _real),
    "people": Kind("equipped pupil-years", "float64", _fixed(3), _real),
    "points": Kind("points", "float64", number_text, _real),
    "asked": Kind("points", "object", value=Decimal),
    "number": Kind("that of the row", "number", number_text, _real, "float64"),
}


@dataclass(frozen=True)
class Column:
    """One column of a plan's table."""

    name: str
    kind: str
    """A key of :data:`KINDS`."""
    meaning: str

    @property
    def of(self) -> Kind:
        """What its kind says of it."""
        return KINDS[self.kind]


def _columns(*rows: tuple[str, str, str]) -> dict[str, Column]:
    return {name: Column(name, kind, meaning) for name, kind, meaning in rows}


OUTPUT: dict[str, dict[str, Column]] = {
    "allocation": _columns(
        ("line", "count", "number of the line, from 1"),
        ("school", "text", "id"),
        ("group", "text", "``completed``, ``under_construction``, ``preparing`` or ``none``"),
        ("item", "text", "id; empty for a request"),
        ("fund", "text", "id"),
        ("year", "count", "year of the decision (a contract counts whole in it)"),
        ("kind", "text", "``purchase``, ``setup`` (site works), ``upkeep`` or ``request``"),
        ("request", "text", "id, empty otherwise"),
        ("option", "text", "chosen option of the request"),
        ("quantity", "units", "units; NaN for a request"),
        ("unit_price", "price", "minor units; missing for a request"),
        ("amount", "money", "minor units"),
        ("schedule", "text", "instalments ``year:amount;…``; empty: paid at once"),
        ("standing", "text", "``priority``, ``supplement``, ``proposal`` or ``other``"),
    ),
    "coverage": _columns(
        ("school", "text", "id"),
        ("group", "text", "as in ``allocation``"),
        ("item", "text", "id"),
        ("year", "count", "plan and tail years"),
        ("need", "count", "units"),
        ("stock", "count", "units that exist and are usable"),
        ("new", "units", "units of the plan in service"),
        ("in_service", "units", "stock + new, units"),
        ("before", "share", "coverage by the stock, 0–1"),
        ("after", "share", "coverage with the plan, 0–1"),
        ("people", "people", "equipped pupil-years"),
    ),
    "ledger": _columns(
        ("fund", "text", "id"),
        ("school", "text", "whose building project; empty for a general fund"),
        ("year", "count", "year"),
        ("amount", "money", "declared, minor units (so are all below)"),
        ("reserve", "money", "held back; lapses"),
        ("usable", "money", "amount − reserve"),
        ("carried_in", "money", "from the year before"),
        ("purchases", "money", "instalments due"),
        ("setup", "money", "site works"),
        ("requests", "money", "chosen requests"),
        ("upkeep", "money", "running cost"),
        ("spent", "money", "sum of the four"),
        ("carried_out", "money", "into the next year"),
        ("lapsed", "money", "what is left"),
    ),
    "obligations": _columns(
        ("year", "count", "year"),
        ("fund", "text", "id; empty where no fund is bound to pay"),
        ("kind", "text", "``instalment`` or ``upkeep``"),
        ("origin", "text", "``stock``, ``plan`` or ``proposal``"),
        ("amount", "money", "minor units"),
        ("funded", "money", "minor units that a declared amount covers"),
    ),
    "rules": _columns(
        ("rule", "text", "name of the rule"),
        ("key", "text", "its row, e.g. ``district-capital,2024``"),
        ("firmness", "text", "``law``, ``policy`` or ``wish``"),
        ("left", "number", "what the plan does"),
        ("relation", "text", "``<=``, ``>=`` or ``=``"),
        ("bound", "number", "what is asked"),
        ("slack", "number", "what is left; negative for a missed wish"),
        ("unit", "text", "``money`` (minor units), ``units``, ``share``, ``count``, …"),
    ),
    "schools": _columns(
        ("school", "text", "id"),
        ("name", "text", "name"),
        ("level", "text", "``preschool`` … ``office``"),
        ("group", "text", "as in ``allocation``"),
        ("pupils", "count", "pupils"),
        ("spent", "money", "funded, minor units"),
        ("upkeep", "money", "of that, running cost"),
        ("proposed", "money", "into its building project, minor units"),
        ("coverage_before", "share", "0–1; NaN where nothing is needed"),
        ("coverage_after", "share", "0–1, last plan year"),
        ("people", "people", "equipped pupil-years"),
    ),
    "requests": _columns(
        ("request", "text", "id"),
        ("school", "text", "id"),
        ("option", "text", "id"),
        ("title", "text", "title"),
        ("chosen", "text", "``yes`` or ``no``"),
        ("value", "asked", "points asked for (``Decimal``)"),
        ("amount", "money", "cost of the option, minor units; of a block grant the least"),
        ("copies", "count", "how often it was chosen"),
        ("paid", "money", "what it is paid, minor units"),
        ("points", "points", "what it adds to the value, group weight included"),
    ),
}
"""Table → its columns by name, in order. The first of them are what a row is about."""
TABLES = tuple(OUTPUT)
"""The tables of a plan folder, in reading order."""
ROWS = {
    "allocation": "Lines of money, one row a line.",
    "coverage": "One row a school, item and year with a need.",
    "ledger": "One row a fund's year, or a school's building project.",
    "obligations": "What falls due after the plan.",
    "rules": "Left side, bound and slack of every linking rule.",
    "schools": "One row a school.",
    "requests": "One row an option of a school's request.",
}
"""Table → what one of its rows is."""


def kind_of(table: str, name: str) -> str:
    """The kind of a table's column; ``text`` where the contract has none such."""
    known = OUTPUT.get(table, {}).get(name)
    return "text" if known is None else known.kind


def fresh(table: str, data: Any) -> pd.DataFrame:
    """A table of a fresh plan: the contract's columns in order, each in its dtype.

    ``data``: columns by name, or rows as mappings.
    """
    columns = OUTPUT[table]
    frame = pd.DataFrame(data, columns=list(columns), copy=False)
    cast = {}
    for column, (name, cells) in zip(columns.values(), frame.items(), strict=True):
        due = column.of.dtype
        cast[name] = (cells if due in ("number", cells.dtype) else cells.astype(due)).array
    return pd.DataFrame(cast, frame.index, copy=False)


FEW = 100
"""Rows up to which each cell of a table is spelt by itself."""


def coded_texts(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The same table with every column a categorical of the texts that a plan folder holds.

    A column of millions of cells has few distinct values (or few for its length): each is spelt
    once, and the column keeps its code.
    """
    texts = {}
    for name, values in frame.items():
        kind = KINDS[kind_of(table, str(name))]
        if len(values) <= FEW:  # a dictionary is ten times faster than a factorisation
            spelt = [kind.text(v) for v in values.tolist()]
            texts[name] = few_texts(spelt, dict.fromkeys(spelt))
            continue
        if values.dtype == object:  # equal values may be spelt differently: Decimal 1 and 1.0
            codes, distinct = np.arange(len(values)), values.tolist()
        else:
            codes, found = pd.factorize(values, use_na_sentinel=False)
            distinct = found.tolist()
        spelt = [kind.text(v) for v in distinct]
        place, once = pd.factorize(np.array(spelt, dtype=object))  # what rounds alike is one text
        index = pd.Index(once, dtype="str")
        texts[name] = pd.Categorical.from_codes(place[codes], index, validate=False)
    return pd.DataFrame(texts, copy=False)


def few_texts(cells: Iterable[str], distinct: Iterable[str]) -> pd.Categorical:
    """A short column of texts as a categorical, its categories in the order of ``distinct``."""
    at = {text: code for code, text in enumerate(distinct)}
    codes = [at[text] for text in cells]
    return pd.Categorical.from_codes(codes, dtype=_of_texts(tuple(at)), validate=False)


@lru_cache(maxsize=2**10)
def _of_texts(texts: tuple[str, ...]) -> pd.CategoricalDtype:
    """The dtype of a column of these texts: making it anew costs more than a short column."""
    return pd.CategoricalDtype(pd.Index(texts, dtype="str"))


def from_texts(table: str, texts: pd.DataFrame) -> pd.DataFrame:
    """A table as a fresh plan has it, from the texts of a plan folder."""
    columns = {}
    for name, cells in texts.items():
        kind = KINDS[kind_of(table, str(name))]
        codes, distinct = pd.factorize(cells)
        values = [kind.value(text) for text in distinct.tolist()]
        columns[name] = pd.array(values, dtype=kind.read_as or kind.dtype).take(codes)
    return pd.DataFrame(columns, copy=False)


@lru_cache(maxsize=2**16, typed=True)
def cell_text(table: str, column: str, value: Any) -> str:
    """A value of a spreadsheet as the text that the CSV twin holds."""
    if value == "" or value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    kind = kind_of(table, column)
    return KINDS[kind].text(value) if kind in ("share", "people") else number_text(value)


def described(indent: str) -> str:
    """Every table and its columns as numpydoc attributes: name, dtype and meaning."""
    blocks = []
    for table, columns in OUTPUT.items():
        rows = [("column", "dtype", "meaning")]
        rows += [(c.name, c.of.dtype, c.meaning) for c in columns.values()]
        widths = [max(len(row[k]) for row in rows) for k in range(3)]
        rule = " ".join("=" * width for width in widths)
        lines = [" ".join(t.ljust(w) for t, w in zip(r, widths, strict=True)) for r in rows]
        lines = [ROWS[table], "", rule, lines[0], rule, *lines[1:], rule]
        blocks += [f"{table} : DataFrame", *(f"    {line}".rstrip() for line in lines)]
    return f"\n{indent}".join(blocks).replace(f"\n{indent}\n", "\n\n")
