"""Column contracts of the input tables: one frozen model a table.

The readers, the JSON Schema, the workbook's headers and the reference page are all derived
from these models: the type of a field says how its cells are read, its docstring says what
they mean and in which unit, a default says that the column is optional.
"""

from __future__ import annotations

import types
import typing
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from planner.scenario.schema import (
    LEAST_STEP,
    MOST_MONEY,
    MOST_UNITS,
    Amount,
    Fine,
    Frozen,
    Group,
    Id,
    Level,
    Nature,
    Pillar,
    Points,
    Ratio,
    Weight,
    Year,
)

Count = Annotated[int, Field(ge=0, le=MOST_UNITS)]
Step = Annotated[Decimal, Field(ge=LEAST_STEP, le=MOST_UNITS), Fine]
Figure = Annotated[Decimal, Field(ge=0, le=MOST_UNITS), Fine]
Measured = Annotated[Decimal, Field(ge=-MOST_MONEY, le=MOST_MONEY), Fine]
Wanted = Annotated[str, StringConstraints(pattern=r"^[\w.-]+(:[\w.-]+)?$", max_length=161)]
"""A request (``lan``), or one option of it (``lan:fibre``)."""


class School(Frozen):
    """A school, or an ``office`` that runs shared systems. Extra columns are attributes."""

    school: Id
    """Id of the school."""
    name: str
    """Name in documents."""
    level: Level
    """Level of schooling; ``office`` for shared systems."""
    group: Group
    """Priority group on the plan's date; ``none``: no building project."""
    ready: Year | None = None
    """First year with a usable building; needed for groups 2 and 3."""
    pupils: Count
    """Pupils (for an office: those it serves)."""
    classes: Count
    """Classes."""
    teachers: Count
    """Teachers."""
    area: Figure | None = None
    """Floor area for IT rooms, m²."""
    owner: Id | None = None
    """Budget owner, e.g. the ward."""
    staff: Count | None = None
    """Non-teaching staff."""
    rooms: Count | None = None
    """Classrooms."""
    weight: Weight = Decimal(1)
    """The school's own weight in the value (dimensionless)."""
    project_amount: Amount | None = None
    """What a preparing school's building project can take for IT, minor units."""


class Driver(Frozen):
    """A school's figure that changes over the years; replaces the figure in ``schools``."""

    school: Id
    """Id of the school."""
    driver: Id
    """``pupils``, ``classes``, ``teachers``, ``staff``, ``rooms`` or a numeric attribute."""
    year: Year
    """From this year on, until the next row of the same school and driver."""
    value: Figure
    """The figure, in the driver's own unit."""


class Inventory(Frozen):
    """Equipment and services that a school has."""

    school: Id
    """Id of the school."""
    item: Id
    """Id of the item."""
    quantity: Count
    """Units."""
    acquired: Year
    """Year of acquisition."""
    usable_until: Year | None = None
    """Last usable year; default: acquired + life − 1."""


class Item(Frozen):
    """A line of the catalogue: what can be bought."""

    item: Id
    """Id of the item."""
    name: str
    """Name in documents."""
    unit: str
    """Unit of count (ĐVT)."""
    pillar: Pillar
    """Which of the three pillars it belongs to."""
    nature: tuple[Nature, ...]
    """``capital``, ``recurrent`` or both (``capital;recurrent``)."""
    price: Amount
    """Unit price in the first plan year, minor units."""
    price_low: Amount | None = None
    """Low estimate of the unit price, minor units; empty: the price."""
    price_high: Amount | None = None
    """High estimate of the unit price, minor units; empty: the price."""
    price_growth: Annotated[Decimal, Field(gt=-1, le=10), Fine] = Decimal(0)
    """Yearly growth of the price, 0.03 = 3%."""
    life: Annotated[int, Field(ge=1, le=100)] | None = None
    """Years of service; empty: for good."""
    accounting_life: Annotated[int, Field(ge=1, le=100)] | None = None
    """Years of depreciation; reported only."""
    upkeep: Ratio = Decimal(0)
    """Yearly running cost as a share of that year's unit price, 0–1; of a unit bought from the
    second year of its service on, however long after the purchase the service begins."""
    on_site: bool = True
    """Needs a usable building."""
    whole: bool = True
    """Bought in whole units."""
    lot: Annotated[int, Field(ge=1, le=MOST_UNITS)] = 1
    """Units come in multiples of this."""
    once: bool = False
    """At most one delivery a school within the item's life; two funds, or two years, are two
    deliveries."""
    weight: Weight = Decimal(1)
    """Importance ω among the items that a level needs (dimensionless)."""
    requires: tuple[Id, ...] = ()
    """Items that must be in service first."""
    capacity: tuple[Step | None, ...] = ()
    """Units served by one unit of each required item, in the same order; empty = any number."""
    setup: Amount = 0
    """One-off site works at a school without stock of the item in the first plan year, minor
    units of that year; paid with the first purchase, by the same fund. Stock that wears out
    later, or units that a request brings, change nothing."""
    payments: tuple[Ratio, ...] = (Decimal(1),)
    """Parts paid in the year of purchase and the following ones, e.g. ``0.3;0.7``; sum 1."""
    joint_procurement: bool = False
    """On the list of centralised procurement (mua sắm tập trung); reported only."""
    source: str = ""
    """Where the price comes from."""
    verified: bool = False
    """Whether a person has checked the price; if not, documents say «chưa đối chiếu»."""
    specification: str = ""
    """Basic specification for the appendix."""
    name_en: str = ""
    """English name; empty: the name."""

    def label(self, lang: str) -> str:
        """The item's name in ``lang``."""
        return self.name_en if lang == "en" and self.name_en else self.name


class Norm(Frozen):
    """How much of an item a school of a level needs: ⌈driver ÷ every⌉."""

    item: Id
    """Id of the item."""
    level: Level
    """Level it applies to."""
    per: Id
    """``school``, ``pupils``, ``classes``, ``teachers``, ``staff``, ``rooms`` or a numeric
    attribute."""
    every: Step
    """One unit for every so many of ``per``."""
    only: str = ""
    """``attribute=value``: applies only to such schools."""
    minimum: Count | None = None
    """At least so many units."""
    maximum: Count | None = None
    """At most so many units."""
    from_year: Year | None = Field(default=None, alias="from")
    """First year it applies; of several rows the latest applies."""
    source: str = ""
    """Document it comes from."""
    verified: bool = False
    """Whether a person has checked it against the document."""


class Need(Frozen):
    """A need that replaces the norm for its school, item and year."""

    school: Id
    """Id of the school."""
    item: Id
    """Id of the item."""
    year: Year
    """The year."""
    quantity: Count
    """Units needed."""


class Request(Frozen):
    """An option of a request that a school files."""

    request: Id
    """Id of the request."""
    school: Id
    """Who asks."""
    option: Id
    """Id of the option; at most one option of a request is chosen."""
    title: str
    """What it is."""
    value: Points = Decimal(0)
    """Points set by the office; may be negative."""
    reason: str = ""
    """Why the school asks."""
    mandatory: bool = False
    """True: exactly one option is chosen."""
    requires: tuple[Wanted, ...] = ()
    """What must be chosen too: ``lan`` (any option of that request) or ``lan:fibre`` (that
    option). Each option may require its own; years are not compared."""
    copies: Annotated[int, Field(ge=1, le=MOST_UNITS)] = 1
    """How many times the option may be chosen; costs, items and points count each time. Above 1
    the request has this option only. Of the need every copy takes up what it brings, at most the
    need left: one copy may bring more than is needed, a second one then finds no need."""


class RequestCost(Frozen):
    """What an option of a request costs; with ``most`` a block grant, of which the plan decides
    the amount and the school the use."""

    request: Id
    """Id of the request."""
    option: Id
    """Id of the option."""
    fund: Id
    """Fund that pays."""
    year: Year
    """Year of payment."""
    amount: Amount
    """Money, minor units; of a block grant the least that is given if it is chosen."""
    most: Amount | None = None
    """Block grant: the most that may be given, minor units; empty: exactly ``amount``."""
    value: Points = Decimal(0)
    """Block grant: points for giving ``most`` instead of ``amount``, in proportion in between."""


class RequestItem(Frozen):
    """What an option of a request puts into service."""

    request: Id
    """Id of the request."""
    option: Id
    """Id of the option."""
    item: Id
    """Id of the item."""
    quantity: Count
    """Units."""
    year: Year
    """Year they are put into service."""


class Commitment(Frozen):
    """A signed contract: in the plan whatever the norm says."""

    school: Id
    """Id of the school."""
    item: Id
    """Id of the item."""
    fund: Id
    """Fund that pays."""
    year: Year
    """Year of purchase."""
    quantity: Count
    """Units."""


class Ban(Frozen):
    """What must not be bought; an empty column means any."""

    school: Id | None = None
    """Id of the school."""
    item: Id | None = None
    """Id of the item."""
    fund: Id | None = None
    """Id of the fund."""
    year: Year | None = None
    """The year."""


class Capacity(Frozen):
    """The most that can be bought or handled; an empty column means all."""

    item: Id | None = None
    """Item: ``most`` counts units."""
    fund: Id | None = None
    """Fund: without an item, ``most`` is money in minor units."""
    year: Year | None = None
    """The year; empty: each plan year."""
    most: Amount
    """Units (with an item) or money (without)."""


class Lock(Frozen):
    """A quantity that somebody has decided: the plan holds exactly this, neither more nor less.

    A row names purchases (a school and an item; a fund and a year narrow them down) or an
    option of a request.
    """

    school: Id | None = None
    """Id of the school."""
    item: Id | None = None
    """Id of the item."""
    fund: Id | None = None
    """Fund that pays; empty: all funds together."""
    year: Year | None = None
    """Year of purchase; empty: all years together."""
    request: Id | None = None
    """Id of the request, for a decision on a request."""
    option: Id | None = None
    """Id of its option."""
    quantity: Figure
    """Units bought, 0 for none; of an option 1 (chosen), 0 (not chosen) or how many copies."""


class Indicator(Frozen):
    """A measured criterion (e.g. of digital transformation); reported, not optimised."""

    school: Id
    """Id of the school."""
    criterion: str
    """Name of the criterion."""
    year: Year
    """The year."""
    value: Measured
    """Measured value."""
    target: Measured | None = None
    """Target value."""
    maximum: Decimal | None = None
    """Highest value possible; empty: the one that the criterion's name says, e.g. ``điểm/30``."""


TABLES: dict[str, type[Frozen]] = {
    "schools": School,
    "drivers": Driver,
    "inventory": Inventory,
    "catalogue": Item,
    "norms": Norm,
    "needs": Need,
    "requests": Request,
    "request_costs": RequestCost,
    "request_items": RequestItem,
    "commitments": Commitment,
    "bans": Ban,
    "capacities": Capacity,
    "locks": Lock,
    "indicators": Indicator,
}
"""Every input table and its contract, in reading order."""

REQUIRED_TABLES = ("schools",)
"""Tables no scenario can do without (a scenario may hold requests alone)."""
SCHOOL_DRIVERS = ("pupils", "classes", "teachers", "staff", "rooms", "area")
"""Columns of ``schools`` that a norm can count."""


def base_type(annotation: Any) -> tuple[Any, bool]:
    """The plain type of a field (``int``, ``str``, ``bool``, ``Decimal``, ``tuple``), and
    whether it may be missing."""
    optional = False
    while True:
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        elif origin in (typing.Union, types.UnionType):
            kinds = [a for a in typing.get_args(annotation) if a is not type(None)]
            optional, annotation = True, kinds[0]
        elif origin is typing.Literal:
            return str, optional
        elif origin is tuple:
            return tuple, optional
        else:
            return annotation, optional


def column_dtype(model: type[Frozen], name: str) -> str:
    """The pandas dtype of a contract's column."""
    kind, optional = base_type(model.model_fields[name].annotation)
    if kind is int:
        return "Int64" if optional else "int64"
    return {str: "str", bool: "bool"}.get(kind, "object")
