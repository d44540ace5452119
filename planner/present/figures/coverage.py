"""Figure: coverage before → after by group and level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from planner.analysis.fairness import numbers
from planner.messages import say
from planner.present.figures.canvas import (
    careful_percent,
    finish,
    legend_beside,
    new_figure,
    nothing_to_show,
    percent_axis,
)
from planner.present.style import GROUP_COLOURS, INK, QUIET
from planner.scenario.schema import GROUPS, LEVELS

if TYPE_CHECKING:
    from planner.plan import Plan

Row = tuple[str, str, int, float, float]
"""(group, level or "" for the whole group, schools, mean before, mean after)."""


def coverage(plan: Plan, lang: str = "vi") -> Figure:
    """Mean coverage of schools before and after the plan, by group and level."""
    return new_figure(draw_coverage, plan, lang, (9.0, 2.2 + 0.32 * max(4, len(_rows(plan)))))


def draw_coverage(plan: Plan, ax: Axes, lang: str = "vi") -> Axes:
    """Draw a ring (before) and a dot (after) a group and level, joined by a line.

    Every school counts once; coverage is that of the last plan year (of the hand-over year for
    proposals), weighted by the items' importance.
    """
    rows = _rows(plan)
    title = say("figure.coverage.title", lang)
    if not rows:
        nothing_to_show(ax, say("figure.nothing", lang))
        return finish(ax, plan, lang, title)
    ticks: list[tuple[float, str]] = []
    place = 0.0
    for group, level, count, before, after in rows:
        place += 1.45 if not level and ticks else 1.0
        _dumbbell(ax, place, before, after, GROUP_COLOURS[group], lang, bold=not level)
        code = f"label.level.{level}" if level else f"label.group_short.{group}"
        ticks.append((place, say("figure.coverage.row", lang, name=say(code, lang), count=count)))
    ax.set_yticks([y for y, _ in ticks], [label for _, label in ticks])
    for label, (_, level, *_rest) in zip(ax.get_yticklabels(), rows, strict=True):
        label.set_fontweight("normal" if level else "bold")
    ax.set_ylim(place + 0.7, 0.3)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    ax.spines["left"].set_visible(False)
    percent_axis(ax, lang)
    handles = [
        Line2D([], [], marker="o", ls="", mfc="white", mec=INK, ms=6),
        Line2D([], [], marker="o", ls="", color=INK, ms=7),
    ]
    legend_beside(ax, handles, [say(f"figure.coverage.{w}", lang) for w in ("before", "after")])
    return finish(ax, plan, lang, title, say("figure.coverage.note", lang))


def _dumbbell(
    ax: Axes, place: float, before: float, after: float, colour: str, lang: str, *, bold: bool
) -> None:
    size = 8 if bold else 6
    ax.plot([before, after], [place, place], color=colour, lw=3 if bold else 1.8, alpha=0.55)
    ax.plot(before, place, "o", mfc="white", mec=colour, ms=size, mew=1.5, gid="before")
    ax.plot(after, place, "o", color=colour, ms=size, gid="after")
    low, high = sorted((before, after))
    words = [(low, "right", -8), (high, "left", 8)]
    if careful_percent(low, lang) == careful_percent(high, lang):
        words = words[1:]
    for value, side, shift in words:
        ax.annotate(
            careful_percent(value, lang), (value, place), xytext=(shift, 0), va="center", ha=side,
            textcoords="offset points", fontsize=8, color=INK if value == after else QUIET,
            annotation_clip=False,
        )  # fmt: skip


def _rows(plan: Plan) -> list[Row]:
    """One row a group, then one a level of it; schools without a need are left out."""
    schools = plan.schools
    before, after = (numbers(schools[f"coverage_{w}"]) for w in ("before", "after"))
    known = ~np.isnan(after)
    rows: list[Row] = []
    for group in GROUPS:
        mine = known & (schools["group"] == group).to_numpy()
        levels = [lv for lv in LEVELS if (mine & (schools["level"] == lv).to_numpy()).any()]
        for level in ["", *levels] if len(levels) != 1 else [""]:
            chosen = mine & (schools["level"] == level).to_numpy() if level else mine
            if chosen.any():
                means = float(before[chosen].mean()), float(after[chosen].mean())
                rows.append((group, level, int(chosen.sum()), *means))
    return rows
