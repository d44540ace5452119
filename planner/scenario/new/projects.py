"""Money by year as offices plan it → requests with their costs, or funds with their amounts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import cast, get_args

from pydantic import ValidationError

from planner.messages.numbers import minor_digits
from planner.scenario import contracts
from planner.scenario.contracts import TABLES, Column
from planner.scenario.new import grids, words
from planner.scenario.new.devices import NOTHING, Owners, counted, several
from planner.scenario.new.grids import Grid
from planner.scenario.new.mapping import OUT, Inquiry, Stated
from planner.scenario.new.starter import Cells, Given
from planner.scenario.new.words import Schools
from planner.scenario.reading import body, units, values
from planner.scenario.reading.headers import Header
from planner.scenario.reading.sources import MERGED_ROWS, Sheet
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
    scales: dict[int, Scale] = field(init=False)
    rows: list[int] = field(init=False)
    """Rows that are data."""
    missing: list[str] = field(default_factory=list)
    """Cells that say that there is no amount."""
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
        found = units.of_sheet("request_costs", grid.sheet, header, columns, self.currency, log)
        plain = own_unit(self.currency) or Unit("", MONEY)
        said: set[tuple[str, Decimal]] = set()
        self.scales = {}
        for name, (position, title) in header.positions.items():
            unit = found.get(name, plain)
            cells = [self.cell(i, position) for i, _ in grid.body()]
            scale = Scale(_AMOUNT, unit, [c for c in cells if not words.is_missing(c)])
            self.scales[position] = scale
            for cell in cells:
                if cell.strip() and not words.is_missing(cell):
                    scale.read(cell)
            # One sentence a unit, not one a column.
            if not unit.same and (unit.text, unit.times) not in said:
                said.add((unit.text, unit.times))
                scale.say(grid.sheet.place(grid.row, position, title), title, log)

    def cell(self, index: int, position: int) -> str:
        """A cell of money without its currency's sign."""
        row = self.grid.sheet.rows[index]
        return words.bare_money(row[position]) if position < len(row) else ""

    def amount(self, index: int, position: int) -> int | None:
        """Minor units in a cell; ``None`` where there is none, after a finding where the cell is
        neither a figure nor a mark for a missing one."""
        cell = self.cell(index, position)
        if not cell.strip() or words.is_missing(cell):
            if cell.strip():
                self.missing.append(values.shown(cell))
            return None
        reading = self.scales[position].read(cell)
        place = self.grid.sheet.place(index, position, self.grid.titles[position])
        if reading.problem:
            self.log.error(reading.problem, place, value=values.shown(cell))
            return None
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
    read = Years(grid, currency, log)
    top, name = grid.sheet.place(grid.row), grid.roles["project"][0]
    _place_periods(grid, stated, log)
    fund = stated.value("fund")
    if fund not in funds:
        log.ask("adopt_fund_unknown", top, "fund", tuple(funds), choices=", ".join(funds))
    position = grid.first("school", "location")
    _say_columns(grid, log)
    rows = read.data(name, position)
    owners, homeless = _owners(grid, rows, position, schools, log)
    requests: list[Cells] = []
    costs: list[Cells] = []
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
        first = next((t for t in sorted(lost) if t != NOTHING), "-")
        total = major(unplaced, currency)
        said = {"names": counted(lost), "total": total, "currency": currency, "first": first}
        log.warn("adopt_projects_unplaced", top, **said)
    if read.missing:
        tally = {m: read.missing.count(m) for m in dict.fromkeys(read.missing)}
        log.warn("adopt_amounts_missing", top, names=counted(tally))
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
) -> tuple[dict[int, str], dict[int, str]]:
    """School by row, and the rows whose school is unknown with what they say."""
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
    return owners, {
        k: t for k, t in texts.items() if k not in owners and t in {**lost, **found.closed}
    }


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


def funds(grid: Grid, currency: str, stated: Stated, log: Inquiry) -> dict[str, Fund]:
    """Money by fund and year, from rows of funds with columns of years, or a row a fund and year.

    A fund's nature is what its name says; which of several pays the upkeep is asked."""
    read = Years(grid, currency, log)
    name = grid.roles["fund"][0]
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
    if read.missing:
        tally = {m: read.missing.count(m) for m in dict.fromkeys(read.missing)}
        log.warn("adopt_amounts_missing", grid.sheet.place(grid.row), names=counted(tally))
    total = major(sum(sum(a.values()) for _, a in found.values()), currency)
    top = grid.sheet.place(grid.row)
    names = several(t for t, _ in found.values())
    log.note("adopt_funds", top, names=names, total=total, currency=currency)
    return _funds_of(found, grid, stated, log)


def _funds_of(
    found: Mapping[str, tuple[str, dict[int, int]]], grid: Grid, stated: Stated, log: Inquiry
) -> dict[str, Fund]:
    """Funds by id, of their titles and their amounts by year."""
    top = grid.sheet.place(grid.row)
    known = contracts.choice_names(get_args(Nature))
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
            code, params = contracts.explained(error.errors(include_url=False)[-1])
            log.error(code, top, **params)
    return made
