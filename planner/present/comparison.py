"""A comparison as text, Markdown, JSON and a workbook."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.analysis.compare import by_weight, signed
from planner.messages import say
from planner.messages.numbers import grouped, percent, pupil_years, rounded
from planner.present.typography import clean, money_scale, table

if TYPE_CHECKING:
    from planner.analysis.compare import Comparison

MOST = 20
"""Lines listed; all of them are in the JSON and the workbook."""
TABLES = ("summary", "money", "coverage", "people", "schools", "lines")

Section = tuple[str, list[str], list[list[str]], int]
"""(code of the heading, header, rows, columns of words)."""


def text(comparison: Comparison, lang: str = "vi", width: int = 110) -> str:
    """The comparison as plain text."""
    lines = [say("compare.title", lang, name=comparison.reference.name)]
    if comparison.empty:
        return "\n".join([*lines, "", "  " + say("compare.same", lang)]) + "\n"
    for code, header, rows, words in sections(comparison, lang):
        lines += ["", say(f"compare.head.{code}", lang)]
        lines += table(header, rows, width, words=words)
    return "\n".join(lines) + "\n"


def markdown(comparison: Comparison, lang: str = "vi") -> str:
    """The comparison as Markdown tables."""
    lines = [f"# {_cell(say('compare.title', lang, name=comparison.reference.name))}"]
    if comparison.empty:
        return "\n\n".join([*lines, say("compare.same", lang)]) + "\n"
    for code, header, rows, words in sections(comparison, lang):
        sides = [":--" if k < words else "--:" for k in range(len(header))]
        body = [header, sides, *rows]
        lines.append(f"\n## {say(f'compare.head.{code}', lang)}\n")
        lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in body]
    return "\n".join(lines) + "\n"


def _cell(value: str) -> str:
    """Text that a Markdown table shows as it is."""
    for mark in "\\|`*_<>[]":
        value = value.replace(mark, "\\" + mark)
    return clean(value) if value not in ("--:", ":--") else value


def sections(comparison: Comparison, lang: str) -> list[Section]:
    """The tables that people read, as texts."""

    def head(*codes: str) -> list[str]:
        return [say(f"compare.{c}", lang) for c in codes]

    # Equipped pupil-years by group with a total.
    columns = ["people_reference", "people", "difference"]
    rows = []
    for plan, part in comparison.people.groupby("plan", sort=False):
        by_group = part.set_index("group")[columns]
        by_group.loc[""] = by_group.sum()
        for group, row in by_group.iterrows():
            label = say(f"label.group_short.{group}" if group else "compare.total", lang)
            before, after, more = (pupil_years(float(row[c]), lang) for c in columns)
            rows.append([str(plan), label, before, after, _minus(more)])
    people = rows
    found: list[Section] = [
        ("plans", head("plan", "status", "value", "people", "spent"), _plans(comparison, lang), 2),
        (
            "coverage",
            head("plan", "group", "coverage_reference", "coverage", "points"),
            _coverage(comparison, lang),
            2,
        ),
        (
            "people",
            head("plan", "group", "coverage_reference", "to", "difference"),
            people,
            2,
        ),
        (
            "money",
            head("plan", "fund", "coverage_reference", "to", "difference"),
            _money(comparison, lang),
            2,
        ),
        (
            "changes",
            head("plan", "change", "cause", "lines", "difference"),
            _changes(comparison, lang),
            3,
        ),
        (
            "lines",
            head("plan", "school", "item", "change", "cause", "from", "to", "difference"),
            _lines(comparison, lang),
            7,
        ),
    ]
    if len(comparison.plans) == 2:  # one plan beside the reference needs no name in every row
        found = [found[0], *(_without_plan(s) for s in found[1:])]
    return [s for s in found if s[2]]


def _without_plan(section: Section) -> Section:
    code, header, rows, words = section
    return code, header[1:], [row[1:] for row in rows], words - 1


def _plans(comparison: Comparison, lang: str) -> list[list[str]]:
    currency = comparison.reference.plan.scenario.settings.currency
    scale = money_scale(comparison.summary["spent"], currency, lang, most=6)
    return [
        [
            str(row["plan"]),
            say(f"label.status.{row['status']}", lang),
            rounded(float(row["value"]), 1, lang) if math.isfinite(row["value"]) else "–",
            pupil_years(float(row["people"]), lang),
            scale.text(int(row["spent"])),
        ]
        for row in comparison.summary.to_dict("records")
    ]


def _coverage(comparison: Comparison, lang: str) -> list[list[str]]:
    def share(value: float) -> str:
        return "–" if pd.isna(value) else percent(float(value), 1, lang)

    return [
        [
            str(row["plan"]),
            say(f"label.group_short.{row['group']}", lang),
            share(row["after_reference"]),
            share(row["after"]),
            "–" if pd.isna(row["difference"]) else signed(row["difference"] * 100, lang),
        ]
        for row in comparison.coverage.to_dict("records")
    ]


def _minus(number: str) -> str:
    """A number with the minus sign of typography, as shares have it."""
    return number.replace("-", "−")


def _money(comparison: Comparison, lang: str) -> list[list[str]]:
    """Money by fund with a total; differences are exact to the minor unit."""
    columns = ["amount_reference", "amount", "difference"]
    scenario = comparison.reference.plan.scenario
    rows = []
    for plan, part in comparison.money.groupby("plan", sort=False):
        by_fund = part.groupby("fund", sort=False)[columns].sum()
        by_fund.loc[""] = by_fund.sum()
        for fund, row in by_fund.iterrows():
            known = scenario.settings.funds.get(str(fund))
            name = known.name.say(lang) if known is not None and known.name else str(fund)
            label = name or say("compare.total", lang)
            numbers = [_minus(grouped(int(row[c]), lang)) for c in columns]
            rows.append([str(plan), label, *numbers])
    return rows


def _changes(comparison: Comparison, lang: str) -> list[list[str]]:
    grouped_lines = comparison.lines.groupby(["plan", "change", "cause"], sort=False)
    found = grouped_lines["difference"].agg(["size", "sum"]).reset_index()
    found = found.sort_values(["plan", "size"], ascending=[True, False], kind="stable")
    return [
        [
            str(row["plan"]),
            say(f"compare.change.{row['change']}", lang),
            say(f"compare.cause.{row['cause']}", lang),
            grouped(int(row["size"]), lang),
            _minus(grouped(int(row["sum"]), lang)),
        ]
        for row in found.to_dict("records")
    ]


def _lines(comparison: Comparison, lang: str) -> list[list[str]]:
    return [
        [
            str(row["plan"]),
            str(row["school"]),
            str(row["item"] or row["request"]),
            say(f"compare.change.{row['change']}", lang),
            say(f"compare.cause.{row['cause']}", lang),
            _place(row, "_reference", lang),
            _place(row, "", lang),
            _minus(grouped(int(row["difference"]), lang)),
        ]
        for row in by_weight(comparison.lines).head(MOST).to_dict("records")
    ]


def _place(row: dict[str, Any], suffix: str, lang: str) -> str:
    """``2024: 3 × district-capital``; a dash where there is no line."""
    if not row[f"fund{suffix}"]:
        return "–"
    units = rounded(float(row[f"quantity{suffix}"]), 2, lang).rstrip("0").rstrip(".,")
    shown = f"{units} × " if row["kind"] == "purchase" else ""
    return f"{row[f'year{suffix}']}: {shown}{row[f'fund{suffix}']}"


def as_json(comparison: Comparison) -> str:
    """Every table as a list of records; ``null`` where a number is missing."""
    body: dict[str, Any] = {
        "reference": comparison.reference.name,
        "plans": [t.name for t in comparison.plans],
        "empty": comparison.empty,
    }
    for name in TABLES:
        records = getattr(comparison, name).to_dict("records")
        body[name] = [{k: _plain(v) for k, v in r.items()} for r in records]
    return json.dumps(body, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


WORDS = {
    "status": "label.status", "group": "label.group_short", "kind": "label.kind",
    "change": "compare.change", "cause": "compare.cause",
}  # fmt: skip
"""Columns of closed lists and the sentences that their values are written with."""
SHARES = ("gap", "before", "after", "after_reference", "coverage", "coverage_reference")
SHARED = ("coverage", "schools")
"""Tables whose differences are shares."""


def write_xlsx(comparison: Comparison, path: Path, lang: str = "vi") -> None:
    """One sheet a table, numbers as numbers, no formulas."""
    import xlsxwriter

    book = xlsxwriter.Workbook(
        str(path),
        {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True},
    )
    styles = {
        "head": {"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True,
                 "valign": "vcenter"},
        "whole": {"num_format": "#,##0"},
        "real": {"num_format": "#,##0.##"},
        "share": {"num_format": "0.00%"},
    }  # fmt: skip
    formats = {name: book.add_format(style) for name, style in styles.items()}
    for name in TABLES:
        frame = getattr(comparison, name)
        sheet = book.add_worksheet(say(f"compare.sheet.{name}", lang))
        sheet.freeze_panes(1, 2)
        for at, column in enumerate(frame.columns):
            _column(sheet, at, (name, str(column)), frame[column], formats, lang)
        if len(frame):
            sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
    book.close()


def _column(
    sheet: Any,
    at: int,
    which: tuple[str, str],
    column: pd.Series[Any],
    formats: Mapping[str, Any],
    lang: str,
) -> None:
    """A column under its header; ``which`` is its table and name."""
    table_, name = which
    head = say(f"compare.column.{name}", lang)
    values = [_shown(v, name, lang) for v in column.tolist()]
    share = name in SHARES or (name == "difference" and table_ in SHARED)
    kind = "share" if share else "whole" if column.dtype == "int64" else "real"
    style = None if name.startswith("year") else formats[kind]
    width = max([min(len(head), 16), *(len(str(v)) for v in values[:200] if isinstance(v, str))])
    numeric = not any(isinstance(v, str) for v in values)
    sheet.set_column(at, at, min(max(width, 14 if numeric else 8) + 2, 40))
    sheet.write_string(0, at, head, formats["head"])
    for row, value in enumerate(values, start=1):
        if isinstance(value, str):
            sheet.write_string(row, at, value)
        elif not pd.isna(value) and not (value == 0 and name.startswith("year")):
            sheet.write_number(row, at, value, style)


def _shown(value: Any, name: str, lang: str) -> Any:
    """A value of a closed list as people say it; others as they are."""
    return say(f"{WORDS[name]}.{value}", lang) if name in WORDS and value else value
