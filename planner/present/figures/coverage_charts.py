"""Figures of coverage: before → after by group and level, the map, how evenly it is spread."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from planner.analysis.unmet import fairness as spread_of
from planner.analysis.unmet import last_rows, numbers
from planner.messages import say
from planner.messages.numbers import careful_percent, percent, rounded
from planner.present.content import GROUP_COLOURS
from planner.present.figures.canvas import (
    INK,
    QUIET,
    finish,
    legend_beside,
    named_rows,
    new_figure,
    nothing_to_show,
    percent_axis,
    short,
)
from planner.scenario.schema import GROUPS, LEVELS

if TYPE_CHECKING:
    from planner.plan import Plan

Row = tuple[str, str, int, float, float]
"""(group, level or "" for the whole group, schools, mean before, mean after)."""


def coverage(plan: Plan, lang: str = "vi") -> Figure:
    """Mean coverage of schools before and after the plan, by group and level."""
    return new_figure(draw_coverage, plan, lang, (9.0, 2.2 + 0.32 * max(4, len(_rows(plan)))))


def draw_coverage(plan: Plan, ax: Axes, lang: str = "vi") -> Axes:
    """Draw a ring (before) and a dot (after) a group and level, joined by a line.

    Every school counts once; coverage is that of the last plan year (of the hand-over year for
    proposals), weighted by the items' importance.
    """
    rows = _rows(plan)
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
                careful_percent(value, lang),
                (value, place),
                xytext=(shift, 0),
                va="center",
                ha=side,
                textcoords="offset points",
                fontsize=8,
                color=INK if value == after else QUIET,
                annotation_clip=False,
            )
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


def _rows(plan: Plan) -> list[Row]:
    """One row a group, then one a level of it; schools without a need are left out."""
    schools = plan.schools
    before, after = (numbers(schools[f"coverage_{w}"]) for w in ("before", "after"))
    known = ~np.isnan(after)
    rows: list[Row] = []
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
    _frame(ax, table)
    steps = (0.0, 0.25, 0.5, 0.75, 1.0)
    handles = [Patch(color=colours(s)) for s in steps] + [Patch(color=NO_NEED)]
    names = [percent(s, 0, lang) for s in steps] + [say("figure.map.no_need", lang)]
    legend_beside(ax, handles, names)
    return finish(ax, plan, lang, title, say("figure.map.note", lang), *table.notes)


def _frame(ax: Axes, table: _Map) -> None:
    """Item names above, school names to the left, group names as headings."""
    ax.set_xlim(-0.5, len(table.items) - 0.5)
    ax.set_ylim(len(table.names) - 0.5, -0.5)
    ax.xaxis.tick_top()
    ax.set_xticks(
        range(len(table.items)), [short(i, 34) for i in table.items],
        rotation=50, ha="left", rotation_mode="anchor", fontsize=8,
    )  # fmt: skip
    places = [r for r, heading in enumerate(table.headings) if not heading]
    ax.set_yticks(places, [short(table.names[r], 40) for r in places], fontsize=7.5)
    for r, heading in enumerate(table.headings):
        if heading:
            ax.text(
                -0.4, r + 0.12, table.names[r], ha="left", va="center", fontsize=8.5,
                fontweight="bold", color=GROUP_COLOURS[table.groups[r]],
            )  # fmt: skip
    ax.tick_params(length=0, labelbottom=False)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _map(plan: Plan, lang: str) -> _Map:
    """Means by school (or group, level and owner) × item, under one heading a group."""
    last = last_rows(plan)
    schools = plan.scenario.schools
    schools = schools[schools["school"].isin(set(last["school"]))]
    items = [i for i in plan.scenario.items if i in set(last["item"])]
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
