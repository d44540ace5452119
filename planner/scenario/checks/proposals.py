"""Checks of signed contracts, bans, capacities and needs, and of what requests cost."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Place
from planner.scenario.checks.across import Checked, records
from planner.scenario.checks.funding import amounts_of
from planner.scenario.measures import items_in, values_of
from planner.scenario.reading.sources import nearest
from planner.scenario.schema import Fund


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
    elif year not in amounts_of(c, fund) or str(year) not in values_of(
        fund.where.get("year", str(year))
    ):
        c.log.error("fund_has_no_year", c.cell(table, row, "year"), fund=fund_id, year=str(year))


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


# --------------------------------------------------------------------------------------------------
# Checks of requests and their options: what belongs together, what requires what.

Option = tuple[str, str]
"""Request and option."""


def requests_agree(c: Checked) -> None:
    """All options of a request are one school's, and all or none are mandatory."""
    first: dict[str, Any] = {}
    for row, option in enumerate(records(c.frames["requests"])):
        if not option.request:
            continue
        if option.request not in first:
            first[option.request] = option
            continue
        for name in ("school", "mandatory"):
            if getattr(option, name) != getattr(first[option.request], name):
                c.log.error(
                    "request_differs",
                    c.cell("requests", row, name),
                    request=option.request,
                    name=c.title("requests", name),
                )


def copies_have_no_rivals(c: Checked) -> None:
    """What may be chosen several times is its request's only option."""
    frame = c.frames["requests"]
    sizes = frame["request"].value_counts()
    for row, option in enumerate(records(frame)):
        if option.request and option.copies > 1 and sizes[option.request] > 1:
            place = c.cell("requests", row, "copies")
            c.log.error("copies_with_rivals", place, request=option.request)


def requirements_exist(c: Checked) -> None:
    """What an option requires exists, belongs to another request and does not begin later."""
    frame = c.frames["requests"]
    options = _options(c)
    begins = _begins(c)
    for row, option in enumerate(records(frame)):
        for wanted in option.requires:
            place = c.cell("requests", row, "requires")
            request, _, name = wanted.partition(":")
            if request == option.request:
                c.log.error("requires_cycle", place, chain=f"{option.request} → {wanted}")
            elif request not in options:
                c.log.error(
                    "id_unknown",
                    place,
                    name=request,
                    table=c.called("requests"),
                    nearest=nearest(request, options) or "-",
                )
            elif name and name not in options[request]:
                _option_unknown(c, place, request, name, options[request])
            else:
                named = [name] if name else options[request]
                # A requirement that can only be met in a later year is most likely a slip.
                own = (option.request, option.option)
                years = [begins[request, n] for n in named if (request, n) in begins]
                if own in begins and years and min(years) > begins[own]:
                    c.log.warn(
                        "requires_later",
                        place,
                        request=own[0],
                        year=str(begins[own]),
                        required=request,
                        later=str(min(years)),
                    )


def _begins(c: Checked) -> dict[Option, int]:
    """(request, option) → the first year in which it costs or serves."""
    found: dict[Option, int] = {}
    for table in ("request_costs", "request_items"):
        for row in records(c.frames[table]):
            key = (row.request, row.option)
            if row.year:
                found[key] = min(row.year, found.get(key, row.year))
    return found


def _options(c: Checked) -> dict[str, list[str]]:
    """Request → its options."""
    found: dict[str, list[str]] = defaultdict(list)
    for option in records(c.frames["requests"]):
        if option.request:
            found[option.request].append(option.option)
    return dict(found)


def options_exist(c: Checked) -> None:
    """Costs and items belong to an option that its request has; an option costs something."""
    options = _options(c)
    for table in ("request_costs", "request_items"):
        for row, line in enumerate(records(c.frames[table])):
            known = options.get(line.request)
            if known is not None and line.option and line.option not in known:
                place = c.cell(table, row, "option")
                _option_unknown(c, place, line.request, line.option, known)
    costs = c.frames["request_costs"]
    priced = set(zip(costs["request"], costs["option"], strict=True))
    for row, option in enumerate(records(c.frames["requests"])):
        pair = (option.request, option.option)
        if all(pair) and pair not in priced:
            place = c.cell("requests", row, "option")
            c.log.warn("option_without_cost", place, request=pair[0], option=pair[1])


def _option_unknown(c: Checked, place: Place, request: str, name: str, known: list[str]) -> None:
    close = nearest(name, known) or "-"
    c.log.error("option_unknown", place, name=name, request=request, nearest=close)


def grants_are_envelopes(c: Checked) -> None:
    """A block grant's most is above its least; only such a cost has points, and it stands once."""
    seen: dict[tuple[Any, ...], bool] = {}
    for row, cost in enumerate(records(c.frames["request_costs"])):
        key = (cost.request, cost.option, cost.fund, cost.year)
        grant = cost.most is not pd.NA
        if key in seen and (grant or seen[key]):
            c.log.error("grant_twice", c.cell("request_costs", row, "most"), request=cost.request)
        seen[key] = grant or seen.get(key, False)
        if grant and cost.most < cost.amount:
            c.log.error(
                "grant_most_below",
                c.cell("request_costs", row, "most"),
                most=cost.most,
                least=cost.amount,
            )
        elif cost.value and not (grant and cost.most > cost.amount):
            c.log.error("grant_value_unused", c.cell("request_costs", row, "value"))


OPTION_CHECKS = (
    requests_agree,
    copies_have_no_rivals,
    requirements_exist,
    options_exist,
    grants_are_envelopes,
)


# --------------------------------------------------------------------------------------------------
# Checks of the table ``locks``: each row names one decision, in a quantity that can be bought.
#
# Whether the locks can be kept together is not asked here: that takes a solver.

PURCHASE = ("school", "item", "fund", "year")
OPTION = ("request", "option")


def locks_name_a_decision(c: Checked) -> None:
    """A row gives school and item (fund, year), or request and option; never parts of both."""
    seen: dict[tuple[Any, ...], int] = {}
    for row, lock in enumerate(records(c.frames["locks"])):
        values = {n: getattr(lock, n) for n in (*PURCHASE, *OPTION)}
        given = {n: v for n, v in values.items() if not _empty(v)}
        if {"school", "item"} <= set(given) <= set(PURCHASE):
            _purchase(c, row, lock)
        elif set(given) == set(OPTION):
            _option(c, row, lock)
        else:
            c.log.error("lock_incomplete", c.cell("locks", row, "quantity"))
            continue
        key = tuple(given.items())
        if key in seen:
            place, value = c.cell("locks", row, "quantity"), ", ".join(map(str, given.values()))
            first = str(c.cell("locks", seen[key], "quantity").row)
            c.log.error("row_twice", place, value=value, first=first)
        seen.setdefault(key, row)


def _empty(value: Any) -> bool:
    return value is pd.NA or value in ("", None, 0)


def _purchase(c: Checked, row: int, lock: Any) -> None:
    """Whole items in whole lots, in a year in which the school's purchases are made."""
    catalogue = c.frames["catalogue"]
    items = catalogue[catalogue["item"] == lock.item]
    if len(items):
        item = items.iloc[0]
        lot = int(item["lot"] or 1) if item["whole"] else 0
        if lot and lock.quantity % lot:
            place = c.cell("locks", row, "quantity")
            c.log.error("quantity_not_lots", place, quantity=lock.quantity, lot=lot, item=lock.item)
    found = c.school_rows.get(lock.school)
    if found is None or _empty(lock.year):
        return
    school, place = c.frames["schools"].iloc[found], c.cell("locks", row, "year")
    first, last = c.settings.years
    if school["group"] == "preparing":
        if school["ready"] is not pd.NA and lock.year != school["ready"]:
            ready = str(school["ready"])
            c.log.error(
                "year_not_ready", place, year=str(lock.year), school=lock.school, ready=ready
            )
    elif not first <= lock.year <= last:
        c.log.error(
            "year_outside_plan", place, year=str(lock.year), first=str(first), last=str(last)
        )


def _option(c: Checked, row: int, lock: Any) -> None:
    """The option exists; it is chosen (1), not chosen (0), or as often as its copies allow."""
    frame = c.frames["requests"]
    options = list(frame.loc[frame["request"] == lock.request, "option"])
    if options and lock.option not in options:
        near = nearest(lock.option, options) or "-"
        place = c.cell("locks", row, "option")
        c.log.error("option_unknown", place, name=lock.option, request=lock.request, nearest=near)
    copies = int(frame.loc[frame["request"] == lock.request, "copies"].max()) if options else 1
    if lock.quantity % 1 or not 0 <= lock.quantity <= copies:
        c.log.error(
            "lock_option_quantity", c.cell("locks", row, "quantity"), quantity=lock.quantity
        )


LOCK_CHECKS = (locks_name_a_decision,)
