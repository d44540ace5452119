"""Measured points before and after a plan, and what a million buys, as its papers print them:
pupil-years and points by item and level of schooling, of the plan and of what was delivered. The
figures are those of :class:`planner.analysis.criteria.Measured`; none is computed here."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from planner.analysis.criteria import MILLION, Measured, has_criteria
from planner.present.content import Block, Cell, Column, Paragraph, Row, plain, table
from planner.present.executing import day_text
from planner.present.papers.annexes import line_numbers, unit_line
from planner.present.papers.view import View
from planner.present.rule_words import value_in_words
from planner.scenario.schema import CRITERIA_GROUPS, LEVELS

SHOWN = 12
"""Items that brief papers print, those that bring most pupil-years for their money."""
RATES = ("people", "points")
UNITS = {"people": "pupil-years", "points": "points"}


CRITERIA = (("criterion", "text", 74.0), ("schools", "count", 18.0), ("most", "number", 18.0),
            ("before", "number", 22.0), ("estimated", "number", 24.0))  # fmt: skip
COUNTED = tuple((f"{w}_{n}", "count", 13.0) for w in ("before", "after") for n in (1, 2, 3))
AT_LEVELS = (("criteria_group", "text", 40.0),
             ("schools", "count", 14.0), ("before", "number", 16.0),
          ("estimated", "number", 18.0), *COUNTED)  # fmt: skip


def criteria_blocks(view: View) -> list[Block]:
    """Measured points before the plan and what they are estimated to be after it, and how many
    schools are at each level; nothing where no criteria are given."""
    if not has_criteria(view.scenario):
        return []
    found = Measured(view.plan, view.settings.years[1], only=view.chosen)
    group = {name: value_in_words(name, view.lang) for name in CRITERIA_GROUPS}

    def points(value: float) -> float | None:
        return None if math.isnan(value) else round(value, 2)

    known = found.criteria
    sure = bool(known["verified"].any())
    named = {row.criterion: row for row in view.scenario.rows("criteria")}
    rows: list[Row] = []
    for name, own in known.groupby("criteria_group", sort=False):
        rows.append(Row("head", (group[str(name)], None, None, None, None)))
        for row in own.to_dict("records"):
            label = plain(named[row["criterion"]].label(view.lang))
            if sure and not row["verified"]:
                label += f" ({view.say('unverified')})"
            cells = (row["schools"], points(row["most"]), points(row["before"]))
            rows.append(Row("line", (label, *cells, points(row["after"]))))
    heading = view.say("coverage.criteria")
    parts = table("coverage.criteria", view.columns(CRITERIA, before="measured"), rows, heading)
    levels = [
        Row("line", (group[row["criteria_group"]], row["schools"], points(row["before"]),
                     points(row["after"]), *(row[k] for k, _, _ in COUNTED)))
        for row in found.sums.to_dict("records")
    ]  # fmt: skip
    summed = table(
        "coverage.levels",
        view.columns(AT_LEVELS, before="measured"),
        levels,
        view.say("coverage.levels"),
    )
    notes = [view.say("coverage.criteria_note", year=str(found.year))]
    if not known["verified"].all():
        notes.append(view.say("coverage.criteria_unverified"))
    missing = list(dict.fromkeys(school for school, _, _ in found.unmeasured))
    if missing:
        schools = view.scenario.schools
        names = dict(zip(schools["school"], schools["name"], strict=True))
        listed = "; ".join(plain(names[school]) for school in missing)
        notes.append(view.say("coverage.unmeasured", count=len(missing), schools=listed))
    return [*(Paragraph(note, "note") for note in notes), parts, summed]


def effect_blocks(view: View) -> list[Block]:
    """A row an item with a column a level, then for full papers every item and level; nothing where
    no criteria are given, as the figure of it."""
    if not has_criteria(view.scenario):
        return []
    found = Measured(view.plan, view.settings.years[1], view.status, view.chosen)
    if found.by_item.empty:
        return []
    seen = {(r["item"], r["level"]): r for r in found.by_level.to_dict("records")}
    seen |= {(r["item"], ""): r for r in found.by_item.to_dict("records")}
    names = [str(name) for name in found.by_item["item"]]
    done = view.status is not None and bool(found.by_item["done_amount"].any())
    million = view.money(MILLION)
    notes = [view.say("effect.note", money=million)]
    if len(names) > SHOWN:
        notes.append(view.say("effect.first", shown=SHOWN, count=len(names)))
    if done and view.status is not None:
        notes.append(view.say("effect.done", date=day_text(view.status.at, view.lang)))
    return [
        Paragraph(" ".join(notes), "note"),
        _by_item(view, seen, names[:SHOWN], done),
        _each(view, seen, names, done),
    ]


Seen = dict[tuple[Any, Any], dict[Any, Any]]
"""(item, level or nothing for all levels) → what is known of it."""


def _by_item(view: View, seen: Seen, names: list[str], done: bool) -> Block:
    """An item a row: money, then pupil-years and points for a million at each level and in all;
    a level of which no school was measured has no column of points."""
    levels = [v for v in LEVELS if any((name, v) in seen for name in names)]
    kinds = [*levels, ""] if len(levels) > 1 else levels
    asked = [
        (what, kind) for what in RATES for kind in kinds
        if kind == "" or what == "people"
        or any(_rate(seen, name, kind, what) is not None for name in names)
    ]  # fmt: skip
    columns = view.columns((("item", "text", 50.0), ("amount", "money", 28.0)))
    for what, kind in asked:
        head = view.label("level", kind) if kind else view.say("effect.all")
        head = view.say(f"effect.{what}", kind=head)
        columns.append(Column(f"{what}_{kind or 'all'}", head, "ratio", 18.0, UNITS[what]))
    rows = []
    for name in names:
        rates = [_rate(seen, name, kind, what) for what, kind in asked]
        cells = (view.item(name).label(view.lang), int(seen[name, ""]["amount"]), *rates)
        rows.append(Row("line", (*cells, *_done(seen[name, ""], done)), _behind(view, name)))
    columns += _done_columns(view, done)
    heading = view.say("effect.heading", money=view.money(MILLION))
    return table("coverage.effect", columns, rows, heading, unit_line(view))


def _each(view: View, seen: Seen, names: list[str], done: bool) -> Block:
    """An item's sum, then a row a level; the total of the money."""
    shape = (("item", "text", 60.0), ("level", "text", 40.0), ("amount", "money", 28.0))
    columns = view.columns(shape)
    columns += [Column(what, view.say(f"col.effect_{what}"), "ratio", 24.0, UNITS[what])
                for what in RATES]  # fmt: skip
    columns += _done_columns(view, done)
    summed = ("amount", "done_amount") if done else ("amount",)
    rows: list[Row] = []
    for name in names:
        kinds = ["", *(v for v in LEVELS if (name, v) in seen)]
        span = dict.fromkeys(summed, (len(rows) + 1, len(rows) + len(kinds) - 1))
        for kind in kinds:
            own, rates = seen[name, kind], [_rate(seen, name, kind, what) for what in RATES]
            label = view.label("level", kind) if kind else ""
            item = "" if kind else view.item(name).label(view.lang)
            cells = (item, label, int(own["amount"]), *rates, *_done(own, done))
            behind, formulas = _behind(view, name, kind), {} if kind else span
            rows.append(Row("line" if kind else "subtotal", cells, behind, formulas))
    sums = [sum(int(seen[name, ""][key]) for name in names) for key in summed]
    total = (view.say("total"), "", sums[0], None, None, *[*sums[1:], None, None][: 3 * done])
    every = {n for name in names for n in _behind(view, name)}
    spans = dict.fromkeys(summed, (0, len(rows) - 1))
    rows.append(Row("total", total, tuple(sorted(every)), spans))
    heading = view.say("effect.each")
    return replace(
        table("coverage.effect_each", columns, rows, heading, unit_line(view)), full=True
    )


def _rate(seen: Seen, name: str, kind: str, what: str) -> float | None:
    """What a million buys; nothing where none was spent, or at no school that was measured."""
    value = float(seen.get((name, kind), {}).get(f"{what}_per_million", math.nan))
    return None if math.isnan(value) else value


def _done(own: dict[Any, Any], done: bool) -> Iterable[Cell]:
    """Money and rates of what was delivered."""
    if not done:
        return ()
    rates = (float(own[f"done_{what}_per_million"]) for what in RATES)
    return int(own["done_amount"]), *(None if math.isnan(rate) else rate for rate in rates)


def _done_columns(view: View, done: bool) -> list[Column]:
    """Columns of what was delivered, where anything was."""
    if not done:
        return []
    made = view.columns((("done_amount", "money", 28.0),))
    return made + [Column(f"done_{what}", view.say(f"col.done_{what}"), "ratio", 22.0, UNITS[what])
                   for what in RATES]  # fmt: skip


def _behind(view: View, name: str, kind: str = "") -> tuple[int, ...]:
    """Numbers of the funded lines of an item's purchases and site works, of a level's schools."""
    lines, schools = view.lines, view.scenario.schools
    lines = lines[lines["kind"].isin(("purchase", "setup")) & (lines["standing"] != "proposal")]
    lines = lines[lines["item"] == name]
    if kind:
        lines = lines[lines["school"].isin(schools.loc[schools["level"] == kind, "school"])]
    return line_numbers(lines)
