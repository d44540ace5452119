"""What has happened to a plan: contracts, deliveries and payments, read against its plan folder.

The table ``executed`` (:class:`planner.scenario.contracts.Executed`) is read by the readers of the
scenarios, from a workbook or a CSV. Every row finds its line of the plan, and the rows of a line
are followed in the order of their dates: what cannot have happened is a finding, all of them at
once; what happened though the plan says otherwise is a warning.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from planner.errors import Finding, InputError, Place
from planner.messages import Term
from planner.money import nearest as nearest_whole
from planner.plan.contract import number_text
from planner.run.folder import PlanFolder, read
from planner.scenario import contracts
from planner.scenario.contracts import Executed
from planner.scenario.load import TABLES_ALONE, WORKBOOKS
from planner.scenario.reading import headers, sources, xlsx_rows
from planner.scenario.reading.sources import Folder, Log, Rows, Sheet, nearest, shortened
from planner.scenario.reading.typed_rows import DECLARED, names_in, typed
from planner.scenario.scenario import Scenario
from planner.scenario.write import csv_bytes

TABLE = "executed"
STATUSES = ("contracted", "delivered", "disbursed", "cancelled")
"""In the order in which they happen on one day."""
IDS = ("school", "item", "fund", "year", "request", "option")
COLUMNS = tuple(contracts.columns(Executed))
FACTS = ("quantity", "amount", "date", "document")
"""Columns that say what happened; a row that fills one in needs a status."""
WANTED: Mapping[str, tuple[str, ...]] = {
    "contracted": ("quantity", "amount", "date"),
    "delivered": ("quantity", "date"),
    "disbursed": ("amount", "date"),
    "cancelled": ("quantity", "date"),
}
"""What each status asks for; the quantity only of purchases, of other lines empty means 1."""
UNBOUND = ("upkeep", "request")
"""Kinds of line that may be paid without a contract."""
ONE = Decimal(1)


@dataclass(frozen=True)
class Execution:
    """A plan and what has happened to its lines."""

    base: PlanFolder
    """The plan, read and proven."""
    rows: pd.DataFrame
    """What happened, by date: ``line``, the line's ``kind``, ``school``, ``item``, ``fund``,
    ``year``, ``request`` and ``option`` as in the allocation; ``status``, ``quantity`` (units; NaN
    of payments), ``amount`` (minor units; of a cancellation the money by which the contract falls,
    0 of a delivery), ``date`` (datetime64) and ``document``."""
    file: str = ""
    """Name of the file that was read; empty: nothing was."""
    digest: str = ""
    """Its SHA-256."""
    warnings: tuple[Finding, ...] = ()
    """What happened though the plan says otherwise, and what of the file is read and doubtful."""

    @property
    def latest(self) -> datetime.date | None:
        """The last date in the table."""
        return None if self.rows.empty else self.rows["date"].max().date()

    def until(self, day: datetime.date) -> Execution:
        """What had happened by the end of a day."""
        return replace(self, rows=self.rows[self.rows["date"] <= pd.Timestamp(day)])

    @cached_property
    def lines(self) -> pd.DataFrame:
        """Every line of the plan to which something has happened, in the plan's order.

        ``line``, ``kind``, ``school``, ``item``, ``fund``, ``year``, ``request``, ``option``;
        ``planned_quantity`` (units, NaN where the line has none) and ``planned_amount`` (minor
        units); ``contracted`` (units under contract, cancelled ones taken off) and
        ``contract_amount`` (minor units, likewise); ``delivered`` (units), ``disbursed`` (minor
        units), ``cancelled`` (units); ``first_contract``, ``last_delivery`` (datetime64, NaT: none)
        and ``document`` (all, joined by ``; ``).
        """
        rows = self.rows
        base = self.base.plan.allocation.set_index("line", drop=False)
        base = base.loc[sorted(set(rows["line"].tolist()))]
        found = base[["line", "kind", *IDS]].reset_index(drop=True)
        found["planned_quantity"] = base["quantity"].to_numpy(dtype="float64")
        found["planned_amount"] = base["amount"].to_numpy(dtype="int64")
        # Decimals: a sum of tenths of units is exact.
        units = {status: dict.fromkeys(found["line"], Decimal(0)) for status in STATUSES}
        money = {status: dict.fromkeys(found["line"], 0) for status in STATUSES}
        days: dict[str, dict[int, Any]] = {"contracted": {}, "delivered": {}}
        papers: dict[int, dict[str, None]] = {line: {} for line in found["line"]}
        columns = rows[["line", "status", "quantity", "amount", "date", "document"]]
        for line, status, quantity, amount, day, document in columns.itertuples(index=False):
            units[status][line] += 0 if math.isnan(quantity) else _exact(quantity)
            money[status][line] += amount
            if status == "contracted":
                days[status].setdefault(line, day)
            elif status == "delivered":
                days[status][line] = day
            if document:
                papers[line][document] = None

        def told(status: str) -> Any:
            return np.array([float(n) for n in units[status].values()], dtype="float64")

        def paid(status: str) -> Any:
            return np.array(list(money[status].values()), dtype="int64")

        in_force = zip(units["contracted"].values(), units["cancelled"].values(), strict=True)
        found["contracted"] = np.array([float(a - b) for a, b in in_force], dtype="float64")
        found["contract_amount"] = paid("contracted") - paid("cancelled")
        found["delivered"] = told("delivered")
        found["disbursed"] = paid("disbursed")
        found["cancelled"] = told("cancelled")
        for name, status in (("first_contract", "contracted"), ("last_delivery", "delivered")):
            known = [days[status].get(line, pd.NaT) for line in found["line"]]
            found[name] = pd.Series(known, dtype="datetime64[s]")
        found["document"] = pd.array(["; ".join(papers[n]) for n in found["line"]], dtype="str")
        return found

    def texts(self) -> pd.DataFrame:
        """The rows as a table of texts that reads back to the same, by ids (no line numbers, which
        another plan counts otherwise)."""
        rows, data = self.rows, {}
        for name in COLUMNS:
            if name in ("line", "planned_quantity", "planned_amount"):
                continue
            cells = rows[name].tolist()
            if name == "quantity":
                cells = [number_text(n) for n in cells]
            elif name == "date":
                cells = [day.date().isoformat() for day in cells]
            elif name == "amount":  # a delivery has none
                none = (rows["status"] == "delivered").tolist()
                cells = ["" if no else n for no, n in zip(none, cells, strict=True)]
            data[name] = pd.array([str(c) for c in cells], dtype="str")
        return pd.DataFrame(data, copy=False)

    def write(self, path: Path) -> None:
        """The rows as a CSV file (UTF-8 with BOM) that reads back to the same."""
        path.write_bytes(csv_bytes(self.texts()))


def _exact(cell: Any) -> Decimal:
    return Decimal(repr(cell)) if isinstance(cell, float) else Decimal(int(cell))


def nothing_executed(base: PlanFolder) -> Execution:
    """A plan to which nothing has happened yet."""
    return Execution(base, _frame(base, []))


def read_executed(path: Path | str, folder: Path | str | PlanFolder) -> Execution:
    """What has happened to the plan in ``folder`` (which is proven first), from a workbook or CSV.

    Raises
    ------
    InputError
        With every finding at once: cells that cannot be read, rows without a line of the plan or
        whose line and ids disagree, what the status asks for and is missing, parts of whole units,
        dates outside the plan, rows that stand twice; by line in the order of dates: deliveries
        and payments before the contract or above it, cancellations above what is contracted, a
        contract after the whole of a line was delivered. More contracted than planned and payments
        of upkeep or requests above the plan are warnings (:attr:`Execution.warnings`).
    """
    base = folder if isinstance(folder, PlanFolder) else read(folder)
    file = Path(path)
    log = Log()
    inputs = Folder(file.parent, log)
    sheet = _sheet(file, inputs, log)
    found = None
    if sheet is not None:
        scenario = base.scenario
        named = {c: names_in(scenario.table(t), c) for c, t in DECLARED.items()}
        named["fund"] = names_in(_fund_names(scenario), "fund")
        decimal = scenario.settings.numbers.decimal or ""
        found = typed(TABLE, sheet, log, named, scenario.settings.currency, decimal)
    if found is None:
        raise InputError(shortened(log.findings))
    reading = _Reading(base, *found, log)
    events = reading.events()
    findings = shortened(log.findings)
    if log.failed:
        raise InputError(findings)
    return Execution(
        base, _frame(base, events), file.name, inputs.inputs[file.name], tuple(findings)
    )


def _fund_names(scenario: Scenario) -> pd.DataFrame:
    """The funds with their names in both languages; one without a name has none but its id."""
    pairs = {
        (fund, name)
        for fund, settings in scenario.settings.funds.items()
        for name in ((settings.name.vi, settings.name.en) if settings.name else ("",))
    }
    pairs |= {(fund, "") for fund in scenario.settings.funds}
    return pd.DataFrame(sorted(pairs), columns=["fund", "name"], dtype="str")


def _sheet(file: Path, folder: Folder, log: Log) -> Sheet | None:
    """The raw rows: of a CSV, or of the sheet of a workbook that is named so or has the header."""
    place, suffix = Place(file.name), file.suffix.lower()
    if suffix not in (*WORKBOOKS, *TABLES_ALONE):
        log.error("executed_unknown_kind", place, file=file.name)
        return None
    data = folder.read(file.name, place)
    if data is None or suffix in TABLES_ALONE:
        return None if data is None else sources.read(data, file.name, log)
    sheets = xlsx_rows.sheets(data, file.name, log)
    if sheets is None:
        return None
    columns = contracts.columns(Executed)

    def fits(sheet: Sheet) -> int:
        header = headers.find(TABLE, sheet, columns, Log()) if sheet.rows else None
        return 0 if header is None or "status" not in header.positions else len(header.positions)

    best = max(sheets, key=lambda pair: fits(pair[0]), default=None)
    if best is None or not fits(best[0]):
        log.error("executed_no_sheet", place, found=", ".join(s.sheet for s, _ in sheets) or "-")
        return None
    log.add(best[1])
    return best[0]


class Event(NamedTuple):
    """A row that says what happened."""

    at: int
    """Row of the table, from 0."""
    line: int
    status: str
    quantity: Decimal | None
    amount: int
    date: datetime.date
    document: str


def _frame(base: PlanFolder, events: Iterable[Event]) -> pd.DataFrame:
    """The rows of an :class:`Execution`."""
    happened = sorted(events, key=lambda e: (e.date, STATUSES.index(e.status), e.at))
    lines = base.plan.allocation.set_index("line", drop=False)
    lines = lines.loc[[e.line for e in happened], ["line", "kind", *IDS]].reset_index(drop=True)
    units = [float("nan") if e.quantity is None else float(e.quantity) for e in happened]
    days = pd.array([e.date.isoformat() for e in happened], dtype="str")
    return lines.assign(
        status=pd.array([e.status for e in happened], dtype="str"),
        quantity=pd.array(units, dtype="float64"),
        amount=pd.array([e.amount for e in happened], dtype="int64"),
        date=pd.to_datetime(pd.Series(days), format="%Y-%m-%d").astype("datetime64[s]"),
        document=pd.array([e.document for e in happened], dtype="str"),
    )


class _Reading:
    """A typed table read against a plan: the rows that happened, and what is wrong."""

    def __init__(self, base: PlanFolder, table: pd.DataFrame, where: Rows, log: Log) -> None:
        self.base, self.table, self.where, self.log = base, table, where, log
        rows: list[Any] = base.plan.allocation.to_dict("records")
        self.lines: dict[int, Any] = {int(r["line"]): r for r in rows}
        self.by_ids = {_key(r): int(r["line"]) for r in rows}
        first, last = base.scenario.settings.years
        parts = max((len(i.payments) for i in base.scenario.items.values()), default=1)
        after = max(base.scenario.settings.tail_years, parts - 1) + 1
        # what a preparing school is given may lie beyond the plan
        latest = max([last + after, *(int(r["year"]) + 1 for r in rows if r["kind"] != "upkeep")])
        self.first, self.last = datetime.date(first, 1, 1), datetime.date(latest, 12, 31)
        # rows with a cell that could not be read have their finding
        self.unread = {f.where.row for f in log.findings if f.severity == "error"}
        self.broken: set[int] = set()
        """Lines with a row that is not as it should be: their sums prove nothing."""

    def error(self, code: str, at: int, column: str, **params: Any) -> None:
        """A finding at a cell of the table."""
        self.log.error(code, self.where.place(at, column), **params)

    def events(self) -> list[Event]:
        """What happened, row by row and then line by line."""
        if "status" not in self.where.positions:
            name = Term("status", "column.status")
            self.log.error("column_missing", self.where.source.place(0), name=name, nearest="-")
            return []
        found, seen = list[Event](), dict[tuple[Any, ...], int]()
        for at, cells in enumerate(self.table.to_dict("records")):
            row = {str(k): None if v is pd.NA or v == "" else v for k, v in cells.items()}
            unread = self.where.place(at).row in self.unread
            if not row["status"] and not unread:
                if any(row[c] is not None for c in FACTS):
                    self.error("executed_status_missing", at, "status")
                continue
            line = self._line(at, row, unread=unread)
            event = None if line is None or unread else self._event(at, row, line)
            if event is None:
                self.broken |= set() if line is None else {line}
                continue
            first = seen.setdefault(event[1:], at)
            if first != at:
                row_number = self.where.place(first).row
                self.error("executed_twice", at, "status", first=str(row_number))
                continue
            found.append(event)
        by_line: dict[int, list[Event]] = {}
        for event in found:
            by_line.setdefault(event.line, []).append(event)
        happened = list[Event]()
        for line, events in by_line.items():
            happened += [] if line in self.broken else _Line(self, line).followed(events)
        return happened

    # ---- which line -----------------------------------------------------------------------
    def _line(self, at: int, row: dict[str, Any], *, unread: bool) -> int | None:
        """The line that a row means; an id that is missing because it could not be read has its
        finding already."""
        kind = row["kind"] or ("request" if row["request"] else "purchase")
        if row["line"] is None:
            needed = ("request", "option") if kind == "request" else ("school", "item")
            missing = [c for c in (*needed, "fund", "year") if row[c] is None]
            if missing and unread:
                return None
            if missing:
                named = tuple(Term(c, f"column.{c}") for c in missing)
                self.error("executed_ids_missing", at, "line", names=named)
                return None
            due = self.by_ids.get(_key(row | {"kind": kind}))
            if due is None:
                said = ", ".join(str(row[c]) for c in (*needed, "fund", "year"))
                like = self._like(kind, row)
                label = Term(kind, f"label.kind.{kind}")
                self.error("executed_no_line", at, needed[-1], kind=label, ids=said, nearest=like)
                return None
        else:
            due = int(row["line"])
            if due not in self.lines:
                self.error(
                    "executed_line_unknown", at, "line", line=str(due), count=len(self.lines)
                )
                return None
        return due if self._agrees(at, row, due) else None

    def _agrees(self, at: int, row: dict[str, Any], due: int) -> bool:
        """Whether all that a row says of its line is what the plan has."""
        line, agrees = self.lines[due], True
        for column in ("kind", *IDS):
            if row[column] is not None and str(row[column]) != str(line[column]):
                expected = str(line[column]) or "-"
                params = {"found": str(row[column]), "line": str(due), "expected": expected}
                self.error("executed_ids_disagree", at, column, **params)
                agrees = False
        for column, name in (("planned_quantity", "quantity"), ("planned_amount", "amount")):
            found, planned = row[column], line[name]
            if (
                agrees
                and found is not None
                and number_text(planned) not in ("", number_text(found))
            ):
                due_here = int(planned) if name == "amount" else number_text(planned)
                figures = {"found": found, "expected": due_here}
                self.error("executed_other_plan", at, column, line=str(due), **figures)
                agrees = False
        return agrees

    def _like(self, kind: str, row: Mapping[str, Any]) -> str:
        """Lines of the same school and item (request), or the id that is nearest."""
        names = ("request",) if kind == "request" else ("school", "item")
        same = [
            f"{n} ({r['fund']}, {r['year']})"
            for n, r in self.lines.items()
            if r["kind"] == kind and all(r[c] == row[c] for c in names)
        ]
        if same:
            return ", ".join(same[:5])
        for column in (*names, "fund"):
            known = {str(r[column]) for r in self.lines.values() if r[column]}
            if row[column] not in known:
                return nearest(str(row[column]), sorted(known)) or "-"
        return "-"

    # ---- what happened --------------------------------------------------------------------
    def _event(self, at: int, row: Mapping[str, Any], line: int) -> Event | None:
        """A row with all that its status asks for, or findings."""
        status, kind = row["status"], self.lines[line]["kind"]
        sound = True
        for column in WANTED[status]:
            value = row[column]
            if value is None and (column != "quantity" or kind == "purchase"):
                label = Term(status, f"value.{status}")
                self.error("executed_needs", at, column, status=label)
                sound = False
            elif column != "date" and value is not None and not value > 0:
                self.error("executed_zero", at, column)
                sound = False
        day, units = row["date"], row["quantity"]
        if day is not None and not self.first <= day <= self.last:
            params = {"date": str(day), "first": str(self.first), "last": str(self.last)}
            self.error("executed_date_outside", at, "date", **params)
            sound = False
        item = self.base.scenario.items.get(self.lines[line]["item"])
        counts = units is not None and "quantity" in WANTED[status] and kind == "purchase"
        if counts and item is not None and item.whole and units % 1:
            self.error("executed_part", at, "quantity", quantity=units, item=item.item)
            sound = False
        if not sound:
            return None
        counted = "quantity" in WANTED[status]
        units = (ONE if units is None else units) if counted else None
        money = 0 if status == "delivered" else -1 if row["amount"] is None else int(row["amount"])
        return Event(at, line, status, units, money, day, row["document"] or "")


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a line is known by."""
    asked = row["kind"] == "request"
    names = ("request", "option") if asked else ("school", "item")
    return (row["kind"], *(row[c] for c in names), row["fund"], int(row["year"]))


class _Line:
    """The rows of one line of the plan, followed in the order of their dates."""

    def __init__(self, reading: _Reading, line: int) -> None:
        self.reading, self.number = reading, line
        self.planned = reading.lines[line]
        self.contracted = self.delivered = self.cancelled = Decimal(0)
        self.price = self.paid = 0
        self.finished: datetime.date | None = None
        """When the whole of the line had been delivered."""

    def followed(self, events: list[Event]) -> list[Event]:
        """The same rows, cancellations with their money; what cannot have happened is a finding."""
        order = sorted(events, key=lambda e: (e.date, STATUSES.index(e.status), e.at))
        signed = [e for e in order if e.status == "contracted"]
        bound = bool(signed) or self.planned["kind"] not in UNBOUND
        found = []
        for event in order:
            if event.status != "contracted" and bound and not self._after(event, signed):
                continue
            step = getattr(self, f"_{event.status}")(event) if bound else self._unbound(event)
            found += [] if step is None else [step]
        self._beyond_plan(order, bound)
        return found

    def error(self, code: str, event: Event, column: str, **params: Any) -> None:
        """A finding at a row of this line."""
        self.reading.error(code, event.at, column, line=str(self.number), **params)

    def _after(self, event: Event, signed: list[Event]) -> bool:
        """Whether a contract was signed before something else happened."""
        label = Term(event.status, f"value.{event.status}")
        if not signed:
            self.error("executed_no_contract", event, "status", status=label)
        elif event.date < signed[0].date:
            params = {"status": label, "date": str(event.date), "signed": str(signed[0].date)}
            self.error("executed_before_contract", event, "date", **params)
        else:
            return True
        return False

    def _contracted(self, event: Event) -> Event | None:
        if self.finished is not None and event.date > self.finished:
            self.error("executed_backwards", event, "status", date=str(self.finished))
            return None
        self.contracted += event.quantity or 0
        self.price += event.amount
        return event

    def _delivered(self, event: Event) -> Event:
        self.delivered += event.quantity or 0
        left = self.contracted - self.cancelled
        if self.delivered > left:
            params = {"delivered": self.delivered, "contracted": left}
            self.error("executed_over_delivered", event, "quantity", **params)
        planned = self.planned["quantity"]
        whole = self.delivered >= (ONE if math.isnan(planned) else _exact(planned))
        self.finished = event.date if whole and self.finished is None else self.finished
        return event

    def _disbursed(self, event: Event) -> Event:
        self.paid += event.amount
        if self.paid > self.price:
            params = {"paid": self.paid, "contract": self.price, "over": self.paid - self.price}
            self.error("executed_over_paid", event, "amount", **params)
        return event

    def _cancelled(self, event: Event) -> Event | None:
        left = self.contracted - self.cancelled
        units = event.quantity or Decimal(0)
        if units > left - self.delivered:
            params = {"cancelled": units, "contracted": left, "delivered": self.delivered}
            self.error("executed_over_cancelled", event, "quantity", **params)
            return None
        money = event.amount
        if money < 0:  # in proportion to the units
            money = nearest_whole(self.price * Fraction(units) / Fraction(left))
        if self.price - money < self.paid:
            sums = {"cancelled": money, "contract": self.price, "paid": self.paid}
            self.error("executed_cancelled_paid", event, "amount", **sums)
            return None
        self.cancelled += units
        self.price -= money
        return event._replace(amount=money)

    def _unbound(self, event: Event) -> Event:
        """What happens to upkeep and requests without a contract."""
        if event.status == "disbursed":
            self.paid += event.amount
        elif event.status == "cancelled":
            label = Term(event.status, f"value.{event.status}")
            self.error("executed_no_contract", event, "status", status=label)
        return event

    def _beyond_plan(self, events: list[Event], bound: bool) -> None:
        """Warnings: more is contracted, or paid without a contract, than the plan has."""
        log, planned = self.reading.log, self.planned["quantity"]
        place = self.reading.where.place
        left = self.contracted - self.cancelled
        if self.planned["kind"] == "purchase" and left > _exact(planned):
            last = [e for e in events if e.status == "contracted"][-1]
            params = {"line": str(self.number), "contracted": left, "planned": _exact(planned)}
            log.warn("executed_over_planned", place(last.at, "quantity"), **params)
        most = int(self.planned["amount"])
        if not bound and self.paid > most:
            last = [e for e in events if e.status == "disbursed"][-1]
            money = {"paid": self.paid, "planned": most}
            log.warn(
                "executed_over_amount", place(last.at, "amount"), line=str(self.number), **money
            )
