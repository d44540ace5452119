"""Column contracts of the input tables and of the sheets of settings: one frozen model a table,
and what it asks of one value.

The readers, the JSON Schema, the workbook's headers and the reference page are all derived
from these models: the type of a field says how its cells are read, its docstring says what
they mean and in which unit, a default says that the column is optional.
"""

from __future__ import annotations

import datetime
import types
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from planner.messages import sentences
from planner.scenario.reading import values
from planner.scenario.schema import (
    LEAST_STEP,
    MOST_MONEY,
    MOST_UNITS,
    Amount,
    CriteriaGroup,
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
    field_docs,
)

Count = Annotated[int, Field(ge=0, le=MOST_UNITS)]
Step = Annotated[Decimal, Field(ge=LEAST_STEP, le=MOST_UNITS), Fine]
Figure = Annotated[Decimal, Field(ge=0, le=MOST_UNITS), Fine]
Measured = Annotated[Decimal, Field(ge=-MOST_MONEY, le=MOST_MONEY), Fine]
Wanted = Annotated[str, StringConstraints(pattern=r"^[\w.-]+(:[\w.-]+)?$", max_length=161)]
"""A request (``lan``), or one option of it (``lan:fibre``)."""
THRESHOLD = "threshold"
"""Marks a column that holds units or a share of the need."""
Threshold = Annotated[
    str,
    StringConstraints(pattern=r"^([0-9]{1,10}|[0-9]{1,3}(\.[0-9]{1,24})?%)?$"),
    THRESHOLD,
]
"""Units (``18``), or a share of the need (``50%``)."""


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
    least: Annotated[int, Field(ge=1, le=MOST_UNITS)] = 1
    """Fewest units of one delivery, which is what a school gets of the item in a year from all
    funds together; fewer only where no further lot fits the need left. Years in which a contract
    is signed are exempt: it says what comes."""
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
    useful_from: Threshold = ""
    """Units in service, ``18``, or a share of the need, ``50%``, from which coverage counts; below
    it counts zero, before the plan and after. A share is rounded up to whole units; units count no
    further than the need; empty: from the first unit on. Where the table ``needs`` replaces the
    need, the threshold of the norm stays."""
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
    amount: Amount | None = None
    """What the contract costs, minor units; empty: the units at the catalogue's price. Of an item
    that is not whole it says the units as well, amount ÷ unit price."""
    serves: Year | None = None
    """First year in which it serves, where that is later than usual (a late delivery); no more is
    bought on such a line."""
    works: Amount | None = None
    """What its site works cost, minor units; empty: the catalogue's, with the first purchase."""
    document: str = ""
    """Number of the contract."""


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


class Criterion(Frozen):
    """A criterion of a set by which schools are measured in points (e.g. of digital
    transformation). A school's points of a group are the sum of its criteria: level 1 is below 50,
    level 2 from 50 to 75, level 3 above 75."""

    criterion: Id
    """Id of the criterion, e.g. ``1.7.1``; measured points stand under it in ``indicators``."""
    name: str
    """Name in documents."""
    group: CriteriaGroup
    """``teaching`` (teaching and learning) or ``management``."""
    most: Figure = Decimal(0)
    """Most points."""
    mandatory: bool = False
    """A condition without points: measured as 1 (met) or 0, it counts in no sum."""
    levels: tuple[Level, ...] = ()
    """Levels of schooling it applies to; empty: all but preschools and offices."""
    source: str = ""
    """Document it comes from."""
    verified: bool = False
    """Whether a person has checked it against the document; if not, papers say «chưa đối chiếu»."""
    name_en: str = ""
    """English name; empty: the name."""

    def label(self, lang: str) -> str:
        """The criterion's id and name in ``lang``."""
        return f"{self.criterion} {self.name_en if lang == 'en' and self.name_en else self.name}"


class CriterionItem(Frozen):
    """Points of a criterion that equipment brings: in proportion to coverage, or in steps."""

    criterion: Id
    """Id of the criterion."""
    item: Id
    """Id of the item."""
    points: Annotated[Decimal, Field(gt=0, le=MOST_UNITS), Fine]
    """Points for coverage from 0 to 1; of a step all at once."""
    reached: Annotated[Decimal, Field(gt=0, le=1), Fine] | None = None
    """Coverage from which a step's points count, 0–1; empty: in proportion to coverage."""
    source: str = ""
    """Where the points come from."""
    verified: bool = False
    """Whether a person has checked them; if not, papers say «chưa đối chiếu»."""


class Indicator(Frozen):
    """A measured criterion (e.g. of digital transformation); the newest year of a school counts."""

    school: Id
    """Id of the school."""
    criterion: str
    """Id of a criterion in ``criteria``, or the name of another, which is reported only."""
    year: Year
    """The year."""
    value: Measured
    """Measured value."""
    target: Measured | None = None
    """Target value."""
    maximum: Decimal | None = None
    """Highest value possible; empty: the criterion's most points, or what its name says, e.g.
    ``điểm/30``."""
    source: str = ""
    """Who measured it, and how, e.g. a self-assessment; invented figures say so."""


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
    "criteria": Criterion,
    "criterion_items": CriterionItem,
    "indicators": Indicator,
}
"""Every input table and its contract, in reading order."""


class Executed(Frozen):
    """What has happened to a line of a plan: a row an event, several rows a line as things go on.
    Given beside a plan folder, it is no input of a scenario.

    A line is named by its number, or by its ids: school, item, fund and year (with the kind, where
    it is no purchase), or request, option, fund and year; what else a row says of the line must
    agree with the plan. A row without a status only lists its line. A contract may be signed in
    parts, and delivered and paid in parts; money may be paid before delivery, never above the
    contract. Upkeep and requests may be paid without a contract. More contracted than planned, or
    more paid without a contract, is a fact and said as a warning.
    """

    line: Annotated[int, Field(ge=1, le=MOST_UNITS)] | None = None
    """Number of the line in the plan (``allocation.csv``)."""
    kind: Literal["purchase", "setup", "upkeep", "request"] | None = None
    """Kind of the line; empty: a purchase, with a request the line of the request."""
    school: Id | None = None
    """Id of the school."""
    item: Id | None = None
    """Id of the item."""
    fund: Id | None = None
    """Fund that pays."""
    year: Year | None = None
    """Year of the line."""
    request: Id | None = None
    """Id of the request."""
    option: Id | None = None
    """Id of its option."""
    planned_quantity: Figure | None = None
    """Units of the line in the plan, as the sheet to fill in has them; compared with the plan."""
    planned_amount: Amount | None = None
    """Money of the line in the plan, minor units; compared with the plan."""
    status: Literal["contracted", "delivered", "disbursed", "cancelled"] | None = None
    """What happened: ``contracted`` (quantity and amount of the contract), ``delivered`` (the
    quantity taken over), ``disbursed`` (the amount paid), ``cancelled`` (the quantity by which what
    is contracted falls; the need remains). Empty: nothing, the row only lists the line."""
    quantity: Figure | None = None
    """Units contracted, delivered or cancelled (of a payment it is not counted); of site works,
    upkeep and requests empty means the whole of them, which counts 1."""
    amount: Amount | None = None
    """Money, minor units: contracted, the price of what the row contracts; disbursed, what was
    paid; cancelled, by how much the contract falls (empty: in proportion to the units). Of a
    delivery it is not counted."""
    date: datetime.date | None = None
    """Day on which it happened: a date, ``2024-03-15`` or ``15/03/2024``."""
    document: str = ""
    """Number of the paper: contract, record of acceptance, payment order."""


BESIDE_PLANS: dict[str, type[Frozen]] = {"executed": Executed}
"""Tables that are given beside a plan folder, and their contracts."""

REQUIRED_TABLES = ("schools",)
"""Tables no scenario can do without (a scenario may hold requests alone)."""
MEASURED_LEVELS = ("primary", "lower_secondary", "upper_secondary")
"""Levels that a criterion applies to where it names none: preschools and offices are outside."""
SCHOOL_DRIVERS = ("pupils", "classes", "teachers", "staff", "rooms", "area")
"""Columns of ``schools`` that a norm can count."""


class SettingRow(Frozen):
    """A key of the settings and its value."""

    key: str
    """Key; a key inside another is written with a dot, e.g. ``envelope.it_share``."""
    value: str
    """Value; a list is divided by ``;``."""


class FundRow(Frozen):
    """A source of money."""

    fund: str
    """Id of the fund."""
    name: str = ""
    """Name in documents."""
    name_en: str = ""
    """English name."""
    role: str = ""
    """``general`` or ``project`` (building projects of preparing schools)."""
    nature: str = ""
    """``capital``, ``recurrent`` or empty (any item)."""
    amounts: str = ""
    """``envelope``, or empty: the sheet of fund amounts says them."""
    reserve: str = ""
    """Share kept back each year, 0–1."""
    carry_over: str = ""
    """Largest share that may move to the next year, 0–1."""
    pays_upkeep: str = ""
    """Whether yearly upkeep is charged to this fund."""
    where: str = ""
    """What it may pay for, e.g. ``owner=ward-a; pillar=software``."""
    firmness: str = ""
    """``law`` or ``policy``."""
    repair_weight: str = ""
    """Relative cost of changing its amounts in a repair."""


class FundAmountRow(Frozen):
    """Money of a fund in a year."""

    fund: str
    """Id of the fund."""
    year: str
    """The year."""
    amount: str
    """Money, minor units."""


class RuleRow(Frozen):
    """A rule of the scenario."""

    rule: str
    """Name of the rule."""
    title: str = ""
    """Heading in documents."""
    title_en: str = ""
    """English heading."""
    measure: str
    """What is summed, one of those of ``rules.<id>.measure``, e.g. ``spend``."""
    where: str = ""
    """What is summed, e.g. ``group=under_construction; year=2023|2024``."""
    for_each: str = ""
    """One row for each combination, e.g. ``year; fund``."""
    at_most: str = ""
    """Upper bound: a number; a share where ``share_of`` is filled in."""
    at_least: str = ""
    """Lower bound."""
    exactly: str = ""
    """Both bounds at once."""
    share_of: str = ""
    """``budget``, ``all`` or a selection: the bounds are shares of it."""
    firmness: str = ""
    """``law``, ``policy`` or ``wish``."""
    penalty: str = ""
    """For a wish: points lost per unit missed."""
    repair_weight: str = ""
    """Relative cost of changing this rule in a repair."""


ROWS: dict[str, type[Frozen]] = {
    "settings": SettingRow,
    "funds": FundRow,
    "fund_amounts": FundAmountRow,
    "rules": RuleRow,
}
"""The sheets of settings and the columns they take."""


# --------------------------------------------------------------------------------------------------
# What the contracts ask of one value: its kind, its bounds, its default.

SHORT_TEXTS = ("name", "name_en", "title", "unit", "criterion")
"""Text columns that stand in headings and table cells; shorter than other text."""


@dataclass(frozen=True)
class Column:
    """One column of a table, or one leaf of the settings."""

    name: str
    """Field of the model."""
    header: str
    """Header in a file: the alias where the field has one."""
    kind: str
    """``int`` ``year`` ``decimal`` ``ratio`` ``text`` ``id`` ``bool`` ``date`` ``choice``
    ``threshold`` ``list``."""
    element: str
    """Kind of a list's elements."""
    choices: tuple[str, ...]
    """Closed list, for ``choice`` and lists of choices."""
    required: bool
    optional: bool
    """Whether the value may be missing (``None``)."""
    default: Any
    annotation: Any
    model: type[Frozen] | None = None
    """The contract that declares it."""

    @property
    def doc(self) -> str:
        """What the contract says of it, on one line; nothing of an attribute."""
        if self.model is None:
            return ""
        return " ".join(field_docs(self.model)[self.header].split())


def unwrapped(annotation: Any) -> tuple[Any, bool, tuple[Any, ...]]:
    """An annotation without ``Annotated`` and ``| None``: core, optional, metadata."""
    optional, metadata = False, ()
    while True:
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            annotation, *extra = typing.get_args(annotation)
            metadata += tuple(extra)
        elif origin in (typing.Union, types.UnionType):
            kinds = [a for a in typing.get_args(annotation) if a is not type(None)]
            if len(kinds) > 1:
                return annotation, optional, metadata
            optional, annotation = True, kinds[0]
        else:
            return annotation, optional, metadata


def bounds(metadata: tuple[Any, ...]) -> dict[str, Any]:
    """Bounds (``ge``, ``gt``, ``le``, ``lt``) in an annotation's metadata."""
    found: dict[str, Any] = {}
    for part in metadata:
        for constraint in part.metadata if isinstance(part, FieldInfo) else [part]:
            limits = {name: getattr(constraint, name, None) for name in ("ge", "gt", "le", "lt")}
            found |= {name: limit for name, limit in limits.items() if limit is not None}
    return found


def kind_of(annotation: Any, extra: tuple[Any, ...] = ()) -> tuple[str, tuple[str, ...]]:
    """The kind of a plain value and its closed list, if it has one."""
    core, _, metadata = unwrapped(annotation)
    metadata += extra
    limits = bounds(metadata)
    if typing.get_origin(core) is typing.Literal:
        return "choice", tuple(str(a) for a in typing.get_args(core))
    if core is int:
        return ("year" if limits.get("ge") == 1900 else "int"), ()
    if core is Decimal:
        upper = limits.get("le", limits.get("lt"))
        return ("ratio" if upper is not None and upper <= 10 else "decimal"), ()
    if core is bool:
        return "bool", ()
    if core is datetime.date:
        return "date", ()
    if THRESHOLD in metadata:
        return THRESHOLD, ()
    is_id = any(isinstance(m, StringConstraints) and m.pattern for m in metadata)
    return ("id" if is_id else "text"), ()


@cache
def columns(model: type[Frozen]) -> dict[str, Column]:
    """The columns of a table's contract by field name, in order."""
    found = {}
    for name, info in model.model_fields.items():
        core, optional, _ = unwrapped(info.annotation)
        listed = typing.get_origin(core) is tuple
        plain, choices = (
            kind_of(typing.get_args(core)[0])
            if listed
            else kind_of(info.annotation, tuple(info.metadata))
        )
        whole: Any = info.annotation
        for constraint in info.metadata:
            whole = typing.Annotated[whole, constraint]
        required = info.is_required()
        found[name] = Column(
            name=name,
            header=info.alias or name,
            kind="list" if listed else plain,
            element=plain if listed else "",
            choices=choices,
            required=required,
            optional=optional,
            default=None if required else info.get_default(call_default_factory=True),
            annotation=whole,
            model=model,
        )
    return found


def attribute(name: str) -> Column:
    """A column of ``schools`` that the contract does not know."""
    return Column(name, name, "text", "", (), False, False, "", str)


def column_dtype(model: type[Frozen], name: str) -> str:
    """The pandas dtype of a contract's column."""
    column = columns(model)[name]
    if column.kind in ("int", "year"):
        return "Int64" if column.optional else "int64"
    texts = dict.fromkeys(("text", "id", "choice", THRESHOLD), "str")
    return (texts | {"bool": "bool"}).get(column.kind, "object")


def label_like(column: Column, spoken: Iterable[str]) -> str:
    """What to call a column beside headers that are no ids but ``spoken``: its Vietnamese or
    English label; its id where there are none."""
    texts = [values.folded(t) for t in spoken]
    if not texts:
        return column.header
    pair = sentences()[f"column.{column.header}"]
    return pair.en if all(t.isascii() for t in texts) else pair.vi


def read(column: Column, cell: str) -> values.Reading:
    """What a non-empty cell says in this column, before its bounds are checked."""
    limit = values.TEXT_LIMIT if column.name in SHORT_TEXTS else values.LONG_TEXT_LIMIT
    if problem := values.trouble(cell, limit):
        return values.Reading(problem=problem)
    if column.kind == "list":
        return values.listed(cell, lambda part: _safe(column.element, column.choices, part))
    return _safe(column.kind, column.choices, cell)


def _safe(kind: str, choices: tuple[str, ...], cell: str) -> values.Reading:
    """What a cell says; a text or an id that a spreadsheet would calculate is a problem."""
    problem = values.like_formula(cell) if kind in ("text", "id") else ""
    return values.Reading(problem=problem) if problem else read_kind(kind, choices, cell)


def read_kind(kind: str, choices: tuple[str, ...], cell: str) -> values.Reading:
    """What a cell says as a plain value of ``kind``."""
    match kind:
        case "int":
            return values.whole(cell)
        case "year":
            return values.year(cell)
        case "decimal" | "ratio":
            return values.decimal(cell, ratio=kind == "ratio")
        case "bool":
            return values.truth(cell)
        case "date":
            return values.day(cell)
        case "choice":
            return values.choice(cell, values.choice_names(choices))
        case "threshold":
            return values.threshold(cell)
        case _:
            return values.words(cell)


_adapter = cache(TypeAdapter)


def broken_bound(column: Column, value: Any) -> tuple[str, dict[str, Any]] | None:
    """The code and parameters of the finding, if ``value`` breaks the column's bounds."""
    try:
        _adapter(column.annotation).validate_python(value)
    except ValidationError as error:
        return values.explained(error.errors(include_url=False)[0])
    return None
