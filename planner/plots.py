"""Figures of a plan as matplotlib Axes, for notebooks: ``planner.plots.coverage(result)``.

Every function takes a result, a plan or a plan folder that was read; ``ax=`` draws into given
axes (otherwise a figure of a fitting size is made), ``lang=`` is ``"vi"`` or ``"en"``
(otherwise that of :func:`planner.language`). It returns the Axes. Money is drawn in readable
units that the axis names, shares in percent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from planner.messages import language
from planner.present import figures
from planner.present.figures import comparison_charts
from planner.present.figures.canvas import drawing, mpl

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from planner.analysis.answers import Alternatives
    from planner.analysis.compare import Comparison
    from planner.analysis.explain import Prices
    from planner.analysis.frontier import Frontier
    from planner.analysis.status import PlanStatus
    from planner.plan import Plan
    from planner.run.folder import PlanFolder
    from planner.run.result import Decided, Result

    Drawable: TypeAlias = Result | Plan | PlanFolder

__all__ = [
    "alternatives",
    "amended",
    "coverage",
    "coverage_side_by_side",
    "decision",
    "effectiveness",
    "fairness",
    "frontier",
    "ledger",
    "line_sizes",
    "map",
    "money",
    "money_side_by_side",
    "obligations",
    "policies",
    "replacements",
    "slopes",
    "status",
    "trade_off",
]


def _plan(source: Any) -> Plan:
    """The plan itself; a result without one says why."""
    plan: Plan = source.plan if hasattr(source, "plan") else source
    return plan


def drawn(
    draw: Callable[..., Axes],
    make: Callable[..., Figure],
    subject: Any,
    ax: Axes | None,
    lang: str | None,
    *more: Any,
) -> Axes:
    """Draws into ``ax``, or into a new pyplot figure as large as ``make`` would have it."""
    words = lang or language()
    with drawing(style=True):
        if ax is None:
            # Axes of a new pyplot figure; one that is not shown where the backend that the
            # environment names cannot be loaded here (a notebook's, in a program that it started).
            size = tuple(make(subject, words, *more).get_size_inches())
            from matplotlib import pyplot as plt

            try:
                figure = plt.figure(figsize=size, layout="constrained")
            except ImportError:
                plt.switch_backend("agg")
                figure = plt.figure(figsize=size, layout="constrained")
            ax = figure.add_subplot()
        axes = draw(subject, ax, words, *more)
        interactive = mpl.is_interactive()
    # The first figure of a notebook loads its backend, which turns the interactive mode on: leaving
    # our style must not turn it off, or later figures stay unseen.
    mpl.interactive(interactive)
    return axes


def coverage(plan: Drawable, ax: Axes | None = None, lang: str | None = None) -> Axes:
    """Mean coverage of schools before and after, by group and level (0–100%).

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> ax = planner.plots.coverage(result, lang="en")
    >>> len(ax.get_yticks()) >= 1
    True
    """
    return drawn(figures.draw_coverage, figures.coverage, _plan(plan), ax, lang)


def money(plan: Drawable, ax: Axes | None = None, lang: str | None = None) -> Axes:
    """Payments by fund, year and group against what may be used.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> planner.plots.money(result, lang="en").get_title(loc="left")
    'Money by group and year against the ceilings'
    """
    return drawn(figures.draw_money, figures.money, _plan(plan), ax, lang)


def map(plan: Drawable, ax: Axes | None = None, lang: str | None = None) -> Axes:
    """Coverage of every school and item in the last plan year, as a coloured grid.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> planner.plots.map(result, lang="en").has_data()
    True
    """
    return drawn(figures.draw_coverage_map, figures.coverage_map, _plan(plan), ax, lang)


def fairness(plan: Drawable, ax: Axes | None = None, lang: str | None = None) -> Axes:
    """How coverage is spread over the schools of each group.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> planner.plots.fairness(result, lang="en").has_data()
    True
    """
    return drawn(figures.draw_fairness, figures.fairness, _plan(plan), ax, lang)


def ledger(plan: Drawable, fund: str, ax: Axes | None = None, lang: str | None = None) -> Axes:
    """One fund year by year: spent, carried over, lapsed, reserve.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> planner.plots.ledger(result, "district", lang="en").has_data()
    True
    """
    return drawn(figures.draw_ledger, figures.ledger, _plan(plan), ax, lang, fund)


def line_sizes(plan: Drawable, ax: Axes | None = None, lang: str | None = None) -> Axes:
    """How many purchase lines of each size there are, and were before the plan was tidied.

    Examples
    --------
    >>> import planner
    >>> ax = planner.plots.line_sizes(planner.solve("scenarios/three-schools"), lang="en")
    >>> sum(int(bar.get_height()) for bar in ax.patches)
    3
    """
    return drawn(figures.draw_line_sizes, figures.line_sizes, _plan(plan), ax, lang)


def obligations(plan: Drawable, ax: Axes | None = None, lang: str | None = None) -> Axes:
    """What falls due after the plan: upkeep and later instalments, by year.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> planner.plots.obligations(result, lang="en") is not None
    True
    """
    return drawn(figures.draw_obligations, figures.obligations, _plan(plan), ax, lang)


def replacements(plan: Drawable, ax: Axes | None = None, lang: str | None = None) -> Axes:
    """Cost of replacing what falls out of service, by year, and the number of units.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> planner.plots.replacements(result, lang="en").get_title(loc="left")
    'What falls out of service, and what as many again would cost'
    """
    return drawn(figures.draw_replacements, figures.replacements, _plan(plan), ax, lang)


def effectiveness(plan: Drawable, ax: Axes | None = None, lang: str | None = None) -> Axes:
    """Equipped pupil-years and points for a million of money, by item and level of schooling.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> planner.plots.effectiveness(result, lang="en").get_title(loc="left")
    'What 1,000,000 VND buys, by item'
    """
    return drawn(figures.draw_effectiveness, figures.effectiveness, _plan(plan), ax, lang)


def policies(prices: Prices, ax: Axes | None = None, lang: str | None = None) -> Axes:
    """What each policy costs, in points, as :func:`planner.explain` found it.

    Examples
    --------
    >>> import planner
    >>> prices = planner.explain(planner.solve("scenarios/three-schools"))
    >>> planner.plots.policies(prices, lang="en").get_xlabel() != ""
    True
    """
    return drawn(comparison_charts.draw_policies, comparison_charts.policies, prices, ax, lang)


def alternatives(found: Alternatives, ax: Axes | None = None, lang: str | None = None) -> Axes:
    """What a plan buys, an area for each state of what was proven of it, largest first, as
    :func:`planner.alternatives` found it.

    Examples
    --------
    >>> import planner
    >>> found = planner.alternatives(planner.solve("scenarios/three-schools"), within=0.2)
    >>> [str(area.get_gid()) for area in planner.plots.alternatives(found, lang="en").patches]
    ['always', 'open']
    """
    charts = comparison_charts
    return drawn(charts.draw_alternatives, charts.alternatives, found, ax, lang)


def decision(found: Decided, ax: Axes | None = None, lang: str | None = None) -> Axes:
    """What is decided now for several futures, as :func:`planner.futures` found it: a bar an item,
    parted by how many futures' own best plans buy it too; money in readable units. Worth and regret
    (points) stand below.

    Examples
    --------
    >>> import planner
    >>> base = planner.load("scenarios/three-schools", {"futures": {"decide_until": 2025, "cases": {
    ...     "same": {}, "less": {"set": {"funds.district.amounts.2026": 10_000_000}}}}})
    >>> ax = planner.plots.decision(planner.futures(base, gap=0), lang="en")
    >>> [str(bar.get_gid()) for bar in ax.patches]
    ['optima:2']
    """
    charts = comparison_charts
    return drawn(charts.draw_decided, charts.decided, found, ax, lang)


def frontier(found: Frontier, ax: Axes | None = None, lang: str | None = None) -> Axes:
    """Value along a frontier: plans with proven bounds, the relaxation and its kinks.

    Examples
    --------
    >>> import planner
    >>> found = planner.frontier("scenarios/three-schools", fund="district", points=3, workers=0)
    >>> planner.plots.frontier(found, lang="en").get_xlabel()
    'Money in the plan years (million VND)'
    """
    return drawn(comparison_charts.draw_frontier, comparison_charts.frontier, found, ax, lang)


def coverage_side_by_side(
    comparison: Comparison, ax: Axes | None = None, lang: str | None = None
) -> Axes:
    """Coverage by group under each plan of a comparison.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools")
    >>> planner.plots.coverage_side_by_side(planner.compare(result, result), lang="en").has_data()
    True
    """
    return drawn(comparison_charts.draw_coverage, comparison_charts.coverage, comparison, ax, lang)


def slopes(
    comparison: Comparison, ax: Axes | None = None, lang: str | None = None, plan: str = ""
) -> Axes:
    """A line a school from its coverage under the reference to that under ``plan``.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools")
    >>> ax = planner.plots.slopes(planner.compare(result, result), lang="en")
    >>> len(ax.lines)
    3
    """
    return drawn(
        comparison_charts.draw_schools, comparison_charts.schools, comparison, ax, lang, plan
    )


def money_side_by_side(
    comparison: Comparison, ax: Axes | None = None, lang: str | None = None
) -> Axes:
    """Money by fund under each plan of a comparison.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools")
    >>> planner.plots.money_side_by_side(planner.compare(result, result), lang="en").has_data()
    True
    """
    return drawn(comparison_charts.draw_money, comparison_charts.money, comparison, ax, lang)


def status(found: PlanStatus, ax: Axes | None = None, lang: str | None = None) -> Axes:
    """Planned, contracted and disbursed money by fund and year of payment, as
    :func:`planner.status` found it.

    Examples
    --------
    >>> import planner, tempfile
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     found = planner.status(planner.write(result, f"{place}/plan", figures=False))
    >>> [float(bar.get_width()) for bar in planner.plots.status(found, lang="en").patches]
    [100.0, 0.0, 0.0, 60.0, 0.0, 0.0]
    """
    return drawn(comparison_charts.draw_status, comparison_charts.status, found, ax, lang)


def trade_off(plan: Result | PlanFolder, ax: Axes | None = None, lang: str | None = None) -> Axes:
    """Lines changed against the part of the value given up (0–100%) by an amended plan, as
    :func:`planner.amend` traced it; below them the least that was proven. Raises ``ValueError``
    for a plan that amends none.

    Examples
    --------
    >>> import planner, tempfile
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> less = result.scenario.with_("funds.district.amounts.2026", 50_000_000)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = planner.write(result, f"{place}/plan", figures=False)
    ...     found = planner.amend(folder, less, points=3)
    >>> ax = planner.plots.trade_off(found, lang="en")
    >>> [str(line.get_gid()) for line in ax.lines]
    ['bound', 'plans', 'chosen']
    """
    charts = comparison_charts
    return drawn(charts.draw_trade_off, charts.trade_off, plan, ax, lang)


def amended(plan: Result | PlanFolder, ax: Axes | None = None, lang: str | None = None) -> Axes:
    """Money by fund and year of payment, before and after :func:`planner.amend`, in readable units.
    Raises ``ValueError`` for a plan that amends none.

    Examples
    --------
    >>> import planner, tempfile
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> less = result.scenario.with_("funds.district.amounts.2026", 50_000_000)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = planner.write(result, f"{place}/plan", figures=False)
    ...     found = planner.amend(folder, less, points=0)
    >>> ax = planner.plots.amended(found, lang="en")
    >>> [float(bar.get_width()) for bar in ax.patches]
    [100.0, 100.0, 60.0, 40.0]
    """
    return drawn(comparison_charts.draw_amended, comparison_charts.amended, plan, ax, lang)
