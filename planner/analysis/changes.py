"""Which lines appear, disappear or move between two plans.

Lines of one school, item, kind and request are paired: first those of the same fund and year,
then what is left of the same fund (the year moved), then of the same year (the fund moved),
then the rest. The pairing takes both plans alike, so that swapping them mirrors the result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from planner.analysis.causes import Causes

if TYPE_CHECKING:
    from planner.plan import Plan

COLUMNS = [
    "plan", "school", "item", "kind", "request", "change", "cause", "fund", "fund_reference",
    "year", "year_reference", "quantity", "quantity_reference", "amount", "amount_reference",
    "difference",
]  # fmt: skip
CHANGES = (
    "appears", "disappears", "moves_year", "moves_fund", "moves", "more", "less", "option",
    "amount",
)  # fmt: skip
"""What can happen to a line; ``moves`` is year and fund, ``option`` another option of a request,
``amount`` the same units (or the same request) for other money."""


class Line(NamedTuple):
    """A line of a plan (several of the same fund, year and option are one); ``dust`` is what one
    more minor unit of money buys of an item that is not whole, of others 0."""

    fund: str
    year: int
    option: str
    quantity: float
    amount: int
    dust: float = 0.0


Key = tuple[str, str, str, str]
Pair = tuple[Line | None, Line | None]


def changed_lines(name: str, reference: Plan, plan: Plan) -> pd.DataFrame:
    """Lines of ``plan`` that differ from those of ``reference``, in the order of the inputs.

    Columns: plan, school, item, kind, request, change (see :data:`CHANGES`), cause, then for
    ``plan`` and ``reference`` fund, year, quantity, amount (minor units, 0 where there is no
    line), and difference = amount − amount_reference.
    """
    before, after = _lines(reference), _lines(plan)
    causes = Causes(reference.scenario, plan.scenario)
    rows = []
    for key in [*before, *(k for k in after if k not in before)]:
        for old, new in pairs(before.get(key, []), after.get(key, []), key[2] == "upkeep"):
            change = _change(old, new)
            if change:
                rows.append(_row(name, key, old, new, change, causes))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    order = {s: k for k, s in enumerate(reference.scenario.schools["school"])}
    place = frame["school"].map(order).fillna(len(order))
    frame = frame.assign(_place=place)
    sorted_ = frame.sort_values(["_place", "item", "kind", "year", "year_reference"])
    return sorted_.drop(columns="_place").reset_index(drop=True)


def by_weight(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines but upkeep, those first that matter most: by the money that moves or differs."""
    shown = lines[lines["kind"] != "upkeep"]
    whole = shown[["amount", "amount_reference"]].max(axis=1)
    moved = shown["change"].isin(("moves", "moves_year", "moves_fund", "option"))
    weight = shown["difference"].abs().where(~moved, whole)
    return shown.loc[weight.sort_values(ascending=False, kind="stable").index]


def _lines(plan: Plan) -> dict[Key, list[Line]]:
    found: dict[Key, list[Line]] = defaultdict(list)
    loose = {name for name, item in plan.scenario.items.items() if not item.whole}
    for row in plan.allocation.to_dict("records"):
        key = tuple(str(row[c] or "") for c in ("school", "item", "kind", "request"))
        quantity = row["quantity"]
        units = 0.0 if pd.isna(quantity) else float(quantity)
        fund, year, option = str(row["fund"]), int(row["year"]), str(row["option"] or "")
        dust = 0.0
        if key[1] in loose and row["unit_price"]:
            dust = 1 / int(row["unit_price"])
            units = int(row["amount"]) * dust if key[2] == "purchase" else units
        line = Line(fund, year, option, units, int(row["amount"]), dust)
        found[key].append(line)  # type: ignore[index]
    return found


def pairs(old: list[Line], new: list[Line], fixed: bool) -> Iterator[Pair]:
    """Pairs of lines that stand for each other; ``fixed``: fund and year never move."""
    left, right = sorted(old), sorted(new)
    keys: list[Any] = [lambda x: (x.fund, x.year), lambda x: x.fund, lambda x: x.year]
    for same in keys[:1] if fixed else [*keys, lambda _: 0]:
        rest: list[Line] = []
        groups: dict[Any, list[Line]] = defaultdict(list)
        for line in right:
            groups[same(line)].append(line)
        for line in left:
            waiting = groups[same(line)]
            if waiting:
                yield line, waiting.pop(0)
            else:
                rest.append(line)
        left, right = rest, sorted(x for g in groups.values() for x in g)
    yield from ((line, None) for line in left)
    yield from ((None, line) for line in right)


def _change(old: Line | None, new: Line | None) -> str:
    if old is None or new is None:
        return "appears" if old is None else "disappears"
    if old.year != new.year:
        return "moves" if old.fund != new.fund else "moves_year"
    if old.fund != new.fund:
        return "moves_fund"
    if abs(old.quantity - new.quantity) > max(old.dust, new.dust):
        return "more" if new.quantity > old.quantity else "less"
    if old.option != new.option:
        return "option"
    return "amount" if old.amount != new.amount else ""


def _row(
    name: str, key: Key, old: Line | None, new: Line | None, change: str, causes: Causes
) -> dict[str, Any]:
    school, item, kind, request = key
    lines = [x for x in (old, new) if x is not None]
    cause = causes.of(school, item or request, {x.fund for x in lines}, {x.year for x in lines})
    row: dict[str, Any] = {
        "plan": name, "school": school, "item": item, "kind": kind, "request": request,
        "change": change, "cause": cause,
    }  # fmt: skip
    for line, suffix in ((new, ""), (old, "_reference")):
        row[f"fund{suffix}"] = line.fund if line else ""
        row[f"year{suffix}"] = line.year if line else 0
        row[f"quantity{suffix}"] = line.quantity if line else 0.0
        row[f"amount{suffix}"] = line.amount if line else 0
    row["difference"] = row["amount"] - row["amount_reference"]
    return row
