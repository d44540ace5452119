"""Figure: how evenly coverage is spread over the schools of each group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from planner.analysis.fairness import fairness as spread_of
from planner.analysis.fairness import numbers
from planner.messages import say
from planner.messages.numbers import rounded
from planner.present.figures.canvas import (
    finish,
    legend_beside,
    new_figure,
    nothing_to_show,
    percent_axis,
)
from planner.present.style import GROUP_COLOURS, INK

if TYPE_CHECKING:
    from planner.plan import Plan

MOST_DOTS = 400
"""Schools of a group drawn as single dots; above this only every percentile is."""


def fairness(plan: Plan, lang: str = "vi") -> Figure:
    """School coverage after the plan by group, with lowest school, 10th percentile, Gini."""
    groups = len(spread_of(plan))
    return new_figure(draw_fairness, plan, lang, (9.6, 2.0 + 0.75 * max(2, groups - 1)))


def draw_fairness(plan: Plan, ax: Axes, lang: str = "vi") -> Axes:
    """Draw a dot a school (coverage after the plan), a row a group.

    Marks show the lowest school and the 10th percentile; the Gini coefficient stands beside the
    group's name (0: all schools equal).
    """
    spread = spread_of(plan)
    spread = spread[spread["group"] != "all"]
    title = say("figure.fairness.title", lang)
    if spread.empty:
        nothing_to_show(ax, say("figure.nothing", lang))
        return finish(ax, plan, lang, title)
    labels, many = [], False
    for place, row in enumerate(spread.to_dict("records")):
        mine = plan.schools["group"] == row["group"]
        values = np.sort(numbers(plan.schools.loc[mine, "coverage_after"]))
        values = values[~np.isnan(values)]
        many |= len(values) > MOST_DOTS
        _strip(ax, place, values, row)
        labels.append(_label(row, lang))
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    percent_axis(ax, lang)
    marks = [
        Line2D([], [], marker="o", ls="", color="#888888", alpha=0.6, ms=5),
        Line2D([], [], marker="D", ls="", mfc="white", mec=INK, ms=6),
        Line2D([], [], marker="|", ls="", color=INK, ms=14, mew=2),
    ]
    dots = "percentile" if many else "school"
    names = [say(f"figure.fairness.{w}", lang) for w in (dots, "lowest", "p10")]
    legend_beside(ax, marks, names)
    return finish(ax, plan, lang, title, say("figure.fairness.note", lang))


def _strip(ax: Axes, place: int, values: np.ndarray, row: dict[Any, Any]) -> None:
    """The dots of a group, set apart up and down in a fixed order, and its two marks."""
    if len(values) > MOST_DOTS:
        values = np.percentile(values, np.arange(101))
    lanes = np.array([0.0, 0.12, -0.12, 0.22, -0.22])
    height = place + lanes[np.arange(len(values)) % len(lanes)]
    colour = GROUP_COLOURS[row["group"]]
    ax.plot(values, height, "o", color=colour, ms=5, alpha=0.6, mew=0, gid=row["group"])
    ax.plot(row["min_after"], place, "D", mfc="white", mec=INK, ms=6, gid="lowest")
    ax.plot(row["p10_after"], place, "|", color=INK, ms=22, mew=2, gid="p10")


def _label(row: dict[Any, Any], lang: str) -> str:
    name = say(f"label.group_short.{row['group']}", lang)
    before, after = (rounded(float(row[f"gini_{w}"]), 3, lang) for w in ("before", "after"))
    return name + "\n" + say("figure.fairness.gini", lang, before=before, after=after)
