"""The unit of each column of a sheet, and its figures brought to the column's own unit.

A unit comes from the header (:mod:`planner.scenario.reading.headers`), from a heading over several
columns, or from a line above the table. One that changes figures is always said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal

from planner.errors import Place
from planner.scenario.contracts import TABLES
from planner.scenario.fields import Column
from planner.scenario.reading import units, values
from planner.scenario.reading.headers import Header
from planner.scenario.reading.sources import Log, Sheet
from planner.scenario.reading.units import Unit

_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:([.,' ’])[0-9]{3})(?:\1[0-9]{3})*")
_MARK = re.compile(r"[0-9]([.,])[0-9]+$")
BILLION = Decimal(10) ** 9


class Scale:
    """Reads the cells of one column whose figures are in a unit of their own."""

    def __init__(self, column: Column, unit: Unit, found: Iterable[str]) -> None:
        self.column, self.unit = column, unit
        self.share = unit.kind == units.SHARE
        self.whole = column.kind == "int" or (column.kind == "text" and not self.share)
        texts = [values.clean(c) for c in found if c[:1] not in values.MARKS and c.strip()]
        self.decimal_marks = {
            m[1] for t in texts if not _GROUPED.fullmatch(t) and (m := _MARK.search(t))
        }
        self.example: tuple[str, str] | None = None
        """A cell and what it was read as, for the sentence; grouped digits come first."""
        self._grouped = False

    def read(self, cell: str) -> values.Reading:
        """The figure of a cell in the column's own unit; parts of a list one by one."""
        if problem := values.trouble(cell):
            return values.Reading(problem=problem)
        if self.column.kind == "list":
            reading = values.listed(cell, self._one)
        else:
            reading = self._one(cell)
        grouped = reading.note == "read_thousands"
        if not reading.problem and (self.example is None or (grouped and not self._grouped)):
            value = reading.value
            read = "; ".join(map(str, value)) if isinstance(value, tuple) else value
            self.example = (values.shown(cell), read)
            self._grouped = grouped
        return reading

    def _one(self, cell: str) -> values.Reading:
        text = values.clean(cell)
        if not self.share and (grouped := _GROUPED.fullmatch(text)):
            if grouped[1] in self.decimal_marks or self.unit.times >= BILLION:
                return values.Reading(problem="number_ambiguous")
            digits = re.sub(r"[ .,'’]", "", text)
            return self._scaled(Decimal(digits), "read_thousands")
        if self.share or not (reading := values.whole(cell)).problem:
            reading = values.decimal(cell, ratio=True) if self.share else reading
        else:
            first = reading
            reading = values.decimal(cell)
            if reading.problem:
                kept = reading.problem == "number_ambiguous"
                return reading if kept else first
        if reading.problem:
            return reading
        if reading.note == "read_percent":
            return reading if self.share else values.Reading(problem="unit_beside_percent")
        return self._scaled(Decimal(reading.value), reading.note)

    def _scaled(self, value: Decimal, note: str) -> values.Reading:
        times = value * self.unit.times
        figure = times / self.unit.over
        if self.whole:
            if times % self.unit.over or figure != figure.to_integral_value():
                return values.Reading(problem="unit_not_whole")
            return values.Reading(int(figure), note)
        return values.Reading(Decimal(values.plain_number(str(figure))), note)

    def cell(self, cell: str) -> str:
        """The cell as a number in the column's own unit; as it stands where it cannot be read."""
        if not cell.strip() or (reading := self.read(cell)).problem:
            return cell
        if isinstance(reading.value, tuple):
            return "; ".join("" if v is None else values.safe_number(v) for v in reading.value)
        return values.NUMBER + values.plain_number(str(reading.value))


def doubtful(unit: Unit, found: Iterable[str]) -> bool:
    """Whether a column headed «%» may hold shares all the same: no figure of it passes 1.

    A workbook shows 0.05 as 5% where the cell is formatted so.
    """
    if unit.kind != units.SHARE or unit.same:
        return False
    seen: list[Decimal] = []
    for cell in found:
        for part in [cell] if cell[:1] in values.MARKS else cell.split(";"):
            reading = (
                values.decimal(part, ratio=True) if part.strip() else values.Reading(Decimal(0))
            )
            if reading.problem or (reading.note != "read_percent" and abs(reading.value) > 1):
                return False
            if reading.note != "read_percent":
                seen.append(abs(reading.value))
    return any(seen)


def of_figures(
    column: Column, unit: Unit, figures: list[str], place: Place, text: str, log: Log
) -> Scale:
    """How the figures below a header ``text`` are read in its unit; one that is doubtful is a
    finding."""
    if doubtful(unit, figures):
        log.error("unit_percent_doubtful", place, name=text, unit=unit.text)
    return Scale(column, unit, figures)


def of_sheet(
    table: str,
    sheet: Sheet,
    header: Header,
    columns: Mapping[str, Column],
    currency: str,
    log: Log,
    stated: Collection[str] = (),
) -> dict[str, Unit]:
    """Field → the unit that its figures are in, where it is not the column's own.

    A remark that is not understood is a finding; for fields in ``stated``, whose header the
    user named, a warning.
    """
    lines = _Lines(sheet, header, currency)
    found: dict[str, Unit] = {}
    used = False
    bare: list[tuple[str, Place]] = []
    for name, (position, text) in header.positions.items():
        measures = units.measured(table, columns[name])
        place = sheet.place(header.last_row, position, text)
        own = _own(header, name, text, measures, currency, place, log, name in stated)
        unit = own or _shared(header, name, text, measures, currency, place, log)
        if measures == units.MONEY:
            used = True
            unit = unit or lines.over(position)
            if unit is None:
                bare.append((text, place))
        if unit is None or unit.same:
            continue
        if measures == units.NUMBER and table not in TABLES:
            log.error("unit_unknown", place, name=text, unit=unit.text, currency=currency)
        elif (table, name) == ("capacities", "most") and _filled(sheet, header, "item"):
            log.error("unit_on_units", place, name=text, unit=unit.text)
        else:
            found[name] = unit
    beside = [n for n in found if units.measured(table, columns[n]) == units.MONEY]
    for text, place in bare if beside else ():
        other, said = header.positions[beside[0]][1], found[beside[0]].text
        log.warn("unit_beside_none", place, name=text, other=other, unit=said)
    kinds = (units.COUNT, units.NUMBER)
    counts = any(units.measured(table, columns[n]) in kinds for n in header.positions)
    lines.complain(used, counts, log)
    return found


def _own(
    header: Header,
    name: str,
    text: str,
    measures: str,
    currency: str,
    place: Place,
    log: Log,
    stated: bool,
) -> Unit | None:
    """The unit in a field's own header."""
    found: list[Unit] = []
    for remark in header.remarks.get(name, ()):
        unit = units.read(remark, measures, currency)
        if unit is None:
            say = log.warn if stated and not units.speaks(remark) else log.error
            code = "unit_unread" if stated and not units.speaks(remark) else "unit_unknown"
            say(code, place, name=text, unit=remark, currency=currency)
        elif unit.kind != "harmless":
            found.append(unit)
    if len({(u.times, u.over) for u in found}) > 1:
        said = ", ".join(f"«{u.text}»" for u in found)
        log.error("unit_of_several", place, name=text, units=said)
    return found[0] if found else None


def _shared(
    header: Header,
    name: str,
    text: str,
    measures: str,
    currency: str,
    place: Place,
    log: Log,
) -> Unit | None:
    """The unit in the heading over a field's column."""
    for remark in header.shared.get(name, ()):
        unit = units.read(remark, measures, currency)
        if unit is None and measures not in (units.TEXT, units.YEAR):
            log.error("unit_unknown", place, name=text, unit=remark, currency=currency)
        elif unit is not None and unit.kind != "harmless":
            return unit
    return None


def _filled(sheet: Sheet, header: Header, name: str) -> bool:
    position = header.positions.get(name, (-1, ""))[0]
    rows = sheet.rows[header.last_row + 1 :]
    return position >= 0 and any(position < len(r) and r[position].strip() for r in rows)


class _Lines:
    """What the rows above a table, and its sheet's name, say of the unit of money."""

    def __init__(self, sheet: Sheet, header: Header, currency: str) -> None:
        self.sheet, self.currency = sheet, currency
        self.whole: list[tuple[Unit, Place]] = []
        self.spans: list[tuple[Unit, range]] = []
        self.unknown: list[tuple[str, Place]] = []
        for row in range(header.first_row):
            for position, said in self._cells(sheet.rows[row]):
                self._read(row, position, said)
        unit = units.in_title(sheet.sheet, currency) if sheet.sheet else None
        if unit is not None:
            self.whole.append((unit, sheet.place()))

    def _cells(self, row: Iterable[str]) -> Iterator[tuple[int, str]]:
        """The filled cells of a row; «ĐVT» and the cell right of it are one text."""
        filled = [(p, values.clean(c)) for p, c in enumerate(row) if c[:1] not in values.MARKS]
        filled = [(p, c) for p, c in filled if c]
        skip = -1
        for number, (position, said) in enumerate(filled):
            if number == skip:
                continue
            if units.leads(said) and number + 1 < len(filled):
                skip = number + 1
                yield position, f"{said} {filled[skip][1]}"
            else:
                yield position, said

    def _read(self, row: int, position: int, said: str) -> None:
        unit, claims = units.of_line(said, self.currency)
        place = self.sheet.place(row, position)
        if unit is not None:
            self.whole.append((unit, place))
        elif claims:
            self.unknown.append((said, place))
        elif (unit := units.in_title(said, self.currency)) is not None:
            span = self._span(row, position)
            if span is None:
                self.whole.append((unit, place))
            else:
                self.spans.append((unit, span))
        else:
            asides = [a for a in units.brackets(said)[1] if units.speaks(a)]
            doubtful = asides or ([said] if units.states_unit(said) else [])
            self.unknown += [(a, place) for a in doubtful]

    def _span(self, row: int, position: int) -> range | None:
        """The columns below a cell of a heading; ``None`` where it stands alone in its row."""
        for r0, c0, r1, c1 in self.sheet.merged:
            if r0 <= row <= r1 and c0 == position:
                return range(c0, c1 + 1)
        filled = [p for p, c in enumerate(self.sheet.rows[row]) if c.strip()]
        if len(filled) == 1:
            return None
        after = [p for p in filled if p > position]
        return range(position, after[0] if after else 10**6)

    def over(self, position: int) -> Unit | None:
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


def say(scale: Scale, place: Place, text: str, log: Log) -> None:
    """Says of a column that its figures were brought to its own unit, with an example."""
    if scale.example is None:
        return
    unit = scale.unit
    code = "unit_applied" if unit.over == 1 else "unit_divided"
    factor: Decimal | int = unit.times if unit.over == 1 else unit.over
    if unit.over != 1 and unit.times != 1:
        code, factor = "unit_applied", unit.times / unit.over
    value, read = scale.example
    times = int(factor) if factor == int(factor) else factor
    log.warn(code, place, name=text, unit=unit.text, times=times, value=value, read=read)
