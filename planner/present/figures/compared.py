"""Figures of a comparison: coverage side by side, schools as slopes, money by fund."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from planner.messages import say
from planner.messages.numbers import percent
from planner.plan.coverage import coverage_moves
from planner.present.comparison import frontier_title, next_sentence
from planner.present.content import GROUP_COLOURS, MoneyScale, fund_name, money_scale
from planner.present.explanation import name, people, points
from planner.present.figures.canvas import (
    INK,
    QUIET,
    LocalNumbers,
    LocalPercents,
    drawing,
    finish,
    legend_beside,
    money_axis,
    nothing_to_show,
    percent_axis,
    save,
    short,
)
from planner.scenario.schema import GROUPS
from planner.vocabulary.axes import Floats

if TYPE_CHECKING:
    from planner.analysis.compare import Comparison
    from planner.analysis.explain import Prices
    from planner.analysis.frontier import Frontier

PLAN_COLOURS = ("#444444", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
"""The reference first."""


def _shade(number: int) -> str:
    return PLAN_COLOURS[number % len(PLAN_COLOURS)]


def _made(draw: Any, comparison: Comparison, lang: str, size: tuple[float, float]) -> Figure:
    with drawing():
        figure = Figure(figsize=size, layout="constrained")
        draw(comparison, figure.add_subplot(), lang)
    return figure


def coverage(comparison: Comparison, lang: str = "vi") -> Figure:
    """Coverage by group, one bar a plan."""
    bars = len(comparison.plans) * max(1, comparison.coverage["group"].nunique())
    return _made(draw_coverage, comparison, lang, (9.0, 2.4 + 0.3 * bars))


def draw_coverage(comparison: Comparison, ax: Axes, lang: str = "vi") -> Axes:
    """Draw the mean coverage of every group after each plan, and before as a mark."""
    title = say("compare.figure.coverage", lang)
    plan = comparison.reference.plan
    if comparison.coverage.empty:
        nothing_to_show(ax, say("figure.nothing", lang))
        return finish(ax, plan, lang, title)
    place, ticks = 0.0, []
    for group in GROUPS:
        rows = _group_rows(comparison, group)
        if not rows:
            continue
        ticks.append((place + (len(rows) - 1) / 2, say(f"label.group_short.{group}", lang)))
        for number, before, after in rows:
            ax.barh(place, after, 0.78, color=_shade(number), gid="after")
            ax.vlines(before, place - 0.39, place + 0.39, "white", lw=3.2)
            ax.vlines(before, place - 0.39, place + 0.39, INK, lw=1.4)
            ax.text(after + 0.012, place, percent(after, 1, lang), va="center", fontsize=8)
            place += 1
        place += 0.7
    ax.set_yticks([y for y, _ in ticks], [label for _, label in ticks])
    ax.set_ylim(place - 0.9, -0.7)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    percent_axis(ax, lang)
    ax.set_xlim(0, 1.12)
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    handles, names = _legend(comparison)
    handles.append(Line2D([], [], color=INK, marker="|", ls="", ms=10, mew=1.6))
    legend_beside(ax, handles, [*names, say("compare.figure.before", lang)])
    return finish(ax, plan, lang, title, say("compare.figure.coverage_note", lang))


def _group_rows(comparison: Comparison, group: str) -> list[tuple[int, float, float]]:
    """(plan's number, mean before, mean after) of a group."""
    rows = []
    for number, told in enumerate(comparison.plans):
        schools = told.plan.schools
        mine = schools[(schools["group"] == group) & schools["coverage_after"].notna()]
        if len(mine):
            means = (float(mine[f"coverage_{w}"].mean()) for w in ("before", "after"))
            rows.append((number, *means))
    return rows  # type: ignore[return-value]


def _legend(comparison: Comparison) -> tuple[list[Any], list[str]]:
    handles: list[Any] = [mpl.patches.Patch(color=_shade(k)) for k in range(len(comparison.plans))]
    return handles, [short(t.name, 30) for t in comparison.plans]


def schools(comparison: Comparison, lang: str = "vi", plan: str = "") -> Figure:
    """A line a school from its coverage under the reference to that under another plan."""
    with drawing():
        figure = Figure(figsize=(7.6, 7.2), layout="constrained")
        draw_schools(comparison, figure.add_subplot(), lang, plan)
    return figure


def draw_schools(comparison: Comparison, ax: Axes, lang: str = "vi", plan: str = "") -> Axes:
    """Draw the slope chart of schools; those that move most are named."""
    reference = comparison.reference
    told = [t.name for t in comparison.plans[1:]]
    name = plan or (told[0] if told else reference.name)
    rows = comparison.schools[comparison.schools["plan"] == name] if told else None
    title = say(
        "compare.figure.schools", lang, reference=short(reference.name, 24), plan=short(name, 24)
    )
    rows = rows.dropna(subset=["difference", "group"]) if rows is not None else None
    if rows is None or rows.empty:
        nothing_to_show(ax, say("figure.nothing", lang))
        return finish(ax, reference.plan, lang, title)
    plans = {t.name: t.plan for t in comparison.plans}
    movers = coverage_moves(reference.plan, plans[name], rows)
    for row in rows.assign(moved=rows.index.isin(movers.index)).to_dict("records"):
        moved = row["moved"]
        ax.plot(
            [0, 1], [row["coverage_reference"], row["coverage"]], marker="o", ms=3.5,
            color=GROUP_COLOURS[row["group"]] if moved else "#BBBBBB",
            lw=1.3 if moved else 0.7, alpha=0.9 if moved else 0.6, gid=str(row["school"]),
        )  # fmt: skip
    _name_movers(ax, rows, movers)
    ax.set_xlim(-0.12, 1.3)
    ax.set_xticks([0, 1], [short(reference.name, 26), short(name, 26)])
    ax.yaxis.set_major_formatter(LocalPercents(lang))
    ax.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    present = [g for g in GROUPS if (rows["group"] == g).any()]
    handles = [Line2D([], [], color=GROUP_COLOURS[g], marker="o", ms=4) for g in present]
    legend_beside(ax, handles, [say(f"label.group_short.{g}", lang) for g in present])
    up, down = (int(s.sum()) for s in (movers["difference"] > 0, movers["difference"] < 0))
    told_note = say(
        "compare.figure.schools_note", lang, up=up, down=down, same=len(rows) - up - down
    )
    return finish(ax, reference.plan, lang, title, told_note)


def _name_movers(ax: Axes, rows: Any, movers: Any) -> None:
    """The ids of the six schools that move most, pushed apart where they would overlap."""
    order = movers["difference"].abs().sort_values(ascending=False).index[:6]
    movers = movers.loc[order].sort_values("coverage")
    spread = max(float(np.ptp(rows[["coverage", "coverage_reference"]].to_numpy())), 0.05)
    last = -np.inf
    for row in movers.to_dict("records"):
        at = max(float(row["coverage"]), last + 0.032 * spread)
        ax.text(1.03, at, short(str(row["school"]), 18), va="center", fontsize=7.5, color=QUIET)
        last = at


def money(comparison: Comparison, lang: str = "vi") -> Figure:
    """Money by fund, one bar a plan."""
    bars = len(comparison.plans) * max(1, comparison.money.get("fund", np.zeros(1)).nunique()) \
        if not comparison.money.empty else 2  # fmt: skip
    return _made(draw_money, comparison, lang, (9.0, 2.4 + 0.3 * bars))


def draw_money(comparison: Comparison, ax: Axes, lang: str = "vi") -> Axes:
    """Draw what each plan puts on each fund in the plan years."""
    reference = comparison.reference.plan
    settings = reference.scenario.settings
    title = say("compare.figure.money", lang)
    sums = [_by_fund(t.plan) for t in comparison.plans]
    funds = [f for f in settings.funds if any(s.get(f) for s in sums)]
    funds += sorted({f for s in sums for f in s} - set(funds) - set(settings.funds))
    if not funds:
        nothing_to_show(ax, say("figure.nothing", lang))
        return finish(ax, reference, lang, title)
    scale = money_scale([m for s in sums for m in s.values()], settings.currency, lang)
    place, ticks = 0.0, []
    for fund in funds:
        label = short(fund_name(reference.scenario, fund, lang), 44)
        ticks.append((place + (len(sums) - 1) / 2, label))
        for number, paid in enumerate(sums):
            width = scale.value(paid.get(fund, 0))
            ax.barh(place, width, 0.78, color=_shade(number), gid=f"{fund}:{number}")
            text = f" {scale.number(paid.get(fund, 0))}"
            ax.text(width, place, text, va="center", fontsize=8)
            place += 1
        place += 0.7
    ax.set_yticks([y for y, _ in ticks], [label for _, label in ticks])
    ax.set_ylim(place - 0.9, -0.7)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    money_axis(ax.xaxis, lang, scale.unit)
    ax.margins(x=0.08)
    legend_beside(ax, *_legend(comparison))
    return finish(ax, reference, lang, title, say("compare.figure.money_note", lang))


def _by_fund(plan: Any) -> dict[str, int]:
    lines = plan.allocation
    planned = lines[lines["year"] <= plan.scenario.settings.years[1]]
    sums = planned.groupby("fund")["amount"].sum()
    return {str(k): int(v) for k, v in sums.items()}


def save_all(
    comparison: Comparison, folder: Path, lang: str, formats: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """Every figure of a comparison; a slope chart for each plan beside the reference."""
    folder.mkdir(parents=True, exist_ok=True)
    written = save(coverage(comparison, lang), folder / "coverage", formats)
    written += save(money(comparison, lang), folder / "money", formats)
    for told in comparison.plans[1:]:
        name = "".join(c if c.isalnum() or c in "-_." else "-" for c in told.name)
        figure = schools(comparison, lang, told.name)
        written += save(figure, folder / f"schools-{name}", formats)
    return written


# --------------------------------------------------------------------------------------------------
# The price of each promise as an interval of points, with the pupil-years beside it.

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


def save_prices(
    prices: Prices, folder: Path, lang: str, formats: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """The figure in every format."""
    folder.mkdir(parents=True, exist_ok=True)
    return save(policies(prices, lang), folder / "policies", formats)


# --------------------------------------------------------------------------------------------------
# Figure of a frontier: value above, coverage by group below, against what was moved.


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
        draw_traced_coverage(found, below, lang)
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
    table, title = found.table, frontier_title(found, lang)
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


def draw_traced_coverage(found: Frontier, ax: Axes, lang: str = "vi") -> Axes:
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
