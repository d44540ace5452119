"""What no single cell can tell: what checks look at, ids and rows across tables, and schools,
stock, catalogue and norms. One function each, all of them run."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from itertools import combinations, zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.errors import Place
from planner.scenario.contracts import MEASURED_LEVELS, SCHOOL_DRIVERS, School
from planner.scenario.measures import as_text, school_keys, schools_in
from planner.scenario.new.words import likeness
from planner.scenario.reading import values
from planner.scenario.reading.sources import SAME_KIND, Log, Node, Rows, nearest
from planner.scenario.schema import Letterhead, Settings

Said = dict[str, Any]
"""What a sentence of a finding needs."""
SMALL = 10_000
"""Rows of a table that are kept as objects while all checks run."""
Exact = npt.NDArray[np.object_]
Places = npt.NDArray[np.int64]


def records(frame: pd.DataFrame) -> list[Any]:
    """The rows of a small table, cells by column name."""
    if frame.empty:
        return []
    row = _row_of(tuple(frame.columns))
    return list(map(row._make, zip(*(cells.tolist() for _, cells in frame.items()), strict=True)))


@cache
def _row_of(names: tuple[str, ...]) -> Any:
    """The type of a table's rows: making it anew costs more than reading a small table."""
    return namedtuple("Row", names, rename=True)


@dataclass
class Checked:
    """What the checks look at: settings, typed tables, the places of both, and the log."""

    settings: Settings
    frames: Mapping[str, pd.DataFrame]
    places: Mapping[str, Rows]
    tree: Node
    log: Log
    unread: frozenset[str] = field(default=frozenset())
    """Tables that were named but could not be read."""
    kept: dict[Any, Any] = field(default_factory=dict)
    """What several checks look at, made once."""

    @cached_property
    def school_rows(self) -> dict[str, int]:
        """School id → the first row of ``schools`` that has it."""
        ids = self.frames["schools"]["school"].tolist()
        return dict(zip(reversed(ids), range(len(ids) - 1, -1, -1), strict=True))

    @cached_property
    def last_price_year(self) -> int:
        """The last year that a price is asked for: of the plan and its tail, or of a project."""
        schools = self.frames["schools"]
        ready = schools.loc[schools["group"] == "preparing", "ready"].dropna()
        return max([self.settings.all_years[-1], *map(int, ready)])

    @cached_property
    def served(self) -> dict[str, np.ndarray[Any, np.dtype[np.bool_]]]:
        """Fund → ``[school]`` whether its ``where`` admits the school."""
        schools = self.frames["schools"]
        return {
            name: schools_in(schools, fund.where).to_numpy(dtype=bool)
            for name, fund in self.settings.funds.items()
        }

    def records(self, table: str) -> list[Any]:
        """The rows of a table, cells by column name; of a small one they are kept, for every check
        looks at them."""
        if len(self.frames[table]) > SMALL:
            return records(self.frames[table])
        if table not in self.kept:
            self.kept[table] = records(self.frames[table])
        found: list[Any] = self.kept[table]
        return found

    @cached_property
    def needs(self) -> Needs:
        """How much the norms ask for, which several checks look at."""
        return Needs(self)

    def cell(self, table: str, row: int, name: str) -> Place:
        """The place of a cell of a table."""
        rows = self.places.get(table)
        return Place(table, "", row + 1, name) if rows is None else rows.place(row, name)

    def table(self, table: str) -> Place:
        """The place of a whole table."""
        rows = self.places.get(table)
        return Place(table) if rows is None else rows.place()

    def called(self, table: str) -> str:
        """A table as the user calls it: its sheet, or its file; ``funds`` stand in the settings."""
        if table == "funds":
            return self.of_key("funds").sheet or table
        rows = self.places.get(table)
        return (rows.source.sheet or rows.source.file) if rows is not None else table

    def title(self, table: str, name: str) -> str:
        """A column's header as the user wrote it, or its id where the table has no such column."""
        rows = self.places.get(table)
        return (rows.positions.get(name, (0, ""))[1] if rows is not None else "") or name

    def said(self, table: str, row: int, name: str) -> str:
        """A cell as the user wrote it; what it was read as where there is none."""
        rows = self.places.get(table)
        if rows is not None and name in rows.positions:
            cells_of_row = rows.source.rows[int(rows.numbers[row])]
            position = rows.positions[name][0]
            text = values.shown(cells_of_row[position]) if position < len(cells_of_row) else ""
            if text.strip():
                return " ".join(text.split())
        return str(self.frames[table][name].iloc[row])

    def each(
        self,
        code: str,
        at: tuple[str, str],
        rows: Any,
        says: Callable[[int], Said],
        warn: bool = False,
    ) -> None:
        """A finding for each of ``rows`` (a mask, or a list of positions) in the table and column
        ``at``; beyond some they are counted."""
        table, column = at
        say = self.log.warn if warn else self.log.error
        found = rows if isinstance(rows, list) else np.flatnonzero(np.asarray(rows, dtype=bool))
        for row in map(int, found[:SAME_KIND]):
            say(code, self.cell(table, row, column), **says(row))
        if len(found) > SAME_KIND:
            where = replace(self.cell(table, int(found[0]), column), row=None)
            say("more_of_the_same", where, count=len(found) - SAME_KIND, like=code)

    def key(self, *steps: str | int) -> Place:
        """The place of a settings value, or of the nearest key above it."""
        node = self.tree.at(steps)
        if node is self.tree:
            return Place(node.place.file, "", None, "", ".".join(str(s) for s in steps))
        return node.place

    def of_key(self, *steps: str | int) -> Place:
        """The place of a settings key itself."""
        node = self.tree.at(steps)
        return node.key_place or node.place


class Needs:
    """How much norms ask for at most, whatever the year."""

    def __init__(self, c: Checked) -> None:
        self.c = c
        self.schools = c.frames["schools"]
        self._levels = self.schools["level"].to_numpy(dtype=object)
        self._figures: dict[str, tuple[Places, list[Any]]] = {}
        self._asked: dict[tuple[Any, ...], Exact] = {}

    def of_norm(self, norm: Any) -> Exact:
        """``[school]``: the units that a norm asks for with the largest figure of any year."""
        asks = (norm.level, norm.only, norm.per, norm.every, norm.minimum, norm.maximum)
        if asks not in self._asked:
            self._asked[asks] = self._units(norm)
        return self._asked[asks]

    def _units(self, norm: Any) -> Exact:
        mask = self._levels == norm.level
        name, mark, value = (p.strip() for p in norm.only.partition("="))
        if mark and name in self.schools.columns:
            mask = mask & schools_in(self.schools, {name: value}).to_numpy(dtype=bool)
        codes, distinct = self.figures(norm.per)
        every, exact = Fraction(norm.every), map(Fraction, distinct)
        units = [-(-v.numerator * every.denominator // (v.denominator * every.numerator))
                 for v in exact]  # fmt: skip
        if norm.maximum is not pd.NA:
            units = [min(u, int(norm.maximum)) for u in units]
        if norm.minimum is not pd.NA:
            units = [max(u, int(norm.minimum)) for u in units]
        return np.where(mask, np.array(units, dtype=object)[codes], 0)

    def figures(self, driver: str) -> tuple[Places, list[Any]]:
        """``[school]`` code of the largest figure of any year, and the figures."""
        if driver not in self._figures:
            found: list[Any] = [int(driver == "school")] * len(self.schools)
            if driver != "school" and driver in self.schools.columns:
                column = self.schools[driver].tolist()
                found = [0 if v is pd.NA or v is None or v == "" else v for v in column]
                found = [Decimal(v) if isinstance(v, str) else v for v in found]
            changes = self.c.frames["drivers"]
            changes = changes[changes["driver"] == driver]
            for school, value in zip(changes["school"], changes["value"], strict=True):
                at = self.c.school_rows[school]
                found[at] = max(found[at], value)
            codes, distinct = pd.factorize(np.array(found, dtype=object))
            self._figures[driver] = codes, list(distinct)
        return self._figures[driver]


DECLARED_IN = {
    "school": "schools", "item": "catalogue", "fund": "funds", "request": "requests",
    "criterion": "criteria",
}  # fmt: skip
REFERENCES = tuple(
    (table, column, DECLARED_IN[column])
    for table, columns in {
        "drivers": ("school",),
        "inventory": ("school", "item"),
        "norms": ("item",),
        "needs": ("school", "item"),
        "requests": ("school",),
        "request_costs": ("request", "fund"),
        "request_items": ("request", "item"),
        "commitments": ("school", "item", "fund"),
        "bans": ("school", "item", "fund"),
        "capacities": ("item", "fund"),
        "locks": ("school", "item", "fund", "request"),
        "criterion_items": ("criterion", "item"),
        "indicators": ("school",),
    }.items()
    for column in columns
)
"""Columns that name an id of another table: (table, column, where it is declared)."""

UNIQUE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("schools", ("school",)),
    ("catalogue", ("item",)),
    ("drivers", ("school", "driver", "year")),
    ("needs", ("school", "item", "year")),
    ("requests", ("request", "option")),
    ("request_items", ("request", "option", "item", "year")),
    ("commitments", ("school", "item", "fund", "year")),
    ("criteria", ("criterion",)),
    ("criterion_items", ("criterion", "item", "reached")),
    ("indicators", ("school", "criterion", "year")),
)
"""Columns whose combination stands once in a table."""


def declared(c: Checked, kind: str) -> list[str]:
    """The ids that a table, or the settings for ``funds``, declares."""
    if kind == "funds":
        return list(c.settings.funds)
    column = next(k for k, table in DECLARED_IN.items() if table == kind)
    return list(c.frames[kind][column].unique())


def ids_are_declared(c: Checked) -> None:
    """Every id that a table names is declared where it belongs."""
    for table, column, target in REFERENCES:
        if target in c.unread or c.frames[table].empty:
            continue
        ids, named, called = declared(c, target), c.frames[table][column], c.called(target)

        def says(row: int, ids: Any = ids, named: Any = named, called: str = called) -> Said:
            return {"table": called} | _near(named[row], ids)

        c.each("id_unknown", (table, column), ~named.isin([*ids, ""]), says)


def _near(name: str, known: Iterable[str]) -> dict[str, str]:
    """What sentences say of a name that is not known: the name, and the one most like it."""
    return {"name": name, "nearest": nearest(name, known) or "-"}


def rows_are_unique(c: Checked) -> None:
    """What identifies a row stands once."""
    for table, names in UNIQUE:
        if len(c.frames[table]) < 2:
            continue
        keys = c.frames[table][list(names)]
        repeated = keys.duplicated() & (keys[names[0]] != "")

        def says(row: int, table: str = table, keys: pd.DataFrame = keys) -> Said:
            own = keys.loc[row]
            said = [c.said(table, row, n) if str(v) else "" for n, v in own.items()]
            same = np.logical_and.reduce([(keys[n] == own[n]).to_numpy() for n in keys.columns])
            first = c.cell(table, int(np.argmax(same)), str(keys.columns[0])).row
            return {"value": ", ".join(said), "first": str(first)}

        c.each("row_twice", (table, names[0]), repeated, says)


def added_rows_differ(c: Checked) -> None:
    """Two identical rows of stock, or of what a request costs, are most likely one row copied
    twice; both are counted."""
    for table, code, names in (
        ("inventory", "stock_row_repeated", ("school", "item")),
        ("request_costs", "cost_row_repeated", ("request", "option", "fund", "year")),
    ):
        frame = c.frames[table]
        repeated = np.flatnonzero(frame.duplicated().to_numpy())
        for row in repeated[:SAME_KIND]:
            params = {n: str(frame[n][row]) for n in names}
            c.log.warn(code, c.cell(table, int(row), names[0]), **params)
        if len(repeated) > SAME_KIND:
            count = len(repeated) - SAME_KIND
            c.log.warn("more_of_the_same", c.table(table), count=count, like=code)


def there_are_schools(c: Checked) -> None:
    """A plan needs at least one school."""
    if c.frames["schools"].empty and "schools" not in c.unread:
        c.log.error("table_without_rows", c.table("schools"), name=c.called("schools"))


def building_years(c: Checked) -> None:
    """Groups 2 and 3 say when the building is ready; a project is proposed from y0 on."""
    schools, first = c.frames["schools"], c.settings.years[0]
    ids, group, ready = schools["school"], schools["group"], schools["ready"]
    at = ("schools", "ready")
    building = group.isin(["under_construction", "preparing"])
    c.each("ready_missing", at, building & ready.isna(),
           lambda r: {"school": ids[r], "group": c.said("schools", r, "group")})  # fmt: skip
    late = (group == "preparing") & (ready < first).fillna(False)
    c.each("ready_before_plan", at, late,
           lambda r: {"school": ids[r], "year": str(ready[r]), "first": str(first)})  # fmt: skip
    early = (group == "completed") & (ready > first).fillna(False)
    c.each("ready_after_completion", at, early,
           lambda r: {"school": ids[r], "year": str(ready[r])}, warn=True)  # fmt: skip


def project_amounts(c: Checked) -> None:
    """A building project's amount belongs to a preparing school, and to such only."""
    schools, at = c.frames["schools"], ("schools", "project_amount")
    ids, preparing = schools["school"], schools["group"] == "preparing"
    given = schools["project_amount"].notna()
    c.each("project_amount_missing", at, preparing & ~given,
           lambda r: {"school": ids[r]}, warn=True)  # fmt: skip
    unused = ~preparing & given & (schools["group"] != "")
    c.each("project_amount_unused", at, unused,
           lambda r: {"school": ids[r], "group": c.said("schools", r, "group")},
           warn=True)  # fmt: skip
    project = [f for f in c.settings.funds.values() if f.role == "project"]
    if preparing.any() and not project:
        c.log.warn("project_fund_missing", c.of_key("funds"), count=int(preparing.sum()))


def stock_years(c: Checked) -> None:
    """Stock exists in the first plan year, and ends after it began."""
    frame, first = c.frames["inventory"], c.settings.years[0]
    acquired, until = frame["acquired"], frame["usable_until"]
    c.each("acquired_after_start", ("inventory", "acquired"), acquired > first,
           lambda r: {"year": str(acquired[r]), "first": str(first)})  # fmt: skip
    ended = (until < acquired).fillna(False)
    c.each("usable_before_acquired", ("inventory", "usable_until"), ended,
           lambda r: {"year": str(until[r]), "acquired": str(acquired[r])})  # fmt: skip


def driver_names(c: Checked) -> None:
    """A driver row names a figure that norms can count."""
    names = c.frames["drivers"]["driver"]
    known = [*SCHOOL_DRIVERS, *_attributes(c), *c.frames["norms"]["per"].unique()]
    c.each("driver_unknown", ("drivers", "driver"), ~names.isin([*known, ""]),
           lambda r: _near(names[r], known))  # fmt: skip


def proposal_names(c: Checked) -> None:
    """The letterhead names an area column and budget owners that the schools have."""
    wanted, schools = c.settings.proposal, c.frames["schools"]
    if wanted.area and wanted.area not in schools.columns:
        c.log.error("report_area_unknown", c.key("proposal", "area"), column=wanted.area)
    for owner in wanted.owners:
        if owner not in set(schools["owner"]):
            c.log.error("report_owner_unknown", c.of_key("proposal", "owners", owner), owner=owner)


def quarters_are_whole(c: Checked) -> None:
    """The shares of a year's money that its quarters take are 1 in all."""
    shares = c.settings.proposal.quarters
    if shares is not None and sum(shares) != 1:
        c.log.error("quarters_not_whole", c.key("proposal", "quarters"), found=sum(shares))


def legal_bases_have_days(c: Checked) -> None:
    """Days of legal bases are days of the calendar, the last in force not before the first."""
    wanted = c.settings.proposal
    heads: list[tuple[tuple[str, ...], Letterhead]] = [(("proposal",), wanted)]
    heads += [(("proposal", "owners", owner), own) for owner, own in wanted.owners.items()]
    for place, head in heads:
        for basis in head.legal_bases:
            where, name = c.key(*place, "legal_bases"), basis.number or basis.text
            for key in ("date", "in_force_from", "in_force_to"):
                day = getattr(basis, key)
                try:
                    datetime.date.fromisoformat(day or "2000-01-01")
                except ValueError:
                    c.log.error("basis_day", where, name=name, key=key, day=day)
            if basis.in_force_to and basis.in_force_to < basis.in_force_from:
                days = {"first": basis.in_force_from, "last": basis.in_force_to}
                c.log.error("basis_days", where, name=name, **days)


def _attributes(c: Checked) -> list[str]:
    return school_keys(c.frames["schools"])[len(School.model_fields) :]


def item_prices(c: Checked) -> None:
    """Low ≤ price ≤ high; without a price there is no amount that says how many units."""
    for row, item in enumerate(c.records("catalogue")):
        low, high = item.price_low, item.price_high
        if not item.whole and not all(p for p in (item.price, low, high) if p is not pd.NA):
            place = c.cell("catalogue", row, "price")
            c.log.error("price_zero_not_whole", place, item=item.item)
        if not item.price:
            continue
        for column, least, most in (
            ("price_low", low, item.price),
            ("price_high", item.price, high),
        ):
            if least is not pd.NA and most is not pd.NA and least > most:
                said = {"item": item.item, "low": int(least), "high": int(most)}
                c.log.error("price_order", c.cell("catalogue", row, column), **said)


def item_payments(c: Checked) -> None:
    """The parts of a payment schedule sum to 1."""
    for row, item in enumerate(c.records("catalogue")):
        total = sum(item.payments, Decimal(0))
        if total != 1:
            place = c.cell("catalogue", row, "payments")
            c.log.error("payments_sum", place, item=item.item, total=total)


def item_lots(c: Checked) -> None:
    """Only whole units come in lots."""
    frame = c.frames["catalogue"]
    loose = ~frame["whole"] & (frame["lot"] > 1)
    c.each("lot_not_whole", ("catalogue", "lot"), loose, lambda r: {"item": frame["item"][r]})


def item_prerequisites(c: Checked) -> None:
    """Prerequisites exist, each with its capacity, and never run in a circle."""
    frame = c.frames["catalogue"]
    ids, loose = set(frame["item"]), set(frame["item"][~frame["whole"]])
    graph: dict[str, list[str]] = {}
    for row, item in enumerate(c.records("catalogue")):
        place, where = c.cell("catalogue", row, "requires"), c.cell("catalogue", row, "capacity")
        for name in item.requires:
            if name not in ids:
                c.log.error("id_unknown", place, table=c.called("catalogue"), **_near(name, ids))
        count, found = len(item.requires), len(item.capacity)
        if found and found != count:
            c.log.error("capacity_count", where, item=item.item, count=count, found=found)
        for name, given in zip_longest(item.requires, item.capacity[:count]):
            # Any part of an item that is not whole would otherwise serve any number.
            if name in loose and given is None:
                c.log.error("capacity_needed", where, item=item.item, required=name)
        graph[item.item] = [name for name in item.requires if name in ids]
    for circle in _circles(graph):
        row = int(np.argmax((frame["item"] == circle[0]).to_numpy()))
        chain = " → ".join([*circle, circle[0]])
        c.log.error("requires_cycle", c.cell("catalogue", row, "requires"), chain=chain)


def _circles(graph: Mapping[str, list[str]]) -> list[list[str]]:
    """One circle for each part of the graph that has one (no recursion)."""
    found: list[list[str]] = []
    done: set[str] = set()
    for start in graph:
        path: list[str] = []
        stack: list[tuple[str, int]] = [(start, 0)]
        while stack:
            node, depth = stack.pop()
            del path[depth:]
            if node in path:
                found.append(path[path.index(node) :])
                break
            if node in done:
                continue
            path.append(node)
            stack.extend((n, depth + 1) for n in graph.get(node, ()))
            if not graph.get(node):
                done.add(node)
        done |= {start, *path}
    return found


def norm_bounds(c: Checked) -> None:
    """minimum ≤ maximum."""
    low, high = c.frames["norms"]["minimum"], c.frames["norms"]["maximum"]
    c.each("norm_bounds", ("norms", "minimum"), (low > high).fillna(False),
           lambda r: {"low": int(low[r]), "high": int(high[r])})  # fmt: skip


def norm_drivers(c: Checked) -> None:
    """A norm counts a figure that schools have."""
    if "schools" in c.unread:
        return
    per = c.frames["norms"]["per"]
    drivers = c.frames["drivers"]["driver"].unique()
    known = ["school", *SCHOOL_DRIVERS, *_attributes(c), *drivers]
    c.each("driver_unknown", ("norms", "per"), ~per.isin([*known, ""]),
           lambda r: _near(per[r], known))  # fmt: skip


def numeric_attributes(c: Checked) -> None:
    """An attribute that a norm counts holds numbers; they are brought to one form."""
    schools = c.frames["schools"]
    counted = set(c.frames["norms"]["per"]) | set(c.frames["drivers"]["driver"])
    for name in _attributes(c):
        if name not in counted:
            continue
        texts = []
        for row, text in enumerate(schools[name]):
            reading = values.decimal(text) if text else values.Reading(Decimal(0))
            if reading.problem or reading.value < 0:
                code, place = reading.problem or "value_below", c.cell("schools", row, name)
                c.log.error(code, place, value=text, bound="0")
            number = Decimal(values.plain_number(str(reading.value or 0)))
            texts.append(values.safe_number(number) if text else "")
        schools[name] = pd.Series(texts, dtype="str", index=schools.index)


def norm_conditions(c: Checked) -> None:
    """``only`` says ``attribute=value`` of a known attribute."""
    if "schools" in c.unread:
        return
    keys = school_keys(c.frames["schools"])
    for row, norm in enumerate(c.records("norms")):
        if not norm.only:
            continue
        place = c.cell("norms", row, "only")
        name, mark, value = (p.strip() for p in norm.only.partition("="))
        if not mark or not name or not value:
            c.log.error("only_unreadable", place, value=norm.only)
        elif name not in keys:
            c.log.error("attribute_unknown", place, **_near(name, keys))
        elif not schools_in(c.frames["schools"], {name: value}).any():
            known = c.frames["schools"][name].map(as_text).unique()
            like = nearest(value, known) or "-"
            c.log.warn("only_matches_none", place, value=norm.only, nearest=like)


def norms_match_once(c: Checked) -> None:
    """No school has two norms for one item that begin in the same year."""
    frame, schools = c.frames["norms"], c.frames["schools"]
    keys = ["item", "level", "from_year"]
    several = frame[frame.duplicated(keys, keep=False)]
    if several.empty:
        return
    for _, same in several.groupby(keys, dropna=False, sort=False):
        taken: list[tuple[int, pd.Series]] = []
        for row in same.index:
            mask = schools["level"] == frame["level"][row]
            if frame["only"][row]:
                name, _, value = (p.strip() for p in frame["only"][row].partition("="))
                mask &= schools_in(schools, {name: value})
            for other, seen in taken:
                both = mask & seen
                if both.any() or frame["only"][row] == frame["only"][other]:
                    school = schools["school"][both.idxmax()] if both.any() else "-"
                    place, first = (c.cell("norms", int(r), "item") for r in (row, other))
                    said = {"item": frame["item"][row], "school": school, "first": str(first.row)}
                    c.log.error("norm_twice", place, **said)
                    break
            taken.append((int(row), mask))


def weights_count(c: Checked) -> None:
    """The items that a level needs do not all weigh nothing."""
    norms, catalogue = c.frames["norms"], c.frames["catalogue"]
    weights = dict(zip(catalogue["item"], catalogue["weight"], strict=True))
    for level, rows in norms.groupby("level", sort=False):
        items = [i for i in rows["item"].unique() if i in weights]
        if items and sum(weights[i] for i in items) == 0:
            place = c.cell("norms", int(rows.index[0]), "level")
            c.log.error("weights_all_zero", place, level=str(level))


MAXIMUM = re.compile(
    r"(?:(?:điểm|points?|score)\s*/|thang(?:\s+điểm)?|tối\s+đa|out\s+of|max(?:imum)?\.?)"
    r"\s*:?\s*(\d+(?:[.,]\d+)?)(?![\d/])",
    re.IGNORECASE,
)
"""The highest value as a criterion's name says it: ``điểm/30``, ``thang điểm 10``, ``out of 5``."""
FEW_CRITERIA = 200
"""Criteria up to which spellings that differ by a slip of the pen are looked for."""
ALIKE = 0.9
"""Likeness (0–1) of two names from which they may be one."""


def indicator_values(c: Checked) -> None:
    """No measured value or target is above what can be reached, or below nothing."""
    frame = c.frames["indicators"]
    matches = {name: MAXIMUM.search(name) for name in frame["criterion"].unique()}
    said = {name: Decimal(m[1].replace(",", ".")) for name, m in matches.items() if m}
    # A condition is met (1) or not; every other criterion has its most points.
    said |= {r.criterion: Decimal(1) if r.mandatory else r.most for r in c.records("criteria")}
    given = frame.groupby("criterion", sort=False)["maximum"].agg(lambda v: v.dropna().nunique())
    for name in given.index[given > 1]:
        mine = frame.index[(frame["criterion"] == name) & frame["maximum"].notna()]
        one = frame["maximum"][mine[0]]
        row = next(int(r) for r in mine if frame["maximum"][r] != one)
        place, other = c.cell("indicators", row, "maximum"), frame["maximum"][row]
        c.log.error("indicator_maxima", place, criterion=name, one=one, other=other)
    for column in ("value", "target"):
        found: dict[str, dict[int, dict[str, Any]]] = {"indicator_above": {}, "value_below": {}}
        cells = zip(frame["criterion"], frame[column], frame["maximum"], strict=True)
        for row, (name, number, given_most) in enumerate(cells):
            most = said.get(name) if pd.isna(given_most) else given_most
            if most is None or pd.isna(number) or 0 <= number <= most:
                continue
            code = "indicator_above" if number > most else "value_below"
            bound = most if number > most else Decimal(0)
            found[code][row] = {"value": number, "bound": bound, "criterion": name}
        for code, rows in found.items():
            c.each(code, ("indicators", column), list(rows), rows.__getitem__)


WHOLE_GROUP = 100
"""Points that the criteria of a group sum to."""


def criteria_add_up(c: Checked) -> None:
    """Each group of criteria by which a school was measured sums to 100 at every level that it
    measures; no more points come from equipment than a criterion has."""
    frame, given = c.frames["criteria"], c.frames["criterion_items"]
    measured = frame["criterion"].isin(c.frames["indicators"]["criterion"]).any()
    for group in frame["group"].unique() if measured else ():
        mine = frame[(frame["group"] == group) & ~frame["mandatory"]]
        measured_at = [row.levels or MEASURED_LEVELS for row in records(mine)]
        sums: dict[Decimal, list[str]] = {}
        for level in MEASURED_LEVELS:
            at_level = [level in known for known in measured_at]
            total = sum(mine["most"][at_level], Decimal(0))
            if any(at_level):
                sums.setdefault(total, []).append(level)
        for total, levels in sums.items():
            if total != WHOLE_GROUP:
                place = c.cell("criteria", int(mine.index[0]), "group")
                of = ", ".join(levels) if len(sums) > 1 else ""
                c.log.warn("criteria_group_sum", place, group=group, sum=total, levels=of)
    loose = set(c.frames["catalogue"]["item"][~c.frames["catalogue"]["whole"]])
    stepped = given["reached"].notna() & given["item"].isin(loose)

    def says(row: int) -> Said:
        return {"item": given["item"][row]}

    c.each("criterion_step_loose", ("criterion_items", "reached"), stepped, says)
    most = dict(zip(frame["criterion"], frame["most"], strict=True))
    for name, points in given.groupby("criterion", sort=False)["points"].sum().items():
        if points > most.get(name, points):
            row = int(given.index[given["criterion"] == name][-1])
            place, bound = c.cell("criterion_items", row, "points"), most[name]
            c.log.error("criterion_items_above", place, criterion=name, value=points, bound=bound)


def criteria_measured(c: Checked) -> None:
    """Schools are measured by criteria that apply to their level, and by those of the set."""
    frame, criteria = c.frames["indicators"], c.frames["criteria"]
    if criteria.empty or frame.empty:
        return
    levels = {r.criterion: r.levels or MEASURED_LEVELS for r in c.records("criteria")}
    others = ~frame["criterion"].isin(levels.keys())
    if others.any():
        row = int(np.argmax(others.to_numpy()))
        name, count = frame["criterion"][row], int(others.sum())
        near = nearest(name, levels.keys()) or ""
        place = c.cell("indicators", row, "criterion")
        c.log.warn("criterion_unlisted", place, value=name, count=count, nearest=near)
    level_of = dict(zip(c.frames["schools"]["school"], c.frames["schools"]["level"], strict=True))
    school_levels = frame["school"].map(level_of)
    outside = [
        row
        for row, (name, level) in enumerate(zip(frame["criterion"], school_levels, strict=True))
        if name in levels and isinstance(level, str) and level not in levels[name]
    ]

    def says(row: int) -> Said:
        return {"criterion": frame["criterion"][row], "level": school_levels[row]}

    c.each("criterion_outside", ("indicators", "criterion"), outside, says, warn=True)
    first = c.settings.years[0]
    late = np.flatnonzero((~others & (frame["year"] >= first)).to_numpy(dtype=bool))
    if len(late):
        place = c.cell("indicators", int(late[0]), "year")
        c.log.warn("criterion_measured_late", place, count=len(late), first=str(first))


def criteria_spelt_once(c: Checked) -> None:
    """A criterion is spelt in one way: two spellings would be two criteria, each with a mean of
    its own schools alone."""
    frame = c.frames["indicators"]
    names = frame["criterion"]
    names = names[~names.isin(c.frames["criteria"]["criterion"])]
    counts = names[names != ""].value_counts(sort=False)
    ways: dict[str, list[str]] = {}
    for name in counts.index:
        ways.setdefault(_bare(name), []).append(name)
    usual_names: list[str] = []
    for same in ways.values():
        usual_names.append(max(same, key=lambda n: counts[n]))  # the first of the most frequent
        for name in same:
            if name != usual_names[-1]:
                _spelt_otherwise(c, "criterion_spelt_twice", name, usual_names[-1])
    if len(usual_names) > FEW_CRITERIA:
        return
    schools = {n: set(frame["school"][names.index[names == n]]) for n in usual_names}
    bare = {n: _bare(n) for n in usual_names}
    digits = {n: [ch for ch in b if ch.isdigit()] for n, b in bare.items()}
    for one, other in combinations(usual_names, 2):
        # A slip of the pen changes few letters, and no figure.
        slip = digits[one] == digits[other]
        slip = slip and likeness(bare[one], bare[other]) >= ALIKE
        if slip and not schools[one] & schools[other]:
            rare, usual = (one, other) if counts[one] < counts[other] else (other, one)
            _spelt_otherwise(c, "criterion_alike", rare, usual)


def _spelt_otherwise(c: Checked, code: str, name: str, usual: str) -> None:
    """Says the first row of a spelling, how many have it, and where the usual one stands."""
    column = c.frames["indicators"]["criterion"]
    rows = np.flatnonzero((column == name).to_numpy())
    first = c.cell("indicators", int(np.argmax((column == usual).to_numpy())), "criterion").row
    place = c.cell("indicators", int(rows[0]), "criterion")
    say = c.log.error if code == "criterion_spelt_twice" else c.log.warn
    say(code, place, value=name, count=len(rows), other=usual, first=str(first))


def _bare(text: str) -> str:
    """Letters and digits of a name without case, marks and tones: what spelling may change."""
    split = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    kept = "".join(ch for ch in split if not unicodedata.combining(ch))
    return " ".join("".join(ch if ch.isalnum() else " " for ch in kept).split())


CHECKS = (
    there_are_schools,
    building_years,
    project_amounts,
    stock_years,
    driver_names,
    proposal_names,
    quarters_are_whole,
    legal_bases_have_days,
    item_prices,
    item_payments,
    item_lots,
    item_prerequisites,
    norm_bounds,
    norm_drivers,
    numeric_attributes,
    norm_conditions,
    norms_match_once,
    weights_count,
    indicator_values,
    criteria_add_up,
    criteria_measured,
    criteria_spelt_once,
)
OF_TABLES = (
    *(item_prices, item_payments, item_lots, item_prerequisites),
    *(norm_bounds, indicator_values, criteria_add_up, criteria_spelt_once),
)
"""Checks that look at tables alone, not at the settings."""
