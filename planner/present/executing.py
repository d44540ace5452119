"""How far a plan has come, as text, JSON and tables; and the sheet in which an office writes what
has happened."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.analysis.criteria import MILLION, Measured, has_criteria
from planner.messages import meaning, render, say
from planner.messages.numbers import minor_digits, money, percent
from planner.present.content import Block, Cell, Table, fund_name, illustrative, listing
from planner.present.terminal import UNBROKEN, Heading, Screen, blocks, clean, wrap
from planner.run.execution import COLUMNS, STATUSES, TABLE, read_executed
from planner.scenario import contracts
from planner.scenario.contracts import Executed

if TYPE_CHECKING:
    from planner.analysis.status import PlanStatus
    from planner.run.folder import PlanFolder

TABLES = ("funds", "groups", "schools", "items", "lines", "late", "open", "lapsing")
"""The tables of a status, each a CSV file."""
STAGES = ("planned", "contracted", "delivered", "disbursed", "left")
MONEY_SHAPE = " ".join(f"{name}:money" for name in STAGES) + " share:percent"
MOST = 10
"""Schools and late lines that are listed; the CSV files hold all of them."""


def day_text(day: datetime.date, lang: str) -> str:
    """A date as people of a language write it in a table: ``15/03/2024``, ``2024-03-15``."""
    return day.isoformat() if lang == "en" else f"{day:%d/%m/%Y}"


# ---- The status as text.


@dataclass(frozen=True)
class StatusScreen(Screen):
    """A screen about how far a plan has come."""

    found: PlanStatus = field(kw_only=True)

    def money(self, rows: pd.DataFrame) -> list[Cell]:
        """The sums of some rows, with the share disbursed."""
        sums = [int(rows[name].sum()) for name in STAGES]
        share = sums[3] / sums[0] if sums[0] else math.nan
        return [*sums, share]

    def part(
        self, shape: str, rows: Iterable[Iterable[Cell]], amounts: Iterable[int], totals: int = 0
    ) -> list[str]:
        """A table, its money in a unit that the amounts read well in."""
        cells = [tuple(row) for row in rows]
        return self.table("status.col", shape, cells, scale=self.scale(amounts), totals=totals)

    @property
    def total(self) -> str:
        """What the sum of the general funds is called."""
        projects = len(self.found.general) < len(self.found.funds)
        return self.word("status.total" if projects else "label.total")

    def item(self, key: str) -> str:
        """An item by its name; requests together."""
        return self.scenario.items[key].label(self.lang) if key else self.word("label.kind.request")

    @cached_property
    def school_names(self) -> Mapping[str, str]:
        """School → its name."""
        schools = self.scenario.schools
        return dict(zip(schools["school"], schools["name"], strict=True))


def status_text(found: PlanStatus, lang: str = "vi", width: int = 110) -> str:
    """A status as text: sums, by fund and year, group, item and school, what is late, what money
    would lapse, and what the plan does not have."""
    return "\n".join(_status(StatusScreen(found.scenario, lang, width, found=found))) + "\n"


def status_blocks(found: PlanStatus, lang: str = "vi") -> list[Block]:
    """The same as tables and paragraphs."""
    return blocks(_status(StatusScreen(found.scenario, lang, UNBROKEN, found=found)))


def _status(s: StatusScreen) -> list[str]:
    found, lang, width = s.found, s.lang, s.width
    title = found.scenario.settings.title.say(lang)
    day = day_text(found.at, lang)
    head = [
        *map(Heading, wrap(title, width, "")),
        *wrap(s.word("status.head", date=day), width, ""),
    ]
    if found.scenario.settings.illustrative and illustrative(title, lang):
        head += wrap(illustrative(title, lang), width, "")
    sections = [head, _sums(s), _funds(s), _groups(s), _items(s), _schools(s), _late(s)]
    sections += [_bought(s), _lapsing(s), _warned(s)]
    return [line for lines in sections if lines for line in ("", *lines)][1:]


def _sums(s: StatusScreen) -> list[str]:
    lines = []
    last = s.found.general["year"].max()
    for until in (s.found.at.year, None):
        sums = s.found.sums(until)
        if (until is not None and until >= last) or not sums["planned"]:
            continue
        code = "status.sums" if until is None else "status.sums_until"
        amounts = {name: s.prose(amount) for name, amount in sums.items()}
        share = percent(sums["disbursed"] / sums["planned"], 1, s.lang)
        lines += s.say(code, year=str(until), share=share, **amounts)
    return lines or s.say("status.nothing_planned")


def _funds(s: StatusScreen) -> list[str]:
    rows: list[list[Cell]] = []
    found, general = s.found.funds, s.found.general
    for fund, mine in found.groupby("fund", sort=False):
        rows.append([s.fund(str(fund))])
        for year, one in mine.groupby("year"):
            rows.append([str(year), *s.money(one)])
    rows.append([s.total, *s.money(general)])
    amounts = [int(v) for name in STAGES for v in found[name]]
    head = s.word("status.by.funds", unit=s.scale(amounts).unit)
    return [head, *s.part(f"year {MONEY_SHAPE}", rows, amounts, totals=1)]


def _by(s: StatusScreen, name: str, table: pd.DataFrame, named: Mapping[str, str]) -> list[str]:
    rows: list[list[Cell]] = [
        [named[str(row[name])], *(int(row[c]) for c in STAGES), float(row["share"])]
        for row in table.to_dict("records")
    ]
    amounts = [int(v) for c in STAGES for v in table[c]]
    return s.part(f"{name} {MONEY_SHAPE}", rows, amounts)


def _groups(s: StatusScreen) -> list[str]:
    table = s.found.groups
    named = {g: s.word(f"label.group_short.{g}") for g in table["group"]}
    amounts = [int(v) for c in STAGES for v in table[c]]
    head = s.word("status.by.groups", unit=s.scale(amounts).unit)
    return [head, *_by(s, "group", table, named)]


def _items(s: StatusScreen) -> list[str]:
    table = s.found.items
    stages = ("planned", "contracted", "disbursed")
    rows = []
    for row in table.to_dict("records"):
        units = [float(row[f"{c}_quantity"]) for c in ("planned", "contracted", "delivered")]
        cells: list[Cell] = [None, None, None] if not row["item"] else [*units]
        cells += [int(row[c]) for c in stages]
        rows.append([s.item(str(row["item"])), *cells, float(row["share"])])
    amounts = [int(v) for c in stages for v in table[c]]
    shape = "item units_planned:number units_contracted:number units_delivered:number "
    shape += "planned:money contracted:money disbursed:money share:percent"
    head = s.word("status.by.items", unit=s.scale(amounts).unit)
    return [head, *s.part(shape, rows, amounts)]


def _bought(s: StatusScreen) -> list[str]:
    """What a million of what was delivered brought, beside the plan, by item; nothing where schools
    are not measured by criteria, or nothing was delivered."""
    plan = s.found.execution.base.plan
    if not has_criteria(s.scenario) or not s.found.items["delivered"].any():
        return []
    table = Measured(plan, s.scenario.settings.years[1], s.found).by_item
    table = table[table["done_amount"] > 0]
    rows: list[list[Cell]] = [
        [s.item(row["item"]), int(row["done_amount"]), row["people_per_million"],
         row["done_people_per_million"], row["points_per_million"], row["done_points_per_million"]]
        for row in table.to_dict("records")
    ]  # fmt: skip
    shape = "item delivered:money rate:ratio done_rate:ratio points_rate:ratio done_points:ratio"
    million = money(MILLION, s.lang, s.currency)
    return [
        s.word("status.by.bought", money=million, unit=s.scale(table["done_amount"]).unit),
        *s.say("status.bought", money=million),
        *s.part(shape, rows, [int(a) for a in table["done_amount"]]),
    ]


def _schools(s: StatusScreen) -> list[str]:
    table = s.found.schools.sort_values("left", ascending=False, kind="stable").head(MOST)
    names = s.school_names
    amounts = [int(v) for c in STAGES for v in table[c]]
    head = s.word("status.by.schools", unit=s.scale(amounts).unit, count=len(table))
    return [head, *_by(s, "school", table, names)]


def _late(s: StatusScreen) -> list[str]:
    late, waiting = s.found.late, s.found.open
    lines = [s.word("status.late")]
    for reason in ("contract", "delivery"):
        mine = late[late["reason"] == reason]
        if len(mine):
            amount = s.prose(int(mine["amount"].sum()))
            lines += s.say(f"status.late_{reason}", count=len(mine), amount=amount)
    if late.empty:
        lines += s.say("status.late_none")
    if len(waiting):
        amount = s.prose(int(waiting["amount"].sum()))
        lines += s.say(
            "status.waiting", count=len(waiting), amount=amount, year=str(s.found.at.year)
        )
    shown = late.head(MOST)
    if len(shown):
        names = s.school_names
        rows: list[list[Cell]] = [
            [str(row["line"]), names.get(row["school"], ""), s.item(row["item"]),
             str(row["year"]), s.word(f"status.reason.{row['reason']}"), float(row["quantity"]),
             int(row["amount"]), int(row["days"])]
            for row in shown.to_dict("records")
        ]  # fmt: skip
        shape = "label.column.line school item year reason quantity:number amount:money days:count"
        lines += s.part(shape, rows, [int(v) for v in shown["amount"]])
    if len(late) > len(shown):
        lines += s.say("status.more", count=len(late) - len(shown))
    return lines


def _lapsing(s: StatusScreen) -> list[str]:
    table = s.found.lapsing
    if table.empty:
        return []
    columns = ("usable", "moved", "planned", "disbursed", "undisbursed", "bound", "carry", "lapse")
    amounts = [int(v) for c in columns for v in table[c]]
    rows: list[list[Cell]] = []
    for fund, mine in table.groupby("fund", sort=False):
        rows.append([s.fund(str(fund))])
        rows += [
            [str(r["year"]), *(int(r[c]) for c in columns)] for r in mine.to_dict("records")
        ]  # fmt: skip
    sums = [int(table[c].sum()) for c in columns]
    rows.append([s.word("label.total"), *sums])
    shape = "year " + " ".join(f"{c}:money" for c in columns)
    return [
        s.word("status.lapsing", unit=s.scale(amounts).unit),
        *s.say("status.lapsing_sums", carry=s.prose(sums[6]), lapse=s.prose(sums[7])),
        *s.part(shape, rows, amounts, totals=1),
        *s.say("status.lapsing_note"),
    ]


def _warned(s: StatusScreen) -> list[str]:
    warned = s.found.warnings
    if not warned:
        return []
    lines = [line for f in warned for line in wrap(render(f, s.lang), s.width)]
    return [s.word("status.warned", count=len(warned)), *lines]


# ---- The status as tables and as JSON.


def funds_table(found: PlanStatus, lang: str) -> Table:
    """Money by fund and year, for a card; the last row sums up the general funds."""
    s = StatusScreen(found.scenario, lang, found=found)
    rows: list[list[Cell]] = [
        [s.fund(str(row["fund"])), str(row["year"]), *(int(row[c]) for c in STAGES),
         float(row["share"])]
        for row in found.funds.to_dict("records")
    ]  # fmt: skip
    rows.append([s.total, "", *s.money(found.general)])
    shape = "fund year " + MONEY_SHAPE.replace(":money", ":minor")
    return listing("status.col", shape, rows, lang, totals=1)


def status_dict(found: PlanStatus) -> dict[str, Any]:
    """A status as JSON values: money in minor units, dates as ISO text, missing numbers null."""
    body: dict[str, Any] = {"at": found.at.isoformat(), "sums": found.sums()}
    for name in TABLES:
        body[name] = [
            {str(k): _plain(v) for k, v in row.items()}
            for row in getattr(found, name).to_dict("records")
        ]
    body["warnings"] = [f.as_dict() for f in found.warnings]
    return body


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_csv(found: PlanStatus, folder: Path) -> None:
    """Every table as CSV (UTF-8 with BOM)."""
    for name in TABLES:
        table: pd.DataFrame = getattr(found, name)
        table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n")


# ---- The sheet to be filled in.

NAMED = ("school", "item", "fund")
"""Ids that have their names beside them, under headers that the readers leave out."""
TO_FILL = ("status", "quantity", "amount", "date", "document")
WIDTHS = {"line": 8, "kind": 14, "school": 12, "item": 14, "fund": 18, "year": 7, "request": 12,
          "option": 12, "status": 18, "date": 12, "document": 22}  # fmt: skip
MORE = 1000
"""Rows below the listed ones that offer the statuses too."""


def write_sheet(base: PlanFolder, path: Path, lang: str) -> None:
    """A workbook with a row a line of the plan, in grey, running cost last, and empty columns for
    what happens. Of an amended plan what is known to have happened stands there already, a row
    each, before the empty one of its line: the sheet tells all that the next amendment asks for.
    """
    from xlsxwriter import Workbook

    book = Workbook(
        str(path),
        {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"created": datetime.datetime(2000, 1, 1), "title": "planner"})
    _Sheet(book, base, lang).write()
    book.close()


class _Sheet:
    """The two sheets of such a workbook."""

    def __init__(self, book: Any, base: PlanFolder, lang: str) -> None:
        self.book, self.base, self.lang = book, base, lang
        self.scenario = base.scenario
        self.digits = minor_digits(self.scenario.settings.currency)
        head = {"bold": True, "text_wrap": True, "valign": "top", "border": 1}
        self.given = book.add_format(head | {"bg_color": "#E8EEF4"})
        self.asked = book.add_format(head | {"bg_color": "#FFD966"})
        grey = {"font_color": "#6B6B6B"}
        self.money_form = "#,##0" + ("." + "0" * self.digits if self.digits else "")
        self.grey = book.add_format(grey)
        self.grey_money = book.add_format(grey | {"num_format": self.money_form})
        self.forms = {
            "amount": book.add_format({"num_format": self.money_form}),
            "date": book.add_format({"num_format": "dd/mm/yyyy"}),
        }
        self.prose = book.add_format({"text_wrap": True, "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 14})

    def write(self) -> None:
        """The lines, then what the statuses mean."""
        sheet = self.book.add_worksheet(say(f"table.{TABLE}", self.lang))
        columns = self._columns()
        lines = self.base.plan.allocation
        own = contracts.columns(Executed)
        for at, name in enumerate(columns):
            field_name = name.removesuffix("_name")
            named = name.endswith("_name")
            width = 34 if named else WIDTHS.get(name, 14)
            sheet.set_column(at, at, width, self.forms.get(name))
            form = self.asked if name in TO_FILL else self.given
            sheet.write_string(0, at, self._head(name), form)
            if not named:
                doc = own[field_name].doc.replace("`", "")
                said = meaning(TABLE, field_name) if self.lang == "vi" else doc
                sheet.write_comment(0, at, said, {"x_scale": 2.5, "author": "planner"})
        # running cost, which is most of the lines, comes last
        ordered = sorted(lines.to_dict("records"), key=lambda line: line["kind"] == "upkeep")
        rows = [
            (line, event) for line in ordered for event in (*self._told.get(line["line"], ()), None)
        ]
        for row, (line, event) in enumerate(rows, start=1):
            for at, name in enumerate(columns):
                self._cell(sheet, row, at, name, line)
                if event is not None and name in TO_FILL:
                    self._event(sheet, row, at, name, event)
        last = len(rows) + MORE
        at = columns.index("status")
        words = [say(f"value.{status}", self.lang) for status in STATUSES]
        offered = {"validate": "list", "source": words, "error_type": "warning"}
        sheet.data_validation(1, at, last, at, offered)
        sheet.set_row(0, 32)
        sheet.freeze_panes(1, columns.index("item") if "item" in columns else 1)
        sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        if self.scenario.settings.illustrative:
            sheet.set_header("&R" + say("label.illustrative", self.lang))
        self._guide()

    def _columns(self) -> list[str]:
        """Columns of the contract, names beside ids; those of requests only where there are any."""
        requested = (self.base.plan.allocation["kind"] == "request").any()
        found = []
        for name in COLUMNS:
            if requested or name not in ("request", "option"):
                found += [name, *([f"{name}_name"] if name in NAMED else [])]
        return found

    def _head(self, name: str) -> str:
        if name.endswith("_name"):
            return say(f"new_executed.{name}", self.lang)
        head = say(f"column.{name}", self.lang)
        units = self.digits and name in ("amount", "planned_amount")
        return f"{head} ({self.scenario.settings.currency})" if units else head

    @cached_property
    def _told(self) -> Mapping[int, list[dict[str, Any]]]:
        """Line → what an amended plan knows to have happened to it."""
        own, found = self.base.path / "executed.csv", dict[int, list[dict[str, Any]]]()
        if own.is_file():
            events: list[Any] = read_executed(own, self.base).rows.to_dict("records")
            for event in events:
                found.setdefault(event["line"], []).append(event)
        return found

    def _event(self, sheet: Any, row: int, at: int, name: str, event: Mapping[str, Any]) -> None:
        """A cell of what is known to have happened."""
        value = event[name]
        if name == "status":
            sheet.write_string(row, at, say(f"value.{value}", self.lang))
        elif name == "date":
            sheet.write_datetime(row, at, value.to_pydatetime(), self.forms["date"])
        elif name == "document":
            sheet.write_string(row, at, value)
        elif name == "amount" and event["status"] != "delivered":
            sheet.write_number(row, at, value / 10**self.digits, self.forms["amount"])
        elif name == "quantity" and not math.isnan(value):
            sheet.write_number(row, at, value)

    def _cell(self, sheet: Any, row: int, at: int, name: str, line: Mapping[str, Any]) -> None:
        """A cell of what the plan says of a line."""
        if name in TO_FILL:
            return
        if name == "planned_amount":
            sheet.write_number(row, at, line["amount"] / 10**self.digits, self.grey_money)
        elif name == "planned_quantity":
            if not math.isnan(line["quantity"]):
                sheet.write_number(row, at, line["quantity"], self.grey)
        elif name in ("line", "year"):
            sheet.write_number(row, at, line[name], self.grey)
        elif name == "kind":
            sheet.write_string(row, at, say(f"label.kind.{line['kind']}", self.lang), self.grey)
        else:
            text = self._named(name, line) if name.endswith("_name") else str(line[name])
            if text:
                sheet.write_string(row, at, text, self.grey)

    def _named(self, name: str, line: Mapping[str, Any]) -> str:
        """The name of a school, an item, a fund; of a request its title."""
        if name == "fund_name":
            return clean(fund_name(self.scenario, line["fund"], self.lang))
        if name == "school_name":
            return clean(self.schools[line["school"]])
        if line["item"]:
            return clean(self.scenario.items[line["item"]].label(self.lang))
        return clean(self.titles.get((line["request"], line["option"]), ""))

    @cached_property
    def schools(self) -> Mapping[str, str]:
        """School → its name."""
        schools = self.scenario.schools
        return dict(zip(schools["school"], schools["name"], strict=True))

    @cached_property
    def titles(self) -> Mapping[tuple[str, str], str]:
        """Request and option → its title."""
        asked = self.scenario.table("requests")
        return {(r, o): t for r, o, t in asked[["request", "option", "title"]].values.tolist()}

    def _guide(self) -> None:
        """What to write, and what the statuses mean."""
        guide = self.book.add_worksheet(say("template_guide", self.lang))
        guide.set_column(0, 0, 110)
        guide.set_paper(9)
        guide.write_string(0, 0, say("new_executed.title", self.lang), self.title)
        texts = [say(f"new_executed.step_{step}", self.lang) for step in range(1, 6)]
        texts += [say(f"new_executed.{status}", self.lang) for status in STATUSES]
        for row, text in enumerate(texts, start=2):
            guide.write_string(row, 0, text, self.prose)
