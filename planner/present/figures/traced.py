"""Figure of a frontier: value above, coverage by group below, against what was moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from planner.analysis.frontier_card import next_sentence, title_of
from planner.axes import Floats
from planner.messages import say
from planner.present.drawing import drawing
from planner.present.figures.canvas import LocalNumbers, LocalPercents, finish, nothing_to_show
from planner.present.style import GROUP_COLOURS, INK, QUIET, MoneyScale, money_scale
from planner.scenario.schema import GROUPS

if TYPE_CHECKING:
    from planner.analysis.frontier import Frontier


class _Told:
    """What the notes under a figure ask of a plan: its scenario."""

    def __init__(self, frontier: Frontier) -> None:
        self.scenario = frontier.scenario


def frontier(found: Frontier, lang: str = "vi") -> Figure:
    """Value and coverage along a frontier, one above the other."""
    with drawing():
        figure = Figure(figsize=(8.6, 7.4), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)  # type: ignore
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=[1.25, 1])
        draw_value(found, above, lang)
        for note in [a for a in above.texts if a.get_gid() == "notes"]:
            note.remove()
        above.set_xlabel("")
        draw_coverage(found, below, lang)
    return figure


def _scale(found: Frontier, lang: str) -> MoneyScale | None:
    if found.path.axis != "money":
        return None
    amounts = [round(x) for x in found.table["x"]]
    return money_scale(amounts, found.scenario.settings.currency, lang)


def _places(found: Frontier, lang: str) -> Any:
    """Coordinates of the points on the horizontal axis."""
    if found.path.axis == "fairness":
        return found.table["gini"].to_numpy(dtype=np.float64)
    scale = _scale(found, lang)
    x = found.table["x"].to_numpy(dtype=np.float64)
    return x if scale is None else x / scale.divisor


def draw_value(found: Frontier, ax: Axes, lang: str = "vi") -> Axes:
    """Draw the plans' points with their proven bounds, the relaxation and its kinks."""
    table, title = found.table, title_of(found, lang)
    x, value = _places(found, lang), table["value"].to_numpy(dtype=np.float64)
    known = np.isfinite(value) & np.isfinite(x)
    if not known.any():
        nothing_to_show(ax, say("figure.nothing", lang))
        return finish(ax, _Told(found), lang, title)  # type: ignore[arg-type]
    bound = table["bound"].to_numpy(dtype=np.float64)
    ax.vlines(x[known], value[known], bound[known], color="#0072B2", lw=1.2)
    if table["lp_value"].notna().any():
        line = _relaxation(found, x)
        ax.plot(*line, color="#999999", lw=1.4, label=say("frontier.lp", lang), gid="lp")
        _draw_kinks(found, ax, lang)
    ax.plot(
        x[known], value[known], "o-", ms=5, lw=1.2, color="#0072B2", gid="plans",
        label=say("frontier.plans", lang),
    )  # fmt: skip
    _draw_now(found, ax, lang)
    _axes(found, ax, lang)
    ax.yaxis.set_major_formatter(LocalNumbers(lang))
    ax.set_ylabel(say("frontier.value", lang))
    ax.legend(loc="lower right")
    sentence = next_sentence(found, lang)
    return finish(ax, _Told(found), lang, title, sentence)  # type: ignore[arg-type]


def _relaxation(found: Frontier, x: Floats) -> tuple[Floats, Floats]:
    """The relaxation through the points and every corner that is known."""
    scale = _scale(found, "vi")
    corners = found.kinks["x"].to_numpy(dtype=np.float64) / (scale.divisor if scale else 1)
    at = np.concatenate([x, corners])
    value = np.concatenate([found.table["lp_value"], found.kinks["value"]]).astype(np.float64)
    order = np.argsort(at, kind="stable")
    return at[order], value[order]


def _draw_kinks(found: Frontier, ax: Axes, lang: str) -> None:
    scale = _scale(found, lang)
    if scale is None or found.kinks.empty:
        return
    x = found.kinks["x"].to_numpy(dtype=np.float64) / scale.divisor
    name = say("frontier.kink", lang)
    ax.plot(x, found.kinks["value"], "|", ms=7, color="#999999", label=name, gid="kinks")


def _draw_now(found: Frontier, ax: Axes, lang: str) -> None:
    """A mark at the present money, if it lies within the figure."""
    scale = _scale(found, lang)
    if scale is None:
        return
    now = found.path.place(found.scenario, 0.0) / scale.divisor
    ax.axvline(now, color=INK, lw=0.9, ls=":", label=say("frontier.now", lang))


def draw_coverage(found: Frontier, ax: Axes, lang: str = "vi") -> Axes:
    """Draw the mean coverage of each group's schools along the frontier."""
    x = _places(found, lang)
    for group in GROUPS:
        name = f"coverage_{group}"
        if name in found.table:
            ax.plot(
                x, found.table[name], "o-", ms=3.5, lw=1.4, color=GROUP_COLOURS[group],
                label=say(f"label.group_short.{group}", lang), gid=group,
            )  # fmt: skip
    scale = _scale(found, lang)
    if scale is not None:
        now = found.path.place(found.scenario, 0.0) / scale.divisor
        ax.axvline(now, color=INK, lw=0.9, ls=":")
    _axes(found, ax, lang)
    ax.yaxis.set_major_formatter(LocalPercents(lang))
    ax.set_ylabel(say("frontier.coverage", lang))
    if ax.get_legend_handles_labels()[0]:  # without needs no group has a coverage
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return finish(ax, _Told(found), lang, "", next_sentence(found, lang))  # type: ignore[arg-type]


def _axes(found: Frontier, ax: Axes, lang: str) -> None:
    scale = _scale(found, lang)
    unit = scale.unit if scale is not None else ""
    ax.xaxis.set_major_formatter(LocalNumbers(lang))
    ax.set_xlabel(say(f"frontier.x.{found.path.axis}", lang, unit=unit), color=QUIET)
    ax.grid(color="#DDDDDD", linewidth=0.6)
