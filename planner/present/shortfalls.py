"""Sections of the summary on who is left behind: fairness, worst schools, unmet needs, and
what is still to be paid after the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from planner.analysis.fairness import numbers
from planner.analysis.unmet import by_reason
from planner.messages import say
from planner.present.telling import Text, Told
from planner.present.text_table import clean

if TYPE_CHECKING:
    from planner.plan import Plan

WORST = 10
"""Schools listed as faring worst."""


def fairness_lines(told: Told, text: Text) -> list[str]:
    """How evenly coverage is spread."""
    spread = told.fairness
    lines = [text.head("summary.head.fairness")]
    if "all" in spread:
        row = spread["all"]
        gini = {k: text.number(float(row[f"gini_{k}"]), 3) for k in ("before", "after")}
        way = "stays"
        if gini["before"] != gini["after"]:
            way = "falls" if row["gini_after"] < row["gini_before"] else "rises"
        lines += text.say(
            "summary.fairness",
            lowest=text.percent(float(row["min_after"])),
            p10=text.percent(float(row["p10_after"])),
            change=say(f"summary.gini_{way}", text.lang, **gini),
        )
    rows = []
    for group, row in spread.items():
        code = "summary.funded_total" if group == "all" else f"label.group_short.{group}"
        shares = [text.percent(float(row[k])) for k in ("min_after", "p10_after", "mean_after")]
        ginis = [text.number(float(row[k]), 3) for k in ("gini_before", "gini_after")]
        rows.append([say(code, text.lang), text.number(float(row["schools"])), *shares, *ginis])
    columns = ("schools", "min", "p10", "mean", "gini_before", "gini_after")
    header = ["label.column.group", *(f"summary.col.{c}" for c in columns)]
    return [*lines, *text.table(header, rows, totals=1)]


def worst_schools(plan: Plan, count: int = WORST) -> pd.DataFrame:
    """The schools of lowest coverage after the plan; of equals the larger first."""
    schools = plan.schools
    known = schools.assign(_after=numbers(schools["coverage_after"]))
    known = known[known["_after"].notna()]
    order = known.sort_values(
        ["_after", "pupils", "school"], ascending=[True, False, True], kind="stable"
    )
    return order.head(count).drop(columns="_after")


def worst_lines(told: Told, text: Text) -> list[str]:
    """The ten schools that fare worst."""
    worst = worst_schools(told.plan)
    reasons = _largest_reason(told.unmet)
    rows = [
        [
            row["name"],
            say(f"label.group_short.{row['group']}", text.lang),
            say(f"label.reason.{reasons[row['school']]}", text.lang)
            if row["school"] in reasons
            else "–",
            text.percent(float(row["coverage_before"])),
            text.percent(float(row["coverage_after"])),
        ]
        for row in worst.to_dict("records")
    ]
    header = ["label.column.school", "label.column.group", "summary.col.worst_reason"]
    header += ["summary.col.before", "summary.col.after"]
    return [
        text.head("summary.head.worst", count=len(rows)),
        *text.table(header, rows, words=3),
    ]


def _largest_reason(lines: pd.DataFrame) -> dict[str, str]:
    """School → the reason that holds back most money's worth of its needs."""
    costs = lines.groupby(["school", "reason"], sort=True)["cost"].sum().reset_index()
    first = costs.sort_values(["cost"], ascending=False, kind="stable").drop_duplicates("school")
    return dict(zip(first["school"], first["reason"], strict=True))


def unmet_lines(told: Told, text: Text) -> list[str]:
    """What stays unmet, and the largest reasons."""
    head = text.head("summary.head.unmet")
    proposal = told.unmet["group"] == "preparing"
    lines, others = told.unmet[~proposal], told.unmet[proposal]
    needs = int((told.last["group"] != "preparing").sum())
    extra: list[str] = []
    if len(others):
        cost = told.prose(int(others["cost"].sum()))
        extra = text.say("summary.unmet_proposals", short=len(others), cost=cost)
    if lines.empty:
        return [head, *text.say("summary.unmet_none"), *extra]
    reasons = by_reason(lines)
    scale = told.columns([int(c) for c in reasons["cost"]])
    rows = [
        [
            say(f"label.reason.{r['reason']}", text.lang),
            text.number(r["lines"]),
            text.number(r["schools"]),
            scale.number(r["cost"]),
        ]
        for r in reasons.to_dict("records")
    ]
    header = [f"summary.col.{c}" for c in ("reason", "lines", "schools")]
    header.append(say("summary.col.cost", text.lang, unit=scale.unit))
    sentence = text.say(
        "summary.unmet",
        short=len(lines),
        lines=needs,
        schools=int(lines["school"].nunique()),
        cost=told.prose(int(lines["cost"].sum())),
        year=str(told.last_year),
    )
    return [head, *sentence, *text.table(header, rows), *_dearest(told, lines, text), *extra]


def _dearest(told: Told, lines: pd.DataFrame, text: Text) -> list[str]:
    """The three items whose missing units would cost most."""
    costs = lines.groupby("item", sort=True)["cost"].sum()
    dearest = costs.sort_values(ascending=False, kind="stable").head(3)
    items = told.plan.scenario.items
    named = "; ".join(
        f"{clean(items[str(i)].label(text.lang))} ({told.prose(int(c))})"
        for i, c in dearest.items()
    )
    return text.say("summary.unmet_items", items=named)


def after_lines(told: Told, text: Text) -> list[str]:
    """What is still to be paid after the plan."""
    due = told.plan.obligations
    last = str(told.last_year)
    lines = [text.head("summary.head.after")]
    mine = due[(due["kind"] == "upkeep") & (due["origin"] == "plan")]
    if int(mine["amount"].sum()) == 0:
        lines += text.say("summary.after_none", year=last)
    else:
        by_year = mine.groupby("year")["amount"].sum()
        parts = [
            say("summary.after_year", text.lang, year=str(y), amount=told.prose(int(a)))
            for y, a in by_year.items()
        ]
        lines += text.say(
            "summary.after",
            year=last,
            upkeep=told.prose(int(mine["amount"].sum())),
            years=", ".join(parts),
            funded=told.prose(int(mine["funded"].sum())),
        )
    for code, chosen in (
        ("instalments", due["kind"] == "instalment"),
        ("stock", (due["kind"] == "upkeep") & (due["origin"] == "stock")),
        ("proposals", (due["kind"] == "upkeep") & (due["origin"] == "proposal")),
    ):
        amount, funded = (int(due.loc[chosen, c].sum()) for c in ("amount", "funded"))
        if amount:
            lines += text.say(
                f"summary.after_{code}", amount=told.prose(amount), funded=told.prose(funded)
            )
    return lines
