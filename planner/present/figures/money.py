"""Figure: money by group and year against the ceilings of the funds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from planner.analysis.payments import payments
from planner.messages import say
from planner.present.figures.canvas import (
    finish,
    legend_beside,
    money_axis,
    new_figure,
    nothing_to_show,
)
from planner.present.style import GROUP_COLOURS, INK, KIND_COLOURS, MoneyScale, money_scale, short
from planner.scenario.schema import GROUPS

if TYPE_CHECKING:
    from planner.plan import Plan

MOST_FUNDS = 12
"""Funds shown one by one; the smaller ones beyond are summed."""
PARTS = (*GROUPS, "upkeep")


@dataclass(frozen=True)
class _Row:
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
        nothing_to_show(ax, say("summary.no_money", lang))
        return finish(ax, plan, lang, say("figure.money.title", lang))
    bars = [bar for _, rows in funds for bar in rows]
    scale = money_scale(
        [max(b.amount, b.usable, sum(b.paid.values())) for b in bars],
        plan.scenario.settings.currency,
        lang,
    )
    ticks = _draw_funds(ax, funds, scale)
    ax.set_yticks([y for y, _ in ticks], [label for _, label in ticks])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    ax.spines["left"].set_visible(False)
    ax.set_xlim(left=0)
    money_axis(ax.xaxis, lang, scale.unit)
    _legend(ax, bars, lang)
    return finish(ax, plan, lang, say("figure.money.title", lang), say("figure.money.note", lang))


def _draw_funds(
    ax: Axes, funds: list[tuple[str, list[_Row]]], scale: MoneyScale
) -> list[tuple[float, str]]:
    """The bars from top to bottom under the name of their fund; the places of their labels."""
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
    return ticks


def _legend(ax: Axes, bars: list[_Row], lang: str) -> None:
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


def _funds(plan: Plan, lang: str) -> list[tuple[str, list[_Row]]]:
    """Funds with their bars; the smallest ones summed where there are too many."""
    settings = plan.scenario.settings
    ledger = plan.ledger[plan.ledger["school"].fillna("") == ""]
    ledger = ledger[ledger["year"].isin(list(settings.plan_years))]
    sizes = ledger.groupby("fund", sort=False)["amount"].sum().sort_values(ascending=False)
    shown = set(sizes.index[: MOST_FUNDS if len(sizes) <= MOST_FUNDS else MOST_FUNDS - 1])
    paid = payments(plan)
    part = paid["group"].where(paid["kind"] != "upkeep", "upkeep")
    paid = paid.assign(part=part)
    found = []
    for name in [f for f in settings.funds if f in shown]:
        fund = settings.funds[name]
        title = fund.name.say(lang) if fund.name else name
        found.append((title, _bars(ledger, paid, [name])))
    others = [f for f in sizes.index if f not in shown]
    if others:
        title = say("figure.money.others", lang, count=len(others))
        found.append((title, _bars(ledger, paid, others)))
    return found


def _bars(ledger: pd.DataFrame, paid: pd.DataFrame, funds: list[str]) -> list[_Row]:
    mine, costs = ledger[ledger["fund"].isin(funds)], paid[paid["fund"].isin(funds)]
    bars = []
    for year, rows in mine.groupby("year", sort=True):
        parts = costs[costs["year"] == year].groupby("part")["amount"].sum()
        bars.append(
            _Row(
                label=str(year),
                paid={str(k): int(v) for k, v in parts.items()},
                usable=int(rows["usable"].sum() + rows["carried_in"].sum()),
                amount=int(rows["amount"].sum()),
            )
        )
    return bars
