"""Procurement packages: reported as they follow from the plan, never optimised, never split."""

from __future__ import annotations

from typing import Any

from planner.present.content_groups import unit_line
from planner.present.content_types import Appendix, Block, Paragraph, Row, table
from planner.present.content_view import View
from planner.present.procurement import changes, dossier, method

SHAPE = (("owner", "text", 30.0), ("name", "text", 58.0), ("year", "year", 12.0),
         ("amount", "money", 28.0), ("method", "text", 46.0), ("dossier", "text", 40.0),
         ("note", "text", 38.0))  # fmt: skip


def packages_appendix(view: View, number: str) -> Appendix:
    """Total by owner × item (or request) × year of what is funded, site works included."""
    lines = view.lines
    lines = lines[
        lines["kind"].isin(("purchase", "setup", "request")) & (lines["standing"] != "proposal")
    ]
    owner = dict(
        zip(view.scenario.schools["school"], view.scenario.schools["owner"].fillna(""), strict=True)
    )
    lines = lines.assign(owner=lines["school"].map(owner))
    columns = view.columns(SHAPE)
    rows = [
        _package(view, key, own)
        for key, own in lines.groupby(["owner", "year", "item", "request"], sort=False)
    ]
    rows.sort(key=lambda r: (str(r.cells[0]), str(r.cells[2]), -int(r.cells[3] or 0)))
    total = int(lines["amount"].sum())
    blocks: list[Block] = [Paragraph(view.say("packages.note"), "note")]
    if rows:
        span = {"amount": (0, len(rows) - 1)}
        behind = tuple(int(n) for n in lines["line"])
        rows.append(Row("total", ("", view.say("total"), "", total, "", "", ""), behind, span))
        blocks.append(table("packages", columns, rows, unit_line=unit_line(view)))
    else:
        blocks.append(Paragraph(view.say("no_lines"), "note"))
    return Appendix("packages", number, view.say("title.packages").upper(), tuple(blocks))


def _package(view: View, key: Any, lines: Any) -> Row:
    owner, year, item, request = key
    amount = int(lines["amount"].sum())
    natures = {_nature(view, f, item) for f in lines["fund"]}
    date = max(view.date or "", f"{year}-01-01")
    notes = []
    said = [method(amount, date, n) for n in sorted(natures)] if "" not in natures else [("", "")]
    files = [dossier(amount, date, n) for n in sorted(natures)] if "" not in natures else [""]
    unverified = view.say("unverified")
    one = said[0][0] if len({s[0] for s in said}) == 1 else ""
    way = f"{view.say(f'method.{one}')} ({said[0][1]})" if one else unverified
    papers = view.say(f"dossier.{files[0]}") if len(set(files)) == 1 and files[0] else unverified
    if item and view.item(item).joint_procurement:
        notes.append(view.say("joint"))
    later = changes(int(year), date)
    if later:
        notes.append(view.say("threshold_changes", date="/".join(reversed(later.split("-")))))
    titles = view.request_titles
    title = titles.get((request, lines["option"].iloc[0]), request)
    name = view.item(item).label(view.lang) if item else view.say("request_line", title=title)
    numbers = tuple(int(n) for n in lines["line"])
    return Row(
        "line",
        (view.owner_name(str(owner)), name, str(year), amount, way, papers, ". ".join(notes)),
        numbers,
    )


def _nature(view: View, fund: str, item: str) -> str:
    """Nature of the money: the fund's, else the item's single one, else unknown."""
    nature = view.settings.funds[fund].nature
    if nature:
        return nature
    own = view.item(item).nature if item else ()
    return own[0] if len(own) == 1 else ""
