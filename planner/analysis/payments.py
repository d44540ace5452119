"""Who is paid when: the plan's funded lines cut into the payments that fall due each year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from planner.plan.ledger import PAID
from planner.plan.ledger import payments as unfolded

if TYPE_CHECKING:
    from planner.plan import Plan


def payments(plan: Plan) -> pd.DataFrame:
    """Payments of funded lines: line, group, item, and as the ledger has them fund, school,
    year of payment, kind, amount (minor units). Proposals are left out: they have no payments
    until a project decides on them."""
    lines = plan.allocation[plan.allocation["standing"] != "proposal"]
    paid = unfolded(lines, ["line", "group", "item", *PAID])
    return paid.astype({"year": "int64", "amount": "int64"})
