"""Figure: what still has to be paid after the plan."""

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
    finish,
    legend_beside,
    money_axis,
    new_figure,
    nothing_to_show,
)
from planner.present.style import INK, KIND_COLOURS, ORIGIN_COLOURS, MoneyScale, money_scale

if TYPE_CHECKING:
    from planner.plan import Plan

PARTS = (("instalment", ""), ("upkeep", "stock"), ("upkeep", "plan"), ("upkeep", "proposal"))


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
        nothing_to_show(ax, say("figure.obligations.none", lang))
        return finish(ax, plan, lang, title)
    years = sorted({int(y) for y in due["year"]})
    totals = due.groupby("year")["amount"].sum()
    scale = money_scale([int(v) for v in totals], plan.scenario.settings.currency, lang)
    handles, names, top = _stack(ax, due, years, scale, lang)
    funded = due.groupby("year")["funded"].sum()
    marks = np.array([funded.get(y, 0) for y in years]) / scale.divisor
    at = np.arange(len(years))
    ax.hlines(marks, at - 0.38, at + 0.38, INK, lw=1.8)
    ax.set_xticks(at, [str(y) for y in years])
    ax.set_xlim(-0.6, len(years) - 0.4)
    ax.set_ylim(0, top * 1.08)
    ax.tick_params(axis="x", length=0)
    ax.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    money_axis(ax.yaxis, lang, scale.unit)
    legend_beside(
        ax,
        [*handles, Line2D([], [], color=INK, lw=1.8)],
        [*names, say("label.column.funded", lang)],
    )
    return finish(ax, plan, lang, title, say("figure.obligations.note", lang))


def _stack(
    ax: Axes, due: pd.DataFrame, years: list[int], scale: MoneyScale, lang: str
) -> tuple[list[Patch | Line2D], list[str], float]:
    """The stacked bars; their legend from top to bottom and the height of the tallest."""
    base = np.zeros(len(years))
    handles: list[Patch | Line2D] = []
    names: list[str] = []
    for kind, origin in PARTS:
        chosen = (due["kind"] == kind) & ((due["origin"] == origin) | (origin == ""))
        if not chosen.any():
            continue
        amounts = due[chosen].groupby("year")["amount"].sum()
        height = np.array([amounts.get(y, 0) for y in years]) / scale.divisor
        style = _style(kind, origin)
        ax.bar(range(len(years)), height, 0.62, base, lw=0.6, gid=f"{kind}-{origin}", **style)
        base += height
        handles.insert(0, Patch(lw=0.6, **style))
        names.insert(0, _name(kind, origin, lang))
    return handles, names, float(base.max())


def _style(kind: str, origin: str) -> dict[str, Any]:
    if origin == "proposal":
        return {"facecolor": "white", "edgecolor": ORIGIN_COLOURS[origin], "hatch": "///"}
    colour = ORIGIN_COLOURS[origin] if origin else KIND_COLOURS[kind]
    return {"facecolor": colour, "edgecolor": "white"}


def _name(kind: str, origin: str, lang: str) -> str:
    word = say(f"label.kind.{kind}", lang)
    if not origin:
        return word
    whose = say(f"label.origin.{origin}", lang)
    return f"{word}: {whose[0].lower()}{whose[1:]}"
