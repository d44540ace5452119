"""Checks of signed contracts, bans, capacities and needs, and of what requests cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from planner.scenario.checks import Checked, records
from planner.scenario.checks_money import amounts_of
from planner.scenario.schema import Fund
from planner.scenario.selecting import items_in, values_of


def request_costs_can_be_paid(c: Checked) -> None:
    """A request's cost falls in a year and on a fund that can pay for its school."""
    frame = c.frames["requests"].drop_duplicates("request")
    asking = dict(zip(frame["request"], frame["school"], strict=True))
    for row, cost in enumerate(records(c.frames["request_costs"])):
        if cost.request in asking:
            _payable(c, "request_costs", row, asking[cost.request], cost.fund, cost.year)
    last = c.settings.all_years[-1] if c.settings.all_years else 0
    for row, part in enumerate(records(c.frames["request_items"])):
        school = _school(c, asking.get(part.request))
        if school is None or school["group"] == "preparing" or not part.year:
            continue
        if not c.settings.years[0] <= part.year <= last:
            c.log.error(
                "year_outside_plan",
                c.cell("request_items", row, "year"),
                year=str(part.year),
                first=str(c.settings.years[0]),
                last=str(last),
            )


def _school(c: Checked, name: Any) -> pd.Series | None:
    row = c.school_rows.get(name)
    return None if row is None else c.frames["schools"].iloc[row]


def _payable(c: Checked, table: str, row: int, school_id: Any, fund_id: str, year: int) -> None:
    """Year, role and reach of a fund that is to pay for a school."""
    school, fund = _school(c, school_id), c.settings.funds.get(fund_id)
    if school is None or fund is None or not year:
        return
    preparing = school["group"] == "preparing"
    if preparing != (fund.role == "project"):
        c.log.error(
            "fund_wrong_role",
            c.cell(table, row, "fund"),
            fund=fund_id,
            school=school["school"],
            group=c.said("schools", c.school_rows[school_id], "group"),
        )
        return
    if not c.served[fund_id][c.school_rows[school_id]]:
        c.log.error(
            "fund_not_for_school", c.cell(table, row, "fund"), fund=fund_id, school=school["school"]
        )
    if preparing:
        if school["ready"] is not pd.NA and year != school["ready"]:
            c.log.error(
                "year_not_ready",
                c.cell(table, row, "year"),
                year=str(year),
                school=school["school"],
                ready=str(school["ready"]),
            )
        return
    first, last = c.settings.years
    if not first <= year <= last:
        c.log.error(
            "year_outside_plan",
            c.cell(table, row, "year"),
            year=str(year),
            first=str(first),
            last=str(last),
        )
    elif fund.amounts == "envelope" and c.settings.envelope is None:
        return
    elif year not in amounts_of(c, fund) or str(year) not in _years(fund, year):
        c.log.error("fund_has_no_year", c.cell(table, row, "year"), fund=fund_id, year=str(year))


def _years(fund: Fund, year: int) -> list[str]:
    return values_of(fund.where.get("year", str(year)))


def commitments_can_be_kept(c: Checked) -> None:
    """A signed contract does not break what no plan may break."""
    catalogue = c.frames["catalogue"]
    items = {i: r for r, i in enumerate(catalogue["item"])}
    for row, signed in enumerate(records(c.frames["commitments"])):
        _payable(c, "commitments", row, signed.school, signed.fund, signed.year)
        fund = c.settings.funds.get(signed.fund)
        school = _school(c, signed.school)
        if signed.item not in items or fund is None or school is None:
            continue
        item = catalogue.iloc[items[signed.item]]
        natures = set(item["nature"] or ())
        reach = items_in(catalogue.iloc[[items[signed.item]]], fund.where).all()
        if (fund.nature is not None and fund.nature not in natures) or not reach:
            c.log.error(
                "fund_not_for_item",
                c.cell("commitments", row, "fund"),
                fund=signed.fund,
                item=signed.item,
            )
        if school["group"] != "preparing" and signed.year in c.settings.plan_years:
            _instalments_payable(c, row, signed, fund, len(item["payments"] or (1,)))
        if item["whole"] and signed.quantity % int(item["lot"] or 1):
            c.log.error(
                "quantity_not_lots",
                c.cell("commitments", row, "quantity"),
                quantity=signed.quantity,
                lot=int(item["lot"]),
                item=signed.item,
            )
        ready = school["ready"]
        if school["group"] != "preparing" and item["on_site"] and ready is not pd.NA:
            paid = signed.year + len(item["payments"] or (1,)) - 1
            if signed.year < ready and paid < ready:
                c.log.error(
                    "committed_before_ready",
                    c.cell("commitments", row, "year"),
                    school=signed.school,
                    year=str(signed.year),
                    ready=str(ready),
                )
        _not_banned(c, row, signed)


def _instalments_payable(c: Checked, row: int, signed: Any, fund: Fund, count: int) -> None:
    """Every later instalment of a contract falls in a year for which its fund has an amount."""
    if fund.amounts == "envelope" and c.settings.envelope is None:
        return
    drawn = c.settings.plan_years if fund.amounts == "envelope" else range(0)
    for due in range(signed.year + 1, signed.year + count):
        if due not in amounts_of(c, fund) and due not in drawn:  # an envelope's gap is told once
            place = c.cell("commitments", row, "year")
            c.log.error("fund_has_no_year", place, fund=signed.fund, year=str(due))


def _not_banned(c: Checked, row: int, signed: Any) -> None:
    for index, ban in enumerate(records(c.frames["bans"])):
        given = {n: getattr(ban, n) for n in ("school", "item", "fund", "year")}
        given = {n: v for n, v in given.items() if v is not pd.NA and v != ""}
        if given and all(str(getattr(signed, n)) == str(v) for n, v in given.items()):
            c.log.error(
                "committed_and_banned",
                c.cell("commitments", row, "school"),
                banned=str(c.cell("bans", index, "school")),
            )
            return


def bans_speak_of_the_plan(c: Checked) -> None:
    """A ban's year, where given, is a plan year."""
    _years_inside(c, "bans")


def capacities_speak_of_the_plan(c: Checked) -> None:
    """A capacity's year, where given, is a plan year."""
    _years_inside(c, "capacities")


def need_years(c: Checked) -> None:
    """A need is of a year that the scenario evaluates."""
    frame, schools = c.frames["needs"], c.frames["schools"]
    if frame.empty:
        return
    years = list(c.settings.all_years)
    ready = dict(zip(schools["school"], schools["ready"], strict=True))
    for row in np.flatnonzero(~frame["year"].isin([*years, 0]).to_numpy()):
        school = frame["school"][row]
        if ready.get(school, pd.NA) is pd.NA or ready[school] != frame["year"][row]:
            c.log.warn(
                "need_year_outside", c.cell("needs", int(row), "year"), year=str(frame["year"][row])
            )


def _years_inside(c: Checked, table: str) -> None:
    first, last = c.settings.years
    years = c.frames[table]["year"]
    outside = years.notna() & ~years.between(first, last).fillna(True)
    for row in np.flatnonzero(outside.to_numpy(dtype=bool)):
        c.log.error(
            "year_outside_plan",
            c.cell(table, int(row), "year"),
            year=str(years[row]),
            first=str(first),
            last=str(last),
        )


CHECKS = (
    request_costs_can_be_paid,
    commitments_can_be_kept,
    bans_speak_of_the_plan,
    capacities_speak_of_the_plan,
    need_years,
)
