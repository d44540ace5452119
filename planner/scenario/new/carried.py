"""Rows of a raw sheet under the fields of a table, cells untouched: ``planner new --from FILE``.

What a field's column cannot say by itself is made here and said: ids, levels, groups, what a
heading says of the rows below it, units of money. Totals are left out, and checked first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from planner.messages import NAMED, WORDS, Term, table_term
from planner.scenario import contracts
from planner.scenario.contracts import TABLES, Column, attribute
from planner.scenario.new import devices, grids, projects, words
from planner.scenario.new.grids import Grid, RawRows
from planner.scenario.new.mapping import Inquiry, Stated
from planner.scenario.new.starter import Given
from planner.scenario.reading import body, headers, units
from planner.scenario.reading import values as cells
from planner.scenario.reading.headers import Header
from planner.scenario.reading.sources import MERGED_ROWS, SAME_KIND, Log, Sheet
from planner.scenario.reading.typed_rows import RESERVED
from planner.scenario.reading.units import MONEY, Scale, Unit, states_unit

WIDE = 4
"""Columns of a table in which a row of one cell is no data."""


LEFT_OUT = {
    **dict.fromkeys(("row_is_total", "row_is_note", "row_is_heading"), "adopt_row_left_out"),
    "row_is_sum": "adopt_sum_left_out",
    **{code: code for code in ("row_may_be_sum", "row_like_total", "cell_without_header")},
}
"""Finding on a row → the warning that stands for it where raw rows are carried over."""


def raw_rows(
    table: str, sheet: Sheet, header: Header, columns: dict[str, Column], log: Log
) -> RawRows:
    """The rows of data below a header; totals, headings and notes are left out and said."""
    refused = Log()
    found = body.body_of(table, sheet, header, columns, refused)
    used = {*header.positions.values(), *header.others}
    for position, text in sorted(used):
        for index in map(int, found.rows):
            row = sheet.rows[index]
            if position < len(row) and (problem := cells.trouble(row[position])):
                value = cells.shown(row[position])
                log.error(problem, sheet.place(index, position, text), value=value)
    left_out: dict[int, str] = {}
    for finding in refused.findings:
        if finding.where.row is not None:
            left_out[finding.where.row - sheet.first_row] = finding.code
        if code := LEFT_OUT.get(finding.code):
            log.warn(code, finding.where, **finding.params)
        else:
            log.findings.append(finding)
    kept: list[int] = []
    wide = len(header.positions) + len(header.others) >= WIDE
    for index in map(int, found.rows):
        filled = [p for p, c in enumerate(sheet.rows[index]) if c.strip()]
        if not wide or len(filled) != 1:
            kept.append(index)
            continue
        # One cell in a wide table: a heading or a footnote.
        left_out[index] = "row_is_note"
        value = cells.shown(sheet.rows[index][filled[0]])
        pairs = (*header.positions.values(), *header.beside())
        title = next((t for p, t in pairs if p == filled[0]), "")
        place = sheet.place(index, filled[0], title)
        if states_unit(value):
            log.error("note_holds_unit", place, value=value)
        else:
            log.warn("adopt_row_left_out", place, value=value)
    fields = {n: p for n, (p, _) in header.positions.items()}
    for index in kept:
        left_out.pop(index, None)
    return RawRows(sheet, header, np.array(kept, dtype=np.int64), fields, left_out=left_out)


def likely_header(sheet: Sheet, also: Mapping[str, str]) -> Header:
    """The fullest of the first rows, for a sheet whose header names nothing that is known.

    ``also`` holds what the user named: folded header → field.
    """
    top = sheet.rows[:MERGED_ROWS]
    counts = [sum(bool(c.strip()) for c in row) for row in top]
    row = counts.index(max(counts)) if counts else 0
    texts = [(p, cells.clean(c.lstrip(cells.MARKS))) for p, c in enumerate(top[row])] if top else []
    named = {also[f]: (p, t) for p, t in texts if (f := cells.folded(t)) in also}
    others = [(p, t) for p, t in texts if t and (p, t) not in named.values()]
    return Header(row, positions=named, others=others, first_row=row)


def rows_of(
    kind: str, table: str, grid: Grid, stated: Stated, log: Inquiry
) -> tuple[RawRows, dict[str, Column]]:
    """The rows of a sheet under the fields of its table, with what had to be made for it."""
    sheet = grid.sheet
    columns = dict(contracts.columns(TABLES[table]))
    also = {h: n for h, n in stated.headers(kind).items() if n in columns}
    spelt = headers.names_of(columns)
    for name, roles in ROLES.get(kind, {}).items():
        positions = (p for r in roles for p in grid.roles.get(r, ()))
        position = next((p for p in positions if cells.folded(grid.titles[p]) not in also), None)
        # A column that offices call otherwise, where none bears the field's own name.
        own = [t for t in grid.titles.values() if spelt.get(words.plain_title(t)) == name]
        if position is not None and not own and name not in also.values():
            also[cells.folded(grid.titles[position])] = name
    header = headers.find(table, sheet, columns, Log(), also) or likely_header(sheet, also)
    rows = raw_rows(table, sheet, header, columns, log)
    rows.kind = kind
    every = [int(n) for n in rows.numbers]
    aside = {rows.fields[n] for n in NEVER_SUMMED if n in rows.fields}
    for key, value in stated.values.items():
        name, _, old = key.partition(":")
        scope, _, name = name.rpartition(".")
        own_field = name in columns and scope in ("", table)
        if not own_field or (not scope and table != "schools" and name in _SCHOOL_FIELDS):
            continue
        if old:
            rows.translate(name, old, value)
        elif (
            value and key != "acquired" and (scope or name not in rows.fields or table == "schools")
        ):
            rows.make(name, [value] * len(rows))
            said = {"name": name, "label": Term(name, f"column.{name}"), "value": value}
            log.warn("adopt_value_assumed", sheet.place(header.last_row), count=len(rows), **said)
    if table == "schools":
        _leave_closed_out(rows, grid, log)
        gone = {*every} - {*rows.numbers.tolist()}
        grids.check_totals(sheet, rows.titles, every, rows.left_out, log, aside, gone)
        _sections(rows, columns, log)
        _complete_schools(rows, grid, log)
        return rows, columns
    if table == "catalogue":
        _complete_items(rows, log)
    elif table == "inventory":
        _leave_unusable_out(rows, grid, stated, log)
    gone = {*every} - {*rows.numbers.tolist()}
    grids.check_totals(sheet, rows.titles, every, rows.left_out, log, aside, gone)
    return rows, columns


NEVER_SUMMED = ("school", "item", "ready", "acquired", "year")
"""Fields whose figures no total sums up."""


ROLES: dict[str, dict[str, tuple[str, ...]]] = {
    "stock": {"item": ("item", "category", "model"), "school": ("school", "location", "name"),
              "acquired": ("acquired", "bought")},
    "prices": {"name": ("name", "category", "item")},
}  # fmt: skip
"""Kind → field → roles that stand for it where no column bears its own name."""
_SCHOOL_FIELDS = frozenset(contracts.columns(TABLES["schools"]))


def attributes(
    rows: RawRows,
    columns: dict[str, Column],
    used: list[int],
    currency: str,
    stated: Stated,
    log: Inquiry,
) -> None:
    """Columns of schools that hold no field stay as attributes; one that cannot is said. Figures
    of money are brought to the unit of all money."""
    sheet, header = rows.sheet, rows.header
    known = headers.names_of(columns)
    measures = {n: units.measured("schools", c) for n, c in columns.items()}
    rows.used |= set(used)
    money: list[tuple[str, int, str]] = []
    for position, text in header.others:
        place = sheet.place(header.last_row, position, text)
        kept = text
        if position in rows.used or position in rows.fields.values():
            continue
        if not rows.filled(position):
            log.note("adopt_column_empty", place, name=text)
            continue
        if text in RESERVED or headers.recognised(text, known, measures):
            kept = f"other {text}"
            log.warn("adopt_column_renamed", place, name=text, kept=kept)
        if kept in columns:
            log.error("column_twice", place, name=text)
            continue
        rows.fields[kept], columns[kept] = position, attribute(kept)
        if {"money", "amount", "total"} & set(words.roles_of(text)):
            money.append((kept, position, text))
    if money:
        amount = contracts.columns(TABLES["request_costs"])["amount"]
        figures = {n: amount for n, _, _ in money}
        read = Header(header.last_row, {n: (p, t) for n, p, t in money}, first_row=header.first_row)
        read.remarks = {n: [r for r in units.brackets(t)[1] if units.speaks(r)]
                        for n, _, t in money}  # fmt: skip
        found = headers.units_of("request_costs", sheet, read, figures, currency, log)
        for name, unit in found.items():
            read_as = Scale(amount, unit, (), currency)
            cells_of = (words.figure_of(c, currency) for c in rows.column(rows.fields[name]))
            if not unit.text and any(read_as.read(c).problem for c in cells_of if c.strip()):
                continue  # units in some cells, words in others: a text
            _scale(rows, name, amount, unit, currency, stated, log)


def _scale(
    rows: RawRows,
    name: str,
    column: Column,
    unit: Unit,
    currency: str,
    stated: Stated,
    log: Inquiry,
) -> None:
    """Read the figures of a field in a unit of their own; each that cannot be is a finding."""
    position, sheet = rows.fields[name], rows.sheet
    text = rows.titles[position]
    figures = [words.figure_of(c, currency) for c in rows.column(position)]
    figures = ["" if words.is_missing(c) else c for c in figures]
    place, mark = (
        sheet.place(rows.header.last_row, position, text),
        projects.mark_stated(stated, text),
    )
    scale = units.scaled(column, unit, figures, place, text, log, currency, mark)
    rows.scales[name] = scale
    for number, cell in zip(map(int, rows.numbers), figures, strict=True):
        if cell.strip() and (problem := scale.read(cell).problem):
            projects.refuse(problem, sheet.place(number, position, text), cell, text, log)
    scale.say(place, text, log)


def given_of(
    table: str,
    rows: RawRows,
    columns: dict[str, Column],
    stated: Stated,
    currency: str,
    log: Inquiry,
) -> Given:
    """The rows of a sheet as the table that they are, checked for what it needs."""
    sheet, header = rows.sheet, rows.header
    top = sheet.place(header.last_row)
    for position, text in header.others if table != "schools" else ():
        if position not in rows.fields.values() and position not in rows.used:
            place = sheet.place(header.last_row, position, text)
            log.warn("adopt_column_left", place, name=text, table=table_term(table))
    for name, texts in header.rivals.items():
        if name in rows.fields:  # several columns could hold it, and the user named none
            names = ", ".join(f"«{t}»" for t in texts)
            log.ask("adopt_column_twice", top, name, tuple(texts), option="--column", name=name,
                    names=names, first=texts[-1])  # fmt: skip
    _clear_missing(rows, columns, log)
    _read_years(rows, columns, stated, log)
    _decide_marks(rows, columns, stated, log)
    _check_cells(rows, columns, log)
    for name, column in columns.items():
        if column.required and name not in rows.fields and name not in rows.made:
            # Headers that hold a word of the field's names, for the sentence.
            spelt = headers.known_names(((name, column.header),))
            roots = {w for spelling in spelt for w in _words(spelling) if len(w) > 3} - _GENERIC
            like = [f"«{t}»" for _, t in header.others if roots & set(_words(t))]
            near, label = ", ".join(like[:3]) or "-", Term(name, f"column.{name}")
            key = name if table == "schools" or name not in _SCHOOL_FIELDS else f"{table}.{name}"
            if name == "acquired":
                continue  # asked of the units that are left
            if table == "schools":
                log.ask("adopt_column_missing", top, key, column.choices, name=key, nearest=near,
                        label=label)  # fmt: skip
                continue
            listed = ", ".join(column.choices) or "-"
            log.ask("adopt_field_missing", top, key, column.choices, name=key, nearest=near,
                    choices=listed, label=label)  # fmt: skip
    _mention(table, rows, columns, stated, currency, log)
    return Given(columns, [rows.row(index) for index in range(len(rows))])


def _clear_missing(rows: RawRows, columns: Mapping[str, Column], log: Inquiry) -> None:
    """Marks for a figure that is not known become empty cells, said with their counts: they are
    missing, never zero."""
    for name, position in rows.fields.items():
        column = columns[name]
        if column.kind not in ("int", "decimal", "ratio", "year") and not (
            column.kind == "list" and column.element in ("ratio", "decimal")
        ):
            continue
        known = rows.translated.get(name, {})
        found = Counter(
            cells.shown(c) for c in rows.column(position)
            if c.strip() and words.is_missing(c) and cells.folded(c) not in known
        )  # fmt: skip
        if found:
            rows.cleared.add(name)
            text = rows.titles[position]
            place = rows.sheet.place(rows.header.last_row, position, text)
            first = next(iter(found))
            said = {"names": devices.counted(found), "count": sum(found.values()), "first": first}
            log.warn("adopt_cells_missing", place, name=name, title=text, **said)


def _read_years(rows: RawRows, columns: Mapping[str, Column], stated: Stated, log: Inquiry) -> None:
    """Dates in columns of years that only their column can tell, such as ``04/17/2019``."""
    for name, position in rows.fields.items():
        if columns[name].kind != "year" or columns[name].name == "year":
            continue
        distinct = [c for c in dict.fromkeys(rows.column(position)) if c.strip()]
        unread = [c for c in distinct if cells.year(c).problem and not words.is_missing(c)]
        if not unread:
            continue
        found = words.dates(distinct, stated.value("dates"))
        place = rows.sheet.place(rows.header.last_row, position, rows.titles[position])
        said: dict[str, Any] = {"name": rows.titles[position]}
        if found.open:
            said |= {"count": len(found.open), "value": found.open[0]}
            log.ask("adopt_dates_open", place, "dates", ("dmy", "mdy", "ymd"), **said)
        elif found.decided_by:
            said |= {"order": found.order, "value": found.decided_by}
            log.note("adopt_dates_order", place, **said)
        devices.say_serials(found, rows.titles[position], place, log)
        for cell in unread:
            if cell in found.years:
                rows.translate(name, str(cells.words(cell).value), str(found.years[cell]))


def _decide_marks(
    rows: RawRows, columns: Mapping[str, Column], stated: Stated, log: Inquiry
) -> None:
    """Figures that could be thousands or decimals, as the user says of their column or as its other
    figures show, so that each of them stands for itself; kept for the mapping."""
    for name, position in rows.fields.items():
        column, title = columns[name], rows.titles.get(position, name)
        if "decimal" not in (column.kind, column.element):
            continue
        distinct = list(dict.fromkeys(rows.column(position)))
        doubtful = [c for c in distinct if cells.open_figures(c)]
        mark, shown = projects.mark_stated(stated, title), "-"
        if doubtful and not mark:
            mark, shown = cells.decimal_mark(distinct)
        if not doubtful or not mark:
            continue
        for cell in doubtful:
            rows.translate(name, str(cells.words(cell).value), cells.decided(cell, mark))
        figure = cells.open_figures(doubtful[0])[0]
        said: dict[str, Any] = {"name": title, "mark": mark, "value": cells.shown(shown)}
        said |= {"example": figure, "read": cells.decimal(cells.decided(figure, mark)).value}
        place = rows.sheet.place(rows.header.last_row, position, title)
        every = Counter(rows.column(position))
        log.note("adopt_mark_decided", place, count=sum(every[c] for c in doubtful), **said)
        log.keep("words", projects.MARK, title, mark)


_ID_WORDS = {*("id", "ids", "code", "mã", "uai", "urn", "identifiant", "código", "cod", "no")}
_GENERIC = {*("number", "numbers", "total", "totals", "name", "code", "nombre", "sum", "school")}
"""Words of headers that say nothing about which field a column holds."""
_GROUP_WORDS = {
    *("nhóm", "group", "dự", "án", "đầu", "tư", "xây", "dựng", "project", "construction")
}
"""Words of a header that may stand above groups of schools."""


def _check_cells(rows: RawRows, columns: Mapping[str, Column], log: Inquiry) -> None:
    """Dates in columns of ids, since a spreadsheet turns «3-5» into one; and entries of closed
    lists that are not on the list, each said once with its rows counted."""
    for name, position in rows.fields.items():
        if columns[name].kind == "id":
            numbered = zip(map(int, rows.numbers), rows.column(position), strict=True)
            dated = [(number, cell) for number, cell in numbered if cell[:1] == cells.DATE]
            for number, cell in dated[:SAME_KIND]:
                place = rows.sheet.place(number, position, rows.titles[position])
                log.warn("date_for_id", place, value=cells.shown(cell))
    place = rows.sheet.place(rows.header.last_row)
    for name in [n for n, c in columns.items() if n in rows.fields]:
        column = columns[name]
        if not column.choices:
            continue
        known = cells.choice_names(column.choices)
        said: dict[str, Any] = {"name": name, "choices": ", ".join(column.choices)}
        said["label"] = Term(name, f"column.{name}")
        listed = column.kind == "list"
        entries = Counter(
            cells.clean(part)
            for text in rows.texts(name)
            for part in (text.split(";") if listed else [text])
        )
        for text, count in entries.items():
            if text and cells.folded(text) not in known:
                several = name == "level" and words.several_levels(text)
                code = "adopt_level_several" if several else "adopt_value_unknown"
                key = f"{name}:{text}"
                log.ask(code, place, key, column.choices, value=text, count=count, **said)


def _mention(
    table: str,
    rows: RawRows,
    columns: Mapping[str, Column],
    stated: Stated,
    currency: str,
    log: Inquiry,
) -> None:
    """Units, in which figures are carried over into their column's own; which column each field
    comes from, and what is kept as attributes of the schools."""
    sheet, header = rows.sheet, rows.header
    own = {n: p for n, p in header.positions.items() if rows.fields.get(n) == p[0]}
    read = replace(header, positions=own)
    named = {n.rpartition(".")[2] for n in stated.columns}
    unsaid = Unit("", MONEY)
    default = projects.unit_stated(stated, rows.kind, currency) or unsaid
    found = headers.units_of(table, sheet, read, columns, currency, log, named, default)
    place = rows.sheet.place(rows.header.last_row)
    open_: list[str] = []
    for name, (position, title) in own.items():
        money = units.measured(table, columns[name]) == MONEY and table != "capacities"
        if not money or found.get(name, unsaid) is not unsaid:
            continue
        figures, at = list(rows.column(position)), sheet.place(header.last_row, position, title)
        # A sign of money beside the figures says what they are, too.
        said = found.pop(name, None) is None or any(words.bare_money(c) != c for c in figures)
        open_ += [] if said else [name]
        unit = projects.unit_unsaid(figures, title, at, currency, log)
        found |= {name: unit} if unit else {}
    for name, unit in found.items():
        _scale(rows, name, columns[name], unit, currency, stated, log)
    if open_ and not log.failed:
        plain = [(n, k) for n in open_ for k, c in enumerate(rows.column(rows.fields[n]))
                 if not units.in_cell(c, currency)]  # fmt: skip
        read_as = (str(rows.row(k).get(n, "")) for n, k in plain)
        amounts = [v.value for c in read_as if not (v := cells.whole(c)).problem]
        projects.say_small(rows.kind, place, amounts, currency, log)
    for name, position in rows.fields.items():
        if columns[name].doc:
            log.note("adopt_column", place, name=name, header=rows.titles[position])
            log.keep("columns", rows.kind, name, rows.titles[position])
    known = contracts.columns(TABLES["schools"])
    kept = [n for n in rows.fields if n not in known and not columns[n].doc]
    if kept:
        log.note("adopt_attributes", place, names=", ".join(f"«{n}»" for n in kept))
    carried = {*rows.fields.values(), *rows.used, *(p for p, _ in rows.header.others)}
    left = [t for p, t in sorted(rows.titles.items()) if p not in carried]
    if left:
        log.note("adopt_columns_aside", place, names=", ".join(f"«{t}»" for t in left))


def _leave_closed_out(rows: RawRows, grid: Grid, log: Inquiry) -> None:
    """Rows of schools that a column of statuses calls closed are left out and said."""
    for position in grid.roles.get("status", ()):
        texts = [str(cells.words(c).value or "") for c in rows.column(position)]
        meant = {t: words.meaning("schools", t) for t in set(texts) if t}
        closed = {t for t, m in meant.items() if m == "closed"}
        # A column of groups («Đang thi công») or of states (CA, NY) says nothing of closing.
        if not closed or sum(map(bool, meant.values())) * 2 < len(meant):
            continue
        kept = np.array([t not in closed for t in texts], dtype=bool)
        counts = Counter(t for t in texts if t in closed)
        title = rows.titles.get(position, grid.titles.get(position, ""))
        place = rows.sheet.place(rows.header.last_row, position, title)
        said = {"name": title, "count": int((~kept).sum()), "names": devices.counted(counts)}
        log.warn("adopt_schools_closed", place, **said)
        named = next((n for n in ("name", "school") if n in rows.fields), "")
        for text, stays in zip(rows.texts(named) if named else (), kept, strict=False):
            log.closed |= {} if stays or not text else {text: text}
        rows.keep_only(kept)


def _leave_unusable_out(rows: RawRows, grid: Grid, stated: Stated, log: Inquiry) -> None:
    """Rows of stock whose status says that they do not serve are left out, their units counted."""
    position = grid.first("status")
    if position is None or position in rows.fields.values():
        return
    texts = [str(cells.words(c).value or "") for c in rows.column(position)]
    units_of = rows.values("quantity") if "quantity" in rows.fields else ["1"] * len(texts)
    counts: Counter[str] = Counter()
    for text, quantity in zip(texts, units_of, strict=True):
        counts[text] += int(words.figure(quantity) or 0)
    place = rows.sheet.place(rows.header.last_row, position, rows.titles.get(position, ""))
    serves = devices.serving_states(counts, stated, place, log)
    rows.keep_only(np.array([serves[t] for t in texts], dtype=bool))
    rows.used.add(position)


def _complete_schools(rows: RawRows, grid: Grid, log: Inquiry) -> None:
    """What a list of schools usually lacks: ids, levels, groups, pupils in all; said aloud."""
    place = rows.sheet.place(rows.header.last_row)
    if "name" not in rows.fields and "school" in rows.fields and not rows.are_ids("school"):
        rows.fields["name"] = rows.fields.pop("school")
    if "name" not in rows.fields and "name" not in rows.made:
        plain = {cells.folded(n) for n in NAMED["school"]}
        for position, text in list(rows.header.others):
            if cells.folded(text) in plain:
                rows.fields["name"] = position
                rows.header.others.remove((position, text))
                break
    if "school" not in rows.made:
        _complete_ids(rows, log)
    if "group" not in rows.fields and "group" not in rows.made:
        rows.make("group", ["none"] * len(rows))
        # The first column whose every entry is the name of a group, for the sentence; figures
        # alone are none unless the header says so.
        known = cells.choice_names(contracts.columns(TABLES["schools"])["group"].choices)
        entries = ((t, {cells.folded(str(cells.words(c).value)) for c in rows.column(p)} - {""})
                   for p, t in rows.header.others)  # fmt: skip
        near = next(
            (t for t, said in entries if said and said <= set(known)
             and (_GROUP_WORDS & set(_words(t)) or not all(e.isdigit() for e in said))), "-",
        )  # fmt: skip
        log.warn("adopt_group_none", place, nearest=near)
    if "level" not in rows.fields and "level" not in rows.made:
        named = rows.values("name") if "name" in {**rows.fields, **rows.made} else []
        _complete_levels(rows, named, log)
    if "pupils" not in rows.fields and "pupils" not in rows.made and len(grid.grades) > 1:
        _sum_grades(rows, grid, log)


def _complete_ids(rows: RawRows, log: Inquiry) -> None:
    """Ids for schools without a usable column of them, and for those whose own cell is empty."""
    if "school" in rows.fields and rows.are_ids("school"):
        return
    place = rows.sheet.place(rows.header.last_row)
    refused = rows.fields.pop("school", None)
    width = max(3, len(str(len(rows))))
    made = [f"s{k + 1:0{width}d}" for k in range(len(rows))]
    reason, first_of = "-", "-"
    if refused is not None:
        texts = [str(cells.words(c).value or "") for c in rows.column(refused)]
        own = Counter(t for t in texts if t)
        numbers = [int(n) + rows.sheet.first_row for n in rows.numbers]
        title = rows.titles[refused]
        sound = own and all(grids.ID.fullmatch(t) and n == 1 for t, n in own.items())
        if sound and not set(own) & set(made):
            blank = [k for k, t in enumerate(texts) if not t]
            rows.make("school", [t or m for t, m in zip(texts, made, strict=True)])
            rows.used.add(refused)
            at = devices.several(str(numbers[k]) for k in blank)
            first = made[blank[0]]
            log.warn("adopt_ids_filled", place, name=title, rows=at, first=first, count=len(blank))
            return
        rows.header.others.append((refused, title))
        twice = next((t for t, n in own.items() if n > 1), "")
        wrong = twice or next((t for t in own if not grids.ID.fullmatch(t)), "")
        first_of = title if wrong else "-"
        at = devices.several(str(numbers[k]) for k, t in enumerate(texts) if t == wrong)
        reason = f"«{wrong}» ({at})" if wrong else "-"
    rows.make("school", made)
    # Columns that look like ids by their header or by every cell, for the sentence; - for none.
    found = [
        t
        for p, t in rows.header.others
        if p != refused
        and ((_ID_WORDS & set(_words(t)) and rows.identify(p, 0.5)) or _codes(rows, p))
    ]
    near = ", ".join(f"«{t}»" for t in found[:3]) or "-"
    option = f"--column {_quoted(f'school={found[0]}')}" if found else "-"
    said = {
        "first": made[0] if made else "-",
        "count": len(rows),
        "nearest": near,
        "option": option,
    }
    log.warn("adopt_ids_made", place, reason=reason, name=first_of, **said)


def _codes(rows: RawRows, position: int) -> bool:
    """Whether every row has a code of its own in a column: all of one length, five marks or more,
    of which some are digits."""
    found = [str(cells.words(c).value or "") for c in rows.column(position)]
    alike = len(found) > 1 and len({len(t) for t in found}) == 1 and len(found[0]) > 4
    return alike and all(re.search(r"\d", t) for t in found) and rows.identify(position)


def _quoted(text: str) -> str:
    """An argument as it is typed in a terminal."""
    return f'"{text}"' if re.search(r"[^\w.=-]", text) else text


def _complete_levels(rows: RawRows, named: Sequence[str], log: Inquiry) -> None:
    """Levels from the words in the schools' names; what they leave open is asked by name."""
    place = rows.sheet.place(rows.header.last_row)
    said = rows.translated.get("level", {})
    levels = [said.get(cells.folded(n), level_in(cells.clean(n))) for n in named]
    if not any(levels):
        return
    rows.make("level", levels)
    count = sum(map(bool, levels))
    log.warn("adopt_level_in_name", place, count=count, all=len(rows))
    choices = contracts.columns(TABLES["schools"])["level"].choices
    for name, level in zip(named, levels, strict=True):
        if not level and len([q for q in log.questions if q.key.startswith("level:")]) < SAME_KIND:
            several = words.several_levels(name)
            code = "adopt_level_several" if several else "adopt_level_unsaid"
            params: dict[str, Any] = {"value": name, "count": 1, "choices": ", ".join(choices)}
            log.ask(code, place, f"level:{name}", choices, gap=True, name="level", **params)


def _sum_grades(rows: RawRows, grid: Grid, log: Inquiry) -> None:
    """Pupils as the sum of their grades; where a grade has no figure, the sum has none."""
    place = rows.sheet.place(rows.header.last_row)
    sums: list[str] = []
    for number in map(int, rows.numbers):
        row = rows.sheet.rows[number]
        found = [row[p] if p < len(row) else "" for p in grid.grades]
        figures = [words.figure(c) for c in found if c.strip()]
        known = figures and all(f is not None and f == f.to_integral_value() for f in figures)
        sums.append(str(int(sum(f for f in figures if f is not None))) if known else "")
    rows.make("pupils", sums)
    titles = devices.several((f"«{grid.titles[p]}»" for p in grid.grades), 15)
    total = sum(int(t) for t in sums if t)
    open_ = sum(not t for t in sums) or "-"
    log.warn("adopt_grades_summed", place, names=titles, total=total, open=open_)


def _complete_items(rows: RawRows, log: Inquiry) -> None:
    """Ids for items that have names only."""
    named = "name" in rows.fields or "name" in rows.made
    if "item" in rows.fields and not named:
        rows.fields["name"] = rows.fields["item"]
    if "item" not in rows.made and ("item" not in rows.fields or not rows.are_ids("item")):
        position = rows.fields.pop("item", None)
        if position is not None and position not in rows.fields.values():
            rows.header.others.append((position, rows.titles[position]))
        width = max(2, len(str(len(rows))))
        rows.make("item", [f"i{k + 1:0{width}d}" for k in range(len(rows))])
        place = rows.sheet.place(rows.header.last_row)
        log.warn("adopt_items_made", place, first=f"i{1:0{width}d}", count=len(rows))


def level_in(name: str) -> str:
    """The level that a school's name says, or an empty text."""
    found = words.levels_in(name)
    return found[0] if len(found) == 1 else ""


def _words(text: str) -> list[str]:
    """Lower-case words of a header: `NumberOfPupils`, `total_students`, `Số lớp`."""
    apart = re.sub(r"(?<=[a-zà-ỹ])(?=[A-Z])", " ", text)
    return [w for w in re.split(r"[\W_]+", apart.casefold()) if w]


# --------------------------------------------------------------------------------------------------
# Rows that head others or sum them up.

WARD, SECTION = "ward", "section"
"""Attributes of schools in which headings are kept that say neither a group nor a level."""


def _sections(rows: RawRows, columns: dict[str, Column], log: Inquiry) -> None:
    """What headings say of the schools below them: their group, their level, or a place."""
    if not len(rows) or not rows.left_out:
        return
    counters = grids.counters_of(rows.titles)
    last = int(rows.numbers.max())
    found: list[grids.Heading] = []
    for index, code in sorted(rows.left_out.items()):
        one = grids.heading(rows.sheet, index, counters)
        total = body.is_total(one.text) or body.like_total(one.text)
        if index > last or code == "row_is_total" or total or not one.text:
            continue
        if one.counter or _says(one.text):
            found.append(one)
    series = grids.series(found)
    kind_of = {h.row: kind for kind, several in series.items() for h in several}
    order = list(series)
    said: dict[str, list[str]] = {kind: [] for kind in series}
    current: dict[str, str] = {}
    waiting = sorted(found, key=lambda h: h.row)
    for number in map(int, rows.numbers):
        while waiting and waiting[0].row < number:
            one = waiting.pop(0)
            kind = kind_of[one.row]
            # A heading ends those inside the one before it.
            current = {k: t for k, t in current.items() if order.index(k) < order.index(kind)}
            current[kind] = one.text
        for kind in series:
            said[kind].append(current.get(kind, ""))
    place = rows.sheet.place(rows.header.last_row)
    for kind, texts in said.items():
        distinct = dict.fromkeys(t for t in texts if t)
        meant = {f: {t: _means(f, t) for t in distinct} for f in ("group", "level")}
        name = next((f for f, by in meant.items() if distinct and all(by.values())), "")
        taken = name in rows.fields or name in rows.made
        if name == "level" and "name" in rows.fields:
            # A school's own name says its level nearer than a heading does.
            taken = taken or all(map(level_in, rows.texts("name")))
        if name and not taken:
            rows.make(name, [meant[name].get(t, "") for t in texts])
        elif distinct and not name:
            wards = all(_begins(t, WORDS["wards"]["words"]) for t in distinct)
            name = WARD if wards else SECTION
            name = name if name not in columns else f"{name} {kind}"
            columns[name] = attribute(name)
            rows.make(name, texts)
        if distinct and not taken:
            names = devices.several(f"«{t}»" for t in distinct)
            code = "adopt_sections_kept" if name not in _SCHOOL_FIELDS else "adopt_sections"
            log.note(code, place, name=name, names=names, count=len(distinct))


def _says(text: str) -> bool:
    """Whether a text without a counter may head schools."""
    return bool(
        _means("group", text) or _means("level", text) or body.like_group(text)
        or _begins(text, WORDS["wards"]["words"])
    )  # fmt: skip


def _begins(text: str, beginnings: Sequence[str]) -> bool:
    return any(cells.folded(text).startswith(w) for w in beginnings)


def _means(name: str, text: str) -> str:
    """The group or the level that a heading says, or an empty text."""
    known = cells.choice_names(contracts.columns(TABLES["schools"])[name].choices)
    bare = re.sub(r"\s*[(:].*$", "", text)
    return known.get(cells.folded(bare), "") or (level_in(bare) if name == "level" else "")
