"""A ranking by value per đồng, filled from the top: what offices do in a spreadsheet today.

Every line (school, item, fund, year) is ranked by its points per unit of money, in ``strict``
mode group by group; going down the list, as many lots are bought as every rule of the scenario
leaves room for, site works and deliveries with them. The list is walked again until nothing
more can be bought, so that what needs a prerequisite comes after it. Floors are met as an
office meets them: a first draft without share floors tells how much each would have to be, that
much is bought first from the lines that count, then the ranking goes on with the floors in
force. A mandatory request takes its cheapest option. Room is read from the formulation's own
rows; a hard floor on coverage and ``one_source`` are beyond a ranking. Whether the plan is
feasible is for the caller to check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.formulation.build import Formulation
from planner.formulation.gains import Service, build_service
from planner.formulation.model import Model, ModelBuilder
from planner.names import Link, StandingRule
from planner.vocabulary.axes import Bools, Floats, Ints

ROOM = 1e-7
"""Relative slack below which a row counts as full (rows are in units of about a price)."""
PASSES = 6
SERVICE_ROWS = "service_after", "coverage_within_service"


@dataclass
class Sheet:
    """The ranking's working copy: rows with the room that is left on either side."""

    starts: list[int]
    rows: list[int]
    coefficients: list[float]
    above: list[float]
    below: list[float]
    x: list[float]
    upper: list[float]

    def most(self, column: int, wanted: float) -> float:
        """How many more of a column every row has room for (at most ``wanted``)."""
        above, below = self.above, self.below
        for at in range(self.starts[column], self.starts[column + 1]):
            row, a = self.rows[at], self.coefficients[at]
            room = above[row] if a > 0 else below[row]
            if room < wanted * abs(a):
                wanted = max(room, 0.0) / abs(a) + 1e-9
                if wanted < 1:
                    return wanted
        return wanted

    def add(self, column: int, amount: float) -> None:
        """Takes more of a column (less where ``amount`` is negative)."""
        self.x[column] += amount
        for at in range(self.starts[column], self.starts[column + 1]):
            row, move = self.rows[at], self.coefficients[at] * amount
            self.above[row] -= move
            self.below[row] += move


def greedy(form: Formulation) -> Floats:
    """The columns of the ranking's plan."""
    order, helpers = _ranking(form), _helpers(form)
    shares = _share_floors(form.model)
    draft = _sheet(form)
    _relax(draft, shares)
    _walk(form, draft, order, helpers)
    sheet = draft
    if shares:
        sheet = _sheet(form)
        _set_aside(form, sheet, order, helpers, _owed(form.model, shares, np.array(draft.x)))
        _walk(form, sheet, order, helpers)
    return _with_gains(form, np.array(sheet.x))


def _walk(
    form: Formulation, sheet: Sheet, order: list[int], helpers: dict[int, tuple[int, ...]]
) -> None:
    """Walks down the list until nothing more can be bought."""
    integer = form.model.integer.tolist()
    _mandatory(form, sheet)
    _meet_floors(form.model, sheet, order, helpers)
    for _ in range(PASSES):
        if not sum(_take(sheet, k, helpers.get(k, ()), integer[k]) for k in order):
            break


def _share_floors(model: Model) -> list[int]:
    """Rows that ask for a share: at least 0 of terms of both signs."""
    asks = np.isfinite(model.row_lower) & ~np.isfinite(model.row_upper)
    for block in model.row_blocks:
        if str(block.name) in set(Link) | set(StandingRule):
            asks[block.start : block.stop] = False
    taking = np.unique(model.row_index[model.coefficient < 0])
    return [int(r) for r in taking if asks[r]]


def _owed(model: Model, rows: list[int], x: Floats) -> dict[int, float]:
    """Row → what its negative terms come to under a draft."""
    terms = np.where(model.coefficient < 0, -model.coefficient * x[model.column_index], 0.0)
    owed = np.bincount(model.row_index, weights=terms, minlength=model.rows)
    return {r: float(owed[r]) for r in rows}


def _relax(sheet: Sheet, rows: list[int], room: float = 1e12) -> None:
    for row in rows:
        sheet.below[row] += room


def _set_aside(
    form: Formulation,
    sheet: Sheet,
    order: list[int],
    helpers: dict[int, tuple[int, ...]],
    owed: dict[int, float],
) -> None:
    """Buys what counts for each share floor until it has what the draft would owe."""
    model, rows = form.model, list(owed)
    integer = model.integer.tolist()
    loan = 1e6 * max(owed.values(), default=1.0)
    _relax(sheet, rows, loan)
    for _ in range(2):
        for row in rows:
            helping = set(
                model.column_index[(model.row_index == row) & (model.coefficient > 0)].tolist()
            )
            for column in order:
                if sheet.below[row] >= loan + owed[row]:
                    break
                if column in helping:
                    _take(sheet, column, helpers.get(column, ()), integer[column])
    _relax(sheet, rows, -loan)


def _sheet(form: Formulation) -> Sheet:
    """Rows over decisions only; what merely counts coverage is filled in at the end."""
    model = form.model
    keep = np.ones(model.rows, dtype=bool)
    for block in model.row_blocks:
        if str(block.name).startswith(SERVICE_ROWS):
            keep[block.start : block.stop] = False
    soft = _columns_named(model, "miss", "floor")
    keep[model.row_index[soft[model.column_index]]] = False
    entries = keep[model.row_index]
    order = np.argsort(model.column_index[entries], kind="stable")
    column = model.column_index[entries][order]
    counts = np.bincount(column, minlength=model.columns)
    x = model.column_lower.copy()
    activity = np.bincount(
        model.row_index, weights=model.coefficient * x[model.column_index], minlength=model.rows
    )
    return Sheet(
        starts=np.concatenate([[0], np.cumsum(counts)]).tolist(),
        rows=model.row_index[entries][order].tolist(),
        coefficients=model.coefficient[entries][order].tolist(),
        above=(model.row_upper - activity).tolist(),
        below=(activity - model.row_lower).tolist(),
        x=x.tolist(),
        upper=model.column_upper.tolist(),
    )


def _columns_named(model: Model, *names: str) -> Bools:
    chosen = np.zeros(model.columns, dtype=bool)
    for block in model.column_blocks:
        if block.name in names:
            chosen[block.start : block.stop] = True
    return chosen


def _ranking(form: Formulation) -> list[int]:
    """Purchases and options, best points per money first; ``strict``: stage by stage."""
    model, service = form.model, _service(form)
    first = service.gains.drop_duplicates("span")
    best = np.zeros((len(model.stage_values), len(service.spans)))
    for number, points in enumerate(model.stage_values):
        best[number, first["span"]] = points[first["column"]]
    alive = service.alive
    value = np.zeros((len(model.stage_values), model.columns))
    for number in range(len(model.stage_values)):
        np.add.at(value[number], alive["column"], best[number][alive["span"]] * alive["units"])
        value[number, form.options["column"].to_numpy(dtype=np.int64)] += model.stage_values[
            number
        ][form.options["column"].to_numpy(dtype=np.int64)]
    ranked = np.concatenate([form.columns.buys["column"], form.options["column"]]).astype(np.int64)
    per_money = value[:, ranked].sum(axis=0) / np.maximum(model.spend[ranked], 1e-12)
    stage = np.where(value[:, ranked] > 0, np.arange(len(value))[:, None], len(value)).min(axis=0)
    good = per_money > 0
    order = np.lexsort((ranked[good], -per_money[good], stage[good]))
    return ranked[good][order].tolist()


def _service(form: Formulation) -> Service:
    """What serves when, numbered as in the model: a formulation does not keep it."""
    builder = ModelBuilder()
    builder.column_count = next(b.start for b in form.model.column_blocks if b.name == "gain")
    return build_service(builder, form.facts, form.columns.supplies)


def _helpers(form: Formulation) -> dict[int, tuple[int, ...]]:
    """Purchase → the 0/1 columns it cannot do without (works, delivery, source)."""
    found: dict[int, tuple[int, ...]] = {}
    for frame in (form.columns.works, form.columns.deliveries):
        pairs = zip(frame["buy"].tolist(), frame["column"].tolist(), strict=True)
        for buy, column in pairs:
            found[buy] = (*found.get(buy, ()), column)
    return found


def _take(sheet: Sheet, column: int, helpers: tuple[int, ...], whole: bool) -> bool:
    """Buys what there is room for; helpers that stay unused are given back."""
    wanted = sheet.upper[column] - sheet.x[column]
    if wanted < (1 if whole else 1e-6):
        return False
    lent = [h for h in helpers if sheet.x[h] < 0.5]
    for helper in lent:
        sheet.add(helper, 1.0)
    amount = sheet.most(column, wanted)
    amount = float(int(amount + 1e-9)) if whole else amount - 1e-9
    if amount > 0:
        sheet.add(column, amount)
        if _holds(sheet, (column, *lent)):
            return True
        sheet.add(column, -amount)
    for helper in lent:
        sheet.add(helper, -1.0)
    return bool(lent) and _take(sheet, column, (), whole)


def _holds(sheet: Sheet, columns: tuple[int, ...]) -> bool:
    """Whether every row of some columns still has room."""
    for column in columns:
        for at in range(sheet.starts[column], sheet.starts[column + 1]):
            row = sheet.rows[at]
            if sheet.above[row] < -ROOM or sheet.below[row] < -ROOM:
                return False
    return True


def _mandatory(form: Formulation, sheet: Sheet) -> None:
    options = form.options[form.options["mandatory"].to_numpy(dtype=bool)]
    for _, rows in options.groupby("request", sort=True):
        columns = rows["column"].to_numpy(dtype=np.int64)
        sheet.add(int(columns[np.argmin(form.model.spend[columns])]), 1.0)


def _meet_floors(
    model: Model, sheet: Sheet, order: list[int], helpers: dict[int, tuple[int, ...]]
) -> None:
    """Rows that start below their floor are filled first, by the ranking's order."""
    integer = model.integer.tolist()
    for row in [r for r, room in enumerate(sheet.below) if room < -ROOM]:
        helping = set(
            model.column_index[(model.row_index == row) & (model.coefficient > 0)].tolist()
        )
        for column in order:
            if sheet.below[row] >= -ROOM:
                break
            if column in helping:
                _take(sheet, column, helpers.get(column, ()), integer[column])


def _with_gains(form: Formulation, columns: Floats) -> Floats:
    """Coverage gained, segment by segment, and what wishes miss."""
    service = _service(form)
    units = np.bincount(
        service.alive["span"],
        weights=service.alive["units"] * columns[service.alive["column"]],
        minlength=len(service.spans),
    )
    gains = service.gains
    span, room = gains["span"].to_numpy(), gains["room"].to_numpy()
    before = _running(span, room)
    columns[gains["column"]] = np.clip(units[span] - before, 0.0, room)
    return _with_misses(form.model, columns)


def _running(span: Ints, room: Floats) -> Floats:
    """Room of the earlier segments of the same span."""
    total = np.cumsum(room) - room
    first = np.r_[True, span[1:] != span[:-1]]
    return np.asarray(total - np.maximum.accumulate(np.where(first, total, 0.0)))


def _with_misses(model: Model, columns: Floats) -> Floats:
    """Wishes fall short by whatever their rows lack."""
    soft = _columns_named(model, "miss")
    activity = np.bincount(
        model.row_index,
        weights=model.coefficient * columns[model.column_index],
        minlength=model.rows,
    )
    for entry in np.flatnonzero(soft[model.column_index]):
        row, column, a = (
            v[entry] for v in (model.row_index, model.column_index, model.coefficient)
        )
        gap: Any = max(model.row_lower[row] - activity[row], 0.0) if a > 0 else 0.0
        gap = gap if a > 0 else max(activity[row] - model.row_upper[row], 0.0)
        columns[column] = max(columns[column], gap / abs(a) * (1 + 1e-9))
    return columns
