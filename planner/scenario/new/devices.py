"""Devices as offices list them → rows of stock: registers with a row a device, and columns that
count devices beside each school.

Every device is either counted or named with the reason why not; no year and no school is guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Place
from planner.scenario.contracts import TABLES, Column, columns
from planner.scenario.new import grids, words
from planner.scenario.new.grids import DeviceColumn, Grid
from planner.scenario.new.mapping import OUT, Inquiry, Stated
from planner.scenario.new.starter import Cells, Given
from planner.scenario.new.words import JOINED, Schools
from planner.scenario.reading import body, values
from planner.scenario.reading.sources import unique_cells

SAID = 8
"""Names in one sentence."""
COUNTED = "in_service"
STOCK = ("school", "item", "quantity", "acquired")
PARTS = 4
"""Columns in which a location is looked for."""
HEADING = -1
"""Stands for the position of a column: the headings above the rows."""
NOTHING = "—"
"""Stands for an empty cell in a sentence."""
UNKNOWN = "?"
"""Stands for the item of a device that no word tells; no id can be this."""


def several(pairs: Iterable[str], most: int = SAID) -> str:
    """Some of the texts, and how many more there are."""
    texts = list(pairs)
    more = f", … (+{len(texts) - most})" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def counted(counts: Mapping[str, int]) -> str:
    """Entries with their counts, most frequent first."""
    order = sorted(counts.items(), key=lambda p: (-p[1], p[0]))
    return several(f"«{text}» ({count})" for text, count in order)


@dataclass
class Items:
    """The items of a scenario by everything that may stand for them."""

    names: Mapping[str, Sequence[str]]
    """Id → its names."""
    stated: Mapping[str, str]
    """Folded word → item that the user named, or :data:`~.mapping.OUT`."""
    spelled: dict[str, set[str]] = field(init=False)
    meant: dict[str, set[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.spelled, self.meant = {}, {}
        for item, names in self.names.items():
            for name in (item, *names):
                self.spelled.setdefault(values.folded(name), set()).add(item)
            meant = {m for n in (item, *names) if (m := words.device_of(n))}
            for device in meant | ({item} & set(words.WORDS["devices"])):
                self.meant.setdefault(device, set()).add(item)

    def find(self, text: str) -> str | None:
        """The item that a word means: an id or name as it stands, else the one item that the word
        is known for. Empty where it is to be left out, ``None`` where it is unknown."""
        folded = values.folded(text)
        if folded in self.stated:
            said = self.stated[folded]
            return "" if said in ("", OUT) else said
        for spelling in (folded, folded.removesuffix("s")):
            if len(found := self.spelled.get(spelling, set())) == 1:
                return next(iter(found))
        device = words.device_of(text) or words.device_named(text)
        found = self.meant.get(device, set())
        return next(iter(found)) if len(found) == 1 else None


class Owners:
    """Which school each distinct text means, kept for the mapping and the sentences."""

    def __init__(self, schools: Schools, grid: Grid, texts: Collection[str], log: Inquiry) -> None:
        self.schools, self.grid, self.log = schools, grid, log
        self.unmarked = all(t.isascii() for t in texts)
        self.doubtful: dict[str, tuple[str, ...]] = {}
        self.matched: dict[str, str] = {}
        self.known: set[str] = set()
        """Texts of which the school is sure."""
        self.out: set[str] = set()
        self.closed: dict[str, str] = {}
        """Texts that name a school that was left out as closed, with its name."""
        self.gone = Schools(log.closed, {})

    def school(self, text: str, place: bool) -> str:
        """The id, or an empty text where no school is sure; ``place`` for a location, which may
        hold more than a name."""
        find = self.schools.locate if place else self.schools.find
        match = find(text, self.unmarked)
        known = match.school or match.out
        if not known and (closed := self.gone.locate(text, self.unmarked).school):
            self.closed[text] = closed
            return ""
        if match.text:
            self.matched[match.text] = match.school
        if match.candidates:
            self.doubtful[text] = match.candidates
        if match.out:
            self.out.add(text)
        if match.school:
            self.known.add(text)
        return match.school

    def say(self, counts: Mapping[str, int], matched: bool = True) -> dict[str, int]:
        """The sure matches that are spelt otherwise, the doubtful ones as questions, and those of
        closed schools by school; what is left is of no school, with its counts."""
        place = self.grid.sheet.place(self.grid.row)
        names = self.schools.names
        if self.matched and matched:
            pairs = (f"«{t}» = {names[s]} ({s})" for t, s in sorted(self.matched.items()))
            self.log.note("adopt_names_matched", place, names=several(pairs, 30))
            for text, school in self.matched.items():
                self.log.keep("words", "school", text, school)
        for text, candidates in self.doubtful.items():
            if count := counts.get(text, 0):
                said: dict[str, Any] = {"name": text, "count": count, "first": candidates[0]}
                said["nearest"] = "; ".join(f"{names[c]} ({c})" for c in candidates)
                choices = (*candidates, OUT)
                self.log.ask("adopt_school_doubtful", place, f"school:{text}", choices, **said)
        tally = Counter[str]()
        for text, school in self.closed.items():
            tally[school] += counts.get(text, 0)
        if tally.total():
            said = {"count": tally.total(), "names": counted(+tally)}
            self.log.warn("adopt_rows_of_closed", place, **said)
        said_already = {*self.doubtful, *self.out, *self.closed}
        return {t: n for t, n in counts.items() if t not in said_already}

    def first_of(self, lost: Mapping[str, int]) -> str:
        """What an answer may name for the most frequent place that no school fits, with all of its
        rooms: the least part of it that other such places share and no place of a school does."""
        named = {t: n for t, n in lost.items() if t != NOTHING}
        if not named:
            return "-"
        first = max(named, key=lambda t: (named[t], t))
        known = {p for t in self.known for p in self.schools.places(t)}
        sharing = Counter(p for t in named for p in {*self.schools.places(t)} - known)
        several_ = [p for p in self.schools.places(first) if sharing[p] > 1]
        return min(several_, key=lambda p: (sharing[p], p), default=first)

    def complain(self, lost: Mapping[str, int]) -> None:
        """Say rows that no school fits, with their counts."""
        if lost:
            said: dict[str, Any] = {"count": sum(lost.values()), "names": counted(lost)}
            said["first"] = self.first_of(lost)
            place = self.grid.sheet.place(self.grid.row)
            self.log.warn("adopt_locations_unknown", place, **said)


def under(grid: Grid, schools: Schools, log: Inquiry) -> dict[int, str]:
    """Row → the heading above it, where headings name schools; those rows themselves are in it,
    too, with an empty text. A heading stands within its school where it names a room by a number
    and its counter is of another kind than those of schools."""
    found = grids.heads(grid)
    sure = {h.text: schools.find(h.text).school for h in found.values()}
    placed = {"school", "location"} & set(grid.roles)
    if not found or (placed and not any(sure.values())):
        return {}
    kinds = {h.row: kind for kind, hs in grids.series([*found.values()]).items() for h in hs}
    top = {kinds[k] for k, h in found.items() if sure[h.text] and h.counter}
    said: dict[int, str] = {}
    current = ""
    for index, _ in grid.body():
        if (one := found.get(index)) is None:
            said[index] = current
            continue
        first, *rest = words.bare(one.text.casefold().split())
        room = first in schools.rooms and any(c.isdigit() for w in rest for c in w)
        inside = not sure[one.text] and (room or (first in schools.rooms and one.counter))
        current = current if inside and kinds[index] not in top else one.text
        said[index] = ""
    if names := [f"«{t}»" for t, school in sure.items() if school]:
        place = grid.sheet.place(grid.row)
        log.note("adopt_school_headings", place, count=len(names), names=several(names))
    return said


# --------------------------------------------------------------------------------------------------
# Registers: a row a device.


@dataclass
class _Columns:
    """The cells of a register by column."""

    rows: list[tuple[int, Sequence[str]]]
    codes: dict[int, np.ndarray] = field(default_factory=dict)
    distinct: dict[int, list[str]] = field(default_factory=dict)

    def load(self, position: int) -> tuple[np.ndarray, list[str]]:
        """Codes and distinct cells of a column, cleaned."""
        if position not in self.codes:
            cells = [r[position] if position < len(r) else "" for _, r in self.rows]
            self.codes[position], self.distinct[position] = unique_cells(cells)
        return self.codes[position], self.distinct[position]

    def texts(self, position: int | None) -> tuple[np.ndarray, list[str]]:
        """As :meth:`load`, as words; of no column, empty texts."""
        if position is None:
            return np.zeros(len(self.rows), dtype=np.int64), [""]
        codes, distinct = self.load(position)
        return codes, [str(values.words(c).value or "") for c in distinct]


def register(
    grid: Grid,
    schools: Schools,
    items: Items,
    stated: Stated,
    log: Inquiry,
    seen: dict[str, str],
) -> Given:
    """The stock that a register of devices holds, by school, item and year of acquisition.

    ``seen`` holds the tags and serial numbers of earlier registers with their files, and takes
    those of this one: a device in two registers would count twice.
    """
    roles, sheet, top = grid.roles, grid.sheet, grid.sheet.place(grid.row)
    headed = under(grid, schools, log)
    heading = {k for k in grids.heads(grid) if k in headed}
    table = _Columns(list(_devices(grid, heading, log)))
    size = len(table.rows)
    kept = [index for index, _ in table.rows]
    left = {index for index, _ in grid.body()}.difference(kept)
    aside = {p for r in ("school", "acquired", "bought", "tag", "serial") for p in roles.get(r, ())}
    grids.check_totals(sheet, grid.titles, kept, left, log, aside)
    # Status: what is not in service is left out.
    codes, texts = table.texts(grid.first("status"))
    tally = np.bincount(codes, minlength=len(texts))
    serves = serving_states(dict(zip(texts, map(int, tally), strict=True)), stated, top, log)
    serving = np.array([serves[t] for t in texts], dtype=bool)[codes]
    # Schools: by the columns that hold a place, the one that says most first.
    owner, located = _schools_of(grid, table, serving, schools, headed, log)
    # Items: by category, else by model.
    item = _items_of(grid, table, serving & located, items, log)
    known = serving & located & (item != "")
    # Years: the order of day and month is the column's own.
    year = _years_of(grid, table, known, stated, log)
    for role in ("tag", "serial"):
        for position in roles.get(role, ())[:1]:
            codes, texts = table.texts(position)
            again: np.ndarray = np.bincount(codes[known], minlength=len(texts))
            twice = {t: int(n) for t, n in zip(texts, again, strict=True) if t and n > 1}
            if twice:
                title = grid.titles[position]
                log.warn("adopt_device_twice", top, name=title, names=counted(twice))
            same = [t for t, n in zip(texts, again, strict=True) if n and len(t) > 2 and t in seen]
            if same:
                names = several(f"«{t}»" for t in same)
                log.error("adopt_devices_again", top, names=names, first=seen[same[0]])
            seen |= {t: sheet.sheet or sheet.file for t in texts if t}
    frame = pd.DataFrame(
        {"school": owner[known], "item": item[known], "acquired": year[known]}
    )  # fmt: skip
    grouped = frame.groupby(["school", "item", "acquired"], sort=True).size().reset_index()
    rows: list[Cells] = [
        {"school": s, "item": i, "quantity": int(n), "acquired": int(y)}
        for s, i, y, n in grouped.itertuples(index=False)
    ]
    log.note(
        "adopt_register_counted", sheet.place(grid.row), all=size, count=len(frame),
        schools=frame["school"].nunique(), left=size - len(frame),
    )  # fmt: skip
    return Given(_stock_columns(), rows)


def serving_states(
    counts: Mapping[str, int], stated: Stated, place: Place, log: Inquiry
) -> dict[str, bool]:
    """Whether devices of each status are in service; what is not is said with its count, a status
    that is open is asked. Without any, devices are."""
    said = stated.words("status")
    state = {t: said.get(values.folded(t)) or words.status_of(t) for t in counts if t}
    every = sum(counts.values())
    for text, means in state.items():
        if means:
            log.keep("words", "status", text, means)
            continue
        choices = tuple(words.WORDS["status"])
        more: dict[str, Any] = {"value": text, "count": counts[text]}
        log.ask("adopt_status_unknown", place, f"status:{text}", choices,
                choices=", ".join(choices), **more)  # fmt: skip
    out = {t: counts[t] for t, means in state.items() if means not in (COUNTED, "") and counts[t]}
    if out:
        gone = sum(out.values())
        log.warn("adopt_status_left_out", place, count=gone, all=every, names=counted(out))
    if state and counts.get(""):
        log.warn("adopt_status_blank", place, count=counts[""], all=every)
    return {t: not t or state[t] in (COUNTED, "") for t in counts}


def _stock_columns() -> dict[str, Column]:
    return {n: c for n, c in columns(TABLES["inventory"]).items() if n in STOCK}


def _devices(
    grid: Grid, heading: Collection[int], log: Inquiry
) -> Iterable[tuple[int, Sequence[str]]]:
    """The rows of a register without those in ``heading``: what names no place and no device, or
    next to nothing, is a note or a total."""
    wide = len(grid.titles) > PARTS
    roles = ("school", "location", "category", "model", "item", "status", "serial")
    telling = [p for r in roles for p in grid.roles.get(r, ())]
    for index, row in ((i, r) for i, r in grid.body() if i not in heading):
        filled = [c for c in row if c.strip()]
        silent = len(filled) == 1 or not any(p < len(row) and row[p].strip() for p in telling)
        if (wide and silent) or body.is_total(filled[0]):
            said = " ".join(values.shown(c) for c in row if c.strip())
            log.warn("adopt_row_left_out", grid.sheet.place(index), value=said)
        else:
            yield index, row


def _schools_of(
    grid: Grid,
    table: _Columns,
    serving: np.ndarray,
    schools: Schools,
    headed: Mapping[int, str],
    log: Inquiry,
) -> tuple[np.ndarray, np.ndarray]:
    """School by device, and whether it has one; by its own columns, else by the heading above."""
    size = len(table.rows)
    positions = [*grid.roles.get("school", ()), *grid.roles.get("location", ())][:PARTS]
    owner = np.full(size, "", dtype=object)
    above = unique_cells([headed.get(index, "") for index, _ in table.rows])
    places = {t for p in positions for t in table.texts(p)[1]} | {*above[1]}
    owners = Owners(schools, grid, places, log)
    answers: list[tuple[int, int, np.ndarray, list[str], list[str]]] = []
    texts_at = [(p, *table.texts(p)) for p in dict.fromkeys(positions)]
    for position, codes, texts in [*texts_at, *([(HEADING, *above)] if headed else [])]:
        ids = [owners.school(t, place=True) if t else "" for t in texts]
        hits = np.array([bool(s) for s in ids], dtype=bool)[codes].sum()
        answers.append((int(hits), position, codes, texts, ids))
    answers.sort(key=lambda a: (-a[0], a[1]))
    for _, _, codes, _, ids in sorted(answers, key=lambda a: a[1] == HEADING):
        owner = np.where(owner == "", np.array(ids, dtype=object)[codes], owner)
    homeless = serving & (owner == "")
    if answers:
        _, _, codes, texts, _ = answers[0]
        tally = np.bincount(codes[homeless], minlength=len(texts))
        counts = {t or NOTHING: int(n) for t, n in zip(texts, tally, strict=True) if n}
        owners.complain(owners.say(counts))
        if gone := sum(counts.get(t, 0) for t in owners.out):
            log.warn("adopt_school_out", grid.sheet.place(grid.row), count=gone)
    return owner, owner != ""


def _items_of(
    grid: Grid, table: _Columns, counts: np.ndarray, items: Items, log: Inquiry
) -> np.ndarray:
    """Item by device: what its category means, else its model or its name; empty where none is
    known. A device that is unknown is said by the first of these that is filled."""
    top = grid.sheet.place(grid.row)
    size = len(table.rows)
    item = np.full(size, UNKNOWN, dtype=object)
    roles = [r for r in ("item", "category", "model", "name") if r in grid.roles]
    called = np.full(size, "", dtype=object)
    said: dict[str, Counter[str]] = {}
    for role in roles:
        for position in grid.roles[role][:1]:
            codes, texts = table.texts(position)
            called = np.where(called == "", np.array(texts, dtype=object)[codes], called)
            found = (items.find(t) if t else None for t in texts)
            meant = [UNKNOWN if i is None else i for i in found]
            here = np.array(meant, dtype=object)[codes]
            new = (item == UNKNOWN) & (here != UNKNOWN)
            item = np.where(new, here, item)
            tally = np.bincount(codes[new & counts], minlength=len(texts))
            for text, name, n in zip(texts, meant, tally, strict=True):
                if name not in ("", UNKNOWN) and n:
                    said.setdefault(name, Counter())[text] += int(n)
                    log.keep("words", "item", text, name)
    if said:
        pairs = (f"{counted(c)} → {name}" for name, c in sorted(said.items()))
        log.note("adopt_item_words", top, names="; ".join(pairs))
    unknown = item == UNKNOWN
    if (unknown & counts).any():
        lost = Counter(str(t or NOTHING) for t in called[unknown & counts])
        say_items_unknown(lost, items, grid, log)
    return np.where(unknown, "", item)


def say_items_unknown(lost: Mapping[str, int], items: Items, grid: Grid, log: Inquiry) -> None:
    """Devices that no item stands for: listed, counted and left out; one can be named."""
    top = grid.sheet.place(grid.row)
    named = {t: n for t, n in lost.items() if t != NOTHING}
    first = max(named, key=lambda t: (named[t], t)) if named else "-"
    said = {"count": sum(lost.values()), "names": counted(lost), "first": first}
    log.warn("adopt_items_unknown", top, items=several(items.names, 20), **said)


def _years_of(
    grid: Grid, table: _Columns, counts: np.ndarray, stated: Stated, log: Inquiry
) -> np.ndarray:
    """Year of acquisition by device, 0 where it is asked."""
    top = grid.sheet.place(grid.row)
    position = grid.first("acquired", "bought")
    year = np.zeros(len(table.rows), dtype=np.int64)
    if position is not None:
        codes, texts = table.load(position)
        found = words.dates([t for t in texts if t.strip()], stated.value("dates"))
        year = np.array([found.years.get(t, 0) for t in texts], dtype=np.int64)[codes]
        title = grid.titles[position]
        if found.decided_by:
            said: dict[str, Any] = {"order": found.order, "value": found.decided_by}
            log.note("adopt_dates_order", top, name=title, **said)
        say_serials(found, title, top, log)
        opened = set(found.open)
        undecided = np.array([t in opened for t in texts], dtype=bool)[codes] & counts
        if undecided.any():
            said = {"name": title, "count": int(undecided.sum()), "value": found.open[0]}
            log.ask("adopt_dates_open", top, "dates", ("dmy", "mdy", "ymd"), **said)
            year[undecided] = -1
        unread = set(found.unread)
        wrong = np.array([t in unread for t in texts], dtype=bool)[codes] & counts
        if wrong.any():
            tally = Counter(values.shown(t) for t in (texts[c] for c in codes[wrong]))
            log.warn("adopt_dates_unread", top, name=title, names=counted(tally))
    lacking = counts & (year == 0)
    if lacking.any():
        assumed = assumed_year(grid, int(lacking.sum()), int(counts.sum()), stated, log)
        year = np.where(lacking, assumed, year)
    return np.maximum(year, 0)


def say_serials(found: words.Dates, title: str, place: Place, log: Inquiry) -> None:
    """Say that numbers in a column of dates were read as Excel's numbers of days."""
    if found.serials:
        first = found.serials[0]
        said: dict[str, Any] = {"value": values.shown(first), "year": str(found.years[first])}
        log.note("adopt_dates_serial", place, name=title, count=len(found.serials), **said)


def assumed_year(grid: Grid, count: int, every: int, stated: Stated, log: Inquiry) -> int:
    """The year that the user named for devices without one, said; 0 after a question."""
    place = grid.sheet.place(grid.row)
    said = values.year(stated.value("acquired")) if stated.value("acquired") else None
    if said is None or said.problem:
        log.ask("adopt_year_missing", place, "acquired", count=count, all=every)
        return 0
    log.warn("adopt_year_assumed", place, count=count, all=every, year=str(said.value))
    return int(said.value)


# --------------------------------------------------------------------------------------------------
# Columns that count devices, beside each school.


def wide(
    grid: Grid,
    schools: Sequence[tuple[int, str]],
    items: Items,
    stated: Stated,
    log: Inquiry,
) -> tuple[Given | None, list[int]]:
    """The stock that columns of devices count, and the positions that were used.

    ``schools`` holds the rows that count, each with its school's id. Where a sheet says what is
    broken, the stock is what is left: existing − broken.
    """
    groups: dict[str, dict[str, DeviceColumn]] = {}
    for column in grid.devices:
        groups.setdefault(column.device, {}).setdefault(column.state, column)
    used: list[int] = []
    rows: list[Cells] = []
    lost: dict[str, int] = {}
    counts: dict[str, dict[str, list[tuple[int, str, int]]]] = {}
    acquired = grid.first("acquired", "bought")
    for device, by_state in groups.items():
        existing, working = by_state.get("existing"), by_state.get("working")
        source = existing if existing and ("broken" in by_state or not working) else working
        if source is None:
            continue
        item = items.find(device)
        unknown = item is None and set(by_state) == {"existing"} and not source.item
        if unknown or item == "":
            continue  # no device that is known, or none to count: an attribute like any other
        broken = by_state.get("broken") if source.state == "existing" else None
        left = _left(grid, source, broken, schools, item or "-", log)
        if broken is not None and working is not None:
            _compare(grid, source, broken, working, schools, log)
        if item is None:
            lost[device] = sum(n for _, _, n in left)
            continue
        used += [c.position for c in by_state.values() if c.state != "needed"]
        log.keep("words", "item", device, item)
        counts.setdefault(item, {})[device] = left
        _ask_within(grid, source, groups, items, log)
    for item, by_device in counts.items():
        for index, school, units in _once(grid, by_device, log):
            row = grid.sheet.rows[index]
            found: Cells = {"school": school, "item": item, "quantity": units}
            if acquired is not None and acquired < len(row):
                found["acquired"] = row[acquired]
            rows.append(found)
    if lost:
        say_items_unknown(lost, items, grid, log)
    lacking = [r for r in rows if not str(r.get("acquired", "")).strip()]
    if lacking:
        count, every = (sum(int(r["quantity"]) for r in part) for part in (lacking, rows))
        year = assumed_year(grid, count, every, stated, log)
        for one in lacking:
            one["acquired"] = year
    return (Given(_stock_columns(), merged(rows)) if rows else None), used


def _left(
    grid: Grid,
    source: DeviceColumn,
    broken: DeviceColumn | None,
    schools: Sequence[tuple[int, str]],
    item: str,
    log: Inquiry,
) -> list[tuple[int, str, int]]:
    """Row, school and units in use of one device, above 0; what was subtracted is said."""
    top, name = grid.sheet.place(grid.row), grid.titles[source.position]
    found: list[tuple[int, str, int]] = []
    unread: dict[str, None] = {}
    blank = 0
    for index, school in schools:
        row = grid.sheet.rows[index]
        units, gone = (_units(row, c) for c in (source, broken))
        if units is None:
            cell = row[source.position] if source.position < len(row) else ""
            unread |= {f"«{values.shown(cell)}»": None} if cell.strip() else {}
            continue
        blank += gone is None
        if (gone or 0) > units:
            place = grid.sheet.place(index, source.position, name)
            log.error("adopt_broken_above", place, count=units, broken=gone, name=source.device)
        elif units > (gone or 0):
            found.append((index, school, units - (gone or 0)))
    if unread:
        log.warn("adopt_stock_unread", top, name=name, names=several(unread))
    total = sum(n for _, _, n in found)
    if broken is not None:
        said = {"name": name, "broken": grid.titles[broken.position], "blank": blank or "-"}
        log.note("adopt_working", top, count=total, item=item, **said)
    else:
        log.note("adopt_stock_column", top, count=total, name=name, item=item)
    return found


def _ask_within(
    grid: Grid,
    source: DeviceColumn,
    groups: Mapping[str, Mapping[str, DeviceColumn]],
    items: Items,
    log: Inquiry,
) -> None:
    """Ask whether a total holds what other columns under its heading count: «Máy tính: Tổng số,
    Hỏng, Giáo viên»."""
    over, _, last = grid.titles[source.position].rpartition(JOINED)
    if "total" not in words.roles_of(last) or not over:
        return
    for device, by_state in groups.items():
        column = next(iter(by_state.values()))
        title = grid.titles[column.position]
        inside = title.startswith(over + JOINED) and device != source.device
        if inside and column.item and values.folded(device) not in items.stated:
            said: dict[str, Any] = {"beside": title, "first": device, "item": column.item}
            place, choices = grid.sheet.place(grid.row), (OUT, column.item)
            log.ask("adopt_devices_within", place, f"item:{device}", choices,
                    name=grid.titles[source.position], **said)  # fmt: skip


def _once(
    grid: Grid, by_device: Mapping[str, list[tuple[int, str, int]]], log: Inquiry
) -> list[tuple[int, str, int]]:
    """The units of one item from all columns that mean it; a column that is the sum of the others
    in every row counts alone («Máy tính», of which desktops and laptops)."""
    for device, whole in by_device.items():
        others: Counter[int] = Counter()
        for name, parts in by_device.items():
            others.update({i: n for i, _, n in parts} if name != device else {})
        if len(by_device) > 2 and whole and dict(others) == {i: n for i, _, n in whole}:
            names = ", ".join(f"«{d}»" for d in by_device if d != device)
            place = grid.sheet.place(grid.row)
            log.warn("adopt_devices_of_which", place, name=device, names=names)
            return whole
    lists = [sorted(parts) for parts in by_device.values()]
    if len(lists) == 2 and lists[0] == lists[1] and len(lists[0]) > 2:
        names, first = ", ".join(f"«{d}»" for d in by_device), list(by_device)[-1]
        place = grid.sheet.place(grid.row)
        log.ask("adopt_devices_same", place, f"item:{first}", (OUT,), names=names, first=first)
    return [row for parts in by_device.values() for row in parts]


def _compare(
    grid: Grid,
    existing: DeviceColumn,
    broken: DeviceColumn,
    working: DeviceColumn,
    schools: Sequence[tuple[int, str]],
    log: Inquiry,
) -> None:
    """Where a sheet says what works, too, it must be what exists less what is broken."""
    for index, _ in schools:
        row = grid.sheet.rows[index]
        units, gone, left = (_units(row, c) for c in (existing, broken, working))
        if units is not None and left is not None and units - (gone or 0) != left:
            place = grid.sheet.place(index, working.position, grid.titles[working.position])
            said = {"count": units, "broken": gone or 0, "working": left}
            log.error("adopt_states_differ", place, name=existing.device, **said)


def _units(row: Sequence[str], column: DeviceColumn | None) -> int | None:
    """The whole units in a cell; ``None`` where it has none."""
    if column is None or column.position >= len(row):
        return None
    found = words.figure(row[column.position])
    return None if found is None or found != found.to_integral_value() or found < 0 else int(found)


def merged(rows: Sequence[Cells]) -> list[Cells]:
    """Rows of stock of one school, item and year as one: desktops and laptops are both
    computers."""
    sums: dict[tuple[object, ...], Cells] = {}
    for row in rows:
        key = tuple(row.get(n) for n in STOCK if n != "quantity")
        if key in sums:
            sums[key]["quantity"] += row["quantity"]
        else:
            sums[key] = dict(row)
    return list(sums.values())
