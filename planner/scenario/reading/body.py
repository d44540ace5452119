"""What stands below a header: its rows of data, apart from totals, notes and column numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from planner.errors import Place
from planner.messages import COUNTERS
from planner.scenario.contracts import Column
from planner.scenario.reading import values
from planner.scenario.reading.headers import Header
from planner.scenario.reading.sources import SAME_KIND, Log, Sheet, unique_cells
from planner.scenario.reading.units import plain, states_unit

# --------------------------------------------------------------------------------------------------
# Rows that sum up or head others: by their words, their counter, or their figures.
#
# Three kinds of evidence: words («Tổng cộng (I+II)», «Ward 1 subtotal»), a counter that only
# headings bear (I, II beside 1, 2), and figures that are the sum of the rows beside them.

SUMMED = ("pupils", "classes", "teachers", "staff", "rooms")
"""Figures of schools that a subtotal sums."""
FEW = 200
"""Rows of a table in which figures that are the sum of others are no coincidence."""
_MIX = np.uint64(0x9E3779B97F4A7C15)
_WORD = re.compile(
    r"t[oổ]|c[oộ]ng|sum|to[aà]n|all schools|overall|l[uũ]y|tc|qu[aâ]n|trung b|trong"
    r"|average|mean|l[eệ]|percent|share|which|ensemble",
    re.IGNORECASE,
)
_SUB = r"(?:sub[- ]?totals?|grand totals?|sum totals?)"
_EXACT = re.compile(
    rf"(?:tong(?: cong| so| kinh phi| hop| chung)?|cong(?: don| lai)?|totals?|sum|{_SUB}|tc"
    r"|toan (?:quan|huyen|phuong|xa|thanh pho|tinh|nganh|bo|dia ban|truong)|all schools|overall"
    r"|luy ke|total general|ensemble|binh quan( chung)?|trung binh( chung)?|average|mean|ty le"
    r"|percentage|share|trong do|of which)"
)
_ROMAN_WORD = r"(?:[ivx]{1,5}\b|[(:\d])"
_BEGINS = re.compile(
    r"tong (?:cong|so|kinh phi|khoi|toan|chung|cac|phuong|xa|quan|huyen|nhom|cap|bac|muc|phan"
    rf"|truong|hop|{_ROMAN_WORD}).*"
    r"|tong\s*[-(:–].*"
    r"|cong\s*[-(:–].*|cong (?:khoi|phuong|xa|quan|huyen|nhom|cap|bac|cac|toan|muc|phan|lai|don"
    rf"|chung|truong|tieu hoc|mam non|thcs|thpt|{_ROMAN_WORD}).*"
    rf"|{_SUB}\b.*|totals?\s*[-(:–].*"
    r"|totals? (?:of|for|all|in|ward|group|primary|secondary|schools?|pupils|students|number"
    r"|district|cluster|preschool|level|area|zone|[ivx]{1,5}|[a-z]|\d+)\b.*"
    r"|sum of .*|averages? (?:of|for|per|\().*|trong do\b.*|of which\b.*"
    r"|toan (?:quan|huyen|phuong|xa|thanh pho|tinh|nganh) .*"
    r"|(?:binh quan|trung binh|ty le|ty trong)\s*[-(/:%–].*"
)
_ENDS = re.compile(rf".+\b(?:{_SUB}|totals?|tong cong|tong so)(?:\s*\(.*\))?")
_NAMED_SO = re.compile(
    rf"{_SUB} (?!.*\b(?:of|for|all|in|by|per|and|ward|group|primary|secondary|schools?|pupils"
    r"|students|district|cluster|preschool|level|area|zone|block|phase|[a-z])\b)[a-z' ]+"
)
"""A school may be called «Subtotal Hill»."""
_GROUPS = re.compile(
    r"(?:khoi|cap|bac|nhom|cum|cac truong|phuong|xa|quan|huyen|ward|district|cluster|group|zone"
    r"|all|tong|total|sum|toan|level|schools)\b.*"
)
_PLACES = re.compile(r"(?:phuong|xa|quan|huyen|ward|district|zone|total)\b")
_SCHOOL = re.compile(
    r"\b(?:school|academy|college|kindergarten|preschool|primary|elementary|secondary"
    r"|truong|tieu hoc|mam non|thcs|thpt)\b"
)
_HEADED = re.compile(r"[IVX]{1,5}\s*[.)/:–-]\s*\S.*")
_ROMAN = re.compile(r"\(?[IVXLC]{1,6}[.)]?")
_LETTER = re.compile(r"\(?[A-ZĐ][.)]?")
_ARABIC = re.compile(r"\(?\d+[.)]?")
_CHILD = re.compile(r"(\d+)(?:[.,-]\d+)+[.)]?")


def is_total(cell: str) -> bool:
    """Whether a cell says «Tổng cộng» or the like, and nothing else."""
    return bool(_WORD.search(cell)) and bool(_EXACT.fullmatch(plain(cell)))


def like_total(cell: str) -> bool:
    """Whether a cell begins or ends like a total: «Tổng cộng (I+II)», «Ward 1 subtotal»."""
    if not _WORD.search(cell):
        return False
    text = plain(cell.lstrip(values.MARKS))
    if " " not in text and "(" not in text:
        return bool(_EXACT.fullmatch(text))
    return bool(_EXACT.fullmatch(text) or _BEGINS.fullmatch(text) or _ENDS.fullmatch(text))


def like_group(cell: str) -> bool:
    """Whether a cell may name several schools: «Khối tiểu học», «Ward 1», «I. Mầm non».

    One school may bear the name of its place: «Quận 1 Primary», «Ward 5 School».
    """
    text = values.clean(cell)
    bare = plain(text)
    if _PLACES.match(bare) and _SCHOOL.search(bare):
        return False
    return bool(_HEADED.fullmatch(text) or _GROUPS.fullmatch(bare))


def is_headed(cell: str) -> bool:
    """Whether a name begins with a roman counter: «I. Khối tiểu học»."""
    return bool(_HEADED.fullmatch(values.clean(cell)))


def heading_counters(counters: Iterable[str]) -> set[str]:
    """Those entries of a column of counters that only headings bear, beside plain ones."""
    found = {values.clean(c.lstrip(values.MARKS)) for c in counters} - {""}
    parents = {m[1] for c in found if (m := _CHILD.fullmatch(c))}
    heads = {c for c in found if c.strip("().") in parents and _ARABIC.fullmatch(c)}
    arabic = {c for c in found if _ARABIC.fullmatch(c) or _CHILD.fullmatch(c)} - heads
    if arabic:
        return heads | {c for c in found if _ROMAN.fullmatch(c) or _LETTER.fullmatch(c)}
    roman = {c for c in found if _ROMAN.fullmatch(c)}
    letters = {c for c in found if _LETTER.fullmatch(c)} - roman
    return letters if any(len(c.strip("().")) > 1 for c in roman) else set()


@dataclass(frozen=True)
class Sum:
    """A row whose figures are the sum of a run of others."""

    row: int
    members: tuple[int, ...]
    """The rows that it sums, in order."""
    whole: bool
    """Whether it sums all other rows that are no sums."""


def sums(figures: np.ndarray, rows: Sequence[int]) -> list[Sum]:
    """Rows that are the sum of two or more rows right below or above them, or of all others;
    beside such, rows that repeat one row.

    ``figures`` is ``[row, column]``; all columns agree, at least two of several are above 0. Sums
    that are found are left out before the next round, so that totals of subtotals are found.
    """
    left, found = list(rows), []
    for _ in range(4):
        new = _round(figures, left)
        if not new:
            break
        found += new
        gone = {s.row for s in new}
        left = [r for r in left if r not in gone]
    return found


def _round(figures: np.ndarray, left: list[int]) -> list[Sum]:
    """Sums among the rows that are left, none of which is a member of another."""
    if len(left) < 3:
        return []
    part = figures[left]
    weights = np.cumprod(np.full(part.shape[1], _MIX, dtype=np.uint64), dtype=np.uint64)
    marks = (part.astype(np.uint64) * weights).sum(axis=1, dtype=np.uint64)
    # Marks wrap around but stay sums of marks: equal sums of rows have equal marks, so that only
    # few rows are looked at closely.
    prefix = np.concatenate([np.zeros(1, dtype=np.uint64), marks.cumsum(dtype=np.uint64)])
    filled = (part > 0).sum(axis=1) >= min(2, part.shape[1])
    whole = np.flatnonzero(filled & (marks * np.uint64(2) == prefix[-1]))
    for place in map(int, whole):
        if (2 * part[place] == part.sum(axis=0)).all():
            members: tuple[int, ...] = tuple(r for r in left if r != left[place])
            return [Sum(left[place], members, True)]
    ends, starts = prefix[1:] + marks, prefix[:-1] - marks
    near = filled & (np.isin(ends, prefix) | np.isin(starts, prefix))
    places: dict[int, list[int]] = {}
    for place, key in enumerate(prefix.tolist() if near.any() else []):
        places.setdefault(key, []).append(place)
    found: list[Sum] = []
    taken: set[int] = set()
    for place in map(int, np.flatnonzero(near)):
        runs = [
            *(range(place + 1, p) for p in places.get(int(ends[place]), []) if p > place + 1),
            *(range(p, place) for p in places.get(int(starts[place]), [])[::-1] if p < place),
        ]
        for run in runs:
            members = tuple(left[p] for p in run)
            several = (part[run.start : run.stop] > 0).any(axis=1).sum() > 1
            same = (part[run.start : run.stop].sum(axis=0) == part[place]).all()
            if several and same and not taken & {left[place], *members}:
                found.append(Sum(left[place], members, False))
                taken |= {left[place], *members}
                break
    # Beside sums of several: rows that repeat the one row on the side where the others sum.
    above = sum(s.row < s.members[0] for s in found) * 2 >= len(found)
    for first, second in pairwise(left) if found else ():
        same = (figures[first] == figures[second]).all() and (figures[first] > 0).any()
        if same and not taken & {first, second}:
            row, member = (first, second) if above else (second, first)
            found.append(Sum(row, (member,), False))
            taken |= {first, second}
    return found


NAMES = ("school", "item", "fund", "request", "name")
"""Fields by which a person knows a row."""
WORDS = ("id", "text", "choice")
"""Kinds of column whose cells say what a row is; a year or a number may well be missing."""
MOST_FILLED = 0.6
"""Share of the rows that have a text, from which on a row without it stands out."""
_COUNTERS = {values.folded(t) for t in COUNTERS}
NOTE_COLUMNS = 3
"""Required columns that a table needs for a row of one or two cells to count as a note."""
_NUMBERED = re.compile(r"\(?([A-Z]|[0-9]{1,2})\)?")


def numbers_columns(row: Sequence[str]) -> bool:
    """Whether a row only numbers the columns, as official forms do: A, B, 1, 2, 3."""
    texts = [values.clean(c.lstrip(values.MARKS)) for c in row if c.strip()]
    marks = [m[1] for t in texts if (m := _NUMBERED.fullmatch(t))]
    numbers = [int(m) for m in marks if m.isdigit()]
    counting = len(numbers) >= 2 and numbers == list(range(1, len(numbers) + 1))
    return counting and len(marks) == len(texts) >= 4


@dataclass
class Body:
    """The distinct cells of every column, and which rows count."""

    codes: dict[int, np.ndarray]
    distinct: dict[int, list[str]]
    rows: np.ndarray
    """Index into the sheet's rows."""


def body_of(table: str, sheet: Sheet, header: Header, columns: dict[str, Column], log: Log) -> Body:
    """Columns below the header; blank rows are left out; totals, headings, rows that sum up
    others, notes and merged cells are refused."""
    below = _Below(table, sheet, header, columns, log)
    below.refuse_totals({n for n, c in columns.items() if c.kind in ("text", "id")})
    below.refuse_notes([n for n, c in columns.items() if c.required])
    below.refuse_headings()
    if table == "schools":
        below.refuse_sums()
    below.ask_totals()
    below.refuse_strays()
    below.refuse_merged()
    kept = np.flatnonzero(below.keep)
    return Body({p: c[kept] for p, c in below.codes.items()}, below.distinct, kept + below.first)


class _Below:
    """The cells below a header by column: codes, distinct cells, which are filled.

    Rows that end before the header does (spreadsheets leave out empty cells at the end, people
    leave out commas) are filled up with empty cells, so that each missing cell is one.
    """

    def __init__(
        self, table: str, sheet: Sheet, header: Header, columns: dict[str, Column], log: Log
    ) -> None:
        self.table, self.sheet, self.header, self.log = table, sheet, header, log
        self.first = header.last_row + 1
        if numbers_columns(sheet.rows[self.first] if self.first < len(sheet.rows) else ()):
            log.note("read_column_numbers", sheet.place(self.first))
            self.first += 1
        self.rows: Sequence[Sequence[str]] = sheet.rows[self.first :]
        named = (*header.positions.values(), *header.beside())
        width = max([len(r) for r in self.rows] + [p + 1 for p, _ in named] if self.rows else [0])
        if any(len(r) != width for r in self.rows):
            self.rows = [[*r, *[""] * (width - len(r))] for r in self.rows]
        self.codes: dict[int, np.ndarray] = {}
        self.distinct: dict[int, list[str]] = {}
        self.full: dict[int, np.ndarray] = {}
        for position, column in enumerate(zip(*self.rows, strict=True)):
            codes, distinct = unique_cells(column)
            self.codes[position], self.distinct[position] = codes, distinct
            self.full[position] = np.array([bool(c.strip()) for c in distinct], dtype=bool)[codes]
        self.count = self._sum(list(self.full))
        self.keep = self.count > 0
        self.at = {n: p for n, (p, _) in header.positions.items() if p in self.codes}
        self.words = {self.at[n] for n, c in columns.items() if c.kind in WORDS and n in self.at}
        needed = [self.at[n] for n, c in columns.items() if c.required and n in self.at]
        self.lacking = self._sum(needed) < len(needed)
        """Rows that lack a required cell."""
        ids = [n for n, c in columns.items() if c.required and c.kind == "id"]
        self.identified = np.full(len(self.rows), all(n in self.at for n in ids)) & ~self.lacking
        """Rows that lack nothing, ids of their own among it: no word alone makes such a row a
        heading or a total, and no figure that another row happens to have."""

        self.doubtful: list[tuple[int, int]] = []
        """Rows and columns that read like a total's."""
        self.named_so = np.zeros(len(self.rows), dtype=bool)
        """Rows with all that a school has, whose name alone begins like a total."""

    def _sum(self, positions: Sequence[int]) -> np.ndarray:
        """How many of the columns are filled, by row."""
        found = np.zeros(len(self.rows), dtype=np.int64)
        for position in positions:
            if position in self.full:
                found += self.full[position]
        return found

    def _place(self, index: int, position: int) -> Place:
        pairs = (*self.header.positions.values(), *self.header.beside())
        name = next((text for p, text in pairs if p == position), "")
        return self.sheet.place(self.first + index, position, name)

    def _refuse(self, code: str, index: int, position: int, value: str, **more: str) -> None:
        self.keep[index] = False
        self.log.error(code, self._place(index, position), value=value, **more)

    def _shown(self, index: int, position: int) -> str:
        return values.shown(self.rows[index][position])

    def refuse_totals(self, texts: set[str]) -> None:
        """Rows that say «Tổng cộng», or begin or end like it.

        A school whose name does is a total, and so is a row without an id of its own; elsewhere
        a total lacks a required cell, and a row that lacks none is asked about.
        """
        named = {p for n, p in self.at.items() if n in NAMES} | {0}
        exact = {p for n, p in self.at.items() if n in texts} | {0}
        beside = {p for p, _ in (*self.header.asides, *self.header.others)}
        for position in sorted((exact | named | beside) & set(self.codes)):
            distinct, codes = self.distinct[position], self.codes[position]
            total = np.array([is_total(c) for c in distinct], dtype=bool)[codes]
            like = np.array([like_total(c) for c in distinct], dtype=bool)[codes]
            plain_total = total & (position in exact)
            by_name = np.full(
                len(codes), self.table == "schools" and position == self.at.get("name")
            )
            if by_name.any():
                named_so = [bool(like_total(c) and _NAMED_SO.fullmatch(plain(c))) for c in distinct]
                self.named_so = np.array(named_so, dtype=bool)[codes] & self.identified
                by_name &= ~self.named_so
            loose = plain_total | (like & (position in named) & (self.table == "schools"))
            sure = (plain_total | like) & (self.lacking | (loose & ~self.identified) | by_name)
            for index in map(int, np.flatnonzero(sure & self.keep)):
                self._refuse("row_is_total", index, position, self._shown(index, position))
            if position in named:
                self.doubtful += [
                    (int(k), position) for k in np.flatnonzero((plain_total | like) & self.keep)
                ]

    def ask_totals(self) -> None:
        """Rows that read like a total and stay."""
        for index, position in self.doubtful:
            if self.keep[index]:
                value = self._shown(index, position)
                self.log.warn("row_like_total", self._place(index, position), value=value)

    def refuse_notes(self, required: list[str]) -> None:
        """Rows of one or two cells that fill next to nothing of what a row needs."""
        at = [self.header.positions[n][0] for n in required if n in self.header.positions]
        if len(at) < NOTE_COLUMNS:
            return
        notes = self.keep & (self._sum(at) <= 1) & (self.count <= 2)
        for index in map(int, np.flatnonzero(notes)):
            said = " ".join(values.shown(c) for c in self.rows[index] if c.strip())
            position = next(p for p in self.full if self.full[p][index])
            code = "note_holds_unit" if states_unit(said) else "row_is_note"
            self._refuse(code, index, position, said)

    def refuse_headings(self) -> None:
        """Rows with a counter that only headings bear, or a roman one before their name."""
        at = {p for p, t in self.header.beside() if values.folded(t) in _COUNTERS}
        named = [self.at[n] for n in ("name", "school", "item") if n in self.at]
        for position in sorted(at & set(self.codes)):
            codes = self.codes[position]
            used = {self.distinct[position][c] for c in np.unique(codes[self.keep])}
            heads = heading_counters(used)
            if not heads:
                continue
            said = [values.clean(c.lstrip(values.MARKS)) in heads for c in self.distinct[position]]
            loose = self.keep & ~self.identified
            for index in map(int, np.flatnonzero(np.array(said)[codes] & loose)):
                words = [self._shown(index, p) for p in (position, *named[:1])]
                text = " ".join(w for w in words if w.strip())
                self._refuse("row_is_heading", index, position, text)
        for position in named[:1]:
            said = [is_headed(c) for c in self.distinct[position]]
            found = np.array(said, dtype=bool)[self.codes[position]]
            if not all(found[self.keep]):
                for index in map(int, np.flatnonzero(found & self.keep & ~self.identified)):
                    self._refuse("row_is_heading", index, position, self._shown(index, position))

    def refuse_sums(self) -> None:
        """Schools whose figures are the sum of others': refused where the row is no school by
        its words or by what it lacks, or where sums cover the whole table and no row has an id
        or a number of its own; else asked about. One column alone is no evidence but for a whole
        table."""
        kept = [int(k) for k in np.flatnonzero(self.keep)]
        # [row, column] the figures that subtotals sum, 0 where a cell holds no school's count.
        columns = []
        for position in (self.at[n] for n in SUMMED if n in self.at):
            counts = [values.whole(c).value if c.strip() else 0 for c in self.distinct[position]]
            counts = [v if isinstance(v, int) and 0 <= v < 10**12 else 0 for v in counts]
            columns.append(np.array([*counts, 0], dtype=np.int64)[self.codes[position]])
        if not columns or len(kept) < 2:
            return
        figures = np.stack(columns, axis=1)
        found = sums(figures, kept)
        covered = {r for s in found for r in (s.row, *s.members)}
        plainly = len(covered) == len(kept) and (len(found) > 1 or len(kept) > 3)
        sure = figures.shape[1] > 1
        # Whether a column counts the rows that are left, all of them, 1, 2, 3.
        due = [str(n + 1) for n in range(len(kept))]
        counters = [p for p, t in self.header.beside() if values.folded(t) in _COUNTERS]
        numbered = any([self._shown(k, p).strip(" .)") for k in kept] == due for p in counters)
        # A row that is not complete is no school where it lacks a text that nearly all have.
        aside = {p for p, t in self.header.asides if values.folded(t) in _COUNTERS}
        others = {p for p, _ in self.header.others}
        texts = [self.full[p] for p in self.words | aside | others if p in self.full]
        ids = self.full.get(self.at.get("school", -1), np.zeros(len(self.keep), dtype=bool))
        for one in found:
            single = len(one.members) == 1
            if single and self.identified[one.row]:
                continue
            if not (plainly or one.whole) and (single or not sure):
                continue
            stands_out = (
                self._is_group(one.row)
                or self.named_so[one.row]
                or (
                    not (single or self.identified[one.row])
                    and any(not f[one.row] and f[self.keep].mean() >= MOST_FILLED for f in texts)
                )
            )
            if stands_out or (plainly and not ids[one.row] and not numbered):
                self._refuse_sum(one.row, one.members)
            elif len(one.members) > 1 and (len(kept) <= FEW or one.whole or plainly):
                position = self._title(one.row)
                place, value = self._place(one.row, position), self._shown(one.row, position)
                rows = self._rows_said(one.members)
                self.log.warn("row_may_be_sum", place, value=value, rows=rows)
        # A heading over one school, by its words: equal to the row below it.
        left = [int(k) for k in np.flatnonzero(self.keep)]
        for row, below in pairwise(left):
            same = (figures[row] == figures[below]).all() and (figures[row] > 0).sum() > 1
            loose = same and not self.identified[row]
            if loose and self._is_group(row) and not self._is_group(below):
                self._refuse_sum(row, (below,))

    def _title(self, index: int) -> int:
        """The position of the cell by which a person knows a row."""
        named = [self.at[n] for n in ("name", "school") if n in self.at]
        texts = [p for p in (*named, *sorted(self.full)) if self.full[p][index]]
        return texts[0] if texts else 0

    def _is_group(self, index: int) -> bool:
        """Whether a row names a group of schools."""
        return like_group(self._shown(index, self._title(index)))

    def _refuse_sum(self, row: int, members: Sequence[int]) -> None:
        position = self._title(row)
        value = self._shown(row, position)
        self._refuse("row_is_sum", row, position, value, rows=self._rows_said(members))

    def _rows_said(self, members: Sequence[int]) -> str:
        """The rows of the file as a person counts them: ``5–8``."""
        numbers = [self.sheet.first_row + self.first + m for m in members]
        low, high = min(numbers), max(numbers)
        return str(low) if low == high else f"{low}–{high}"

    def refuse_merged(self) -> None:
        """Cells merged over several rows: only the first row would have their content."""
        named = {p for p, _ in (*self.header.positions.values(), *self.header.others)}
        for r0, c0, r1, _ in self.sheet.merged:
            index = r0 - self.first
            if r1 > r0 and 0 <= index < len(self.keep) and c0 in named and self.full[c0][index]:
                rows = f"{r0 + self.sheet.first_row}–{r1 + self.sheet.first_row}"
                if self.keep[index : r1 - self.first + 1].sum() > 1:
                    place, value = self._place(index, c0), self._shown(index, c0)
                    self.log.error("cell_merged", place, value=value, rows=rows)

    def refuse_strays(self) -> None:
        """Cells in columns that have no header."""
        named = {p for p, _ in (*self.header.positions.values(), *self.header.beside())}
        for position in sorted(set(self.codes) - named):
            for index in map(int, np.flatnonzero(self.full[position] & self.keep)[:SAME_KIND]):
                place = self.sheet.place(self.first + index, position)
                value = values.shown(self.rows[index][position])
                self.log.error("cell_without_header", place, value=value)
