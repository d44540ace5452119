"""Figures of several solves: plans side by side, the price of promises, frontiers; and of a plan
beside what was executed of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from planner.analysis.criteria import MILLION, Measured
from planner.analysis.unmet import group_coverage
from planner.messages import say
from planner.messages.numbers import money as money_text
from planner.messages.numbers import percent, rounded, signed
from planner.plan.coverage import coverage_moves
from planner.present.amendment import Amendment, amendment_of
from planner.present.comparison import (
    frontier_title,
    next_sentence,
    sure_sentences,
    worth_sentences,
)
from planner.present.content import GROUP_COLOURS, MoneyScale, fund_name, money_scale
from planner.present.executing import day_text
from planner.present.explanation import name, people, points
from planner.present.figures.canvas import (
    GRID,
    INK,
    QUIET,
    LocalNumbers,
    LocalPercents,
    drawing,
    finish,
    legend_beside,
    money_axis,
    named_rows,
    new_figure,
    nothing_to_show,
    percent_axis,
    save,
    short,
)
from planner.scenario.schema import GROUPS, LEVELS

if TYPE_CHECKING:
    from planner.analysis.answers import Alternatives
    from planner.analysis.compare import Comparison
    from planner.analysis.explain import Prices
    from planner.analysis.frontier import Frontier
    from planner.analysis.status import PlanStatus
    from planner.plan import Plan
    from planner.run.folder import PlanFolder
    from planner.run.result import Decided, Result

PLAN_COLOURS = ("#444444", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
"""The reference first."""


def _shade(number: int) -> str:
    return PLAN_COLOURS[number % len(PLAN_COLOURS)]


def _made(draw: Any, subject: Any, lang: str, size: tuple[float, float], *more: Any) -> Figure:
    with drawing():
        figure = Figure(figsize=size, layout="constrained")
        draw(subject, figure.add_subplot(), lang, *more)
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
        return nothing_to_show(ax, plan, lang, title)
    by_plan = [group_coverage(t.plan).set_index("group") for t in comparison.plans]
    place, ticks = 0.0, []
    for group in GROUPS:
        rows = [(k, means.loc[group]) for k, means in enumerate(by_plan) if group in means.index]
        if not rows:
            continue
        ticks.append((place + (len(rows) - 1) / 2, say(f"label.group_short.{group}", lang)))
        for number, means in rows:
            before, after = float(means["before"]), float(means["after"])
            ax.barh(place, after, 0.78, color=_shade(number), gid="after")
            ax.vlines(before, place - 0.39, place + 0.39, "white", lw=3.2)
            ax.vlines(before, place - 0.39, place + 0.39, INK, lw=1.4)
            ax.text(after + 0.012, place, percent(after, 1, lang), va="center", fontsize=8)
            place += 1
        place += 0.7
    named_rows(ax, ticks)
    ax.set_ylim(place - 0.9, -0.7)
    percent_axis(ax, lang)
    ax.set_xlim(0, 1.12)
    handles, names = _legend(comparison)
    handles.append(Line2D([], [], color=INK, marker="|", ls="", ms=10, mew=1.6))
    legend_beside(ax, handles, [*names, say("compare.figure.before", lang)])
    return finish(ax, plan, lang, title, say("compare.figure.coverage_note", lang))


def _legend(comparison: Comparison) -> tuple[list[Any], list[str]]:
    handles: list[Any] = [mpl.patches.Patch(color=_shade(k)) for k in range(len(comparison.plans))]
    return handles, [short(t.name, 30) for t in comparison.plans]


def schools(comparison: Comparison, lang: str = "vi", plan: str = "") -> Figure:
    """A line a school from its coverage under the reference to that under another plan."""
    return _made(draw_schools, comparison, lang, (7.6, 7.2), plan)


def draw_schools(comparison: Comparison, ax: Axes, lang: str = "vi", plan: str = "") -> Axes:
    """Draw the slope chart of schools; those that move most are named."""
    reference = comparison.reference
    others = [t.name for t in comparison.plans[1:]]
    name = plan or (others[0] if others else reference.name)
    rows = comparison.schools[comparison.schools["plan"] == name] if others else None
    title = say(
        "compare.figure.schools", lang, reference=short(reference.name, 24), plan=short(name, 24)
    )
    rows = rows.dropna(subset=["difference", "group"]) if rows is not None else None
    if rows is None or rows.empty:
        return nothing_to_show(ax, reference.plan, lang, title)
    plans = {t.name: t.plan for t in comparison.plans}
    movers = coverage_moves(reference.plan, plans[name], rows)
    for row in rows.assign(moved=rows.index.isin(movers.index)).to_dict("records"):
        moved = row["moved"]
        ax.plot(
            [0, 1], [row["coverage_reference"], row["coverage"]], marker="o", ms=3.5,
            color=GROUP_COLOURS[row["group"]] if moved else "#BBBBBB",
            lw=1.3 if moved else 0.7, alpha=0.9 if moved else 0.6, gid=str(row["school"]),
        )  # fmt: skip
    # The ids of the six schools that move most, pushed apart where they would overlap.
    order = movers["difference"].abs().sort_values(ascending=False).index[:6]
    spread = max(float(np.ptp(rows[["coverage", "coverage_reference"]].to_numpy())), 0.05)
    last = -np.inf
    for row in movers.loc[order].sort_values("coverage").to_dict("records"):
        last = max(float(row["coverage"]), last + 0.032 * spread)
        ax.text(1.03, last, short(str(row["school"]), 18), va="center", fontsize=7.5, color=QUIET)
    ax.set_xlim(-0.12, 1.3)
    ax.set_xticks([0, 1], [short(reference.name, 26), short(name, 26)])
    ax.yaxis.set_major_formatter(LocalPercents(lang))
    ax.grid(axis="y", **GRID)
    present = [g for g in GROUPS if (rows["group"] == g).any()]
    handles = [Line2D([], [], color=GROUP_COLOURS[g], marker="o", ms=4) for g in present]
    legend_beside(ax, handles, [say(f"label.group_short.{g}", lang) for g in present])
    up, down = (int(s.sum()) for s in (movers["difference"] > 0, movers["difference"] < 0))
    note = say("compare.figure.schools_note", lang, up=up, down=down, same=len(rows) - up - down)
    return finish(ax, reference.plan, lang, title, note)


def money(comparison: Comparison, lang: str = "vi") -> Figure:
    """Money by fund, one bar a plan."""
    funds = 0 if comparison.money.empty else comparison.money["fund"].nunique()
    bars = len(comparison.plans) * funds or 2
    return _made(draw_money, comparison, lang, (9.0, 2.4 + 0.3 * bars))


def draw_money(comparison: Comparison, ax: Axes, lang: str = "vi") -> Axes:
    """Draw what each plan puts on each fund in the plan years."""
    reference = comparison.reference.plan
    settings = reference.scenario.settings
    title = say("compare.figure.money", lang)
    sums: list[dict[str, int]] = []
    for known in comparison.plans:
        lines = known.plan.allocation
        planned = lines[lines["year"] <= known.plan.scenario.settings.years[1]]
        paid = planned.groupby("fund")["amount"].sum()
        sums.append({str(k): int(v) for k, v in paid.items()})
    funds = [f for f in settings.funds if any(s.get(f) for s in sums)]
    funds += sorted({f for s in sums for f in s} - set(funds) - set(settings.funds))
    if not funds:
        return nothing_to_show(ax, reference, lang, title)
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
    named_rows(ax, ticks)
    ax.set_ylim(place - 0.9, -0.7)
    money_axis(ax.xaxis, lang, scale.unit)
    ax.margins(x=0.08)
    legend_beside(ax, *_legend(comparison))
    return finish(ax, reference, lang, title, say("compare.figure.money_note", lang))


def save_all(
    comparison: Comparison, folder: Path, lang: str, formats: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """Every figure of a comparison; a slope chart for each plan beside the reference."""
    folder.mkdir(parents=True, exist_ok=True)
    written = save(coverage(comparison, lang), folder / "coverage", formats)
    written += save(money(comparison, lang), folder / "money", formats)
    for other in comparison.plans[1:]:
        name = "".join(c if c.isalnum() or c in "-_." else "-" for c in other.name)
        figure = schools(comparison, lang, other.name)
        written += save(figure, folder / f"schools-{name}", formats)
    return written


# ---- The price of each promise as an interval of points, with the pupil-years beside it.

COLOURS = {
    "policy": "#0072B2", "wish": "#009E73", "mandate": "#E69F00", "commitment": "#CC79A7",
    "priority": "#555555",
}  # fmt: skip


def policies(prices: Prices, lang: str = "vi") -> Figure:
    """A bar a promise."""
    return _made(draw_policies, prices, lang, (9.0, 2.2 + 0.5 * max(1, len(prices.found))))


def draw_policies(prices: Prices, ax: Axes, lang: str = "vi") -> Axes:
    """Draw each interval: pale to «at most», full where the cost is certain."""
    title = say("explain.figure.policies", lang)
    known = [p for p in prices.found if not math.isnan(p.high)]
    if not known:
        return nothing_to_show(ax, prices.plan, lang, title)
    for place, price in enumerate(known):
        colour = COLOURS[price.kind]
        ax.barh(place, price.high, 0.62, color=colour, alpha=0.35, gid=f"{price.name}:high")
        ax.barh(place, max(price.low, 0.0), 0.62, color=colour, gid=f"{price.name}:low")
        won = say("explain.figure.people", lang, people=people(price, lang))
        text = f" {points(price, lang)}  ({won})"
        ax.text(price.high, place, text, va="center", fontsize=8, color=INK)
    labels = [f"{short(name(p, lang), 48)}\n({say(f'explain.kind.{p.kind}', lang)})" for p in known]
    named_rows(ax, list(enumerate(labels)))
    ax.tick_params(axis="y", labelsize=8)
    ax.set_ylim(len(known) - 0.5, -0.5)
    ax.set_xlim(0, max(1.0, max(p.high for p in known) * 1.65))
    ax.xaxis.set_major_formatter(LocalNumbers(lang))
    ax.set_xlabel(say("explain.figure.points", lang))
    return finish(ax, prices.plan, lang, title, say("explain.figure.note", lang))


def save_prices(
    prices: Prices, folder: Path, lang: str, formats: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """The figure in every format."""
    folder.mkdir(parents=True, exist_ok=True)
    return save(policies(prices, lang), folder / "policies", formats)


# ---- What is sure and what is open: what a plan buys, largest first, by what was proven of it.

NOTE_LETTERS = 120
"""Letters of a line of notes."""
STATE_COLOURS = {
    "always": "#0072B2", "open": "#E69F00", "undecided": "#BBBBBB", "never": "#444444",
}  # fmt: skip


def alternatives(found: Alternatives, lang: str = "vi") -> Figure:
    """A step for each school's item that the plan buys, an area for each state."""
    return _made(draw_alternatives, found, lang, (9.6, 4.4))


def draw_alternatives(found: Alternatives, ax: Axes, lang: str = "vi") -> Axes:
    """Draw the money of every school's item that the plan buys: an area for each state, its items
    largest first, so that none is lost between pixels; what of the money is sure stands below."""
    title = say("alternatives.figure.title", lang)
    bought = found.lines[found.lines["amount"] > 0].sort_values(
        ["amount", "school", "item"], ascending=[False, True, True]
    )
    if bought.empty:
        return nothing_to_show(ax, found, lang, title, "summary.no_money")
    scale = money_scale(bought["amount"], found.scenario.settings.currency, lang)
    states, done = [s for s in STATE_COLOURS if (bought["state"] == s).any()], 0
    for state in states:
        heights = [scale.value(n) for n in bought.loc[bought["state"] == state, "amount"]]
        edges = np.arange(done, done + len(heights) + 1)
        ax.stairs(heights, edges, fill=True, color=STATE_COLOURS[state], lw=0, gid=state)
        done += len(heights)
    ax.set_xlim(0, done)
    ax.set_ylim(bottom=0)
    ax.xaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=8, integer=True))
    ax.xaxis.set_major_formatter(LocalNumbers(lang))
    ax.set_xlabel(say("alternatives.figure.items", lang))
    money_axis(ax.yaxis, lang, scale.unit)
    handles = [mpl.patches.Patch(color=STATE_COLOURS[s]) for s in states]
    legend_beside(ax, handles, [say(f"alternatives.state.{s}", lang) for s in states])
    notes = [fill(note, NOTE_LETTERS) for note in sure_sentences(found, lang)]
    return finish(ax, found, lang, title, *notes)


def save_alternatives(
    found: Alternatives, folder: Path, lang: str, formats: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """The figure in every format."""
    folder.mkdir(parents=True, exist_ok=True)
    return save(alternatives(found, lang), folder / "alternatives", formats)


# ---- One decision for several futures: its money by item, by how many futures would buy it alone.


def decided(found: Decided, lang: str = "vi") -> Figure:
    """A bar an item of the decision, parted by how many futures would buy it by themselves."""
    rows = max(found.decision["item"].nunique(), len(found.futures), 2)
    return _made(draw_decided, found, lang, (9.6, 1.8 + 0.32 * rows))


def draw_decided(found: Decided, ax: Axes, lang: str = "vi") -> Axes:
    """Draw the money of every item that is decided now, requests as one: full where the best plan
    found for every future alone buys it too, the paler the fewer do (insurance)."""
    title, lines = say("futures.fig.title", lang, until=str(found.until)), found.decision
    if lines.empty:
        return nothing_to_show(ax, found, lang, title, "summary.no_money")
    money = lines.pivot_table(index="item", columns="optima", values="amount", aggfunc="sum")
    money = money.fillna(0).loc[money.sum(axis=1).sort_values(ascending=False).index]
    scale = money_scale([int(n) for n in money.sum(axis=1)], found.scenario.settings.currency, lang)
    every, left = len(found.futures), np.zeros(len(money))
    shades = mpl.colormaps["Blues"]
    for count in sorted(money.columns, reverse=True):
        widths = np.array([scale.value(int(n)) for n in money[count]])
        colour = "#E69F00" if count == 0 else shades(0.25 + 0.6 * count / every)
        role = "core" if count == every else "insurance"
        text = say(f"futures.fig.{role}", lang, count=int(count), all=every)
        ax.barh(
            np.arange(len(money)), widths, 0.7, left=left, color=colour, label=text,
            gid=f"optima:{count}",
        )  # fmt: skip
        left = left + widths
    names = {i.item: i.label(lang) for i in found.scenario.items.values()}
    names[""] = say("label.kind.request", lang)
    named_rows(ax, [(at, short(names[str(i)], 40)) for at, i in enumerate(money.index)])
    ax.set_ylim(len(money) - 0.5, -0.5)
    money_axis(ax.xaxis, lang, scale.unit)
    ax.set_xlabel(say("futures.fig.x", lang, until=str(found.until), unit=scale.unit))
    legend_beside(ax, *ax.get_legend_handles_labels())
    first = str(found.futures["case"].iloc[0])
    notes = [fill(note, NOTE_LETTERS) for note in worth_sentences(found, first, lang)]
    return finish(ax, found, lang, title, *notes)


def save_decided(
    found: Decided, folder: Path, lang: str, formats: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """The figure in every format."""
    folder.mkdir(parents=True, exist_ok=True)
    return save(decided(found, lang), folder / "decision", formats)


# ---- Figure of a frontier: value above, coverage by group below, against what was moved.


def frontier(found: Frontier, lang: str = "vi") -> Figure:
    """Value and coverage along a frontier, one above the other."""
    with drawing():
        figure = Figure(figsize=(8.6, 7.4), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)  # type: ignore
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=[1.25, 1])
        draw_frontier(found, above, lang)
        for note in [a for a in above.texts if a.get_gid() == "notes"]:
            note.remove()
        above.set_xlabel("")
        draw_frontier_coverage(found, below, lang)
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


def draw_frontier(found: Frontier, ax: Axes, lang: str = "vi") -> Axes:
    """Draw the plans' points with their proven bounds, the relaxation and its kinks."""
    table, title = found.table, frontier_title(found, lang)
    x, value = _places(found, lang), table["value"].to_numpy(dtype=np.float64)
    known = np.isfinite(value) & np.isfinite(x)
    if not known.any():
        return nothing_to_show(ax, found, lang, title)
    bound = table["bound"].to_numpy(dtype=np.float64)
    ax.vlines(x[known], value[known], bound[known], color="#0072B2", lw=1.2)
    if table["lp_value"].notna().any():
        # The relaxation through the points and every corner that is known.
        scale = _scale(found, lang)
        corners = found.kinks["x"].to_numpy(dtype=np.float64) / (scale.divisor if scale else 1)
        at = np.concatenate([x, corners])
        points = np.concatenate([table["lp_value"], found.kinks["value"]]).astype(np.float64)
        order = np.argsort(at, kind="stable")
        name = say("frontier.lp", lang)
        ax.plot(at[order], points[order], color="#999999", lw=1.4, label=name, gid="lp")
        if scale is not None and not found.kinks.empty:
            name, grey = say("frontier.kink", lang), "#999999"
            ax.plot(corners, found.kinks["value"], "|", ms=7, color=grey, label=name, gid="kinks")
    ax.plot(
        x[known], value[known], "o-", ms=5, lw=1.2, color="#0072B2", gid="plans",
        label=say("frontier.plans", lang),
    )  # fmt: skip
    _axes(found, ax, lang, now=say("frontier.now", lang))
    ax.yaxis.set_major_formatter(LocalNumbers(lang))
    ax.set_ylabel(say("frontier.value", lang))
    ax.legend(loc="lower right")
    sentence = next_sentence(found, lang)
    return finish(ax, found, lang, title, sentence)


def draw_frontier_coverage(found: Frontier, ax: Axes, lang: str = "vi") -> Axes:
    """Draw the mean coverage of each group's schools along the frontier."""
    x = _places(found, lang)
    for group in GROUPS:
        name = f"coverage_{group}"
        if name in found.table:
            ax.plot(
                x, found.table[name], "o-", ms=3.5, lw=1.4, color=GROUP_COLOURS[group],
                label=say(f"label.group_short.{group}", lang), gid=group,
            )  # fmt: skip
    _axes(found, ax, lang)
    ax.yaxis.set_major_formatter(LocalPercents(lang))
    ax.set_ylabel(say("frontier.coverage", lang))
    if ax.get_legend_handles_labels()[0]:  # without needs no group has a coverage
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return finish(ax, found, lang, "", next_sentence(found, lang))


def _axes(found: Frontier, ax: Axes, lang: str, now: str | None = None) -> None:
    """The horizontal axis, with a mark (named ``now``) at the present money."""
    scale = _scale(found, lang)
    if scale is not None:
        present = found.path.place(found.scenario, 0.0) / scale.divisor
        ax.axvline(present, color=INK, lw=0.9, ls=":", label=now)
    unit = scale.unit if scale is not None else ""
    ax.xaxis.set_major_formatter(LocalNumbers(lang))
    ax.set_xlabel(say(f"frontier.x.{found.path.axis}", lang, unit=unit), color=QUIET)
    ax.grid(**GRID)


# ---- What money buys: pupil-years and points by item and kind of school.

LEVEL_COLOURS = dict(
    zip(LEVELS, ("#CC79A7", "#0072B2", "#D55E00", "#009E73", "#444444"), strict=True)
)


def effectiveness(plan: Plan, lang: str = "vi") -> Figure:
    """Equipped pupil-years and points for a million, by item and level of schooling."""
    rows = len(Measured(plan, plan.scenario.settings.years[1]).by_item)
    return new_figure(draw_effectiveness, plan, lang, (10.0, 2.2 + 0.34 * max(4, rows)))


def draw_effectiveness(plan: Plan, ax: Axes, lang: str = "vi") -> Axes:
    """Draw a bar an item: equipped pupil-years for a million of its purchases, all funded schools
    together; a dot on it for each level of schooling; beside it points for a million."""
    found = Measured(plan, plan.scenario.settings.years[1])
    million = money_text(MILLION, lang, plan.scenario.settings.currency)
    title = say("figure.effectiveness.title", lang, money=million)
    rows = found.by_item
    if rows.empty:
        return nothing_to_show(ax, plan, lang, title)
    kinds = found.by_level
    seen, rates = dict[str, Line2D](), list[float]()
    for place, row in enumerate(rows.to_dict("records")):
        rates.append(float(row["people_per_million"]))
        gid = f"people:{row['item']}"
        ax.barh(place, rates[-1], 0.62, color="#BBBBBB", gid=gid)
        own = kinds[(kinds["item"] == row["item"]) & (kinds["amount"] > 0)]
        for kind in own.to_dict("records"):
            rates.append(float(kind["people_per_million"]))
            level = kind["level"]
            mark: dict[str, Any] = {"marker": "o", "ms": 5, "ls": "", "color": LEVEL_COLOURS[level]}
            (dot,) = ax.plot([rates[-1]], [place], **mark, gid=f"{level}:{row['item']}")
            seen.setdefault(level, dot)
        rate = row["points_per_million"]
        if not math.isnan(rate) and rate > 0:
            said = say("figure.effectiveness.points", lang, points=rounded(rate, 2, lang))
            ax.annotate(
                said, (1.0, place), xycoords=("axes fraction", "data"), xytext=(6, 0),
                textcoords="offset points", va="center", fontsize=8, color=INK,
            )  # fmt: skip
    names = [plan.scenario.items[i].label(lang) for i in rows["item"]]
    named_rows(ax, [(place, short(text, 44)) for place, text in enumerate(names)])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    some = [rate for rate in rates if rate > 0] or [1.0]
    ax.set_xscale("log")  # software serves a school for what a few machines cost
    ax.set_xlim(min(some) / 2, max(some) * 1.5)
    ax.xaxis.set_major_formatter(LocalNumbers(lang))
    ax.set_xlabel(say("figure.effectiveness.x", lang, money=million), color=QUIET)
    shown = [level for level in LEVELS if level in seen]
    ax.legend(
        [seen[level] for level in shown], [say(f"label.level.{level}", lang) for level in shown],
        loc="upper left", bbox_to_anchor=(1.14, 1.0), borderaxespad=0.0,
    )  # fmt: skip
    notes = (say(f"figure.effectiveness.{n}", lang, money=million) for n in ("note", "score"))
    return finish(ax, plan, lang, title, *notes)


# ---- How far a plan has come.

STAGE_COLOURS = {"planned": "#BBBBBB", "contracted": "#56B4E9", "disbursed": "#0072B2"}


def status(found: PlanStatus, lang: str = "vi") -> Figure:
    """Planned, contracted and disbursed money by fund and year of payment."""
    rows = len(found.general) + found.general["fund"].nunique()
    return _made(draw_status, found, lang, (10.0, max(3.6, 1.8 + 0.42 * rows)))


def draw_status(found: PlanStatus, ax: Axes, lang: str = "vi") -> Axes:
    """Draw three bars a fund and year, one over the other: what was planned, what of it is under
    contract, what was disbursed; beside them the share disbursed."""
    title = say("status.figure", lang, date=day_text(found.at, lang))
    rows = found.general
    if rows.empty:
        return nothing_to_show(ax, found, lang, title)
    amounts = [int(v) for stage in STAGE_COLOURS for v in rows[stage]]
    scale = money_scale(amounts, found.scenario.settings.currency, lang)
    heights = {"planned": 0.8, "contracted": 0.52, "disbursed": 0.24}
    place, ticks = 0.0, []
    for fund, mine in rows.groupby("fund", sort=False):
        ax.annotate(
            short(fund_name(found.scenario, str(fund), lang), 70), (0, place),
            xycoords=("axes fraction", "data"), va="center", fontweight="bold", fontsize=8.5,
            color=INK,
        )  # fmt: skip
        for row in mine.to_dict("records"):
            place += 1
            for stage, colour in STAGE_COLOURS.items():
                width = scale.value(int(row[stage]))
                ax.barh(place, width, heights[stage], color=colour, gid=f"{stage}:{row['year']}")
            ends = max(scale.value(int(row[stage])) for stage in STAGE_COLOURS)
            ax.annotate(
                percent(row["share"], 0, lang), (ends, place), xytext=(4, 0),
                textcoords="offset points", va="center", fontsize=7.5, color=QUIET,
            )  # fmt: skip
            ticks.append((place, str(row["year"])))
        place += 1.25
    ax.set_ylim(place - 0.6, -0.7)
    named_rows(ax, ticks)
    ax.set_xlim(left=0)
    money_axis(ax.xaxis, lang, scale.unit)
    handles = [Patch(color=colour) for colour in STAGE_COLOURS.values()]
    legend_beside(ax, handles, [say(f"status.col.{stage}", lang) for stage in STAGE_COLOURS])
    return finish(ax, found, lang, title, say("status.figure_note", lang))


def save_status(found: PlanStatus, folder: Path, lang: str = "vi") -> list[Path]:
    """The figure of a status as ``status.png`` and ``status.svg``."""
    return save(status(found, lang), folder / "status", ("png", "svg"))


# ---- An amended plan beside the one before.

BEFORE_AFTER = {"before": "#BBBBBB", "after": "#0072B2"}


def _amendment(subject: Result | PlanFolder | Amendment) -> Amendment:
    """The subject as an amendment; raises ``ValueError`` where it amends no plan."""
    found = subject if isinstance(subject, Amendment) else amendment_of(subject)
    if found is None:
        raise ValueError("this plan amends none: planner.amend makes one that does")
    return found


def trade_off(subject: Result | PlanFolder | Amendment, lang: str = "vi") -> Figure:
    """Lines changed against the value given up."""
    return _made(draw_trade_off, subject, lang, (8.6, 4.8))


def draw_trade_off(subject: Result | PlanFolder | Amendment, ax: Axes, lang: str = "vi") -> Axes:
    """Draw the lines that change against the part of the value that is given up: a point an audited
    plan, which is there for whoever gives up more, too; below it what every plan changes that gives
    up no more than a mark of the bound; the plan chosen is marked."""
    found = _amendment(subject)
    title, curve = say("amend.figure.trade_off", lang), found.amended.curve
    if curve is None or curve.empty:
        return nothing_to_show(ax, found, lang, title, "amend.figure.no_curve")
    lost, changed = (curve[k].to_numpy(dtype=np.float64) for k in ("given_up", "changed"))
    most, bound = (curve[k].to_numpy(dtype=np.float64) for k in ("within", "bound"))
    # whoever may give up less has no more plans to choose from, so what holds there holds here
    bound = np.maximum.accumulate(bound[::-1])[::-1]
    ax.plot(
        most, bound, "v--", ms=5, lw=1.0, color="#999999", gid="bound", drawstyle="steps-pre",
        label=say("amend.figure.bound", lang),
    )  # fmt: skip
    ax.plot(
        lost, changed, "o-", ms=5, lw=1.4, color="#0072B2", gid="plans", drawstyle="steps-post",
        label=say("amend.figure.plans", lang),
    )  # fmt: skip
    for x, y in zip(lost, changed, strict=True):
        ax.annotate(
            rounded(y, 0, lang), (x, y), xytext=(4, 5), textcoords="offset points", fontsize=8,
            color=INK,
        )  # fmt: skip
    ax.plot(
        [found.share_lost], [found.amended.changed], "o", ms=11, mfc="none", mec="#D55E00", mew=1.8,
        ls="", gid="chosen", label=say("amend.figure.chosen", lang),
    )  # fmt: skip
    ax.set_ylim(0, max(1.0, float(changed.max())) * 1.15)
    ax.set_xlim(left=min(0.0, float(lost.min())) - 0.02 * max(float(most.max()), 1e-6))
    ax.xaxis.set_major_formatter(LocalPercents(lang))
    ax.yaxis.set_major_formatter(LocalNumbers(lang))
    ax.yaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=7, integer=True))
    ax.set_xlabel(say("amend.figure.given_up", lang))
    ax.set_ylabel(say("amend.figure.lines", lang))
    ax.grid(**GRID)
    legend_beside(ax, *ax.get_legend_handles_labels())
    note = say("amend.figure.trade_off_note", lang, best=found.amended.changed_by_best)
    return finish(ax, found, lang, title, fill(note, NOTE_LETTERS))


def amended(subject: Result | PlanFolder | Amendment, lang: str = "vi") -> Figure:
    """Money by fund and year of payment, before and after the amendment."""
    found = _amendment(subject).money()
    rows = len(found) + found["fund"].nunique()
    return _made(draw_amended, subject, lang, (10.0, max(3.6, 1.8 + 0.4 * rows)))


def draw_amended(subject: Result | PlanFolder | Amendment, ax: Axes, lang: str = "vi") -> Axes:
    """Draw two bars a fund and year of payment, the plan before and the amended one, with the
    difference at their end."""
    found = _amendment(subject)
    title, rows = say("amend.figure.amended", lang), found.money()
    if rows.empty:
        return nothing_to_show(ax, found, lang, title, "summary.no_money")
    amounts = [int(n) for end in BEFORE_AFTER for n in rows[end]]
    scale = money_scale(amounts, found.scenario.settings.currency, lang)
    place, ticks = 0.0, []
    for fund, mine in rows.groupby("fund", sort=False):
        ax.annotate(
            short(fund_name(found.scenario, str(fund), lang), 70), (0, place),
            xycoords=("axes fraction", "data"), va="center", fontweight="bold", fontsize=8.5,
            color=INK,
        )  # fmt: skip
        for row in mine.to_dict("records"):
            place += 1
            for at, (end, colour) in zip((-0.2, 0.2), BEFORE_AFTER.items(), strict=True):
                width = scale.value(int(row[end]))
                ax.barh(place + at, width, 0.38, color=colour, gid=f"{end}:{fund}:{row['year']}")
            change = int(row["difference"])
            size = money_scale([change], found.scenario.settings.currency, lang).text(abs(change))
            text = signed(change, size) if change else "0"
            ends = max(scale.value(int(row[end])) for end in BEFORE_AFTER)
            ax.annotate(
                text, (ends, place), xytext=(4, 0), textcoords="offset points", va="center",
                fontsize=7.5, color=QUIET,
            )  # fmt: skip
            ticks.append((place, str(row["year"])))
        place += 1.25
    ax.set_ylim(place - 0.6, -0.7)
    named_rows(ax, ticks)
    ax.set_xlim(left=0)
    ax.margins(x=0.1)
    money_axis(ax.xaxis, lang, scale.unit)
    handles = [Patch(color=colour) for colour in BEFORE_AFTER.values()]
    legend_beside(ax, handles, [say(f"amend.figure.{end}", lang) for end in BEFORE_AFTER])
    return finish(ax, found, lang, title, say("amend.figure.amended_note", lang))


def save_amended(
    subject: Result | PlanFolder | Amendment, folder: Path, lang: str,
    formats: Sequence[str] = ("png", "svg"),
) -> list[Path]:  # fmt: skip
    """Both figures of an amended plan in every format; without a trade-off curve the one."""
    folder.mkdir(parents=True, exist_ok=True)
    found = _amendment(subject)
    written = save(amended(found, lang), folder / "amended", formats)
    curve = found.amended.curve
    if curve is not None and len(curve):
        written += save(trade_off(found, lang), folder / "trade-off", formats)
    return written
