"""Appendices I–IV, VI and the one of schools without a project: money by group, item, school and
line; by fund and year; what is not funded, and why."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from planner.analysis.replacements import replacements
from planner.analysis.unmet import by_reason
from planner.messages.numbers import money_words, percent
from planner.plan.allocation import instalment_parts
from planner.present.content import (
    Appendix,
    Block,
    Cell,
    Column,
    Figure,
    Paragraph,
    Row,
    Table,
    table,
)
from planner.present.papers.view import View

KINDS = ("purchase", "setup", "request")


def group_lines(view: View, group: str) -> pd.DataFrame:
    """Contract lines (no upkeep) of a group: purchases, site works, requests."""
    lines = view.lines
    return lines[(lines["group"] == group) & lines["kind"].isin(KINDS)]


def group_total(view: View, group: str) -> Figure:
    """Contract value of a group; for ``preparing`` what is proposed."""
    return figure(view, f"group.{group}", group_lines(view, group))


def figure(view: View, name: str, lines: pd.DataFrame) -> Figure:
    """The money of lines of the plan, or of payments."""
    numbers = tuple(sorted(set(line_numbers(lines))))
    return Figure(name, int(lines["amount"].sum()), view.settings.currency, numbers)


def line_numbers(lines: pd.DataFrame) -> tuple[int, ...]:
    """The numbers of lines of the plan."""
    return tuple(int(n) for n in lines["line"])


def group_appendix(view: View, group: str, number: str) -> Appendix:
    """One group's appendix: by item, by school, every line, the total in words."""
    total = group_total(view, group)
    own = view.schools[view.schools["group"] == group]
    served = group == "none" and bool((own["level"] == "office").any())
    lead = view.say(f"lead.{group}{'_served' if served else ''}", count=len(own))
    blocks: list[Block] = [Paragraph(lead, "note")]
    if total.lines:
        text = money_words(total.amount, view.lang, currency_words(view))
        blocks += [
            _group_items(view, group),
            Paragraph(view.say("in_words", words=text), "words", (total,)),
            _group_schools(view, group),
        ]  # fmt: skip
        if view.answers:
            kept = percent(1 - view.answers.within, 2, view.lang)
            blocks.append(Paragraph(view.say("sure.note", kept=kept), "note", full=True))
        blocks.append(_group_lines(view, group))
    else:
        blocks.append(Paragraph(view.say("no_lines"), "note"))
    return Appendix(f"group.{group}", number, view.say(f"title.{group}").upper(), tuple(blocks))


def _group_lines(view: View, group: str) -> Table:
    """Every line, school by school."""
    mark = ("",) if view.answers else ()
    lines = group_lines(view, group)
    order = {s: k for k, s in enumerate(view.scenario.schools["school"])}
    by_school = dict(tuple(lines.groupby("school", sort=False)))
    rows: list[Row] = []
    for count, school in enumerate(sorted(by_school, key=order.__getitem__), start=1):
        own = by_school[school]
        span = {"amount": (len(rows) + 1, len(rows) + len(own))}
        sums = (None, None, int(own["amount"].sum()), "", "", *mark, "")
        head = (str(count), view.names[school], "", "", *sums)
        rows.append(Row("school", head, line_numbers(own), span))
        # By year, then as in the plan; site works right after the purchase they belong to.
        records: list[dict[str, Any]] = own.to_dict("records")
        first: dict[tuple[Any, ...], int] = {}
        for k, r in enumerate(records):
            first.setdefault((r["year"], r["item"], r["request"]), k)
        records.sort(key=lambda r: (r["year"], first[r["year"], r["item"], r["request"]]))
        rows += [_line(view, f"{count}.{n}", r) for n, r in enumerate(records, start=1)]
    sums = (None, None, int(lines["amount"].sum()), "", "", *mark, "")
    cells = ("", view.say(f"total.{group}"), "", "", *sums)
    rows.append(Row("total", cells, line_numbers(lines), {"amount": (0, len(rows) - 1)}))
    listed = table(
        f"group.{group}", columns(view), rows, view.say("groups.each"), unit_line(view)
    )  # fmt: skip
    return replace(listed, full=True)


MOST_YEARS = 5
"""Plan years that stand beside each other in a table."""


def _group_items(view: View, group: str) -> Table:
    """What a group gets of each item: units, schools, money by year of purchase."""
    lines = group_lines(view, group)
    years = sorted({int(y) for y in lines["year"]} | set(view.settings.plan_years))
    if group == "preparing":  # in the year of its building project: of the others nothing to say
        years = sorted({int(y) for y in lines["year"]})
    years = years if len(years) <= MOST_YEARS else []
    shape = [("stt", "index", 10.0), ("name", "text", 57.0), ("unit", "text", 20.0),
             ("quantity", "number", 17.0), ("schools", "count", 14.0)]  # fmt: skip
    shape += [(f"y{y}", "money", 25.0) for y in years]
    made = view.columns(
        [*shape, ("amount", "money", 27.0)], name="item", **{f"y{y}": "fund" for y in years}
    )
    made = [replace(c, head=c.key[1:]) if c.key[1:].isdigit() else c for c in made]
    every = "+".join(f"{{y{y}}}" for y in years)
    parts = [("purchase", view.item(i).label(view.lang), view.item(i).unit,
              lines[(lines["item"] == i) & (lines["kind"] == "purchase")])
             for i in view.scenario.items]  # fmt: skip
    for kind in ("setup", "request"):
        parts.append((kind, view.say(f"groups.{kind}"), "", lines[lines["kind"] == kind]))
    rows: list[Row] = []
    for kind, name, unit, own in parts:
        if own.empty:
            continue
        sums = [int(own.loc[own["year"] == y, "amount"].sum()) for y in years]
        units = whole_units(float(own["quantity"].sum())) if kind == "purchase" else None
        cells = (str(len(rows) + 1), name, unit, units, int(own["school"].nunique()), *sums,
                 int(own["amount"].sum()))  # fmt: skip
        formulas = {"amount": every} if years else {}
        rows.append(Row("line", cells, line_numbers(own), formulas))
    sums = [int(lines.loc[lines["year"] == y, "amount"].sum()) for y in years]
    total = ("", view.say(f"total.{group}"), "", None, int(lines["school"].nunique()), *sums,
             int(lines["amount"].sum()))  # fmt: skip
    spans = dict.fromkeys([*(f"y{y}" for y in years), "amount"], (0, len(rows) - 1))
    rows.append(Row("total", total, line_numbers(lines), spans))
    heading = view.say("groups.items")
    return table(f"group.{group}.items", made, rows, heading, unit_line(view))


GROUP_SCHOOLS = (
    ("stt", "index", 10.0), ("school", "text", 52.0), ("level", "text", 29.0),
    ("area", "text", 31.0), ("pupils", "count", 16.0), ("amount", "money", 28.0),
    ("before", "percent", 17.0), ("after", "percent", 17.0), ("people", "people", 19.0),
    ("unmet", "money", 28.0),
)  # fmt: skip


def _group_schools(view: View, group: str) -> Table:
    """A line a school of a group, with what it still lacks."""
    cost = view.unmet.groupby("school")["cost"].sum()
    schools = view.schools[view.schools["group"] == group]
    lines = group_lines(view, group)
    spent = lines.groupby("school")["amount"].sum()
    rows: list[Row] = []
    for r in schools.to_dict("records"):
        area = view.named(view.area_column, str(r[view.area_column])) if view.area_column else ""
        means = [None if math.isnan(r[k]) else r[k] for k in ("coverage_before", "coverage_after")]
        cells: tuple[Cell, ...] = (
            str(len(rows) + 1), view.names[r["school"]], view.label("level", r["level"]), area,
            int(r["pupils"]), int(spent.get(r["school"], 0)), *means, float(r["people"]),
            int(cost.get(r["school"], 0)),
        )  # fmt: skip
        rows.append(Row("line", cells, view.lines_of.get(r["school"], ())))
    sums = [sum(float(r.cells[k] or 0) for r in rows) for k in (4, 5, 8, 9)]
    total = ("", view.say("total"), "", "", int(sums[0]), int(sums[1]), None, None, sums[2],
             int(sums[3]))  # fmt: skip
    spans = dict.fromkeys(("pupils", "amount", "people", "unmet"), (0, len(rows) - 1))
    rows.append(Row("total", total, line_numbers(lines), spans))
    columns, rows, _ = said_once(view, view.columns(GROUP_SCHOOLS), rows, "area")
    heading = view.say("groups.schools")
    return table(f"group.{group}.schools", columns, rows, heading, unit_line(view))


def said_once(
    view: View, columns: Sequence[Column], rows: Sequence[Row], *keys: str
) -> tuple[list[Column], list[Row], list[Paragraph]]:
    """A table of several lines without those of the columns ``keys`` that say the same in each, and
    notes that say it once."""
    at = {c.key: k for k, c in enumerate(columns)}
    values = {key: {r.cells[at[key]] for r in rows if r.kind == "line"} for key in keys}
    several = sum(r.kind == "line" for r in rows) > 1
    same = {k: next(iter(found)) for k, found in values.items() if several and len(found) == 1}
    kept = [k for k, c in enumerate(columns) if c.key not in same]
    shown = [replace(r, cells=tuple(r.cells[k] for k in kept)) for r in rows]
    notes = [
        Paragraph(view.say("said_once", head=columns[at[key]].head, value=value), "note")
        for key, value in same.items() if value
    ]  # fmt: skip
    return [columns[k] for k in kept], shown, notes


LONG_CELL = 25
"""Characters from which a sentence that rows share is printed once, below their table."""


def marked(
    columns: Sequence[Column], rows: Sequence[Row], *keys: str
) -> tuple[list[Row], list[Paragraph]]:
    """The rows with a mark for each long sentence of the columns ``keys``, and a note that says
    what the marks mean."""
    at = [k for k, c in enumerate(columns) if c.key in keys]
    marks: dict[str, str] = {}

    def short(text: str) -> str:
        return text if len(text) < LONG_CELL else marks.setdefault(text, f"({len(marks) + 1})")

    shown = []
    for row in rows:
        cells = list(row.cells)
        for k in at:
            cells[k] = " ".join(map(short, filter(None, str(cells[k] or "").split(". "))))
        shown.append(replace(row, cells=tuple(cells)))
    said = "; ".join(f"{mark} {text}" for text, mark in marks.items())
    return shown, [Paragraph(f"{columns[at[-1]].head}: {said}.", "note")] if said else []


def whole_units(value: float) -> int | float:
    """A number of units: whole where it is, else to a millionth."""
    return int(value) if float(value).is_integer() else round(float(value), 6)


def currency_words(view: View) -> str:
    """The unit of an amount in words."""
    if view.settings.currency == "VND":
        return "đồng" if view.lang == "vi" else "Vietnamese dong"
    return view.settings.currency


def unit_line(view: View) -> str:
    """«Đơn vị tính: đồng»."""
    unit = "đồng" if view.settings.currency == "VND" else view.settings.currency
    return view.say("unit_line", unit="VND" if (unit, view.lang) == ("đồng", "en") else unit)


def columns(view: View) -> list[Column]:
    """The columns of a procurement appendix; with the answers of ``planner alternatives`` one more,
    whether a line is sure."""
    if view.answers:
        return view.columns((
            ("stt", "index", 13.0), ("name", "text", 47.0), ("specification", "text", 29.0),
            ("unit", "text", 13.0), ("quantity", "count", 15.0), ("unit_price", "money", 24.0),
            ("amount", "money", 27.0), ("fund", "text", 30.0), ("year", "year", 12.0),
            ("sure", "text", 18.0), ("note", "text", 24.0),
        ))  # fmt: skip
    return view.columns((
        ("stt", "index", 13.0), ("name", "text", 53.0), ("specification", "text", 35.0),
        ("unit", "text", 13.0), ("quantity", "count", 15.0), ("unit_price", "money", 24.0),
        ("amount", "money", 27.0), ("fund", "text", 33.0), ("year", "year", 12.0),
        ("note", "text", 27.0),
    ))  # fmt: skip


def _line(view: View, stt: str, line: dict[str, Any]) -> Row:
    quantity = None if pd.isna(line["quantity"]) else float(line["quantity"])
    price = None if pd.isna(line["unit_price"]) else int(line["unit_price"])
    exact = quantity is not None and price is not None and quantity.is_integer()
    exact = exact and quantity * price == int(line["amount"])  # type: ignore[operator]
    if line["kind"] == "request":
        title = view.request_titles.get((line["request"], line["option"]), line["request"])
        name, specification, unit = view.say("request_line", title=title), "", ""
        quantity, price, exact = None, None, False
    else:
        item = view.item(line["item"])
        name, specification, unit = item.label(view.lang), item.specification, item.unit
        if line["kind"] == "setup":
            name, specification = view.say("setup_line", item=name), ""
            unit = view.say("setup_unit")
    shown = int(quantity) if exact and quantity is not None else quantity
    # Notes: when the money is paid, where that is not the year itself; joint procurement; what
    # quantity or price follows from the money.
    notes = []
    if due := instalment_parts(str(line["schedule"])):
        cuts = "; ".join(view.say("paid_in", year=str(y), amount=view.bare(a)) for y, a in due)
        notes.append(view.say("paid", cuts=cuts))
    if line["kind"] == "purchase" and view.item(line["item"]).joint_procurement:
        notes.append(view.say("joint_short"))
    if line["kind"] == "purchase" and not float(line["quantity"]).is_integer():
        notes.append(view.say("derived"))
    elif line["kind"] == "purchase" and not exact:
        notes.append(view.say("mean_price"))
    cells = (
        stt, name, specification, unit, shown, price, int(line["amount"]),
        view.fund(line["fund"]), str(line["year"]),
        *([view.sureness(line)] if view.answers else ()), ". ".join(notes),
    )  # fmt: skip
    formulas = {"amount": "{quantity}*{unit_price}"} if exact else {}
    return Row("line", cells, (int(line["line"]),), formulas)


# ---- Appendix IV, what follows the plan: obligations, and the building projects of group 3.

DUE = ("amount", "funded", "unfunded")
OBLIGATIONS = (
    ("year", "year", 20.0), ("fund", "text", 60.0), ("kind", "text", 46.0),
    ("origin", "text", 42.0), ("amount", "money", 28.0), ("funded", "money", 28.0),
    ("unfunded", "money", 28.0),
)  # fmt: skip
PROJECTS = (
    ("school", "text", 92.0), ("year", "year", 25.0), ("project_amount", "money", 45.0),
    ("proposed", "money", 45.0), ("left", "money", 45.0),
)  # fmt: skip


def after_blocks(view: View) -> list[Block]:
    """Obligations after the plan, what of them cannot be told apart by owner, the projects."""
    rows = view.plan.obligations
    rows = rows[rows["amount"] > 0]
    blocks: list[Block] = []
    if view.owner:
        own = rows["fund"].isin(set(view.funds) - view.shared_funds)
        if (rows["fund"].isin(view.shared_funds) | rows["fund"].eq("")).any():
            blocks.append(Paragraph(view.say("money.after_shared"), "note"))
        rows = rows[own]
    proposed = rows["origin"] == "proposal"  # not in the total
    shown = list(_due(view, rows[~proposed]))
    if shown:
        spans = dict.fromkeys(DUE, (0, len(shown) - 1))
        cells = ("", view.say("total"), "", "", *_sums(rows[~proposed]))
        shown.append(Row("total", cells, _behind(shown), spans))
    if proposed.any():
        at = len(shown) + 1
        shown.append(Row("head", ("", view.say("money.proposed_after"), "", "", None, None, None)))
        shown += list(_due(view, rows[proposed]))
        spans = dict.fromkeys(DUE, (at, len(shown) - 1))
        cells = ("", view.say("total.proposal_short"), "", "", *_sums(rows[proposed]))
        shown.append(Row("subtotal", cells, _behind(shown[at:]), spans))
    if shown:
        heading = view.say("money.after", year=str(view.settings.years[1]))
        columns = view.columns(OBLIGATIONS, amount="due")
        blocks.insert(0, table("money.after", columns, shown, heading, unit_line(view)))
    elif not blocks:
        blocks.append(Paragraph(view.say("money.no_after"), "note"))
    # Proposals against what each building project can take; outside every funded total.
    rows = view.plan.ledger
    rows = rows[(rows["school"] != "") & rows["school"].isin(view.chosen)]
    if rows.empty:
        return blocks
    shown = []
    for r in rows.to_dict("records"):
        amount, spent = int(r["amount"]), int(r["spent"])
        project = (view.names[r["school"]], str(r["year"]), amount, spent, amount - spent)
        behind = view.lines_of.get(r["school"], ())
        shown.append(Row("line", project, behind, {"left": "{project_amount}-{proposed}"}))
    sums: list[Cell] = [sum(int(r.cells[k] or 0) for r in shown) for k in (2, 3, 4)]
    spans = dict.fromkeys(("project_amount", "proposed", "left"), (0, len(shown) - 1))
    total = (view.say("total.proposal_short"), "", *sums)
    shown.append(Row("total", total, _behind(shown), spans))
    heading, columns = view.say("money.projects"), view.columns(PROJECTS)
    return [*blocks, table("money.projects", columns, shown, heading, unit_line(view))]


OUT = (("name", "text", 84.0), ("unit", "text", 20.0), ("out_stock", "count", 22.0),
       ("cost_stock", "money", 34.0), ("out_plan", "count", 22.0), ("cost_plan", "money", 34.0),
       ("cost", "money", 36.0))  # fmt: skip
OUT_PROPOSED = (("name", "text", 130.0), ("unit", "text", 30.0), ("out_plan", "count", 42.0),
                ("cost_plan", "money", 50.0))  # fmt: skip


def replacement_blocks(view: View) -> list[Block]:
    """What falls out of service, by year and item: without the plan, and of what the plan buys;
    what group 3 is proposed apart from it."""
    found = replacements(view.plan, view.chosen)
    if found.table.empty:
        return [Paragraph(view.say("money.no_replacements"), "note")]
    note = view.say("money.replacements_note")
    if found.held:
        note += " " + view.say("money.replacements_held", year=str(found.priced))
    blocks: list[Block] = []
    behind = found.lines()
    proposed = (found.table["origin"] == "proposal").to_numpy(dtype=bool)
    for key, shape, all_rows in (
        ("replacements", OUT, found.table[~proposed]),
        ("replacements_proposed", OUT_PROPOSED, found.table[proposed]),
    ):
        keys = [k for k, kind, _ in shape if kind == "money"]
        shown: list[Row] = []
        for year, rows in all_rows.groupby("year", sort=True):
            lines = []
            for name, own in rows.groupby("item", sort=False):
                item, cells = view.item(str(name)), dict[str, Cell]()
                cells |= {"name": item.label(view.lang), "unit": item.unit}
                for part, mine in (("stock", own["origin"] == "stock"),
                                   ("plan", own["origin"] != "stock")):  # fmt: skip
                    cells[f"out_{part}"] = whole_units(float(own.loc[mine, "units"].sum()))
                    cells[f"cost_{part}"] = sum(int(a) for a in own.loc[mine, "amount"])
                cells["cost"] = sum(int(a) for a in own["amount"])
                formulas: dict[str, Any] = {}
                if "cost" in keys:
                    formulas["cost"] = "{cost_stock}+{cost_plan}"
                numbers = behind.get((str(name), int(str(year))), ())
                shown_cells = tuple(cells[k] for k, _, _ in shape)
                lines.append(Row("line", shown_cells, numbers, formulas))
            span = (len(shown) + 1, len(shown) + len(lines))
            shown += [_out_sum(("subtotal", str(year)), shape, lines, span), *lines]
        if shown:
            lines = [row for row in shown if row.kind == "line"]
            name, span = view.say("total"), (0, len(shown) - 1)
            shown.append(_out_sum(("total", name), shape, lines, span))
            blocks.append(_out_by_year(view, key, shape, shown))
            columns = view.columns(shape, name="year_item", cost="replacement")
            heading = view.say(f"money.{key}")
            listed = table(f"money.{key}", columns, shown, heading, unit_line(view))
            blocks.append(replace(listed, full=True))
    return [*blocks[:1], Paragraph(note, "note"), *blocks[1:]]


def _out_by_year(
    view: View, key: str, shape: Sequence[tuple[str, str, float]], rows: Sequence[Row]
) -> Table:
    """The sums of the years, and their total."""
    at = [0, *(k for k, (_, kind, _) in enumerate(shape) if kind == "money")]
    keys = [shape[k][0] for k in at[1:]]
    shown = [
        Row("line", tuple(r.cells[k] for k in at), r.lines,
            {"cost": "{cost_stock}+{cost_plan}"} if "cost" in keys else {})
        for r in rows if r.kind == "subtotal"
    ]  # fmt: skip
    spans = dict.fromkeys(keys, (0, len(shown) - 1))
    total = next(r for r in rows if r.kind == "total")
    shown.append(Row("total", tuple(total.cells[k] for k in at), total.lines, spans))
    columns = view.columns(
        (("year", "year", 30.0), *((k, "money", 50.0) for k in keys)), cost="replacement"
    )
    heading = view.say(f"money.{key}_years")
    return table(f"money.{key}.years", columns, shown, heading, unit_line(view))


def _out_sum(
    name: tuple[Any, str], shape: Sequence[tuple[str, str, float]], lines: Sequence[Row],
    span: tuple[int, int],
) -> Row:  # fmt: skip
    """Money of rows together; units of different items are not added."""
    cells: list[Cell] = [name[1], ""]
    for at, (_, kind, _) in list(enumerate(shape))[2:]:
        cells.append(sum(int(r.cells[at] or 0) for r in lines) if kind == "money" else None)
    spans = {k: span for k, kind, _ in shape if kind == "money"}
    return Row(name[0], tuple(cells), _behind(list(lines)), spans)


def _sums(rows: pd.DataFrame) -> tuple[int, int, int]:
    amount, funded = int(rows["amount"].sum()), int(rows["funded"].sum())
    return amount, funded, amount - funded


def _behind(rows: list[Row]) -> tuple[int, ...]:
    return tuple(sorted({n for r in rows for n in r.lines}))


def _due(view: View, rows: pd.DataFrame) -> Iterator[Row]:
    for r in rows.to_dict("records"):
        amount, funded = int(r["amount"]), int(r["funded"])
        fund = view.fund(r["fund"]) if r["fund"] else view.say("money.nobody")
        kind, origin = view.label("kind", r["kind"]), view.label("origin", r["origin"])
        cells = (str(r["year"]), fund, kind, origin, amount, funded, amount - funded)
        behind: tuple[int, ...] = ()  # what was there before the plan comes from no line of it
        if r["kind"] == "instalment":
            behind = view.paid_lines.get((str(r["fund"]), int(r["year"])), ())
        elif r["origin"] != "stock":
            behind = view.kept_lines["proposal" if r["origin"] == "proposal" else "plan"]
        yield Row("line", cells, behind, {"unfunded": "{amount}-{funded}"})


# ---- Appendix IV: money by fund and year, building projects, what falls due after the plan.

SOURCES = ("amount", "reserve", "usable", "carried_in", "spent", "carried_out", "lapsed")
LEDGER = (
    "amount", "reserve", "usable", "carried_in", "purchases", "setup", "requests", "upkeep",
    "spent", "carried_out", "lapsed",
)  # fmt: skip
LONG_LEDGER = 40
"""Rows of funds and years above which what they pay for is a list for full papers."""
SPENT = ("purchases", "setup", "requests", "upkeep", "spent")
FORMULAS = {
    "usable": "{amount}-{reserve}",
    "spent": "{purchases}+{setup}+{requests}+{upkeep}",
    "lapsed": "{usable}+{carried_in}-{spent}-{carried_out}",
}
KIND_COLUMN = {"purchase": "purchases", "setup": "setup", "request": "requests", "upkeep": "upkeep"}


def ledger(view: View) -> pd.DataFrame:
    """Plan years of the general funds; a shared fund holds only what this package spends."""
    rows = view.plan.ledger
    last = view.settings.years[1]
    rows = rows[(rows["school"] == "") & (rows["year"] <= last) & rows["fund"].isin(view.funds)]
    if not view.shared_funds:
        return rows
    paid = view.paid.groupby(["fund", "year", "kind"])["amount"].sum()
    shared = rows["fund"].isin(view.shared_funds)
    found = []
    for row in rows[shared].to_dict("records"):
        cut = {
            column: int(paid.get((row["fund"], row["year"], kind), 0))
            for kind, column in KIND_COLUMN.items()
        }
        found.append({**row, **dict.fromkeys(LEDGER), **cut, "spent": sum(cut.values())})
    own = rows[~shared].astype(dict.fromkeys(LEDGER, "object"))
    parts = [own, pd.DataFrame(found, columns=rows.columns, dtype="object")]
    return pd.concat(parts, ignore_index=True)


def fund_figures(view: View) -> tuple[Figure, ...]:
    """What every fund pays in every plan year."""
    return tuple(
        Figure(
            f"fund.{r['fund']}.{r['year']}", int(r["spent"]), view.settings.currency,
            view.paid_lines.get((r["fund"], int(r["year"])), ()),
        )
        for r in ledger(view).to_dict("records")
    )  # fmt: skip


def funded_total(view: View) -> Figure:
    """Money paid in the plan years from general funds."""
    parts = fund_figures(view)
    lines = tuple(sorted({n for f in parts for n in f.lines}))
    return Figure("funded", sum(f.amount for f in parts), view.settings.currency, lines)


def _paid_by(view: View, fund: str, years: Iterable[int]) -> tuple[int, ...]:
    return tuple(n for y in years for n in view.paid_lines.get((fund, int(y)), ()))


def fund_table(view: View) -> Table:
    """The letter's table: what each fund pays in each year."""
    years = list(view.settings.plan_years)
    rows, total = ledger(view), funded_total(view)
    shown: list[Row] = []
    sums: list[Cell]
    if len(years) <= 3:
        shape = [("fund", "text", 165.0 - 29 * (len(years) + 1))]
        shape += [(f"y{y}", "money", 29.0) for y in years]
        columns = view.columns(
            [*shape, ("amount", "money", 29.0)], amount="sum", **{f"y{y}": "fund" for y in years}
        )
        columns = [replace(c, head=c.key[1:]) if c.key[1:].isdigit() else c for c in columns]
        each = "+".join(f"{{y{y}}}" for y in years)
        for fund in dict.fromkeys(rows["fund"]):
            spent = rows[rows["fund"] == fund].set_index("year")["spent"]
            cells = [int(spent.get(y, 0)) for y in years]
            line: tuple[Cell, ...] = (view.fund(fund), *cells, sum(cells))
            shown.append(Row("line", line, _paid_by(view, fund, years), {"amount": each}))
        sums = [sum(int(r.cells[k] or 0) for r in shown) for k in range(1, len(years) + 2)]
        summed = [c.key for c in columns[1:]]
    else:  # one row a fund and year
        columns = view.columns(
            (("fund", "text", 95.0), ("year", "year", 25.0), ("amount", "money", 45.0))
        )
        for fund in dict.fromkeys(rows["fund"]):
            own = rows[rows["fund"] == fund]
            span = {"amount": (len(shown) + 1, len(shown) + len(own))}
            head = (view.fund(fund), "", int(own["spent"].sum()))
            shown.append(Row("subtotal", head, _paid_by(view, fund, own["year"]), span))
            for y, a in zip(own["year"], own["spent"], strict=True):
                shown.append(Row("line", ("", str(y), int(a)), _paid_by(view, fund, [y])))
        sums, summed = ["", total.amount], ["amount"]
    spans = dict.fromkeys(summed, (0, len(shown) - 1))
    shown.append(Row("total", (view.say("total"), *sums), total.lines, spans))
    return table("letter.funds", columns, shown, unit_line=unit_line(view))


def amended_funds(view: View, rows: pd.DataFrame) -> Table:
    """The letter's table of an amended plan: what each fund pays in the plan years before and
    after. ``rows``: fund, before, after, difference (minor units)."""
    keys = ("amount_before", "amount_after", "difference")
    shape = (("fund", "text", 72.0), *((k, "money", 31.0) for k in keys))
    columns = view.columns(shape)
    years = view.settings.plan_years
    shown = []
    for fund, own in rows.groupby("fund", sort=False):
        sums = [int(own[k].sum()) for k in ("before", "after", "difference")]
        behind = _paid_by(view, str(fund), years)
        each = {"difference": "{amount_after}-{amount_before}"}
        shown.append(Row("line", (view.fund(str(fund)), *sums), behind, each))
    sums = [int(rows[k].sum()) for k in ("before", "after", "difference")]
    spans = dict.fromkeys(keys, (0, len(shown) - 1))
    shown.append(Row("total", (view.say("total"), *sums), funded_total(view).lines, spans))
    return table("letter.amended", columns, shown, unit_line=unit_line(view))


def money_appendix(view: View, number: str) -> Appendix:
    """Appendix IV."""
    total = funded_total(view)
    blocks: list[Block] = [Paragraph(view.say("money.note"), "note")]
    if view.shared_funds & set(view.funds):
        blocks.append(Paragraph(view.say("money.shared"), "note"))
    blocks.append(_ledger_table(view, "sources", SOURCES))
    text = money_words(total.amount, view.lang, currency_words(view))
    text = view.say("money.in_words", words=text)
    uses = _ledger_table(view, "uses", SPENT)
    uses = replace(uses, full=len(uses.rows) > LONG_LEDGER)
    blocks += [Paragraph(text, "words", (total,)), uses]
    # The same money by year over all funds.
    rows, shown = ledger(view), list[Row]()
    columns = view.columns([("year", "year", 30.0), *((k, "money", 44.0) for k in SPENT)])
    for year in sorted(set(rows["year"])):
        own = rows[rows["year"] == year]
        cells = [int(own[k].sum()) for k in SPENT]
        behind = tuple(n for f in own["fund"] for n in _paid_by(view, f, [year]))
        shown.append(Row("line", (str(year), *cells), behind, {"spent": FORMULAS["spent"]}))
    sums = [int(rows[k].sum()) for k in SPENT]
    spans = dict.fromkeys(SPENT, (0, len(shown) - 1))
    shown.append(Row("total", (view.say("total"), *sums), funded_total(view).lines, spans))
    year_table = table("money.years", columns, shown, view.say("money.by_year"), unit_line(view))
    blocks.append(year_table)
    blocks += [*_frontier(view), *after_blocks(view), *replacement_blocks(view)]
    return Appendix("money", number, view.say("title.money").upper(), tuple(blocks))


def _frontier(view: View) -> Iterator[Block]:
    """What less and more money would reach, each point a plan of its own; of the whole plan."""
    found = view.frontier
    if found is None or view.owner or found.path.axis != "money":
        return
    rows = [
        Row("line", (float(r["at"]), round(r["x"]), float(r["people"]), float(r["coverage"]),
                     percent(float(r["gap"]), 2, view.lang, up=True)))
        for r in found.table.to_dict("records") if not r["error"]
    ]  # fmt: skip
    if rows:
        shape = (
            ("change", "relative_change", 40.0), ("given", "money", 60.0),
            ("people", "people", 50.0), ("after", "percent", 50.0), ("gap", "index", 52.0),
        )  # fmt: skip
        heading = view.say("money.frontier")
        columns = view.columns(shape, change="money_change")
        yield table("money.frontier", columns, rows, heading, unit_line(view))
        yield Paragraph(view.say("money.frontier_note"), "note")


def _ledger_table(view: View, key: str, keys: Sequence[str]) -> Table:
    """A subtotal a fund with a line a year below; what moves between years is not summed."""
    rows, shown = ledger(view), list[Row]()
    width = 27.0 if len(keys) > 5 else 36.0
    shape = [("fund", "text", 252 - len(keys) * width), *((k, "money", width) for k in keys)]
    for fund in dict.fromkeys(rows["fund"]):
        own = rows[rows["fund"] == fund]
        at = len(shown)
        behind = _paid_by(view, fund, own["year"])
        span = (at + 1, at + len(own))
        shown.append(_sum_row(("subtotal", view.fund(fund)), own, keys, span, behind))
        for record in own.to_dict("records"):
            cells: list[Cell] = [None if record[k] is None else int(record[k]) for k in keys]
            formulas = FORMULAS if record["amount"] is not None else {"spent": FORMULAS["spent"]}
            used = {
                k: f
                for k, f in formulas.items()
                if k in keys and set(re.findall(r"\{(\w+)\}", f)) <= set(keys)
            }
            behind = _paid_by(view, record["fund"], [record["year"]])
            shown.append(Row("line", (str(record["year"]), *cells), behind, used))
    total = funded_total(view)
    name = ("total", view.say("total"))
    shown.append(_sum_row(name, rows, keys, (0, len(shown) - 1), total.lines))
    columns = view.columns(shape, fund="fund_year", amount="given")
    heading = view.say(f"money.{key}")
    return table(f"money.{key}", columns, shown, heading, unit_line(view))


def _sum_row(
    name: tuple[Any, str], rows: pd.DataFrame, keys: Sequence[str], span: tuple[int, int],
    lines: tuple[int, ...],
) -> Row:  # fmt: skip
    moving = {"carried_in", "carried_out", "usable"} if rows["carried_in"].any() else set()
    whole = not rows["amount"].isna().any()
    summed = [k for k in keys if k not in moving and (whole or k in SPENT)]
    cells = [int(rows[k].sum()) if k in summed else None for k in keys]
    return Row(name[0], (name[1], *cells), lines, dict.fromkeys(summed, span))


# ---- School by school: who is where, what it gets, how well its needs are met.

SCHOOLS_SHAPE = (
    ("school", "text", 60.0), ("level", "text", 30.0), ("group", "text", 40.0),
    ("area", "text", 30.0), ("pupils", "count", 20.0), ("spent", "money", 35.0),
    ("proposed", "money", 35.0), ("before", "percent", 20.0), ("after", "percent", 20.0),
)  # fmt: skip
FIGURES = ("pupils", "spent", "proposed", "coverage_before", "coverage_after")


def schools_table(view: View) -> Table:
    """A row a school; ``spent`` with upkeep in the plan years, ``proposed`` for group 3."""
    rows = []
    for r in view.schools.to_dict("records"):
        area = view.named(view.area_column, str(r[view.area_column])) if view.area_column else ""
        cells: tuple[Cell, ...] = (
            view.names[r["school"]], view.label("level", r["level"]),
            view.label("group_short", r["group"]), area,
            *(None if math.isnan(r[k]) else r[k] for k in FIGURES),
        )  # fmt: skip
        rows.append(Row("line", cells, view.lines_of.get(r["school"], ())))
    return table("schools", view.columns(SCHOOLS_SHAPE), rows)


# ---- Appendix VI: what stays unmet.

REASONS = ("lines", "schools", "cost")
UNMET = (
    ("name", "text", 76.0), ("year", "year", 14.0), ("need", "count", 18.0),
    ("in_service", "count", 22.0), ("missing", "count", 20.0), ("cost", "money", 30.0),
    ("reason", "text", 72.0),
)  # fmt: skip
REFUSED = (("school", "text", 92.0), ("request", "text", 110.0), ("cost", "money", 50.0))


def unmet_appendix(view: View, number: str) -> Appendix:
    """Appendix VI: by reason, then every need that stays unmet."""
    lines = view.unmet
    funded = lines[lines["group"] != "preparing"]
    proposed = lines[lines["group"] == "preparing"]
    blocks: list[Block] = [
        Paragraph(view.say("unmet.note", year=str(view.settings.years[1])), "note")
    ]
    if funded.empty and proposed.empty:
        blocks.append(Paragraph(view.say("unmet.none"), "note"))
    for key, part in (("funded", funded), ("proposed", proposed)):
        if len(part):
            shape = (("reason", "text", 132.0), ("needs", "count", 35.0),
                     ("schools", "count", 35.0), ("cost", "money", 50.0))  # fmt: skip
            rows = [
                Row("line", (_reason(view, r["reason"]), *(int(r[k]) for k in REASONS)))
                for r in by_reason(part).to_dict("records")
            ]
            sums = (len(part), part["school"].nunique(), int(part["cost"].sum()))
            span = dict.fromkeys(("needs", "cost"), (0, len(rows) - 1))
            rows.append(Row("total", (view.say("total"), *sums), (), span))
            heading = view.say(f"unmet.by_reason_{key}")
            columns = view.columns(shape)
            blocks.append(table(f"unmet.reasons.{key}", columns, rows, heading, unit_line(view)))
            blocks.append(_unmet_items(view, key, part))
            rows = []
            for school, own in part.groupby("school", sort=False):
                span = {"cost": (len(rows) + 1, len(rows) + len(own))}
                cost, name = int(own["cost"].sum()), view.names[str(school)]
                rows.append(Row("school", (name, "", None, None, None, cost, ""), (), span))
                for r in own.to_dict("records"):
                    reason = _reason(view, r["reason"])
                    if r["blocked_by"]:
                        reason += f": {view.item(r['blocked_by']).label(view.lang)}"
                    need, service = (
                        whole_units(float(r["need"])),
                        whole_units(float(r["in_service"])),
                    )
                    units = (need, service, whole_units(need - service), int(r["cost"]))
                    cells = (view.item(r["item"]).label(view.lang), str(r["year"]), *units, reason)
                    rows.append(Row("line", cells, (), {"missing": "{need}-{in_service}"}))
            span = {"cost": (0, len(rows) - 1)}
            total = (view.say("total"), "", None, None, None, int(part["cost"].sum()), "")
            rows.append(Row("total", total, (), span))
            heading, columns = view.say(f"unmet.each_{key}"), view.columns(UNMET)
            listed = table(f"unmet.lines.{key}", columns, rows, heading, unit_line(view))
            blocks.append(replace(listed, full=True))
    # Schools' requests of which no option was chosen, each option with its cost.
    asked = view.plan.requests
    asked = asked[asked["school"].isin(view.chosen)]
    taken = set(asked.loc[asked["chosen"] == "yes", "request"])
    refused = [
        Row("line", (view.names[r["school"]], r["title"] or r["request"], int(r["amount"])))
        for r in asked[~asked["request"].isin(taken)].to_dict("records")
    ]
    if refused:
        columns = view.columns(REFUSED, cost="request_cost")
        heading = view.say("unmet.requests")
        blocks.append(table("unmet.requests", columns, refused, heading, unit_line(view)))
    return Appendix("unmet", number, view.say("title.unmet").upper(), tuple(blocks))


def _unmet_items(view: View, key: str, part: pd.DataFrame) -> Table:
    """The same by item."""
    shape = (("name", "text", 112.0), ("unit", "text", 30.0), ("schools", "count", 30.0),
             ("missing", "number", 30.0), ("cost", "money", 50.0))  # fmt: skip
    rows = []
    for name, item in view.scenario.items.items():
        own = part[part["item"] == name]
        if len(own):
            missing = whole_units(round(float((own["need"] - own["in_service"]).sum()), 6))
            cells = (item.label(view.lang), item.unit, int(own["school"].nunique()), missing,
                     int(own["cost"].sum()))  # fmt: skip
            rows.append(Row("line", cells))
    total = (view.say("total"), "", int(part["school"].nunique()), None, int(part["cost"].sum()))
    rows.append(Row("total", total, (), {"cost": (0, len(rows) - 1)}))
    heading = view.say(f"unmet.items_{key}")
    return table(f"unmet.items.{key}", view.columns(shape, name="item"), rows, heading,
                 unit_line(view))  # fmt: skip


def _reason(view: View, code: str) -> str:
    word = view.label("reason", code)
    return word[0].upper() + word[1:]
