"""What is bought, by owner, item and year, and what the dated thresholds of procurement imply."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from planner.present.content import Appendix, Block, Cell, Formula, Paragraph, Row, table
from planner.present.papers.annexes import KINDS, line_numbers, said_once, unit_line, whole_units
from planner.present.papers.view import View

# ---- Procurement thresholds by date, with source.
#
# A bracket whose limits are not verified names no method: the documents print «chưa đối chiếu».

BILLION = 10**9
MILLION = 10**6


@dataclass(frozen=True)
class Bracket:
    """Amounts above the bracket before and up to ``most`` (None: no limit)."""

    most: int | None
    method: str
    """Code of the method; empty: not verified."""


@dataclass(frozen=True)
class Regime:
    """Brackets in force from ``start`` (YYYY-MM-DD) for one nature of money."""

    start: str
    nature: str
    brackets: tuple[Bracket, ...]
    source: str


LAW_2013 = "Luật 43/2013/QH13, Nghị định 63/2014/NĐ-CP"
LAW_2023 = "Luật 22/2023/QH15, Điều 24"
LAW_2024 = "Luật 57/2024/QH15"
DECREE_2025 = "Nghị định 214/2025/NĐ-CP, khoản 4 Điều 78"
UNKNOWN = (Bracket(None, ""),)

REGIMES: tuple[Regime, ...] = tuple(
    Regime(start, nature, brackets, source)
    for start, source, by_nature in (
        ("1900-01-01", LAW_2013, {"capital": UNKNOWN, "recurrent": UNKNOWN}),
        (
            "2024-01-01",
            LAW_2023,
            dict.fromkeys(
                ("capital", "recurrent"), (Bracket(5 * BILLION, ""), Bracket(None, "open"))
            ),
        ),
        ("2025-01-15", LAW_2024, {"capital": UNKNOWN, "recurrent": UNKNOWN}),
        (
            "2025-08-04",
            DECREE_2025,
            {
                "recurrent": (Bracket(500 * MILLION, "direct"), Bracket(None, "")),
                "capital": (Bracket(2 * BILLION, "direct"), Bracket(None, "")),
            },
        ),
    )
    for nature, brackets in by_nature.items()
)
"""2024: the direct limit was not found. 15/01/2025: the entry date is from memory. From
04/8/2025 the source read gives the direct limits only; that competitive shopping goes above
5 billion is inferred from one package, so nothing above the direct limit is named."""

OUTLINE_FROM = "2020-04-09"
OUTLINE_UNTIL = "2024-07-10"
"""Nghị định 82/2024 may have changed the limits of Thông tư 03/2020: not verified from then."""
OUTLINE_ABOVE = 200 * MILLION
PROJECT_ABOVE = 15 * BILLION


def regime(date: str, nature: str) -> Regime:
    """The thresholds in force on a date."""
    return [r for r in REGIMES if r.nature == nature and r.start <= date][-1]


def method(amount: int, date: str, nature: str) -> tuple[str, str]:
    """Code of the method (empty: not verified) and its source."""
    found = regime(date, nature)
    for bracket in found.brackets:
        if bracket.most is None or amount <= bracket.most:
            return bracket.method, found.source
    return "", found.source


def changes(year: int, date: str) -> str:
    """Date in ``year`` after ``date`` from which other thresholds apply; empty: none."""
    later = [r.start for r in REGIMES if r.start > date and r.start[:4] == str(year)]
    return min(later, default="")


def dossier(amount: int, date: str, nature: str) -> str:
    """Code of the dossier that follows: ``none``, ``outline``, ``project``; empty: unverified."""
    if nature != "recurrent" or not OUTLINE_FROM <= date < OUTLINE_UNTIL:
        return ""
    if amount > PROJECT_ABOVE:
        return "project"
    return "outline" if amount > OUTLINE_ABOVE else "none"


# ---- Procurement packages: reported as they follow from the plan, never optimised, never split.

PACKAGES_SHAPE = (("owner", "text", 28.0), ("name", "text", 48.0), ("unit", "text", 15.0),
         ("year", "year", 12.0), ("quantity", "number", 17.0), ("unit_price", "money", 23.0),
         ("setup", "money", 23.0), ("amount", "money", 27.0), ("method", "text", 42.0),
         ("dossier", "text", 38.0), ("note", "text", 46.0))  # fmt: skip


def _implied(view: View, amount: int, date: str, natures: Collection[str]) -> tuple[str, str]:
    """Method and dossier that follow from an amount on a date, whatever the nature of its money
    (the fund's, else the item's single one; empty: unknown)."""
    way = papers = view.say("unverified")
    if "" not in natures:
        ways = [method(amount, date, n) for n in sorted(natures)]
        code, source = ways[0]
        if code and all(other == code for other, _ in ways):
            way = f"{view.say(f'method.{code}')} ({source})"
        files = {dossier(amount, date, n) for n in natures}
        if len(files) == 1 and "" not in files:
            papers = view.say(f"dossier.{files.pop()}")
    return way, papers


def packages_appendix(view: View, number: str) -> Appendix:
    """Total by owner × item (or request) × year of what is funded, with the method and dossier that
    follow; of several owners a table by item and year too, and each owner's packages for full
    papers alone."""
    lines = view.lines
    lines = lines[lines["kind"].isin(KINDS) & (lines["standing"] != "proposal")]
    schools = view.scenario.schools
    owner = dict(zip(schools["school"], schools["owner"].fillna(""), strict=True))
    lines = lines.assign(owner=lines["school"].map(owner))
    columns = view.columns(PACKAGES_SHAPE)
    rows = _rows(view, lines)
    blocks: list[Block] = [Paragraph(view.say("packages.note"), "note")]
    if not rows:
        blocks.append(Paragraph(view.say("no_lines"), "note"))
    else:
        several = lines["owner"].nunique() > 1
        if several:
            heading = view.say("packages.items")
            shape = [c for c in columns if c.key not in ("owner", "method", "dossier", "note")]
            short = [replace(r, cells=r.cells[1:8]) for r in _rows(view, lines.assign(owner=""))]
            blocks.append(table("packages.items", shape, short, heading, unit_line(view)))
        columns, rows, said = said_once(view, columns, rows, "owner", "method", "dossier", "note")
        heading = view.say("packages.owners") if several else ""
        listed = table("packages", columns, rows, heading, unit_line(view))
        blocks += [*said, replace(listed, full=several)]
    return Appendix("packages", number, view.say("title.packages").upper(), tuple(blocks))


def _rows(view: View, lines: pd.DataFrame) -> list[Row]:
    """A row by owner, year and item or request, units at their price and site works beside them,
    and the total; of no lines none. Where units have several prices none is named."""
    rows = []
    for key, part in lines.groupby(["owner", "year", "item", "request"], sort=False):
        buyer, year, item, request = map(str, key)
        amount = int(part["amount"].sum())
        works = int(part.loc[part["kind"] == "setup", "amount"].sum())
        date = max(view.date or "", f"{year}-01-01")
        own = view.item(item).nature if item else ()
        natures = {view.settings.funds[f].nature or (own[0] if len(own) == 1 else "")
                   for f in part["fund"]}  # fmt: skip
        notes = [view.say("joint")] if item and view.item(item).joint_procurement else []
        if later := changes(int(year), date):
            notes.append(view.say("threshold_changes", date="/".join(reversed(later.split("-")))))
        title = view.request_titles.get((request, part["option"].iloc[0]), request)
        name = view.item(item).label(view.lang) if item else view.say("request_line", title=title)
        bought = part[part["kind"] == "purchase"]
        units = float(bought["quantity"].sum()) if len(bought) else None
        price: int | None = None
        formulas: Mapping[str, Formula] = {}
        if units is not None:
            prices = {int(p) for p in bought["unit_price"]}
            if len(prices) == 1 and units * min(prices) == amount - works:
                price, formulas = min(prices), {"amount": "{quantity}*{unit_price}+{setup}"}
            units = whole_units(units)
        cells: tuple[Cell, ...] = (
            view.owner_name(buyer), name, view.item(item).unit if item else "", year, units, price,
            works, amount, *_implied(view, amount, date, natures), ". ".join(notes),
        )  # fmt: skip
        rows.append(Row("line", cells, line_numbers(part), formulas))
    rows.sort(key=lambda r: (str(r.cells[0]), str(r.cells[3]), -int(r.cells[7] or 0)))
    if rows:
        sums = [int(lines.loc[lines["kind"] == "setup", "amount"].sum())]
        sums.append(int(lines["amount"].sum()))
        spans = dict.fromkeys(("setup", "amount"), (0, len(rows) - 1))
        total = ("", view.say("total"), "", "", None, None, *sums, "", "", "")
        rows.append(Row("total", total, line_numbers(lines), spans))
    return rows
