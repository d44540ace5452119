"""Checks of signed contracts, bans, capacities and needs, and of what requests cost."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Place
from planner.scenario.checks.across import Checked
from planner.scenario.checks.funding import amounts_of
from planner.scenario.measures import items_in, values_of
from planner.scenario.reading.sources import nearest

PURCHASE = ("school", "item", "fund", "year")
OPTION = ("request", "option")


def request_costs_can_be_paid(c: Checked) -> None:
    """A request's cost falls in a year and on a fund that can pay for its school."""
    frame = c.frames["requests"].drop_duplicates("request")
    asking = dict(zip(frame["request"], frame["school"], strict=True))
    for row, cost in enumerate(c.records("request_costs")):
        if cost.request in asking:
            _payable(c, "request_costs", row, asking[cost.request], cost.fund, cost.year)
    last = c.settings.all_years[-1] if c.settings.all_years else 0
    for row, part in enumerate(c.records("request_items")):
        school = _school(c, asking.get(part.request))
        if school is None or school["group"] == "preparing" or not part.year:
            continue
        _in_plan(c, c.cell("request_items", row, "year"), part.year, last)


def _school(c: Checked, name: Any) -> pd.Series | None:
    row = c.school_rows.get(name)
    return None if row is None else c.frames["schools"].iloc[row]


def _in_plan(c: Checked, place: Place, year: int, last: int | None = None) -> bool:
    """Whether a year is of the plan, or not after ``last``; else it is said."""
    first, end = c.settings.years
    end = last or end
    if first <= year <= end:
        return True
    said = {"year": str(year), "first": str(first), "last": str(end)}
    c.log.error("year_outside_plan", place, **said)
    return False


def _in_project(c: Checked, place: Place, year: int, school: pd.Series) -> None:
    """A preparing school buys in the year in which its building is ready."""
    if school["ready"] is not pd.NA and year != school["ready"]:
        said = {"year": str(year), "school": school["school"], "ready": str(school["ready"])}
        c.log.error("year_not_ready", place, **said)


def _in_lots(c: Checked, table: str, row: int, line: Any, item: pd.Series) -> None:
    """Whole items are bought in whole lots."""
    lot = int(item["lot"] or 1)
    if item["whole"] and line.quantity % lot:
        place, said = c.cell(table, row, "quantity"), {"quantity": line.quantity, "lot": lot}
        c.log.error("quantity_not_lots", place, item=line.item, **said)


def _payable(c: Checked, table: str, row: int, school_id: Any, fund_id: str, year: int) -> None:
    """Year, role and reach of a fund that is to pay for a school."""
    school, fund = _school(c, school_id), c.settings.funds.get(fund_id)
    if school is None or fund is None or not year:
        return
    preparing = school["group"] == "preparing"
    place, said = c.cell(table, row, "fund"), {"fund": fund_id, "school": school["school"]}
    if preparing != (fund.role == "project"):
        group = c.said("schools", c.school_rows[school_id], "group")
        c.log.error("fund_wrong_role", place, **said, group=group)
        return
    if not c.served[fund_id][c.school_rows[school_id]]:
        c.log.error("fund_not_for_school", place, **said)
    place = c.cell(table, row, "year")
    if preparing:
        _in_project(c, place, year, school)
    elif _in_plan(c, place, year) and not (fund.amounts == "envelope" and not c.settings.envelope):
        allowed = values_of(fund.where.get("year", str(year)))
        if year not in amounts_of(c, fund) or str(year) not in allowed:
            c.log.error("fund_has_no_year", place, fund=fund_id, year=str(year))


def commitments_can_be_kept(c: Checked) -> None:
    """A signed contract does not break what no plan may break."""
    catalogue = c.frames["catalogue"]
    items = {i: r for r, i in enumerate(catalogue["item"])}
    bans = [
        {n: str(getattr(ban, n)) for n in PURCHASE if not _empty(getattr(ban, n))}
        for ban in c.records("bans")
    ]
    for row, signed in enumerate(c.records("commitments")):
        _payable(c, "commitments", row, signed.school, signed.fund, signed.year)
        fund = c.settings.funds.get(signed.fund)
        school = _school(c, signed.school)
        if signed.item not in items or fund is None or school is None:
            continue
        item = catalogue.iloc[items[signed.item]]
        reach = items_in(catalogue.iloc[[items[signed.item]]], fund.where).all()
        if (fund.nature is not None and fund.nature not in (item["nature"] or ())) or not reach:
            place = c.cell("commitments", row, "fund")
            c.log.error("fund_not_for_item", place, fund=signed.fund, item=signed.item)
        ready, paid = school["ready"], signed.year + len(item["payments"] or (1,)) - 1
        place = c.cell("commitments", row, "year")
        funded = school["group"] != "preparing"
        # Each later instalment falls in a year for which the fund has an amount; an envelope's gap
        # in a plan year is told once.
        drawn = c.settings.plan_years if fund.amounts == "envelope" else range(0)
        known = fund.amounts != "envelope" or c.settings.envelope is not None
        later = funded and known and signed.year in c.settings.plan_years
        for due in range(signed.year + 1, paid + 1) if later else ():
            if due not in amounts_of(c, fund) and due not in drawn:
                c.log.error("fund_has_no_year", place, fund=signed.fund, year=str(due))
        _in_lots(c, "commitments", row, signed, item)
        _facts_of_contract(c, row, signed, item)
        early = funded and item["on_site"] and ready is not pd.NA and paid < ready
        early = early and signed.amount is pd.NA  # what is a fact waits for the building
        if early and signed.year < ready:
            said = {"school": signed.school, "year": str(signed.year), "ready": str(ready)}
            c.log.error("committed_before_ready", place, **said)
        own = {n: str(getattr(signed, n)) for n in PURCHASE}
        banned = next((k for k, ban in enumerate(bans) if ban and ban.items() <= own.items()), None)
        if banned is not None:
            place, ban = c.cell("commitments", row, "school"), c.cell("bans", banned, "school")
            c.log.error("committed_and_banned", place, banned=str(ban))


def _facts_of_contract(c: Checked, row: int, signed: Any, item: Any) -> None:
    """What a contract says of its own service and site works can be."""
    last = c.settings.all_years[-1]
    if not _empty(signed.serves) and not signed.year <= signed.serves <= last:
        place, said = c.cell("commitments", row, "serves"), str(signed.serves)
        c.log.error("serves_outside", place, found=said, first=str(signed.year), last=str(last))
    if not _empty(signed.works) and not item["setup"]:
        c.log.error("works_of_none", c.cell("commitments", row, "works"), item=signed.item)


def years_speak_of_the_plan(c: Checked) -> None:
    """The year of a ban or of a capacity, where given, is a plan year."""
    first, last = c.settings.years
    for table in (t for t in ("bans", "capacities") if not c.frames[t].empty):
        years = c.frames[table]["year"]
        outside = years.notna() & ~years.between(first, last).fillna(True)
        for row in np.flatnonzero(outside.to_numpy(dtype=bool)):
            _in_plan(c, c.cell(table, int(row), "year"), years[row])


def need_years(c: Checked) -> None:
    """A need is of a year that the scenario evaluates."""
    frame, schools = c.frames["needs"], c.frames["schools"]
    if frame.empty:
        return
    years, ready = frame["year"], dict(zip(schools["school"], schools["ready"], strict=True))
    outside = np.flatnonzero(~years.isin([*c.settings.all_years, 0]).to_numpy())
    when = [ready.get(school, pd.NA) for school in frame["school"][outside]]
    rows = [int(r) for r, y in zip(outside, when, strict=True) if y is pd.NA or y != years[r]]
    c.each("need_year_outside", ("needs", "year"), rows,
           lambda r: {"year": str(years[r])}, warn=True)  # fmt: skip


CHECKS = (
    request_costs_can_be_paid,
    commitments_can_be_kept,
    years_speak_of_the_plan,
    need_years,
)


# --------------------------------------------------------------------------------------------------
# Checks of requests and their options: what belongs together, what requires what.


def requests_agree(c: Checked) -> None:
    """All options of a request are one school's, and all or none are mandatory."""
    first: dict[str, Any] = {}
    for row, option in enumerate(c.records("requests")):
        if not option.request:
            continue
        if option.request not in first:
            first[option.request] = option
            continue
        for name in ("school", "mandatory"):
            if getattr(option, name) != getattr(first[option.request], name):
                said = {"request": option.request, "name": c.title("requests", name)}
                c.log.error("request_differs", c.cell("requests", row, name), **said)


def copies_have_no_rivals(c: Checked) -> None:
    """What may be chosen several times is its request's only option."""
    frame = c.frames["requests"]
    if frame.empty:
        return
    sizes = frame["request"].value_counts()
    for row, option in enumerate(c.records("requests")):
        if option.request and option.copies > 1 and sizes[option.request] > 1:
            place = c.cell("requests", row, "copies")
            c.log.error("copies_with_rivals", place, request=option.request)


def requirements_exist(c: Checked) -> None:
    """What an option requires exists, belongs to another request and does not begin later."""
    frame = c.frames["requests"]
    if frame.empty:
        return
    options = _options(c)
    parts = pd.concat([c.frames[t][[*OPTION, "year"]] for t in ("request_costs", "request_items")])
    # (request, option) → the first year in which it costs or serves.
    begins = parts[parts["year"] != 0].groupby(list(OPTION))["year"].min().to_dict()
    for row, option in enumerate(c.records("requests")):
        own = (option.request, option.option)
        for wanted in option.requires:
            place = c.cell("requests", row, "requires")
            request, _, name = wanted.partition(":")
            if request == option.request:
                c.log.error("requires_cycle", place, chain=f"{option.request} → {wanted}")
            elif request not in options:
                said = {"name": request, "nearest": nearest(request, options) or "-"}
                c.log.error("id_unknown", place, table=c.called("requests"), **said)
            elif name and name not in options[request]:
                _option_unknown(c, place, request, name, options[request])
            else:
                # A requirement that can only be met in a later year is most likely a slip.
                named = [(request, n) for n in ([name] if name else options[request])]
                later = min((begins[n] for n in named if n in begins), default=0)
                if own in begins and later > begins[own]:
                    said = {"required": request, "later": str(later), "year": str(begins[own])}
                    c.log.warn("requires_later", place, request=own[0], **said)


def _options(c: Checked) -> dict[str, list[str]]:
    """Request → its options."""
    found: dict[str, list[str]] = defaultdict(list)
    for option in c.records("requests"):
        if option.request:
            found[option.request].append(option.option)
    return dict(found)


def options_exist(c: Checked) -> None:
    """Costs and items belong to an option that its request has; an option costs something."""
    options = _options(c)
    for table in ("request_costs", "request_items"):
        for row, line in enumerate(c.records(table)):
            known = options.get(line.request)
            if known is not None and line.option and line.option not in known:
                place = c.cell(table, row, "option")
                _option_unknown(c, place, line.request, line.option, known)
    costs = c.frames["request_costs"]
    priced = set(zip(costs["request"], costs["option"], strict=True))
    for row, option in enumerate(c.records("requests")):
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
    for row, cost in enumerate(c.records("request_costs")):
        key = (cost.request, cost.option, cost.fund, cost.year)
        grant = cost.most is not pd.NA
        if key in seen and (grant or seen[key]):
            c.log.error("grant_twice", c.cell("request_costs", row, "most"), request=cost.request)
        seen[key] = grant or seen.get(key, False)
        if grant and cost.most < cost.amount:
            place = c.cell("request_costs", row, "most")
            c.log.error("grant_most_below", place, most=cost.most, least=cost.amount)
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


def locks_name_a_decision(c: Checked) -> None:
    """A row gives school and item (fund, year), or request and option; never parts of both."""
    seen: dict[tuple[Any, ...], int] = {}
    for row, lock in enumerate(c.records("locks")):
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
        _in_lots(c, "locks", row, lock, items.iloc[0])
    school, place = _school(c, lock.school), c.cell("locks", row, "year")
    if school is None or _empty(lock.year):
        return
    if school["group"] == "preparing":
        _in_project(c, place, lock.year, school)
    else:
        _in_plan(c, place, lock.year)


def _option(c: Checked, row: int, lock: Any) -> None:
    """The option exists; it is chosen (1), not chosen (0), or as often as its copies allow."""
    own = c.frames["requests"]
    own = own[own["request"] == lock.request]
    if len(own) and lock.option not in set(own["option"]):
        place = c.cell("locks", row, "option")
        _option_unknown(c, place, lock.request, lock.option, list(own["option"]))
    copies = int(own["copies"].max()) if len(own) else 1
    if lock.quantity % 1 or not 0 <= lock.quantity <= copies:
        place = c.cell("locks", row, "quantity")
        c.log.error("lock_option_quantity", place, quantity=lock.quantity)


LOCK_CHECKS = (locks_name_a_decision,)
