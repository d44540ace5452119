"""How far a plan has come at a date: planned, contracted, delivered, disbursed, left; what is late,
what money would lapse and what of it could be carried over.

Money has a fund and a year. Planned money falls due as the plan's ledger has it, contracts by the
instalments of their item from the line's year on. A payment settles the instalments of its line in
their order: paid late it is still money of the year in which it was due (its disbursement period is
extended), paid early it is money of the year in which it was paid.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Finding
from planner.messages import card
from planner.money import instalments, nearest
from planner.plan.allocation import instalment_parts
from planner.run.execution import Execution, nothing_executed, read_executed
from planner.run.folder import PlanFolder, read
from planner.scenario.scenario import Scenario
from planner.scenario.schema import GROUPS
from planner.solving.solution import Sink, Stop, stoppable
from planner.vocabulary.axes import Axes, carry_limit, general_funds

MONEY = ("planned", "contracted", "delivered", "disbursed")
"""Stages of a line's money, in the order in which they come."""
KEPT = "executed.csv"
"""What happened, where a plan folder keeps it itself."""


@dataclass(frozen=True)
class PlanStatus:
    """How far a plan has come at a date. Money is in whole minor units, shares are 0–1.

    ``planned`` is the plan's money, ``contracted`` that of the contracts in force (cancelled parts
    taken off), ``delivered`` what of it was taken over, at the contract's price; ``disbursed`` what
    was paid; ``left`` = planned − disbursed; ``share`` = disbursed ÷ planned (NaN: nothing
    planned). Upkeep and requests may be paid without a contract.

    Attributes
    ----------
    execution : Execution
        The plan folder, and what had happened by then.
    at : date
        The day that this is the status of.
    lines : DataFrame
        A row a line of the plan: ``line``, ``kind``, ``school``, ``group``, ``item``, ``fund``,
        ``year``, ``request``, ``option``, ``standing``, the money above,
        ``planned_quantity``, ``contracted_quantity``, ``delivered_quantity`` (units, NaN where the
        line has none), ``document``.
    funds : DataFrame
        A row a fund and year of payment: ``fund``, ``year``, the money above. What is planned is
        what the plan's ledger spends, to the minor unit.
    groups, schools, items : DataFrame
        A row a group, school, item (requests have none, and are one row): the money above over all
        years; of items also units of purchases planned, contracted, delivered.
    late : DataFrame
        Lines that are late: ``reason`` ``contract`` (its year is over, and what is not contracted
        is missing) or ``delivery`` (contracted, and not delivered in the year in which it should
        begin to serve), ``since`` (the last day of that year), ``days`` since then, ``quantity``
        and ``amount`` of what is missing. Proposals into building projects are late with a delivery
        only.
    open : DataFrame
        The same of lines of the year of ``at``, which is not over, that are not contracted yet:
        they are not late (``days`` is negative: days to go).
    lapsing : DataFrame
        A row a general fund and year up to that of ``at``: ``usable`` (after the reserve),
        ``moved`` (carried in less carried out, as planned), ``planned``, ``disbursed``,
        ``undisbursed`` (usable + moved − disbursed), ``bound`` (of it, contracts wait for),
        ``carry`` (of it, what an extension of the disbursement period to the end of the next year
        could keep: as far as the fund's ``carry_over`` goes beyond what the plan moves, if the fund
        has money declared for that year, and until that year is over) and ``lapse`` (the rest).

    Examples
    --------
    >>> import planner, tempfile
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     found = planner.status(planner.write(result, f"{place}/plan", figures=False))
    >>> found.funds[["year", "planned", "disbursed"]].values.tolist()
    [[2025, 100000000, 0], [2026, 60000000, 0]]
    """

    execution: Execution
    at: datetime.date
    lines: pd.DataFrame
    funds: pd.DataFrame
    groups: pd.DataFrame
    schools: pd.DataFrame
    items: pd.DataFrame
    late: pd.DataFrame
    open: pd.DataFrame
    lapsing: pd.DataFrame

    @property
    def scenario(self) -> Scenario:
        """The plan's scenario.

        Examples
        --------
        >>> import planner, tempfile
        >>> result = planner.solve("scenarios/three-schools", gap=0)
        >>> with tempfile.TemporaryDirectory() as place:
        ...     found = planner.status(planner.write(result, f"{place}/plan", figures=False))
        >>> found.scenario == result.scenario
        True
        """
        return self.execution.base.scenario

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What happened though the plan says otherwise, and what of the file is doubtful.

        Examples
        --------
        >>> import planner, tempfile
        >>> result = planner.solve("scenarios/three-schools", gap=0)
        >>> with tempfile.TemporaryDirectory() as place:
        ...     planner.status(planner.write(result, f"{place}/plan", figures=False)).warnings
        ()
        """
        return self.execution.warnings

    @cached_property
    def general(self) -> pd.DataFrame:
        """The rows of ``funds`` without the building projects of preparing schools.

        Examples
        --------
        >>> import planner, tempfile
        >>> result = planner.solve("scenarios/three-schools", gap=0)
        >>> with tempfile.TemporaryDirectory() as place:
        ...     found = planner.status(planner.write(result, f"{place}/plan", figures=False))
        >>> found.general["planned"].tolist()
        [100000000, 60000000]
        """
        return self.funds[self.funds["fund"].isin(list(general_funds(self.scenario)))]

    def sums(self, until: int | None = None) -> dict[str, int]:
        """Money of the general funds, all years or those up to one: planned, contracted, delivered,
        disbursed, left; minor units.

        Examples
        --------
        >>> import planner, tempfile
        >>> result = planner.solve("scenarios/three-schools", gap=0)
        >>> with tempfile.TemporaryDirectory() as place:
        ...     found = planner.status(planner.write(result, f"{place}/plan", figures=False))
        >>> found.sums()["planned"], found.sums(until=2025)["left"]
        (160000000, 100000000)
        """
        rows = self.general if until is None else self.general[self.general["year"] <= until]
        return {name: int(rows[name].sum()) for name in (*MONEY, "left")}

    def __repr__(self) -> str:
        money = ", ".join(f"{name} {amount}" for name, amount in self.sums().items())
        return f"<PlanStatus at {self.at}: {money}; {len(self.late)} late>"

    def _repr_html_(self) -> str:
        return card(self)


@stoppable
def status(
    folder: PlanFolder | str | Path,
    executed: Execution | str | Path | None = None,
    at: datetime.date | str | None = None,
    *,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> PlanStatus:
    """How far the plan in a folder has come.

    Parameters
    ----------
    folder
        A plan folder (proven first), or one that was read.
    executed
        A workbook or CSV of what has happened, as ``planner new-executed`` writes it to be filled
        in; by default the folder's own ``executed.csv``, if it has one, else nothing.
    at
        A date, or its ISO text; what happened later is left out. Default: the last date in the
        table, or 1 January of the plan's first year.
    progress, stop, lang
        As for :func:`planner.load`.

    Returns
    -------
    PlanStatus
        Tidy tables; :func:`planner.plots.status` draws them.

    Raises
    ------
    InputError
        The folder is no proven plan, or with every finding of the table at once.
    ValueError
        ``at`` is no date.

    Examples
    --------
    >>> import planner, tempfile
    >>> from pathlib import Path
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     plan = planner.write(result, f"{place}/plan", figures=False)
    ...     sheet = Path(place, "executed.csv")
    ...     rows = ["line,status,quantity,amount,date", "1,contracted,4,76000000,2025-04-01",
    ...             "1,disbursed,,30000000,2025-05-01"]
    ...     _ = sheet.write_text("\\n".join(rows))
    ...     found = planner.status(plan, sheet, at="2026-01-01")
    >>> found.funds[["year", "planned", "contracted", "disbursed", "left"]].values.tolist()
    [[2025, 100000000, 76000000, 30000000, 70000000], [2026, 60000000, 0, 0, 60000000]]
    >>> found.late[["line", "reason"]].values.tolist()
    [[1, 'delivery'], [3, 'contract']]
    """
    base = folder if isinstance(folder, PlanFolder) else read(folder)
    kept = base.path / KEPT
    if isinstance(executed, Execution):
        known = executed
    elif executed is not None or kept.is_file():
        known = read_executed(executed or kept, base)
    else:
        known = nothing_executed(base)
    first = datetime.date(base.scenario.settings.years[0], 1, 1)
    day = datetime.date.fromisoformat(at) if isinstance(at, str) else at or known.latest or first
    day = day.date() if isinstance(day, datetime.datetime) else day
    return _Look(known.until(day), day).status()


class _Look:
    """A plan, what had happened to it, and the day."""

    def __init__(self, execution: Execution, at: datetime.date) -> None:
        self.execution, self.at = execution, at
        self.scenario = execution.base.scenario
        self.plan = execution.base.plan
        self.events = execution.lines.set_index("line", drop=False)

    def status(self) -> PlanStatus:
        """All tables."""
        due = pd.DataFrame(self._due(), columns=["line", "fund", "year", *MONEY, "bound"])
        due = due.astype(dict.fromkeys(("line", "year", *MONEY, "bound"), "int64"))
        lines = self._lines(due)
        funds = _with_left(due.groupby(["fund", "year"], as_index=False, sort=False), MONEY)
        order = {f: k for k, f in enumerate(self.scenario.settings.funds)}
        funds = funds.sort_values(
            ["fund", "year"], key=lambda c: c.map(order) if c.name == "fund" else c,
            ignore_index=True,
        )  # fmt: skip
        late, waiting = self._late(lines)
        by = {
            name: _with_left(lines.groupby(name, as_index=False, sort=False), MONEY)
            for name in ("group", "school", "item")
        }
        bought = lines[lines["kind"] == "purchase"]
        units = [f"{stage}_quantity" for stage in MONEY[:3]]
        counted = bought.groupby("item", as_index=False)[units].sum()
        items = by["item"].merge(counted, on="item", how="left").fillna(dict.fromkeys(units, 0.0))
        ranks = {"group": GROUPS, "school": self.scenario.schools["school"].tolist(),
                 "item": [*self.scenario.items, ""]}  # fmt: skip
        groups, schools, items = (
            _in_order(frame, name, ranks[name])
            for name, frame in (("group", by["group"]), ("school", by["school"]), ("item", items))
        )
        return PlanStatus(
            self.execution, self.at, lines, funds, groups, schools, items, late, waiting,
            self._lapsing(due),
        )  # fmt: skip

    def _due(self) -> Iterator[tuple[Any, ...]]:
        """Line, fund, year of payment, what of each stage's money falls due then, and what a
        contract still waits for."""
        columns = ["line", "item", "fund", "year", "amount", "schedule"]
        for row in self.plan.allocation[columns].itertuples(index=False):
            line, item, fund, year, amount, schedule = row
            planned = instalment_parts(schedule) or [(int(year), int(amount))]
            found: dict[int, list[int]] = {y: [m, 0, 0, 0, 0] for y, m in planned}
            if line in self.events.index:
                event = self.events.loc[line]
                parts = self.scenario.items[item].payments if schedule else (Decimal(1),)
                contract = int(event["contract_amount"])
                due = instalments(contract, parts)
                taken_over = instalments(_taken_over(event), parts)
                for (y, _), money, delivered in zip(planned, due, taken_over, strict=True):
                    found[y][1] += money
                    found[y][2] += delivered
                years = [y for y, _ in planned]
                left = list(zip(years, due, strict=True)) if contract else planned
                paid, left = _settled(self.payments.get(int(line), ()), left)
                for y, m in paid:
                    found.setdefault(y, [0, 0, 0, 0, 0])[3] += m
                for y, m in left if contract else ():
                    found[y][4] += m
            yield from ((line, fund, y, *money) for y, money in found.items())

    @cached_property
    def payments(self) -> Mapping[int, list[tuple[datetime.date, int]]]:
        """Line → its payments by date."""
        rows = self.execution.rows
        rows = rows[rows["status"] == "disbursed"]
        found: dict[int, list[tuple[datetime.date, int]]] = {}
        for line, day, amount in rows[["line", "date", "amount"]].itertuples(index=False):
            found.setdefault(int(line), []).append((day.date(), int(amount)))
        return found

    def _lines(self, due: pd.DataFrame) -> pd.DataFrame:
        """A row a line, with its money and its units."""
        lines = self.plan.allocation
        found = lines[["line", "kind", "school", "group", "item", "fund", "year", "request",
                       "option", "standing"]]  # fmt: skip
        money = _with_left(due.groupby("line", as_index=False, sort=False), MONEY)
        found = found.merge(money, on="line", how="left", validate="one_to_one")
        planned = lines["quantity"].to_numpy(dtype=np.float64)
        events = self.events.reindex(lines["line"])
        nothing = np.where(np.isnan(planned), np.nan, 0.0)

        def units(name: str) -> Any:
            happened = events[name].to_numpy(dtype=np.float64)
            return np.where(np.isnan(happened), nothing, happened)

        return found.assign(
            planned_quantity=planned,
            contracted_quantity=units("contracted"),
            delivered_quantity=units("delivered"),
            document=events["document"].fillna("").astype("str").to_numpy(),
        )

    def _late(self, lines: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Lines that are late at the date; those of its year that are not contracted yet."""
        axes = Axes(self.scenario)
        late, waiting = list[tuple[Any, ...]](), list[tuple[Any, ...]]()
        over = self.at.year + ((self.at.month, self.at.day) == (12, 31))  # years below are over
        for row in lines[lines["kind"] != "upkeep"].to_dict("records"):
            planned = Fraction(_units(row["planned_quantity"]))
            signed = Fraction(_units(row["contracted_quantity"], none=0))
            brought = Fraction(_units(row["delivered_quantity"], none=0))
            asked = row["kind"] == "request"
            missing = max(Fraction(0), planned - signed) if planned else Fraction(0)
            if asked and (row["disbursed"] or signed):
                missing = Fraction(0)
            if row["kind"] == "purchase" and not self.scenario.items[row["item"]].whole:
                # its units follow from its money, which a contract at another price may use up
                missing = missing if row["contracted"] < row["planned"] else Fraction(0)
            year = int(row["year"])
            if missing and year <= self.at.year and row["standing"] != "proposal":
                amount = nearest(row["planned"] * missing / planned)
                since = datetime.date(year, 12, 31)
                found = (row["line"], "contract", since, float(missing), amount)
                (late if year < over else waiting).append(found)
            serves = year
            if not asked:
                begin = axes.usable[axes.item_at[row["item"]], axes.school_at[row["school"]]]
                serves = max(year, int(begin) + axes.first)
            if signed > brought and serves < over:
                amount = int(row["contracted"] - row["delivered"])
                since = datetime.date(serves, 12, 31)
                late.append((row["line"], "delivery", since, float(signed - brought), amount))
        return self._waiting(late, lines), self._waiting(waiting, lines)

    def _waiting(self, rows: list[tuple[Any, ...]], lines: pd.DataFrame) -> pd.DataFrame:
        """Such lines as a table, the longest late first."""
        names = ["line", "reason", "since", "quantity", "amount"]
        found = pd.DataFrame(rows, columns=names).astype(
            {"line": "int64", "reason": "str", "quantity": "float64", "amount": "int64"}
        )
        since = pd.to_datetime(found["since"]).astype("datetime64[s]")
        days = (pd.Timestamp(self.at) - since).dt.days.astype("int64")
        ids = lines[["line", "kind", "school", "item", "fund", "year", "request", "option"]]
        found = ids.merge(found.assign(since=since, days=days), on="line")
        return found.sort_values(["since", "line"], ignore_index=True)

    def _lapsing(self, due: pd.DataFrame) -> pd.DataFrame:
        """What is not disbursed of each general fund's years, and what becomes of it."""
        names = ["planned", "disbursed", "bound"]
        money = due.groupby(["fund", "year"])[names].sum().to_dict("index")
        known = general_funds(self.scenario)
        rows = []
        book = self.plan.ledger[self.plan.ledger["fund"].isin(list(known))]
        declared = set(zip(book["fund"], book["year"], strict=True))
        for row in book[book["year"] <= self.at.year].to_dict("records"):
            fund, year = str(row["fund"]), int(row["year"])
            mine = money.get((fund, year), dict.fromkeys(names, 0))
            moved = int(row["carried_in"]) - int(row["carried_out"])
            left = int(row["usable"]) + moved - mine["disbursed"]
            limit = carry_limit(int(row["amount"]), known[fund]) - int(row["carried_out"])
            extended = (fund, year + 1) in declared and self.at.year <= year + 1
            carry = max(0, min(left, limit)) if extended else 0
            rows.append(
                (fund, year, int(row["usable"]), moved, mine["planned"], mine["disbursed"], left,
                 mine["bound"], carry, max(0, left) - carry)
            )  # fmt: skip
        columns = ["fund", "year", "usable", "moved", "planned", "disbursed", "undisbursed",
                   "bound", "carry", "lapse"]  # fmt: skip
        found = pd.DataFrame(rows, columns=columns)
        return found.astype({"fund": "str"} | dict.fromkeys(columns[1:], "int64"))


def _settled(
    paid: Sequence[tuple[datetime.date, int]], due: Sequence[tuple[int, int]]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Payments of a line as (year of the money, amount), and what of its instalments is left."""
    settled, left = list[tuple[int, int]](), [[y, m] for y, m in due]
    at = 0
    for day, amount in paid:
        rest = amount
        while rest:
            while at < len(left) - 1 and left[at][1] <= 0:
                at += 1
            last = at == len(left) - 1  # what is beyond all instalments belongs to the last one
            taken = rest if last else min(rest, left[at][1])
            settled.append((min(left[at][0], day.year), taken))
            rest -= taken
            left[at][1] -= taken
    return settled, [(y, max(0, m)) for y, m in left]


def _taken_over(event: Any) -> int:
    """The contract's money of what was delivered, half up."""
    contracted = _units(event["contracted"], none=0)
    part = Fraction(_units(event["delivered"], none=0)) / Fraction(contracted) if contracted else 0
    return nearest(Fraction(int(event["contract_amount"])) * part)


def _units(value: float, none: int = 1) -> Decimal:
    """Units as an exact number; of a line without any one whole, or ``none``."""
    return Decimal(none) if np.isnan(value) else Decimal(repr(float(value)))


def _with_left(groups: Any, money: Sequence[str]) -> pd.DataFrame:
    """Sums of groups, with what is left and the share disbursed."""
    found: pd.DataFrame = groups[list(money)].sum()
    planned = found["planned"].to_numpy(dtype=np.float64)
    share = np.full(len(found), np.nan)
    np.divide(found["disbursed"].to_numpy(dtype=np.float64), planned, out=share, where=planned > 0)
    return found.assign(left=found["planned"] - found["disbursed"], share=share)


def _in_order(frame: pd.DataFrame, name: str, order: Sequence[str]) -> pd.DataFrame:
    """Rows in the order in which the scenario names them."""
    rank = {key: k for k, key in enumerate(order)}
    return frame.sort_values(name, key=lambda c: c.map(rank).fillna(len(rank)), ignore_index=True)
