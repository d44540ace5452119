"""Figures of a plan.

``draw_x(plan, ax, lang) -> Axes`` draws into given axes, ``x(plan, lang) -> Figure`` makes a
figure of a fitting size, :func:`save_all` writes every figure into a folder.
:mod:`planner.present.figures.canvas` holds what they share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from planner.present.figures import backend as _backend  # noqa: F401 (before matplotlib)
from planner.present.figures.canvas import drawing, save
from planner.present.figures.coverage_charts import (
    coverage,
    coverage_map,
    draw_coverage,
    draw_coverage_map,
    draw_fairness,
    fairness,
)
from planner.present.figures.money_charts import (
    draw_ledger,
    draw_money,
    draw_obligations,
    ledger,
    money,
    obligations,
)
from planner.present.undrawn import Undrawn, error_line
from planner.system.process import phase

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from planner.plan import Plan

__all__ = [
    "FIGURES",
    "coverage",
    "coverage_map",
    "draw_all",
    "draw_coverage",
    "draw_coverage_map",
    "draw_fairness",
    "draw_ledger",
    "draw_money",
    "draw_obligations",
    "fairness",
    "figure",
    "figure_names",
    "figures",
    "ledger",
    "money",
    "obligations",
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
}
"""Figures by name; the ledgers, one a fund, come on top of these."""
OF_NEEDS = ("coverage", "coverage-map", "fairness", "obligations")
"""Figures that say nothing where no school needs anything (a scenario of requests alone)."""


def figure_names(plan: Plan) -> list[str]:
    """The names of a plan's figures: files without their extension."""
    drawn = [name for name in FIGURES if not (plan.coverage.empty and name in OF_NEEDS)]
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


@phase("figures")
def draw_all(
    plan: Plan,
    folder: Path,
    lang: str = "vi",
    formats: Sequence[str] = FORMATS,
    names: Iterable[str] | None = None,
    alone: bool = False,
) -> tuple[list[Path], list[Undrawn]]:
    """As :func:`save_all`, but no figure takes the others along: the files written, in order,
    and the figures that failed, of which nothing is left behind. ``alone``: figures are all that
    was asked for, and what the disk refuses is raised (:class:`OSError`)."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    undrawn: list[Undrawn] = []
    for name in figure_names(plan) if names is None else names:
        try:
            written += save_one(plan, name, folder, lang, formats)
        except Exception as error:
            if alone and isinstance(error, OSError):
                raise
            undrawn.append((name, error_line(error)))
            for kind in formats:
                folder.joinpath(f"{name}.{kind}").unlink(missing_ok=True)
    return written, undrawn
