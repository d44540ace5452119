"""Raw tables → the workbook of a first scenario: ``planner new --from FILE``.

Cells are carried over as they stand, never read and written anew, so that no figure can change
on the way; what has to be made (ids, the level in a school's name, the group) is said. What a
raw table cannot tell (prices, norms, money) comes from the illustrative example.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from planner.errors import Place
from planner.messages import NAMED
from planner.scenario import contracts
from planner.scenario.contracts import TABLES, Column, attribute
from planner.scenario.new.starter import Given
from planner.scenario.reading import body, headers, sources, units, xlsx_rows
from planner.scenario.reading import values as cells
from planner.scenario.reading.headers import Header
from planner.scenario.reading.sources import MERGED_ROWS, SAME_KIND, Folder, Log, Sheet, nearest
from planner.scenario.reading.typed_rows import RESERVED
from planner.scenario.reading.units import Scale, states_unit
from planner.scenario.schema import Settings

# --------------------------------------------------------------------------------------------------
# Rows of a raw sheet under the fields of a table, cells untouched.

WIDE = 4
"""Columns of a table in which a row of one cell is no data."""
_ID = re.compile(r"[\w.-]{1,80}")


@dataclass
class RawRows:
    """The rows of data of a sheet: which column holds which field, and what was made."""

    sheet: Sheet
    header: Header
    numbers: np.ndarray
    """Index into the sheet's rows."""
    fields: dict[str, int]
    """Field → position of its column."""
    made: dict[str, list[str]] = field(default_factory=dict)
    """Field → values that no column holds."""
    translated: dict[str, dict[str, str]] = field(default_factory=dict)
    """Field → entry of its column, folded → what it means."""
    scales: dict[str, Scale] = field(default_factory=dict)
    """Field → how its figures are read, where they are in a unit of their own."""
    titles: dict[int, str] = field(init=False)
    """Position → header as written."""

    def __post_init__(self) -> None:
        self.titles = dict((*self.header.positions.values(), *self.header.beside()))

    def __len__(self) -> int:
        return len(self.numbers)

    def make(self, name: str, values: list[str]) -> None:
        """Put values in the place of a column."""
        self.fields.pop(name, None)
        self.made[name] = values

    def translate(self, name: str, old: str, new: str) -> None:
        """Say what an entry of a column means."""
        self.translated.setdefault(name, {})[cells.folded(old)] = new

    def column(self, position: int) -> Iterator[str]:
        """The cells of a column."""
        for number in map(int, self.numbers):
            row = self.sheet.rows[number]
            yield row[position] if position < len(row) else ""

    def texts(self, name: str) -> list[str]:
        """The cells of a field as texts, translated where the user said how."""
        return [str(self._said(name, c)) for c in self.column(self.fields[name])]

    def _said(self, name: str, cell: str) -> str:
        text = str(cells.words(cell).value or "")
        return self.translated.get(name, {}).get(cells.folded(text), text)

    def filled(self, position: int) -> bool:
        """Whether any cell of a column holds something."""
        return any(c.strip() for c in self.column(position))

    def are_ids(self, name: str) -> bool:
        """Whether the cells of a field identify the rows: well-formed, given and different."""
        return self.identify(self.fields[name])

    def identify(self, position: int, share: float = 1.0) -> bool:
        """Whether the cells of a column identify the rows, or ``share`` of them."""
        found = [str(cells.words(c).value or "") for c in self.column(position)]
        if share < 1:
            found = [t for t in found if t] if sum(map(bool, found)) > share * len(found) else [""]
        return all(_ID.fullmatch(t) for t in found) and len(set(found)) == len(found)

    def row(self, index: int) -> dict[str, Any]:
        """A row by field, cells with their marks."""
        source = self.sheet.rows[int(self.numbers[index])]
        found: dict[str, Any] = {}
        for name, position in self.fields.items():
            if position < len(source):
                cell = source[position]
                scale = self.scales.get(name)
                said = self._said(name, cell) if name in self.translated else cell
                found[name] = scale.cell(cell) if scale else said
        return found | {n: values[index] for n, values in self.made.items()}


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
    for finding in refused.findings:
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
        # One cell in a wide table: a footnote.
        value = cells.shown(sheet.rows[index][filled[0]])
        pairs = (*header.positions.values(), *header.beside())
        title = next((t for p, t in pairs if p == filled[0]), "")
        place = sheet.place(index, filled[0], title)
        if states_unit(value):
            log.error("note_holds_unit", place, value=value)
        else:
            log.warn("adopt_row_left_out", place, value=value)
    fields = {n: p for n, (p, _) in header.positions.items()}
    return RawRows(sheet, header, np.array(kept, dtype=np.int64), fields)


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


TABLE_FILES = (".csv", ".tsv", ".txt")
LEVEL_WORDS = (
    ("preschool", r"mầm non|mẫu giáo|\bMN\b|nursery|kindergarten|maternelle"),
    ("primary", r"tiểu học|\bTH\b|primary|elementary|élémentaire"),
    ("lower_secondary", r"trung học cơ sở|\bTHCS\b|middle school|junior high|collège"),
    ("upper_secondary", r"trung học phổ thông|\bTHPT\b|high school|lycée"),
)
"""Words in a school's name that say its level; names with words of two levels say nothing."""


@dataclass(frozen=True)
class Stated:
    """What the user said of the raw tables."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Field → header of the column that holds it."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Field of ``schools`` → one value for every row; ``field:old`` → what ``old`` means."""


def adopted(paths: list[Path], stated: Stated, log: Log) -> dict[str, Given]:
    """The tables that the files hold, as rows for the template; findings go to ``log``."""
    found: dict[str, Given] = {}
    read: list[tuple[Sheet, Log]] = []
    for path in paths:
        data = Folder(path.parent, log).read(path.name, Place(path.name))
        if data is not None and path.suffix.lower() in TABLE_FILES:
            alone = sources.read(data, path.name, log)
            read += [] if alone is None else [(alone, Log())]
        elif data is not None:
            read += xlsx_rows.sheets(data, path.name, log) or []
    _check_stated(stated, [s for s, _ in read], log)
    spellings = {cells.folded(header): name for name, header in stated.columns.items()}
    for sheet, said in read:
        # The table that a sheet or file holds: by its name, else by its header.
        name = sheet.sheet or Path(sheet.file).stem
        table = xlsx_rows.table_names().get(cells.folded(name), "")
        if table not in TABLES:
            scores = headers.scored(sheet, spellings)
            likely = {t: s for t, s in scores.items() if s[0] >= 2}
            order = sorted(likely, key=lambda t: (likely[t][1], -likely[t][0], t != "schools"))
            table = (*order, "schools" if len(read) == 1 else "")[0]
        if not table:
            log.note("read_not_sheet", sheet.place())
            continue
        log.add(said)
        if table in found:
            log.error("adopt_table_twice", sheet.place(), name=table)
        else:
            found[table] = _given(table, sheet, stated, spellings, log)
    if not log.failed and "schools" not in found:
        log.error("adopt_no_schools", Place(", ".join(p.name for p in paths)))
    return found


def _given(
    table: str, sheet: Sheet, stated: Stated, spellings: Mapping[str, str], log: Log
) -> Given:
    """A raw sheet as rows of ``table``."""
    columns = dict(contracts.columns(TABLES[table]))
    also = {h: n for h, n in spellings.items() if n in columns}
    header = headers.find(table, sheet, columns, Log(), also) or likely_header(sheet, also)
    rows = raw_rows(table, sheet, header, columns, log)
    top = sheet.place(header.last_row)
    if table == "schools":
        _complete_schools(rows, stated, log)
    # Columns of schools that hold no field stay as attributes; one that cannot is said.
    known = headers.names_of(columns)
    measures = {n: units.measured(table, c) for n, c in columns.items()}
    for position, text in header.others:
        place = sheet.place(header.last_row, position, text)
        kept = text
        if table != "schools":
            log.warn("adopt_column_left", place, name=text, table=table)
        elif not rows.filled(position):
            log.note("adopt_column_empty", place, name=text)
        else:
            if text in RESERVED or headers.recognised(text, known, measures):
                kept = f"other {text}"
                log.warn("adopt_column_renamed", place, name=text, kept=kept)
            if kept in columns:
                log.error("column_twice", place, name=text)
            else:
                rows.fields[kept], columns[kept] = position, attribute(kept)
    for name, texts in header.rivals.items():
        if name in rows.fields:  # several columns could hold it, and the user named none
            names = ", ".join(f"«{t}»" for t in texts)
            log.error("adopt_column_twice", top, name=name, names=names, first=texts[-1])
    _check_cells(rows, columns, log)
    for name, column in columns.items():
        if column.required and name not in rows.fields and name not in rows.made:
            # Headers that hold a word of the field's names, for the sentence.
            spelt = headers.known_names(((name, column.header),))
            words = {w for spelling in spelt for w in _words(spelling) if len(w) > 3} - _GENERIC
            like = [f"«{t}»" for _, t in header.others if words & set(_words(t))]
            near = ", ".join(like[:3]) or "-"
            log.error("adopt_column_missing", top, name=name, nearest=near)
    _mention(table, rows, columns, set(also.values()), log)
    return Given(columns, [rows.row(index) for index in range(len(rows))])


_ID_WORDS = {*("id", "ids", "code", "mã", "uai", "urn", "identifiant", "código", "cod", "no")}
_GENERIC = {*("number", "numbers", "total", "totals", "name", "code", "nombre", "sum", "school")}
"""Words of headers that say nothing about which field a column holds."""


def _check_stated(stated: Stated, sheets: list[Sheet], log: Log) -> None:
    """The fields and headers that the user names exist."""
    known = {n: c for model in TABLES.values() for n, c in contracts.columns(model).items()}
    school = contracts.columns(TABLES["schools"])
    for option, names, allowed in (
        ("--column", stated.columns, known),
        ("--value", stated.values, school),
    ):
        for name in (n.partition(":")[0] for n in names):
            if name not in allowed:
                like = nearest(name, allowed) or "-"
                log.error("adopt_field_unknown", option=option, name=name, nearest=like)
    for bare, text in {cells.folded(h): h for h in stated.columns.values()}.items():
        same = [n for n, h in stated.columns.items() if cells.folded(h) == bare]
        if len(same) > 1:
            log.error("adopt_header_for_two", names=", ".join(same), header=text)
    top = (c for sheet in sheets for row in sheet.rows[:MERGED_ROWS] for c in row)
    seen = dict.fromkeys(cells.clean(c.lstrip(cells.MARKS)) for c in top)
    folded = {cells.folded(t) for t in seen}
    for name, header in stated.columns.items():
        if sheets and cells.folded(header) not in folded:
            like = nearest(header, seen) or "-"
            log.error("adopt_header_unknown", name=name, header=header, nearest=like)


def _check_cells(rows: RawRows, columns: Mapping[str, Column], log: Log) -> None:
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
    for name in [n for n, c in columns.items() if c.kind == "choice" and n in rows.fields]:
        known = contracts.choice_names(columns[name].choices)
        said = {"name": name, "choices": ", ".join(columns[name].choices)}
        for text, count in Counter(cells.clean(t) for t in rows.texts(name)).items():
            if text and cells.folded(text) not in known:
                log.error("adopt_value_unknown", place, value=text, count=count, **said)


def _mention(
    table: str, rows: RawRows, columns: Mapping[str, Column], stated: set[str], log: Log
) -> None:
    """Units, in which figures are carried over into their column's own; which column each field
    comes from, and what is kept as attributes of the schools."""
    sheet, header = rows.sheet, rows.header
    own = {n: p for n, p in header.positions.items() if rows.fields.get(n) == p[0]}
    read = replace(header, positions=own)
    currency = Settings.model_fields["currency"].default
    found = units.of_sheet(table, sheet, read, columns, currency, log, stated)
    for name, unit in found.items():
        position, text = own[name]
        figures = list(rows.column(position))
        place = sheet.place(header.last_row, position, text)
        scale = rows.scales[name] = units.scaled(columns[name], unit, figures, place, text, log)
        for number, cell in zip(map(int, rows.numbers), figures, strict=True):
            if cell.strip() and (problem := scale.read(cell).problem):
                value = cells.shown(cell)
                log.error(problem, sheet.place(number, position, text), value=value)
        scale.say(place, text, log)
    place = rows.sheet.place(rows.header.last_row)
    for name, position in rows.fields.items():
        if columns[name].doc:
            log.note("adopt_column", place, name=name, header=rows.titles[position])
    known = contracts.columns(TABLES["schools"])
    kept = [n for n in rows.fields if n not in known and not columns[n].doc]
    if kept:
        log.note("adopt_attributes", place, names=", ".join(f"«{n}»" for n in kept))
    carried = {*rows.fields.values(), *(p for p, _ in rows.header.others)}
    left = [t for p, t in sorted(rows.titles.items()) if p not in carried]
    if left:
        log.note("adopt_columns_aside", place, names=", ".join(f"«{t}»" for t in left))


def _complete_schools(rows: RawRows, stated: Stated, log: Log) -> None:
    """What a list of schools usually lacks: ids, levels, groups; each is said aloud."""
    for key, value in stated.values.items():
        name, _, old = key.partition(":")
        if old:
            rows.translate(name, old, value)
        else:
            rows.make(name, [value] * len(rows))
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
    if "school" not in rows.made and ("school" not in rows.fields or not rows.are_ids("school")):
        refused = rows.fields.pop("school", None)
        if refused is not None:
            rows.header.others.append((refused, rows.titles[refused]))
        width = max(3, len(str(len(rows))))
        rows.make("school", [f"s{k + 1:0{width}d}" for k in range(len(rows))])
        # Columns whose header and cells look like ids, for the sentence; - for none.
        found = [f"«{t}»" for p, t in rows.header.others
                 if _ID_WORDS & set(_words(t)) and rows.identify(p, 0.5)]  # fmt: skip
        near = ", ".join(found[:3]) or "-"
        first = f"s{1:0{width}d}"
        log.warn("adopt_ids_made", place, first=first, count=len(rows), nearest=near)
    if "group" not in rows.fields and "group" not in rows.made:
        rows.make("group", ["none"] * len(rows))
        # The first column whose every entry is the name of a group, for the sentence.
        known = contracts.choice_names(contracts.columns(TABLES["schools"])["group"].choices)
        entries = ((t, {cells.folded(str(cells.words(c).value)) for c in rows.column(p)} - {""})
                   for p, t in rows.header.others)  # fmt: skip
        near = next((t for t, said in entries if said and said <= set(known)), "-")
        log.warn("adopt_group_none", place, nearest=near)
    if "level" not in rows.fields and "level" not in rows.made and "name" in rows.fields:
        levels = [level_in(cells.clean(n)) for n in rows.texts("name")]
        if any(levels):
            rows.make("level", levels)
            log.warn("adopt_level_in_name", place, count=sum(map(bool, levels)), all=len(rows))


def level_in(name: str) -> str:
    """The level that a school's name says, or an empty text."""
    found = [level for level, words in LEVEL_WORDS if re.search(words, name, re.IGNORECASE)]
    return found[0] if len(found) == 1 else ""


def _words(text: str) -> list[str]:
    """Lower-case words of a header: `NumberOfPupils`, `total_students`, `Số lớp`."""
    apart = re.sub(r"(?<=[a-zà-ỹ])(?=[A-Z])", " ", text)
    return [w for w in re.split(r"[\W_]+", apart.casefold()) if w]
