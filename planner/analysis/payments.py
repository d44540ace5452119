"""Who is paid when: the plan's lines cut into the payments that fall due each year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from planner.plan import Plan


def parts(schedule: Any) -> list[tuple[int, int]]:
    """A line's ``schedule`` as (year, amount) pairs: ``2023:30;2024:70``; empty: no parts."""
    text = "" if schedule is None else str(schedule).strip()
    pairs = (part.split(":") for part in text.split(";") if part)
    return [(int(year), int(amount)) for year, amount in pairs]


def payments(plan: Plan) -> pd.DataFrame:
    """Payments of funded lines: line, school, group, item, fund, year, kind, amount.

    ``year`` is the year of payment, ``amount`` minor units. Proposals are left out: they have
    no payments until a project decides on them.
    """
    columns = ["line", "school", "group", "item", "fund", "year", "kind", "amount"]
    lines = plan.allocation[plan.allocation["standing"] != "proposal"]
    whole = lines["schedule"].astype("str").fillna("").eq("")
    rows: list[dict[Any, Any]] = []
    for record in lines[~whole].to_dict("records"):
        rows += [record | {"year": y, "amount": a} for y, a in parts(record["schedule"])]
    cut = pd.DataFrame(rows, columns=list(lines.columns)) if rows else lines.iloc[:0]
    joined = pd.concat([lines[whole], cut], ignore_index=True)[columns]
    return joined.astype({"year": "int64", "amount": "int64"})
