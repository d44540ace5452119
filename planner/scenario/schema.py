"""The settings of a scenario: every key a planner may write in YAML or in a settings sheet.

Field docstrings are the reference: they travel to JSON Schema, ``planner schema --markdown``
and the header comments of the workbook, so each gives its unit. Numbers are
:class:`~decimal.Decimal` or ``int``, never binary floats.
"""

from __future__ import annotations

import ast
import inspect
import sys
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from planner.money import multiplied, share

Id = Annotated[str, StringConstraints(pattern=r"^[\w.-]+$", max_length=80)]
"""An identifier: letters (any script), digits, ``_``, ``.``, ``-``."""
Year = Annotated[int, Field(ge=1900, le=2200)]

# What a number may be is bounded so that everything made of it is exact: sums of whole amounts
# stay below 2^53, below which a binary float holds every whole number; a price of a later year,
# a share of an amount and a need are whole numbers made of exact decimals of few digits; and no
# coefficient is so small beside the others that the engine leaves it out.
MOST_MONEY = 10**15
"""The largest single amount, minor units: a million billion đồng."""
MOST_TOGETHER = 9 * 10**15
"""The most that amounts may sum to, minor units: just below 2^53."""
MOST_UNITS = 10**9
"""The most units, pupils and the like in one place."""
MOST_POINTS = 10**6
"""The greatest weight."""
LEAST_STEP = Decimal("0.001")
"""The least that a norm counts by, and the least that a unit serves."""

DECIMALS = 24
"""Decimals of a number: all digits that a spreadsheet keeps of a billionth."""
LEAST_WEIGHT = Decimal("0.000001")
"""The least size of weights and points that are not 0."""


def _counts(value: Decimal) -> Decimal:
    """The value, unless the engine would take it for nothing beside the others."""
    if value and abs(value) < LEAST_WEIGHT:
        raise PydanticCustomError("too_small", "too small", {"least": LEAST_WEIGHT})
    return value


def _fine(value: Decimal) -> Decimal:
    """The value, unless it has more decimals than are kept."""
    places = -int(value.normalize().as_tuple().exponent)
    if places > DECIMALS:
        raise PydanticCustomError("too_fine", "too fine", {"places": DECIMALS})
    return value


Fine = AfterValidator(_fine)
Counts = AfterValidator(_counts)
Ratio = Annotated[Decimal, Field(ge=0, le=1), Fine]
Amount = Annotated[int, Field(ge=0, le=MOST_MONEY)]
"""Money in whole minor units of the scenario's currency (đồng for VND, cents for USD)."""
Weight = Annotated[Decimal, Field(ge=0, le=MOST_POINTS), Counts, Fine]
"""A dimensionless weight."""
Points = Annotated[Decimal, Field(ge=-MOST_UNITS, le=MOST_UNITS), Counts, Fine]
RepairWeight = Annotated[Decimal, Field(ge=LEAST_WEIGHT, le=MOST_POINTS), Fine]
Seconds = Annotated[Decimal, Field(gt=0, le=10**7), Fine]
Penalty = Annotated[Decimal, Field(ge=0, le=MOST_UNITS), Fine]
Discount = Annotated[Decimal, Field(ge=0, lt=1), Fine]
TierEdge = Annotated[Decimal, Field(ge=LEAST_STEP, le=1), Fine]

GROUPS = ("completed", "under_construction", "preparing", "none")
LEVELS = ("preschool", "primary", "lower_secondary", "upper_secondary", "office")
CRITERIA_GROUPS = ("teaching", "management")
PILLARS = ("infrastructure", "software", "digital_practice")
NATURES = ("capital", "recurrent")

Group = Literal["completed", "under_construction", "preparing", "none"]
Level = Literal["preschool", "primary", "lower_secondary", "upper_secondary", "office"]
CriteriaGroup = Literal["teaching", "management"]
Pillar = Literal["infrastructure", "software", "digital_practice"]
Nature = Literal["capital", "recurrent"]

Scalar = str | int | bool
Selector = dict[str, Scalar | list[Scalar]]
"""A selection: school attribute, item, pillar, nature, fund, year or kind → a value or a list."""


class Frozen(BaseModel):
    """Base of all scenario models: unknown keys are findings, values never change.

    Validators are built when first used, docstrings read when asked for (:func:`field_docs`):
    most models only say what their fields are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Text(Frozen):
    """A text in Vietnamese and, where given, in English."""

    vi: str
    """Vietnamese."""
    en: str = ""
    """English; empty: the Vietnamese text is shown."""

    @model_validator(mode="before")
    @classmethod
    def _plain_text_is_vietnamese(cls, value: Any) -> Any:
        return {"vi": value} if isinstance(value, str) else value

    def say(self, lang: str) -> str:
        """The text in ``lang``, or in Vietnamese where that language is missing."""
        return self.en if lang == "en" and self.en else self.vi


class Envelope(Frozen):
    """The capital money for school IT as shares of public investment; an assumption."""

    public_investment: dict[Year, Amount]
    """Total public investment by year, minor units."""
    education_share: Ratio
    """Share of it for education, 0–1 (the article: khoảng 0.60, an estimate, not a quota)."""
    it_share: Ratio
    """Share of education's money for IT, 0–1 (an assumption)."""


class Fund(Frozen):
    """A source of money with its own ledger."""

    name: Text | None = None
    """Name in documents; default: the id."""
    role: Literal["general", "project"] = "general"
    """``project``: the building projects of preparing schools; the ledger is per school."""
    nature: Nature | None = None
    """``capital`` or ``recurrent``; buys only items of that nature. Empty: any item."""
    amounts: Literal["envelope"] | dict[Year, Amount] = Field(default_factory=dict)
    """Money by year, minor units, or ``envelope``. Years after the plan serve obligations."""
    reserve: Ratio = Decimal(0)
    """Share kept back each year, 0–1; it lapses. Usable = ⌊amount × (1 − reserve)⌋."""
    carry_over: Ratio = Decimal(0)
    """Largest share of a year's usable money that may move to the next year, 0–1."""
    pays_upkeep: bool = False
    """Whether yearly upkeep is charged to this fund."""
    where: Selector = Field(default_factory=dict)
    """Which schools and items it may pay for, e.g. ``{owner: ward-a, pillar: software}``."""
    firmness: Literal["law", "policy"] = "policy"
    """``law``: a repair never proposes to change its amounts."""
    repair_weight: RepairWeight = Decimal(1)
    """Relative cost of changing its amounts in a repair."""


class Priority(Frozen):
    """How the groups of schools rank."""

    mode: Literal["weighted", "strict", "maxmin"] = "weighted"
    """``weighted``: points by group; ``strict``: one group before the next; ``maxmin``: the
    worst-off school first, by its coverage in the last plan year: the mean over the items that
    it needs then, weighted by ω, of what is in service ÷ need (1 at most)."""
    by: Literal["tier", "whole"] = "tier"
    """For ``strict``: the first tier of every group before the second tier of any (``tier``),
    or everything of a group before anything of the next (``whole``)."""
    weights: dict[Group, Weight] = Field(
        default={
            "completed": Decimal(9),
            "under_construction": Decimal(3),
            "preparing": Decimal(1),
            "none": Decimal(3),
        }
    )
    """Points per group (dimensionless); a group left out counts 1."""


class Share(Frozen):
    """A bound that is a share of another sum of the same measure."""

    share: Decimal
    """The share, 0.20 = 20%."""
    of: Literal["budget"] | Selector = Field(default_factory=dict)
    """``budget`` = the funds' amounts; a selection; default: all that shares the row's key (upkeep
    only where the selection's own ``kind`` names it)."""


Bound = Decimal | Share


class Rule(Frozen):
    """A linear statement about the plan; its key is its name everywhere."""

    measure: Literal["spend", "quantity", "coverage", "requests", "points", "schools"]
    """``spend`` (minor units) · ``quantity`` (units bought) · ``coverage`` (0–1, need-weighted
    mean of one item) · ``requests`` (number chosen) · ``points`` (measured points as the plan is
    estimated to raise them, a mean of schools) · ``schools`` (how many schools reach a level)."""
    where: Selector = Field(default_factory=dict)
    """What is summed: school attributes, item, pillar, nature, fund, year, kind, request; of
    points criterion and criteria_group; of schools criteria_group (all groups unless named) and
    the level that each ``reaches``, 2 or 3; a value or a list of values each. Points and schools
    speak of the last plan year unless a year is named."""
    for_each: list[str] = Field(default_factory=list)
    """One row for each combination of these: school, group, level, an attribute, item, pillar,
    nature, fund, year, kind, request, criterion, criteria_group."""
    at_most: Bound | None = None
    """Upper bound: a number in the measure's unit, or a share."""
    at_least: Bound | None = None
    """Lower bound: a number in the measure's unit, or a share."""
    exactly: Bound | None = None
    """Both bounds at once; of ``spend`` only where no purchase is summed (requests alone)."""
    firmness: Literal["law", "policy", "wish"] = "policy"
    """``law``: never relaxed; ``policy``: hard, a repair may change it; ``wish``: may be
    missed at ``price``."""
    price: Penalty | None = None
    """For a wish: points lost per minor unit of money, unit, point or percentage point missed."""
    repair_weight: RepairWeight = Decimal(1)
    """Relative cost of changing this rule in a repair."""
    title: Text | None = None
    """A heading for documents; the sentence itself is generated."""


class Solve(Frozen):
    """Limits of the solve."""

    gap: Ratio = Decimal("0.001")
    """Proven relative gap at which to stop; 0 = proven optimum with ties broken."""
    time_limit: Seconds = Decimal(60)
    """Seconds for the whole solve."""
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    """Cores to use; default: all."""
    method: Literal["auto", "whole", "by-school"] = "auto"
    """auto; whole: the engine alone; by-school: blocks and prices, for many schools."""


class Tidy(Frozen):
    """Fewer, larger purchases for a little value."""

    within: Ratio = Decimal("0.002")
    """Share of the value (of each stage) that may be given up for fewer purchase lines, then fewer
    visits, then fewer funds for a school's item, 0–1; 0: none. Nothing is given up at gap 0."""


class Case(Frozen):
    """A future, or one way in which futures differ."""

    weight: Annotated[Decimal, Field(ge=LEAST_WEIGHT, le=MOST_POINTS), Fine] = Decimal(1)
    """How much it counts beside the others (of any sum)."""
    set: dict[str, Any] = Field(default_factory=dict)
    """Dotted settings keys → values, as ``--set`` takes them; ``funds.<id>.amounts: 80%`` is that
    share of the fund's money in every year after the decision."""
    scenario: str | None = None
    """An overlay file: what it says itself (not what it extends) is laid over this scenario."""


class TailAim(Frozen):
    """The mean of the worst futures."""

    cvar: Annotated[Decimal, Field(ge=0, lt=1), Fine]
    """α, 0–1: the mean is of the worst part 1 − α of the weights (conditional value at risk)."""


class Futures(Frozen):
    """What is not known yet: futures that share what is decided now."""

    decide_until: Year
    """The last year that is decided now; later years answer to what came."""
    cases: dict[Id, Case] | str
    """The futures by name, the first being the one expected; or, of ``axes``, all together in one
    line: ``prices × money × slip``, whose weights multiply."""
    axes: dict[Id, dict[Id, Case]] = Field(default_factory=dict)
    """Ways in which futures differ, by name, each with its cases: parts of a line of ``cases``."""
    aim: Literal["expected", "worst", "regret"] | TailAim = "expected"
    """What the decision is best by: the weighted mean, the worst future, the largest regret (how
    far a plan stays behind the best of its own future), or ``{cvar: 0.8}``."""

    @property
    def reads_files(self) -> bool:
        """Whether any future lays a file over the scenario."""
        named = self.cases.values() if isinstance(self.cases, dict) else ()
        ways = (case for axis in self.axes.values() for case in axis.values())
        return any(case.scenario for case in (*named, *ways))


class Signer(Frozen):
    """Who signs the proposal."""

    post: str = ""
    """Post as printed, e.g. TRƯỞNG PHÒNG."""
    name: str = ""
    """Name without academic titles."""


Day = Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
"""A day, YYYY-MM-DD; empty: none."""
Tier = Literal["district", "commune"]
"""A level of government: of the district until 30/6/2025, of the ward or commune since."""


class LegalBasis(Frozen):
    """A legal basis of the letter, which prints it only while it is in force at its level."""

    text: str
    """As printed, e.g. Căn cứ Luật Đầu tư công ngày 13 tháng 6 năm 2019."""
    number: str = ""
    """Number and symbol, e.g. 39/2019/QH14."""
    date: Day = ""
    """Day of its issue, YYYY-MM-DD."""
    in_force_from: Day = ""
    """First day in force, YYYY-MM-DD; empty: that of its issue."""
    in_force_to: Day = ""
    """Last day in force, YYYY-MM-DD; empty: still."""
    level: Tier | None = None
    """Level of government that it is for; empty: every."""
    source: str = ""
    """Where this was read."""
    verified: bool = False
    """Whether a person compared it with that source; if not, the letter says so beside it."""

    def left_out(self, day: str, level: str) -> str:
        """Why a letter of a day, of an agency at a level of government, leaves it out, as the code
        of a finding; empty where it prints it."""
        if self.level not in (None, level):
            return "basis_other_level"
        if (self.in_force_from or self.date) > day:
            return "basis_not_yet"
        ended = self.in_force_to and self.in_force_to < day
        return "basis_no_longer" if ended else ""


COMMUNES_FROM = "2025-07-01"
"""There are no districts from this day on (Nghị quyết 1656/NQ-UBTVQH15)."""


def tier_on(day: str, level: str | None) -> str:
    """The level of government of an agency whose letter bears a day (YYYY-MM-DD): the one that it
    names, else by the day."""
    return level or ("district" if day < COMMUNES_FROM else "commune")


class Letterhead(Frozen):
    """Texts of the generated documents' letter; all of them are the office's own."""

    agency: str = ""
    """Issuing agency."""
    superior: str = ""
    """Superior agency."""
    addressee: str | list[str] = ""
    """Kính gửi."""
    place: str = ""
    """Place of the date line."""
    symbol: str = ""
    """Document symbol after the number, e.g. TTr-PGDĐT."""
    date: str = ""
    """Date of the document, YYYY-MM-DD; empty: left blank to be filled in."""
    signer: Signer = Signer.model_construct()
    """Signature block."""
    bases: list[str] = Field(default_factory=list)
    """Legal bases (Căn cứ), one a line, printed as they are after those of `legal_bases`."""
    legal_bases: list[LegalBasis] = Field(default_factory=list)
    """Legal bases as data, each with text, number, date, in_force_from, in_force_to, level, source
    and verified; the letter takes those in force on its date (without one the first day of the
    first plan year) for its level, and marks what is not verified."""
    level: Tier | None = None
    """Level of government of the agency; empty: `district` until 2025-06-30, then `commune`."""
    recipients: list[str] = Field(default_factory=list)
    """Nơi nhận, one a line."""
    choice_reason: str = ""
    """Why the office chose this plan among those it considered, in its own words; empty: papers
    leave a line for it where no proven figure says so."""


class Risk(Frozen):
    """Something that may go otherwise than the plan assumes."""

    text: str
    """What may happen."""
    answer: str = ""
    """What is done about it."""
    verified: bool = False
    """Whether a person has verified what it rests on."""


class Fact(Frozen):
    """What was decided or said before the plan, and what the plan makes of it."""

    text: str
    """What was said, as the source says it."""
    answer: str = ""
    """Where the plan takes it up; of what is outside its reach, why."""
    outside: bool = False
    """Whether it is outside the plan's reach; papers say so."""
    source: str = ""
    """Where this was read."""
    verified: bool = False
    """Whether a person compared it with that source; papers mark what is not."""


class Proposal(Letterhead):
    """The letterhead of the generated documents; all of it is the office's own text."""

    quarters: tuple[Ratio, Ratio, Ratio, Ratio] | None = None
    """An assumption: the shares of a year's money that are disbursed in its quarters, 0–1, 1 in
    all; empty: papers say nothing of quarters."""
    operation: str = ""
    """Who operates what is bought, and who pays for it afterwards."""
    risks: list[Risk] = Field(default_factory=list)
    """Risks, each with text, answer and verified; papers mark those not verified."""
    facts: list[Fact] = Field(default_factory=list)
    """What the plan starts from, each with text, answer (where the plan takes it up), outside (of
    its reach), source and verified."""
    choice_reasons: dict[str, str] = Field(default_factory=dict)
    """Plan considered besides (the name of its folder) → why the office did not choose it, in its
    own words."""

    area: Id | None = None
    """Column of ``schools`` by which coverage is shown as areas; default: the owner."""
    owners: dict[Id, Letterhead] = Field(default_factory=dict)
    """Budget owner → texts that stand in its own package instead of those above."""


class DataPaths(Frozen):
    """Where the tables are; paths are relative to the scenario's folder."""

    workbook: str | None = None
    """One XLSX workbook with a sheet a table."""
    schools: str | None = None
    """CSV of the table ``schools``."""
    drivers: str | None = None
    """CSV of the table ``drivers``."""
    inventory: str | None = None
    """CSV of the table ``inventory``."""
    catalogue: str | None = None
    """CSV of the table ``catalogue``."""
    norms: str | None = None
    """CSV of the table ``norms``."""
    needs: str | None = None
    """CSV of the table ``needs``."""
    requests: str | None = None
    """CSV of the table ``requests``."""
    request_costs: str | None = None
    """CSV of the table ``request_costs``."""
    request_items: str | None = None
    """CSV of the table ``request_items``."""
    commitments: str | None = None
    """CSV of the table ``commitments``."""
    bans: str | None = None
    """CSV of the table ``bans``."""
    capacities: str | None = None
    """CSV of the table ``capacities``."""
    locks: str | None = None
    """CSV of the table ``locks``."""
    criteria: str | None = None
    """CSV of the table ``criteria``."""
    criterion_items: str | None = None
    """CSV of the table ``criterion_items``."""
    indicators: str | None = None
    """CSV of the table ``indicators``."""


class Numbers(Frozen):
    """How numbers are typed in the tables."""

    decimal: Literal[".", ","] | None = None
    """Decimal mark of figures that could be thousands, ``.`` or ``,``: 2.315 is 2.315 or 2315.
    Empty: the other figures of the column decide, or it is refused. Amounts and counts are whole:
    there a mark before three digits is always of thousands."""


class Settings(Frozen):
    """All keys of a scenario file except ``extends``."""

    schema_version: Literal[1] = Field(alias="schema")
    """Version of this format; 1."""
    title: Text
    """Title of the scenario."""
    years: tuple[Year, Year]
    """First and last plan year; schools' groups are as of the first."""
    tail_years: Annotated[int, Field(ge=0, le=30)] = 0
    """Years after the plan in which service, upkeep and instalments still count; nothing is
    bought there."""
    closed_until: Year | None = None
    """Years up to it are past: nothing is bought in them but what is under contract, and no request
    paid in them is granted but one that is locked or mandatory. Empty: no year is."""
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "VND"
    """ISO 4217 code; all money is in its whole minor units."""
    prices: Literal["low", "base", "high"] = "base"
    """Which price of the catalogue to plan with."""
    prices_from: Year | None = None
    """The first year in which ``prices`` counts; before it the base price. Empty: every year."""
    data: DataPaths = DataPaths.model_construct()
    """Where the tables are."""
    numbers: Numbers = Numbers.model_construct()
    """How numbers are typed in the tables."""
    illustrative: bool = False
    """True: the data is invented; every document says «dữ liệu minh họa»."""
    envelope: Envelope | None = None
    """Money for funds whose amounts are ``envelope``."""
    funds: dict[Id, Fund]
    """Sources of money, by id."""
    priority: Priority = Priority.model_construct()
    """How the groups rank."""
    discount: Discount = Decimal(0)
    """Yearly discount of value (not of money), 0–1."""
    tiers: list[tuple[TierEdge, Weight]] = Field(default_factory=lambda: [(Decimal(1), Decimal(1))])
    """Diminishing returns: [coverage up to, weight]; bounds rise to 1, weights never rise."""
    upkeep: Literal["required", "reported"] = "required"
    """``required``: funds must cover it; ``reported``: shown only."""
    one_source: bool = False
    """True: an item of a school is paid from one fund in a year."""
    rules: dict[Id, Rule] = Field(default_factory=dict)
    """The scenario's own rules, by name."""
    solve: Solve = Solve.model_construct()
    """Limits of the solve."""
    tidy: Tidy = Tidy.model_construct()
    """Fewer, larger purchases for a little value."""
    futures: Futures | None = None
    """Futures that are not known yet, and what is decided now for all of them."""
    proposal: Proposal = Proposal.model_construct()
    """Letterhead of the documents."""
    names: dict[Id, dict[str, Text]] = Field(default_factory=dict)
    """How documents name the values of a schools' attribute (``owner``, an area column):
    attribute → value → text. Under ``driver`` stand the figures that norms count."""

    def amounts(self, fund: Fund) -> dict[int, int]:
        """Declared money by year; for ``envelope`` ⌊investment × education share × IT share⌋."""
        if fund.amounts != "envelope":
            return dict(fund.amounts)
        if self.envelope is None:
            return {}
        part = multiplied(self.envelope.education_share, self.envelope.it_share)
        return {y: share(total, part) for y, total in self.envelope.public_investment.items()}

    def prices_in(self, year: int) -> str:
        """Which price of the catalogue counts in a year."""
        return self.prices if self.prices_from is None or year >= self.prices_from else "base"

    @property
    def plan_years(self) -> range:
        """The years in which money is decided."""
        return range(self.years[0], self.years[1] + 1)

    @property
    def all_years(self) -> range:
        """Plan years and tail years."""
        return range(self.years[0], self.years[1] + self.tail_years + 1)


@cache
def _docs_in(module: str) -> dict[str, dict[str, str]]:
    """Class → field → the docstring below it, in a module's source."""
    docs: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(sys.modules[module])).body:
        if isinstance(node, ast.ClassDef):
            own = docs.setdefault(node.name, {})
            for field, below in pairwise(node.body):
                match field, below:
                    case (
                        ast.AnnAssign(target=ast.Name(id=name)),
                        ast.Expr(value=ast.Constant(value=str(text))),
                    ):
                        own[name] = inspect.cleandoc(text)
    return docs


def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """Field name (alias where it has one) → its docstring, as it is broken into lines."""
    docs: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, Frozen):
            docs |= _docs_in(base.__module__).get(base.__name__, {})
    return {f.alias or n: docs.get(n, "") for n, f in model.model_fields.items()}
