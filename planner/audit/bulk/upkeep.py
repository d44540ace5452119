"""``upkeep_funded`` by columns: every running cost that is due has its line, and no other."""

from __future__ import annotations

import numpy as np

from planner.audit.bulk.arrays import Arrays
from planner.audit.bulk.coded import ROOM, Bools, Ints, certain, most
from planner.audit.bulk.decisions import Decided
from planner.audit.bulk.lines import UPKEEP, Lines
from planner.audit.select import Eligibility
from planner.audit.upkeep import Upkeep


class UpkeepDue:
    """The lines that are due, ``[line]`` by school, item and year, and what falls after the plan.

    ``school``, ``item``, ``fund`` and ``at`` are positions; ``units`` and ``amount`` whole.
    """

    def __init__(self, arrays: Arrays, decided: Decided, funds: Eligibility) -> None:
        self.arrays = arrays
        self.unit = arrays.by_item_year(arrays.facts.unit_upkeep)
        self.payer = self._payers(funds)
        older, stock, facts = decided.older, arrays.stock, arrays.facts
        units = stock + np.where(arrays.preparing[:, None, None], 0, older)
        within = np.isin(arrays.years, facts.all_years)
        due = (units != 0) & (self.unit != 0)[None] & within[None, None, :]
        self.declared = self._declared()
        charged = due & (self.payer >= 0)[:, :, None] & self.declared[self.payer]
        self.school, self.item, self.at = np.nonzero(charged)
        self.fund = self.payer[self.school, self.item]
        self.units = units[charged]
        self.price = self.unit[self.item, self.at]
        certain(most(self.units) * max(most(self.price), 1) < ROOM // max(len(self.units), 1))
        self.amount = self.units * self.price
        self.due = Upkeep()
        self._after_the_plan(stock, units, older)

    def _payers(self, funds: Eligibility) -> Ints:
        """``[school, item]`` the fund that is charged; −1: none."""
        arrays = self.arrays
        payer = np.full(arrays.shape[:2], -1, dtype=np.int64)
        if arrays.facts.scenario.settings.upkeep != "required":
            return payer
        for name, fund in reversed(arrays.facts.funds.items()):
            if not fund.pays_upkeep or fund.role != "general":
                continue
            serves = np.array([funds.accepts(name, s) for s in arrays.schools], dtype=bool)
            items = np.array([funds.carries(name, i) for i in arrays.items], dtype=bool)
            payer[serves[:, None] & items[None, :]] = arrays.fund_at[name]
        return payer

    def _declared(self) -> Bools:
        """``[fund, year]`` whether the fund declares an amount; no fund (−1) does not."""
        years, facts = self.arrays.years.tolist(), self.arrays.facts
        rows = [[t in facts.declared[name] for t in years] for name in facts.funds]
        return np.array([*rows, [False] * len(years)], dtype=bool)

    def prove(self, lines: Lines) -> None:
        """The upkeep lines of the allocation are those due, cell by cell."""
        mine = lines.where(UPKEEP)
        place = (lines.school[mine], lines.item[mine], lines.at[mine])
        order = np.lexsort(place[::-1])
        certain(len(order) == len(self.school))
        for found, due in zip(
            (*place, lines.fund[mine], lines.quantity[mine], lines.price[mine], lines.amount[mine]),
            (self.school, self.item, self.at, self.fund, self.units, self.price, self.amount),
            strict=True,
        ):
            certain((found[order] == due).all())

    def by_school(self) -> dict[str, int]:
        """School → its upkeep within the plan, minor units."""
        arrays = self.arrays
        total = np.zeros(len(arrays.schools), dtype=np.int64)
        planned = self.at <= arrays.facts.last - arrays.facts.first
        np.add.at(total, self.school[planned], self.amount[planned])
        ids = [school.id for school in arrays.schools]
        return dict(zip(ids, total.tolist(), strict=True))

    def _after_the_plan(self, stock: Ints, units: Ints, older: Ints) -> None:
        """Splits the upkeep after the plan into what existed and what the plan adds; what is
        proposed costs from the year after it is ready."""
        arrays, facts = self.arrays, self.arrays.facts
        for at, year in enumerate(arrays.years.tolist()):
            price = self.unit[:, at]
            late = arrays.preparing & arrays.has_ready & (year > arrays.ready)
            late &= arrays.counted[:, at]
            proposed = _cost(older[late][:, :, at], price)
            if proposed:
                self.due.after[year, "", "proposal"][0] += proposed
            if year <= facts.last or year not in facts.all_years:
                continue
            for fund in np.unique(self.payer).tolist():
                mine = self.payer == fund
                name = list(facts.funds)[fund] if fund >= 0 else ""
                existed = _cost(stock[:, :, at] * mine, price)
                added = _cost(units[:, :, at] * mine, price) - existed
                for origin, part in (("stock", existed), ("plan", added)):
                    if part:
                        totals = self.due.after[year, name, origin]
                        totals[0] += part
                        totals[1] += part if self.declared[fund, at] else 0


def _cost(units: Ints, price: Ints) -> int:
    """Σ units × price over schools ``[school, item]``, minor units."""
    each = units.sum(axis=0)
    return sum(int(n) * int(p) for n, p in zip(each, price, strict=True))
