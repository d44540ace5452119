"""Figure: the ledger of one fund."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from planner.messages import say
from planner.present.figures.canvas import (
    careful_percent,
    finish,
    legend_beside,
    money_axis,
    new_figure,
    nothing_to_show,
)
from planner.present.style import INK, KIND_COLOURS, QUIET, MoneyScale, money_scale, short

if TYPE_CHECKING:
    from planner.plan import Plan

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
    known = plan.scenario.settings.funds.get(name)
    shown = known.name.say(lang) if known is not None and known.name else name
    title = say("figure.ledger.title", lang, fund=short(shown, 60))
    if rows.empty:
        nothing_to_show(ax, say("figure.nothing", lang))
        return finish(ax, plan, lang, title)
    if _by_school(plan, name):
        return _draw_projects(plan, ax, lang, title, rows)
    scale = money_scale(
        [int(v) for v in rows["amount"] + rows["carried_in"]],
        plan.scenario.settings.currency,
        lang,
    )
    present = [u for u in USES if rows[u].sum()]
    base = _stack(ax, rows, present, scale)
    x = np.arange(len(rows))
    ceiling = (rows["usable"] + rows["carried_in"]).to_numpy() / scale.divisor
    ax.hlines(ceiling, x - 0.38, x + 0.38, INK, lw=1.8)
    _shares(ax, rows, base, lang)
    _years(ax, plan, rows, lang)
    ax.set_ylim(0, max(float(base.max()) * 1.1, 1e-9))
    money_axis(ax.yaxis, lang, scale.unit)
    ax.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    _legend(ax, present, lang)
    return finish(ax, plan, lang, title, say("figure.ledger.note", lang))


def _stack(
    ax: Axes, rows: pd.DataFrame, present: list[str], scale: MoneyScale
) -> np.ndarray[Any, Any]:
    """The stacked bars; the height of each."""
    base = np.zeros(len(rows))
    x = np.arange(len(rows))
    for use in present:
        height = rows[use].to_numpy() / scale.divisor
        style: dict[str, Any] = (
            {"edgecolor": "#999999", "hatch": "///"} if use == "reserve" else {"edgecolor": "white"}
        )
        ax.bar(x, height, 0.62, base, color=KIND_COLOURS[use], lw=0.5, gid=use, **style)
        base += height
    return base


def _shares(ax: Axes, rows: pd.DataFrame, top: np.ndarray, lang: str) -> None:
    """Above each bar: the part of the usable money that was paid."""
    for k, row in enumerate(rows.to_dict("records")):
        usable = int(row["usable"]) + int(row["carried_in"])
        if usable > 0:
            ax.annotate(
                careful_percent(int(row["spent"]) / usable, lang, 1), (k, top[k]), xytext=(0, 3),
                textcoords="offset points", ha="center", va="bottom", fontsize=8, color=INK,
            )  # fmt: skip


def _years(ax: Axes, plan: Plan, rows: pd.DataFrame, lang: str) -> None:
    """Years below the bars; a dotted line where the plan ends."""
    years = [int(y) for y in rows["year"]]
    ax.set_xticks(range(len(years)), [str(y) for y in years])
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.6, len(years) - 0.4)
    inside = sum(y <= plan.scenario.settings.years[1] for y in years)
    if 0 < inside < len(years):
        ax.axvline(inside - 0.5, color=QUIET, lw=1, ls=":")
        ax.annotate(
            say("figure.after_plan", lang), (inside - 0.5, 1), xytext=(4, -2),
            xycoords=("data", "axes fraction"), textcoords="offset points", va="top",
            fontsize=7.5, color=QUIET,
        )  # fmt: skip


def _legend(ax: Axes, present: list[str], lang: str) -> None:
    handles: list[Patch | Line2D] = []
    for use in reversed(present):
        if use == "reserve":
            handles.append(Patch(facecolor="white", edgecolor="#999999", hatch="///"))
        else:
            handles.append(Patch(color=KIND_COLOURS[use]))
    names = [
        say("figure.ledger.unused" if u == "lapsed" else f"label.column.{u}", lang)
        for u in reversed(present)
    ]
    handles.append(Line2D([], [], color=INK, lw=1.8))
    names.append(say("figure.money.usable", lang))
    legend_beside(ax, handles, names)


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
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
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
