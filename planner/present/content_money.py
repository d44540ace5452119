"""Appendix IV: money by fund and year, building projects, what falls due after the plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from planner.present.content_groups import unit_line
from planner.present.content_types import (
    Appendix,
    Block,
    Column,
    Figure,
    Paragraph,
    Row,
    Table,
    table,
)
from planner.present.content_view import View
from planner.present.words import money_words

LEDGER = (
    "amount", "reserve", "usable", "carried_in", "purchases", "setup", "requests", "upkeep",
    "spent", "carried_out", "lapsed",
)  # fmt: skip
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
    own = rows[~rows["fund"].isin(view.shared_funds)].astype(dict.fromkeys(LEDGER, "object"))
    parts = [own, _shared(view, rows[rows["fund"].isin(view.shared_funds)])]
    return pd.concat(parts, ignore_index=True)


def _shared(view: View, rows: pd.DataFrame) -> pd.DataFrame:
    paid = view.paid.groupby(["fund", "year", "kind"])["amount"].sum()
    found = []
    for row in rows.to_dict("records"):
        cut = {
            column: int(paid.get((row["fund"], row["year"], kind), 0))
            for kind, column in KIND_COLUMN.items()
        }
        empty = dict.fromkeys(LEDGER)
        found.append({**row, **empty, **cut, "spent": sum(cut.values())})
    return pd.DataFrame(found, columns=rows.columns, dtype="object")


def fund_figures(view: View) -> tuple[Figure, ...]:
    """What every fund pays in every plan year."""
    currency = view.settings.currency
    paid = view.paid.groupby(["fund", "year"])["line"].agg(tuple)
    return tuple(
        Figure(
            f"fund.{r['fund']}.{r['year']}",
            int(r["spent"]),
            currency,
            tuple(int(n) for n in paid.get((r["fund"], r["year"]), ())),
        )
        for r in ledger(view).to_dict("records")
    )


def funded_total(view: View) -> int:
    """Money paid in the plan years from general funds."""
    return sum(f.amount for f in fund_figures(view))


def fund_table(view: View) -> Table:
    """The letter's table: what each fund pays in each year."""
    years = list(view.settings.plan_years)
    rows = ledger(view)
    if len(years) > 3:
        return _long_table(view, rows)
    columns = [Column("fund", view.say("col.fund"), "text", 165 - 29 * (len(years) + 1))]
    columns += [Column(f"y{y}", str(y), "money", 29) for y in years]
    columns.append(Column("amount", view.say("col.sum"), "money", 29))
    shown = []
    each = "+".join(f"{{y{y}}}" for y in years)
    for fund in dict.fromkeys(rows["fund"]):
        own = rows[rows["fund"] == fund].set_index("year")["spent"]
        cells = [int(own.get(y, 0)) for y in years]
        shown.append(Row("line", (view.fund(fund), *cells, sum(cells)), (), {"amount": each}))
    sums = [sum(int(r.cells[k] or 0) for r in shown) for k in range(1, len(years) + 2)]
    spans = {c.key: (0, len(shown) - 1) for c in columns[1:]}
    shown.append(Row("total", (view.say("total"), *sums), (), spans))
    return table("letter.funds", columns, shown, unit_line=unit_line(view))


def _long_table(view: View, rows: pd.DataFrame) -> Table:
    """One row a fund and year, for plans of many years."""
    columns = [
        Column("fund", view.say("col.fund"), "text", 95),
        Column("year", view.say("col.year"), "year", 25),
        Column("amount", view.say("col.amount"), "money", 45),
    ]
    shown: list[Row] = []
    for fund in dict.fromkeys(rows["fund"]):
        own = rows[rows["fund"] == fund]
        at = len(shown)
        head = (view.fund(fund), "", int(own["spent"].sum()))
        shown.append(Row("subtotal", head, (), {"amount": (at + 1, at + len(own))}))
        pairs = zip(own["year"], own["spent"], strict=True)
        shown += [Row("line", ("", str(y), int(a))) for y, a in pairs]
    total = int(rows["spent"].sum())
    span = {"amount": (0, len(shown) - 1)}
    shown.append(Row("total", (view.say("total"), "", total), (), span))
    return table("letter.funds", columns, shown, unit_line=unit_line(view))


def money_appendix(view: View, number: str) -> Appendix:
    """Appendix IV."""
    total = funded_total(view)
    blocks: list[Block] = [Paragraph(view.say("money.note"), "note")]
    if view.shared_funds & set(view.funds):
        blocks.append(Paragraph(view.say("money.shared"), "note"))
    blocks.append(_ledger_table(view))
    unit = "đồng" if view.lang == "vi" else "Vietnamese dong"
    unit = unit if view.settings.currency == "VND" else view.settings.currency
    text = view.say("money.in_words", words=money_words(total, view.lang, unit))
    blocks.append(Paragraph(text, "words", (Figure("funded", total),)))
    blocks.append(_year_table(view))
    after = _obligations(view)
    blocks += [after] if after else [Paragraph(view.say("money.no_after"), "note")]
    projects = _projects(view)
    if projects:
        blocks.append(projects)
    return Appendix("money", number, view.say("title.money").upper(), tuple(blocks))


def _columns(view: View, first: str, years: bool) -> list[Column]:
    width = 20.2
    columns = [Column("fund", view.say(f"col.{first}"), "text", 252 - 11 * width - 0.3)]
    return columns + [Column(k, view.say(f"col.{k}"), "money", width) for k in LEDGER]


def _ledger_table(view: View) -> Table:
    """Rows by fund, a year a line, a subtotal a fund; what moves between years is not summed."""
    rows, shown = ledger(view), list[Row]()
    for fund in dict.fromkeys(rows["fund"]):
        own = rows[rows["fund"] == fund]
        at = len(shown)
        shown.append(_sum_row("subtotal", view.fund(fund), own, (at + 1, at + len(own))))
        shown += [_year_row(r) for r in own.to_dict("records")]
    shown.append(_sum_row("total", view.say("total"), rows, (0, len(shown) - 1)))
    return table(
        "money.ledger", _columns(view, "fund_year", False), shown,
        view.say("money.by_fund"), unit_line(view),
    )  # fmt: skip


def _year_row(record: dict[str, Any]) -> Row:
    cells = [None if record[k] is None else int(record[k]) for k in LEDGER]
    formulas = FORMULAS if cells[0] is not None else {"spent": FORMULAS["spent"]}
    return Row("line", (str(record["year"]), *cells), (), formulas)


def _sum_row(kind: Any, name: str, rows: pd.DataFrame, span: tuple[int, int]) -> Row:
    moving = (
        {"carried_in", "carried_out", "usable", "lapsed"} if rows["carried_in"].any() else set()
    )
    moving -= {"lapsed"}
    whole = not rows["amount"].isna().any()
    summed = [k for k in LEDGER if k not in moving and (whole or k in SPENT)]
    cells = [int(rows[k].sum()) if k in summed else None for k in LEDGER]
    return Row(kind, (name, *cells), (), dict.fromkeys(summed, span))


def _year_table(view: View) -> Table:
    """The same money by year over all funds."""
    rows = ledger(view)
    years = list(dict.fromkeys(sorted(rows["year"])))
    keys = ("purchases", "setup", "requests", "upkeep", "spent")
    columns = [Column("year", view.say("col.year"), "year", 30)]
    columns += [Column(k, view.say(f"col.{k}"), "money", 44) for k in keys]
    shown = []
    for year in years:
        own = rows[rows["year"] == year]
        cells = [int(own[k].sum()) for k in keys]
        shown.append(Row("line", (str(year), *cells), (), {"spent": FORMULAS["spent"]}))
    sums = [int(rows[k].sum()) for k in keys]
    span = (0, len(shown) - 1)
    shown.append(Row("total", (view.say("total"), *sums), (), dict.fromkeys(keys, span)))
    return table("money.years", columns, shown, view.say("money.by_year"), unit_line(view))


def _obligations(view: View) -> Table | None:
    """What falls due after the plan; proposals are not in the total."""
    rows = view.plan.obligations
    if view.owner:
        rows = rows[rows["fund"].isin(set(view.funds) - view.shared_funds)]
    rows = rows[rows["amount"] > 0]
    own = rows[rows["origin"] != "proposal"]
    proposed = rows[rows["origin"] == "proposal"]
    if rows.empty:
        return None
    shape = (
        ("year", "year", 20.0), ("fund", "text", 60.0), ("kind", "text", 46.0),
        ("origin", "text", 42.0), ("amount", "money", 28.0), ("funded", "money", 28.0),
        ("unfunded", "money", 28.0),
    )  # fmt: skip
    columns = view.columns(shape)
    shown = list(_due(view, own))
    span = (0, len(shown) - 1)
    sums = _sums(own)
    if shown:
        keys = ("amount", "funded", "unfunded")
        formulas = dict.fromkeys(keys, span)
        shown.append(Row("total", ("", view.say("total"), "", "", *sums), (), formulas))
    at = len(shown)
    if len(proposed):
        shown.append(Row("head", ("", view.say("money.proposed_after"), "", "", None, None, None)))
        shown += list(_due(view, proposed))
        formulas = {k: (at + 1, len(shown) - 1) for k in ("amount", "funded", "unfunded")}
        name = view.say("total.proposal_short")
        shown.append(Row("subtotal", ("", name, "", "", *_sums(proposed)), (), formulas))
    heading = view.say("money.after", year=str(view.settings.years[1]))
    return table("money.after", columns, shown, heading, unit_line(view))


def _sums(rows: pd.DataFrame) -> Sequence[int]:
    amount, funded = int(rows["amount"].sum()), int(rows["funded"].sum())
    return amount, funded, amount - funded


def _due(view: View, rows: pd.DataFrame) -> Iterator[Row]:
    for r in rows.to_dict("records"):
        amount, funded = int(r["amount"]), int(r["funded"])
        fund = view.fund(r["fund"]) if r["fund"] else view.say("money.nobody")
        kind, origin = view.label("kind", r["kind"]), view.label("origin", r["origin"])
        cells = (str(r["year"]), fund, kind, origin, amount, funded, amount - funded)
        yield Row("line", cells, (), {"unfunded": "{amount}-{funded}"})


def _projects(view: View) -> Table | None:
    """Proposals against what each building project can take; outside every funded total."""
    rows = view.plan.ledger
    rows = rows[(rows["school"] != "") & rows["school"].isin(view.chosen)]
    if rows.empty:
        return None
    shape = (
        ("school", "text", 92.0), ("year", "year", 25.0), ("project_amount", "money", 45.0),
        ("proposed", "money", 45.0), ("left", "money", 45.0),
    )  # fmt: skip
    columns = view.columns(shape)
    shown = []
    for r in rows.to_dict("records"):
        amount, spent = int(r["amount"]), int(r["spent"])
        cells = (view.names[r["school"]], str(r["year"]), amount, spent, amount - spent)
        shown.append(Row("line", cells, (), {"left": "{project_amount}-{proposed}"}))
    sums = [sum(int(r.cells[k] or 0) for r in shown) for k in (2, 3, 4)]
    formulas = {k: (0, len(shown) - 1) for k in ("project_amount", "proposed", "left")}
    shown.append(Row("total", (view.say("total.proposal_short"), "", *sums), (), formulas))
    return table("money.projects", columns, shown, view.say("money.projects"), unit_line(view))
