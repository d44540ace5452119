"""What no single cell can tell: what checks look at, ids and rows across tables, and schools,
stock, catalogue and norms. One function each, all of them run."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Place
from planner.scenario.contracts import SCHOOL_DRIVERS, School
from planner.scenario.measures import as_text, school_keys, schools_in
from planner.scenario.reading import values
from planner.scenario.reading.sources import SAME_KIND, Log, Node, Rows, nearest
from planner.scenario.schema import Settings


def records(frame: pd.DataFrame) -> list[Any]:
    """The rows of a small table, cells by column name."""
    return list(frame.itertuples(index=False))


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
        self, code: str, cells: tuple[str, str], rows: Any, params: Callable[[int], dict[str, Any]]
    ) -> None:
        """An error for each of ``rows`` in a column of a table; beyond some they are counted."""
        table, column = cells
        for row in rows[:SAME_KIND]:
            self.log.error(code, self.cell(table, int(row), column), **params(int(row)))
        if len(rows) > SAME_KIND:
            where = self.cell(table, int(rows[0]), column)
            self.log.error(
                "more_of_the_same",
                Place(where.file, where.sheet, None, where.column),
                count=len(rows) - SAME_KIND,
                like=code,
            )

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


REFERENCES: tuple[tuple[str, str, str], ...] = (
    ("drivers", "school", "schools"),
    ("inventory", "school", "schools"),
    ("inventory", "item", "catalogue"),
    ("norms", "item", "catalogue"),
    ("needs", "school", "schools"),
    ("needs", "item", "catalogue"),
    ("requests", "school", "schools"),
    ("request_costs", "request", "requests"),
    ("request_costs", "fund", "funds"),
    ("request_items", "request", "requests"),
    ("request_items", "item", "catalogue"),
    ("commitments", "school", "schools"),
    ("commitments", "item", "catalogue"),
    ("commitments", "fund", "funds"),
    ("bans", "school", "schools"),
    ("bans", "item", "catalogue"),
    ("bans", "fund", "funds"),
    ("capacities", "item", "catalogue"),
    ("capacities", "fund", "funds"),
    ("locks", "school", "schools"),
    ("locks", "item", "catalogue"),
    ("locks", "fund", "funds"),
    ("locks", "request", "requests"),
    ("indicators", "school", "schools"),
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
    ("indicators", ("school", "criterion", "year")),
)
"""Columns whose combination stands once in a table."""


def declared(c: Checked, kind: str) -> list[str]:
    """The ids that a table, or the settings for ``funds``, declares."""
    if kind == "funds":
        return list(c.settings.funds)
    column = {"schools": "school", "catalogue": "item", "requests": "request"}[kind]
    return list(c.frames[kind][column].unique())


def ids_are_declared(c: Checked) -> None:
    """Every id that a table names is declared where it belongs."""
    for table, column, target in REFERENCES:
        if target in c.unread or c.frames[table].empty:
            continue
        ids = declared(c, target)
        named = c.frames[table][column]
        unknown = ~named.isin([*ids, ""])
        rows = np.flatnonzero(unknown.to_numpy())
        unknown_id = partial(_unknown, named, ids, c.called(target))
        c.each("id_unknown", (table, column), rows, unknown_id)


def _unknown(named: pd.Series, ids: list[str], called: str, row: int) -> dict[str, Any]:
    name = named.iloc[row]
    return {"name": name, "table": called, "nearest": nearest(name, ids) or "-"}


def rows_are_unique(c: Checked) -> None:
    """What identifies a row stands once."""
    for table, names in UNIQUE:
        frame = c.frames[table]
        if frame.empty:
            continue
        given = (frame[names[0]] != "").to_numpy()
        keys = frame[list(names)]
        repeated = np.flatnonzero(keys.duplicated().to_numpy() & given)
        if len(repeated):
            c.each("row_twice", (table, names[0]), repeated, partial(_repeated, c, table, keys))


def _repeated(c: Checked, table: str, keys: pd.DataFrame, row: int) -> dict[str, Any]:
    own = keys.loc[row]
    said = [c.said(table, row, n) if str(v) else "" for n, v in own.items()]
    same = np.logical_and.reduce([(keys[n] == own[n]).to_numpy() for n in keys.columns])
    first = c.cell(table, int(np.argmax(same)), str(keys.columns[0])).row
    return {"value": ", ".join(said), "first": str(first)}


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


def _rows(mask: Any) -> list[int]:
    return [int(r) for r in np.flatnonzero(np.asarray(mask, dtype=bool))]


def there_are_schools(c: Checked) -> None:
    """A plan needs at least one school."""
    if c.frames["schools"].empty and "schools" not in c.unread:
        c.log.error("table_without_rows", c.table("schools"), name=c.called("schools"))


def building_years(c: Checked) -> None:
    """Groups 2 and 3 say when the building is ready; a project is proposed from y0 on."""
    schools = c.frames["schools"]
    first = c.settings.years[0]
    building = schools["group"].isin(["under_construction", "preparing"])
    for row in _rows(building & schools["ready"].isna()):
        c.log.error(
            "ready_missing",
            c.cell("schools", row, "ready"),
            school=schools["school"][row],
            group=c.said("schools", row, "group"),
        )
    late = (schools["group"] == "preparing") & (schools["ready"] < first).fillna(False)
    for row in _rows(late):
        c.log.error(
            "ready_before_plan",
            c.cell("schools", row, "ready"),
            school=schools["school"][row],
            year=str(schools["ready"][row]),
            first=str(first),
        )
    early = (schools["group"] == "completed") & (schools["ready"] > first).fillna(False)
    for row in _rows(early):
        c.log.warn(
            "ready_after_completion",
            c.cell("schools", row, "ready"),
            school=schools["school"][row],
            year=str(schools["ready"][row]),
        )


def project_amounts(c: Checked) -> None:
    """A building project's amount belongs to a preparing school, and to such only."""
    schools = c.frames["schools"]
    preparing = schools["group"] == "preparing"
    given = schools["project_amount"].notna()
    for row in _rows(preparing & ~given):
        c.log.warn(
            "project_amount_missing",
            c.cell("schools", row, "project_amount"),
            school=schools["school"][row],
        )
    for row in _rows(~preparing & given & (schools["group"] != "")):
        c.log.warn(
            "project_amount_unused",
            c.cell("schools", row, "project_amount"),
            school=schools["school"][row],
            group=c.said("schools", row, "group"),
        )
    project = [f for f in c.settings.funds.values() if f.role == "project"]
    if preparing.any() and not project:
        c.log.warn("project_fund_missing", c.of_key("funds"), count=int(preparing.sum()))


def stock_years(c: Checked) -> None:
    """Stock exists in the first plan year, and ends after it began."""
    frame = c.frames["inventory"]
    first = c.settings.years[0]
    for row in _rows(frame["acquired"] > first):
        c.log.error(
            "acquired_after_start",
            c.cell("inventory", row, "acquired"),
            year=str(frame["acquired"][row]),
            first=str(first),
        )
    ended = (frame["usable_until"] < frame["acquired"]).fillna(False)
    for row in _rows(ended):
        c.log.error(
            "usable_before_acquired",
            c.cell("inventory", row, "usable_until"),
            year=str(frame["usable_until"][row]),
            acquired=str(frame["acquired"][row]),
        )


def driver_names(c: Checked) -> None:
    """A driver row names a figure that norms can count."""
    frame = c.frames["drivers"]
    known = [*SCHOOL_DRIVERS, *_attributes(c), *c.frames["norms"]["per"].unique()]
    for row in _rows(~frame["driver"].isin([*known, ""])):
        name = frame["driver"][row]
        c.log.error(
            "driver_unknown",
            c.cell("drivers", row, "driver"),
            name=name,
            nearest=nearest(name, known) or "-",
        )


def proposal_names(c: Checked) -> None:
    """The letterhead names an area column and budget owners that the schools have."""
    wanted, schools = c.settings.proposal, c.frames["schools"]
    if wanted.area and wanted.area not in schools.columns:
        c.log.error("report_area_unknown", c.key("proposal", "area"), column=wanted.area)
    for owner in wanted.owners:
        if owner not in set(schools["owner"]):
            c.log.error("report_owner_unknown", c.of_key("proposal", "owners", owner), owner=owner)


def _attributes(c: Checked) -> list[str]:
    return school_keys(c.frames["schools"])[len(type_fields()) :]


def type_fields() -> list[str]:
    """Columns of the contract of ``schools``."""
    return list(School.model_fields)


def item_prices(c: Checked) -> None:
    """Low ≤ price ≤ high; without a price there is no amount that says how many units."""
    for row, item in enumerate(records(c.frames["catalogue"])):
        low, high = item.price_low, item.price_high
        if not item.whole and not all(p for p in (item.price, low, high) if p is not pd.NA):
            place = c.cell("catalogue", row, "price")
            c.log.error("price_zero_not_whole", place, item=item.item)
        if not item.price:
            continue
        if low is not pd.NA and low > item.price:
            c.log.error(
                "price_order",
                c.cell("catalogue", row, "price_low"),
                item=item.item,
                low=int(low),
                high=int(item.price),
            )
        if high is not pd.NA and high < item.price:
            c.log.error(
                "price_order",
                c.cell("catalogue", row, "price_high"),
                item=item.item,
                low=int(item.price),
                high=int(high),
            )


def item_payments(c: Checked) -> None:
    """The parts of a payment schedule sum to 1."""
    for row, item in enumerate(records(c.frames["catalogue"])):
        total = sum(item.payments, Decimal(0))
        if total != 1:
            c.log.error(
                "payments_sum", c.cell("catalogue", row, "payments"), item=item.item, total=total
            )


def item_lots(c: Checked) -> None:
    """Only whole units come in lots."""
    frame = c.frames["catalogue"]
    for row in _rows(~frame["whole"] & (frame["lot"] > 1)):
        c.log.error("lot_not_whole", c.cell("catalogue", row, "lot"), item=frame["item"][row])


def item_prerequisites(c: Checked) -> None:
    """Prerequisites exist, each with its capacity, and never run in a circle."""
    frame = c.frames["catalogue"]
    ids = set(frame["item"])
    graph: dict[str, list[str]] = {}
    for row, item in enumerate(records(frame)):
        place = c.cell("catalogue", row, "requires")
        for name in item.requires:
            if name not in ids:
                c.log.error(
                    "id_unknown",
                    place,
                    name=name,
                    table=c.called("catalogue"),
                    nearest=nearest(name, ids) or "-",
                )
        if item.capacity and len(item.capacity) != len(item.requires):
            c.log.error(
                "capacity_count",
                c.cell("catalogue", row, "capacity"),
                item=item.item,
                count=len(item.requires),
                found=len(item.capacity),
            )
        _capacities_given(c, row, item, frame)
        graph[item.item] = [name for name in item.requires if name in ids]
    # One circle for each part of the graph that has one (no recursion).
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
                done.update(path)
                break
            if node in done:
                continue
            path.append(node)
            stack.extend((n, depth + 1) for n in graph.get(node, ()))
            if not graph.get(node):
                done.add(node)
        done.update(path)
        done.add(start)
    cycles = found
    for cycle in cycles:
        row = int(np.argmax((frame["item"] == cycle[0]).to_numpy()))
        c.log.error(
            "requires_cycle",
            c.cell("catalogue", row, "requires"),
            chain=" → ".join([*cycle, cycle[0]]),
        )


def _capacities_given(c: Checked, row: int, item: Any, frame: pd.DataFrame) -> None:
    """Of a required item that is not whole it is said how much serves a unit: any part of one
    would otherwise serve any number."""
    loose = set(frame["item"][~frame["whole"]])
    for place, name in enumerate(item.requires):
        given = item.capacity[place] if place < len(item.capacity) else None
        if name in loose and given is None:
            where = c.cell("catalogue", row, "capacity")
            c.log.error("capacity_needed", where, item=item.item, required=name)


def norm_bounds(c: Checked) -> None:
    """minimum ≤ maximum."""
    frame = c.frames["norms"]
    for row in _rows((frame["minimum"] > frame["maximum"]).fillna(False)):
        c.log.error(
            "norm_bounds",
            c.cell("norms", row, "minimum"),
            low=int(frame["minimum"][row]),
            high=int(frame["maximum"][row]),
        )


def norm_drivers(c: Checked) -> None:
    """A norm counts a figure that schools have."""
    if "schools" in c.unread:
        return
    frame = c.frames["norms"]
    attributes = _attributes(c)
    known = ["school", *SCHOOL_DRIVERS, *attributes, *c.frames["drivers"]["driver"].unique()]
    for row in _rows(~frame["per"].isin([*known, ""])):
        name = frame["per"][row]
        c.log.error(
            "driver_unknown",
            c.cell("norms", row, "per"),
            name=name,
            nearest=nearest(name, known) or "-",
        )


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
                c.log.error(
                    reading.problem or "value_below",
                    c.cell("schools", row, name),
                    value=text,
                    bound="0",
                )
            texts.append(
                values.safe_number(Decimal(values.plain_number(str(reading.value or 0))))
                if text
                else ""
            )
        schools[name] = pd.Series(texts, dtype="str", index=schools.index)


def norm_conditions(c: Checked) -> None:
    """``only`` says ``attribute=value`` of a known attribute."""
    if "schools" in c.unread:
        return
    keys = school_keys(c.frames["schools"])
    for row, norm in enumerate(records(c.frames["norms"])):
        if not norm.only:
            continue
        place = c.cell("norms", row, "only")
        name, mark, value = (p.strip() for p in norm.only.partition("="))
        if not mark or not name or not value:
            c.log.error("only_unreadable", place, value=norm.only)
        elif name not in keys:
            c.log.error("attribute_unknown", place, name=name, nearest=nearest(name, keys) or "-")
        elif not schools_in(c.frames["schools"], {name: value}).any():
            known = c.frames["schools"][name].map(as_text).unique()
            c.log.warn(
                "only_matches_none", place, value=norm.only, nearest=nearest(value, known) or "-"
            )


def norms_match_once(c: Checked) -> None:
    """No school has two norms for one item that begin in the same year."""
    frame, schools = c.frames["norms"], c.frames["schools"]
    if frame.empty:
        return
    for _, same in frame.groupby(["item", "level", "from_year"], dropna=False, sort=False):
        if len(same) < 2:
            continue
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
                    c.log.error(
                        "norm_twice",
                        c.cell("norms", int(row), "item"),
                        item=frame["item"][row],
                        school=school,
                        first=str(c.cell("norms", int(other), "item").row),
                    )
                    break
            taken.append((int(row), mask))


def weights_count(c: Checked) -> None:
    """The items that a level needs do not all weigh nothing."""
    norms, catalogue = c.frames["norms"], c.frames["catalogue"]
    weights = dict(zip(catalogue["item"], catalogue["weight"], strict=True))
    for level, rows in norms.groupby("level", sort=False):
        items = [i for i in rows["item"].unique() if i in weights]
        if items and sum(weights[i] for i in items) == 0:
            c.log.error(
                "weights_all_zero", c.cell("norms", int(rows.index[0]), "level"), level=str(level)
            )


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
    said = {name: _maximum_said(name) for name in frame["criterion"].unique()}
    given = frame.groupby("criterion", sort=False)["maximum"].agg(lambda v: v.dropna().nunique())
    for name in given.index[given > 1]:
        mine = frame.index[(frame["criterion"] == name) & frame["maximum"].notna()]
        other = next(r for r in mine if frame["maximum"][r] != frame["maximum"][mine[0]])
        c.log.error(
            "indicator_maxima",
            c.cell("indicators", int(other), "maximum"),
            criterion=name,
            one=frame["maximum"][mine[0]],
            other=frame["maximum"][other],
        )
    for column in ("value", "target"):
        above, below = [], []
        for row, (name, number, given_most) in enumerate(
            zip(frame["criterion"], frame[column], frame["maximum"], strict=True)
        ):
            most = said.get(name) if pd.isna(given_most) else given_most
            if most is None or pd.isna(number):
                continue
            if number > most:
                above.append((row, number, most))
            elif number < 0:
                below.append((row, number, Decimal(0)))
        for code, found in (("indicator_above", above), ("value_below", below)):
            known = {row: (number, bound) for row, number, bound in found}
            c.each(
                code,
                ("indicators", column),
                list(known),
                lambda row, known=known: {  # type: ignore[misc]
                    "value": known[row][0],
                    "bound": known[row][1],
                    "criterion": frame["criterion"][row],
                },
            )


def _maximum_said(criterion: str) -> Decimal | None:
    found = MAXIMUM.search(criterion)
    return Decimal(found[1].replace(",", ".")) if found else None


def criteria_spelt_once(c: Checked) -> None:
    """A criterion is spelt in one way: two spellings would be two criteria, each with a mean of
    its own schools alone."""
    frame = c.frames["indicators"]
    names = frame["criterion"]
    counts = names[names != ""].value_counts(sort=False)
    ways: dict[str, list[str]] = {}
    for name in counts.index:
        ways.setdefault(_bare(name), []).append(name)
    for same in ways.values():
        usual = max(same, key=lambda n: counts[n])  # the first of the most frequent ones
        for name in same:
            if name != usual:
                _spelt_otherwise(c, "criterion_spelt_twice", name, usual)
    usual_names = [max(same, key=lambda n: counts[n]) for same in ways.values()]
    if len(usual_names) > FEW_CRITERIA:
        return
    schools = {n: set(frame["school"][names == n]) for n in usual_names}
    for k, one in enumerate(usual_names):
        for other in usual_names[k + 1 :]:
            if _alike(_bare(one), _bare(other)) and not schools[one] & schools[other]:
                rare, usual = (one, other) if counts[one] < counts[other] else (other, one)
                _spelt_otherwise(c, "criterion_alike", rare, usual)


def _spelt_otherwise(c: Checked, code: str, name: str, usual: str) -> None:
    """Says the first row of a spelling, how many have it, and where the usual one stands."""
    column = c.frames["indicators"]["criterion"]
    rows = np.flatnonzero((column == name).to_numpy())
    first = c.cell("indicators", int(np.argmax((column == usual).to_numpy())), "criterion").row
    log = c.log.error if code == "criterion_spelt_twice" else c.log.warn
    log(
        code,
        c.cell("indicators", int(rows[0]), "criterion"),
        value=name,
        count=len(rows),
        other=usual,
        first=str(first),
    )


def _bare(text: str) -> str:
    """Letters and digits of a name without case, marks and tones: what spelling may change."""
    split = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    kept = "".join(ch for ch in split if not unicodedata.combining(ch))
    return " ".join("".join(ch if ch.isalnum() else " " for ch in kept).split())


def _alike(one: str, other: str) -> bool:
    """Whether two names differ by a slip of the pen: few letters, and no figure."""
    digits = [[ch for ch in name if ch.isdigit()] for name in (one, other)]
    return digits[0] == digits[1] and SequenceMatcher(None, one, other).ratio() >= ALIKE


CHECKS = (
    there_are_schools,
    building_years,
    project_amounts,
    stock_years,
    driver_names,
    proposal_names,
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
    criteria_spelt_once,
)
OF_TABLES = (
    item_prices,
    item_payments,
    item_lots,
    item_prerequisites,
    norm_bounds,
    indicator_values,
    criteria_spelt_once,
)
"""Checks that look at tables alone, not at the settings."""
