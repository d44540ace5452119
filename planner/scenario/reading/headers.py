"""Finding the header of a table: ids or labels, below titles, over one row or two."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from planner.errors import Place
from planner.messages import COUNTERS, NAMED, REMARKS, spellings, table_term
from planner.scenario import contracts
from planner.scenario.contracts import TABLES, Column
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


@lru_cache(maxsize=4096)
def _taken_apart(text: str) -> tuple[str, str, tuple[str, ...]]:
    """A header cell folded, the same without brackets, and what stands in them."""
    shown = _STARS.sub(" ", text.lstrip(values.MARKS))
    outside, inside = units.brackets(shown)
    return values.folded(shown), values.folded(outside), inside


def recognised(text: str, names: Mapping[str, str], measures: Measures) -> str:
    """The field that a header cell names, or an empty text.

    ``Đơn giá (nghìn đồng)``, ``Đơn giá, nghìn đồng`` and ``price_kvnd`` are the price with the
    unit beside it; a tail that is no unit of what the field measures leaves the cell unknown.
    """
    whole, plain, _ = _taken_apart(text)
    if found := names.get(whole) or names.get(plain):
        return found
    for apart in _APART.finditer(plain):
        name = names.get(plain[: apart.start()].strip())
        if name and units.ends(plain[apart.end() :], measures.get(name, "")):
            return name
    return ""


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

    @cache
    def field_of(cell: str) -> str:
        return recognised(cell, names, measures)

    # Where every cell of the first row names a field, and no row is wider, no other row and no
    # two rows can name more.
    width, first = max(map(len, top), default=0), top[0] if top else []
    plain = width and len(first) == width and all(map(field_of, first))
    single = [sum(bool(field_of(c)) for c in row) for row in (top[:2] if plain else top)]
    pairs = [] if plain else [_paired(sheet, top, r, field_of) for r in range(len(top) - 1)]
    double = [len({field_of(t) for t in texts} - {""}) for texts in pairs]
    best, best_double = max(single, default=0), max(double, default=0)
    if max(best, best_double) < min(2, len(columns)):
        expected = ", ".join(c.header for c in columns.values() if c.required)
        log.error("header_missing", sheet.place(0), expected=expected or next(iter(columns)))
        return None
    if best_double > best:
        row = double.index(best_double)
        texts, last = pairs[row], row + 1
    else:
        row = last = single.index(best)
        texts = top[row]
        if row + 1 < len(top) and single[row + 1] >= max(2, best - 1):
            last = row + 1
            both = zip(_padded(top[last], texts), _padded(texts, top[last]), strict=True)
            texts = [a or b for a, b in both]
    # A row below that holds nothing but units belongs to the header.
    below = top[last + 1] if last + 1 < len(top) else []
    filled = [(p, values.clean(c.lstrip(values.MARKS))) for p, c in enumerate(below) if c.strip()]
    inside = all(p < len(texts) and texts[p].strip() for p, _ in filled)
    marked = any(c[:1] in values.MARKS for c in below if c)
    if not inside or marked or not units.are_units([c for _, c in filled]):
        below = []
    if row or last != row:
        log.note("read_header", sheet.place(row), rows=str(last - row + 1))
    header = _positions(texts, last + bool(below), names, measures, also or {})
    header.first_row = row
    _set_asides_apart(table, header, columns)
    _remark(header, sheet, top[row : last + 1], names_of(columns), measures, below)
    return header


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
    over = _spread(sheet, rows[0], rows[1], header.first_row, width) if len(rows) > 1 else []
    for name, (position, _) in header.positions.items():
        said = [
            _said(row[position] if position < len(row) else "", names, measures.get(name, ""))
            for row in (rows[-1], below, over)
        ]
        upper = over[position] if position < len(over) else ""
        own = recognised(upper, names, measures) == name
        for kind, texts in (
            (header.remarks, [*said[0], *said[1], *(said[2] if own else ())]),
            (header.shared, () if own else said[2]),
        ):
            kind[name] = list({values.folded(t): t for t in texts}.values())


def _said(cell: str, names: Mapping[str, str], measure: str) -> tuple[str, ...]:
    """What a header cell says beside a name: brackets, and a unit at its end."""
    whole, plain, inside = _taken_apart(cell)
    if not whole or whole in names:
        return ()
    if not plain or plain in names:
        return inside
    tails = [plain, *(plain[a.end() :] for a in _APART.finditer(plain))]
    return (*[t for t in tails if units.ends(t, measure)][:1], *inside)


def _padded(row: list[str], like: list[str]) -> list[str]:
    return row + [""] * max(0, len(like) - len(row))


def _spread(sheet: Sheet, upper: list[str], lower: list[str], row: int, width: int) -> list[str]:
    """The upper row of a header, each cell repeated over the columns that it spans."""
    found = upper + [""] * (width - len(upper))
    for r0, c0, r1, c1 in sheet.merged:
        if r0 <= row <= r1 and c0 < len(upper):
            found[c0 : c1 + 1] = [upper[c0]] * (min(c1 + 1, width) - c0)
    for column in range(1, min(width, len(lower)) if not sheet.merged else 0):
        if not found[column] and lower[column]:
            found[column] = found[column - 1]
    return found


def _paired(
    sheet: Sheet, top: list[list[str]], row: int, field_of: Callable[[str], str]
) -> list[str]:
    """Two rows as one header: the upper cell, filled over its merged range, and the lower; or the
    lower alone where that is a name."""
    width = max(len(top[row]), len(top[row + 1]))
    upper = _spread(sheet, top[row], top[row + 1], row, width)
    lower = _padded(top[row + 1], upper)
    alone = list(lower)
    for r0, c0, r1, c1 in sheet.merged:
        if r0 <= row < r1:
            lower[c0 : c1 + 1] = [""] * max(0, min(c1 + 1, width) - c0)
    found: list[str] = []
    for above, beneath, below in zip(upper, lower, alone, strict=True):
        one = " ".join(p for p in (values.clean(above), values.clean(beneath)) if p)
        by_itself = not field_of(one) and field_of(below)
        found.append(values.clean(below) if by_itself else one)
    return found


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


def _set_asides_apart(table: str, header: Header, columns: dict[str, Column]) -> None:
    """Sets aside what belongs to no field though every office writes it."""
    # Where a column of names stands before the ids («Trường», «Mã trường»), the ids count.
    for name, headers in NAMED.items():
        spelt = {values.folded(t) for t in headers}
        rivals = header.rivals.get(name, [])
        ids = [t for t in rivals if values.folded(t) not in spelt]
        in_schools = table == "schools" and name == "school"
        lost = table == "schools" and (not in_schools or "name" in header.positions)
        if len(rivals) != 2 or len(ids) != 1 or lost:
            continue
        pairs = [header.positions[name], *(t for t in header.twice if t[1] in rivals)]
        other = next(p for p in pairs if p[1] != ids[0])
        header.positions[name] = next(p for p in pairs if p[1] == ids[0])
        header.twice = [t for t in header.twice if t not in pairs]
        header.rivals.pop(name)
        if in_schools:
            header.positions["name"] = other
        else:
            header.twice.append(other)
    named = {} if table == "schools" else NAMED
    for name, headers in named.items():
        spelt = {values.folded(t) for t in headers}
        if name in columns and name not in header.positions:
            pair = next((o for o in header.others if values.folded(o[1]) in spelt), None)
            if pair is not None:
                header.positions[name] = pair
                header.others.remove(pair)
    left_out = [*COUNTERS, *(REMARKS if table != "schools" else ())]
    for name in header.positions:
        left_out += named.get(name, ())
    plain = {values.folded(t) for t in left_out}
    for kind in (header.others, header.twice):
        found = [pair for pair in kind if values.folded(pair[1]) in plain]
        header.asides += found
        kind[:] = [pair for pair in kind if pair not in found]
    for name, texts in list(header.rivals.items()):
        own = header.positions.get(name, (0, ""))[1]
        kept = [t for t in texts if values.folded(t) not in plain or t == own]
        header.rivals[name] = kept
        if len(kept) < 2:
            del header.rivals[name]


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
            continue
        likely = {t: s for t, s in scores.items() if s[0] >= LIKELY and t not in known}
        if likely:
            table = max(likely, key=lambda t: (likely[t][0], -len(likely[t][1])))
            missing = ", ".join(likely[table][1]) or "-"
            log.warn("sheet_skipped", sheet.place(), name=table_term(table), missing=missing)
        else:
            log.note("read_not_sheet", sheet.place())
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
        columns = contracts.columns(model)
        required = [n for n, c in columns.items() if c.required]
        if len(required) < LIKELY:
            continue
        more = {h: n for h, n in (also or {}).items() if n in columns}
        header = find(table, sheet, columns, Log(), more)
        if header is not None:
            missing = [columns[n].header for n in required if n not in header.positions]
            scores[table] = (len(header.positions), missing)
    return scores


# --------------------------------------------------------------------------------------------------
# Which unit the figures of each column are in.


def units_of(
    table: str,
    sheet: Sheet,
    header: Header,
    columns: Mapping[str, Column],
    currency: str,
    log: Log,
    stated: Collection[str] = (),
    default: units.Unit | None = None,
) -> dict[str, units.Unit]:
    """Field → the unit that its figures are in, where it is not the column's own.

    A remark that is not understood is a finding; for fields in ``stated``, whose header the
    user named, a warning. Money of which the sheet says no unit is in ``default`` (with a text: a
    unit that the user stated; another one in the sheet is a finding).
    """
    lines = _Lines(sheet, header, currency)
    found: dict[str, units.Unit] = {}
    used = False
    item, below = header.positions.get("item", (10**6, ""))[0], sheet.rows[header.last_row + 1 :]
    counted = table == "capacities" and any(item < len(r) and r[item].strip() for r in below)
    bare: list[tuple[str, Place]] = []
    for name, (position, text) in header.positions.items():
        measures = units.measured(table, columns[name])
        place = sheet.place(header.last_row, position, text)
        unit = _in_header(header, name, measures, currency, place, log, name in stated)
        if table == "catalogue" and unit is not None and unit.per:
            at = header.positions.get("unit", (10**6, ""))[0]
            cells = [values.clean(r[at]) for r in below if at < len(r) and r[at].strip()]
            other = next((c for c in cells if not units.plain(c).startswith(unit.per)), "")
            if other:
                log.error("unit_per_other", place, name=text, unit=unit.text, value=other)
        if measures == units.MONEY:
            used = True
            unit = unit or lines.over(position)
            if unit is None and (default is None or not default.text):
                bare.append((text, place))
            elif unit is not None and default and default.text and unit.times != default.times:
                several = f"«{unit.text}», «{default.text}»"
                log.error("unit_of_several", place, name=text, units=several)
            if unit is None and (table, name) != ("capacities", "most"):
                below_it = (r[position] for r in below if position < len(r))
                own = default is None and any(units.in_cell(c, currency) for c in below_it)
                unit = units.Unit("", units.MONEY) if own else default
        if unit is None or (unit.same and unit is not default and unit.text):
            continue
        if measures == units.NUMBER and table not in TABLES:
            log.error("unit_unknown", place, name=text, unit=unit.text, currency=currency)
        elif (table, name) == ("capacities", "most") and counted:
            log.error("unit_on_units", place, name=text, unit=unit.text)
        else:
            found[name] = unit
    beside = [
        n for n in found if units.measured(table, columns[n]) == units.MONEY and found[n].text
    ]
    for text, place in bare if beside else ():
        other, said = header.positions[beside[0]][1], found[beside[0]].text
        log.warn("unit_beside_none", place, name=text, other=other, unit=said)
    kinds = (units.COUNT, units.NUMBER)
    counts = any(units.measured(table, columns[n]) in kinds for n in header.positions)
    lines.complain(used, counts, log)
    return found


def _in_header(
    header: Header, name: str, measures: str, currency: str, place: Place, log: Log, stated: bool
) -> units.Unit | None:
    """The unit in a field's own header, else in the heading over its column."""
    said = {"name": header.positions[name][1], "currency": currency}
    found: list[units.Unit] = []
    for remark in header.remarks.get(name, ()):
        unit = units.read(remark, measures, currency)
        if unit is None and stated and not units.speaks(remark):
            log.warn("unit_unread", place, unit=remark, **said)
        elif unit is None:
            log.error("unit_unknown", place, unit=remark, **said)
        elif unit.kind != "harmless":
            found.append(unit)
    if len({(u.times, u.over) for u in found}) > 1:
        several = ", ".join(f"«{u.text}»" for u in found)
        log.error("unit_of_several", place, name=said["name"], units=several)
    for remark in header.shared.get(name, ()) if not found else ():
        unit = units.read(remark, measures, currency)
        if unit is None and measures not in (units.TEXT, units.YEAR):
            log.error("unit_unknown", place, unit=remark, **said)
        elif unit is not None and unit.kind != "harmless":
            return unit
    return found[0] if found else None


class _Lines:
    """What the rows above a table, and its sheet's name, say of the unit of money."""

    def __init__(self, sheet: Sheet, header: Header, currency: str) -> None:
        self.currency = currency
        self.whole: list[tuple[units.Unit, Place]] = []
        self.spans: list[tuple[units.Unit, range]] = []
        self.unknown: list[tuple[str, Place]] = []
        for row in range(header.first_row):
            cells = enumerate(sheet.rows[row])
            filled = [(p, values.clean(c)) for p, c in cells if c[:1] not in values.MARKS]
            filled = [(p, c) for p, c in filled if c]
            after = [p for p, c in enumerate(sheet.rows[row]) if c.strip()]
            while filled:
                position, said = filled.pop(0)
                if units.leads(said) and filled:  # «ĐVT» and the cell right of it are one text
                    said = f"{said} {filled.pop(0)[1]}"
                unit, claims = units.of_line(said, currency)
                place = sheet.place(row, position)
                if unit is not None:
                    self.whole.append((unit, place))
                elif claims:
                    self.unknown.append((said, place))
                elif (unit := units.in_title(said, currency)) is not None:
                    # It holds for the columns below; for all where it stands alone in its row.
                    over = (range(c0, c1 + 1) for r0, c0, r1, c1 in sheet.merged
                            if r0 <= row <= r1 and c0 == position)  # fmt: skip
                    span = next(over, None)
                    # What is merged from the first column on is a title, however far it reaches.
                    if len(after) == 1 and (span is None or not position):
                        self.whole.append((unit, place))
                    else:
                        end = next((p for p in after if p > position), 10**6)
                        self.spans.append((unit, span or range(position, end)))
                else:
                    asides = [a for a in units.brackets(said)[1] if units.speaks(a)]
                    doubtful = asides or ([said] if units.states_unit(said) else [])
                    self.unknown += [(a, place) for a in doubtful]
        unit = units.in_title(sheet.sheet, currency) if sheet.sheet else None
        if unit is not None:
            self.whole.append((unit, sheet.place()))

    def over(self, position: int) -> units.Unit | None:
        """The unit that holds for a column of money."""
        for unit, span in self.spans:
            if position in span:
                return unit
        return self.whole[0][0] if self.whole else None

    def complain(self, money: bool, counts: bool, log: Log) -> None:
        """Findings on lines that are not understood, that differ or that fit no column."""
        for said, place in self.unknown:
            log.error("unit_line_unknown", place, unit=values.shown(said), currency=self.currency)
        if len({u.times for u, _ in self.whole}) > 1:
            said = ", ".join(f"«{u.text}»" for u, _ in self.whole)
            log.error("unit_of_several", self.whole[1][1], name="-", units=said)
        for unit, place in self.whole[:1]:
            if not money and counts and unit.kind == "" and not unit.same:
                log.error("unit_line_unknown", place, unit=unit.text, currency=self.currency)
