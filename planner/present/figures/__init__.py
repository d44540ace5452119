"""Figures of a plan.

``draw_x(plan, ax, lang) -> Axes`` draws into given axes, ``x(plan, lang) -> Figure`` makes a
figure of a fitting size, :func:`save_all` writes every figure into a folder.
:mod:`planner.present.figures.canvas` holds what they share.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

# Before anything else of it, matplotlib itself: files are drawn without the backend that the
# environment names (a notebook hands its own to every program that it starts), and a name that is
# no backend in this installation keeps matplotlib from being imported. Then the name is left out.
try:
    importlib.import_module("matplotlib")
except ValueError:
    if "MPLBACKEND" not in os.environ:
        raise
    named = os.environ.pop("MPLBACKEND")
    for left_behind in [n for n in sys.modules if n.split(".")[0] == "matplotlib"]:
        del sys.modules[left_behind]
    try:
        importlib.import_module("matplotlib")
    finally:
        os.environ["MPLBACKEND"] = named

from planner.analysis.criteria import has_criteria
from planner.present.figures.canvas import drawing, save
from planner.present.figures.comparison_charts import draw_effectiveness, effectiveness
from planner.present.figures.plan_charts import (
    coverage,
    coverage_map,
    draw_coverage,
    draw_coverage_map,
    draw_fairness,
    draw_ledger,
    draw_line_sizes,
    draw_money,
    draw_obligations,
    draw_replacements,
    fairness,
    ledger,
    line_sizes,
    money,
    obligations,
    replacements,
)
from planner.system.process import phase

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from planner.plan import Plan

__all__ = [
    "FIGURES",
    "coverage",
    "coverage_map",
    "draw_coverage",
    "draw_coverage_map",
    "draw_effectiveness",
    "draw_fairness",
    "draw_ledger",
    "draw_line_sizes",
    "draw_money",
    "draw_obligations",
    "draw_replacements",
    "effectiveness",
    "fairness",
    "figure",
    "figure_names",
    "figures",
    "ledger",
    "line_sizes",
    "money",
    "obligations",
    "replacements",
    "save_all",
    "save_one",
]

FORMATS = ("png", "svg")
FIGURES: dict[str, Callable[..., Figure]] = {
    "money": money,
    "coverage": coverage,
    "coverage-map": coverage_map,
    "fairness": fairness,
    "obligations": obligations,
    "replacements": replacements,
    "line-sizes": line_sizes,
    "effectiveness": effectiveness,
}
"""Figures by name; the ledgers, one a fund, come on top of these."""
OF_NEEDS = ("coverage", "coverage-map", "fairness", "obligations", "replacements", "line-sizes")
"""Figures that say nothing where no school needs anything (a scenario of requests alone)."""


OF_CRITERIA = ("effectiveness",)
"""Figures that are drawn where schools are measured by criteria."""


def figure_names(plan: Plan) -> list[str]:
    """The names of a plan's figures: files without their extension."""
    drawn = [name for name in FIGURES if not (plan.coverage.empty and name in OF_NEEDS)]
    if not has_criteria(plan.scenario):
        drawn = [name for name in drawn if name not in OF_CRITERIA]
    return [*drawn, *(f"ledger-{fund}" for fund in dict.fromkeys(plan.ledger["fund"]))]


def figure(plan: Plan, name: str, lang: str = "vi") -> Figure:
    """One figure of a plan by its name."""
    if name in FIGURES:
        return FIGURES[name](plan, lang)
    return ledger(plan, lang, name.removeprefix("ledger-"))


def figures(plan: Plan, lang: str = "vi") -> Iterator[tuple[str, Figure]]:
    """Every figure of a plan with the name of its file, made one at a time."""
    for name in figure_names(plan):
        yield name, figure(plan, name, lang)


def save_one(
    plan: Plan, name: str, folder: Path, lang: str = "vi", formats: Sequence[str] = FORMATS
) -> list[Path]:
    """Write one figure as ``folder/<name>.<format>``; the files written."""
    with drawing():
        return save(figure(plan, name, lang), folder / name, formats)


@phase("figures")
def save_all(
    plan: Plan, folder: str | Path, lang: str = "vi", formats: Sequence[str] = FORMATS
) -> list[Path]:
    """Write every figure as ``folder/<name>.<format>``; the files written, in order.

    The folder is made if missing. Equal plans give equal bytes: nothing in a file depends on
    the time, the machine or the user's own matplotlib settings.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    names = figure_names(plan)
    return [path for name in names for path in save_one(plan, name, place, lang, formats)]
