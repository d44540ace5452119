"""Scenarios small enough to be solved by hand.

Unless a test says otherwise: one plan year 2023, no tail, every group weighs 1, school ``a`` is
completed with 100 pupils in 4 classes, an item costs 10, serves for good, is bought from the
fund ``cap`` and is needed once a class, so that one unit at ``a`` is worth 25 points a year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from planner.errors import AuditError, NoPlanError
from planner.plan import Plan
from planner.run.optimize import optimize
from planner.scenario.contracts import TABLES
from planner.scenario.scenario import Scenario, typed_frame
from planner.scenario.schema import GROUPS, Settings

Row = dict[str, Any]

EQUAL = dict.fromkeys(GROUPS, 1)


def school(name: str, **more: Any) -> Row:
    """A completed primary school with 100 pupils in 4 classes."""
    base = {"name": f"Trường {name}", "level": "primary", "group": "completed"}
    return {"school": name, **base, "pupils": 100, "classes": 4, "teachers": 8} | more


def item(name: str, price: int = 10, **more: Any) -> Row:
    """A capital item bought in whole units, paid at once, usable anywhere and for good."""
    base = {"name": name, "unit": "bộ", "pillar": "infrastructure", "nature": ("capital",)}
    return {"item": name, **base, "price": price, "on_site": False} | more


def norm(name: str, **more: Any) -> Row:
    """One unit a class in primary schools."""
    return {"item": name, "level": "primary", "per": "classes", "every": 1} | more


def fund(amount: int | Mapping[int, int] = 0, **more: Any) -> Row:
    """A fund with money in 2023, or in the years given."""
    return {"amounts": {2023: amount} if isinstance(amount, int) else dict(amount)} | more


def tiny(
    *,
    schools: Sequence[Row] = (),
    items: Sequence[Row] = (),
    norms: Sequence[Row] | None = None,
    funds: Mapping[str, Row] | None = None,
    cap: int | Mapping[int, int] = 0,
    tables: Mapping[str, Sequence[Row]] | None = None,
    **settings: Any,
) -> Scenario:
    """A scenario; by default one school, one item ``pc`` with its norm, one fund ``cap``."""
    items = items or (item("pc"),)
    rows: dict[str, Sequence[Row]] = {
        "schools": schools or (school("a"),),
        "catalogue": items,
        "norms": [norm(i["item"]) for i in items] if norms is None else norms,
    }
    rows |= tables or {}
    base: dict[str, Any] = {
        "schema": 1,
        "title": {"vi": "Ví dụ tính tay"},
        "years": (2023, 2023),
        "funds": {"cap": fund(cap)} if funds is None else funds,
        "priority": {"weights": EQUAL},
        "solve": {"gap": 0, "time_limit": 20},
    }
    frames = {name: _frame(name, list(given)) for name, given in rows.items()}
    return Scenario("scenario", Settings.model_validate(base | settings), frames)


def refused(scenario: Scenario) -> bool:
    """Whether solving ends without a published plan."""
    try:
        _ = optimize(scenario).plan
    except (AuditError, NoPlanError):
        return True
    return False


def _frame(table: str, rows: Sequence[Row]) -> Any:
    """Rows checked by the table's contract, then typed; other keys of schools are attributes."""
    model = TABLES[table]
    fields = {f.alias or name for name, f in model.model_fields.items()}
    checked = [
        model.model_validate({k: _exact(v) for k, v in row.items() if k in fields}) for row in rows
    ]
    columns = {name: [getattr(row, name) for row in checked] for name in model.model_fields}
    extra = dict.fromkeys(k for row in rows for k in row if k not in fields)
    columns |= {name: [str(row.get(name, "")) for row in rows] for name in extra}
    return typed_frame(table, columns)


def _exact(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(str(value))
    return tuple(_exact(v) for v in value) if isinstance(value, tuple | list) else value


def lines(plan: Plan, kind: str = "purchase") -> list[tuple[str, str, str, int, float]]:
    """(school, item, fund, year, quantity) of the lines of a kind, sorted."""
    table = plan.allocation[plan.allocation["kind"] == kind]
    keys = zip(
        table["school"], table["item"], table["fund"], table["year"], table["quantity"], strict=True
    )
    return sorted((s, i, f, int(y), float(q)) for s, i, f, y, q in keys)


def units(plan: Plan) -> dict[str, float]:
    """Item → units bought, all schools and years together."""
    bought = plan.allocation[plan.allocation["kind"] == "purchase"]
    return {k: float(v) for k, v in bought.groupby("item")["quantity"].sum().items()}
