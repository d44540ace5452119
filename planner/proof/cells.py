"""Strict reading and writing of cells: one spelling for every value, and nothing ever raises.

A number that is not spelt as a plan spells it (``1e3``, `` 5``, ``+5``, ``05``) is not that
number: the reader returns ``None`` and the caller reports the cell.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import zip_longest
from typing import Any, Protocol

import pandas as pd

from planner.errors import Finding, Place

# --------------------------------------------------------------------------------------------------
# Exact arithmetic of the audit: fractions and whole minor units, written on its own.
#
# Nothing here is shared with the code that makes plans, so an error in either shows up as a
# disagreement instead of being repeated.

Units = int | Fraction
"""A quantity: whole units, or an exact fraction for items that are not whole."""


def half_up(value: Fraction) -> int:
    """The nearest whole number, halves upwards."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def floored(value: Fraction) -> int:
    """The largest whole number not above ``value``."""
    return value.numerator // value.denominator


def grown(price: int, growth: Decimal, years: int) -> int:
    """``price`` (minor units) after ``years`` of yearly ``growth``, half up."""
    if not years or not growth:
        return price
    return half_up(price * (1 + Fraction(growth)) ** years)


def instalments(amount: int, parts: Sequence[Decimal]) -> list[int]:
    """``amount`` in payments: each running total is rounded down, the last takes the rest."""
    paid, upto, cuts = 0, Fraction(0), []
    for part in parts[:-1]:
        upto += Fraction(part)
        reached = floored(amount * upto)
        cuts.append(reached - paid)
        paid = reached
    return [*cuts, amount - paid]


def whole_if(value: Units) -> Units:
    """``value`` as an ``int`` where it is one."""
    if type(value) is int or value.denominator != 1:
        return value
    return value.numerator


INTEGER = re.compile(r"(?:0|-?[1-9][0-9]{0,29})\Z")
YEAR = re.compile(r"[12][0-9]{3}\Z")
DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{0,5}[1-9])?\Z")
SLACK = Fraction(1, 10**6)
"""How far from a tie (in units of the last place) a value may lie to be rounded either way."""
RELATIVE = Fraction(1, 10**12)
"""Relative error that sums in binary floats are allowed."""


def integer(text: Any) -> int | None:
    """The whole number that ``text`` spells, or ``None``."""
    return int(text) if isinstance(text, str) and INTEGER.match(text) else None


def year(text: Any) -> int | None:
    """The year that ``text`` spells, or ``None``."""
    return int(text) if isinstance(text, str) and YEAR.match(text) else None


def decimal(text: Any) -> Fraction | None:
    """The number with at most six decimals and no idle zeros that ``text`` spells."""
    if isinstance(text, str) and DECIMAL.match(text) and text != "-0":
        return Fraction(text)
    return None


def fixed(part: int, whole: int, places: int) -> str:
    """``part`` ÷ ``whole`` with exactly ``places`` decimals, half up (away from zero)."""
    one = 10**places
    scaled = (2 * abs(part) * one + whole) // (2 * whole)
    sign = "-" if part < 0 and scaled else ""
    return f"{sign}{scaled // one}.{scaled % one:0{places}d}"


class Near(str):
    """The text expected for a rounded number, with the exact value behind it.

    It equals only its own text; :func:`agrees` also takes the other neighbour when the exact
    value is a tie within the error of floating point, and nothing else.
    """

    __slots__ = ("parts", "places", "stripped")

    parts: tuple[int, int]
    places: int
    stripped: bool

    @classmethod
    def of(cls, value: Fraction | float, places: int, stripped: bool = False) -> Near:
        """The expectation of ``value`` rounded to ``places``; ``stripped``: no idle zeros."""
        return cls.ratio(*value.as_integer_ratio(), places, stripped)

    @classmethod
    def ratio(cls, part: int, whole: int, places: int, stripped: bool = False) -> Near:
        """The expectation of ``part`` ÷ ``whole`` (above 0)."""
        text = fixed(part, whole, places)
        near = cls(text.rstrip("0").rstrip(".") if stripped else text)
        near.parts, near.places, near.stripped = (part, whole), places, stripped
        return near

    def well_formed(self, text: str) -> bool:
        """Whether ``text`` is spelt as this kind of number."""
        if self.stripped:
            return decimal(text) is not None
        pattern = rf"-?(?:0|[1-9][0-9]{{0,29}})\.[0-9]{{{self.places}}}\Z"
        negative_zero = text.startswith("-") and not text.strip("-0.")
        return re.match(pattern, text) is not None and not negative_zero

    def agrees(self, text: str) -> bool:
        """Whether ``text`` is the value rounded, either way at a tie."""
        if text == self:
            return True
        if not self.well_formed(text):
            return False
        exact = Fraction(*self.parts) * 10**self.places
        room = Fraction(1, 2) + SLACK + RELATIVE * abs(exact)
        return abs(Fraction(text) * 10**self.places - exact) <= room


def number_text(value: Units | float) -> str:
    """A quantity or bound as a cell: whole numbers plain, others with at most six decimals."""
    if isinstance(value, int):
        return str(value)
    exact = Fraction(value)
    if exact.denominator == 1:
        return str(exact.numerator)
    return Near.of(exact, 6, stripped=True)


def agrees(text: str, expected: str) -> bool:
    """Whether a cell holds what is expected of it."""
    return expected.agrees(text) if isinstance(expected, Near) else text == expected


def well_formed(text: str, expected: str) -> bool:
    """Whether a cell is at least spelt like the value expected of it."""
    if isinstance(expected, Near):
        return expected.well_formed(text)
    return not INTEGER.match(expected) or integer(text) is not None


CEILING = 500
"""Findings of one code in one file that are listed; the rest are counted."""


class Report:
    """The findings of one audit, in the order they were made."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._seen: Counter[tuple[str, str]] = Counter()

    def add(
        self,
        code: str,
        file: str,
        row: int | None = None,
        column: str = "",
        key: str = "",
        **params: Any,
    ) -> None:
        """Note a finding at ``file``, ``row`` (the header is row 1) and ``column``."""
        self._seen[code, file] += 1
        if self._seen[code, file] <= CEILING:
            place = Place(file=file, row=row, column=column, key=key)
            self._findings.append(Finding(code, place, params))

    def findings(self) -> list[Finding]:
        """All findings; kinds beyond the ceiling end with how many more there are."""
        more = [
            Finding("audit_more", Place(file=file), {"code": code, "count": count - CEILING})
            for (code, file), count in self._seen.items()
            if count > CEILING
        ]
        return [*self._findings, *more]


def rule_key(rule: str, *parts: object) -> str:
    """The row key of a rule: ``fund_within_budget[district,2024]``; alone where it has one row."""
    key = ",".join(str(p) for p in parts)
    return f"{rule}[{key}]" if key else rule


COLUMNS: dict[str, tuple[str, ...]] = {
    "allocation": (
        "line", "school", "group", "item", "fund", "year", "kind", "request", "option",
        "quantity", "unit_price", "amount", "schedule", "standing",
    ),
    "coverage": (
        "school", "group", "item", "year", "need", "stock", "new", "in_service", "before",
        "after", "people",
    ),
    "ledger": (
        "fund", "school", "year", "amount", "reserve", "usable", "carried_in", "purchases",
        "setup", "requests", "upkeep", "spent", "carried_out", "lapsed",
    ),
    "obligations": ("year", "fund", "kind", "origin", "amount", "funded"),
    "rules": ("rule", "key", "firmness", "left", "relation", "bound", "slack", "unit"),
    "schools": (
        "school", "name", "level", "group", "pupils", "spent", "upkeep", "proposed",
        "coverage_before", "coverage_after", "people",
    ),
    "requests": (
        "request", "school", "option", "title", "chosen", "value", "amount", "copies", "paid",
        "points",
    ),
}  # fmt: skip
"""Columns of every table of a plan, in order."""

KEYS: dict[str, tuple[int, ...]] = {
    "coverage": (0, 2, 3),
    "ledger": (0, 1, 2),
    "obligations": (0, 1, 2, 3),
    "rules": (0, 1, 4),
    "schools": (0,),
    "requests": (0, 2),
}
"""Positions of the columns that name a row."""

UNORDERED = frozenset({"rules", "obligations"})
"""Tables whose rows may come in any order."""

Row = tuple[str, ...]


class TextTable:
    """One table of a plan: cells as text, rows numbered as a person sees them."""

    def __init__(self, name: str, frame: Any, report: Report) -> None:
        self.name = name
        self.file = f"{name}.csv"
        self.columns = COLUMNS[name]
        self._found: dict[str, Any] = {}
        self.start = 2
        """Row of its first cells, as a person counts them (the header is row 1)."""
        self.complete = False
        if frame is None:
            report.add("audit_missing_table", self.file)
            return
        found = [str(c) for c in frame.columns]
        for column in self.columns:
            if found.count(column) != 1:
                code = "audit_duplicate_column" if column in found else "audit_missing_column"
                report.add(code, self.file, 1, column, name=column)
        for column in dict.fromkeys(found):
            if column not in self.columns:
                report.add("audit_extra_column", self.file, 1, column, name=column)
        if all(found.count(c) == 1 for c in self.columns):
            kept = [c for c in found if c in self.columns]
            if kept != list(self.columns):
                report.add("audit_column_order", self.file, 1, kept[0])
            self._found = {c: frame.iloc[:, found.index(c)] for c in self.columns}
            self.complete = True

    def column(self, name: str) -> Any:
        """A column as it was given: texts, or a categorical of texts."""
        return self._found[name]

    def part(self, rows: Any) -> TextTable:
        """Some of the rows (a slice, or positions) as a table of its own."""
        part = copy(self)
        part._found = {}
        for name, column in self._found.items():
            cut = column.iloc[rows]
            coded = isinstance(cut.dtype, pd.CategoricalDtype)
            part._found[name] = cut.cat.remove_unused_categories() if coded else cut
        part.start = self.start + (rows.start if isinstance(rows, slice) else 0)
        return part

    def rows(self) -> Iterator[Row]:
        """The rows in the file's order; cells that are not text count as empty."""
        return zip(
            *(
                cells
                if set(map(type, cells)) <= {str}
                else [c if isinstance(c, str) else "" for c in cells]
                for cells in (column.tolist() for column in self._found.values())
            ),
            strict=True,
        )


def compare(
    table: TextTable, expected: Iterable[Row], report: Report
) -> dict[tuple[str, ...], int]:
    """Report every cell, row and order that differs; give the file's row of each key.

    Rows are compared in step; what is out of step is matched by key afterwards, and what then
    is left is paired if as many rows are lacking as are too many (a spoilt key cell).
    """
    if not table.complete:
        for _ in expected:
            pass
        return {}
    where = KEYS[table.name]
    keep = table.name in SMALL
    rows: dict[tuple[str, ...], int] = {}
    odd: list[tuple[int, Row]] = []
    lacking: list[Row] = []
    for number, (found, due) in enumerate(zip_longest(table.rows(), expected), start=table.start):
        if found == due and not keep:
            continue
        if found is not None and due is not None and all(found[k] == due[k] for k in where):
            if found != due:
                report_cells(table, number, found, due, report)
            if keep:
                rows[tuple(due[k] for k in where)] = number
            continue
        if found is not None:
            odd.append((number, found))
        if due is not None:
            lacking.append(due)
    if odd or lacking:
        _match(table, odd, lacking, rows, report)
    return rows


SMALL = frozenset({"ledger", "rules", "requests"})
"""Tables whose rows other findings point to."""


def _match(
    table: TextTable,
    odd: list[tuple[int, Row]],
    lacking: list[Row],
    rows: dict[tuple[str, ...], int],
    report: Report,
) -> None:
    """Match rows that are out of step by key, then report what is left.

    Rows that are as they must be come first: a spoilt key may be that of another row.
    """
    where = KEYS[table.name]
    column = table.columns[where[0]]
    by_key: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for due in reversed(lacking):
        by_key[tuple(due[k] for k in where)].append(due)
    unknown: list[tuple[int, Row]] = []
    moved: int | None = None
    right = set(lacking)
    for number, found in sorted(odd, key=lambda pair: pair[1] not in right):
        key = tuple(found[k] for k in where)
        if by_key.get(key):
            due = by_key[key].pop()
            rows[key] = number
            moved = min(moved or number, number)
            report_cells(table, number, found, due, report)
        else:
            unknown.append((number, found))
    left = [due for dues in by_key.values() for due in reversed(dues)]
    if moved is not None and not unknown and not left and table.name not in UNORDERED:
        report.add("audit_order", table.file, moved, column)
    if len(unknown) == len(left):
        for (number, found), due in zip(unknown, left, strict=True):
            report_cells(table, number, found, due, report)
        return
    seen = Counter(tuple(r[k] for k in where) for r in table.rows())
    for number, found in unknown:
        key = tuple(found[k] for k in where)
        code = "audit_duplicate_row" if seen[key] > 1 else "audit_extra_row"
        name = ",".join(key)
        report.add(code, table.file, number, column, name, row_key=name)
    for due in left:
        name = ",".join(due[k] for k in where)
        report.add("audit_missing_row", table.file, None, column, name, row_key=name)


def report_cells(
    table: TextTable, number: int, found: Row, due: Row, report: Report, key: str = ""
) -> None:
    """Report the cells of a row that differ from what must stand there."""
    for column, text, expected in zip(table.columns, found, due, strict=True):
        if text == expected or agrees(text, expected):
            continue
        code = "audit_cell" if well_formed(text, expected) else "audit_malformed"
        report.add(code, table.file, number, column, key, found=text, expected=str(expected))


def read_tables(tables: Mapping[str, Any], report: Report) -> dict[str, TextTable]:
    """All tables of the contract; a table beyond it is a finding."""
    for name in tables:
        if name not in COLUMNS:
            report.add("audit_extra_table", f"{name}.csv")
    return {name: TextTable(name, tables.get(name), report) for name in COLUMNS}


class Spent(Protocol):
    """Anything that has spent money."""

    @property
    def spent(self) -> int:
        """Minor units."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One row of a rule: ``left`` ``relation`` ``bound``, in the rule's unit."""

    rule: str
    key: str
    firmness: str
    left: Fraction
    relation: str
    bound: Fraction
    unit: str

    @property
    def slack(self) -> Fraction:
        """What is left until the bound; negative: the rule is missed by so much."""
        room = self.bound - self.left
        if self.relation == "=":
            return -abs(room)
        return -room if self.relation == ">=" else room

    def row(self) -> Row:
        """The row as it must stand in the file."""
        return (
            self.rule, self.key, self.firmness, number_text(self.left), self.relation,
            number_text(self.bound), number_text(self.slack), self.unit,
        )  # fmt: skip


def money_row(rule: str, key: str, entry: Spent, bound: int, firmness: str = "law") -> RuleRow:
    """A standing rule that keeps spending within a bound."""
    return RuleRow(rule, key, firmness, Fraction(entry.spent), "<=", Fraction(bound), "money")


def family_row(rule: str, violated: int) -> RuleRow:
    """The one row of a family of local rules: how many of its rows are violated."""
    return RuleRow(rule, "", "law", Fraction(violated), "=", Fraction(0), "count")
