"""What every figure needs: an empty figure, its notes, its number axes, and saving it.

Only the object-oriented API is used (never pyplot), so that no window system is touched, and
texts of users are never read as formulas.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from math import isfinite
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.ticker import Formatter, MaxNLocator

from planner.messages import say
from planner.messages.numbers import rounded
from planner.present.content import illustrative

if TYPE_CHECKING:
    from planner.analysis.answers import Alternatives
    from planner.analysis.frontier import Frontier
    from planner.analysis.status import PlanStatus
    from planner.plan import Plan
    from planner.present.amendment import Amendment
    from planner.run.result import Decided

KIND_COLOURS = {
    "purchases": "#0072B2",
    "setup": "#56B4E9",
    "requests": "#CC79A7",
    "upkeep": "#999999",
    "instalment": "#0072B2",
    "carried_out": "#F0E442",
    "lapsed": "#D55E00",
    "reserve": "#FFFFFF",
}
ORIGIN_COLOURS = {"stock": "#999999", "plan": "#E69F00", "proposal": "#009E73"}
INK = "#222222"
QUIET = "#6B6B6B"

RC: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.titlesize": 11.0,
    "axes.labelsize": 9.0,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "axes.axisbelow": True,
    "hatch.linewidth": 0.6,
    "figure.dpi": 150.0,
    "savefig.dpi": 150.0,
    "text.hinting": "no_hinting",
    "svg.hashsalt": "planner",
    "svg.fonttype": "path",
    "text.parse_math": False,
    "text.usetex": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}
"""Settings under which figures are made and saved: the same bytes whatever the user's own.
Without hinting a text takes the same part of the width at every resolution."""


# ---- One matplotlib for every thread: its settings, and the lock around them.
#
# matplotlib keeps its settings, its fonts and the outlines of its letters in globals of the
# process, and none of them may be used by two threads at a time. So whoever makes or saves a
# figure of ours does it inside :func:`drawing`: one at a time, under settings of our own.

OTHERS = (
    "backend", "date", "docstring", "figure.max_open_warning", "figure.raise_window",
    "interactive", "keymap", "savefig.directory", "timezone", "tk", "toolbar", "webagg",
)  # fmt: skip
"""Settings (or what their names begin with) that say nothing of how a figure looks."""
_lock = threading.RLock()


@cache
def _own() -> Any:
    """matplotlib's own settings with ours on top: nothing of a user's style, on any machine."""
    plain = {k: v for k, v in mpl.rcParamsDefault.items() if not k.startswith(OTHERS)}
    return plain | RC


@contextmanager
def drawing(*, style: bool = False) -> Iterator[None]:
    """The only thread that draws, under our settings; those of the process come back after.

    ``style=True``: under the user's own settings where ours say nothing, as a notebook wants it.
    """
    with _lock, mpl.rc_context(RC if style else _own()):
        yield


PNG = {"compress_level": 2}
"""Half the time of the default for files a fifth larger."""
Draw = Callable[..., Axes]


def new_figure(draw: Draw, plan: Plan, lang: str, size: tuple[float, float], **how: Any) -> Figure:
    """A figure of ``size`` inches with one pair of axes, drawn by ``draw(plan, ax, lang)``."""
    with drawing():
        figure = Figure(figsize=size, layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12))
        draw(plan, figure.add_subplot(), lang, **how)
    return figure


def save(figure: Figure, stem: Path, formats: Sequence[str]) -> list[Path]:
    """The figure as ``stem.png``, ``stem.svg`` …; equal figures give equal bytes."""
    written = []
    with drawing():
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # placed once: every format shows the same
        for kind in formats:
            path = stem.with_name(f"{stem.name}.{kind}")
            quiet: dict[str, Any] = {"png": {"Software": None}}.get(kind, {})
            if kind in ("svg", "pdf"):
                quiet = {"Creator": "planner", ("Date" if kind == "svg" else "CreationDate"): None}
            quickly: dict[str, Any] = {"pil_kwargs": PNG} if kind == "png" else {}
            figure.savefig(os.fspath(path), format=kind, metadata=quiet, **quickly)
            written.append(path)
    return written


TITLE_LETTERS = 9.2
"""Letters of a title an inch of the figure's width, less what stands left of its axes."""


def finish(
    ax: Axes,
    about: Plan | Frontier | Alternatives | Amendment | Decided | PlanStatus,
    lang: str,
    title: str,
    *notes: str,
) -> Axes:
    """Title above, notes below; «dữ liệu minh họa» wherever the data is invented."""
    settings = about.scenario.settings
    wide = int(ax.get_figure(root=True).get_figwidth() * TITLE_LETTERS)  # type: ignore[union-attr]
    ax.set_title(fill(title, wide), loc="left", fontweight="bold", color=INK, pad=10)
    called = settings.title.say(lang)
    if settings.illustrative and illustrative(called, lang):
        called = f"{illustrative(called, lang).upper()} · {called}"
    text = "\n".join([called, *filter(None, notes)])
    below = -12.0  # less what tick labels and the axis label take, in points
    below -= 14.0 if ax.xaxis.get_tick_params().get("labelbottom", True) else 0.0
    below -= 14.0 if ax.get_xlabel() else 0.0
    ax.annotate(
        text, (0, 0), xytext=(0, below), xycoords="axes fraction", textcoords="offset points",
        va="top", ha="left", fontsize=7.5, color=QUIET, linespacing=1.4, gid="notes",
    )  # fmt: skip
    for artist in ax.findobj(Text):
        artist.set_parse_math(False)
    return ax


MOST_DIGITS = 12
"""Decimals at which a tick's label stops: below them a number that was computed is noise."""


class LocalNumbers(Formatter):
    """Tick labels in the language's format, with the decimals that the ticks themselves need.

    A label says where its tick stands: ticks at 2.5 and 7.5 are five apart, and yet none of
    them is told by a whole number.
    """

    scale = 1.0
    """What a tick is multiplied by before it is told."""
    unit = ""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.digits = 0
        self.taken = False

    def set_locs(self, locs: Any) -> None:
        """Take the ticks; the one that needs most decimals decides for all."""
        super().set_locs(locs)
        self.taken = True
        self.digits = self._needed(locs)

    def _needed(self, locs: Any) -> int:
        """Decimals with which every one of these ticks is told where it stands."""
        places = [float(x) * self.scale for x in locs if isfinite(x)]
        steps = [abs(b - a) for a, b in pairwise(places) if a != b]
        noise = 1e-6 * min(steps, default=max(map(abs, places), default=1.0))
        return next(
            (d for d in range(MOST_DIGITS) if all(abs(x - round(x, d)) <= noise for x in places)),
            MOST_DIGITS,
        )

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label of a tick; of one alone (no ticks were taken) with what it needs itself."""
        digits = self.digits if self.taken else self._needed([x])
        return rounded(round(float(x) * self.scale, MOST_DIGITS), digits, self.lang) + self.unit


class LocalPercents(LocalNumbers):
    """Tick labels as percentages in the language's format: ``92,5%`` where a tick is there."""

    scale = 100.0
    unit = "%"


GRID: dict[str, Any] = {"color": "#DDDDDD", "linewidth": 0.6}


def named_rows(ax: Axes, ticks: Sequence[tuple[float, str]]) -> None:
    """Names at places down the left side, without marks or a line; light lines up and down."""
    ax.set_yticks([y for y, _ in ticks], [name for _, name in ticks])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", **GRID)


def money_axis(axis: Any, lang: str, label: str) -> None:
    """Ticks and label of an axis that shows money."""
    axis.set_major_locator(MaxNLocator(nbins=7, min_n_ticks=3, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(LocalNumbers(lang))
    axis.set_label_text(label)


def percent_axis(ax: Axes, lang: str) -> None:
    """A horizontal axis from 0 to 100%, with room for a label at either end."""
    ax.set_xlim(-0.07, 1.08)
    ax.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    ax.xaxis.set_major_formatter(LocalPercents(lang))


def legend_beside(ax: Axes, handles: Sequence[Any], names: Sequence[str]) -> None:
    """The legend to the right of the axes, where it can cover nothing."""
    if handles:
        ax.legend(handles, names, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)


def short(text: str, most: int) -> str:
    """``text`` cut to ``most`` characters, with an ellipsis where something was cut."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip(" ,;.(") + "…"


def nothing_to_show(
    ax: Axes,
    about: Plan | Frontier | Alternatives | Amendment | Decided | PlanStatus,
    lang: str,
    title: str,
    code: str = "figure.nothing",
) -> Axes:
    """A sentence in place of a figure that would be empty, under its title."""
    text = say(code, lang)
    ax.set_axis_off()
    ax.text(0.5, 0.5, text, ha="center", va="center", color=QUIET, transform=ax.transAxes)
    return finish(ax, about, lang, title)
