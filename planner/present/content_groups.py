"""Appendices I–III and the one of schools without a project: lines of money, school by school."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from planner.plan.ledger import instalment_parts
from planner.present.content_types import Appendix, Block, Column, Figure, Paragraph, Row, table
from planner.present.content_view import View
from planner.present.words import money_words

KINDS = ("purchase", "setup", "request")


def group_lines(view: View, group: str) -> pd.DataFrame:
    """Contract lines (no upkeep) of a group: purchases, site works, requests."""
    lines = view.lines
    return lines[(lines["group"] == group) & lines["kind"].isin(KINDS)]


def group_total(view: View, group: str) -> Figure:
    """Contract value of a group; for ``preparing`` what is proposed."""
    lines = group_lines(view, group)
    return Figure(
        f"group.{group}", int(lines["amount"].sum()), view.settings.currency, _numbers(lines)
    )


def _numbers(lines: pd.DataFrame) -> tuple[int, ...]:
    return tuple(int(n) for n in lines["line"])


def group_appendix(view: View, group: str, number: str) -> Appendix:
    """One group's appendix: a table by school, its total, the total in words."""
    total = group_total(view, group)
    lead = view.say(f"lead.{group}", count=int((view.schools["group"] == group).sum()))
    blocks: list[Block] = [Paragraph(lead, "note")]
    if total.lines:
        rows = list(_rows(view, group))
        text = money_words(total.amount, view.lang, currency_words(view))
        blocks += [
            table(f"group.{group}", columns(view), rows, unit_line=unit_line(view)),
            Paragraph(view.say("in_words", words=text), "words", (total,)),
        ]
    else:
        blocks.append(Paragraph(view.say("no_lines"), "note"))
    return Appendix(f"group.{group}", number, view.say(f"title.{group}").upper(), tuple(blocks))


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
    """The columns of a procurement appendix (domain.md §4.3)."""
    return view.columns((
        ("stt", "index", 13.0), ("name", "text", 53.0), ("specification", "text", 35.0),
        ("unit", "text", 13.0), ("quantity", "count", 15.0), ("unit_price", "money", 24.0),
        ("amount", "money", 27.0), ("fund", "text", 33.0), ("year", "year", 12.0),
        ("note", "text", 27.0),
    ))  # fmt: skip


def _rows(view: View, group: str) -> Iterator[Row]:
    """School rows with their subtotal, the lines below each, and the total last."""
    lines = group_lines(view, group)
    at = 0
    order = {s: k for k, s in enumerate(view.scenario.schools["school"])}
    schools = sorted(lines["school"].unique(), key=order.__getitem__)
    by_school = dict(tuple(lines.groupby("school", sort=False)))
    for count, school in enumerate(schools, start=1):
        own = by_school[school]
        amount = int(own["amount"].sum())
        yield Row(
            "school",
            (str(count), view.names[school], "", "", None, None, amount, "", "", ""),
            _numbers(own),
            {"amount": (at + 1, at + len(own))},
        )
        for n, record in enumerate(_ordered(own), start=1):
            yield _line(view, f"{count}.{n}", record)
        at += len(own) + 1
    yield Row(
        "total",
        (
            "",
            view.say(f"total.{group}"),
            "",
            "",
            None,
            None,
            int(lines["amount"].sum()),
            "",
            "",
            "",
        ),
        _numbers(lines),
        {"amount": (0, at - 1)},
    )


def _ordered(lines: pd.DataFrame) -> list[dict[str, Any]]:
    """By year, then as in the plan; site works right after the purchase they belong to."""
    records: list[dict[str, Any]] = lines.to_dict("records")
    first: dict[tuple[Any, ...], int] = {}
    for k, r in enumerate(records):
        first.setdefault((r["year"], r["item"], r["request"]), k)
    return sorted(records, key=lambda r: (r["year"], first[r["year"], r["item"], r["request"]]))


def _line(view: View, stt: str, line: dict[str, Any]) -> Row:
    name, specification, unit = _what(view, line)
    quantity = None if line["quantity"] != line["quantity"] else float(line["quantity"])
    price = None if pd.isna(line["unit_price"]) else int(line["unit_price"])
    exact = quantity is not None and price is not None and quantity.is_integer()
    if line["kind"] == "request":
        quantity, price, exact = None, None, False
    return Row(
        "line",
        (stt, name, specification, unit, int(quantity) if exact and quantity is not None else quantity,  # noqa: E501
         price, int(line["amount"]), view.fund(line["fund"]), str(line["year"]), _note(view, line)),
        (int(line["line"]),),
        {"amount": "{quantity}*{unit_price}"} if exact else {},
    )  # fmt: skip


def _what(view: View, line: dict[str, Any]) -> tuple[str, str, str]:
    """Name, specification and unit of a line."""
    if line["kind"] == "request":
        title = view.request_titles.get((line["request"], line["option"]), line["request"])
        return view.say("request_line", title=title), "", ""
    item = view.item(line["item"])
    if line["kind"] == "setup":
        return view.say("setup_line", item=item.label(view.lang)), "", view.say("setup_unit")
    return item.label(view.lang), item.specification, item.unit


def _note(view: View, line: dict[str, Any]) -> str:
    """When the money is paid, where that is not the year itself; joint procurement."""
    notes = []
    due = instalment_parts(str(line["schedule"]))
    if due:
        cuts = "; ".join(view.say("paid_in", year=str(y), amount=view.bare(a)) for y, a in due)
        notes.append(view.say("paid", cuts=cuts))
    if line["kind"] == "purchase" and view.item(line["item"]).joint_procurement:
        notes.append(view.say("joint_short"))
    if line["kind"] == "purchase" and not float(line["quantity"]).is_integer():
        notes.append(view.say("derived"))
    return ". ".join(notes)
