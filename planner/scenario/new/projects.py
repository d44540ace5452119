"""Money by year as offices plan it → requests with their costs, or funds with their amounts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast, get_args

from pydantic import ValidationError

from planner.errors import Place
from planner.messages import Term
from planner.messages.numbers import minor_digits
from planner.scenario import contracts
from planner.scenario.contracts import TABLES, Column
from planner.scenario.new import grids, words
from planner.scenario.new.devices import NOTHING, Owners, counted, several
from planner.scenario.new.grids import Grid
from planner.scenario.new.mapping import OUT, Inquiry, Stated
from planner.scenario.new.starter import Cells, Given
from planner.scenario.new.synthetic import in_currency
from planner.scenario.new.words import Schools
from planner.scenario.reading import body, headers, units, values
from planner.scenario.reading.headers import Header
from planner.scenario.reading.sources import MERGED_ROWS, Log, Sheet
from planner.scenario.reading.units import MONEY, Scale, Unit
from planner.scenario.schema import Fund, Nature, Text

OPTION = "a"
"""The one option of a request made from a project."""
_AMOUNT = replace(contracts.columns(TABLES["request_costs"])["amount"], optional=True)
_ID_MARKS = re.compile(r"[^\w.-]+")


def own_unit(currency: str) -> Unit | None:
    """The unit of figures of money that say none, where the currency has minor units: offices
    write dollars, a scenario holds cents."""
    digits = minor_digits(currency)
    return Unit(currency, MONEY, Decimal(10) ** digits, currency=currency) if digits else None


UNIT, MARK = "money_unit", "decimal"
"""What may be said of money whose table says no unit, and of figures with an open mark."""
_YEARLY = 50
"""Times the price of the cheapest devices, money by fund, project and year is never all below."""


def unit_stated(stated: Stated, kind: str, currency: str) -> Unit | None:
    """The unit of money that the user named for sheets of a kind that say none themselves."""
    key = f"{kind}.{UNIT}" if stated.value(f"{kind}.{UNIT}") else UNIT
    if not (said := stated.value(key)):
        return None
    found = units.read(said, MONEY, currency)
    return None if found is None or found.kind == "harmless" else replace(found, text=said)


def mark_stated(stated: Stated, title: str) -> str:
    """The decimal mark that the user named for a column, or for all."""
    return stated.words(MARK).get(values.folded(title), stated.value(MARK))


def refuse(problem: str, place: Place, cell: str, title: str, log: Log) -> None:
    """A finding on a cell of figures, with the answer that decides an open mark."""
    more = {}
    if problem == "number_ambiguous":
        mark = next(c for c in cell if c in ".,")
        more = {"named": f"{MARK}:{title}", "mark": mark}
        more["answer"] = f'--value "{more["named"]}={mark}"'
    log.error(problem, place, value=values.shown(cell), **more)


def say_small(
    kind: str, place: Place, amounts: Collection[int], currency: str, log: Log, price: int = 0
) -> None:
    """A finding where amounts in minor units that no unit was stated for are implausibly small:
    all of them, or, with ``price`` that of the cheapest item, their sum."""
    least = in_currency(1_000_000, currency)
    least *= 1 if kind in ("prices", "catalogue") else _YEARLY
    if not any(amounts):
        return
    said: dict[str, Any] = {"key": f"{kind}.{UNIT}", "currency": currency}
    said["total"] = major(sum(amounts), currency)
    if max(amounts) < least:
        log.warn("adopt_money_small", place, most=major(max(amounts), currency), **said)
    elif sum(amounts) < price:
        log.warn("adopt_money_below_price", place, price=major(price, currency), **said)


def unit_unsaid(
    figures: Sequence[str], title: str, place: Place, currency: str, log: Inquiry
) -> Unit | None:
    """The unit of figures of money whose sheet says none: whole units of a currency that has
    minor ones; else nothing, unless signs, units in cells or decimals have to be read away. Cents
    in a currency without any are asked about."""
    if unit := own_unit(currency):
        return unit
    distinct = [c for c in dict.fromkeys(figures) if c.strip() and not words.is_missing(c)]
    plain = {c: words.bare_money(c) for c in distinct}
    odd = [c for c in distinct if plain[c] != c or values.whole(c).problem]
    cents = [c for c in odd if (v := words.figure(c)) is not None and v != v.to_integral_value()]
    if cents:
        said: dict[str, Any] = {"name": title, "value": values.shown(cents[0])}
        log.ask("adopt_money_cents", place, "currency", ("USD", "EUR", "GBP"), currency=currency,
                count=len(cents), **said)  # fmt: skip
        return None
    named = any(units.in_cell(c, currency) for c in odd)
    readable = odd and all(words.figure(c) is not None for c in odd)
    return Unit("", MONEY) if readable or named else None


_PRICED = re.compile(r"(US\$|[$€£₹])\s*-?\d|\d\s*(€|£|₫|USD|EUR|GBP)(?!\w)", re.IGNORECASE)
_NAMED = re.compile(
    r"\b(USD|EUR|GBP|AUD|CAD|VND|VNĐ)\b|(?:[(\[,]|\bin)\s*(US\$|[$€£])|đồng|\bđ\b", re.I
)
LOOKED_AT = 400
"""Rows of a sheet in which signs of currencies are looked for."""


def currencies(sheet: Sheet, columns: Collection[int] | None) -> dict[str, str]:
    """Currency → the cell that names it, of all that the first rows of a sheet name in ``columns``
    (``None``: in all)."""
    found: dict[str, str] = {}
    for number, row in enumerate(sheet.rows[:LOOKED_AT]):
        for position, cell in enumerate(row):
            if columns is not None and position not in columns:
                continue
            match = _PRICED.search(cell) or (_NAMED.search(cell) if number < MERGED_ROWS else None)
            if match:
                sign = next((g for g in match.groups() if g), "₫").casefold()
                code = words.SIGNS.get(sign, "VND" if sign == "vnđ" else sign.upper())
                found.setdefault(code, values.shown(cell))
    return found


def major(amount: int, currency: str) -> Decimal:
    """Minor units as an amount of the currency, as people say it."""
    return Decimal(amount).scaleb(-minor_digits(currency))


@dataclass
class Years:
    """A sheet with columns of money by year, read into minor units."""

    grid: Grid
    currency: str
    log: Inquiry
    kind: str
    """The kind of sheet."""
    name: int
    """Position of the column that names what the money is for."""
    stated: Stated
    scales: dict[int, Scale] = field(init=False)
    rows: list[int] = field(init=False)
    """Rows that are data."""
    missing: list[str] = field(default_factory=list)
    """Cells that say that there is no amount."""
    open: dict[int, list[str]] = field(default_factory=dict)
    """Row → headers of cells that say so."""
    unsaid: bool = field(init=False)
    """Whether nothing says which unit the figures are in."""
    headings: list[grids.Heading] = field(default_factory=list)

    def __post_init__(self) -> None:
        grid, log = self.grid, self.log
        roles = ("total", "before", "after", "amount", "money")
        money = [*grid.years, *grid.periods, *(p for r in roles for p in grid.roles.get(r, ()))]
        columns: dict[str, Column] = {}
        header = Header(grid.row, first_row=grid.row)
        for position in dict.fromkeys(money):
            columns[f"{position}"] = _AMOUNT
            title = grid.titles[position]
            header.positions[f"{position}"] = (position, title)
            header.remarks[f"{position}"] = [
                r for r in units.brackets(title)[1] if units.speaks(r)
            ]  # fmt: skip
        plain = own_unit(self.currency) or Unit("", MONEY)
        default = unit_stated(self.stated, self.kind, self.currency) or plain
        found = headers.units_of("request_costs", grid.sheet, header, columns, self.currency, log,
                               (), default)  # fmt: skip
        self.unsaid = any(found.get(n) is plain for n in columns)
        said: set[tuple[str, Decimal]] = set()
        self.scales = {}
        for name, (position, title) in header.positions.items():
            unit = found.get(name, plain)
            cells = [self.cell(i, position) for i, _ in grid.body()]
            cells = [c for c in cells if c.strip() and not words.is_missing(c)]
            mark = mark_stated(self.stated, title)
            scale = Scale(_AMOUNT, unit, cells, self.currency, mark)
            self.scales[position] = scale
            for cell in cells:
                scale.read(cell)
            # A sign of money beside the figures says what they are, too.
            bodies = (r[position] for _, r in grid.body() if position < len(r))
            self.unsaid = self.unsaid and all(words.bare_money(c) == c for c in bodies)
            # One sentence a unit, not one a column; units in cells are said of each.
            again = (unit.text, unit.times) in said
            said.add((unit.text, unit.times))
            scale.example = None if again else scale.example
            scale.say(grid.sheet.place(grid.row, position, title), title, log)

    def cell(self, index: int, position: int) -> str:
        """A cell of money without its currency's sign; what the user said where it has none."""
        row = self.grid.sheet.rows[index]
        cell = row[position] if position < len(row) else ""
        if cell.strip() and words.is_missing(cell):
            cell = self.stated.words("amount").get(values.folded(self.key(index, position)), cell)
        return words.figure_of(cell, self.currency)

    def key(self, index: int, position: int) -> str:
        """A cell by the name of its row and its header: «Displays · FY25»."""
        row = self.grid.sheet.rows[index]
        named = values.clean(row[self.name].lstrip(values.MARKS)) if self.name < len(row) else ""
        return f"{named}{words.JOINED}{self.grid.titles[position]}"

    def amount(self, index: int, position: int) -> int | None:
        """Minor units in a cell; ``None`` where there is none, after a finding where the cell is
        neither a figure nor a mark for a missing one."""
        cell = self.cell(index, position)
        if not cell.strip() or words.is_missing(cell):
            if cell.strip():
                self.missing.append(values.shown(cell))
                self.open.setdefault(index, []).append(self.grid.titles[position])
            return None
        reading = self.scales[position].read(cell)
        title = self.grid.titles[position]
        place = self.grid.sheet.place(index, position, title)
        if reading.problem:
            refuse(reading.problem, place, cell, title, self.log)
            return None
        if words.is_missing(self.grid.sheet.rows[index][position]):
            said = {"amount": major(int(reading.value), self.currency), "currency": self.currency}
            self.log.warn("adopt_amount_assumed", place, name=self.key(index, position), **said)
        if reading.value < 0:
            self.log.error("adopt_amount_negative", place, value=values.shown(cell))
            return None
        return int(reading.value)

    def data(self, name: int, owner: int | None = None) -> list[int]:
        """The rows with a name, without totals and headings (which are checked) and notes (which
        are said). A heading's counter is one that only headings bear, or it has no ``owner`` and
        sums up the rows below it."""
        kept: list[int] = []
        totals: list[int] = []
        rows = list(self.grid.body())
        counters = grids.counters_of(self.grid.titles)
        heads = body.heading_counters(r[p] for p in counters for _, r in rows if p < len(r))
        for place, (index, row) in enumerate(rows):
            text = values.clean(row[name]) if name < len(row) else ""
            first = next((values.clean(c) for c in row if c.strip()), "")
            filled = sum(bool(c.strip()) for c in row)
            counter = next((values.clean(row[p]) for p in counters if p < len(row)), "")
            if any(body.is_total(t) or body.like_total(t) for t in (text, first) if t):
                totals.append(index)
            elif (counter and counter.lstrip(values.MARKS) in heads) or (
                text and owner is not None and self._heads(rows[place:], owner)
            ):
                self.headings.append(grids.heading(self.grid.sheet, index, counters))
            elif not text or filled < 2:
                said = " ".join(values.shown(c) for c in row if c.strip())
                self.log.warn("adopt_row_left_out", self.grid.sheet.place(index), value=said)
            else:
                kept.append(index)
                if any(units.speaks(r) for r in units.brackets(text)[1]):
                    place_of = self.grid.sheet.place(index, name, self.grid.titles[name])
                    self.log.error("note_holds_unit", place_of, value=text)
        bounds = [h.row for h in self.headings]
        for index in bounds:
            end = next((b for b in [*bounds, *totals] if b > index), len(self.grid.sheet.rows))
            later = [k for k in kept if k > index]
            self._check_total(index, [k for k in later if k < end], later)
        for index in totals:
            above = [k for k in kept if k < index]
            since = max([b for b in [*bounds, *totals] if b < index], default=-1)
            near = [k for k in above if k > since]
            # A total above everything sums up what is below.
            self._check_total(index, above or kept, *([near, kept] if above else []))
        self.rows = kept
        return kept

    def _heads(self, rows: Sequence[tuple[int, Sequence[str]]], owner: int) -> bool:
        """Whether the first row has no owner and sums up the rows with one below it."""
        index, row = rows[0]
        if owner < len(row) and row[owner].strip():
            return False
        below: list[int] = []
        for other, cells in rows[1:]:
            if owner >= len(cells) or not cells[owner].strip():
                break
            below.append(other)
        said = {p: self.quiet(index, p) for p in self.grid.years}
        summed = {p: sum(self.quiet(k, p) or 0 for k in below) for p in self.grid.years}
        return bool(below) and all(v is None or v == summed[p] for p, v in said.items())

    def _check_total(self, index: int, *scopes: Sequence[int]) -> None:
        """A total against the rows that it may sum up, column by column."""
        for position, title in ((p, self.grid.titles[p]) for p in self.scales):
            said = self.quiet(index, position)
            sums = [sum(self.quiet(k, position) or 0 for k in scope) for scope in scopes]
            if said is not None and said not in sums:
                self.differs(index, position, title, said, sums[0])

    def differs(self, index: int, position: int, title: str, said: int, summed: int) -> None:
        """Say that a total is not what the rows or the years add up to."""
        place = self.grid.sheet.place(index, position, title)
        stated, added = (major(n, self.currency) for n in (said, summed))
        self.log.warn("adopt_total_differs", place, name=title, said=stated, summed=added, open="-")

    def say_amounts(
        self, carried: Collection[int], amounts: Collection[int], cheapest: int = 0
    ) -> None:
        """What is not known of the rows that are carried over, with the years, and whether their
        ``amounts`` in minor units are likely in a unit that nothing states."""
        top = self.grid.sheet.place(self.grid.row)
        if self.missing:
            tally = Counter(self.missing)
            self.log.warn("adopt_amounts_missing", top, names=counted(tally))
        open_ = {k: titles for k, titles in self.open.items() if k in carried}
        if open_:
            cells = (self.grid.sheet.rows[k][self.name] for k in open_)
            named = [values.clean(c.lstrip(values.MARKS)) for c in cells]
            pairs = zip(named, open_.values(), strict=True)
            names = several(f"«{n}» ({', '.join(titles)})" for n, titles in pairs)
            first = f"{named[0]}{words.JOINED}{next(iter(open_.values()))[0]}"
            table = {"projects": "requests", "funds": "funds"}[self.kind]
            kind = Term(table, f"table.{table}")
            self.log.warn("adopt_amounts_open", top, names=names, kind=kind, first=first)
        if self.unsaid:
            # Beside cells that name their unit, those that name none are looked at alone.
            aside = {p for r in ("total", "before", "after") for p in self.grid.roles.get(r, ())}
            read = {(k, p): self.cell(k, p) for k in carried for p in {*self.scales} - aside}
            plain = [at for at, c in read.items() if not units.in_cell(c, self.currency)]
            if len(plain) < len(read):
                amounts, cheapest = [self.quiet(*at) or 0 for at in plain], 0
            say_small(self.kind, top, amounts, self.currency, self.log, cheapest)

    def section(self, index: int) -> str:
        """What the heading above a row says, or an empty text."""
        return next((h.text for h in self.headings[::-1] if h.row < index), "")

    def quiet(self, index: int, position: int) -> int | None:
        """As :meth:`amount`, without findings."""
        cell = self.cell(index, position)
        if not cell.strip() or words.is_missing(cell):
            return None
        reading = self.scales[position].read(cell)
        return None if reading.problem else int(reading.value)


@dataclass(frozen=True)
class Planned:
    """Projects as tables, and the years that they span."""

    tables: dict[str, Given]
    years: tuple[int, int]


def projects(
    grid: Grid, schools: Schools, funds: Sequence[str], currency: str, stated: Stated, log: Inquiry
) -> Planned:
    """Projects by year as requests of one option each, with their costs."""
    top, name = grid.sheet.place(grid.row), grid.roles["project"][0]
    read = Years(grid, currency, log, "projects", name, stated)
    _place_periods(grid, stated, log)
    fund = stated.value("fund")
    if fund not in funds:
        log.ask("adopt_fund_unknown", top, "fund", tuple(funds), choices=", ".join(funds))
    position = grid.first("school", "location")
    _say_columns(grid, log)
    rows = read.data(name, position)
    owners, homeless, first = _owners(grid, rows, position, schools, log)
    requests: list[Cells] = []
    costs: list[Cells] = []
    carried: list[int] = []
    lost: dict[str, int] = {}
    unplaced = 0
    idle: list[str] = []
    """Projects without a known amount in the planned years: as requests they would be free."""
    width = max(2, len(str(len(rows))))
    for number, index in enumerate(rows, start=1):
        paid = {y: read.amount(index, p) for p, y in grid.years.items()}
        _check_row(read, index, paid)
        if index in homeless:
            text = homeless[index] or NOTHING
            lost[text] = lost.get(text, 0) + 1
            unplaced += sum(v or 0 for v in paid.values())
        if index not in owners or not any(paid.values()):
            idle += [values.clean(grid.sheet.rows[index][name])] if index in owners else []
            continue
        carried.append(index)
        request = f"p{number:0{width}d}"
        title = values.clean(grid.sheet.rows[index][name])
        requests.append(
            {
                "request": request,
                "school": owners[index],
                "option": OPTION,
                "title": title,
                "reason": read.section(index),
            }
        )
        for year, amount in sorted(paid.items()):
            if amount:
                costs.append({"request": request, "option": OPTION, "fund": fund, "year": year,
                              "amount": amount})  # fmt: skip
    if lost:
        total = major(unplaced, currency)
        said = {"names": counted(lost), "total": total, "currency": currency, "first": first}
        log.warn("adopt_projects_unplaced", top, **said)
    read.say_amounts(carried, [c["amount"] for c in costs])
    if idle and not log.failed:
        log.warn("adopt_projects_idle", top, count=len(idle), names=several(f"«{t}»" for t in idle))
    unused = [p for r in ("before", "after", "order") for p in grid.roles.get(r, ())]
    _say_sums(read, rows, unused, stated)
    span = _span(grid)
    titles = several(f"«{grid.titles[p]}» = {y}" for p, y in grid.years.items())
    log.note("adopt_projects", top, count=len(requests), years=titles,
             total=major(sum(c["amount"] for c in costs), currency), currency=currency)  # fmt: skip
    wanted = {"requests": ("request", "school", "option", "title", "reason"),
              "request_costs": ("request", "option", "fund", "year", "amount")}  # fmt: skip
    tables = {
        table: Given({n: contracts.columns(TABLES[table])[n] for n in names}, rows_of)
        for (table, names), rows_of in zip(wanted.items(), (requests, costs), strict=True)
    }
    return Planned(tables, span)


def _span(grid: Grid) -> tuple[int, int]:
    """The first and the last year with a column, else of a period whose year is asked."""
    years = [*grid.years.values()] or [y for span in grid.periods.values() for y in span]
    return min(years), max(years)


def _place_periods(grid: Grid, stated: Stated, log: Inquiry) -> None:
    """Money of a period of years counts in the one year that the user named, or not at all; which
    is asked."""
    said = stated.words("year")
    for position, (first, last) in grid.periods.items():
        title = grid.titles[position]
        answer = said.get(values.folded(title))
        choices = (*map(str, range(first, last + 1)), OUT)
        place, key = grid.sheet.place(grid.row, position, title), f"year:{title}"
        if answer is None:
            log.ask("adopt_period_open", place, key, choices, name=title, first=str(first))
        elif answer not in choices:
            listed = ", ".join(choices)
            log.error("adopt_answer_unknown", place, name=key, value=answer, choices=listed)
        elif answer != OUT:
            grid.years[position] = int(answer)


def _open_periods(grid: Grid, stated: Stated) -> set[int]:
    """Positions of periods of which nothing is said yet."""
    said = stated.words("year")
    return {p for p in grid.periods if values.folded(grid.titles[p]) not in said}


def _say_sums(read: Years, rows: Sequence[int], unused: Sequence[int], stated: Stated) -> None:
    """The sums of columns that are not carried over, and of periods that count in one year."""
    grid, log = read.grid, read.log
    asked = _open_periods(grid, stated)
    for position in (*unused, *(p for p in grid.periods if p not in asked)):
        title, top = grid.titles[position], grid.sheet.place(grid.row)
        priced = position in read.scales
        spent = sum(read.quiet(i, position) or 0 for i in rows) if priced else 0
        total = major(spent, read.currency) if priced else "-"
        if position in grid.years:
            said = {"year": str(grid.years[position]), "currency": read.currency}
            log.warn("adopt_period_assumed", top, name=title, total=total, **said)
        else:
            log.note("adopt_column_unused", top, name=title, total=total)


def _say_columns(grid: Grid, log: Inquiry) -> None:
    """Columns that are not carried over, and years that stand twice."""
    roles = ("project", "school", "location", "total", "before", "after", "order")
    read = {p for r in roles for p in grid.roles.get(r, ())}
    read |= {*grid.years, *grid.periods}
    left = [t for p, t in grid.titles.items() if p not in read]
    top = grid.sheet.place(grid.row)
    if left:
        log.note("adopt_columns_aside", top, names=", ".join(f"«{t}»" for t in left))
    for year, count in Counter(grid.years.values()).items():
        if count > 1:
            names = ", ".join(f"«{grid.titles[p]}»" for p, y in grid.years.items() if y == year)
            log.error("adopt_year_twice", top, year=str(year), names=names)


def _owners(
    grid: Grid,
    rows: Sequence[int],
    position: int | None,
    schools: Schools,
    log: Inquiry,
) -> tuple[dict[int, str], dict[int, str], str]:
    """School by row, the rows whose school is unknown with what they say, and what an answer may
    name of it."""
    owners: dict[int, str] = {}
    texts: dict[int, str] = {}
    for index in rows:
        row = grid.sheet.rows[index]
        cell = row[position] if position is not None and position < len(row) else ""
        # Without a column of schools, a project's own name may hold one.
        title = row[grid.roles["project"][0]]
        texts[index] = str(values.words(cell if position is not None else title).value or "")
    found = Owners(schools, grid, texts.values(), log)
    for index in rows:
        if texts[index] and (school := found.school(texts[index], place=True)):
            owners[index] = school
    counts = Counter(t for k, t in texts.items() if k not in owners)
    lost = found.say(counts)
    homeless = {k: t for k, t in texts.items() if k not in owners and t in {**lost, **found.closed}}
    return owners, homeless, found.first_of(Counter(t or NOTHING for t in homeless.values()))


def _check_row(read: Years, index: int, paid: dict[int, int | None]) -> None:
    """A row's total against its years and what stands before and after them."""
    grid = read.grid
    beside = [p for r in ("before", "after") for p in grid.roles.get(r, ())]
    beside += [p for p in grid.periods if p not in grid.years]
    for position in grid.roles.get("total", ()):
        said = read.quiet(index, position)
        summed = sum(v or 0 for v in paid.values())
        whole = summed + sum(read.quiet(index, p) or 0 for p in beside)
        if said is not None and said not in (summed, whole):
            read.differs(index, position, grid.titles[position], said, whole)


def funds(
    grid: Grid, currency: str, stated: Stated, log: Inquiry, cheapest: int
) -> dict[str, Fund]:
    """Money by fund and year, from rows of funds with columns of years, or a row a fund and year.

    A fund's nature is what its name says; which of several pays the upkeep is asked. ``cheapest``
    is the least price of the catalogue in minor units, 0 where none is known."""
    name = grid.roles["fund"][0]
    read = Years(grid, currency, log, "funds", name, stated)
    _place_periods(grid, stated, log)
    amount, year_at = grid.first("amount", "money", "total"), grid.first("year")
    found: dict[str, tuple[str, dict[int, int]]] = {}
    rows = read.data(name)
    _say_sums(read, rows, (), stated)
    for index in rows:
        title = values.clean(grid.sheet.rows[index][name].lstrip(values.MARKS))
        fund = next((f for f, (t, _) in found.items() if t == title), "")
        if not fund:
            plain = "-".join(words.bare(re.findall(r"[^\W_]+", title.casefold())))
            fund = _ID_MARKS.sub("-", plain)[:60] or f"fund-{len(found) + 1}"
            fund = fund if fund not in found else f"{fund}-{len(found) + 1}"
            found[fund] = (title, {})
        paid = {y: read.amount(index, p) for p, y in grid.years.items()}
        if not grid.years and not grid.periods and amount is not None and year_at is not None:
            row = grid.sheet.rows[index]
            cell = row[year_at] if year_at < len(row) else ""
            year = values.year(cell)
            if year.problem or not year.value or not 1900 <= year.value <= 2200:
                place = grid.sheet.place(index, year_at, grid.titles[year_at])
                log.error("year_unreadable", place, value=values.shown(cell))
                continue
            paid = {int(year.value): read.amount(index, amount)}
        _check_row(read, index, paid)
        amounts = found[fund][1]
        for year_paid, units_paid in paid.items():
            if units_paid is not None:
                amounts[year_paid] = amounts.get(year_paid, 0) + units_paid
    top = grid.sheet.place(grid.row)
    every = [n for _, amounts in found.values() for n in amounts.values()]
    read.say_amounts(rows, every, cheapest)
    total = major(sum(every), currency)
    names = several(t for t, _ in found.values())
    log.note("adopt_funds", top, names=names, total=total, currency=currency)
    return _funds_of(found, grid, stated, log)


def _funds_of(
    found: Mapping[str, tuple[str, dict[int, int]]], grid: Grid, stated: Stated, log: Inquiry
) -> dict[str, Fund]:
    """Funds by id, of their titles and their amounts by year."""
    top = grid.sheet.place(grid.row)
    known = values.choice_names(get_args(Nature))
    natures = {f: known.get(values.folded(t), "") for f, (t, _) in found.items()}
    recurrent = [f for f, nature in natures.items() if nature == "recurrent"]
    paying = stated.value("pays_upkeep")
    if not paying and (len(found) == 1 or len(recurrent) == 1):
        paying = recurrent[0] if recurrent else next(iter(found))
    if paying not in found:
        choices = ", ".join(found)
        log.ask("adopt_upkeep_open", top, "pays_upkeep", tuple(found), choices=choices)
    made: dict[str, Fund] = {}
    for fund, (title, amounts) in found.items():
        nature = cast(Nature, natures[fund]) if natures[fund] else None
        said = {"name": Text(vi=title, en=title), "nature": nature, "amounts": amounts}
        try:
            made[fund] = Fund.model_validate({**said, "pays_upkeep": fund == paying})
        except ValidationError as error:
            code, params = values.explained(error.errors(include_url=False)[-1])
            log.error(code, top, **params)
    return made
