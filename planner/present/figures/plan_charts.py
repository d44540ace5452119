"""Figures of a plan. Money: against the funds' ceilings, a fund's ledger, what falls due later,
what it would cost to replace what falls out of service.
Coverage: before → after by group and level, the map, how evenly it is spread."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from planner.analysis.replacements import ORIGINS, Replacements
from planner.analysis.replacements import replacements as falls_out
from planner.analysis.unmet import fairness as spread_of
from planner.analysis.unmet import last_rows, numbers, payments
from planner.messages import say
from planner.messages.numbers import careful_percent, percent, rounded, trimmed
from planner.plan.tables import SIZES, sizes_of
from planner.present.content import GROUP_COLOURS, fund_name, money_scale
from planner.present.figures.canvas import (
    GRID,
    INK,
    KIND_COLOURS,
    ORIGIN_COLOURS,
    QUIET,
    LocalNumbers,
    finish,
    legend_beside,
    money_axis,
    named_rows,
    new_figure,
    nothing_to_show,
    percent_axis,
    short,
)
from planner.scenario.schema import GROUPS, LEVELS

if TYPE_CHECKING:
    from planner.plan import Plan

MOST_FUNDS = 12
"""Funds shown one by one; the smaller ones beyond are summed."""
PARTS = (*GROUPS, "upkeep")


@dataclass(frozen=True)
class _Bar:
    """A bar: its place, its label, what it is made of and its ceilings."""

    label: str
    paid: dict[str, int]
    usable: int
    amount: int


def money(plan: Plan, lang: str = "vi") -> Figure:
    """Payments by group, fund and plan year, beside the money that may be used."""
    rows = sum(1 + len(bars) for _, bars in _funds(plan, lang))
    return new_figure(draw_money, plan, lang, (10.0, max(3.6, 1.7 + 0.3 * rows)))


def draw_money(plan: Plan, ax: Axes, lang: str = "vi") -> Axes:
    """Draw one bar a fund and plan year, stacked by group; upkeep of equipment in grey.

    The dark mark is the money that may be used (after the reserve, with what was carried in),
    the light mark the amount given. Proposals of group 3 are not in it. Money in the year of
    payment.
    """
    funds = _funds(plan, lang)
    if not funds:
        return nothing_to_show(ax, plan, lang, say("figure.money.title", lang), "summary.no_money")
    bars = [bar for _, rows in funds for bar in rows]
    scale = money_scale(
        [max(b.amount, b.usable, sum(b.paid.values())) for b in bars],
        plan.scenario.settings.currency,
        lang,
    )
    # The bars from top to bottom under the name of their fund.
    place, ticks = 0.0, []
    for name, rows in funds:
        ax.annotate(
            short(name, 70), (0, place), xycoords=("axes fraction", "data"), xytext=(0, 0),
            textcoords="offset points", va="center", fontweight="bold", fontsize=8.5, color=INK,
        )  # fmt: skip
        for row in rows:
            place += 1
            left = 0.0
            for part in PARTS:
                width = scale.value(row.paid.get(part, 0))
                if width:
                    colour = GROUP_COLOURS.get(part, KIND_COLOURS["upkeep"])
                    ax.barh(place, width, 0.68, left, color=colour, edgecolor="white", lw=0.4)
                left += width
            for amount, colour, reach in ((row.amount, "#AAAAAA", 0.30), (row.usable, INK, 0.42)):
                ax.vlines(scale.value(amount), place - reach, place + reach, colour, lw=2.0)
            ticks.append((place, row.label))
        place += 1.25
    ax.set_ylim(place - 0.6, -0.7)
    named_rows(ax, ticks)
    ax.set_xlim(left=0)
    money_axis(ax.xaxis, lang, scale.unit)
    present = [p for p in PARTS if any(b.paid.get(p) for b in bars)]
    handles: list[Patch | Line2D] = [
        Patch(color=GROUP_COLOURS.get(p, KIND_COLOURS["upkeep"])) for p in present
    ]
    names = [
        say(f"label.kind.{p}" if p == "upkeep" else f"label.group_short.{p}", lang) for p in present
    ]
    for code, colour in (("usable", INK), ("given", "#AAAAAA")):
        handles.append(Line2D([], [], color=colour, marker="|", ls="", ms=10, mew=2))
        names.append(say(f"figure.money.{code}", lang))
    legend_beside(ax, handles, names)
    return finish(ax, plan, lang, say("figure.money.title", lang), say("figure.money.note", lang))


def _funds(plan: Plan, lang: str) -> list[tuple[str, list[_Bar]]]:
    """Funds with their bars; the smallest ones summed where there are too many."""
    settings = plan.scenario.settings
    ledger = plan.ledger[plan.ledger["school"].fillna("") == ""]
    ledger = ledger[ledger["year"].isin(list(settings.plan_years))]
    sizes = ledger.groupby("fund", sort=False)["amount"].sum().sort_values(ascending=False)
    shown = set(sizes.index[: MOST_FUNDS if len(sizes) <= MOST_FUNDS else MOST_FUNDS - 1])
    paid = payments(plan)
    paid = paid.assign(part=paid["group"].where(paid["kind"] != "upkeep", "upkeep"))
    named = [(fund_name(plan.scenario, f, lang), [f]) for f in settings.funds if f in shown]
    if others := [f for f in sizes.index if f not in shown]:
        named.append((say("figure.money.others", lang, count=len(others)), others))
    found = []
    for title, funds in named:
        costs = paid[paid["fund"].isin(funds)]
        bars = []
        for year, rows in ledger[ledger["fund"].isin(funds)].groupby("year", sort=True):
            parts = costs[costs["year"] == year].groupby("part")["amount"].sum()
            usable = int(rows["usable"].sum() + rows["carried_in"].sum())
            spent = {str(k): int(v) for k, v in parts.items()}
            bars.append(_Bar(str(year), spent, usable, int(rows["amount"].sum())))
        found.append((title, bars))
    return found


# ---- Figure: the ledger of one fund.

USES = ("purchases", "setup", "requests", "upkeep", "carried_out", "lapsed", "reserve")
SPENT = USES[:4]
MOST_PROJECTS = 40
"""Building projects shown one by one."""


def ledger(plan: Plan, lang: str = "vi", fund: str | None = None) -> Figure:
    """What a fund had and what became of it, year by year (by school for projects)."""
    name, rows = _books(plan, fund)
    if _by_school(plan, name):
        size = (9.0, 2.4 + 0.28 * max(4, min(len(rows), MOST_PROJECTS)))
    else:
        size = (4.2 + 0.95 * max(3, len(rows)), 4.8)
    return new_figure(draw_ledger, plan, lang, size, fund=fund)


def draw_ledger(plan: Plan, ax: Axes, lang: str = "vi", fund: str | None = None) -> Axes:
    """Draw the ledger of ``fund`` (default: the first one that has one).

    A bar is the year's money and what was carried in; its parts are what was paid, what moves
    to the next year, what lapses and the reserve. The dark mark is the ceiling of the payments.
    """
    name, rows = _books(plan, fund)
    shown = short(fund_name(plan.scenario, name, lang), 60)
    title = say("figure.ledger.title", lang, fund=shown)
    if rows.empty:
        return nothing_to_show(ax, plan, lang, title)
    if _by_school(plan, name):
        return _draw_projects(plan, ax, lang, title, rows)
    scale = money_scale(
        [int(v) for v in rows["amount"] + rows["carried_in"]], plan.scenario.settings.currency, lang
    )
    present = [u for u in USES if rows[u].sum()]
    base, x = np.zeros(len(rows)), np.arange(len(rows))
    handles: list[Patch | Line2D] = []
    for use in present:
        height = rows[use].to_numpy() / scale.divisor
        style: dict[str, Any] = {"facecolor": KIND_COLOURS[use], "edgecolor": "white"}
        if use == "reserve":
            style |= {"edgecolor": "#999999", "hatch": "///"}
        ax.bar(x, height, 0.62, base, lw=0.5, gid=use, **style)
        base += height
        handles.insert(0, Patch(**style) if use == "reserve" else Patch(color=KIND_COLOURS[use]))
    ceiling = (rows["usable"] + rows["carried_in"]).to_numpy() / scale.divisor
    ax.hlines(ceiling, x - 0.38, x + 0.38, INK, lw=1.8)
    # Above each bar: the part of the usable money that was paid.
    for k, row in enumerate(rows.to_dict("records")):
        usable = int(row["usable"]) + int(row["carried_in"])
        if usable > 0:
            ax.annotate(
                careful_percent(int(row["spent"]) / usable, lang, 1), (k, base[k]), xytext=(0, 3),
                textcoords="offset points", ha="center", va="bottom", fontsize=8, color=INK,
            )  # fmt: skip
    # Years below the bars; a dotted line where the plan ends.
    years = [int(y) for y in rows["year"]]
    ax.set_xticks(range(len(years)), [str(y) for y in years])
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.6, len(years) - 0.4)
    inside = sum(y <= plan.scenario.settings.years[1] for y in years)
    if 0 < inside < len(years):
        _plan_ends(ax, inside, lang)
    ax.set_ylim(0, max(float(base.max()) * 1.1, 1e-9))
    money_axis(ax.yaxis, lang, scale.unit)
    ax.grid(axis="y", **GRID)
    names = [
        say("figure.ledger.unused" if u == "lapsed" else f"label.column.{u}", lang)
        for u in reversed(present)
    ]
    handles.append(Line2D([], [], color=INK, lw=1.8))
    legend_beside(ax, handles, [*names, say("figure.money.usable", lang)])
    return finish(ax, plan, lang, title, say("figure.ledger.note", lang))


def _draw_projects(plan: Plan, ax: Axes, lang: str, title: str, rows: pd.DataFrame) -> Axes:
    """One bar a preparing school: what is proposed, beside what its project can take."""
    order = rows.sort_values(["amount", "school"], ascending=[False, True], kind="stable")
    top = order.head(MOST_PROJECTS)
    scale = money_scale([int(v) for v in top["amount"]], plan.scenario.settings.currency, lang)
    y = np.arange(len(top))
    left = np.zeros(len(top))
    present = [u for u in SPENT if top[u].sum()]
    for use in present:
        width = top[use].to_numpy() / scale.divisor
        ax.barh(y, width, 0.66, left, color=KIND_COLOURS[use], edgecolor="white", lw=0.4, gid=use)
        left += width
    amount = top["amount"].to_numpy() / scale.divisor
    ax.vlines(amount, y - 0.42, y + 0.42, INK, lw=2.0)
    schools = plan.scenario.schools
    name_of = dict(zip(schools["school"], schools["name"], strict=True))
    labels = [
        f"{short(name_of.get(s, s), 40)} ({int(t)})"
        for s, t in zip(top["school"], top["year"], strict=True)
    ]
    ax.set_yticks(y, labels)
    ax.set_ylim(len(top) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(left=0)
    money_axis(ax.xaxis, lang, scale.unit)
    ax.grid(axis="x", **GRID)
    handles: list[Patch | Line2D] = [Patch(color=KIND_COLOURS[u]) for u in present]
    names = [say(f"label.column.{u}", lang) for u in present]
    handles.append(Line2D([], [], color=INK, marker="|", ls="", ms=10, mew=2))
    names.append(say("figure.ledger.project_amount", lang))
    legend_beside(ax, handles, names)
    left_out = len(rows) - len(top)
    more = say("figure.ledger.left_out", lang, count=left_out) if left_out else ""
    return finish(ax, plan, lang, title, say("figure.ledger.project_note", lang), more)


def _by_school(plan: Plan, fund: str) -> bool:
    known = plan.scenario.settings.funds.get(fund)
    return known is not None and known.role == "project"


def _books(plan: Plan, fund: str | None) -> tuple[str, pd.DataFrame]:
    """The fund and its rows; an unknown fund is a ``KeyError`` that names those there are."""
    books = plan.ledger
    if fund is None:
        fund = str(books["fund"].iloc[0]) if len(books) else ""
    elif fund not in plan.scenario.settings.funds:
        raise KeyError(f"{fund}: not one of {', '.join(plan.scenario.settings.funds)}")
    return fund, books[books["fund"] == fund].sort_values(["year", "school"], kind="stable")


# ---- Figure: what still has to be paid after the plan.

OBLIGATION_PARTS = (
    ("instalment", ""),
    ("upkeep", "stock"),
    ("upkeep", "plan"),
    ("upkeep", "proposal"),
)


def obligations(plan: Plan, lang: str = "vi") -> Figure:
    """Instalments and upkeep after the last plan year."""
    years = plan.obligations["year"].nunique()
    return new_figure(draw_obligations, plan, lang, (5.4 + 0.8 * max(3, years), 4.6))


def draw_obligations(plan: Plan, ax: Axes, lang: str = "vi") -> Axes:
    """Draw one bar a year after the plan: instalments, upkeep by origin.

    The dark mark is what stands in a fund's ledger for that year. Upkeep of proposals (hatched,
    on top) is charged to no fund.
    """
    due = plan.obligations[plan.obligations["amount"] > 0]
    title = say("figure.obligations.title", lang, year=str(plan.scenario.settings.years[1]))
    if due.empty:
        return nothing_to_show(ax, plan, lang, title, "figure.obligations.none")
    years = sorted({int(y) for y in due["year"]})
    totals = due.groupby("year")["amount"].sum()
    scale = money_scale([int(v) for v in totals], plan.scenario.settings.currency, lang)
    base, handles, names = np.zeros(len(years)), list[Patch | Line2D](), list[str]()
    for kind, origin in OBLIGATION_PARTS:
        chosen = (due["kind"] == kind) & ((due["origin"] == origin) | (origin == ""))
        if not chosen.any():
            continue
        amounts = due[chosen].groupby("year")["amount"].sum()
        height = np.array([amounts.get(y, 0) for y in years]) / scale.divisor
        colour = ORIGIN_COLOURS[origin] if origin else KIND_COLOURS[kind]
        style: dict[str, Any] = {"facecolor": colour, "edgecolor": "white"}
        if origin == "proposal":
            style = {"facecolor": "white", "edgecolor": colour, "hatch": "///"}
        ax.bar(range(len(years)), height, 0.62, base, lw=0.6, gid=f"{kind}-{origin}", **style)
        base += height
        handles.insert(0, Patch(lw=0.6, **style))
        name = say(f"label.kind.{kind}", lang)
        if origin:
            whose = say(f"label.origin.{origin}", lang)
            name = f"{name}: {whose[0].lower()}{whose[1:]}"
        names.insert(0, name)
    funded = due.groupby("year")["funded"].sum()
    marks = np.array([funded.get(y, 0) for y in years]) / scale.divisor
    at = np.arange(len(years))
    ax.hlines(marks, at - 0.38, at + 0.38, INK, lw=1.8)
    ax.set_xticks(at, [str(y) for y in years])
    ax.set_xlim(-0.6, len(years) - 0.4)
    ax.set_ylim(0, float(base.max()) * 1.08)
    ax.tick_params(axis="x", length=0)
    ax.grid(axis="y", **GRID)
    money_axis(ax.yaxis, lang, scale.unit)
    legend_beside(
        ax,
        [*handles, Line2D([], [], color=INK, lw=1.8)],
        [*names, say("label.column.funded", lang)],
    )
    return finish(ax, plan, lang, title, say("figure.obligations.note", lang))


# ---- Figure: what falls out of service, and what as many again would cost.

MOST_YEARS = 20
"""Years drawn one by one; what falls out later is one bar more."""


def replacements(plan: Plan, lang: str = "vi") -> Figure:
    """Cost of replacing what falls out of service, year by year."""
    bars = len(_years_out(falls_out(plan)))
    return new_figure(draw_replacements, plan, lang, (5.4 + 0.55 * max(5, bars), 4.6))


def draw_replacements(plan: Plan, ax: Axes, lang: str = "vi") -> Axes:
    """Draw one bar a year: what as many units again would cost as fall out of service in it.

    The lowest part is what falls out without the plan; proposals are hatched, on top. Above a bar
    stands the number of units.
    """
    found = falls_out(plan)
    title = say("figure.replacements.title", lang)
    if found.table.empty:
        return nothing_to_show(ax, plan, lang, title, "figure.replacements.none")
    years = _years_out(found)
    amounts = {origin: [0] * len(years) for origin in ORIGINS}
    units = [0.0] * len(years)
    for row in found.table.to_dict("records"):
        at = min(row["year"] - found.first, len(years) - 1)
        amounts[row["origin"]][at] += int(row["amount"])
        units[at] += row["units"]
    totals = [sum(each) for each in zip(*amounts.values(), strict=True)]
    scale = money_scale(totals, plan.scenario.settings.currency, lang)
    base, handles, names = np.zeros(len(years)), list[Patch](), list[str]()
    for origin in ORIGINS:
        at = np.flatnonzero(amounts[origin])
        if not len(at):
            continue
        colour = ORIGIN_COLOURS[origin]
        style: dict[str, Any] = {"facecolor": colour, "edgecolor": "white"}
        if origin == "proposal":
            style = {"facecolor": "white", "edgecolor": colour, "hatch": "///"}
        height = np.array([scale.value(amount) for amount in amounts[origin]])
        ax.bar(at, height[at], 0.66, base[at], lw=0.6, gid=origin, **style)
        base += height
        handles.insert(0, Patch(lw=0.6, **style))
        names.insert(0, say(f"label.origin.{origin}", lang))
    for at, count in enumerate(units):
        if count:
            ax.annotate(
                rounded(count, 0, lang), (at, base[at]), xytext=(0, 3), ha="center", va="bottom",
                textcoords="offset points", fontsize=8, color=INK,
            )  # fmt: skip
    ax.set_xticks(range(len(years)), years)
    ax.set_xlim(-0.6, len(years) - 0.4)
    ax.set_ylim(0, max(float(base.max()) * 1.12, 1e-9))
    ax.tick_params(axis="x", length=0)
    inside = found.last - found.first + 1
    if inside < len(years):
        _plan_ends(ax, inside, lang)
    ax.grid(axis="y", **GRID)
    money_axis(ax.yaxis, lang, scale.unit)
    legend_beside(ax, handles, names)
    held = say("figure.replacements.held", lang, year=str(found.priced)) if found.held else ""
    return finish(ax, plan, lang, title, say("figure.replacements.note", lang), held)


def _years_out(found: Replacements) -> list[str]:
    """The bars' years, from the first plan year to the last in which anything falls out."""
    last = int(found.table["year"].max()) if len(found.table) else found.first
    years = [str(y) for y in range(found.first, min(last, found.first + MOST_YEARS) + 1)]
    return years if last <= found.first + MOST_YEARS else [*years[:-1], f"≥ {years[-1]}"]


def _plan_ends(ax: Axes, inside: int, lang: str) -> None:
    """A dotted line after the plan's years, the first ``inside`` bars."""
    ax.axvline(inside - 0.5, color=QUIET, lw=1, ls=":")
    ax.annotate(
        say("figure.after_plan", lang), (inside - 0.5, 1), xytext=(4, -2),
        xycoords=("data", "axes fraction"), textcoords="offset points", va="top",
        fontsize=7.5, color=QUIET,
    )  # fmt: skip


# ---- How large the purchase lines are, before and after tidying.


def line_sizes(plan: Plan, lang: str = "vi") -> Figure:
    """How many purchase lines of each size there are, and were before the plan was tidied."""
    return new_figure(draw_line_sizes, plan, lang, (9.0, 4.2))


def draw_line_sizes(plan: Plan, ax: Axes, lang: str = "vi") -> Axes:
    """Draw a bar for each size of purchase lines (1–2, 2–5, 5–10 … of a power of ten), and before
    it a grey one of the plan before it was tidied."""
    title = say("figure.line_sizes.title", lang)
    now = sizes_of(plan.allocation)
    before = plan.sizes_before if plan.sizes_before not in (None, now) else None
    if not now:
        return nothing_to_show(ax, plan, lang, title, "summary.no_money")
    ends = SIZES.tolist()
    known = sorted({*now, *(before or {})})
    first, last = ends.index(known[0]), ends.index(known[-1])
    sizes, at = ends[first : last + 1], np.arange(last - first + 1)
    scale = money_scale([ends[last + 1]], plan.scenario.settings.currency, lang, most=6)
    parts = [("before", before, "#BBBBBB"), ("after", now, GROUP_COLOURS["completed"])]
    shown = [part for part in parts if part[1] is not None]
    width = 0.8 / len(shown)
    for number, (gid, counts, colour) in enumerate(shown):
        heights = [(counts or {}).get(size, 0) for size in sizes]
        ax.bar(at + 0.1 + width * number, heights, width, align="edge", color=colour, gid=gid)
    ticks = [trimmed(Decimal(n) / scale.divisor, lang) for n in ends[first : last + 2]]
    ax.set_xticks(np.arange(len(ticks)), ticks)
    ax.set_xlim(0, len(sizes))
    ax.set_xlabel(say("figure.line_sizes.size", lang, unit=scale.unit))
    ax.yaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True))
    ax.yaxis.set_major_formatter(LocalNumbers(lang))
    ax.set_ylabel(say("figure.line_sizes.lines", lang))
    ax.grid(axis="y", **GRID)
    names = [say(f"figure.line_sizes.{gid}", lang, count=sum((c or {}).values()))
             for gid, c, _ in shown]  # fmt: skip
    legend_beside(ax, [Patch(color=colour) for *_, colour in shown], names)
    return finish(ax, plan, lang, title)


# ---- Coverage before and after, by group and level.

Means = tuple[str, str, int, float, float]
"""(group, level or "" for the whole group, schools, mean before, mean after)."""


def coverage(plan: Plan, lang: str = "vi") -> Figure:
    """Mean coverage of schools before and after the plan, by group and level."""
    return new_figure(draw_coverage, plan, lang, (9.0, 2.2 + 0.32 * max(4, len(_means(plan)))))


def draw_coverage(plan: Plan, ax: Axes, lang: str = "vi") -> Axes:
    """Draw a ring (before) and a dot (after) a group and level, joined by a line.

    Every school counts once; coverage is that of the last plan year (of the hand-over year for
    proposals), weighted by the items' importance.
    """
    rows = _means(plan)
    title = say("figure.coverage.title", lang)
    if not rows:
        return nothing_to_show(ax, plan, lang, title)
    ticks: list[tuple[float, str]] = []
    place = 0.0
    for group, level, count, before, after in rows:
        place += 1.45 if not level and ticks else 1.0
        colour = GROUP_COLOURS[group]
        bold = not level
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
                careful_percent(value, lang), (value, place), xytext=(shift, 0), va="center",
                ha=side, textcoords="offset points", fontsize=8,
                color=INK if value == after else QUIET, annotation_clip=False,
            )  # fmt: skip
        code = f"label.level.{level}" if level else f"label.group_short.{group}"
        ticks.append((place, say("figure.coverage.row", lang, name=say(code, lang), count=count)))
    named_rows(ax, ticks)
    for label, (_, level, *_rest) in zip(ax.get_yticklabels(), rows, strict=True):
        label.set_fontweight("normal" if level else "bold")
    ax.set_ylim(place + 0.7, 0.3)
    percent_axis(ax, lang)
    handles = [
        Line2D([], [], marker="o", ls="", mfc="white", mec=INK, ms=6),
        Line2D([], [], marker="o", ls="", color=INK, ms=7),
    ]
    legend_beside(ax, handles, [say(f"figure.coverage.{w}", lang) for w in ("before", "after")])
    return finish(ax, plan, lang, title, say("figure.coverage.note", lang))


def _means(plan: Plan) -> list[Means]:
    """One row a group, then one a level of it; schools without a need are left out."""
    schools = plan.schools
    before, after = (numbers(schools[f"coverage_{w}"]) for w in ("before", "after"))
    known = ~np.isnan(after)
    rows: list[Means] = []
    for group in GROUPS:
        mine = known & (schools["group"] == group).to_numpy()
        levels = [lv for lv in LEVELS if (mine & (schools["level"] == lv).to_numpy()).any()]
        for level in ["", *levels] if len(levels) != 1 else [""]:
            chosen = mine & (schools["level"] == level).to_numpy() if level else mine
            if chosen.any():
                means = float(before[chosen].mean()), float(after[chosen].mean())
                rows.append((group, level, int(chosen.sum()), *means))
    return rows


# ---- Figure: the map of coverage, school × item.

MOST_SCHOOLS = 120
"""Schools shown by name; above this each row is a group, level and owner."""
MOST_ROWS = 90
"""Rows of means by owner; above this the owner is left out."""
MOST_ITEMS = 40
NO_NEED = "#EDEDED"


@dataclass(frozen=True)
class _Map:
    """Rows (``None`` in ``names``: a heading), columns and mean coverage (NaN: no need)."""

    names: tuple[str, ...]
    groups: tuple[str, ...]
    headings: tuple[bool, ...]
    items: tuple[str, ...]
    values: npt.NDArray[np.float64]
    notes: tuple[str, ...]


def coverage_map(plan: Plan, lang: str = "vi") -> Figure:
    """Coverage after the plan, one cell a school and item."""
    table = _map(plan, lang)
    size = (4.6 + 0.46 * max(6, len(table.items)), 3.0 + 0.2 * max(8, len(table.names)))
    return new_figure(draw_coverage_map, plan, lang, size)


def draw_coverage_map(plan: Plan, ax: Axes, lang: str = "vi") -> Axes:
    """Draw coverage (0–100%) in the last plan year, schools sorted by group and level.

    Proposals are shown at their hand-over year. Above 120 schools a row is the mean of a
    group, level and owner, and a note says so.
    """
    table = _map(plan, lang)
    title = say("figure.map.title", lang)
    if not table.names:
        return nothing_to_show(ax, plan, lang, title)
    colours = mpl.colormaps["cividis"]
    x, y = (np.arange(n + 1) - 0.5 for n in (len(table.items), len(table.names)))
    missing = np.isnan(table.values) & ~np.array(table.headings)[:, None]
    blank = np.ma.masked_invalid(np.where(missing, 1.0, np.nan))
    grid: dict[str, Any] = {"edgecolors": "white", "linewidth": 0.6}
    ax.pcolormesh(x, y, blank, cmap=mpl.colors.ListedColormap([NO_NEED]), **grid)
    shown = np.ma.masked_invalid(table.values)
    ax.pcolormesh(x, y, shown, cmap=colours, vmin=0, vmax=1, gid="coverage", **grid)
    if len(table.names) <= 140 and len(table.items) <= 24:
        # The percentage in each cell, without its sign.
        stamps: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for r, c in np.argwhere(~np.isnan(table.values)):
            value = float(table.values[r, c])
            ink = "white" if value < 0.55 else INK
            text = careful_percent(value, lang).rstrip("%")
            stamps.setdefault((text, ink), []).append((int(c), int(r)))
        assert ax.figure is not None
        points = Affine2D().scale(1 / 72) + ax.figure.dpi_scale_trans
        for (text, ink), places in stamps.items():
            # The outline of a text of 6.5 points around (0, 0).
            shape = TextPath((0, 0), text, size=6.5, prop=FontProperties(family="DejaVu Sans"))
            box = shape.get_extents()
            centred = (
                Affine2D()
                .translate(-(box.x0 + box.x1) / 2, -(box.y0 + box.y1) / 2)
                .transform_path(shape)
            )
            stamp = PathCollection(
                [centred], offsets=places, offset_transform=ax.transData, color=ink, linewidth=0
            )
            stamp.set(transform=points, gid="cell", in_layout=False)
            ax.add_collection(stamp, autolim=False)
    # Item names above, school names to the left, group names as headings.
    ax.set_xlim(-0.5, len(table.items) - 0.5)
    ax.set_ylim(len(table.names) - 0.5, -0.5)
    ax.xaxis.tick_top()
    ax.set_xticks(
        range(len(table.items)), [short(i, 34) for i in table.items],
        rotation=50, ha="left", rotation_mode="anchor", fontsize=8,
    )  # fmt: skip
    rows = [r for r, heading in enumerate(table.headings) if not heading]
    ax.set_yticks(rows, [short(table.names[r], 40) for r in rows], fontsize=7.5)
    for r in np.flatnonzero(table.headings).tolist():
        ax.text(
            -0.4, r + 0.12, table.names[r], ha="left", va="center", fontsize=8.5,
            fontweight="bold", color=GROUP_COLOURS[table.groups[r]],
        )  # fmt: skip
    ax.tick_params(length=0, labelbottom=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    steps = (0.0, 0.25, 0.5, 0.75, 1.0)
    handles = [Patch(color=colours(s)) for s in steps] + [Patch(color=NO_NEED)]
    names = [percent(s, 0, lang) for s in steps] + [say("figure.map.no_need", lang)]
    legend_beside(ax, handles, names)
    return finish(ax, plan, lang, title, say("figure.map.note", lang), *table.notes)


def _map(plan: Plan, lang: str) -> _Map:
    """Means by school (or group, level and owner) × item, under one heading a group."""
    last = last_rows(plan)
    schools = plan.scenario.schools
    schools = schools[schools["school"].isin(set(last["school"]))]
    needed = set(last["item"])
    items = [i for i in plan.scenario.items if i in needed]
    notes = []
    if len(items) > MOST_ITEMS:
        notes.append(say("figure.map.items_left_out", lang, count=len(items) - MOST_ITEMS))
        items = items[:MOST_ITEMS]
    keys = ["school"]
    if len(schools) > MOST_SCHOOLS:
        keys = ["group", "level", "owner"]
        if len(schools[keys].drop_duplicates()) > MOST_ROWS or not schools["owner"].any():
            keys = ["group", "level"]
        notes.append(say("figure.map.means", lang, count=len(schools)))
    rows = schools.assign(
        _g=schools["group"].map({g: k for k, g in enumerate(GROUPS)}),
        _l=schools["level"].map({lv: k for k, lv in enumerate(LEVELS)}),
    ).sort_values(["_g", "_l"], kind="stable")
    rows = rows.drop_duplicates(keys)
    place_of = {tuple(v): k for k, v in enumerate(rows[keys].itertuples(index=False))}
    of_school = {
        s: place_of[tuple(v)]
        for s, v in zip(schools["school"], schools[keys].itertuples(index=False), strict=True)
    }
    chosen = last[last["item"].isin(items)]
    row = chosen["school"].map(of_school).to_numpy(dtype=np.int64)
    column = chosen["item"].map({i: k for k, i in enumerate(items)}).to_numpy(dtype=np.int64)
    total, count = np.zeros((2, len(rows), len(items)))
    np.add.at(total, (row, column), numbers(chosen["after"]))
    np.add.at(count, (row, column), 1)
    means = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    sizes = Counter(of_school.values())
    shown: list[tuple[str, str, bool]] = []
    values: list[npt.NDArray[np.float64]] = []
    for k, r in enumerate(rows.to_dict("records")):
        group = r["group"]
        if not shown or shown[-1][1] != group:  # an empty row with the group's name
            shown.append((say(f"label.group_short.{group}", lang), group, True))
            values.append(np.full(len(items), np.nan))
        if keys == ["school"]:
            name = r["name"]
        else:
            parts = [say(f"label.level.{r['level']}", lang)]
            parts += [str(r["owner"])] if "owner" in keys and r["owner"] else []
            name = say("figure.coverage.row", lang, name=", ".join(parts), count=sizes.get(k, 0))
        shown.append((name, group, False))
        values.append(means[k])
    names, groups, headings = zip(*shown, strict=True) if shown else ((), (), ())
    labels = tuple(plan.scenario.items[i].label(lang) for i in items)
    grid = np.array(values) if values else np.empty((0, len(items)))
    return _Map(names, groups, headings, labels, grid, tuple(notes))


# ---- Figure: how evenly coverage is spread over the schools of each group.

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
        return nothing_to_show(ax, plan, lang, title)
    labels, many = [], False
    for place, row in enumerate(spread.to_dict("records")):
        mine = plan.schools["group"] == row["group"]
        values = np.sort(numbers(plan.schools.loc[mine, "coverage_after"]))
        values = values[~np.isnan(values)]
        many |= len(values) > MOST_DOTS
        # The group's dots, set apart up and down in a fixed order, and its two marks.
        dots = np.percentile(values, np.arange(101)) if len(values) > MOST_DOTS else values
        lanes = np.array([0.0, 0.12, -0.12, 0.22, -0.22])
        height = place + lanes[np.arange(len(dots)) % len(lanes)]
        colour = GROUP_COLOURS[row["group"]]
        ax.plot(dots, height, "o", color=colour, ms=5, alpha=0.6, mew=0, gid=row["group"])
        ax.plot(row["min_after"], place, "D", mfc="white", mec=INK, ms=6, gid="lowest")
        ax.plot(row["p10_after"], place, "|", color=INK, ms=22, mew=2, gid="p10")
        name = say(f"label.group_short.{row['group']}", lang)
        before, after = (rounded(float(row[f"gini_{w}"]), 3, lang) for w in ("before", "after"))
        label = name + "\n" + say("figure.fairness.gini", lang, before=before, after=after)
        labels.append(label)
    named_rows(ax, list(enumerate(labels)))
    ax.set_ylim(len(labels) - 0.5, -0.5)
    percent_axis(ax, lang)
    marks = [
        Line2D([], [], marker="o", ls="", color="#888888", alpha=0.6, ms=5),
        Line2D([], [], marker="D", ls="", mfc="white", mec=INK, ms=6),
        Line2D([], [], marker="|", ls="", color=INK, ms=14, mew=2),
    ]
    dot = "percentile" if many else "school"
    names = [say(f"figure.fairness.{w}", lang) for w in (dot, "lowest", "p10")]
    legend_beside(ax, marks, names)
    return finish(ax, plan, lang, title, say("figure.fairness.note", lang))
