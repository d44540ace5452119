"""Figure: the map of coverage, school × item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch
from matplotlib.path import Path as MplPath
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from planner.analysis.fairness import numbers
from planner.analysis.unmet import last_rows
from planner.messages import say
from planner.messages.numbers import percent
from planner.present.figures.canvas import (
    careful_percent,
    finish,
    legend_beside,
    new_figure,
    nothing_to_show,
)
from planner.present.style import GROUP_COLOURS, INK, short
from planner.scenario.schema import GROUPS, LEVELS

if TYPE_CHECKING:
    from planner.plan import Plan

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
        nothing_to_show(ax, say("figure.nothing", lang))
        return finish(ax, plan, lang, title)
    colours = mpl.colormaps["cividis"]
    _cells(ax, table, colours)
    if len(table.names) <= 140 and len(table.items) <= 24:
        _figures(ax, table, lang)
    _frame(ax, table)
    steps = (0.0, 0.25, 0.5, 0.75, 1.0)
    handles = [Patch(color=colours(s)) for s in steps] + [Patch(color=NO_NEED)]
    names = [percent(s, 0, lang) for s in steps] + [say("figure.map.no_need", lang)]
    legend_beside(ax, handles, names)
    return finish(ax, plan, lang, title, say("figure.map.note", lang), *table.notes)


def _cells(ax: Axes, table: _Map, colours: mpl.colors.Colormap) -> None:
    x, y = (np.arange(n + 1) - 0.5 for n in (len(table.items), len(table.names)))
    named = ~np.array(table.headings)[:, None]
    missing = np.isnan(table.values) & named
    grid: dict[str, Any] = {"edgecolors": "white", "linewidth": 0.6}
    blank = np.where(missing, 1.0, np.nan)
    plain = mpl.colors.ListedColormap([NO_NEED])
    ax.pcolormesh(x, y, np.ma.masked_invalid(blank), cmap=plain, **grid)
    shown = np.ma.masked_invalid(table.values)
    mesh = ax.pcolormesh(x, y, shown, cmap=colours, vmin=0, vmax=1, **grid)
    mesh.set_gid("coverage")


def _figures(ax: Axes, table: _Map, lang: str) -> None:
    """The percentage in each cell, without its sign.

    Cells with the same figure share one shape, stamped at each: a thousand texts of their own
    would take most of the time of all figures.
    """
    stamps: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for r, c in np.argwhere(~np.isnan(table.values)):
        value = float(table.values[r, c])
        ink = "white" if value < 0.55 else INK
        text = careful_percent(value, lang).rstrip("%")
        stamps.setdefault((text, ink), []).append((int(c), int(r)))
    assert ax.figure is not None
    points = Affine2D().scale(1 / 72) + ax.figure.dpi_scale_trans
    for (text, ink), places in stamps.items():
        stamp = PathCollection(
            [_centred(text)], offsets=places, offset_transform=ax.transData, color=ink, linewidth=0
        )
        stamp.set(transform=points, gid="cell", in_layout=False)
        ax.add_collection(stamp, autolim=False)


def _centred(text: str) -> MplPath:
    """The outline of a text of 6.5 points around (0, 0)."""
    shape = TextPath((0, 0), text, size=6.5, prop=FontProperties(family="DejaVu Sans"))
    box = shape.get_extents()
    return (
        Affine2D().translate(-(box.x0 + box.x1) / 2, -(box.y0 + box.y1) / 2).transform_path(shape)
    )


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
    return _filled(plan, last, schools, items, keys, lang, tuple(notes))


def _filled(
    plan: Plan, last: pd.DataFrame, schools: pd.DataFrame, items: list[str], keys: list[str],
    lang: str, notes: tuple[str, ...],
) -> _Map:  # fmt: skip
    """Means by ``keys`` × item, under one heading a group."""
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
    names = _names(rows, keys, Counter(of_school.values()), lang)
    labels = [plan.scenario.items[i].label(lang) for i in items]
    return _with_headings(names, list(rows["group"]), labels, means, notes, lang)


def _names(rows: pd.DataFrame, keys: list[str], sizes: Mapping[int, int], lang: str) -> list[str]:
    if keys == ["school"]:
        return list(rows["name"])
    names = []
    for place, row in enumerate(rows.to_dict("records")):
        parts = [say(f"label.level.{row['level']}", lang)]
        if "owner" in keys and row["owner"]:
            parts.append(str(row["owner"]))
        names.append(
            say("figure.coverage.row", lang, name=", ".join(parts), count=sizes.get(place, 0))
        )
    return names


def _with_headings(
    names: list[str], groups: list[str], items: list[str], means: npt.NDArray[np.float64],
    notes: tuple[str, ...], lang: str,
) -> _Map:  # fmt: skip
    """An empty row with the group's name before each group."""
    blank = np.full((1, len(items)), np.nan)
    shown: list[tuple[str, str, bool]] = []
    parts: list[npt.NDArray[np.float64]] = []
    for k, (name, group) in enumerate(zip(names, groups, strict=True)):
        if k == 0 or groups[k - 1] != group:
            shown.append((say(f"label.group_short.{group}", lang), group, True))
            parts.append(blank)
        shown.append((name, group, False))
        parts.append(means[k : k + 1])
    values = np.concatenate(parts) if parts else np.empty((0, len(items)))
    told, of, heads = zip(*shown, strict=True) if shown else ((), (), ())
    return _Map(told, of, heads, tuple(items), values, notes)
