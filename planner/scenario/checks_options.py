"""Checks of requests and their options: what belongs together, what requires what."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pandas as pd

from planner.errors import Place
from planner.scenario.checks import Checked, records
from planner.scenario.log import nearest

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
                _not_later(c, place, (option.request, option.option), request, named, begins)


def _not_later(
    c: Checked,
    place: Place,
    own: Option,
    request: str,
    named: list[str],
    begins: dict[Option, int],
) -> None:
    """A requirement that can only be met in a later year is most likely a slip."""
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


CHECKS = (
    requests_agree,
    copies_have_no_rivals,
    requirements_exist,
    options_exist,
    grants_are_envelopes,
)
