"""Figures of money: against the funds' ceilings, a fund's ledger, what falls due later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from planner.analysis.unmet import payments
from planner.messages import say
from planner.messages.numbers import careful_percent
from planner.present.content import GROUP_COLOURS, fund_name, money_scale
from planner.present.figures.canvas import (
    GRID,
    INK,
    KIND_COLOURS,
    ORIGIN_COLOURS,
    QUIET,
    finish,
    legend_beside,
    money_axis,
    named_rows,
    new_figure,
    nothing_to_show,
    short,
)
from planner.scenario.schema import GROUPS

if TYPE_CHECKING:
    from planner.plan import Plan

MOST_FUNDS = 12
"""Funds shown one by one; the smaller ones beyond are summed."""
PARTS = (*GROUPS, "upkeep")


@dataclass(frozen=True)
class _Row:
    """A bar: its place, its label, what it is made of and its ceilings."""

    label: str
    paid: dict[str, int]
    usable: int
    amount: int


def money(plan: Plan, lang: str = "vi") -> Figure:
    """Payments by group, fund and plan year, beside the money that may be used."""
    rows = sum(1 + len(bars) for _, bars in _funds(plan, lang))
    return new_figure(draw_money, plan, lang, (10.0, max(3.6, 1.7 + 0.3 * rows)))


def draw_money(plan: Plan, ax: Axes, lang: str = "vi") -> Axes:
    """Draw one bar a fund and plan year, stacked by group; upkeep of equipment in grey.

    The dark mark is the money that may be used (after the reserve, with what was carried in),
    the light mark the amount given. Proposals of group 3 are not in it. Money in the year of
    payment.
    """
    funds = _funds(plan, lang)
    if not funds:
        return nothing_to_show(ax, plan, lang, say("figure.money.title", lang), "summary.no_money")
    bars = [bar for _, rows in funds for bar in rows]
    scale = money_scale(
        [max(b.amount, b.usable, sum(b.paid.values())) for b in bars],
        plan.scenario.settings.currency,
        lang,
    )
    # The bars from top to bottom under the name of their fund.
    place, ticks = 0.0, []
    for name, rows in funds:
        ax.annotate(
            short(name, 70), (0, place), xycoords=("axes fraction", "data"), xytext=(0, 0),
            textcoords="offset points", va="center", fontweight="bold", fontsize=8.5, color=INK,
        )  # fmt: skip
        for row in rows:
            place += 1
            left = 0.0
            for part in PARTS:
                width = scale.value(row.paid.get(part, 0))
                if width:
                    colour = GROUP_COLOURS.get(part, KIND_COLOURS["upkeep"])
                    ax.barh(place, width, 0.68, left, color=colour, edgecolor="white", lw=0.4)
                left += width
            for amount, colour, reach in ((row.amount, "#AAAAAA", 0.30), (row.usable, INK, 0.42)):
                ax.vlines(scale.value(amount), place - reach, place + reach, colour, lw=2.0)
            ticks.append((place, row.label))
        place += 1.25
    ax.set_ylim(place - 0.6, -0.7)
    named_rows(ax, ticks)
    ax.set_xlim(left=0)
    money_axis(ax.xaxis, lang, scale.unit)
    present = [p for p in PARTS if any(b.paid.get(p) for b in bars)]
    handles: list[Patch | Line2D] = [
        Patch(color=GROUP_COLOURS.get(p, KIND_COLOURS["upkeep"])) for p in present
    ]
    names = [
        say(f"label.kind.{p}" if p == "upkeep" else f"label.group_short.{p}", lang) for p in present
    ]
    for code, colour in (("usable", INK), ("given", "#AAAAAA")):
        handles.append(Line2D([], [], color=colour, marker="|", ls="", ms=10, mew=2))
        names.append(say(f"figure.money.{code}", lang))
    legend_beside(ax, handles, names)
    return finish(ax, plan, lang, say("figure.money.title", lang), say("figure.money.note", lang))


def _funds(plan: Plan, lang: str) -> list[tuple[str, list[_Row]]]:
    """Funds with their bars; the smallest ones summed where there are too many."""
    settings = plan.scenario.settings
    ledger = plan.ledger[plan.ledger["school"].fillna("") == ""]
    ledger = ledger[ledger["year"].isin(list(settings.plan_years))]
    sizes = ledger.groupby("fund", sort=False)["amount"].sum().sort_values(ascending=False)
    shown = set(sizes.index[: MOST_FUNDS if len(sizes) <= MOST_FUNDS else MOST_FUNDS - 1])
    paid = payments(plan)
    paid = paid.assign(part=paid["group"].where(paid["kind"] != "upkeep", "upkeep"))
    named = [(fund_name(plan.scenario, f, lang), [f]) for f in settings.funds if f in shown]
    if others := [f for f in sizes.index if f not in shown]:
        named.append((say("figure.money.others", lang, count=len(others)), others))
    found = []
    for title, funds in named:
        costs = paid[paid["fund"].isin(funds)]
        bars = []
        for year, rows in ledger[ledger["fund"].isin(funds)].groupby("year", sort=True):
            parts = costs[costs["year"] == year].groupby("part")["amount"].sum()
            usable = int(rows["usable"].sum() + rows["carried_in"].sum())
            spent = {str(k): int(v) for k, v in parts.items()}
            bars.append(_Row(str(year), spent, usable, int(rows["amount"].sum())))
        found.append((title, bars))
    return found


# ---- Figure: the ledger of one fund.

USES = ("purchases", "setup", "requests", "upkeep", "carried_out", "lapsed", "reserve")
SPENT = USES[:4]
MOST_PROJECTS = 40
"""Building projects shown one by one."""


def ledger(plan: Plan, lang: str = "vi", fund: str | None = None) -> Figure:
    """What a fund had and what became of it, year by year (by school for projects)."""
    name, rows = _rows(plan, fund)
    if _by_school(plan, name):
        size = (9.0, 2.4 + 0.28 * max(4, min(len(rows), MOST_PROJECTS)))
    else:
        size = (4.2 + 0.95 * max(3, len(rows)), 4.8)
    return new_figure(draw_ledger, plan, lang, size, fund=fund)


def draw_ledger(plan: Plan, ax: Axes, lang: str = "vi", fund: str | None = None) -> Axes:
    """Draw the ledger of ``fund`` (default: the first one that has one).

    A bar is the year's money and what was carried in; its parts are what was paid, what moves
    to the next year, what lapses and the reserve. The dark mark is the ceiling of the payments.
    """
    name, rows = _rows(plan, fund)
    shown = short(fund_name(plan.scenario, name, lang), 60)
    title = say("figure.ledger.title", lang, fund=shown)
    if rows.empty:
        return nothing_to_show(ax, plan, lang, title)
    if _by_school(plan, name):
        return _draw_projects(plan, ax, lang, title, rows)
    scale = money_scale(
        [int(v) for v in rows["amount"] + rows["carried_in"]], plan.scenario.settings.currency, lang
    )
    present = [u for u in USES if rows[u].sum()]
    base, x = np.zeros(len(rows)), np.arange(len(rows))
    handles: list[Patch | Line2D] = []
    for use in present:
        height = rows[use].to_numpy() / scale.divisor
        style: dict[str, Any] = {"facecolor": KIND_COLOURS[use], "edgecolor": "white"}
        if use == "reserve":
            style |= {"edgecolor": "#999999", "hatch": "///"}
        ax.bar(x, height, 0.62, base, lw=0.5, gid=use, **style)
        base += height
        handles.insert(0, Patch(**style) if use == "reserve" else Patch(color=KIND_COLOURS[use]))
    ceiling = (rows["usable"] + rows["carried_in"]).to_numpy() / scale.divisor
    ax.hlines(ceiling, x - 0.38, x + 0.38, INK, lw=1.8)
    # Above each bar: the part of the usable money that was paid.
    for k, row in enumerate(rows.to_dict("records")):
        usable = int(row["usable"]) + int(row["carried_in"])
        if usable > 0:
            ax.annotate(
                careful_percent(int(row["spent"]) / usable, lang, 1),
                (k, base[k]),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=8,
                color=INK,
            )
    # Years below the bars; a dotted line where the plan ends.
    years = [int(y) for y in rows["year"]]
    ax.set_xticks(range(len(years)), [str(y) for y in years])
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.6, len(years) - 0.4)
    inside = sum(y <= plan.scenario.settings.years[1] for y in years)
    if 0 < inside < len(years):
        ax.axvline(inside - 0.5, color=QUIET, lw=1, ls=":")
        ax.annotate(
            say("figure.after_plan", lang),
            (inside - 0.5, 1),
            xytext=(4, -2),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            va="top",
            fontsize=7.5,
            color=QUIET,
        )
    ax.set_ylim(0, max(float(base.max()) * 1.1, 1e-9))
    money_axis(ax.yaxis, lang, scale.unit)
    ax.grid(axis="y", **GRID)
    names = [
        say("figure.ledger.unused" if u == "lapsed" else f"label.column.{u}", lang)
        for u in reversed(present)
    ]
    handles.append(Line2D([], [], color=INK, lw=1.8))
    legend_beside(ax, handles, [*names, say("figure.money.usable", lang)])
    return finish(ax, plan, lang, title, say("figure.ledger.note", lang))


def _draw_projects(plan: Plan, ax: Axes, lang: str, title: str, rows: pd.DataFrame) -> Axes:
    """One bar a preparing school: what is proposed, beside what its project can take."""
    order = rows.sort_values(["amount", "school"], ascending=[False, True], kind="stable")
    top = order.head(MOST_PROJECTS)
    scale = money_scale([int(v) for v in top["amount"]], plan.scenario.settings.currency, lang)
    y = np.arange(len(top))
    left = np.zeros(len(top))
    present = [u for u in SPENT if top[u].sum()]
    for use in present:
        width = top[use].to_numpy() / scale.divisor
        ax.barh(y, width, 0.66, left, color=KIND_COLOURS[use], edgecolor="white", lw=0.4, gid=use)
        left += width
    amount = top["amount"].to_numpy() / scale.divisor
    ax.vlines(amount, y - 0.42, y + 0.42, INK, lw=2.0)
    schools = plan.scenario.schools
    name_of = dict(zip(schools["school"], schools["name"], strict=True))
    labels = [
        f"{short(name_of.get(s, s), 40)} ({int(t)})"
        for s, t in zip(top["school"], top["year"], strict=True)
    ]
    ax.set_yticks(y, labels)
    ax.set_ylim(len(top) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(left=0)
    money_axis(ax.xaxis, lang, scale.unit)
    ax.grid(axis="x", **GRID)
    handles: list[Patch | Line2D] = [Patch(color=KIND_COLOURS[u]) for u in present]
    names = [say(f"label.column.{u}", lang) for u in present]
    handles.append(Line2D([], [], color=INK, marker="|", ls="", ms=10, mew=2))
    names.append(say("figure.ledger.project_amount", lang))
    legend_beside(ax, handles, names)
    left_out = len(rows) - len(top)
    more = say("figure.ledger.left_out", lang, count=left_out) if left_out else ""
    return finish(ax, plan, lang, title, say("figure.ledger.project_note", lang), more)


def _by_school(plan: Plan, fund: str) -> bool:
    known = plan.scenario.settings.funds.get(fund)
    return known is not None and known.role == "project"


def _rows(plan: Plan, fund: str | None) -> tuple[str, pd.DataFrame]:
    """The fund and its rows; an unknown fund is a ``KeyError`` that names those there are."""
    books = plan.ledger
    if fund is None:
        fund = str(books["fund"].iloc[0]) if len(books) else ""
    elif fund not in plan.scenario.settings.funds:
        raise KeyError(f"{fund}: not one of {', '.join(plan.scenario.settings.funds)}")
    return fund, books[books["fund"] == fund].sort_values(["year", "school"], kind="stable")


# ---- Figure: what still has to be paid after the plan.

OBLIGATION_PARTS = (
    ("instalment", ""),
    ("upkeep", "stock"),
    ("upkeep", "plan"),
    ("upkeep", "proposal"),
)


def obligations(plan: Plan, lang: str = "vi") -> Figure:
    """Instalments and upkeep after the last plan year."""
    years = plan.obligations["year"].nunique()
    return new_figure(draw_obligations, plan, lang, (5.4 + 0.8 * max(3, years), 4.6))


def draw_obligations(plan: Plan, ax: Axes, lang: str = "vi") -> Axes:
    """Draw one bar a year after the plan: instalments, upkeep by origin.

    The dark mark is what stands in a fund's ledger for that year. Upkeep of proposals (hatched,
    on top) is charged to no fund.
    """
    due = plan.obligations[plan.obligations["amount"] > 0]
    title = say("figure.obligations.title", lang, year=str(plan.scenario.settings.years[1]))
    if due.empty:
        return nothing_to_show(ax, plan, lang, title, "figure.obligations.none")
    years = sorted({int(y) for y in due["year"]})
    totals = due.groupby("year")["amount"].sum()
    scale = money_scale([int(v) for v in totals], plan.scenario.settings.currency, lang)
    base, handles, names = np.zeros(len(years)), list[Patch | Line2D](), list[str]()
    for kind, origin in OBLIGATION_PARTS:
        chosen = (due["kind"] == kind) & ((due["origin"] == origin) | (origin == ""))
        if not chosen.any():
            continue
        amounts = due[chosen].groupby("year")["amount"].sum()
        height = np.array([amounts.get(y, 0) for y in years]) / scale.divisor
        colour = ORIGIN_COLOURS[origin] if origin else KIND_COLOURS[kind]
        style: dict[str, Any] = {"facecolor": colour, "edgecolor": "white"}
        if origin == "proposal":
            style = {"facecolor": "white", "edgecolor": colour, "hatch": "///"}
        ax.bar(range(len(years)), height, 0.62, base, lw=0.6, gid=f"{kind}-{origin}", **style)
        base += height
        handles.insert(0, Patch(lw=0.6, **style))
        name = say(f"label.kind.{kind}", lang)
        if origin:
            whose = say(f"label.origin.{origin}", lang)
            name = f"{name}: {whose[0].lower()}{whose[1:]}"
        names.insert(0, name)
    funded = due.groupby("year")["funded"].sum()
    marks = np.array([funded.get(y, 0) for y in years]) / scale.divisor
    at = np.arange(len(years))
    ax.hlines(marks, at - 0.38, at + 0.38, INK, lw=1.8)
    ax.set_xticks(at, [str(y) for y in years])
    ax.set_xlim(-0.6, len(years) - 0.4)
    ax.set_ylim(0, float(base.max()) * 1.08)
    ax.tick_params(axis="x", length=0)
    ax.grid(axis="y", **GRID)
    money_axis(ax.yaxis, lang, scale.unit)
    legend_beside(
        ax,
        [*handles, Line2D([], [], color=INK, lw=1.8)],
        [*names, say("label.column.funded", lang)],
    )
    return finish(ax, plan, lang, title, say("figure.obligations.note", lang))
