"""Measured points read a second time: what a rule's row on them sums, as terms over the columns of
``tests/second_model.py``. Nothing of the product is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from second_facts import Row, many, number, texts

if TYPE_CHECKING:
    from second_model import SecondModel

FREE = 1e6
"""More points than any criterion can be off."""


def rows_of(model: SecondModel, where: Mapping[str, Any]) -> list[Row]:
    """The criteria with points that a selection names."""
    return [
        r
        for r in model.tables["criteria"]
        if r["mandatory"] != "yes"
        and r["criterion"] in texts(where.get("criterion", r["criterion"]))
        and r["group"] in texts(where.get("criteria_group", r["group"]))
    ]


def found(model: SecondModel, name: str, criterion: str) -> Fraction | None:
    """The newest measurement."""
    rows = [r for r in model.tables["indicators"]
            if (r["school"], r["criterion"]) == (name, criterion)]  # fmt: skip
    return number(max(rows, key=lambda r: int(r["year"]))["value"]) if rows else None


def points(model: SecondModel, name: str, row: Row) -> int:
    """A column of a school's points of a criterion at the end of the plan, as high as it may be."""
    key = name, row["criterion"]
    if key in model.scored:
        return model.scored[key]
    most, t = float(Fraction(row["most"])), model.last
    y = model.program.var(most)
    model.scored[key] = y
    terms: dict[int, float] = defaultdict(float, {y: 1.0})
    measured = found(model, name, row["criterion"])
    assert measured is not None
    there = measured
    for brings in model.tables["criterion_items"]:
        need = model.need_of[name, brings["item"], t]
        if brings["criterion"] != row["criterion"] or not need:
            continue
        then = model.first if model.need_of[name, brings["item"], model.first] else t
        held, least = (of[name, brings["item"], then] for of in (model.stock_of, model.useful_of))
        base = Fraction(min(held, model.need_of[name, brings["item"], then]) * (held >= least))
        base /= model.need_of[name, brings["item"], then]
        parts, worth = model.covers[name, brings["item"], t], Fraction(brings["points"])
        if not brings["reached"]:
            there -= worth * base
            for part in parts:
                terms[part] -= float(worth / need)
            continue
        step = Fraction(brings["reached"])
        there -= worth * (base >= step)
        w = model.program.var(1, True)
        model.program.row({**dict.fromkeys(parts, 1.0), w: -float(step * need)}, low=0)
        terms[w] -= float(worth)
    # all of it, or nothing where more is lost than was measured
    b = model.program.var(1, True)
    model.program.row({**terms, b: FREE}, high=float(there) + FREE)
    model.program.row({y: 1.0, b: -most}, high=0)
    return y


def summed_points(
    model: SecondModel, rule: dict[str, Any], where: Mapping[str, Any], key: Mapping[str, str]
) -> tuple[dict[int, float], float] | None:
    """Mean points of the schools of a row, or how many reach a level; ``None``: nobody was
    measured."""
    total: dict[int, float] = defaultdict(float)
    count = 0
    for name, school in model.schools.items():
        if not model.named(where, name) or not model.fits(where, name):
            continue
        if any(school.get(k, "") != v for k, v in key.items() if k != "criteria_group"):
            continue
        own = (
            where
            if "criteria_group" not in key
            else {**where, "criteria_group": key["criteria_group"]}
        )
        asked = [
            r
            for r in rows_of(model, own)
            if school["level"]
            in (many(r["levels"]) or ("primary", "lower_secondary", "upper_secondary"))
        ]
        if not asked or any(found(model, name, r["criterion"]) is None for r in asked):
            continue
        count += 1
        columns = [points(model, name, r) for r in asked]
        if rule["measure"] == "points":
            for y in columns:
                total[y] += 1.0
            continue
        z = model.program.var(1, True)
        total[z] += 1.0
        least = 50.0 if str(where["reaches"]) == "2" else 75.000001
        for group in {r["group"] for r in asked}:
            mine = [y for y, r in zip(columns, asked, strict=True) if r["group"] == group]
            model.program.row({**dict.fromkeys(mine, 1.0), z: -least}, low=0)
    if rule["measure"] == "schools":
        return total, 0.0
    return ({k: v / count for k, v in total.items()}, 0.0) if count else None
