"""``plan.xlsx``: the tables of a plan as one workbook in the office's language.

The first sheet sums up, the second says what may be edited and names the plan that the workbook
belongs to. Then a sheet a table: the header, under it a grey row with the ids of the columns, by
which everything is read back; the names of schools, items and funds stand beside their ids, beside
a rule what it asks and of whom, and what comes from a closed list stands in words. The last sheet
holds those words with their codes, so that a workbook is read by what it says itself, whatever a
later version calls things.

Two columns are there to be edited and are yellow: the quantity of a purchase, and whether an option
of a request is chosen. :mod:`planner.run.edits` reads what comes back. Workbooks of earlier
versions (sheets and header are the ids) have no sheet of words, and are read as they are.
"""

from __future__ import annotations

import datetime
import gc
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Finding, Place
from planner.messages import LANGUAGES, say, sentences
from planner.messages.numbers import minor_digits
from planner.names import StandingRule
from planner.plan.contract import KINDS, TABLES, cell_text, kind_of
from planner.scenario.scenario import Scenario
from planner.scenario.write import csv_lines
from planner.vocabulary.register import REGISTER

LONGEST = 250_000
"""Rows of the longest sheet (a sheet can hold a million, but takes minutes to write and to open
from here on). A longer table is left out; its CSV holds it."""
EDITABLE = {"allocation": "quantity", "requests": "chosen"}
"""Table → the column that a person may change."""
GUIDE = "huong-dan"
"""The sheet that explains a workbook of an earlier version (hướng dẫn: instructions)."""
EXACT = 10**15
"""Integers up to here are exact in a spreadsheet; longer ones are written as text."""
MARK = "plan: "
"""What the line of the guide begins with that names the plan."""
ILLUSTRATIVE = "&Rdữ liệu minh họa"
CODED = {
    "group": "label.group_short", "level": "label.level", "kind": "label.kind",
    "standing": "label.standing", "origin": "label.origin", "firmness": "label.firmness",
    "chosen": "label.chosen", "unit": "label.sheet_unit", "relation": "label.relation",
}  # fmt: skip
"""Column of a closed list → the family of sentences that are its words."""
BESIDE = {"schools": (), "rules": ("rule", "key")}
"""Sheet → its columns of ids that have words beside them; those of other sheets: :data:`IDS`."""
IDS = ("school", "item", "fund")
PLAIN = ("year", "line")
"""Counts that have no thousands."""
GREY = "#808080"
LINE = 15
"""Height of a line of text in points."""


@cache
def titles() -> dict[str, str]:
    """Table (``sums``, ``guide`` and ``codes`` for the sheets beside them) → title of its sheet."""
    return {name: say(f"label.sheet.{name}") for name in (*TABLES, "sums", "guide", "codes")}


@cache
def words() -> dict[str, dict[str, str]]:
    """Column of a closed list → its codes → their words."""
    return {
        column: {
            code.removeprefix(f"{family}."): pair.vi
            for code, pair in sentences().items()
            if code.startswith(f"{family}.")
        }
        for column, family in CODED.items()
    }


@dataclass(frozen=True)
class Codes:
    """What the sheets and words of one workbook mean."""

    tables: Mapping[str, str]
    """Title of a sheet → its table."""
    words: Mapping[str, Mapping[str, str]]
    """Column → word, in small letters → its code."""
    own: bool = False
    """Whether the workbook says so itself (those of earlier versions do not)."""

    def code(self, column: str, cell: Any) -> Any:
        """The code that a cell's word stands for; any other cell as it is."""
        known = self.words.get(column)
        if known is None or not isinstance(cell, str):
            return cell
        return known.get(cell.strip().casefold(), cell)


def codes_of(rows: Sequence[Sequence[Any]] | None) -> Codes:
    """The meanings that the sheet of words says (column, code, word), or those of this version."""
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for row in (rows or ())[1:]:
        if len(row) > 2 and row[0]:
            said[str(row[0])][str(row[2])] = str(row[1])
    own = bool(said)
    if not own:
        pairs = {"": titles(), **words()}
        said.update({c: {word: code for code, word in of.items()} for c, of in pairs.items()})
    tables = said.pop("sheet", None) or said.pop("", {})
    tables = {name: name for name in TABLES} | {"guide": "guide", GUIDE: "guide"} | tables
    spelt = {c: {word.casefold(): code for word, code in of.items()} for c, of in said.items()}
    return Codes(tables, spelt, own)


def fingerprint(allocation: pd.DataFrame) -> str:
    """What tells one plan's workbook from another's: SHA-256 of the lines, 16 hex digits."""
    digest = hashlib.sha256()
    for lines in csv_lines(allocation):
        digest.update(lines)
    return digest.hexdigest()[:16]


def names_of(scenario: Scenario | None) -> dict[str, dict[str, str]]:
    """Names of schools, items and funds by id, in one line each."""
    if scenario is None:
        return {}
    schools = scenario.schools
    funds = scenario.settings.funds.items()
    named = {
        "school": dict(zip(schools["school"], schools["name"], strict=True)),
        "item": {key: item.name for key, item in scenario.items.items()},
        "fund": {key: fund.name.vi if fund.name else key for key, fund in funds},
    }
    return {
        column: {str(k): " ".join(str(name).split()) or str(k) for k, name in of.items()}
        for column, of in named.items()
    }


def beside(name: str, table: pd.DataFrame, scenario: Scenario | None) -> dict[str, list[str]]:
    """What stands beside the ids of a sheet, row by row, by column; an id that the scenario does
    not know stands for itself."""
    if scenario is None:
        return {}
    names = names_of(scenario)
    cells = {c: table[c].tolist() for c in BESIDE.get(name, IDS) if c in table}
    if name == "rules":
        asked = {rule: _asks(scenario, rule) for rule in set(cells["rule"])}
        keys = zip(cells["rule"], cells["key"], strict=True)
        of_keys = _Keys(scenario, names)
        said = [of_keys.words(rule, key) for rule, key in keys]
        return {"rule": [asked[rule] for rule in cells["rule"]], "key": said}
    return {c: [names[c].get(text, text) for text in of] for c, of in cells.items()}


def _asks(scenario: Scenario, rule: str) -> str:
    """The title of a rule of the scenario's own, what a standing rule asks; else the name."""
    own = scenario.settings.rules.get(rule)
    if own is not None:
        return " ".join(own.title.vi.split()) if own.title else rule
    code = f"report.standing.{rule}"
    return say(code) if code in sentences() else rule


class _Keys:
    """The row keys of rules in words: ``Vốn đầu tư công quận, năm 2024``."""

    def __init__(self, scenario: Scenario, names: Mapping[str, Mapping[str, str]]) -> None:
        self.own = scenario.settings.rules
        requests = scenario.table("requests")
        asked = zip(requests["request"], requests["option"], requests["title"], strict=True)
        self.titles = {(r, o): " ".join(title.split()) or f"{r}:{o}" for r, o, title in asked}
        given = scenario.settings.names.items()
        self.names: dict[str, Mapping[str, str]] = {
            "group": words()["group"],
            "request": {r: title for (r, _), title in reversed(self.titles.items())},
            "criterion": {row.criterion: row.label("vi") for row in scenario.rows("criteria")},
            **{axis: {value: text.vi for value, text in of.items()} for axis, of in given},
            **names,
            "year": {str(y): say("label.sheet_year", year=str(y))
                     for y in scenario.settings.all_years},
        }  # fmt: skip
        """Axis → part of a key → its words."""

    def words(self, rule: str, key: str) -> str:
        """A key in words; nothing for a rule that has but one row."""
        parts, axes = key.split(",") if key else [], []
        if rule in self.own:
            axes = list(self.own[rule].for_each)
        elif rule == StandingRule.LOCKED and tuple(parts) in self.titles:
            return self.titles[parts[0], parts[1]]
        elif rule in set(StandingRule):
            axes = REGISTER[StandingRule(rule)].key.split()
        said = []
        for part in parts:
            # an axis in brackets may be left out: what it does not know is of a later one
            while axes and axes[0][0] == "(" and part not in self.names[axes[0].strip("()")]:
                axes = axes[1:]
            known = self.names.get(axes[0].strip("()"), {}) if axes else {}
            code, axes = f"value.{part}", axes[1:]
            said.append(known.get(part) or (say(code) if code in sentences() else part))
        return ", ".join(said)


def unit_of(scenario: Scenario | None) -> str:
    """What amounts are counted in: the minor unit of the currency."""
    if scenario is None:
        return ""
    currency = scenario.settings.currency
    digits = minor_digits(currency)
    if currency == "VND":
        return say("label.money.vnd.0")
    return f"1/{10**digits} {currency}" if digits else currency


# ---- Writing.


def write_tables(
    tables: Mapping[str, pd.DataFrame],
    path: Path,
    illustrative: bool,
    scenario: Scenario | None = None,
) -> None:
    """One sheet a table, header and ids frozen, numbers as numbers; the same bytes each time.

    ``scenario`` gives names, the unit of money and the first sheet, which sums up. A table longer
    than a sheet can be is left out (its CSV holds it).
    """
    from xlsxwriter import Workbook

    book = Workbook(
        str(path),
        {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"created": datetime.datetime(2000, 1, 1), "title": "planner"})
    head = {"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True, "valign": "top"}
    looks: dict[str, dict[str, Any]] = {
        "header": head,
        "right": head | {"align": "right"},
        "edit_header": head | {"bg_color": "#FFD966"},
        "ids": {"font_color": GREY, "italic": True, "border": 1, "font_size": 9},
        "grey": {"font_color": GREY, "font_size": 9},
        "whole": {"num_format": "#,##0"},
        "part": {"num_format": "#,##0.0##"},
        "share": {"num_format": "0.0%"},
        "plain": {"num_format": "0", "align": "center"},
        "general": {"num_format": "General"},
        "edit": {"bg_color": "#FFF2CC", "locked": False},
        "edit_whole": {"bg_color": "#FFF2CC", "locked": False, "num_format": "#,##0"},
        "title": {"bold": True, "font_size": 14},
        "bold": {"bold": True},
        "bold_whole": {"bold": True, "num_format": "#,##0", "top": 1},
        "bold_part": {"bold": True, "num_format": "#,##0.0##", "top": 1},
        "prose": {"text_wrap": True, "valign": "top"},
    }
    out = _Book(book, {name: book.add_format(look) for name, look in looks.items()},
                scenario, unit_of(scenario), illustrative)  # fmt: skip
    if scenario is not None and set(TABLES) <= set(tables):
        out.sums(sums(tables, scenario), tables["allocation"])
    if "allocation" in tables:
        out.guide(fingerprint(tables["allocation"]))
    with _uncollected():
        for name, table in tables.items():
            if len(table) <= LONGEST:
                out.table(name, table)
        out.codes()
        book.close()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for cycles: a million cells hold none, and are searched again and again
    while they come (a seventh of the time)."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


@dataclass(frozen=True)
class _Book:
    """The workbook that is written, with its formats."""

    book: Any
    formats: Mapping[str, Any]
    scenario: Scenario | None
    unit: str
    illustrative: bool

    def _sheet(self, title: str, *, landscape: bool = True) -> Any:
        sheet = self.book.add_worksheet(title)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        if landscape:
            sheet.set_landscape()
        if self.illustrative:
            sheet.set_header(ILLUSTRATIVE)
        return sheet

    def sums(self, rows: Sequence[tuple[str, tuple[Any, ...]]], lines: pd.DataFrame) -> None:
        """The first sheet; the sum of the lines follows by formula what is edited there."""
        from xlsxwriter.utility import xl_col_to_name

        sheet = self._sheet(titles()["sums"])
        sheet.set_column(0, 0, 46)
        sheet.set_column(1, 1, 18)
        sheet.set_column(2, 30, 18)
        sheet.fit_to_pages(1, 1)
        ends = {"total": "bold_"}
        for at, (style, cells) in enumerate(rows):
            if style == "head":  # as high as its longest words, which no program does by itself
                lines = max(-(-len(str(c)) // 15) for c in cells[2:])
                sheet.set_row(at, LINE * lines)
            for column, value in enumerate(cells):
                if value is None or value == "":
                    continue
                form = "part" if isinstance(value, Decimal) else "whole"
                form = ends.get(style, "") + form
                if isinstance(value, str) or abs(value) >= EXACT:
                    text = {
                        "title": "title",
                        "head": "header",
                        "total": "bold",
                        "block": "bold",
                    }.get(style)
                    if style == "head" and column > 1:
                        text = "right"
                    grey = "grey" if column == 1 and style == "row" else ""
                    sheet.write_string(at, column, str(value), self.formats.get(text or grey))
                elif style == "lines" and len(lines) <= LONGEST:
                    place = [c for c, _ in self._layout("allocation", lines.columns)]
                    letter = xl_col_to_name(place.index("amount"))
                    first, last = 3, max(len(lines), 1) + 500
                    formula = f"=SUM('{titles()['allocation']}'!{letter}{first}:{letter}{last})"
                    sheet.write_formula(at, column, formula, self.formats[form], value)
                else:
                    sheet.write_number(at, column, float(value), self.formats[form])
        sheet.freeze_panes(1, 1)

    def guide(self, mark: str) -> None:
        """What may be edited and what to do then, in both languages."""
        sheet = self._sheet(titles()["guide"], landscape=False)
        sheet.set_column(0, 0, 110)
        row = 0
        for lang in LANGUAGES:
            sheet.write_string(row, 0, say("edit_guide_title", lang), self.formats["title"])
            for step in range(1, 7):
                text = say(f"edit_guide_{step}", lang)
                sheet.set_row(row + step, LINE * -(-len(text) // 105))
                sheet.write_string(row + step, 0, f"{step}. {text}", self.formats["prose"])
            row += 8
        sheet.write_string(row, 0, f"{MARK}{mark}")

    def codes(self) -> None:
        """The last sheet: the words of the workbook and what they stand for."""
        sheet = self._sheet(titles()["codes"], landscape=False)
        sheet.set_column(0, 2, 34)
        for at, name in enumerate(("where", "code", "word")):
            sheet.write_string(0, at, say(f"label.sheet_codes.{name}"), self.formats["header"])
        rows = [("sheet", code, title) for code, title in titles().items()]
        rows += [(c, code, word) for c, of in words().items() for code, word in of.items()]
        for row, cells in enumerate(rows, start=1):
            for at, text in enumerate(cells):
                sheet.write_string(row, at, text, self.formats["grey"] if at < 2 else None)
        sheet.freeze_panes(1, 0)

    def _layout(self, name: str, columns: Iterable[str]) -> list[tuple[str, bool]]:
        """The columns of a sheet in order, and whether they hold words: those of ids stand before
        them."""
        ids = BESIDE.get(name, IDS) if self.scenario else ()
        return [
            (column if not named else f"{column}=", named)
            for column in columns
            for named in ((True, False) if column in ids else (False,))
        ]

    def table(self, name: str, table: pd.DataFrame) -> None:
        """A sheet: header, ids of the columns, rows."""
        sheet = self._sheet(titles()[name])
        layout = self._layout(name, table.columns)
        known = [k for k, (c, named) in enumerate(layout[:3]) if c in IDS and not named]
        words_of = beside(name, table, self.scenario)
        sheet.freeze_panes(2, max([1, *known]) + 1)
        sheet.repeat_rows(0, 1)
        sheet.set_row(0, 32)
        bought, follows = _edited(table) if name == "allocation" else ([], [])
        for at, (place, named) in enumerate(layout):
            column = place.removesuffix("=")
            texts = table[column].tolist()
            edited = EDITABLE.get(name) == column
            header = self._header(name, column, named)
            sheet.write_string(0, at, header, self.formats["edit_header" if edited else "header"])
            sheet.write_string(1, at, "" if named else column, self.formats["ids"])
            if named:
                style = self.formats["prose"] if name == "rules" else None
                self._texts(sheet, at, words_of[column], {}, style)
            elif column in CODED:
                self._texts(sheet, at, texts, words()[column], None)
            elif not KINDS[kind_of(name, column)].figure:
                grey = column in (*IDS, "request", "option", "rule", "key")
                self._texts(sheet, at, texts, {}, self.formats["grey"] if grey else None)
            else:
                kind = kind_of(name, column)
                width = 16 if kind in ("money", "price") else 8 if column in PLAIN else 11
                sheet.set_column(at, at, width)
                units = table["unit"].tolist() if kind == "number" else None
                passed = follows if column == "amount" else bought if edited else []
                self._figures(sheet, name, column, at, texts, units, passed)
        if name in EDITABLE and len(table):
            places = [place for place, _ in layout]
            self._open_for_edits(sheet, name, table, places, bought, follows)
        if len(table):
            sheet.autofilter(1, 0, len(table) + 1, len(layout) - 1)

    def _header(self, name: str, column: str, named: bool) -> str:
        own = f"label.sheet_column.{name}.{column}"
        label = say(own if own in sentences() else f"label.column.{column}")
        kind = kind_of(name, column)
        if named:
            return label
        if self.scenario and column in (*IDS, *BESIDE.get(name, ())):
            code = f"label.sheet_id.{column}"
            return say(code if code in sentences() else "label.sheet_id", name=label.lower())
        if kind in ("money", "price") and self.unit:
            return f"{label} ({self.unit})"
        return f"{label} (%)" if kind == "share" else label

    def _texts(
        self, sheet: Any, at: int, texts: list[str], said: Mapping[str, str], style: Any
    ) -> None:
        """A column of texts, those in ``said`` in its words."""
        shown = {text: said.get(text, text) for text in set(texts)}
        width = max([9, *(len(shown[text]) for text in texts[:200])])
        sheet.set_column(at, at, min(width + 2, 52), style)
        for row, text in enumerate(texts, start=2):
            if text:
                sheet.write_string(row, at, shown[text])

    def _figures(
        self, sheet: Any, name: str, column: str, at: int, texts: list[str],
        units: list[str] | None, passed: list[bool],
    ) -> None:  # fmt: skip
        """A column of figures: as numbers where a spreadsheet holds them exactly; rows that are
        ``passed`` are written otherwise."""
        kind = kind_of(name, column)
        pairs = ((text, float(text)) for text in set(texts) if text)
        numbers = {
            text: (number, self.formats[_look(kind, column, number)])
            for text, number in pairs
            if abs(number) < EXACT and cell_text(name, column, number) == text
        }
        share = self.formats["share"]
        for row, text in enumerate(texts, start=2):
            if not text or (passed and passed[row - 2]):
                continue
            found = numbers.get(text)
            if found is None:
                sheet.write_string(row, at, text)
            elif units is not None and units[row - 2] == "share":
                sheet.write_number(row, at, found[0], share)
            else:
                sheet.write_number(row, at, found[0], found[1])

    def _open_for_edits(
        self, sheet: Any, name: str, table: pd.DataFrame, columns: list[str],
        bought: list[bool], follows: list[bool],
    ) -> None:  # fmt: skip
        """Marks the cells that may be edited; amounts of purchases follow by formula."""
        from xlsxwriter.utility import xl_col_to_name

        at = columns.index(EDITABLE[name])
        note = "\n".join(say(f"edit_note_{name}", lang) for lang in LANGUAGES)
        sheet.write_comment(0, at, note, {"x_scale": 3, "y_scale": 1.5, "author": "planner"})
        if name == "requests":
            said = words()["chosen"]
            for row, text in enumerate(table["chosen"].tolist(), start=2):
                sheet.write_string(row, at, said[text], self.formats["edit"])
            choice = {"validate": "list", "source": list(said.values())}
            sheet.data_validation(2, at, len(table) + 1, at, choice)
            return
        rule = {"validate": "decimal", "criteria": ">=", "value": 0, "ignore_blank": True}
        sheet.data_validation(2, at, len(table) + 501, at, rule | {"error_type": "warning"})
        price, amount = columns.index("unit_price"), columns.index("amount")
        units, each = xl_col_to_name(at), xl_col_to_name(price)
        cells = zip(table["quantity"], table["amount"], bought, follows, strict=True)
        for row, (quantity, money, edited, formula) in enumerate(cells, start=2):
            if edited:
                look = self.formats["edit_whole" if quantity.isdigit() else "edit"]
                sheet.write_number(row, at, float(quantity), look)
            if formula:
                text = f"={units}{row + 1}*{each}{row + 1}"
                sheet.write_formula(row, amount, text, self.formats["whole"], int(money))


def _edited(table: pd.DataFrame) -> tuple[list[bool], list[bool]]:
    """Lines whose quantity may be edited, and those of them whose amount follows from it."""
    bought = [kind == "purchase" for kind in table["kind"].tolist()]
    cells = zip(bought, table["quantity"], table["unit_price"], table["amount"], strict=True)
    follows = [
        purchase and units.isdigit() and int(units) * int(each) == int(money) < EXACT
        for purchase, units, each, money in cells
    ]
    return bought, follows


def _look(kind: str, column: str, number: float) -> str:
    """The format of a figure."""
    if column in PLAIN:
        return "plain"
    if kind == "share":
        return "share"
    if kind == "people":
        return "part"
    return "whole" if number.is_integer() else "general"


# ---- The first sheet.


def sums(
    tables: Mapping[str, pd.DataFrame], scenario: Scenario
) -> list[tuple[str, tuple[Any, ...]]]:
    """The rows of the first sheet, each with its style: what the tables sum up to.

    Whole money in minor units, pupil-years exactly as the sum of the schools' cells; raises
    ``ValueError`` or ``ArithmeticError`` where a cell of the tables is no number.
    """
    names, unit = names_of(scenario), unit_of(scenario)
    title = scenario.settings.title.vi
    lines, ledger, schools = (tables[n] for n in ("allocation", "ledger", "schools"))
    amounts = _whole(lines["amount"])
    purchases = [kind == "purchase" for kind in lines["kind"].tolist()]
    people = list(map(Decimal, schools["people"].tolist()))
    # What papers and screens call the plan's money and people leaves proposals out.
    of_ledger, last = dict.fromkeys(("planned", "later", "proposed"), 0), scenario.settings.years[1]
    spent = zip(
        ledger["fund"].tolist(), _whole(ledger["year"]), _whole(ledger["spent"]), strict=True
    )
    for fund, year, money in spent:
        project = scenario.settings.funds[fund].role == "project"
        of_ledger["proposed" if project else "planned" if year <= last else "later"] += money
    people_of = {False: Decimal(0), True: Decimal(0)}
    for group, gained in zip(schools["group"].tolist(), people, strict=True):
        people_of[group == "preparing"] += gained
    rows: list[tuple[str, tuple[Any, ...]]] = [
        ("title", (" ".join(title.split()),)),
        ("note", (say("label.sums.note", unit=unit),)),
        ("", ()),
        ("row", (say("label.sums.schools"), "", len(schools))),
        ("row", (say("label.sums.lines"), "", len(lines))),
        ("row", (say("label.sums.purchases"), "", sum(purchases))),
        ("lines", (say("label.sums.amount", unit=unit), "", sum(amounts))),
        ("row", (say("label.sums.planned", unit=unit), "", of_ledger["planned"])),
        ("row", (say("label.sums.later", unit=unit), "", of_ledger["later"])),
        ("row", (say("label.sums.proposed", unit=unit), "", of_ledger["proposed"])),
        ("row", (say("label.sums.spent", unit=unit), "", sum(of_ledger.values()))),
        ("row", (say("label.sums.people"), "", people_of[False])),
        ("row", (say("label.sums.people_proposed"), "", people_of[True])),
    ]
    years = sorted(set(_whole(ledger["year"])))
    total = say("label.total")
    for column in ("amount", "spent"):
        at: Counter[tuple[str, int]] = Counter()
        cells = (ledger["fund"].tolist(), _whole(ledger["year"]), _whole(ledger[column]))
        for fund, year, money in zip(*cells, strict=True):
            at[fund, year] += money
        head = (say("label.column.fund"), say("label.sums.code"), *map(str, years), total)
        rows += [("", ()), ("block", (say(f"label.sums.by_fund.{column}", unit=unit),))]
        rows += [("head", head)]
        funds = list(dict.fromkeys(ledger["fund"].tolist()))
        for fund in funds:
            money_of = [at[fund, year] for year in years]
            rows.append(("row", (names["fund"].get(fund, fund), fund, *money_of, sum(money_of))))
        by_year = [sum(at[fund, year] for fund in funds) for year in years]
        rows.append(("total", (total, "", *by_year, sum(by_year))))
    rows += [("", ()), ("block", (say("label.sums.by_group", unit=unit),))]
    figures = ("pupils", "spent", "upkeep", "proposed")
    labels = [say("label.column.group"), say("label.column.pupils")]
    labels += [say(f"label.sheet_column.schools.{c}") for c in figures[1:]]
    labels.append(say("label.column.people"))
    head = (labels[0], say("label.sums.code"), say("label.sums.schools"), *labels[1:])
    rows.append(("head", head))
    parts = zip([1] * len(schools), *(_whole(schools[c]) for c in figures), people, strict=True)
    groups = [*zip(schools["group"].tolist(), parts, strict=True)]
    rows += _summed(groups, words()["group"], total, (0, 0, 0, 0, 0, Decimal(0)))
    rows += [("", ()), ("block", (say("label.sums.by_item", unit=unit),))]
    head = (say("label.column.item"), say("label.sums.code"), say("label.sums.purchases"),
            say("label.column.amount"), say("label.column.quantity"))  # fmt: skip
    rows.append(("head", head))
    units = map(_units, lines["quantity"].tolist())
    bought = [
        (item, (1, money, count))
        for item, money, count, chosen in zip(
            lines["item"].tolist(), amounts, units, purchases, strict=True
        )
        if chosen
    ]
    by_item = _summed(bought, names["item"], total, (0, 0, 0))
    rows += [*by_item[:-1], ("total", by_item[-1][1][:-1])]  # units of items do not add up
    return rows


def _whole(cells: pd.Series) -> list[int]:
    return [int(text) for text in cells.tolist()]


def _units(text: str) -> int | Decimal:
    return int(text) if text.isdigit() else Decimal(text or 0)


def _summed(
    rows: Iterable[tuple[str, tuple[Any, ...]]], names: Mapping[str, str], total: str,
    nothing: tuple[Any, ...],
) -> list[tuple[str, tuple[Any, ...]]]:  # fmt: skip
    """Figures by id, a row each in the order in which the ids come, and the row of their sums."""
    sums_of: dict[str, tuple[Any, ...]] = {}
    for key, figures in rows:
        known = sums_of.get(key, nothing)
        sums_of[key] = tuple(map(sum, zip(known, figures, strict=True)))
    whole = tuple(map(sum, zip(nothing, *sums_of.values(), strict=True)))
    return [
        *(("row", (names.get(key, key), key, *figures)) for key, figures in sums_of.items()),
        ("total", (total, "", *whole)),
    ]


# ---- Reading.


@dataclass(frozen=True)
class Page:
    """A sheet of a workbook that holds a table."""

    title: str
    table: pd.DataFrame
    """The cells as texts of a plan folder."""
    first: int
    """Row of its first cells, as a person counts."""
    letters: Mapping[str, str]
    """Column → its letter."""
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Column of ids → the names beside them."""


def read_pages(path: Path) -> tuple[dict[str, Page], Sequence[Sequence[Any]] | None]:
    """The sheets of ``plan.xlsx`` by table, and the rows of the sheet that sums up (if any)."""
    from python_calamine import CalamineWorkbook
    from xlsxwriter.utility import xl_col_to_name

    book = CalamineWorkbook.from_path(str(path))
    raw = {n: book.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in book.sheet_names}
    last = titles()["codes"]
    codes = codes_of(raw.pop(last, None))
    if not codes.own:  # as earlier versions wrote it
        codes = Codes({name: name for name in raw}, {})
    pages, summed = {}, None
    for title, rows in raw.items():
        name = codes.tables.get(title, title)
        if name == "sums":
            summed = rows
        if title == GUIDE or name in ("sums", "guide"):
            continue
        above = 2 if codes.own else 1
        ids = [str(cell) for cell in rows[above - 1]] if len(rows) >= above else []
        body = rows[above:]
        at = {column: k for k, column in enumerate(ids) if column or not codes.own}
        texts = {
            column: [cell_text(name, column, codes.code(column, row[k])) for row in body]
            for column, k in at.items()
        }
        named = {c: [str(row[k - 1]) for row in body] for c, k in at.items()
                 if codes.own and k and not ids[k - 1]}  # fmt: skip
        table = pd.DataFrame(texts, columns=list(at), dtype="str")
        pages[name] = Page(title, table, above + 1,
                           {c: xl_col_to_name(k) for c, k in at.items()}, named)  # fmt: skip
    return pages, summed


def read_tables(path: Path) -> dict[str, pd.DataFrame]:
    """The sheets of ``plan.xlsx`` as the texts their CSV twins hold."""
    return {name: page.table for name, page in read_pages(path)[0].items()}


MOST = 20
"""Cells of a column that are named where they differ."""


def workbook_findings(
    path: Path, tables: Mapping[str, pd.DataFrame], scenario: Scenario | None = None
) -> list[Finding]:
    """Cells of ``plan.xlsx`` that differ from the CSV tables; with a scenario also names and sums
    that do not follow from them."""
    try:
        pages, summed = read_pages(path)
    except Exception as error:
        detail = str(error).splitlines()[0] if str(error) else type(error).__name__
        return [Finding("folder_unreadable", Place(file=path.name), {"detail": detail})]
    findings = []
    for name, table in tables.items():
        page = pages.get(name)
        title = titles()[name] if page is None else page.title
        found = None if page is None else page.table
        if (
            page is None or found is None
            or list(found.columns) != list(table.columns) or len(found) != len(table)
        ):  # fmt: skip
            if found is not None or len(table) <= LONGEST:
                findings.append(Finding("workbook_differs", Place(file=path.name, sheet=title)))
            continue
        names = beside(name, found, scenario)
        for column in table.columns:
            read, due = (np.asarray(t[column], dtype=object) for t in (found, table))
            for k in np.flatnonzero(read != due)[:MOST]:
                row, letter = int(k) + page.first, page.letters[column]
                place = Place(path.name, title, row, key=column, letter=letter)
                params = {"found": read[k], "expected": due[k]}
                findings.append(Finding("workbook_cell_differs", place, params))
            if column in names and column in page.names:
                pairs = enumerate(zip(names[column], page.names[column], strict=True), page.first)
                wrong = ((row, due, text) for row, (due, text) in pairs if due != text)
                findings += [
                    Finding("workbook_follows", Place(path.name, title, row, key=column),
                            {"found": text, "expected": expected})
                    for _, (row, expected, text) in zip(range(MOST), wrong, strict=False)
                ]  # fmt: skip
    if scenario is not None and summed is not None:
        findings += _sums_findings(path, tables, scenario, summed)
    return findings


def _sums_findings(
    path: Path, tables: Mapping[str, pd.DataFrame], scenario: Scenario,
    found: Sequence[Sequence[Any]],
) -> Iterator[Finding]:  # fmt: skip
    """Cells of the first sheet that are not what the tables sum up to."""
    from xlsxwriter.utility import xl_col_to_name

    try:
        rows = [cells for _, cells in sums(tables, scenario)]
    except (ValueError, ArithmeticError, KeyError):
        return  # a cell of the tables is no number, which the audit of the tables says
    wide = max(len(row) for row in [*rows, *found])
    for at in range(max(len(rows), len(found))):
        due, read = (list(t[at]) if at < len(t) else [] for t in (rows, found))
        for column in range(wide):
            value: Any = due[column] if column < len(due) else ""
            exact = not isinstance(value, str) and abs(value) < EXACT
            expected = float(value) if exact else str(value)
            cell = read[column] if column < len(read) else ""
            if cell != expected:
                place = Place(path.name, titles()["sums"], at + 1, xl_col_to_name(column))
                params = {"found": str(cell), "expected": str(value)}
                yield Finding("workbook_follows", place, params)
