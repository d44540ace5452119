"""Appendices I–III and the one of schools without a project: lines of money, school by school."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from planner.analysis.payments import parts
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
        text = money_words(total.amount, view.lang, _unit(view))
        blocks += [
            table(f"group.{group}", columns(view), rows, unit_line=unit_line(view)),
            Paragraph(view.say("in_words", words=text), "words", (total,)),
        ]
    else:
        blocks.append(Paragraph(view.say("no_lines"), "note"))
    return Appendix(f"group.{group}", number, view.say(f"title.{group}").upper(), tuple(blocks))


def _unit(view: View) -> str:
    if view.settings.currency == "VND":
        return "đồng" if view.lang == "vi" else "Vietnamese dong"
    return view.settings.currency


def unit_line(view: View) -> str:
    """«Đơn vị tính: đồng»."""
    unit = "đồng" if view.settings.currency == "VND" else view.settings.currency
    return view.say("unit_line", unit="VND" if (unit, view.lang) == ("đồng", "en") else unit)


def columns(view: View) -> tuple[Column, ...]:
    """The columns of a procurement appendix (domain.md §4.3)."""
    shape: tuple[tuple[str, Any, float], ...] = (
        ("stt", "index", 13), ("name", "text", 53), ("specification", "text", 35),
        ("unit", "text", 13), ("quantity", "count", 13), ("unit_price", "money", 24),
        ("amount", "money", 28), ("fund", "text", 34), ("year", "year", 12),
        ("note", "text", 27),
    )  # fmt: skip
    return tuple(Column(k, view.say(f"col.{k}"), kind, width) for k, kind, width in shape)


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
        titles = view.plan.requests
        own = titles[(titles["request"] == line["request"]) & (titles["option"] == line["option"])]
        title = own["title"].iloc[0] if len(own) else line["request"]
        return view.say("request_line", title=title), "", ""
    item = view.item(line["item"])
    if line["kind"] == "setup":
        return view.say("setup_line", item=item.label(view.lang)), "", view.say("setup_unit")
    return item.label(view.lang), item.specification, item.unit


def _note(view: View, line: dict[str, Any]) -> str:
    """When the money is paid, where that is not the year itself; joint procurement."""
    notes = []
    due = parts(line["schedule"])
    if due:
        cuts = "; ".join(view.say("paid_in", year=str(y), amount=view.bare(a)) for y, a in due)
        notes.append(view.say("paid", cuts=cuts))
    if line["kind"] == "purchase" and view.item(line["item"]).joint_procurement:
        notes.append(view.say("joint_short"))
    return ". ".join(notes)
