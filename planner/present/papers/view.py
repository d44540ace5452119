"""The part of a plan that a package speaks of: all of it, or the schools of one budget owner."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

import pandas as pd

from planner.analysis.answers import (
    Alternatives,
    Choice,
    answers_beside,
    answers_of,
    beside_of,
    considered,
    read_future,
)
from planner.analysis.frontier import Frontier
from planner.analysis.status import KEPT, PlanStatus, status
from planner.analysis.unmet import payments, unmet
from planner.errors import Finding, InputError, Place, Severity
from planner.messages import say
from planner.messages.numbers import bare_money, money, percent
from planner.plan import Plan
from planner.plan.coverage import exact
from planner.present.amendment import Amendment, amendment_of
from planner.present.comparison import FRONTIER, read_frontier, state_word
from planner.present.content import Column, Kind, differs, fund_name, plain
from planner.run.deciding import DECIDED
from planner.run.folder import PlanFolder
from planner.run.result import Decided
from planner.scenario.contracts import Item
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Proposal, Settings, Signer, tier_on
from planner.vocabulary.axes import Axes, eligible_schools

UNITS = {
    "percent": "share", "people": "pupil-years", "pupils": "pupils", "schools": "schools",
    "points": "points", "needs": "needs", "reached": "schools", "targeted": "schools",
    "life": "years", "bar": "share", "relative_change": "share",
}  # fmt: skip
"""Unit of a column by its key, else by its kind; other counts are in the row's own unit."""


@dataclass(frozen=True)
class View:
    """A plan folder, a language and, where given, one budget owner."""

    folder: PlanFolder
    lang: str = "vi"
    owner: str = ""
    date: str = ""
    letter: Mapping[str, str] | None = None
    """Replacements of the letterhead's texts."""
    answers: Alternatives | None = None
    """What is sure and what is open, where ``planner alternatives`` was asked of this plan."""
    decided: Decided | None = None
    """The decision that the plan is one future of, and …"""
    future: str = ""
    """… the name of that future."""
    frontier: Frontier | None = None
    """What less or more money would reach, where ``planner frontier`` was asked of the scenario."""
    choices: tuple[Choice, ...] = ()
    """Plans that were considered beside it, each proven."""

    def __post_init__(self) -> None:
        known, wanted = owners(self.scenario), self.settings.proposal
        found = [
            Finding("report_owner_unknown", Place(key=key), {"owner": owner})
            for key, names in (("", [self.owner]), ("proposal.owners", wanted.owners))
            for owner in names
            if owner and owner not in known
        ]
        if wanted.area and wanted.area not in self.scenario.schools.columns:
            place = Place(key="proposal.area")
            found.append(Finding("report_area_unknown", place, {"column": wanted.area}))
        for choice in self.choices:
            if self.owner and self.owner not in owners(choice.folder.scenario):
                place = Place(file=choice.folder.path.as_posix())
                found.append(Finding("report_owner_unknown", place, {"owner": self.owner}))
        if found:
            raise InputError(found)

    @property
    def plan(self) -> Plan:
        """The whole plan."""
        return self.folder.plan

    @property
    def scenario(self) -> Scenario:
        """The scenario of the plan."""
        return self.folder.scenario

    @property
    def settings(self) -> Settings:
        """The scenario's settings."""
        return self.scenario.settings

    @property
    def proposal(self) -> Proposal:
        """The letterhead: the scenario's, the owner's own texts, the replacements given."""
        whole = self.settings.proposal
        own = whole.owners.get(self.owner)
        update: dict[str, Any] = {}
        for key in type(own).model_fields if own else ():
            value = getattr(own, key)
            if value and value != Signer():
                update[key] = value
        update |= {k: v for k, v in (self.letter or {}).items() if v}
        return whole.model_copy(update=update)

    @property
    def dated(self) -> dict[str, str]:
        """Day, month, year of the letter; days below 10 and months 1, 2 with a zero before."""
        date = self.date or self.proposal.date
        if not date:
            return {}
        year, month, day = date.split("-")
        return {"day": day, "month": month if int(month) < 3 else str(int(month)), "year": year}

    @cached_property
    def day(self) -> str:
        """The day by which legal bases are chosen: the letter's, else the first of the plan."""
        return self.date or self.proposal.date or f"{self.settings.years[0]}-01-01"

    @cached_property
    def bases(self) -> tuple[list[str], list[Finding]]:
        """The legal bases as printed, what is not verified marked; and a warning for each that is
        not in force on the letter's day, or is for another level of government."""
        printed, left = list[str](), list[Finding]()
        level = tier_on(self.day, self.proposal.level)
        for at, basis in enumerate(self.proposal.legal_bases):
            text = plain(basis.text).rstrip(" ;.")
            if code := basis.left_out(self.day, level):
                own, theirs = (self.label("tier", t) if t else "" for t in (level, basis.level))
                known = {
                    "name": basis.number or text, "day": self.day, "level": theirs, "own": own,
                    "first": basis.in_force_from or basis.date, "last": basis.in_force_to,
                }  # fmt: skip
                place = Place(key=f"proposal.legal_bases[{at}]")
                left.append(Finding(code, place, known, Severity.WARNING))
                continue
            mark = "" if basis.verified else f" ({self.say('unverified')})"
            printed.append(text + mark)
        return [*printed, *self.proposal.bases], left

    def say(self, code: str, **params: Any) -> str:
        """A sentence of the report."""
        return say(f"report.{code}", self.lang, **params)

    def label(self, family: str, value: str) -> str:
        """A word for a value of the tables."""
        return say(f"label.{family}.{value}", self.lang)

    def money(self, amount: int) -> str:
        """An amount with its unit."""
        return money(int(amount), self.lang, self.settings.currency)

    def bare(self, amount: int) -> str:
        """An amount without its unit."""
        return bare_money(amount, self.lang, self.settings.currency)

    def percent(self, ratio: float) -> str:
        """A ratio as a percentage."""
        return percent(float(ratio), 1, self.lang)

    def columns(self, shape: Sequence[tuple[str, str, float]], **heads: str) -> list[Column]:
        """Columns from (key, kind, width); ``heads`` names another heading for a key."""
        return [
            Column(
                k, self.say(f"col.{heads.get(k, k)}"), cast(Kind, kind), width, self.unit(k, kind)
            )
            for k, kind, width in shape
        ]

    def unit(self, key: str, kind: str) -> str:
        """What the figures of a column count."""
        if kind == "money":
            return self.settings.currency
        if kind in ("text", "index", "year"):
            return ""
        return UNITS.get(key) or UNITS.get(kind) or "row"

    def named(self, attribute: str, value: str) -> str:
        """A value of a schools' attribute as documents name it."""
        text = self.settings.names.get(attribute, {}).get(value)
        return plain(text.say(self.lang) if text else value)

    def owner_name(self, owner: str) -> str:
        """A budget owner as documents name it."""
        return self.named("owner", owner) if owner else self.say("no_owner")

    def fund(self, name: str) -> str:
        """A fund's name in documents."""
        return plain(fund_name(self.scenario, name, self.lang))

    def item(self, name: str) -> Item:
        """An item of the catalogue."""
        return self.scenario.items[name]

    @cached_property
    def amendment(self) -> Amendment | None:
        """What the plan changes of the one that it amends, if it amends one."""
        return amendment_of(self.folder)

    @cached_property
    def status(self) -> PlanStatus | None:
        """How far the plan had come on the day of its amendment, where its folder says what has
        happened."""
        if self.amendment is None or not (self.folder.path / KEPT).is_file():
            return None
        return status(self.folder, at=self.amendment.amended.at)

    @cached_property
    def chosen(self) -> frozenset[str]:
        """The schools of this package."""
        schools = self.scenario.schools
        if self.owner:
            schools = schools[schools["owner"] == self.owner]
        return frozenset(schools["school"])

    def _mine(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["school"].isin(self.chosen)] if self.owner else frame

    @cached_property
    def lines(self) -> pd.DataFrame:
        """Allocation lines."""
        return self._mine(self.plan.allocation)

    @cached_property
    def decided_lines(self) -> pd.DataFrame:
        """Lines of the decision that the plan is a future of, with ``role`` and ``in_optima``.

        Raises :class:`AuditError` where the plan has not the same decision.
        """
        assert self.decided is not None
        every, known = self.plan.allocation, self.decided.decision
        now = every[every["kind"].isin(DECIDED) & (every["year"] <= self.decided.until)]
        for column in ("school", "item", "year", "amount"):
            one, other = (f[column].astype(str).tolist() for f in (now, known))
            if one != other:
                raise differs("content", f"decision.{column}", len(one), len(other))
        kept = now.assign(role=known["role"].tolist(), in_optima=known["in_optima"].tolist())
        return self._mine(kept)

    @cached_property
    def paid(self) -> pd.DataFrame:
        """Payments of funded lines, by the year of payment."""
        return self._mine(payments(self.plan))

    @cached_property
    def schools(self) -> pd.DataFrame:
        """The schools' table with their attributes, pupil-years as they are before rounding."""
        own = self.plan.schools
        own = own.assign(people=exact(self.plan).people_by_school.to_numpy())
        extra = [c for c in self.scenario.schools.columns if c not in own.columns]
        joined = own.merge(self.scenario.schools[["school", *extra]], on="school", how="left")
        return self._mine(joined)

    @property
    def proposes_later(self) -> bool:
        """Whether something is proposed into projects of years after the plan."""
        late = self.lines["year"] > self.settings.years[1]
        return bool((late & (self.lines["standing"] == "proposal")).any())

    @property
    def served(self) -> bool:
        """Whether an office is among the schools, whose pupils are those that it serves."""
        return bool((self.schools["level"] == "office").any())

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """Coverage rows."""
        return self._mine(self.plan.coverage)

    @cached_property
    def unmet(self) -> pd.DataFrame:
        """What stays unmet."""
        return self._mine(unmet(self.plan))

    @cached_property
    def request_titles(self) -> dict[tuple[str, str], str]:
        """(request, option) → the school's own words for it, and how often it is taken up."""
        r = self.plan.requests
        rows = zip(r["request"], r["option"], r["title"], r["copies"], strict=True)
        return {(a, b): plain(t) + (f" × {n}" if n > 1 else "") for a, b, t, n in rows if t}

    @cached_property
    def _states(self) -> dict[tuple[str, str, str], str]:
        """(kind of line, school, item) or (kind, request, option) → always, open … in words"""
        if self.answers is None:
            return {}
        lines, options = self.answers.lines, self.answers.options
        cases = (
            ("purchase", lines, ("school", "item", "state", "least_proven", "units")),
            ("request", options, ("request", "option", "state", "least_proven", "copies")),
        )
        return {
            (kind, str(one), str(other)): state_word("report.sure", state, low, has, self.lang)
            for kind, frame, names in cases
            for one, other, state, low, has in zip(*(frame[n] for n in names), strict=True)
        }

    @cached_property
    def proven(self) -> dict[str, str]:
        """What was proven of the plan: its status and gap in words, and what part of that gap was
        given up for fewer lines (``tidied``, empty where nothing was, or the value has stages)."""
        claims = self.folder.claims
        said = {"status": self.label("status", str(claims["status"]))}
        said["gap"] = percent(float(claims.get("gap") or 0), 3, self.lang, up=True)
        value, before = float(claims["value"]), (claims.get("tidy") or {}).get("value_before")
        lost = (float(before) - value) / value if before is not None and value > 0 else 0.0
        known = lost > 1e-9 and len(claims.get("stages") or ()) == 1
        return said | {"tidied": percent(lost, 3, self.lang, up=True) if known else ""}

    @cached_property
    def unverified_sentence(self) -> str:
        """How many prices and norms nobody has verified; empty where there are none at all."""
        prices = [i.verified for i in self.scenario.items.values()]
        norms = [n.verified for n in self.scenario.norms]
        if not prices and not norms:
            return ""
        if all([*prices, *norms]):
            return self.say("assume.verified")
        return self.say(
            "assume.unverified", prices=prices.count(False), every_price=len(prices),
            norms=norms.count(False), every_norm=len(norms),
        )  # fmt: skip

    def sureness(self, line: Mapping[str, Any]) -> str:
        """A line's mark: whether every plan as good has what it buys; empty of site works, which
        come with what they are for."""
        kind = str(line["kind"])
        keys = ("school", "item") if kind == "purchase" else ("request", "option")
        return self._states.get((kind, str(line[keys[0]]), str(line[keys[1]])), "")

    @cached_property
    def names(self) -> dict[str, str]:
        """School → its name in documents."""
        schools = self.scenario.schools
        return {s: plain(n) for s, n in zip(schools["school"], schools["name"], strict=True)}

    @cached_property
    def _reached(self) -> dict[str, tuple[bool, bool]]:
        """Fund → whether it may pay for schools of this package, and for others."""
        axes, schools = Axes(self.scenario), self.scenario.schools["school"]
        mine = schools.isin(self.chosen).to_numpy()
        payable = {
            name: eligible_schools(self.scenario, axes, fund)
            for name, fund in self.settings.funds.items()
        }
        return {n: (bool((a & mine).any()), bool((a & ~mine).any())) for n, a in payable.items()}

    @cached_property
    def shared_funds(self) -> frozenset[str]:
        """Funds that this package shares with schools outside it."""
        return frozenset(n for n, (_, others) in self._reached.items() if self.owner and others)

    @cached_property
    def funds(self) -> tuple[str, ...]:
        """Funds of general role that pay for schools of this package."""
        funds = self.settings.funds
        return tuple(
            n for n, (own, _) in self._reached.items() if own and funds[n].role != "project"
        )

    @cached_property
    def area_column(self) -> str:
        """The column that says where a school is: ``proposal.area``, else the owner; or none."""
        name = self.settings.proposal.area or "owner"
        schools = self.schools
        known = name in schools.columns and schools[name].fillna("").astype(str).ne("").any()
        return name if known else ""

    @cached_property
    def lines_of(self) -> dict[str, tuple[int, ...]]:
        """School → numbers of its contract lines: purchases, site works, requests."""
        bought = self.lines[self.lines["kind"].isin(("purchase", "setup", "request"))]
        found = bought.groupby("school", sort=False)["line"].agg(tuple)
        return {str(s): tuple(int(n) for n in numbers) for s, numbers in found.items()}

    @cached_property
    def kept_lines(self) -> dict[str, tuple[int, ...]]:
        """Purchases whose items need upkeep later: ``plan`` (funded) and ``proposal``."""
        kept = {i.item for i in self.scenario.items.values() if i.upkeep}
        bought = self.lines[(self.lines["kind"] == "purchase") & self.lines["item"].isin(kept)]
        proposed = bought["standing"] == "proposal"
        parts = {"plan": bought[~proposed], "proposal": bought[proposed]}
        return {k: tuple(int(n) for n in part["line"]) for k, part in parts.items()}

    @cached_property
    def paid_lines(self) -> dict[tuple[str, int], tuple[int, ...]]:
        """(fund, year of payment) → numbers of the lines that it pays."""
        found = self.paid.groupby(["fund", "year"])["line"].agg(tuple)
        return {(str(k[0]), int(k[1])): tuple(int(n) for n in v) for k, v in found.items()}


def owners(scenario: Scenario) -> list[str]:
    """Budget owners in the order of the schools."""
    return [o for o in dict.fromkeys(scenario.schools["owner"].fillna("")) if o]


Seen = TypeVar("Seen")


def views_of(
    source: Path,
    lang: str,
    names: Sequence[str] = (),
    date: str = "",
    letter: Mapping[str, str] | None = None,
    alternatives: Path | str | None = None,
    frontier: Path | str | None = None,
    compared: Sequence[Path | str] = (),
) -> tuple[list[View], list[Finding]]:
    """The packages that are asked for of a plan folder, which is proven first; and what is wrong
    with answers that lie beside it and are left out: those of an earlier plan, which nobody asked
    for, and those whose plans are spoilt.

    ``names``: budget owners, a package each, or ``all`` of them; without any one package of the
    whole plan. ``alternatives``, ``frontier``: answers and points that are asked for; else those
    beside the folder. ``compared``: folders of plans that were considered besides; the plans kept
    with the answers, and those of a decision's other futures, are among them anyway.

    Raises :class:`InputError` where a folder, an owner or answers asked for are not right.
    """
    plan, decided, future = read_future(source)
    wanted = list(names) or [""]
    wanted = owners(plan.scenario) if wanted == ["all"] else wanted
    outdated = list[Finding]()

    def beside(asked: Path | str | None, read: Callable[[], Seen]) -> Seen | None:
        """What lies beside the plan; left out where it is of another one and nobody asked."""
        try:
            return read()
        except InputError as error:
            if asked:
                raise
            outdated.extend(error.findings)
            return None

    answers = beside(
        alternatives, lambda: answers_of(alternatives or answers_beside(plan.path), plan)
    )
    curve = beside(frontier, lambda: frontier_of(frontier, plan))
    choices = considered(plan, compared)
    if answers is not None:
        kept = alternatives or answers_beside(plan.path)
        more = beside(alternatives, lambda: considered(plan, compared, kept))
        answers, choices = (None, choices) if more is None else (answers, more)
    return [
        View(plan, lang, owner, date, letter, answers, decided, future, curve, choices)
        for owner in wanted
    ], outdated


def frontier_of(source: Frontier | Path | str | None, folder: PlanFolder) -> Frontier | None:
    """A frontier of the inputs of a plan: as it is, or from the folder that ``planner frontier``
    wrote; without a source what stands beside the plan's folder.

    Raises :class:`InputError` where it cannot be read or is of other inputs.
    """
    if isinstance(source, Frontier):
        found, inputs = source, dict(source.scenario.inputs)
    else:
        place = beside_of(folder.path, "frontier") if source is None else Path(source)
        if source is None and not (place / FRONTIER).is_file():
            return None
        found = read_frontier(place, folder.scenario)
        inputs = json.loads((place / FRONTIER).read_text(encoding="utf-8"))["inputs"]
    if dict(inputs) != dict(folder.claims["inputs"]):
        where = Place(file=FRONTIER)
        raise InputError([Finding("frontier_other", where, {"name": folder.path.name})])
    return found
