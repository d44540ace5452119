"""A raw sheet → a typed frame by its contract; every cell that cannot be read is a finding.

Columns are factorised and only their distinct cells are read, so that a table of a million
rows costs little more than its distinct values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray
from pandas.api.types import pandas_dtype

from planner.messages import NAMED
from planner.scenario import contracts
from planner.scenario.contracts import BESIDE_PLANS, TABLES, Column, attribute, column_dtype
from planner.scenario.reading import headers, units, values
from planner.scenario.reading.body import Body, body_of
from planner.scenario.reading.sources import SAME_KIND, Log, Rows, Sheet, nearest
from planner.scenario.reading.units import Unit

# --------------------------------------------------------------------------------------------------
# Names of schools and items in the place of their ids: read where they are unmistakable.

NAME_PROBLEMS = ("name_of_several", "name_unknown")
DECLARED = {"school": "schools", "item": "catalogue"}
"""Columns of ids, and the table whose names may stand in their place."""


@dataclass(frozen=True)
class Names:
    """The ids of a table and the names of its rows."""

    ids: frozenset[str]
    by_name: Mapping[str, str]
    """Folded name → id; a name that several rows bear is not here."""
    shared: Mapping[str, int]
    """Folded name → number of rows that bear it, where there are several."""
    spelled: tuple[str, ...]
    """Names as written, for suggestions."""

    def read(self, text: str) -> values.Reading | None:
        """The id that is meant by a name, or its problem; ``None`` where ``text`` is an id."""
        if text in self.ids or not self.ids:
            return None
        folded = values.folded(text)
        if folded in self.by_name:
            return values.Reading(self.by_name[folded], "read_name_as_id")
        if folded in self.shared:
            return values.Reading(problem="name_of_several")
        return values.Reading(problem="name_unknown") if " " in text else None

    def hints(self, text: str) -> dict[str, Any]:
        """What the sentences of a problem need: rows that share the name, the nearest name."""
        count = self.shared.get(values.folded(text), 0)
        return {"count": count, "nearest": nearest(text, self.spelled) or "-"}


def names_in(frame: pd.DataFrame, column: str) -> Names:
    """The ids in ``column`` of a declaring table, with the names beside them."""
    pairs = [(str(i), str(n)) for i, n in zip(frame[column], frame["name"], strict=True) if i]
    count = Counter(values.folded(n) for _, n in pairs if n)
    return Names(
        ids=frozenset(i for i, _ in pairs),
        by_name={f: i for i, n in pairs if n and count[f := values.folded(n)] == 1},
        shared={f: c for f, c in count.items() if c > 1},
        spelled=tuple(dict.fromkeys(n for _, n in pairs if n)),
    )


COLUMNS_LIMIT = 1000
"""Columns of a table."""
RESERVED = ("item", "pillar", "nature", "fund", "year", "kind", "request", "option")
"""Selector keys that an attribute of ``schools`` cannot be called."""


known_dtype = cache(pandas_dtype)
"""The dtype that a text names: pandas looks through all that it knows each time."""


def typed(
    table: str,
    sheet: Sheet,
    log: Log,
    named: Mapping[str, Names] | None = None,
    currency: str = "VND",
    decimal: str = "",
) -> tuple[pd.DataFrame, Rows] | None:
    """The frame of a sheet by the contract of ``table``; ``None`` where there is no header.

    ``named`` holds, by column of ids, the names that may stand in their place; ``currency`` is
    the scenario's, by which units of money are understood, and ``decimal`` its decimal mark, by
    which figures that could be thousands or decimals are.
    """
    model = (TABLES | BESIDE_PLANS)[table]
    columns = contracts.columns(model)
    header = headers.find(table, sheet, columns, log)
    if header is None:
        return None
    if len(header.positions) + len(header.beside()) > COLUMNS_LIMIT:
        log.error("table_too_wide", sheet.place(header.last_row), limit=COLUMNS_LIMIT)
        return None
    complain_of_header(table, header, columns, sheet, log)
    body = body_of(table, sheet, header, columns, log)
    in_units = headers.units_of(table, sheet, header, columns, currency, log)
    where = Rows(sheet, body.rows, header.positions)
    data: dict[str, ExtensionArray] = {}
    for name, column in columns.items():
        dtype = column_dtype(model, name)
        if name in header.positions:
            names, unit = (named or {}).get(name), in_units.get(name)
            marks = (decimal, currency if units.measured(table, column) == units.MONEY else "")
            data[name] = _column(column, dtype, body, where, log, names, unit, marks)
        else:
            default = 0 if column.required else column.default
            value = column.default or "" if dtype == "str" else default
            data[name] = pd.array([value] * len(body.rows), dtype=known_dtype(dtype))
    for position, text in header.others if table == "schools" else ():
        if text in data:
            log.error("column_twice", sheet.place(header.last_row, position, text), name=text)
        elif text not in RESERVED:
            where.positions[text] = (position, text)
            data[text] = _column(attribute(text), "str", body, where, log)
    for name in DECLARED:
        if name in header.positions and name in (named or {}):
            _names_beside(name, header, body, where, (named or {})[name], log)
    return pd.DataFrame(data), where


def _names_beside(
    name: str, header: headers.Header, body: Body, where: Rows, known: Names, log: Log
) -> None:
    """A name beside an id that is another row's name: which of the two is meant is asked."""
    spellings = {values.folded(t) for t in NAMED[name]}
    at = [(p, t) for p, t in header.asides if values.folded(t) in spellings and p in body.codes]
    position = header.positions[name][0]
    if position not in body.codes:
        return
    for beside, text in at:
        first: dict[tuple[int, int], int] = {}
        for row, pair in enumerate(zip(body.codes[position], body.codes[beside], strict=True)):
            first.setdefault(pair, row)
        for (code, other), row in first.items():
            said = str(values.words(body.distinct[position][code]).value)
            meant = values.clean(body.distinct[beside][other].lstrip(values.MARKS))
            found = known.by_name.get(values.folded(meant), said)
            if said in known.ids and found != said:
                index = int(where.numbers[row])
                place = where.source.place(index, beside, text)
                log.warn("name_of_another", place, value=meant, id=said, other=found)


def complain_of_header(
    table: str, header: headers.Header, columns: dict[str, Column], sheet: Sheet, log: Log
) -> None:
    """Findings on missing, repeated and unknown columns; in ``schools`` these are attributes."""
    row = header.last_row
    others = [text for _, text in header.others]
    said = {n: t for n, (_, t) in header.positions.items()}
    renamed = [n for n, t in said.items() if values.folded(t) != columns[n].header]
    missing = {c.header: c for n, c in columns.items() if n not in header.positions}
    for column in (c for c in missing.values() if c.required):
        like = nearest(column.header, others) or "-"
        called = contracts.label_like(column, [said[n] for n in renamed])
        log.error("column_missing", sheet.place(row), name=called, nearest=like)
    for position, text in header.twice:
        log.error("column_twice", sheet.place(row, position, text), name=text)
    unknown = 0
    for position, text in header.others:
        place = sheet.place(row, position, text)
        if problem := values.trouble(text, values.TEXT_LIMIT) or values.like_formula(text):
            log.error(problem, place, value=values.shown(text))
        elif table != "schools":
            unknown += 1
            if unknown <= SAME_KIND:
                like = nearest(text, missing) or "-"
                log.error("column_unknown", place, name=text, nearest=like)
        elif text in RESERVED:
            log.error("column_reserved", place, name=text)
        elif like := nearest(text, missing, 0.8):
            log.warn("column_like_known", place, name=text, nearest=like)
    if unknown > SAME_KIND:
        count = unknown - SAME_KIND
        log.error("more_of_the_same", sheet.place(row), count=count, like="column_unknown")
    for position, text in header.asides:
        log.note("read_aside", sheet.place(row, position, text), name=text)
    for name in renamed:
        place = sheet.place(row, *header.positions[name])
        log.note("read_column", place, name=said[name], read=columns[name].header)


def _column(
    column: Column,
    dtype: str,
    body: Body,
    where: Rows,
    log: Log,
    named: Names | None = None,
    unit: Unit | None = None,
    marks: tuple[str, str] = ("", ""),
) -> ExtensionArray:
    """One column: its distinct cells are read, then spread over the rows.

    In a column of ids, a name that is unmistakable counts as its id. In one of decimals, a figure
    that could be thousands counts as the decimal mark has it, else as the column's other figures
    have. ``marks`` are that mark and, of a column of money, its currency.
    """
    decimal, currency = marks
    position, text = where.positions[column.name]
    missing = column.default or "" if dtype == "str" else column.default
    if dtype == "int64" and missing is None:
        missing = 0
    if position not in body.codes:
        return pd.array([], dtype=known_dtype(dtype))
    codes, distinct = body.codes[position], body.distinct[position]
    used = np.unique(codes).tolist()
    place = where.place(None, column.name)
    found = [distinct[code] for code in used]
    scale = units.scaled(column, unit, found, place, text, log, currency) if unit else None
    kind = column.element if column.kind == "list" else column.kind
    marked = kind == "decimal" and scale is None
    mark = _mark(found, codes, distinct, column, where, log, decimal) if marked else ""
    meant = [values.decided(cell, mark) for cell in found] if mark else found
    remedy = {"number_ambiguous": {"setting": SETTING}} if marked else {}
    read: list[Any] = [missing] * len(distinct)
    problems: dict[int, tuple[str, dict[str, Any]]] = {}
    notes: dict[str, list[tuple[int, str, str]]] = {}
    for code, cell, figures in zip(used, found, meant, strict=True):
        if not cell.strip():
            if column.required:
                problems[code] = ("cell_missing", {})
            continue
        reading = scale.read(cell) if scale else contracts.read(column, figures)
        if named is not None and not scale and not reading.problem:
            reading = named.read(str(reading.value)) or reading
        if reading.problem:
            params = {"value": values.shown(cell), **remedy.get(reading.problem, {})}
            problems[code] = (reading.problem, params)
        elif broken := contracts.broken_bound(column, reading.value):
            problems[code] = broken
        else:
            read[code] = value = reading.value
            if reading.note:
                said = "; ".join(map(str, value)) if isinstance(value, tuple) else str(value)
                notes.setdefault(reading.note, []).append((code, values.shown(cell), said))
    _complain(problems, codes, distinct, column, named, where, log)
    percents = notes.get("read_percent", []) if column.kind == "decimal" else []
    # «85%» is read as 0.85: beside a plain 90 in one column one of the two is not meant so.
    plain = [v for k, v in enumerate(read) if k not in {c for c, _, _ in percents}]
    if percents and any(abs(v) > 1 for v in plain if isinstance(v, Decimal)):
        code, shown, said = percents[0]
        first = where.place(int(np.argmax(codes == code)), column.name)
        log.warn("percent_beside_numbers", first, value=shown, read=said, count=len(percents))
    if scale:
        scale.say(place, text, log)
    _mention(notes, codes, column, where, log)
    return pd.array(read, dtype=known_dtype(dtype)).take(codes)


SETTING = 'numbers: {decimal: "."}'
"""What may be said once for all columns of decimals."""


def _mark(
    found: list[str],
    codes: np.ndarray,
    distinct: list[str],
    column: Column,
    where: Rows,
    log: Log,
    stated: str,
) -> str:
    """The decimal mark by which a column's open figures are read, with a note of what decided;
    nothing where there are none, or nothing decides."""
    doubtful = [cell for cell in found if values.open_figures(cell)]
    mark, cell = (stated, "") if stated else values.decimal_mark(found)
    if not doubtful or not mark:
        return ""
    row = int(np.argmax(codes == distinct.index(cell or doubtful[0])))
    figure = values.open_figures(doubtful[0])[0]
    log.note(
        "read_mark_decided" if cell else "read_mark_stated",
        where.place(row, column.name),
        mark=mark,
        value=values.shown(cell) if cell else SETTING.replace(".", mark),
        example=figure,
        read=str(values.decimal(values.decided(figure, mark)).value),
        count=int(np.isin(codes, [distinct.index(c) for c in doubtful]).sum()),
    )
    return mark


def _complain(
    problems: dict[int, tuple[str, dict[str, Any]]],
    codes: np.ndarray,
    distinct: list[str],
    column: Column,
    named: Names | None,
    where: Rows,
    log: Log,
) -> None:
    """A finding for each row with a bad cell, in the order of the rows, with the nearest entry of
    its list or the nearest name."""
    listed: Counter[str] = Counter()
    choices = values.choice_names(column.choices) if column.choices else {}
    for row in np.flatnonzero(np.isin(codes, list(problems))) if problems else ():
        code, params = problems[codes[row]]
        listed[code] += 1
        if listed[code] > SAME_KIND:
            continue
        cell = distinct[codes[row]]
        if named is not None and code in NAME_PROBLEMS:
            hints = named.hints(values.clean(cell))
        else:
            like = nearest(values.folded(values.shown(cell)), choices)
            hints = {"nearest": choices[like] if like else ", ".join(column.choices)}
        log.error(code, where.place(int(row), column.name), **(hints | params))
    for code, count in listed.items():
        if count > SAME_KIND:
            more = {"count": count - SAME_KIND, "like": code}
            log.error("more_of_the_same", where.place(None, column.name), **more)


def _mention(
    notes: dict[str, list[tuple[int, str, str]]],
    codes: np.ndarray,
    column: Column,
    where: Rows,
    log: Log,
) -> None:
    """A note for each distinct cell that was interpreted, at its first row; the rest counted."""
    for note, seen in notes.items():
        doubtful = note == "read_date_as_text" and column.kind in ("id", "list")
        for code, cell, read in seen[:SAME_KIND]:
            place = where.place(int(np.argmax(codes == code)), column.name)
            if doubtful:
                log.warn("date_for_id", place, value=read)
            else:
                log.note(note, place, value=cell, read=read)
        count = int(np.isin(codes, [c for c, _, _ in seen]).sum()) - len(seen[:SAME_KIND])
        if count > 0:
            log.note("read_more", where.place(None, column.name), count=count, like=note)
