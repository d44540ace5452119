"""Appendix IV: money by fund and year, building projects, what falls due after the plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from planner.present.content_after import after_blocks
from planner.present.content_groups import currency_words, unit_line
from planner.present.content_types import (
    Appendix,
    Block,
    Cell,
    Figure,
    Paragraph,
    Row,
    Table,
    table,
)
from planner.present.content_view import View
from planner.present.words import money_words

SOURCES = ("amount", "reserve", "usable", "carried_in", "spent", "carried_out", "lapsed")
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
    rows = ledger(view)
    if len(years) > 3:
        return _long_table(view, rows)
    shape = [("fund", "text", 165.0 - 29 * (len(years) + 1))]
    shape += [(f"y{y}", "money", 29.0) for y in years]
    columns = view.columns(
        [*shape, ("amount", "money", 29.0)], amount="sum", **{f"y{y}": "fund" for y in years}
    )
    columns = [replace(c, head=c.key[1:]) if c.key[1:].isdigit() else c for c in columns]
    shown = []
    each = "+".join(f"{{y{y}}}" for y in years)
    for fund in dict.fromkeys(rows["fund"]):
        own = rows[rows["fund"] == fund].set_index("year")["spent"]
        cells = [int(own.get(y, 0)) for y in years]
        line: tuple[Cell, ...] = (view.fund(fund), *cells, sum(cells))
        shown.append(Row("line", line, _paid_by(view, fund, years), {"amount": each}))
    sums = [sum(int(r.cells[k] or 0) for r in shown) for k in range(1, len(years) + 2)]
    spans = {c.key: (0, len(shown) - 1) for c in columns[1:]}
    shown.append(Row("total", (view.say("total"), *sums), funded_total(view).lines, spans))
    return table("letter.funds", columns, shown, unit_line=unit_line(view))


def _long_table(view: View, rows: pd.DataFrame) -> Table:
    """One row a fund and year, for plans of many years."""
    columns = view.columns(
        (("fund", "text", 95.0), ("year", "year", 25.0), ("amount", "money", 45.0))
    )
    shown: list[Row] = []
    for fund in dict.fromkeys(rows["fund"]):
        own = rows[rows["fund"] == fund]
        at = len(shown)
        head = (view.fund(fund), "", int(own["spent"].sum()))
        behind = _paid_by(view, fund, own["year"])
        shown.append(Row("subtotal", head, behind, {"amount": (at + 1, at + len(own))}))
        for y, a in zip(own["year"], own["spent"], strict=True):
            shown.append(Row("line", ("", str(y), int(a)), _paid_by(view, fund, [y])))
    total = funded_total(view)
    span = {"amount": (0, len(shown) - 1)}
    shown.append(Row("total", (view.say("total"), "", total.amount), total.lines, span))
    return table("letter.funds", columns, shown, unit_line=unit_line(view))


def money_appendix(view: View, number: str) -> Appendix:
    """Appendix IV."""
    total = funded_total(view)
    blocks: list[Block] = [Paragraph(view.say("money.note"), "note")]
    if view.shared_funds & set(view.funds):
        blocks.append(Paragraph(view.say("money.shared"), "note"))
    blocks.append(_ledger_table(view, "sources", SOURCES))
    text = money_words(total.amount, view.lang, currency_words(view))
    text = view.say("money.in_words", words=text)
    blocks += [Paragraph(text, "words", (total,)), _ledger_table(view, "uses", SPENT)]
    blocks.append(_year_table(view))
    blocks += after_blocks(view)
    return Appendix("money", number, view.say("title.money").upper(), tuple(blocks))


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
            shown.append(_year_row(view, record, keys))
    total = funded_total(view)
    name = ("total", view.say("total"))
    shown.append(_sum_row(name, rows, keys, (0, len(shown) - 1), total.lines))
    columns = view.columns(shape, fund="fund_year", amount="given")
    heading = view.say(f"money.{key}")
    return table(f"money.{key}", columns, shown, heading, unit_line(view))


def _year_row(view: View, record: dict[str, Any], keys: Sequence[str]) -> Row:
    cells: list[Cell] = [None if record[k] is None else int(record[k]) for k in keys]
    formulas = FORMULAS if record["amount"] is not None else {"spent": FORMULAS["spent"]}
    used = {k: f for k, f in formulas.items() if k in keys and set(_names(f)) <= set(keys)}
    behind = view.paid_lines.get((record["fund"], int(record["year"])), ())
    return Row("line", (str(record["year"]), *cells), behind, used)


def _names(formula: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", formula)


def _sum_row(
    name: tuple[Any, str], rows: pd.DataFrame, keys: Sequence[str], span: tuple[int, int],
    lines: tuple[int, ...],
) -> Row:  # fmt: skip
    moving = {"carried_in", "carried_out", "usable"} if rows["carried_in"].any() else set()
    whole = not rows["amount"].isna().any()
    summed = [k for k in keys if k not in moving and (whole or k in SPENT)]
    cells = [int(rows[k].sum()) if k in summed else None for k in keys]
    return Row(name[0], (name[1], *cells), lines, dict.fromkeys(summed, span))


def _year_table(view: View) -> Table:
    """The same money by year over all funds."""
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
    return table("money.years", columns, shown, view.say("money.by_year"), unit_line(view))
