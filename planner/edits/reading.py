"""Which decisions of an edited workbook changed, and which of its cells cannot be.

Two columns may be edited (:data:`planner.workbook.EDITABLE`). A line of the sheet
``allocation`` is known by its school, item, fund and year: a quantity that differs from the
sealed plan is a change, a line that is gone is a change to 0, a new one a change from 0, and
one whose fund or year was rewritten is both. Everything else in the workbook follows from the
decisions; where it was edited so that it does not, that is a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from planner.edits.numbers import amount_of, quantity_of, same, year_of
from planner.edits.sheet import Book, Cells, blank, open_book
from planner.errors import Finding, InputError, Place
from planner.folder import PlanFolder, is_plan_folder, sealed
from planner.prices import unit_price
from planner.scenario.log import nearest
from planner.scenario.scenario import Scenario
from planner.workbook import EDITABLE, fingerprint

Purchase = tuple[str, str, str, int]
"""School, item, fund, year."""
Option = tuple[str, str]
"""Request, option."""
LINES, ASKED = "allocation", "requests"
KINDS = ("purchase", "setup", "upkeep", "request")
NEEDED = ("school", "item", "fund", "year", "quantity")
IDENTITY = ("kind", "school", "item", "fund", "year", "request", "option")
CHOSEN = {"yes": Decimal(1), "no": Decimal(0)}


@dataclass(frozen=True)
class Change:
    """A decision that differs from the sealed plan; ``row`` is its row in the workbook."""

    key: Purchase | Option
    before: Decimal
    after: Decimal
    row: int | None = None


@dataclass(frozen=True)
class Edited:
    """An edited workbook beside the sealed plan that it was written with."""

    path: Path
    digest: str
    """SHA-256 of the workbook as it was read."""
    sealed: PlanFolder
    quantities: Mapping[Purchase, Decimal]
    """Units of every purchase in the workbook."""
    amounts: Mapping[Purchase, int]
    """Minor units of every purchase; the sealed ones where nothing changed."""
    chosen: frozenset[Option]
    changes: tuple[Change, ...]
    rows: Mapping[Purchase, int] = field(default_factory=dict)
    """Where each purchase stands in the workbook."""
    letters: Mapping[str, str] = field(default_factory=dict)
    """Column of the lines → its letter in the workbook."""


def read_edited(path: Path | str, plan: Path | str | None = None) -> Edited:
    """An edited workbook, read against its plan folder (``plan``, else where it lies).

    Raises :class:`InputError` with everything that cannot be, by sheet and cell.
    """
    file = Path(path).absolute()
    folder = file.parent if plan is None else Path(plan).absolute()
    if not is_plan_folder(folder):
        raise InputError([Finding("edit_no_plan", Place(file.name), {"folder": str(folder)})])
    base = sealed(folder)
    reading = _Reading(file, base, open_book(file))
    reading.read()
    if reading.findings:
        raise InputError(reading.findings)
    return reading.edited()


class _Reading:
    """One workbook read against one plan: what is decided, and what is wrong."""

    def __init__(self, file: Path, base: PlanFolder, book: Book) -> None:
        self.file = file
        self.base = base
        self.scenario: Scenario = base.scenario
        self.book = book
        self.findings: list[Finding] = []
        self.texts = base.plan.text_tables()
        rows: list[Any] = self.texts[LINES].to_dict("records")
        self.known = {tuple(row[k] for k in IDENTITY): row for row in rows}
        self.bought: dict[Purchase, Any] = {
            (r["school"], r["item"], r["fund"], int(r["year"])): r
            for r in rows
            if r["kind"] == "purchase"
        }
        self.quantities: dict[Purchase, Decimal] = {}
        self.amounts: dict[Purchase, int] = {}
        self.rows: dict[Purchase, int] = {}
        self.options: dict[Option, tuple[Decimal, Decimal, int]] = {}
        schools = self.scenario.schools
        self.ready = {
            s: r if g == "preparing" else None
            for s, g, r in zip(schools["school"], schools["group"], schools["ready"], strict=True)
        }

    def read(self) -> None:
        """All sheets: the lines, the requests, and those that follow from them."""
        cells = self.book.sheets.get(LINES)
        if cells is None:
            names = ", ".join(self.book.names)
            self.findings.append(Finding("edit_no_lines", Place(self.file.name), {"found": names}))
            return
        mark = self.book.mark
        if mark and mark != fingerprint(self.texts[LINES]):
            params = {"folder": self.base.path.name}
            self.findings.append(Finding("edit_other_plan", Place(self.file.name), params))
            return
        if missing := [c for c in NEEDED if c not in cells.columns]:
            for column in missing:
                self._note("edit_column_missing", cells, None, "", name=column)
            return
        for number, row in cells.rows():
            self._line(cells, number, row)
        for name, sheet in self.book.sheets.items():
            if name == ASKED:
                self._requests(sheet)
            if name != LINES:
                self._follows(sheet)

    def _note(
        self, code: str, cells: Cells, row: int | None, column: str, **params: object
    ) -> None:
        place = Place(self.file.name, cells.name, row, cells.letter(column))
        self.findings.append(Finding(code, place, params))

    # ---- lines ----------------------------------------------------------------------------
    def _line(self, cells: Cells, number: int, row: dict[str, Any]) -> None:
        kind = _text(row.get("kind")) or "purchase"
        if kind == "purchase":
            self._purchase(cells, number, row)
        elif kind not in KINDS:
            self._note("edit_unknown", cells, number, "kind", found=kind, nearest="purchase")
        else:
            year = year_of(row["year"])
            parts = {k: _text(row.get(k)) for k in IDENTITY} | {"year": str(year or "")}
            due = self.known.get(tuple(parts[k] for k in IDENTITY))
            if due is None:
                self._note("edit_not_a_purchase", cells, number, "kind", kind=kind)
                return
            self._cells_follow(cells, number, row, due, ("quantity", "unit_price", "amount"))

    def _purchase(self, cells: Cells, number: int, row: dict[str, Any]) -> None:
        key = self._key(cells, number, row)
        if key is None:
            return
        if key in self.rows:
            first = self.rows[key]
            self._note("edit_twice", cells, number, "quantity", first=str(first))
            return
        self.rows[key] = number
        item = self.scenario.items[key[1]]
        known = self.bought.get(key)
        if known is not None and same("quantity", row["quantity"], known["quantity"]):
            self.quantities[key] = Decimal(known["quantity"])
            self.amounts[key] = int(known["amount"])
            self._cells_follow(cells, number, row, known, ("unit_price", "amount"))
            return
        quantity, trouble = quantity_of(row["quantity"], item)
        if quantity is None:
            lot, found = str(item.lot), _text(row["quantity"])
            self._note(trouble, cells, number, "quantity", found=found, lot=lot)
            return
        amount = amount_of(self.scenario, item, key[3], quantity)
        price = str(unit_price(self.scenario, item, key[3]))
        allowed = {str(amount), known["amount"]} if known is not None else {str(amount)}
        self._cells_follow(cells, number, row, {"unit_price": price}, ("unit_price",))
        cell = row.get("amount")
        if not blank(cell) and not any(same("amount", cell, text) for text in allowed):
            self._note(
                "edit_follows", cells, number, "amount", found=_text(cell), expected=str(amount)
            )
        if quantity:
            self.quantities[key], self.amounts[key] = quantity, amount

    def _key(self, cells: Cells, number: int, row: dict[str, Any]) -> Purchase | None:
        """Who buys what from which fund in which year; ``None`` after a finding."""
        right = True
        found = {c: _text(row[c]) for c in ("school", "item", "fund")}
        lists: dict[str, list[str]] = {
            "school": list(self.ready),
            "item": list(self.scenario.items),
            "fund": list(self.scenario.settings.funds),
        }
        for column, ids in lists.items():
            if found[column] not in ids:
                right = False
                near = nearest(found[column], ids) or "-"
                self._note("edit_unknown", cells, number, column, found=found[column], nearest=near)
        year, (first, last) = year_of(row["year"]), self.scenario.settings.years
        ready = self.ready.get(found["school"])
        years = [ready] if ready is not None else list(range(first, last + 1))
        if year not in years:
            right = False
            params = {"found": _text(row["year"]), "first": str(years[0]), "last": str(years[-1])}
            self._note("edit_year", cells, number, "year", **params)
        fund = self.scenario.settings.funds.get(found["fund"])
        proposed = found["school"] in self.ready and ready is not None
        if right and fund is not None and (fund.role == "project") != proposed:
            right = False
            group = "preparing" if proposed else "≠ preparing"
            params = {"fund": found["fund"], "school": found["school"], "group": group}
            self._note("fund_wrong_role", cells, number, "fund", **params)
        if not right or year is None:
            return None
        return found["school"], found["item"], found["fund"], year

    def _cells_follow(
        self,
        cells: Cells,
        number: int,
        row: dict[str, Any],
        due: Mapping[str, str],
        columns: tuple[str, ...],
    ) -> None:
        """Cells that follow from others are as they were, or empty."""
        for column in columns:
            cell = row.get(column)
            if not blank(cell) and not same(column, cell, due[column]):
                self._note(
                    "edit_follows", cells, number, column, found=_text(cell), expected=due[column]
                )

    # ---- requests -------------------------------------------------------------------------
    def _requests(self, cells: Cells) -> None:
        """Which options are chosen now; the other cells of the sheet follow."""
        known = {(r["request"], r["option"]): r for r in self.texts[ASKED].to_dict("records")}
        if not {"request", "option", "chosen"} <= set(cells.columns):
            return
        for number, row in cells.rows():
            key = _text(row["request"]), _text(row["option"])
            if key not in known:
                continue
            chosen = CHOSEN.get(_text(row["chosen"]).lower())
            if chosen is None:
                self._note("edit_chosen", cells, number, "chosen", found=_text(row["chosen"]))
                continue
            before = CHOSEN[str(known[key]["chosen"])]
            self.options[key] = (before, chosen, number)

    def _follows(self, cells: Cells) -> None:
        """A sheet that is computed: every cell is as it was written."""
        table, editable = self.texts[cells.name], EDITABLE.get(cells.name)
        columns = [c for c in table.columns if c in cells.columns and c != editable]
        rows = list(cells.rows())
        if len(columns) + (editable is not None) != len(table.columns) or len(rows) != len(table):
            self._note("edit_sheet_differs", cells, None, "")
            return
        dues = table.to_dict("records")
        for (number, row), due in zip(rows, dues, strict=True):
            for column in columns:
                if not same(column, row[column], str(due[column])):
                    found, expected = _text(row[column]), str(due[column])
                    self._note(
                        "edit_follows", cells, number, column, found=found, expected=expected
                    )

    # ---- what came of it ------------------------------------------------------------------
    def edited(self) -> Edited:
        """The decisions of the workbook beside those of the plan."""
        before = {k: Decimal(r["quantity"]) for k, r in self.bought.items()}
        none = Decimal(0)
        keys = dict.fromkeys([*before, *self.quantities])
        changes = [
            Change(k, before.get(k, none), self.quantities.get(k, none), self.rows.get(k))
            for k in keys
            if before.get(k, none) != self.quantities.get(k, none)
        ]
        chosen = {
            (r["request"], r["option"])
            for r in self.texts[ASKED].to_dict("records")
            if r["chosen"] == "yes"
        }
        for option, (old, new, row) in self.options.items():
            if old != new:
                changes.append(Change(option, old, new, row))
                chosen ^= {option}
        return Edited(
            self.file, self.book.digest, self.base, self.quantities, self.amounts,
            frozenset(chosen), tuple(changes), self.rows,
            {c: self.book.sheets[LINES].letter(c) for c in self.texts[LINES].columns},
        )  # fmt: skip


def _text(cell: Any) -> str:
    """A cell as it is shown in a finding, and as an id."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
