"""Figures of a plan.

``draw_x(plan, ax, lang) -> Axes`` draws into given axes, ``x(plan, lang) -> Figure`` makes a
figure of a fitting size, :func:`save_all` writes every figure into a folder. One file a figure;
:mod:`planner.present.figures.canvas` holds what they share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from planner.phases import phase
from planner.present.figures.canvas import save
from planner.present.figures.coverage import coverage, draw_coverage
from planner.present.figures.coverage_map import coverage_map, draw_coverage_map
from planner.present.figures.fairness import draw_fairness, fairness
from planner.present.figures.ledger import draw_ledger, ledger
from planner.present.figures.money import draw_money, money
from planner.present.figures.obligations import draw_obligations, obligations

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = [
    "FIGURES",
    "coverage",
    "coverage_map",
    "draw_coverage",
    "draw_coverage_map",
    "draw_fairness",
    "draw_ledger",
    "draw_money",
    "draw_obligations",
    "fairness",
    "figures",
    "ledger",
    "money",
    "obligations",
    "save_all",
]

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


def figures(plan: Plan, lang: str = "vi") -> Iterator[tuple[str, Figure]]:
    """Every figure of a plan with the name of its file, made one at a time."""
    for name, make in FIGURES.items():
        if plan.coverage.empty and name in OF_NEEDS:
            continue
        yield name, make(plan, lang)
    for fund in dict.fromkeys(plan.ledger["fund"]):
        yield f"ledger-{fund}", ledger(plan, lang, str(fund))


@phase("figures")
def save_all(
    plan: Plan, folder: str | Path, lang: str = "vi", formats: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """Write every figure as ``folder/<name>.<format>``; the files written, in order.

    The folder is made if missing. Equal plans give equal bytes: nothing in a file depends on
    the time, the machine or the user's own matplotlib settings.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, figure in figures(plan, lang):
        written += save(figure, place / name, formats)
    return written
