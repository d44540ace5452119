"""Finding the header of a table: ids or labels, below titles, over one row or two."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from planner.messages import COUNTERS, NAMED, REMARKS, spellings, table_term
from planner.scenario import fields
from planner.scenario.contracts import TABLES
from planner.scenario.fields import Column
from planner.scenario.reading import units, values
from planner.scenario.reading.sources import MERGED_ROWS, Log, Sheet

_APART = re.compile(r"[\s_:;,/|.–—-]+")
_STARS = re.compile(r"\s*\*+")


@dataclass
class Header:
    """Which column holds which field."""

    last_row: int
    """Index of the header's last row."""
    positions: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Field → position and header as written."""
    others: list[tuple[int, str]] = field(default_factory=list)
    """Columns that are not in the contract."""
    twice: list[tuple[int, str]] = field(default_factory=list)
    """Columns that repeat a field."""
    asides: list[tuple[int, str]] = field(default_factory=list)
    """Columns that offices add beside the data: row counters, remarks, names beside ids."""
    first_row: int = 0
    """Index of the header's first row."""
    remarks: dict[str, list[str]] = field(default_factory=dict)
    """Field → what its own header says beside its name: a unit or a remark in brackets."""
    shared: dict[str, list[str]] = field(default_factory=dict)
    """Field → what stands in brackets in a heading over several columns."""
    rivals: dict[str, list[str]] = field(default_factory=dict)
    """Field → headers of all columns that could hold it, where there are several."""

    def beside(self) -> list[tuple[int, str]]:
        """Every column with a header that holds no field."""
        return [*self.others, *self.twice, *self.asides]


Measures = Mapping[str, str]
"""Field → what it measures (:func:`planner.scenario.reading.units.measured`)."""


@cache
def known_names(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Folded header, label or synonym → field name."""
    names: dict[str, str] = {}
    for name, header in headers:
        names[values.folded(header)] = name
    for name, header in headers:
        for label in spellings(f"column.{header}"):
            names.setdefault(values.folded(label), name)
    return names


def names_of(columns: dict[str, Column]) -> dict[str, str]:
    """Every spelling of a table's headers → field."""
    return known_names(tuple((c.name, c.header) for c in columns.values()))


def recognised(text: str, names: Mapping[str, str], measures: Measures) -> str:
    """The field that a header cell names, or an empty text."""
    return matched(text, names, measures)[0]


def matched(text: str, names: Mapping[str, str], measures: Measures) -> tuple[str, tuple[str, ...]]:
    """The field that a header cell names, and what it says beside the name.

    ``Đơn giá (nghìn đồng)``, ``Đơn giá, nghìn đồng`` and ``price_kvnd`` are the price with the
    unit beside it; a tail that is no unit of what the field measures leaves the cell unknown.
    """
    shown = _STARS.sub(" ", text.lstrip(values.MARKS))
    whole = values.folded(shown)
    if whole in names:
        return names[whole], ()
    outside, inside = units.brackets(shown)
    plain = values.folded(outside)
    if plain in names:
        return names[plain], inside
    for apart in _APART.finditer(plain):
        name = names.get(plain[: apart.start()].strip())
        if name and units.ends(plain[apart.end() :], measures.get(name, "")):
            return name, (plain[apart.end() :], *inside)
    return "", inside


def find(
    table: str,
    sheet: Sheet,
    columns: dict[str, Column],
    log: Log,
    also: Mapping[str, str] | None = None,
) -> Header | None:
    """The header of a sheet that holds ``table``; ``None`` after a finding.

    ``also`` holds further spellings: folded header → field.
    """
    names = {**names_of(columns), **(also or {})}
    measures = {n: units.measured(table, c) for n, c in columns.items()}
    top = [list(row) for row in sheet.rows[:MERGED_ROWS]]
    single = [sum(bool(recognised(c, names, measures)) for c in row) for row in top]
    pairs = [_paired(sheet, top, r, names, measures) for r in range(len(top) - 1)]
    double = [len({recognised(t, names, measures) for t in texts} - {""}) for texts in pairs]
    enough = min(2, len(columns))
    best, best_double = max(single, default=0), max(double, default=0)
    if max(best, best_double) < enough:
        expected = ", ".join(c.header for c in columns.values() if c.required)
        log.error("header_missing", sheet.place(0), expected=expected or next(iter(columns)))
        return None
    if best_double > best:
        row = double.index(best_double)
        texts, last = pairs[row], row + 1
    else:
        row = single.index(best)
        texts, last = top[row], row
        if row + 1 < len(top) and single[row + 1] >= max(2, best - 1):
            last = row + 1
            texts = [
                a or b
                for a, b in zip(_padded(top[last], texts), _padded(texts, top[last]), strict=True)
            ]
    below = _row_of_units(top, last, texts)
    if row or last != row:
        log.note("read_header", sheet.place(row), rows=str(last - row + 1))
    header = _positions(texts, last + bool(below), names, measures, also or {})
    header.first_row = row
    header = _without_asides(table, header, columns)
    _remark(header, sheet, top[row : last + 1], names_of(columns), measures, below)
    return header


def _row_of_units(top: list[list[str]], last: int, texts: list[str]) -> list[str]:
    """The row below a header where it holds nothing but units; else an empty list."""
    row = top[last + 1] if last + 1 < len(top) else []
    filled = [(p, values.clean(c.lstrip(values.MARKS))) for p, c in enumerate(row) if c.strip()]
    inside = all(p < len(texts) and texts[p].strip() for p, _ in filled)
    plain = all(c[:1] not in values.MARKS for c in row if c)
    if not filled or not inside or not plain or not units.are_units([c for _, c in filled]):
        return []
    return row


def _remark(
    header: Header,
    sheet: Sheet,
    rows: list[list[str]],
    names: Mapping[str, str],
    measures: Measures,
    below: list[str],
) -> None:
    """Collects what every row of a header says beside the names of its fields."""
    width = max((len(r) for r in (*rows, below)), default=0)
    over = _filled(sheet, rows, header.first_row, width) if len(rows) > 1 else []
    for name, (position, _) in header.positions.items():
        own = header.remarks.setdefault(name, [])
        shared = header.shared.setdefault(name, [])
        measure = measures.get(name, "")
        for row in (rows[-1], below):
            own += _said(row[position] if position < len(row) else "", names, measure)
        if over:
            said = _said(over[position] if position < len(over) else "", names, measure)
            upper = over[position] if position < len(over) else ""
            (own if recognised(upper, names, measures) == name else shared).extend(said)
    for remarks in (header.remarks, header.shared):
        for name, texts in remarks.items():
            remarks[name] = list({values.folded(t): t for t in texts}.values())


def _said(cell: str, names: Mapping[str, str], measure: str) -> tuple[str, ...]:
    """What a header cell says beside a name: brackets, and a unit at its end."""
    shown = _STARS.sub(" ", cell.lstrip(values.MARKS))
    if not shown.strip() or values.folded(shown) in names:
        return ()
    outside, inside = units.brackets(shown)
    plain = values.folded(outside)
    if not plain or plain in names:
        return inside
    tails = [plain, *(plain[a.end() :] for a in _APART.finditer(plain))]
    return (*[t for t in tails if units.ends(t, measure)][:1], *inside)


def _paired(
    sheet: Sheet, top: list[list[str]], row: int, names: Mapping[str, str], measures: Measures
) -> list[str]:
    """Two rows as one header: both texts together, or the lower alone where that is a name."""
    joined = _joined(sheet, top, row)
    lower = _padded(top[row + 1], joined)
    return [
        one
        if recognised(one, names, measures) or not recognised(below, names, measures)
        else values.clean(below)
        for one, below in zip(joined, lower, strict=True)
    ]


def _padded(row: list[str], like: list[str]) -> list[str]:
    return row + [""] * max(0, len(like) - len(row))


def _positions(
    texts: list[str],
    last: int,
    names: Mapping[str, str],
    measures: Measures,
    also: Mapping[str, str],
) -> Header:
    """Which column holds which field; a header in ``also`` wins over every other spelling."""
    header = Header(last)
    chosen = set(also.values()) & {also.get(_exact(t), "") for t in texts}
    for position, text in enumerate(texts):
        shown = values.clean(text.lstrip(values.MARKS))
        stated = also.get(_exact(text), "")
        name = stated or recognised(text, names, measures)
        if name in chosen and not stated:
            header.others.append((position, shown))
        elif name and name in header.positions:
            header.twice.append((position, shown))
            first = header.positions[name][1]
            header.rivals.setdefault(name, [first]).append(shown)
        elif name:
            header.positions[name] = (position, shown)
        elif shown:
            header.others.append((position, shown))
    return header


def _exact(text: str) -> str:
    return values.folded(text.lstrip(values.MARKS))


def _without_asides(table: str, header: Header, columns: dict[str, Column]) -> Header:
    """Sets aside what belongs to no field though every office writes it."""
    _prefer_ids(table, header, columns)
    for name, headers in NAMED.items() if table != "schools" else ():
        named = {values.folded(t) for t in headers}
        if name in columns and name not in header.positions:
            pair = next((o for o in header.others if values.folded(o[1]) in named), None)
            if pair is not None:
                header.positions[name] = pair
                header.others.remove(pair)
    left_out = [*COUNTERS, *(REMARKS if table != "schools" else ())]
    for name in header.positions:
        left_out += NAMED.get(name, ()) if table != "schools" else ()
    plain = {values.folded(t) for t in left_out}
    for kind in (header.others, header.twice):
        found = [pair for pair in kind if values.folded(pair[1]) in plain]
        header.asides += found
        kind[:] = [pair for pair in kind if pair not in found]
    header.rivals = {
        n: texts
        for n, found in header.rivals.items()
        if len(
            texts := [
                t
                for t in found
                if (
                    values.folded(t) not in plain
                    or t == (header.positions[n][1] if n in header.positions else "")
                )
            ]
        )
        > 1
    }
    return header


def _prefer_ids(table: str, header: Header, columns: dict[str, Column]) -> None:
    """Where a column of names stands before the ids («Trường», «Mã trường»), the ids count."""
    for name, headers in NAMED.items():
        named = {values.folded(t) for t in headers}
        rivals = header.rivals.get(name, [])
        ids = [t for t in rivals if values.folded(t) not in named]
        if len(rivals) != 2 or len(ids) != 1:
            continue
        pairs = [header.positions[name], *(t for t in header.twice if t[1] in rivals)]
        of_ids = next(p for p in pairs if p[1] == ids[0])
        other = next(p for p in pairs if p[1] != ids[0])
        in_schools = table == "schools" and name == "school"
        if table == "schools" and (not in_schools or "name" in header.positions):
            continue
        header.positions[name] = of_ids
        header.twice = [t for t in header.twice if t not in pairs]
        header.rivals.pop(name)
        if in_schools:
            header.positions["name"] = other
        else:
            header.twice.append(other)


def _filled(sheet: Sheet, rows: list[list[str]], row: int, width: int) -> list[str]:
    """The upper row of a header, each cell repeated over the columns that it spans."""
    upper = _padded(rows[0], [""] * width)
    for r0, c0, r1, c1 in sheet.merged:
        if r0 <= row <= r1 and c0 < len(rows[0]):
            for column in range(c0, min(c1 + 1, width)):
                upper[column] = rows[0][c0]
    if not sheet.merged:
        for column in range(1, width):
            below = rows[1][column] if column < len(rows[1]) else ""
            if not upper[column] and below:
                upper[column] = upper[column - 1]
    return upper


def _joined(sheet: Sheet, top: list[list[str]], row: int) -> list[str]:
    """Two header rows as one: the upper cell, filled over its merged range, and the lower."""
    width = max(len(top[row]), len(top[row + 1]))
    upper = top[row] + [""] * (width - len(top[row]))
    lower = top[row + 1] + [""] * (width - len(top[row + 1]))
    for r0, c0, r1, c1 in sheet.merged:
        if r0 <= row <= r1 and c0 < width:
            for column in range(c0, min(c1 + 1, width)):
                upper[column] = top[row][c0] if c0 < len(top[row]) else ""
                if r1 > row:
                    lower[column] = ""
    if not sheet.merged:
        for column in range(1, width):
            if not upper[column] and lower[column]:
                upper[column] = upper[column - 1]
    return [
        " ".join(p for p in (values.clean(a), values.clean(b)) if p)
        for a, b in zip(upper, lower, strict=True)
    ]


# --------------------------------------------------------------------------------------------------
# Sheets whose name is no table's: known by their header where only one table fits.

LIKELY = 3
"""Columns that a table must require, and a sheet must have, to be known by its header."""


def tables_of(sheets: Iterable[Sheet], known: Collection[str], log: Log) -> dict[str, Sheet]:
    """The sheets that can only be one table each, by table; the others are said or noted."""
    claims: dict[str, list[Sheet]] = {}
    for sheet in sheets:
        scores = scored(sheet)
        fitting = {t: n for t, (n, missing) in scores.items() if not missing and t not in known}
        best = [t for t, n in fitting.items() if n == max(fitting.values())]
        if len(best) == 1:
            claims.setdefault(best[0], []).append(sheet)
        else:
            _leave_out(sheet, scores, known, log)
    found: dict[str, Sheet] = {}
    for table, claimed in claims.items():
        if len(claimed) == 1:
            found[table] = claimed[0]
            log.note("read_sheet_by_header", claimed[0].place(), read=table_term(table))
            continue
        names = ", ".join(s.sheet for s in claimed)
        for sheet in claimed:
            log.error("sheet_of_several", sheet.place(), name=table_term(table), found=names)
    return found


def scored(sheet: Sheet, also: Mapping[str, str] | None = None) -> dict[str, tuple[int, list[str]]]:
    """Table → columns that the sheet's header names, and the required ones that it lacks.

    ``also`` holds further spellings: folded header → field.
    """
    scores: dict[str, tuple[int, list[str]]] = {}
    for table, model in TABLES.items():
        columns = fields.columns(model)
        required = [n for n, c in columns.items() if c.required]
        if len(required) < LIKELY:
            continue
        more = {h: n for h, n in (also or {}).items() if n in columns}
        header = find(table, sheet, columns, Log(), more)
        if header is not None:
            missing = [columns[n].header for n in required if n not in header.positions]
            scores[table] = (len(header.positions), missing)
    return scores


def _leave_out(
    sheet: Sheet, scores: Mapping[str, tuple[int, list[str]]], known: Collection[str], log: Log
) -> None:
    """Says of a sheet that looks like a table why it was not read; of any other, only a note."""
    likely = {t: s for t, s in scores.items() if s[0] >= LIKELY and t not in known}
    if not likely:
        log.note("read_not_sheet", sheet.place())
        return
    table = max(likely, key=lambda t: (likely[t][0], -len(likely[t][1])))
    missing = ", ".join(likely[table][1])
    log.warn("sheet_skipped", sheet.place(), name=table_term(table), missing=missing or "-")
