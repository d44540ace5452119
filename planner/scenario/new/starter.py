"""The workbook of ``planner new``: a scenario as sheets to fill in.

Headers stand in the reader's language, ids in a grey second row; closed lists and ids of other
sheets are drop-downs; example rows load and solve as they are.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from planner.errors import Finding, InputError, Place
from planner.messages import key_meaning, meaning, say, sentences
from planner.scenario import contracts
from planner.scenario.contracts import ROWS, TABLES, Column, attribute
from planner.scenario.new.synthetic import CRITERIA, in_currency, synthetic
from planner.scenario.reading import values as cells
from planner.scenario.reading.settings import annotation_at
from planner.scenario.reference import key_docs
from planner.scenario.scenario import Scenario, scalar, typed_frame
from planner.scenario.schema import Fund, Rule, Settings, Share, Text
from planner.scenario.write import FILE, write
from planner.system.disk import beside, name_beside, naming, refusals_as_findings, standing, through

HEADER_ROWS = 2
HEADER_HEIGHT = 32
"""Points: two lines."""
TEXTS = ("text", "id", "choice", "list", "bool")
"""Kinds whose cells are text even where a number stands in them."""
PAGE_WIDTH = 170
"""Characters of a landscape page; wider sheets print on several, the ids repeated."""
MONEY = ("price", "price_low", "price_high", "setup", "amount", "project_amount")
CHOICES = {("funds", "amounts"): ("envelope",)} | {
    (table, key): contracts.kind_of(model.model_fields[key].annotation)[1]
    for table, model, keys in (
        ("funds", Fund, ("role", "nature", "firmness")),
        ("rules", Rule, ("measure", "firmness")),
    )
    for key in keys
}
"""Closed lists of the sheets of settings."""
DECLARED = {"school": "schools", "item": "catalogue", "fund": "funds", "request": "requests"}
"""Columns whose ids are declared in the first column of another sheet."""

Cells = dict[str, Any]


@dataclass(frozen=True)
class Given:
    """A table that stands in raw rows: its columns and its cells, perhaps marked."""

    columns: dict[str, Column]
    rows: list[Cells]


def write_workbook(
    scenario: Scenario,
    path: Path,
    lang: str,
    blank: int = 0,
    given: Mapping[str, Given] | None = None,
) -> None:
    """A scenario as a workbook of the template's form, with ``blank`` empty school rows.

    Tables in ``given`` stand in the place of the scenario's own.
    """
    from xlsxwriter import Workbook

    book = Workbook(str(path), {"strings_to_numbers": False})
    book.set_properties({"created": datetime.datetime(2026, 1, 1), "title": "planner"})
    Template(book, scenario, lang, blank).write(given or {})
    book.close()


class Template:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Any, scenario: Scenario, lang: str, blank: int) -> None:
        self.book, self.scenario, self.lang, self.blank = book, scenario, lang, blank
        head = {"bold": True, "text_wrap": True, "valign": "top", "border": 1}
        self.required = book.add_format({**head, "bg_color": "#FFF2CC"})
        self.optional = book.add_format({**head, "bg_color": "#DDEBF7"})
        self.grey = book.add_format({"font_color": "#808080", "italic": True, "border": 1})
        self.grey_text = book.add_format({"font_color": "#808080", "text_wrap": True})
        self.text = book.add_format({"num_format": "@"})
        self.money = book.add_format({"num_format": "#,##0"})
        self.plain = book.add_format({"num_format": "0"})
        self.number = book.add_format({"num_format": "General"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.lists: dict[tuple[str, ...], str] = {}

    def write(self, given: Mapping[str, Given]) -> None:
        """All sheets: the guide, the settings, the tables, the lists."""
        guide = self.book.add_worksheet(say("template_guide", self.lang))
        guide.set_column(0, 0, 110)
        guide.write_string(0, 0, say("template_title", self.lang), self.title)
        for step in range(1, 8):
            text = say(f"template_step_{step}", self.lang)
            guide.write_string(step + 1, 0, f"{step}. {text}", self.wrapped)
        self._print(guide, 0)
        rows: dict[str, list[Cells]] = settings_rows(self.scenario.settings)
        for table, model in ROWS.items():
            sheet = self._sheet(table, contracts.columns(model), rows[table], 20)
            if table != "settings":
                continue
            # Beside each key what it means, and its closed list as a drop-down.
            remark = say("template_remark", self.lang)
            sheet.set_column(2, 2, 80, self.wrapped)
            sheet.write_string(0, 2, remark, self.optional)
            sheet.write_string(1, 2, remark, self.grey)
            for row, values in enumerate(rows[table], start=HEADER_ROWS):
                key = str(values["key"])
                annotation = annotation_at(key.split("."))
                said = key_meaning(key) if self.lang == "vi" else key_docs().get(key, "")
                sheet.write_string(row, 2, said, self.grey_text)
                kind, choices = (
                    contracts.kind_of(annotation) if annotation is not None else ("", ())
                )
                if kind == "bool":
                    self._offer(sheet, (row, 1, row, 1), self._yes_no())
                elif len(choices) > 1:
                    self._offer(sheet, (row, 1, row, 1), self._list(choices))
                    sheet.write_string(row, 1, self.label(f"value.{values['value']}"), self.text)
        for table in TABLES:
            part = given.get(table)
            if part is None:
                frame = self.scenario.table(table)
                own = contracts.columns(TABLES[table])
                columns = own | {n: attribute(n) for n in frame.columns if n not in own}
                pairs = (zip(frame.columns, v, strict=True) for v in frame.itertuples(index=False))
                part = Given(columns, list(map(dict, pairs)))
            blank = max(self.blank, 50) if table != "schools" else self.blank
            self._sheet(table, part.columns, part.rows, blank)
        lists = self.book.add_worksheet(say("template_lists", self.lang))
        for position, options in enumerate(self.lists):
            for row, option in enumerate(options):
                lists.write_string(row, position, self.label(f"value.{option}"))
            lists.set_column(position, position, 34)
        lists.protect()

    def label(self, code: str) -> str:
        """A name in the template's language."""
        pair = sentences()[code]
        return pair.en if self.lang == "en" else pair.vi

    def _sheet(self, table: str, columns: dict[str, Column], rows: list[Cells], blank: int) -> Any:
        sheet = self.book.add_worksheet(self.label(f"table.{table}"))
        last = HEADER_ROWS + len(rows) + blank
        for position, column in enumerate(columns.values()):
            form = self.required if column.required else self.optional
            code = f"column.{column.header}"
            header = self.label(code) if code in sentences() else column.header
            sheet.write_string(0, position, header, form)
            sheet.write_string(1, position, column.header, self.grey)
            # A drop-down for a closed list, yes/no, or ids that another sheet declares.
            options = column.choices if column.kind == "choice" else ()
            options = options or CHOICES.get((table, column.name), ())
            means = (
                meaning(table, column.header) if self.lang == "vi" else column.doc.replace("`", "")
            )
            if "{choices}" in means:
                labels = [self.label(f"value.{option}").lower() for option in options]
                means = means.replace("{choices}", ", ".join(labels))
            kind = "money" if column.name in MONEY else column.kind
            need = "template_required" if column.required else "template_optional"
            parts = [means, f"({say(f'template_unit_{kind}', self.lang)})", say(need, self.lang)]
            comment = " ".join(p for p in parts if p)
            sheet.write_comment(0, position, comment, {"x_scale": 2})
            sheet.set_column(position, position, _width(column), self._format(column))
            target = DECLARED.get(column.name)
            source: str | list[str] = ""
            if options:
                source = self._list(options)
            elif column.kind == "bool" or column.name == "pays_upkeep":
                source = self._yes_no()
            elif target and target != table:
                source = f"='{self.label(f'table.{target}')}'!$A${HEADER_ROWS + 1}:$A$5000"
            if source:
                self._offer(sheet, (HEADER_ROWS, position, last, position), source)
        for row, values in enumerate(rows, start=HEADER_ROWS):
            for position, column in enumerate(columns.values()):
                options = column.choices or CHOICES.get((table, column.name), ())
                self._cell(sheet, (row, position), column, values.get(column.name), options)
        sheet.set_row(0, HEADER_HEIGHT)
        sheet.freeze_panes(HEADER_ROWS, 1)
        self._print(sheet, HEADER_ROWS, sum(map(_width, columns.values())))
        return sheet

    def _format(self, column: Column) -> Any:
        if column.name in MONEY:
            return self.money
        if column.kind in ("int", "year"):
            return self.plain
        return self.number if column.kind in ("decimal", "ratio") else self.text

    def _yes_no(self) -> list[str]:
        return ["có", "không"] if self.lang == "vi" else ["yes", "no"]

    def _offer(
        self, sheet: Any, cells_at: tuple[int, int, int, int], source: str | list[str]
    ) -> None:
        """A drop-down; what is not on it is typed after a warning."""
        sheet.data_validation(
            *cells_at,
            {
                "validate": "list",
                "source": source,
                "error_type": "warning",
                "error_message": say("template_not_listed", self.lang),
            },
        )

    def _list(self, options: tuple[str, ...]) -> str:
        if options not in self.lists:
            letter = chr(65 + len(self.lists))
            name = say("template_lists", self.lang)
            self.lists[options] = f"='{name}'!${letter}$1:${letter}${len(options)}"
        return self.lists[options]

    def _cell(
        self, sheet: Any, at: tuple[int, int], column: Column, value: Any, options: Sequence[str]
    ) -> None:
        """Writes a value, or a raw cell, as a person would type it."""
        if value is None or value is pd.NA or (isinstance(value, (str, tuple)) and not value):
            return
        form = self._format(column)
        if isinstance(value, bool) or (column.kind == "bool" and not isinstance(value, str)):
            sheet.write_string(*at, self._yes_no()[0 if value else 1], form)
        elif isinstance(value, tuple):
            labels = {c: self.label(f"value.{c}") for c in column.choices}
            mark = "," if self.lang == "vi" else "."
            parts = (f"{v:f}".replace(".", mark) if isinstance(v, Decimal)
                     else "" if v is None else labels.get(v, str(v)) for v in value)  # fmt: skip
            sheet.write_string(*at, "; ".join(parts), form)
        elif isinstance(value, Decimal):
            sheet.write_number(*at, float(value), form)
        elif isinstance(value, str) and value[:1] == cells.NUMBER and column.kind not in TEXTS:
            sheet.write_number(*at, float(value[1:]), form)
        elif isinstance(value, str):
            text = value
            if value in options:
                text = self.label(f"value.{value}")
            elif value[:1] in cells.MARKS:
                text = value[1:] if value[:1] == cells.ERROR else str(cells.words(value).value)
            sheet.write_string(*at, text, form)
        else:
            sheet.write_number(*at, int(value), form)

    def _print(self, sheet: Any, repeated: int, width: int = 0) -> None:
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(max(1, -(-width // PAGE_WIDTH)), 0)
        if width > PAGE_WIDTH:
            sheet.repeat_columns(0)
        sheet.set_footer("&L&F · &A&R" + say("template_page", self.lang))
        if repeated:
            sheet.repeat_rows(0, repeated - 1)


def _width(column: Column) -> int:
    """A column's width in characters."""
    if column.name in ("name", "title", "specification", "source", "where"):
        return 34
    if column.kind == "text" and column.name in ("key", "value"):
        return 34
    return {"group": 34, "level": 22, "pillar": 22}.get(column.name, 15)


def settings_rows(settings: Settings) -> dict[str, list[Cells]]:
    """The settings as rows of the four sheets that hold settings."""
    plain = settings.model_dump(by_alias=True, exclude_none=True)
    for key in ("data", "funds", "rules"):
        plain.pop(key)
    rows: dict[str, list[Cells]] = {name: [] for name in ROWS}
    rows["settings"] += _flat(plain, "")
    for name, fund in settings.funds.items():
        kept = {"role", "reserve", "carry_over", "pays_upkeep", "firmness", "repair_weight"}
        row: Cells = {"fund": name, **{key: getattr(fund, key) for key in kept}}
        row |= {"name": fund.name.vi, "name_en": fund.name.en} if fund.name else {}
        row |= {"nature": fund.nature or "", "where": _selection(fund.where)}
        row["amounts"] = fund.amounts if isinstance(fund.amounts, str) else ""
        rows["funds"].append(row)
        amounts = fund.amounts if isinstance(fund.amounts, dict) else {}
        rows["fund_amounts"] += [{"fund": name, "year": y, "amount": a} for y, a in amounts.items()]
    for name, rule in settings.rules.items():
        row = {"rule": name, "measure": rule.measure, "where": _selection(rule.where)}
        row |= {"title": rule.title.vi, "title_en": rule.title.en} if rule.title else {}
        row |= {"for_each": "; ".join(rule.for_each), "firmness": rule.firmness}
        row |= {"penalty": rule.price, "repair_weight": rule.repair_weight}
        for bound in ("at_most", "at_least", "exactly"):
            value = getattr(rule, bound)
            row[bound] = value.share if isinstance(value, Share) else value
            if isinstance(value, Share):
                of = value.of
                row["share_of"] = of if isinstance(of, str) else _selection(of) or "all"
        rows["rules"].append(row)
    return rows


def _flat(mapping: dict[Any, Any], prefix: str) -> Iterable[Cells]:
    for key, value in mapping.items():
        dotted = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _flat(value, dotted + ".")
        elif isinstance(value, (list, tuple)):
            if value:
                yield {"key": dotted, "value": scalar(value)}
        elif value != "":
            yield {"key": dotted, "value": value}


def _rule_row(name: str, rule: Rule) -> Cells:
    row: Cells = {
        "rule": name,
        "title": rule.title.vi if rule.title else "",
        "title_en": rule.title.en if rule.title else "",
        "measure": rule.measure,
        "where": _selection(rule.where),
        "for_each": "; ".join(rule.for_each),
        "firmness": rule.firmness,
        "penalty": rule.price,
        "repair_weight": rule.repair_weight,
    }
    for bound in ("at_most", "at_least", "exactly"):
        value = getattr(rule, bound)
        row[bound] = value.share if isinstance(value, Share) else value
        if isinstance(value, Share):
            row["share_of"] = "budget" if value.of == "budget" else _selection(value.of) or "all"
    return row


def _selection(where: Mapping[str, Any]) -> str:
    parts = []
    for key, value in where.items():
        values = value if isinstance(value, list) else [value]
        parts.append(f"{key}={'|'.join(str(v) for v in values)}")
    return "; ".join(parts)


# --------------------------------------------------------------------------------------------------
# What ``planner new`` writes: a workbook to fill in, and a YAML file that points to it.

WORKBOOK = {"vi": "so-lieu.xlsx", "en": "data.xlsx"}
EXAMPLES = 6
"""Example schools in the starter."""
SHEET_ROWS = 1_048_000
"""Rows of data that a sheet of an XLSX workbook takes, headers left out."""


@contextmanager
def complete(folder: Path) -> Iterator[Path]:
    """A folder to write into, beside ``folder``: it becomes ``folder`` when all is written,
    and vanishes when anything fails. ``folder`` must be new or empty; an empty one is filled,
    the file that makes it a scenario last."""
    folder = through(folder)
    with (
        naming(folder),
        standing(folder.parent),
        beside(folder.parent, name_beside(folder.name)) as new,
    ):
        yield new
        if folder.exists():
            # The folder itself stays: it may be the one that the user stands in.
            for part in sorted(new.iterdir(), key=lambda p: p.suffix == ".yaml"):
                os.rename(part, folder / part.name)
        else:
            # The process's mask of permissions, which can only be read by setting it.
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(new, 0o777 & ~mask)
            os.rename(new, folder)


def vacant(folder: Path) -> None:
    """Raises :class:`InputError` where a folder that is to be new holds something already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        name = folder.as_posix()
        raise InputError([Finding("new_exists", Place(name), {"folder": name})])


def begin(
    target: Path,
    language: str,
    schools: int,
    *,
    invented: int | None = None,
    seed: int = 0,
    workbook: bool = False,
) -> Path:
    """A first scenario in ``target`` (new or empty): the workbook to fill in, with so many empty
    rows for schools; or ``invented`` schools as a CSV a table, or as one workbook. Its workbook, or
    without one its YAML file.

    Raises :class:`InputError` where a table is too long for a sheet.
    """
    with complete(target) as folder:
        if invented is None:
            return target / starter(folder, language, schools).name
        scenario = synthetic(invented, seed)
        if not workbook:
            write(scenario, folder)
            return target / FILE
        if table := too_long(scenario):
            full = {"table": table, "limit": SHEET_ROWS}
            raise InputError([Finding("new_sheet_full", Place(target.as_posix()), full)])
        return target / written(scenario, folder, language).name


def saved(scenario: Scenario, target: Path) -> Path:
    """A scenario as a folder of its own, new or empty, complete or not there; its YAML file.

    Raises :class:`InputError` where something stands there, the system refuses, or the scenario's
    futures are read from files.
    """
    if scenario.settings.futures is not None and scenario.settings.futures.reads_files:
        raise InputError([Finding("save_futures", Place(scenario.id, key="futures"))])
    vacant(target)
    with refusals_as_findings(), complete(target) as folder:
        write(scenario, folder)
    return target / FILE


def starter(folder: Path, lang: str, schools: int) -> Path:
    """Write the example scenario with ``schools`` empty rows; the workbook's path."""
    return written(synthetic(EXAMPLES, 1, examples=True), folder, lang, schools)


class Held(Protocol):
    """What raw files hold (:class:`~planner.scenario.new.adopt.Adopted`)."""

    tables: dict[str, Given]
    currency: str
    years: tuple[int, int] | None
    funds: dict[str, Fund]


def around(held: Held, folder: Path, lang: str, source: str) -> Path:
    """Write a first scenario around raw tables; what they do not hold is illustrative.

    Stock stays empty unless it is given; with a catalogue of its own, so do the norms, and no other
    items bring points of the Ministry's criteria. The plan years are those that the files plan for;
    the example's money spreads over them, in about its worth in the files' currency.
    """
    given = held.tables
    example = synthetic(max(1, len(given["schools"].rows)), 1)
    own = {"inventory", *(["norms"] if "catalogue" in given else []), *_set_left_out(given)}
    tables = {t: typed_frame(t, {}) if t in own else f for t, f in example.tables.items()}
    if "catalogue" in given:
        brings, known = tables["criterion_items"], _ids(given["catalogue"], "item")
        tables["criterion_items"] = brings[brings["item"].isin(known)].reset_index(drop=True)
    title = Text(vi=f"Kịch bản từ {source}", en=f"Scenario from {source}")
    changed: dict[str, Any] = {"rules": {}, "title": title, "currency": held.currency}
    settings = example.settings
    changed["years"] = years = held.years or settings.years
    if held.funds:
        changed["funds"] = held.funds
    else:
        spread = {n: _spread(f, settings, years) for n, f in settings.funds.items()}
        changed["funds"] = spread if years != settings.years else dict(settings.funds)
        changed["funds"] = {n: _priced(f, held.currency) for n, f in changed["funds"].items()}
    prices = tables["catalogue"]
    for name in set(MONEY) & set(prices):
        told = [None if pd.isna(v) else in_currency(int(v), held.currency) for v in prices[name]]
        prices = prices.assign(**{name: pd.array(told, dtype=prices[name].dtype)})
    tables["catalogue"] = prices
    settings = settings.model_copy(update=changed)
    return written(Scenario("scenario", settings, tables), folder, lang, given=given)


def _ids(given: Given, column: str) -> set[str]:
    """The ids that stand in a column of raw rows."""
    return {str(cells.words(str(row.get(column) or "")).value) for row in given.rows}


def _set_left_out(given: Mapping[str, Given]) -> tuple[str, ...]:
    """The tables of criteria that stay empty: those of files that bring a set of their own, or that
    measure by other criteria than the Ministry's."""
    measured = _ids(given["indicators"], "criterion") if "indicators" in given else set()
    own = {"criteria", "criterion_items"} & set(given)
    other = not measured <= {name for name, *_ in CRITERIA}
    return ("criteria", "criterion_items") if own or other else ()


def _priced(fund: Fund, currency: str) -> Fund:
    """A fund of the example with about its money in another currency."""
    if isinstance(fund.amounts, str):
        return fund
    amounts = {y: in_currency(int(a), currency) for y, a in fund.amounts.items()}
    return fund.model_copy(update={"amounts": amounts})


def _spread(fund: Fund, settings: Settings, years: tuple[int, int]) -> Fund:
    """A fund of the example with its first year's money in each plan year, its last in the tail."""
    if isinstance(fund.amounts, str) or not fund.amounts:
        return fund
    amounts = [fund.amounts[y] for y in sorted(fund.amounts)]
    plan = dict.fromkeys(range(years[0], years[1] + 1), amounts[0])
    tail = range(years[1] + 1, years[1] + 1 + settings.tail_years)
    later = [y for y in fund.amounts if y > settings.years[1]]
    left = dict.fromkeys(list(tail)[: len(later)], amounts[-1])
    return fund.model_copy(update={"amounts": plan | left})


def too_long(scenario: Scenario) -> str:
    """A table that no sheet can hold; empty where all fit."""
    return next((t for t in TABLES if len(scenario.table(t)) > SHEET_ROWS), "")


def written(
    scenario: Scenario,
    folder: Path,
    lang: str,
    blank: int = 0,
    given: Mapping[str, Given] | None = None,
) -> Path:
    """Write ``scenario.yaml`` and the workbook it points to into ``folder``; the workbook."""
    folder.mkdir(parents=True, exist_ok=True)
    name = WORKBOOK[lang]
    write_workbook(scenario, folder / name, lang, blank, given)
    text = (
        "# Kịch bản: số liệu và cài đặt nằm trong sổ Excel; khóa ghi ở đây được ưu tiên.\n"
        "# The data and the settings are in the workbook; keys written here come first.\n"
        "schema: 1\n"
        f"data: {{workbook: {name}}}\n"
        "# tail_years: 3\n"
        "# priority: {mode: strict, by: tier}\n"
        "# solve: {gap: 0.001, time_limit: 60}\n"
    )
    (folder / "scenario.yaml").write_text(text, encoding="utf-8", newline="\n")
    return folder / name
