"""Which decisions of an edited workbook changed, and which of its cells cannot be.

Two columns may be edited (:data:`planner.run.workbook.EDITABLE`). A line of the sheet of
``allocation`` is known by its school, item, fund and year: a quantity that differs from the
sealed plan is a change, a line that is gone is a change to 0, a new one a change from 0, and
one whose fund or year was rewritten is both. Everything else in the workbook follows from the
decisions; where it was edited so that it does not, that is a finding.
"""

from __future__ import annotations

import io
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from planner.errors import Finding, InputError, Place
from planner.money import share
from planner.names import lock_key
from planner.plan.contract import OUTPUT, TABLES, cell_text
from planner.run.folder import PlanFolder, is_plan_folder, sealed
from planner.run.workbook import EDITABLE, MARK, Codes, codes_of, fingerprint, titles
from planner.scenario.contracts import Item, Lock
from planner.scenario.reading.sources import Folder, Log, nearest
from planner.scenario.reading.xlsx_rows import SheetScan, panics_told, scan
from planner.scenario.scenario import Scenario, typed_frame
from planner.vocabulary.axes import contract_extra, unit_price

HEADER_WITHIN = 20
"""Rows in which the header is looked for (somebody may write a title above it)."""
ERROR = "#"
"""What begins an Excel error (``#REF!``)."""


@dataclass(frozen=True)
class Cells:
    """One sheet: where its columns stand, and its rows below the header."""

    name: str
    """The table that it holds."""
    title: str
    columns: dict[str, int]
    """Header → position from 0; of a header that occurs twice the first."""
    body: list[tuple[int, list[Any]]] = field(default_factory=list)
    """Row as a person counts it, and its cells; rows without content are left out."""

    def letter(self, column: str) -> str:
        """The spreadsheet letter of a column."""
        from xlsxwriter.utility import xl_col_to_name

        return str(xl_col_to_name(self.columns[column])) if column in self.columns else ""

    def rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each row with its cells by header."""
        for number, cells in self.body:
            yield number, {c: cells[at] for c, at in self.columns.items()}


@dataclass(frozen=True)
class Book:
    """The sheets of a plan's workbook, and the mark of the plan that it belongs to."""

    names: tuple[str, ...]
    """All sheets of the file."""
    digest: str
    """SHA-256 of the file."""
    sheets: dict[str, Cells]
    mark: str = ""


def open_book(path: Path) -> Book:
    """The sheets that hold a plan's tables; raises :class:`InputError` where there are none."""
    from python_calamine import CalamineError, CalamineWorkbook

    log = Log()
    folder = Folder(path.parent, log)
    data = folder.read(path.name, Place(path.name))
    scans = scan(data, path.name, log) if data is not None else None
    if data is None or scans is None or any(s.too_wide for s in scans.values()):
        if not log.failed:
            log.error("sheet_too_wide", Place(path.name))
        raise InputError(log.findings)
    try:
        with panics_told():
            book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = tuple(book.sheet_names)
        said = titles()["codes"] if titles()["codes"] in names else None
        codes = codes_of(
            book.get_sheet_by_name(said).to_python(skip_empty_area=False) if said else None
        )
        raw = {
            title: book.get_sheet_by_name(title).to_python(skip_empty_area=False)
            for title in names
            if codes.tables.get(title) in (*TABLES, "guide")
        }
    except (CalamineError, OSError, ValueError) as error:
        reason = type(error).__name__
        finding = Finding("workbook_broken", Place(path.name), {"reason": reason})
        raise InputError([finding]) from None
    sheets: dict[str, Cells] = {}
    marks = []
    for title, rows in raw.items():
        table = codes.tables[title]
        if table == "guide":  # the mark of the plan, if it is still there
            texts = (row[0] for row in rows if row and isinstance(row[0], str))
            marks += [text.removeprefix(MARK).strip() for text in texts if text.startswith(MARK)]
        else:
            sheets[table] = _cells(table, title, rows, scans.get(title) or SheetScan(title), codes)
    return Book(names, folder.inputs[path.name], sheets, marks[0] if marks else "")


def _cells(name: str, title: str, raw: list[list[Any]], seen: SheetScan, codes: Codes) -> Cells:
    """A sheet from its raw rows; Excel errors stand in as text, stale formulas as nothing, words
    of closed lists as their codes."""
    for (row, column), text in seen.errors.items():
        if row < len(raw) and column < len(raw[row]):
            raw[row][column] = text if text.startswith(ERROR) else ERROR + text
    for row, column in seen.unvalued:
        if row < len(raw) and column < len(raw[row]):
            raw[row][column] = ""
    # The row that holds most of the table's columns: the header, below whatever title.
    counts = [len(set(OUTPUT[name]) & set(map(str, row))) for row in raw[:HEADER_WITHIN]]
    header = counts.index(max(counts)) if counts else 0
    columns: dict[str, int] = {}
    for at, cell in enumerate(raw[header] if raw else []):
        if isinstance(cell, str) and cell.strip():
            columns.setdefault(cell.strip(), at)
    body = [
        (number, cells)
        for number, cells in enumerate(raw[header + 1 :], start=header + 2)
        if not all(map(blank, cells))
    ]
    for coded in codes.words.keys() & columns.keys() & OUTPUT[name].keys():
        at = columns[coded]
        for _, line in body:
            line[at] = codes.code(coded, line[at])
    return Cells(name, title, columns, body)


def blank(cell: Any) -> bool:
    """Whether a cell holds nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


MOST = 10**12
"""Units beyond which a number is a slip of the hand."""
PLACES = Decimal("0.000001")


def year_of(cell: Any) -> int | None:
    """A year typed as a number or as text."""
    if isinstance(cell, str) and cell.strip().isdigit():
        cell = float(cell)
    return int(cell) if _is_number(cell) and cell == int(cell) else None


def _is_number(cell: Any) -> bool:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool) and math.isfinite(cell)


def quantity_of(cell: Any, item: Item) -> tuple[Decimal | None, str]:
    """Units of a purchase, or the code of what is wrong with the cell."""
    if blank(cell):
        return None, "edit_quantity_empty"
    if not _is_number(cell):
        return None, "edit_quantity_text"
    units = Decimal(repr(cell)).quantize(PLACES)
    if units < 0:
        return None, "edit_quantity_negative"
    if units > MOST:
        return None, "edit_quantity_large"
    if item.whole and units != int(units):
        return None, "edit_quantity_part"
    if item.whole and units % item.lot:
        return None, "edit_quantity_lot"
    return Decimal(int(units)) if units == int(units) else units.normalize(), ""


def amount_of(scenario: Scenario, item: Item, year: int, quantity: Decimal) -> int:
    """Units × unit price in minor units; of items that are not whole rounded down."""
    return share(unit_price(scenario, item, year), quantity)


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
    titles: Mapping[str, str] = field(default_factory=dict)
    """Table → title of its sheet in the workbook."""


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
        self.ready = _ready(self.scenario)
        self.dearer = contract_extra(self.scenario)

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
        missing = [c for c in NEEDED if c not in cells.columns]
        for column in missing:
            self._note("edit_column_missing", cells, None, "", name=column)
        if missing:
            return
        for number, row in cells.rows():
            kind = _text(row.get("kind")) or "purchase"
            if kind == "purchase":
                self._purchase(cells, number, row)
                continue
            if kind not in KINDS:
                self._note("edit_unknown", cells, number, "kind", found=kind, nearest="purchase")
                continue
            parts = {k: _text(row.get(k)) for k in IDENTITY}
            parts["year"] = str(year_of(row["year"]) or "")
            due = self.known.get(tuple(parts.values()))
            if due is None:
                self._note("edit_not_a_purchase", cells, number, "kind", kind=kind)
            else:
                self._cells_follow(cells, number, row, due, ("quantity", "unit_price", "amount"))
        for name, sheet in self.book.sheets.items():
            if name == ASKED:
                self._requests(sheet)
            if name != LINES:
                self._follows(sheet)

    def _note(
        self, code: str, cells: Cells, row: int | None, column: str, **params: object
    ) -> None:
        place = Place(self.file.name, cells.title, row, cells.letter(column))
        self.findings.append(Finding(code, place, params))

    # ---- lines ----------------------------------------------------------------------------
    def _purchase(self, cells: Cells, number: int, row: dict[str, Any]) -> None:
        key = self._key(cells, number, row)
        if key is None:
            return
        if key in self.rows:
            self._note("edit_twice", cells, number, "quantity", first=str(self.rows[key]))
            return
        self.rows[key] = number
        item = self.scenario.items[key[1]]
        known = self.bought.get(key)
        if (
            known is not None
            and cell_text(cells.name, "quantity", row["quantity"]) == known["quantity"]
        ):
            self.quantities[key] = Decimal(known["quantity"])
            self.amounts[key] = int(known["amount"])
            self._cells_follow(cells, number, row, known, ("unit_price", "amount"))
            return
        quantity, trouble = quantity_of(row["quantity"], item)
        if quantity is None:
            lot, found = str(item.lot), _text(row["quantity"])
            self._note(trouble, cells, number, "quantity", found=found, lot=lot)
            return
        dearer = self.dearer.get(key)
        amount = amount_of(self.scenario, item, key[3], quantity) + (dearer or 0)
        price = str(unit_price(self.scenario, item, key[3]))
        if dearer is not None and known is not None:
            price = known["unit_price"]  # a mean, with the contract's own price in it
        allowed = {str(amount), known["amount"]} if known is not None else {str(amount)}
        self._cells_follow(cells, number, row, {"unit_price": price}, ("unit_price",))
        cell = row.get("amount")
        if not blank(cell) and cell_text(cells.name, "amount", cell) not in allowed:
            self._note(
                "edit_follows", cells, number, "amount", found=_text(cell), expected=str(amount)
            )
        if quantity:
            self.quantities[key], self.amounts[key] = quantity, amount

    def _key(self, cells: Cells, number: int, row: dict[str, Any]) -> Purchase | None:
        """Who buys what from which fund in which year; ``None`` after a finding."""
        school, item, name = (_text(row[c]) for c in ("school", "item", "fund"))
        year, text = year_of(row["year"]), _text(row["year"])
        faults = list(_faults(self.scenario, self.ready, (school, item, name, year), text))
        fund = self.scenario.settings.funds.get(name)
        proposed = self.ready.get(school) is not None
        if not faults and fund is not None and (fund.role == "project") != proposed:
            group = "preparing" if proposed else "≠ preparing"
            faults = [("fund_wrong_role", "fund", {"fund": name, "school": school, "group": group})]
        for code, column, params in faults:
            self._note(code, cells, number, column, **params)
        return None if faults or year is None else (school, item, name, year)

    def _cells_follow(
        self, cells: Cells, number: int, row: dict[str, Any], due: Mapping[str, str],
        columns: tuple[str, ...],
    ) -> None:  # fmt: skip
        """Cells that follow from others are as they were, or empty."""
        for column in columns:
            cell = row.get(column)
            if not blank(cell) and cell_text(cells.name, column, cell) != due[column]:
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
                if cell_text(cells.name, column, row[column]) != str(due[column]):
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
            {name: cells.title for name, cells in self.book.sheets.items()},
        )  # fmt: skip


def _text(cell: Any) -> str:
    """A cell as it is shown in a finding, and as an id."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


PURCHASE = ("school", "item", "fund", "year")
OPTION = ("request", "option")


@dataclass(frozen=True)
class Locked:
    """A scenario with locks, and which of them an edited workbook brought."""

    scenario: Scenario
    locks: tuple[Lock, ...]


def with_locks(scenario: Scenario, edited: Edited, *, every: bool = False) -> Locked:
    """``scenario`` with what was edited locked; ``every``: all purchases of the workbook.

    A changed line is locked, and so is the sum of its item at its school: what was struck out
    does not come back from another fund or in another year. A lock of the workbook replaces one
    of the scenario's own table on the same decision. Raises :class:`InputError` where a decision
    names what the scenario does not have.
    """
    decided = list(edited.changes)
    if every:
        known = {c.key for c in decided}
        decided += [
            Change(k, q, q, edited.rows.get(k))
            for k, q in edited.quantities.items()
            if k not in known
        ]
    ready = _ready(scenario)
    if findings := [f for change in decided for f in _unknown(scenario, ready, edited, change)]:
        raise InputError(findings)
    locks = []
    for change in decided:
        names = PURCHASE if len(change.key) == len(PURCHASE) else OPTION
        locks.append(Lock(**dict(zip(names, change.key, strict=True)), quantity=change.after))
    # The sum of each locked item at its school, over all funds and years of the workbook.
    purchases = [c.key for c in decided if len(c.key) == len(PURCHASE)]
    for school, item in dict.fromkeys((key[0], key[1]) for key in purchases):
        units = (q for k, q in edited.quantities.items() if k[:2] == (school, item))
        locks.append(Lock(school=school, item=item, quantity=sum(units, Decimal(0))))
    named = {lock_key(lock) for lock in locks}
    rows = [*(k for k in scenario.rows("locks") if lock_key(k) not in named), *locks]
    columns = {name: [getattr(row, name) for row in rows] for name in Lock.model_fields}
    columns["year"] = [pd.NA if year is None else year for year in columns["year"]]
    tables = dict(scenario.tables) | {"locks": typed_frame("locks", columns)}
    inputs = dict(scenario.inputs) | {f"--lock {edited.path.name}": edited.digest}
    return Locked(replace(scenario, tables=tables, inputs=inputs), tuple(locks))


def _unknown(
    scenario: Scenario, ready: Mapping[str, int | None], edited: Edited, change: Change
) -> Iterator[Finding]:
    """What a change names that the scenario to be solved does not have, or cannot buy."""
    key: tuple[Any, ...] = change.key
    if len(key) == len(OPTION):
        requests = scenario.table("requests")
        known = set(zip(requests["request"], requests["option"], strict=True))
        if key not in known:
            place = Place(edited.path.name, edited.titles.get(ASKED, ASKED), change.row)
            yield Finding("edit_unknown", place, {"found": ":".join(key), "nearest": "-"})
        return
    faults = list(_faults(scenario, ready, key, str(key[3])))
    item = scenario.items.get(key[1])
    if item is not None and item.whole and change.after % Decimal(item.lot):
        params = {"found": str(change.after), "lot": str(item.lot)}
        faults.append(("edit_quantity_lot", "quantity", params))
    for code, column, params in faults:
        letter = edited.letters.get(column, "") if change.row is not None else ""
        sheet = edited.titles.get(LINES, LINES)
        place = Place(edited.path.name, sheet, change.row, letter, ",".join(map(str, key)))
        yield Finding(code, place, params)


def _ready(scenario: Scenario) -> dict[str, int | None]:
    """School → the year in which a preparing one is ready; ``None`` for any other."""
    schools = scenario.schools
    cells = zip(schools["school"], schools["group"], schools["ready"], strict=True)
    return {s: int(ready) if group == "preparing" else None for s, group, ready in cells}


def _faults(
    scenario: Scenario, ready: Mapping[str, int | None], key: tuple[Any, ...], year: str
) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(code, column, parameters) of what a purchase names that the scenario does not have."""
    funds = scenario.settings.funds
    known: dict[str, Collection[str]] = {"school": ready, "item": scenario.items, "fund": funds}
    for (column, ids), name in zip(known.items(), key, strict=False):
        if name not in ids:
            near = nearest(str(name), list(ids)) or "-"
            yield "edit_unknown", column, {"found": str(name), "nearest": near}
    first, last = scenario.settings.years
    own = ready.get(key[0])
    first, last = (first, last) if own is None else (own, own)
    if key[3] is None or not first <= key[3] <= last:
        yield "edit_year", "year", {"found": year, "first": str(first), "last": str(last)}
