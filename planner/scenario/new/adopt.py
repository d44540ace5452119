"""Raw tables → the workbook of a first scenario: ``planner new --from FILE``.

A file's sheets become grids (:mod:`~planner.scenario.new.grids`), each grid is recognised as a
kind of sheet, and its columns are carried over as a table's (:mod:`~planner.scenario.new.carried`):
cells as they stand, so that no figure can change on the way. Devices are counted
(:mod:`~planner.scenario.new.devices`), money by year becomes requests or funds
(:mod:`~planner.scenario.new.projects`). What has to be made (ids, the level in a school's name,
the group) is said. What no file tells (norms, perhaps prices and money) comes from the
illustrative example.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from planner.errors import Finding, InputError, Place
from planner.messages import WORDS, Term, sentences
from planner.scenario import contracts
from planner.scenario.contracts import TABLES
from planner.scenario.load import inspect
from planner.scenario.new import carried, devices, grids, mapping, projects, starter, words
from planner.scenario.new.devices import Items, Owners
from planner.scenario.new.grids import KINDS, Grid, RawRows, Recognised, Unknown
from planner.scenario.new.mapping import Inquiry, Stated
from planner.scenario.new.starter import Given
from planner.scenario.new.synthetic import CATALOGUE
from planner.scenario.new.words import Schools
from planner.scenario.reading import body, sources, xlsx_rows
from planner.scenario.reading import values as cells
from planner.scenario.reading.headers import Header
from planner.scenario.reading.sources import ENCODINGS, MERGED_ROWS, Folder, Log, Sheet, nearest
from planner.scenario.schema import Fund, Settings


@dataclass
class Adopted:
    """What the files hold, as rows for the template and settings."""

    tables: dict[str, Given] = field(default_factory=dict)
    currency: str = ""
    years: tuple[int, int] | None = None
    """First and last year that the files plan for; ``None`` where they say none."""
    funds: dict[str, Fund] = field(default_factory=dict)
    """Funds by id; empty where the files hold none."""
    sources: list[Source] = field(default_factory=list)
    """The sheets that were recognised."""
    strays: list[Grid] = field(default_factory=list)
    """Those that were not."""


@dataclass
class Source:
    """A sheet of a file, and what it was recognised as."""

    path: Path
    grid: Grid
    said: Log
    """What is to be said of it if it is used."""
    kind: Recognised
    used: bool = False
    rows: RawRows | None = None
    """Its rows under the fields of a table, where they became those of one."""

    @property
    def hidden(self) -> bool:
        """Whether the sheet is hidden in its workbook."""
        return any(f.code == "sheet_hidden" for f in self.said.findings)

    @property
    def label(self) -> str:
        """The sheet's name, else its file's."""
        return self.grid.sheet.sheet or self.grid.sheet.file


TABLE_FILES = (".csv", ".tsv", ".txt")
FUNDS = ("capital", "recurrent", "projects")
"""Funds of the illustrative example."""


def adopted(paths: list[Path], stated: Stated, log: Inquiry) -> Adopted:
    """The tables that the files hold; findings and questions go to ``log``."""
    if stated.value("encoding") in ENCODINGS:
        log.encoding = log.encoding or stated.value("encoding")
    read = _read(paths, log)
    _check_stated(stated, [s for _, s, _ in read], log)
    sources, strays = _recognised(read, stated, log)
    found = Adopted(currency=_currency(sources, stated, log), sources=sources, strays=strays)
    for key, value in stated.values.items():
        unit = key.rpartition(".")[2] == projects.UNIT
        if unit and not projects.unit_stated(
            Stated(values={projects.UNIT: value}), "", found.currency
        ):
            said = {"name": key, "value": value, "currency": found.currency}
            log.error("adopt_unit_unreadable", Place(), **said)
    chosen = _chosen(sources, stated, log)
    for source in chosen:
        log.add(source.said)
        source.used = True
        name = source.grid.sheet.sheet or source.grid.sheet.file
        log.found["sheets"].setdefault(source.kind.kind, []).append(name)
    order = {"schools": 0, "catalogue": 1, "fund_amounts": 2}
    stocked = any(s.kind.table == "inventory" for s in chosen)
    context = _Context(found, stated, log, stocked)
    for source in sorted(chosen, key=lambda s: order.get(s.kind.table, 3)):
        context.take(source)
    useful = {s.path for s in sources if s.used}
    for path in dict.fromkeys(p for p, _, _ in read) if not log.failed else ():
        if path not in useful:
            log.error("adopt_file_of_no_use", Place(path.name))
    listed = any(s.kind.table == "schools" for s in sources)
    if "schools" not in found.tables and not (log.failed and (listed or not sources)):
        named = context.named or "-"
        log.error("adopt_no_schools", Place(", ".join(p.name for p in paths)), names=named)
    return found


def _read(paths: list[Path], log: Inquiry) -> list[tuple[Path, Sheet, Log]]:
    """Every sheet of the files, with what is to be said if it is used."""
    read: list[tuple[Path, Sheet, Log]] = []
    for path in paths:
        data = Folder(path.parent, log).read(path.name, Place(path.name))
        if data is not None and path.suffix.lower() in TABLE_FILES:
            alone = sources.read(data, path.name, log)
            parts = [] if alone is None else grids.tables(alone, log)
            read += [(path, part, Log()) for part in parts]
        elif data is not None:
            opened = xlsx_rows.sheets(data, path.name, log) or []
            for sheet, said in opened:
                first, *more = grids.tables(sheet, said)
                read += [(path, first, said), *((path, part, Log()) for part in more)]
    return read


def _recognised(
    read: list[tuple[Path, Sheet, Log]], stated: Stated, log: Inquiry
) -> tuple[list[Source], list[Grid]]:
    """Each sheet with its kind, said; one that is no table is said with what it lacks."""
    only = {cells.folded(n) for n in stated.sheets if "=" not in n}
    found: list[Source] = []
    useful: set[Path] = set()
    unknown: list[tuple[Path, Sheet, Unknown]] = []
    strays: list[Grid] = []
    everything = {cells.folded(h): n.rpartition(".")[2] for n, h in stated.columns.items()}
    known = {*TABLES, *(k.name for k in KINDS)}  # another one is a finding already
    # Workbooks of which a sheet is named; other files are read whole.
    # A sheet is named with all of its tables («2025»), or one of them («2025#2»).
    named = {s.sheet for _, s, _ in read if {cells.folded(s.sheet), _whole(s)} & only - {""}}
    narrowed = {p for p, sheet, _ in read if sheet.sheet in named}
    for path, sheet, said in read:
        if path in narrowed and sheet.sheet not in named:
            useful.add(path)
            continue
        grid = grids.grid_of(sheet, said)
        if grid is None:
            if any(c.strip() for row in sheet.rows for c in row):
                log.note("read_not_sheet", sheet.place())
            continue
        meant = stated.sheet_kind(sheet.file, sheet.sheet)
        kind = grids.recognise(grid, everything, meant if meant in known else "")
        if isinstance(kind, Unknown):
            unknown.append((path, sheet, kind))
            strays.append(grid)
            continue
        useful.add(path)
        for position, title in grid.titles.items():
            if name := stated.headers(kind.kind).get(cells.folded(title), ""):
                grid.roles[name] = [position, *grid.roles.get(name, ())]
        found.append(Source(path, grid, said, kind))
        for role in KEPT.get(kind.kind, ()):
            titles_of = [grid.titles[p] for p in grid.roles.get(role, ())[:1]]
            if titles_of and titles_of[0] not in log.found["columns"].get(kind.kind, {}).values():
                log.keep("columns", kind.kind, role, titles_of[0])
        titles = ", ".join(f"«{t}»" for t in kind.evidence[:SAID]) or "-"
        log.note("adopt_recognised", sheet.place(), kind=kind_term(kind.kind), names=titles)
    for path, sheet, kind in unknown:
        lacks = tuple(tuple(map(column_term, group)) for group in kind.lacks) or "-"
        derived = ("years", "devices", "grades", "heads")
        needs = (tuple(r for r in group if r not in derived) for group in kind.lacks)
        fields = tuple(group for group in needs if group) or "-"
        code = "adopt_sheet_unknown" if path in useful else "adopt_file_unknown"
        say = log.warn if path in useful else log.error
        say(code, sheet.place(), kind=kind_term(kind.kind), lacks=lacks, fields=fields)
    return found, strays


def _whole(sheet: Sheet) -> str:
    """The folded name of the sheet that a table is part of."""
    return cells.folded(re.sub(r"#\d+$", "", sheet.sheet))


KEPT = {
    "register": ("school", "location", "item", "category", "model", "acquired", "bought", "status",
                 "tag", "serial"),
    "projects": ("project", "school", "location", "total", "before", "after"),
    "funds": ("fund", "year", "amount"),
    "wide": ("school", "name", "location", "acquired", "bought"),
}  # fmt: skip
"""Kind → roles whose columns stand in the mapping."""
BY_ROLES = ("register", "projects", "funds", "wide")
"""Kinds that are read by the roles of their columns, not as the rows of a table."""
SAID = 8
"""Headers that are named as what a sheet was recognised by."""


def kind_term(kind: str) -> Term:
    """A kind of sheet as people call it: our word for it, else the table's."""
    return Term(kind, f"kind.{kind}" if any(k.name == kind for k in KINDS) else f"table.{kind}")


def column_term(role: str) -> Term:
    """What a column that is lacking would be called."""
    code = f"kind.column.{role}"
    return Term(role, code if code in sentences() else f"column.{role}")


PRICED = ("projects", "funds", "prices", "catalogue", "request_costs", "commitments")
"""Kinds of sheet whose cells are money; in others, only columns of money are."""
DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD")


def _currency(sources: list[Source], stated: Stated, log: Inquiry) -> str:
    """The currency that the user said; where the files name another than đồng, it is asked."""
    default: str = Settings.model_fields["currency"].default
    if said := stated.value("currency").upper():
        if not re.fullmatch("[A-Z]{3}", said):
            log.error("adopt_currency_unreadable", value=stated.value("currency"))
            return default
        return said
    named: dict[str, str] = {}
    for source in sources:
        whole = source.kind.kind in PRICED
        if not whole and source.kind.kind != "schools":
            continue  # what devices cost is not carried over
        columns = {p for r in ("money", "amount", "price") for p in source.grid.roles.get(r, ())}
        named |= projects.currencies(source.grid.sheet, None if whole else columns) | named
    if set(named) <= {default}:
        return default
    shown = ", ".join(f"«{cell}»" for _, cell in sorted(named.items()))
    dollars = DOLLARS if "USD" in named else ()
    choices = tuple(dict.fromkeys((*dollars[:1], *sorted(named), *dollars)))
    log.ask("adopt_currency_open", Place(), "currency", choices, names=shown, first=choices[0])
    return choices[0]  # nothing is written; what else there is to say is said of the likely one


def _chosen(sources: list[Source], stated: Stated, log: Inquiry) -> list[Source]:
    """One sheet a table; where several hold the same, the one that is named or not hidden, else
    it is asked. Several registers are several parts of one stock."""
    chosen: list[Source] = []
    by_table: dict[str, list[Source]] = {}
    for source in sources:
        by_table.setdefault(source.kind.table, []).append(source)
    for table, several in by_table.items():
        if all(s.kind.kind == "register" for s in several):
            chosen += several
            continue
        named = [s for s in several
                 if stated.sheet_kind(s.grid.sheet.file, s.grid.sheet.sheet)]  # fmt: skip
        shown = [s for s in several if not s.hidden]
        left = next((part for part in (named, shown, several) if len(part) == 1), several)
        if len(left) > 1:
            first, names = left[0], ", ".join(f"«{s.label}»" for s in left)
            choices = tuple(s.label for s in left)
            what: dict[str, Any] = {"name": kind_term(table), "names": names, "first": first.label}
            for source in left[1:]:
                log.ask("adopt_table_twice", source.grid.sheet.place(), first.kind.kind, choices,
                        option="--sheet", kind=first.kind.kind, **what)  # fmt: skip
                source.used = True
            left[0].used = True
        else:
            chosen += left
            for source in several:
                if source not in left:
                    source.used = True
                    said = {"name": kind_term(table), "first": left[0].label}
                    log.warn("adopt_sheet_not_taken", source.grid.sheet.place(), **said)
    return chosen


class _Context:
    """Turns one sheet after the other into tables, with what earlier ones declared."""

    def __init__(self, found: Adopted, stated: Stated, log: Inquiry, stocked: bool) -> None:
        self.found, self.stated, self.log = found, stated, log
        self.stocked = stocked
        """Whether a sheet of its own holds the stock."""
        self.seen: dict[str, str] = {}
        """Tags and serial numbers of registers, with their files."""
        self.refused = False
        """Whether answers that name no item have their findings."""
        self.named = ""
        """A place that a register or a list of projects names, for the sentence."""

    def take(self, source: Source) -> None:
        """The tables of one sheet."""
        grid, kind = source.grid, source.kind.kind
        if kind in ("register", "stock"):
            self._blank_schools(grid)
        match kind:
            case "funds":
                currency, price = self.found.currency, self._cheapest()
                found = projects.funds(grid, currency, self.stated, self.log, price)
                self.found.funds = found
                years = [y for f in found.values() for y in f.amounts if isinstance(y, int)]
                if years:
                    self._span(min(years), max(years))
            case "projects" if schools := self.schools(grid):
                names = tuple(self.found.funds) or self._example_funds()
                currency = self.found.currency
                made = projects.projects(grid, schools, names, currency, self.stated, self.log)
                self.found.tables |= made.tables
                self._span(*made.years)
                self._used(grid, len(made.tables["requests"].rows))
            case "register" if schools := self.schools(grid):
                items, seen = self.items(), self.seen
                given = devices.register(grid, schools, items, self.stated, self.log, seen)
                self._stock(given)
                self._used(grid, len(given.rows))
            case "wide" if schools := self.schools(grid):
                self._wide(grid, schools)
            case "projects" | "register" | "wide":
                pass  # no list of schools: said at the end
            case _:
                self._table(source)

    def _cheapest(self) -> int:
        """The least price of the catalogue in minor units, 0 where no file holds one."""
        given = self.found.tables.get("catalogue")
        read = (cells.whole(str(r.get("price", ""))) for r in given.rows) if given else ()
        return min((int(v.value) for v in read if not v.problem and v.value), default=0)

    def _example_funds(self) -> tuple[str, ...]:
        """The funds of the example that may pay for projects: that of building projects only
        where schools are in preparation."""
        rows = self.found.tables["schools"].rows
        known = cells.choice_names(contracts.columns(TABLES["schools"])["group"].choices)
        groups = {known.get(cells.folded(_plain(r.get("group"))), "") for r in rows}
        return FUNDS if "preparing" in groups else tuple(f for f in FUNDS if f != "projects")

    def _blank_schools(self, grid: Grid) -> None:
        """Rows of devices without a school below one that has it: asked whether it is the same, and
        filled where the user says so."""
        position = grid.first("school", "location")
        rows = [(i, list(r)) for i, r in grid.body() if not any(map(body.is_total, r))]
        if position is None or len(rows) < 2:
            return
        blank = [i for i, r in rows if not "".join(r[position : position + 1]).strip()
                 and sum(bool(c.strip()) for c in r) > 1]  # fmt: skip
        if not blank or rows[0][0] in blank or len(blank) * MOSTLY < len(rows):
            return
        title = grid.titles[position]
        place = grid.sheet.place(grid.row, position, title)
        if self.stated.value(EMPTY) != ABOVE:
            choices = (ABOVE, mapping.OUT)
            said: dict[str, Any] = {"name": title, "count": len(blank)}
            if not self.stated.value(EMPTY):
                self.log.ask("adopt_school_blank", place, EMPTY, choices, gap=True, **said)
            return
        filled, current = list(grid.sheet.rows), ""
        for index, row in rows:
            own = row[position] if position < len(row) else ""
            current = own if own.strip() else current
            padded = [*row, *[""] * (position + 1 - len(row))]
            filled[index] = [*padded[:position], current, *padded[position + 1 :]]
        grid.sheet = replace(grid.sheet, rows=filled)
        self.log.warn("adopt_school_above", place, name=title, count=len(blank))

    def _used(self, grid: Grid, rows: int) -> None:
        """A finding where a sheet that has rows gave none: it would be missing in silence."""
        if not rows and not self.log.failed and any(grid.body()):
            self.log.error("adopt_sheet_empty", grid.sheet.place())

    def _span(self, first: int, last: int) -> None:
        """Widen the plan years to those that a file plans for."""
        old = self.found.years
        self.found.years = (min(first, old[0]), max(last, old[1])) if old else (first, last)

    def schools(self, grid: Grid) -> Schools | None:
        """The schools of the list; ``None`` where no file holds one."""
        given = self.found.tables.get("schools")
        if given is None:
            position = grid.first("school", "location", "name")
            texts = (row[position] for _, row in grid.body() if position is not None
                     and position < len(row))  # fmt: skip
            self.named = self.named or next((cells.shown(t) for t in texts if t.strip()), "")
            return None
        pairs = ((_plain(r.get("school")), _plain(r.get("name"))) for r in given.rows)
        return Schools({i: n for i, n in pairs if i}, self.stated.words("school"))

    def items(self) -> Items:
        """The items of the catalogue, or of the example where no file holds one."""
        given = self.found.tables.get("catalogue")
        if given is not None:
            rows = ((_plain(r.get("item")), [_plain(r.get("name"))]) for r in given.rows)
            names = {i: n for i, n in rows if i}
        else:
            names = {line.item: [line.name, line.name_en] for line in CATALOGUE}
        stated = self.stated.words("item")
        for text, item in stated.items():
            if item not in names and item not in ("", mapping.OUT) and not self.refused:
                choices = ", ".join(names)
                said = {"name": f"item:{text}", "value": item, "choices": choices}
                self.log.error("adopt_answer_unknown", Place(), **said)
        self.refused = True
        return Items(names, stated)

    def _stock(self, given: Given | None) -> None:
        """Add stock to what earlier sheets hold."""
        if given is not None:
            before = self.found.tables.get("inventory")
            rows = [*(before.rows if before else ()), *given.rows]
            self.found.tables["inventory"] = Given(given.columns, devices.merged(rows))

    def _wide(self, grid: Grid, schools: Schools) -> None:
        """Stock in a sheet of its own with a column a device."""
        position = grid.first("school", "name", "location")
        if position is None:
            return
        title = grid.titles[position]
        header = Header(grid.row, {"school": (position, title)}, first_row=grid.row)
        header.others = [(p, t) for p, t in grid.titles.items() if p != position]
        columns = dict(contracts.columns(TABLES["inventory"]))
        rows = carried.raw_rows("inventory", grid.sheet, header, columns, self.log)
        kept = [int(n) for n in rows.numbers]
        grids.check_totals(grid.sheet, rows.titles, kept, rows.left_out, self.log, (position,))
        texts = [_plain(c) for c in rows.column(position)]
        owners = Owners(schools, grid, texts, self.log)
        ids = {t: owners.school(t, place=False) for t in dict.fromkeys(texts)}
        owners.complain(owners.say(Counter(t for t in texts if not ids[t])))
        pairs = [(int(n), ids[t]) for n, t in zip(rows.numbers, texts, strict=True) if ids[t]]
        given, _ = devices.wide(grid, pairs, self.items(), self.stated, self.log)
        self._stock(given)

    def _table(self, source: Source) -> None:
        """A sheet with the columns of a table; beside a list of schools perhaps their devices."""
        table, grid = source.kind.table, source.grid
        if table not in TABLES:
            self.log.note("read_not_sheet", grid.sheet.place())
            return
        rows, columns = carried.rows_of(source.kind.kind, table, grid, self.stated, self.log)
        source.rows = rows
        if table == "schools":
            used: list[int] = []
            if grid.devices and self.stocked:
                self.log.warn("adopt_devices_elsewhere", grid.sheet.place(grid.row))
            elif grid.devices:
                ids = rows.values("school")
                pairs = list(zip(map(int, rows.numbers), ids, strict=True))
                given, used = devices.wide(grid, pairs, self.items(), self.stated, self.log)
                self._stock(given)
            carried.attributes(rows, columns, used, self.found.currency, self.stated, self.log)
        schools = self.schools(grid) if source.kind.kind == "stock" else None
        if schools is not None and "school" not in {**rows.fields, **rows.made}:
            headed = devices.under(grid, schools, self.log)
            numbers = [int(n) for n in rows.numbers]
            rows.keep_only(np.array([bool(headed.get(n, "-")) for n in numbers], dtype=bool))
            if headed:
                rows.make("school", [headed[int(n)] for n in rows.numbers])
        currency = self.found.currency
        given = carried.given_of(table, rows, columns, self.stated, currency, self.log)
        if table != "schools":
            self._resolve(source, given)
        self.found.tables[table] = given

    def _resolve(self, source: Source, given: Given) -> None:
        """Names of schools and devices that stand for ids and are spelt otherwise than there."""
        grid, table = source.grid, source.kind.table
        place = grid.sheet.place(grid.row)
        meant: dict[str, str] = {}
        schools = self.schools(grid) if "school" in given.columns else None
        if schools is not None:
            texts = Counter(t for r in given.rows if (t := _plain(r.get("school"))))
            owners = Owners(schools, grid, texts, self.log)
            ids = {t: owners.school(t, place=True) for t in texts}
            lost = owners.say({t: n for t, n in texts.items() if not ids[t]})
            gone = {*owners.out, *owners.closed}
            homeless = [r for r in given.rows if not _plain(r.get("school"))]
            if homeless and table == "inventory" and self.stated.value(EMPTY) == mapping.OUT:
                gone.add("")
                self.log.warn("adopt_school_out", place, count=sum(map(_units, homeless)))
            meant = {t: i for t, i in ids.items() if i}
            given.rows[:] = [r for r in given.rows if _plain(r.get("school")) not in gone]
            if lost:
                said = {
                    "names": devices.counted(lost),
                    "first": owners.first_of(lost),
                    "table": table,
                }
                self.log.warn("adopt_school_unknown", place, **said)
        devices_meant = self._devices_meant(source, given) if table == "inventory" else {}
        for row in given.rows:
            for name, spelt in (("school", meant), ("item", devices_meant)):
                if (text := _plain(row.get(name))) in spelt:
                    row[name] = spelt[text]

    def _devices_meant(self, source: Source, given: Given) -> dict[str, str]:
        """Words of devices → items that they mean and are no names of; in a table of stock that is
        not ours, rows of other words are left out, and a year that is missing is the one said."""
        grid, items = source.grid, self.items()
        place = grid.sheet.place(grid.row)
        counts: Counter[str] = Counter()
        for row in given.rows:
            counts[_plain(row.get("item"))] += _units(row)
        found = {t: items.find(t) for t in counts}
        meant: dict[str, str] = {}
        for text, item in found.items():
            if item and cells.folded(text) not in map(cells.folded, (item, *items.names[item])):
                meant[text] = item
                self.log.keep("words", "item", text, item)
        if meant:
            pairs = (f"«{t}» ({counts[t]}) → {i}" for t, i in meant.items())
            self.log.note("adopt_item_words", place, names="; ".join(pairs))
        if source.kind.kind == "stock":
            lost = {t: counts[t] for t, item in found.items() if item is None and t}
            if lost:
                devices.say_items_unknown(lost, items, grid, self.log)
            known = {t for t, item in found.items() if item}
            given.rows[:] = [r for r in given.rows if _plain(r.get("item")) in known]
        if "acquired" in given.columns:
            undated = [r for r in given.rows if not str(r.get("acquired") or "").strip()]
            if undated:
                count, every = (sum(map(_units, part)) for part in (undated, given.rows))
                year = devices.assumed_year(grid, count, every, self.stated, self.log)
                for row in undated:
                    row["acquired"] = year
        return meant


def _units(row: Mapping[str, Any]) -> int:
    """The units in a row of stock, 0 where none can be read."""
    quantity = row.get("quantity", "")
    return quantity if isinstance(quantity, int) else int(words.figure(str(quantity)) or 0)


def _plain(cell: Any) -> str:
    """A cell as the words that it means."""
    return str(cells.words(cell).value or "") if isinstance(cell, str) else ""


EMPTY, ABOVE = "empty_school", "above"
"""What may be said of rows of devices that name no school."""
MOSTLY = 4
"""One row in so many must lack its school, to be asked whether it is that of the row above."""
BESIDE = (
    *("currency", projects.UNIT, projects.MARK, "encoding", "dates", "status", "item", "school"),
    *("fund", "acquired", "pays_upkeep", EMPTY),
)
"""What may be said for all files, or of words in them, beside the fields of tables."""


def _check_stated(stated: Stated, sheets: list[Sheet], log: Log) -> None:
    """What the user names exists: fields, headers, sheets, and answers of closed lists."""
    fields = {n: None for model in TABLES.values() for n in contracts.columns(model)}
    roles = {**fields, **dict.fromkeys(WORDS["columns"])}
    for option, names, allowed in (
        ("--column", stated.columns, roles),
        ("--value", stated.values, {**fields, **dict.fromkeys(BESIDE)}),
    ):
        for name in (n.partition(":")[0].rpartition(".")[2] for n in names):
            if name not in allowed:
                like = nearest(name, allowed) or "-"
                log.error("adopt_field_unknown", option=option, name=name, nearest=like)
    listed = {"status": (*WORDS["status"], mapping.OUT), "dates": ("dmy", "mdy", "ymd"),
              EMPTY: (ABOVE, mapping.OUT), projects.MARK: (".", ","),
              "encoding": tuple(ENCODINGS)}  # fmt: skip
    for key, value in stated.values.items():
        known = listed.get(key.partition(":")[0], ())
        if known and value not in known:
            said = {"name": key, "value": value, "choices": ", ".join(known)}
            log.error("adopt_answer_unknown", Place(), **said)
    if sheets:
        _check_headers(stated, sheets, log)
        _check_sheets(stated, sheets, log)


def _check_headers(stated: Stated, sheets: list[Sheet], log: Log) -> None:
    """The headers that the user names stand in some sheet, and for one field each."""
    by_header: dict[str, dict[str, str]] = {}
    for name, header in stated.columns.items():
        by_header.setdefault(cells.folded(header), {})[name] = header
    for same in by_header.values():
        scopes = Counter(n.rpartition(".")[0] for n in same)
        if max(scopes.values()) > 1 and "" in scopes:
            names, header = ", ".join(same), next(iter(same.values()))
            log.error("adopt_header_for_two", names=names, header=header)
    top = (c for sheet in sheets for row in sheet.rows[:MERGED_ROWS] for c in row)
    seen = dict.fromkeys(cells.clean(c.lstrip(cells.MARKS)) for c in top)
    for sheet in sheets if stated.columns else ():
        grid = grids.grid_of(sheet, Log())
        seen |= dict.fromkeys(grid.titles.values()) if grid else {}
    folded = {cells.folded(t) for t in seen}
    for name, header in stated.columns.items():
        if cells.folded(header) not in folded:
            like = nearest(header, seen) or "-"
            # What a mapping of another year names for one kind of sheet may have a new name.
            say = log.warn if "." in name else log.error
            say("adopt_header_unknown", Place(), name=name, header=header, nearest=like)


def _check_sheets(stated: Stated, sheets: list[Sheet], log: Log) -> None:
    """The sheets and the kinds that the user names exist."""
    known = {n for s in sheets for n in (s.sheet, s.file, _whole(s)) if n}
    for text in stated.sheets:
        kind, sign, sheet_of = text.partition("=")
        wanted = sheet_of if sign else text
        # A mapping of another year names files that had other names.
        file = bool(sign) and Path(wanted).suffix.lower() in TABLE_FILES
        if cells.folded(wanted) not in {cells.folded(n) for n in known} and not file:
            like = nearest(wanted, known) or "-"
            say = log.warn if sign else log.error
            say("adopt_sheet_missing", Place(), name=wanted, nearest=like)
        if sign and kind not in {*TABLES, *(k.name for k in KINDS)}:
            choices = ", ".join(k.name for k in KINDS)
            log.error("adopt_kind_unknown", Place(), name=kind, choices=choices)


# --------------------------------------------------------------------------------------------------
# One reading of an office's files with what was said of them, and the folder that is made of it:
# the same for the command, the page and scripts.


@dataclass(frozen=True)
class Adoption:
    """Raw files as they were read: what they hold, by what was said of them, and what is open."""

    paths: list[Path]
    held: Adopted
    log: Inquiry
    stated: Stated


def stated_by(
    stated: Stated, mapping_file: str | Path | None, encoding: str | None, log: Log
) -> Stated:
    """What was said of raw files, over what a mapping says, with the encoding of old fonts."""
    if mapping_file:
        stated = stated.over(mapping.read(Path(mapping_file), log))
    return stated.with_answer("--value", "encoding", encoding) if encoding else stated


def read_raw(paths: list[Path], stated: Stated, before: Log) -> Adoption:
    """The files read with what was said of them; findings come after those made ``before``."""
    log = Inquiry(findings=[*before.findings])
    return Adoption(paths, adopted(paths, stated, log), log, stated)


def written_into(adoption: Adoption, target: Path, language: str) -> tuple[Path, list[Finding]]:
    """The folder ``target`` (new or empty) with a scenario around raw tables and the mapping by
    which they were read: its workbook, and what a check of it finds.

    Raises :class:`InputError` where findings stop it.
    """
    if adoption.log.failed:
        raise InputError(adoption.log.findings)
    with starter.complete(target) as folder:
        name = starter.around(adoption.held, folder, language, adoption.paths[0].name).name
        text = mapping.written(adoption.log, adoption.stated, language)
        (folder / mapping.FILE).write_text(text, encoding="utf-8", newline="\n")
        _, gaps, _ = inspect(folder)
    return target / name, gaps


@dataclass(frozen=True)
class ColumnTaken:
    """A column of a raw table, and what it was taken for."""

    place: Place
    """Of its header."""
    header: str
    kind: str
    """The kind of its sheet; empty where that is none."""
    name: str
    """The field, role or item that it was taken for; empty where it was left out."""
    how: str
    """Why: ``stated`` (by the user), ``header`` (its words), ``device``, ``year``, ``grade``,
    ``attribute`` (of schools, kept as it stands), ``aside`` (needed for no field), ``left``;
    ``open`` (which of several sheets is read is asked), ``none`` (its sheet is no table)."""
    samples: tuple[str, ...]
    """Its first different cells."""


def columns_taken(adoption: Adoption) -> list[ColumnTaken]:
    """Every column of the raw tables, sheet by sheet, those of sheets that are no tables too."""
    sheets = [(s.grid, s.kind.kind, s.rows) for s in adoption.held.sources]
    sheets += [(g, "", None) for g in adoption.held.strays]
    return [
        _taken(grid, kind, rows, position, adoption.stated)
        for grid, kind, rows in sheets
        for position in grid.titles
    ]


SAMPLES = 3
"""Cells that are shown of a column."""


def _taken(
    grid: Grid, kind: str, rows: RawRows | None, position: int, stated: Stated
) -> ColumnTaken:
    """What one column was taken for."""
    title, samples = grid.titles[position], dict[str, None]()
    for _, row in grid.body():
        if position < len(row) and row[position].strip():
            samples[cells.shown(row[position])] = None
        if len(samples) == SAMPLES:
            break
    said = stated.headers(kind).get(cells.folded(title), "") if kind else ""
    fields = {} if rows is None else {p: n for n, p in rows.fields.items()}
    device = next((d for d in grid.devices if d.position == position), None)
    known = {n for model in TABLES.values() for n in contracts.columns(model)}
    # Of several columns that may hold a role, the first one does.
    roles = [r for r in KEPT.get(kind, ()) if grid.roles.get(r, ())[:1] == [position]]
    unread = rows is None and kind not in BY_ROLES
    name, how = "", "none" if not kind else "open" if unread else "left"
    if position in fields and fields[position] in known:
        name, how = fields[position], "stated" if said == fields[position] else "header"
    elif device is not None and (kind == "wide" or (rows is not None and position in rows.used)):
        meant = stated.words("item").get(cells.folded(device.device), device.item)
        name, how = "" if meant == mapping.OUT else meant, "device"
    elif position in fields:
        name, how = fields[position], "attribute"
    elif rows is None and roles:
        name, how = roles[0], "stated" if said in roles else "header"
    elif rows is None and kind and position in {*grid.years, *grid.periods}:
        name, how = str(grid.years.get(position, "")), "year"
    elif rows is not None and rows.kind == "schools" and position in grid.grades:
        summed = "pupils" in rows.made
        name, how = ("pupils", "grade") if summed else ("", "left")
    elif rows is not None and (position in rows.used or position in dict(rows.header.asides)):
        how = "aside"
    place = grid.sheet.place(grid.row, position, title)
    return ColumnTaken(place, title, kind, name, how, tuple(samples))


def fields_of(kind: str) -> list[str]:
    """The fields and roles that a column of a kind of sheet may be said to hold
    (``--column kind.field=header``)."""
    table = next((k.table for k in KINDS if k.name == kind), kind)
    own = KEPT.get(kind, ())
    if kind in BY_ROLES:
        return list(own)
    return list(dict.fromkeys([*contracts.columns(TABLES[table]), *own]))
