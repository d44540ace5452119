"""The price of each promise as an interval of points, with the pupil-years beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from planner.messages import say
from planner.present.drawing import drawing
from planner.present.explained import name, people, points
from planner.present.figures.canvas import LocalNumbers, finish, nothing_to_show, save
from planner.present.style import INK, short

if TYPE_CHECKING:
    from planner.analysis.policies import Prices

COLOURS = {
    "policy": "#0072B2", "wish": "#009E73", "mandate": "#E69F00", "commitment": "#CC79A7",
    "priority": "#555555",
}  # fmt: skip


def policies(prices: Prices, lang: str = "vi") -> Figure:
    """A bar a promise."""
    with drawing():
        figure = Figure(figsize=(9.0, 2.2 + 0.5 * max(1, len(prices.found))), layout="constrained")
        draw_policies(prices, figure.add_subplot(), lang)
    return figure


def draw_policies(prices: Prices, ax: Axes, lang: str = "vi") -> Axes:
    """Draw each interval: pale to «at most», full where the cost is certain."""
    title = say("explain.figure.policies", lang)
    known = [p for p in prices.found if not math.isnan(p.high)]
    if not known:
        nothing_to_show(ax, say("figure.nothing", lang))
        return finish(ax, prices.plan, lang, title)
    for place, price in enumerate(known):
        colour = COLOURS[price.kind]
        ax.barh(place, price.high, 0.62, color=colour, alpha=0.35, gid=f"{price.name}:high")
        ax.barh(place, max(price.low, 0.0), 0.62, color=colour, gid=f"{price.name}:low")
        won = say("explain.figure.people", lang, people=people(price, lang))
        text = f" {points(price, lang)}  ({won})"
        ax.text(price.high, place, text, va="center", fontsize=8, color=INK)
    labels = [f"{short(name(p, lang), 48)}\n({say(f'explain.kind.{p.kind}', lang)})" for p in known]
    ax.set_yticks(range(len(known)), labels, fontsize=8)
    ax.set_ylim(len(known) - 0.5, -0.5)
    ax.set_xlim(0, max(1.0, max(p.high for p in known) * 1.65))
    ax.xaxis.set_major_formatter(LocalNumbers(lang))
    ax.set_xlabel(say("explain.figure.points", lang))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    return finish(ax, prices.plan, lang, title, say("explain.figure.note", lang))


def save_all(
    prices: Prices, folder: Path, lang: str, formats: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """The figure in every format."""
    folder.mkdir(parents=True, exist_ok=True)
    return save(policies(prices, lang), folder / "policies", formats)
